/* compare: see compare.h. */
#include "web/compare.h"

#include "base/text.h"
#include "web/format.h"

#include <stdlib.h>

enum { WEEK_DAYS = 7, NAMED = 4 /* receivers left out that a sentence names */ };

/* --- which days --- */

static int64_t year_before(int64_t day)
{
	struct civil c = text_civil(day);
	int64_t before = text_day_of(c.year - 1, c.month, c.day);

	return text_civil(before).month == c.month ? before : before - 1; /* 29 February */
}

static int64_t earlier_day(struct slice how, int64_t first, int64_t days)
{
	if (slice_is(how, "year"))
		return year_before(first);
	if (slice_is(how, "weekdays"))
		return first - (days + WEEK_DAYS - 1) / WEEK_DAYS * WEEK_DAYS;
	return first - days;
}

/* --- which receivers --- */

struct roll { /* who reported, in order of names */
	struct slice *name;
	size_t n;
};

static int by_bytes(const void *a, const void *b)
{
	const struct slice *x = a, *y = b;
	size_t n = x->len < y->len ? x->len : y->len;
	int r = n > 0 ? memcmp(x->ptr, y->ptr, n) : 0;

	return r != 0 ? r : (x->len > y->len) - (x->len < y->len);
}

static int ask_roll(struct page *p, struct reader *r, const struct filter *f, struct roll *out, struct err *err)
{
	struct reporter_lines lines;

	if (query_reporting(r, p->a, f, &lines, err) != 0)
		return -1;
	*out = (struct roll){ arena_array(p->a, lines.n + 1, sizeof *out->name), lines.n };
	for (size_t i = 0; i < lines.n; i++)
		out->name[i] = lines.item[i].name;
	if (out->n > 0)
		qsort(out->name, out->n, sizeof *out->name, by_bytes);
	return 0;
}

/* Parts two ordered rolls: who is in both, who in one alone. */
static void part(struct arena *a, const struct roll *now, const struct roll *then, struct compare *c, struct roll *both)
{
	size_t i = 0, k = 0;

	both->name = arena_array(a, now->n + 1, sizeof *both->name);
	c->only_now = arena_array(a, now->n + 1, sizeof *c->only_now);
	c->only_then = arena_array(a, then->n + 1, sizeof *c->only_then);
	while (i < now->n || k < then->n) {
		int order = i == now->n ? 1 : k == then->n ? -1 : by_bytes(&now->name[i], &then->name[k]);

		if (order == 0)
			both->name[both->n++] = now->name[i];
		else if (order < 0)
			c->only_now[c->only_now_count++] = now->name[i];
		else
			c->only_then[c->only_then_count++] = then->name[k];
		i += order <= 0;
		k += order >= 0;
	}
	c->receivers = both->n;
}

/* Narrows to the receivers of both; those that a period has none of need not be named there. */
static void narrow(struct params *params, const struct roll *both, size_t left_out)
{
	if (left_out > 0)
		params->value[PARAM_REPORTER] = (struct names){ both->name, both->n, false };
}

int compare_ask(struct page *p, struct reader *r, struct err *err)
{
	struct slice how = param_one(&p->params, PARAM_COMPARE);
	int64_t days = p->filter.last_day - p->filter.first_day + 1;
	struct compare *c = &p->compare;
	struct params now = p->params;
	struct param_errors errors = { 0 };
	struct roll rolls[2] = { 0 }, both = { 0 };

	*c = (struct compare){ 0 };
	if (how.ptr == NULL || !page_has_data(p))
		return 0;
	c->first_day = earlier_day(how, p->filter.first_day, days);
	c->last_day = c->first_day + days - 1;
	c->now = c->then = p->filter;
	c->then.first_day = c->first_day;
	c->then.last_day = c->last_day;
	if (ask_roll(p, r, &c->now, &rolls[0], err) != 0 || ask_roll(p, r, &c->then, &rolls[1], err) != 0)
		return -1;
	part(p->a, &rolls[0], &rolls[1], c, &both);
	c->on = both.n > 0;
	c->nothing = !c->on;
	if (!c->on)
		return 0;
	c->then_params = param_days(p->a, &p->params, c->first_day, c->last_day);
	c->then_params = param_without(&c->then_params, PARAM_COMPARE);
	narrow(&now, &both, c->only_now_count);
	narrow(&c->then_params, &both, c->only_then_count);
	if (param_filter(p->a, &now, &p->state, &c->now, &errors) != 0 ||
	    param_filter(p->a, &c->then_params, &p->state, &c->then, &errors) != 0)
		return err_set(err, ERR_SYSTEM, "web: a period to compare with that cannot be");
	return 0;
}

int compare_totals(struct page *p, struct reader *r, struct compared *out, struct err *err)
{
	*out = (struct compared){ 0 };
	if (compare_ask(p, r, err) != 0)
		return -1;
	if (p->compare.on && query_counts(r, &p->compare.now, &out->now_all, err) != 0)
		return -1;
	return p->compare.on ? query_counts(r, &p->compare.then, &out->then_all, err) : 0;
}

int compare_lines(struct page *p, struct reader *r, enum group_by by, struct compared *out, struct err *err)
{
	if (p->compare.on && query_groups(r, p->a, &p->compare.now, by, 0, &out->now, err) != 0)
		return -1;
	return p->compare.on ? query_groups(r, p->a, &p->compare.then, by, 0, &out->then, err) : 0;
}

int compare_groups(struct page *p, struct reader *r, enum group_by by, struct compared *out, struct err *err)
{
	return compare_totals(p, r, out, err) == 0 ? compare_lines(p, r, by, out, err) : -1;
}

/* --- as members --- */

const struct counts *compare_counts(const struct groups *groups, struct slice key)
{
	static const struct counts none;

	for (size_t i = 0; i < groups->n; i++)
		if (slice_eq(groups->item[i].key, key))
			return &groups->item[i].counts;
	return &none;
}

static void put_counts(struct page *p, struct value *object, const struct counts *c)
{
	page_put_counts(p->a, object, c);
	page_put_aligned(p->a, object, c);
	view_put_share(p->a, object, "untrusted_share", counts_class(c, TRUST_UNTRUSTED), counts_total(c));
}

void compare_put(struct page *p, struct value *row, const struct counts *now, const struct counts *then, struct slice href)
{
	struct value *compare;

	if (!p->compare.on)
		return;
	compare = view_put_object(p->a, row, "compare");
	put_counts(p, view_put_object(p->a, compare, "before"), then);
	put_counts(p, view_put_object(p->a, compare, "now"), now);
	if (p->html)
		view_put_link(p->a, view_hints(p->a, row), "messages_before", href);
}

void compare_row(struct page *p, struct value *row, const struct compared *c, struct slice key, enum param which)
{
	struct params params = p->compare.then_params;
	struct slice href = { 0 };

	if (!p->compare.on)
		return;
	if (p->html && key.len > 0 && param_narrow(p->a, &params, which, &key, 1))
		href = page_link_to(p, "/records", &params);
	compare_put(p, row, compare_counts(&c->now, key), compare_counts(&c->then, key), href);
}

static void put_names(struct page *p, struct value *object, const char *key, const struct slice *name, size_t n)
{
	struct value *list = view_put_list(p->a, object, key);

	for (size_t i = 0; i < n; i++)
		view_add_text(p->a, list, name[i]);
}

void compare_envelope(struct page *p, struct value *envelope, const struct counts *now, const struct counts *then)
{
	const struct compare *c = &p->compare;
	struct value *object;

	if (!c->on && !c->nothing)
		return;
	object = view_put_object(p->a, envelope, "compared_with");
	view_put_day(p->a, object, "from", c->first_day);
	view_put_day(p->a, object, "to", c->last_day);
	view_put_int(p->a, object, "receivers", (int64_t)c->receivers);
	put_names(p, object, "receivers_only_now", c->only_now, c->only_now_count);
	put_names(p, object, "receivers_only_before", c->only_then, c->only_then_count);
	for (struct value *v = envelope->first; v != NULL; v = v->next)
		if (strcmp(v->key, "total") == 0)
			compare_put(p, v, now, then, page_link_to(p, "/records", &c->then_params));
}

/* --- in words --- */

static void say_names(struct page *p, struct value *list, const char *before, const struct slice *name, size_t n)
{
	if (n == 0)
		return;
	page_say(p, list, before);
	for (size_t i = 0; i < n && i < NAMED; i++)
		page_say(p, list, arena_printf(p->a, "%s%.*s", i > 0 ? ", " : "", (int)format_cut(name[i], FORMAT_SCREEN_CHARS), name[i].ptr));
	if (n > NAMED)
		page_say(p, list, arena_printf(p->a, " and %s", page_plural(p->a, (int64_t)(n - NAMED), "other", "others")));
}

void compare_say(struct page *p, struct value *list)
{
	const struct compare *c = &p->compare;
	const char *range = format_range(p->a, c->first_day, c->last_day);

	if (c->nothing)
		page_say(p, list, arena_printf(p->a, "Nothing to compare with: no receiver that reported now also did for %s.", range));
	if (!c->on)
		return;
	page_say_strong(p, list, arena_printf(p->a, "Compared with %s.", range));
	if (c->only_now_count + c->only_then_count == 0)
		return;
	page_say(p, list, arena_printf(p->a, " Changes count only the %s that reported in both periods",
				       page_plural(p->a, (int64_t)c->receivers, "receiver", "receivers")));
	say_names(p, list, "; new now: ", c->only_now, c->only_now_count);
	say_names(p, list, "; no longer: ", c->only_then, c->only_then_count);
	page_say(p, list, ".");
}
