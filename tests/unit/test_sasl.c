/* test_sasl: a sign-in says what its mechanism wants, byte for byte, and a refusal is told in words of people. */
#include "daemon/sasl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void assert_text(struct buf *out, const char *want)
{
	if (!slice_is(buf_slice(out), want))
		fail_msg("\"%.*s\" is not \"%s\"", (int)out->len, out->data, want);
	buf_release(out);
}

static void test_each_mechanism_says_what_its_rfc_says(void **state)
{
	struct buf out;

	buf_init(&out, 10000);
	assert_int_equal(sasl_plain(&out, SLICE("tim"), SLICE("tanstaaftanstaaf")), 0); /* RFC 4616 4 */
	assert_text(&out, "AHRpbQB0YW5zdGFhZnRhbnN0YWFm");
	assert_int_equal(sasl_xoauth2(&out, SLICE("someuser@example.com"),
				      SLICE("ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg")),
			 0);
	assert_text(&out, "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhkSFJo"
			  "ZG1semRHRXVZMjl0Q2cBAQ==");
	/* RFC 7628 4.1 */
	assert_int_equal(sasl_oauthbearer(&out, SLICE("user@example.com"), "server.example.com", 143,
					  SLICE("vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==")),
			 0);
	assert_text(&out, "bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9QmVhcmVyIHZG"
			  "OWRmdDRxbVRjMk52YjNSb"
			  "GNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB");
}

static void test_signs_of_the_mechanism_in_a_name_are_escaped_or_refused(void **state)
{
	struct buf out;

	buf_init(&out, 10000);
	assert_int_equal(sasl_oauthbearer(&out, SLICE("a,b=c"), "h", 1, SLICE("t")), 0);
	assert_text(&out, "bixhPWE9MkNiPTNEYywBaG9zdD1oAXBvcnQ9MQFhdXRoPUJlYXJlciB0AQE="); /* n,a=a=2Cb=3Dc,... */
	assert_int_equal(sasl_plain(&out, SLICE("a\0b"), SLICE("x")), -1);
	assert_int_equal(sasl_plain(&out, SLICE("a"), SLICE("x\0y")), -1);
	assert_int_equal(sasl_xoauth2(&out, SLICE("a\1b"), SLICE("t")), -1);
	assert_int_equal(sasl_xoauth2(&out, SLICE("a"), SLICE("t\1auth=Bearer x")), -1);
	assert_int_equal(sasl_oauthbearer(&out, SLICE("a"), "h", 1, SLICE("t\1")), -1);
	assert_int_equal(out.len, 0);
	buf_release(&out);
}

static void assert_explained(const char *challenge, const char *words)
{
	struct buf out;

	buf_init(&out, 1000);
	assert_true(sasl_explain(slice_of(challenge), &out));
	buf_add_char(&out, '\0');
	if (strstr(out.data, words) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", out.data, words);
	buf_release(&out);
}

static void test_a_refusal_says_what_is_wrong_with_the_token(void **state)
{
	/* {"status":"invalid_token"} */
	assert_explained("eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0=", "has expired");
	/* {"status":"401","schemes":"bearer mac","scope":"https://mail.google.com/"} */
	assert_explained(
		"eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiYmVhcmVyIG1hYyIsInNjb3BlIjoiaHR0cHM6Ly9tYWlsLmdvb2dsZS5jb20vIn0=",
		"https://mail.google.com/");
	/* {"status":"insufficient_scope","scope":"mail.read"} */
	assert_explained("eyJzdGF0dXMiOiJpbnN1ZmZpY2llbnRfc2NvcGUiLCJzY29wZSI6Im1haWwucmVhZCJ9",
			 "lacks a permission; status "
			 "insufficient_scope, permission (scope) wanted: mail.read");
	/* {"status":"403"} */
	assert_explained("eyJzdGF0dXMiOiI0MDMifQ==", "lacks a permission");
	/* {"status":"\u001b[31m"} */
	assert_explained("eyJzdGF0dXMiOiJcdTAwMWJbMzFtIn0=", "refused; status \\x1b[31m");
}

static void test_what_is_no_refusal_says_nothing(void **state)
{
	static const char *const texts[] = { "",
					     "not base64!",
					     "bm8ganNvbg==" /* no json */,
					     "W10=" /* [] */,
					     "e30=" /* {} */,
					     "eyJzdGF0dXMiOjQwMX0=" /* a number */,
					     "eyJz" };
	struct buf out;

	buf_init(&out, 1000);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_false(sasl_explain(slice_of(texts[i]), &out));
	assert_int_equal(out.len, 0);
	buf_release(&out);
}

static void test_a_refusal_beyond_all_measure_is_not_read(void **state)
{
	static char large[64 * 1024];
	struct buf out;

	memset(large, 'A', sizeof large);
	buf_init(&out, 1000);
	assert_false(sasl_explain((struct slice){ large, sizeof large }, &out));
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_mechanism_says_what_its_rfc_says),
		cmocka_unit_test(test_signs_of_the_mechanism_in_a_name_are_escaped_or_refused),
		cmocka_unit_test(test_a_refusal_says_what_is_wrong_with_the_token),
		cmocka_unit_test(test_what_is_no_refusal_says_nothing),
		cmocka_unit_test(test_a_refusal_beyond_all_measure_is_not_read),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("sasl", tests, NULL, NULL);
}
