/* ingest: reports into the store. One writer owns the database; nothing is acknowledged before store_commit has returned.
 * Neighbours: label.c (sources), derive.c (what is kept packed and summed), rebuild.c, db.c; above: daemon/command_*.c. */
#ifndef STORAGE_INGEST_H
#define STORAGE_INGEST_H
#include "base/err.h"
#include "schema/access.h"
#include "schema/ask.h"
#include "schema/domain.h"
#include "schema/failure_report.h"
#include "schema/lookup.h"
#include "schema/mail.h"
#include "schema/reject.h"
#include "schema/report.h"
#include "schema/source_rule.h"
#include "schema/tls_report.h"
#include "schema/verdict.h"

struct store;

/* Opens `path` and the raw file beside it for writing, makes them where they are not there, makes the derived tables anew
 * where they are of another version of ruad or of its table of verdicts, and applies `rules` to all history where they changed.
 * `list` and `rules` outlive the store. */
int store_open(const char *path, const struct suffixes *list, struct source_rules rules, struct store **out,
	       struct err *err);
struct verdict_move { /* messages that are taken for something else than before */
	enum verdict from, to; /* `from` is VERDICTS where this version does not know the word any more */
	struct slice from_rule, to_rule; /* ids of the rules that decided, and decide */
	int64_t messages, rows;
};
struct verdict_moves {
	bool known; /* rules were applied, and others had been before */
	bool lost;  /* rules were applied, and which ones had been before is not known: another version of ruad did */
	struct verdict_move *item; /* most messages first */
	size_t n;
	int64_t messages, rows; /* of all lines */
};
/* What the rules of verdicts and senders that were applied last, when the store was opened or with store_rebuild, changed in all
 * history. */
const struct verdict_moves *store_verdict_moves(const struct store *s);

/* What was not committed is forgotten. NULL is fine. */
void store_close(struct store *s);

enum stored {
	STORED_NEW,
	STORED_DUPLICATE, /* the same report was here before, or this one is cut and another of its key was: nothing changed */
	STORED_REPLACED,  /* a whole report took the place of a cut one */
	STORED_TWIN,      /* the same key with another content: both are kept, the later flagged (FORMATS 2.3) */
};

/* Takes in one report, as received at `received_s`, and keeps `bytes`, the mail or file that it was read from (NULL ptr:
 * none); several reports may name the same. A duplicate keeps nothing. The transaction stays open until store_commit. On -1
 * nothing of the open transaction is kept. */
int store_report(struct store *s, const struct report *r, struct slice bytes, int64_t received_s, enum stored *out,
		 struct err *err);

/* The number of the report that the last store_report stored, or that was here before. */
int64_t store_met(const struct store *s);

/* SMTP TLS reports and failure reports, each in tables of its own; STORED_NEW or STORED_DUPLICATE. As store_report. */
int store_tls(struct store *s, const struct tls_report *r, int64_t received_s, enum stored *out, struct err *err);
int store_failure(struct store *s, const struct failure_report *r, int64_t received_s, enum stored *out, struct err *err);

/* --- what look-ups find; times are Unix seconds --- */

/* Keeps what was found of an address, in the place of what was known (a reverse name outlives a question without an answer),
 * and matches it with the rules anew. An address that no report names is passed over. As store_report. */
int store_address_found(struct store *s, const struct address_found *found, int64_t now_s, struct err *err);
/* Keeps what was found of a name that is watched (watch.h): as a new value where it is another than the last. As store_report. */
int store_name_found(struct store *s, const struct name_found *found, int64_t now_s, struct err *err);

/* Says how look-ups are set, in any words: where they were others before, all addresses are due at once. As store_report. */
int store_lookups_set(struct store *s, struct slice how, struct err *err);

struct address_due {
	int64_t id;
	unsigned char addr[16];
};
/* The highest id of an address; 0 where there is none. */
int store_address_last(struct store *s, int64_t *id, struct err *err);
/* Of the addresses with ids above `above` and up to `*to` those that were never looked up, the highest first, at most `room`
 * of them. Looks at a bounded number; `*to` becomes the id to go on from, at most `above` where there are no more. */
int store_addresses_new(struct store *s, int64_t above, int64_t *to, struct address_due *out, size_t room, size_t *n,
			struct err *err);
/* Those that are due again: 30 days after an answer; an hour after a question had none, then twice as long each time, a day
 * at most. The longest overdue first. */
int store_addresses_due(struct store *s, int64_t now_s, struct address_due *out, size_t room, size_t *n, struct err *err);
/* Likewise the watched names that are due: at once, a day after an answer, after a failure as above. The arena's. */
int store_names_due(struct store *s, struct arena *a, int64_t now_s, struct slice *out, size_t room, size_t *n,
		    struct err *err);

/* Keeps a refusal with the bytes it was about. `*fresh` is false where the same was kept before. */
int store_reject(struct store *s, const struct reject *r, struct slice bytes, int64_t received_s, bool *fresh,
		 struct err *err);

struct kept_reject { /* one that waits to be tried again */
	int64_t id;
	struct slice file, member, bytes; /* the arena's; bytes has a NULL ptr where they are no longer kept */
};
/* The first kept refusal above `after`: 1, 0 where there is none, -1 err. */
int store_next_reject(struct store *s, struct arena *a, int64_t after, struct kept_reject *out, struct err *err);
/* It was read after all (`again` NULL), or refused again for this reason. */
int store_retried(struct store *s, int64_t id, const struct reject *again, struct err *err);

/* The refusal of that id as store_next_reject gives it: 1, 0 where there is none, -1 err. */
int store_find_reject(struct store *s, struct arena *a, int64_t id, struct kept_reject *out, struct err *err);

struct kept_document {
	struct slice label, bytes; /* the arena's; bytes has a NULL ptr where they are not kept */
	unsigned char content[REPORT_HASH_BYTES]; /* of a report: which of the documents in them it was */
};
/* The mail or file that a report, refusal or mail (schema/ask.h) came in: 1, 0 where there is none of that id, -1 err. */
int store_document(struct store *s, struct arena *a, const struct wanted *w, struct kept_document *out, struct err *err);

/* --- where mails come from --- */

/* The mailbox of that place (at most LIMIT_PLACE_BYTES), made where it is not known yet, and what is remembered of it.
 * As store_report. */
int store_mailbox(struct store *s, struct slice place, int64_t *id, struct mailbox_state *out, struct err *err);
int store_mailbox_set(struct store *s, int64_t id, const struct mailbox_state *state, struct err *err);
/* A mail or file of the mailbox was taken in, with what became of it (`gave` NULL: nobody counted): in the transaction of its
 * reports. One that was there before keeps when it first came. As store_report. */
int store_mail(struct store *s, int64_t mailbox, struct slice place, struct slice bytes, int64_t received_s,
	       enum mail_outcome outcome, const struct mail_gave *gave, struct err *err);
/* Whether a mail of that place was taken in before. */
int store_knows_mail(struct store *s, int64_t mailbox, struct slice place, bool *known, struct err *err);

/* --- what alert rules found, and who was told (query.h reads it) --- */

struct alert_state { /* no text may be absent */
	struct slice rule, subject, seen; /* see the table of that name in facts.sql */
	bool firing;
	int64_t since_s;
	struct slice title, text, path; /* what is told */
};
/* Keeps it. Where `firing` and `seen` are what they were, only the words are kept anew. Else it is a change: outlets are told
 * where what they last heard is not so any more, and all of them where it fires with another `seen`; but none of `excused`
 * (bits of enum outlet). A change that is undone before an outlet heard of it is never told to it. As store_report. */
int store_alert(struct store *s, const struct alert_state *a, unsigned excused, struct err *err);
/* These outlets took what was told of that change of the alert: that it `fires`, or that it does not. As store_report. */
int store_alert_told(struct store *s, int64_t id, int64_t change, bool fires, unsigned outlets, struct err *err);
/* Since when alerts are watched: `now_s` the first time that it is asked. As store_report. */
int store_alerts_since(struct store *s, int64_t now_s, int64_t *since_s, struct err *err);

/* --- who may see and do what (query.h finds it again); pages stay the same by it, and so does the generation --- */

/* Keeps a grant made now; `id` becomes its number, 0 where it came by a link that is no more: it is not kept then. Sessions that
 * are over or too many, and links and tokens long over, go. As store_report. */
int store_grant_add(struct store *s, const struct grant *g, int64_t *id, struct err *err);
/* It lets nobody in any more, nor do sessions that came by it; `found` false: there was none. As store_report. */
int store_grant_revoke(struct store *s, enum grant_kind kind, int64_t id, bool *found, struct err *err);
int store_grant_used(struct store *s, int64_t id, int64_t now_s, struct err *err);
/* A line of the audit log. As store_report. */
int store_audit(struct store *s, int64_t now_s, struct slice who, struct slice what, struct slice detail, struct err *err);

/* --- what people write down (schema/journal.h; query.h finds it again); pages change by it, and so does the generation --- */

enum journaled {
	JOURNAL_DONE,
	JOURNAL_GONE,  /* there is none of that number */
	JOURNAL_STALE, /* it is of another version: somebody changed it meanwhile, or took up the one of that key */
	JOURNAL_FULL,  /* there are LIMIT_JOURNAL_LINES of them */
};
/* Keeps a note as a new one (id 0), or in place of the one of its id where that is of its version (0: whichever); `id` becomes its
 * number. As store_report. */
int store_note(struct store *s, const struct journal_note *n, int64_t *id, enum journaled *out, struct err *err);
int store_note_remove(struct store *s, int64_t id, int64_t version, enum journaled *out, struct err *err);
int store_confirm(struct store *s, const struct confirmation *c, int64_t *id, enum journaled *out, struct err *err);
int store_withdraw(struct store *s, int64_t id, enum journaled *out, struct err *err);
int store_blocker(struct store *s, const struct blocker *b, int64_t *id, enum journaled *out, struct err *err);
int store_blocker_remove(struct store *s, int64_t id, int64_t version, enum journaled *out, struct err *err);

/* Whether anything waits for store_commit. */
bool store_is_open(const struct store *s);
/* Rows taken in since the last commit: the caller groups (LIMIT_COMMIT_ROWS). */
int64_t store_open_rows(const struct store *s);
/* Forgets all that was taken in since the last commit: for a dry run. */
void store_forget(struct store *s);
/* Makes all that was taken in durable. */
int store_commit(struct store *s, struct err *err);

/* Called now and then with how many of the stored reports are done. */
typedef void store_progress(void *ctx, int64_t reports);

/* Makes all derived tables anew from the facts, as the list of suffixes and the rules say today. Durable with the next
 * store_commit; readers go on with what was there until then. `progress` may be NULL. */
int store_rebuild(struct store *s, store_progress *progress, void *ctx, struct err *err);

/* Marks the database as one made by `ruad demo`. */
int store_mark_demo(struct store *s, struct err *err);
#endif
