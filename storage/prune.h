/* prune: what is older than it need be is removed, in slices that neither hold up readers nor let the log grow.
 * Neighbours: ingest.c owns the store; daemon/command_prune.c asks. */
#ifndef STORAGE_PRUNE_H
#define STORAGE_PRUNE_H
#include "schema/retention.h"
#include "storage/ingest.h"

struct pruned { /* how many of each kind */
	int64_t reports, rejects, tls_reports, failure_reports;
	int64_t raw;     /* mails and files whose bytes alone went: their reports stay */
	int64_t orphans; /* whose bytes went with all that named them, or that nothing had named */
};

/* Removes what is too old at `now_s`, or only counts it. On -1 what was removed so far stays removed. */
int store_prune(struct store *s, const struct retention *keep, int64_t now_s, bool dry_run, struct pruned *out,
		struct err *err);

/* Removes the reports about days before `before_day` with all that was derived from them, a part of a day at a time. */
int store_prune_reports(struct store *s, int64_t before_day, int64_t *removed, struct err *err);
#endif
