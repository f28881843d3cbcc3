/* rhythm: when a receiver's report is late, and when it went quiet (UX 7.7), so that pages and alerts say the same. What is
 * expected of it follows from the four weeks before it fell silent: the weekdays on which it reported in three of them. A day
 * counts as missing once it is later than usual, and only where somebody else reported of it: else nothing arrived at all,
 * which is not this receiver's doing. Pure. Neighbours: page_reports.c, page_reporters.c; daemon/alert_reporter.c. */
#ifndef WEB_RHYTHM_H
#define WEB_RHYTHM_H
#include "storage/query.h"

enum { RHYTHM_DAYS = 90 /* that the lines should be of, up to today */, RHYTHM_QUIET_DAYS = 3 };

struct rhythm {
	int64_t missing;     /* report days that are expected and did not come */
	int64_t first;       /* the first of them */
	int64_t late_s;      /* since that one is later than usual, and 12 hours more */
	int64_t a_day;       /* messages on a day that it reports of, rounded up */
};
/* One a line. The lines are of the days from `first_day` to `last_day`; days are UTC, `now_s` Unix seconds. */
void rhythms_of(const struct reporter_lines *lines, int64_t first_day, int64_t last_day, int64_t now_s, struct arena *a,
		struct rhythm *out);
#endif
