/* rollup: the daily sums, gathered in memory per commit group and upserted once per group (STORAGE, Settled).
 * Neighbours: ingest.c. */
#ifndef STORAGE_ROLLUP_H
#define STORAGE_ROLLUP_H
#include "schema/classify.h"
#include "storage/db.h"
#include "storage/map.h"

struct rollup_sum {
	int64_t id, day; /* of the domain or reporter */
	int64_t split[SPLITS], arc_rescued, rows;
};

struct rollup { /* one table's open sums */
	enum sql add;
	struct map places;
	struct rollup_sum *sum;
	size_t n, room;
};

void rollup_init(struct rollup *r, enum sql add);
void rollup_release(struct rollup *r);
void rollup_clear(struct rollup *r);
/* Adds `messages` and `rows`; both negative take away. */
void rollup_add(struct rollup *r, int64_t id, int64_t day, enum split split, unsigned flags, int64_t messages,
		int64_t rows);
/* Writes the sums and clears them. */
int rollup_flush(struct rollup *r, struct db *db, struct err *err);
#endif
