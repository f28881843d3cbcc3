/* network: the network of each address (its /24, or its /48 where it is IPv6), for a breakdown by it. Four bytes an address,
 * read when first asked for and kept with the reader; an address that cannot be read is a network of its own.
 * Internal to storage/. Neighbours: reader.h (whose it is), query.c. */
#ifndef STORAGE_NETWORK_H
#define STORAGE_NETWORK_H
#include "storage/db.h"
#include "storage/map.h"

struct networks { /* all zeros is empty */
	uint32_t *first; /* by address id: the first address known of its network, which stands for it */
	size_t count, room;
	struct map ids; /* of networks */
	bool started;
};

/* Up to what the database holds: addresses only grow. */
int networks_load(struct networks *n, struct db *db, struct err *err);
void networks_release(struct networks *n);
#endif
