/* mail_place: what a mail source is called in the database, for ever: "imap://user@host:993/INBOX", "maildir:/path",
 * "folder:/path" (facts.sql, mailbox). Neighbours: source_*.c open their mailbox by it, alert_mail.c looks it up. */
#ifndef DAEMON_MAIL_PLACE_H
#define DAEMON_MAIL_PLACE_H
#include "daemon/config.h"

const char *mail_source_place(struct arena *a, const struct mail_source *s);
#endif
