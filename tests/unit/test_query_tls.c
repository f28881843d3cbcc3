/* test_query_tls: what TLS reports say is kept apart by domain, reporter and kind of policy, on the UTC day they begin. */
#include "store_sample.h"

#include "schema/limits.h"

static const struct filter ever = { .first_day = SAMPLE_DAY - 100, .last_day = SAMPLE_DAY + 100 };

static struct tls_policy policy(const char *type, const char *domain, int64_t ok, int64_t failed)
{
	return (struct tls_policy){ .policy_type = slice_of(type), .policy_domain = slice_of(domain), .successful = ok, .failed = failed };
}

/* A report with one policy, which may have others behind it. */
static void put(struct bench *b, struct store *s, const char *who, const char *start, struct tls_policy *p)
{
	static int count;
	struct tls_report r = { .organization_name = slice_of(who), .start = slice_of(start), .policies = p,
				.report_id = slice_of(arena_printf(&b->arena, "r%d", count++)) };
	enum stored how;

	assert_done(b, store_tls(s, &r, SAMPLE_RECEIVED, &how, &b->err));
	assert_int_equal(how, STORED_NEW);
}

static struct tls_lines asked(struct bench *b, const struct filter *f)
{
	struct reader *r = sample_reader(b);
	struct tls_lines out;

	assert_done(b, query_tls(r, &b->arena, f, &out, &b->err));
	reader_close(r);
	return out;
}

static const char *lines_text(struct bench *b, const struct filter *f)
{
	struct tls_lines lines = asked(b, f);
	const char *text = "";

	for (size_t i = 0; i < lines.n; i++) {
		const struct tls_line *l = &lines.item[i];

		text = arena_printf(&b->arena, "%s%.*s|%.*s|%.*s|%lld|%lld|%lld|%lld-%lld\n", text, (int)l->domain.len, l->domain.ptr,
				    (int)l->reporter.len, l->reporter.ptr, (int)l->type.len, l->type.ptr, (long long)l->reports,
				    (long long)l->successful, (long long)l->failed, (long long)l->first_day - SAMPLE_DAY,
				    (long long)l->last_day - SAMPLE_DAY);
	}
	return text;
}

static void commit(struct bench *b, struct store *s)
{
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
}

static void fill(struct bench *b)
{
	struct tls_policy sts = policy("sts", "Univ.Example.", 90, 10), tlsa = policy("tlsa", "univ.example", 90, 10),
			  chem = policy("sts", "chem.univ.example", 5, 0), later = policy("sts", "univ.example", 50, 2),
			  other = policy("no-policy-found", "other.example", TLS_NO_COUNT, TLS_NO_COUNT);
	struct store *s = sample_open(b, sample_rules(b));

	sts.next = &tlsa;
	tlsa.next = &chem;
	put(b, s, "Google Inc.", "2024-03-01T00:00:00Z", &sts);
	put(b, s, "Google Inc.", "2024-03-02T00:00:00Z", &later);
	put(b, s, "Microsoft Corporation", "2024-03-02T00:00:00", &other);
	commit(b, s);
}

static void test_policies_are_never_added_together(void **state)
{
	struct bench *b = *state;

	fill(b);
	assert_string_equal(lines_text(b, &ever), "univ.example|Google Inc.|sts|2|140|12|0-1\n"
						  "univ.example|Google Inc.|tlsa|1|90|10|0-0\n"
						  "chem.univ.example|Google Inc.|sts|1|5|0|0-0\n"
						  "other.example|Microsoft Corporation|no-policy-found|1|-1|-1|1-1\n");
}

static void test_a_filter_keeps_days_reporters_and_trees(void **state)
{
	static const struct slice google = { "Google Inc.", 11 }, univ = { "univ.example", 12 }, chem = { "chem.univ.example", 17 };
	struct bench *b = *state;
	struct filter f = ever;

	fill(b);
	f.first_day = f.last_day = SAMPLE_DAY + 1;
	assert_string_equal(lines_text(b, &f), "univ.example|Google Inc.|sts|1|50|2|1-1\n"
					       "other.example|Microsoft Corporation|no-policy-found|1|-1|-1|1-1\n");
	f = ever;
	f.reporter = (struct names){ &google, 1, true };
	assert_string_equal(lines_text(b, &f), "other.example|Microsoft Corporation|no-policy-found|1|-1|-1|1-1\n");
	f = ever;
	f.policy_domain = (struct names){ &univ, 1, false };
	assert_int_equal(asked(b, &f).n, 2);
	f.policy_domain = (struct names){ 0 };
	f.under = (struct names){ &univ, 1, false };
	assert_int_equal(asked(b, &f).n, 3);
	f = ever;
	f.scope = (struct names){ &chem, 1, false };
	assert_string_equal(lines_text(b, &f), "chem.univ.example|Google Inc.|sts|1|5|0|0-0\n");
	f.under = (struct names){ &univ, 1, true };
	assert_int_equal(asked(b, &f).n, 0);
}

static void test_a_day_is_a_utc_day_whatever_the_zone(void **state)
{
	static const struct {
		const char *start;
		int day; /* -1: none that can be read */
	} cases[] = {
		{ "2024-03-01T00:30:00+01:00", -1 + 100 }, { "2024-03-01T23:30:00-01:00", 101 }, { "2024-03-01T23:59:59Z", 100 },
		{ "2024-03-01", 100 },			     { "2024-03-01 12:00:00", 100 },	  { "2024-03-01T12:00:00+0a:00", 100 },
		{ "2024-02-29T23:30:00.123-00:31", 100 },
	};
	struct bench *b = *state;
	struct store *s = sample_open(b, sample_rules(b));
	struct tls_lines lines;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct tls_policy p = policy("sts", arena_printf(&b->arena, "%c.example", (char)('a' + i)), 1, (int64_t)(100 - i));

		put(b, s, "x", cases[i].start, &p);
	}
	commit(b, s);
	lines = asked(b, &ever);
	assert_int_equal(lines.n, sizeof cases / sizeof *cases);
	for (size_t i = 0; i < lines.n; i++)
		if (lines.item[i].first_day != SAMPLE_DAY + cases[i].day - 100)
			fail_msg("%s is day %lld", cases[i].start, (long long)lines.item[i].first_day);
}

static void test_the_same_failure_is_one_detail(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, sample_rules(b));
	struct tls_failure other = { .result_type = SLICE("certificate-expired"), .receiving_mx_hostname = SLICE("mx2"), .failed = TLS_NO_COUNT },
			   expired = { .result_type = SLICE("certificate-expired"), .receiving_mx_hostname = SLICE("mx1"), .failed = 3,
				       .failure_reason_code = SLICE("old"), .next = &other },
			   again = expired;
	struct tls_policy one = policy("sts", "univ.example", 5, 3), two = policy("sts", "univ.example", 5, 4);
	struct tls_lines lines;

	again.failure_reason_code = SLICE("new");
	again.failed = 4;
	again.next = NULL;
	one.failures = &expired;
	two.failures = &again;
	put(b, s, "Google Inc.", "2024-03-01T00:00:00Z", &one);
	put(b, s, "Google Inc.", "2024-03-05T00:00:00Z", &two);
	commit(b, s);
	lines = asked(b, &ever);
	assert_int_equal(lines.details, 2);
	assert_int_equal(lines.detail[0].failed, 7);
	assert_true(slice_is(lines.detail[0].mx, "mx1"));
	assert_true(slice_is(lines.detail[0].reason, "new"));
	assert_int_equal(lines.detail[0].last_day - lines.detail[0].first_day, 4);
	assert_int_equal(lines.detail[1].failed, -1);
	assert_int_equal(lines.detail[1].line, 0);
}

static void test_a_page_reads_no_more_than_its_limit(void **state)
{
	struct bench *b = *state;
	struct tls_lines lines;

	fill(b);
	table_run(b, b->db, arena_printf(&b->arena,
					 "WITH RECURSIVE n(i) AS (VALUES (10) UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
					 "INSERT INTO tls_policy SELECT 1, i, 'sts', 'many.example', NULL, NULL, 1, 1 FROM n",
					 LIMIT_TLS_READ + 10));
	lines = asked(b, &ever);
	assert_true(lines.cut);
	assert_true(lines.item[0].reports < LIMIT_TLS_READ);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_policies_are_never_added_together),
		bench_test(test_a_filter_keeps_days_reporters_and_trees),
		bench_test(test_a_day_is_a_utc_day_whatever_the_zone),
		bench_test(test_the_same_failure_is_one_detail),
		bench_test(test_a_page_reads_no_more_than_its_limit),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("query_tls", tests, NULL, NULL);
}
