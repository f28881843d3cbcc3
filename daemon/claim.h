/* claim: taking files out of a folder that others deliver to and read as well. A file is renamed into a work folder of this
 * database's own beside it, so one of several daemons has it and nobody else; after a crash it still lies there. A name that
 * is taken is never written over. Neighbours: gather.c finds the files and sends them on their way; source_maildir.c and
 * source_drop.c say where they end. */
#ifndef DAEMON_CLAIM_H
#define DAEMON_CLAIM_H
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum { CLAIM_NAME_BYTES = 32 };

struct claim {
	const char *path; /* the caller's, as long as this is open */
	char work_name[CLAIM_NAME_BYTES];
	int top, work;    /* folders; -1: not open, or there is no work folder */
};

/* Opens the folder `path` and, below it, ruad-work-<owner in hex>: with `make` it is made where it is missing. It is locked as
 * long as this is open: two processes of one database (or of a copy of it) do not share a work folder. 0; -1 with err. */
int claim_open(struct claim *c, const char *path, int64_t owner, bool make, struct err *err);
/* Closes both; a work folder that is empty is removed. */
void claim_close(struct claim *c);
/* Whether the path still leads to the folder that was opened. */
bool claim_stands(const struct claim *c);

/* Whether this is what work folders are called. */
bool claim_is_work(const char *name);

/* Renames `name` of `folder` into the work folder under the same name: 0, or -1 with errno: ENOENT somebody else was quicker,
 * EEXIST one of that name is still being worked on. */
int claim_take(const struct claim *c, int folder, const char *name);
/* Renames `name` of `from` to `stem` and `tail` in `to`; where that is taken, the time comes between the two. 0, or -1 with
 * errno: ENOENT it is gone. */
int claim_give(int from, const char *name, int to, const char *stem, const char *tail);
#endif
