/* test_prune: what is too old goes with all that hung on it, nothing else goes, and a dry run says exactly what would. */
#include "store_sample.h"

#include "storage/prune.h"
#include "storage/raw.h"

static const struct source_rules no_rules;
static const struct retention for_ever;

/* A day after everything in these tests came. */
#define NOW_S (SAMPLE_RECEIVED + DAY_SECONDS)
enum { NOW_DAY = SAMPLE_DAY + 401 };

static void commit(struct bench *b, struct store *s)
{
	assert_done(b, store_commit(s, &b->err));
}

static struct report *report_of(struct bench *b, const char *id, int64_t day)
{
	struct report *r = sample_report(b, id, day);

	sample_row(b, r, "192.0.2.1", 5);
	sample_row(b, r, "192.0.2.2", 7);
	r->warnings = arena_alloc(&b->arena, sizeof *r->warnings);
	r->warnings->text = SLICE("a warning");
	return r;
}

static void put_at(struct bench *b, struct store *s, const struct report *r, const char *bytes, int64_t received_s)
{
	enum stored how;

	assert_done(b, store_report(s, r, slice_of(bytes), received_s, &how, &b->err));
	assert_int_equal(how, STORED_NEW);
}

static void refuse_at(struct bench *b, struct store *s, const char *bytes, int64_t received_s)
{
	struct reject r = { .code = REJECT_NOT_XML, .file = SLICE("a.xml") };
	bool fresh;

	assert_done(b, store_reject(s, &r, slice_of(bytes), received_s, &fresh, &b->err));
}

/* Counts first, then removes, and both must say the same. */
static struct pruned pruned(struct bench *b, struct store *s, const struct retention *keep)
{
	const struct source_rules rules = no_rules;
	struct pruned would, did;
	struct verified v;
	const char *before, *all = "SELECT (SELECT count(*) FROM report), (SELECT count(*) FROM fact), (SELECT count(*) FROM reject),"
				   " (SELECT count(*) FROM tls_report), (SELECT count(*) FROM failure_report), (SELECT count(*)"
				   " FROM cell), (SELECT count(*) FROM kept.raw), (SELECT value FROM meta WHERE key ="
				   " 'generation')";

	before = table_text(b, b->db, all);
	assert_done(b, store_prune(s, keep, NOW_S, true, &would, &b->err));
	assert_string_equal(table_text(b, b->db, all), before);
	assert_done(b, store_prune(s, keep, NOW_S, false, &did, &b->err));
	assert_memory_equal(&would, &did, sizeof did);
	/* What is left is what the facts that are left come to. */
	assert_done(b, verify_database(b->db, b->list, &rules, NULL, NULL, &v, &b->err));
	assert_int_equal(v.different, 0);
	assert_int_equal(table_int(b, "PRAGMA freelist_count"), 0);
	return did;
}

static const char *kept_bytes(struct bench *b)
{
	return table_text(b, b->db, "SELECT CAST(bytes AS TEXT) FROM kept.raw ORDER BY 1");
}

static const char *kept_reports(struct bench *b)
{
	return table_text(b, b->db, "SELECT report_id FROM report ORDER BY 1");
}

static void test_without_a_limit_nothing_goes(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct pruned p;

	put_at(b, s, report_of(b, "1", SAMPLE_DAY), "one", SAMPLE_RECEIVED);
	refuse_at(b, s, "two", SAMPLE_RECEIVED);
	commit(b, s);
	p = pruned(b, s, &for_ever);
	assert_true(p.reports == 0 && p.rejects == 0 && p.raw == 0 && p.orphans == 0);
	store_close(s);
	assert_string_equal(kept_reports(b), "1\n");
	assert_string_equal(kept_bytes(b), "one\ntwo\n");
}

static void test_old_reports_go_with_all_that_hung_on_them(void **state)
{
	const struct retention keep = { .report_days = 10 };
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct pruned p;

	put_at(b, s, report_of(b, "old", NOW_DAY - 11), "one", SAMPLE_RECEIVED);
	put_at(b, s, report_of(b, "older", NOW_DAY - 300), "two", SAMPLE_RECEIVED);
	put_at(b, s, report_of(b, "young", NOW_DAY - 10), "three", SAMPLE_RECEIVED);
	put_at(b, s, report_of(b, "younger", NOW_DAY - 1), "two", SAMPLE_RECEIVED); /* the same mail as the older one */
	commit(b, s);
	p = pruned(b, s, &keep);
	assert_true(p.reports == 2 && p.orphans == 1 && p.raw == 0);
	assert_int_equal(sample_put(b, s, report_of(b, "next", NOW_DAY - 1)), STORED_NEW);
	commit(b, s);
	store_close(s);
	assert_string_equal(kept_reports(b), "next\nyoung\nyounger\n");
	assert_string_equal(kept_bytes(b), "three\ntwo\n");
	assert_int_equal(table_int(b, "SELECT count(*) FROM fact"), 6);
	assert_int_equal(table_int(b, "SELECT count(*) FROM report_note WHERE report NOT IN (SELECT id FROM report)"), 0);
	assert_sums_equal_facts(b);
	assert_string_equal(table_text(b, b->db, "PRAGMA integrity_check"), "ok\n");
}

static void test_bytes_go_before_their_report(void **state)
{
	const struct retention keep = { .raw_days = 30 };
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct pruned p;

	put_at(b, s, report_of(b, "1", SAMPLE_DAY), "old", NOW_S - 31 * DAY_SECONDS);
	put_at(b, s, report_of(b, "2", SAMPLE_DAY), "young", NOW_S - 29 * DAY_SECONDS);
	put_at(b, s, report_of(b, "3", SAMPLE_DAY), "refused too", NOW_S - 31 * DAY_SECONDS);
	refuse_at(b, s, "refused too", NOW_S - 31 * DAY_SECONDS);
	commit(b, s);
	p = pruned(b, s, &keep);
	assert_true(p.raw == 1 && p.orphans == 0 && p.reports == 0 && p.rejects == 0);
	store_close(s);
	assert_string_equal(kept_reports(b), "1\n2\n3\n");
	assert_string_equal(kept_bytes(b), "refused too\nyoung\n");
	assert_int_equal(table_int(b, "SELECT count(*) FROM report WHERE raw IS NOT NULL"), 3);
	assert_int_equal(table_int(b, "SELECT count(*) FROM fact"), 6);
	assert_sums_equal_facts(b);
}

static void test_a_refusal_takes_its_bytes_unless_a_report_names_them(void **state)
{
	const struct retention keep = { .reject_days = 30 };
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct pruned p;

	refuse_at(b, s, "old", NOW_S - 31 * DAY_SECONDS);
	refuse_at(b, s, "half a report", NOW_S - 31 * DAY_SECONDS);
	put_at(b, s, report_of(b, "1", SAMPLE_DAY), "half a report", NOW_S - 31 * DAY_SECONDS);
	refuse_at(b, s, "young", NOW_S - 29 * DAY_SECONDS);
	commit(b, s);
	p = pruned(b, s, &keep);
	assert_true(p.rejects == 2 && p.orphans == 1 && p.raw == 0);
	store_close(s);
	assert_int_equal(table_int(b, "SELECT count(*) FROM reject"), 1);
	assert_string_equal(kept_bytes(b), "half a report\nyoung\n");
}

static void test_other_kinds_have_their_own_days(void **state)
{
	const struct retention tls = { .tls_days = 5 }, failure = { .failure_days = 5 };
	struct tls_failure failed = { .result_type = SLICE("x") };
	struct tls_policy policy = { .failures = &failed };
	struct tls_report t = { .report_id = SLICE("t1"), .policies = &policy };
	struct failure_report f = { 0 };
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	enum stored how;
	struct pruned p;

	assert_done(b, store_tls(s, &t, NOW_S - 6 * DAY_SECONDS, &how, &b->err));
	t.report_id = SLICE("t2");
	assert_done(b, store_tls(s, &t, NOW_S - 4 * DAY_SECONDS, &how, &b->err));
	assert_done(b, store_failure(s, &f, NOW_S - 6 * DAY_SECONDS, &how, &b->err));
	commit(b, s);
	p = pruned(b, s, &tls);
	assert_true(p.tls_reports == 1 && p.failure_reports == 0);
	assert_string_equal(table_text(b, b->db, "SELECT report_id FROM tls_report"), "t2\n");
	assert_int_equal(table_int(b, "SELECT (SELECT count(*) FROM tls_policy) * 10 + (SELECT count(*) FROM tls_failure)"), 11);
	p = pruned(b, s, &failure);
	assert_true(p.tls_reports == 0 && p.failure_reports == 1);
	store_close(s);
	assert_int_equal(table_int(b, "SELECT count(*) FROM failure_report"), 0);
}

static void test_only_old_orphans_are_swept(void **state)
{
	struct bench *b = *state;
	struct store *s;
	struct raw *r;
	unsigned char key[RAW_KEY_BYTES];
	struct pruned p;

	assert_done(b, raw_open(b->db, DB_WRITE, &r, &b->err));
	assert_done(b, raw_put(r, SLICE("old"), NOW_S - 3601, key, &b->err));
	assert_done(b, raw_put(r, SLICE("young"), NOW_S - 3599, key, &b->err));
	assert_done(b, raw_commit(r, &b->err));
	raw_close(r);
	s = sample_open(b, no_rules);
	p = pruned(b, s, &for_ever);
	assert_true(p.orphans == 1 && p.raw == 0);
	store_close(s);
	assert_string_equal(kept_bytes(b), "young\n");
}

/* More than one slice of each. */
static void test_many_go_slice_by_slice(void **state)
{
	const struct retention keep = { .report_days = 10, .reject_days = 10 };
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct pruned p;

	for (int i = 0; i < 4100; i++) {
		const char *name = arena_printf(&b->arena, "%d", i);

		put_at(b, s, sample_report(b, name, NOW_DAY - 20 - i / 4000), name, SAMPLE_RECEIVED);
		refuse_at(b, s, arena_printf(&b->arena, "refused %d", i), NOW_S - 11 * DAY_SECONDS);
	}
	put_at(b, s, report_of(b, "young", NOW_DAY - 1), "young", SAMPLE_RECEIVED);
	commit(b, s);
	p = pruned(b, s, &keep);
	assert_true(p.reports == 4100 && p.rejects == 4100 && p.orphans == 8200 && p.raw == 0);
	store_close(s);
	assert_string_equal(kept_bytes(b), "young\n");
	assert_sums_equal_facts(b);
}

/* A page that is being read goes on reading what it began with. */
static void test_a_reader_is_not_disturbed(void **state)
{
	const struct retention keep = { .report_days = 10 };
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct filter f = { .first_day = NOW_DAY - 60, .last_day = NOW_DAY };
	struct counts counts;
	struct reader *r;
	struct pruned p;

	put_at(b, s, report_of(b, "old", NOW_DAY - 50), "one", SAMPLE_RECEIVED);
	commit(b, s);
	r = sample_reader(b);
	assert_done(b, query_counts(r, &f, &counts, &b->err));
	assert_int_equal(counts_total(&counts), 12);
	assert_done(b, store_prune(s, &keep, NOW_S, false, &p, &b->err));
	assert_done(b, query_counts(r, &f, &counts, &b->err));
	assert_int_equal(counts_total(&counts), 0);
	reader_close(r);
	store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_without_a_limit_nothing_goes),
		bench_test(test_old_reports_go_with_all_that_hung_on_them),
		bench_test(test_bytes_go_before_their_report),
		bench_test(test_a_refusal_takes_its_bytes_unless_a_report_names_them),
		bench_test(test_other_kinds_have_their_own_days),
		bench_test(test_only_old_orphans_are_swept),
		bench_test(test_many_go_slice_by_slice),
		bench_test(test_a_reader_is_not_disturbed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("prune", tests, NULL, NULL);
}
