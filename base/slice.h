/* slice: bytes that somebody else owns, with a length. Hostile text stays a slice until report_check has seen it.
 * Absent is ptr == NULL; empty is len == 0 with a ptr. Neighbours: text.h has what one does with them. */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct slice {
	const char *ptr;
	size_t len;
};

/* For a string literal, and for a NUL-terminated string. */
#define SLICE(literal) ((struct slice){ "" literal, sizeof(literal) - 1 })

static inline struct slice slice_of(const char *s)
{
	return (struct slice){ s, s != NULL ? strlen(s) : 0 };
}

static inline bool slice_eq(struct slice a, struct slice b)
{
	return a.len == b.len && (a.ptr == NULL) == (b.ptr == NULL) && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool slice_is(struct slice a, const char *s)
{
	return a.ptr != NULL && a.len == strlen(s) && memcmp(a.ptr, s, a.len) == 0;
}
#endif
