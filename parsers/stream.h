/* stream: bytes that are pulled a piece at a time, so that no unpacked document is ever whole in memory.
 * Neighbours: unpack.c makes streams of streams, dmarc.c drinks from them. */
#ifndef PARSERS_STREAM_H
#define PARSERS_STREAM_H
#include "base/slice.h"
#include "schema/reject.h"

#include <stddef.h>
#include <stdint.h>

enum { STREAM_HEAD_BYTES = 4096 };

struct stream {
	/* Up to `room` bytes: their number, 0 at the end, -1 where it failed (`code` and `detail` say why). */
	ptrdiff_t (*read)(struct stream *s, unsigned char *to, size_t room);
	enum reject_code code;
	const char *detail;  /* static text */
	bool cut;            /* ended, but earlier than its container promised */
	struct slice memory; /* all that is left, where it lies in memory; NULL ptr otherwise */
	unsigned char head[STREAM_HEAD_BYTES]; /* looked at, not yet read */
	size_t head_at, head_len;
};

/* A stream over bytes in memory, which outlive it. */
void stream_of(struct stream *s, struct slice bytes);
/* The next bytes without taking them: fewer than `n` (at most STREAM_HEAD_BYTES) only at the end or on failure. */
struct slice stream_peek(struct stream *s, size_t n);
/* As `read`, what was looked at first. */
ptrdiff_t stream_read(struct stream *s, unsigned char *to, size_t room);
#endif
