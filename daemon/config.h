/* config: ruad.conf, read with libconfig, held against a table of known keys (INTERFACE, Configuration). Every key has
 * a default. All errors are found in one run, each as "FILE:LINE: what, did you mean". The only libconfig user. */
#ifndef DAEMON_CONFIG_H
#define DAEMON_CONFIG_H
#include "base/arena.h"
#include "base/err.h"
#include "schema/retention.h"
#include "schema/source_rule.h"

#include <stdint.h>

struct config {
	struct { /* database = { path = "/var/lib/ruad/ruad.db"; }; */
		const char *path;
		bool failure_reports; /* keep the fields of failure reports; they hold personal data */
	} database;
	struct { /* web = { listen = "127.0.0.1:8080"; }; */
		const char *address;
		int port;
	} web;
	struct { /* limits = { rows = 200000; mail_bytes = ...; part_bytes = ...; expanded_bytes = ...; }; lower only */
		int64_t mail_bytes, part_bytes, expanded_bytes, rows;
	} limits;
	struct retention retention; /* retention = { raw_days = 0; reject_days = 0; ... }; 0: for ever */
	struct { /* domains = { own = [ "univ.example" ]; suffix_list = "/path"; }; */
		const struct slice *own; /* organisational domains whose reports are wanted; n == 0: any */
		size_t own_count;
		const char *suffix_list; /* NULL: the system's */
	} domains;
	/* sources = ( { name = "Mail relays"; kind = "ours"; owner = "..."; ip = [ "192.0.2.0/27" ]; dkim_domain = [];
	 * envelope = []; rdns = []; asn = [ 64500 ]; }, ... ); lists = ( { name = "LISTSERV"; software = "listserv"; owner; envelope = [ ... ]; ip;
	 * dkim_domain; rdns; asn }, ... ); lists are rules of kind list, behind the sources; `software` is checked, not kept. */
	struct source_rules sources;
};

/* The defaults alone: what holds where there is no file. */
void config_defaults(struct config *out);

/* Reads `path` over the defaults. Text belongs to the arena. On errors returns -1, calls `complain` (which may be NULL)
 * once per error with a "FILE:LINE: ..." line, in the order of the file, and fills err (ERR_USE) with the first; `out`
 * is untouched then. (The name config_read is libconfig's own.) */
int config_load(struct arena *a, const char *path, struct config *out, void (*complain)(const char *line),
		struct err *err);

/* "127.0.0.1:8080", "[::1]:8080", ":8080" (loopback) into address and port (0: any free one); false for anything else.
 * The address is copied into the arena. */
bool config_listen(struct arena *a, struct slice text, const char **address, int *port);
#endif
