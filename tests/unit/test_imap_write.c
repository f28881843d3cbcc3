/* test_imap_write: what goes into a command comes out of it as it was meant, and nothing can end the line early. */
#include "daemon/imap_write.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void assert_folder(const char *name, const char *want, bool plain)
{
	struct buf out;

	buf_init(&out, 10000);
	assert_int_equal(imap_write_folder(&out, slice_of(name), plain), 0);
	if (!slice_is(buf_slice(&out), want))
		fail_msg("%s became %.*s", name, (int)out.len, out.data);
	buf_release(&out);
}

static void test_names_of_folders_are_written_in_their_own_utf7(void **state)
{
	assert_folder("INBOX", "\"INBOX\"", false);
	assert_folder("R&D", "\"R&-D\"", false);
	assert_folder("Gepr\xc3\xbc"
		      "ft/alt",
		      "\"Gepr&APw-ft/alt\"", false);
	assert_folder("~peter/mail/\xe5\x8f\xb0\xe5\x8c\x97/\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e",
		      "\"~peter/mail/&U,BTFw-/&ZeVnLIqe-\"", false); /* RFC 3501 5.1.3 */
	assert_folder("\xf0\x9f\x93\xac", "\"&2D3c7A-\"", false);
	assert_folder("a\"b\\c", "\"a\\\"b\\\\c\"", false);
	assert_folder("Gepr\xc3\xbc"
		      "ft & gut",
		      "\"Gepr\xc3\xbc"
		      "ft & gut\"",
		      true);
}

static void test_a_long_name_loses_nothing(void **state)
{
	char name[4001] = "", want[8000];
	size_t dashes = 0;
	struct buf out;

	for (size_t i = 0; i + 1 < sizeof name; i += 2)
		memcpy(name + i, "\xc3\xbc", 3);
	buf_init(&out, sizeof want);
	assert_int_equal(imap_write_folder(&out, slice_of(name), false), 0);
	for (size_t i = 0; i < out.len; i++)
		dashes += out.data[i] == '-';
	assert_true(dashes > 0 && out.len > 2000 * 16 / 6);
	buf_release(&out);
}

static void test_names_that_would_end_the_line_are_refused(void **state)
{
	static const char *const names[] = { "a\r\nb", "a\nb", "a\rb", "\x7f", "\xff", "a\xc3" };
	struct buf out;

	buf_init(&out, 1000);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		assert_int_equal(imap_write_folder(&out, slice_of(names[i]), i % 2), -1);
	assert_int_equal(imap_write_folder(&out, SLICE("a\0b"), false), -1);
	assert_int_equal(out.len, 0);
	buf_release(&out);
}

static void test_only_printable_text_is_quotable(void **state)
{
	assert_true(imap_is_quotable(SLICE("it's \"fine\" \\ here")));
	assert_false(imap_is_quotable(SLICE("a\r\n")));
	assert_false(imap_is_quotable(SLICE("p\xc3\xa4ss")));
	assert_false(imap_is_quotable(SLICE("a\0b")));
}

static void test_days_are_written_in_english(void **state)
{
	struct buf out;

	buf_init(&out, 100);
	imap_write_day(&out, text_day_of(2026, 2, 1));
	assert_true(slice_is(buf_slice(&out), "1-Feb-2026"));
	buf_clear(&out);
	imap_write_day(&out, text_day_of(1999, 12, 31));
	assert_true(slice_is(buf_slice(&out), "31-Dec-1999"));
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_of_folders_are_written_in_their_own_utf7),
		cmocka_unit_test(test_a_long_name_loses_nothing),
		cmocka_unit_test(test_names_that_would_end_the_line_are_refused),
		cmocka_unit_test(test_only_printable_text_is_quotable),
		cmocka_unit_test(test_days_are_written_in_english),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("imap_write", tests, NULL, NULL);
}
