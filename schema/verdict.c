/* verdict: see verdict.h. */
#include "schema/verdict.h"

#include <assert.h>

static const struct {
	const char *name, *label;
} verdicts[VERDICTS] = {
	[VERDICT_SOUND] = { "sound", "Sound" },
	[VERDICT_FORWARD_SURVIVES] = { "forward-survives", "Forwarded, DKIM survives" },
	[VERDICT_LIST_REWRITES] = { "list-rewrites", "List that rewrites" },
	[VERDICT_LIST_KEEPS] = { "list-keeps", "List that does not rewrite" },
	[VERDICT_LIST_OPEN] = { "list-open", "List, rewriting not known" },
	[VERDICT_FORWARD_BREAKS] = { "forward-breaks", "Forwarded, DKIM breaks" },
	[VERDICT_ARC] = { "arc", "ARC vouched" },
	[VERDICT_OVERRIDE] = { "override", "Let pass by the receiver" },
	[VERDICT_OURS_UNFIXED] = { "ours-unfixed", "Ours, unfixed" },
	[VERDICT_SERVICE_UNFIXED] = { "service-unfixed", "A service, unfixed" },
	[VERDICT_SPOOFING] = { "spoofing", "Likely spoofing" },
	[VERDICT_UNKNOWN] = { "unknown", "Unknown" },
};

static const struct {
	const char *name, *label;
} survivals[SURVIVALS] = {
	[SURVIVES] = { "survives", "Itself: SPF or DKIM passed" },
	[GOODWILL] = { "goodwill", "This receiver's goodwill" },
	[BREAKS] = { "breaks", "Nothing: it breaks" },
};

static const struct {
	const char *name, *words;
} facts[FACTS] = {
	{ "fails", "SPF and DKIM both fail for the domain in From" },
	{ "delivered", "the receiver delivered it" },
	{ "asked", "the policy the receiver saw asked for quarantine or reject" },
	{ "dkim_pass", "DKIM passed aligned" },
	{ "spf_pass", "SPF passed aligned" },
	{ "own_signature_broken", "a signature in our name was there and no longer held" },
	{ "own_signature_error", "a signature in our name was there and its key could not be used" },
	{ "other_signature", "a signature of another organisation held" },
	{ "spf_not_listed", "the envelope was in our name, from an address that our SPF does not list" },
	{ "spf_other", "SPF passed for another organisation" },
	{ "says_arc", "the receiver names a trusted ARC chain" },
	{ "says_sent_on", "the receiver says that a list or a forwarder sent it on" },
	{ "once", "the address was seen on one day only, with few messages" },
	{ "ours", "a system of ours sent it" },
	{ "service", "a service that sends for us sent it" },
	{ "list", "a named mailing list sent it" },
	{ "forwarder", "a named forwarder sent it" },
	{ "rewrites", "the list's software is known to rewrite From" },
	{ "keeps_from", "the list's software is known to keep From" },
	{ "dkim_relaxed", "DKIM passed by a name that only shares the organisational domain" },
	{ "spf_relaxed", "SPF passed by a name that only shares the organisational domain" },
};

enum {
	NAMED = FACT_OURS | FACT_SERVICE | FACT_LIST | FACT_FORWARDER,
	OWN_SIGNATURE = FACT_OWN_BROKEN | FACT_OWN_ERROR,
	SAID = FACT_SAYS_ARC | FACT_SAYS_SENT_ON,
};

/* A list's own and ARC come before who sent it, for both say how it came (UX 7.1): a list whose habit is known first, and behind ARC
 * what may be one by its name alone. A receiver's other words come late, for they say what it did, not whose mail it is. */
static const struct verdict_rule rules[] = {
	{ "forwarder-survives", FACT_FORWARDER | FACT_DKIM_PASS, FACT_FAILS, VERDICT_FORWARD_SURVIVES,
	  "A named forwarder sent it on, and our signature held." },
	{ "signature-survives", FACT_DKIM_PASS | FACT_SPF_NOT_LISTED, FACT_FAILS | FACT_SPF_PASS | NAMED, VERDICT_FORWARD_SURVIVES,
	  "It came from an address that our SPF does not list, and our signature held: somebody sent it on unchanged." },
	{ "said-sent-on", FACT_DKIM_PASS | FACT_SAYS_SENT_ON, FACT_FAILS | FACT_SPF_PASS | NAMED, VERDICT_FORWARD_SURVIVES,
	  "The receiver says that a list or a forwarder sent it on, and our signature held." },
	{ "sound", 0, FACT_FAILS, VERDICT_SOUND, "SPF or DKIM passed aligned." },
	{ "arc", FACT_FAILS | FACT_DELIVERED | FACT_SAYS_ARC, FACT_REWRITES | FACT_KEEPS_FROM, VERDICT_ARC,
	  "The receiver delivered it for a trusted ARC chain: another receiver may not." },
	{ "list-kept-from", FACT_FAILS | FACT_LIST | FACT_ASKED, 0, VERDICT_LIST_KEEPS,
	  "A mailing list kept our name in From while the policy asked for more than nothing." },
	{ "list-rewrites", FACT_FAILS | FACT_LIST | FACT_REWRITES, 0, VERDICT_LIST_REWRITES,
	  "A mailing list whose software puts its own name into From once the policy asks for quarantine or reject." },
	{ "list-keeps", FACT_FAILS | FACT_LIST | FACT_KEEPS_FROM, 0, VERDICT_LIST_KEEPS,
	  "A mailing list whose software keeps our name in From whatever the policy." },
	{ "list-open", FACT_FAILS | FACT_LIST, 0, VERDICT_LIST_OPEN,
	  "A mailing list; whether it rewrites From depends on its settings, or its software is not known." },
	{ "ours-unfixed", FACT_FAILS | FACT_OURS, 0, VERDICT_OURS_UNFIXED,
	  "A system of ours sent it, and neither SPF nor DKIM is set up for it." },
	{ "service-unfixed", FACT_FAILS | FACT_SERVICE, 0, VERDICT_SERVICE_UNFIXED,
	  "A service that sends for us sent it, and neither SPF nor DKIM is set up for it." },
	{ "forwarder-breaks", FACT_FAILS | FACT_FORWARDER, 0, VERDICT_FORWARD_BREAKS,
	  "A named forwarder sent it on, and no signature of ours held." },
	{ "signature-broken", FACT_FAILS | FACT_OWN_BROKEN, 0, VERDICT_FORWARD_BREAKS,
	  "It was signed in our name and changed on the way: what forwarders and lists do." },
	{ "sent-on", FACT_FAILS | FACT_DELIVERED | FACT_SAYS_SENT_ON, 0, VERDICT_OVERRIDE,
	  "The receiver delivered it since a list or a forwarder sent it on: another receiver may not." },
	{ "key-missing", FACT_FAILS | FACT_OWN_ERROR | FACT_OTHER_SIGNED | FACT_SPF_OTHER, 0, VERDICT_SERVICE_UNFIXED,
	  "A service signed it for itself and in our name, but our key for it could not be used." },
	{ "seen-once", FACT_FAILS | FACT_ONCE, NAMED | OWN_SIGNATURE | SAID, VERDICT_SPOOFING,
	  "Nobody named the sender, it bears no signature of ours, no receiver says that it was sent on, and its address was seen on "
	  "one day only with few messages." },
	{ "unknown", 0, 0, VERDICT_UNKNOWN, "Nobody named the sender, and nothing in the report tells who it is." },
};

const char *verdict_name(enum verdict v)
{
	assert(v < VERDICTS);
	return verdicts[v].name;
}

enum verdict verdict_of_name(struct slice word)
{
	for (int v = 0; v < VERDICTS; v++)
		if (slice_is(word, verdicts[v].name))
			return (enum verdict)v;
	return VERDICTS;
}

const char *verdict_label(enum verdict v)
{
	assert(v < VERDICTS);
	return verdicts[v].label;
}

const char *survival_name(enum survival s)
{
	assert(s < SURVIVALS);
	return survivals[s].name;
}

const char *survival_label(enum survival s)
{
	assert(s < SURVIVALS);
	return survivals[s].label;
}

const char *fact_name(int bit)
{
	assert(bit >= 0 && bit < FACTS);
	return facts[bit].name;
}

const char *fact_words(int bit)
{
	assert(bit >= 0 && bit < FACTS);
	return facts[bit].words;
}

const struct verdict_rule *verdict_rules(size_t *n)
{
	*n = sizeof rules / sizeof *rules;
	return rules;
}

const struct verdict_rule *verdict_rule_at(size_t place)
{
	assert(place < sizeof rules / sizeof *rules);
	return &rules[place];
}

size_t verdict_decide(const struct verdict_rule *table, size_t n, unsigned known)
{
	size_t i = 0;

	while (i < n && ((known & table[i].needs) != table[i].needs || (known & table[i].lacks) != 0))
		i++;
	return i;
}

enum { RELAXED = FACT_DKIM_RELAXED | FACT_SPF_RELAXED, KEY_MISSING = FACT_OWN_ERROR | FACT_OTHER_SIGNED | FACT_SPF_OTHER };

/* Of what passes by both checks, strict alignment breaks what is relaxed in both alone. */
unsigned verdict_facts_asked(unsigned known)
{
	bool both = (known & FACT_DKIM_PASS) && (known & FACT_SPF_PASS);

	if (known & FACT_FAILS)
		return known & ~(unsigned)FACT_SPF_NOT_LISTED &
		       ((known & KEY_MISSING) == KEY_MISSING ? ~0u : ~(unsigned)(FACT_OTHER_SIGNED | FACT_SPF_OTHER));
	known &= ~(unsigned)(KEY_MISSING | FACT_OWN_BROKEN | FACT_SAYS_ARC);
	if (known & FACT_SPF_PASS)
		known &= ~(unsigned)(FACT_SPF_NOT_LISTED | FACT_SAYS_SENT_ON);
	return both && (known & RELAXED) != RELAXED ? known & ~(unsigned)RELAXED : known;
}

static const struct {
	enum list_habit habit;
	const char *label, *brief, *words;
} habits[SOFTWARES] = {
	[SOFTWARE_UNKNOWN] = { HABIT_NOT_KNOWN, NULL, "none, the software is not known; write it into ruad.conf",
			       "The list's software is not known: no prediction." },
	[SOFTWARE_LISTSERV] = { HABIT_REWRITES, "LISTSERV", "rewrites From at quarantine and reject alike, whatever pct and t say",
				"LISTSERV's manual says that it rewrites From for quarantine and reject alike, with no mention of pct or t; the site variable "
				"DMARC_NO_REWRITE turns it off." },
	[SOFTWARE_MAILMAN] = { HABIT_BY_SETTING, "Mailman", "as it is set, rewrites From or refuses the post; it reads neither pct nor t",
			       "Mailman rewrites From only where the list is set so, and may be set to reject or discard posts instead; it reads p or sp, never "
			       "pct or t." },
	[SOFTWARE_SYMPA] = { HABIT_BY_SETTING, "Sympa", "as it is set, rewrites From where its DMARC mode covers the policy",
			     "Sympa rewrites From where its dmarc_protection mode covers the policy; it reads an inherited sp, never pct or t." },
	[SOFTWARE_GOOGLE_GROUPS] = { HABIT_REWRITES, "Google Groups", "rewrites From at quarantine and reject",
				     "Google Groups is believed to rewrite From for quarantine and reject: not checked." },
	[SOFTWARE_MICROSOFT_365] = { HABIT_KEEPS, "Microsoft 365", "keeps From, its failures stay",
				     "Microsoft 365 groups and distribution lists keep From and change only the envelope." },
	[SOFTWARE_OTHER] = { HABIT_NOT_KNOWN, NULL, "none, it is not known what this software looks at",
			     "Nothing is known of what this list's software does: no prediction." },
};

enum list_habit list_habit_of(enum list_software software)
{
	assert(software < SOFTWARES);
	return habits[software].habit;
}

const char *list_habit_name(enum list_habit h)
{
	static const char *const names[] = { [HABIT_REWRITES] = "rewrites", [HABIT_KEEPS] = "keeps", [HABIT_BY_SETTING] = "as_set",
					     [HABIT_NOT_KNOWN] = "not_known" };

	return names[h];
}

const char *list_software_label(enum list_software software)
{
	assert(software < SOFTWARES);
	return habits[software].label;
}

const char *list_habit_brief(enum list_software software)
{
	assert(software < SOFTWARES);
	return habits[software].brief;
}

const char *list_habit_words(enum list_software software)
{
	assert(software < SOFTWARES);
	return habits[software].words;
}

unsigned verdict_facts_of_source(enum source_kind kind, enum list_software software)
{
	static const unsigned of_kind[KINDS] = {
		[KIND_OURS] = FACT_OURS,
		[KIND_SERVICE] = FACT_SERVICE,
		[KIND_LIST] = FACT_LIST,
		[KIND_FORWARDER] = FACT_FORWARDER,
	};
	enum list_habit habit = list_habit_of(software);

	return of_kind[kind] | (kind != KIND_LIST ? 0u :
				habit == HABIT_REWRITES ? (unsigned)FACT_REWRITES :
				habit == HABIT_KEEPS ? (unsigned)FACT_KEEPS_FROM : 0u);
}
