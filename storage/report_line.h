/* report_line: a row of table report as query.h gives it out, and what its facts add to it. Internal to storage/.
 * Neighbours: query_list.c, query_report_one.c. */
#ifndef STORAGE_REPORT_LINE_H
#define STORAGE_REPORT_LINE_H
#include "storage/scan.h"

/* Of the statement report_line, or one with the same columns; text is the arena's. Its counts stay 0. */
void report_line_fill(const struct reader *r, struct arena *a, struct statement *s, struct report_line *out);
void report_line_count(struct report_line *line, const struct hit *h);
#endif
