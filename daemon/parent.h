/* parent: the daemon: starts the roles, starts them again when they end, and ends them. It never sees a byte of mail: it has
 * the configuration, process ids, the listening socket, and runs the commands that the configuration names (errand.h).
 * Neighbours: command_serve.c and command_demo.c call it; role.c starts one role. */
#ifndef DAEMON_PARENT_H
#define DAEMON_PARENT_H
#include "daemon/command.h"

struct parent_options {
	const char *config_path; /* read again on SIGHUP; NULL: there is none */
	const char *database;    /* --db, before what the file says; NULL */
	const char *listen;      /* --listen, likewise */
};

/* Runs until SIGTERM or SIGINT. The exit code: EXIT_DONE, or what the store or the web role ended with before the daemon was
 * ready, which was said by then. */
int parent_run(struct command *c, const struct parent_options *options);
#endif
