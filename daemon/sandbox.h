/* sandbox: what a process gives up before it reads hostile bytes (LIBRARIES 2.10). meson picks the one that can:
 * sandbox_linux.c, or sandbox_none.c where there is none (another system, or a sanitizer that needs what is taken away).
 * A sandbox must be able to say that it is not on: the level reached is returned, logged and shown. */
#ifndef DAEMON_SANDBOX_H
#define DAEMON_SANDBOX_H
#include "base/err.h"

enum sandbox_part {
	SANDBOX_LIMITS = 1,   /* memory, files, processes, core dumps */
	SANDBOX_SECCOMP = 2,  /* system calls: reading, writing, memory and exit are what is left */
	SANDBOX_LANDLOCK = 4, /* the file system and, where the kernel can, TCP: nothing */
};

/* The least that this build must reach, or the process may not start. Landlock is missing in some kernels: a warning. */
extern const unsigned sandbox_required;

/* Locks the calling process down for parsing, for good. The level reached; -1 with err where a part that must work failed. */
int sandbox_parser(struct err *err);

/* "limits, seccomp, landlock", "none": for people. Static text. */
const char *sandbox_name(unsigned level);
#endif
