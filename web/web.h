/* web: the room's door. The daemon starts the server with it, and prints the same views on a terminal with it.
 * Neighbours: http.c (the only microhttpd user), route.c, page_*.c; below: storage/query.h alone. */
#ifndef WEB_WEB_H
#define WEB_WEB_H
#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"
#include "schema/ask.h"
#include "schema/domain.h"
#include "schema/readiness.h"
#include "schema/retention.h"
#include "schema/source_rule.h"
#include "schema/source_rule.h"
#include "web/health.h"

struct web_user { /* somebody who may sign in with a password */
	struct slice name;
	enum access_role role;
	struct slice trees; /* of a viewer: domains, a line each */
};

struct web_access { /* who may come in (UX 9). All zeros: everybody who can connect is an admin */
	bool on;                     /* they have to say who they are */
	const struct web_user *user; /* ASK_PASSWORD knows their passwords */
	size_t users;
	const char *proxy_header;    /* names who it is, from a proxy that signed them in; NULL: none does */
	const struct network *proxy; /* only these peers are believed */
	size_t proxies;
	enum access_role proxy_role; /* of a name that is none of the users */
	bool links;                  /* scope links may be made and opened */
	int64_t session_s;           /* how long a session lasts */
	const char *contact;         /* of the team, for those who see a scope; NULL: none */
};

struct web_config { /* all that it points to outlives the server */
	const char *address; /* to listen on: "127.0.0.1", "::1" */
	int port;            /* 0: any free one */
	const char *database;
	const struct suffixes *suffixes;
	int listening;       /* a socket that listens already, instead of address and port; stays the caller's. -1: none */
	const struct slice *hosts; /* names the pages have beside the address, in lower case. None: any, but on a loopback address */
	size_t host_count;
	int connections, connections_per_address; /* at most; 0: as many as is usual */
	const char *tls_certificate, *tls_key; /* PEM files, followed when they change; NULL: no TLS */
	const char *version; /* of ruad */
	struct retention retention; /* what is kept how long */
	const struct slice *own; /* domains that /metrics tells apart, in normal form */
	size_t own_count;
	struct domain_owners owners; /* of domains */
	bool demo; /* the database is one of invented data: pages say so even where they read nothing of it */
	struct source_rules rules; /* in force, the hints among them */
	const struct readiness_limits *rollout; /* what a step is held to; NULL: the defaults */
	/* Adds the parts that the daemon knows of; text is the arena's. Called by several threads at once. NULL: there is no daemon. */
	void (*health)(void *ctx, struct arena *a, struct health *out);
	void *health_ctx;
	struct web_access access;
	/* Has something done that the server may not do itself (schema/ask.h): 0 where it is on its way, and web_told comes with
	 * that number, -1 where it cannot be just now. Called by several threads at once. NULL: nobody can. */
	int (*ask)(void *ctx, uint32_t number, enum ask_kind kind, struct slice head, struct slice rest);
	void *ask_ctx;
};

struct web;

/* Of libmicrohttpd: "0.9.75". */
const char *web_version(void);

/* A socket that listens on the address (numeric) and port (0: any free one), which `port_out` names: for
 * web_config.listening. The caller closes it. */
int web_bind(const char *address, int port, int *fd, int *port_out, struct err *err);
/* Serves in threads of its own until web_stop. `port_out` is the port bound. */
int web_start(const struct web_config *config, struct web **out, int *port_out, struct err *err);
/* The answer to what was asked under that number, from any thread; a NULL ptr where there is none to be had. One that nobody
 * waits for any more is passed over. */
void web_told(struct web *w, uint32_t number, struct slice answer);
/* No answer will come to anything that was asked under that number or a lower one. */
void web_untold(struct web *w, uint32_t number);
/* Takes whoever has connected so far, and nobody else: the caller may close web_config.listening now. Where it stays open, whoever
 * connects waits for another server. */
void web_quiesce(struct web *w);
/* Quiesces, lets the running requests end (at most 2 s), frees all. NULL is fine. */
void web_stop(struct web *w);

/* --- the query verbs: a page's view on a terminal --- */

struct web_param { /* name without dashes; `exclude` for name!=value */
	struct slice name, value;
	bool exclude;
};

enum web_status { WEB_FOUND, WEB_EMPTY, WEB_NOT_READY, WEB_BAD_PARAM, WEB_FAILED };

/* Prints the view of `path` ("/" for summary, "/records") in the format named by the parameter `format`: text (default),
 * json, csv or ndjson. `write` gets the bytes in order and returns 0 or -1 to stop. `colour` allows terminal colours and
 * block characters in text. WEB_EMPTY: printed, but no message was found;
 * WEB_NOT_READY: printed, and the step that was asked about is not ready. Else err says what, naming the parameter. */
enum web_status web_print(const struct web_config *config, const char *path, const struct web_param *params, size_t n,
			  bool colour, int (*write)(void *ctx, const char *bytes, size_t len), void *ctx, struct err *err);
#endif
