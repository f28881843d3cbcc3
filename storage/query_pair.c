/* query_pair: breakdowns by two properties at once; see query.h. Gathered as cells, whose keys are free: the two ids, the
 * split, and whether ARC vouched. Neighbours: query.c has those by one. */
#include "storage/query.h"

#include "base/text.h"
#include "storage/scan.h"

enum pair_key { PAIR_FIRST, PAIR_SECOND, PAIR_SPLIT, PAIR_ARC };

static uint32_t key_of(const struct hit *h, enum group_by by)
{
	switch (by) {
	case BY_DAY:
		return (uint32_t)h->first_day;
	case BY_DOMAIN:
		return h->domain;
	case BY_REPORTER:
		return h->reporter;
	default:
		return h->source;
	}
}

static struct slice name_of(const struct reader *r, struct arena *a, enum group_by by, uint32_t id)
{
	char day[TEXT_DAY_BYTES];

	switch (by) {
	case BY_DAY:
		return slice_of(arena_printf(a, "%s", text_day(day, id)));
	case BY_DOMAIN:
		return text_copy(a, r->domains[id]);
	case BY_REPORTER:
		return text_copy(a, r->reporters[id]);
	default:
		return id > 0 ? text_copy(a, r->sources[id].name) : SLICE("none");
	}
}

static enum cell_table table_of(enum group_by by)
{
	return by == BY_DOMAIN ? OF_DOMAIN : by == BY_REPORTER ? OF_REPORTER : by == BY_SOURCE ? OF_SOURCE : OF_NOTHING;
}

static int gather(struct reader *r, struct arena *scratch, const struct filter *f, const enum group_by by[2],
		  struct cell_sums *sums, struct err *err)
{
	bool by_day = by[0] == BY_DAY || by[1] == BY_DAY;
	struct scan s = { 0 };
	struct hit h;
	int rc = scan_compile(&s, r, scratch, f, err) == 0 ? 1 : -1;

	if (rc == 1)
		scan_start(&s, by_day ? SCAN_DAYS : SCAN_SUMS, (enum cell_table)(table_of(by[0]) | table_of(by[1])));
	while (rc == 1 && (rc = scan_next(&s, &h, err)) == 1) {
		const struct cell cell = { .key = { [PAIR_FIRST] = key_of(&h, by[0]),
						    [PAIR_SECOND] = key_of(&h, by[1]),
						    [PAIR_SPLIT] = h.kind.split,
						    [PAIR_ARC] = h.kind.arc_rescued },
					   .days = 1, .messages = h.messages, .count = h.rows };

		if (h.in_class)
			cell_sums_add(sums, &cell);
	}
	scan_stop(&s);
	return rc;
}

static void collect(const struct reader *r, struct arena *a, const enum group_by by[2], const struct cells *all,
		    struct pairs *out)
{
	struct pair *p = NULL;

	*out = (struct pairs){ .item = arena_array(a, all->n + 1, sizeof *out->item) };
	for (size_t i = 0; i < all->n; i++) {
		const struct cell *c = &all->item[i];

		if (p == NULL || p->id[0] != c->key[PAIR_FIRST] || p->id[1] != c->key[PAIR_SECOND]) {
			p = &out->item[out->n++];
			for (int k = 0; k < 2; k++) {
				p->id[k] = c->key[k];
				p->key[k] = name_of(r, a, by[k], c->key[k]);
			}
		}
		p->counts.split[c->key[PAIR_SPLIT]] += c->messages;
		p->counts.arc_rescued += c->key[PAIR_ARC] != 0 ? c->messages : 0;
		p->counts.rows += c->count;
	}
}

int query_pairs(struct reader *r, struct arena *a, const struct filter *f, enum group_by first, enum group_by second,
		struct pairs *out, struct err *err)
{
	const enum group_by by[2] = { first, second };
	struct arena scratch = { 0 };
	struct cell_sums sums = { 0 };
	struct cells all = { 0 };
	int rc;

	if (reader_begin(r, NULL, err) != 0)
		return -1;
	rc = gather(r, &scratch, f, by, &sums, err);
	cell_sums_take(&sums, &all);
	if (rc == 0)
		collect(r, a, by, &all, out);
	cells_release(&all);
	cell_sums_release(&sums);
	arena_release(&scratch);
	reader_end(r);
	return rc;
}
