/* rebuild: all that is derived, made anew from the facts, or compared with them: classes (schema/classify.h), labels
 * (label.h), packed rows and sums (derive.h). Internal to storage/. Neighbours: ingest.c and verify.c call it. */
#ifndef STORAGE_REBUILD_H
#define STORAGE_REBUILD_H
#include "storage/derive.h"
#include "storage/verify.h"

/* Whether the derived tables are of another version of ruad than this. */
int rebuild_is_due(struct db *db, bool *due, struct err *err);

/* Inside the caller's transaction. */
int rebuild_all(struct db *db, const struct suffixes *list, const struct source_rules *rules, derive_progress *progress,
		void *ctx, struct err *err);

/* Inside the caller's reading: adds to what `out` has of differences. */
int rebuild_compare(struct db *db, const struct suffixes *list, const struct source_rules *rules,
		    derive_progress *progress, void *ctx, struct verified *out, struct err *err);
#endif
