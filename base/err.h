/* err: what went wrong, for the one who asked. Shape everywhere: `int f(..., struct err *err)`: 0 ok, -1 err; iterators
 * 1/0/-1; outputs untouched on failure. A Reject is data and has its own type (schema/reject.h); this is for Faults. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

enum err_kind {
	ERR_NONE,
	ERR_USE,    /* wrong use or configuration: exit 2 */
	ERR_SYSTEM, /* disk, database, memory, network: exit 3, try again */
};

struct err {
	enum err_kind kind;
	char text[512]; /* "WHERE: WHAT", one line, no newline */
};

/* Fills `err` (which may be NULL) and returns -1, so that a caller can `return err_set(...)`. */
int err_set(struct err *err, enum err_kind kind, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The same for a failed system call: adds strerror(errno). */
int err_errno(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
#endif
