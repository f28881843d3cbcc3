/* recheck: the kept bytes of every stored report through the parsers of today, and what differs put in its place.
 * Neighbours: command_reparse.c asks; storage/reread.c compares; intake.c has the bytes parsed. */
#ifndef DAEMON_RECHECK_H
#define DAEMON_RECHECK_H
#include "daemon/command.h"
#include "storage/reread.h"

struct recheck {
	struct store *store;
	const struct config *config;
	int64_t received_s;
	bool dry_run; /* nothing of it is kept */
	bool quiet;   /* no line for each report that changed */
	int64_t reports, changed;
	int64_t unread;   /* that are stored and can no longer be read, or not as a whole: they stay as they were */
	int64_t found;    /* that were missed before */
	int64_t not_kept; /* mails and files whose bytes are gone */
	/* of the mail or file at hand */
	struct arena arena;
	bool is_known;
	unsigned char key[RAW_KEY_BYTES];
	struct reread_report *stored;
	int64_t settled_ms;
};

/* Reads all again; one line on standard output for each that changed. 0, or -1 with err. */
int recheck_reports(struct command *c, struct recheck *r, struct err *err);
/* Commits, or forgets where it is a dry run. */
int recheck_settle(struct store *s, bool dry_run, struct err *err);
#endif
