/* test_board: what a process says of itself is read whole or not at all, and can do no harm where it is shown. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/board.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct board *made(void)
{
	struct err err = { 0 };
	struct board *b = board_make(&err);

	assert_non_null(b);
	return b;
}

static void test_a_slot_nobody_has_is_not_read(void **state)
{
	struct board *b = made();
	struct board_line line;

	assert_false(board_read(b, 3, &line));
	board_name(b, 3, "store");
	board_started(b, 3, 17);
	board_say(b, 3, BOARD_WELL, "");
	assert_true(board_read(b, 3, &line));
	board_forget(b, 3);
	assert_false(board_read(b, 3, &line));
	board_free(b);
}

static void test_words_of_another_process_arrive(void **state)
{
	struct board *b = made();
	struct board_line line;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		board_say(b, 0, BOARD_WAITING, "no route to host: tried again in 8 s");
		board_add(b, 0, BOARD_MAILS, 3);
		board_add(b, 0, BOARD_MAILS, 4);
		board_set(b, 0, BOARD_BACKLOG, 9);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	board_name(b, 0, "fetch reports");
	board_started(b, 0, pid);
	assert_true(board_read(b, 0, &line));
	assert_string_equal(line.name, "fetch reports");
	assert_string_equal(line.text, "no route to host: tried again in 8 s");
	assert_true(line.state == BOARD_WAITING && line.pid == pid && line.starts == 1 && line.since_s > 0);
	assert_true(line.count[BOARD_MAILS] == 7 && line.count[BOARD_BACKLOG] == 9);
	board_free(b);
}

static void test_hostile_words_are_one_clean_line(void **state)
{
	struct board *b = made();
	char longest[3000];
	struct board_line line;

	board_say(b, 1, BOARD_FAILED, "a\nb\x1b[31m\xff end");
	assert_true(board_read(b, 1, &line));
	assert_string_equal(line.text, "a b [31m\xef\xbf\xbd end");
	memset(longest, 'x', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	board_say(b, 1, BOARD_FAILED, longest);
	assert_true(board_read(b, 1, &line));
	assert_int_equal(strlen(line.text), BOARD_TEXT_BYTES - 1);
	board_free(b);
}

static void test_counts_outlive_the_process(void **state)
{
	struct board *b = made();
	struct board_line line;

	board_name(b, 2, "store");
	board_started(b, 2, 5);
	board_say(b, 2, BOARD_WELL, "");
	board_add(b, 2, BOARD_REPORTS, 2);
	board_ended(b, 2, BOARD_WAITING, "ended by signal 9");
	board_started(b, 2, 6);
	assert_true(board_read(b, 2, &line));
	assert_true(line.count[BOARD_REPORTS] == 2 && line.starts == 2 && line.pid == 6);
	assert_string_equal(line.text, "ended by signal 9");
	board_free(b);
}

/* The parent notes a start while the process that it started says its first words. */
static void test_a_start_does_not_garble_first_words(void **state)
{
	enum { STARTS = 20000 };
	struct board *b = made();
	struct board_line line;
	int status;
	pid_t pid;

	board_name(b, 0, "web");
	if ((pid = fork()) == 0) {
		for (int i = 0; i < STARTS; i++)
			board_say(b, 0, BOARD_WELL, "first words");
		_exit(0);
	}
	for (int i = 0; i < STARTS; i++)
		board_started(b, 0, pid);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(board_read(b, 0, &line));
	assert_string_equal(line.name, "web");
	assert_string_equal(line.text, "first words");
	board_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_slot_nobody_has_is_not_read),
		cmocka_unit_test(test_words_of_another_process_arrive),
		cmocka_unit_test(test_hostile_words_are_one_clean_line),
		cmocka_unit_test(test_counts_outlive_the_process),
		cmocka_unit_test(test_a_start_does_not_garble_first_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
