/* test_journal: a blocker that was accepted is open again once its day is over, and a confirmation counts until its time is. */
#include "schema/journal.h"

#include "sample.h"

static void test_states_have_words(void **state)
{
	for (int s = 0; s < BLOCKER_STATES; s++)
		assert_int_equal(blocker_state_of(slice_of(blocker_state_name((enum blocker_state)s))), s);
	assert_int_equal(blocker_state_of(SLICE("closed")), BLOCKER_STATES);
}

static void test_what_was_accepted_is_open_once_its_day_is_over(void **state)
{
	struct blocker b = { .state = BLOCKER_ACCEPTED, .until_day = 100 };

	assert_int_equal(blocker_state_on(&b, 100), BLOCKER_ACCEPTED);
	assert_false(blocker_has_lapsed(&b, 100));
	assert_int_equal(blocker_state_on(&b, 101), BLOCKER_OPEN);
	assert_true(blocker_has_lapsed(&b, 101));
	b.until_day = 0;
	assert_int_equal(blocker_state_on(&b, 101), BLOCKER_ACCEPTED);
	b = (struct blocker){ .state = BLOCKER_DONE, .until_day = 100 };
	assert_int_equal(blocker_state_on(&b, 101), BLOCKER_DONE);
	assert_false(blocker_has_lapsed(&b, 101));
}

static void test_a_confirmation_holds_until_its_time_is_over(void **state)
{
	const struct confirmation c = { .expires_s = 50 };

	assert_true(confirmation_holds(&c, 49));
	assert_false(confirmation_holds(&c, 50));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_states_have_words),
		cmocka_unit_test(test_what_was_accepted_is_open_once_its_day_is_over),
		cmocka_unit_test(test_a_confirmation_holds_until_its_time_is_over),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
