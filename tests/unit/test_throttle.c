/* test_throttle: after so many failures a key waits, for its window and no longer, and nobody else with it. */
#include "web/throttle.h"

#include "sample.h"

enum { MOST = 3 };

static int setup(void **state)
{
	*state = throttle_new();
	return 0;
}

static int teardown(void **state)
{
	throttle_free(*state);
	return 0;
}

static void test_a_key_waits_after_its_failures(void **state)
{
	for (int i = 0; i < MOST; i++) {
		assert_int_equal(throttle_wait(*state, SLICE("ann"), MOST, 1000 + i), 0);
		throttle_failed(*state, SLICE("ann"), 1000 + i);
	}
	assert_int_equal(throttle_wait(*state, SLICE("ann"), MOST, 1010), THROTTLE_WINDOW_S - 10);
	assert_int_equal(throttle_wait(*state, SLICE("ann"), MOST + 1, 1010), 0);
	assert_int_equal(throttle_wait(*state, SLICE("bob"), MOST, 1010), 0);
}

static void test_the_window_ends(void **state)
{
	for (int i = 0; i < MOST; i++)
		throttle_failed(*state, SLICE("ann"), 1000);
	assert_int_equal(throttle_wait(*state, SLICE("ann"), MOST, 1000 + THROTTLE_WINDOW_S - 1), 1);
	assert_int_equal(throttle_wait(*state, SLICE("ann"), MOST, 1000 + THROTTLE_WINDOW_S), 0);
	throttle_failed(*state, SLICE("ann"), 1000 + THROTTLE_WINDOW_S);
	assert_int_equal(throttle_wait(*state, SLICE("ann"), MOST, 1000 + THROTTLE_WINDOW_S), 0);
}

static void test_a_clock_set_back_locks_nobody_out(void **state)
{
	for (int i = 0; i < MOST; i++)
		throttle_failed(*state, SLICE("ann"), 100000);
	assert_int_equal(throttle_wait(*state, SLICE("ann"), MOST, 1000), 0);
}

static void test_a_success_is_no_failure(void **state)
{
	for (int i = 0; i < MOST; i++)
		throttle_failed(*state, SLICE("ann"), 1000);
	throttle_undo(*state, SLICE("ann"));
	assert_int_equal(throttle_wait(*state, SLICE("ann"), MOST, 1000), 0);
}

static void test_many_keys_push_out_the_quiet_ones_only(void **state)
{
	char key[32];

	for (int i = 0; i < MOST; i++)
		throttle_failed(*state, SLICE("ann"), 2000);
	for (int i = 0; i < THROTTLE_KEYS / 4; i++) {
		snprintf(key, sizeof key, "key %d", i);
		throttle_failed(*state, slice_of(key), 1000);
	}
	assert_true(throttle_wait(*state, SLICE("ann"), MOST, 2000) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_key_waits_after_its_failures, setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_window_ends, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_clock_set_back_locks_nobody_out, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_success_is_no_failure, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_keys_push_out_the_quiet_ones_only, setup, teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("throttle", tests, NULL, NULL);
}
