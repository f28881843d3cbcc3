/* test_lint_spf: each fault of an SPF record, or of one that it leads to, is found, at its piece, and a good record has none. */
#include "schema/record_spf.h"

#include "zone_sample.h"

static struct arena arena;

static const struct zone_line zone[] = {
	{ "_ok.example.org", "v=spf1 ip4:192.0.2.0/24 -all" },
	{ "_four.example.org", "v=spf1 a:a.example.org a:b.example.org mx exists:%{i}.example.org ?all" },
	{ "_open.example.org", "v=spf1 ip4:192.0.2.9/24 ip4:0.0.0.0/0 ?all" },
	{ "_bad.example.org", "v=spf1 ip4:192.0.2 -all" },
	{ "_two.example.org", "v=spf1 -all\nv=spf1 ~all" },
	{ "_loop.example.org", "v=spf1 include:univ.example -all" },
	{ "_silent.example.org", NULL },
	{ 0 },
};

static int teardown(void **state)
{
	arena_release(&arena);
	return 0;
}

static const char *faults(const char *lines)
{
	struct zone z = { .line = zone, .not_asked = "_later.example.org" };
	const struct lint_dns dns = { zone_text, &z };
	struct lint l = { .a = &arena };
	struct spf_tree tree;

	spf_follow(&arena, &dns, SLICE("univ.example"), slice_of(lines), &tree);
	spf_lint(&l, &tree, slice_of(lines), false);
	return zone_findings(&l);
}

#define assert_faults(lines, expected) assert_string_equal(faults(lines), expected)

static void test_good_records_have_no_faults(void **state)
{
	assert_faults("v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 include:_ok.example.org a mx ~all", "");
	assert_faults("v=spf1 redirect=_ok.example.org", "");
	assert_faults("v=spf1 include:_four.example.org ~all", "");
}

static void test_no_record_and_several(void **state)
{
	assert_faults("", "warning spf-none");
	assert_faults("v=spf1 ~all\nv=spf1 mx ~all", "error spf-several");
	assert_faults("v=spf1;~all", "error spf-version [v=spf1;~], warning spf-none");
	assert_faults("v=spf2.0/pra ~all\nv=spf1 ~all", "note spf-sender-id [v=spf2.0]");
}

static void test_everybody(void **state)
{
	assert_faults("v=spf1 +all", "error spf-everybody [+all]");
	assert_faults("v=spf1 all", "error spf-everybody [all]");
	assert_faults("v=spf1 ip4:0.0.0.0/0 ~all", "error spf-everybody [ip4:0.0.0.0/0]");
	assert_faults("v=spf1 ip6:::/0 ~all", "error spf-everybody [ip6:::/0]");
	assert_faults("v=spf1 a/0 ~all", "error spf-everybody [a/0]");
	assert_faults("v=spf1 ip4:10.0.0.0/8 ip6:2001::/16 mx/8 ~all", "warning spf-wide [ip4:10.0.0.0/8], warning spf-wide [ip6:2001::/16], "
								       "warning spf-wide [mx/8]");
}

static void test_how_it_ends(void **state)
{
	assert_faults("v=spf1 mx", "warning spf-no-all");
	assert_faults("v=spf1", "warning spf-no-all");
	assert_faults("v=spf1 mx ?all", "warning spf-neutral [?all]");
	assert_faults("v=spf1 mx -all", "note spf-hard-fail [-all]");
	assert_faults("v=spf1 ~all mx", "warning spf-behind-all [mx]");
	assert_faults("v=spf1 ~all redirect=_ok.example.org", "warning spf-redirect-with-all [redirect=_ok.example.org]");
	assert_faults("v=spf1 redirect=_ok.example.org redirect=_ok.example.org", "error spf-duplicate-modifier [redirect=_ok.example.org]");
}

static void test_syntax(void **state)
{
	assert_faults("v=spf1 ipv4:192.0.2.1 ~all", "error spf-syntax [ipv4:192.0.2.1]");
	assert_faults("v=spf1 ip4:192.0.2.1, ~all", "error spf-syntax [ip4:192.0.2.1,]");
	assert_faults("v=spf1 include: ~all", "error spf-syntax [include:]");
	assert_faults("v=spf1 foo=bar ~all", "warning spf-unknown-modifier [foo=bar]");
	assert_faults("v=spf1 ptr ~all", "warning spf-ptr [ptr]");
	assert_faults("v=spf1 mx mx ~all", "note spf-twice [mx]");
	assert_faults("v=spf1 ip4:192.0.2.9/24 ~all", "note spf-host-bits [ip4:192.0.2.9/24]");
}

static void test_where_it_leads(void **state)
{
	assert_faults("v=spf1 include:_gone.example.org ~all", "error spf-unreachable [include:_gone.example.org]");
	assert_faults("v=spf1 include:_two.example.org ~all", "error spf-several [include:_two.example.org]");
	assert_faults("v=spf1 include:_silent.example.org ~all", "warning spf-no-answer [include:_silent.example.org]");
	assert_faults("v=spf1 include:_later.example.org ~all", "note spf-not-asked [include:_later.example.org]");
	assert_faults("v=spf1 include:_loop.example.org ~all", "error spf-loop [include:univ.example]");
	assert_faults("v=spf1 include:_bad.example.org ~all", "error spf-syntax [ip4:192.0.2]");
	assert_faults("v=spf1 include:_open.example.org ~all", "error spf-everybody [ip4:0.0.0.0/0]");
}

/* RFC 7208 4.6.4. */
static void test_look_ups_have_a_limit(void **state)
{
	assert_faults("v=spf1 include:_four.example.org include:_four.example.org a ~all",
		      "error spf-too-many-lookups, note spf-twice [include:_four.example.org]");
	assert_faults("v=spf1 include:_four.example.org a:a.b a:c.d a:e.f a:g.h a:i.j ~all", "note spf-many-lookups");
	assert_faults("v=spf1 include:a.example.org include:b.example.org include:c.example.org ~all",
		      "error spf-too-many-voids, error spf-unreachable [include:a.example.org], error spf-unreachable [include:b.example.org], "
		      "error spf-unreachable [include:c.example.org]");
}

static void test_long_records(void **state)
{
	struct slice many = sample_join(&arena, SLICE("v=spf1 ~all"), sample_repeat(&arena, " ", 500));

	assert_faults(arena_copy(&arena, many.ptr, many.len), "note spf-long");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_records_have_no_faults), cmocka_unit_test(test_no_record_and_several),
		cmocka_unit_test(test_everybody),		    cmocka_unit_test(test_how_it_ends),
		cmocka_unit_test(test_syntax),			    cmocka_unit_test(test_where_it_leads),
		cmocka_unit_test(test_look_ups_have_a_limit),	    cmocka_unit_test(test_long_records),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("lint_spf", tests, NULL, teardown);
}
