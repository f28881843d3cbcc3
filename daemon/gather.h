/* gather: watches the folders of one source, looks through them at the start and at least every poll_s, and hands what it finds
 * to carry.c. A folder that goes away is waited for. Neighbours: source_maildir.c and source_drop.c are its two kinds;
 * arrival.c gives hints. */
#ifndef DAEMON_GATHER_H
#define DAEMON_GATHER_H
#include "daemon/carry.h"

/* Runs a source of that kind: 0 once a stop was asked for, -1 with err where the store is gone. */
int gather_run(struct fetch *f, const struct carry_kind *kind, struct err *err);

/* For `ruad check`: adds to `out` how many files wait, "/var/spool/dmarc: 12 files wait"; -1 with err where a folder is not
 * there, or ruad may not do in it what `after` asks for. Changes nothing. */
int gather_check(const struct carry_kind *kind, const struct mail_source *m, struct buf *out, struct err *err);
#endif
