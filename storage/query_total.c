/* query_total: everything ever, by whose domain it is and who reported it, for counters that are read every few seconds; see
 * query.h. One reading of the sums each of rows and of reports, whatever the number of domains. */
#include "base/text.h"
#include "schema/domain.h"
#include "storage/query.h"
#include "storage/scan.h"

#include <stdlib.h>

struct totalling {
	const struct reader *reader;
	const struct slice *own;
	size_t n;
	size_t *place;     /* by domain id: its place in `own` + 1; 0 not yet known */
	size_t *reporting; /* by reporter id: its place in totals.reporter + 1; 0 for none */
	int64_t today;
	struct totals *out;
};

/* The longest name that it is, or lies under; `n` for none. */
static size_t place_of(struct totalling *g, uint32_t domain)
{
	struct slice name = g->reader->domains[domain];
	size_t best = g->n;

	if (g->place[domain] != 0)
		return g->place[domain] - 1;
	for (size_t i = 0; i < g->n; i++)
		if (domain_is_under(name, g->own[i]) && (best == g->n || g->own[i].len > g->own[best].len))
			best = i;
	g->place[domain] = best + 1;
	return best;
}

static int total_rows(struct totalling *g, struct scan *s, struct err *err)
{
	struct domain_total *d;
	struct hit h;
	int rc;

	scan_start(s, SCAN_SUMS, OF_DOMAIN | OF_SOURCE);
	while ((rc = scan_next(s, &h, err)) == 1) {
		d = &g->out->domain[place_of(g, h.domain)];
		hit_count(&d->counts, &h);
		if (h.cause != CAUSES)
			d->cause[h.cause] += h.messages;
	}
	return rc;
}

/* The policy of the last day; of several that day, that of most reports. */
static void note_policy(struct totalling *g, const struct cell *cell, int64_t last_day)
{
	size_t place = place_of(g, cell->key[REPORT_DOMAIN]);
	struct domain_total *d = &g->out->domain[place];

	if (place == g->n || g->reader->domains[cell->key[REPORT_DOMAIN]].len != g->own[place].len || last_day < d->policy_day ||
	    (last_day == d->policy_day && cell->count <= d->policy_reports))
		return;
	d->policy = g->reader->meaning.policies[cell->key[REPORT_POLICY]];
	d->policy_day = last_day;
	d->policy_reports = cell->count;
}

static struct reporter_total *reporter_of(struct totalling *g, uint32_t id)
{
	struct totals *t = g->out;

	if (g->reporting[id] == 0) {
		t->reporter[t->reporters].id = id;
		t->reporter[t->reporters].last_day = INT64_MIN;
		g->reporting[id] = ++t->reporters;
	}
	return &t->reporter[g->reporting[id] - 1];
}

static void take_report(void *ctx, const struct cell *cell, int64_t first_day)
{
	struct totalling *g = ctx;
	struct reporter_total *line = reporter_of(g, cell->key[REPORT_REPORTER]);
	int64_t last = first_day + 31 - __builtin_clz(cell->days);

	line->reports += cell->count;
	line->last_day = last > line->last_day ? last : line->last_day;
	for (uint32_t days = cell->days; days != 0; days &= days - 1) {
		int64_t ago = g->today - first_day - __builtin_ctz(days);

		if (ago >= 0 && ago < TOTAL_DAYS)
			line->days |= (uint64_t)1 << ago;
	}
	note_policy(g, cell, last);
}

static int by_id(const void *a, const void *b)
{
	const struct reporter_total *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static void name_reporters(struct arena *a, const struct reader *r, struct totals *t)
{
	if (t->reporters > 0)
		qsort(t->reporter, t->reporters, sizeof *t->reporter, by_id);
	for (size_t i = 0; i < t->reporters; i++)
		t->reporter[i].name = text_copy(a, r->reporters[t->reporter[i].id]);
}

static int total_all(struct reader *r, struct arena *a, struct arena *scratch, struct totalling *g, struct err *err)
{
	struct totals *t = g->out;
	struct filter ever = { .first_day = 0, .last_day = t->state.last_day };
	struct scan s = { 0 };
	int rc;

	g->place = arena_array(scratch, r->domain_count + 1, sizeof *g->place);
	g->reporting = arena_array(scratch, r->reporter_count + 1, sizeof *g->reporting);
	t->domain = arena_array(a, g->n + 1, sizeof *t->domain);
	t->reporter = arena_array(a, r->reporter_count + 1, sizeof *t->reporter);
	for (size_t i = 0; i <= g->n; i++)
		t->domain[i].policy_day = INT64_MIN;
	rc = scan_compile(&s, r, scratch, &ever, err) == 0 && total_rows(g, &s, err) == 0 ?
		     scan_reports(&s, take_report, g, err) :
		     -1;
	scan_stop(&s);
	if (rc == 0)
		name_reporters(a, r, t);
	return rc;
}

int query_totals(struct reader *r, struct arena *a, const struct slice *own, size_t n, int64_t today, struct totals *out,
		 struct err *err)
{
	struct totals totals = { 0 };
	struct totalling g = { .reader = r, .own = own, .n = n, .today = today, .out = &totals };
	struct arena scratch = { 0 };
	int rc;

	if (reader_begin(r, &totals.state, err) != 0)
		return -1;
	rc = total_all(r, a, &scratch, &g, err);
	arena_release(&scratch);
	reader_end(r);
	if (rc == 0)
		*out = totals;
	return rc;
}
