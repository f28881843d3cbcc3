/* rollout_data: the planner's numbers as data: one list for the checks of the chosen step, one for what every step does to every
 * group, one for the shortest way; the rest as members (UX 11). Neighbours: rollout.h. */
#include "web/rollout.h"

#include "web/format.h"
#include "web/sheet.h"

#include <math.h>

enum { USUAL_DAYS = 28 };

static const struct column check_columns[] = {
	{ "label", "Check", LOOK_NAME, true },
	{ "state", "State", LOOK_TAG, true },
	{ "arithmetic", "What was found", LOOK_TEXT, true },
	{ "missing_says", "What is missing", LOOK_TEXT },
	{ "id", "Id", LOOK_TEXT, .off_page = true },
	{ "value", "Value", LOOK_NUMBER, .off_page = true },
	{ "of", "Of", LOOK_NUMBER, .off_page = true },
	{ "limit", "Limit", LOOK_NUMBER, .off_page = true },
	{ "missing", "Missing", LOOK_TEXT, .off_page = true },
	{ "missing_n", "How many", LOOK_NUMBER, .off_page = true },
};
static const struct column step_columns[] = {
	{ "step", "Step", LOOK_NAME, true },
	{ "label", "Group", LOOK_TEXT, true },
	{ "what", "What happens", LOOK_TAG, true },
	{ "failing", "Failing", LOOK_NUMBER, true },
	{ "moved_low", "Moved, at least", LOOK_NUMBER, true },
	{ "moved_high", "at most", LOOK_NUMBER, true },
	{ "leaves", "From rewritten", LOOK_NUMBER },
	{ "vouched", "Let pass by receivers", LOOK_NUMBER },
	{ "wanted_low", "Wanted mail moved, at least", LOOK_NUMBER },
	{ "wanted_high", "wanted, at most", LOOK_NUMBER },
	{ "worst", "At worst", LOOK_NUMBER },
	{ "share_acted", "Share acted on", LOOK_TEXT },
	{ "group", "Kind of group", LOOK_TEXT, .off_page = true },
	{ "source", "Source", LOOK_TEXT, .off_page = true },
};
static const struct column way_columns[] = {
	{ "place", "No.", LOOK_NUMBER },
	{ "says", "What to do", LOOK_NAME, true },
	{ "arithmetic", "What it changes", LOOK_TEXT, true },
	{ "day", "Done by, at the earliest", LOOK_DAY, true },
	{ "act", "Act", LOOK_TEXT, .off_page = true },
	{ "check", "Check", LOOK_TEXT, .off_page = true },
	{ "source", "Source", LOOK_TEXT, .off_page = true },
};
static const struct column zone_columns[] = {
	{ "label", "What", LOOK_NAME, true },
	{ "zone", "In the zone", LOOK_MONO, true },
};
#define SHEET(key, title, columns) { key, title, columns, sizeof columns / sizeof *columns, .overlaps = true }
static const struct sheet check_sheet = SHEET("checks", "Checks", check_columns);
static const struct sheet step_sheet = SHEET("effects", "What each step would do", step_columns);
static const struct sheet zone_sheet = SHEET("zone_lines", "Record to publish", zone_columns);
static const struct sheet way_sheet = SHEET("way", "Shortest way there", way_columns);
#undef SHEET

static const char *count(struct arena *a, int64_t n)
{
	return format_count_text(a, n);
}

/* --- words of numbers, for data and page alike --- */

const char *rollout_arithmetic(struct arena *a, const struct forecast_share *s)
{
	return arena_printf(a, "(%s − %s) ÷ (%s − %s) = %s ÷ %s = %s", count(a, s->failing), count(a, s->leaves), count(a, s->messages),
			    count(a, s->leaves), count(a, s->left), count(a, s->of), format_share_text(a, s->left, s->of));
}

static const char *limit_says(struct arena *a, const struct readiness_check *c)
{
	if (c->limit < 0)
		return "";
	return c->share ? arena_printf(a, ", limit %s", format_share_text(a, c->limit, READINESS_WHOLE)) :
			  arena_printf(a, ", limit %s", count(a, c->limit));
}

static const char *of_large(struct arena *a, const struct rollout *v)
{
	const char *text = "";

	for (int r = 0; r < RECEIVERS; r++)
		if (v->facts.large[r])
			text = arena_printf(a, "%s%s%s", text, *text != '\0' ? ", " : "", receiver_label((enum receiver)r));
	return *text != '\0' ? text : "none of them";
}

const char *rollout_check_says(struct arena *a, const struct rollout *v, const struct readiness_check *c)
{
	switch (c->id) {
	case CHECK_REPORTS:
		return arena_printf(a, "%s %s, %s %s", count(a, v->facts.receivers), v->facts.receivers == 1 ? "receiver" : "receivers",
				    count(a, v->facts.reports), v->facts.reports == 1 ? "report" : "reports");
	case CHECK_FIRST_DAYS:
	case CHECK_DAYS:
	case CHECK_QUARANTINE_DAYS:
		return arena_printf(a, "%s of %s days", count(a, c->value), count(a, c->limit));
	case CHECK_RECORD:
	case CHECK_RECORDS:
		return c->state == STATE_NOT_KNOWN ? "not looked up yet" :
						     arena_printf(a, "%s %s", count(a, c->value), c->value == 1 ? "error" : "errors");
	case CHECK_LARGE:
		return arena_printf(a, "%s: %s of %s", of_large(a, v), count(a, c->value), count(a, c->limit));
	case CHECK_LISTS_ACCEPT:
		return c->value == 0 ? "no such list" : arena_printf(a, "%s %s to ask", count(a, c->value), c->value == 1 ? "list" : "lists");
	case CHECK_POSTERS:
		return c->confirmed != NULL ? "confirmed" : "to be confirmed";
	case CHECK_ASKED:
		return arena_printf(a, "%s of %s", count(a, c->value), count(a, v->facts.failing));
	default:
		break;
	}
	if (c->of == 0 && c->share)
		return "no such mail";
	if (c->share)
		return arena_printf(a, "%s ÷ %s = %s%s", count(a, c->value), count(a, c->of), format_share_text(a, c->value, c->of),
				    limit_says(a, c));
	if (c->of > 0)
		return arena_printf(a, "%s of %s%s", count(a, c->value), count(a, c->of), limit_says(a, c));
	return arena_printf(a, "%s%s", count(a, c->value), limit_says(a, c));
}

static const char *missing_large(struct arena *a, const struct rollout *v)
{
	const char *text = "";

	for (int r = 0; r < RECEIVERS; r++)
		if (!v->facts.large[r])
			text = arena_printf(a, "%s%s%s", text, *text != '\0' ? " and " : "", receiver_label((enum receiver)r));
	return text;
}

/* Fewer days than the usual ones are no ground to be ready on, whatever was reported before. */
static const char *or_longer(const struct rollout *v)
{
	return v->filter.last_day - v->filter.first_day + 1 < USUAL_DAYS ? "; a longer period counts those before it" : "";
}

const char *rollout_missing_says(struct arena *a, const struct rollout *v, const struct readiness_check *c)
{
	const char *n = count(a, c->missing_n);
	bool one = c->missing_n == 1;

	switch (c->missing) {
	case MISSING_REPORTS:
		return "no report has come in";
	case MISSING_DAYS:
		return arena_printf(a, "%s more complete %s of reports%s", n, one ? "day" : "days", or_longer(v));
	case MISSING_HOLES:
		return arena_printf(a, "%s %s lack reports of receivers that usually send them", n, one ? "day" : "days");
	case MISSING_LARGE:
		return arena_printf(a, "no reports from %s in the last week", missing_large(a, v));
	case MISSING_LARGEST:
		return arena_printf(a, "%s of the two receivers that report most sent nothing in the last week", n);
	case MISSING_ERRORS:
		return arena_printf(a, "%s %s to correct", n, one ? "error" : "errors");
	case MISSING_LOOKUP:
		return "the records were not looked up yet";
	case MISSING_MOVED:
		return arena_printf(a, "receivers would move %s %s", n, one ? "message" : "messages");
	case MISSING_HEED:
		return arena_printf(a, "%s %s on a rehearsal all the same", n, one ? "receiver acts" : "receivers act");
	case MISSING_NAMES:
		return c->id == CHECK_UNNAMED ? arena_printf(a, "%s %s to name", n, one ? "sender" : "senders") :
						arena_printf(a, "%s failing list %s of lists nobody named", n, one ? "message" : "messages");
	case MISSING_CONFIRMATION:
		return "somebody has to confirm it, with a name";
	case MISSING_REHEARSAL:
		return arena_printf(a, "%s more %s of rehearsal%s", n, one ? "day" : "days", or_longer(v));
	case MISSING_MESSAGES:
		return c->sense == AT_MOST ? arena_printf(a, "%s %s to fix", n, one ? "message" : "messages") :
		       c->id == CHECK_SIGNED ? arena_printf(a, "%s more %s to sign", n, one ? "message" : "messages") :
					       arena_printf(a, "%s more list %s to be rewritten", n, one ? "message" : "messages");
	case MISSING_MAIL:
		return "there is no mail to judge by";
	case MISSING_SOURCES:
		return arena_printf(a, "%s %s to sign with DKIM", n, one ? "source" : "sources");
	case MISSING_BLOCKERS:
		return arena_printf(a, "%s %s to close", n, one ? "blocker" : "blockers");
	default:
		return NULL;
	}
}

struct slice rollout_group_label(const struct rollout *v, const struct forecast_group *g)
{
	static const char *const labels[GROUP_KINDS] = {
		[GROUP_ARC] = "Forwarded, ARC vouched",	  [GROUP_OVERRIDE] = "Let pass for another reason", [GROUP_OURS] = "Our systems, unfixed",
		[GROUP_SERVICE] = "Services, unfixed",    [GROUP_FORWARD] = "Forwarded, no ARC",	    [GROUP_UNKNOWN] = "Unknown",
	};

	return g->kind == GROUP_LIST && g->source < v->sources ? v->source[g->source].label : slice_of(labels[g->kind]);
}

struct want rollout_want(struct page *p, const struct rollout *v, const struct forecast_group *g)
{
	static const struct slice lists[] = { WORD("list-rewrites"), WORD("list-keeps"), WORD("list-open") };
	static const struct slice strangers[] = { WORD("unknown"), WORD("spoofing") };
	static const char *const words[GROUP_KINDS] = {
		[GROUP_ARC] = "arc",		  [GROUP_OVERRIDE] = "override", [GROUP_OURS] = "ours-unfixed",
		[GROUP_SERVICE] = "service-unfixed", [GROUP_FORWARD] = "forward-breaks",
	};
	struct want w;

	if (g == NULL)
		return want_failing(p, &v->want);
	if (g->kind == GROUP_UNKNOWN)
		return want_any(p, &v->want, PARAM_VERDICT, strangers, 2);
	if (g->kind != GROUP_LIST)
		return want_word(p, &v->want, PARAM_VERDICT, words[g->kind]);
	w = want_any(p, &v->want, PARAM_VERDICT, lists, 3);
	return want_any(p, &w, PARAM_SOURCE, &v->source[g->source].key, 1);
}

/* --- data --- */

static void put_checks(struct page *p, struct value *data, const struct rollout *v, const struct readiness *r)
{
	struct value *list = view_put_list(p->a, data, "checks");

	for (size_t i = 0; i < r->n; i++) {
		const struct readiness_check *c = &r->check[i];
		struct value *row = view_add_object(p->a, list);

		view_put_text(p->a, row, "id", slice_of(readiness_check_name(c->id)));
		view_put_text(p->a, row, "label", slice_of(readiness_check_label(c->id)));
		view_put_text(p->a, row, "state", slice_of(readiness_state_name(c->state)));
		view_put_text(p->a, row, "arithmetic", slice_of(rollout_check_says(p->a, v, c)));
		view_put_text(p->a, row, "missing_says", slice_of(rollout_missing_says(p->a, v, c)));
		view_put_int(p->a, row, "value", c->value);
		view_put_known(p->a, row, "of", c->of > 0 ? c->of : -1);
		view_put_known(p->a, row, "limit", c->limit);
		view_put_text(p->a, row, "missing", slice_of(readiness_missing_name(c->missing)));
		view_put_int(p->a, row, "missing_n", c->missing_n);
		view_put_text(p->a, row, "confirmed_by", c->confirmed != NULL ? c->confirmed->who : (struct slice){ 0 });
	}
}

static void put_range(struct arena *a, struct value *row, const char *low, const char *high, struct forecast_range r)
{
	view_put_int(a, row, low, (int64_t)llround(r.low));
	view_put_int(a, row, high, (int64_t)llround(r.high));
}

void rollout_put_sum(struct page *p, struct value *row, const struct forecast_sum *s)
{
	view_put_int(p->a, row, "failing", s->failing);
	put_range(p->a, row, "moved_low", "moved_high", s->moved);
	view_put_int(p->a, row, "leaves", s->leaves);
	view_put_int(p->a, row, "vouched", s->vouched);
	put_range(p->a, row, "wanted_low", "wanted_high", s->wanted);
	view_put_int(p->a, row, "worst", s->worst);
	view_put_share(p->a, row, "share_acted", (int64_t)llround(forecast_share_acted(s) * (double)s->failing), s->failing);
}

static void put_group(struct page *p, struct value *list, const struct rollout *v, const struct rollout_step *s, const struct forecast_group *g)
{
	struct value *row = view_add_object(p->a, list);
	struct want w = rollout_want(p, v, g);

	view_put_text(p->a, row, "step", slice_of(step_name(s->step)));
	view_put_text(p->a, row, "group", slice_of(forecast_group_name(g->kind)));
	view_put_text(p->a, row, "source", g->kind == GROUP_LIST ? v->source[g->source].key : (struct slice){ 0 });
	view_put_text(p->a, row, "label", rollout_group_label(v, g));
	view_put_text(p->a, row, "what", slice_of(forecast_what_name(g->what)));
	rollout_put_sum(p, row, &g->sum);
	sheet_link(p, row, "failing", want_rows(p, &w));
}

static void put_total(struct page *p, struct value *row, const struct rollout *v, const struct rollout_step *s)
{
	struct want w = rollout_want(p, v, NULL);

	view_put_text(p->a, row, "step", slice_of(step_name(s->step)));
	view_put_text(p->a, row, "label", SLICE("All together"));
	view_put_text(p->a, row, "what", slice_of(forecast_what_name(forecast_what_of(&s->forecast.total))));
	rollout_put_sum(p, row, &s->forecast.total);
	sheet_link(p, row, "failing", want_rows(p, &w));
}

/* Each step with its groups; and the same as one list, which is the table of it. */
static void put_steps(struct page *p, struct value *data, const struct rollout *v)
{
	struct value *list = view_put_list(p->a, data, "steps"), *flat = view_put_list(p->a, view_hints(p->a, data), step_sheet.key), *row, *groups;

	for (size_t i = 0; i < ROLLOUT_STEPS; i++) {
		const struct rollout_step *s = &v->step[i];

		row = view_add_object(p->a, list);
		put_total(p, row, v, s);
		view_put_text(p->a, row, "record", s->publish.text);
		view_put_text(p->a, row, "readiness", slice_of(readiness_verdict_name(&s->readiness)));
		groups = view_put_list(p->a, row, "groups");
		for (size_t k = 0; k < s->forecast.groups; k++) {
			put_group(p, groups, v, s, &s->forecast.group[k]);
			if (s->forecast.group[k].sum.failing > 0)
				put_group(p, flat, v, s, &s->forecast.group[k]);
		}
		row = view_add_object(p->a, flat);
		put_total(p, row, v, s);
		view_put_text(p->a, row, "group", SLICE("all"));
		view_put_text(p->a, row, "source", (struct slice){ 0 });
	}
}

/* What the change did that is measured; nothing where there is none yet. */
static void put_measured(struct page *p, struct value *data, const struct rollout *v)
{
	const struct measured *m = &v->measured;
	struct value *measured, *list, *row;

	if (m->at == m->changes || m->days.after.days == 0) {
		view_put_text(p->a, data, "measured", (struct slice){ 0 });
		return;
	}
	measured = view_put_object(p->a, data, "measured");
	view_put_text(p->a, measured, "to", slice_of(step_name(m->change[m->at].to)));
	view_put_day(p->a, measured, "first_seen", m->change[m->at].first_day);
	view_put_int(p->a, measured, "days_before", m->days.before.days);
	view_put_int(p->a, measured, "days_after", m->days.after.days);
	view_put_share(p->a, measured, "before", counts_failing(&m->before_all), counts_total(&m->before_all));
	view_put_share(p->a, measured, "after", counts_failing(&m->after_all), counts_total(&m->after_all));
	list = view_put_list(p->a, measured, "sources");
	for (size_t i = 0; i < m->lines; i++) {
		row = view_add_object(p->a, list);
		view_put_text(p->a, row, "source", m->line[i].key);
		view_put_int(p->a, row, "before", m->line[i].group.failing_before);
		view_put_int(p->a, row, "after", m->line[i].group.failing_after);
		view_put_int(p->a, row, "expected", (int64_t)llround(m->line[i].result.expected));
		view_put_int(p->a, row, "predicted", (int64_t)llround(fmax(0, m->line[i].result.expected - m->line[i].leaves)));
		view_put_text(p->a, row, "outcome", slice_of(transition_outcome_name(m->line[i].result.outcome)));
	}
}

bool rollout_is_ahead(const struct page *p, int64_t day)
{
	return day > journal_today(p);
}

static const char *todo_says(struct page *p, const struct rollout *v, const struct readiness_todo *t)
{
	static const char *const acts[ACTS] = {
		[ACT_RECORD] = "Correct the records",	       [ACT_REPORTS] = "Get the missing reports",
		[ACT_REHEARSE] = "Publish the rehearsal",      [ACT_NAME] = "Name the senders that came back",
		[ACT_BLOCKERS] = "Close the open blockers",    [ACT_CONFIRM] = "Confirm what a person has to know",
		[ACT_STEP] = "Take the step before this one first", [ACT_WAIT] = "Wait for complete days of reports",
	};
	const struct rollout_source *s = t->fix != NULL ? &v->source[t->fix->source] : NULL;

	if (t->act == ACT_RECORD && v->is_guess)
		return "Have the records looked up: see the block dns of ruad.conf, or ruad lint --fresh";
	if (t->act == ACT_REHEARSE && step_is_rehearsal(v->now))
		return "Hold the rehearsal for longer";
	if (s == NULL)
		return acts[t->act];
	return arena_printf(p->a, "Sign the mail of %.*s with DKIM", (int)format_cut(s->label, FORMAT_SCREEN_CHARS), s->label.ptr);
}

static const char *todo_arithmetic(struct page *p, const struct readiness_todo *t)
{
	const char *signed_, *failing;

	if (t->act != ACT_SOURCE)
		return t->of > 0 ? arena_printf(p->a, "%s%s of %s becomes %s", t->check == CHECK_REWRITTEN ? "list mail rewritten: " : "",
						   count(p->a, t->before), count(p->a, t->of), count(p->a, t->after)) : NULL;
	signed_ = t->of > 0 ? arena_printf(p->a, "signed %s to %s", format_share_text(p->a, t->before, t->of), format_share_text(p->a, t->after, t->of)) : "";
	failing = t->failing_of > 0 && t->failing_before != t->failing_after ?
			  arena_printf(p->a, "%sfailing mail of ours %s to %s", *signed_ != '\0' ? "; " : "",
				       format_share_text(p->a, t->failing_before, t->failing_of),
				       format_share_text(p->a, t->failing_after, t->failing_of)) :
			  "";
	return arena_printf(p->a, "%s%s", signed_, failing);
}

static void put_way(struct page *p, struct value *data, const struct rollout *v, const struct readiness_way *way)
{
	struct value *list = view_put_list(p->a, data, "way");

	for (size_t i = 0; i < way->n; i++) {
		const struct readiness_todo *t = &way->todo[i];
		struct value *row = view_add_object(p->a, list);

		view_put_int(p->a, row, "place", (int64_t)i + 1);
		view_put_text(p->a, row, "act", slice_of(readiness_act_name(t->act)));
		view_put_text(p->a, row, "says", slice_of(todo_says(p, v, t)));
		view_put_text(p->a, row, "arithmetic", slice_of(todo_arithmetic(p, t)));
		view_put_text(p->a, row, "check", slice_of(readiness_check_name(t->check)));
		view_put_text(p->a, row, "source", t->fix != NULL ? v->source[t->fix->source].key : (struct slice){ 0 });
		if (p->html && t->day > 0 && rollout_is_ahead(p, t->day))
			view_put_link(p->a, row, "day_says", slice_of(format_day(p->a, t->day)));
		if (t->day > 0)
			view_put_day(p->a, row, "day", t->day);
		else
			view_put_text(p->a, row, "day", (struct slice){ 0 });
	}
}

static void put_record(struct page *p, struct value *data, const struct publish *r)
{
	static const char *const changes[] = { [PUBLISH_KEPT] = "kept", [PUBLISH_REMOVED] = "removed", [PUBLISH_ADDED] = "added" };
	struct value *record = view_put_object(p->a, data, "record"), *list, *item;

	view_put_text(p->a, record, "text", r->text);
	view_put_text(p->a, record, "zone", r->zone);
	view_put_bool(p->a, record, "changed", r->changed);
	list = view_put_list(p->a, record, "diff");
	for (size_t i = 0; i < r->tokens; i++) {
		item = view_add_object(p->a, list);
		view_put_text(p->a, item, "change", slice_of(changes[r->token[i].change]));
		view_put_text(p->a, item, "text", r->token[i].text);
	}
	list = view_put_list(p->a, record, "findings");
	for (size_t i = 0; i < r->lint.n; i++) {
		item = view_add_object(p->a, list);
		view_put_text(p->a, item, "severity", slice_of(lint_severity_name(r->lint.item[i].severity)));
		view_put_text(p->a, item, "id", slice_of(r->lint.item[i].id));
		view_put_text(p->a, item, "why", slice_of(r->lint.item[i].why));
	}
}

static void put_back(struct page *p, struct value *data, const struct publish_back *b)
{
	struct value *back = view_put_object(p->a, data, "rollback");

	view_put_bool(p->a, back, "remove", b->remove);
	view_put_text(p->a, back, "text", b->text);
	view_put_text(p->a, back, "zone", b->zone);
	view_put_int(p->a, back, "lower_ttl_before_seconds", b->ahead_s);
	view_put_int(p->a, back, "ttl_before_seconds", b->ttl_before_s);
	view_put_int(p->a, back, "ttl_after_seconds", b->ttl_after_s);
	view_put_int(p->a, back, "kept_seconds", b->kept_s);
}

/* Both records once more, as lines of a table. */
static void put_zone(struct page *p, struct value *data, const struct publish *r)
{
	struct value *list = view_put_list(p->a, view_hints(p->a, data), zone_sheet.key), *row = view_add_object(p->a, list);

	view_put_text(p->a, row, "label", r->changed ? SLICE("To publish") : SLICE("Published already"));
	view_put_text(p->a, row, "zone", r->zone);
	if (!r->changed || r->back.zone.ptr == NULL)
		return;
	row = view_add_object(p->a, list);
	view_put_text(p->a, row, "label", SLICE("The way back"));
	view_put_text(p->a, row, "zone", r->back.zone);
}

/* What strict alignment and np would do, where one is chosen. */
static void put_choices(struct page *p, struct value *data, const struct rollout *v)
{
	struct value *object;
	struct forecast_strict strict;
	struct forecast_np np;

	if (v->ask.adkim == 's' || v->ask.aspf == 's') {
		strict = rollout_strict(v);
		object = view_put_object(p->a, data, "strict");
		view_put_int(p->a, object, "would_fail", strict.fails);
		put_range(p->a, object, "moved_low", "moved_high", strict.moved);
	}
	if (v->ask.np != POLICY_ABSENT) {
		np = rollout_np(p, v);
		object = view_put_object(p->a, data, "np");
		view_put_int(p->a, object, "names", (int64_t)np.names);
		view_put_int(p->a, object, "failing", np.failing);
		view_put_int(p->a, object, "more_at_most", (int64_t)llround(np.more));
		view_put_int(p->a, object, "less_at_most", (int64_t)llround(np.less));
	}
}

static void put_published(struct page *p, struct value *data, const struct rollout *v)
{
	struct value *now = view_put_object(p->a, data, "published");

	view_put_text(p->a, now, "record", v->is_guess ? (struct slice){ 0 } : v->record);
	view_put_bool(p->a, now, "looked_up", !v->is_guess);
	view_put_text(p->a, now, "step", slice_of(step_name(v->now)));
	view_put_share(p->a, now, "reports_agree", v->agree, v->reports);
	view_put_int(p->a, now, "names_that_inherit", (int64_t)v->inherit);
	view_put_int(p->a, now, "names_with_records", (int64_t)v->own_records);
	view_put_int(p->a, now, "names_that_fail", (int64_t)v->failing_names);
}

static void put_predicted(struct page *p, struct value *data, const struct rollout_step *s)
{
	struct forecast_share share = forecast_share_of(&s->forecast.total);
	struct value *predicted = view_put_object(p->a, data, "predicted");

	view_put_share(p->a, predicted, "before", share.failing, share.messages);
	view_put_share(p->a, predicted, "after", share.left, share.of);
	view_put_int(p->a, predicted, "leaves", share.leaves);
	view_put_text(p->a, predicted, "arithmetic", slice_of(rollout_arithmetic(p->a, &share)));
	view_put_int(p->a, predicted, "list_failing", s->forecast.list_failing);
	view_put_int(p->a, predicted, "arc", s->forecast.arc);
	view_put_int(p->a, predicted, "list_and_arc", s->forecast.list_arc);
}

static void put_certified(struct page *p, struct value *data, const struct rollout *v)
{
	struct value *said = view_put_object(p->a, data, "certified"), *list, *item;

	view_put_int(p->a, said, "failing", v->certified.all.failing);
	view_put_int(p->a, said, "held_back", v->certified.all.spared);
	view_put_int(p->a, said, "let_pass", v->certified.all.vouched);
	view_put_int(p->a, said, "acted_on", v->certified.all.acted);
	view_put_int(p->a, said, "unstated", v->certified.all.unstated);
	list = view_put_list(p->a, said, "receivers_that_act");
	for (size_t i = 0; i < v->certified.acting; i++) {
		item = view_add_object(p->a, list);
		view_put_text(p->a, item, "reporter", v->receiver[v->certified.receiver[i].receiver]);
		view_put_int(p->a, item, "acted_on", v->certified.receiver[i].acted);
		view_put_int(p->a, item, "failing", v->certified.receiver[i].failing);
	}
}

void rollout_put(struct page *p, struct view *out, const struct rollout *v)
{
	const struct rollout_step *s = &v->step[v->chosen];
	struct value *data = out->data = view_object(p->a);

	view_put_text(p->a, data, "domain", v->domain);
	if (v->domain.ptr == NULL)
		return;
	view_put_text(p->a, data, "now", slice_of(step_name(v->now)));
	view_put_text(p->a, data, "next", slice_of(step_name(v->step[v->next].step)));
	view_put_text(p->a, data, "step", slice_of(step_name(s->step)));
	view_put_text(p->a, data, "readiness", slice_of(readiness_verdict_name(&s->readiness)));
	view_put_int(p->a, data, "checks_passed", (int64_t)s->readiness.passed);
	view_put_int(p->a, data, "checks_to_confirm", (int64_t)s->readiness.confirm);
	view_put_int(p->a, data, "days", v->days);
	put_published(p, data, v);
	put_predicted(p, data, s);
	put_record(p, data, &s->publish);
	put_back(p, data, &s->publish.back);
	put_zone(p, data, &s->publish);
	put_choices(p, data, v);
	put_certified(p, data, v);
	put_checks(p, data, v, &s->readiness);
	put_way(p, data, v, &s->way);
	rollout_put_blockers(p, data, v);
	put_measured(p, data, v);
	put_steps(p, data, v);
	view_add_sheet(out, &check_sheet);
	view_add_sheet(out, &zone_sheet);
	view_add_sheet(out, &way_sheet);
	view_add_sheet(out, &rollout_blocker_sheet);
	view_add_sheet(out, &step_sheet);
	sheets_are_table(p, out);
}
