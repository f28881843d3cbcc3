/* bench_queries: how long the pages' questions take on a filled store (storage/query.h). Draws sets of filters from what
 * the data holds, half of the values by volume and half evenly, so that rare ones are among them, and times every
 * question a page asks, warm. Neighbours: fill.c makes the store; tests/bench/run puts both into one table. */
#include "base/text.h"
#include "schema/limits.h"
#include "storage/query.h"
#include "tests/bench/dice.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const char usage[] =
	"usage: bench_queries --db PATH [--sets N] [--seed S] [--json] [--wait] [--seconds S | --probe | --totals]\n"
	"  every page's questions over N (200) sets of period, under, class, source and reporter, at most three at once,\n"
	"  each asked once untimed and once timed; then every other filter over a drawn period\n"
	"  --seconds  the pages' questions alone, in a loop for so long or until SIGTERM, each timed as it comes\n"
	"  --probe    one light question over and over until SIGTERM: how long the longest took\n"
	"  --wait     with these two: says `ready` and begins when a line comes on standard input\n"
	"  --totals   all messages by class, as bench_fill --truth writes them\n";

enum { LIST_ITEMS = 10, GROUP_ITEMS = 50, RECORD_ITEMS = 50, SAMPLE_DAYS = 40, SAMPLE_RECORDS = 25, NAME_BYTES = 320 };

struct options {
	const char *db;
	int64_t sets, seed, seconds;
	bool json, probe, totals, wait;
};

static volatile sig_atomic_t is_over;

static void on_term(int signal)
{
	is_over = 1;
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void *grown(void *array, size_t n, size_t each)
{
	if ((array = realloc(array, n * each)) == NULL)
		abort();
	return array;
}

/* --- times --- */

struct times {
	const char *name;
	double *ms;
	size_t n, room;
	double most_ms;
	char slowest[NAME_BYTES + 32];
};

static void times_add(struct times *t, double ms, const char *what)
{
	if (t->n == t->room) {
		t->room = t->room > 0 ? t->room * 2 : 256;
		t->ms = grown(t->ms, t->room, sizeof *t->ms);
	}
	t->ms[t->n++] = ms;
	if (ms > t->most_ms) {
		t->most_ms = ms;
		snprintf(t->slowest, sizeof t->slowest, "%s", what);
	}
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Nearest rank; 0 where nothing was timed. Sorts. */
static double percentile(struct times *t, int percent)
{
	if (t->n == 0)
		return 0;
	qsort(t->ms, t->n, sizeof *t->ms, by_value);
	return t->ms[(t->n * (size_t)percent + 99) / 100 - 1];
}

static void json_text(const char *s)
{
	putchar('"');
	for (; *s != '\0'; s++)
		printf(*s == '"' || *s == '\\' ? "\\%c" : (unsigned char)*s < ' ' ? " " : "%c", *s);
	putchar('"');
}

static void say_head(bool json)
{
	if (!json)
		printf("%-28s %7s %9s %9s %9s  %s\n", "", "asked", "p50 ms", "p99 ms", "max ms", "slowest");
}

static void say(bool json, struct times *t)
{
	double p50 = percentile(t, 50), p99 = percentile(t, 99);

	if (json) {
		printf("{\"name\":\"%s\",\"n\":%zu,\"p50_ms\":%.4f,\"p99_ms\":%.4f,\"max_ms\":%.4f,\"slowest\":", t->name, t->n,
		       p50, p99, t->most_ms);
		json_text(t->slowest);
		puts("}");
	} else {
		printf("%-28s %7zu %9.3f %9.3f %9.3f  %s\n", t->name, t->n, p50, p99, t->most_ms, t->slowest);
	}
}

/* --- values that filters may have --- */

struct values {
	struct slice *item;
	double *upto; /* volume; of this and those before it, once values_sum was called */
	size_t n, room;
};

static void values_add(struct values *v, struct slice word, double weight)
{
	if (v->n == v->room) {
		v->room = v->room > 0 ? v->room * 2 : 64;
		v->item = grown(v->item, v->room, sizeof *v->item);
		v->upto = grown(v->upto, v->room, sizeof *v->upto);
	}
	v->item[v->n] = word;
	v->upto[v->n++] = weight;
}

/* Once more seen: as far as the sample tells, that much volume. */
static void values_note(struct values *v, struct arena *a, struct slice word)
{
	size_t i = 0;

	while (i < v->n && !slice_eq(v->item[i], word))
		i++;
	if (i < v->n)
		v->upto[i]++;
	else if (word.len > 0)
		values_add(v, text_copy(a, word), 1);
}

static void values_sum(struct values *v)
{
	for (size_t i = 1; i < v->n; i++)
		v->upto[i] += v->upto[i - 1];
}

/* One by volume or, as often, one of all alike. */
static const struct slice *values_draw(const struct values *v, struct dice *d)
{
	bool by_volume = dice_below(d, 2) == 0;

	return &v->item[by_volume ? dice_weighted(d, v->upto, v->n) : dice_below(d, v->n)];
}

enum other { /* NETWORK is a /24 */
	IP, NETWORK, DOMAIN, POLICY_DOMAIN, CAUSE, KIND, DISP, REASON, FLAG, SPF, SPF_ALIGNED, DKIM, DKIM_ALIGNED,
	DKIM_DOMAIN, SELECTOR, ENVELOPE, POLICY, PCT, T, ARC, Q, OTHERS
};
static const char *const other_names[OTHERS] = {
	[IP] = "ip", [NETWORK] = "ip", [DOMAIN] = "domain", [POLICY_DOMAIN] = "policy_domain", [CAUSE] = "cause",
	[KIND] = "kind", [DISP] = "disp", [REASON] = "reason", [FLAG] = "flag", [SPF] = "spf",
	[SPF_ALIGNED] = "spf_aligned", [DKIM] = "dkim", [DKIM_ALIGNED] = "dkim_aligned",
	[DKIM_DOMAIN] = "dkim_domain", [SELECTOR] = "selector", [ENVELOPE] = "envelope", [POLICY] = "policy",
	[PCT] = "pct", [T] = "t", [ARC] = "arc", [Q] = "q",
};

struct bench {
	const struct options *options;
	struct reader *reader;
	struct store_state state;
	struct arena memory, answer;
	struct values under, class_, source, reporter, other[OTHERS];
};

static struct names *other_of(struct filter *f, enum other which)
{
	struct names *const place[OTHERS] = {
		[IP] = &f->ip, [NETWORK] = &f->ip, [DOMAIN] = &f->domain, [POLICY_DOMAIN] = &f->policy_domain,
		[CAUSE] = &f->cause, [KIND] = &f->kind, [DISP] = &f->disp, [REASON] = &f->reason, [FLAG] = &f->flag,
		[SPF] = &f->spf, [SPF_ALIGNED] = &f->spf_aligned, [DKIM] = &f->dkim,
		[DKIM_ALIGNED] = &f->dkim_aligned, [DKIM_DOMAIN] = &f->dkim_domain, [SELECTOR] = &f->selector,
		[ENVELOPE] = &f->envelope, [POLICY] = &f->policy, [PCT] = &f->pct, [T] = &f->t, [ARC] = &f->arc,
	};

	return place[which];
}

static void add_fixed(struct bench *b)
{
	static const struct {
		enum other which;
		const char *word;
	} fixed[] = { { DISP, "none" },	       { DISP, "quarantine" }, { DISP, "reject" }, { SPF, "pass" },	{ SPF, "fail" },
		      { SPF, "softfail" },     { SPF, "temperror" },   { DKIM, "pass" },   { DKIM, "fail" },
		      { DKIM, "permerror" },   { POLICY, "none" },     { POLICY, "quarantine" }, { POLICY, "reject" },
		      { PCT, "0" },	       { PCT, "25" },	       { PCT, "100" },	   { PCT, "none" },	{ T, "y" },
		      { T, "n" },	       { ARC, "pass" },	       { ARC, "none" },	   { REASON, "none" },
		      { SPF_ALIGNED, "1" },    { SPF_ALIGNED, "0" },   { DKIM_ALIGNED, "1" }, { DKIM_ALIGNED, "0" } };

	for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
		values_add(&b->other[fixed[i].which], slice_of(fixed[i].word), 1);
	for (int bit = 0; bit < FLAGS; bit++)
		values_add(&b->other[FLAG], slice_of(flag_name(bit)), 1);
	for (int kind = 0; kind < KINDS; kind++)
		values_add(&b->other[KIND], slice_of(source_kind_name((enum source_kind)kind)), 1);
}

static int add_groups(struct bench *b, const struct filter *f, enum group_by by, struct values *v, struct err *err)
{
	struct groups groups;

	if (query_groups(b->reader, &b->memory, f, by, 0, &groups, err) != 0)
		return -1;
	for (size_t i = 0; i < groups.n; i++)
		values_add(v, groups.item[i].key, (double)counts_total(&groups.item[i].counts));
	return groups.n > 0 ? 0 : err_set(err, ERR_USE, "%s: no data", b->options->db);
}

/* The sub-trees: every domain, and what lies above several of them. */
static void add_parents(struct bench *b)
{
	size_t n = b->under.n;

	for (size_t i = 0; i < n; i++) {
		struct slice name = b->under.item[i];
		const char *dot = memchr(name.ptr, '.', name.len);
		struct slice parent = { dot + 1, dot != NULL ? name.len - (size_t)(dot + 1 - name.ptr) : 0 };
		size_t same = 0;

		while (same < b->under.n && !slice_eq(b->under.item[same], parent))
			same++;
		if (dot != NULL && memchr(parent.ptr, '.', parent.len) != NULL && same == b->under.n)
			values_add(&b->under, parent, 1);
	}
}

static void add_networks(struct bench *b)
{
	for (size_t i = 0; i < b->other[IP].n; i++) {
		struct slice ip = b->other[IP].item[i];
		const char *dot = memrchr(ip.ptr, '.', ip.len);

		if (dot != NULL)
			values_note(&b->other[NETWORK], &b->memory,
				       slice_of(arena_printf(&b->memory, "%.*s.0/24", (int)(dot - ip.ptr), ip.ptr)));
	}
}

static void add_record(struct bench *b, const struct record *r)
{
	values_note(&b->other[IP], &b->memory, r->ip);
	values_note(&b->other[ENVELOPE], &b->memory, r->envelope_from);
	for (const struct auth *k = r->dkim_auth; k != NULL; k = k->next) {
		values_note(&b->other[DKIM_DOMAIN], &b->memory, k->domain);
		values_note(&b->other[SELECTOR], &b->memory, k->selector);
	}
	for (const struct reason *k = r->reasons; k != NULL; k = k->next)
		values_note(&b->other[REASON], &b->memory, k->type);
	values_note(&b->other[Q], &b->memory, text_cut(r->header_from, 7));
	if (r->ip.len > 4)
		values_note(&b->other[Q], &b->memory, (struct slice){ r->ip.ptr, r->ip.len - 2 });
}

/* Some rows of some days: there every value turns up about as often as it stands in the data. */
static int add_records(struct bench *b, struct err *err)
{
	struct dice d = dice_for((uint64_t)b->options->seed, 1, 0);
	size_t days = (size_t)(b->state.last_day - b->state.first_day + 1);
	struct records found;

	for (int i = 0; i < SAMPLE_DAYS; i++) {
		struct filter f = { .first_day = b->state.first_day + (int64_t)dice_below(&d, days) };

		f.last_day = f.first_day;
		if (query_records(b->reader, &b->answer, &f, (struct slice){ 0 }, SAMPLE_RECORDS, &found, err) != 0)
			return -1;
		for (size_t k = 0; k < found.n; k++)
			add_record(b, &found.item[k]);
		arena_clear(&b->answer);
	}
	return 0;
}

static int learn(struct bench *b, struct err *err)
{
	struct filter all = { 0 };
	struct counts counts;

	if (query_state(b->reader, &b->state, err) != 0)
		return -1;
	query_period(&b->state, SLICE("all"), &all.first_day, &all.last_day);
	if (query_counts(b->reader, &all, &counts, err) != 0)
		return -1;
	for (int i = 0; i < TRUST_CLASSES; i++)
		values_add(&b->class_, slice_of(trust_param((enum trust)i)), (double)counts_class(&counts, (enum trust)i));
	add_fixed(b);
	if (add_groups(b, &all, BY_DOMAIN, &b->under, err) != 0 || add_groups(b, &all, BY_SOURCE, &b->source, err) != 0 ||
	    add_groups(b, &all, BY_REPORTER, &b->reporter, err) != 0 ||
	    add_groups(b, &all, BY_DOMAIN, &b->other[DOMAIN], err) != 0 ||
	    add_groups(b, &all, BY_POLICY_DOMAIN, &b->other[POLICY_DOMAIN], err) != 0 ||
	    add_groups(b, &all, BY_CAUSE, &b->other[CAUSE], err) != 0 || add_records(b, err) != 0)
		return -1;
	add_parents(b);
	add_networks(b);
	values_sum(&b->under);
	values_sum(&b->class_);
	values_sum(&b->source);
	values_sum(&b->reporter);
	for (int i = 0; i < OTHERS; i++) {
		if (b->other[i].n == 0)
			return err_set(err, ERR_USE, "%s: no value for %s", b->options->db, other_names[i]);
		values_sum(&b->other[i]);
	}
	return 0;
}

/* --- sets of filters --- */

struct set {
	struct filter filter;
	char name[NAME_BYTES];
};

static void name_add(struct set *s, const char *key, struct slice value)
{
	size_t at = strlen(s->name);

	snprintf(s->name + at, sizeof s->name - at, "%s%s=%.*s", at > 0 ? "&" : "", key, (int)value.len, value.ptr);
}

static void set_period(const struct bench *b, struct set *s, const char *period)
{
	query_period(&b->state, slice_of(period), &s->filter.first_day, &s->filter.last_day);
	name_add(s, "period", slice_of(period));
}

static void draw_period(const struct bench *b, struct dice *d, struct set *s)
{
	static const char *const periods[] = { "3d", "7d", "28d", "90d", "12m", "all" };

	set_period(b, s, periods[dice_below(d, sizeof periods / sizeof *periods)]);
}

static void draw_name(struct dice *d, const struct values *v, struct set *s, struct names *place, const char *key)
{
	*place = (struct names){ values_draw(v, d), 1, false };
	name_add(s, key, *place->item);
}

/* One to three of the five; the period is the pages' own where it is not among them. */
static void draw_set(const struct bench *b, size_t number, struct set *s)
{
	struct dice d = dice_for((uint64_t)b->options->seed, 2, number);
	size_t wanted = 1 + dice_below(&d, 3);
	unsigned taken = 0;

	*s = (struct set){ 0 };
	while (wanted > 0) {
		unsigned which = (unsigned)dice_below(&d, 5);

		if (taken >> which & 1)
			continue;
		taken |= 1u << which;
		wanted--;
	}
	if (taken & 1)
		draw_period(b, &d, s);
	else
		set_period(b, s, "28d");
	if (taken & 2)
		draw_name(&d, &b->under, s, &s->filter.under, "under");
	if (taken & 4)
		draw_name(&d, &b->class_, s, &s->filter.class_, "class");
	if (taken & 8)
		draw_name(&d, &b->source, s, &s->filter.source, "source");
	if (taken & 16)
		draw_name(&d, &b->reporter, s, &s->filter.reporter, "reporter");
}

/* --- every page's questions --- */

enum question { /* those between are breakdowns */
	OVERVIEW, DAYS, DOMAINS, REPORTERS, SOURCES, CAUSE_LINES, RECORDS, COUNTS, PAGES,
	POLICY_DOMAINS = PAGES, /* on no page: /records?by=policy_domain, told apart by facts alone */
	QUESTIONS
};
static const char *const question_names[QUESTIONS] = { "overview",	 "by day",  "by domain", "by reporter",
						       "by source",  "by cause", "records",   "counts",
						       "by policy domain" };

static int ask_groups(struct bench *b, const struct filter *f, enum group_by by, struct err *err)
{
	struct groups groups;

	return query_groups(b->reader, &b->answer, f, by, by == BY_DAY ? 0 : GROUP_ITEMS, &groups, err);
}

static int ask_records(struct bench *b, const struct filter *f, struct err *err)
{
	struct records records;

	return query_records(b->reader, &b->answer, f, (struct slice){ 0 }, RECORD_ITEMS, &records, err);
}

static int ask_counts(struct bench *b, const struct filter *f, struct err *err)
{
	struct counts counts;

	return query_counts(b->reader, f, &counts, err);
}

static int ask(struct bench *b, const struct filter *f, enum question q, struct err *err)
{
	bool by_month = f->last_day - f->first_day >= LIMIT_CHART_DAYS; /* as the pages do */
	const enum group_by groups[QUESTIONS] = { [DAYS] = by_month ? BY_MONTH : BY_DAY, [DOMAINS] = BY_DOMAIN,
							 [POLICY_DOMAINS] = BY_POLICY_DOMAIN, [REPORTERS] = BY_REPORTER,
							 [SOURCES] = BY_SOURCE,	    [CAUSE_LINES] = BY_CAUSE };
	struct overview overview;

	switch (q) {
	case OVERVIEW:
		return query_overview(b->reader, &b->answer, f, LIST_ITEMS, &overview, err);
	case RECORDS:
		return ask_records(b, f, err);
	case COUNTS:
		return ask_counts(b, f, err);
	default:
		return ask_groups(b, f, groups[q], err);
	}
}

static int time_question(struct bench *b, const struct set *s, enum question q, double *ms, struct err *err)
{
	double began = now_ms();
	int rc = ask(b, &s->filter, q, err);

	*ms = now_ms() - began;
	arena_clear(&b->answer);
	return rc;
}

/* Each question of one set; `warm` asks it once before. The last of `times` takes them all. */
static int time_set(struct bench *b, const struct set *s, bool warm, struct times *times, struct err *err)
{
	char name[NAME_BYTES + 32];
	double ms;

	for (int q = 0; q < QUESTIONS && !is_over; q++) {
		if ((warm && time_question(b, s, (enum question)q, &ms, err) != 0) ||
		    time_question(b, s, (enum question)q, &ms, err) != 0)
			return -1;
		snprintf(name, sizeof name, "%s: %s", question_names[q], s->name);
		times_add(&times[q], ms, s->name);
		if (q < PAGES)
			times_add(&times[QUESTIONS], ms, name);
	}
	return 0;
}

static int time_pages(struct bench *b, struct err *err)
{
	struct times times[QUESTIONS + 1] = { 0 };
	double until_ms = now_ms() + (double)b->options->seconds * 1e3;
	bool loop = b->options->seconds > 0;
	struct set s;
	int rc = 0;

	for (size_t i = 0; rc == 0 && !is_over && (loop ? now_ms() < until_ms : i < (size_t)b->options->sets); i++) {
		draw_set(b, i % (size_t)b->options->sets, &s);
		rc = time_set(b, &s, !loop, times, err);
	}
	for (int q = 0; q <= QUESTIONS; q++) {
		times[q].name = q < QUESTIONS ? question_names[q] : "every page";
		if (rc == 0)
			say(b->options->json, &times[q]);
		free(times[q].ms);
	}
	return rc;
}

/* --- any other filter --- */

enum measure { FIRST_ROWS, TOTAL_28D, TOTAL_12M, MEASURES };

static void set_other(const struct bench *b, struct dice *d, enum other which, struct set *s)
{
	if (which == Q) {
		s->filter.q = *values_draw(&b->other[Q], d);
		name_add(s, "q", s->filter.q);
	} else {
		draw_name(d, &b->other[which], s, other_of(&s->filter, which), other_names[which]);
	}
}

static int time_other(struct bench *b, const struct set *s, enum measure m, struct times *one, struct times *all,
		      struct err *err)
{
	double began, ms = 0;

	for (int warm = 0; warm < 2; warm++) {
		began = now_ms();
		if ((m == FIRST_ROWS ? ask_records(b, &s->filter, err) : ask_counts(b, &s->filter, err)) != 0)
			return -1;
		ms = now_ms() - began;
		arena_clear(&b->answer);
	}
	times_add(one, ms, s->name);
	times_add(all, ms, s->name);
	return 0;
}

static int time_one_filter(struct bench *b, enum other which, struct times *all, struct err *err)
{
	static const char *const names[MEASURES] = { "first 50", "total 28d", "total 12m" };
	static const char *const periods[MEASURES] = { NULL, "28d", "12m" };
	size_t tries = (size_t)(b->options->sets + OTHERS - 1) / OTHERS;
	int rc = 0;

	for (int m = 0; m < MEASURES; m++) {
		struct times one = { .name = arena_printf(&b->memory, "%s%s %s", other_names[which],
							  which == NETWORK ? "/24" : "", names[m]) };

		for (size_t i = 0; rc == 0 && i < tries; i++) {
			struct dice d = dice_for((uint64_t)b->options->seed, 3 + (uint64_t)which, i);
			struct set s = { 0 };

			set_other(b, &d, which, &s);
			if (periods[m] != NULL)
				set_period(b, &s, periods[m]);
			else
				draw_period(b, &d, &s);
			rc = time_other(b, &s, (enum measure)m, &one, &all[m], err);
		}
		if (rc == 0)
			say(b->options->json, &one);
		free(one.ms);
	}
	return rc;
}

static int time_others(struct bench *b, struct err *err)
{
	struct times all[MEASURES] = { { .name = "any other filter first 50" },
				       { .name = "any other filter total 28d" },
				       { .name = "any other filter total 12m" } };
	int rc = 0;

	for (int which = 0; rc == 0 && which < OTHERS; which++)
		rc = time_one_filter(b, (enum other)which, all, err);
	for (int m = 0; m < MEASURES; m++) {
		if (rc == 0)
			say(b->options->json, &all[m]);
		free(all[m].ms);
	}
	return rc;
}

/* --- the other ways to run --- */

static int say_totals(struct bench *b, struct err *err)
{
	struct filter all = { 0 };
	struct counts c;

	query_period(&b->state, SLICE("all"), &all.first_day, &all.last_day);
	if (query_counts(b->reader, &all, &c, err) != 0)
		return -1;
	printf("{\"rows\":%lld,\"messages\":%lld,\"arc_rescued\":%lld,\"split\":[", (long long)c.rows,
	       (long long)counts_total(&c), (long long)c.arc_rescued);
	for (int i = 0; i < SPLITS; i++)
		printf("%s%lld", i > 0 ? "," : "", (long long)c.split[i]);
	puts("]}");
	return 0;
}

/* What a reader waits for while a writer works: the state, and the totals of the last days. */
static int probe(struct bench *b, struct err *err)
{
	struct times t = { .name = "probe" };
	struct set s = { 0 };
	int rc = 0;

	set_period(b, &s, "3d");
	while (rc == 0 && !is_over) {
		double began = now_ms();

		rc = query_state(b->reader, &b->state, err) == 0 ? ask_counts(b, &s.filter, err) : -1;
		times_add(&t, now_ms() - began, s.name);
	}
	if (rc == 0)
		say(b->options->json, &t);
	free(t.ms);
	return rc;
}

static void wait_for_line(void)
{
	int c;

	puts("ready");
	fflush(stdout);
	while ((c = getchar()) != '\n' && c != EOF)
		;
}

static int measure(struct bench *b, struct err *err)
{
	const struct options *o = b->options;

	if (o->totals || o->probe) {
		if (query_state(b->reader, &b->state, err) != 0)
			return -1;
		if (o->wait)
			wait_for_line();
		return o->totals ? say_totals(b, err) : probe(b, err);
	}
	if (learn(b, err) != 0)
		return -1;
	if (o->wait)
		wait_for_line();
	say_head(o->json);
	if (time_pages(b, err) != 0)
		return -1;
	return o->seconds > 0 ? 0 : time_others(b, err);
}

static void values_release(struct values *v)
{
	free(v->item);
	free(v->upto);
}

static int run(const struct options *o, const struct suffixes *list, struct err *err)
{
	struct bench b = { .options = o };
	int rc = reader_open(o->db, list, &b.reader, err);

	if (rc == 0)
		rc = measure(&b, err);
	reader_close(b.reader);
	arena_release(&b.memory);
	arena_release(&b.answer);
	values_release(&b.under);
	values_release(&b.class_);
	values_release(&b.source);
	values_release(&b.reporter);
	for (int i = 0; i < OTHERS; i++)
		values_release(&b.other[i]);
	return rc;
}

static bool read_number(const char *word, int64_t *out)
{
	return text_int(slice_of(word), out) && *out >= 1;
}

static bool read_option(int which, const char *word, struct options *o)
{
	switch (which) {
	case 'd':
		o->db = word;
		return true;
	case 'n':
		return read_number(word, &o->sets);
	case 'S':
		return read_number(word, &o->seed);
	case 's':
		return read_number(word, &o->seconds);
	case 'j':
		return o->json = true;
	case 'w':
		return o->wait = true;
	case 'p':
		return o->probe = true;
	default:
		return which == 't' && (o->totals = true);
	}
}

static bool read_options(int argc, char **argv, struct options *o)
{
	static const struct option known[] = {
		{ "db", 1, NULL, 'd' },	     { "sets", 1, NULL, 'n' },	{ "seed", 1, NULL, 'S' },
		{ "seconds", 1, NULL, 's' }, { "json", 0, NULL, 'j' },	{ "wait", 0, NULL, 'w' },
		{ "probe", 0, NULL, 'p' },   { "totals", 0, NULL, 't' }, { NULL, 0, NULL, 0 },
	};
	int which;

	while ((which = getopt_long(argc, argv, "", known, NULL)) != -1)
		if (!read_option(which, optarg, o))
			return false;
	return optind == argc && o->db != NULL;
}

int main(int argc, char **argv)
{
	struct options o = { .sets = 200, .seed = 1 };
	struct sigaction term = { .sa_handler = on_term };
	struct suffixes *list = NULL;
	struct err err = { 0 };
	int rc;

	if (!read_options(argc, argv, &o)) {
		fputs(usage, stderr);
		return 2;
	}
	sigaction(SIGTERM, &term, NULL);
	rc = suffixes_open(NULL, &list, &err) == 0 ? run(&o, list, &err) : -1;
	if (rc != 0)
		fprintf(stderr, "bench_queries: %s\n", err.text);
	suffixes_free(list);
	return rc == 0 ? 0 : 3;
}
