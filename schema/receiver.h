/* receiver: the mailbox providers that publish rules for bulk senders (FORMATS 8), by the names under which they report, and the
 * rules with their error codes. Neighbours: web/page_bulk.c shows who meets them. */
#ifndef SCHEMA_RECEIVER_H
#define SCHEMA_RECEIVER_H
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

enum receiver { RECEIVER_GMAIL, RECEIVER_YAHOO, RECEIVER_OUTLOOK, RECEIVERS };
/* "gmail" in JSON; "Gmail" for people. */
const char *receiver_name(enum receiver r);
const char *receiver_label(enum receiver r);
/* Whose mail a reporter of that name (org_name) tells of, without regard to case: RECEIVERS for none of these. Enterprise
 * Outlook counts as Outlook, though Microsoft's rule is about Outlook.com alone. */
enum receiver receiver_of(struct slice reporter);
/* Messages a day from which on the rules hold for ever; 0 where no number is published. */
int64_t receiver_threshold(enum receiver r);

enum bulk_rule {
	BULK_SPF,
	BULK_DKIM,
	BULK_ALIGNED,
	BULK_DMARC,
	BULK_PTR,
	BULK_TLS,
	BULK_SPAM,
	BULK_UNSUBSCRIBE,
	BULK_RULES
};
/* "spf" in JSON; "SPF passes" for people; "4.7.27, 5.7.27". */
const char *bulk_rule_name(enum bulk_rule rule);
const char *bulk_rule_label(enum bulk_rule rule);
const char *bulk_rule_codes(enum bulk_rule rule);
/* Whether that receiver asks for it. */
bool bulk_rule_is_of(enum bulk_rule rule, enum receiver r);

/* --- what a refusal says --- */

struct bounce {
	struct slice code;      /* "5.7.27"; NULL ptr: there is none in it */
	bool refused;           /* 5: refused for good; else 4: slowed, to be tried again */
	enum bulk_rule rule;    /* BULK_RULES: of none */
	enum receiver receiver; /* that uses the code; RECEIVERS: not known */
	struct slice domain;    /* that it names in brackets, as it stands there; NULL ptr: none */
};
/* Reads the text of a bounce, or of a line in a mail log; slices point into it. */
struct bounce bounce_read(struct slice text);
#endif
