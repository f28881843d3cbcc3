/* university: see university.h. Tables say what is sent; a plan says which reporter reports how many rows on which day;
 * the rows of a report are drawn when it is asked for. What a row counts as is told from the tables, not from
 * schema/classify.c, so that the totals are a second opinion. */
#include "tests/bench/university.h"

#include "base/text.h"
#include "tests/bench/dice.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	SUBDOMAINS = 300,
	DOMAINS = SUBDOMAINS + 1, /* 0 is the organisational domain */
	OWN_RECORDS = 15,         /* sub-domains 1 to 15 */
	POLICY_DOMAINS = OWN_RECORDS + 1,
	REPORTERS = 50,
	PAIRS = REPORTERS * POLICY_DOMAINS,
	BUSY_DOMAINS = 21,        /* these send every kind of mail; a small one has one kind for each class */
	STYLES = 2,               /* how a reporter writes: the old way, or with envelope, scope and human_result */
	VARIANTS = 4,
	SERVICES = 11,
	LISTS = 2,
	ROWS_A_REPORT = 40,
	DAY_SECONDS = 86400,
	TAIL_BITS = 22,           /* of the addresses of one tail: a /10 */
	PLAN_PURPOSE = 1, ORDER_PURPOSE = 2, REPORT_PURPOSE = 3,
};

#define ORG "univ.example"

static const char *const faculties[] = {
	"physics", "chemistry", "maths",   "biology",	"medicine", "law",    "history", "english",  "music",  "economics",
	"library", "alumni",	"careers", "estates",	"finance",  "sport",  "museum",	 "theatre",  "press",  "union",
	"events",  "research",	"geology", "astronomy", "dentistry", "nursing", "drama", "theology", "french", "german",
};
enum { FACULTIES = sizeof faculties / sizeof *faculties };

/* --- what is sent --- */

enum pool { POOL_STAFF, POOL_RELAY, POOL_OLD, POOL_SERVICE, POOL_LIST, POOL_CLOUD, POOL_FORWARDER, POOL_FORGER };
/* signed by: nobody; the domain; the domain and a service; a service; the domain, broken; broken, and by the list */
enum signing { BY_NOBODY, BY_DOMAIN_NAME, BY_BOTH, BY_SERVICE, BY_BROKEN, BY_LIST };
/* envelope of: the domain, and its SPF passes; the same, failing; a service; a list; a forwarder */
enum envelope { OF_DOMAIN, OF_DOMAIN_FAILED, OF_SERVICE, OF_LIST, OF_FORWARDER };

static const struct flow {
	int per_mille; /* of rows */
	enum pool pool;
	enum signing signing;
	enum envelope envelope;
	enum disposition disposition;
	const char *reason, *comment; /* of every second variant where not `arc` */
	bool arc;
} flows[] = {
	{ 270, POOL_STAFF, BY_DOMAIN_NAME, OF_DOMAIN, DISP_NONE },
	{ 150, POOL_RELAY, BY_DOMAIN_NAME, OF_DOMAIN, DISP_NONE },
	{ 200, POOL_CLOUD, BY_BOTH, OF_DOMAIN, DISP_NONE },
	{ 100, POOL_SERVICE, BY_BOTH, OF_SERVICE, DISP_NONE },
	{ 50, POOL_FORWARDER, BY_DOMAIN_NAME, OF_FORWARDER, DISP_NONE, "forwarded", NULL },
	{ 50, POOL_OLD, BY_NOBODY, OF_DOMAIN, DISP_NONE },
	{ 55, POOL_LIST, BY_LIST, OF_LIST, DISP_NONE, "mailing_list", "local mailing list policy" },
	{ 25, POOL_FORWARDER, BY_BROKEN, OF_FORWARDER, DISP_NONE, .arc = true },
	{ 15, POOL_FORWARDER, BY_BROKEN, OF_DOMAIN_FAILED, DISP_NONE, "sampled_out", NULL },
	{ 20, POOL_OLD, BY_NOBODY, OF_DOMAIN_FAILED, DISP_NONE, "policy_test_mode", "t=y" },
	{ 15, POOL_SERVICE, BY_SERVICE, OF_SERVICE, DISP_NONE },
	{ 20, POOL_FORGER, BY_NOBODY, OF_DOMAIN_FAILED, DISP_NONE, "local_policy", "arc=fail" },
	{ 18, POOL_FORGER, BY_NOBODY, OF_DOMAIN_FAILED, DISP_QUARANTINE, "local_policy", "sender on local block list" },
	{ 12, POOL_FORGER, BY_NOBODY, OF_DOMAIN_FAILED, DISP_REJECT },
};
enum { FLOWS = sizeof flows / sizeof *flows, COMBINATIONS = DOMAINS * FLOWS * STYLES * VARIANTS };

static const struct arc_words {
	const char *type, *comment;
} arc_words[VARIANTS] = {
	{ "local_policy", "arc=pass" },
	{ "local_policy", "arc=pass as[1].d=alumnus.example as[1].s=arc1" },
	{ "trusted_forwarder", "Policy ignored due to DMARC pass in trusted ARC chain" },
	{ "local_policy", "arc=pass as[2].d=forward.example as[2].s=2025" },
};

static enum split flow_split(const struct flow *f)
{
	bool dkim = f->signing == BY_DOMAIN_NAME || f->signing == BY_BOTH, spf = f->envelope == OF_DOMAIN;

	if (dkim || spf)
		return dkim && spf ? SPLIT_FULL : dkim ? SPLIT_DKIM_ONLY : SPLIT_SPF_ONLY;
	return f->disposition == DISP_REJECT	 ? SPLIT_REJECTED :
	       f->disposition == DISP_QUARANTINE ? SPLIT_QUARANTINED :
						   SPLIT_UNTRUSTED;
}

/* --- the university --- */

struct planned { /* one report */
	uint32_t rows, number;
	uint16_t day, pair;
};

struct seen_row { /* one row of the report in the making */
	uint64_t address;
	int32_t combination; /* -1: free */
};

struct university {
	struct university_plan plan;
	struct university_totals made;
	struct arena memory;
	const char *domain[DOMAINS];
	double domains_upto[DOMAINS]; /* of those under the organisational domain's own record; 0 for the others */
	double flows_upto[FLOWS];
	double pair_share[PAIRS];
	uint64_t tail; /* addresses of each of the three tails */
	struct planned *report;
	size_t reports, room, next;
	struct row *template[COMBINATIONS]; /* by what they are made of, made when first drawn */
	struct seen_row *seen;
	size_t seen_room;
};

static void name_domains(struct university *u)
{
	u->domain[0] = ORG;
	for (int i = 1; i < DOMAINS; i++)
		u->domain[i] = i <= FACULTIES ? arena_printf(&u->memory, "%s." ORG, faculties[i - 1]) :
			       i % 2	      ? arena_printf(&u->memory, "unit-%03d." ORG, i) :
						arena_printf(&u->memory, "lab-%03d.%s." ORG, i, faculties[i / 2 % FACULTIES]);
}

/* Every reporter's share of the rows times every record's: 35 % of the mail is from the organisational domain itself. */
static void weigh(struct university *u)
{
	double harmonic = 0, reporters = 0, org, sum = 0;

	for (int i = 1; i < DOMAINS; i++)
		harmonic += 1.0 / i;
	for (int i = 0; i < DOMAINS; i++) {
		if (i == 0 || i > OWN_RECORDS)
			sum += i == 0 ? 0.35 : 0.65 / harmonic / i;
		u->domains_upto[i] = sum;
	}
	org = sum;
	for (int r = 1; r <= REPORTERS; r++)
		reporters += 1 / (r * sqrt(r));
	for (int pair = 0; pair < PAIRS; pair++) {
		int r = pair / POLICY_DOMAINS + 1, record = pair % POLICY_DOMAINS;

		u->pair_share[pair] = 1 / (r * sqrt(r)) / reporters * (record == 0 ? org : 0.65 / harmonic / record);
	}
	sum = 0;
	for (int i = 0; i < FLOWS; i++)
		u->flows_upto[i] = sum += flows[i].per_mille;
}

/* --- the plan --- */

/* Reports a pair sends on a day, on average. Where there are fewer reports than pairs the quiet ones skip days; where
 * there are more the busy ones send several. */
static double reports_of(double rows, double size, bool sparse)
{
	double n = rows / size;

	return sparse ? (n < 1 ? n : 1) : n > 1 ? n : 1;
}

/* The size at which `rows` rows of a day make about one report for every ROWS_A_REPORT of them. */
static double size_for(const struct university *u, double rows, bool sparse)
{
	double low = 1e-3, high = 1e9;

	for (int i = 0; i < 60; i++) {
		double size = (low + high) / 2, reports = 0;

		if (high / low > 4)
			size = sqrt(low * high);
		for (int pair = 0; pair < PAIRS; pair++)
			reports += reports_of(rows * u->pair_share[pair], size, sparse);
		if (reports > rows / ROWS_A_REPORT)
			low = size;
		else
			high = size;
	}
	return high;
}

static void plan_add(struct university *u, int day, int pair, uint32_t weight)
{
	if (u->reports == u->room) {
		u->room = u->room > 0 ? u->room * 2 : 4096;
		if ((u->report = realloc(u->report, u->room * sizeof *u->report)) == NULL)
			abort();
	}
	u->report[u->reports++] = (struct planned){ weight, 0, (uint16_t)day, (uint16_t)pair };
}

/* Weights become rows that sum up to `rows`; reports that get none are dropped. */
static void scale(struct university *u, size_t first, int64_t rows)
{
	double all = 0, upto = 0;
	size_t kept = first;
	int64_t given = 0;

	for (size_t i = first; i < u->reports; i++)
		all += u->report[i].rows;
	for (size_t i = first; i < u->reports; i++) {
		int64_t to = i + 1 == u->reports ? rows : (int64_t)((double)rows * ((upto += u->report[i].rows) / all));

		if (to == given)
			continue;
		u->report[kept] = u->report[i];
		u->report[kept++].rows = (uint32_t)(to - given);
		given = to;
	}
	u->reports = kept;
}

static void shuffle(struct planned *report, size_t n, struct dice *d)
{
	for (size_t i = n; i > 1; i--) {
		size_t other = dice_below(d, i);
		struct planned held = report[i - 1];

		report[i - 1] = report[other];
		report[other] = held;
	}
}

static void plan_day(struct university *u, int day, int64_t rows)
{
	struct dice d = dice_for(u->plan.seed, PLAN_PURPOSE, (uint64_t)day);
	bool sparse = rows / ROWS_A_REPORT < PAIRS;
	double size = size_for(u, (double)rows, sparse);
	size_t first = u->reports;

	for (int pair = 0; pair < PAIRS; pair++) {
		double mine = (double)rows * u->pair_share[pair], n = reports_of(mine, size, sparse);
		double drawn = n + dice_unit(&d);

		for (int i = 1; i <= (int)drawn; i++)
			plan_add(u, day, pair, (uint32_t)(1000 * mine / n * (0.5 + dice_unit(&d))) + 1);
	}
	if (u->reports == first && rows > 0)
		plan_add(u, day, 0, 1);
	scale(u, first, rows);
	shuffle(u->report + first, u->reports - first, &d);
}

/* Of a day: less on weekends, half as much again at the end as at the beginning. */
static int64_t day_weight(const struct university *u, int day)
{
	static const int weekday[7] = { 60, 105, 110, 110, 105, 95, 65 }; /* Sunday first */
	int64_t date = u->plan.last_day - u->plan.days + 1 + day;

	return (int64_t)weekday[text_civil(date).weekday] * (1000 + 500 * day / u->plan.days);
}

static void plan_all(struct university *u)
{
	struct dice d = dice_for(u->plan.seed, ORDER_PURPOSE, 0);
	int64_t all = 0, upto = 0, given = 0;

	for (int day = 0; day < u->plan.days; day++)
		all += day_weight(u, day);
	for (int day = 0; day < u->plan.days; day++) {
		int64_t to = (int64_t)((long double)u->plan.rows * (long double)(upto += day_weight(u, day)) /
				       (long double)all);

		if (day + 1 == u->plan.days)
			to = u->plan.rows;
		plan_day(u, day, to - given);
		given = to;
	}
	for (size_t i = 0; i < u->reports; i++)
		u->report[i].number = (uint32_t)i;
	if (u->plan.shuffled)
		shuffle(u->report, u->reports, &d);
}

/* 200,000 addresses at 10M rows, and with the root of the rows: a mailbox ten times as large knows three times as many. */
static uint64_t tail_of(int64_t rows)
{
	double addresses = 200000 * sqrt((double)rows / 1e7) / 3;

	return addresses < 100 ? 100 : addresses > 1 << TAIL_BITS ? 1 << TAIL_BITS : (uint64_t)addresses;
}

struct university *university_new(const struct university_plan *plan)
{
	struct university *u = calloc(1, sizeof *u);

	if (u == NULL)
		abort();
	assert(plan->rows > 0 && plan->days > 0);
	u->plan = *plan;
	u->tail = tail_of(plan->rows);
	name_domains(u);
	weigh(u);
	plan_all(u);
	return u;
}

void university_free(struct university *u)
{
	if (u == NULL)
		return;
	arena_release(&u->memory);
	free(u->report);
	free(u->seen);
	free(u);
}

const struct university_totals *university_made(const struct university *u)
{
	return &u->made;
}

/* --- profiles --- */

struct combination {
	int from, flow, style, variant;
};

static int combination_number(struct combination c)
{
	return ((c.from * FLOWS + c.flow) * STYLES + c.style) * VARIANTS + c.variant;
}

static int service_of(struct combination c)
{
	return flows[c.flow].pool == POOL_CLOUD ? 0 : 1 + (c.from * 7 + c.variant) % (SERVICES - 1);
}

static int list_of(struct combination c)
{
	return (c.from + c.variant) % LISTS;
}

static const char *const list_names[LISTS] = { "listserv.example", "groups.example" };

static struct auth *auth_new(struct arena *a, const char *domain, const char *result)
{
	struct auth *r = arena_alloc(a, sizeof *r);

	r->domain = slice_of(domain);
	r->result = slice_of(result);
	return r;
}

static struct auth *signature(struct arena *a, struct combination c, const char *domain, const char *selector,
			      const char *result)
{
	struct auth *r = auth_new(a, domain, result);

	r->selector = slice_of(selector);
	if (c.style == 1 && strcmp(result, "pass") != 0)
		r->human_result = SLICE("body hash did not verify");
	return r;
}

/* Who signed: `own` is aligned; relaxed alignment lets the organisational domain sign for all. */
static struct auth *signatures(struct university *u, struct combination c)
{
	static const char *const selectors[VARIANTS] = { "selector1", "selector2", "2025a", "relay" };
	const struct flow *f = &flows[c.flow];
	const char *own = c.variant % 2 == 0 ? ORG : u->domain[c.from], *selector = selectors[c.variant];
	const char *service = arena_printf(&u->memory, "mailer-%02d.example", service_of(c));
	struct auth *first = NULL;

	switch (f->signing) {
	case BY_NOBODY:
		return NULL;
	case BY_SERVICE:
		return signature(&u->memory, c, service, "m1", "pass");
	case BY_BROKEN:
	case BY_LIST:
		first = signature(&u->memory, c, own, selector, c.variant == 2 ? "permerror" : "fail");
		if (f->signing == BY_LIST)
			first->next = signature(&u->memory, c, list_names[list_of(c)], "list", "pass");
		return first;
	default:
		first = signature(&u->memory, c, own, selector, "pass");
		if (f->signing == BY_BOTH)
			first->next = signature(&u->memory, c, service, "m1", "pass");
		return first;
	}
}

static const char *envelope_domain(struct university *u, struct combination c)
{
	switch (flows[c.flow].envelope) {
	case OF_SERVICE:
		return arena_printf(&u->memory, "bounce.mailer-%02d.example", service_of(c));
	case OF_LIST:
		return list_names[list_of(c)];
	case OF_FORWARDER:
		return c.variant == 0 ? "forward.example" : c.variant == 1 ? "alumnus.example" : "mailbox.example";
	default:
		return u->domain[c.from];
	}
}

static void add_reason(struct university *u, struct combination c, struct row *row)
{
	const struct flow *f = &flows[c.flow];
	const char *type = f->arc ? arc_words[c.variant].type : f->reason;

	if (type == NULL || (!f->arc && c.variant % 2 == 0))
		return;
	row->reasons = arena_alloc(&u->memory, sizeof *row->reasons);
	row->reasons->type = slice_of(type);
	row->reasons->comment = slice_of(f->arc ? arc_words[c.variant].comment : f->comment);
}

static struct slice pass_or_fail(bool pass)
{
	return pass ? SLICE("pass") : SLICE("fail");
}

/* All of a row but its address and count. The last variant has what is rare: a receiver that acts although DKIM passed,
 * and one that does not say what it did. */
static struct row *template_new(struct university *u, struct combination c)
{
	static const char *const failures[VARIANTS] = { "softfail", "fail", "neutral", "temperror" };
	const struct flow *f = &flows[c.flow];
	enum split split = flow_split(f);
	struct row *row = arena_alloc(&u->memory, sizeof *row);
	bool rare = c.variant == VARIANTS - 1;

	row->disposition = slice_of(disposition_name(f->disposition));
	if (rare && f->envelope == OF_FORWARDER && split == SPLIT_DKIM_ONLY)
		row->disposition = SLICE("quarantine");
	if (rare && f->pool == POOL_STAFF)
		row->disposition = (struct slice){ 0 };
	row->dkim = pass_or_fail(split == SPLIT_FULL || split == SPLIT_DKIM_ONLY);
	row->spf = pass_or_fail(split == SPLIT_FULL || split == SPLIT_SPF_ONLY);
	row->header_from = slice_of(u->domain[c.from]);
	row->dkim_auth = signatures(u, c);
	row->spf_auth = auth_new(&u->memory, envelope_domain(u, c),
				 f->envelope == OF_DOMAIN_FAILED ? failures[c.variant] : "pass");
	if (c.style == 1) {
		row->envelope_from = row->spf_auth->domain;
		row->spf_auth->scope = SLICE("mfrom");
	}
	add_reason(u, c, row);
	return row;
}

static const struct row *template_of(struct university *u, struct combination c)
{
	struct row **place = &u->template[combination_number(c)];

	if (*place == NULL) {
		*place = template_new(u, c);
		u->made.profiles++;
	}
	return *place;
}

/* A small domain has one kind of mail for each class, always the same. */
static int flow_of_small(int from, int drawn)
{
	int same[FLOWS], n = 0;

	for (int i = 0; i < FLOWS; i++)
		if (split_trust(flow_split(&flows[i])) == split_trust(flow_split(&flows[drawn])))
			same[n++] = i;
	return same[from % n];
}

static struct combination draw_combination(struct university *u, struct dice *d, int pair)
{
	static const double variants_upto[VARIANTS] = { 70, 90, 98, 100 };
	int record = pair % POLICY_DOMAINS;
	struct combination c = { .from = record, .style = pair / POLICY_DOMAINS % 3 == 1 };

	if (record == 0)
		c.from = (int)dice_weighted(d, u->domains_upto, DOMAINS);
	c.flow = (int)dice_weighted(d, u->flows_upto, FLOWS);
	if (c.from >= BUSY_DOMAINS)
		c.flow = flow_of_small(c.from, c.flow);
	else if (flows[c.flow].signing != BY_NOBODY || flows[c.flow].envelope != OF_DOMAIN) /* these have nothing to vary */
		c.variant = (int)dice_weighted(d, variants_upto, VARIANTS);
	return c;
}

/* --- addresses: pool << 32 | place --- */

static uint64_t address_in(enum pool pool, uint64_t place)
{
	return (uint64_t)pool << 32 | place;
}

static uint64_t few(struct dice *d, uint64_t n)
{
	double x = dice_unit(d);

	return (uint64_t)((double)n * x * x);
}

/* Those who forge move on: the day's addresses lie at the day's place in the tail and, rarely, far behind it. */
static uint64_t forger(struct university *u, struct dice *d, int day)
{
	double x = dice_unit(d), y = x * x * x * x * 0.2, at = ((double)day + dice_unit(d)) / u->plan.days;

	return (uint64_t)((double)(u->tail - 1) * (at > y ? at - y : 0));
}

static uint64_t draw_address(struct university *u, struct dice *d, struct combination c, int day)
{
	enum pool pool = flows[c.flow].pool;

	switch (pool) {
	case POOL_STAFF:
		return address_in(pool, few(d, 40));
	case POOL_RELAY:
	case POOL_OLD:
		return address_in(pool, few(d, 20));
	case POOL_SERVICE:
		return address_in(pool, (uint64_t)service_of(c) << 8 | few(d, 7));
	case POOL_LIST:
		return address_in(pool, (uint64_t)list_of(c) << 8 | few(d, 8));
	case POOL_FORGER:
		return address_in(pool, forger(u, d, day));
	default:
		return address_in(pool, (uint64_t)((double)few(d, u->tail) * dice_unit(d)));
	}
}

/* Neighbours in a tail stand far apart in its /10; one in eight is IPv6. */
static struct slice address_written(struct arena *a, uint64_t address)
{
	static const unsigned head[] = { [POOL_STAFF] = 0xac100000, [POOL_RELAY] = 0xac100100, [POOL_OLD] = 0xac100200,
					 [POOL_SERVICE] = 0xac140000, [POOL_LIST] = 0xac180000,
					 [POOL_CLOUD] = 0x0a000000, [POOL_FORWARDER] = 0x0a400000,
					 [POOL_FORGER] = 0x0a800000 };
	enum pool pool = (enum pool)(address >> 32);
	unsigned place = (unsigned)address, four = head[pool] + place + 1;
	unsigned spread = place * 2654435761u & ((1u << TAIL_BITS) - 1);

	if (pool >= POOL_CLOUD && place % 8 == 5)
		return slice_of(arena_printf(a, "2001:db8:%x:%x::%x", pool << 8 | spread >> 16, spread & 0xffff, place % 7 + 1));
	if (pool >= POOL_CLOUD)
		four = head[pool] + spread;
	return slice_of(arena_printf(a, "%u.%u.%u.%u", four >> 24, four >> 16 & 255, four >> 8 & 255, four & 255));
}

/* --- reports --- */

static void seen_clear(struct university *u, size_t rows)
{
	size_t room = 64;

	while (room < rows * 2)
		room *= 2;
	if (room > u->seen_room) {
		free(u->seen);
		if ((u->seen = malloc(room * sizeof *u->seen)) == NULL)
			abort();
	}
	u->seen_room = room;
	for (size_t i = 0; i < room; i++)
		u->seen[i].combination = -1;
}

/* False where the report has such a row already. */
static bool seen_add(struct university *u, uint64_t address, struct combination c)
{
	int number = combination_number(c);
	size_t at = (size_t)dice_mix(address * COMBINATIONS + (uint64_t)number) & (u->seen_room - 1);

	for (; u->seen[at].combination >= 0; at = (at + 1) & (u->seen_room - 1))
		if (u->seen[at].combination == number && u->seen[at].address == address)
			return false;
	u->seen[at] = (struct seen_row){ address, number };
	return true;
}

static int64_t draw_count(struct dice *d, const struct flow *f)
{
	if (f->pool == POOL_FORGER || dice_below(d, 10) < 6)
		return 1;
	return 1 + (int64_t)(0.5 / (dice_unit(d) + 0.001));
}

static void note_made(struct university *u, const struct row *row, const struct flow *f)
{
	u->made.rows++;
	u->made.messages += row->count;
	u->made.split[flow_split(f)] += row->count;
	u->made.arc_rescued += f->arc ? row->count : 0;
}

/* One more row; where a few draws gave nothing new, one from an address that nobody had yet. */
static struct row *draw_row(struct university *u, struct arena *a, struct dice *d, const struct planned *p, uint32_t number)
{
	struct combination c = draw_combination(u, d, p->pair);
	uint64_t address = draw_address(u, d, c, p->day);
	struct row *row = arena_alloc(a, sizeof *row);
	int tries = 0;

	while (!seen_add(u, address, c)) {
		c = draw_combination(u, d, p->pair);
		address = draw_address(u, d, c, p->day);
		if (++tries > 20) {
			c = (struct combination){ c.from, FLOWS - 1, c.style, 0 };
			address = address_in(POOL_FORGER, (UINT64_C(1) << (TAIL_BITS - 1)) + number);
		}
	}
	*row = *template_of(u, c);
	row->source_ip = address_written(a, address);
	row->count = draw_count(d, &flows[c.flow]);
	note_made(u, row, &flows[c.flow]);
	return row;
}

/* The organisational domain goes from none over a rehearsal to quarantine; the others keep what they have. */
static void publish(const struct university *u, const struct planned *p, struct report *r)
{
	int record = p->pair % POLICY_DOMAINS, done = 100 * p->day / u->plan.days;

	r->domain = slice_of(u->domain[record]);
	r->adkim = r->aspf = SLICE("r");
	r->pct = REPORT_NO_PCT;
	if (record > 0) {
		r->p = record % 3 == 0 ? SLICE("reject") : record % 3 == 1 ? SLICE("none") : SLICE("quarantine");
		return;
	}
	r->p = done < 45 ? SLICE("none") : SLICE("quarantine");
	r->sp = done < 80 ? SLICE("none") : SLICE("quarantine");
	r->pct = done < 45 ? 100 : done < 65 ? 0 : done < 80 ? 25 : 100;
	if (done >= 45 && done < 65)
		r->testing = SLICE("y");
}

static const char *reporter_name(struct arena *a, int reporter)
{
	static const char *const big[] = { "google.com", "Outlook.com", "Yahoo", "Enterprise Outlook", "Mimecast" };

	if (reporter < (int)(sizeof big / sizeof *big))
		return big[reporter];
	return arena_printf(a, "reporter-%02d.example", reporter);
}

static void fill_head(const struct university *u, struct arena *a, const struct planned *p, struct report *r)
{
	int reporter = p->pair / POLICY_DOMAINS;
	int64_t day = u->plan.last_day - u->plan.days + 1 + p->day;
	struct dice d = dice_for(u->plan.seed, REPORT_PURPOSE, ~(uint64_t)p->number);
	bool two_days = reporter % 11 == 5 && p->day % 9 == 0;

	*r = (struct report){ .complete = true, .row_count = p->rows, .file = SLICE("bench"), .version = SLICE("1.0") };
	r->org_name = slice_of(reporter_name(a, reporter));
	r->email = slice_of(arena_printf(a, "dmarc@reporter-%02d.example", reporter));
	r->report_id = slice_of(arena_printf(a, "%llu.%lld.%u", (unsigned long long)u->plan.seed, (long long)day, p->number));
	r->begin = day * DAY_SECONDS + (reporter % 7 == 3 ? 3 * 3600 : 0);
	r->end = r->begin + (two_days ? 2 : 1) * DAY_SECONDS - 1;
	publish(u, p, r);
	for (size_t i = 0; i < sizeof r->content_hash; i++)
		r->content_hash[i] = (unsigned char)dice_next(&d);
}

bool university_next(struct university *u, struct arena *a, struct report *out, int64_t *received_s)
{
	const struct planned *p;
	struct dice d;
	struct row **end = &out->rows;

	if (u->next == u->reports)
		return false;
	p = &u->report[u->next++];
	d = dice_for(u->plan.seed, REPORT_PURPOSE, p->number);
	fill_head(u, a, p, out);
	seen_clear(u, p->rows);
	for (uint32_t i = 0; i < p->rows; i++, end = &(*end)->next)
		*end = draw_row(u, a, &d, p, i);
	*received_s = out->end + 6 * 3600;
	u->made.reports++;
	return true;
}

/* --- sources --- */

static const struct {
	const char *name, *network;
} own_sources[] = {
	{ "Staff mail", "172.16.0.0/28" },    { "Student mail", "172.16.0.16/28" }, { "Library", "172.16.0.32/27" },
	{ "Mail relays", "172.16.1.0/24" },   { "Old web hosts", "172.16.2.0/28" }, { "Laboratories", "172.16.2.16/28" },
};
enum { OWN_SOURCES = sizeof own_sources / sizeof *own_sources, SOURCES = OWN_SOURCES + SERVICES + LISTS + 1 };

static struct source_rule *rule_new(struct source_rule *rule, const char *name, enum source_kind kind)
{
	*rule = (struct source_rule){ .name = slice_of(name), .kind = kind };
	return rule;
}

static void own_rules(struct source_rule *rule, enum university_rules which)
{
	static struct network networks[OWN_SOURCES][2];

	for (int i = 0; i < OWN_SOURCES; i++) {
		rule_new(&rule[i], own_sources[i].name, KIND_OURS);
		rule[i].networks = networks[i];
		rule[i].network_count = 1;
		if (!network_parse(slice_of(own_sources[i].network), &networks[i][0]))
			abort();
	}
	if (which == RULES_NETWORK && network_parse(SLICE("10.0.0.0/10"), &networks[0][1]))
		rule[0].network_count = 2;
}

static void service_rules(struct source_rule *rule, enum university_rules which)
{
	static char names[SERVICES][24], domains[SERVICES][32];
	static struct slice signers[SERVICES];

	for (int i = 0; i < SERVICES; i++) {
		bool moved = which == RULES_SIGNER && i == 3;

		snprintf(names[i], sizeof names[i], "Mailer %02d", i);
		snprintf(domains[i], sizeof domains[i], "mailer-%02d%s.example", i, moved ? "-new" : "");
		signers[i] = slice_of(domains[i]);
		rule_new(&rule[i], names[i], KIND_SERVICE)->dkim_domains = &signers[i];
		rule[i].dkim_domain_count = 1;
	}
}

static void envelope_rule(struct source_rule *rule, const char *name, enum source_kind kind, const struct slice *envelope)
{
	rule_new(rule, name, kind)->envelopes = envelope;
	rule->envelope_count = 1;
}

struct source_rules university_rules(enum university_rules which)
{
	static struct source_rule rules[SOURCES];
	static struct slice envelopes[LISTS + 1];

	own_rules(rules, which);
	service_rules(rules + OWN_SOURCES, which);
	for (int i = 0; i < LISTS; i++)
		envelopes[i] = slice_of(list_names[i]);
	envelopes[LISTS] = SLICE("forward.example");
	envelope_rule(&rules[SOURCES - 3], "LISTSERV", KIND_LIST, &envelopes[0]);
	envelope_rule(&rules[SOURCES - 2], "Groups", KIND_LIST, &envelopes[1]);
	envelope_rule(&rules[SOURCES - 1], "Forwarder", KIND_FORWARDER, &envelopes[2]);
	return (struct source_rules){ rules, SOURCES };
}
