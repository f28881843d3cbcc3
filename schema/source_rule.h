/* source_rule: which mail comes from which sender, in the operator's words (UX 7.3): an ordered list, the first match
 * names the source. Neighbours: daemon/config_rules.c reads them from ruad.conf, storage/label.c applies them to all history;
 * source_hint.h has some ready. */
#ifndef SCHEMA_SOURCE_RULE_H
#define SCHEMA_SOURCE_RULE_H
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

enum source_kind { KIND_OURS, KIND_SERVICE, KIND_LIST, KIND_FORWARDER, KIND_UNKNOWN, KINDS };
/* "ours", "service", "list", "forwarder", "unknown": configuration, URLs, JSON. */
const char *source_kind_name(enum source_kind k);
/* The kind of that name, or KINDS. */
enum source_kind source_kind_of(struct slice word);

enum list_software { /* what a list runs on, and so what it does once a policy asks for more than nothing (FORMATS 5.2) */
		     SOFTWARE_UNKNOWN,
		     SOFTWARE_LISTSERV,
		     SOFTWARE_MAILMAN,
		     SOFTWARE_SYMPA,
		     SOFTWARE_GOOGLE_GROUPS,
		     SOFTWARE_MICROSOFT_365,
		     SOFTWARE_OTHER,
		     SOFTWARES
};
/* "unknown", "listserv", "mailman", "sympa", "google-groups", "microsoft-365", "other": configuration and JSON. */
const char *list_software_name(enum list_software s);

struct network { /* IPv4 as ::ffff:a.b.c.d; bits 0 to 128 */
	unsigned char addr[16];
	int bits;
};
/* "192.0.2.0/24", "2001:db8::/32" or one address; false for anything else. Host bits are cleared. */
bool network_parse(struct slice text, struct network *out);
bool network_holds(const struct network *net, const unsigned char addr[16]);
/* What an address that nobody named is shown under: its /24, or its /48 where it is IPv6. */
void network_of(const unsigned char addr[16], struct network *out);
/* As network_parse reads it, into at least NETWORK_TEXT_BYTES; returns `out`. */
enum { NETWORK_TEXT_BYTES = 56 };
char *network_text(char out[NETWORK_TEXT_BYTES], const struct network *net);

/* "AS64500" or "64500", from 1 to 4294967295; false for anything else. */
bool asn_parse(struct slice text, uint32_t *out);

/* One address as 16 bytes: blanks trimmed, brackets and zone stripped, ::ffff: mapped form and IPv4 alike (FORMATS 3.4).
 * False for what is none. */
bool address_parse(struct slice text, unsigned char out[16]);
/* The addresses whose usual spelling begins with `text`, which ends in one of its groups: "10.1" are those of 10.1., 10.10. to
 * 10.19. and 10.100. to 10.199. Returns how many ranges, both ends included; 0 where no address begins so. A spelling with
 * "::" is not looked into. */
enum { ADDRESS_RANGES = 4 };
struct address_range {
	unsigned char first[16], last[16];
};
int address_prefix(struct slice text, struct address_range out[ADDRESS_RANGES]);
/* The usual spelling, into at least ADDRESS_TEXT_BYTES; returns `out`. */
enum { ADDRESS_TEXT_BYTES = 48 };
char *address_text(char out[ADDRESS_TEXT_BYTES], const unsigned char addr[16]);

/* A rule matches mail by any one of its patterns: the connecting address; a DKIM d= that passed, or the envelope
 * domain (envelope_from, else the SPF domain), each exactly or below it; the address's reverse name (forward-confirmed),
 * exactly or below; the number of the network (AS) that announces it; the first label of the envelope host. */
struct source_rule {
	struct slice name, owner; /* owner NULL ptr where nobody is named */
	enum source_kind kind;
	const struct network *networks;
	size_t network_count;
	const struct slice *dkim_domains, *envelopes; /* normal form (domain.h) */
	size_t dkim_domain_count, envelope_count;
	const struct slice *rdns; /* normal form */
	size_t rdns_count;
	const uint32_t *asns;
	size_t asn_count;
	const struct slice *envelope_labels; /* lower case; of hosts within a domain: "lists" holds for lists.univ.example */
	size_t envelope_label_count;
	enum list_software software; /* of a list */
	bool hint; /* built in, to be confirmed by a person (source_hint.h) */
};
struct source_rules {
	const struct source_rule *rule;
	size_t n;
};
#endif
