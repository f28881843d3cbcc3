/* test_readiness: nothing is ready on thin data, each refusal says what is missing, and the shortest way is the shortest. */
#include "schema/readiness.h"

#include "sample.h"
#include "schema/limits.h"

enum { SEP_15 = 20711, SEP_17 = SEP_15 + 2, OCT_12 = SEP_17 + 25 };

static struct arena arena;
static const struct readiness_limits *const limits = &readiness_defaults;

static int teardown(void **state)
{
	arena_release(&arena);
	return 0;
}

/* Three days of the published first results. */
static struct readiness_facts first_results(void)
{
	return (struct readiness_facts){
		.receivers = 9, .reports = 31, .complete_days = 3, .policy_days = 3, .last_day = SEP_17, .large = { true, true, true },
		.record_known = true, .records_known = true, .messages = 1443, .failing = 254, .failing_own = 34, .list_failing = 158,
		.list_known = 158, .list_open = 2, .unnamed_senders = 3, .own = 1206, .own_signed = 1051, .spf_alone = 2,
	};
}

/* All that any step asks for, but for confirmations. */
static struct readiness_facts all_well(void)
{
	struct readiness_facts f = first_results();

	f.complete_days = f.policy_days = f.rehearsal_days = f.quarantine_days = 40;
	f.failing_own = 7;
	f.unnamed_senders = f.spf_alone = 0;
	f.list_usual = 158;
	f.list_rewritten = 152;
	f.own_signed = 1200;
	return f;
}

static const struct readiness_confirmation both[] = { { CHECK_LISTS_ACCEPT, { "A. Postmaster", 13 }, 100 },
						      { CHECK_POSTERS, { "A. Postmaster", 13 }, 200 },
						      { CHECK_LISTS_ACCEPT, { "B. Postmaster", 13 }, 300 } };

static void confirm_both(struct readiness_facts *f)
{
	f->confirmed = both;
	f->confirmations = 3;
}

static struct readiness of(const struct readiness_facts *f, enum step step)
{
	struct readiness r;

	readiness_of(f, limits, step, &r);
	return r;
}

/* "days fail days 25, large pass, ...": all that is not said of a check that passes is what it misses. */
static const char *told(const struct readiness *r)
{
	const char *all = readiness_verdict_name(r);

	all = arena_printf(&arena, "%s %d/%d:", all, (int)r->passed, (int)r->n);
	for (size_t i = 0; i < r->n; i++) {
		const struct readiness_check *c = &r->check[i];

		assert_int_equal(c->state == STATE_PASS, c->missing == MISSING_NOTHING);
		if (c->state != STATE_PASS)
			all = arena_printf(&arena, "%s %s %s %s %lld;", all, readiness_check_name(c->id), readiness_state_name(c->state),
					   readiness_missing_name(c->missing), (long long)c->missing_n);
	}
	return all;
}

#define assert_told(f, step, expected)                          \
	do {                                                    \
		struct readiness r_ = of(f, step);              \
		assert_string_equal(told(&r_), expected);       \
	} while (0)

static void test_the_first_results_are_ready_for_nothing_yet(void **state)
{
	struct readiness_facts f = first_results();
	struct readiness r;

	assert_told(&f, STEP_MONITOR, "ready 0/0:");
	assert_told(&f, STEP_REHEARSE, "not-yet 4/6: first-days fail days 4; lists-accept confirm confirmation 2;");
	assert_told(&f, STEP_ENFORCE, "not-yet 2/7: days fail days 25; own-failing fail messages 27; unnamed fail names 3; rewritten fail rehearsal 14; "
				      "signed fail messages 131;");
	assert_told(&f, STEP_PART, "not-yet 2/7: days fail days 25; own-failing fail messages 27; unnamed fail names 3; rewritten fail rehearsal 14; "
				   "signed fail messages 131;");
	r = of(&f, STEP_ENFORCE);
	assert_int_equal(readiness_find(&r, CHECK_DAYS)->value, 3);
	assert_int_equal(readiness_find(&r, CHECK_DAYS)->limit, 28);
	assert_int_equal(readiness_find(&r, CHECK_LARGE)->value, 3);
	assert_int_equal(readiness_find(&r, CHECK_OWN_FAILING)->value, 34);
	assert_int_equal(readiness_find(&r, CHECK_OWN_FAILING)->of, 1443);
	assert_int_equal(readiness_find(&r, CHECK_OWN_FAILING)->limit, 50);
	assert_true(readiness_find(&r, CHECK_OWN_FAILING)->share);
	assert_int_equal(readiness_find(&r, CHECK_REWRITTEN)->of, 158);
	assert_null(readiness_find(&r, CHECK_RECORD));
	f.complete_days = 7;
	assert_told(&f, STEP_REHEARSE, "ready-once-confirmed 5/6: lists-accept confirm confirmation 2;");
	confirm_both(&f);
	assert_told(&f, STEP_REHEARSE, "ready 6/6:");
	r = of(&f, STEP_REHEARSE);
	assert_slice(readiness_find(&r, CHECK_LISTS_ACCEPT)->confirmed->who, "B. Postmaster"); /* the last one */
	f.confirmations = 0;
	f.list_open = 0;
	assert_told(&f, STEP_REHEARSE, "ready 6/6:");
}

static void test_what_is_all_well_is_ready_but_for_what_people_must_say(void **state)
{
	struct readiness_facts f = all_well();

	assert_told(&f, STEP_ENFORCE, "ready 7/7:");
	assert_told(&f, STEP_REJECT, "ready-once-confirmed 9/10: posters confirm confirmation 1;");
	assert_told(&f, STEP_REHEARSE_REJECT, "ready-once-confirmed 9/10: posters confirm confirmation 1;");
	confirm_both(&f);
	assert_told(&f, STEP_REJECT, "ready 10/10:");
	f.quarantine_days = 0;
	f.spf_alone = 2;
	f.blockers = 1;
	assert_told(&f, STEP_REJECT, "not-yet 8/11: quarantine-days fail days 28; spf-alone fail sources 2; blockers fail blockers 1;");
	assert_told(&f, STEP_ENFORCE, "not-yet 7/8: blockers fail blockers 1;");
	assert_told(&f, STEP_REHEARSE, "ready 6/6:");
}

static void test_thin_data_is_never_ready_whatever_the_limits(void **state)
{
	const struct readiness_limits none = { .incomplete = READINESS_WHOLE, .failing_own = READINESS_WHOLE, .unnamed_senders = 100 };

	for (int step = STEP_REHEARSE; step < STEPS; step++)
		for (int missing = 0; missing < 5; missing++) {
			struct readiness_facts f = all_well();
			struct readiness r;

			confirm_both(&f);
			if (missing == 0)
				f.complete_days = f.policy_days = f.rehearsal_days = f.quarantine_days = 3;
			else if (missing == 4)
				f.largest_missing = 2;
			else /* two of three */
				for (int i = 0; i < RECEIVERS; i++)
					f.large[i] = i == missing - 1;
			readiness_of(&f, &none, (enum step)step, &r);
			assert_int_equal(r.verdict, READINESS_NOT_YET);
			assert_true(strstr(told(&r), missing == 0 ? " days 1;" : missing == 4 ? " largest 2;" : " large 1;") != NULL);
		}
}

static void test_holes_no_reports_and_no_look_up_are_told(void **state)
{
	struct readiness_facts f = all_well();

	confirm_both(&f);
	f.incomplete_days = 4; /* of 44: a tenth is 4.4 */
	assert_told(&f, STEP_ENFORCE, "ready 7/7:");
	f.incomplete_days = 5;
	assert_told(&f, STEP_ENFORCE, "not-yet 6/7: days fail holes 5;");
	assert_told(&f, STEP_REHEARSE, "not-yet 5/6: first-days fail holes 5;");
	f = all_well();
	confirm_both(&f);
	f.record_known = false;
	assert_told(&f, STEP_REHEARSE, "not-yet 5/6: record unknown lookup 0;");
	assert_told(&f, STEP_ENFORCE, "not-yet 6/7: records unknown lookup 0;");
	f.record_known = true;
	f.record_errors = 2;
	assert_told(&f, STEP_REHEARSE, "not-yet 5/6: record fail errors 2;");
	f = (struct readiness_facts){ .confirmed = both, .confirmations = 3 };
	assert_told(&f, STEP_REHEARSE, "not-yet 3/6: reports fail reports 0; first-days fail days 7; record unknown lookup 0;");
	assert_told(&f, STEP_ENFORCE, "not-yet 2/7: days fail days 28; large fail large 3; own-failing unknown mail 0; signed unknown mail 0; "
				      "records unknown lookup 0;");
}

static void test_receivers_that_act_in_a_rehearsal_are_told(void **state)
{
	struct readiness_facts f = all_well();

	confirm_both(&f);
	f.asked = 0.5;
	assert_told(&f, STEP_REHEARSE, "not-yet 5/6: asked fail moved 1;");
	f.asked = 0;
	f.acting = 2;
	assert_told(&f, STEP_REHEARSE, "not-yet 5/6: asked fail heed 2;");
}

static void test_lists_are_measured_by_a_rehearsal_that_was_held(void **state)
{
	struct readiness_facts f = all_well();

	f.list_rewritten = 150; /* of 158: 94.9 % */
	assert_told(&f, STEP_ENFORCE, "not-yet 6/7: rewritten fail messages 1;");
	f.rehearsal_days = 13;
	assert_told(&f, STEP_ENFORCE, "not-yet 6/7: rewritten fail rehearsal 1;");
	f.rehearsal_days = 14;
	f.list_usual = f.list_rewritten = 0; /* there is list mail, and nothing to compare it with */
	assert_told(&f, STEP_ENFORCE, "not-yet 6/7: rewritten unknown mail 0;");
	f.list_failing = f.list_known = f.rehearsal_days = 0; /* no list at all */
	assert_told(&f, STEP_ENFORCE, "ready 7/7:");
	f.list_failing = 10;
	f.list_known = 9;
	confirm_both(&f);
	assert_told(&f, STEP_REHEARSE, "not-yet 5/6: lists-known fail names 1;");
}

static void test_shares_are_exact_also_of_very_many(void **state)
{
	struct readiness_facts f = all_well();

	f.failing_own = 10;
	f.messages = 2000; /* exactly 0.5 % */
	f.own = 5000;
	f.own_signed = 4900; /* exactly 98 % */
	assert_told(&f, STEP_ENFORCE, "ready 7/7:");
	f.failing_own = 11;
	f.own_signed = 4899;
	assert_told(&f, STEP_ENFORCE, "not-yet 5/7: own-failing fail messages 1; signed fail messages 1;");
	f.messages = f.own = f.own_signed = INT64_MAX;
	f.failing_own = INT64_MAX / 200 + 1000000;
	assert_true(of(&f, STEP_ENFORCE).passed == 6);
	f.failing_own = INT64_MAX / 200 - 1000000;
	assert_true(of(&f, STEP_ENFORCE).passed == 7);
}

static void test_every_check_has_its_words(void **state)
{
	for (int id = 0; id < CHECKS; id++) {
		assert_int_equal(readiness_check_of_name(slice_of(readiness_check_name((enum readiness_check_id)id))), id);
		assert_true(strlen(readiness_check_label((enum readiness_check_id)id)) > 0 && strlen(readiness_check_why((enum readiness_check_id)id)) > 0);
	}
	assert_int_equal(readiness_check_of_name(SLICE("x")), CHECKS);
	for (int m = 0; m < MISSINGS; m++)
		assert_non_null(readiness_missing_name((enum readiness_missing)m));
	for (int act = 0; act < ACTS; act++)
		assert_non_null(readiness_act_name((enum readiness_act)act));
}

/* --- the shortest way --- */

static struct readiness_way way_to(const struct readiness_facts *f, enum step step, const struct readiness_fix *fix, size_t n)
{
	struct readiness r = of(f, step);
	struct readiness_way way;

	readiness_shortest(&arena, f, limits, &r, fix, n, &way);
	return way;
}

static void test_the_shortest_way_of_the_first_results(void **state)
{
	/* relays, portal, the chemistry relay, and one that is not needed */
	static const struct readiness_fix fix[] = { { 0, FIX_MOVE, .mends = 12 }, { 1, FIX_SIGN, .signs = 121 }, { 2, FIX_SIGN, .signs = 22, .mends = 22 },
						    { 3, FIX_SIGN, .signs = 5 } };
	struct readiness_facts f = first_results();
	struct readiness_way way = way_to(&f, STEP_ENFORCE, fix, 4);
	const struct readiness_todo *t = way.todo;

	assert_true(way.enough);
	assert_int_equal(way.earliest_day, OCT_12 + 1);
	assert_int_equal(way.n, 6);
	assert_int_equal(t[0].act, ACT_REHEARSE);
	assert_int_equal(t[0].before, 0);
	assert_int_equal(t[0].after, 158);
	assert_int_equal(t[0].day, SEP_17 + 1 + 14);
	for (int i = 1; i < 4; i++) {
		assert_int_equal(t[i].act, ACT_SOURCE);
		assert_int_not_equal(t[i].fix->source, 3);
		assert_int_equal(t[i].before, i == 1 ? 1051 : t[i - 1].after);
		assert_int_equal(t[i].failing_before, i == 1 ? 34 : t[i - 1].failing_after);
	}
	assert_int_equal(t[3].after, 1051 + 121 + 22);
	assert_int_equal(t[3].of, 1206);
	assert_int_equal(t[3].failing_after, 0);
	assert_int_equal(t[4].act, ACT_NAME);
	assert_int_equal(t[4].before, 3);
	assert_int_equal(t[4].after, 0);
	assert_int_equal(t[5].act, ACT_WAIT);
	assert_int_equal(t[5].before, 3);
	assert_int_equal(t[5].after, 28);
	assert_int_equal(t[5].day, OCT_12);
}

static void test_a_way_that_leads_nowhere_says_so(void **state)
{
	static const struct readiness_fix fix[] = { { 1, FIX_SIGN, .signs = 121 } };
	struct readiness_facts f = first_results();

	assert_false(way_to(&f, STEP_ENFORCE, fix, 1).enough);
	assert_false(way_to(&f, STEP_ENFORCE, NULL, 0).enough);
	f = all_well();
	confirm_both(&f);
	assert_int_equal(way_to(&f, STEP_REJECT, fix, 1).n, 0);
	assert_true(way_to(&f, STEP_REJECT, fix, 1).enough);
	assert_int_equal(way_to(&f, STEP_REJECT, fix, 1).earliest_day, 0);
	f.acting = 1;
	assert_false(way_to(&f, STEP_REHEARSE, NULL, 0).enough);
}

static void test_a_way_beyond_a_step_takes_that_first(void **state)
{
	struct readiness_facts f = all_well();
	struct readiness_way way;

	confirm_both(&f);
	f.quarantine_days = 0;
	way = way_to(&f, STEP_REJECT, NULL, 0);
	assert_int_equal(way.n, 1);
	assert_int_equal(way.todo[0].act, ACT_STEP);
	assert_int_equal(way.todo[0].day, SEP_17 + 1 + 28);
	f.quarantine_days = 20;
	way = way_to(&f, STEP_REJECT, NULL, 0);
	assert_int_equal(way.todo[0].act, ACT_WAIT);
	assert_int_equal(way.todo[0].day, SEP_17 + 8);
	f.quarantine_days = 40;
	f.incomplete_days = 5; /* 45 of 50 days */
	way = way_to(&f, STEP_ENFORCE, NULL, 0);
	assert_int_equal(way.todo[0].act, ACT_WAIT);
	assert_int_equal(way.todo[0].day, SEP_17 + 5);
	assert_int_equal(way.todo[0].after, way.todo[0].before);
}

/* How many fixes are needed at least, found by trying every set, by the checks themselves. */
static int fewest(const struct readiness_facts *f, enum step step, const struct readiness_fix *fix, size_t n)
{
	int best = -1;

	for (unsigned set = 0; set < 1u << n; set++) {
		struct readiness_facts after = *f;
		int size = __builtin_popcount(set);

		for (size_t i = 0; i < n; i++) {
			if (!(set >> i & 1))
				continue;
			after.own_signed += fix[i].signs;
			after.failing_own -= fix[i].mends;
			after.spf_alone -= fix[i].spf_alone;
		}
		if ((best < 0 || size < best) && of(&after, step).verdict == READINESS_READY)
			best = size;
	}
	return best;
}

static int sources_of(const struct readiness_way *way)
{
	int n = 0;

	for (size_t i = 0; i < way->n; i++)
		n += way->todo[i].act == ACT_SOURCE;
	return n;
}

static uint32_t next(uint32_t *x, uint32_t below)
{
	*x ^= *x << 13;
	*x ^= *x >> 17;
	*x ^= *x << 5;
	return *x % below;
}

static void test_no_smaller_set_of_fixes_would_do(void **state)
{
	uint32_t x = 2463534242u;
	int ways = 0;

	for (int round = 0; round < 150; round++) {
		struct readiness_fix fix[LIMIT_FIXES];
		struct readiness_facts f = all_well();
		size_t n = round == 0 ? LIMIT_FIXES : 1 + next(&x, 8);
		enum step step = next(&x, 2) ? STEP_ENFORCE : STEP_REJECT;
		struct readiness_way way;
		int least;

		confirm_both(&f);
		f.spf_alone = 0;
		f.own = f.messages = 10000;
		f.own_signed = 10000;
		f.failing_own = 0;
		for (size_t i = 0; i < n; i++) {
			fix[i] = (struct readiness_fix){ i, FIX_SIGN, .signs = next(&x, 3) ? next(&x, 200) : 0, .mends = next(&x, 3) ? next(&x, 60) : 0,
							 .spf_alone = next(&x, 4) == 0 };
			f.own_signed -= fix[i].signs;
			f.failing_own += fix[i].mends;
			f.spf_alone += fix[i].spf_alone;
		}
		least = fewest(&f, step, fix, n);
		way = way_to(&f, step, fix, n);
		assert_true(least >= 0 && way.enough);
		assert_int_equal(sources_of(&way), least);
		ways += least > 1;
	}
	assert_true(ways > 30); /* it was not all too easy */
}

static void test_more_fixes_than_can_be_combined_still_lead_there(void **state)
{
	static struct readiness_fix fix[300];
	struct readiness_facts f = all_well();
	struct readiness_way way;

	f.own = 60000;
	f.own_signed = 30000;
	for (size_t i = 0; i < 300; i++)
		fix[i] = (struct readiness_fix){ i, FIX_SIGN, .signs = 100 };
	way = way_to(&f, STEP_ENFORCE, fix, 300);
	assert_true(way.enough);
	assert_int_equal(sources_of(&way), 288); /* 58,800 of 60,000 */
	assert_int_equal(way.todo[way.n - 1].after, 58800);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_results_are_ready_for_nothing_yet),
		cmocka_unit_test(test_what_is_all_well_is_ready_but_for_what_people_must_say),
		cmocka_unit_test(test_thin_data_is_never_ready_whatever_the_limits),
		cmocka_unit_test(test_holes_no_reports_and_no_look_up_are_told),
		cmocka_unit_test(test_receivers_that_act_in_a_rehearsal_are_told),
		cmocka_unit_test(test_lists_are_measured_by_a_rehearsal_that_was_held),
		cmocka_unit_test(test_shares_are_exact_also_of_very_many),
		cmocka_unit_test(test_every_check_has_its_words),
		cmocka_unit_test(test_the_shortest_way_of_the_first_results),
		cmocka_unit_test(test_a_way_that_leads_nowhere_says_so),
		cmocka_unit_test(test_a_way_beyond_a_step_takes_that_first),
		cmocka_unit_test(test_no_smaller_set_of_fixes_would_do),
		cmocka_unit_test(test_more_fixes_than_can_be_combined_still_lead_there),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("readiness", tests, NULL, teardown);
}
