/* imap_write: pieces of an IMAP command that need care: strings, names of folders, days. Pure. Neighbour: imap.c. */
#ifndef DAEMON_IMAP_WRITE_H
#define DAEMON_IMAP_WRITE_H
#include "base/buf.h"

#include <stdint.h>

/* Whether it can stand in quotes: printable ASCII (RFC 9051 4.3 as every server takes it). */
bool imap_is_quotable(struct slice s);
/* A quotable string, in its quotes. */
void imap_write_quoted(struct buf *out, struct slice s);
/* A mailbox's name, given in UTF-8, in quotes: as it is where the server speaks IMAP4rev2 alone (`plain`), else in
 * modified UTF-7 (RFC 3501 5.1.3). -1 where it is no UTF-8 or holds control characters. */
int imap_write_folder(struct buf *out, struct slice name, bool plain);
/* "1-Feb-2026" (RFC 9051 `date-text`). */
void imap_write_day(struct buf *out, int64_t day);
#endif
