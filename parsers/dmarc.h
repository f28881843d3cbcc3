/* dmarc: an aggregate report's XML to `struct report`, both dialects (RFC 7489 app. C, RFC 9990 app. A; FORMATS 1.1).
 * Elements are matched by local name, in any namespace, order or case. Values are left as INTERFACE says (`ruad parse`).
 * Neighbours: message.c calls it with a stream, xml.c does the XML. */
#ifndef PARSERS_DMARC_H
#define PARSERS_DMARC_H
#include "parsers/stream.h"
#include "schema/report.h"

/* Reads `s` to its end. 0: `out` holds a report (perhaps an incomplete one) whose memory is the arena's; `file` and
 * `member` are left for the caller. -1: `why` says why not; its detail is the arena's. `row_limit` is at most LIMIT_ROWS. */
int dmarc_read(struct arena *a, struct stream *s, int64_t row_limit, struct report *out, struct reject *why);

/* What `begin` and `end` may look like: Unix seconds, fractions cut off; milliseconds above 10^11; calendar dates
 * (FORMATS 3.4). False for what is no time; `odd` gets a word for a warning where it was not plain seconds. */
bool dmarc_time(struct slice text, int64_t *seconds, const char **odd);
/* A whole number of at most 18 digits, "12", "+12", "12.0", "100%". */
bool dmarc_whole(struct slice text, int64_t *out);
#endif
