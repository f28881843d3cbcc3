/* desk_web: the store's end of what the pages want done (schema/ask.h): files taken in, edits written, documents found again.
 * Files and documents go through the parsers; what changed is answered once a commit has made it durable.
 * Neighbours: role_store.c calls it and commits; role_web.c is the other end; storage/ingest.h below. */
#ifndef DAEMON_DESK_WEB_H
#define DAEMON_DESK_WEB_H
#include "daemon/channel.h"
#include "daemon/ledger.h"

struct desk_web;

/* All three outlive the desk. */
int desk_web_open(const struct heritage *h, struct ledger *l, struct desk_web **out, struct err *err);
/* The intake must be free of its mails by then. NULL is fine. */
void desk_web_close(struct desk_web *d);

/* A web process is connected, or gone (NULL): answers go there, those to one before go nowhere. */
void desk_web_connect(struct desk_web *d, struct channel *c);
/* One frame of the web role: 0, 1 it is none that was asked for (its sender has to go), -1 a fault. Writes as store_report. */
int desk_web_take(struct desk_web *d, struct intake *in, const struct frame *f, struct err *err);
/* All that was written is durable: whoever waits for that is answered. */
void desk_web_committed(struct desk_web *d);
#endif
