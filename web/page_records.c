/* page_records: which rows make up a number (UX 7.9), one by one or grouped by one of their properties. The total at
 * the top equals the number followed. Rows come in portions behind a cursor, so an export of any length streams.
 * Neighbours: row.h, portion.h, breakdown.h; templates/records.html. */
#include "web/breakdown.h"
#include "web/compare.h"
#include "web/portion.h"
#include "web/row.h"

#include "base/text.h"
#include "web/format.h"

enum { SCREEN_ROWS = 50, SCREEN_DAYS = 200 /* days of a page: 60 kB are what a first view may have */, API_ROWS = 100 };

/* --- rows --- */

static int read_rows(struct portions *s, struct reader *r, size_t limit, struct err *err)
{
	struct records *out = s->rows;

	if (query_records(r, &s->p->portion, &s->p->filter, s->after, limit, out, err) != 0)
		return -1;
	s->n = out->n;
	s->after = out->more ? out->after : (struct slice){ 0 };
	return 0;
}

static struct value *make_row(struct portions *s, struct arena *a, size_t i)
{
	return row_make(s->p, a, s->view->table.column, s->view->table.columns, &((const struct records *)s->rows)->item[i]);
}

static const struct portion_kind row_kind = { read_rows, make_row, .rows = 500, .on_screen = SCREEN_ROWS, .to_programs = API_ROWS };

/* What fits into the 80 columns of a terminal. */
static const int terminal[] = { COL_DAY, COL_REPORTER, COL_IP, COL_FROM, COL_CLASS, COL_MESSAGES };

static bool is_text(const struct page *p)
{
	return slice_is(param_one(&p->params, PARAM_FORMAT), "text");
}

/* The columns that cols= names, else those on screen, else all. */
static int choose_columns(struct page *p, struct table *t, struct param_errors *errors)
{
	const struct names *names = &p->params.value[PARAM_COLS];
	const struct column **chosen = arena_array(p->a, COLS + names->n, sizeof *chosen);
	int shown = p->html || slice_is(param_one(&p->params, PARAM_FORMAT), "csv") ? (int)COL_SCREEN : (int)COLS;

	t->column = chosen;
	for (size_t i = 0; i < names->n; i++) {
		int col = 0;

		while (col < COLS && !slice_is(names->item[i], row_columns[col].name))
			col++;
		if (col == COLS) {
			errors->item[0].parameter = SLICE("cols");
			errors->item[0].detail = arena_printf(p->a, "No column has the name %.*s.",
							      (int)format_cut(names->item[i], 40), names->item[i].ptr);
			errors->n = 1;
			return -1;
		}
		chosen[t->columns++] = &row_columns[col];
	}
	for (int col = 0; names->n == 0 && !is_text(p) && col < shown; col++)
		chosen[t->columns++] = &row_columns[col];
	for (size_t i = 0; names->n == 0 && is_text(p) && i < sizeof terminal / sizeof *terminal; i++)
		chosen[t->columns++] = &row_columns[terminal[i]];
	return 0;
}

static void make_rows(struct page *p, struct view *out, bool has_rows)
{
	struct portions *s = arena_alloc(p->a, sizeof *s);

	portions_init(s, p, out, &row_kind, arena_alloc(p->a, sizeof(struct records)));
	if (!has_rows)
		s->left = 0;
	out->table.next = portions_next;
	out->table.ctx = s;
}

/* --- groups --- */

static const struct column group_columns[] = {
	{ "key", "", LOOK_TEXT },
	{ "label", "Label", LOOK_TEXT, true },
	{ "messages", "Messages", LOOK_NUMBER, true },
	{ "rows", "Rows", LOOK_NUMBER },
	{ "fully_trusted", "Full", LOOK_NUMBER, true },
	{ "partially_trusted", "Partial", LOOK_NUMBER, true },
	{ "untrusted", "Untrusted", LOOK_NUMBER, true },
	{ "quarantined", "Quarantined", LOOK_NUMBER, true },
	{ "rejected", "Rejected", LOOK_NUMBER, true },
	{ "spf_aligned", "SPF aligned", LOOK_NUMBER },
	{ "dkim_aligned", "DKIM aligned", LOOK_NUMBER },
	{ "first_seen", "First seen", LOOK_TEXT },
	{ "last_seen", "Last seen", LOOK_TEXT },
	{ "source", "Source", LOOK_TEXT },
	{ "kind", "Kind", LOOK_TEXT },
};
enum { GROUP_COLUMNS = sizeof group_columns / sizeof *group_columns };

struct group_rows {
	struct page *p;
	const struct compared *compared; /* NULL: nothing is */
	enum param which;
	struct groups groups;
	size_t at;
};

static struct value *make_group(struct arena *a, const struct group_rows *w, const struct group *g)
{
	struct value *row = view_object(a);

	view_put_text(a, row, "key", g->key);
	view_put_text(a, row, "label", g->label);
	page_put_counts(a, row, &g->counts);
	view_put_int(a, row, "rows", g->counts.rows);
	page_put_aligned(a, row, &g->counts);
	view_put_day(a, row, "first_seen", g->first_seen);
	view_put_day(a, row, "last_seen", g->last_seen);
	view_put_text(a, row, "source", g->source);
	view_put_text(a, row, "kind", slice_of(g->source.ptr != NULL ? source_kind_name(g->kind) : NULL));
	if (w->compared != NULL)
		compare_row(w->p, row, w->compared, g->key, w->which);
	return row;
}

static int next_group(void *ctx, struct arena *a, struct value **row, struct err *err)
{
	struct group_rows *w = ctx;

	if (w->at == w->groups.n)
		return 0;
	*row = make_group(a, w, &w->groups.item[w->at++]);
	return 1;
}

static void make_group_table(struct page *p, struct view *out, const struct groups *groups, enum group_by by, const struct compared *c)
{
	static const struct column before = { "messages_before", "Before", LOOK_NUMBER, .on_terminal = true, .at = "compare.before.messages" };
	const struct column **chosen = arena_array(p->a, GROUP_COLUMNS + 1, sizeof *chosen);
	struct group_rows *w = arena_alloc(p->a, sizeof *w);

	*w = (struct group_rows){ .p = p, .groups = *groups, .compared = c, .which = breakdown_param(by) };
	out->table = (struct table){ .column = chosen, .next = next_group, .ctx = w };
	for (int i = 0; i < GROUP_COLUMNS; i++)
		if (!is_text(p) || group_columns[i].on_terminal)
			chosen[out->table.columns++] = &group_columns[i];
	if (c != NULL)
		chosen[out->table.columns++] = &before;
}

/* --- the page: rows --- */

static int put_rows(struct page *p, struct view *out, struct value *page, struct err *err)
{
	struct value *grid = view_put_object(p->a, page, "grid"), *rows, *row;
	const struct table *t = &out->table;
	int r;

	view_put_link(p->a, grid, "grid_label", SLICE("Rows"));
	view_put_bool(p->a, grid, "grid_dense", true);
	sheet_heads(p, view_put_list(p->a, grid, "heads"), NULL, t->column, t->columns);
	rows = view_put_list(p->a, grid, "rows");
	while ((r = t->next(t->ctx, p->a, &row, err)) == 1)
		sheet_cells(p, view_put_list(p->a, view_add_object(p->a, rows), "cells"), t->column, t->columns, row, 0);
	return r;
}

/* --- the page: groups --- */

static int64_t longest_group(const struct groups *groups)
{
	int64_t longest = 0;

	for (size_t i = 0; i < groups->n; i++)
		if (counts_total(&groups->item[i].counts) > longest)
			longest = counts_total(&groups->item[i].counts);
	return longest;
}

static void put_group(struct page *p, struct value *line, enum group_by by, const struct group *g, int64_t longest)
{
	int64_t day;

	view_put_text(p->a, line, "name",
		      by == BY_DAY && text_parse_day(g->key, &day) ? slice_of(format_day(p->a, day))
		      : g->label.len > 0                           ? g->label
								   : SLICE("(none)"));
	view_put_text(p->a, line, "beneath", by == BY_IP ? g->source : (struct slice){ 0 });
	page_number(p, line, "number", counts_total(&g->counts), NULL, breakdown_href(p, by, g, TRUST_CLASSES),
		    NULL);
	for (int t = 0; t < TRUST_CLASSES; t++)
		page_number(p, line, trust_param((enum trust)t), counts_class(&g->counts, (enum trust)t), NULL,
			    breakdown_href(p, by, g, (enum trust)t), NULL);
	page_bar(p, line, &g->counts, longest);
}

/* What the list leaves out, and where a message is in several lines. */
static void put_cut(struct page *p, struct value *page, enum group_by by, const struct groups *groups)
{
	const char *several = by == BY_SIGNATURE ? "A message is in the line of each of its signatures." :
			      by == BY_REASON    ? "A message is in the line of each reason given." :
						   "";
	const char *cut = groups->n == groups->total ?
				  "" :
				  arena_printf(p->a, "The first %s of %s. ", format_count_text(p->a, (int64_t)groups->n),
					       format_count_text(p->a, (int64_t)groups->total));

	if (several[0] != '\0')
		view_put_link(p->a, page, "lists_overlap", slice_of(group_by_name(by)));
	if (several[0] != '\0' || cut[0] != '\0')
		view_put_link(p->a, page, "cut", text_trim(slice_of(arena_printf(p->a, "%s%s", cut, several))));
}

/* What it was before, and how it moved. */
static void put_before(struct page *p, struct value *line, enum group_by by, const struct group *g, const struct compared *c)
{
	int64_t now = counts_total(compare_counts(&c->now, g->key)), then = counts_total(compare_counts(&c->then, g->key));
	struct params params = p->compare.then_params;
	struct slice href = { 0 };

	if (g->key.len > 0 && param_narrow(p->a, &params, breakdown_param(by), &g->key, 1))
		href = page_link_to(p, "/records", &params);
	page_number(p, line, "then", then, NULL, href, NULL);
	view_put_link(p->a, line, "change", slice_of(now + then > 0 ? format_change_text(p->a, now, then) : NULL));
}

static void put_groups(struct page *p, struct value *page, enum group_by by, const struct groups *groups, const struct compared *c)
{
	struct value *list = view_put_list(p->a, page, "groups"), *line;
	int64_t longest = longest_group(groups);

	view_put_bool(p->a, page, "group_then", c != NULL);
	view_put_link(p->a, page, "group_label", slice_of(param_label(breakdown_param(by))));
	for (size_t i = 0; i < groups->n; i++) {
		line = view_add_object(p->a, list);
		put_group(p, line, by, &groups->item[i], longest);
		if (c != NULL)
			put_before(p, line, by, &groups->item[i], c);
	}
	put_cut(p, page, by, groups);
}

/* --- around both --- */

static void put_headline(struct page *p, struct value *page, const struct counts *c)
{
	const char *words = page_filter_words(p);
	struct value *h = view_put_list(p->a, page, "headline"), *lede = view_put_list(p->a, page, "lede");

	page_say_number(p, h, counts_total(c), NULL, page_link_to(p, "/records", &p->params));
	page_say(p, h,
		 arena_printf(p->a, "%s in %s%s%s", counts_total(c) == 1 ? " message" : " messages",
			      page_plural(p->a, c->rows, "row", "rows"), words[0] != '\0' ? ": " : "", words));
	for (int t = 0; t < TRUST_CLASSES; t++) {
		int64_t n = counts_class(c, (enum trust)t);

		if (n == 0)
			continue;
		page_say(p, lede, lede->first != NULL ? ", " : "");
		page_say_number(p, lede, n, NULL,
				page_link(p, "/records", PARAM_CLASS, slice_of(trust_param((enum trust)t))));
		page_say(p, lede,
			 arena_printf(p->a, " %s", text_lower(p->a, slice_of(trust_label((enum trust)t))).ptr));
	}
}

/* Behind what the page compares with: how the total moved. */
static void put_moved(struct page *p, struct value *page, const struct compared *c)
{
	struct value *moved = view_put_list(p->a, view_put_object(p->a, page, "moved"), "moved_says");

	page_say(p, moved, " Before: ");
	page_say_number(p, moved, counts_total(&c->then_all), NULL, page_link_to(p, "/records", &p->compare.then_params));
	page_say(p, moved, arena_printf(p->a, ", %s.", format_change_text(p->a, counts_total(&c->now_all), counts_total(&c->then_all))));
}

static void put_by_links(struct page *p, struct value *page)
{
	static const char *const labels[GROUP_BYS] = {
		[BY_DAY] = "Day",	    [BY_MONTH] = "Month",     [BY_DOMAIN] = "From domain", [BY_POLICY_DOMAIN] = "Policy of",
		[BY_REPORTER] = "Receiver", [BY_IP] = "Address",      [BY_SOURCE] = "Source",	   [BY_CAUSE] = "Came from",
		[BY_NETWORK] = "Network",   [BY_SIGNATURE] = "Signature", [BY_ENVELOPE] = "Envelope",  [BY_REASON] = "Reason",
		[BY_VERDICT] = "Verdict",   [BY_PHASE] = "Phase",     [BY_STATE] = "Carried by",
		[BY_RULE] = "Rule",
	};
	struct value *list = view_put_list(p->a, page, "bys"), *item;
	struct slice now = param_one(&p->params, PARAM_BY), word;
	struct params params = param_kept(&p->params);

	item = view_add_object(p->a, list);
	view_put_link(p->a, item, "label", SLICE("Rows"));
	view_put_link(p->a, item, "href", param_link(p->a, "/records", &params));
	view_put_bool(p->a, item, "current", now.ptr == NULL);
	for (int i = 0; (word = param_word(PARAM_BY, i)).ptr != NULL; i++) {
		params = param_with(p->a, &params, PARAM_BY, word);
		item = view_add_object(p->a, list);
		view_put_link(p->a, item, "label", slice_of(labels[group_by_of(word)]));
		view_put_link(p->a, item, "href", param_link(p->a, "/records", &params));
		view_put_bool(p->a, item, "current", slice_eq(now, word));
	}
}

static struct value *put_page(struct page *p, struct view *out, const struct counts *counts, const struct compared *c)
{
	out->page = page_shell(p, "Records", 0);
	out->template_name = !page_has_data(p) ? "first_run" : out->empty ? "nothing" : "records";
	put_headline(p, out->page, counts);
	if (p->compare.on)
		put_moved(p, out->page, c);
	put_by_links(p, out->page);
	return out->page;
}

static int page_groups(struct page *p, struct view *out, struct reader *reader, struct compared *all, struct err *err)
{
	enum group_by by = (enum group_by)group_by_of(param_one(&p->params, PARAM_BY));
	struct groups groups = { 0 };
	size_t limit = (size_t)param_number(&p->params, PARAM_LIMIT, page_exports(p) ? 0 : p->for_api ? API_ROWS : SCREEN_ROWS);

	if (by == BY_DAY && p->params.value[PARAM_LIMIT].n == 0)
		limit = p->html ? SCREEN_DAYS : 0;
	const struct compared *c = p->compare.on && by != BY_DAY && by != BY_MONTH ? all : NULL; /* the days are others */

	if (reader != NULL && query_groups(reader, p->a, &p->filter, by, limit, &groups, err) != 0)
		return -1;
	if (c != NULL && compare_lines(p, reader, by, all, err) != 0)
		return -1;
	make_group_table(p, out, &groups, by, c);
	if (p->html) {
		put_groups(p, out->page, by, &groups, c);
		view_put_bool(p->a, out->page, "grouped", true);
	}
	return 0;
}

static int ask(struct page *p, struct reader *reader, struct view *out, struct param_errors *errors, struct err *err)
{
	bool grouped = p->params.value[PARAM_BY].n > 0;
	struct compared *compared = arena_alloc(p->a, sizeof *compared); /* the rows, which come later, look into it */
	struct counts counts = { 0 };

	if (reader != NULL && (query_counts(reader, &p->filter, &counts, err) != 0 || compare_totals(p, reader, compared, err) != 0))
		return -1;
	out->envelope = page_envelope(p, &counts);
	compare_envelope(p, out->envelope, &compared->now_all, &compared->then_all);
	out->empty = counts_total(&counts) == 0;
	if (p->html)
		put_page(p, out, &counts, compared);
	if (grouped)
		return page_groups(p, out, reader, compared, err);
	if (choose_columns(p, &out->table, errors) != 0)
		return 0;
	make_rows(p, out, reader != NULL && counts.rows > 0);
	return 0;
}

static bool is_shown(const struct table *t, const struct column *c)
{
	for (size_t i = 0; i < t->columns; i++)
		if (t->column[i] == c)
			return true;
	return false;
}

/* Which columns: a form that carries the days and filters along. */
static void put_column_form(struct page *p, struct value *page, const struct table *t)
{
	struct value *form = view_put_object(p->a, page, "columns_form"), *list, *item;

	page_put_hidden(p, form);
	list = view_put_list(p->a, form, "columns");
	for (int col = 0; col < COLS; col++) {
		item = view_add_object(p->a, list);
		view_put_link(p->a, item, "value", slice_of(row_columns[col].name));
		view_put_link(p->a, item, "label", slice_of(row_columns[col].label));
		view_put_bool(p->a, item, "checked", is_shown(t, &row_columns[col]));
	}
	if (p->params.value[PARAM_COLS].n > 0)
		view_put_link(p->a, form, "usual", page_link_to(p, "/records", &p->params));
}

/* The same rows and columns from the start. */
static struct slice first_link(struct page *p)
{
	struct params params = param_without(&p->params, PARAM_AFTER);

	return p->params.value[PARAM_AFTER].n > 0 ? param_link(p->a, "/records", &params) : (struct slice){ 0 };
}

static int fill_page(struct page *p, struct view *out, struct err *err)
{
	if (out->empty)
		return page_has_data(p) ? page_drops(p, out->page, err) : 0;
	if (p->params.value[PARAM_BY].n > 0)
		return 0;
	if (put_rows(p, out, out->page, err) != 0)
		return -1;
	put_column_form(p, out->page, &out->table);
	view_put_link(p->a, out->page, "next_page", portions_href(out->table.ctx, "/records"));
	view_put_link(p->a, out->page, "first_page", first_link(p));
	return 0;
}

int page_records(struct page *p, struct view *out, struct param_errors *errors, struct err *err)
{
	struct reader *reader = NULL;
	int r;

	if (page_has_data(p) && readers_take(p->readers, &reader, err) != 0)
		return -1;
	r = ask(p, reader, out, errors, err);
	if (reader != NULL)
		readers_give(p->readers, reader, r == 0);
	if (r != 0 || errors->n > 0)
		return r;
	return p->html ? fill_page(p, out, err) : 0;
}
