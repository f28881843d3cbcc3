/* verify: see verify.h. */
#include "storage/verify.h"

#include "base/text.h"
#include "storage/label.h"
#include "storage/raw.h"
#include "storage/rebuild.h"

#include <stdio.h>
#include <unistd.h>

enum { AT_ONCE = 500 };

/* Other rules than those last applied would make every sum by source look wrong. */
static int check_rules(struct db *db, const struct source_rules *rules, bool *same, struct err *err)
{
	struct statement *s = db_statement(db, SQL_META_GET);
	struct arena scratch = { 0 };
	int rc;

	bind_text(s, 1, SLICE("rules"));
	if ((rc = statement_step(s, err)) >= 0)
		*same = rc == 1 && slice_eq(column_text(s, 0), label_fingerprint(&scratch, rules));
	statement_reset(s);
	arena_release(&scratch);
	return rc < 0 ? -1 : 0;
}

static int check_tables(struct db *db, const struct suffixes *list, const struct source_rules *rules,
			store_progress *progress, void *ctx, struct verified *out, struct err *err)
{
	bool same_rules = false;

	if (statement_run(db_statement(db, SQL_REPORT_COUNT), &out->reports, err) != 0 ||
	    check_rules(db, rules, &same_rules, err) != 0)
		return -1;
	if (!same_rules) {
		out->different = 1;
		snprintf(out->first, sizeof out->first, "the rules of the configuration are not those last applied");
	} else if (rebuild_compare(db, list, rules, progress, ctx, out, err) != 0) {
		return -1;
	}
	return db_check(db, &out->sound, out->different == 0 ? out->first : NULL, sizeof out->first, err);
}

static void check_one(struct raw *raw, const struct raw_at *at, struct verified *out)
{
	struct arena scratch = { 0 };
	struct slice bytes;
	struct err why;

	out->kept++;
	if (raw_get(raw, &scratch, at->key, &bytes, &why) != 1 && out->damaged++ == 0 && out->first[0] == '\0')
		snprintf(out->first, sizeof out->first, "kept bytes that came at %lld", (long long)at->received_s);
	arena_release(&scratch);
}

static int check_bytes(const char *path, struct verified *out, struct err *err)
{
	struct raw_at after = { .received_s = INT64_MIN }, at[AT_ONCE];
	char raw_file[RAW_PATH_BYTES];
	struct raw *raw;
	int n = AT_ONCE;

	if (raw_path(path, raw_file, err) != 0)
		return -1;
	if (access(raw_file, F_OK) != 0)
		return 0;
	if (raw_open(path, DB_READ, &raw, err) != 0)
		return -1;
	while (n == AT_ONCE && (n = raw_older(raw, &after, INT64_MAX, at, AT_ONCE, err)) > 0) {
		for (int i = 0; i < n; i++)
			check_one(raw, &at[i], out);
		after = at[n - 1];
	}
	raw_close(raw);
	return n < 0 ? -1 : 0;
}

int verify_database(const char *path, const struct suffixes *list, const struct source_rules *rules,
		    store_progress *progress, void *ctx, struct verified *out, struct err *err)
{
	struct verified found = { 0 };
	struct db *db;
	int rc;

	if (db_open(path, DB_READ, &db, err) != 0)
		return -1;
	rc = statement_run(db_statement(db, SQL_READ_BEGIN), NULL, err);
	if (rc == 0)
		rc = check_tables(db, list, rules, progress, ctx, &found, err);
	statement_run(db_statement(db, SQL_READ_END), NULL, NULL);
	db_close(db);
	if (rc == 0)
		rc = check_bytes(path, &found, err);
	if (rc == 0)
		*out = found;
	return rc;
}
