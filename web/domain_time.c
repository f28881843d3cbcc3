/* domain_time: the timeline of a domain; see domain_view.h. */
#include "web/domain_view.h"

#include "web/journal.h"
#include "web/sheet.h"

#include <stdlib.h>

enum { VALUES = 20 /* of one name */, DAY_S = 86400 };

static const struct column time_columns[] = {
	{ "day", "Day", LOOK_DAY, true },
	{ "what", "What", LOOK_TAG, true },
	{ "text", "Change", LOOK_TEXT, true },
	{ "after", "After", LOOK_MONO, .beneath = true },
	{ "before", "Before", LOOK_MONO, .beneath = true },
};
const struct sheet domain_time_sheet = { "timeline", "What changed", time_columns, sizeof time_columns / sizeof *time_columns,
					 .overlaps = true };

static void add(struct page *p, struct domain_view *d, int64_t day, const char *what, const char *text, struct slice before, struct slice after)
{
	if (d->event == NULL)
		d->event = arena_array(p->a, DOMAIN_EVENTS, sizeof *d->event);
	if (d->events < DOMAIN_EVENTS && day >= p->filter.first_day && day <= p->filter.last_day + 1)
		d->event[d->events++] = (struct domain_event){ .day = day, .what = what, .text = text, .before = before, .after = after };
}

/* A record's first known value is no change; what it was before is not known. */
static int add_record(struct page *p, struct reader *r, struct domain_view *d, struct slice name, struct err *err)
{
	struct dns_values values;

	if (query_dns_history(r, p->a, name, VALUES, &values, err) != 0)
		return -1;
	for (size_t i = 0; i + 1 < values.n; i++)
		add(p, d, values.item[i].first_s / DAY_S, "record", arena_printf(p->a, "The record at %.*s changed", (int)name.len, name.ptr),
		    values.item[i + 1].text, values.item[i].text);
	return 0;
}

static int add_records(struct page *p, struct reader *r, struct domain_view *d, struct err *err)
{
	struct slice dmarc = lint_below(p->a, SLICE("_dmarc"), d->name), above = lint_below(p->a, SLICE("_dmarc"), d->records.dmarc_at);

	if (add_record(p, r, d, dmarc, err) != 0 || (!slice_eq(dmarc, above) && add_record(p, r, d, above, err) != 0) ||
	    add_record(p, r, d, d->name, err) != 0)
		return -1;
	for (size_t i = 0; i < d->records.keys; i++)
		if (add_record(p, r, d, d->records.key[i].name, err) != 0)
			return -1;
	return 0;
}

static void add_senders(struct page *p, struct domain_view *d)
{
	for (size_t i = 0; i < d->ever.n; i++) {
		const struct group *g = &d->ever.item[i];

		if (g->id > 0 && g->first_seen > p->state.first_day)
			add(p, d, g->first_seen, "sender", arena_printf(p->a, "First mail through %.*s", (int)g->label.len, g->label.ptr),
			    (struct slice){ 0 }, (struct slice){ 0 });
	}
}

static bool is_same(const struct policy_seen *a, const struct policy_seen *b)
{
	return a->p == b->p && a->sp == b->sp && a->np == b->np && a->pct == b->pct && a->testing == b->testing;
}

/* Each change of what a reporter saw, unless another reporter told of that policy before. */
static void add_policies(struct page *p, struct domain_view *d)
{
	for (size_t i = 1; i < d->seen.n; i++) {
		const struct policy_line *line = &d->seen.item[i], *was = line - 1;
		bool first = slice_eq(line->reporter, was->reporter) && !is_same(&line->policy, &was->policy);

		for (size_t k = 0; first && k < d->seen.n; k++)
			first = k == i || !slice_eq(slice_of(domain_policy_words(p->a, &d->seen.item[k].policy)), slice_of(domain_policy_words(p->a, &line->policy))) ||
				d->seen.item[k].first_day > line->first_day || (d->seen.item[k].first_day == line->first_day && k > i);
		if (first)
			add(p, d, line->first_day, "policy", arena_printf(p->a, "%.*s is the first to report another policy", (int)line->reporter.len, line->reporter.ptr),
			    slice_of(domain_policy_words(p->a, &was->policy)), slice_of(domain_policy_words(p->a, &line->policy)));
	}
}

static int add_notes(struct page *p, struct reader *r, struct domain_view *d, struct err *err)
{
	struct journal_notes notes;
	size_t before = d->events;

	if (query_notes(r, p->a, &p->filter, DOMAIN_EVENTS, &notes, err) != 0)
		return -1;
	for (size_t i = 0; i < notes.n; i++, before = d->events) {
		const struct journal_note *n = &notes.item[i];

		add(p, d, n->day, "note", arena_printf(p->a, "%.*s", (int)n->text.len, n->text.ptr), (struct slice){ 0 }, (struct slice){ 0 });
		if (d->events > before)
			d->event[before].href = journal_note_href(p, n->id);
	}
	return 0;
}

static int last_first(const void *a, const void *b)
{
	const struct domain_event *x = a, *y = b;

	return x->day != y->day ? (x->day > y->day ? -1 : 1) : strcmp(x->text, y->text);
}

int domain_time_ask(struct page *p, struct reader *r, struct domain_view *d, struct err *err)
{
	if (add_notes(p, r, d, err) != 0 || add_records(p, r, d, err) != 0)
		return -1;
	add_policies(p, d);
	add_senders(p, d);
	if (d->events > 0)
		qsort(d->event, d->events, sizeof *d->event, last_first);
	return 0;
}

/* On a page both stand beneath what is said, and want a word. */
static void put_value(struct page *p, struct value *row, const char *key, const char *word, struct slice value)
{
	if (p->html && value.ptr != NULL)
		value = slice_of(arena_printf(p->a, "%s%.*s", word, value.len > 0 ? (int)value.len : 9, value.len > 0 ? value.ptr : "no record"));
	view_put_text(p->a, row, key, value);
}

void domain_time_put(struct page *p, struct view *out, struct value *data, const struct domain_view *d)
{
	struct value *list = view_put_list(p->a, data, "timeline");

	for (size_t i = 0; i < d->events; i++) {
		const struct domain_event *e = &d->event[i];
		struct value *row = view_add_object(p->a, list);

		view_put_day(p->a, row, "day", e->day);
		view_put_text(p->a, row, "what", slice_of(e->what));
		view_put_text(p->a, row, "text", slice_of(e->text));
		put_value(p, row, "after", "Now: ", e->after);
		put_value(p, row, "before", "Was: ", e->before);
		sheet_link(p, row, "text", e->href);
	}
	view_add_sheet(out, &domain_time_sheet);
}
