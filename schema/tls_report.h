/* tls_report: one SMTP TLS report (RFC 8460 4.4; FORMATS 7), as written: text trimmed, empty is absent. All memory belongs
 * to one arena. Policies of a report are never added together: one session may count under several (FORMATS 7).
 * Neighbours: parsers/tlsrpt.c fills it, storage/ingest.c keeps it. */
#ifndef SCHEMA_TLS_REPORT_H
#define SCHEMA_TLS_REPORT_H
#include "schema/report.h"

enum { TLS_NO_COUNT = -1 };

struct tls_failure {
	struct slice result_type, sending_mta_ip, receiving_mx_hostname, receiving_mx_helo, receiving_ip,
		additional_information, failure_reason_code;
	int64_t failed; /* sessions, or TLS_NO_COUNT */
	struct tls_failure *next;
};

struct tls_policy {
	struct slice policy_type, policy_domain;
	struct note *mx_host, *policy_string;
	int64_t successful, failed; /* sessions, or TLS_NO_COUNT */
	struct tls_failure *failures;
	struct tls_policy *next;
};

struct tls_report {
	struct slice file, member;
	struct slice organization_name, contact_info, report_id, start, end;
	struct tls_policy *policies;
};

/* As report_encode and report_decode. */
int tls_report_encode(struct buf *out, const struct tls_report *r);
int tls_report_decode(struct arena *a, struct slice wire, struct tls_report *out);
#endif
