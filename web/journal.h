/* journal: what pages need of what people wrote down (schema/journal.h): where it has its pages, and how a blocker stands today.
 * Neighbours: page_journal.c, page_note.c, page_blockers.c; chart.c marks notes. */
#ifndef WEB_JOURNAL_H
#define WEB_JOURNAL_H
#include "web/page.h"

enum { JOURNAL_CLEAN_DAYS = 14 /* without failing mail of its source, and a blocker is over by itself (UX 7.2) */, JOURNAL_LISTED = 100 };

int64_t journal_today(const struct page *p);
struct slice journal_note_href(struct page *p, int64_t id);
struct slice journal_blocker_href(struct page *p, int64_t id);
/* Overview of a domain and all below it: there may be no mail of it. A NULL ptr for none. */
struct slice journal_domain_href(struct page *p, struct slice domain);

struct journal_blocker { /* as it stands today */
	struct blocker blocker;
	enum blocker_state state; /* open again where what was accepted is over */
	bool lapsed;
	bool clean;      /* it has a source, stood JOURNAL_CLEAN_DAYS or longer, and its source sent no failing mail in the last of them */
	int64_t failing; /* messages of its source below its domain in these days; -1 where it has none */
};
struct journal_blockers { /* the last made first */
	struct journal_blocker *item;
	size_t n;
};
/* Of a domain and all below it (NULL ptr: of all that may be seen). */
int journal_blockers_ask(struct page *p, struct reader *r, struct slice domain, struct journal_blockers *out, struct err *err);
/* The failing mail that it counts, as rows; a NULL ptr where it has no source. */
struct slice journal_blocker_rows(struct page *p, const struct blocker *b);
/* The shell of one of the three lists, with the way to the others. */
void journal_page(struct page *p, struct view *out, const char *title);
/* "open", ..., and "closed" where it is over by itself. */
const char *journal_blocker_state(const struct journal_blocker *b);
/* A sentence beneath the state: since when, and why. */
const char *journal_blocker_says(struct page *p, const struct journal_blocker *b);
#endif
