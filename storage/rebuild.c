/* rebuild: see rebuild.h. */
#include "storage/rebuild.h"

#include "base/text.h"
#include "storage/label.h"
#include "storage/rejudge.h"

#include <stdio.h>

int rebuild_is_due(struct db *db, bool *due, struct err *err)
{
	struct statement *s = db_statement(db, SQL_META_GET);
	int64_t version = 0;

	bind_text(s, 1, SLICE("derived"));
	if (statement_run(s, &version, err) != 0)
		return -1;
	*due = version != DB_DERIVED_VERSION;
	return 0;
}

/* --- classes --- */

static int read_reasons(struct db *db, struct arena *a, int64_t profile, struct row *row, struct err *err)
{
	struct statement *s = db_statement(db, SQL_PROFILE_REASONS_OF);
	struct reason **end = &row->reasons;
	int rc;

	bind_int(s, 1, profile);
	while ((rc = statement_step(s, err)) == 1) {
		*end = arena_alloc(a, sizeof **end);
		(*end)->type = text_copy(a, column_text(s, 0));
		(*end)->comment = text_copy(a, column_text(s, 1));
		end = &(*end)->next;
	}
	return rc;
}

struct classed { /* one profile as it should stand in profile_class, but for its source */
	int64_t id;
	struct judgement verdict;
	enum stated stated;
	unsigned facts;
};

/* What the present row of profiles_facts means. */
static int class_of(struct db *db, struct arena *a, const struct suffixes *list, struct statement *s, struct row *row,
		    struct classed *out, struct err *err)
{
	*row = (struct row){ .header_from = column_text(s, 1), .envelope_from = column_text(s, 2),
			     .disposition = column_text(s, 3), .dkim = column_text(s, 4), .spf = column_text(s, 5) };
	out->id = column_int(s, 0);
	if (read_reasons(db, a, out->id, row, err) != 0 || label_read_auths(db, a, out->id, row, err) != 0)
		return -1;
	out->verdict = classify_row(a, list, column_text(s, 6), column_text(s, 7), row);
	out->stated = classify_stated(row->reasons);
	out->facts = evidence_of(a, list, row, &out->verdict);
	return 0;
}

static int64_t passes_of(const struct judgement *v)
{
	return v->dkim_pass | v->spf_pass << 1;
}

static int class_add(struct db *db, const struct classed *c, struct err *err)
{
	struct statement *s = db_statement(db, SQL_PROFILE_CLASS_ADD);
	const int64_t values[] = { c->id, c->verdict.split, c->verdict.disposition, passes_of(&c->verdict),
				   c->verdict.flags, c->stated, c->facts, 0 };

	for (int i = 0; i < 8; i++)
		bind_int(s, i + 1, values[i]);
	return statement_run(s, NULL, err);
}

static int class_compare(struct db *db, const struct classed *c, int64_t source, bool *same, struct err *err)
{
	struct statement *s = db_statement(db, SQL_PROFILE_CLASS_GET);
	const int64_t values[] = { c->verdict.split, c->verdict.disposition, passes_of(&c->verdict), c->verdict.flags,
				   c->stated, c->facts, source };
	int rc;

	bind_int(s, 1, c->id);
	if ((rc = statement_step(s, err)) < 0)
		return -1;
	*same = rc == 1;
	for (int i = 0; i < 7; i++)
		*same = *same && column_int(s, i) == values[i];
	statement_reset(s);
	return 0;
}

/* Every profile judged anew: written, or compared where `out` is given. */
static int classes(struct db *db, const struct suffixes *list, const struct source_rules *rules, struct verified *out,
		   struct err *err)
{
	struct statement *all = db_statement(db, SQL_PROFILES_FACTS);
	struct arena scratch = { 0 };
	int rc;

	while ((rc = statement_step(all, err)) == 1) {
		struct row row;
		struct classed c;
		bool same = true;

		if ((rc = class_of(db, &scratch, list, all, &row, &c, err)) != 0)
			break;
		rc = out == NULL ? class_add(db, &c, err) :
				   class_compare(db, &c, label_profile(&scratch, rules, &row), &same, err);
		if (rc != 0)
			break;
		if (!same && out->different++ == 0)
			snprintf(out->first, sizeof out->first, "the class of profile %lld", (long long)c.id);
		arena_clear(&scratch);
	}
	statement_reset(all);
	arena_release(&scratch);
	return rc;
}

/* --- labels --- */

static int compare_labels(struct db *db, const struct source_rules *rules, struct verified *out, struct err *err)
{
	struct statement *all = db_statement(db, SQL_ADDRESSES_KNOWN);
	int64_t id, source;
	int rc;

	while ((rc = label_next_address(all, rules, &id, &source, err)) == 1) {
		struct statement *s = db_statement(db, SQL_ADDRESS_SOURCE_OF);
		int64_t stored = 0;

		bind_int(s, 1, id);
		if (statement_run(s, &stored, err) != 0) {
			statement_reset(all);
			return -1;
		}
		if (source != stored && out->different++ == 0)
			snprintf(out->first, sizeof out->first, "the source of address %lld", (long long)id);
	}
	return rc;
}

static int compare_table(struct db *db, struct verified *out, struct err *err)
{
	enum applied applied;
	size_t n;
	const struct verdict_rule *rules = verdict_rules(&n);

	if (rejudge_applied(db, rules, n, &applied, err) != 0)
		return -1;
	if (applied != APPLIED_THIS && out->different++ == 0)
		snprintf(out->first, sizeof out->first, "the table of verdicts");
	return 0;
}

/* --- all --- */

static int mark_done(struct db *db, struct err *err)
{
	int64_t reports = 0;
	struct statement *s = db_statement(db, SQL_META_SET);

	bind_text(s, 1, SLICE("derived"));
	bind_int(s, 2, DB_DERIVED_VERSION);
	if (statement_run(s, NULL, err) != 0 || statement_run(db_statement(db, SQL_REPORT_COUNT), &reports, err) != 0)
		return -1;
	s = db_statement(db, SQL_META_SET);
	bind_text(s, 1, SLICE("reports"));
	bind_int(s, 2, reports);
	return statement_run(s, NULL, err);
}

int rebuild_all(struct db *db, const struct suffixes *list, const struct source_rules *rules, derive_progress *progress,
		void *ctx, struct err *err)
{
	struct meaning m = { 0 };
	int rc = db_make_derived(db, err) == 0 && classes(db, list, rules, NULL, err) == 0 && label_all(db, rules, err) == 0 ?
			 meaning_load(&m, db, err) :
			 -1;

	if (rc == 0)
		rc = derive_all(db, &m, progress, ctx, err);
	meaning_release(&m);
	return rc == 0 ? mark_done(db, err) : -1;
}

int rebuild_compare(struct db *db, const struct suffixes *list, const struct source_rules *rules,
		    derive_progress *progress, void *ctx, struct verified *out, struct err *err)
{
	struct meaning m = { 0 };
	int64_t different = 0;
	char where[sizeof out->first];
	int rc = compare_table(db, out, err) == 0 && classes(db, list, rules, out, err) == 0 && compare_labels(db, rules, out, err) == 0 ?
			 meaning_load(&m, db, err) :
			 -1;

	if (rc == 0)
		rc = derive_compare(db, &m, progress, ctx, &different, where, sizeof where, err);
	meaning_release(&m);
	if (rc == 0 && out->different == 0 && different > 0)
		snprintf(out->first, sizeof out->first, "%s", where);
	out->different += different;
	return rc;
}
