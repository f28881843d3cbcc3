/* readiness: see readiness.h. */
#include "schema/readiness.h"

#include "schema/limits.h"

#include <assert.h>
#include <stdlib.h>

const struct readiness_limits readiness_defaults = {
	.days = 28, .first_days = 7, .rehearsal_days = 14, .incomplete = 1000, .large_receivers = RECEIVERS,
	.failing_own = 50, .unnamed_senders = 0, .lists_rewritten = 9500, .signed_own = 9800,
};

static int64_t higher(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t lower(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* --- how a check is settled --- */

static void pass(struct readiness_check *c)
{
	c->state = STATE_PASS;
	c->missing = MISSING_NOTHING;
	c->missing_n = 0;
}

static void miss(struct readiness_check *c, enum readiness_state state, enum readiness_missing missing, int64_t n)
{
	c->state = state;
	c->missing = missing;
	c->missing_n = n;
}

static void count_at_most(struct readiness_check *c, int64_t value, int64_t limit, enum readiness_missing missing)
{
	c->value = value;
	c->limit = limit;
	c->sense = AT_MOST;
	if (value <= limit)
		pass(c);
	else
		miss(c, STATE_FAIL, missing, value - limit);
}

static void count_at_least(struct readiness_check *c, int64_t value, int64_t limit, enum readiness_missing missing)
{
	c->value = value;
	c->limit = limit;
	c->sense = AT_LEAST;
	if (value >= limit)
		pass(c);
	else
		miss(c, STATE_FAIL, missing, limit - value);
}

/* The messages that a share is: so many at most, or at least. Counts may be so large that ten thousand times as many would overflow. */
static int64_t share_most(int64_t limit, int64_t of)
{
	return (int64_t)((long double)of * limit / READINESS_WHOLE);
}

static int64_t share_least(int64_t limit, int64_t of)
{
	int64_t n = share_most(limit, of);

	return (long double)n * READINESS_WHOLE < (long double)of * limit ? n + 1 : n;
}

static void share_at_most(struct readiness_check *c, int64_t value, int64_t of, int64_t limit, enum readiness_missing missing)
{
	count_at_most(c, value, share_most(limit, of), missing);
	c->of = of;
	c->limit = limit;
	c->share = true;
}

static void share_at_least(struct readiness_check *c, int64_t value, int64_t of, int64_t limit, enum readiness_missing missing)
{
	count_at_least(c, value, share_least(limit, of), missing);
	c->of = of;
	c->limit = limit;
	c->share = true;
}

/* --- the checks: each fills one from the facts --- */

typedef void check_fn(const struct readiness_facts *f, const struct readiness_limits *l, struct readiness_check *c);

static int64_t large_reporting(const struct readiness_facts *f)
{
	int64_t n = 0;

	for (int r = 0; r < RECEIVERS; r++)
		n += f->large[r];
	return n;
}

static int64_t large_limit(const struct readiness_limits *l)
{
	return higher(l->large_receivers, READINESS_LEAST_LARGE);
}

static void check_large(const struct readiness_facts *f, const struct readiness_limits *l, struct readiness_check *c)
{
	count_at_least(c, large_reporting(f), large_limit(l), MISSING_LARGE);
	c->of = RECEIVERS;
	if (c->state == STATE_PASS && f->largest_missing >= READINESS_LEAST_LARGE)
		miss(c, STATE_FAIL, MISSING_LARGEST, f->largest_missing);
}

static void check_reports(const struct readiness_facts *f, const struct readiness_limits *l, struct readiness_check *c)
{
	if (f->reports > 0)
		check_large(f, l, c);
	else
		miss(c, STATE_FAIL, MISSING_REPORTS, 0);
	c->value = f->receivers;
	c->of = 0;
	c->limit = -1;
}

/* Where days are enough, not too many of those there are may lack reports. */
static void check_days_of(const struct readiness_facts *f, const struct readiness_limits *l, struct readiness_check *c, int64_t days, int64_t limit)
{
	count_at_least(c, days, higher(limit, READINESS_LEAST_DAYS), MISSING_DAYS);
	if (c->state == STATE_PASS && f->incomplete_days > share_most(l->incomplete, f->complete_days + f->incomplete_days))
		miss(c, STATE_FAIL, MISSING_HOLES, f->incomplete_days);
}

static void check_first_days(const struct readiness_facts *f, const struct readiness_limits *l, struct readiness_check *c)
{
	check_days_of(f, l, c, f->complete_days, l->first_days);
}

static void check_days(const struct readiness_facts *f, const struct readiness_limits *l, struct readiness_check *c)
{
	check_days_of(f, l, c, f->policy_days, l->days);
}

static void check_quarantine_days(const struct readiness_facts *f, const struct readiness_limits *l, struct readiness_check *c)
{
	check_days_of(f, l, c, f->quarantine_days, l->days);
}

static void check_errors(struct readiness_check *c, bool known, int64_t errors)
{
	if (known)
		count_at_most(c, errors, 0, MISSING_ERRORS);
	else
		miss(c, STATE_NOT_KNOWN, MISSING_LOOKUP, 0);
}

static void check_record(const struct readiness_facts *f, const struct readiness_limits *l, struct readiness_check *c)
{
	check_errors(c, f->record_known, f->record_errors);
}

static void check_records(const struct readiness_facts *f, const struct readiness_limits *l, struct readiness_check *c)
{
	check_errors(c, f->record_known && f->records_known, f->record_errors + f->records_errors);
}

/* Half a message is one. */
static void check_asked(const struct readiness_facts *f, const struct readiness_limits *l, struct readiness_check *c)
{
	count_at_most(c, (int64_t)f->asked + (f->asked > (double)(int64_t)f->asked), 0, MISSING_MOVED);
	c->of = f->failing;
	if (c->state == STATE_PASS && f->acting > 0)
		miss(c, STATE_FAIL, MISSING_HEED, f->acting);
}

static void check_lists_known(const struct readiness_facts *f, const struct readiness_limits *l, struct readiness_check *c)
{
	share_at_least(c, f->list_known, f->list_failing, READINESS_WHOLE, MISSING_NAMES);
}

/* Where the rehearsal was not held long enough there is no measure yet; where there is no list mail, nothing to measure. */
static void check_rewritten(const struct readiness_facts *f, const struct readiness_limits *l, struct readiness_check *c)
{
	share_at_least(c, f->list_rewritten, f->list_usual > 0 ? f->list_usual : f->list_failing, l->lists_rewritten, MISSING_MESSAGES);
	if (c->of == 0)
		return;
	if (f->rehearsal_days < l->rehearsal_days)
		miss(c, STATE_FAIL, MISSING_REHEARSAL, l->rehearsal_days - f->rehearsal_days);
	else if (f->list_usual == 0)
		miss(c, STATE_NOT_KNOWN, MISSING_MAIL, 0);
}

static void check_own_failing(const struct readiness_facts *f, const struct readiness_limits *l, struct readiness_check *c)
{
	share_at_most(c, f->failing_own, f->messages, l->failing_own, MISSING_MESSAGES);
	if (f->messages == 0)
		miss(c, STATE_NOT_KNOWN, MISSING_MAIL, 0);
}

static void check_signed(const struct readiness_facts *f, const struct readiness_limits *l, struct readiness_check *c)
{
	share_at_least(c, f->own_signed, f->own, l->signed_own, MISSING_MESSAGES);
	if (f->own == 0)
		miss(c, STATE_NOT_KNOWN, MISSING_MAIL, 0);
}

static void check_unnamed(const struct readiness_facts *f, const struct readiness_limits *l, struct readiness_check *c)
{
	count_at_most(c, f->unnamed_senders, l->unnamed_senders, MISSING_NAMES);
}

static void check_spf_alone(const struct readiness_facts *f, const struct readiness_limits *l, struct readiness_check *c)
{
	count_at_most(c, f->spf_alone, 0, MISSING_SOURCES);
}

static void check_blockers(const struct readiness_facts *f, const struct readiness_limits *l, struct readiness_check *c)
{
	count_at_most(c, f->blockers, 0, MISSING_BLOCKERS);
}

static void confirm(struct readiness_check *c, int64_t n)
{
	c->value = n;
	c->limit = -1;
	if (n == 0 || c->confirmed != NULL)
		pass(c);
	else
		miss(c, STATE_CONFIRM, MISSING_CONFIRMATION, n);
}

static void check_lists_accept(const struct readiness_facts *f, const struct readiness_limits *l, struct readiness_check *c)
{
	confirm(c, f->list_open);
}

static void check_posters(const struct readiness_facts *f, const struct readiness_limits *l, struct readiness_check *c)
{
	confirm(c, 1);
}

/* --- words --- */

static const struct {
	const char *name, *label, *why;
	check_fn *fill;
} checks[CHECKS] = {
	[CHECK_REPORTS] = { "reports", "Reports arrive", "Without the large receivers' reports, most of the mail is not seen.", check_reports },
	[CHECK_FIRST_DAYS] = { "first-days", "Complete days of reports", "A week shows what only some weekdays have.", check_first_days },
	[CHECK_RECORD] = { "record", "The record is valid for old and new receivers",
			   "RFC 7489 receivers read pct=0. RFC 9989 receivers ignore it and read t=y. Both must find what is meant.", check_record },
	[CHECK_ASKED] = { "asked", "Receivers are asked to move nothing",
			  "A rehearsal moves no mail, unless a receiver reads neither pct nor t.", check_asked },
	[CHECK_LISTS_KNOWN] = { "lists-known", "List traffic is recognised",
				"What a list does once the policy changes depends on its software.", check_lists_known },
	[CHECK_LISTS_ACCEPT] = { "lists-accept", "No list refuses posts from quarantine domains",
				 "Mailman acts on the policy and ignores pct. A list set to reject or discard would lose posts.", check_lists_accept },
	[CHECK_DAYS] = { "days", "Complete days of reports at this policy",
			 "RFC 9989 advises a month at each policy before the next. A rehearsal asks for what the step before it asked, so the days of both count.", check_days },
	[CHECK_LARGE] = { "large", "The large receivers report", "Their mail is most of what a policy would move.", check_large },
	[CHECK_OWN_FAILING] = { "own-failing", "Failing mail that is ours", "This is wanted mail that would go to spam.", check_own_failing },
	[CHECK_UNNAMED] = { "unnamed", "Failing senders seen on several days and not named",
			    "A sender that comes back may be one of ours that nobody thought of.", check_unnamed },
	[CHECK_REWRITTEN] = { "rewritten", "List mail rewritten", "What lists do not rewrite would be moved. The rehearsal shows it.", check_rewritten },
	[CHECK_SIGNED] = { "signed", "Our own mail signed with aligned DKIM",
			   "A signature survives being sent on; SPF does not.", check_signed },
	[CHECK_RECORDS] = { "records", "Records valid", "An error in DMARC, SPF or DKIM makes wanted mail fail.", check_records },
	[CHECK_QUARANTINE_DAYS] = { "quarantine-days", "Complete days at quarantine",
				    "RFC 9989 advises as long at quarantine as at none before reject.", check_quarantine_days },
	[CHECK_SPF_ALONE] = { "spf-alone", "Own sources that rely on SPF alone", "RFC 9989: reject must not rely on SPF alone.", check_spf_alone },
	[CHECK_POSTERS] = { "posters", "People who post to lists",
			    "RFC 9989 advises domains whose people post to lists not to publish reject. Confirm that this is known, or keep "
			    "people's mail at quarantine and move a sending sub-domain alone.",
			    check_posters },
	[CHECK_BLOCKERS] = { "blockers", "Blockers entered by hand", "Somebody has said that this has to be done first.", check_blockers },
};

const char *readiness_check_name(enum readiness_check_id id)
{
	return checks[id].name;
}

enum readiness_check_id readiness_check_of_name(struct slice word)
{
	int id = 0;

	while (id < CHECKS && !slice_is(word, checks[id].name))
		id++;
	return (enum readiness_check_id)id;
}

const char *readiness_check_label(enum readiness_check_id id)
{
	return checks[id].label;
}

const char *readiness_check_why(enum readiness_check_id id)
{
	return checks[id].why;
}

const char *readiness_state_name(enum readiness_state s)
{
	static const char *const names[] = { "pass", "fail", "confirm", "unknown" };

	return names[s];
}

const char *readiness_missing_name(enum readiness_missing m)
{
	static const char *const names[MISSINGS] = { "nothing", "reports", "days",	   "holes",	"large",    "largest",	"errors",  "lookup", "moved",
						     "heed",	"names",   "confirmation", "rehearsal", "messages", "mail",	"sources", "blockers" };

	return names[m];
}

const char *readiness_verdict_name(const struct readiness *r)
{
	static const char *const names[] = { "ready", "ready-once-confirmed", "not-yet" };

	return names[r->verdict];
}

const char *readiness_act_name(enum readiness_act act)
{
	static const char *const names[ACTS] = { "record", "reports", "rehearse", "lists", "source", "name", "blockers", "step", "confirm", "wait" };

	return names[act];
}

/* --- the verdict --- */

static bool is_of_step(enum readiness_check_id id, enum step step, const struct readiness_facts *f)
{
	bool rejects = step_policy(step) == POLICY_REJECT;

	if (step == STEP_MONITOR)
		return false;
	if (step == STEP_REHEARSE)
		return id <= CHECK_LISTS_ACCEPT;
	if (id == CHECK_BLOCKERS)
		return f->blockers > 0;
	return id >= CHECK_DAYS && (id <= CHECK_RECORDS || rejects);
}

static const struct readiness_confirmation *confirmation_of(const struct readiness_facts *f, enum readiness_check_id id)
{
	const struct readiness_confirmation *last = NULL;

	for (size_t i = 0; i < f->confirmations; i++)
		if (f->confirmed[i].check == id && (last == NULL || f->confirmed[i].at >= last->at))
			last = &f->confirmed[i];
	return last;
}

void readiness_of(const struct readiness_facts *f, const struct readiness_limits *l, enum step step, struct readiness *out)
{
	assert(step > STEP_UNKNOWN && step < STEPS);
	*out = (struct readiness){ .step = step };
	for (int id = 0; id < CHECKS; id++) {
		struct readiness_check *c = &out->check[out->n];

		if (!is_of_step((enum readiness_check_id)id, step, f))
			continue;
		*c = (struct readiness_check){ .id = (enum readiness_check_id)id, .limit = -1 };
		c->confirmed = confirmation_of(f, c->id);
		checks[id].fill(f, l, c);
		out->passed += c->state == STATE_PASS;
		out->confirm += c->state == STATE_CONFIRM;
		out->n++;
	}
	out->verdict = out->passed == out->n		      ? READINESS_READY :
		       out->passed + out->confirm == out->n ? READINESS_ONCE :
							      READINESS_NOT_YET;
}

const struct readiness_check *readiness_find(const struct readiness *r, enum readiness_check_id id)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->check[i].id == id)
			return &r->check[i];
	return NULL;
}

/* --- the smallest set of fixes --- */

enum gain { GAIN_SIGNED, GAIN_MENDED, GAIN_ALONE, GAINS };
static const enum readiness_check_id gain_check[GAINS] = { CHECK_SIGNED, CHECK_OWN_FAILING, CHECK_SPF_ALONE };

static int64_t gain_of(const struct readiness_fix *fix, enum gain g)
{
	return g == GAIN_SIGNED ? fix->signs : g == GAIN_MENDED ? fix->mends : fix->spf_alone;
}

struct candidate {
	const struct readiness_fix *fix;
	double strength;
	bool taken;
};
struct choice {
	struct candidate *item;
	size_t n;
	int64_t need[GAINS]; /* still missing */
};

static bool is_met(const struct choice *c)
{
	for (int g = 0; g < GAINS; g++)
		if (c->need[g] > 0)
			return false;
	return true;
}

/* How much of what is missing it brings, in wholes. */
static double strength_of(const struct choice *c, const struct readiness_fix *fix)
{
	double all = 0;

	for (int g = 0; g < GAINS; g++)
		if (c->need[g] > 0)
			all += (double)lower(gain_of(fix, (enum gain)g), c->need[g]) / (double)c->need[g];
	return all;
}

static int by_strength(const void *x, const void *y)
{
	const struct candidate *a = x, *b = y;

	if (a->taken != b->taken)
		return a->taken ? -1 : 1;
	if (a->strength > b->strength || a->strength < b->strength)
		return a->strength < b->strength ? 1 : -1;
	return a->fix < b->fix ? -1 : a->fix > b->fix;
}

static void take(struct choice *c, struct candidate *item)
{
	item->taken = true;
	for (int g = 0; g < GAINS; g++)
		c->need[g] -= lower(c->need[g], gain_of(item->fix, (enum gain)g));
}

/* Whether those of a set are enough; `set` has a bit for each of the first candidates. */
static bool does(const struct choice *c, size_t first, unsigned set)
{
	for (int g = 0; g < GAINS; g++) {
		int64_t need = c->need[g];

		for (size_t i = 0; set >> i != 0; i++)
			if (set >> i & 1)
				need -= lower(need, gain_of(c->item[first + i].fix, (enum gain)g));
		if (need > 0)
			return false;
	}
	return true;
}

/* Takes the smallest set of the strongest that are left, behind `first` taken ones; false where even all of those are not enough. */
static bool take_smallest(struct choice *c, size_t first)
{
	size_t n = c->n - first < LIMIT_FIXES ? c->n - first : LIMIT_FIXES;
	unsigned all = (1u << n) - 1, best = all;

	if (!does(c, first, all))
		return false;
	for (unsigned set = 1; set < all; set++)
		if (__builtin_popcount(set) < __builtin_popcount(best) && does(c, first, set))
			best = set;
	for (size_t i = 0; i < n; i++)
		if (best >> i & 1)
			take(c, &c->item[first + i]);
	return true;
}

/* Strongest first. While those that can be tried in all combinations would not do, the strongest of them is taken: it is among the
 * largest there are. Afterwards the taken ones stand first. */
static void choose(struct choice *c)
{
	for (size_t first = 0; first <= c->n && !is_met(c); first++) {
		for (size_t i = first; i < c->n; i++)
			c->item[i].strength = strength_of(c, c->item[i].fix);
		qsort(c->item + first, c->n - first, sizeof *c->item, by_strength);
		if (first == c->n || take_smallest(c, first))
			break;
		take(c, &c->item[first]);
	}
	qsort(c->item, c->n, sizeof *c->item, by_strength);
}

/* False where all fixes together do not bring what is missing: then as much as they bring is wanted. */
static bool want_gains(struct choice *c, const struct readiness *r)
{
	bool enough = true;

	for (int g = 0; g < GAINS; g++) {
		const struct readiness_check *check = readiness_find(r, gain_check[g]);
		int64_t brings = 0, need = check != NULL && check->state == STATE_FAIL ? check->missing_n : 0;

		for (size_t i = 0; i < c->n && brings < need; i++)
			brings += lower(need - brings, gain_of(c->item[i].fix, (enum gain)g));
		enough = enough && brings >= need;
		c->need[g] = brings;
	}
	return enough;
}

/* --- the way --- */

/* What is to be done for a check that does not pass; ACTS: nothing that anybody here could do. */
static enum readiness_act act_of(const struct readiness_check *c)
{
	static const enum readiness_act acts[MISSINGS] = {
		[MISSING_NOTHING] = ACTS,	  [MISSING_REPORTS] = ACT_REPORTS,	    [MISSING_DAYS] = ACT_WAIT,
		[MISSING_HOLES] = ACT_WAIT,	  [MISSING_LARGE] = ACT_REPORTS,	    [MISSING_LARGEST] = ACT_REPORTS,
		[MISSING_ERRORS] = ACT_RECORD,	  [MISSING_LOOKUP] = ACT_RECORD,	    [MISSING_MOVED] = ACTS,
		[MISSING_HEED] = ACTS,		  [MISSING_NAMES] = ACT_NAME,		    [MISSING_CONFIRMATION] = ACT_CONFIRM,
		[MISSING_REHEARSAL] = ACT_REHEARSE, [MISSING_MESSAGES] = ACT_SOURCE,	    [MISSING_MAIL] = ACTS,
		[MISSING_SOURCES] = ACT_SOURCE,	  [MISSING_BLOCKERS] = ACT_BLOCKERS,
	};

	if (c->id == CHECK_REWRITTEN && c->missing == MISSING_MESSAGES)
		return ACT_LISTS;
	return c->id == CHECK_QUARANTINE_DAYS && c->value == 0 ? ACT_STEP : acts[c->missing];
}

/* Complete days still to come until so few of all lack reports; 0 where none ever will do. */
static int64_t days_over_holes(const struct readiness_facts *f, const struct readiness_limits *l)
{
	int64_t all = l->incomplete > 0 ? (f->incomplete_days * READINESS_WHOLE + l->incomplete - 1) / l->incomplete : 0;

	return higher(all - f->incomplete_days - f->complete_days, 0);
}

/* The last day that it takes; the day of a change is not counted. */
static int64_t day_of(const struct readiness_facts *f, const struct readiness_limits *l, enum readiness_act act, const struct readiness_check *c)
{
	int64_t days = c->missing == MISSING_HOLES ? days_over_holes(f, l) : c->missing_n;

	switch (act) {
	case ACT_REHEARSE:
	case ACT_STEP:
		return f->last_day + 1 + days;
	case ACT_WAIT:
		return days > 0 ? f->last_day + days : 0;
	default:
		return 0;
	}
}

static struct readiness_todo todo_of(const struct readiness_facts *f, const struct readiness_limits *l, enum readiness_act act,
				     const struct readiness_check *c)
{
	struct readiness_todo t = { .act = act, .check = c->id, .before = c->value, .of = c->of, .day = day_of(f, l, act, c) };

	if (act == ACT_REHEARSE || act == ACT_LISTS)
		t.after = c->of;
	else if (c->limit < 0 || c->missing == MISSING_HOLES)
		t.after = c->value;
	else
		t.after = c->sense == AT_MOST ? c->value - c->missing_n : c->value + c->missing_n;
	return t;
}

static enum readiness_check_id helps(const struct readiness *r, const struct readiness_fix *fix)
{
	for (int g = 0; g < GAINS; g++) {
		const struct readiness_check *c = readiness_find(r, gain_check[g]);

		if (c != NULL && c->state == STATE_FAIL && gain_of(fix, (enum gain)g) > 0)
			return c->id;
	}
	return CHECK_OWN_FAILING;
}

/* Each fix goes on from the one before. */
static void add_sources(const struct readiness_facts *f, const struct readiness *r, const struct choice *c, struct readiness_way *way,
			struct readiness_todo *todo)
{
	int64_t own_signed = f->own_signed, failing = f->failing_own;

	for (size_t i = 0; i < c->n && c->item[i].taken; i++) {
		const struct readiness_fix *fix = c->item[i].fix;
		struct readiness_todo t = { .act = ACT_SOURCE, .check = helps(r, fix), .fix = fix, .before = own_signed, .of = f->own,
					    .failing_before = failing, .failing_of = f->messages };

		own_signed += lower(fix->signs, f->own - own_signed);
		failing -= lower(fix->mends, failing);
		t.after = own_signed;
		t.failing_after = failing;
		todo[way->n++] = t;
	}
}

static void add_acts(const struct readiness_facts *f, const struct readiness_limits *l, const struct readiness *r, enum readiness_act act,
		     struct readiness_way *way, struct readiness_todo *todo)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->check[i].state != STATE_PASS && act_of(&r->check[i]) == act)
			todo[way->n++] = todo_of(f, l, act, &r->check[i]);
}

static struct choice choice_of(struct arena *a, const struct readiness_fix *fix, size_t n)
{
	struct choice c = { .item = arena_array(a, n + 1, sizeof *c.item), .n = n };

	for (size_t i = 0; i < n; i++)
		c.item[i].fix = &fix[i];
	return c;
}

void readiness_shortest(struct arena *a, const struct readiness_facts *f, const struct readiness_limits *l, const struct readiness *r,
			const struct readiness_fix *fix, size_t n, struct readiness_way *out)
{
	struct choice c = choice_of(a, fix, n);
	struct readiness_todo *todo = arena_array(a, n + CHECKS, sizeof *todo);

	*out = (struct readiness_way){ .todo = todo, .enough = want_gains(&c, r) };
	choose(&c);
	for (int act = 0; act < ACTS; act++) {
		if (act == ACT_SOURCE)
			add_sources(f, r, &c, out, todo);
		else
			add_acts(f, l, r, (enum readiness_act)act, out, todo);
	}
	for (size_t i = 0; i < r->n; i++)
		out->enough = out->enough && (r->check[i].state == STATE_PASS || act_of(&r->check[i]) != ACTS);
	for (size_t i = 0; i < out->n; i++)
		out->earliest_day = todo[i].day > 0 ? higher(out->earliest_day, todo[i].day + 1) : out->earliest_day;
}
