/* role_parse: the process that reads hostile bytes. It holds one socket: no files, no network, no secrets, no database.
 * Neighbours: intake.c forks it, parsers/message.c does the reading. */
#ifndef DAEMON_ROLE_PARSE_H
#define DAEMON_ROLE_PARSE_H
#include "parsers/message.h"

/* Answers MESSAGE frames on `fd` with REPORT and REJECT frames and a DONE each, until the other end closes. Returns the
 * process's exit code. */
int role_parse(int fd, const struct message_limits *limits);
#endif
