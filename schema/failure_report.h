/* failure_report: one failure report (RFC 9991, RFC 6591; FORMATS 6): the fields of its feedback part and nothing of the
 * mail that failed, since both hold personal data. Text trimmed, empty is absent. Neighbours: parsers/failure.c. */
#ifndef SCHEMA_FAILURE_REPORT_H
#define SCHEMA_FAILURE_REPORT_H
#include "base/arena.h"
#include "base/buf.h"

enum failure_field { /* in the order of INTERFACE */
	FAILURE_FEEDBACK_TYPE,
	FAILURE_AUTH_FAILURE,
	FAILURE_REPORTED_DOMAIN,
	FAILURE_SOURCE_IP,
	FAILURE_DELIVERY_RESULT,
	FAILURE_IDENTITY_ALIGNMENT,
	FAILURE_AUTHENTICATION_RESULTS,
	FAILURE_DKIM_DOMAIN,
	FAILURE_DKIM_SELECTOR,
	FAILURE_SPF_DNS,
	FAILURE_ORIGINAL_MAIL_FROM,
	FAILURE_ARRIVAL_DATE,
	FAILURE_INCIDENTS,
	FAILURE_FIELDS
};

struct failure_report {
	struct slice file, member;
	struct slice field[FAILURE_FIELDS];
};

/* "feedback_type", ...: the key in JSON lines. */
const char *failure_field_key(enum failure_field f);
/* "Feedback-Type", ...: the field of the report. */
const char *failure_field_name(enum failure_field f);

int failure_report_encode(struct buf *out, const struct failure_report *r);
int failure_report_decode(struct slice wire, struct failure_report *out);
#endif
