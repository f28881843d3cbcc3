/* page_rollout: what happens if we change the policy, are we ready (UX 7.2): the page, its parts by sender, receiver and department,
 * and `ruad rollout`. Neighbours: rollout.h. */
#include "web/rollout.h"

#include "web/card.h"

#include <stdlib.h>

int page_rollout(struct page *p, struct view *out, struct param_errors *errors, struct err *err)
{
	struct rollout *v = arena_alloc(p->a, sizeof *v);

	if (page_has_data(p) && page_ask(p, rollout_ask, v, err) != 0)
		return -1;
	out->envelope = page_envelope(p, &v->all);
	out->empty = v->flows == 0;
	out->not_ready = p->params.value[PARAM_STEP].n > 0 && (v->flows == 0 || v->step[v->chosen].readiness.verdict != READINESS_READY);
	rollout_put(p, out, v);
	rollout_say(p, out, v);
	return p->html ? rollout_cards(p, out, v, err) : 0;
}

/* --- by sender, receiver and department --- */

static const struct column part_columns[] = {
	{ "label", "Who", LOOK_NAME, true },
	{ "owner", "Owner", LOOK_TEXT, .beneath = true },
	{ "policy", "Policy then", LOOK_TEXT, .beneath = true },
	{ "failing", "Failing", LOOK_NUMBER, true },
	{ "moved_low", "Moved, at least", LOOK_NUMBER, true },
	{ "moved_high", "at most", LOOK_NUMBER, true },
	{ "wanted_high", "Of these wanted, at most", LOOK_NUMBER, true },
	{ "leaves", "From rewritten", LOOK_NUMBER },
	{ "vouched", "Let pass by receivers", LOOK_NUMBER },
	{ "worst", "At worst", LOOK_NUMBER },
	{ "share_acted", "Share acted on", LOOK_TEXT, true },
	{ "wanted_low", "Wanted, at least", LOOK_NUMBER, .off_page = true },
	{ "what", "What happens", LOOK_TAG },
	{ "key", "Key", LOOK_TEXT, .off_page = true },
};
enum part { PART_SOURCE, PART_RECEIVER, PART_DEPARTMENT, PARTS };
enum { PARTS_SHOWN = 500 /* lines of one list on a page; exports have all */ };
#define SHEET(key, title) { key, title, part_columns, sizeof part_columns / sizeof *part_columns, .partial = true }
static const struct sheet part_sheets[PARTS] = {
	[PART_SOURCE] = SHEET("sources", "By sender"),
	[PART_RECEIVER] = SHEET("receivers", "By receiver"),
	[PART_DEPARTMENT] = SHEET("departments", "By department: the domain in From"),
};
#undef SHEET
static const enum param part_params[PARTS] = { PARAM_SOURCE, PARAM_REPORTER, PARAM_DOMAIN };

static size_t part_key(const void *ctx, const struct forecast_flow *flow)
{
	const enum part *part = ctx;

	return *part == PART_SOURCE ? flow->source : *part == PART_RECEIVER ? flow->receiver : flow->domain;
}

static size_t part_size(const struct rollout *v, enum part part)
{
	return part == PART_SOURCE ? v->sources : part == PART_RECEIVER ? v->receivers : v->froms;
}

static struct slice part_name(const struct rollout *v, enum part part, size_t i, struct slice *label)
{
	struct slice key = part == PART_SOURCE ? v->source[i].key : part == PART_RECEIVER ? v->receiver[i] : v->from[i];

	*label = part == PART_SOURCE ? v->source[i].label : key;
	return key;
}

static struct slice part_owner(const struct page *p, const struct rollout *v, enum part part, size_t i)
{
	if (part == PART_RECEIVER)
		return (struct slice){ 0 };
	return part == PART_SOURCE ? v->source[i].owner : domain_owner_of(p->owners, v->from[i]);
}

/* What would hold for mail From a department: a record of its own stays as it is. */
static struct slice part_policy(struct page *p, const struct rollout *v, enum part part, size_t i)
{
	enum step s = part == PART_DEPARTMENT ? v->step[v->chosen].of_domain[i] : STEP_UNKNOWN;

	if (s == STEP_UNKNOWN)
		return (struct slice){ 0 };
	return slice_of(v->own[i] ? arena_printf(p->a, "%s, by a record of its own", step_label(s)) : step_label(s));
}

static void put_part_row(struct page *p, struct value *list, const struct rollout *v, enum part part, size_t i, const struct forecast_sum *s)
{
	struct want failing = want_failing(p, &v->want), w;
	struct value *row = view_add_object(p->a, list);
	struct slice label, key = part_name(v, part, i, &label);

	w = want_any(p, &failing, part_params[part], &key, 1);
	view_put_text(p->a, row, "key", key);
	view_put_text(p->a, row, "label", label);
	view_put_text(p->a, row, "owner", part_owner(p, v, part, i));
	view_put_text(p->a, row, "policy", part_policy(p, v, part, i));
	rollout_put_sum(p, row, s);
	view_put_text(p->a, row, "what", slice_of(forecast_what_name(forecast_what_of(s))));
	sheet_link(p, row, "failing", want_rows(p, &w));
}

struct part_shown { /* of all lines so many stand on a page */
	size_t n, all;
};

struct ranked_part {
	size_t at;
	int64_t failing;
};

static int most_failing_first(const void *a, const void *b)
{
	const struct ranked_part *x = a, *y = b;

	return x->failing != y->failing ? (x->failing > y->failing ? -1 : 1) : x->at < y->at ? -1 : x->at > y->at;
}

/* Those with failing mail, most first. */
static void put_part(struct page *p, struct value *data, const struct rollout *v, enum part part, struct part_shown *shown)
{
	const struct rollout_step *step = &v->step[v->chosen];
	struct forecast_ask ask = rollout_what_if(v, step);
	size_t n = part_size(v, part), ranked = 0;
	const struct forecast_sum *sums = forecast_by(p->a, &ask, part_key, &part, n);
	struct ranked_part *rank = arena_array(p->a, n + 1, sizeof *rank);
	struct value *list = view_put_list(p->a, data, part_sheets[part].key);

	for (size_t i = 0; i < n; i++)
		if (sums[i].failing > 0)
			rank[ranked++] = (struct ranked_part){ i, sums[i].failing };
	qsort(rank, ranked, sizeof *rank, most_failing_first);
	shown[part] = (struct part_shown){ p->html && !page_exports(p) && ranked > PARTS_SHOWN ? PARTS_SHOWN : ranked, ranked };
	for (size_t i = 0; i < shown[part].n; i++)
		put_part_row(p, list, v, part, rank[i].at, &sums[rank[i].at]);
}

static void say_parts(struct page *p, struct view *out, const struct rollout *v)
{
	const struct rollout_step *s = &v->step[v->chosen];
	struct value *h = page_headline(p, out), *lede = page_lede(p, out);
	struct want failing = want_failing(p, &v->want);

	page_say(p, h, v->flows == 0 ? "No mail to say anything about" : "Who loses what at ");
	if (v->flows == 0)
		return;
	page_say(p, h, step_label(s->step));
	page_say_number(p, lede, counts_failing(&v->all), NULL, want_rows(p, &failing));
	page_say(p, lede, arena_printf(p->a, " messages From %.*s and below failed. What would have become of them under ", (int)v->domain.len, v->domain.ptr));
	page_say_strong(p, lede, arena_printf(p->a, "%.*s", (int)s->publish.text.len, s->publish.text.ptr));
	page_say(p, lede, ", as far as lists do what their software is known to do, and receivers what they did until now.");
}

int page_rollout_steps(struct page *p, struct view *out, struct param_errors *errors, struct err *err)
{
	struct rollout *v = arena_alloc(p->a, sizeof *v);
	struct part_shown shown[PARTS] = { { 0, 0 } };

	v->of_flows = true;
	if (page_has_data(p) && page_ask(p, rollout_ask, v, err) != 0)
		return -1;
	out->envelope = page_envelope(p, &v->all);
	out->empty = v->flows == 0;
	out->data = view_object(p->a);
	view_put_text(p->a, out->data, "domain", v->domain);
	for (int part = 0; part < PARTS; part++) {
		if (v->flows > 0)
			put_part(p, out->data, v, (enum part)part, shown);
		view_add_sheet(out, &part_sheets[part]);
	}
	sheets_are_table(p, out);
	say_parts(p, out, v);
	if (!p->html || page_begin(p, out, "What each step would do", 0, "cards", err) != 0 || out->empty)
		return p->html && out->page == NULL ? -1 : 0;
	for (int part = 0; part < PARTS; part++) {
		struct value *card = card_add(p, out->page, part_sheets[part].key, part_sheets[part].title, CARD_WHOLE);

		card_first(p, card, (int64_t)shown[part].n, (int64_t)shown[part].all);
		if (part == PART_RECEIVER && v->too_many)
			page_say(p, card_says(p, card), "There are too many names and receivers in these days to tell receivers apart: choose fewer days.");
		card_table(p, card, &part_sheets[part], view_at(out->data, part_sheets[part].key), "No mail failed.");
		if (part == PART_SOURCE)
			page_say(p, card_note(p, card), "All failing mail of a sender, also what receivers let pass: the planner counts that in a group of its own.");
	}
	return 0;
}
