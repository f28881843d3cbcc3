/* query_phase: history cut into phases by the policy that each receiver saw; see query.h. Answered from the sums of reports of
 * single days: which of two policies a receiver saw on a day is told by how many of its reports state each. */
#include "storage/query.h"

#include "base/text.h"
#include "schema/limits.h"
#include "storage/scan.h"

#include <stdlib.h>
#include <string.h>

struct told { /* what one receiver's reports of a day about a domain say, per policy */
	uint32_t domain, reporter, policy;
	bool is_long;
	int64_t day, reports, messages;
};
struct tellings {
	const struct scan *scan;
	struct told *item;
	size_t n, room;
};

static void take_told(void *ctx, const struct cell *cell, int64_t first_day)
{
	struct tellings *t = ctx;

	if (!scan_may_see(t->scan, cell->key[REPORT_DOMAIN]))
		return;
	t->item = array_room(t->item, &t->room, &t->n, sizeof *t->item, t->n);
	t->item[t->n - 1] = (struct told){ cell->key[REPORT_DOMAIN], cell->key[REPORT_REPORTER], cell->key[REPORT_POLICY],
					   cell->key[REPORT_LONG] != 0, first_day, cell->count, cell->messages };
}

static int by_pair_and_day(const void *a, const void *b)
{
	const struct told *x = a, *y = b;

	if (x->domain != y->domain)
		return x->domain < y->domain ? -1 : 1;
	if (x->reporter != y->reporter)
		return x->reporter < y->reporter ? -1 : 1;
	if (x->day != y->day)
		return x->day < y->day ? -1 : 1;
	return x->policy < y->policy ? -1 : x->policy > y->policy;
}

/* --- whether two policies are one --- */

static bool is_other(enum policy_word a, enum policy_word b)
{
	return a != POLICY_ABSENT && b != POLICY_ABSENT && a != b;
}

/* What only one of them states is no difference, unless it makes another step. */
static bool differ(const struct policy_seen *a, const struct policy_seen *b)
{
	return step_of(a, true) != step_of(b, true) || is_other(a->sp, b->sp) || is_other(a->np, b->np) ||
	       (a->pct >= 0 && b->pct >= 0 && a->pct != b->pct) || a->testing != b->testing || a->strict_dkim != b->strict_dkim ||
	       a->strict_spf != b->strict_spf;
}

/* What the later one states; what it leaves out stays. */
static void state_anew(struct policy_seen *p, const struct policy_seen *later)
{
	struct policy_seen was = *p;

	*p = *later;
	p->p = later->p != POLICY_ABSENT ? later->p : was.p;
	p->sp = later->sp != POLICY_ABSENT ? later->sp : was.sp;
	p->np = later->np != POLICY_ABSENT ? later->np : was.np;
	p->pct = later->pct >= 0 ? later->pct : was.pct;
}

/* --- days --- */

static const struct policy_seen *policy_of(const struct scan *s, const struct told *t)
{
	return &s->reader->meaning.policies[t->policy];
}

/* How many of a day's reports say what `one` says. */
static int64_t agreeing(const struct scan *s, const struct told *day, size_t n, bool longs, const struct told *one)
{
	int64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		if (day[i].is_long <= longs && !differ(policy_of(s, &day[i]), policy_of(s, one)))
			sum += day[i].reports;
	return sum;
}

/* What most reports of the day say, of as many the one with more mail; NULL where none of them decides, or they say so many things
 * that they are made up. */
static const struct told *majority(const struct scan *s, const struct told *day, size_t n, bool longs)
{
	const struct told *best = NULL;
	int64_t most = 0;

	for (size_t i = 0; i < n && n <= LIMIT_POLICIES_A_DAY; i++) {
		int64_t votes = day[i].is_long > longs ? 0 : agreeing(s, day, n, longs, &day[i]);

		if (votes > most || (votes > 0 && votes == most && day[i].messages > best->messages)) {
			best = &day[i];
			most = votes;
		}
	}
	return best;
}

/* --- phases of one receiver and domain --- */

struct run {
	struct policy_seen policy;
	int64_t first, last, days, blips;
};
struct runs {
	struct run *item;
	size_t n, room;
};

static void add_day(struct runs *runs, const struct policy_seen *seen, int64_t day)
{
	struct run *last = runs->n > 0 ? &runs->item[runs->n - 1] : NULL;

	if (last != NULL && !differ(&last->policy, seen)) {
		state_anew(&last->policy, seen);
		last->last = day;
		last->days++;
		return;
	}
	runs->item = array_room(runs->item, &runs->room, &runs->n, sizeof *runs->item, runs->n);
	runs->item[runs->n - 1] = (struct run){ *seen, day, day, 1, 0 };
}

/* A single day between days of one and the same policy is no phase: a cache was stale, or somebody tried something. */
static void join_over_blips(struct runs *runs)
{
	size_t kept = 0;

	for (size_t i = 0; i < runs->n; i++) {
		struct run *next = i + 1 < runs->n ? &runs->item[i + 1] : NULL, *before = kept > 0 ? &runs->item[kept - 1] : NULL;

		if (before == NULL || next == NULL || runs->item[i].days > 1 || differ(&before->policy, &next->policy)) {
			runs->item[kept++] = runs->item[i];
			continue;
		}
		state_anew(&before->policy, &next->policy);
		before->last = next->last;
		before->days += next->days;
		before->blips++;
		i++;
	}
	runs->n = kept;
}

static size_t end_of_day(const struct told *t, size_t n, size_t i)
{
	size_t end = i;

	while (end < n && t[end].day == t[i].day)
		end++;
	return end;
}

/* A report over 26 hours says nothing of single days, unless its receiver sends no others. */
static bool all_are_long(const struct told *t, size_t n)
{
	size_t longs = 0;

	while (longs < n && t[longs].is_long)
		longs++;
	return longs == n;
}

static void cut(const struct scan *s, const struct told *t, size_t n, struct runs *out)
{
	bool longs = all_are_long(t, n);
	const struct told *said;

	out->n = 0;
	for (size_t i = 0, end; i < n; i = end) {
		end = end_of_day(t, n, i);
		if ((said = majority(s, t + i, end - i, longs)) != NULL)
			add_day(out, policy_of(s, said), t[i].day);
	}
	join_over_blips(out);
}

/* All reports of the phase's days count, whatever they say. */
static void count_told(const struct scan *s, struct phase_line *line, const struct told *t)
{
	if (t->day < line->first_day || t->day > line->last_day)
		return;
	line->reports += t->reports;
	line->messages += t->messages;
	line->long_reports += t->is_long ? t->reports : 0;
	line->stray_reports += !t->is_long && differ(policy_of(s, t), &line->policy) ? t->reports : 0;
}

struct lines {
	struct phase_line *item;
	size_t n, room;
};

static void add_phases(const struct scan *s, struct arena *a, const struct runs *runs, const struct told *t, size_t n, struct lines *out)
{
	const struct reader *r = s->reader;
	struct slice domain = text_copy(a, r->domains[t->domain]), reporter = text_copy(a, r->reporters[t->reporter]);

	for (size_t i = 0; i < runs->n; i++) {
		const struct run *run = &runs->item[i];
		struct phase_line line = {
			.domain = domain, .reporter = reporter, .step = step_of(&run->policy, true), .policy = run->policy,
			.old_last_day = i > 0 ? runs->item[i - 1].last : INT64_MIN,
			.first_day = run->first, .last_day = run->last, .days = run->days, .blips = run->blips,
		};

		for (size_t k = 0; k < n; k++)
			count_told(s, &line, &t[k]);
		out->item = array_room(out->item, &out->room, &out->n, sizeof line, out->n);
		out->item[out->n - 1] = line;
	}
}

static size_t end_of_pair(const struct tellings *t, size_t i)
{
	size_t end = i;

	while (end < t->n && t->item[end].domain == t->item[i].domain && t->item[end].reporter == t->item[i].reporter)
		end++;
	return end;
}

static int by_names_and_day(const void *a, const void *b)
{
	const struct phase_line *x = a, *y = b;
	int order = strcmp(x->domain.ptr, y->domain.ptr);

	if (order == 0)
		order = strcmp(x->reporter.ptr, y->reporter.ptr);
	return order != 0 ? order : x->first_day < y->first_day ? -1 : x->first_day > y->first_day;
}

static void collect(const struct tellings *t, struct arena *a, struct phase_lines *out)
{
	struct lines lines = { 0 };
	struct runs runs = { 0 };

	for (size_t i = 0, end; i < t->n; i = end) {
		end = end_of_pair(t, i);
		cut(t->scan, t->item + i, end - i, &runs);
		add_phases(t->scan, a, &runs, t->item + i, end - i, &lines);
	}
	if (lines.n > 0)
		qsort(lines.item, lines.n, sizeof *lines.item, by_names_and_day);
	*out = (struct phase_lines){ arena_array(a, lines.n + 1, sizeof *out->item), lines.n };
	if (lines.n > 0)
		memcpy(out->item, lines.item, lines.n * sizeof *lines.item);
	free(lines.item);
	free(runs.item);
}

int query_phases(struct reader *r, struct arena *a, const struct filter *f, struct phase_lines *out, struct err *err)
{
	struct arena scratch = { 0 };
	struct scan s = { 0 };
	struct tellings t = { .scan = &s };
	int rc;

	if (reader_begin(r, NULL, err) != 0)
		return -1;
	rc = scan_compile(&s, r, &scratch, f, err) == 0 ? scan_reports_of_days(&s, take_told, &t, err) : -1;
	scan_stop(&s);
	if (rc == 0 && t.n > 0)
		qsort(t.item, t.n, sizeof *t.item, by_pair_and_day);
	if (rc == 0)
		collect(&t, a, out);
	free(t.item);
	arena_release(&scratch);
	reader_end(r);
	return rc;
}
