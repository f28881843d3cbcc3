/* command_serve: what `ruad demo` shares with `ruad serve`. */
#ifndef DAEMON_COMMAND_SERVE_H
#define DAEMON_COMMAND_SERVE_H
#include "daemon/command.h"

/* Takes the value of --listen; -1 where it is none, already said. */
int serve_listen(struct command *c, const char *text);
#endif
