/* test_db: what is not ours is refused and left alone, readers can not write, and values come back as they went in. */
#include "store_sample.h"

#include "storage/db.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/wait.h>

static struct db *opened(struct bench *b, enum db_mode mode)
{
	struct db *db = NULL;

	assert_done(b, db_open(b->db, mode, &db, &b->err));
	return db;
}

static void made(struct bench *b)
{
	db_close(opened(b, DB_WRITE));
}

/* Refused, with a sentence that names the file, and nothing given out. */
static void assert_refused(struct bench *b, enum db_mode mode, enum err_kind kind, const char *sentence)
{
	struct db *db = (struct db *)b;

	b->err = (struct err){ 0 };
	assert_int_equal(db_open(b->db, mode, &db, &b->err), -1);
	assert_ptr_equal(db, b);
	assert_int_equal(strncmp(b->err.text, b->db, strlen(b->db)), 0);
	if (strstr(b->err.text, sentence) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", b->err.text, sentence);
	assert_int_equal(b->err.kind, kind);
}

static void write_file(const char *path, const char *bytes, size_t n)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static struct slice read_file(struct bench *b, const char *path)
{
	FILE *f = fopen(path, "rb");
	char *bytes = arena_alloc(&b->arena, 1 << 20);
	size_t n;

	assert_non_null(f);
	n = fread(bytes, 1, 1 << 20, f);
	fclose(f);
	return (struct slice){ bytes, n };
}

/* --- opening --- */

static void test_a_missing_file_is_not_made_by_a_reader(void **state)
{
	struct bench *b = *state;

	assert_refused(b, DB_READ, ERR_USE, "no such database");
	assert_int_equal(access(b->db, F_OK), -1);
}

static void test_an_empty_file_tells_a_reader_to_wait(void **state)
{
	struct bench *b = *state;

	write_file(b->db, "", 0);
	assert_refused(b, DB_READ, ERR_USE, "holds nothing yet");
	made(b); /* a writer fills it */
	db_close(opened(b, DB_READ));
}

/* An import that starts a moment after another looks at the file before the other has made its tables. */
static void test_a_file_that_is_only_begun_is_not_wrong(void **state)
{
	struct bench *b = *state;
	bool demo;
	char text[5000];

	memset(text, 'x', sizeof text);

	assert_int_equal(db_is_made(b->db, &demo, &b->err), 0);
	write_file(b->db, "", 0);
	assert_int_equal(db_is_made(b->db, &demo, &b->err), 0);
	made(b);
	assert_int_equal(db_is_made(b->db, &demo, &b->err), 1);
	write_file(b->db, text, sizeof text);
	assert_int_equal(db_is_made(b->db, &demo, &b->err), -1);
}

static void test_a_newer_schema_is_refused(void **state)
{
	struct bench *b = *state;

	made(b);
	table_run(b, b->db, "PRAGMA user_version = 8");
	assert_refused(b, DB_READ, ERR_USE, "newer ruad");
	assert_refused(b, DB_WRITE, ERR_USE, "newer ruad");
}

static void test_another_programs_database_is_refused(void **state)
{
	struct bench *b = *state;

	table_run(b, b->db, "CREATE TABLE other (a)");
	assert_refused(b, DB_READ, ERR_USE, "no ruad database");
	assert_refused(b, DB_WRITE, ERR_USE, "no ruad database");
	table_run(b, b->db, "PRAGMA user_version = 1");
	assert_refused(b, DB_READ, ERR_USE, "another program");
	assert_refused(b, DB_WRITE, ERR_USE, "another program");
	table_run(b, b->db, "PRAGMA application_id = 77");
	assert_refused(b, DB_WRITE, ERR_USE, "another program");
}

static void test_an_odd_version_of_another_program_is_refused_with_sense(void **state)
{
	struct bench *b = *state;

	table_run(b, b->db, "CREATE TABLE other (a); PRAGMA user_version = -4");
	assert_refused(b, DB_READ, ERR_USE, "another program");
	assert_refused(b, DB_WRITE, ERR_USE, "another program");
}

static void test_a_refused_database_is_left_as_it_was(void **state)
{
	struct bench *b = *state;
	struct slice before, after;

	table_run(b, b->db, "CREATE TABLE other (a); INSERT INTO other VALUES (1)");
	before = read_file(b, b->db);
	assert_refused(b, DB_WRITE, ERR_USE, "no ruad database");
	after = read_file(b, b->db);
	assert_int_equal(after.len, before.len);
	assert_memory_equal(after.ptr, before.ptr, before.len);
}

static void test_a_file_that_is_no_database_is_refused(void **state)
{
	struct bench *b = *state;
	char text[5000];

	memset(text, 'x', sizeof text);
	write_file(b->db, text, sizeof text);
	for (int mode = DB_WRITE; mode <= DB_READ; mode++) {
		struct db *db = NULL;

		assert_int_equal(db_open(b->db, (enum db_mode)mode, &db, &b->err), -1);
		assert_null(db);
		assert_non_null(strstr(b->err.text, "not a database"));
	}
	assert_int_equal(read_file(b, b->db).len, sizeof text);
}

/* ERR_SYSTEM says "try again" (exit 3), which no one should with such a file. */
static void test_a_file_that_is_no_database_is_wrong_use(void **state)
{
	struct bench *b = *state;
	char text[5000];

	memset(text, 'x', sizeof text);
	write_file(b->db, text, sizeof text);
	assert_refused(b, DB_READ, ERR_USE, "not a database");
	assert_refused(b, DB_WRITE, ERR_USE, "not a database");
}

static void test_a_folder_that_is_not_there_is_said(void **state)
{
	struct bench *b = *state;

	snprintf(b->db, sizeof b->db, "%s/none/ruad.db", b->folder);
	assert_refused(b, DB_WRITE, ERR_SYSTEM, "open");
	assert_refused(b, DB_READ, ERR_USE, "no such database");
}

static void test_opening_again_keeps_what_is_there(void **state)
{
	struct bench *b = *state;
	struct db *db = opened(b, DB_WRITE);
	struct statement *s = db_statement(db, SQL_DOMAIN_ADD);
	int64_t id = 0;

	bind_text(s, 1, SLICE("univ.example"));
	assert_done(b, statement_run(s, &id, &b->err));
	db_close(db);
	db = opened(b, DB_WRITE);
	s = db_statement(db, SQL_DOMAIN_FIND);
	bind_text(s, 1, SLICE("univ.example"));
	id = 0;
	assert_done(b, statement_run(s, &id, &b->err));
	assert_int_equal(id, 1);
	db_close(db);
}

static void test_a_new_database_is_durable_and_can_shrink(void **state)
{
	struct bench *b = *state;

	made(b);
	assert_string_equal(table_text(b, b->db, "PRAGMA journal_mode"), "wal\n");
	assert_int_equal(table_int(b, "PRAGMA application_id"), 0x72756164);
	assert_int_equal(table_int(b, "PRAGMA user_version"), 7);
	assert_int_equal(table_int(b, "PRAGMA auto_vacuum"), 2);
	assert_string_equal(table_text(b, b->db, "PRAGMA integrity_check"), "ok\n");
}

static void start_together(struct bench *b)
{
	enum { STARTERS = 6 };
	pid_t pids[STARTERS];

	for (int i = 0; i < STARTERS; i++) {
		assert_true((pids[i] = fork()) >= 0);
		if (pids[i] == 0) {
			struct db *db;

			if (db_open(b->db, DB_WRITE, &db, &b->err) == 0)
				_exit(0);
			fprintf(stderr, "# %s\n", b->err.text);
			_exit(1);
		}
	}
	for (int i = 0; i < STARTERS; i++) {
		int status;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	db_close(opened(b, DB_READ));
}

/* One round shows a race rarely. */
static void test_two_that_start_at_once_make_one_database(void **state)
{
	struct bench *b = *state;

	for (int round = 0; round < 25; round++) {
		snprintf(b->db, sizeof b->db, "%s/%d.db", b->folder, round);
		start_together(b);
	}
}

/* --- a reader --- */

static void test_a_reader_can_not_write(void **state)
{
	static const enum sql writes[] = { SQL_META_SET,
					   SQL_DOMAIN_ADD,
					   SQL_REPORTER_ADD,
					   SQL_SOURCE_CLEAR,
					   SQL_ADDRESS_SOURCE_CLEAR,
					   SQL_REPORT_DELETE,
					   SQL_REPORT_FACTS_DELETE,
					   SQL_PROFILE_SOURCE_SET,
					   SQL_REJECT_ADD,
					   SQL_CELL_SET };
	struct bench *b = *state;
	struct db *db;
	const char *before;

	sample_fill(b, 5);
	before = table_text(b, b->db, "SELECT (SELECT count(*) FROM report), (SELECT count(*) FROM fact), * FROM meta");
	db = opened(b, DB_READ);
	for (size_t i = 0; i < sizeof writes / sizeof *writes; i++) {
		struct statement *s = db_statement(db, writes[i]);

		for (int k = 1; k <= db_parameters(db, writes[i]); k++)
			bind_int(s, k, 1);
		b->err = (struct err){ 0 };
		if (statement_run(s, NULL, &b->err) == 0)
			fail_msg("a reader ran %s", sql_texts[writes[i]].name);
		assert_int_equal(b->err.kind, ERR_SYSTEM);
	}
	db_close(db);
	assert_string_equal(table_text(b, b->db,
				       "SELECT (SELECT count(*) FROM report), (SELECT count(*) FROM fact), *"
				       " FROM meta"),
			    before);
}

static void test_a_reader_may_open_after_a_killed_writer(void **state)
{
	struct bench *b = *state;
	struct db *db;
	int status;
	pid_t pid;

	made(b);
	assert_true((pid = fork()) >= 0);
	if (pid == 0) {
		struct statement *s;

		if (db_open(b->db, DB_WRITE, &db, &b->err) != 0)
			_exit(1);
		s = db_statement(db, SQL_DOMAIN_ADD);
		bind_text(s, 1, SLICE("univ.example"));
		statement_run(s, NULL, &b->err);
		kill(getpid(), SIGKILL); /* the WAL stays behind */
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	db = opened(b, DB_READ);
	db_close(db);
	assert_string_equal(table_text(b, b->db, "SELECT name FROM domain"), "univ.example\n");
}

/* Runs `what` as somebody who may read the database and not change it. Its 0 is good. */
static void assert_a_stranger_can(struct bench *b, mode_t folder, int (*what)(struct bench *b))
{
	enum { NOBODY = 65534 };
	int status;
	pid_t pid;

	assert_int_equal(chmod(b->db, 0444), 0);
	assert_int_equal(chmod(b->folder, folder), 0);
	assert_true((pid = fork()) >= 0);
	if (pid == 0) {
		bool dropped = getuid() != 0 || (setgid(NOBODY) == 0 && setuid(NOBODY) == 0);

		status = dropped ? what(b) : -1;
		if (status != 0)
			fprintf(stderr, "# %s\n", b->err.text);
		_exit(status != 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(chmod(b->folder, 0755), 0);
	assert_int_equal(chmod(b->db, 0644), 0);
	assert_int_equal(status, 0);
}

static void assert_no_journal(struct bench *b)
{
	assert_int_equal(access(arena_printf(&b->arena, "%s-wal", b->db), F_OK), -1);
	assert_int_equal(access(arena_printf(&b->arena, "%s-shm", b->db), F_OK), -1);
}

static int reads_a_domain(struct bench *b)
{
	struct db *db;
	struct statement *s;
	int64_t id = 0;

	if (db_open(b->db, DB_READ, &db, &b->err) != 0)
		return -1;
	s = db_statement(db, SQL_DOMAIN_FIND);
	bind_text(s, 1, SLICE("univ.example"));
	if (statement_run(s, &id, &b->err) != 0)
		return -1;
	db_close(db);
	return id == 1 ? 0 : -1;
}

/* SQLite makes a journal to read; where it may not it gives up, and where it may, the owner could not write it. */
static void test_a_file_that_may_not_be_written_is_read(void **state)
{
	static const char *const names[] = { "ruad.db", "odd %41?mode=x#\xc3\xa9.db" };
	struct bench *b = *state;

	for (int i = 0; i < 2; i++) {
		snprintf(b->db, sizeof b->db, "%s/%s", b->folder, names[i]);
		made(b);
		table_run(b, b->db, "INSERT INTO domain (name) VALUES ('univ.example')");
		assert_a_stranger_can(b, 0555, reads_a_domain);
		assert_a_stranger_can(b, 0777, reads_a_domain);
		assert_no_journal(b);
	}
}

static int is_told_who_may_write(struct bench *b)
{
	struct db *db;

	if (db_open(b->db, DB_WRITE, &db, &b->err) == 0)
		return -1;
	return b->err.kind == ERR_SYSTEM && strstr(b->err.text, "let this user write it and its folder") != NULL ? 0 : -1;
}

static void test_a_file_that_may_not_be_written_is_said(void **state)
{
	struct bench *b = *state;

	made(b);
	assert_a_stranger_can(b, 0555, is_told_who_may_write);
	assert_a_stranger_can(b, 0777, is_told_who_may_write);
	assert_no_journal(b);
}

/* What only an empty file needs once took the write lock at each opening, and asked for it for an hour. */
static void test_a_database_opens_while_another_writes(void **state)
{
	struct bench *b = *state;
	struct db *writer;

	made(b);
	writer = opened(b, DB_WRITE);
	assert_done(b, statement_run(db_statement(writer, SQL_BEGIN), NULL, &b->err));
	db_close(opened(b, DB_WRITE));
	db_close(opened(b, DB_READ));
	db_close(writer);
}

/* --- values --- */

static void test_absent_and_empty_text_stay_apart(void **state)
{
	struct bench *b = *state;
	struct db *db = opened(b, DB_WRITE);
	struct statement *s = db_statement(db, SQL_PROFILE_REASON_ADD);

	bind_int(s, 1, 1);
	bind_int(s, 2, 0);
	bind_text(s, 3, SLICE(""));
	bind_text(s, 4, (struct slice){ 0 });
	assert_done(b, statement_run(s, NULL, &b->err));
	s = db_statement(db, SQL_PROFILE_REASONS_FROM);
	bind_int(s, 1, 0);
	assert_int_equal(statement_step(s, &b->err), 1);
	assert_non_null(column_text(s, 1).ptr);
	assert_int_equal(column_text(s, 1).len, 0);
	assert_false(column_is_null(s, 1));
	assert_null(column_text(s, 2).ptr);
	assert_true(column_is_null(s, 2));
	assert_int_equal(column_int(s, 2), 0);
	assert_int_equal(statement_step(s, &b->err), 0);
	db_close(db);
}

static void test_bytes_and_numbers_come_back_whole(void **state)
{
	static const int64_t numbers[] = { INT64_MIN, -1, 0, 1, INT64_MAX };
	static const char bytes[] = "a\0\xff\n";
	struct bench *b = *state;
	struct db *db = opened(b, DB_WRITE);

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		struct statement *s = db_statement(db, SQL_META_SET);
		int64_t back = 7;

		bind_text(s, 1, SLICE("n"));
		bind_int(s, 2, numbers[i]);
		assert_done(b, statement_run(s, NULL, &b->err));
		s = db_statement(db, SQL_META_GET);
		bind_text(s, 1, SLICE("n"));
		assert_done(b, statement_run(s, &back, &b->err));
		assert_true(back == numbers[i]);
	}
	for (size_t n = 0; n < sizeof bytes; n++) {
		struct statement *s = db_statement(db, SQL_ADDRESS_ADD);
		int64_t id = 0;

		bind_blob(s, 1, bytes, n);
		bind_text(s, 2, SLICE(""));
		assert_done(b, statement_run(s, &id, &b->err));
		s = db_statement(db, SQL_ADDRESS_GET);
		bind_int(s, 1, id);
		assert_int_equal(statement_step(s, &b->err), 1);
		assert_int_equal(column_blob(s, 0).len, n);
		assert_memory_equal(column_blob(s, 0).ptr, bytes, n);
		statement_reset(s);
	}
	db_close(db);
}

static void test_text_ends_at_its_length(void **state)
{
	struct bench *b = *state;
	struct db *db = opened(b, DB_WRITE);
	struct statement *s = db_statement(db, SQL_DOMAIN_ADD);

	bind_text(s, 1, (struct slice){ "univ.example.evil", 12 });
	assert_done(b, statement_run(s, NULL, &b->err));
	db_close(db);
	assert_string_equal(table_text(b, b->db, "SELECT name FROM domain"), "univ.example\n");
}

/* --- statements --- */

static void test_a_failed_statement_is_said_and_works_again(void **state)
{
	struct bench *b = *state;
	struct db *db = opened(b, DB_WRITE);
	struct statement *s = db_statement(db, SQL_DOMAIN_ADD);
	int64_t id = 0;

	bind_text(s, 1, SLICE("univ.example"));
	assert_done(b, statement_run(s, &id, &b->err));
	s = db_statement(db, SQL_DOMAIN_ADD);
	bind_text(s, 1, SLICE("univ.example"));
	b->err = (struct err){ 0 };
	assert_int_equal(statement_run(s, &id, &b->err), -1);
	assert_int_equal(b->err.kind, ERR_SYSTEM);
	assert_non_null(strstr(b->err.text, "UNIQUE"));
	assert_null(strchr(b->err.text, '\n'));
	s = db_statement(db, SQL_DOMAIN_ADD);
	bind_text(s, 1, SLICE("chem.univ.example"));
	assert_done(b, statement_run(s, &id, &b->err));
	assert_int_equal(id, 2);
	db_close(db);
}

static void test_an_old_binding_is_not_used_again(void **state)
{
	struct bench *b = *state;
	struct db *db = opened(b, DB_WRITE);
	struct statement *s = db_statement(db, SQL_PROFILE_REASON_ADD);

	for (int i = 1; i <= 4; i++)
		bind_int(s, i, 9);
	assert_done(b, statement_run(s, NULL, &b->err));
	s = db_statement(db, SQL_PROFILE_REASON_ADD);
	bind_int(s, 1, 1);
	bind_int(s, 2, 0);
	assert_done(b, statement_run(s, NULL, &b->err));
	assert_string_equal(table_text(b, b->db, "SELECT type FROM profile_reason WHERE profile = 1"), "-\n");
	db_close(db);
}

static void test_a_run_gives_the_first_column_only_where_there_is_one(void **state)
{
	struct bench *b = *state;
	struct db *db = opened(b, DB_WRITE);
	struct statement *s = db_statement(db, SQL_DOMAIN_FIND);
	int64_t id = 42;

	bind_text(s, 1, SLICE("nobody.example"));
	assert_done(b, statement_run(s, &id, &b->err));
	assert_int_equal(id, 42);
	db_close(db);
}

static void test_closing_nothing_is_fine(void **state)
{
	db_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_a_missing_file_is_not_made_by_a_reader),
		bench_test(test_an_empty_file_tells_a_reader_to_wait),
		bench_test(test_a_file_that_is_only_begun_is_not_wrong),
		bench_test(test_a_newer_schema_is_refused),
		bench_test(test_another_programs_database_is_refused),
		bench_test(test_an_odd_version_of_another_program_is_refused_with_sense),
		bench_test(test_a_refused_database_is_left_as_it_was),
		bench_test(test_a_file_that_is_no_database_is_refused),
		bench_test(test_a_file_that_is_no_database_is_wrong_use),
		bench_test(test_a_folder_that_is_not_there_is_said),
		bench_test(test_opening_again_keeps_what_is_there),
		bench_test(test_a_new_database_is_durable_and_can_shrink),
		bench_test(test_two_that_start_at_once_make_one_database),
		bench_test(test_a_reader_can_not_write),
		bench_test(test_a_reader_may_open_after_a_killed_writer),
		bench_test(test_a_file_that_may_not_be_written_is_read),
		bench_test(test_a_file_that_may_not_be_written_is_said),
		bench_test(test_a_database_opens_while_another_writes),
		bench_test(test_absent_and_empty_text_stay_apart),
		bench_test(test_bytes_and_numbers_come_back_whole),
		bench_test(test_text_ends_at_its_length),
		bench_test(test_a_failed_statement_is_said_and_works_again),
		bench_test(test_an_old_binding_is_not_used_again),
		bench_test(test_a_run_gives_the_first_column_only_where_there_is_one),
		cmocka_unit_test(test_closing_nothing_is_fine),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("db", tests, NULL, NULL);
}
