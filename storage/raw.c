/* raw: see raw.h. The only user of zlib in this room. */
#include "storage/raw.h"

#include "schema/limits.h"
#include "storage/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

enum { PACK_LEVEL = 1, LOOKED_AT_BYTES = 16 }; /* mail is base64 of what is packed already: level 6 saves 1 % more */

struct raw {
	struct db *db;
	bool open;
	z_stream packer; /* used over and over: setting one up is a third of the cost of packing a small mail */
	bool has_packer;
	Bytef *packed; /* room for one item */
	size_t packed_room;
};

int raw_path(const char *database, char out[RAW_PATH_BYTES], struct err *err)
{
	if (snprintf(out, RAW_PATH_BYTES, "%s.raw", database) < RAW_PATH_BYTES)
		return 0;
	return err_set(err, ERR_USE, "%.200s...: the path is too long", database);
}

int raw_open(const char *database, enum db_mode mode, struct raw **out, struct err *err)
{
	char path[RAW_PATH_BYTES];
	struct raw *r;

	if (raw_path(database, path, err) != 0)
		return -1;
	if ((r = calloc(1, sizeof *r)) == NULL)
		return err_errno(err, "%s", path);
	if (db_open_raw(path, mode, &r->db, err) != 0) {
		free(r);
		return -1;
	}
	*out = r;
	return 0;
}

void raw_close(struct raw *r)
{
	if (r == NULL)
		return;
	raw_roll_back(r);
	db_close(r->db);
	if (r->has_packer)
		deflateEnd(&r->packer);
	free(r->packed);
	free(r);
}

struct db *raw_db(struct raw *r)
{
	return r->db;
}

void raw_key(struct slice bytes, unsigned char key[RAW_KEY_BYTES])
{
	store_digest(bytes, key);
}

static int begin(struct raw *r, struct err *err)
{
	if (r->open)
		return 0;
	if (statement_run(db_statement(r->db, SQL_RAW_BEGIN), NULL, err) != 0)
		return -1;
	r->open = true;
	return 0;
}

int raw_commit(struct raw *r, struct err *err)
{
	if (!r->open)
		return 0;
	if (statement_run(db_statement(r->db, SQL_RAW_COMMIT), NULL, err) != 0) {
		raw_roll_back(r);
		return -1;
	}
	r->open = false;
	return 0;
}

void raw_roll_back(struct raw *r)
{
	if (r->open)
		statement_run(db_statement(r->db, SQL_RAW_ROLLBACK), NULL, NULL);
	r->open = false;
}

static int is_kept(struct raw *r, const unsigned char *key, bool *kept, struct err *err)
{
	struct statement *st = db_statement(r->db, SQL_RAW_FIND);
	int64_t found = 0;

	bind_blob(st, 1, key, RAW_KEY_BYTES);
	if (statement_run(st, &found, err) != 0)
		return -1;
	*kept = found != 0;
	return 0;
}

/* A mail is base64 of what is packed already: it repeats nothing, and looking for that costs three times what its six bits a
 * byte do. A bare document is full of repetition. */
static int strategy_for(struct slice bytes)
{
	for (size_t i = 0; i < bytes.len && i < LOOKED_AT_BYTES; i++)
		if (bytes.ptr[i] == '<' || bytes.ptr[i] == '{')
			return Z_DEFAULT_STRATEGY;
		else if ((bytes.ptr[i] >= 'A' && bytes.ptr[i] <= 'Z') || (bytes.ptr[i] >= 'a' && bytes.ptr[i] <= 'z'))
			break;
	return Z_HUFFMAN_ONLY;
}

/* Packs into fewer bytes than there are; 0 where that gains nothing. */
static size_t deflate_all(struct raw *r, struct slice bytes)
{
	if (deflateParams(&r->packer, PACK_LEVEL, strategy_for(bytes)) != Z_OK)
		return 0;
	r->packer.next_in = (Bytef *)bytes.ptr;
	r->packer.avail_in = (uInt)bytes.len;
	r->packer.next_out = r->packed;
	r->packer.avail_out = (uInt)bytes.len - 1;
	return deflate(&r->packer, Z_FINISH) == Z_STREAM_END ? (size_t)r->packer.total_out : 0;
}

/* `out` gets the smaller form; the packed one lives until the next call. */
static int pack(struct raw *r, struct slice bytes, struct slice *out, struct err *err)
{
	size_t n;
	void *more;

	*out = bytes;
	if (bytes.len == 0)
		return 0;
	if (bytes.len > r->packed_room) {
		if ((more = realloc(r->packed, bytes.len)) == NULL)
			return err_errno(err, "memory for %zu bytes", bytes.len);
		r->packed = more;
		r->packed_room = bytes.len;
	}
	if ((r->has_packer ? deflateReset(&r->packer) : deflateInit(&r->packer, PACK_LEVEL)) != Z_OK)
		return err_set(err, ERR_SYSTEM, "memory to pack %zu bytes", bytes.len);
	r->has_packer = true;
	if ((n = deflate_all(r, bytes)) > 0)
		*out = (struct slice){ (const char *)r->packed, n };
	return 0;
}

int raw_put(struct raw *r, struct slice bytes, int64_t received_s, unsigned char key[RAW_KEY_BYTES], struct err *err)
{
	struct slice packed;
	struct statement *st;
	bool kept;

	if (bytes.len > LIMIT_RAW_BYTES)
		return err_set(err, ERR_SYSTEM, "%zu bytes of one file are more than can be kept", bytes.len);
	raw_key(bytes, key);
	if (begin(r, err) != 0 || is_kept(r, key, &kept, err) != 0)
		return -1;
	if (kept)
		return 0;
	if (pack(r, bytes, &packed, err) != 0)
		return -1;
	st = db_statement(r->db, SQL_RAW_ADD);
	bind_blob(st, 1, key, RAW_KEY_BYTES);
	bind_int(st, 2, received_s);
	bind_int(st, 3, (int64_t)bytes.len);
	bind_int(st, 4, packed.ptr != bytes.ptr);
	bind_blob(st, 5, packed.ptr, packed.len);
	return statement_run(st, NULL, err);
}

/* Whole, and what the key says: nothing else is given out. */
static bool unpack(struct arena *a, struct slice stored, int64_t size, bool packed, struct slice *out)
{
	uLongf n = (uLongf)size;
	char *to;

	if (size < 0 || size > LIMIT_RAW_BYTES || (!packed && stored.len != (size_t)size))
		return false;
	to = arena_alloc(a, (size_t)size + 1);
	if (!packed)
		memcpy(to, stored.ptr, stored.len);
	else if (uncompress((Bytef *)to, &n, (const Bytef *)stored.ptr, stored.len) != Z_OK || n != (uLongf)size)
		return false;
	*out = (struct slice){ to, (size_t)size };
	return true;
}

int raw_get(struct raw *r, struct arena *a, const unsigned char key[RAW_KEY_BYTES], struct slice *out, struct err *err)
{
	struct statement *st = db_statement(r->db, SQL_RAW_GET);
	unsigned char digest[RAW_KEY_BYTES];
	struct slice bytes;
	int rc;

	bind_blob(st, 1, key, RAW_KEY_BYTES);
	if ((rc = statement_step(st, err)) != 1)
		return rc;
	if (unpack(a, column_blob(st, 2), column_int(st, 0), column_int(st, 1) != 0, &bytes)) {
		raw_key(bytes, digest);
		if (memcmp(digest, key, sizeof digest) == 0)
			*out = bytes;
		else
			rc = -1;
	} else {
		rc = -1;
	}
	statement_reset(st);
	if (rc == 1)
		return 1;
	err_set(err, ERR_SYSTEM, "%s: kept bytes are damaged", db_path(r->db));
	return RAW_DAMAGED;
}

int raw_delete(struct raw *r, const unsigned char key[RAW_KEY_BYTES], struct err *err)
{
	struct statement *st;

	if (begin(r, err) != 0)
		return -1;
	st = db_statement(r->db, SQL_RAW_DELETE);
	bind_blob(st, 1, key, RAW_KEY_BYTES);
	return statement_run(st, NULL, err);
}

int raw_older(struct raw *r, const struct raw_at *after, int64_t before_s, struct raw_at *out, int most, struct err *err)
{
	struct statement *st = db_statement(r->db, SQL_RAW_OLDER);
	int n = 0, rc;

	bind_int(st, 1, after->received_s);
	bind_blob(st, 2, after->key, RAW_KEY_BYTES);
	bind_int(st, 3, before_s);
	bind_int(st, 4, most);
	while ((rc = statement_step(st, err)) == 1) {
		struct slice key = column_blob(st, 1);

		out[n] = (struct raw_at){ .received_s = column_int(st, 0) };
		memcpy(out[n++].key, key.ptr, key.len < RAW_KEY_BYTES ? key.len : RAW_KEY_BYTES);
	}
	return rc == 0 ? n : -1;
}
