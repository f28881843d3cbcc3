/* query_source: which rule named what, and what other rules would name otherwise; see query.h. */
#include "base/text.h"
#include "storage/label.h"
#include "storage/map.h"
#include "storage/query.h"
#include "storage/scan.h"

#include <stdlib.h>

/* --- the rules in force --- */

static void count_named(const struct reader *r, struct rule_lines *out)
{
	const struct meaning *m = &r->meaning;

	for (size_t id = 0; id < m->address_count; id++)
		if (m->address_sources[id] > 0 && m->address_sources[id] <= out->n)
			out->item[m->address_sources[id] - 1].addresses++;
	for (size_t id = 0; id < m->profile_count; id++)
		if (m->profiles[id].source > 0 && m->profiles[id].source <= out->n)
			out->item[m->profiles[id].source - 1].profiles++;
}

int query_source_rules(struct reader *r, struct arena *a, struct rule_lines *out, struct err *err)
{
	if (reader_begin(r, NULL, err) != 0)
		return -1;
	out->n = r->source_count > 0 ? r->source_count - 1 : 0;
	out->item = arena_array(a, out->n + 1, sizeof *out->item);
	for (size_t i = 0; i < out->n; i++) {
		const struct source_dim *s = &r->sources[i + 1];

		out->item[i] = (struct rule_line){ .number = (int64_t)i + 1,	     .name = text_copy(a, s->name),
						   .owner = text_copy(a, s->owner), .kind = s->kind,
						   .hint = s->hint, .software = s->software };
	}
	count_named(r, out);
	reader_end(r);
	return 0;
}

/* --- other rules --- */

struct relabelling { /* every address and profile under the new rules, and what moved so far */
	const struct reader *reader;
	const struct source_rules *rules;
	uint32_t *addresses, *profiles; /* rule numbers by id */
	size_t address_room;
	struct map places; /* (old number, new number) to a line */
	struct move *line;
	size_t n, room;
};

static void *grown(void *array, size_t n, size_t each)
{
	if ((array = realloc(array, n * each)) == NULL)
		abort();
	return array;
}

static void set_address(struct relabelling *x, int64_t id, int64_t source)
{
	size_t need = (size_t)id + 1, room = x->address_room > 0 ? x->address_room : 1024;

	while (room < need)
		room *= 2;
	if (room > x->address_room) {
		x->addresses = grown(x->addresses, room, sizeof *x->addresses);
		memset(x->addresses + x->address_room, 0, (room - x->address_room) * sizeof *x->addresses);
		x->address_room = room;
	}
	x->addresses[id] = (uint32_t)source;
}

static int label_anew(struct relabelling *x, struct err *err)
{
	const struct reader *r = x->reader;
	struct statement *all = db_statement(r->db, SQL_ADDRESSES_KNOWN);
	struct arena scratch = { 0 };
	int64_t id, source;
	int rc;

	while ((rc = label_next_address(all, x->rules, &id, &source, err)) == 1)
		set_address(x, id, source);
	x->profiles = grown(NULL, r->profile_count + 1, sizeof *x->profiles);
	for (size_t i = 0; i < r->profile_count; i++) {
		const struct profile_dim *p = r->profiles[i];
		struct row row;

		if (p == NULL)
			continue;
		row = (struct row){ .header_from = p->header_from, .envelope_from = p->envelope_from,
				    .dkim_auth = p->dkim_auth, .spf_auth = p->spf_auth };
		x->profiles[i] = (uint32_t)label_profile(&scratch, x->rules, &row);
		arena_clear(&scratch);
	}
	arena_release(&scratch);
	return rc;
}

static int64_t new_source(const struct relabelling *x, const struct hit *h)
{
	uint32_t by_address = h->address < x->address_room ? x->addresses[h->address] : 0;

	return source_earlier(by_address, x->profiles[h->profile]);
}

static struct move move_of(const struct relabelling *x, int64_t from, int64_t to)
{
	struct move m = { .from_kind = KIND_UNKNOWN, .to_kind = KIND_UNKNOWN };

	if (from > 0) {
		m.from = x->reader->sources[from].name;
		m.from_kind = x->reader->sources[from].kind;
	}
	if (to > 0) {
		m.to = x->rules->rule[to - 1].name;
		m.to_kind = x->rules->rule[to - 1].kind;
	}
	return m;
}

static void add_hit(struct relabelling *x, const struct hit *h)
{
	const int64_t pair[2] = { h->source, new_source(x, h) };
	struct map_entry *e;
	bool fresh;

	e = map_put(&x->places, (struct slice){ (const char *)pair, sizeof pair }, &fresh);
	if (fresh) {
		if (x->n == x->room) {
			x->room = x->room > 0 ? x->room * 2 : 64;
			x->line = grown(x->line, x->room, sizeof *x->line);
		}
		x->line[x->n] = move_of(x, pair[0], pair[1]);
		e->value = (int64_t)x->n++;
	}
	x->line[e->value].messages += h->messages;
	x->line[e->value].rows++;
}

static bool is_moved(const struct move *m)
{
	return (m->from.ptr == NULL) != (m->to.ptr == NULL) || m->from_kind != m->to_kind || !slice_eq(m->from, m->to);
}

static int by_bytes(struct slice a, struct slice b)
{
	size_t least = a.len < b.len ? a.len : b.len;
	int order = least > 0 ? memcmp(a.ptr, b.ptr, least) : 0;

	return order != 0 ? order : a.len < b.len ? -1 : a.len > b.len;
}

static int most_first(const void *a, const void *b)
{
	const struct move *x = a, *y = b;
	int order = by_bytes(x->from, y->from);

	if (x->messages != y->messages)
		return x->messages > y->messages ? -1 : 1;
	return order != 0 ? order : by_bytes(x->to, y->to);
}

static void moves_of(struct relabelling *x, struct arena *a, struct moves *out)
{
	*out = (struct moves){ .item = arena_array(a, x->n + 1, sizeof *out->item) };
	for (size_t i = 0; i < x->n; i++) {
		struct move *m = &out->item[out->n];

		if (!is_moved(&x->line[i]))
			continue;
		*m = x->line[i];
		m->from = text_copy(a, m->from);
		m->to = text_copy(a, m->to);
		out->messages += m->messages;
		out->rows += m->rows;
		out->n++;
	}
	if (out->n > 0)
		qsort(out->item, out->n, sizeof *out->item, most_first);
}

static int gather_moves(struct reader *r, struct arena *a, const struct filter *f, struct relabelling *x, struct err *err)
{
	struct scan s = { 0 };
	struct hit h;
	int rc = label_anew(x, err) == 0 ? scan_compile(&s, r, a, f, err) : -1;

	if (rc == 0) {
		scan_start(&s, SCAN_FACTS, OF_NOTHING);
		while ((rc = scan_next(&s, &h, err)) == 1)
			if (h.in_class)
				add_hit(x, &h);
	}
	scan_stop(&s);
	return rc;
}

int query_relabel(struct reader *r, struct arena *a, const struct filter *f, const struct source_rules *rules,
		  struct moves *out, struct err *err)
{
	struct relabelling x = { .reader = r, .rules = rules };
	int rc;

	if (reader_begin(r, NULL, err) != 0)
		return -1;
	map_init(&x.places);
	rc = gather_moves(r, a, f, &x, err);
	if (rc == 0)
		moves_of(&x, a, out);
	map_release(&x.places);
	free(x.addresses);
	free(x.profiles);
	free(x.line);
	reader_end(r);
	return rc;
}
