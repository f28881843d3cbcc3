/* test_page_overview: the headline is the largest true statement, in its order; what to do next is ranked and leads to the messages
 * it helps; a day that misses somebody says whom; and an earlier period stands beside every number. */
#include "page_sample.h"

#include <time.h>

/* One report of a receiver with rows of our relays (named) and of strangers. */
static struct report *report_of(struct bench *b, const char *who, int64_t day)
{
	struct report *r = sample_report(b, arena_printf(&b->arena, "%s-%d", who, (int)day), day);

	r->org_name = sample_text(b, who);
	return r;
}

static void row_of(struct bench *b, struct report *r, const char *ip, int64_t n, const char *disposition, const char *dkim, const char *spf)
{
	sample_results(b, sample_row(b, r, ip, n), disposition, dkim, spf);
}

static void put_all(struct bench *b, struct report **reports, size_t n)
{
	struct store *s = sample_open(b, sample_rules(b));

	for (size_t i = 0; i < n; i++)
		sample_put(b, s, reports[i]);
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
}

static void test_the_headline_goes_by_the_order_of_cases(void **state)
{
	static const struct {
		const char *disposition, *dkim, *spf, *ip, *says;
	} cases[] = {
		{ "none", "pass", "pass", "192.0.2.1", "messages passed both SPF and DKIM</h1>" },
		{ "none", "pass", "fail", "192.0.2.1", "messages passed only one of SPF and DKIM</h1>" },
		{ "reject", "fail", "fail", "203.0.113.9", "messages failed both checks, and none of them was delivered</h1>" },
		{ "none", "fail", "fail", "203.0.113.9", "messages were untrusted, and delivered anyway</h1>" },
		{ "quarantine", "fail", "fail", "192.0.2.1", "messages came from senders you named, and were quarantined or rejected</h1>" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct bench *b;
		struct report *r;

		bench_setup((void **)&b);
		r = report_of(b, "Receiver", SAMPLE_DAY);
		for (size_t k = 0; k <= i; k++) /* what comes earlier in the order is there as well */
			row_of(b, r, cases[k].ip, 10 + (int64_t)k, cases[k].disposition, cases[k].dkim, cases[k].spf);
		put_all(b, &r, 1);
		assert_says(page_get(b, "/?format=html", NULL), cases[i].says);
		bench_teardown((void **)&b);
	}
}

static void test_what_to_do_next_is_ranked_and_leads_to_its_messages(void **state)
{
	struct bench *b = *state;
	struct report *r = report_of(b, "Receiver", SAMPLE_DAY);
	const char *page, *json, *first, *second;

	row_of(b, r, "192.0.2.1", 60, "none", "pass", "pass");
	row_of(b, r, "192.0.2.2", 40, "none", "fail", "pass");
	row_of(b, r, "203.0.113.9", 30, "none", "fail", "fail");
	put_all(b, &r, 1);
	json = page_get(b, "/api/v1/summary", NULL);
	first = strstr(json, "\"step\":\"sign_with_dkim\"");
	second = strstr(json, "\"step\":\"name_senders\"");
	assert_true(first != NULL && second > first);
	assert_says(json, "\"task\":\"Sign the mail of Relays with DKIM\",\"gain\":\"+40 fully trusted\"");
	page = page_get(b, "/?format=html", NULL);
	assert_says(page, "<h3>Sign the mail of Relays with DKIM</h3>");
	assert_says(page, "/records?source=Relays&amp;dkim_aligned=0\" data-n=\"40\"");
	assert_says(page, ">All sources</a>");
	assert_says(page_get(b, "/sources?format=html", NULL), "1 source sent as us. 1 needs work, 1 address is unnamed"); /* who is unnamed is no source */
	page = page_get(b, "/records?class=rejected&source=Relays&format=html", NULL);
	assert_says(page, "<li>Without “Class”: ");
	assert_null(strstr(page, "Without “Source”")); /* nothing would show without it either */
	assert_int_equal(page_count(page_get(b, "/?class=untrusted&format=html", NULL), "h-todo"), 0); /* steps need all of a sender's mail */
}

/* Two receivers a day; the small one's last report is not there. */
static void fill_days(struct bench *b, int64_t days)
{
	struct report **reports = arena_array(&b->arena, (size_t)days * 2, sizeof *reports);
	size_t n = 0;

	for (int64_t d = 0; d < days; d++) {
		reports[n] = report_of(b, "Large", SAMPLE_DAY + d);
		row_of(b, reports[n++], "192.0.2.1", 60, "none", "pass", "pass");
		if (d + 1 == days)
			continue;
		reports[n] = report_of(b, "Late & Co", SAMPLE_DAY + d);
		row_of(b, reports[n++], "192.0.2.1", 20, "none", "pass", "pass");
	}
	put_all(b, reports, n);
}

static void test_a_day_that_misses_somebody_says_whom(void **state)
{
	struct bench *b = *state;
	const char *page, *json;

	fill_days(b, 10);
	page = page_get(b, "/?period=3d&format=html", NULL);
	assert_says(page, "Sunday may still grow. </b>1 of 2 receivers (Late &amp; Co) has not sent its report for it.");
	assert_int_equal(page_count(page, "class=\"open\""), 1);
	assert_int_equal(page_count(page, "class=\"missing\""), 1);
	json = page_get(b, "/api/v1/summary?period=3d", NULL);
	assert_says(json, "\"complete\":false,\"missing\":[\"Late & Co\"]");
	assert_int_equal(page_count(json, "\"complete\":true"), 2);
	assert_says(json, "\"incomplete_days\":1");
	page = page_get(b, "/?from=2024-03-01&to=2024-03-03&format=html", NULL);
	assert_int_equal(page_count(page, "may still grow"), 0);
}

static void test_a_day_with_a_long_report_is_hatched(void **state)
{
	struct bench *b = *state;
	struct report *r[] = { report_of(b, "Receiver", SAMPLE_DAY), report_of(b, "Receiver", SAMPLE_DAY + 2) };
	const char *page;

	r[0]->end = r[0]->begin + 48 * 3600;
	row_of(b, r[0], "192.0.2.1", 10, "none", "pass", "pass");
	row_of(b, r[1], "192.0.2.1", 10, "none", "pass", "pass");
	put_all(b, r, 2);
	page = page_get(b, "/?period=3d&format=html", NULL);
	assert_says(page, "1 of 2 reports cover more than 26 hours. All their messages are counted on the day they begin, which is hatched.");
	assert_says(page, "Fri 1 Mar: 10 fully trusted, 0 partially trusted, 0 untrusted; with a report of more than 26 hours");
	assert_int_equal(page_count(page, "class=\"open\""), 1);
}

static void test_the_first_days_say_what_must_wait(void **state)
{
	struct bench *b = *state;

	fill_days(b, 6);
	assert_says(page_get(b, "/?format=html", NULL), "Reports cover 6 days so far.");
}

static void test_an_earlier_period_stands_beside_the_numbers(void **state)
{
	struct bench *b = *state;
	const char *page, *json, *csv;

	fill_days(b, 10);
	json = page_get(b, "/api/v1/summary?period=3d&compare=prev", NULL);
	assert_says(json, "\"compared_with\":{\"from\":\"2024-03-05\",\"to\":\"2024-03-07\",\"receivers\":2,");
	assert_says(json, "\"compare\":{\"before\":{\"messages\":240,");
	page = page_get(b, "/?period=3d&compare=prev&format=html", NULL);
	assert_says(page, "Compared with Tue 5 – Thu 7 Mar 2024.");
	assert_says(page, "−20 (−8.3%)"); /* 220 of 240 */
	assert_says(page, "class=\"then\"");
	assert_says(page, "/records?from=2024-03-05&amp;to=2024-03-07&amp;source=Relays\" data-n=\"240\"");
	csv = page_get(b, "/?period=3d&compare=prev&format=csv", NULL);
	assert_says(csv, ",messages_before,");
	assert_says(csv, "\r\nsources,Relays,Relays,220,");
	assert_says(strstr(csv, "\r\nsources,Relays,"), ",240,");
}

static void test_every_number_leads_to_its_rows(void **state)
{
	struct bench *b = *state;

	fill_days(b, 10);
	assert_true(assert_numbers_lead_to_rows(b, "/?period=3d&format=html") > 10);
	assert_true(assert_numbers_lead_to_rows(b, "/?period=7d&compare=prev&format=html") > 15);
}

static void fill_failed(void *ctx, struct arena *a, struct health *out)
{
	out->part[out->n++] = (struct health_part){ .role = HEALTH_LOOKUP, .state = HEALTH_FAILED, .name = SLICE("look-up") };
	out->part[out->n++] = (struct health_part){ .role = HEALTH_MAILBOX, .state = *(enum health_state *)ctx, .name = SLICE("mailbox reports"),
						    .text = SLICE("the password was refused"), .since_s = time(NULL) - 60 };
}

static const char *with_mailbox(struct bench *b, enum health_state mailbox)
{
	const struct web_config config = { .database = b->db, .suffixes = b->list, .health = fill_failed, .health_ctx = &mailbox };
	const struct request request = { .target = SLICE("/?format=html"), .method = METHOD_GET };
	struct answer *answer = arena_alloc(&b->arena, sizeof *answer);
	struct site *site = arena_alloc(&b->arena, sizeof *site);
	const char *text;

	*answer = (struct answer){ 0 };
	site_init(site, &config);
	route_answer(site, &request, answer);
	text = arena_printf(&b->arena, "%s %.*s", answer->etag, (int)answer->body.len, answer->body.data);
	answer_release(answer);
	site_release(site);
	return text;
}

static void test_that_nothing_comes_in_goes_before_all_else(void **state)
{
	struct bench *b = *state;
	const char *failed, *waiting;

	fill_days(b, 10);
	failed = with_mailbox(b, HEALTH_FAILED);
	assert_says(failed, "<h1>Reports are not coming in: mailbox reports</h1>");
	assert_says(failed, "the password was refused. What follows is what came in before.");
	waiting = with_mailbox(b, HEALTH_WAITING); /* for a minute: it may pass */
	assert_says(waiting, "messages passed both SPF and DKIM</h1>");
	assert_true(strncmp(failed, waiting, strcspn(failed, " ")) != 0); /* another answer, another tag */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_every_number_leads_to_its_rows),
		bench_test(test_that_nothing_comes_in_goes_before_all_else),
		cmocka_unit_test(test_the_headline_goes_by_the_order_of_cases),
		bench_test(test_what_to_do_next_is_ranked_and_leads_to_its_messages),
		bench_test(test_a_day_that_misses_somebody_says_whom),
		bench_test(test_a_day_with_a_long_report_is_hatched),
		bench_test(test_the_first_days_say_what_must_wait),
		bench_test(test_an_earlier_period_stands_beside_the_numbers),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("page_overview", tests, NULL, NULL);
}
