/* query_list: what was taken in and what was refused, page by page; see query.h. */
#include "base/text.h"
#include "storage/pack.h"
#include "storage/query.h"
#include "storage/sets.h"

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

static void fill_report(const struct reader *r, struct arena *a, struct statement *s, struct report_line *out)
{
	*out = (struct report_line){
		.id = column_int(s, 0), .day = column_int(s, 1), .reporter = text_copy(a, r->reporters[column_int(s, 2)]),
		.domain = text_copy(a, r->domains[column_int(s, 3)]), .policy = r->meaning.policies[column_int(s, 4)],
		.begin = column_time(s, 5), .end = column_time(s, 6), .received_s = column_int(s, 7),
		.complete = column_int(s, 8) != 0, .twin = column_int(s, 9) != 0, .rows = column_int(s, 10),
		.messages = column_int(s, 11), .report_id = text_copy(a, column_text(s, 12)),
		.file = text_copy(a, column_text(s, 13)), .kept = column_int(s, 14) != 0,
	};
	out->is_long = pack_is_long(out->begin, out->end);
}

static int read_reports(struct reader *r, struct arena *a, const struct sets *sets, struct statement *s, size_t limit,
			struct report_page *out, struct err *err)
{
	int rc;

	out->item = arena_array(a, limit + 1, sizeof *out->item);
	while ((rc = statement_step(s, err)) == 1) {
		if (!set_has(sets->reporters, (uint64_t)column_int(s, 2)) ||
		    !set_has(sets->policy_domains, (uint64_t)column_int(s, 3)) ||
		    !set_has(sets->policies, (uint64_t)column_int(s, 4)))
			continue;
		if (out->n == limit) {
			const struct report_line *last = &out->item[limit - 1];

			out->after = slice_of(arena_printf(a, "%lld.%lld", (long long)last->day, (long long)last->id));
			break;
		}
		fill_report(r, a, s, &out->item[out->n++]);
	}
	statement_reset(s);
	return rc < 0 ? -1 : 0;
}

int query_reports(struct reader *r, struct arena *a, const struct filter *f, struct slice after, size_t limit,
		  struct report_page *out, struct err *err)
{
	struct place place = { INT64_MAX, INT64_MAX };
	struct report_page page = { 0 };
	struct arena scratch = { 0 };
	struct statement *s;
	struct sets sets;
	int rc;

	if (after.ptr != NULL && !read_place(after, &place))
		return err_set(err, ERR_USE, "after: is no cursor of this list");
	if (reader_begin(r, NULL, err) != 0)
		return -1;
	if ((rc = sets_compile(&sets, r, &scratch, f, err)) == 0) {
		s = db_statement(r->db, SQL_REPORTS_NEWEST);
		bind_int(s, 1, f->first_day);
		bind_int(s, 2, place.day < f->last_day ? place.day : f->last_day);
		bind_int(s, 3, place.day);
		bind_int(s, 4, place.id);
		rc = read_reports(r, a, &sets, s, limit, &page, err);
	}
	arena_release(&scratch);
	reader_end(r);
	if (rc == 0)
		*out = page;
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
