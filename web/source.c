/* source: see source.h. */
#include "web/source.h"

#include "base/text.h"

struct slice source_slug(struct arena *a, struct slice name)
{
	char *slug = arena_alloc(a, name.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < name.len; i++) {
		char c = text_lower_char(name.ptr[i]);

		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			slug[n++] = c;
		else if (n > 0 && slug[n - 1] != '-')
			slug[n++] = '-';
	}
	while (n > 0 && slug[n - 1] == '-')
		n--;
	return n > 0 ? (struct slice){ slug, n } : (struct slice){ 0 };
}

/* These pages are something else. */
static bool is_taken(struct slice slug)
{
	return slice_is(slug, "unknown") || slice_is(slug, "rules");
}

static size_t rules_with(struct page *p, const struct rule_lines *rules, struct slice slug)
{
	size_t n = is_taken(slug);

	for (size_t i = 0; i < rules->n; i++)
		n += slice_eq(source_slug(p->a, rules->item[i].name), slug);
	return n;
}

struct slice source_href(struct page *p, const struct rule_lines *rules, struct slice name)
{
	struct slice slug = name.ptr == NULL ? SLICE("unknown") : source_slug(p->a, name);

	if (name.ptr != NULL && (slug.ptr == NULL || rules_with(p, rules, slug) != 1))
		slug = param_as_segment(p->a, name);
	return slug.ptr == NULL ? slug : page_link_to(p, arena_printf(p->a, "/sources/%.*s", (int)slug.len, slug.ptr), &p->params);
}

const struct rule_line *source_named(struct page *p, const struct rule_lines *rules, struct slice id)
{
	for (size_t i = 0; i < rules->n; i++)
		if (slice_eq(rules->item[i].name, id))
			return &rules->item[i];
	for (size_t i = 0; i < rules->n; i++)
		if (!is_taken(id) && slice_eq(source_slug(p->a, rules->item[i].name), id))
			return &rules->item[i];
	return NULL;
}
