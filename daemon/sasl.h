/* sasl: what a mail client says to prove who it is, as base64, and what a server's refusal means. Pure.
 * PLAIN (RFC 4616), OAUTHBEARER (RFC 7628) and its older brother XOAUTH2. Neighbour: imap.c. */
#ifndef DAEMON_SASL_H
#define DAEMON_SASL_H
#include "base/buf.h"

/* The initial response of each mechanism; -1 where user, password or token hold what the mechanism cannot say, or the
 * buffer is full. */
int sasl_plain(struct buf *out, struct slice user, struct slice password);
int sasl_xoauth2(struct buf *out, struct slice user, struct slice token);
int sasl_oauthbearer(struct buf *out, struct slice user, const char *host, int port, struct slice token);

/* What a server says before it refuses a token, base64 of JSON (RFC 7628 3.2.2), in words: whether the token is no
 * longer good or lacks a permission, and which. False where it is nothing of the kind: then nothing is added. */
bool sasl_explain(struct slice challenge, struct buf *words);
#endif
