/* relabel: what a changed ruad.conf would move, as text, before it is in force: `ruad rebuild --dry-run`.
 * Neighbours: command.c has the rules; storage/query.h answers; the verb calls this. */
#ifndef DAEMON_RELABEL_H
#define DAEMON_RELABEL_H
#include "daemon/command.h"

/* Prints to standard output, over all days, which messages the rules of the configuration would name otherwise than those
 * last applied: a line for each pair of sources, most messages first, and a sum. Changes nothing. The exit code. */
int relabel_print(const struct command *c);

/* The same lines appended to `out`, which the caller initialised:
 *     "        1234  no rule -> Mail relays (ours)", ..., "1234 messages in 12 rows would move." */
void relabel_text(struct buf *out, const struct moves *moves);
#endif
