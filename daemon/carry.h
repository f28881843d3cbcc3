/* carry: files on their way from a folder to the store: claimed where they are to be taken away, read, put as mails, and dealt
 * with as `after` says once the store has all of them durable. What is only read (keep, seen) stays where it lies; several
 * daemons then have all of it, each in its own database. What is taken away (move, delete) is claimed first: one has it.
 * Neighbours: gather.c finds the files; claim.c renames; fetch.h is the way to the store. */
#ifndef DAEMON_CARRY_H
#define DAEMON_CARRY_H
#include "daemon/claim.h"
#include "daemon/fetch.h"
#include "daemon/recent.h"
#include "parsers/message.h"

/* Where a file lies; the first two are the kind's own, and only into the first are files written. */
enum { CARRY_FIRST, CARRY_SECOND, CARRY_WORK, CARRY_FOLDERS };
enum carry_soon { SOON_NOT, SOON_SHORT, SOON_FULL }; /* short: without the second folder */

struct carry;

struct carry_kind { /* source_maildir.c, source_drop.c */
	const char *word;                      /* "maildir" */
	bool maildir;                          /* its archives are maildirs too where they are made */
	const char *folder[CARRY_WORK];        /* below the path: "new", "."; NULL: none */
	int asks_from;                         /* from this folder on what is to stay may be known already: the store is asked */
	bool dated;                            /* a file of another size or time is another one, whatever its name */
	bool (*wants)(const char *name);
	size_t (*stem)(const char *name);      /* bytes of the name that say which file it is */
	/* The rest of the name where it is archived; `maildir`: in a maildir's cur/. */
	void (*tail)(const char *name, bool maildir, char *out, size_t room);
	/* After keep and seen: where it ends. 0, or -1 with errno. */
	int (*keep)(const struct carry *c, int folder, const char *name);
};

struct carry_target { /* an archive */
	int fd; /* of cur/ where it is a maildir; -1: not open */
	bool maildir;
};

struct carry {
	struct fetch *fetch;
	const struct carry_kind *kind;
	const char *path;
	struct message_limits limits;
	struct claim claim;
	int folder[CARRY_FOLDERS]; /* -1: not open */
	struct carry_target archive, invalid;
	int64_t files;             /* on their way */
	enum carry_soon soon;      /* look again in a moment: something was not to be taken yet, or is another by now */
	bool unsynced;             /* files were moved since carry_sync */
	struct recent known;       /* places that the store is known to have */
	struct recent unreadable;
	int complaints;            /* since carry_turn */
	char unreadable_first[BOARD_TEXT_BYTES - 100];
	char stuck_why[BOARD_TEXT_BYTES - 100]; /* "": no file is */
	/* carry.c's own */
	void *by_place, *by_number;
	struct carried *due, **due_end, *stuck;
	struct buf place, label;
};

void carry_init(struct carry *c, struct fetch *f, const struct carry_kind *kind, const char *path);
/* Forgets all files; the folders are gather.c's. */
void carry_release(struct carry *c);

/* Whether files are claimed: they are to be moved or deleted. */
bool carry_claims(const struct carry *c);
/* Whether another file may be taken. */
bool carry_has_room(const struct carry *c);
/* Takes a file that was seen in a folder, if it is one to take now; `whole`: its writer is known to be done. A file that
 * cannot be read is said once and passed over. 0; 1 a stop was asked for; -1 with err: the store is gone. */
int carry_consider(struct carry *c, int folder, const char *name, bool whole, struct err *err);
/* Reads files that the store does not know, as far as there is room. As carry_consider. */
int carry_due(struct carry *c, struct err *err);
/* Hears what the store has said, and deals with the files that are durable. 0, or -1 with err. */
int carry_hear(struct carry *c, struct err *err);
/* Tries once more to deal with files where that failed. */
void carry_retry(struct carry *c);
/* Makes renames durable. */
void carry_sync(struct carry *c);
/* All folders have been looked through. */
void carry_turn(struct carry *c);
#endif
