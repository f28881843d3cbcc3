/* cells: see cells.h. */
#include "storage/cells.h"

#include "storage/varint.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 1024, DAYS_BYTES = 4, SPARSE = 16 };

/* --- sorted arrays --- */

static int compare_keys(const uint32_t *a, const uint32_t *b)
{
	const uint64_t x[2] = { (uint64_t)a[0] << 32 | a[1], (uint64_t)a[2] << 32 | a[3] };
	const uint64_t y[2] = { (uint64_t)b[0] << 32 | b[1], (uint64_t)b[2] << 32 | b[3] };

	if (x[0] != y[0])
		return x[0] < y[0] ? -1 : 1;
	if (x[1] != y[1])
		return x[1] < y[1] ? -1 : 1;
	return a[4] < b[4] ? -1 : a[4] > b[4];
}

static int compare(const struct cell *a, const struct cell *b)
{
	return compare_keys(a->key, b->key);
}

static int compare_cells(const void *a, const void *b)
{
	return compare(a, b);
}

void cells_release(struct cells *c)
{
	free(c->item);
	*c = (struct cells){ 0 };
}

static void reserve(struct cells *c, size_t n)
{
	if (n <= c->room)
		return;
	c->room = c->room * 2 > n ? c->room * 2 : n;
	if ((c->item = realloc(c->item, c->room * sizeof *c->item)) == NULL)
		abort();
}

void cells_append(struct cells *c, const struct cell *cell)
{
	struct cell *last = c->n > 0 ? &c->item[c->n - 1] : NULL;

	if (last != NULL && compare(last, cell) == 0) {
		last->messages += cell->messages;
		last->count += cell->count;
		last->days |= cell->days;
		return;
	}
	reserve(c, c->n + 1);
	c->item[c->n++] = *cell;
}

void cells_unite(struct cells *out, const struct cells *a, const struct cells *b)
{
	size_t i = 0, k = 0;

	reserve(out, a->n + b->n);
	while (i < a->n || k < b->n) {
		bool from_a = k == b->n || (i < a->n && compare(&a->item[i], &b->item[k]) <= 0);

		cells_append(out, from_a ? &a->item[i++] : &b->item[k++]);
	}
}

size_t cells_find(const struct cells *c, const uint32_t key[CELL_KEYS])
{
	size_t low = 0, high = c->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare_keys(c->item[middle].key, key);

		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return c->n;
}

/* --- gathering --- */

static uint64_t mixed(const uint32_t key[CELL_KEYS])
{
	uint64_t h = ((uint64_t)key[0] << 32 | key[1]) * 0x9e3779b97f4a7c15u;

	h ^= ((uint64_t)key[2] << 32 | key[3]) + (h >> 29);
	h = (h ^ key[4]) * 0xbf58476d1ce4e5b9u;
	return h ^ h >> 32;
}

static struct cell *slot_of(struct cell_sums *s, const uint32_t key[CELL_KEYS])
{
	size_t i = mixed(key) & (s->slots - 1);

	while (s->slot[i].count != 0 && memcmp(s->slot[i].key, key, sizeof s->slot[i].key) != 0)
		i = (i + 1) & (s->slots - 1);
	return &s->slot[i];
}

static void grow(struct cell_sums *s)
{
	struct cell_sums old = *s;

	s->slots = old.slots > 0 ? old.slots * 2 : FIRST_SLOTS;
	if ((s->slot = calloc(s->slots, sizeof *s->slot)) == NULL)
		abort();
	for (size_t i = 0; i < old.slots; i++)
		if (old.slot[i].count != 0)
			*slot_of(s, old.slot[i].key) = old.slot[i];
	free(old.slot);
}

void cell_sums_add(struct cell_sums *s, const struct cell *cell)
{
	struct cell *sum;

	if (s->used * 2 >= s->slots)
		grow(s);
	sum = slot_of(s, cell->key);
	if (sum->count == 0) {
		*sum = *cell;
		s->used++;
		return;
	}
	sum->messages += cell->messages;
	sum->count += cell->count;
	sum->days |= cell->days;
}

void cell_sums_release(struct cell_sums *s)
{
	free(s->slot);
	*s = (struct cell_sums){ 0 };
}

void cell_sums_take(struct cell_sums *s, struct cells *out)
{
	reserve(out, s->used);
	for (size_t i = 0; i < s->slots; i++)
		if (s->slot[i].count != 0)
			out->item[out->n++] = s->slot[i];
	if (out->n > 0)
		qsort(out->item, out->n, sizeof *out->item, compare_cells);
	if (s->used * SPARSE < s->slots) /* emptying what a large one left would cost more than this one */
		cell_sums_release(s);
	else if (s->slots > 0)
		memset(s->slot, 0, s->slots * sizeof *s->slot);
	s->used = 0;
}

/* --- packed --- */

/* One fact or report has one day. */
static bool has_one_day(const struct cell *c)
{
	return c->count == 1;
}

static void pack_cell(struct buf *out, const struct cell *before, const struct cell *cell, int keys, bool of_month)
{
	char bytes[1 + (CELL_KEYS + 3) * VARINT_BYTES], *p = bytes;
	int first = 1;

	while (first < keys - 1 && cell->key[first] == before->key[first])
		first++;
	*p++ = (char)first;
	p = varint_put(p, cell->key[first] - before->key[first]);
	for (int i = first + 1; i < keys; i++)
		p = varint_put(p, cell->key[i]);
	p = varint_put(p, (uint64_t)cell->messages);
	p = varint_put(p, (uint64_t)cell->count);
	if (of_month && has_one_day(cell))
		*p++ = (char)__builtin_ctz(cell->days);
	else
		for (int i = 0; of_month && i < DAYS_BYTES; i++)
			*p++ = (char)(cell->days >> 8 * i);
	buf_add(out, bytes, (size_t)(p - bytes));
}

/* The cells from number `i` on that have its first key; returns how many. */
static size_t pack_group(struct buf *group, const struct cells *c, size_t i, int keys, bool of_month)
{
	const struct cell none = { 0 };
	size_t n = 0;

	buf_clear(group);
	for (; i + n < c->n && c->item[i + n].key[0] == c->item[i].key[0]; n++)
		pack_cell(group, n > 0 ? &c->item[i + n - 1] : &none, &c->item[i + n], keys, of_month);
	return n;
}

void cells_pack(struct buf *out, const struct cells *c, int keys, bool of_month)
{
	struct buf group;
	uint32_t before = 0;
	size_t n;

	buf_init(&group, out->ceiling_bytes);
	for (size_t i = 0; i < c->n; i += n) {
		n = pack_group(&group, c, i, keys, of_month);
		varint_add(out, c->item[i].key[0] - before);
		varint_add(out, group.len);
		buf_add_slice(out, buf_slice(&group));
		before = c->item[i].key[0];
	}
	buf_release(&group);
}

void cell_reader_init(struct cell_reader *r, struct slice packed, int keys, bool of_month)
{
	const unsigned char *at = (const unsigned char *)packed.ptr;

	*r = (struct cell_reader){ .at = at, .group_end = at, .end = at + packed.len, .cell.days = 1, .keys = keys,
				   .of_month = of_month };
}

/* Reading keeps its place in a local variable, as most of a page's time is spent here. */
static inline bool read_keys(struct cell_reader *r, const unsigned char **at, unsigned first)
{
	uint64_t n;

	if (!varint_read(at, r->group_end, &n) || (n += r->cell.key[first]) > UINT32_MAX || n < r->cell.key[first])
		return false;
	r->cell.key[first] = (uint32_t)n;
	for (unsigned i = first + 1; i < (unsigned)r->keys; i++) {
		if (!varint_read(at, r->group_end, &n) || n > UINT32_MAX)
			return false;
		r->cell.key[i] = (uint32_t)n;
	}
	return true;
}

static inline bool read_days(struct cell_reader *r, const unsigned char **at)
{
	const unsigned char *p = *at;

	if (has_one_day(&r->cell)) {
		if (p == r->group_end || *p >= 32)
			return false;
		r->cell.days = (uint32_t)1 << *p;
		*at = p + 1;
		return true;
	}
	if (r->group_end - p < DAYS_BYTES)
		return false;
	r->cell.days = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
	*at = p + DAYS_BYTES;
	return true;
}

/* The next wanted group: 1, 0 at the end. */
static int next_group(struct cell_reader *r)
{
	uint64_t key, len;

	do {
		if ((r->at = r->group_end) == r->end)
			return 0;
		if (!varint_read(&r->at, r->end, &key) || !varint_read(&r->at, r->end, &len) ||
		    (key += r->cell.key[0]) > UINT32_MAX || len == 0 || len > (uint64_t)(r->end - r->at))
			return -1;
		r->cell.key[0] = (uint32_t)key;
		r->group_end = r->at + len;
	} while (r->wanted != NULL && !r->wanted(r->ctx, (uint32_t)key));
	for (int i = 1; i < CELL_KEYS; i++)
		r->cell.key[i] = 0;
	return 1;
}

int cell_reader_next(struct cell_reader *r, const struct cell **out)
{
	uint64_t messages, count;
	const unsigned char *at;
	unsigned first;
	int rc;

	if (r->at == r->group_end && (rc = next_group(r)) != 1)
		return rc;
	at = r->at;
	first = *at++;
	if (first < 1 || first >= (unsigned)r->keys || !read_keys(r, &at, first) || !varint_read(&at, r->group_end, &messages) ||
	    !varint_read(&at, r->group_end, &count) || messages > INT64_MAX || count > INT64_MAX)
		return -1;
	r->cell.messages = (int64_t)messages;
	r->cell.count = (int64_t)count;
	if (r->of_month && !read_days(r, &at))
		return -1;
	r->at = at;
	*out = &r->cell;
	return 1;
}
