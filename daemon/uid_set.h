/* uid_set: which mails: UIDs (RFC 9051 2.3.1.1) as ranges, so that a mailbox of a million mails takes few bytes,
 * whatever a server claims. Pure. Neighbours: imap_read.c fills one from a search, source_imap.c takes from it what to
 * fetch. */
#ifndef DAEMON_UID_SET_H
#define DAEMON_UID_SET_H
#include "base/buf.h"

struct uid_range {
	uint32_t first, last;
};

struct uid_set { /* empty is all zeros */
	struct uid_range *range;
	size_t n, room;
	size_t taken; /* ranges given out whole */
};

void uid_set_release(struct uid_set *s);
/* Adds a range, its ends in any order. -1 where the set would exceed LIMIT_IMAP_RANGES, or memory is short. */
int uid_set_add(struct uid_set *s, uint32_t a, uint32_t b);
/* Puts the ranges in order, makes one of those that meet, and drops what is below `least`. */
void uid_set_sort(struct uid_set *s, uint32_t least);
/* How many UIDs are in it. Of a sorted set, as the rest. */
uint64_t uid_set_count(const struct uid_set *s);
/* Takes the lowest `n` out of it into `to`, or all there are: how many. */
size_t uid_set_take(struct uid_set *s, uint32_t *to, size_t n);
/* Whether `text` is a set ("4:18,21"; RFC 9051 `sequence-set`, without `*`): its ranges are added. */
bool uid_set_read(struct uid_set *s, struct slice text);
/* Ascending UIDs as a set's text: "4:18,21". */
void uid_set_print(struct buf *out, const uint32_t *uid, size_t n);
#endif
