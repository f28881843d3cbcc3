/* test_log: no report can write a terminal escape or a second line. */
#include "base/log.h"

#include "base/text.h"
#include "sample.h"

#include <sys/mman.h>
#include <unistd.h>

static struct buf quoted;

static const char *quote(const char *bytes, size_t n)
{
	buf_release(&quoted);
	buf_init(&quoted, 10000);
	log_quote(&quoted, (struct slice){ bytes, n });
	assert_int_equal(buf_add_char(&quoted, '\0'), 0);
	return quoted.data;
}

#define QUOTE(literal) quote(literal, sizeof(literal) - 1)

static int teardown(void **state)
{
	buf_release(&quoted);
	return 0;
}

static void test_plain_text_stays_as_it_is(void **state)
{
	assert_string_equal(QUOTE("univ.example"), "univ.example");
	assert_string_equal(QUOTE("b\xc3\xbc"
				  "cher \xe2\x82\xac \xf0\x9f\x93\xac"),
			    "b\xc3\xbc"
			    "cher \xe2\x82\xac \xf0\x9f\x93\xac");
	assert_string_equal(QUOTE(""), "");
	assert_string_equal(quote(NULL, 0), "");
}

static void test_outside_text_cannot_write_escapes_or_lines(void **state)
{
	assert_string_equal(QUOTE("\x1b[2J"), "\\x1b[2J");
	assert_string_equal(QUOTE("a\nb\rc\td"), "a\\x0ab\\x0dc\\x09d");
	assert_string_equal(QUOTE("\0\x7f"), "\\x00\\x7f");
	assert_string_equal(QUOTE("\xc2\x9b"
				  "31m"),
			    "\\xc2\\x9b31m"); /* CSI as one character */
	assert_string_equal(QUOTE("\xe2\x80\xae"), "\\xe2\\x80\\xae"); /* right-to-left override */
}

static void test_a_backslash_cannot_fake_an_escape(void **state)
{
	assert_string_equal(QUOTE("\\x1b"), "\\\\x1b");
}

static void test_bytes_that_are_no_utf8_are_named(void **state)
{
	assert_string_equal(QUOTE("\xff\xc3"), "\\xff\\xc3");
	assert_string_equal(QUOTE("\xed\xa0\x80"), "\\xed\\xa0\\x80");
	assert_string_equal(QUOTE("\xc0\xaf"), "\\xc0\\xaf");
}

static void test_every_byte_string_gives_plain_utf8(void **state)
{
	struct arena a = { 0 };
	unsigned char *p = arena_alloc(&a, 100000);
	uint32_t x = 1;

	for (size_t i = 0; i < 100000; i++)
		p[i] = (unsigned char)((x = x * 1664525 + 1013904223) >> 24);
	for (size_t i = 0; i + 100 < 100000; i += 50) {
		struct slice s = slice_of(quote((const char *)p + i, 100));

		assert_true(text_utf8_valid(s));
		for (size_t k = 0; k < s.len; k++)
			assert_true((unsigned char)s.ptr[k] >= 0x20 && s.ptr[k] != 0x7f);
	}
	arena_release(&a);
}

static void test_long_text_is_cut_and_says_so(void **state)
{
	char text[300];

	memset(text, 'a', sizeof text);
	assert_int_equal(strlen(quote(text, 200)), 200);
	assert_int_equal(strlen(quote(text, 201)), 203);
	assert_string_equal(quote(text, 300) + 200, "...");
}

static void test_a_character_on_the_edge_is_not_more_than_200_bytes(void **state)
{
	char text[203];

	memset(text, 'a', 199);
	memcpy(text + 199, "\xe2\x82\xac", 3);
	quote(text, 202);
	assert_string_equal(quoted.data + 199, "..."); /* not the character and the dots as well */
}

/* --- log_line: standard error is a file meanwhile --- */

static struct slice line_of(struct arena *a, const char *text)
{
	int saved = dup(STDERR_FILENO), fd = memfd_create("log", 0);
	char *bytes = arena_alloc(a, 20000);
	ssize_t n;

	assert_true(saved >= 0 && fd >= 0);
	dup2(fd, STDERR_FILENO);
	log_line("%s", text);
	dup2(saved, STDERR_FILENO);
	n = pread(fd, bytes, 20000, 0);
	close(saved);
	close(fd);
	assert_true(n >= 0);
	return (struct slice){ bytes, (size_t)n };
}

static void test_a_line_is_one_line(void **state)
{
	struct arena a = { 0 };

	assert_slice(line_of(&a, "store: opened"), "ruad: store: opened\n");
	assert_slice(line_of(&a, ""), "ruad: \n");
	assert_slice(line_of(&a, "a\nruad: forged\x1b[m"), "ruad: a\\x0aruad: forged\\x1b[m\n");
	arena_release(&a);
}

static void test_a_long_line_is_cut_and_still_ends(void **state)
{
	struct arena a = { 0 };
	struct slice line = line_of(&a, sample_repeat(&a, "a", 9000).ptr);

	assert_true(line.len > 4000 && line.len < 9000);
	assert_int_equal(line.ptr[line.len - 1], '\n');
	arena_release(&a);
}

static void test_a_line_of_control_bytes_still_ends(void **state)
{
	struct arena a = { 0 };
	struct slice line = line_of(&a, sample_repeat(&a, "\x01", 9000).ptr);

	assert_true(line.len > 4000);
	assert_int_equal(line.ptr[line.len - 1], '\n'); /* else the next line is part of this one */
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain_text_stays_as_it_is),
		cmocka_unit_test(test_outside_text_cannot_write_escapes_or_lines),
		cmocka_unit_test(test_a_backslash_cannot_fake_an_escape),
		cmocka_unit_test(test_bytes_that_are_no_utf8_are_named),
		cmocka_unit_test(test_every_byte_string_gives_plain_utf8),
		cmocka_unit_test(test_long_text_is_cut_and_says_so),
		cmocka_unit_test(test_a_character_on_the_edge_is_not_more_than_200_bytes),
		cmocka_unit_test(test_a_line_is_one_line),
		cmocka_unit_test(test_a_long_line_is_cut_and_still_ends),
		cmocka_unit_test(test_a_line_of_control_bytes_still_ends),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("log", tests, NULL, teardown);
}
