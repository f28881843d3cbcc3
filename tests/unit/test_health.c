/* test_health: what a process says of itself reaches a person, and only as words. */
#include "daemon/health.h"

#include "daemon/sandbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct arena arena;
static struct board *board;
static struct health h;

static int setup(void **state)
{
	struct err err;

	(void)state;
	board = board_make(&err);
	return board != NULL ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	board_free(board);
	arena_release(&arena);
	return 0;
}

static const struct health_part *part(const char *name)
{
	h.n = 0;
	health_of_board(board, &arena, &h);
	for (size_t i = 0; i < h.n; i++)
		if (slice_is(h.part[i].name, name))
			return &h.part[i];
	return NULL;
}

static void slot(int i, const char *name, enum board_state state, const char *text)
{
	board_name(board, i, name);
	board_started(board, i, 4711 + i);
	board_say(board, i, state, text);
}

static void assert_text(const char *name, const char *text)
{
	const struct health_part *p = part(name);

	assert_non_null(p);
	if (!slice_is(p->text, text))
		fail_msg("%s says: %.*s", name, (int)p->text.len, p->text.ptr);
}

static void test_each_slot_is_a_part_in_words_of_people(void **state)
{
	(void)state;
	slot(0, "store", BOARD_WELL, "");
	slot(1, "web", BOARD_WELL, "");
	slot(2, "mail reports", BOARD_WAITING, "imap.univ.example: refused; tried again in 60 s");
	slot(3, "lookup", BOARD_STARTING, "");
	slot(5, "tell", BOARD_FAILED, "the password file is not there");
	board_add(board, 0, BOARD_MAILS, 12);
	board_add(board, 0, BOARD_REFUSED, 2);
	assert_text("store", "12 mails taken in since the start, 2 of them could not be read");
	assert_text("mailbox reports", "imap.univ.example: refused; tried again in 60 s");
	assert_text("look-up", "");
	assert_text("notices", "the password file is not there");
	assert_int_equal(part("mailbox reports")->role, HEALTH_MAILBOX);
	assert_true(slice_is(part("mailbox reports")->own, "reports"));
	assert_int_equal(part("mailbox reports")->state, HEALTH_WAITING);
	assert_int_equal(part("look-up")->state, HEALTH_STARTING);
	assert_int_equal(part("notices")->state, HEALTH_FAILED);
	assert_true(part("pages")->is_up);
	assert_false(health_is_well(&h));
}

static void test_a_process_that_died_is_down_and_counted(void **state)
{
	(void)state;
	slot(0, "store", BOARD_WELL, "");
	board_ended(board, 0, BOARD_WAITING, "ended by signal 9; it is started again");
	assert_false(part("store")->is_up);
	assert_text("store", "ended by signal 9; it is started again");
	board_started(board, 0, 4712);
	board_say(board, 0, BOARD_WELL, "");
	assert_true(part("store")->is_up);
	assert_int_equal(part("store")->starts, 2);
}

static void test_an_end_without_a_word_is_not_silence(void **state)
{
	(void)state;
	slot(0, "tell", BOARD_STARTING, "");
	board_ended(board, 0, BOARD_FAILED, "");
	assert_text("notices", "its process ended without a word: see what ruad has logged");
}

static void test_every_count_arrives_where_it_belongs(void **state)
{
	(void)state;
	slot(0, "mail a", BOARD_WELL, "");
	for (int i = 0; i < BOARD_COUNTS; i++)
		board_set(board, 0, (enum board_count)i, 100 + i);
	assert_int_equal(part("mailbox a")->count[HEALTH_MAILS], 100 + BOARD_MAILS);
	assert_int_equal(part("mailbox a")->count[HEALTH_BACKLOG], 100 + BOARD_BACKLOG);
	assert_int_equal(part("mailbox a")->count[HEALTH_LAST_S], 100 + BOARD_LAST_S);
	assert_int_equal(part("mailbox a")->count[HEALTH_CONTACT_S], 100 + BOARD_CONTACT_S);
	assert_int_equal(part("mailbox a")->count[HEALTH_TELLS_FAILED], 100 + BOARD_TELLS_FAILED);
	assert_int_equal(part("mailbox a")->count[HEALTH_PARSER_DEATHS], 100 + BOARD_PARSER_DEATHS);
}

static void test_a_sandbox_lower_than_demanded_is_a_fault(void **state)
{
	(void)state;
	slot(0, "store", BOARD_WELL, "");
	board_set(board, 0, BOARD_SANDBOX, SANDBOX_LIMITS | SANDBOX_SECCOMP | SANDBOX_LANDLOCK);
	assert_int_equal(part("parsers")->state, HEALTH_WELL);
	assert_false(part("parsers")->is_process);
	if (sandbox_required == 0)
		return;
	board_set(board, 0, BOARD_SANDBOX, SANDBOX_LIMITS);
	assert_int_equal(part("parsers")->state, HEALTH_FAILED);
	board_set(board, 0, BOARD_SANDBOX, -1);
	assert_null(part("parsers"));
}

static void test_a_full_board_fits(void **state)
{
	char name[BOARD_NAME_BYTES];

	(void)state;
	for (int i = 0; i < BOARD_SLOTS; i++) {
		snprintf(name, sizeof name, "mail %d", i);
		slot(i, name, BOARD_WELL, "");
	}
	assert_non_null(part("mailbox 39"));
	assert_int_equal(h.n, BOARD_SLOTS);
}

#define health_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		health_test(test_each_slot_is_a_part_in_words_of_people),
		health_test(test_a_process_that_died_is_down_and_counted),
		health_test(test_an_end_without_a_word_is_not_silence),
		health_test(test_every_count_arrives_where_it_belongs),
		health_test(test_a_sandbox_lower_than_demanded_is_a_fault),
		health_test(test_a_full_board_fits),
	};

	return cmocka_run_group_tests_name("health", tests, NULL, NULL);
}
