/* scan: see scan.h. */
#include "storage/scan.h"

#include "base/text.h"
#include "storage/once.h"

#include <stdlib.h>

enum { JUDGED_ROOM = 512 /* kinds that a filter meets, twice: a power of two */ };
enum { LOOKUP_COST = 16 /* steps through a list that looking one id up in it costs as much as */ };

/* --- what a kind of row must be --- */

/* UX 7.1: the first rule that fits. */
static enum cause cause_of(const struct kind *k, enum source_kind source)
{
	if (k->split != SPLIT_UNTRUSTED)
		return CAUSES;
	if (source == KIND_LIST)
		return CAUSE_LIST;
	if (k->arc_rescued)
		return CAUSE_ARC;
	return source == KIND_OURS      ? CAUSE_OURS :
	       source == KIND_SERVICE   ? CAUSE_SERVICE :
	       source == KIND_FORWARDER ? CAUSE_FORWARDER :
					  CAUSE_UNKNOWN;
}

static bool cause_keeps(const struct names *n, enum cause c)
{
	return names_keep(n, slice_of(cause_name(c)));
}

static bool flag_keeps(const struct names *n, const struct kind *k)
{
	bool named = false;

	for (size_t i = 0; i < n->n; i++)
		named = named || (k->arc_rescued && slice_is(n->item[i], "arc_rescued")) ||
			(k->acted_despite_pass && slice_is(n->item[i], "acted_despite_pass"));
	return n->n == 0 || named != n->exclude;
}

/* What sums know of a row besides whose it is; a fact's profile was asked already for some of it. */
static bool kind_keeps(const struct scan *s, const struct kind *k, enum source_kind source)
{
	const struct filter *f = s->filter;
	bool dkim = k->split == SPLIT_FULL || k->split == SPLIT_DKIM_ONLY, spf = k->split == SPLIT_FULL || k->split == SPLIT_SPF_ONLY;

	return cause_keeps(&f->cause, cause_of(k, source)) && names_keep(&f->kind, slice_of(source_kind_name(source))) &&
	       names_keep(&f->policy, slice_of(policy_name(k->effective))) && names_keep(&f->spf_aligned, yes_no(spf)) &&
	       names_keep(&f->dkim_aligned, yes_no(dkim)) && names_keep(&f->phase, slice_of(step_name(k->step))) &&
	       names_keep(&f->state, slice_of(survival_name(k->survival))) &&
	       names_keep(&f->arc, k->arc_rescued ? SLICE("pass") : SLICE("none")) &&
	       (!s->has_address_sums || flag_keeps(&f->flag, k));
}

static size_t decide(const struct kind *k, unsigned source_class, bool once)
{
	enum source_kind kind = source_class_kind(source_class);
	size_t n;
	const struct verdict_rule *rules = verdict_rules(&n);

	return verdict_decide(rules, n, k->facts | verdict_facts_of_source(kind, (enum list_software)(source_class % SOFTWARES)) |
						(once ? (unsigned)FACT_ONCE : 0u));
}

static bool rule_is_kept(const struct filter *f, const struct verdict_rule *rule)
{
	return names_keep(&f->verdict, slice_of(verdict_name(rule->verdict))) && names_keep(&f->decided_by, slice_of(rule->id));
}

static void judge_kind(struct scan *s, struct kind_verdict *v, unsigned source_class)
{
	enum source_kind source = source_class_kind(source_class);
	bool kept = kind_keeps(s, &v->kind, source);

	v->cause = cause_of(&v->kind, source);
	v->in_class = names_keep(&s->filter->class_, slice_of(trust_param(split_trust(v->kind.split))));
	for (int once = 0; once < 2; once++) {
		v->of[once].rule = (uint8_t)decide(&v->kind, source_class, once);
		v->of[once].is_kept = kept && rule_is_kept(s->filter, verdict_rule_at(v->of[once].rule));
	}
}

static struct judged *judged_at(const struct scan *s, uint32_t key)
{
	size_t mask = s->judged_room - 1, i = (key * 0x9e3779b1u) >> 8 & mask;

	while (s->judged[i].key != 0 && s->judged[i].key != key)
		i = (i + 1) & mask;
	return &s->judged[i];
}

/* Twice the places, at most half of them taken. */
static void judged_grow(struct scan *s)
{
	struct judged *old = s->judged;
	size_t room = s->judged_room;

	s->judged_room = room > 0 ? room * 2 : JUDGED_ROOM;
	if ((s->judged = calloc(s->judged_room, sizeof *s->judged)) == NULL)
		abort();
	for (size_t i = 0; i < room; i++)
		if (old[i].key != 0)
			*judged_at(s, old[i].key) = old[i];
	free(old);
}

static uint32_t judge(struct scan *s, uint32_t key)
{
	unsigned source_class = (key - 1) >> KIND_BITS;
	struct kind_verdict *v;

	s->verdict = array_room(s->verdict, &s->verdict_room, &s->verdicts, sizeof *s->verdict, s->verdicts);
	v = &s->verdict[s->verdicts - 1];
	*v = (struct kind_verdict){ .cause = CAUSES };
	if (kind_parts((key - 1) & (SCAN_KINDS - 1), &v->kind))
		judge_kind(s, v, source_class);
	return (uint32_t)s->verdicts - 1;
}

/* What follows from a kind of row under a class of source. */
static const struct kind_verdict *judged(struct scan *s, uint32_t kind, unsigned source_class)
{
	uint32_t key = ((uint32_t)source_class << KIND_BITS | kind) + 1;
	struct judged *at;

	if (key == s->last_key)
		return &s->verdict[s->last_place];
	if (s->verdicts * 2 >= s->judged_room)
		judged_grow(s);
	at = judged_at(s, key);
	if (at->key == 0)
		*at = (struct judged){ key, judge(s, key) };
	s->last_key = key;
	s->last_place = at->place;
	return &s->verdict[at->place];
}

static bool is_once(const struct scan *s, uint32_t address)
{
	return s->once != NULL && (s->once[address / 64] >> (address % 64) & 1) != 0;
}

/* Fills what follows from the kind; false where the filter does not want it. `address` is 0 where it is not told apart: what may be of
 * one seen once is kept then, so that its days are found. */
static bool keep(struct scan *s, uint32_t kind, uint32_t source, uint32_t address, struct hit *h)
{
	const struct kind_verdict *v = judged(s, kind, s->reader->meaning.source_classes[source]);
	bool once = is_once(s, address);

	if (!v->of[once].is_kept && (address != 0 || !v->of[1].is_kept))
		return false;
	h->source = source;
	h->kind = v->kind;
	h->cause = v->cause;
	h->in_class = v->in_class;
	h->rule = v->of[once].rule;
	return true;
}

/* --- compiling --- */

static bool sums_know_flags(const struct names *n)
{
	for (size_t i = 0; i < n->n; i++)
		if (!slice_is(n->item[i], "arc_rescued") && !slice_is(n->item[i], "acted_despite_pass"))
			return false;
	return true;
}

/* Sums are by From domain, source, reporter and kind; address or not. */
static bool sums_know(const struct filter *f)
{
	const struct names *const unknown[] = { &f->policy_domain, &f->disp,     &f->reason, &f->spf, &f->dkim,
						&f->dkim_domain,   &f->selector, &f->envelope, &f->pct,	   &f->t,      &f->report,
						&f->signature };

	for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
		if (unknown[i]->n > 0)
			return false;
	return f->q.len == 0 && sums_know_flags(&f->flag);
}

/* With profiles all is known but addresses and single reports. */
static bool profile_sums_know(const struct scan *s)
{
	const struct filter *f = s->filter;

	return f->ip.n + f->report.n == 0 && (f->q.len == 0 || s->sets.q_addresses->n + s->sets.q_reports->n == 0);
}

/* The keys of rows that a filter asks about; a row's cause depends on its source. */
static enum cell_table keys_of(const struct scan *s)
{
	const struct filter *f = s->filter;

	return (enum cell_table)((s->sets.domains != NULL ? OF_DOMAIN : 0) |
				 (f->source.n + f->kind.n + f->cause.n + f->verdict.n + f->decided_by.n > 0 ? OF_SOURCE : 0) |
				 (s->sets.reporters != NULL ? OF_REPORTER : 0));
}

/* Whether an address seen once makes a difference: a rule asks for it, and is kept while one below it is not, or the reverse. */
static bool tells_once(const struct filter *f)
{
	size_t n;
	const struct verdict_rule *rules = verdict_rules(&n);

	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n && ((rules[i].needs | rules[i].lacks) & FACT_ONCE); k++)
			if (rule_is_kept(f, &rules[i]) != rule_is_kept(f, &rules[k]))
				return true;
	return false;
}

static uint32_t last_address(const struct id_set *set)
{
	uint32_t last = 0;

	if (set == NULL || set->exclude)
		return UINT32_MAX;
	for (const struct id_list *item = set->first; item != NULL; item = item->next)
		last = item->id > last ? item->id : last;
	return last;
}

int scan_compile(struct scan *s, struct reader *r, struct arena *a, const struct filter *f, struct err *err)
{
	*s = (struct scan){ .reader = r, .arena = a, .filter = f, .has_address_sums = sums_know(f) };
	if (sets_compile(&s->sets, r, a, f, err) != 0)
		return -1;
	s->keys = keys_of(s);
	s->last_address = last_address(s->sets.addresses);
	s->has_sums = s->has_address_sums && f->ip.n == 0 && !tells_once(f);
	s->has_profile_sums = profile_sums_know(s) && !tells_once(f);
	if (tells_once(f) && scan_tell_once(s, err) != 0)
		return -1;
	return derive_last_closed(r->db, &s->last_closed, err);
}

int scan_tell_once(struct scan *s, struct err *err)
{
	return once_addresses(s->reader, &s->once, err);
}

unsigned scan_facts(const struct scan *s, const struct hit *h)
{
	unsigned class_ = s->reader->meaning.source_classes[h->source];

	return h->kind.facts | s->reader->meaning.profiles[h->profile].facts |
	       verdict_facts_of_source(source_class_kind(class_), (enum list_software)(class_ % SOFTWARES)) |
	       (is_once(s, h->address) ? (unsigned)FACT_ONCE : 0u);
}

enum verdict hit_verdict(const struct hit *h)
{
	return verdict_rule_at(h->rule)->verdict;
}

void hit_count_more(struct counts *c, unsigned counted, int64_t messages)
{
	c->arc_rescued += counted & COUNTED_ARC ? messages : 0;
	c->vouched += counted & COUNTED_VOUCHED ? messages : 0;
	c->spared += counted & COUNTED_SPARED ? messages : 0;
	c->strict_dkim += counted & COUNTED_STRICT_DKIM ? messages : 0;
	c->strict_spf += counted & COUNTED_STRICT_SPF ? messages : 0;
	c->strict_both += counted & COUNTED_STRICT_BOTH ? messages : 0;
}

static unsigned classes_kept(const struct filter *f)
{
	unsigned bits = 0;

	for (int t = 0; t < TRUST_CLASSES; t++)
		if (names_keep(&f->class_, slice_of(trust_param((enum trust)t))))
			bits |= 1u << t;
	return bits;
}

/* --- sums --- */

static void add_range(struct scan *s, int64_t from, int64_t to, bool months, bool facts)
{
	if (from <= to)
		s->range[s->ranges++] = (struct scan_range){ from, to, months, facts };
}

/* Whole months of the filter's days, and the days before and behind. */
static void plan(struct scan *s, enum scan_grain grain)
{
	int64_t first = s->filter->first_day, last = s->filter->last_day, from, to;
	bool facts = grain >= SCAN_PROFILES;

	from = derive_month_of(first);
	from += derive_month_first(from) < first;
	to = derive_month_of(last + 1) - 1;
	if (facts && to > s->last_closed)
		to = s->last_closed;
	if (grain == SCAN_DAYS || grain == SCAN_FACTS || from > to) {
		add_range(s, first, last, false, facts);
		return;
	}
	add_range(s, first, derive_month_first(from) - 1, false, facts);
	add_range(s, from, to, true, false);
	add_range(s, derive_month_first(to + 1), last, false, facts);
}

static void start_months(struct scan *s, enum sql name, const struct scan_range *r)
{
	s->blobs = NULL; /* of what was read before */
	s->days_left = 0;
	s->first_day = r->from;
	s->last_day = r->to;
	s->months = db_statement(s->reader->db, name);
	bind_int(s->months, 1, derive_month_of(r->from));
	bind_int(s->months, 2, derive_month_of(r->to));
}

static void start_range(struct scan *s)
{
	const struct scan_range *r = &s->range[s->at];
	int64_t last = r->months ? INT32_MAX : FIRST_MONTH_PERIOD - 1; /* a far day has the number of a month */

	if ((s->facts = r->facts)) {
		start_months(s, SQL_MONTHS, r);
		return;
	}
	s->blobs = db_statement(s->reader->db, SQL_CELLS_BETWEEN);
	bind_int(s->blobs, 1, derive_cell_id(s->table, r->from < 0 ? 0 : r->from < last ? r->from : last));
	bind_int(s->blobs, 2, derive_cell_id(s->table, r->to < 0 ? 0 : r->to < last ? r->to : last));
}

static bool is_in_set(void *ctx, uint32_t id)
{
	return set_has(ctx, id);
}

/* Only the groups of the filter's From domains, or reporters, are read. */
static void want_groups(const struct scan *s, enum cell_table table, struct cell_reader *in)
{
	struct id_set *set = table == OF_REPORTER_FIRST || table == OF_REPORTER_PROFILES ? s->sets.reporters :
			     table == OF_REPORTER_ADDRESSES                               ? s->sets.reporters :
			     table == OF_PROFILES                                         ? s->sets.profiles :
			     table == OF_ADDRESSES                                        ? s->sets.addresses :
			     table == OF_DOMAIN_ADDRESSES ||
					     (table < OF_REPORTER_FIRST && (table & OF_DOMAIN)) ? s->sets.domains :
											    NULL;

	if (set != NULL) {
		in->wanted = is_in_set;
		in->ctx = set;
	}
}

static void start_ranges(struct scan *s, enum scan_grain grain, enum cell_table table)
{
	/* Of two that hold the same the one in whose order the filter's are together. */
	s->table = table == (OF_DOMAIN | OF_REPORTER) && s->sets.domains == NULL && s->sets.reporters != NULL ?
			   OF_REPORTER_FIRST :
			   table;
	s->ranges = s->at = 0;
	s->in_cells = s->in_segment = s->in_report = s->facts = false;
	plan(s, grain);
	if (s->ranges > 0)
		start_range(s);
}

/* The next period's cells: 1, or 0 at the end of the range. */
static int next_period(struct scan *s, struct err *err)
{
	bool months = s->at < s->ranges && s->range[s->at].months;
	int rc;

	if (s->at == s->ranges || (rc = statement_step(s->blobs, err)) == 0)
		return 0;
	if (rc < 0)
		return -1;
	s->period = column_int(s->blobs, 0) - derive_cell_id(s->table, 0);
	if (months)
		s->period = derive_month_first(s->period);
	cell_reader_init(&s->cells, column_blob(s->blobs, 1), cell_table_keys(s->table), months);
	want_groups(s, s->table, &s->cells);
	return 1;
}

/* Whether there is another range, which is started. */
static bool next_range(struct scan *s)
{
	s->in_cells = s->in_segment = s->in_report = false;
	if (s->at == s->ranges || ++s->at == s->ranges)
		return false;
	start_range(s);
	return true;
}

/* Days of a month's cell that the month has; one of a day is that day. */
static bool has_days_of(const struct cell *c, bool of_month, int64_t first)
{
	int64_t days = of_month ? text_next_month(first) - first : 1;

	return c->days != 0 && (c->days & ~(UINT32_MAX >> (32 - days))) == 0;
}

static bool keep_cell(struct scan *s, enum cell_table table, const struct cell *c, struct hit *h)
{
	bool reporter_first = table == OF_REPORTER_FIRST;
	uint32_t reporter = c->key[reporter_first ? ROW_DOMAIN : ROW_REPORTER];

	if (!set_has(s->sets.sources, c->key[ROW_SOURCE]) || !set_has(s->sets.reporters, reporter) ||
	    c->key[ROW_KIND] >= SCAN_KINDS || c->key[ROW_SOURCE] >= s->reader->meaning.source_count || c->days == 0 ||
	    reporter >= s->reader->reporter_count ||
	    c->key[reporter_first ? ROW_REPORTER : ROW_DOMAIN] >= s->reader->domain_count)
		return false;
	*h = (struct hit){ .first_day = s->period + __builtin_ctz(c->days), .last_day = s->period + 31 - __builtin_clz(c->days),
			   .domain = c->key[reporter_first ? ROW_REPORTER : ROW_DOMAIN], .reporter = reporter,
			   .messages = c->messages, .rows = c->count };
	return keep(s, c->key[ROW_KIND], c->key[ROW_SOURCE], 0, h);
}

/* The reporter stands before the other keys where the table tells reporters apart. */
static bool keep_profile_cell(struct scan *s, const struct cell *c, struct hit *h)
{
	const struct reader *r = s->reader;
	const struct meaning *m = &r->meaning;
	bool reporters = s->table == OF_REPORTER_PROFILES;
	const uint32_t *key = c->key + reporters;
	uint32_t profile = key[PROFILE_ID], policy = key[PROFILE_POLICY], reporter = reporters ? c->key[0] : 0;
	bool inherited;

	if (profile >= m->profile_count || profile >= r->profile_count || m->profiles[profile].domain == 0 ||
	    policy >= m->policy_count || key[PROFILE_SOURCE] >= m->source_count || key[PROFILE_DOMAIN] >= r->domain_count ||
	    reporter >= r->reporter_count || c->days == 0 || !set_has(s->sets.profiles, profile) ||
	    !set_has(s->sets.sources, key[PROFILE_SOURCE]) || !set_has(s->sets.policy_domains, key[PROFILE_DOMAIN]) ||
	    !set_has(s->sets.policies, policy) || !set_has(s->sets.reporters, reporter))
		return false;
	if (s->filter->q.len > 0 && !set_has(s->sets.q_profiles, profile) && !set_has(s->sets.q_reporters, reporter))
		return false;
	inherited = m->profiles[profile].domain != key[PROFILE_DOMAIN];
	*h = (struct hit){ .first_day = s->period + __builtin_ctz(c->days), .last_day = s->period + 31 - __builtin_clz(c->days),
			   .domain = m->profiles[profile].domain, .reporter = reporter, .messages = c->messages,
			   .rows = c->count, .profile = profile, .policy = policy, .policy_domain = key[PROFILE_DOMAIN] };
	return keep(s, kind_of(&m->profiles[profile], &m->policies[policy], inherited), key[PROFILE_SOURCE], 0, h);
}

/* The From domain or the reporter stands before the other keys where the table tells them apart. */
static bool keep_address_cell(struct scan *s, const struct cell *c, struct hit *h)
{
	const struct reader *r = s->reader;
	const uint32_t *key = c->key + (s->table != OF_ADDRESSES);
	uint32_t domain = s->table == OF_DOMAIN_ADDRESSES ? c->key[0] : 0, reporter = s->table == OF_REPORTER_ADDRESSES ? c->key[0] : 0;

	if (key[ADDRESS_ID] > r->meaning.last_address || key[ADDRESS_SOURCE] >= r->meaning.source_count ||
	    key[ADDRESS_KIND] >= SCAN_KINDS || domain >= r->domain_count || reporter >= r->reporter_count || c->days == 0 ||
	    !set_has(s->sets.addresses, key[ADDRESS_ID]) || !set_has(s->sets.sources, key[ADDRESS_SOURCE]))
		return false;
	h->first_day = s->period + __builtin_ctz(c->days); /* one by one: a whole struct made anew takes twice as long */
	h->last_day = s->period + 31 - __builtin_clz(c->days);
	h->domain = domain;
	h->reporter = reporter;
	h->messages = c->messages;
	h->rows = c->count;
	h->address = key[ADDRESS_ID];
	h->policy_domain = h->policy = h->profile = 0;
	h->report = 0;
	return keep(s, key[ADDRESS_KIND], key[ADDRESS_SOURCE], key[ADDRESS_ID], h);
}

static int damaged(const struct scan *s, struct err *err)
{
	char day[TEXT_DAY_BYTES];

	return err_set(err, ERR_SYSTEM, "what is kept of %s is damaged: `ruad rebuild` makes it anew from the facts",
		       text_day(day, s->period));
}

static bool keep_any(struct scan *s, const struct cell *c, struct hit *h)
{
	if (cell_table_has_addresses(s->table))
		return keep_address_cell(s, c, h);
	return cell_table_has_days(s->table) ? keep_cell(s, s->table, c, h) : keep_profile_cell(s, c, h);
}

static int next_sum(struct scan *s, struct hit *out, struct err *err)
{
	const struct cell *cell;
	int rc;

	for (;;) {
		while (s->in_cells && (rc = cell_reader_next(&s->cells, &cell)) != 0) {
			if (rc < 0)
				return damaged(s, err);
			if (keep_any(s, cell, out))
				return 1;
		}
		if ((rc = next_period(s, err)) != 1)
			return rc;
		s->in_cells = true;
	}
}

/* Hands over all cells of a table, whatever the filter asks but its days. */
static int each_cell(struct scan *s, enum scan_grain grain, enum cell_table table, scan_take *take, void *ctx, struct err *err)
{
	const struct cell *cell;
	int rc, more;

	start_ranges(s, grain, table);
	do {
		while ((rc = next_period(s, err)) == 1) {
			while ((more = cell_reader_next(&s->cells, &cell)) == 1)
				take(ctx, cell, s->period);
			if (more < 0)
				return damaged(s, err);
		}
	} while (rc == 0 && next_range(s));
	return rc;
}

static void add_count(void *ctx, const struct cell *cell, int64_t first_day)
{
	*(int64_t *)ctx += cell->count;
}

/* Who sees a part is told of no more, not even by what is left out. */
static int count_seen(struct scan *s, int64_t *rows, struct err *err)
{
	struct hit h;
	int rc;

	scan_start(s, SCAN_SUMS, OF_DOMAIN);
	while ((rc = scan_next(s, &h, err)) == 1)
		*rows += h.rows;
	return rc;
}

int scan_rows_of_period(struct scan *s, int64_t *rows, struct err *err)
{
	*rows = 0;
	return s->filter->scope.n > 0 ? count_seen(s, rows, err) : each_cell(s, SCAN_SUMS, OF_NOTHING, add_count, rows, err);
}

/* What a damaged table may hold is passed over: `ruad verify` tells. */
static bool is_report_cell(const struct scan *s, const struct cell *c)
{
	return c->key[REPORT_DOMAIN] < s->reader->domain_count && c->key[REPORT_REPORTER] < s->reader->reporter_count &&
	       c->key[REPORT_POLICY] < s->reader->meaning.policy_count &&
	       has_days_of(c, s->range[s->at].months, s->period);
}

struct wanted_reports {
	const struct scan *scan;
	scan_take *take;
	void *ctx;
};

static void take_wanted(void *ctx, const struct cell *cell, int64_t first_day)
{
	const struct wanted_reports *w = ctx;

	if (is_report_cell(w->scan, cell) && set_has(w->scan->sets.reporters, cell->key[REPORT_REPORTER]) &&
	    set_has(w->scan->sets.policy_domains, cell->key[REPORT_DOMAIN]))
		w->take(w->ctx, cell, first_day);
}

int scan_reports(struct scan *s, scan_take *take, void *ctx, struct err *err)
{
	struct wanted_reports w = { s, take, ctx };

	return each_cell(s, SCAN_SUMS, OF_REPORTS, take_wanted, &w, err);
}

int scan_reports_of_days(struct scan *s, scan_take *take, void *ctx, struct err *err)
{
	struct wanted_reports w = { s, take, ctx };

	return each_cell(s, SCAN_DAYS, OF_REPORTS, take_wanted, &w, err);
}

bool scan_may_see(const struct scan *s, uint32_t policy_domain)
{
	const struct names *scope = &s->filter->scope;

	for (size_t i = 0; i < scope->n; i++)
		if (domain_is_under(s->reader->domains[policy_domain], scope->item[i]))
			return true;
	return scope->n == 0;
}

/* --- facts --- */

/* The days that have an id of the set, as far as they are among `wanted`: by looking each id up where they are few. */
static uint32_t days_with(struct slice ids, const struct id_set *set, uint32_t wanted)
{
	uint32_t found = 0, days;

	if (!set->exclude && set->n * LOOKUP_COST < ids.len / ID_BYTES) {
		for (const struct id_list *item = set->first; item != NULL; item = item->next)
			found |= ids_days(ids, item->id);
		return found & wanted;
	}
	for (size_t i = 0; i < ids.len / ID_BYTES && (found & wanted) != wanted; i++)
		if (set_has(set, ids_at(ids, i, &days)))
			found |= days;
	return found & wanted;
}

/* A month's cells of one table into the reader, until forget_month. */
static int read_month(struct scan *s, enum cell_table table, struct cell_reader *in, struct err *err)
{
	struct statement *st = db_statement(s->reader->db, SQL_CELL_GET);
	int rc;

	bind_int(st, 1, derive_cell_id(table, derive_month_of(s->month_first)));
	if ((rc = statement_step(st, err)) < 0)
		return -1;
	cell_reader_init(in, rc == 1 ? column_blob(st, 0) : SLICE(""), cell_table_keys(table), true);
	want_groups(s, table, in);
	return 0;
}

/* A statement that is not reset would hold the reading, and show old data for ever. */
static int forget_month(struct scan *s, int rc, struct err *err)
{
	statement_reset(db_statement(s->reader->db, SQL_CELL_GET));
	return rc < 0 ? damaged(s, err) : 0;
}

static bool asks_about_kinds(const struct scan *s)
{
	const struct filter *f = s->filter;

	return f->policy.n + f->spf_aligned.n + f->dkim_aligned.n + f->arc.n + f->phase.n + f->state.n +
		       (s->newest ? f->class_.n : 0) > 0;
}

/* The days on which sums have what sums know of the filter. */
static int days_by_rows(struct scan *s, uint32_t *days, struct err *err)
{
	struct cell_reader in;
	const struct cell *cell;
	struct hit hit;
	uint32_t found = 0;
	int rc = 0;

	if (s->keys == OF_NOTHING && !asks_about_kinds(s))
		return 0;
	if (read_month(s, s->keys, &in, err) != 0)
		return -1;
	while ((found & *days) != *days && (rc = cell_reader_next(&in, &cell)) == 1)
		if (keep_cell(s, s->keys, cell, &hit) && (hit.in_class || !s->newest))
			found |= cell->days;
	*days &= found;
	return forget_month(s, rc, err);
}

static bool keep_report_cell(const struct scan *s, const struct cell *c)
{
	return set_has(s->sets.reporters, c->key[REPORT_REPORTER]) && set_has(s->sets.policy_domains, c->key[REPORT_DOMAIN]) &&
	       set_has(s->sets.policies, c->key[REPORT_POLICY]);
}

static int days_by_reports(struct scan *s, uint32_t *days, struct err *err)
{
	struct cell_reader in;
	const struct cell *cell;
	uint32_t found = 0;
	int rc = 0;

	if (s->sets.policy_domains == NULL && s->sets.policies == NULL)
		return 0;
	if (read_month(s, OF_REPORTS, &in, err) != 0)
		return -1;
	while ((found & *days) != *days && (rc = cell_reader_next(&in, &cell)) == 1)
		if (keep_report_cell(s, cell))
			found |= cell->days;
	*days &= found;
	return forget_month(s, rc, err);
}

static int days_of_reporters(struct scan *s, uint32_t *found, struct err *err)
{
	const struct cell *cell;
	struct cell_reader in;
	int rc;

	if (s->sets.q_reporters->n == 0)
		return 0;
	if (read_month(s, OF_REPORTS, &in, err) != 0)
		return -1;
	while ((rc = cell_reader_next(&in, &cell)) == 1)
		if (set_has(s->sets.q_reporters, cell->key[REPORT_REPORTER]))
			*found |= cell->days;
	return forget_month(s, rc, err);
}

/* The days that have something of what `q` is part of. */
static int days_by_q(struct scan *s, uint32_t *days, struct err *err)
{
	const struct sets *sets = &s->sets;
	uint32_t found;

	if (s->filter->q.len == 0)
		return 0;
	found = days_with(column_blob(s->months, 1), sets->q_profiles, *days) |
		days_with(column_blob(s->months, 2), sets->q_addresses, *days);
	for (int day = 0; day < 31; day++)
		if (set_has(sets->q_days, (uint64_t)(s->month_first + day)))
			found |= (uint32_t)1 << day;
	if (days_of_reporters(s, &found, err) != 0)
		return -1;
	*days &= found;
	return 0;
}

/* The days of the reports that the filter names. */
static uint32_t days_by_report(const struct scan *s, uint32_t days)
{
	uint32_t found = 0;

	if (s->sets.report_days == NULL)
		return days;
	for (int day = 0; day < 31; day++)
		if (set_has(s->sets.report_days, (uint64_t)(s->month_first + day)))
			found |= (uint32_t)1 << day;
	return days & found;
}

/* The days of the month at hand that lie in the period. */
static uint32_t days_of_period(const struct scan *s)
{
	int64_t first = s->first_day, last = text_next_month(s->month_first) - 1, from;

	if (s->last_day < last)
		last = s->last_day;
	if (s->newest && s->below >> SEGMENT_DAY_BITS < last)
		last = s->below >> SEGMENT_DAY_BITS;
	from = first > s->month_first ? first - s->month_first : 0;
	last -= s->month_first;
	return last < from ? 0 : UINT32_MAX << from & UINT32_MAX >> (31 - last);
}

/* Sets days_left for the month that the statement is at: the days on which something may be kept. */
static int plan_month(struct scan *s, struct err *err)
{
	uint32_t days;

	s->month_first = s->period = derive_month_first(column_int(s->months, 0));
	days = days_by_report(s, days_of_period(s));
	if (s->any_profiles != NULL)
		days = days_with(column_blob(s->months, 1), s->any_profiles, days);
	if (days != 0 && s->sets.addresses != NULL)
		days = days_with(column_blob(s->months, 2), s->sets.addresses, days);
	if (days != 0 && (days_by_rows(s, &days, err) != 0 || days_by_reports(s, &days, err) != 0 ||
			  days_by_q(s, &days, err) != 0))
		return -1;
	s->days_left = days;
	return 0;
}

static int take_day(uint32_t *days, bool newest)
{
	int day = newest ? 31 - __builtin_clz(*days) : __builtin_ctz(*days);

	*days &= ~((uint32_t)1 << day);
	return day;
}

static void start_day(struct scan *s)
{
	int64_t from = s->period << SEGMENT_DAY_BITS, to = (s->period + 1) << SEGMENT_DAY_BITS;

	s->blobs = db_statement(s->reader->db, s->newest ? SQL_SEGMENTS_NEWEST : SQL_SEGMENTS);
	bind_int(s->blobs, 1, from);
	bind_int(s->blobs, 2, s->newest ? (s->below < to ? s->below : to - 1) : to);
}

/* The next segment that may hold something: 1, or 0 at the end. */
static int next_segment(struct scan *s, struct err *err)
{
	int rc;

	for (;;) {
		if (s->blobs != NULL && (rc = statement_step(s->blobs, err)) != 0) {
			if (rc == 1)
				pack_reader_init(&s->pack, column_blob(s->blobs, 2),
						 derive_segment_first(column_int(s->blobs, 0)));
			return rc;
		}
		s->blobs = NULL;
		while (s->days_left == 0)
			if ((rc = statement_step(s->months, err)) != 1 || (rc = plan_month(s, err)) != 0)
				return rc;
		s->period = s->month_first + take_day(&s->days_left, s->newest);
		start_day(s);
	}
}

static bool keep_report(const struct scan *s)
{
	const struct packed_report *r = &s->report;

	return set_has(s->sets.reports, (uint64_t)r->id) && set_has(s->sets.reporters, r->reporter) &&
	       set_has(s->sets.policy_domains, r->domain) && set_has(s->sets.policies, r->policy) && r->policy < s->reader->meaning.policy_count &&
	       r->reporter < s->reader->reporter_count && r->domain < s->reader->domain_count;
}

static bool q_keeps(const struct scan *s, const struct packed_row *row)
{
	const struct sets *sets = &s->sets;

	return s->filter->q.len == 0 || set_has(sets->q_profiles, row->profile) ||
	       set_has(sets->q_reporters, s->report.reporter) || set_has(sets->q_addresses, row->address) ||
	       set_has(sets->q_reports, (uint64_t)s->report.id);
}

static uint16_t *kinds_of_report(struct scan *s)
{
	const struct packed_report *r = &s->report;
	struct pair_kinds *pair = &s->pair[(r->domain * 31 + r->policy) % SCAN_PAIRS];

	if (pair->kind == NULL)
		*pair = (struct pair_kinds){ r->domain, r->policy,
					     arena_array(s->arena, s->reader->meaning.profile_count, sizeof *pair->kind) };
	return pair->domain == r->domain && pair->policy == r->policy ? pair->kind : NULL;
}

static uint32_t kind_of_row(struct scan *s, uint32_t profile)
{
	const struct meaning *m = &s->reader->meaning;
	const struct profile_meaning *p = &m->profiles[profile];
	uint32_t kind;

	if (s->report_kinds != NULL && s->report_kinds[profile] != 0)
		return s->report_kinds[profile] - 1u;
	kind = kind_of(p, &m->policies[s->report.policy], p->domain != s->report.domain);
	if (s->report_kinds != NULL)
		s->report_kinds[profile] = (uint16_t)(kind + 1);
	return kind;
}

static bool keep_row(struct scan *s, const struct packed_row *row, struct hit *h)
{
	const struct meaning *m = &s->reader->meaning;
	const struct profile_meaning *p = &m->profiles[row->profile];
	uint32_t source, kind;

	if (row->profile >= m->profile_count || p->domain == 0 || row->address > m->last_address || !set_has(s->sets.profiles, row->profile) ||
	    !set_has(s->sets.addresses, row->address) || !q_keeps(s, row))
		return false;
	source = meaning_source(m, row->address, p);
	kind = kind_of_row(s, row->profile);
	if (!set_has(s->sets.sources, source) || source >= m->source_count || !keep(s, kind, source, row->address, h))
		return false;
	h->first_day = h->last_day = s->period;
	h->domain = p->domain;
	h->reporter = s->report.reporter;
	h->messages = row->messages;
	h->rows = 1;
	h->report = s->report.id;
	h->policy_domain = s->report.domain;
	h->policy = s->report.policy;
	h->address = row->address;
	h->profile = row->profile;
	return true;
}

/* The next kept fact of the segment at hand. */
static int next_of_segment(struct scan *s, struct hit *out)
{
	struct packed_row row;
	int rc;

	for (;;) {
		while (s->in_report && (rc = pack_next_row(&s->pack, &row)) != 0) {
			if (rc < 0)
				return -1;
			if (row.address > s->last_address) /* rows are in order of addresses */
				break;
			if (keep_row(s, &row, out))
				return 1;
		}
		do {
			if ((rc = pack_next_report(&s->pack, &s->report)) != 1)
				return rc;
		} while (!keep_report(s));
		s->report_kinds = kinds_of_report(s);
		s->in_report = true;
	}
}

static int next_fact(struct scan *s, struct hit *out, struct err *err)
{
	int rc;

	for (;;) {
		if (s->in_segment && (rc = next_of_segment(s, out)) != 0)
			return rc == 1 ? 1 : damaged(s, err);
		s->in_report = s->in_segment = false;
		if ((rc = next_segment(s, err)) != 1)
			return rc;
		s->in_segment = true;
	}
}

/* A segment's facts of the class, to be given out from its end. */
static int fill_page(struct scan *s, struct err *err)
{
	struct hit hit;
	int rc;

	s->in_report = false;
	while ((rc = next_of_segment(s, &hit)) == 1) {
		if (!hit.in_class)
			continue;
		s->page = array_room(s->page, &s->page_room, &s->page_n, sizeof *s->page, s->page_n);
		s->page[s->page_n - 1] = hit;
	}
	return rc == 0 ? 0 : damaged(s, err);
}

static int next_newest(struct scan *s, struct hit *out, struct err *err)
{
	int rc;

	while (s->page_n == 0)
		if ((rc = next_segment(s, err)) != 1 || (rc = fill_page(s, err)) != 0)
			return rc;
	*out = s->page[--s->page_n];
	return 1;
}

/* --- scanning --- */

static enum cell_table profile_table(const struct scan *s, enum cell_table apart)
{
	return s->sets.reporters != NULL || (apart & OF_REPORTER) || s->filter->q.len > 0 ? OF_REPORTER_PROFILES : OF_PROFILES;
}

/* Of no table where From domains and reporters both are asked about. */
static enum cell_table address_table(const struct scan *s, enum cell_table apart)
{
	bool domains = s->sets.domains != NULL || (apart & OF_DOMAIN), reporters = s->sets.reporters != NULL || (apart & OF_REPORTER);

	return domains && reporters ? OF_NOTHING :
	       domains              ? OF_DOMAIN_ADDRESSES :
	       reporters            ? OF_REPORTER_ADDRESSES :
				      OF_ADDRESSES;
}

/* Where sums know enough, they are read. */
void scan_start(struct scan *s, enum scan_grain grain, enum cell_table apart)
{
	s->any_profiles = s->sets.profiles;
	if (grain <= SCAN_DAYS && s->has_sums)
		start_ranges(s, grain, (enum cell_table)(s->keys | apart));
	else if ((grain == SCAN_SUMS || grain == SCAN_PROFILES) && s->has_profile_sums)
		start_ranges(s, SCAN_PROFILES, profile_table(s, apart));
	else if ((grain == SCAN_SUMS || grain == SCAN_ADDRESSES) && s->has_address_sums && address_table(s, apart) != OF_NOTHING)
		start_ranges(s, SCAN_ADDRESSES, address_table(s, apart));
	else
		start_ranges(s, SCAN_FACTS, OF_NOTHING);
}

void scan_start_newest(struct scan *s, int64_t day, int64_t report)
{
	const struct scan_range all = { s->filter->first_day, s->filter->last_day, false, true };

	s->newest = true;
	s->below = day >= 0 && day < FIRST_MONTH_PERIOD && report >= 0 && report >> SEGMENT_DAY_BITS == 0 ?
			   (day << SEGMENT_DAY_BITS | report) :
			   INT64_MAX;
	s->any_profiles = s->filter->class_.n == 0 ?
				  s->sets.profiles :
				  sets_of_class(s->reader, s->arena, s->sets.profiles, classes_kept(s->filter));
	s->facts = true;
	start_months(s, SQL_MONTHS_NEWEST, &all);
}

int scan_next(struct scan *s, struct hit *out, struct err *err)
{
	int rc;

	if (s->newest)
		return next_newest(s, out, err);
	do
		rc = s->facts ? next_fact(s, out, err) : next_sum(s, out, err);
	while (rc == 0 && next_range(s));
	return rc;
}

void scan_stop(struct scan *s)
{
	if (s->blobs != NULL)
		statement_reset(s->blobs);
	if (s->months != NULL)
		statement_reset(s->months);
	free(s->page);
	free(s->verdict);
	free(s->judged);
	s->page = NULL;
	s->verdict = NULL;
	s->judged = NULL;
}
