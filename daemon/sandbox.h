/* sandbox: what a process gives up before it does its work (LIBRARIES 2.10). meson picks the one that can:
 * sandbox_linux.c, or sandbox_none.c where there is none (another system, or a sanitizer that needs what is taken away).
 * A sandbox must be able to say that it is not on: the level reached is returned, logged and shown. */
#ifndef DAEMON_SANDBOX_H
#define DAEMON_SANDBOX_H
#include "base/err.h"

#include <stdbool.h>

enum sandbox_part {
	SANDBOX_LIMITS = 1,   /* parser: memory, files, processes, core dumps; another role: core dumps, being looked into */
	SANDBOX_SECCOMP = 2,  /* system calls: parser: reading, writing, memory and exit are what is left; another role: none
	                         that changes the system, starts a program or opens a connection it has no use for */
	SANDBOX_LANDLOCK = 4, /* the file system and, where the kernel can, TCP: what the role needs, a parser nothing */
};

/* The least that this build must reach, or the process may not start. Landlock is missing in some kernels: a warning. */
extern const unsigned sandbox_required;

/* Locks the calling process down for parsing, for good. The level reached; -1 with err where a part that must work failed. */
int sandbox_parser(struct err *err);

enum { SANDBOX_PATHS = 80 };
struct sandbox_role { /* what a role keeps; the system's own files (libraries, certificates, time zones) can always be read */
	bool network;               /* may open connections */
	bool starts_parsers;        /* may start this program again */
	const char *read[SANDBOX_PATHS];  /* files and folders, with all below them; NULL at the end; what is not there is left out */
	const char *write[SANDBOX_PATHS]; /* the same, also to be changed */
};
/* The same for another role. */
int sandbox_role(const struct sandbox_role *keep, struct err *err);

/* "limits, seccomp, landlock", "none": for people. Static text. */
const char *sandbox_name(unsigned level);
#endif
