/* health: what every part of ruad last said of itself, as /health and /metrics show it. The server knows the database and the
 * disk; of the other parts only the daemon knows, who fills this (web_config.health).
 * Neighbours: daemon/health.c fills it; status.c and metrics.c print it. */
#ifndef WEB_HEALTH_H
#define WEB_HEALTH_H
#include "base/slice.h"
#include "schema/mail.h"

#include <stdbool.h>
#include <stdint.h>

enum health_state {
	HEALTH_WELL,
	HEALTH_STARTING,
	HEALTH_WAITING, /* something is wrong that may pass: it is tried again */
	HEALTH_FAILED,  /* a person must do something */
	HEALTH_STATES
};

enum health_role { HEALTH_STORE, HEALTH_MAILBOX, HEALTH_LOOKUP, HEALTH_NOTICES, HEALTH_OTHER };

enum health_count { /* since the daemon started, but for the levels */
	HEALTH_MAILS,        /* store, mailbox: mails and files taken in and durable */
	HEALTH_REFUSED,      /* store: of these, with nothing readable in them */
	HEALTH_REPORTS, HEALTH_DUPLICATES, HEALTH_TLS, HEALTH_FAILURES, /* store: reports by what became of them */
	HEALTH_COMMITS, HEALTH_PARSER_DEATHS,                           /* store */
	HEALTH_BACKLOG,      /* a level: mailbox: mails seen and not yet settled; look-up: questions waiting */
	HEALTH_LAST_S,       /* a level: Unix seconds; 0 never: mailbox: a mail was settled */
	HEALTH_CONTACT_S,    /* a level: Unix seconds; 0 never: mailbox: last seen in order */
	HEALTH_LOOKUPS, HEALTH_LOOKUPS_FAILED,
	HEALTH_TOLD, HEALTH_TELLS_FAILED,
	HEALTH_TOOK_MS,      /* store: of all mails together, until durable */
	HEALTH_TOOK,         /* store: mails by how long they took: MAIL_TOOK_BOUNDS counts, those over the last in none */
	HEALTH_TOOK_LAST = HEALTH_TOOK + MAIL_TOOK_BOUNDS - 1,
	HEALTH_COUNTS
};

enum { HEALTH_PARTS = 48 };

struct health {
	struct health_part {
		enum health_role role;
		enum health_state state;
		struct slice name; /* for people: "store", "mailbox reports"; each once */
		struct slice own;  /* the mailbox's name in the configuration, "reports"; else as name */
		struct slice text; /* what is wrong and what to do, or how it goes; one line, may be empty */
		bool is_process;   /* and is_up, starts mean something */
		bool is_up;
		int64_t starts;
		int64_t since_s;   /* Unix seconds, of this state; 0 not known */
		int64_t count[HEALTH_COUNTS];
	} part[HEALTH_PARTS];
	size_t n;
};

/* "ok", "starting", "waiting", "failed". */
const char *health_state_name(enum health_state s);
/* Whether nothing waits and nothing failed. */
bool health_is_well(const struct health *h);
#endif
