/* message: the front door of the parsers. Bytes of one mail or file in; every report in it out, or the reasons why not.
 * Pure: no files, no clock, no globals; the arena holds all that is given out (HOUSE, parsers/).
 * Neighbours: mime.c, unpack.c and dmarc.c below; daemon/role_parse.c above. */
#ifndef PARSERS_MESSAGE_H
#define PARSERS_MESSAGE_H
#include "base/arena.h"
#include "schema/failure_report.h"
#include "schema/reject.h"
#include "schema/report.h"
#include "schema/tls_report.h"

struct message_limits { /* at most those of limits.h; a configuration may lower them */
	int64_t mail_bytes, part_bytes, expanded_bytes, rows;
};

struct message_sink { /* called while message_read runs; the struct given lives until the callback returns, its text and
                         lists as long as the arena */
	void (*report)(void *ctx, const struct report *r);
	void (*tls)(void *ctx, const struct tls_report *r);
	void (*failure)(void *ctx, const struct failure_report *r);
	void (*reject)(void *ctx, const struct reject *r);
	void *ctx;
	/* Where it is given: called before `report` with the bytes that the report was read from, as they were sent but unpacked,
	 * where they are no more than LIMIT_DOCUMENT_BYTES. NULL: nobody wants them, and less memory is used. */
	void (*document)(void *ctx, const struct report *r, struct slice bytes);
	/* Where it is given: called first for a mail, with who sent it and its subject; NULL ptr absent. Text as long as the arena. */
	void (*head)(void *ctx, struct slice sender, struct slice subject);
};

/* Once per process, before anything else. */
void message_init(void);

/* Reads `bytes` of `file` (a label). Calls the sink at least once: with each report in the order found, with a reject for
 * each part that looked like a report and was none, and with one reject where there was nothing to read at all. */
void message_read(struct arena *a, struct slice file, struct slice bytes, const struct message_limits *limits,
		  const struct message_sink *sink);

/* Whether bytes begin like a mail: a header line, and two headers that mails have. */
bool message_is_mail(struct slice bytes);
/* Whether they begin like an mbox: "From ", then a mail. */
bool message_is_mbox(struct slice bytes);
#endif
