/* evidence: see evidence.h. */
#include "schema/evidence.h"

struct who { /* whose name a result is about */
	struct arena *scratch;
	const struct suffixes *list;
	struct slice header_from;
};

static bool is_ours(const struct who *w, bool strict, struct slice domain)
{
	return classify_is_aligned(w->scratch, w->list, strict, domain, w->header_from);
}

static bool is_one_of(struct slice word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (slice_is(word, words[i]))
			return true;
	return false;
}

/* Results that say nothing of the content: the key was not there, or could not be used. */
static bool is_key_trouble(struct slice result)
{
	static const char *const words[] = { "permerror", "temperror", "neutral", "policy", "unknown", "error" };

	return is_one_of(result, words, sizeof words / sizeof *words);
}

/* Results that say the address is not listed; "hardfail" and the like are some reporters' own spelling. */
static bool is_not_listed(struct slice result)
{
	static const char *const words[] = { "fail", "softfail", "hardfail", "neutral" };

	return is_one_of(result, words, sizeof words / sizeof *words);
}

static unsigned signature_shows(const struct who *w, const struct auth *s)
{
	bool ours = is_ours(w, false, s->domain), passed = slice_is(s->result, "pass");

	if (!ours)
		return passed && s->domain.len > 0 ? FACT_OTHER_SIGNED : 0;
	if (passed)
		return is_ours(w, true, s->domain) ? 0 : FACT_DKIM_RELAXED;
	return slice_is(s->result, "fail") ? FACT_OWN_BROKEN : is_key_trouble(s->result) ? FACT_OWN_ERROR : 0;
}

/* A signature that passes exactly makes the relaxed ones beside it matter no more; one that broke says more than one whose key
 * could not be used. */
static unsigned signatures_show(const struct who *w, const struct auth *list)
{
	unsigned shows = 0;
	bool exact = false;

	for (const struct auth *s = list; s != NULL; s = s->next) {
		shows |= signature_shows(w, s);
		exact = exact || (slice_is(s->result, "pass") && is_ours(w, true, s->domain));
	}
	if (exact)
		shows &= ~(unsigned)FACT_DKIM_RELAXED;
	return shows & FACT_OWN_BROKEN ? shows & ~(unsigned)FACT_OWN_ERROR : shows;
}

/* The name in HELO is nothing to DMARC (RFC 7489 3.1.2). */
static unsigned envelopes_show(const struct who *w, const struct auth *list)
{
	unsigned shows = 0;
	bool exact = false;

	for (const struct auth *s = list; s != NULL; s = s->next) {
		bool passed = slice_is(s->result, "pass");

		if (slice_is(s->scope, "helo") || s->domain.len == 0)
			continue;
		if (!is_ours(w, false, s->domain))
			shows |= passed ? (unsigned)FACT_SPF_OTHER : 0u;
		else if (passed)
			shows |= is_ours(w, true, s->domain) ? 0u : (unsigned)FACT_SPF_RELAXED;
		else
			shows |= is_not_listed(s->result) ? (unsigned)FACT_SPF_NOT_LISTED : 0u;
		exact = exact || (passed && is_ours(w, true, s->domain));
	}
	return exact ? shows & ~(unsigned)FACT_SPF_RELAXED : shows;
}

static unsigned judged(const struct judgement *j)
{
	return (j->dkim_pass || j->spf_pass ? 0u : (unsigned)FACT_FAILS) |
	       (j->disposition == DISP_NONE ? (unsigned)FACT_DELIVERED : 0u) | (j->dkim_pass ? (unsigned)FACT_DKIM_PASS : 0u) |
	       (j->spf_pass ? (unsigned)FACT_SPF_PASS : 0u);
}

unsigned evidence_of(struct arena *scratch, const struct suffixes *list, const struct row *row, const struct judgement *j)
{
	const struct who who = { scratch, list, row->header_from };
	enum stated stated = classify_stated(row->reasons);
	unsigned dkim = signatures_show(&who, row->dkim_auth), spf = envelopes_show(&who, row->spf_auth);

	if (!j->dkim_pass)
		dkim &= ~(unsigned)FACT_DKIM_RELAXED;
	if (!j->spf_pass)
		spf &= ~(unsigned)FACT_SPF_RELAXED;
	return judged(j) | dkim | spf | (stated == STATED_ARC ? (unsigned)FACT_SAYS_ARC : 0u) |
	       (stated == STATED_SENT_ON ? (unsigned)FACT_SAYS_SENT_ON : 0u);
}

enum survival evidence_survival(enum split split, bool vouched)
{
	return split_trust(split) <= TRUST_PARTIAL ? SURVIVES : vouched ? GOODWILL : BREAKS;
}
