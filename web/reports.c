/* reports: see reports.h. */
#include "web/reports.h"

#include "base/text.h"
#include "web/domain.h"
#include "web/format.h"
#include "web/route.h"

enum { HOUR_S = 3600, DAY_S = 86400, NAMED = 3 /* late ones that a sentence names */ };

int reports_ask_late(struct page *p, struct reader *r, struct reporting *out, struct err *err)
{
	struct filter f = p->filter;

	f.last_day = text_floor_div(p->now, DAY_S);
	f.first_day = f.last_day - RHYTHM_DAYS;
	if (query_reporters(r, p->a, &f, &out->lines, err) != 0)
		return -1;
	out->first_day = f.first_day;
	out->rhythm = arena_array(p->a, out->lines.n + 1, sizeof *out->rhythm);
	rhythms_of(&out->lines, f.first_day, f.last_day, p->now, p->a, out->rhythm);
	return 0;
}

const char *reports_span(struct arena *a, int64_t seconds)
{
	if (seconds < HOUR_S)
		return "less than an hour";
	return seconds < 2 * DAY_S ? page_plural(a, seconds / HOUR_S, "hour", "hours") : page_plural(a, seconds / DAY_S, "day", "days");
}

const char *reports_late_words(struct page *p, const struct reporting *late)
{
	const char *words = "";
	int64_t n = 0, a_day = 0;

	for (size_t i = 0; i < late->lines.n; i++) {
		const struct rhythm *h = &late->rhythm[i];
		struct slice name = late->lines.item[i].name;

		if (h->missing == 0)
			continue;
		a_day += h->a_day;
		if (n++ < NAMED)
			words = arena_printf(p->a, "%s%s%.*s %s %s", words, n > 1 ? ", " : "", (int)format_cut(name, FORMAT_SCREEN_CHARS / NAMED),
					     name.ptr, h->missing < RHYTHM_QUIET_DAYS ? "is late by" : "has been quiet for",
					     h->missing < RHYTHM_QUIET_DAYS ? reports_span(p->a, h->late_s) :
									      page_plural(p->a, h->missing, "day", "days"));
	}
	if (n > NAMED)
		words = arena_printf(p->a, "%s and %s", words, page_plural(p->a, n - NAMED, "other", "others"));
	return n == 0 ? "" : arena_printf(p->a, "%s; %s a day out of sight.", words, page_plural(p->a, a_day, "message", "messages"));
}

void reports_tabs(struct page *p, struct value *page, const char *path)
{
	static const char *const tabs[][2] = { { "/reports", "Reports" }, { "/reports/reporters", "Reporters" }, { "/tls", "TLS" } };

	for (size_t i = 0; i < sizeof tabs / sizeof *tabs; i++)
		if (route_page_kind(tabs[i][0]) != 0)
			page_tab(p, page, tabs[i][1], page_link_to(p, tabs[i][0], &p->params), strcmp(path, tabs[i][0]) == 0);
	if (p->params.scope.n == 0 && route_page_kind("/ingest") != 0)
		page_tab(p, page, arena_printf(p->a, "Unread %s", format_count_text(p->a, p->state.rejects)), SLICE("/ingest?outcome=refused"), false);
}

struct slice reports_policy(struct arena *a, const struct policy_seen *policy)
{
	bool is_known = policy->p != POLICY_ABSENT || policy->sp != POLICY_ABSENT || policy->np != POLICY_ABSENT;

	return slice_of(is_known ? domain_policy_words(a, policy) : NULL);
}

const char *reports_format(bool is_9990)
{
	return is_9990 ? "RFC 9990" : "RFC 7489";
}

struct slice reports_href(struct page *p, int64_t id)
{
	return slice_of(arena_printf(p->a, "/reports/%lld", (long long)id));
}

struct slice reports_rows_href(struct page *p, int64_t id, int64_t day, enum trust t)
{
	struct slice number = slice_of(arena_printf(p->a, "%lld", (long long)id));
	struct params params = param_days(p->a, &p->params, day, day);

	if (!param_narrow(p->a, &params, PARAM_REPORT, &number, 1) || !param_narrow_class(p->a, &params, t))
		return (struct slice){ 0 };
	return page_link_to(p, "/records", &params);
}
