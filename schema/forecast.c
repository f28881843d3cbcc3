/* forecast: see forecast.h. */
#include "schema/forecast.h"

#include <stdlib.h>

enum { PART_EVIDENCE = 20, HEEDS_TENTH = 10 };

static int64_t sum(int64_t a, int64_t b)
{
	int64_t out;

	return __builtin_add_overflow(a, b, &out) ? INT64_MAX : out;
}

static int64_t less(int64_t a, int64_t b)
{
	return a > b ? a - b : 0;
}

static int64_t lower(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

double forecast_a_day(double messages, int64_t days)
{
	return days > 0 ? messages / (double)days : 0;
}

static double share(int64_t n, int64_t of)
{
	return of > 0 ? (double)n / (double)of : 0;
}

/* --- words --- */

const char *forecast_group_name(enum forecast_group_kind k)
{
	static const char *const names[GROUP_KINDS] = { "list", "arc", "override", "ours", "service", "forward", "unknown" };

	return names[k];
}

const char *forecast_what_name(enum forecast_what w)
{
	static const char *const names[WHATS] = { "nothing", "delivered", "leaves", "goodwill", "spam", "refused", "no-prediction" };

	return names[w];
}

enum forecast_group_kind forecast_group_of(enum verdict v)
{
	switch (v) {
	case VERDICT_LIST_REWRITES:
	case VERDICT_LIST_KEEPS:
	case VERDICT_LIST_OPEN:
		return GROUP_LIST;
	case VERDICT_ARC:
		return GROUP_ARC;
	case VERDICT_OVERRIDE:
		return GROUP_OVERRIDE;
	case VERDICT_OURS_UNFIXED:
		return GROUP_OURS;
	case VERDICT_SERVICE_UNFIXED:
		return GROUP_SERVICE;
	case VERDICT_FORWARD_BREAKS:
		return GROUP_FORWARD;
	case VERDICT_SPOOFING:
	case VERDICT_UNKNOWN:
		return GROUP_UNKNOWN;
	case VERDICT_SOUND:
	case VERDICT_FORWARD_SURVIVES:
	case VERDICTS:
		break;
	}
	return GROUP_KINDS;
}

/* --- shares: of what fails, how much receivers would move, and refuse --- */

struct shares {
	struct forecast_range moved, refused;
};

static bool is_asked(enum policy_word p)
{
	return p == POLICY_QUARANTINE || p == POLICY_REJECT;
}

/* By a receiver of one generation; GENERATIONS: one that reads neither tag. */
static void shares_of(enum step step, int pct, enum generation g, double *moved, double *refused)
{
	enum policy_word full = step_policy(step);
	struct demand a = g < GENERATIONS ? step_asks(step, pct, g) : (struct demand){ full, full, 1 };

	*moved = (is_asked(a.of_most) ? a.share : 0) + (is_asked(a.of_rest) ? 1 - a.share : 0);
	*refused = (a.of_most == POLICY_REJECT ? a.share : 0) + (a.of_rest == POLICY_REJECT ? 1 - a.share : 0);
}

static void widen(struct forecast_range *r, double x, bool first)
{
	r->low = first || x < r->low ? x : r->low;
	r->high = first || x > r->high ? x : r->high;
}

/* Over all that a receiver of these habits may be. */
static struct shares shares_at(enum step step, int pct, struct forecast_habit h)
{
	bool may_be[GENERATIONS + 1] = {
		[RFC_7489] = h.pct != READS_NO,
		[RFC_9989] = h.pct != READS_YES && h.testing != READS_NO,
		[GENERATIONS] = h.pct != READS_YES && h.testing == READS_NO,
	};
	struct shares s = { 0 };
	bool first = true;

	for (int g = 0; g <= GENERATIONS; g++) {
		double moved, refused;

		if (!may_be[g])
			continue;
		shares_of(step, pct, (enum generation)g, &moved, &refused);
		widen(&s.moved, moved, first);
		widen(&s.refused, refused, first);
		first = false;
	}
	return s;
}

static enum step step_at(const struct forecast_ask *ask, const struct forecast_flow *f)
{
	return ask->step_of_domain != NULL && f->domain < ask->domains ? ask->step_of_domain[f->domain] : ask->step;
}

static struct forecast_habit habit_of(const struct forecast_ask *ask, const struct forecast_flow *f)
{
	return ask->habit != NULL && f->receiver < ask->receivers ? ask->habit[f->receiver] : (struct forecast_habit){ 0 };
}

/* --- sums --- */

static void add_range(struct forecast_range *to, struct forecast_range share_, double messages)
{
	to->low += share_.low * messages;
	to->high += share_.high * messages;
}

static bool leaves(const struct forecast_flow *f, enum step step)
{
	return f->verdict == VERDICT_LIST_REWRITES && is_asked(step_policy(step));
}

static bool is_wanted(enum verdict v)
{
	return v != VERDICT_SPOOFING && v != VERDICT_UNKNOWN;
}

static int64_t vouched_of(const struct forecast_flow *f)
{
	return lower(f->vouched, f->failing);
}

static void add_flow(const struct forecast_ask *ask, const struct forecast_flow *f, struct forecast_sum *to)
{
	enum step step = step_at(ask, f);
	struct shares s = shares_at(step, ask->pct, habit_of(ask, f));
	int64_t vouched = vouched_of(f), alone = less(f->failing, vouched);

	to->messages = sum(to->messages, sum(f->passing, f->failing));
	to->failing = sum(to->failing, f->failing);
	if (leaves(f, step)) {
		to->leaves = sum(to->leaves, f->failing);
		return;
	}
	if (f->verdict == VERDICT_LIST_OPEN) {
		to->open = sum(to->open, f->failing);
		s.moved.low = s.refused.low = 0;
	}
	to->vouched = sum(to->vouched, vouched);
	to->worst = sum(to->worst, is_asked(step_policy(step)) ? f->failing : 0);
	add_range(&to->asked, s.moved, (double)f->failing);
	add_range(&to->moved, s.moved, (double)alone);
	add_range(&to->refused, s.refused, (double)alone);
	if (is_wanted(f->verdict))
		add_range(&to->wanted, s.moved, (double)alone);
}

enum forecast_what forecast_what_of(const struct forecast_sum *s)
{
	double stays = (double)less(s->failing, s->leaves);

	if (s->failing == 0)
		return WHAT_NOTHING;
	if ((double)s->leaves > stays)
		return WHAT_LEAVES;
	if (s->asked.high <= 0)
		return WHAT_DELIVERED;
	if ((double)s->open * 2 > stays)
		return WHAT_NO_PREDICTION;
	if ((double)s->vouched * 2 > stays)
		return WHAT_GOODWILL;
	return s->refused.high * 2 > s->moved.high ? WHAT_REFUSED : WHAT_SPAM;
}

double forecast_share_acted(const struct forecast_sum *s)
{
	return s->failing > 0 ? (s->moved.low + s->moved.high) / 2 / (double)s->failing : 0;
}

struct forecast_share forecast_share_of(const struct forecast_sum *s)
{
	struct forecast_share out = { .failing = s->failing, .leaves = s->leaves, .messages = s->messages };

	out.left = less(s->failing, s->leaves);
	out.of = less(s->messages, s->leaves);
	out.before = share(out.failing, out.messages);
	out.after = share(out.left, out.of);
	return out;
}

/* --- groups --- */

struct groups_of { /* lists come first, and are few: flows are many */
	struct arena *a;
	struct forecast_group *list, others[GROUP_KINDS];
	size_t n, room; /* of lists; there is room for the others behind them */
};

static struct forecast_group *add_list(struct groups_of *g, size_t source)
{
	if (g->n == g->room) {
		size_t room = g->room * 2 + GROUP_KINDS;
		struct forecast_group *more = arena_array(g->a, room + GROUP_KINDS, sizeof *more);

		if (g->n > 0)
			memcpy(more, g->list, g->n * sizeof *more);
		g->list = more;
		g->room = room;
	}
	g->list[g->n] = (struct forecast_group){ .kind = GROUP_LIST, .source = source, .wanted = true };
	return &g->list[g->n++];
}

static struct forecast_group *group_at(struct groups_of *g, const struct forecast_flow *f)
{
	enum forecast_group_kind kind = forecast_group_of(f->verdict);

	if (kind != GROUP_LIST)
		return &g->others[kind == GROUP_KINDS ? GROUP_UNKNOWN : kind];
	for (size_t i = 0; i < g->n; i++)
		if (g->list[i].source == f->source)
			return &g->list[i];
	return add_list(g, f->source);
}

static int by_failing(const void *x, const void *y)
{
	const struct forecast_group *a = x, *b = y;

	if (a->sum.failing != b->sum.failing)
		return a->sum.failing < b->sum.failing ? 1 : -1;
	return a->source < b->source ? -1 : a->source > b->source;
}

static void start_groups(struct forecast_group *others)
{
	for (int kind = GROUP_ARC; kind < GROUP_KINDS; kind++)
		others[kind] = (struct forecast_group){ .kind = (enum forecast_group_kind)kind, .source = FORECAST_NONE, .wanted = kind != GROUP_UNKNOWN };
}

void forecast_step(struct arena *a, const struct forecast_ask *ask, struct forecast *out)
{
	struct groups_of g = { .a = a, .list = arena_array(a, 2 * GROUP_KINDS, sizeof *g.list), .room = GROUP_KINDS };

	*out = (struct forecast){ 0 };
	start_groups(g.others);
	for (size_t i = 0; i < ask->flows; i++) {
		const struct forecast_flow *f = &ask->flow[i];
		bool list = forecast_group_of(f->verdict) == GROUP_LIST;

		add_flow(ask, f, &out->total);
		out->arc = sum(out->arc, f->arc);
		out->list_failing = sum(out->list_failing, list ? f->failing : 0);
		out->list_arc = sum(out->list_arc, list ? f->arc : 0);
		if (f->failing > 0)
			add_flow(ask, f, &group_at(&g, f)->sum);
	}
	qsort(g.list, g.n, sizeof *g.list, by_failing);
	for (int kind = GROUP_ARC; kind < GROUP_KINDS; kind++)
		g.list[g.n++] = g.others[kind];
	for (size_t i = 0; i < g.n; i++)
		g.list[i].what = forecast_what_of(&g.list[i].sum);
	out->group = g.list;
	out->groups = g.n;
}

const struct forecast_sum *forecast_by(struct arena *a, const struct forecast_ask *ask, forecast_key *key, const void *ctx, size_t keys)
{
	struct forecast_sum *out = arena_array(a, keys, sizeof *out);

	for (size_t i = 0; i < ask->flows; i++) {
		size_t at = key(ctx, &ask->flow[i]);

		if (at < keys)
			add_flow(ask, &ask->flow[i], &out[at]);
	}
	return out;
}

/* --- single choices --- */

struct forecast_strict forecast_strict_of(const struct forecast_ask *ask, bool dkim, bool spf)
{
	struct forecast_strict out = { 0 };

	for (size_t i = 0; i < ask->flows; i++) {
		const struct forecast_flow *f = &ask->flow[i];
		int64_t n = dkim && spf ? f->strict_both : dkim ? f->strict_dkim : spf ? f->strict_spf : 0;

		out.fails = sum(out.fails, n);
		add_range(&out.moved, shares_at(step_at(ask, f), ask->pct, habit_of(ask, f)).moved, (double)n);
	}
	return out;
}

struct forecast_np forecast_np_of(struct arena *scratch, const struct forecast_ask *ask, const bool *candidate, enum step np)
{
	struct forecast_np out = { 0 };
	bool *seen = arena_array(scratch, ask->domains, sizeof *seen);

	for (size_t i = 0; i < ask->flows; i++) {
		const struct forecast_flow *f = &ask->flow[i];
		struct forecast_range now, then;
		double alone = (double)less(f->failing, vouched_of(f));

		if (f->failing == 0 || f->domain >= ask->domains || !candidate[f->domain])
			continue;
		out.names += !seen[f->domain];
		seen[f->domain] = true;
		out.failing = sum(out.failing, f->failing);
		if (leaves(f, step_at(ask, f)))
			continue;
		now = shares_at(step_at(ask, f), ask->pct, habit_of(ask, f)).moved;
		then = shares_at(np, ask->pct, habit_of(ask, f)).moved;
		out.more += then.high > now.low ? alone * (then.high - now.low) : 0;
		out.less += now.high > then.low ? alone * (now.high - then.low) : 0;
	}
	return out;
}

/* --- what receivers said, and what that tells of them --- */

/* Where reject is held back, quarantine is what is asked for. */
static int64_t acted_on(const struct forecast_flow *f)
{
	return step_policy(f->seen) == POLICY_REJECT ? f->rejected : sum(f->quarantined, f->rejected);
}

static void add_said(struct forecast_said *to, const struct forecast_flow *f)
{
	int64_t acted = acted_on(f), told = sum(f->spared, sum(vouched_of(f), acted));

	to->failing = sum(to->failing, f->failing);
	to->spared = sum(to->spared, f->spared);
	to->vouched = sum(to->vouched, vouched_of(f));
	to->acted = sum(to->acted, acted);
	to->unstated = sum(to->unstated, less(f->failing, told));
	to->ignores = to->acted > to->spared;
}

static void judge_rehearsal(const struct forecast_said *s, bool had_pct, bool had_testing, struct forecast_habit *out)
{
	if (s->ignores) {
		out->pct = had_pct ? READS_NO : out->pct;
		out->testing = had_testing ? READS_NO : out->testing;
	} else if (s->spared > 0 && s->acted <= (s->spared / (HEEDS_TENTH - 1))) {
		out->pct = had_pct && !had_testing ? READS_YES : out->pct;
		out->testing = had_testing && !had_pct ? READS_YES : out->testing;
	}
}

static void judge_part(const struct forecast_said *s, struct forecast_habit *out)
{
	if (s->spared > 0)
		out->pct = READS_YES;
	else if (s->acted >= PART_EVIDENCE)
		out->pct = READS_NO;
}

void forecast_judge(struct arena *scratch, const struct forecast_flow *flow, size_t n, bool had_pct, bool had_testing,
		    struct forecast_habit *out, size_t receivers)
{
	struct forecast_said *rehearsed = arena_array(scratch, receivers, sizeof *rehearsed), *part = arena_array(scratch, receivers, sizeof *part);

	for (size_t i = 0; i < n; i++) {
		if (flow[i].receiver >= receivers)
			continue;
		if (step_is_rehearsal(flow[i].seen))
			add_said(&rehearsed[flow[i].receiver], &flow[i]);
		else if (step_is_part(flow[i].seen))
			add_said(&part[flow[i].receiver], &flow[i]);
	}
	for (size_t r = 0; r < receivers; r++) {
		judge_rehearsal(&rehearsed[r], had_pct, had_testing, &out[r]);
		judge_part(&part[r], &out[r]);
	}
}

static int by_acted(const void *x, const void *y)
{
	const struct forecast_said *a = x, *b = y;

	if (a->acted != b->acted)
		return a->acted < b->acted ? 1 : -1;
	if (a->failing != b->failing)
		return a->failing < b->failing ? 1 : -1;
	return a->receiver < b->receiver ? -1 : a->receiver > b->receiver;
}

void forecast_certified(struct arena *a, const struct forecast_flow *flow, size_t n, size_t receivers, struct forecast_certified *out)
{
	struct forecast_said *said = arena_array(a, receivers, sizeof *said);
	size_t kept = 0;

	*out = (struct forecast_certified){ .all = { .receiver = FORECAST_NONE }, .receiver = said };
	for (size_t i = 0; i < n; i++) {
		if (!step_is_rehearsal(flow[i].seen) || flow[i].failing == 0)
			continue;
		add_said(&out->all, &flow[i]);
		if (flow[i].receiver < receivers)
			add_said(&said[flow[i].receiver], &flow[i]);
	}
	for (size_t r = 0; r < receivers; r++) {
		said[r].receiver = r;
		out->acting += said[r].acted > 0;
		if (said[r].failing > 0)
			said[kept++] = said[r];
	}
	qsort(said, kept, sizeof *said, by_acted);
	out->receivers = kept;
}
