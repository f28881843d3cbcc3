/* overview_page: what the HTML of Overview adds to its numbers: the headline by a fixed order of cases, sentences,
 * charts, and the links from every number to its rows (UX 7.1). Neighbours: overview.h; templates/overview.html shows
 * it. */
#include "web/overview.h"
#include "web/route.h"
#include "web/source.h"

#include "base/text.h"
#include "web/format.h"

enum {
	NAMED = 4, /* receivers that a sentence names */
	OPEN_TOLD = 2, /* incomplete days that are told one by one */
	LATE_DAYS = 3, /* the last of the data: what is missing of them may still come */
	WIDE_PERCENT = 6, /* a part that holds its share as text on a wide screen, and on a phone */
	BROAD_PERCENT = 20,
	HOUR_S = 3600,
	YOUNG_DAYS = 7, /* fewer days of reports than this: say so (UX 8) */
};

/* What the whole page is built from. */
struct paint {
	struct page *p;
	const struct overview *o;
	const struct overview_view *v;
	struct value *data, *page;
};

static struct value *find(const struct value *object, const char *key)
{
	for (struct value *v = object->first; v != NULL; v = v->next)
		if (strcmp(v->key, key) == 0)
			return v;
	return NULL;
}

static void put(struct paint *w, struct value *object, const char *key, const char *text)
{
	view_put_link(w->p->a, object, key, slice_of(text));
}

enum cause overview_cause_of(struct slice name)
{
	int c = 0;

	while (c < CAUSES && !slice_is(name, cause_name((enum cause)c)))
		c++;
	return (enum cause)c;
}

static int64_t class_of(const struct overview *o, enum trust t)
{
	return counts_class(&o->all, t);
}

/* The present view with its class replaced. */
static struct slice class_href(struct page *p, const char *path, enum trust t)
{
	struct params params = param_with(p->a, &p->params, PARAM_CLASS, slice_of(trust_param(t)));

	return page_link_to(p, path, &params);
}

static struct slice rows_of_class(struct page *p, enum trust t)
{
	return page_link(p, "/records", PARAM_CLASS, slice_of(trust_param(t)));
}

static struct slice all_rows(struct page *p)
{
	return page_link_to(p, "/records", &p->params);
}

/* The one class chosen, or TRUST_CLASSES. */
static enum trust chosen_class(const struct page *p)
{
	const struct names *names = &p->params.value[PARAM_CLASS];

	return names->n == 1 && !names->exclude ? page_trust_of(names->item[0]) : TRUST_CLASSES;
}

/* --- headline and lede --- */

static void say_of_total(struct paint *w, struct value *h, int64_t n, struct slice href, const char *rest)
{
	page_say_number(w->p, h, n, NULL, href);
	page_say(w->p, h, " of ");
	page_say_number(w->p, h, counts_total(&w->o->all), NULL, all_rows(w->p));
	page_say(w->p, h, rest);
}

static void headline_of_class(struct paint *w, struct value *h, enum trust t)
{
	static const char *const rest[TRUST_CLASSES] = {
		[TRUST_FULL] = " passed both checks",
		[TRUST_PARTIAL] = " passed only one of the two checks",
		[TRUST_UNTRUSTED] = " failed both checks and were delivered",
		[TRUST_QUARANTINED] = " failed both checks and went to spam",
		[TRUST_REJECTED] = " failed both checks and were refused",
	};
	int64_t n = class_of(w->o, t);

	page_say_number(w->p, h, n, NULL, all_rows(w->p));
	page_say(w->p, h, n == 1 ? " message" : " messages");
	page_say(w->p, h, rest[t]);
}

/* Nothing comes in: that goes before all that the numbers say. */
static void headline_of_trouble(struct paint *w, struct value *h)
{
	page_say(w->p, h, arena_printf(w->p->a, "Reports are not coming in: %s", w->p->broken->name));
}

/* The largest true statement in a fixed order: nothing comes in, wanted mail held back, untrusted, held back, partial, all passed. */
static void headline(struct paint *w)
{
	struct value *h = view_put_list(w->p->a, w->page, "headline");
	int64_t held = class_of(w->o, TRUST_QUARANTINED) + class_of(w->o, TRUST_REJECTED);
	static const struct slice holding[] = { WORD("quarantined"), WORD("rejected") };
	struct params params = w->p->params;

	if (w->p->broken != NULL)
		headline_of_trouble(w, h);
	else if (chosen_class(w->p) < TRUST_CLASSES)
		headline_of_class(w, h, chosen_class(w->p));
	else if (w->v->wanted > 0)
		say_of_total(w, h, w->v->wanted, w->v->wanted_href,
			     " messages came from senders you named, and were quarantined or rejected");
	else if (class_of(w->o, TRUST_UNTRUSTED) > 0)
		say_of_total(w, h, class_of(w->o, TRUST_UNTRUSTED), rows_of_class(w->p, TRUST_UNTRUSTED),
			     " messages were untrusted, and delivered anyway");
	else if (held > 0 && param_narrow(w->p->a, &params, PARAM_CLASS, holding, 2))
		say_of_total(w, h, held, page_link_to(w->p, "/records", &params),
			     " messages failed both checks, and none of them was delivered");
	else if (class_of(w->o, TRUST_PARTIAL) > 0)
		say_of_total(w, h, class_of(w->o, TRUST_PARTIAL), rows_of_class(w->p, TRUST_PARTIAL),
			     " messages passed only one of SPF and DKIM");
	else {
		page_say(w->p, h, "All ");
		page_say_number(w->p, h, counts_total(&w->o->all), NULL, all_rows(w->p));
		page_say(w->p, h, " messages passed both SPF and DKIM");
	}
}

/* What follows the number of messages of a cause in a sentence. */
static const char *cause_clause(enum cause c)
{
	static const char *const clauses[CAUSES] = {
		[CAUSE_LIST] = "through mailing lists",         [CAUSE_ARC] = "forwarded with ARC vouching for them",
		[CAUSE_OURS] = "from our own systems",          [CAUSE_SERVICE] = "from services that send for us",
		[CAUSE_FORWARDER] = "through other forwarders", [CAUSE_UNKNOWN] = "from senders that no rule names",
	};

	return clauses[c];
}

static struct slice cause_href(struct page *p, struct slice cause)
{
	return page_link_class(p, "/records", PARAM_CAUSE, cause, TRUST_UNTRUSTED);
}

static void say_causes(struct paint *w, struct value *lede)
{
	const struct groups *causes = &w->o->by_cause;

	for (size_t i = 0; i < causes->n; i++) {
		enum cause c = overview_cause_of(causes->item[i].key);

		page_say(w->p, lede, i == 0 ? " Of these, " : i + 1 == causes->n ? " and " : ", ");
		page_say_number(w->p, lede, counts_total(&causes->item[i].counts), NULL,
				cause_href(w->p, causes->item[i].key));
		page_say(w->p, lede, arena_printf(w->p->a, " came %s", c < CAUSES ? cause_clause(c) : "otherwise"));
	}
	if (causes->n > 0)
		page_say(w->p, lede, ".");
}

/* Rows for a reason of delivery, where filters can say it. */
static struct slice why_href(struct page *p, enum delivered_why why)
{
	static const struct slice pass = WORD("pass"), untrusted = WORD("untrusted");
	static const struct slice none[] = { WORD("none"), WORD("absent") };
	static const struct slice asks[] = { WORD("quarantine"), WORD("reject") };
	struct params params = p->params;
	bool fits = param_narrow(p->a, &params, PARAM_CLASS, &untrusted, 1);

	if (why == WHY_NO_POLICY)
		fits = fits && param_narrow(p->a, &params, PARAM_POLICY, none, 2);
	else if (why == WHY_ARC)
		fits = fits && param_narrow(p->a, &params, PARAM_POLICY, asks, 2) &&
		       param_narrow(p->a, &params, PARAM_ARC, &pass, 1);
	else
		fits = false;
	return fits ? page_link_to(p, "/records", &params) : (struct slice){ 0 };
}

static void say_whys(struct paint *w, struct value *list)
{
	const struct value *whys = view_at(w->data, "delivered_because");
	bool first = true;

	for (int i = 0; i < WHYS; i++) {
		if (w->o->why[i] == 0)
			continue;
		page_say(w->p, list, first ? " Delivered because " : "; ");
		for (const struct value *item = whys->first; item != NULL; item = item->next)
			if (slice_is(view_text(item, "key"), overview_why_name((enum delivered_why)i)))
				page_say(w->p, list, arena_printf(w->p->a, "%s: ", view_text(item, "label").ptr));
		page_say_number(w->p, list, w->o->why[i], NULL, why_href(w->p, (enum delivered_why)i));
		first = false;
	}
	if (!first)
		page_say(w->p, list, ".");
}

static void lede_of_class(struct paint *w, struct value *lede, enum trust t)
{
	page_say(w->p, lede, "Everything below is now about ");
	page_say_strong(w->p, lede, text_lower(w->p->a, slice_of(trust_label(t))).ptr);
	page_say(w->p, lede, " mail only: ");
	page_say_strong(w->p, lede, format_share_text(w->p->a, class_of(w->o, t), counts_total(&w->o->period)));
	page_say(w->p, lede, " of all mail under the same filters.");
	if (t == TRUST_UNTRUSTED)
		say_whys(w, lede);
}

/* ", −9.6 pts": how the untrusted share moved. */
static const char *moved(struct paint *w)
{
	const struct counts *now = &w->v->now.all, *then = &w->v->then.all;

	if (!w->p->compare.on)
		return "";
	return arena_printf(w->p->a, ", %s", format_points_text(w->p->a, counts_class(now, TRUST_UNTRUSTED), counts_total(now),
							       counts_class(then, TRUST_UNTRUSTED), counts_total(then)));
}

static void lede(struct paint *w)
{
	struct value *l = view_put_list(w->p->a, w->page, "lede");
	int64_t days = w->p->filter.last_day - w->p->filter.first_day + 1, untrusted = class_of(w->o, TRUST_UNTRUSTED);

	if (w->p->broken != NULL)
		page_say(w->p, l, arena_printf(w->p->a, "%s What follows is what came in before. ", w->p->broken->text));
	if (chosen_class(w->p) < TRUST_CLASSES) {
		lede_of_class(w, l, chosen_class(w->p));
	} else if (untrusted > 0) {
		page_say(w->p, l, w->v->wanted > 0 ? "Untrusted and delivered: " : "That is ");
		page_say_number(w->p, l, untrusted, format_share_text(w->p->a, untrusted, counts_total(&w->o->all)),
				rows_of_class(w->p, TRUST_UNTRUSTED));
		page_say(w->p, l,
			 arena_printf(w->p->a, " of the mail in your domains’ name in %s%s.",
				      page_plural(w->p->a, days, "day", "days"), moved(w)));
		say_causes(w, l);
	} else {
		page_say(w->p, l,
			 arena_printf(w->p->a, "All mail in your domains’ name that was reported for %s.",
				      page_plural(w->p->a, days, "day", "days")));
	}
}

/* What must wait until there are more days (UX 8). */
static void young(struct paint *w)
{
	int64_t known = w->p->state.last_day - w->p->state.first_day + 1;

	if (known < YOUNG_DAYS)
		put(w, w->page, "young",
		    arena_printf(w->p->a,
				 "Reports cover %s so far. What a sender needs is judged from a week of them, and whether a policy can be "
				 "enforced from 28 days: until then, take both as a first look.",
				 page_plural(w->p->a, known, "day", "days")));
}

/* --- the five classes --- */

static const char *class_sentence(enum trust t)
{
	static const char *const sentences[TRUST_CLASSES] = {
		[TRUST_FULL] = "SPF and DKIM both passed for your domain.",
		[TRUST_PARTIAL] = "Only one of SPF and DKIM passed. Concentrate here: add the missing one.",
		[TRUST_UNTRUSTED] = "Neither passed and it was delivered. A system of yours to fix, spoofing, or both.",
		[TRUST_QUARANTINED] = "Neither passed and the receiver put it in spam.",
		[TRUST_REJECTED] = "Neither passed and the receiver refused it.",
	};

	return sentences[t];
}

static const char *class_meaning(enum trust t)
{
	static const char *const meanings[TRUST_CLASSES] = {
		[TRUST_FULL] = "SPF and DKIM both passed for the domain in From. Nothing is left to do for this mail.",
		[TRUST_PARTIAL] =
			"One of SPF and DKIM passed for the domain in From. That is enough for DMARC today, but "
			"mail that rests on SPF alone fails as soon as somebody forwards it.",
		[TRUST_UNTRUSTED] =
			"Neither SPF nor DKIM passed for the domain in From, and the receiver still delivered the "
			"message. It is a system in your remit that needs configuring, or someone spoofing you, or "
			"both. It is not proof of an attack.",
		[TRUST_QUARANTINED] =
			"Neither SPF nor DKIM passed, and the receiver reports that it put the message in spam.",
		[TRUST_REJECTED] = "Neither SPF nor DKIM passed, and the receiver reports that it refused the message.",
	};

	return meanings[t];
}

static const char *class_next(struct paint *w, enum trust t)
{
	const int64_t *split = w->o->all.split;
	bool asks_nothing = slice_is(w->o->policy, "none");

	if (t == TRUST_FULL)
		return "Nothing to do";
	if (class_of(w->o, t) == 0)
		return t == TRUST_QUARANTINED && asks_nothing ? "None: the policy seen (p=none) asks for neither"
		       : t == TRUST_REJECTED && asks_nothing  ? "None, for the same reason"
							      : "None";
	if (t == TRUST_PARTIAL)
		return arena_printf(w->p->a, "%s lack DKIM, %s lack SPF",
				    format_count_text(w->p->a, split[SPLIT_SPF_ONLY]),
				    format_count_text(w->p->a, split[SPLIT_DKIM_ONLY]));
	return arena_printf(w->p->a, t == TRUST_UNTRUSTED ? "See where the %s came from" : "See the %s",
			    format_count_text(w->p->a, class_of(w->o, t)));
}

static void tiles(struct paint *w)
{
	struct value *list = view_put_list(w->p->a, w->page, "tiles"), *tile;

	for (int i = 0; i < TRUST_CLASSES; i++) {
		enum trust t = (enum trust)i;
		int64_t n = class_of(w->o, t);

		tile = view_add_object(w->p->a, list);
		put(w, tile, "c", trust_param(t));
		put(w, tile, "label", trust_label(t));
		put(w, tile, "delivered", t == TRUST_UNTRUSTED ? "(delivered)" : NULL);
		put(w, view_put_object(w->p->a, tile, "glyph"), trust_param(t), "1");
		page_number(w->p, tile, "number", n, NULL, class_href(w->p, "/", t), NULL);
		view_put_share(w->p->a, tile, "share", n, counts_total(&w->o->period));
		put(w, tile, "change", w->p->compare.on ? format_change_text(w->p->a, counts_class(&w->v->now.all, t), counts_class(&w->v->then.all, t)) : NULL);
		put(w, tile, "sentence", class_sentence(t));
		put(w, tile, "then", class_next(w, t));
	}
}

/* The large bar: its parts are of all classes, also where one is chosen. */
static void class_bar(struct paint *w)
{
	struct value *list = view_put_list(w->p->a, w->page, "segments"), *s;
	int64_t total = counts_total(&w->o->period), before = 0;

	for (int i = 0; i < TRUST_CLASSES; i++) {
		enum trust t = (enum trust)i;
		int64_t n = counts_class(&w->o->period, t);

		if (n == 0)
			continue;
		s = view_add_object(w->p->a, list);
		put(w, s, "c", trust_param(t));
		put(w, s, "x", page_percent(w->p->a, before, total));
		put(w, s, "w", page_percent(w->p->a, n, total));
		put(w, s, "middle", page_percent(w->p->a, 2 * before + n, 2 * total));
		view_put_bool(w->p->a, s, "wide", n * 100 >= total * WIDE_PERCENT);
		view_put_bool(w->p->a, s, "broad", n * 100 >= total * BROAD_PERCENT);
		view_put_bool(w->p->a, s, "dim", class_of(w->o, t) == 0);
		page_number(w->p, s, "number", n, format_share_text(w->p->a, n, total), class_href(w->p, "/", t),
			    arena_printf(w->p->a, "%s: %s of %s (%s)", trust_label(t), format_count_text(w->p->a, n),
					 format_count_text(w->p->a, total), format_share_text(w->p->a, n, total)));
		put(w, s->last, "name", trust_label(t));
		view_put_int(w->p->a, s->last, "count", n);
		before += n;
	}
	put(w, w->page, "segments_label",
	    arena_printf(w->p->a, "Trust: %s, of %s", page_counts_words(w->p->a, &w->o->period),
			 page_plural(w->p->a, total, "message", "messages")));
}

static void quad_cell(struct paint *w, struct value *list, const char *key, int64_t n, struct slice href, enum trust t,
		      const char *words)
{
	struct value *cell = view_put_object(w->p->a, list, key);

	put(w, cell, "c", trust_param(t));
	put(w, view_put_object(w->p->a, cell, "glyph"), trust_param(t), "1");
	page_number(w->p, cell, "number", n, NULL, href, NULL);
	view_put_share(w->p->a, cell, "share", n, counts_total(&w->o->all));
	put(w, cell, "words", words);
}

/* Mail that passed one check alone. */
static struct slice partial_href(struct paint *w, enum param aligned)
{
	static const struct slice yes = WORD("1");
	struct params params = w->p->params;

	if (!param_narrow_class(w->p->a, &params, TRUST_PARTIAL) || !param_narrow(w->p->a, &params, aligned, &yes, 1))
		return (struct slice){ 0 };
	return page_link_to(w->p, "/records", &params);
}

static void quad(struct paint *w)
{
	struct value *q = view_put_object(w->p->a, w->page, "quad");
	struct params neither = w->p->params;
	const int64_t *split = w->o->all.split;
	struct slice neither_href = { 0 };

	if (param_narrow_failing(w->p->a, &neither))
		neither_href = page_link_to(w->p, "/records", &neither);
	quad_cell(w, q, "both", split[SPLIT_FULL], rows_of_class(w->p, TRUST_FULL), TRUST_FULL, NULL);
	quad_cell(w, q, "spf_only", split[SPLIT_SPF_ONLY], partial_href(w, PARAM_SPF_ALIGNED), TRUST_PARTIAL, "sign these");
	quad_cell(w, q, "dkim_only", split[SPLIT_DKIM_ONLY], partial_href(w, PARAM_DKIM_ALIGNED), TRUST_PARTIAL, "SPF missing");
	quad_cell(w, q, "neither", counts_failing(&w->o->all), neither_href, TRUST_UNTRUSTED,
		  counts_failing(&w->o->all) == class_of(w->o, TRUST_UNTRUSTED) ? "untrusted" : "failed both");
}

/* --- where it came from --- */

static void say_rehearsal(struct paint *w, struct value *note)
{
	const struct value *of = view_at(w->data, "rehearsal"), *after = of != NULL ? view_at(of, "after") : NULL;

	if (of == NULL)
		return;
	page_say(w->p, note, arena_printf(w->p->a, " A rehearsal of quarantine is predicted to leave %s: ", format_share_text(w->p->a, after->n, after->of)));
	page_say_link(w->p, note, SLICE("what each step would do"), page_link_to(w->p, "/rollout", &w->p->params));
	page_say(w->p, note, ".");
}

static const char *cause_note(struct page *p, enum cause c, struct slice source, int64_t unnamed)
{
	static const char *const notes[CAUSES] = {
		[CAUSE_LIST] = "From is kept and the message changed, so neither check survives",
		[CAUSE_ARC] = "The receiver delivered because ARC said a check had passed one hop earlier",
		[CAUSE_OURS] = "Systems of ours that neither check covers",
		[CAUSE_SERVICE] = "Sent for us from outside, without SPF or DKIM of ours",
		[CAUSE_FORWARDER] = "Sent on by a named forwarder; no ARC reason given",
		[CAUSE_UNKNOWN] = "No rule names these addresses",
	};

	if (c >= CAUSES)
		return NULL;
	if (c == CAUSE_UNKNOWN && unnamed > 0)
		return arena_printf(p->a, "%s that no rule names", page_plural(p->a, unnamed, "address", "addresses"));
	if (source.len == 0)
		return notes[c];
	return arena_printf(p->a, "%s; most through %.*s", notes[c], (int)format_cut(source, FORMAT_SCREEN_CHARS),
			    source.ptr);
}

/* How the messages of a line moved; NULL where nothing is compared. */
static const char *change_of_item(struct page *p, const struct value *item)
{
	if (!p->compare.on)
		return NULL;
	return format_change_text(p->a, view_int(item, "compare.now.messages"), view_int(item, "compare.before.messages"));
}

static void lengths(struct paint *w, struct value *list)
{
	int64_t longest = 0;

	for (struct value *item = list->first; item != NULL; item = item->next)
		if (view_int(item, "messages") > longest)
			longest = view_int(item, "messages");
	for (struct value *item = list->first; item != NULL; item = item->next)
		put(w, view_hints(w->p->a, item), "w", page_percent(w->p->a, view_int(item, "messages"), longest));
}

static bool has_unknown(const struct value *causes)
{
	for (const struct value *item = causes->first; item != NULL; item = item->next)
		if (overview_cause_of(view_text(item, "key")) == CAUSE_UNKNOWN)
			return true;
	return false;
}

static void causes(struct paint *w)
{
	struct value *list = find(w->data, "untrusted_by_cause"), *hints, *note;
	static const struct slice listed = WORD("list"), pass = WORD("pass");
	struct params both = w->p->params;

	for (struct value *item = list->first; item != NULL; item = item->next) {
		hints = view_hints(w->p->a, item);
		put(w, hints, "note",
		    cause_note(w->p, overview_cause_of(view_text(item, "key")), view_text(item, "source"), w->v->unnamed));
		put(w, hints, "change", change_of_item(w->p, item));
		page_number(w->p, hints, "number", view_int(item, "messages"), NULL,
			    cause_href(w->p, view_text(item, "key")), NULL);
	}
	lengths(w, list);
	note = view_put_list(w->p->a, w->page, "cause_note");
	page_say(w->p, note, "Each message is counted once, by the first rule that fits. ");
	page_say_number(w->p, note, w->o->list_and_arc, NULL,
			param_narrow(w->p->a, &both, PARAM_CAUSE, &listed, 1) &&
					param_narrow(w->p->a, &both, PARAM_ARC, &pass, 1)
				? page_link_to(w->p, "/records", &both)
				: (struct slice){ 0 });
	page_say(w->p, note,
		 " came through a list and had ARC vouching for them, too. ARC is read from the receiver’s own "
		 "reason, local_policy: arc=pass.");
	source_say_spoofing(w->p, note, TRUST_UNTRUSTED, has_unknown(list) ? w->v->spoofing : 0, "the unknown");
	if (chosen_class(w->p) == TRUST_CLASSES)
		say_whys(w, note);
	say_rehearsal(w, note);
}

/* --- what to do next --- */

/* The messages that a step helps. */
static struct slice step_href(struct paint *w, const struct ranked_remedy *step)
{
	static const struct slice no = WORD("0");
	struct params params = w->p->params;
	bool fits = param_narrow(w->p->a, &params, PARAM_SOURCE, &step->source->key, 1);

	if (step->remedy->rows == ROWS_FAILING)
		fits = fits && param_narrow_failing(w->p->a, &params);
	else if (step->remedy->rows != ROWS_ALL)
		fits = fits && param_narrow(w->p->a, &params, step->remedy->rows == ROWS_WITHOUT_DKIM ? PARAM_DKIM_ALIGNED : PARAM_SPF_ALIGNED, &no, 1);
	return fits ? page_link_to(w->p, "/records", &params) : (struct slice){ 0 };
}

/* Where it is done: the page that the rule names, or the sender's own. */
static struct slice place_of(struct paint *w, const struct ranked_remedy *step)
{
	if (step->remedy->path != NULL)
		return page_link_to(w->p, step->remedy->path, &w->p->params);
	return source_href(w->p, &w->v->rules, step->source->id > 0 ? step->source->key : (struct slice){ 0 });
}

static void put_step(struct paint *w, struct value *item, const struct ranked_remedy *step, int place)
{
	struct value *hints = view_hints(w->p->a, item), *says = view_put_list(w->p->a, hints, "t_says");
	int64_t total = counts_total(&step->source->counts);

	put(w, hints, "t_place", arena_printf(w->p->a, "%d", place));
	page_say_number(w->p, says, step->gain, NULL, step_href(w, step));
	page_say(w->p, says, arena_printf(w->p->a, step->gain == total ? " %s. " : " of its %s. ", step->gain == total ?
		 (total == 1 ? "message, all of it" : "messages, all of its mail") : page_plural(w->p->a, total, "message", "messages")));
	page_say(w->p, says, step->remedy->why);
	view_put_link(w->p->a, hints, "t_href", place_of(w, step));
	view_put_text(w->p->a, hints, "t_where",
		      step->remedy->path != NULL ? slice_of(strcmp(step->remedy->path, "/rollout") == 0 ? "Rollout" : "Lists & ARC") :
		      step->source->id > 0 ? step->source->label : SLICE("See who they are"));
}

static void todo(struct paint *w)
{
	struct value *todo;
	int place = 0;

	if (w->v->steps == 0)
		return;
	for (struct value *item = find(w->data, "next_steps")->first; item != NULL; item = item->next, place++)
		put_step(w, item, &w->v->step[place], place + 1);
	todo = view_put_object(w->p->a, w->page, "todo");
	view_put_link(w->p->a, todo, "t_all_href", page_link_to(w->p, "/sources", &w->p->params));
	put(w, todo, "t_all", w->v->steps > OVERVIEW_STEPS ? arena_printf(w->p->a, "All %d", (int)w->v->steps) : "All sources");
}

/* --- by day --- */

static const char *weekday_or_day(struct paint *w, int64_t day)
{
	static const char *const names[] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday" };

	return w->p->filter.last_day - w->p->filter.first_day < 7 ? names[text_civil(day).weekday] : format_day_short(w->p->a, day);
}

static void say_missing(struct paint *w, struct value *list, const struct coverage_day *day)
{
	page_say(w->p, list, arena_printf(w->p->a, "%d of %s (", (int)day->missing_count,
					  page_plural(w->p->a, (int64_t)day->expected, "receiver", "receivers")));
	for (size_t i = 0; i < day->missing_count && i < NAMED; i++)
		page_say(w->p, list, arena_printf(w->p->a, "%s%.*s", i > 0 ? ", " : "", (int)format_cut(day->missing[i]->name, FORMAT_SCREEN_CHARS),
						  day->missing[i]->name.ptr));
	page_say(w->p, list, day->missing_count > NAMED ? " and others)" : ")");
	page_say(w->p, list, day->missing_count == 1 ? " has not sent its report for it." : " have not sent their report for it.");
}

/* Days that are not complete, the last first. */
static void say_open(struct paint *w)
{
	const struct coverage *c = &w->v->coverage;
	struct value *list;
	size_t said = 0;

	if (c->incomplete == 0)
		return;
	list = view_put_list(w->p->a, view_put_object(w->p->a, w->page, "open_days"), "says");
	for (size_t i = c->n; i-- > 0 && said < OPEN_TOLD;) {
		const struct coverage_day *day = &c->day[i];
		bool late = day->day > w->p->state.last_day - LATE_DAYS;

		if (day->complete)
			continue;
		page_say_strong(w->p, list, arena_printf(w->p->a, "%s%s %s. ", said > 0 ? " " : "", weekday_or_day(w, day->day),
							 late ? "may still grow" : "is not complete"));
		say_missing(w, list, day);
		if (said++ == 0 && late && w->v->usual_delay_s > 0)
			page_say(w->p, list, arena_printf(w->p->a, " They usually arrive within %d hours.", (int)(w->v->usual_delay_s / HOUR_S + 1)));
	}
	if (c->incomplete > said)
		page_say(w->p, list, arena_printf(w->p->a, " So are %s more.", page_plural(w->p->a, (int64_t)(c->incomplete - said), "day", "days")));
}

static void by_day(struct paint *w)
{
	struct chart c;

	chart_init(w->p, &c);
	chart_fill(&c, &w->o->by_day);
	chart_mark_policies(w->p->a, &c, &w->v->seen);
	c.notes = w->v->notes;
	if (w->p->compare.on)
		chart_fill_then(&c, &w->v->then.by_day, w->p->compare.first_day);
	for (size_t i = 0; !c.by_month && i < c.n; i++) {
		c.bar[i].open = i < w->v->coverage.n && !w->v->coverage.day[i].complete;
		c.bar[i].is_long = w->o->long_days[i];
	}
	chart_put(w->p, &c, w->page);
	put(w, w->page, "by_what", chart_title(&c));
	put(w, w->page, "by_scale", chart_scale(w->p, &c));
	say_open(w);
	if (w->o->long_reports > 0)
		put(w, w->page, "long_reports",
		    arena_printf(
			    w->p->a,
			    w->o->by_month ? "%s of %s cover more than 26 hours. All their messages are counted on the day they begin." :
					     "%s of %s cover more than 26 hours. All their messages are counted on the day they begin, which is hatched.",
			    format_count_text(w->p->a, w->o->long_reports),
			    page_plural(w->p->a, w->o->reports, "report", "reports")));
}

/* --- the lists --- */

/* Words beside a heading that lead to a page of ours, where there is one. */
static void more(struct paint *w, const char *key, const char *path, const char *says)
{
	struct value *more = view_put_object(w->p->a, w->page, key);

	put(w, more, "more_says", says);
	view_put_link(w->p->a, more, "more_href",
		      route_page_kind(path) != 0 ? page_link_to(w->p, path, &w->p->params) : (struct slice){ 0 });
}

static void lists(struct paint *w)
{
	overview_put_grids(w->p, w->v, w->data, w->page);
	if (w->o->by_reporter.n > 0) {
		put(w, w->page, "largest_share", format_share_text(w->p->a, counts_total(&w->o->by_reporter.item[0].counts), counts_total(&w->o->all)));
		view_put_text(w->p->a, w->page, "largest", w->o->by_reporter.item[0].label);
	}
	more(w, "more_reports", "/reports", w->o->reports < 0 ? "Reports" : page_plural(w->p->a, w->o->reports, "report", "reports"));
	more(w, "more_sources", "/sources", page_is_scoped(w->p) ? "All sources" : "All sources and rules");
	more(w, "more_domains", "/domains", page_plural(w->p->a, (int64_t)w->o->domains, "domain", "domains"));
}

/* --- the page --- */

static void paint_all(struct paint *w)
{
	enum trust t = chosen_class(w->p);
	bool narrowed = w->p->params.value[PARAM_CLASS].n > 0;

	headline(w);
	lede(w);
	young(w);
	class_bar(w);
	view_put_bool(w->p->a, w->page, "narrowed", narrowed);
	if (t < TRUST_CLASSES)
		put(w, w->page, "meaning", class_meaning(t));
	if (!narrowed) {
		todo(w);
		tiles(w);
		quad(w);
	}
	put(w, w->page, "untrusted_says", format_count_text(w->p->a, class_of(w->o, TRUST_UNTRUSTED)));
	page_number(w->p, w->page, "untrusted_rows", class_of(w->o, TRUST_UNTRUSTED), NULL, rows_of_class(w->p, TRUST_UNTRUSTED), NULL);
	view_put_bool(w->p->a, w->page, "has_untrusted", class_of(w->o, TRUST_UNTRUSTED) > 0);
	page_number(w->p, w->page, "rows", counts_total(&w->o->all),
		    page_plural(w->p->a, w->o->all.rows, "row", "rows"), all_rows(w->p), NULL);
	causes(w);
	by_day(w);
	lists(w);
}

int overview_page(struct page *p, const struct overview_view *v, struct view *out, struct err *err)
{
	struct paint w = { .p = p, .o = &v->o, .v = v, .data = out->data };

	if (page_begin(p, out, "Overview", v->o.reporters, "overview", err) != 0)
		return -1;
	if (out->empty)
		return 0;
	w.page = out->page;
	paint_all(&w);
	return 0;
}
