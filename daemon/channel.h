/* channel: bounded frames over a socketpair, and the kinds of frame on one page. A frame is a kind, the number of the
 * message it is about, and a body that its reader must consume exactly. A garbled frame ends its sender, never its reader.
 * Neighbours: intake.c (the parent's end), role_parse.c (the parser's end). */
#ifndef DAEMON_CHANNEL_H
#define DAEMON_CHANNEL_H
#include "base/buf.h"
#include "base/err.h"

enum frame_kind {
	FRAME_HELLO = 1,   /* from parse, first: the sandbox level reached, a byte */
	FRAME_MESSAGE,     /* to parse: counted label, then the bytes of one mail or file */
	FRAME_REPORT,      /* from parse: report_encode */
	FRAME_TLS,         /* from parse: tls_report_encode */
	FRAME_FAILURE,     /* from parse: failure_report_encode */
	FRAME_REJECT,      /* from parse: reject_encode */
	FRAME_DONE,        /* from parse: nothing more comes of this message; no body */
	FRAME_KINDS
};

struct frame {
	enum frame_kind kind;
	uint32_t message;
	struct slice body; /* until the next channel_fill */
};

struct channel {
	int fd;
	struct buf in, out;
	size_t taken; /* of `in`, already handed out */
	size_t sent;  /* of `out`, already written */
};

void channel_init(struct channel *c, int fd);
void channel_release(struct channel *c); /* closes the socket */

static inline size_t channel_unsent(const struct channel *c)
{
	return c->out.len - c->sent;
}

/* Queues a frame of two pieces (the second may be empty). -1 where it is larger than LIMIT_FRAME_BYTES or
 * finds no room: nothing of it is queued then. */
int channel_put(struct channel *c, enum frame_kind kind, uint32_t message, struct slice head, struct slice rest);
/* Writes what the socket takes now, or, with `wait`, all of it. -1 where the other end is gone. */
int channel_flush(struct channel *c, bool wait);
/* Reads once: 1 something came, 0 nothing now, -1 the other end is gone. */
int channel_fill(struct channel *c);
/* The next whole frame: 1; 0 more must be filled first; -1 garbled. */
int channel_next(struct channel *c, struct frame *out);
#endif
