/* test_tlsrpt: of a TLS report's JSON every field is read that RFC 8460 4.4 has, with the deviations of FORMATS 7; what
 * is none is refused with its place, and no document costs more than its ceiling. */
#include "parsers/tlsrpt.h"

#include "base/text.h"
#include "sample.h"
#include "schema/limits.h"

static struct arena arena;

static int clear(void **state)
{
	arena_release(&arena);
	return 0;
}

static int try_read(struct slice json, struct tls_report *out, struct reject *why)
{
	struct stream s;

	stream_of(&s, json);
	memset(why, 0, sizeof *why);
	return tlsrpt_read(&arena, &s, out, why);
}

/* What is read must get through to the store: a frame that does not decode ends the parser (HOUSE). */
static void assert_gets_through(const struct tls_report *r)
{
	struct tls_report back;
	struct buf wire;

	buf_init(&wire, LIMIT_FRAME_BYTES);
	assert_int_equal(tls_report_encode(&wire, r), 0);
	assert_int_equal(tls_report_decode(&arena, buf_slice(&wire), &back), 0);
	buf_release(&wire);
}

static struct tls_report read_slice(struct slice json)
{
	struct tls_report r;
	struct reject why;

	memset(&r, 0x5a, sizeof r);
	if (try_read(json, &r, &why) != 0)
		fail_msg("refused: %s, line %d: %.*s", reject_name(why.code), (int)why.line, (int)why.detail.len, why.detail.ptr);
	assert_null(r.file.ptr);
	assert_null(r.member.ptr);
	assert_gets_through(&r);
	return r;
}

static struct tls_report read_text(const char *json)
{
	return read_slice(slice_of(json));
}

/* `out` untouched on failure (HOUSE). */
static struct reject refusal(struct slice json)
{
	struct tls_report r, untouched;
	struct reject why;

	memset(&r, 0x5a, sizeof r);
	memset(&untouched, 0x5a, sizeof untouched);
	if (try_read(json, &r, &why) == 0)
		fail_msg("taken: %.*s", (int)(json.len < 80 ? json.len : 80), json.ptr);
	assert_memory_equal(&r, &untouched, sizeof r);
	assert_true(why.detail.len > 0 && why.line >= 0);
	return why;
}

static int count(const struct note *n)
{
	int c = 0;

	for (; n != NULL; n = n->next)
		c++;
	return c;
}

/* One policy of a report, as it is given. */
static struct tls_report read_policies(const char *policies)
{
	return read_text(arena_printf(&arena, "{\"organization-name\":\"A\",\"report-id\":\"1\",\"policies\":%s}", policies));
}

/* --- every field --- */

static const char full[] =
	"{\n"
	"  \"organization-name\": \" Receiver  One \",\n"
	"  \"date-range\": {\"start-datetime\": \"2026-06-01T00:00:00Z\", \"end-datetime\": \"2026-06-01T23:59:59Z\"},\n"
	"  \"contact-info\": \"tls@receiver.example\",\n"
	"  \"report-id\": \"2026-06-01T00:00:00Z_univ.example\",\n"
	"  \"policies\": [{\n"
	"    \"policy\": {\"policy-type\": \"STS\", \"policy-string\": [\"version: STSv1\", \"mode: testing\"],\n"
	"      \"policy-domain\": \"univ.example\", \"mx-host\": [\"*.mail.univ.example\", \"mx.univ.example\"]},\n"
	"    \"summary\": {\"total-successful-session-count\": 5326, \"total-failure-session-count\": 303},\n"
	"    \"failure-details\": [\n"
	"      {\"result-type\": \"Certificate-Expired\", \"sending-mta-ip\": \"2001:db8::1\",\n"
	"       \"receiving-mx-hostname\": \"mx1.mail.univ.example\", \"receiving-mx-helo\": \"helo.univ.example\",\n"
	"       \"receiving-ip\": \"192.0.2.1\", \"failed-session-count\": 100,\n"
	"       \"additional-information\": \"https://r.example/1?a=b\", \"failure-reason-code\": \"X509_V_ERR\"},\n"
	"      {\"result-type\": \"starttls-not-supported\", \"failed-session-count\": 200}]\n"
	"  }, {\"policy\": {\"policy-type\": \"no-policy-found\", \"policy-domain\": \"other.example\"},\n"
	"      \"summary\": {\"total-successful-session-count\": 0, \"total-failure-session-count\": 9223372036854775807}}]\n"
	"}\n";

static void test_no_field_is_lost(void **state)
{
	struct tls_report r = read_text(full);
	const struct tls_policy *p = r.policies;
	const struct tls_failure *f = p->failures;

	assert_slice(r.organization_name, "Receiver One"); /* inner blanks one */
	assert_slice(r.contact_info, "tls@receiver.example");
	assert_slice(r.report_id, "2026-06-01T00:00:00Z_univ.example");
	assert_slice(r.start, "2026-06-01T00:00:00Z");
	assert_slice(r.end, "2026-06-01T23:59:59Z");
	assert_slice(p->policy_type, "sts");
	assert_slice(p->policy_domain, "univ.example");
	assert_slice(p->policy_string->text, "version: STSv1");
	assert_slice(p->policy_string->next->text, "mode: testing");
	assert_null(p->policy_string->next->next);
	assert_slice(p->mx_host->text, "*.mail.univ.example");
	assert_slice(p->mx_host->next->text, "mx.univ.example");
	assert_true(p->successful == 5326 && p->failed == 303);
	assert_slice(f->result_type, "certificate-expired");
	assert_slice(f->sending_mta_ip, "2001:db8::1");
	assert_slice(f->receiving_mx_hostname, "mx1.mail.univ.example");
	assert_slice(f->receiving_mx_helo, "helo.univ.example");
	assert_slice(f->receiving_ip, "192.0.2.1");
	assert_true(f->failed == 100);
	assert_slice(f->additional_information, "https://r.example/1?a=b");
	assert_slice(f->failure_reason_code, "X509_V_ERR");
}

static void test_no_second_policy_or_failure_is_lost(void **state)
{
	struct tls_report r = read_text(full);
	const struct tls_policy *p = r.policies->next;
	const struct tls_failure *f = r.policies->failures->next;

	assert_slice(f->result_type, "starttls-not-supported");
	assert_true(f->failed == 200);
	assert_null(f->sending_mta_ip.ptr);
	assert_null(f->next);
	assert_slice(p->policy_type, "no-policy-found");
	assert_slice(p->policy_domain, "other.example");
	assert_null(p->mx_host);
	assert_null(p->policy_string);
	assert_true(p->successful == 0 && p->failed == INT64_MAX);
	assert_null(p->failures);
	assert_null(p->next);
}

static void test_the_order_of_members_does_not_matter(void **state)
{
	struct tls_report r = read_text("{\"policies\":[{\"summary\":{\"total-failure-session-count\":2,"
					"\"total-successful-session-count\":1},\"policy\":{\"policy-type\":\"tlsa\"}}],"
					"\"x-extension\":{\"a\":[1,2]},\"report-id\":\"1\"}");

	assert_slice(r.report_id, "1");
	assert_slice(r.policies->policy_type, "tlsa");
	assert_true(r.policies->successful == 1 && r.policies->failed == 2);
}

/* --- deviations (FORMATS 7) --- */

static void test_no_contact_and_no_policies_are_a_report(void **state) /* FORMATS 10 (33) */
{
	struct tls_report r = read_text("{\"organization-name\":\"A\",\"contact-info\":null,\"report-id\":\"1\",\"policies\":[]}");

	assert_slice(r.organization_name, "A");
	assert_null(r.contact_info.ptr);
	assert_null(r.policies);
	assert_null(r.start.ptr);
	assert_null(read_text("{\"organization-name\":\"A\"}").policies);
	assert_null(read_text("{\"organization-name\":\"A\",\"policies\":null}").policies);
	assert_null(read_text("{\"organization-name\":\"A\",\"policies\":{}}").policies);
	assert_null(read_text("{\"policies\":\"none\"}").policies);
	assert_null(read_text("{\"policies\":[]}").organization_name.ptr);
}

static void test_an_mx_host_is_read_as_text_or_list(void **state)
{
	struct tls_report r = read_policies("[{\"policy\":{\"mx-host\":\"mx.univ.example\"}},"
					    "{\"policy\":{\"mx-host\":[\"a.example\",\"b.example\"]}},"
					    "{\"policy\":{\"mx-host\":\"mx: mx.univ.example\"}},"
					    "{\"policy\":{\"mx-host\":[]}},{\"policy\":{\"mx-host\":null}},"
					    "{\"policy\":{\"mx-host\":[null,\"\",\" c.example \",{}]}}]");
	const struct tls_policy *p = r.policies;

	assert_slice(p->mx_host->text, "mx.univ.example");
	assert_null(p->mx_host->next);
	p = p->next;
	assert_slice(p->mx_host->text, "a.example");
	assert_slice(p->mx_host->next->text, "b.example");
	p = p->next;
	assert_slice(p->mx_host->text, "mx: mx.univ.example"); /* as written */
	p = p->next;
	assert_null(p->mx_host);
	p = p->next;
	assert_null(p->mx_host);
	p = p->next;
	assert_slice(p->mx_host->text, "c.example");
	assert_null(p->mx_host->next);
	assert_null(p->next);
}

static void test_a_policy_string_is_kept_as_written(void **state)
{
	struct tls_report r = read_policies("[{\"policy\":{\"policy-type\":\"tlsa\",\"policy-string\":"
					    "\"{\\\"3 1 1\\\": \\\"ab\\\"}\"}},{\"policy\":{\"policy-string\":[]}}]");

	assert_slice(r.policies->policy_string->text, "{\"3 1 1\": \"ab\"}"); /* JSON inside a string */
	assert_null(r.policies->next->policy_string);
}

static void test_what_is_no_count_is_not_0(void **state)
{
	static const char *const counts[] = { "null", "\"5\"", "-1", "-9223372036854775808", "1.5", "5.0", "true", "[]", "{}", "\"\"" };

	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		struct tls_report r = read_policies(arena_printf(
			&arena,
			"[{\"summary\":{\"total-successful-session-count\":%s,\"total-failure-session-count\":%s},"
			"\"failure-details\":[{\"failed-session-count\":%s}]}]",
			counts[i], counts[i], counts[i]));

		assert_true(r.policies->successful == TLS_NO_COUNT && r.policies->failed == TLS_NO_COUNT);
		assert_true(r.policies->failures->failed == TLS_NO_COUNT);
	}
}

static void test_missing_counts_are_not_0(void **state)
{
	struct tls_report r = read_policies("[{\"failure-details\":[{}]},{\"summary\":null},{\"summary\":[1]},"
					    "{\"summary\":{\"total-failure-session-count\":0}}]");
	const struct tls_policy *p = r.policies;

	for (int i = 0; i < 3; i++, p = p->next)
		assert_true(p->successful == TLS_NO_COUNT && p->failed == TLS_NO_COUNT);
	assert_true(p->successful == TLS_NO_COUNT && p->failed == 0);
	assert_true(r.policies->failures->failed == TLS_NO_COUNT);
	assert_null(r.policies->failures->result_type.ptr);
}

static void test_failure_details_may_be_empty_or_missing(void **state)
{
	struct tls_report r = read_policies("[{\"failure-details\":[]},{},{\"failure-details\":null},"
					    "{\"failure-details\":{\"result-type\":\"x\"}},"
					    "{\"failure-details\":[null,7,{\"result-type\":\"y\"},[]]}]");
	const struct tls_policy *p = r.policies;

	for (int i = 0; i < 4; i++, p = p->next)
		assert_null(p->failures);
	assert_slice(p->failures->result_type, "y");
	assert_null(p->failures->next);
}

static void test_what_is_no_policy_is_passed_over(void **state)
{
	struct tls_report r = read_policies("[null, \"x\", 7, [], {\"policy\":\"sts\"}, {\"policy\":{\"policy-type\":\"sts\"}}]");

	assert_null(r.policies->policy_type.ptr);
	assert_slice(r.policies->next->policy_type, "sts");
	assert_null(r.policies->next->next);
}

static void test_policies_over_the_same_sessions_are_never_added(void **state) /* Microsoft */
{
	struct tls_report r =
		read_policies("[{\"policy\":{\"policy-type\":\"sts\"},\"summary\":{\"total-successful-session-count\":7}},"
			      "{\"policy\":{\"policy-type\":\"tlsa\"},\"summary\":{\"total-successful-session-count\":7}}]");

	assert_true(r.policies->successful == 7 && r.policies->next->successful == 7);
	assert_null(r.policies->next->next);
}

static void test_texts_of_other_types_are_numbers_or_absent(void **state)
{
	struct tls_report r = read_text("{\"organization-name\":12,\"report-id\":-9223372036854775808,\"contact-info\":[\"a\"],"
					"\"date-range\":{\"start-datetime\":\"2026-06-01T00:00:00\",\"end-datetime\":true}}");

	assert_slice(r.organization_name, "12");
	assert_slice(r.report_id, "-9223372036854775808");
	assert_null(r.contact_info.ptr);
	assert_slice(r.start, "2026-06-01T00:00:00"); /* without zone: Microsoft */
	assert_null(r.end.ptr);
	r = read_text("{\"organization-name\":\"\",\"report-id\":\" a:b \",\"contact-info\":\" \\n\",\"date-range\":\"today\"}");
	assert_null(r.organization_name.ptr);
	assert_slice(r.report_id, "a:b");
	assert_null(r.contact_info.ptr);
	assert_null(r.start.ptr);
}

static void test_escapes_and_characters_outside_ascii_arrive(void **state)
{
	struct tls_report r = read_text("{\"organization-name\":\"\\u00e9\\ud83d\\ude00 \xc3\xbc\",\"contact-info\":\"a\\tb\\\"c\\/\"}");

	assert_slice(r.organization_name, "\xc3\xa9\xf0\x9f\x98\x80 \xc3\xbc");
	assert_slice(r.contact_info, "a b\"c/");
}

static void test_a_byte_order_mark_and_line_ends_change_nothing(void **state)
{
	struct slice marked = sample_join(&arena, SLICE("\xef\xbb\xbf"), sample_crlf(&arena, slice_of(full)));
	struct tls_report r = read_slice(marked);

	assert_slice(r.organization_name, "Receiver One");
	assert_slice(read_slice(sample_join(&arena, slice_of(full), SLICE(" \r\n\n"))).organization_name, "Receiver One");
}

/* --- refusals --- */

static void test_a_key_given_twice_is_refused(void **state)
{
	static const char *const twice[] = { "{\"organization-name\":\"A\",\"organization-name\":\"B\"}",
					     "{\"policies\":[],\"policies\":[]}",
					     "{\"policies\":[{\"summary\":{\"total-failure-session-count\":1,"
					     "\"total-failure-session-count\":2}}]}",
					     "{\"organization-name\":\"A\",\"x\":{\"y\":1,\"\\u0079\":2}}" };

	for (size_t i = 0; i < sizeof twice / sizeof *twice; i++)
		assert_int_equal(refusal(slice_of(twice[i])).code, REJECT_NOT_JSON);
}

static void test_what_does_not_parse_is_refused(void **state)
{
	static const struct slice texts[] = {
		{ "", 0 },
		{ " \n", 2 },
		{ "{", 1 },
		{ "{}x", 3 },
		{ "{\"policies\":[]} {\"policies\":[]}", 31 },
		{ "{\"policies\":[]}\0", 16 },
		{ "{\"policies\":[],}", 16 },
		{ "{'policies':[]}", 15 },
		{ "{\"policies\":[1e999]}", 20 },
		{ "{\"policies\":[9223372036854775808]}", 34 },
		{ "{\"organization-name\":\"\\u0000\"}", 30 },
		{ "{\"organization-name\":\"\\ud800\"}", 30 },
		{ "{\"organization-name\":\"\xff\"}", 25 },
		{ "{\"organization-name\":\"a\nb\"}", 27 },
		{ "\xff\xfe{\0}\0", 6 },
		{ "<feedback/>", 11 },
	};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_int_equal(refusal(texts[i]).code, REJECT_NOT_JSON);
}

static void test_json_of_another_kind_is_no_report(void **state)
{
	static const char *const texts[] = { "{}", "[]", "{\"a\":1}", "[{\"organization-name\":\"A\",\"policies\":[]}]",
					     "{\"report-id\":\"1\",\"date-range\":{}}", "{\"Policies\":[]}",
					     "{\"report\":{\"policies\":[]}}" };

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct reject why = refusal(slice_of(texts[i]));

		assert_int_equal(why.code, REJECT_NO_REPORT);
	}
}

static void test_a_list_at_the_top_is_refused(void **state)
{
	assert_int_equal(refusal(SLICE("[{\"policies\":[]}]")).code, REJECT_NO_REPORT);
	assert_int_equal(refusal(SLICE("\"policies\"")).code, REJECT_NOT_JSON);
	assert_int_equal(refusal(SLICE("12")).code, REJECT_NOT_JSON);
}

static void test_an_error_says_its_line(void **state)
{
	assert_int_equal(refusal(SLICE("{\n\"policies\":[],\n\"x\" 1}")).line, 3);
	assert_int_equal(refusal(SLICE("{\"policies\":[]}\n\n\nx")).line, 4);
	assert_int_equal(refusal(SLICE("{\"policies\":[]\r\n\r\n}}")).line, 3);
	assert_int_equal(refusal(SLICE("nonsense")).line, 1);
	assert_int_equal(refusal(SLICE("{}")).line, 0);
}

static void test_no_depth_of_nesting_overflows_the_stack(void **state)
{
	static const char *const brackets[] = { "[", "{\"a\":", "[{\"a\":[" };

	for (size_t i = 0; i < sizeof brackets / sizeof *brackets; i++) {
		struct slice deep = sample_repeat(&arena, brackets[i], (LIMIT_JSON_BYTES - 100) / strlen(brackets[i]));

		assert_int_equal(refusal(sample_join(&arena, SLICE("{\"policies\":"), deep)).code, REJECT_NOT_JSON);
	}
	/* What is merely deep, in a member nobody reads, is fine. */
	read_slice(sample_join(&arena, sample_join(&arena, SLICE("{\"policies\":[],\"x\":"), sample_repeat(&arena, "[", 100)),
			       sample_join(&arena, sample_repeat(&arena, "]", 100), SLICE("}"))));
}

static void test_no_cut_report_is_a_report(void **state)
{
	for (size_t n = 0; n < sizeof full - 3; n++) {
		char *exact = malloc(n > 0 ? n : 1);

		assert_non_null(exact);
		memcpy(exact, full, n);
		assert_int_equal(refusal((struct slice){ exact, n }).code, REJECT_NOT_JSON);
		free(exact);
	}
}

static void test_a_flipped_bit_is_refused_or_harmless(void **state)
{
	size_t len = sizeof full - 1;
	struct arena own = arena;
	char copy[sizeof full];

	memset(&arena, 0, sizeof arena);
	for (size_t i = 0; i < len; i++)
		for (int bit = 0; bit < 8; bit++) {
			struct tls_report r;
			struct reject why;

			memcpy(copy, full, len);
			copy[i] = (char)(copy[i] ^ (1 << bit));
			if (try_read((struct slice){ copy, len }, &r, &why) == 0)
				assert_gets_through(&r);
			else
				assert_true(why.code == REJECT_NOT_JSON || why.code == REJECT_NO_REPORT);
			arena_clear(&arena);
		}
	arena_release(&arena);
	arena = own;
}

/* --- ceilings --- */

static struct slice of_length(size_t n)
{
	static const char head[] = "{\"organization-name\":\"A\",\"policies\":[],\"x\":\"";

	return sample_join(&arena, slice_of(head),
			   sample_join(&arena, sample_noise(&arena, n - (sizeof head - 1) - 2), SLICE("\"}")));
}

static void test_json_over_its_ceiling_is_refused(void **state)
{
	struct slice most = of_length(LIMIT_JSON_BYTES);

	assert_int_equal(most.len, LIMIT_JSON_BYTES);
	assert_slice(read_slice(most).organization_name, "A");
	assert_int_equal(refusal(of_length(LIMIT_JSON_BYTES + 1)).code, REJECT_TOO_LARGE);
	assert_int_equal(refusal(sample_noise(&arena, LIMIT_JSON_BYTES * 4)).code, REJECT_TOO_LARGE);
}

static ptrdiff_t read_and_fail(struct stream *s, unsigned char *to, size_t room)
{
	if (s->cut) {
		s->code = REJECT_DAMAGED;
		s->detail = "broken on purpose";
		return -1;
	}
	s->cut = true;
	memcpy(to, "{\"policies\":[]}", 15);
	return 15;
}

static void test_a_stream_that_fails_is_not_taken_for_its_end(void **state)
{
	struct stream s = { .read = read_and_fail };
	struct tls_report r;
	struct reject why = { 0 };

	assert_int_equal(tlsrpt_read(&arena, &s, &r, &why), -1);
	assert_int_equal(why.code, REJECT_DAMAGED);
	assert_slice(why.detail, "broken on purpose");
}

static ptrdiff_t read_one(struct stream *s, unsigned char *to, size_t room)
{
	if (s->memory.len == 0)
		return 0;
	*to = (unsigned char)*s->memory.ptr++;
	s->memory.len--;
	return 1;
}

static void test_pieces_of_any_size_make_the_same_report(void **state)
{
	struct stream s = { .read = read_one, .memory = slice_of(full) };
	struct tls_report r;
	struct reject why = { 0 };

	assert_int_equal(tlsrpt_read(&arena, &s, &r, &why), 0);
	assert_slice(r.report_id, "2026-06-01T00:00:00Z_univ.example");
	assert_true(r.policies->failed == 303);
}

static void test_items_over_the_limit_still_get_through(void **state)
{
	struct slice many = sample_repeat(&arena, "{},", LIMIT_TLS_ITEMS + 100);
	int policies = 0, failures = 0;
	struct tls_report r;

	many.len--; /* the last comma */
	r = read_slice(slice_of(arena_printf(&arena, "{\"policies\":[%.*s]}", (int)many.len, many.ptr)));
	for (const struct tls_policy *p = r.policies; p != NULL; p = p->next)
		policies++;
	assert_int_equal(policies, LIMIT_TLS_ITEMS);
	r = read_policies(arena_printf(&arena, "[{\"failure-details\":[%.*s]}]", (int)many.len, many.ptr));
	for (const struct tls_failure *f = r.policies->failures; f != NULL; f = f->next)
		failures++;
	assert_int_equal(failures, LIMIT_TLS_ITEMS);
}

static void test_hosts_over_the_limit_still_get_through(void **state)
{
	struct buf json;
	struct tls_report r;

	buf_init(&json, 1 << 20);
	buf_add_text(&json, "{\"policies\":[{\"policy\":{\"mx-host\":[\"x\"");
	for (int i = 0; i < LIMIT_NOTES * 3; i++)
		buf_addf(&json, ",\"mx%d.example\"", i);
	buf_add_text(&json, "]}}]}");
	r = read_slice(buf_slice(&json));
	assert_int_equal(count(r.policies->mx_host), LIMIT_NOTES);
	buf_release(&json);
}

static void test_text_over_the_limit_is_cut_between_characters(void **state)
{
	for (size_t n = LIMIT_XML_TEXT_BYTES - 3; n <= LIMIT_XML_TEXT_BYTES + 1; n++) {
		const char *text = arena_printf(&arena, "%s\xe2\x82\xac", sample_noise(&arena, n).ptr);
		struct tls_report r = read_text(arena_printf(
			&arena,
			"{\"organization-name\":\"%s\",\"policies\":[{\"policy\":{\"mx-host\":[\"%s\"],\"policy-type\":\"%s\"},"
			"\"failure-details\":[{\"additional-information\":\"%s\"}]}]}",
			text, text, text, text));

		assert_true(r.organization_name.len <= LIMIT_XML_TEXT_BYTES);
		assert_true(r.organization_name.len > LIMIT_XML_TEXT_BYTES - 4);
		assert_true(text_utf8_valid(r.organization_name) && text_utf8_valid(r.policies->mx_host->text));
	}
}

static void test_text_outlives_the_document(void **state)
{
	char *copy = malloc(sizeof full - 1);
	struct tls_report r;

	assert_non_null(copy);
	memcpy(copy, full, sizeof full - 1);
	r = read_slice((struct slice){ copy, sizeof full - 1 });
	memset(copy, 'x', sizeof full - 1);
	free(copy);
	assert_slice(r.report_id, "2026-06-01T00:00:00Z_univ.example");
	assert_slice(r.policies->mx_host->next->text, "mx.univ.example");
	assert_slice(r.policies->failures->result_type, "certificate-expired");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, clear)
		TEST(test_no_field_is_lost),
		TEST(test_no_second_policy_or_failure_is_lost),
		TEST(test_the_order_of_members_does_not_matter),
		TEST(test_no_contact_and_no_policies_are_a_report),
		TEST(test_an_mx_host_is_read_as_text_or_list),
		TEST(test_a_policy_string_is_kept_as_written),
		TEST(test_what_is_no_count_is_not_0),
		TEST(test_missing_counts_are_not_0),
		TEST(test_failure_details_may_be_empty_or_missing),
		TEST(test_what_is_no_policy_is_passed_over),
		TEST(test_policies_over_the_same_sessions_are_never_added),
		TEST(test_texts_of_other_types_are_numbers_or_absent),
		TEST(test_escapes_and_characters_outside_ascii_arrive),
		TEST(test_a_byte_order_mark_and_line_ends_change_nothing),
		TEST(test_a_key_given_twice_is_refused),
		TEST(test_what_does_not_parse_is_refused),
		TEST(test_json_of_another_kind_is_no_report),
		TEST(test_a_list_at_the_top_is_refused),
		TEST(test_an_error_says_its_line),
		TEST(test_no_depth_of_nesting_overflows_the_stack),
		TEST(test_no_cut_report_is_a_report),
		TEST(test_a_flipped_bit_is_refused_or_harmless),
		TEST(test_json_over_its_ceiling_is_refused),
		TEST(test_a_stream_that_fails_is_not_taken_for_its_end),
		TEST(test_pieces_of_any_size_make_the_same_report),
		TEST(test_items_over_the_limit_still_get_through),
		TEST(test_hosts_over_the_limit_still_get_through),
		TEST(test_text_over_the_limit_is_cut_between_characters),
		TEST(test_text_outlives_the_document),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("tlsrpt", tests, NULL, NULL);
}
