/* log: what a person at a terminal or in a journal reads. Only roles and verbs log; libraries return errors.
 * Diagnostics are one line each on standard error, `ruad: WHERE: WHAT` (INTERFACE). Text from outside goes through one
 * quoting function, so no report can write a terminal escape or a second line. */
#ifndef BASE_LOG_H
#define BASE_LOG_H
#include "base/buf.h"

void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Adds all of `s` with control bytes and invalid UTF-8 as \xNN: a line for a terminal that may quote others. */
void log_inert(struct buf *b, struct slice s);
/* Adds `s` with control bytes and invalid UTF-8 as \xNN and a backslash doubled, at most 200 bytes of it. */
void log_quote(struct buf *b, struct slice s);
/* The same for all of it: no two texts come out alike. */
void log_quote_whole(struct buf *b, struct slice s);
#endif
