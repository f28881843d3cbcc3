/* prune: see prune.h. Each slice is a transaction of its own; between two of them others may write. */
#include "storage/prune.h"

#include "base/text.h"
#include "schema/limits.h"
#include "storage/store.h"

enum { SLICE_ITEMS = 2000, DAY_S = 86400, NO_DAY = INT32_MIN };

/* An import keeps bytes before it commits what names them: nothing this young is swept. */
enum { YOUNG_S = 3600 };

/* A kind whose entries stand alone: the ids of the oldest, and what removes one. */
struct kind {
	enum sql older; /* received before ?1, at most ?2 (-1: all) */
	enum sql deletes[3];
	int delete_count;
};

static const struct kind rejects = { SQL_REJECTS_OLDER, { SQL_REJECT_DELETE }, 1 };
static const struct kind tls_reports = { SQL_TLS_REPORTS_OLDER,
					 { SQL_TLS_FAILURES_DELETE, SQL_TLS_POLICIES_DELETE, SQL_TLS_REPORT_DELETE },
					 3 };
static const struct kind failure_reports = { SQL_FAILURE_REPORTS_OLDER, { SQL_FAILURE_REPORT_DELETE }, 1 };

static int remove_one(struct store *s, const enum sql *deletes, int n, int64_t id, struct err *err)
{
	for (int i = 0; i < n; i++) {
		struct statement *st = db_statement(store_db(s), deletes[i]);

		bind_int(st, 1, id);
		if (statement_run(st, NULL, err) != 0)
			return -1;
	}
	store_changed(s, 1);
	return 0;
}

/* --- kinds that stand alone --- */

static int count_older(struct store *s, const struct kind *k, int64_t before_s, int64_t *n, struct err *err)
{
	struct statement *st = db_statement(store_db(s), k->older);
	int rc;

	bind_int(st, 1, before_s);
	bind_int(st, 2, -1);
	while ((rc = statement_step(st, err)) == 1)
		++*n;
	return rc;
}

/* How many were removed, or -1. */
static int remove_slice(struct store *s, const struct kind *k, int64_t before_s, struct err *err)
{
	struct statement *st;
	int64_t ids[SLICE_ITEMS];
	int n = 0, rc;

	if (store_begin(s, err) != 0)
		return -1;
	st = db_statement(store_db(s), k->older);
	bind_int(st, 1, before_s);
	bind_int(st, 2, SLICE_ITEMS);
	while ((rc = statement_step(st, err)) == 1)
		ids[n++] = column_int(st, 0);
	for (int i = 0; rc == 0 && i < n; i++)
		rc = remove_one(s, k->deletes, k->delete_count, ids[i], err);
	return rc == 0 && store_commit(s, err) == 0 ? n : -1;
}

static int prune_kind(struct store *s, const struct kind *k, int64_t before_s, bool dry_run, int64_t *n, struct err *err)
{
	int removed = SLICE_ITEMS;

	if (dry_run)
		return count_older(s, k, before_s, n, err);
	while (removed == SLICE_ITEMS) {
		if ((removed = remove_slice(s, k, before_s, err)) < 0)
			return store_roll_back(s);
		*n += removed;
	}
	return 0;
}

/* --- reports --- */

/* The oldest day with reports, NO_DAY where there is none. */
static int oldest_day(struct store *s, int64_t *day, struct err *err)
{
	struct statement *st = db_statement(store_db(s), SQL_FIRST_DAY);
	int rc = statement_step(st, err);

	*day = rc == 1 && !column_is_null(st, 0) ? column_int(st, 0) : NO_DAY;
	statement_reset(st);
	return rc < 0 ? -1 : 0;
}

/* How many reports of the day were removed, 0 where none is left, or -1. */
static int remove_reports(struct store *s, int64_t day, struct err *err)
{
	struct statement *st = db_statement(store_db(s), SQL_REPORTS_TO_PRUNE);
	int64_t ids[SLICE_ITEMS], rows = 0;
	int n = 0, rc = 0;

	bind_int(st, 1, day);
	while (n < SLICE_ITEMS && rows < LIMIT_COMMIT_ROWS && (rc = statement_step(st, err)) == 1) {
		ids[n++] = column_int(st, 0);
		rows += column_int(st, 1);
	}
	statement_reset(st);
	for (int i = 0; rc >= 0 && i < n; i++)
		rc = store_delete_report(s, ids[i], err);
	store_changed(s, n);
	return rc < 0 ? -1 : n;
}

int store_prune_reports(struct store *s, int64_t before_day, int64_t *removed, struct err *err)
{
	int64_t day;
	int n;

	for (;;) {
		if (store_begin(s, err) != 0 || oldest_day(s, &day, err) != 0)
			return store_roll_back(s);
		if (day == NO_DAY || day >= before_day)
			return store_commit(s, err);
		if ((n = remove_reports(s, day, err)) < 0)
			return store_roll_back(s);
		if (store_commit(s, err) != 0)
			return -1;
		*removed += n;
	}
}

static int prune_reports(struct store *s, int64_t before_day, bool dry_run, int64_t *n, struct err *err)
{
	struct statement *st;

	if (!dry_run)
		return store_prune_reports(s, before_day, n, err);
	st = db_statement(store_db(s), SQL_REPORTS_BEFORE);
	bind_int(st, 1, before_day);
	return statement_run(st, n, err);
}

/* --- bytes --- */

struct terms { /* what is before one of these goes */
	int64_t report_day, reject_s, raw_s, young_s;
};

/* What becomes of one item: where `goes`, it is counted in one of `out`. */
static int judge(struct store *s, const struct terms *t, const struct raw_at *at, struct pruned *out, bool *goes,
		 struct err *err)
{
	struct statement *st = db_statement(store_db(s), SQL_RAW_NAMED);
	bool by[2] = { false, false }; /* a report, a refusal */
	int rc;

	bind_blob(st, 1, at->key, RAW_KEY_BYTES);
	bind_int(st, 2, t->report_day);
	bind_int(st, 3, t->reject_s);
	while ((rc = statement_step(st, err)) == 1)
		by[column_int(st, 0) != 0] = true;
	*goes = !by[1] && (!by[0] || at->received_s < t->raw_s);
	out->raw += *goes && by[0];
	out->orphans += *goes && !by[0];
	return rc;
}

/* Under the database's write lock, so that nobody is about to name what is looked at. How many were looked at, or -1. */
static int prune_raw_slice(struct store *s, const struct terms *t, bool dry_run, struct raw_at *after, struct pruned *out,
			   struct err *err)
{
	struct raw_at at[SLICE_ITEMS];
	bool goes;
	int n;

	if (store_begin(s, err) != 0 || (n = raw_older(store_raw(s), after, t->young_s, at, SLICE_ITEMS, err)) < 0)
		return -1;
	for (int i = 0; i < n; i++)
		if (judge(s, t, &at[i], out, &goes, err) != 0 ||
		    (goes && !dry_run && raw_delete(store_raw(s), at[i].key, err) != 0))
			return -1;
	if (n > 0)
		*after = at[n - 1];
	return store_commit(s, err) == 0 ? n : -1;
}

static int prune_raw(struct store *s, const struct terms *t, bool dry_run, struct pruned *out, struct err *err)
{
	struct raw_at after = { .received_s = INT64_MIN };
	int n = SLICE_ITEMS;

	while (n == SLICE_ITEMS)
		if ((n = prune_raw_slice(s, t, dry_run, &after, out, err)) < 0)
			return store_roll_back(s);
	return 0;
}

static int64_t before(int64_t now_s, int64_t days)
{
	return days > 0 ? now_s - days * DAY_S : INT64_MIN;
}

int store_prune(struct store *s, const struct retention *keep, int64_t now_s, bool dry_run, struct pruned *out,
		struct err *err)
{
	const struct terms t = { .report_day = keep->report_days > 0 ?
						       text_floor_div(now_s, DAY_S) - keep->report_days :
						       INT64_MIN,
				 .reject_s = before(now_s, keep->reject_days),
				 .raw_s = before(now_s, keep->raw_days),
				 .young_s = now_s - YOUNG_S };

	*out = (struct pruned){ 0 };
	if (prune_reports(s, t.report_day, dry_run, &out->reports, err) != 0 ||
	    prune_kind(s, &rejects, t.reject_s, dry_run, &out->rejects, err) != 0 ||
	    prune_kind(s, &tls_reports, before(now_s, keep->tls_days), dry_run, &out->tls_reports, err) != 0 ||
	    prune_kind(s, &failure_reports, before(now_s, keep->failure_days), dry_run, &out->failure_reports, err) != 0 ||
	    prune_raw(s, &t, dry_run, out, err) != 0)
		return -1;
	return dry_run || (db_shrink(store_db(s), err) == 0 && db_shrink(raw_db(store_raw(s)), err) == 0) ? 0 : -1;
}
