/* test_verdict: the table of rules says of any row one thing, each rule has its own work to do, and a rule further up goes before
 * all below it. */
#include "sample.h"
#include "schema/verdict.h"

static const char *decided(unsigned facts)
{
	size_t n, place;
	const struct verdict_rule *rules = verdict_rules(&n);

	place = verdict_decide(rules, n, facts);
	assert_true(place < n);
	assert_ptr_equal(verdict_rule_at(place), &rules[place]);
	return rules[place].id;
}

static enum verdict verdict_of(unsigned facts)
{
	size_t n;
	const struct verdict_rule *rules = verdict_rules(&n);

	return rules[verdict_decide(rules, n, facts)].verdict;
}

/* One row for each rule, in the order of the table: with the rule taken out, the row would be called something else. */
static const struct {
	const char *id;
	unsigned facts;
} own[] = {
	{ "forwarder-survives", FACT_DELIVERED | FACT_DKIM_PASS | FACT_FORWARDER },
	{ "signature-survives", FACT_DELIVERED | FACT_DKIM_PASS | FACT_SPF_NOT_LISTED },
	{ "said-sent-on", FACT_DELIVERED | FACT_DKIM_PASS | FACT_SAYS_SENT_ON },
	{ "sound", FACT_DELIVERED | FACT_DKIM_PASS | FACT_SPF_PASS },
	{ "arc", FACT_FAILS | FACT_DELIVERED | FACT_SAYS_ARC },
	{ "list-kept-from", FACT_FAILS | FACT_DELIVERED | FACT_LIST | FACT_REWRITES | FACT_ASKED },
	{ "list-rewrites", FACT_FAILS | FACT_DELIVERED | FACT_LIST | FACT_REWRITES },
	{ "list-keeps", FACT_FAILS | FACT_DELIVERED | FACT_LIST | FACT_KEEPS_FROM },
	{ "list-open", FACT_FAILS | FACT_DELIVERED | FACT_LIST },
	{ "ours-unfixed", FACT_FAILS | FACT_DELIVERED | FACT_OURS },
	{ "service-unfixed", FACT_FAILS | FACT_DELIVERED | FACT_SERVICE },
	{ "forwarder-breaks", FACT_FAILS | FACT_DELIVERED | FACT_FORWARDER },
	{ "signature-broken", FACT_FAILS | FACT_DELIVERED | FACT_OWN_BROKEN },
	{ "sent-on", FACT_FAILS | FACT_DELIVERED | FACT_SAYS_SENT_ON },
	{ "key-missing", FACT_FAILS | FACT_DELIVERED | FACT_OWN_ERROR | FACT_OTHER_SIGNED | FACT_SPF_OTHER },
	{ "seen-once", FACT_FAILS | FACT_DELIVERED | FACT_ONCE },
	{ "unknown", FACT_FAILS | FACT_DELIVERED },
};
enum { OWN = sizeof own / sizeof *own };

static void test_each_rule_alone_decides_something(void **state)
{
	size_t n;
	const struct verdict_rule *rules = verdict_rules(&n);
	struct verdict_rule less[OWN];

	assert_int_equal(n, OWN);
	for (size_t i = 0; i < OWN; i++) {
		assert_string_equal(rules[i].id, own[i].id);
		assert_string_equal(decided(own[i].facts), own[i].id);
		memcpy(less, rules, i * sizeof *less);
		memcpy(less + i, rules + i + 1, (OWN - i - 1) * sizeof *less);
		assert_true(i + 1 == OWN || less[verdict_decide(less, OWN - 1, own[i].facts)].verdict != rules[i].verdict);
	}
}

static void test_where_two_rules_fit_the_first_decides(void **state)
{
	static const struct {
		unsigned facts;
		const char *id;
	} cases[] = {
		{ FACT_LIST | FACT_REWRITES | FACT_SAYS_ARC, "list-rewrites" },
		{ FACT_LIST | FACT_KEEPS_FROM | FACT_SAYS_ARC | FACT_ASKED, "list-kept-from" },
		{ FACT_LIST | FACT_SAYS_ARC | FACT_ASKED, "arc" },
		{ FACT_LIST | FACT_KEEPS_FROM | FACT_ASKED, "list-kept-from" },
		{ FACT_LIST | FACT_OWN_BROKEN | FACT_ONCE, "list-open" },
		{ FACT_OURS | FACT_SAYS_ARC, "arc" },
		{ FACT_FORWARDER | FACT_SAYS_ARC, "arc" },
		{ FACT_OURS | FACT_OWN_BROKEN, "ours-unfixed" },
		{ FACT_OURS | FACT_SAYS_SENT_ON, "ours-unfixed" },
		{ FACT_SERVICE | FACT_OWN_BROKEN, "service-unfixed" },
		{ FACT_FORWARDER | FACT_OWN_BROKEN, "forwarder-breaks" },
		{ FACT_OWN_BROKEN | FACT_SAYS_SENT_ON, "signature-broken" },
		{ FACT_OWN_BROKEN | FACT_ONCE, "signature-broken" },
		{ FACT_SAYS_SENT_ON | FACT_ONCE, "sent-on" },
		{ FACT_SAYS_ARC | FACT_ONCE, "arc" },
		{ FACT_SPF_NOT_LISTED | FACT_ONCE, "seen-once" },
		{ FACT_OTHER_SIGNED | FACT_SPF_OTHER | FACT_ONCE, "seen-once" },
		{ FACT_OWN_ERROR | FACT_ONCE, "unknown" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_string_equal(decided(FACT_FAILS | FACT_DELIVERED | cases[i].facts), cases[i].id);
}

/* What a receiver says of mail that it refused all the same is no goodwill. */
static void test_words_count_only_where_it_was_delivered(void **state)
{
	assert_string_equal(decided(FACT_FAILS | FACT_SAYS_ARC), "unknown");
	assert_string_equal(decided(FACT_FAILS | FACT_SAYS_SENT_ON), "unknown");
	assert_string_equal(decided(FACT_FAILS | FACT_SAYS_ARC | FACT_OURS), "ours-unfixed");
}

/* A receiver that takes it for a forward has seen more than we have: "downgrade to quarantine with phishing warning". */
static void test_what_a_receiver_says_was_sent_on_is_not_called_forged(void **state)
{
	assert_string_equal(decided(FACT_FAILS | FACT_SAYS_SENT_ON | FACT_ONCE), "unknown");
	assert_string_equal(decided(FACT_FAILS | FACT_SAYS_ARC | FACT_ONCE), "unknown");
}

static void test_what_passes_of_somebody_named_is_sound(void **state)
{
	assert_string_equal(decided(FACT_DKIM_PASS | FACT_SPF_NOT_LISTED | FACT_OURS), "sound");
	assert_string_equal(decided(FACT_DKIM_PASS | FACT_SAYS_SENT_ON | FACT_LIST | FACT_REWRITES), "sound");
	assert_string_equal(decided(FACT_SPF_PASS | FACT_FORWARDER), "sound"); /* its own envelope: no signature was needed */
	assert_string_equal(decided(FACT_DKIM_PASS | FACT_SPF_PASS | FACT_SPF_NOT_LISTED), "sound");
	assert_string_equal(decided(FACT_SPF_PASS | FACT_ONCE | FACT_ASKED), "sound");
}

/* Whatever bits stand together, also those that no row has. */
static void test_every_set_of_facts_is_decided(void **state)
{
	const unsigned named = FACT_OURS | FACT_SERVICE | FACT_LIST | FACT_FORWARDER;
	bool reached[VERDICTS] = { false };

	for (unsigned facts = 0; facts < 1u << FACTS; facts++) {
		enum verdict v = verdict_of(facts);

		reached[v] = true;
		if ((v == VERDICT_SOUND || v == VERDICT_FORWARD_SURVIVES) != !(facts & FACT_FAILS))
			fail_msg("facts %x: %s", facts, verdict_name(v));
		if (v == VERDICT_SPOOFING && (!(facts & FACT_ONCE) || (facts & (named | FACT_OWN_BROKEN | FACT_OWN_ERROR))))
			fail_msg("facts %x: called forged", facts);
		if ((v == VERDICT_ARC || v == VERDICT_OVERRIDE) && !(facts & FACT_DELIVERED))
			fail_msg("facts %x: vouched for and not delivered", facts);
	}
	for (int v = 0; v < VERDICTS; v++)
		assert_true(reached[v]);
}

/* What sums do not tell apart, no rule tells apart: a rule that asks for another fact shows here. */
static void test_facts_that_are_left_out_decide_nothing(void **state)
{
	for (unsigned facts = 0; facts < 1u << FACTS; facts++) {
		unsigned asked = verdict_facts_asked(facts);

		if ((asked & ~facts) != 0 || decided(facts) != decided(asked))
			fail_msg("facts %x: %s, and %s without those left out", facts, decided(facts), decided(asked));
	}
}

static void test_a_table_without_an_end_leaves_what_fits_nothing(void **state)
{
	static const struct verdict_rule one = { "ours", FACT_OURS, FACT_FAILS, VERDICT_SOUND, "Ours." };

	assert_int_equal(verdict_decide(&one, 1, FACT_OURS), 0);
	assert_int_equal(verdict_decide(&one, 1, FACT_OURS | FACT_FAILS), 1);
	assert_int_equal(verdict_decide(&one, 1, 0), 1);
	assert_int_equal(verdict_decide(&one, 0, FACT_OURS), 0);
}

static void test_rules_can_be_read(void **state)
{
	size_t n;
	const struct verdict_rule *rules = verdict_rules(&n);

	assert_int_equal(rules[n - 1].needs | rules[n - 1].lacks, 0);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(rules[i].needs & rules[i].lacks, 0);
		assert_int_equal((rules[i].needs | rules[i].lacks) >> FACTS, 0);
		assert_int_equal(rules[i].why[strlen(rules[i].why) - 1], '.');
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(rules[i].id, rules[k].id);
	}
}

static void test_names_lead_back(void **state)
{
	for (int v = 0; v < VERDICTS; v++) {
		assert_int_equal(verdict_of_name(slice_of(verdict_name((enum verdict)v))), v);
		assert_true(strlen(verdict_label((enum verdict)v)) > 0);
	}
	assert_int_equal(verdict_of_name(SLICE("Sound")), VERDICTS);
	assert_int_equal(verdict_of_name(SLICE("")), VERDICTS);
	assert_int_equal(verdict_of_name((struct slice){ 0 }), VERDICTS);
	for (int i = 0; i < FACTS; i++)
		for (int k = 0; k < i; k++)
			assert_string_not_equal(fact_name(i), fact_name(k));
	assert_string_equal(survival_name(GOODWILL), "goodwill");
}

/* Whether a list rewrites is asked of lists alone. */
static void test_software_matters_for_lists_alone(void **state)
{
	assert_int_equal(verdict_facts_of_source(KIND_LIST, SOFTWARE_LISTSERV), FACT_LIST | FACT_REWRITES);
	assert_int_equal(verdict_facts_of_source(KIND_LIST, SOFTWARE_GOOGLE_GROUPS), FACT_LIST | FACT_REWRITES);
	assert_int_equal(verdict_facts_of_source(KIND_LIST, SOFTWARE_MICROSOFT_365), FACT_LIST | FACT_KEEPS_FROM);
	assert_int_equal(verdict_facts_of_source(KIND_LIST, SOFTWARE_MAILMAN), FACT_LIST);
	assert_int_equal(verdict_facts_of_source(KIND_LIST, SOFTWARE_UNKNOWN), FACT_LIST);
	assert_int_equal(verdict_facts_of_source(KIND_OURS, SOFTWARE_LISTSERV), FACT_OURS);
	assert_int_equal(verdict_facts_of_source(KIND_UNKNOWN, SOFTWARE_LISTSERV), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_rule_alone_decides_something),
		cmocka_unit_test(test_where_two_rules_fit_the_first_decides),
		cmocka_unit_test(test_words_count_only_where_it_was_delivered),
		cmocka_unit_test(test_what_a_receiver_says_was_sent_on_is_not_called_forged),
		cmocka_unit_test(test_what_passes_of_somebody_named_is_sound),
		cmocka_unit_test(test_every_set_of_facts_is_decided),
		cmocka_unit_test(test_facts_that_are_left_out_decide_nothing),
		cmocka_unit_test(test_a_table_without_an_end_leaves_what_fits_nothing),
		cmocka_unit_test(test_rules_can_be_read),
		cmocka_unit_test(test_names_lead_back),
		cmocka_unit_test(test_software_matters_for_lists_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
