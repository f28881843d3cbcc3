/* lint_spf: what is wrong with SPF records; see record_spf.h. Neighbours: record_spf.c reads and follows them. */
#include "schema/record_spf.h"

#include "base/text.h"

enum {
	LOOKUPS_MOST = 10, VOIDS_MOST = 2, /* RFC 7208 4.6.4 */
	LOOKUPS_NEAR = 9,
	WIDE_BITS4 = 16, WIDE_BITS6 = 32,  /* wider than what one organisation has */
	ANSWER_BYTES = 450,                /* of one answer by UDP, with room for its head (RFC 7208 3.4) */
};

struct at { /* one record under the lint */
	struct lint *l;
	const struct spf_tree *tree;
	const struct spf_record *r;
	bool own; /* the domain's own: others' are somebody else's to tidy up */
};

/* --- terms --- */

static const char *did_you_mean(const struct spf_term *t)
{
	static const struct {
		const char *begin, *fix;
	} slips[] = {
		{ "ipv4", "Write ip4: in front of the address." },
		{ "ipv6", "Write ip6: in front of the address." },
		{ "ip:", "Write ip4: or ip6: in front of the address." },
		{ "incl", "Write include: in front of the name." },
		{ "v=spf", "Take it out: a record has one v=spf1, at its beginning." },
		{ "redirect:", "Write redirect= in front of the name." },
	};
	struct slice text = t->text;

	if (text.len > 0 && memchr("+-~?", text.ptr[0], 4) != NULL)
		text = (struct slice){ text.ptr + 1, text.len - 1 };
	for (size_t i = 0; i < sizeof slips / sizeof *slips; i++)
		if (text_starts_nocase(text, slice_of(slips[i].begin)))
			return slips[i].fix;
	return t->text.len > 0 && t->text.ptr[t->text.len - 1] == ',' ? "Take the comma out: terms are separated by blanks." :
									"Correct it, or take it out.";
}

static void lint_wrong(const struct at *t, const struct spf_term *term)
{
	lint_add(t->l, LINT_ERROR, "spf-syntax", term->text, did_you_mean(term),
		 "\"%.*s\" is in error: %s. A record with one error counts as a whole as an error: no mail passes SPF by it (RFC 7208 4.6).",
		 (int)term->text.len, term->text.ptr, term->trouble);
}

static void lint_network(const struct at *t, const struct spf_term *term)
{
	bool four = term->kind == SPF_IP4;
	int bits = term->network.bits - (four ? 96 : 0), wide = four ? WIDE_BITS4 : WIDE_BITS6;
	char text[NETWORK_TEXT_BYTES];

	if (bits == 0)
		lint_add(t->l, LINT_ERROR, "spf-everybody", term->text, "List the networks that really send.",
			 "\"%.*s\" is every address there is: anybody passes SPF as this domain.", (int)term->text.len, term->text.ptr);
	else if (bits < wide)
		lint_add(t->l, LINT_WARNING, "spf-wide", term->text, "List the networks that really send.",
			 "\"%.*s\" is a very large network: all its addresses may send as this domain.", (int)term->text.len, term->text.ptr);
	else if (t->own && memchr(term->domain.ptr, '/', term->domain.len) != NULL &&
		 !text_eq_nocase(term->domain, slice_of(network_text(text, &term->network))))
		lint_add(t->l, LINT_NOTE, "spf-host-bits", term->text, "Write the first address of the network, or none of the length.",
			 "\"%.*s\" names an address within a network; what counts is %s.", (int)term->text.len, term->text.ptr, text);
}

static void lint_wide_name(const struct at *t, const struct spf_term *term)
{
	if (term->bits4 == 0 || term->bits6 == 0)
		lint_add(t->l, LINT_ERROR, "spf-everybody", term->text, "Take the length out, or list the networks that really send.",
			 "\"%.*s\" is every address there is: anybody passes SPF as this domain.", (int)term->text.len, term->text.ptr);
	else if ((term->bits4 > 0 && term->bits4 < WIDE_BITS4) || (term->bits6 > 0 && term->bits6 < WIDE_BITS6))
		lint_add(t->l, LINT_WARNING, "spf-wide", term->text, "List the networks that really send.",
			 "\"%.*s\" lets a very large network around those hosts send as this domain.", (int)term->text.len, term->text.ptr);
}

static void lint_all(const struct at *t, const struct spf_term *term)
{
	if (term->qualifier == '+')
		lint_add(t->l, LINT_ERROR, "spf-everybody", term->text, "Write ~all or -all.",
			 "\"%.*s\" lets anybody pass SPF as this domain.", (int)term->text.len, term->text.ptr);
	else if (term->qualifier == '?' && t->r->depth == 0)
		lint_add(t->l, LINT_WARNING, "spf-neutral", term->text, "Write ~all.",
			 "?all says nothing about everybody else: SPF then tells nobody what is not yours.");
	else if (term->qualifier == '-' && t->r->depth == 0)
		lint_add(t->l, LINT_NOTE, "spf-hard-fail", term->text, "With a DMARC policy, ~all does the same and spares forwarded mail.",
			 "-all: some receivers refuse mail on that alone, before they look at DKIM, so that forwarded mail is lost.");
}

static void lint_term(const struct at *t, const struct spf_term *term)
{
	if (term->trouble != NULL) {
		lint_wrong(t, term);
		return;
	}
	switch (term->kind) {
	case SPF_ALL:
		lint_all(t, term);
		break;
	case SPF_IP4:
	case SPF_IP6:
		lint_network(t, term);
		break;
	case SPF_A:
	case SPF_MX:
		lint_wide_name(t, term);
		break;
	case SPF_PTR:
		lint_add(t->l, LINT_WARNING, "spf-ptr", term->text, "List the addresses instead.",
			 "ptr is slow and unreliable, and must not be used (RFC 7208 5.5); some receivers pass over it.");
		break;
	case SPF_OTHER:
		lint_add(t->l, LINT_WARNING, "spf-unknown-modifier", term->text, "Take it out, or write a mechanism with a colon.",
			 "SPF has no modifier \"%.*s\"; receivers pass over it.", (int)term->text.len, term->text.ptr);
		break;
	default:
		break;
	}
}

/* --- a record as a whole --- */

static size_t count_kind(const struct spf_record *r, enum spf_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		n += r->terms[i].kind == kind;
	return n;
}

static const struct spf_term *last_of(const struct spf_record *r, enum spf_kind kind)
{
	for (size_t i = r->n; i > 0; i--)
		if (r->terms[i - 1].kind == kind)
			return &r->terms[i - 1];
	return NULL;
}

static void lint_modifiers(const struct at *t)
{
	static const enum spf_kind once[] = { SPF_REDIRECT, SPF_EXP };

	for (size_t i = 0; i < sizeof once / sizeof *once; i++)
		if (count_kind(t->r, once[i]) > 1)
			lint_add(t->l, LINT_ERROR, "spf-duplicate-modifier", last_of(t->r, once[i])->text, "Keep one of them.",
				 "%s is there more than once, which makes the whole record an error (RFC 7208 6).", spf_kind_name(once[i]));
}

static void lint_end(const struct at *t)
{
	const struct spf_term *redirect = last_of(t->r, SPF_REDIRECT);
	size_t behind = 0;

	for (size_t i = t->r->all + 1; i < t->r->n; i++)
		behind += t->r->terms[i].kind < SPF_REDIRECT;
	if (t->r->all == t->r->n && redirect == NULL && t->r->depth == 0)
		lint_add(t->l, LINT_WARNING, "spf-no-all", (struct slice){ 0 }, "Add ~all at the end.",
			 "There is no all and no redirect: everybody else gets the result neutral, as with ?all.");
	if (t->r->all < t->r->n && redirect != NULL)
		lint_add(t->l, LINT_WARNING, "spf-redirect-with-all", redirect->text, "Take out the redirect, or all.",
			 "redirect has no effect beside all (RFC 7208 6.1).");
	if (behind > 0)
		lint_add(t->l, LINT_WARNING, "spf-behind-all", t->r->terms[t->r->all + 1].text, "Move all to the end.",
			 "What stands behind all is never looked at (RFC 7208 5.1): %zu terms.", behind);
}

static void lint_twice(const struct at *t)
{
	for (size_t i = 1; i < t->r->n; i++)
		for (size_t k = 0; k < i; k++)
			if (t->r->terms[i].kind < SPF_REDIRECT && text_eq_nocase(t->r->terms[i].text, t->r->terms[k].text)) {
				lint_add(t->l, LINT_NOTE, "spf-twice", t->r->terms[i].text, "Take one of them out.",
					 "\"%.*s\" is there twice.", (int)t->r->terms[i].text.len, t->r->terms[i].text.ptr);
				break;
			}
}

static void lint_length(const struct at *t)
{
	if (t->r->text.len > ANSWER_BYTES)
		lint_add(t->l, LINT_NOTE, "spf-long", (struct slice){ 0 }, "Move a part into a record of its own, and include it.",
			 "The record has %zu bytes; above %d an answer may not fit into one packet, and some receivers give up (RFC 7208 3.4).",
			 t->r->text.len, ANSWER_BYTES);
	if (t->r->n == LIMIT_SPF_TERMS)
		lint_add(t->l, LINT_WARNING, "spf-long", (struct slice){ 0 }, "Move a part into a record of its own, and include it.",
			 "The record has %d terms or more; what stands behind them was not read.", LIMIT_SPF_TERMS);
}

static void lint_record(const struct at *t)
{
	for (size_t i = 0; i < t->r->n; i++)
		lint_term(t, &t->r->terms[i]);
	lint_modifiers(t);
	lint_end(t);
	if (!t->own)
		return;
	lint_twice(t);
	lint_length(t);
}

/* --- where it leads --- */

static void lint_lead(struct lint *l, const struct spf_record *from, const struct spf_record *to)
{
	const struct spf_term *term = &from->terms[to->term];
	int n = (int)to->name.len;
	const char *name = to->name.ptr;

	switch (to->found) {
	case SPF_FOUND:
		break;
	case SPF_NONE:
		lint_add(l, LINT_ERROR, "spf-unreachable", term->text, "Take it out, or have the record published there again.",
			 "%.*s has no SPF record: a receiver that comes to this term gives up with an error (RFC 7208 5.2, 6.1).", n, name);
		break;
	case SPF_SEVERAL:
		lint_add(l, LINT_ERROR, "spf-several", term->text, "Have all but one removed there.",
			 "%.*s has several SPF records, which is an error (RFC 7208 4.5).", n, name);
		break;
	case SPF_LOOP:
		lint_add(l, LINT_ERROR, "spf-loop", term->text, "Take it out.",
			 "This leads back to %.*s, and so on without end: receivers give up with an error.", n, name);
		break;
	case SPF_NOT_ASKED:
		lint_add(l, LINT_NOTE, "spf-not-asked", term->text, "Look again later.", "%.*s was not looked up yet.", n, name);
		break;
	case SPF_NO_ANSWER:
		lint_add(l, LINT_WARNING, "spf-no-answer", term->text, "Look again later; if it stays so, take it out.",
			 "DNS gives no answer for %.*s: %.*s.", n, name, (int)to->trouble.len, to->trouble.ptr != NULL ? to->trouble.ptr : "");
		break;
	case SPF_TOO_DEEP:
		lint_add(l, LINT_WARNING, "spf-too-deep", term->text, "Include what it leads to directly.",
			 "More than %d records include one another; it was not followed any further.", LIMIT_SPF_DEPTH);
		break;
	}
}

static void lint_counts(struct lint *l, const struct spf_tree *tree)
{
	const char *at_least = tree->at_least ? "at least " : "";

	if (tree->lookups > LOOKUPS_MOST)
		lint_add(l, LINT_ERROR, "spf-too-many-lookups", (struct slice){ 0 },
			 "Take out what no longer sends, or list networks instead of names.",
			 "It may take %s%zu look-ups, and receivers stop with an error after %d (RFC 7208 4.6.4).", at_least, tree->lookups,
			 LOOKUPS_MOST);
	else if (tree->lookups >= LOOKUPS_NEAR)
		lint_add(l, LINT_NOTE, "spf-many-lookups", (struct slice){ 0 }, "Take out what no longer sends before adding another.",
			 "It may take %s%zu of %d look-ups; a service that adds one to its own record breaks this one.", at_least, tree->lookups,
			 LOOKUPS_MOST);
	if (tree->voids > VOIDS_MOST)
		lint_add(l, LINT_ERROR, "spf-too-many-voids", (struct slice){ 0 }, "Take out the names that are not there.",
			 "%zu look-ups find nothing, and receivers stop with an error after %d (RFC 7208 4.6.4).", tree->voids, VOIDS_MOST);
}

/* "v=spf1;", "v=spf2.0/pra": meant to be one, and is none. */
static void lint_near_misses(struct lint *l, struct slice name, struct slice lines)
{
	while (lines.len > 0) {
		struct slice line = text_take_line(&lines);

		if (spf_is_record(line) || !text_starts_nocase(text_trim(line), SLICE("v=spf")))
			continue;
		lint_about(l, name, line);
		if (text_starts_nocase(line, SLICE("v=spf2")))
			lint_add(l, LINT_NOTE, "spf-sender-id", text_cut(line, 8), "Remove it.", "This is a record of Sender ID, which nobody reads any more.");
		else
			lint_add(l, LINT_ERROR, "spf-version", text_cut(line, 8), "Begin it with v=spf1 and a blank.",
				 "This looks like an SPF record and is none, for it does not begin with v=spf1 and a blank: receivers pass over it.");
	}
}

static void lint_first(struct lint *l, const struct spf_record *first, bool below)
{
	if (first->found == SPF_SEVERAL)
		lint_add(l, LINT_ERROR, "spf-several", (struct slice){ 0 }, "Make one of them, with all that the others hold.",
			 "There are several SPF records at this name: receivers stop with an error, and no mail passes (RFC 7208 4.5).");
	else if (first->found == SPF_NONE)
		lint_add(l, below ? LINT_NOTE : LINT_WARNING, "spf-none", (struct slice){ 0 },
			 "If it sends, publish v=spf1 with its senders and ~all; if it never does, v=spf1 -all.",
			 "There is no SPF record: no mail with this envelope domain passes SPF.");
}

void spf_lint(struct lint *l, const struct spf_tree *tree, struct slice lines, bool below)
{
	const struct spf_record *first = &tree->record[0];

	lint_near_misses(l, first->name, lines);
	lint_about(l, first->name, first->found == SPF_FOUND ? first->text : SLICE(""));
	lint_first(l, first, below);
	lint_counts(l, tree);
	for (size_t i = 0; i < tree->n; i++) {
		const struct spf_record *r = &tree->record[i];

		lint_about(l, r->name, r->text);
		if (r->found == SPF_FOUND)
			lint_record(&(struct at){ l, tree, r, i == 0 });
		for (size_t k = i + 1; k < tree->n; k++)
			if (tree->record[k].parent == i)
				lint_lead(l, r, &tree->record[k]);
	}
}
