/* test_record_spf: terms are read as RFC 7208 has them, and the tree of look-ups is counted as a receiver counts it. */
#include "schema/record_spf.h"

#include "zone_sample.h"

static struct arena arena;

static int teardown(void **state)
{
	arena_release(&arena);
	return 0;
}

static struct spf_term term(const char *text)
{
	struct spf_record r = { 0 };

	spf_read(&arena, slice_of(arena_printf(&arena, "v=spf1 %s", text)), &r);
	assert_int_equal(r.n, 1);
	return r.terms[0];
}

static void test_only_what_begins_so_is_a_record(void **state)
{
	assert_true(spf_is_record(SLICE("v=spf1")));
	assert_true(spf_is_record(SLICE("v=spf1 -all")));
	assert_true(spf_is_record(SLICE("V=SPF1 -all")));
	assert_false(spf_is_record(SLICE("v=spf10 -all")));
	assert_false(spf_is_record(SLICE("v=spf1;-all")));
	assert_false(spf_is_record(SLICE("v=spf2.0/pra -all")));
	assert_false(spf_is_record(SLICE(" v=spf1")));
	assert_false(spf_is_record((struct slice){ 0 }));
}

/* RFC 7208 5, 6, 12. */
static void test_good_terms(void **state)
{
	static const struct {
		const char *text;
		enum spf_kind kind;
		char qualifier;
		const char *domain;
	} all[] = {
		{ "all", SPF_ALL, '+', NULL },
		{ "-ALL", SPF_ALL, '-', NULL },
		{ "~all", SPF_ALL, '~', NULL },
		{ "?include:_spf.univ.example", SPF_INCLUDE, '?', "_spf.univ.example" },
		{ "a", SPF_A, '+', NULL },
		{ "a/24", SPF_A, '+', NULL },
		{ "a:mail.univ.example/24//64", SPF_A, '+', "mail.univ.example" },
		{ "mx//64", SPF_MX, '+', NULL },
		{ "mx:univ.example.", SPF_MX, '+', "univ.example." },
		{ "ptr", SPF_PTR, '+', NULL },
		{ "ptr:univ.example", SPF_PTR, '+', "univ.example" },
		{ "ip4:192.0.2.1", SPF_IP4, '+', "192.0.2.1" },
		{ "IP4:192.0.2.0/24", SPF_IP4, '+', "192.0.2.0/24" },
		{ "ip6:2001:db8::/32", SPF_IP6, '+', "2001:db8::/32" },
		{ "ip6:::ffff:192.0.2.1", SPF_IP6, '+', "::ffff:192.0.2.1" },
		{ "exists:%{ir}.%{v}._spf.%{d2}", SPF_EXISTS, '+', "%{ir}.%{v}._spf.%{d2}" },
		{ "exists:%{l1r-}.x.univ.example", SPF_EXISTS, '+', "%{l1r-}.x.univ.example" },
		{ "redirect=_spf.univ.example", SPF_REDIRECT, '+', "_spf.univ.example" },
		{ "exp=explain._spf.%{d}", SPF_EXP, '+', "explain._spf.%{d}" },
		{ "unknown=1", SPF_OTHER, '+', "1" },
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct spf_term t = term(all[i].text);

		if (t.trouble != NULL)
			fail_msg("%s: %s", all[i].text, t.trouble);
		assert_int_equal(t.kind, all[i].kind);
		assert_int_equal(t.qualifier, all[i].qualifier);
		assert_slice(t.domain, all[i].domain);
	}
}

static void test_terms_in_error(void **state)
{
	static const char *const all[] = {
		"all:univ.example", "all/24",		 "include",	       "include:",	    "include:univ",	 "include:a_b",
		"a:",		    "a/33",		 "a/",		       "mx/24/24",	    "a//129",		 "a/24x",
		"ptr:",		    "ip4",		 "ip4:",	       "ip4:192.0.2",	    "ip4:192.0.2.0/33",	 "ip4:2001:db8::1",
		"ip6:192.0.2.1",    "ip6:2001:db8::/129", "ip4:192.0.2.1,",     "exists",	    "exists:%{z}.a.b",	 "exists:%{i.a.b",
		"exists:%x.a.b",    "include:%{c}.a.b",	 "redirect=",	       "redirect=%{d",	    "exp=",		 "ipv4:192.0.2.1",
		"ip:192.0.2.1",	    "includes:a.b",	 "v=spf1=x=,:",	       "+",		    "-",		 "192.0.2.1",
		"a.b",		    "include=%",	 "include:https://a.b/", "include:192.0.2.1", "ip4=192.0.2.1/x y",	 "mx.univ.example",
	};
	size_t wrong = 0;

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct spf_record r = { 0 };
		bool said = false;

		spf_read(&arena, slice_of(arena_printf(&arena, "v=spf1 %s", all[i])), &r);
		for (size_t k = 0; k < r.n; k++)
			said = said || r.terms[k].trouble != NULL || r.terms[k].kind == SPF_OTHER;
		if (!said)
			fail_msg("%s is no error", all[i]);
		wrong++;
	}
	assert_int_equal(wrong, sizeof all / sizeof *all);
}

static void test_a_name_with_a_macro_leads_nowhere_known(void **state)
{
	assert_slice(term("include:%{i}._spf.univ.example").next, NULL);
	assert_slice(term("include:_spf.Univ.Example.").next, "_spf.univ.example");
	assert_slice(term("redirect=Univ.example").next, "univ.example");
	assert_slice(term("exists:univ.example").next, NULL);
}

/* --- the tree --- */

static const struct zone_line zone[] = {
	{ "_a.univ.example", "v=spf1 include:_b.univ.example a mx -all" },
	{ "_b.univ.example", "v=spf1 ip4:192.0.2.0/24 ~all" },
	{ "_loop.univ.example", "v=spf1 include:_back.univ.example -all" },
	{ "_back.univ.example", "v=spf1 include:_loop.univ.example -all" },
	{ "_two.univ.example", "v=spf1 a -all\nv=spf1 mx -all" },
	{ "_silent.univ.example", NULL },
	{ "_hungry.univ.example", "v=spf1 include:_a.univ.example include:_a.univ.example include:_a.univ.example -all" },
	{ 0 }
};

static struct spf_tree follow(const char *lines)
{
	static struct zone z;
	const struct lint_dns dns = { zone_text, &z };
	struct spf_tree tree;

	z = (struct zone){ .line = zone, .not_asked = "_later.univ.example" };
	spf_follow(&arena, &dns, SLICE("univ.example"), slice_of(lines), &tree);
	return tree;
}

/* The tree as text: names with what was found, and how many look-ups. */
static const char *shape(const struct spf_tree *tree)
{
	const char *all = "";

	for (size_t i = 0; i < tree->n; i++)
		all = arena_printf(&arena, "%s%zu %.*s %s %zu\n", all, tree->record[i].depth, (int)tree->record[i].name.len, tree->record[i].name.ptr,
				   spf_found_words(tree->record[i].found), tree->record[i].lookups);
	return all;
}

static void test_look_ups_are_counted_through_the_tree(void **state)
{
	struct spf_tree tree = follow("v=spf1 include:_a.univ.example ip4:192.0.2.1 exists:%{i}.univ.example include:_b.univ.example ~all");

	assert_string_equal(shape(&tree), "0 univ.example found 6\n1 _a.univ.example found 3\n2 _b.univ.example found 0\n1 _b.univ.example found 0\n");
	assert_int_equal(tree.lookups, 6);
	assert_false(tree.at_least);
}

/* RFC 7208 5.1, 6.1. */
static void test_what_stands_behind_all_is_not_looked_at(void **state)
{
	struct spf_tree tree = follow("v=spf1 a ~all mx include:_a.univ.example redirect=_b.univ.example");

	assert_int_equal(tree.lookups, 1);
	assert_int_equal(tree.n, 1);
	tree = follow("v=spf1 redirect=_a.univ.example mx");
	assert_int_equal(tree.lookups, 5);
}

static void test_loops_end(void **state)
{
	struct spf_tree tree = follow("v=spf1 include:_loop.univ.example include:univ.example -all");

	assert_string_equal(shape(&tree), "0 univ.example found 4\n1 _loop.univ.example found 2\n2 _back.univ.example found 1\n"
					  "3 _loop.univ.example a loop 0\n1 univ.example a loop 0\n");
}

static void test_what_is_not_known_is_said(void **state)
{
	struct spf_tree tree = follow("v=spf1 include:_later.univ.example include:_silent.univ.example include:_two.univ.example include:_gone.univ.example -all");

	assert_string_equal(shape(&tree), "0 univ.example found 4\n1 _later.univ.example not looked up yet 0\n1 _silent.univ.example no answer 0\n"
					  "1 _two.univ.example several SPF records 0\n1 _gone.univ.example no SPF record 0\n");
	assert_true(tree.at_least);
	assert_int_equal(tree.voids, 1);
	assert_true(follow("v=spf1 include:%{i}.univ.example -all").at_least);
	assert_false(follow("v=spf1 exists:%{i}.univ.example -all").at_least);
}

static void test_a_tree_without_end_is_cut(void **state)
{
	struct slice record = sample_join(&arena, SLICE("v=spf1"), sample_repeat(&arena, " include:_hungry.univ.example", 300));
	struct spf_tree tree = follow(arena_copy(&arena, record.ptr, record.len));

	assert_int_equal(tree.n, LIMIT_SPF_RECORDS);
	assert_true(tree.at_least);
	assert_int_equal(tree.record[0].n, LIMIT_SPF_TERMS);
}

static void test_what_a_record_mentions(void **state)
{
	struct slice out[3];

	assert_int_equal(spf_mentions(&arena, SLICE("v=spf1 include:a.example a:b.example redirect=c.example"), out, 3), 2);
	assert_slice(out[0], "a.example");
	assert_slice(out[1], "c.example");
	assert_int_equal(spf_mentions(&arena, SLICE("v=spf1 include:a.b include:c.d include:e.f include:g.h"), out, 3), 3);
	assert_int_equal(spf_mentions(&arena, SLICE("v=DMARC1; p=none"), out, 3), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_what_begins_so_is_a_record),
		cmocka_unit_test(test_good_terms),
		cmocka_unit_test(test_terms_in_error),
		cmocka_unit_test(test_a_name_with_a_macro_leads_nowhere_known),
		cmocka_unit_test(test_look_ups_are_counted_through_the_tree),
		cmocka_unit_test(test_what_stands_behind_all_is_not_looked_at),
		cmocka_unit_test(test_loops_end),
		cmocka_unit_test(test_what_is_not_known_is_said),
		cmocka_unit_test(test_a_tree_without_end_is_cut),
		cmocka_unit_test(test_what_a_record_mentions),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("record_spf", tests, NULL, teardown);
}
