/* query_cross: breakdowns by several properties at once; see query.h. Gathered as cells, whose keys are free: the wide ids, and in
 * the last one what is counted apart, below the narrow ids. Neighbours: query.c has those by one. */
#include "storage/query.h"

#include "base/text.h"
#include "storage/scan.h"

#include <assert.h>

enum { KEY_LAST = CROSS_WIDE };
enum { SPLIT_BITS = 3, APART_BITS = SPLIT_BITS + COUNTED_BITS, NARROW_BITS = 4, NARROW_MASK = (1 << NARROW_BITS) - 1 };
static_assert((int)KEY_LAST < (int)CELL_KEYS && SPLITS <= 1 << SPLIT_BITS && VERDICTS <= 1 << NARROW_BITS && STEPS <= 1 << NARROW_BITS &&
		      APART_BITS + 3 * NARROW_BITS <= 32,
	      "a cell has room for all");

struct crossing {
	const struct reader *reader;
	const enum group_by *by;
	size_t n;
	struct cell_sums sums;
};

static bool has_passed(const struct auth *results)
{
	while (results != NULL && !slice_is(results->result, "pass"))
		results = results->next;
	return results != NULL;
}

static uint32_t key_of(const struct reader *r, const struct hit *h, enum group_by by)
{
	const struct profile_dim *p = by == (enum group_by)CROSS_RESULTS ? r->profiles[h->profile] : NULL;

	if (p != NULL)
		return (uint32_t)has_passed(p->spf_auth) | (uint32_t)has_passed(p->dkim_auth) << 1;
	switch (by) {
	case BY_DAY:
		return (uint32_t)h->first_day;
	case BY_DOMAIN:
		return h->domain;
	case BY_REPORTER:
		return h->reporter;
	case BY_VERDICT:
		return hit_verdict(h);
	case BY_PHASE:
		return h->kind.step;
	case BY_STATE:
		return h->kind.survival;
	default:
		return h->source;
	}
}

static uint32_t counted_of(const struct kind *k)
{
	return (uint32_t)k->split | (uint32_t)k->counted << SPLIT_BITS;
}

/* As much of the kind as is counted. */
static struct kind kind_of_counted(uint32_t counted)
{
	return (struct kind){ .split = (enum split)(counted & ((1u << SPLIT_BITS) - 1)),
			      .counted = (uint8_t)(counted >> SPLIT_BITS & ((1u << COUNTED_BITS) - 1)) };
}

static struct slice name_of(const struct reader *r, struct arena *a, enum group_by by, uint32_t id)
{
	char day[TEXT_DAY_BYTES];

	if (by == (enum group_by)CROSS_RESULTS)
		return (struct slice){ 0 };
	switch (by) {
	case BY_DAY:
		return slice_of(arena_printf(a, "%s", text_day(day, id)));
	case BY_DOMAIN:
		return text_copy(a, r->domains[id]);
	case BY_REPORTER:
		return text_copy(a, r->reporters[id]);
	case BY_VERDICT:
		return slice_of(verdict_name((enum verdict)id));
	case BY_PHASE:
		return slice_of(step_name((enum step)id));
	case BY_STATE:
		return slice_of(survival_name((enum survival)id));
	default:
		return id > 0 ? text_copy(a, r->sources[id].name) : SLICE("none");
	}
}

static bool is_narrow(enum group_by by)
{
	return by == BY_VERDICT || by == BY_PHASE || by == BY_STATE;
}

/* Where a narrow id stands in the last key. */
static int shift_of(enum group_by by)
{
	return APART_BITS + NARROW_BITS * (by == BY_VERDICT ? 2 : by == BY_PHASE ? 1 : 0);
}

static size_t wide_of(const enum group_by *by, size_t n)
{
	size_t wide = 0;

	for (size_t i = 0; i < n; i++)
		wide += !is_narrow(by[i]);
	return wide;
}

static void put_id(const struct crossing *x, struct cell *c, size_t i, uint32_t id)
{
	if (is_narrow(x->by[i]))
		c->key[KEY_LAST] |= id << shift_of(x->by[i]);
	else
		c->key[wide_of(x->by, i)] = id;
}

static uint32_t id_in(const struct crossing *x, const struct cell *c, size_t i)
{
	return is_narrow(x->by[i]) ? c->key[KEY_LAST] >> shift_of(x->by[i]) & NARROW_MASK : c->key[wide_of(x->by, i)];
}

static enum cell_table table_of(enum group_by by)
{
	return by == BY_DOMAIN ? OF_DOMAIN : by == BY_REPORTER ? OF_REPORTER : by == BY_SOURCE || by == BY_VERDICT ? OF_SOURCE : OF_NOTHING;
}

static bool has(const struct crossing *x, enum group_by by)
{
	for (size_t i = 0; i < x->n; i++)
		if (x->by[i] == by)
			return true;
	return false;
}

static enum scan_grain grain_of(const struct crossing *x)
{
	bool results = has(x, (enum group_by)CROSS_RESULTS), days = has(x, BY_DAY);

	return results && days ? SCAN_FACTS : results ? SCAN_PROFILES : days ? SCAN_DAYS : SCAN_SUMS;
}

static void add(struct crossing *x, const struct hit *h)
{
	struct cell cell = { .days = 1, .messages = h->messages, .count = h->rows };

	cell.key[KEY_LAST] = counted_of(&h->kind);
	for (size_t i = 0; i < x->n; i++)
		put_id(x, &cell, i, key_of(x->reader, h, x->by[i]));
	cell_sums_add(&x->sums, &cell);
}

static int gather(struct crossing *x, struct reader *r, struct arena *scratch, const struct filter *f, struct err *err)
{
	unsigned tables = OF_NOTHING;
	struct scan s = { 0 };
	struct hit h;
	int rc = scan_compile(&s, r, scratch, f, err) == 0 ? 1 : -1;

	for (size_t i = 0; i < x->n; i++)
		tables |= table_of(x->by[i]);
	if (rc == 1)
		scan_start(&s, grain_of(x), (enum cell_table)tables);
	while (rc == 1 && (rc = scan_next(&s, &h, err)) == 1)
		if (h.in_class)
			add(x, &h);
	scan_stop(&s);
	return rc;
}

static bool is_same(const struct crossing *x, const struct cross_line *l, const struct cell *c)
{
	for (size_t i = 0; i < x->n; i++)
		if (l->id[i] != id_in(x, c, i))
			return false;
	return true;
}

/* Room for the name of each id of one of the keys: lines are many more than names. */
static struct slice *names_room(const struct crossing *x, struct arena *scratch, const struct cells *all, size_t k)
{
	uint32_t most = 0;

	for (size_t i = 0; i < all->n; i++)
		most = id_in(x, &all->item[i], k) > most ? id_in(x, &all->item[i], k) : most;
	return arena_array(scratch, (size_t)most + 1, sizeof(struct slice));
}

static void collect(const struct crossing *x, const struct reader *r, struct arena *a, struct arena *scratch, const struct cells *all,
		    struct cross *out)
{
	struct cross_line *l = NULL;
	struct slice *name[CROSS_MOST];

	for (size_t k = 0; k < x->n; k++)
		name[k] = names_room(x, scratch, all, k);
	*out = (struct cross){ .item = arena_array(a, all->n + 1, sizeof *out->item) };
	for (size_t i = 0; i < all->n; i++) {
		const struct cell *c = &all->item[i];

		if (l == NULL || !is_same(x, l, c)) {
			l = &out->item[out->n++];
			for (size_t k = 0; k < x->n; k++) {
				l->id[k] = id_in(x, c, k);
				if (name[k][l->id[k]].ptr == NULL)
					name[k][l->id[k]] = name_of(r, a, x->by[k], (uint32_t)l->id[k]);
				l->key[k] = name[k][l->id[k]];
			}
		}
		hit_count(&l->counts, &(struct hit){ .kind = kind_of_counted(c->key[KEY_LAST]), .messages = c->messages,
						     .rows = c->count });
	}
}

int query_cross(struct reader *r, struct arena *a, const struct filter *f, const enum group_by *by, size_t n, struct cross *out,
		struct err *err)
{
	struct crossing x = { .reader = r, .by = by, .n = n };
	struct arena scratch = { 0 };
	struct cells all = { 0 };
	int rc;

	assert(n >= 1 && n <= CROSS_MOST && wide_of(by, n) <= CROSS_WIDE);
	if (reader_begin(r, NULL, err) != 0)
		return -1;
	rc = gather(&x, r, &scratch, f, err);
	cell_sums_take(&x.sums, &all);
	if (rc == 0)
		collect(&x, r, a, &scratch, &all, out);
	cells_release(&all);
	cell_sums_release(&x.sums);
	arena_release(&scratch);
	reader_end(r);
	return rc;
}
