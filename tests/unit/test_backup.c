/* test_backup: a copy holds all that it names, is a database like any other, and overwrites nothing. */
#include "store_sample.h"

#include "storage/backup.h"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/wait.h>

static const struct source_rules no_rules;

static const char unnamed[] = "SELECT (SELECT count(*) FROM report), (SELECT count(*) FROM report r WHERE NOT EXISTS"
			      " (SELECT 1 FROM kept.raw k WHERE k.key = r.raw))";

static void put(struct bench *b, struct store *s, int i)
{
	const char *name = arena_printf(&b->arena, "%d", i);

	assert_int_equal(sample_put_with(b, s, sample_report(b, name, SAMPLE_DAY), slice_of(name)), STORED_NEW);
}

static int files_in(const char *folder)
{
	DIR *d = opendir(folder);
	int n = 0;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n - 2;
}

static void test_a_copy_is_a_database_like_any_other(void **state)
{
	struct bench *b = *state;
	const char *to = bench_path(b, "copy.db");
	struct store *s = sample_open(b, no_rules);

	put(b, s, 1);
	assert_done(b, store_commit(s, &b->err));
	put(b, s, 2); /* open: not in the copy, and no reason to wait */
	assert_done(b, backup_make(b->db, to, &b->err));
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
	assert_string_equal(table_text(b, to, unnamed), "1|0\n");
	assert_string_equal(table_text(b, b->db, unnamed), "2|0\n");
	assert_string_equal(table_text(b, to, "PRAGMA integrity_check"), "ok\n");
	snprintf(b->db, sizeof b->db, "%s", to);
	s = sample_open(b, no_rules);
	put(b, s, 2);
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
	assert_string_equal(table_text(b, b->db, unnamed), "2|0\n");
}

static void assert_refused(struct bench *b, const char *to, const char *name)
{
	FILE *f = fopen(name, "w");

	assert_non_null(f);
	fclose(f);
	assert_int_equal(backup_make(b->db, to, &b->err), -1);
	assert_int_equal(b->err.kind, ERR_USE);
	assert_non_null(strstr(b->err.text, name));
	assert_int_equal(unlink(name), 0);
}

static void test_nothing_is_overwritten_and_nothing_left_behind(void **state)
{
	struct bench *b = *state;
	const char *folder = bench_path(b, "to"), *to = bench_path(b, "to/copy.db");

	store_close(sample_open(b, no_rules));
	assert_int_equal(mkdir(folder, 0700), 0);
	assert_refused(b, to, to);
	assert_refused(b, to, bench_path(b, "to/copy.db.raw"));
	assert_int_equal(backup_make(b->db, bench_path(b, "none/copy.db"), &b->err), -1);
	assert_int_equal(b->err.kind, ERR_SYSTEM);
	assert_int_equal(backup_make(bench_path(b, "none.db"), to, &b->err), -1);
	assert_int_equal(b->err.kind, ERR_USE);
	assert_int_equal(files_in(folder), 0);
	assert_done(b, backup_make(b->db, to, &b->err));
	assert_int_equal(files_in(folder), 2);
}

static void write_on(struct bench *b)
{
	struct store *s = sample_open(b, no_rules);

	for (int i = 0; i < 100000 && access(bench_path(b, "enough"), F_OK) != 0; i++) {
		put(b, s, i);
		if (i % 3 == 0)
			assert_done(b, store_commit(s, &b->err));
	}
	_exit(0);
}

static void test_a_copy_while_another_writes_holds_all_that_it_names(void **state)
{
	struct bench *b = *state;
	const char *last = "";
	int status;
	pid_t pid;

	store_close(sample_open(b, no_rules));
	assert_true((pid = fork()) >= 0);
	if (pid == 0)
		write_on(b);
	for (int i = 0; i < 20; i++) {
		const char *to = arena_printf(&b->arena, "%s/copy-%d.db", b->folder, i);

		assert_done(b, backup_make(b->db, to, &b->err));
		last = table_text(b, to, unnamed);
		assert_non_null(strstr(last, "|0\n"));
		assert_string_equal(table_text(b, to, "PRAGMA integrity_check"), "ok\n");
	}
	fclose(fopen(bench_path(b, "enough"), "w"));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_true(strtol(last, NULL, 10) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_a_copy_is_a_database_like_any_other),
		bench_test(test_nothing_is_overwritten_and_nothing_left_behind),
		bench_test(test_a_copy_while_another_writes_holds_all_that_it_names),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("backup", tests, NULL, NULL);
}
