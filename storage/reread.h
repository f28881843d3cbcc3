/* reread: a stored report against what its kept bytes say to the parsers of today. Neighbours: ingest.c writes;
 * daemon/command_reparse.c has the bytes parsed. */
#ifndef STORAGE_REREAD_H
#define STORAGE_REREAD_H
#include "schema/classify.h"
#include "storage/ingest.h"
#include "storage/raw.h"

/* The first key behind `key` (zeros: the first of all) that a report names: 1 with it, and the bytes, whose ptr is NULL where
 * they are no longer kept; 0 at the end; -1 err. Text is the arena's. */
int reread_next(struct store *s, struct arena *a, unsigned char key[RAW_KEY_BYTES], struct slice *file, struct slice *bytes,
		struct err *err);

struct reread_sums { /* what a report adds up to */
	int64_t rows, messages[TRUST_CLASSES];
};

struct reread_report { /* one that is stored */
	int64_t id, day, received_s, rows;
	bool complete, twin;
	bool met; /* it was read again */
	unsigned char key[RAW_KEY_BYTES], content[REPORT_HASH_BYTES];
	struct slice reporter, report_id, member; /* the arena's */
	struct reread_report *next;
};

/* The reports that were read from the bytes of that key, oldest first; the arena's. */
int reread_stored(struct store *s, struct arena *a, const unsigned char key[RAW_KEY_BYTES], struct reread_report **list,
		  struct err *err);
/* Which of them `r` is: the same content, else the same identity, else the same place. NULL where it is none of them. */
struct reread_report *reread_match(struct store *s, struct reread_report *list, const struct report *r);

enum reread {
	REREAD_SAME,
	REREAD_CHANGED, /* what is stored was replaced, under the same id */
	REREAD_LESS,    /* it was whole and would be cut now: what is stored stays */
};
/* Compares everything that is stored of it, and replaces it where that differs. The sums are filled where it does. On -1
 * nothing of the open transaction is kept. */
int reread_report(struct store *s, const struct reread_report *of, const unsigned char raw[RAW_KEY_BYTES],
		  const struct report *r, struct reread_sums *before, struct reread_sums *after, enum reread *out,
		  struct err *err);
#endif
