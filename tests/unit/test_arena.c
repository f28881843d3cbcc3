/* test_arena: memory of an arena is zeroed, aligned, never shared by two, and all given back. */
#include "base/arena.h"

#include <setjmp.h>
#include <signal.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void test_memory_of_an_earlier_round_does_not_shine_through(void **state)
{
	struct arena a = { 0 };

	for (int round = 0; round < 3; round++) {
		unsigned char *p = arena_alloc(&a, 3000);

		for (int i = 0; i < 3000; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xa5, 3000);
		arena_clear(&a);
	}
	arena_release(&a);
}

static void test_two_pieces_never_share_a_byte(void **state)
{
	enum { PIECES = 2000 };
	static unsigned char *at[PIECES];
	static size_t bytes[PIECES];
	struct arena a = { 0 };

	for (size_t i = 0; i < PIECES; i++) {
		bytes[i] = i * 37 % 1500 + (i % 200 == 0 ? 300000 : 1);
		at[i] = arena_alloc(&a, bytes[i]);
		memset(at[i], (int)(i & 0xff), bytes[i]);
	}
	for (size_t i = 0; i < PIECES; i++)
		for (size_t k = 0; k < bytes[i]; k++)
			if (at[i][k] != (i & 0xff))
				fail_msg("piece %zu was written over at %zu", i, k);
	arena_release(&a);
}

static void test_every_piece_is_aligned_for_any_type(void **state)
{
	struct arena a = { 0 };

	for (size_t n = 0; n < 300; n++) {
		assert_int_equal((uintptr_t)arena_alloc(&a, n) % alignof(max_align_t), 0);
		assert_int_equal((uintptr_t)arena_copy(&a, "xyz", n % 4) % alignof(max_align_t), 0);
	}
	arena_release(&a);
}

static void test_nothing_is_a_piece_too(void **state)
{
	struct arena a = { 0 };

	assert_non_null(arena_alloc(&a, 0));
	assert_non_null(arena_array(&a, 0, 8));
	assert_string_equal(arena_copy(&a, NULL, 0), "");
	arena_release(&a);
}

static void test_a_copy_ends_in_nul_and_keeps_inner_ones(void **state)
{
	struct arena a = { 0 };
	char *p = arena_copy(&a, "a\0b", 3);

	assert_memory_equal(p, "a\0b\0", 4);
	arena_release(&a);
}

static void test_a_long_string_is_printed_whole(void **state)
{
	struct arena a = { 0 };
	char *p = arena_printf(&a, "%0*d|%s", 9000, 7, "end");

	assert_int_equal(strlen(p), 9004);
	assert_string_equal(p + 8999, "7|end");
	assert_string_equal(arena_printf(&a, "%s", ""), "");
	arena_release(&a);
}

static void test_what_is_held_is_counted(void **state)
{
	struct arena a = { 0 };

	arena_alloc(&a, 1000 * 1000);
	assert_true(a.total_bytes >= 1000 * 1000);
	arena_alloc(&a, 100);
	arena_clear(&a);
	assert_true(a.total_bytes <= 1000 * 1000); /* one usual chunk at most, not the large one */
	arena_release(&a);
	assert_int_equal(a.total_bytes, 0);
	assert_null(a.head);
	assert_non_null(arena_alloc(&a, 10)); /* empty and usable again */
	arena_release(&a);
	arena_release(&a);
}

static void test_clearing_an_unused_arena_does_nothing(void **state)
{
	struct arena a = { 0 };

	arena_clear(&a);
	assert_null(a.head);
	assert_int_equal(a.total_bytes, 0);
}

/* The signal that ends a child doing `what`, or 0. */
static int signal_of(void (*what)(struct arena *a))
{
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		struct arena a = { 0 };

		setrlimit(RLIMIT_CORE, &(struct rlimit){ 0 });
		if (freopen("/dev/null", "w", stderr) == NULL)
			_exit(2);
		what(&a);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void overflow_a_product(struct arena *a)
{
	volatile size_t n = SIZE_MAX / 16 + 1;

	arena_array(a, n, 16);
}

static void ask_for_all(struct arena *a)
{
	volatile size_t n = SIZE_MAX;

	arena_alloc(a, n);
}

static void test_a_size_that_wraps_ends_the_process_instead_of_giving_too_little(void **state)
{
	assert_int_equal(signal_of(overflow_a_product), SIGABRT);
	assert_int_equal(signal_of(ask_for_all), SIGABRT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_of_an_earlier_round_does_not_shine_through),
		cmocka_unit_test(test_two_pieces_never_share_a_byte),
		cmocka_unit_test(test_every_piece_is_aligned_for_any_type),
		cmocka_unit_test(test_nothing_is_a_piece_too),
		cmocka_unit_test(test_a_copy_ends_in_nul_and_keeps_inner_ones),
		cmocka_unit_test(test_a_long_string_is_printed_whole),
		cmocka_unit_test(test_what_is_held_is_counted),
		cmocka_unit_test(test_clearing_an_unused_arena_does_nothing),
		cmocka_unit_test(test_a_size_that_wraps_ends_the_process_instead_of_giving_too_little),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
