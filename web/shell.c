/* shell: what stands around every page (UX 5): navigation, the sticky filter bar with its chips and forms, the footer.
 * Declared in page.h. Everything here is hints: the data printings never see it. */
#include "web/compare.h"

#include "base/text.h"
#include "web/format.h"
#include "web/route.h"

#include <stdio.h>

enum { CHIPS_PER_FILTER = 4, STALE_DAYS = 7, DAY_SECONDS = 86400 };

static void put_words(struct page *p, struct value *object, const char *key, const char *text)
{
	view_put_link(p->a, object, key, slice_of(text));
}

/* --- navigation and period --- */

/* Whether a page is that of the path, or one below it. */
static bool is_within(const char *path, const char *top)
{
	size_t n = strlen(top);

	return strncmp(path, top, n) == 0 && (path[n] == '\0' || (n > 1 && path[n] == '/'));
}

static void put_nav(struct page *p, struct value *page)
{
	static const struct {
		const char *path, *label;
	} pages[] = { { "/", "Overview" },	     { "/rollout", "Rollout" }, { "/sources", "Sources" }, { "/lists", "Lists & ARC" },
		      { "/domains", "Domains" }, { "/bulk", "Bulk senders" },  { "/reports", "Reports" }, { "/ingest", "Ingest" } };
	struct value *nav = view_put_list(p->a, page, "nav"), *item;

	for (size_t i = 0; i < sizeof pages / sizeof *pages && (p->visitor == NULL || p->visitor->role != ACCESS_NOBODY); i++) {
		if (route_page_kind(pages[i].path) == 0 || (page_is_scoped(p) && route_is_of_team(slice_of(pages[i].path))))
			continue;
		item = view_add_object(p->a, nav);
		put_words(p, item, "label", pages[i].label);
		view_put_link(p->a, item, "href", page_link_to(p, pages[i].path, &p->params));
		view_put_bool(p->a, item, "current", is_within(p->path, pages[i].path));
	}
}

static void put_periods(struct page *p, struct value *page)
{
	static const char *const periods[] = { "1d", "3d", "7d", "28d", "90d", "12m", "all" };
	struct slice now = param_one(&p->params, PARAM_PERIOD);
	bool dates = p->params.value[PARAM_FROM].n + p->params.value[PARAM_TO].n > 0;
	struct value *list = view_put_list(p->a, page, "periods"), *item;

	for (size_t i = 0; i < sizeof periods / sizeof *periods; i++) {
		struct params params = param_without(&p->params, PARAM_FROM);

		params = param_without(&params, PARAM_TO);
		params = param_with(p->a, &params, PARAM_PERIOD, slice_of(periods[i]));
		item = view_add_object(p->a, list);
		put_words(p, item, "label", periods[i]);
		view_put_link(p->a, item, "href", page_link_to(p, p->path, &params));
		view_put_bool(p->a, item, "current",
			      !dates && (now.ptr != NULL ? slice_is(now, periods[i]) : strcmp(periods[i], "28d") == 0));
	}
}

/* --- chips --- */

/* An allowed word for people. */
static struct slice spaced(struct page *p, struct slice word)
{
	char *text = arena_copy(p->a, word.ptr, word.len);

	if (slice_is(word, "1") || slice_is(word, "0"))
		return slice_is(word, "1") ? SLICE("yes") : SLICE("no");
	for (size_t i = 0; i < word.len; i++)
		if (text[i] == '_')
			text[i] = ' ';
	return (struct slice){ text, word.len };
}

/* The other way round: all but these, or these alone. */
static void put_flip(struct page *p, struct value *chip, enum param which)
{
	struct params params = p->params;
	bool exclude = params.value[which].exclude;

	if (which == PARAM_Q)
		return;
	params.value[which].exclude = !exclude;
	view_put_link(p->a, chip, "flip", page_link_to(p, p->path, &params));
	put_words(p, chip, "flip_title", exclude ? "Show these instead" : "Show all but these");
	put_words(p, chip, "flip_mark", exclude ? "=" : "≠");
}

static void put_chip(struct page *p, struct value *chips, enum param which, const char *label, struct slice text,
		     const struct params *without)
{
	struct value *chip = view_add_object(p->a, chips);
	bool exclude = p->params.value[which].exclude;

	put_words(p, chip, "label", label);
	put_words(p, chip, "not", exclude ? "not " : NULL);
	view_put_text(p->a, chip, "text", text);
	view_put_link(p->a, chip, "href", page_link_to(p, p->path, without));
	put_flip(p, chip, which);
}

static void put_class_chip(struct page *p, struct value *chips, struct slice word, const struct params *without)
{
	enum trust t = page_trust_of(word);
	const char *label = t == TRUST_UNTRUSTED ? "Untrusted (delivered)" : trust_label(t);

	put_chip(p, chips, PARAM_CLASS, NULL, slice_of(label), without);
	put_words(p, view_put_object(p->a, chips->last, "glyph"), trust_param(t), "1");
}

static void put_chips_of(struct page *p, struct value *chips, enum param which)
{
	const struct names *names = &p->params.value[which];
	struct params without = param_without(&p->params, which);
	bool words = param_word(which, 0).ptr != NULL;

	if (names->n > CHIPS_PER_FILTER) {
		put_chip(p, chips, which, param_label(which),
			 slice_of(page_plural(p->a, (int64_t)names->n, "", "values")), &without);
		return;
	}
	for (size_t i = 0; i < names->n; i++) {
		without = param_less(p->a, &p->params, which, names->item[i]);
		if (which == PARAM_CLASS)
			put_class_chip(p, chips, names->item[i], &without);
		else
			put_chip(p, chips, which, param_label(which),
				 words ? spaced(p, names->item[i]) : names->item[i], &without);
	}
}

static void put_chips(struct page *p, struct value *page)
{
	struct value *chips = view_put_list(p->a, page, "chips");
	struct params clear = p->params;

	for (int i = 0; i < PARAMS; i++) {
		if (!param_is_filter((enum param)i) || !param_is_of((enum param)i, p->kind)) /* a path's own is no chip */
			continue;
		put_chips_of(p, chips, (enum param)i);
		clear = param_without(&clear, (enum param)i);
	}
	view_put_link(p->a, page, "clear",
		      chips->first != NULL ? page_link_to(p, p->path, &clear) : (struct slice){ 0 });
}

/* --- forms: they must carry what they do not ask for --- */

static void put_hidden(struct page *p, struct value *list, enum param which)
{
	const struct names *names = &p->params.value[which];
	struct value *field;

	for (size_t i = 0; i < names->n; i++) {
		field = view_add_object(p->a, list);
		view_put_link(p->a, field, "name",
			      slice_of(arena_printf(p->a, "%s%s", param_name(which), names->exclude ? "!" : "")));
		view_put_link(p->a, field, "value", names->item[i]);
	}
}

static void put_hidden_but(struct page *p, struct value *form, const bool asked[PARAMS])
{
	struct value *hidden = view_put_list(p->a, form, "hidden");

	for (int i = 0; i < PARAM_BY; i++)
		if (!asked[i] && param_is_of((enum param)i, p->kind))
			put_hidden(p, hidden, (enum param)i);
	if (strcmp(p->path, "/records") == 0)
		put_hidden(p, hidden, PARAM_BY);
}

void page_put_hidden(struct page *p, struct value *form)
{
	static const bool asked[PARAMS];

	put_hidden_but(p, form, asked);
}

static void put_options(struct page *p, struct value *field, enum param which)
{
	struct value *options = view_put_list(p->a, field, "options"), *option;
	struct slice word;

	for (int i = 0; (word = param_word(which, i)).ptr != NULL; i++) {
		bool on = slice_eq(param_one(&p->params, which), word);

		option = view_add_object(p->a, options);
		view_put_link(p->a, option, "value", word);
		view_put_link(p->a, option, "text", spaced(p, word));
		view_put_bool(p->a, option, "selected", on);
	}
}

static void put_field(struct page *p, struct value *list, enum param which, bool asked[PARAMS])
{
	const struct names *names = &p->params.value[which];
	struct value *field;

	if (names->exclude || names->n > 1 || !param_is_of(which, p->kind))
		return; /* kept hidden: the form cannot say it */
	asked[which] = true;
	field = view_add_object(p->a, list);
	view_put_link(p->a, field, "name", slice_of(param_name(which)));
	view_put_link(p->a, field, "label", slice_of(param_label(which)));
	view_put_link(p->a, field, "value", param_one(&p->params, which));
	view_put_bool(p->a, field, "choice", param_word(which, 0).ptr != NULL);
	put_options(p, field, which);
}

static void put_classes(struct page *p, struct value *form, bool asked[PARAMS])
{
	const struct names *names = &p->params.value[PARAM_CLASS];
	struct value *list = view_put_list(p->a, form, "classes"), *box;

	if (names->exclude || !param_is_of(PARAM_CLASS, p->kind))
		return;
	asked[PARAM_CLASS] = true;
	for (int t = 0; t < TRUST_CLASSES; t++) {
		bool on = false;

		for (size_t i = 0; i < names->n; i++)
			on |= slice_is(names->item[i], trust_param((enum trust)t));
		box = view_add_object(p->a, list);
		put_words(p, box, "value", trust_param((enum trust)t));
		put_words(p, box, "label", trust_label((enum trust)t));
		view_put_bool(p->a, box, "checked", on);
	}
}

static void put_filter_form(struct page *p, struct value *page)
{
	static const enum param fields[] = { PARAM_UNDER,       PARAM_DOMAIN,  PARAM_SOURCE,      PARAM_IP,
					     PARAM_REPORTER,    PARAM_CAUSE,   PARAM_KIND,        PARAM_DISP,
					     PARAM_REASON,      PARAM_POLICY,  PARAM_SPF_ALIGNED, PARAM_DKIM_ALIGNED,
					     PARAM_DKIM_DOMAIN, PARAM_ENVELOPE };
	struct value *form = view_put_object(p->a, page, "filter_form"), *list;
	bool asked[PARAMS] = { false };

	put_classes(p, form, asked);
	list = view_put_list(p->a, form, "fields");
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		put_field(p, list, fields[i], asked);
	put_hidden_but(p, form, asked);
}

static void put_dates_form(struct page *p, struct value *page)
{
	static const bool asked[PARAMS] = { [PARAM_PERIOD] = true, [PARAM_FROM] = true, [PARAM_TO] = true };
	struct value *form = view_put_object(p->a, page, "dates_form");
	char from[TEXT_DAY_BYTES], to[TEXT_DAY_BYTES];

	put_hidden_but(p, form, asked);
	view_put_bool(p->a, form, "chosen", p->params.value[PARAM_FROM].n + p->params.value[PARAM_TO].n > 0);
	put_words(p, form, "first", arena_printf(p->a, "%s", text_day(from, p->filter.first_day)));
	put_words(p, form, "last", arena_printf(p->a, "%s", text_day(to, p->filter.last_day)));
}

static void put_find_form(struct page *p, struct value *page)
{
	struct value *form = view_put_object(p->a, page, "find_form");

	view_put_link(p->a, form, "q", param_one(&p->params, PARAM_Q));
}

/* --- compare, share, exports, footer --- */

static void put_way(struct page *p, struct value *list, const char *label, const char *how)
{
	struct slice now = param_one(&p->params, PARAM_COMPARE);
	struct params params = how != NULL ? param_with(p->a, &p->params, PARAM_COMPARE, slice_of(how)) :
					     param_without(&p->params, PARAM_COMPARE);
	struct value *item = view_add_object(p->a, list);

	put_words(p, item, "label", label);
	view_put_link(p->a, item, "href", page_link_to(p, p->path, &params));
	view_put_bool(p->a, item, "current", how != NULL ? slice_is(now, how) : now.ptr == NULL);
}

static void put_compares(struct page *p, struct value *page)
{
	int64_t days = p->filter.last_day - p->filter.first_day + 1;
	struct value *compares, *list;

	if (!param_is_of(PARAM_COMPARE, p->kind))
		return;
	compares = view_put_object(p->a, page, "compares");
	view_put_bool(p->a, compares, "comparing", p->params.value[PARAM_COMPARE].n > 0);
	list = view_put_list(p->a, compares, "ways");
	put_way(p, list, "The same weekdays before", "weekdays");
	put_way(p, list, arena_printf(p->a, "The %s before", page_plural(p->a, days, "day", "days")), "prev");
	put_way(p, list, "A year before", "year");
	put_way(p, list, "Nothing", NULL);
}

static void put_share(struct page *p, struct value *page)
{
	struct params params = param_days(p->a, &p->params, p->filter.first_day, p->filter.last_day);

	view_put_link(p->a, page, "share", page_link_to(p, p->path, &params));
}

static void put_exports(struct page *p, struct value *page)
{
	struct value *list = view_put_list(p->a, page, "exports"), *item;
	static const char *const formats[][2] = { { "csv", "CSV" }, { "json", "JSON" }, { "ndjson", "NDJSON" } };

	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
		struct params params = param_without(&p->params, PARAM_AFTER);

		params = param_fit(&params, route_page_kind(p->path));
		params = param_with(p->a, &params, PARAM_FORMAT, slice_of(formats[i][0]));
		item = view_add_object(p->a, list);
		put_words(p, item, "label", formats[i][1]);
		view_put_link(p->a, item, "href", param_link(p->a, p->path, &params));
	}
}

static void put_footer(struct page *p, struct value *page, size_t reporters)
{
	int64_t idle_days = text_floor_div(p->now, DAY_SECONDS) - p->state.last_day;

	put_words(p, page, "by_receivers",
		  reporters > 0 ? page_plural(p->a, (int64_t)reporters, "receiver", "receivers") : NULL);
	put_words(p, page, "data_to", page_has_data(p) ? format_day(p->a, p->state.last_day) : NULL);
	view_put_link(p->a, page, "here", page_link_to(p, p->path, &p->params));
	put_words(p, page, "taken_in", p->state.last_taken_in > 0 ? format_time(p->a, p->state.last_taken_in) : NULL);
	view_put_bool(p->a, page, "demo", p->state.demo);
	put_words(p, page, "stale",
		  page_has_data(p) && idle_days > STALE_DAYS ? page_plural(p->a, idle_days, "day", "days") : NULL);
}

/* Who it is, and, where they see a part only, which. */
static void put_visitor(struct page *p, struct value *page)
{
	struct value *scope, *trees;

	if (p->visitor == NULL)
		return;
	view_put_link(p->a, page, "form", p->form_token);
	view_put_bool(p->a, page, "settings", p->visitor->role >= ACCESS_TEAM);
	if (p->visitor->by == BY_SESSION || p->visitor->by == BY_PROXY)
		view_put_text(p->a, page, "visitor", p->visitor->name);
	view_put_bool(p->a, page, "may_leave", p->visitor->by == BY_SESSION);
	if (!page_is_scoped(p))
		return;
	scope = view_put_object(p->a, page, "scope_note");
	trees = view_put_list(p->a, scope, "trees");
	for (size_t i = 0; i < p->visitor->scope.n; i++) {
		struct value *tree = view_add_object(p->a, trees);

		view_put_text(p->a, tree, "tree", p->visitor->scope.item[i]);
		put_words(p, tree, "before", i == 0 ? "" : i + 1 < p->visitor->scope.n ? ", " : " and ");
	}
	put_words(p, scope, "contact", p->contact);
}

/* What a page compares with, within an object, so that a template can set it into a paragraph. */
static void put_compare(struct page *p, struct value *page)
{
	if (p->compare.on || p->compare.nothing)
		compare_say(p, view_put_list(p->a, view_put_object(p->a, page, "compared"), "says"));
}

struct value *page_shell(struct page *p, const char *title, size_t reporters)
{
	struct value *page = view_object(p->a);

	put_words(p, page, "title", title);
	put_words(p, page, "path", p->path);
	view_put_bool(p->a, page, "filters", page_has_data(p) && (p->kind & (PAGES_OF_MESSAGES | PAGES_OF_REPORTS | PAGE_ROLLOUT)));
	put_nav(p, page);
	put_visitor(p, page);
	put_footer(p, page, reporters);
	if (!page_has_data(p))
		return page;
	put_words(p, page, "range", format_range(p->a, p->filter.first_day, p->filter.last_day));
	put_periods(p, page);
	put_compare(p, page);
	put_chips(p, page);
	view_put_text(p->a, page, "filter_words", slice_of(page_filter_words(p)));
	put_filter_form(p, page);
	put_dates_form(p, page);
	put_find_form(p, page);
	put_compares(p, page);
	put_share(p, page);
	put_exports(p, page);
	view_put_bool(p->a, page, "exports_below", p->api != NULL && view_int(page, "filters") == 0);
	return page;
}

/* --- nothing found --- */

static int put_drop(struct page *p, struct reader *r, struct value *drops, enum param which, struct err *err)
{
	struct params params = param_without(&p->params, which);
	struct slice href = page_link_to(p, p->path, &params);
	struct param_errors errors = { 0 };
	struct filter filter;
	struct counts counts;
	struct value *drop;

	if (slice_eq(href, page_link_to(p, p->path, &p->params)))
		return 0; /* it is no parameter of the address, but what the page is of */
	if (param_filter(p->a, &params, &p->state, &filter, &errors) != 0)
		return 0;
	if (query_counts(r, &filter, &counts, err) != 0)
		return -1;
	if (counts_total(&counts) == 0)
		return 0;
	drop = view_add_object(p->a, drops);
	put_words(p, drop, "label", param_label(which));
	page_number(p, drop, "number", counts_total(&counts),
		    page_plural(p->a, counts_total(&counts), "message", "messages"), href, NULL);
	return 0;
}

static int put_drops(struct page *p, struct reader *r, void *ctx, struct err *err)
{
	for (int i = 0; i < PARAMS; i++)
		if (param_is_filter((enum param)i) && p->params.value[i].n > 0 && put_drop(p, r, ctx, (enum param)i, err) != 0)
			return -1;
	return 0;
}

int page_drops(struct page *p, struct value *page, struct err *err)
{
	return page_ask(p, put_drops, view_put_list(p->a, page, "drops"), err);
}

int page_begin(struct page *p, struct view *out, const char *title, size_t reporters, const char *template_name, struct err *err)
{
	out->page = page_shell(p, title, reporters);
	out->template_name = !page_has_data(p) ? "first_run" : out->empty ? "nothing" : template_name;
	return out->empty && page_has_data(p) ? page_drops(p, out->page, err) : 0;
}
