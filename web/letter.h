/* letter: what to write to whoever runs a sender that fails, and what to publish for it (UX 7.3): plain text to be copied, with
 * the numbers of the page in it. Neighbours: page_source.c; remedy.h says what is to be done. */
#ifndef WEB_LETTER_H
#define WEB_LETTER_H
#include "web/page.h"
#include "web/remedy.h"

struct letter {
	struct slice source;            /* its name */
	const struct remedy *step;
	struct counts counts;
	const struct groups *domains;   /* in whose name it sends, most messages first; at least one */
	const struct groups *addresses; /* likewise; n == 0 where they are not known */
	int64_t first_day, last_day;
};

/* The arena's; NULL where the step needs nobody else. Names in it are cut to what fits into a line. */
const char *letter_text(struct arena *a, const struct letter *l);
/* The DNS records that the step needs, one a line with what is to be filled in; NULL where it needs none. */
const char *letter_records(struct arena *a, const struct letter *l);
#endif
