/* test_arrival: what comes into a folder is told, and so is that something was not told.
 */
#include "daemon/arrival.h"

#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { MOST_QUEUED = 200 * 1000, PATH_BYTES = 160 };

struct bench {
	char folder[64];
	char path[2][PATH_BYTES]; /* watched */
	struct arrivals watch;
	struct err err;
};

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof *b);

	assert_non_null(b);
	snprintf(b->folder, sizeof b->folder, "/tmp/ruad-test-XXXXXX");
	assert_non_null(mkdtemp(b->folder));
	assert_int_equal(arrival_open(&b->watch, &b->err), 0);
	for (int i = 0; i < 2; i++) {
		snprintf(b->path[i], sizeof b->path[i], "%s/%s", b->folder, i == 0 ? "new" : "cur");
		assert_int_equal(mkdir(b->path[i], 0700), 0);
		assert_int_equal(arrival_folder(&b->watch, b->path[i], &b->err), 0);
	}
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

	arrival_close(&b->watch);
	nftw(b->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(b);
	return 0;
}

/* Makes a file in one of the watched folders, or, with -1, beside them, and leaves it open. */
static int make(struct bench *b, int folder, const char *name)
{
	char path[PATH_BYTES * 2];
	int fd;

	snprintf(path, sizeof path, "%s/%s", folder < 0 ? b->folder : b->path[folder], name);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	return fd;
}

static void assert_name(struct bench *b, int folder, const char *name, bool whole)
{
	struct arrival_event e;

	assert_int_equal(arrival_next(&b->watch, &e), 1);
	assert_int_equal(e.kind, ARRIVAL_NAME);
	assert_int_equal(e.folder, folder);
	assert_string_equal(e.name, name);
	assert_int_equal(e.whole, whole);
}

static void assert_nothing(struct bench *b)
{
	struct arrival_event e;

	assert_int_equal(arrival_next(&b->watch, &e), 0);
}

static void test_a_file_is_whole_once_it_is_closed(void **state)
{
	struct bench *b = *state;
	int fd = make(b, 0, "report.xml");

	assert_name(b, 0, "report.xml", false);
	assert_int_equal(write(fd, "x", 1), 1);
	assert_nothing(b);
	close(fd);
	assert_name(b, 0, "report.xml", true);
	assert_nothing(b);
}

static void test_a_file_moved_here_is_whole(void **state)
{
	struct bench *b = *state;
	char from[PATH_BYTES], to[PATH_BYTES * 2];

	close(make(b, -1, "mail"));
	snprintf(from, sizeof from, "%s/mail", b->folder);
	snprintf(to, sizeof to, "%s/mail:2,S", b->path[1]);
	assert_int_equal(rename(from, to), 0);
	assert_name(b, 1, "mail:2,S", true);
	assert_nothing(b);
}

static void test_folders_and_removals_are_no_arrivals(void **state)
{
	struct bench *b = *state;
	char path[PATH_BYTES * 2];

	snprintf(path, sizeof path, "%s/folder", b->path[0]);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(rmdir(path), 0);
	assert_nothing(b);
}

static void test_many_events_are_told_one_by_one(void **state)
{
	struct bench *b = *state;
	char name[32];

	for (int i = 0; i < 2000; i++) { /* more than the buffer holds */
		snprintf(name, sizeof name, "mail.%d", i);
		close(make(b, i % 2, name));
	}
	for (int i = 0; i < 2000; i++) {
		snprintf(name, sizeof name, "mail.%d", i);
		assert_name(b, i % 2, name, false);
		assert_name(b, i % 2, name, true);
	}
	assert_nothing(b);
}

static int most_queued(void)
{
	FILE *f = fopen("/proc/sys/fs/inotify/max_queued_events", "re");
	int n = 0;

	if (f == NULL || fscanf(f, "%d", &n) != 1)
		n = MOST_QUEUED;
	if (f != NULL)
		fclose(f);
	return n;
}

static void test_lost_events_are_told(void **state)
{
	struct bench *b = *state;
	struct arrival_event e;
	int most = most_queued(), lost = 0;

	if (most >= MOST_QUEUED)
		skip();
	for (int i = 0; i < most; i++) /* two events each, and none like the one before */
		close(make(b, 0, i % 2 == 0 ? "a" : "b"));
	while (arrival_next(&b->watch, &e) == 1)
		lost += e.kind == ARRIVAL_LOST;
	assert_int_equal(lost, 1);
}

static void assert_gone(struct bench *b)
{
	struct arrival_event e;

	assert_int_equal(arrival_next(&b->watch, &e), 1);
	assert_int_equal(e.kind, ARRIVAL_GONE);
}

static void test_a_removed_folder_is_told(void **state)
{
	struct bench *b = *state;

	assert_int_equal(rmdir(b->path[1]), 0);
	assert_gone(b);
}

static void test_a_renamed_folder_is_told(void **state)
{
	struct bench *b = *state;
	char away[PATH_BYTES + 8];

	snprintf(away, sizeof away, "%s.away", b->path[0]);
	assert_int_equal(rename(b->path[0], away), 0);
	assert_gone(b);
}

static void test_nothing_that_is_not_there_is_watched(void **state)
{
	struct bench *b = *state;
	struct arrivals other;

	assert_int_equal(arrival_open(&other, &b->err), 0);
	assert_int_equal(arrival_folder(&other, "/nowhere/at/all", &b->err), -1);
	assert_string_equal(b->err.text, "/nowhere/at/all: cannot be watched: No such file or directory");
	arrival_close(&other);
	arrival_close(&other);
	struct arrival_event e;
	assert_int_equal(arrival_next(&other, &e), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_file_is_whole_once_it_is_closed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_file_moved_here_is_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(test_folders_and_removals_are_no_arrivals, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_events_are_told_one_by_one, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lost_events_are_told, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_removed_folder_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_renamed_folder_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nothing_that_is_not_there_is_watched, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
