/* readers: see readers.h. */
#include "web/readers.h"

#include <pthread.h>
#include <stdlib.h>

enum { IDLE = 8 }; /* kept open; more are closed as they come back */

struct readers {
	pthread_mutex_t lock;
	struct reader *idle[IDLE];
	int idle_count;
	const char *database;
	const struct suffixes *list;
};

struct readers *readers_new(const char *database, const struct suffixes *list)
{
	struct readers *pool = calloc(1, sizeof *pool);

	if (pool == NULL)
		abort();
	pthread_mutex_init(&pool->lock, NULL);
	pool->database = database;
	pool->list = list;
	return pool;
}

void readers_free(struct readers *pool)
{
	if (pool == NULL)
		return;
	for (int i = 0; i < pool->idle_count; i++)
		reader_close(pool->idle[i]);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}

int readers_take(struct readers *pool, struct reader **out, struct err *err)
{
	struct reader *r = NULL;

	pthread_mutex_lock(&pool->lock);
	if (pool->idle_count > 0)
		r = pool->idle[--pool->idle_count];
	pthread_mutex_unlock(&pool->lock);
	if (r == NULL)
		return reader_open(pool->database, pool->list, out, err);
	*out = r;
	return 0;
}

void readers_give(struct readers *pool, struct reader *r, bool sound)
{
	pthread_mutex_lock(&pool->lock);
	if (sound && pool->idle_count < IDLE) {
		pool->idle[pool->idle_count++] = r;
		r = NULL;
	}
	pthread_mutex_unlock(&pool->lock);
	if (r != NULL)
		reader_close(r);
}
