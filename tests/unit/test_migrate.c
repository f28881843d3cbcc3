/* test_migrate: a database of every version before is brought up to date by whoever opens it, with all that was in it, or
 * stays as it was. migrate_0001.sql holds the tables of version 1, frozen. */
#include "store_sample.h"

#include "storage/db.h"

#include <sys/stat.h>

static const struct source_rules no_rules;

static const char rows_0001[] =
	"INSERT INTO meta VALUES ('generation', 7), ('rules', 'none'), ('demo', '1');"
	"INSERT INTO domain VALUES (1, 'univ.example'), (2, '');"
	"INSERT INTO reporter VALUES (1, 'google.com');"
	"INSERT INTO policy VALUES (1, x'01', 'none', NULL, NULL, 50, NULL, 'r', 's', NULL, NULL);"
	"INSERT INTO address VALUES (1, x'00000000000000000000ffffc0000201', ''), (2, x'', 'mx');"
	"INSERT INTO profile VALUES (1, x'02', 1, 'univ.example', NULL, NULL, 'none', 'fail', 'pass', NULL, NULL);"
	"INSERT INTO profile_reason VALUES (1, 0, 'forwarded', NULL);"
	"INSERT INTO profile_auth VALUES (1, 0, 0, 'univ.example', 's1', NULL, 'pass', NULL);"
	"INSERT INTO profile_class VALUES (1, 2, 0, 2, 0, 0);"
	"INSERT INTO report VALUES (1, x'03', x'04', 1, 1, 1, 19783, 1, 2, 3, 1, 0, 2, 12, 'id-1', 'a@b', NULL, '1.0', NULL,"
	" NULL, 'a.xml', NULL), (5, x'05', x'06', 1, 2, 1, 19784, NULL, NULL, 4, 0, 1, 1, 30, NULL, NULL, 'c', NULL, 'n', 'g',"
	" 'b.eml', 'part1');"
	"INSERT INTO report_note VALUES (1, 2, 0, 'a warning'), (5, 1, 0, 'a repair');"
	"INSERT INTO fact VALUES (1, 1, 1, 5), (1, 2, 1, 7), (5, 1, 1, 30);"
	"INSERT INTO daily_domain VALUES (1, 19783, 0, 0, 12, 0, 0, 0, 0, 2), (1, 19784, 0, 0, 30, 0, 0, 0, 0, 1);"
	"INSERT INTO daily_reporter VALUES (1, 19783, 0, 0, 12, 0, 0, 0, 0, 2), (1, 19784, 0, 0, 30, 0, 0, 0, 0, 1);"
	"INSERT INTO reject VALUES (1, x'11', 100, 'a.txt', NULL, 'no-report', 0, 'd', CAST('one' AS BLOB)),"
	" (2, x'12', 101, 'b.zip', 'x.xml', 'not-xml', 3, 'e', x'00ff000a'), (4, x'13', 102, 'b.zip', 'y.xml', 'not-xml', 9, '',"
	" x'00ff000a'), (9, x'14', 103, 'empty', NULL, 'empty', 0, '', x'');"
	"INSERT INTO tls_report VALUES (1, x'21', 'o', NULL, 'r', 's', 'e', 200, 'f', 'm');"
	"INSERT INTO tls_policy VALUES (1, 0, 'sts', 'univ.example', NULL, NULL, 5, 1);"
	"INSERT INTO tls_failure VALUES (1, 0, 0, 'x', NULL, NULL, NULL, NULL, NULL, NULL, 1);"
	"INSERT INTO failure_report (id, key, source_ip, received_s) VALUES (1, x'31', '192.0.2.1', 300);"
	"PRAGMA application_id = 1920295268; PRAGMA user_version = 1; PRAGMA journal_mode = WAL";

static void make_0001(struct bench *b)
{
	const char *end = strrchr(__FILE__, '/');
	char *tables = arena_alloc(&b->arena, 1 << 16);
	FILE *f = fopen(arena_printf(&b->arena, "%.*smigrate_0001.sql", (int)(end + 1 - __FILE__), __FILE__), "r");

	if (f == NULL)
		fail_msg("migrate_0001.sql does not open from here: run where the build ran");
	assert_true(fread(tables, 1, (1 << 16) - 1, f) < (1 << 16) - 1);
	fclose(f);
	table_run(b, b->db, "PRAGMA auto_vacuum = INCREMENTAL");
	table_run(b, b->db, tables);
	table_run(b, b->db, rows_0001);
}

/* All that version 1 had, but for the bytes of refusals. */
static const char *facts_0001(struct bench *b)
{
	static const char *const queries[] = {
		"SELECT * FROM meta WHERE key NOT IN ('generation', 'rules', 'reports', 'derived', 'labels', 'verdicts') ORDER BY 1", "SELECT * FROM domain ORDER BY 1",
		"SELECT * FROM reporter", "SELECT id, hex(key), p, sp, np, pct, testing, adkim, aspf, fo FROM policy",
		"SELECT id, hex(bytes), written FROM address ORDER BY 1", "SELECT id, hex(key), header_from, dkim, spf FROM profile",
		"SELECT * FROM profile_reason", "SELECT * FROM profile_auth",
		"SELECT id, hex(key), hex(content), reporter, domain, policy, day, begin_s, end_s, received_s, complete, twin,"
		" row_count, messages, report_id, email, extra_contact_info, version, namespace, generator, file, member"
		" FROM report ORDER BY 1",
		"SELECT * FROM report_note ORDER BY 1", "SELECT * FROM fact ORDER BY 1, 2",
		"SELECT id, hex(key), received_s, file, member, code, line, detail FROM reject ORDER BY 1",
		"SELECT id, hex(key), report_id, received_s FROM tls_report", "SELECT * FROM tls_policy", "SELECT * FROM tls_failure",
		"SELECT id, hex(key), source_ip, received_s FROM failure_report",
	};
	const char *text = "";

	for (size_t i = 0; i < sizeof queries / sizeof *queries; i++)
		text = arena_printf(&b->arena, "%s%s", text, table_text(b, b->db, queries[i]));
	return text;
}

/* Names and kinds of the columns of every table of facts, and its indexes. */
static const char *shape(struct bench *b, const char *path)
{
	return table_text(b, path,
			  "SELECT t.name, c.cid, c.name, c.type, c.\"notnull\", c.dflt_value, c.pk FROM sqlite_schema t"
			  " JOIN pragma_table_xinfo(t.name) c WHERE t.type = 'table' AND (t.name GLOB 're*' OR t.name GLOB 'tls*'"
			  " OR t.name IN ('meta', 'domain', 'policy', 'address', 'profile', 'profile_reason', 'profile_auth', 'fact',"
			  " 'failure_report', 'source', 'mailbox', 'mail', 'alert', 'access_grant', 'audit', 'note', 'confirmation',"
			  " 'blocker')) UNION ALL SELECT name, tbl_name, sql, 0, 0, 0, 0 FROM sqlite_schema"
			  " WHERE type = 'index' AND tbl_name IN ('report', 'reject', 'tls_report', 'mail', 'alert', 'access_grant', 'note', 'blocker') ORDER BY 1, 2");
}

static void test_nothing_of_version_1_is_lost(void **state)
{
	struct bench *b = *state;
	const char *before, *fresh = bench_path(b, "fresh.db");
	struct store *s;
	struct db *db;

	make_0001(b);
	before = facts_0001(b);
	assert_non_null(strstr(before, "id-1"));
	s = sample_open(b, no_rules);
	store_close(s);
	assert_string_equal(facts_0001(b), before);
	assert_int_equal(table_int(b, "PRAGMA user_version"), 7);
	assert_int_equal(table_int(b, "SELECT count(*) FROM report WHERE raw IS NOT NULL"), 0);
	assert_string_equal(table_text(b, b->db, "PRAGMA integrity_check"), "ok\n");
	assert_done(b, db_open(fresh, DB_WRITE, &db, &b->err));
	db_close(db);
	assert_string_equal(shape(b, b->db), shape(b, fresh));
}

static void test_refusals_of_version_1_keep_their_bytes(void **state)
{
	static const struct slice bytes[] = { { "one", 3 }, { "\0\xff\0\n", 4 }, { "\0\xff\0\n", 4 }, { "", 0 } };
	struct bench *b = *state;
	struct kept_reject kept = { 0 };
	struct store *s;

	make_0001(b);
	s = sample_open(b, no_rules);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(store_next_reject(s, &b->arena, kept.id, &kept, &b->err), 1);
		assert_true(slice_eq(kept.bytes, bytes[i]));
	}
	assert_int_equal(store_next_reject(s, &b->arena, kept.id, &kept, &b->err), 0);
	store_close(s);
	assert_string_equal(table_text(b, b->db, "SELECT received_s, size FROM kept.raw ORDER BY 1"), "100|3\n101|4\n103|0\n");
}

/* `ruad serve` may be the first to see a database after an upgrade. */
static void test_a_reader_says_what_brings_it_up_to_date(void **state)
{
	struct bench *b = *state;
	struct store_state state_now;
	struct reader *r;

	make_0001(b);
	assert_int_equal(reader_open(b->db, b->list, &r, &b->err), -1);
	assert_non_null(strstr(b->err.text, "ruad rebuild"));
	assert_int_equal(table_int(b, "PRAGMA user_version"), 1);
	store_close(sample_open(b, sample_rules(b)));
	r = sample_reader(b);
	assert_done(b, query_state(r, &state_now, &b->err));
	assert_true(state_now.reports == 2 && state_now.rejects == 4 && state_now.demo);
	reader_close(r);
	assert_int_equal(table_int(b, "PRAGMA user_version"), 7);
}

static void test_a_step_that_fails_leaves_the_old_version_whole(void **state)
{
	struct bench *b = *state;
	const char *raw = arena_printf(&b->arena, "%s.raw", b->db), *before, *bytes;
	struct store *s = NULL;

	make_0001(b);
	before = facts_0001(b);
	bytes = table_text(b, b->db, "SELECT id, hex(bytes) FROM reject ORDER BY 1");
	assert_int_equal(mkdir(raw, 0700), 0);
	assert_int_equal(store_open(b->db, b->list, no_rules, &s, &b->err), -1);
	assert_null(s);
	assert_int_equal(rmdir(raw), 0);
	table_run(b, b->db, "CREATE TRIGGER no BEFORE UPDATE ON reject WHEN new.id = 4 BEGIN SELECT raise(ABORT, 'no'); END");
	assert_int_equal(store_open(b->db, b->list, no_rules, &s, &b->err), -1);
	table_run(b, b->db, "DROP TRIGGER no");
	assert_int_equal(table_int(b, "PRAGMA user_version"), 1);
	assert_string_equal(facts_0001(b), before);
	assert_string_equal(table_text(b, b->db, "SELECT id, hex(bytes) FROM reject ORDER BY 1"), bytes);
	store_close(sample_open(b, no_rules));
	assert_string_equal(facts_0001(b), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_nothing_of_version_1_is_lost),
		bench_test(test_refusals_of_version_1_keep_their_bytes),
		bench_test(test_a_reader_says_what_brings_it_up_to_date),
		bench_test(test_a_step_that_fails_leaves_the_old_version_whole),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("migrate", tests, NULL, NULL);
}
