/* page_overview: how much of our mail is trusted, and what should be done first (UX 7.1). The numbers stand in the view's data; its
 * lists are in overview_lists.c, and what the page adds is in overview_page.c. Neighbours: page.h, overview.h, storage/query.h. */
#include "web/overview.h"
#include "web/source.h"
#include "web/sheet.h"

#include "base/text.h"
#include "schema/record_dmarc.h"
#include "web/format.h"
#include "web/phases.h"

enum { LISTED = 10, LATE_DAYS = 3 /* the last of the data: what is missing of them may still come */ };

const char *overview_why_name(enum delivered_why why)
{
	static const char *const names[WHYS] = {
		[WHY_NO_POLICY] = "no_policy", [WHY_ARC] = "arc",           [WHY_OVERRIDE] = "override",
		[WHY_HELD_BACK] = "held_back", [WHY_UNSTATED] = "unstated",
	};

	return names[why];
}

static const char *why_label(enum delivered_why why)
{
	static const char *const labels[WHYS] = {
		[WHY_NO_POLICY] = "no policy asks otherwise",
		[WHY_ARC] = "a policy asks, the receiver trusted ARC",
		[WHY_OVERRIDE] = "a policy asks, the receiver gives another reason",
		[WHY_HELD_BACK] = "a policy asks, held back by pct or t",
		[WHY_UNSTATED] = "a policy asks, no reason given",
	};

	return labels[why];
}

/* --- data --- */

static void put_causes(struct page *p, const struct overview_view *v, struct value *data)
{
	const struct overview *o = &v->o;
	struct value *list = view_put_list(p->a, data, "untrusted_by_cause"), *item;
	int64_t untrusted = counts_class(&o->all, TRUST_UNTRUSTED);

	for (size_t i = 0; i < o->by_cause.n; i++) {
		const struct group *g = &o->by_cause.item[i];

		item = view_add_object(p->a, list);
		view_put_text(p->a, item, "key", g->key);
		view_put_text(p->a, item, "label", g->label);
		view_put_text(p->a, item, "source", g->source);
		page_put_counts(p->a, item, &g->counts);
		view_put_share(p->a, item, "share", counts_total(&g->counts), untrusted);
		compare_put(p, item, compare_counts(&v->now.by_cause, g->key), compare_counts(&v->then.by_cause, g->key), (struct slice){ 0 });
	}
	view_put_int(p->a, data, "list_and_arc", o->list_and_arc);
	view_put_known(p->a, data, "likely_spoofing", v->spoofing);
}

static void put_whys(struct page *p, const struct overview *o, struct value *data)
{
	struct value *list = view_put_list(p->a, data, "delivered_because"), *item;

	for (int w = 0; w < WHYS; w++) {
		if (o->why[w] == 0)
			continue;
		item = view_add_object(p->a, list);
		view_put_text(p->a, item, "key", slice_of(overview_why_name((enum delivered_why)w)));
		view_put_text(p->a, item, "label", slice_of(why_label((enum delivered_why)w)));
		view_put_int(p->a, item, "messages", o->why[w]);
	}
}

static void put_days(struct page *p, const struct overview_view *v, struct value *data)
{
	struct value *list = view_put_list(p->a, data, "days"), *item, *missing;
	const struct groups *lines = &v->o.by_day;

	for (size_t i = 0; i < lines->n; i++) {
		const struct coverage_day *day = !v->o.by_month && i < v->coverage.n ? &v->coverage.day[i] : NULL;

		item = view_add_object(p->a, list);
		view_put_text(p->a, item, "key", lines->item[i].key);
		view_put_text(p->a, item, "label", lines->item[i].key);
		page_put_counts(p->a, item, &lines->item[i].counts);
		if (day == NULL)
			continue;
		view_put_bool(p->a, item, "complete", day->complete);
		missing = view_put_list(p->a, item, "missing");
		for (size_t k = 0; k < day->missing_count; k++)
			view_add_text(p->a, missing, day->missing[k]->name);
	}
}

const char *overview_task(struct arena *a, const struct ranked_remedy *step)
{
	bool named = step->source->id > 0 || step->remedy->task[1][0] != '\0';
	struct slice name = step->source->label;

	if (!named)
		return step->remedy->task[0];
	return arena_printf(a, "%s%.*s%s", step->remedy->task[0], (int)format_cut(name, FORMAT_SCREEN_CHARS), name.ptr, step->remedy->task[1]);
}

const char *overview_gain(struct arena *a, const struct ranked_remedy *step)
{
	const char *n = format_count_text(a, step->gain);

	switch (step->remedy->gain_of) {
	case GAIN_FEWER_UNTRUSTED:
		return arena_printf(a, "−%s failing both", n);
	case GAIN_MORE_TRUSTED:
		return arena_printf(a, "+%s fully trusted", n);
	default:
		return page_plural(a, step->gain, "message", "messages");
	}
}

static void put_steps(struct page *p, const struct overview_view *v, struct value *data)
{
	struct value *list = view_put_list(p->a, data, "next_steps"), *item;

	for (size_t i = 0; i < v->steps && i < OVERVIEW_STEPS; i++) {
		const struct ranked_remedy *step = &v->step[i];

		item = view_add_object(p->a, list);
		view_put_text(p->a, item, "step", slice_of(step->remedy->key));
		view_put_text(p->a, item, "task", slice_of(overview_task(p->a, step)));
		view_put_text(p->a, item, "gain", slice_of(overview_gain(p->a, step)));
		view_put_text(p->a, item, "why", slice_of(step->remedy->why));
		view_put_text(p->a, item, "source", step->source->id > 0 ? step->source->key : (struct slice){ 0 });
		view_put_int(p->a, item, "helps", step->gain);
		view_put_int(p->a, item, "of", counts_total(&step->source->counts));
	}
	view_put_int(p->a, data, "steps", (int64_t)v->steps);
}

static void put_passed(struct page *p, const struct overview *o, struct value *data)
{
	struct value *passed = view_put_object(p->a, data, "passed");
	const int64_t *split = o->all.split;

	view_put_int(p->a, passed, "spf_and_dkim", split[SPLIT_FULL]);
	view_put_int(p->a, passed, "spf_only", split[SPLIT_SPF_ONLY]);
	view_put_int(p->a, passed, "dkim_only", split[SPLIT_DKIM_ONLY]);
	view_put_int(p->a, passed, "neither", counts_failing(&o->all));
}

static void put_coverage(struct page *p, const struct overview_view *v, struct value *data)
{
	const struct overview *o = &v->o;
	struct value *coverage = view_put_object(p->a, data, "coverage");

	if (o->reports < 0)
		view_put_text(p->a, coverage, "reports", (struct slice){ 0 });
	else
		view_put_int(p->a, coverage, "reports", o->reports);
	view_put_int(p->a, coverage, "long_reports", o->long_reports);
	view_put_int(p->a, coverage, "receivers", (int64_t)o->reporters);
	view_put_int(p->a, coverage, "domains", (int64_t)o->domains);
	view_put_int(p->a, coverage, "incomplete_days", (int64_t)v->coverage.incomplete);
}

/* Failing messages through lists that are known to rewrite From once the policy asks for more than nothing: what a rehearsal of
 * quarantine would take out of the numbers (UX 7.2). 0 where the policy asks already, or one class alone is looked at. */
static int64_t rewritten_by_rehearsal(const struct page *p, const struct overview_view *v)
{
	int64_t sum = 0;

	for (size_t i = 0; i < v->o.by_source.n && slice_is(v->o.policy, "none") && p->params.value[PARAM_CLASS].n == 0; i++) {
		const struct group *g = &v->o.by_source.item[i];
		const struct rule_line *rule = source_rule(&v->rules, g);

		if (rule != NULL && rule->kind == KIND_LIST && list_habit_of(rule->software) == HABIT_REWRITES)
			sum += counts_failing(&g->counts);
	}
	return sum;
}

static void put_rehearsal(struct page *p, const struct overview_view *v, struct value *data)
{
	int64_t leaves = rewritten_by_rehearsal(p, v), failing = counts_failing(&v->o.all), all = counts_total(&v->o.all);
	struct value *rehearsal;

	if (leaves == 0)
		return;
	rehearsal = view_put_object(p->a, data, "rehearsal");
	view_put_int(p->a, rehearsal, "leaves", leaves);
	view_put_share(p->a, rehearsal, "before", failing, all);
	view_put_share(p->a, rehearsal, "after", failing - leaves, all - leaves);
}

static struct value *make_data(struct page *p, const struct overview_view *v)
{
	struct value *data = view_object(p->a), *shares = view_put_object(p->a, data, "shares");
	const struct overview *o = &v->o;

	for (int t = 0; t < TRUST_CLASSES; t++)
		view_put_share(p->a, shares, trust_json((enum trust)t), counts_class(&o->all, (enum trust)t),
			       counts_total(&o->period));
	view_put_int(p->a, data, "messages_of_all_classes", counts_total(&o->period));
	put_passed(p, o, data);
	put_steps(p, v, data);
	put_rehearsal(p, v, data);
	put_causes(p, v, data);
	put_whys(p, o, data);
	view_put_int(p->a, data, "arc_rescued", o->all.arc_rescued);
	view_put_int(p->a, data, "acted_despite_pass", o->acted_despite_pass);
	view_put_text(p->a, data, "policy", o->policy);
	view_put_int(p->a, data, "policy_reports", v->policy_reports);
	view_put_text(p->a, data, "policy_in_dns", v->policy_in_dns);
	view_put_text(p->a, data, "tags_in_dns", v->tags_in_dns);
	put_coverage(p, v, data);
	put_days(p, v, data);
	overview_put_receivers(p, v, data);
	overview_put_senders(p, v, data);
	overview_put_domains(p, v, data);
	return data;
}

/* --- as tables --- */

static const struct column columns[] = {
	{ "key", "Key", LOOK_TEXT },
	{ "label", "Label", LOOK_TEXT },
	{ "messages", "Messages", LOOK_NUMBER },
	{ "fully_trusted", "Fully trusted", LOOK_NUMBER },
	{ "partially_trusted", "Partially trusted", LOOK_NUMBER },
	{ "untrusted", "Untrusted", LOOK_NUMBER },
	{ "quarantined", "Quarantined", LOOK_NUMBER },
	{ "rejected", "Rejected", LOOK_NUMBER },
};
#define COLUMNS columns, sizeof columns / sizeof *columns
static const struct sheet sheets[] = {
	{ "untrusted_by_cause", "Where the untrusted came from", COLUMNS }, { "days", "By day", COLUMNS },
	{ "receivers", "Who reported", COLUMNS },
	{ "sources", "Who sends as us", COLUMNS }, { "domains", "Which domains", COLUMNS },
};
#undef COLUMNS

/* --- asking --- */

/* Failing mail of named senders that a receiver held back (UX 7.1: it goes before all else). */
static int ask_wanted(struct page *p, struct reader *r, struct overview_view *v, struct err *err)
{
	static const struct slice held[] = { WORD("quarantined"), WORD("rejected") };
	static const struct slice named[] = { WORD("ours"), WORD("service"), WORD("list"), WORD("forwarder") };
	struct params params = p->params;
	struct param_errors errors = { 0 };
	struct filter filter;
	struct counts counts;

	if (v->o.all.split[SPLIT_QUARANTINED] + v->o.all.split[SPLIT_REJECTED] == 0 || p->params.value[PARAM_CLASS].n > 0 ||
	    !param_narrow(p->a, &params, PARAM_CLASS, held, 2) || !param_narrow(p->a, &params, PARAM_KIND, named, 4) ||
	    param_filter(p->a, &params, &p->state, &filter, &errors) != 0)
		return 0;
	if (query_counts(r, &filter, &counts, err) != 0)
		return -1;
	v->wanted = counts_total(&counts);
	v->wanted_href = page_link_to(p, "/records", &params);
	return 0;
}

/* How late those usually are that the last days miss. */
static int ask_delay(struct page *p, struct reader *r, const struct filter *days, struct overview_view *v, struct err *err)
{
	const struct coverage_day *last = v->coverage.n > 0 ? &v->coverage.day[v->coverage.n - 1] : NULL;
	struct reporter_lines lines;

	v->usual_delay_s = -1;
	if (!p->html || last == NULL || last->complete || last->day < p->state.last_day - LATE_DAYS)
		return 0;
	if (query_reporters(r, p->a, days, &lines, err) != 0)
		return -1;
	for (size_t i = 0; i < lines.n; i++)
		for (size_t k = 0; k < last->missing_count; k++)
			if (slice_eq(lines.item[i].name, last->missing[k]->name) && lines.item[i].usual_delay_s > v->usual_delay_s)
				v->usual_delay_s = lines.item[i].usual_delay_s;
	return 0;
}

/* Who reports when is told of all their reports, not of the mail that other filters keep; and not to whoever sees a part. */
static int ask_coverage(struct page *p, struct reader *r, struct overview_view *v, struct err *err)
{
	struct filter days = { .first_day = p->filter.first_day - COVERAGE_DAYS, .last_day = p->filter.last_day,
			       .reporter = p->filter.reporter };

	v->usual_first = days.first_day;
	if (page_is_scoped(p) || v->o.by_month)
		return 0;
	if (query_reporting(r, p->a, &days, &v->usual, err) != 0)
		return -1;
	coverage_of(&v->usual, v->usual_first, p->filter.first_day, p->filter.last_day, p->a, &v->coverage);
	return ask_delay(p, r, &days, v, err);
}

/* What DNS says of the domain whose reports hold most messages. */
static int ask_record(struct page *p, struct reader *r, struct overview_view *v, struct err *err)
{
	const struct policy_line *most = NULL;
	struct dmarc_record record;
	struct dns_line dns;

	for (size_t i = 0; i < v->seen.n; i++)
		if (most == NULL || v->seen.item[i].messages > most->messages)
			most = &v->seen.item[i];
	if (most == NULL || page_is_scoped(p))
		return 0;
	if (query_dns_record(r, p->a, slice_of(arena_printf(p->a, "_dmarc.%.*s", (int)most->domain.len, most->domain.ptr)), &dns, err) != 0)
		return -1;
	if (dns.value.text.ptr == NULL || dmarc_records_read(p->a, dns.value.text, &record) != 1 || record.seen.p == POLICY_ABSENT)
		return 0;
	v->policy_in_dns = slice_of(policy_name(record.seen.p));
	v->tags_in_dns = slice_of(phases_policy_words(p->a, &record.seen));
	return 0;
}

static int ask_policies(struct page *p, struct reader *r, struct overview_view *v, struct err *err)
{
	if (query_policies(r, p->a, &p->filter, &v->seen, err) != 0 || (p->html && chart_ask_notes(p, r, &v->notes, err) != 0))
		return -1;
	for (size_t i = 0; i < v->seen.n; i++)
		if (v->o.policy.ptr != NULL && slice_is(v->o.policy, policy_name(v->seen.item[i].policy.p)))
			v->policy_reports += v->seen.item[i].reports;
	return ask_record(p, r, v, err);
}

/* The earlier period, and this one as far as it can be compared. */
static int ask_compare(struct page *p, struct reader *r, struct overview_view *v, struct err *err)
{
	if (compare_ask(p, r, err) != 0)
		return -1;
	if (!p->compare.on)
		return 0;
	if (query_overview(r, p->a, &p->compare.then, 0, &v->then, err) != 0)
		return -1;
	return query_overview(r, p->a, &p->compare.now, 0, &v->now, err);
}

static struct groups cut(const struct groups *groups, size_t limit)
{
	return (struct groups){ groups->item, groups->n < limit ? groups->n : limit, groups->total };
}

static int ask(struct page *p, struct reader *r, void *ctx, struct err *err)
{
	struct overview_view *v = ctx;
	size_t limit = (size_t)param_number(&p->params, PARAM_LIMIT, LISTED);

	if (query_overview(r, p->a, &p->filter, limit, &v->o, err) != 0)
		return -1;
	v->receivers = v->o.by_reporter;
	v->senders = cut(&v->o.by_source, limit);
	v->domains = v->o.by_domain;
	if (p->params.value[PARAM_CLASS].n == 0)
		v->steps = remedies_ranked(p->a, &v->o.by_source, &v->step);
	if (query_source_rules(r, p->a, &v->rules, err) != 0 || ask_coverage(p, r, v, err) != 0 || source_ask_unnamed(p, r, TRUST_UNTRUSTED, &v->unnamed, err) != 0 ||
	    source_ask_spoofing(p, r, TRUST_UNTRUSTED, &v->spoofing, err) != 0 ||
	    ask_policies(p, r, v, err) != 0 || ask_compare(p, r, v, err) != 0)
		return -1;
	return p->html ? ask_wanted(p, r, v, err) : 0;
}

/* --- the page --- */

int page_overview(struct page *p, struct view *out, struct param_errors *errors, struct err *err)
{
	struct overview_view v = { 0 };

	if (page_has_data(p) && page_ask(p, ask, &v, err) != 0)
		return -1;
	out->envelope = page_envelope(p, &v.o.all);
	compare_envelope(p, out->envelope, &v.now.all, &v.then.all);
	out->data = make_data(p, &v);
	out->empty = counts_total(&v.o.all) == 0;
	for (size_t i = 0; i < sizeof sheets / sizeof *sheets; i++)
		view_add_sheet(out, &sheets[i]);
	sheets_are_table(p, out);
	return p->html ? overview_page(p, &v, out, err) : 0;
}
