/* page_verdicts: the table of rules that says what each row most likely is, with what each rule decided; and what carries the mail of
 * each sender (UX 7.2). Neighbours: schema/verdict.h is the table; explain.h, page_explain.c and page_record.c tell of rows. */
#include "web/card.h"
#include "web/explain.h"
#include "web/format.h"
#include "web/source.h"
#include "web/want.h"

#include <stdlib.h>

static const struct column rule_columns[] = {
	{ "place", "Place", LOOK_NUMBER, true },
	{ "rule", "Rule", LOOK_NAME, true },
	{ "why", "What it says", LOOK_TEXT, .beneath = true },
	{ "label", "Verdict", LOOK_TEXT, true },
	{ "messages", "Messages", LOOK_NUMBER, true },
	{ "rows", "Rows", LOOK_NUMBER, true },
	{ "needs", "Where all of this is so", LOOK_TEXT },
	{ "lacks", "And none of this", LOOK_TEXT },
	{ "verdict", "Verdict by name", LOOK_TEXT, .off_page = true },
	{ "needs_facts", "Facts needed", LOOK_TEXT, .off_page = true },
	{ "lacks_facts", "Facts ruled out", LOOK_TEXT, .off_page = true },
};
static const struct column state_columns[] = {
	{ "label", "Source", LOOK_NAME, true },
	{ "kind", "Kind", LOOK_TAG, .beneath = true },
	{ "messages", "Messages", LOOK_NUMBER, true },
	{ "survives", "Survives by itself", LOOK_NUMBER, true },
	{ "goodwill", "By a receiver's goodwill", LOOK_NUMBER, true },
	{ "breaks", "Breaks", LOOK_NUMBER, true },
	{ "key", "Key", LOOK_TEXT, .off_page = true },
};
static const struct sheet rule_sheet = { "rules", "The rules, in order", rule_columns, sizeof rule_columns / sizeof *rule_columns };
static const struct sheet state_sheet = { "states", "What carries the mail of each sender", state_columns,
					  sizeof state_columns / sizeof *state_columns };

struct verdicts { /* what the page is built from */
	struct counts all;
	struct groups rules;        /* that decided anything */
	struct groups sources;
	struct cross states;        /* by source, then state */
	struct rule_lines named;
	int64_t of_state[SURVIVALS]; /* messages */
};

/* --- asking --- */

static int ask(struct page *p, struct reader *r, void *ctx, struct err *err)
{
	static const enum group_by by[] = { BY_SOURCE, BY_STATE };
	struct verdicts *v = ctx;

	if (query_counts(r, &p->filter, &v->all, err) != 0 || query_groups(r, p->a, &p->filter, BY_RULE, 0, &v->rules, err) != 0 ||
	    query_groups(r, p->a, &p->filter, BY_SOURCE, 0, &v->sources, err) != 0 ||
	    query_cross(r, p->a, &p->filter, by, 2, &v->states, err) != 0 || query_source_rules(r, p->a, &v->named, err) != 0)
		return -1;
	for (size_t i = 0; i < v->states.n; i++)
		v->of_state[v->states.item[i].id[1]] += counts_total(&v->states.item[i].counts);
	return 0;
}

/* --- rows --- */

static const struct group *group_at(const struct groups *groups, size_t place)
{
	for (size_t i = 0; i < groups->n; i++)
		if (groups->item[i].id == (int64_t)place)
			return &groups->item[i];
	return NULL;
}

static void put_rule(struct page *p, struct value *list, size_t place, const struct group *g)
{
	const struct verdict_rule *rule = verdict_rule_at(place);
	struct value *row = view_add_object(p->a, list);
	struct want all = want_of(p), decided = want_word(p, &all, PARAM_DECIDED_BY, rule->id),
		    verdict = want_word(p, &all, PARAM_VERDICT, verdict_name(rule->verdict));

	view_put_int(p->a, row, "place", (int64_t)place + 1);
	view_put_text(p->a, row, "rule", slice_of(rule->id));
	view_put_text(p->a, row, "label", slice_of(verdict_label(rule->verdict)));
	view_put_int(p->a, row, "messages", g != NULL ? counts_total(&g->counts) : 0);
	view_put_int(p->a, row, "rows", g != NULL ? g->counts.rows : 0);
	view_put_link(p->a, row, "needs", explain_words(p->a, rule->needs));
	view_put_link(p->a, row, "lacks", explain_words(p->a, rule->lacks));
	view_put_link(p->a, row, "why", slice_of(rule->why));
	view_put_text(p->a, row, "verdict", slice_of(verdict_name(rule->verdict)));
	view_put_text(p->a, row, "needs_facts", explain_names(p->a, rule->needs));
	view_put_text(p->a, row, "lacks_facts", explain_names(p->a, rule->lacks));
	sheet_link(p, row, "label", want_rows(p, &verdict));
	if (g != NULL)
		sheet_link(p, row, "messages", want_rows(p, &decided));
}

static int64_t messages_of(const struct cross *states, int64_t source, enum survival s)
{
	for (size_t i = 0; i < states->n; i++)
		if (states->item[i].id[0] == source && states->item[i].id[1] == (int64_t)s)
			return counts_total(&states->item[i].counts);
	return 0;
}

static void put_states(struct page *p, struct value *list, const struct verdicts *v, const struct group *g)
{
	struct value *row = view_add_object(p->a, list);
	struct want all = want_of(p), source = want_any(p, &all, PARAM_SOURCE, &g->key, 1), state;

	view_put_text(p->a, row, "key", g->key);
	view_put_text(p->a, row, "label", g->label);
	view_put_text(p->a, row, "kind", slice_of(source_kind_name(g->id > 0 ? g->kind : KIND_UNKNOWN)));
	view_put_int(p->a, row, "messages", counts_total(&g->counts));
	sheet_link(p, row, "label", source_href(p, &v->named, g->id > 0 ? g->key : (struct slice){ 0 }));
	sheet_link(p, row, "messages", want_rows(p, &source));
	for (int s = 0; s < SURVIVALS; s++) {
		const char *name = survival_name((enum survival)s);

		state = want_word(p, &source, PARAM_STATE, name);
		view_put_int(p->a, row, name, messages_of(&v->states, g->id, (enum survival)s));
		sheet_link(p, row, name, want_rows(p, &state));
	}
}

static struct value *make_data(struct page *p, struct view *out, const struct verdicts *v)
{
	struct value *data = view_object(p->a), *list;
	size_t n;

	view_put_int(p->a, data, "version", VERDICT_VERSION);
	list = view_put_list(p->a, data, rule_sheet.key);
	verdict_rules(&n);
	for (size_t i = 0; i < n; i++)
		put_rule(p, list, i, group_at(&v->rules, i));
	list = view_put_list(p->a, data, state_sheet.key);
	for (size_t i = 0; i < v->sources.n; i++)
		put_states(p, list, v, &v->sources.item[i]);
	view_add_sheet(out, &rule_sheet);
	view_add_sheet(out, &state_sheet);
	return data;
}

/* --- words --- */

static void say_state(struct page *p, struct value *h, const struct verdicts *v, enum survival s)
{
	struct want all = want_of(p), state = want_word(p, &all, PARAM_STATE, survival_name(s));

	page_say_number(p, h, v->of_state[s], NULL, want_rows(p, &state));
}

static void put_words(struct page *p, struct view *out, const struct verdicts *v)
{
	struct value *h = page_headline(p, out), *lede = page_lede(p, out);

	say_state(p, h, v, SURVIVES);
	page_say(p, h, " of ");
	page_say_number(p, h, counts_total(&v->all), NULL, page_link_to(p, "/records", &p->params));
	page_say(p, h, " messages survive by themselves, ");
	say_state(p, h, v, GOODWILL);
	page_say(p, h, " by a receiver's goodwill, ");
	say_state(p, h, v, BREAKS);
	page_say(p, h, " break");
	page_say(p, lede, "Each row of a report is taken for what the first rule that fits it says. A rule looks at facts alone: what the row shows, the "
			  "policy that its receiver saw, who its sender was named as, and how often its address was seen. Two receivers may so say "
			  "different things of the same mail.");
}

/* --- the page --- */

static int put_page(struct page *p, struct view *out, const struct verdicts *v, struct err *err)
{
	struct value *card, *note;

	if (page_begin(p, out, "Verdicts", 0, "cards", err) != 0)
		return -1;
	if (out->empty)
		return 0;
	card = card_add(p, out->page, "h-rules", rule_sheet.title, CARD_WHOLE);
	card_more(p, card, "Rows, and why each is so", page_link_to(p, "/verdicts/explain", &p->params));
	card_table(p, card, &rule_sheet, view_at(out->data, rule_sheet.key), "None.");
	note = card_note(p, card);
	page_say(p, note, arena_printf(p->a, "Version %d of the table. When it changes, or the rules that name senders, ", VERDICT_VERSION));
	page_say(p, note, "ruad applies the old and the new one to all history, and says which messages are taken for something else.");
	card = card_add(p, out->page, "h-states", state_sheet.title, CARD_WHOLE);
	card_table(p, card, &state_sheet, view_at(out->data, state_sheet.key), "None.");
	page_say(p, card_note(p, card),
		 "What survives by itself passes SPF or DKIM for the domain in From. What survives by goodwill fails, and this receiver says that it "
		 "lets it pass all the same: another may not. What breaks fails, and nothing vouches for it.");
	return 0;
}

int page_verdicts(struct page *p, struct view *out, struct param_errors *errors, struct err *err)
{
	struct verdicts v = { 0 };

	if (page_has_data(p) && page_ask(p, ask, &v, err) != 0)
		return -1;
	out->envelope = page_envelope(p, &v.all);
	out->empty = counts_total(&v.all) == 0;
	out->data = make_data(p, out, &v);
	sheets_are_table(p, out);
	put_words(p, out, &v);
	return p->html ? put_page(p, out, &v, err) : 0;
}
