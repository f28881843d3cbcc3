/* bulk_words: Bulk senders in sentences and cards (UX 7.6), and what a pasted bounce means. Neighbours: bulk.h, page_bulk.c. */
#include "web/bulk.h"

#include "base/text.h"
#include "schema/domain.h"
#include "web/format.h"

static const char *cut(struct page *p, struct slice text)
{
	return arena_printf(p->a, "%.*s", (int)format_cut(text, FORMAT_SCREEN_CHARS), text.ptr != NULL ? text.ptr : "");
}

/* --- headline and lede --- */

/* Of the largest domain, the first receiver that has a number and reports; NULL: none does. */
static const struct bulk_volume *volume_to_tell(const struct bulk *b)
{
	for (size_t i = 0; i < b->volumes; i++)
		if (receiver_threshold(b->volume[i].receiver) > 0 && b->volume[i].messages > 0)
			return &b->volume[i];
	return NULL;
}

static void say_headline(struct page *p, struct value *h, const struct bulk *b)
{
	const struct bulk_volume *v = volume_to_tell(b);
	int64_t least;

	if (v == NULL) {
		page_say(p, h, "No report from Gmail or Outlook in this period");
		return;
	}
	least = receiver_threshold(v->receiver);
	if (v->ever.messages >= least) {
		page_say(p, h, arena_printf(p->a, "%s saw ", receiver_label(v->receiver)));
		page_say_number(p, h, v->ever.messages, NULL, bulk_volume_href(p, b, v, v->ever.day, v->ever.day));
		page_say(p, h, arena_printf(p->a, " messages from %s on %s: a bulk sender from then on", cut(p, v->domain), format_day_month(p->a, v->ever.day)));
		return;
	}
	page_say(p, h, arena_printf(p->a, "%s sees about %s messages a day from us: under %s in this period", receiver_label(v->receiver),
				    format_count_text(p->a, (v->messages + v->days / 2) / v->days), format_count_text(p->a, least)));
}

static void say_peak(struct page *p, struct value *lede, const struct bulk *b)
{
	const struct bulk_volume *v = volume_to_tell(b);

	if (v == NULL || v->peak.messages == 0)
		return;
	page_say(p, lede, arena_printf(p->a, "Peak day: %s with at least ", format_day_short(p->a, v->peak.day)));
	page_say_number(p, lede, v->peak.messages, NULL, bulk_volume_href(p, b, v, v->peak.day, v->peak.day));
	page_say(p, lede, ". ");
}

static void say_missing(struct page *p, struct value *lede, const struct bulk *b)
{
	for (int i = 0; i < RECEIVERS; i++)
		if (b->party[i].n == 0)
			page_say(p, lede, arena_printf(p->a, "No report from %s in this period. ", receiver_label((enum receiver)i)));
}

static void say_unmet(struct page *p, struct value *lede, const struct bulk *b)
{
	for (int i = 0; i < RECEIVERS; i++) {
		int64_t unmet = 0;

		for (int rule = 0; rule < BULK_RULES; rule++)
			unmet += bulk_state_of(b, (enum bulk_rule)rule, (enum receiver)i) == BULK_NOT_MET;
		if (unmet > 0)
			page_say(p, lede, arena_printf(p->a, "%s: %s not met. ", receiver_label((enum receiver)i), page_plural(p->a, unmet, "rule", "rules")));
	}
}

void bulk_say(struct page *p, struct view *out, const struct bulk *b)
{
	struct value *lede = page_lede(p, out);

	say_headline(p, page_headline(p, out), b);
	say_peak(p, lede, b);
	say_unmet(p, lede, b);
	say_missing(p, lede, b);
}

/* --- a bounce --- */

/* Whose mail most likely was meant: of the rule, the receiver and the domain, as far as the bounce names them. */
static const struct bulk_line *suspect(const struct bulk *b, struct slice domain)
{
	for (size_t i = 0; i < b->lines; i++)
		if (b->line[i].rule == b->bounce.rule && (b->bounce.receiver == RECEIVERS || b->line[i].receiver == b->bounce.receiver) &&
		    (domain.ptr == NULL || slice_eq(b->line[i].domain, domain)))
			return &b->line[i];
	return NULL;
}

static void say_suspect(struct page *p, struct value *says, const struct bulk *b)
{
	struct slice domain = b->bounce.domain.ptr != NULL ? domain_normal(p->a, b->bounce.domain) : (struct slice){ 0 };
	const struct bulk_line *line = suspect(b, domain);

	if (b->bounce.rule > BULK_ALIGNED)
		return;
	if (line == NULL) {
		page_say(p, says, b->left_out && b->bounce.rule != BULK_ALIGNED ? " Too many rows in these days to tell by whom: choose fewer days." :
										   " No row in these days breaks it.");
		return;
	}
	page_say(p, says, arena_printf(p->a, " Most likely it was %s From %s to %s: ", slice_is(line->source, "none") ? "a sender without a name" : cut(p, line->source),
				       cut(p, line->domain), receiver_label(line->receiver)));
	page_say_number(p, says, line->messages, page_plural(p->a, line->messages, "message breaks it", "messages break it"), bulk_line_href(p, b, line));
	page_say(p, says, ".");
}

static void say_bounce(struct page *p, struct value *says, const struct bulk *b)
{
	if (b->bounce.code.ptr == NULL) {
		page_say(p, says, "There is no code such as 5.7.27 in that text.");
		return;
	}
	page_say_strong(p, says, cut(p, b->bounce.code));
	page_say(p, says, b->bounce.refused ? " Refused: the 5 says that it will not be tried again." : " Slowed: the 4 says that it will be tried again.");
	if (b->bounce.rule == BULK_RULES) {
		page_say(p, says, " No rule for bulk senders of Gmail, Yahoo or Outlook has this code.");
		return;
	}
	page_say(p, says, arena_printf(p->a, " The rule%s%s: ", b->bounce.receiver < RECEIVERS ? " of " : "",
				       b->bounce.receiver < RECEIVERS ? receiver_label(b->bounce.receiver) : ""));
	page_say_strong(p, says, bulk_rule_label(b->bounce.rule));
	page_say(p, says, ".");
	say_suspect(p, says, b);
}

static void put_bounce(struct page *p, struct view *out, const struct bulk *b)
{
	struct value *card = card_add(p, out->page, "h-bounce", "Paste a bounce", CARD_WHOLE);

	if (b->bounce_text.ptr != NULL)
		say_bounce(p, card_says(p, card), b);
	else
		page_say(p, card_says(p, card), "Such as “550 5.7.27 …” or “5.7.515”, from a refusal or a mail log: which rule it is about, and whose mail.");
	card_ask(p, card, PARAM_BOUNCE, "Text of the refusal", "Look it up");
}

/* --- cards --- */

static struct value *put_card(struct page *p, struct view *out, const char *id, const struct sheet *s, const char *empty)
{
	struct value *card = card_add(p, out->page, id, s->title, CARD_WHOLE);

	card_table(p, card, s, view_at(out->data, s->key), empty);
	return card;
}

static void put_cards(struct page *p, struct view *out, const struct bulk *b)
{
	struct value *card;

	if (b->bounce_text.ptr != NULL)
		put_bounce(p, out, b);
	card = put_card(p, out, "h-rules", &bulk_rule_sheet, "None.");
	page_say(p, card_note(p, card),
		 "Numbers are messages straight from us that break the rule. 4 means slowed, 5 refused. Nothing is met without evidence. ");
	page_say(p, card_note(p, card), "Mail through lists and forwarders is counted apart, since Google asks ARC of it and no alignment.");
	card = put_card(p, out, "h-vol", &bulk_volume_sheet, "No report from Gmail, Yahoo or Outlook in this period.");
	page_say(p, card_note(p, card),
		 "By UTC day, a domain with all below it, as receivers count; other filters than the receiver do not apply. ");
	page_say(p, card_note(p, card),
		 "Reports may hold part of the traffic: at least so much. Once a domain had 5,000 on a day, it stays a bulk sender.");
	card = put_card(p, out, "h-sees", &bulk_receiver_sheet, "No report from Gmail, Yahoo or Outlook in this period.");
	page_say(p, card_note(p, card), "Outlook counts Outlook.com and Enterprise Outlook together; Microsoft's rule is about Outlook.com alone.");
	card = put_card(p, out, "h-who", &bulk_line_sheet, "Nobody, as far as these days tell.");
	if (b->left_out)
		page_say(p, card_note(p, card), "Too many rows in these days to tell who lacks SPF or DKIM: choose fewer days.");
	if (b->bounce_text.ptr == NULL)
		put_bounce(p, out, b);
}

int bulk_cards(struct page *p, struct view *out, const struct bulk *b, struct err *err)
{
	if (page_begin(p, out, "Bulk senders", 0, "cards", err) != 0)
		return -1;
	if (out->empty)
		return 0;
	put_cards(p, out, b);
	return 0;
}
