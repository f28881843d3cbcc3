/* ingest: see ingest.h. What repeats (names, policies, addresses, profiles) is interned: looked up in a map in memory, then
 * in the database, then added. The maps only ever hold ids of committed or open rows; a rollback empties them. */
#include "storage/ingest.h"

#include "base/text.h"
#include "schema/classify.h"
#include "schema/limits.h"
#include "storage/derive.h"
#include "storage/label.h"
#include "storage/map.h"
#include "storage/rebuild.h"
#include "storage/rejudge.h"
#include "storage/store.h"

#include <assert.h>
#include <nettle/sha2.h>
#include <stdlib.h>

enum { PROFILE_BYTES = LIMIT_FRAME_BYTES, FIRST_DAY = 14610 /* 2010-01-01 */ };

struct store {
	struct db *db;
	struct raw *raw;
	const struct suffixes *list;
	struct source_rules rules;
	bool is_ready;      /* opened, with its rules applied */
	bool open, changed; /* a transaction is; it holds something new */
	int64_t rows;       /* taken in since the last commit */
	int64_t generation; /* last seen or made */
	int64_t reports;    /* taken in since then, less those that were replaced */
	int64_t met;        /* store_met */
	struct map domains, reporters, policies, addresses, profiles;
	struct meaning meaning; /* of committed and open rows */
	struct open_days days;  /* what the packed tables do not have yet */
	struct buf key; /* scratch for keys */
	struct packed_row *facts;
	size_t fact_room;
	struct arena scratch; /* of one report */
	struct arena memory;  /* of what follows */
	struct verdict_moves moves; /* store_verdict_moves */
};

/* --- keys --- */

void store_digest(struct slice bytes, unsigned char out[KEY_BYTES])
{
	struct sha256_ctx h;
	uint8_t digest[SHA256_DIGEST_SIZE];

	sha256_init(&h);
	sha256_update(&h, bytes.len, (const uint8_t *)bytes.ptr);
	sha256_digest(&h, sizeof digest, digest);
	memcpy(out, digest, KEY_BYTES);
}

static void key_part(struct buf *key, struct slice s)
{
	uint32_t n = s.ptr == NULL ? 0 : (uint32_t)s.len + 1;

	buf_add(key, &n, sizeof n);
	buf_add_slice(key, s);
}

/* FORMATS 2.3: five parts, or the content alone where there is no report id. */
static void report_key(struct store *s, const struct report *r, unsigned char out[KEY_BYTES])
{
	if (r->report_id.ptr == NULL) {
		store_digest((struct slice){ (const char *)r->content_hash, sizeof r->content_hash }, out);
		return;
	}
	buf_clear(&s->key);
	key_part(&s->key, text_lower(&s->scratch, r->org_name));
	key_part(&s->key, domain_normal(&s->scratch, r->domain));
	key_part(&s->key, r->report_id);
	buf_add(&s->key, &r->begin, sizeof r->begin);
	buf_add(&s->key, &r->end, sizeof r->end);
	store_digest(buf_slice(&s->key), out);
}

/* --- interning --- */

static struct slice or_empty(struct slice s)
{
	return s.ptr != NULL ? s : SLICE("");
}

/* Reporters choose what is interned: a map that grew too large starts afresh, the database still knows. */
static void bound(struct map *map)
{
	if (map->used > LIMIT_ADDRESS_CACHE)
		map_clear(map);
}

static int name_id(struct store *s, struct map *map, enum sql find, enum sql add, struct slice name, int64_t *id,
		   struct err *err)
{
	bool fresh;
	struct map_entry *e;
	struct statement *st;

	bound(map);
	e = map_put(map, name, &fresh);
	if (fresh) {
		st = db_statement(s->db, find);
		bind_text(st, 1, name);
		if (statement_run(st, &e->value, err) != 0)
			return -1;
		if (e->value == 0) {
			st = db_statement(s->db, add);
			bind_text(st, 1, name);
			if (statement_run(st, &e->value, err) != 0)
				return -1;
		}
	}
	*id = e->value;
	return 0;
}

static int domain_id(struct store *s, struct slice written, int64_t *id, struct err *err)
{
	return name_id(s, &s->domains, SQL_DOMAIN_FIND, SQL_DOMAIN_ADD, or_empty(domain_normal(&s->scratch, written)), id,
		       err);
}

static int policy_id(struct store *s, const struct report *r, int64_t *id, struct err *err)
{
	const struct slice words[] = { r->p, r->sp, r->np, r->testing, r->adkim, r->aspf, r->fo, r->discovery_method };
	static const int columns[] = { 2, 3, 4, 6, 7, 8, 9, 10 };
	unsigned char key[KEY_BYTES];
	struct map_entry *e;
	struct statement *st;
	bool fresh;

	buf_clear(&s->key);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		key_part(&s->key, words[i]);
	buf_add(&s->key, &r->pct, sizeof r->pct);
	store_digest(buf_slice(&s->key), key);
	bound(&s->policies);
	e = map_put(&s->policies, (struct slice){ (const char *)key, sizeof key }, &fresh);
	if (fresh) {
		st = db_statement(s->db, SQL_POLICY_FIND);
		bind_blob(st, 1, key, sizeof key);
		if (statement_run(st, &e->value, err) != 0)
			return -1;
	}
	if (e->value == 0) {
		st = db_statement(s->db, SQL_POLICY_ADD);
		bind_blob(st, 1, key, sizeof key);
		for (size_t i = 0; i < sizeof words / sizeof *words; i++)
			bind_text(st, columns[i], words[i]);
		if (r->pct != REPORT_NO_PCT)
			bind_int(st, 5, r->pct);
		if (statement_run(st, &e->value, err) != 0)
			return -1;
	}
	*id = e->value;
	return 0;
}

static int address_add(struct store *s, struct slice bytes, struct slice written, int64_t *id, struct err *err)
{
	struct statement *st = db_statement(s->db, SQL_ADDRESS_ADD);
	struct address_known nothing = { 0 };
	int64_t source = bytes.len == 16 ? label_address(&s->rules, (const unsigned char *)bytes.ptr, nothing) : 0;

	bind_blob(st, 1, bytes.ptr, bytes.len);
	bind_text(st, 2, written);
	if (statement_run(st, id, err) != 0 || source == 0)
		return *id == 0 ? -1 : 0;
	st = db_statement(s->db, SQL_ADDRESS_SOURCE_ADD);
	bind_int(st, 1, *id);
	bind_int(st, 2, source);
	return statement_run(st, NULL, err);
}

static int address_id(struct store *s, struct slice written, int64_t *id, struct err *err)
{
	unsigned char addr[16];
	bool is_address = written.ptr != NULL && address_parse(written, addr), fresh;
	struct slice bytes = is_address ? (struct slice){ (const char *)addr, 16 } : SLICE("");
	struct map_entry *e;
	struct statement *st;

	written = is_address ? SLICE("") : or_empty(written);
	buf_clear(&s->key);
	buf_add_char(&s->key, is_address ? 'a' : 'w'); /* 16 letters are not 16 bytes of an address */
	buf_add_slice(&s->key, is_address ? bytes : written);
	bound(&s->addresses);
	e = map_put(&s->addresses, buf_slice(&s->key), &fresh);
	if (fresh) {
		st = db_statement(s->db, SQL_ADDRESS_FIND);
		bind_blob(st, 1, bytes.ptr, bytes.len);
		bind_text(st, 2, written);
		if (statement_run(st, &e->value, err) != 0 ||
		    (e->value == 0 && address_add(s, bytes, written, &e->value, err) != 0))
			return -1;
	}
	*id = e->value;
	return 0;
}

/* --- profiles --- */

static int profile_auths_add(struct store *s, int64_t profile, int kind, const struct auth *r, struct err *err)
{
	for (int64_t ord = 0; r != NULL; r = r->next, ord++) {
		struct statement *st = db_statement(s->db, SQL_PROFILE_AUTH_ADD);

		bind_int(st, 1, profile);
		bind_int(st, 2, kind);
		bind_int(st, 3, ord);
		bind_text(st, 4, r->domain);
		bind_text(st, 5, r->selector);
		bind_text(st, 6, r->scope);
		bind_text(st, 7, r->result);
		bind_text(st, 8, r->human_result);
		if (statement_run(st, NULL, err) != 0)
			return -1;
	}
	return 0;
}

static int profile_reasons_add(struct store *s, int64_t profile, const struct reason *r, struct err *err)
{
	for (int64_t ord = 0; r != NULL; r = r->next, ord++) {
		struct statement *st = db_statement(s->db, SQL_PROFILE_REASON_ADD);

		bind_int(st, 1, profile);
		bind_int(st, 2, ord);
		bind_text(st, 3, r->type);
		bind_text(st, 4, r->comment);
		if (statement_run(st, NULL, err) != 0)
			return -1;
	}
	return 0;
}

static int profile_class_add(struct store *s, int64_t profile, const struct judgement *v, const struct row *row, struct err *err)
{
	struct statement *st = db_statement(s->db, SQL_PROFILE_CLASS_ADD);

	bind_int(st, 1, profile);
	bind_int(st, 2, v->split);
	bind_int(st, 3, v->disposition);
	bind_int(st, 4, v->dkim_pass | v->spf_pass << 1);
	bind_int(st, 5, v->flags);
	bind_int(st, 6, classify_stated(row->reasons));
	bind_int(st, 7, evidence_of(&s->scratch, s->list, row, v));
	bind_int(st, 8, label_profile(&s->scratch, &s->rules, row));
	return statement_run(st, NULL, err);
}

static bool is_derived(const struct row *row)
{
	return row->dkim.ptr == NULL || row->spf.ptr == NULL;
}

static int profile_add(struct store *s, const struct report *r, const struct row *row, const unsigned char *key,
		       int64_t *id, struct err *err)
{
	int64_t domain;
	struct judgement v = classify_row(&s->scratch, s->list, r->adkim, r->aspf, row);
	struct statement *st;

	if (domain_id(s, row->header_from, &domain, err) != 0)
		return -1;
	st = db_statement(s->db, SQL_PROFILE_ADD);
	bind_blob(st, 1, key, KEY_BYTES);
	bind_int(st, 2, domain);
	bind_text(st, 3, row->header_from);
	bind_text(st, 4, row->envelope_from);
	bind_text(st, 5, row->envelope_to);
	bind_text(st, 6, row->disposition);
	bind_text(st, 7, row->dkim);
	bind_text(st, 8, row->spf);
	bind_text(st, 9, is_derived(row) ? r->adkim : (struct slice){ 0 });
	bind_text(st, 10, is_derived(row) ? r->aspf : (struct slice){ 0 });
	if (statement_run(st, id, err) != 0)
		return -1;
	return profile_reasons_add(s, *id, row->reasons, err) == 0 &&
			       profile_auths_add(s, *id, 0, row->dkim_auth, err) == 0 &&
			       profile_auths_add(s, *id, 1, row->spf_auth, err) == 0 ?
		       profile_class_add(s, *id, &v, row, err) :
		       -1;
}

static int profile_id(struct store *s, const struct report *r, const struct row *row, int64_t *id, struct err *err)
{
	unsigned char key[KEY_BYTES];
	struct map_entry *e;
	struct statement *st;
	bool fresh;

	buf_clear(&s->key);
	report_row_profile(&s->key, row);
	if (is_derived(row)) {
		key_part(&s->key, r->adkim);
		key_part(&s->key, r->aspf);
	}
	assert(!s->key.full); /* a row is part of a frame */
	e = map_put(&s->profiles, buf_slice(&s->key), &fresh);
	if (fresh) {
		store_digest(buf_slice(&s->key), key);
		st = db_statement(s->db, SQL_PROFILE_FIND);
		bind_blob(st, 1, key, KEY_BYTES);
		if (statement_run(st, &e->value, err) != 0 ||
		    (e->value == 0 && profile_add(s, r, row, key, &e->value, err) != 0))
			return -1;
	}
	*id = e->value;
	return 0;
}

/* --- one report --- */

static int by_address_profile(const void *a, const void *b)
{
	const struct packed_row *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return x->profile < y->profile ? -1 : x->profile > y->profile;
}

static int facts_of(struct store *s, const struct report *r, size_t *n, struct err *err)
{
	int64_t address, profile;

	if ((size_t)r->row_count > s->fact_room) {
		struct packed_row *more = realloc(s->facts, (size_t)r->row_count * sizeof *more);

		if (more == NULL)
			return err_errno(err, "memory for %lld rows", (long long)r->row_count);
		s->facts = more;
		s->fact_room = (size_t)r->row_count;
	}
	*n = 0;
	for (const struct row *row = r->rows; row != NULL; row = row->next) {
		if (address_id(s, row->source_ip, &address, err) != 0 || profile_id(s, r, row, &profile, err) != 0)
			return -1;
		s->facts[(*n)++] = (struct packed_row){ (uint32_t)address, (uint32_t)profile,
							row->count < LIMIT_COUNT ? row->count : LIMIT_COUNT };
	}
	if (*n > 0)
		qsort(s->facts, *n, sizeof *s->facts, by_address_profile);
	return 0;
}

static size_t merge_equal(struct packed_row *f, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		if (kept > 0 && by_address_profile(&f[kept - 1], &f[i]) == 0)
			f[kept - 1].messages += f[i].messages;
		else
			f[kept++] = f[i];
	}
	return kept;
}

/* The UTC day of begin. Without one, or with one that cannot be (before 2010, or more than two days ahead: FORMATS 3.4), the
 * day it arrived: a date out of this world must neither hide a report nor stretch every chart. */
static int64_t day_of(const struct report *r, int64_t received_s)
{
	int64_t today = text_floor_div(received_s, 86400), day;

	if (r->begin == REPORT_NO_TIME)
		return today;
	day = text_floor_div(r->begin, 86400);
	return day >= FIRST_DAY && day <= today + 2 ? day : today;
}

static int notes_add(struct store *s, int64_t report, int kind, const struct note *n, struct err *err)
{
	for (int64_t ord = 0; n != NULL; n = n->next, ord++) {
		struct statement *st = db_statement(s->db, SQL_REPORT_NOTE_ADD);

		bind_int(st, 1, report);
		bind_int(st, 2, kind);
		bind_int(st, 3, ord);
		bind_text(st, 4, n->text);
		if (statement_run(st, NULL, err) != 0)
			return -1;
	}
	return 0;
}

void store_bind_head(struct statement *st, const struct report *r, const struct head *h)
{
	const struct slice texts[] = { r->report_id, r->email,	       r->extra_contact_info,
				       r->version,   r->namespace_uri, r->generator };
	const int64_t ids[] = { h->reporter, h->domain, h->policy, h->day };

	bind_blob(st, 1, h->key, KEY_BYTES);
	bind_blob(st, 2, r->content_hash, sizeof r->content_hash);
	for (int i = 0; i < 4; i++)
		bind_int(st, 3 + i, ids[i]);
	if (r->begin != REPORT_NO_TIME)
		bind_int(st, 7, r->begin);
	if (r->end != REPORT_NO_TIME)
		bind_int(st, 8, r->end);
	bind_int(st, 9, h->received_s);
	bind_int(st, 10, r->complete);
	bind_int(st, 11, h->twin);
	bind_int(st, 12, r->row_count);
	bind_int(st, 13, h->messages);
	for (int i = 0; i < 6; i++)
		bind_text(st, 14 + i, texts[i]);
}

static int report_add(struct store *s, const struct report *r, const struct head *h, int64_t *id, struct err *err)
{
	struct statement *st = db_statement(s->db, SQL_REPORT_ADD);

	store_bind_head(st, r, h);
	bind_text(st, 20, r->file);
	bind_text(st, 21, r->member);
	if (h->has_raw)
		bind_blob(st, 22, h->raw, RAW_KEY_BYTES);
	if (h->has_raw)
		bind_int(st, 24, h->bytes);
	if (h->id != 0)
		bind_int(st, 23, h->id);
	return statement_run(st, id, err) == 0 && notes_add(s, *id, 0, r->errors, err) == 0 &&
			       notes_add(s, *id, 1, r->repairs, err) == 0 && notes_add(s, *id, 2, r->warnings, err) == 0 ?
		       notes_add(s, *id, 3, r->extensions, err) :
		       -1;
}

/* Who reports: org_name, or the domain of its address where that is empty (FORMATS 3.4). */
struct slice store_reporter_name(struct store *s, const struct report *r)
{
	return r->org_name.ptr != NULL ? r->org_name : or_empty(domain_normal(&s->scratch, r->email));
}

int store_resolve(struct store *s, const struct report *r, struct head *h, const struct packed_row **facts, size_t *facts_n,
		  struct err *err)
{
	size_t n = 0;

	if (name_id(s, &s->reporters, SQL_REPORTER_FIND, SQL_REPORTER_ADD, store_reporter_name(s, r), &h->reporter, err) != 0 ||
	    domain_id(s, r->domain, &h->domain, err) != 0 || policy_id(s, r, &h->policy, err) != 0 ||
	    facts_of(s, r, &n, err) != 0)
		return -1;
	n = merge_equal(s->facts, n);
	for (size_t i = 0; i < n; i++)
		h->messages += s->facts[i].messages;
	*facts = s->facts;
	*facts_n = n;
	return 0;
}

int store_write(struct store *s, const struct report *r, const struct head *h, const struct packed_row *facts, size_t n,
		struct err *err)
{
	int64_t id = 0;

	if (report_add(s, r, h, &id, err) != 0)
		return -1;
	s->met = id;
	for (size_t i = 0; i < n; i++) {
		struct statement *st = db_statement(s->db, SQL_FACT_ADD);

		bind_int(st, 1, id);
		bind_int(st, 2, facts[i].address);
		bind_int(st, 3, facts[i].profile);
		bind_int(st, 4, facts[i].messages);
		if (statement_run(st, NULL, err) != 0)
			return -1;
	}
	open_days_add(&s->days, h->day,
		      &(struct packed_report){ id, (uint32_t)h->reporter, (uint32_t)h->domain, (uint32_t)h->policy,
					       pack_is_long(r->begin, r->end), n },
		      facts);
	if (h->id != 0) /* it does not stand behind those that were taken in meanwhile */
		open_days_redo(&s->days, h->day);
	s->reports++;
	store_changed(s, r->row_count + 1);
	return 0;
}

static int insert(struct store *s, const struct report *r, struct head *h, struct err *err)
{
	const struct packed_row *facts;
	size_t n;

	return store_resolve(s, r, h, &facts, &n, err) == 0 ? store_write(s, r, h, facts, n, err) : -1;
}

int store_delete_report(struct store *s, int64_t id, struct err *err)
{
	static const enum sql deletes[] = { SQL_REPORT_FACTS_DELETE, SQL_REPORT_NOTES_DELETE, SQL_REPORT_DELETE };
	struct statement *st = db_statement(s->db, SQL_REPORT_DAY);
	int64_t day = 0;
	int rc;

	bind_int(st, 1, id);
	if ((rc = statement_step(st, err)) != 1)
		return rc; /* somebody else was quicker */
	day = column_int(st, 0);
	statement_reset(st);
	rc = 0;
	for (size_t i = 0; rc == 0 && i < sizeof deletes / sizeof *deletes; i++) {
		st = db_statement(s->db, deletes[i]);
		bind_int(st, 1, id);
		rc = statement_run(st, NULL, err);
	}
	open_days_redo(&s->days, day);
	s->reports--;
	return rc;
}

static bool is_hash(struct slice stored, const unsigned char hash[REPORT_HASH_BYTES])
{
	return stored.len == REPORT_HASH_BYTES && memcmp(stored.ptr, hash, REPORT_HASH_BYTES) == 0;
}

/* FORMATS 2.3 over all stored reports of the same key. `replaces` gets the id of a cut one, or 0. */
int store_compare(struct store *s, const struct report *r, const unsigned char *key, enum stored *verdict,
		  int64_t *replaces, struct err *err)
{
	struct statement *st = db_statement(s->db, SQL_REPORT_FIND);
	int rc;

	*verdict = STORED_NEW;
	*replaces = 0;
	bind_blob(st, 1, key, KEY_BYTES);
	while ((rc = statement_step(st, err)) == 1) {
		bool same = is_hash(column_blob(st, 1), r->content_hash);
		bool whole = column_int(st, 2) != 0;

		if (same || !r->complete) {
			s->met = column_int(st, 0);
			*verdict = STORED_DUPLICATE;
			*replaces = 0;
			statement_reset(st);
			return 0;
		}
		if (r->complete && !whole && *replaces == 0)
			*replaces = column_int(st, 0);
		*verdict = *replaces != 0 ? STORED_REPLACED : STORED_TWIN;
	}
	return rc;
}

static int rules_are_applied(struct store *s, bool *same, struct err *err)
{
	struct statement *st = db_statement(s->db, SQL_META_GET);
	struct arena scratch = { 0 };
	int rc;

	*same = false;
	bind_text(st, 1, SLICE("rules"));
	if ((rc = statement_step(st, err)) == 1)
		*same = slice_eq(column_text(st, 0), label_fingerprint(&scratch, &s->rules));
	statement_reset(st);
	arena_release(&scratch);
	return rc < 0 ? -1 : 0;
}

/* Whether another process wrote since; then what ids mean is read again, and rules must still be the same. */
static int look_around(struct store *s, struct err *err)
{
	struct statement *st = db_statement(s->db, SQL_META_GET);
	int64_t generation = 0;
	bool same;

	bind_text(st, 1, SLICE("generation"));
	if (statement_run(st, &generation, err) != 0)
		return -1;
	if (generation == s->generation)
		return 0;
	s->generation = generation;
	meaning_release(&s->meaning);
	if (rules_are_applied(s, &same, err) != 0)
		return -1;
	return same ? 0 :
		      err_set(err, ERR_SYSTEM, "%s: another process applied other source rules meanwhile: nothing was lost, run this again",
			      db_path(s->db));
}

int store_begin(struct store *s, struct err *err)
{
	if (s->open)
		return 0;
	if (statement_run(db_statement(s->db, SQL_BEGIN), NULL, err) != 0)
		return -1;
	s->open = true;
	return s->is_ready ? look_around(s, err) : 0;
}

struct db *store_db(struct store *s)
{
	return s->db;
}

const struct source_rules *store_rules(const struct store *s)
{
	return &s->rules;
}

const struct suffixes *store_suffixes(const struct store *s)
{
	return s->list;
}

struct raw *store_raw(struct store *s)
{
	return s->raw;
}

void store_changed(struct store *s, int64_t rows)
{
	s->rows += rows;
	s->changed = true;
}

void store_relabelled(struct store *s, int64_t address)
{
	meaning_release(&s->meaning);
	open_days_relabel(&s->days, address);
}

static void forget(struct store *s)
{
	map_clear(&s->domains);
	map_clear(&s->reporters);
	map_clear(&s->policies);
	map_clear(&s->addresses);
	map_clear(&s->profiles);
	meaning_release(&s->meaning); /* ids that were not committed are given again */
	open_days_clear(&s->days);
}

int store_roll_back(struct store *s)
{
	if (s->raw != NULL)
		raw_roll_back(s->raw);
	if (s->open)
		statement_run(db_statement(s->db, SQL_ROLLBACK), NULL, NULL);
	forget(s);
	s->open = s->changed = false;
	s->rows = s->reports = 0;
	return -1;
}

void store_head(struct store *s, const struct report *r, int64_t received_s, struct head *h)
{
	arena_clear(&s->scratch);
	if (s->profiles.used > LIMIT_PROFILE_CACHE)
		map_clear(&s->profiles);
	*h = (struct head){ .received_s = received_s, .day = day_of(r, received_s) };
	report_key(s, r, h->key);
}

int store_report(struct store *s, const struct report *r, struct slice bytes, int64_t received_s, enum stored *out,
		 struct err *err)
{
	struct head h;
	enum stored verdict;
	int64_t replaces;

	store_head(s, r, received_s, &h);
	h.has_raw = bytes.ptr != NULL;
	h.bytes = (int64_t)bytes.len;
	if (store_begin(s, err) != 0 || store_compare(s, r, h.key, &verdict, &replaces, err) != 0)
		return store_roll_back(s);
	h.twin = verdict == STORED_TWIN;
	if (verdict != STORED_DUPLICATE && h.has_raw && raw_put(s->raw, bytes, received_s, h.raw, err) != 0)
		return store_roll_back(s);
	if ((replaces != 0 && store_delete_report(s, replaces, err) != 0) ||
	    (verdict != STORED_DUPLICATE && insert(s, r, &h, err) != 0))
		return store_roll_back(s);
	*out = verdict;
	return 0;
}

int64_t store_met(const struct store *s)
{
	return s->met;
}

int store_reject(struct store *s, const struct reject *r, struct slice bytes, int64_t received_s, bool *fresh,
		 struct err *err)
{
	unsigned char key[KEY_BYTES], raw[RAW_KEY_BYTES];
	struct sha256_ctx h;
	uint8_t digest[SHA256_DIGEST_SIZE];
	uint64_t bytes_len = bytes.len;
	struct statement *st;
	int64_t id = 0;

	sha256_init(&h);
	sha256_update(&h, sizeof bytes_len, (const uint8_t *)&bytes_len);
	sha256_update(&h, bytes.len, (const uint8_t *)bytes.ptr);
	sha256_update(&h, r->member.ptr != NULL ? 1 : 0, (const uint8_t *)"!");
	sha256_update(&h, r->member.len, (const uint8_t *)r->member.ptr);
	sha256_digest(&h, sizeof digest, digest);
	memcpy(key, digest, sizeof key);
	if (store_begin(s, err) != 0 || (bytes.ptr != NULL && raw_put(s->raw, bytes, received_s, raw, err) != 0))
		return store_roll_back(s);
	st = db_statement(s->db, SQL_REJECT_ADD);
	bind_blob(st, 1, key, sizeof key);
	bind_int(st, 2, received_s);
	bind_text(st, 3, or_empty(r->file));
	bind_text(st, 4, r->member);
	bind_text(st, 5, slice_of(reject_name(r->code)));
	bind_int(st, 6, r->line);
	bind_text(st, 7, or_empty(r->detail));
	if (bytes.ptr != NULL)
		bind_blob(st, 8, raw, sizeof raw);
	if (statement_run(st, &id, err) != 0)
		return store_roll_back(s);
	*fresh = id != 0;
	s->changed = s->changed || *fresh;
	s->rows++;
	return 0;
}

int store_next_reject(struct store *s, struct arena *a, int64_t after, struct kept_reject *out, struct err *err)
{
	struct statement *st = db_statement(s->db, SQL_REJECT_NEXT);
	unsigned char key[RAW_KEY_BYTES];
	struct kept_reject kept;
	struct slice raw;
	int rc;

	bind_int(st, 1, after);
	if ((rc = statement_step(st, err)) != 1)
		return rc;
	kept = (struct kept_reject){ column_int(st, 0), text_copy(a, column_text(st, 1)), text_copy(a, column_text(st, 2)),
				     { 0 } };
	raw = column_blob(st, 3);
	if (raw.len == sizeof key)
		memcpy(key, raw.ptr, sizeof key);
	rc = raw.len == sizeof key;
	statement_reset(st);
	if (rc == 1 && raw_get(s->raw, a, key, &kept.bytes, err) < 0)
		return -1;
	*out = kept;
	return 1;
}

int store_retried(struct store *s, int64_t id, const struct reject *again, struct err *err)
{
	struct statement *st;

	if (store_begin(s, err) != 0)
		return store_roll_back(s);
	st = db_statement(s->db, again == NULL ? SQL_REJECT_DELETE : SQL_REJECT_UPDATE);
	bind_int(st, 1, id);
	if (again != NULL) {
		bind_text(st, 2, slice_of(reject_name(again->code)));
		bind_int(st, 3, again->line);
		bind_text(st, 4, or_empty(again->detail));
	}
	if (statement_run(st, NULL, err) != 0)
		return store_roll_back(s);
	store_changed(s, 1);
	return 0;
}

/* --- transactions --- */

void store_forget(struct store *s)
{
	store_roll_back(s);
}

bool store_is_open(const struct store *s)
{
	return s->open;
}

int64_t store_open_rows(const struct store *s)
{
	return s->rows;
}

static int meta_set(struct store *s, const char *key, struct slice value, struct err *err)
{
	struct statement *st = db_statement(s->db, SQL_META_SET);

	bind_text(st, 1, slice_of(key));
	bind_text(st, 2, value);
	return statement_run(st, NULL, err);
}

/* A number of meta, grown by `more`. */
static int meta_grow(struct store *s, const char *key, int64_t more, struct err *err)
{
	struct statement *st = db_statement(s->db, SQL_META_GET);
	int64_t value = 0;

	bind_text(st, 1, slice_of(key));
	if (statement_run(st, &value, err) != 0)
		return -1;
	st = db_statement(s->db, SQL_META_SET);
	bind_text(st, 1, slice_of(key));
	bind_int(st, 2, value + more);
	return statement_run(st, NULL, err);
}

static int write_derived(struct store *s, struct err *err)
{
	if (s->days.n + s->days.redo_n + s->days.relabelled_n == 0)
		return 0;
	return meaning_load(&s->meaning, s->db, err) == 0 ? derive_flush(&s->days, s->db, &s->meaning, err) : -1;
}

int store_commit(struct store *s, struct err *err)
{
	if (!s->open)
		return 0;
	if (write_derived(s, err) != 0 || (s->changed && meta_grow(s, "generation", 1, err) != 0) ||
	    (s->reports != 0 && meta_grow(s, "reports", s->reports, err) != 0) || raw_commit(s->raw, err) != 0 ||
	    statement_run(db_statement(s->db, SQL_COMMIT), NULL, err) != 0)
		return store_roll_back(s);
	s->generation += s->changed;
	s->open = s->changed = false;
	s->rows = s->reports = 0;
	return 0;
}

/* Does what gives facts or labels another meaning, and notes what that moves. */
static int rejudging(struct store *s, int (*change)(struct store *s, void *ctx, struct err *err), void *ctx, struct err *err)
{
	struct rejudge j;
	size_t n;
	const struct verdict_rule *rules = verdict_rules(&n);
	int rc = rejudge_begin(&j, s->db, err) == 0 ? change(s, ctx, err) : -1;

	if (rc == 0) {
		arena_clear(&s->memory);
		rc = rejudge_finish(&j, s->db, rules, n, &s->memory, &s->moves, err);
	}
	rejudge_release(&j);
	return rc;
}

const struct verdict_moves *store_verdict_moves(const struct store *s)
{
	return &s->moves;
}

static int relabel(struct store *s, void *ctx, struct err *err)
{
	if (label_all(s->db, &s->rules, err) != 0 || meta_set(s, "rules", label_fingerprint(&s->scratch, &s->rules), err) != 0)
		return -1;
	meaning_release(&s->meaning);
	return meaning_load(&s->meaning, s->db, err) == 0 ? derive_sources(s->db, &s->meaning, err) : -1;
}

/* Rules that changed name all history anew. */
static int apply_rules(struct store *s, struct err *err)
{
	bool same;

	if (rules_are_applied(s, &same, err) != 0 || same)
		return same ? 0 : -1;
	s->changed = true;
	return rejudging(s, relabel, NULL, err);
}

static int is_stale(struct store *s, bool *stale, struct err *err)
{
	enum applied applied;
	size_t n;
	const struct verdict_rule *rules = verdict_rules(&n);

	if (rebuild_is_due(s->db, stale, err) != 0 || rejudge_applied(s->db, rules, n, &applied, err) != 0)
		return -1;
	*stale = *stale || applied == APPLIED_ANOTHER;
	return 0;
}

static int bring_up_to_date(struct store *s, struct err *err)
{
	bool stale;

	if (store_begin(s, err) != 0 || is_stale(s, &stale, err) != 0 ||
	    (stale && store_rebuild(s, NULL, NULL, err) != 0) || apply_rules(s, err) != 0)
		return store_roll_back(s);
	if (store_commit(s, err) != 0)
		return -1;
	s->is_ready = true;
	return 0;
}

struct remaking {
	store_progress *progress;
	void *ctx;
};

static int remake(struct store *s, void *ctx, struct err *err)
{
	const struct remaking *how = ctx;

	return rebuild_all(s->db, s->list, &s->rules, how->progress, how->ctx, err);
}

int store_rebuild(struct store *s, store_progress *progress, void *ctx, struct err *err)
{
	struct remaking how = { progress, ctx };

	if (store_begin(s, err) != 0 || rejudging(s, remake, &how, err) != 0 ||
	    meta_set(s, "rules", label_fingerprint(&s->scratch, &s->rules), err) != 0 ||
	    meta_grow(s, "labels", 1, err) != 0) /* readers take in all of it anew */
		return store_roll_back(s);
	meaning_release(&s->meaning);
	s->changed = true;
	return 0;
}

int store_mark_demo(struct store *s, struct err *err)
{
	if (store_begin(s, err) != 0 || meta_set(s, "demo", SLICE("1"), err) != 0)
		return store_roll_back(s);
	s->changed = true;
	return 0;
}

int store_open(const char *path, const struct suffixes *list, struct source_rules rules, struct store **out,
	       struct err *err)
{
	struct store *s = calloc(1, sizeof *s);

	if (s == NULL)
		return err_errno(err, "%s", path);
	s->list = list;
	s->rules = rules;
	buf_init(&s->key, PROFILE_BYTES);
	map_init(&s->domains);
	map_init(&s->reporters);
	map_init(&s->policies);
	map_init(&s->addresses);
	map_init(&s->profiles);
	open_days_init(&s->days);
	if (db_open(path, DB_WRITE, &s->db, err) != 0 || raw_open(path, DB_WRITE, &s->raw, err) != 0 ||
	    bring_up_to_date(s, err) != 0) {
		store_close(s);
		return -1;
	}
	*out = s;
	return 0;
}

void store_close(struct store *s)
{
	if (s == NULL)
		return;
	if (s->db != NULL)
		store_roll_back(s);
	raw_close(s->raw);
	db_close(s->db);
	map_release(&s->domains);
	map_release(&s->reporters);
	map_release(&s->policies);
	map_release(&s->addresses);
	map_release(&s->profiles);
	arena_release(&s->memory);
	arena_release(&s->scratch);
	meaning_release(&s->meaning);
	open_days_release(&s->days);
	buf_release(&s->key);
	free(s->facts);
	free(s);
}
