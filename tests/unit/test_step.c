/* test_step: a policy stands on one rung of the ladder, and each generation of receivers does at it what FORMATS 5.1 says. */
#include "sample.h"
#include "schema/step.h"

static const struct policy_seen none = { .p = POLICY_NONE, .pct = -1 };

static enum step of(enum policy_word p, int pct, bool testing)
{
	struct policy_seen seen = none;

	seen.p = p;
	seen.pct = pct;
	seen.testing = testing;
	return step_of(&seen, true);
}

static void test_names_lead_back(void **state)
{
	for (int s = 0; s < STEPS; s++) {
		assert_int_equal(step_of_name(slice_of(step_name((enum step)s))), s);
		assert_true(strlen(step_label((enum step)s)) > 0);
	}
	assert_int_equal(step_of_name(SLICE("Monitor")), STEPS);
	assert_int_equal(step_of_name((struct slice){ 0 }), STEPS);
}

static void test_each_record_stands_on_its_rung(void **state)
{
	assert_int_equal(of(POLICY_ABSENT, 0, true), STEP_UNKNOWN);
	assert_int_equal(of(POLICY_NONE, -1, false), STEP_MONITOR);
	assert_int_equal(of(POLICY_NONE, 0, true), STEP_MONITOR); /* there is nothing to hold back */
	assert_int_equal(of(POLICY_QUARANTINE, 0, true), STEP_REHEARSE);
	assert_int_equal(of(POLICY_QUARANTINE, 0, false), STEP_REHEARSE);
	assert_int_equal(of(POLICY_QUARANTINE, -1, true), STEP_REHEARSE);
	assert_int_equal(of(POLICY_QUARANTINE, 25, true), STEP_REHEARSE);
	assert_int_equal(of(POLICY_QUARANTINE, 1, false), STEP_PART);
	assert_int_equal(of(POLICY_QUARANTINE, 99, false), STEP_PART);
	assert_int_equal(of(POLICY_QUARANTINE, 100, false), STEP_ENFORCE);
	assert_int_equal(of(POLICY_QUARANTINE, -1, false), STEP_ENFORCE);
	assert_int_equal(of(POLICY_REJECT, 0, true), STEP_REHEARSE_REJECT);
	assert_int_equal(of(POLICY_REJECT, 50, false), STEP_PART_REJECT);
	assert_int_equal(of(POLICY_REJECT, -1, false), STEP_REJECT);
}

static void test_below_the_record_sp_counts_and_p_where_it_is_absent(void **state)
{
	struct policy_seen seen = { .p = POLICY_REJECT, .sp = POLICY_NONE, .np = POLICY_REJECT, .pct = 0 };

	assert_int_equal(step_of(&seen, true), STEP_REHEARSE_REJECT);
	assert_int_equal(step_of(&seen, false), STEP_MONITOR);
	seen.sp = POLICY_QUARANTINE;
	assert_int_equal(step_of(&seen, false), STEP_REHEARSE);
	seen.sp = POLICY_ABSENT;
	assert_int_equal(step_of(&seen, false), STEP_REHEARSE_REJECT);
}

static void asks(enum step s, int pct, enum generation g, enum policy_word most, double share, enum policy_word rest)
{
	struct demand d = step_asks(s, pct, g);

	assert_int_equal(d.of_most, most);
	assert_int_equal(d.of_rest, rest);
	assert_true(d.share == share);
}

static void test_receivers_read_the_tag_of_their_generation(void **state)
{
	for (int g = 0; g < GENERATIONS; g++) {
		asks(STEP_REHEARSE, 0, (enum generation)g, POLICY_QUARANTINE, 0, POLICY_NONE); /* both tags stand in the step's record */
		asks(STEP_ENFORCE, 100, (enum generation)g, POLICY_QUARANTINE, 1, POLICY_NONE);
		asks(STEP_REHEARSE_REJECT, 0, (enum generation)g, POLICY_REJECT, 0, POLICY_QUARANTINE);
		asks(STEP_REJECT, 100, (enum generation)g, POLICY_REJECT, 1, POLICY_QUARANTINE);
		assert_int_equal(step_asks(STEP_MONITOR, 100, (enum generation)g).of_most, POLICY_NONE);
		assert_int_equal(step_asks(STEP_UNKNOWN, 100, (enum generation)g).of_most, POLICY_NONE);
	}
	asks(STEP_PART, 25, RFC_7489, POLICY_QUARANTINE, 0.25, POLICY_NONE);
	asks(STEP_PART, 25, RFC_9989, POLICY_QUARANTINE, 1, POLICY_NONE);
	asks(STEP_PART_REJECT, 50, RFC_7489, POLICY_REJECT, 0.5, POLICY_QUARANTINE);
	asks(STEP_PART_REJECT, 50, RFC_9989, POLICY_REJECT, 1, POLICY_QUARANTINE);
}

static void test_a_step_knows_its_policy(void **state)
{
	static const struct {
		enum policy_word policy;
		bool holds_back;
	} cases[STEPS] = {
		[STEP_UNKNOWN] = { POLICY_ABSENT, false },          [STEP_MONITOR] = { POLICY_NONE, false },
		[STEP_REHEARSE] = { POLICY_QUARANTINE, true },      [STEP_PART] = { POLICY_QUARANTINE, true },
		[STEP_ENFORCE] = { POLICY_QUARANTINE, false },      [STEP_REHEARSE_REJECT] = { POLICY_REJECT, true },
		[STEP_PART_REJECT] = { POLICY_REJECT, true },       [STEP_REJECT] = { POLICY_REJECT, false },
	};

	for (int s = 0; s < STEPS; s++) {
		assert_int_equal(step_policy((enum step)s), cases[s].policy);
		assert_int_equal(step_holds_back((enum step)s), cases[s].holds_back);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_lead_back),
		cmocka_unit_test(test_each_record_stands_on_its_rung),
		cmocka_unit_test(test_below_the_record_sp_counts_and_p_where_it_is_absent),
		cmocka_unit_test(test_receivers_read_the_tag_of_their_generation),
		cmocka_unit_test(test_a_step_knows_its_policy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
