/* ingest_lookup: which names are to be asked of DNS, and what it said of them, value by value; see ingest.h.
 * Neighbours: watch.c says which names matter; ingest_name.c does the same for addresses; query_dns.c reads. */
#include "base/text.h"
#include "storage/store.h"

#include <stdlib.h>

enum { HOUR_S = 3600, DAY_S = 24 * HOUR_S, NAME_KEEPS_S = DAY_S };

int64_t store_retry_s(int64_t failures)
{
	int64_t hours = failures < 1 ? 1 : failures > 5 ? DAY_S / HOUR_S : (int64_t)1 << (failures - 1);

	return hours * HOUR_S;
}

int store_names_due(struct store *s, struct arena *a, int64_t now_s, struct slice *out, size_t room, size_t *n,
		    struct err *err)
{
	struct statement *st = db_statement(store_db(s), SQL_DNS_NAMES_DUE);
	int rc;

	*n = 0;
	bind_int(st, 1, now_s);
	bind_int(st, 2, (int64_t)room);
	while ((rc = statement_step(st, err)) == 1)
		out[(*n)++] = text_copy(a, column_text(st, 0));
	return rc;
}

/* --- an answer as one text --- */

static int by_bytes(const void *a, const void *b)
{
	const struct slice *x = a, *y = b;
	int order = memcmp(x->ptr, y->ptr, x->len < y->len ? x->len : y->len);

	return order != 0 ? order : x->len < y->len ? -1 : x->len > y->len;
}

/* "_dmarc.univ.example" and "s1._domainkey.univ.example" are there for their records alone; a domain is not. */
static bool is_wanted(struct slice name, struct slice text)
{
	return memchr(name.ptr, '_', name.len) != NULL || text_starts_nocase(text_trim(text), SLICE("v=spf"));
}

static struct slice text_of(struct arena *a, const struct name_found *f)
{
	struct slice record[LIMIT_DNS_RECORDS];
	size_t n = 0, bytes = 0, at = 0;
	char *text;

	for (size_t i = 0; i < f->n; i++)
		if (is_wanted(f->name, f->text[i])) {
			record[n++] = f->text[i];
			bytes += f->text[i].len + 1;
		}
	if (n == 0)
		return SLICE("");
	qsort(record, n, sizeof *record, by_bytes);
	text = arena_alloc(a, bytes);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			text[at++] = '\n';
		memcpy(text + at, record[i].ptr, record[i].len);
		at += record[i].len;
	}
	return text_cut((struct slice){ text, at }, LIMIT_DNS_TEXT_BYTES);
}

/* --- keeping it --- */

struct looked_up { /* what dns_name holds */
	int64_t looked_up_s, due_s, failures;
	bool had_trouble;
};

static int read_name(struct db *db, struct slice name, struct looked_up *out, struct err *err)
{
	struct statement *s = db_statement(db, SQL_DNS_NAME_GET);
	int rc;

	bind_text(s, 1, name);
	if ((rc = statement_step(s, err)) != 1)
		return rc;
	*out = (struct looked_up){ .looked_up_s = column_int(s, 0), .failures = column_int(s, 1),
				   .had_trouble = !column_is_null(s, 2) };
	statement_reset(s);
	return 1;
}

static int write_name(struct db *db, struct slice name, const struct looked_up *is, enum lookup_result result,
		      struct err *err)
{
	struct statement *s = db_statement(db, SQL_DNS_NAME_SET);

	bind_text(s, 1, name);
	bind_int(s, 2, is->looked_up_s);
	bind_int(s, 3, is->due_s);
	bind_int(s, 4, is->failures);
	if (!lookup_is_answer(result))
		bind_text(s, 5, slice_of(lookup_sentence(result)));
	return statement_run(s, NULL, err);
}

/* The value that the name has: when it came, and whether it is `text` still. 1, 0 where it never had one, -1 err. */
static int last_value(struct db *db, struct slice name, struct slice text, int64_t *first_s, bool *same, struct err *err)
{
	struct statement *s = db_statement(db, SQL_DNS_RECORD_LAST);
	int rc;

	bind_text(s, 1, name);
	if ((rc = statement_step(s, err)) != 1)
		return rc;
	*first_s = column_int(s, 0);
	*same = slice_eq(column_text(s, 1), text);
	statement_reset(s);
	return 1;
}

static int keep_value(struct store *s, struct slice name, struct slice text, int64_t now_s, struct err *err)
{
	struct db *db = store_db(s);
	struct statement *st;
	int64_t first_s = now_s;
	bool same = false;
	int rc;

	if (last_value(db, name, text, &first_s, &same, err) < 0)
		return -1;
	if (now_s < first_s) /* a clock that ran ahead: the newest value stays the last one */
		now_s = first_s;
	st = db_statement(db, same ? SQL_DNS_RECORD_SEEN : SQL_DNS_RECORD_ADD);
	bind_text(st, 1, name);
	bind_int(st, 2, same ? first_s : now_s);
	if (same)
		bind_int(st, 3, now_s);
	else
		bind_text(st, 3, text);
	if ((rc = statement_run(st, NULL, err)) != 0 || same)
		return rc;
	store_changed(s, 1);
	st = db_statement(db, SQL_DNS_RECORD_FORGET);
	bind_text(st, 1, name);
	bind_int(st, 2, LIMIT_DNS_VALUES - 1);
	return statement_run(st, NULL, err);
}

static int keep_found(struct store *s, struct arena *a, const struct name_found *f, int64_t now_s, struct err *err)
{
	struct looked_up was, is;
	bool answered = lookup_is_answer(f->result);
	int rc = read_name(store_db(s), f->name, &was, err);

	if (rc != 1)
		return rc;
	is = was;
	if (answered)
		is.looked_up_s = now_s;
	is.failures = answered ? 0 : was.failures + 1;
	is.due_s = now_s + (answered ? NAME_KEEPS_S : store_retry_s(is.failures));
	if (was.had_trouble == answered)
		store_changed(s, 1);
	if (write_name(store_db(s), f->name, &is, f->result, err) != 0)
		return -1;
	return answered ? keep_value(s, f->name, text_of(a, f), now_s, err) : 0;
}

int store_name_found(struct store *s, const struct name_found *found, int64_t now_s, struct err *err)
{
	struct arena scratch = { 0 };
	int rc = store_begin(s, err) == 0 ? keep_found(s, &scratch, found, now_s, err) : -1;

	arena_release(&scratch);
	return rc == 0 ? 0 : store_roll_back(s);
}
