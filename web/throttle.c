/* throttle: see throttle.h. */
#include "web/throttle.h"

#include <pthread.h>
#include <stdlib.h>

enum { PROBES = 16 };

struct throttle {
	pthread_mutex_t lock;
	struct tried {
		uint64_t key; /* hash; 0 free */
		int64_t since_s, last_s;
		int count;
	} tried[THROTTLE_KEYS];
};

struct throttle *throttle_new(void)
{
	struct throttle *t = calloc(1, sizeof *t);

	if (t == NULL)
		abort();
	pthread_mutex_init(&t->lock, NULL);
	return t;
}

void throttle_free(struct throttle *t)
{
	if (t == NULL)
		return;
	pthread_mutex_destroy(&t->lock);
	free(t);
}

static uint64_t hash_of(struct slice key)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 0; i < key.len; i++)
		hash = (hash ^ (unsigned char)key.ptr[i]) * 0x100000001b3u;
	return hash != 0 ? hash : 1;
}

/* Where the key stands, or NULL; `place` is where it may: free, or quiet longest of those near. */
static struct tried *find(struct throttle *t, uint64_t key, struct tried **place)
{
	struct tried *best = NULL;

	for (int i = 0; i < PROBES; i++) {
		struct tried *e = &t->tried[(key + (uint64_t)i) % THROTTLE_KEYS];

		if (e->key == key)
			return e;
		if (best == NULL || (best->key != 0 && (e->key == 0 || e->last_s < best->last_s)))
			best = e;
	}
	*place = best;
	return NULL;
}

static bool is_over(const struct tried *e, int64_t now_s)
{
	return now_s - e->since_s >= THROTTLE_WINDOW_S || now_s < e->since_s;
}

int throttle_wait(struct throttle *t, struct slice key, int most, int64_t now_s)
{
	struct tried *place, *e;
	int wait = 0;

	pthread_mutex_lock(&t->lock);
	e = find(t, hash_of(key), &place);
	if (e != NULL && !is_over(e, now_s) && e->count >= most)
		wait = (int)(e->since_s + THROTTLE_WINDOW_S - now_s);
	pthread_mutex_unlock(&t->lock);
	return wait;
}

void throttle_failed(struct throttle *t, struct slice key, int64_t now_s)
{
	struct tried *place, *e;

	pthread_mutex_lock(&t->lock);
	e = find(t, hash_of(key), &place);
	if (e == NULL || is_over(e, now_s)) {
		e = e != NULL ? e : place;
		*e = (struct tried){ .key = hash_of(key), .since_s = now_s };
	}
	e->count++;
	e->last_s = now_s;
	pthread_mutex_unlock(&t->lock);
}

void throttle_undo(struct throttle *t, struct slice key)
{
	struct tried *place, *e;

	pthread_mutex_lock(&t->lock);
	if ((e = find(t, hash_of(key), &place)) != NULL && e->count > 0)
		e->count--;
	pthread_mutex_unlock(&t->lock);
}
