/* rhythm: see rhythm.h. */
#include "web/rhythm.h"

enum {
	DAY_S = 86400,
	GIVEN_UP_DAYS = 60, /* silent for so long, it is not waited for */
	WEEKS = 4,
	WEEKS_NEEDED = 3,
	LATE_S = 12 * 3600, /* behind its usual delay */
	USUAL_S = DAY_S,    /* where its delay is not known */
	USUAL_MOST_S = 3 * DAY_S, /* what was imported late says nothing of how late it usually is */
};

struct watching {
	int64_t first_day, last_day, now_s;
	bool *anybody; /* reported of that day */
};

static bool is_expected(const struct watching *w, const struct reporter_line *line, int64_t day)
{
	int hits = 0;

	for (int64_t d = line->last_day; d > line->last_day - 7 * WEEKS && d >= w->first_day; d--)
		hits += (day - d) % 7 == 0 && line->arrived[d - w->first_day];
	return hits >= WEEKS_NEEDED;
}

static void count_missing(const struct watching *w, const struct reporter_line *line, struct rhythm *out)
{
	int64_t delay = line->usual_delay_s < 0 ? USUAL_S : line->usual_delay_s < USUAL_MOST_S ? line->usual_delay_s : USUAL_MOST_S;

	for (int64_t day = line->last_day + 1; day <= w->last_day; day++) {
		int64_t late_s = w->now_s - (day + 1) * DAY_S - delay - LATE_S;

		if (late_s < 0)
			break;
		if (!w->anybody[day - w->first_day] || !is_expected(w, line, day))
			continue;
		if (out->missing++ == 0) {
			out->first = day;
			out->late_s = late_s;
		}
	}
}

void rhythms_of(const struct reporter_lines *lines, int64_t first_day, int64_t last_day, int64_t now_s, struct arena *a,
		struct rhythm *out)
{
	int64_t days = last_day - first_day + 1;
	struct watching w = { first_day, last_day, now_s, arena_array(a, (size_t)days, sizeof *w.anybody) };

	for (size_t i = 0; i < lines->n; i++)
		for (int64_t day = 0; day < days; day++)
			w.anybody[day] = w.anybody[day] || lines->item[i].arrived[day];
	for (size_t i = 0; i < lines->n; i++) {
		const struct reporter_line *line = &lines->item[i];

		out[i] = (struct rhythm){ .a_day = line->days > 0 ? (line->messages + line->days - 1) / line->days : 0 };
		if (line->last_day >= last_day - GIVEN_UP_DAYS)
			count_missing(&w, line, &out[i]);
	}
}
