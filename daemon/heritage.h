/* heritage: what a role's process is given when the parent makes it, by name; everything else is closed.
 * Neighbours: role.c fills it, role_*.c live on it. */
#ifndef DAEMON_HERITAGE_H
#define DAEMON_HERITAGE_H
#include "daemon/board.h"
#include "daemon/command.h"

enum role { ROLE_STORE, ROLE_FETCH, ROLE_LOOKUP, ROLE_TELL, ROLE_WEB, ROLES };
const char *role_name(enum role r); /* "store", "fetch", ... */

struct heritage {
	const struct command *command;   /* the configuration, suffixes, an arena of this process's own */
	struct board *board;
	int slot;                        /* its own on the board */
	int control;                     /* to the parent: see errand.h; for store: where new channels come from */
	int channel;                     /* to the store; of the store itself -1 */
	int listening;                   /* web: bound; else -1 */
	const struct mail_source *source; /* fetch: its own; else NULL */
};

/* Each runs until its channel ends or a stop is asked for, and returns an exit code: EXIT_DONE where it was asked to stop;
 * EXIT_SYSTEM after a fault, which it has logged and put on the board: it is started again; EXIT_USE where starting again
 * is of no use before a person has done something. */
int role_store(const struct heritage *h);
int role_fetch(const struct heritage *h);
int role_lookup(const struct heritage *h);
int role_tell(const struct heritage *h);
int role_web(const struct heritage *h);

/* Becomes readable once a stop is asked for, and stays so: to poll beside everything else (SIGTERM, SIGINT). */
int role_stop_fd(void);
bool role_should_stop(void);
#endif
