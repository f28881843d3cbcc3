/* overview: what the two halves of Overview share: page_overview.c (the numbers) and overview_page.c (what HTML adds:
 * headline, charts, links). */
#ifndef WEB_OVERVIEW_H
#define WEB_OVERVIEW_H
#include "web/page.h"

struct overview_extra {
	int64_t wanted; /* messages of named senders, failing, quarantined or rejected */
	struct slice wanted_href;
};

/* Fills the view's page and the hints of its data. 0, or -1 err. */
int overview_page(struct page *p, const struct overview *o, const struct overview_extra *extra, struct view *out,
		  struct err *err);

/* "no_policy", ...: why untrusted mail was delivered, in JSON. */
const char *overview_why_name(enum delivered_why why);
/* The cause of that name, or CAUSES. */
enum cause overview_cause_of(struct slice name);
/* Messages that failed both checks. */
int64_t overview_neither(const struct overview *o);
#endif
