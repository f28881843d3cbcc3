/* dmarc: an aggregate report's XML to `struct report`, both dialects (RFC 7489 app. C, RFC 9990 app. A; FORMATS 1.1).
 * Elements are matched by local name, in any namespace, order or case. Values are left as INTERFACE says (`ruad parse`).
 * Neighbours: message.c calls it with a stream, xml.c does the XML. */
#ifndef PARSERS_DMARC_H
#define PARSERS_DMARC_H
#include "parsers/stream.h"
#include "schema/report.h"

/* Reads `s` to its end. 0: `out` holds a report (perhaps an incomplete one) whose memory is the arena's; `file` and
 * `member` are left for the caller. -1: `why` says why not; its detail is the arena's. `row_limit` is at most LIMIT_ROWS.
 * `held` gets the document's bytes as far as its ceiling allows, for repair.c; NULL where nobody wants them. */
int dmarc_read(struct arena *a, struct stream *s, int64_t row_limit, struct buf *held, struct report *out,
	       struct reject *why);

/* The content hash of a document: SHA-256 without CRs, cut to REPORT_HASH_BYTES (FORMATS 2.3). */
void dmarc_hash(struct slice document, unsigned char out[REPORT_HASH_BYTES]);

/* Whether the schemas have an element of that local name; whether it never holds another (dkim and spf do). */
bool dmarc_is_known(struct slice name);
bool dmarc_is_leaf(struct slice name);

/* What `begin` and `end` may look like: Unix seconds, fractions cut off; milliseconds above 10^11; calendar dates
 * (FORMATS 3.4). False for what is no time; `odd` gets a word for a warning where it was not plain seconds. */
bool dmarc_time(struct slice text, int64_t *seconds, const char **odd);
/* A whole number of at most 18 digits, "12", "+12", "12.0", "100%". */
bool dmarc_whole(struct slice text, int64_t *out);
#endif
