/* test_gather: `ruad check` says of a maildir or folder what the daemon would stumble over, and changes nothing.
 */
#include "daemon/gather.h"
#include "daemon/source_drop.h"
#include "daemon/source_maildir.h"

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct bench {
	char folder[64], archive[96], invalid[96];
	struct mail_source source;
	struct buf out;
	struct err err;
};

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof *b);

	assert_non_null(b);
	snprintf(b->folder, sizeof b->folder, "/tmp/ruad-test-XXXXXX");
	assert_non_null(mkdtemp(b->folder));
	snprintf(b->archive, sizeof b->archive, "%s/.Archive", b->folder);
	snprintf(b->invalid, sizeof b->invalid, "%s/.Invalid", b->folder);
	b->source = (struct mail_source){ .name = "reports", .after = AFTER_MOVE, .path = b->folder, .archive = b->archive,
					  .invalid = b->invalid };
	buf_init(&b->out, 1024);
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

	nftw(b->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	buf_release(&b->out);
	free(b);
	return 0;
}

static void make_folder(struct bench *b, const char *name)
{
	char path[128];

	snprintf(path, sizeof path, "%s/%s", b->folder, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

static void make_file(struct bench *b, const char *name)
{
	char path[128];
	int fd;

	snprintf(path, sizeof path, "%s/%s", b->folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
}

static void make_maildir(struct bench *b)
{
	make_folder(b, "new");
	make_folder(b, "cur");
	make_file(b, "new/1.host");
	make_file(b, "new/.not a mail");
	make_file(b, "cur/2.host:2,S");
}

static void assert_said(struct bench *b, const char *before, const char *after)
{
	char want[256];

	snprintf(want, sizeof want, "%s%s%s", before, b->folder, after);
	buf_add_char(&b->out, '\0');
	assert_string_equal(b->out.data, want);
	buf_clear(&b->out);
}

static void test_mails_that_wait_are_counted(void **state)
{
	struct bench *b = *state;

	make_maildir(b);
	assert_int_equal(source_maildir_check(&b->source, &b->out, &b->err), 0);
	assert_said(b, "maildir ", ": 2 files wait");
	assert_int_not_equal(access(b->archive, F_OK), 0); /* made when it is needed */
	b->source.after = AFTER_KEEP; /* what lies in cur/ may be known */
	assert_int_equal(source_maildir_check(&b->source, &b->out, &b->err), 0);
	assert_said(b, "maildir ", ": 1 file waits");
}

static void test_claimed_mails_are_told_of(void **state)
{
	struct bench *b = *state;

	make_maildir(b);
	make_folder(b, "ruad-work-0000000000000001");
	make_folder(b, "ruad-work-0000000000000002");
	make_file(b, "ruad-work-0000000000000001/3.host");
	assert_int_equal(source_maildir_check(&b->source, &b->out, &b->err), 0);
	assert_said(b, "maildir ", ": 2 files wait; 1 more in ruad-work-0000000000000001 are being taken in, by this daemon or another");
}

static void test_a_folder_is_no_maildir(void **state)
{
	struct bench *b = *state;

	assert_int_equal(source_maildir_check(&b->source, &b->out, &b->err), -1);
	assert_non_null(strstr(b->err.text, "/new: must be there"));
	assert_int_equal(source_drop_check(&b->source, &b->out, &b->err), 0);
	assert_said(b, "folder ", ": 0 files wait");
}

static void test_a_missing_folder_is_told(void **state)
{
	struct bench *b = *state;

	b->source.path = "/nowhere/at/all";
	assert_int_equal(source_drop_check(&b->source, &b->out, &b->err), -1);
	assert_string_equal(b->err.text, "/nowhere/at/all: must be there, and ruad's user be able to read and write it (`after` of mail "
			    "source reports): No such file or directory");
}

static void test_an_archive_on_another_filesystem_is_told(void **state)
{
	struct bench *b = *state;
	struct stat here, there;

	make_maildir(b);
	if (stat(b->folder, &here) != 0 || stat("/proc", &there) != 0 || here.st_dev == there.st_dev)
		skip();
	b->source.invalid = "/proc";
	assert_int_equal(source_maildir_check(&b->source, &b->out, &b->err), -1);
	assert_int_equal(b->err.kind, ERR_USE);
	assert_non_null(strstr(b->err.text, "/proc: is on another filesystem"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_mails_that_wait_are_counted, setup, teardown),
		cmocka_unit_test_setup_teardown(test_claimed_mails_are_told_of, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_folder_is_no_maildir, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_missing_folder_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(test_an_archive_on_another_filesystem_is_told, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
