/* test_query_phase: history is cut where a receiver saw another policy, and nowhere else. */
#include "store_sample.h"

#include "schema/limits.h"

#define EVER .first_day = SAMPLE_DAY - 10, .last_day = SAMPLE_DAY + 130

/* A report of one message on a day from the first on, the policy as words: "quarantine 0 y". */
static struct report *policy_report(struct bench *b, const char *org, int64_t day, const char *p, int64_t pct, const char *t)
{
	struct report *r = sample_report(b, arena_printf(&b->arena, "%s-%lld-%lld", org, (long long)day, (long long)b->contents),
					 SAMPLE_DAY + day);

	r->org_name = sample_text(b, org);
	r->p = sample_text(b, p);
	r->pct = pct;
	r->testing = sample_text(b, t);
	sample_row(b, r, "192.0.2.1", 1);
	return r;
}

static void put_days(struct bench *b, struct store *s, const char *org, int64_t from, int64_t to, const char *p, int64_t pct, const char *t)
{
	for (int64_t day = from; day <= to; day++)
		sample_put(b, s, policy_report(b, org, day, p, pct, t));
}

/* A line each: reporter, step, days from the first on. */
static const char *phases_text(struct bench *b, struct store *s, const struct filter *f)
{
	struct phase_lines lines;
	struct reader *r;
	const char *text = "";

	assert_done(b, store_commit(s, &b->err));
	store_close(s);
	r = sample_reader(b);
	assert_done(b, query_phases(r, &b->arena, f, &lines, &b->err));
	for (size_t i = 0; i < lines.n; i++) {
		const struct phase_line *l = &lines.item[i];

		text = arena_printf(&b->arena, "%s%s %s %s", text, l->domain.ptr, l->reporter.ptr, step_name(l->step));
		if (l->old_last_day != INT64_MIN)
			text = arena_printf(&b->arena, "%s after %lld", text, (long long)l->old_last_day - SAMPLE_DAY);
		text = arena_printf(&b->arena, "%s %lld-%lld days %lld blips %lld reports %lld messages %lld long %lld stray %lld\n", text,
				    (long long)l->first_day - SAMPLE_DAY, (long long)l->last_day - SAMPLE_DAY, (long long)l->days,
				    (long long)l->blips, (long long)l->reports, (long long)l->messages, (long long)l->long_reports,
				    (long long)l->stray_reports);
	}
	reader_close(r);
	return text;
}

static void test_each_receiver_changes_on_its_own_day(void **state)
{
	struct bench *b = *state;
	const struct filter f = { EVER };
	struct store *s = sample_open(b, sample_rules(b));

	put_days(b, s, "early", 0, 4, "none", REPORT_NO_PCT, NULL);
	put_days(b, s, "early", 5, 9, "quarantine", 0, "y");
	put_days(b, s, "late", 0, 6, "none", 100, NULL);
	put_days(b, s, "late", 8, 9, "quarantine", 0, NULL);
	assert_string_equal(phases_text(b, s, &f),
			    "univ.example early monitor 0-4 days 5 blips 0 reports 5 messages 5 long 0 stray 0\n"
			    "univ.example early rehearse after 4 5-9 days 5 blips 0 reports 5 messages 5 long 0 stray 0\n"
			    "univ.example late monitor 0-6 days 7 blips 0 reports 7 messages 7 long 0 stray 0\n"
			    "univ.example late rehearse after 6 8-9 days 2 blips 0 reports 2 messages 2 long 0 stray 0\n");
}

static void test_months_are_cut_like_days(void **state)
{
	struct bench *b = *state;
	const struct filter f = { EVER };
	struct store *s = sample_open(b, sample_rules(b));

	put_days(b, s, "a", 0, 40, "none", 100, NULL);
	put_days(b, s, "a", 41, 100, "quarantine", 100, NULL);
	assert_string_equal(phases_text(b, s, &f),
			    "univ.example a monitor 0-40 days 41 blips 0 reports 41 messages 41 long 0 stray 0\n"
			    "univ.example a enforce after 40 41-100 days 60 blips 0 reports 60 messages 60 long 0 stray 0\n");
}

static void test_a_stale_cache_is_no_phase(void **state)
{
	struct bench *b = *state;
	const struct filter f = { EVER };
	struct store *s = sample_open(b, sample_rules(b));

	put_days(b, s, "a", 0, 3, "none", 100, NULL);
	put_days(b, s, "a", 4, 4, "none", 100, NULL); /* two of three of that day */
	put_days(b, s, "a", 4, 4, "quarantine", 100, NULL);
	put_days(b, s, "a", 4, 4, "none", 100, NULL);
	put_days(b, s, "a", 5, 6, "quarantine", 100, NULL);
	put_days(b, s, "a", 7, 7, "none", 100, NULL); /* a stray day */
	put_days(b, s, "a", 8, 9, "quarantine", 100, NULL);
	assert_string_equal(phases_text(b, s, &f),
			    "univ.example a monitor 0-4 days 5 blips 0 reports 7 messages 7 long 0 stray 1\n"
			    "univ.example a enforce after 4 5-9 days 4 blips 1 reports 5 messages 5 long 0 stray 1\n");
}

static void test_long_reports_decide_a_day_only_where_there_are_no_others(void **state)
{
	struct bench *b = *state;
	const struct filter f = { EVER };
	struct store *s = sample_open(b, sample_rules(b));
	struct report *r = policy_report(b, "a", 1, "reject", 100, NULL);

	r->end = r->begin + (int64_t)7 * DAY_SECONDS;
	sample_put(b, s, r);
	r = policy_report(b, "only long", 1, "reject", 100, NULL);
	r->end = r->begin + (int64_t)7 * DAY_SECONDS;
	sample_put(b, s, r);
	put_days(b, s, "a", 0, 0, "none", 100, NULL);
	put_days(b, s, "a", 2, 3, "none", 100, NULL);
	assert_string_equal(phases_text(b, s, &f), "univ.example a monitor 0-3 days 3 blips 0 reports 4 messages 4 long 1 stray 0\n"
						       "univ.example only long reject 1-1 days 1 blips 0 reports 1 messages 1 long 1 stray 0\n");
}

static void put_alignment(struct bench *b, struct store *s, int64_t day, const char *sp, const char *np, const char *adkim)
{
	struct report *r = policy_report(b, "a", day, "none", REPORT_NO_PCT, NULL);

	r->sp = sample_text(b, sp);
	r->np = sample_text(b, np);
	r->adkim = sample_text(b, adkim);
	sample_put(b, s, r);
}

static void test_what_is_left_out_has_not_changed(void **state)
{
	struct bench *b = *state;
	const struct filter f = { EVER };
	struct store *s = sample_open(b, sample_rules(b));

	put_alignment(b, s, 0, "none", NULL, NULL);
	put_alignment(b, s, 1, NULL, "none", "r");
	put_alignment(b, s, 2, "none", NULL, NULL);
	put_alignment(b, s, 3, "reject", NULL, NULL); /* stated otherwise on day 2 */
	put_alignment(b, s, 4, "reject", "reject", NULL);
	put_alignment(b, s, 5, "reject", "reject", "s");
	put_alignment(b, s, 6, "reject", "none", "s");
	assert_string_equal(phases_text(b, s, &f),
			    "univ.example a monitor 0-2 days 3 blips 0 reports 3 messages 3 long 0 stray 0\n"
			    "univ.example a monitor after 2 3-4 days 2 blips 0 reports 2 messages 2 long 0 stray 0\n"
			    "univ.example a monitor after 4 5-5 days 1 blips 0 reports 1 messages 1 long 0 stray 0\n"
			    "univ.example a monitor after 5 6-6 days 1 blips 0 reports 1 messages 1 long 0 stray 0\n");
}

static void test_a_phase_states_each_tag_as_last_stated(void **state)
{
	struct bench *b = *state;
	const struct filter f = { EVER };
	struct store *s = sample_open(b, sample_rules(b));
	struct phase_lines lines;
	struct reader *r;

	put_alignment(b, s, 0, "none", NULL, "s");
	put_alignment(b, s, 1, NULL, "reject", "s");
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
	r = sample_reader(b);
	assert_done(b, query_phases(r, &b->arena, &f, &lines, &b->err));
	assert_int_equal(lines.n, 1);
	assert_true(lines.item[0].policy.sp == POLICY_NONE && lines.item[0].policy.np == POLICY_REJECT);
	assert_true(lines.item[0].policy.strict_dkim && !lines.item[0].policy.strict_spf);
	reader_close(r);
}

static void test_a_department_sees_its_own_policies_alone(void **state)
{
	static const struct slice chem = { "chem.univ.example", 17 };
	struct bench *b = *state;
	const struct filter f = { EVER, .scope = { &chem, 1, false } };
	struct store *s = sample_open(b, sample_rules(b));
	struct report *r = policy_report(b, "a", 0, "reject", 100, NULL);

	r->domain = SLICE("lab.chem.univ.example");
	sample_put(b, s, r);
	put_days(b, s, "a", 0, 3, "none", 100, NULL);
	assert_string_equal(phases_text(b, s, &f), "lab.chem.univ.example a reject 0-0 days 1 blips 0 reports 1 messages 1 long 0 stray 0\n");
}

/* Each is held against all others, so that a day of very many would take for ever. */
static void test_a_day_of_made_up_policies_decides_nothing(void **state)
{
	struct bench *b = *state;
	const struct filter f = { EVER };
	struct store *s = sample_open(b, sample_rules(b));

	put_days(b, s, "forged", 0, 1, "none", 100, NULL);
	for (int pct = 0; pct <= LIMIT_POLICIES_A_DAY; pct++)
		put_days(b, s, "forged", 2, 2, "quarantine", pct, NULL);
	put_days(b, s, "forged", 2, 2, "quarantine", 7, NULL);
	put_days(b, s, "forged", 3, 3, "none", 100, NULL);
	assert_string_equal(phases_text(b, s, &f), arena_printf(&b->arena, "univ.example forged monitor 0-3 days 3 blips 0 reports %d messages %d long 0 stray %d\n",
								LIMIT_POLICIES_A_DAY + 5, LIMIT_POLICIES_A_DAY + 5, LIMIT_POLICIES_A_DAY + 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_each_receiver_changes_on_its_own_day),
		bench_test(test_months_are_cut_like_days),
		bench_test(test_a_stale_cache_is_no_phase),
		bench_test(test_long_reports_decide_a_day_only_where_there_are_no_others),
		bench_test(test_what_is_left_out_has_not_changed),
		bench_test(test_a_phase_states_each_tag_as_last_stated),
		bench_test(test_a_department_sees_its_own_policies_alone),
		bench_test(test_a_day_of_made_up_policies_decides_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("query_phase", tests, NULL, NULL);
}
