/* imap_settle: mails of a mailbox from when they are put to the store until nothing is owed of them: durable, and then
 * marked, moved or deleted as `after` says (RFC 6851, 4315), in batches, one command at a time. Neighbours:
 * source_imap.c; imap.c sends, fetch.c brings word. */
#ifndef DAEMON_IMAP_SETTLE_H
#define DAEMON_IMAP_SETTLE_H
#include "daemon/fetch.h"
#include "daemon/imap.h"

struct imap_settle;

/* The three must outlive it. `validity` is the mailbox's. NULL with err where there is no memory. */
struct imap_settle *imap_settle_new(struct fetch *f, struct imap *m, int64_t validity, struct err *err);
void imap_settle_free(struct imap_settle *s);

/* A mail was put under that number. `upto`: all up to this UID were added, with this mail; 0: nothing can be said.
 * There must be room. */
void imap_settle_add(struct imap_settle *s, uint32_t number, uint32_t uid, uint32_t upto);
/* The same for one that was durable before, and not yet cleared away; these come first, and ascend. */
void imap_settle_add_durable(struct imap_settle *s, uint32_t uid);
/* How many more may be added, and how many are not yet cleared away. */
size_t imap_settle_room(const struct imap_settle *s);
size_t imap_settle_count(const struct imap_settle *s);

void imap_settle_word(struct imap_settle *s, const struct word *w);
/* Begins to clear away what is durable, once nothing else is to come, no room is left, or it has waited two seconds:
 * what is new goes first, for a server answers nothing else while it moves mails. 0, or -1 with err. */
int imap_settle_turn(struct imap_settle *s, bool nothing_else, struct err *err);
/* Whether a command is under way; and an answer: 1 it was that command's, 0 not, -1 with err where it is refused. */
bool imap_settle_is_busy(const struct imap_settle *s);
int imap_settle_answer(struct imap_settle *s, const struct imap_event *answer, struct err *err);

/* What the server cannot do about clearing away, in words; NULL where it can do all that `after` wants. */
const char *imap_settle_weakness(const struct imap *m, enum after after);
#endif
