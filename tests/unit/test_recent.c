/* test_recent: what is asked about stays, and what nobody asks about is forgotten, so that the set does not grow for ever.
 */
#include "daemon/recent.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_what_is_added_is_there_once(void **state)
{
	struct recent r;

	recent_init(&r);
	assert_false(recent_has(&r, SLICE("a")));
	assert_true(recent_add(&r, SLICE("a")));
	assert_false(recent_add(&r, SLICE("a")));
	assert_true(recent_has(&r, SLICE("a")));
	recent_turn(&r);
	assert_false(recent_add(&r, SLICE("a")));
	recent_release(&r);
}

static void test_what_is_asked_about_each_turn_stays(void **state)
{
	struct recent r;

	recent_init(&r);
	recent_add(&r, SLICE("a"));
	recent_add(&r, SLICE("b"));
	for (int i = 0; i < 10; i++) {
		recent_turn(&r);
		assert_true(recent_has(&r, SLICE("a")));
	}
	recent_turn(&r);
	assert_int_equal(recent_count(&r), 1);
	assert_false(recent_has(&r, SLICE("b")));
	recent_release(&r);
}

static void test_what_comes_late_in_a_turn_outlives_its_end(void **state)
{
	struct recent r;

	recent_init(&r);
	recent_turn(&r);
	recent_add(&r, SLICE("late"));
	recent_turn(&r);
	assert_true(recent_has(&r, SLICE("late")));
	recent_release(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_added_is_there_once),
		cmocka_unit_test(test_what_is_asked_about_each_turn_stays),
		cmocka_unit_test(test_what_comes_late_in_a_turn_outlives_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
