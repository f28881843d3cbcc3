/* mail_place: what a mail source is called in the database, for ever: "imap://user@host:993/INBOX", "maildir:/path",
 * "folder:/path" (facts.sql, mailbox). Neighbours: source_imap.c and gather.c open their mailbox by it, alert_mail.c looks it up. */
#ifndef DAEMON_MAIL_PLACE_H
#define DAEMON_MAIL_PLACE_H
#include "daemon/config.h"

/* Clean text; a path without slashes at its end. NULL with err where it is longer than LIMIT_PLACE_BYTES. */
const char *mail_source_place(struct arena *a, const struct mail_source *s, struct err *err);
#endif
