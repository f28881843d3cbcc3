/* rejudge: what the rules of verdicts, and those that name senders, take for something else than the ones that were applied before
 * them: the old table with the old facts and the old labels, and the new, over all history. What was last applied stands in the
 * derived tables. Internal to storage/. Neighbours: ingest.c, which applies rules; meaning.h; schema/verdict.h. */
#ifndef STORAGE_REJUDGE_H
#define STORAGE_REJUDGE_H
#include "schema/verdict.h"
#include "storage/ingest.h"
#include "storage/meaning.h"

struct rejudge { /* as it was before; all zeros: nothing was applied yet */
	struct arena memory;
	struct verdict_rule *rule;
	size_t n;
	struct meaning meaning;
};

/* Reads what was last applied, before anything of it changes. Inside the caller's transaction, as all of these. */
int rejudge_begin(struct rejudge *j, struct db *db, struct err *err);
/* Writes the table, now that facts and labels are new, and says which messages are taken for something else; `out` belongs to the
 * arena. */
int rejudge_finish(struct rejudge *j, struct db *db, const struct verdict_rule *rules, size_t n, struct arena *a, struct verdict_moves *out,
		   struct err *err);
void rejudge_release(struct rejudge *j);

/* Whether this table was the last that was applied, with facts of this meaning (VERDICT_VERSION). */
enum applied { APPLIED_NONE, APPLIED_ANOTHER, APPLIED_THIS };
int rejudge_applied(struct db *db, const struct verdict_rule *rules, size_t n, enum applied *out, struct err *err);
#endif
