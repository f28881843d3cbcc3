/* journal: see journal.h. */
#include "web/journal.h"

#include "base/text.h"
#include "web/format.h"
#include "web/want.h"

enum { DAY_SECONDS = 86400, SAID_CHARS = 160 };

int64_t journal_today(const struct page *p)
{
	return text_floor_div(p->now, DAY_SECONDS);
}

struct slice journal_note_href(struct page *p, int64_t id)
{
	return slice_of(arena_printf(p->a, "/rollout/notes/%lld", (long long)id));
}

struct slice journal_blocker_href(struct page *p, int64_t id)
{
	return slice_of(arena_printf(p->a, "/rollout/blockers/%lld", (long long)id));
}

struct slice journal_domain_href(struct page *p, struct slice domain)
{
	struct params params = { .scope = p->params.scope };

	if (domain.len == 0)
		return (struct slice){ 0 };
	params = param_with(p->a, &params, PARAM_UNDER, domain);
	return page_link_to(p, "/", &params);
}

/* Failing mail of the last days, whatever the page's own filters are. */
static struct want last_days(struct page *p)
{
	struct want w = want_of_days(p, p->state.last_day - JOURNAL_CLEAN_DAYS + 1, p->state.last_day);

	return want_failing(p, &w);
}

struct slice journal_blocker_rows(struct page *p, const struct blocker *b)
{
	struct want w = last_days(p);

	if (b->source.len == 0 || !page_has_data(p))
		return (struct slice){ 0 };
	w = want_any(p, &w, PARAM_UNDER, &b->domain, 1);
	w = want_any(p, &w, PARAM_SOURCE, &b->source, 1);
	return want_rows(p, &w);
}

static int64_t failing_of(const struct cross *sums, const struct blocker *b)
{
	int64_t n = 0;

	for (size_t i = 0; i < sums->n; i++)
		if (slice_eq(sums->item[i].key[0], b->source) && domain_is_under(sums->item[i].key[1], b->domain))
			n += counts_total(&sums->item[i].counts);
	return n;
}

static struct journal_blocker stand(struct page *p, const struct cross *sums, const struct blocker *b)
{
	struct journal_blocker out = { .blocker = *b, .state = blocker_state_on(b, journal_today(p)),
				       .lapsed = blocker_has_lapsed(b, journal_today(p)), .failing = -1 };

	if (b->source.len == 0 || !page_has_data(p))
		return out;
	out.failing = failing_of(sums, b);
	out.clean = out.failing == 0 && (out.state == BLOCKER_OPEN || out.state == BLOCKER_ASKED) &&
		    text_floor_div(b->made_s, DAY_SECONDS) <= p->state.last_day - JOURNAL_CLEAN_DAYS;
	return out;
}

int journal_blockers_ask(struct page *p, struct reader *r, struct slice domain, struct journal_blockers *out, struct err *err)
{
	static const enum group_by by[] = { BY_SOURCE, BY_DOMAIN };
	struct want w = last_days(p);
	struct cross sums = { 0 };
	struct blockers all;
	struct filter f;

	if (query_blockers(r, p->a, &p->filter, domain, &all, err) != 0 ||
	    (all.n > 0 && page_has_data(p) && want_filter(p, &w, &f) && query_cross(r, p->a, &f, by, 2, &sums, err) != 0))
		return -1;
	*out = (struct journal_blockers){ arena_array(p->a, all.n + 1, sizeof *out->item), all.n };
	for (size_t i = 0; i < all.n; i++)
		out->item[i] = stand(p, &sums, &all.item[i]);
	return 0;
}

const char *journal_blocker_state(const struct journal_blocker *b)
{
	return b->clean ? "closed" : blocker_state_name(b->state);
}

const char *journal_blocker_says(struct page *p, const struct journal_blocker *b)
{
	struct slice reason = b->blocker.reason;
	int cut = (int)format_cut(reason, SAID_CHARS);

	if (b->clean)
		return arena_printf(p->a, "no failing mail for %d days", JOURNAL_CLEAN_DAYS);
	if (b->lapsed)
		return arena_printf(p->a, "open again: it was accepted until %s, which is over (%.*s)", format_day_short(p->a, b->blocker.until_day), cut, reason.ptr);
	if (b->state == BLOCKER_ACCEPTED)
		return arena_printf(p->a, "until %s: %.*s", format_day_short(p->a, b->blocker.until_day), cut, reason.ptr);
	return arena_printf(p->a, "since %s", format_day_short(p->a, b->blocker.state_day));
}
