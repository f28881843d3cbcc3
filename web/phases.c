/* phases: see phases.h. */
#include "web/phases.h"

#include "web/card.h"
#include "web/domain.h"
#include "web/route.h"

bool phases_all_days(struct page *p, struct param_errors *errors)
{
	const struct names *value = p->params.value;

	if (value[PARAM_PERIOD].n + value[PARAM_FROM].n + value[PARAM_TO].n > 0 || !page_has_data(p))
		return true;
	p->params = param_with(p->a, &p->params, PARAM_PERIOD, SLICE("all"));
	return param_filter(p->a, &p->params, &p->state, &p->filter, errors) == 0;
}

struct slice phases_main_domain(const struct phase_lines *lines)
{
	struct slice best = { 0 };
	int64_t most = -1;

	for (size_t i = 0, end; i < lines->n; i = end) {
		int64_t messages = 0;

		for (end = i; end < lines->n && slice_eq(lines->item[end].domain, lines->item[i].domain); end++)
			messages += lines->item[end].messages;
		if (messages > most) {
			most = messages;
			best = lines->item[i].domain;
		}
	}
	return best;
}

const char *phases_policy_words(struct arena *a, const struct policy_seen *seen)
{
	return arena_printf(a, "%s%s%s", domain_policy_words(a, seen), seen->strict_dkim ? "; adkim=s" : "", seen->strict_spf ? "; aspf=s" : "");
}

struct slice phases_rows(struct page *p, const struct phase_line *line)
{
	struct params params = param_without(&p->params, PARAM_UNDER);

	params = param_days(p->a, &params, line->first_day, line->last_day);
	if (!param_narrow(p->a, &params, PARAM_REPORTER, &line->reporter, 1) ||
	    !param_narrow(p->a, &params, PARAM_POLICY_DOMAIN, &line->domain, 1))
		return (struct slice){ 0 };
	return page_link_to(p, "/records", &params);
}

void phases_tabs(struct page *p, struct value *page, const char *path)
{
	static const char *const tabs[][2] = {
		{ "/rollout", "Rollout" }, { "/rollout/phases", "Phases" }, { "/rollout/measured", "Measured" }
	};

	for (size_t i = 0; i < sizeof tabs / sizeof *tabs; i++)
		if (route_page_kind(tabs[i][0]) != 0)
			page_tab(p, page, tabs[i][1], page_link_to(p, tabs[i][0], &p->params), strcmp(path, tabs[i][0]) == 0);
}
