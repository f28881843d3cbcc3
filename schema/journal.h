/* journal: what people write down beside what receivers report (UX 7.2): notes of what changed, confirmations of what no report
 * can tell, and what keeps a domain from its next step, with who looks after it.
 * Neighbours: ask.h carries them to the store; storage/ingest_journal.c keeps them, query.h finds them; web/ has their pages. */
#ifndef SCHEMA_JOURNAL_H
#define SCHEMA_JOURNAL_H
#include "base/slice.h"
#include "schema/step.h"

#include <stdint.h>

/* The tables of these names in facts.sql say what each field is. No text is absent: "" is none. */

struct journal_note { /* table note */
	int64_t id, version;
	int64_t day, end_day; /* what it is about; the same day where it is about one */
	struct slice text, domain, source, who;
	int64_t made_s;
};

struct confirmation {
	int64_t id;
	struct slice domain;
	enum step step;
	struct slice check, text, who;
	int64_t made_s, expires_s;
};
/* Whether it counts at that time. */
bool confirmation_holds(const struct confirmation *c, int64_t now_s);

enum blocker_state { BLOCKER_OPEN, BLOCKER_ASKED, BLOCKER_DONE, BLOCKER_ACCEPTED, BLOCKER_STATES };
/* "open", "asked", "done", "accepted". */
const char *blocker_state_name(enum blocker_state s);
/* BLOCKER_STATES for another word. */
enum blocker_state blocker_state_of(struct slice word);

struct blocker {
	int64_t id, version;
	struct slice key, domain, text, owner;
	enum blocker_state state; /* as it was set */
	int64_t state_day;        /* since when */
	struct slice reason;      /* of an accepted one */
	int64_t until_day;        /* the last that it is accepted for; 0 for ever */
	struct slice note, source, who;
	int64_t made_s;
};
/* It was accepted up to a day that is over: it is open again. */
bool blocker_has_lapsed(const struct blocker *b, int64_t today);
enum blocker_state blocker_state_on(const struct blocker *b, int64_t today);
#endif
