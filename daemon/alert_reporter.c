/* alert_reporter: a receiver that stopped reporting; see alert_rules.h and UX 7.7. What is expected of it follows from the four
 * weeks before it fell silent: the weekdays on which it reported in three of them. A day counts as missing once it is later than
 * usual, and only where somebody else reported of it: else nothing arrived at all, which is not this receiver's doing. */
#include "daemon/alert_rules.h"
#include "web/format.h"

enum {
	DAY_S = 86400,
	WINDOW_DAYS = 90,
	GIVEN_UP_DAYS = 60, /* silent for so long, it is not waited for */
	WEEKS = 4,
	WEEKS_NEEDED = 3,
	LATE_S = 12 * 3600, /* behind its usual delay */
	USUAL_S = DAY_S,    /* where its delay is not known */
	USUAL_MOST_S = 3 * DAY_S, /* what was imported late says nothing of how late it usually is */
};

struct watching {
	struct looking *l;
	int64_t first_day, last_day;
	bool *anybody; /* reported of that day */
};

static bool is_expected(const struct watching *w, const struct reporter_line *line, int64_t day)
{
	int hits = 0;

	for (int64_t d = line->last_day; d > line->last_day - 7 * WEEKS && d >= w->first_day; d--)
		hits += (day - d) % 7 == 0 && line->arrived[d - w->first_day];
	return hits >= WEEKS_NEEDED;
}

/* How many expected days are missing, and the first of them. */
static int64_t missing_days(const struct watching *w, const struct reporter_line *line, int64_t *first)
{
	int64_t delay = line->usual_delay_s < 0 ? USUAL_S : line->usual_delay_s < USUAL_MOST_S ? line->usual_delay_s : USUAL_MOST_S;
	int64_t n = 0;

	for (int64_t day = line->last_day + 1; day <= w->last_day; day++) {
		if ((day + 1) * DAY_S + delay + LATE_S > w->l->now_s)
			break;
		if (!w->anybody[day - w->first_day] || !is_expected(w, line, day))
			continue;
		if (n++ == 0)
			*first = day;
	}
	return n;
}

static void describe(const struct watching *w, const struct reporter_line *line, int64_t missing, int64_t first)
{
	struct looking *l = w->l;
	struct finding *f = look_add(l, FOUND_FIRING, line->name);
	struct params p = { 0 };
	int64_t a_day = (line->messages + line->days - 1) / line->days;

	p = param_with(l->a, &p, PARAM_REPORTER, line->name);
	f->path = look_link(l, &p, line->last_day - 6, line->last_day);
	f->since_s = first * DAY_S;
	look_title(l, f, "%s has gone quiet: %s a day out of sight", f->subject.ptr, look_count(l, a_day, "message", "messages"));
	look_text(l, f, "%s last reported of %s. By its usual rhythm %s missing since, with about %s a day.", f->subject.ptr,
		  format_day(l->a, line->last_day), look_count(l, missing, "report day is", "report days are"),
		  look_count(l, a_day, "message", "messages"));
}

static void watch_anybody(struct watching *w, const struct reporter_lines *lines)
{
	int64_t days = w->last_day - w->first_day + 1;

	w->anybody = arena_array(w->l->a, (size_t)days, sizeof *w->anybody);
	for (size_t i = 0; i < lines->n; i++)
		for (int64_t day = 0; day < days; day++)
			w->anybody[day] = w->anybody[day] || lines->item[i].arrived[day];
}

int look_reporters(struct looking *l, struct err *err)
{
	struct watching w = { .l = l, .first_day = l->today - WINDOW_DAYS, .last_day = l->today };
	const struct filter f = { .first_day = w.first_day, .last_day = w.last_day };
	struct reporter_lines lines;
	int64_t missing, first = 0;

	if (query_reporters(l->reader, l->a, &f, &lines, err) != 0)
		return -1;
	watch_anybody(&w, &lines);
	for (size_t i = 0; i < lines.n; i++) {
		const struct reporter_line *line = &lines.item[i];

		if (line->last_day < l->today - GIVEN_UP_DAYS)
			continue;
		missing = missing_days(&w, line, &first);
		if (missing >= l->config->alerts.reporter_quiet_days)
			describe(&w, line, missing, first);
	}
	return 0;
}
