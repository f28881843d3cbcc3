/* text: see text.h. */
#include "web/text.h"

#include "base/text.h"
#include "web/compare.h"
#include "web/format.h"
#include "web/print.h"

enum {
	COLUMNS = 80,
	TABLE_COLUMNS = 120, /* rows of records: an address or domain that is cut says nothing */
	BAR_CELLS = 26,
	NARROWEST = 6,
	LABEL_CELLS = 26,
	NAME_CELLS = 44,
	ADDRESS_CELLS = 20,
	WORDS_COLUMN = 41,
	TASK_CELLS = 50,
	TOLD_CELLS = 15 /* of the label before what is told */
};

static const struct {
	const char *mark, *ascii, *colour;
} looks[TRUST_CLASSES] = {
	[TRUST_FULL] = { "●", "*", "36" },      [TRUST_PARTIAL] = { "◐", "o", "33" },
	[TRUST_UNTRUSTED] = { "▲", "!", "31" }, [TRUST_QUARANTINED] = { "■", "#", "35" },
	[TRUST_REJECTED] = { "✕", "x", "90" },
};

/* At most `cells` characters, and blanks up to `cells` where `pad`. Controls and broken bytes become '?'. */
static void add_cells(struct buf *out, struct slice s, size_t cells, bool pad)
{
	size_t used = 0, n;

	for (size_t i = 0; i < s.len && used<cells; i += n> 0 ? n : 1, used++) {
		n = text_utf8_length((struct slice){ s.ptr + i, s.len - i });
		if (used + 1 == cells && i + (n > 0 ? n : 1) < s.len)
			buf_add_char(out, '~');
		else if (n == 0 || text_is_control(s.ptr + i, n))
			buf_add_char(out, '?');
		else
			buf_add(out, s.ptr + i, n);
	}
	for (; pad && used < cells; used++)
		buf_add_char(out, ' ');
}

/* A change with its signs as a terminal types them. */
static void add_change(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++)
		if (strncmp(s, "−", 3) == 0) {
			buf_add_char(out, '-');
			s += 2;
		} else if (strncmp(s, "±", 2) == 0) {
			s++;
		} else {
			buf_add_char(out, *s);
		}
}

static size_t cells_of(struct slice s)
{
	size_t cells = 0, n;

	for (size_t i = 0; i<s.len; i += n> 0 ? n : 1, cells++)
		n = text_utf8_length((struct slice){ s.ptr + i, s.len - i });
	return cells;
}

static void add_right(struct buf *out, const char *text, size_t cells)
{
	for (size_t n = cells_of(slice_of(text)); n < cells; n++)
		buf_add_char(out, ' ');
	buf_add_text(out, text);
}

/* Nothing hidden: what the numbers are narrowed to. */
static void add_filters(struct buf *out, const struct page *p)
{
	const char *words = page_filter_words(p);

	if (words[0] == '\0')
		return;
	buf_add_text(out, "Only ");
	add_cells(out, slice_of(words), 4 * COLUMNS, false);
	buf_add_char(out, '\n');
}

/* The pieces of a sentence, as a line. */
static void add_sentence(struct buf *out, const struct value *list)
{
	for (const struct value *piece = list->first; piece != NULL; piece = piece->next) {
		struct slice says = view_text(piece, "number.says"), strong = view_text(piece, "strong");

		struct slice words = view_text(piece, "plain").ptr != NULL ? view_text(piece, "plain") : view_text(piece, "linked");

		add_cells(out, says.ptr != NULL ? says : strong.ptr != NULL ? strong : words, 4 * COLUMNS, false);
	}
	buf_add_text(out, "\n");
}

/* Which days a page compares with. */
static void add_compare(struct buf *out, struct page *p)
{
	struct value *says = view_put_list(p->a, view_object(p->a), "says");

	compare_say(p, says);
	if (says->first != NULL)
		add_sentence(out, says);
}

/* --- overview --- */

/* Returns its length in cells. */
static int64_t add_bar(struct buf *out, int64_t part, int64_t longest, bool colour)
{
	int64_t n = longest > 0 ? (part * BAR_CELLS + longest - 1) / longest : 0;

	for (int64_t i = 0; i < n; i++)
		buf_add_text(out, colour ? "█" : "=");
	return n;
}

static const char *class_words(const struct page *p, const struct view *v, enum trust t)
{
	if (t == TRUST_PARTIAL)
		return arena_printf(p->a, "%s lack DKIM, %s lack SPF",
				    format_count_text(p->a, view_int(v->data, "passed.spf_only")),
				    format_count_text(p->a, view_int(v->data, "passed.dkim_only")));
	return t == TRUST_UNTRUSTED ? "delivered" : "";
}

/* The words behind a bar, or below it where the line is full. */
static void add_words(struct buf *out, const char *words, int64_t bar)
{
	size_t used = WORDS_COLUMN + (size_t)bar;

	if (words[0] == '\0')
		return;
	if (used + 2 + strlen(words) > COLUMNS) {
		buf_add_char(out, '\n');
		used = 0;
	}
	for (size_t column = WORDS_COLUMN + 8; used + 2 < column; used++)
		buf_add_char(out, ' ');
	buf_add_text(out, "  ");
	buf_add_text(out, words);
}

static void class_line(struct buf *out, const struct page *p, const struct view *v, enum trust t, int64_t longest,
		       bool colour)
{
	const struct value *total = view_at(v->envelope, "total");
	int64_t n = view_int(total, trust_json(t)), all = view_int(v->data, "messages_of_all_classes");

	buf_add_text(out, "  ");
	if (colour)
		buf_addf(out, "\033[%sm", looks[t].colour);
	buf_add_text(out, colour ? looks[t].mark : looks[t].ascii);
	if (colour)
		buf_add_text(out, "\033[0m");
	buf_add_char(out, ' ');
	add_cells(out, slice_of(trust_label(t)), 18, true);
	add_right(out, format_count_text(p->a, n), 9);
	add_right(out, format_share_text(p->a, n, all), 8);
	if (p->compare.on) {
		const struct value *then = view_at(total, arena_printf(p->a, "compare.before.%s", trust_json(t)));
		const struct value *now = view_at(total, arena_printf(p->a, "compare.now.%s", trust_json(t)));

		buf_add_text(out, "  before ");
		add_right(out, format_count_text(p->a, then->n), 9);
		buf_add_text(out, "  ");
		add_change(out, format_change_text(p->a, now->n, then->n));
	} else if (n > 0) {
		buf_add_text(out, "  ");
		add_words(out, class_words(p, v, t), add_bar(out, n, longest, colour));
	}
	buf_add_char(out, '\n');
}

static void classes(struct buf *out, const struct page *p, const struct view *v, bool colour)
{
	const struct value *total = view_at(v->envelope, "total");
	int64_t longest = 0;

	for (int t = 0; t < TRUST_CLASSES; t++)
		if (view_int(total, trust_json((enum trust)t)) > longest)
			longest = view_int(total, trust_json((enum trust)t));
	for (int t = 0; t < TRUST_CLASSES; t++)
		class_line(out, p, v, (enum trust)t, longest, colour);
	buf_add_text(out, "    Total             ");
	add_right(out, format_count_text(p->a, view_int(total, "messages")), 9);
	buf_add_char(out, '\n');
}

static void causes(struct buf *out, const struct page *p, const struct view *v)
{
	int64_t untrusted = view_int(v->envelope, "total.untrusted"), both = view_int(v->data, "list_and_arc");

	if (untrusted == 0)
		return;
	buf_addf(out, "\nOf the %s untrusted\n", format_count_text(p->a, untrusted));
	for (const struct value *item = view_at(v->data, "untrusted_by_cause")->first; item != NULL;
	     item = item->next) {
		struct slice source = view_text(item, "source");

		add_right(out, format_count_text(p->a, view_int(item, "messages")), 9);
		add_right(out, format_share_text(p->a, view_int(item, "messages"), untrusted), 8);
		buf_add_text(out, "  ");
		add_cells(out, view_text(item, "label"), LABEL_CELLS, source.len > 0);
		if (source.len > 0) {
			buf_add_text(out, " most: ");
			add_cells(out, source, COLUMNS - 19 - LABEL_CELLS - 7, false);
		}
		buf_add_char(out, '\n');
	}
	if (both > 0)
		buf_addf(out, "  %s of the list messages had ARC vouching for them, too\n",
			 format_count_text(p->a, both));
}

/* A name, and beside it the source it belongs to, in NAME_CELLS. */
static void add_name(struct buf *out, struct slice name, struct slice source, bool pad)
{
	size_t cells = source.len > 0 ? ADDRESS_CELLS : NAME_CELLS;

	add_cells(out, name, cells, pad || source.len > 0);
	if (source.len == 0)
		return;
	buf_add_char(out, ' ');
	add_cells(out, source, NAME_CELLS - ADDRESS_CELLS - 1, pad);
}

static void list_of(struct buf *out, const struct page *p, const struct view *v, const char *key, const char *title)
{
	const struct value *list = view_at(v->data, key);

	if (list->first == NULL)
		return;
	buf_addf(out, "\n%s\n", title);
	for (const struct value *item = list->first; item != NULL; item = item->next) {
		int64_t n = view_int(item, "messages"), bad = view_int(item, "untrusted");

		add_right(out, format_count_text(p->a, n), 9);
		buf_add_text(out, "  ");
		add_name(out, view_text(item, "label"), view_text(item, "source"), bad > 0);
		if (bad > 0)
			buf_addf(out, "  %s untrusted (%s)", format_count_text(p->a, bad),
				 format_share_text(p->a, bad, n));
		buf_add_char(out, '\n');
	}
}

/* What a rehearsal is predicted to do: `ruad rollout` has the rest. */
static void rehearsal(struct buf *out, struct page *p, const struct value *of)
{
	int64_t failing = view_int(of, "before"), all = of != NULL ? view_at(of, "before")->of : 0, leaves = view_int(of, "leaves");

	if (of == NULL)
		return;
	buf_addf(out, "Rehearse p=quarantine; pct=0; t=y   predicted untrusted %s to %s: (%s - %s) / (%s - %s)\n",
		 format_share_text(p->a, failing, all), format_share_text(p->a, failing - leaves, all - leaves), format_count_text(p->a, failing),
		 format_count_text(p->a, leaves), format_count_text(p->a, all), format_count_text(p->a, leaves));
}

/* The policy that most mail fell under, and what helps most; then the first words of what else does. */
static void policy_and_next(struct buf *out, struct page *p, const struct view *v)
{
	struct slice policy = view_text(v->data, "policy"), dns = view_text(v->data, "policy_in_dns"), tags = view_text(v->data, "tags_in_dns");
	bool agrees = dns.ptr != NULL && slice_eq(dns, policy);
	const char *says = agrees ? arena_printf(p->a, "%.*s", (int)tags.len, tags.ptr) : arena_printf(p->a, "p=%.*s", (int)policy.len, policy.ptr);
	const struct value *step = view_at(v->data, "next_steps")->first;

	if (policy.ptr != NULL)
		buf_addf(out, "\nPolicy %s (%s%s of %s)", says, agrees ? "DNS and " : "",
			 format_count_text(p->a, view_int(v->data, "policy_reports")),
			 page_plural(p->a, view_int(v->data, "coverage.reports"), "report", "reports"));
	if (policy.ptr != NULL && dns.ptr != NULL && !agrees)
		buf_addf(out, "; DNS says %.*s by now", (int)tags.len, tags.ptr);
	buf_add_text(out, policy.ptr != NULL ? "\n" : "");
	rehearsal(out, p, view_at(v->data, "rehearsal"));
	for (const char *first = "Next: "; step != NULL; step = step->next, first = "      ") {
		buf_add_text(out, first);
		add_cells(out, view_text(step, "task"), TASK_CELLS, true);
		buf_add_text(out, "  ");
		add_change(out, view_text(step, "gain").ptr);
		buf_add_char(out, '\n');
	}
}

void text_overview(struct buf *out, struct page *p, const struct view *v, bool colour)
{
	struct slice under = param_one(&p->params, PARAM_UNDER);

	if (p->state.demo)
		buf_add_text(out, "Demo data\n");
	if (!page_has_data(p)) {
		buf_add_text(out, "No reports yet. Take some in: ruad import PATH\n");
		return;
	}
	add_cells(out, under.ptr != NULL ? under : SLICE("All domains"), NAME_CELLS, false);
	buf_addf(out, "%s   %s UTC   ", under.ptr != NULL ? " and below" : "",
		 format_range(p->a, p->filter.first_day, p->filter.last_day));
	buf_addf(out, "%s, %s\n", page_plural(p->a, view_int(v->data, "coverage.receivers"), "receiver", "receivers"),
		 page_plural(p->a, view_int(v->data, "coverage.reports"), "report", "reports"));
	if (p->compare.on || p->compare.nothing)
		add_compare(out, p);
	add_filters(out, p);
	buf_add_char(out, '\n');
	classes(out, p, v, colour);
	causes(out, p, v);
	policy_and_next(out, p, v);
	list_of(out, p, v, "sources", "Who sends as us");
	list_of(out, p, v, "domains", "Which domains");
}

/* --- tables --- */

struct grid {
	struct slice **cell; /* rows of cells */
	size_t rows, room, columns, *width;
	bool *number;
};

static struct slice cell_text(struct page *p, const struct value *v)
{
	if (v != NULL && v->kind == VALUE_INT)
		return slice_of(format_count_text(p->a, v->n));
	if (v != NULL && v->kind == VALUE_SHARE)
		return slice_of(format_share_text(p->a, v->n, v->of));
	return print_cell_text(p->a, v);
}

static void grid_add(struct page *p, struct grid *g, const struct table *t, const struct value *row)
{
	struct slice *cells = arena_array(p->a, g->columns, sizeof *cells);

	if (g->rows == g->room) {
		struct slice **more = arena_array(p->a, g->room * 2 + 64, sizeof *more);

		for (size_t i = 0; i < g->rows; i++)
			more[i] = g->cell[i];
		g->room = g->room * 2 + 64;
		g->cell = more;
	}
	for (size_t i = 0; i < g->columns; i++) {
		cells[i] = row != NULL ? cell_text(p, column_value(row, t->column[i]))
				       : slice_of(t->column[i]->label);
		if (cells_of(cells[i]) > g->width[i])
			g->width[i] = cells_of(cells[i]);
	}
	g->cell[g->rows++] = cells;
}

/* Takes from the widest column of text until the line fits, or nothing can give more. */
static void grid_fit(struct grid *g)
{
	for (;;) {
		size_t sum = 0, widest = 0;

		for (size_t i = 0; i < g->columns; i++) {
			sum += g->width[i] + (i > 0);
			if (!g->number[i] && (g->number[widest] || g->width[i] > g->width[widest]))
				widest = i;
		}
		if (sum <= TABLE_COLUMNS || g->number[widest] || g->width[widest] <= NARROWEST)
			return;
		g->width[widest]--;
	}
}

static void grid_print(struct buf *out, const struct grid *g)
{
	for (size_t r = 0; r < g->rows; r++) {
		for (size_t i = 0; i < g->columns; i++) {
			size_t cells = cells_of(g->cell[r][i]);

			if (i > 0)
				buf_add_char(out, ' ');
			for (size_t pad = cells; g->number[i] && pad < g->width[i]; pad++)
				buf_add_char(out, ' ');
			add_cells(out, g->cell[r][i], g->width[i], !g->number[i] && i + 1 < g->columns);
		}
		buf_add_char(out, '\n');
	}
}

static struct grid grid_of(struct page *p, const struct table *t)
{
	struct grid g = { .columns = t->columns,
			  .width = arena_array(p->a, t->columns + 1, sizeof *g.width),
			  .number = arena_array(p->a, t->columns + 1, sizeof *g.number) };

	for (size_t i = 0; i < t->columns; i++)
		g.number[i] = t->column[i]->look == LOOK_NUMBER;
	grid_add(p, &g, t, NULL);
	return g;
}

static void add_head(struct buf *out, struct page *p, const struct view *view)
{
	const struct value *headline = view->words != NULL ? view_at(view->words, "headline") : NULL;

	if (p->state.demo)
		buf_add_text(out, "Demo data\n");
	if (headline != NULL)
		add_sentence(out, headline);
	else
		buf_addf(out, "%s in %s   ", page_plural(p->a, view_int(view->envelope, "total.messages"), "message", "messages"),
			 page_plural(p->a, view_int(view->envelope, "total.rows"), "row", "rows"));
	if (page_has_data(p) && (p->kind & (PAGES_OF_MESSAGES | PAGES_OF_REPORTS | PAGE_ROLLOUT)) != 0)
		buf_addf(out, "%s UTC\n", format_range(p->a, p->filter.first_day, p->filter.last_day));
	add_compare(out, p);
	add_filters(out, p);
	buf_add_char(out, '\n');
}

/* Words of any length, in lines of COLUMNS behind the label. */
static void add_told(struct buf *out, const char *label, struct slice words)
{
	size_t used = TOLD_CELLS;

	add_cells(out, slice_of(label), TOLD_CELLS - 1, true);
	buf_add_char(out, ' ');
	while (words.len > 0) {
		const char *blank = memchr(words.ptr, ' ', words.len);
		struct slice word = { words.ptr, blank != NULL ? (size_t)(blank - words.ptr) : words.len };

		if (used > TOLD_CELLS && used + 1 + cells_of(word) > COLUMNS) {
			buf_addf(out, "\n%*s", TOLD_CELLS, "");
			used = TOLD_CELLS;
		}
		if (used > TOLD_CELLS) {
			buf_add_char(out, ' ');
			used++;
		}
		add_cells(out, word, 4 * COLUMNS, false);
		used += cells_of(word);
		words = (struct slice){ words.ptr + word.len + (blank != NULL), words.len - word.len - (blank != NULL) };
	}
	buf_add_char(out, '\n');
}

static void tell_row(struct buf *out, struct page *p, const struct table *t, const struct value *row)
{
	for (size_t i = 0; i < t->columns; i++) {
		struct slice text = cell_text(p, column_value(row, t->column[i]));

		add_told(out, t->column[i]->label, text.len > 0 ? text : SLICE("-"));
	}
}

void text_sheets(struct buf *out, struct page *p, const struct view *view)
{
	add_head(out, p, view);
	for (size_t i = 0; i < view->sheets; i++) {
		const struct sheet *s = view->sheet[i];
		const struct value *list = view_at(view->data, s->key);
		const struct column **column = arena_array(p->a, s->columns, sizeof *column);
		struct table t = { .column = column };
		struct grid g;

		if (list == NULL || list->first == NULL)
			continue;
		for (size_t c = 0; c < s->columns; c++)
			if (s->column[c].on_terminal)
				column[t.columns++] = &s->column[c];
		g = grid_of(p, &t);
		for (const struct value *row = list->first; row != NULL; row = row->next)
			grid_add(p, &g, &t, row);
		buf_addf(out, "%s%s\n", i > 0 ? "\n" : "", s->title);
		grid_fit(&g);
		grid_print(out, &g);
	}
}

/* Of a list's columns those that a terminal has room for. */
static struct table on_terminal(struct page *p, const struct view *view)
{
	const struct column **column = arena_array(p->a, view->table.columns + 1, sizeof *column);
	struct table t = view->table;

	if (view->sheets == 0)
		return t;
	t.columns = 0;
	for (size_t i = 0; i < view->table.columns; i++)
		if (view->table.column[i]->on_terminal)
			column[t.columns++] = view->table.column[i];
	t.column = column;
	return t;
}

static int tell(struct buf *out, struct page *p, const struct view *view, const struct table *t, struct err *err)
{
	struct value *row;
	int r;

	add_head(out, p, view);
	for (bool first = true; (r = t->next(t->ctx, p->a, &row, err)) == 1; first = false) {
		buf_add_text(out, first ? "" : "\n");
		tell_row(out, p, t, row);
	}
	return r;
}

int text_table(struct buf *out, struct page *p, const struct view *view, struct err *err)
{
	const struct table t = on_terminal(p, view);
	struct grid g = grid_of(p, &t);
	struct value *row;
	int r;

	if (view->sheets > 0 && view->sheet[0]->told)
		return tell(out, p, view, &t, err);
	while ((r = t.next(t.ctx, p->a, &row, err)) == 1)
		grid_add(p, &g, &t, row);
	if (r < 0)
		return -1;
	add_head(out, p, view);
	grid_fit(&g);
	grid_print(out, &g);
	return 0;
}
