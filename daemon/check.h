/* check: what `ruad check` looks at, each a line: ok, or what is wrong and what to do. Each of the functions below looks at one
 * thing, changes nothing, and says one line or several with check_say.
 * Neighbours: command_check.c calls them in order and prints; check_local.c and check_remote.c are they. */
#ifndef DAEMON_CHECK_H
#define DAEMON_CHECK_H
#include "base/buf.h"
#include "daemon/command.h"

struct checks {
	const struct command *command;
	void (*say)(void *ctx, const char *state, struct slice name, struct slice text);
	void *ctx;
	int64_t faults;
};

/* One line: `well` false counts a fault. */
void check_say(struct checks *k, bool well, const char *name, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* --- check_local.c: this machine --- */
void check_config(struct checks *k);
void check_suffixes(struct checks *k);
void check_database(struct checks *k);
void check_raw(struct checks *k);
/* Starts a parser, which says what its sandbox came to. */
void check_sandbox(struct checks *k);
/* The files that say where an address is. */
void check_networks(struct checks *k);
/* The files with secrets and certificates that notices go out with. */
void check_alerts(struct checks *k);
/* What the pages are served with over TLS: that it can be used, until when, and that nobody else can read the key. */
void check_certificate(struct checks *k);
/* Who may sign in to the pages: that the file can be read, as the start demands. */
void check_users(struct checks *k);

/* --- check_remote.c: whoever is spoken to --- */
/* Signs in to each mailbox, and looks for its folders. */
void check_sources(struct checks *k);
/* Asks for the DMARC records of the own domains. */
void check_dns(struct checks *k);
/* The address pages are served on: free, or a running ruad answers there, whose parts are then said as well. */
void check_web(struct checks *k);
#endif
