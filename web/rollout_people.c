/* rollout_people: what the planner needs of people: blockers, found by ruad from failing senders or written down, each with its owner
 * and state; and what somebody has to confirm (UX 7.2). Neighbours: rollout.h, journal.h, write.h. */
#include "web/rollout.h"

#include "web/format.h"
#include "web/source.h"
#include "web/write.h"

enum { CONFIRMED_DAYS = 365 };

static const struct column blocker_columns[] = {
	{ "text", "What", LOOK_NAME, true },
	{ "advice", "What to do", LOOK_TEXT, .beneath = true },
	{ "messages", "Messages", LOOK_NUMBER, true },
	{ "a_day", "A day", LOOK_TEXT, true },
	{ "owner", "Owner", LOOK_TEXT, true },
	{ "state", "State", LOOK_TAG, true },
	{ "state_says", "Since", LOOK_TEXT, .beneath = true },
	{ "key", "Key", LOOK_TEXT, .off_page = true },
};
const struct sheet rollout_blocker_sheet = { "blockers", "Blockers", blocker_columns, sizeof blocker_columns / sizeof *blocker_columns,
					     .overlaps = true };

/* --- asking --- */

/* Confirmations of the step that hold today, as readiness takes them. */
static void settle_confirmed(struct page *p, struct rollout *v, struct rollout_step *s)
{
	struct readiness_confirmation *list = arena_array(p->a, v->confirmations.n + 1, sizeof *list);

	s->confirmed = list;
	for (size_t i = 0; i < v->confirmations.n; i++) {
		const struct confirmation *c = &v->confirmations.item[i];
		enum readiness_check_id id = readiness_check_of_name(c->check);

		if (c->step == s->step && id < CHECKS && confirmation_holds(c, p->now))
			list[s->confirmations++] = (struct readiness_confirmation){ id, c->who, c->made_s };
	}
}

static bool is_open(const struct journal_blocker *b)
{
	return !b->clean && (b->state == BLOCKER_OPEN || b->state == BLOCKER_ASKED);
}

int rollout_ask_people(struct page *p, struct reader *r, struct rollout *v, struct err *err)
{
	if (query_confirmations(r, p->a, &v->filter, v->domain, STEPS, &v->confirmations, err) != 0 ||
	    journal_blockers_ask(p, r, v->domain, &v->blockers, err) != 0)
		return -1;
	for (size_t i = 0; i < ROLLOUT_STEPS; i++)
		settle_confirmed(p, v, &v->step[i]);
	for (size_t i = 0; i < v->blockers.n; i++)
		v->facts.blockers += v->blockers.item[i].blocker.key.len == 0 && is_open(&v->blockers.item[i]);
	return 0;
}

/* --- blockers --- */

static const struct journal_blocker *taken_up(const struct rollout *v, struct slice key)
{
	for (size_t i = 0; i < v->blockers.n; i++)
		if (slice_eq(v->blockers.item[i].blocker.key, key))
			return &v->blockers.item[i];
	return NULL;
}

static void put_state(struct page *p, struct value *row, const struct journal_blocker *b, struct slice owner)
{
	view_put_text(p->a, row, "owner", b != NULL && b->blocker.owner.len > 0 ? b->blocker.owner : owner.len > 0 ? owner : (struct slice){ 0 });
	view_put_text(p->a, row, "state", slice_of(b != NULL ? journal_blocker_state(b) : "open"));
	view_put_text(p->a, row, "state_says", slice_of(b != NULL ? journal_blocker_says(p, b) : NULL));
}

static void put_messages(struct page *p, struct value *row, const struct rollout *v, int64_t n, const struct want *w)
{
	double a_day = forecast_a_day((double)n, v->days);

	view_put_known(p->a, row, "messages", n);
	view_put_text(p->a, row, "a_day", slice_of(n < 0 ? NULL : arena_printf(p->a, "%.1f", a_day)));
	if (w != NULL)
		sheet_link(p, row, "messages", want_rows(p, w));
}

/* A sender of ours whose mail fails, or goes out unsigned. */
static void put_sender(struct page *p, struct value *list, const struct rollout *v, const struct readiness_fix *fix)
{
	const struct rollout_source *s = &v->source[fix->source];
	struct slice key = slice_of(arena_printf(p->a, "source:%.*s", (int)s->key.len, s->key.ptr));
	struct want w = want_any(p, &v->want, PARAM_SOURCE, &s->key, 1);
	struct value *row = view_add_object(p->a, list);
	bool fails = fix->mends > 0;

	w = fails ? want_failing(p, &w) : want_word(p, &w, PARAM_DKIM_ALIGNED, "0");
	view_put_text(p->a, row, "key", key);
	view_put_text(p->a, row, "text", slice_of(arena_printf(p->a, "%.*s: %s", (int)format_cut(s->label, FORMAT_SCREEN_CHARS), s->label.ptr,
								fails ? "mail that fails both checks" : "mail without an aligned signature")));
	view_put_text(p->a, row, "advice", slice_of(s->kind == KIND_SERVICE ? "Ask the service for DKIM with a key of your domain" :
									      "Sign it with DKIM, or send it through systems that do"));
	put_messages(p, row, v, fails ? fix->mends : fix->signs, &w);
	put_state(p, row, taken_up(v, key), s->owner);
}

static void put_strangers(struct page *p, struct value *list, const struct rollout *v)
{
	static const struct slice unknown = WORD("unknown");
	struct want w = want_any(p, &v->want, PARAM_VERDICT, &unknown, 1);
	int64_t n = v->facts.unnamed_senders;
	struct value *row;

	if (n == 0)
		return;
	row = view_add_object(p->a, list);
	view_put_text(p->a, row, "key", SLICE("unnamed"));
	view_put_text(p->a, row, "text", slice_of(arena_printf(p->a, "%s came back and nobody named %s", page_plural(p->a, n, "sender", "senders"),
								n == 1 ? "it" : "them")));
	view_put_text(p->a, row, "advice", SLICE("Name each in ruad.conf, or leave it to the policy"));
	put_messages(p, row, v, v->unknown_messages, &w);
	put_state(p, row, taken_up(v, SLICE("unnamed")), (struct slice){ 0 });
	sheet_link(p, row, "text", page_link_to(p, "/sources", &v->want.params));
}

static void put_written(struct page *p, struct value *list, const struct rollout *v, const struct journal_blocker *b)
{
	struct value *row = view_add_object(p->a, list);

	view_put_text(p->a, row, "key", (struct slice){ 0 });
	view_put_text(p->a, row, "text", b->blocker.text);
	view_put_text(p->a, row, "advice", b->blocker.note.len > 0 ? b->blocker.note : (struct slice){ 0 });
	view_put_known(p->a, row, "messages", b->failing);
	view_put_text(p->a, row, "a_day", slice_of(b->failing < 0 ? NULL : arena_printf(p->a, "%.1f", (double)b->failing / JOURNAL_CLEAN_DAYS)));
	put_state(p, row, b, (struct slice){ 0 });
	sheet_link(p, row, "text", journal_blocker_href(p, b->blocker.id));
	sheet_link(p, row, "messages", journal_blocker_rows(p, &b->blocker));
}

void rollout_put_blockers(struct page *p, struct value *data, const struct rollout *v)
{
	struct value *list = view_put_list(p->a, data, rollout_blocker_sheet.key);

	for (size_t i = 0; i < v->fixes; i++)
		put_sender(p, list, v, &v->fix[i]);
	put_strangers(p, list, v);
	for (size_t i = 0; i < v->blockers.n; i++)
		if (v->blockers.item[i].blocker.key.len == 0)
			put_written(p, list, v, &v->blockers.item[i]);
}

/* --- cards --- */

/* Takes up one that ruad found: gives it an owner and a state. */
static void put_take_up(struct page *p, struct value *card, const struct rollout *v, const struct value *list)
{
	static const char *const states[] = { "asked", "accepted", "open", "done" };
	struct value *form;
	const char **keys = arena_array(p->a, v->fixes + 2, sizeof *keys), **texts = arena_array(p->a, v->fixes + 2, sizeof *texts);
	size_t n = 0;

	for (const struct value *row = list->first; row != NULL; row = row->next)
		if (view_text(row, "key").len > 0 && n < v->fixes + 1) {
			texts[n] = arena_printf(p->a, "%.*s", (int)view_text(row, "text").len, view_text(row, "text").ptr);
			keys[n++] = arena_printf(p->a, "%.*s", (int)view_text(row, "key").len, view_text(row, "key").ptr);
		}
	if (n == 0 || (form = card_write(p, card, "Give one an owner or a state", SLICE("/rollout/blockers"), "Keep it")) == NULL)
		return;
	write_choice(p, form, "key", "Which", keys, texts, n, keys[0]);
	write_hidden(p, form, "domain", v->domain);
	write_hidden(p, form, "text", SLICE("Found by ruad"));
	write_hidden(p, form, "back", slice_of("/rollout"));
	write_field(p, form, &(struct write_field){ WRITE_LINE, "owner", "Who looks after it", SLICE(""), LIMIT_GRANT_NAME_BYTES, false });
	write_choice(p, form, "state", "State", states, NULL, sizeof states / sizeof *states, "asked");
	write_field(p, form, &(struct write_field){ WRITE_LINE, "reason", "Where it is accepted: why", SLICE(""), LIMIT_JOURNAL_TEXT_BYTES, false });
	write_field(p, form, &(struct write_field){ WRITE_DAY, "until", "Where it is accepted: until", SLICE(""), 0, false });
	write_field(p, form, &(struct write_field){ WRITE_LINE, "name", "Your name", write_name(p), LIMIT_GRANT_NAME_BYTES, false });
}

static void put_confirm(struct page *p, struct value *page, const struct rollout *v)
{
	static const char *const texts[CHECKS] = {
		[CHECK_LISTS_ACCEPT] = "The owners of these lists said that none of them refuses or discards posts of domains that ask for quarantine or reject.",
		[CHECK_POSTERS] = "Our people post to lists, and we accept that posts may be lost at reject, or mail of staff stays at quarantine and only a "
				  "sending sub-domain moves.",
	};
	const struct rollout_step *s = &v->step[v->chosen];
	struct value *card = NULL;

	for (size_t i = 0; i < s->readiness.n; i++) {
		const struct readiness_check *c = &s->readiness.check[i];

		if (c->state != STATE_CONFIRM || texts[c->id] == NULL)
			continue;
		if (card == NULL)
			card = card_add(p, page, "h-confirm", "To be confirmed by a person", CARD_WHOLE);
		write_confirm(p, card, &(struct write_confirm){ v->domain, s->step, readiness_check_name(c->id), texts[c->id], CONFIRMED_DAYS,
								slice_of("/rollout") });
	}
}

void rollout_people_cards(struct page *p, struct view *out, const struct rollout *v)
{
	const struct value *list = view_at(out->data, rollout_blocker_sheet.key);
	struct value *card;

	put_confirm(p, out->page, v);
	card = card_add(p, out->page, "h-blockers", "Blockers before enforcing", CARD_HALF);
	card_more(p, card, "Write one down", page_link_to(p, "/rollout/blockers", &v->want.params));
	card_table(p, card, &rollout_blocker_sheet, list, "Nothing that is known of.");
	page_say(p, card_note(p, card), "Found from senders of yours that fail or send unsigned, and written down by people. Of those that people wrote down, the "
					"failing mail of the last 14 days is counted. One that names a source closes by itself after 14 days without failing mail.");
	if (page_may_write(p))
		put_take_up(p, card, v, list);
}
