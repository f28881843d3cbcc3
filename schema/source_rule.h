/* source_rule: which mail comes from which sender, in the operator's words (UX 7.3): an ordered list, the first match
 * names the source. Neighbours: daemon/config.c reads them from ruad.conf, storage/label.c applies them to all history. */
#ifndef SCHEMA_SOURCE_RULE_H
#define SCHEMA_SOURCE_RULE_H
#include "base/slice.h"

#include <stdbool.h>

enum source_kind { KIND_OURS, KIND_SERVICE, KIND_LIST, KIND_FORWARDER, KIND_UNKNOWN, KINDS };
/* "ours", "service", "list", "forwarder", "unknown": configuration, URLs, JSON. */
const char *source_kind_name(enum source_kind k);
/* The kind of that name, or KINDS. */
enum source_kind source_kind_of(struct slice word);

struct network { /* IPv4 as ::ffff:a.b.c.d; bits 0 to 128 */
	unsigned char addr[16];
	int bits;
};
/* "192.0.2.0/24", "2001:db8::/32" or one address; false for anything else. Host bits are cleared. */
bool network_parse(struct slice text, struct network *out);
bool network_holds(const struct network *net, const unsigned char addr[16]);

/* One address as 16 bytes: blanks trimmed, brackets and zone stripped, ::ffff: mapped form and IPv4 alike (FORMATS 3.4).
 * False for what is none. */
bool address_parse(struct slice text, unsigned char out[16]);
/* The usual spelling, into at least ADDRESS_TEXT_BYTES; returns `out`. */
enum { ADDRESS_TEXT_BYTES = 48 };
char *address_text(char out[ADDRESS_TEXT_BYTES], const unsigned char addr[16]);

/* A rule matches mail by any one of its patterns: the connecting address; a DKIM d= that passed, or the envelope
 * domain (envelope_from, else the SPF domain), each exactly or below it. */
struct source_rule {
	struct slice name, owner; /* owner NULL ptr where nobody is named */
	enum source_kind kind;
	const struct network *networks;
	size_t network_count;
	const struct slice *dkim_domains, *envelopes; /* normal form (domain.h) */
	size_t dkim_domain_count, envelope_count;
};
struct source_rules {
	const struct source_rule *rule;
	size_t n;
};
#endif
