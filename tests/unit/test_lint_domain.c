/* test_lint_domain: a domain's records are put together, its own and those it inherits, and what is not known is no fault. */
#include "schema/lint_domain.h"

#include "suffix_sample.h"
#include "zone_sample.h"

static struct arena arena;
static struct suffixes *list;

static int setup(void **state)
{
	list = suffix_sample("// ===BEGIN ICANN DOMAINS===\nexample\n// ===END ICANN DOMAINS===\n");
	return 0;
}

static int teardown(void **state)
{
	suffixes_free(list);
	arena_release(&arena);
	return 0;
}

static const struct zone_line zone[] = { { "_dmarc.univ.example", "v=DMARC1; p=quarantine; pct=0; rua=mailto:a@univ.example" },
					 { "_dmarc.law.univ.example", "v=DMARC1; p=none; rua=mailto:a@univ.example" },
					 { "univ.example", "v=spf1 include:_spf.univ.example ~all" },
					 { "_spf.univ.example", "v=spf1 mx -all" },
					 { "s1._domainkey.univ.example", "v=DKIM1; p=" },
					 { 0 } };

static struct domain_records look(const char *domain, const char *not_asked)
{
	static struct zone z;
	const struct lint_dns dns = { zone_text, &z };
	const struct slice keys[] = { SLICE("s1._domainkey.univ.example"), SLICE("s2._domainkey.univ.example") };
	struct domain_records d;

	z = (struct zone){ .line = zone, .not_asked = not_asked };
	lint_domain(&arena, &dns, list, slice_of(domain), keys, 2, &d);
	return d;
}

static void test_a_domain_with_records_of_its_own(void **state)
{
	struct domain_records d = look("univ.example", NULL);

	assert_slice(d.dmarc_at, "univ.example");
	assert_int_equal(d.spf.lookups, 2);
	assert_int_equal(d.keys, 2);
	assert_int_equal(d.key[0].key.state, DKIM_REVOKED);
	assert_int_equal(d.key[1].key.state, DKIM_NONE);
	assert_string_equal(zone_findings(&d.lint), "warning dmarc-pct-without-t [pct=0], note dmarc-pct-removed [pct=0], note dkim-revoked, warning dkim-none");
	assert_slice(d.lint.item[0].name, "_dmarc.univ.example");
	assert_slice(d.lint.item[3].name, "s2._domainkey.univ.example");
}

static void test_an_inherited_record_is_checked_where_it_stands(void **state)
{
	struct domain_records d = look("chem.univ.example", NULL);

	assert_slice(d.dmarc_at, "univ.example");
	assert_true(d.old.inherited && d.new.inherited);
	assert_slice(d.lint.item[0].name, "_dmarc.univ.example");
	assert_int_equal(d.lint.count[LINT_ERROR], 0);
	assert_string_equal(lint_severity_name(d.lint.item[2].severity), "note");
	assert_string_equal(d.lint.item[2].id, "spf-none");
	assert_slice(look("law.univ.example", NULL).dmarc_at, "law.univ.example");
}

static void test_what_is_not_known_is_no_fault(void **state)
{
	struct domain_records d = look("law.univ.example", "law.univ.example");

	assert_int_equal(d.spf.n, 0);
	assert_int_equal(d.lint.count[LINT_ERROR], 0);
	assert_string_equal(d.lint.item[0].id, "spf-unknown");
	d = look("law.univ.example", "_dmarc.law.univ.example");
	assert_slice(d.dmarc.text, NULL);
	assert_string_equal(d.lint.item[0].id, "dmarc-policy-unknown");
}

static void test_a_name_that_is_none_asks_nothing(void **state)
{
	struct domain_records d = look("no name at all", NULL);

	assert_slice(d.dmarc.text, NULL);
	assert_true(d.lint.count[LINT_ERROR] > 0);
	d = look("", NULL);
	assert_true(d.lint.n > 0);
}

/* What a list says of a domain: only of its own records. */
static void test_in_short(void **state)
{
	static const struct zone_line faulty[] = { { "_dmarc.univ.example", "v=DMARC1; p=reject; sp=x; rua=mailto:a@univ.example" },
						   { "univ.example", "v=spf1 +all" },
						   { 0 } };
	struct zone z = { .line = faulty };
	const struct lint_dns dns = { zone_text, &z };
	struct arena scratch = { 0 };
	struct domain_brief b;

	lint_domain_brief(&scratch, &dns, list, SLICE("univ.example"), &b);
	assert_true(b.is_known && b.has_dmarc && b.has_spf);
	assert_int_equal(b.errors, 2);
	assert_int_equal(b.policy.asked, POLICY_NONE);
	assert_int_equal(b.policy.record.seen.p, POLICY_REJECT);
	lint_domain_brief(&scratch, &dns, list, SLICE("chem.univ.example"), &b);
	assert_true(b.is_known && !b.has_dmarc && !b.has_spf && b.policy.inherited);
	assert_int_equal(b.errors + b.warnings, 0);
	z.not_asked = "chem.univ.example";
	lint_domain_brief(&scratch, &dns, list, SLICE("chem.univ.example"), &b);
	assert_false(b.is_known);
	arena_release(&scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_domain_with_records_of_its_own),
		cmocka_unit_test(test_an_inherited_record_is_checked_where_it_stands),
		cmocka_unit_test(test_what_is_not_known_is_no_fault),
		cmocka_unit_test(test_a_name_that_is_none_asks_nothing),
		cmocka_unit_test(test_in_short),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("lint_domain", tests, setup, teardown);
}
