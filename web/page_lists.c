/* page_lists: what lists and forwarders break, and who is rescued by ARC (UX 7.4; FORMATS 4 and 5.2). A list is a source of
 * that kind, named by the operator or by a built-in hint. What a list rewrites never comes back in our reports: it is seen
 * as a fall against the list's usual volume, and claimed only then (list_rewritten). What a list will do is a prediction from its
 * software, and called so.
 * Neighbours: lists.h, lists_words.c (headline, cards); want.h. */
#include "web/lists.h"

#include "base/text.h"
#include "schema/limits.h"
#include "web/format.h"
#include "web/source.h"

enum {
	USUAL_DAYS = 28,   /* whole weeks, so that each weekday counts alike */
	LEAST_DAYS = 14,   /* of them with data: fewer say nothing about what is usual */
	LEAST_USUAL = 20,  /* messages that were to be expected: fewer may be missing by chance */
	HOSTS_SHOWN = 2,
	WEEK = 7,
};

static const struct column list_columns[] = {
	{ "label", "List", LOOK_NAME, true },
	{ "software", "Software", LOOK_TAG, .beneath = true },
	{ "hosts", "Hosts", LOOK_MONO, .beneath = true },
	{ "guess", "Guess", LOOK_TEXT, .beneath = true },
	{ "prediction", "Prediction", LOOK_TEXT, .beneath = true },
	{ "messages", "Messages, From kept", LOOK_NUMBER, true },
	{ "bar", "Trust, bar length = messages", LOOK_BAR },
	{ "fully_trusted", "Fully trusted", LOOK_NUMBER, .off_page = true },
	{ "partially_trusted", "Partially trusted", LOOK_NUMBER, .off_page = true },
	{ "untrusted", "Untrusted", LOOK_NUMBER, true },
	{ "quarantined", "Quarantined", LOOK_NUMBER, .off_page = true },
	{ "rejected", "Rejected", LOOK_NUMBER, .off_page = true },
	{ "usual", "Usual in these days", LOOK_NUMBER, true },
	{ "rewritten", "Rewritten, about", LOOK_NUMBER, true },
	{ "predicted", "Prediction by name", LOOK_TEXT, .off_page = true },
	{ "owner", "Owner", LOOK_TEXT },
	{ "key", "Key", LOOK_TEXT, .off_page = true },
};
static const struct column reason_columns[] = {
	{ "label", "The receiver's reason", LOOK_NAME, true },
	{ "messages", "Messages", LOOK_NUMBER, true },
	{ "key", "Key", LOOK_TEXT, .off_page = true },
};
static const struct column arc_columns[] = {
	{ "label", "Receiver", LOOK_NAME, true },
	{ "failing", "Failing list or forwarded mail", LOOK_NUMBER, true },
	{ "vouched", "Vouched by ARC", LOOK_NUMBER, true },
	{ "share", "Share", LOOK_NUMBER, true },
	{ "before", "Share before", LOOK_NUMBER, true },
	{ "change", "Change", LOOK_TEXT, true },
	{ "vouched_all", "Vouched by ARC in all", LOOK_NUMBER, true },
};
static const struct column forwarder_columns[] = {
	{ "label", "Forwarder", LOOK_NAME, true },
	{ "hosts", "Hosts", LOOK_MONO, .beneath = true },
	{ "guess", "Guess", LOOK_TEXT, .beneath = true },
	{ "messages", "Messages", LOOK_NUMBER, true },
	{ "dkim_aligned", "DKIM survived", LOOK_NUMBER, true },
	{ "failing", "Failing", LOOK_NUMBER, true },
	{ "arc_vouched", "ARC vouched", LOOK_NUMBER, true },
	{ "breaks", "What breaks it", LOOK_TEXT, true },
	{ "key", "Key", LOOK_TEXT, .off_page = true },
};
static const struct column overlap_columns[] = {
	{ "label", "Failing and delivered", LOOK_NAME, true },
	{ "vouched", "Vouched by ARC", LOOK_NUMBER, true },
	{ "not_vouched", "Not vouched", LOOK_NUMBER, true },
	{ "key", "Key", LOOK_TEXT, .off_page = true },
};
#define SHEET(key, title, columns, repeats) { key, title, columns, sizeof columns / sizeof *columns, .overlaps = repeats, .partial = true }
const struct sheet lists_sheets[LISTS_SHEETS] = {
	[LISTS_LISTS] = SHEET("lists", "Lists", list_columns, false),
	[LISTS_REASONS] = SHEET("reasons", "Failing and delivered, by the receiver's reason", reason_columns, true),
	[LISTS_ARC] = SHEET("arc", "ARC by receiver", arc_columns, false),
	[LISTS_FORWARDERS] = SHEET("forwarders", "Forwarders", forwarder_columns, false),
	[LISTS_OVERLAP] = SHEET("overlap", "Through a list, vouched by ARC", overlap_columns, false),
};
#undef SHEET

/* --- how much of a list's mail fell away --- */

static int weekday_of(int64_t day)
{
	return (int)((day % WEEK + WEEK) % WEEK);
}

void list_usual(const struct list_days *d, int64_t *expected, int64_t *seen)
{
	int64_t sum[WEEK] = { 0 }, days[WEEK] = { 0 }, before = 0, thousandths = 0;

	*expected = *seen = -1;
	for (int64_t day = d->usual_from; day < d->changed; day++) {
		sum[weekday_of(day)] += d->messages[day - d->first];
		days[weekday_of(day)]++;
		before++;
	}
	if (before < LEAST_DAYS)
		return;
	*seen = 0;
	for (int64_t day = d->from; day <= d->last; day++) {
		thousandths += sum[weekday_of(day)] * 1000 / days[weekday_of(day)];
		*seen += d->messages[day - d->first];
	}
	*expected = (thousandths + 500) / 1000;
}

int64_t list_rewritten(int64_t expected, int64_t seen)
{
	return expected >= LEAST_USUAL && seen * 2 <= expected ? expected - seen : -1;
}

/* --- asking --- */

static int ask_changes(struct page *p, struct reader *r, struct lists *l, struct err *err)
{
	static const struct slice enforcing[] = { WORD("quarantine"), WORD("reject") };
	struct want lists = want_any(p, &l->lists, PARAM_POLICY, enforcing, 2);
	struct filter f;

	if (!want_filter(p, &lists, &f))
		return 0;
	f.first_day = p->state.first_day;
	return query_groups(r, p->a, &f, BY_SOURCE, 0, &l->enforced, err);
}

/* By source and day, from four weeks before the first day that may count as changed. */
static int ask_days(struct page *p, struct reader *r, struct lists *l, struct err *err)
{
	static const enum group_by by[] = { BY_SOURCE, BY_DAY };
	struct filter f;

	if (!want_filter(p, &l->lists, &f))
		return 0;
	for (size_t i = 0; i < l->enforced.n; i++)
		if (l->enforced.item[i].first_seen < f.first_day)
			f.first_day = l->enforced.item[i].first_seen;
	f.first_day -= USUAL_DAYS;
	if (f.first_day < p->state.first_day)
		f.first_day = p->state.first_day;
	l->days_first = f.first_day;
	return query_cross(r, p->a, &f, by, 2, &l->days, err);
}

/* Which hosts a sender's mail names, and why failing mail was delivered: told apart by profile, which takes longer. */
static int ask_profiles(struct page *p, struct reader *r, struct lists *l, struct err *err)
{
	static const struct slice kinds[] = { WORD("list"), WORD("forwarder") };
	static const struct slice vouched[] = { WORD("pass") };
	struct want all = want_of(p), both = want_any(p, &all, PARAM_KIND, kinds, 2), delivered = want_word(p, &all, PARAM_CLASS, "untrusted");
	struct want unsigned_ = want_failing(p, &l->forwarders);
	int64_t rows;

	if (query_rows_of_days(r, &p->filter, &rows, err) != 0)
		return -1;
	l->left_out = rows > LISTS_MOST_ROWS;
	if (l->left_out)
		return 0;
	delivered = want_none(p, &delivered, PARAM_ARC, vouched, 1);
	unsigned_ = want_word(p, &unsigned_, PARAM_SIGNATURE, "none");
	return want_groups(p, r, &both, BY_ENVELOPE, &l->hosts, err) == 0 &&
			       want_groups(p, r, &delivered, BY_REASON, &l->reasons, err) == 0 ?
		       want_groups(p, r, &unsigned_, BY_SOURCE, &l->unsigned_, err) :
		       -1;
}

static int ask_arc(struct page *p, struct reader *r, struct lists *l, struct err *err)
{
	struct want all = want_of(p), vouched = want_word(p, &all, PARAM_ARC, "pass");
	struct filter f;
	int64_t days;

	if (want_groups(p, r, &vouched, BY_REPORTER, &l->vouched, err) != 0 ||
	    want_groups(p, r, &l->failing, BY_REPORTER, &l->arc, err) != 0)
		return -1;
	if (!want_filter(p, &l->failing, &f))
		return 0;
	days = f.last_day - f.first_day + 1;
	f.last_day = f.first_day - 1;
	f.first_day -= days;
	return f.last_day < p->state.first_day ? 0 : query_groups(r, p->a, &f, BY_REPORTER, 0, &l->before, err);
}

static int ask(struct page *p, struct reader *r, void *ctx, struct err *err)
{
	struct lists *l = ctx;
	static const struct slice kinds[] = { WORD("list"), WORD("forwarder") };
	struct want all = want_of(p);

	l->lists = want_word(p, &all, PARAM_KIND, "list");
	l->forwarders = want_word(p, &all, PARAM_KIND, "forwarder");
	l->failing = want_any(p, &all, PARAM_KIND, kinds, 2);
	l->failing = want_failing(p, &l->failing);
	return query_source_rules(r, p->a, &l->rules, err) == 0 && query_counts(r, &p->filter, &l->all, err) == 0 &&
			       query_groups(r, p->a, &p->filter, BY_SOURCE, 0, &l->sources, err) == 0 &&
			       compare_groups(p, r, BY_SOURCE, &l->compared, err) == 0 &&
			       ask_changes(p, r, l, err) == 0 && ask_days(p, r, l, err) == 0 && ask_arc(p, r, l, err) == 0 ?
		       ask_profiles(p, r, l, err) :
		       -1;
}

/* --- lists --- */

static const struct group *line_of(const struct groups *all, int64_t id)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->item[i].id == id)
			return &all->item[i];
	return NULL;
}

static const struct group *line_named(const struct groups *all, struct slice key)
{
	for (size_t i = 0; i < all->n; i++)
		if (slice_eq(all->item[i].key, key))
			return &all->item[i];
	return NULL;
}

/* The envelope domains that name a sender, most messages first. */
static const char *hosts_of(struct page *p, const struct lists *l, struct slice source)
{
	const char *text = NULL;
	int64_t more = 0;
	int shown = 0;

	for (size_t i = 0; i < l->hosts.n; i++) {
		const struct group *h = &l->hosts.item[i];

		if (!slice_eq(h->source, source) || slice_is(h->key, "none"))
			continue;
		if (shown == HOSTS_SHOWN)
			more++;
		else
			text = arena_printf(p->a, "%s%s%.*s", text != NULL ? text : "", shown++ > 0 ? ", " : "",
					    (int)format_cut(h->key, FORMAT_SCREEN_CHARS), h->key.ptr);
	}
	return more > 0 ? arena_printf(p->a, "%s and %s more", text, format_count_text(p->a, more)) : text;
}

/* The list's volume by day, and from which of them on its mail was under a policy that asks for something; before the
 * page's days, where none ever did. */
static struct list_days days_of(struct page *p, const struct lists *l, const struct group *g)
{
	const struct group *enforced = line_of(&l->enforced, g->id);
	struct list_days d = { .first = l->days_first, .from = p->filter.first_day, .last = p->filter.last_day,
			       .changed = p->filter.first_day };
	int64_t *messages = arena_array(p->a, (size_t)(d.last - d.first + 1), sizeof *messages);

	for (size_t i = 0; i < l->days.n; i++)
		if (l->days.item[i].id[0] == g->id)
			messages[l->days.item[i].id[1] - d.first] += counts_total(&l->days.item[i].counts);
	if (enforced != NULL && enforced->first_seen < d.changed)
		d.changed = enforced->first_seen;
	else if (enforced != NULL)
		d.changed = d.from = enforced->first_seen;
	d.usual_from = d.changed - USUAL_DAYS > d.first ? d.changed - USUAL_DAYS : d.first;
	d.messages = messages;
	return d;
}

static void put_usual(struct page *p, struct value *row, const struct lists *l, const struct group *g)
{
	bool enforced = line_of(&l->enforced, g->id) != NULL;
	struct list_days days = days_of(p, l, g);
	int64_t expected, seen, rewritten;

	list_usual(&days, &expected, &seen);
	rewritten = enforced ? list_rewritten(expected, seen) : -1;
	view_put_known(p->a, row, "usual", expected);
	view_put_known(p->a, row, "rewritten", rewritten);
}

static void put_sender(struct page *p, struct value *row, const struct lists *l, const struct group *g)
{
	struct want all = want_of(p), this = want_any(p, &all, PARAM_SOURCE, &g->key, 1), failing = want_failing(p, &this);
	struct want untrusted = want_word(p, &this, PARAM_CLASS, "untrusted");

	view_put_text(p->a, row, "key", g->key);
	view_put_text(p->a, row, "label", g->label);
	view_put_text(p->a, row, "hosts", slice_of(hosts_of(p, l, g->key)));
	view_put_text(p->a, row, "guess", slice_of(g->hint ? "built-in guess, to be confirmed" : NULL));
	page_put_counts(p->a, row, &g->counts);
	compare_row(p, row, &l->compared, g->key, PARAM_SOURCE);
	sheet_link(p, row, "label", source_href(p, &l->rules, g->key));
	sheet_link(p, row, "messages", want_rows(p, &this));
	sheet_link(p, row, "untrusted", want_rows(p, &untrusted));
	sheet_link(p, row, "failing", want_rows(p, &failing));
}

static void put_list(struct page *p, struct value *list, const struct lists *l, const struct group *g)
{
	const struct rule_line *line = source_rule(&l->rules, g);
	struct value *row = view_add_object(p->a, list);
	enum list_software software = line != NULL ? line->software : SOFTWARE_UNKNOWN;

	put_sender(p, row, l, g);
	view_put_text(p->a, row, "software", slice_of(list_software_label(software)));
	put_usual(p, row, l, g);
	view_put_text(p->a, row, "prediction", slice_of(arena_printf(p->a, "Prediction: %s", list_habit_brief(software))));
	view_put_text(p->a, row, "predicted", slice_of(list_habit_name(list_habit_of(software))));
	view_put_text(p->a, row, "owner", line != NULL ? line->owner : (struct slice){ 0 });
}

/* --- forwarders --- */

static const char *what_breaks(struct page *p, const struct lists *l, const struct group *g)
{
	const struct group *unsigned_ = line_of(&l->unsigned_, g->id);
	int64_t failing = counts_failing(&g->counts), bare = unsigned_ != NULL ? counts_total(&unsigned_->counts) : 0;

	if (failing == 0)
		return "SPF alone, as forwarding does: DKIM holds";
	if (bare == failing)
		return "SPF; the mail carried no DKIM signature";
	if (bare > 0)
		return arena_printf(p->a, "DKIM, by a change on the way; %s carried no signature", format_count_text(p->a, bare));
	return failing == counts_total(&g->counts) ? "DKIM, by a change to every message" : "DKIM, by a change to some messages";
}

static void put_forwarder(struct page *p, struct value *list, const struct lists *l, const struct group *g)
{
	struct want all = want_of(p), this = want_any(p, &all, PARAM_SOURCE, &g->key, 1);
	struct want signed_ = want_word(p, &this, PARAM_DKIM_ALIGNED, "1"), vouched = want_word(p, &this, PARAM_ARC, "pass");
	struct value *row = view_add_object(p->a, list);

	put_sender(p, row, l, g);
	view_put_share(p->a, row, "dkim_aligned", g->counts.split[SPLIT_FULL] + g->counts.split[SPLIT_DKIM_ONLY], counts_total(&g->counts));
	view_put_int(p->a, row, "failing", counts_failing(&g->counts));
	view_put_int(p->a, row, "arc_vouched", g->counts.arc_rescued);
	view_put_text(p->a, row, "breaks", slice_of(what_breaks(p, l, g)));
	sheet_link(p, row, "dkim_aligned", want_rows(p, &signed_));
	sheet_link(p, row, "arc_vouched", want_rows(p, &vouched));
}

/* --- reasons --- */

static void put_reason(struct page *p, struct value *list, struct slice key, const char *label, int64_t n, const struct want *w)
{
	struct value *row = view_add_object(p->a, list);

	view_put_text(p->a, row, "key", key);
	view_put_text(p->a, row, "label", slice_of(label));
	view_put_int(p->a, row, "messages", n);
	sheet_link(p, row, "messages", want_rows(p, w));
}

/* Always there, with or without messages; others where they are given. */
static const struct {
	struct slice key;
	const char *label;
} usual_reasons[] = {
	{ WORD("none"), "No reason" },
	{ WORD("mailing_list"), "mailing_list" },
	{ WORD("trusted_forwarder"), "trusted_forwarder, without ARC" },
	{ WORD("local_policy"), "local_policy, without ARC" },
};
enum { USUAL_REASONS = sizeof usual_reasons / sizeof *usual_reasons };

static bool is_usual(struct slice key)
{
	for (size_t i = 0; i < USUAL_REASONS; i++)
		if (slice_eq(usual_reasons[i].key, key))
			return true;
	return false;
}

static void put_given(struct page *p, struct value *list, const struct lists *l, const struct want *rest, struct slice key, const char *label)
{
	const struct group *g = line_named(&l->reasons, key);
	struct want given = want_any(p, rest, PARAM_REASON, &key, 1);

	put_reason(p, list, key, label, g != NULL ? counts_total(&g->counts) : 0, &given);
}

static void put_reasons(struct page *p, struct value *data, const struct lists *l)
{
	static const struct slice vouched[] = { WORD("pass") };
	struct value *list = view_put_list(p->a, data, "reasons");
	struct want all = want_of(p), rest = want_word(p, &all, PARAM_CLASS, "untrusted"), arc = want_word(p, &rest, PARAM_ARC, "pass");

	rest = want_none(p, &rest, PARAM_ARC, vouched, 1);
	put_reason(p, list, SLICE("arc=pass"), "Vouched by ARC (arc=pass)", l->all.arc_rescued, &arc);
	for (size_t i = 0; i < USUAL_REASONS && !l->left_out; i++)
		put_given(p, list, l, &rest, usual_reasons[i].key, usual_reasons[i].label);
	for (size_t i = 0; i < l->reasons.n; i++)
		if (!is_usual(l->reasons.item[i].key))
			put_given(p, list, l, &rest, l->reasons.item[i].key, l->reasons.item[i].label.ptr);
	if (l->left_out)
		put_reason(p, list, SLICE("not_told_apart"), "Another reason, or none", l->all.split[SPLIT_UNTRUSTED] - l->all.arc_rescued, &rest);
}

/* --- ARC --- */

static const char *change_words(struct page *p, const struct counts *now, const struct counts *before)
{
	double points;

	if (before == NULL || counts_total(before) == 0 || counts_total(now) == 0)
		return NULL;
	points = 100.0 * (double)now->arc_rescued / (double)counts_total(now) -
		 100.0 * (double)before->arc_rescued / (double)counts_total(before);
	if (points < 0.05 && points > -0.05)
		return "as before";
	return arena_printf(p->a, "%s%.1f pts", points > 0 ? "+" : "−", points > 0 ? points : -points);
}

static void put_receiver(struct page *p, struct value *list, const struct lists *l, struct slice key)
{
	const struct group *now = line_named(&l->arc, key), *before = line_named(&l->before, key), *any = line_named(&l->vouched, key);
	const struct counts none = { 0 }, *n = now != NULL ? &now->counts : &none;
	struct want all = want_of(p), failing = want_any(p, &l->failing, PARAM_REPORTER, &key, 1);
	struct want vouched = want_word(p, &failing, PARAM_ARC, "pass"), in_all = want_any(p, &all, PARAM_REPORTER, &key, 1);
	struct value *row = view_add_object(p->a, list);

	in_all = want_word(p, &in_all, PARAM_ARC, "pass");
	view_put_text(p->a, row, "label", key);
	view_put_int(p->a, row, "failing", counts_total(n));
	view_put_int(p->a, row, "vouched", n->arc_rescued);
	view_put_share(p->a, row, "share", n->arc_rescued, counts_total(n));
	if (before != NULL)
		view_put_share(p->a, row, "before", before->counts.arc_rescued, counts_total(&before->counts));
	else
		view_put_text(p->a, row, "before", (struct slice){ 0 });
	view_put_text(p->a, row, "change", slice_of(change_words(p, n, before != NULL ? &before->counts : NULL)));
	view_put_int(p->a, row, "vouched_all", any != NULL ? counts_total(&any->counts) : 0);
	sheet_link(p, row, "failing", want_rows(p, &failing));
	sheet_link(p, row, "vouched", want_rows(p, &vouched));
	sheet_link(p, row, "vouched_all", want_rows(p, &in_all));
}

static void put_arc(struct page *p, struct value *data, const struct lists *l)
{
	struct value *list = view_put_list(p->a, data, "arc");

	for (size_t i = 0; i < l->arc.n; i++)
		put_receiver(p, list, l, l->arc.item[i].key);
	for (size_t i = 0; i < l->vouched.n; i++)
		if (line_named(&l->arc, l->vouched.item[i].key) == NULL)
			put_receiver(p, list, l, l->vouched.item[i].key);
}

static void put_half(struct page *p, struct value *list, const char *key, const char *label, struct want *where, int64_t vouched,
		     int64_t all)
{
	static const struct slice pass[] = { WORD("pass") };
	struct want with = want_word(p, where, PARAM_ARC, "pass"), without = want_none(p, where, PARAM_ARC, pass, 1);
	struct value *row = view_add_object(p->a, list);

	view_put_text(p->a, row, "key", slice_of(key));
	view_put_text(p->a, row, "label", slice_of(label));
	view_put_int(p->a, row, "vouched", vouched);
	view_put_int(p->a, row, "not_vouched", all - vouched);
	sheet_link(p, row, "vouched", want_rows(p, &with));
	sheet_link(p, row, "not_vouched", want_rows(p, &without));
}

static void put_overlap(struct page *p, struct value *data, const struct lists *l)
{
	static const struct slice kind[] = { WORD("list") };
	struct value *list = view_put_list(p->a, data, "overlap");
	struct want all = want_of(p), delivered = want_word(p, &all, PARAM_CLASS, "untrusted");
	struct want through = want_any(p, &delivered, PARAM_KIND, kind, 1), past = want_none(p, &delivered, PARAM_KIND, kind, 1);
	int64_t in = 0, in_vouched = 0;

	for (size_t i = 0; i < l->sources.n; i++)
		if (l->sources.item[i].kind == KIND_LIST) {
			in += l->sources.item[i].counts.split[SPLIT_UNTRUSTED];
			in_vouched += l->sources.item[i].counts.arc_rescued;
		}
	put_half(p, list, "list", "Through a list", &through, in_vouched, in);
	put_half(p, list, "no_list", "Not through a list", &past, l->all.arc_rescued - in_vouched, l->all.split[SPLIT_UNTRUSTED] - in);
}

/* --- the page --- */

static struct value *make_data(struct page *p, const struct lists *l)
{
	struct value *data = view_object(p->a), *list = view_put_list(p->a, data, "lists");

	for (size_t i = 0; i < l->sources.n; i++)
		if (l->sources.item[i].kind == KIND_LIST)
			put_list(p, list, l, &l->sources.item[i]);
	put_reasons(p, data, l);
	put_arc(p, data, l);
	list = view_put_list(p->a, data, "forwarders");
	for (size_t i = 0; i < l->sources.n; i++)
		if (l->sources.item[i].kind == KIND_FORWARDER)
			put_forwarder(p, list, l, &l->sources.item[i]);
	put_overlap(p, data, l);
	return data;
}

int page_lists(struct page *p, struct view *out, struct param_errors *errors, struct err *err)
{
	struct lists l = { 0 };

	if (page_has_data(p) && page_ask(p, ask, &l, err) != 0)
		return -1;
	out->envelope = page_envelope(p, &l.all);
	compare_envelope(p, out->envelope, &l.compared.now_all, &l.compared.then_all);
	out->empty = counts_total(&l.all) == 0;
	out->data = make_data(p, &l);
	for (int i = 0; i < LISTS_SHEETS; i++)
		view_add_sheet(out, &lists_sheets[i]);
	sheets_are_table(p, out);
	lists_say(p, out, &l);
	return p->html ? lists_cards(p, out, &l, err) : 0;
}

/* --- single lists of it, for the API --- */

static int page_part(struct page *p, struct view *out, const struct sheet *sheet, struct err *err)
{
	struct lists l = { 0 };
	struct value *data;

	if (page_has_data(p) && page_ask(p, ask, &l, err) != 0)
		return -1;
	out->envelope = page_envelope(p, &l.all);
	compare_envelope(p, out->envelope, &l.compared.now_all, &l.compared.then_all);
	out->empty = counts_total(&l.all) == 0;
	data = make_data(p, &l);
	sheet_is_table(p, out, sheet, view_at(data, sheet->key));
	return 0;
}

int page_forwarders(struct page *p, struct view *out, struct param_errors *errors, struct err *err)
{
	return page_part(p, out, &lists_sheets[LISTS_FORWARDERS], err);
}

int page_arc(struct page *p, struct view *out, struct param_errors *errors, struct err *err)
{
	return page_part(p, out, &lists_sheets[LISTS_ARC], err);
}
