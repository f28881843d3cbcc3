/* digest: what a week brought, in words: the summary of its days, what it was the week before, alerts that fire, and whether
 * reports come in at all. Sent even when nothing happened, so that silence means that ruad does not run (UX 1).
 * Neighbours: desk_tell.c sends it; command_digest.c prints it; web/web.h writes the summary. */
#ifndef DAEMON_DIGEST_H
#define DAEMON_DIGEST_H
#include "daemon/command.h"

/* The last time a digest was due at `now_s` (Unix seconds); INT64_MIN where none ever is. */
int64_t digest_slot(const struct alerts *a, int64_t now_s);

enum digest_state { DIGEST_WELL, DIGEST_STALE /* no mail was reported of that week, or no report came in */ };

/* Appends the digest of the seven days before `now_s`, and gives its title for a subject line (the arena's). */
int digest_write(const struct command *c, struct reader *r, struct arena *a, int64_t now_s, struct buf *out,
		 const char **title, enum digest_state *state, struct err *err);
#endif
