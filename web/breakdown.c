/* breakdown: see breakdown.h. */
#include "web/breakdown.h"

#include "base/text.h"

enum param breakdown_param(enum group_by by)
{
	static const enum param params[GROUP_BYS] = {
		[BY_DAY] = PARAM_FROM,          [BY_DOMAIN] = PARAM_DOMAIN, [BY_POLICY_DOMAIN] = PARAM_POLICY_DOMAIN,
		[BY_REPORTER] = PARAM_REPORTER, [BY_IP] = PARAM_IP,         [BY_SOURCE] = PARAM_SOURCE,
		[BY_CAUSE] = PARAM_CAUSE,       [BY_MONTH] = PARAM_FROM,    [BY_SIGNATURE] = PARAM_SIGNATURE,
		[BY_ENVELOPE] = PARAM_ENVELOPE, [BY_REASON] = PARAM_REASON, [BY_NETWORK] = PARAM_IP,
		[BY_VERDICT] = PARAM_VERDICT,   [BY_PHASE] = PARAM_PHASE,   [BY_STATE] = PARAM_STATE,
		[BY_RULE] = PARAM_DECIDED_BY,
	};

	return params[by];
}

static bool narrow(struct page *p, struct params *params, enum group_by by, const struct group *g)
{
	int64_t day, end;

	if (by == BY_DAY || by == BY_MONTH) {
		if (!text_parse_day(g->key, &day))
			return false;
		end = by == BY_DAY ? day : text_next_month(day) - 1;
		*params = param_days(p->a, params, day > p->filter.first_day ? day : p->filter.first_day,
				     end < p->filter.last_day ? end : p->filter.last_day);
		return true;
	}
	return g->key.len > 0 && param_narrow(p->a, params, breakdown_param(by), &g->key, 1);
}

struct slice breakdown_href(struct page *p, enum group_by by, const struct group *g, enum trust t)
{
	struct params params = p->params;

	if (!param_narrow_class(p->a, &params, t) || !narrow(p, &params, by, g))
		return (struct slice){ 0 };
	return page_link_to(p, "/records", &params);
}

struct value *breakdown_row(struct page *p, struct value *list, enum group_by by, const struct group *g)
{
	struct value *row = view_add_object(p->a, list);

	view_put_text(p->a, row, "key", g->key);
	view_put_text(p->a, row, "label", g->label.len > 0 ? g->label : SLICE("(none)"));
	if (by == BY_SOURCE)
		view_put_text(p->a, row, "kind", slice_of(source_kind_name(g->id > 0 ? g->kind : KIND_UNKNOWN)));
	page_put_counts(p->a, row, &g->counts);
	if (!p->html)
		return row;
	sheet_link(p, row, "messages", breakdown_href(p, by, g, TRUST_CLASSES));
	for (int t = 0; t < TRUST_CLASSES; t++)
		sheet_link(p, row, trust_json((enum trust)t), breakdown_href(p, by, g, (enum trust)t));
	return row;
}
