/* desk_lookup: the store's end of look-ups: what is due is asked of the look-up role, a bounded number at a time, and what it
 * finds is written. Neighbours: role_store.c calls it and commits; role_lookup.c is the other end; storage/ingest.h and
 * watch.h say what is due. */
#ifndef DAEMON_DESK_LOOKUP_H
#define DAEMON_DESK_LOOKUP_H
#include "daemon/channel.h"
#include "daemon/config.h"
#include "storage/ingest.h"

struct desk_lookup;

/* Whether anything is looked up at all: DNS, or a network file. */
bool desk_lookup_is_wanted(const struct config *config);

/* Both outlive the desk. Where look-ups were set otherwise before, all addresses become due. Writes as store_report. */
int desk_lookup_open(const struct config *config, struct store *s, struct desk_lookup **out, struct err *err);
void desk_lookup_close(struct desk_lookup *d); /* NULL is fine */

/* A fresh look-up process: what was asked and not answered is asked again. */
void desk_lookup_connected(struct desk_lookup *d);
/* To be called after each commit and about once a second: queues frames on the look-up role's channel. Writes as
 * store_report. */
int desk_lookup_turn(struct desk_lookup *d, struct channel *c, int64_t now_s, struct err *err);
/* One frame of the look-up role: 0, 1 it is none that was asked for (its sender has to go), -1 a fault. Writes as
 * store_report. */
int desk_lookup_take(struct desk_lookup *d, const struct frame *f, int64_t now_s, struct err *err);
#endif
