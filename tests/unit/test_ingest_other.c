/* test_ingest_other: TLS and failure reports are kept once, whole, each value in its own column; what was refused waits
 * with its bytes until it is read after all. */
#include "store_sample.h"

#include "schema/limits.h"

static const struct source_rules no_rules = { NULL, 0 };

static void commit(struct bench *b, struct store *s)
{
	assert_done(b, store_commit(s, &b->err));
}

static enum stored put_tls(struct bench *b, struct store *s, const struct tls_report *r)
{
	enum stored how = STORED_TWIN;

	assert_done(b, store_tls(s, r, SAMPLE_RECEIVED, &how, &b->err));
	return how;
}

static enum stored put_failure(struct bench *b, struct store *s, const struct failure_report *r)
{
	enum stored how = STORED_TWIN;

	assert_done(b, store_failure(s, r, SAMPLE_RECEIVED, &how, &b->err));
	return how;
}

/* --- TLS reports --- */

static struct tls_report usual_tls(void)
{
	return (struct tls_report){ .file = SLICE("mail.eml"),
				    .member = SLICE("part2!x.json"),
				    .organization_name = SLICE("Receiver"),
				    .contact_info = SLICE("tls@receiver.example"),
				    .report_id = SLICE("2026:1@receiver.example"),
				    .start = SLICE("2026-06-01T00:00:00Z"),
				    .end = SLICE("2026-06-01T23:59:59Z") };
}

static void test_every_value_of_a_tls_report_has_its_column(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct note mx2 = { .text = SLICE("mx2") }, mx1 = { SLICE("mx1"), &mx2 }, s2 = { .text = SLICE("mode: none") },
		    s1 = { SLICE("version: STSv1"), &s2 };
	struct tls_failure failures[2] = {
		{ SLICE("certificate-expired"), SLICE("192.0.2.1"), SLICE("mx.example"), SLICE("helo.example"),
		  SLICE("198.51.100.1"), SLICE("https://r.example"), SLICE("X509"), 100, &failures[1] },
		{ .result_type = SLICE("validation-failure"), .failed = TLS_NO_COUNT },
	};
	struct tls_policy policies[2] = { { SLICE("sts"), SLICE("univ.example"), &mx1, &s1, 5326, 303, failures, &policies[1] },
					  { .policy_type = SLICE("tlsa"), .successful = TLS_NO_COUNT, .failed = 0 } };
	struct tls_report r = usual_tls();

	r.policies = policies;
	assert_int_equal(put_tls(b, s, &r), STORED_NEW);
	commit(b, s);
	store_close(s);
	assert_string_equal(
		table_text(b, b->db,
			   "SELECT id, length(key), organization_name, contact_info, report_id, start_datetime, end_datetime,"
			   " received_s, file, member FROM tls_report"),
		arena_printf(&b->arena,
			     "1|16|Receiver|tls@receiver.example|2026:1@receiver.example|2026-06-01T00:00:00Z|"
			     "2026-06-01T23:59:59Z|%lld|mail.eml|part2!x.json\n",
			     (long long)SAMPLE_RECEIVED));
	assert_string_equal(table_text(b, b->db,
				       "SELECT report, ord, policy_type, policy_domain, replace(mx_host, char(10), '+'),"
				       " replace(policy_string, char(10), '+'), successful, failed FROM tls_policy ORDER BY 1, 2"),
			    "1|0|sts|univ.example|mx1+mx2|version: STSv1+mode: none|5326|303\n"
			    "1|1|tlsa|-|-|-|-|0\n");
	assert_string_equal(table_text(b, b->db,
				       "SELECT report, policy, ord, result_type, sending_mta_ip, receiving_mx_hostname,"
				       " receiving_mx_helo, receiving_ip, additional_information, failure_reason_code, failed"
				       " FROM tls_failure ORDER BY 1, 2, 3"),
			    "1|0|0|certificate-expired|192.0.2.1|mx.example|helo.example|198.51.100.1|https://r.example|X509|100\n"
			    "1|0|1|validation-failure|-|-|-|-|-|-|-\n");
}

static void test_a_tls_report_of_nothing_is_kept_as_nothing(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct tls_failure failure = { .failed = TLS_NO_COUNT };
	struct tls_policy policy = { .successful = TLS_NO_COUNT, .failed = TLS_NO_COUNT, .failures = &failure };
	struct tls_report r = { 0 };

	assert_int_equal(put_tls(b, s, &r), STORED_NEW);
	assert_int_equal(put_tls(b, s, &r), STORED_DUPLICATE);
	r.policies = &policy;
	assert_int_equal(put_tls(b, s, &r), STORED_NEW);
	commit(b, s);
	store_close(s);
	assert_int_equal(table_int(b, "SELECT count(*) FROM tls_report WHERE organization_name IS NULL AND report_id IS NULL"
				      " AND contact_info IS NULL AND file IS NULL AND member IS NULL AND start_datetime IS NULL"), 2);
	assert_string_equal(table_text(b, b->db, "SELECT report, ord, successful, failed, mx_host FROM tls_policy"), "2|0|-|-|-\n");
	assert_string_equal(table_text(b, b->db, "SELECT report, policy, ord, failed FROM tls_failure"), "2|0|0|-\n");
}

static void test_each_part_of_a_tls_key_tells_reports_apart(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct tls_report r = usual_tls();
	struct slice *const parts[] = { &r.organization_name, &r.report_id, &r.start, &r.end };

	assert_int_equal(put_tls(b, s, &r), STORED_NEW);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		struct slice was = *parts[i];

		*parts[i] = SLICE("another");
		assert_int_equal(put_tls(b, s, &r), STORED_NEW);
		assert_int_equal(put_tls(b, s, &r), STORED_DUPLICATE);
		*parts[i] = (struct slice){ 0 };
		assert_int_equal(put_tls(b, s, &r), STORED_NEW);
		assert_int_equal(put_tls(b, s, &r), STORED_DUPLICATE);
		*parts[i] = was;
		assert_int_equal(put_tls(b, s, &r), STORED_DUPLICATE);
	}
	store_close(s);
}

static void test_neighbouring_parts_of_a_tls_key_do_not_run_together(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct tls_report r = usual_tls();

	r.start = SLICE("ab");
	r.end = SLICE("c");
	assert_int_equal(put_tls(b, s, &r), STORED_NEW);
	r.start = SLICE("a");
	r.end = SLICE("bc");
	assert_int_equal(put_tls(b, s, &r), STORED_NEW);
	r.start = (struct slice){ 0 };
	r.end = SLICE("abc");
	assert_int_equal(put_tls(b, s, &r), STORED_NEW);
	r.start = SLICE("abc");
	r.end = (struct slice){ 0 };
	assert_int_equal(put_tls(b, s, &r), STORED_NEW);
	store_close(s);
}

static void test_a_resent_tls_report_changes_nothing(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct tls_policy policy = { .policy_type = SLICE("sts"), .successful = 1, .failed = 2 };
	struct tls_report r = usual_tls();
	const char *was;

	r.policies = &policy;
	assert_int_equal(put_tls(b, s, &r), STORED_NEW);
	commit(b, s);
	was = table_text(b, b->db, "SELECT meta.value, t.*, p.* FROM tls_report t, tls_policy p, meta WHERE meta.key = 'generation'");
	r.file = SLICE("other.eml"); /* through another relay, with another content */
	r.member = SLICE("part9");
	r.contact_info = SLICE("x@example.org");
	policy.successful = 99;
	assert_int_equal(put_tls(b, s, &r), STORED_DUPLICATE);
	commit(b, s);
	store_close(s);
	s = sample_open(b, no_rules); /* nor after a restart */
	assert_int_equal(put_tls(b, s, &r), STORED_DUPLICATE);
	commit(b, s);
	store_close(s);
	assert_string_equal(was, table_text(b, b->db, "SELECT meta.value, t.*, p.* FROM tls_report t, tls_policy p, meta"
						      " WHERE meta.key = 'generation'"));
}

static void test_without_an_id_all_of_a_tls_report_is_its_key(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct tls_policy policy = { .policy_type = SLICE("sts"), .successful = 1, .failed = 2 };
	struct tls_report r = usual_tls();

	r.report_id = (struct slice){ 0 };
	r.policies = &policy;
	assert_int_equal(put_tls(b, s, &r), STORED_NEW);
	r.file = SLICE("other.eml"); /* where it came from is no part of it */
	r.member = (struct slice){ 0 };
	assert_int_equal(put_tls(b, s, &r), STORED_DUPLICATE);
	policy.successful = 2;
	assert_int_equal(put_tls(b, s, &r), STORED_NEW);
	policy.policy_domain = SLICE("univ.example");
	assert_int_equal(put_tls(b, s, &r), STORED_NEW);
	r.contact_info = (struct slice){ 0 };
	assert_int_equal(put_tls(b, s, &r), STORED_NEW);
	assert_int_equal(put_tls(b, s, &r), STORED_DUPLICATE);
	store_close(s);
}

static void test_the_longest_lists_and_texts_are_kept_whole(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	char *text = arena_alloc(&b->arena, LIMIT_XML_TEXT_BYTES + 1);
	struct note notes[LIMIT_NOTES];
	struct tls_policy policy = { .mx_host = notes, .policy_string = notes, .successful = INT64_MAX, .failed = INT64_MAX };
	struct tls_report r = usual_tls();

	memset(text, 'x', LIMIT_XML_TEXT_BYTES);
	for (int i = 0; i < LIMIT_NOTES; i++)
		notes[i] = (struct note){ { text, LIMIT_XML_TEXT_BYTES }, i + 1 < LIMIT_NOTES ? &notes[i + 1] : NULL };
	policy.policy_type = notes[0].text;
	r.contact_info = notes[0].text;
	r.policies = &policy;
	assert_int_equal(put_tls(b, s, &r), STORED_NEW);
	commit(b, s);
	store_close(s);
	assert_string_equal(table_text(b, b->db,
				       "SELECT length(mx_host), length(policy_string), length(policy_type), successful FROM tls_policy"),
			    arena_printf(&b->arena, "%d|%d|%d|9223372036854775807\n",
					 LIMIT_NOTES * (LIMIT_XML_TEXT_BYTES + 1) - 1,
					 LIMIT_NOTES * (LIMIT_XML_TEXT_BYTES + 1) - 1, LIMIT_XML_TEXT_BYTES));
	assert_int_equal(table_int(b, "SELECT length(contact_info) FROM tls_report"), LIMIT_XML_TEXT_BYTES);
}

static void test_what_was_bound_for_one_report_is_not_kept_for_the_next(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct note mx = { .text = SLICE("mx") };
	struct tls_failure full = { SLICE("a"), SLICE("b"), SLICE("c"), SLICE("d"), SLICE("e"), SLICE("f"), SLICE("g"), 7, NULL },
			   none = { .failed = TLS_NO_COUNT };
	struct tls_policy policy = { SLICE("sts"), SLICE("univ.example"), &mx, &mx, 1, 2, &full, NULL },
			  empty = { .successful = TLS_NO_COUNT, .failed = TLS_NO_COUNT, .failures = &none };
	struct tls_report r = usual_tls(), bare = { .report_id = SLICE("2") };

	r.policies = &policy;
	bare.policies = &empty;
	assert_int_equal(put_tls(b, s, &r), STORED_NEW);
	assert_int_equal(put_tls(b, s, &bare), STORED_NEW);
	commit(b, s);
	store_close(s);
	assert_string_equal(table_text(b, b->db, "SELECT organization_name, contact_info, start_datetime, end_datetime, file, member"
						 " FROM tls_report WHERE report_id = '2'"), "-|-|-|-|-|-\n");
	assert_string_equal(table_text(b, b->db, "SELECT policy_type, policy_domain, mx_host, policy_string, successful, failed"
						 " FROM tls_policy WHERE report = 2"), "-|-|-|-|-|-\n");
	assert_string_equal(table_text(b, b->db, "SELECT result_type, sending_mta_ip, receiving_mx_hostname, receiving_mx_helo,"
						 " receiving_ip, additional_information, failure_reason_code, failed"
						 " FROM tls_failure WHERE report = 2"), "-|-|-|-|-|-|-|-\n");
}

/* --- failure reports --- */

static struct failure_report usual_failure(struct bench *b)
{
	struct failure_report r = { .file = SLICE("mail.eml"), .member = SLICE("part2") };

	for (int f = 0; f < FAILURE_FIELDS; f++)
		r.field[f] = sample_text(b, arena_printf(&b->arena, "v%d", f));
	return r;
}

static void test_every_field_of_a_failure_report_has_its_column(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct failure_report r = usual_failure(b);

	assert_int_equal(put_failure(b, s, &r), STORED_NEW);
	commit(b, s);
	store_close(s);
	for (int f = 0; f < FAILURE_FIELDS; f++) /* columns are called like the keys of JSON lines */
		assert_string_equal(table_text(b, b->db,
					       arena_printf(&b->arena, "SELECT %s FROM failure_report",
							    failure_field_key((enum failure_field)f))),
				    arena_printf(&b->arena, "v%d\n", f));
	assert_string_equal(table_text(b, b->db, "SELECT length(key), received_s, file, member FROM failure_report"),
			    arena_printf(&b->arena, "16|%lld|mail.eml|part2\n", (long long)SAMPLE_RECEIVED));
}

static void test_each_field_of_a_failure_report_tells_it_apart(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct failure_report r = usual_failure(b);

	assert_int_equal(put_failure(b, s, &r), STORED_NEW);
	for (int f = 0; f < FAILURE_FIELDS; f++) {
		struct slice was = r.field[f];

		r.field[f] = SLICE("another");
		assert_int_equal(put_failure(b, s, &r), STORED_NEW);
		r.field[f] = (struct slice){ 0 };
		assert_int_equal(put_failure(b, s, &r), STORED_NEW);
		assert_int_equal(put_failure(b, s, &r), STORED_DUPLICATE);
		r.field[f] = was;
	}
	r.file = SLICE("other.eml"); /* where it came from is no part of it */
	r.member = (struct slice){ 0 };
	assert_int_equal(put_failure(b, s, &r), STORED_DUPLICATE);
	commit(b, s);
	store_close(s);
	assert_int_equal(table_int(b, "SELECT count(*) FROM failure_report"), 1 + 2 * FAILURE_FIELDS);
	assert_int_equal(table_int(b, "SELECT count(*) FROM failure_report WHERE file = 'mail.eml' AND member = 'part2'"),
			 1 + 2 * FAILURE_FIELDS);
}

static void test_a_value_in_another_field_is_another_failure_report(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);

	for (int f = 0; f < FAILURE_FIELDS; f++) {
		struct failure_report r = { 0 };

		r.field[f] = SLICE("x");
		assert_int_equal(put_failure(b, s, &r), STORED_NEW);
	}
	assert_int_equal(put_failure(b, s, &(struct failure_report){ 0 }), STORED_NEW);
	commit(b, s);
	store_close(s);
	assert_int_equal(table_int(b, "SELECT count(*) FROM failure_report WHERE feedback_type IS NULL"), FAILURE_FIELDS);
}

static void test_the_longest_fields_are_kept_and_told_apart(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct failure_report r = { 0 };

	for (int f = 0; f < FAILURE_FIELDS; f++) {
		char *text = arena_alloc(&b->arena, LIMIT_XML_TEXT_BYTES);

		memset(text, 'a' + f, LIMIT_XML_TEXT_BYTES);
		r.field[f] = (struct slice){ text, LIMIT_XML_TEXT_BYTES };
	}
	assert_int_equal(put_failure(b, s, &r), STORED_NEW);
	((char *)(uintptr_t)r.field[FAILURE_FIELDS - 1].ptr)[LIMIT_XML_TEXT_BYTES - 1] = '!'; /* the last byte of all */
	assert_int_equal(put_failure(b, s, &r), STORED_NEW);
	assert_int_equal(put_failure(b, s, &r), STORED_DUPLICATE);
	commit(b, s);
	store_close(s);
	assert_int_equal(table_int(b, "SELECT min(length(incidents)) FROM failure_report"), LIMIT_XML_TEXT_BYTES);
}

/* --- both --- */

static void test_other_reports_count_in_no_sum(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct tls_report tls = usual_tls();
	struct failure_report failure = usual_failure(b);

	assert_int_equal(put_tls(b, s, &tls), STORED_NEW);
	assert_int_equal(put_failure(b, s, &failure), STORED_NEW);
	commit(b, s);
	store_close(s);
	assert_int_equal(table_int(b, "SELECT (SELECT count(*) FROM report) + (SELECT count(*) FROM fact)"
				      " + (SELECT count(*) FROM day_rows) + (SELECT count(*) FROM cell)"), 0);
}

static void test_other_reports_are_rows_that_wait_for_a_commit(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct tls_policy policies[2] = { { .next = &policies[1] }, { .next = NULL } };
	struct tls_report tls = usual_tls();
	struct failure_report failure = usual_failure(b);

	tls.policies = policies;
	assert_true(store_open_rows(s) == 0);
	put_tls(b, s, &tls);
	assert_true(store_open_rows(s) == 3); /* it and its policies */
	put_failure(b, s, &failure);
	assert_true(store_open_rows(s) == 4);
	put_tls(b, s, &tls);
	put_failure(b, s, &failure);
	assert_true(store_open_rows(s) == 4); /* duplicates are none */
	store_close(s); /* never committed */
	assert_int_equal(table_int(b, "SELECT (SELECT count(*) FROM tls_report) + (SELECT count(*) FROM tls_policy)"
				      " + (SELECT count(*) FROM failure_report)"), 0);
	s = sample_open(b, no_rules);
	assert_int_equal(put_tls(b, s, &tls), STORED_NEW);
	assert_int_equal(put_failure(b, s, &failure), STORED_NEW);
	commit(b, s);
	assert_true(store_open_rows(s) == 0);
	store_close(s);
	assert_int_equal(table_int(b, "SELECT count(*) FROM tls_policy"), 2);
}

static int64_t generation(struct bench *b)
{
	return table_int(b, "SELECT value FROM meta WHERE key = 'generation'");
}

static void test_only_a_new_report_makes_a_new_generation(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct tls_report tls = usual_tls();
	struct failure_report failure = usual_failure(b);
	int64_t before = generation(b);

	for (int round = 0; round < 2; round++) {
		put_tls(b, s, &tls);
		commit(b, s);
		assert_int_equal(generation(b), before + 1);
	}
	for (int round = 0; round < 2; round++) {
		put_failure(b, s, &failure);
		commit(b, s);
		assert_int_equal(generation(b), before + 2);
	}
	store_close(s);
}

/* On -1 nothing of the open transaction is kept (ingest.h). */
static void test_a_failed_report_takes_the_open_group_with_it(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct tls_failure failure = { .failed = 1 };
	struct tls_policy policy = { .failures = &failure };
	struct tls_report first = usual_tls(), second = usual_tls();
	struct failure_report arf = usual_failure(b);
	enum stored how = STORED_TWIN;

	table_run(b, b->db, "CREATE TRIGGER no_more BEFORE INSERT ON tls_failure BEGIN SELECT RAISE(ABORT, 'no more'); END;"
			    "CREATE TRIGGER no_other BEFORE INSERT ON failure_report WHEN NEW.incidents = 'stop'"
			    " BEGIN SELECT RAISE(ABORT, 'no other'); END");
	assert_int_equal(put_tls(b, s, &first), STORED_NEW);
	second.report_id = SLICE("2");
	second.policies = &policy;
	assert_int_equal(store_tls(s, &second, SAMPLE_RECEIVED, &how, &b->err), -1);
	assert_int_equal(how, STORED_TWIN);
	assert_true(b->err.kind == ERR_SYSTEM && store_open_rows(s) == 0);
	assert_int_equal(put_failure(b, s, &arf), STORED_NEW);
	arf.field[FAILURE_INCIDENTS] = SLICE("stop");
	assert_int_equal(store_failure(s, &arf, SAMPLE_RECEIVED, &how, &b->err), -1);
	assert_int_equal(how, STORED_TWIN);
	commit(b, s);
	assert_int_equal(table_int(b, "SELECT (SELECT count(*) FROM tls_report) + (SELECT count(*) FROM failure_report)"), 0);
	assert_int_equal(put_tls(b, s, &first), STORED_NEW); /* and it goes on */
	commit(b, s);
	store_close(s);
	assert_int_equal(table_int(b, "SELECT count(*) FROM tls_report"), 1);
}

/* --- refusals that are tried again --- */

static void put_reject(struct bench *b, struct store *s, const struct reject *r, struct slice bytes)
{
	bool fresh = false;

	assert_done(b, store_reject(s, r, bytes, SAMPLE_RECEIVED, &fresh, &b->err));
	assert_true(fresh);
}

static void test_refusals_come_back_once_each_in_order_with_their_bytes(void **state)
{
	static const struct slice bytes[] = { { "one\0two", 7 }, { "\xff\xfe", 2 }, { "", 0 }, { "x", 1 } };
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct reject r = { .code = REJECT_NOT_XML, .file = SLICE("a.xml"), .member = SLICE("part1"), .detail = SLICE("cut") };
	struct kept_reject kept = { 0 };
	int64_t after = 0;

	assert_int_equal(store_next_reject(s, &b->arena, 0, &kept, &b->err), 0);
	for (size_t i = 0; i < 4; i++)
		put_reject(b, s, &r, bytes[i]);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(store_next_reject(s, &b->arena, after, &kept, &b->err), 1);
		assert_true(kept.id > after);
		after = kept.id;
		assert_true(slice_is(kept.file, "a.xml") && slice_is(kept.member, "part1"));
		assert_int_equal(kept.bytes.len, bytes[i].len);
		if (bytes[i].len > 0)
			assert_memory_equal(kept.bytes.ptr, bytes[i].ptr, bytes[i].len);
	}
	assert_int_equal(store_next_reject(s, &b->arena, after, &kept, &b->err), 0);
	assert_int_equal(store_next_reject(s, &b->arena, INT64_MAX, &kept, &b->err), 0);
	commit(b, s);
	store_close(s);
}

static void test_a_kept_refusal_outlives_its_row(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct reject r = { .code = REJECT_NOT_XML, .file = SLICE("a.xml") };
	struct kept_reject kept;

	put_reject(b, s, &r, SLICE("bytes"));
	assert_int_equal(store_next_reject(s, &b->arena, 0, &kept, &b->err), 1);
	assert_done(b, store_retried(s, kept.id, NULL, &b->err));
	commit(b, s);
	store_close(s);
	assert_true(slice_is(kept.bytes, "bytes") && slice_is(kept.file, "a.xml") && kept.member.ptr == NULL);
}

static void test_a_retry_changes_the_reason_and_nothing_else(void **state)
{
	static const char all[] = "SELECT id, hex(key), received_s, file, member, code, line, detail, " TABLE_BYTES " FROM reject"
				  " ORDER BY id";
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct reject r = { REJECT_NOT_XML, SLICE("a.xml"), SLICE("part1"), 3, SLICE("cut") },
		      again = { REJECT_DOCTYPE, SLICE("z.xml"), SLICE("part9"), 9, SLICE("a DOCTYPE") };
	const char *key;

	put_reject(b, s, &r, SLICE("one"));
	put_reject(b, s, &r, SLICE("two"));
	commit(b, s);
	key = table_text(b, b->db, "SELECT hex(key) FROM reject WHERE id = 2");
	assert_done(b, store_retried(s, 2, &again, &b->err));
	commit(b, s);
	assert_non_null(strstr(table_text(b, b->db, all),
			       arena_printf(&b->arena, "2|%.32s|%lld|a.xml|part1|doctype|9|a DOCTYPE|two\n", key,
					    (long long)SAMPLE_RECEIVED)));
	assert_int_equal(table_int(b, "SELECT count(*) FROM reject WHERE code = 'not-xml' AND line = 3 AND detail = 'cut'"), 1);
	again.detail = (struct slice){ 0 };
	assert_done(b, store_retried(s, 2, &again, &b->err));
	commit(b, s);
	store_close(s);
	assert_int_equal(table_int(b, "SELECT detail = '' FROM reject WHERE id = 2"), 1);
}

static void test_a_refusal_read_after_all_is_gone_and_may_come_again(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct reject r = { .code = REJECT_NOT_XML, .file = SLICE("a.xml") };
	struct kept_reject kept;
	int64_t before;

	put_reject(b, s, &r, SLICE("one"));
	put_reject(b, s, &r, SLICE("two"));
	commit(b, s);
	before = generation(b);
	assert_int_equal(store_next_reject(s, &b->arena, 0, &kept, &b->err), 1);
	assert_done(b, store_retried(s, kept.id, NULL, &b->err));
	assert_true(store_open_rows(s) > 0);
	commit(b, s);
	assert_int_equal(generation(b), before + 1);
	assert_string_equal(table_text(b, b->db, "SELECT " TABLE_BYTES " FROM reject"), "two\n");
	put_reject(b, s, &r, SLICE("one"));
	assert_done(b, store_retried(s, 999, NULL, &b->err)); /* one that is not there harms nobody */
	assert_done(b, store_retried(s, 999, &r, &b->err));
	commit(b, s);
	store_close(s);
	assert_int_equal(table_int(b, "SELECT count(*) FROM reject"), 2);
}

static void test_a_retry_that_is_not_committed_forgets_nothing(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct reject r = { .code = REJECT_NOT_XML, .file = SLICE("a.xml") };

	put_reject(b, s, &r, SLICE("one"));
	commit(b, s);
	assert_done(b, store_retried(s, 1, NULL, &b->err));
	store_close(s);
	assert_int_equal(table_int(b, "SELECT count(*) FROM reject"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_every_value_of_a_tls_report_has_its_column),
		bench_test(test_a_tls_report_of_nothing_is_kept_as_nothing),
		bench_test(test_each_part_of_a_tls_key_tells_reports_apart),
		bench_test(test_neighbouring_parts_of_a_tls_key_do_not_run_together),
		bench_test(test_a_resent_tls_report_changes_nothing),
		bench_test(test_without_an_id_all_of_a_tls_report_is_its_key),
		bench_test(test_the_longest_lists_and_texts_are_kept_whole),
		bench_test(test_what_was_bound_for_one_report_is_not_kept_for_the_next),
		bench_test(test_every_field_of_a_failure_report_has_its_column),
		bench_test(test_each_field_of_a_failure_report_tells_it_apart),
		bench_test(test_a_value_in_another_field_is_another_failure_report),
		bench_test(test_the_longest_fields_are_kept_and_told_apart),
		bench_test(test_other_reports_count_in_no_sum),
		bench_test(test_other_reports_are_rows_that_wait_for_a_commit),
		bench_test(test_only_a_new_report_makes_a_new_generation),
		bench_test(test_a_failed_report_takes_the_open_group_with_it),
		bench_test(test_refusals_come_back_once_each_in_order_with_their_bytes),
		bench_test(test_a_kept_refusal_outlives_its_row),
		bench_test(test_a_retry_changes_the_reason_and_nothing_else),
		bench_test(test_a_refusal_read_after_all_is_gone_and_may_come_again),
		bench_test(test_a_retry_that_is_not_committed_forgets_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("ingest_other", tests, NULL, NULL);
}
