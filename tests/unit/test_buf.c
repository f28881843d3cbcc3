/* test_buf: no writer passes the ceiling, and none can overlook that it was met. */
#include "sample.h"

enum { CEILING = 1000 };

static void test_a_ceiling_is_never_passed_by_a_byte(void **state)
{
	static const char filler[CEILING + 1] = { 0 };
	struct buf b;

	for (size_t n = 0; n <= CEILING; n++) {
		buf_init(&b, CEILING);
		assert_int_equal(buf_add(&b, filler, n), 0);
		assert_int_equal(buf_add(&b, filler, CEILING - n), 0); /* exactly full is not over */
		assert_int_equal(b.len, CEILING);
		assert_false(b.full);
		assert_int_equal(buf_add_char(&b, 'x'), -1);
		assert_true(b.full);
		assert_int_equal(b.len, CEILING);
		buf_release(&b);
	}
}

static void test_what_does_not_fit_is_dropped_whole(void **state)
{
	struct buf b;

	buf_init(&b, 10);
	assert_int_equal(buf_add_text(&b, "123456"), 0);
	assert_int_equal(buf_add_text(&b, "abcdef"), -1);
	assert_slice(buf_slice(&b), "123456");
	buf_clear(&b);
	buf_add_text(&b, "123456");
	assert_int_equal(buf_addf(&b, "%s", "abcdef"), -1);
	assert_slice(buf_slice(&b), "123456");
	buf_clear(&b);
	buf_add_text(&b, "123456");
	assert_int_equal(buf_add_int(&b, INT64_MIN), -1);
	assert_slice(buf_slice(&b), "123456");
	buf_release(&b);
}

static void test_a_late_writer_cannot_hide_an_overflow(void **state)
{
	struct buf b;

	buf_init(&b, 5);
	assert_int_equal(buf_add_text(&b, "abcdefgh"), -1);
	assert_int_equal(buf_add_text(&b, "ab"), -1); /* would fit: the gap must not close */
	assert_int_equal(buf_addf(&b, "%d", 1), -1);
	assert_null(buf_reserve(&b, 1));
	assert_int_equal(b.len, 0);
	buf_drop(&b, 1);
	assert_true(b.full);
	buf_clear(&b);
	assert_false(b.full);
	assert_int_equal(buf_add_text(&b, "ab"), 0);
	buf_release(&b);
}

static void test_a_huge_size_does_not_wrap(void **state)
{
	struct buf b;

	buf_init(&b, 100);
	buf_add_text(&b, "abc");
	assert_null(buf_reserve(&b, SIZE_MAX));
	buf_clear(&b);
	buf_add_text(&b, "abc");
	assert_null(buf_reserve(&b, SIZE_MAX - 2));
	assert_int_equal(b.len, 3);
	buf_release(&b);
}

static void test_numbers_are_written_to_the_last_one(void **state)
{
	static const struct {
		int64_t n;
		const char *text;
	} cases[] = { { 0, "0" },
		      { -1, "-1" },
		      { 1000000000, "1000000000" },
		      { INT64_MAX, "9223372036854775807" },
		      { INT64_MIN, "-9223372036854775808" } };
	struct buf b;

	buf_init(&b, 100);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		buf_clear(&b);
		assert_int_equal(buf_add_int(&b, cases[i].n), 0);
		assert_slice(buf_slice(&b), cases[i].text);
	}
	buf_release(&b);
}

static void test_long_formatted_text_is_whole(void **state)
{
	struct buf b;

	buf_init(&b, 100000);
	for (size_t n = 0; n < 600; n++) {
		buf_clear(&b);
		assert_int_equal(buf_addf(&b, "%0*d", (int)n + 1, 7), 0);
		assert_int_equal(b.len, n + 1);
		assert_int_equal(b.data[n], '7');
	}
	buf_release(&b);
}

static void test_bytes_written_behind_the_end_become_part(void **state)
{
	struct buf b;
	char *p;

	buf_init(&b, 5000);
	buf_add_text(&b, "head ");
	assert_non_null(p = buf_reserve(&b, 4000));
	memset(p, 'x', 4000);
	b.len += 4000;
	assert_int_equal(buf_slice(&b).len, 4005);
	assert_memory_equal(b.data, "head xx", 7);
	assert_int_equal(b.data[4004], 'x');
	assert_null(buf_reserve(&b, 996));
	buf_release(&b);
}

static void test_dropping_keeps_the_rest_in_order(void **state)
{
	struct buf b;

	buf_init(&b, 100);
	buf_add_text(&b, "abcdef");
	buf_drop(&b, 0);
	assert_slice(buf_slice(&b), "abcdef");
	buf_drop(&b, 4);
	assert_slice(buf_slice(&b), "ef");
	buf_drop(&b, 9);
	assert_slice(buf_slice(&b), "");
	assert_int_equal(buf_add_text(&b, "again"), 0);
	assert_slice(buf_slice(&b), "again");
	buf_release(&b);
}

static void test_a_large_buffer_is_given_back(void **state)
{
	static const char piece[64 * 1024];
	struct buf b;

	buf_init(&b, 8 << 20);
	for (int round = 0; round < 2; round++) {
		while (b.len < 4 << 20)
			assert_int_equal(buf_add(&b, piece, sizeof piece), 0);
		if (round == 0)
			buf_clear(&b);
		else
			buf_drop(&b, b.len);
		assert_null(b.data);
	}
	assert_int_equal(buf_add_text(&b, "small"), 0);
	buf_clear(&b);
	assert_non_null(b.data); /* kept for the next use */
	buf_release(&b);
}

static void test_nothing_adds_nothing(void **state)
{
	struct buf b;

	buf_init(&b, 0);
	assert_int_equal(buf_add_slice(&b, (struct slice){ 0 }), 0);
	assert_int_equal(buf_add_text(&b, ""), 0);
	assert_int_equal(buf_slice(&b).len, 0);
	assert_non_null(buf_slice(&b).ptr);
	assert_int_equal(buf_add_char(&b, 'x'), -1); /* a ceiling of nothing is one too */
	buf_release(&b);
}

static void test_a_released_buffer_keeps_its_ceiling(void **state)
{
	struct buf b;

	buf_init(&b, 3);
	buf_add_text(&b, "abcd");
	buf_release(&b);
	assert_null(b.data);
	assert_int_equal(buf_add_text(&b, "abcd"), -1);
	buf_clear(&b);
	assert_int_equal(buf_add_text(&b, "abc"), 0);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_ceiling_is_never_passed_by_a_byte),
		cmocka_unit_test(test_what_does_not_fit_is_dropped_whole),
		cmocka_unit_test(test_a_late_writer_cannot_hide_an_overflow),
		cmocka_unit_test(test_a_huge_size_does_not_wrap),
		cmocka_unit_test(test_numbers_are_written_to_the_last_one),
		cmocka_unit_test(test_long_formatted_text_is_whole),
		cmocka_unit_test(test_bytes_written_behind_the_end_become_part),
		cmocka_unit_test(test_dropping_keeps_the_rest_in_order),
		cmocka_unit_test(test_a_large_buffer_is_given_back),
		cmocka_unit_test(test_nothing_adds_nothing),
		cmocka_unit_test(test_a_released_buffer_keeps_its_ceiling),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
