/* test_parse_line: each report is one line of valid JSON in INTERFACE's keys, whatever a reporter wrote into it.
 * Python's own reader is the judge. */
#include "daemon/parse_line.h"
#include "schema/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

struct bench {
	struct suffixes *list;
	struct buf line;
	char path[64], answer[65536];
	struct report r;
	struct row row[3];
};

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof *b);
	int fd;

	assert_non_null(b);
	assert_int_equal(suffixes_open(NULL, &b->list, NULL), 0);
	buf_init(&b->line, LIMIT_FRAME_BYTES);
	snprintf(b->path, sizeof b->path, "/tmp/ruad-test-XXXXXX");
	assert_true((fd = mkstemp(b->path)) >= 0);
	close(fd);
	b->r = (struct report){ .file = SLICE("a.xml"),
				.complete = true,
				.begin = REPORT_NO_TIME,
				.end = REPORT_NO_TIME,
				.pct = REPORT_NO_PCT };
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	unlink(b->path);
	buf_release(&b->line);
	suffixes_free(b->list);
	free(b);
	return 0;
}

/* What Python prints about `d`, the line read back; the line is one, and ends as one. */
static const char *asked(struct bench *b, const char *expression)
{
	char command[4096];
	FILE *f = fopen(b->path, "wb");
	size_t n;

	assert_non_null(f);
	assert_int_equal(fwrite(b->line.data, 1, b->line.len, f), b->line.len);
	assert_int_equal(fclose(f), 0);
	assert_true(b->line.len > 0 && b->line.data[b->line.len - 1] == '\n');
	assert_ptr_equal(memchr(b->line.data, '\n', b->line.len), b->line.data + b->line.len - 1);
	snprintf(command, sizeof command,
		 "python3 -c 'import json, sys\nd = json.loads(open(sys.argv[1], \"rb\").read()"
		 ".decode(\"utf-8\", \"strict\"))\nprint(%s)' %s",
		 expression, b->path);
	assert_non_null(f = popen(command, "r"));
	n = fread(b->answer, 1, sizeof b->answer - 1, f);
	b->answer[n > 0 ? n - 1 : 0] = '\0'; /* its newline */
	assert_int_equal(pclose(f), 0);
	return b->answer;
}

static void print_report(struct bench *b)
{
	b->r.row_count = 0;
	for (const struct row *row = b->r.rows; row != NULL; row = row->next)
		b->r.row_count++;
	buf_clear(&b->line);
	parse_line_report(&b->line, &b->r, b->list);
	assert_false(b->line.full);
}

static struct row *add_row(struct bench *b)
{
	struct row **end = &b->r.rows, *row = b->row;

	for (; *end != NULL; end = &(*end)->next)
		row++;
	*row = (struct row){ .source_ip = SLICE("192.0.2.1"),
			     .count = 1,
			     .disposition = SLICE("none"),
			     .dkim = SLICE("pass"),
			     .spf = SLICE("pass"),
			     .header_from = SLICE("univ.example") };
	return *end = row;
}

/* --- keys --- */

/* Keys of INTERFACE, `ruad parse`: all of them, and no others but those named here. */
#define EXPECT_KEYS(of, needed, extra)                                                                                 \
	"sorted(set(\"" needed "\".split()) - set(" of ")), sorted(set(" of ") - set(\"" needed "\".split()) - "       \
	"set(\"" extra "\".split()))"

static void test_a_report_has_the_keys_of_the_interface(void **state)
{
	struct bench *b = *state;
	struct auth dkim = { .domain = SLICE("univ.example"), .selector = SLICE("s"), .result = SLICE("pass") };
	struct auth spf = { .domain = SLICE("univ.example"), .scope = SLICE("mfrom"), .result = SLICE("pass") };
	struct reason reason = { .type = SLICE("other") };
	struct row *row = add_row(b);

	row->dkim_auth = &dkim;
	row->spf_auth = &spf;
	row->reasons = &reason;
	print_report(b);
	assert_string_equal(
		asked(b, EXPECT_KEYS("d",
				     "kind file member complete repairs warnings org_name email report_id domain "
				     "begin end p sp np pct testing adkim aspf fo rows row_count messages totals "
				     "extra_contact_info generator errors discovery_method version namespace",
				     "extensions")),
		"[] []");
	assert_string_equal(asked(b, EXPECT_KEYS("d[\"rows\"][0]",
						 "source_ip count disposition dkim spf reasons header_from "
						 "envelope_from envelope_to dkim_auth spf_auth trust flags trust_basis",
						 "")),
			    "[] []");
	assert_string_equal(
		asked(b, EXPECT_KEYS("d[\"rows\"][0][\"dkim_auth\"][0]", "domain selector result human_result", "")),
		"[] []");
	assert_string_equal(
		asked(b, EXPECT_KEYS("d[\"rows\"][0][\"spf_auth\"][0]", "domain scope result human_result", "")),
		"[] []");
	assert_string_equal(asked(b, EXPECT_KEYS("d[\"rows\"][0][\"reasons\"][0]", "type comment", "")), "[] []");
	assert_string_equal(asked(b, EXPECT_KEYS("d[\"totals\"]",
						 "fully_trusted partially_trusted untrusted quarantined "
						 "rejected",
						 "")),
			    "[] []");
	assert_string_equal(asked(b, "d[\"kind\"]"), "aggregate");
}

static void test_other_kinds_have_the_keys_of_the_interface(void **state)
{
	struct bench *b = *state;
	struct note host = { .text = SLICE("mx.univ.example") };
	struct tls_failure failure = { .failed = 3 };
	struct tls_policy policy = { .mx_host = &host, .successful = TLS_NO_COUNT, .failed = 3, .failures = &failure };
	const struct tls_report tls = { .file = SLICE("a"), .policies = &policy };
	const struct failure_report arf = { .file = SLICE("a"), .field = { [FAILURE_INCIDENTS] = SLICE("2") } };
	const struct reject reject = { .code = REJECT_NOT_XML, .file = SLICE("a"), .detail = SLICE("why"), .line = 7 };

	parse_line_tls(&b->line, &tls);
	assert_string_equal(asked(b, EXPECT_KEYS("d",
						 "kind file member organization_name contact_info report_id start end "
						 "policies",
						 "")),
			    "[] []");
	assert_string_equal(asked(b, EXPECT_KEYS("d[\"policies\"][0]",
						 "policy_type policy_domain mx_host policy_string successful "
						 "failed failure_details",
						 "")),
			    "[] []");
	assert_string_equal(asked(b, EXPECT_KEYS("d[\"policies\"][0][\"failure_details\"][0]",
						 "result_type sending_mta_ip "
						 "receiving_mx_hostname receiving_mx_helo receiving_ip failed "
						 "additional_information failure_reason_code",
						 "")),
			    "[] []");
	assert_string_equal(
		asked(b, "d[\"kind\"], d[\"policies\"][0][\"mx_host\"], d[\"policies\"][0][\"successful\"]"),
		"tlsrpt ['mx.univ.example'] None");
	buf_clear(&b->line);
	parse_line_failure(&b->line, &arf);
	assert_string_equal(
		asked(b, EXPECT_KEYS("d",
				     "kind file member feedback_type auth_failure reported_domain source_ip "
				     "delivery_result identity_alignment authentication_results dkim_domain "
				     "dkim_selector spf_dns original_mail_from arrival_date incidents",
				     "")),
		"[] []");
	assert_string_equal(asked(b, "d[\"kind\"], d[\"incidents\"], d[\"spf_dns\"]"), "arf 2 None");
	buf_clear(&b->line);
	parse_line_reject(&b->line, &reject);
	assert_string_equal(asked(b, EXPECT_KEYS("d", "kind file reason code", "member line")), "[] []");
	assert_string_equal(asked(b, "d[\"kind\"], d[\"file\"], d[\"reason\"], d[\"code\"], d[\"line\"]"),
			    "unparseable a why not-xml 7");
}

/* --- values --- */

static void test_what_is_absent_is_null_and_not_empty(void **state)
{
	struct bench *b = *state;
	struct row *row = add_row(b);

	*row = (struct row){ 0 };
	print_report(b);
	assert_string_equal(
		asked(b,
		      "d[\"begin\"], d[\"end\"], d[\"pct\"], d[\"sp\"], d[\"org_name\"], d[\"member\"], d[\"errors\"]"),
		"None None None None None None []");
	assert_string_equal(asked(b,
				  "[d[\"rows\"][0][k] for k in (\"source_ip\", \"count\", \"disposition\", \"dkim\", "
				  "\"reasons\", \"dkim_auth\", \"trust\", \"trust_basis\")]"),
			    "[None, 0, None, None, [], [], 'untrusted', 'derived']");
}

static void test_values_come_through_as_written(void **state)
{
	struct bench *b = *state;
	struct note second = { .text = SLICE("b") }, first = { .text = SLICE("a"), .next = &second };
	struct row *row = add_row(b);

	b->r.begin = -1;
	b->r.end = INT64_MAX;
	b->r.pct = 0;
	b->r.complete = false;
	b->r.repairs = &first;
	b->r.namespace_uri = SLICE("urn:ietf:params:xml:ns:dmarc-2.0");
	row->spf = SLICE("hardfail");
	row->count = 999999999999999999;
	print_report(b);
	assert_string_equal(
		asked(b, "d[\"begin\"], d[\"end\"], d[\"pct\"], d[\"complete\"], d[\"repairs\"], d[\"namespace\"], "
			 "d[\"rows\"][0][\"spf\"], d[\"rows\"][0][\"count\"]"),
		"-1 9223372036854775807 0 False ['a', 'b'] urn:ietf:params:xml:ns:dmarc-2.0 hardfail "
		"999999999999999999");
}

static void test_totals_follow_the_class_of_each_row(void **state)
{
	struct bench *b = *state;

	add_row(b)->count = 5;
	add_row(b)->spf = SLICE("fail");
	add_row(b)->dkim = SLICE("fail");
	b->row[2].spf = SLICE("none");
	b->row[2].disposition = SLICE("reject");
	b->row[2].count = 7;
	print_report(b);
	assert_string_equal(asked(b, "d[\"row_count\"], d[\"messages\"], list(d[\"totals\"].values()), "
				     "[r[\"trust\"] for r in d[\"rows\"]]"),
			    "3 13 [5, 1, 0, 0, 7] ['fully_trusted', 'partially_trusted', 'rejected']");
}

static void test_a_sum_that_would_overflow_stays_at_the_top(void **state)
{
	struct bench *b = *state;

	add_row(b)->count = INT64_MAX;
	add_row(b)->count = INT64_MAX;
	add_row(b)->count = 1;
	print_report(b);
	assert_string_equal(asked(b, "d[\"messages\"] == d[\"totals\"][\"fully_trusted\"] == 2 ** 63 - 1"), "True");
}

/* --- hostile text --- */

static void test_text_can_not_leave_its_string(void **state)
{
	static const char hostile[] =
		"\",\"rows\":[],\\\\\" \n\r\t\x01\x1b[31m</script><!--\x7f\xc2\x85\xe2\x80\xae\xe2\x80\xa8 "
		"\xc3\xa9\xf0\x9f\x93\xa7";
	struct bench *b = *state;
	struct reason reason = { .comment = slice_of(hostile) };
	struct row *row = add_row(b);

	b->r.org_name = b->r.file = slice_of(hostile);
	row->source_ip = row->header_from = slice_of(hostile);
	row->reasons = &reason;
	print_report(b);
	assert_string_equal(
		asked(b, "len({d[\"org_name\"], d[\"file\"], d[\"rows\"][0][\"source_ip\"], "
			 "d[\"rows\"][0][\"header_from\"], "
			 "d[\"rows\"][0][\"reasons\"][0][\"comment\"]}), d[\"org_name\"].encode().hex()"),
		"1 222c22726f7773223a5b5d2c5c5c22200a0d09011b5b33316d3c2f7363726970743e3c212d2d7fc285e280aee280a820c3a9"
		"f09f93a7");
	for (size_t i = 0; i + 1 < b->line.len; i++) /* nothing that a terminal or a page would obey */
		assert_true((unsigned char)b->line.data[i] >= 0x20 && b->line.data[i] != 0x7f &&
			    b->line.data[i] != '<');
	assert_null(memmem(b->line.data, b->line.len, "\xe2\x80\xae", 3));
	assert_null(memmem(b->line.data, b->line.len, "\xc2\x85", 2));
}

static void test_bytes_that_are_no_text_do_not_break_the_line(void **state)
{
	struct bench *b = *state;
	const struct reject reject = { .code = REJECT_DAMAGED,
				       .file = { "\xff\xfe\0\xc3", 4 },
				       .member = { "a\xed\xa0\x80z", 5 },
				       .detail = SLICE("\xf8") };

	parse_line_reject(&b->line, &reject);
	assert_string_equal(asked(b, "ascii([d[\"file\"], d[\"member\"], d[\"reason\"]])"),
			    "['\\ufffd\\ufffd\\x00\\ufffd', 'a\\ufffd\\ufffd\\ufffdz', '\\ufffd']");
}

static void test_each_line_stands_alone(void **state)
{
	struct bench *b = *state;
	size_t first;

	print_report(b);
	first = b->line.len;
	parse_line_report(&b->line, &b->r, b->list);
	assert_int_equal(b->line.len, first * 2);
	assert_memory_equal(b->line.data, b->line.data + first, first);
}

#define bench_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_a_report_has_the_keys_of_the_interface),
		bench_test(test_other_kinds_have_the_keys_of_the_interface),
		bench_test(test_what_is_absent_is_null_and_not_empty),
		bench_test(test_values_come_through_as_written),
		bench_test(test_totals_follow_the_class_of_each_row),
		bench_test(test_a_sum_that_would_overflow_stays_at_the_top),
		bench_test(test_text_can_not_leave_its_string),
		bench_test(test_bytes_that_are_no_text_do_not_break_the_line),
		bench_test(test_each_line_stands_alone),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("parse_line", tests, NULL, NULL);
}
