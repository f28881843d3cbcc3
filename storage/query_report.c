/* query_report: who reports, how late, and what policy they saw; see query.h. Answered from the sums of reports (cells.h), and
 * the delay from the reports themselves. */
#include "storage/query.h"

#include "base/text.h"
#include "storage/scan.h"

#include <stdlib.h>
#include <string.h>

enum { DELAY_DAYS = 14 /* the last days of a period that a usual delay is taken from */ };

/* --- reporters --- */

struct reporting {
	const struct reader *reader;
	const struct filter *filter;
	struct arena *a;
	struct reporter_line **line; /* by the reporter's id */
	size_t n;
	int64_t days; /* of the period */
};

static struct reporter_line *line_of(struct reporting *g, uint32_t reporter)
{
	struct reporter_line **line = &g->line[reporter];

	if (*line == NULL) {
		*line = arena_alloc(g->a, sizeof **line);
		(*line)->arrived = arena_array(g->a, (size_t)g->days + 1, sizeof *(*line)->arrived);
		(*line)->first_day = INT64_MAX;
		(*line)->last_day = INT64_MIN;
		(*line)->usual_delay_s = -1;
		g->n++;
	}
	return *line;
}

static void note_day(struct reporting *g, struct reporter_line *line, int64_t day)
{
	line->arrived[day - g->filter->first_day] = true;
	line->first_day = day < line->first_day ? day : line->first_day;
	line->last_day = day > line->last_day ? day : line->last_day;
}

static void take_reporter(void *ctx, const struct cell *cell, int64_t first_day)
{
	struct reporting *g = ctx;
	struct reporter_line *line = line_of(g, cell->key[REPORT_REPORTER]);
	int64_t before = line->last_day;

	line->reports += cell->count;
	line->long_reports += cell->key[REPORT_LONG] != 0 ? cell->count : 0;
	line->messages += cell->messages;
	for (uint32_t days = cell->days; days != 0; days &= days - 1)
		note_day(g, line, first_day + __builtin_ctz(days));
	if (line->last_day > before)
		line->policy = g->reader->meaning.policies[cell->key[REPORT_POLICY]];
}

/* Of their mail alone. */
static int gather_of_domains(struct reporting *g, struct scan *s, struct err *err)
{
	struct reporter_line *line;
	struct hit h;
	int rc;

	scan_start(s, SCAN_DAYS, OF_REPORTER);
	while ((rc = scan_next(s, &h, err)) == 1) {
		line = line_of(g, h.reporter);
		line->reports = line->long_reports = -1;
		line->messages += h.messages;
		note_day(g, line, h.first_day);
		if (h.first_day == line->last_day)
			line->policy = (struct policy_seen){ .p = h.kind.effective, .pct = -1 };
	}
	return rc;
}

struct delay {
	uint32_t reporter;
	int64_t seconds;
};

static int by_reporter_and_delay(const void *a, const void *b)
{
	const struct delay *x = a, *y = b;

	if (x->reporter != y->reporter)
		return x->reporter < y->reporter ? -1 : 1;
	return x->seconds < y->seconds ? -1 : x->seconds > y->seconds;
}

/* What the report was written with. */
static void note_writer(struct reporting *g, struct statement *s)
{
	struct reporter_line *line = g->line[column_int(s, 0)];

	if (line == NULL)
		return;
	line->is_9990 = report_is_9990(column_text(s, 4));
	if (!slice_eq(line->generator, column_text(s, 3)))
		line->generator = text_copy(g->a, column_text(s, 3));
}

static int read_delays(struct reporting *g, struct reader *r, struct delay **out, size_t *n, struct err *err)
{
	struct statement *s = db_statement(r->db, SQL_REPORT_DELAYS);
	int64_t from = g->filter->last_day - DELAY_DAYS + 1;
	size_t room = 0;
	int rc;

	bind_int(s, 1, from > g->filter->first_day ? from : g->filter->first_day);
	bind_int(s, 2, g->filter->last_day);
	while ((rc = statement_step(s, err)) == 1) {
		int64_t end = column_time(s, 2), seconds = end == REPORT_NO_TIME ? -1 : column_int(s, 1) - end;

		note_writer(g, s);
		if (end == REPORT_NO_TIME)
			continue;
		*out = array_room(*out, &room, n, sizeof **out, *n);
		(*out)[*n - 1] = (struct delay){ (uint32_t)column_int(s, 0), seconds > 0 ? seconds : 0 };
	}
	return rc;
}

static int usual_delays(struct reporting *g, struct reader *r, struct err *err)
{
	struct delay *delay = NULL;
	size_t n = 0;
	int rc = read_delays(g, r, &delay, &n, err);

	if (n > 0)
		qsort(delay, n, sizeof *delay, by_reporter_and_delay);
	for (size_t i = 0, end; rc == 0 && i < n; i = end) {
		for (end = i; end < n && delay[end].reporter == delay[i].reporter;)
			end++;
		if (g->line[delay[i].reporter] != NULL)
			g->line[delay[i].reporter]->usual_delay_s = delay[i + (end - i) / 2].seconds;
	}
	free(delay);
	return rc;
}

static int most_messages_first(const void *a, const void *b)
{
	const struct reporter_line *x = a, *y = b;

	if (x->messages != y->messages)
		return x->messages > y->messages ? -1 : 1;
	return x->reports != y->reports ? (x->reports > y->reports ? -1 : 1) : strcmp(x->name.ptr, y->name.ptr);
}

static void finish_reporters(struct reporting *g, struct reporter_lines *out)
{
	*out = (struct reporter_lines){ .item = arena_array(g->a, g->n + 1, sizeof *out->item) };
	for (size_t id = 0; id < g->reader->reporter_count; id++) {
		struct reporter_line *line = g->line[id];

		if (line == NULL)
			continue;
		line->id = (int64_t)id;
		line->name = text_copy(g->a, g->reader->reporters[id]);
		for (int64_t day = 0; day < g->days; day++)
			line->days += line->arrived[day];
		out->item[out->n++] = *line;
	}
	if (out->n > 0)
		qsort(out->item, out->n, sizeof *out->item, most_messages_first);
}

static int reporters(struct reader *r, struct arena *a, const struct filter *f, bool delays, struct reporter_lines *out, struct err *err)
{
	struct reporting g = { .reader = r, .filter = f, .a = a };
	struct arena scratch = { 0 };
	struct scan s = { 0 };
	int rc;

	if (reader_begin(r, NULL, err) != 0)
		return -1;
	g.days = f->last_day >= f->first_day ? f->last_day - f->first_day + 1 : 0;
	g.line = arena_array(&scratch, r->reporter_count + 1, sizeof *g.line);
	rc = scan_compile(&s, r, &scratch, f, err);
	if (rc == 0 && s.sets.domains != NULL)
		rc = gather_of_domains(&g, &s, err);
	else if (rc == 0)
		rc = scan_reports(&s, take_reporter, &g, err) == 0 ? (delays ? usual_delays(&g, r, err) : 0) : -1;
	scan_stop(&s);
	if (rc == 0)
		finish_reporters(&g, out);
	arena_release(&scratch);
	reader_end(r);
	return rc;
}

int query_reporters(struct reader *r, struct arena *a, const struct filter *f, struct reporter_lines *out, struct err *err)
{
	return reporters(r, a, f, true, out, err);
}

int query_reporting(struct reader *r, struct arena *a, const struct filter *f, struct reporter_lines *out, struct err *err)
{
	return reporters(r, a, f, false, out, err);
}

/* --- policies --- */

struct seeing { /* the same three keys on any day are one line */
	const struct scan *scan;
	struct cells all;
	struct cell_sums sums;
	struct days_seen {
		int64_t first, last, days;
		int64_t period; /* counted last, and its days: long reports are in a cell of their own */
		uint32_t counted;
	} *seen; /* of all.item */
};

static void take_policy(void *ctx, const struct cell *cell, int64_t first_day)
{
	struct seeing *g = ctx;
	struct cell one = *cell;

	if (!scan_may_see(g->scan, cell->key[REPORT_DOMAIN]))
		return;
	one.key[REPORT_LONG] = 0;
	cell_sums_add(&g->sums, &one);
}

static void take_days(void *ctx, const struct cell *cell, int64_t first_day)
{
	struct seeing *g = ctx;
	const uint32_t key[CELL_KEYS] = { cell->key[0], cell->key[1], cell->key[2], 0 };
	struct days_seen *seen = scan_may_see(g->scan, cell->key[REPORT_DOMAIN]) ? &g->seen[cells_find(&g->all, key)] : NULL;
	int64_t first = first_day + __builtin_ctz(cell->days), last = first_day + 31 - __builtin_clz(cell->days);

	if (seen == NULL)
		return;
	seen->first = seen->days == 0 || first < seen->first ? first : seen->first;
	seen->last = seen->days == 0 || last > seen->last ? last : seen->last;
	if (seen->period != first_day)
		seen->counted = 0;
	seen->days += __builtin_popcount(cell->days & ~seen->counted);
	seen->counted |= cell->days;
	seen->period = first_day;
}

static int by_names_and_day(const void *a, const void *b)
{
	const struct policy_line *x = a, *y = b;
	int order = strcmp(x->domain.ptr, y->domain.ptr);

	if (order == 0)
		order = strcmp(x->reporter.ptr, y->reporter.ptr);
	return order != 0 ? order : x->first_day < y->first_day ? -1 : x->first_day > y->first_day;
}

size_t query_first_about(const void *lines, size_t n, size_t size, struct slice domain)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct slice *at = (const struct slice *)(const void *)((const char *)lines + middle * size);
		size_t len = at->len < domain.len ? at->len : domain.len;
		int order = len > 0 ? memcmp(at->ptr, domain.ptr, len) : 0;

		if (order < 0 || (order == 0 && at->len < domain.len))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void finish_policies(const struct reader *r, struct arena *a, const struct seeing *g, struct policy_lines *out)
{
	*out = (struct policy_lines){ .item = arena_array(a, g->all.n + 1, sizeof *out->item), .n = g->all.n };
	for (size_t i = 0; i < g->all.n; i++) {
		const struct cell *c = &g->all.item[i];

		out->item[i] = (struct policy_line){ text_copy(a, r->domains[c->key[REPORT_DOMAIN]]),
						     text_copy(a, r->reporters[c->key[REPORT_REPORTER]]),
						     r->meaning.policies[c->key[REPORT_POLICY]],
						     g->seen[i].first, g->seen[i].last, g->seen[i].days, c->count, c->messages };
	}
	if (out->n > 0)
		qsort(out->item, out->n, sizeof *out->item, by_names_and_day);
}

int query_policies(struct reader *r, struct arena *a, const struct filter *f, struct policy_lines *out, struct err *err)
{
	struct arena scratch = { 0 };
	struct scan s = { 0 };
	struct seeing g = { .scan = &s };
	int rc;

	if (reader_begin(r, NULL, err) != 0)
		return -1;
	rc = scan_compile(&s, r, &scratch, f, err) == 0 ? scan_reports(&s, take_policy, &g, err) : -1;
	cell_sums_take(&g.sums, &g.all);
	g.seen = arena_array(&scratch, g.all.n + 1, sizeof *g.seen);
	if (rc == 0)
		rc = scan_reports(&s, take_days, &g, err);
	scan_stop(&s);
	if (rc == 0)
		finish_policies(r, a, &g, out);
	cells_release(&g.all);
	cell_sums_release(&g.sums);
	arena_release(&scratch);
	reader_end(r);
	return rc;
}

/* --- sources --- */

int query_new_sources(struct reader *r, struct arena *a, const struct filter *f, struct groups *out, struct err *err)
{
	const struct filter ever = { .first_day = 0, .last_day = f->last_day, .scope = f->scope };
	struct groups all;

	if (query_groups(r, a, &ever, BY_SOURCE, 0, &all, err) != 0)
		return -1;
	*out = (struct groups){ .item = arena_array(a, all.n + 1, sizeof *out->item) };
	for (size_t i = 0; i < all.n; i++)
		if (all.item[i].id != 0 && all.item[i].first_seen >= f->first_day)
			out->item[out->n++] = all.item[i];
	out->total = out->n;
	return 0;
}
