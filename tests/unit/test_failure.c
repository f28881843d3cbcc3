/* test_failure: of a failure report every field is read that INTERFACE has, however it is folded or cased, and nothing of
 * it harms who reads on. */
#include "parsers/failure.h"

#include "base/text.h"
#include "sample.h"
#include "schema/limits.h"

static struct arena arena;

static int clear(void **state)
{
	arena_release(&arena);
	return 0;
}

static struct failure_report read_body(struct slice body)
{
	struct failure_report r;

	memset(&r, 0x5a, sizeof r);
	assert_true(failure_read(&arena, body, &r));
	assert_null(r.file.ptr);
	assert_null(r.member.ptr);
	return r;
}

static const char usual[] = "Feedback-Type: auth-failure\n"
			    "User-Agent: Receiver/1.0\n"
			    "Version: 1\n"
			    "Original-Mail-From: <bounce@list.example>\n"
			    "Arrival-Date: Mon, 1 Jun 2026 08:00:00 +0000\n"
			    "Source-IP: 192.0.2.1\n"
			    "Reported-Domain: univ.example\n"
			    "Authentication-Results: mx.receiver.example; dmarc=fail header.from=univ.example\n"
			    "Auth-Failure: dmarc\n"
			    "Identity-Alignment: dkim, spf\n"
			    "Delivery-Result: delivered\n"
			    "DKIM-Domain: univ.example\n"
			    "DKIM-Selector: s1\n"
			    "SPF-DNS: txt : univ.example : \"v=spf1 -all\"\n"
			    "Incidents: 3\n";

static const char *const expected[FAILURE_FIELDS] = {
	[FAILURE_FEEDBACK_TYPE] = "auth-failure",
	[FAILURE_AUTH_FAILURE] = "dmarc",
	[FAILURE_REPORTED_DOMAIN] = "univ.example",
	[FAILURE_SOURCE_IP] = "192.0.2.1",
	[FAILURE_DELIVERY_RESULT] = "delivered",
	[FAILURE_IDENTITY_ALIGNMENT] = "dkim, spf",
	[FAILURE_AUTHENTICATION_RESULTS] = "mx.receiver.example; dmarc=fail header.from=univ.example",
	[FAILURE_DKIM_DOMAIN] = "univ.example",
	[FAILURE_DKIM_SELECTOR] = "s1",
	[FAILURE_SPF_DNS] = "txt : univ.example : \"v=spf1 -all\"",
	[FAILURE_ORIGINAL_MAIL_FROM] = "<bounce@list.example>",
	[FAILURE_ARRIVAL_DATE] = "Mon, 1 Jun 2026 08:00:00 +0000",
	[FAILURE_INCIDENTS] = "3",
};

static void assert_usual(struct slice body)
{
	struct failure_report r = read_body(body);

	for (int f = 0; f < FAILURE_FIELDS; f++)
		assert_slice(r.field[f], expected[f]);
}

static void test_no_field_is_lost(void **state)
{
	assert_usual(slice_of(usual));
	assert_usual(sample_crlf(&arena, slice_of(usual)));
	assert_usual((struct slice){ usual, sizeof usual - 2 }); /* the last line without its end */
	assert_usual(sample_join(&arena, SLICE("\n\r\n"), slice_of(usual))); /* a blank line too many */
	assert_usual(sample_join(&arena, slice_of(usual), SLICE("\n\n")));
}

static void test_the_case_of_a_field_does_not_matter(void **state)
{
	struct slice shouted = text_copy(&arena, slice_of(usual)), lower = text_lower(&arena, slice_of(usual));
	bool name = true;

	for (size_t i = 0; i < shouted.len; i++) {
		char *p = (char *)(uintptr_t)shouted.ptr + i;

		name = *p == '\n' ? true : *p == ':' ? false : name;
		if (name && *p >= 'a' && *p <= 'z')
			*p = (char)(*p - 32);
	}
	assert_usual(shouted);
	assert_slice(read_body(lower).field[FAILURE_AUTH_FAILURE], "dmarc");
	assert_slice(read_body(lower).field[FAILURE_ARRIVAL_DATE], "mon, 1 jun 2026 08:00:00 +0000");
}

static void test_blanks_around_name_and_value_are_none_of_them(void **state)
{
	static const char *const lines[] = { "Source-IP:192.0.2.1\n", "Source-IP:   192.0.2.1  \n", "Source-IP : 192.0.2.1\n",
					     "Source-IP\t:\t192.0.2.1\t\r\n", "Source-IP: 192.0.2.1", "  Source-IP: 192.0.2.1\n" };

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		assert_slice(read_body(slice_of(lines[i])).field[FAILURE_SOURCE_IP], "192.0.2.1");
}

static void test_folded_lines_are_one_value(void **state)
{
	struct slice folded = SLICE("Authentication-Results: mx.receiver.example;\n dkim=fail\n\t\theader.d=univ.example;\n"
				    "    spf=pass\nSource-IP:\n 192.0.2.1\nDKIM-Domain: a\n \n b\n");
	struct failure_report r = read_body(folded), crlf = read_body(sample_crlf(&arena, folded));

	assert_slice(r.field[FAILURE_AUTHENTICATION_RESULTS], "mx.receiver.example; dkim=fail header.d=univ.example; spf=pass");
	assert_slice(r.field[FAILURE_SOURCE_IP], "192.0.2.1");
	assert_slice(r.field[FAILURE_DKIM_DOMAIN], "a b");
	for (int f = 0; f < FAILURE_FIELDS; f++)
		assert_true(slice_eq(r.field[f], crlf.field[f]));
}

static void test_a_folded_line_is_no_field_of_its_own(void **state)
{
	struct failure_report r = read_body(SLICE("X-Other: a\n Source-IP: 192.0.2.9\nDKIM-Domain: x\n Incidents: 5\n"));

	assert_null(r.field[FAILURE_SOURCE_IP].ptr);
	assert_null(r.field[FAILURE_INCIDENTS].ptr);
	assert_slice(r.field[FAILURE_DKIM_DOMAIN], "x Incidents: 5");
}

static void test_of_a_repeated_field_the_first_counts(void **state)
{
	struct failure_report r =
		read_body(SLICE("DKIM-Domain: first.example\ndkim-domain: second.example\nDKIM-Domain:\nIncidents: 1\n"));

	assert_slice(r.field[FAILURE_DKIM_DOMAIN], "first.example");
	assert_slice(r.field[FAILURE_INCIDENTS], "1");
}

static void test_names_that_only_look_alike_are_other_fields(void **state)
{
	struct failure_report r = read_body(
		SLICE("Source-IPv6: x\nXSource-IP: x\nSource IP: x\nSource-I: x\nSource-Port: 25\nDKIM-Identity: @x\nIncidents: 1\n"));

	for (int f = 0; f < FAILURE_FIELDS; f++)
		assert_slice(r.field[f], f == FAILURE_INCIDENTS ? "1" : NULL);
}

static void test_an_empty_value_is_absent(void **state)
{
	struct failure_report r = read_body(SLICE("Source-IP:\nReported-Domain: \t \nDKIM-Domain:\r\n \r\nIncidents: 1\n"));

	for (int f = 0; f < FAILURE_FIELDS; f++)
		assert_slice(r.field[f], f == FAILURE_INCIDENTS ? "1" : NULL);
}

/* FORMATS 6: "Source-IP: 1.2.3.4 (rdns)", Identity-Alignment missing. */
static void test_deviations_of_senders_are_kept_as_written(void **state)
{
	struct failure_report r = read_body(SLICE("Feedback-Type: auth-failure\nSource-IP: 192.0.2.1 (host.list.example)\n"));

	assert_slice(r.field[FAILURE_SOURCE_IP], "192.0.2.1 (host.list.example)");
	assert_null(r.field[FAILURE_IDENTITY_ALIGNMENT].ptr);
}

static void test_a_body_without_a_field_is_no_report(void **state)
{
	static const char *const bodies[] = { "", "\n", "\r\n\r\n", ":", ": x\n", "A message claiming to be from you has failed\n",
					      "X-Other: y\nReceived: z\n", "Source-IP 192.0.2.1\n", "Feedback-Type",
					      " folded\n\tonly\n" };

	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		struct failure_report r;

		if (failure_read(&arena, slice_of(bodies[i]), &r))
			fail_msg("\"%s\" was taken for a report", bodies[i]);
	}
	assert_false(failure_read(&arena, (struct slice){ 0 }, &(struct failure_report){ 0 }));
}

static void assert_gets_through(const struct failure_report *r)
{
	struct failure_report back;
	struct buf wire;

	buf_init(&wire, 4 << 20);
	assert_int_equal(failure_report_encode(&wire, r), 0);
	assert_int_equal(failure_report_decode(buf_slice(&wire), &back), 0);
	for (int f = 0; f < FAILURE_FIELDS; f++)
		assert_true(slice_eq(r->field[f], back.field[f]));
	buf_release(&wire);
}

static void test_a_very_long_field_is_cut_and_hides_no_other(void **state)
{
	for (size_t n = LIMIT_XML_TEXT_BYTES - 2; n <= LIMIT_XML_TEXT_BYTES + 2; n++) {
		struct slice value = sample_join(&arena, sample_noise(&arena, n - 2), SLICE("\xe2\x82\xac"));
		struct failure_report r = read_body(slice_of(
			arena_printf(&arena, "Auth-Failure: x%s\nIncidents: 1\n", value.ptr)));

		assert_true(r.field[FAILURE_AUTH_FAILURE].len <= LIMIT_XML_TEXT_BYTES);
		assert_true(r.field[FAILURE_AUTH_FAILURE].len >= LIMIT_XML_TEXT_BYTES - 3);
		assert_slice(r.field[FAILURE_INCIDENTS], "1");
		assert_gets_through(&r);
	}
}

static void test_a_field_of_endless_folds_is_cut(void **state)
{
	struct slice folds = sample_repeat(&arena, "\n folded line", 200000);
	struct failure_report r =
		read_body(sample_join(&arena, sample_join(&arena, SLICE("SPF-DNS: x"), folds), SLICE("\nIncidents: 2\n")));

	assert_true(r.field[FAILURE_SPF_DNS].len <= LIMIT_XML_TEXT_BYTES);
	assert_slice(r.field[FAILURE_INCIDENTS], "2");
	assert_gets_through(&r);
}

static void test_bytes_that_are_no_text_get_through_as_text(void **state)
{
	struct slice body = SLICE("Auth-Failure: a\0b\nSource-IP: \xff\xfe\nDKIM-Domain: caf\xe9\nSPF-DNS: \xed\xa0\x80\n"
				  "Delivery-Result: \xc3\xa9\nIncidents: \0\n");
	struct failure_report r = read_body(body);

	assert_slice(r.field[FAILURE_AUTH_FAILURE], "a\xef\xbf\xbd" "b");
	assert_slice(r.field[FAILURE_SOURCE_IP], "\xef\xbf\xbd\xef\xbf\xbd");
	assert_slice(r.field[FAILURE_DKIM_DOMAIN], "caf\xef\xbf\xbd");
	assert_slice(r.field[FAILURE_SPF_DNS], "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	assert_slice(r.field[FAILURE_DELIVERY_RESULT], "\xc3\xa9");
	assert_slice(r.field[FAILURE_INCIDENTS], "\xef\xbf\xbd");
	assert_gets_through(&r);
}

static void test_a_field_of_nothing_but_bad_bytes_is_cut_between_characters(void **state)
{
	char *bad = arena_alloc(&arena, LIMIT_XML_TEXT_BYTES + 1);
	struct failure_report r;

	memset(bad, 0xff, LIMIT_XML_TEXT_BYTES); /* each becomes three */
	r = read_body(sample_join(&arena, SLICE("Auth-Failure: "), (struct slice){ bad, LIMIT_XML_TEXT_BYTES }));
	assert_true(r.field[FAILURE_AUTH_FAILURE].len <= LIMIT_XML_TEXT_BYTES);
	assert_true(text_utf8_valid(r.field[FAILURE_AUTH_FAILURE]));
	assert_gets_through(&r);
}

static void test_no_cut_or_flipped_body_is_read_past_its_end(void **state)
{
	size_t len = sizeof usual - 1;

	for (size_t n = 0; n <= len; n++) {
		char *exact = malloc(n > 0 ? n : 1);
		struct failure_report r;

		assert_non_null(exact);
		memcpy(exact, usual, n);
		if (failure_read(&arena, (struct slice){ exact, n }, &r))
			assert_gets_through(&r);
		if (n > 0)
			exact[n / 2] = (char)(exact[n / 2] ^ (1 << n % 8));
		if (failure_read(&arena, (struct slice){ exact, n }, &r))
			assert_gets_through(&r);
		free(exact);
	}
}

static void test_text_outlives_the_body(void **state)
{
	char *body = malloc(sizeof usual - 1);
	struct failure_report r;

	assert_non_null(body);
	memcpy(body, usual, sizeof usual - 1);
	r = read_body((struct slice){ body, sizeof usual - 1 });
	memset(body, 'x', sizeof usual - 1);
	free(body);
	for (int f = 0; f < FAILURE_FIELDS; f++)
		assert_slice(r.field[f], expected[f]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, clear)
		TEST(test_no_field_is_lost),
		TEST(test_the_case_of_a_field_does_not_matter),
		TEST(test_blanks_around_name_and_value_are_none_of_them),
		TEST(test_folded_lines_are_one_value),
		TEST(test_a_folded_line_is_no_field_of_its_own),
		TEST(test_of_a_repeated_field_the_first_counts),
		TEST(test_names_that_only_look_alike_are_other_fields),
		TEST(test_an_empty_value_is_absent),
		TEST(test_deviations_of_senders_are_kept_as_written),
		TEST(test_a_body_without_a_field_is_no_report),
		TEST(test_a_very_long_field_is_cut_and_hides_no_other),
		TEST(test_a_field_of_endless_folds_is_cut),
		TEST(test_bytes_that_are_no_text_get_through_as_text),
		TEST(test_a_field_of_nothing_but_bad_bytes_is_cut_between_characters),
		TEST(test_no_cut_or_flipped_body_is_read_past_its_end),
		TEST(test_text_outlives_the_body),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("failure", tests, NULL, NULL);
}
