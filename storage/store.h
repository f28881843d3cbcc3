/* store: what the writers of the different kinds of report share. Internal to storage/. Neighbours: ingest.c owns it;
 * ingest_tls.c, ingest_failure.c and ingest_name.c
 * use it. */
#ifndef STORAGE_STORE_H
#define STORAGE_STORE_H
#include "storage/db.h"
#include "storage/ingest.h"

enum { KEY_BYTES = 16 };

struct db *store_db(struct store *s);
/* Those in force. */
const struct source_rules *store_rules(const struct store *s);
/* Opens the transaction where none is open. */
int store_begin(struct store *s, struct err *err);
/* Something new was taken in. */
void store_changed(struct store *s, int64_t rows);
/* An address has another source than before: the sums of its days are made anew with the next commit. */
void store_relabelled(struct store *s, int64_t address);
/* Forgets the open transaction; returns -1. */
int store_roll_back(struct store *s);
/* SHA-256 of `bytes`, cut: every key and identity of the store. */
void store_digest(struct slice bytes, unsigned char out[KEY_BYTES]);
#endif
