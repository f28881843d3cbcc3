/* explain: why a row is taken for what it is: the rule of the table that decided, the facts that it wanted, and what is known
 * besides (schema/verdict.h). Neighbours: page_verdicts.c has the table, page_explain.c many rows, page_record.c one. */
#ifndef WEB_EXPLAIN_H
#define WEB_EXPLAIN_H
#include "web/sheet.h"

/* Facts in words, one behind the other; a NULL ptr where there are none. */
struct slice explain_words(struct arena *a, unsigned facts);
/* Their names in JSON, with commas between. */
struct slice explain_names(struct arena *a, unsigned facts);

/* The facts of one row: those that its rule needed, those known besides, and those that the rule rules out. */
extern const struct sheet explain_sheet;
/* Members verdict, rule, why, state and phase, and the list of the sheet. */
void explain_put(struct page *p, struct value *data, const struct record *r);
#endif
