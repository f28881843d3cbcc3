/* notice: something to tell people: a rule fires, fires no more, or the digest; and the frames in which the store hands it to
 * the tell role and hears who took it. Text is UTF-8 without NUL; what came from outside stands in it as plain words.
 * Neighbours: wire.c; daemon/desk_tell.c makes them, daemon/role_tell.c brings them out, storage/ingest_alert.c remembers. */
#ifndef SCHEMA_NOTICE_H
#define SCHEMA_NOTICE_H
#include "base/buf.h"

#include <stdint.h>

enum outlet { OUTLET_MAIL = 1, OUTLET_WEBHOOK = 2, OUTLET_COMMAND = 4 }; /* bits */
enum { OUTLETS = 3, OUTLETS_ALL = OUTLET_MAIL | OUTLET_WEBHOOK | OUTLET_COMMAND };

enum notice_kind { NOTICE_ALERT, NOTICE_CLEARED, NOTICE_DIGEST, NOTICE_KINDS };
/* "alert", "cleared", "digest": JSON, and the heading of a mail. */
const char *notice_kind_name(enum notice_kind k);

struct notice {
	int64_t id;        /* of this change, from 1: the same when it is sent again, and of no other */
	enum notice_kind kind;
	unsigned outlets;  /* of enum outlet: who is to take it. 0 takes it back: nobody who has not yet */
	int64_t since_s;   /* Unix seconds: since when it is so */
	struct slice rule, subject; /* "source-quiet", "reports"; never absent, nor are those below */
	struct slice title; /* one line */
	struct slice text; /* lines */
	struct slice path; /* of the page to look at: "/records?class=untrusted"; empty where there is none */
};

/* FRAME_NOTICE: appends the wire form; reads exactly one back, text pointing into `wire`: false for anything else. The frame's
 * number is what FRAME_TOLD answers by, and what a notice is taken back by. */
void notice_encode(struct buf *out, const struct notice *n);
bool notice_decode(struct slice wire, struct notice *out);

struct told { /* FRAME_TOLD */
	unsigned outlets; /* that took it since the last word of it */
	bool done;        /* the last word: all took it, or it was taken back */
};
void told_encode(struct buf *out, const struct told *t);
bool told_decode(struct slice wire, struct told *out);
#endif
