/* test_verdict_words: what a row says in words is what its receiver reported. */
#include "web/verdict_words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct arena a;

static void test_a_list_message_reads_as_in_the_design(void **state)
{
	const struct auth spf = { .domain = SLICE("lists.univ.example"), .result = SLICE("pass") };
	const struct auth dkim = { .domain = SLICE("univ.example"), .selector = SLICE("s1"), .result = SLICE("fail") };
	const struct record r = { .spf_auth = &spf, .dkim_auth = &dkim, .policy = SLICE("none"), .disposition_raw = SLICE("none") };

	(void)state;
	assert_string_equal(words_of_spf(&a, &r), "SPF passed for lists.univ.example, which does not align.");
	assert_string_equal(words_of_dkim(&a, &r), "DKIM failed for univ.example because the body or a signed header changed.");
	assert_string_equal(words_of_fate(&a, &r), "Delivered: policy none.");
}

static void test_what_aligns_and_what_is_not_said(void **state)
{
	const struct auth pass = { .domain = SLICE("univ.example"), .result = SLICE("pass") };
	const struct auth broken = { .domain = SLICE("univ.example"), .result = SLICE("temperror"), .next = (struct auth *)(uintptr_t)&pass };
	const struct record both = { .spf_auth = &pass, .dkim_auth = &broken, .verdict = { .spf_pass = true, .dkim_pass = true } }, nothing = { 0 };
	const struct record claims = { .verdict = { .spf_pass = true, .dkim_pass = true } };

	(void)state;
	assert_string_equal(words_of_spf(&a, &both), "SPF passed for univ.example, which aligns.");
	assert_string_equal(words_of_dkim(&a, &both), "DKIM passed for univ.example, and a signature aligns.");
	assert_string_equal(words_of_spf(&a, &nothing), "The receiver gives no SPF result.");
	assert_string_equal(words_of_dkim(&a, &nothing), "The receiver names no DKIM signature.");
	assert_string_equal(words_of_fate(&a, &nothing), "The receiver does not say what became of it; it counts as delivered. Policy not known.");
	assert_string_equal(words_of_spf(&a, &claims), "SPF passed and aligns, as the receiver judged.");
	assert_string_equal(words_of_dkim(&a, &claims), "DKIM passed and aligns, as the receiver judged.");
}

static void test_a_receiver_that_does_otherwise(void **state)
{
	const struct reason arc = { .type = SLICE("local_policy"), .comment = SLICE("arc=pass") };
	const struct record spared = { .policy = SLICE("reject"), .disposition_raw = SLICE("none"), .reasons = &arc };
	const struct record filtered = { .policy = SLICE("none"), .disposition_raw = SLICE("quarantine"),
					 .verdict = { .disposition = DISP_QUARANTINE, .spf_pass = true } };
	const struct record refused = { .policy = SLICE("reject"), .disposition_raw = SLICE("reject"), .verdict = { .disposition = DISP_REJECT } };

	(void)state;
	assert_string_equal(words_of_fate(&a, &spared), "Delivered, although the policy is reject. Reason given: local_policy (arc=pass).");
	assert_string_equal(words_of_fate(&a, &filtered), "Put into spam, although it passed: the receiver's own filter; policy none.");
	assert_string_equal(words_of_fate(&a, &refused), "The receiver reports it refused: policy reject.");
}

static void test_an_unknown_result_is_told_as_it_stands(void **state)
{
	const struct auth odd = { .domain = SLICE(""), .result = SLICE("maybe") };
	const struct record r = { .spf_auth = &odd, .dkim_auth = &odd };

	(void)state;
	assert_string_equal(words_of_spf(&a, &r), "SPF did not pass (maybe) for an unnamed domain.");
	assert_null(words_of_result(true, SLICE("maybe")));
}

static int clear(void **state)
{
	(void)state;
	arena_release(&a);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_list_message_reads_as_in_the_design),
		cmocka_unit_test(test_what_aligns_and_what_is_not_said),
		cmocka_unit_test(test_a_receiver_that_does_otherwise),
		cmocka_unit_test(test_an_unknown_result_is_told_as_it_stands),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("verdict_words", tests, NULL, clear);
}
