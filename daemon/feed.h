/* feed: paths into the intake, one file after the other; what `ruad parse` and `ruad import` have in common.
 * Neighbours: source_folder.c finds and reads files, intake.c has them parsed. */
#ifndef DAEMON_FEED_H
#define DAEMON_FEED_H
#include "daemon/command.h"
#include "daemon/intake.h"
#include "daemon/source_folder.h"

struct feed {
	const struct folder_list *files;
	struct message_limits limits;
	/* Called before each file, and once at the end: how many of them are read. May be NULL. */
	void (*progress)(void *ctx, size_t files_done);
	void *ctx;
	int64_t unreadable; /* files that could not be opened or read: each said on standard error */
};

/* Starts nothing itself: `in` runs already. 0, or -1 with err where the sink or the system failed. */
int feed_files(struct feed *f, struct intake *in, struct err *err);
#endif
