/* rollup: see rollup.h. */
#include "storage/rollup.h"

#include <stdlib.h>

void rollup_init(struct rollup *r, enum sql add)
{
	*r = (struct rollup){ .add = add };
	map_init(&r->places);
}

void rollup_release(struct rollup *r)
{
	map_release(&r->places);
	free(r->sum);
	*r = (struct rollup){ .add = r->add };
}

void rollup_clear(struct rollup *r)
{
	map_clear(&r->places);
	r->n = 0;
}

static struct rollup_sum *sum_of(struct rollup *r, int64_t id, int64_t day)
{
	const int64_t key[2] = { id, day };
	bool fresh;
	struct map_entry *e = map_put(&r->places, (struct slice){ (const char *)key, sizeof key }, &fresh);

	if (!fresh)
		return &r->sum[e->value];
	if (r->n == r->room) {
		r->room = r->room > 0 ? r->room * 2 : 256;
		if ((r->sum = realloc(r->sum, r->room * sizeof *r->sum)) == NULL)
			abort();
	}
	e->value = (int64_t)r->n;
	r->sum[r->n] = (struct rollup_sum){ .id = id, .day = day };
	return &r->sum[r->n++];
}

void rollup_add(struct rollup *r, int64_t id, int64_t day, enum split split, unsigned flags, int64_t messages,
		int64_t rows)
{
	struct rollup_sum *sum = sum_of(r, id, day);

	sum->split[split] += messages;
	if (flags & FLAG_ARC_RESCUED)
		sum->arc_rescued += messages;
	sum->rows += rows;
}

static int by_key(const void *a, const void *b)
{
	const struct rollup_sum *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return x->day < y->day ? -1 : x->day > y->day;
}

int rollup_flush(struct rollup *r, struct db *db, struct err *err)
{
	if (r->n > 0)
		qsort(r->sum, r->n, sizeof *r->sum, by_key);
	for (size_t i = 0; i < r->n; i++) {
		struct statement *s = db_statement(db, r->add);

		bind_int(s, 1, r->sum[i].id);
		bind_int(s, 2, r->sum[i].day);
		for (int k = 0; k < SPLITS; k++)
			bind_int(s, 3 + k, r->sum[i].split[k]);
		bind_int(s, 3 + SPLITS, r->sum[i].arc_rescued);
		bind_int(s, 4 + SPLITS, r->sum[i].rows);
		if (statement_run(s, NULL, err) != 0)
			return -1;
	}
	rollup_clear(r);
	return 0;
}
