/* store: what the writers of the different kinds of report share. Internal to storage/. Neighbours: ingest.c owns it;
 * ingest_tls.c, ingest_failure.c, ingest_name.c, ingest_lookup.c, watch.c, prune.c and reread.c use it. */
#ifndef STORAGE_STORE_H
#define STORAGE_STORE_H
#include "storage/db.h"
#include "storage/ingest.h"
#include "storage/pack.h"
#include "storage/raw.h"

enum { KEY_BYTES = 16 };

struct db *store_db(struct store *s);
/* Those in force. */
const struct source_rules *store_rules(const struct store *s);
const struct suffixes *store_suffixes(const struct store *s);
struct raw *store_raw(struct store *s);
/* Opens the transaction where none is open. */
int store_begin(struct store *s, struct err *err);
/* Something new was taken in. */
void store_changed(struct store *s, int64_t rows);
/* An address has another source than before: the sums of its days are made anew with the next commit. */
void store_relabelled(struct store *s, int64_t address);
/* How long after the last of so many failures, one behind the other, something is looked up again. */
int64_t store_retry_s(int64_t failures);
/* Forgets the open transaction; returns -1. */
int store_roll_back(struct store *s);

/* --- an aggregate report on its way into the tables --- */

struct head {
	int64_t id; /* 0: a new one */
	unsigned char key[KEY_BYTES];
	int64_t reporter, domain, policy, day, received_s, messages;
	bool twin;
	bool has_raw;
	unsigned char raw[RAW_KEY_BYTES];
	int64_t bytes; /* of what it was read from, where has_raw */
};

/* Begins a head: its key and day. */
void store_head(struct store *s, const struct report *r, int64_t received_s, struct head *h);
/* FORMATS 2.3 over all stored reports of the key: what a report of this key and content would be. */
int store_compare(struct store *s, const struct report *r, const unsigned char *key, enum stored *verdict,
		  int64_t *replaces, struct err *err);
/* Interns all that the report names: the rest of its head, and its facts in order, which live until the next call. */
int store_resolve(struct store *s, const struct report *r, struct head *h, const struct packed_row **facts, size_t *n,
		  struct err *err);
/* Who reports: org_name, or the domain of its address where that is empty (FORMATS 3.4). */
struct slice store_reporter_name(struct store *s, const struct report *r);
/* Binds the columns from key (1) to generator (19). */
void store_bind_head(struct statement *st, const struct report *r, const struct head *h);
int store_write(struct store *s, const struct report *r, const struct head *h, const struct packed_row *facts, size_t n,
		struct err *err);
/* With its rows and notes; the sums of its day are made anew with the next commit. */
int store_delete_report(struct store *s, int64_t id, struct err *err);

/* SHA-256 of `bytes`, cut: every key and identity of the store. */
void store_digest(struct slice bytes, unsigned char out[KEY_BYTES]);
#endif
