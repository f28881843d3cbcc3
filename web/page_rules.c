/* page_rules: which rules name the senders, and what one more would move (UX 7.3). The rules stand in ruad.conf, a text file
 * under version control that ruad never writes: so a rule is tried here, and what to paste into the file is shown with it.
 * Neighbours: page_sources.c, schema/source_rule.h, storage/query.h (query_relabel). */
#include "web/card.h"
#include "web/source.h"

#include "base/text.h"
#include "schema/domain.h"
#include "schema/limits.h"

static const struct column rule_columns[] = {
	{ "number", "Rule", LOOK_NUMBER, true },
	{ "name", "Source", LOOK_NAME, true },
	{ "kind", "Kind", LOOK_TAG, true, .beneath = true },
	{ "guess", "Guess", LOOK_TEXT, .beneath = true },
	{ "matches", "Matches", LOOK_MONO, true },
	{ "owner", "Owner", LOOK_TEXT, true },
	{ "addresses", "Addresses named", LOOK_NUMBER, true },
	{ "profiles", "Combinations named", LOOK_NUMBER },
};
static const struct sheet rule_sheet = { "rules", "Rules in force", rule_columns, sizeof rule_columns / sizeof *rule_columns };
static const struct column move_columns[] = {
	{ "from", "From", LOOK_NAME, true },
	{ "to", "To", LOOK_NAME, true },
	{ "messages", "Messages", LOOK_NUMBER, true },
	{ "rows", "Rows", LOOK_NUMBER, true },
};
static const struct sheet move_sheet = { "moves", "What would move", move_columns, sizeof move_columns / sizeof *move_columns };

struct rules_view {
	struct rule_lines rules;
	struct source_rule tried;
	bool tries;
	bool too_many; /* rows in these days */
	size_t at;     /* of the rule tried, from 0 */
	struct moves moves;
};

/* --- a rule to be tried --- */

static bool complain(struct param_errors *errors, enum param which, const char *detail)
{
	errors->item[0].parameter = slice_of(param_name(which));
	errors->item[0].detail = detail;
	errors->n = 1;
	return false;
}

static bool read_pattern(struct page *p, struct slice match, struct slice value, struct source_rule *rule, struct param_errors *errors)
{
	struct network *net = arena_alloc(p->a, sizeof *net);
	struct slice *name = arena_alloc(p->a, sizeof *name);
	uint32_t *asn = arena_alloc(p->a, sizeof *asn);

	*name = domain_normal(p->a, value);
	if (slice_is(match, "ip")) {
		rule->networks = net;
		rule->network_count = 1;
		return network_parse(value, net) || complain(errors, PARAM_VALUE, "Is no address or network, such as 192.0.2.0/24.");
	}
	if (slice_is(match, "asn")) {
		rule->asns = asn;
		rule->asn_count = 1;
		return asn_parse(value, asn) || complain(errors, PARAM_VALUE, "Is no AS number, such as 64500.");
	}
	*(slice_is(match, "dkim_domain") ? &rule->dkim_domains : slice_is(match, "envelope") ? &rule->envelopes : &rule->rdns) = name;
	*(slice_is(match, "dkim_domain") ? &rule->dkim_domain_count :
	  slice_is(match, "envelope")    ? &rule->envelope_count :
					   &rule->rdns_count) = 1;
	return (name->len > 0 && memchr(name->ptr, '.', name->len) != NULL) ||
	       complain(errors, PARAM_VALUE, "Is no domain, such as mailer.example.");
}

/* False with an error where what is given makes no rule. */
static bool read_rule(struct page *p, struct rules_view *v, struct param_errors *errors)
{
	struct slice name = text_trim(param_one(&p->params, PARAM_RULE)), value = text_trim(param_one(&p->params, PARAM_VALUE));
	struct slice as = param_one(&p->params, PARAM_AS), match = param_one(&p->params, PARAM_MATCH);
	int64_t at = param_number(&p->params, PARAM_AT, 1);

	v->tries = name.ptr != NULL || value.ptr != NULL || as.ptr != NULL || match.ptr != NULL;
	if (!v->tries)
		return true;
	if (name.len == 0)
		return complain(errors, PARAM_RULE, "A rule needs the name of a source.");
	if (value.len == 0 || match.ptr == NULL)
		return complain(errors, value.len == 0 ? PARAM_VALUE : PARAM_MATCH, "A rule needs what it matches by, and the value.");
	v->tried = (struct source_rule){ .name = name, .kind = as.ptr != NULL ? source_kind_of(as) : KIND_OURS };
	v->at = (size_t)at - 1 < p->rules->n ? (size_t)at - 1 : p->rules->n;
	return read_pattern(p, match, value, &v->tried, errors);
}

static struct source_rules with_tried(struct page *p, const struct rules_view *v)
{
	struct source_rule *rule = arena_array(p->a, p->rules->n + 1, sizeof *rule);
	size_t n = 0;

	for (size_t i = 0; i <= p->rules->n; i++) {
		if (i == v->at)
			rule[n++] = v->tried;
		if (i < p->rules->n)
			rule[n++] = p->rules->rule[i];
	}
	return (struct source_rules){ rule, n };
}

/* --- asking --- */

static int ask_moves(struct page *p, struct reader *r, struct rules_view *v, struct err *err)
{
	struct source_rules rules;
	int64_t rows;

	if (!v->tries)
		return 0;
	if (query_rows_of_days(r, &p->filter, &rows, err) != 0)
		return -1;
	v->too_many = rows > LIMIT_DETAIL_ROWS;
	if (v->too_many)
		return 0;
	rules = with_tried(p, v);
	return query_relabel(r, p->a, &p->filter, &rules, &v->moves, err);
}

static int ask(struct page *p, struct reader *r, void *ctx, struct err *err)
{
	struct rules_view *v = ctx;

	return query_source_rules(r, p->a, &v->rules, err) == 0 ? ask_moves(p, r, v, err) : -1;
}

/* --- data --- */

static void add_names(struct page *p, struct value *list, const char *by, const struct slice *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		view_add_text(p->a, list, slice_of(arena_printf(p->a, "%s %.*s", by, (int)names[i].len, names[i].ptr)));
}

static void put_patterns(struct page *p, struct value *row, const struct source_rule *rule)
{
	struct value *list = view_put_list(p->a, row, "matches");
	char text[NETWORK_TEXT_BYTES];

	for (size_t i = 0; i < rule->network_count; i++)
		view_add_text(p->a, list, slice_of(arena_printf(p->a, "ip %s", network_text(text, &rule->networks[i]))));
	add_names(p, list, "dkim_domain", rule->dkim_domains, rule->dkim_domain_count);
	add_names(p, list, "envelope", rule->envelopes, rule->envelope_count);
	add_names(p, list, "envelope host", rule->envelope_labels, rule->envelope_label_count);
	add_names(p, list, "rdns", rule->rdns, rule->rdns_count);
	for (size_t i = 0; i < rule->asn_count; i++)
		view_add_text(p->a, list, slice_of(arena_printf(p->a, "asn %u", rule->asns[i])));
}

static void put_rule(struct page *p, struct value *list, const struct rules_view *v, const struct rule_line *line)
{
	struct value *row = view_add_object(p->a, list);
	size_t i = (size_t)line->number - 1;

	view_put_int(p->a, row, "number", line->number);
	view_put_text(p->a, row, "name", line->name);
	view_put_text(p->a, row, "kind", slice_of(source_kind_name(line->kind)));
	view_put_text(p->a, row, "guess", slice_of(line->hint ? "built in, to be confirmed" : NULL));
	if (i < p->rules->n && slice_eq(p->rules->rule[i].name, line->name)) /* else the file changed since it was applied */
		put_patterns(p, row, &p->rules->rule[i]);
	else
		view_put_text(p->a, row, "matches", (struct slice){ 0 });
	view_put_text(p->a, row, "owner", line->owner);
	view_put_int(p->a, row, "addresses", line->addresses);
	view_put_int(p->a, row, "profiles", line->profiles);
	sheet_link(p, row, "name", source_href(p, &v->rules, line->name));
}

static void put_moves(struct page *p, struct value *data, const struct rules_view *v)
{
	struct value *list = view_put_list(p->a, data, "moves"), *row;

	for (size_t i = 0; i < v->moves.n; i++) {
		const struct move *m = &v->moves.item[i];

		row = view_add_object(p->a, list);
		view_put_text(p->a, row, "from", m->from.ptr != NULL ? m->from : SLICE("Unknown"));
		view_put_text(p->a, row, "to", m->to.ptr != NULL ? m->to : SLICE("Unknown"));
		view_put_int(p->a, row, "messages", m->messages);
		view_put_int(p->a, row, "rows", m->rows);
	}
}

static struct value *make_data(struct page *p, struct view *out, const struct rules_view *v)
{
	struct value *data = view_object(p->a), *list = view_put_list(p->a, data, "rules");

	for (size_t i = 0; i < v->rules.n; i++)
		put_rule(p, list, v, &v->rules.item[i]);
	view_add_sheet(out, &rule_sheet);
	if (!v->tries)
		return data;
	view_put_bool(p->a, data, "too_many_rows", v->too_many);
	view_put_int(p->a, data, "messages_moved", v->moves.messages);
	put_moves(p, data, v);
	view_add_sheet(out, &move_sheet);
	return data;
}

/* --- the page --- */

/* A string of ruad.conf (libconfig): quotes and backslashes with a backslash before them. */
static const char *quoted(struct page *p, struct slice text)
{
	char *out = arena_alloc(p->a, 2 * text.len + 3);
	size_t n = 0;

	out[n++] = '"';
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '"' || text.ptr[i] == '\\')
			out[n++] = '\\';
		out[n++] = text.ptr[i];
	}
	out[n] = '"';
	return out;
}

static void put_tried(struct page *p, struct view *out, const struct rules_view *v)
{
	struct value *card = card_add(p, out->page, "h-moves", "What would move", CARD_WHOLE), *says = card_says(p, card);

	if (v->too_many) {
		page_say(p, says, "These days have too many rows to try a rule on: choose fewer.");
		return;
	}
	page_say(p, says, arena_printf(p->a, "In these days %s would get another name.", page_plural(p->a, v->moves.messages, "message", "messages")));
	card_table(p, card, &move_sheet, view_at(out->data, "moves"), "The rule matches nothing that an earlier one does not name.");
	card = card_add(p, out->page, "h-paste", "To put it into force", CARD_WHOLE);
	page_say(p, card_says(p, card),
		 arena_printf(p->a, "Put this into the list “sources” of ruad.conf as entry %d, then reload ruad: all history is named anew.",
			      (int)v->at + 1));
	card_text(p, card,
		  slice_of(arena_printf(p->a, "{ name = %s; kind = \"%s\"; %.*s = [ %s ]; },", quoted(p, v->tried.name),
					source_kind_name(v->tried.kind), (int)param_one(&p->params, PARAM_MATCH).len,
					param_one(&p->params, PARAM_MATCH).ptr, quoted(p, text_trim(param_one(&p->params, PARAM_VALUE))))));
}

static void put_choices(struct page *p, struct value *form, const char *key, enum param which)
{
	struct value *list = view_put_list(p->a, form, key), *option;
	struct slice word;

	for (int i = 0; (word = param_word(which, i)).ptr != NULL; i++) {
		option = view_add_object(p->a, list);
		view_put_link(p->a, option, "value", word);
		view_put_link(p->a, option, "text", word);
		view_put_bool(p->a, option, "selected", slice_eq(param_one(&p->params, which), word));
	}
}

static void put_form(struct page *p, struct value *page)
{
	struct value *form = view_put_object(p->a, page, "try_form");
	struct slice at = param_one(&p->params, PARAM_AT);

	page_put_hidden(p, form);
	view_put_link(p->a, form, "try_rule", param_one(&p->params, PARAM_RULE));
	view_put_link(p->a, form, "try_value", param_one(&p->params, PARAM_VALUE));
	view_put_link(p->a, form, "try_at", at.ptr != NULL ? at : SLICE("1"));
	put_choices(p, form, "try_kinds", PARAM_AS);
	put_choices(p, form, "try_matches", PARAM_MATCH);
}

static void put_words(struct page *p, struct view *out, const struct rules_view *v)
{
	struct value *h = page_headline(p, out), *lede = page_lede(p, out);
	size_t own = 0;

	for (size_t i = 0; i < v->rules.n; i++)
		own += !v->rules.item[i].hint;
	page_say(p, h, arena_printf(p->a, "%s and %s name the senders", page_plural(p->a, (int64_t)own, "rule of yours", "rules of yours"),
				    page_plural(p->a, (int64_t)(v->rules.n - own), "built-in guess", "built-in guesses")));
	page_say(p, lede, "The first rule that matches names a message: by its address, a DKIM domain that passed, its envelope domain, the "
			  "reverse name or the network of its address.");
	page_say(p, lede, " Rules are kept in ruad.conf, a text file to put under version control; a changed file names all history anew.");
}

int page_rules(struct page *p, struct view *out, struct param_errors *errors, struct err *err)
{
	struct rules_view v = { 0 };

	if (p->params.scope.n > 0)
		return PAGE_GONE;
	if (!read_rule(p, &v, errors))
		return 0;
	if (page_has_data(p) && page_ask(p, ask, &v, err) != 0)
		return -1;
	out->envelope = page_envelope(p, NULL);
	out->data = make_data(p, out, &v);
	sheets_are_table(p, out);
	put_words(p, out, &v);
	if (!p->html)
		return 0;
	out->page = page_shell(p, "Source rules", 0);
	out->template_name = "rules";
	put_form(p, out->page);
	if (v.tries)
		put_tried(p, out, &v);
	card_table(p, card_add(p, out->page, "h-rules", "Rules in force", CARD_WHOLE), &rule_sheet, view_at(out->data, "rules"), "No rule names anything yet.");
	return 0;
}
