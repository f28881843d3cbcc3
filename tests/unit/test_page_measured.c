/* test_page_measured: a rehearsal as it went: a list rewrites, the rest stays, and who acts in it is named. */
#include "page_sample.h"

enum { CHANGE = 14 }; /* days of p=none; then a day of both, and two weeks of a rehearsal */

static void put_row(struct bench *b, struct report *r, const char *ip, int64_t n, const char *disposition, const char *dkim, const char *list)
{
	struct row *row = sample_row(b, r, ip, n);

	sample_results(b, row, disposition, dkim, "fail");
	if (list != NULL) {
		row->envelope_from = sample_text(b, list);
		sample_auth(b, &row->spf_auth, list, NULL, "pass");
	}
}

static void put_day(struct bench *b, struct store *s, const char *org, int64_t day, int64_t lag, bool acts)
{
	struct report *r = sample_report(b, arena_printf(&b->arena, "%s-%lld", org, (long long)day), SAMPLE_DAY + day);
	bool rehearses = day >= CHANGE + lag;

	r->org_name = sample_text(b, org);
	r->p = sample_text(b, rehearses ? "quarantine" : "none");
	r->pct = rehearses ? 0 : 100;
	put_row(b, r, "192.0.2.1", 100 + day % 3, "none", "pass", NULL);
	put_row(b, r, "203.0.113.9", rehearses ? day % 2 : 40 + day % 2, "none", "fail", "lists.example");
	put_row(b, r, "192.0.2.2", 20 + day % 2, rehearses && acts ? "quarantine" : "none", "fail", NULL);
	sample_put(b, s, r);
}

static struct source_rules rules_of(struct bench *b)
{
	struct source_rules rules = sample_rules(b);
	struct source_rule *rule = arena_array(&b->arena, rules.n, sizeof *rule);

	memcpy(rule, rules.rule, rules.n * sizeof *rule);
	rule[1].software = SOFTWARE_LISTSERV;
	return (struct source_rules){ rule, rules.n };
}

static void fill(struct bench *b, bool acts)
{
	struct store *s = sample_open(b, rules_of(b));

	for (int64_t day = 0; day <= CHANGE + 14; day++) {
		put_day(b, s, "prompt.example", day, 0, false);
		put_day(b, s, "stale.example", day, 1, acts);
		if (day < 5)
			put_day(b, s, "gone.example", day, 0, false);
	}
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
}

static void test_a_rehearsal_is_measured(void **state)
{
	struct bench *b = *state;
	const char *page;

	fill(b, false);
	page = page_get(b, "/rollout/measured?format=html", NULL);
	assert_says(page, "<h1>Rehearse: failing mail fell from 37.7% to 17.2%</h1>");
	assert_says(page, "the same days of the week, at the same 2 receivers");
	assert_says(page, "Left out: 1 that never saw the new policy.");
	assert_says(page, "Predicted: 16.9% = (1,464 − 972) ÷ (3,888 − 972)");
	assert_null(strstr(page, "class=\"alarm\""));
	page = page_get(b, "/api/v1/rollout/measured", NULL);
	assert_says(page, "\"change\":{\"policy_domain\":\"univ.example\",\"from\":\"monitor\",\"to\":\"rehearse\",\"policy\":\"p=quarantine; pct=0\",\"days_before\":12,\"days\":12,"
			  "\"receivers\":3,\"compared\":2,\"change_first\":\"2024-03-15\",\"change_last\":\"2024-03-16\","
			  "\"before_from\":\"2024-03-03\",\"before_to\":\"2024-03-14\",\"after_from\":\"2024-03-17\",\"after_to\":\"2024-03-28\"");
	assert_says(page, "\"outcome\":\"now-rewrites\"");
	assert_says(page, "\"outcome\":\"unchanged\"");
}

static void test_who_acts_in_a_rehearsal_is_named(void **state)
{
	struct bench *b = *state;
	const char *page;

	fill(b, true);
	page = page_get(b, "/rollout/measured?format=html", NULL);
	assert_says(page, "class=\"alarm\"");
	assert_says(page, "stale.example ");
	assert_says(page_get(b, "/rollout/measured?format=csv", NULL), "receivers,");
}

static void test_numbers_lead_to_their_rows(void **state)
{
	static const char *const by[] = { "source", "verdict", "domain", "reporter" };
	struct bench *b = *state;

	fill(b, true);
	for (int i = 0; i < 4; i++)
		assert_true(assert_numbers_lead_to_rows(b, arena_printf(&b->arena, "/rollout/measured?format=html&by=%s", by[i])) >= 8);
}

static void test_too_little_is_said(void **state)
{
	struct bench *b = *state;

	fill(b, false);
	assert_says(page_get(b, "/rollout/measured?format=html&reporter=prompt.example", NULL), "too little data to tell what it did");
	assert_says(page_get(b, "/rollout/measured?format=html&from=2024-03-01&to=2024-03-18", NULL), "to tell what it did");
	assert_says(page_get(b, "/rollout/measured?format=html&period=3d", NULL), "No change of policy in these days");
	assert_says(page_get(b, "/rollout/measured?format=html&step=reject", NULL), "No change of policy in these days");
}

static void test_other_groups_are_refused(void **state)
{
	struct bench *b = *state;
	int status;

	fill(b, false);
	page_get(b, "/rollout/measured?by=ip", &status);
	assert_int_equal(status, 400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_a_rehearsal_is_measured),
		bench_test(test_who_acts_in_a_rehearsal_is_named),
		bench_test(test_numbers_lead_to_their_rows),
		bench_test(test_too_little_is_said),
		bench_test(test_other_groups_are_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("page_measured", tests, NULL, NULL);
}
