/* mime: a mail as its leaves, decoded. The only GMime user (LIBRARIES 2.3).
 * Neighbours: message.c. */
#ifndef PARSERS_MIME_H
#define PARSERS_MIME_H
#include "base/arena.h"
#include "schema/reject.h"

struct mime_leaf {
	struct slice member;   /* "part2(name.xml.gz)" */
	struct slice type;     /* "application/gzip", lower case */
	struct slice body;     /* decoded; lives until the callback returns */
	struct slice headers;  /* of a message/feedback-report, whose blank line is a blank too many at some senders, so that
	                          its fields become the part's headers; NULL ptr otherwise */
};

struct mime_visitor {
	void (*leaf)(void *ctx, const struct mime_leaf *leaf);
	void (*refused)(void *ctx, enum reject_code code, const char *detail, struct slice member);
	void *ctx;
	/* Where it is given: of the mail itself, who sent it and its subject, decoded; NULL ptr where there is none. Text until the
	 * callback returns. */
	void (*head)(void *ctx, struct slice sender, struct slice subject);
};

/* "GMime 3.2.13", into at least MIME_VERSION_BYTES; returns `out`. */
enum { MIME_VERSION_BYTES = 48 };
char *mime_version(char out[MIME_VERSION_BYTES]);

/* Once per process, before the first mail. */
void mime_init(void);

/* Walks all leaves of one mail, those of attached mails too. `member` is put before their names (NULL ptr for none). */
void mime_walk(struct arena *a, struct slice mail, struct slice member, const struct mime_visitor *visitor);
#endif
