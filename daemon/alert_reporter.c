/* alert_reporter: a receiver that stopped reporting; see alert_rules.h and UX 7.7. When a day is missing is web/rhythm.h's
 * business, so that pages say the same. */
#include "daemon/alert_rules.h"
#include "web/format.h"
#include "web/rhythm.h"

enum { DAY_S = 86400 };

static void describe(struct looking *l, const struct reporter_line *line, const struct rhythm *rhythm)
{
	struct finding *f = look_add(l, FOUND_FIRING, line->name);
	struct params p = { 0 };

	p = param_with(l->a, &p, PARAM_REPORTER, line->name);
	f->path = look_link(l, &p, line->last_day - 6, line->last_day);
	f->since_s = rhythm->first * DAY_S;
	look_title(l, f, "%s has gone quiet: %s a day out of sight", f->subject.ptr, look_count(l, rhythm->a_day, "message", "messages"));
	look_text(l, f, "%s last reported of %s. By its usual rhythm %s missing since, with about %s a day.", f->subject.ptr,
		  format_day(l->a, line->last_day), look_count(l, rhythm->missing, "report day is", "report days are"),
		  look_count(l, rhythm->a_day, "message", "messages"));
}

int look_reporters(struct looking *l, struct err *err)
{
	const struct filter f = { .first_day = l->today - RHYTHM_DAYS, .last_day = l->today };
	struct reporter_lines lines;
	struct rhythm *rhythm;

	if (query_reporters(l->reader, l->a, &f, &lines, err) != 0)
		return -1;
	rhythm = arena_array(l->a, lines.n + 1, sizeof *rhythm);
	rhythms_of(&lines, f.first_day, f.last_day, l->now_s, l->a, rhythm);
	for (size_t i = 0; i < lines.n; i++)
		if (rhythm[i].missing >= l->config->alerts.reporter_quiet_days)
			describe(l, &lines.item[i], &rhythm[i]);
	return 0;
}
