/* record_dkim: DKIM keys (RFC 6376 3.6.1, RFC 8301, RFC 8463): read, and checked. The only user in this room of nettle.
 * Neighbours: lint.h. */
#ifndef SCHEMA_RECORD_DKIM_H
#define SCHEMA_RECORD_DKIM_H
#include "schema/lint.h"

struct dkim_key {
	enum dkim_state {
		DKIM_KEY,       /* a key that can be used */
		DKIM_REVOKED,   /* an empty p: signatures with it fail, as meant */
		DKIM_NONE,      /* no record */
		DKIM_SEVERAL,   /* which one counts nobody knows */
		DKIM_BAD,       /* a record that holds no key */
		DKIM_NOT_ASKED,
		DKIM_NO_ANSWER,
	} state;
	struct slice text;      /* the record, or the first of several; NULL ptr: none */
	enum dkim_type { DKIM_RSA, DKIM_ED25519, DKIM_OTHER } type;
	size_t bits;            /* of DKIM_KEY: of the modulus; 256 of an Ed25519 key */
	bool testing, strict;   /* t=y, t=s */
	struct slice trouble;   /* DKIM_NO_ANSWER: why, in words */
};

/* From what is known of "SELECTOR._domainkey.DOMAIN". */
struct dkim_key dkim_read(struct arena *a, const struct lint_answer *answer);
/* "found", "revoked", ... */
const char *dkim_state_words(enum dkim_state s);
/* "RSA, 2048 bits", "Ed25519", ...: "" where there is no key. The arena's, or static. */
const char *dkim_key_words(struct arena *a, const struct dkim_key *k);

/* Checks the key at `name`. */
void dkim_lint(struct lint *l, struct slice name, const struct lint_answer *answer);
#endif
