/* map: bytes to a small number, for interning: what the writer has seen already, without asking the database.
 * Open addressing over XXH3 with a seed drawn at start, so that no reporter can choose keys that collide. No library of
 * Debian's has a C map of byte keys that is not a whole framework; this is all ruad needs of one.
 * Neighbours: ingest.c (profiles, addresses, names), scan.c (ids to lines of a breakdown). */
#ifndef STORAGE_MAP_H
#define STORAGE_MAP_H
#include "base/arena.h"
#include "base/slice.h"

#include <stdint.h>

struct map_entry {
	struct slice key; /* the map's own copy */
	uint64_t hash;
	int64_t value;
};
struct map {
	struct map_entry *slot;
	size_t slots, used;
	uint64_t seed;
	struct arena keys;
};

void map_init(struct map *m);
void map_release(struct map *m);
void map_clear(struct map *m);
/* The entry of `key`; `*fresh` tells that it was not there and now is, with value 0. The pointer holds until the next
 * map_put. */
struct map_entry *map_put(struct map *m, struct slice key, bool *fresh);
bool map_has(const struct map *m, struct slice key);
#endif
