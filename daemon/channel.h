/* channel: bounded frames over a socketpair, and the kinds of frame on one page. A frame is a kind, the number of the
 * message it is about, and a body that its reader must consume exactly. A garbled frame ends its sender, never its reader.
 * Neighbours: intake.c and role_parse.c; role_store.c on one side of the others, fetch.c, role_lookup.c, role_tell.c. */
#ifndef DAEMON_CHANNEL_H
#define DAEMON_CHANNEL_H
#include "base/buf.h"
#include "base/err.h"

enum frame_kind {
	/* to and from parse */
	FRAME_HELLO = 1,     /* from parse, first: the sandbox level reached, a byte */
	FRAME_MESSAGE,       /* to parse: counted label, then the bytes of one mail or file */
	FRAME_REPORT,        /* from parse: report_encode */
	FRAME_TLS,           /* from parse: tls_report_encode */
	FRAME_FAILURE,       /* from parse: failure_report_encode */
	FRAME_REJECT,        /* from parse: reject_encode */
	FRAME_HEAD,          /* from parse: of a mail: its counted sender, then its subject; empty where there is none */
	FRAME_DONE,          /* from parse: nothing more comes of this message; no body */
	FRAME_FIND,          /* to parse: content hash of a report, then as FRAME_MESSAGE. Answered by: */
	FRAME_FOUND,         /* from parse: the report's document; none comes where it is not there. Then FRAME_DONE */

	/* between a fetch role and the store; wire.h */
	FRAME_MAILBOX,       /* to store, first: place of the mailbox. Answered in kind: validity, done, settled */
	FRAME_POSITION,      /* to store: validity, settled. Another validity than before forgets how far it came */
	FRAME_MAIL,          /* to store: uid (0: a file), place, label, then the bytes of one mail or file */
	FRAME_SETTLED,       /* from store, once a mail is durable: enum mail_outcome */
	FRAME_ASK,           /* to store: a place. Answered by: */
	FRAME_KNOWN,         /* from store: 1 where a mail of that place was taken in before, else 0 */

	/* between the look-up role and the store; schema/lookup.h */
	FRAME_WANT_ADDRESS,  /* from store: an address to look up */
	FRAME_ADDRESS,       /* to store: what was found of it */
	FRAME_WANT_NAME,     /* from store: a name whose TXT records are wanted */
	FRAME_NAME,          /* to store: what was found of it */

	/* between the tell role and the store; schema/notice.h */
	FRAME_NOTICE,        /* from store: something to tell people */
	FRAME_TOLD,          /* to store: which outlets took it */

	/* between the web role and the store; schema/ask.h. The number is of the question, 0: nobody waits for an answer */
	FRAME_UPLOAD,        /* to store: label, bytes of one mail or file. Answered, once it is durable, with what became of it */
	FRAME_COMMAND,       /* to store: an edit. Answered, once it is durable, with whether it was done */
	FRAME_WANT_DOCUMENT, /* to store: which. Answered with its bytes, or why not */
	FRAME_ANSWER,        /* from store: to any of these */
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
/* Whether channel_next would give something else than 0. */
bool channel_waits(const struct channel *c);
#endif
