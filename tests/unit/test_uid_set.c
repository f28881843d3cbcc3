/* test_uid_set: a set of UIDs loses none and invents none, and does not grow with what it claims to hold. */
#include "daemon/uid_set.h"
#include "schema/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct uid_set read_set(const char *text)
{
	struct uid_set s = { 0 };

	assert_true(uid_set_read(&s, slice_of(text)));
	return s;
}

static void assert_taken(struct uid_set *s, size_t most, const char *want)
{
	uint32_t uid[64];
	struct buf out;

	assert_true(most <= 64);
	buf_init(&out, 4096);
	uid_set_print(&out, uid, uid_set_take(s, uid, most));
	assert_int_equal(out.len, strlen(want));
	assert_memory_equal(buf_slice(&out).ptr, want, out.len);
	buf_release(&out);
}

static void test_ranges_in_any_order_come_out_once_and_ascending(void **state)
{
	struct uid_set s = read_set("9,3:1,2:5,7,20:18,4294967295");

	uid_set_sort(&s, 1);
	assert_int_equal(uid_set_count(&s), 11);
	assert_taken(&s, 6, "1:5,7");
	assert_taken(&s, 2, "9,18");
	assert_int_equal(uid_set_count(&s), 3);
	assert_taken(&s, 64, "19:20,4294967295");
	assert_taken(&s, 64, "");
	uid_set_release(&s);
}

static void test_what_is_below_the_least_is_dropped(void **state)
{
	struct uid_set s = read_set("1:10,15");

	uid_set_sort(&s, 9);
	assert_taken(&s, 64, "9:10,15");
	uid_set_release(&s);
}

static void test_sorting_after_taking_keeps_the_rest(void **state)
{
	struct uid_set s = read_set("1:3,10:12");

	uid_set_sort(&s, 1);
	assert_taken(&s, 4, "1:3,10");
	assert_int_equal(uid_set_add(&s, 2, 2), 0);
	uid_set_sort(&s, 1);
	assert_taken(&s, 64, "2,11:12");
	uid_set_release(&s);
}

static void test_what_is_no_set_is_refused(void **state)
{
	static const char *const texts[] = { "",    "0",          "1,",  ",1", "1:",    ":1", "*",
					     "1:*", "4294967296", "1 2", "a",  "1:2:3", "-1" };

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct uid_set s = { 0 };

		assert_false(uid_set_read(&s, slice_of(texts[i])));
		uid_set_release(&s);
	}
}

static void test_all_there_can_be_is_one_range(void **state)
{
	struct uid_set s = read_set("1:4294967295");

	uid_set_sort(&s, 1);
	assert_int_equal(s.n, 1);
	assert_true(uid_set_count(&s) == 4294967295u);
	assert_taken(&s, 3, "1:3");
	uid_set_release(&s);
}

static void test_a_set_has_a_ceiling(void **state)
{
	struct uid_set s = { 0 };
	uint32_t uid = 1;

	for (; s.n < LIMIT_IMAP_RANGES; uid += 2)
		assert_int_equal(uid_set_add(&s, uid, uid), 0);
	assert_int_equal(uid_set_add(&s, uid, uid), -1);
	assert_int_equal(s.n, LIMIT_IMAP_RANGES);
	uid_set_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranges_in_any_order_come_out_once_and_ascending),
		cmocka_unit_test(test_what_is_below_the_least_is_dropped),
		cmocka_unit_test(test_sorting_after_taking_keeps_the_rest),
		cmocka_unit_test(test_what_is_no_set_is_refused),
		cmocka_unit_test(test_all_there_can_be_is_one_range),
		cmocka_unit_test(test_a_set_has_a_ceiling),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("uid_set", tests, NULL, NULL);
}
