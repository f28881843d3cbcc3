/* test_page_reports: each report stands once in every printing, its numbers lead to its rows, and reporters add up to them. */
#include "page_sample.h"

static void test_each_report_is_in_the_export_once(void **state)
{
	struct bench *b = *state;
	const char *csv;

	sample_fill(b, 120);
	csv = page_get(b, "/reports?period=all&format=csv", NULL);
	assert_int_equal(page_count(csv, "\r\n"), 121);
	for (int i = 1; i <= 120; i++)
		assert_int_equal(page_count(csv, arena_printf(&b->arena, ",%d\r\n", i)), 1);
	assert_int_equal(page_count(page_get(b, "/reports?period=all&format=ndjson", NULL), "\n"), 120);
}

static void test_pages_follow_each_other_to_the_end(void **state)
{
	struct bench *b = *state;
	const char *link = "/api/v1/reports?period=all&limit=50", *text, *next;
	int seen = 0;

	sample_fill(b, 120);
	for (int i = 0; i < 4 && link != NULL; i++) {
		text = page_get(b, link, NULL);
		seen += page_count(text, "\"report_id\":");
		next = strstr(text, "\"next\":\"");
		link = next == NULL ? NULL : arena_printf(&b->arena, "%.*s", (int)strcspn(next + 8, "\""), next + 8);
	}
	assert_null(link);
	assert_int_equal(seen, 120);
}

static void test_a_number_leads_to_the_rows_of_its_report(void **state)
{
	struct bench *b = *state;
	const char *page, *link, *rows;

	sample_fill(b, 120);
	page = page_get(b, "/reports?period=all&format=html", NULL);
	assert_says(page, "<h1>6 receivers sent 120 reports.</h1>");
	link = strstr(page, "&amp;report=");
	assert_non_null(link);
	while (*link != '"')
		link--;
	rows = arena_printf(&b->arena, "/api/v1/records?from=%.10s&to=%.10s&report=%d", link + strlen("\"/records?from="),
			    strstr(link, "&amp;to=") + 8, atoi(strstr(link, "report=") + 7));
	assert_says(page_get(b, rows, NULL), arena_printf(&b->arena, "\"total\":{\"messages\":%d,", atoi(strstr(link, "data-n=\"") + 8)));
}

static void test_reporters_add_up_to_the_total(void **state)
{
	struct bench *b = *state;
	const char *text;
	int sum = 0, total;

	sample_fill(b, 200);
	text = page_get(b, "/api/v1/reporters?period=all", NULL);
	total = atoi(strstr(text, "\"total\":{\"messages\":") + strlen("\"total\":{\"messages\":"));
	for (const char *at = text; (at = strstr(at, "\"share_numerator\":")) != NULL; at++)
		sum += atoi(at + strlen("\"share_numerator\":"));
	assert_true(total > 0);
	assert_int_equal(sum, total);
	assert_says(page_get(b, "/reports/reporters?format=html&under=chem.univ.example&period=all", NULL), "Nobody is late.");
}

static void test_a_period_without_reports_says_so(void **state)
{
	struct bench *b = *state;

	sample_fill(b, 20);
	assert_says(page_get(b, "/reports?reporter=nobody&format=html", NULL), "reporter");
	assert_says(page_get(b, "/api/v1/reports?reporter=nobody", NULL), "\"data\":[]");
	assert_says(page_get(b, "/api/v1/reporters?reporter=nobody", NULL), "\"data\":[]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_each_report_is_in_the_export_once),
		bench_test(test_pages_follow_each_other_to_the_end),
		bench_test(test_a_number_leads_to_the_rows_of_its_report),
		bench_test(test_reporters_add_up_to_the_total),
		bench_test(test_a_period_without_reports_says_so),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("page_reports", tests, NULL, NULL);
}
