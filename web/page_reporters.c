/* page_reporters: who reports, how regularly and how late, and who went quiet (UX 7.7). Neighbours: reports.h, rhythm.h. */
#include "web/compare.h"
#include "web/reports.h"

#include "web/format.h"

enum { GRID_DAYS = 28, HOUR_S = 3600 };

static const struct column columns[] = {
	{ "label", "Receiver", LOOK_NAME, true },
	{ "state", "State", LOOK_TAG, true, .beneath = true },
	{ "messages", "Messages", LOOK_NUMBER, true },
	{ "share", "Of all", LOOK_NUMBER, true },
	{ "reports", "Reports", LOOK_NUMBER, true },
	{ "arrived", "Days reported", LOOK_DAYS },
	{ "days", "Number of days", LOOK_NUMBER, .off_page = true },
	{ "grid_from", "First day of the grid", LOOK_DAY, .off_page = true },
	{ "delay", "Usual delay", LOOK_TEXT, true },
	{ "usual_delay_s", "Usual delay in seconds", LOOK_NUMBER, .off_page = true },
	{ "last_seen", "Last seen", LOOK_DAY, true },
	{ "policy", "Policy last seen", LOOK_TEXT, .beneath = true },
	{ "software", "Software", LOOK_TEXT },
	{ "format", "Format", LOOK_TEXT, .beneath = true },
	{ "out_of_sight", "Out of sight a day", LOOK_NUMBER, true },
	{ "missing_days", "Days missing", LOOK_NUMBER, .off_page = true },
	{ "late_s", "Late by seconds", LOOK_NUMBER, .off_page = true },
};
static const struct sheet sheet = { "reporters", "Reporters", columns, sizeof columns / sizeof *columns, .sorts = true };

struct reporters {
	struct reporter_lines lines;
	struct reporting late;
	struct counts all;
	struct compared compared; /* where p->compare is on */
	int64_t messages;
};

static int ask(struct page *p, struct reader *r, void *ctx, struct err *err)
{
	struct reporters *w = ctx;

	if (query_counts(r, &p->filter, &w->all, err) != 0 || query_reporters(r, p->a, &p->filter, &w->lines, err) != 0 ||
	    compare_groups(p, r, BY_REPORTER, &w->compared, err) != 0)
		return -1;
	for (size_t i = 0; i < w->lines.n; i++)
		w->messages += w->lines.item[i].messages;
	return reports_ask_late(p, r, &w->late, err);
}

/* --- rows --- */

static struct rhythm rhythm_of(const struct reporters *w, int64_t id)
{
	for (size_t i = 0; i < w->late.lines.n; i++)
		if (w->late.lines.item[i].id == id)
			return w->late.rhythm[i];
	return (struct rhythm){ 0 };
}

/* A digit a day, the last 28 at most: 1 where something arrived. */
static void put_grid(struct page *p, struct value *row, const struct reporter_line *line)
{
	int64_t days = p->filter.last_day - p->filter.first_day + 1, from = days > GRID_DAYS ? days - GRID_DAYS : 0;
	char *grid = arena_alloc(p->a, GRID_DAYS + 1);

	for (int64_t day = from; day < days; day++)
		grid[day - from] = line->arrived[day] ? '1' : '0';
	view_put_text(p->a, row, "arrived", slice_of(grid));
	view_put_int(p->a, row, "days", line->days);
	view_put_day(p->a, row, "grid_from", p->filter.first_day + from);
}

static void put_delay(struct page *p, struct value *row, int64_t usual_s)
{
	int64_t hours = (usual_s + HOUR_S / 2) / HOUR_S;
	const char *text = usual_s < 0 ? NULL : hours < 1 ? "under 1 h" : hours < 72 ? arena_printf(p->a, "%d h", (int)hours) :
											 arena_printf(p->a, "%s d", format_count_text(p->a, hours / 24));

	view_put_text(p->a, row, "delay", slice_of(text));
	view_put_known(p->a, row, "usual_delay_s", usual_s);
}

static void put_state(struct page *p, struct value *row, const struct rhythm *h)
{
	const char *state = h->missing == 0              ? NULL :
			    h->missing < RHYTHM_QUIET_DAYS ? arena_printf(p->a, "late by %s", reports_span(p->a, h->late_s)) :
							     arena_printf(p->a, "quiet for %s", page_plural(p->a, h->missing, "report day", "report days"));

	view_put_text(p->a, row, "state", slice_of(state));
	view_put_int(p->a, row, "out_of_sight", h->missing > 0 ? h->a_day : 0);
	view_put_int(p->a, row, "missing_days", h->missing);
	view_put_int(p->a, row, "late_s", h->late_s);
}

static void put_reporter(struct page *p, struct value *list, const struct reporters *w, const struct reporter_line *line)
{
	struct value *row = view_add_object(p->a, list);
	const struct rhythm h = rhythm_of(w, line->id);

	view_put_text(p->a, row, "label", line->name);
	view_put_int(p->a, row, "messages", line->messages);
	view_put_share(p->a, row, "share", line->messages, w->messages);
	view_put_known(p->a, row, "reports", line->reports);
	put_grid(p, row, line);
	put_delay(p, row, line->usual_delay_s);
	view_put_day(p->a, row, "last_seen", line->last_day);
	view_put_text(p->a, row, "policy", reports_policy(p->a, &line->policy));
	view_put_text(p->a, row, "software", line->generator);
	view_put_text(p->a, row, "format", slice_of(line->reports < 0 ? NULL : reports_format(line->is_9990)));
	put_state(p, row, &h);
	compare_row(p, row, &w->compared, line->name, PARAM_REPORTER);
	sheet_link(p, row, "label", page_link(p, "/reports", PARAM_REPORTER, line->name));
	sheet_link(p, row, "messages", page_link(p, "/records", PARAM_REPORTER, line->name));
}

/* --- the page --- */

static void put_words(struct page *p, struct view *out, const struct reporters *w)
{
	struct value *h = page_headline(p, out), *lede = page_lede(p, out);
	const char *late = reports_late_words(p, &w->late);

	page_say(p, h, arena_printf(p->a, "%s reported. %s", page_plural(p->a, (int64_t)w->lines.n, "receiver", "receivers"),
				    late[0] != '\0' ? late : "Nobody is late."));
	page_say(p, lede, "Together they saw ");
	page_say_number(p, lede, w->messages, page_plural(p->a, w->messages, "message", "messages"), page_link_to(p, "/records", &p->params));
	page_say(p, lede, ". A receiver is late after its own usual delay and 12 hours more, and quiet after 3 days that were expected of it. "
			  "Whoever never reports is in no list: what goes there is out of sight.");
}

static int put_page(struct page *p, struct view *out, const struct value *list, struct err *err)
{
	struct value *card;

	if (page_begin(p, out, "Reporters", 0, "cards", err) != 0)
		return -1;
	if (out->empty)
		return 0;
	reports_tabs(p, out->page, "/reports/reporters");
	card = card_add(p, out->page, "h-rep", "Who reports", CARD_WHOLE);
	card_table(p, card, &sheet, list, "Nobody.");
	page_say(p, card_note(p, card), "A square is a day of the period, at most the last 28: full where a report of that day arrived.");
	return 0;
}

int page_reporters(struct page *p, struct view *out, struct param_errors *errors, struct err *err)
{
	struct value *list = view_put_list(p->a, view_object(p->a), "reporters");
	struct reporters w = { 0 };

	if (page_has_data(p) && page_ask(p, ask, &w, err) != 0)
		return -1;
	for (size_t i = 0; i < w.lines.n; i++)
		put_reporter(p, list, &w, &w.lines.item[i]);
	if (!sheet_sort(p, &sheet, list, errors))
		return 0;
	out->envelope = page_envelope(p, &w.all);
	compare_envelope(p, out->envelope, &w.compared.now_all, &w.compared.then_all);
	out->empty = w.lines.n == 0;
	sheet_is_table(p, out, &sheet, list);
	put_words(p, out, &w);
	return p->html ? put_page(p, out, list, err) : 0;
}
