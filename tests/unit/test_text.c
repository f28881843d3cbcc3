/* test_text: numbers, blanks, UTF-8 and days are what they are, up to the edges, and nothing is read behind a slice. */
#include "base/text.h"

#include "sample.h"

static struct arena arena;

static int teardown(void **state)
{
	arena_release(&arena);
	return 0;
}

static void test_trimming_takes_all_blanks_and_nothing_else(void **state)
{
	assert_slice(text_trim(SLICE(" \t\r\n\v\fa b\xc2\xa0 \n")), "a b\xc2\xa0");
	assert_int_equal(text_trim(SLICE(" \n ")).len, 0);
	assert_int_equal(text_trim((struct slice){ 0 }).len, 0);
}

static void test_comparing_knows_ascii_case_only(void **state)
{
	assert_true(text_eq_nocase(SLICE("PaSS"), SLICE("pass")));
	assert_false(text_eq_nocase(SLICE("pass"), SLICE("passx")));
	assert_false(text_eq_nocase(SLICE("\xc3\x84"), SLICE("\xc3\xa4")));
	assert_false(text_eq_nocase(SLICE("@"), SLICE("`"))); /* 32 apart, and no letters */
	assert_false(text_eq_nocase(SLICE("["), SLICE("{")));
	assert_true(text_starts_nocase(SLICE("<?XML version"), SLICE("<?xml")));
	assert_false(text_starts_nocase(SLICE("<?x"), SLICE("<?xml")));
	assert_true(text_ends(SLICE("a.example"), SLICE(".example")));
	assert_false(text_ends(SLICE("example"), SLICE(".example")));
}

static void test_finding_stays_inside_the_text(void **state)
{
	struct slice s = SLICE("the Trusted ARC chain");

	assert_ptr_equal(text_find_nocase(s, SLICE("trusted arc")), s.ptr + 4);
	assert_ptr_equal(text_find_nocase(s, SLICE("CHAIN")), s.ptr + 16);
	s.len--;
	assert_null(text_find_nocase(s, SLICE("chain")));
	assert_null(text_find_nocase((struct slice){ 0 }, SLICE("x")));
	assert_null(text_find_nocase(SLICE("xx"), SLICE("xxx")));
}

static void test_lowering_leaves_other_letters_alone(void **state)
{
	assert_slice(text_lower(&arena, SLICE("AZ[@`{\xc3\x84")), "az[@`{\xc3\x84");
	assert_slice(text_lower(&arena, (struct slice){ 0 }), NULL);
	assert_slice(text_lower(&arena, SLICE("")), "");
}

static void test_squeezing_makes_runs_of_blanks_one(void **state)
{
	assert_slice(text_squeeze(&arena, SLICE("  a \r\n\t b  c ")), "a b c");
	assert_slice(text_squeeze(&arena, SLICE("a")), "a");
	assert_slice(text_squeeze(&arena, SLICE(" \n ")), NULL); /* empty is absent */
	assert_slice(text_squeeze(&arena, (struct slice){ 0 }), NULL);
}

static void test_numbers_are_whole_or_refused(void **state)
{
	static const char *const junk[] = { "",
					    "-",
					    "+",
					    " 1",
					    "1 ",
					    "1.0",
					    "0x1",
					    "1e9",
					    "--1",
					    "9223372036854775808",
					    "-9223372036854775809",
					    "99999999999999999999" };
	int64_t n = 7;

	for (size_t i = 0; i < sizeof junk / sizeof *junk; i++)
		if (text_int(slice_of(junk[i]), &n))
			fail_msg("\"%s\" was taken", junk[i]);
	assert_int_equal(n, 7);
	assert_true(text_int(SLICE("+12"), &n) && n == 12);
	assert_true(text_int(SLICE("-0012"), &n) && n == -12);
	assert_true(text_int(SLICE("9223372036854775807"), &n) && n == INT64_MAX);
	assert_true(text_int(SLICE("-9223372036854775807"), &n) && n == -INT64_MAX);
	assert_true(text_int((struct slice){ "123456", 3 }, &n) && n == 123);
}

static void test_the_smallest_number_does_not_overflow(void **state)
{
	int64_t n = 0;

	assert_true(text_int(SLICE("-9223372036854775808"), &n));
	assert_true(n == INT64_MIN);
}

static size_t utf8(const char *s)
{
	return text_utf8_length(slice_of(s));
}

static void test_utf8_that_is_overlong_cut_or_a_surrogate_is_refused(void **state)
{
	assert_int_equal(utf8("a"), 1);
	assert_int_equal(utf8("\xc2\x80"), 2);
	assert_int_equal(utf8("\xe0\xa0\x80"), 3);
	assert_int_equal(utf8("\xef\xbf\xbf"), 3);
	assert_int_equal(utf8("\xf0\x90\x80\x80"), 4);
	assert_int_equal(utf8("\xf4\x8f\xbf\xbf"), 4);
	assert_int_equal(text_utf8_length((struct slice){ "\0", 1 }), 1);
	assert_int_equal(utf8(""), 0);
	assert_int_equal(utf8("\x80"), 0);
	assert_int_equal(utf8("\xc0\x80"), 0);
	assert_int_equal(utf8("\xc1\xbf"), 0);
	assert_int_equal(utf8("\xe0\x9f\xbf"), 0);
	assert_int_equal(utf8("\xed\xa0\x80"), 0);
	assert_int_equal(utf8("\xed\xbf\xbf"), 0);
	assert_int_equal(utf8("\xf0\x8f\xbf\xbf"), 0);
	assert_int_equal(utf8("\xf4\x90\x80\x80"), 0);
	assert_int_equal(utf8("\xf5\x80\x80\x80"), 0);
	assert_int_equal(utf8("\xff"), 0);
	assert_int_equal(text_utf8_length((struct slice){ "\xe2\x82\xac", 2 }), 0);
	assert_false(text_utf8_valid((struct slice){ "ab\xe2\x82\xac", 4 }));
}

static void test_every_code_point_is_told_right(void **state)
{
	for (uint32_t c = 0x80; c < 0x110000; c++) {
		unsigned char b[4];
		size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

		for (size_t i = 0; i < n; i++)
			b[i] = (unsigned char)(0x80 | (c >> 6 * (n - 1 - i) & 0x3f));
		b[0] |= (unsigned char)(n == 2 ? 0xc0 : n == 3 ? 0xe0 : 0xf0);
		if (text_utf8_length((struct slice){ (char *)b, n }) != (c >= 0xd800 && c < 0xe000 ? 0 : n))
			fail_msg("U+%04X", (unsigned)c);
	}
}

static void test_cleaning_gives_valid_text_and_keeps_what_is_right(void **state)
{
	struct slice clean = SLICE("b\xc3\xbc"
				   "cher");

	assert_ptr_equal(text_utf8_clean(&arena, clean).ptr, clean.ptr);
	assert_slice(text_utf8_clean(&arena, (struct slice){ 0 }), NULL);
	assert_slice(text_utf8_clean(&arena, SLICE("a\xff\xc3\xbc\xc3")), "a\xef\xbf\xbd\xc3\xbc\xef\xbf\xbd");
	assert_slice(text_utf8_clean(&arena, SLICE("a\0b")), "a\xef\xbf\xbd"
							     "b");
	assert_slice(text_utf8_clean(&arena, SLICE("\xff\xff\xff\xff")),
		     "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

static void test_controls_and_overrides_are_known(void **state)
{
	static const char *const controls[] = { "\x01",         "\x1b",         "\x7f",         "\xc2\x80",
						"\xc2\x9f",     "\xd8\x9c",     "\xe2\x80\x8e", "\xe2\x80\x8f",
						"\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaa", "\xe2\x80\xae",
						"\xe2\x81\xa6", "\xe2\x81\xa9" };
	static const char *const plain[] = { " ",
					     "~",
					     "\xc2\xa0",
					     "\xc3\xbc",
					     "\xe2\x80\x93",
					     "\xe2\x80\x99",
					     "\xe2\x80\xa6",
					     "\xe2\x82\xac",
					     "\xf0\x9f\x93\xac" };

	for (size_t i = 0; i < sizeof controls / sizeof *controls; i++)
		if (!text_is_control(controls[i], strlen(controls[i])))
			fail_msg("control %zu", i);
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		if (text_is_control(plain[i], strlen(plain[i])))
			fail_msg("plain %zu", i);
}

static void test_days_and_dates_agree_for_a_thousand_years(void **state)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int64_t day = text_day_of(1600, 1, 1);

	assert_int_equal(text_day_of(1970, 1, 1), 0);
	assert_int_equal(text_day_of(2000, 3, 1), 11017);
	assert_int_equal(text_day_of(1969, 12, 31), -1);
	for (int y = 1600; y < 2600; y++)
		for (int m = 1; m <= 12; m++) {
			bool leap = m == 2 && (y % 4 == 0 && (y % 100 != 0 || y % 400 == 0));

			for (int d = 1; d <= lengths[m - 1] + leap; d++, day++) {
				struct civil c = text_civil(day);

				if (text_day_of(y, m, d) != day || c.year != y || c.month != m || c.day != d ||
				    c.weekday != (int)(((day + 4) % 7 + 7) % 7))
					fail_msg("%d-%d-%d", y, m, d);
			}
		}
	assert_int_equal(text_civil(0).weekday, 4); /* a Thursday */
}

static void test_only_days_that_exist_are_read(void **state)
{
	static const char *const junk[] = { "",           "2026-09",    "2026-9-15",   "2026-13-01",
					    "2026-00-10", "2026-02-29", "2026-04-31",  "2026-09-00",
					    "2026-09-32", "2026/09/15", "2026-09-15 ", " 2026-09-15",
					    "-026-09-15", "+026-09-15", "2026-+9-15",  "2026-09-+5",
					    "2026--9-15", "2026-09--5", "20260915xx" };
	char text[TEXT_DAY_BYTES];
	int64_t day;

	for (size_t i = 0; i < sizeof junk / sizeof *junk; i++)
		if (text_parse_day(slice_of(junk[i]), &day))
			fail_msg("\"%s\" was taken", junk[i]);
	assert_true(text_parse_day(SLICE("2024-02-29"), &day));
	assert_string_equal(text_day(text, day), "2024-02-29");
	assert_true(text_parse_day(SLICE("1969-12-31"), &day) && day == -1);
	assert_false(text_parse_day((struct slice){ 0 }, &day));
}

static void test_a_day_far_out_stays_in_its_room(void **state)
{
	static const int64_t far[] = { INT32_MAX, INT32_MIN, 3652059, -719528, 106751991167300 };
	char text[TEXT_DAY_BYTES];

	for (size_t i = 0; i < sizeof far / sizeof *far; i++)
		assert_true(strlen(text_day(text, far[i])) < TEXT_DAY_BYTES);
}

static void test_seconds_before_1970_are_the_day_before(void **state)
{
	assert_int_equal(text_floor_div(86399, 86400), 0);
	assert_int_equal(text_floor_div(86400, 86400), 1);
	assert_int_equal(text_floor_div(-1, 86400), -1);
	assert_int_equal(text_floor_div(-86400, 86400), -1);
	assert_int_equal(text_floor_div(-86401, 86400), -2);
}

static void test_the_folder_of_a_path_is_never_empty(void **state)
{
	struct arena a = { 0 };

	assert_string_equal(text_folder(&a, "a"), ".");
	assert_string_equal(text_folder(&a, "/a"), "/");
	assert_string_equal(text_folder(&a, "/a/b"), "/a");
	assert_string_equal(text_folder(&a, "a/b/c"), "a/b");
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_folder_of_a_path_is_never_empty),
		cmocka_unit_test(test_trimming_takes_all_blanks_and_nothing_else),
		cmocka_unit_test(test_comparing_knows_ascii_case_only),
		cmocka_unit_test(test_finding_stays_inside_the_text),
		cmocka_unit_test(test_lowering_leaves_other_letters_alone),
		cmocka_unit_test(test_squeezing_makes_runs_of_blanks_one),
		cmocka_unit_test(test_numbers_are_whole_or_refused),
		cmocka_unit_test(test_the_smallest_number_does_not_overflow),
		cmocka_unit_test(test_utf8_that_is_overlong_cut_or_a_surrogate_is_refused),
		cmocka_unit_test(test_every_code_point_is_told_right),
		cmocka_unit_test(test_cleaning_gives_valid_text_and_keeps_what_is_right),
		cmocka_unit_test(test_controls_and_overrides_are_known),
		cmocka_unit_test(test_days_and_dates_agree_for_a_thousand_years),
		cmocka_unit_test(test_only_days_that_exist_are_read),
		cmocka_unit_test(test_a_day_far_out_stays_in_its_room),
		cmocka_unit_test(test_seconds_before_1970_are_the_day_before),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("text", tests, NULL, teardown);
}
