/* page_overview: how much of our mail is trusted, and where the rest came from (UX 7.1). The numbers stand in the
 * view's data; what the page adds to them is in overview_page.c. Neighbours: page.h, overview.h, storage/query.h. */
#include "web/overview.h"
#include "web/sheet.h"

#include "base/text.h"
#include "web/format.h"

enum { LISTED = 10 };

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

static void put_causes(struct page *p, const struct overview *o, struct value *data)
{
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
	}
	view_put_int(p->a, data, "list_and_arc", o->list_and_arc);
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

static struct value *add_group(struct page *p, struct value *list, struct slice key, struct slice label,
			       const struct counts *c)
{
	struct value *item = view_add_object(p->a, list);

	view_put_text(p->a, item, "key", key);
	view_put_text(p->a, item, "label", label.len > 0 ? label : SLICE("(none)"));
	page_put_counts(p->a, item, c);
	return item;
}

/* What the lines of a list that was cut leave over, so that each list adds up to the total. NULL where nothing is. */
static struct value *add_others(struct page *p, struct value *list, const struct groups *groups,
				const struct counts *all, struct counts *rest)
{
	*rest = *all;
	if (groups->total <= groups->n)
		return NULL;
	for (size_t i = 0; i < groups->n; i++)
		for (int s = 0; s < SPLITS; s++)
			rest->split[s] -= groups->item[i].counts.split[s];
	return add_group(p, list, (struct slice){ 0 },
			 slice_of(page_plural(p->a, (int64_t)(groups->total - groups->n), "other", "others")), rest);
}

static void put_days(struct page *p, const struct overview *o, struct value *data)
{
	struct value *list = view_put_list(p->a, data, "days");

	for (size_t i = 0; i < o->by_day.n; i++)
		add_group(p, list, o->by_day.item[i].key, o->by_day.item[i].key, &o->by_day.item[i].counts);
}

static void put_receivers(struct page *p, const struct overview *o, struct value *data)
{
	struct value *list = view_put_list(p->a, data, "receivers"), *item;
	struct counts rest;
	int64_t days = p->filter.last_day - p->filter.first_day + 1, reported;

	for (size_t i = 0; i < o->by_reporter.n; i++) {
		const struct group *g = &o->by_reporter.item[i];

		reported = 0;
		for (int64_t d = 0; d < days; d++)
			reported += o->reporter_days[i].arrived[d];
		item = add_group(p, list, g->key, g->label, &g->counts);
		view_put_int(p->a, item, "days_reported", reported);
	}
	add_others(p, list, &o->by_reporter, &o->all, &rest);
}

static void put_senders(struct page *p, const struct overview *o, const struct groups *groups, const char *name,
			struct value *data)
{
	struct value *list = view_put_list(p->a, data, name), *item;
	struct counts rest;

	for (size_t i = 0; i < groups->n; i++) {
		const struct group *g = &groups->item[i];

		item = add_group(p, list, g->key, g->label, &g->counts);
		view_put_text(p->a, item, "source", g->source);
		view_put_text(p->a, item, "kind", slice_of(source_kind_name(g->kind)));
		page_put_aligned(p->a, item, &g->counts);
	}
	item = add_others(p, list, groups, &o->all, &rest);
	if (item != NULL)
		page_put_aligned(p->a, item, &rest);
}

static void put_domain(struct page *p, struct value *item, const struct counts *c, struct slice policy)
{
	view_put_share(p->a, item, "untrusted_share", counts_class(c, TRUST_UNTRUSTED), counts_total(c));
	view_put_text(p->a, item, "policy", policy);
}

static void put_domains(struct page *p, const struct overview *o, struct value *data)
{
	struct value *list = view_put_list(p->a, data, "domains"), *item;
	struct counts rest;

	for (size_t i = 0; i < o->by_domain.n; i++) {
		const struct group *g = &o->by_domain.item[i];

		item = add_group(p, list, g->key, g->label, &g->counts);
		put_domain(p, item, &g->counts, g->policy);
		view_put_bool(p->a, item, "policy_inherited", g->policy_inherited);
	}
	item = add_others(p, list, &o->by_domain, &o->all, &rest);
	if (item != NULL)
		put_domain(p, item, &rest, (struct slice){ 0 });
}

static void put_passed(struct page *p, const struct overview *o, struct value *data)
{
	struct value *passed = view_put_object(p->a, data, "passed");
	const int64_t *split = o->all.split;

	view_put_int(p->a, passed, "spf_and_dkim", split[SPLIT_FULL]);
	view_put_int(p->a, passed, "spf_only", split[SPLIT_SPF_ONLY]);
	view_put_int(p->a, passed, "dkim_only", split[SPLIT_DKIM_ONLY]);
	view_put_int(p->a, passed, "neither", overview_neither(o));
}

static void put_coverage(struct page *p, const struct overview *o, struct value *data)
{
	struct value *coverage = view_put_object(p->a, data, "coverage");

	view_put_int(p->a, coverage, "reports", o->reports);
	view_put_int(p->a, coverage, "long_reports", o->long_reports);
	view_put_int(p->a, coverage, "receivers", (int64_t)o->reporters);
	view_put_int(p->a, coverage, "domains", (int64_t)o->domains);
}

static struct value *make_data(struct page *p, const struct overview *o)
{
	struct value *data = view_object(p->a), *shares = view_put_object(p->a, data, "shares");

	for (int t = 0; t < TRUST_CLASSES; t++)
		view_put_share(p->a, shares, trust_json((enum trust)t), counts_class(&o->all, (enum trust)t),
			       counts_total(&o->period));
	view_put_int(p->a, data, "messages_of_all_classes", counts_total(&o->period));
	put_passed(p, o, data);
	put_causes(p, o, data);
	put_whys(p, o, data);
	view_put_int(p->a, data, "arc_rescued", o->all.arc_rescued);
	view_put_int(p->a, data, "acted_despite_pass", o->acted_despite_pass);
	view_put_text(p->a, data, "policy", o->policy);
	put_coverage(p, o, data);
	put_days(p, o, data);
	put_receivers(p, o, data);
	if (!o->addresses_left_out)
		put_senders(p, o, &o->by_ip, "addresses", data);
	put_senders(p, o, &o->by_source, "sources", data);
	put_domains(p, o, data);
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
	{ "receivers", "Who reported", COLUMNS }, { "addresses", "Who sends as us", COLUMNS },
	{ "sources", "Who sends as us", COLUMNS }, { "domains", "Which domains", COLUMNS },
};
#undef COLUMNS

/* --- the page --- */

/* Failing mail of named senders that a receiver held back (UX 7.1: it goes before all else). */
static int ask_wanted(struct page *p, struct reader *r, const struct overview *o, struct overview_extra *extra,
		      struct err *err)
{
	static const struct slice held[] = { WORD("quarantined"), WORD("rejected") };
	static const struct slice named[] = { WORD("ours"), WORD("service"), WORD("list"), WORD("forwarder") };
	struct params params = p->params;
	struct param_errors errors = { 0 };
	struct filter filter;
	struct counts counts;

	if (o->all.split[SPLIT_QUARANTINED] + o->all.split[SPLIT_REJECTED] == 0 || p->params.value[PARAM_CLASS].n > 0 ||
	    !param_narrow(p->a, &params, PARAM_CLASS, held, 2) || !param_narrow(p->a, &params, PARAM_KIND, named, 4) ||
	    param_filter(p->a, &params, &p->state, &filter, &errors) != 0)
		return 0;
	if (query_counts(r, &filter, &counts, err) != 0)
		return -1;
	extra->wanted = counts_total(&counts);
	extra->wanted_href = page_link_to(p, "/records", &params);
	return 0;
}

static int ask(struct page *p, struct overview *o, struct overview_extra *extra, struct err *err)
{
	size_t limit = (size_t)param_number(&p->params, PARAM_LIMIT, LISTED);
	struct reader *reader;
	int r;

	if (!page_has_data(p))
		return 0;
	if (readers_take(p->readers, &reader, err) != 0)
		return -1;
	r = query_overview(reader, p->a, &p->filter, limit, o, err);
	if (r == 0 && p->html)
		r = ask_wanted(p, reader, o, extra, err);
	readers_give(p->readers, reader, r == 0);
	return r;
}

int page_overview(struct page *p, struct view *out, struct param_errors *errors, struct err *err)
{
	struct overview_extra extra = { 0 };
	struct overview o = { 0 };

	if (ask(p, &o, &extra, err) != 0)
		return -1;
	out->envelope = page_envelope(p, &o.all);
	out->data = make_data(p, &o);
	out->empty = counts_total(&o.all) == 0;
	for (size_t i = 0; i < sizeof sheets / sizeof *sheets; i++)
		view_add_sheet(out, &sheets[i]);
	sheets_are_table(p, out);
	return p->html ? overview_page(p, &o, &extra, out, err) : 0;
}
