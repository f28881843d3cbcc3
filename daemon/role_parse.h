/* role_parse: the process that reads hostile bytes. It is this program, started anew, with one socket and nothing else: no
 * files, no network, no secrets, no database; and it locks itself down before the first message (sandbox.h).
 * Neighbours: intake.c starts it, parsers/message.c does the reading. */
#ifndef DAEMON_ROLE_PARSE_H
#define DAEMON_ROLE_PARSE_H
#include "parsers/message.h"

#include <sys/types.h>

/* Starts the role as a process of its own: the pid, or -1 with errno set. `socket_out` is the parent's end. */
pid_t role_parse_start(const struct message_limits *limits, int *socket_out);

/* To be asked first in main: whether this process was started as the role. */
bool role_parse_is_asked(int argc, char **argv);

/* The role: answers MESSAGE frames with what they hold and a DONE each, until the other end closes. The exit code. */
int role_parse_run(char **argv);
#endif
