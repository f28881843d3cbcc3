/* page_explain: rows of the filter, the newest first, or one row, with the verdict and why it is so, in words. Neighbours: explain.h;
 * page_records.c lists rows by their columns, page_verdicts.c has the table of rules. */
#include "web/card.h"
#include "web/explain.h"
#include "web/format.h"
#include "web/row.h"

enum { EXPLAINED = 10 };

static const struct column columns[] = {
	{ "day", "Day", LOOK_DAY, true },
	{ "reporter", "Receiver", LOOK_TEXT, true, .beneath = true },
	{ "header_from", "From domain", LOOK_TEXT, true },
	{ "ip", "Address", LOOK_MONO, true, .beneath = true },
	{ "source", "Source", LOOK_TEXT, true, .beneath = true },
	{ "messages", "Messages", LOOK_NUMBER, true },
	{ "label", "Verdict", LOOK_NAME, true },
	{ "rule", "Rule", LOOK_TEXT, true, .beneath = true },
	{ "why", "Why", LOOK_TEXT, true, .beneath = true },
	{ "needed", "It needed", LOOK_TEXT, true },
	{ "known", "Known besides", LOOK_TEXT, true },
	{ "ruled_out", "And none of", LOOK_TEXT, true },
	{ "state_label", "Carried by", LOOK_TEXT, true },
	{ "phase_label", "Phase", LOOK_TEXT, true, .beneath = true },
	{ "verdict", "Verdict by name", LOOK_TEXT, .off_page = true },
	{ "state", "State", LOOK_TEXT, .off_page = true },
	{ "phase", "Step", LOOK_TEXT, .off_page = true },
	{ "facts", "Facts", LOOK_TEXT, .off_page = true },
	{ "id", "Row", LOOK_TEXT, true, .off_page = true },
};
static const struct sheet sheet = { "explained", "Why each row is taken for what it is", columns, sizeof columns / sizeof *columns,
				    .dense = true, .told = true, .partial = true };

struct explained {
	struct counts all;
	struct records rows;
};

static int ask_one(struct page *p, struct reader *r, struct explained *e, struct err *err)
{
	struct record *row = arena_alloc(p->a, sizeof *row);
	int64_t report, address, profile;
	int rc;

	if (!row_id_parse(p->id, &report, &address, &profile))
		return PAGE_GONE;
	if ((rc = query_record(r, p->a, &p->filter, report, address, profile, row, err)) != 1)
		return rc == 0 ? PAGE_GONE : -1;
	e->rows = (struct records){ .item = row, .n = 1 };
	e->all.rows = 1;
	e->all.split[row->verdict.split] = row->messages;
	return 0;
}

static int ask(struct page *p, struct reader *r, void *ctx, struct err *err)
{
	struct explained *e = ctx;
	size_t limit = (size_t)param_number(&p->params, PARAM_LIMIT, EXPLAINED);

	if (p->id.ptr != NULL)
		return ask_one(p, r, e, err);
	return query_counts(r, &p->filter, &e->all, err) == 0 ? query_records(r, p->a, &p->filter, (struct slice){ 0 }, limit, &e->rows, err) :
								-1;
}

static void put_verdict(struct page *p, struct value *row, const struct record *r)
{
	const struct verdict_rule *rule = verdict_rule_at(r->rule);

	view_put_text(p->a, row, "label", slice_of(verdict_label(rule->verdict)));
	view_put_text(p->a, row, "rule", slice_of(rule->id));
	view_put_link(p->a, row, "why", slice_of(rule->why));
	view_put_link(p->a, row, "needed", explain_words(p->a, rule->needs));
	view_put_link(p->a, row, "known", explain_words(p->a, r->facts & ~rule->needs));
	view_put_link(p->a, row, "ruled_out", explain_words(p->a, rule->lacks));
	view_put_text(p->a, row, "state_label", slice_of(survival_label(r->survival)));
	view_put_text(p->a, row, "phase_label", slice_of(step_label(r->step)));
	view_put_text(p->a, row, "verdict", slice_of(verdict_name(rule->verdict)));
	view_put_text(p->a, row, "state", slice_of(survival_name(r->survival)));
	view_put_text(p->a, row, "phase", slice_of(step_name(r->step)));
	view_put_text(p->a, row, "facts", explain_names(p->a, r->facts));
}

static void put_row(struct page *p, struct value *list, const struct record *r)
{
	struct value *row = view_add_object(p->a, list);

	view_put_day(p->a, row, "day", r->day);
	view_put_text(p->a, row, "reporter", r->reporter);
	view_put_text(p->a, row, "header_from", r->header_from);
	view_put_text(p->a, row, "ip", r->ip);
	view_put_text(p->a, row, "source", r->source);
	view_put_int(p->a, row, "messages", r->messages);
	put_verdict(p, row, r);
	view_put_text(p->a, row, "id", row_id(p->a, r));
	sheet_link(p, row, "day", row_href(p, r));
}

static void put_words(struct page *p, struct view *out, const struct explained *e)
{
	struct value *h = page_headline(p, out), *lede = page_lede(p, out);
	int64_t total = counts_total(&e->all);

	page_say_number(p, h, total, page_plural(p->a, total, "message", "messages"), page_link_to(p, "/records", &p->params));
	page_say(p, h, arena_printf(p->a, " in %s%s", page_plural(p->a, e->all.rows, "row", "rows"),
				    !e->rows.more     ? "" :
				    e->rows.n == 1    ? ": the newest of them" :
							arena_printf(p->a, ": the newest %s of them", format_count_text(p->a, (int64_t)e->rows.n))));
	page_say(p, lede, "Of each row the verdict, the rule that decided, what the rule needed and rules out, and what else is known.");
}

static int put_page(struct page *p, struct view *out, const struct explained *e, const struct value *list, struct err *err)
{
	struct value *card;

	if (page_begin(p, out, "Verdicts explained", 0, "cards", err) != 0)
		return -1;
	if (out->empty)
		return 0;
	card = card_add(p, out->page, "h-explained", sheet.title, CARD_WHOLE);
	card_more(p, card, "The rules, in order", page_link_to(p, "/verdicts", &p->params));
	card_table(p, card, &sheet, list, "No row.");
	card_first(p, card, (int64_t)e->rows.n, e->all.rows);
	return 0;
}

int page_explain(struct page *p, struct view *out, struct param_errors *errors, struct err *err)
{
	struct value *list = view_put_list(p->a, view_object(p->a), sheet.key);
	struct explained e = { 0 };
	int rc = page_has_data(p) ? page_ask(p, ask, &e, err) : p->id.ptr != NULL ? PAGE_GONE : 0;

	if (rc != 0)
		return rc;
	for (size_t i = 0; i < e.rows.n; i++)
		put_row(p, list, &e.rows.item[i]);
	out->envelope = page_envelope(p, &e.all);
	out->empty = counts_total(&e.all) == 0;
	sheet_is_table(p, out, &sheet, list);
	put_words(p, out, &e);
	return p->html ? put_page(p, out, &e, list, err) : 0;
}
