/* once: see once.h. */
#include "storage/once.h"

#include "schema/limits.h"
#include "storage/derive.h"

#include <stdlib.h>

void once_release(struct once *o)
{
	free(o->bits);
	*o = (struct once){ 0 };
}

static bool has_bit(const uint64_t *bits, uint32_t id)
{
	return (bits[id / 64] >> (id % 64) & 1) != 0;
}

static void set_bit(uint64_t *bits, uint32_t id, bool on)
{
	uint64_t bit = (uint64_t)1 << (id % 64);

	bits[id / 64] = on ? bits[id / 64] | bit : bits[id / 64] & ~bit;
}

/* The addresses of one month; returns the days that have any. */
static uint32_t take_month(struct slice ids, uint32_t last, uint64_t *once, uint64_t *seen)
{
	uint32_t all = 0, days;

	for (size_t i = 0; i < ids.len / ID_BYTES; i++) {
		uint32_t id = ids_at(ids, i, &days);

		all |= days;
		if (id > last)
			continue;
		set_bit(once, id, !has_bit(seen, id) && (days & (days - 1)) == 0 && ids_at_few(ids, i));
		set_bit(seen, id, true);
	}
	return all;
}

static uint64_t *bits_new(size_t words)
{
	uint64_t *bits = calloc(words, sizeof *bits);

	if (bits == NULL)
		abort();
	return bits;
}

static int read_months(struct db *db, uint32_t last, uint64_t *once, uint64_t *seen, int *days, struct err *err)
{
	struct statement *s = db_statement(db, SQL_MONTHS);
	int rc;

	bind_int(s, 1, 0);
	bind_int(s, 2, INT64_MAX);
	while ((rc = statement_step(s, err)) == 1)
		*days += __builtin_popcount(take_month(column_blob(s, 2), last, once, seen));
	return rc;
}

int once_read(struct db *db, uint32_t last, uint64_t **out, struct err *err)
{
	size_t words = last / 64 + 1;
	uint64_t *once = bits_new(words), *seen = bits_new(words);
	int days = 0, rc = read_months(db, last, once, seen, &days, err);

	free(seen);
	if (rc != 0) {
		free(once);
		once = NULL;
	} else if (days < LIMIT_ONCE_DAYS)
		memset(once, 0, words * sizeof *once);
	*out = once;
	return rc;
}

int once_addresses(struct reader *r, const uint64_t **out, struct err *err)
{
	if (r->once.bits == NULL || r->once.generation != r->generation) {
		once_release(&r->once);
		if (once_read(r->db, r->meaning.last_address, &r->once.bits, err) != 0)
			return -1;
		r->once.generation = r->generation;
	}
	*out = r->once.bits;
	return 0;
}
