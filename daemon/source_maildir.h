/* source_maildir: a maildir (Dovecot, Postfix, Courier and others deliver to it): new/ and cur/, never tmp/ nor sub-folders.
 * A mail is its name up to the colon; behind it stand flags. Neighbours: gather.c does the work; fetch.h runs it. */
#ifndef DAEMON_SOURCE_MAILDIR_H
#define DAEMON_SOURCE_MAILDIR_H
#include "daemon/config.h"

#include "base/buf.h"

/* For `ruad check`: adds to `out` what is well and how many mails wait; -1 with err: what is wrong, and what to do. */
int source_maildir_check(const struct mail_source *m, struct buf *out, struct err *err);
#endif
