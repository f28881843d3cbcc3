/* test_coverage: a day is complete once those who usually report most of it have; who is not expected is not missed. */
#include "sample.h"

#include "web/coverage.h"

enum { FIRST = 20000, DAYS = 28 };

/* A receiver whose reports are a character a day: '#' there. */
static struct reporter_line line(struct arena *a, const char *name, const char *days, int64_t messages_a_day)
{
	struct reporter_line l = { .name = slice_of(name), .arrived = arena_array(a, DAYS, sizeof(bool)), .first_day = INT64_MAX };

	for (int i = 0; i < DAYS; i++) {
		if (days[i] != '#')
			continue;
		l.arrived[i] = true;
		l.first_day = FIRST + i < l.first_day ? FIRST + i : l.first_day;
		l.last_day = FIRST + i;
		l.days++;
	}
	l.messages = l.days * messages_a_day;
	return l;
}

static void test_a_day_misses_those_who_usually_report(void **state)
{
	struct arena a = { 0 };
	struct reporter_line lines[] = {
		line(&a, "large", "############################", 600),
		line(&a, "late", "###########################.", 60),
		line(&a, "weekly", "#......#......#......#......", 900), /* on its weekday alone */
		line(&a, "once", ".....#......................", 500),
		line(&a, "gone", "##########..................", 400),
		line(&a, "tiny", "##########.#################", 2),
	};
	struct coverage c;

	coverage_of(&(struct reporter_lines){ lines, 6 }, FIRST, FIRST + 7, FIRST + 27, &a, &c);
	assert_int_equal(c.n, 21);
	assert_int_equal(c.day[0].day, FIRST + 7);
	assert_true(c.day[0].complete);
	assert_int_equal(c.day[0].expected, 5); /* all but the one that came once */
	assert_true(c.day[3].complete == false); /* the 11th: one that has fallen silent is still expected */
	assert_int_equal(c.day[3].missing_count, 2);
	assert_slice(c.day[3].missing[0]->name, "gone");
	assert_slice(c.day[3].missing[1]->name, "tiny");
	assert_true(c.day[18].complete); /* 15 days later it is not */
	assert_false(c.day[20].complete);
	assert_int_equal(c.day[20].expected, 3);
	assert_int_equal(c.day[20].missing_count, 1);
	assert_slice(c.day[20].missing[0]->name, "late");
	arena_release(&a);
}

static void test_a_small_receiver_does_not_hold_a_day_up(void **state)
{
	struct arena a = { 0 };
	struct reporter_line lines[] = {
		line(&a, "large", "############################", 600),
		line(&a, "tiny", "###########################.", 30),
	};
	struct coverage c;

	coverage_of(&(struct reporter_lines){ lines, 2 }, FIRST, FIRST, FIRST + 27, &a, &c);
	assert_true(c.day[27].complete); /* 600 of 630 are 95.2 % */
	assert_int_equal(c.day[27].missing_count, 1);
	assert_int_equal(c.incomplete, 0);
	arena_release(&a);
}

static void test_squares(void **state)
{
	struct arena a = { 0 };
	struct reporter_line daily = line(&a, "daily", "..#####.####................", 1), weekly = line(&a, "weekly", "#......#......#......#......", 1);

	assert_int_equal(coverage_square(&daily, FIRST, FIRST + 27, FIRST + 1), '-'); /* before its first */
	assert_int_equal(coverage_square(&daily, FIRST, FIRST + 27, FIRST + 2), '1');
	assert_int_equal(coverage_square(&daily, FIRST, FIRST + 27, FIRST + 7), '0');
	assert_int_equal(coverage_square(&daily, FIRST, FIRST + 27, FIRST + 12), '0');
	assert_int_equal(coverage_square(&daily, FIRST, FIRST + 27, FIRST + 27), '-'); /* long silent */
	assert_int_equal(coverage_square(&weekly, FIRST, FIRST + 27, FIRST + 8), '-');
	arena_release(&a);
}

static void test_nobody_is_expected_of_nothing(void **state)
{
	struct arena a = { 0 };
	struct coverage c;

	coverage_of(&(struct reporter_lines){ NULL, 0 }, FIRST, FIRST, FIRST + 2, &a, &c);
	assert_int_equal(c.n, 3);
	assert_int_equal(c.incomplete, 0);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_day_misses_those_who_usually_report),
		cmocka_unit_test(test_a_small_receiver_does_not_hold_a_day_up),
		cmocka_unit_test(test_squares),
		cmocka_unit_test(test_nobody_is_expected_of_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("coverage", tests, NULL, NULL);
}
