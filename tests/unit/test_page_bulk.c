/* test_page_bulk: rules are met only with evidence, each count with its rows, and volume is of a whole organisation. */
#include "page_sample.h"

static struct row *add(struct bench *b, struct report *r, const char *ip, int64_t count, const char *spf, const char *dkim)
{
	struct row *row = sample_row(b, r, ip, count);

	sample_results(b, row, "none", dkim, spf);
	sample_auth(b, &row->spf_auth, "univ.example", NULL, spf);
	if (strcmp(dkim, "none") != 0)
		sample_auth(b, &row->dkim_auth, "univ.example", "s1", dkim);
	return row;
}

static void put(struct bench *b, struct store *s, struct report *r, const char *who)
{
	r->org_name = sample_text(b, who);
	sample_put(b, s, r);
}

/* Gmail sees a sub-domain and the domain itself, straight and through a list; Outlook under two names. */
static void fill(struct bench *b, int64_t much)
{
	struct store *s = sample_open(b, sample_rules(b));
	struct report *r = sample_report(b, "1", SAMPLE_DAY);

	add(b, r, "192.0.2.1", 100, "pass", "pass");
	add(b, r, "192.0.2.2", 20, "pass", "none");
	add(b, r, "203.0.113.9", 5, "fail", "fail")->header_from = SLICE("chem.univ.example");
	add(b, r, "203.0.113.1", 7, "fail", "fail")->envelope_from = SLICE("lists.example");
	put(b, s, r, "google.com");
	r = sample_report(b, "2", SAMPLE_DAY + 1);
	add(b, r, "192.0.2.1", much, "pass", "pass")->header_from = SLICE("chem.univ.example");
	put(b, s, r, "google.com");
	r = sample_report(b, "3", SAMPLE_DAY);
	add(b, r, "203.0.113.9", 3, "fail", "fail");
	put(b, s, r, "Outlook.com");
	r = sample_report(b, "4", SAMPLE_DAY);
	add(b, r, "203.0.113.9", 4, "fail", "fail");
	put(b, s, r, "Enterprise Outlook");
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
}

static void test_each_rule_has_its_messages(void **state)
{
	struct bench *b = *state;
	const char *text;

	fill(b, 50);
	text = page_get(b, "/api/v1/bulk?period=all", NULL);
	assert_says(text, "\"key\":\"gmail\",\"label\":\"Gmail\",\"reporters\":[\"google.com\"],\"messages\":182,\"direct\":175,\"both\":150,"
			  "\"passed_on\":7,\"vouched\":0}");
	assert_says(text, "\"key\":\"spf\",\"label\":\"SPF passes\",\"gmail_breaks\":5,");
	assert_says(text, "\"key\":\"dkim\",\"label\":\"DKIM passes\",\"gmail_breaks\":25,");
	assert_says(text, "\"key\":\"aligned\",\"label\":\"From aligned\",\"gmail_breaks\":5,\"gmail\":\"not met, 5 of 175\",\"gmail_state\":\"not_met\","
			  "\"yahoo_breaks\":null,\"yahoo\":\"no evidence\",\"yahoo_state\":\"no_evidence\",\"outlook_breaks\":7,");
	assert_says(text, "\"gmail_breaks\":null,\"gmail\":\"met, saw p=none\"");
	assert_says(text, "\"domain\":\"univ.example\",\"receiver\":\"Outlook\",\"rule\":\"From aligned\",\"messages\":7,");
}

static void test_every_number_leads_to_its_rows(void **state)
{
	struct bench *b = *state;

	fill(b, 6000);
	assert_true(assert_numbers_lead_to_rows(b, "/bulk?period=all&format=html") > 20);
	assert_numbers_lead_to_rows(b, "/bulk?period=all&under=chem.univ.example&reporter=google.com&format=html");
	assert_numbers_lead_to_rows(b, "/bulk?period=all&kind=ours,list&class=full,untrusted&spf=pass&format=html");
	assert_numbers_lead_to_rows(b, "/bulk?period=all&reporter!=google.com&kind!=list&format=html&bounce=5.7.32");
}

/* Below a department, and outside of the day of the peak, the organisation's highest day stands. */
static void test_volume_is_the_whole_organisation_s_for_ever(void **state)
{
	struct bench *b = *state;
	const char *text;

	fill(b, 6000);
	text = page_get(b, arena_printf(&b->arena, "/api/v1/bulk?from=2024-03-01&to=2024-03-01&domain=univ.example"), NULL);
	assert_says(text, "\"domain\":\"univ.example\",\"receiver\":\"Gmail\",\"messages\":132,\"a_day\":132,\"peak\":132,\"peak_day\":\"2024-03-01\","
			  "\"ever\":6000,\"ever_day\":\"2024-03-02\",\"standing\":\"Yes, since");
	assert_says(page_get(b, "/bulk?period=all&format=html", NULL), "a bulk sender from then on");
}

static void test_under_the_threshold_it_is_said(void **state)
{
	struct bench *b = *state;
	const char *page;

	fill(b, 50);
	page = page_get(b, "/bulk?period=all&format=html", NULL);
	assert_says(page, "<h1>Gmail sees about 91 messages a day from us: under 5,000 in this period");
	assert_says(page, "No report from Yahoo in this period.");
}

static void test_a_bounce_names_rule_source_and_rows(void **state)
{
	struct bench *b = *state;
	const char *page;

	fill(b, 50);
	page = page_get(b, "/bulk?period=all&format=html&bounce=550+5.7.27+SPF+(gsmtp)", NULL);
	assert_says(page, "Refused: the 5 says");
	assert_says(page, "<b>SPF passes</b>");
	assert_says(page, "Most likely it was ");
	assert_says(page, "value=\"550 5.7.27 SPF (gsmtp)\"");
	assert_says(page_get(b, "/bulk?period=all&format=html&bounce=5.1.1", NULL), "No rule for bulk senders");
	assert_says(page_get(b, "/bulk?period=all&format=html&bounce=%3Cscript%3E", NULL), "no code such as");
	assert_null(strstr(page_get(b, "/bulk?period=all&format=html&bounce=%3Cscript%3E", NULL), "\"<script>"));
	assert_says(page_get(b, "/api/v1/bulk?period=all&bounce=4.7.x", NULL),
		    "\"bounce\":{\"code\":\"4.7.x\",\"rule\":null,\"receiver\":null,\"action\":\"slowed\",\"domain\":null}");
}

/* A name counts only where a look-up found it. */
static void test_names_are_met_only_once_they_were_looked_up(void **state)
{
	struct bench *b = *state;

	fill(b, 50);
	assert_says(page_get(b, "/api/v1/bulk?period=all", NULL), "\"label\":\"Reverse name, both ways\",\"gmail_breaks\":null,\"gmail\":\"no evidence\"");
	table_run(b, b->db, "INSERT INTO address_name (address, name, looked_up_s) SELECT id, 'mx.univ.example', 1 FROM address"
			    " WHERE hex(bytes) LIKE '%C0000201'");
	assert_says(page_get(b, "/api/v1/bulk?period=all", NULL), "\"gmail\":\"met, 1 host\"");
	table_run(b, b->db, "INSERT INTO address_name (address, name, looked_up_s) SELECT id, NULL, 1 FROM address"
			    " WHERE hex(bytes) LIKE '%C0000202'");
	assert_says(page_get(b, "/api/v1/bulk?period=all", NULL), "\"gmail\":\"not met, 1 of 2 hosts\"");
	assert_says(page_get(b, "/api/v1/bulk?period=all", NULL), "\"outlook\":\"not asked for\"");
}

static void test_the_record_is_what_dns_says(void **state)
{
	struct bench *b = *state;

	fill(b, 50);
	table_run(b, b->db, "INSERT INTO dns_name (name, wanted_s, looked_up_s, due_s, failures) VALUES ('_dmarc.univ.example', 1, 1, 1, 0);"
			    "INSERT INTO dns_record (name, first_s, last_s, text) VALUES ('_dmarc.univ.example', 1, 1, '')");
	assert_says(page_get(b, "/api/v1/bulk?period=all", NULL), "DNS: univ.example has none");
	assert_says(page_get(b, "/api/v1/bulk?period=all", NULL), "\"gmail\":\"not met, saw p=none\",\"gmail_state\":\"not_met\"");
	table_run(b, b->db, "UPDATE dns_record SET text = 'v=DMARC1; p=quarantine'");
	assert_says(page_get(b, "/api/v1/bulk?period=all", NULL), "DNS: univ.example p=quarantine");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_each_rule_has_its_messages),
		bench_test(test_every_number_leads_to_its_rows),
		bench_test(test_volume_is_the_whole_organisation_s_for_ever),
		bench_test(test_under_the_threshold_it_is_said),
		bench_test(test_a_bounce_names_rule_source_and_rows),
		bench_test(test_names_are_met_only_once_they_were_looked_up),
		bench_test(test_the_record_is_what_dns_says),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("page_bulk", tests, NULL, NULL);
}
