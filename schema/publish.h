/* publish: the record to publish for a step, as what changes of the one that is there, and the way back to that one (UX 7.2).
 * Every tag that the step or a choice does not name is carried over as it is and where it is, rua among them. Records come from
 * DNS: a tag with anything but printable ASCII in it is not carried over, and counted. Pure.
 * Neighbours: record_dmarc.h reads and checks records, step.h says what each step asks. */
#ifndef SCHEMA_PUBLISH_H
#define SCHEMA_PUBLISH_H
#include "schema/record_dmarc.h"
#include "schema/step.h"

enum {
	PUBLISH_PART_PCT = 25,   /* of STEP_PART where nobody chose another */
	PUBLISH_TTL_S = 3600,    /* of a new record, and of one whose TTL is not known */
	PUBLISH_LOW_TTL_S = 300, /* before a change, so that the way back is short */
	PUBLISH_LOW_AHEAD_S = 86400,
	PUBLISH_STRING_BYTES = 255, /* of one string of a TXT record (RFC 1035 3.3) */
};

struct publish_ask {
	struct slice domain;        /* in normal form: the record stands at _dmarc.DOMAIN */
	struct slice current;       /* its record, strings joined, one that dmarc_is_record takes; NULL ptr: there is none */
	struct slice above;         /* where there is none: the record found further up, whose rua a new one takes; NULL ptr: none */
	int64_t ttl_s;              /* of the current record; 0: not known */
	enum step step;             /* not STEP_UNKNOWN */
	int pct;                    /* of a part, 1 to 99; 0: PUBLISH_PART_PCT */
	enum policy_word sp, np;    /* POLICY_ABSENT: as in the current record */
	char adkim, aspf;           /* 'r', 's'; 0: as in the current record */
};

/* The texts of kept and removed tokens together are the current record, those of kept and added ones the new record; in removed
 * ones each byte that is not printable ASCII is written as a backslash and three digits. No two of the same kind stand next to each
 * other. */
struct publish_token {
	enum publish_change { PUBLISH_KEPT, PUBLISH_REMOVED, PUBLISH_ADDED } change;
	struct slice text;
};

struct publish_back { /* to what was there */
	bool remove;          /* there was no record: take the new one out */
	struct slice text;    /* the previous record; unprintable bytes as above, which a zone file takes and a web form may not */
	struct slice zone;    /* as a zone line, with `ttl_after_s`; NULL ptr where there was none */
	bool escaped;         /* there are such bytes */
	bool ttl_known;
	int64_t ahead_s;      /* so long before the change the TTL is to be lowered: a day, or the old TTL where that is longer */
	int64_t ttl_before_s; /* to this: 300, or the old one where that is lower */
	int64_t ttl_after_s;  /* and back to this afterwards: the old one */
	int64_t kept_s;       /* how long a receiver may go by the old record where the TTL was not lowered; where it was: ttl_before_s */
};

struct publish {
	struct slice text; /* the new record, printable ASCII */
	struct slice zone; /* one line: name, TTL, IN TXT, strings of at most 255 bytes, quoted and escaped */
	const struct publish_token *token;
	size_t tokens;
	bool changed;      /* false: what the step asks for is published already */
	size_t dropped;    /* tags that were not carried over, for what is in them */
	struct dmarc_record record; /* the new one, read: `record.seen` tells the step of each name below it (step_of) */
	struct publish_back back;
	struct lint lint;  /* findings about the new record (dmarc_lint): pct without t, t without pct, ... and errors */
};

/* All of `out` is the arena's, or points into `ask`. `dns` tells whether others take the reports; see lint.h. */
void publish_plan(struct arena *a, const struct lint_dns *dns, const struct suffixes *list, const struct publish_ask *ask,
		  struct publish *out);
#endif
