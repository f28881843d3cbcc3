/* imap: a mail client's side of IMAP4rev1 and IMAP4rev2 (RFC 3501, RFC 9051), as far as reading a mailbox and clearing
 * it away needs. Signing in, selecting and searching wait for their answer; fetching and moving are sent ahead, several
 * at a time, and come back as events. Nothing is said in the clear that somebody else could hear. Why no library does
 * this: doc/libraries.md. Neighbours: net.c carries it, imap_read.c reads it; source_imap.c lives on it. */
#ifndef DAEMON_IMAP_H
#define DAEMON_IMAP_H
#include "daemon/config.h"
#include "daemon/imap_read.h"

struct imap_server { /* its strings must outlive the session */
	const char *host;
	int port;
	enum tls_mode tls; /* TLS_NONE: to a loopback address only */
	const char *ca_file; /* NULL: the system's */
	int stop_fd; /* see net.h */
	int64_t mail_bytes; /* a larger mail is asked for up to one byte more */
};

enum imap_ability { /* bits, of CAPABILITY */
		    IMAP_CAN_IDLE = 1,
		    IMAP_CAN_MOVE = 2,
		    IMAP_CAN_UIDPLUS = 4,
		    IMAP_CAN_ESEARCH = 8,
		    IMAP_CAN_SASL_IR = 16,
		    IMAP_CAN_LITERAL_PLUS = 32,
		    IMAP_CAN_LITERAL_MINUS = 64,
		    IMAP_CAN_STARTTLS = 128,
		    IMAP_CAN_NO_LOGIN = 256,
		    IMAP_CAN_PLAIN = 512,
		    IMAP_CAN_XOAUTH2 = 1024,
		    IMAP_CAN_OAUTHBEARER = 2048,
		    IMAP_CAN_REV1 = 4096,
		    IMAP_CAN_REV2 = 8192,
};

struct imap;

/* --- these wait; -1 with err: ERR_USE where only a person can help --- */

/* Connects and begins TLS, refuses whoever is signed in already (PREAUTH), and asks what the server can. */
int imap_open(const struct imap_server *s, struct imap **out, struct err *err);
/* By AUTHENTICATE PLAIN or LOGIN. */
int imap_sign_in(struct imap *m, const char *user, struct slice password, struct err *err);
/* By OAUTHBEARER or XOAUTH2. 1 where the server refuses the token, with what it says in err: another token may do. */
int imap_sign_in_token(struct imap *m, const char *user, const char *token, struct err *err);
bool imap_can(const struct imap *m, enum imap_ability what);

struct imap_folder {
	uint32_t validity, next_uid, exists; /* next_uid: 0 where the server does not say */
	bool read_only;
};
/* SELECT, or EXAMINE where nothing is to be changed. */
int imap_select(struct imap *m, const char *folder, bool read_only, struct imap_folder *out, struct err *err);
/* The UIDs from `first` on, of mails that arrived on `since_day` or later (INT64_MIN: any), those marked deleted left
 * out if so wanted; in order. The set is the caller's to release. */
int imap_search(struct imap *m, uint32_t first, int64_t since_day, bool undeleted, struct uid_set *out,
		struct err *err);
/* Whether there is a folder of that name: 1, 0, -1. */
int imap_has_folder(struct imap *m, const char *folder, struct err *err);
int imap_noop(struct imap *m, struct err *err);
/* Says goodbye without waiting for an answer, and closes. NULL is nothing. */
void imap_close(struct imap *m);

/* --- these are sent ahead; `*tag` is what the answer's event will carry --- */

enum imap_command {
	IMAP_FETCH, /* of `uids`: the mails, without marking them as seen */
	IMAP_MOVE, /* of `uids` to `folder` */
	IMAP_COPY, /* of `uids` to `folder` */
	IMAP_SEEN, /* of `uids`: marks them */
	IMAP_DELETED, /* of `uids`: marks them */
	IMAP_EXPUNGE, /* of `uids`: removes those that are marked deleted, and no others */
	IMAP_CREATE, /* `folder` */
	IMAP_IDLE, /* until imap_done */
};
int imap_send(struct imap *m, enum imap_command c, struct slice uids, const char *folder, uint32_t *tag,
	      struct err *err);

enum imap_event_kind { IMAP_MAIL, IMAP_READY, IMAP_ANSWER };
struct imap_event { /* its slices hold until imap_fill */
	enum imap_event_kind kind;
	struct imap_mail mail; /* MAIL: has a body and a UID */
	uint32_t tag; /* ANSWER. READY is a continuation: IDLE has begun */
	enum imap_status status; /* ANSWER: OK, NO or BAD */
	struct slice code, text;
};
/* The next event of what was read: 1; 0 more must be read; -1 with err: the server hung up, or breaks the protocol. */
int imap_next(struct imap *m, struct imap_event *out, struct err *err);
/* Reads once, without waiting: 1, 0 nothing now, -1 with err. */
int imap_fill(struct imap *m, struct err *err);
/* Whether the server has told of another number of mails (EXISTS) since the last search began, or since the folder was selected. */
bool imap_has_news(const struct imap *m);
/* Ends IDLE, and waits for that. */
int imap_done(struct imap *m, struct err *err);
/* Whether the code of an answer is this one: "TRYCREATE". */
bool imap_code_is(struct slice code, const char *name);
/* To wait on imap_fd is of use only where this is false. */
bool imap_has_pending(const struct imap *m);
int imap_fd(const struct imap *m);

/* Fills err for an answer that is not OK: "HOST:PORT: WHAT: the server's words". ERR_SYSTEM where its code says that it
 * may pass, else `kind`. Returns -1. */
int imap_refused(const struct imap *m, const struct imap_event *answer, enum err_kind kind, const char *what,
		 struct err *err);
#endif
