/* migrate: see migrate.h. */
#include "storage/migrate.h"

#include "storage/raw.h"

#include <assert.h>

/* 1 a refusal was moved, 0 there is none above `*after`, -1 err. */
static int move_reject(struct db *db, struct raw *raw, int64_t *after, struct err *err)
{
	struct statement *from = db_statement(db, SQL_MIGRATE_0002_REJECT), *to = db_statement(db, SQL_MIGRATE_0002_MOVED);
	unsigned char key[RAW_KEY_BYTES];
	int rc;

	bind_int(from, 1, *after);
	if ((rc = statement_step(from, err)) != 1)
		return rc;
	*after = column_int(from, 0);
	rc = raw_put(raw, column_blob(from, 2), column_int(from, 1), key, err);
	statement_reset(from);
	if (rc != 0)
		return -1;
	bind_int(to, 1, *after);
	bind_blob(to, 2, key, sizeof key);
	return statement_run(to, NULL, err) == 0 ? 1 : -1;
}

/* Bytes of refusals go to the raw file: durable there before they are dropped here. */
static int to_0002(struct db *db, struct err *err)
{
	struct raw *raw;
	int64_t after = 0;
	int rc;

	if (raw_open(db_path(db), DB_WRITE, &raw, err) != 0)
		return -1;
	rc = db_script(db, SQL_MIGRATE_0002_COLUMNS, err) == 0 && db_prepare(db, SQL_MIGRATE_0002_REJECT, err) == 0 &&
			     db_prepare(db, SQL_MIGRATE_0002_MOVED, err) == 0 ?
		     1 :
		     -1;
	while (rc == 1)
		rc = move_reject(db, raw, &after, err);
	if (rc == 0)
		rc = raw_commit(raw, err) == 0 ? db_script(db, SQL_MIGRATE_0002_END, err) : -1;
	raw_close(raw);
	return rc;
}

int migrate_to(struct db *db, int64_t to, struct err *err)
{
	static const enum sql scripts[] = { SQL_MIGRATE_0003, SQL_MIGRATE_0004, SQL_MIGRATE_0005, SQL_MIGRATE_0006, SQL_MIGRATE_0007 };

	assert(to >= 2 && to < 3 + (int64_t)(sizeof scripts / sizeof *scripts));
	return to == 2 ? to_0002(db, err) : db_script(db, scripts[to - 3], err);
}
