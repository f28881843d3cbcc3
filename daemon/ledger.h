/* ledger: what of the mails is stored and what is still owed: each mail that came is a delivery, done once its parser has
 * said all of it, and settled once a commit has made that durable. Deliveries of one mailbox come in order and may be done in
 * another; "done up to" only ever means all before it.
 * Neighbours: role_store.c feeds it and passes on what is settled; intake.c calls its sink; storage/ingest.h below. */
#ifndef DAEMON_LEDGER_H
#define DAEMON_LEDGER_H
#include "daemon/heritage.h"
#include "daemon/intake.h"
#include "schema/mail.h"

struct ledger;
struct delivery;

struct mailbox { /* where a role's mails come from; id 0: it has not said. Stays where it is while it is open */
	int64_t id;
	struct mailbox_state state;
	struct delivery *first, **end; /* not yet settled, in the order they came */
	bool moved;                    /* its state changed since it was written */
};

/* Opens the configured database for writing, as command_open_store. */
int ledger_open(const struct heritage *h, struct ledger **out, struct err *err);
void ledger_close(struct ledger *l); /* NULL is fine; what was not committed is forgotten */
struct store *ledger_store(struct ledger *l);

int ledger_open_mailbox(struct ledger *l, struct slice place, struct mailbox *m, struct err *err);
/* Nobody asks for word of its deliveries any more; those under way are stored all the same. */
void ledger_close_mailbox(struct ledger *l, struct mailbox *m);
int ledger_position(struct ledger *l, struct mailbox *m, int64_t validity, int64_t settled, struct err *err);
int ledger_knows(struct ledger *l, const struct mailbox *m, struct slice place, bool *known, struct err *err);

/* A mail of that number is given to the intake with the delivery as its tag. */
struct delivery *ledger_expect(struct ledger *l, struct mailbox *m, uint32_t number, int64_t uid, struct slice place);
/* What stores the intake's answers; every item has its delivery as its tag. */
struct intake_sink ledger_sink(struct ledger *l);

/* Something else was written that has to become durable. */
void ledger_touch(struct ledger *l);
/* Clock (clock.h) since when a delivery is done and waits to be durable, or something else does; -1 where nothing waits. */
int64_t ledger_waiting_since(const struct ledger *l);
/* Whether so much waits that a commit is due whatever the clock says. */
bool ledger_is_full(const struct ledger *l);
/* Makes all that was stored durable, with how far each mailbox came. On -1 nothing of it is kept. */
int ledger_commit(struct ledger *l, struct err *err);

struct settled {
	const struct mailbox *mailbox;
	uint32_t number;
	enum mail_outcome outcome;
};
/* The next delivery that became durable, each once; false where there is none. */
bool ledger_next_settled(struct ledger *l, struct settled *out);
#endif
