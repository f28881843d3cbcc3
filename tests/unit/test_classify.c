/* test_classify: every row falls into the class that FORMATS 1.3 says, whatever the reporter writes around it. */
#include "schema/classify.h"

#include "suffix_sample.h"

static struct arena arena;
static struct suffixes *list;

static int setup(void **state)
{
	static const char rules[] = "// ===BEGIN ICANN DOMAINS===\nexample\norg\n// ===END ICANN DOMAINS===\n";

	list = suffix_sample(rules);
	return 0;
}

static int teardown(void **state)
{
	suffixes_free(list);
	arena_release(&arena);
	return 0;
}

static struct judgement judge_as(const char *adkim, const char *aspf, const struct row *row)
{
	return classify_row(&arena, list, slice_of(adkim), slice_of(aspf), row);
}

static struct judgement judge(const struct row *row)
{
	return judge_as("r", "r", row);
}

/* NULL: absent. A passing signature stands beside a DKIM pass, so that nothing is inconsistent. */
static struct row row_of(const char *disposition, const char *dkim, const char *spf)
{
	static struct auth signature = { .domain = { "univ.example", 12 }, .result = { "pass", 4 } };

	return (struct row){ .disposition = slice_of(disposition),
			     .dkim = slice_of(dkim),
			     .spf = slice_of(spf),
			     .header_from = SLICE("univ.example"),
			     .dkim_auth = dkim != NULL && strcmp(dkim, "pass") == 0 ? &signature : NULL };
}

static struct judgement of(const char *disposition, const char *dkim, const char *spf)
{
	struct row row = row_of(disposition, dkim, spf);

	return judge(&row);
}

/* --- the table --- */

static void test_every_combination_has_its_class(void **state)
{
	static const struct {
		const char *disposition, *dkim, *spf;
		enum trust trust;
		enum split split;
		enum disposition disp;
		unsigned flags;
	} cases[] = {
		{ "none", "pass", "pass", TRUST_FULL, SPLIT_FULL, DISP_NONE, 0 },
		{ "none", "pass", "fail", TRUST_PARTIAL, SPLIT_DKIM_ONLY, DISP_NONE, 0 },
		{ "none", "fail", "pass", TRUST_PARTIAL, SPLIT_SPF_ONLY, DISP_NONE, 0 },
		{ "none", "fail", "fail", TRUST_UNTRUSTED, SPLIT_UNTRUSTED, DISP_NONE, 0 },
		{ "quarantine", "fail", "fail", TRUST_QUARANTINED, SPLIT_QUARANTINED, DISP_QUARANTINE, 0 },
		{ "reject", "fail", "fail", TRUST_REJECTED, SPLIT_REJECTED, DISP_REJECT, 0 },
		/* RFC 9990's pass is none */
		{ "pass", "pass", "pass", TRUST_FULL, SPLIT_FULL, DISP_NONE, 0 },
		{ "pass", "fail", "pass", TRUST_PARTIAL, SPLIT_SPF_ONLY, DISP_NONE, 0 },
		{ "pass", "fail", "fail", TRUST_UNTRUSTED, SPLIT_UNTRUSTED, DISP_NONE, 0 },
		/* acted on although it passed: the class stays */
		{ "reject", "pass", "pass", TRUST_FULL, SPLIT_FULL, DISP_REJECT, FLAG_ACTED_DESPITE_PASS },
		{ "quarantine", "pass", "fail", TRUST_PARTIAL, SPLIT_DKIM_ONLY, DISP_QUARANTINE,
		  FLAG_ACTED_DESPITE_PASS },
		{ "reject", "fail", "pass", TRUST_PARTIAL, SPLIT_SPF_ONLY, DISP_REJECT, FLAG_ACTED_DESPITE_PASS },
		/* a disposition that is missing or unknown counts as delivered */
		{ NULL, "fail", "fail", TRUST_UNTRUSTED, SPLIT_UNTRUSTED, DISP_NONE, FLAG_NO_DISPOSITION },
		{ "discard", "fail", "fail", TRUST_UNTRUSTED, SPLIT_UNTRUSTED, DISP_NONE, FLAG_NO_DISPOSITION },
		{ "rejected", "pass", "pass", TRUST_FULL, SPLIT_FULL, DISP_NONE, FLAG_NO_DISPOSITION },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct judgement v = of(cases[i].disposition, cases[i].dkim, cases[i].spf);

		if (v.trust != cases[i].trust || v.split != cases[i].split || v.disposition != cases[i].disp ||
		    v.flags != cases[i].flags)
			fail_msg("case %zu: trust %d split %d disposition %d flags %#x", i, v.trust, v.split,
				 v.disposition, v.flags);
	}
}

static void test_only_pass_is_pass(void **state)
{
	static const char *const words[] = { "fail",   "none",    "softfail",  "hardfail",  "neutral",
					     "policy", "unknown", "temperror", "permerror", "passed",
					     "pas",    "pass ",   "" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		struct judgement v = of("none", words[i], words[i]);

		if (v.dkim_pass || v.spf_pass || v.trust != TRUST_UNTRUSTED || v.flags & FLAG_DERIVED)
			fail_msg("\"%s\" was taken for a pass, or for absent", words[i]);
	}
}

static void test_a_pass_without_signature_is_believed_and_flagged(void **state)
{
	struct auth failed = { .domain = SLICE("univ.example"), .result = SLICE("fail") };
	struct row row = row_of("none", "pass", "fail");

	row.dkim_auth = NULL;
	assert_int_equal(judge(&row).trust, TRUST_PARTIAL);
	assert_int_equal(judge(&row).flags, FLAG_INCONSISTENT);
	row.dkim_auth = &failed;
	assert_int_equal(judge(&row).flags, FLAG_INCONSISTENT);
	assert_int_equal(of("none", "fail", "pass").flags, 0);
}

/* --- results that are absent are derived --- */

static struct judgement derived(const char *adkim, const char *aspf, const char *from, struct auth *dkim,
			      struct auth *spf)
{
	struct row row = { .header_from = slice_of(from), .dkim_auth = dkim, .spf_auth = spf };

	return judge_as(adkim, aspf, &row);
}

static struct auth result_of(const char *domain, const char *result, const char *scope)
{
	return (struct auth){ .domain = slice_of(domain), .result = slice_of(result), .scope = slice_of(scope) };
}

static void test_an_absent_result_is_derived_and_flagged(void **state)
{
	struct auth dkim = result_of("univ.example", "pass", NULL), spf = result_of("univ.example", "pass", NULL);
	struct judgement v = derived("r", "r", "univ.example", &dkim, &spf);

	assert_true(v.dkim_pass && v.spf_pass);
	assert_int_equal(v.trust, TRUST_FULL);
	assert_int_equal(v.flags, FLAG_DERIVED | FLAG_NO_DISPOSITION);
	v = derived("r", "r", "univ.example", NULL, NULL);
	assert_int_equal(v.trust, TRUST_UNTRUSTED);
	assert_int_equal(v.flags, FLAG_DERIVED | FLAG_NO_DISPOSITION);
}

static void test_what_the_receiver_said_is_never_derived_anew(void **state)
{
	struct auth pass = result_of("univ.example", "pass", NULL);
	struct row row = { .disposition = SLICE("none"),
			   .dkim = SLICE("fail"),
			   .header_from = SLICE("univ.example"),
			   .dkim_auth = &pass,
			   .spf_auth = &pass };
	struct judgement v = judge(&row);

	assert_false(v.dkim_pass);
	assert_true(v.spf_pass); /* this one was absent */
	assert_int_equal(v.flags, FLAG_DERIVED);
}

static void test_relaxed_alignment_is_by_organisation_and_strict_by_name(void **state)
{
	struct auth below = result_of("mail.univ.example", "pass", NULL),
		    other = result_of("badexample.org", "pass", NULL);

	assert_true(derived("r", "r", "univ.example", &below, NULL).dkim_pass);
	assert_true(derived("r", "r", "chem.univ.example", &below, NULL).dkim_pass); /* siblings */
	assert_false(derived("s", "r", "univ.example", &below, NULL).dkim_pass);
	assert_true(derived("s", "r", "mail.univ.example", &below, NULL).dkim_pass);
	assert_true(derived("s", "r", "Mail.UNIV.example.", &below, NULL).dkim_pass);
	assert_true(derived("r", "r", "univ.example", NULL, &below).spf_pass);
	assert_false(derived("r", "s", "univ.example", NULL, &below).spf_pass);
	assert_true(derived("s", "r", "univ.example", NULL, &below).spf_pass); /* adkim is not aspf */
	assert_false(derived("r", "r", "example.org", &other, &other).dkim_pass);
	assert_false(derived("r", "r", "org", &other, &other).spf_pass); /* a suffix is nobody's organisation */
}

static void test_a_mode_that_is_no_s_is_relaxed(void **state)
{
	struct auth below = result_of("mail.univ.example", "pass", NULL);

	assert_true(derived(NULL, NULL, "univ.example", &below, NULL).dkim_pass);
	assert_true(derived("", "", "univ.example", NULL, &below).spf_pass);
	assert_true(derived("strict", "x", "univ.example", &below, NULL).dkim_pass);
}

static void test_spf_of_a_helo_name_never_counts(void **state)
{
	struct auth helo = result_of("univ.example", "pass", "helo"),
		    mfrom = result_of("univ.example", "pass", "mfrom");

	assert_false(derived("r", "r", "univ.example", NULL, &helo).spf_pass);
	assert_true(derived("r", "r", "univ.example", NULL, &mfrom).spf_pass);
	helo.next = &mfrom;
	assert_true(derived("r", "r", "univ.example", NULL, &helo).spf_pass);
}

static void test_any_of_several_results_is_enough_and_none_else(void **state)
{
	struct auth last = result_of("univ.example", "pass", NULL), middle = result_of("other.example", "pass", NULL),
		    first = result_of("univ.example", "hardfail", NULL);

	first.next = &middle;
	middle.next = &last;
	assert_true(derived("r", "r", "univ.example", &first, NULL).dkim_pass);
	middle.next = NULL;
	assert_false(derived("r", "r", "univ.example", &first, NULL).dkim_pass);
}

static void test_absent_names_align_with_nothing(void **state)
{
	struct auth nameless = result_of(NULL, "pass", NULL), empty = result_of("", "pass", NULL);

	assert_false(derived("r", "r", NULL, &nameless, &nameless).dkim_pass);
	assert_false(derived("r", "r", "", &empty, &empty).spf_pass);
	assert_false(derived("s", "s", "", &empty, &empty).spf_pass);
	assert_false(derived("r", "r", "univ.example", &nameless, &empty).dkim_pass);
}

/* --- ARC --- */

static unsigned flags_with_reason(const char *type, const char *comment)
{
	struct reason reason = { .type = slice_of(type), .comment = slice_of(comment) };
	struct row row = row_of("none", "fail", "fail");

	row.reasons = &reason;
	return judge(&row).flags;
}

static void test_a_trusted_chain_is_seen_however_it_is_written(void **state)
{
	static const char *const comments[] = {
		"arc=pass",
		"arc = PASS",
		"ARC\t=\n pass",
		"arc=pass as[2].d=list.example as[2].s=s1 remote-ip[1]=192.0.2.1",
		"dmarc=fail arc=pass",
		"(arc=pass)",
		"x;arc=pass;y",
		"arc=fail arc=pass",
		"arc arc=pass",
		"arc=pass,",
		"arc=pass.",
		"arc=pass-ish",
		"Policy overriden using trusted ARC chain",
		"Policy ignored due to DMARC pass in trusted arc CHAIN",
	};

	for (size_t i = 0; i < sizeof comments / sizeof *comments; i++)
		if (flags_with_reason("local_policy", comments[i]) != FLAG_ARC_RESCUED)
			fail_msg("not seen: \"%s\"", comments[i]);
}

static void test_what_only_looks_like_a_chain_is_none(void **state)
{
	static const char *const comments[] = { "arc=passx",
						"search=pass",
						"arc=fail",
						"arc=none",
						"arc=pas",
						"arc=",
						"arc",
						"arc pass",
						"arcs=pass",
						"arc==pass",
						"arc=pass1",
						"arc=pass_",
						"_arc=pass",
						"0arc=pass",
						"arcarc=pass",
						"arc=fail as[1].d=pass",
						"trusted ARC",
						"untrusted",
						"" };

	for (size_t i = 0; i < sizeof comments / sizeof *comments; i++)
		if (flags_with_reason("local_policy", comments[i]) != 0)
			fail_msg("taken: \"%s\"", comments[i]);
	assert_int_equal(flags_with_reason("arc=pass", NULL), 0); /* a comment says it, not a type */
}

/* FORMATS 4.2 rule 1 is \barc: any character that is none of a word may stand before it. */
static void test_a_chain_is_seen_behind_any_mark(void **state)
{
	static const char *const comments[] = { "\"arc=pass\"",      "[arc=pass]", "{arc=pass}", "dmarc=fail/arc=pass",
						"spf=fail|arc=pass", "x-arc=pass", "a.arc=pass", "+arc=pass",
						"'arc=pass'",        "<arc=pass>" };

	for (size_t i = 0; i < sizeof comments / sizeof *comments; i++)
		if (flags_with_reason("local_policy", comments[i]) != FLAG_ARC_RESCUED)
			fail_msg("not seen: \"%s\"", comments[i]);
}

static void test_a_comment_is_not_read_past_its_end(void **state)
{
	static const char *const starts[] = { "arc", "arc=", "arc =", "arc = pas", "arc=pass", "trusted ARC chai" };

	for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
		size_t n = strlen(starts[i]);
		char *exact = malloc(n); /* no NUL behind it */
		struct reason reason = { .comment = { exact, n } };
		struct row row = row_of("none", "fail", "fail");

		assert_non_null(exact);
		memcpy(exact, starts[i], n);
		row.reasons = &reason;
		assert_int_equal(judge(&row).flags, i == 4 ? FLAG_ARC_RESCUED : 0);
		free(exact);
	}
}

static void test_only_delivered_failures_are_rescued(void **state)
{
	static const char *const outcomes[][3] = { { "none", "pass", "fail" },
						   { "quarantine", "fail", "fail" },
						   { "reject", "fail", "fail" },
						   { "none", "pass", "pass" } };
	struct reason reason = { .type = SLICE("local_policy"), .comment = SLICE("arc=pass") };

	for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++) {
		struct row row = row_of(outcomes[i][0], outcomes[i][1], outcomes[i][2]);

		row.reasons = &reason;
		assert_int_equal(judge(&row).flags & FLAG_ARC_RESCUED, 0);
	}
	assert_int_equal(flags_with_reason(NULL, "arc=pass"), FLAG_ARC_RESCUED);
	assert_int_equal(flags_with_reason("trusted_forwarder", "arc=pass"), FLAG_ARC_RESCUED);
}

static void test_the_chain_may_stand_in_a_later_reason(void **state)
{
	struct reason second = { .type = SLICE("local_policy"), .comment = SLICE("arc=pass") };
	struct reason first = { .type = SLICE("other"), .next = &second };
	struct row row = row_of("pass", "fail", "fail");

	row.reasons = &first;
	assert_int_equal(judge(&row).flags, FLAG_ARC_RESCUED);
}

/* --- the From --- */

static void test_a_missing_from_is_flagged(void **state)
{
	struct row row = row_of("none", "fail", "fail");

	row.header_from = (struct slice){ 0 };
	assert_int_equal(judge(&row).flags, FLAG_NO_FROM);
	row.header_from = SLICE("user@univ.example");
	assert_int_equal(judge(&row).flags, FLAG_NO_FROM);
	row.header_from = SLICE("Univ.example.");
	assert_int_equal(judge(&row).flags, 0);
	row.header_from = SLICE("b\xc3\xbc"
				"cher.example");
	assert_int_equal(judge(&row).flags, 0);
	row.header_from = SLICE("_x.univ-1.example");
	assert_int_equal(judge(&row).flags, 0);
}

static void test_a_from_that_is_no_host_name_is_flagged(void **state)
{
	static const char *const names[] = { "one.example, two.example", "one.example two.example", "<>", "a;b", "" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct row row = row_of("none", "fail", "fail");

		row.header_from = slice_of(names[i]);
		if (judge(&row).flags != FLAG_NO_FROM)
			fail_msg("\"%s\" was taken for a host name", names[i]);
	}
}

/* --- policies --- */

static void test_policy_words_are_the_three(void **state)
{
	assert_int_equal(classify_policy_word(SLICE("none")), POLICY_NONE);
	assert_int_equal(classify_policy_word(SLICE("quarantine")), POLICY_QUARANTINE);
	assert_int_equal(classify_policy_word(SLICE("reject")), POLICY_REJECT);
	assert_int_equal(classify_policy_word(SLICE("nil")), POLICY_ABSENT);
	assert_int_equal(classify_policy_word(SLICE("")), POLICY_ABSENT);
	assert_int_equal(classify_policy_word((struct slice){ 0 }), POLICY_ABSENT);
}

static enum policy_word effective(enum policy_word p, enum policy_word sp, const char *domain, const char *from)
{
	const struct policy_seen seen = { .p = p, .sp = sp, .np = POLICY_REJECT, .pct = -1 };

	return classify_effective(&seen, slice_of(domain), slice_of(from));
}

static void test_the_policy_of_a_subdomain_is_sp_else_p(void **state)
{
	assert_int_equal(effective(POLICY_REJECT, POLICY_NONE, "univ.example", "univ.example"), POLICY_REJECT);
	assert_int_equal(effective(POLICY_REJECT, POLICY_NONE, "univ.example", "chem.univ.example"), POLICY_NONE);
	assert_int_equal(effective(POLICY_NONE, POLICY_REJECT, "univ.example", "univ.example"), POLICY_NONE);
	assert_int_equal(effective(POLICY_QUARANTINE, POLICY_ABSENT, "univ.example", "chem.univ.example"),
			 POLICY_QUARANTINE);
	assert_int_equal(effective(POLICY_ABSENT, POLICY_ABSENT, "univ.example", "chem.univ.example"), POLICY_ABSENT);
	assert_int_equal(effective(POLICY_ABSENT, POLICY_REJECT, "univ.example", "chem.univ.example"), POLICY_REJECT);
}

static enum delivered_why why(enum policy_word word, int pct, bool testing, const char *type, const char *comment)
{
	const struct policy_seen seen = { .p = word, .sp = word, .pct = pct, .testing = testing };
	struct reason reason = { .type = slice_of(type), .comment = slice_of(comment) };
	struct row row = row_of("none", "fail", "fail");

	if (type != NULL || comment != NULL)
		row.reasons = &reason;
	assert_int_equal(judge(&row).trust, TRUST_UNTRUSTED);
	return classify_why(word, classify_asks_to_hold_back(&seen), classify_stated(row.reasons));
}

static void test_delivered_mail_says_why(void **state)
{
	assert_int_equal(why(POLICY_NONE, -1, false, NULL, NULL), WHY_NO_POLICY);
	assert_int_equal(why(POLICY_ABSENT, -1, false, NULL, NULL), WHY_NO_POLICY);
	assert_int_equal(why(POLICY_NONE, -1, false, "local_policy", "arc=pass"),
			 WHY_NO_POLICY); /* would be, was not */
	assert_int_equal(why(POLICY_REJECT, 100, false, "local_policy", "arc=pass"), WHY_ARC);
	assert_int_equal(why(POLICY_QUARANTINE, 100, false, "mailing_list", NULL), WHY_OVERRIDE);
	assert_int_equal(why(POLICY_REJECT, 100, false, NULL, "white list"), WHY_OVERRIDE);
	assert_int_equal(why(POLICY_QUARANTINE, 100, false, NULL, NULL), WHY_UNSTATED);
	assert_int_equal(why(POLICY_QUARANTINE, -1, false, NULL, NULL), WHY_UNSTATED); /* pct absent is not 0 */
}

static void test_mail_held_back_is_told_from_leniency(void **state)
{
	assert_int_equal(why(POLICY_QUARANTINE, 0, false, NULL, NULL), WHY_HELD_BACK);
	assert_int_equal(why(POLICY_QUARANTINE, 99, false, NULL, NULL), WHY_HELD_BACK);
	assert_int_equal(why(POLICY_QUARANTINE, 100, true, NULL, NULL), WHY_HELD_BACK);
	assert_int_equal(why(POLICY_QUARANTINE, -1, true, NULL, NULL), WHY_HELD_BACK);
	assert_int_equal(why(POLICY_QUARANTINE, 100, false, "sampled_out", NULL), WHY_HELD_BACK);
	assert_int_equal(why(POLICY_QUARANTINE, -1, true, "policy_test_mode", "t=y"), WHY_HELD_BACK);
	/* 4.2 rule 4: one level lower. Of reject that is quarantine, so delivery is no holding back. */
	assert_int_equal(why(POLICY_REJECT, 0, true, NULL, NULL), WHY_UNSTATED);
}

/* --- names --- */

static void test_every_class_and_flag_has_its_own_name(void **state)
{
	static const char *const json[] = { "fully_trusted", "partially_trusted", "untrusted", "quarantined",
					    "rejected" };
	static const char *const param[] = { "full", "partial", "untrusted", "quarantined", "rejected" };

	for (int t = 0; t < TRUST_CLASSES; t++) {
		assert_string_equal(trust_json((enum trust)t), json[t]);
		assert_string_equal(trust_param((enum trust)t), param[t]);
		assert_true(strlen(trust_label((enum trust)t)) > 0);
	}
	for (int i = 0; i < FLAGS; i++)
		for (int k = 0; k < i; k++)
			assert_string_not_equal(flag_name(i), flag_name(k));
	assert_string_equal(flag_name(0), "arc_rescued");
	assert_string_equal(flag_name(FLAGS - 1), "no_from");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_combination_has_its_class),
		cmocka_unit_test(test_only_pass_is_pass),
		cmocka_unit_test(test_a_pass_without_signature_is_believed_and_flagged),
		cmocka_unit_test(test_an_absent_result_is_derived_and_flagged),
		cmocka_unit_test(test_what_the_receiver_said_is_never_derived_anew),
		cmocka_unit_test(test_relaxed_alignment_is_by_organisation_and_strict_by_name),
		cmocka_unit_test(test_a_mode_that_is_no_s_is_relaxed),
		cmocka_unit_test(test_spf_of_a_helo_name_never_counts),
		cmocka_unit_test(test_any_of_several_results_is_enough_and_none_else),
		cmocka_unit_test(test_absent_names_align_with_nothing),
		cmocka_unit_test(test_a_trusted_chain_is_seen_however_it_is_written),
		cmocka_unit_test(test_what_only_looks_like_a_chain_is_none),
		cmocka_unit_test(test_a_chain_is_seen_behind_any_mark),
		cmocka_unit_test(test_a_comment_is_not_read_past_its_end),
		cmocka_unit_test(test_only_delivered_failures_are_rescued),
		cmocka_unit_test(test_the_chain_may_stand_in_a_later_reason),
		cmocka_unit_test(test_a_missing_from_is_flagged),
		cmocka_unit_test(test_a_from_that_is_no_host_name_is_flagged),
		cmocka_unit_test(test_policy_words_are_the_three),
		cmocka_unit_test(test_the_policy_of_a_subdomain_is_sp_else_p),
		cmocka_unit_test(test_delivered_mail_says_why),
		cmocka_unit_test(test_mail_held_back_is_told_from_leniency),
		cmocka_unit_test(test_every_class_and_flag_has_its_own_name),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("classify", tests, setup, teardown);
}
