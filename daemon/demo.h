/* demo: an invented university, 8 weeks of its reports, made from a seed. It tells the story of UX 7.2: p=none, then a
 * rehearsal at p=quarantine; pct=0; t=y in the middle. Same seed and last day, same reports, on any machine.
 * Neighbours: command_demo.c stores them through the same ingest as real ones. */
#ifndef DAEMON_DEMO_H
#define DAEMON_DEMO_H
#include "base/arena.h"
#include "schema/domain.h"
#include "schema/report.h"
#include "schema/source_rule.h"
#include "schema/tls_report.h"

#include <stdint.h>

enum { DEMO_DAYS = 56, DEMO_SEED = 1 };

/* Calls `put` once per report, days in order, the last on `last_day`. A report lives until `put` returns; nonzero from
 * `put` ends it and is returned. */
int demo_reports(uint64_t seed, int64_t last_day, int (*put)(void *ctx, const struct report *r), void *ctx);

/* The same of SMTP TLS reports: an old certificate on one mail exchanger fails until it is renewed, some days after the change. */
int demo_tls_reports(uint64_t seed, int64_t last_day, int (*put)(void *ctx, const struct tls_report *r), void *ctx);

/* Who looks after its domains. Static. */
struct domain_owners demo_domain_owners(void);
/* The sources that the demo's operator has named. Static. */
struct source_rules demo_source_rules(void);
#endif
