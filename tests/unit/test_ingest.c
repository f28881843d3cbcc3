/* test_ingest: nothing counts twice, nothing is lost, and what a crash or a full disk leaves behind is whole. */
#include "store_sample.h"

#include "schema/limits.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

static const struct source_rules no_rules = { 0 };

static struct report *with_row(struct bench *b, const char *id, int64_t messages)
{
	struct report *r = sample_report(b, id, SAMPLE_DAY);

	sample_row(b, r, "203.0.113.9", messages);
	return r;
}

static void commit(struct bench *b, struct store *s)
{
	assert_done(b, store_commit(s, &b->err));
}

static int64_t messages(struct bench *b)
{
	return table_int(b, "SELECT coalesce(sum(messages), 0) FROM fact");
}

static int64_t reports(struct bench *b)
{
	return table_int(b, "SELECT count(*) FROM report");
}

static int64_t generation(struct bench *b)
{
	return table_int(b, "SELECT value FROM meta WHERE key = 'generation'");
}

/* --- identity (FORMATS 2.3) --- */

static void test_the_same_report_is_not_counted_twice(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct report *r = with_row(b, "1", 5);

	assert_int_equal(sample_put(b, s, r), STORED_NEW);
	assert_int_equal(sample_put(b, s, r), STORED_DUPLICATE); /* in one group */
	commit(b, s);
	assert_int_equal(sample_put(b, s, r), STORED_DUPLICATE); /* in the next */
	commit(b, s);
	store_close(s);
	s = sample_open(b, no_rules);
	assert_int_equal(sample_put(b, s, r), STORED_DUPLICATE); /* after a restart */
	commit(b, s);
	store_close(s);
	assert_int_equal(messages(b), 5);
	assert_sums_equal_facts(b);
}

/* The content hash leaves CRs out, so a copy through another relay has the same. */
static void test_a_copy_through_another_relay_is_not_counted_twice(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct report *r = with_row(b, "1", 5);

	assert_int_equal(sample_put(b, s, r), STORED_NEW);
	r->file = SLICE("alias/b.eml");
	r->member = SLICE("report.zip!b.xml");
	assert_int_equal(sample_put(b, s, r), STORED_DUPLICATE);
	commit(b, s);
	store_close(s);
	assert_string_equal(table_text(b, b->db, "SELECT file, twin FROM report"), "a.xml|0\n");
}

static void test_one_key_with_two_contents_keeps_both_and_says_so(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct report *first = with_row(b, "1", 5), *second = with_row(b, "1", 7);

	assert_int_equal(sample_put(b, s, first), STORED_NEW);
	assert_int_equal(sample_put(b, s, second), STORED_TWIN);
	assert_int_equal(sample_put(b, s, first), STORED_DUPLICATE);
	assert_int_equal(sample_put(b, s, second), STORED_DUPLICATE);
	commit(b, s);
	store_close(s);
	assert_string_equal(table_text(b, b->db, "SELECT messages, twin FROM report ORDER BY id"), "5|0\n7|1\n");
	assert_sums_equal_facts(b);
}

static void test_org_names_differ_only_beyond_case(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct report *r = with_row(b, "1", 5);

	assert_int_equal(sample_put(b, s, r), STORED_NEW);
	r->org_name = SLICE("RECEIVER ltd");
	assert_int_equal(sample_put(b, s, r), STORED_DUPLICATE);
	r->org_name = SLICE("Receiver Ltd.");
	assert_int_equal(sample_put(b, s, r), STORED_NEW);
	r->org_name = (struct slice){ 0 };
	assert_int_equal(sample_put(b, s, r), STORED_NEW);
	commit(b, s);
	store_close(s);
	assert_int_equal(reports(b), 3);
}

static void test_each_part_of_the_key_tells_reports_apart(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct report *r = with_row(b, "1", 5);

	assert_int_equal(sample_put(b, s, r), STORED_NEW);
	r->begin++;
	assert_int_equal(sample_put(b, s, r), STORED_NEW);
	r->end++;
	assert_int_equal(sample_put(b, s, r), STORED_NEW);
	r->domain = SLICE("other.example");
	assert_int_equal(sample_put(b, s, r), STORED_NEW);
	r->domain = SLICE("Other.Example."); /* one name in another spelling */
	assert_int_equal(sample_put(b, s, r), STORED_DUPLICATE);
	r->report_id = SLICE("1 ");
	assert_int_equal(sample_put(b, s, r), STORED_NEW);
	r->begin = REPORT_NO_TIME;
	assert_int_equal(sample_put(b, s, r), STORED_NEW);
	commit(b, s);
	store_close(s);
	assert_int_equal(reports(b), 6);
}

static void test_neighbouring_parts_of_the_key_do_not_run_together(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct report *r = with_row(b, "c", 5);

	r->org_name = SLICE("a");
	r->domain = SLICE("b");
	assert_int_equal(sample_put(b, s, r), STORED_NEW);
	r->org_name = SLICE("ab");
	r->domain = SLICE("");
	assert_int_equal(sample_put(b, s, r), STORED_NEW);
	r->domain = (struct slice){ 0 };
	assert_int_equal(sample_put(b, s, r), STORED_NEW);
	commit(b, s);
	store_close(s);
}

static void test_an_empty_id_is_no_key(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct report *r = with_row(b, NULL, 5);

	assert_int_equal(sample_put(b, s, r), STORED_NEW);
	r->begin += DAY_SECONDS; /* the content alone decides */
	assert_int_equal(sample_put(b, s, r), STORED_DUPLICATE);
	sample_content(r, 77);
	assert_int_equal(sample_put(b, s, r), STORED_NEW);
	commit(b, s);
	store_close(s);
	assert_int_equal(table_int(b, "SELECT sum(twin) FROM report"), 0);
}

/* --- cut reports --- */

static struct report *long_report(struct bench *b)
{
	struct report *r = with_row(b, "1", 5);

	sample_row(b, r, "203.0.113.10", 7)->header_from = SLICE("chem.univ.example");
	sample_results(b, sample_row(b, r, "203.0.113.11", 9), "reject", "fail", "fail");
	return r;
}

static struct report *cut_after(struct bench *b, const struct report *whole, int64_t rows, int64_t content)
{
	struct report *r = arena_alloc(&b->arena, sizeof *r);
	struct row **end = &r->rows;

	*r = *whole;
	r->complete = false;
	r->row_count = rows;
	end = &r->rows;
	for (const struct row *row = whole->rows; rows > 0; row = row->next, rows--) {
		*end = arena_alloc(&b->arena, sizeof **end);
		**end = *row;
		(*end)->next = NULL;
		end = &(*end)->next;
	}
	*end = NULL;
	sample_content(r, content);
	return r;
}

/* The sums of a store that never saw anything but `r`. */
static void assert_as_if_only(struct bench *b, const struct report *r)
{
	struct bench other = { .list = b->list };
	const char *domains, *reporters;
	struct store *s;

	snprintf(other.db, sizeof other.db, "%s/fresh.db", b->folder);
	s = sample_open(&other, no_rules);
	sample_put(&other, s, r);
	commit(&other, s);
	store_close(s);
	domains = sample_sums(&other, BY_DOMAIN);
	reporters = sample_sums(&other, BY_REPORTER);
	assert_string_equal(sample_sums(b, BY_DOMAIN), domains);
	assert_string_equal(sample_sums(b, BY_REPORTER), reporters);
	arena_release(&other.arena);
	assert_sums_equal_facts(b);
}

static void test_a_whole_report_takes_the_place_of_a_cut_one(void **state)
{
	struct bench *b = *state;

	for (int committed = 0; committed < 2; committed++) {
		struct report *whole = long_report(b);
		struct store *s;

		snprintf(b->db, sizeof b->db, "%s/%d.db", b->folder, committed);
		s = sample_open(b, no_rules);
		assert_int_equal(sample_put(b, s, cut_after(b, whole, 1, 1000)), STORED_NEW);
		if (committed)
			commit(b, s);
		assert_int_equal(sample_put(b, s, whole), STORED_REPLACED);
		commit(b, s);
		assert_int_equal(sample_put(b, s, whole), STORED_DUPLICATE);
		commit(b, s);
		store_close(s);
		assert_int_equal(messages(b), 21);
		assert_string_equal(table_text(b, b->db, "SELECT complete, twin, row_count, messages FROM report"),
				    "1|0|3|21\n");
		assert_as_if_only(b, whole);
		assert_int_equal(remove(bench_path(b, "fresh.db")), 0);
	}
}

static void test_replacing_leaves_no_trace_in_the_sums(void **state)
{
	struct bench *b = *state;
	struct report *whole = with_row(b, "1", 5), *cut;
	struct store *s = sample_open(b, no_rules);

	cut = cut_after(b, whole, 1, 1000);
	cut->rows->header_from = SLICE("gone.univ.example"); /* another name than the whole one's */
	cut->org_name = SLICE("RECEIVER LTD");
	cut->warnings = arena_alloc(&b->arena, sizeof *cut->warnings);
	cut->warnings->text = SLICE("stops early");
	sample_put(b, s, cut);
	commit(b, s);
	assert_int_equal(sample_put(b, s, whole), STORED_REPLACED);
	commit(b, s);
	store_close(s);
	assert_int_equal(table_int(b, "SELECT count(*) FROM report_note"), 0);
	assert_sums_equal_facts(b);
}

static void test_a_cut_copy_of_a_whole_report_is_dropped(void **state)
{
	struct bench *b = *state;
	struct report *whole = long_report(b);
	struct store *s = sample_open(b, no_rules);
	int64_t before;

	assert_int_equal(sample_put(b, s, whole), STORED_NEW);
	commit(b, s);
	before = generation(b);
	assert_int_equal(sample_put(b, s, cut_after(b, whole, 2, 1000)), STORED_DUPLICATE);
	commit(b, s);
	store_close(s);
	assert_int_equal(generation(b), before);
	assert_as_if_only(b, whole);
}

/* FORMATS 2.3: "if the new one is incomplete, drop it". Both hold the same rows as far as they go. */
static void test_two_cut_copies_do_not_count_twice(void **state)
{
	struct bench *b = *state;
	struct report *whole = long_report(b);
	struct store *s = sample_open(b, no_rules);

	assert_int_equal(sample_put(b, s, cut_after(b, whole, 1, 1000)), STORED_NEW);
	sample_put(b, s, cut_after(b, whole, 2, 1001));
	commit(b, s);
	assert_int_equal(reports(b), 1);
	assert_int_equal(sample_put(b, s, whole), STORED_REPLACED);
	commit(b, s);
	store_close(s);
	assert_as_if_only(b, whole);
}

static void test_a_duplicate_never_changes_what_is_stored(void **state)
{
	struct bench *b = *state;
	struct report *whole = long_report(b);
	struct store *s = sample_open(b, no_rules);
	int64_t before, kept;

	sample_put(b, s, cut_after(b, whole, 1, 1000));
	sample_put(b, s, cut_after(b, whole, 2, 1001));
	sample_put(b, s, whole);
	commit(b, s);
	before = generation(b);
	kept = reports(b);
	assert_int_equal(sample_put(b, s, whole), STORED_DUPLICATE);
	commit(b, s);
	store_close(s);
	assert_int_equal(generation(b), before);
	assert_int_equal(reports(b), kept);
	assert_sums_equal_facts(b);
}

/* --- rows --- */

static void test_equal_rows_become_one_fact(void **state)
{
	struct bench *b = *state;
	struct report *r = with_row(b, "1", 5);
	struct store *s = sample_open(b, no_rules);

	sample_row(b, r, " [203.0.113.9] ", 7); /* the same address */
	sample_row(b, r, "::ffff:203.0.113.9", 0);
	sample_row(b, r, "203.0.113.9", 1)->spf = SLICE("softfail"); /* another profile */
	sample_put(b, s, r);
	commit(b, s);
	store_close(s);
	assert_string_equal(table_text(b, b->db, "SELECT messages FROM fact ORDER BY 1 DESC"), "12\n1\n");
	assert_string_equal(table_text(b, b->db, "SELECT row_count, messages FROM report"), "4|13\n");
	assert_sums_equal_facts(b);
}

static void test_a_count_out_of_this_world_is_cut(void **state)
{
	struct bench *b = *state;
	struct report *r = with_row(b, "1", INT64_MAX);
	struct store *s = sample_open(b, no_rules);

	sample_row(b, r, "203.0.113.10", (int64_t)LIMIT_COUNT + 1);
	sample_row(b, r, "203.0.113.11", LIMIT_COUNT);
	sample_row(b, r, "203.0.113.12", (int64_t)LIMIT_COUNT - 1);
	sample_row(b, r, "203.0.113.13", 0);
	sample_put(b, s, r);
	commit(b, s);
	store_close(s);
	assert_string_equal(table_text(b, b->db, "SELECT messages FROM fact ORDER BY address"),
			    "1000000000\n1000000000\n1000000000\n999999999\n0\n");
	assert_int_equal(table_int(b, "SELECT messages FROM report"), 3999999999);
	assert_sums_equal_facts(b);
}

static void test_an_impossible_date_counts_on_the_day_of_arrival(void **state)
{
	static const int64_t begins[] = { REPORT_NO_TIME,
					  INT64_MIN + 1,
					  -1,
					  0,
					  1262303999 /* 2009's last second */,
					  INT64_MAX,
					  SAMPLE_RECEIVED + 3 * DAY_SECONDS };
	static const int64_t possible[] = { 1262304000, SAMPLE_RECEIVED + 2 * DAY_SECONDS };
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);

	for (size_t i = 0; i < sizeof begins / sizeof *begins; i++) {
		struct report *r = with_row(b, arena_printf(&b->arena, "bad-%zu", i), 1);

		r->begin = begins[i];
		sample_put(b, s, r);
	}
	for (size_t i = 0; i < sizeof possible / sizeof *possible; i++) {
		struct report *r = with_row(b, arena_printf(&b->arena, "good-%zu", i), 1);

		r->begin = possible[i];
		sample_put(b, s, r);
	}
	commit(b, s);
	store_close(s);
	assert_string_equal(table_text(b, b->db, "SELECT DISTINCT day FROM report WHERE report_id LIKE 'bad%'"),
			    "20183\n");
	assert_string_equal(table_text(b, b->db, "SELECT day FROM report WHERE report_id LIKE 'good%'"),
			    "14610\n20185\n");
	assert_int_equal(table_int(b, "SELECT count(*) FROM report WHERE begin_s IS NULL"), 1);
	assert_int_equal(table_int(b, "SELECT count(*) FROM report WHERE begin_s = -1"), 1); /* the fact is kept */
	assert_sums_equal_facts(b);
}

static const char addresses[] = "SELECT hex(a.bytes), a.written, sum(f.messages) FROM fact f JOIN address a ON a.id = "
				"f.address GROUP BY a.id ORDER BY 1, 2";

static void test_one_address_in_many_spellings_is_one(void **state)
{
	static const char *const four[] = { "192.0.2.1", "::ffff:192.0.2.1", "::FFFF:c000:201", " 192.0.2.1 ",
					    "[192.0.2.1]" };
	static const char *const six[] = { "2001:db8::1", "2001:DB8:0::0:1", "[2001:db8::1]", "2001:db8::1%eth0" };
	struct bench *b = *state;
	struct report *r = sample_report(b, "1", SAMPLE_DAY);
	struct store *s = sample_open(b, no_rules);

	for (size_t i = 0; i < sizeof four / sizeof *four; i++)
		sample_row(b, r, four[i], 1);
	for (size_t i = 0; i < sizeof six / sizeof *six; i++)
		sample_row(b, r, six[i], 1);
	sample_put(b, s, r);
	commit(b, s);
	store_close(s);
	assert_string_equal(table_text(b, b->db, addresses),
			    "00000000000000000000FFFFC0000201||5\n20010DB8000000000000000000000001||4\n");
}

static void test_what_is_no_address_is_kept_as_written(void **state)
{
	/* the bytes of 6162:6364:... are these sixteen letters */
	static const char letters[] = "abcdefghijklmnop", number[] = "6162:6364:6566:6768:696a:6b6c:6d6e:6f70";
	struct bench *b = *state;
	struct report *r = sample_report(b, "1", SAMPLE_DAY);
	struct store *s = sample_open(b, no_rules);

	sample_row(b, r, "mail.example.org", 1);
	sample_row(b, r, "Mail.example.org", 2);
	sample_row(b, r, letters, 4);
	sample_row(b, r, number, 8);
	sample_row(b, r, NULL, 16);
	sample_row(b, r, "", 32);
	sample_put(b, s, r);
	commit(b, s);
	r = sample_report(b, "2", SAMPLE_DAY); /* from the table, not from memory */
	sample_row(b, r, number, 64);
	sample_row(b, r, letters, 128);
	store_close(s);
	s = sample_open(b, no_rules);
	sample_put(b, s, r);
	commit(b, s);
	store_close(s);
	assert_string_equal(table_text(b, b->db, addresses),
			    "||48\n|Mail.example.org|2\n|abcdefghijklmnop|132\n|mail.example.org|1\n"
			    "6162636465666768696A6B6C6D6E6F70||72\n");
}

static void test_all_that_was_reported_can_be_read_back(void **state)
{
	struct bench *b = *state;
	struct report *r = sample_report(b, "1", SAMPLE_DAY);
	struct store *s = sample_open(b, no_rules);
	struct row *row = sample_row(b, r, "203.0.113.9", 1);
	struct note warning = { .text = SLICE("odd") }, error = { .text = SLICE("more than one DMARC record") };

	r->sp = SLICE("");
	r->pct = 0;
	r->testing = SLICE("y");
	r->errors = &error;
	r->warnings = &warning;
	row->header_from = SLICE("Chem.Univ.Example.");
	sample_auth(b, &row->dkim_auth, "univ.example", "s1", "pass");
	sample_auth(b, &row->dkim_auth, NULL, NULL, "hardfail");
	sample_auth(b, &row->spf_auth, "", NULL, NULL);
	row->spf_auth->scope = SLICE("mfrom");
	row->spf_auth->human_result = SLICE("it's \"so\"");
	sample_reason(b, row, NULL, "arc=pass");
	sample_reason(b, row, "other", NULL);
	sample_put(b, s, r);
	commit(b, s);
	store_close(s);
	assert_string_equal(table_text(b, b->db, "SELECT p, sp, np, pct, testing, fo FROM policy"), "none||-|0|y|-\n");
	assert_string_equal(table_text(b, b->db, "SELECT kind, ord, text FROM report_note ORDER BY 1, 2"),
			    "0|0|more than one DMARC record\n2|0|odd\n");
	assert_string_equal(
		table_text(b, b->db, "SELECT d.name, p.header_from FROM profile p JOIN domain d ON d.id = p.domain"),
		"chem.univ.example|Chem.Univ.Example.\n");
	assert_string_equal(table_text(b, b->db,
				       "SELECT kind, ord, domain, selector, scope, result, human_result"
				       " FROM profile_auth ORDER BY 1, 2"),
			    "0|0|univ.example|s1|-|pass|-\n0|1|-|-|-|hardfail|-\n1|0||-|mfrom|-|it's \"so\"\n");
	assert_string_equal(table_text(b, b->db, "SELECT ord, type, comment FROM profile_reason ORDER BY 1"),
			    "0|-|arc=pass\n1|other|-\n");
}

/* What is derived with the policy's alignment modes is not shared with a report of other modes. */
static void test_a_derived_row_is_judged_by_its_own_policy(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);

	for (int strict = 0; strict < 2; strict++) {
		struct report *r = sample_report(b, strict ? "strict" : "relaxed", SAMPLE_DAY);
		struct row *row = sample_row(b, r, "203.0.113.9", 1);

		r->adkim = strict ? SLICE("s") : SLICE("r");
		row->header_from = SLICE("chem.univ.example");
		row->dkim = (struct slice){ 0 };
		sample_auth(b, &row->dkim_auth, "univ.example", "s1", "pass");
		sample_put(b, s, r);
	}
	commit(b, s);
	store_close(s);
	assert_string_equal(table_text(b, b->db,
				       "SELECT r.report_id, c.split FROM fact f JOIN report r ON r.id = f.report"
				       " JOIN profile_class c ON c.profile = f.profile ORDER BY r.id"),
			    "relaxed|1\nstrict|3\n");
}

/* FORMATS 3.4: an empty org_name is named by the domain of its e-mail address. */
static void test_a_reporter_without_a_name_is_known_by_its_address(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct report *r = with_row(b, "1", 1);

	r->org_name = (struct slice){ 0 };
	r->email = SLICE("<Reports@example.org>");
	sample_put(b, s, r);
	commit(b, s);
	store_close(s);
	assert_string_equal(table_text(b, b->db, "SELECT name FROM reporter"), "example.org\n");
}

/* --- rejects --- */

static bool put_reject(struct bench *b, struct store *s, const struct reject *r, const char *bytes)
{
	bool fresh = false;

	assert_done(b, store_reject(s, r, slice_of(bytes), SAMPLE_RECEIVED, &fresh, &b->err));
	return fresh;
}

static void test_a_refusal_is_kept_once_with_its_bytes(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct reject r = { .code = REJECT_NOT_XML, .file = SLICE("a.xml"), .line = 3, .detail = SLICE("cut") };

	assert_true(put_reject(b, s, &r, "<feed"));
	r.file = SLICE("copy.xml");
	assert_false(put_reject(b, s, &r, "<feed"));
	commit(b, s);
	assert_false(put_reject(b, s, &r, "<feed"));
	r.code = REJECT_DOCTYPE; /* of a later ruad, perhaps */
	assert_false(put_reject(b, s, &r, "<feed"));
	assert_true(put_reject(b, s, &r, "<feeb"));
	r.member = SLICE("x.zip!a.xml");
	assert_true(put_reject(b, s, &r, "<feed"));
	commit(b, s);
	store_close(s);
	assert_string_equal(
		table_text(b, b->db, "SELECT file, member, code, line, detail, " TABLE_BYTES " FROM reject"),
		"a.xml|-|not-xml|3|cut|<feed\ncopy.xml|-|doctype|3|cut|<feeb\n"
		"copy.xml|x.zip!a.xml|doctype|3|cut|<feed\n");
}

/* Where bytes end and the member begins is part of the key: else one refusal is thrown away for another. */
static void test_two_refusals_never_share_a_key(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct reject r = { .code = REJECT_NOT_XML, .file = SLICE("a"), .member = SLICE("x.zip") };

	assert_true(put_reject(b, s, &r, "bytes"));
	r.member = SLICE("zip");
	assert_true(put_reject(b, s, &r, "bytesx."));
	r.member = (struct slice){ 0 };
	assert_true(put_reject(b, s, &r, "bytesx.zip"));
	commit(b, s);
	store_close(s);
	assert_int_equal(table_int(b, "SELECT count(*) FROM reject"), 3);
}

static void test_a_refusal_of_nothing_can_be_kept(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct reject r = { .code = REJECT_EMPTY };
	bool fresh = false;

	assert_done(b, store_reject(s, &r, (struct slice){ 0 }, SAMPLE_RECEIVED, &fresh, &b->err));
	assert_true(fresh);
	commit(b, s);
	store_close(s);
	assert_string_equal(table_text(b, b->db, "SELECT file, code, raw FROM reject"), "|empty|-\n");
}

/* --- refusals tried again --- */

static void test_a_refusal_that_is_read_after_all_is_gone(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct reject r = { .code = REJECT_NOT_XML, .file = SLICE("a.xml"), .detail = SLICE("cut") };
	struct kept_reject kept;

	put_reject(b, s, &r, "one");
	put_reject(b, s, &r, "two");
	put_reject(b, s, &r, "three");
	commit(b, s);
	assert_int_equal(store_next_reject(s, &b->arena, 0, &kept, &b->err), 1);
	assert_true(slice_is(kept.bytes, "one") && slice_is(kept.file, "a.xml") && kept.member.ptr == NULL);
	assert_done(b, store_retried(s, kept.id, NULL, &b->err));
	assert_int_equal(store_next_reject(s, &b->arena, kept.id, &kept, &b->err), 1);
	assert_true(slice_is(kept.bytes, "two"));
	r.code = REJECT_DOCTYPE;
	r.line = 9;
	assert_done(b, store_retried(s, kept.id, &r, &b->err));
	assert_int_equal(store_next_reject(s, &b->arena, kept.id, &kept, &b->err), 1);
	assert_int_equal(store_next_reject(s, &b->arena, kept.id, &kept, &b->err), 0);
	commit(b, s);
	store_close(s);
	assert_string_equal(table_text(b, b->db, "SELECT code, line, " TABLE_BYTES " FROM reject ORDER BY id"),
			    "doctype|9|two\nnot-xml|0|three\n");
}

/* facts.sql: the same refusal is kept once. */
static void test_a_refusal_of_another_reason_now_is_not_kept_twice(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct reject r = { .code = REJECT_NOT_XML, .file = SLICE("a.xml"), .detail = SLICE("cut") };
	struct kept_reject kept;

	put_reject(b, s, &r, "one");
	assert_int_equal(store_next_reject(s, &b->arena, 0, &kept, &b->err), 1);
	r.code = REJECT_DOCTYPE;
	assert_done(b, store_retried(s, kept.id, &r, &b->err));
	assert_false(put_reject(b, s, &r, "one")); /* the file is imported once more */
	commit(b, s);
	store_close(s);
	assert_int_equal(table_int(b, "SELECT count(*) FROM reject"), 1);
}

/* --- other kinds of report --- */

static void test_other_reports_are_kept_once_and_count_nowhere(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct note second = { .text = SLICE("mx2") }, first = { .text = SLICE("mx1"), .next = &second };
	struct tls_failure failure = { .result_type = SLICE("certificate-expired"), .failed = TLS_NO_COUNT };
	struct tls_policy policies[2] = { { .mx_host = &first, .successful = 5, .failed = 0, .next = &policies[1] },
					  { .successful = TLS_NO_COUNT, .failed = 1, .failures = &failure } };
	struct tls_report tls = { .organization_name = SLICE("Receiver"),
				  .report_id = SLICE("1"),
				  .policies = policies };
	struct failure_report arf = { .field = { [FAILURE_REPORTED_DOMAIN] = SLICE("univ.example") } };
	enum stored how;

	for (int i = 0; i < 2; i++) {
		assert_done(b, store_tls(s, &tls, SAMPLE_RECEIVED, &how, &b->err));
		assert_int_equal(how, i == 0 ? STORED_NEW : STORED_DUPLICATE);
		assert_done(b, store_failure(s, &arf, SAMPLE_RECEIVED, &how, &b->err));
		assert_int_equal(how, i == 0 ? STORED_NEW : STORED_DUPLICATE);
	}
	tls.report_id = SLICE("2");
	assert_done(b, store_tls(s, &tls, SAMPLE_RECEIVED, &how, &b->err));
	assert_int_equal(how, STORED_NEW);
	arf.field[FAILURE_INCIDENTS] = SLICE("");
	assert_done(b, store_failure(s, &arf, SAMPLE_RECEIVED, &how, &b->err));
	assert_int_equal(how, STORED_NEW);
	commit(b, s);
	store_close(s);
	assert_string_equal(table_text(b, b->db,
				       "SELECT ord, replace(mx_host, char(10), '+'), successful, failed FROM tls_policy"
				       " WHERE report = 1 ORDER BY ord"),
			    "0|mx1+mx2|5|0\n1|-|-|1\n");
	assert_string_equal(
		table_text(b, b->db, "SELECT policy, result_type, failed FROM tls_failure WHERE report = 1"),
		"1|certificate-expired|-\n");
	assert_int_equal(reports(b), 0);
}

/* --- groups --- */

static void test_only_a_change_makes_a_new_generation(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct report *r = with_row(b, "1", 5);
	int64_t before = generation(b);

	commit(b, s);
	assert_int_equal(generation(b), before);
	sample_put(b, s, r);
	assert_int_equal(store_open_rows(s), 2);
	assert_int_equal(generation(b), before);
	commit(b, s);
	assert_int_equal(store_open_rows(s), 0);
	assert_int_equal(generation(b), before + 1);
	sample_put(b, s, r);
	commit(b, s);
	assert_int_equal(generation(b), before + 1);
	store_close(s);
	store_close(sample_open(b, no_rules));
	assert_int_equal(generation(b), before + 1);
}

static void test_what_was_not_committed_is_forgotten(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);

	sample_put(b, s, with_row(b, "1", 5));
	store_close(s);
	store_close(NULL);
	assert_int_equal(reports(b), 0);
	assert_sums_equal_facts(b);
}

static void test_a_kill_between_commits_leaves_whole_groups(void **state)
{
	struct bench *b = *state;
	struct store *s;
	int status;
	pid_t pid;

	s = sample_open(b, no_rules);
	store_close(s);
	assert_true((pid = fork()) >= 0);
	if (pid == 0) {
		enum stored how;

		if (store_open(b->db, b->list, no_rules, &s, &b->err) != 0)
			_exit(1);
		for (size_t i = 0; i < 40; i++) {
			if (store_report(s, sample_random(b, i), (struct slice){ 0 }, SAMPLE_RECEIVED, &how, &b->err) != 0 ||
			    (i == 19 && store_commit(s, &b->err) != 0))
				_exit(1);
		}
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	s = sample_open(b, no_rules);
	assert_int_equal(reports(b), 20);
	assert_sums_equal_facts(b);
	for (size_t i = 0; i < 40; i++) /* read again: harmless for the first, new for the others */
		assert_int_equal(sample_put(b, s, sample_random(b, i)), i < 20 ? STORED_DUPLICATE : STORED_NEW);
	commit(b, s);
	store_close(s);
	assert_int_equal(reports(b), 40);
	assert_sums_equal_facts(b);
	assert_string_equal(table_text(b, b->db, "PRAGMA integrity_check"), "ok\n");
}

/* Writes until the ceiling on file sizes is met; how many reports a commit said were durable. */
static int64_t write_until_full(struct bench *b, struct store *s)
{
	int64_t durable = 0;

	for (size_t i = 0; i < 4000; i++) {
		enum stored how;
		int rc = store_report(s, sample_random(b, i), (struct slice){ 0 }, SAMPLE_RECEIVED, &how, &b->err);

		if (rc == 0 && i % 20 == 19 && (rc = store_commit(s, &b->err)) == 0)
			durable = (int64_t)i + 1;
		if (rc != 0) {
			assert_int_equal(rc, -1);
			return durable;
		}
	}
	fail_msg("the disk never was full");
	return 0;
}

static void test_a_full_disk_loses_only_what_was_not_committed(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, sample_rules(b));
	struct rlimit before, full;
	int64_t durable;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	full = (struct rlimit){ 600 * 1000, before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
	durable = write_until_full(b, s);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(b->err.kind, ERR_SYSTEM);
	assert_non_null(strstr(b->err.text, b->db));
	assert_true(durable > 0);
	assert_int_equal(store_open_rows(s), 0);
	assert_int_equal(reports(b), durable);
	for (int64_t i = 0; i < durable + 40; i++) /* the same store, once there is room */
		assert_int_equal(sample_put(b, s, sample_random(b, (size_t)i)),
				 i < durable ? STORED_DUPLICATE : STORED_NEW);
	commit(b, s);
	store_close(s);
	assert_int_equal(reports(b), durable + 40);
	assert_sums_equal_facts(b);
	assert_string_equal(table_text(b, b->db, "PRAGMA integrity_check"), "ok\n");
}

static void test_a_failed_report_forgets_the_whole_group(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	enum stored how;

	sample_put(b, s, with_row(b, "1", 5));
	commit(b, s);
	table_run(
		b, b->db,
		"CREATE TRIGGER no BEFORE INSERT ON fact WHEN new.messages = 66 BEGIN SELECT raise(ABORT, 'no'); END");
	sample_put(b, s, with_row(b, "2", 7));
	assert_int_equal(store_report(s, with_row(b, "3", 66), (struct slice){ 0 }, SAMPLE_RECEIVED, &how, &b->err), -1);
	assert_int_equal(b->err.kind, ERR_SYSTEM);
	assert_int_equal(store_open_rows(s), 0);
	commit(b, s);
	assert_int_equal(reports(b), 1);
	assert_int_equal(sample_put(b, s, with_row(b, "4", 9)), STORED_NEW);
	commit(b, s);
	store_close(s);
	assert_int_equal(messages(b), 14);
	assert_sums_equal_facts(b);
}

/* --- rules --- */

static const char named[] = "SELECT s.id, s.name, s.kind, coalesce(s.owner, '-'), (SELECT count(*) FROM address_source "
			    "a WHERE a.source = s.id),"
			    " (SELECT count(*) FROM profile_class c WHERE c.source = s.id) FROM source s ORDER BY 1";

static void test_changed_rules_rename_all_history(void **state)
{
	struct bench *b = *state;
	struct source_rules rules = sample_rules(b), fewer = { rules.rule + 1, rules.n - 1 };
	const char *fresh_named;
	struct store *s;
	int64_t before;

	sample_fill(b, 80); /* under all rules */
	before = generation(b);
	store_close(sample_open(b, rules));
	assert_int_equal(generation(b), before); /* nothing changed */
	store_close(sample_open(b, fewer));
	assert_int_equal(generation(b), before + 1);
	fresh_named = table_text(b, b->db, named);
	snprintf(b->db, sizeof b->db, "%s/fresh.db", b->folder);
	s = sample_open(b, fewer);
	for (size_t i = 0; i < 80; i++)
		sample_put(b, s, sample_random(b, i));
	commit(b, s);
	store_close(s);
	assert_string_equal(table_text(b, b->db, named), fresh_named);
	assert_non_null(strstr(fresh_named, "1|Lists|2|-|0|"));
}

static void test_no_rules_at_all_take_every_name_away(void **state)
{
	struct bench *b = *state;

	sample_fill(b, 40);
	store_close(sample_open(b, no_rules));
	assert_string_equal(table_text(b, b->db,
				       "SELECT count(*) FROM source UNION ALL SELECT count(*) FROM address_source"
				       " UNION ALL SELECT count(*) FROM profile_class WHERE source <> 0"),
			    "0\n0\n0\n");
}

static void test_a_demo_stays_marked(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	int64_t before = generation(b);

	assert_done(b, store_mark_demo(s, &b->err));
	commit(b, s);
	store_close(s);
	assert_int_equal(generation(b), before + 1);
	assert_string_equal(table_text(b, b->db, "SELECT value FROM meta WHERE key = 'demo'"), "1\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_the_same_report_is_not_counted_twice),
		bench_test(test_a_copy_through_another_relay_is_not_counted_twice),
		bench_test(test_one_key_with_two_contents_keeps_both_and_says_so),
		bench_test(test_org_names_differ_only_beyond_case),
		bench_test(test_each_part_of_the_key_tells_reports_apart),
		bench_test(test_neighbouring_parts_of_the_key_do_not_run_together),
		bench_test(test_an_empty_id_is_no_key),
		bench_test(test_a_whole_report_takes_the_place_of_a_cut_one),
		bench_test(test_replacing_leaves_no_trace_in_the_sums),
		bench_test(test_a_cut_copy_of_a_whole_report_is_dropped),
		bench_test(test_two_cut_copies_do_not_count_twice),
		bench_test(test_a_duplicate_never_changes_what_is_stored),
		bench_test(test_equal_rows_become_one_fact),
		bench_test(test_a_count_out_of_this_world_is_cut),
		bench_test(test_an_impossible_date_counts_on_the_day_of_arrival),
		bench_test(test_one_address_in_many_spellings_is_one),
		bench_test(test_what_is_no_address_is_kept_as_written),
		bench_test(test_all_that_was_reported_can_be_read_back),
		bench_test(test_a_derived_row_is_judged_by_its_own_policy),
		bench_test(test_a_reporter_without_a_name_is_known_by_its_address),
		bench_test(test_a_refusal_is_kept_once_with_its_bytes),
		bench_test(test_two_refusals_never_share_a_key),
		bench_test(test_a_refusal_of_nothing_can_be_kept),
		bench_test(test_a_refusal_that_is_read_after_all_is_gone),
		bench_test(test_a_refusal_of_another_reason_now_is_not_kept_twice),
		bench_test(test_other_reports_are_kept_once_and_count_nowhere),
		bench_test(test_only_a_change_makes_a_new_generation),
		bench_test(test_what_was_not_committed_is_forgotten),
		bench_test(test_a_kill_between_commits_leaves_whole_groups),
		bench_test(test_a_full_disk_loses_only_what_was_not_committed),
		bench_test(test_a_failed_report_forgets_the_whole_group),
		bench_test(test_changed_rules_rename_all_history),
		bench_test(test_no_rules_at_all_take_every_name_away),
		bench_test(test_a_demo_stays_marked),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("ingest", tests, NULL, NULL);
}
