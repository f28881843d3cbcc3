/* step: what is to be done about a sender, by what it is and what became of its mail (UX 7.1 and 7.3): one table of rules
 * in order, so that Overview and Sources say the same. Pure. Neighbours: page_sources.c, page_source.c, page_overview.c. */
#ifndef WEB_STEP_H
#define WEB_STEP_H
#include "storage/query.h"

struct step {
	const char *key;  /* "sign_with_dkim": in JSON */
	const char *verb; /* "Sign with DKIM" */
	const char *why;  /* one sentence */
	const char *path; /* where it is done: a page of ours; NULL: the rows */
	bool is_work;     /* false: nothing is to be done */
};

/* The first rule that fits a sender of that kind; never NULL. */
const struct step *step_of(enum source_kind kind, const struct counts *c);
/* How many of its messages the step would help. */
int64_t step_gain(enum source_kind kind, const struct counts *c);
#endif
