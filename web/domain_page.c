/* domain_page: the page of one domain, from its data; see domain_view.h. */
#include "web/domain_view.h"

#include "web/card.h"
#include "web/format.h"

#include "base/text.h"

enum { PIECE_CHARS = 60 };

static const struct column seen_columns[] = {
	{ "reporter", "Receiver", LOOK_NAME, true },
	{ "policy", "Policy last seen", LOOK_MONO, true },
	{ "compared", "Beside DNS", LOOK_TAG, true },
	{ "seen_first", "First", LOOK_DAY },
	{ "seen_last", "Last", LOOK_DAY },
};
const struct sheet domain_seen_sheet = { "seen", "What receivers see", seen_columns, sizeof seen_columns / sizeof *seen_columns,
					 .overlaps = true };

static const struct value *list_of(const struct view *out, const struct sheet *s)
{
	return view_at(out->data, s->key);
}

static const char *words_of(struct page *p, const struct dmarc_policy *policy)
{
	const char *words = dmarc_policy_words(p->a, policy);

	return policy->found == DMARC_FOUND && policy->inherited ?
		       arena_printf(p->a, "%s, from %.*s", words, (int)policy->domain.len, policy->domain.ptr) :
		       words;
}

/* --- traffic --- */

static void put_part(struct page *p, struct view *out, const struct domain_view *d, int part)
{
	const struct sheet *s = &domain_parts[part].sheet;
	bool drawn = domain_parts[part].by == BY_DAY;
	struct value *card = card_add(p, out->page, domain_parts[part].id, drawn ? chart_title(&d->chart) : s->title, CARD_WHOLE);

	if (drawn) {
		card_chart(p, card, &d->chart);
		return;
	}
	card_table(p, card, s, list_of(out, s), "No mail in this period.");
	card_first(p, card, (int64_t)d->groups[part].n, (int64_t)d->groups[part].total);
}

/* --- records --- */

/* The record, with the pieces that something is said about marked. */
static void put_marked(struct page *p, struct value *card, const struct lint *l, struct slice name, struct slice record)
{
	bool *marked = arena_array(p->a, record.len + 1, sizeof *marked);
	struct value *marks = card_marked(p, card);

	for (size_t i = 0; i < l->n; i++)
		if (l->item[i].severity > LINT_NOTE && slice_eq(l->item[i].name, name) && slice_eq(l->item[i].record, record))
			memset(marked + l->item[i].at, true, l->item[i].len * sizeof *marked);
	for (size_t at = 0, end; at < record.len; at = end) {
		for (end = at; end < record.len && marked[end] == marked[at];)
			end++;
		card_mark(p, marks, (struct slice){ record.ptr + at, end - at }, marked[at]);
	}
}

static void put_dmarc(struct page *p, struct view *out, const struct domain_view *d)
{
	struct value *card = card_add(p, out->page, "h-dmarc", "DMARC", CARD_WHOLE);
	const struct domain_records *r = &d->records;
	bool own = slice_eq(r->dmarc_at, d->name);

	if (r->dmarc.text.ptr != NULL) {
		card_aside(p, card, own ? "a record of its own" : arena_printf(p->a, "inherits %.*s", (int)r->dmarc_at.len, r->dmarc_at.ptr));
		put_marked(p, card, &r->lint, lint_below(p->a, SLICE("_dmarc"), r->dmarc_at), r->dmarc.text);
	}
	card_fact(p, card, "Receivers on RFC 7489 find", slice_of(words_of(p, &r->old)), (struct slice){ 0 });
	card_fact(p, card, "Receivers on RFC 9989 find", slice_of(words_of(p, &r->new)), (struct slice){ 0 });
	card_fact(p, card, "Looked up", slice_of(d->dmarc_line.looked_up_s > 0 ? format_time(p->a, d->dmarc_line.looked_up_s) : NULL), (struct slice){ 0 });
	if (d->dmarc_line.trouble.ptr != NULL)
		card_fact(p, card, "The last look-up", d->dmarc_line.trouble, (struct slice){ 0 });
	card_table(p, card, &domain_tag_sheet, list_of(out, &domain_tag_sheet),
		   r->dmarc_answer.state == LINT_KNOWN ? "There is no DMARC record." : "Not looked up yet.");
}

static void put_seen(struct page *p, struct view *out, const struct domain_view *d)
{
	struct value *card = card_add(p, out->page, "h-seen", domain_seen_sheet.title, CARD_WHOLE);

	card_table(p, card, &domain_seen_sheet, list_of(out, &domain_seen_sheet), "No report about this policy in this period.");
	page_say(p, card_note(p, card), d->differ > 0 ?
					arena_printf(p->a, "%s another policy than DNS has, for longer than a record may be kept.",
						     page_plural(p->a, (int64_t)d->differ, "receiver still sees", "receivers still see")) :
					"A report of the first two days after a change may still tell of the record before.");
}

static void put_spf(struct page *p, struct view *out, const struct domain_view *d)
{
	struct value *card = card_add(p, out->page, "h-spf", "SPF", CARD_WHOLE);
	const struct spf_tree *tree = &d->records.spf;

	if (tree->n > 0 && tree->record[0].found == SPF_FOUND) {
		card_aside(p, card, domain_records_lookups(p->a, tree));
		put_marked(p, card, &d->records.lint, d->name, tree->record[0].text);
	}
	if (tree->n > 1)
		card_table(p, card, &domain_tree_sheet, list_of(out, &domain_tree_sheet), "");
	else
		page_say(p, card_says(p, card), tree->n == 0 ? "Not looked up yet." :
						tree->record[0].found == SPF_FOUND ? "It leads to no other record." : "There is no SPF record.");
	page_say(p, card_note(p, card), "What a, mx, ptr and exists find is not looked up; each counts as one look-up. Receivers stop at ten.");
}

static void put_dkim(struct page *p, struct view *out, const struct domain_view *d)
{
	struct value *card = card_add(p, out->page, "h-dkim", "DKIM", CARD_WHOLE);

	if (d->selectors_from > p->filter.first_day)
		card_aside(p, card, arena_printf(p->a, "since %s: more days have too many rows", format_day_short(p->a, d->selectors_from)));
	card_table(p, card, &domain_key_sheet, list_of(out, &domain_key_sheet), "No signature of this organisation in these days.");
	page_say(p, card_note(p, card), "Selectors cannot be listed in DNS: these are the ones that reports name. Of a CNAME only its end is seen.");
}

static void put_findings(struct page *p, struct view *out, const struct domain_view *d)
{
	struct value *card = card_add(p, out->page, "h-find", domain_finding_sheet.title, CARD_WHOLE);
	const size_t *n = d->records.lint.count;

	card_aside(p, card, arena_printf(p->a, "%s, %s, %s", page_plural(p->a, (int64_t)n[LINT_ERROR], "error", "errors"),
					 page_plural(p->a, (int64_t)n[LINT_WARNING], "warning", "warnings"),
					 page_plural(p->a, (int64_t)n[LINT_NOTE], "note", "notes")));
	card_table(p, card, &domain_finding_sheet, list_of(out, &domain_finding_sheet), "Nothing to say about them.");
}

static void put_time(struct page *p, struct view *out)
{
	struct value *card = card_add(p, out->page, "h-time", domain_time_sheet.title, CARD_WHOLE);

	card_table(p, card, &domain_time_sheet, list_of(out, &domain_time_sheet), "Nothing changed in this period.");
}

/* --- the page --- */

/* Nor is a piece longer there than helps to find it. */
static void cut_pieces(struct page *p, struct view *out)
{
	const struct value *list = list_of(out, &domain_finding_sheet);

	for (struct value *row = list != NULL ? list->first : NULL; row != NULL; row = row->next) {
		struct value *piece = (struct value *)(uintptr_t)view_at(row, "piece");
		size_t keep = format_cut(piece->text, PIECE_CHARS);

		if (piece->kind == VALUE_TEXT && keep < piece->text.len)
			piece->text = slice_of(arena_printf(p->a, "%.*s…", (int)keep, piece->text.ptr));
	}
}

/* On a page a name stands as deep as it lies in the tree. */
static void indent(struct page *p, struct view *out)
{
	const struct value *list = list_of(out, &domain_tree_sheet);

	for (struct value *row = list != NULL ? list->first : NULL; row != NULL; row = row->next) {
		int64_t depth = view_int(row, "depth");
		const char *before = "";

		for (; depth > 1; depth--)
			before = arena_printf(p->a, "%s\xc2\xa0\xc2\xa0", before);
		row->first->text = slice_of(arena_printf(p->a, "%s%s%.*s", before, view_int(row, "depth") > 0 ? "└ " : "", (int)row->first->text.len,
							 row->first->text.ptr));
	}
}

void domain_page_put(struct page *p, struct view *out, const struct domain_view *d)
{
	struct params all = p->params;

	out->page = page_shell(p, arena_printf(p->a, "%.*s", (int)format_cut(d->name, FORMAT_SCREEN_CHARS), d->name.ptr), 0);
	out->template_name = "cards";
	page_tab(p, out->page, "All domains", page_link_to(p, "/domains", &all), false);
	if (p->visitor != NULL && p->visitor->role >= ACCESS_TEAM)
		page_tab(p, out->page, "Share with its people",
			 slice_of(arena_printf(p->a, "/settings/access?under=%s", param_as_segment(p->a, p->id).ptr)), false);
	if (d->what == DOMAIN_ALL) {
		put_part(p, out, d, 0);
		put_part(p, out, d, 1);
	}
	if (d->what != DOMAIN_TIMELINE) {
		indent(p, out);
		cut_pieces(p, out);
		put_findings(p, out, d);
		put_dmarc(p, out, d);
	}
	if (d->what == DOMAIN_ALL)
		put_seen(p, out, d);
	if (d->what != DOMAIN_TIMELINE) {
		put_spf(p, out, d);
		put_dkim(p, out, d);
	}
	if (d->what != DOMAIN_RECORDS)
		put_time(p, out);
	if (d->what == DOMAIN_ALL) {
		put_part(p, out, d, 2);
		put_part(p, out, d, 3);
	}
}
