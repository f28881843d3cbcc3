/* classify: see classify.h. */
#include "schema/classify.h"

#include "base/text.h"

#include <assert.h>

static const struct {
	const char *param, *json, *label;
} trusts[TRUST_CLASSES] = {
	[TRUST_FULL] = { "full", "fully_trusted", "Fully trusted" },
	[TRUST_PARTIAL] = { "partial", "partially_trusted", "Partially trusted" },
	[TRUST_UNTRUSTED] = { "untrusted", "untrusted", "Untrusted" },
	[TRUST_QUARANTINED] = { "quarantined", "quarantined", "Quarantined" },
	[TRUST_REJECTED] = { "rejected", "rejected", "Rejected" },
};

static const char *const flags[FLAGS] = {
	"arc_rescued", "acted_despite_pass", "no_disposition", "derived", "inconsistent", "no_from",
};

const char *trust_param(enum trust t)
{
	assert(t < TRUST_CLASSES);
	return trusts[t].param;
}

const char *trust_json(enum trust t)
{
	assert(t < TRUST_CLASSES);
	return trusts[t].json;
}

const char *trust_label(enum trust t)
{
	assert(t < TRUST_CLASSES);
	return trusts[t].label;
}

const char *disposition_name(enum disposition d)
{
	return d == DISP_REJECT ? "reject" : d == DISP_QUARANTINE ? "quarantine" : "none";
}

const char *policy_name(enum policy_word p)
{
	static const char *const names[] = {
		[POLICY_ABSENT] = "absent",
		[POLICY_NONE] = "none",
		[POLICY_QUARANTINE] = "quarantine",
		[POLICY_REJECT] = "reject",
	};

	return names[p];
}

const char *flag_name(int bit)
{
	assert(bit >= 0 && bit < FLAGS);
	return flags[bit];
}

static bool is_strict(struct slice mode)
{
	return slice_is(mode, "s");
}

bool classify_is_aligned(struct arena *scratch, const struct suffixes *list, bool strict, struct slice authenticated,
			 struct slice header_from)
{
	struct slice name = domain_normal(scratch, authenticated), from = domain_normal(scratch, header_from);

	if (name.len == 0 || from.len == 0)
		return false;
	return strict ? slice_eq(name, from) :
			slice_eq(domain_organisational(list, name), domain_organisational(list, from));
}

/* Any passing, aligned result of the list. SPF of a HELO name never counts for DMARC (RFC 7489 3.1.2). */
static bool derive(struct arena *scratch, const struct suffixes *list, struct slice mode, const struct auth *results,
		   struct slice header_from)
{
	for (const struct auth *r = results; r != NULL; r = r->next)
		if (slice_is(r->result, "pass") && !slice_is(r->scope, "helo") &&
		    classify_is_aligned(scratch, list, is_strict(mode), r->domain, header_from))
			return true;
	return false;
}

static bool has_pass(const struct auth *results)
{
	for (; results != NULL; results = results->next)
		if (slice_is(results->result, "pass"))
			return true;
	return false;
}

static enum disposition disposition_of(struct slice written, unsigned *flags_out)
{
	if (slice_is(written, "reject"))
		return DISP_REJECT;
	if (slice_is(written, "quarantine"))
		return DISP_QUARANTINE;
	if (!slice_is(written, "none") && !slice_is(written, "pass"))
		*flags_out |= FLAG_NO_DISPOSITION;
	return DISP_NONE;
}

static bool is_word(char c)
{
	return (text_lower_char(c) >= 'a' && text_lower_char(c) <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* \barc\s*=\s*WORD\b in any case. */
static bool states_arc(struct slice comment, struct slice word)
{
	const char *end = comment.ptr + comment.len;

	for (struct slice rest = comment; rest.len > 0;) {
		const char *at = text_find_nocase(rest, SLICE("arc")), *p;

		if (at == NULL)
			return false;
		for (p = at + 3; p < end && text_is_blank(*p);)
			p++;
		if (p < end && *p == '=') {
			for (p++; p < end && text_is_blank(*p);)
				p++;
			if (text_starts_nocase((struct slice){ p, (size_t)(end - p) }, word) &&
			    (p + word.len == end || !is_word(p[word.len])) && (at == comment.ptr || !is_word(at[-1])))
				return true;
		}
		rest = (struct slice){ at + 3, (size_t)(end - at - 3) };
	}
	return false;
}

/* FORMATS 4.2 rule 1. */
static bool names_trusted_arc(struct slice comment)
{
	return text_find_nocase(comment, SLICE("trusted arc chain")) != NULL || states_arc(comment, SLICE("pass"));
}

static bool has_arc_reason(const struct reason *r)
{
	for (; r != NULL; r = r->next)
		if (r->comment.ptr != NULL && (slice_is(r->type, "local_policy") || slice_is(r->type, "trusted_forwarder") ||
					       slice_is(r->type, "other") || r->type.ptr == NULL) &&
		    names_trusted_arc(r->comment))
			return true;
	return false;
}

/* A From domain that is none: absent, an address, several names, "<>". */
static bool is_odd_from(struct slice from)
{
	struct slice s = text_trim(from);

	for (size_t i = 0; i < s.len; i++)
		if (strchr("@<>,; ", s.ptr[i]) != NULL)
			return true;
	return s.len == 0;
}

static enum split split_of(bool dkim, bool spf, enum disposition d)
{
	if (dkim && spf)
		return SPLIT_FULL;
	if (dkim)
		return SPLIT_DKIM_ONLY;
	if (spf)
		return SPLIT_SPF_ONLY;
	return d == DISP_REJECT ? SPLIT_REJECTED : d == DISP_QUARANTINE ? SPLIT_QUARANTINED : SPLIT_UNTRUSTED;
}

enum trust split_trust(enum split s)
{
	static const enum trust of[SPLITS] = {
		[SPLIT_FULL] = TRUST_FULL,	       [SPLIT_DKIM_ONLY] = TRUST_PARTIAL,
		[SPLIT_SPF_ONLY] = TRUST_PARTIAL,      [SPLIT_UNTRUSTED] = TRUST_UNTRUSTED,
		[SPLIT_QUARANTINED] = TRUST_QUARANTINED, [SPLIT_REJECTED] = TRUST_REJECTED,
	};

	return of[s];
}

struct judgement classify_row(struct arena *scratch, const struct suffixes *list, struct slice adkim, struct slice aspf,
			    const struct row *row)
{
	struct judgement v = { 0 };

	v.disposition = disposition_of(row->disposition, &v.flags);
	v.dkim_pass = row->dkim.ptr != NULL ? slice_is(row->dkim, "pass") :
					      derive(scratch, list, adkim, row->dkim_auth, row->header_from);
	v.spf_pass = row->spf.ptr != NULL ? slice_is(row->spf, "pass") :
					    derive(scratch, list, aspf, row->spf_auth, row->header_from);
	v.split = split_of(v.dkim_pass, v.spf_pass, v.disposition);
	v.trust = split_trust(v.split);
	if (row->dkim.ptr == NULL || row->spf.ptr == NULL)
		v.flags |= FLAG_DERIVED;
	if (v.trust <= TRUST_PARTIAL && v.disposition != DISP_NONE)
		v.flags |= FLAG_ACTED_DESPITE_PASS;
	if (v.trust == TRUST_UNTRUSTED && has_arc_reason(row->reasons))
		v.flags |= FLAG_ARC_RESCUED;
	if (v.dkim_pass && !has_pass(row->dkim_auth))
		v.flags |= FLAG_INCONSISTENT;
	if (is_odd_from(row->header_from))
		v.flags |= FLAG_NO_FROM;
	return v;
}

enum policy_word classify_policy_word(struct slice written)
{
	if (slice_is(written, "none"))
		return POLICY_NONE;
	if (slice_is(written, "quarantine"))
		return POLICY_QUARANTINE;
	return slice_is(written, "reject") ? POLICY_REJECT : POLICY_ABSENT;
}

enum policy_word classify_effective_of(const struct policy_seen *seen, bool own_record)
{
	return own_record || seen->sp == POLICY_ABSENT ? seen->p : seen->sp;
}

enum policy_word classify_effective(const struct policy_seen *seen, struct slice domain, struct slice header_from)
{
	return classify_effective_of(seen, slice_eq(domain, header_from));
}

/* `arc=fail` and `arc=none` stand on every row of some reporters and prove nothing (FORMATS 4.2 rule 2); nor does a reason
 * with neither type nor comment. */
static bool is_noise(const struct reason *r)
{
	return (r->type.len == 0 && r->comment.len == 0) ||
	       (slice_is(r->type, "local_policy") &&
		(states_arc(r->comment, SLICE("fail")) || states_arc(r->comment, SLICE("none"))) && !names_trusted_arc(r->comment));
}

static enum stated stated_by(const struct reason *r)
{
	if (slice_is(r->type, "sampled_out") || slice_is(r->type, "policy_test_mode"))
		return STATED_SAMPLED;
	if (slice_is(r->type, "mailing_list") || slice_is(r->type, "trusted_forwarder") || slice_is(r->type, "forwarded"))
		return STATED_SENT_ON;
	return is_noise(r) ? STATED_NOTHING : STATED_OTHER;
}

enum stated classify_stated(const struct reason *reasons)
{
	enum stated first = STATED_NOTHING, s;

	if (has_arc_reason(reasons))
		return STATED_ARC;
	for (const struct reason *r = reasons; r != NULL; r = r->next)
		if ((s = stated_by(r)) != STATED_NOTHING && (first == STATED_NOTHING || s < first))
			first = s;
	return first;
}

bool classify_asks_to_hold_back(const struct policy_seen *seen)
{
	return seen->testing || (seen->pct >= 0 && seen->pct < 100);
}

enum delivered_why classify_why(enum policy_word effective, bool held_back, enum stated stated)
{
	if (effective == POLICY_ABSENT || effective == POLICY_NONE)
		return WHY_NO_POLICY;
	if (stated == STATED_ARC)
		return WHY_ARC;
	if (stated != STATED_NOTHING)
		return stated == STATED_SAMPLED ? WHY_HELD_BACK : WHY_OVERRIDE;
	return effective == POLICY_QUARANTINE && held_back ? WHY_HELD_BACK : WHY_UNSTATED;
}

/* How many levels less than the policy asks a failing row met; 0 for one that passed. */
static int levels_less(enum policy_word effective, enum split split)
{
	static const int done[SPLITS] = { [SPLIT_QUARANTINED] = 1, [SPLIT_REJECTED] = 2 };
	int asked = effective == POLICY_REJECT ? 2 : effective == POLICY_QUARANTINE ? 1 : 0;

	return split_trust(split) <= TRUST_PARTIAL || asked < done[split] ? 0 : asked - done[split];
}

bool classify_spared(enum policy_word effective, bool held_back, enum split split, enum stated stated)
{
	return levels_less(effective, split) == 1 &&
	       (stated == STATED_SAMPLED || (stated == STATED_NOTHING && held_back));
}

bool classify_overridden(enum policy_word effective, enum split split, enum stated stated)
{
	return levels_less(effective, split) > 0 && stated != STATED_NOTHING && stated != STATED_SAMPLED;
}

bool classify_vouched(enum policy_word effective, enum split split, enum stated stated)
{
	bool sent_on = split == SPLIT_UNTRUSTED && (stated == STATED_ARC || stated == STATED_SENT_ON);

	return sent_on || classify_overridden(effective, split, stated);
}
