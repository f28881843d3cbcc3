/* query_scope: From domains as the tree that departments know; see query.h. Derived with each answer from the sums by From
 * domain and the public suffix list of the day, so that a fresh list needs no rebuilding. */
#include "base/text.h"
#include "schema/domain.h"
#include "storage/map.h"
#include "storage/query.h"
#include "storage/reader.h"

#include <stdlib.h>

struct growing {
	const struct suffixes *list;
	struct arena *a;
	const struct filter *f;
	struct map places; /* name to place + 1 */
	struct scope *item;
	size_t n, room;
};

static struct scope *scope_at(struct growing *g, struct slice name, bool *fresh)
{
	struct map_entry *e = map_put(&g->places, name, fresh);

	if (*fresh) {
		g->item = array_room(g->item, &g->room, &g->n, sizeof *g->item, g->n);
		g->item[g->n - 1] = (struct scope){ .name = text_copy(g->a, name), .first_seen = INT64_MAX, .last_seen = INT64_MIN };
		e->value = (int64_t)g->n - 1;
	}
	return &g->item[e->value];
}

static struct slice parent_of(struct slice name)
{
	const char *dot = memchr(name.ptr, '.', name.len);

	return dot == NULL ? name : (struct slice){ dot + 1, name.len - (size_t)(dot + 1 - name.ptr) };
}

/* Who sees a part only sees no name above it. */
static bool may_be_seen(const struct filter *f, struct slice name)
{
	for (size_t i = 0; i < f->scope.n; i++)
		if (domain_is_under(name, f->scope.item[i]))
			return true;
	return f->scope.n == 0;
}

/* One From domain's line, to itself and to all above it. */
static void add_line(struct growing *g, const struct group *line)
{
	struct slice top = domain_organisational(g->list, line->key), name = line->key;
	bool fresh, own = true;

	for (;; name = parent_of(name), own = false) {
		struct scope *s;

		if (!may_be_seen(g->f, name))
			return;
		s = scope_at(g, name, &fresh);
		if (own) {
			counts_add(&s->own, &line->counts);
			s->policy = line->policy;
		}
		counts_add(&s->tree, &line->counts);
		s->first_seen = line->first_seen < s->first_seen ? line->first_seen : s->first_seen;
		s->last_seen = line->last_seen > s->last_seen ? line->last_seen : s->last_seen;
		if (name.len <= top.len || memchr(name.ptr, '.', name.len) == NULL)
			return;
	}
}

/* Labels from the right: "example.univ.chem" comes behind "example.univ". */
static int from_the_right(struct slice a, struct slice b)
{
	while (a.len > 0 && b.len > 0) {
		const char *x = memrchr(a.ptr, '.', a.len), *y = memrchr(b.ptr, '.', b.len);
		struct slice la = { x != NULL ? x + 1 : a.ptr, 0 }, lb = { y != NULL ? y + 1 : b.ptr, 0 };
		int order;

		la.len = a.len - (size_t)(la.ptr - a.ptr);
		lb.len = b.len - (size_t)(lb.ptr - b.ptr);
		order = memcmp(la.ptr, lb.ptr, la.len < lb.len ? la.len : lb.len);
		if (order != 0 || la.len != lb.len)
			return order != 0 ? order : la.len < lb.len ? -1 : 1;
		a.len = x != NULL ? (size_t)(x - a.ptr) : 0;
		b.len = y != NULL ? (size_t)(y - b.ptr) : 0;
	}
	return (a.len > 0) - (b.len > 0);
}

static int by_labels(const void *a, const void *b)
{
	const struct scope *x = a, *y = b;

	return from_the_right(x->name, y->name);
}

/* In order, a scope's parent is the last one before it that it lies under. */
static void link_parents(struct scopes *s)
{
	for (size_t i = 0; i < s->n; i++) {
		size_t up = i;

		s->item[i].parent = i;
		if (i == 0)
			continue;
		for (up = i - 1; !domain_is_under(s->item[i].name, s->item[up].name) && s->item[up].parent != up;)
			up = s->item[up].parent;
		if (domain_is_under(s->item[i].name, s->item[up].name)) {
			s->item[i].parent = up;
			s->item[i].depth = s->item[up].depth + 1;
		}
	}
}

int query_scopes(struct reader *r, struct arena *a, const struct filter *f, struct scopes *out, struct err *err)
{
	struct growing g = { .list = r->list, .a = a, .f = f };
	struct groups lines;

	if (query_groups(r, a, f, BY_DOMAIN, 0, &lines, err) != 0)
		return -1;
	map_init(&g.places);
	for (size_t i = 0; i < lines.n; i++)
		add_line(&g, &lines.item[i]);
	*out = (struct scopes){ arena_array(a, g.n + 1, sizeof *out->item), g.n };
	if (g.n > 0) {
		memcpy(out->item, g.item, g.n * sizeof *out->item);
		qsort(out->item, out->n, sizeof *out->item, by_labels);
	}
	link_parents(out);
	map_release(&g.places);
	free(g.item);
	return 0;
}
