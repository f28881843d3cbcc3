/* test_transition: before and after are the same receivers on the same days of the week, and small numbers do not pretend. */
#include "schema/limits.h"
#include "schema/transition.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* Day 0 is a Monday in what follows. A receiver that saw the old policy up to one day and the new one from another on. */
static struct transition_receiver receiver(int64_t old_first, int64_t old_last, int64_t new_first, int64_t new_last)
{
	return (struct transition_receiver){ .saw_old = true, .saw_new = true, .before_last = INT64_MIN, .old_first = old_first,
					     .old_last = old_last, .new_first = new_first, .new_last = new_last, .then_first = INT64_MAX,
					     .messages = 1000, .sound_before = 1000, .sound_after = 1000 };
}

static void assert_days(struct transition_days d, int64_t days, int64_t before_first, int64_t after_first)
{
	assert_int_equal(d.before.days, days);
	assert_int_equal(d.after.days, days);
	assert_int_equal(d.before.first, before_first);
	assert_int_equal(d.after.first, after_first);
}

static void test_the_day_of_the_change_is_left_out(void **state)
{
	struct transition_receiver r = receiver(0, 6, 7, 10);
	struct transition_days d = transition_choose(&r, 1, 0, 10);

	assert_days(d, 3, 1, 8); /* Tuesday to Thursday, a week apart */
	assert_int_equal(d.change_first, 7);
	assert_int_equal(d.change_last, 7);
	assert_int_equal(r.left, TRANSITION_COMPARED);
}

static void test_the_weeks_between_are_as_few_as_can_be(void **state)
{
	struct transition_receiver r = receiver(0, 69, 70, 79);

	assert_days(transition_choose(&r, 1, 0, 79), 9, 71 - 14, 71);
	r = receiver(0, 69, 70, 76); /* six days fit into one week back, with the day of the change between */
	assert_days(transition_choose(&r, 1, 0, 76), 6, 64, 71);
	r = receiver(0, 69, 70, 77); /* seven do not */
	assert_days(transition_choose(&r, 1, 0, 77), 7, 57, 71);
}

static void test_the_shorter_of_the_two_gives_the_length(void **state)
{
	struct transition_receiver r = receiver(60, 69, 70, 200);

	assert_days(transition_choose(&r, 1, 60, 200), 6, 64, 71);
	r.before_last = 59; /* the day it changed to the old policy is left out, too */
	assert_days(transition_choose(&r, 1, 0, 200), 6, 64, 71);
	r = receiver(0, 69, 70, 80);
	r.then_first = 81;
	assert_days(transition_choose(&r, 1, 0, 200), 10, 57, 71);
}

static void test_of_many_weeks_all_count(void **state)
{
	struct transition_receiver r = receiver(0, 69, 70, 90);
	struct transition_days d = transition_choose(&r, 1, 0, 90);

	assert_int_equal(d.after.first, 71); /* a Tuesday, and 20 days */
	assert_int_equal(d.after.days, 20);
	assert_int_equal(d.before.first, 1); /* a Tuesday, seven weeks more */
	assert_int_equal(d.before.days, 69);
	r = receiver(0, 19, 20, 90); /* the other way round */
	d = transition_choose(&r, 1, 0, 90);
	assert_true(d.after.days > d.before.days && (d.after.days - d.before.days) % 7 == 0);
	assert_int_equal((d.after.first - d.before.first) % 7, 0);
	assert_true(d.before.first >= 0 && d.before.first + d.before.days <= 20 && d.after.first + d.after.days <= 91);
}

static void test_years_are_too_long_ago(void **state)
{
	struct transition_receiver r = receiver(0, 699, 700, 1400);
	struct transition_days d = transition_choose(&r, 1, 0, 1400);

	assert_int_equal(d.after.days, LIMIT_TRANSITION_SPAN_DAYS);
	assert_true(d.before.days > LIMIT_TRANSITION_SPAN_DAYS - 7 && d.before.days <= LIMIT_TRANSITION_SPAN_DAYS);
	assert_int_equal((d.after.first - d.before.first) % 7, 0);
}

static void test_a_stale_cache_moves_the_days_apart(void **state)
{
	struct transition_receiver r[2] = { receiver(0, 69, 70, 90), receiver(0, 72, 73, 90) };
	struct transition_days d = transition_choose(r, 2, 0, 90);

	assert_int_equal(d.after.first, 74);
	assert_int_equal(d.after.days, 17);
	assert_true(d.before.first + d.before.days <= 70);
	assert_int_equal(d.change_first, 70);
	assert_int_equal(d.change_last, 73);
	assert_int_equal(r[0].left, TRANSITION_COMPARED);
	assert_int_equal(r[1].left, TRANSITION_COMPARED);
}

static void test_a_receiver_that_seldom_reports_holds_nothing_up(void **state)
{
	struct transition_receiver r[2] = { receiver(0, 69, 70, 90), receiver(3, 60, 85, 90) };

	assert_int_equal(transition_choose(r, 2, 0, 90).after.first, 71);
	assert_int_equal(r[1].left, TRANSITION_COMPARED);
}

static void test_one_that_never_looks_again_is_left_out(void **state)
{
	struct transition_receiver r[4] = { receiver(0, 69, 70, 90), receiver(0, 88, 89, 90), receiver(0, 90, 0, 0), receiver(0, 0, 80, 90) };

	r[1].messages = 10; /* of 3,010 */
	r[2].saw_new = false;
	r[3].saw_old = false;
	assert_int_equal(transition_choose(r, 4, 0, 90).after.first, 71);
	assert_int_equal(r[0].left, TRANSITION_COMPARED);
	assert_int_equal(r[1].left, TRANSITION_MIXED);
	assert_int_equal(r[2].left, TRANSITION_ONLY_BEFORE);
	assert_int_equal(r[3].left, TRANSITION_ONLY_AFTER);
}

static void test_without_a_change_there_are_no_days(void **state)
{
	struct transition_receiver r = receiver(0, 90, 0, 0);

	r.saw_new = false;
	assert_int_equal(transition_choose(&r, 1, 0, 90).after.days, 0);
	assert_int_equal(transition_choose(&r, 0, 0, 90).after.days, 0);
}

static void test_a_receiver_without_sound_mail_is_no_measure(void **state)
{
	struct transition_receiver r[2] = { receiver(0, 69, 70, 90), receiver(0, 69, 70, 90) };

	transition_choose(r, 2, 0, 90);
	r[1].sound_after = 3;
	assert_int_equal(transition_settle(r, 2), 1);
	assert_int_equal(r[1].left, TRANSITION_THIN);
}

/* --- groups: two receivers, ten days each --- */

struct measure {
	struct arena arena;
	struct transition_receiver r[2];
	struct transition_days days;
	struct transition_group g;
	int64_t even[10];
};

static struct measure *measure_of(void **state)
{
	struct measure *m = *state;

	m->days = (struct transition_days){ { 0, 10 }, { 14, 10 }, 12, 13 };
	m->r[0] = m->r[1] = receiver(0, 12, 13, 90);
	for (int i = 0; i < 10; i++)
		m->even[i] = 100;
	m->r[0].sound_a_day[0] = m->r[0].sound_a_day[1] = m->r[1].sound_a_day[0] = m->r[1].sound_a_day[1] = m->even;
	m->g = transition_group_make(&m->arena, &m->days, 2);
	return m;
}

static int setup(void **state)
{
	return (*state = calloc(1, sizeof(struct measure))) != NULL ? 0 : -1;
}

static int teardown(void **state)
{
	struct measure *m = *state;

	arena_release(&m->arena);
	free(m);
	return 0;
}

static void add(struct measure *m, size_t receiver_, bool after, int64_t a_day)
{
	for (int64_t day = 0; day < m->days.before.days; day++)
		transition_add(&m->g, &m->days, m->r, receiver_, day, after, a_day + day % 2);
}

static struct transition_result judge(struct measure *m, enum transition_kind kind)
{
	return transition_judge(&m->g, &m->days, m->r, transition_settle(m->r, 2), kind);
}

static void test_an_absent_receiver_is_not_a_fall(void **state)
{
	static const int64_t one_day[10] = { 100 };
	struct measure *m = measure_of(state);
	struct transition_result r;

	m->r[0].sound_after = 100; /* a tenth: it reported on one day of ten */
	m->r[0].sound_a_day[1] = one_day;
	add(m, 0, false, 100);
	transition_add(&m->g, &m->days, m->r, 0, 0, true, 100);
	add(m, 1, false, 50);
	add(m, 1, true, 50);
	r = judge(m, TRANSITION_OF_OTHERS);
	assert_int_equal(m->g.failing_before, 1005 + 505);
	assert_int_equal(m->g.failing_after, 100 + 505);
	assert_true(r.expected > 605 && r.expected < 606);
	assert_true(r.ratio > 0.99 && r.ratio < 1.01);
	assert_int_equal(r.outcome, TRANSITION_UNCHANGED);
	assert_int_equal(m->g.receivers, 2);
}

static void test_what_is_left_out_counts_nowhere(void **state)
{
	struct measure *m = measure_of(state);

	m->r[1].left = TRANSITION_ONLY_AFTER;
	add(m, 0, false, 100);
	add(m, 0, true, 100);
	add(m, 1, true, 1000);
	assert_int_equal(m->g.failing_after, 1005);
	assert_int_equal(m->g.receivers, 1);
}

static struct transition_result of_two(struct measure *m, int64_t before, int64_t after, enum transition_kind kind)
{
	for (size_t i = 0; i < 2; i++) {
		add(m, i, false, before);
		add(m, i, true, after);
	}
	return judge(m, kind);
}

static void test_outcomes(void **state)
{
	static const struct {
		int64_t before, after;
		enum transition_kind kind;
		enum transition_outcome outcome;
	} cases[] = {
		{ 100, 3, TRANSITION_OF_LIST, TRANSITION_REWRITES },     { 100, 98, TRANSITION_OF_LIST, TRANSITION_BREAKS },
		{ 100, 160, TRANSITION_OF_LIST, TRANSITION_BREAKS },     { 100, 50, TRANSITION_OF_LIST, TRANSITION_FELL },
		{ 100, 3, TRANSITION_OF_FORWARDER, TRANSITION_FELL },    { 100, 101, TRANSITION_OF_FORWARDER, TRANSITION_BREAKS },
		{ 100, 3, TRANSITION_OF_OTHERS, TRANSITION_FELL },       { 100, 104, TRANSITION_OF_OTHERS, TRANSITION_UNCHANGED },
		{ 100, 150, TRANSITION_OF_OTHERS, TRANSITION_ROSE },
	     { 0, 50, TRANSITION_OF_OTHERS, TRANSITION_TOO_LITTLE },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct measure *m = measure_of(state);
		struct transition_result r = of_two(m, cases[i].before, cases[i].after, cases[i].kind);

		if (r.outcome != cases[i].outcome)
			fail_msg("%zu: %s, %f between %f and %f", i, transition_outcome_name(r.outcome), r.ratio, r.low, r.high);
		assert_true((r.outcome == TRANSITION_TOO_LITTLE) == (r.missing != NULL));
		assert_true(r.low <= r.ratio && r.ratio <= r.high);
	}
}

static void test_nothing_left_of_much_is_sure_and_of_little_is_not(void **state)
{
	struct measure *m = measure_of(state);
	struct transition_result r;

	add(m, 0, false, 100);
	r = judge(m, TRANSITION_OF_LIST);
	assert_int_equal(r.outcome, TRANSITION_REWRITES);
	assert_true(r.ratio == 0 && r.high > 0);
	m = measure_of(state);
	transition_add(&m->g, &m->days, m->r, 0, 2, false, 1000); /* one heap on one day */
	r = judge(m, TRANSITION_OF_LIST);
	assert_int_equal(r.outcome, TRANSITION_TOO_LITTLE);
	assert_non_null(r.missing);
}

/* Large reports hold more of both: what the sound mail of a day explains is no doubt. */
static void test_days_that_sound_mail_explains_are_no_doubt(void **state)
{
	static const int64_t heaps[] = { 20, 20, 500, 20, 20, 300, 20, 20, 40, 40 };
	struct measure *m = measure_of(state);
	struct transition_result r;

	for (int i = 0; i < 2; i++) {
		m->r[0].sound_a_day[i] = heaps;
		for (int64_t day = 0; day < 10; day++)
			transition_add(&m->g, &m->days, m->r, 0, day, i == 1, heaps[day]);
	}
	r = judge(m, TRANSITION_OF_OTHERS);
	assert_int_equal(r.outcome, TRANSITION_UNCHANGED);
	assert_true(r.low > 0.9 && r.high < 1.1);
	m = measure_of(state); /* the same, though sound mail was even */
	for (int i = 0; i < 2; i++)
		for (int64_t day = 0; day < 10; day++)
			transition_add(&m->g, &m->days, m->r, 0, day, i == 1, heaps[day]);
	assert_int_equal(judge(m, TRANSITION_OF_OTHERS).outcome, TRANSITION_TOO_LITTLE);
}

static void test_too_little_says_what_is_missing(void **state)
{
	struct measure *m = measure_of(state);

	assert_string_equal(of_two(m, 0, 0, TRANSITION_OF_OTHERS).missing, "failing messages");
	m = measure_of(state);
	m->days.before.days = m->days.after.days = 2;
	assert_string_equal(of_two(m, 100, 100, TRANSITION_OF_OTHERS).missing, "days to compare");
	m = measure_of(state);
	m->r[1].left = TRANSITION_MIXED;
	assert_string_equal(of_two(m, 100, 100, TRANSITION_OF_OTHERS).missing, "receivers that reported before and after");
	m = measure_of(state);
	m->days.before.days = m->days.after.days = 0;
	assert_string_equal(judge(m, TRANSITION_OF_OTHERS).missing, "days to compare");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_day_of_the_change_is_left_out),
		cmocka_unit_test(test_the_weeks_between_are_as_few_as_can_be),
		cmocka_unit_test(test_the_shorter_of_the_two_gives_the_length),
		cmocka_unit_test(test_of_many_weeks_all_count),
		cmocka_unit_test(test_years_are_too_long_ago),
		cmocka_unit_test(test_a_stale_cache_moves_the_days_apart),
		cmocka_unit_test(test_a_receiver_that_seldom_reports_holds_nothing_up),
		cmocka_unit_test(test_one_that_never_looks_again_is_left_out),
		cmocka_unit_test(test_without_a_change_there_are_no_days),
		cmocka_unit_test(test_a_receiver_without_sound_mail_is_no_measure),
		cmocka_unit_test_setup_teardown(test_an_absent_receiver_is_not_a_fall, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_is_left_out_counts_nowhere, setup, teardown),
		cmocka_unit_test_setup_teardown(test_outcomes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nothing_left_of_much_is_sure_and_of_little_is_not, setup, teardown),
		cmocka_unit_test_setup_teardown(test_days_that_sound_mail_explains_are_no_doubt, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_little_says_what_is_missing, setup, teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("transition", tests, NULL, NULL);
}
