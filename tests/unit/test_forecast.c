/* test_forecast: the published first results come out in their own numbers at every step; ranges open where receivers or lists
 * differ, and close where they are known. */
#include "schema/forecast.h"

#include "sample.h"

#include <math.h>

enum { DAYS = 3, LISTSERV = 0, MAILMAN = 1 };

/* 254 of 1,443 in three days: 158 list, 28 vouched by ARC, 12 of a relay and 22 of a service, 7 forwards, 27 unknown. */
static const struct forecast_flow published[] = {
	{ VERDICT_SOUND, 2, 0, 0, STEP_MONITOR, .passing = 1189, .strict_dkim = 300, .strict_spf = 166, .strict_both = 450 },
	{ VERDICT_LIST_REWRITES, LISTSERV, 0, 0, STEP_MONITOR, .failing = 158 },
	{ VERDICT_ARC, 3, 1, 0, STEP_MONITOR, .failing = 28, .vouched = 28, .arc = 28 },
	{ VERDICT_OURS_UNFIXED, 4, 0, 1, STEP_MONITOR, .failing = 12 },
	{ VERDICT_SERVICE_UNFIXED, 5, 1, 0, STEP_MONITOR, .failing = 22 },
	{ VERDICT_FORWARD_BREAKS, 6, 0, 0, STEP_MONITOR, .failing = 7 },
	{ VERDICT_UNKNOWN, FORECAST_NONE, 1, 0, STEP_MONITOR, .failing = 20 },
	{ VERDICT_SPOOFING, FORECAST_NONE, FORECAST_NONE, FORECAST_NONE, STEP_MONITOR, .failing = 7 },
};
enum { FLOWS = sizeof published / sizeof *published };

static struct arena arena;

static int teardown(void **state)
{
	arena_release(&arena);
	return 0;
}

static struct forecast_ask ask_of(enum step step)
{
	return (struct forecast_ask){ .flow = published, .flows = FLOWS, .step = step, .pct = 25, .receivers = 2, .domains = 2 };
}

static struct forecast at(struct forecast_ask ask)
{
	struct forecast out;

	forecast_step(&arena, &ask, &out);
	return out;
}

static struct forecast step(enum step s)
{
	return at(ask_of(s));
}

static const struct forecast_group *group(const struct forecast *f, enum forecast_group_kind kind)
{
	for (size_t i = 0; i < f->groups; i++)
		if (f->group[i].kind == kind)
			return &f->group[i];
	fail();
	return NULL;
}

/* "8.0 - 32.0": messages a day. */
static const char *a_day(struct forecast_range r)
{
	double low = forecast_a_day(r.low, DAYS), high = forecast_a_day(r.high, DAYS);

	return low < high ? arena_printf(&arena, "%.1f - %.1f", low, high) : arena_printf(&arena, "%.1f", low);
}

static void test_the_published_share_after_rewriting(void **state)
{
	struct forecast f = step(STEP_REHEARSE);
	struct forecast_share s = forecast_share_of(&f.total);

	assert_int_equal(s.messages, 1443);
	assert_int_equal(s.failing, 254);
	assert_int_equal(s.leaves, 158);
	assert_int_equal(s.left, 96);
	assert_int_equal(s.of, 1285);
	assert_int_equal(lround(s.before * 1000), 176);
	assert_int_equal(lround(s.after * 1000), 75);
	assert_int_equal(f.list_failing, 158);
	assert_int_equal(f.arc, 28);
	assert_int_equal(f.list_arc, 0);
}

static void test_each_step_in_the_numbers_of_the_page(void **state)
{
	static const struct {
		enum step step;
		const char *asked, *moved, *wanted;
		int64_t worst;
		enum forecast_what list, arc, ours, forward, unknown;
	} cases[] = {
		{ STEP_MONITOR, "0.0", "0.0", "0.0", 0, WHAT_DELIVERED, WHAT_DELIVERED, WHAT_DELIVERED, WHAT_DELIVERED, WHAT_DELIVERED },
		{ STEP_REHEARSE, "0.0", "0.0", "0.0", 96, WHAT_LEAVES, WHAT_DELIVERED, WHAT_DELIVERED, WHAT_DELIVERED, WHAT_DELIVERED },
		{ STEP_PART, "8.0 - 32.0", "5.7 - 22.7", "3.4 - 13.7", 96, WHAT_LEAVES, WHAT_GOODWILL, WHAT_SPAM, WHAT_SPAM, WHAT_SPAM },
		{ STEP_ENFORCE, "32.0", "22.7", "13.7", 96, WHAT_LEAVES, WHAT_GOODWILL, WHAT_SPAM, WHAT_SPAM, WHAT_SPAM },
		{ STEP_REHEARSE_REJECT, "32.0", "22.7", "13.7", 96, WHAT_LEAVES, WHAT_GOODWILL, WHAT_SPAM, WHAT_SPAM, WHAT_SPAM },
		{ STEP_REJECT, "32.0", "22.7", "13.7", 96, WHAT_LEAVES, WHAT_GOODWILL, WHAT_REFUSED, WHAT_REFUSED, WHAT_REFUSED },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct forecast f = step(cases[i].step);

		assert_string_equal(a_day(f.total.asked), cases[i].asked);
		assert_string_equal(a_day(f.total.moved), cases[i].moved);
		assert_string_equal(a_day(f.total.wanted), cases[i].wanted);
		assert_int_equal(f.total.worst, cases[i].worst);
		assert_int_equal(f.total.failing, 254);
		assert_int_equal(group(&f, GROUP_LIST)->what, cases[i].list);
		assert_int_equal(group(&f, GROUP_ARC)->what, cases[i].arc);
		assert_int_equal(group(&f, GROUP_OURS)->what, cases[i].ours);
		assert_int_equal(group(&f, GROUP_SERVICE)->what, cases[i].ours);
		assert_int_equal(group(&f, GROUP_FORWARD)->what, cases[i].forward);
		assert_int_equal(group(&f, GROUP_UNKNOWN)->what, cases[i].unknown);
		assert_int_equal(group(&f, GROUP_OVERRIDE)->what, WHAT_NOTHING);
	}
}

static void test_a_part_is_a_range_in_each_group(void **state)
{
	struct forecast f = step(STEP_PART);
	struct forecast_range ours = group(&f, GROUP_OURS)->sum.asked, service = group(&f, GROUP_SERVICE)->sum.asked;

	assert_string_equal(a_day(group(&f, GROUP_ARC)->sum.asked), "2.3 - 9.3");
	assert_string_equal(a_day((struct forecast_range){ ours.low + service.low, ours.high + service.high }), "2.8 - 11.3");
	assert_string_equal(a_day(group(&f, GROUP_FORWARD)->sum.asked), "0.6 - 2.3");
	assert_true(group(&f, GROUP_UNKNOWN)->sum.asked.low == 6.75 && group(&f, GROUP_UNKNOWN)->sum.asked.high == 27); /* 2.25 to 9 a day */
	assert_false(group(&f, GROUP_UNKNOWN)->wanted);
}

static void test_what_receivers_read_closes_ranges_and_opens_rehearsals(void **state)
{
	static const struct {
		struct forecast_habit habit;
		const char *rehearse, *part;
	} cases[] = { /* of 12 and 7 and 158 at receiver 0, 158 of which leave: 19 messages */
		      { { READS_NOT_KNOWN, READS_NOT_KNOWN }, "0.0", "1.6 - 6.3" }, { { READS_YES, READS_NO }, "0.0", "1.6" },
		      { { READS_NO, READS_YES }, "0.0", "6.3" },		   { { READS_NO, READS_NOT_KNOWN }, "0.0", "6.3" },
		      { { READS_NO, READS_NO }, "6.3", "6.3" },			   { { READS_NOT_KNOWN, READS_NO }, "0.0 - 6.3", "1.6 - 6.3" } };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct forecast_habit habit[] = { cases[i].habit, { READS_YES, READS_YES } };
		struct forecast_flow flow[] = { published[1], published[3], published[5] };
		struct forecast_ask ask = { .flow = flow, .flows = 3, .habit = habit, .receivers = 2, .step = STEP_REHEARSE, .pct = 25 };

		assert_string_equal(a_day(at(ask).total.moved), cases[i].rehearse);
		ask.step = STEP_PART;
		assert_string_equal(a_day(at(ask).total.moved), cases[i].part);
	}
}

static void test_a_list_that_may_or_may_not_rewrite_ranges_from_none_to_all(void **state)
{
	struct forecast_flow flow[] = {
		{ VERDICT_LIST_OPEN, MAILMAN, 0, 0, STEP_MONITOR, .failing = 30, .vouched = 6 },
		{ VERDICT_LIST_KEEPS, LISTSERV, 0, 0, STEP_REHEARSE, .failing = 6 },
		{ VERDICT_LIST_REWRITES, LISTSERV, 0, 0, STEP_MONITOR, .failing = 152, .vouched = 10, .arc = 9 },
	};
	struct forecast f = at((struct forecast_ask){ .flow = flow, .flows = 3, .step = STEP_ENFORCE });

	assert_int_equal(f.groups, 2 + GROUP_KINDS - 1);
	assert_int_equal(f.group[0].source, LISTSERV); /* most failing first */
	assert_int_equal(f.group[0].what, WHAT_LEAVES);
	assert_int_equal(f.group[0].sum.leaves, 152);
	assert_string_equal(a_day(f.group[0].sum.moved), "2.0");
	assert_int_equal(f.group[1].source, MAILMAN);
	assert_int_equal(f.group[1].what, WHAT_NO_PREDICTION);
	assert_string_equal(a_day(f.group[1].sum.moved), "0.0 - 8.0");
	assert_int_equal(f.group[1].sum.open, 30);
	assert_int_equal(f.total.worst, 36);
	assert_int_equal(f.list_failing, 188);
	assert_int_equal(f.list_arc, 9);
}

static void test_names_below_may_stay_behind(void **state)
{
	static const enum step of[] = { STEP_ENFORCE, STEP_MONITOR }; /* sp=none, and domain 1 is a sub-domain */
	struct forecast_ask ask = ask_of(STEP_ENFORCE);
	struct forecast f;

	ask.step_of_domain = of;
	f = at(ask);
	assert_string_equal(a_day(f.total.moved), "18.7"); /* 12 of 68 less */
	assert_int_equal(group(&f, GROUP_OURS)->what, WHAT_DELIVERED);
	assert_int_equal(group(&f, GROUP_SERVICE)->what, WHAT_SPAM);
}

static size_t receiver_of_flow(const void *ctx, const struct forecast_flow *f)
{
	return f->receiver;
}

static void test_the_same_by_any_key(void **state)
{
	struct forecast_ask ask = ask_of(STEP_ENFORCE);
	const struct forecast_sum *by = forecast_by(&arena, &ask, receiver_of_flow, NULL, 2);

	assert_int_equal(by[0].failing, 177);
	assert_int_equal(by[1].failing, 70);
	assert_string_equal(a_day(by[0].moved), "6.3");
	assert_string_equal(a_day(by[1].moved), "14.0");
	assert_int_equal(by[0].messages + by[1].messages + 7, 1443); /* one flow tells no receiver */
}

static void test_strict_alignment_makes_passing_mail_fail(void **state)
{
	struct forecast_ask ask = ask_of(STEP_ENFORCE);

	assert_int_equal(forecast_strict_of(&ask, true, false).fails, 300);
	assert_int_equal(forecast_strict_of(&ask, false, true).fails, 166);
	assert_int_equal(forecast_strict_of(&ask, true, true).fails, 450);
	assert_int_equal(forecast_strict_of(&ask, false, false).fails, 0);
	assert_string_equal(a_day(forecast_strict_of(&ask, true, true).moved), "150.0");
	ask.step = STEP_REHEARSE;
	assert_string_equal(a_day(forecast_strict_of(&ask, true, true).moved), "0.0");
}

static void test_np_is_an_upper_bound(void **state)
{
	static const bool candidate[] = { false, true };
	struct forecast_ask ask = ask_of(STEP_MONITOR);
	struct forecast_np np = forecast_np_of(&arena, &ask, candidate, STEP_REJECT);

	assert_int_equal(np.names, 1);
	assert_int_equal(np.failing, 12);
	assert_true(np.more == 12 && np.less == 0);
	ask.step = STEP_ENFORCE;
	np = forecast_np_of(&arena, &ask, candidate, STEP_MONITOR);
	assert_true(np.more == 0 && np.less == 12);
}

static void test_what_receivers_say_they_held_back(void **state)
{
	static const struct forecast_flow flow[] = {
		{ VERDICT_UNKNOWN, 0, 0, 0, STEP_REHEARSE, .failing = 47, .spared = 40, .vouched = 5 },
		{ VERDICT_UNKNOWN, 0, 1, 0, STEP_REHEARSE, .failing = 31, .spared = 1, .quarantined = 30 },
		{ VERDICT_UNKNOWN, 0, 2, 0, STEP_REHEARSE_REJECT, .failing = 11, .spared = 11, .quarantined = 11 },
		{ VERDICT_UNKNOWN, 0, 2, 0, STEP_ENFORCE, .failing = 100, .quarantined = 100 },
		{ VERDICT_SOUND, 0, 3, 0, STEP_REHEARSE, .passing = 100 },
		{ VERDICT_UNKNOWN, 0, FORECAST_NONE, 0, STEP_REHEARSE, .failing = 1 },
	};
	struct forecast_habit habit[4] = { 0 };
	struct forecast_certified c;

	forecast_certified(&arena, flow, 6, 4, &c);
	assert_int_equal(c.all.failing, 90);
	assert_int_equal(c.all.spared, 52);
	assert_int_equal(c.all.vouched, 5);
	assert_int_equal(c.all.acted, 30);
	assert_int_equal(c.all.unstated, 3);
	assert_int_equal(c.receivers, 3);
	assert_int_equal(c.acting, 1);
	assert_int_equal(c.receiver[0].receiver, 1);
	assert_true(c.receiver[0].ignores);
	assert_int_equal(c.receiver[1].receiver, 0);
	assert_false(c.receiver[1].ignores);
	forecast_judge(&arena, flow, 6, true, true, habit, 4);
	assert_int_equal(habit[1].pct, READS_NO);
	assert_int_equal(habit[1].testing, READS_NO);
	assert_int_equal(habit[0].pct, READS_NOT_KNOWN); /* which of the two it read cannot be told */
	assert_int_equal(habit[0].testing, READS_NOT_KNOWN);
	forecast_judge(&arena, flow, 6, true, false, habit, 4);
	assert_int_equal(habit[0].pct, READS_YES);
	assert_int_equal(habit[3].pct, READS_NOT_KNOWN);
}

static void test_a_part_tells_who_reads_pct(void **state)
{
	static const struct forecast_flow flow[] = {
		{ VERDICT_UNKNOWN, 0, 0, 0, STEP_PART, .failing = 100, .spared = 70, .quarantined = 30 },
		{ VERDICT_UNKNOWN, 0, 1, 0, STEP_PART, .failing = 30, .quarantined = 30 },
		{ VERDICT_UNKNOWN, 0, 2, 0, STEP_PART, .failing = 3, .quarantined = 3 },
	};
	struct forecast_habit habit[3] = { 0 };

	forecast_judge(&arena, flow, 3, true, true, habit, 3);
	assert_int_equal(habit[0].pct, READS_YES);
	assert_int_equal(habit[1].pct, READS_NO);
	assert_int_equal(habit[2].pct, READS_NOT_KNOWN);
}

static void test_share_acted_is_what_is_held_against_the_outcome(void **state)
{
	struct forecast f = step(STEP_ENFORCE);

	assert_true(fabs(forecast_share_acted(&group(&f, GROUP_OURS)->sum) - 1) < 1e-9);
	assert_true(forecast_share_acted(&group(&f, GROUP_ARC)->sum) < 1e-9);
	assert_true(fabs(forecast_share_acted(&f.total) - 68 / 254.0) < 1e-9);
	assert_true(forecast_share_acted(&group(&f, GROUP_OVERRIDE)->sum) < 1e-9);
}

static void test_nothing_and_too_much(void **state)
{
	static const struct forecast_flow huge[] = {
		{ VERDICT_OURS_UNFIXED, 0, 0, 0, STEP_MONITOR, .failing = INT64_MAX, .vouched = INT64_MAX, .passing = INT64_MAX },
		{ VERDICT_OURS_UNFIXED, 0, 0, 0, STEP_MONITOR, .failing = INT64_MAX, .vouched = 0, .passing = 1 },
		{ VERDICT_LIST_REWRITES, 0, 0, 0, STEP_MONITOR, .failing = 5, .vouched = 9 },
	};
	struct forecast f = at((struct forecast_ask){ .step = STEP_ENFORCE });

	assert_int_equal(f.total.failing, 0);
	assert_int_equal(forecast_what_of(&f.total), WHAT_NOTHING);
	assert_true(forecast_share_of(&f.total).after < 1e-9);
	assert_true(forecast_a_day(5, 0) < 1e-9);
	f = at((struct forecast_ask){ .flow = huge, .flows = 3, .step = STEP_ENFORCE });
	assert_true(f.total.failing == INT64_MAX && f.total.messages == INT64_MAX);
	assert_int_equal(f.total.leaves, 5);
	assert_true(f.total.moved.high > 9e18 && f.total.moved.low > 9e18);
	f = at((struct forecast_ask){ .flow = &huge[2], .flows = 1, .step = STEP_ENFORCE }); /* all of it leaves */
	assert_true(forecast_share_of(&f.total).after < 1e-9);
	assert_int_equal(forecast_share_of(&f.total).of, 0);
}

static void test_each_of_many_lists_is_a_group(void **state)
{
	enum { LISTS = 100 };
	struct forecast_flow flow[2 * LISTS];
	struct forecast_ask ask = ask_of(STEP_ENFORCE);
	struct forecast f;

	for (size_t i = 0; i < 2 * LISTS; i++)
		flow[i] = (struct forecast_flow){ VERDICT_LIST_KEEPS, i % LISTS, 0, 0, STEP_MONITOR, .failing = (int64_t)(i % LISTS) + 1 };
	ask.flow = flow;
	ask.flows = 2 * LISTS;
	f = at(ask);
	assert_int_equal(f.groups, LISTS + GROUP_KINDS - GROUP_ARC);
	for (size_t i = 0; i < LISTS; i++)
		assert_true(f.group[i].source == LISTS - 1 - i && f.group[i].sum.failing == 2 * (int64_t)(LISTS - i));
	assert_int_equal(f.total.failing, LISTS * (LISTS + 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_published_share_after_rewriting),
		cmocka_unit_test(test_each_step_in_the_numbers_of_the_page),
		cmocka_unit_test(test_a_part_is_a_range_in_each_group),
		cmocka_unit_test(test_what_receivers_read_closes_ranges_and_opens_rehearsals),
		cmocka_unit_test(test_a_list_that_may_or_may_not_rewrite_ranges_from_none_to_all),
		cmocka_unit_test(test_names_below_may_stay_behind),
		cmocka_unit_test(test_the_same_by_any_key),
		cmocka_unit_test(test_strict_alignment_makes_passing_mail_fail),
		cmocka_unit_test(test_np_is_an_upper_bound),
		cmocka_unit_test(test_each_of_many_lists_is_a_group),
		cmocka_unit_test(test_what_receivers_say_they_held_back),
		cmocka_unit_test(test_a_part_tells_who_reads_pct),
		cmocka_unit_test(test_share_acted_is_what_is_held_against_the_outcome),
		cmocka_unit_test(test_nothing_and_too_much),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("forecast", tests, NULL, teardown);
}
