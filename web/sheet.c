/* sheet: see sheet.h. */
#include "web/sheet.h"

#include "base/text.h"
#include "web/format.h"
#include "web/print.h"

#include <inttypes.h>
#include <stdlib.h>

void view_add_sheet(struct view *out, const struct sheet *s)
{
	if (out->sheets < VIEW_SHEETS)
		out->sheet[out->sheets++] = s;
}

/* The five classes as page_put_counts put them; what passes partially counts as passing DKIM only. */
static struct counts counts_of(const struct value *object)
{
	struct counts c = { 0 };

	c.split[SPLIT_FULL] = view_int(object, "fully_trusted");
	c.split[SPLIT_DKIM_ONLY] = view_int(object, "partially_trusted");
	c.split[SPLIT_UNTRUSTED] = view_int(object, "untrusted");
	c.split[SPLIT_QUARANTINED] = view_int(object, "quarantined");
	c.split[SPLIT_REJECTED] = view_int(object, "rejected");
	return c;
}

void sheet_link(struct page *p, struct value *row, const char *column, struct slice href)
{
	if (p->html && href.ptr != NULL)
		view_put_link(p->a, view_hints(p->a, row), column, href);
}

struct slice sheet_rest_href(struct page *p, const struct params *of, const struct groups *listed, enum param which, enum trust t)
{
	struct slice *keys = arena_array(p->a, listed->n + 1, sizeof *keys);
	struct params params = *of;

	for (size_t i = 0; i < listed->n; i++)
		keys[i] = listed->item[i].key;
	if (!param_narrow_class(p->a, &params, t) || !param_exclude(p->a, &params, which, keys, listed->n))
		return (struct slice){ 0 };
	return page_link_to(p, "/records", &params);
}

void sheet_add_rest(struct page *p, struct value *list, const struct groups *groups, const struct counts *all, enum param which)
{
	struct counts rest = *all;
	struct value *row;

	if (groups->total <= groups->n)
		return;
	for (size_t i = 0; i < groups->n; i++)
		for (int s = 0; s < SPLITS; s++)
			rest.split[s] -= groups->item[i].counts.split[s];
	row = view_add_object(p->a, list);
	view_put_text(p->a, row, "key", (struct slice){ 0 });
	view_put_text(p->a, row, "label", slice_of(page_plural(p->a, (int64_t)(groups->total - groups->n), "other", "others")));
	page_put_counts(p->a, row, &rest);
	sheet_link(p, row, "messages", sheet_rest_href(p, &p->params, groups, which, TRUST_CLASSES));
	for (int t = 0; t < TRUST_CLASSES; t++)
		sheet_link(p, row, trust_json((enum trust)t), sheet_rest_href(p, &p->params, groups, which, (enum trust)t));
}

/* --- what was before --- */

/* The numbers that compare_put gives. */
static bool is_compared(const struct column *c)
{
	static const char *const names[] = { "messages", "fully_trusted", "partially_trusted", "untrusted", "quarantined", "rejected",
					     "spf_aligned", "dkim_aligned", "untrusted_share" };

	for (size_t i = 0; c->look == LOOK_NUMBER && i < sizeof names / sizeof *names; i++)
		if (strcmp(c->name, names[i]) == 0)
			return true;
	return false;
}

static struct column beside(struct page *p, const struct column *c, const char *when)
{
	bool shown = strcmp(c->name, "messages") == 0 && strcmp(when, "before") == 0;

	return (struct column){ .name = arena_printf(p->a, "%s_%s", c->name, when),
				.label = shown ? "Before" : arena_printf(p->a, "%s %s", c->label, when),
				.look = LOOK_NUMBER,
				.on_terminal = shown,
				.off_page = !shown,
				.at = arena_printf(p->a, "compare.%s.%s", when, c->name) };
}

/* With what was before beside each number, where rows of the list have a member `compare` (compare.h); else the sheet itself. */
static const struct sheet *compared(struct page *p, const struct sheet *s, const struct value *list)
{
	struct sheet *out;
	struct column *column;

	if (!p->compare.on || list == NULL || view_at(list->first, "compare") == NULL)
		return s;
	out = arena_alloc(p->a, sizeof *out);
	*out = *s;
	out->column = column = arena_array(p->a, 3 * s->columns + 1, sizeof *column);
	out->columns = 0;
	for (size_t i = 0; i < s->columns; i++) {
		column[out->columns++] = s->column[i];
		if (!is_compared(&s->column[i]) || (i + 1 < s->columns && s->column[i + 1].beneath))
			continue;
		column[out->columns++] = beside(p, &s->column[i], "before");
		if (p->compare.only_now_count > 0) /* else it is the number itself */
			column[out->columns++] = beside(p, &s->column[i], "now");
	}
	return out;
}

/* How a number of a row moved; NULL where it is not compared. */
static const char *change_of(struct page *p, const struct column *c, const struct value *row)
{
	const struct value *now, *then;

	if (!p->compare.on || !is_compared(c))
		return NULL;
	now = view_at(row, arena_printf(p->a, "compare.now.%s", c->name));
	then = view_at(row, arena_printf(p->a, "compare.before.%s", c->name));
	if (now == NULL || then == NULL)
		return NULL;
	if (now->kind == VALUE_SHARE)
		return format_points_text(p->a, now->n, now->of, then->n, then->of);
	return now->n != 0 || then->n != 0 ? format_change_text(p->a, now->n, then->n) : NULL;
}

void sheet_action(struct page *p, struct value *row, const char *label, struct slice href, bool posts)
{
	struct value *hints, *list = NULL, *item;

	if (!p->html)
		return;
	hints = view_hints(p->a, row);
	for (struct value *v = hints->first; v != NULL; v = v->next)
		if (strcmp(v->key, "actions") == 0)
			list = v;
	item = view_add_object(p->a, list != NULL ? list : view_put_list(p->a, hints, "actions"));
	view_put_link(p->a, item, "a_label", slice_of(label));
	view_put_link(p->a, item, posts ? "a_post" : "a_href", href);
}

static bool is_of_page_alone(const struct column *c)
{
	return c->look == LOOK_BAR || c->look == LOOK_ACTIONS;
}

/* --- sorting --- */

struct sortable {
	const struct value *key;
	struct value *row;
	size_t place;
	bool falling;
};

static int compare_text(struct slice a, struct slice b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int r = n > 0 ? memcmp(a.ptr, b.ptr, n) : 0;

	return r != 0 ? r : (a.len > b.len) - (a.len < b.len);
}

static int compare_keys(const struct value *a, const struct value *b)
{
	double x, y;

	if (a->kind == VALUE_SHARE && b->kind == VALUE_SHARE) {
		x = a->of != 0 ? (double)a->n / (double)a->of : -1;
		y = b->of != 0 ? (double)b->n / (double)b->of : -1;
		return (x > y) - (x < y);
	}
	if (a->kind == VALUE_INT || a->kind == VALUE_BOOL)
		return (a->n > b->n) - (a->n < b->n);
	return compare_text(a->text, b->text);
}

/* What is not known comes last, whichever way; equals keep their order. */
static int compare_rows(const void *a, const void *b)
{
	const struct sortable *x = a, *y = b;
	bool no_x = x->key == NULL || x->key->kind == VALUE_NULL, no_y = y->key == NULL || y->key->kind == VALUE_NULL;
	int r = no_x || no_y ? no_x - no_y : compare_keys(x->key, y->key) * (x->falling ? -1 : 1);

	return r != 0 ? r : (x->place > y->place) - (x->place < y->place);
}

static void relink(struct value *list, const struct sortable *row, size_t n)
{
	for (size_t i = 0; i < n; i++)
		row[i].row->next = i + 1 < n ? row[i + 1].row : NULL;
	list->first = row[0].row;
	list->last = row[n - 1].row;
}

static void sort_by(struct page *p, struct value *list, const struct column *c, bool falling)
{
	struct sortable *row;
	size_t n = 0;

	for (struct value *v = list->first; v != NULL; v = v->next)
		n++;
	if (n < 2)
		return;
	row = arena_array(p->a, n, sizeof *row);
	n = 0;
	for (struct value *v = list->first; v != NULL; v = v->next, n++)
		row[n] = (struct sortable){ column_value(v, c), v, n, falling };
	qsort(row, n, sizeof *row, compare_rows);
	relink(list, row, n);
}

bool sheet_sort(struct page *p, const struct sheet *s, struct value *list, struct param_errors *errors)
{
	struct slice name = param_one(&p->params, PARAM_SORT);
	const struct sheet *all = compared(p, s, list);
	bool falling = name.len > 0 && name.ptr[0] == '-';

	if (name.ptr == NULL)
		return true;
	if (falling)
		name = (struct slice){ name.ptr + 1, name.len - 1 };
	for (size_t i = 0; i < all->columns; i++)
		if (all->column[i].look != LOOK_BAR && slice_is(name, all->column[i].name)) {
			sort_by(p, list, &all->column[i], falling);
			return true;
		}
	errors->item[0].parameter = SLICE("sort");
	errors->item[0].detail = "No column of this page has that name.";
	errors->n = 1;
	return false;
}

/* --- as rows --- */

struct list_walk {
	const struct value *row;
};

static int next_of_list(void *ctx, struct arena *a, struct value **row, struct err *err)
{
	struct list_walk *w = ctx;

	if (w->row == NULL)
		return 0;
	*row = (struct value *)(uintptr_t)w->row;
	w->row = w->row->next;
	return 1;
}

static bool is_chosen(const struct column *const *chosen, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(chosen[i]->name, name) == 0)
			return true;
	return false;
}

/* Adds the columns of a sheet that are not there yet. */
static size_t choose(const struct column **chosen, size_t n, const struct sheet *s)
{
	for (size_t i = 0; i < s->columns; i++)
		if (!is_of_page_alone(&s->column[i]) && !is_chosen(chosen, n, s->column[i].name))
			chosen[n++] = &s->column[i];
	return n;
}

void sheet_is_stream(struct page *p, struct view *out, const struct sheet *s,
		     int (*next)(void *ctx, struct arena *a, struct value **row, struct err *err), void *ctx)
{
	const struct column **chosen = arena_array(p->a, s->columns, sizeof *chosen);

	view_add_sheet(out, s);
	out->table = (struct table){ chosen, choose(chosen, 0, s), next, ctx };
}

void sheet_is_table(struct page *p, struct view *out, const struct sheet *s, const struct value *list)
{
	struct list_walk *walk = arena_alloc(p->a, sizeof *walk);

	walk->row = list->first;
	sheet_is_stream(p, out, compared(p, s, list), next_of_list, walk);
}

struct sheets_walk {
	const struct view *view;
	size_t at; /* 0: the total; then the sheets */
	const struct value *row;
};

static const char *walk_name(const struct sheets_walk *w)
{
	return w->at == 0 ? "total" : w->view->sheet[w->at - 1]->key;
}

/* The row's members behind the name of its list: they are shared, for rows are only read. */
static int next_of_sheets(void *ctx, struct arena *a, struct value **row, struct err *err)
{
	struct sheets_walk *w = ctx;
	const struct value *list;

	while (w->row == NULL) {
		if (++w->at > w->view->sheets)
			return 0;
		list = view_at(w->view->data, walk_name(w));
		w->row = list != NULL ? list->first : NULL;
	}
	*row = view_object(a);
	view_put_link(a, *row, "list", slice_of(walk_name(w)));
	(*row)->first->next = w->row->first;
	(*row)->last = w->row->last;
	w->row = w->at == 0 ? NULL : w->row->next;
	return 1;
}

void sheets_are_table(struct page *p, struct view *out)
{
	static const struct column list_column = { "list", "List", LOOK_TEXT };
	struct sheets_walk *walk = arena_alloc(p->a, sizeof *walk);
	const struct column **chosen;
	size_t room = 1, n = 1;

	for (size_t i = 0; i < out->sheets; i++) {
		out->sheet[i] = compared(p, out->sheet[i], view_at(out->data, out->sheet[i]->key));
		room += out->sheet[i]->columns;
	}
	chosen = arena_array(p->a, room, sizeof *chosen);
	chosen[0] = &list_column;
	for (size_t i = 0; i < out->sheets; i++)
		n = choose(chosen, n, out->sheet[i]);
	*walk = (struct sheets_walk){ .view = out, .row = view_at(out->envelope, "total") };
	out->table = (struct table){ chosen, n, next_of_sheets, walk };
}

/* --- as cells --- */

static bool is_number(const struct column *c)
{
	return c->look == LOOK_NUMBER;
}

/* Whether it stands under the one before it. */
static bool is_beneath(const struct column *const *column, size_t i)
{
	return i > 0 && column[i]->beneath && column[i - 1] == column[i] - 1;
}

static const char *class_of(const struct column *c)
{
	switch (c->look) {
	case LOOK_NUMBER:
	case LOOK_DAYS:
	case LOOK_BYTES:
		return "num";
	case LOOK_MONO:
		return "mono";
	case LOOK_BAR:
		return "w-bar full";
	case LOOK_CLASS:
	case LOOK_DAY:
	case LOOK_TIME:
		return "whole";
	default:
		return NULL;
	}
}

/* Sorts by the column; a second time, the other way round. Numbers begin with the largest. */
static void put_sort(struct page *p, struct value *head, const struct column *c)
{
	struct slice now = param_one(&p->params, PARAM_SORT);
	bool falls = now.len > 0 && now.ptr[0] == '-', is_this = now.ptr != NULL && slice_is((struct slice){ now.ptr + falls, now.len - falls }, c->name);
	bool next_falls = is_this ? !falls : is_number(c);
	struct params params = param_kept(&p->params);

	params = param_with(p->a, &params, PARAM_SORT, slice_of(arena_printf(p->a, "%s%s", next_falls ? "-" : "", c->name)));
	view_put_link(p->a, head, "h_sort", param_link(p->a, p->path, &params));
	view_put_link(p->a, head, "h_sorted", slice_of(is_this ? (falls ? "descending" : "ascending") : NULL));
}

static const char *head_class(const struct column *c)
{
	return is_number(c) || c->look == LOOK_DAYS || c->look == LOOK_BYTES ? "num" : c->look == LOOK_BAR ? "w-bar" : c->look == LOOK_NAME ? "w-src" : NULL;
}

void sheet_heads(struct page *p, struct value *heads, const struct sheet *s, const struct column *const *column, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct value *head;

		if (is_beneath(column, i))
			continue;
		head = view_add_object(p->a, heads);
		view_put_link(p->a, head, "h_label", slice_of(column[i]->label));
		view_put_link(p->a, head, "h_class", slice_of(head_class(column[i])));
		if (s != NULL && s->sorts && !is_of_page_alone(column[i]))
			put_sort(p, head, column[i]);
	}
}

/* An item of a list: a signature or SPF result with its domain, or plain text. An SPF result is of the envelope sender
 * unless it says otherwise. */
static void put_item_line(struct page *p, struct value *line, const struct value *item)
{
	const char *more = view_at(item, "selector") != NULL ? "selector" : "scope";
	struct slice extra = view_text(item, more);

	if (item->kind != VALUE_OBJECT || view_at(item, "result") == NULL) {
		view_put_text(p->a, line, "c_text", print_cell_text(p->a, item));
		return;
	}
	view_put_text(p->a, line, "c_text", text_copy(p->a, view_text(item, "result")));
	view_put_text(p->a, line, "c_domain", text_copy(p->a, view_text(item, "domain")));
	view_put_text(p->a, line, "c_extra", slice_is(extra, "mfrom") ? (struct slice){ 0 } : text_copy(p->a, extra));
}

static void put_lines(struct page *p, struct value *cell, const struct value *v)
{
	struct value *lines = view_put_list(p->a, cell, "c_lines");

	if (v == NULL || v->kind == VALUE_NULL)
		view_put_link(p->a, view_add_object(p->a, lines), "c_absent", SLICE("–"));
	else if (v->kind != VALUE_LIST)
		view_put_text(p->a, view_add_object(p->a, lines), "c_text", print_cell_text(p->a, v));
	else if (v->first == NULL)
		view_put_link(p->a, view_add_object(p->a, lines), "c_absent", SLICE("none"));
	for (const struct value *item = v != NULL && v->kind == VALUE_LIST ? v->first : NULL; item != NULL; item = item->next)
		put_item_line(p, view_add_object(p->a, lines), item);
}

static enum trust trust_of_json(struct slice word)
{
	int t = 0;

	while (t < TRUST_CLASSES - 1 && !slice_is(word, trust_json((enum trust)t)))
		t++;
	return (enum trust)t;
}

static const char *capital(struct page *p, struct slice word)
{
	char *text = arena_copy(p->a, word.ptr, word.len);

	if (text[0] >= 'a' && text[0] <= 'z')
		text[0] = (char)(text[0] - 32);
	return text;
}

/* What a word or a time looks like to a person; NULL where it is shown as it stands. */
static const char *shown(struct page *p, const struct column *c, const struct value *v)
{
	int64_t day;

	if (v == NULL || v->kind == VALUE_NULL)
		return NULL;
	if (c->look == LOOK_ALIGNED)
		return v->n ? "aligned" : "not aligned";
	if (c->look == LOOK_CLASS)
		return trust_label(trust_of_json(v->text));
	if (c->look == LOOK_DAY && text_parse_day(v->text, &day))
		return arena_printf(p->a, "%s %d", format_day_month(p->a, day), text_civil(day).year);
	if (c->look == LOOK_TIME && v->text.len >= 16 && text_parse_day((struct slice){ v->text.ptr, 10 }, &day))
		return arena_printf(p->a, "%s %.5s UTC", format_day_month(p->a, day), v->text.ptr + 11);
	if (c->look == LOOK_BYTES)
		return format_bytes(p->a, v->n);
	if (v->kind == VALUE_SHARE)
		return format_share_text(p->a, v->n, v->of);
	if (v->kind == VALUE_LINK) /* of our own making: never cut */
		return arena_printf(p->a, "%.*s", (int)v->text.len, v->text.ptr);
	return c->look == LOOK_TAG && v->kind == VALUE_TEXT ? capital(p, v->text) : NULL;
}

static void put_plain(struct page *p, struct value *cell, const struct column *c, const struct value *v)
{
	const char *text = shown(p, c, v);

	if (v != NULL && c->look == LOOK_CLASS)
		view_put_link(p->a, view_put_object(p->a, cell, "c_glyph"), trust_param(trust_of_json(v->text)), SLICE("1"));
	if (text != NULL)
		view_put_link(p->a, view_add_object(p->a, view_put_list(p->a, cell, "c_lines")), "c_text", slice_of(text));
	else if (is_number(c) && v != NULL && v->kind == VALUE_INT)
		view_put_int(p->a, view_add_object(p->a, view_put_list(p->a, cell, "c_lines")), "c_count", v->n);
	else
		put_lines(p, cell, v);
}

/* A zero leads nowhere. */
static void put_href(struct page *p, struct value *cell, const struct value *v, const struct value *row, const struct column *c)
{
	const struct value *href = row->hints != NULL ? view_get(row->hints, c->name, strlen(c->name)) : NULL;
	bool counts = is_number(c) && v != NULL && (v->kind == VALUE_INT || v->kind == VALUE_SHARE);

	if (href == NULL || (counts && v->n == 0))
		return;
	view_put_link(p->a, cell, "c_href", href->text);
	if (counts)
		view_put_link(p->a, cell, "c_n", slice_of(arena_printf(p->a, "%" PRId64, v->n)));
}

static void put_title(struct page *p, struct value *cell, const struct value *v)
{
	if (v != NULL && v->kind == VALUE_SHARE && v->of > 0)
		view_put_link(p->a, cell, "c_title",
			      slice_of(arena_printf(p->a, "%s of %s", format_count_text(p->a, v->n), format_count_text(p->a, v->of))));
}

static void put_squares(struct page *p, struct value *cell, struct slice days)
{
	struct value *squares = view_put_list(p->a, cell, "c_squares");
	int64_t full = 0;

	for (size_t i = 0; i < days.len; i++) {
		struct value *square = view_add_object(p->a, squares);

		full += days.ptr[i] == '1';
		view_put_bool(p->a, square, "c_full", days.ptr[i] == '1');
		view_put_bool(p->a, square, "c_part", days.ptr[i] == 'p');
		view_put_bool(p->a, square, "c_missing", days.ptr[i] == '0');
		view_put_bool(p->a, square, "c_idle", days.ptr[i] == '-');
	}
	view_put_link(p->a, cell, "c_days", slice_of(arena_printf(p->a, "%s of %s", format_count_text(p->a, full),
								 page_plural(p->a, (int64_t)days.len, "day", "days"))));
}

/* Under the number. */
static void put_change(struct page *p, struct value *cell, const char *change)
{
	if (change != NULL)
		view_put_link(p->a, view_add_object(p->a, view_put_list(p->a, cell, "c_subs")), "c_sub", slice_of(change));
}

static void put_actions(struct page *p, struct value *cell, const struct value *row)
{
	const struct value *list = row->hints != NULL ? view_get(row->hints, "actions", strlen("actions")) : NULL;
	struct value *actions = view_put_list(p->a, cell, "c_actions"), *item;

	for (const struct value *v = list != NULL ? list->first : NULL; v != NULL; v = v->next) {
		item = view_add_object(p->a, actions);
		view_put_link(p->a, item, "a_label", view_text(v, "a_label"));
		view_put_link(p->a, item, "a_post", view_text(v, "a_post"));
		view_put_link(p->a, item, "a_href", view_text(v, "a_href"));
	}
}

static void put_cell(struct page *p, struct value *cells, const struct column *c, const struct value *row, int64_t longest)
{
	struct value *cell = view_add_object(p->a, cells);
	const struct value *v = column_value(row, c);
	struct counts counts;

	view_put_link(p->a, cell, "c_label", slice_of(c->label));
	view_put_link(p->a, cell, "c_class", slice_of(class_of(c)));
	if (c->look == LOOK_BAR) {
		counts = counts_of(row);
		page_bar(p, cell, &counts, longest > 0 ? longest : 1);
		return;
	}
	if (c->look == LOOK_ACTIONS) {
		put_actions(p, cell, row);
		return;
	}
	if (c->look == LOOK_DAYS && v != NULL) {
		put_squares(p, cell, v->text);
		return;
	}
	view_put_bool(p->a, cell, "c_strong", c->look == LOOK_NAME);
	view_put_bool(p->a, cell, "c_tag", c->look == LOOK_TAG && v != NULL && v->kind == VALUE_TEXT);
	view_put_bool(p->a, cell, "c_bad", v != NULL && v->kind == VALUE_INT && v->n > 0 && strcmp(c->name, "untrusted") == 0);
	put_href(p, cell, v, row, c);
	put_title(p, cell, v);
	put_plain(p, cell, c, v);
	put_change(p, cell, change_of(p, c, row));
}

/* Further lines of a cell, smaller. */
static void put_beneath(struct page *p, struct value *cell, const struct column *c, const struct value *row)
{
	const struct value *v = column_value(row, c);
	const char *text = shown(p, c, v);
	struct value *subs = cell->last != NULL && strcmp(cell->last->key, "c_subs") == 0 ? cell->last :
											    view_put_list(p->a, cell, "c_subs");
	struct value *sub;

	if (v == NULL || v->kind == VALUE_NULL || (v->kind == VALUE_LIST && v->first == NULL))
		return;
	sub = view_add_object(p->a, subs);
	if (v->kind == VALUE_LINK)
		view_put_link(p->a, sub, "c_sub", slice_of(text));
	else
		view_put_text(p->a, sub, "c_sub", text != NULL ? slice_of(text) : print_cell_text(p->a, v));
	view_put_bool(p->a, sub, "c_sub_mono", c->look == LOOK_MONO);
	view_put_bool(p->a, sub, "c_sub_tag", c->look == LOOK_TAG);
}

void sheet_cells(struct page *p, struct value *cells, const struct column *const *column, size_t n, const struct value *row,
		 int64_t longest)
{
	for (size_t i = 0; i < n; i++)
		if (is_beneath(column, i))
			put_beneath(p, cells->last, column[i], row);
		else
			put_cell(p, cells, column[i], row, longest);
}

static int64_t longest_row(const struct value *list)
{
	int64_t longest = 0;

	for (const struct value *row = list->first; row != NULL; row = row->next)
		if (view_int(row, "messages") > longest)
			longest = view_int(row, "messages");
	return longest;
}

void sheet_grid(struct page *p, struct value *to, const struct sheet *s, const struct value *list)
{
	const struct sheet *all = compared(p, s, list);
	const struct column **column = arena_array(p->a, all->columns + 1, sizeof *column);
	int64_t longest = longest_row(list);
	struct value *rows;
	size_t n = 0;

	for (size_t i = 0; i < all->columns; i++)
		if (!all->column[i].off_page)
			column[n++] = &all->column[i];
	view_put_bool(p->a, to, "grid_sorts", s->sorts);
	sheet_heads(p, view_put_list(p->a, to, "heads"), all, column, n);
	rows = view_put_list(p->a, to, "rows");
	for (const struct value *row = list->first; row != NULL; row = row->next)
		sheet_cells(p, view_put_list(p->a, view_add_object(p->a, rows), "cells"), column, n, row, longest);
}
