/* status: how ruad itself is: /health for people and load balancers, /metrics for Prometheus. Both ask the daemon what its
 * parts say (web_config.health) and look at the database and its disk themselves.
 * Neighbours: route.c answers with it; health.h, metrics.h. */
#ifndef WEB_STATUS_H
#define WEB_STATUS_H
#include "web/metrics.h"
#include "web/route.h"

/* What is kept of /metrics between two scrapes: the lines that depend on the data and the day alone. */
struct status_cache;
struct status_cache *status_cache_new(void); /* never NULL */
void status_cache_free(struct status_cache *c);

/* All parts: those the daemon knows of, then the database and the disk. Text is the arena's. */
void status_health(const struct site *site, struct arena *a, struct health *out);
/* The first part without which no report comes in: a mailbox, or the store, that failed, or has waited for half a day. NULL where all
 * is well, or no daemon says. */
const struct page_trouble *status_trouble(const struct site *site, struct arena *a, int64_t now_s);
/* Of the database and its raw bytes with their logs; -1 where there is none. */
int64_t status_database_bytes(const struct site *site, struct arena *a);
/* A line each for people, "ok        store: ...", and as JSON. */
void status_text(struct buf *out, const struct health *h);
void status_json(struct buf *out, struct arena *a, const struct health *h);
/* The parts as hints of a page. */
void status_put(struct page *p, struct value *page, const struct health *h);

void status_metrics(const struct site *site, struct arena *a, struct buf *out);
#endif
