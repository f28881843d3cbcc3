/* page_report: one report: what it is about, the policy that its receiver saw, its rows, and what is worth knowing of it (UX 7.7).
 * Where only some domains may be seen, it is those rows alone, and nothing that counts others. Neighbours: reports.h, row.h. */
#include "web/reports.h"
#include "web/row.h"

#include "base/text.h"
#include "web/format.h"

enum { LISTED = 50, DAY_S = 86400, HOUR_S = 3600 };

static const struct sheet rows_sheet = { "rows", "Rows", row_columns, COLS };
static const struct sheet screen_sheet = { "rows", "Rows", row_columns, COL_SCREEN, .dense = true };

static const struct column note_columns[] = {
	{ "kind", "What", LOOK_TAG, true },
	{ "text", "Says", LOOK_TEXT, true },
};
static const struct sheet notes_sheet = { "notes", "Worth knowing", note_columns, 2 };

struct report_view {
	struct report_whole whole;
	struct records rows;
	int64_t id;
};

/* --- asking --- */

static int ask(struct page *p, struct reader *r, void *ctx, struct err *err)
{
	struct report_view *v = ctx;
	struct slice *number = arena_alloc(p->a, sizeof *number);
	int rc;

	if (p->id.ptr[0] < '1' || p->id.ptr[0] > '9' || !text_int(p->id, &v->id))
		return PAGE_GONE;
	if ((rc = query_report(r, p->a, &p->filter, v->id, &v->whole, err)) != 1)
		return rc == 0 ? PAGE_GONE : -1;
	*number = p->id;
	p->filter.first_day = p->filter.last_day = v->whole.line.day;
	p->filter.report = (struct names){ number, 1, false };
	return query_records(r, p->a, &p->filter, (struct slice){ 0 }, LISTED, &v->rows, err);
}

/* --- what is worth knowing --- */

static void note(struct page *p, struct value *list, const char *kind, struct slice text)
{
	struct value *row = view_add_object(p->a, list);

	view_put_text(p->a, row, "kind", slice_of(kind));
	view_put_text(p->a, row, "text", text);
}

static void note_clock(struct page *p, struct value *list, const struct report_line *l)
{
	if (l->begin == REPORT_NO_TIME || l->end == REPORT_NO_TIME)
		note(p, list, "clock", SLICE("It does not say when it begins or ends."));
	else if (l->end < l->begin)
		note(p, list, "clock", SLICE("It ends before it begins."));
	else if (l->end > l->received_s + HOUR_S)
		note(p, list, "clock", SLICE("It ends later than it arrived: the receiver's clock, or ours, is wrong."));
	if (l->is_long)
		note(p, list, "period", slice_of(arena_printf(p->a, "It covers %s: all of it counts on the day it begins.", reports_span(p->a, l->end - l->begin))));
}

static void note_others(struct page *p, struct value *list, const struct report_view *v)
{
	for (size_t i = 0; i < v->whole.twins; i++) {
		const struct report_line *t = &v->whole.twin[i];

		note(p, list, t->twin ? "twin" : "overlap",
		     slice_of(arena_printf(p->a, t->twin ? "Report %lld is the same by its name, and says something else: both are counted." :
							   "Report %lld of the same receiver covers part of the same time.",
					   (long long)t->id)));
		sheet_link(p, list->last, "text", reports_href(p, t->id));
	}
}

static void put_notes(struct page *p, struct value *data, const struct report_view *v)
{
	static const char *const kinds[NOTE_KINDS] = { "error", "repair", "warning", "unknown_element" };
	struct value *list = view_put_list(p->a, data, "notes");

	if (!v->whole.line.complete)
		note(p, list, "incomplete", SLICE("The document stops early: only the rows before that are here."));
	note_clock(p, list, &v->whole.line);
	note_others(p, list, v);
	for (size_t i = 0; i < v->whole.notes; i++)
		note(p, list, kinds[v->whole.note[i].kind], v->whole.note[i].text);
}

/* --- data --- */

static void put_policy(struct page *p, struct value *data, const struct report_whole *w)
{
	struct value *policy = view_put_object(p->a, data, "policy_published");

	view_put_text(p->a, policy, "domain", w->line.domain);
	view_put_text(p->a, policy, "p", w->p);
	view_put_text(p->a, policy, "sp", w->sp);
	view_put_text(p->a, policy, "np", w->np);
	view_put_known(p->a, policy, "pct", w->pct);
	view_put_text(p->a, policy, "testing", w->testing);
	view_put_text(p->a, policy, "adkim", w->adkim);
	view_put_text(p->a, policy, "aspf", w->aspf);
	view_put_text(p->a, policy, "fo", w->fo);
	view_put_text(p->a, policy, "discovery_method", w->discovery_method);
}

static void put_head(struct page *p, struct value *data, const struct report_whole *w)
{
	const struct report_line *l = &w->line;
	bool all = !page_is_scoped(p); /* where it lay may name what others sent */

	view_put_int(p->a, data, "id", l->id);
	view_put_text(p->a, data, "reporter", l->reporter);
	view_put_text(p->a, data, "report_id", l->report_id);
	view_put_text(p->a, data, "email", w->email);
	view_put_text(p->a, data, "extra_contact_info", w->extra_contact_info);
	page_put_time(p->a, data, "begin", l->begin);
	page_put_time(p->a, data, "end", l->end);
	page_put_time(p->a, data, "received", l->received_s);
	view_put_text(p->a, data, "format", slice_of(reports_format(l->is_9990)));
	view_put_text(p->a, data, "version", w->version);
	view_put_text(p->a, data, "namespace", w->namespace_uri);
	view_put_text(p->a, data, "generator", l->generator);
	view_put_text(p->a, data, "file", all ? l->file : (struct slice){ 0 });
	view_put_text(p->a, data, "member", all ? w->member : (struct slice){ 0 });
	view_put_bool(p->a, data, "complete", l->complete);
	view_put_bool(p->a, data, "twin", l->twin);
	view_put_bool(p->a, data, "extract", !all);
	put_policy(p, data, w);
}

static struct value *make_data(struct page *p, struct view *out, const struct report_view *v)
{
	const struct column **column = arena_array(p->a, COLS, sizeof *column);
	struct value *data = view_object(p->a), *rows;

	for (int i = 0; i < COLS; i++)
		column[i] = &row_columns[i];
	put_head(p, data, &v->whole);
	put_notes(p, data, v);
	rows = view_put_list(p->a, data, "rows");
	for (size_t i = 0; i < v->rows.n; i++)
		view_add(rows, row_make(p, p->a, column, COLS, &v->rows.item[i]));
	view_add_sheet(out, &notes_sheet);
	view_add_sheet(out, &rows_sheet);
	return data;
}

/* --- words --- */

static void put_words(struct page *p, struct view *out, const struct report_view *v)
{
	const struct report_line *l = &v->whole.line;
	struct value *h = page_headline(p, out), *lede = page_lede(p, out);
	int64_t n = counts_total(&l->counts), untrusted = counts_class(&l->counts, TRUST_UNTRUSTED);

	page_say(p, h, arena_printf(p->a, "%.*s reported ", (int)format_cut(l->reporter, FORMAT_SCREEN_CHARS), l->reporter.ptr));
	page_say_number(p, h, n, page_plural(p->a, n, "message", "messages"), reports_rows_href(p, l->id, l->day, TRUST_CLASSES));
	page_say(p, h, arena_printf(p->a, " of %s", format_day(p->a, l->day)));
	if (untrusted > 0) {
		page_say(p, h, ", ");
		page_say_number(p, h, untrusted, NULL, reports_rows_href(p, l->id, l->day, TRUST_UNTRUSTED));
		page_say(p, h, " untrusted");
	}
	page_say(p, lede, arena_printf(p->a, "It is about the policy of %.*s. ", (int)format_cut(l->domain, FORMAT_SCREEN_CHARS), l->domain.ptr));
	if (page_is_scoped(p))
		page_say(p, lede, "This is an extract: only the rows of the domains that you may see.");
	else if (l->rows != l->counts.rows)
		page_say(p, lede, arena_printf(p->a, "The document has %s; equal ones are one here.", page_plural(p->a, l->rows, "row", "rows")));
}

/* --- the policy, tag by tag --- */

static const struct meaning {
	const char *tag, *value, *means; /* value NULL: any other */
} meanings[] = {
	{ "p", "none", "Mail that fails is delivered as usual." },
	{ "p", "quarantine", "Mail that fails is to be put into spam." },
	{ "p", "reject", "Mail that fails is to be refused." },
	{ "sp", "none", "Below the domain, where a name has no record of its own: delivered as usual." },
	{ "sp", "quarantine", "Below the domain, where a name has no record of its own: into spam." },
	{ "sp", "reject", "Below the domain, where a name has no record of its own: refused." },
	{ "np", "none", "Names that do not exist: delivered as usual." },
	{ "np", "quarantine", "Names that do not exist: into spam." },
	{ "np", "reject", "Names that do not exist: refused." },
	{ "pct", "100", "Holds for all mail that fails." },
	{ "pct", "0", "Holds for none of it: receivers of RFC 7489 only rehearse." },
	{ "pct", NULL, "Holds for that share of the mail that fails, in percent; RFC 9990 has it no more." },
	{ "testing", "y", "A rehearsal: receivers of RFC 9990 act one level lower." },
	{ "testing", "n", "No rehearsal." },
	{ "adkim", "r", "DKIM: a name of the same organisation aligns." },
	{ "adkim", "s", "DKIM: only exactly the From domain aligns." },
	{ "aspf", "r", "SPF: a name of the same organisation aligns." },
	{ "aspf", "s", "SPF: only exactly the From domain aligns." },
	{ "fo", NULL, "When reports of single failures are asked for." },
	{ "discovery_method", "psl", "The record was found by the public suffix list." },
	{ "discovery_method", "treewalk", "The record was found by walking up the tree of names." },
};

static const char *meaning_of(const char *tag, struct slice value)
{
	for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
		if (strcmp(meanings[i].tag, tag) == 0 && (meanings[i].value == NULL || slice_is(value, meanings[i].value)))
			return meanings[i].means;
	return "Not a value that the RFCs know.";
}

static void put_tag(struct page *p, struct value *card, const char *tag, struct slice value)
{
	if (value.ptr != NULL)
		card_fact(p, card, arena_printf(p->a, "%s=%.*s", tag, (int)format_cut(value, FORMAT_SCREEN_CHARS), value.ptr),
			  slice_of(meaning_of(tag, value)), (struct slice){ 0 });
}

static void put_policy_card(struct page *p, struct value *page, const struct report_whole *w)
{
	struct value *card = card_add(p, page, "h-pol", "The policy it saw", CARD_HALF);

	put_tag(p, card, "p", w->p);
	put_tag(p, card, "sp", w->sp);
	put_tag(p, card, "np", w->np);
	put_tag(p, card, "pct", slice_of(w->pct >= 0 ? arena_printf(p->a, "%d", (int)w->pct) : NULL));
	put_tag(p, card, "testing", w->testing);
	put_tag(p, card, "adkim", w->adkim);
	put_tag(p, card, "aspf", w->aspf);
	put_tag(p, card, "fo", w->fo);
	put_tag(p, card, "discovery_method", w->discovery_method);
	if (w->p.ptr == NULL)
		page_say(p, card_says(p, card), "The report does not say what policy was published.");
}

/* --- the page --- */

static struct slice period_words(struct page *p, const struct report_line *l)
{
	if (l->begin == REPORT_NO_TIME || l->end == REPORT_NO_TIME)
		return (struct slice){ 0 };
	return slice_of(arena_printf(p->a, "%s – %s", format_time(p->a, l->begin), format_time(p->a, l->end)));
}

static void put_facts(struct page *p, struct value *page, const struct report_whole *w)
{
	const struct report_line *l = &w->line;
	struct value *card = card_add(p, page, "h-meta", "The report", CARD_HALF);
	struct slice none = { 0 };

	card_fact(p, card, "Receiver", l->reporter, page_link(p, "/reports", PARAM_REPORTER, l->reporter));
	card_fact(p, card, "Covers", period_words(p, l), none);
	card_fact(p, card, "Received", slice_of(format_time(p->a, l->received_s)), none);
	if (l->bytes >= 0 && !page_is_scoped(p))
		card_fact(p, card, "Size of the mail or file", slice_of(format_bytes(p->a, l->bytes)), none);
	card_fact(p, card, "Report ID", l->report_id, none);
	card_fact(p, card, "Mail address", w->email, none);
	if (w->extra_contact_info.ptr != NULL)
		card_fact(p, card, "Contact", w->extra_contact_info, none);
	card_fact(p, card, "Format", slice_of(arena_printf(p->a, "%s%s%.*s", reports_format(l->is_9990), w->version.ptr != NULL ? ", version " : "",
							 (int)format_cut(w->version, 20), w->version.ptr != NULL ? w->version.ptr : "")), none);
	card_fact(p, card, "Software", l->generator, none);
	if (!page_is_scoped(p))
		card_fact(p, card, "Found in", w->member.len > 0 ? slice_of(arena_printf(p->a, "%.*s: %.*s", (int)l->file.len, l->file.ptr,
											(int)w->member.len, w->member.ptr)) : l->file, none);
}

static void put_source_card(struct page *p, struct value *page, const struct report_whole *w)
{
	struct value *says = card_says(p, card_add(p, page, "h-xml", "The document", CARD_WHOLE));
	long long id = (long long)w->line.id;

	page_say_link(p, says, SLICE("Line by line"), slice_of(arena_printf(p->a, "/reports/%lld/raw", id)));
	page_say(p, says, ", ");
	page_say_link(p, says, SLICE("as plain text"), slice_of(arena_printf(p->a, "/reports/%lld.xml", id)));
	if (!page_is_scoped(p) && w->line.kept) {
		page_say(p, says, ", ");
		page_say_link(p, says, SLICE("as received"), slice_of(arena_printf(p->a, "/reports/%lld/file", id)));
	}
	page_say(p, says, page_is_scoped(p) ? ": an extract with the rows of the domains that you may see." :
			  w->line.kept           ? "." :
						   ". The bytes that were sent are not kept: what is shown is written anew from what is stored.");
}

static void put_rows_card(struct page *p, struct view *out, const struct report_view *v)
{
	const struct report_line *l = &v->whole.line;
	struct value *card = card_add(p, out->page, "h-rows", "Its rows", CARD_WHOLE);

	card_table(p, card, &screen_sheet, view_at(out->data, "rows"), "The report has no row.");
	if (v->rows.more) {
		card_first(p, card, (int64_t)v->rows.n, l->counts.rows);
		card_more(p, card, "All rows", reports_rows_href(p, l->id, l->day, TRUST_CLASSES));
	}
}

static void put_class_tabs(struct page *p, struct value *page, const struct report_line *l)
{
	for (int t = 0; t < TRUST_CLASSES; t++) {
		int64_t n = counts_class(&l->counts, (enum trust)t);

		if (n > 0)
			page_tab(p, page, arena_printf(p->a, "%s %s", trust_label((enum trust)t), format_count_text(p->a, n)),
				 reports_rows_href(p, l->id, l->day, (enum trust)t), false);
	}
}

static void put_page(struct page *p, struct view *out, const struct report_view *v)
{
	const struct report_line *l = &v->whole.line;
	const struct value *notes = view_at(out->data, "notes");

	out->page = page_shell(p, arena_printf(p->a, "Report %lld", (long long)l->id), 0);
	out->template_name = "cards";
	put_class_tabs(p, out->page, l);
	if (notes->first != NULL)
		card_table(p, card_add(p, out->page, "h-know", "Worth knowing", CARD_WHOLE), &notes_sheet, notes, "");
	put_facts(p, out->page, &v->whole);
	put_policy_card(p, out->page, &v->whole);
	put_source_card(p, out->page, &v->whole);
	put_rows_card(p, out, v);
}

int page_report(struct page *p, struct view *out, struct param_errors *errors, struct err *err)
{
	struct report_view v = { 0 };
	int r = page_has_data(p) ? page_ask(p, ask, &v, err) : PAGE_GONE;

	if (r != 0)
		return r;
	out->envelope = page_envelope(p, &v.whole.line.counts);
	out->data = make_data(p, out, &v);
	sheets_are_table(p, out);
	put_words(p, out, &v);
	if (p->html)
		put_page(p, out, &v);
	return 0;
}
