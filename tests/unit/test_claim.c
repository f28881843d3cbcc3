/* test_claim: of several daemons one gets a file, nothing is written over, and what was claimed is found again.
 */
#include "daemon/claim.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { DAEMONS = 4, FILES = 3000 };

struct bench {
	char folder[64];
	int top; /* the same, open */
	struct err err;
};

static bool promises_nothing; /* as NFS, which cannot rename and promise to write nothing over */

/* In the place of the C library's. */
int renameat2(int from, const char *name, int to, const char *as, unsigned flags)
{
	if (promises_nothing && flags != 0) {
		errno = EINVAL;
		return -1;
	}
	return (int)syscall(SYS_renameat2, from, name, to, as, flags);
}

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof *b);

	assert_non_null(b);
	snprintf(b->folder, sizeof b->folder, "/tmp/ruad-test-XXXXXX");
	assert_non_null(mkdtemp(b->folder));
	b->top = open(b->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(b->top >= 0);
	promises_nothing = false;
	*state = b;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static int teardown(void **state)
{
	struct bench *b = *state;

	close(b->top);
	nftw(b->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(b);
	return 0;
}

static void make_file(int folder, const char *name, const char *text)
{
	int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void assert_file(int folder, const char *name, const char *text)
{
	char bytes[64] = "";
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_true(read(fd, bytes, sizeof bytes - 1) >= 0);
	assert_string_equal(bytes, text);
	close(fd);
}

static int count_files(int folder)
{
	DIR *d = fdopendir(openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	const struct dirent *e;
	int n = 0;

	assert_non_null(d);
	while ((e = readdir(d)) != NULL)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

static void open_claim(struct bench *b, struct claim *c, int64_t owner)
{
	assert_int_equal(claim_open(c, b->folder, owner, true, &b->err), 0);
}

/* A daemon: goes through all files and claims those it gets. How many goes into the pipe. */
static void be_daemon(const struct bench *b, int64_t owner, int start, int out)
{
	struct claim c;
	struct err err;
	char name[16];
	int n = 0;

	if (claim_open(&c, b->folder, owner, true, &err) != 0)
		_exit(1);
	while (read(start, name, 1) < 0) /* until all are there */
		;
	for (int i = 0; i < FILES; i++) {
		snprintf(name, sizeof name, "%d", i);
		if (claim_take(&c, c.top, name) == 0)
			n++;
		else if (errno != ENOENT)
			_exit(1);
	}
	_exit(write(out, &n, sizeof n) == sizeof n && count_files(c.work) == n ? 0 : 1);
}

static void test_several_daemons_share_exactly(void **state)
{
	struct bench *b = *state;
	int start[2], out[2], all = 0, n, status;

	assert_int_equal(pipe2(start, O_CLOEXEC) | pipe2(out, O_CLOEXEC), 0);
	for (int i = 0; i < FILES; i++) {
		char name[16];

		snprintf(name, sizeof name, "%d", i);
		make_file(b->top, name, name);
	}
	for (int i = 1; i <= DAEMONS; i++)
		if (fork() == 0) {
			close(start[1]);
			be_daemon(b, i, start[0], out[1]);
		}
	close(start[1]);
	for (int i = 0; i < DAEMONS; i++) {
		assert_int_equal(read(out[0], &n, sizeof n), sizeof n);
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
		all += n;
	}
	assert_int_equal(all, FILES);
	assert_int_equal(count_files(b->top), DAEMONS); /* their folders */
	close(start[0]);
	close(out[0]);
	close(out[1]);
}

static void check_no_overwriting(struct bench *b)
{
	struct claim c;

	open_claim(b, &c, 7);
	make_file(c.top, "report.xml", "first");
	assert_int_equal(claim_take(&c, c.top, "report.xml"), 0);
	make_file(c.top, "report.xml", "second");
	assert_int_equal(claim_take(&c, c.top, "report.xml"), -1);
	assert_int_equal(errno, EEXIST);
	assert_file(c.work, "report.xml", "first");
	assert_file(c.top, "report.xml", "second");
	assert_int_equal(claim_take(&c, c.top, "gone.xml"), -1);
	assert_int_equal(errno, ENOENT);
	claim_close(&c);
}

static void test_claim_writes_nothing_over(void **state)
{
	check_no_overwriting(*state);
}

static void test_claim_writes_nothing_over_where_the_filesystem_does_not_promise_it(void **state)
{
	promises_nothing = true;
	check_no_overwriting(*state);
}

/* Gives three files one name, one after the other. */
static void check_giving(struct bench *b)
{
	static const char *const texts[] = { "first", "second", "third" };

	assert_int_equal(mkdirat(b->top, "archive", 0700), 0);
	int archive = openat(b->top, "archive", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (int i = 0; i < 3; i++) {
		make_file(b->top, "x", texts[i]);
		assert_int_equal(claim_give(b->top, "x", archive, "base", ":2,S"), 0);
	}
	assert_int_equal(count_files(archive), 3);
	assert_file(archive, "base:2,S", "first");
	assert_int_equal(claim_give(b->top, "x", archive, "base", ":2,S"), -1);
	assert_int_equal(errno, ENOENT);
	close(archive);
}

static void test_archived_files_of_one_name_are_all_kept(void **state)
{
	check_giving(*state);
}

static void test_archived_files_are_all_kept_where_the_filesystem_does_not_promise_it(void **state)
{
	promises_nothing = true;
	check_giving(*state);
}

static void test_a_second_name_keeps_its_flags(void **state)
{
	struct bench *b = *state;
	DIR *d;
	const struct dirent *e;
	int flagged = 0;

	check_giving(b);
	d = fdopendir(openat(b->top, "archive", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	assert_non_null(d);
	while ((e = readdir(d)) != NULL)
		flagged += strncmp(e->d_name, "base", 4) == 0 && strcmp(e->d_name + strlen(e->d_name) - 4, ":2,S") == 0;
	closedir(d);
	assert_int_equal(flagged, 3);
}

static void test_the_longest_name_finds_room_for_flags(void **state)
{
	struct bench *b = *state;
	char name[NAME_MAX + 1];

	memset(name, 'a', NAME_MAX);
	name[NAME_MAX] = '\0';
	make_file(b->top, name, "text");
	assert_int_equal(claim_give(b->top, name, b->top, name, ":2,S"), 0);
	memcpy(name + NAME_MAX - 4, ":2,S", 4);
	assert_file(b->top, name, "text");
}

static void test_what_was_claimed_is_found_again(void **state)
{
	struct bench *b = *state;
	struct claim c;

	open_claim(b, &c, INT64_MAX);
	make_file(c.top, "mail", "text");
	assert_int_equal(claim_take(&c, c.top, "mail"), 0);
	assert_true(claim_is_work(c.work_name));
	claim_close(&c);
	assert_int_equal(claim_open(&c, b->folder, INT64_MAX, false, &b->err), 0);
	assert_true(c.work >= 0);
	assert_file(c.work, "mail", "text");
	claim_close(&c);
}

static void test_an_empty_work_folder_goes(void **state)
{
	struct bench *b = *state;
	struct claim c;

	open_claim(b, &c, 1);
	claim_close(&c);
	assert_int_equal(count_files(b->top), 0);
	assert_int_equal(claim_open(&c, b->folder, 1, false, &b->err), 0);
	assert_int_equal(c.work, -1);
	claim_close(&c);
}

static void test_a_copy_of_the_database_is_kept_out(void **state)
{
	struct bench *b = *state;
	struct claim one, other, copy;

	open_claim(b, &one, 1);
	open_claim(b, &other, 2);
	assert_int_equal(claim_open(&copy, b->folder, 1, true, &b->err), -1);
	assert_non_null(strstr(b->err.text, "another process of this database"));
	claim_close(&one);
	open_claim(b, &copy, 1);
	claim_close(&copy);
	claim_close(&other);
}

static void test_a_work_folder_is_no_link_elsewhere(void **state)
{
	struct bench *b = *state;
	struct claim c;

	assert_int_equal(symlinkat("/tmp", b->top, "ruad-work-0000000000000001"), 0);
	assert_int_equal(claim_open(&c, b->folder, 1, true, &b->err), -1);
	assert_int_equal(c.top, -1);
}

static void test_a_folder_made_anew_is_another(void **state)
{
	struct bench *b = *state;
	struct claim c;
	char away[sizeof b->folder + 8];

	open_claim(b, &c, 1);
	assert_true(claim_stands(&c));
	snprintf(away, sizeof away, "%s.away", b->folder);
	assert_int_equal(rename(b->folder, away), 0);
	assert_false(claim_stands(&c));
	assert_int_equal(mkdir(b->folder, 0700), 0);
	assert_false(claim_stands(&c));
	claim_close(&c);
	assert_int_equal(rmdir(away), 0);
}

static void test_a_folder_that_is_not_there_is_said(void **state)
{
	struct bench *b = *state;
	struct claim c;

	assert_int_equal(claim_open(&c, "/nowhere/at/all", 1, true, &b->err), -1);
	assert_string_equal(b->err.text, "/nowhere/at/all: No such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_several_daemons_share_exactly, setup, teardown),
		cmocka_unit_test_setup_teardown(test_claim_writes_nothing_over, setup, teardown),
		cmocka_unit_test_setup_teardown(test_claim_writes_nothing_over_where_the_filesystem_does_not_promise_it, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_archived_files_of_one_name_are_all_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(test_archived_files_are_all_kept_where_the_filesystem_does_not_promise_it, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_a_second_name_keeps_its_flags, setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_longest_name_finds_room_for_flags, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_was_claimed_is_found_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_an_empty_work_folder_goes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_copy_of_the_database_is_kept_out, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_work_folder_is_no_link_elsewhere, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_folder_made_anew_is_another, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_folder_that_is_not_there_is_said, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
