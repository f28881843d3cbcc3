/* test_page_tls: sessions that failed, in words; what is not said is not invented. */
#include "page_sample.h"

static void put(struct bench *b, const struct tls_report *r)
{
	struct store *s = sample_open(b, sample_rules(b));
	enum stored how;

	sample_put(b, s, sample_report(b, "1", SAMPLE_DAY));
	assert_done(b, store_tls(s, r, SAMPLE_RECEIVED, &how, &b->err));
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
}

static void test_failures_are_said_in_words(void **state)
{
	struct bench *b = *state;
	struct tls_failure odd = { .result_type = SLICE("<b>odd"), .failed = 1 },
			   expired = { .result_type = SLICE("certificate-expired"), .receiving_mx_hostname = SLICE("mx1.univ.example"), .failed = 9,
				       .next = &odd };
	struct tls_policy sts = { .policy_type = SLICE("sts"), .policy_domain = SLICE("univ.example"), .successful = 1990, .failed = 10,
				  .failures = &expired };
	struct tls_report r = { .organization_name = SLICE("Google Inc."), .start = SLICE("2024-03-01T00:00:00Z"), .policies = &sts };
	const char *page;

	put(b, &r);
	page = page_get(b, "/tls?format=html", NULL);
	assert_says(page, "<h1>10 of 2,000 sessions from Google Inc. to univ.example failed under MTA-STS");
	assert_says(page, "The certificate has expired");
	assert_says(page, "&lt;b&gt;odd");
	assert_null(strstr(page, "<b>odd"));
	assert_says(page, "never added together");
	assert_says(page_get(b, "/api/v1/tls", NULL), "\"policy_type\":\"sts\",\"hosts\":[],\"successful\":1990,\"failed\":10,");
	assert_says(page_get(b, "/tls?format=csv", NULL), "failures,univ.example,Google Inc.,MTA-STS,sts,,,9,");
	assert_says(page_get(b, "/tls?format=html&reporter=nobody", NULL), "No TLS report in these days");
}

static void test_what_is_not_stated_is_not_known(void **state)
{
	struct bench *b = *state;
	struct tls_policy bare = { .successful = TLS_NO_COUNT, .failed = TLS_NO_COUNT };
	struct tls_report r = { .start = SLICE("2024-03-01T00:00:00Z"), .policies = &bare };

	put(b, &r);
	assert_says(page_get(b, "/tls?format=html", NULL), "No session failed, as far as TLS reports tell");
	assert_says(page_get(b, "/api/v1/tls", NULL), "\"successful\":null,\"failed\":null,\"failed_share\":null");
}

static void test_without_reports_it_says_how_they_come(void **state)
{
	struct bench *b = *state;

	sample_fill(b, 5);
	assert_says(page_get(b, "/tls?period=all&format=html", NULL), "_smtp._tls.univ.example. TXT");
	assert_says(page_get(b, "/api/v1/tls?period=all", NULL), "\"policies\":[]");
}

static void test_other_parameters_are_refused(void **state)
{
	struct bench *b = *state;
	int status;

	sample_fill(b, 5);
	page_get(b, "/tls?class=full", &status);
	assert_int_equal(status, 400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_failures_are_said_in_words),
		bench_test(test_what_is_not_stated_is_not_known),
		bench_test(test_without_reports_it_says_how_they_come),
		bench_test(test_other_parameters_are_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("page_tls", tests, NULL, NULL);
}
