/* card: see card.h. */
#include "web/card.h"

#include "base/text.h"
#include "web/format.h"

static struct value *find(struct value *object, const char *key)
{
	for (struct value *v = object->first; v != NULL; v = v->next)
		if (strcmp(v->key, key) == 0)
			return v;
	return NULL;
}

/* The list of that name, made where it is not there yet. */
static struct value *member(struct page *p, struct value *object, const char *key)
{
	struct value *list = find(object, key);

	return list != NULL ? list : view_put_list(p->a, object, key);
}

/* The same within an object of its own, so that a template can set something around all items. */
static struct value *inner(struct page *p, struct value *object, const char *key, const char *list)
{
	struct value *around = find(object, key);

	return member(p, around != NULL ? around : view_put_object(p->a, object, key), list);
}

struct value *card_add(struct page *p, struct value *page, const char *id, const char *title, enum card_width width)
{
	struct value *card = view_add_object(p->a, member(p, page, "cards"));

	view_put_link(p->a, card, "card_id", slice_of(id));
	view_put_link(p->a, card, "card_title", slice_of(title));
	view_put_bool(p->a, card, "card_half", width == CARD_HALF);
	return card;
}

void card_aside(struct page *p, struct value *card, const char *text)
{
	view_put_text(p->a, card, "card_aside", slice_of(text));
}

void card_first(struct page *p, struct value *card, int64_t shown, int64_t all)
{
	if (shown < all)
		card_aside(p, card, arena_printf(p->a, "the first %s of %s", format_count_text(p->a, shown), format_count_text(p->a, all)));
}

void card_more(struct page *p, struct value *card, const char *label, struct slice href)
{
	struct value *more = view_put_object(p->a, card, "card_more");

	view_put_link(p->a, more, "more_label", slice_of(label));
	view_put_link(p->a, more, "more_href", href);
}

struct value *card_says(struct page *p, struct value *card)
{
	return view_put_list(p->a, view_add_object(p->a, member(p, card, "card_says")), "says");
}

struct value *card_note(struct page *p, struct value *card)
{
	return inner(p, card, "card_note", "says");
}

void card_fact(struct page *p, struct value *card, const char *label, struct slice text, struct slice href)
{
	struct value *fact = view_add_object(p->a, inner(p, card, "card_facts", "facts"));

	view_put_link(p->a, fact, "f_label", slice_of(label));
	view_put_text(p->a, fact, "f_text", text.ptr != NULL ? text : SLICE("–"));
	view_put_link(p->a, fact, "f_href", href);
}

void card_text(struct page *p, struct value *card, struct slice text)
{
	struct value *lines = inner(p, card, "card_text", "text_lines");

	while (text.len > 0)
		view_put_link(p->a, view_add_object(p->a, lines), "line", text_take_line(&text));
}

void card_chart(struct page *p, struct value *card, const struct chart *c)
{
	card_aside(p, card, chart_scale(p, c));
	chart_put(p, c, card);
}

struct value *card_marked(struct page *p, struct value *card)
{
	return inner(p, card, "card_marked", "marks");
}

void card_mark(struct page *p, struct value *marked, struct slice piece, bool is_marked)
{
	view_put_link(p->a, view_add_object(p->a, marked), is_marked ? "m_mark" : "m_plain", piece);
}

void card_ask(struct page *p, struct value *card, enum param which, const char *label, const char *button)
{
	struct value *form = view_put_object(p->a, card, "card_form"), *hidden = view_put_list(p->a, form, "hidden"), *field;
	struct params kept = param_kept(&p->params);

	for (int i = 0; i < PARAMS; i++)
		for (size_t k = 0; k < kept.value[i].n; k++) {
			field = view_add_object(p->a, hidden);
			view_put_link(p->a, field, "name",
				      slice_of(arena_printf(p->a, "%s%s", param_name((enum param)i), kept.value[i].exclude ? "!" : "")));
			view_put_link(p->a, field, "value", kept.value[i].item[k]);
		}
	view_put_link(p->a, form, "form_path", slice_of(p->path));
	view_put_link(p->a, form, "form_name", slice_of(param_name(which)));
	view_put_link(p->a, form, "form_label", slice_of(label));
	view_put_link(p->a, form, "form_value", param_one(&p->params, which));
	view_put_link(p->a, form, "form_button", slice_of(button));
}

struct value *card_write(struct page *p, struct value *card, const char *summary, struct slice action, const char *button)
{
	struct value *form;

	if (!page_may_write(p))
		return NULL;
	form = view_add_object(p->a, member(p, card, "card_writes"));
	view_put_link(p->a, form, "w_summary", slice_of(summary));
	view_put_link(p->a, form, "w_action", action);
	view_put_link(p->a, form, "w_button", slice_of(button));
	view_put_list(p->a, form, "w_hidden");
	view_put_list(p->a, form, "w_fields");
	return form;
}

void card_table(struct page *p, struct value *card, const struct sheet *s, const struct value *list, const char *empty)
{
	struct value *grid;

	if (list == NULL || list->first == NULL) {
		page_say(p, card_says(p, card), empty);
		return;
	}
	grid = view_put_object(p->a, card, "card_grid");
	view_put_link(p->a, grid, "grid_label", slice_of(s->title));
	view_put_bool(p->a, grid, "grid_dense", s->dense);
	sheet_grid(p, grid, s, list);
}

void card_pages(struct page *p, struct value *card, struct slice first, struct slice next)
{
	struct value *pages;

	if (first.ptr == NULL && next.ptr == NULL)
		return;
	pages = view_put_object(p->a, card, "card_pages");
	view_put_link(p->a, pages, "first_page", first);
	view_put_link(p->a, pages, "next_page", next);
}

static struct value *words(struct page *p, struct view *out)
{
	if (out->words == NULL)
		out->words = view_object(p->a);
	return out->words;
}

struct value *page_headline(struct page *p, struct view *out)
{
	return member(p, words(p, out), "headline");
}

struct value *page_lede(struct page *p, struct view *out)
{
	return member(p, words(p, out), "lede");
}

void page_tab(struct page *p, struct value *page, const char *label, struct slice href, bool current)
{
	struct value *tab = view_add_object(p->a, inner(p, page, "tabs", "tab"));

	view_put_link(p->a, tab, "tab_label", slice_of(label));
	view_put_link(p->a, tab, "tab_href", href);
	view_put_bool(p->a, tab, "tab_current", current);
}
