/* document: the bytes that reports, refusals and mails came in, as they were sent; see ingest.h. */
#include "base/text.h"
#include "storage/store.h"

/* The row's key of the bytes, and texts of it, before the statement is reset. */
static bool read_key(struct statement *st, unsigned char key[RAW_KEY_BYTES])
{
	struct slice raw = column_blob(st, 0);

	if (raw.len != RAW_KEY_BYTES)
		return false;
	memcpy(key, raw.ptr, RAW_KEY_BYTES);
	return true;
}

static int read_bytes(struct store *s, struct arena *a, bool named, const unsigned char *key, struct slice *out, struct err *err)
{
	*out = (struct slice){ 0 };
	return !named || raw_get(store_raw(s), a, key, out, err) >= 0 ? 1 : -1;
}

int store_find_reject(struct store *s, struct arena *a, int64_t id, struct kept_reject *out, struct err *err)
{
	struct statement *st = db_statement(store_db(s), SQL_REJECT_BYTES);
	unsigned char key[RAW_KEY_BYTES];
	bool named;
	int rc;

	bind_int(st, 1, id);
	if ((rc = statement_step(st, err)) != 1)
		return rc;
	named = read_key(st, key);
	*out = (struct kept_reject){ .id = id, .file = text_copy(a, column_text(st, 1)), .member = text_copy(a, column_text(st, 2)) };
	statement_reset(st);
	return read_bytes(s, a, named, key, &out->bytes, err);
}

int store_document(struct store *s, struct arena *a, const struct wanted *w, struct kept_document *out, struct err *err)
{
	static const enum sql names[WANTED_KINDS] = { SQL_REPORT_BYTES, SQL_REPORT_BYTES, SQL_REJECT_BYTES, SQL_MAIL_BYTES };
	struct statement *st = db_statement(store_db(s), names[w->kind]);
	unsigned char key[RAW_KEY_BYTES];
	bool named;
	int rc;

	bind_int(st, 1, w->id);
	if ((rc = statement_step(st, err)) != 1)
		return rc;
	named = read_key(st, key);
	*out = (struct kept_document){ .label = text_copy(a, column_text(st, 1)) };
	if (w->kind == WANTED_REPORT && column_blob(st, 2).len == sizeof out->content)
		memcpy(out->content, column_blob(st, 2).ptr, sizeof out->content);
	statement_reset(st);
	return read_bytes(s, a, named, key, &out->bytes, err);
}
