/* ingest_name: what look-ups found of addresses, and the labels that follow from it; see ingest.h. */
#include "storage/label.h"
#include "storage/store.h"

/* Readers keep labels in memory and take only new addresses as new: this tells them that an old one changed. */
static int labels_changed(struct db *db, struct err *err)
{
	struct statement *s = db_statement(db, SQL_META_GET);
	int64_t n = 0;

	bind_text(s, 1, SLICE("labels"));
	if (statement_run(s, &n, err) != 0)
		return -1;
	s = db_statement(db, SQL_META_SET);
	bind_text(s, 1, SLICE("labels"));
	bind_int(s, 2, n + 1);
	return statement_run(s, NULL, err);
}

static int relabel(struct store *store, int64_t address, int64_t source, struct err *err)
{
	struct db *db = store_db(store);
	struct statement *s = db_statement(db, SQL_ADDRESS_SOURCE_OF);
	int64_t was = 0;

	bind_int(s, 1, address);
	if (statement_run(s, &was, err) != 0)
		return -1;
	if (was == source)
		return 0;
	s = db_statement(db, source != 0 ? SQL_ADDRESS_SOURCE_SET : SQL_ADDRESS_SOURCE_DELETE);
	bind_int(s, 1, address);
	if (source != 0)
		bind_int(s, 2, source);
	store_relabelled(store, address);
	return statement_run(s, NULL, err) == 0 ? labels_changed(db, err) : -1;
}

static int find_address(struct db *db, const unsigned char addr[16], int64_t *id, struct err *err)
{
	struct statement *s = db_statement(db, SQL_ADDRESS_FIND);

	bind_blob(s, 1, addr, 16);
	bind_text(s, 2, SLICE(""));
	return statement_run(s, id, err);
}

static int keep_name(struct db *db, int64_t address, struct address_known known, int64_t looked_up_s, struct err *err)
{
	struct statement *s = db_statement(db, SQL_ADDRESS_NAME_SET);

	bind_int(s, 1, address);
	bind_text(s, 2, known.name);
	if (known.asn != 0)
		bind_int(s, 3, known.asn);
	bind_int(s, 4, looked_up_s);
	return statement_run(s, NULL, err);
}

int store_address_name(struct store *s, const unsigned char addr[16], struct slice name, int64_t asn, int64_t looked_up_s,
		       struct err *err)
{
	struct arena scratch = { 0 };
	struct address_known known = { domain_normal(&scratch, name), asn };
	int64_t id = 0;
	int rc;

	if (known.name.len == 0)
		known.name = (struct slice){ 0 };
	rc = store_begin(s, err) == 0 ? find_address(store_db(s), addr, &id, err) : -1;
	if (rc == 0 && id != 0) {
		rc = keep_name(store_db(s), id, known, looked_up_s, err) == 0 ?
			     relabel(s, id, label_address(store_rules(s), addr, known), err) :
			     -1;
		store_changed(s, 1);
	}
	arena_release(&scratch);
	return rc == 0 ? 0 : store_roll_back(s);
}
