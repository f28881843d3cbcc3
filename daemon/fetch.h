/* fetch: what every kind of source is given: the way to the store, word of what is durable, and waiting for both at once.
 * A mail is settled (moved, flagged, deleted) only after the store said FRAME_SETTLED of it.
 * Neighbours: role_fetch.c runs a source; source_imap.c, source_maildir.c and source_drop.c are the kinds. */
#ifndef DAEMON_FETCH_H
#define DAEMON_FETCH_H
#include "daemon/channel.h"
#include "daemon/heritage.h"
#include "schema/mail.h"

struct fetch {
	const struct heritage *heritage;
	const struct mail_source *source;
	struct channel channel;
	uint32_t number;         /* of the last mail put */
	int64_t unsettled;       /* mails put, not yet settled */
	struct mailbox_state remembered; /* after fetch_open */
	bool gone;               /* the store is: what failed will not work again in this process */
	char said[BOARD_TEXT_BYTES]; /* the last complaint, until all is well; "": none */
};

enum { FETCH_READY = 1, FETCH_WORD = 2, FETCH_STOP = 4 };

/* Says which mailbox it is, by a place that stays the same ("imap://user@host:993/INBOX"), and waits for what is remembered
 * of it. 0; -1 with err where the store is gone. */
int fetch_open(struct fetch *f, const char *place, struct err *err);
/* The mailbox's UIDVALIDITY, and up to which UID all is settled. */
int fetch_position(struct fetch *f, int64_t validity, int64_t settled, struct err *err);
/* Sends one mail on its way; `*number` is what word of it will carry. Waits while the store takes its time. */
int fetch_put(struct fetch *f, int64_t uid, struct slice place, struct slice label, struct slice bytes, uint32_t *number,
	      struct err *err);
/* Whether more may be put before word has come of earlier ones: LIMIT_UNSETTLED_MESSAGES. */
bool fetch_may_put(const struct fetch *f);
/* Asks whether a mail of that place was taken in before; the answer comes as a word. */
int fetch_ask(struct fetch *f, struct slice place, uint32_t *number, struct err *err);

struct word { /* from the store */
	enum frame_kind kind; /* FRAME_SETTLED or FRAME_KNOWN */
	uint32_t number;
	int value; /* enum mail_outcome, or 0 or 1 */
};
/* The next word that has come: 1, 0 none now, -1 with err where the store is gone or its frame is garbled. */
int fetch_word(struct fetch *f, struct word *out, struct err *err);

/* Waits until `fd` (-1: none) is ready for `events`, a word has come, a stop is asked for, or the time is over (-1: never):
 * bits of FETCH_*, 0 where the time is over; -1 with err. */
int fetch_wait(struct fetch *f, int fd, short events, int timeout_ms, struct err *err);

/* For a source that begins again after a fault: waits until word of all mails has come, and at least `pause_ms`. 0; 1 where a stop is
 * asked for; -1 with err. */
int fetch_rest(struct fetch *f, int64_t pause_ms, struct err *err);

/* A process that follows one which ended with a complaint goes on from there: it is not logged anew. Before anything is said. */
void fetch_recall(struct fetch *f);
/* Something is wrong: said on the board (waiting; ERR_USE: failed), and logged unless the last complaint was the same. */
void fetch_complain(struct fetch *f, const struct err *err);
/* Logs that it works again, where a complaint was the last that was logged. */
void fetch_recover(struct fetch *f);
/* What the board says of this source. */
void fetch_say(struct fetch *f, enum board_state state, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* --- the kinds: each runs until a stop is asked for (0) or a fault (-1 with err; ERR_USE: of no use to try again soon). --- */
int source_imap_run(struct fetch *f, struct err *err);
int source_maildir_run(struct fetch *f, struct err *err);
int source_drop_run(struct fetch *f, struct err *err);
#endif
