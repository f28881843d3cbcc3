/* desk_tell: the store's end of telling people. Lets the rules look now and then, keeps what they find, and hands the tell role
 * every notice that an outlet has not taken yet: each change once, also over restarts of either.
 * Neighbours: role_store.c calls it; alert_rules.h and digest.h say what; storage/ingest.h keeps; role_tell.c brings out. */
#ifndef DAEMON_DESK_TELL_H
#define DAEMON_DESK_TELL_H
#include "daemon/channel.h"
#include "daemon/command.h"

struct desk_tell;

/* The store outlives it. 0, or -1 with err. */
int desk_tell_open(const struct command *c, struct store *s, struct desk_tell **out, struct err *err);
void desk_tell_close(struct desk_tell *d); /* NULL is fine */

/* A fresh tell process is there: what no outlet took of the last one is sent again. */
void desk_tell_connected(struct desk_tell *d);
/* Called about once a second while it is connected: lets the rules look where they are due, puts a notice on the channel for what
 * is untold. What is kept is durable before a notice goes out: this may commit the store's open transaction. 0; -1 with err,
 * where nothing of an open transaction is kept. */
int desk_tell_turn(struct desk_tell *d, struct channel *c, int64_t now_s, struct err *err);
/* What the tell role said: 0; 1 where it is garbled; -1 as above. */
int desk_tell_take(struct desk_tell *d, const struct frame *f, int64_t now_s, struct err *err);
#endif
