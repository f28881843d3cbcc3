/* command_serve: what `ruad demo` shares with `ruad serve`. */
#ifndef DAEMON_COMMAND_SERVE_H
#define DAEMON_COMMAND_SERVE_H
#include "daemon/command.h"

/* Serves the configured database, which exists, until SIGINT or SIGTERM. The exit code. */
int serve_until_signal(struct command *c);
/* Takes the value of --listen; -1 where it is none, already said. */
int serve_listen(struct command *c, const char *text);
#endif
