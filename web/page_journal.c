/* page_journal: the lists of what people wrote down: notes of what changed, and what was confirmed (UX 7.2). Both take what is new, too.
 * Neighbours: page_note.c has one note, page_blockers.c the blockers; act_journal.c takes the forms. */
#include "web/journal.h"
#include "web/write.h"

#include "base/text.h"
#include "schema/limits.h"
#include "web/format.h"

static const struct column note_columns[] = {
	{ "day", "Day", LOOK_DAY, true },
	{ "end_day", "To", LOOK_DAY, .beneath = true },
	{ "text", "What changed", LOOK_NAME, true },
	{ "domain", "Domain", LOOK_TEXT, true },
	{ "source", "Source", LOOK_TEXT, .beneath = true },
	{ "who", "Written by", LOOK_TEXT, true },
	{ "made", "Written", LOOK_TIME, .beneath = true },
	{ "id", "Number", LOOK_NUMBER, .off_page = true },
	{ "version", "Version", LOOK_NUMBER, .off_page = true },
};
static const struct sheet note_sheet = { "notes", "Notes", note_columns, sizeof note_columns / sizeof *note_columns, .sorts = true };
static const struct column confirmation_columns[] = {
	{ "text", "What is confirmed", LOOK_NAME, true },
	{ "domain", "Domain", LOOK_TEXT, true },
	{ "step", "Step", LOOK_TAG, true },
	{ "check", "Check", LOOK_MONO, .beneath = true },
	{ "who", "Confirmed by", LOOK_TEXT, true },
	{ "made", "Confirmed", LOOK_TIME, .beneath = true },
	{ "holds", "Holds", LOOK_TAG, true },
	{ "expires", "Until", LOOK_TIME, .beneath = true },
	{ "actions", "Take back", LOOK_ACTIONS },
	{ "id", "Number", LOOK_NUMBER, .off_page = true },
};
static const struct sheet confirmation_sheet = { "confirmations", "Confirmations", confirmation_columns,
						 sizeof confirmation_columns / sizeof *confirmation_columns, .sorts = true };

static size_t most_listed(const struct page *p)
{
	return (size_t)param_number(&p->params, PARAM_LIMIT, page_exports(p) ? LIMIT_JOURNAL_LINES : JOURNAL_LISTED);
}

/* An absent text is a dash. */
static struct slice known(struct slice text)
{
	return text.len > 0 ? text : (struct slice){ 0 };
}

/* --- notes --- */

static int ask_notes(struct page *p, struct reader *r, void *ctx, struct err *err)
{
	struct filter f = p->filter;

	f.first_day = INT64_MIN;
	f.last_day = INT64_MAX;
	return query_notes(r, p->a, &f, most_listed(p), ctx, err);
}

static void put_note(struct page *p, struct value *list, const struct journal_note *n)
{
	struct value *row = view_add_object(p->a, list);

	view_put_day(p->a, row, "day", n->day);
	if (n->end_day != n->day && p->html)
		view_put_text(p->a, row, "end_day", slice_of(arena_printf(p->a, "to %s", format_day(p->a, n->end_day))));
	else if (n->end_day != n->day)
		view_put_day(p->a, row, "end_day", n->end_day);
	else
		view_put_text(p->a, row, "end_day", (struct slice){ 0 });
	view_put_text(p->a, row, "text", n->text);
	view_put_text(p->a, row, "domain", n->domain.len > 0 || !p->html ? known(n->domain) : SLICE("all"));
	view_put_text(p->a, row, "source", known(n->source));
	view_put_text(p->a, row, "who", known(n->who));
	page_put_time(p->a, row, "made", n->made_s);
	view_put_int(p->a, row, "id", n->id);
	view_put_int(p->a, row, "version", n->version);
	sheet_link(p, row, "text", journal_note_href(p, n->id));
}

static void put_note_form(struct page *p, struct value *card)
{
	struct value *form = card_write(p, card, NULL, SLICE("/rollout/notes"), "Write it down");

	write_field(p, form, &(struct write_field){ WRITE_DAY, "day", "Day", write_day_text(p, journal_today(p)), 0, true });
	write_field(p, form, &(struct write_field){ WRITE_DAY, "end_day", "Last day, where it took several", { 0 }, 0, false });
	write_field(p, form, &(struct write_field){ WRITE_LINE, "domain", "Domain; empty: all", param_one(&p->params, PARAM_UNDER), 253, false });
	write_field(p, form, &(struct write_field){ WRITE_LINE, "source", "Source, by its name; empty: all", { 0 }, LIMIT_GRANT_NAME_BYTES, false });
	write_field(p, form, &(struct write_field){ WRITE_LINE, "name", "Your name", write_name(p), LIMIT_GRANT_NAME_BYTES, false });
	write_field(p, form, &(struct write_field){ WRITE_LONG, "text", "What changed, in a sentence", { 0 }, LIMIT_JOURNAL_TEXT_BYTES, true });
}

static void put_tabs(struct page *p, struct value *page)
{
	static const char *const tabs[][2] = { { "/rollout/notes", "Notes" }, { "/rollout/blockers", "Blockers" }, { "/rollout/confirmations", "Confirmations" } };

	for (size_t i = 0; i < sizeof tabs / sizeof *tabs; i++)
		page_tab(p, page, tabs[i][1], page_link_to(p, tabs[i][0], &p->params), strcmp(p->path, tabs[i][0]) == 0);
}

void journal_page(struct page *p, struct view *out, const char *title)
{
	out->page = page_shell(p, title, 0);
	out->template_name = "cards";
	put_tabs(p, out->page);
}

static void say_narrowed(struct page *p, struct value *lede)
{
	if (page_filter_words(p)[0] != '\0')
		page_say(p, lede, arena_printf(p->a, " Shown: %s.", page_filter_words(p)));
}

static void put_notes_page(struct page *p, struct view *out, const struct value *list, const struct journal_notes *notes)
{
	struct value *card;

	journal_page(p, out, "Notes");
	card = card_add(p, out->page, "h-notes", "What changed", CARD_WHOLE);
	card_first(p, card, (int64_t)notes->n, (int64_t)notes->total);
	card_table(p, card, &note_sheet, list, "Nobody has written anything down yet.");
	if (!page_may_write(p))
		return;
	card = card_add(p, out->page, "h-write", "Write a note", CARD_WHOLE);
	put_note_form(p, card);
	page_say(p, card_note(p, card), "A note about a domain is also seen by whoever sees that domain; one about all domains by the team alone.");
}

int page_notes(struct page *p, struct view *out, struct param_errors *errors, struct err *err)
{
	struct value *list = view_put_list(p->a, view_object(p->a), "notes"), *h = page_headline(p, out), *lede = page_lede(p, out);
	struct journal_notes notes = { 0 };

	if (page_ask(p, ask_notes, &notes, err) != 0)
		return -1;
	for (size_t i = 0; i < notes.n; i++)
		put_note(p, list, &notes.item[i]);
	if (!sheet_sort(p, &note_sheet, list, errors))
		return 0;
	out->envelope = page_envelope(p, NULL);
	sheet_is_table(p, out, &note_sheet, list);
	page_say(p, h, notes.total == 0 ? "No note says yet what changed" :
					  arena_printf(p->a, "%s what changed", page_plural(p->a, (int64_t)notes.total, "note says", "notes say")));
	page_say(p, lede, "Each is marked on the timelines, and has a page that sets the weeks before it beside the weeks after.");
	say_narrowed(p, lede);
	if (p->html)
		put_notes_page(p, out, list, &notes);
	return 0;
}

/* --- confirmations --- */

static int ask_confirmations(struct page *p, struct reader *r, void *ctx, struct err *err)
{
	return query_confirmations(r, p->a, &p->filter, (struct slice){ 0 }, STEPS, ctx, err);
}

static void put_confirmation(struct page *p, struct value *list, const struct confirmation *c)
{
	struct value *row = view_add_object(p->a, list);

	view_put_text(p->a, row, "text", c->text);
	view_put_text(p->a, row, "domain", c->domain);
	view_put_text(p->a, row, "step", slice_of(step_name(c->step)));
	view_put_text(p->a, row, "check", c->check);
	view_put_text(p->a, row, "who", c->who);
	page_put_time(p->a, row, "made", c->made_s);
	view_put_text(p->a, row, "holds", confirmation_holds(c, p->now) ? SLICE("yes") : SLICE("over"));
	page_put_time(p->a, row, "expires", c->expires_s);
	view_put_int(p->a, row, "id", c->id);
	if (page_may_write(p))
		sheet_action(p, row, "Withdraw", slice_of(arena_printf(p->a, "/rollout/confirmations/%lld/withdraw", (long long)c->id)), true);
}

int page_confirmations(struct page *p, struct view *out, struct param_errors *errors, struct err *err)
{
	struct value *list = view_put_list(p->a, view_object(p->a), "confirmations"), *card, *lede = page_lede(p, out);
	struct confirmations all = { 0 };
	size_t holds = 0;

	if (page_ask(p, ask_confirmations, &all, err) != 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		holds += confirmation_holds(&all.item[i], p->now);
		if (i < most_listed(p))
			put_confirmation(p, list, &all.item[i]);
	}
	if (!sheet_sort(p, &confirmation_sheet, list, errors))
		return 0;
	out->envelope = page_envelope(p, NULL);
	sheet_is_table(p, out, &confirmation_sheet, list);
	page_say(p, page_headline(p, out), all.n == 0 ? "Nothing is confirmed yet" :
							arena_printf(p->a, "%s", page_plural(p->a, (int64_t)holds, "confirmation holds", "confirmations hold")));
	page_say(p, lede, "What no report can tell, a person confirms on the page Rollout, with a name and for a time.");
	say_narrowed(p, lede);
	if (!p->html)
		return 0;
	journal_page(p, out, "Confirmations");
	card = card_add(p, out->page, "h-conf", "What was confirmed", CARD_WHOLE);
	card_first(p, card, (int64_t)(all.n < most_listed(p) ? all.n : most_listed(p)), (int64_t)all.n);
	card_table(p, card, &confirmation_sheet, list, "Nobody has confirmed anything yet.");
	return 0;
}
