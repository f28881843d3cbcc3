/* test_evidence: a row shows what FORMATS 4.2 rules 5 and 6 say, however its reporter spells it, and nothing that it does not. */
#include "schema/evidence.h"

#include "suffix_sample.h"

enum { JUDGED = FACT_FAILS | FACT_DELIVERED | FACT_DKIM_PASS | FACT_SPF_PASS };

static struct arena arena;
static struct suffixes *list;

static int setup(void **state)
{
	list = suffix_sample("// ===BEGIN ICANN DOMAINS===\nexample\norg\n// ===END ICANN DOMAINS===\n");
	return 0;
}

static int teardown(void **state)
{
	suffixes_free(list);
	arena_release(&arena);
	return 0;
}

/* "domain result" or "domain result scope", commas between; "-" is an empty domain. */
static struct auth *results(const char *text)
{
	struct auth *first = NULL, **end = &first;
	char *copy = arena_printf(&arena, "%s", text), *rest = NULL;

	for (char *one = strtok_r(copy, ",", &rest); one != NULL; one = strtok_r(NULL, ",", &rest)) {
		char *word = NULL, *domain = strtok_r(one, " ", &word), *result = strtok_r(NULL, " ", &word);

		*end = arena_alloc(&arena, sizeof **end);
		**end = (struct auth){ .domain = strcmp(domain, "-") == 0 ? SLICE("") : slice_of(domain), .result = slice_of(result),
				       .scope = slice_of(strtok_r(NULL, " ", &word)) };
		end = &(*end)->next;
	}
	return first;
}

static unsigned all_of(const char *dkim, const char *dkim_auth, const char *spf, const char *spf_auth, const char *disposition)
{
	struct row row = { .disposition = slice_of(disposition), .dkim = slice_of(dkim), .spf = slice_of(spf),
			   .header_from = SLICE("univ.example"), .dkim_auth = results(dkim_auth), .spf_auth = results(spf_auth) };
	struct judgement j = classify_row(&arena, list, SLICE("r"), SLICE("r"), &row);

	return evidence_of(&arena, list, &row, &j);
}

/* Of a failing, delivered row: what it shows besides. */
static unsigned fails_with(const char *dkim_auth, const char *spf_auth)
{
	unsigned facts = all_of("fail", dkim_auth, "fail", spf_auth, "none");

	assert_int_equal(facts & JUDGED, FACT_FAILS | FACT_DELIVERED);
	return facts & ~(unsigned)JUDGED;
}

static unsigned passes_with(const char *dkim, const char *dkim_auth, const char *spf, const char *spf_auth)
{
	return all_of(dkim, dkim_auth, spf, spf_auth, "none") & ~(unsigned)JUDGED;
}

/* --- FORMATS 4.2 rule 5 --- */

static void test_a_list_that_changes_mail_breaks_our_signature_and_signs_itself(void **state)
{
	assert_int_equal(fails_with("univ.example fail,lists.example pass", "lists.example pass"),
			 FACT_OWN_BROKEN | FACT_OTHER_SIGNED | FACT_SPF_OTHER);
}

static void test_a_transparent_forwarder_keeps_our_signature(void **state)
{
	assert_int_equal(all_of("pass", "univ.example pass", "fail", "univ.example softfail", "none"),
			 FACT_DELIVERED | FACT_DKIM_PASS | FACT_SPF_NOT_LISTED);
	assert_int_equal(all_of("pass", "univ.example pass", "fail", "srs.example pass", "none"),
			 FACT_DELIVERED | FACT_DKIM_PASS | FACT_SPF_OTHER);
}

static void test_a_stranger_shows_nothing_of_ours(void **state)
{
	assert_int_equal(fails_with("", "stranger.example pass"), FACT_SPF_OTHER);
	assert_int_equal(fails_with("stranger.example pass", "stranger.example fail"), FACT_OTHER_SIGNED);
	assert_int_equal(fails_with("stranger.example fail", "stranger.example none"), 0);
	assert_int_equal(fails_with("", ""), 0);
}

static void test_a_service_whose_key_is_missing_shows_it(void **state)
{
	assert_int_equal(fails_with("univ.example permerror,mailer.example pass", "mailer.example pass"),
			 FACT_OWN_ERROR | FACT_OTHER_SIGNED | FACT_SPF_OTHER);
}

/* --- raw words --- */

static void test_each_word_of_a_signature_says_what_it_says(void **state)
{
	static const struct {
		const char *word;
		unsigned facts;
	} cases[] = {
		{ "fail", FACT_OWN_BROKEN },     { "permerror", FACT_OWN_ERROR }, { "temperror", FACT_OWN_ERROR },
		{ "neutral", FACT_OWN_ERROR },   { "policy", FACT_OWN_ERROR },    { "unknown", FACT_OWN_ERROR },
		{ "error", FACT_OWN_ERROR },     { "none", 0 },                   { "invalid", 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (fails_with(arena_printf(&arena, "univ.example %s", cases[i].word), "") != cases[i].facts)
			fail_msg("%s", cases[i].word);
}

static void test_each_word_of_spf_says_what_it_says(void **state)
{
	static const struct {
		const char *word;
		unsigned facts;
	} cases[] = {
		{ "fail", FACT_SPF_NOT_LISTED },    { "softfail", FACT_SPF_NOT_LISTED }, { "hardfail", FACT_SPF_NOT_LISTED },
		{ "neutral", FACT_SPF_NOT_LISTED }, { "none", 0 },                       { "temperror", 0 },
		{ "permerror", 0 },                 { "unknown", 0 },                    { "error", 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (fails_with("", arena_printf(&arena, "univ.example %s", cases[i].word)) != cases[i].facts)
			fail_msg("%s", cases[i].word);
}

/* --- what does not count --- */

static void test_the_name_in_helo_shows_nothing(void **state)
{
	assert_int_equal(fails_with("", "lists.example pass helo"), 0);
	assert_int_equal(fails_with("", "univ.example fail helo"), 0);
	assert_int_equal(fails_with("", "univ.example fail mfrom"), FACT_SPF_NOT_LISTED);
	assert_int_equal(passes_with("pass", "univ.example pass", "fail", "univ.example softfail helo"), 0);
}

static void test_results_without_a_domain_show_nothing(void **state)
{
	assert_int_equal(fails_with("- pass", "- pass"), 0);
	assert_int_equal(fails_with("- fail", "- fail"), 0);
}

/* --- whose name --- */

static void test_a_name_of_our_organisation_is_ours(void **state)
{
	assert_int_equal(fails_with("chem.univ.example fail", "bounce.univ.example softfail"), FACT_OWN_BROKEN | FACT_SPF_NOT_LISTED);
	assert_int_equal(fails_with("notuniv.example fail", "univ.example.evil.example pass"), FACT_SPF_OTHER);
	assert_int_equal(fails_with("UNIV.Example. fail", "Univ.EXAMPLE softfail"), FACT_OWN_BROKEN | FACT_SPF_NOT_LISTED);
}

static void test_a_broken_signature_says_more_than_one_without_a_key(void **state)
{
	assert_int_equal(fails_with("univ.example permerror,univ.example fail", ""), FACT_OWN_BROKEN);
	assert_int_equal(fails_with("univ.example fail,univ.example permerror", ""), FACT_OWN_BROKEN);
}

static void test_an_exact_name_makes_the_relaxed_ones_matter_no_more(void **state)
{
	const char *exact = "univ.example pass", *relaxed = "chem.univ.example pass";
	const char *both = arena_printf(&arena, "%s,%s", relaxed, exact), *turned = arena_printf(&arena, "%s,%s", exact, relaxed);

	assert_int_equal(passes_with("pass", exact, "pass", exact), 0);
	assert_int_equal(passes_with("pass", relaxed, "pass", exact), FACT_DKIM_RELAXED);
	assert_int_equal(passes_with("pass", exact, "pass", relaxed), FACT_SPF_RELAXED);
	assert_int_equal(passes_with("pass", both, "pass", turned), 0);
	assert_int_equal(passes_with("pass", turned, "pass", both), 0);
	/* what its receiver does not count is not relied on */
	assert_int_equal(passes_with("fail", relaxed, "pass", exact), 0);
	assert_int_equal(passes_with("pass", exact, "fail", relaxed), 0);
}

/* --- what the receiver did and said --- */

static void test_what_was_done_is_delivered_or_not(void **state)
{
	assert_int_equal(all_of("fail", "", "fail", "", "quarantine"), FACT_FAILS);
	assert_int_equal(all_of("fail", "", "fail", "", "reject"), FACT_FAILS);
	assert_int_equal(all_of("fail", "", "fail", "", "pass"), FACT_FAILS | FACT_DELIVERED);
	assert_int_equal(all_of("fail", "", "fail", "", NULL), FACT_FAILS | FACT_DELIVERED);
	assert_int_equal(all_of("fail", "", "pass", "univ.example pass", "reject"), FACT_SPF_PASS);
}

static unsigned says(const char *type, const char *comment)
{
	struct reason reason = { slice_of(type), slice_of(comment), NULL };
	struct row row = { .disposition = SLICE("none"), .dkim = SLICE("fail"), .spf = SLICE("fail"),
			   .header_from = SLICE("univ.example"), .reasons = &reason };
	struct judgement j = classify_row(&arena, list, SLICE("r"), SLICE("r"), &row);

	return evidence_of(&arena, list, &row, &j) & ~(unsigned)JUDGED;
}

static void test_the_receivers_words_are_facts(void **state)
{
	assert_int_equal(says("local_policy", "arc=pass"), FACT_SAYS_ARC);
	assert_int_equal(says("trusted_forwarder", "Policy ignored due to DMARC pass in trusted ARC chain"), FACT_SAYS_ARC);
	assert_int_equal(says("trusted_forwarder", "Policy ignored due to local white list"), FACT_SAYS_SENT_ON);
	assert_int_equal(says("mailing_list", NULL), FACT_SAYS_SENT_ON);
	assert_int_equal(says("forwarded", "looks forwarded, downgrade to quarantine with phishing warning"), FACT_SAYS_SENT_ON);
	assert_int_equal(says("local_policy", "arc=fail"), 0);
	assert_int_equal(says("sampled_out", NULL), 0);
	assert_int_equal(says(NULL, NULL), 0);
}

static void test_what_carries_a_row(void **state)
{
	for (int s = SPLIT_FULL; s < SPLITS; s++) {
		bool passes = s <= SPLIT_SPF_ONLY;

		assert_int_equal(evidence_survival((enum split)s, true), passes ? SURVIVES : GOODWILL);
		assert_int_equal(evidence_survival((enum split)s, false), passes ? SURVIVES : BREAKS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_list_that_changes_mail_breaks_our_signature_and_signs_itself),
		cmocka_unit_test(test_a_transparent_forwarder_keeps_our_signature),
		cmocka_unit_test(test_a_stranger_shows_nothing_of_ours),
		cmocka_unit_test(test_a_service_whose_key_is_missing_shows_it),
		cmocka_unit_test(test_each_word_of_a_signature_says_what_it_says),
		cmocka_unit_test(test_each_word_of_spf_says_what_it_says),
		cmocka_unit_test(test_the_name_in_helo_shows_nothing),
		cmocka_unit_test(test_results_without_a_domain_show_nothing),
		cmocka_unit_test(test_a_name_of_our_organisation_is_ours),
		cmocka_unit_test(test_a_broken_signature_says_more_than_one_without_a_key),
		cmocka_unit_test(test_an_exact_name_makes_the_relaxed_ones_matter_no_more),
		cmocka_unit_test(test_what_was_done_is_delivered_or_not),
		cmocka_unit_test(test_the_receivers_words_are_facts),
		cmocka_unit_test(test_what_carries_a_row),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
