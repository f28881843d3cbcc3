/* relabel: what changed rules move, as text: what a changed ruad.conf would name otherwise, before it is in force (`ruad rebuild
 * --dry-run`), and which verdicts are others once rules were applied. Neighbours: command.c has the rules and opens the store;
 * storage/query.h and storage/ingest.h answer; the verb calls this. */
#ifndef DAEMON_RELABEL_H
#define DAEMON_RELABEL_H
#include "daemon/command.h"
#include "storage/ingest.h"

/* Prints to standard output, over all days, which messages the rules of the configuration would name otherwise than those
 * last applied: a line for each pair of sources, most messages first, and a sum. Changes nothing. The exit code. */
int relabel_print(const struct command *c);

/* The same lines appended to `out`, which the caller initialised:
 *     "        1234  no rule -> Mail relays (ours)", ..., "1234 messages in 12 rows would move." */
void relabel_text(struct buf *out, const struct moves *moves);

/* Which messages are taken for something else, a line each, most first:
 *     "7 messages in 2 rows: Unknown -> Forwarded, DKIM breaks (rule unknown -> signature-broken)". */
void relabel_verdicts_text(struct buf *out, const struct verdict_moves *moves);
/* The same as lines of the log, where rules were applied; "no verdict changed" where that moved nothing. */
void relabel_log_verdicts(const struct verdict_moves *moves);
#endif
