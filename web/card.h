/* card: the pieces that pages are set from: cards with a heading, sentences, facts, tables, notes. All of them are hints
 * of the page; the template `card` prints them. Neighbours: page_*.c; sheet.h for tables. */
#ifndef WEB_CARD_H
#define WEB_CARD_H
#include "web/chart.h"
#include "web/sheet.h"

enum card_width { CARD_WHOLE, CARD_HALF };

/* A card at the end of the page's. `id` is a literal, once on a page. */
struct value *card_add(struct page *p, struct value *page, const char *id, const char *title, enum card_width width);
/* Small words beside the heading, and a link there. */
void card_aside(struct page *p, struct value *card, const char *text);
/* "the first 10 of 25" beside the heading, where a list was cut. */
void card_first(struct page *p, struct value *card, int64_t shown, int64_t all);
void card_more(struct page *p, struct value *card, const char *label, struct slice href);
/* A paragraph, or the note at the foot: a list for page_say and the like. */
struct value *card_says(struct page *p, struct value *card);
struct value *card_note(struct page *p, struct value *card);
/* A line of "label: value"; `href` may have a NULL ptr, and so may the text, which is a dash then. */
void card_fact(struct page *p, struct value *card, const char *label, struct slice text, struct slice href);
/* Text as it was written, line by line, in a fixed pitch. */
void card_text(struct page *p, struct value *card, struct slice text);
/* A chart (chart.h); the words beside the heading say what its bars mean. */
void card_chart(struct page *p, struct value *card, const struct chart *c);
/* A text with pieces of it marked: what card_mark adds, one piece behind the other. */
struct value *card_marked(struct page *p, struct value *card);
void card_mark(struct page *p, struct value *marked, struct slice piece, bool is_marked);
/* A field that asks for one parameter of this page, carrying the days and filters; `button` sends it. */
void card_ask(struct page *p, struct value *card, enum param which, const char *label, const char *button);
/* A form that changes something (write.h fills it), behind words that open it where `summary` is not NULL; NULL where whoever asks may
 * change nothing. */
struct value *card_write(struct page *p, struct value *card, const char *summary, struct slice action, const char *button);
/* The rows of a list; `empty` is the sentence where there are none. */
void card_table(struct page *p, struct value *card, const struct sheet *s, const struct value *list, const char *empty);

/* Ways to the other portions of a long list; a NULL ptr is none. */
void card_pages(struct page *p, struct value *card, struct slice first, struct slice next);

/* Words of the view, before anything of it is said: the lists headline and lede. */
struct value *page_headline(struct page *p, struct view *out);
struct value *page_lede(struct page *p, struct view *out);
/* A choice of views as chips above the cards: a label, where it leads, whether it is this one. */
void page_tab(struct page *p, struct value *page, const char *label, struct slice href, bool current);
#endif
