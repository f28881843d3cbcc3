/* page_measured: did the change of a policy do what was predicted (UX 7.2): failing mail before and after it, at the same receivers on
 * the same days of the week, with the prediction beside the outcome. Neighbours: measured.h gathers, schema/transition.h judges. */
#include "web/measured.h"

#include "schema/limits.h"
#include "web/card.h"
#include "web/domain.h"
#include "web/format.h"
#include "web/lists.h"
#include "web/phases.h"
#include "web/route.h"

enum { NAMED = 5, LINES_SHOWN = 40 };

static const struct column share_columns[] = {
	{ "label", "When", LOOK_NAME, true },
	{ "days", "Days", LOOK_TEXT, .beneath = true },
	{ "bar", "Bar length = messages", LOOK_BAR },
	{ "failing", "Failing", LOOK_NUMBER, true },
	{ "messages", "Messages", LOOK_NUMBER, true },
	{ "failing_share", "Share", LOOK_NUMBER, true },
	{ "fully_trusted", "Fully trusted", LOOK_NUMBER, .off_page = true },
	{ "partially_trusted", "Partially trusted", LOOK_NUMBER, .off_page = true },
	{ "untrusted", "Untrusted", LOOK_NUMBER, .off_page = true },
	{ "quarantined", "Quarantined", LOOK_NUMBER, .off_page = true },
	{ "rejected", "Rejected", LOOK_NUMBER, .off_page = true },
	{ "key", "Key", LOOK_TEXT, .off_page = true },
};
static const struct column group_columns[] = {
	{ "label", "Group", LOOK_NAME, true },
	{ "what", "Kind", LOOK_TEXT, .beneath = true },
	{ "before", "Failed before", LOOK_NUMBER, true },
	{ "before_a_day", "Before, a day", LOOK_TEXT, .beneath = true },
	{ "expected", "Expected", LOOK_NUMBER, true },
	{ "predicted", "Predicted", LOOK_NUMBER, true },
	{ "predicted_a_day", "Predicted, a day", LOOK_TEXT, .beneath = true },
	{ "after", "Failed after", LOOK_NUMBER, true },
	{ "after_a_day", "After, a day", LOOK_TEXT, .beneath = true },
	{ "residual", "More than predicted", LOOK_NUMBER },
	{ "ratio", "Of the expected", LOOK_NUMBER, true },
	{ "between", "Likely between", LOOK_TEXT, .beneath = true },
	{ "outcome_words", "Outcome", LOOK_TAG, true },
	{ "missing", "What is missing", LOOK_TEXT, .beneath = true },
	{ "receivers", "Receivers", LOOK_NUMBER },
	{ "outcome", "Outcome by name", LOOK_TEXT, .off_page = true },
	{ "ratio_low", "Ratio at least", LOOK_NUMBER, .off_page = true },
	{ "ratio_high", "Ratio at most", LOOK_NUMBER, .off_page = true },
	{ "key", "Key", LOOK_TEXT, .off_page = true },
};
static const struct column receiver_columns[] = {
	{ "label", "Receiver", LOOK_NAME, true },
	{ "compared", "Compared", LOOK_TEXT, true },
	{ "old_last_seen", "Old policy last seen", LOOK_DAY, true },
	{ "change_day", "Change day", LOOK_DAY, true },
	{ "sound_before", "Sound mail before", LOOK_NUMBER, true },
	{ "sound_after", "Sound mail after", LOOK_NUMBER, true },
	{ "scale", "After of before", LOOK_NUMBER },
	{ "acted", "Acted on in the rehearsal", LOOK_NUMBER, true },
	{ "why", "Compared, by name", LOOK_TEXT, .off_page = true },
};
#define SHEET(key, title, columns) { key, title, columns, sizeof columns / sizeof *columns, .partial = true }
static const struct sheet share_sheet = SHEET("shares", "Before and after", share_columns),
			  group_sheet = SHEET("groups", "What moved", group_columns),
			  receiver_sheet = SHEET("receivers", "Which receivers are compared", receiver_columns);
#undef SHEET

static bool is_measured(const struct measured *m)
{
	return m->at < m->changes && m->days.after.days > 0;
}

static int64_t rounded(double n)
{
	return (int64_t)(n + (n < 0 ? -0.5 : 0.5));
}

/* "52.7 a day". */
static const char *a_day(struct page *p, double n, const struct transition_span *of)
{
	double each = n / (double)of->days;

	if (n == 0)
		return "0 a day";
	return each < 1000 ? arena_printf(p->a, "%.1f a day", each) : arena_printf(p->a, "%s a day", format_count_text(p->a, rounded(each)));
}

/* "List, LISTSERV". */
static const char *kind_words(struct page *p, const struct measured_line *l)
{
	const char *software = list_software_label(l->software);

	return l->kind == KIND_LIST && software != NULL ? arena_printf(p->a, "%s, %s", page_kind_label(l->kind), software) : page_kind_label(l->kind);
}

static const char *span_words(struct page *p, const struct transition_span *s)
{
	return format_range(p->a, s->first, s->first + s->days - 1);
}

/* --- data --- */

static void put_change(struct page *p, struct value *data, const struct measured *m)
{
	struct value *o = view_put_object(p->a, data, "change");
	const struct measured_change *c = m->at < m->changes ? &m->change[m->at] : NULL;

	view_put_text(p->a, o, "policy_domain", m->domain);
	view_put_text(p->a, o, "from", slice_of(c != NULL ? step_name(c->from) : NULL));
	view_put_text(p->a, o, "to", slice_of(c != NULL ? step_name(c->to) : NULL));
	view_put_text(p->a, o, "policy", slice_of(c != NULL ? phases_policy_words(p->a, &m->policy) : NULL));
	view_put_known(p->a, o, "days_before", c != NULL ? m->days.before.days : -1);
	view_put_known(p->a, o, "days", c != NULL ? m->days.after.days : -1);
	view_put_known(p->a, o, "receivers", c != NULL ? (int64_t)m->receivers : -1);
	view_put_known(p->a, o, "compared", c != NULL ? (int64_t)m->compared : -1);
	if (c == NULL)
		return;
	view_put_day(p->a, o, "change_first", m->days.change_first);
	view_put_day(p->a, o, "change_last", m->days.change_last);
	if (m->days.after.days == 0)
		return;
	view_put_day(p->a, o, "before_from", m->days.before.first);
	view_put_day(p->a, o, "before_to", m->days.before.first + m->days.before.days - 1);
	view_put_day(p->a, o, "after_from", m->days.after.first);
	view_put_day(p->a, o, "after_to", m->days.after.first + m->days.after.days - 1);
	view_put_int(p->a, o, "sampled_out", m->sampled);
	view_put_int(p->a, o, "policy_test_mode", m->testing);
	view_put_int(p->a, o, "arc", m->arc);
}

static struct counts predicted_of(const struct measured *m)
{
	struct counts c = m->before_all;
	int64_t left = m->leaves;

	for (int i = 0; i < SPLITS; i++) {
		int64_t n = i < SPLIT_UNTRUSTED ? 0 : c.split[i] < left ? c.split[i] : left;

		c.split[i] -= n;
		left -= n;
	}
	return c;
}

static void put_share(struct page *p, struct value *list, const char *key, const char *label, const char *days, const struct counts *c,
		      const struct want *rows)
{
	struct value *row = view_add_object(p->a, list);
	struct want failing;

	view_put_text(p->a, row, "key", slice_of(key));
	view_put_text(p->a, row, "label", slice_of(label));
	view_put_text(p->a, row, "days", slice_of(days));
	view_put_int(p->a, row, "failing", counts_failing(c));
	page_put_counts(p->a, row, c);
	view_put_share(p->a, row, "failing_share", counts_failing(c), counts_total(c));
	if (!p->html || rows == NULL)
		return;
	failing = want_failing(p, rows);
	sheet_link(p, row, "messages", want_rows(p, rows));
	sheet_link(p, row, "failing", want_rows(p, &failing));
}

static void put_shares(struct page *p, struct value *data, const struct measured *m)
{
	struct value *list = view_put_list(p->a, data, share_sheet.key);
	struct counts predicted = predicted_of(m);

	if (!is_measured(m))
		return;
	put_share(p, list, "before", "Before", span_words(p, &m->days.before), &m->before_all, &m->before);
	put_share(p, list, "predicted", "Predicted", NULL, &predicted, NULL);
	put_share(p, list, "after", "After", span_words(p, &m->days.after), &m->after_all, &m->after);
}

static enum param param_of(enum group_by by)
{
	return by == BY_SOURCE ? PARAM_SOURCE : by == BY_VERDICT ? PARAM_VERDICT : by == BY_DOMAIN ? PARAM_DOMAIN : PARAM_REPORTER;
}

/* Sums do not tell likely spoofing from other unknown mail. */
static struct want of_line(struct page *p, const struct measured *m, const struct measured_line *l, const struct want *w)
{
	const struct slice lists[] = { slice_of(verdict_name(VERDICT_LIST_REWRITES)), slice_of(verdict_name(VERDICT_LIST_KEEPS)),
				       slice_of(verdict_name(VERDICT_LIST_OPEN)) };
	const struct slice unknown[] = { slice_of(verdict_name(VERDICT_UNKNOWN)), slice_of(verdict_name(VERDICT_SPOOFING)) };

	if (m->by == BY_VERDICT && l->judged_as == TRANSITION_OF_LIST)
		return want_any(p, w, PARAM_VERDICT, lists, 3);
	if (m->by == BY_VERDICT && slice_eq(l->key, unknown[0]))
		return want_any(p, w, PARAM_VERDICT, unknown, 2);
	return want_any(p, w, param_of(m->by), &l->key, 1);
}

static void link_line(struct page *p, struct value *row, const struct measured *m, const struct measured_line *l)
{
	struct want before = want_failing(p, &m->before), after = want_failing(p, &m->after);

	before = of_line(p, m, l, &before);
	after = of_line(p, m, l, &after);
	sheet_link(p, row, "before", want_rows(p, &before));
	sheet_link(p, row, "after", want_rows(p, &after));
}

static void put_ratio(struct page *p, struct value *row, int64_t after, const struct transition_result *r)
{
	const struct { const char *key; double n; } parts[] = { { "ratio_low", r->low }, { "ratio_high", r->high } };

	if (r->expected > 0)
		view_put_share(p->a, row, "ratio", after, rounded(r->expected));
	else
		view_put_text(p->a, row, "ratio", (struct slice){ 0 });
	for (size_t i = 0; i < 2; i++)
		if (r->expected > 0)
			view_put_share(p->a, row, parts[i].key, rounded(parts[i].n * 1000), 1000);
		else
			view_put_text(p->a, row, parts[i].key, (struct slice){ 0 });
	view_put_text(p->a, row, "between", slice_of(r->expected > 0 ? arena_printf(p->a, "%s – %s", format_share_text(p->a, rounded(r->low * 1000), 1000),
										    format_share_text(p->a, rounded(r->high * 1000), 1000)) : NULL));
}

static void put_line(struct page *p, struct value *list, const struct measured *m, const struct measured_line *l)
{
	struct value *row = view_add_object(p->a, list);
	double left = l->result.expected - l->leaves, predicted = left > 0.05 ? left : 0; /* sums of fractions are off by a little */

	view_put_text(p->a, row, "key", l->key);
	view_put_text(p->a, row, "label", l->label);
	view_put_text(p->a, row, "what", slice_of(m->by == BY_SOURCE ? kind_words(p, l) : NULL));
	view_put_int(p->a, row, "before", l->group.failing_before);
	view_put_text(p->a, row, "before_a_day", slice_of(a_day(p, (double)l->group.failing_before, &m->days.before)));
	view_put_int(p->a, row, "expected", rounded(l->result.expected));
	view_put_int(p->a, row, "predicted", rounded(predicted));
	view_put_text(p->a, row, "predicted_a_day", slice_of(a_day(p, predicted, &m->days.after)));
	view_put_int(p->a, row, "after", l->group.failing_after);
	view_put_text(p->a, row, "after_a_day", slice_of(a_day(p, (double)l->group.failing_after, &m->days.after)));
	view_put_int(p->a, row, "residual", l->group.failing_after - rounded(predicted));
	put_ratio(p, row, l->group.failing_after, &l->result);
	view_put_text(p->a, row, "outcome", slice_of(transition_outcome_name(l->result.outcome)));
	view_put_text(p->a, row, "outcome_words", slice_of(transition_outcome_words(l->result.outcome)));
	view_put_text(p->a, row, "missing", slice_of(l->result.missing));
	view_put_int(p->a, row, "receivers", (int64_t)l->group.receivers);
	if (p->html)
		link_line(p, row, m, l);
}

static int64_t acted_by(const struct measured *m, struct slice receiver)
{
	for (size_t i = 0; i < m->acted.n; i++)
		if (slice_eq(m->acted.item[i].key, receiver))
			return counts_total(&m->acted.item[i].counts);
	return 0;
}

static void put_day(struct page *p, struct value *row, const char *key, bool known, int64_t day)
{
	if (known)
		view_put_day(p->a, row, key, day);
	else
		view_put_text(p->a, row, key, (struct slice){ 0 });
}

static void put_receiver(struct page *p, struct value *list, const struct measured *m, size_t i)
{
	const struct transition_receiver *r = &m->seen[i];
	struct value *row = view_add_object(p->a, list);
	struct slice name = m->receiver[i].name;
	bool changed = r->saw_old && r->saw_new, sound = m->days.after.days > 0 && (r->left == TRANSITION_COMPARED || r->left == TRANSITION_THIN);
	struct want acted = want_any(p, &m->acted_rows, PARAM_REPORTER, &name, 1);

	view_put_text(p->a, row, "label", name);
	view_put_text(p->a, row, "compared", slice_of(r->left == TRANSITION_COMPARED && !sound ? NULL : transition_left_words(r->left)));
	put_day(p, row, "old_last_seen", changed && r->messages > 0, r->old_last);
	put_day(p, row, "change_day", changed && r->messages > 0, r->new_first);
	view_put_known(p->a, row, "sound_before", sound ? r->sound_before : -1);
	view_put_known(p->a, row, "sound_after", sound ? r->sound_after : -1);
	if (sound && r->sound_before > 0)
		view_put_share(p->a, row, "scale", r->sound_after, r->sound_before);
	else
		view_put_text(p->a, row, "scale", (struct slice){ 0 });
	view_put_int(p->a, row, "acted", acted_by(m, name));
	view_put_text(p->a, row, "why", slice_of(transition_left_name(r->left)));
	if (p->html && acted_by(m, name) > 0)
		sheet_link(p, row, "acted", want_rows(p, &acted));
}

static struct value *make_data(struct page *p, const struct measured *m)
{
	struct value *data = view_object(p->a), *list;

	put_change(p, data, m);
	put_shares(p, data, m);
	list = view_put_list(p->a, data, group_sheet.key);
	for (size_t i = 0; i < m->lines && (!p->html || i < LINES_SHOWN); i++)
		put_line(p, list, m, &m->line[i]);
	list = view_put_list(p->a, data, receiver_sheet.key);
	for (size_t i = 0; i < m->receivers; i++)
		put_receiver(p, list, m, i);
	return data;
}

/* --- words --- */

static const char *step_words(const struct measured *m)
{
	return step_label(m->change[m->at].to);
}

static void say_headline(struct page *p, struct value *h, const struct measured *m)
{
	const struct counts *b = &m->before_all, *a = &m->after_all;
	enum transition_outcome o = m->total.result.outcome;

	if (m->at == m->changes)
		page_say(p, h, "No change of policy in these days");
	else if (m->days.after.days == 0)
		page_say(p, h, arena_printf(p->a, "%s: too few days to tell what it did", step_words(m)));
	else if (o == TRANSITION_TOO_LITTLE)
		page_say(p, h, arena_printf(p->a, "%s: too little data to tell what it did", step_words(m)));
	else
		page_say(p, h, arena_printf(p->a, "%s: failing mail %s %s to %s", step_words(m),
					    o == TRANSITION_FELL ? "fell from" : o == TRANSITION_ROSE ? "rose from" : "went from",
					    format_share_text(p->a, counts_failing(b), counts_total(b)),
					    format_share_text(p->a, counts_failing(a), counts_total(a))));
}

static void say_days(struct page *p, struct value *lede, const struct measured *m)
{
	const struct transition_days *d = &m->days;
	const char *left = d->change_first == d->change_last ?
				   format_day_short(p->a, d->change_first) :
				   arena_printf(p->a, "%s", format_range(p->a, d->change_first, d->change_last));

	page_say(p, lede, arena_printf(p->a, "Policy of %.*s: %s. The first report that says so covers %s. ", (int)format_cut(m->domain, FORMAT_SCREEN_CHARS),
				       m->domain.ptr, phases_policy_words(p->a, &m->policy), format_day_short(p->a, m->change[m->at].first_day)));
	if (d->after.days == 0) {
		page_say(p, lede, "There are no days before and after it, on the same days of the week, on which most receivers saw one policy each.");
		return;
	}
	page_say_slice(p, lede, slice_of(arena_printf(p->a, "Compared: %s with %s, the same days of the week%s, at the same %s. Left out: %s, when some saw "
							    "the old policy and some the new one. ",
						      span_words(p, &d->before), span_words(p, &d->after),
						      d->before.days != d->after.days ? " and whole weeks more" : "",
						      page_plural(p->a, (int64_t)m->compared, "receiver", "receivers"), left)));
	if (m->own_only)
		page_say(p, lede, "The policy for sub-domains did not change with it: only mail From the domain itself is compared. ");
}

static void say_prediction(struct page *p, struct value *lede, const struct measured *m)
{
	int64_t u = counts_failing(&m->before_all), t = counts_total(&m->before_all), l = m->leaves;

	if (!is_measured(m))
		return;
	if (l > 0)
		page_say_slice(p, lede, slice_of(arena_printf(p->a, "Predicted: %s = (%s − %s) ÷ (%s − %s), had all lists that rewrite From done so.",
							      format_share_text(p->a, u - l, t - l), format_count_text(p->a, u),
							      format_count_text(p->a, l), format_count_text(p->a, t), format_count_text(p->a, l))));
	else
		page_say(p, lede, "Predicted: no change, for no list begins to rewrite From with this step.");
}

static void put_words(struct page *p, struct view *out, const struct measured *m)
{
	struct value *h = page_headline(p, out), *lede = page_lede(p, out);

	say_headline(p, h, m);
	if (m->at == m->changes)
		page_say(p, lede, "Once receivers report that they see another policy, what it did is measured here. Choose more days, or another domain.");
	else {
		say_days(p, lede, m);
		say_prediction(p, lede, m);
	}
}

/* --- the page --- */

/* What was done to mail that the policy asked nobody to touch. */
static void put_alarm(struct page *p, struct value *page, const struct measured *m)
{
	struct value *says;
	int64_t all = 0;

	for (size_t i = 0; i < m->acted.n; i++)
		all += counts_total(&m->acted.item[i].counts);
	if (all == 0)
		return;
	says = view_put_list(p->a, view_put_object(p->a, page, "alarm"), "says");
	page_say_number(p, says, all, page_plural(p->a, all, "message", "messages"), want_rows(p, &m->acted_rows));
	page_say(p, says, all == 1 ? " was" : " were");
	page_say(p, says, " moved to spam or refused in a rehearsal, which asks receivers to hold back. These do not, for they read neither pct nor t, or "
			  "follow rules of their own: ");
	for (size_t i = 0; i < m->acted.n && i < NAMED; i++) {
		const struct group *g = &m->acted.item[i];
		struct want rows = want_any(p, &m->acted_rows, PARAM_REPORTER, &g->key, 1);

		page_say(p, says, arena_printf(p->a, "%s%.*s ", i > 0 ? ", " : "", (int)format_cut(g->label, FORMAT_SCREEN_CHARS / NAMED), g->label.ptr));
		page_say_number(p, says, counts_total(&g->counts), NULL, want_rows(p, &rows));
	}
	if (m->acted.n > NAMED)
		page_say(p, says, arena_printf(p->a, " and %s", page_plural(p->a, (int64_t)m->acted.n - NAMED, "other", "others")));
	page_say(p, says, ". If wanted mail is among them, publish the former record again.");
}

/* Rungs that nobody takes on purpose, such as a part of reject, cannot be asked for. */
static bool can_be_asked(enum step s)
{
	struct slice word;

	for (int i = 0; (word = param_word(PARAM_STEP, i)).ptr != NULL; i++)
		if (slice_is(word, step_name(s)))
			return true;
	return false;
}

static void put_tabs(struct page *p, struct value *page, const struct measured *m)
{
	phases_tabs(p, page, "/rollout/measured");
	for (size_t i = 0; i < m->changes; i++) {
		struct params params;

		if (!can_be_asked(m->change[i].to))
			continue;
		params = param_with(p->a, &p->params, PARAM_STEP, slice_of(step_name(m->change[i].to)));
		page_tab(p, page, arena_printf(p->a, "%s, %s", step_label(m->change[i].to), format_day_month(p->a, m->change[i].first_day)),
			 param_link(p->a, "/rollout/measured", &params), i == m->at);
	}
}

static void say_receivers(struct page *p, struct value *note, const struct measured *m)
{
	int64_t left[TRANSITION_LEFTS] = { 0 };
	const char *comma = " Left out: ";

	for (size_t i = 0; i < m->receivers; i++)
		left[m->seen[i].left]++;
	page_say(p, note, arena_printf(p->a, "Same %s in both.", page_plural(p->a, (int64_t)m->compared, "receiver", "receivers")));
	for (int l = TRANSITION_COMPARED + 1; l < TRANSITION_LEFTS; l++)
		if (left[l] > 0) {
			page_say(p, note, arena_printf(p->a, "%s%s that %s", comma, format_count_text(p->a, left[l]),
						       transition_left_words((enum transition_left)l)));
			comma = ", ";
		}
	page_say(p, note, comma[0] == ',' ? "." : "");
}

static void say_reason(struct page *p, struct value *note, const struct measured *m, const char *words, enum param which, const char *value, int64_t n)
{
	struct want w = want_failing(p, &m->after);

	w = want_word(p, &w, which, value);
	page_say(p, note, words);
	page_say_number(p, note, n, NULL, want_rows(p, &w));
}

static void put_shares_card(struct page *p, struct view *out, const struct measured *m)
{
	struct value *card = card_add(p, out->page, "h-shares", share_sheet.title, CARD_HALF), *note;

	card_table(p, card, &share_sheet, view_at(out->data, share_sheet.key), "Nothing to compare yet.");
	if (!is_measured(m))
		return;
	note = card_note(p, card);
	say_receivers(p, note, m);
	say_reason(p, note, m, " Of the mail that failed afterwards receivers say why they let it pass: sampled_out (they read pct) ", PARAM_REASON,
		   "sampled_out", m->sampled);
	say_reason(p, note, m, ", policy_test_mode (they read t) ", PARAM_REASON, "policy_test_mode", m->testing);
	say_reason(p, note, m, ", ARC ", PARAM_ARC, "pass", m->arc);
	page_say(p, note, ".");
}

/* A list that rewrites, and lets some through. */
static void say_misses(struct page *p, struct value *card, const struct measured *m)
{
	for (size_t i = 0; i < m->lines; i++) {
		const struct measured_line *l = &m->line[i];
		struct want rows = want_failing(p, &m->after);
		struct value *says;

		if (l->result.outcome != TRANSITION_REWRITES || l->group.failing_after == 0 || m->by != BY_SOURCE)
			continue;
		says = card_says(p, card);
		rows = want_any(p, &rows, PARAM_SOURCE, &l->key, 1);
		page_say_number(p, says, l->group.failing_after, page_plural(p->a, l->group.failing_after, "message", "messages"), want_rows(p, &rows));
		page_say(p, says, arena_printf(p->a, " through %.*s still failed. Ask its owner about old servers and about DMARC_NO_REWRITE, which exempts domains.",
					       (int)format_cut(l->label, FORMAT_SCREEN_CHARS), l->label.ptr));
	}
}

static void put_by(struct page *p, struct value *card, const struct measured *m)
{
	static const enum group_by choices[] = { BY_SOURCE, BY_VERDICT, BY_DOMAIN, BY_REPORTER };
	static const char *const labels[] = { "source", "verdict", "From domain", "receiver" };
	struct value *says = card_says(p, card);

	page_say(p, says, "By ");
	for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
		struct params params = param_with(p->a, &p->params, PARAM_BY_FEW, slice_of(group_by_name(choices[i])));

		page_say(p, says, i == 0 ? "" : ", ");
		if (m->by == choices[i])
			page_say_strong(p, says, labels[i]);
		else
			page_say_link(p, says, slice_of(labels[i]), param_link(p->a, "/rollout/measured", &params));
	}
	page_say(p, says, ".");
}

static void put_groups_card(struct page *p, struct view *out, const struct measured *m)
{
	struct value *card = card_add(p, out->page, "h-moved", group_sheet.title, CARD_WHOLE), *note;

	card_table(p, card, &group_sheet, view_at(out->data, group_sheet.key), "Nothing failed, before or after.");
	card_first(p, card, LINES_SHOWN, (int64_t)m->lines);
	if (!is_measured(m))
		return;
	put_by(p, card, m);
	say_misses(p, card, m);
	note = card_note(p, card);
	page_say(p, note, "Expected is what failed before, times what each receiver reports now of mail that passes, and came through no list, of what it "
			  "reported then: so a receiver that was away is not a fall. Predicted is the same without the lists that rewrite From. "
			  "The true ratio lies most likely between the two numbers under it; where these allow both, it is too little data.");
}

static bool is_within(int64_t day, const struct transition_span *s)
{
	return day >= s->first && day < s->first + s->days;
}

static void put_chart_card(struct page *p, struct view *out, const struct measured *m)
{
	struct chart chart;
	struct page q = *p; /* the days of both, and the mail that is compared */
	struct value *card;

	q.params = m->before.params;
	q.filter.first_day = m->days.before.first;
	q.filter.last_day = m->days.after.first + m->days.after.days - 1;
	q.path = "/records";
	q.kind = PAGE_RECORDS;
	chart_init(&q, &chart);
	chart_fill(&chart, &m->chart);
	for (size_t i = 0; i < chart.n; i++)
		chart.bar[i].faded = !chart.by_month && !is_within(chart.bar[i].first_day, &m->days.before) &&
				     !is_within(chart.bar[i].first_day, &m->days.after);
	chart.mark[chart.marks++] = (struct chart_mark){ m->days.change_first, arena_printf(p->a, "%s first seen", step_words(m)) };
	card = card_add(p, out->page, "h-days", chart_title(&chart), CARD_HALF);
	card_chart(&q, card, &chart);
	if (!chart.by_month)
		page_say(p, card_note(p, card), "Faded days are in neither period.");
}

static int put_page(struct page *p, struct view *out, const struct measured *m, struct err *err)
{
	struct value *card;

	if (page_begin(p, out, "Measured", m->compared, "cards", err) != 0)
		return -1;
	if (out->empty)
		return 0;
	put_tabs(p, out->page, m);
	put_alarm(p, out->page, m);
	if (m->at == m->changes)
		return 0;
	put_shares_card(p, out, m);
	if (is_measured(m))
		put_chart_card(p, out, m);
	put_groups_card(p, out, m);
	card = card_add(p, out->page, "h-receivers", receiver_sheet.title, CARD_WHOLE);
	card_table(p, card, &receiver_sheet, view_at(out->data, receiver_sheet.key), "None.");
	return 0;
}

static int ask(struct page *p, struct reader *r, void *ctx, struct err *err)
{
	return measured_ask(p, r, ctx, err);
}

int page_measured(struct page *p, struct view *out, struct param_errors *errors, struct err *err)
{
	struct slice by = param_one(&p->params, PARAM_BY_FEW);
	struct measured m = { .by = by.ptr != NULL ? (enum group_by)group_by_of(by) : BY_SOURCE };

	if (!phases_all_days(p, errors))
		return 0;
	if (page_has_data(p) && page_ask(p, ask, &m, err) != 0)
		return -1;
	out->data = make_data(p, &m);
	out->envelope = page_envelope(p, NULL);
	out->empty = !page_has_data(p);
	view_add_sheet(out, &share_sheet);
	view_add_sheet(out, &group_sheet);
	view_add_sheet(out, &receiver_sheet);
	sheets_are_table(p, out);
	put_words(p, out, &m);
	return p->html ? put_page(p, out, &m, err) : 0;
}
