/* rollout_page: the planner in sentences, cards and bars (UX 7.2). What it says of single numbers is in rollout_data.c.
 * Neighbours: rollout.h; templates/rollout.html shows it. */
#include "web/rollout.h"

#include "web/card.h"
#include "web/format.h"

#include <math.h>
#include <string.h>

enum { MEASURED_SHOWN = 8, ACTING_NAMED = 8 };

/* What a step is called in a sentence: "ready to rehearse quarantine". */
static const char *step_does(enum step s)
{
	static const char *const words[STEPS] = {
		[STEP_MONITOR] = "monitor",		 [STEP_REHEARSE] = "rehearse quarantine", [STEP_PART] = "enforce quarantine in part",
		[STEP_ENFORCE] = "enforce quarantine",   [STEP_REHEARSE_REJECT] = "rehearse reject", [STEP_PART_REJECT] = "reject in part",
		[STEP_REJECT] = "reject",		 [STEP_UNKNOWN] = "do anything",
	};

	return words[s];
}

static const char *verdict_says(struct arena *a, const struct readiness *r)
{
	if (r->verdict == READINESS_READY)
		return r->n > 0 ? "Ready" : "Ready: it asks receivers for nothing";
	if (r->verdict == READINESS_ONCE)
		return r->confirm == 1 ? "Ready, once one thing is confirmed" : arena_printf(a, "Ready, once %zu things are confirmed", r->confirm);
	return arena_printf(a, "Not yet: %zu of %zu checks pass", r->passed, r->n);
}

static const char *name_of(struct page *p, struct slice name)
{
	return arena_printf(p->a, "%.*s", (int)format_cut(name, FORMAT_SCREEN_CHARS), name.ptr);
}

static const char *a_day(struct arena *a, double messages, int64_t days)
{
	double n = forecast_a_day(messages, days);

	return n == 0 ? "0" : n < 0.05 ? "<0.1" : arena_printf(a, n < 1000 ? "%.1f" : "%.0f", n);
}

static const char *range_a_day(struct arena *a, struct forecast_range r, int64_t days)
{
	const char *low = a_day(a, r.low, days), *high = a_day(a, r.high, days);

	return llround(r.low) == llround(r.high) || strcmp(low, high) == 0 ? high : arena_printf(a, "%s – %s", low, high);
}

/* --- headline --- */

static bool is_acted_on(const struct rollout *v)
{
	return v->certified.acting > 0 && step_is_rehearsal(v->now);
}

static void say_headline(struct page *p, struct value *h, const struct rollout *v)
{
	const struct rollout_step *s = &v->step[v->chosen];
	const char *domain = name_of(p, v->domain);

	if (is_acted_on(v))
		page_say(p, h, arena_printf(p->a, "Receivers act during the rehearsal of %s: mail is moved that should not be", domain));
	else if (s->step == v->now)
		page_say(p, h, arena_printf(p->a, "%s is at this step: %s", domain, step_label(s->step)));
	else
		page_say(p, h, arena_printf(p->a, "%s is %s to %s", domain, s->readiness.verdict == READINESS_NOT_YET ? "not ready" : "ready",
					    step_does(s->step)));
}

/* The checks that do not pass, with what each lacks. */
static void say_missing(struct page *p, struct value *lede, const struct rollout *v, const struct readiness *r)
{
	for (size_t i = 0; i < r->n; i++) {
		const char *missing = rollout_missing_says(p->a, v, &r->check[i]);

		if (r->check[i].state != STATE_PASS && missing != NULL)
			page_say(p, lede, arena_printf(p->a, "%s: %s. ", readiness_check_label(r->check[i].id), missing));
	}
}

static void say_predicted(struct page *p, struct value *list, const struct rollout_step *s)
{
	struct forecast_share share = forecast_share_of(&s->forecast.total);
	const char *now = format_share_text(p->a, share.failing, share.messages), *then = format_share_text(p->a, share.left, share.of);

	if (share.leaves == 0 || strcmp(now, then) == 0)
		return;
	page_say(p, list, arena_printf(p->a, "Predicted: %s of mail fails instead of %s, for lists put their own name into From: %s. ", then, now,
				       rollout_arithmetic(p->a, &share)));
}

/* Which step it is about, where the headline tells of another thing. */
static const char *asks_whether(struct page *p, const struct rollout *v)
{
	return is_acted_on(v) ? arena_printf(p->a, "Ready to %s? ", step_does(v->step[v->chosen].step)) : "";
}

void rollout_say(struct page *p, struct view *out, const struct rollout *v)
{
	const struct rollout_step *s = &v->step[v->chosen];
	struct value *h = page_headline(p, out), *lede = page_lede(p, out);

	if (v->flows == 0) {
		page_say(p, h, "No report tells of any policy in these days");
		return;
	}
	say_headline(p, h, v);
	if (s->readiness.n > 0)
		page_say(p, lede, arena_printf(p->a, "%s%s. ", asks_whether(p, v), verdict_says(p->a, &s->readiness)));
	say_missing(p, lede, v, &s->readiness);
	if (s->step == STEP_PART)
		page_say(p, lede, "A part is better skipped: RFC 9989 dropped pct, so receivers differ in what it means. ");
	if (!p->html) { /* a terminal shows no cards */
		page_say(p, h, arena_printf(p->a, ". %s%s. ", asks_whether(p, v), verdict_says(p->a, &s->readiness)));
		say_predicted(p, h, s);
	}
}

/* --- the ladder --- */

static const char *rung_tag(const struct rollout *v, size_t i)
{
	static const char *const tags[ROLLOUT_STEPS] = { "The way back", "Asks for nothing", "Better skipped", "After four weeks", "Optional", "With care" };

	return v->step[i].step == v->now ? "You are here" : i == v->next ? "Recommended next" : tags[i];
}

static const char *const step_tags[ROLLOUT_STEPS] = { "p=none", "p=quarantine; pct=0; t=y", "p=quarantine; pct=25", "p=quarantine",
						      "p=reject; pct=0; t=y", "p=reject" };

static struct slice step_href(struct page *p, enum step s)
{
	struct params params = param_with(p->a, &p->params, PARAM_STEP, slice_of(step_name(s)));

	return param_link(p->a, "/rollout", &params);
}

static void put_ladder(struct page *p, struct value *page, const struct rollout *v)
{
	struct value *list = view_put_list(p->a, page, "ladder");

	for (size_t i = 0; i < ROLLOUT_STEPS; i++) {
		struct value *rung;

		if (v->step[i].step == STEP_PART && v->now != STEP_PART)
			continue; /* better skipped: it stands in the table alone */
		rung = view_add_object(p->a, list);
		view_put_link(p->a, rung, "r_href", step_href(p, v->step[i].step));
		view_put_link(p->a, rung, "r_tag", slice_of(rung_tag(v, i)));
		view_put_link(p->a, rung, "r_label", slice_of(step_label(v->step[i].step)));
		view_put_link(p->a, rung, "r_record", slice_of(step_tags[i]));
		view_put_bool(p->a, rung, "r_now", v->step[i].step == v->now);
		view_put_bool(p->a, rung, "r_chosen", i == v->chosen);
	}
}

/* --- what goes before all else: receivers that act in a rehearsal --- */

static void say_way_back(struct page *p, struct value *says, enum step to)
{
	page_say(p, says, "To them the rehearsal is real. If wanted mail is among it, the way back is ");
	page_say_link(p, says, slice_of(arena_printf(p->a, "the record of %s", step_label(to))), step_href(p, to));
	page_say(p, says, ".");
}

/* What a receiver did in one of the two rehearsals: where reject is rehearsed, quarantine is what is asked for. */
static bool say_acted(struct page *p, struct value *says, const struct rollout *v, size_t receiver, enum step rehearsal, bool first)
{
	static const struct slice acted[] = { WORD("rejected"), WORD("quarantined") };
	size_t kinds = rehearsal == STEP_REHEARSE ? 2 : 1;
	struct want w = want_word(p, &v->want, PARAM_PHASE, step_name(rehearsal));
	int64_t n = 0;

	for (size_t i = 0; i < v->saids; i++)
		if (v->said[i].receiver == receiver && v->said[i].seen == rehearsal)
			n += v->said[i].rejected + (kinds == 2 ? v->said[i].quarantined : 0);
	if (n == 0)
		return false;
	w = want_any(p, &w, PARAM_CLASS, acted, kinds);
	w = want_any(p, &w, PARAM_REPORTER, &v->receiver[receiver], 1);
	page_say(p, says, first ? " " : " and ");
	page_say_number(p, says, n, NULL, want_rows(p, &w));
	return true;
}

static void put_banner(struct page *p, struct value *page, const struct rollout *v)
{
	size_t acting = v->certified.acting, named = acting < ACTING_NAMED ? acting : ACTING_NAMED;
	struct value *says;

	if (acting == 0)
		return;
	says = view_put_list(p->a, view_put_object(p->a, page, "banner"), "banner_says");
	page_say_strong(p, says, "During a rehearsal these receivers moved or refused mail all the same: ");
	for (size_t i = 0; i < named; i++) {
		const struct forecast_said *r = &v->certified.receiver[i];

		page_say(p, says, i == 0 ? "" : ", ");
		page_say_slice(p, says, v->receiver[r->receiver]);
		say_acted(p, says, v, r->receiver, STEP_REHEARSE_REJECT, !say_acted(p, says, v, r->receiver, STEP_REHEARSE, true));
		page_say(p, says, r->ignores ? " (it reads neither pct nor t)" : "");
	}
	if (named < acting)
		page_say(p, says, arena_printf(p->a, " and %s", page_plural(p->a, (int64_t)(acting - named), "other", "others")));
	page_say(p, says, ". ");
	if (step_is_rehearsal(v->now))
		say_way_back(p, says, v->now == STEP_REHEARSE ? STEP_MONITOR : STEP_ENFORCE);
}

/* --- published now --- */

static void fact(struct page *p, struct value *list, const char *label, const char *text, const char *more, struct slice href)
{
	struct value *item = view_add_object(p->a, list);

	view_put_link(p->a, item, "f_label", slice_of(label));
	view_put_text(p->a, item, "f_text", slice_of(text));
	view_put_text(p->a, item, "f_more", slice_of(more));
	if (href.ptr != NULL)
		view_put_link(p->a, item, "f_href", href);
}

static const char *looked_up(struct page *p, const struct rollout *v)
{
	if (v->dns.looked_up_s == 0)
		return "not looked up yet";
	return arena_printf(p->a, "looked up %s", format_time(p->a, v->dns.looked_up_s));
}

static void put_names_fact(struct page *p, struct value *list, const struct rollout *v)
{
	fact(p, list, "Names below", arena_printf(p->a, "%s inherit this", format_count_text(p->a, (int64_t)v->inherit)),
	     arena_printf(p->a, "of %s that sent mail; %s", format_count_text(p->a, (int64_t)(v->inherit + v->own_records)),
			  v->own_records == 0 ? "none has a record of its own" :
			  v->own_records == 1 ? "1 has a record of its own" :
						arena_printf(p->a, "%s have records of their own", format_count_text(p->a, (int64_t)v->own_records))),
	     page_link_to(p, "/domains", &v->want.params));
}

static void put_published(struct page *p, struct value *page, const struct rollout *v)
{
	struct value *list = view_put_list(p->a, page, "published_facts"), *item;
	struct want failing = want_failing(p, &v->want);
	int64_t n = counts_failing(&v->all);

	fact(p, list, "In DNS", v->is_guess ? "not known" : v->record.ptr != NULL ? name_of(p, v->record) : "no record", looked_up(p, v), (struct slice){ 0 });
	if (v->above.ptr != NULL)
		fact(p, list, "It follows", name_of(p, v->above_at), arena_printf(p->a, "%s; a step here is a record of its own", name_of(p, v->above)),
		     (struct slice){ 0 });
	fact(p, list, "In reports", step_label(v->now),
	     v->reports == 0 ? "by the record that it follows" :
			       arena_printf(p->a, "%s of %s reports agree", format_count_text(p->a, v->agree), format_count_text(p->a, v->reports)),
	     page_link_to(p, "/rollout/phases", &v->want.params));
	if (v->inherit + v->own_records > 0)
		put_names_fact(p, list, v);
	item = view_add_object(p->a, list);
	view_put_link(p->a, item, "f_label", SLICE("Failing"));
	page_number(p, item, "f_number", n, arena_printf(p->a, "%s messages a day", a_day(p->a, (double)n, v->days)), want_rows(p, &failing), NULL);
	view_put_text(p->a, item, "f_more", slice_of(arena_printf(p->a, "%s in %s %s", format_count_text(p->a, n), format_count_text(p->a, v->days),
								      v->days == 1 ? "day" : "days")));
}

/* --- predicted effect --- */

static struct value *put_bar(struct page *p, struct value *list, const char *label, const char *sub, const struct counts *c, int64_t longest)
{
	struct value *bar = view_add_object(p->a, list);
	int64_t failing = counts_failing(c), all = counts_total(c);

	view_put_link(p->a, bar, "b_label", slice_of(label));
	view_put_link(p->a, bar, "b_sub", slice_of(sub));
	view_put_link(p->a, bar, "b_share", slice_of(format_share_text(p->a, failing, all)));
	view_put_link(p->a, bar, "b_of", slice_of(arena_printf(p->a, "%s of %s", format_count_text(p->a, failing), format_count_text(p->a, all))));
	page_bar(p, bar, c, longest);
	return bar;
}

/* As it is, less what leaves the numbers: of failing mail first what was delivered. */
static struct counts counts_after(const struct rollout *v, const struct forecast_share *s)
{
	static const enum split order[] = { SPLIT_UNTRUSTED, SPLIT_QUARANTINED, SPLIT_REJECTED };
	struct counts c = v->all;
	int64_t leaves = s->leaves;

	for (size_t i = 0; i < 3; i++) {
		int64_t less = leaves < c.split[order[i]] ? leaves : c.split[order[i]];

		c.split[order[i]] -= less;
		leaves -= less;
	}
	return c;
}

/* What lists would do; and back at a step that asks for nothing, what those that rewrite now would stop doing. */
static void say_leaves(struct page *p, struct value *note, const struct rollout *v, const struct forecast_share *share)
{
	bool back = step_policy(v->step[v->chosen].step) == POLICY_NONE && step_policy(v->now) != POLICY_NONE && v->facts.list_rewritten > 0;

	if (share->leaves > 0)
		page_say(p, note, arena_printf(p->a, "%s. The %s not lost: %s out From the list’s own name and %s being counted as yours. ",
					       rollout_arithmetic(p->a, share), page_plural(p->a, share->leaves, "message is", "messages are"),
					       share->leaves == 1 ? "it goes" : "they go", share->leaves == 1 ? "stops" : "stop"));
	else if (back)
		page_say(p, note, arena_printf(p->a, "Lists that rewrite From since the policy changed are likely to stop: then about %s messages a day come "
						     "back, and fail as they did before. They are not in these numbers. ",
					       a_day(p->a, (double)v->facts.list_rewritten, v->measured.days.after.days)));
	else
		page_say(p, note, "No list is predicted to change what it does at this step. ");
}

static void put_predicted(struct page *p, struct value *page, const struct rollout *v)
{
	const struct rollout_step *s = &v->step[v->chosen];
	struct forecast_share share = forecast_share_of(&s->forecast.total);
	struct value *predicted = view_put_object(p->a, page, "prediction"), *list = view_put_list(p->a, predicted, "effect_bars"), *note;
	struct counts after = counts_after(v, &share);

	put_bar(p, list, "Now", NULL, &v->all, counts_total(&v->all));
	put_bar(p, list, step_label(s->step), "predicted", &after, counts_total(&v->all));
	note = view_put_list(p->a, predicted, "effect_says");
	say_leaves(p, note, v, &share);
	if (s->forecast.total.open > 0)
		page_say(p, note, arena_printf(p->a, "Of %s more through lists it is not known what they will do. ", format_count_text(p->a, s->forecast.total.open)));
	if (s->forecast.list_failing > 0 && s->forecast.arc > 0)
		page_say(p, note, arena_printf(p->a, "Of %s that failed through lists and %s that ARC vouched for, %s are the same messages. ",
					       format_count_text(p->a, s->forecast.list_failing), format_count_text(p->a, s->forecast.arc),
					       s->forecast.list_arc == 0 ? "none" : format_count_text(p->a, s->forecast.list_arc)));
}

/* --- readiness --- */

static struct slice domain_page(struct page *p, const struct rollout *v, const char *which)
{
	struct slice segment = param_as_segment(p->a, v->domain);

	return slice_of(arena_printf(p->a, "/domains/%.*s/%s", (int)segment.len, segment.ptr, which));
}

static struct slice measured_href(struct page *p, const struct rollout *v)
{
	struct params params = { 0 };

	params = param_with(p->a, &params, PARAM_UNDER, v->domain);
	params = param_days(p->a, &params, v->measured_first, v->filter.last_day);
	return page_link_to(p, "/rollout/measured", &params);
}

static struct slice check_href(struct page *p, const struct rollout *v, enum readiness_check_id id)
{
	static const struct slice own[] = { WORD("ours-unfixed"), WORD("service-unfixed") }, unknown = WORD("unknown");
	static const struct slice kinds[] = { WORD("ours"), WORD("service") };
	struct want w;

	switch (id) {
	case CHECK_OWN_FAILING:
		w = want_any(p, &v->want, PARAM_VERDICT, own, 2);
		return want_rows(p, &w);
	case CHECK_UNNAMED:
		w = want_any(p, &v->want, PARAM_VERDICT, &unknown, 1);
		return want_rows(p, &w);
	case CHECK_SIGNED:
	case CHECK_SPF_ALONE:
		w = want_any(p, &v->want, PARAM_KIND, kinds, 2);
		w = want_word(p, &w, PARAM_DKIM_ALIGNED, "0");
		return want_rows(p, &w);
	case CHECK_LISTS_KNOWN:
	case CHECK_LISTS_ACCEPT:
	case CHECK_POSTERS:
		return page_link_to(p, "/lists", &v->want.params);
	case CHECK_RECORD:
	case CHECK_RECORDS:
		return domain_page(p, v, "records");
	case CHECK_REWRITTEN:
		return measured_href(p, v);
	case CHECK_ASKED:
		return page_link_to(p, "/rollout/steps", &p->params);
	case CHECK_BLOCKERS:
		return page_link_to(p, "/rollout/blockers", &v->want.params);
	default:
		return page_link_to(p, "/reports/reporters", &v->want.params);
	}
}

static void put_check(struct page *p, struct value *list, const struct rollout *v, const struct readiness_check *c)
{
	static const char *const words[] = { [STATE_PASS] = "Pass: ", [STATE_FAIL] = "Not met: ", [STATE_CONFIRM] = "To confirm: ", [STATE_NOT_KNOWN] = "Not known: " };
	struct value *item = view_add_object(p->a, list);
	const char *missing = rollout_missing_says(p->a, v, c);

	view_put_bool(p->a, item, c->state == STATE_PASS ? "k_ok" : c->state == STATE_FAIL ? "k_no" : "k_ask", true);
	view_put_link(p->a, item, "k_word", slice_of(words[c->state]));
	view_put_link(p->a, item, "k_label", slice_of(readiness_check_label(c->id)));
	view_put_link(p->a, item, "k_says", slice_of(rollout_check_says(p->a, v, c)));
	view_put_link(p->a, item, "k_href", check_href(p, v, c->id));
	view_put_link(p->a, item, "k_why", slice_of(c->state == STATE_PASS || missing == NULL ?
							    readiness_check_why(c->id) :
							    arena_printf(p->a, "Missing: %s. %s", missing, readiness_check_why(c->id))));
	if (c->confirmed != NULL)
		view_put_text(p->a, item, "k_who", slice_of(arena_printf(p->a, "confirmed by %s, %s", name_of(p, c->confirmed->who),
									 format_time(p->a, c->confirmed->at))));
}

static void put_ready(struct page *p, struct value *page, const struct rollout *v)
{
	const struct rollout_step *s = &v->step[v->chosen];
	struct value *ready = view_put_object(p->a, page, "ready"), *list;

	view_put_link(p->a, ready, "ready_title", slice_of(arena_printf(p->a, "Ready to %s?", step_does(s->step))));
	view_put_link(p->a, ready, "ready_says", slice_of(verdict_says(p->a, &s->readiness)));
	view_put_link(p->a, ready, "ready_count", slice_of(page_plural(p->a, (int64_t)s->readiness.n, "check", "checks")));
	view_put_bool(p->a, ready, s->readiness.verdict == READINESS_NOT_YET ? "ready_no" : "ready_ok", true);
	list = view_put_list(p->a, ready, "ready_checks");
	for (size_t i = 0; i < s->readiness.n; i++)
		put_check(p, list, v, &s->readiness.check[i]);
}

static void put_way(struct page *p, struct value *page, const struct rollout *v)
{
	const struct rollout_step *s = &v->step[v->chosen];

	if (s->way.n == 0)
		return;
	view_put_bool(p->a, page, "has_way", true);
	view_put_link(p->a, page, "way_when", slice_of(s->way.earliest_day == 0 ? "as soon as all is done" :
						       rollout_is_ahead(p, s->way.earliest_day) ? arena_printf(p->a, "earliest %s", format_day(p->a, s->way.earliest_day)) :
												  "once reports come in again"));
}

/* --- the record --- */

static void put_choice(struct page *p, struct value *list, enum param which, const char *value, const char *label)
{
	struct params params = param_with(p->a, &p->params, which, slice_of(value));
	struct value *item = view_add_object(p->a, list);

	view_put_link(p->a, item, "c_label", slice_of(label));
	view_put_link(p->a, item, "c_href", param_link(p->a, "/rollout", &params));
}

static void put_undo(struct page *p, struct value *list, enum param which, const char *label)
{
	struct params params = param_without(&p->params, which);
	struct value *item = view_add_object(p->a, list);

	view_put_link(p->a, item, "c_label", slice_of(label));
	view_put_link(p->a, item, "c_href", param_link(p->a, "/rollout", &params));
}

static void put_choices(struct page *p, struct value *record)
{
	struct value *list = view_put_list(p->a, record, "rec_choices");
	static const struct {
		enum param which;
		const char *value, *label, *undo;
	} choices[] = {
		{ PARAM_SP, "none", "Hold sub-domains with sp=none", "Sub-domains as the domain, without sp" },
		{ PARAM_NP, "reject", "np=reject for names that do not exist", "Without np" },
		{ PARAM_ADKIM, "s", "Strict DKIM alignment, adkim=s", "DKIM alignment as it is" },
		{ PARAM_ASPF, "s", "Strict SPF alignment, aspf=s", "SPF alignment as it is" },
	};

	for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
		if (p->params.value[choices[i].which].n > 0)
			put_undo(p, list, choices[i].which, choices[i].undo);
		else
			put_choice(p, list, choices[i].which, choices[i].value, choices[i].label);
	}
}

static void put_tokens(struct page *p, struct value *record, const struct publish *r)
{
	static const char *const keys[] = { [PUBLISH_KEPT] = "t_kept", [PUBLISH_REMOVED] = "t_removed", [PUBLISH_ADDED] = "t_added" };
	struct value *list = view_put_list(p->a, record, "rec_tokens");

	for (size_t i = 0; i < r->tokens; i++)
		view_put_text(p->a, view_add_object(p->a, list), keys[r->token[i].change], r->token[i].text);
}

static void say_np(struct page *p, struct value *says, const struct rollout *v)
{
	struct forecast_np np;

	if (v->ask.np == POLICY_ABSENT)
		return;
	np = rollout_np(p, v);
	if (np.names == 0) {
		page_say(p, says, "np is for names that do not exist: no name below has failing mail alone in these days, so that it changes nothing. ");
		return;
	}
	page_say(p, says, arena_printf(p->a, "np is for names that do not exist. %s below sent no mail that passes in these days, and %s that failed: at most %s a day "
					     "more would be moved or refused, %s a day fewer. Receivers on RFC 7489 do not know np. ",
				       page_plural(p->a, (int64_t)np.names, "name", "names"), page_plural(p->a, np.failing, "message", "messages"),
				       a_day(p->a, np.more, v->days), a_day(p->a, np.less, v->days)));
}

/* What the chosen sp, np and strict modes would come to. */
static void say_choices(struct page *p, struct value *says, const struct rollout *v)
{
	bool dkim = v->ask.adkim == 's', spf = v->ask.aspf == 's';
	struct forecast_strict strict = rollout_strict(v);

	if ((dkim || spf) && strict.fails == 0)
		page_say(p, says, "With strict alignment no message of these days would fail that passes now. ");
	else if (dkim || spf)
		page_say(p, says, arena_printf(p->a, "With strict alignment %s messages a day (%s in these days) that pass now would fail; %s a day of them "
						       "would be moved or refused. ",
					       a_day(p->a, (double)strict.fails, v->days), format_count_text(p->a, strict.fails),
					       range_a_day(p->a, strict.moved, v->days)));
	say_np(p, says, v);
	if (v->ask.sp == POLICY_NONE)
		page_say(p, says, "With sp=none no list message From a name below is predicted to change: whether list software looks at sp is not known "
				  "until it is measured. ");
}

static void say_names(struct page *p, struct value *says, const struct rollout *v)
{
	if (v->inherit == 0 || v->ask.sp == POLICY_NONE)
		return;
	page_say(p, says, arena_printf(p->a, "This is also for %s below that sent mail in these days and %s no record of %s own; mail of %s of them failed: ",
				       page_plural(p->a, (int64_t)v->inherit, "name", "names"), v->inherit == 1 ? "has" : "have",
				       v->inherit == 1 ? "its" : "their", v->failing_names == 0 ? "none" : format_count_text(p->a, (int64_t)v->failing_names)));
	page_say_link(p, says, SLICE("see each department"), page_link_to(p, "/rollout/steps", &p->params));
	page_say(p, says, ". ");
}

static void put_findings(struct page *p, struct value *record, const struct publish *r, bool is_guess)
{
	struct value *list = view_put_list(p->a, record, "rec_findings");

	if (is_guess)
		view_put_text(p->a, view_add_object(p->a, list), "finding",
			      SLICE("What is published was not looked up yet: this is made from what reports state. Keep rua and all other tags of your "
				    "record as they are: without rua no more reports come in."));
	for (size_t i = 0; i < r->lint.n && !is_guess; i++)
		if (r->lint.item[i].severity >= LINT_WARNING)
			view_put_text(p->a, view_add_object(p->a, list), "finding", slice_of(r->lint.item[i].why));
}

static void put_back(struct page *p, struct value *record, const struct publish_back *b)
{
	struct value *back = view_put_object(p->a, record, "rec_back"), *says = view_put_list(p->a, back, "back_says");

	view_put_text(p->a, back, "back_zone", b->zone);
	page_say(p, says, arena_printf(p->a, "%s, lower the TTL of the record to %lld s %lld hours before the change, and set it back to %lld s afterwards. ",
				       b->remove ? "The way back is to take the record out again. To make that quick" :
						   "The way back is to publish the record above again. To make that quick",
				       (long long)b->ttl_before_s, (long long)(b->ahead_s / 3600), (long long)b->ttl_after_s));
	page_say(p, says, arena_printf(p->a, "Receivers may go by the old record for up to %lld s%s.", (long long)b->kept_s,
				       b->ttl_known ? "" : " if its TTL, which was not looked up, is the usual one"));
}

static void put_record(struct page *p, struct value *page, const struct rollout *v)
{
	const struct rollout_step *s = &v->step[v->chosen];
	struct value *record = view_put_object(p->a, page, "publish"), *says;

	view_put_link(p->a, record, "rec_step", slice_of(step_label(s->step)));
	view_put_text(p->a, record, "rec_name", slice_of(arena_printf(p->a, "_dmarc.%.*s. IN TXT", (int)v->domain.len, v->domain.ptr)));
	view_put_text(p->a, record, "rec_zone", s->publish.zone);
	put_tokens(p, record, &s->publish);
	put_choices(p, record);
	put_findings(p, record, &s->publish, v->is_guess);
	if (s->publish.changed)
		put_back(p, record, &s->publish.back);
	says = view_put_list(p->a, record, "rec_says");
	if (!s->publish.changed)
		page_say(p, says, s->step == v->now ? "This is what is published already. " :
						     arena_printf(p->a, "This is what DNS publishes by now, where the reports of these days still say %s. ",
								  step_label(v->now)));
	say_names(p, says, v);
	say_choices(p, says, v);
}

/* --- what changes for people --- */

static void say_lists(struct page *p, struct value *says, const struct rollout *v)
{
	const struct forecast *f = &v->step[v->chosen].forecast;
	bool any = false;

	for (size_t i = 0; i < f->groups; i++) {
		const struct forecast_group *g = &f->group[i];

		if (g->kind != GROUP_LIST || g->sum.failing == 0)
			continue;
		any = true;
		page_say(p, says, arena_printf(p->a, "%s: %s ", name_of(p, rollout_group_label(v, g)), list_habit_words(v->source[g->source].software)));
	}
	if (any && step_policy(v->step[v->chosen].step) > POLICY_NONE)
		page_say(p, says, "Posts to a list that rewrites show the writer’s name with the list’s address; replies still reach the writer. ");
}

static void say_moved(struct page *p, struct value *says, const struct rollout *v, const struct rollout_step *s)
{
	const struct forecast_sum *t = &s->forecast.total;
	const char *moved = range_a_day(p->a, t->moved, v->days), *wanted = range_a_day(p->a, t->wanted, v->days);

	if (s->step == STEP_REHEARSE)
		page_say(p, says, arena_printf(p->a, "Receivers are asked to move nothing. Going by what they did so far, some do all the same: %s messages a day "
						     "are expected in spam, %s of them wanted mail. ", moved, wanted));
	else
		page_say(p, says, arena_printf(p->a, "%s messages a day are to be %s, and %s are expected to be: %s of them wanted mail. ",
					       range_a_day(p->a, t->asked, v->days), step_policy(s->step) == POLICY_REJECT && s->step != STEP_REHEARSE_REJECT ?
					       "refused" : "put into spam", moved, wanted));
}

static void put_people(struct page *p, struct value *page, const struct rollout *v)
{
	const struct rollout_step *s = &v->step[v->chosen];
	const struct forecast_sum *t = &s->forecast.total;
	struct value *says = view_put_list(p->a, page, "people_says");

	say_lists(p, says, v);
	if (t->asked.high == 0) {
		page_say(p, says, "No receiver is asked to treat mail differently. ");
		if (step_is_rehearsal(s->step))
			view_put_link(p->a, page, "rehearsal_warning",
				      slice_of(arena_printf(p->a, "Receivers that follow RFC 9989 ignore pct=0, those on RFC 7489 do not know t=y. %s",
							    t->worst == 0 ? "Publish both." :
							    arena_printf(p->a, "With one of the two alone up to %s messages a day would be moved: publish both.",
									 a_day(p->a, (double)t->worst, v->days)))));
		return;
	}
	say_moved(p, says, v, s);
	if (t->vouched > 0)
		page_say(p, says, arena_printf(p->a, "%s a day fail and pass by the goodwill of single receivers: ARC may be retired, do not plan on it. ",
					       a_day(p->a, (double)t->vouched, v->days)));
	page_say(p, says, arena_printf(p->a, "At worst it would be %s a day: if no receiver let mail pass for a reason of its own%s.",
				       a_day(p->a, (double)t->worst, v->days), step_is_rehearsal(s->step) ? ", and none read pct or t" : ""));
}

/* --- the matrix --- */

static const char *what_says(const struct forecast_group *g)
{
	static const char *const says[WHATS] = {
		[WHAT_NOTHING] = "",
		[WHAT_DELIVERED] = "fail, delivered",
		[WHAT_LEAVES] = "From rewritten, they leave our numbers",
		[WHAT_GOODWILL] = "likely delivered, by goodwill",
		[WHAT_SPAM] = "to spam",
		[WHAT_REFUSED] = "refused",
		[WHAT_NO_PREDICTION] = "no prediction",
	};

	if (!g->wanted && g->what == WHAT_SPAM)
		return "to spam, as intended";
	return !g->wanted && g->what == WHAT_REFUSED ? "refused, as intended" : says[g->what];
}

/* How much of a group there is to speak of: what is moved, else what fails and stays. */
static const char *group_a_day(struct page *p, const struct rollout *v, const struct forecast_group *g)
{
	if (g->what == WHAT_LEAVES)
		return a_day(p->a, (double)(g->sum.failing - g->sum.leaves), v->days);
	if (g->what == WHAT_SPAM || g->what == WHAT_REFUSED || g->what == WHAT_NO_PREDICTION)
		return range_a_day(p->a, g->sum.moved, v->days);
	return a_day(p->a, (double)g->sum.failing, v->days);
}

static bool is_shown(const struct forecast_group *g)
{
	return g->sum.failing > 0;
}

static void put_cell(struct page *p, struct value *cells, const struct rollout *v, const struct forecast_group *g)
{
	struct value *cell = view_add_object(p->a, cells);
	struct want w = rollout_want(p, v, g);

	view_put_text(p->a, cell, "m_label", rollout_group_label(v, g));
	page_number(p, cell, "m_number", g->sum.failing, group_a_day(p, v, g), want_rows(p, &w),
		    arena_printf(p->a, "of %s failing messages in these days", format_count_text(p->a, g->sum.failing)));
	view_put_link(p->a, cell, "m_says", slice_of(what_says(g)));
}

static void put_total_cell(struct page *p, struct value *cells, const struct rollout *v, const struct rollout_step *s)
{
	const struct forecast_sum *t = &s->forecast.total;
	struct value *cell = view_add_object(p->a, cells);
	struct want w = rollout_want(p, v, NULL);
	const char *verb = step_policy(s->step) == POLICY_REJECT && t->refused.high > 0 ? "refused or moved" : "to spam";

	view_put_link(p->a, cell, "m_label", SLICE("Moved or refused"));
	page_number(p, cell, "m_number", counts_failing(&v->all), range_a_day(p->a, t->moved, v->days), want_rows(p, &w),
		    arena_printf(p->a, "of %s failing messages in these days", format_count_text(p->a, counts_failing(&v->all))));
	view_put_link(p->a, cell, "m_says",
		      slice_of(t->asked.high == 0	 ? "asked of receivers" :
			       s->step == STEP_PART ? "Skip: RFC 9989 dropped pct, so the share is a guess" :
						      arena_printf(p->a, "%s, %s of them wanted mail", verb, range_a_day(p->a, t->wanted, v->days))));
}

static void put_matrix_row(struct page *p, struct value *rows, const struct rollout *v, size_t i)
{
	const struct rollout_step *s = &v->step[i];
	struct value *row = view_add_object(p->a, rows), *cells;

	view_put_link(p->a, row, "m_step", slice_of(s->step == v->now ? arena_printf(p->a, "Now: %s", step_label(s->step)) : step_label(s->step)));
	view_put_link(p->a, row, "m_record", slice_of(step_tags[i]));
	view_put_link(p->a, row, "m_href", step_href(p, s->step));
	view_put_link(p->a, row, "m_class", slice_of(i == v->chosen ? "sel" : s->step == STEP_PART ? "skipped" : NULL));
	cells = view_put_list(p->a, row, "m_cells");
	for (size_t k = 0; k < s->forecast.groups; k++)
		if (is_shown(&s->forecast.group[k]))
			put_cell(p, cells, v, &s->forecast.group[k]);
	put_total_cell(p, cells, v, s);
}

static void put_matrix(struct page *p, struct value *page, const struct rollout *v)
{
	struct value *matrix = view_put_object(p->a, page, "matrix"), *heads = view_put_list(p->a, matrix, "m_heads"), *rows;
	const struct forecast *f = &v->step[0].forecast;

	for (size_t k = 0; k < f->groups; k++)
		if (is_shown(&f->group[k]))
			view_put_text(p->a, view_add_object(p->a, heads), "m_head", rollout_group_label(v, &f->group[k]));
	rows = view_put_list(p->a, matrix, "m_rows");
	for (size_t i = 0; i < ROLLOUT_STEPS; i++)
		put_matrix_row(p, rows, v, i);
	view_put_link(p->a, matrix, "m_more", page_link_to(p, "/rollout/steps", &p->params));
}

/* --- measured --- */

static void put_unmeasured(struct page *p, struct value *card, const struct rollout *v)
{
	struct forecast_share share = forecast_share_of(&v->step[v->chosen].forecast.total);

	page_say(p, card_says(p, card), "Nothing to measure yet. The clock starts when the first report says that the policy changed. Receivers keep the old record for up "
					"to its TTL, so the days of the change are left out. Then: the same receivers, the same days of the week, side by side.");
	card_fact(p, card, "Share that fails", slice_of(arena_printf(p->a, "%s now, %s predicted", format_share_text(p->a, share.failing, share.messages),
								      format_share_text(p->a, share.left, share.of))), (struct slice){ 0 });
}

static void put_measured_line(struct page *p, struct value *card, const struct measured *m, const struct measured_line *l)
{
	const char *text = arena_printf(p->a, "%s to %s a day, %s predicted: %s", a_day(p->a, (double)l->group.failing_before, m->days.before.days),
					a_day(p->a, (double)l->group.failing_after, m->days.after.days),
					a_day(p->a, fmax(0, l->result.expected - l->leaves), m->days.after.days), transition_outcome_words(l->result.outcome));

	card_fact(p, card, name_of(p, l->label), slice_of(text), (struct slice){ 0 });
}

/* In a rehearsal failing mail that was delivered without goodwill is mail that a receiver says, or shows, it held back. */
static void put_certified(struct page *p, struct value *card, const struct rollout *v)
{
	static const struct slice rehearsals[] = { WORD("rehearse"), WORD("rehearse-reject") };
	static const struct slice acted[] = { WORD("quarantined"), WORD("rejected") };
	const struct forecast_said *all = &v->certified.all;
	struct want seen = want_any(p, &v->want, PARAM_PHASE, rehearsals, 2), failing = want_failing(p, &seen);
	struct want held = want_word(p, &seen, PARAM_STATE, "breaks"), moved = want_any(p, &seen, PARAM_CLASS, acted, 2);
	struct want vouched = want_word(p, &seen, PARAM_STATE, "goodwill");
	struct value *says;

	if (all->failing == 0 || v->now == STEP_REHEARSE_REJECT)
		return;
	held = want_word(p, &held, PARAM_CLASS, "untrusted");
	says = card_says(p, card);
	page_say(p, says, "Of ");
	page_say_number(p, says, all->failing, NULL, want_rows(p, &failing));
	page_say(p, says, " failing messages seen under a rehearsal in these days receivers held back ");
	page_say_number(p, says, all->spared + all->unstated, NULL, want_rows(p, &held));
	page_say(p, says, ", which the policy alone would have moved; let pass ");
	page_say_number(p, says, all->vouched, NULL, want_rows(p, &vouched));
	page_say(p, says, " for reasons of their own; and moved or refused ");
	page_say_number(p, says, all->acted, NULL, want_rows(p, &moved));
	page_say(p, says, " all the same.");
}

static void put_measured(struct page *p, struct value *page, const struct rollout *v)
{
	struct value *card = card_add(p, page, "h-measured", "Measured", CARD_HALF);
	const struct measured *m = &v->measured;

	if (m->at == m->changes || m->days.after.days == 0) {
		put_unmeasured(p, card, v);
		return;
	}
	card_more(p, card, "All of it, day by day", measured_href(p, v));
	page_say(p, card_says(p, card), arena_printf(p->a, "%s, first seen on %s: %s days before and %s after, at the same receivers and on the same days of the week.",
						     step_label(m->change[m->at].to), format_day(p->a, m->change[m->at].first_day),
						     format_count_text(p->a, m->days.before.days), format_count_text(p->a, m->days.after.days)));
	card_fact(p, card, "Share that fails",
		  slice_of(arena_printf(p->a, "%s to %s", format_share_text(p->a, counts_failing(&m->before_all), counts_total(&m->before_all)),
					format_share_text(p->a, counts_failing(&m->after_all), counts_total(&m->after_all)))), (struct slice){ 0 });
	put_certified(p, card, v);
	for (size_t i = 0; i < m->lines && i < MEASURED_SHOWN; i++)
		put_measured_line(p, card, m, &m->line[i]);
}

/* --- the whole --- */

static void put_domains(struct page *p, struct value *page, const struct rollout *v)
{
	for (size_t i = 0; v->domains.n > 1 && i < v->domains.n && i < 8; i++) {
		struct params params = param_with(p->a, &p->params, PARAM_UNDER, v->domains.item[i]);

		page_tab(p, page, name_of(p, v->domains.item[i]), param_link(p->a, "/rollout", &params), slice_eq(v->domains.item[i], v->domain));
	}
}

int rollout_cards(struct page *p, struct view *out, const struct rollout *v, struct err *err)
{
	struct value *page;

	if (page_begin(p, out, "Rollout", (size_t)v->facts.receivers, "rollout", err) != 0)
		return -1;
	if (out->empty)
		return 0;
	page = out->page;
	view_put_link(p->a, page, "history_href", domain_page(p, v, "timeline"));
	put_domains(p, page, v);
	put_banner(p, page, v);
	put_ladder(p, page, v);
	put_published(p, page, v);
	put_predicted(p, page, v);
	put_ready(p, page, v);
	put_way(p, page, v);
	put_record(p, page, v);
	put_people(p, page, v);
	put_matrix(p, page, v);
	rollout_people_cards(p, out, v);
	put_measured(p, page, v);
	return 0;
}
