/* test_source_folder: every mail of every file is given once, as it was sent, and nothing that is still being written.
 */
#include "daemon/source_folder.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { MOST_GIVEN = 64, FILE_BYTES = 4 * 1024 * 1024, MAIL_BYTES = 256 * 1024 };

#define HEAD "From: a@example.org\nTo: b@example.org\nSubject: s\n\n"

struct given {
	char *bytes;
	size_t n;
	bool last;
};

struct bench {
	char folder[64];
	struct arena arena;
	struct err err;
	struct given given[MOST_GIVEN];
	size_t n;
	const char *label; /* expected with each */
	size_t stop_at; /* put fails at this one, from 1 */
};

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof *b);

	assert_non_null(b);
	snprintf(b->folder, sizeof b->folder, "/tmp/ruad-test-XXXXXX");
	assert_non_null(mkdtemp(b->folder));
	*state = b;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static void forget_given(struct bench *b)
{
	for (; b->n > 0; b->n--)
		free(b->given[b->n - 1].bytes);
}

static int teardown(void **state)
{
	struct bench *b = *state;

	nftw(b->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	forget_given(b);
	arena_release(&b->arena);
	free(b);
	return 0;
}

/* --- making and reading --- */

static const char *path_of(struct bench *b, const char *name)
{
	return arena_printf(&b->arena, "%s/%s", b->folder, name);
}

static void make_folder(struct bench *b, const char *name)
{
	assert_int_equal(mkdir(path_of(b, name), 0700), 0);
}

static const char *make_file(struct bench *b, const char *name, struct slice bytes)
{
	const char *path = path_of(b, name);
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes.ptr, 1, bytes.len, f), bytes.len);
	assert_int_equal(fclose(f), 0);
	return path;
}

static int keep(void *ctx, struct slice label, char *bytes, size_t n, bool last, struct err *err)
{
	struct bench *b = ctx;

	assert_true(b->n < MOST_GIVEN);
	assert_true(slice_is(label, b->label));
	b->given[b->n++] = (struct given){ bytes, n, last };
	return b->n == b->stop_at ? 42 : 0;
}

static int read_path(struct bench *b, const char *path)
{
	forget_given(b);
	b->label = path;
	return folder_read(slice_of(path), FILE_BYTES, MAIL_BYTES, keep, b, &b->err);
}

static void read_text(struct bench *b, struct slice bytes)
{
	if (read_path(b, make_file(b, "file", bytes)) != 0)
		fail_msg("%s", b->err.text);
}

static void assert_given(struct bench *b, size_t i, const char *expected)
{
	assert_true(i < b->n);
	if (b->given[i].n != strlen(expected) || memcmp(b->given[i].bytes, expected, b->given[i].n) != 0)
		fail_msg("mail %zu is \"%.*s\", not \"%s\"", i, (int)b->given[i].n, b->given[i].bytes, expected);
}

/* Only the last is said to be the last. */
static void assert_last(struct bench *b, size_t n)
{
	assert_int_equal(b->n, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(b->given[i].last, i == n - 1);
}

/* --- mbox --- */

static void test_an_mbox_is_cut_into_its_mails(void **state)
{
	struct bench *b = *state;

	read_text(b, SLICE("From a@example.org Mon Mar  4 00:00:00 2024\n" HEAD "one\n\nFrom - x\n" HEAD
			   "two\n\nFrom b\n" HEAD "three\n"));
	assert_last(b, 3);
	assert_given(b, 0, HEAD "one\n\n");
	assert_given(b, 1, HEAD "two\n\n");
	assert_given(b, 2, HEAD "three\n");
}

static void test_an_mbox_with_crlf_is_cut_as_well(void **state)
{
	struct bench *b = *state;

	read_text(b, SLICE("From a\r\nFrom: a@example.org\r\nTo: b@example.org\r\n\r\none\r\n\r\nFrom b\r\n"
			   "From: c@example.org\r\nTo: d@example.org\r\n\r\ntwo\r\n"));
	assert_last(b, 2);
	assert_given(b, 0, "From: a@example.org\r\nTo: b@example.org\r\n\r\none\r\n\r\n");
	assert_given(b, 1, "From: c@example.org\r\nTo: d@example.org\r\n\r\ntwo\r\n");
}

static void test_quoted_from_lines_come_back_as_they_were(void **state)
{
	struct bench *b = *state;

	read_text(b,
		  SLICE("From a\n" HEAD ">From me\n>>From you\n> From us\n>Fromage\na >From b\n\nFrom b\n" HEAD "x"));
	assert_last(b, 2);
	assert_given(b, 0, HEAD "From me\n>From you\n> From us\n>Fromage\na >From b\n\n");
}

static void test_from_inside_a_body_begins_no_mail(void **state)
{
	struct bench *b = *state;

	read_text(b, SLICE("From a\n" HEAD "text\nFrom here on\nFrom there\n\n From: x\n\nFromage\n"));
	assert_last(b, 1);
	assert_given(b, 0, HEAD "text\nFrom here on\nFrom there\n\n From: x\n\nFromage\n");
}

static void test_an_mbox_may_end_anywhere(void **state)
{
	static const char *const ends[] = { "", "\n", "\n\n", "\n\nFrom", "\n\nFrom:", "\n>From" };
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		const char *text = arena_printf(&b->arena, "From a\n" HEAD "one\n\nFrom b\n" HEAD "two%s", ends[i]);

		read_text(b, slice_of(text));
		assert_last(b, 2);
		assert_given(b, 1, arena_printf(&b->arena, HEAD "two%s", ends[i]));
	}
}

static char *filled(struct bench *b, size_t n)
{
	char *bytes = arena_alloc(&b->arena, n + 1);

	for (size_t i = 0; i < n; i++)
		bytes[i] = i % 64 == 63 ? '\n' : 'x';
	return bytes;
}

/* The separator lies once at each place around the edge of what is read at a time. */
static void test_a_separator_across_two_reads_is_seen(void **state)
{
	enum { EDGE = 64 * 1024 };
	struct bench *b = *state;

	for (size_t at = EDGE - 12; at <= EDGE + 2; at++) {
		const char *first =
			arena_printf(&b->arena, "From a\n" HEAD "%s", filled(b, at - strlen("From a\n" HEAD)));

		read_text(b, slice_of(arena_printf(&b->arena, "%s\r\n\r\nFrom b\r\n" HEAD "two", first)));
		assert_last(b, 2);
		assert_given(b, 1, HEAD "two");
		assert_int_equal(b->given[0].n, at - strlen("From a\n") + 4);
	}
}

/* One too large mail between two others, of every size up to some reads beyond the limit. */
static void test_a_mail_behind_one_that_is_too_large_is_not_lost(void **state)
{
	struct bench *b = *state;

	for (size_t over = 1000; over < 300 * 1000; over += 13 * 1000) {
		const char *text = arena_printf(&b->arena,
						"From a\n" HEAD "one\n\nFrom b\n" HEAD "%s\n\nFrom c\n" HEAD
						"three\n\nFrom d\n" HEAD "four\n",
						filled(b, MAIL_BYTES + over));

		read_text(b, slice_of(text));
		if (b->n != 4)
			fail_msg("%zu bytes over: %zu mails of 4 were given", over, b->n);
		assert_last(b, 4);
		assert_given(b, 0, HEAD "one\n\n");
		assert_true(b->given[1].n > MAIL_BYTES); /* over the limit, so that it is refused for it */
		assert_given(b, 2, HEAD "three\n\n");
		assert_given(b, 3, HEAD "four\n");
		arena_clear(&b->arena);
	}
}

/* `ruad parse` says what was wrong with a file when its last mail is done. */
static void test_an_mbox_that_ends_too_large_still_has_a_last_mail(void **state)
{
	struct bench *b = *state;

	read_text(b, slice_of(arena_printf(&b->arena, "From a\n" HEAD "one\n\nFrom b\n" HEAD "%s",
					   filled(b, MAIL_BYTES + 400 * 1000))));
	assert_true(b->given[1].n > MAIL_BYTES);
	assert_last(b, 2);
}

static void test_a_mail_of_just_the_limit_is_given_whole(void **state)
{
	struct bench *b = *state;
	size_t body = MAIL_BYTES - strlen(HEAD);

	read_text(b,
		  slice_of(arena_printf(&b->arena, "From a\n" HEAD "%s\n\nFrom b\n" HEAD "two", filled(b, body - 2))));
	assert_last(b, 2);
	assert_int_equal(b->given[0].n, MAIL_BYTES);
	assert_given(b, 1, HEAD "two");
}

/* A configuration may allow larger mails than unpacked documents. */
static void test_a_mail_larger_than_a_document_may_be_is_given_whole(void **state)
{
	struct bench *b = *state;
	size_t body = MAIL_BYTES - strlen(HEAD) - 2;

	b->label = make_file(
		b, "file",
		slice_of(arena_printf(&b->arena, "From a\n" HEAD "%s\n\nFrom b\n" HEAD "two", filled(b, body))));
	assert_int_equal(folder_read(slice_of(b->label), 1000, MAIL_BYTES, keep, b, &b->err), 0);
	assert_last(b, 2);
	assert_int_equal(b->given[0].n, MAIL_BYTES);
	assert_given(b, 1, HEAD "two");
}

/* --- other files --- */

static void test_other_files_are_given_whole_and_untouched(void **state)
{
	static const struct slice files[] = { { "", 0 },
					      { "\n>From x\n", 9 },
					      { "a\0b\r\n\xff", 6 },
					      { HEAD "\n\nFrom x\n>From y", sizeof HEAD + 15 },
					      { "From nobody in particular\n\ntext", 31 } };
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		read_text(b, files[i]);
		assert_last(b, 1);
		assert_int_equal(b->given[0].n, files[i].len);
		assert_memory_equal(b->given[0].bytes, files[i].ptr, files[i].len);
	}
}

static void test_a_file_over_the_limit_is_cut_so_that_it_shows(void **state)
{
	struct bench *b = *state;

	read_text(b, (struct slice){ filled(b, FILE_BYTES), FILE_BYTES });
	assert_last(b, 1);
	assert_int_equal(b->given[0].n, FILE_BYTES);
	read_text(b, (struct slice){ filled(b, FILE_BYTES * 2), FILE_BYTES * 2 });
	assert_last(b, 1);
	assert_in_range(b->given[0].n, FILE_BYTES + 1, FILE_BYTES + 64 * 1024);
}

static void test_standard_input_is_a_file_too(void **state)
{
	struct bench *b = *state;
	int pipes[2], saved = dup(STDIN_FILENO);
	static const char text[] = "From a\n" HEAD "one\n\nFrom b\n" HEAD "two\n";

	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(write(pipes[1], text, sizeof text - 1), sizeof text - 1);
	close(pipes[1]);
	assert_int_equal(dup2(pipes[0], STDIN_FILENO), STDIN_FILENO);
	close(pipes[0]);
	assert_int_equal(read_path(b, "-"), 0);
	assert_int_equal(dup2(saved, STDIN_FILENO), STDIN_FILENO);
	close(saved);
	assert_last(b, 2);
	assert_given(b, 1, HEAD "two\n");
}

static void test_a_file_that_can_not_be_read_is_said(void **state)
{
	struct bench *b = *state;

	assert_int_equal(read_path(b, path_of(b, "none")), -1);
	assert_non_null(strstr(b->err.text, "none: "));
	assert_int_equal(b->n, 0);
	make_folder(b, "folder"); /* opens, and fails at the first read */
	assert_int_equal(read_path(b, path_of(b, "folder")), -1);
	assert_non_null(strstr(b->err.text, "folder: "));
	assert_int_equal(b->err.kind, ERR_SYSTEM);
	assert_int_equal(b->n, 0);
}

static void test_a_refusing_receiver_stops_the_reading(void **state)
{
	struct bench *b = *state;
	const char *path = make_file(b, "file", SLICE("From a\n" HEAD "\n\nFrom b\n" HEAD "\n\nFrom c\n" HEAD "\n"));

	b->stop_at = 2;
	assert_int_equal(read_path(b, path), 42);
	assert_int_equal(b->n, 2);
}

/* --- folders --- */

static void list(struct bench *b, const char *const *paths, size_t n, struct folder_list *out)
{
	if (folder_list(&b->arena, (char *const *)paths, n, out, &b->err) != 0)
		fail_msg("%s", b->err.text);
}

static void assert_listed(struct bench *b, const struct folder_list *l, const char *const *names, size_t n)
{
	for (size_t i = 0; i < l->n && i < n; i++)
		assert_string_equal(l->path[i].ptr, path_of(b, names[i]));
	assert_int_equal(l->n, n);
}

static void test_files_come_in_order_and_hidden_ones_never(void **state)
{
	static const char *const expected[] = { "B.xml", "a/1", "a/2/x", "a.xml", "b.xml" }; /* "a" before "a.xml" */
	struct bench *b = *state;
	const char *root = arena_printf(&b->arena, "%s//", b->folder);
	struct folder_list l;

	make_folder(b, "a");
	make_folder(b, "a/2");
	make_folder(b, ".git");
	make_file(b, "b.xml", SLICE("12345"));
	make_file(b, "a.xml", SLICE("1"));
	make_file(b, "B.xml", SLICE(""));
	make_file(b, ".hidden.xml", SLICE("1"));
	make_file(b, ".git/config", SLICE("1"));
	make_file(b, "a/2/x", SLICE("12"));
	make_file(b, "a/1", SLICE("1"));
	assert_int_equal(mkfifo(path_of(b, "c.fifo"), 0600), 0); /* opening it would hang */
	assert_int_equal(symlink("nowhere", path_of(b, "d.gone")), 0); /* gone since it was listed */
	list(b, &root, 1, &l);
	assert_listed(b, &l, expected, 5);
	assert_int_equal(l.unreadable, 0);
}

static void test_a_maildirs_unfinished_mails_are_left_alone(void **state)
{
	static const char *const expected[] = { "box/cur/1:2,S", "box/new/2", "plain/tmp/4" };
	struct bench *b = *state;
	const char *root = b->folder;
	struct folder_list l;

	make_folder(b, "box");
	make_folder(b, "box/new");
	make_folder(b, "box/cur");
	make_folder(b, "box/tmp");
	make_folder(b, "plain");
	make_folder(b, "plain/tmp"); /* a folder of that name elsewhere is just one */
	make_file(b, "box/new/2", SLICE("x"));
	make_file(b, "box/cur/1:2,S", SLICE("x"));
	make_file(b, "box/tmp/3", SLICE("x"));
	make_file(b, "plain/tmp/4", SLICE("x"));
	list(b, &root, 1, &l);
	assert_listed(b, &l, expected, 3);
}

static void test_paths_keep_the_order_they_were_given_in(void **state)
{
	struct bench *b = *state;
	const char *paths[3];
	struct folder_list l;

	paths[0] = make_file(b, "z", SLICE("x"));
	paths[1] = "-";
	paths[2] = make_file(b, ".a", SLICE("x")); /* named by a person: wanted */
	list(b, paths, 3, &l);
	assert_int_equal(l.n, 3);
	for (int i = 0; i < 3; i++)
		assert_string_equal(l.path[i].ptr, paths[i]);
}

static void test_a_path_that_is_not_there_is_refused(void **state)
{
	struct bench *b = *state;
	const char *paths[2];
	struct folder_list l = { .n = 77 };

	paths[0] = make_file(b, "a", SLICE("x"));
	paths[1] = path_of(b, "none");
	assert_int_equal(folder_list(&b->arena, (char *const *)paths, 2, &l, &b->err), -1);
	assert_non_null(strstr(b->err.text, paths[1]));
	assert_int_equal(l.n, 77);
	paths[1] = path_of(b, "fifo");
	assert_int_equal(mkfifo(paths[1], 0600), 0);
	assert_int_equal(folder_list(&b->arena, (char *const *)paths, 2, &l, &b->err), -1);
	assert_int_equal(b->err.kind, ERR_USE);
}

static void test_a_folder_that_holds_itself_ends(void **state)
{
	struct bench *b = *state;
	const char *root = b->folder;
	struct folder_list l;

	make_folder(b, "a");
	make_file(b, "a/x", SLICE("x"));
	assert_int_equal(symlink("..", path_of(b, "a/up")), 0);
	if (folder_list(&b->arena, (char *const *)&root, 1, &l, &b->err) != 0)
		assert_int_equal(b->err.kind, ERR_USE);
}

static void test_many_files_are_all_listed(void **state)
{
	struct bench *b = *state;
	const char *root = b->folder;
	struct folder_list l;

	for (int i = 0; i < 700; i++)
		make_file(b, arena_printf(&b->arena, "%04d", i), SLICE(""));
	list(b, &root, 1, &l);
	assert_int_equal(l.n, 700);
	for (size_t i = 0; i < 700; i++)
		assert_string_equal(l.path[i].ptr, path_of(b, arena_printf(&b->arena, "%04zu", i)));
}

#define bench_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_an_mbox_is_cut_into_its_mails),
		bench_test(test_an_mbox_with_crlf_is_cut_as_well),
		bench_test(test_quoted_from_lines_come_back_as_they_were),
		bench_test(test_from_inside_a_body_begins_no_mail),
		bench_test(test_an_mbox_may_end_anywhere),
		bench_test(test_a_separator_across_two_reads_is_seen),
		bench_test(test_a_mail_behind_one_that_is_too_large_is_not_lost),
		bench_test(test_an_mbox_that_ends_too_large_still_has_a_last_mail),
		bench_test(test_a_mail_of_just_the_limit_is_given_whole),
		bench_test(test_a_mail_larger_than_a_document_may_be_is_given_whole),
		bench_test(test_other_files_are_given_whole_and_untouched),
		bench_test(test_a_file_over_the_limit_is_cut_so_that_it_shows),
		bench_test(test_standard_input_is_a_file_too),
		bench_test(test_a_file_that_can_not_be_read_is_said),
		bench_test(test_a_refusing_receiver_stops_the_reading),
		bench_test(test_files_come_in_order_and_hidden_ones_never),
		bench_test(test_a_maildirs_unfinished_mails_are_left_alone),
		bench_test(test_paths_keep_the_order_they_were_given_in),
		bench_test(test_a_path_that_is_not_there_is_refused),
		bench_test(test_a_folder_that_holds_itself_ends),
		bench_test(test_many_files_are_all_listed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("source_folder", tests, NULL, NULL);
}
