/* query: see query.h. Breakdowns are gathered in C over one scan (scan.h), which reads sums where the filter allows and
 * facts otherwise (a test holds the two to be equal). */
#include "storage/query.h"

#include "base/text.h"
#include "schema/limits.h"
#include "storage/reader.h"
#include "storage/scan.h"
#include "storage/trait.h"

#include <stdio.h>
#include <stdlib.h>

enum { DEFAULT_PERIOD_DAYS = 28 };

static const char *const cause_names[CAUSES] = { "list", "arc", "ours", "service", "forwarder", "unknown" };
static const char *const by_names[GROUP_BYS] = { "day", "domain", "policy_domain", "reporter", "ip", "source",   "cause",
						     "month", "signature", "envelope",	   "reason",   "network", "verdict", "phase", "state", "decided_by" };
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

int64_t counts_failing(const struct counts *c)
{
	return c->split[SPLIT_UNTRUSTED] + c->split[SPLIT_QUARANTINED] + c->split[SPLIT_REJECTED];
}

void counts_add(struct counts *to, const struct counts *c)
{
	for (int i = 0; i < SPLITS; i++)
		to->split[i] += c->split[i];
	to->arc_rescued += c->arc_rescued;
	to->vouched += c->vouched;
	to->spared += c->spared;
	to->strict_dkim += c->strict_dkim;
	to->strict_spf += c->strict_spf;
	to->strict_both += c->strict_both;
	to->rows += c->rows;
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

struct line { /* small, as there may be one for each of many addresses, and rows come in any order */
	int64_t id, first_seen, last_seen;
	int64_t latest; /* messages of the hit that the rest was read from */
	uint32_t source;
	uint8_t policy; /* enum policy_word */
	bool policy_inherited;
	struct counts counts; /* at the end what most rows do not count in */
};
struct tally { /* one breakdown in the making: a number per line, then its counts */
	uint32_t *place; /* line + 1 by id, less `least`; 0 for none yet */
	size_t place_room, place_count;
	int64_t least;
	struct line *line;
	size_t n, room;
};

static void tally_release(struct tally *t)
{
	free(t->place);
	free(t->line);
	*t = (struct tally){ 0 };
}

static struct line *tally_line(struct tally *t, int64_t id, int64_t day)
{
	size_t at = (size_t)(id - t->least);

	if (at >= t->place_count)
		t->place = array_room(t->place, &t->place_room, &t->place_count, sizeof *t->place, at);
	if (t->place[at] != 0)
		return &t->line[t->place[at] - 1];
	t->line = array_room(t->line, &t->room, &t->n, sizeof *t->line, t->n);
	t->line[t->n - 1] = (struct line){ .id = id, .first_seen = day, .last_seen = day, .latest = -1, .policy = POLICY_ABSENT };
	t->place[at] = (uint32_t)t->n;
	return &t->line[t->n - 1];
}

static struct slice policy_slice(enum policy_word p)
{
	return slice_of(p == POLICY_ABSENT ? NULL : policy_name(p));
}

static int64_t key_of(const struct reader *r, const struct hit *h, enum group_by by)
{
	switch (by) {
	case BY_DAY:
		return h->first_day;
	case BY_MONTH:
		return derive_month_first(derive_month_of(h->first_day));
	case BY_DOMAIN:
		return h->domain;
	case BY_POLICY_DOMAIN:
		return h->policy_domain;
	case BY_REPORTER:
		return h->reporter;
	case BY_IP:
		return h->address;
	case BY_SOURCE:
		return h->source;
	case BY_NETWORK:
		return h->address < r->networks.count ? r->networks.first[h->address] : h->address;
	case BY_VERDICT:
		return hit_verdict(h);
	case BY_PHASE:
		return h->kind.step;
	case BY_STATE:
		return h->kind.survival;
	case BY_RULE:
		return h->rule;
	default:
		return h->cause;
	}
}

/* Source and policy of the line on the last day it was seen; of several that day, those of most messages. */
static void note_latest(struct line *l, const struct hit *h)
{
	if (h->last_day < l->last_seen || (h->last_day == l->last_seen && h->messages <= l->latest))
		return;
	l->latest = h->messages;
	l->last_seen = h->last_day;
	l->policy = (uint8_t)h->kind.effective;
	l->policy_inherited = h->kind.inherited;
	l->source = h->source;
}

static void tally_add_to(struct tally *t, int64_t key, const struct hit *h)
{
	struct line *l = tally_line(t, key, h->first_day);

	hit_count(&l->counts, h);
	if (h->first_day < l->first_seen)
		l->first_seen = h->first_day;
	note_latest(l, h);
}

static void tally_add(const struct reader *r, struct tally *t, enum group_by by, const struct hit *h)
{
	if (by != BY_CAUSE || h->cause != CAUSES)
		tally_add_to(t, key_of(r, h, by), h);
}

static char *address_or_network(char out[NETWORK_TEXT_BYTES], const unsigned char addr[16], bool network)
{
	struct network net;

	if (!network)
		return address_text(out, addr);
	network_of(addr, &net);
	return network_text(out, &net);
}

/* Of an address, or of the network it stands for. */
static int address_label(struct reader *r, struct arena *a, int64_t id, bool network, struct slice *out, struct err *err)
{
	struct statement *s = db_statement(r->db, SQL_ADDRESS_GET);
	char text[NETWORK_TEXT_BYTES];
	struct slice bytes, written;
	int rc;

	bind_int(s, 1, id);
	if ((rc = statement_step(s, err)) != 1)
		return rc < 0 ? -1 : 0;
	bytes = column_blob(s, 0);
	written = column_text(s, 1);
	*out = bytes.len == 16 ? slice_of(address_or_network(text, (const unsigned char *)bytes.ptr, network)) :
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
	case BY_MONTH: /* by its first day */
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
	case BY_NETWORK:
		if (address_label(r, a, id, by == BY_NETWORK, &g->key, err) != 0)
			return -1;
		break;
	case BY_SOURCE:
		g->key = id > 0 ? text_copy(a, r->sources[id].name) : SLICE("none");
		g->label = id > 0 ? g->key : SLICE("Unknown");
		return 0;
	case BY_VERDICT:
		g->key = slice_of(verdict_name((enum verdict)id));
		g->label = slice_of(verdict_label((enum verdict)id));
		return 0;
	case BY_PHASE:
		g->key = slice_of(step_name((enum step)id));
		g->label = slice_of(step_label((enum step)id));
		return 0;
	case BY_STATE:
		g->key = slice_of(survival_name((enum survival)id));
		g->label = slice_of(survival_label((enum survival)id));
		return 0;
	case BY_RULE:
		g->key = g->label = slice_of(verdict_rule_at((size_t)id)->id);
		return 0;
	default:
		g->key = slice_of(cause_name((enum cause)id));
		g->label = id < CAUSES ? slice_of(cause_labels[id]) : SLICE("Not untrusted");
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

typedef int ranked_order(const void *a, const void *b);

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

/* In a heap the last in order is on top; the one at `i` may have to go below those beneath it. */
static void sink(struct ranked *heap, size_t n, size_t i, ranked_order *order)
{
	for (size_t child; (child = i * 2 + 1) < n; i = child) {
		struct ranked moved = heap[i];

		if (child + 1 < n && order(&heap[child + 1], &heap[child]) > 0)
			child++;
		if (order(&moved, &heap[child]) >= 0)
			return;
		heap[i] = heap[child];
		heap[child] = moved;
	}
}

/* The first `n` of all lines, in order. Of many lines few are wanted, so that those are kept in a heap and no more are sorted. */
static struct ranked *ranked_lines(struct arena *a, const struct tally *t, size_t n, ranked_order *order)
{
	struct ranked *rank = arena_array(a, n + 1, sizeof *rank);

	for (size_t i = 0; i < t->n; i++) {
		struct ranked line = { counts_total(&t->line[i].counts), t->line[i].id, i };

		if (i < n)
			rank[i] = line;
		for (size_t k = i + 1 == n ? n / 2 : 0; k > 0; k--) /* the first `n` become a heap */
			sink(rank, n, k - 1, order);
		if (i < n || order(&line, &rank[0]) >= 0)
			continue;
		rank[0] = line;
		sink(rank, n, 0, order);
	}
	if (n > 0)
		qsort(rank, n, sizeof *rank, order);
	return rank;
}

static struct group group_of(const struct reader *r, const struct line *l)
{
	const struct source_dim *source = l->source > 0 ? &r->sources[l->source] : NULL;

	return (struct group){
		.id = l->id, .counts = l->counts, .first_seen = l->first_seen, .last_seen = l->last_seen,
		.policy = l->latest >= 0 ? policy_slice((enum policy_word)l->policy) : (struct slice){ 0 },
		.policy_inherited = l->policy_inherited, .source = source != NULL ? source->name : (struct slice){ 0 },
		.kind = source != NULL ? source->kind : KIND_UNKNOWN, .hint = source != NULL && source->hint,
	};
}

static bool is_in_order(enum group_by by)
{
	return by == BY_DAY || by == BY_MONTH || by == BY_CAUSE || (by >= BY_VERDICT && by <= BY_RULE);
}

static int tally_groups(struct reader *r, struct arena *a, const struct tally *t, enum group_by by, size_t limit,
			struct groups *out, struct err *err)
{
	size_t n = limit > 0 && limit < t->n ? limit : t->n;
	const struct ranked *rank = ranked_lines(a, t, n, is_in_order(by) ? id_first : most_first);

	*out = (struct groups){ arena_array(a, n + 1, sizeof *out->item), n, t->n };
	for (size_t i = 0; i < n; i++) {
		out->item[i] = group_of(r, &t->line[rank[i].line]);
		if (!trait_is(by) && name_line(r, a, by, rank[i].id, &out->item[i], err) != 0)
			return -1;
	}
	return 0;
}

/* --- the questions --- */

typedef void take_hit(void *ctx, const struct hit *h);

/* Hands every hit of the filter to `take`. */
static int scan_all(struct scan *s, enum scan_grain grain, enum cell_table apart, take_hit *take, void *ctx,
		    struct err *err)
{
	struct hit h;
	int rc;

	scan_start(s, grain, apart);
	while ((rc = scan_next(s, &h, err)) == 1)
		take(ctx, &h);
	return rc;
}

/* Of many addresses the lines are far apart in memory: hits wait here until theirs are near. */
enum { QUEUE_HITS = 32, QUEUE_NEAR = QUEUE_HITS / 2, CACHE_LINE_BYTES = 64 };
struct hit_queue {
	struct hit hit[QUEUE_HITS];
	size_t taken, counted;
};

struct grouping {
	const struct reader *reader;
	struct tally tally;
	struct traits traits;
	struct hit_queue *queue; /* NULL: none is needed */
	enum group_by by;
};

static void bring_place_near(const struct tally *t, int64_t key)
{
	if ((size_t)(key - t->least) < t->place_count)
		__builtin_prefetch(&t->place[key - t->least]);
}

static void bring_line_near(const struct tally *t, int64_t key)
{
	size_t at = (size_t)(key - t->least);
	const struct line *line;

	if (at >= t->place_count || t->place[at] == 0)
		return;
	line = &t->line[t->place[at] - 1];
	__builtin_prefetch(line); /* gcc 12 takes a loop of these for nothing, and leaves it out */
	__builtin_prefetch((const char *)line + CACHE_LINE_BYTES);
	__builtin_prefetch(&line->counts.rows);
}

static void count_queued(struct grouping *g, size_t upto)
{
	for (; g->queue->counted < upto; g->queue->counted++)
		tally_add(g->reader, &g->tally, g->by, &g->queue->hit[g->queue->counted % QUEUE_HITS]);
}

static void take_queued(struct grouping *g, const struct hit *h)
{
	struct hit_queue *q = g->queue;

	if (q->taken >= QUEUE_HITS)
		count_queued(g, q->taken - QUEUE_HITS + 1);
	q->hit[q->taken % QUEUE_HITS] = *h;
	bring_place_near(&g->tally, key_of(g->reader, h, g->by));
	if (q->taken >= QUEUE_NEAR)
		bring_line_near(&g->tally, key_of(g->reader, &q->hit[(q->taken - QUEUE_NEAR) % QUEUE_HITS], g->by));
	q->taken++;
}

static void take_group(void *ctx, const struct hit *h)
{
	struct grouping *g = ctx;

	if (h->in_class && g->queue != NULL)
		take_queued(g, h);
	else if (h->in_class)
		tally_add_to(&g->tally, key_of(g->reader, h, g->by), h);
}

/* The line of a profile, added to that of each of its traits. */
static void add_line(struct tally *t, int64_t key, const struct line *from)
{
	struct line *l = tally_line(t, key, from->first_seen);

	counts_add(&l->counts, &from->counts);
	l->first_seen = from->first_seen < l->first_seen ? from->first_seen : l->first_seen;
	if (from->last_seen < l->last_seen || (from->last_seen == l->last_seen && from->latest <= l->latest))
		return;
	l->last_seen = from->last_seen;
	l->latest = from->latest;
	l->policy = from->policy;
	l->policy_inherited = from->policy_inherited;
	l->source = from->source;
}

static void add_traits(struct grouping *g, const struct tally *profiles)
{
	for (size_t i = 0; i < profiles->n; i++) {
		const struct trait_list *list = traits_of(&g->traits, (uint32_t)profiles->line[i].id);

		for (size_t k = 0; k < list->n; k++)
			add_line(&g->tally, list->id[k], &profiles->line[i]);
	}
}

static void name_traits(struct arena *a, const struct traits *t, struct groups *out)
{
	for (size_t i = 0; i < out->n; i++) {
		struct group *g = &out->item[i];
		const struct trait *trait = &t->item[g->id];

		g->key = g->label = text_copy(a, trait->key);
		g->source = text_copy(a, g->source);
		if (trait->signature == NULL)
			continue;
		g->domain = domain_normal(a, trait->signature->domain);
		g->selector = text_copy(a, trait->signature->selector);
		g->result = text_copy(a, trait->signature->result);
	}
}

/* Likely spoofing is told by the address. */
static bool tells_once(enum group_by by)
{
	return by == BY_VERDICT || by == BY_RULE;
}

/* Sums know of days only whole ones, and only some know profiles and policy domains, or addresses. */
static enum scan_grain grain_of(enum group_by by)
{
	return by == BY_IP || by == BY_NETWORK || tells_once(by) ? SCAN_ADDRESSES :
	       by == BY_POLICY_DOMAIN || trait_is(by) ? SCAN_PROFILES :
	       by == BY_DAY                           ? SCAN_DAYS :
							SCAN_SUMS;
}

static enum cell_table keys_of(enum group_by by)
{
	return by == BY_DOMAIN                     ? OF_DOMAIN :
	       by == BY_REPORTER                   ? OF_REPORTER :
	       by == BY_SOURCE || by == BY_CAUSE || tells_once(by) ? OF_SOURCE :
						     OF_NOTHING;
}

/* Several breakdowns that one reading fills. Those by traits are told from one by profile: there are few of these. */
struct breakdowns {
	struct grouping *item;
	size_t n;
	struct tally profiles;
	bool has_traits;
};

static void take_all(void *ctx, const struct hit *h)
{
	struct breakdowns *all = ctx;

	if (all->has_traits && h->in_class)
		tally_add_to(&all->profiles, h->profile, h);
	for (size_t i = 0; i < all->n; i++)
		if (!trait_is(all->item[i].by))
			take_group(&all->item[i], h);
}

static int prepare(struct grouping *g, struct reader *r, const struct filter *f, struct err *err)
{
	g->tally.least = g->by == BY_DAY || g->by == BY_MONTH ? derive_month_first(derive_month_of(f->first_day)) : 0;
	if (trait_is(g->by))
		traits_init(&g->traits, r, g->by);
	return g->by == BY_NETWORK ? networks_load(&r->networks, r->db, err) : 0;
}

/* What both can be told from: only facts know two of days, profiles and addresses. */
static enum scan_grain finer(enum scan_grain a, enum scan_grain b)
{
	if (a != b && a != SCAN_SUMS && b != SCAN_SUMS)
		return SCAN_FACTS;
	return a > b ? a : b;
}

static int gather_groups(struct breakdowns *all, struct reader *r, const struct filter *f, struct err *err)
{
	enum scan_grain grain = SCAN_SUMS;
	unsigned keys = OF_NOTHING;
	struct arena scratch = { 0 };
	struct scan s = { 0 };
	int rc = 0;

	for (size_t i = 0; i < all->n && rc == 0; i++) {
		rc = prepare(&all->item[i], r, f, err);
		grain = finer(grain, grain_of(all->item[i].by));
		keys |= keys_of(all->item[i].by);
		all->has_traits = all->has_traits || trait_is(all->item[i].by);
	}
	if (rc == 0)
		rc = scan_compile(&s, r, &scratch, f, err);
	for (size_t i = 0; i < all->n && rc == 0; i++)
		if (tells_once(all->item[i].by))
			rc = scan_tell_once(&s, err);
	for (size_t i = 0; i < all->n; i++)
		if (all->item[i].by == BY_IP || all->item[i].by == BY_NETWORK)
			all->item[i].queue = arena_alloc(&scratch, sizeof *all->item[i].queue);
	if (rc == 0)
		rc = all->n == 1 && !all->has_traits ? scan_all(&s, grain, (enum cell_table)keys, take_group, all->item, err) :
						       scan_all(&s, grain, (enum cell_table)keys, take_all, all, err);
	for (size_t i = 0; i < all->n; i++)
		if (all->item[i].queue != NULL)
			count_queued(&all->item[i], all->item[i].queue->taken);
	for (size_t i = 0; i < all->n; i++)
		if (trait_is(all->item[i].by))
			add_traits(&all->item[i], &all->profiles);
	tally_release(&all->profiles);
	scan_stop(&s);
	arena_release(&scratch);
	return rc;
}

int query_breakdowns(struct reader *r, struct arena *a, const struct filter *f, const enum group_by *by, size_t n, size_t limit,
		     struct groups *out, struct err *err)
{
	struct breakdowns all = { arena_array(a, n, sizeof *all.item), n };
	int rc;

	for (size_t i = 0; i < n; i++)
		all.item[i] = (struct grouping){ .reader = r, .by = by[i] };
	if (reader_begin(r, NULL, err) != 0)
		return -1;
	rc = gather_groups(&all, r, f, err);
	for (size_t i = 0; i < n; i++) {
		if (rc == 0)
			rc = tally_groups(r, a, &all.item[i].tally, by[i], limit, &out[i], err);
		if (rc == 0 && trait_is(by[i]))
			name_traits(a, &all.item[i].traits, &out[i]);
		tally_release(&all.item[i].tally);
		traits_release(&all.item[i].traits);
	}
	reader_end(r);
	return rc;
}

int query_groups(struct reader *r, struct arena *a, const struct filter *f, enum group_by by, size_t limit,
		 struct groups *out, struct err *err)
{
	return query_breakdowns(r, a, f, &by, 1, limit, out, err);
}

static void take_count(void *ctx, const struct hit *h)
{
	if (h->in_class)
		hit_count(ctx, h);
}

/* Every sum that the filter keeps. */
static int each_sum(struct reader *r, const struct filter *f, void (*take)(void *ctx, const struct hit *h), void *ctx, struct err *err)
{
	struct arena scratch = { 0 };
	struct scan s = { 0 };
	int rc;

	if (reader_begin(r, NULL, err) != 0)
		return -1;
	rc = scan_compile(&s, r, &scratch, f, err);
	if (rc == 0)
		rc = scan_all(&s, SCAN_SUMS, OF_NOTHING, take, ctx, err);
	scan_stop(&s);
	arena_release(&scratch);
	reader_end(r);
	return rc;
}

int query_counts(struct reader *r, const struct filter *f, struct counts *out, struct err *err)
{
	struct counts sum = { 0 };

	if (each_sum(r, f, take_count, &sum, err) != 0)
		return -1;
	*out = sum;
	return 0;
}

static void take_days(void *ctx, const struct hit *h)
{
	int64_t *days = ctx;

	days[0] = h->first_day < days[0] ? h->first_day : days[0];
	days[1] = h->last_day > days[1] ? h->last_day : days[1];
}

int query_days(struct reader *r, const struct filter *f, int64_t *first_day, int64_t *last_day, struct err *err)
{
	int64_t days[2] = { INT64_MAX, INT64_MIN };

	if (each_sum(r, f, take_days, days, err) != 0)
		return -1;
	*first_day = days[0];
	*last_day = days[1];
	return days[0] <= days[1];
}

int query_rows_of_days(struct reader *r, const struct filter *f, int64_t *rows, struct err *err)
{
	struct arena scratch = { 0 };
	struct scan s = { 0 };
	int rc;

	if (reader_begin(r, NULL, err) != 0)
		return -1;
	rc = scan_compile(&s, r, &scratch, f, err) == 0 ? scan_rows_of_period(&s, rows, err) : -1;
	scan_stop(&s);
	arena_release(&scratch);
	reader_end(r);
	return rc;
}

/* --- overview --- */

struct gathering { /* everything that one scan gathers */
	const struct reader *reader;
	struct overview *o;
	enum group_by by_day; /* or by month */
	struct tally day, cause, reporter, source, domain;
	int64_t policies[POLICY_REJECT + 1];
	const struct filter *filter;
	int64_t *reporter_line; /* of o->by_reporter, by id; -1 for none */
};

/* All that does not tell reporters or domains apart. */
static void gather(void *ctx, const struct hit *h)
{
	struct gathering *g = ctx;
	struct overview *o = g->o;

	hit_count(&o->period, h);
	g->policies[h->kind.effective] += h->messages;
	if (!h->in_class)
		return;
	hit_count(&o->all, h);
	tally_add(g->reader, &g->day, g->by_day, h);
	tally_add(g->reader, &g->cause, BY_CAUSE, h);
	tally_add(g->reader, &g->source, BY_SOURCE, h);
	if (h->cause == CAUSE_LIST && h->kind.arc_rescued)
		o->list_and_arc += h->messages;
	if (h->cause != CAUSES)
		o->why[h->kind.why] += h->messages;
	if (h->kind.acted_despite_pass)
		o->acted_despite_pass += h->messages;
	if (h->kind.spared)
		o->spared += h->messages;
	if (h->kind.overridden)
		o->overridden += h->messages;
}

static void gather_domain(void *ctx, const struct hit *h)
{
	struct gathering *g = ctx;

	if (h->in_class)
		tally_add(g->reader, &g->domain, BY_DOMAIN, h);
}

static void gather_reporter(void *ctx, const struct hit *h)
{
	struct gathering *g = ctx;

	if (h->in_class)
		tally_add(g->reader, &g->reporter, BY_REPORTER, h);
}

/* Facts are read once for everything. */
static void gather_fact(void *ctx, const struct hit *h)
{
	gather(ctx, h);
	gather_domain(ctx, h);
	gather_reporter(ctx, h);
}

static void gather_both(void *ctx, const struct hit *h)
{
	gather_domain(ctx, h);
	gather_reporter(ctx, h);
}

/* Of sums, readings of as few cells as can be; those of the same cells are one. */
static int gather_rows(struct scan *s, struct gathering *g, struct err *err)
{
	enum scan_grain grain = g->by_day == BY_MONTH ? SCAN_SUMS : SCAN_DAYS;
	bool same = (s->keys & (OF_DOMAIN | OF_REPORTER)) == (OF_DOMAIN | OF_REPORTER);

	if (!s->has_sums)
		return scan_all(s, SCAN_FACTS, OF_NOTHING, gather_fact, g, err);
	if (scan_all(s, SCAN_SUMS, OF_DOMAIN, same ? gather_both : gather_domain, g, err) != 0 ||
	    (!same && scan_all(s, SCAN_SUMS, OF_REPORTER, gather_reporter, g, err) != 0))
		return -1;
	return scan_all(s, grain, OF_SOURCE, gather, g, err);
}

/* By month where the period is longer than can be told apart by day at once. */
static bool is_by_month(const struct filter *f)
{
	return f->last_day - f->first_day >= LIMIT_CHART_DAYS;
}

static int all_days(struct reader *r, struct arena *a, const struct filter *f, struct tally *t, struct overview *o,
		    struct err *err)
{
	for (int64_t day = f->first_day; day <= f->last_day;
	     day = is_by_month(f) ? derive_month_first(derive_month_of(day) + 1) : day + 1)
		tally_line(t, is_by_month(f) ? derive_month_first(derive_month_of(day)) : day, day);
	o->by_month = is_by_month(f);
	return tally_groups(r, a, t, BY_DAY, 0, &o->by_day, err);
}

/* What arrived of whom, whatever else the filter asks of rows. */
static void take_report(void *ctx, const struct cell *cell, int64_t first_day)
{
	struct gathering *g = ctx;
	int64_t line = g->reporter_line[cell->key[REPORT_REPORTER]];

	g->o->reports += cell->count;
	if (cell->key[REPORT_LONG] != 0) {
		g->o->long_reports += cell->count;
		for (uint32_t days = cell->days; days != 0; days &= days - 1)
			g->o->long_days[first_day + __builtin_ctz(days) - g->filter->first_day] = true;
	}
	for (uint32_t days = cell->days; line >= 0 && days != 0; days &= days - 1)
		g->o->reporter_days[line].arrived[first_day + __builtin_ctz(days) - g->filter->first_day] = true;
}

/* The days on which it reported mail of what may be seen. */
static void take_arrival(void *ctx, const struct hit *h)
{
	struct gathering *g = ctx;
	int64_t line = g->reporter_line[h->reporter];

	if (line >= 0)
		g->o->reporter_days[line].arrived[h->first_day - g->filter->first_day] = true;
}

static int gather_reports(struct scan *s, struct arena *a, struct gathering *g, struct err *err)
{
	int64_t days = g->filter->last_day - g->filter->first_day + 1;
	struct overview *o = g->o;

	g->reporter_line = arena_array(a, g->reader->reporter_count + 1, sizeof *g->reporter_line);
	for (size_t id = 0; id <= g->reader->reporter_count; id++)
		g->reporter_line[id] = -1;
	o->long_days = arena_array(a, (size_t)(days > 0 ? days : 0) + 1, sizeof *o->long_days);
	o->reporter_days = arena_array(a, o->by_reporter.n + 1, sizeof *o->reporter_days);
	for (size_t i = 0; i < o->by_reporter.n; i++) {
		struct reporter_days *line = &o->reporter_days[i];

		line->reporter = o->by_reporter.item[i].key;
		line->messages = counts_total(&o->by_reporter.item[i].counts);
		line->arrived = arena_array(a, (size_t)(days > 0 ? days : 0) + 1, sizeof *line->arrived);
		g->reporter_line[o->by_reporter.item[i].id] = (int64_t)i;
	}
	if (g->filter->scope.n == 0)
		return scan_reports(s, take_report, g, err);
	o->reports = -1; /* most have others' mail in them */
	return scan_all(s, s->has_sums ? SCAN_DAYS : SCAN_FACTS, OF_REPORTER, take_arrival, g, err);
}

static int finish(struct reader *r, struct arena *a, const struct filter *f, size_t limit, struct gathering *g,
		  struct overview *o, struct err *err)
{
	enum policy_word most = POLICY_ABSENT;

	if (all_days(r, a, f, &g->day, o, err) != 0 || tally_groups(r, a, &g->cause, BY_CAUSE, 0, &o->by_cause, err) != 0 ||
	    tally_groups(r, a, &g->reporter, BY_REPORTER, limit, &o->by_reporter, err) != 0 ||
	    tally_groups(r, a, &g->source, BY_SOURCE, 0, &o->by_source, err) != 0 ||
	    tally_groups(r, a, &g->domain, BY_DOMAIN, limit, &o->by_domain, err) != 0)
		return -1;
	for (int p = POLICY_NONE; p <= POLICY_REJECT; p++)
		if (g->policies[p] > g->policies[most])
			most = (enum policy_word)p;
	o->policy = policy_slice(most);
	o->domains = o->by_domain.total;
	o->reporters = o->by_reporter.total;
	return 0;
}

static int gather_all(struct gathering *g, struct reader *r, struct arena *a, struct arena *scratch, size_t limit,
		      struct err *err)
{
	const struct filter *f = g->filter;
	struct scan s = { 0 };
	int rc = scan_compile(&s, r, scratch, f, err);

	g->by_day = is_by_month(f) ? BY_MONTH : BY_DAY;
	g->day.least = derive_month_first(derive_month_of(f->first_day));
	if (rc == 0)
		rc = gather_rows(&s, g, err);
	if (rc == 0)
		rc = finish(r, a, f, limit, g, g->o, err);
	if (rc == 0)
		rc = gather_reports(&s, a, g, err);
	scan_stop(&s);
	return rc;
}

int query_overview(struct reader *r, struct arena *a, const struct filter *f, size_t limit, struct overview *out,
		   struct err *err)
{
	struct overview o = { 0 };
	struct gathering g = { .reader = r, .o = &o, .filter = f };
	struct tally *const tallies[] = { &g.day, &g.cause, &g.reporter, &g.source, &g.domain };
	struct arena scratch = { 0 };
	int rc;

	if (reader_begin(r, NULL, err) != 0)
		return -1;
	rc = gather_all(&g, r, a, &scratch, limit, err);
	for (size_t i = 0; i < sizeof tallies / sizeof *tallies; i++)
		tally_release(tallies[i]);
	arena_release(&scratch);
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
	if (h->first_day != c->day)
		return h->first_day < c->day;
	if (h->report != c->report)
		return h->report < c->report;
	if (h->address != c->address)
		return h->address < c->address;
	return h->profile < c->profile;
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

static void fill_record(const struct scan *s, struct arena *a, const struct hit *h, struct record *out)
{
	const struct reader *r = s->reader;
	const struct profile_dim *p = r->profiles[h->profile];
	const struct policy_seen *policy = &r->meaning.policies[h->policy];

	*out = (struct record){
		.report = h->report, .day = h->first_day, .address = h->address, .profile = h->profile,
		.reporter = text_copy(a, r->reporters[h->reporter]),
		.header_from = text_copy(a, r->domains[p->domain]), .envelope_from = text_copy(a, p->envelope_from),
		.envelope_to = text_copy(a, p->envelope_to), .policy_domain = text_copy(a, r->domains[h->policy_domain]),
		.kind = KIND_UNKNOWN, .cause = h->cause, .disposition_raw = text_copy(a, p->disposition),
		.dkim_raw = text_copy(a, p->dkim), .spf_raw = text_copy(a, p->spf), .verdict = p->verdict,
		.reasons = reasons_copied(a, p->reasons), .dkim_auth = auths_copied(a, p->dkim_auth),
		.spf_auth = auths_copied(a, p->spf_auth), .policy = policy_slice(h->kind.effective), .pct = policy->pct,
		.testing = policy->testing, .messages = h->messages, .rule = h->rule, .facts = scan_facts(s, h), .step = h->kind.step,
		.survival = h->kind.survival,
	};
	if (h->source > 0) {
		out->source = text_copy(a, r->sources[h->source].name);
		out->kind = r->sources[h->source].kind;
		out->hint = r->sources[h->source].hint;
	}
}

/* What only the report and the address know, of the rows that are shown. */
static int complete_record(struct reader *r, struct arena *a, struct record *out, struct err *err)
{
	struct statement *s = db_statement(r->db, SQL_REPORT_GET);
	int rc;

	bind_int(s, 1, out->report);
	if ((rc = statement_step(s, err)) < 0)
		return -1;
	if (rc == 1) {
		out->report_id = text_copy(a, column_text(s, 0));
		out->begin = column_time(s, 1);
		out->end = column_time(s, 2);
		statement_reset(s);
	}
	return address_label(r, a, out->address, false, &out->ip, err);
}

static int read_page(struct reader *r, struct arena *a, struct scan *s, const struct cursor *c, size_t limit,
		     struct records *out, struct err *err)
{
	struct hit h;
	int rc;

	out->item = arena_array(a, limit + 1, sizeof *out->item);
	scan_start_newest(s, c->day, c->report);
	while ((rc = scan_next(s, &h, err)) == 1) {
		if (h.report > c->newest || !is_behind(&h, c))
			continue;
		if (out->n == limit) {
			out->more = true;
			break;
		}
		fill_record(s, a, &h, &out->item[out->n++]);
	}
	for (size_t i = 0; i < out->n && rc >= 0; i++)
		if (complete_record(r, a, &out->item[i], err) != 0)
			return -1;
	return rc < 0 ? -1 : 0;
}

/* The row among those of the report's day. */
static int find_record(struct reader *r, struct arena *a, const struct filter *f, int64_t address, int64_t profile,
		       struct record *out, struct err *err)
{
	struct arena scratch = { 0 };
	struct scan s = { 0 };
	struct hit h;
	int rc = scan_compile(&s, r, &scratch, f, err) == 0 ? scan_tell_once(&s, err) : -1;

	if (rc == 0) {
		scan_start(&s, SCAN_FACTS, OF_NOTHING);
		while ((rc = scan_next(&s, &h, err)) == 1 && (h.address != address || h.profile != profile))
			;
	}
	if (rc == 1)
		fill_record(&s, a, &h, out);
	scan_stop(&s);
	arena_release(&scratch);
	return rc == 1 && complete_record(r, a, out, err) != 0 ? -1 : rc;
}

int query_record(struct reader *r, struct arena *a, const struct filter *f, int64_t report, int64_t address, int64_t profile,
		 struct record *out, struct err *err)
{
	const struct slice number = slice_of(arena_printf(a, "%lld", (long long)report));
	struct filter of = { .scope = f->scope, .report = { &number, 1, false } };
	struct statement *s;
	int64_t day = -1;
	int rc = 0;

	if (reader_begin(r, NULL, err) != 0)
		return -1;
	s = db_statement(r->db, SQL_REPORT_DAY);
	bind_int(s, 1, report);
	if (statement_run(s, &day, err) != 0) {
		rc = -1;
	} else if (day >= 0) {
		of.first_day = of.last_day = day;
		rc = find_record(r, a, &of, address, profile, out, err);
	}
	reader_end(r);
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
	struct arena scratch = { 0 };
	struct scan s = { 0 };
	int rc;

	if (after.ptr == NULL) {
		if (f->scope.n > 0)
			c.newest = INT64_MAX; /* how many reports there are is not for who sees a part */
		else if (newest_report(r, &c.newest, err) != 0)
			return -1;
	} else if (!read_cursor(after, &c)) {
		return err_set(err, ERR_USE, "after: is no cursor of this list");
	}
	rc = scan_compile(&s, r, &scratch, f, err) == 0 && scan_tell_once(&s, err) == 0 ? read_page(r, a, &s, &c, limit, out, err) : -1;
	scan_stop(&s);
	arena_release(&scratch);
	if (rc != 0)
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
