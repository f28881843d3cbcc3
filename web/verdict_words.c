/* verdict_words: see verdict_words.h. */
#include "web/verdict_words.h"

#include "web/format.h"

enum { NAME_CHARS = 80 };

static const struct result_words {
	const char *result, *spf, *dkim;
} results[] = { /* RFC 8601 2.7, RFC 7208 2.6 */
	{ "pass", "the address may send for that domain", "the signature holds" },
	{ "fail", "the domain says that this address may not send for it", "the body or a signed header changed" },
	{ "hardfail", "the domain says that this address may not send for it", "the body or a signed header changed" },
	{ "softfail", "the domain says that this address probably may not send for it", NULL },
	{ "neutral", "the domain says neither that it may nor that it may not", "the signature could not be judged" },
	{ "none", "the domain says nothing of who may send for it", "there was no signature" },
	{ "policy", "the receiver did not like it for reasons of its own", "the receiver did not accept the signature, for reasons of its own" },
	{ "temperror", "a look-up failed at the time", "the key could not be looked up at the time" },
	{ "permerror", "the domain's SPF record is broken", "the key is missing or broken" },
};

const char *words_of_result(bool dkim, struct slice result)
{
	for (size_t i = 0; i < sizeof results / sizeof *results; i++)
		if (slice_is(result, results[i].result))
			return dkim ? results[i].dkim : results[i].spf;
	return NULL;
}

static const char *name(struct arena *a, struct slice s)
{
	return s.len == 0 ? "an unnamed domain" : arena_printf(a, "%.*s", (int)format_cut(s, NAME_CHARS), s.ptr);
}

static const struct auth *passed(const struct auth *list)
{
	while (list != NULL && !slice_is(list->result, "pass"))
		list = list->next;
	return list;
}

static const char *failed(struct arena *a, const char *what, bool dkim, const struct auth *r)
{
	const char *why = words_of_result(dkim, r->result);
	bool fails = slice_is(r->result, "fail") || slice_is(r->result, "hardfail");
	const char *verb = fails ? "failed" : arena_printf(a, "did not pass (%s)", r->result.len > 0 ? name(a, r->result) : "no result given");

	return arena_printf(a, "%s %s for %s%s%s.", what, verb, name(a, r->domain), why != NULL ? " because " : "", why != NULL ? why : "");
}

const char *words_of_spf(struct arena *a, const struct record *r)
{
	const struct auth *pass = passed(r->spf_auth);

	if (pass != NULL)
		return arena_printf(a, "SPF passed for %s, which %s.", name(a, pass->domain), r->verdict.spf_pass ? "aligns" : "does not align");
	if (r->verdict.spf_pass)
		return "SPF passed and aligns, as the receiver judged.";
	return r->spf_auth != NULL ? failed(a, "SPF", false, r->spf_auth) : "The receiver gives no SPF result.";
}

const char *words_of_dkim(struct arena *a, const struct record *r)
{
	const struct auth *pass = passed(r->dkim_auth);

	if (r->verdict.dkim_pass)
		return pass != NULL ? arena_printf(a, "DKIM passed for %s, and a signature aligns.", name(a, pass->domain)) :
				      "DKIM passed and aligns, as the receiver judged.";
	if (pass != NULL)
		return arena_printf(a, "DKIM passed for %s, which does not align.", name(a, pass->domain));
	return r->dkim_auth != NULL ? failed(a, "DKIM", true, r->dkim_auth) : "The receiver names no DKIM signature.";
}

/* The reasons given: "local_policy (arc=pass)". */
static const char *reasons(struct arena *a, const struct reason *r)
{
	const char *text = "";

	for (; r != NULL; r = r->next) {
		text = arena_printf(a, "%s%s%s", text, text[0] != '\0' ? ", " : "", r->type.len > 0 ? name(a, r->type) : "other");
		if (r->comment.len > 0)
			text = arena_printf(a, "%s (%s)", text, name(a, r->comment));
	}
	return text;
}

const char *words_of_fate(struct arena *a, const struct record *r)
{
	bool passes = r->verdict.spf_pass || r->verdict.dkim_pass, strict = slice_is(r->policy, "quarantine") || slice_is(r->policy, "reject");
	const char *policy = r->policy.ptr != NULL ? name(a, r->policy) : "not known", *why = reasons(a, r->reasons);
	const char *did = r->verdict.disposition == DISP_REJECT     ? "The receiver reports it refused" :
			  r->verdict.disposition == DISP_QUARANTINE ? "Put into spam" :
									     "Delivered";
	const char *held = strict && !passes && r->step == STEP_REHEARSE ? ", held back in a rehearsal" : "";
	const char *link = *held != '\0' ? ": the policy is " : r->verdict.disposition == DISP_NONE ? (strict && !passes ? ", although the policy is " : ": policy ") :
			   passes ? ", although it passed: the receiver's own filter; policy " : ": policy ";

	if (r->disposition_raw.ptr == NULL)
		return arena_printf(a, "The receiver does not say what became of it; it counts as delivered. Policy %s.", policy);
	return arena_printf(a, "%s%s%s%s.%s%s%s", did, link, policy, held, why[0] != '\0' ? " Reason given: " : "", why, why[0] != '\0' ? "." : "");
}
