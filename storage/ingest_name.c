/* ingest_name: which addresses are to be looked up, what was found of them, and the labels that follow from it; see ingest.h.
 * Neighbours: ingest_lookup.c does the same for names. */
#include "base/text.h"
#include "storage/label.h"
#include "storage/store.h"

enum {
	ADDRESS_KEEPS_S = 30 * 24 * 3600,
	LOOKED_AT_MOST = 5000, /* ids at a time, of which most may be known: 5 ms */
};

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

/* --- what is kept of an address --- */

struct named {
	struct slice name, country; /* NULL ptr: none */
	int64_t asn, looked_up_s, due_s, failures;
};

/* What was known before: 1, 0 where it was never looked up, -1 err. Text is the arena's. */
static int read_named(struct db *db, struct arena *a, int64_t address, struct named *out, struct err *err)
{
	struct statement *s = db_statement(db, SQL_ADDRESS_NAME_GET);
	int rc;

	bind_int(s, 1, address);
	if ((rc = statement_step(s, err)) != 1)
		return rc;
	*out = (struct named){ .name = text_copy(a, column_text(s, 0)), .asn = column_int(s, 1),
			       .country = text_copy(a, column_text(s, 2)), .looked_up_s = column_int(s, 3),
			       .failures = column_int(s, 4) };
	statement_reset(s);
	return 1;
}

static int write_named(struct db *db, int64_t address, const struct named *n, struct err *err)
{
	struct statement *s = db_statement(db, SQL_ADDRESS_NAME_SET);

	bind_int(s, 1, address);
	bind_text(s, 2, n->name);
	if (n->asn != 0)
		bind_int(s, 3, n->asn);
	bind_text(s, 4, n->country);
	bind_int(s, 5, n->looked_up_s);
	bind_int(s, 6, n->due_s);
	bind_int(s, 7, n->failures);
	return statement_run(s, NULL, err);
}

static struct named named_anew(struct arena *a, const struct named *was, const struct address_found *f, int64_t now_s)
{
	struct named n = { .name = was->name, .country = f->country, .asn = f->asn, .looked_up_s = was->looked_up_s };

	if (lookup_is_answer(f->result)) {
		n.name = domain_normal(a, f->name);
		n.looked_up_s = now_s;
	}
	if (lookup_is_answer(f->result) || f->result == LOOKUP_OFF) {
		n.due_s = now_s + ADDRESS_KEEPS_S;
	} else {
		n.failures = was->failures + 1;
		n.due_s = now_s + store_retry_s(n.failures);
	}
	return n;
}

static int keep_found(struct store *s, struct arena *a, int64_t address, const struct address_found *f, int64_t now_s,
		      struct err *err)
{
	struct named was = { 0 }, is;
	struct address_known known;

	if (read_named(store_db(s), a, address, &was, err) < 0)
		return -1;
	is = named_anew(a, &was, f, now_s);
	if (!slice_eq(is.name, was.name) || !slice_eq(is.country, was.country) || is.asn != was.asn)
		store_changed(s, 1);
	known = (struct address_known){ is.name, is.asn };
	return write_named(store_db(s), address, &is, err) == 0 ?
		       relabel(s, address, label_address(store_rules(s), f->addr, known), err) :
		       -1;
}

int store_address_found(struct store *s, const struct address_found *found, int64_t now_s, struct err *err)
{
	struct arena scratch = { 0 };
	int64_t id = 0;
	int rc = store_begin(s, err) == 0 ? find_address(store_db(s), found->addr, &id, err) : -1;

	if (rc == 0 && id != 0)
		rc = keep_found(s, &scratch, id, found, now_s, err);
	arena_release(&scratch);
	return rc == 0 ? 0 : store_roll_back(s);
}

/* --- which are to be looked up --- */

int store_lookups_set(struct store *s, struct slice how, struct err *err)
{
	struct statement *st = db_statement(store_db(s), SQL_META_GET);
	bool same;
	int rc;

	bind_text(st, 1, SLICE("lookups"));
	if ((rc = statement_step(st, err)) < 0)
		return -1;
	same = rc == 1 && slice_eq(column_text(st, 0), how);
	statement_reset(st);
	if (same)
		return 0;
	if (store_begin(s, err) != 0 || statement_run(db_statement(store_db(s), SQL_ADDRESSES_DUE_ALL), NULL, err) != 0)
		return store_roll_back(s);
	st = db_statement(store_db(s), SQL_META_SET);
	bind_text(st, 1, SLICE("lookups"));
	bind_text(st, 2, how);
	return statement_run(st, NULL, err) == 0 ? 0 : store_roll_back(s);
}

int store_address_last(struct store *s, int64_t *id, struct err *err)
{
	*id = 0;
	return statement_run(db_statement(store_db(s), SQL_ADDRESS_LAST), id, err);
}

static bool take_due(struct statement *s, struct address_due *out)
{
	struct slice bytes = column_blob(s, 1);

	if (bytes.len != sizeof out->addr) /* what stood there is no address */
		return false;
	out->id = column_int(s, 0);
	memcpy(out->addr, bytes.ptr, sizeof out->addr);
	return true;
}

int store_addresses_new(struct store *s, int64_t above, int64_t *to, struct address_due *out, size_t room, size_t *n,
			struct err *err)
{
	struct statement *st = db_statement(store_db(s), SQL_ADDRESSES_BACKWARDS);
	int64_t looked_at = 0;
	int rc = 0;

	*n = 0;
	bind_int(st, 1, above);
	bind_int(st, 2, *to);
	bind_int(st, 3, LOOKED_AT_MOST);
	while (*n < room && (rc = statement_step(st, err)) == 1) {
		*to = column_int(st, 0) - 1;
		looked_at++;
		if (column_int(st, 2) == 0 && take_due(st, &out[*n]))
			++*n;
	}
	statement_reset(st);
	if (rc == 0 && *n < room && looked_at < LOOKED_AT_MOST)
		*to = above;
	return rc < 0 ? -1 : 0;
}

int store_addresses_due(struct store *s, int64_t now_s, struct address_due *out, size_t room, size_t *n, struct err *err)
{
	struct statement *st = db_statement(store_db(s), SQL_ADDRESSES_DUE);
	int rc;

	*n = 0;
	bind_int(st, 1, now_s);
	bind_int(st, 2, (int64_t)room);
	while ((rc = statement_step(st, err)) == 1)
		if (take_due(st, &out[*n]))
			++*n;
	return rc;
}
