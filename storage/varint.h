/* varint: LEB128, seven bits a byte, the lowest first: the numbers of the packed tables (pack.h, cells.h). Inline, since a
 * scan reads some millions of them a second. Internal to storage/. */
#ifndef STORAGE_VARINT_H
#define STORAGE_VARINT_H
#include "base/buf.h"

#include <stdbool.h>

enum { VARINT_BYTES = 10 }; /* of the longest */

/* Writes at `p`, which has room for VARINT_BYTES, and returns what is behind. */
static inline char *varint_put(char *p, uint64_t n)
{
	for (; n >= 0x80; n >>= 7)
		*p++ = (char)(n | 0x80);
	*p++ = (char)n;
	return p;
}

static inline void varint_add(struct buf *out, uint64_t n)
{
	char bytes[VARINT_BYTES];

	buf_add(out, bytes, (size_t)(varint_put(bytes, n) - bytes));
}

/* Moves `*at` on; false at the end, or for more than 64 bits. */
static inline bool varint_read(const unsigned char **at, const unsigned char *end, uint64_t *n)
{
	const unsigned char *p = *at;
	uint64_t sum = 0;

	if (p < end && *p < 0x80) { /* nine in ten are */
		*n = *p;
		*at = p + 1;
		return true;
	}
	if (end - p >= 2 && p[1] < 0x80) {
		*n = (uint64_t)(*p & 0x7f) | (uint64_t)p[1] << 7;
		*at = p + 2;
		return true;
	}
	for (int shift = 0; p < end && shift < 64; shift += 7) {
		sum |= (uint64_t)(*p & 0x7f) << shift;
		if ((*p++ & 0x80) == 0) {
			*at = p;
			*n = sum;
			return shift < 63 || p[-1] <= 1;
		}
	}
	return false;
}
#endif
