/* notice_form: what a notice looks like outside: a mail (RFC 5322), and JSON for a webhook or a command. Pure.
 * Text of the notice cannot become a header, another mail or another member: it is encoded as a whole.
 * Neighbours: schema/notice.h, role_tell.c. */
#ifndef DAEMON_NOTICE_FORM_H
#define DAEMON_NOTICE_FORM_H
#include "base/err.h"
#include "daemon/config.h"
#include "schema/notice.h"

/* Appends the whole mail, with CRLF: Subject as encoded words (RFC 2047), the body base64 of UTF-8, Auto-Submitted (RFC 3834).
 * Message-ID is made of the notice's id and time, so a mail that is sent twice can be told for what it is. Addresses are those
 * of the configuration, which took nothing but plain ones. `now_s`: Unix seconds, for Date. */
void notice_mail(struct buf *out, const struct notice *n, const struct alert_mail *mail, int64_t now_s);

/* Appends one JSON object: doc/alerts.md. */
void notice_json(struct buf *out, const struct notice *n);
#endif
