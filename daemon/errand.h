/* errand: a configured command, which only the parent may start. A role asks by the command's place in the configuration,
 * never by its words; the parent runs it without a shell, with a deadline and next to no environment.
 * Neighbours: parent.c has the desk; oauth.c and role_tell.c ask; control.h is how. */
#ifndef DAEMON_ERRAND_H
#define DAEMON_ERRAND_H
#include "base/buf.h"
#include "base/err.h"
#include "daemon/config.h"

#include <sys/types.h>

enum errand { /* with the index of the block that holds the command */
	ERRAND_TOKEN, /* oauth[index].command: prints a token */
	ERRAND_ALERT, /* alerts.command: is given a notice on its standard input */
};

/* --- the role that asks --- */

/* Runs it with `input` on its standard input, and its standard output into `out` (which has a ceiling; what is over it is an
 * error). Waits at most LIMIT_ERRAND_MS. 0 where it ended with 0; else -1 with err, which quotes its last line on standard
 * error. Blocks. */
int errand_run(int control, enum errand what, int index, struct slice input, struct buf *out, struct err *err);

/* --- the parent --- */

enum { ERRANDS = 8 };
struct errand_desk {
	const struct config *config;
	struct errand_running {
		pid_t pid; /* 0: free */
		int control, number;
		int64_t until_ms;
		bool late;
	} running[ERRANDS];
};

/* A CONTROL_RUN that came over `control` with its descriptors, which are closed: the command is started, or the answer is that
 * it was not. */
struct control;
void errand_start(struct errand_desk *d, int control, const struct control *m, const int *fds);
/* Whether the process that ended with `status` was one of them: then its role is told. */
bool errand_ended(struct errand_desk *d, pid_t pid, int status);
/* The role behind `control` is gone: nobody waits for its commands any more, which are ended. */
void errand_forget(struct errand_desk *d, int control);
/* Ends those that took too long; milliseconds until the next would, -1 where none runs. */
int errand_deadline(struct errand_desk *d);

/* For a verb, which has no parent: a process of its own that runs the commands of the configuration until the control socket,
 * whose other end is returned, is closed. -1 with err. */
int errand_helper(const struct config *config, struct err *err);
#endif
