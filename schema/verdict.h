/* verdict: what a row most likely is, and why: one explained verdict by an ordered table of rules that a person can read. The first
 * rule that fits decides; a rule looks at facts alone, each one bit, so that the table is data: it is stored beside what it was
 * applied to, and after a change both tables are applied to all history and the difference is printed (`ruad rebuild`).
 * A verdict tells where mail comes from; its state tells what carries it: see `enum survival`.
 * FORMATS 4.1, 4.2 and 5.2; UX 7.2 to 7.4. Neighbours: evidence.h (facts of a row), source_rule.h (facts of a source). */
#ifndef SCHEMA_VERDICT_H
#define SCHEMA_VERDICT_H
#include "schema/source_rule.h"

enum { VERDICT_VERSION = 1 }; /* to be raised with every change of the table or of what a fact means */

enum verdict {
	VERDICT_SOUND,            /* passes: ours, a service's, a list's own, or unnamed */
	VERDICT_FORWARD_SURVIVES, /* passes by our signature alone, through somebody who sent it on */
	VERDICT_LIST_REWRITES,    /* fails; the list's software is known to put its own name into From once a policy asks */
	VERDICT_LIST_KEEPS,       /* fails; the list does not, or did not while a policy asked */
	VERDICT_LIST_OPEN,        /* fails; whether the list does depends on its settings, or is not known */
	VERDICT_FORWARD_BREAKS,   /* fails; our signature was there and no longer holds */
	VERDICT_ARC,              /* fails, delivered, and the receiver names a trusted ARC chain */
	VERDICT_OVERRIDE,         /* fails, delivered, and the receiver says that it was forwarded or a list's */
	VERDICT_OURS_UNFIXED,     /* fails; a system of ours */
	VERDICT_SERVICE_UNFIXED,  /* fails; a service that sends for us */
	VERDICT_SPOOFING,         /* fails; all that is known of it looks forged */
	VERDICT_UNKNOWN,          /* fails; nobody has named the sender yet */
	VERDICTS
};
/* "sound", "forward-survives", "list-rewrites", "list-keeps", "list-open", "forward-breaks", "arc", "override", "ours-unfixed",
 * "service-unfixed", "spoofing", "unknown": URLs and JSON. */
const char *verdict_name(enum verdict v);
enum verdict verdict_of_name(struct slice word); /* VERDICTS for another word */
/* "Likely spoofing", ...: for people. */
const char *verdict_label(enum verdict v);

/* What carries a row's mail. */
enum survival {
	SURVIVES, /* it passes by itself */
	GOODWILL, /* it fails, and this receiver says that it lets it pass all the same: ARC, a list, a forward, a rule of its own */
	BREAKS,   /* it fails, and nothing vouches for it */
	SURVIVALS
};
const char *survival_name(enum survival s); /* "survives", "goodwill", "breaks" */
const char *survival_label(enum survival s);

/* --- facts: one bit each --- */

enum fact {
	FACT_FAILS = 1 << 0,         /* neither SPF nor DKIM passed aligned */
	FACT_DELIVERED = 1 << 1,     /* the receiver neither quarantined nor rejected it */
	FACT_ASKED = 1 << 2,         /* the policy that applied was quarantine or reject, held back or not */
	FACT_DKIM_PASS = 1 << 3,     /* aligned */
	FACT_SPF_PASS = 1 << 4,      /* aligned */
	FACT_OWN_BROKEN = 1 << 5,    /* a signature in our name is there, and fails: changed on the way */
	FACT_OWN_ERROR = 1 << 6,     /* a signature in our name is there, and its key could not be used */
	FACT_OTHER_SIGNED = 1 << 7,  /* a signature of another organisation holds */
	FACT_SPF_NOT_LISTED = 1 << 8, /* the envelope is in our name, and our SPF does not list the address */
	FACT_SPF_OTHER = 1 << 9,     /* SPF passed for another organisation */
	FACT_SAYS_ARC = 1 << 10,     /* the receiver names a trusted ARC chain */
	FACT_SAYS_SENT_ON = 1 << 11, /* the receiver says mailing_list, trusted_forwarder or forwarded */
	FACT_ONCE = 1 << 12,         /* the address was seen on one day in all history, with few messages */
	FACT_OURS = 1 << 13,         /* the source's kind; none of the four: nobody named it */
	FACT_SERVICE = 1 << 14,
	FACT_LIST = 1 << 15,
	FACT_FORWARDER = 1 << 16,
	FACT_REWRITES = 1 << 17,     /* the list's software puts its own name into From (FORMATS 5.2) */
	FACT_KEEPS_FROM = 1 << 18,   /* the list's software never does */
	FACT_DKIM_RELAXED = 1 << 19, /* DKIM passed by a name that only shares the organisational domain: not under adkim=s */
	FACT_SPF_RELAXED = 1 << 20,  /* SPF likewise: not under aspf=s */
};
enum { FACTS = 21 };
/* "fails", ... of JSON, and the fact in words: "neither SPF nor DKIM passed aligned"; `bit` below FACTS. */
const char *fact_name(int bit);
const char *fact_words(int bit);

struct verdict_rule {
	const char *id;        /* "list-rewrites": stable */
	unsigned needs, lacks; /* of enum fact: all of these, none of those */
	enum verdict verdict;
	const char *why;       /* a sentence for people */
};
/* The table, in order; the last rule fits everything. */
const struct verdict_rule *verdict_rules(size_t *n);
const struct verdict_rule *verdict_rule_at(size_t place);
/* The place of the first of `n` rules that fits these facts; n where none does. */
size_t verdict_decide(const struct verdict_rule *rules, size_t n, unsigned facts);

/* The facts of a row without those that neither a rule nor a count of struct counts asks for beside the others: any two rows that are
 * alike in these are alike to all but an explanation, and sums need not tell them apart. */
unsigned verdict_facts_asked(unsigned facts);

/* What a source's kind and software add to the facts. */
unsigned verdict_facts_of_source(enum source_kind kind, enum list_software software);

/* What list software does with From once a policy asks for quarantine or reject (FORMATS 5.2). */
enum list_habit { HABIT_REWRITES, HABIT_KEEPS, HABIT_BY_SETTING, HABIT_NOT_KNOWN };
enum list_habit list_habit_of(enum list_software software);
/* "rewrites", "keeps", "as_set", "not_known": JSON. */
const char *list_habit_name(enum list_habit h);
/* "LISTSERV", for people; NULL where the software has no name. */
const char *list_software_label(enum list_software software);
/* What is predicted, behind "Prediction: "; and in a sentence, what is known and where from. */
const char *list_habit_brief(enum list_software software);
const char *list_habit_words(enum list_software software);
#endif
