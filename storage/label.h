/* label: which rule of the configuration names an address or a profile. Labels sit on dimensions, never on facts, so a
 * changed rule relabels all history in about a second (STORAGE, Settled). Neighbours: ingest.c. */
#ifndef STORAGE_LABEL_H
#define STORAGE_LABEL_H
#include "schema/report.h"
#include "schema/source_rule.h"
#include "storage/db.h"

struct address_known { /* what look-ups found of an address; all zero: nothing */
	struct slice name; /* reverse name, normal form */
	int64_t asn;       /* 0 none */
};
/* The number, from 1, of the first rule that matches by ip, rdns or asn; 0 for none. `addr` is 16 bytes. */
int64_t label_address(const struct source_rules *rules, const unsigned char *addr, struct address_known known);
/* By a DKIM d= that passed, or the envelope domain: envelope_from, else the SPF domain (FORMATS 4.2 rule 6). A hint's
 * domain names nobody where the From domain is that domain or below it: such reports are read by the hinted ones. */
int64_t label_profile(struct arena *scratch, const struct source_rules *rules, const struct row *row);

/* The next address of all there are (SQL_ADDRESSES_KNOWN): 1 with its id and the rule that matches, 0 the end, -1 err. */
int label_next_address(struct statement *all, const struct source_rules *rules, int64_t *id, int64_t *source,
		       struct err *err);
/* Writes the rules into the database and matches all addresses and profiles anew, inside the caller's transaction. */
int label_all(struct db *db, const struct source_rules *rules, struct err *err);
/* The results of a stored profile, as far as rules and classes look at them: domain and result, in the arena. */
int label_read_auths(struct db *db, struct arena *a, int64_t profile, struct row *row, struct err *err);
/* A text that differs where the rules differ, for meta's `rules`; the arena's. */
struct slice label_fingerprint(struct arena *a, const struct source_rules *rules);
#endif
