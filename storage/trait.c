/* trait: see trait.h. */
#include "storage/trait.h"

#include "schema/domain.h"

#include <stdlib.h>

struct slice trait_signature(struct arena *a, const struct auth *dkim)
{
	struct slice domain = domain_normal(a, dkim->domain);

	return slice_of(arena_printf(a, "%.*s/%.*s/%.*s", (int)domain.len, domain.ptr, (int)dkim->selector.len,
				     dkim->selector.ptr, (int)dkim->result.len, dkim->result.ptr));
}

struct slice trait_envelope(const struct profile_dim *p)
{
	return p->envelope.len > 0 ? p->envelope : SLICE("none");
}

struct slice trait_reason(const struct reason *r)
{
	return r->type.ptr != NULL ? r->type : SLICE("other");
}

bool trait_is(enum group_by by)
{
	return by == BY_SIGNATURE || by == BY_ENVELOPE || by == BY_REASON;
}

void traits_init(struct traits *t, const struct reader *r, enum group_by by)
{
	*t = (struct traits){ .reader = r, .by = by };
	map_init(&t->ids);
	t->of_profile = arena_array(&t->memory, r->profile_count + 1, sizeof *t->of_profile);
}

void traits_release(struct traits *t)
{
	if (t->reader == NULL)
		return;
	free(t->item);
	map_release(&t->ids);
	arena_release(&t->memory);
	*t = (struct traits){ 0 };
}

static uint32_t number_of(struct traits *t, struct slice key, const struct auth *signature)
{
	bool fresh;
	struct map_entry *e = map_put(&t->ids, key, &fresh);

	if (fresh) {
		t->n += t->n == 0;
		e->value = (int64_t)t->n;
		t->item = array_room(t->item, &t->room, &t->n, sizeof *t->item, t->n);
		t->item[e->value] = (struct trait){ e->key, signature };
	}
	return (uint32_t)e->value;
}

static size_t entries_of(const struct profile_dim *p, enum group_by by)
{
	size_t n = 0;

	for (const struct auth *r = by == BY_SIGNATURE ? p->dkim_auth : NULL; r != NULL; r = r->next)
		n++;
	for (const struct reason *r = by == BY_REASON ? p->reasons : NULL; r != NULL; r = r->next)
		n++;
	return n > 0 ? n : 1;
}

static void add(uint32_t *ids, size_t *n, uint32_t id)
{
	for (size_t i = 0; i < *n; i++)
		if (ids[i] == id)
			return;
	ids[(*n)++] = id;
}

static void find_traits(struct traits *t, const struct profile_dim *p, struct trait_list *list)
{
	uint32_t *ids = arena_array(&t->memory, entries_of(p, t->by), sizeof *ids);
	struct arena scratch = { 0 };

	for (const struct auth *r = t->by == BY_SIGNATURE ? p->dkim_auth : NULL; r != NULL; r = r->next)
		add(ids, &list->n, number_of(t, trait_signature(&scratch, r), r));
	for (const struct reason *r = t->by == BY_REASON ? p->reasons : NULL; r != NULL; r = r->next)
		add(ids, &list->n, number_of(t, trait_reason(r), NULL));
	if (list->n == 0)
		add(ids, &list->n, number_of(t, t->by == BY_ENVELOPE ? trait_envelope(p) : SLICE("none"), NULL));
	list->id = ids;
	arena_release(&scratch);
}

const struct trait_list *traits_of(struct traits *t, uint32_t profile)
{
	struct trait_list *list = &t->of_profile[profile];

	if (list->n == 0)
		find_traits(t, t->reader->profiles[profile], list);
	return list;
}
