/* test_rhythm: a receiver is late by its own rhythm, and nobody is where nothing arrived at all. */
#include "web/rhythm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { DAY_S = 86400, FIRST = 20000, DAYS = RHYTHM_DAYS + 1, LAST = FIRST + DAYS - 1, HOUR_S = 3600 };

/* Reports of every `step`th day up to `last`. */
static void fill(struct reporter_line *line, bool *arrived, int64_t last, int step)
{
	*line = (struct reporter_line){ .arrived = arrived, .last_day = last, .usual_delay_s = 6 * HOUR_S };
	for (int64_t day = last; day >= FIRST; day -= step, line->days++)
		arrived[day - FIRST] = true;
	line->messages = line->days * 10 - 1;
}

static void look(struct reporter_line *line, size_t n, int64_t now_s, struct rhythm *out)
{
	struct reporter_lines lines = { line, n };
	struct arena a = { 0 };

	rhythms_of(&lines, FIRST, LAST, now_s, &a, out);
	arena_release(&a);
}

static void test_late_is_after_the_usual_delay_and_half_a_day(void **state)
{
	bool prompt[DAYS] = { false }, late[DAYS] = { false };
	struct reporter_line line[2];
	struct rhythm out[2];

	(void)state;
	fill(&line[0], prompt, LAST - 1, 1);
	fill(&line[1], late, LAST - 2, 1);
	look(line, 2, (int64_t)LAST * DAY_S + 18 * HOUR_S - 1, out);
	assert_int_equal(out[1].missing, 0);
	look(line, 2, (int64_t)LAST * DAY_S + 27 * HOUR_S, out);
	assert_int_equal(out[0].missing, 0);
	assert_int_equal(out[1].missing, 1);
	assert_int_equal(out[1].first, LAST - 1);
	assert_int_equal(out[1].late_s, 9 * HOUR_S);
	assert_int_equal(out[1].a_day, 10);
}

static void test_a_day_that_is_not_expected_is_not_missed(void **state)
{
	bool daily[DAYS] = { false }, weekly[DAYS] = { false };
	struct reporter_line line[2];
	struct rhythm out[2];

	(void)state;
	fill(&line[0], daily, LAST - 1, 1);
	fill(&line[1], weekly, LAST - 6, 7);
	look(line, 2, (int64_t)(LAST + 1) * DAY_S, out);
	assert_int_equal(out[1].missing, 0);
	fill(&line[1], memset(weekly, 0, sizeof weekly), LAST - 9, 7);
	look(line, 2, (int64_t)(LAST + 1) * DAY_S, out);
	assert_int_equal(out[1].missing, 1);
	assert_int_equal(out[1].first, LAST - 2);
}

static void test_nobody_is_late_where_nothing_arrived(void **state)
{
	bool one[DAYS] = { false }, two[DAYS] = { false };
	struct reporter_line line[2];
	struct rhythm out[2];

	(void)state;
	fill(&line[0], one, LAST - 20, 1);
	fill(&line[1], two, LAST - 20, 1);
	look(line, 2, (int64_t)(LAST + 1) * DAY_S, out);
	assert_int_equal(out[0].missing + out[1].missing, 0);
}

static void test_whoever_is_long_silent_is_not_waited_for(void **state)
{
	bool one[DAYS] = { false }, two[DAYS] = { false };
	struct reporter_line line[2];
	struct rhythm out[2];

	(void)state;
	fill(&line[0], one, LAST - 1, 1);
	fill(&line[1], two, LAST - 61, 1);
	look(line, 2, (int64_t)(LAST + 1) * DAY_S, out);
	assert_int_equal(out[1].missing, 0);
	fill(&line[1], two, LAST - 60, 1);
	look(line, 2, (int64_t)(LAST + 1) * DAY_S, out);
	assert_int_equal(out[1].missing, 59);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_late_is_after_the_usual_delay_and_half_a_day),
		cmocka_unit_test(test_a_day_that_is_not_expected_is_not_missed),
		cmocka_unit_test(test_nobody_is_late_where_nothing_arrived),
		cmocka_unit_test(test_whoever_is_long_silent_is_not_waited_for),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("rhythm", tests, NULL, NULL);
}
