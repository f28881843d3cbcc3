/* given: runs the front door of the parsers (parsers/message.h) and holds all that it gives out against what the store
 * will ask of it: every report, TLS report, failure report and reject must survive its own wire form, stay within the
 * limits, and be given once. Neighbours: fuzz_mail.c, fuzz_unpack.c, fuzz_aggregate.c. */
#ifndef TESTS_FUZZ_GIVEN_H
#define TESTS_FUZZ_GIVEN_H
#include "parsers/message.h"

/* Lower than limits.h, so that an input that reaches a ceiling costs milliseconds: the code is the same. */
extern const struct message_limits given_limits;

/* Aborts where a check fails. Reads twice where `again`: both must give the same. */
void given_check(struct slice bytes, bool again);
/* One report alone: encoded, decoded, encoded again, and both frames the same. */
void given_check_report(const struct report *r);
void given_check_tls(const struct tls_report *r);
void given_check_failure(const struct failure_report *r);
void given_check_reject(const struct reject *r);
#endif
