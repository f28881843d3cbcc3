/* reject: why some bytes gave no report. Data, not drama (HOUSE, three kinds of wrong): a code that never changes its
 * meaning, the place, and a sentence for a person. Stored with its bytes, shown, retryable. */
#ifndef SCHEMA_REJECT_H
#define SCHEMA_REJECT_H
#include "base/buf.h"
#include "base/slice.h"

#include <stdint.h>

enum reject_code {
	REJECT_NONE,
	REJECT_EMPTY,        /* nothing in it, or blanks */
	REJECT_NO_REPORT,    /* read in full, and it holds no report */
	REJECT_TOO_LARGE,    /* over a byte ceiling */
	REJECT_TOO_MANY,     /* over a count ceiling: rows, parts, entries */
	REJECT_TOO_DEEP,     /* over a nesting ceiling */
	REJECT_DAMAGED,      /* an archive or stream that does not unpack */
	REJECT_ENCRYPTED,    /* an archive that wants a password */
	REJECT_DOCTYPE,      /* a document type declaration: refused whatever it declares */
	REJECT_NOT_XML,      /* XML that does not parse */
	REJECT_NOT_DMARC,    /* XML of another kind */
	REJECT_NOT_JSON,     /* JSON that does not parse */
	REJECT_FAILURE_REPORT, /* a failure report that has none of its fields */
	REJECT_FOREIGN,      /* a report for a domain that is not configured */
	REJECT_DIED,         /* the parser died over it, or answered nonsense, twice */
	REJECT_SLOW,         /* the parser took longer than LIMIT_PARSE_MS, twice */
	REJECT_CODES
};

struct reject {
	enum reject_code code;
	struct slice file, member; /* where: the file as given, the path of parts inside it */
	int64_t line;              /* of the document, 0 where it does not apply */
	struct slice detail;       /* one sentence, safe to show after escaping */
};

/* Appends the wire form; reads exactly one back, text pointing into `wire`: false for anything else. */
void reject_encode(struct buf *out, const struct reject *r);
bool reject_decode(struct slice wire, struct reject *out);

/* "empty", "no-report", ...: what is stored, printed and filtered by. */
const char *reject_name(enum reject_code code);
/* What happened, for a person who never saw the code. */
const char *reject_sentence(enum reject_code code);
#endif
