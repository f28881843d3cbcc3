/* want: a narrower question than the page's own: the filter it is asked with and the address where its rows stand, made of
 * the same parameters, so that a number and what it leads to cannot disagree. Values: each call gives a narrower one and
 * leaves the other as it is. Neighbours: page.h, param.h; page_lists.c, page_bulk.c. */
#ifndef WEB_WANT_H
#define WEB_WANT_H
#include "web/page.h"

struct want {
	struct params params;
	bool nothing; /* no row can fit */
};

/* The page's own days and filters. */
struct want want_of(const struct page *p);
/* All mail of these days that may be seen, whatever the page's own days and filters are. */
struct want want_of_days(struct page *p, int64_t first_day, int64_t last_day);
/* Besides, one of the values; none of them. */
struct want want_any(struct page *p, const struct want *w, enum param which, const struct slice *values, size_t n);
struct want want_none(struct page *p, const struct want *w, enum param which, const struct slice *values, size_t n);
struct want want_word(struct page *p, const struct want *w, enum param which, const char *word);
/* Besides, mail that failed both checks, whatever became of it. */
struct want want_failing(struct page *p, const struct want *w);

/* False where no row can fit. */
bool want_filter(struct page *p, const struct want *w, struct filter *out);
/* The rows; a NULL ptr where none can fit, or they have no address. */
struct slice want_rows(struct page *p, const struct want *w);

/* The answer to it: all zeros where no row can fit. */
int want_groups(struct page *p, struct reader *r, const struct want *w, enum group_by by, struct groups *out, struct err *err);
#endif
