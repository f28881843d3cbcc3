/* test_imap_read: responses come out whole wherever the bytes are cut, a mail is only a mail whatever it holds, and
 * nothing that a server sends is taken beyond its ceiling. */
#include "daemon/imap_read.h"
#include "schema/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { LITERAL_BYTES = 1000 };

static struct imap_reader reader;

static int setup(void **state)
{
	imap_reader_init(&reader, LITERAL_BYTES);
	return 0;
}

static int teardown(void **state)
{
	imap_reader_release(&reader);
	return 0;
}

static void give(const char *bytes)
{
	assert_int_equal(imap_reader_add(&reader, slice_of(bytes)), 0);
}

static struct imap_response next(void)
{
	struct imap_response r;
	struct err err = { 0 };

	if (imap_reader_next(&reader, &r, &err) != 1)
		fail_msg("no response: %s", err.text);
	return r;
}

static void assert_no_more(void)
{
	struct imap_response r;
	struct err err = { 0 };

	assert_int_equal(imap_reader_next(&reader, &r, &err), 0);
}

static void assert_broken(const char *words)
{
	struct imap_response r;
	struct err err = { 0 };
	int rc;

	while ((rc = imap_reader_next(&reader, &r, &err)) == 1)
		;
	assert_int_equal(rc, -1);
	assert_non_null(strstr(err.text, words));
	assert_int_equal(imap_reader_next(&reader, &r, &err), -1); /* and stays so */
}

static void assert_slice(struct slice s, const char *want)
{
	if (!slice_is(s, want))
		fail_msg("\"%.*s\" is not \"%s\"", (int)s.len, s.ptr, want);
}

static void test_a_tagged_answer_has_its_code_and_words(void **state)
{
	struct imap_response r;

	give("r7 NO [TRYCREATE] No such folder\r\nr8 OK done\r\nr9 bad [X\r\n");
	r = next();
	assert_int_equal(r.kind, IMAP_TAGGED);
	assert_int_equal(r.status, IMAP_NO);
	assert_slice(r.tag, "r7");
	assert_slice(r.code, "TRYCREATE");
	assert_slice(r.text, "No such folder");
	r = next();
	assert_int_equal(r.status, IMAP_OK);
	assert_null(r.code.ptr);
	r = next();
	assert_int_equal(r.status, IMAP_BAD);
	assert_slice(r.text, "[X");
	assert_true(imap_reader_is_empty(&reader));
}

static void test_untagged_data_has_its_number_and_name(void **state)
{
	struct imap_response r;

	give("* 23 EXISTS\r\n* SEARCH 2 84\r\n* OK [UIDVALIDITY 17] good\r\n+ idling\r\n+\r\n* BYE\r\n");
	r = next();
	assert_int_equal(r.number, 23);
	assert_slice(r.name, "EXISTS");
	r = next();
	assert_int_equal(r.number, 0);
	assert_slice(r.name, "SEARCH");
	assert_slice(r.data, "2 84");
	assert_slice(next().code, "UIDVALIDITY 17");
	r = next();
	assert_int_equal(r.kind, IMAP_GO_ON);
	assert_slice(r.text, "idling");
	assert_int_equal(next().kind, IMAP_GO_ON);
	assert_int_equal(next().status, IMAP_BYE);
}

static const char conversation[] =
	"* 1 FETCH (UID 7 BODY[]<0> {14}\r\nr5 OK done\r\n{9 FLAGS (\\Seen (\"x)\\\"\")))\r\n"
	"* 2 FETCH (BODY[] \"quoted\" UID 8)\r\nr5 OK all\r\n";

/* All but what a single byte changes: the mail's body ends where its count says, and not at the answer it imitates. */
static void check_conversation(void)
{
	struct imap_response r = next();
	struct imap_mail mail;

	assert_int_equal(r.number, 1);
	assert_slice(r.name, "FETCH");
	assert_int_equal(imap_read_fetch(r.data, &mail), 0);
	assert_int_equal(mail.uid, 7);
	assert_true(mail.has_body);
	assert_slice(mail.body, "r5 OK done\r\n{9");
	r = next();
	assert_int_equal(imap_read_fetch(r.data, &mail), 0);
	assert_int_equal(mail.uid, 8);
	assert_slice(mail.body, "quoted");
	r = next();
	assert_int_equal(r.kind, IMAP_TAGGED);
	assert_slice(r.text, "all");
}

static void test_a_mail_that_imitates_an_answer_is_only_a_mail(void **state)
{
	give(conversation);
	check_conversation();
	assert_no_more();
}

static void test_responses_cut_anywhere_are_put_together(void **state)
{
	const struct slice all = slice_of(conversation);

	for (size_t cut = 1; cut < all.len; cut++) {
		struct imap_response first;
		struct err err = { 0 };

		assert_int_equal(imap_reader_add(&reader, (struct slice){ all.ptr, cut }), 0);
		while (imap_reader_next(&reader, &first, &err) == 1)
			;
		assert_int_equal(err.kind, ERR_NONE);
		assert_int_equal(imap_reader_add(&reader, (struct slice){ all.ptr + cut, all.len - cut }), 0);
		while (imap_reader_next(&reader, &first, &err) == 1)
			;
		assert_slice(first.text, "all");
		assert_true(imap_reader_is_empty(&reader));
	}
	give(conversation);
	check_conversation();
}

static void test_bytes_that_trickle_in_are_put_together(void **state)
{
	struct imap_response r;
	struct err err = { 0 };
	int responses = 0;

	for (const char *p = conversation; *p != '\0'; p++) {
		assert_int_equal(imap_reader_add(&reader, (struct slice){ p, 1 }), 0);
		while (imap_reader_next(&reader, &r, &err) == 1)
			responses++;
	}
	assert_int_equal(err.kind, ERR_NONE);
	assert_int_equal(responses, 3);
	assert_slice(r.text, "all");
}

/* The words of a status are for people: a count at their end counts nothing. */
static void test_words_for_people_hold_no_literal(void **state)
{
	give("* NO the disk is full {5}\r\nr1 NO no {12}\r\n* 1 EXISTS\r\n");
	assert_int_equal(next().status, IMAP_NO);
	assert_slice(next().text, "no {12}");
	assert_slice(next().name, "EXISTS");
}

static void test_a_literal_over_the_ceiling_ends_it(void **state)
{
	give("* 1 FETCH (UID 7 BODY[] {1001}\r\n");
	assert_broken("more than was asked for");
}

static void test_literals_count_together(void **state)
{
	char bytes[700];

	memset(bytes, 'x', sizeof bytes);
	give("* 1 FETCH (BODY[] {700}\r\n");
	assert_int_equal(imap_reader_add(&reader, (struct slice){ bytes, sizeof bytes }), 0);
	assert_no_more();
	give(" RFC822 {301}\r\n");
	assert_broken("more than was asked for");
}

static void test_what_one_response_had_the_next_has_again(void **state)
{
	char bytes[LITERAL_BYTES];

	memset(bytes, 'x', sizeof bytes);
	for (int i = 0; i < 5; i++) {
		give("* 1 FETCH (UID 1 BODY[] {1000}\r\n");
		assert_int_equal(imap_reader_add(&reader, (struct slice){ bytes, sizeof bytes }), 0);
		give(")\r\n");
		assert_slice(next().name, "FETCH");
	}
}

static void test_more_literals_than_anybody_needs_end_it(void **state)
{
	give("* LIST ");
	for (int i = 0; i <= LIMIT_IMAP_LITERALS; i++)
		give("{1}\r\nx ");
	assert_broken("more literals");
}

static void test_counts_that_are_none_end_it(void **state)
{
	static const char *const heads[] = { "* 1 FETCH (BODY[] {12+}\r\n",
					     "* 1 FETCH (BODY[] {99999999999999999999}\r\n",
					     "* 1 FETCH (BODY[] {5x}\r\n" };

	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
		teardown(NULL);
		setup(NULL);
		give(heads[i]);
		assert_broken("counts a literal");
	}
}

static void test_a_line_over_the_ceiling_ends_it(void **state)
{
	reader.line_bytes = 100;
	give("* SEARCH ");
	for (int i = 0; i < 12; i++)
		give("12345678 ");
	assert_broken("longer than any");
}

/* Its literals do not count towards it, but all its other pieces do. */
static void test_the_pieces_of_a_line_count_together(void **state)
{
	reader.line_bytes = 60;
	give("* 1 FETCH (BODY[] {1}\r\nx ");
	assert_no_more();
	give("FLAGS (a b c d e f g h i j k l m n o p q r s t u v w x y)");
	assert_broken("longer than any");
}

static void test_lines_that_do_not_end_as_they_must_end_it(void **state)
{
	static const char *const lines[] = { "\r\n", "* OK\n", "\n", "* 5\r\n\n" };

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		teardown(NULL);
		setup(NULL);
		give(lines[i]);
		assert_broken("the server");
	}
}

static void test_what_is_no_response_ends_it(void **state)
{
	static const char *const lines[] = { "HTTP/1.1 400 Bad Request\r\n",
					     "220 smtp.example ESMTP\r\n",
					     "r1\r\n",
					     "r1 MAYBE x\r\n",
					     "r1 BYE x\r\n",
					     "* \r\n",
					     " OK\r\n" };

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		teardown(NULL);
		setup(NULL);
		give(lines[i]);
		assert_broken("not IMAP");
	}
}

static void test_a_malformed_fetch_is_refused(void **state)
{
	static const char *const data[] = { "",
					    "UID 7",
					    "(UID 7",
					    "(UID 7))",
					    "(UID 0)",
					    "(UID 4294967296)",
					    "(UID (7))",
					    "(UID)",
					    "(UID 7) x",
					    "(BODY[] \"x)",
					    "(BODY[] {5}\r\nabc)",
					    "(\"UID\" 7)",
					    "((UID 7))",
					    "(FLAGS (a)",
					    "(BODY[] {1}x)" };
	struct imap_mail mail;

	for (size_t i = 0; i < sizeof data / sizeof *data; i++)
		if (imap_read_fetch(slice_of(data[i]), &mail) != -1)
			fail_msg("%s was taken", data[i]);
}

static void test_a_mail_that_is_nil_has_no_body(void **state)
{
	struct imap_mail mail;

	assert_int_equal(imap_read_fetch(SLICE("(UID 7 BODY[] NIL)"), &mail), 0);
	assert_int_equal(mail.uid, 7);
	assert_false(mail.has_body);
	assert_int_equal(imap_read_fetch(SLICE("(FLAGS (\\Seen) ENVELOPE (NIL ((\"a\" NIL))))"), &mail), 0);
	assert_int_equal(mail.uid, 0);
	assert_int_equal(imap_read_fetch(SLICE("(UID 7 BODY[HEADER] {1}\r\nx)"), &mail), 0);
	assert_false(mail.has_body);
}

static void assert_found(const char *line, const char *want)
{
	struct imap_response r;
	struct uid_set s = { 0 };
	uint32_t uid[64];
	struct buf out;

	buf_init(&out, 1000);
	give(line);
	r = next();
	assert_int_equal(imap_read_search(&r, &s), 0);
	uid_set_sort(&s, 1);
	uid_set_print(&out, uid, uid_set_take(&s, uid, 64));
	assert_slice(buf_slice(&out), want);
	buf_release(&out);
	uid_set_release(&s);
}

static void test_searches_old_and_new_find_the_same(void **state)
{
	assert_found("* SEARCH 5 2 3 4 9\r\n", "2:5,9");
	assert_found("* SEARCH\r\n", "");
	assert_found("* SEARCH 2 3 (MODSEQ 917162500)\r\n", "2:3");
	assert_found("* ESEARCH (TAG \"r7\") UID ALL 5,2:4,9\r\n", "2:5,9");
	assert_found("* ESEARCH (TAG \"r7\") UID COUNT 3 ALL 1:3\r\n", "1:3");
	assert_found("* ESEARCH (TAG \"ALL\") UID\r\n", "");
}

static void assert_not_found(const char *line)
{
	struct imap_response r;
	struct uid_set s = { 0 };

	give(line);
	r = next();
	assert_int_equal(imap_read_search(&r, &s), -1);
	uid_set_release(&s);
}

static void test_searches_that_are_none_are_refused(void **state)
{
	assert_not_found("* SEARCH 1 x\r\n");
	assert_not_found("* SEARCH 0\r\n");
	assert_not_found("* SEARCH 4294967296\r\n");
	assert_not_found("* SEARCH \"1\"\r\n");
	assert_not_found("* ESEARCH (TAG \"r7\" UID ALL 1\r\n");
	assert_not_found("* ESEARCH (TAG \"r7\") UID ALL 1:*\r\n");
	assert_not_found("* ESEARCH (TAG \"r7\") UID ALL {1}\r\n5\r\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_tagged_answer_has_its_code_and_words, setup, teardown),
		cmocka_unit_test_setup_teardown(test_untagged_data_has_its_number_and_name, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_mail_that_imitates_an_answer_is_only_a_mail, setup, teardown),
		cmocka_unit_test_setup_teardown(test_responses_cut_anywhere_are_put_together, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bytes_that_trickle_in_are_put_together, setup, teardown),
		cmocka_unit_test_setup_teardown(test_words_for_people_hold_no_literal, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_literal_over_the_ceiling_ends_it, setup, teardown),
		cmocka_unit_test_setup_teardown(test_literals_count_together, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_one_response_had_the_next_has_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_more_literals_than_anybody_needs_end_it, setup, teardown),
		cmocka_unit_test_setup_teardown(test_counts_that_are_none_end_it, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_line_over_the_ceiling_ends_it, setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_pieces_of_a_line_count_together, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lines_that_do_not_end_as_they_must_end_it, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_is_no_response_ends_it, setup, teardown),
		cmocka_unit_test(test_a_malformed_fetch_is_refused),
		cmocka_unit_test(test_a_mail_that_is_nil_has_no_body),
		cmocka_unit_test_setup_teardown(test_searches_old_and_new_find_the_same, setup, teardown),
		cmocka_unit_test_setup_teardown(test_searches_that_are_none_are_refused, setup, teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("imap_read", tests, NULL, NULL);
}
