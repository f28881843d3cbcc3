/* page_phases: what policy each receiver saw and when it changed, and which policy mail From each name falls under, by DNS and by
 * reports, with what does not agree (UX 7.2). Receivers keep records for a while, so the day of a change differs.
 * Neighbours: storage/query_phase.c cuts the history; page_measured.c measures what a change did; page_domains.c has the records. */
#include "web/card.h"
#include "web/domain.h"
#include "web/format.h"
#include "web/phases.h"

#include "base/text.h"
#include "schema/record_dmarc.h"

enum {
	PHASES_SHOWN = 100,
	NAMES_SHOWN = 100,
	NAMED = 3,         /* receivers that a cell names */
	SETTLED_DAYS = 2,  /* receivers may keep an old record for a day, and report a day later */
	RECENT_DAYS = 28,  /* a receiver that was not heard of for longer says nothing about today */
	DAY_S = 86400,
};

static const struct column phase_columns[] = {
	{ "domain", "Policy of", LOOK_NAME, true },
	{ "reporter", "Receiver", LOOK_TEXT, true },
	{ "phase", "Phase", LOOK_TAG, true },
	{ "policy", "Policy seen", LOOK_TEXT, .beneath = true },
	{ "old_last_seen", "Old policy last seen", LOOK_DAY },
	{ "first_seen", "First seen", LOOK_DAY, true },
	{ "last_seen", "Last seen", LOOK_DAY, true },
	{ "days", "Days", LOOK_NUMBER, true },
	{ "reports", "Reports", LOOK_NUMBER },
	{ "messages", "Messages", LOOK_NUMBER, true },
	{ "stray_reports", "Reports of another policy", LOOK_NUMBER },
	{ "stray_days", "Single days of another policy", LOOK_NUMBER, .off_page = true },
	{ "long_reports", "Reports over 26 hours", LOOK_NUMBER, .off_page = true },
	{ "step", "Step", LOOK_TEXT, .off_page = true },
	{ "p", "p", LOOK_TEXT, .off_page = true },
	{ "sp", "sp", LOOK_TEXT, .off_page = true },
	{ "np", "np", LOOK_TEXT, .off_page = true },
	{ "pct", "pct", LOOK_NUMBER, .off_page = true },
	{ "t", "t", LOOK_TEXT, .off_page = true },
	{ "adkim", "adkim", LOOK_TEXT, .off_page = true },
	{ "aspf", "aspf", LOOK_TEXT, .off_page = true },
};
static const struct column name_columns[] = {
	{ "name", "From", LOOK_NAME, true },
	{ "messages", "Messages", LOOK_NUMBER, true },
	{ "dns", "Policy by DNS", LOOK_TEXT, true },
	{ "inherits_from", "Inherits from", LOOK_TEXT, .beneath = true },
	{ "dns_phase", "Asks for, by DNS", LOOK_TAG },
	{ "seen_phase", "As most receivers last saw it", LOOK_TAG, true },
	{ "disagreement", "What does not agree", LOOK_TEXT, true },
	{ "dns_step", "Step by DNS", LOOK_TEXT, .off_page = true },
	{ "seen_step", "Step by reports", LOOK_TEXT, .off_page = true },
	{ "disagreeing", "Receivers that see another", LOOK_NUMBER, .off_page = true },
};
static const struct sheet phase_sheet = { "phases", "What each receiver saw", phase_columns, sizeof phase_columns / sizeof *phase_columns,
					  .partial = true };
static const struct sheet name_sheet = { "names", "The policy of each From name", name_columns, sizeof name_columns / sizeof *name_columns,
					 .partial = true };

struct name { /* one From name */
	const struct group *group;
	struct dmarc_policy old, new; /* what receivers on RFC 7489 and RFC 9989 find in DNS */
	int64_t since_s;              /* the record was first seen; 0 not known */
	int64_t receivers[STEPS];     /* how many last saw it at each step */
	size_t heard, disagreeing;
	const char *words;            /* what does not agree; NULL: nothing is known to */
};
struct phases {
	struct phase_lines lines;
	struct groups domains;
	struct name *name; /* of domains.item */
};

/* --- asking --- */

static struct dmarc_policy without_memory(struct dmarc_policy p)
{
	p.record.tag = NULL; /* lay in the scratch arena, as did its text */
	p.record.text = (struct slice){ 0 };
	return p;
}

static int read_records(struct page *p, struct reader *r, struct phases *w, struct err *err)
{
	struct arena scratch = { 0 };
	struct dns_lookups *lookups;
	struct lint_dns dns;

	if (query_dns_open(r, p->a, &lookups, err) != 0)
		return -1;
	dns = (struct lint_dns){ query_dns_text, lookups };
	for (size_t i = 0; i < w->domains.n; i++) {
		struct name *n = &w->name[i];

		n->group = &w->domains.item[i];
		n->old = without_memory(dmarc_policy_7489(&scratch, &dns, query_suffixes(r), n->group->key));
		n->new = without_memory(dmarc_policy_9989(&scratch, &dns, n->group->key));
		arena_clear(&scratch);
	}
	arena_release(&scratch);
	return query_dns_close(lookups, err);
}

/* Since when the record is what it is: of a name that inherits, the record above. */
static int read_ages(struct page *p, struct reader *r, struct phases *w, struct err *err)
{
	struct slice last = { 0 };
	int64_t since_s = 0;

	for (size_t i = 0; i < w->domains.n; i++) {
		struct name *n = &w->name[i];
		struct dns_line line;

		if (n->old.found != DMARC_FOUND)
			continue;
		if (!slice_eq(last, n->old.domain)) {
			if (query_dns_record(r, p->a, lint_below(p->a, SLICE("_dmarc"), n->old.domain), &line, err) != 0)
				return -1;
			last = n->old.domain;
			since_s = line.value.text.ptr != NULL ? line.value.first_s : 0;
		}
		n->since_s = since_s;
	}
	return 0;
}

static int ask(struct page *p, struct reader *r, void *ctx, struct err *err)
{
	struct phases *w = ctx;

	if (query_phases(r, p->a, &p->filter, &w->lines, err) != 0 ||
	    query_groups(r, p->a, &p->filter, BY_DOMAIN, p->html ? NAMES_SHOWN : 0, &w->domains, err) != 0)
		return -1;
	w->name = arena_array(p->a, w->domains.n + 1, sizeof *w->name);
	return read_records(p, r, w, err) == 0 ? read_ages(p, r, w, err) : -1;
}

/* --- what does not agree --- */

static bool is_last_of_receiver(const struct phase_lines *lines, size_t i)
{
	return i + 1 == lines->n || !slice_eq(lines->item[i].domain, lines->item[i + 1].domain) ||
	       !slice_eq(lines->item[i].reporter, lines->item[i + 1].reporter);
}

/* Reports of days on which a receiver may still have had the old record say nothing against the new one. */
static bool is_comparable(const struct name *n, const struct phase_line *line)
{
	return n->since_s > 0 && (line->last_day - SETTLED_DAYS) * DAY_S >= n->since_s;
}

static const char *named(struct page *p, const char *words, struct slice name, size_t n)
{
	return arena_printf(p->a, "%s%s%.*s", words, n > 0 ? ", " : "", (int)format_cut(name, FORMAT_SCREEN_CHARS / NAMED), name.ptr);
}

/* What receivers last saw of the domain whose policy the name has, and who of them sees other than DNS says. */
static void compare_receivers(struct page *p, const struct phases *w, struct name *n)
{
	struct slice at = n->old.found == DMARC_FOUND ? n->old.domain : n->group->key;
	const char *who = "", *what = NULL;

	for (size_t i = query_first_about(w->lines.item, w->lines.n, sizeof *w->lines.item, at);
	     i < w->lines.n && slice_eq(w->lines.item[i].domain, at); i++) {
		const struct phase_line *line = &w->lines.item[i];

		if (!is_last_of_receiver(&w->lines, i) || line->last_day <= p->filter.last_day - RECENT_DAYS)
			continue;
		n->receivers[step_of(&line->policy, slice_eq(at, n->group->key))]++;
		n->heard++;
		if (n->old.found != DMARC_FOUND || !is_comparable(n, line) || dmarc_agrees(&line->policy, &n->old.record.seen))
			continue;
		what = what != NULL ? what : domain_policy_words(p->a, &line->policy);
		if (n->disagreeing < NAMED)
			who = named(p, who, line->reporter, n->disagreeing);
		n->disagreeing++;
	}
	if (n->disagreeing > NAMED)
		who = arena_printf(p->a, "%s and %s", who, page_plural(p->a, (int64_t)(n->disagreeing - NAMED), "other", "others"));
	if (n->disagreeing > 0)
		n->words = arena_printf(p->a, "DNS says %s; %s still %s %s", domain_policy_words(p->a, &n->old.record.seen), who,
					n->disagreeing == 1 ? "sees" : "see", what);
}

/* Where the record stands, as receivers of both standards and as reports have it. */
static const char *place_words(struct page *p, const struct name *n)
{
	bool both = n->old.found == DMARC_FOUND && n->new.found == DMARC_FOUND;

	if (both && !slice_eq(n->old.domain, n->new.domain))
		return arena_printf(p->a, "receivers on RFC 7489 take the record of %.*s, those on RFC 9989 that of %.*s", (int)n->old.domain.len,
				    n->old.domain.ptr, (int)n->new.domain.len, n->new.domain.ptr);
	if (n->old.found == DMARC_FOUND && n->group->policy.ptr != NULL && n->old.inherited && !n->group->policy_inherited)
		return "DNS has no record of its own; receivers last saw one";
	if (n->old.found == DMARC_FOUND && n->group->policy.ptr != NULL && !n->old.inherited && n->group->policy_inherited)
		return "DNS has a record of its own; receivers last took the one above";
	return NULL;
}

static void find_disagreement(struct page *p, const struct phases *w, struct name *n)
{
	const char *place = place_words(p, n);

	compare_receivers(p, w, n);
	if (place != NULL)
		n->words = n->words != NULL ? arena_printf(p->a, "%s; %s", n->words, place) : place;
}

/* --- data --- */

static bool is_asked_for(const struct page *p, struct slice policy_domain)
{
	const struct names *under = &p->filter.under;

	for (size_t i = 0; i < under->n; i++)
		if (domain_is_under(policy_domain, under->item[i]) || domain_is_under(under->item[i], policy_domain))
			return !under->exclude;
	return under->n == 0 || under->exclude;
}

static struct slice policy_slice(enum policy_word word)
{
	return slice_of(word != POLICY_ABSENT ? policy_name(word) : NULL);
}

static void put_tags(struct page *p, struct value *row, const struct policy_seen *s)
{
	view_put_text(p->a, row, "p", policy_slice(s->p));
	view_put_text(p->a, row, "sp", policy_slice(s->sp));
	view_put_text(p->a, row, "np", policy_slice(s->np));
	view_put_known(p->a, row, "pct", s->pct);
	view_put_text(p->a, row, "t", s->testing ? SLICE("y") : SLICE("n"));
	view_put_text(p->a, row, "adkim", s->strict_dkim ? SLICE("s") : SLICE("r"));
	view_put_text(p->a, row, "aspf", s->strict_spf ? SLICE("s") : SLICE("r"));
}

static void put_phase(struct page *p, struct value *list, const struct phase_line *line)
{
	struct value *row = view_add_object(p->a, list);

	view_put_text(p->a, row, "domain", line->domain);
	view_put_text(p->a, row, "reporter", line->reporter);
	view_put_text(p->a, row, "phase", slice_of(step_label(line->step)));
	view_put_text(p->a, row, "step", slice_of(step_name(line->step)));
	view_put_text(p->a, row, "policy", slice_of(phases_policy_words(p->a, &line->policy)));
	if (line->old_last_day == INT64_MIN)
		view_put_text(p->a, row, "old_last_seen", (struct slice){ 0 });
	else
		view_put_day(p->a, row, "old_last_seen", line->old_last_day);
	view_put_day(p->a, row, "first_seen", line->first_day);
	view_put_day(p->a, row, "last_seen", line->last_day);
	view_put_int(p->a, row, "days", line->days);
	view_put_int(p->a, row, "reports", line->reports);
	view_put_int(p->a, row, "messages", line->messages);
	view_put_int(p->a, row, "stray_reports", line->stray_reports);
	view_put_int(p->a, row, "stray_days", line->blips);
	view_put_int(p->a, row, "long_reports", line->long_reports);
	put_tags(p, row, &line->policy);
	if (!p->html)
		return;
	sheet_link(p, row, "domain", domain_href(p, line->domain));
	sheet_link(p, row, "messages", phases_rows(p, line));
}

static enum step most_seen(const struct name *n)
{
	enum step best = STEP_UNKNOWN;

	for (int s = 0; s < STEPS; s++)
		if (n->receivers[s] > n->receivers[best])
			best = (enum step)s;
	return best;
}

static void put_step(struct page *p, struct value *row, const char *label, const char *name, bool known, enum step s)
{
	view_put_text(p->a, row, label, slice_of(known ? step_label(s) : NULL));
	view_put_text(p->a, row, name, slice_of(known ? step_name(s) : NULL));
}

static void put_name(struct page *p, struct value *list, const struct name *n)
{
	struct value *row = view_add_object(p->a, list);
	bool found = n->old.found == DMARC_FOUND;

	view_put_text(p->a, row, "name", n->group->label.len > 0 ? n->group->label : SLICE("(none)"));
	view_put_int(p->a, row, "messages", counts_total(&n->group->counts));
	view_put_text(p->a, row, "dns", n->old.found == DMARC_UNKNOWN ? (struct slice){ 0 } :
					found ? slice_of(domain_policy_words(p->a, &n->old.record.seen)) :
						slice_of(dmarc_policy_words(p->a, &n->old)));
	view_put_text(p->a, row, "inherits_from", found && n->old.inherited ? n->old.domain : (struct slice){ 0 });
	put_step(p, row, "dns_phase", "dns_step", found, step_of(&n->old.record.seen, !n->old.inherited));
	put_step(p, row, "seen_phase", "seen_step", n->heard > 0, most_seen(n));
	view_put_text(p->a, row, "disagreement", slice_of(n->words));
	view_put_known(p->a, row, "disagreeing", found && n->heard > 0 ? (int64_t)n->disagreeing : -1);
	if (!p->html)
		return;
	sheet_link(p, row, "name", domain_href(p, n->group->key));
	sheet_link(p, row, "messages", page_link(p, "/records", PARAM_DOMAIN, n->group->key));
}

/* A page shows the first of a long list; the domain with most mail comes first. */
static size_t put_phases(struct page *p, struct value *list, const struct phase_lines *lines)
{
	struct slice main = phases_main_domain(lines);
	size_t all = 0;

	for (int rest = 0; rest < 2; rest++)
		for (size_t i = 0; i < lines->n; i++) {
			if (slice_eq(lines->item[i].domain, main) == (rest == 1) || !is_asked_for(p, lines->item[i].domain))
				continue;
			if (!p->html || all < PHASES_SHOWN)
				put_phase(p, list, &lines->item[i]);
			all++;
		}
	return all;
}

/* --- words --- */

static void say_now(struct page *p, struct value *h, const struct phases *w, struct slice domain)
{
	int64_t at[STEPS] = { 0 }, receivers = 0;
	int most = 0;

	for (size_t i = 0; i < w->lines.n; i++)
		if (slice_eq(w->lines.item[i].domain, domain) && is_last_of_receiver(&w->lines, i)) {
			at[w->lines.item[i].step]++;
			receivers++;
		}
	for (int s = 0; s < STEPS; s++)
		most = at[s] > at[most] ? s : most;
	page_say(p, h, arena_printf(p->a, "%s of %s last saw %.*s at %s", format_count_text(p->a, at[most]),
				    page_plural(p->a, receivers, "receiver", "receivers"), (int)format_cut(domain, FORMAT_SCREEN_CHARS),
				    domain.ptr, step_label((enum step)most)));
}

static void put_words(struct page *p, struct view *out, const struct phases *w)
{
	struct value *h = page_headline(p, out), *lede = page_lede(p, out);
	struct slice domain = phases_main_domain(&w->lines);
	size_t disagreeing = 0;

	for (size_t i = 0; i < w->domains.n; i++)
		disagreeing += w->name[i].words != NULL;
	if (w->lines.n == 0)
		page_say(p, h, "No report in these days says what policy it saw");
	else
		say_now(p, h, w, domain);
	if (disagreeing > 0)
		page_say(p, lede, arena_printf(p->a, "For %s of %s DNS and receivers do not agree. ",
					       format_count_text(p->a, (int64_t)disagreeing),
					       page_plural(p->a, (int64_t)w->domains.n, "From name", "From names")));
	page_say(p, lede, "A phase is a run of days on which a receiver saw one and the same policy; its first day is the change day. "
			  "Receivers keep a record for a while, so they do not all change on the same day.");
}

/* --- the page --- */

static int put_page(struct page *p, struct view *out, const struct phases *w, size_t phases, struct err *err)
{
	struct value *card;

	if (page_begin(p, out, "Policy phases", 0, "cards", err) != 0)
		return -1;
	if (out->empty)
		return 0;
	phases_tabs(p, out->page, "/rollout/phases");
	card = card_add(p, out->page, "h-phases", phase_sheet.title, CARD_WHOLE);
	card_table(p, card, &phase_sheet, view_at(out->data, phase_sheet.key), "No report of these days states a policy.");
	card_first(p, card, PHASES_SHOWN, (int64_t)phases);
	page_say(p, card_note(p, card),
		 "Messages are those of all reports from the first to the last day. A day counts for the policy that most of its reports state; "
		 "a single day between days of one policy is a stale cache and no phase, and reports over 26 hours decide no day. "
		 "A receiver states the tags it knows: pct by RFC 7489, t by RFC 9989.");
	card = card_add(p, out->page, "h-names", name_sheet.title, CARD_WHOLE);
	card_table(p, card, &name_sheet, view_at(out->data, name_sheet.key), "None.");
	card_first(p, card, NAMES_SHOWN, (int64_t)w->domains.total);
	page_say(p, card_note(p, card),
		 "A name without a record of its own falls under the one above it: its sp, or its p where it has no sp. Receivers are held "
		 "against DNS from two days after the record was first looked up.");
	return 0;
}

int page_phases(struct page *p, struct view *out, struct param_errors *errors, struct err *err)
{
	struct value *data = view_object(p->a), *list = view_put_list(p->a, data, phase_sheet.key);
	struct phases w = { 0 };
	size_t phases;

	if (!phases_all_days(p, errors))
		return 0;
	if (page_has_data(p) && page_ask(p, ask, &w, err) != 0)
		return -1;
	phases = put_phases(p, list, &w.lines);
	list = view_put_list(p->a, data, name_sheet.key);
	for (size_t i = 0; i < w.domains.n; i++) {
		find_disagreement(p, &w, &w.name[i]);
		put_name(p, list, &w.name[i]);
	}
	out->envelope = page_envelope(p, NULL); /* whose policy mail falls under is not narrowed by whose mail is asked for */
	out->empty = w.lines.n == 0 && w.domains.n == 0;
	out->data = data;
	view_add_sheet(out, &phase_sheet);
	view_add_sheet(out, &name_sheet);
	sheets_are_table(p, out);
	put_words(p, out, &w);
	return p->html ? put_page(p, out, &w, phases, err) : 0;
}
