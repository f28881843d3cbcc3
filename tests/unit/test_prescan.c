/* test_prescan: no mail gets more headers, parts or levels past the count than the limits, however it is written; no mail
 * of a real shape is refused. */
#include "parsers/prescan.h"

#include "base/text.h"
#include "sample.h"
#include "schema/limits.h"

static struct arena arena;

static int clear(void **state)
{
	arena_release(&arena);
	return 0;
}

/* As it is, and with CRLF: both the same. */
static enum reject_code scan(struct slice mail)
{
	const char *detail = "", *again = "";
	enum reject_code code = prescan_mail(mail, &detail);

	assert_int_equal(prescan_mail(sample_crlf(&arena, mail), &again), code);
	assert_true(detail == again);
	assert_int_equal(code == REJECT_NONE, detail == NULL);
	return code;
}

static struct slice text(const char *s)
{
	return slice_of(s);
}

static struct slice join(struct slice a, struct slice b)
{
	return sample_join(&arena, a, b);
}

static struct slice repeat(const char *s, size_t n)
{
	return sample_repeat(&arena, s, n);
}

static struct slice head(const char *boundary)
{
	return text(arena_printf(&arena,
				 SAMPLE_MAIL_HEADERS "Content-Type: multipart/mixed; boundary=%s\n\npreamble\n", boundary));
}

/* --- headers --- */

static void test_headers_are_counted_to_their_limit(void **state)
{
	struct slice most = repeat("X: y\n", LIMIT_HEADERS);

	assert_int_equal(scan(most), REJECT_NONE);
	assert_int_equal(scan(join(most, text("\nbody\n"))), REJECT_NONE);
	assert_int_equal(scan(join(most, text("X: y\n"))), REJECT_TOO_MANY);
	assert_int_equal(scan(join(most, text("X: y"))), REJECT_TOO_MANY); /* without a line end */
	assert_int_equal(scan(join(most, text("no header at all\n"))), REJECT_TOO_MANY);
}

static void test_headers_of_parts_count_with_the_mails(void **state)
{
	struct slice half = repeat("X: y\n", LIMIT_HEADERS / 2), mail = head("b");

	mail = join(join(mail, text("--b\n")), join(half, text("\n--b\n")));
	assert_int_equal(scan(join(mail, text("X: y\n\n--b--\n"))), REJECT_NONE);
	assert_int_equal(scan(join(mail, half)), REJECT_TOO_MANY);
}

static void test_headers_of_an_attached_mail_count_too(void **state)
{
	struct slice half = repeat("X: y\n", LIMIT_HEADERS / 2);

	assert_int_equal(scan(join(join(half, text("Content-Type: message/rfc822\n\n")), half)), REJECT_TOO_MANY);
	assert_int_equal(scan(join(join(half, text("Content-Type: text/plain\n\n")), half)), REJECT_NONE);
	assert_int_equal(scan(join(join(half, text("Content-Type: MESSAGE/Global\n\n")), half)), REJECT_TOO_MANY);
	assert_int_equal(scan(join(join(half, text("Content-Type:\n message/rfc822\n\n")), half)), REJECT_TOO_MANY);
}

static void test_folded_lines_are_one_header(void **state)
{
	struct slice folded = join(text("X: y\n"), repeat(" more\n\tand more\n", LIMIT_HEADERS));

	assert_int_equal(scan(join(repeat("X: y\n", LIMIT_HEADERS - 1), folded)), REJECT_NONE);
	assert_int_equal(scan(join(repeat("X: y\n", LIMIT_HEADERS), folded)), REJECT_TOO_MANY);
}

static void test_a_header_line_has_a_longest(void **state)
{
	const char *detail;
	struct slice longest = join(text("X: "), repeat("y", LIMIT_HEADER_BYTES - 3));

	assert_int_equal(scan(longest), REJECT_NONE);
	assert_int_equal(scan(join(longest, text("y"))), REJECT_TOO_LARGE);
	assert_int_equal(scan(join(longest, text("\n\nbody"))), REJECT_NONE);
	assert_int_equal(scan(join(text("X: y\n "), longest)), REJECT_TOO_LARGE); /* a folded one as well */
	assert_int_equal(scan(join(text("X: y\n\n"), join(longest, longest))), REJECT_NONE); /* a body has none */
	assert_int_equal(prescan_mail(join(longest, text("y")), &detail), REJECT_TOO_LARGE);
	assert_true(text_find_nocase(text(detail), SLICE("header")) != NULL);
}

/* --- parts --- */

static void test_parts_are_counted_to_their_limit(void **state)
{
	struct slice part = text("--b\nX: y\n\nbody\n"), most = join(head("b"), repeat(part.ptr, LIMIT_MIME_PARTS));

	assert_int_equal(scan(most), REJECT_NONE);
	assert_int_equal(scan(join(most, text("--b--\n"))), REJECT_NONE);
	assert_int_equal(scan(join(most, part)), REJECT_TOO_MANY);
	assert_int_equal(scan(join(head("b"), repeat("--b\n", LIMIT_MIME_PARTS + 1))), REJECT_TOO_MANY); /* of nothing */
}

static void test_parts_of_all_levels_count_together(void **state)
{
	struct slice inner = join(text("--o\nContent-Type: multipart/mixed; boundary=i\n\n"),
				  repeat("--i\n\nx\n", LIMIT_MIME_PARTS / 2 - 1));

	inner = join(inner, text("--i--\n"));
	assert_int_equal(scan(join(join(head("o"), inner), inner)), REJECT_NONE);
	assert_int_equal(scan(join(join(join(head("o"), inner), inner), text("--o\n"))), REJECT_TOO_MANY);
}

static void test_a_boundary_is_read_however_it_is_written(void **state)
{
	static const struct {
		const char *written, *line;
	} cases[] = {
		{ "b", "--b\n" },
		{ "\"b\"", "--b\n" },
		{ "\"b;c d\"", "--b;c d\n" },
		{ "b; charset=x", "--b\n" },
		{ "\"b\"; charset=x", "--b\n" },
		{ "  b ", "--b\n" },
		{ "\"=_Part_1.2'()+,-./:?\"", "--=_Part_1.2'()+,-./:?\n" },
		{ "\"b", "--b\n" }, /* never closed */
		{ "----b", "------b\n" },
		{ "-", "---\n" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(scan(join(head(cases[i].written), repeat(cases[i].line, LIMIT_MIME_PARTS))), REJECT_NONE);
		if (scan(join(head(cases[i].written), repeat(cases[i].line, LIMIT_MIME_PARTS + 1))) != REJECT_TOO_MANY)
			fail_msg("boundary=%s: parts were not counted", cases[i].written);
	}
}

static void test_a_boundary_on_a_folded_line_or_in_capitals_counts(void **state)
{
	static const char *const headers[] = { "Content-Type: multipart/mixed;\n\tboundary=b\n\n",
					       "CONTENT-TYPE: MULTIPART/MIXED; BOUNDARY=b\n\n",
					       "Content-Type: multipart/mixed; boundary = \"b\"\n\n",
					       "Content-Type: multipart/mixed; charset=\"x\";\n boundary=\"b\"\n\n" };

	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
		assert_int_equal(scan(join(text(headers[i]), repeat("--b\n\n", LIMIT_MIME_PARTS + 1))), REJECT_TOO_MANY);
}

static void test_no_boundary_makes_no_parts(void **state)
{
	assert_int_equal(scan(join(text("Content-Type: multipart/mixed; boundary=\n\n"), repeat("--\n", 1000))), REJECT_NONE);
	assert_int_equal(scan(join(text("Content-Type: multipart/mixed; boundary=\"\"\n\n"), repeat("--x\n", 1000))),
			 REJECT_NONE);
	assert_int_equal(scan(join(text("Content-Type: multipart/mixed; boundary\n\n"), repeat("--x\n", 1000))), REJECT_NONE);
	assert_int_equal(scan(join(text("Subject: x\n\n"), repeat("--b\n", 1000))), REJECT_NONE);
}

/* --- nesting --- */

static struct slice nested(int levels, bool closed)
{
	struct slice mail = head("b0");

	for (int i = 1; i < levels; i++)
		mail = join(mail, text(arena_printf(&arena, "--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n", i - 1, i)));
	for (int i = levels; closed && i > 0; i--)
		mail = join(mail, text(arena_printf(&arena, "--b%d--\n", i - 1)));
	return mail;
}

static void test_multiparts_nest_to_their_depth(void **state)
{
	assert_int_equal(scan(nested(LIMIT_MIME_DEPTH + 1, false)), REJECT_NONE);
	assert_int_equal(scan(nested(LIMIT_MIME_DEPTH + 2, false)), REJECT_TOO_DEEP);
	assert_int_equal(scan(nested(LIMIT_MIME_PARTS * 2, false)), REJECT_TOO_DEEP);
}

static void test_a_closing_delimiter_ends_its_level(void **state)
{
	struct slice level = text("--o\nContent-Type: multipart/mixed; boundary=i\n\n--i\n\nx\n--i--\n"), mail = head("o");

	for (int i = 0; i < LIMIT_MIME_DEPTH * 3; i++)
		mail = join(mail, level);
	assert_int_equal(scan(mail), REJECT_NONE);
	/* Closed: what looks like its delimiter is text, and headers behind it are none. */
	mail = join(join(head("b"), text("--b\n\nx\n--b--\n")), repeat("X: y\n", LIMIT_HEADERS + 1));
	assert_int_equal(scan(mail), REJECT_NONE);
	mail = join(join(head("b"), text("--b\n\nx\n--b--\n")), repeat("--b\n", LIMIT_MIME_PARTS + 1));
	assert_int_equal(scan(mail), REJECT_NONE);
}

static void test_an_outer_delimiter_ends_what_was_left_open(void **state)
{
	struct slice level = text("--o\nContent-Type: multipart/mixed; boundary=i\n\n--i\n\nx\n"), mail = head("o");

	for (int i = 0; i < LIMIT_MIME_DEPTH * 3; i++)
		mail = join(mail, level);
	assert_int_equal(scan(mail), REJECT_NONE);
	/* Closing the outermost ends all. */
	mail = join(nested(LIMIT_MIME_DEPTH, false), text("--b0--\n"));
	assert_int_equal(scan(join(mail, repeat("--b5\n", LIMIT_MIME_PARTS + 1))), REJECT_NONE);
}

static void test_of_two_equal_boundaries_the_inner_is_meant(void **state)
{
	struct slice mail = head("b");

	for (int i = 0; i <= LIMIT_MIME_DEPTH; i++)
		mail = join(mail, text("--b\nContent-Type: multipart/mixed; boundary=b\n\n"));
	assert_int_equal(scan(mail), REJECT_TOO_DEEP);
}

static void test_a_boundary_that_begins_another_hides_no_part(void **state)
{
	static const struct {
		const char *outer, *inner;
	} pairs[] = { { "abc", "abc1" }, { "abc1", "abc" }, { "abc", "abc--" }, { "--", "----" } };

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		struct slice mail = join(head(pairs[i].outer),
					 text(arena_printf(&arena, "--%s\nContent-Type: multipart/mixed; boundary=%s\n\n",
							   pairs[i].outer, pairs[i].inner))),
			     inner = text(arena_printf(&arena, "--%s\n\nx\n", pairs[i].inner)),
			     outer = text(arena_printf(&arena, "--%s\n\nx\n", pairs[i].outer)), all;

		/* One of each is an ordinary mail. */
		all = join(join(mail, inner), text(arena_printf(&arena, "--%s--\n", pairs[i].inner)));
		all = join(join(all, outer), text(arena_printf(&arena, "--%s--\n", pairs[i].outer)));
		assert_int_equal(scan(all), REJECT_NONE);
		/* Too many of either are seen, whichever it is taken for. */
		if (scan(join(mail, repeat(inner.ptr, LIMIT_MIME_PARTS + 1))) != REJECT_TOO_MANY ||
		    scan(join(mail, repeat(outer.ptr, LIMIT_MIME_PARTS + 1))) != REJECT_TOO_MANY)
			fail_msg("%s in %s: parts were not counted", pairs[i].inner, pairs[i].outer);
	}
}

static void test_mails_in_each_other_are_followed_to_their_depth(void **state)
{
	struct slice one = text("Content-Type: message/rfc822\n\n");

	assert_int_equal(scan(repeat(one.ptr, LIMIT_MIME_DEPTH)), REJECT_NONE);
	assert_int_equal(scan(repeat(one.ptr, LIMIT_MIME_DEPTH + 1)), REJECT_TOO_DEEP);
	assert_int_equal(scan(join(repeat(one.ptr, LIMIT_MIME_DEPTH), text("Subject: x\n\nbody\n"))), REJECT_NONE);
}

static void test_a_part_begins_with_no_mail_open(void **state)
{
	struct slice part = join(text("--b\n"), repeat("Content-Type: message/rfc822\n\n", LIMIT_MIME_DEPTH));

	assert_int_equal(scan(join(head("b"), repeat(part.ptr, 3))), REJECT_NONE);
	/* A header block that a delimiter cuts off says nothing about the next. */
	assert_int_equal(scan(join(head("b"), join(text("--b\nContent-Type: message/rfc822\n--b\n\n"),
						   repeat("X: y\n", LIMIT_HEADERS)))),
			 REJECT_NONE);
}

/* --- lines that look like what they are not --- */

static void test_stray_lines_are_counted_to_their_ceiling(void **state)
{
	static const char *const lines[] = { "X-Header: y\n", "--boundary\n", "--\n", "a:\n", "--x--\n" };

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct slice most = join(text("Subject: x\n\n"), repeat(lines[i], LIMIT_STRAY_LINES));

		assert_int_equal(scan(most), REJECT_NONE);
		if (scan(join(most, text(lines[i]))) != REJECT_TOO_MANY)
			fail_msg("\"%s\" was not counted", lines[i]);
	}
}

static void test_lines_of_a_body_are_not_stray(void **state)
{
	static const char *const lines[] = { "\n", "- item\n", "text without colon\n", " : \n", ":\n", "12:30\n",
					     "<record>\n", "two words: here\n", "PGZlZWRiYWNrPjxyZXBvcnRfbWV0YWRhdGE+\n", "=3D\n" };

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		if (scan(join(text("Subject: x\n\n"), repeat(lines[i], LIMIT_STRAY_LINES * 2))) != REJECT_NONE)
			fail_msg("\"%s\" was counted", lines[i]);
}

/* --- mails of real shape --- */

static void test_mails_of_real_shape_pass(void **state)
{
	struct slice bytes = sample_noise(&arena, 3 << 20);
	struct sample_part parts[] = {
		{ "Content-Type: text/plain\n", SLICE("This is a DMARC aggregate report.\nDomain: univ.example\n") },
		{ "Content-Type: text/html\n", SLICE("<html><body>Report</body></html>\n") },
		sample_attached(&arena, "application/gzip", "r!univ.example!1!2.xml.gz", bytes),
	};
	struct sample_part inner[] = { sample_multipart(&arena, "alt", parts, 2), parts[2] };
	struct slice mail = sample_mail(&arena, inner, 2);
	struct sample_part forwarded[] = { parts[0], { "Content-Type: message/rfc822\n", mail } };

	assert_int_equal(scan(mail), REJECT_NONE);
	assert_int_equal(scan(sample_mail_of(&arena, parts[2])), REJECT_NONE);
	assert_int_equal(scan(sample_mail(&arena, forwarded, 2)), REJECT_NONE);
	assert_int_equal(scan(join(repeat("Received: from a.example by b.example;\n\tMon, 1 Jun 2026\n", 30), mail)), REJECT_NONE);
}

static void test_an_attachment_as_plain_xml_passes(void **state)
{
	struct slice report = sample_xml(
		&arena, (struct sample_report){ .records = repeat(SAMPLE_RECORD("192.0.2.1", "1"), 5000).ptr });

	assert_int_equal(scan(sample_mail_of(&arena, (struct sample_part){ "Content-Type: text/xml\n", report })), REJECT_NONE);
}

/* --- whatever comes --- */

static void test_nothing_and_noise_are_read_to_their_end(void **state)
{
	static const char *const bytes[] = { "", "\n", "\r", "\r\n", "-", "--", "---", " ", "\t\n", "boundary", "boundary=",
					     "boundary=\"", "--\n--\n", ":", "\n\n--", "boundary=b\n\n--b", "boundary=b\n\n--b-" };

	for (size_t i = 0; i < sizeof bytes / sizeof *bytes; i++)
		assert_int_equal(scan(text(bytes[i])), REJECT_NONE);
	assert_int_equal(scan((struct slice){ 0 }), REJECT_NONE);
}

static void test_no_cut_mail_is_read_past_its_end(void **state)
{
	struct slice mail = join(nested(3, true), text("--b0--"));

	for (size_t n = 0; n <= mail.len; n++) {
		char *exact = malloc(n > 0 ? n : 1);
		const char *detail;

		assert_non_null(exact);
		memcpy(exact, mail.ptr, n);
		assert_int_equal(prescan_mail((struct slice){ exact, n }, &detail), REJECT_NONE);
		free(exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, clear)
		TEST(test_headers_are_counted_to_their_limit),
		TEST(test_headers_of_parts_count_with_the_mails),
		TEST(test_headers_of_an_attached_mail_count_too),
		TEST(test_folded_lines_are_one_header),
		TEST(test_a_header_line_has_a_longest),
		TEST(test_parts_are_counted_to_their_limit),
		TEST(test_parts_of_all_levels_count_together),
		TEST(test_a_boundary_is_read_however_it_is_written),
		TEST(test_a_boundary_on_a_folded_line_or_in_capitals_counts),
		TEST(test_no_boundary_makes_no_parts),
		TEST(test_multiparts_nest_to_their_depth),
		TEST(test_a_closing_delimiter_ends_its_level),
		TEST(test_an_outer_delimiter_ends_what_was_left_open),
		TEST(test_of_two_equal_boundaries_the_inner_is_meant),
		TEST(test_a_boundary_that_begins_another_hides_no_part),
		TEST(test_mails_in_each_other_are_followed_to_their_depth),
		TEST(test_a_part_begins_with_no_mail_open),
		TEST(test_stray_lines_are_counted_to_their_ceiling),
		TEST(test_lines_of_a_body_are_not_stray),
		TEST(test_mails_of_real_shape_pass),
		TEST(test_an_attachment_as_plain_xml_passes),
		TEST(test_nothing_and_noise_are_read_to_their_end),
		TEST(test_no_cut_mail_is_read_past_its_end),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("prescan", tests, NULL, NULL);
}
