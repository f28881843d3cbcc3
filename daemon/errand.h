/* errand: a configured command, which only the parent may start. A role asks by the command's place in the configuration,
 * never by its words; the parent runs it without a shell, as itself, with a deadline.
 * Neighbours: role.c answers; oauth.c and tell.c ask. */
#ifndef DAEMON_ERRAND_H
#define DAEMON_ERRAND_H
#include "base/buf.h"
#include "base/err.h"

enum errand { /* with the index of the block that holds the command */
	ERRAND_TOKEN, /* oauth[index].command: prints a token */
	ERRAND_ALERT, /* alerts.command: is given a notice on its standard input */
};

/* Runs it with `input` on its standard input, and its standard output into `out` (which has a ceiling; what is over it is an
 * error). Waits at most LIMIT_ERRAND_MS. 0 where it ended with 0; else -1 with err, which quotes its last line on standard
 * error. Blocks. */
int errand_run(int control, enum errand what, int index, struct slice input, struct buf *out, struct err *err);
#endif
