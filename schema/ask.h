/* ask: what the web server has others do, for it writes nothing itself: frames between the web role and the store, and
 * questions that the web role answers. Each is a shape with an encoding; a reader consumes it exactly or refuses it.
 * Neighbours: access.h (who may); web/ asks, daemon/role_web.c passes on, daemon/desk_web.c answers. */
#ifndef SCHEMA_ASK_H
#define SCHEMA_ASK_H
#include "base/buf.h"
#include "schema/access.h"
#include "schema/journal.h"

enum ask_kind {
	ASK_PASSWORD, /* name and password. Answered: a byte, 1 where they are right */
	ASK_UPLOAD,   /* label, then the bytes of one file. Answered: struct taken, one behind the other */
	ASK_EDIT,     /* struct edit. Answered: struct edited */
	ASK_DOCUMENT, /* struct wanted. Answered: struct document */
	ASKS
};

/* --- passwords and uploads: a counted text, then another text or all that is left --- */

void ask_put_pair(struct buf *out, struct slice name, struct slice rest);
bool ask_get_pair(struct slice bytes, struct slice *name, struct slice *rest);

enum taken_kind { TAKEN_REPORT, TAKEN_TLS, TAKEN_FAILURE, TAKEN_REJECT, TAKEN_KINDS };
struct taken { /* what became of one document of a file; text may be absent */
	enum taken_kind kind;
	bool known;             /* it was here before: nothing changed */
	struct slice member, reporter, domain, report_id;
	int64_t begin_s, end_s; /* of a report; REPORT_NO_TIME where it does not say */
	int64_t messages;
	struct slice code, detail; /* of a refusal (reject.h) */
};
void taken_encode(struct buf *out, const struct taken *t);
/* The next one off `bytes`: 1, 0 at the end, -1 garbled. Text points into them. */
int taken_next(struct slice *bytes, struct taken *out);

/* --- edits: all that the pages may change --- */

enum edit_kind {
	EDIT_GRANT_ADD,    /* grant. Answered with its number */
	EDIT_GRANT_REVOKE, /* id, grant.kind */
	EDIT_GRANT_USED,   /* id: it was used just now; never shown to anybody */
	EDIT_AUDIT,        /* nothing but the line of the audit log */
	EDIT_RETRY,        /* id of a refusal: its bytes are read again. Answered by struct taken, as ASK_UPLOAD */
	EDIT_DISMISS,      /* id of a refusal: a person says that it is no report */
	/* These are answered with its number; an id of 0 is a new one, and a version of 0 is any. */
	EDIT_NOTE,         /* note, made or changed */
	EDIT_NOTE_REMOVE,  /* id, note.version */
	EDIT_CONFIRM,      /* confirmation, made */
	EDIT_WITHDRAW,     /* id of a confirmation */
	EDIT_BLOCKER,      /* blocker, made or changed */
	EDIT_BLOCKER_REMOVE, /* id, blocker.version */
	EDITS
};
struct edit {
	enum edit_kind kind;
	int64_t id;
	struct grant grant;
	struct journal_note note;
	struct confirmation confirmation;
	struct blocker blocker;
	struct slice who, what, detail; /* for the audit log; who "" for nobody, what "": no line is written */
};
void edit_encode(struct buf *out, const struct edit *e);
bool edit_decode(struct slice bytes, struct edit *out);

struct edited {
	bool done;
	bool stale;       /* not done, because somebody else changed it meanwhile */
	int64_t id;       /* of what was made */
	struct slice why; /* where it was not done: a sentence */
};
void edited_encode(struct buf *out, const struct edited *e);
bool edited_decode(struct slice bytes, struct edited *out);

/* --- documents: bytes as they were sent --- */

enum wanted_kind {
	WANTED_REPORT, /* the XML of one report, taken out of the mail or file again */
	WANTED_FILE,   /* the mail or file that a report was read from, as received */
	WANTED_REJECT, /* the mail or file of a refusal, as received */
	WANTED_MAIL,   /* the mail or file of a line of Ingest, as received */
	WANTED_KINDS
};
struct wanted {
	enum wanted_kind kind;
	int64_t id;
};
void wanted_encode(struct buf *out, const struct wanted *w);
bool wanted_decode(struct slice bytes, struct wanted *out);

enum document_state {
	DOCUMENT_HERE,
	DOCUMENT_UNKNOWN,  /* there is no such report, refusal or mail */
	DOCUMENT_GONE,     /* its bytes are no longer kept, or never were */
	DOCUMENT_UNREAD,   /* the bytes are there, but the report was not found in them again */
	DOCUMENT_TOO_LARGE, /* larger than LIMIT_DOCUMENT_BYTES */
	DOCUMENT_STATES
};
struct document {
	enum document_state state;
	struct slice label; /* the file's name */
	struct slice bytes;
};
void document_encode(struct buf *out, const struct document *d);
bool document_decode(struct slice bytes, struct document *out);
#endif
