/* page_find: what has a text in its name: domains, senders, receivers, addresses, selectors and reports, each leading to its
 * page or its rows (UX 5, Find). Neighbours: sheet.h, card.h, storage/query.h (query_find). */
#include "web/card.h"
#include "web/format.h"
#include "web/source.h"

#include "base/text.h"
#include "web/route.h"

enum { LISTED = 10 };

static const struct column columns[] = {
	{ "name", "Name", LOOK_NAME, true },
	{ "what", "What it is", LOOK_TAG, true },
	{ "day", "Day", LOOK_DAY, true },
};
static const struct sheet sheet = { "found", "Found", columns, sizeof columns / sizeof *columns };

static const struct {
	const char *word;
	enum param param; /* that the rows of it are narrowed by */
} kinds[FIND_KINDS] = {
	[FIND_DOMAIN] = { "domain", PARAM_UNDER },      [FIND_SOURCE] = { "source", PARAM_SOURCE },
	[FIND_REPORTER] = { "receiver", PARAM_REPORTER }, [FIND_SELECTOR] = { "selector", PARAM_SELECTOR },
	[FIND_ADDRESS] = { "address", PARAM_IP },       [FIND_REPORT] = { "report", PARAM_REPORT },
};

/* A page that may not be there; a NULL ptr then. */
static struct slice page_of(struct page *p, const char *path)
{
	return route_page_kind(path) != 0 ? slice_of(path) : (struct slice){ 0 };
}

static struct slice rows_of(struct page *p, const struct find *f)
{
	struct params params = { .scope = p->params.scope };

	if (f->kind == FIND_REPORT) {
		params = param_days(p->a, &params, f->day, f->day);
		params = param_with(p->a, &params, PARAM_REPORT, slice_of(arena_printf(p->a, "%lld", (long long)f->id)));
	} else
		params = param_with(p->a, &params, kinds[f->kind].param, f->text);
	return page_link_to(p, "/records", &params);
}

static struct slice href_of(struct page *p, const struct rule_lines *rules, const struct find *f)
{
	struct slice href = { 0 };

	if (f->kind == FIND_DOMAIN)
		href = page_of(p, arena_printf(p->a, "/domains/%s", param_as_segment(p->a, f->text).ptr));
	else if (f->kind == FIND_SOURCE)
		href = source_href(p, rules, f->text);
	else if (f->kind == FIND_REPORT)
		href = page_of(p, arena_printf(p->a, "/reports/%lld", (long long)f->id));
	return href.ptr != NULL ? href : rows_of(p, f);
}

static void put_find(struct page *p, struct value *list, const struct rule_lines *rules, const struct find *f)
{
	struct value *row = view_add_object(p->a, list);
	char day[TEXT_DAY_BYTES];

	view_put_text(p->a, row, "name", f->text);
	view_put_text(p->a, row, "what", slice_of(kinds[f->kind].word));
	view_put_text(p->a, row, "day", slice_of(f->kind == FIND_REPORT ? arena_printf(p->a, "%s", text_day(day, f->day)) : NULL));
	sheet_link(p, row, "name", href_of(p, rules, f));
}

struct found { /* what the page is built from */
	struct finds all;
	struct rule_lines rules;
};

static int ask(struct page *p, struct reader *r, void *ctx, struct err *err)
{
	size_t limit = (size_t)param_number(&p->params, PARAM_LIMIT, LISTED);
	struct found *f = ctx;

	return query_find(r, p->a, &p->filter, limit, &f->all, err) == 0 ? query_source_rules(r, p->a, &f->rules, err) : -1;
}

static void put_words(struct page *p, struct view *out, const struct finds *found)
{
	struct slice q = p->filter.q;
	struct value *h = page_headline(p, out), *lede = page_lede(p, out);
	struct params rows = param_with(p->a, &(struct params){ .scope = p->params.scope }, PARAM_PERIOD, SLICE("all"));

	if (q.len == 0) {
		page_say(p, h, "What are you looking for?");
		page_say(p, lede, "A domain, source, receiver, address or network, report id or selector, or a part of it.");
		return;
	}
	page_say(p, h, arena_printf(p->a, "%s “%.*s” in the name%s", found->n == 0 ? "Nothing has" : page_plural(p->a, (int64_t)found->n, "thing has", "things have"),
				    (int)format_cut(q, 60), q.ptr, found->more ? ", and more" : ""));
	rows = param_with(p->a, &rows, PARAM_Q, q);
	page_say(p, lede, "Or see ");
	page_say_link(p, lede, SLICE("all rows that mention it"), page_link_to(p, "/records", &rows));
	page_say(p, lede, ".");
}

int page_find(struct page *p, struct view *out, struct param_errors *errors, struct err *err)
{
	struct value *list = view_put_list(p->a, view_object(p->a), "found");
	struct found found = { 0 };

	if (page_has_data(p) && page_ask(p, ask, &found, err) != 0)
		return -1;
	for (size_t i = 0; i < found.all.n; i++)
		put_find(p, list, &found.rules, &found.all.item[i]);
	out->envelope = page_envelope(p, NULL);
	sheet_is_table(p, out, &sheet, list);
	out->empty = found.all.n == 0;
	put_words(p, out, &found.all);
	if (!p->html)
		return 0;
	out->page = page_shell(p, "Find", 0);
	out->template_name = "cards";
	card_table(p, card_add(p, out->page, "h-found", "Found", CARD_WHOLE), &sheet, list, "Nothing.");
	return 0;
}
