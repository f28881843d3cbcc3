/* raw: the bytes that were sent, in a second file beside the database (schema/raw.sql): compressed, equal bytes once, by key.
 * Its transaction lies inside the database's: begun behind it, and committed before it, so that a key is never named before
 * its bytes are durable. Neighbours: ingest.c keeps bytes here, prune.c removes them. */
#ifndef STORAGE_RAW_H
#define STORAGE_RAW_H
#include "base/arena.h"
#include "storage/db.h"

enum { RAW_KEY_BYTES = 16, RAW_PATH_BYTES = 1100 };

struct raw;

/* Opens "DATABASE.raw"; DB_WRITE makes it where it is not there. */
int raw_open(const char *database, enum db_mode mode, struct raw **out, struct err *err);
/* What was not committed is forgotten. NULL is fine. */
void raw_close(struct raw *r);
/* "DATABASE.raw" in a caller's buffer; -1 with err where that is too long. */
int raw_path(const char *database, char out[RAW_PATH_BYTES], struct err *err);
struct db *raw_db(struct raw *r);

/* What bytes are known by. */
void raw_key(struct slice bytes, unsigned char key[RAW_KEY_BYTES]);
/* Keeps the bytes (at most LIMIT_RAW_BYTES) unless they are kept already, and gives their key. Opens the transaction. */
int raw_put(struct raw *r, struct slice bytes, int64_t received_s, unsigned char key[RAW_KEY_BYTES], struct err *err);
/* 1 with the bytes, the arena's; 0 where they are no longer kept; RAW_DAMAGED, with err, where they are not what the key says;
 * -1 err. */
enum { RAW_DAMAGED = 2 };
int raw_get(struct raw *r, struct arena *a, const unsigned char key[RAW_KEY_BYTES], struct slice *out, struct err *err);
/* Nothing where there is no such row. Opens the transaction. */
int raw_delete(struct raw *r, const unsigned char key[RAW_KEY_BYTES], struct err *err);

struct raw_at { /* a row's place in the order of arrival */
	int64_t received_s;
	unsigned char key[RAW_KEY_BYTES];
};
/* At most `most` rows behind `after` that came before `before_s`, oldest first: how many, or -1. */
int raw_older(struct raw *r, const struct raw_at *after, int64_t before_s, struct raw_at *out, int most, struct err *err);

/* Nothing where no transaction is open. */
int raw_commit(struct raw *r, struct err *err);
void raw_roll_back(struct raw *r);
#endif
