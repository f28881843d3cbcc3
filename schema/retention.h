/* retention: how long each kind is kept, in days; 0 is for ever. Neighbours: daemon/config.c reads it, storage/prune.c
 * follows it. */
#ifndef SCHEMA_RETENTION_H
#define SCHEMA_RETENTION_H
#include <stdint.h>

struct retention {
	int64_t raw_days;     /* bytes of reports, from when they came; the report stays */
	int64_t reject_days;  /* refusals with their bytes, from when they came */
	int64_t report_days;  /* reports with their rows and bytes, from the day they are about */
	int64_t tls_days;     /* SMTP TLS reports, from when they came */
	int64_t failure_days; /* failure reports, from when they came */
};
#endif
