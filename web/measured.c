/* measured: see measured.h. */
#include "web/measured.h"

#include "base/text.h"
#include "schema/limits.h"
#include "web/phases.h"

#include <stdlib.h>

enum { FEW_PERCENT = 5 /* a change that receivers of less mail saw is somebody's mistake */ };

/* --- the change --- */

struct stretch { /* days of one step at one receiver; what else changed of the policy is left aside */
	struct slice reporter;
	enum step step;
	const struct policy_seen *policy;
	int64_t first, last, messages;
};
struct stretches {
	struct stretch *item;
	size_t n;
};

static struct stretches stretches_of(struct page *p, const struct phase_lines *lines, struct slice domain)
{
	struct stretches s = { arena_array(p->a, lines->n + 1, sizeof *s.item), 0 };

	for (size_t i = 0; i < lines->n; i++) {
		const struct phase_line *l = &lines->item[i];
		struct stretch *last = s.n > 0 ? &s.item[s.n - 1] : NULL;

		if (!slice_eq(l->domain, domain))
			continue;
		if (last != NULL && slice_eq(last->reporter, l->reporter) && last->step == l->step) {
			last->policy = &l->policy;
			last->last = l->last_day;
			last->messages += l->messages;
			continue;
		}
		s.item[s.n++] = (struct stretch){ l->reporter, l->step, &l->policy, l->first_day, l->last_day, l->messages };
	}
	return s;
}

/* The policy domain that mail of the page falls under: the nearest above what is asked for, else the one with most mail. */
static struct slice domain_of(const struct page *p, const struct phase_lines *lines)
{
	const struct names *const asked[] = { &p->filter.domain, &p->filter.under };
	struct slice best = { 0 };

	for (size_t k = 0; k < 2; k++) {
		if (asked[k]->n == 0 || asked[k]->exclude)
			continue;
		for (size_t i = 0; i < lines->n; i++)
			if (domain_is_under(asked[k]->item[0], lines->item[i].domain) && lines->item[i].domain.len > best.len)
				best = lines->item[i].domain;
		return best;
	}
	return phases_main_domain(lines);
}

static struct measured_change *change_of(struct measured *m, enum step from, enum step to)
{
	for (size_t i = 0; i < m->changes; i++)
		if (m->change[i].from == from && m->change[i].to == to)
			return &m->change[i];
	m->change[m->changes] = (struct measured_change){ .from = from, .to = to, .first_day = INT64_MAX };
	return &m->change[m->changes++];
}

static int by_change_day(const void *a, const void *b)
{
	const struct measured_change *x = a, *y = b;

	return x->day < y->day ? -1 : x->day > y->day;
}

/* All changes that more than a few saw. */
static void find_changes(struct page *p, struct measured *m, const struct stretches *s)
{
	int64_t most = 0;
	size_t kept = 0;

	m->change = arena_array(p->a, STEPS * STEPS, sizeof *m->change);
	for (size_t i = 1; i < s->n; i++) {
		const struct stretch *old = &s->item[i - 1], *now = &s->item[i];
		struct measured_change *c;
		int64_t n = old->messages + now->messages;

		if (!slice_eq(old->reporter, now->reporter))
			continue;
		c = change_of(m, old->step, now->step);
		c->day = c->messages + n > 0 ? (c->day * (double)c->messages + (double)now->first * (double)n) / (double)(c->messages + n) : 0;
		c->messages += n;
		c->first_day = now->first < c->first_day ? now->first : c->first_day;
		most = c->messages > most ? c->messages : most;
	}
	for (size_t i = 0; i < m->changes; i++)
		if (m->change[i].messages * 100 >= most * FEW_PERCENT && m->change[i].messages > 0)
			m->change[kept++] = m->change[i];
	m->changes = kept;
	if (kept > 0)
		qsort(m->change, kept, sizeof *m->change, by_change_day);
}

/* The last one, or the last to the step asked for. */
static void choose_change(const struct page *p, struct measured *m)
{
	struct slice step = param_one(&p->params, PARAM_STEP);

	for (m->at = m->changes; m->at > 0; m->at--)
		if (step.ptr == NULL || step_of_name(step) == m->change[m->at - 1].to)
			break;
	m->at = m->at > 0 ? m->at - 1 : m->changes;
}

/* --- receivers --- */

/* Of one receiver's stretches: its last change from the one step to the other. */
static struct transition_receiver seen_of(const struct stretch *s, size_t n, const struct measured_change *c)
{
	struct transition_receiver r = { .before_last = INT64_MIN, .then_first = INT64_MAX };
	size_t at = n;

	for (size_t i = 0; i < n; i++) {
		if (i > 0 && s[i - 1].step == c->from && s[i].step == c->to)
			at = i;
		r.saw_old = r.saw_old || s[i].step == c->from;
		r.saw_new = r.saw_new || s[i].step == c->to;
	}
	if (at == n)
		return r;
	r.old_first = s[at - 1].first;
	r.old_last = s[at - 1].last;
	r.new_first = s[at].first;
	r.new_last = s[at].last;
	r.before_last = at > 1 ? s[at - 2].last : INT64_MIN;
	r.then_first = at + 1 < n ? s[at + 1].first : INT64_MAX;
	r.messages = s[at - 1].messages + s[at].messages;
	return r;
}

static void find_receivers(struct page *p, struct measured *m, const struct stretches *s)
{
	int64_t most = -1;

	m->receiver = arena_array(p->a, s->n + 1, sizeof *m->receiver);
	m->seen = arena_array(p->a, s->n + 1, sizeof *m->seen);
	for (size_t i = 0, end; i < s->n; i = end) {
		for (end = i; end < s->n && slice_eq(s->item[end].reporter, s->item[i].reporter);)
			end++;
		m->receiver[m->receivers].name = s->item[i].reporter;
		m->seen[m->receivers] = seen_of(s->item + i, end - i, &m->change[m->at]);
		m->receivers++;
	}
	for (size_t i = 0; i < s->n; i++)
		if (s->item[i].step == m->change[m->at].to && s->item[i].messages > most) {
			most = s->item[i].messages;
			m->policy = *s->item[i].policy;
		}
	for (size_t i = 0; i < s->n; i++) /* no receiver states both tags that hold a policy back */
		if (s->item[i].step == m->change[m->at].to) {
			m->policy.testing = m->policy.testing || s->item[i].policy->testing;
			m->policy.pct = m->policy.pct >= 0 ? m->policy.pct : s->item[i].policy->pct;
		}
}

static const struct policy_seen *old_policy(const struct stretches *s, const struct measured_change *c)
{
	const struct stretch *best = NULL;

	for (size_t i = 0; i < s->n; i++)
		if (s->item[i].step == c->from && (best == NULL || s->item[i].messages > best->messages))
			best = &s->item[i];
	return best != NULL ? best->policy : NULL;
}

/* --- the mail that is compared --- */

/* Those that are compared, or all but those that are not: whichever are fewer. */
static struct want of_receivers(struct page *p, const struct measured *m, const struct want *w)
{
	struct slice *in = arena_array(p->a, m->receivers + 1, sizeof *in), *out = arena_array(p->a, m->receivers + 1, sizeof *out);
	size_t ins = 0, outs = 0;

	for (size_t i = 0; i < m->receivers; i++)
		if (m->seen[i].left == TRANSITION_COMPARED)
			in[ins++] = m->receiver[i].name;
		else
			out[outs++] = m->receiver[i].name;
	return ins == 0 || ins <= outs ? want_any(p, w, PARAM_REPORTER, in, ins) : want_none(p, w, PARAM_REPORTER, out, outs);
}

static struct want of_days(struct page *p, const struct want *w, struct transition_span days)
{
	struct want narrower = *w;

	narrower.params = param_days(p->a, &w->params, days.first, days.first + days.days - 1);
	return narrower;
}

/* Mail that falls under the domain's policy. Where it is the only one that reports tell of, that is all mail. */
static struct want of_policy(struct page *p, const struct measured *m, const struct phase_lines *lines)
{
	struct want w = want_of(p);
	bool others = false;

	w.params = param_without(&w.params, PARAM_STEP);
	w.params = param_without(&w.params, PARAM_BY_FEW);
	w.params = param_without(&w.params, PARAM_PERIOD);
	for (size_t i = 0; i < lines->n; i++)
		others = others || !slice_eq(lines->item[i].domain, m->domain);
	if (others)
		w = want_any(p, &w, PARAM_POLICY_DOMAIN, &m->domain, 1);
	return m->own_only ? want_any(p, &w, PARAM_DOMAIN, &m->domain, 1) : w;
}

static size_t receiver_named(const struct measured *m, struct slice name)
{
	size_t i = 0;

	while (i < m->receivers && !slice_eq(m->receiver[i].name, name))
		i++;
	return i;
}

static int ask_cross(struct page *p, struct reader *r, const struct want *w, const enum group_by *by, size_t n, struct cross *out,
		     struct err *err)
{
	struct filter f;

	*out = (struct cross){ 0 };
	return want_filter(p, w, &f) ? query_cross(r, p->a, &f, by, n, out, err) : 0;
}

/* Mail that passes, and came through no list: what each receiver reports of us as a rule. */
static int ask_sound(struct page *p, struct reader *r, struct measured *m, const struct want *of, bool is_after, struct err *err)
{
	static const struct slice kinds[] = { { "ours", 4 }, { "service", 7 }, { "unknown", 7 } }, passing[] = { { "full", 4 }, { "partial", 7 } };
	static const enum group_by by[] = { BY_REPORTER, BY_DAY };
	struct want sound = want_any(p, of, PARAM_KIND, kinds, 3);
	const struct transition_span *span = is_after ? &m->days.after : &m->days.before;
	int64_t *a_day = NULL, last = -1;
	size_t at = m->receivers;
	struct cross lines;

	sound = want_any(p, &sound, PARAM_CLASS, passing, 2);
	if (ask_cross(p, r, &sound, by, 2, &lines, err) != 0)
		return -1;
	for (size_t i = 0; i < lines.n; i++) {
		const struct cross_line *l = &lines.item[i];
		int64_t n = counts_total(&l->counts);

		if (l->id[0] != last) {
			at = receiver_named(m, l->key[0]);
			a_day = arena_array(p->a, (size_t)span->days, sizeof *a_day);
		}
		last = l->id[0];
		if (at == m->receivers)
			continue;
		a_day[l->id[1] - span->first] = n;
		m->seen[at].sound_a_day[is_after] = a_day;
		*(is_after ? &m->seen[at].sound_after : &m->seen[at].sound_before) += n;
	}
	return 0;
}

/* --- groups --- */

struct tally { /* lines by id of what they are told apart by, receivers by storage's id */
	struct measured *m;
	struct page *page;
	struct measured_line **line;
	size_t room;
	size_t *receiver; /* place + 1 */
	size_t receiver_room;
};

static size_t highest(const struct cross *c, int which)
{
	int64_t most = 0;

	for (size_t i = 0; i < c->n; i++)
		most = c->item[i].id[which] > most ? c->item[i].id[which] : most;
	return (size_t)most + 1;
}

static size_t place_of(struct tally *t, const struct cross_line *l)
{
	size_t *place = &t->receiver[l->id[0]];

	if (*place == 0)
		*place = receiver_named(t->m, l->key[0]) + 1;
	return *place - 1;
}

/* What a list's failing mail is called depends on what a policy asks for: before and after it is one group. */
static bool is_of_list(enum verdict v)
{
	return v == VERDICT_LIST_REWRITES || v == VERDICT_LIST_KEEPS || v == VERDICT_LIST_OPEN;
}

static struct measured_line *line_of(struct tally *t, const struct cross_line *l, int which)
{
	bool lists = t->m->by == BY_VERDICT && is_of_list((enum verdict)l->id[which]);
	struct measured_line **line = &t->line[lists ? VERDICT_LIST_REWRITES : l->id[which]];

	if (*line == NULL) {
		*line = arena_alloc(t->page->a, sizeof **line);
		**line = (struct measured_line){ .key = l->key[which], .label = l->key[which], .kind = KIND_UNKNOWN,
						 .group = transition_group_make(t->page->a, &t->m->days, t->m->receivers) };
		t->m->lines++;
	}
	return *line;
}

/* Each of what is added was asked for at a moment of its own: the last may have ids that the first had not yet. */
static void make_room(struct tally *t, const struct cross *const *all, size_t n, int which)
{
	for (size_t i = 0; i < n; i++) {
		size_t lines = highest(all[i], which), receivers = highest(all[i], 0);

		t->room = lines > t->room ? lines : t->room;
		t->receiver_room = receivers > t->receiver_room ? receivers : t->receiver_room;
	}
	t->room = t->m->by == BY_VERDICT ? VERDICTS : t->room;
	t->line = arena_array(t->page->a, t->room, sizeof(struct measured_line *));
	t->receiver = arena_array(t->page->a, t->receiver_room, sizeof *t->receiver);
}

static void add_lines(struct tally *t, const struct cross *c, int which, int day, bool is_after)
{
	int64_t first = is_after ? t->m->days.after.first : t->m->days.before.first;

	for (size_t i = 0; i < c->n; i++) {
		const struct cross_line *l = &c->item[i];
		size_t receiver = place_of(t, l);
		int64_t n = counts_failing(&l->counts);

		if (receiver >= t->m->receivers)
			continue;
		transition_add(&line_of(t, l, which)->group, &t->m->days, t->m->seen, receiver, l->id[day] - first, is_after, n);
		transition_add(&t->m->total.group, &t->m->days, t->m->seen, receiver, l->id[day] - first, is_after, n);
	}
}

/* What the lists that rewrite had, as if it had gone on. */
static void add_leaves(struct tally *t, const struct cross *c, int which)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct cross_line *l = &c->item[i];
		size_t receiver = place_of(t, l);
		const struct transition_receiver *seen = &t->m->seen[receiver];
		int64_t n = counts_failing(&l->counts);

		if (receiver >= t->m->receivers || seen->left != TRANSITION_COMPARED)
			continue;
		t->m->leaves += n;
		line_of(t, l, which)->leaves += (double)n * (double)seen->sound_after / (double)seen->sound_before;
		t->m->total.leaves += (double)n * (double)seen->sound_after / (double)seen->sound_before;
	}
}

static bool begins_to_ask(const struct measured_change *c)
{
	return step_policy(c->from) <= POLICY_NONE && step_policy(c->to) > POLICY_NONE;
}

/* The lists that are predicted to put their own name into From. */
static struct want of_rewriting(struct page *p, const struct measured *m, const struct rule_lines *rules, const struct want *of)
{
	struct slice *names = arena_array(p->a, rules->n + 1, sizeof *names);
	size_t n = 0;

	for (size_t i = 0; i < rules->n && begins_to_ask(&m->change[m->at]); i++)
		if (rules->item[i].kind == KIND_LIST && list_habit_of(rules->item[i].software) == HABIT_REWRITES)
			names[n++] = rules->item[i].name;
	return want_any(p, of, PARAM_SOURCE, names, n);
}

static int most_first(const void *a, const void *b)
{
	const struct measured_line *x = a, *y = b;
	int64_t n = x->group.failing_before + x->group.failing_after, k = y->group.failing_before + y->group.failing_after;

	return n != k ? (n > k ? -1 : 1) : strcmp(x->key.ptr, y->key.ptr);
}

static void collect(struct tally *t)
{
	struct measured *m = t->m;
	size_t n = 0;

	m->line = arena_array(t->page->a, m->lines + 1, sizeof *m->line);
	for (size_t i = 0; i < t->room; i++)
		if (t->line[i] != NULL && t->line[i]->group.failing_before + t->line[i]->group.failing_after > 0)
			m->line[n++] = *t->line[i];
	m->lines = n;
	if (n > 0)
		qsort(m->line, n, sizeof *m->line, most_first);
}

static int ask_groups(struct page *p, struct reader *r, struct measured *m, const struct rule_lines *rules, struct err *err)
{
	const enum group_by by[] = { BY_REPORTER, m->by, BY_DAY }, receivers[] = { BY_REPORTER, BY_DAY };
	bool of_receivers_ = m->by == BY_REPORTER;
	int which = of_receivers_ ? 0 : 1;
	struct want before = want_failing(p, &m->before), after = want_failing(p, &m->after), lists = of_rewriting(p, m, rules, &before);
	struct cross was, is, leaves;
	struct tally t = { .m = m, .page = p };

	m->total.group = transition_group_make(p->a, &m->days, m->receivers);
	if (ask_cross(p, r, &before, of_receivers_ ? receivers : by, of_receivers_ ? 2 : 3, &was, err) != 0 ||
	    ask_cross(p, r, &after, of_receivers_ ? receivers : by, of_receivers_ ? 2 : 3, &is, err) != 0 ||
	    ask_cross(p, r, &lists, by, of_receivers_ ? 1 : 2, &leaves, err) != 0)
		return -1;
	make_room(&t, (const struct cross *const[]){ &was, &is, &leaves }, 3, which);
	add_lines(&t, &was, which, which + 1, false);
	add_lines(&t, &is, which, which + 1, true);
	add_leaves(&t, &leaves, which);
	collect(&t);
	return 0;
}

/* --- what lines are --- */

static enum transition_kind kind_of_verdict(enum verdict v)
{
	return is_of_list(v) ? TRANSITION_OF_LIST : v == VERDICT_FORWARD_BREAKS ? TRANSITION_OF_FORWARDER : TRANSITION_OF_OTHERS;
}

static void name_source(struct measured_line *l, const struct rule_lines *rules)
{
	l->label = slice_is(l->key, "none") ? SLICE("Unknown") : l->key;
	for (size_t i = 0; i < rules->n; i++)
		if (slice_eq(rules->item[i].name, l->key)) {
			l->kind = rules->item[i].kind;
			l->software = rules->item[i].software;
			break;
		}
	l->judged_as = l->kind == KIND_LIST ? TRANSITION_OF_LIST : l->kind == KIND_FORWARDER ? TRANSITION_OF_FORWARDER : TRANSITION_OF_OTHERS;
}

static void name_verdict(struct measured_line *l)
{
	enum verdict v = verdict_of_name(l->key);

	l->judged_as = kind_of_verdict(v);
	l->key = is_of_list(v) ? SLICE("list") : l->key;
	l->label = is_of_list(v) ? SLICE("Mailing lists") : v == VERDICT_UNKNOWN ? SLICE("Unknown, or likely spoofing") : slice_of(verdict_label(v));
}

static void judge(struct measured *m, const struct rule_lines *rules)
{
	for (size_t i = 0; i < m->lines; i++) {
		struct measured_line *l = &m->line[i];

		if (m->by == BY_SOURCE)
			name_source(l, rules);
		if (m->by == BY_VERDICT)
			name_verdict(l);
		l->result = transition_judge(&l->group, &m->days, m->seen, m->compared, l->judged_as);
	}
	m->total.result = transition_judge(&m->total.group, &m->days, m->seen, m->compared, TRANSITION_OF_OTHERS);
}

/* --- what receivers said and did afterwards --- */

static int count(struct page *p, struct reader *r, const struct want *w, struct counts *out, struct err *err)
{
	struct filter f;

	*out = (struct counts){ 0 };
	return want_filter(p, w, &f) ? query_counts(r, &f, out, err) : 0;
}

static int count_word(struct page *p, struct reader *r, const struct want *of, enum param which, const char *word, int64_t *out,
		      struct err *err)
{
	struct want w = want_word(p, of, which, word);
	struct counts c;

	if (count(p, r, &w, &c, err) != 0)
		return -1;
	*out = counts_total(&c);
	return 0;
}

static int ask_reasons(struct page *p, struct reader *r, struct measured *m, struct err *err)
{
	struct want failing = want_failing(p, &m->after);

	return count_word(p, r, &failing, PARAM_REASON, "sampled_out", &m->sampled, err) == 0 &&
			       count_word(p, r, &failing, PARAM_REASON, "policy_test_mode", &m->testing, err) == 0 ?
		       count_word(p, r, &failing, PARAM_ARC, "pass", &m->arc, err) :
		       -1;
}

/* In a rehearsal, mail that met more than a receiver that holds back would have done: of all receivers, on all of its days. */
static int ask_acted(struct page *p, struct reader *r, struct measured *m, const struct want *of, struct err *err)
{
	static const struct slice moved[] = { { "quarantined", 11 }, { "rejected", 8 } };
	const struct measured_change *c = &m->change[m->at];
	bool refuses = c->to == STEP_REHEARSE_REJECT;

	if (c->to != STEP_REHEARSE && !refuses)
		return 0;
	m->acted_rows = of_days(p, of, (struct transition_span){ c->first_day, p->filter.last_day - c->first_day + 1 });
	m->acted_rows = want_word(p, &m->acted_rows, PARAM_PHASE, step_name(c->to));
	m->acted_rows = want_any(p, &m->acted_rows, PARAM_CLASS, refuses ? moved + 1 : moved, refuses ? 1 : 2);
	return want_groups(p, r, &m->acted_rows, BY_REPORTER, &m->acted, err);
}

static int ask_chart(struct page *p, struct reader *r, struct measured *m, struct err *err)
{
	struct transition_span both = { m->days.before.first, m->days.after.first + m->days.after.days - m->days.before.first };
	struct want w = of_days(p, &m->before, both);

	return !p->html ? 0 : want_groups(p, r, &w, both.days > LIMIT_CHART_DAYS ? BY_MONTH : BY_DAY, &m->chart, err);
}

/* --- all of it --- */

/* Once the receivers are chosen, what they saw. */
static int measure(struct page *p, struct reader *r, struct measured *m, const struct want *of, struct err *err)
{
	struct want before = of_days(p, of, m->days.before), after = of_days(p, of, m->days.after);
	struct rule_lines rules;

	m->before = of_receivers(p, m, &before);
	m->after = of_receivers(p, m, &after);
	if (ask_sound(p, r, m, &m->before, false, err) != 0 || ask_sound(p, r, m, &m->after, true, err) != 0 ||
	    query_source_rules(r, p->a, &rules, err) != 0)
		return -1;
	m->compared = transition_settle(m->seen, m->receivers);
	m->before = of_receivers(p, m, &before);
	m->after = of_receivers(p, m, &after);
	if (count(p, r, &m->before, &m->before_all, err) != 0 || count(p, r, &m->after, &m->after_all, err) != 0 ||
	    ask_groups(p, r, m, &rules, err) != 0)
		return -1;
	if (!m->is_brief && (ask_reasons(p, r, m, err) != 0 || ask_chart(p, r, m, err) != 0))
		return -1;
	judge(m, &rules);
	return 0;
}

int measured_ask(struct page *p, struct reader *r, void *measured, struct err *err)
{
	struct measured *m = measured;
	const struct policy_seen *old;
	struct phase_lines lines;
	struct stretches s;
	struct want of;

	if (query_phases(r, p->a, &p->filter, &lines, err) != 0)
		return -1;
	m->domain = domain_of(p, &lines);
	s = stretches_of(p, &lines, m->domain);
	find_changes(p, m, &s);
	choose_change(p, m);
	if (m->at == m->changes)
		return 0;
	find_receivers(p, m, &s);
	m->days = transition_choose(m->seen, m->receivers, p->filter.first_day, p->filter.last_day);
	old = old_policy(&s, &m->change[m->at]);
	m->own_only = old != NULL && old->sp != POLICY_ABSENT && m->policy.sp != POLICY_ABSENT && step_of(old, false) == step_of(&m->policy, false);
	of = of_policy(p, m, &lines);
	if (ask_acted(p, r, m, &of, err) != 0)
		return -1;
	return m->days.after.days > 0 ? measure(p, r, m, &of, err) : 0;
}
