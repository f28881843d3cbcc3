/* page_note: one note of what changed, and how mail fared before and after it: as many whole weeks on either side, so that weekdays match,
 * without the days that it is about (UX 7.2). Neighbours: page_journal.c lists notes; want.h makes what is asked and where it leads. */
#include "web/journal.h"
#include "web/want.h"
#include "web/write.h"

#include "base/text.h"
#include "schema/limits.h"
#include "web/format.h"

enum { WEEK = 7, WEEKS_MOST = 4 };

static const struct column columns[] = {
	{ "when", "When", LOOK_NAME, true },
	{ "first_day", "From", LOOK_DAY, .beneath = true },
	{ "last_day", "To", LOOK_DAY, .beneath = true },
	{ "days", "Days", LOOK_NUMBER, true },
	{ "messages", "Messages", LOOK_NUMBER, true },
	{ "bar", "Trust, bar length = messages", LOOK_BAR },
	{ "fully_trusted", "Fully", LOOK_NUMBER },
	{ "partially_trusted", "Partially", LOOK_NUMBER },
	{ "untrusted", "Untrusted", LOOK_NUMBER },
	{ "quarantined", "Quarantined", LOOK_NUMBER },
	{ "rejected", "Rejected", LOOK_NUMBER },
	{ "failing", "Failing", LOOK_NUMBER, true },
	{ "failing_share", "Share failing", LOOK_NUMBER, true },
	{ "dkim_aligned", "DKIM aligned", LOOK_NUMBER, true },
};
static const struct sheet sheet = { "before_after", "Before and after", columns, sizeof columns / sizeof *columns, .partial = true };

struct side { /* of the note */
	const char *when;
	int64_t first_day, last_day;
	struct want want;
	struct counts counts;
};
struct note_view {
	struct journal_note note;
	int64_t weeks, before_days, after_days; /* that there are on either side */
	struct side before, after;
};

static int64_t signed_(const struct counts *c)
{
	return c->split[SPLIT_FULL] + c->split[SPLIT_DKIM_ONLY];
}

/* --- asking --- */

static void settle(struct page *p, struct note_view *v)
{
	int64_t before = v->note.day - p->state.first_day, after = p->state.last_day - v->note.end_day, least;

	if (!page_has_data(p))
		return;
	v->before_days = before > 0 ? before : 0;
	v->after_days = after > 0 ? after : 0;
	least = (v->before_days < v->after_days ? v->before_days : v->after_days) / WEEK;
	v->weeks = least < WEEKS_MOST ? least : WEEKS_MOST;
	v->before = (struct side){ "Before", v->note.day - v->weeks * WEEK, v->note.day - 1 };
	v->after = (struct side){ "After", v->note.end_day + 1, v->note.end_day + v->weeks * WEEK };
}

static int ask_side(struct page *p, struct reader *r, const struct journal_note *n, struct side *s, struct err *err)
{
	struct filter f;

	s->want = want_of_days(p, s->first_day, s->last_day);
	if (n->domain.len > 0)
		s->want = want_any(p, &s->want, PARAM_UNDER, &n->domain, 1);
	if (n->source.len > 0)
		s->want = want_any(p, &s->want, PARAM_SOURCE, &n->source, 1);
	return want_filter(p, &s->want, &f) ? query_counts(r, &f, &s->counts, err) : 0;
}

static int ask(struct page *p, struct reader *r, void *ctx, struct err *err)
{
	struct note_view *v = ctx;
	int64_t id;
	int rc = text_int(p->id, &id) ? query_note(r, p->a, &p->filter, id, &v->note, err) : 0;

	if (rc != 1)
		return rc == 0 ? PAGE_GONE : -1;
	settle(p, v);
	if (v->weeks == 0)
		return 0;
	return ask_side(p, r, &v->note, &v->before, err) == 0 ? ask_side(p, r, &v->note, &v->after, err) : -1;
}

/* --- data --- */

static void put_side(struct page *p, struct value *list, const struct side *s)
{
	struct value *row = view_add_object(p->a, list);
	struct want fails = want_failing(p, &s->want), aligned = want_word(p, &s->want, PARAM_DKIM_ALIGNED, "1"), one;

	view_put_text(p->a, row, "when", slice_of(s->when));
	view_put_day(p->a, row, "first_day", s->first_day);
	if (p->html)
		view_put_text(p->a, row, "last_day", slice_of(arena_printf(p->a, "to %s", format_day(p->a, s->last_day))));
	else
		view_put_day(p->a, row, "last_day", s->last_day);
	view_put_int(p->a, row, "days", s->last_day - s->first_day + 1);
	page_put_counts(p->a, row, &s->counts);
	view_put_int(p->a, row, "failing", counts_failing(&s->counts));
	view_put_share(p->a, row, "failing_share", counts_failing(&s->counts), counts_total(&s->counts));
	view_put_share(p->a, row, "dkim_aligned", signed_(&s->counts), counts_total(&s->counts));
	sheet_link(p, row, "messages", want_rows(p, &s->want));
	for (int t = 0; t < TRUST_CLASSES; t++) {
		one = want_word(p, &s->want, PARAM_CLASS, trust_param((enum trust)t));
		sheet_link(p, row, trust_json((enum trust)t), want_rows(p, &one));
	}
	sheet_link(p, row, "failing", want_rows(p, &fails));
	sheet_link(p, row, "failing_share", want_rows(p, &fails));
	sheet_link(p, row, "dkim_aligned", want_rows(p, &aligned));
}

static struct slice known(struct slice text)
{
	return text.len > 0 ? text : (struct slice){ 0 };
}

static struct value *make_data(struct page *p, struct view *out, const struct note_view *v)
{
	struct value *data = view_object(p->a), *list;
	const struct journal_note *n = &v->note;

	view_put_int(p->a, data, "id", n->id);
	view_put_int(p->a, data, "version", n->version);
	view_put_day(p->a, data, "day", n->day);
	view_put_day(p->a, data, "end_day", n->end_day);
	view_put_text(p->a, data, "text", n->text);
	view_put_text(p->a, data, "domain", known(n->domain));
	view_put_text(p->a, data, "source", known(n->source));
	view_put_text(p->a, data, "who", known(n->who));
	page_put_time(p->a, data, "made", n->made_s);
	view_put_int(p->a, data, "weeks", v->weeks);
	list = view_put_list(p->a, data, "before_after");
	if (v->weeks > 0) {
		put_side(p, list, &v->before);
		put_side(p, list, &v->after);
	}
	view_add_sheet(out, &sheet);
	return data;
}

/* --- in words --- */

/* "9.1". */
static const char *a_day(struct page *p, int64_t n, int64_t days)
{
	int64_t tenths = days > 0 ? (10 * n + days / 2) / days : 0;

	return arena_printf(p->a, "%s.%d", format_count_text(p->a, tenths / 10), (int)(tenths % 10));
}

/* "254 ÷ 28 = 9.1 a day before". */
static void say_a_day(struct page *p, struct value *says, const struct note_view *v, const struct side *s, const char *end)
{
	struct want fails = want_failing(p, &s->want);

	page_say_number(p, says, counts_failing(&s->counts), NULL, want_rows(p, &fails));
	page_say(p, says, arena_printf(p->a, " ÷ %d days = %s a day %s", (int)(v->weeks * WEEK), a_day(p, counts_failing(&s->counts), v->weeks * WEEK), end));
}

/* "254 ÷ 1,443 = 17.6% before". */
static void say_share(struct page *p, struct value *says, const struct side *s, int64_t n, const struct want *w, const char *end)
{
	page_say_number(p, says, n, NULL, want_rows(p, w));
	page_say(p, says, " ÷ ");
	page_say_number(p, says, counts_total(&s->counts), NULL, want_rows(p, &s->want));
	page_say(p, says, arena_printf(p->a, " = %s %s", format_share_text(p->a, n, counts_total(&s->counts)), end));
}

static void say_shares(struct page *p, struct value *card, const struct note_view *v, const char *what, int64_t (*part)(const struct counts *c), bool fails)
{
	struct value *says = card_says(p, card);
	const struct side *b = &v->before, *a = &v->after;
	struct want wb = fails ? want_failing(p, &b->want) : want_word(p, &b->want, PARAM_DKIM_ALIGNED, "1");
	struct want wa = fails ? want_failing(p, &a->want) : want_word(p, &a->want, PARAM_DKIM_ALIGNED, "1");

	page_say_strong(p, says, what);
	page_say(p, says, ": ");
	say_share(p, says, b, part(&b->counts), &wb, "before, ");
	say_share(p, says, a, part(&a->counts), &wa, "after: ");
	page_say(p, says, arena_printf(p->a, "%s.", format_points_text(p->a, part(&a->counts), counts_total(&a->counts), part(&b->counts), counts_total(&b->counts))));
}

/* Why there is no comparison, or NULL. */
static const char *too_little(struct page *p, const struct note_view *v)
{
	if (v->weeks > 0)
		return NULL;
	if (v->after_days < WEEK)
		return arena_printf(p->a, "Too little after it yet: of the first week after it %d of 7 days are in. Before and after stand here once all are.", (int)v->after_days);
	return arena_printf(p->a, "Too little before it: reports begin %s before, and a whole week is wanted.", page_plural(p->a, v->before_days, "day", "days"));
}

static void put_compared(struct page *p, struct view *out, const struct note_view *v)
{
	struct value *card = card_add(p, out->page, "h-comp", "Before and after", CARD_WHOLE), *says;
	const char *why = too_little(p, v);

	if (why != NULL) {
		page_say(p, card_says(p, card), why);
		return;
	}
	card_aside(p, card, arena_printf(p->a, "%s on either side", page_plural(p->a, v->weeks, "whole week", "whole weeks")));
	says = card_says(p, card);
	page_say_strong(p, says, "Failing mail a day");
	page_say(p, says, ": ");
	say_a_day(p, says, v, &v->before, "before, ");
	say_a_day(p, says, v, &v->after, "after.");
	say_shares(p, card, v, "Share that fails both checks", counts_failing, true);
	say_shares(p, card, v, "Share with an aligned DKIM signature", signed_, false);
	card_table(p, card, &sheet, view_at(out->data, "before_after"), "");
	page_say(p, card_note(p, card), v->note.day == v->note.end_day ? "The day of the change itself is left out. " : "The days of the change themselves are left out. ");
	page_say(p, card_note(p, card), "Whole weeks are compared, so that weekdays match. All receivers count, also one that reported on one side only.");
}

static void put_facts(struct page *p, struct value *page, const struct note_view *v)
{
	struct value *card = card_add(p, page, "h-note", "The note", CARD_WHOLE);
	const struct journal_note *n = &v->note;
	const struct slice none = { 0 };

	card_more(p, card, "All notes", SLICE("/rollout/notes"));
	page_say_slice(p, card_says(p, card), n->text);
	card_fact(p, card, "Day", slice_of(n->day == n->end_day ? format_day(p->a, n->day) : format_range(p->a, n->day, n->end_day)), none);
	card_fact(p, card, "Domain", n->domain.len > 0 ? n->domain : SLICE("all"), journal_domain_href(p, n->domain));
	card_fact(p, card, "Source", n->source.len > 0 ? n->source : SLICE("all"), none);
	card_fact(p, card, "Written", slice_of(arena_printf(p->a, "%s%s%.*s", format_time(p->a, n->made_s), n->who.len > 0 ? " by " : "", (int)n->who.len, n->who.ptr)), none);
}

static void put_forms(struct page *p, struct value *page, const struct journal_note *n)
{
	struct slice href = journal_note_href(p, n->id), version = slice_of(arena_printf(p->a, "%lld", (long long)n->version));
	struct value *card, *form;

	if (!page_may_write(p))
		return;
	card = card_add(p, page, "h-change", "Change it", CARD_WHOLE);
	form = card_write(p, card, "Change the note", href, "Keep the change");
	write_hidden(p, form, "version", version);
	write_field(p, form, &(struct write_field){ WRITE_DAY, "day", "Day", write_day_text(p, n->day), 0, true });
	write_field(p, form, &(struct write_field){ WRITE_DAY, "end_day", "Last day, where it took several", write_day_text(p, n->end_day), 0, false });
	write_field(p, form, &(struct write_field){ WRITE_LINE, "domain", "Domain; empty: all", n->domain, 253, false });
	write_field(p, form, &(struct write_field){ WRITE_LINE, "source", "Source, by its name; empty: all", n->source, LIMIT_GRANT_NAME_BYTES, false });
	write_field(p, form, &(struct write_field){ WRITE_LINE, "name", "Written by", n->who, LIMIT_GRANT_NAME_BYTES, false });
	write_field(p, form, &(struct write_field){ WRITE_LONG, "text", "What changed, in a sentence", n->text, LIMIT_JOURNAL_TEXT_BYTES, true });
	form = card_write(p, card, "Remove the note", slice_of(arena_printf(p->a, "%s/remove", href.ptr)), "Remove it");
	write_hidden(p, form, "version", version);
}

static void put_words(struct page *p, struct view *out, const struct note_view *v)
{
	struct value *h = page_headline(p, out), *lede = page_lede(p, out);
	const struct counts *b = &v->before.counts, *a = &v->after.counts;
	const char *why = too_little(p, v);

	if (why != NULL)
		page_say(p, h, v->after_days < WEEK ? "It is too early to say what this changed" : "What this changed cannot be said");
	else if (counts_total(a) == 0 || counts_total(b) == 0)
		page_say(p, h, arena_printf(p->a, "No mail of that kind was reported %s it", counts_total(a) == 0 ? "after" : "before"));
	else
		page_say(p, h, arena_printf(p->a, "Failing mail went from %s to %s after %s", format_share_text(p->a, counts_failing(b), counts_total(b)),
					    format_share_text(p->a, counts_failing(a), counts_total(a)), format_day_month(p->a, v->note.end_day)));
	page_say_slice(p, lede, why != NULL ? slice_of(why) : v->note.text);
}

int page_note(struct page *p, struct view *out, struct param_errors *errors, struct err *err)
{
	struct note_view v = { 0 };
	int rc = page_ask(p, ask, &v, err);

	if (rc != 0)
		return rc;
	out->envelope = page_envelope(p, NULL);
	out->data = make_data(p, out, &v);
	sheets_are_table(p, out);
	put_words(p, out, &v);
	if (!p->html)
		return 0;
	out->page = page_shell(p, "One note", 0);
	out->template_name = "cards";
	put_compared(p, out, &v);
	put_facts(p, out->page, &v);
	put_forms(p, out->page, &v.note);
	return 0;
}
