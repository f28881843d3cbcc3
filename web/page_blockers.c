/* page_blockers: what keeps domains from their next step, as people wrote it down or took it up, with owner and state; and one of them
 * (UX 7.2). Neighbours: journal.h says how each stands today; act_journal.c takes the forms; page_rollout.c has those found by ruad. */
#include "web/journal.h"
#include "web/write.h"

#include "base/text.h"
#include "schema/limits.h"
#include "web/format.h"

static const struct column columns[] = {
	{ "text", "What", LOOK_NAME, true },
	{ "domain", "Domain", LOOK_TEXT, true, .beneath = true },
	{ "state", "State", LOOK_TAG, true },
	{ "state_says", "Since", LOOK_TEXT, .beneath = true },
	{ "owner", "Owner", LOOK_TEXT, true },
	{ "failing", "Failing in 14 days", LOOK_NUMBER, true },
	{ "note", "Note", LOOK_TEXT },
	{ "source", "Source", LOOK_TEXT, .off_page = true },
	{ "since", "In this state since", LOOK_DAY, .off_page = true },
	{ "lapsed", "Accepted and over", LOOK_TEXT, .off_page = true },
	{ "reason", "Reason", LOOK_TEXT, .off_page = true },
	{ "until", "Accepted until", LOOK_DAY, .off_page = true },
	{ "who", "Written by", LOOK_TEXT, .off_page = true },
	{ "made", "Written", LOOK_TIME, .off_page = true },
	{ "key", "Found by ruad as", LOOK_TEXT, .off_page = true },
	{ "id", "Number", LOOK_NUMBER, .off_page = true },
	{ "version", "Version", LOOK_NUMBER, .off_page = true },
};
static const struct sheet sheet = { "blockers", "Blockers", columns, sizeof columns / sizeof *columns, .sorts = true };

static struct slice known(struct slice text)
{
	return text.len > 0 ? text : (struct slice){ 0 };
}

static struct value *put_blocker(struct page *p, struct value *row, const struct journal_blocker *j)
{
	const struct blocker *b = &j->blocker;

	view_put_text(p->a, row, "text", b->text);
	view_put_text(p->a, row, "domain", b->domain);
	view_put_text(p->a, row, "state", slice_of(journal_blocker_state(j)));
	view_put_text(p->a, row, "state_says", slice_of(journal_blocker_says(p, j)));
	view_put_text(p->a, row, "owner", known(b->owner));
	view_put_known(p->a, row, "failing", j->failing);
	view_put_text(p->a, row, "note", known(b->note));
	view_put_text(p->a, row, "source", known(b->source));
	view_put_day(p->a, row, "since", b->state_day);
	view_put_bool(p->a, row, "lapsed", j->lapsed);
	view_put_text(p->a, row, "reason", known(b->reason));
	if (b->until_day != 0)
		view_put_day(p->a, row, "until", b->until_day);
	else
		view_put_text(p->a, row, "until", (struct slice){ 0 });
	view_put_text(p->a, row, "who", known(b->who));
	page_put_time(p->a, row, "made", b->made_s);
	view_put_text(p->a, row, "key", known(b->key));
	view_put_int(p->a, row, "id", b->id);
	view_put_int(p->a, row, "version", b->version);
	sheet_link(p, row, "text", journal_blocker_href(p, b->id));
	sheet_link(p, row, "failing", journal_blocker_rows(p, b));
	return row;
}

/* --- forms --- */

static void put_fields(struct page *p, struct value *form, const struct blocker *b)
{
	static const char *const states[BLOCKER_STATES] = { "open", "asked", "done", "accepted" };

	write_field(p, form, &(struct write_field){ WRITE_LINE, "domain", "Domain", b->domain, 253, true });
	write_field(p, form, &(struct write_field){ WRITE_LINE, "owner", "Who looks after it", b->owner, LIMIT_GRANT_NAME_BYTES, false });
	write_choice(p, form, "state", "State", states, NULL, BLOCKER_STATES, states[b->state]);
	write_field(p, form, &(struct write_field){ WRITE_LINE, "source", "Source whose failing mail it is, by its name", b->source, LIMIT_GRANT_NAME_BYTES, false });
	write_field(p, form, &(struct write_field){ WRITE_LINE, "reason", "Where it is accepted: why", b->reason, LIMIT_JOURNAL_TEXT_BYTES, false });
	write_field(p, form, &(struct write_field){ WRITE_DAY, "until", "And until which day", write_day_text(p, b->until_day), 0, false });
	write_field(p, form, &(struct write_field){ WRITE_LINE, "name", "Your name", write_name(p), LIMIT_GRANT_NAME_BYTES, false });
	write_field(p, form, &(struct write_field){ WRITE_LONG, "text", "What keeps the domain from its next step", b->text, LIMIT_JOURNAL_TEXT_BYTES, true });
	write_field(p, form, &(struct write_field){ WRITE_LONG, "note", "Note", b->note, LIMIT_JOURNAL_TEXT_BYTES, false });
}

static void put_change(struct page *p, struct value *page, const struct blocker *b)
{
	struct slice href = journal_blocker_href(p, b->id), version = slice_of(arena_printf(p->a, "%lld", (long long)b->version));
	struct value *card, *form;

	if (!page_may_write(p))
		return;
	card = card_add(p, page, "h-change", "Change it", CARD_WHOLE);
	form = card_write(p, card, NULL, href, "Keep the change");
	write_hidden(p, form, "version", version);
	put_fields(p, form, b);
	form = card_write(p, card, "Remove it", slice_of(arena_printf(p->a, "%s/remove", href.ptr)), "Remove it");
	write_hidden(p, form, "version", version);
}

/* --- the list --- */

static int ask_all(struct page *p, struct reader *r, void *ctx, struct err *err)
{
	return journal_blockers_ask(p, r, (struct slice){ 0 }, ctx, err);
}

static bool is_open(const struct journal_blocker *j)
{
	return !j->clean && (j->state == BLOCKER_OPEN || j->state == BLOCKER_ASKED);
}

static void put_list_page(struct page *p, struct view *out, const struct value *list, size_t shown, size_t all)
{
	const struct blocker fresh = { .domain = param_one(&p->params, PARAM_UNDER) };
	struct value *card, *form;

	journal_page(p, out, "Blockers");
	card = card_add(p, out->page, "h-block", "Blockers", CARD_WHOLE);
	card_first(p, card, (int64_t)shown, (int64_t)all);
	card_table(p, card, &sheet, list, "Nobody has named one yet.");
	if (!page_may_write(p))
		return;
	card = card_add(p, out->page, "h-write", "Name one", CARD_WHOLE);
	form = card_write(p, card, NULL, SLICE("/rollout/blockers"), "Write it down");
	put_fields(p, form, &fresh);
	page_say(p, card_note(p, card), "It is seen by whoever sees its domain.");
}

static void put_list_words(struct page *p, struct view *out, size_t open, size_t all)
{
	struct value *lede = page_lede(p, out);

	page_say(p, page_headline(p, out),
		 all == 0 ? "No blocker is written down" :
			    arena_printf(p->a, "%s of %s still %s a domain back", format_count_text(p->a, (int64_t)open),
					 page_plural(p->a, (int64_t)all, "blocker", "blockers"), open == 1 ? "holds" : "hold"));
	page_say(p, lede, "What keeps a domain from its next step, and who looks after it. One that names a source closes by itself after 14 days without failing "
			  "mail of it; one that was accepted is open again once its day is over.");
	if (page_filter_words(p)[0] != '\0')
		page_say(p, lede, arena_printf(p->a, " Shown: %s.", page_filter_words(p)));
}

int page_blockers(struct page *p, struct view *out, struct param_errors *errors, struct err *err)
{
	size_t most = (size_t)param_number(&p->params, PARAM_LIMIT, page_exports(p) ? LIMIT_JOURNAL_LINES : JOURNAL_LISTED), open = 0, shown;
	struct value *list = view_put_list(p->a, view_object(p->a), "blockers");
	struct journal_blockers all = { 0 };

	if (page_ask(p, ask_all, &all, err) != 0)
		return -1;
	shown = all.n < most ? all.n : most;
	for (size_t i = 0; i < all.n; i++)
		open += is_open(&all.item[i]);
	for (size_t i = 0; i < shown; i++)
		put_blocker(p, view_add_object(p->a, list), &all.item[i]);
	if (!sheet_sort(p, &sheet, list, errors))
		return 0;
	out->envelope = page_envelope(p, NULL);
	sheet_is_table(p, out, &sheet, list);
	put_list_words(p, out, open, all.n);
	if (p->html)
		put_list_page(p, out, list, shown, all.n);
	return 0;
}

/* --- one --- */

static void put_facts(struct page *p, struct value *page, const struct journal_blocker *j)
{
	struct value *card = card_add(p, page, "h-blocker", "The blocker", CARD_WHOLE), *says;
	const struct blocker *b = &j->blocker;
	const struct slice none = { 0 };

	card_more(p, card, "All blockers", SLICE("/rollout/blockers"));
	if (j->failing >= 0) {
		says = card_says(p, card);
		page_say(p, says, "In the last 14 days with reports, its source sent ");
		page_say_number(p, says, j->failing, NULL, journal_blocker_rows(p, b));
		page_say(p, says, j->failing == 1 ? " message that failed both checks." : " messages that failed both checks.");
	}
	card_fact(p, card, "Domain", b->domain, journal_domain_href(p, b->domain));
	card_fact(p, card, "State", slice_of(arena_printf(p->a, "%s, %s", journal_blocker_state(j), journal_blocker_says(p, j))), none);
	card_fact(p, card, "Owner", known(b->owner), none);
	card_fact(p, card, "Source", known(b->source), none);
	card_fact(p, card, "Note", known(b->note), none);
	card_fact(p, card, "Written", slice_of(arena_printf(p->a, "%s%s%.*s", format_time(p->a, b->made_s), b->who.len > 0 ? " by " : "", (int)b->who.len, b->who.ptr)), none);
}

static const struct journal_blocker *blocker_of(const struct journal_blockers *all, struct slice id)
{
	int64_t number;

	for (size_t i = 0; text_int(id, &number) && i < all->n; i++)
		if (all->item[i].blocker.id == number)
			return &all->item[i];
	return NULL;
}

static const char *headline_of(struct page *p, const struct journal_blocker *j)
{
	if (j->clean)
		return "This blocker closed by itself";
	if (j->state == BLOCKER_OPEN)
		return j->lapsed ? "This blocker is open again" : "This blocker is open";
	if (j->state == BLOCKER_ASKED)
		return "Somebody was asked to clear this blocker";
	return j->state == BLOCKER_DONE ? "This blocker is said to be cleared" :
					  arena_printf(p->a, "This blocker is accepted until %s", format_day(p->a, j->blocker.until_day));
}

int page_blocker(struct page *p, struct view *out, struct param_errors *errors, struct err *err)
{
	struct value *list = view_put_list(p->a, view_object(p->a), "blockers");
	struct journal_blockers all = { 0 };
	const struct journal_blocker *j;

	if (page_ask(p, ask_all, &all, err) != 0)
		return -1;
	if ((j = blocker_of(&all, p->id)) == NULL)
		return PAGE_GONE;
	out->envelope = page_envelope(p, NULL);
	out->data = put_blocker(p, view_object(p->a), j);
	put_blocker(p, view_add_object(p->a, list), j);
	sheet_is_table(p, out, &sheet, list);
	page_say(p, page_headline(p, out), headline_of(p, j));
	page_say_slice(p, page_lede(p, out), j->blocker.text);
	if (!p->html)
		return 0;
	out->page = page_shell(p, "One blocker", 0);
	out->template_name = "cards";
	put_facts(p, out->page, j);
	put_change(p, out->page, &j->blocker);
	return 0;
}
