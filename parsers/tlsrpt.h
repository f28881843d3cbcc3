/* tlsrpt: an SMTP TLS report's JSON (RFC 8460 4.4) to `struct tls_report`, with the deviations of FORMATS 7. The only
 * jansson user. Neighbours: message.c. */
#ifndef PARSERS_TLSRPT_H
#define PARSERS_TLSRPT_H
#include "parsers/stream.h"
#include "schema/tls_report.h"

/* Reads `s` to its end, at most LIMIT_JSON_BYTES. 0: `out` is the arena's, `file` and `member` are left for the caller.
 * -1: `why`; REJECT_NOT_JSON for what does not parse, REJECT_NO_REPORT for JSON of another kind. */
int tlsrpt_read(struct arena *a, struct stream *s, struct tls_report *out, struct reject *why);
#endif
