/* recent: a set of names that forgets those it was not asked about for a whole turn: what lies in a folder, without a list that
 * grows for ever. Neighbours: carry.c. */
#ifndef DAEMON_RECENT_H
#define DAEMON_RECENT_H
#include "storage/map.h"

struct recent {
	struct map now, before; /* of this turn, and of the one before */
};

void recent_init(struct recent *r);
void recent_release(struct recent *r);
bool recent_has(struct recent *r, struct slice name);
/* False where it was there. */
bool recent_add(struct recent *r, struct slice name);
/* Ends a turn: what was neither added nor asked about since the last one is forgotten. */
void recent_turn(struct recent *r);
/* How many the last whole turn had. */
size_t recent_count(const struct recent *r);
#endif
