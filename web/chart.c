/* chart: see chart.h. */
#include "web/chart.h"

#include "base/text.h"
#include "schema/limits.h"
#include "web/format.h"
#include "web/journal.h"

#include <stdlib.h>

enum {
	DAY_ROWS = 7,       /* up to so many days: a row each; more: columns (UX 3) */
	PLOT_PIXELS = 140,  /* height of the columns */
	MARK_PIXELS = 22,   /* above them, for what is marked */
	NOTE_PIXELS = 20,   /* above that, for the numbers of notes */
	FOOT_PIXELS = 24,   /* below, for the dates */
	TICKS = 5,          /* dates named there */
	CROWDED = 60,       /* so many columns lead somewhere as a whole only */
	GAPLESS = 31,       /* more columns stand without a gap */
	LATE_PERCENT = 66,  /* a mark behind that has its label on its left */
	FEW_PERCENT = 2,    /* a policy that fewer of the reports saw is somebody's mistake */
};

static void put(struct page *p, struct value *object, const char *key, const char *text)
{
	view_put_link(p->a, object, key, slice_of(text));
}

static const char *pixels(struct page *p, double n)
{
	int64_t tenths = (int64_t)(n * 10 + (n < 0 ? -0.5 : 0.5)); /* a chart has hundreds, and printf is slow with fractions */

	return arena_printf(p->a, "%s%d.%d", tenths < 0 ? "-" : "", abs((int)(tenths / 10)), abs((int)(tenths % 10)));
}

/* --- bars --- */

void chart_init(struct page *p, struct chart *c)
{
	int64_t day = p->filter.first_day, last = p->filter.last_day;

	*c = (struct chart){ .by_month = last - day >= LIMIT_CHART_DAYS };
	c->bar = arena_array(p->a, (size_t)(last >= day ? last - day + 1 : 0) + 1, sizeof *c->bar);
	for (int64_t next; day <= last; day = next) {
		next = c->by_month ? text_next_month(day) : day + 1;
		c->bar[c->n++] = (struct chart_bar){ .first_day = day, .last_day = next <= last ? next - 1 : last };
	}
}

enum group_by chart_by(const struct chart *c)
{
	return c->by_month ? BY_MONTH : BY_DAY;
}

/* The bar that holds a day, as much of its month as there is; NULL where none does. */
static struct chart_bar *bar_of(const struct chart *c, int64_t day)
{
	for (size_t i = 0; i < c->n; i++)
		if (day <= c->bar[i].last_day && (day >= c->bar[i].first_day || (i == 0 && c->by_month)))
			return &c->bar[i];
	return NULL;
}

void chart_fill(struct chart *c, const struct groups *lines)
{
	for (size_t i = 0; i < lines->n; i++) {
		struct chart_bar *bar = bar_of(c, lines->item[i].id);

		if (bar != NULL)
			bar->counts = lines->item[i].counts;
	}
}

/* Months by their place in the row of months, days by theirs. */
static size_t place_of(const struct chart *c, int64_t day, int64_t first_day)
{
	struct civil at = text_civil(day), first = text_civil(first_day);

	return (size_t)(c->by_month ? (at.year - first.year) * 12 + at.month - first.month : day - first_day);
}

void chart_fill_then(struct chart *c, const struct groups *lines, int64_t first_day)
{
	c->has_then = true;
	for (size_t i = 0; i < lines->n; i++) {
		size_t place = place_of(c, lines->item[i].id, first_day);

		if (place < c->n)
			c->bar[place].then = lines->item[i].counts;
	}
}

/* --- policies --- */

/* As a label. Receivers of the two standards see pct=0 and t=y of one record differently: both hold back. */
static const char *policy_label(struct arena *a, const struct policy_seen *p)
{
	const char *name = policy_name(p->p);

	if (p->testing || p->pct == 0)
		return arena_printf(a, "p=%s, held back", name);
	return p->pct > 0 && p->pct < 100 ? arena_printf(a, "p=%s pct=%d", name, p->pct) : arena_printf(a, "p=%s", name);
}

/* The lines of the domain with most messages; they stand one behind the other. */
static size_t main_domain(const struct policy_lines *seen, size_t *n)
{
	int64_t most = -1;
	size_t best = 0;

	*n = 0;
	for (size_t i = 0, end; i < seen->n; i = end) {
		int64_t messages = 0;

		for (end = i; end < seen->n && slice_eq(seen->item[end].domain, seen->item[i].domain); end++)
			messages += seen->item[end].messages;
		if (messages > most) {
			most = messages;
			best = i;
			*n = end - i;
		}
	}
	return best;
}

struct phase { /* one policy of the domain */
	const char *label;
	int64_t first_day, reports;
};

static int by_day(const void *a, const void *b)
{
	const struct phase *x = a, *y = b;

	return x->first_day < y->first_day ? -1 : x->first_day > y->first_day;
}

static size_t find_phases(struct arena *a, const struct policy_line *line, size_t n, struct phase *phase, int64_t *reports)
{
	size_t count = 0;

	*reports = 0;
	for (size_t i = 0; i < n; i++) {
		const char *label = policy_label(a, &line[i].policy);
		size_t at = 0;

		while (at < count && strcmp(phase[at].label, label) != 0)
			at++;
		if (at == count)
			phase[count++] = (struct phase){ label, line[i].first_day, 0 };
		phase[at].reports += line[i].reports;
		phase[at].first_day = line[i].first_day < phase[at].first_day ? line[i].first_day : phase[at].first_day;
		*reports += line[i].reports;
	}
	return count;
}

void chart_mark_policies(struct arena *a, struct chart *c, const struct policy_lines *seen)
{
	size_t n, from = main_domain(seen, &n), count;
	struct phase *phase = arena_array(a, n + 1, sizeof *phase);
	int64_t reports;
	bool first = true;

	count = find_phases(a, n > 0 ? seen->item + from : NULL, n, phase, &reports);
	if (count > 0)
		qsort(phase, count, sizeof *phase, by_day);
	for (size_t i = 0; i < count; i++) {
		if (phase[i].reports * 100 < reports * FEW_PERCENT)
			continue;
		if (!first && phase[i].first_day > c->bar[0].first_day && c->marks < CHART_MARKS) /* else it was so before */
			c->mark[c->marks++] = (struct chart_mark){ phase[i].first_day, phase[i].label };
		first = false;
	}
}

int chart_ask_notes(struct page *p, struct reader *r, struct journal_notes *out, struct err *err)
{
	return query_notes(r, p->a, &p->filter, CHART_NOTES, out, err);
}

int chart_ask(struct page *p, struct reader *r, struct chart *c, struct err *err)
{
	struct policy_lines seen;
	struct groups lines;

	chart_init(p, c);
	if (query_groups(r, p->a, &p->filter, chart_by(c), 0, &lines, err) != 0 ||
	    query_policies(r, p->a, &p->filter, &seen, err) != 0 || chart_ask_notes(p, r, &c->notes, err) != 0)
		return -1;
	chart_fill(c, &lines);
	chart_mark_policies(p->a, c, &seen);
	if (!p->compare.on)
		return 0;
	if (query_groups(r, p->a, &p->compare.then, chart_by(c), 0, &lines, err) != 0)
		return -1;
	chart_fill_then(c, &lines, p->compare.first_day);
	return 0;
}

/* --- as hints --- */

static struct slice bar_href(struct page *p, const char *path, const struct chart_bar *b, enum trust t)
{
	struct params params = param_days(p->a, &p->params, b->first_day, b->last_day);

	if (t < TRUST_CLASSES && (!param_is_of(PARAM_CLASS, p->kind) || !param_narrow_class(p->a, &params, t)))
		return (struct slice){ 0 };
	return page_link_to(p, path, &params);
}

static const char *when(struct page *p, const struct chart_bar *b)
{
	return b->first_day == b->last_day ? format_day_short(p->a, b->first_day) :
					     format_range(p->a, b->first_day, b->last_day);
}

static void put_part(struct page *p, struct value *parts, const struct chart_bar *b, enum trust t, int64_t before, int64_t most)
{
	int64_t n = counts_class(&b->counts, t), total = counts_total(&b->counts);
	double high = (double)n * PLOT_PIXELS / (double)most, below = (double)before * PLOT_PIXELS / (double)most;
	struct value *part = view_add_object(p->a, parts);

	put(p, part, "b_c", trust_param(t));
	view_put_bool(p->a, part, "b_faded", b->faded);
	put(p, part, "b_x", page_percent(p->a, before, most));
	put(p, part, "b_w", page_percent(p->a, n, most));
	put(p, part, "b_y", pixels(p, PLOT_PIXELS - below - high));
	put(p, part, "b_h", pixels(p, high));
	put(p, part, "b_n", arena_printf(p->a, "%lld", (long long)n));
	put(p, part, "b_tip", arena_printf(p->a, "%s, %s: %s of %s (%s)", when(p, b), trust_label(t), format_count_text(p->a, n),
					   format_count_text(p->a, total), format_share_text(p->a, n, total)));
	view_put_link(p->a, part, "b_href", bar_href(p, p->path, b, t));
}

/* From the left, or from the foot up. */
static void put_parts(struct page *p, struct value *bar, const struct chart_bar *b, int64_t most)
{
	struct value *parts = view_put_list(p->a, bar, "b_parts");
	int64_t before = 0;

	for (int t = 0; t < TRUST_CLASSES; t++) {
		int64_t n = counts_class(&b->counts, (enum trust)t);

		if (n > 0)
			put_part(p, parts, b, (enum trust)t, before, most);
		before += n;
	}
}

static void put_numbers(struct page *p, struct value *bar, const struct chart_bar *b)
{
	static const char *const keys[TRUST_CLASSES] = { "b_full", "b_partial", "b_untrusted", "b_quarantined", "b_rejected" };

	page_number(p, bar, "b_number", counts_total(&b->counts), NULL, bar_href(p, "/records", b, TRUST_CLASSES), NULL);
	for (int t = 0; t < TRUST_CLASSES; t++)
		page_number(p, bar, keys[t], counts_class(&b->counts, (enum trust)t), NULL,
			    bar_href(p, "/records", b, (enum trust)t), NULL);
	view_put_share(p->a, bar, "b_share", counts_class(&b->counts, TRUST_UNTRUSTED), counts_total(&b->counts));
}

static void put_then(struct page *p, struct value *bar, const struct chart_bar *b, int64_t most)
{
	int64_t then = counts_total(&b->then);
	double high = (double)then * PLOT_PIXELS / (double)most;

	put(p, bar, "b_then", then > 0 ? page_percent(p->a, then, most) : NULL);
	put(p, bar, "b_then_tip", arena_printf(p->a, "Before: %s", page_plural(p->a, then, "message", "messages")));
	put(p, bar, "b_then_top", pixels(p, PLOT_PIXELS - high));
	put(p, bar, "b_then_high", pixels(p, high));
	view_put_int(p->a, bar, "b_before", then);
}

static void put_bar(struct page *p, struct value *list, const struct chart *c, size_t i, int64_t most)
{
	const struct chart_bar *b = &c->bar[i];
	struct value *bar = view_add_object(p->a, list);
	int64_t total = counts_total(&b->counts);
	double high = (double)total * PLOT_PIXELS / (double)most;

	put(p, bar, "b_when", when(p, b));
	put(p, bar, "b_label", arena_printf(p->a, "%s: %s%s", when(p, b), page_counts_words(p->a, &b->counts),
					    b->open    ? "; not all reports are in" :
					    b->is_long ? "; with a report of more than 26 hours" :
							 ""));
	put(p, bar, "b_left", page_percent(p->a, (int64_t)i, (int64_t)c->n));
	put(p, bar, "b_width", page_percent(p->a, c->n <= GAPLESS ? 84 : 100, 100 * (int64_t)c->n));
	put(p, bar, "b_total", page_percent(p->a, total, most));
	put(p, bar, "b_top", pixels(p, PLOT_PIXELS - high));
	put(p, bar, "b_high", pixels(p, high));
	put(p, bar, "b_n", arena_printf(p->a, "%lld", (long long)total));
	view_put_link(p->a, bar, "b_href", total > 0 ? bar_href(p, p->path, b, TRUST_CLASSES) : (struct slice){ 0 });
	view_put_bool(p->a, bar, "b_open", (b->open || b->is_long) && total > 0);
	put_parts(p, bar, b, most);
	put_numbers(p, bar, b);
	put_then(p, bar, b, most);
}

static void put_ticks(struct page *p, struct value *to, const struct chart *c)
{
	struct value *ticks = view_put_list(p->a, to, "ch_ticks"), *tick;
	size_t every = (c->n + TICKS - 1) / TICKS;

	for (size_t i = 0; i < c->n; i += every) {
		tick = view_add_object(p->a, ticks);
		put(p, tick, "k_x", page_percent(p->a, (int64_t)i, (int64_t)c->n));
		put(p, tick, "k_text", format_day_month(p->a, c->bar[i].first_day));
	}
}

static void put_marks(struct page *p, struct value *to, const struct chart *c)
{
	struct value *marks = view_put_list(p->a, to, "ch_marks"), *mark;

	for (size_t i = 0; i < c->marks; i++) {
		struct chart_bar *b = bar_of(c, c->mark[i].day);

		if (b == NULL)
			continue;
		mark = view_add_object(p->a, marks);
		put(p, mark, "m_when", format_day_short(p->a, c->mark[i].day));
		put(p, mark, "m_label", c->mark[i].label);
		put(p, mark, "m_x", page_percent(p->a, b - c->bar, (int64_t)c->n));
		view_put_bool(p->a, mark, "m_end", (b - c->bar) * 100 > (int64_t)c->n * LATE_PERCENT);
	}
}

/* The first of its days that is shown; NULL where none is. */
static const struct chart_bar *bar_of_note(const struct chart *c, const struct journal_note *n)
{
	if (c->n == 0 || n->day > c->bar[c->n - 1].last_day)
		return NULL;
	return n->day < c->bar[0].first_day ? &c->bar[0] : bar_of(c, n->day);
}

/* The number of the i-th: the earliest is 1. Above one bar, all of its notes' numbers stand together. */
static const char *numbers_at(struct page *p, const struct chart *c, size_t i)
{
	const struct chart_bar *b = bar_of_note(c, &c->notes.item[i]);
	const char *text = arena_printf(p->a, "%zu", c->notes.n - i);

	if (b == NULL || (i + 1 < c->notes.n && bar_of_note(c, &c->notes.item[i + 1]) == b))
		return NULL;
	while (i > 0 && bar_of_note(c, &c->notes.item[i - 1]) == b)
		text = arena_printf(p->a, "%s, %zu", text, c->notes.n - --i);
	return text;
}

static void put_note(struct page *p, struct value *list, const struct chart *c, size_t i, int top)
{
	const struct journal_note *n = &c->notes.item[i];
	const struct chart_bar *b = bar_of_note(c, n);
	struct value *note = view_add_object(p->a, list);

	put(p, note, "n_number", arena_printf(p->a, "%zu", c->notes.n - i));
	put(p, note, "n_numbers", numbers_at(p, c, i));
	put(p, note, "n_when", n->day == n->end_day ? format_day_short(p->a, n->day) : format_range(p->a, n->day, n->end_day));
	view_put_text(p->a, note, "n_text", n->text);
	view_put_link(p->a, note, "n_href", journal_note_href(p, n->id));
	put(p, note, "n_x", page_percent(p->a, b != NULL ? 2 * (b - c->bar) + 1 : 0, 2 * (int64_t)c->n));
	put(p, note, "n_y", pixels(p, NOTE_PIXELS - 6 - top));
	put(p, note, "n_top", pixels(p, NOTE_PIXELS - 2 - top));
}

static void put_notes(struct page *p, struct value *to, const struct chart *c, int top)
{
	struct value *list = view_put_list(p->a, to, "ch_notes");

	view_put_bool(p->a, to, "ch_noted", c->notes.n > 0);
	for (size_t i = c->notes.n; i > 0; i--)
		put_note(p, list, c, i - 1, top);
	if (c->notes.total > c->notes.n)
		put(p, to, "ch_more_notes", page_plural(p->a, (int64_t)(c->notes.total - c->notes.n), "earlier note", "earlier notes"));
}

static int64_t most_of(const struct chart *c)
{
	int64_t most = 1;

	for (size_t i = 0; i < c->n; i++) {
		int64_t now = counts_total(&c->bar[i].counts), then = counts_total(&c->bar[i].then);

		most = now > most ? now : most;
		most = then > most ? then : most;
	}
	return most;
}

static bool as_rows(const struct chart *c)
{
	return !c->by_month && c->n <= DAY_ROWS;
}

void chart_put(struct page *p, const struct chart *c, struct value *to)
{
	struct value *chart = view_put_object(p->a, to, "chart"), *bars;
	int64_t most = most_of(c);
	int top = (c->marks > 0 ? MARK_PIXELS : 0) + (c->notes.n > 0 ? NOTE_PIXELS : 0);

	view_put_bool(p->a, chart, "ch_rows", as_rows(c));
	view_put_bool(p->a, chart, "ch_columns", !as_rows(c));
	view_put_bool(p->a, chart, "ch_crowded", c->n > CROWDED);
	view_put_bool(p->a, chart, "ch_has_then", c->has_then);
	put(p, chart, "ch_one", c->by_month ? "Month" : "Day");
	put(p, chart, "ch_height", arena_printf(p->a, "%d", top + PLOT_PIXELS + FOOT_PIXELS));
	put(p, chart, "ch_top", arena_printf(p->a, "%d", top));
	put(p, chart, "ch_label", arena_printf(p->a, "Messages, %s: at most %s", c->by_month ? "by month" : "by day",
					       format_count_text(p->a, most)));
	bars = view_put_list(p->a, chart, "ch_bars");
	for (size_t i = 0; i < c->n; i++)
		put_bar(p, bars, c, i, most);
	put_ticks(p, chart, c);
	put_marks(p, chart, c);
	put_notes(p, chart, c, top);
}

const char *chart_title(const struct chart *c)
{
	return c->by_month ? "By month" : "By day";
}

const char *chart_scale(struct page *p, const struct chart *c)
{
	if (as_rows(c))
		return "bar length = messages";
	return arena_printf(p->a, "height = messages, at most %s", format_count_text(p->a, most_of(c)));
}
