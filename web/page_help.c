/* page_help: the words of the pages: all of them, or one with its paragraphs. Depends on no data. Neighbours: help.h. */
#include "web/card.h"
#include "web/help.h"

#include "base/text.h"

static const struct column columns[] = {
	{ "title", "Word", LOOK_NAME, true },
	{ "sentence", "In one sentence", LOOK_TEXT, true },
	{ "key", "Key", LOOK_TEXT, .off_page = true },
	{ "group", "Group", LOOK_TEXT, .off_page = true },
};
static const struct sheet sheet = { "words", "Words", columns, sizeof columns / sizeof *columns };

/* Takes what stands before the next "[key]", and that key, off the text. False where there is none. */
static bool next_key(struct slice *text, struct slice *before, struct slice *key)
{
	const char *open = memchr(text->ptr, '[', text->len), *close = open != NULL ? memchr(open, ']', text->len - (size_t)(open - text->ptr)) : NULL;

	if (close == NULL)
		return false;
	*before = (struct slice){ text->ptr, (size_t)(open - text->ptr) };
	*key = (struct slice){ open + 1, (size_t)(close - open) - 1 };
	*text = (struct slice){ close + 1, text->len - (size_t)(close + 1 - text->ptr) };
	return true;
}

/* A paragraph with its "[key]"s as links. */
static void say_paragraph(struct page *p, struct value *says, struct slice text)
{
	struct slice before, key;
	struct help_word other;

	while (next_key(&text, &before, &key)) {
		page_say_slice(p, says, before);
		if (help_find(key, &other))
			page_say_link(p, says, other.title, help_href(p->a, key));
	}
	page_say_slice(p, says, text);
}

/* The same without links, for a list. */
static struct slice plain(struct arena *a, struct slice text)
{
	const char *out = "";
	struct slice before, key;
	struct help_word other;

	while (next_key(&text, &before, &key)) {
		out = arena_printf(a, "%s%.*s", out, (int)before.len, before.ptr);
		if (help_find(key, &other))
			out = arena_printf(a, "%s%.*s", out, (int)other.title.len, other.title.ptr);
	}
	return slice_of(arena_printf(a, "%s%.*s", out, (int)text.len, text.ptr));
}

static void put_word(struct page *p, struct value *list, const struct help_word *word)
{
	struct value *row = view_add_object(p->a, list);
	struct slice text = word->text, sentence = { 0 };

	help_paragraph(&text, &sentence);
	view_put_text(p->a, row, "title", word->title);
	view_put_link(p->a, row, "sentence", plain(p->a, sentence));
	view_put_text(p->a, row, "key", word->key);
	view_put_text(p->a, row, "group", word->group);
	sheet_link(p, row, "title", help_href(p->a, word->key));
}

/* The rows of each group in a card of its own. */
static void put_groups(struct page *p, struct view *out)
{
	struct slice text = help_text(), group = { 0 }, now = { 0 };
	struct value *list = NULL;
	struct help_word word;
	int cards = 0;

	while (help_next(&text, &group, &word)) {
		if (list == NULL || !slice_eq(word.group, now)) {
			if (list != NULL)
				card_table(p, card_add(p, out->page, arena_printf(p->a, "h-%d", cards++), text_copy(p->a, now).ptr, CARD_WHOLE), &sheet, list, "");
			list = view_put_list(p->a, view_object(p->a), "words");
			now = word.group;
		}
		put_word(p, list, &word);
	}
	if (list != NULL)
		card_table(p, card_add(p, out->page, arena_printf(p->a, "h-%d", cards), text_copy(p->a, now).ptr, CARD_WHOLE), &sheet, list, "");
}

static struct value *start_page(struct page *p, struct view *out, const char *title)
{
	out->page = page_shell(p, title, 0);
	out->template_name = "cards";
	return out->page;
}

int page_help(struct page *p, struct view *out, struct param_errors *errors, struct err *err)
{
	struct value *list = view_put_list(p->a, view_object(p->a), "words");
	struct slice text = help_text(), group = { 0 };
	struct help_word word;

	while (help_next(&text, &group, &word))
		put_word(p, list, &word);
	out->envelope = page_envelope(p, NULL);
	sheet_is_table(p, out, &sheet, list);
	page_say(p, page_headline(p, out), "What the words mean");
	page_say(p, page_lede(p, out), "Each word of these pages, with the term of the standards. Errors and refusals are among them.");
	if (p->html) {
		start_page(p, out, "Words");
		put_groups(p, out);
	}
	return 0;
}

static struct value *make_data(struct page *p, struct view *out, const struct help_word *word)
{
	struct value *data = view_object(p->a), *list;

	view_put_text(p->a, data, "key", word->key);
	view_put_text(p->a, data, "title", word->title);
	view_put_text(p->a, data, "group", word->group);
	view_put_link(p->a, data, "text", word->text);
	list = view_put_list(p->a, data, "words");
	put_word(p, list, word);
	view_add_sheet(out, &sheet);
	return data;
}

int page_help_word(struct page *p, struct view *out, struct param_errors *errors, struct err *err)
{
	struct help_word word;
	struct value *card, *h;
	struct slice text, paragraph;

	if (!help_find(p->id, &word))
		return PAGE_GONE;
	out->envelope = page_envelope(p, NULL);
	out->data = make_data(p, out, &word);
	sheets_are_table(p, out);
	h = page_headline(p, out);
	page_say(p, h, "What “");
	page_say_slice(p, h, word.title);
	page_say(p, h, "” means");
	text = word.text;
	if (help_paragraph(&text, &paragraph))
		say_paragraph(p, page_lede(p, out), paragraph);
	if (!p->html)
		return 0;
	start_page(p, out, text_copy(p->a, word.title).ptr);
	card = card_add(p, out->page, "h-more", "More", CARD_WHOLE);
	while (help_paragraph(&text, &paragraph))
		say_paragraph(p, card_says(p, card), paragraph);
	page_say_link(p, card_note(p, card), SLICE("All words"), SLICE("/help"));
	return 0;
}
