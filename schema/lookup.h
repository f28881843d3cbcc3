/* lookup: what is asked about an address or a name, what came of it, and their forms between the store and the look-up
 * process. The answers are from outside: decoding checks each. Neighbours: daemon/dns.c and geo.c find them,
 * daemon/role_lookup.c and desk_lookup.c carry them (channel.h), storage/ingest_name.c and ingest_lookup.c keep them. */
#ifndef SCHEMA_LOOKUP_H
#define SCHEMA_LOOKUP_H
#include "base/buf.h"
#include "base/slice.h"
#include "schema/limits.h"

#include <stdint.h>

enum lookup_result {
	LOOKUP_FOUND,
	LOOKUP_NONE,     /* an answer as well: there is no such name, or nothing of the kind asked for */
	LOOKUP_TIMEOUT,  /* from here on there was none: no server said anything */
	LOOKUP_UNREACHABLE, /* or, of several servers, none would */
	LOOKUP_REFUSED,
	LOOKUP_SERVFAIL,
	LOOKUP_GARBLED,  /* what came is not an answer */
	LOOKUP_OFF,      /* nobody was asked: look-ups are switched off */
	LOOKUP_RESULTS
};

static inline bool lookup_is_answer(enum lookup_result r)
{
	return r == LOOKUP_FOUND || r == LOOKUP_NONE;
}
/* In the words of people: "no server answered in time", ... */
const char *lookup_sentence(enum lookup_result r);

struct address_found {
	unsigned char addr[16]; /* IPv4 as ::ffff:a.b.c.d */
	enum lookup_result result;
	struct slice name;    /* LOOKUP_FOUND: forward-confirmed reverse name, in normal form; else NULL ptr */
	int64_t asn;          /* of the network that announces it; 0: not known. Whatever the result, as is: */
	struct slice country; /* ISO 3166, two letters, lower case; NULL ptr: not known */
};

struct name_found { /* TXT records */
	struct slice name; /* normal form */
	enum lookup_result result;
	size_t n;          /* 0 but for LOOKUP_FOUND */
	struct slice text[LIMIT_DNS_RECORDS]; /* each record's strings joined; UTF-8 without control characters but for tabs */
};

/* Each appends the wire form; -1 where the buffer's ceiling was met. */
int address_found_encode(struct buf *out, const struct address_found *f);
int name_found_encode(struct buf *out, const struct name_found *f);

/* Each reads exactly `wire`; what it gives points into it. False for anything else: the sender is not believed. */
bool address_found_decode(struct slice wire, struct address_found *out);
bool name_found_decode(struct slice wire, struct name_found *out);

/* What is asked: the bytes of an address, or a name. */
bool address_wanted_decode(struct slice wire, unsigned char out[16]);
bool name_wanted_decode(struct slice wire, struct slice *name);
#endif
