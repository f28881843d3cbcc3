/* guard: the connections of the server: how many there are and of whom, and which of their clients dawdle. It knows sockets and
 * not HTTP, and has a thread of its own that looks at each once a second.
 * Neighbours: http.c says what a connection is at; traffic.h holds what is counted. LIBRARIES 2.9 has the reasons. */
#ifndef WEB_GUARD_H
#define WEB_GUARD_H
#include "web/traffic.h"

#include <stdbool.h>
#include <sys/socket.h>

enum {
	GUARD_REQUEST_SECONDS = 10, /* the head of a request is read in full by then, or its connection is cut; */
	GUARD_IDLE_SECONDS = 30,    /* and one that has had its answer asks again by then */
	GUARD_BODY_SECONDS = 120,   /* a body as well: 25 MB at 2 Mbit/s; */
	GUARD_PROGRESS_SECONDS = 10, /* in each such time an answer, or a body, moves on by */
	GUARD_PROGRESS_BYTES = 16 * 1024,
	GUARD_EXCESS = 128, /* over its ceiling this many more are told so; whoever comes then finds a closed door */
};

enum peer_stage {
	PEER_NEW,    /* connected, and has asked for nothing yet */
	PEER_HEAD,   /* the head of a request is on its way */
	PEER_BODY,   /* the head is here, the body is on its way */
	PEER_ANSWER, /* we are at it, or send */
	PEER_IDLE,   /* it had its answer */
};

struct guard;
struct peer; /* one connection */

/* Starts the thread; NULL with errno where it does not start. Ceilings: on all connections, and on those of one address (an IPv6
 * network of 64 bits is one). `counts` outlives it. `look` is called once a second; NULL: nothing is. */
struct guard *guard_start(int connections, int per_address, struct connection_traffic *counts, void (*look)(void *ctx), void *ctx);
/* No peer is left by now. NULL is fine. */
void guard_stop(struct guard *g);

/* Whether a new connection may be taken at all; one that may not is counted. */
bool guard_admits(struct guard *g, const struct sockaddr *from);
/* A connection that was taken. `fd` stays open until guard_drop. */
struct peer *guard_add(struct guard *g, int fd, const struct sockaddr *from);
void guard_drop(struct guard *g, struct peer *p);

/* Over a ceiling: to be told so and nothing else. */
bool peer_is_excess(const struct peer *p);
/* By the thread that serves it. */
void peer_at(struct peer *p, enum peer_stage stage);
/* Whether somebody who connected, or had an answer, less than a moment ago is about to ask. */
bool guard_expects(struct guard *g);
#endif
