/* test_lint_dmarc: each fault of a DMARC record is found, at its piece, and a good record has none. */
#include "schema/record_dmarc.h"

#include "suffix_sample.h"
#include "zone_sample.h"

static struct arena arena;
static struct suffixes *list;

static const struct zone_line zone[] = { { "univ.example._report._dmarc.allowed.example", "v=DMARC1;" },
					 { "univ.example._report._dmarc.silent.example", NULL },
					 { 0 } };

static int setup(void **state)
{
	list = suffix_sample("// ===BEGIN ICANN DOMAINS===\nexample\nac.example\n// ===END ICANN DOMAINS===\n");
	return 0;
}

static int teardown(void **state)
{
	suffixes_free(list);
	arena_release(&arena);
	return 0;
}

static const char *faults_at(const char *domain, const char *lines)
{
	struct zone z = { .line = zone, .not_asked = "univ.example._report._dmarc.unknown.example" };
	const struct lint_dns dns = { zone_text, &z };
	struct lint l = { .a = &arena };

	dmarc_lint(&l, &dns, list, slice_of(domain), slice_of(lines));
	return zone_findings(&l);
}

#define RUA "rua=mailto:dmarc@univ.example"
#define assert_faults(lines, expected) assert_string_equal(faults_at("univ.example", lines), expected)

static void test_good_records_have_no_faults(void **state)
{
	assert_faults("v=DMARC1; p=none; " RUA, "");
	assert_faults("v=DMARC1; p=quarantine; " RUA, "");
	assert_faults("v=DMARC1; p=reject; sp=reject; np=reject; adkim=s; aspf=s; psd=n; rua=mailto:a@chem.univ.example;", "");
	assert_faults("", "");
}

static void test_what_is_no_record_but_meant_to_be_is_told(void **state)
{
	assert_faults("v=dmarc1; p=none", "error dmarc-version [v=dmarc1; p=none]");
	assert_faults("v=DMARC1 p=none", "error dmarc-version [v=DMARC1 p=none]");
	assert_faults("p=none; v=DMARC1", "error dmarc-version [p=none; v=DMARC1]");
	assert_faults("google-site-verification=abc\nv=DMARC1; p=none; " RUA, "note dmarc-other-records");
}

static void test_several_records_are_told(void **state)
{
	assert_faults("v=DMARC1; p=none; " RUA "\nv=DMARC1; p=reject", "error dmarc-several");
}

static void test_syntax_and_tags(void **state)
{
	assert_faults("v=DMARC1; p=none; " RUA "; junk; foo=bar", "warning dmarc-syntax [junk], warning dmarc-unknown-tag [foo=bar]");
	assert_faults("v=DMARC1; p=none; p=none; " RUA, "error dmarc-duplicate-tag [p=none]");
	assert_faults("v=DMARC1; p=none; adkim=strict; " RUA, "warning dmarc-value [adkim=strict]");
	assert_faults("v=DMARC1; p=none; fo=1:x; ruf=; " RUA,
		      "warning dmarc-value [fo=1:x], warning dmarc-value [ruf=], note dmarc-fo-without-ruf [fo=1:x]");
}

static void test_policy_words(void **state)
{
	assert_faults("v=DMARC1; " RUA, "error dmarc-no-policy");
	assert_faults("v=DMARC1; p=rejct; " RUA, "error dmarc-policy-word [p=rejct]");
	assert_faults("v=DMARC1; p=reject; sp=; " RUA, "error dmarc-policy-word [sp=]");
	assert_faults("v=DMARC1; p=reject; np=all; " RUA, "error dmarc-policy-word [np=all]");
	assert_faults("v=DMARC1; " RUA "; p=none", "note dmarc-order [p=none]");
}

/* UX 7.2: what the linter warns of. */
static void test_who_holds_the_policy_back(void **state)
{
	assert_faults("v=DMARC1; p=quarantine; pct=0; " RUA, "warning dmarc-pct-without-t [pct=0], note dmarc-pct-removed [pct=0]");
	assert_faults("v=DMARC1; p=quarantine; t=y; " RUA, "warning dmarc-t-without-pct [t=y]");
	assert_faults("v=DMARC1; p=reject; pct=50; t=y; " RUA, "warning dmarc-t-without-pct [t=y], note dmarc-pct-removed [pct=50]");
	assert_faults("v=DMARC1; p=quarantine; pct=0; t=y; " RUA, "note dmarc-pct-removed [pct=0]");
	assert_faults("v=DMARC1; p=quarantine; pct=25; " RUA, "warning dmarc-pct-part [pct=25], note dmarc-pct-removed [pct=25]");
	assert_faults("v=DMARC1; p=none; pct=0; " RUA, "note dmarc-no-effect [pct=0], note dmarc-pct-removed [pct=0]");
	assert_faults("v=DMARC1; p=none; t=y; " RUA, "note dmarc-no-effect [t=y]");
	assert_faults("v=DMARC1; p=none; sp=reject; pct=0; " RUA,
		      "warning dmarc-pct-without-t [pct=0], note dmarc-pct-removed [pct=0], note dmarc-sp-other [sp=reject]");
	assert_faults("v=DMARC1; p=quarantine; pct=100; " RUA, "note dmarc-pct-removed [pct=100]");
}

static void test_what_belongs_elsewhere(void **state)
{
	assert_faults("v=DMARC1; p=reject; sp=none; " RUA, "note dmarc-sp-other [sp=none]");
	assert_string_equal(faults_at("chem.univ.example", "v=DMARC1; p=none; sp=reject; " RUA), "note dmarc-sp-below [sp=reject]");
	assert_faults("v=DMARC1; p=none; psd=y; " RUA, "warning dmarc-psd [psd=y]");
	assert_string_equal(faults_at("ac.example", "v=DMARC1; p=none; psd=y; rua=mailto:a@ac.example; ruf=mailto:a@ac.example"),
			    "error dmarc-psd-ruf [ruf=mailto:a@ac.example], note dmarc-ruf [ruf=mailto:a@ac.example]");
	assert_faults("v=DMARC1; p=none; rf=afrf; ri=3600; " RUA, "note dmarc-removed [rf=afrf], note dmarc-removed [ri=3600]");
}

static void test_addresses_of_reports(void **state)
{
	assert_faults("v=DMARC1; p=none", "warning dmarc-no-rua");
	assert_faults("v=DMARC1; p=none; rua=dmarc@univ.example", "error dmarc-uri [dmarc@univ.example]");
	assert_faults("v=DMARC1; p=none; rua=mailto:a@univ.example!10m", "note dmarc-uri-size [mailto:a@univ.example!10m]");
	assert_faults("v=DMARC1; p=none; rua=https://univ.example/in,mailto:a", "warning dmarc-uri-scheme [https://univ.example/in], error dmarc-uri [mailto:a]");
	assert_faults("v=DMARC1; p=none; rua=mailto:a@univ.example,mailto:b@univ.example,mailto:c@univ.example",
		      "note dmarc-many-addresses [rua=mailto:a@univ.example,mailto:b@univ.example,mailto:c@univ.example]");
}

/* RFC 7489 7.1, RFC 9990 4. */
static void test_another_organisation_has_to_take_the_reports(void **state)
{
	assert_faults("v=DMARC1; p=none; rua=mailto:a@allowed.example", "");
	assert_faults("v=DMARC1; p=none; rua=mailto:a@refusing.example", "error dmarc-rua-permission [mailto:a@refusing.example]");
	assert_faults("v=DMARC1; p=none; rua=mailto:a@unknown.example", "note dmarc-rua-permission-unknown [mailto:a@unknown.example]");
	assert_faults("v=DMARC1; p=none; rua=mailto:a@silent.example", "note dmarc-rua-permission-unknown [mailto:a@silent.example]");
}

static const char *between(const struct zone_line *lines, const char *domain)
{
	struct zone z = { .line = lines };
	const struct lint_dns dns = { zone_text, &z };
	struct dmarc_policy old = dmarc_policy_7489(&arena, &dns, list, slice_of(domain)), new = dmarc_policy_9989(&arena, &dns, slice_of(domain));
	struct lint l = { .a = &arena };

	dmarc_lint_policies(&l, slice_of(domain), &old, &new);
	return zone_findings(&l);
}

static void test_receivers_that_find_different_policies_are_told(void **state)
{
	static const struct zone_line stop[] = { { "_dmarc.b.univ.example", "v=DMARC1; p=reject; psd=n" },
						 { "_dmarc.univ.example", "v=DMARC1; p=none" },
						 { "_dmarc.silent.example", NULL },
						 { 0 } };

	assert_string_equal(between(stop, "a.b.univ.example"), "warning dmarc-rfcs-disagree");
	assert_string_equal(between(stop, "b.univ.example"), "");
	assert_string_equal(between(stop, "other.example"), "error dmarc-none");
	assert_string_equal(between(stop, "silent.example"), "note dmarc-policy-unknown");
}

static void test_a_record_full_of_faults_has_a_ceiling(void **state)
{
	struct zone z = { .line = zone };
	const struct lint_dns dns = { zone_text, &z };
	struct lint l = { .a = &arena };
	struct slice lines = sample_repeat(&arena, "v=dmarc1;p=none\n", 500);

	dmarc_lint(&l, &dns, list, SLICE("univ.example"), lines);
	assert_int_equal(l.n, LIMIT_LINT_FINDINGS);
	assert_int_equal(l.count[LINT_ERROR], 500);
	assert_int_equal(l.left_out, 500 - LIMIT_LINT_FINDINGS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_records_have_no_faults),
		cmocka_unit_test(test_what_is_no_record_but_meant_to_be_is_told),
		cmocka_unit_test(test_several_records_are_told),
		cmocka_unit_test(test_syntax_and_tags),
		cmocka_unit_test(test_policy_words),
		cmocka_unit_test(test_who_holds_the_policy_back),
		cmocka_unit_test(test_what_belongs_elsewhere),
		cmocka_unit_test(test_addresses_of_reports),
		cmocka_unit_test(test_another_organisation_has_to_take_the_reports),
		cmocka_unit_test(test_receivers_that_find_different_policies_are_told),
		cmocka_unit_test(test_a_record_full_of_faults_has_a_ceiling),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("lint_dmarc", tests, setup, teardown);
}
