/* compare: the same numbers of an earlier period beside those of a page (UX 5): as many days before, whole weeks before so that
 * weekdays match, or a year before. Only receivers that reported in both periods are compared; a page says which are not.
 * A row that can be compared has a member `compare`: `before` and `now`, both of those receivers.
 * Neighbours: page.h has struct compare, sheet.c shows the member; pages ask and fill. */
#ifndef WEB_COMPARE_H
#define WEB_COMPARE_H
#include "web/page.h"

/* Settles p->compare as compare= asks; to be called once the page's filter is what it stays. 0, or -1 err. */
int compare_ask(struct page *p, struct reader *r, struct err *err);

struct compared { /* nothing where p->compare is off */
	struct counts now_all, then_all;
	struct groups now, then; /* every line */
};
/* compare_ask, and the totals of both periods; a breakdown of both; the two in one. */
int compare_totals(struct page *p, struct reader *r, struct compared *out, struct err *err);
int compare_lines(struct page *p, struct reader *r, enum group_by by, struct compared *out, struct err *err);
int compare_groups(struct page *p, struct reader *r, enum group_by by, struct compared *out, struct err *err);

/* The member `compare` of a row with the counts of a group, and where its earlier messages are: those whose `which` is `key`.
 * Nothing where comparing is off. */
void compare_row(struct page *p, struct value *row, const struct compared *c, struct slice key, enum param which);
/* The same from counts. A NULL ptr leads nowhere. */
void compare_put(struct page *p, struct value *row, const struct counts *now, const struct counts *then, struct slice href);
/* In the envelope: which days, which receivers not, and the total's `compare`. */
void compare_envelope(struct page *p, struct value *envelope, const struct counts *now, const struct counts *then);

/* The line of that key; all zeros where there is none. */
const struct counts *compare_counts(const struct groups *groups, struct slice key);
/* A sentence: which days these are, and who is left out. Nothing where nothing was asked. */
void compare_say(struct page *p, struct value *list);
#endif
