/* arrival: what comes into folders, told by inotify: a hint that saves waiting, never the only way to learn of a file. Events
 * get lost where many come at once, and none come over a network filesystem: whoever watches also looks.
 * Neighbours: gather.c. */
#ifndef DAEMON_ARRIVAL_H
#define DAEMON_ARRIVAL_H
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

enum { ARRIVAL_FOLDERS = 2, ARRIVAL_BUFFER_BYTES = 16 * 1024 };

enum arrival_kind {
	ARRIVAL_NAME, /* something of that name came or was written */
	ARRIVAL_LOST, /* events got lost: look */
	ARRIVAL_GONE, /* a folder was removed, renamed or unmounted: nothing more comes of it */
};

struct arrival_event {
	enum arrival_kind kind;
	int folder;       /* of a name: place in the order of arrival_folder */
	const char *name; /* until the next arrival_next */
	bool whole;       /* it was moved here, or its writer has closed it */
};

struct arrivals {
	int fd; /* to poll for POLLIN; -1: not watching */
	int folders, folder[ARRIVAL_FOLDERS];
	size_t at, len;
	_Alignas(8) char bytes[ARRIVAL_BUFFER_BYTES];
};

/* 0; -1 with err, and nothing to close: where the system has no more watches, looking has to do. */
int arrival_open(struct arrivals *w, struct err *err);
/* Adds a folder, the first one as number 0. 0, or -1 with err. */
int arrival_folder(struct arrivals *w, const char *path, struct err *err);
/* The next event: 1, or 0 where none waits. */
int arrival_next(struct arrivals *w, struct arrival_event *out);
void arrival_close(struct arrivals *w);
#endif
