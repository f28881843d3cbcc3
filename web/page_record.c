/* page_record: one row in words, with every result that its receiver gave, and the rows beside it (UX 7.9).
 * Neighbours: row.h, verdict_words.h; page_records.c lists rows. */
#include "web/card.h"
#include "web/explain.h"
#include "web/reports.h"
#include "web/row.h"
#include "web/verdict_words.h"

#include "base/text.h"
#include "web/format.h"

enum { BESIDE = 10 };

static const struct column auth_columns[] = {
	{ "check", "Check", LOOK_TAG, true },	{ "domain", "Domain", LOOK_NAME, true },    { "selector", "Selector", LOOK_TEXT, true },
	{ "scope", "Scope", LOOK_TEXT },	{ "result", "Result", LOOK_TEXT, true },    { "means", "Which means", LOOK_TEXT },
	{ "human_result", "The receiver's words", LOOK_TEXT },
};
static const struct sheet auth_sheet = { "results", "Every result", auth_columns, sizeof auth_columns / sizeof *auth_columns };
static const struct sheet row_sheet = { "row", "The row", row_columns, COLS };
static const struct sheet address_sheet = { "same_address", "The same address in this report", row_columns, COL_SCREEN, .dense = true, .overlaps = true };
static const struct sheet source_sheet = { "same_source", "The same source on that day", row_columns, COL_SCREEN, .dense = true, .overlaps = true };

struct record_view {
	struct record record;
	struct records same_address, same_source;
	struct params address_params, source_params; /* of their full lists */
	bool has_address, has_source;
	struct counts counts; /* of the row alone */
};

/* --- asking --- */

/* The rows of the day that have `value`; one more than is shown, for the row itself is among them. */
static int ask_beside(struct page *p, struct reader *r, const struct record_view *v, enum param which, struct slice value, struct params *params,
		      struct records *out, bool *has, struct err *err)
{
	const struct slice number = slice_of(arena_printf(p->a, "%lld", (long long)v->record.report));
	struct param_errors errors = { 0 };
	struct filter filter;

	*params = param_days(p->a, &p->params, v->record.day, v->record.day);
	*has = value.len > 0 && param_narrow(p->a, params, which, &value, 1) &&
	       (which != PARAM_IP || param_narrow(p->a, params, PARAM_REPORT, &number, 1)) &&
	       param_filter(p->a, params, &p->state, &filter, &errors) == 0;
	return *has ? query_records(r, p->a, &filter, (struct slice){ 0 }, BESIDE + 1, out, err) : 0;
}

static int ask(struct page *p, struct reader *r, void *ctx, struct err *err)
{
	struct record_view *v = ctx;
	int64_t report, address, profile;
	int rc;

	if (!row_id_parse(p->id, &report, &address, &profile))
		return PAGE_GONE;
	if ((rc = query_record(r, p->a, &p->filter, report, address, profile, &v->record, err)) != 1)
		return rc == 0 ? PAGE_GONE : -1;
	p->filter.first_day = p->filter.last_day = v->record.day;
	if (ask_beside(p, r, v, PARAM_IP, v->record.ip, &v->address_params, &v->same_address, &v->has_address, err) != 0)
		return -1;
	return ask_beside(p, r, v, PARAM_SOURCE, v->record.source, &v->source_params, &v->same_source, &v->has_source, err);
}

/* --- data --- */

static void put_results(struct page *p, struct value *list, const char *check, const struct auth *results, bool dkim)
{
	for (const struct auth *r = results; r != NULL; r = r->next) {
		struct value *row = view_add_object(p->a, list);

		view_put_text(p->a, row, "check", slice_of(check));
		view_put_text(p->a, row, "domain", r->domain);
		view_put_text(p->a, row, "selector", r->selector);
		view_put_text(p->a, row, "scope", r->scope);
		view_put_text(p->a, row, "result", r->result);
		view_put_text(p->a, row, "means", slice_of(words_of_result(dkim, r->result)));
		view_put_text(p->a, row, "human_result", r->human_result);
	}
}

static bool is_this(const struct record *a, const struct record *b)
{
	return a->report == b->report && a->address == b->address && a->profile == b->profile;
}

static void put_beside(struct page *p, struct value *data, const struct sheet *sheet, const struct record_view *v, const struct records *rows)
{
	struct value *list = view_put_list(p->a, data, sheet->key);
	const struct column **column = arena_array(p->a, COL_SCREEN, sizeof *column);
	int n = 0;

	for (int i = 0; i < COL_SCREEN; i++)
		column[i] = &row_columns[i];
	for (size_t i = 0; i < rows->n && n < BESIDE; i++)
		if (!is_this(&rows->item[i], &v->record)) {
			view_add(list, row_make(p, p->a, column, COL_SCREEN, &rows->item[i]));
			n++;
		}
}

static void put_sentences(struct page *p, struct value *data, const struct record *r)
{
	struct value *list = view_put_list(p->a, data, "in_words");

	view_add_text(p->a, list, slice_of(words_of_spf(p->a, r)));
	view_add_text(p->a, list, slice_of(words_of_dkim(p->a, r)));
	view_add_text(p->a, list, slice_of(words_of_fate(p->a, r)));
}

static struct value *make_data(struct page *p, struct view *out, const struct record_view *v)
{
	const struct column **column = arena_array(p->a, COLS, sizeof *column);
	struct value *data = view_object(p->a);

	for (int i = 0; i < COLS; i++)
		column[i] = &row_columns[i];
	view_add(view_put_list(p->a, data, "row"), row_make(p, p->a, column, COLS, &v->record));
	put_sentences(p, data, &v->record);
	explain_put(p, data, &v->record);
	put_results(p, view_put_list(p->a, data, "results"), "SPF", v->record.spf_auth, false);
	put_results(p, data->last, "DKIM", v->record.dkim_auth, true);
	put_beside(p, data, &address_sheet, v, &v->same_address);
	put_beside(p, data, &source_sheet, v, &v->same_source);
	view_add_sheet(out, &row_sheet);
	view_add_sheet(out, &explain_sheet);
	view_add_sheet(out, &auth_sheet);
	view_add_sheet(out, &address_sheet);
	view_add_sheet(out, &source_sheet);
	return data;
}

/* --- words --- */

static const char *cut(struct page *p, struct slice s, const char *otherwise)
{
	return s.len == 0 ? otherwise : arena_printf(p->a, "%.*s", (int)format_cut(s, FORMAT_SCREEN_CHARS), s.ptr);
}

static void put_words(struct page *p, struct view *out, const struct record_view *v)
{
	const struct record *r = &v->record;
	struct value *h = page_headline(p, out), *lede = page_lede(p, out);

	page_say(p, h, arena_printf(p->a, "%s saw %s From %s through %s", cut(p, r->reporter, "A receiver"),
				    page_plural(p->a, r->messages, "message", "messages"), cut(p, r->header_from, "no domain"),
				    cut(p, r->ip, "an address not given")));
	page_say_slice(p, lede, slice_of(arena_printf(p->a, "%s. %s %s %s", format_day(p->a, r->day), words_of_spf(p->a, r), words_of_dkim(p->a, r),
						     words_of_fate(p->a, r))));
}

/* --- the page --- */

static void put_facts(struct page *p, struct value *page, const struct record *r)
{
	struct value *card = card_add(p, page, "h-row", "The row", CARD_HALF);
	const struct slice none = { 0 }, trust = slice_of(trust_param(r->verdict.trust));
	struct params day = param_days(p->a, &p->params, r->day, r->day), params = day;

	card_fact(p, card, "Class", slice_of(trust_label(r->verdict.trust)),
		  param_narrow(p->a, &params, PARAM_CLASS, &trust, 1) ? page_link_to(p, "/records", &params) : none);
	params = day;
	card_fact(p, card, "Source", r->source, r->source.len > 0 && param_narrow(p->a, &params, PARAM_SOURCE, &r->source, 1) ?
							 page_link_to(p, "/records", &params) : none);
	card_fact(p, card, "Envelope from", r->envelope_from, none);
	card_fact(p, card, "Envelope to", r->envelope_to, none);
	card_fact(p, card, "Disposition as written", r->disposition_raw, none);
	card_fact(p, card, "DKIM as judged", r->dkim_raw, none);
	card_fact(p, card, "SPF as judged", r->spf_raw, none);
	for (const struct reason *why = r->reasons; why != NULL; why = why->next)
		card_fact(p, card, why->type.len > 0 ? cut(p, why->type, "") : "other", why->comment, none);
}

/* A line that leads to the rows of that day which are alike in it. */
static void put_alike(struct page *p, struct value *card, const struct record *r, const char *label, const char *text, enum param which, const char *word)
{
	struct params params = param_days(p->a, &p->params, r->day, r->day);
	struct slice value = slice_of(word);

	card_fact(p, card, label, slice_of(text),
		  param_narrow(p->a, &params, which, &value, 1) ? page_link_to(p, "/records", &params) : (struct slice){ 0 });
}

static void put_why(struct page *p, struct view *out, const struct record *r)
{
	const struct verdict_rule *rule = verdict_rule_at(r->rule);
	struct value *card = card_add(p, out->page, "h-why", "What it most likely is, and why", CARD_WHOLE), *note;

	page_say(p, card_says(p, card), rule->why);
	put_alike(p, card, r, "Verdict", verdict_label(rule->verdict), PARAM_VERDICT, verdict_name(rule->verdict));
	put_alike(p, card, r, "Decided by rule", rule->id, PARAM_DECIDED_BY, rule->id);
	put_alike(p, card, r, "Carried by", survival_label(r->survival), PARAM_STATE, survival_name(r->survival));
	put_alike(p, card, r, "Phase", step_label(r->step), PARAM_PHASE, step_name(r->step));
	card_table(p, card, &explain_sheet, view_at(out->data, explain_sheet.key), "Nothing is known of it.");
	note = card_note(p, card);
	page_say(p, note, "What is needed decides, what is known besides did not, and what is ruled out must not be there. The rules stand in order: ");
	page_say_link(p, note, SLICE("the first that fits decides"), page_link_to(p, "/verdicts", &p->params));
	page_say(p, note, ".");
}

static void put_seen(struct page *p, struct value *page, const struct record *r)
{
	struct value *card = card_add(p, page, "h-seen", "The report", CARD_HALF);
	const struct slice none = { 0 };
	struct slice policy = r->policy.ptr == NULL ? none :
						      slice_of(arena_printf(p->a, "%.*s%s%s", (int)r->policy.len, r->policy.ptr,
									    r->pct >= 0 && r->pct != 100 ? arena_printf(p->a, ", pct=%d", r->pct) : "",
									    r->testing ? ", t=y" : ""));

	card_fact(p, card, "Report", r->report_id.ptr != NULL ? r->report_id : slice_of(arena_printf(p->a, "%lld", (long long)r->report)),
		  reports_href(p, r->report));
	card_fact(p, card, "Covers", r->begin == REPORT_NO_TIME || r->end == REPORT_NO_TIME ? none :
		  slice_of(arena_printf(p->a, "%s – %s", format_time(p->a, r->begin), format_time(p->a, r->end))), none);
	card_fact(p, card, "In its document", SLICE("its lines"), slice_of(arena_printf(p->a, "/reports/%lld/raw?row=%.*s", (long long)r->report,
									    (int)row_id(p->a, r).len, row_id(p->a, r).ptr)));
	card_fact(p, card, "Policy of", r->policy_domain, none);
	card_fact(p, card, "Policy that applied", policy, none);
}

static void put_beside_card(struct page *p, struct view *out, const struct sheet *sheet, const char *id, const struct params *params, bool has)
{
	const struct value *list = view_at(out->data, sheet->key);
	struct value *card;

	if (!has)
		return;
	card = card_add(p, out->page, id, sheet->title, CARD_WHOLE);
	card_table(p, card, sheet, list, "No other row.");
	card_more(p, card, "All of them", page_link_to(p, "/records", params));
}

static void put_page(struct page *p, struct view *out, const struct record_view *v)
{
	out->page = page_shell(p, "One row", 0);
	out->template_name = "cards";
	put_facts(p, out->page, &v->record);
	put_seen(p, out->page, &v->record);
	put_why(p, out, &v->record);
	card_table(p, card_add(p, out->page, "h-res", "Every result", CARD_WHOLE), &auth_sheet, view_at(out->data, "results"),
		   "The receiver gives no result.");
	put_beside_card(p, out, &address_sheet, "h-addr", &v->address_params, v->has_address);
	put_beside_card(p, out, &source_sheet, "h-src", &v->source_params, v->has_source);
}

int page_record(struct page *p, struct view *out, struct param_errors *errors, struct err *err)
{
	struct record_view v = { 0 };
	int r = page_has_data(p) ? page_ask(p, ask, &v, err) : PAGE_GONE;

	if (r != 0)
		return r;
	v.counts.rows = 1;
	v.counts.split[v.record.verdict.split] = v.record.messages;
	out->envelope = page_envelope(p, &v.counts);
	out->data = make_data(p, out, &v);
	sheets_are_table(p, out);
	put_words(p, out, &v);
	if (p->html)
		put_page(p, out, &v);
	return 0;
}
