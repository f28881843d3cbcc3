/* test_page_rollout: what the planner's page says of receivers that act in a rehearsal leads to the rows that it counts, and stays short
 * however many there are. */
#include "page_sample.h"

enum { STEP_DAYS = 10, FORGERS = 40 };

/* Ten days of each: nothing asked, quarantine rehearsed, reject rehearsed. All that fails is moved or refused. */
static void put_day(struct bench *b, struct store *s, const char *org, int64_t day)
{
	static const char *const policies[] = { "none", "quarantine", "reject" };
	static const char *const did[] = { "none", "quarantine", "reject" };
	struct report *r = sample_report(b, arena_printf(&b->arena, "%s-%lld", org, (long long)day), SAMPLE_DAY + day);

	r->org_name = sample_text(b, org);
	r->p = sample_text(b, policies[day / STEP_DAYS]);
	r->pct = day < STEP_DAYS ? 100 : 0;
	for (int i = 0; i < 3; i++)
		sample_results(b, sample_row(b, r, arena_printf(&b->arena, "192.0.2.%d", i + 1), i + 1), did[i], i == 0 ? "pass" : "fail", "fail");
	sample_put(b, s, r);
}

static void finish(struct bench *b, struct store *s)
{
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
}

static void test_what_receivers_did_in_either_rehearsal_leads_to_its_rows(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, sample_rules(b));

	for (int64_t day = 0; day < 3 * STEP_DAYS; day++)
		put_day(b, s, "receiver.example", day);
	finish(b, s);
	assert_says(page_get(b, "/rollout?period=all", NULL), "data-n=\"50\"");
	assert_says(page_get(b, "/rollout?period=all", NULL), "data-n=\"30\"");
	assert_true(assert_numbers_lead_to_rows(b, "/rollout?period=all") > 2);
}

static void test_many_that_act_are_named_in_part(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, sample_rules(b));

	for (int i = 0; i < FORGERS; i++)
		put_day(b, s, arena_printf(&b->arena, "forged%02d.example", i), STEP_DAYS);
	finish(b, s);
	assert_says(page_get(b, "/rollout?period=all", NULL), " and 32 others");
	assert_true(page_count(page_get(b, "/rollout?period=all", NULL), "forged") < FORGERS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_what_receivers_did_in_either_rehearsal_leads_to_its_rows),
		bench_test(test_many_that_act_are_named_in_part),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("page_rollout", tests, NULL, NULL);
}
