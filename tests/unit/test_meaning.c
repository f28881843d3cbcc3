/* test_meaning: what a kind says of a row is what the row, its policy and its receiver say: nothing that counters or verdicts need
 * is lost on the way into a number. */
#include "store_sample.h"

#include "storage/scan.h"

/* --- kinds --- */

/* Facts that a row of a split may show besides. */
static const unsigned failing[] = { FACT_SPF_NOT_LISTED, FACT_SPF_OTHER, FACT_OTHER_SIGNED, FACT_OWN_ERROR, FACT_OWN_BROKEN };
static const unsigned passing[] = { FACT_SPF_NOT_LISTED, FACT_SPF_RELAXED, FACT_DKIM_RELAXED, FACT_OTHER_SIGNED, FACT_SPF_OTHER, FACT_OWN_BROKEN };

static unsigned facts_of_split(enum split split, bool acted, enum stated stated)
{
	bool passes = split <= SPLIT_SPF_ONLY;

	return (passes ? 0u : (unsigned)FACT_FAILS) |
	       (split == SPLIT_FULL || split == SPLIT_DKIM_ONLY ? (unsigned)FACT_DKIM_PASS : 0u) |
	       (split == SPLIT_FULL || split == SPLIT_SPF_ONLY ? (unsigned)FACT_SPF_PASS : 0u) |
	       ((passes && !acted) || split == SPLIT_UNTRUSTED ? (unsigned)FACT_DELIVERED : 0u) |
	       (stated == STATED_ARC ? (unsigned)FACT_SAYS_ARC : 0u) | (stated == STATED_SENT_ON ? (unsigned)FACT_SAYS_SENT_ON : 0u);
}

static void check(const struct profile_meaning *p, const struct policy_seen *seen, bool inherited)
{
	enum policy_word effective = classify_effective_of(seen, !inherited);
	bool held_back = effective > POLICY_NONE && classify_asks_to_hold_back(seen);
	uint32_t number = kind_of(p, seen, inherited);
	struct kind k;

	assert_true(kind_parts(number, &k));
	assert_true(number < 1u << KIND_BITS && number + 1 <= UINT16_MAX);
	assert_int_equal(k.split, p->split);
	if ((p->facts & FACT_FAILS) && k.stated != p->stated) { /* nothing asks which of the two it was, nor whether */
		assert_int_equal(k.stated, STATED_NOTHING);
		assert_true(p->stated == STATED_SAMPLED || p->stated == STATED_OTHER);
	} else if (!(p->facts & FACT_FAILS))
		assert_int_equal(k.stated, verdict_facts_asked(p->facts) & FACT_SAYS_SENT_ON ? STATED_SENT_ON : STATED_NOTHING);
	assert_int_equal(k.step, step_of(seen, !inherited));
	assert_int_equal(k.effective, effective);
	assert_int_equal(k.inherited, inherited);
	assert_int_equal(k.acted_despite_pass, (p->flags & FLAG_ACTED_DESPITE_PASS) != 0);
	assert_int_equal(k.arc_rescued, p->split == SPLIT_UNTRUSTED && p->stated == STATED_ARC);
	assert_int_equal(k.why, p->split == SPLIT_UNTRUSTED ? classify_why(effective, held_back, (enum stated)p->stated) : WHYS);
	assert_int_equal(k.spared, classify_spared(effective, held_back, (enum split)p->split, (enum stated)p->stated));
	assert_int_equal(k.overridden, classify_overridden(effective, (enum split)p->split, (enum stated)p->stated));
	assert_int_equal(k.survival, evidence_survival((enum split)p->split, k.vouched));
	assert_int_equal(k.facts, verdict_facts_asked(p->facts) | (effective > POLICY_NONE ? (unsigned)FACT_ASKED : 0u));
}

static void check_facts(struct profile_meaning p, const struct policy_seen *seen, bool inherited)
{
	bool passes = p.split <= SPLIT_SPF_ONLY;
	const unsigned *some = passes ? passing : failing;
	size_t n = passes ? sizeof passing / sizeof *passing : sizeof failing / sizeof *failing;
	unsigned base = facts_of_split((enum split)p.split, p.flags != 0, (enum stated)p.stated);

	for (unsigned set = 0; set < 1u << n; set++) {
		p.facts = base;
		for (size_t i = 0; i < n; i++)
			p.facts |= set >> i & 1 ? some[i] : 0;
		if ((p.facts & FACT_OWN_BROKEN) && (p.facts & FACT_OWN_ERROR)) /* evidence_of never says both */
			continue;
		check(&p, seen, inherited);
	}
}

static void check_policy(const struct policy_seen *seen)
{
	for (int split = 0; split < SPLITS; split++)
		for (int stated = 0; stated < STATEDS; stated++)
			for (int acted = 0; acted < (split <= SPLIT_SPF_ONLY ? 2 : 1); acted++)
				for (int inherited = 0; inherited < 2; inherited++)
					check_facts((struct profile_meaning){ .split = (uint8_t)split, .stated = (uint8_t)stated,
									      .flags = acted ? FLAG_ACTED_DESPITE_PASS : 0 },
						    seen, inherited);
}

static void test_a_kind_gives_back_what_went_into_it(void **state)
{
	static const int pcts[] = { -1, 0, 1, 50, 99, 100 };

	for (int p = POLICY_ABSENT; p <= POLICY_REJECT; p++)
		for (int sp = POLICY_ABSENT; sp <= POLICY_REJECT; sp++)
			for (size_t i = 0; i < sizeof pcts / sizeof *pcts; i++)
				for (int t = 0; t < 2; t++)
					check_policy(&(struct policy_seen){ .p = (enum policy_word)p, .sp = (enum policy_word)sp,
									    .pct = pcts[i], .testing = t });
}

static void test_what_no_row_has_is_no_kind(void **state)
{
	struct kind k = { 0 };

	assert_false(kind_parts(SPLITS, &k));
	assert_false(kind_parts((uint32_t)STATEDS << 6, &k));
	assert_false(kind_parts(1u << KIND_BITS, &k));
	assert_false(kind_parts(UINT32_MAX, &k));
}

/* --- rows of a store --- */

static void test_a_fact_has_the_facts_of_its_row(void **state)
{
	const struct filter all = { .first_day = 0, .last_day = 100000 };
	struct bench *b = *state;
	struct reader *r;
	struct scan s;
	struct hit h;
	size_t n = 0;
	int rc;

	sample_fill(b, 300);
	r = sample_reader(b);
	assert_done(b, reader_begin(r, NULL, &b->err));
	assert_done(b, scan_compile(&s, r, &b->arena, &all, &b->err));
	scan_start(&s, SCAN_FACTS, OF_NOTHING);
	for (; (rc = scan_next(&s, &h, &b->err)) == 1; n++) {
		unsigned shown = r->meaning.profiles[h.profile].facts;

		assert_int_equal(h.kind.facts & ~(unsigned)FACT_ASKED, verdict_facts_asked(shown));
		assert_int_equal(scan_facts(&s, &h) & ~(shown | FACT_ASKED),
				 verdict_facts_of_source(h.source > 0 ? r->sources[h.source].kind : KIND_UNKNOWN,
							 h.source > 0 ? r->sources[h.source].software : SOFTWARE_UNKNOWN));
	}
	assert_int_equal(rc, 0);
	assert_true(n > 1000);
	scan_stop(&s);
	reader_end(r);
	reader_close(r);
}

static void test_a_source_that_no_ruad_wrote_is_unknown(void **state)
{
	const struct filter all = { .first_day = 0, .last_day = 100000 };
	struct bench *b = *state;
	struct counts counts;
	struct groups groups;
	struct reader *r;

	sample_fill(b, 300);
	table_run(b, b->db, "UPDATE source SET kind = 250, software = 99");
	r = sample_reader(b);
	assert_done(b, query_counts(r, &all, &counts, &b->err));
	assert_true(counts_total(&counts) > 0);
	assert_done(b, query_groups(r, &b->arena, &all, BY_SOURCE, 0, &groups, &b->err));
	assert_true(groups.n > 1);
	for (size_t i = 0; i < groups.n; i++)
		assert_int_equal(groups.item[i].kind, KIND_UNKNOWN);
	reader_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_kind_gives_back_what_went_into_it),
		cmocka_unit_test(test_what_no_row_has_is_no_kind),
		bench_test(test_a_fact_has_the_facts_of_its_row),
		bench_test(test_a_source_that_no_ruad_wrote_is_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
