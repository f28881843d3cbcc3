/* lists_words: Lists & ARC in sentences and cards (UX 7.4): the headline by a fixed order of cases. Neighbours: lists.h,
 * page_lists.c. */
#include "web/lists.h"
#include "web/source.h"

#include "base/text.h"
#include "web/format.h"

enum { NUMBER_WORDS = 10 };

static const char *number_word(struct page *p, int64_t n)
{
	static const char *const words[NUMBER_WORDS] = { "no",   "one", "two",   "three", "four",
							 "five", "six", "seven", "eight", "nine" };

	return n < NUMBER_WORDS ? words[n] : format_count_text(p->a, n);
}

static bool is_list(const struct group *g)
{
	return g->kind == KIND_LIST;
}

/* Lists of one software, or a list whose software has no name. */
struct kin {
	enum list_software software;
	struct slice name; /* of the list; NULL ptr: the software has a name */
	struct slice *sources;
	size_t n;
	int64_t messages, failing, rewritten;
};

static enum list_software software_of(const struct lists *l, const struct group *g)
{
	const struct rule_line *line = source_rule(&l->rules, g);

	return line != NULL ? line->software : SOFTWARE_UNKNOWN;
}

static struct kin kin_of(struct page *p, const struct lists *l, const struct value *data, const struct group *of)
{
	struct kin k = { .software = software_of(l, of), .sources = arena_array(p->a, l->sources.n, sizeof *k.sources) };
	const struct value *list = view_at(data, "lists"), *row = list != NULL ? list->first : NULL;

	k.name = list_software_label(k.software) != NULL ? (struct slice){ 0 } : of->label;
	for (size_t i = 0; i < l->sources.n && row != NULL; i++) {
		const struct group *g = &l->sources.item[i];

		if (!is_list(g))
			continue;
		if (k.name.ptr != NULL ? g == of : software_of(l, g) == k.software) {
			k.sources[k.n++] = g->key;
			k.messages += counts_total(&g->counts);
			k.failing += counts_failing(&g->counts);
			k.rewritten += view_int(row, "rewritten");
		}
		row = row->next;
	}
	return k;
}

/* The kin with the most failing mail, among equals with the most mail. */
static struct kin worst_of(struct page *p, const struct lists *l, const struct value *data)
{
	struct kin worst = { 0 };

	for (size_t i = 0; i < l->sources.n; i++) {
		struct kin k;

		if (!is_list(&l->sources.item[i]))
			continue;
		k = kin_of(p, l, data, &l->sources.item[i]);
		if (worst.n == 0 || k.failing > worst.failing || (k.failing == worst.failing && k.messages > worst.messages))
			worst = k;
	}
	return worst;
}

static const char *name_of(struct page *p, const struct kin *k)
{
	return k->name.ptr == NULL ? list_software_label(k->software) :
				     arena_printf(p->a, "%.*s", (int)format_cut(k->name, FORMAT_SCREEN_CHARS), k->name.ptr);
}

static const char *remedy(struct page *p, const struct kin *k)
{
	static const char *const remedies[] = {
		[HABIT_REWRITES] = ". Rewriting From would fix it",
		[HABIT_BY_SETTING] = ". Rewriting From would fix it, where it is set to",
		[HABIT_KEEPS] = ". It keeps From: only DKIM that survives would help",
		[HABIT_NOT_KNOWN] = ". Ask its owner whether it can rewrite From",
	};

	if (k->rewritten > 0)
		return arena_printf(p->a, ". About %s more were rewritten, and are gone from our reports",
				    format_count_text(p->a, k->rewritten));
	return remedies[list_habit_of(k->software)];
}

static void say_kin(struct page *p, struct value *h, const struct kin *k)
{
	struct want all = want_of(p), these = want_any(p, &all, PARAM_SOURCE, k->sources, k->n), failing = want_failing(p, &these);

	if (k->failing == 0) {
		page_say(p, h, "No message through a list failed: ");
		page_say_number(p, h, k->messages, NULL, want_rows(p, &these));
		page_say(p, h, arena_printf(p->a, " through %s passed", name_of(p, k)));
		return;
	}
	if (k->failing == k->messages && k->rewritten > 0)
		page_say(p, h, arena_printf(p->a, "What kept our name in From through %s failed: ", name_of(p, k)));
	else if (k->failing == k->messages)
		page_say(p, h, k->name.ptr != NULL ? arena_printf(p->a, "Every message through %s failed: ", name_of(p, k)) :
						     arena_printf(p->a, "Every %s message failed: ", name_of(p, k)));
	page_say_number(p, h, k->failing, NULL, want_rows(p, &failing));
	page_say(p, h, " of ");
	page_say_number(p, h, k->messages, NULL, want_rows(p, &these));
	if (k->failing < k->messages)
		page_say(p, h, arena_printf(p->a, " messages through %s failed", name_of(p, k)));
	page_say(p, h, remedy(p, k));
}

/* Named by a person; only guessed. */
static void count_lists(const struct lists *l, int64_t *named, int64_t *guessed)
{
	*named = *guessed = 0;
	for (size_t i = 0; i < l->rules.n; i++)
		*named += l->rules.item[i].kind == KIND_LIST && !l->rules.item[i].hint;
	for (size_t i = 0; i < l->sources.n; i++)
		*guessed += is_list(&l->sources.item[i]) && l->sources.item[i].hint;
}

static void say_headline(struct page *p, struct value *h, const struct lists *l, const struct value *data)
{
	struct kin worst = worst_of(p, l, data);
	int64_t named, guessed;

	count_lists(l, &named, &guessed);
	if (worst.n > 0 && (named > 0 || worst.failing > 0))
		say_kin(p, h, &worst);
	else if (named == 0)
		page_say(p, h, arena_printf(p->a, "No list named yet; %s likely %s", number_word(p, guessed), guessed == 1 ? "host" : "hosts"));
	else
		page_say(p, h, "No mail came through a list");
}

static void say_arc(struct page *p, struct value *lede, const struct lists *l, const struct value *data)
{
	struct want all = want_of(p), vouched = want_word(p, &all, PARAM_ARC, "pass"), both = want_word(p, &vouched, PARAM_KIND, "list");
	const struct value *overlap = view_at(data, "overlap");
	int64_t in = overlap != NULL && overlap->first != NULL ? view_int(overlap->first, "vouched") : 0;

	if (l->all.arc_rescued == 0) {
		page_say(p, lede, "No receiver let failing mail pass because of ARC. ");
		return;
	}
	page_say_number(p, lede, l->all.arc_rescued, page_plural(p->a, l->all.arc_rescued, "message", "messages"), want_rows(p, &vouched));
	page_say(p, lede, " failed both checks and passed because ARC vouched; ");
	page_say_number(p, lede, in, NULL, want_rows(p, &both));
	page_say(p, lede, " of these went through a list. ");
}

void lists_say(struct page *p, struct view *out, const struct lists *l)
{
	struct value *lede = page_lede(p, out);
	int64_t named, guessed;

	count_lists(l, &named, &guessed);
	say_headline(p, page_headline(p, out), l, out->data);
	say_arc(p, lede, l, out->data);
	if (guessed > 0)
		page_say(p, lede, arena_printf(p->a, "%s of the lists %s only guessed, by a host or signature: confirm by an entry of ruad.conf. ",
					       format_count_text(p->a, guessed), guessed == 1 ? "is" : "are"));
}

/* --- cards --- */

static struct value *put_card(struct page *p, struct view *out, const char *id, int which, const char *empty)
{
	const struct sheet *sheet = &lists_sheets[which];
	struct value *card = card_add(p, out->page, id, sheet->title, CARD_WHOLE);

	card_table(p, card, sheet, view_at(out->data, sheet->key), empty);
	return card;
}

static void put_cards(struct page *p, struct view *out, const struct lists *l)
{
	struct value *card = put_card(p, out, "h-lists", LISTS_LISTS, "No mail came through a list that a rule or a built-in guess names.");

	page_say(p, card_note(p, card),
		 "From kept: our domain still stood in From. What a list rewrites no longer reaches our reports. ");
	page_say(p, card_note(p, card),
		 "So it is claimed only where the list's usual volume fell by half or more once its mail was under a policy that asks for something. ");
	page_say(p, card_note(p, card), "Predictions follow from the software, which the list's entry in ruad.conf names.");
	card = put_card(p, out, "h-why", LISTS_REASONS, "None.");
	page_say(p, card_note(p, card),
		 l->left_out ? "Too many rows in these days to tell other reasons apart: choose fewer days." :
			       "A message with several reasons counts in each of their lines. Microsoft never states one.");
	card = put_card(p, out, "h-arc", LISTS_ARC, "No failing list or forwarded mail, and nothing that ARC vouched for.");
	page_say(p, card_note(p, card),
		 "ARC helps only where the receiver trusts the forwarder, and may be retired; do not plan on it. DKIM that survives is the "
		 "better aim: unchanged body and signed headers.");
	put_card(p, out, "h-fwd", LISTS_FORWARDERS, "No forwarder is named.");
	put_card(p, out, "h-both", LISTS_OVERLAP, "None.");
}

int lists_cards(struct page *p, struct view *out, const struct lists *l, struct err *err)
{
	if (page_begin(p, out, "Lists & ARC", 0, "cards", err) != 0)
		return -1;
	if (out->empty)
		return 0;
	put_cards(p, out, l);
	return 0;
}
