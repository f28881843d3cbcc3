/* test_secret: a secret's file is read where nobody else may read it, and replaced wholly or not at all. */
#include "base/buf.h"
#include "daemon/secret.h"
#include "schema/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct place {
	char folder[32], path[64], new[96];
};

static int setup(void **state)
{
	struct place *p = calloc(1, sizeof *p);

	assert_non_null(p);
	snprintf(p->folder, sizeof p->folder, "/tmp/test_secret.XXXXXX");
	assert_non_null(mkdtemp(p->folder));
	snprintf(p->path, sizeof p->path, "%s/secret", p->folder);
	snprintf(p->new, sizeof p->new, "%s.new", p->path);
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct place *p = *state;

	unlink(p->path);
	unlink(p->new);
	rmdir(p->folder);
	free(p);
	return 0;
}

static void put(const struct place *p, const void *bytes, size_t n, mode_t mode)
{
	FILE *f = fopen(p->path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(p->path, mode), 0);
}

static void assert_reads(const struct place *p, const char *file, const char *want)
{
	struct secret s = { 0 };
	struct err err = { 0 };

	put(p, file, strlen(file), 0600);
	assert_int_equal(secret_read(p->path, &s, &err), 0);
	assert_string_equal(s.text, want);
	assert_int_equal(s.len, strlen(want));
	secret_wipe(&s);
	assert_null(s.text);
}

static void assert_refused(const struct place *p, const char *words)
{
	struct secret s = { 0 };
	struct err err = { 0 };

	assert_int_equal(secret_read(p->path, &s, &err), -1);
	assert_int_equal(err.kind, ERR_USE);
	assert_non_null(strstr(err.text, words));
	assert_null(strstr(err.text, "hunter2"));
	assert_null(s.text);
}

static void test_only_the_newline_at_the_end_goes(void **state)
{
	const struct place *p = *state;

	assert_reads(p, "hunter2", "hunter2");
	assert_reads(p, "hunter2\n", "hunter2");
	assert_reads(p, "hunter2\r\n", "hunter2");
	assert_reads(p, " hunter2 \n\n", " hunter2 \n");
}

static void test_what_others_may_read_is_refused(void **state)
{
	const struct place *p = *state;

	put(p, "hunter2\n", 8, 0604);
	assert_refused(p, "chmod 600");
	put(p, "hunter2\n", 8, 0620);
	assert_refused(p, "chmod 600");
	if (geteuid() == 0) {
		put(p, "hunter2\n", 8, 0440); /* root's group has nobody else in it */
		assert_int_equal(chown(p->path, 0, 0), 0);
		assert_reads(p, "hunter2\n", "hunter2");
		assert_int_equal(chown(p->path, 0, 12), 0);
		assert_int_equal(chmod(p->path, 0640), 0);
		assert_refused(p, "chmod 600");
		assert_int_equal(chown(p->path, 12, 12), 0);
		assert_int_equal(chmod(p->path, 0600), 0);
		assert_refused(p, "another user");
	}
}

static void test_what_is_no_secret_is_refused(void **state)
{
	static char large[LIMIT_SECRET_BYTES + 1];
	const struct place *p = *state;

	assert_refused(p, "No such file");
	put(p, "", 0, 0600);
	assert_refused(p, "is empty");
	put(p, "\n", 1, 0600);
	assert_refused(p, "no text");
	put(p, "a\0b", 3, 0600);
	assert_refused(p, "no text");
	memset(large, 'x', sizeof large);
	put(p, large, sizeof large, 0600);
	assert_refused(p, "larger");
	unlink(p->path);
	assert_int_equal(mkfifo(p->path, 0600), 0); /* nobody ever writes to it */
	assert_refused(p, "is not a file");
}

static void assert_written(const struct place *p, const char *text)
{
	struct secret s = { 0 };
	struct err err = { 0 };
	struct stat st;

	assert_int_equal(secret_write(p->path, slice_of(text), &err), 0);
	assert_int_equal(stat(p->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(access(p->new, F_OK), -1);
	assert_int_equal(secret_read(p->path, &s, &err), 0);
	assert_string_equal(s.text, text);
	secret_wipe(&s);
}

static void test_what_was_written_is_read_again(void **state)
{
	const struct place *p = *state;
	struct place left;

	assert_written(p, "first");
	assert_int_equal(chmod(p->path, 0644), 0);
	snprintf(left.path, sizeof left.path, "%s/secret.new", p->folder);
	put(&left, "half", 4, 0644); /* of a process that was stopped on the way */
	assert_written(p, "second");
}

static void test_root_leaves_the_file_to_its_user(void **state)
{
	const struct place *p = *state;
	struct err err = { 0 };
	struct stat st;

	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(p->folder, 12, 13), 0);
	assert_int_equal(secret_write(p->path, SLICE("x"), &err), 0);
	assert_int_equal(stat(p->path, &st), 0);
	assert_int_equal(st.st_uid, 12);
	assert_int_equal(chown(p->path, 14, 15), 0);
	assert_int_equal(secret_write(p->path, SLICE("y"), &err), 0);
	assert_int_equal(stat(p->path, &st), 0);
	assert_int_equal(st.st_uid, 14);
	assert_int_equal(st.st_gid, 15);
}

static void test_what_cannot_be_written_leaves_the_old(void **state)
{
	const struct place *p = *state;
	struct secret s = { 0 };
	struct err err = { 0 };

	put(p, "old", 3, 0600);
	assert_int_equal(mkdir(p->new, 0700), 0);
	assert_int_equal(secret_write(p->path, SLICE("hunter2"), &err), -1);
	assert_non_null(strstr(err.text, "cannot be written"));
	assert_null(strstr(err.text, "hunter2"));
	assert_int_equal(rmdir(p->new), 0);
	assert_int_equal(secret_read(p->path, &s, &err), 0);
	assert_string_equal(s.text, "old");
	assert_int_equal(secret_set(&s, SLICE("another"), &err), 0);
	assert_string_equal(s.text, "another");
	secret_wipe(&s);
}

static int write_often(const struct place *p)
{
	struct err err;
	int failed = 0;

	for (int i = 0; i < 200; i++)
		failed += secret_write(p->path, SLICE("token"), &err) != 0;
	return failed;
}

/* Mailboxes that share a token get a new one at the same time, when the daemon starts. */
static void test_two_who_write_at_once_do_not_meet(void **state)
{
	const struct place *p = *state;
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0)
		_exit(write_often(p) > 0);
	assert_int_equal(write_often(p), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void assert_hidden(const char *words, const char *want)
{
	struct arena a = { 0 };
	struct slice got = secret_hidden(&a, slice_of(words), SLICE("hun+ter/2?"));

	if (!slice_is(got, want))
		fail_msg("%s became %.*s", words, (int)got.len, got.ptr);
	arena_release(&a);
}

static void test_what_a_peer_says_again_is_hidden(void **state)
{
	(void)state;
	assert_hidden("nothing of it", "nothing of it");
	assert_hidden("hun+ter/2?", "(secret)");
	assert_hidden("NO hun+ter/2? and hun+ter/2?.", "NO (secret) and (secret).");
	assert_hidden("secret=hun%2Bter%2F2%3F&x", "secret=(secret)&x");
	assert_hidden("cut within: hun+te", "cut within: (secret)");
	assert_hidden("cut too early to tell: hun", "cut too early to tell: hun");
	assert_hidden("", "");
}

/* As AUTHENTICATE sends it: whatever stands before it. */
static void test_base64_of_it_is_hidden(void **state)
{
	static const struct {
		const char *words, *want;
	} cases[] = {
		{ "aHVuK3Rlci8yPw==", "(secret)w==" },                 /* alone */
		{ "AHUAaHVuK3Rlci8yPw==", "AHUA(secret)w==" },         /* behind three bytes: NUL u NUL */
		{ "AHVzAGh1bit0ZXIvMj8=", "AHVzAG(secret)8=" },        /* behind four */
		{ "AHVzZQBodW4rdGVyLzI/", "AHVzZQB(secret)" },        /* behind five */
		{ "AHVzZQBodW4rdGVyLzI_", "AHVzZQB(secret)" },        /* for a URL */
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_hidden(cases[i].words, cases[i].want);
}

static void test_a_secret_too_short_to_look_for_changes_nothing(void **state)
{
	struct arena a = { 0 };

	(void)state;
	assert_true(slice_is(secret_hidden(&a, SLICE("refused: abc"), SLICE("abc")), "refused: abc"));
	assert_true(slice_is(secret_hidden(&a, SLICE("refused"), (struct slice){ 0 }), "refused"));
	assert_null(secret_hidden(&a, (struct slice){ 0 }, SLICE("hunter2")).ptr);
	arena_release(&a);
}

/* Taken out again and again, the first would never end, and the second cost a copy of all for each. */
static void test_hiding_ends_whatever_the_secret_is(void **state)
{
	struct arena a = { 0 };
	struct buf words;

	(void)state;
	assert_true(slice_is(secret_hidden(&a, SLICE("the client secret is wrong"), SLICE("secret")),
			     "the client (secret) is wrong"));
	buf_init(&words, 64 * 1024);
	while (words.len < 64 * 1024 - 6)
		buf_add_text(&words, "hunter");
	assert_int_equal(secret_hidden(&a, buf_slice(&words), SLICE("hunter")).len, words.len / 6 * 8);
	assert_true(a.total_bytes < 512 * 1024);
	buf_release(&words);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_only_the_newline_at_the_end_goes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_others_may_read_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_is_no_secret_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_was_written_is_read_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_root_leaves_the_file_to_its_user, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_cannot_be_written_leaves_the_old, setup, teardown),
		cmocka_unit_test_setup_teardown(test_two_who_write_at_once_do_not_meet, setup, teardown),
		cmocka_unit_test(test_what_a_peer_says_again_is_hidden),
		cmocka_unit_test(test_base64_of_it_is_hidden),
		cmocka_unit_test(test_a_secret_too_short_to_look_for_changes_nothing),
		cmocka_unit_test(test_hiding_ends_whatever_the_secret_is),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("secret", tests, NULL, NULL);
}
