/* test_letter: what is written to a sender's owner has the numbers of the page, and asks for what the step says. */
#include "sample.h"

#include "web/letter.h"

static void test_a_letter_says_the_numbers_and_what_to_do(void **state)
{
	struct group domain[] = { { .key = WORD("careers.univ.example") }, { .key = WORD("jobs.univ.example") } };
	struct group address[] = { { .key = WORD("198.51.100.24") } };
	const struct groups domains = { domain, 2, 7 }, addresses = { address, 1, 1 };
	struct letter l = { .source = WORD("Careers portal"), .domains = &domains, .addresses = &addresses, .first_day = 20711, .last_day = 20713 };
	struct arena a = { 0 };
	const char *text;

	l.counts.split[SPLIT_UNTRUSTED] = 1200;
	l.step = remedy_of(KIND_SERVICE, &l.counts);
	text = letter_text(&a, &l);
	assert_non_null(strstr(text, "1,200 messages in the name of careers.univ.example, jobs.univ.example and 5 more through Careers portal"));
	assert_non_null(strstr(text, "1,200 of these failed both SPF and DKIM, 0 passed only one"));
	assert_non_null(strstr(text, "It came from 198.51.100.24."));
	assert_non_null(strstr(text, "Please sign this mail with DKIM"));
	assert_string_equal(letter_records(&a, &l), "SELECTOR._domainkey.careers.univ.example. TXT \"v=DKIM1; k=rsa; p=(the public key that they name)\"");
	arena_release(&a);
}

static void test_nobody_is_written_to_without_need(void **state)
{
	struct group domain[] = { { .key = WORD("univ.example") } };
	const struct groups domains = { domain, 1, 1 }, none = { 0 };
	struct letter l = { .source = WORD("Mail"), .domains = &domains, .addresses = &none };
	struct arena a = { 0 };

	l.counts.split[SPLIT_FULL] = 5;
	l.step = remedy_of(KIND_OURS, &l.counts);
	assert_null(letter_text(&a, &l));
	assert_null(letter_records(&a, &l));
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_letter_says_the_numbers_and_what_to_do),
		cmocka_unit_test(test_nobody_is_written_to_without_need),
	};

	return cmocka_run_group_tests_name("letter", tests, NULL, NULL);
}
