/* parse_line: a report as one line of JSON, in the keys of INTERFACE (`ruad parse`). Stable: other programs check it. */
#ifndef DAEMON_PARSE_LINE_H
#define DAEMON_PARSE_LINE_H
#include "base/buf.h"
#include "schema/classify.h"
#include "schema/failure_report.h"
#include "schema/reject.h"
#include "schema/tls_report.h"

/* Appends the line, newline included. `list` is for the trust of rows whose results are absent. */
void parse_line_report(struct buf *out, const struct report *r, const struct suffixes *list);
/* {"kind":"tlsrpt",...} and {"kind":"arf",...}. */
void parse_line_tls(struct buf *out, const struct tls_report *r);
void parse_line_failure(struct buf *out, const struct failure_report *r);
/* {"kind":"unparseable",...}: for a file that holds no report. */
void parse_line_reject(struct buf *out, const struct reject *r);
#endif
