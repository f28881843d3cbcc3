/* lint_dmarc: what is wrong with DMARC records; see record_dmarc.h. Neighbours: record_dmarc.c reads them. */
#include "schema/record_dmarc.h"

#include "base/text.h"

enum { ADDRESSES_SURE = 2, DAY_S = 86400 }; /* every receiver supports two at least (RFC 7489 6.2) */

struct at { /* one record under the lint */
	struct lint *l;
	const struct lint_dns *dns;
	const struct suffixes *list;
	struct slice domain;
	const struct dmarc_record *r;
};

static const struct dmarc_tag *tag_of(const struct dmarc_record *r, const char *name)
{
	for (size_t i = 0; i < r->tags; i++)
		if (r->tag[i].value.ptr != NULL && text_eq_nocase(r->tag[i].name, slice_of(name)))
			return &r->tag[i];
	return NULL;
}

static struct slice text_of(const struct dmarc_record *r, const char *name)
{
	const struct dmarc_tag *tag = tag_of(r, name);

	return tag != NULL ? tag->text : (struct slice){ 0 };
}

/* --- single tags --- */

static void lint_form(const struct at *t, const struct dmarc_tag *tag)
{
	lint_add(t->l, LINT_WARNING, "dmarc-syntax", tag->text, "Write each tag as name=value, with a semicolon between two.",
		 "\"%.*s\" is not of the form name=value; receivers pass over it.", (int)tag->text.len, tag->text.ptr);
}

static void lint_unknown(const struct at *t, const struct dmarc_tag *tag)
{
	lint_add(t->l, LINT_WARNING, "dmarc-unknown-tag", tag->text,
		 "Take it out, or correct its name: v, p, sp, np, psd, t, pct, rua, ruf, adkim, aspf and fo are known.",
		 "DMARC has no tag \"%.*s\"; receivers pass over it (RFC 7489 6.3, RFC 9989 4.7).", (int)tag->name.len, tag->name.ptr);
}

static void lint_twice(const struct at *t, const struct dmarc_tag *tag)
{
	lint_add(t->l, LINT_ERROR, "dmarc-duplicate-tag", tag->text, "Keep one of them.",
		 "The tag \"%.*s\" is there more than once: some receivers take the first, some the last, some discard the whole record "
		 "(RFC 6376 3.2).",
		 (int)tag->name.len, tag->name.ptr);
}

static void lint_policy_word(const struct at *t, const struct dmarc_tag *tag)
{
	lint_add(t->l, LINT_ERROR, "dmarc-policy-word", tag->text, "Write none, quarantine or reject.",
		 "\"%.*s\" is no policy. Receivers then apply %s, whatever the rest of the record says (RFC 7489 6.6.3, RFC 9989 4.10.1).",
		 (int)tag->value.len, tag->value.ptr != NULL ? tag->value.ptr : "",
		 t->r->has_rua ? "p=none, for there is an address for reports" : "no policy at all");
}

static bool is_policy_tag(const struct dmarc_tag *tag)
{
	return text_eq_nocase(tag->name, SLICE("p")) || text_eq_nocase(tag->name, SLICE("sp")) || text_eq_nocase(tag->name, SLICE("np"));
}

/* Its own form is told address by address. */
static bool is_addresses(const struct dmarc_tag *tag)
{
	return text_eq_nocase(tag->name, SLICE("rua")) || text_eq_nocase(tag->name, SLICE("ruf"));
}

static void lint_value(const struct at *t, const struct dmarc_tag *tag)
{
	if (is_policy_tag(tag))
		lint_policy_word(t, tag);
	else if (!is_addresses(tag) || tag->value.len == 0)
		lint_add(t->l, LINT_WARNING, "dmarc-value", tag->text, "Correct the value, or take the tag out.",
			 "\"%.*s\" is no value of \"%.*s\"; receivers do as if the tag were not there.", (int)tag->value.len,
			 tag->value.ptr != NULL ? tag->value.ptr : "", (int)tag->name.len, tag->name.ptr);
}

static bool is_repeated(const struct dmarc_record *r, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (r->tag[i].value.ptr != NULL && text_eq_nocase(r->tag[i].name, r->tag[at].name))
			return true;
	return false;
}

static void lint_tags(const struct at *t)
{
	for (size_t i = 0; i < t->r->tags; i++) {
		const struct dmarc_tag *tag = &t->r->tag[i];

		if (tag->value.ptr == NULL)
			lint_form(t, tag);
		else if (is_repeated(t->r, i))
			lint_twice(t, tag);
		else if (!tag->known)
			lint_unknown(t, tag);
		else if (!tag->good)
			lint_value(t, tag);
	}
	if (t->r->tags == LIMIT_RECORD_TAGS)
		lint_add(t->l, LINT_WARNING, "dmarc-long", (struct slice){ 0 }, "Take out what DMARC does not know.",
			 "The record has %d tags or more; what stands behind them was not read.", LIMIT_RECORD_TAGS);
}

static void lint_p(const struct at *t)
{
	if (!t->r->has_p) {
		lint_add(t->l, LINT_ERROR, "dmarc-no-policy", (struct slice){ 0 }, "Add p=none, p=quarantine or p=reject behind v=DMARC1.",
			 "There is no p. Receivers then apply %s (RFC 7489 6.6.3, RFC 9989 4.10.1).",
			 t->r->has_rua ? "p=none" : "no policy at all, and send no reports");
		return;
	}
	if (t->r->tags > 1 && !text_eq_nocase(t->r->tag[1].name, SLICE("p")))
		lint_add(t->l, LINT_NOTE, "dmarc-order", text_of(t->r, "p"), "Move it behind v=DMARC1.",
			 "RFC 7489 6.3 wants p right behind v; a strict receiver on it may discard the record. RFC 9989 has no such order.");
}

/* --- pct and t: who holds the policy back, and who does not (UX 7.2) --- */

static const char *strongest(const struct dmarc_record *r)
{
	enum policy_word p = r->seen.p > r->seen.sp ? r->seen.p : r->seen.sp;

	return policy_name(p > r->seen.np ? p : r->seen.np);
}

static bool asks_for_nothing(const struct dmarc_record *r)
{
	return r->seen.p <= POLICY_NONE && r->seen.sp <= POLICY_NONE && r->seen.np <= POLICY_NONE;
}

static void lint_without_effect(const struct at *t, const char *name)
{
	lint_add(t->l, LINT_NOTE, "dmarc-no-effect", text_of(t->r, name), "Take it out until the policy is quarantine or reject.",
		 "%s has no effect: the record asks for nothing that could be held back.", name);
}

static void lint_held_back(const struct at *t)
{
	const struct policy_seen *p = &t->r->seen;

	if (asks_for_nothing(t->r)) {
		if (p->pct >= 0 && p->pct < 100)
			lint_without_effect(t, "pct");
		if (p->testing)
			lint_without_effect(t, "t");
		return;
	}
	if (p->pct == 0 && !p->testing)
		lint_add(t->l, LINT_WARNING, "dmarc-pct-without-t", text_of(t->r, "pct"), "Add t=y, so that both hold it back.",
			 "pct=0 without t=y: receivers on RFC 9989 pass over pct and apply %s in full.", strongest(t->r));
	else if (p->testing && p->pct != 0)
		lint_add(t->l, LINT_WARNING, "dmarc-t-without-pct", text_of(t->r, "t"), "Add pct=0, so that both hold it back.",
			 "t=y without pct=0: receivers on RFC 7489 do not know t and apply %s%s.", strongest(t->r),
			 p->pct > 0 && p->pct < 100 ? " to a part of the mail that fails" : " in full");
	else if (p->pct > 0 && p->pct < 100)
		lint_add(t->l, LINT_WARNING, "dmarc-pct-part", text_of(t->r, "pct"),
			 "Rehearse with pct=0 and t=y instead, then go to the full policy.",
			 "pct=%d: receivers on RFC 7489 apply %s to about %d of 100 messages that fail, those on RFC 9989 to all.", p->pct,
			 strongest(t->r), p->pct);
}

static void lint_removed(const struct at *t)
{
	if (t->r->seen.pct >= 0)
		lint_add(t->l, LINT_NOTE, "dmarc-pct-removed", text_of(t->r, "pct"),
			 t->r->seen.pct == 100 ? "Take it out: 100 is what holds without it." :
						 "Keep it as long as receivers on RFC 7489 matter; some checkers will complain.",
			 "pct was removed by RFC 9989 (A.6) while it still does its work at receivers on RFC 7489.");
	if (tag_of(t->r, "rf") != NULL)
		lint_add(t->l, LINT_NOTE, "dmarc-removed", text_of(t->r, "rf"), "Take it out.", "rf was removed by RFC 9989; there was only one format.");
	if (tag_of(t->r, "ri") != NULL)
		lint_add(t->l, LINT_NOTE, "dmarc-removed", text_of(t->r, "ri"), "Take it out.",
			 "ri was removed by RFC 9989; receivers send one report a day whatever it says.");
}

/* --- the rest of the policy --- */

static void lint_place(const struct at *t)
{
	bool below = !slice_eq(domain_organisational(t->list, t->domain), t->domain);
	struct slice under = lint_below(t->l->a, SLICE("a"), t->domain);
	bool suffix = slice_eq(domain_organisational(t->list, under), under);

	if (below && t->r->seen.sp != POLICY_ABSENT)
		lint_add(t->l, LINT_NOTE, "dmarc-sp-below", text_of(t->r, "sp"), "Take it out; names below take the organisational domain's record.",
			 "sp has no effect here: receivers look for it only at the organisational domain, %.*s.",
			 (int)domain_organisational(t->list, t->domain).len, domain_organisational(t->list, t->domain).ptr);
	else if (t->r->seen.sp != POLICY_ABSENT && t->r->seen.p != POLICY_ABSENT && t->r->seen.sp != t->r->seen.p)
		lint_add(t->l, LINT_NOTE, "dmarc-sp-other", text_of(t->r, "sp"), "Keep it if that is meant; without it p holds for them, too.",
			 "sp overrides p below: mail From names without a record of their own meets %s, not %s.", policy_name(t->r->seen.sp),
			 policy_name(t->r->seen.p));
	if (t->r->psd == 'y' && !suffix)
		lint_add(t->l, LINT_WARNING, "dmarc-psd", text_of(t->r, "psd"), "Take psd=y out, unless names below it belong to others.",
			 "psd=y says that this is a public suffix, which the public suffix list does not know. Names below then count as "
			 "organisations of their own (RFC 9989 4.7).");
	if (t->r->psd == 'y' && tag_of(t->r, "ruf") != NULL)
		lint_add(t->l, LINT_ERROR, "dmarc-psd-ruf", text_of(t->r, "ruf"), "Take ruf out.",
			 "A public suffix must not ask for failure reports: they hold other people's mail (RFC 9989 10.2).");
}

static void lint_failure_options(const struct at *t)
{
	if (tag_of(t->r, "fo") != NULL && !t->r->has_ruf)
		lint_add(t->l, LINT_NOTE, "dmarc-fo-without-ruf", text_of(t->r, "fo"), "Take it out, or add ruf.",
			 "fo says when failure reports are sent, and there is no address for them: it has no effect.");
	if (t->r->has_ruf)
		lint_add(t->l, LINT_NOTE, "dmarc-ruf", text_of(t->r, "ruf"), "Keep it only if somebody reads them and may.",
			 "ruf asks for reports of single messages: they may hold personal data, and few receivers send them.");
}

/* --- where reports go --- */

static void lint_bad_uri(const struct at *t, const struct dmarc_uri *u)
{
	bool bare = memchr(u->text.ptr, ':', u->text.len) == NULL && memchr(u->text.ptr, '@', u->text.len) != NULL;

	if (u->text.len > 0 && !bare && !text_starts_nocase(u->text, SLICE("mailto:")))
		lint_add(t->l, LINT_WARNING, "dmarc-uri-scheme", u->text, "Give a mail address: mailto:dmarc@univ.example.",
			 "\"%.*s\" is not a mailto: address; receivers send reports by mail only.", (int)u->text.len, u->text.ptr);
	else
		lint_add(t->l, LINT_ERROR, "dmarc-uri", u->text,
			 bare ? "Put mailto: in front of it." :
				"Write mailto:name@domain, with a comma between two, and %2C and %21 for a comma or an exclamation mark in a name.",
			 "\"%.*s\" is no address that reports can be sent to.", (int)u->text.len, u->text.ptr);
}

static void lint_size(const struct at *t, const struct dmarc_uri *u)
{
	if (u->size.ptr != NULL)
		lint_add(t->l, LINT_NOTE, "dmarc-uri-size", u->text, "Take the part from the exclamation mark on out.",
			 "The size limit \"!%.*s\" is ignored by RFC 9989; receivers on RFC 7489 send no report that is larger.",
			 (int)u->size.len, u->size.ptr);
}

static void lint_permission(const struct at *t, const struct dmarc_uri *u)
{
	struct slice name = dmarc_report_name(t->l->a, t->domain, u->domain);
	struct lint_answer answer = lint_ask(t->dns, t->l->a, name);
	struct dmarc_record record;

	if (answer.state != LINT_KNOWN)
		lint_add(t->l, LINT_NOTE, "dmarc-rua-permission-unknown", u->text, "Look again later.",
			 "Reports go to another organisation, which has to allow that at %.*s: %s.", (int)name.len, name.ptr,
			 answer.state == LINT_NOT_ASKED ? "not looked up yet" : "DNS gave no answer");
	else if (dmarc_records_read(t->l->a, answer.lines, &record) == 0)
		lint_add(t->l, LINT_ERROR, "dmarc-rua-permission", u->text,
			 arena_printf(t->l->a, "Whoever runs %.*s publishes a TXT record \"v=DMARC1\" at %.*s.", (int)u->domain.len, u->domain.ptr,
				      (int)name.len, name.ptr),
			 "Reports go to another organisation, %.*s, which does not say that it takes them: receivers send none there "
			 "(RFC 7489 7.1, RFC 9990 4).",
			 (int)u->domain.len, u->domain.ptr);
}

static void lint_addresses(const struct at *t, const char *name)
{
	const struct dmarc_tag *tag = tag_of(t->r, name);
	struct slice list = tag != NULL ? tag->value : (struct slice){ 0 }, own = domain_organisational(t->list, t->domain);
	struct dmarc_uri u;
	int n = 0;

	while (dmarc_next_uri(t->l->a, &list, &u)) {
		n++;
		if (!u.valid) {
			lint_bad_uri(t, &u);
			continue;
		}
		lint_size(t, &u);
		if (!slice_eq(domain_organisational(t->list, u.domain), own) && n <= LIMIT_DNS_MENTIONS)
			lint_permission(t, &u);
	}
	if (n > ADDRESSES_SURE)
		lint_add(t->l, LINT_NOTE, "dmarc-many-addresses", tag->text, "Put the ones that matter first, two at most.",
			 "%s has %d addresses; a receiver need not send to more than two.", name, n);
}

static void lint_reports(const struct at *t)
{
	lint_addresses(t, "rua");
	lint_addresses(t, "ruf");
	if (tag_of(t->r, "rua") == NULL)
		lint_add(t->l, LINT_WARNING, "dmarc-no-rua", (struct slice){ 0 }, "Add rua=mailto: and the address that ruad reads.",
			 "There is no rua: nobody sends reports about this domain, and what fails is not seen.");
}

/* --- the records of a name --- */

static void lint_one(struct at *t)
{
	lint_tags(t);
	lint_p(t);
	lint_held_back(t);
	lint_removed(t);
	lint_place(t);
	lint_failure_options(t);
	lint_reports(t);
}

/* "v=dmarc1", "v = DMARC1 p=none", "v=DMARC": meant to be one, and is none. */
static bool is_near_miss(struct slice line)
{
	struct slice name, value;

	return !dmarc_is_record(line) && ((lint_tag(line, &name, &value) && text_eq_nocase(name, SLICE("v")) && text_starts_nocase(value, SLICE("DMARC"))) ||
					  text_starts_nocase(line, SLICE("p=")) || text_find_nocase(line, SLICE("v=DMARC1")) != NULL);
}

static void lint_near_miss(struct lint *l, struct slice name, struct slice line)
{
	lint_about(l, name, line);
	lint_add(l, LINT_ERROR, "dmarc-version", text_cut(line, 16), "Begin it with v=DMARC1; exactly so, in capitals, with the semicolon.",
		 "This looks like a DMARC record and is none, for it does not begin with v=DMARC1 and a semicolon: receivers pass over it.");
}

void dmarc_lint(struct lint *l, const struct lint_dns *dns, const struct suffixes *list, struct slice domain, struct slice lines)
{
	struct slice name = lint_below(l->a, SLICE("_dmarc"), domain), rest = lines;
	struct dmarc_record record;
	int n = dmarc_records_read(l->a, lines, &record), other = 0;

	while (rest.len > 0) {
		struct slice line = text_take_line(&rest);

		if (is_near_miss(line))
			lint_near_miss(l, name, line);
		else if (!dmarc_is_record(line))
			other++;
	}
	lint_about(l, name, n > 0 ? record.text : SLICE(""));
	if (n > 1)
		lint_add(l, LINT_ERROR, "dmarc-several", (struct slice){ 0 }, "Remove all but one.",
			 "There are %d DMARC records at this name, which is as good as none (RFC 7489 6.6.3, RFC 9989 4.10).", n);
	if (n > 0)
		lint_one(&(struct at){ l, dns, list, domain, &record });
	if (other > 0)
		lint_add(l, LINT_NOTE, "dmarc-other-records", (struct slice){ 0 }, "Remove them if nobody knows what they are for.",
			 "%d other TXT records stand at this name; receivers pass over them.", other);
}

/* --- both RFCs --- */

static bool is_same(const struct dmarc_policy *old, const struct dmarc_policy *new)
{
	bool none_old = old->found == DMARC_NONE || old->found == DMARC_BROKEN, none_new = new->found == DMARC_NONE || new->found == DMARC_BROKEN;

	return none_old == none_new && old->asked == new->asked && (none_old || slice_eq(old->domain, new->domain));
}

static const char *place_words(struct arena *a, const struct dmarc_policy *p)
{
	const char *words = dmarc_policy_words(a, p);

	return p->found != DMARC_FOUND ? words : arena_printf(a, "%s, from _dmarc.%.*s", words, (int)p->domain.len, p->domain.ptr);
}

void dmarc_lint_policies(struct lint *l, struct slice domain, const struct dmarc_policy *old, const struct dmarc_policy *new)
{
	lint_about(l, lint_below(l->a, SLICE("_dmarc"), domain), SLICE(""));
	if (old->found == DMARC_UNKNOWN || new->found == DMARC_UNKNOWN) {
		const struct dmarc_policy *p = old->found == DMARC_UNKNOWN ? old : new;

		lint_add(l, LINT_NOTE, "dmarc-policy-unknown", (struct slice){ 0 }, "Look again later.",
			 "Which policy receivers find is not known: _dmarc.%.*s was not looked up, or gave no answer.", (int)p->domain.len,
			 p->domain.ptr);
	} else if (!is_same(old, new)) {
		lint_add(l, LINT_WARNING, "dmarc-rfcs-disagree", (struct slice){ 0 },
			 "Publish a record at this name itself, or correct the one above: then both find the same.",
			 "Receivers on RFC 7489 find: %s. Those on RFC 9989, which walk up the tree, find: %s.", place_words(l->a, old),
			 place_words(l->a, new));
	} else if (old->found == DMARC_NONE) {
		lint_add(l, LINT_ERROR, "dmarc-none", (struct slice){ 0 },
			 "Publish a TXT record such as v=DMARC1; p=none; rua=mailto:ADDRESS at this name.",
			 "There is no DMARC record here or above: anybody may send as this domain, and nobody sends reports.");
	}
}
