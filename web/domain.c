/* domain: see domain.h. */
#include "web/domain.h"

bool domain_may_see(const struct page *p, struct slice name)
{
	const struct names *scope = &p->params.scope;

	for (size_t i = 0; i < scope->n; i++)
		if (domain_is_under(name, scope->item[i]))
			return true;
	return scope->n == 0;
}

static bool keeps(const struct names *f, struct slice name, bool below)
{
	bool found = false;

	for (size_t i = 0; i < f->n; i++)
		found = found || (below ? domain_is_under(name, f->item[i]) : slice_eq(name, f->item[i]));
	return f->n == 0 || found != f->exclude;
}

bool domain_is_asked_for(const struct page *p, struct slice name)
{
	return domain_may_see(p, name) && keeps(&p->filter.under, name, true) && keeps(&p->filter.domain, name, false);
}

struct slice domain_href(struct page *p, struct slice name)
{
	struct params params = param_without(&p->params, PARAM_UNDER);
	struct slice segment = param_as_segment(p->a, name);

	params = param_without(&params, PARAM_DOMAIN);
	if (segment.ptr == NULL)
		return segment;
	return page_link_to(p, arena_printf(p->a, "/domains/%.*s", (int)segment.len, segment.ptr), &params);
}

const char *domain_policy_words(struct arena *a, const struct policy_seen *seen)
{
	const char *words = seen->p != POLICY_ABSENT ? arena_printf(a, "p=%s", policy_name(seen->p)) : "no p";

	if (seen->sp != POLICY_ABSENT && seen->sp != seen->p)
		words = arena_printf(a, "%s; sp=%s", words, policy_name(seen->sp));
	if (seen->np != POLICY_ABSENT && seen->np != (seen->sp != POLICY_ABSENT ? seen->sp : seen->p))
		words = arena_printf(a, "%s; np=%s", words, policy_name(seen->np));
	if (seen->pct >= 0 && seen->pct < 100)
		words = arena_printf(a, "%s; pct=%d", words, seen->pct);
	return seen->testing ? arena_printf(a, "%s; t=y", words) : words;
}
