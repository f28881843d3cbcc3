/* readers: the read-only database connections that requests share. A thread takes one, asks, and gives it back; there
 * are never more than threads that ask at once, and none is opened before it is needed.
 * Neighbours: storage/query.h below; route.c and the tables of long exports above. */
#ifndef WEB_READERS_H
#define WEB_READERS_H
#include "storage/query.h"

struct readers;

/* `database` and `list` outlive it. Never NULL. */
struct readers *readers_new(const char *database, const struct suffixes *list);
void readers_free(struct readers *pool);

int readers_take(struct readers *pool, struct reader **out, struct err *err);
/* `sound` false: a query failed, so the connection is closed rather than kept. */
void readers_give(struct readers *pool, struct reader *r, bool sound);
#endif
