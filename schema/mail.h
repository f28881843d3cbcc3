/* mail: what became of a mail or file that a mailbox gave, and what is remembered of a mailbox.
 * Neighbours: storage/ingest_mail.c keeps both; daemon/role_store.c and the sources speak of them in frames; web/metrics.c. */
#ifndef SCHEMA_MAIL_H
#define SCHEMA_MAIL_H
#include "base/slice.h"

#include <stdint.h>

enum mail_outcome {
	MAIL_READ,    /* at least one report of it is stored, or was here before, and nothing of it was refused */
	MAIL_PARTLY,  /* some of it was read, some refused and kept */
	MAIL_REFUSED, /* nothing of it could be read: it is kept, with the reason */
	MAIL_OUTCOMES
};

struct mail_gave { /* what was in a mail, or a file */
	struct slice sender, subject; /* of its header; NULL ptr: not known */
	int64_t report;               /* number of the first report that it gave or repeated; 0: none */
	int64_t fresh, known, others; /* reports: new, here before, of TLS and of failures */
};

/* How long a mail took from its arrival in the store until it was durable: counted up to each of these bounds. */
enum { MAIL_TOOK_BOUNDS = 5 };
static const int mail_took_ms[MAIL_TOOK_BOUNDS] = { 100, 300, 1000, 3000, 10000 };

struct mailbox_state { /* see the table of that name in facts.sql */
	int64_t validity, done, settled;
	int64_t owner; /* a random number that names the database: the same for all of its mailboxes, above 0 */
};
#endif
