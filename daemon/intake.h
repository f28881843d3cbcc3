/* intake: the parent's end of parsing. It starts the parse role, keeps it fed, and hands out what comes back, in order.
 * A mail's bytes stay here until its answer is complete: the parser cannot forge what it was given, and where it dies over
 * a mail, all that waited are sent again one at a time, so the fault costs only that mail (HOUSE, Processes).
 * Neighbours: role_parse.c; command_parse.c and command_import.c use it. */
#ifndef DAEMON_INTAKE_H
#define DAEMON_INTAKE_H
#include "base/err.h"
#include "parsers/message.h"

struct intake_item { /* one mail or file on its way */
	struct slice label, bytes; /* owned by the intake */
	bool last;                 /* of its file: an mbox gives several */
};

struct intake_sink { /* each returns 0, or -1 with err to end everything */
	int (*report)(void *ctx, const struct intake_item *item, const struct report *r, struct err *err);
	int (*tls)(void *ctx, const struct intake_item *item, const struct tls_report *r, struct err *err);
	int (*failure)(void *ctx, const struct intake_item *item, const struct failure_report *r, struct err *err);
	int (*reject)(void *ctx, const struct intake_item *item, const struct reject *r, struct err *err);
	int (*done)(void *ctx, const struct intake_item *item, struct err *err);
	void *ctx;
};

struct intake;

int intake_start(const struct message_limits *limits, const struct intake_sink *sink, struct intake **out,
		 struct err *err);
/* Sends one item; takes `bytes` over (free). Waits while too much is under way, calling the sink. */
int intake_put(struct intake *in, struct slice label, char *bytes, size_t n, bool last, struct err *err);
/* Waits until everything sent is answered. */
int intake_finish(struct intake *in, struct err *err);
/* Ends the parser; NULL is fine. */
void intake_free(struct intake *in);
#endif
