/* page_source: one sender: how its mail fares, by day, domain, receiver and address, and what to do (UX 7.3). Its rows are
 * those of the filter that have this source. Neighbours: page_sources.c, breakdown.h, card.h, step.h. */
#include "web/breakdown.h"
#include "web/card.h"
#include "web/compare.h"
#include "web/format.h"
#include "web/letter.h"
#include "web/source.h"
#include "web/remedy.h"

#include "schema/limits.h"

enum { LISTED = 10 };

static const struct column day_columns[] = { BREAKDOWN_COLUMNS(LOOK_DAY, "Day") };
static const struct column domain_columns[] = { BREAKDOWN_COLUMNS(LOOK_NAME, "From domain") };
static const struct column state_columns[] = { BREAKDOWN_COLUMNS(LOOK_NAME, "What carries it") };
static const struct column verdict_columns[] = { BREAKDOWN_COLUMNS(LOOK_NAME, "Verdict") };
static const struct column receiver_columns[] = { BREAKDOWN_COLUMNS(LOOK_NAME, "Receiver") };
static const struct column address_columns[] = { BREAKDOWN_COLUMNS(LOOK_NAME, "Address") };
static const struct column signature_columns[] = { BREAKDOWN_COLUMNS(LOOK_NAME, "DKIM domain, selector, result") };
static const struct column envelope_columns[] = { BREAKDOWN_COLUMNS(LOOK_NAME, "Envelope domain") };
static const struct column reason_columns[] = { BREAKDOWN_COLUMNS(LOOK_NAME, "Reason") };

static const struct breakdown parts[] = {
#define SHEET(key, title, columns, repeats) { key, title, columns, sizeof columns / sizeof *columns, .overlaps = repeats }
	{ BY_DAY, "h-day", SHEET("days", "By day", day_columns, false) },
	{ BY_STATE, "h-state", SHEET("states", "What carries it", state_columns, false),
	  "Goodwill is a receiver that says it lets failing mail pass: another may not." },
	{ BY_DOMAIN, "h-dom", SHEET("domains", "From domains", domain_columns, false) },
	{ BY_REPORTER, "h-rep", SHEET("receivers", "Receivers", receiver_columns, false) },
	/* one reading fills these, of rows where the days have not too many; else of sums, which leave out those by address */
	{ BY_SIGNATURE, "h-sig", SHEET("signatures", "DKIM signatures", signature_columns, true),
	  "A message is in the line of each of its signatures." },
	{ BY_ENVELOPE, "h-env", SHEET("envelopes", "Envelope domains", envelope_columns, false), "SPF is about these." },
	{ BY_REASON, "h-why", SHEET("reasons", "Reasons that receivers gave", reason_columns, true),
	  "A message is in the line of each reason given." },
	{ BY_VERDICT, "h-verdict", SHEET("verdicts", "What it most likely is", verdict_columns, false),
	  "Each row by the first rule that fits it: see Verdicts." },
	{ BY_IP, "h-ip", SHEET("addresses", "Addresses", address_columns, false) },
#undef SHEET
};
enum { PARTS = sizeof parts / sizeof *parts, SUMMED = 4 /* parts that need no rows */, ADDRESSED = 2 /* that tell addresses apart */ };

struct source_view {
	struct rule_lines rules;
	const struct rule_line *rule; /* NULL: mail that no rule names */
	struct counts all;
	struct groups groups[PARTS];
	struct compared compared, parts_compared[SUMMED]; /* where p->compare is on */
	int parts; /* that were asked for: all, or all but those by address */
	struct chart chart; /* on a page, in place of the days as a list */
	enum source_kind kind;
};

/* --- asking --- */

/* Whether the part is drawn rather than listed. */
static bool is_chart(const struct page *p, int part)
{
	return p->html && parts[part].by == BY_DAY;
}

static int ask_parts(struct page *p, struct reader *r, struct source_view *s, struct err *err)
{
	enum group_by by[PARTS];
	int64_t rows;

	for (int i = 0; i < PARTS; i++)
		by[i] = parts[i].by;
	for (int i = 0; i < SUMMED; i++)
		if (!is_chart(p, i) && query_groups(r, p->a, &p->filter, by[i], by[i] == BY_DAY ? 0 : LISTED, &s->groups[i], err) != 0)
			return -1;
	for (int i = 0; i < SUMMED; i++)
		if (by[i] != BY_DAY && compare_lines(p, r, by[i], &s->parts_compared[i], err) != 0)
			return -1;
	if ((p->html && chart_ask(p, r, &s->chart, err) != 0) || query_rows_of_days(r, &p->filter, &rows, err) != 0)
		return -1;
	s->parts = rows <= LIMIT_DETAIL_ROWS ? PARTS : PARTS - ADDRESSED;
	return query_breakdowns(r, p->a, &p->filter, by + SUMMED, (size_t)(s->parts - SUMMED), LISTED, s->groups + SUMMED, err);
}

/* Whether the part was asked for. */
static bool has(const struct source_view *s, int part)
{
	return part < s->parts;
}

/* Who sees a part knows of no sender that never sent as it. 0, PAGE_GONE, or -1 err. */
static int may_be_known(struct page *p, struct reader *r, struct err *err)
{
	struct filter ever = { .first_day = p->state.first_day, .last_day = p->state.last_day, .scope = p->filter.scope,
			       .source = p->filter.source };
	int64_t first, last;
	int rc = page_is_scoped(p) ? query_days(r, &ever, &first, &last, err) : 1;

	return rc < 0 ? -1 : rc == 1 ? 0 : PAGE_GONE;
}

static int ask(struct page *p, struct reader *r, void *ctx, struct err *err)
{
	struct source_view *s = ctx;
	int rc;

	if (query_source_rules(r, p->a, &s->rules, err) != 0)
		return -1;
	s->rule = source_named(p, &s->rules, p->id);
	if (s->rule == NULL && !slice_is(p->id, "unknown"))
		return PAGE_GONE;
	s->kind = s->rule != NULL ? s->rule->kind : KIND_UNKNOWN;
	if (!page_narrow(p, PARAM_SOURCE, s->rule != NULL ? s->rule->name : SLICE("none")))
		return PAGE_GONE;
	if ((rc = may_be_known(p, r, err)) != 0)
		return rc;
	return query_counts(r, &p->filter, &s->all, err) == 0 && compare_totals(p, r, &s->compared, err) == 0 ? ask_parts(p, r, s, err) : -1;
}

/* --- data --- */

static struct value *make_data(struct page *p, struct view *out, const struct source_view *s)
{
	struct value *data = view_object(p->a), *list;
	const struct remedy *step = remedy_of(s->kind, &s->all);

	view_put_text(p->a, data, "name", s->rule != NULL ? s->rule->name : (struct slice){ 0 });
	view_put_text(p->a, data, "kind", slice_of(source_kind_name(s->kind)));
	view_put_text(p->a, data, "owner", s->rule != NULL ? s->rule->owner : (struct slice){ 0 });
	view_put_bool(p->a, data, "guess", s->rule != NULL && s->rule->hint);
	page_put_aligned(p->a, data, &s->all);
	view_put_text(p->a, data, "next_step", slice_of(step->key));
	view_put_text(p->a, data, "next", slice_of(step->verb));
	for (int i = 0; i < PARTS; i++) {
		if (!has(s, i))
			continue;
		list = view_put_list(p->a, data, parts[i].sheet.key);
		for (size_t k = 0; k < s->groups[i].n; k++) {
			const struct group *g = &s->groups[i].item[k];
			struct value *row = breakdown_row(p, list, parts[i].by, g);

			if (i < SUMMED && parts[i].by != BY_DAY)
				compare_row(p, row, &s->parts_compared[i], g->key, breakdown_param(parts[i].by));
		}
		if (parts[i].by != BY_SIGNATURE && parts[i].by != BY_REASON)
			sheet_add_rest(p, list, &s->groups[i], &s->all, breakdown_param(parts[i].by));
		view_add_sheet(out, &parts[i].sheet);
	}
	return data;
}

/* --- words --- */

static const char *name_of(struct page *p, const struct source_view *s)
{
	struct slice name = s->rule != NULL ? s->rule->name : SLICE("Mail that no rule names");

	return arena_printf(p->a, "%.*s", (int)format_cut(name, FORMAT_SCREEN_CHARS), name.ptr);
}

static void put_words(struct page *p, struct view *out, const struct source_view *s)
{
	struct value *h = page_headline(p, out), *lede = page_lede(p, out);
	const struct remedy *step = remedy_of(s->kind, &s->all);
	int64_t total = counts_total(&s->all), partial = counts_class(&s->all, TRUST_PARTIAL);
	int64_t failing = total - counts_class(&s->all, TRUST_FULL) - partial, days = p->filter.last_day - p->filter.first_day + 1;
	struct params params = p->params;

	page_say(p, h, arena_printf(p->a, "%s: ", name_of(p, s)));
	if (failing > 0 && failing < total) {
		page_say_number(p, h, failing, NULL,
				param_narrow_failing(p->a, &params) ? page_link_to(p, "/records", &params) :
										      (struct slice){ 0 });
		page_say(p, h, " of ");
	} else
		page_say(p, h, total > 1 ? "all " : "");
	page_say_number(p, h, total, NULL, page_link_to(p, "/records", &p->params));
	page_say(p, h,
		 arena_printf(p->a, " %s %s, %s", total == 1 ? "message" : "messages",
			      failing > 0 ? (total == 1 ? "fails both checks" : "fail both checks") :
			      partial > 0 ? "passed one check at least" :
					    "passed both checks",
			      page_plural(p->a, days, "day", "days")));
	page_say_strong(p, lede, step->verb);
	page_say(p, lede, arena_printf(p->a, ". %s", step->why));
}

/* --- the page --- */

static void put_facts(struct page *p, struct value *page, const struct source_view *s)
{
	struct value *card = card_add(p, page, "h-is", "What it is", CARD_WHOLE);
	const struct remedy *step = remedy_of(s->kind, &s->all);
	int64_t spf = s->all.split[SPLIT_FULL] + s->all.split[SPLIT_SPF_ONLY], dkim = s->all.split[SPLIT_FULL] + s->all.split[SPLIT_DKIM_ONLY];

	card_fact(p, card, "Kind", slice_of(page_kind_label(s->kind)), (struct slice){ 0 });
	card_fact(p, card, "Owner", s->rule != NULL && s->rule->owner.len > 0 ? s->rule->owner : (struct slice){ 0 }, (struct slice){ 0 });
	card_fact(p, card, "Named by",
		  s->rule == NULL ? SLICE("no rule") :
				    slice_of(arena_printf(p->a, s->rule->hint ? "a built-in guess, to be confirmed" : "rule %d of ruad.conf",
							  (int)s->rule->number)),
		  (struct slice){ 0 });
	card_fact(p, card, "SPF aligned", slice_of(format_share_text(p->a, spf, counts_total(&s->all))), (struct slice){ 0 });
	card_fact(p, card, "DKIM aligned", slice_of(format_share_text(p->a, dkim, counts_total(&s->all))), (struct slice){ 0 });
	card_fact(p, card, "Next step", slice_of(step->verb), (struct slice){ 0 });
}

static const struct groups *groups_by(const struct source_view *s, enum group_by by)
{
	int i = 0;

	while (parts[i].by != by)
		i++;
	return &s->groups[i];
}

/* What to write to whoever runs it, and what to publish. */
static void put_letter(struct page *p, struct value *page, const struct source_view *s)
{
	const struct letter l = { .source = s->rule != NULL ? s->rule->name : (struct slice){ 0 }, .step = remedy_of(s->kind, &s->all),
				  .counts = s->all, .domains = groups_by(s, BY_DOMAIN), .addresses = groups_by(s, BY_IP),
				  .first_day = p->filter.first_day, .last_day = p->filter.last_day };
	const char *text = s->rule != NULL ? letter_text(p->a, &l) : NULL;
	struct value *card;

	if (text == NULL)
		return;
	card = card_add(p, page, "h-write", "What to write to its owner", CARD_HALF);
	card_text(p, card, slice_of(text));
	card = card_add(p, page, "h-publish", "What to publish", CARD_HALF);
	card_text(p, card, slice_of(letter_records(p->a, &l)));
	page_say(p, card_note(p, card), "One record for each domain in From; what stands in brackets is to be filled in.");
}

static int put_page(struct page *p, struct view *out, const struct source_view *s, struct err *err)
{
	if (page_begin(p, out, name_of(p, s), 0, "cards", err) != 0)
		return -1;
	if (out->empty)
		return 0;
	put_facts(p, out->page, s);
	put_letter(p, out->page, s);
	for (int i = 0; i < PARTS; i++) {
		const char *title = is_chart(p, i) ? chart_title(&s->chart) : parts[i].sheet.title;
		struct value *card = card_add(p, out->page, parts[i].id, title, CARD_WHOLE);

		if (is_chart(p, i))
			card_chart(p, card, &s->chart);
		else if (!has(s, i))
			page_say(p, card_says(p, card), "This period has too many rows to tell these apart: choose fewer days.");
		else
			card_table(p, card, &parts[i].sheet, view_at(out->data, parts[i].sheet.key), "None.");
		if (parts[i].note != NULL)
			page_say(p, card_note(p, card), parts[i].note);
	}
	return 0;
}

int page_source(struct page *p, struct view *out, struct param_errors *errors, struct err *err)
{
	struct source_view s = { 0 };
	int r = page_has_data(p) ? page_ask(p, ask, &s, err) : PAGE_GONE;

	if (r != 0)
		return r;
	out->envelope = page_envelope(p, &s.all);
	compare_envelope(p, out->envelope, &s.compared.now_all, &s.compared.then_all);
	out->data = make_data(p, out, &s);
	out->empty = counts_total(&s.all) == 0;
	sheets_are_table(p, out);
	put_words(p, out, &s);
	return p->html ? put_page(p, out, &s, err) : 0;
}
