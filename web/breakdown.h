/* breakdown: the mail of a page told apart by one of its properties: which parameter narrows to a line, the rows that make it up,
 * and the lists that pages about one thing have. Neighbours: page_source.c and page_domain.c have several of them, page_records.c
 * one; sheet.h prints them. */
#ifndef WEB_BREAKDOWN_H
#define WEB_BREAKDOWN_H
#include "web/sheet.h"

struct breakdown { /* a list of such a page */
	enum group_by by;
	const char *id; /* of its card */
	struct sheet sheet;
	const char *note; /* beneath it; NULL: none */
};

/* The columns of its sheet. */
#define BREAKDOWN_COLUMNS(look, heading)                                                                               \
	{ "label", heading, look, true }, { "messages", "Messages", LOOK_NUMBER, true },                          \
		{ "bar", "Trust, bar length = messages", LOOK_BAR },                                                   \
		{ "fully_trusted", "Fully", LOOK_NUMBER, true }, { "partially_trusted", "Partially", LOOK_NUMBER, true }, \
		{ "untrusted", "Untrusted", LOOK_NUMBER, true }, { "quarantined", "Quarantined", LOOK_NUMBER, true },  \
		{ "rejected", "Rejected", LOOK_NUMBER, true }, { "key", "Key", LOOK_TEXT, .off_page = true }

/* The parameter that narrows to a line by its key; of days and months PARAM_FROM, which takes more than the key. */
enum param breakdown_param(enum group_by by);
/* The rows of a line, perhaps of one class (TRUST_CLASSES: of all); of a month, as much as lies in the period. A NULL ptr where
 * they have no address. */
struct slice breakdown_href(struct page *p, enum group_by by, const struct group *g, enum trust t);
/* A row of the list for the line, its numbers leading to their rows. */
struct value *breakdown_row(struct page *p, struct value *list, enum group_by by, const struct group *g);
#endif
