/* test_record_dmarc: a record is read as receivers of either RFC read it, and each finds the policy that it would find. */
#include "schema/record_dmarc.h"

#include "suffix_sample.h"
#include "zone_sample.h"

static struct arena arena;
static struct suffixes *list;

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

static struct dmarc_record read_record(const char *text)
{
	assert_true(dmarc_is_record(slice_of(text)));
	return dmarc_record_read(&arena, slice_of(text));
}

static void test_only_what_begins_so_is_a_record(void **state)
{
	static const char *const records[] = { "v=DMARC1", "v=DMARC1;", "v = DMARC1 ; p=none", "v=DMARC1;p=none" };
	static const char *const others[] = { "", ";", "v=dmarc1; p=none", "v=DMARC1 p=none", "p=none; v=DMARC1", "v=DMARC12;p=none", "v=spf1 -all",
					      "DMARC1", " ", "V=DMARC1; p=none" };

	for (size_t i = 0; i < sizeof records / sizeof *records; i++)
		assert_true(dmarc_is_record(slice_of(records[i])));
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (dmarc_is_record(slice_of(others[i])))
			fail_msg("\"%s\" is a record", others[i]);
	assert_false(dmarc_is_record((struct slice){ 0 }));
}

static void test_tags_are_read_and_explained(void **state)
{
	struct dmarc_record r = read_record("v=DMARC1; P=Quarantine;sp=none; np = reject ; pct=0; t=y; adkim=s; aspf=r; fo=1:d; psd=n; "
				     "rua=mailto:a@univ.example!10m, mailto:b@univ.example; ruf=mailto:c@univ.example; ri=3600; rf=afrf;");

	assert_int_equal(r.tags, 14);
	assert_int_equal(r.seen.p, POLICY_QUARANTINE);
	assert_int_equal(r.seen.sp, POLICY_NONE);
	assert_int_equal(r.seen.np, POLICY_REJECT);
	assert_int_equal(r.seen.pct, 0);
	assert_true(r.seen.testing && r.seen.strict_dkim && !r.seen.strict_spf && r.has_rua && r.has_ruf && !r.twice);
	assert_int_equal(r.psd, 'n');
	for (size_t i = 0; i < r.tags; i++)
		assert_true(r.tag[i].known && r.tag[i].good && r.tag[i].says != NULL);
	assert_slice(r.tag[3].text, "np = reject");
	assert_slice(r.tag[3].value, "reject");
	assert_slice(r.tag[10].value, "mailto:a@univ.example!10m, mailto:b@univ.example");
}

static void test_what_means_nothing_is_as_if_it_were_not_there(void **state)
{
	struct dmarc_record r = read_record("v=DMARC1; p=quarantaine; sp=; pct=101; t=yes; adkim=strict; psd=x; rua=dmarc@univ.example; foo=bar; junk; fo=2");

	assert_int_equal(r.seen.p, POLICY_ABSENT);
	assert_true(r.has_p && r.bad_p && r.bad_sp && r.bad_pct && !r.has_rua && !r.seen.testing && !r.seen.strict_dkim);
	assert_int_equal(r.seen.pct, -1);
	assert_int_equal(r.psd, 'u');
	for (size_t i = 1; i < r.tags; i++)
		assert_true(!r.tag[i].good && r.tag[i].says != NULL);
	assert_false(r.tag[8].known);
	assert_slice(r.tag[9].value, NULL);
}

static void test_the_first_of_two_equal_tags_is_taken(void **state)
{
	struct dmarc_record r = read_record("v=DMARC1; P; p=reject");

	assert_false(r.twice);
	assert_int_equal(r.seen.p, POLICY_REJECT);
	r = read_record("v=DMARC1; p=reject; p=none");
	assert_true(r.twice);
	assert_int_equal(r.seen.p, POLICY_REJECT);
}

static void test_a_record_without_end_is_cut(void **state)
{
	struct slice many = sample_join(&arena, SLICE("v=DMARC1;p=none;"), sample_repeat(&arena, "x=y;", 3000));
	struct dmarc_record r = dmarc_record_read(&arena, many);

	assert_int_equal(r.tags, LIMIT_RECORD_TAGS);
	assert_int_equal(r.seen.p, POLICY_NONE);
}

static void test_addresses_are_taken_one_by_one(void **state)
{
	static const struct {
		const char *text, *domain;
		bool valid;
	} all[] = {
		{ "mailto:a@univ.example", "univ.example", true },
		{ "MAILTO:a@Univ.Example!50m", "univ.example", true },
		{ "mailto:a@univ.example?subject=x", "univ.example", true },
		{ "mailto:a@univ.example!", NULL, false },
		{ "mailto:a@univ.example!10mm", NULL, false },
		{ "mailto:a b@univ.example", NULL, false },
		{ "mailto:univ.example", NULL, false },
		{ "mailto:@univ.example", NULL, false },
		{ "mailto:a@", NULL, false },
		{ "mailto:a@localhost", NULL, false },
		{ "a@univ.example", NULL, false },
		{ "https://univ.example/x", NULL, false },
		{ "", NULL, false },
	};
	struct slice two = SLICE(" mailto:a@one.example , mailto:b@two.example");
	struct dmarc_uri u;

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct slice s = slice_of(all[i].text);

		if (s.len == 0) {
			assert_false(dmarc_next_uri(&arena, &s, &u));
			continue;
		}
		assert_true(dmarc_next_uri(&arena, &s, &u));
		if (u.valid != all[i].valid)
			fail_msg("%s is %s", all[i].text, u.valid ? "valid" : "not valid");
		if (u.valid)
			assert_slice(u.domain, all[i].domain);
	}
	assert_true(dmarc_next_uri(&arena, &two, &u));
	assert_slice(u.domain, "one.example");
	assert_true(dmarc_next_uri(&arena, &two, &u));
	assert_slice(u.domain, "two.example");
	assert_false(dmarc_next_uri(&arena, &two, &u));
	assert_slice(dmarc_report_name(&arena, SLICE("univ.example"), SLICE("two.example")), "univ.example._report._dmarc.two.example");
}

/* --- what receivers find --- */

static const char *found(const struct zone_line *zone, const char *domain, bool new)
{
	struct zone z = { .line = zone };
	const struct lint_dns dns = { zone_text, &z };
	struct dmarc_policy p = new ? dmarc_policy_9989(&arena, &dns, slice_of(domain)) : dmarc_policy_7489(&arena, &dns, list, slice_of(domain));

	if (p.found == DMARC_NONE || p.found == DMARC_BROKEN)
		return dmarc_policy_words(&arena, &p);
	return arena_printf(&arena, "%.*s: %s", (int)p.domain.len, p.domain.ptr, dmarc_policy_words(&arena, &p));
}

static void assert_found(const struct zone_line *zone, const char *domain, const char *old, const char *new)
{
	assert_string_equal(found(zone, domain, false), old);
	assert_string_equal(found(zone, domain, true), new);
}

static void test_a_policy_is_found_at_the_name_or_its_organisation(void **state)
{
	static const struct zone_line zone[] = { { "_dmarc.univ.example", "v=DMARC1; p=reject; sp=quarantine; rua=mailto:a@univ.example" },
						 { "_dmarc.law.univ.example", "v=DMARC1; p=none" },
						 { 0 } };

	assert_found(zone, "univ.example", "univ.example: reject", "univ.example: reject");
	assert_found(zone, "law.univ.example", "law.univ.example: none", "law.univ.example: none");
	assert_found(zone, "chem.univ.example", "univ.example: quarantine", "univ.example: quarantine");
	assert_found(zone, "a.b.c.univ.example", "univ.example: quarantine", "univ.example: quarantine");
	assert_found(zone, "other.example", "no policy", "no policy");
}

/* RFC 9989 4.10.2: the record with the fewest labels is the organisation's, where none says psd. */
static void test_the_tree_walk_passes_what_the_suffix_list_stops_at(void **state)
{
	static const struct zone_line above[] = { { "_dmarc.ac.example", "v=DMARC1; p=reject" }, { 0 } };
	static const struct zone_line suffix[] = { { "_dmarc.ac.example", "v=DMARC1; p=reject; sp=quarantine; psd=y" },
						   { "_dmarc.univ.ac.example", "v=DMARC1; p=none" },
						   { 0 } };
	static const struct zone_line stop[] = { { "_dmarc.b.univ.example", "v=DMARC1; p=reject; psd=n" },
						 { "_dmarc.univ.example", "v=DMARC1; p=none" },
						 { 0 } };

	assert_found(above, "a.univ.ac.example", "no policy", "ac.example: reject");
	assert_found(suffix, "a.univ.ac.example", "univ.ac.example: none", "univ.ac.example: none");
	assert_found(suffix, "a.other.ac.example", "no policy", "ac.example: quarantine");
	assert_found(stop, "a.b.univ.example", "univ.example: none", "b.univ.example: reject");
}

static void test_two_records_are_as_good_as_none(void **state)
{
	static const struct zone_line zone[] = { { "_dmarc.univ.example", "v=DMARC1; p=none" },
						 { "_dmarc.chem.univ.example", "v=DMARC1; p=none\nv=DMARC1; p=reject" },
						 { "_dmarc.math.univ.example", "other\nv=DMARC1; p=reject" },
						 { 0 } };

	assert_found(zone, "chem.univ.example", "no policy, for the record is broken", "univ.example: none");
	assert_found(zone, "math.univ.example", "math.univ.example: reject", "math.univ.example: reject");
}

/* RFC 7489 6.6.3, RFC 9989 4.10.1: a typing mistake in sp cancels p=reject. */
static void test_a_wrong_policy_word_cancels_the_others(void **state)
{
	static const struct zone_line zone[] = { { "_dmarc.a.example", "v=DMARC1; p=reject; sp=qurantine; rua=mailto:a@a.example" },
						 { "_dmarc.b.example", "v=DMARC1; p=reject; sp=qurantine" },
						 { "_dmarc.c.example", "v=DMARC1; rua=mailto:a@c.example" },
						 { "_dmarc.d.example", "v=DMARC1" },
						 { "_dmarc.e.example", "v=DMARC1; p=reject; np=x" },
						 { 0 } };

	assert_found(zone, "a.example", "a.example: none", "a.example: none");
	assert_found(zone, "b.example", "no policy, for the record is broken", "no policy, for the record is broken");
	assert_found(zone, "c.example", "c.example: none", "c.example: none");
	assert_found(zone, "d.example", "no policy, for the record is broken", "no policy, for the record is broken");
	assert_found(zone, "e.example", "e.example: reject", "no policy, for the record is broken");
}

/* FORMATS 5.1. */
static void test_pct_holds_back_the_old_and_t_the_new(void **state)
{
	static const struct zone_line zone[] = { { "_dmarc.a.example", "v=DMARC1; p=quarantine; pct=0" },
						 { "_dmarc.b.example", "v=DMARC1; p=reject; t=y" },
						 { "_dmarc.c.example", "v=DMARC1; p=reject; pct=0; t=y" },
						 { "_dmarc.d.example", "v=DMARC1; p=quarantine; pct=25" },
						 { 0 } };

	assert_found(zone, "a.example", "a.example: quarantine, held back to none", "a.example: quarantine");
	assert_found(zone, "b.example", "b.example: reject", "b.example: reject, held back to quarantine");
	assert_found(zone, "c.example", "c.example: reject, held back to quarantine", "c.example: reject, held back to quarantine");
	assert_found(zone, "d.example", "d.example: quarantine for 25 of 100", "d.example: quarantine");
}

static void test_a_name_not_looked_up_leaves_the_policy_open(void **state)
{
	static const struct zone_line zone[] = { { "_dmarc.univ.example", "v=DMARC1; p=none" }, { "_dmarc.law.univ.example", NULL }, { 0 } };
	struct zone z = { .line = zone, .not_asked = "_dmarc.example" };
	const struct lint_dns dns = { zone_text, &z };

	assert_found(zone, "law.univ.example", "law.univ.example: not known", "law.univ.example: not known");
	assert_int_equal(dmarc_policy_9989(&arena, &dns, SLICE("chem.univ.example")).found, DMARC_FOUND);
	assert_int_equal(dmarc_policy_9989(&arena, &dns, SLICE("other.example")).found, DMARC_UNKNOWN);
}

/* RFC 9989 4.10: at most eight questions; a long name jumps to seven labels. */
static void test_a_long_name_does_not_make_a_long_walk(void **state)
{
	static const struct zone_line zone[] = { { "_dmarc.example", "v=DMARC1; p=reject; psd=y" }, { 0 } };
	struct zone z = { .line = zone };
	const struct lint_dns dns = { zone_text, &z };
	struct dmarc_policy p = dmarc_policy_9989(&arena, &dns, SLICE("a.b.c.d.e.f.g.h.i.j.k.l.univ.example"));

	assert_int_equal(z.asked, 8);
	assert_int_equal(p.found, DMARC_FOUND);
	assert_slice(p.domain, "example");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_what_begins_so_is_a_record),
		cmocka_unit_test(test_tags_are_read_and_explained),
		cmocka_unit_test(test_what_means_nothing_is_as_if_it_were_not_there),
		cmocka_unit_test(test_the_first_of_two_equal_tags_is_taken),
		cmocka_unit_test(test_a_record_without_end_is_cut),
		cmocka_unit_test(test_addresses_are_taken_one_by_one),
		cmocka_unit_test(test_a_policy_is_found_at_the_name_or_its_organisation),
		cmocka_unit_test(test_the_tree_walk_passes_what_the_suffix_list_stops_at),
		cmocka_unit_test(test_two_records_are_as_good_as_none),
		cmocka_unit_test(test_a_wrong_policy_word_cancels_the_others),
		cmocka_unit_test(test_pct_holds_back_the_old_and_t_the_new),
		cmocka_unit_test(test_a_name_not_looked_up_leaves_the_policy_open),
		cmocka_unit_test(test_a_long_name_does_not_make_a_long_walk),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("record_dmarc", tests, setup, teardown);
}
