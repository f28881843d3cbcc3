/* reread: see reread.h. */
#include "storage/reread.h"

#include "base/text.h"
#include "storage/store.h"

int reread_next(struct store *s, struct arena *a, unsigned char key[RAW_KEY_BYTES], struct slice *file, struct slice *bytes,
		struct err *err)
{
	struct statement *st = db_statement(store_db(s), SQL_REPORT_RAW_NEXT);
	unsigned char after[RAW_KEY_BYTES];
	int rc;

	memcpy(after, key, sizeof after);
	bind_blob(st, 1, after, sizeof after);
	if ((rc = statement_step(st, err)) != 1)
		return rc;
	memset(key, 0, RAW_KEY_BYTES);
	memcpy(key, column_blob(st, 0).ptr, column_blob(st, 0).len < RAW_KEY_BYTES ? column_blob(st, 0).len : RAW_KEY_BYTES);
	*file = text_copy(a, column_text(st, 1));
	*bytes = (struct slice){ 0 };
	statement_reset(st);
	return raw_get(store_raw(s), a, key, bytes, err) < 0 ? -1 : 1;
}

static void copy_key(unsigned char *out, struct slice from, size_t n)
{
	memcpy(out, from.ptr, from.len < n ? from.len : n);
}

int reread_stored(struct store *s, struct arena *a, const unsigned char key[RAW_KEY_BYTES], struct reread_report **list,
		  struct err *err)
{
	struct statement *st;
	int rc;

	*list = NULL;
	if (store_begin(s, err) != 0) /* nobody may change what is compared until it is settled */
		return store_roll_back(s);
	st = db_statement(store_db(s), SQL_REPORTS_OF_RAW);
	bind_blob(st, 1, key, RAW_KEY_BYTES);
	while ((rc = statement_step(st, err)) == 1) {
		struct reread_report *of = *list = arena_alloc(a, sizeof *of);

		of->id = column_int(st, 0);
		of->day = column_int(st, 1);
		of->received_s = column_int(st, 2);
		of->complete = column_int(st, 3) != 0;
		of->twin = column_int(st, 4) != 0;
		of->rows = column_int(st, 5);
		copy_key(of->key, column_blob(st, 6), sizeof of->key);
		copy_key(of->content, column_blob(st, 7), sizeof of->content);
		of->reporter = text_copy(a, column_text(st, 8));
		of->report_id = text_copy(a, column_text(st, 9));
		of->member = text_copy(a, column_text(st, 10));
		list = &of->next;
	}
	return rc;
}

struct reread_report *reread_match(struct store *s, struct reread_report *list, const struct report *r)
{
	struct reread_report *by_key = NULL, *by_place = NULL;
	struct head h;

	store_head(s, r, 0, &h);
	for (struct reread_report *of = list; of != NULL; of = of->next) {
		if (memcmp(of->content, r->content_hash, sizeof of->content) == 0)
			return of;
		if (by_key == NULL && !of->met && memcmp(of->key, h.key, sizeof of->key) == 0)
			by_key = of;
		/* Two documents may have one place: where a key changed, who sent it and its id must be the same. */
		if (by_place == NULL && !of->met && slice_eq(of->member, r->member) && slice_eq(of->report_id, r->report_id) &&
		    slice_eq(of->reporter, store_reporter_name(s, r)))
			by_place = of;
	}
	return by_key != NULL ? by_key : by_place;
}

/* 1 the notes are what is stored, 0 they are not, -1 err. */
static int same_notes(struct store *s, int64_t id, const struct report *r, struct err *err)
{
	const struct note *of_kind[] = { r->errors, r->repairs, r->warnings, r->extensions };
	struct statement *st = db_statement(store_db(s), SQL_REPORT_NOTES);
	bool same = true;
	int rc;

	bind_int(st, 1, id);
	while ((rc = statement_step(st, err)) == 1) {
		int64_t kind = column_int(st, 0);

		same = same && kind >= 0 && kind < 4 && of_kind[kind] != NULL && slice_eq(of_kind[kind]->text, column_text(st, 1));
		if (same)
			of_kind[kind] = of_kind[kind]->next;
	}
	for (int kind = 0; kind < 4; kind++)
		same = same && of_kind[kind] == NULL;
	return rc == 0 ? same : -1;
}

static int same_facts(struct store *s, int64_t id, const struct packed_row *facts, size_t n, struct err *err)
{
	struct statement *st = db_statement(store_db(s), SQL_FACTS_OF_REPORT);
	size_t i = 0;
	bool same = true;
	int rc;

	bind_int(st, 1, id);
	while ((rc = statement_step(st, err)) == 1) {
		same = same && i < n && column_int(st, 0) == facts[i].address && column_int(st, 1) == facts[i].profile &&
		       column_int(st, 2) == facts[i].messages;
		i++;
	}
	return rc == 0 ? same && i == n : -1;
}

static int is_same(struct store *s, const struct report *r, const struct head *h, const struct packed_row *facts, size_t n,
		   struct err *err)
{
	struct statement *st = db_statement(store_db(s), SQL_REPORT_SAME);
	int64_t found = 0;
	int rc;

	store_bind_head(st, r, h);
	bind_int(st, 20, h->id);
	if (statement_run(st, &found, err) != 0)
		return -1;
	if (found == 0)
		return 0;
	rc = same_notes(s, h->id, r, err);
	return rc == 1 ? same_facts(s, h->id, facts, n, err) : rc;
}

static int sum_stored(struct store *s, const struct reread_report *of, struct reread_sums *out, struct err *err)
{
	struct statement *st = db_statement(store_db(s), SQL_REPORT_SPLITS);
	int rc;

	*out = (struct reread_sums){ .rows = of->rows };
	bind_int(st, 1, of->id);
	while ((rc = statement_step(st, err)) == 1)
		out->messages[split_trust((enum split)column_int(st, 0))] += column_int(st, 1);
	return rc;
}

static int sum_new(struct store *s, const struct packed_row *facts, size_t n, struct reread_sums *out, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		struct statement *st = db_statement(store_db(s), SQL_PROFILE_CLASS_GET);
		int64_t split = 0;

		bind_int(st, 1, facts[i].profile);
		if (statement_run(st, &split, err) != 0)
			return -1;
		out->messages[split_trust((enum split)split)] += facts[i].messages;
	}
	return 0;
}

static int replace(struct store *s, const struct reread_report *of, const struct report *r, const struct head *h,
		   const struct packed_row *facts, size_t n, struct err *err)
{
	bool is_known = false;
	enum stored how;
	int64_t cut;

	/* Known by another key now, it may turn out to be one that is stored already. */
	if (memcmp(of->key, h->key, sizeof h->key) != 0) {
		if (store_compare(s, r, h->key, &how, &cut, err) != 0)
			return -1;
		is_known = how == STORED_DUPLICATE;
	}
	if (store_delete_report(s, of->id, err) != 0)
		return -1;
	store_changed(s, 1);
	return is_known ? 0 : store_write(s, r, h, facts, n, err);
}

/* -1 err; the open transaction is the caller's to forget. */
static int compare(struct store *s, const struct reread_report *of, struct head *h, const struct report *r,
		   struct reread_sums *before, struct reread_sums *after, enum reread *out, struct err *err)
{
	const struct packed_row *facts;
	size_t n;
	int rc;

	if (store_begin(s, err) != 0 || store_resolve(s, r, h, &facts, &n, err) != 0 ||
	    (rc = is_same(s, r, h, facts, n, err)) < 0)
		return -1;
	if (rc == 1) {
		*out = REREAD_SAME;
		return 0;
	}
	if (sum_stored(s, of, before, err) != 0)
		return -1;
	*after = (struct reread_sums){ .rows = r->row_count };
	if (sum_new(s, facts, n, after, err) != 0)
		return -1;
	*out = of->complete && !r->complete ? REREAD_LESS : REREAD_CHANGED;
	return *out == REREAD_CHANGED ? replace(s, of, r, h, facts, n, err) : 0;
}

int reread_report(struct store *s, const struct reread_report *of, const unsigned char raw[RAW_KEY_BYTES],
		  const struct report *r, struct reread_sums *before, struct reread_sums *after, enum reread *out,
		  struct err *err)
{
	struct head h;

	store_head(s, r, of->received_s, &h);
	h.id = of->id;
	h.twin = of->twin;
	h.has_raw = true;
	memcpy(h.raw, raw, sizeof h.raw);
	return compare(s, of, &h, r, before, after, out, err) == 0 ? 0 : store_roll_back(s);
}
