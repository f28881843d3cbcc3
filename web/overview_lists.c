/* overview_lists: the lists of Overview: who reported, who sends as us, which domains. Each adds up to the total: what was cut is
 * a line of its own. See overview.h. */
#include "web/overview.h"
#include "web/sheet.h"
#include "web/source.h"

#include "base/text.h"
#include "web/format.h"

#include <inttypes.h>

enum { GRID_DAYS = 14 /* days that fit as squares beside a receiver */, WEEK_DAYS = 7, SQUARES_MOST = 16 };

/* --- rows --- */

struct list { /* one of them in the making */
	struct page *p;
	const struct overview_view *v;
	const struct groups *groups, *now, *then;
	enum param which;
	struct value *rows;
};

/* What the lines leave over. */
static struct counts rest_of(const struct groups *groups, const struct groups *listed, const struct counts *all)
{
	struct counts rest = *all;

	for (size_t i = 0; i < listed->n; i++) {
		const struct counts *c = groups == listed ? &listed->item[i].counts : compare_counts(groups, listed->item[i].key);

		for (int s = 0; s < SPLITS; s++)
			rest.split[s] -= c->split[s];
	}
	return rest;
}

static struct value *add_row(struct list *l, struct slice key, struct slice label, const struct counts *c)
{
	struct page *p = l->p;
	struct value *row = view_add_object(p->a, l->rows);
	bool others = key.len == 0;

	view_put_text(p->a, row, "key", key);
	view_put_text(p->a, row, "label", label.len > 0 ? label : SLICE("(none)"));
	page_put_counts(p->a, row, c);
	if (!p->html)
		return row;
	sheet_link(p, row, "label", others ? (struct slice){ 0 } : page_link(p, p->path, l->which, key));
	sheet_link(p, row, "messages",
		   others ? sheet_rest_href(p, &p->params, l->groups, l->which, TRUST_CLASSES) : page_link(p, "/records", l->which, key));
	sheet_link(p, row, "untrusted",
		   others ? sheet_rest_href(p, &p->params, l->groups, l->which, TRUST_UNTRUSTED) :
			    page_link_class(p, "/records", l->which, key, TRUST_UNTRUSTED));
	return row;
}

static void add_compare(struct list *l, struct value *row, struct slice key)
{
	struct compared c = { .now = *l->now, .then = *l->then };

	if (l->p->compare.on)
		compare_row(l->p, row, &c, key, l->which);
}

/* Where a list was cut, what it leaves over; NULL where nothing is. */
static struct value *add_others(struct list *l, struct counts *rest)
{
	struct page *p = l->p;
	struct counts now, then;
	struct value *row;

	*rest = rest_of(l->groups, l->groups, &l->v->o.all);
	if (l->groups->total <= l->groups->n)
		return NULL;
	row = add_row(l, (struct slice){ 0 },
		      slice_of(page_plural(p->a, (int64_t)(l->groups->total - l->groups->n), "other", "others")), rest);
	if (!p->compare.on)
		return row;
	now = rest_of(l->now, l->groups, &l->v->now.all);
	then = rest_of(l->then, l->groups, &l->v->then.all);
	compare_put(p, row, &now, &then, sheet_rest_href(p, &p->compare.then_params, l->groups, l->which, TRUST_CLASSES));
	return row;
}

/* --- receivers --- */

static const struct reporter_line *line_of(const struct overview_view *v, struct slice name)
{
	for (size_t i = 0; i < v->usual.n; i++)
		if (slice_eq(v->usual.item[i].name, name))
			return &v->usual.item[i];
	return NULL;
}

static int64_t missing_days(const struct overview_view *v, const struct reporter_line *line, const struct filter *f)
{
	int64_t missing = 0;

	for (int64_t day = f->first_day; line != NULL && day <= f->last_day; day++)
		missing += coverage_square(line, v->usual_first, f->last_day, day) == '0';
	return missing;
}

/* A digit a day, for LOOK_DAYS. */
static const char *squares_of(struct page *p, const struct overview_view *v, const struct reporter_line *line, const bool *arrived)
{
	int64_t days = p->filter.last_day - p->filter.first_day + 1;
	char *squares = arena_alloc(p->a, (size_t)days + 1);

	for (int64_t d = 0; d < days; d++)
		squares[d] = arrived[d] ? '1' : line != NULL ? coverage_square(line, v->usual_first, p->filter.last_day, p->filter.first_day + d) : '-';
	return squares;
}

static bool is_listed(const struct groups *listed, struct slice key)
{
	for (size_t i = 0; i < listed->n; i++)
		if (slice_eq(listed->item[i].key, key))
			return true;
	return false;
}

/* Of all that have no line: there, in part there, or missing. */
static const char *squares_of_others(struct page *p, const struct overview_view *v)
{
	int64_t days = p->filter.last_day - p->filter.first_day + 1;
	char *squares = arena_alloc(p->a, (size_t)days + 1);

	for (int64_t d = 0; d < days; d++) {
		size_t there = 0, missing = 0;

		for (size_t i = 0; i < v->usual.n; i++) {
			char square = coverage_square(&v->usual.item[i], v->usual_first, p->filter.last_day, p->filter.first_day + d);

			if (is_listed(&v->receivers, v->usual.item[i].name))
				continue;
			there += square == '1';
			missing += square == '0';
		}
		squares[d] = there > 0 ? (missing > 0 ? 'p' : '1') : missing > 0 ? '0' : '-';
	}
	return squares;
}

static void put_days(struct page *p, const struct overview_view *v, struct value *row, size_t i, int64_t days)
{
	const struct reporter_line *line = line_of(v, v->receivers.item[i].key);
	const bool *arrived = v->o.reporter_days[i].arrived;
	int64_t reported = 0;

	for (int64_t d = 0; d < days; d++)
		reported += arrived[d];
	view_put_int(p->a, row, "days_reported", reported);
	view_put_int(p->a, row, "days_missing", missing_days(v, line, &p->filter));
	if (!p->html)
		return;
	if (days <= GRID_DAYS)
		view_put_link(p->a, view_hints(p->a, row), "squares", slice_of(squares_of(p, v, line, arrived)));
	view_put_link(p->a, view_hints(p->a, row), "of_days",
		      slice_of(arena_printf(p->a, "%s of %s", format_count_text(p->a, reported), format_count_text(p->a, days))));
}

void overview_put_receivers(struct page *p, const struct overview_view *v, struct value *data)
{
	struct list l = { p, v, &v->receivers, &v->now.by_reporter, &v->then.by_reporter, PARAM_REPORTER,
			  view_put_list(p->a, data, "receivers") };
	int64_t days = p->filter.last_day - p->filter.first_day + 1;
	struct value *row;
	struct counts rest;

	for (size_t i = 0; i < l.groups->n; i++) {
		const struct group *g = &l.groups->item[i];

		row = add_row(&l, g->key, g->label, &g->counts);
		add_compare(&l, row, g->key);
		put_days(p, v, row, i, days);
	}
	row = add_others(&l, &rest);
	if (row != NULL && p->html && days <= GRID_DAYS)
		view_put_link(p->a, view_hints(p->a, row), "squares", slice_of(squares_of_others(p, v)));
}

/* --- senders --- */

/* A few words on what it is. */
static struct slice what_of(struct page *p, const struct overview_view *v, const struct group *g)
{
	const struct rule_line *rule = source_rule(&v->rules, g);

	if (g->id == 0)
		return slice_of(v->unnamed > 0 ? page_plural(p->a, v->unnamed, "untrusted address", "untrusted addresses") : NULL);
	if (g->hint)
		return SLICE("built-in guess, to be confirmed");
	if (rule != NULL && rule->owner.len > 0)
		return rule->owner;
	return rule != NULL ? slice_of(page_plural(p->a, rule->addresses, "address", "addresses")) : (struct slice){ 0 };
}

static void put_sender(struct list *l, const struct group *g)
{
	enum source_kind kind = g->id > 0 ? g->kind : KIND_UNKNOWN;
	struct value *row = add_row(l, g->key, g->label, &g->counts);
	const struct remedy *remedy = remedy_of(kind, &g->counts);
	struct page *p = l->p;

	add_compare(l, row, g->key);
	view_put_text(p->a, row, "kind", slice_of(source_kind_name(kind)));
	view_put_text(p->a, row, "what", what_of(p, l->v, g));
	page_put_aligned(p->a, row, &g->counts);
	source_link_aligned(p, row, g->key);
	if (p->params.value[PARAM_CLASS].n > 0)
		return; /* what is to be done shows in all of its mail alone */
	view_put_text(p->a, row, "next", slice_of(remedy->verb));
	view_put_text(p->a, row, "next_remedy", slice_of(remedy->key));
	if (p->html && remedy->is_work)
		sheet_link(p, row, "next", source_href(p, &l->v->rules, g->id > 0 ? g->key : (struct slice){ 0 }));
}

void overview_put_senders(struct page *p, const struct overview_view *v, struct value *data)
{
	struct list l = { p, v, &v->senders, &v->now.by_source, &v->then.by_source, PARAM_SOURCE,
			  view_put_list(p->a, data, "sources") };
	struct counts rest;
	struct value *row;

	for (size_t i = 0; i < l.groups->n; i++)
		put_sender(&l, &l.groups->item[i]);
	row = add_others(&l, &rest);
	if (row != NULL)
		page_put_aligned(p->a, row, &rest);
}

/* --- domains --- */

static void put_policy(struct page *p, struct value *row, const struct counts *c, struct slice policy, bool inherited)
{
	view_put_share(p->a, row, "untrusted_share", counts_class(c, TRUST_UNTRUSTED), counts_total(c));
	view_put_text(p->a, row, "policy", policy);
	view_put_bool(p->a, row, "policy_inherited", inherited);
	if (p->html && policy.ptr != NULL)
		view_put_link(p->a, view_hints(p->a, row), "policy_says",
			      slice_of(arena_printf(p->a, "%sp=%.*s", inherited ? "inherits " : "", (int)policy.len, policy.ptr)));
}

void overview_put_domains(struct page *p, const struct overview_view *v, struct value *data)
{
	struct list l = { p, v, &v->domains, &v->now.by_domain, &v->then.by_domain, PARAM_DOMAIN,
			  view_put_list(p->a, data, "domains") };
	struct counts rest;
	struct value *row;

	for (size_t i = 0; i < l.groups->n; i++) {
		const struct group *g = &l.groups->item[i];

		row = add_row(&l, g->key, g->label, &g->counts);
		add_compare(&l, row, g->key);
		put_policy(p, row, &g->counts, g->policy, g->policy_inherited);
	}
	row = add_others(&l, &rest);
	if (row != NULL)
		put_policy(p, row, &rest, (struct slice){ 0 }, false);
}

/* --- as tables --- */

#define COUNTED(heading, look)                                                                                         \
	{ "label", heading, look }, { "messages", "Messages", LOOK_NUMBER }
#define TRUSTED { "bar", "Trust, bar length = messages", LOOK_BAR }, { "untrusted", "Untrusted", LOOK_NUMBER }
static const struct column sender_columns[] = {
	{ "label", "Source", LOOK_NAME },
	{ "kind", "Kind", LOOK_TAG, .beneath = true },
	{ "what", "What it is", LOOK_TEXT, .beneath = true },
	{ "messages", "Messages", LOOK_NUMBER },
	TRUSTED,
	{ "spf_aligned", "SPF aligned", LOOK_NUMBER },
	{ "dkim_aligned", "DKIM aligned", LOOK_NUMBER },
	{ "next", "Next step", LOOK_TEXT },
};
static const struct column domain_columns[] = {
	COUNTED("From domain", LOOK_NAME),
	TRUSTED,
	{ "untrusted_share", "Share", LOOK_NUMBER },
	{ "policy", "Policy seen", LOOK_TEXT, .at = "policy_says" },
};
static const struct column receiver_columns[] = {
	COUNTED("Receiver", LOOK_NAME),
	{ "days_reported", "Days", LOOK_NUMBER, .at = "of_days" },
};
#undef COUNTED
#undef TRUSTED
#define SHEET(key, title, columns) { key, title, columns, sizeof columns / sizeof *columns }
static const struct sheet sender_sheet = SHEET("sources", "Who sends as us", sender_columns);
static const struct sheet domain_sheet = SHEET("domains", "Which domains", domain_columns);
static const struct sheet receiver_sheet = SHEET("receivers", "Who reported", receiver_columns);
#undef SHEET

static void put_grid(struct page *p, struct value *page, const char *key, const struct sheet *s, const struct value *list)
{
	struct value *grid = view_put_object(p->a, page, key);

	view_put_link(p->a, grid, "grid_label", slice_of(s->title));
	sheet_grid(p, grid, s, list);
}

/* Days as squares, under their initials where these fit. */
static const struct sheet *with_squares(struct page *p)
{
	struct column *columns = arena_array(p->a, sizeof receiver_columns / sizeof *receiver_columns, sizeof *columns);
	int64_t days = p->filter.last_day - p->filter.first_day + 1;
	struct sheet *s = arena_alloc(p->a, sizeof *s);
	const char *initials = "";

	memcpy(columns, receiver_columns, sizeof receiver_columns);
	for (int64_t day = p->filter.first_day; days <= WEEK_DAYS && day <= p->filter.last_day; day++)
		initials = arena_printf(p->a, "%s%s%c", initials, initials[0] != '\0' ? " " : "", format_day_short(p->a, day)[0]);
	columns[2] = (struct column){ "squares", days <= WEEK_DAYS ? initials : "Days", LOOK_DAYS };
	*s = receiver_sheet;
	s->column = columns;
	return s;
}

/* What is to be done shows in all of a sender's mail alone. */
static const struct sheet *without_steps(struct page *p)
{
	struct sheet *s = arena_alloc(p->a, sizeof *s);

	*s = sender_sheet;
	s->columns--;
	return s;
}

void overview_put_grids(struct page *p, const struct overview_view *v, const struct value *data, struct value *page)
{
	bool squares = p->filter.last_day - p->filter.first_day < GRID_DAYS;

	put_grid(p, page, "receivers_grid", squares ? with_squares(p) : &receiver_sheet, view_at(data, "receivers"));
	put_grid(p, page, "senders_grid", p->params.value[PARAM_CLASS].n > 0 ? without_steps(p) : &sender_sheet, view_at(data, "sources"));
	put_grid(p, page, "domains_grid", &domain_sheet, view_at(data, "domains"));
}
