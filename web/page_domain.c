/* page_domain: one domain and all below it: how its mail fares, what DNS says and what is wrong there, and what changed (UX 7.5).
 * Its records alone, and its timeline alone, are data of their own. Neighbours: page_domains.c; domain_records.c and
 * domain_time.c fill parts of the data, domain_page.c sets the page. */
#include "web/domain_view.h"

#include "web/card.h"
#include "web/format.h"
#include "web/source.h"

#include "schema/limits.h"

#include <stdlib.h>

enum { LISTED = 10, SELECTORS = 50, DAY_S = 86400, SETTLED_DAYS = 2 /* receivers may keep the old record for a day, and report a day later */ };

static const struct column day_columns[] = { BREAKDOWN_COLUMNS(LOOK_DAY, "Day") };
static const struct column source_columns[] = { BREAKDOWN_COLUMNS(LOOK_NAME, "Source"), { "kind", "Kind", LOOK_TAG, .off_page = true } };
static const struct column domain_columns[] = { BREAKDOWN_COLUMNS(LOOK_NAME, "From domain") };
static const struct column receiver_columns[] = { BREAKDOWN_COLUMNS(LOOK_NAME, "Receiver") };

const struct breakdown domain_parts[DOMAIN_PARTS] = {
#define SHEET(key, title, columns) { key, title, columns, sizeof columns / sizeof *columns }
	{ BY_DAY, "h-day", SHEET("days", "By day", day_columns) },
	{ BY_SOURCE, "h-src", SHEET("sources", "Who sends as this domain", source_columns) },
	{ BY_DOMAIN, "h-sub", SHEET("domains", "This domain and those below", domain_columns) },
	{ BY_REPORTER, "h-rep", SHEET("receivers", "Receivers", receiver_columns) },
#undef SHEET
};

/* --- asking --- */

/* Mail of all days: when a sender was first seen, and whether there ever was any. */
static int ask_ever(struct page *p, struct reader *r, struct domain_view *d, struct err *err)
{
	struct filter ever = { .first_day = p->state.first_day, .last_day = p->filter.last_day, .scope = p->filter.scope, .under = { &d->name, 1, false } };

	return query_groups(r, p->a, &ever, BY_SOURCE, 0, &d->ever, err);
}

static bool is_known(const struct domain_names *known, struct slice name)
{
	for (size_t i = 0; i < known->n; i++)
		if (slice_eq(known->item[i], name))
			return true;
	return false;
}

/* PAGE_GONE where nothing was ever heard of it. */
static int ask_whether(struct page *p, struct reader *r, struct domain_view *d, struct err *err)
{
	struct domain_names known;

	if (ask_ever(p, r, d, err) != 0 || query_dns_domains(r, p->a, &known, err) != 0)
		return -1;
	return d->ever.n > 0 || is_known(&known, d->name) ? 0 : PAGE_GONE;
}

static int ask_traffic(struct page *p, struct reader *r, struct domain_view *d, struct err *err)
{
	for (int i = 0; i < DOMAIN_PARTS; i++) /* a page has the first of each list, data has all */
		if ((!p->html || domain_parts[i].by != BY_DAY) &&
		    query_groups(r, p->a, &p->filter, domain_parts[i].by, p->html ? LISTED : 0, &d->groups[i], err) != 0)
			return -1;
	if (compare_groups(p, r, BY_SOURCE, &d->compared, err) != 0 || (p->html && chart_ask(p, r, &d->chart, err) != 0))
		return -1;
	return query_source_rules(r, p->a, &d->rules, err);
}

static struct domain_selector *selector_of(struct domain_view *d, struct slice selector, struct slice domain)
{
	for (size_t i = 0; i < d->selectors; i++)
		if (slice_eq(d->selector[i].selector, selector) && slice_eq(d->selector[i].domain, domain))
			return &d->selector[i];
	if (d->selectors == SELECTORS)
		return NULL;
	d->selector[d->selectors] = (struct domain_selector){ .selector = selector, .domain = domain };
	return &d->selector[d->selectors++];
}

/* Keys are looked at that belong to the domain's organisation. */
static void take_signature(struct page *p, struct domain_view *d, const struct suffixes *list, const struct group *g)
{
	struct slice domain = domain_normal(p->a, g->domain), selector = domain_normal(p->a, g->selector);
	struct domain_selector *s;

	if (domain.len == 0 || selector.len == 0 || !slice_eq(domain_organisational(list, domain), domain_organisational(list, d->name)) ||
	    (s = selector_of(d, selector, domain)) == NULL)
		return;
	if (slice_is(g->result, "pass")) {
		s->passes += counts_total(&g->counts);
		s->pass_key = g->key;
	} else {
		s->others += counts_total(&g->counts);
	}
	s->last_seen = s->last_seen < g->last_seen ? g->last_seen : s->last_seen;
}

/* Signatures are read from rows: of the whole period, or of as many of its last days as have not too many. */
static int settle_days(struct page *p, struct reader *r, struct filter *f, struct err *err)
{
	static const int days[] = { 28, 7, 1 };
	int64_t rows;

	for (size_t i = 0; i <= sizeof days / sizeof *days; i++) {
		if (i > 0 && f->last_day - days[i - 1] + 1 > f->first_day)
			f->first_day = f->last_day - days[i - 1] + 1;
		if (query_rows_of_days(r, f, &rows, err) != 0)
			return -1;
		if (rows <= LIMIT_SELECTOR_ROWS)
			return 0;
	}
	return 0;
}

static int ask_selectors(struct page *p, struct reader *r, struct domain_view *d, struct err *err)
{
	struct filter filter = p->filter;
	struct groups signatures;

	d->selector = arena_array(p->a, SELECTORS, sizeof *d->selector);
	if (settle_days(p, r, &filter, err) != 0 || query_groups(r, p->a, &filter, BY_SIGNATURE, 0, &signatures, err) != 0)
		return -1;
	d->selectors_from = filter.first_day;
	for (size_t i = 0; i < signatures.n; i++)
		take_signature(p, d, query_suffixes(r), &signatures.item[i]);
	return 0;
}

static int ask_records(struct page *p, struct reader *r, struct domain_view *d, struct err *err)
{
	struct slice *key = arena_array(p->a, SELECTORS, sizeof *key);
	struct dns_lookups *lookups;
	struct lint_dns dns;

	if (ask_selectors(p, r, d, err) != 0 || query_dns_open(r, p->a, &lookups, err) != 0)
		return -1;
	for (size_t i = 0; i < d->selectors; i++)
		key[i] = lint_below(p->a, d->selector[i].selector, lint_below(p->a, SLICE("_domainkey"), d->selector[i].domain));
	dns = (struct lint_dns){ query_dns_text, lookups };
	lint_domain(p->a, &dns, query_suffixes(r), d->name, key, d->selectors, &d->records);
	return query_dns_close(lookups, err);
}

/* What reports say of the policy, where it is somebody's who may be seen. */
static int ask_seen(struct page *p, struct reader *r, struct domain_view *d, struct err *err)
{
	struct filter filter = { .first_day = p->filter.first_day, .last_day = p->filter.last_day, .reporter = p->filter.reporter,
				 .policy_domain = { &d->records.dmarc_at, 1, false } };

	if (!domain_may_see(p, d->records.dmarc_at))
		return 0;
	if (query_dns_record(r, p->a, lint_below(p->a, SLICE("_dmarc"), d->records.dmarc_at), &d->dmarc_line, err) != 0)
		return -1;
	return query_policies(r, p->a, &filter, &d->seen, err);
}

static int ask(struct page *p, struct reader *r, void *ctx, struct err *err)
{
	struct domain_view *d = ctx;
	int rc = ask_whether(p, r, d, err);

	if (rc != 0)
		return rc;
	if (!page_narrow(p, PARAM_UNDER, d->name))
		return PAGE_GONE;
	if (query_counts(r, &p->filter, &d->all, err) != 0 || ask_records(p, r, d, err) != 0)
		return -1;
	if (d->what == DOMAIN_RECORDS)
		return 0;
	if (ask_seen(p, r, d, err) != 0 || domain_time_ask(p, r, d, err) != 0)
		return -1;
	return d->what == DOMAIN_ALL ? ask_traffic(p, r, d, err) : 0;
}

/* --- data --- */

static void put_line(struct page *p, struct value *list, const struct domain_view *d, enum group_by by, const struct group *g)
{
	struct value *row = breakdown_row(p, list, by, g);

	if (by == BY_SOURCE) {
		compare_row(p, row, &d->compared, g->key, PARAM_SOURCE);
		sheet_link(p, row, "label", source_href(p, &d->rules, g->id > 0 ? g->key : (struct slice){ 0 }));
	} else if (by == BY_DOMAIN && !slice_eq(g->key, d->name)) {
		sheet_link(p, row, "label", domain_href(p, g->key));
	}
}

static void put_traffic(struct page *p, struct view *out, struct value *data, const struct domain_view *d)
{
	for (int i = 0; i < DOMAIN_PARTS; i++) {
		struct value *list = view_put_list(p->a, data, domain_parts[i].sheet.key);

		for (size_t k = 0; k < d->groups[i].n; k++)
			put_line(p, list, d, domain_parts[i].by, &d->groups[i].item[k]);
		view_add_sheet(out, &domain_parts[i].sheet);
	}
}

static struct slice pass_href(struct page *p, const struct domain_view *d, const struct domain_selector *s)
{
	struct params params = d->selectors_from > p->filter.first_day ? param_days(p->a, &p->params, d->selectors_from, p->filter.last_day) : p->params;

	if (s->pass_key.len == 0 || !param_narrow(p->a, &params, PARAM_SIGNATURE, &s->pass_key, 1))
		return (struct slice){ 0 };
	return page_link_to(p, "/records", &params);
}

/* What reports say of a key, beside what DNS does. */
static void put_use(struct page *p, struct value *data, const struct domain_view *d)
{
	struct value *row = ((struct value *)(uintptr_t)view_at(data, "dkim"))->first;

	for (size_t i = 0; i < d->selectors && row != NULL; i++, row = row->next) {
		const struct domain_selector *s = &d->selector[i];

		view_put_int(p->a, row, "passes", s->passes);
		view_put_int(p->a, row, "fails", s->others);
		view_put_day(p->a, row, "last_used", s->last_seen);
		sheet_link(p, row, "passes", pass_href(p, d, s));
	}
}

static bool agrees(const struct domain_view *d, const struct policy_line *line)
{
	return d->records.dmarc.text.ptr != NULL && dmarc_agrees(&line->policy, &d->records.dmarc.seen);
}

/* A reporter's last policy counts once it cannot have seen an older record; else nothing can be said. */
bool domain_is_settled(const struct page *p, const struct domain_view *d, const struct policy_line *line)
{
	return d->dmarc_line.value.text.ptr != NULL && p->now - d->dmarc_line.value.first_s >= SETTLED_DAYS * DAY_S &&
	       (line->last_day - 1) * DAY_S >= d->dmarc_line.value.first_s;
}

/* The last policy that each reporter saw. */
static void put_seen(struct page *p, struct value *data, struct domain_view *d)
{
	struct value *list = view_put_list(p->a, data, "seen");

	for (size_t i = 0; i < d->seen.n; i++) {
		const struct policy_line *line = &d->seen.item[i], *last = line;
		struct value *row;

		for (; i + 1 < d->seen.n && slice_eq(d->seen.item[i + 1].reporter, line->reporter); i++)
			if (d->seen.item[i + 1].last_day >= last->last_day)
				last = &d->seen.item[i + 1];
		row = view_add_object(p->a, list);
		view_put_text(p->a, row, "reporter", last->reporter);
		view_put_text(p->a, row, "policy", slice_of(domain_policy_words(p->a, &last->policy)));
		view_put_text(p->a, row, "compared",
			      slice_of(!domain_is_settled(p, d, last) ? "too early to say" :
				       agrees(d, last)		      ? "as in DNS" :
									"another than in DNS"));
		view_put_day(p->a, row, "seen_first", last->first_day);
		view_put_day(p->a, row, "seen_last", last->last_day);
		d->differ += domain_is_settled(p, d, last) && !agrees(d, last);
	}
}

static struct value *make_data(struct page *p, struct view *out, struct domain_view *d)
{
	struct value *data = view_object(p->a);

	view_put_text(p->a, data, "domain", d->name);
	view_put_text(p->a, data, "owner", domain_owner_of(p->owners, d->name));
	if (d->what == DOMAIN_ALL) {
		page_put_aligned(p->a, data, &d->all);
		put_traffic(p, out, data, d);
	}
	if (d->what != DOMAIN_TIMELINE) {
		domain_records_put(p->a, data, &d->records);
		put_use(p, data, d);
		view_put_day(p->a, data, "dkim_since", d->selectors_from);
		domain_records_add_sheets(out);
	}
	if (d->what == DOMAIN_ALL) {
		put_seen(p, data, d);
		view_add_sheet(out, &domain_seen_sheet);
	}
	if (d->what != DOMAIN_RECORDS)
		domain_time_put(p, out, data, d);
	return data;
}

/* --- words --- */

/* How many systems of ours have untrusted mail, and how much of it is theirs. */
static int64_t ours_to_fix(const struct domain_view *d, int64_t *messages)
{
	const struct groups *sources = &d->groups[1];
	int64_t n = 0, of_it;

	*messages = 0;
	for (size_t i = 0; i < sources->n; i++) {
		if (sources->item[i].id <= 0 || sources->item[i].kind != KIND_OURS)
			continue;
		of_it = counts_class(&sources->item[i].counts, TRUST_UNTRUSTED);
		n += of_it > 0;
		*messages += of_it;
	}
	return n;
}

static void put_headline(struct page *p, struct view *out, const struct domain_view *d)
{
	struct value *h = page_headline(p, out);
	int64_t total = counts_total(&d->all), untrusted = counts_class(&d->all, TRUST_UNTRUSTED), theirs, ours = ours_to_fix(d, &theirs);
	int chars = (int)format_cut(d->name, FORMAT_SCREEN_CHARS);

	if (total == 0) {
		page_say(p, h, arena_printf(p->a, "%.*s sent no mail in this period", chars, d->name.ptr));
		return;
	}
	page_say(p, h, arena_printf(p->a, "%.*s: ", chars, d->name.ptr));
	if (untrusted > 0)
		page_say_number(p, h, untrusted, NULL, page_link(p, "/records", PARAM_CLASS, slice_of(trust_param(TRUST_UNTRUSTED))));
	page_say(p, h, untrusted > 0 ? " of " : "none of ");
	page_say_number(p, h, total, NULL, page_link_to(p, "/records", &p->params));
	page_say(p, h, " untrusted");
	if (ours > 0)
		page_say(p, h, arena_printf(p->a, ", %s through %s", theirs == untrusted ? "all" : "some",
					    ours == 1 ? "one system of yours" : arena_printf(p->a, "%s systems of yours", format_count_text(p->a, ours))));
}

static void put_owner(struct page *p, struct value *lede, const struct domain_view *d)
{
	struct slice owner = domain_owner_of(p->owners, d->name);

	if (owner.ptr != NULL)
		page_say(p, lede, arena_printf(p->a, "Owner: %.*s. ", (int)format_cut(owner, FORMAT_SCREEN_CHARS), owner.ptr));
}

static void put_lede(struct page *p, struct view *out, const struct domain_view *d)
{
	struct value *lede = page_lede(p, out);
	const struct domain_records *r = &d->records;
	bool own = slice_eq(r->dmarc_at, d->name);

	put_owner(p, lede, d);
	if (r->dmarc.text.ptr != NULL)
		page_say(p, lede, arena_printf(p->a, "Policy in DNS: %s%s%.*s. ", domain_policy_words(p->a, &r->dmarc.seen), own ? "" : ", inherited from ",
					       own ? 0 : (int)r->dmarc_at.len, r->dmarc_at.ptr));
	else
		page_say(p, lede, r->old.found == DMARC_UNKNOWN ? "Its records were not looked up yet. " : "There is no DMARC record. ");
	page_say(p, lede, arena_printf(p->a, "Its records have %s and %s.", page_plural(p->a, (int64_t)r->lint.count[LINT_ERROR], "error", "errors"),
				       page_plural(p->a, (int64_t)r->lint.count[LINT_WARNING], "warning", "warnings")));
	if (d->differ > 0)
		page_say(p, lede, arena_printf(p->a, " %s another policy than DNS has.", page_plural(p->a, (int64_t)d->differ, "receiver still sees", "receivers still see")));
}

/* --- the pages --- */

static int fill(struct page *p, struct view *out, enum domain_what what, struct err *err)
{
	struct domain_view d = { .what = what, .name = domain_normal(p->a, p->id) };
	int r;

	if (!page_has_data(p) || d.name.len == 0 || !domain_may_see(p, d.name))
		return PAGE_GONE;
	if ((r = page_ask(p, ask, &d, err)) != 0)
		return r;
	out->envelope = page_envelope(p, &d.all);
	if (what == DOMAIN_ALL)
		compare_envelope(p, out->envelope, &d.compared.now_all, &d.compared.then_all);
	out->data = make_data(p, out, &d);
	out->empty = counts_total(&d.all) == 0;
	sheets_are_table(p, out);
	put_headline(p, out, &d);
	put_lede(p, out, &d);
	if (p->html)
		domain_page_put(p, out, &d);
	return 0;
}

int page_domain(struct page *p, struct view *out, struct param_errors *errors, struct err *err)
{
	return fill(p, out, DOMAIN_ALL, err);
}

int page_domain_records(struct page *p, struct view *out, struct param_errors *errors, struct err *err)
{
	return fill(p, out, DOMAIN_RECORDS, err);
}

int page_domain_timeline(struct page *p, struct view *out, struct param_errors *errors, struct err *err)
{
	return fill(p, out, DOMAIN_TIMELINE, err);
}
