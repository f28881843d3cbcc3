/* page_mail: one mail, or one refusal that came in none: what was in it, what became of each part, and what can be done (UX 7.8).
 * Neighbours: incoming.h, page_ingest.c. */
#include "web/card.h"
#include "web/help.h"
#include "web/incoming.h"
#include "web/reports.h"

#include "schema/reject.h"
#include "web/format.h"

static const struct column refusal_columns[] = {
	{ "sentence", "Why", LOOK_NAME, true }, { "detail", "What exactly", LOOK_TEXT, true }, { "where", "Where", LOOK_TEXT, true },
	{ "actions", "Do", LOOK_ACTIONS },      { "code", "Reason", LOOK_TEXT, .off_page = true },
	{ "id", "Id", LOOK_TEXT, .off_page = true },
};
static const struct sheet refusals = { "refusals", "What could not be read", refusal_columns, sizeof refusal_columns / sizeof *refusal_columns };

static const struct column report_columns[] = {
	{ "day", "Covers", LOOK_DAY, true },	{ "reporter", "Receiver", LOOK_NAME, true }, { "report_id", "Report ID", LOOK_TEXT, true },
	{ "repairs", "Repairs", LOOK_NUMBER, true }, { "id", "Id", LOOK_TEXT, .off_page = true },
};
static const struct sheet reports = { "reports", "Reports in it", report_columns, sizeof report_columns / sizeof *report_columns };

/* --- data --- */

static const char *sentence_of(struct slice code)
{
	for (int i = 0; i < REJECT_CODES; i++)
		if (slice_is(code, reject_name((enum reject_code)i)))
			return reject_sentence((enum reject_code)i);
	return NULL;
}

static void put_refusal(struct page *p, struct value *list, const struct reject_line *r)
{
	struct value *row = view_add_object(p->a, list);
	const char *sentence = sentence_of(r->code);

	view_put_text(p->a, row, "sentence", sentence != NULL ? slice_of(sentence) : r->code);
	view_put_text(p->a, row, "detail", r->detail);
	view_put_text(p->a, row, "where", incoming_where(p->a, r));
	view_put_text(p->a, row, "code", r->code);
	view_put_int(p->a, row, "id", r->id);
	sheet_link(p, row, "sentence", help_href(p->a, r->code));
	incoming_actions(p, row, r);
}

static void put_report(struct page *p, struct value *list, const struct incoming_report *r)
{
	struct value *row = view_add_object(p->a, list);

	view_put_day(p->a, row, "day", r->day);
	view_put_text(p->a, row, "reporter", r->reporter);
	view_put_text(p->a, row, "report_id", r->report_id);
	view_put_int(p->a, row, "repairs", r->repairs);
	view_put_int(p->a, row, "id", r->id);
	sheet_link(p, row, "day", reports_href(p, r->id));
}

static struct value *make_data(struct page *p, struct view *out, const struct incoming_whole *w)
{
	struct value *data = view_object(p->a), *list;
	const struct incoming *m = &w->line;

	view_put_text(p->a, data, "id", p->id);
	view_put_text(p->a, data, "received", slice_of(format_rfc3339(p->a, m->received_s)));
	view_put_text(p->a, data, "mailbox", m->mailbox);
	view_put_text(p->a, data, "place", m->place);
	view_put_text(p->a, data, "sender", m->sender);
	view_put_text(p->a, data, "subject", m->subject);
	view_put_known(p->a, data, "bytes", m->bytes);
	view_put_text(p->a, data, "outcome", slice_of(incoming_outcome(m)));
	if (m->report > 0)
		view_put_int(p->a, data, "report", m->report);
	else
		view_put_text(p->a, data, "report", (struct slice){ 0 });
	list = view_put_list(p->a, data, "refusals");
	for (size_t i = 0; i < w->rejects; i++)
		put_refusal(p, list, &w->reject[i]);
	list = view_put_list(p->a, data, "reports");
	for (size_t i = 0; i < w->reports; i++)
		put_report(p, list, &w->report[i]);
	view_add_sheet(out, &refusals);
	view_add_sheet(out, &reports);
	return data;
}

/* --- the page --- */

static void put_words(struct page *p, struct view *out, const struct incoming *m)
{
	struct value *h = page_headline(p, out), *lede = page_lede(p, out);
	struct slice name = incoming_name(m);

	page_say(p, h, arena_printf(p->a, "%s: %.*s", incoming_words(m), (int)format_cut(name, 80), name.len > 0 ? name.ptr : ""));
	page_say(p, lede, arena_printf(p->a, "It came %s", format_time(p->a, m->received_s)));
	page_say_slice(p, lede, m->mailbox.len > 0 ? slice_of(arena_printf(p->a, " from %.*s.", (int)m->mailbox.len, m->mailbox.ptr)) : SLICE(", imported or sent."));
}

static void put_facts(struct page *p, struct value *page, const struct incoming *m)
{
	struct value *card = card_add(p, page, "h-mail", m->kind == INCOMING_MAIL ? "The mail or file" : "The file", CARD_WHOLE);
	const struct slice none = { 0 };
	struct slice href;

	if (m->kind == INCOMING_MAIL) {
		card_fact(p, card, "From", m->sender, none);
		card_fact(p, card, "Subject", m->subject, none);
		card_fact(p, card, "Mailbox", m->mailbox, none);
	}
	card_fact(p, card, "Place", m->place, none);
	card_fact(p, card, "Size", m->bytes >= 0 ? slice_of(format_bytes(p->a, m->bytes)) : none, none);
	href = incoming_bytes(p, m);
	card_fact(p, card, "As received", href.ptr != NULL ? SLICE("download") : SLICE("not at hand"), href);
	if (m->reports == 0 && m->report > 0)
		card_fact(p, card, "Kept of it",
			  slice_of(arena_printf(p->a, "report %lld%s", (long long)m->report,
						slice_is(slice_of(incoming_outcome(m)), "duplicate") ? ", which was here before" : "")),
			  reports_href(p, m->report));
}

static void put_page(struct page *p, struct view *out, const struct incoming_whole *w)
{
	struct value *card;

	out->page = page_shell(p, w->line.kind == INCOMING_MAIL ? "One mail" : "One refusal", 0);
	out->template_name = "cards";
	put_facts(p, out->page, &w->line);
	if (w->rejects > 0) {
		card = card_add(p, out->page, "h-ref", refusals.title, CARD_WHOLE);
		card_table(p, card, &refusals, view_at(out->data, refusals.key), "");
		card_first(p, card, (int64_t)w->rejects, w->line.rejects);
	}
	if (w->reports > 0) {
		card = card_add(p, out->page, "h-reps", reports.title, CARD_WHOLE);
		card_table(p, card, &reports, view_at(out->data, reports.key), "");
		card_first(p, card, (int64_t)w->reports, w->line.reports);
	}
}

static int ask(struct page *p, struct reader *r, void *whole, struct err *err)
{
	enum incoming_kind kind;
	int64_t number;
	int rc = incoming_of(p->id, &kind, &number) ? query_incoming(r, p->a, kind, number, whole, err) : 0;

	return rc == 1 ? 0 : rc == 0 ? PAGE_GONE : -1;
}

int page_mail(struct page *p, struct view *out, struct param_errors *errors, struct err *err)
{
	struct incoming_whole w = { 0 };
	int r = page_is_scoped(p) ? PAGE_GONE : page_ask(p, ask, &w, err);

	if (r != 0)
		return r;
	out->envelope = page_envelope(p, NULL);
	out->data = make_data(p, out, &w);
	sheets_are_table(p, out);
	put_words(p, out, &w.line);
	if (p->html)
		put_page(p, out, &w);
	return 0;
}
