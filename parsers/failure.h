/* failure: the message/feedback-report part of a failure report (RFC 5965 3.1, RFC 6591, RFC 9991; FORMATS 6): header-like
 * fields, folded as in a mail. Neighbours: message.c. */
#ifndef PARSERS_FAILURE_H
#define PARSERS_FAILURE_H
#include "schema/failure_report.h"

/* Reads the decoded body. Unknown fields are passed over, of a repeated one the first counts. False where the body has no
 * field at all. Text is the arena's. */
bool failure_read(struct arena *a, struct slice body, struct failure_report *out);
#endif
