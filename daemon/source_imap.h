/* source_imap: a mailbox on a mail server: what comes there is taken in, and cleared away once it is stored. This much
 * of it is for `ruad check`. Neighbours: fetch.h has the source itself; imap.c speaks to the server, oauth.c has the
 * token. */
#ifndef DAEMON_SOURCE_IMAP_H
#define DAEMON_SOURCE_IMAP_H
#include "base/buf.h"
#include "daemon/config.h"

/* Signs in, opens the folder, and looks for the folders that mails are moved to; changes nothing. `oauth` is
 * config.oauth, `control` as for errand_run. Adds what was found as one line of text, without a newline: "signed in as
 * X, INBOX holds 12 mails, Archive is there". -1 with err: what is wrong and what to do, the missing permission named.
 * Blocks. */
int source_imap_check(const struct mail_source *m, const struct oauth_config *oauth, int control, struct buf *out_text,
		      struct err *err);
#endif
