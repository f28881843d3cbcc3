/* demo_dns: what DNS says of the demo's invented university, through its eight weeks: the records that its reports tell of, and
 * some faults to be found. Nothing is asked of anybody. Neighbours: demo.h has its mail; command_demo.c stores both. */
#ifndef DAEMON_DEMO_DNS_H
#define DAEMON_DEMO_DNS_H
#include "storage/ingest.h"

/* To be called once the reports up to `last_day` are committed: looks up what these make matter, as the daemon would have.
 * Writes as store_report. */
int demo_dns_fill(struct store *s, int64_t last_day, struct err *err);
#endif
