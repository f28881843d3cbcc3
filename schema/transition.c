/* transition: see transition.h. */
#include "schema/transition.h"

#include "schema/limits.h"

#include <math.h>
#include <stdlib.h>

enum { WEEK = 7, WEEKS_ALIKE = 2 * WEEK /* with so many days a week more or less of one kind makes no difference */ };
/* Of a day that receivers see a change on, a twentieth of the mail is no measure: a receiver that reports once a month is late, and
 * one that never looks again at DNS is not asked. */
static const double most_mail = 0.95;
static const double two_sided = 2.0; /* standard deviations: 19 in 20 */
static const double rule_of_three = 3.0; /* events that may have been expected where none was seen, 19 in 20 */

static const char *const left_names[TRANSITION_LEFTS] = { "compared", "only-before", "only-after", "mixed", "thin" };
static const char *const left_words[TRANSITION_LEFTS] = {
	"compared", "never saw the new policy", "never saw the old policy", "saw another policy on some of these days",
	"reported too little sound mail before or after",
};
static const char *const outcome_names[TRANSITION_OUTCOMES] = { "too-little-data", "now-rewrites", "still-breaks",
								 "fell",	    "rose",	    "unchanged" };
static const char *const outcome_words[TRANSITION_OUTCOMES] = { "too little data", "now rewrites", "still breaks",
								 "fell",	    "rose",	    "unchanged" };

const char *transition_left_name(enum transition_left l)
{
	return left_names[l];
}

const char *transition_left_words(enum transition_left l)
{
	return left_words[l];
}

const char *transition_outcome_name(enum transition_outcome o)
{
	return outcome_names[o];
}

const char *transition_outcome_words(enum transition_outcome o)
{
	return outcome_words[o];
}

/* --- days --- */

struct weighed {
	int64_t day, messages;
};

static int earlier(const void *a, const void *b)
{
	const struct weighed *x = a, *y = b;

	return x->day < y->day ? -1 : x->day > y->day;
}

/* The day by which `share` of the mail is there; `otherwise` where there is none. */
static int64_t day_of_share(struct weighed *w, size_t n, double share, int64_t otherwise)
{
	double all = 0, sum = 0;

	if (n == 0)
		return otherwise;
	qsort(w, n, sizeof *w, earlier);
	for (size_t i = 0; i < n; i++)
		all += (double)w[i].messages;
	for (size_t i = 0; i < n; i++) {
		sum += (double)w[i].messages;
		if (sum >= all * share)
			return w[i].day;
	}
	return w[n - 1].day;
}

struct boundary { /* days that some saw one policy on and some the next: from `first` to `last` */
	int64_t first, last;
};

/* The last day of a receiver under one policy and the first under the next: the latter is one of both, too. */
static struct boundary boundary_of(struct weighed *last, struct weighed *first, size_t n, struct boundary otherwise)
{
	struct boundary b;

	if (n == 0)
		return otherwise;
	b.first = day_of_share(first, n, 1 - most_mail, 0);
	b.last = day_of_share(last, n, most_mail, 0) + 1;
	b.last = b.last > b.first ? b.last : b.first;
	return b;
}

struct boundaries {
	struct boundary old, change, then;
};

static bool is_of_change(const struct transition_receiver *r)
{
	return r->saw_old && r->saw_new && r->messages > 0;
}

static struct boundaries find_boundaries(const struct transition_receiver *r, size_t n, int64_t first_day, int64_t last_day)
{
	struct weighed *w = calloc(6 * n + 1, sizeof *w);
	struct weighed *old[2] = { w, w + n }, *change[2] = { w + 2 * n, w + 3 * n }, *then[2] = { w + 4 * n, w + 5 * n };
	size_t olds = 0, changes = 0, thens = 0;
	struct boundaries b;

	if (w == NULL)
		abort();
	for (size_t i = 0; i < n; i++) {
		if (!is_of_change(&r[i]))
			continue;
		change[0][changes] = (struct weighed){ r[i].old_last, r[i].messages };
		change[1][changes++] = (struct weighed){ r[i].new_first, r[i].messages };
		if (r[i].before_last != INT64_MIN) {
			old[0][olds] = (struct weighed){ r[i].before_last, r[i].messages };
			old[1][olds++] = (struct weighed){ r[i].old_first, r[i].messages };
		}
		if (r[i].then_first != INT64_MAX) {
			then[0][thens] = (struct weighed){ r[i].new_last, r[i].messages };
			then[1][thens++] = (struct weighed){ r[i].then_first, r[i].messages };
		}
	}
	b.old = boundary_of(old[0], old[1], olds, (struct boundary){ first_day - 1, first_day - 1 });
	b.change = boundary_of(change[0], change[1], changes, (struct boundary){ last_day + 1, last_day + 1 });
	b.then = boundary_of(then[0], then[1], thens, (struct boundary){ last_day + 1, last_day + 1 });
	free(w);
	return b;
}

static int64_t down_to(int64_t day, int64_t same_as)
{
	return day - ((day - same_as) % WEEK + WEEK) % WEEK;
}

/* The last span before the change that ends and begins on the days of the week of `after`; of the same length, or all there is. */
static struct transition_span before_of(const struct boundaries *b, struct transition_span after, bool all)
{
	int64_t last = down_to(b->change.first - 1, after.first + after.days - 1);
	int64_t longest_ago = last - LIMIT_TRANSITION_SPAN_DAYS + 1, least = b->old.last + 1 > longest_ago ? b->old.last + 1 : longest_ago;
	int64_t first = all ? down_to(least + WEEK - 1, after.first) : last - after.days + 1;

	return (struct transition_span){ first, first >= least && last >= first ? last - first + 1 : 0 };
}

/* From the first clean day behind the change on. */
static struct transition_days longest(const struct boundaries *b)
{
	struct transition_days d = { .change_first = b->change.first, .change_last = b->change.last };
	int64_t from = b->change.last + 1, most = b->then.first - from;

	if (most > LIMIT_TRANSITION_SPAN_DAYS)
		most = LIMIT_TRANSITION_SPAN_DAYS;
	for (int64_t n = most; n > 0; n--) {
		struct transition_span after = { from, n }, same = before_of(b, after, false), all = before_of(b, after, true);
		struct transition_span before = n >= WEEKS_ALIKE && all.days >= WEEKS_ALIKE ? all : same;

		if (before.days > 0 && before.days + n > d.before.days + d.after.days) {
			d.before = before;
			d.after = after;
		}
	}
	return d;
}

static enum transition_left left_of(const struct transition_receiver *r, const struct transition_days *d)
{
	if (!r->saw_new)
		return TRANSITION_ONLY_BEFORE;
	if (!r->saw_old)
		return TRANSITION_ONLY_AFTER;
	if (r->messages <= 0 || r->old_last >= d->after.first || r->new_first < d->before.first + d->before.days)
		return TRANSITION_MIXED;
	if ((r->before_last != INT64_MIN && r->before_last >= d->before.first) || r->then_first < d->after.first + d->after.days)
		return TRANSITION_MIXED;
	return TRANSITION_COMPARED;
}

struct transition_days transition_choose(struct transition_receiver *r, size_t n, int64_t first_day, int64_t last_day)
{
	struct boundaries b = find_boundaries(r, n, first_day, last_day);
	struct transition_days d = longest(&b);

	for (size_t i = 0; i < n; i++)
		r[i].left = left_of(&r[i], &d);
	return d;
}

size_t transition_settle(struct transition_receiver *r, size_t n)
{
	size_t compared = 0;

	for (size_t i = 0; i < n; i++) {
		if (r[i].left == TRANSITION_COMPARED && (r[i].sound_before < LIMIT_TRANSITION_SOUND || r[i].sound_after < LIMIT_TRANSITION_SOUND))
			r[i].left = TRANSITION_THIN;
		compared += r[i].left == TRANSITION_COMPARED;
	}
	return compared;
}

/* --- groups --- */

struct transition_group transition_group_make(struct arena *a, const struct transition_days *days, size_t receivers)
{
	return (struct transition_group){ .has = arena_array(a, receivers + 1, sizeof(bool)),
					  .off = { arena_array(a, (size_t)days->before.days + 1, sizeof(double)),
						   arena_array(a, (size_t)days->after.days + 1, sizeof(double)) },
					  .last = { SIZE_MAX, SIZE_MAX } };
}

/* Takes off each day what its sound mail has one expect of all that the receiver added. */
static void spread(struct transition_group *g, const struct transition_days *days, const struct transition_receiver *all, int side)
{
	const struct transition_receiver *r = g->last[side] != SIZE_MAX ? &all[g->last[side]] : NULL;
	double sound = r == NULL ? 0 : (double)(side == 0 ? r->sound_before : r->sound_after);
	int64_t n = side == 0 ? days->before.days : days->after.days;

	for (int64_t day = 0; r != NULL && r->sound_a_day[side] != NULL && day < n; day++)
		g->off[side][day] -= g->pending[side] * (double)r->sound_a_day[side][day] / sound;
	g->pending[side] = 0;
}

void transition_add(struct transition_group *g, const struct transition_days *days, const struct transition_receiver *all,
		    size_t receiver, int64_t day, bool is_after, int64_t messages)
{
	const struct transition_receiver *r = &all[receiver];
	double n = (double)messages;

	if (r->left != TRANSITION_COMPARED || messages <= 0)
		return;
	g->receivers += !g->has[receiver];
	g->has[receiver] = true;
	if (is_after) {
		g->failing_after += messages;
	} else {
		n *= (double)r->sound_after / (double)r->sound_before;
		g->failing_before += messages;
		g->expected += n;
	}
	if (g->last[is_after] != receiver)
		spread(g, days, all, is_after);
	g->last[is_after] = receiver;
	g->pending[is_after] += n;
	g->off[is_after][day] += n;
}

/* How far the sum of the days may be off, squared, of the sum squared: by as much as days are off, and no less than chance alone would
 * have it for so many messages. Mail comes in heaps, so that days tell more than messages do. */
static double doubt(const double *off, int64_t n, double sum, double messages)
{
	double squares = 0;

	for (int64_t i = 0; i < n; i++)
		squares += off[i] * off[i];
	squares = n > 1 ? squares * (double)n / (double)(n - 1) / (sum * sum) : 1;
	return squares > 1 / messages ? squares : 1 / messages;
}

static struct transition_result ratio_of(const struct transition_group *g, const struct transition_days *days)
{
	double after = (double)g->failing_after, off;
	struct transition_result r = { .expected = g->expected };

	if (g->expected <= 0)
		return r;
	off = doubt(g->off[0], days->before.days, g->expected, (double)g->failing_before);
	r.ratio = after / g->expected;
	if (after <= 0) {
		r.high = rule_of_three * (off > 1 / g->expected ? off : 1 / g->expected);
		return r;
	}
	off = exp(two_sided * sqrt(off + doubt(g->off[1], days->after.days, after, after)));
	r.low = r.ratio / off;
	r.high = r.ratio * off;
	return r;
}

static const char *missing_of(const struct transition_result *r, const struct transition_days *days, size_t compared)
{
	if (days->before.days < LIMIT_TRANSITION_DAYS || days->after.days < LIMIT_TRANSITION_DAYS)
		return "days to compare";
	if (compared < LIMIT_TRANSITION_RECEIVERS)
		return "receivers that reported before and after";
	return r->expected < LIMIT_TRANSITION_EXPECTED ? "failing messages" : NULL;
}

/* What the bounds allow to be said: of what fails as before, or more, that it still does. */
static enum transition_outcome outcome_of(const struct transition_result *r, enum transition_kind kind)
{
	if (kind == TRANSITION_OF_LIST && r->ratio <= LIMIT_TRANSITION_REWRITES_PERCENT / 100.0 && r->high <= 0.5)
		return TRANSITION_REWRITES;
	if (r->high < 1 / (1 + LIMIT_TRANSITION_SAME_PERCENT / 100.0))
		return TRANSITION_FELL;
	if (r->low < 0.5)
		return TRANSITION_TOO_LITTLE;
	if (kind == TRANSITION_OF_OTHERS && r->low > 1 + LIMIT_TRANSITION_SAME_PERCENT / 100.0)
		return TRANSITION_ROSE;
	return kind == TRANSITION_OF_OTHERS && r->high <= 2 ? TRANSITION_UNCHANGED : TRANSITION_BREAKS;
}

struct transition_result transition_judge(struct transition_group *g, const struct transition_days *days, const struct transition_receiver *all,
					  size_t compared, enum transition_kind kind)
{
	struct transition_result r = { 0 };

	spread(g, days, all, 0);
	spread(g, days, all, 1);
	if (days->after.days > 0)
		r = ratio_of(g, days);
	r.missing = missing_of(&r, days, compared);
	r.outcome = r.missing == NULL ? outcome_of(&r, kind) : TRANSITION_TOO_LITTLE;
	if (r.outcome == TRANSITION_TOO_LITTLE && r.missing == NULL)
		r.missing = "days that are alike: too much of it comes on a few";
	return r;
}
