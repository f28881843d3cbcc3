/* rollout_ask: see rollout.h. */
#include "web/rollout.h"

#include "schema/limits.h"
#include "schema/lint_domain.h"
#include "web/domain.h"
#include "web/source.h"

#include <math.h>
#include <stdlib.h>

enum {
	HISTORY_DAYS = 90,  /* that days at a policy are counted in, where the page shows the usual period or a longer one */
	MEASURED_DAYS = 364, /* that a change may lie back and still be measured */
	USUAL_DAYS = 28,
	RECENT_DAYS = 7,    /* in which a receiver that reports has reported */
	SOLE_PERCENT = 50,  /* of a source's passing mail, below which its signatures do not carry it */
};

const enum step rollout_ladder[ROLLOUT_STEPS] = { STEP_MONITOR, STEP_REHEARSE, STEP_PART, STEP_ENFORCE, STEP_REHEARSE_REJECT, STEP_REJECT };

/* --- whose policy --- */

struct domain_sum {
	struct slice name;
	int64_t messages;
};

static int most_messages_first(const void *a, const void *b)
{
	const struct domain_sum *x = a, *y = b;

	return x->messages != y->messages ? (x->messages > y->messages ? -1 : 1) : 0;
}

static int by_domain(const void *a, const void *b)
{
	const struct domain_sum *x = a, *y = b;
	size_t len = x->name.len < y->name.len ? x->name.len : y->name.len;
	int order = len > 0 ? memcmp(x->name.ptr, y->name.ptr, len) : 0;

	return order != 0 ? order : (x->name.len > y->name.len) - (x->name.len < y->name.len);
}

/* One of each name, in order; returns how many there are. */
static size_t unite(struct domain_sum *sums, size_t n)
{
	size_t kept = 0;

	qsort(sums, n, sizeof *sums, by_domain);
	for (size_t i = 0; i < n; i++)
		if (kept > 0 && slice_eq(sums[kept - 1].name, sums[i].name))
			sums[kept - 1].messages += sums[i].messages;
		else
			sums[kept++] = sums[i];
	return kept;
}

/* The organisational domains that reports of these days are about; of who sees a part only, the trees of that. */
static int ask_domains(struct page *p, struct reader *r, struct rollout *v, struct err *err)
{
	struct policy_lines lines;
	struct domain_sum *sums;
	struct slice *name;
	size_t n;

	if (p->params.scope.n > 0) {
		v->domains = p->params.scope;
		return 0;
	}
	if (query_policies(r, p->a, &p->filter, &lines, err) != 0)
		return -1;
	sums = arena_array(p->a, lines.n + 1, sizeof *sums);
	for (size_t i = 0; i < lines.n; i++)
		sums[i] = (struct domain_sum){ domain_organisational(query_suffixes(r), lines.item[i].domain), lines.item[i].messages };
	n = unite(sums, lines.n);
	qsort(sums, n, sizeof *sums, most_messages_first);
	name = arena_array(p->a, n + 1, sizeof *name);
	for (size_t i = 0; i < n; i++)
		name[i] = sums[i].name;
	v->domains = (struct names){ name, n, false };
	return 0;
}

/* The one that the page is narrowed to, the first that whoever asks may see, or the one with most mail; a NULL ptr where there is
 * none, or only what belongs to others is asked for. */
static struct slice choose_domain(const struct page *p, const struct rollout *v)
{
	const struct names *under = &p->params.value[PARAM_UNDER];

	if (under->n == 0 || under->exclude)
		return v->domains.n > 0 ? v->domains.item[0] : (struct slice){ 0 };
	for (size_t i = 0; i < under->n; i++)
		if (domain_may_see(p, under->item[i]))
			return under->item[i];
	return (struct slice){ 0 };
}

/* --- what was seen and is published --- */

static bool is_later(const struct policy_line *a, const struct policy_line *b)
{
	return b == NULL || a->last_day > b->last_day || (a->last_day == b->last_day && a->messages > b->messages);
}

/* Of the lines about one name the last, and among those the one with most messages. */
static const struct policy_line *last_seen(const struct policy_lines *lines, struct slice domain)
{
	const struct policy_line *last = NULL;

	for (size_t i = query_first_about(lines->item, lines->n, sizeof *lines->item, domain);
	     i < lines->n && slice_eq(lines->item[i].domain, domain); i++)
		if (is_later(&lines->item[i], last))
			last = &lines->item[i];
	return last;
}

static int ask_policies(struct page *p, struct reader *r, struct rollout *v, struct err *err)
{
	const struct policy_line *last;

	if (query_policies(r, p->a, &v->filter, &v->seen, err) != 0)
		return -1;
	last = last_seen(&v->seen, v->domain);
	v->now = last != NULL ? step_of(&last->policy, true) : STEP_UNKNOWN;
	for (size_t i = 0; i < v->seen.n; i++) {
		const struct policy_line *line = &v->seen.item[i];

		if (!slice_eq(line->domain, v->domain))
			continue;
		v->reports += line->reports;
		v->agree += step_of(&line->policy, true) == v->now ? line->reports : 0;
	}
	return 0;
}

/* The one DMARC record among the name's texts. */
static struct slice record_of(struct arena *a, struct slice lines)
{
	struct dmarc_record record = { 0 };

	return dmarc_records_read(a, lines, &record) == 1 ? record.text : (struct slice){ 0 };
}

/* What most receivers last saw published, as a record: reports leave out rua and all that is not about the policy. */
static void guess_record(struct page *p, struct rollout *v)
{
	const struct policy_line *last = last_seen(&v->seen, v->domain);
	const char *text;

	if (last == NULL || last->policy.p == POLICY_ABSENT)
		return;
	text = arena_printf(p->a, "v=DMARC1; p=%s", policy_name(last->policy.p));
	if (last->policy.sp != POLICY_ABSENT && last->policy.sp != last->policy.p)
		text = arena_printf(p->a, "%s; sp=%s", text, policy_name(last->policy.sp));
	if (last->policy.pct >= 0 && last->policy.pct < 100)
		text = arena_printf(p->a, "%s; pct=%d", text, last->policy.pct);
	v->record = slice_of(arena_printf(p->a, "%s%s%s%s", text, last->policy.testing ? "; t=y" : "", last->policy.strict_dkim ? "; adkim=s" : "",
					  last->policy.strict_spf ? "; aspf=s" : ""));
	v->is_guess = true;
}

static int ask_record(struct page *p, struct reader *r, struct rollout *v, struct err *err)
{
	if (query_dns_record(r, p->a, lint_below(p->a, SLICE("_dmarc"), v->domain), &v->dns, err) != 0)
		return -1;
	v->record = v->dns.value.text.ptr != NULL ? record_of(p->a, v->dns.value.text) : (struct slice){ 0 };
	if (v->dns.looked_up_s == 0)
		guess_record(p, v);
	if (v->now == STEP_UNKNOWN && v->record.ptr != NULL) {
		const struct dmarc_record record = dmarc_record_read(p->a, v->record);

		v->now = step_of(&record.seen, true);
	}
	return 0;
}

/* --- flows --- */

/* A place behind the last id; `at` NONE_APART: of none. */
enum { NONE_APART = -1 };

static size_t places(const struct cross *x, int at)
{
	size_t n = 1;

	for (size_t i = 0; i < x->n && at != NONE_APART; i++)
		n = (size_t)x->item[i].id[at] >= n ? (size_t)x->item[i].id[at] + 1 : n;
	return at != NONE_APART ? n : 0;
}

/* Where in a breakdown each property stands. */
struct flow_ids {
	int domain, receiver, source, verdict, step;
};

static size_t id_of(const struct cross_line *l, int at)
{
	return at != NONE_APART ? (size_t)l->id[at] : FORECAST_NONE;
}

static struct forecast_flow flow_of(const struct cross_line *l, const struct flow_ids *at)
{
	const struct counts *c = &l->counts;
	int64_t failing = counts_failing(c);

	return (struct forecast_flow){
		.domain = id_of(l, at->domain), .receiver = id_of(l, at->receiver), .source = id_of(l, at->source),
		.verdict = (enum verdict)l->id[at->verdict], .seen = (enum step)l->id[at->step], .failing = failing, .vouched = c->vouched,
		.arc = c->arc_rescued, .spared = c->spared, .quarantined = c->split[SPLIT_QUARANTINED], .rejected = c->split[SPLIT_REJECTED],
		.passing = counts_total(c) - failing, .strict_dkim = c->strict_dkim, .strict_spf = c->strict_spf,
		.strict_both = c->strict_both,
	};
}

static struct forecast_flow *flows_of(struct arena *a, const struct cross *x, const struct flow_ids *at)
{
	struct forecast_flow *flow = arena_array(a, x->n + 1, sizeof *flow);

	for (size_t i = 0; i < x->n; i++)
		flow[i] = flow_of(&x->item[i], at);
	return flow;
}

static struct slice *names_of(struct arena *a, const struct cross *x, int at, size_t *n)
{
	struct slice *name;

	*n = places(x, at);
	name = arena_array(a, *n + 1, sizeof *name);
	for (size_t i = 0; i < x->n && at != NONE_APART; i++)
		name[x->item[i].id[at]] = x->item[i].key[at];
	return name;
}

/* What receivers said, and do, where their flows are too many to be told apart by From domain as well. */
static int ask_said(struct page *p, struct reader *r, struct rollout *v, struct err *err)
{
	static const enum group_by by[] = { BY_REPORTER, BY_VERDICT, BY_PHASE };
	static const struct flow_ids at = { NONE_APART, 0, NONE_APART, 1, 2 };
	struct cross x;

	if (query_cross(r, p->a, &v->filter, by, 3, &x, err) != 0)
		return -1;
	v->receiver = names_of(p->a, &x, at.receiver, &v->receivers);
	v->said = flows_of(p->a, &x, &at);
	v->saids = x.n;
	return 0;
}

static int ask_flows_apart(struct page *p, struct reader *r, struct rollout *v, const enum group_by *by, size_t n, const struct flow_ids *at,
			   struct err *err)
{
	struct cross x;

	if (query_cross(r, p->a, &v->filter, by, n, &x, err) != 0)
		return -1;
	v->from = names_of(p->a, &x, at->domain, &v->froms);
	v->flow = flows_of(p->a, &x, at);
	v->flows = x.n;
	for (size_t i = 0; i < x.n; i++)
		counts_add(&v->all, &x.item[i].counts);
	if (at->receiver == NONE_APART)
		return ask_said(p, r, v, err);
	v->receiver = names_of(p->a, &x, at->receiver, &v->receivers);
	v->said = v->flow;
	v->saids = v->flows;
	return 0;
}

/* Names and receivers make pairs: anybody may report any number of either. */
static int are_too_many(struct page *p, struct reader *r, struct rollout *v, struct err *err)
{
	struct groups domains, reporters;

	if (query_groups(r, p->a, &v->filter, BY_DOMAIN, 1, &domains, err) != 0 || query_groups(r, p->a, &v->filter, BY_REPORTER, 1, &reporters, err) != 0)
		return -1;
	v->too_many = domains.total * reporters.total > LIMIT_ROLLOUT_PAIRS;
	return 0;
}

static int ask_flows(struct page *p, struct reader *r, struct rollout *v, struct err *err)
{
	static const enum group_by all[] = { BY_DOMAIN, BY_REPORTER, BY_SOURCE, BY_VERDICT, BY_PHASE };
	static const enum group_by fewer[] = { BY_DOMAIN, BY_SOURCE, BY_VERDICT, BY_PHASE };
	static const struct flow_ids at_all = { 0, 1, 2, 3, 4 }, at_fewer = { 0, NONE_APART, 1, 2, 3 };

	if (are_too_many(p, r, v, err) != 0)
		return -1;
	return v->too_many ? ask_flows_apart(p, r, v, fewer, 4, &at_fewer, err) : ask_flows_apart(p, r, v, all, 5, &at_all, err);
}

static int ask_sources(struct page *p, struct reader *r, struct rollout *v, struct err *err)
{
	struct rule_lines rules;
	struct groups groups;

	if (query_source_rules(r, p->a, &rules, err) != 0 || query_groups(r, p->a, &v->filter, BY_SOURCE, 0, &groups, err) != 0)
		return -1;
	v->sources = rules.n + 1;
	for (size_t i = 0; i < v->flows; i++) /* these were asked for a moment ago: rules may have become fewer since */
		v->sources = v->flow[i].source >= v->sources ? v->flow[i].source + 1 : v->sources;
	for (size_t i = 0; i < groups.n; i++)
		v->sources = (size_t)groups.item[i].id >= v->sources ? (size_t)groups.item[i].id + 1 : v->sources;
	v->source = arena_array(p->a, v->sources, sizeof *v->source);
	for (size_t i = 0; i < groups.n; i++) {
		const struct group *g = &groups.item[i];
		const struct rule_line *rule = source_rule(&rules, g);

		v->source[g->id] = (struct rollout_source){ g->key, g->label, rule != NULL ? rule->owner : (struct slice){ 0 },
							    rule != NULL ? rule->kind : KIND_UNKNOWN,
							    rule != NULL ? rule->software : SOFTWARE_UNKNOWN, g->hint, g->counts };
	}
	return 0;
}

/* A name without a record of its own is at the step that most of its mail was seen under. */
static void settle_now(struct rollout *v)
{
	int64_t messages[STEPS] = { 0 };

	for (size_t i = 0; v->now == STEP_UNKNOWN && i < v->flows; i++)
		if (slice_eq(v->from[v->flow[i].domain], v->domain))
			messages[v->flow[i].seen] += v->flow[i].failing + v->flow[i].passing;
	for (int s = STEP_MONITOR; s < STEPS; s++)
		if (messages[s] > messages[v->now])
			v->now = (enum step)s;
}

/* Which names publish a record of their own, as reports about exactly that name tell, and what it asks for. */
static void settle_names(struct page *p, struct rollout *v)
{
	bool *fails = arena_array(p->a, v->froms, sizeof *fails);

	v->own = arena_array(p->a, v->froms, sizeof *v->own);
	v->own_step = arena_array(p->a, v->froms, sizeof *v->own_step);
	for (size_t i = 0; i < v->flows; i++)
		fails[v->flow[i].domain] = fails[v->flow[i].domain] || v->flow[i].failing > 0;
	for (size_t i = 0; i < v->froms; i++) {
		const struct policy_line *own = v->from[i].ptr != NULL && !slice_eq(v->from[i], v->domain) ? last_seen(&v->seen, v->from[i]) : NULL;

		v->own[i] = own != NULL;
		v->own_step[i] = own != NULL ? step_of(&own->policy, true) : STEP_UNKNOWN;
		if (v->from[i].ptr == NULL || slice_eq(v->from[i], v->domain))
			continue;
		v->own_records += v->own[i];
		v->inherit += !v->own[i];
		v->failing_names += !v->own[i] && fails[i];
	}
}

/* What receivers were seen to read, judged by what they did in rehearsals and parts. */
static void judge_receivers(struct page *p, struct rollout *v)
{
	bool had_pct = false, had_testing = false;

	for (size_t i = 0; i < v->seen.n; i++) {
		const struct policy_seen *s = &v->seen.item[i].policy;

		had_pct = had_pct || (s->pct >= 0 && s->pct < 100);
		had_testing = had_testing || s->testing;
	}
	v->habit = arena_array(p->a, v->receivers, sizeof *v->habit);
	forecast_judge(p->a, v->said, v->saids, had_pct, had_testing, v->habit, v->receivers);
	forecast_certified(p->a, v->said, v->saids, v->receivers, &v->certified);
}

/* --- coverage --- */

static int ask_coverage(struct page *p, struct reader *r, struct rollout *v, struct err *err)
{
	int64_t first = v->filter.first_day, last = v->filter.last_day;
	struct filter days = { .last_day = last, .scope = v->filter.scope };

	if (last - first + 1 >= USUAL_DAYS && first > last - HISTORY_DAYS + 1)
		first = last - HISTORY_DAYS + 1;
	if (first < p->state.first_day)
		first = p->state.first_day;
	days.first_day = first - COVERAGE_DAYS;
	if (first > last)
		return 0;
	if (query_reporting(r, p->a, &days, &v->reporters, err) != 0)
		return -1;
	coverage_of(&v->reporters, days.first_day, first, last, p->a, &v->coverage);
	return 0;
}

/* What most messages of each day with reports were under, From the domain itself; STEP_UNKNOWN where none were. */
static int ask_steps_of_days(struct page *p, struct reader *r, struct rollout *v, enum step *of_day, struct err *err)
{
	static const enum group_by by[] = { BY_DAY, BY_PHASE };
	int64_t first = v->coverage.day[0].day, *most = arena_array(p->a, v->coverage.n, sizeof *most);
	struct filter f = v->filter;
	struct cross x;

	f.first_day = first;
	f.domain = (struct names){ &v->domain, 1, false };
	if (query_cross(r, p->a, &f, by, 2, &x, err) != 0)
		return -1;
	for (size_t i = 0; i < x.n; i++) {
		size_t day = (size_t)(x.item[i].id[0] - first);
		int64_t messages = counts_total(&x.item[i].counts);

		if (day < v->coverage.n && messages > most[day]) {
			most[day] = messages;
			of_day[day] = (enum step)x.item[i].id[1];
		}
	}
	return 0;
}

/* The policy that receivers are asked to follow: a rehearsal asks for one level less. */
static enum policy_word asks_for(enum step s)
{
	return step_asks(s, 100, RFC_9989).share > 0 ? step_policy(s) : step_asks(s, 100, RFC_9989).of_rest;
}

static void count_days(struct rollout *v, const enum step *of_day)
{
	struct readiness_facts *f = &v->facts;
	bool same = true;

	for (size_t i = v->coverage.n; i-- > 0;) {
		const struct coverage_day *day = &v->coverage.day[i];
		bool asked_known = of_day[i] != STEP_UNKNOWN;

		same = same && (!asked_known || asks_for(of_day[i]) == asks_for(v->now));
		f->complete_days += day->complete && day->day >= v->filter.first_day;
		f->incomplete_days += !day->complete && day->day >= v->filter.first_day;
		f->policy_days += day->complete && same;
		f->rehearsal_days += day->complete && of_day[i] == STEP_REHEARSE;
		f->quarantine_days += day->complete && asked_known && asks_for(of_day[i]) == POLICY_QUARANTINE;
		if (day->complete && day->day > f->last_day)
			f->last_day = day->day;
	}
}

static int ask_days(struct page *p, struct reader *r, struct rollout *v, struct err *err)
{
	enum step *of_day;

	if (ask_coverage(p, r, v, err) != 0)
		return -1;
	if (v->coverage.n == 0)
		return 0;
	of_day = arena_array(p->a, v->coverage.n, sizeof *of_day);
	if (ask_steps_of_days(p, r, v, of_day, err) != 0)
		return -1;
	count_days(v, of_day);
	return 0;
}

/* --- readiness --- */

static bool reported_lately(const struct rollout *v, const struct reporter_line *line)
{
	return line->last_day > v->filter.last_day - RECENT_DAYS;
}

static void count_receivers(struct rollout *v)
{
	struct readiness_facts *f = &v->facts;

	for (size_t i = 0; i < v->reporters.n; i++) {
		const struct reporter_line *line = &v->reporters.item[i];
		enum receiver large = receiver_of(line->name);

		if (large < RECEIVERS && reported_lately(v, line))
			f->large[large] = true;
		f->receivers += line->last_day >= v->filter.first_day;
		f->largest_missing += i < 2 && !reported_lately(v, line);
	}
}

static void count_lists(struct rollout *v)
{
	struct readiness_facts *f = &v->facts;

	for (size_t i = 0; i < v->sources; i++) {
		const struct rollout_source *s = &v->source[i];
		int64_t failing = counts_failing(&s->counts);
		enum list_habit habit = list_habit_of(s->software);

		if (s->key.ptr == NULL || s->kind != KIND_LIST || failing == 0)
			continue;
		f->list_failing += failing;
		f->list_known += !s->hint && habit != HABIT_NOT_KNOWN ? failing : 0;
		f->list_open += habit == HABIT_BY_SETTING || habit == HABIT_NOT_KNOWN;
	}
}

static bool relies_on_spf(const struct counts *c)
{
	int64_t signed_ = c->split[SPLIT_FULL] + c->split[SPLIT_DKIM_ONLY], passing = signed_ + c->split[SPLIT_SPF_ONLY];

	return c->split[SPLIT_SPF_ONLY] > 0 && signed_ * 100 < passing * SOLE_PERCENT;
}

static void count_own(struct page *p, struct rollout *v)
{
	struct readiness_facts *f = &v->facts;

	v->fix = arena_array(p->a, v->sources, sizeof *v->fix);
	for (size_t i = 0; i < v->sources; i++) {
		const struct counts *c = &v->source[i].counts;
		int64_t failing = counts_failing(c), signed_ = c->split[SPLIT_FULL] + c->split[SPLIT_DKIM_ONLY];

		if (v->source[i].key.ptr == NULL || (v->source[i].kind != KIND_OURS && v->source[i].kind != KIND_SERVICE))
			continue;
		f->own += counts_total(c);
		f->own_signed += signed_;
		f->failing_own += failing;
		f->spf_alone += relies_on_spf(c);
		if (signed_ < counts_total(c))
			v->fix[v->fixes++] = (struct readiness_fix){ i, FIX_SIGN, counts_total(c) - signed_, failing, relies_on_spf(c) };
	}
}

/* Senders that nobody named and that came back: likely spoofing was seen once. */
static int ask_unnamed(struct page *p, struct reader *r, struct rollout *v, struct err *err)
{
	static const struct slice unknown = WORD("unknown");
	struct filter f = v->filter;
	struct groups groups;

	f.verdict = (struct names){ &unknown, 1, false };
	if (query_groups(r, p->a, &f, BY_IP, 0, &groups, err) != 0)
		return -1;
	for (size_t i = 0; i < groups.n; i++) {
		v->facts.unnamed_senders += groups.item[i].last_seen > groups.item[i].first_seen;
		v->unknown_messages += counts_total(&groups.item[i].counts);
	}
	return 0;
}

static int ask_records(struct page *p, struct reader *r, struct rollout *v, struct err *err)
{
	struct dns_lookups *lookups;
	struct domain_records records;

	if (query_dns_open(r, p->a, &lookups, err) != 0)
		return -1;
	lint_domain(p->a, &(struct lint_dns){ query_dns_text, lookups }, query_suffixes(r), v->domain, NULL, 0, &records);
	if (v->record.ptr == NULL && records.dmarc.text.ptr != NULL && !slice_eq(records.dmarc_at, v->domain)) {
		v->above = records.dmarc.text;
		v->above_at = records.dmarc_at;
	}
	v->facts.record_known = records.dmarc_answer.state == LINT_KNOWN;
	v->facts.records_known = v->facts.record_known && records.spf_answer.state == LINT_KNOWN;
	v->facts.records_errors = (int64_t)records.lint.count[LINT_ERROR];
	return query_dns_close(lookups, err);
}

/* --- what lists did --- */

/* What is measured of the change to `step`, or the last one where that is STEP_UNKNOWN. */
static int ask_change(struct page *p, struct reader *r, struct rollout *v, enum step step, struct err *err)
{
	struct page of = *p;
	struct params params = { .scope = p->params.scope };

	params = param_with(p->a, &params, PARAM_UNDER, v->domain);
	if (step != STEP_UNKNOWN)
		params = param_with(p->a, &params, PARAM_STEP, slice_of(step_name(step)));
	of.params = param_days(p->a, &params, v->measured_first, v->filter.last_day);
	of.filter = v->filter;
	of.filter.phase = (struct names){ 0 };
	of.filter.first_day = v->measured_first;
	v->measured = (struct measured){ .by = BY_SOURCE, .is_brief = true };
	return measured_ask(&of, r, &v->measured, err);
}

static int ask_measured(struct page *p, struct reader *r, struct rollout *v, struct err *err)
{
	v->measured_first = v->filter.last_day - MEASURED_DAYS > p->state.first_day ? v->filter.last_day - MEASURED_DAYS : p->state.first_day;
	if (v->now <= STEP_MONITOR)
		return 0;
	if (ask_change(p, r, v, STEP_REHEARSE, err) != 0)
		return -1;
	return v->measured.at == v->measured.changes ? ask_change(p, r, v, STEP_UNKNOWN, err) : 0;
}

static void count_rewritten(struct rollout *v)
{
	for (size_t i = 0; i < v->measured.lines; i++) {
		const struct measured_line *l = &v->measured.line[i];
		double gone = l->result.expected - (double)l->group.failing_after;

		if (l->kind != KIND_LIST)
			continue;
		v->facts.list_usual += llround(l->result.expected);
		v->facts.list_rewritten += gone > 0 ? llround(gone) : 0;
	}
}

/* --- each step --- */

static enum policy_word chosen_policy(const struct page *p, enum param which)
{
	return classify_policy_word(param_one(&p->params, which));
}

static char chosen_mode(const struct page *p, enum param which)
{
	struct slice word = param_one(&p->params, which);

	return word.len > 0 ? word.ptr[0] : 0;
}

struct forecast_ask rollout_what_if(const struct rollout *v, const struct rollout_step *s)
{
	return (struct forecast_ask){ .flow = v->flow, .flows = v->flows, .habit = v->habit, .receivers = v->receivers, .step = s->step,
				      .pct = PUBLISH_PART_PCT, .step_of_domain = s->of_domain, .domains = v->froms };
}

struct forecast_strict rollout_strict(const struct rollout *v)
{
	struct forecast_ask what = rollout_what_if(v, &v->step[v->chosen]);

	return forecast_strict_of(&what, v->ask.adkim == 's', v->ask.aspf == 's');
}

/* Names below the domain that have no record of their own, and no mail that passes: which names exist is not known. */
static const bool *np_candidates(struct page *p, const struct rollout *v)
{
	bool *candidate = arena_array(p->a, v->froms, sizeof *candidate);

	for (size_t i = 0; i < v->froms; i++)
		candidate[i] = v->from[i].ptr != NULL && !v->own[i] && !slice_eq(v->from[i], v->domain);
	for (size_t i = 0; i < v->flows; i++)
		if (v->flow[i].passing > 0)
			candidate[v->flow[i].domain] = false;
	return candidate;
}

struct forecast_np rollout_np(struct page *p, const struct rollout *v)
{
	struct policy_seen seen = v->step[v->chosen].publish.record.seen;
	struct forecast_ask what = rollout_what_if(v, &v->step[v->chosen]);

	seen.p = seen.np;
	return forecast_np_of(p->a, &what, np_candidates(p, v), step_of(&seen, true));
}

static void make_step(struct page *p, struct rollout *v, const struct lint_dns *dns, const struct suffixes *list, struct rollout_step *s)
{
	struct publish_ask ask = v->ask;
	struct forecast_ask what;
	struct readiness_facts facts = v->facts;

	ask.step = s->step;
	publish_plan(p->a, dns, list, &ask, &s->publish);
	s->of_domain = arena_array(p->a, v->froms, sizeof *s->of_domain);
	for (size_t i = 0; i < v->froms; i++)
		s->of_domain[i] = v->own[i] ? v->own_step[i] :
					      step_of(&s->publish.record.seen, v->from[i].ptr == NULL || slice_eq(v->from[i], v->domain));
	what = rollout_what_if(v, s);
	forecast_step(p->a, &what, &s->forecast);
	facts.record_errors = (int64_t)s->publish.lint.count[LINT_ERROR];
	facts.asked = s->forecast.total.moved.high;
	facts.confirmed = s->confirmed;
	facts.confirmations = s->confirmations;
	readiness_of(&facts, v->limits, s->step, &s->readiness);
	readiness_shortest(p->a, &facts, v->limits, &s->readiness, v->fix, v->fixes, &s->way);
}

static size_t place_of(enum step s)
{
	size_t i = 0;

	while (i < ROLLOUT_STEPS && rollout_ladder[i] != s)
		i++;
	return i;
}

/* The rung behind the present one; a part is passed over, for receivers differ in what it means. */
static size_t next_of(enum step now)
{
	size_t at = place_of(now), next;

	if (at >= ROLLOUT_STEPS)
		return now == STEP_PART_REJECT ? place_of(STEP_REJECT) : place_of(STEP_REHEARSE);
	next = at + 1 < ROLLOUT_STEPS ? at + 1 : at;
	return rollout_ladder[next] == STEP_PART ? next + 1 : next;
}

static int make_steps(struct page *p, struct reader *r, struct rollout *v, struct err *err)
{
	struct slice chosen = param_one(&p->params, PARAM_STEP);
	struct dns_lookups *lookups;

	if (query_dns_open(r, p->a, &lookups, err) != 0)
		return -1;
	v->ask = (struct publish_ask){ .domain = v->domain, .current = v->record, .above = v->above, .sp = chosen_policy(p, PARAM_SP),
				       .np = chosen_policy(p, PARAM_NP), .adkim = chosen_mode(p, PARAM_ADKIM),
				       .aspf = chosen_mode(p, PARAM_ASPF) };
	for (size_t i = 0; i < ROLLOUT_STEPS; i++)
		make_step(p, v, &(struct lint_dns){ query_dns_text, lookups }, query_suffixes(r), &v->step[i]);
	v->next = next_of(v->now);
	v->chosen = chosen.ptr != NULL ? place_of(step_of_name(chosen)) : v->next;
	return query_dns_close(lookups, err);
}

/* What the checks look at. */
static int ask_facts(struct page *p, struct reader *r, struct rollout *v, struct err *err)
{
	if (ask_days(p, r, v, err) != 0 || ask_unnamed(p, r, v, err) != 0 || ask_measured(p, r, v, err) != 0)
		return -1;
	v->facts.reports = v->reports;
	v->facts.messages = counts_total(&v->all);
	v->facts.failing = counts_failing(&v->all);
	v->facts.acting = (int64_t)v->certified.acting;
	count_receivers(v);
	count_lists(v);
	count_own(p, v);
	count_rewritten(v);
	return rollout_ask_people(p, r, v, err);
}

static int ask_all(struct page *p, struct reader *r, struct rollout *v, struct err *err)
{
	v->limits = p->rollout != NULL ? p->rollout : &readiness_defaults;
	for (size_t i = 0; i < ROLLOUT_STEPS; i++)
		v->step[i].step = rollout_ladder[i];
	if (ask_policies(p, r, v, err) != 0 || ask_record(p, r, v, err) != 0 || ask_flows(p, r, v, err) != 0 ||
	    ask_sources(p, r, v, err) != 0 || ask_records(p, r, v, err) != 0)
		return -1;
	settle_now(v);
	settle_names(p, v);
	judge_receivers(p, v);
	if (!v->of_flows && ask_facts(p, r, v, err) != 0)
		return -1;
	return make_steps(p, r, v, err);
}

int rollout_ask(struct page *p, struct reader *r, void *rollout, struct err *err)
{
	struct rollout *v = rollout;
	struct want all = want_of(p);

	if (ask_domains(p, r, v, err) != 0)
		return -1;
	v->domain = choose_domain(p, v);
	if (v->domain.ptr == NULL)
		return 0;
	v->want = want_any(p, &all, PARAM_UNDER, &v->domain, 1);
	if (!want_filter(p, &v->want, &v->filter))
		return 0;
	v->days = v->filter.last_day - (v->filter.first_day > p->state.first_day ? v->filter.first_day : p->state.first_day) + 1;
	return ask_all(p, r, v, err);
}
