/* meaning: see meaning.h. */
#include "storage/meaning.h"

#include <stdlib.h>

void *array_room(void *array, size_t *room, size_t *count, size_t each, size_t id)
{
	size_t need = id + 1;

	if (need > *room) {
		size_t more = *room > 0 ? *room : 64;

		while (more < need)
			more *= 2;
		if ((array = realloc(array, more * each)) == NULL)
			abort();
		memset((char *)array + *room * each, 0, (more - *room) * each);
		*room = more;
	}
	if (need > *count)
		*count = need;
	return array;
}

static struct statement *above(struct db *db, enum sql name, size_t count)
{
	struct statement *s = db_statement(db, name);

	bind_int(s, 1, count > 0 ? (int64_t)count - 1 : 0);
	return s;
}

static int load_profiles(struct meaning *m, struct db *db, struct err *err)
{
	struct statement *s = above(db, SQL_PROFILE_MEANINGS, m->profile_count);
	int rc;

	while ((rc = statement_step(s, err)) == 1) {
		size_t id = (size_t)column_int(s, 0);

		m->profiles = array_room(m->profiles, &m->profile_room, &m->profile_count, sizeof *m->profiles, id);
		m->profiles[id] = (struct profile_meaning){ (uint32_t)column_int(s, 1), (uint32_t)column_int(s, 2),
							    (uint8_t)column_int(s, 3), (uint8_t)column_int(s, 4),
							    (uint16_t)column_int(s, 5), (uint32_t)column_int(s, 6) };
	}
	return rc;
}

static int load_addresses(struct meaning *m, struct db *db, struct err *err)
{
	struct statement *s = above(db, SQL_ADDRESS_SOURCES, m->address_count);
	int rc;

	while ((rc = statement_step(s, err)) == 1) {
		size_t id = (size_t)column_int(s, 0);

		m->address_sources =
			array_room(m->address_sources, &m->address_room, &m->address_count, sizeof *m->address_sources, id);
		m->address_sources[id] = (uint32_t)column_int(s, 1);
	}
	return rc;
}

static int load_policies(struct meaning *m, struct db *db, struct err *err)
{
	struct statement *s = above(db, SQL_POLICIES, m->policy_count);
	int rc;

	while ((rc = statement_step(s, err)) == 1) {
		size_t id = (size_t)column_int(s, 0);

		m->policies = array_room(m->policies, &m->policy_room, &m->policy_count, sizeof *m->policies, id);
		m->policies[id] = (struct policy_seen){
			.p = classify_policy_word(column_text(s, 1)),
			.sp = classify_policy_word(column_text(s, 2)),
			.np = classify_policy_word(column_text(s, 3)),
			.pct = column_is_null(s, 4) ? -1 : (int)column_int(s, 4),
			.testing = slice_is(column_text(s, 5), "y"),
			.strict_dkim = slice_is(column_text(s, 6), "s"),
			.strict_spf = slice_is(column_text(s, 7), "s"),
		};
	}
	return rc;
}

static void note_source(struct meaning *m, size_t id, enum source_kind kind, enum list_software software)
{
	m->source_kinds = array_room(m->source_kinds, &m->source_room, &m->source_count, 1, id);
	m->source_classes = array_room(m->source_classes, &m->class_room, &m->class_count, 1, id);
	m->source_kinds[id] = (uint8_t)kind;
	m->source_classes[id] = (uint8_t)source_class_of(kind, software);
}

static int load_sources(struct meaning *m, struct db *db, struct err *err)
{
	struct statement *s = above(db, SQL_SOURCES, m->source_count);
	int rc;

	note_source(m, 0, KIND_UNKNOWN, SOFTWARE_UNKNOWN);
	while ((rc = statement_step(s, err)) == 1)
		note_source(m, (size_t)column_int(s, 0), source_kind_in(s, 2), list_software_in(s, 5));
	return rc;
}

int meaning_load(struct meaning *m, struct db *db, struct err *err)
{
	int64_t last = 0;

	if (statement_run(db_statement(db, SQL_ADDRESS_LAST), &last, err) != 0)
		return -1;
	m->last_address = (uint32_t)last;
	return load_profiles(m, db, err) == 0 && load_addresses(m, db, err) == 0 && load_policies(m, db, err) == 0 ?
		       load_sources(m, db, err) :
		       -1;
}

void meaning_release(struct meaning *m)
{
	free(m->profiles);
	free(m->address_sources);
	free(m->policies);
	free(m->source_kinds);
	free(m->source_classes);
	*m = (struct meaning){ 0 };
}

uint32_t meaning_source(const struct meaning *m, uint64_t address, const struct profile_meaning *p)
{
	return source_earlier(address < m->address_count ? m->address_sources[address] : 0, p->source);
}

/* --- kinds: from the lowest bit, what all rows have; then what failing ones show, or passing ones, which need less --- */

enum {
	SPLIT_AT = 0,
	STEP_AT = 3,
	STATED_AT = 6,
	ACTED_AT = 9,
	INHERITED_AT = 10,
	ENVELOPE_AT = 11, /* two bits */
	OTHER_AT = 13,    /* another organisation signed; of what passes: DKIM only passes relaxed */
	OWN_AT = 14,      /* two bits, never both: a kind plus one fits in 16 bits */
};

static uint32_t bit_if(unsigned facts, unsigned fact, int at)
{
	return (facts & fact) != 0 ? (uint32_t)1 << at : 0;
}

static uint32_t shown(unsigned facts)
{
	uint32_t envelope = bit_if(facts, FACT_SPF_NOT_LISTED, ENVELOPE_AT);

	if (!(facts & FACT_FAILS))
		return envelope | bit_if(facts, FACT_SPF_RELAXED, ENVELOPE_AT + 1) | bit_if(facts, FACT_DKIM_RELAXED, OTHER_AT);
	return envelope | bit_if(facts, FACT_SPF_OTHER, ENVELOPE_AT + 1) | bit_if(facts, FACT_OTHER_SIGNED, OTHER_AT) |
	       bit_if(facts, FACT_OWN_ERROR, OWN_AT) | bit_if(facts, FACT_OWN_BROKEN, OWN_AT + 1);
}

/* Of what passes, a receiver's words matter where they say that it was sent on; of what fails, why it did less than asked where
 * it did. */
static enum stated stated_of(const struct profile_meaning *p, unsigned facts, enum step step)
{
	bool is_less = classify_overridden(step_policy(step), (enum split)p->split, STATED_OTHER);

	if (!(facts & FACT_FAILS))
		return facts & FACT_SAYS_SENT_ON ? STATED_SENT_ON : STATED_NOTHING;
	return !is_less && (p->stated == STATED_SAMPLED || p->stated == STATED_OTHER) ? STATED_NOTHING : (enum stated)p->stated;
}

uint32_t kind_of(const struct profile_meaning *p, const struct policy_seen *seen, bool inherited)
{
	unsigned facts = verdict_facts_asked(p->facts);
	enum step step = step_of(seen, !inherited);

	return (uint32_t)p->split << SPLIT_AT | (uint32_t)step << STEP_AT | (uint32_t)stated_of(p, facts, step) << STATED_AT |
	       (uint32_t)((p->flags & FLAG_ACTED_DESPITE_PASS) != 0) << ACTED_AT | (uint32_t)inherited << INHERITED_AT | shown(facts);
}

static unsigned fact_if(uint32_t kind, int at, unsigned fact)
{
	return kind >> at & 1 ? fact : 0;
}

/* The facts that a kind stands for. */
static unsigned facts_of(uint32_t kind, const struct kind *k)
{
	bool fails = split_trust(k->split) > TRUST_PARTIAL;
	unsigned facts = fact_if(kind, ENVELOPE_AT, FACT_SPF_NOT_LISTED);

	if (fails)
		facts |= FACT_FAILS | fact_if(kind, ENVELOPE_AT + 1, FACT_SPF_OTHER) | fact_if(kind, OTHER_AT, FACT_OTHER_SIGNED) |
			 fact_if(kind, OWN_AT, FACT_OWN_ERROR) | fact_if(kind, OWN_AT + 1, FACT_OWN_BROKEN);
	else
		facts |= fact_if(kind, ENVELOPE_AT + 1, FACT_SPF_RELAXED) | fact_if(kind, OTHER_AT, FACT_DKIM_RELAXED);
	if (k->split == SPLIT_UNTRUSTED || (!fails && !k->acted_despite_pass))
		facts |= FACT_DELIVERED;
	if (k->split == SPLIT_FULL || k->split == SPLIT_DKIM_ONLY)
		facts |= FACT_DKIM_PASS;
	if (k->split == SPLIT_FULL || k->split == SPLIT_SPF_ONLY)
		facts |= FACT_SPF_PASS;
	return facts | (k->effective > POLICY_NONE ? (unsigned)FACT_ASKED : 0u) |
	       (k->stated == STATED_ARC ? (unsigned)FACT_SAYS_ARC : 0u) |
	       (k->stated == STATED_SENT_ON ? (unsigned)FACT_SAYS_SENT_ON : 0u);
}

/* What passes now, and would not were adkim, aspf or both of them s. */
static unsigned strict_counted(unsigned facts)
{
	bool dkim = facts & FACT_DKIM_PASS, spf = facts & FACT_SPF_PASS;
	bool strict_dkim = dkim && !(facts & FACT_DKIM_RELAXED), strict_spf = spf && !(facts & FACT_SPF_RELAXED);

	if (!dkim && !spf)
		return 0;
	return (strict_dkim || spf ? 0u : (unsigned)COUNTED_STRICT_DKIM) | (dkim || strict_spf ? 0u : (unsigned)COUNTED_STRICT_SPF) |
	       (strict_dkim || strict_spf ? 0u : (unsigned)COUNTED_STRICT_BOTH);
}

bool kind_parts(uint32_t kind, struct kind *out)
{
	struct kind k = { .split = (enum split)(kind >> SPLIT_AT & 7), .step = (enum step)(kind >> STEP_AT & 7),
			  .stated = (enum stated)(kind >> STATED_AT & 7), .acted_despite_pass = kind >> ACTED_AT & 1,
			  .inherited = kind >> INHERITED_AT & 1 };
	bool held_back = step_holds_back(k.step);

	if (k.split >= SPLITS || k.stated >= STATEDS || kind >> KIND_BITS != 0)
		return false;
	k.effective = step_policy(k.step);
	k.why = k.split == SPLIT_UNTRUSTED ? classify_why(k.effective, held_back, k.stated) : WHYS;
	k.arc_rescued = k.split == SPLIT_UNTRUSTED && k.stated == STATED_ARC;
	k.spared = classify_spared(k.effective, held_back, k.split, k.stated);
	k.overridden = classify_overridden(k.effective, k.split, k.stated);
	k.vouched = classify_vouched(k.effective, k.split, k.stated);
	k.survival = evidence_survival(k.split, k.vouched);
	k.facts = facts_of(kind, &k);
	k.counted = (uint8_t)((k.arc_rescued ? COUNTED_ARC : 0) | (k.vouched ? COUNTED_VOUCHED : 0) | (k.spared ? COUNTED_SPARED : 0) |
			      (int)strict_counted(k.facts));
	*out = k;
	return true;
}
