/* network: see network.h. */
#include "storage/network.h"

#include "schema/source_rule.h"
#include "storage/meaning.h"

#include <stdlib.h>

static uint32_t first_of(struct networks *n, uint32_t id, struct slice bytes)
{
	struct network net;
	struct map_entry *e;
	bool fresh;

	if (bytes.len != sizeof net.addr)
		return id;
	network_of((const unsigned char *)bytes.ptr, &net);
	e = map_put(&n->ids, (struct slice){ (const char *)net.addr, sizeof net.addr }, &fresh);
	if (fresh)
		e->value = id;
	return (uint32_t)e->value;
}

int networks_load(struct networks *n, struct db *db, struct err *err)
{
	struct statement *s = db_statement(db, SQL_ADDRESSES_FROM);
	int rc;

	if (!n->started)
		map_init(&n->ids);
	n->started = true;
	bind_int(s, 1, n->count > 0 ? (int64_t)n->count - 1 : 0);
	while ((rc = statement_step(s, err)) == 1) {
		uint32_t id = (uint32_t)column_int(s, 0);

		n->first = array_room(n->first, &n->room, &n->count, sizeof *n->first, id);
		n->first[id] = first_of(n, id, column_blob(s, 1));
	}
	return rc;
}

void networks_release(struct networks *n)
{
	free(n->first);
	if (n->started)
		map_release(&n->ids);
	*n = (struct networks){ 0 };
}
