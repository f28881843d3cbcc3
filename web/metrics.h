/* metrics: numbers in the text format that Prometheus scrapes (exposition format 0.0.4; UX 12). Pure: what is known in, lines
 * out. No label holds an address or a report id; domains are the configured ones, else "other"; text from outside is
 * escaped, and a reporter has a series of its own only where its name is short and among the first.
 * Neighbours: status.c knows the numbers; health.h, traffic.h and storage/query.h hold them. */
#ifndef WEB_METRICS_H
#define WEB_METRICS_H
#include "base/buf.h"
#include "storage/query.h"
#include "web/health.h"
#include "web/traffic.h"

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* What the database holds; `own` and `n` are those that the totals were asked with, `today` the day. */
void metrics_totals(struct buf *out, const struct totals *t, const struct slice *own, size_t n, int64_t today);
/* Alerts that fire, by rule, and by domain where one of `own` is what they are about. */
void metrics_alerts(struct buf *out, const struct alert_lines *alerts, const struct slice *own, size_t n);
void metrics_health(struct buf *out, const struct health *h);
/* The name of route number i, NULL behind the last. */
void metrics_traffic(struct buf *out, const struct traffic *t, const char *(*route_name)(int i));

struct metrics_place { /* where the database lies; -1: not known */
	int64_t database_bytes, raw_bytes, free_bytes;
	bool readable;
};
void metrics_place(struct buf *out, const struct metrics_place *p);

struct metrics_process { /* of the process that answers; -1: not known */
	const char *version;
	int64_t cpu_us, resident_bytes, virtual_bytes, open_fds, most_fds, start_s;
};
void metrics_process(struct buf *out, const struct metrics_process *p);
#endif
