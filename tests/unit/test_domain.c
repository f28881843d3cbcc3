/* test_domain: one name has one spelling, and no name is taken for part of a tree it does not lie in. */
#include "schema/domain.h"

#include "suffix_sample.h"

static struct arena arena;
static struct suffixes *list;

static int setup(void **state)
{
	static const char rules[] =
		"// ===BEGIN ICANN DOMAINS===\norg\nexample\nac.example\n*.wild.example\n!kept.wild.example\n"
		"\xc3\xbc"
		"ber.example\n// ===END ICANN DOMAINS===\n";

	list = suffix_sample(rules);
	return 0;
}

static int teardown(void **state)
{
	suffixes_free(list);
	arena_release(&arena);
	return 0;
}

#define assert_normal(written, expected) assert_slice(domain_normal(&arena, SLICE(written)), expected)

static void test_spellings_of_one_name_become_one(void **state)
{
	assert_normal("univ.example", "univ.example");
	assert_normal(" Univ.EXAMPLE \n", "univ.example");
	assert_normal("univ.example.", "univ.example");
	assert_normal("univ.example..", "univ.example");
	assert_normal("UNIV.example. ", "univ.example");
}

static void test_names_in_letters_become_a_labels(void **state)
{
	assert_normal("b\xc3\xbc"
		      "cher.example",
		      "xn--bcher-kva.example");
	assert_normal("B\xc3\x9c"
		      "CHER.Example.",
		      "xn--bcher-kva.example");
	assert_normal("bu\xcc\x88"
		      "cher.example",
		      "xn--bcher-kva.example"); /* composed first */
	assert_normal("xn--bcher-kva.example", "xn--bcher-kva.example");
	assert_normal("XN--BCHER-KVA.example", "xn--bcher-kva.example");
	assert_normal("list.b\xc3\xbc"
		      "cher.example",
		      "list.xn--bcher-kva.example");
}

static void test_of_an_address_the_domain_is_left(void **state)
{
	assert_normal("user@Univ.example", "univ.example");
	assert_normal("<user@univ.example>", "univ.example");
	assert_normal("\"a@b\"@univ.example", "univ.example");
	assert_normal("a@one.example, b@two.example", "two.example");
	assert_normal("user@b\xc3\xbc"
		      "cher.example",
		      "xn--bcher-kva.example");
}

static void test_absent_and_empty_stay_apart(void **state)
{
	assert_slice(domain_normal(&arena, (struct slice){ 0 }), NULL);
	assert_normal("", "");
	assert_normal(" ", "");
	assert_normal(".", "");
	assert_normal("@", "");
}

static void test_what_is_no_name_is_lowered_and_kept(void **state)
{
	struct slice junk = sample_noise(&arena, 3000), out;

	assert_normal("No Host Here!", "no host here!");
	assert_normal("_DMARC.Univ.example", "_dmarc.univ.example");
	assert_normal("192.0.2.1", "192.0.2.1");
	assert_normal("\xff\xfe.Example", "\xff\xfe.example");
	out = domain_normal(&arena, junk);
	assert_int_equal(out.len, junk.len);
	assert_memory_equal(out.ptr, junk.ptr, junk.len);
}

static void test_a_long_name_is_not_read_past_or_cut(void **state)
{
	struct slice label = sample_repeat(&arena, "\xc3\xbc", 70),
		     name = sample_join(&arena, label, SLICE(".EXAMPLE"));
	struct slice huge = sample_join(&arena, sample_repeat(&arena, "\xc3\xbc", 5000), SLICE(".EXAMPLE"));
	struct slice out = domain_normal(&arena, name); /* an A-label has at most 63 */

	assert_int_equal(out.len, name.len);
	assert_true(memcmp(out.ptr + label.len, ".example", 8) == 0);
	out = domain_normal(&arena, huge);
	assert_int_equal(out.len, huge.len);
	assert_true(memcmp(out.ptr + out.len - 8, ".example", 8) == 0);
	assert_ptr_equal(domain_organisational(list, huge).ptr, huge.ptr);
}

/* What is normal already may not change again: facts are normalised when they are stored and when they are asked for.
 */
static void test_a_normal_name_stays_as_it_is(void **state)
{
	static const char *const names[] = { "univ.example",
					     "Univ.Example.",
					     "b\xc3\xbc"
					     "cher.example",
					     "user@univ.example",
					     "<user@univ.example>",
					     "<>",
					     "a b",
					     "...",
					     "x@y@z",
					     "@.@",
					     "a,b.example" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct slice once = domain_normal(&arena, slice_of(names[i])), twice = domain_normal(&arena, once);

		if (!slice_eq(once, twice))
			fail_msg("\"%.*s\" became \"%.*s\"", (int)once.len, once.ptr, (int)twice.len, twice.ptr);
	}
}

static void test_blanks_inside_an_address_are_trimmed_too(void **state)
{
	assert_normal("User <user@ univ.example >", "univ.example");
	assert_normal("univ.example .", "univ.example");
}

/* FORMATS 3.3: seen as "<>"; what falls back to the SPF domain asks for emptiness. */
static void test_a_null_reverse_path_is_no_name(void **state)
{
	assert_normal("<>", "");
	assert_normal("<univ.example>", "univ.example");
}

/* --- organisational domains --- */

static void assert_org(const char *name, const char *expected)
{
	struct slice s = slice_of(name), org = domain_organisational(list, s);

	assert_slice(org, expected);
	assert_ptr_equal(org.ptr + org.len, s.ptr + s.len); /* points into the name */
}

static void test_the_organisation_is_one_label_below_the_suffix(void **state)
{
	assert_org("a.b.univ.example", "univ.example");
	assert_org("univ.example", "univ.example");
	assert_org("mail.univ.ac.example", "univ.ac.example");
	assert_org("www.example.org", "example.org");
	assert_org("a.b.anything.wild.example", "b.anything.wild.example");
	assert_org("a.kept.wild.example", "kept.wild.example");
}

static void test_a_suffix_is_its_own_organisation(void **state)
{
	assert_org("org", "org");
	assert_org("ac.example", "ac.example");
	assert_org("any.wild.example", "any.wild.example");
}

static void test_an_unknown_suffix_is_one_label(void **state)
{
	assert_org("a.b.nowhere", "b.nowhere");
	assert_org("nowhere", "nowhere");
}

static void test_names_of_the_list_in_letters_are_met(void **state)
{
	assert_org("a.b.xn--ber-goa.example", "b.xn--ber-goa.example");
}

static void test_junk_is_its_own_organisation_or_ends_in_it(void **state)
{
	static const char *const junk[] = { "",    ".", "..",        "...org",      ".org",     "a..org", "-",
					    "a b", "<", "192.0.2.1", "2001:db8::1", "\xff.org", "@" };

	for (size_t i = 0; i < sizeof junk / sizeof *junk; i++) {
		struct slice s = slice_of(junk[i]), org = domain_organisational(list, s);

		assert_true(org.len <= s.len);
		assert_ptr_equal(org.ptr + org.len, s.ptr + s.len);
	}
	assert_int_equal(domain_organisational(list, (struct slice){ 0 }).len, 0);
	assert_int_equal(domain_organisational(list, (struct slice){ "a\0b.org", 7 }).len <= 7, 1);
}

/* --- trees --- */

static bool under(const char *name, const char *tree)
{
	return domain_is_under(slice_of(name), slice_of(tree));
}

static void test_a_tree_holds_itself_and_what_is_below(void **state)
{
	assert_true(under("univ.example", "univ.example"));
	assert_true(under("chem.univ.example", "univ.example"));
	assert_true(under("a.b.c.univ.example", "univ.example"));
	assert_true(under("univ.example", "example"));
}

static void test_likeness_is_not_belonging(void **state)
{
	assert_false(under("example.co", "example.com"));
	assert_false(under("example.com", "example.co"));
	assert_false(under("badexample.com", "example.com"));
	assert_false(under("example.com.test", "example.com"));
	assert_false(under("com", "example.com"));
	assert_false(under("", "example.com"));
	assert_false(under("example.com", ""));
	assert_false(under("example.com.", ""));
	assert_false(domain_is_under((struct slice){ 0 }, SLICE("example.com")));
	assert_false(domain_is_under(SLICE("example.com"), (struct slice){ 0 }));
}

static void test_the_nearest_owner_is_named(void **state)
{
	static const struct domain_owner some[] = { { { "univ.example", 12 }, { "Email team", 10 } },
						    { { "lab.chem.univ.example", 21 }, { "Lab", 3 } },
						    { { "chem.univ.example", 17 }, { "Chemistry IT", 12 } } };
	const struct domain_owners owners = { some, 3 }, none = { 0 };

	assert_slice(domain_owner_of(&owners, SLICE("univ.example")), "Email team");
	assert_slice(domain_owner_of(&owners, SLICE("a.chem.univ.example")), "Chemistry IT");
	assert_slice(domain_owner_of(&owners, SLICE("a.lab.chem.univ.example")), "Lab");
	assert_slice(domain_owner_of(&owners, SLICE("xuniv.example")), NULL);
	assert_slice(domain_owner_of(&none, SLICE("univ.example")), NULL);
}

/* --- the list --- */

static void test_a_list_that_is_not_there_is_a_wrong_configuration(void **state)
{
	struct suffixes *none = NULL;
	struct err err = { 0 };

	assert_int_equal(suffixes_open("/nonexistent/list.dat", &none, &err), -1);
	assert_null(none);
	assert_int_equal(err.kind, ERR_USE);
	assert_non_null(strstr(err.text, "/nonexistent/list.dat"));
	suffixes_free(NULL);
}

static void test_the_list_of_the_system_is_found(void **state)
{
	struct suffixes *system = NULL;
	struct err err = { 0 };

	if (suffixes_open(NULL, &system, &err) != 0)
		fail_msg("%s", err.text);
	assert_slice(domain_organisational(system, SLICE("a.b.ac.uk")), "b.ac.uk");
	suffixes_free(system);
}

static void test_only_what_dns_can_be_asked_for_is_a_name(void **state)
{
	static const char *const names[] = { "univ.example", "_dmarc.univ.example", "xn--bcher-kva.example", "a.b", "-a.b" };
	static const char *const others[] = { "", ".", "localhost", "univ..example", ".univ.example", "univ.example.", "Univ.example",
					      "a b.example", "a\\032b.example", "b\xc3\xbc.example", "192.0.2.1/24" };
	char label[70], name[300];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		assert_true(domain_is_name(slice_of(names[i])));
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		assert_false(domain_is_name(slice_of(others[i])));
	memset(label, 'a', sizeof label);
	memcpy(label + 63, ".b", 3);
	assert_true(domain_is_name(slice_of(label)));
	memcpy(label + 64, ".b", 3);
	label[63] = 'a';
	assert_false(domain_is_name(slice_of(label)));
	for (size_t i = 0; i < sizeof name; i++)
		name[i] = i % 2 == 0 ? 'a' : '.';
	assert_true(domain_is_name((struct slice){ name, 253 }));
	assert_false(domain_is_name((struct slice){ name, 255 }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spellings_of_one_name_become_one),
		cmocka_unit_test(test_names_in_letters_become_a_labels),
		cmocka_unit_test(test_of_an_address_the_domain_is_left),
		cmocka_unit_test(test_absent_and_empty_stay_apart),
		cmocka_unit_test(test_what_is_no_name_is_lowered_and_kept),
		cmocka_unit_test(test_a_long_name_is_not_read_past_or_cut),
		cmocka_unit_test(test_a_normal_name_stays_as_it_is),
		cmocka_unit_test(test_blanks_inside_an_address_are_trimmed_too),
		cmocka_unit_test(test_a_null_reverse_path_is_no_name),
		cmocka_unit_test(test_the_organisation_is_one_label_below_the_suffix),
		cmocka_unit_test(test_a_suffix_is_its_own_organisation),
		cmocka_unit_test(test_an_unknown_suffix_is_one_label),
		cmocka_unit_test(test_names_of_the_list_in_letters_are_met),
		cmocka_unit_test(test_junk_is_its_own_organisation_or_ends_in_it),
		cmocka_unit_test(test_a_tree_holds_itself_and_what_is_below),
		cmocka_unit_test(test_likeness_is_not_belonging),
		cmocka_unit_test(test_the_nearest_owner_is_named),
		cmocka_unit_test(test_a_list_that_is_not_there_is_a_wrong_configuration),
		cmocka_unit_test(test_the_list_of_the_system_is_found),
		cmocka_unit_test(test_only_what_dns_can_be_asked_for_is_a_name),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("domain", tests, setup, teardown);
}
