/* test_page_lists: what lists and forwarders break, each number with its rows; a fall is claimed only where it is one. */
#include "page_sample.h"

#include "web/lists.h"

enum { DAYS = 70 };

static int64_t expected, seen;

/* A list that sends `before` a day and, from day `changed` on, `after`; both 2 in 5 of it on two days of the week. */
static int64_t rewritten(int before, int after, int changed, int from, int last)
{
	int64_t messages[DAYS];
	struct list_days d = { messages, 0, changed - 28 > 0 ? changed - 28 : 0, changed, from, last };

	for (int day = 0; day < DAYS; day++)
		messages[day] = (day < changed ? before : after) * (day % 7 < 2 ? 2 : 5) / 5;
	list_usual(&d, &expected, &seen);
	return list_rewritten(expected, seen);
}

static void test_a_fall_by_half_is_claimed(void **state)
{
	assert_int_equal(rewritten(50, 0, 28, 28, 55), 4 * (5 * 50 + 2 * 20));
	assert_int_equal(expected, 4 * (5 * 50 + 2 * 20));
	assert_int_equal(seen, 0);
	assert_int_equal(rewritten(50, 5, 28, 28, 34), 290 - 29);
}

static void test_less_than_half_is_not_claimed(void **state)
{
	assert_int_equal(rewritten(50, 30, 28, 28, 55), -1);
	assert_int_equal(rewritten(50, 50, 28, 28, 55), -1);
	assert_int_equal(rewritten(2, 0, 28, 28, 34), -1); /* too few to tell from chance */
}

/* A week-end is compared with week-ends. */
static void test_quiet_days_are_no_fall(void **state)
{
	assert_int_equal(rewritten(100, 100, 28, 28, 29), -1);
	assert_int_equal(expected, 80);
	assert_int_equal(seen, 80);
}

static void test_nothing_is_usual_after_a_few_days(void **state)
{
	assert_int_equal(rewritten(100, 0, 13, 13, 40), -1);
	assert_int_equal(expected, -1);
	assert_true(rewritten(100, 0, 14, 14, 40) > 0);
}

static void test_every_number_leads_to_its_rows(void **state)
{
	struct bench *b = *state;

	sample_fill(b, 150);
	assert_true(assert_numbers_lead_to_rows(b, "/lists?period=all&format=html") >= 20);
	assert_numbers_lead_to_rows(b, "/lists?period=all&class=untrusted,full&format=html");
	assert_numbers_lead_to_rows(b, "/lists?period=all&kind=forwarder&arc=pass&format=html");
	assert_numbers_lead_to_rows(b, "/lists?period=all&kind!=list&arc!=pass&format=html");
	assert_numbers_lead_to_rows(b, "/lists?period=all&under=chem.univ.example&reporter=Yahoo&format=html");
}

/* One mail a day through a list, and what became of it. */
static void fill(struct bench *b, const char *policy, int count, const char *dkim)
{
	struct store *s = sample_open(b, sample_rules(b));

	for (int day = 0; day < 40; day++) {
		struct report *r = sample_report(b, arena_printf(&b->arena, "%s-%d", policy, day), SAMPLE_DAY + day);
		struct row *row = sample_row(b, r, "203.0.113.1", day < 30 ? count : 1);

		r->p = sample_text(b, day < 30 ? "none" : policy);
		row->envelope_from = SLICE("lists.example");
		sample_results(b, row, "none", dkim, "fail");
		sample_put(b, s, r);
	}
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
}

static void test_a_list_that_rewrites_is_said(void **state)
{
	struct bench *b = *state;
	const char *text;

	fill(b, "quarantine", 10, "fail");
	text = page_get(b, "/lists?period=10d&format=html", NULL);
	assert_says(text, "What kept our name in From through Lists failed: ");
	assert_says(text, "About 90 more were rewritten, and are gone from our reports");
	assert_says(page_get(b, "/api/v1/lists?period=10d", NULL), "\"usual\":100,\"rewritten\":90,");
}

static void test_a_fall_without_a_policy_is_not_the_list_s(void **state)
{
	struct bench *b = *state;

	fill(b, "none", 10, "fail");
	assert_says(page_get(b, "/api/v1/lists?period=10d", NULL), "\"usual\":100,\"rewritten\":null,");
	assert_says(page_get(b, "/lists?period=10d&format=html", NULL), "Ask its owner whether it can rewrite From");
}

static void test_a_list_that_breaks_nothing_is_praised(void **state)
{
	struct bench *b = *state;

	fill(b, "none", 10, "pass");
	assert_says(page_get(b, "/lists?period=10d&format=html", NULL), "No message through a list failed: ");
}

static void test_without_a_rule_a_guess_is_offered(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, (struct source_rules){ 0 });
	struct report *r = sample_report(b, "1", SAMPLE_DAY);

	sample_row(b, r, "203.0.113.1", 3);
	sample_put(b, s, r);
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
	assert_says(page_get(b, "/lists?period=all&format=html", NULL), "No list named yet; no likely hosts");
}

static void test_parts_of_it_are_resources_of_their_own(void **state)
{
	struct bench *b = *state;

	sample_fill(b, 150);
	assert_says(page_get(b, "/api/v1/forwarders?period=all", NULL), "\"data\":[{\"key\":\"Alumni\"");
	assert_says(page_get(b, "/api/v1/arc?period=all", NULL), "\"data\":[{\"label\":");
	assert_says(page_get(b, "/api/v1/lists?period=all&format=csv", NULL), "list,label,software,hosts,");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_fall_by_half_is_claimed),
		cmocka_unit_test(test_less_than_half_is_not_claimed),
		cmocka_unit_test(test_quiet_days_are_no_fall),
		cmocka_unit_test(test_nothing_is_usual_after_a_few_days),
		bench_test(test_every_number_leads_to_its_rows),
		bench_test(test_a_list_that_rewrites_is_said),
		bench_test(test_a_fall_without_a_policy_is_not_the_list_s),
		bench_test(test_a_list_that_breaks_nothing_is_praised),
		bench_test(test_without_a_rule_a_guess_is_offered),
		bench_test(test_parts_of_it_are_resources_of_their_own),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("page_lists", tests, NULL, NULL);
}
