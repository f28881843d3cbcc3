/* reports: what the pages about reports share: their tabs, how a policy and a report's remarks are said, and what is late.
 * Neighbours: page_reports.c, page_reporters.c, page_report.c; rhythm.h. */
#ifndef WEB_REPORTS_H
#define WEB_REPORTS_H
#include "web/card.h"
#include "web/rhythm.h"

/* Who reports of late, with what is missing of each. */
struct reporting {
	struct reporter_lines lines;
	struct rhythm *rhythm; /* one a line */
	int64_t first_day;     /* that the lines begin at */
};
/* Of the last RHYTHM_DAYS days; of the filter all but the days counts. */
int reports_ask_late(struct page *p, struct reader *r, struct reporting *out, struct err *err);
/* "Mimecast is late by 9 hours; 12 messages a day out of sight."; empty where nobody is late. */
const char *reports_late_words(struct page *p, const struct reporting *late);
/* "9 hours", "2 days". */
const char *reports_span(struct arena *a, int64_t seconds);

/* The tabs of the pages about reports; `path` is the one shown. */
void reports_tabs(struct page *p, struct value *page, const char *path);

/* "p=quarantine; sp=none; pct=0; t=y"; NULL ptr where nothing is known. */
struct slice reports_policy(struct arena *a, const struct policy_seen *policy);
const char *reports_format(bool is_9990);
/* The page of a report, and the list with one reporter's. */
struct slice reports_href(struct page *p, int64_t id);
/* Rows of one report, on its day; of one class where that is not TRUST_CLASSES. */
struct slice reports_rows_href(struct page *p, int64_t id, int64_t day, enum trust t);
#endif
