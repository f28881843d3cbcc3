/* source_drop: a folder into which files of any kind are dropped: mails, mboxes, xml, gz, zip. Its sub-folders are not looked
 * into. A file is taken once its writer is done with it. Neighbours: gather.c does the work; fetch.h runs it. */
#ifndef DAEMON_SOURCE_DROP_H
#define DAEMON_SOURCE_DROP_H
#include "daemon/config.h"

#include "base/buf.h"

/* For `ruad check`: adds to `out` what is well and how many files wait; -1 with err: what is wrong, and what to do. */
int source_drop_check(const struct mail_source *m, struct buf *out, struct err *err);
#endif
