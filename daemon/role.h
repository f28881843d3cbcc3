/* role: one process of the daemon, from fork to exit: what it keeps open, which signals it hears, how it ends.
 * Neighbours: parent.c starts them; heritage.h is what they live on; role_*.c are they. */
#ifndef DAEMON_ROLE_H
#define DAEMON_ROLE_H
#include "daemon/heritage.h"

/* Forks: the pid, or -1 with errno. The child keeps its standard error, the board and the descriptors of `h`, has nothing on
 * standard input and output, runs the role and exits. */
pid_t role_start(enum role role, const struct heritage *h);
#endif
