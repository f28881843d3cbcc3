/* verify: whether a database is what it should be: the file itself, everything derived against the facts, and the kept bytes
 * against their keys. Neighbours: rebuild.c and raw.c do the work; above: daemon/command_rebuild.c. */
#ifndef STORAGE_VERIFY_H
#define STORAGE_VERIFY_H
#include "storage/ingest.h"

struct verified {
	int64_t reports;   /* compared */
	int64_t different; /* pieces of derived tables that are not what the facts come to */
	int64_t kept, damaged; /* mails and files in the raw file; those whose bytes are not what their key says */
	bool sound;        /* the database file itself, as SQLite checks it */
	char first[160];   /* what was found first; empty where all is well */
};

/* Reads only, in one consistent reading; others may write meanwhile. `rules` are those that should be in force. `progress` may
 * be NULL. */
int verify_database(const char *path, const struct suffixes *list, const struct source_rules *rules,
		    store_progress *progress, void *ctx, struct verified *out, struct err *err);
#endif
