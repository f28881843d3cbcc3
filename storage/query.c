/* query: see query.h. Breakdowns are gathered in C over one scan of the facts; where a filter asks for no more than days,
 * classes and one dimension that is kept summed, the daily sums answer instead (a test holds the two to be equal). */
#include "storage/query.h"

#include "base/text.h"
#include "schema/limits.h"
#include "storage/map.h"
#include "storage/reader.h"
#include "storage/scan.h"

#include <stdio.h>
#include <stdlib.h>

enum { LONG_REPORT_SECONDS = 26 * 3600, DEFAULT_PERIOD_DAYS = 28 };

static const char *const cause_names[CAUSES] = { "list", "arc", "ours", "service", "forwarder", "unknown" };
static const char *const by_names[GROUP_BYS] = { "day", "domain", "policy_domain", "reporter", "ip", "source", "cause" };
static const char *const cause_labels[CAUSES] = { "Mailing lists",	 "Forwarded, ARC vouched", "Our own systems",
						  "Services we use",	 "Forwarded, no ARC",	   "Unknown senders" };

const char *cause_name(enum cause c)
{
	return c < CAUSES ? cause_names[c] : "none";
}

int group_by_of(struct slice word)
{
	for (int by = 0; by < GROUP_BYS; by++)
		if (slice_is(word, by_names[by]))
			return by;
	return -1;
}

const char *group_by_name(enum group_by by)
{
	return by_names[by];
}

/* --- counts --- */

int64_t counts_total(const struct counts *c)
{
	int64_t sum = 0;

	for (int i = 0; i < SPLITS; i++)
		sum += c->split[i];
	return sum;
}

int64_t counts_class(const struct counts *c, enum trust t)
{
	switch (t) {
	case TRUST_FULL:
		return c->split[SPLIT_FULL];
	case TRUST_PARTIAL:
		return c->split[SPLIT_DKIM_ONLY] + c->split[SPLIT_SPF_ONLY];
	case TRUST_UNTRUSTED:
		return c->split[SPLIT_UNTRUSTED];
	case TRUST_QUARANTINED:
		return c->split[SPLIT_QUARANTINED];
	case TRUST_REJECTED:
		return c->split[SPLIT_REJECTED];
	default:
		return 0;
	}
}

static void count(struct counts *c, const struct hit *h)
{
	c->split[h->profile->verdict.split] += h->messages;
	if (h->profile->verdict.flags & FLAG_ARC_RESCUED)
		c->arc_rescued += h->messages;
	c->rows++;
}

/* --- state and period --- */

int query_state(struct reader *r, struct store_state *out, struct err *err)
{
	if (reader_begin(r, out, err) != 0)
		return -1;
	reader_end(r);
	return 0;
}

static int64_t months_back(int64_t day, int months)
{
	struct civil c = text_civil(day + 1);
	int month = c.year * 12 + c.month - 1 - months;
	int64_t first = text_day_of(month / 12, month % 12 + 1, 1);
	int64_t next = text_day_of((month + 1) / 12, (month + 1) % 12 + 1, 1);

	return first + c.day - 1 < next ? first + c.day - 1 : next - 1;
}

bool query_period(const struct store_state *s, struct slice period, int64_t *first_day, int64_t *last_day)
{
	int64_t n = DEFAULT_PERIOD_DAYS, last = s->last_day, first;
	char unit = 'd';

	if (slice_is(period, "all")) {
		*first_day = s->first_day;
		*last_day = last;
		return true;
	}
	if (period.ptr != NULL) {
		if (period.len < 2 || period.len > 5 || period.ptr[0] == '-' || period.ptr[0] == '+' ||
		    !text_int((struct slice){ period.ptr, period.len - 1 }, &n) || n < 1)
			return false;
		unit = period.ptr[period.len - 1];
	}
	if (unit != 'd' && unit != 'm')
		return false;
	first = unit == 'd' ? last - n + 1 : months_back(last, (int)n);
	*first_day = first;
	*last_day = last;
	return true;
}

/* --- breakdowns --- */

struct tally { /* one breakdown in the making: a number per line, then its counts */
	struct map places;
	struct group *item;
	int64_t *id, *latest; /* the line's id; the begin of the report that `policy` was read from */
	size_t n, room;
};

static void tally_init(struct tally *t)
{
	*t = (struct tally){ 0 };
	map_init(&t->places);
}

static void tally_release(struct tally *t)
{
	map_release(&t->places);
	free(t->item);
	free(t->id);
	free(t->latest);
}

static void *grown(void *array, size_t n, size_t each)
{
	if ((array = realloc(array, n * each)) == NULL)
		abort();
	return array;
}

static size_t tally_line(struct tally *t, int64_t id, int64_t day)
{
	bool fresh;
	struct map_entry *e = map_put(&t->places, (struct slice){ (const char *)&id, sizeof id }, &fresh);

	if (!fresh)
		return (size_t)e->value;
	if (t->n == t->room) {
		t->room = t->room > 0 ? t->room * 2 : 64;
		t->item = grown(t->item, t->room, sizeof *t->item);
		t->id = grown(t->id, t->room, sizeof *t->id);
		t->latest = grown(t->latest, t->room, sizeof *t->latest);
	}
	t->item[t->n] = (struct group){ .first_seen = day, .last_seen = day, .kind = KIND_UNKNOWN };
	t->id[t->n] = id;
	t->latest[t->n] = INT64_MIN;
	e->value = (int64_t)t->n;
	return t->n++;
}

static struct slice policy_slice(enum policy_word p)
{
	return slice_of(p == POLICY_ABSENT ? NULL : policy_name(p));
}

static int64_t key_of(const struct hit *h, enum group_by by)
{
	switch (by) {
	case BY_DAY:
		return h->day;
	case BY_DOMAIN:
		return h->profile->domain;
	case BY_POLICY_DOMAIN:
		return h->domain;
	case BY_REPORTER:
		return h->reporter;
	case BY_IP:
		return h->address;
	case BY_SOURCE:
		return h->source;
	default:
		return h->cause;
	}
}

/* Source and policy of the line as its latest report shows them. */
static void note_latest(const struct reader *r, struct tally *t, size_t line, const struct hit *h)
{
	struct group *g = &t->item[line];

	int64_t when = h->day << 40 | h->report; /* not its begin, which a reporter chooses freely */

	if (when < t->latest[line])
		return;
	t->latest[line] = when;
	g->policy = policy_slice(h->effective);
	g->policy_inherited = h->domain != h->profile->domain;
	g->source = h->source > 0 ? r->sources[h->source].name : (struct slice){ 0 };
	g->kind = h->source > 0 ? r->sources[h->source].kind : KIND_UNKNOWN;
}

static void tally_add(const struct reader *r, struct tally *t, enum group_by by, const struct hit *h)
{
	size_t line;

	if (by == BY_CAUSE && h->cause == CAUSES)
		return;
	line = tally_line(t, key_of(h, by), h->day);
	count(&t->item[line].counts, h);
	if (h->day < t->item[line].first_seen)
		t->item[line].first_seen = h->day;
	if (h->day > t->item[line].last_seen)
		t->item[line].last_seen = h->day;
	note_latest(r, t, line, h);
}

static int address_label(struct reader *r, struct arena *a, int64_t id, struct slice *out, struct err *err)
{
	struct statement *s = db_statement(r->db, SQL_ADDRESS_GET);
	char text[ADDRESS_TEXT_BYTES];
	struct slice bytes, written;
	int rc;

	bind_int(s, 1, id);
	if ((rc = statement_step(s, err)) != 1)
		return rc < 0 ? -1 : 0;
	bytes = column_blob(s, 0);
	written = column_text(s, 1);
	*out = bytes.len == 16 ? slice_of(address_text(text, (const unsigned char *)bytes.ptr)) :
	       written.len > 0 ? written :
				 SLICE("none");
	*out = (struct slice){ arena_copy(a, out->ptr, out->len), out->len };
	statement_reset(s);
	return 0;
}

static int name_line(struct reader *r, struct arena *a, enum group_by by, int64_t id, struct group *g, struct err *err)
{
	char day[TEXT_DAY_BYTES];

	g->source = text_copy(a, g->source);
	switch (by) {
	case BY_DAY:
		g->key = slice_of(arena_printf(a, "%s", text_day(day, id)));
		break;
	case BY_DOMAIN:
	case BY_POLICY_DOMAIN:
		g->key = text_copy(a, r->domains[id]);
		break;
	case BY_REPORTER:
		g->key = text_copy(a, r->reporters[id]);
		break;
	case BY_IP:
		if (address_label(r, a, id, &g->key, err) != 0)
			return -1;
		break;
	case BY_SOURCE:
		g->key = id > 0 ? text_copy(a, r->sources[id].name) : SLICE("none");
		g->label = id > 0 ? g->key : SLICE("Unknown");
		return 0;
	default:
		g->key = slice_of(cause_names[id]);
		g->label = slice_of(cause_labels[id]);
		return 0;
	}
	g->label = g->key;
	return 0;
}

/* Lines in order of what they are sorted by. */
struct ranked {
	int64_t messages, id;
	size_t line;
};

static int most_first(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->messages != y->messages)
		return x->messages > y->messages ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static int id_first(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static int tally_groups(struct reader *r, struct arena *a, const struct tally *t, enum group_by by, size_t limit,
			struct groups *out, struct err *err)
{
	struct ranked *rank = arena_array(a, t->n + 1, sizeof *rank);
	size_t n = limit > 0 && limit < t->n ? limit : t->n;

	for (size_t i = 0; i < t->n; i++)
		rank[i] = (struct ranked){ counts_total(&t->item[i].counts), t->id[i], i };
	if (t->n > 0)
		qsort(rank, t->n, sizeof *rank, by == BY_DAY || by == BY_CAUSE ? id_first : most_first);
	*out = (struct groups){ arena_array(a, n + 1, sizeof *out->item), n, t->n };
	for (size_t i = 0; i < n; i++) {
		out->item[i] = t->item[rank[i].line];
		if (name_line(r, a, by, rank[i].id, &out->item[i], err) != 0)
			return -1;
	}
	return 0;
}

/* --- the daily sums --- */

static bool only_days_classes_and(const struct filter *f, enum group_by dimension)
{
	const struct names *const others[] = { &f->policy_domain, &f->cause, &f->source, &f->kind, &f->ip, &f->disp,
					       &f->reason, &f->flag, &f->spf, &f->spf_aligned, &f->dkim,
					       &f->dkim_aligned, &f->dkim_domain, &f->selector, &f->envelope,
					       &f->policy, &f->pct, &f->t, &f->arc };

	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (others[i]->n > 0)
			return false;
	if (f->q.len > 0)
		return false;
	return dimension == BY_REPORTER ? f->under.n + f->domain.n == 0 : f->reporter.n == 0;
}

static bool names_keep(const struct names *n, struct slice word)
{
	bool named = false;

	for (size_t i = 0; i < n->n; i++)
		named = named || slice_eq(n->item[i], word);
	return n->n == 0 || named != n->exclude;
}

static bool name_kept(const struct filter *f, enum group_by dimension, struct slice name)
{
	bool under = false;

	if (dimension == BY_REPORTER)
		return names_keep(&f->reporter, name);
	for (size_t i = 0; i < f->under.n; i++)
		under = under || domain_is_under(name, f->under.item[i]);
	return (f->under.n == 0 || under != f->under.exclude) && names_keep(&f->domain, name);
}

/* One daily row, whole: who asks for some classes only is answered by a scan, which knows their rows too. */
static void read_sums(struct statement *s, struct counts *out)
{
	for (int i = 0; i < SPLITS; i++)
		out->split[i] = column_int(s, 1 + i);
	out->arc_rescued = column_int(s, 1 + SPLITS);
	out->rows = column_int(s, 2 + SPLITS);
}

static void counts_add(struct counts *to, const struct counts *c)
{
	for (int i = 0; i < SPLITS; i++)
		to->split[i] += c->split[i];
	to->arc_rescued += c->arc_rescued;
	to->rows += c->rows;
}

static void tally_sums(struct tally *t, int64_t id, int64_t day, const struct counts *c)
{
	size_t line = tally_line(t, id, day); /* first: it may move the array */
	struct group *g = &t->item[line];

	counts_add(&g->counts, c);
	if (day > g->last_seen)
		g->last_seen = day;
}

/* Sums by day, or by the dimension itself, from its daily table. */
static int tally_daily(struct reader *r, const struct filter *f, enum group_by dimension, enum group_by by,
		       struct tally *t, struct err *err)
{
	const struct slice *names = dimension == BY_REPORTER ? r->reporters : r->domains;
	size_t count_of = dimension == BY_REPORTER ? r->reporter_count : r->domain_count;

	for (size_t id = 1; id < count_of; id++) {
		struct statement *s;
		int rc;

		if (names[id].ptr == NULL || !name_kept(f, dimension, names[id]))
			continue;
		s = db_statement(r->db, dimension == BY_REPORTER ? SQL_DAILY_REPORTERS : SQL_DAILY_DOMAINS);
		bind_int(s, 1, f->first_day);
		bind_int(s, 2, f->last_day);
		bind_int(s, 3, (int64_t)id);
		while ((rc = statement_step(s, err)) == 1) {
			struct counts c;

			read_sums(s, &c);
			if (c.rows > 0)
				tally_sums(t, by == BY_DAY ? column_int(s, 0) : (int64_t)id, column_int(s, 0), &c);
		}
		if (rc != 0)
			return -1;
	}
	return 0;
}

/* --- the questions --- */

static int scan_tally(struct reader *r, struct arena *a, const struct filter *f, enum group_by by, struct tally *t,
		      struct err *err)
{
	struct scan s;
	struct hit h;
	int rc;

	if (scan_compile(&s, r, a, f, err) != 0)
		return -1;
	scan_start(&s);
	while ((rc = scan_next(&s, &h, err)) == 1)
		if (h.in_class)
			tally_add(r, t, by, &h);
	return rc;
}

/* The daily sums do not know rows by class, sources or policies: a breakdown that shows them scans. */
static bool is_daily(const struct filter *f, enum group_by by)
{
	return f->class_.n == 0 && (by == BY_DAY || by == BY_REPORTER) && only_days_classes_and(f, BY_REPORTER);
}

int query_groups(struct reader *r, struct arena *a, const struct filter *f, enum group_by by, size_t limit,
		 struct groups *out, struct err *err)
{
	struct tally t;
	int rc;

	if (reader_begin(r, NULL, err) != 0)
		return -1;
	tally_init(&t);
	rc = is_daily(f, by) ? tally_daily(r, f, BY_REPORTER, by, &t, err) : scan_tally(r, a, f, by, &t, err);
	if (rc == 0)
		rc = tally_groups(r, a, &t, by, limit, out, err);
	tally_release(&t);
	reader_end(r);
	return rc;
}

static int sum_daily(struct reader *r, const struct filter *f, enum group_by dimension, struct counts *out,
		     struct err *err)
{
	struct tally t;
	int rc;

	tally_init(&t);
	rc = tally_daily(r, f, dimension, dimension, &t, err);
	for (size_t i = 0; rc == 0 && i < t.n; i++)
		counts_add(out, &t.item[i].counts);
	tally_release(&t);
	return rc;
}

static int sum_facts(struct reader *r, const struct filter *f, struct counts *out, struct err *err)
{
	struct arena scratch = { 0 };
	struct scan s;
	struct hit h;
	int rc = scan_compile(&s, r, &scratch, f, err);

	if (rc == 0) {
		scan_start(&s);
		while ((rc = scan_next(&s, &h, err)) == 1)
			if (h.in_class)
				count(out, &h);
	}
	arena_release(&scratch);
	return rc;
}

int query_counts(struct reader *r, const struct filter *f, struct counts *out, struct err *err)
{
	struct counts sum = { 0 };
	int rc;

	if (reader_begin(r, NULL, err) != 0)
		return -1;
	if (f->class_.n == 0 && only_days_classes_and(f, BY_REPORTER))
		rc = sum_daily(r, f, BY_REPORTER, &sum, err);
	else if (f->class_.n == 0 && only_days_classes_and(f, BY_DOMAIN))
		rc = sum_daily(r, f, BY_DOMAIN, &sum, err);
	else
		rc = sum_facts(r, f, &sum, err);
	reader_end(r);
	if (rc == 0)
		*out = sum;
	return rc;
}

/* --- overview --- */

struct gathering { /* everything that one scan gathers */
	struct tally day, cause, reporter, ip, domain;
	struct map reporter_day; /* (reporter, day) that arrived */
	int64_t policies[POLICY_REJECT + 1];
	int64_t last_report;
};

static bool is_long(const struct hit *h)
{
	int64_t seconds;

	return h->begin != REPORT_NO_TIME && h->end != REPORT_NO_TIME &&
	       (__builtin_sub_overflow(h->end, h->begin, &seconds) ? h->end > h->begin : seconds > LONG_REPORT_SECONDS);
}

static void gather(struct reader *r, struct gathering *g, struct overview *o, const struct hit *h)
{
	const int64_t arrived[2] = { h->reporter, h->day };
	bool fresh, arc = (h->profile->verdict.flags & FLAG_ARC_RESCUED) != 0;

	count(&o->period, h);
	map_put(&g->reporter_day, (struct slice){ (const char *)arrived, sizeof arrived }, &fresh);
	g->policies[h->effective] += h->messages;
	if (!h->in_class)
		return;
	count(&o->all, h);
	tally_add(r, &g->day, BY_DAY, h);
	tally_add(r, &g->cause, BY_CAUSE, h);
	tally_add(r, &g->reporter, BY_REPORTER, h);
	tally_add(r, &g->ip, BY_IP, h);
	tally_add(r, &g->domain, BY_DOMAIN, h);
	if (h->cause == CAUSE_LIST && arc)
		o->list_and_arc += h->messages;
	if (h->cause != CAUSES)
		o->why[classify_why(h->policy, h->effective, &h->profile->verdict, h->profile->reasons)] += h->messages;
	if (h->profile->verdict.flags & FLAG_ACTED_DESPITE_PASS)
		o->acted_despite_pass += h->messages;
	if (h->report != g->last_report) { /* facts come report by report */
		g->last_report = h->report;
		o->reports++;
		o->long_reports += is_long(h);
	}
}

static int all_days(struct reader *r, struct arena *a, const struct filter *f, struct tally *t, struct overview *o,
		    struct err *err)
{
	for (int64_t day = f->first_day; day <= f->last_day; day++)
		tally_line(t, day, day);
	return tally_groups(r, a, t, BY_DAY, 0, &o->by_day, err);
}

static void reporter_days(struct arena *a, const struct filter *f, struct gathering *g, const struct tally *t,
			  struct overview *o, struct reader *r)
{
	int64_t days = f->last_day - f->first_day + 1;

	o->reporter_days = arena_array(a, o->by_reporter.n + 1, sizeof *o->reporter_days);
	for (size_t i = 0; i < o->by_reporter.n; i++) {
		struct reporter_days *line = &o->reporter_days[i];
		int64_t id = 0;

		line->reporter = o->by_reporter.item[i].key;
		line->messages = counts_total(&o->by_reporter.item[i].counts);
		line->arrived = arena_array(a, (size_t)days + 1, sizeof *line->arrived);
		for (size_t k = 0; k < t->n; k++)
			if (slice_eq(r->reporters[t->id[k]], line->reporter))
				id = t->id[k];
		for (int64_t day = 0; day < days; day++) {
			const int64_t key[2] = { id, f->first_day + day };

			line->arrived[day] = map_has(&g->reporter_day, (struct slice){ (const char *)key, sizeof key });
		}
	}
}

static int finish(struct reader *r, struct arena *a, const struct filter *f, size_t limit, struct gathering *g,
		  struct overview *o, struct err *err)
{
	enum policy_word most = POLICY_ABSENT;

	if (all_days(r, a, f, &g->day, o, err) != 0 || tally_groups(r, a, &g->cause, BY_CAUSE, 0, &o->by_cause, err) != 0 ||
	    tally_groups(r, a, &g->reporter, BY_REPORTER, limit, &o->by_reporter, err) != 0 ||
	    tally_groups(r, a, &g->ip, BY_IP, limit, &o->by_ip, err) != 0 ||
	    tally_groups(r, a, &g->domain, BY_DOMAIN, limit, &o->by_domain, err) != 0)
		return -1;
	reporter_days(a, f, g, &g->reporter, o, r);
	for (int p = POLICY_NONE; p <= POLICY_REJECT; p++)
		if (g->policies[p] > g->policies[most])
			most = (enum policy_word)p;
	o->policy = policy_slice(most);
	o->domains = o->by_domain.total;
	o->reporters = o->by_reporter.total;
	return 0;
}

static int gather_all(struct reader *r, struct arena *a, const struct filter *f, struct gathering *g,
		      struct overview *o, struct err *err)
{
	struct scan s;
	struct hit h;
	int rc;

	if (scan_compile(&s, r, a, f, err) != 0)
		return -1;
	scan_start(&s);
	while ((rc = scan_next(&s, &h, err)) == 1)
		gather(r, g, o, &h);
	return rc;
}

int query_overview(struct reader *r, struct arena *a, const struct filter *f, size_t limit, struct overview *out,
		   struct err *err)
{
	struct gathering g = { .last_report = -1 };
	struct tally *const tallies[] = { &g.day, &g.cause, &g.reporter, &g.ip, &g.domain };
	struct overview o = { 0 };
	int rc;

	if (reader_begin(r, NULL, err) != 0)
		return -1;
	for (size_t i = 0; i < sizeof tallies / sizeof *tallies; i++)
		tally_init(tallies[i]);
	map_init(&g.reporter_day);
	rc = gather_all(r, a, f, &g, &o, err);
	if (rc == 0)
		rc = finish(r, a, f, limit, &g, &o, err);
	for (size_t i = 0; i < sizeof tallies / sizeof *tallies; i++)
		tally_release(tallies[i]);
	map_release(&g.reporter_day);
	reader_end(r);
	if (rc == 0)
		*out = o;
	return rc;
}

/* --- records --- */

struct cursor { /* the last row given, and the newest report when paging began */
	int64_t day, report, address, profile, newest;
};

static bool read_cursor(struct slice text, struct cursor *c)
{
	int64_t *const parts[] = { &c->day, &c->report, &c->address, &c->profile, &c->newest };
	const char *p = text.ptr, *end = text.ptr + text.len;

	for (int i = 0; i < 5; i++) {
		const char *dot = i < 4 ? memchr(p, '.', (size_t)(end - p)) : end;

		if (dot == NULL || !text_int((struct slice){ p, (size_t)(dot - p) }, parts[i]))
			return false;
		p = dot + (i < 4);
	}
	return true;
}

static bool is_behind(const struct hit *h, const struct cursor *c)
{
	if (h->day != c->day)
		return h->day < c->day;
	if (h->report != c->report)
		return h->report < c->report;
	if (h->address != c->address)
		return h->address < c->address;
	return h->profile_id < c->profile;
}

static struct reason *reasons_copied(struct arena *a, const struct reason *r)
{
	struct reason *list = NULL, **end = &list;

	for (; r != NULL; r = r->next, end = &(*end)->next) {
		*end = arena_alloc(a, sizeof **end);
		**end = (struct reason){ text_copy(a, r->type), text_copy(a, r->comment), NULL };
	}
	return list;
}

static struct auth *auths_copied(struct arena *a, const struct auth *r)
{
	struct auth *list = NULL, **end = &list;

	for (; r != NULL; r = r->next, end = &(*end)->next) {
		*end = arena_alloc(a, sizeof **end);
		**end = (struct auth){ text_copy(a, r->domain), text_copy(a, r->selector), text_copy(a, r->scope),
				       text_copy(a, r->result), text_copy(a, r->human_result), NULL };
	}
	return list;
}

static void fill_record(struct reader *r, struct arena *a, const struct hit *h, struct record *out)
{
	const struct profile_dim *p = h->profile;

	*out = (struct record){
		.report = h->report, .day = h->day, .address = h->address, .profile = h->profile_id,
		.reporter = text_copy(a, r->reporters[h->reporter]), .report_id = text_copy(a, h->report_id),
		.header_from = text_copy(a, r->domains[p->domain]), .envelope_from = text_copy(a, p->envelope_from),
		.envelope_to = text_copy(a, p->envelope_to), .policy_domain = text_copy(a, r->domains[h->domain]),
		.kind = KIND_UNKNOWN, .cause = h->cause, .disposition_raw = text_copy(a, p->disposition),
		.dkim_raw = text_copy(a, p->dkim), .spf_raw = text_copy(a, p->spf), .verdict = p->verdict,
		.reasons = reasons_copied(a, p->reasons), .dkim_auth = auths_copied(a, p->dkim_auth),
		.spf_auth = auths_copied(a, p->spf_auth), .policy = policy_slice(h->effective), .pct = h->policy->pct,
		.testing = h->policy->testing, .begin = h->begin, .end = h->end, .messages = h->messages,
	};
	if (h->source > 0) {
		out->source = text_copy(a, r->sources[h->source].name);
		out->kind = r->sources[h->source].kind;
	}
}

static int name_addresses(struct reader *r, struct arena *a, struct records *out, struct err *err)
{
	for (size_t i = 0; i < out->n; i++)
		if (address_label(r, a, out->item[i].address, &out->item[i].ip, err) != 0)
			return -1;
	return 0;
}

static int read_page(struct reader *r, struct arena *a, const struct filter *f, const struct cursor *c, size_t limit,
		     struct records *out, struct err *err)
{
	struct scan s;
	struct hit h;
	int rc;

	if (scan_compile(&s, r, a, f, err) != 0)
		return -1;
	out->item = arena_array(a, limit + 1, sizeof *out->item);
	scan_start_newest(&s, c->day, c->report, c->newest);
	while ((rc = scan_next(&s, &h, err)) == 1) {
		if (!h.in_class || !is_behind(&h, c))
			continue;
		if (out->n == limit) {
			out->more = true;
			scan_stop(&s);
			return 0;
		}
		fill_record(r, a, &h, &out->item[out->n++]);
	}
	return rc;
}

static int newest_report(struct reader *r, int64_t *out, struct err *err)
{
	return statement_run(db_statement(r->db, SQL_LAST_REPORT), out, err);
}

static int query_page(struct reader *r, struct arena *a, const struct filter *f, struct slice after, size_t limit,
		      struct records *out, struct err *err)
{
	struct cursor c = { INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX, 0 };

	if (after.ptr == NULL) {
		if (newest_report(r, &c.newest, err) != 0)
			return -1;
	} else if (!read_cursor(after, &c)) {
		return err_set(err, ERR_USE, "after: is no cursor of this list");
	}
	if (read_page(r, a, f, &c, limit, out, err) != 0 || name_addresses(r, a, out, err) != 0)
		return -1;
	if (out->more) {
		const struct record *last = &out->item[out->n - 1];

		out->after = slice_of(arena_printf(a, "%lld.%lld.%lld.%lld.%lld", (long long)last->day,
						   (long long)last->report, (long long)last->address,
						   (long long)last->profile, (long long)c.newest));
	}
	return 0;
}

int query_records(struct reader *r, struct arena *a, const struct filter *f, struct slice after, size_t limit,
		  struct records *out, struct err *err)
{
	struct records page = { 0 };
	int rc;

	if (reader_begin(r, NULL, err) != 0)
		return -1;
	rc = query_page(r, a, f, after, limit, &page, err);
	reader_end(r);
	if (rc == 0)
		*out = page;
	return rc;
}
