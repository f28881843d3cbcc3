/* write: the fields of forms that change something, which card_write begins. All take a form that may be NULL: then nothing is shown.
 * Neighbours: card.h; act_journal.c takes what they send; page_*.c put them into cards. */
#ifndef WEB_WRITE_H
#define WEB_WRITE_H
#include "web/card.h"

enum write_kind { WRITE_LINE, WRITE_LONG, WRITE_DAY };
struct write_field {
	enum write_kind kind;
	const char *name, *label;
	struct slice value; /* that stands in it; a NULL ptr is nothing */
	size_t most;        /* bytes, of text */
	bool required;
};
void write_field(struct page *p, struct value *form, const struct write_field *field);
void write_hidden(struct page *p, struct value *form, const char *name, struct slice value);
/* One of `n` words, of which `now` is chosen; each shows as its text, or as itself where `texts` is NULL. */
void write_choice(struct page *p, struct value *form, const char *name, const char *label, const char *const *words, const char *const *texts,
		  size_t n, const char *now);
/* A day as a field of that kind has it; 0 is none. */
struct slice write_day_text(struct page *p, int64_t day);
/* The name of who asks, as a field has it at first. */
struct slice write_name(const struct page *p);

/* What a person confirms for a step of a domain: the sentence, and a form with a field for the name under it. Those who may write
 * nothing see the sentence alone. It holds for as many days as it says, and brings back to the address `back`. */
struct write_confirm {
	struct slice domain;
	enum step step;
	const char *check; /* its id: "refusing-lists" */
	const char *text;  /* "No list refuses mail of domains that ask for quarantine." */
	int days;
	struct slice back;
};
void write_confirm(struct page *p, struct value *card, const struct write_confirm *ask);
#endif
