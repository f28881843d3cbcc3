/* explain: see explain.h. */
#include "web/explain.h"

static const struct column columns[] = {
	{ "words", "Fact", LOOK_TEXT, true },
	{ "part", "Part", LOOK_TAG, true },
	{ "fact", "Fact by name", LOOK_TEXT, .off_page = true },
};
const struct sheet explain_sheet = { "facts", "What decides, and what is known besides", columns, sizeof columns / sizeof *columns };

enum { NAMED = FACT_OURS | FACT_SERVICE | FACT_LIST | FACT_FORWARDER };

static struct slice joined(struct arena *a, unsigned facts, const char *(*text)(int bit), const char *between)
{
	const char *out = NULL;

	for (int bit = 0; bit < FACTS; bit++)
		if (facts >> bit & 1)
			out = out == NULL ? text(bit) : arena_printf(a, "%s%s%s", out, between, text(bit));
	return slice_of(out);
}

/* Four kinds are one thing to say. */
struct slice explain_words(struct arena *a, unsigned facts)
{
	bool named = (facts & NAMED) == NAMED;
	struct slice words = joined(a, named ? facts & ~(unsigned)NAMED : facts, fact_words, "; ");

	if (!named)
		return words;
	return words.ptr == NULL ? SLICE("the sender is named") : slice_of(arena_printf(a, "%s; the sender is named", words.ptr));
}

struct slice explain_names(struct arena *a, unsigned facts)
{
	return joined(a, facts, fact_name, ",");
}

static void put_facts(struct page *p, struct value *list, const char *part, unsigned facts)
{
	for (int bit = 0; bit < FACTS; bit++) {
		struct value *row;

		if (!(facts >> bit & 1))
			continue;
		row = view_add_object(p->a, list);
		view_put_text(p->a, row, "part", slice_of(part));
		view_put_text(p->a, row, "fact", slice_of(fact_name(bit)));
		view_put_link(p->a, row, "words", slice_of(fact_words(bit)));
	}
}

void explain_put(struct page *p, struct value *data, const struct record *r)
{
	const struct verdict_rule *rule = verdict_rule_at(r->rule);
	struct value *list;

	view_put_text(p->a, data, "verdict", slice_of(verdict_name(rule->verdict)));
	view_put_text(p->a, data, "rule", slice_of(rule->id));
	view_put_link(p->a, data, "why", slice_of(rule->why));
	view_put_text(p->a, data, "state", slice_of(survival_name(r->survival)));
	view_put_text(p->a, data, "phase", slice_of(step_name(r->step)));
	list = view_put_list(p->a, data, explain_sheet.key);
	put_facts(p, list, "needed", rule->needs);
	put_facts(p, list, "known", r->facts & ~rule->needs);
	put_facts(p, list, "ruled out", rule->lacks);
}
