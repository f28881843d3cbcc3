/* source_folder: files and folders of every kind as single mails or files: a Maildir's new/ and cur/, an mbox cut into its
 * mails, anything else whole; `-` is standard input. Neighbours: command_parse.c, command_import.c, gather.c. */
#ifndef DAEMON_SOURCE_FOLDER_H
#define DAEMON_SOURCE_FOLDER_H
#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"

#include <stdint.h>

struct folder_list { /* every file to read, in order */
	struct slice *path; /* NUL-terminated */
	size_t n, room;
	int64_t unreadable; /* folders below them, each said on standard error */
};

/* All files at and below the paths, sorted within each folder. A path that is not there: -1. */
int folder_list(struct arena *a, char *const *paths, size_t n, struct folder_list *out, struct err *err);

/* Reads one file and calls `put` per mail in it: `bytes` is malloc'd and now put's. At most `file_bytes` of a file, at most
 * `mail_bytes` of a mail of an mbox: a larger one is given cut, but still over the limit, and is refused for it. A file that cannot
 * be read: -1 with err; of an mbox that breaks off what was read before is put already. Nonzero from put is returned. */
int folder_read(struct slice path, int64_t file_bytes, int64_t mail_bytes,
		int (*put)(void *ctx, struct slice label, char *bytes, size_t n, bool last, struct err *err), void *ctx,
		struct err *err);
/* The same of a file that is open already, and stays so. */
int folder_read_open(int fd, struct slice label, int64_t file_bytes, int64_t mail_bytes,
		     int (*put)(void *ctx, struct slice label, char *bytes, size_t n, bool last, struct err *err), void *ctx,
		     struct err *err);
#endif
