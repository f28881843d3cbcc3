/* test_raw: what was sent comes back byte for byte, is kept once, never named before it is durable, and never given out
 * damaged. */
#include "store_sample.h"

#include "schema/limits.h"
#include "storage/raw.h"

#include <signal.h>
#include <sys/resource.h>

static const struct source_rules no_rules;

static struct raw *opened(struct bench *b)
{
	struct raw *r = NULL;

	assert_done(b, raw_open(b->db, DB_WRITE, &r, &b->err));
	return r;
}

static const char *raw_file(struct bench *b)
{
	return arena_printf(&b->arena, "%s.raw", b->db);
}

static int64_t raw_int(struct bench *b, const char *sql)
{
	return strtoll(table_text(b, raw_file(b), sql), NULL, 10);
}

/* Bytes that no packing makes smaller. */
static struct slice noise(struct bench *b, uint64_t seed, size_t n)
{
	char *bytes = arena_alloc(&b->arena, n + 1);

	seed = seed * 2 + 1;
	for (size_t i = 0; i < n; i++)
		bytes[i] = (char)(sample_draw(&seed) >> 24);
	return (struct slice){ bytes, n };
}

static struct slice blanks(struct bench *b, size_t n)
{
	return (struct slice){ memset(arena_alloc(&b->arena, n), ' ', n), n };
}

static void assert_comes_back(struct bench *b, struct raw *r, struct slice bytes)
{
	unsigned char key[RAW_KEY_BYTES];
	struct slice back;

	assert_done(b, raw_put(r, bytes, 1, key, &b->err));
	assert_done(b, raw_commit(r, &b->err));
	assert_int_equal(raw_get(r, &b->arena, key, &back, &b->err), 1);
	assert_non_null(back.ptr);
	assert_int_equal(back.len, bytes.len);
	assert_memory_equal(back.ptr, bytes.ptr, bytes.len);
}

static void test_bytes_come_back_as_they_were_sent(void **state)
{
	struct bench *b = *state;
	struct raw *r = opened(b);

	assert_comes_back(b, r, SLICE("From: a\r\n\0\xff\r\n"));
	assert_comes_back(b, r, SLICE(""));
	assert_comes_back(b, r, SLICE("x"));
	assert_comes_back(b, r, blanks(b, 100000));
	assert_comes_back(b, r, noise(b, 1, 100000));
	assert_comes_back(b, r, noise(b, 2, 3));
	raw_close(r);
	assert_int_equal(raw_int(b, "SELECT count(*) FROM raw"), 6);
}

static void test_packing_is_kept_only_where_it_gains(void **state)
{
	struct bench *b = *state;
	struct raw *r = opened(b);

	struct slice document = blanks(b, 100001);

	memcpy((char *)document.ptr, "<a>", 3); /* a document repeats itself; a mail is taken for base64, which does not */
	assert_comes_back(b, r, blanks(b, 100000));
	assert_comes_back(b, r, noise(b, 1, 100000));
	assert_comes_back(b, r, document);
	raw_close(r);
	assert_string_equal(table_text(b, raw_file(b), "SELECT size, packed, length(bytes) < 1000, length(bytes) < 20000, length(bytes) ="
						       " size FROM raw ORDER BY packed, size"),
			    "100000|0|0|0|1\n100000|1|0|1|0\n100001|1|1|1|0\n");
}

static void test_equal_bytes_are_kept_once_from_their_first_day(void **state)
{
	struct bench *b = *state;
	struct raw *r = opened(b);
	unsigned char one[RAW_KEY_BYTES], two[RAW_KEY_BYTES];

	assert_done(b, raw_put(r, SLICE("mail"), 1, one, &b->err));
	assert_done(b, raw_put(r, SLICE("mail"), 2, two, &b->err));
	assert_memory_equal(one, two, sizeof one);
	assert_done(b, raw_commit(r, &b->err));
	assert_done(b, raw_put(r, SLICE("mail"), 3, two, &b->err));
	assert_done(b, raw_put(r, SLICE("mai"), 3, two, &b->err));
	assert_done(b, raw_commit(r, &b->err));
	raw_close(r);
	assert_string_equal(table_text(b, raw_file(b), "SELECT received_s, CAST(bytes AS TEXT) FROM raw ORDER BY received_s"),
			    "1|mail\n3|mai\n");
}

static void test_what_was_not_committed_or_was_deleted_is_gone(void **state)
{
	struct bench *b = *state;
	struct raw *r = opened(b);
	unsigned char key[RAW_KEY_BYTES];
	struct slice back = SLICE("untouched");

	assert_done(b, raw_put(r, SLICE("one"), 1, key, &b->err));
	raw_roll_back(r);
	assert_int_equal(raw_get(r, &b->arena, key, &back, &b->err), 0);
	assert_done(b, raw_put(r, SLICE("one"), 1, key, &b->err));
	assert_done(b, raw_commit(r, &b->err));
	assert_done(b, raw_delete(r, key, &b->err));
	assert_done(b, raw_delete(r, key, &b->err));
	assert_done(b, raw_commit(r, &b->err));
	assert_int_equal(raw_get(r, &b->arena, key, &back, &b->err), 0);
	assert_true(slice_is(back, "untouched"));
	assert_done(b, raw_put(r, SLICE("two"), 1, key, &b->err));
	raw_close(r);
	raw_close(NULL);
	assert_int_equal(raw_int(b, "SELECT count(*) FROM raw"), 0);
}

static void assert_damaged(struct bench *b, const char *damage, struct slice bytes)
{
	struct raw *r = opened(b);
	unsigned char key[RAW_KEY_BYTES];
	struct slice back;

	assert_done(b, raw_put(r, bytes, 1, key, &b->err));
	assert_done(b, raw_commit(r, &b->err));
	table_run(b, raw_file(b), damage);
	b->err = (struct err){ 0 };
	if (raw_get(r, &b->arena, key, &back, &b->err) != RAW_DAMAGED)
		fail_msg("%s: is not noticed", damage);
	assert_non_null(strstr(b->err.text, "damaged"));
	assert_done(b, raw_delete(r, key, &b->err));
	assert_done(b, raw_commit(r, &b->err));
	raw_close(r);
}

static void test_damaged_bytes_are_never_given_out(void **state)
{
	struct bench *b = *state;

	assert_damaged(b, "UPDATE raw SET bytes = CAST('maim' AS BLOB)", SLICE("mail"));
	assert_damaged(b, "UPDATE raw SET size = 5", SLICE("mail"));
	assert_damaged(b, "UPDATE raw SET size = -1", SLICE("mail"));
	assert_damaged(b, "UPDATE raw SET packed = 1", SLICE("mail"));
	assert_damaged(b, "UPDATE raw SET size = 1000000000000", blanks(b, 5000));
	assert_damaged(b, "UPDATE raw SET size = 4999", blanks(b, 5000));
	assert_damaged(b, "UPDATE raw SET size = 5001", blanks(b, 5000));
	assert_damaged(b, "UPDATE raw SET packed = 0", blanks(b, 5000));
}

static void test_more_than_the_ceiling_is_refused_before_it_is_read(void **state)
{
	struct bench *b = *state;
	struct raw *r = opened(b);
	unsigned char key[RAW_KEY_BYTES];

	assert_int_equal(raw_put(r, (struct slice){ "x", LIMIT_RAW_BYTES + 1 }, 1, key, &b->err), -1);
	raw_close(r);
}

static void test_old_rows_come_in_slices_in_order(void **state)
{
	struct bench *b = *state;
	struct raw *r = opened(b);
	unsigned char key[RAW_KEY_BYTES];
	struct raw_at at[3], after = { .received_s = -1 };

	for (int i = 0; i < 5; i++)
		assert_done(b, raw_put(r, noise(b, (uint64_t)i, 9), i < 2 ? 7 : 10 - i, key, &b->err));
	assert_int_equal(raw_older(r, &after, 8, at, 3, &b->err), 3);
	assert_true(at[0].received_s == 6 && at[1].received_s == 7 && at[2].received_s == 7);
	assert_int_equal(raw_older(r, &at[2], 8, at, 3, &b->err), 1);
	assert_int_equal(at[0].received_s, 7);
	assert_int_equal(raw_older(r, &at[0], 8, at, 3, &b->err), 0);
	raw_close(r);
}

/* --- the file --- */

static void test_the_raw_file_is_no_database_of_reports(void **state)
{
	struct bench *b = *state;
	struct db *db;

	raw_close(opened(b));
	assert_string_equal(table_text(b, raw_file(b), "PRAGMA journal_mode"), "wal\n");
	assert_int_equal(db_open(raw_file(b), DB_WRITE, &db, &b->err), -1);
	assert_non_null(strstr(b->err.text, "name the database itself"));
	assert_int_equal(b->err.kind, ERR_USE);
	store_close(sample_open(b, no_rules));
	assert_int_equal(db_open_raw(b->db, DB_WRITE, &db, &b->err), -1);
	assert_int_equal(b->err.kind, ERR_USE);
}

static void test_a_newer_raw_file_is_refused(void **state)
{
	struct bench *b = *state;
	struct store *s = NULL;

	raw_close(opened(b));
	table_run(b, raw_file(b), "PRAGMA user_version = 2");
	assert_int_equal(store_open(b->db, b->list, no_rules, &s, &b->err), -1);
	assert_null(s);
	assert_non_null(strstr(b->err.text, "newer ruad"));
}

/* --- what names it --- */

static const char named[] = "SELECT (SELECT count(*) FROM report), (SELECT count(DISTINCT raw) FROM report),"
			    " (SELECT count(*) FROM kept.raw), (SELECT count(*) FROM report r JOIN kept.raw k ON k.key = r.raw)";

static void test_a_report_names_the_mail_it_came_in(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct report *r = sample_report(b, "1", SAMPLE_DAY);

	assert_int_equal(sample_put_with(b, s, r, SLICE("a mail of two reports")), STORED_NEW);
	assert_int_equal(sample_put_with(b, s, sample_report(b, "2", SAMPLE_DAY), SLICE("a mail of two reports")), STORED_NEW);
	assert_int_equal(sample_put_with(b, s, sample_report(b, "3", SAMPLE_DAY), SLICE("another")), STORED_NEW);
	assert_int_equal(sample_put_with(b, s, r, SLICE("a copy")), STORED_DUPLICATE);
	assert_int_equal(sample_put(b, s, sample_report(b, "4", SAMPLE_DAY)), STORED_NEW);
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
	assert_string_equal(table_text(b, b->db, named), "4|2|2|3\n");
	assert_string_equal(table_text(b, b->db, "SELECT report_id, " TABLE_BYTES " FROM report ORDER BY id"),
			    "1|a mail of two reports\n2|a mail of two reports\n3|another\n4|-\n");
}

static void test_a_group_that_is_forgotten_keeps_no_bytes(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	enum stored how;

	table_run(b, b->db,
		  "CREATE TRIGGER no BEFORE INSERT ON report WHEN new.report_id = '2' BEGIN SELECT raise(ABORT, 'no'); END");
	assert_int_equal(sample_put_with(b, s, sample_report(b, "1", SAMPLE_DAY), SLICE("one")), STORED_NEW);
	assert_int_equal(store_report(s, sample_report(b, "2", SAMPLE_DAY), SLICE("two"), SAMPLE_RECEIVED, &how, &b->err), -1);
	assert_done(b, store_commit(s, &b->err));
	assert_string_equal(table_text(b, b->db, named), "0|0|0|0\n");
	assert_int_equal(sample_put_with(b, s, sample_report(b, "3", SAMPLE_DAY), SLICE("three")), STORED_NEW);
	store_close(s); /* without a commit */
	assert_string_equal(table_text(b, b->db, named), "0|0|0|0\n");
}

/* The raw file is committed first: what a crash leaves between the two is a row that nothing names. */
static void test_an_orphan_is_taken_up_by_the_next_import(void **state)
{
	struct bench *b = *state;
	struct raw *r = opened(b);
	unsigned char key[RAW_KEY_BYTES];
	struct store *s;

	assert_done(b, raw_put(r, SLICE("one"), 5, key, &b->err));
	assert_done(b, raw_commit(r, &b->err));
	raw_close(r);
	s = sample_open(b, no_rules);
	assert_int_equal(sample_put_with(b, s, sample_report(b, "1", SAMPLE_DAY), SLICE("one")), STORED_NEW);
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
	assert_string_equal(table_text(b, b->db, named), "1|1|1|1\n");
}

static void test_a_full_disk_under_the_raw_file_is_one_fault_and_loses_nothing(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct rlimit before, full;
	int i = 0, durable = 0, rc = 0;
	enum stored how;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	full = (struct rlimit){ 1000 * 1000, before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
	for (; rc == 0 && i < 400; i++) {
		struct report *r = sample_report(b, arena_printf(&b->arena, "%d", i), SAMPLE_DAY);

		rc = store_report(s, r, noise(b, (uint64_t)i, 20000), SAMPLE_RECEIVED, &how, &b->err);
		if (rc == 0 && i % 10 == 9 && (rc = store_commit(s, &b->err)) == 0)
			durable = i + 1;
	}
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(rc, -1);
	assert_int_equal(b->err.kind, ERR_SYSTEM);
	assert_non_null(strstr(b->err.text, raw_file(b)));
	assert_true(durable > 0);
	assert_string_equal(table_text(b, b->db, named), arena_printf(&b->arena, "%d|%d|%d|%d\n", durable, durable, durable, durable));
	assert_int_equal(sample_put_with(b, s, sample_report(b, "later", SAMPLE_DAY), noise(b, 999, 20000)), STORED_NEW);
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
	assert_int_equal(table_int(b, "SELECT count(*) FROM report r JOIN kept.raw k ON k.key = r.raw"), durable + 1);
	assert_string_equal(table_text(b, raw_file(b), "PRAGMA integrity_check"), "ok\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_bytes_come_back_as_they_were_sent),
		bench_test(test_packing_is_kept_only_where_it_gains),
		bench_test(test_equal_bytes_are_kept_once_from_their_first_day),
		bench_test(test_what_was_not_committed_or_was_deleted_is_gone),
		bench_test(test_damaged_bytes_are_never_given_out),
		bench_test(test_more_than_the_ceiling_is_refused_before_it_is_read),
		bench_test(test_old_rows_come_in_slices_in_order),
		bench_test(test_the_raw_file_is_no_database_of_reports),
		bench_test(test_a_newer_raw_file_is_refused),
		bench_test(test_a_report_names_the_mail_it_came_in),
		bench_test(test_a_group_that_is_forgotten_keeps_no_bytes),
		bench_test(test_an_orphan_is_taken_up_by_the_next_import),
		bench_test(test_a_full_disk_under_the_raw_file_is_one_fault_and_loses_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("raw", tests, NULL, NULL);
}
