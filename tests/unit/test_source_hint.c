/* test_source_hint: what is built in is well-formed, stands behind the operator's own words, and says that it is a guess. */
#include "schema/source_hint.h"

#include "base/text.h"
#include "schema/domain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static struct arena arena;

static int teardown(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

static struct source_rules all(void)
{
	return source_hints_behind(&arena, (struct source_rules){ 0 });
}

static void test_without_own_rules_there_are_only_hints(void **state)
{
	struct source_rules rules = all();

	(void)state;
	assert_true(rules.n >= 40);
	for (size_t i = 0; i < rules.n; i++)
		assert_true(rules.rule[i].hint);
}

static void test_own_rules_come_first_and_stay_as_they_are(void **state)
{
	static const uint32_t asn = 64500;
	const struct source_rule own[] = { { .name = SLICE("Relays"), .kind = KIND_OURS, .asns = &asn, .asn_count = 1 },
					   { .name = SLICE("Else"), .owner = SLICE("A team") } };
	struct source_rules rules = source_hints_behind(&arena, (struct source_rules){ own, 2 });

	(void)state;
	assert_int_equal(rules.n, all().n + 2);
	assert_memory_equal(rules.rule, own, sizeof own);
	assert_true(rules.rule[2].hint);
}

/* Two sources of one name would be one line on a page and two in the next. */
static void test_a_name_of_the_operators_silences_the_hint_of_that_name(void **state)
{
	const struct source_rule own[] = { { .name = SLICE("MAILCHIMP"), .kind = KIND_SERVICE } };
	struct source_rules rules = source_hints_behind(&arena, (struct source_rules){ own, 1 });

	(void)state;
	assert_int_equal(rules.n, all().n);
	for (size_t i = 1; i < rules.n; i++)
		assert_false(text_eq_nocase(rules.rule[i].name, SLICE("Mailchimp")));
}

static void test_names_are_given_once(void **state)
{
	struct source_rules rules = all();

	(void)state;
	for (size_t i = 0; i < rules.n; i++)
		for (size_t k = 0; k < i; k++)
			if (text_eq_nocase(rules.rule[i].name, rules.rule[k].name))
				fail_msg("two hints are called %s", rules.rule[i].name.ptr);
}

static void assert_domain(const struct source_rule *rule, struct slice name)
{
	if (!slice_eq(domain_normal(&arena, name), name) || memchr(name.ptr, '.', name.len) == NULL)
		fail_msg("%s: %s can match nothing, or far too much", rule->name.ptr, name.ptr);
}

static void test_every_pattern_can_match(void **state)
{
	struct source_rules rules = all();

	(void)state;
	for (size_t i = 0; i < rules.n; i++) {
		const struct source_rule *r = &rules.rule[i];

		if (r->envelope_count + r->envelope_label_count == 0 || r->envelope_count != r->dkim_domain_count)
			fail_msg("%s has no pattern, or not the same for both identifiers", r->name.ptr);
		for (size_t k = 0; k < r->envelope_count; k++)
			assert_domain(r, r->envelopes[k]);
		for (size_t k = 0; k < r->envelope_label_count; k++)
			assert_null(memchr(r->envelope_labels[k].ptr, '.', r->envelope_labels[k].len));
	}
}

/* An address proves nothing about software, and networks change hands: hints never name by them. */
static void test_no_hint_names_an_address(void **state)
{
	struct source_rules rules = all();

	(void)state;
	for (size_t i = 0; i < rules.n; i++)
		assert_int_equal(rules.rule[i].network_count + rules.rule[i].rdns_count + rules.rule[i].asn_count, 0);
}

/* What is predicted of a list follows from its software: nothing else is a list's. */
static void test_only_lists_run_list_software(void **state)
{
	struct source_rules rules = all();
	size_t known = 0;

	(void)state;
	for (size_t i = 0; i < rules.n; i++) {
		if (rules.rule[i].software != SOFTWARE_UNKNOWN && rules.rule[i].kind != KIND_LIST)
			fail_msg("%s is no list", rules.rule[i].name.ptr);
		known += rules.rule[i].software != SOFTWARE_UNKNOWN;
	}
	assert_true(known >= 10);
}

/* A wide hint before a narrow one would hide it: salesforce.com before mc.salesforce.com. */
static void test_no_hint_is_hidden_by_an_earlier_one(void **state)
{
	struct source_rules rules = all();

	(void)state;
	for (size_t i = 0; i < rules.n; i++)
		for (size_t k = 0; k < i; k++)
			for (size_t a = 0; a < rules.rule[i].envelope_count; a++)
				for (size_t b = 0; b < rules.rule[k].envelope_count; b++)
					if (domain_is_under(rules.rule[i].envelopes[a], rules.rule[k].envelopes[b]))
						fail_msg("%s is hidden by %s", rules.rule[i].name.ptr,
							 rules.rule[k].name.ptr);
}

/* Labels hold for hosts of anybody: as a service or as "ours" they would name strangers. */
static void test_labels_name_lists_only(void **state)
{
	struct source_rules rules = all();

	(void)state;
	for (size_t i = 0; i < rules.n; i++)
		assert_true(rules.rule[i].envelope_label_count == 0 || rules.rule[i].kind == KIND_LIST);
}

/* A list is the last to handle a mail that a service sent: its name says where the mail came from. */
static void test_lists_stand_before_services(void **state)
{
	struct source_rules rules = all();
	bool service = false;

	(void)state;
	for (size_t i = 0; i < rules.n; i++) {
		service = service || rules.rule[i].kind == KIND_SERVICE;
		assert_false(service && rules.rule[i].kind == KIND_LIST);
	}
	assert_true(service);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_own_rules_there_are_only_hints),
		cmocka_unit_test(test_own_rules_come_first_and_stay_as_they_are),
		cmocka_unit_test(test_a_name_of_the_operators_silences_the_hint_of_that_name),
		cmocka_unit_test(test_names_are_given_once),
		cmocka_unit_test(test_every_pattern_can_match),
		cmocka_unit_test(test_no_hint_names_an_address),
		cmocka_unit_test(test_only_lists_run_list_software),
		cmocka_unit_test(test_no_hint_is_hidden_by_an_earlier_one),
		cmocka_unit_test(test_labels_name_lists_only),
		cmocka_unit_test(test_lists_stand_before_services),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("source_hint", tests, NULL, teardown);
}
