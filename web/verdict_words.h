/* verdict_words: what a row says, in words (UX 7.9): who saw what, why SPF and DKIM count or do not, and what became of it. Pure.
 * Neighbours: page_record.c. */
#ifndef WEB_VERDICT_WORDS_H
#define WEB_VERDICT_WORDS_H
#include "storage/query.h"

/* Each a sentence or two; the arena's. Names from outside are cut, not escaped. */
const char *words_of_spf(struct arena *a, const struct record *r);
const char *words_of_dkim(struct arena *a, const struct record *r);
const char *words_of_fate(struct arena *a, const struct record *r);
/* What one raw result means: "the body or a signed header changed, or the key is another"; NULL where the word is none of the RFCs'. */
const char *words_of_result(bool dkim, struct slice result);
#endif
