/* board: what every process last said of itself, in memory that all of them share: health, `ruad check` and /metrics read it.
 * Each slot has one writer, the process it belongs to; whoever reads takes the text for what it is, words of another process.
 * Neighbours: role.c makes it before the first fork; role_*.c write; health.c reads. */
#ifndef DAEMON_BOARD_H
#define DAEMON_BOARD_H
#include "base/err.h"
#include "schema/mail.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum board_state {
	BOARD_NONE,     /* nobody has this slot */
	BOARD_STARTING,
	BOARD_WELL,
	BOARD_WAITING,  /* something is wrong that may pass: it is tried again; the text says what */
	BOARD_FAILED,   /* a person must do something; the text says what */
};

enum board_count { /* since the daemon started, but for the levels */
	BOARD_MAILS,        /* store, fetch: mails and files taken in and durable */
	BOARD_REFUSED,      /* store: of these, with nothing readable in them */
	BOARD_REPORTS, BOARD_DUPLICATES, BOARD_TLS, BOARD_FAILURES, /* store: reports by what became of them */
	BOARD_COMMITS, BOARD_PARSER_DEATHS,                         /* store */
	BOARD_BACKLOG,      /* a level: fetch: mails seen and not yet settled; look-up: questions waiting */
	BOARD_LAST_S,       /* a level: Unix seconds: fetch: a mail was settled; store: a report was stored; tell: a notice went out */
	BOARD_CONTACT_S,    /* a level: Unix seconds: fetch: the mailbox was last seen in order; look-up: an answer came */
	BOARD_LOOKUPS, BOARD_LOOKUPS_FAILED,                        /* look-up */
	BOARD_TOLD, BOARD_TELLS_FAILED,                             /* tell */
	BOARD_SANDBOX,      /* a level: enum sandbox_part bits that this process reached */
	BOARD_TOOK_MS,      /* store: of all mails together, until durable */
	BOARD_TOOK,         /* store: mails by how long they took: MAIL_TOOK_BOUNDS counts, those over the last in none */
	BOARD_TOOK_LAST = BOARD_TOOK + MAIL_TOOK_BOUNDS - 1,
	BOARD_COUNTS
};

enum { BOARD_SLOTS = 40, BOARD_NAME_BYTES = 64, BOARD_TEXT_BYTES = 400 };

struct board;

/* NULL with err where there is no memory. Shared with every process forked afterwards. */
struct board *board_make(struct err *err);
void board_free(struct board *b);

/* --- the parent: whose slot it is --- */

/* Gives the slot a name, "store", "mail reports", while it has no process. */
void board_name(struct board *b, int slot, const char *name);
/* Its process is there, and may write already. Counts starts and keeps the counts. */
void board_started(struct board *b, int slot, pid_t pid);
/* The slot's process ended; `state` and `text` say how it goes on. NULL leaves its own last words. */
void board_ended(struct board *b, int slot, enum board_state state, const char *text);
void board_forget(struct board *b, int slot);

/* --- the process that has the slot --- */

/* In words of people: what is wrong and what to do; "" where nothing is. At most BOARD_TEXT_BYTES - 1 are kept. */
void board_say(struct board *b, int slot, enum board_state state, const char *text);
void board_add(struct board *b, int slot, enum board_count what, int64_t n);
void board_set(struct board *b, int slot, enum board_count what, int64_t n);

/* --- anyone --- */

struct board_line {
	char name[BOARD_NAME_BYTES], text[BOARD_TEXT_BYTES]; /* clean UTF-8, one line */
	enum board_state state;
	pid_t pid;        /* 0: not running */
	int64_t starts;   /* one more than how often it had to be started again */
	int64_t since_s;  /* Unix seconds, of this state */
	int64_t count[BOARD_COUNTS];
};
/* False for a slot that nobody has. */
bool board_read(const struct board *b, int slot, struct board_line *out);
#endif
