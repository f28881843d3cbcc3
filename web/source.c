/* source: see source.h. */
#include "web/source.h"

#include "base/text.h"
#include "schema/limits.h"

/* "careers-portal" for "Careers portal": lower-case letters and digits, runs of anything else as one hyphen. NULL ptr where
 * nothing of the name is left. */
static struct slice slug_of(struct arena *a, struct slice name)
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
		n += slice_eq(slug_of(p->a, rules->item[i].name), slug);
	return n;
}

struct slice source_href(struct page *p, const struct rule_lines *rules, struct slice name)
{
	struct slice slug = name.ptr == NULL ? SLICE("unknown") : slug_of(p->a, name);

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
		if (!is_taken(id) && slice_eq(slug_of(p->a, rules->item[i].name), id))
			return &rules->item[i];
	return NULL;
}

const struct rule_line *source_rule(const struct rule_lines *rules, const struct group *g)
{
	return g->id > 0 && (size_t)g->id <= rules->n ? &rules->item[g->id - 1] : NULL;
}

void source_link_aligned(struct page *p, struct value *row, struct slice key)
{
	static const struct slice yes = WORD("1");
	static const enum param aligned[] = { PARAM_SPF_ALIGNED, PARAM_DKIM_ALIGNED };

	for (size_t i = 0; i < sizeof aligned / sizeof *aligned; i++) {
		struct params params = p->params;

		if (param_narrow(p->a, &params, PARAM_SOURCE, &key, 1) && param_narrow(p->a, &params, aligned[i], &yes, 1))
			sheet_link(p, row, param_name(aligned[i]), page_link_to(p, "/records", &params));
	}
}

int source_ask_unnamed(struct page *p, struct reader *r, enum trust t, int64_t *out, struct err *err)
{
	static const struct slice none = WORD("none");
	struct params params = p->params;
	struct param_errors errors = { 0 };
	struct filter filter;
	struct groups groups;
	int64_t rows;

	*out = -1;
	if (query_rows_of_days(r, &p->filter, &rows, err) != 0)
		return -1;
	if (rows > LIMIT_OVERVIEW_ROWS || !param_narrow(p->a, &params, PARAM_SOURCE, &none, 1) || !param_narrow_class(p->a, &params, t) ||
	    param_filter(p->a, &params, &p->state, &filter, &errors) != 0)
		return 0;
	if (query_groups(r, p->a, &filter, BY_IP, 1, &groups, err) != 0)
		return -1;
	*out = (int64_t)groups.total;
	return 0;
}

static bool narrow_spoofing(struct page *p, enum trust t, struct params *out)
{
	struct slice spoofing = slice_of(verdict_name(VERDICT_SPOOFING));

	*out = p->params;
	return param_narrow(p->a, out, PARAM_VERDICT, &spoofing, 1) && param_narrow_class(p->a, out, t);
}

int source_ask_spoofing(struct page *p, struct reader *r, enum trust t, int64_t *out, struct err *err)
{
	struct param_errors errors = { 0 };
	struct params params;
	struct filter filter;
	struct counts counts;
	int64_t rows;

	*out = -1;
	if (query_rows_of_days(r, &p->filter, &rows, err) != 0)
		return -1;
	if (rows > LIMIT_OVERVIEW_ROWS)
		return 0;
	*out = 0;
	if (!narrow_spoofing(p, t, &params) || param_filter(p->a, &params, &p->state, &filter, &errors) != 0)
		return 0;
	if (query_counts(r, &filter, &counts, err) != 0)
		return -1;
	*out = counts_total(&counts);
	return 0;
}

void source_say_spoofing(struct page *p, struct value *list, enum trust t, int64_t messages, const char *of)
{
	struct params params;

	if (messages == 0 || !narrow_spoofing(p, t, &params))
		return;
	page_say(p, list, " ");
	if (messages < 0)
		page_say_link(p, list, slice_of(arena_printf(p->a, "What is likely spoofing of %s", of)), page_link_to(p, "/records", &params));
	else {
		page_say_number(p, list, messages, NULL, page_link_to(p, "/records", &params));
		page_say(p, list, arena_printf(p->a, " of %s %s likely spoofing", of, messages == 1 ? "is" : "are"));
	}
	page_say(p, list, ": both checks fail, no signature of yours is there, no receiver says that it was sent on, and the address was seen on one "
			  "day only, with fewer than five messages.");
}
