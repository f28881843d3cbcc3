/* coverage: whether all reports of a day are in (UX 5): it is complete once receivers that usually report 95 % of a day's
 * messages have. Who is expected on a day follows from the days on which it reported before and after. Pure.
 * Neighbours: page_overview.c; rhythm.h says which receivers are late by now. */
#ifndef WEB_COVERAGE_H
#define WEB_COVERAGE_H
#include "storage/query.h"

enum { COVERAGE_DAYS = 28 /* before a period, that tell what is usual */ };

struct coverage_day {
	int64_t day;
	bool complete;
	size_t expected;       /* receivers */
	const struct reporter_line **missing; /* expected, and not there: most messages first */
	size_t missing_count;
};
struct coverage {
	struct coverage_day *day;
	size_t n;
	size_t incomplete;     /* days */
};

/* The lines are of days from `lines_first` to `last_day`; the answer is of those from `first_day`. Lines outlive it. */
void coverage_of(const struct reporter_lines *lines, int64_t lines_first, int64_t first_day, int64_t last_day, struct arena *a,
		 struct coverage *out);

/* What a receiver's square of a day shows: '1' it reported, '0' it should have, '-' nothing was to be expected. */
char coverage_square(const struct reporter_line *line, int64_t lines_first, int64_t last_day, int64_t day);
#endif
