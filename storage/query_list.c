/* query_list: what was taken in and what was refused, page by page; see query.h. */
#include "base/text.h"
#include "storage/pack.h"
#include "storage/query.h"
#include "storage/report_line.h"

#include <stdlib.h>
#include <string.h>

/* --- reports --- */

struct place { /* behind which a page begins */
	int64_t day, id;
};

static bool read_place(struct slice text, struct place *p)
{
	const char *dot = memchr(text.ptr, '.', text.len);

	return dot != NULL && text_int((struct slice){ text.ptr, (size_t)(dot - text.ptr) }, &p->day) &&
	       text_int((struct slice){ dot + 1, text.len - (size_t)(dot + 1 - text.ptr) }, &p->id);
}

void report_line_fill(const struct reader *r, struct arena *a, struct statement *s, struct report_line *out)
{
	*out = (struct report_line){
		.id = column_int(s, 0), .day = column_int(s, 1), .reporter = text_copy(a, r->reporters[column_int(s, 2)]),
		.domain = text_copy(a, r->domains[column_int(s, 3)]), .policy = r->meaning.policies[column_int(s, 4)],
		.begin = column_time(s, 5), .end = column_time(s, 6), .received_s = column_int(s, 7),
		.complete = column_int(s, 8) != 0, .twin = column_int(s, 9) != 0, .rows = column_int(s, 10),
		.messages = column_int(s, 11), .report_id = text_copy(a, column_text(s, 12)),
		.file = text_copy(a, column_text(s, 13)), .kept = column_int(s, 14) != 0,
		.generator = text_copy(a, column_text(s, 15)), .is_9990 = report_is_9990(column_text(s, 16)),
		.bytes = column_int(s, 17),
	};
	out->is_long = pack_is_long(out->begin, out->end);
}

struct listing {
	struct reader *r;
	struct arena *a, scratch;
	const struct filter *f;
	struct scan scan;
	struct place behind;
	bool *has_report; /* a day of the period each; NULL: all may have */
	size_t limit;
	struct report_page page;
};

/* Whether there is room for one more; else the page ends with a cursor. */
static bool has_room(struct listing *l)
{
	const struct report_line *last = &l->page.item[l->limit - 1];

	if (l->page.n < l->limit)
		return true;
	l->page.after = slice_of(arena_printf(l->a, "%lld.%lld", (long long)last->day, (long long)last->id));
	return false;
}

void report_line_count(struct report_line *line, const struct hit *h)
{
	hit_count(&line->counts, h);
}

/* --- all reports of the filter's days, reporters and policy domains --- */

static void note_days(void *ctx, const struct cell *cell, int64_t first_day)
{
	struct listing *l = ctx;

	for (uint32_t days = cell->days; days != 0; days &= days - 1)
		l->has_report[first_day + __builtin_ctz(days) - l->f->first_day] = true;
}

/* Which days have a report that is wanted, where not all are: so that a rare one's list reads few others. */
static int plan_days(struct listing *l, struct err *err)
{
	const struct sets *sets = &l->scan.sets;

	if (sets->reporters == NULL && sets->policy_domains == NULL)
		return 0;
	l->has_report = arena_array(&l->scratch, (size_t)(l->f->last_day - l->f->first_day + 1), sizeof *l->has_report);
	return scan_reports(&l->scan, note_days, l, err);
}

static int read_days(struct listing *l, int64_t first, int64_t last, struct err *err)
{
	struct statement *s = db_statement(l->r->db, SQL_REPORTS_NEWEST);
	const struct sets *sets = &l->scan.sets;
	int rc;

	bind_int(s, 1, first);
	bind_int(s, 2, last);
	bind_int(s, 3, l->behind.day);
	bind_int(s, 4, l->behind.id);
	while ((rc = statement_step(s, err)) == 1) {
		if (!set_has(sets->reporters, (uint64_t)column_int(s, 2)) ||
		    !set_has(sets->policy_domains, (uint64_t)column_int(s, 3)) ||
		    !set_has(sets->policies, (uint64_t)column_int(s, 4)))
			continue;
		if (!has_room(l))
			break;
		report_line_fill(l->r, l->a, s, &l->page.item[l->page.n++]);
	}
	statement_reset(s);
	return rc < 0 ? -1 : 0;
}

static int read_reports(struct listing *l, struct err *err)
{
	int64_t last = l->behind.day < l->f->last_day ? l->behind.day : l->f->last_day;

	if (last < l->f->first_day)
		return 0;
	if (plan_days(l, err) != 0)
		return -1;
	if (l->has_report == NULL)
		return read_days(l, l->f->first_day, last, err);
	for (int64_t day = last; day >= l->f->first_day && l->page.after.ptr == NULL; day--)
		if (l->has_report[day - l->f->first_day] && read_days(l, day, day, err) != 0)
			return -1;
	return 0;
}

struct by_id {
	int64_t id;
	struct report_line *line;
};

static int compare_ids(const void *a, const void *b)
{
	const struct by_id *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

/* The listed reports in order of their ids, and as a filter that keeps their rows alone. */
static struct by_id *listed(struct listing *l, struct filter *rows)
{
	struct by_id *index = arena_array(&l->scratch, l->page.n + 1, sizeof *index);
	struct slice *number = arena_array(&l->scratch, l->page.n + 1, sizeof *number);

	for (size_t i = 0; i < l->page.n; i++) {
		index[i] = (struct by_id){ l->page.item[i].id, &l->page.item[i] };
		number[i] = slice_of(arena_printf(&l->scratch, "%lld", (long long)l->page.item[i].id));
	}
	qsort(index, l->page.n, sizeof *index, compare_ids);
	*rows = (struct filter){ .first_day = l->page.item[l->page.n - 1].day, .last_day = l->page.item[0].day,
				 .report = { number, l->page.n, false } };
	return index;
}

/* What the rows of the listed reports come to. */
static int count_rows(struct listing *l, struct err *err)
{
	struct by_id *index, *found;
	struct filter rows;
	struct hit h;
	int rc;

	if (l->page.n == 0)
		return 0;
	index = listed(l, &rows);
	scan_stop(&l->scan);
	if (scan_compile(&l->scan, l->r, &l->scratch, &rows, err) != 0)
		return -1;
	scan_start(&l->scan, SCAN_FACTS, OF_NOTHING);
	while ((rc = scan_next(&l->scan, &h, err)) == 1) {
		const struct by_id key = { h.report, NULL };

		if ((found = bsearch(&key, index, l->page.n, sizeof *index, compare_ids)) != NULL)
			report_line_count(found->line, &h);
	}
	return rc;
}

/* --- reports with a row that the filter keeps --- */

static int name_report(struct listing *l, struct report_line *line, struct err *err)
{
	struct statement *s = db_statement(l->r->db, SQL_REPORT_LINE);
	const struct counts counts = line->counts;
	int rc;

	bind_int(s, 1, line->id);
	if ((rc = statement_step(s, err)) < 0)
		return -1;
	if (rc == 1)
		report_line_fill(l->r, l->a, s, line);
	line->counts = counts;
	statement_reset(s);
	if (l->f->scope.n > 0) { /* the whole of it, and what it came in, are others' too */
		line->rows = counts.rows;
		line->messages = counts_total(&counts);
		line->file = (struct slice){ 0 };
		line->kept = false;
	}
	return 0;
}

/* Rows of one report stand together. */
static int read_by_rows(struct listing *l, struct err *err)
{
	struct report_line *line = NULL;
	struct hit h;
	int rc;

	scan_start_newest(&l->scan, l->behind.day, l->behind.id);
	while ((rc = scan_next(&l->scan, &h, err)) == 1) {
		if (h.first_day == l->behind.day && h.report >= l->behind.id)
			continue;
		if (line == NULL || line->id != h.report) {
			if (!has_room(l))
				break;
			line = &l->page.item[l->page.n++];
			*line = (struct report_line){ .id = h.report, .day = h.first_day };
		}
		report_line_count(line, &h);
	}
	for (size_t i = 0; i < l->page.n && rc >= 0; i++)
		if (name_report(l, &l->page.item[i], err) != 0)
			return -1;
	return rc < 0 ? -1 : 0;
}

static int list_reports(struct listing *l, struct err *err)
{
	if (scan_compile(&l->scan, l->r, &l->scratch, l->f, err) != 0)
		return -1;
	l->page.item = arena_array(l->a, l->limit + 1, sizeof *l->page.item);
	if (l->scan.sets.domains != NULL)
		return read_by_rows(l, err);
	return read_reports(l, err) == 0 ? count_rows(l, err) : -1;
}

int query_reports(struct reader *r, struct arena *a, const struct filter *f, struct slice after, size_t limit,
		  struct report_page *out, struct err *err)
{
	struct listing l = { .r = r, .a = a, .f = f, .behind = { INT64_MAX, INT64_MAX }, .limit = limit };
	int rc;

	if (after.ptr != NULL && !read_place(after, &l.behind))
		return err_set(err, ERR_USE, "after: is no cursor of this list");
	if (reader_begin(r, NULL, err) != 0)
		return -1;
	rc = list_reports(&l, err);
	scan_stop(&l.scan);
	arena_release(&l.scratch);
	reader_end(r);
	if (rc == 0)
		*out = l.page;
	return rc;
}

/* --- refusals --- */

static void fill_reject(struct arena *a, struct statement *s, struct reject_line *out)
{
	*out = (struct reject_line){ column_int(s, 0),		      column_int(s, 1),
				     column_int(s, 2),		      text_copy(a, column_text(s, 3)),
				     text_copy(a, column_text(s, 4)), text_copy(a, column_text(s, 5)),
				     text_copy(a, column_text(s, 6)), column_int(s, 7) != 0 };
}

int query_rejects(struct reader *r, struct arena *a, int64_t after, size_t limit, struct reject_page *out, struct err *err)
{
	struct reject_page page = { .item = arena_array(a, limit + 1, sizeof *page.item) };
	struct statement *s;
	int rc;

	if (reader_begin(r, NULL, err) != 0)
		return -1;
	s = db_statement(r->db, SQL_REJECTS_NEWEST);
	bind_int(s, 1, after > 0 ? after : INT64_MAX);
	while ((rc = statement_step(s, err)) == 1) {
		if (page.n == limit) {
			page.after = page.item[limit - 1].id;
			break;
		}
		fill_reject(a, s, &page.item[page.n++]);
	}
	statement_reset(s);
	reader_end(r);
	if (rc >= 0)
		*out = page;
	return rc < 0 ? -1 : 0;
}
