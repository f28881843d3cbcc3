/* page_sources: who sends as us, and is each set up properly (UX 7.3). One line a sender, those that no rule names as one.
 * Neighbours: sheet.h, card.h, step.h; page_source.c is one of them. */
#include "web/card.h"
#include "web/compare.h"
#include "web/source.h"
#include "web/remedy.h"

static const struct column columns[] = {
	{ "label", "Source", LOOK_NAME, true },
	{ "kind", "Kind", LOOK_TAG, .beneath = true },
	{ "guess", "Guess", LOOK_TEXT, .beneath = true },
	{ "messages", "Messages", LOOK_NUMBER, true },
	{ "bar", "Trust, bar length = messages", LOOK_BAR },
	{ "fully_trusted", "Fully trusted", LOOK_NUMBER, .off_page = true },
	{ "partially_trusted", "Partially trusted", LOOK_NUMBER, .off_page = true },
	{ "untrusted", "Untrusted", LOOK_NUMBER, true },
	{ "quarantined", "Quarantined", LOOK_NUMBER, .off_page = true },
	{ "rejected", "Rejected", LOOK_NUMBER, .off_page = true },
	{ "spf_aligned", "SPF aligned", LOOK_NUMBER, true },
	{ "dkim_aligned", "DKIM aligned", LOOK_NUMBER, true },
	{ "addresses", "Addresses", LOOK_NUMBER },
	{ "first_seen", "First seen", LOOK_DAY },
	{ "last_seen", "Last seen", LOOK_DAY, .beneath = true },
	{ "owner", "Owner", LOOK_TEXT },
	{ "next", "Next step", LOOK_TEXT },
	{ "next_step", "Next step by name", LOOK_TEXT, .off_page = true },
	{ "likely_spoofing", "Likely spoofing", LOOK_NUMBER, .off_page = true },
	{ "key", "Key", LOOK_TEXT, .off_page = true },
};
static const struct sheet sheet = { "sources", "Sources", columns, sizeof columns / sizeof *columns, .sorts = true };

struct sources { /* what the page is built from */
	struct groups groups;
	struct rule_lines rules;
	struct counts all;
	struct compared compared;
	int64_t unnamed; /* addresses that no rule names, within the period; -1 where there are too many to tell apart */
	int64_t spoofing; /* messages; -1 likewise */
	int64_t work;    /* named senders with something to do */
};

/* --- asking --- */

static int ask(struct page *p, struct reader *r, void *ctx, struct err *err)
{
	struct sources *s = ctx;

	if (query_groups(r, p->a, &p->filter, BY_SOURCE, 0, &s->groups, err) != 0 || query_source_rules(r, p->a, &s->rules, err) != 0 ||
	    query_counts(r, &p->filter, &s->all, err) != 0 || compare_groups(p, r, BY_SOURCE, &s->compared, err) != 0)
		return -1;
	return source_ask_unnamed(p, r, TRUST_CLASSES, &s->unnamed, err) == 0 ?
		       source_ask_spoofing(p, r, TRUST_CLASSES, &s->spoofing, err) :
		       -1;
}

/* --- rows --- */

static void put_rule(struct page *p, struct value *row, const struct sources *s, const struct group *g)
{
	const struct rule_line *rule = source_rule(&s->rules, g);

	view_put_known(p->a, row, "addresses", rule != NULL ? rule->addresses : g->id == 0 ? s->unnamed : -1);
	view_put_text(p->a, row, "owner", rule != NULL ? rule->owner : (struct slice){ 0 });
}

static void put_links(struct page *p, struct value *row, const struct sources *s, const struct group *g, const struct remedy *step)
{
	struct slice href = source_href(p, &s->rules, g->id > 0 ? g->key : (struct slice){ 0 });

	sheet_link(p, row, "label", href);
	sheet_link(p, row, "messages", page_link(p, "/records", PARAM_SOURCE, g->key));
	sheet_link(p, row, "untrusted", page_link_class(p, "/records", PARAM_SOURCE, g->key, TRUST_UNTRUSTED));
	if (step->is_work)
		sheet_link(p, row, "next", href);
	source_link_aligned(p, row, g->key);
}

static void put_source(struct page *p, struct value *list, struct sources *s, const struct group *g)
{
	const struct remedy *step = remedy_of(g->id > 0 ? g->kind : KIND_UNKNOWN, &g->counts);
	struct value *row = view_add_object(p->a, list);

	view_put_text(p->a, row, "key", g->key);
	view_put_text(p->a, row, "label", g->label);
	view_put_text(p->a, row, "kind", slice_of(g->id > 0 ? source_kind_name(g->kind) : "unknown"));
	view_put_text(p->a, row, "guess", slice_of(g->hint ? "built-in guess, to be confirmed" : NULL));
	page_put_counts(p->a, row, &g->counts);
	page_put_aligned(p->a, row, &g->counts);
	put_rule(p, row, s, g);
	view_put_day(p->a, row, "first_seen", g->first_seen);
	view_put_day(p->a, row, "last_seen", g->last_seen);
	view_put_text(p->a, row, "next", slice_of(step->verb));
	view_put_text(p->a, row, "next_step", slice_of(step->key));
	view_put_known(p->a, row, "likely_spoofing", g->id > 0 ? 0 : s->spoofing);
	put_links(p, row, s, g, step);
	compare_row(p, row, &s->compared, g->key, PARAM_SOURCE);
	s->work += g->id > 0 && step->is_work;
}

/* --- the page --- */

static void put_words(struct page *p, struct view *out, const struct sources *s)
{
	struct value *h = page_headline(p, out), *lede = page_lede(p, out);
	bool has_unknown = s->groups.n > 0 && view_int(out->envelope, "total.messages") > 0;
	int64_t named = 0, unknown = 0;

	for (size_t i = 0; i < s->groups.n; i++) {
		named += s->groups.item[i].id > 0;
		unknown += s->groups.item[i].id > 0 ? 0 : counts_total(&s->groups.item[i].counts);
	}
	page_say(p, h, arena_printf(p->a, "%s sent as us. %s work", page_plural(p->a, named, "source", "sources"),
				    page_plural(p->a, s->work, "needs", "need")));
	if (has_unknown && s->unnamed > 0)
		page_say(p, h, arena_printf(p->a, ", %s", page_plural(p->a, s->unnamed, "address is unnamed", "addresses are unnamed")));
	page_say(p, lede, "Mail that no rule names: ");
	page_say_number(p, lede, unknown, page_plural(p->a, unknown, "message", "messages"), page_link(p, "/records", PARAM_SOURCE, SLICE("none")));
	page_say(p, lede, ".");
	source_say_spoofing(p, lede, TRUST_CLASSES, has_unknown && unknown > 0 ? s->spoofing : 0, "them");
	page_say(p, lede, " A sender is named by the first rule that matches its address, DKIM domain, envelope, reverse name or network.");
}

static void put_kind_tabs(struct page *p, struct value *page)
{
	struct params all = param_without(&p->params, PARAM_KIND), one;

	page_tab(p, page, "All", page_link_to(p, "/sources", &all), p->params.value[PARAM_KIND].n == 0);
	for (int k = 0; k < KINDS; k++) {
		struct slice word = slice_of(source_kind_name((enum source_kind)k));

		one = param_with(p->a, &p->params, PARAM_KIND, word);
		page_tab(p, page, page_kind_label((enum source_kind)k), page_link_to(p, "/sources", &one),
			 p->params.value[PARAM_KIND].n == 1 && slice_eq(param_one(&p->params, PARAM_KIND), word));
	}
}

static int put_page(struct page *p, struct view *out, const struct value *list, struct err *err)
{
	struct value *card, *note;

	if (page_begin(p, out, "Sources", 0, "cards", err) != 0)
		return -1;
	if (out->empty)
		return 0;
	put_kind_tabs(p, out->page);
	card = card_add(p, out->page, "h-src", "Who sends as us", CARD_WHOLE);
	if (p->params.scope.n == 0)
		card_more(p, card, "Rules, and try one", page_link_to(p, "/sources/rules", &p->params));
	card_table(p, card, &sheet, list, "No sender.");
	note = card_note(p, card);
	page_say_link(p, note, SLICE("Verdicts"), page_link_to(p, "/verdicts", &p->params));
	page_say(p, note, " say of each row what it most likely is, and what carries the mail of each sender.");
	return 0;
}

int page_sources(struct page *p, struct view *out, struct param_errors *errors, struct err *err)
{
	struct value *list = view_put_list(p->a, view_object(p->a), "sources");
	struct sources s = { 0 };

	if (page_has_data(p) && page_ask(p, ask, &s, err) != 0)
		return -1;
	for (size_t i = 0; i < s.groups.n; i++)
		put_source(p, list, &s, &s.groups.item[i]);
	if (!sheet_sort(p, &sheet, list, errors))
		return 0;
	out->envelope = page_envelope(p, &s.all);
	compare_envelope(p, out->envelope, &s.compared.now_all, &s.compared.then_all);
	out->empty = counts_total(&s.all) == 0;
	sheet_is_table(p, out, &sheet, list);
	put_words(p, out, &s);
	return p->html ? put_page(p, out, list, err) : 0;
}
