/* coverage: see coverage.h. */
#include "web/coverage.h"

enum {
	COMPLETE_PERCENT = 95,
	DAILY_PERCENT = 60,   /* who reports on so many of its days is expected on each; */
	WEEKLY_PERCENT = 75,  /* else on weekdays of which it reports so many, */
	WEEKLY_LEAST = 3,     /* and this many at least */
	SILENT_DAYS = 14,     /* silent for longer, nothing is expected of it */
};

/* A receiver's reports on the days that may tell: every one of its span, or those of one weekday. */
static void count_days(const struct reporter_line *line, int64_t lines_first, int64_t day, int64_t step, int64_t *reported, int64_t *all)
{
	*reported = *all = 0;
	for (int64_t d = line->first_day; d <= line->last_day; d++) {
		if ((d - day) % step != 0 || d < lines_first)
			continue;
		++*all;
		*reported += line->arrived[d - lines_first];
	}
}

static bool is_expected(const struct reporter_line *line, int64_t lines_first, int64_t day)
{
	int64_t reported, all;

	if (day < line->first_day || day > line->last_day + SILENT_DAYS)
		return false;
	count_days(line, lines_first, day, 1, &reported, &all);
	if (all > 1 && reported * 100 >= all * DAILY_PERCENT)
		return true;
	count_days(line, lines_first, day, 7, &reported, &all);
	return reported >= WEEKLY_LEAST && reported * 100 >= all * WEEKLY_PERCENT;
}

char coverage_square(const struct reporter_line *line, int64_t lines_first, int64_t last_day, int64_t day)
{
	if (day >= lines_first && day <= last_day && line->arrived[day - lines_first])
		return '1';
	return is_expected(line, lines_first, day) ? '0' : '-';
}

static void look_at_day(const struct reporter_lines *lines, int64_t lines_first, int64_t last_day, struct arena *a,
			struct coverage_day *out)
{
	int64_t usual = 0, there = 0;

	out->missing = arena_array(a, lines->n + 1, sizeof *out->missing);
	for (size_t i = 0; i < lines->n; i++) {
		const struct reporter_line *line = &lines->item[i];
		char square = coverage_square(line, lines_first, last_day, out->day);
		int64_t a_day = line->days > 0 ? (line->messages + line->days - 1) / line->days : 0;

		if (square == '-')
			continue;
		out->expected++;
		usual += a_day;
		if (square == '1')
			there += a_day;
		else
			out->missing[out->missing_count++] = line;
	}
	out->complete = there * 100 >= usual * COMPLETE_PERCENT;
}

void coverage_of(const struct reporter_lines *lines, int64_t lines_first, int64_t first_day, int64_t last_day, struct arena *a,
		 struct coverage *out)
{
	*out = (struct coverage){ .n = last_day >= first_day ? (size_t)(last_day - first_day + 1) : 0 };
	out->day = arena_array(a, out->n + 1, sizeof *out->day);
	for (size_t i = 0; i < out->n; i++) {
		out->day[i].day = first_day + (int64_t)i;
		look_at_day(lines, lines_first, last_day, a, &out->day[i]);
		out->incomplete += !out->day[i].complete;
	}
}
