/* page_ingest: are reports coming in, and what could not be read (UX 7.8): how the parts of ruad are, then every mail and file,
 * the last first. It is the team's alone. Neighbours: incoming.h, portion.h, page_mail.c, status.h. */
#include "web/card.h"
#include "web/help.h"
#include "web/incoming.h"
#include "web/portion.h"
#include "web/reports.h"
#include "web/status.h"

#include "base/text.h"
#include "schema/limits.h"
#include "web/format.h"

static const struct column columns[] = {
	{ "received", "Received", LOOK_TIME, true },
	{ "subject", "Subject or file", LOOK_NAME, true },
	{ "sender", "From", LOOK_TEXT, .beneath = true },
	{ "mailbox", "Mailbox", LOOK_TEXT, .beneath = true },
	{ "bytes", "Size", LOOK_BYTES },
	{ "outcome_words", "What became of it", LOOK_TEXT, true },
	{ "where", "Where", LOOK_TEXT, .beneath = true },
	{ "detail", "Detail", LOOK_TEXT, true },
	{ "actions", "Do", LOOK_ACTIONS },
	{ "outcome", "Outcome", LOOK_TEXT, .off_page = true },
	{ "code", "Reason", LOOK_TEXT, .off_page = true },
	{ "place", "Place", LOOK_TEXT, .off_page = true },
	{ "reports", "Reports", LOOK_NUMBER, .off_page = true },
	{ "report", "First report", LOOK_TEXT, .off_page = true },
	{ "id", "Id", LOOK_TEXT, .off_page = true },
};
static const struct sheet sheet = { "ingest", "Every mail and file", columns, sizeof columns / sizeof *columns };

struct ingest { /* what the page is built from */
	struct incomings portion;
	struct portions portions; /* of mails and files, the last first */
	struct ingest_state state;
	struct health health;
};

/* --- rows --- */

static void put_count(struct arena *a, struct value *row, const char *key, int64_t n)
{
	if (n > 0)
		view_put_int(a, row, key, n);
	else
		view_put_text(a, row, key, (struct slice){ 0 });
}

static void put_links(struct page *p, struct value *row, const struct incoming *m)
{
	struct slice href = incoming_href(p, m);

	sheet_link(p, row, "received", href);
	if (m->reject.id != 0)
		sheet_link(p, row, "outcome_words", help_href(p->a, m->reject.code));
	else if (m->report > 0)
		sheet_link(p, row, "detail", reports_href(p, m->report));
	if (m->rejects > 1)
		sheet_action(p, row, arena_printf(p->a, "All %lld", (long long)m->rejects), href, false);
	else
		incoming_actions(p, row, &m->reject);
	if (m->rejects == 0)
		incoming_download(p, row, m);
}

/* Why it was not read; else which report it gave. */
static struct slice detail_of(struct arena *a, const struct incoming *m)
{
	if (m->reject.id != 0)
		return incoming_detail(a, &m->reject);
	if (m->report > 0)
		return slice_of(arena_printf(a, "report %lld%s", (long long)m->report, m->reports > 1 ? arena_printf(a, " and %lld more", (long long)m->reports - 1) : ""));
	return (struct slice){ 0 };
}

static struct value *make_line(struct portions *s, struct arena *a, size_t i)
{
	const struct incoming *m = &((const struct incomings *)s->rows)->item[i];
	struct value *row = view_object(a);

	view_put_text(a, row, "received", slice_of(format_rfc3339(a, m->received_s)));
	view_put_text(a, row, "subject", incoming_name(m));
	view_put_text(a, row, "sender", m->sender);
	view_put_text(a, row, "mailbox", m->mailbox);
	view_put_known(a, row, "bytes", m->bytes);
	view_put_text(a, row, "outcome_words", slice_of(incoming_words(m)));
	view_put_text(a, row, "where", incoming_where(a, &m->reject));
	view_put_text(a, row, "detail", detail_of(a, m));
	view_put_text(a, row, "outcome", slice_of(incoming_outcome(m)));
	view_put_text(a, row, "code", m->reject.code);
	view_put_text(a, row, "place", m->place);
	view_put_int(a, row, "reports", m->reports);
	put_count(a, row, "report", m->report);
	view_put_text(a, row, "id", incoming_id(a, m));
	if (s->p->html)
		put_links(s->p, row, m);
	return row;
}

static enum mail_outcome outcome_asked(const struct page *p)
{
	struct slice word = param_one(&p->params, PARAM_OUTCOME);

	return word.ptr == NULL ? MAIL_OUTCOMES : slice_is(word, "read") ? MAIL_READ : slice_is(word, "partly") ? MAIL_PARTLY : MAIL_REFUSED;
}

static int read_lines(struct portions *s, struct reader *r, size_t limit, struct err *err)
{
	struct incomings *out = s->rows;

	if (query_incomings(r, &s->p->portion, outcome_asked(s->p), s->after, limit, out, err) != 0)
		return -1;
	s->n = out->n;
	s->after = out->after;
	return 0;
}

static const struct portion_kind kind = { read_lines, make_line, .rows = LIMIT_PAGE_ROWS, .on_screen = 50, .to_programs = 100, .once = true };

/* --- how it goes --- */

static int ask(struct page *p, struct reader *r, void *ctx, struct err *err)
{
	struct ingest *w = ctx;

	return query_ingest_state(r, &w->state, err);
}

/* Of all parts of a role together. */
static int64_t level_of(const struct health *h, enum health_role role, enum health_count count)
{
	int64_t n = 0;

	for (size_t i = 0; i < h->n; i++)
		n += h->part[i].role == role ? h->part[i].count[count] : 0;
	return n;
}

static struct slice time_text(struct page *p, int64_t seconds)
{
	return slice_of(seconds > 0 ? format_time(p->a, seconds) : "never");
}

static void put_time(struct page *p, struct value *object, const char *key, int64_t seconds)
{
	view_put_text(p->a, object, key, seconds > 0 ? slice_of(format_rfc3339(p->a, seconds)) : (struct slice){ 0 });
}

static void put_state(struct page *p, struct value *envelope, const struct ingest *w)
{
	struct value *state = view_put_object(p->a, envelope, "state"), *parts, *part;

	put_time(p, state, "last_mail", w->state.last_mail_s);
	put_time(p, state, "last_report", p->state.last_taken_in);
	put_time(p, state, "oldest_unread", w->state.oldest_reject_s);
	view_put_int(p->a, state, "reports", p->state.reports);
	view_put_int(p->a, state, "unread", p->state.rejects);
	view_put_int(p->a, state, "backlog", level_of(&w->health, HEALTH_MAILBOX, HEALTH_BACKLOG));
	view_put_int(p->a, state, "dns_queue", level_of(&w->health, HEALTH_LOOKUP, HEALTH_BACKLOG));
	parts = view_put_list(p->a, state, "parts");
	for (size_t i = 0; i < w->health.n; i++) {
		part = view_add_object(p->a, parts);
		view_put_text(p->a, part, "part", w->health.part[i].name);
		view_put_text(p->a, part, "state", slice_of(health_state_name(w->health.part[i].state)));
		view_put_text(p->a, part, "text", w->health.part[i].text);
	}
}

static void put_words(struct page *p, struct view *out, const struct ingest *w)
{
	struct value *h = page_headline(p, out), *lede = page_lede(p, out);
	int64_t waiting = level_of(&w->health, HEALTH_MAILBOX, HEALTH_BACKLOG);

	page_say(p, h, arena_printf(p->a, "%s taken in. %s", page_plural(p->a, p->state.reports, "report", "reports"),
				    p->state.rejects == 0 ? "Everything could be read." :
							    arena_printf(p->a, "%s could not be read.", page_plural(p->a, p->state.rejects, "document", "documents"))));
	page_say(p, lede, waiting > 0 ? arena_printf(p->a, "%s wait to be taken in. ", page_plural(p->a, waiting, "mail", "mails")) : "Nothing waiting. ");
	page_say(p, lede, "What could not be read is kept with its reason; it is tried again by itself after an upgrade, and here at any time.");
}

/* --- the page --- */

static const char *kept_for(struct page *p, int64_t days)
{
	return days == 0 ? "for ever" : page_plural(p->a, days, "day", "days");
}

static void put_kept(struct page *p, struct value *card)
{
	const struct retention *k = &p->site->config.retention;
	int64_t bytes = status_database_bytes(p->site, p->a);
	const struct slice none = { 0 };

	card_fact(p, card, "Database", bytes < 0 ? none : slice_of(format_bytes(p->a, bytes)), none);
	card_fact(p, card, "Kept", slice_of(arena_printf(p->a, "reports %s, what they came in %s, refusals %s", kept_for(p, k->report_days),
							kept_for(p, k->raw_days), kept_for(p, k->reject_days))), none);
}

static void put_cards(struct page *p, struct value *page, const struct ingest *w)
{
	struct value *came = card_add(p, page, "h-came", "What came in", CARD_HALF), *runs;
	const struct slice none = { 0 };

	card_fact(p, came, "Last mail", time_text(p, w->state.last_mail_s), none);
	card_fact(p, came, "Last report", time_text(p, p->state.last_taken_in), SLICE("/reports"));
	card_fact(p, came, "Backlog", slice_of(page_plural(p->a, level_of(&w->health, HEALTH_MAILBOX, HEALTH_BACKLOG), "mail", "mails")), none);
	card_fact(p, came, "Unread", slice_of(format_count_text(p->a, p->state.rejects)), p->state.rejects > 0 ? SLICE("/ingest?outcome=refused") : none);
	card_fact(p, came, "Oldest unread", w->state.oldest_reject_s > 0 ? time_text(p, w->state.oldest_reject_s) : SLICE("none"), none);
	card_fact(p, came, "DNS queue", slice_of(page_plural(p->a, level_of(&w->health, HEALTH_LOOKUP, HEALTH_BACKLOG), "question", "questions")), none);
	runs = card_add(p, page, "h-runs", "How it runs", CARD_HALF);
	for (size_t i = 0; i < w->health.n; i++) {
		const struct health_part *part = &w->health.part[i];

		card_fact(p, runs, arena_printf(p->a, "%.*s", (int)part->name.len, part->name.ptr),
			  slice_of(arena_printf(p->a, "%s%s%.*s", health_state_name(part->state), part->text.len > 0 ? ": " : "", (int)part->text.len,
						part->text.len > 0 ? part->text.ptr : "")), none);
	}
	card_more(p, runs, "Health", SLICE("/health?format=html"));
	if (p->site != NULL)
		put_kept(p, came);
}

static void put_tabs(struct page *p, struct value *page)
{
	static const char *const tabs[][2] = { { NULL, "All" }, { "read", "Read" }, { "partly", "Partly read" }, { "refused", "Not read" } };
	struct slice now = param_one(&p->params, PARAM_OUTCOME);
	struct params params;

	for (size_t i = 0; i < sizeof tabs / sizeof *tabs; i++) {
		params = tabs[i][0] == NULL ? param_without(&p->params, PARAM_OUTCOME) : param_with(p->a, &p->params, PARAM_OUTCOME, slice_of(tabs[i][0]));
		page_tab(p, page, tabs[i][1], page_link_to(p, "/ingest", &params), tabs[i][0] == NULL ? now.ptr == NULL : slice_is(now, tabs[i][0]));
	}
}

static int put_page(struct page *p, struct view *out, struct ingest *w, struct err *err)
{
	struct value *list = view_put_list(p->a, view_object(p->a), "ingest"), *card;

	out->page = page_shell(p, "Ingest", 0);
	out->template_name = "cards";
	view_put_bool(p->a, out->page, "goes_on", true);
	view_put_bool(p->a, out->page, "takes_files", p->visitor != NULL && p->visitor->role >= ACCESS_TEAM);
	put_tabs(p, out->page);
	put_cards(p, out->page, w);
	if (portions_list(&w->portions, list, err) != 0)
		return -1;
	card = card_add(p, out->page, "h-mails", "Every mail and file", CARD_WHOLE);
	card_table(p, card, &sheet, list, "Nothing of that kind came in.");
	card_pages(p, card, p->params.value[PARAM_AFTER].n > 0 ? page_link_to(p, "/ingest", &p->params) : (struct slice){ 0 },
		   portions_href(&w->portions, "/ingest"));
	return 0;
}

int page_ingest(struct page *p, struct view *out, struct param_errors *errors, struct err *err)
{
	struct ingest *w = arena_alloc(p->a, sizeof *w);

	if (page_is_scoped(p))
		return PAGE_GONE;
	portions_init(&w->portions, p, out, &kind, &w->portion);
	if (page_ask(p, ask, w, err) != 0)
		return -1;
	if (p->site != NULL)
		status_health(p->site, p->a, &w->health);
	out->envelope = page_envelope(p, NULL);
	put_state(p, out->envelope, w);
	sheet_is_stream(p, out, &sheet, portions_next, &w->portions);
	put_words(p, out, w);
	return p->html ? put_page(p, out, w, err) : 0;
}
