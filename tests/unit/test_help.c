/* test_help: every word that pages, refusals and errors lead to has its text, once, and every link within leads to another. */
#include "sample.h"

#include "schema/reject.h"
#include "storage/query.h"
#include "web/help.h"

static void assert_explained(const char *key)
{
	struct help_word word;

	if (!help_find(slice_of(key), &word))
		fail_msg("no word \"%s\"", key);
	assert_true(word.title.len > 0 && word.text.len > 20 && word.group.len > 0);
}

static void test_whatever_has_a_name_is_explained(void **state)
{
	static const char *const others[] = { "spf", "dkim", "dmarc", "arc", "pct", "t", "counts", "errors", "local_policy", "mailing_list",
					      "trusted_forwarder", "sampled_out", "policy_test_mode", "forwarded", "unknown-parameter",
					      "bad-parameter", "not-found", "method", "store", "note", "confirmation",
					      "blocker", "changed" };

	for (int t = 0; t < TRUST_CLASSES; t++)
		assert_explained(trust_param((enum trust)t));
	for (int c = REJECT_NONE + 1; c < REJECT_CODES; c++)
		assert_explained(reject_name((enum reject_code)c));
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		assert_explained(others[i]);
}

static void test_words_are_told_once_and_lead_to_words(void **state)
{
	struct slice text = help_text(), group = { 0 }, rest, rest_group;
	struct help_word word, other;
	size_t n = 0;

	while (help_next(&text, &group, &word)) {
		rest = text;
		rest_group = group;
		n++;
		while (help_next(&rest, &rest_group, &other))
			assert_false(slice_eq(word.key, other.key));
		for (const char *p = word.text.ptr, *end = p + word.text.len; (p = memchr(p, '[', (size_t)(end - p))) != NULL; p++) {
			const char *close = memchr(p, ']', (size_t)(end - p));

			assert_non_null(close);
			if (!help_find((struct slice){ p + 1, (size_t)(close - p) - 1 }, &other))
				fail_msg("[%.*s] is no word", (int)(close - p) - 1, p + 1);
		}
	}
	assert_in_range(n, 50, 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whatever_has_a_name_is_explained),
		cmocka_unit_test(test_words_are_told_once_and_lead_to_words),
	};

	return cmocka_run_group_tests_name("help", tests, NULL, NULL);
}
