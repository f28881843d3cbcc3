/* want: see want.h. */
#include "web/want.h"

struct want want_of(const struct page *p)
{
	return (struct want){ p->params, false };
}

struct want want_of_days(struct page *p, int64_t first_day, int64_t last_day)
{
	struct want w = { .params = { .scope = p->params.scope } };

	w.params = param_days(p->a, &w.params, first_day, last_day); /* gcc 12 garbles it as an initialiser (-ftrivial-auto-var-init) */
	return w;
}

struct want want_any(struct page *p, const struct want *w, enum param which, const struct slice *values, size_t n)
{
	struct want narrower = *w;

	if (n == 0 || !param_narrow(p->a, &narrower.params, which, values, n))
		narrower.nothing = true;
	return narrower;
}

static bool holds(const struct slice *values, size_t n, struct slice value)
{
	for (size_t i = 0; i < n; i++)
		if (slice_eq(values[i], value))
			return true;
	return false;
}

/* Where the present setting names what it wants, what is left of that. */
struct want want_none(struct page *p, const struct want *w, enum param which, const struct slice *values, size_t n)
{
	const struct names *now = &w->params.value[which];
	struct want narrower = *w;
	struct slice *left;
	size_t count = 0;

	if (now->n == 0 || now->exclude) {
		if (n > 0)
			param_exclude(p->a, &narrower.params, which, values, n);
		return narrower;
	}
	left = arena_array(p->a, now->n, sizeof *left);
	for (size_t i = 0; i < now->n; i++)
		if (!holds(values, n, now->item[i]))
			left[count++] = now->item[i];
	return want_any(p, w, which, left, count);
}

struct want want_word(struct page *p, const struct want *w, enum param which, const char *word)
{
	struct slice value = slice_of(word);

	return want_any(p, w, which, &value, 1);
}

struct want want_failing(struct page *p, const struct want *w)
{
	struct want narrower = *w;

	if (!param_narrow_failing(p->a, &narrower.params))
		narrower.nothing = true;
	return narrower;
}

bool want_filter(struct page *p, const struct want *w, struct filter *out)
{
	struct param_errors errors = { 0 };

	return !w->nothing && param_filter(p->a, &w->params, &p->state, out, &errors) == 0;
}

struct slice want_rows(struct page *p, const struct want *w)
{
	return w->nothing ? (struct slice){ 0 } : page_link_to(p, "/records", &w->params);
}

int want_groups(struct page *p, struct reader *r, const struct want *w, enum group_by by, struct groups *out, struct err *err)
{
	struct filter f;

	*out = (struct groups){ 0 };
	return want_filter(p, w, &f) ? query_groups(r, p->a, &f, by, 0, out, err) : 0;
}
