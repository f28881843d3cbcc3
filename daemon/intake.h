/* intake: the parent's end of parsing. It starts the parse role, once or several times, keeps each fed, and hands out what
 * comes back. A mail's bytes stay here until its answer is complete: the parser cannot forge what it was given. Where a
 * parser dies or takes too long, all that waited for it are sent again one at a time, so the fault costs only the mail that
 * brought it about (HOUSE, Processes). Neighbours: role_parse.c; command_parse.c, _import.c and _reparse.c use it. */
#ifndef DAEMON_INTAKE_H
#define DAEMON_INTAKE_H
#include "base/err.h"
#include "parsers/message.h"

#include <poll.h>

struct intake_item { /* one mail or file on its way */
	struct slice label, bytes; /* owned by the intake */
	bool last;                 /* of its file: an mbox gives several */
	void *tag;                 /* of intake_add */
	const struct intake_sink *sink; /* of its own; NULL: the intake's */
	const unsigned char *wanted;    /* only the report of this content hash is looked for, and its document given out; NULL: all is read */
};

struct intake_sink { /* each returns 0, or -1 with err to end everything */
	int (*report)(void *ctx, const struct intake_item *item, const struct report *r, struct err *err);
	int (*tls)(void *ctx, const struct intake_item *item, const struct tls_report *r, struct err *err);
	int (*failure)(void *ctx, const struct intake_item *item, const struct failure_report *r, struct err *err);
	int (*reject)(void *ctx, const struct intake_item *item, const struct reject *r, struct err *err);
	int (*done)(void *ctx, const struct intake_item *item, struct err *err);
	void *ctx;
	/* The document that was looked for; NULL where none ever is. */
	int (*found)(void *ctx, const struct intake_item *item, struct slice document, struct err *err);
	/* Who sent a mail, and its subject; NULL ptr where there is none. NULL: nobody wants to know. */
	void (*head)(void *ctx, const struct intake_item *item, struct slice sender, struct slice subject);
};

struct intake;

/* A parser a core, at least one and at most LIMIT_PARSERS: storing costs less than half of what parsing does. */
int intake_parsers(void);
/* Starts `parsers` of them (1 to LIMIT_PARSERS). What comes back is in order where there is one parser alone. */
int intake_start(const struct message_limits *limits, int parsers, const struct intake_sink *sink, struct intake **out,
		 struct err *err);
/* Sends one item; takes `bytes` over (free). Waits while too much is under way, calling the sink. */
int intake_put(struct intake *in, struct slice label, char *bytes, size_t n, bool last, struct err *err);
/* Waits until everything sent is answered. */
int intake_finish(struct intake *in, struct err *err);

/* --- for a loop that waits for others too --- */

/* The same as intake_put without waiting: to be asked for only where there is room. `tag` comes with every answer. */
int intake_add(struct intake *in, struct slice label, char *bytes, size_t n, void *tag, struct err *err);
/* The same for one whose answers go to a sink of its own, which stays; with `wanted`, which stays too, a document is looked for. */
int intake_add_to(struct intake *in, const struct intake_sink *sink, const unsigned char *wanted, struct slice label, char *bytes,
		  size_t n, void *tag, struct err *err);
bool intake_has_room(const struct intake *in);
bool intake_is_idle(const struct intake *in);
/* Writes what can be written, and says what to poll for: fills `fds` (LIMIT_PARSERS of them), returns how many, or -1 with
 * err; `*timeout_ms` is how long to wait at most, where it is less than before. */
int intake_prepare(struct intake *in, struct pollfd *fds, int *timeout_ms, struct err *err);
/* After poll, which waited `waited_ms`: hands out what came, ends who is late. */
int intake_attend(struct intake *in, const struct pollfd *fds, int64_t waited_ms, struct err *err);
/* The sandbox level that the parsers have reached; -1 before the first has said. */
int intake_sandbox_level(const struct intake *in);
/* Parsers that died or were too slow and had to be replaced. */
int64_t intake_deaths(const struct intake *in);
/* Ends the parsers; NULL is fine. */
void intake_free(struct intake *in);
#endif
