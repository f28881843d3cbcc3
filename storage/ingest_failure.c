/* ingest_failure: failure reports into their own table; see ingest.h. */
#include "schema/wire.h"
#include "storage/store.h"

enum { FIELDS_BYTES = 1024 * 1024 };

int store_failure(struct store *s, const struct failure_report *r, int64_t received_s, enum stored *out, struct err *err)
{
	unsigned char key[KEY_BYTES];
	struct statement *st;
	struct buf fields;
	int64_t id = 0;
	int rc;

	if (store_begin(s, err) != 0)
		return store_roll_back(s);
	buf_init(&fields, FIELDS_BYTES);
	st = db_statement(store_db(s), SQL_FAILURE_REPORT_ADD);
	for (int f = 0; f < FAILURE_FIELDS; f++) {
		wire_put_slice(&fields, r->field[f]);
		bind_text(st, 2 + f, r->field[f]);
	}
	store_digest(buf_slice(&fields), key);
	bind_blob(st, 1, key, sizeof key);
	bind_int(st, 2 + FAILURE_FIELDS, received_s);
	bind_text(st, 3 + FAILURE_FIELDS, r->file);
	bind_text(st, 4 + FAILURE_FIELDS, r->member);
	rc = statement_run(st, &id, err);
	buf_release(&fields);
	if (rc != 0)
		return store_roll_back(s);
	if (id != 0)
		store_changed(s, 1);
	*out = id != 0 ? STORED_NEW : STORED_DUPLICATE;
	return 0;
}
