/* page_bulk: whether our mail meets the rules of Gmail, Yahoo and Outlook for bulk senders, and who does not (UX 7.6; FORMATS 8).
 * A rule is met only where there is evidence for it; mail through lists and forwarders is counted apart, for Google asks ARC of
 * it and no alignment. Volume counts a whole organisational domain, as receivers count it, and knows only what they report: at
 * least so much. Neighbours: bulk.h, bulk_words.c; want.h; schema/receiver.h has the rules. */
#include "web/bulk.h"

#include "schema/limits.h"
#include "schema/lint.h"
#include "schema/record_dmarc.h"
#include "web/format.h"
#include "web/source.h"

#include <stdlib.h>

static const struct column receiver_columns[] = {
	{ "label", "Receiver", LOOK_NAME, true },
	{ "reporters", "Reports as", LOOK_TEXT, .beneath = true },
	{ "messages", "Messages", LOOK_NUMBER, true },
	{ "direct", "Straight from us", LOOK_NUMBER, true },
	{ "both", "Passing SPF and DKIM", LOOK_NUMBER, true },
	{ "passed_on", "Through lists and forwarders", LOOK_NUMBER, true },
	{ "vouched", "Of these vouched by ARC", LOOK_NUMBER, true },
	{ "key", "Key", LOOK_TEXT, .off_page = true },
};
static const struct column volume_columns[] = {
	{ "domain", "Domain and all below it", LOOK_NAME, true },
	{ "receiver", "Receiver", LOOK_TEXT, true },
	{ "messages", "Messages", LOOK_NUMBER, true },
	{ "a_day", "A day, about", LOOK_NUMBER, true },
	{ "peak", "Most on a day", LOOK_NUMBER, true },
	{ "peak_day", "That day", LOOK_DAY, .beneath = true },
	{ "ever", "Most ever on a day", LOOK_NUMBER, true },
	{ "ever_day", "That day ever", LOOK_DAY, .beneath = true },
	{ "standing", "Bulk sender", LOOK_TEXT },
};
#define PARTY(name, label)                                                                                                                \
	{ name "_breaks", label, LOOK_NUMBER }, { name, label, LOOK_TEXT, true, .beneath = true },                               \
		{ name "_state", label ": state by name", LOOK_TEXT, .off_page = true }
static const struct column rule_columns[] = {
	{ "label", "Rule", LOOK_NAME, true }, PARTY("gmail", "Gmail"), PARTY("yahoo", "Yahoo"), PARTY("outlook", "Outlook"),
	{ "evidence", "Evidence", LOOK_TEXT }, { "codes", "Error codes", LOOK_MONO },
	{ "key", "Key", LOOK_TEXT, .off_page = true },
};
#undef PARTY
static const struct column line_columns[] = {
	{ "label", "Source", LOOK_NAME, true },
	{ "domain", "From domain", LOOK_TEXT, true },
	{ "receiver", "Receiver", LOOK_TEXT, true },
	{ "rule", "Rule", LOOK_TEXT, true },
	{ "messages", "Messages", LOOK_NUMBER, true },
	{ "owner", "Owner", LOOK_TEXT },
	{ "key", "Key", LOOK_TEXT, .off_page = true },
};
#define SHEET(key, title, columns, how) { key, title, columns, sizeof columns / sizeof *columns, .how = true }
const struct sheet bulk_receiver_sheet = SHEET("receivers", "What they see", receiver_columns, partial);
const struct sheet bulk_volume_sheet = SHEET("volume", "How much they see", volume_columns, overlaps);
const struct sheet bulk_rule_sheet = SHEET("rules", "The rules", rule_columns, partial);
const struct sheet bulk_line_sheet = SHEET("breakers", "Who breaks them", line_columns, overlaps);
#undef SHEET

enum { LINES_SHOWN = 30, LINES_MOST = 1000 };

/* --- whose mail --- */

static const struct slice passed_on[] = { WORD("list"), WORD("forwarder") };

static void add_reporter(struct page *p, struct bulk_party *party, size_t room, const struct group *g)
{
	if (party->reporters == NULL)
		party->reporters = arena_array(p->a, room, sizeof *party->reporters);
	party->reporters[party->n++] = g->key;
}

static void add_counts(struct counts *sum, const struct counts *c)
{
	for (int i = 0; i < SPLITS; i++)
		sum->split[i] += c->split[i];
	sum->arc_rescued += c->arc_rescued;
	sum->rows += c->rows;
}

/* One line a reporter: adds it up for those we know. */
static void add_up(struct bulk *b, const struct groups *g, size_t field)
{
	for (size_t i = 0; i < g->n; i++) {
		enum receiver r = receiver_of(g->item[i].key);

		if (r < RECEIVERS)
			add_counts((struct counts *)(void *)((char *)&b->party[r] + field), &g->item[i].counts);
	}
}

static int ask_parties(struct page *p, struct reader *r, struct bulk *b, struct err *err)
{
	struct want all = want_of(p), direct = want_none(p, &all, PARAM_KIND, passed_on, 2), passed = want_any(p, &all, PARAM_KIND, passed_on, 2);
	struct groups by_reporter, of_direct, of_passed;

	if (want_groups(p, r, &all, BY_REPORTER, &by_reporter, err) != 0 || want_groups(p, r, &direct, BY_REPORTER, &of_direct, err) != 0 ||
	    want_groups(p, r, &passed, BY_REPORTER, &of_passed, err) != 0)
		return -1;
	for (size_t i = 0; i < by_reporter.n; i++) {
		enum receiver who = receiver_of(by_reporter.item[i].key);

		if (who < RECEIVERS)
			add_reporter(p, &b->party[who], by_reporter.n, &by_reporter.item[i]);
	}
	add_up(b, &by_reporter, offsetof(struct bulk_party, all));
	add_up(b, &of_direct, offsetof(struct bulk_party, direct));
	add_up(b, &of_passed, offsetof(struct bulk_party, passed));
	for (int i = 0; i < RECEIVERS; i++)
		b->party[i].direct_want = want_any(p, &direct, PARAM_REPORTER, b->party[i].reporters, b->party[i].n);
	return 0;
}

/* Of all three at once. */
static struct want parties_want(struct page *p, const struct bulk *b, const struct want *from, bool (*is_asked)(enum receiver r))
{
	struct slice *names;
	size_t n = 0, room = 0;

	for (int i = 0; i < RECEIVERS; i++)
		room += b->party[i].n;
	names = arena_array(p->a, room + 1, sizeof *names);
	for (int i = 0; i < RECEIVERS; i++)
		for (size_t k = 0; k < b->party[i].n && is_asked((enum receiver)i); k++)
			names[n++] = b->party[i].reporters[k];
	return want_any(p, from, PARAM_REPORTER, names, n);
}

static bool is_any(enum receiver r)
{
	return true;
}

static bool asks_for_names(enum receiver r)
{
	return bulk_rule_is_of(BULK_PTR, r);
}

/* --- rules --- */

static struct want narrowed(struct page *p, const struct want *w, enum bulk_rule rule)
{
	return rule == BULK_SPF  ? want_word(p, w, PARAM_SPF, "fail") :
	       rule == BULK_DKIM ? want_word(p, w, PARAM_DKIM, "fail") :
				   want_failing(p, w);
}

struct want bulk_want(struct page *p, const struct bulk_party *party, enum bulk_rule rule)
{
	return narrowed(p, &party->direct_want, rule);
}

/* The line of a source, domain and receiver, which may report under several names: those of a domain come one behind the other. */
static struct bulk_line *line_of(struct bulk *b, const struct cross_line *l, enum receiver who, enum bulk_rule rule)
{
	for (size_t i = b->lines; i > 0; i--) {
		struct bulk_line *line = &b->line[i - 1];

		if (line->rule != rule || line->source_id != l->id[0] || !slice_eq(line->domain, l->key[1]))
			break;
		if (line->receiver == who)
			return line;
	}
	b->line[b->lines] = (struct bulk_line){ l->key[0], l->key[1], l->id[0], 0, who, rule };
	return &b->line[b->lines++];
}

static void add_line(struct bulk *b, const struct cross_line *l, enum bulk_rule rule)
{
	enum receiver who = receiver_of(l->key[2]);

	if (who >= RECEIVERS || !bulk_rule_is_of(rule, who))
		return;
	b->party[who].breaks[rule] += counts_total(&l->counts);
	line_of(b, l, who, rule)->messages += counts_total(&l->counts);
}

static void make_room(struct page *p, struct bulk *b, size_t more)
{
	struct bulk_line *line = arena_array(p->a, b->lines + more + 1, sizeof *line);

	if (b->lines > 0)
		memcpy(line, b->line, b->lines * sizeof *line);
	b->line = line;
}

/* Who fails both checks. */
static int ask_aligned(struct page *p, struct reader *r, struct bulk *b, const struct want *direct, struct err *err)
{
	static const enum group_by by[] = { BY_SOURCE, BY_DOMAIN, BY_REPORTER };
	struct want failing = want_failing(p, direct);
	struct cross lines = { 0 };
	struct filter f;

	for (int i = 0; i < RECEIVERS; i++)
		b->party[i].breaks[BULK_ALIGNED] = 0;
	if (!want_filter(p, &failing, &f))
		return 0;
	if (query_cross(r, p->a, &f, by, 3, &lines, err) != 0)
		return -1;
	make_room(p, b, lines.n);
	for (size_t i = 0; i < lines.n; i++)
		add_line(b, &lines.item[i], BULK_ALIGNED);
	return 0;
}

/* Who passes SPF or DKIM not at all: in one reading, for it takes longer. */
static int ask_results(struct page *p, struct reader *r, struct bulk *b, const struct want *direct, struct err *err)
{
	static const enum group_by by[] = { BY_SOURCE, BY_DOMAIN, BY_REPORTER, (enum group_by)CROSS_RESULTS };
	struct cross lines = { 0 };
	struct filter f;

	for (int i = 0; i < RECEIVERS; i++)
		b->party[i].both = b->party[i].breaks[BULK_SPF] = b->party[i].breaks[BULK_DKIM] = 0;
	if (!want_filter(p, direct, &f))
		return 0;
	if (query_cross(r, p->a, &f, by, 4, &lines, err) != 0)
		return -1;
	make_room(p, b, 2 * lines.n);
	for (int rule = BULK_SPF; rule <= BULK_DKIM; rule++)
		for (size_t i = 0; i < lines.n; i++)
			if (!(lines.item[i].id[3] >> rule & 1))
				add_line(b, &lines.item[i], (enum bulk_rule)rule);
	for (size_t i = 0; i < lines.n; i++)
		if (lines.item[i].id[3] == 3 && receiver_of(lines.item[i].key[2]) < RECEIVERS)
			b->party[receiver_of(lines.item[i].key[2])].both += counts_total(&lines.item[i].counts);
	return 0;
}

static int most_first(const void *a, const void *b)
{
	const struct bulk_line *x = a, *y = b;

	if (x->messages != y->messages)
		return x->messages > y->messages ? -1 : 1;
	if (x->rule != y->rule)
		return x->rule < y->rule ? -1 : 1;
	return x->source_id != y->source_id ? (x->source_id < y->source_id ? -1 : 1) : (int)x->receiver - (int)y->receiver;
}

/* Senders' addresses change slowly: of a long period the last days do, as many as are quickly read. */
static int64_t days_of_names(const struct page *p, int64_t rows)
{
	int64_t days = p->filter.last_day - p->filter.first_day + 1;

	return rows <= LIMIT_OVERVIEW_ROWS ? days : days * LIMIT_OVERVIEW_ROWS / rows + 1;
}

static int ask_names(struct page *p, struct reader *r, struct bulk *b, const struct want *direct, int64_t rows, struct err *err)
{
	static const struct slice ours[] = { WORD("ours"), WORD("service") };
	struct want senders = want_any(p, direct, PARAM_KIND, ours, 2);
	struct filter f;

	senders = parties_want(p, b, &senders, asks_for_names);
	if (!want_filter(p, &senders, &f))
		return 0;
	b->names_days = days_of_names(p, rows);
	f.first_day = f.last_day - b->names_days + 1 > f.first_day ? f.last_day - b->names_days + 1 : f.first_day;
	if (query_groups(r, p->a, &f, BY_IP, BULK_ADDRESSES, &b->addresses, err) != 0)
		return -1;
	b->reverse = arena_array(p->a, b->addresses.n + 1, sizeof *b->reverse);
	return query_reverse(r, p->a, b->addresses.item, b->addresses.n, b->reverse, err);
}

static int ask_rules(struct page *p, struct reader *r, struct bulk *b, struct err *err)
{
	struct want all = want_of(p), direct = want_none(p, &all, PARAM_KIND, passed_on, 2);
	int64_t rows;

	for (int i = 0; i < RECEIVERS; i++) {
		for (int rule = 0; rule < BULK_RULES; rule++)
			b->party[i].breaks[rule] = -1;
		b->party[i].both = -1;
	}
	direct = parties_want(p, b, &direct, is_any);
	if (query_rows_of_days(r, &p->filter, &rows, err) != 0 || ask_aligned(p, r, b, &direct, err) != 0 ||
	    ask_names(p, r, b, &direct, rows, err) != 0)
		return -1;
	b->left_out = rows > BULK_MOST_ROWS;
	if (!b->left_out && ask_results(p, r, b, &direct, err) != 0)
		return -1;
	if (b->lines > 0)
		qsort(b->line, b->lines, sizeof *b->line, most_first);
	return 0;
}

/* --- volume --- */

static int ask_domains(struct page *p, struct reader *r, struct bulk *b, struct err *err)
{
	struct scopes scopes;
	int64_t messages[BULK_DOMAINS] = { 0 };

	if (query_scopes(r, p->a, &p->filter, &scopes, err) != 0)
		return -1;
	for (size_t i = 0; i < scopes.n; i++) {
		int64_t n = counts_total(&scopes.item[i].tree);
		size_t at = 0;

		if (scopes.item[i].parent != i || scopes.item[i].name.len == 0)
			continue;
		while (at < b->domains && messages[at] >= n)
			at++;
		if (at == BULK_DOMAINS)
			continue;
		b->domains += b->domains < BULK_DOMAINS;
		for (size_t k = b->domains - 1; k > at; k--) {
			messages[k] = messages[k - 1];
			b->domain[k] = b->domain[k - 1];
		}
		messages[at] = n;
		b->domain[at] = scopes.item[i].name;
	}
	for (size_t i = 0; i < b->domains; i++)
		if (query_dns_record(r, p->a, lint_below(p->a, SLICE("_dmarc"), b->domain[i]), &b->record[i], err) != 0)
			return -1;
	return 0;
}

/* What each receiver last saw published for the largest domain: it looks the record up itself. */
static int ask_seen(struct page *p, struct reader *r, struct bulk *b, struct err *err)
{
	int64_t day[RECEIVERS];
	struct policy_lines lines;

	if (b->domains == 0)
		return 0;
	for (int i = 0; i < RECEIVERS; i++)
		day[i] = INT64_MIN;
	if (query_policies(r, p->a, &p->filter, &lines, err) != 0)
		return -1;
	for (size_t i = 0; i < lines.n; i++) {
		enum receiver who = receiver_of(lines.item[i].reporter);

		if (who >= RECEIVERS || !slice_eq(lines.item[i].domain, b->domain[0]) || lines.item[i].last_day < day[who])
			continue;
		day[who] = lines.item[i].last_day;
		b->party[who].seen = lines.item[i].policy.p;
	}
	return 0;
}

/* Receivers count a domain with all below it, whatever else the page asks of rows; whoever asks still sees only his own. */
static struct params volume_params(struct page *p, const struct bulk *b, struct slice domain, enum receiver r)
{
	struct want w = { .params = { .scope = p->params.scope } };

	w = want_any(p, &w, PARAM_UNDER, &domain, 1);
	w = r == RECEIVERS ? parties_want(p, b, &w, is_any) : want_any(p, &w, PARAM_REPORTER, b->party[r].reporters, b->party[r].n);
	return w.params;
}

struct slice bulk_volume_href(struct page *p, const struct bulk *b, const struct bulk_volume *v, int64_t first_day, int64_t last_day)
{
	struct params params = volume_params(p, b, v->domain, v->receiver);

	params = param_days(p->a, &params, first_day, last_day);
	return page_link_to(p, "/records", &params);
}

static void end_day(const struct page *p, struct bulk_volume *v, const struct bulk_day *day)
{
	if (day->messages > v->ever.messages)
		v->ever = *day;
	if (day->day < p->filter.first_day || day->day > p->filter.last_day)
		return;
	v->messages += day->messages;
	if (day->messages > v->peak.messages)
		v->peak = *day;
}

/* The days of one receiver; they come in order, each in as many lines as it has names. */
static struct bulk_volume volume_of(const struct page *p, const struct cross *days, struct slice domain, enum receiver r)
{
	struct bulk_volume v = { .domain = domain, .receiver = r, .days = p->filter.last_day - p->filter.first_day + 1 };
	struct bulk_day day = { 0 };

	for (size_t i = 0; i < days->n; i++) {
		if (receiver_of(days->item[i].key[1]) != r)
			continue;
		if (days->item[i].id[0] != day.day) {
			end_day(p, &v, &day);
			day = (struct bulk_day){ days->item[i].id[0], 0 };
		}
		day.messages += counts_total(&days->item[i].counts);
	}
	end_day(p, &v, &day);
	return v;
}

static int ask_volume(struct page *p, struct reader *r, struct bulk *b, struct slice domain, struct err *err)
{
	static const enum group_by by[] = { BY_DAY, BY_REPORTER };
	struct params params = volume_params(p, b, domain, RECEIVERS);
	struct param_errors errors = { 0 };
	struct cross days = { 0 };
	struct filter f;

	params = param_days(p->a, &params, p->state.first_day, p->state.last_day);
	if (params.value[PARAM_REPORTER].n == 0 || param_filter(p->a, &params, &p->state, &f, &errors) != 0)
		return 0;
	if (query_cross(r, p->a, &f, by, 2, &days, err) != 0)
		return -1;
	for (int i = 0; i < RECEIVERS; i++)
		if (b->party[i].n > 0)
			b->volume[b->volumes++] = volume_of(p, &days, domain, (enum receiver)i);
	return 0;
}

static int ask_volumes(struct page *p, struct reader *r, struct bulk *b, struct err *err)
{
	b->volume = arena_array(p->a, BULK_DOMAINS * RECEIVERS, sizeof *b->volume);
	for (size_t i = 0; i < b->domains; i++)
		if (ask_volume(p, r, b, b->domain[i], err) != 0)
			return -1;
	return 0;
}

/* --- all of it --- */

static int ask(struct page *p, struct reader *r, void *ctx, struct err *err)
{
	struct bulk *b = ctx;

	return query_counts(r, &p->filter, &b->all, err) == 0 && query_source_rules(r, p->a, &b->rules, err) == 0 &&
			       query_has_tls(r, &b->has_tls, err) == 0 && ask_parties(p, r, b, err) == 0 && ask_rules(p, r, b, err) == 0 &&
			       ask_domains(p, r, b, err) == 0 && ask_seen(p, r, b, err) == 0 ?
		       ask_volumes(p, r, b, err) :
		       -1;
}

/* --- states --- */

/* Whether each domain that is looked at has one DMARC record. */
static enum bulk_state record_state(const struct bulk *b)
{
	struct dmarc_record record;
	struct arena scratch = { 0 };
	enum bulk_state s = b->domains > 0 ? BULK_MET : BULK_NO_EVIDENCE;

	for (size_t i = 0; i < b->domains && s != BULK_NOT_MET; i++)
		if (b->record[i].value.text.ptr == NULL)
			s = BULK_NO_EVIDENCE;
		else if (dmarc_records_read(&scratch, b->record[i].value.text, &record) != 1)
			s = BULK_NOT_MET;
	arena_release(&scratch);
	return s;
}

static void count_names(const struct bulk *b, int64_t *looked_up, int64_t *nameless)
{
	*looked_up = *nameless = 0;
	for (size_t i = 0; i < b->addresses.n; i++) {
		*looked_up += b->reverse[i].looked_up;
		*nameless += b->reverse[i].looked_up && b->reverse[i].name.ptr == NULL;
	}
}

static enum bulk_state names_state(const struct bulk *b)
{
	int64_t looked_up, nameless;

	count_names(b, &looked_up, &nameless);
	return looked_up == 0 ? BULK_NO_EVIDENCE : nameless > 0 ? BULK_NOT_MET : BULK_MET;
}

enum bulk_state bulk_state_of(const struct bulk *b, enum bulk_rule rule, enum receiver r)
{
	const struct bulk_party *party = &b->party[r];

	if (!bulk_rule_is_of(rule, r))
		return BULK_NOT_ASKED;
	if (rule >= BULK_TLS)
		return BULK_NOT_IN_REPORTS;
	if (rule == BULK_DMARC)
		return record_state(b) == BULK_NO_EVIDENCE && party->seen != POLICY_ABSENT ? BULK_MET : record_state(b);
	if (counts_total(&party->direct) == 0)
		return BULK_NO_EVIDENCE;
	if (rule == BULK_PTR)
		return names_state(b);
	return party->breaks[rule] < 0 ? BULK_TOO_MANY : party->breaks[rule] > 0 ? BULK_NOT_MET : BULK_MET;
}

const char *bulk_state_name(enum bulk_state s)
{
	static const char *const names[BULK_STATES] = { "met", "not_met", "no_evidence", "not_in_reports", "not_asked", "too_many_rows" };

	return names[s];
}

static const char *state_words(struct page *p, const struct bulk *b, enum bulk_rule rule, enum receiver r, enum bulk_state s)
{
	static const char *const words[BULK_STATES] = { "met", "not met", "no evidence", "not in reports", "not asked for", "fewer days" };
	const char *of = format_count_text(p->a, counts_total(&b->party[r].direct));
	int64_t looked_up, nameless;

	if ((s != BULK_MET && s != BULK_NOT_MET) || (rule == BULK_DMARC && b->party[r].seen == POLICY_ABSENT))
		return words[s];
	if (rule == BULK_DMARC)
		return arena_printf(p->a, "%s, saw p=%s", words[s], policy_name(b->party[r].seen));
	if (rule == BULK_PTR) {
		count_names(b, &looked_up, &nameless);
		return s == BULK_MET ? arena_printf(p->a, "met, %s", page_plural(p->a, looked_up, "host", "hosts")) :
				       arena_printf(p->a, "not met, %s of %s hosts", format_count_text(p->a, nameless), format_count_text(p->a, looked_up));
	}
	return s == BULK_MET ? arena_printf(p->a, "met by all %s", of) :
			       arena_printf(p->a, "not met, %s of %s", format_count_text(p->a, b->party[r].breaks[rule]), of);
}

/* --- data --- */

static void put_day(struct page *p, struct value *row, const char *key, const struct bulk_day *day)
{
	if (day->messages > 0)
		view_put_day(p->a, row, key, day->day);
	else
		view_put_text(p->a, row, key, (struct slice){ 0 });
}

static void put_receiver(struct page *p, struct value *list, const struct bulk *b, enum receiver r)
{
	const struct bulk_party *party = &b->party[r];
	struct want all = want_of(p), whole = want_any(p, &all, PARAM_REPORTER, party->reporters, party->n);
	struct want passed = want_any(p, &whole, PARAM_KIND, passed_on, 2), vouched = want_word(p, &passed, PARAM_ARC, "pass");
	struct want both = want_word(p, &party->direct_want, PARAM_SPF, "pass");
	struct value *row = view_add_object(p->a, list), *names;

	both = want_word(p, &both, PARAM_DKIM, "pass");
	view_put_text(p->a, row, "key", slice_of(receiver_name(r)));
	view_put_text(p->a, row, "label", slice_of(receiver_label(r)));
	names = view_put_list(p->a, row, "reporters");
	for (size_t i = 0; i < party->n; i++)
		view_add_text(p->a, names, party->reporters[i]);
	view_put_int(p->a, row, "messages", counts_total(&party->all));
	view_put_int(p->a, row, "direct", counts_total(&party->direct));
	view_put_known(p->a, row, "both", party->both);
	view_put_int(p->a, row, "passed_on", counts_total(&party->passed));
	view_put_int(p->a, row, "vouched", party->passed.arc_rescued);
	sheet_link(p, row, "messages", want_rows(p, &whole));
	sheet_link(p, row, "direct", want_rows(p, &party->direct_want));
	sheet_link(p, row, "both", want_rows(p, &both));
	sheet_link(p, row, "passed_on", want_rows(p, &passed));
	sheet_link(p, row, "vouched", want_rows(p, &vouched));
}

static const char *standing(struct page *p, const struct bulk_volume *v)
{
	int64_t least = receiver_threshold(v->receiver);

	if (least == 0)
		return "No number is published: act as one";
	if (v->ever.messages >= least)
		return arena_printf(p->a, "Yes, since %s or before: it stays so", format_day_month(p->a, v->ever.day));
	return arena_printf(p->a, "Under %s on every day seen, of what they report", format_count_text(p->a, least));
}

static void put_volume(struct page *p, struct value *list, const struct bulk *b, const struct bulk_volume *v)
{
	struct value *row = view_add_object(p->a, list);

	view_put_text(p->a, row, "domain", v->domain);
	view_put_text(p->a, row, "receiver", slice_of(receiver_label(v->receiver)));
	view_put_int(p->a, row, "messages", v->messages);
	view_put_int(p->a, row, "a_day", (v->messages + v->days / 2) / v->days);
	view_put_int(p->a, row, "peak", v->peak.messages);
	put_day(p, row, "peak_day", &v->peak);
	view_put_int(p->a, row, "ever", v->ever.messages);
	put_day(p, row, "ever_day", &v->ever);
	view_put_text(p->a, row, "standing", slice_of(standing(p, v)));
	sheet_link(p, row, "messages", bulk_volume_href(p, b, v, p->filter.first_day, p->filter.last_day));
	sheet_link(p, row, "peak", bulk_volume_href(p, b, v, v->peak.day, v->peak.day));
	sheet_link(p, row, "ever", bulk_volume_href(p, b, v, v->ever.day, v->ever.day));
}

/* What DNS and reports say of the records. */
static const char *record_words(struct page *p, const struct bulk *b)
{
	const char *words = "";

	for (size_t i = 0; i < b->domains; i++) {
		struct dmarc_record record;
		int n = b->record[i].value.text.ptr == NULL ? -1 : dmarc_records_read(p->a, b->record[i].value.text, &record);

		words = arena_printf(p->a, "%s%s%.*s %s", words, i > 0 ? "; " : "DNS: ", (int)b->domain[i].len, b->domain[i].ptr,
				     n < 0  ? "not looked up" :
				     n == 0 ? "has none" :
				     n > 1  ? "has several, which is as good as none" :
					      arena_printf(p->a, "p=%s", policy_name(record.seen.p)));
	}
	return *words != '\0' ? words : "DNS";
}

static const char *evidence(struct page *p, const struct bulk *b, enum bulk_rule rule)
{
	static const char *const words[BULK_RULES] = {
		[BULK_SPF] = "Rows where SPF passed for no domain",
		[BULK_DKIM] = "Rows without a signature that passed",
		[BULK_ALIGNED] = "Rows that failed both checks of DMARC",
		[BULK_SPAM] = "Look at Postmaster Tools (Gmail) and Sender Hub (Yahoo)",
		[BULK_UNSUBSCRIBE] = "Look at the mail: List-Unsubscribe and List-Unsubscribe-Post",
	};

	if (rule == BULK_DMARC)
		return record_words(p, b);
	if (rule == BULK_PTR)
		return arena_printf(p->a, "Look-ups of our systems' and services' addresses, of the last %s",
				    page_plural(p->a, b->names_days > 0 ? b->names_days : 1, "day", "days"));
	if (rule == BULK_TLS)
		return b->has_tls ? "Ask whoever runs the relay: TLS reports are about mail to you" : "Ask whoever runs the relay";
	return words[rule];
}

static void put_rule(struct page *p, struct value *list, const struct bulk *b, enum bulk_rule rule)
{
	struct value *row = view_add_object(p->a, list);

	view_put_text(p->a, row, "key", slice_of(bulk_rule_name(rule)));
	view_put_text(p->a, row, "label", slice_of(bulk_rule_label(rule)));
	for (int i = 0; i < RECEIVERS; i++) {
		enum bulk_state s = bulk_state_of(b, rule, (enum receiver)i);
		struct want breaking = bulk_want(p, &b->party[i], rule);
		const char *name = receiver_name((enum receiver)i), *breaks = arena_printf(p->a, "%s_breaks", name);

		view_put_known(p->a, row, breaks, rule <= BULK_ALIGNED && (s == BULK_MET || s == BULK_NOT_MET) ? b->party[i].breaks[rule] : -1);
		view_put_text(p->a, row, name, slice_of(state_words(p, b, rule, (enum receiver)i, s)));
		view_put_text(p->a, row, arena_printf(p->a, "%s_state", name), slice_of(bulk_state_name(s)));
		if (rule <= BULK_ALIGNED)
			sheet_link(p, row, breaks, want_rows(p, &breaking));
	}
	view_put_text(p->a, row, "evidence", slice_of(evidence(p, b, rule)));
	view_put_text(p->a, row, "codes", slice_of(bulk_rule_codes(rule)));
}

struct slice bulk_line_href(struct page *p, const struct bulk *b, const struct bulk_line *line)
{
	struct want w = bulk_want(p, &b->party[line->receiver], line->rule);

	w = want_any(p, &w, PARAM_SOURCE, &line->source, 1);
	w = want_any(p, &w, PARAM_DOMAIN, &line->domain, 1);
	return line->domain.len > 0 ? want_rows(p, &w) : (struct slice){ 0 };
}

static void put_line(struct page *p, struct value *list, const struct bulk *b, const struct bulk_line *line)
{
	const struct rule_line *named = line->source_id > 0 && (size_t)line->source_id <= b->rules.n ? &b->rules.item[line->source_id - 1] : NULL;
	struct value *row = view_add_object(p->a, list);

	view_put_text(p->a, row, "key", line->source);
	view_put_text(p->a, row, "label", named != NULL ? named->name : SLICE("Unknown"));
	view_put_text(p->a, row, "domain", line->domain.len > 0 ? line->domain : SLICE("(none)"));
	view_put_text(p->a, row, "receiver", slice_of(receiver_label(line->receiver)));
	view_put_text(p->a, row, "rule", slice_of(bulk_rule_label(line->rule)));
	view_put_int(p->a, row, "messages", line->messages);
	view_put_text(p->a, row, "owner", named != NULL ? named->owner : (struct slice){ 0 });
	sheet_link(p, row, "label", source_href(p, &b->rules, named != NULL ? named->name : (struct slice){ 0 }));
	sheet_link(p, row, "messages", bulk_line_href(p, b, line));
}

static void put_bounce(struct page *p, struct value *data, const struct bulk *b)
{
	struct value *o;

	if (b->bounce_text.ptr == NULL)
		return;
	o = view_put_object(p->a, data, "bounce");
	view_put_text(p->a, o, "code", b->bounce.code);
	view_put_text(p->a, o, "rule", slice_of(b->bounce.rule < BULK_RULES ? bulk_rule_name(b->bounce.rule) : NULL));
	view_put_text(p->a, o, "receiver", slice_of(b->bounce.receiver < RECEIVERS ? receiver_name(b->bounce.receiver) : NULL));
	view_put_text(p->a, o, "action", slice_of(b->bounce.code.ptr == NULL ? NULL : b->bounce.refused ? "refused" : "slowed"));
	view_put_text(p->a, o, "domain", b->bounce.domain);
}

static struct value *make_data(struct page *p, const struct bulk *b)
{
	struct value *data = view_object(p->a), *list = view_put_list(p->a, data, bulk_receiver_sheet.key);
	struct slice format = param_one(&p->params, PARAM_FORMAT);
	bool whole = p->for_api || slice_is(format, "csv") || slice_is(format, "json") || slice_is(format, "ndjson");
	size_t most = (size_t)param_number(&p->params, PARAM_LIMIT, whole ? LINES_MOST : LINES_SHOWN);

	for (int i = 0; i < RECEIVERS; i++)
		if (b->party[i].n > 0)
			put_receiver(p, list, b, (enum receiver)i);
	list = view_put_list(p->a, data, bulk_volume_sheet.key);
	for (size_t i = 0; i < b->volumes; i++)
		put_volume(p, list, b, &b->volume[i]);
	list = view_put_list(p->a, data, bulk_rule_sheet.key);
	for (int rule = 0; rule < BULK_RULES; rule++)
		put_rule(p, list, b, (enum bulk_rule)rule);
	list = view_put_list(p->a, data, bulk_line_sheet.key);
	for (size_t i = 0; i < b->lines && i < most; i++)
		put_line(p, list, b, &b->line[i]);
	put_bounce(p, data, b);
	return data;
}

int page_bulk(struct page *p, struct view *out, struct param_errors *errors, struct err *err)
{
	struct bulk b = { .bounce_text = param_one(&p->params, PARAM_BOUNCE) };

	if (b.bounce_text.ptr != NULL)
		b.bounce = bounce_read(b.bounce_text);
	if (page_has_data(p) && page_ask(p, ask, &b, err) != 0)
		return -1;
	out->envelope = page_envelope(p, &b.all);
	out->empty = counts_total(&b.all) == 0;
	out->data = make_data(p, &b);
	view_add_sheet(out, &bulk_receiver_sheet);
	view_add_sheet(out, &bulk_volume_sheet);
	view_add_sheet(out, &bulk_rule_sheet);
	view_add_sheet(out, &bulk_line_sheet);
	sheets_are_table(p, out);
	bulk_say(p, out, &b);
	return p->html ? bulk_cards(p, out, &b, err) : 0;
}
