/* map: see map.h. */
#include "storage/map.h"

#include <stdlib.h>
#include <sys/random.h>
#include <xxhash.h>

enum { FIRST_SLOTS = 256 };

void map_init(struct map *m)
{
	*m = (struct map){ 0 };
	if (getrandom(&m->seed, sizeof m->seed, 0) != sizeof m->seed)
		abort();
}

void map_release(struct map *m)
{
	free(m->slot);
	arena_release(&m->keys);
	*m = (struct map){ .seed = m->seed };
}

void map_clear(struct map *m)
{
	map_release(m);
}

static struct map_entry *find(const struct map *m, struct slice key, uint64_t hash)
{
	size_t i = hash & (m->slots - 1);

	while (m->slot[i].key.ptr != NULL && !(m->slot[i].hash == hash && slice_eq(m->slot[i].key, key)))
		i = (i + 1) & (m->slots - 1);
	return &m->slot[i];
}

static void grow(struct map *m)
{
	struct map old = *m;

	m->slots = old.slots > 0 ? old.slots * 2 : FIRST_SLOTS;
	if ((m->slot = calloc(m->slots, sizeof *m->slot)) == NULL)
		abort();
	for (size_t i = 0; i < old.slots; i++)
		if (old.slot[i].key.ptr != NULL)
			*find(m, old.slot[i].key, old.slot[i].hash) = old.slot[i];
	free(old.slot);
}

struct map_entry *map_put(struct map *m, struct slice key, bool *fresh)
{
	uint64_t hash = XXH3_64bits_withSeed(key.ptr, key.len, m->seed);
	struct map_entry *e;

	if (m->used * 4 >= m->slots * 3)
		grow(m);
	e = find(m, key, hash);
	*fresh = e->key.ptr == NULL;
	if (*fresh) {
		*e = (struct map_entry){ { arena_copy(&m->keys, key.ptr, key.len), key.len }, hash, 0 };
		m->used++;
	}
	return e;
}

bool map_has(const struct map *m, struct slice key)
{
	return m->slots > 0 && find(m, key, XXH3_64bits_withSeed(key.ptr, key.len, m->seed))->key.ptr != NULL;
}
