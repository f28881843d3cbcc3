/* store_sample: a folder for databases that goes away again, reports built in a line or two, a few hundred invented
 * ones, and a second look at the tables that does not go through storage/. For the tests of storage/ only. */
#ifndef TESTS_STORE_SAMPLE_H
#define TESTS_STORE_SAMPLE_H
#include "base/text.h"
#include "schema/classify.h"
#include "storage/ingest.h"
#include "storage/query.h"
#include "storage/verify.h"

#include <ftw.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

/* 2024-03-01: well in the past, so that no test depends on the clock. */
enum { SAMPLE_DAY = 19783, DAY_SECONDS = 86400 };
#define SAMPLE_RECEIVED ((int64_t)(SAMPLE_DAY + 400) * DAY_SECONDS)

struct bench { /* one test's things */
	char folder[64], db[96];
	struct suffixes *list;
	struct arena arena;
	struct err err;
	int64_t contents; /* content hashes drawn */
};

static inline int bench_setup(void **state)
{
	struct bench *b = calloc(1, sizeof *b);

	assert_non_null(b);
	snprintf(b->folder, sizeof b->folder, "/tmp/ruad-test-XXXXXX");
	assert_non_null(mkdtemp(b->folder));
	snprintf(b->db, sizeof b->db, "%s/ruad.db", b->folder);
	assert_int_equal(suffixes_open(NULL, &b->list, &b->err), 0);
	*state = b;
	return 0;
}

static inline int bench_remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static inline int bench_teardown(void **state)
{
	struct bench *b = *state;

	nftw(b->folder, bench_remove_one, 8, FTW_DEPTH | FTW_PHYS);
	suffixes_free(b->list);
	arena_release(&b->arena);
	free(b);
	return 0;
}

#define bench_test(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)

/* Fails the test with the error's own sentence. */
#define assert_done(b, call)                                                                                           \
	do {                                                                                                           \
		if ((call) != 0)                                                                                       \
			fail_msg("%s: %s", #call, (b)->err.text);                                                      \
	} while (0)

static inline const char *bench_path(struct bench *b, const char *name)
{
	return arena_printf(&b->arena, "%s/%s", b->folder, name);
}

/* --- reports --- */

static inline struct slice sample_text(struct bench *b, const char *s)
{
	return s == NULL ? (struct slice){ 0 } : (struct slice){ arena_copy(&b->arena, s, strlen(s)), strlen(s) };
}

static inline void sample_content(struct report *r, int64_t n)
{
	memset(r->content_hash, 0, sizeof r->content_hash);
	memcpy(r->content_hash, &n, sizeof n);
}

/* A whole report of one day from "Receiver Ltd" about univ.example, without rows, with a content of its own. */
static inline struct report *sample_report(struct bench *b, const char *id, int64_t day)
{
	struct report *r = arena_alloc(&b->arena, sizeof *r);

	*r = (struct report){
		.file = SLICE("a.xml"),
		.complete = true,
		.org_name = SLICE("Receiver Ltd"),
		.email = SLICE("dmarc@example.org"),
		.report_id = sample_text(b, id),
		.begin = day * DAY_SECONDS,
		.end = day * DAY_SECONDS + DAY_SECONDS - 1,
		.domain = SLICE("univ.example"),
		.p = SLICE("none"),
		.pct = REPORT_NO_PCT,
	};
	sample_content(r, ++b->contents);
	return r;
}

static inline struct row *sample_row(struct bench *b, struct report *r, const char *ip, int64_t count)
{
	struct row **end = &r->rows;

	while (*end != NULL)
		end = &(*end)->next;
	*end = arena_alloc(&b->arena, sizeof **end);
	**end = (struct row){ .source_ip = sample_text(b, ip),
			      .count = count,
			      .disposition = SLICE("none"),
			      .dkim = SLICE("fail"),
			      .spf = SLICE("fail"),
			      .header_from = SLICE("univ.example") };
	r->row_count++;
	return *end;
}

static inline void sample_results(struct bench *b, struct row *row, const char *disposition, const char *dkim,
				  const char *spf)
{
	row->disposition = sample_text(b, disposition);
	row->dkim = sample_text(b, dkim);
	row->spf = sample_text(b, spf);
}

static inline void sample_auth(struct bench *b, struct auth **list, const char *domain, const char *selector,
			       const char *result)
{
	while (*list != NULL)
		list = &(*list)->next;
	*list = arena_alloc(&b->arena, sizeof **list);
	**list = (struct auth){ .domain = sample_text(b, domain),
				.selector = sample_text(b, selector),
				.result = sample_text(b, result) };
}

static inline void sample_reason(struct bench *b, struct row *row, const char *type, const char *comment)
{
	struct reason **end = &row->reasons;

	while (*end != NULL)
		end = &(*end)->next;
	*end = arena_alloc(&b->arena, sizeof **end);
	**end = (struct reason){ sample_text(b, type), sample_text(b, comment), NULL };
}

/* --- rules --- */

enum { SAMPLE_RULES = 5 };

/* ours 192.0.2.0/27; a list by envelope or d=; a service by d=; a forwarder by address; one rule that others shadow. */
static inline struct source_rules sample_rules(struct bench *b)
{
	static const struct slice list[] = { { "lists.example", 13 } }, service[] = { { "mailer.example", 14 } };
	static const char *const nets[] = { "192.0.2.0/27", "198.51.100.0/24", "192.0.2.0/24" };
	struct network *net = arena_array(&b->arena, 3, sizeof *net);
	struct source_rule *rule = arena_array(&b->arena, SAMPLE_RULES, sizeof *rule);

	for (int i = 0; i < 3; i++)
		assert_true(network_parse(slice_of(nets[i]), &net[i]));
	rule[0] = (struct source_rule){ .name = SLICE("Relays"),
					.owner = SLICE("postmaster"),
					.kind = KIND_OURS,
					.networks = &net[0],
					.network_count = 1 };
	rule[1] = (struct source_rule){ .name = SLICE("Lists"),
					.kind = KIND_LIST,
					.dkim_domains = list,
					.dkim_domain_count = 1,
					.envelopes = list,
					.envelope_count = 1 };
	rule[2] = (struct source_rule){
		.name = SLICE("Mailer"), .kind = KIND_SERVICE, .dkim_domains = service, .dkim_domain_count = 1
	};
	rule[3] = (struct source_rule){
		.name = SLICE("Alumni"), .kind = KIND_FORWARDER, .networks = &net[1], .network_count = 1
	};
	rule[4] = (struct source_rule){
		.name = SLICE("Campus"), .kind = KIND_OURS, .networks = &net[2], .network_count = 1
	};
	return (struct source_rules){ rule, SAMPLE_RULES };
}

/* --- many: the same on every run --- */

static inline uint64_t sample_draw(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static inline size_t sample_below(uint64_t *seed, size_t n)
{
	return (size_t)(sample_draw(seed) >> 11) % n;
}

#define SAMPLE_ONE(seed, list) ((list)[sample_below((seed), sizeof(list) / sizeof *(list))])

enum { SAMPLE_DAYS = 60 };

static const char *const sample_reporters[] = { "google.com", "Yahoo", "Enterprise Outlook", "Mimecast", "AOL", NULL };
static const char *const sample_froms[] = { "univ.example",          "Chem.univ.example",
					    "chem.univ.example",     "maths.univ.example",
					    "a.b.chem.univ.example", "notuniv.example",
					    "univ.example.",         NULL };
static const char *const sample_ips[] = { "192.0.2.1",    "192.0.2.33",    "::ffff:192.0.2.1", "192.0.2.200",
					  "198.51.100.7", "198.51.100.8",  "203.0.113.9",      "203.0.113.10",
					  "2001:db8::1",  "2001:db8:1::1", "[2001:db8::1]",    "203.0.113.11" };
static const char *const sample_policy_words[] = { NULL, "none", "quarantine", "reject" };

static inline void sample_fill_row(struct bench *b, uint64_t *seed, struct row *row)
{
	static const char *const dispositions[] = { "none", "none", "quarantine", "reject", "pass", NULL, "discard" };
	static const char *const results[] = { "pass", "pass", "fail", "fail", "softfail", NULL };
	static const char *const raw[] = { "pass", "fail", "softfail", "neutral", "none", NULL };
	static const char *const envelopes[] = {
		NULL, NULL, "lists.example", "bounce.lists.example", "univ.example", "Other.example"
	};
	static const char *const signers[] = { "univ.example", "mailer.example", "lists.example", "other.example" };
	static const char *const selectors[] = { "s1", "S2", NULL };
	static const char *const types[] = { "local_policy", "forwarded", "sampled_out", "mailing_list", NULL };
	static const char *const comments[] = { "arc=pass", "trusted ARC chain", "arc=fail", "policy of the day" };

	sample_results(b, row, SAMPLE_ONE(seed, dispositions), SAMPLE_ONE(seed, results), SAMPLE_ONE(seed, results));
	row->header_from = sample_text(b, SAMPLE_ONE(seed, sample_froms));
	row->envelope_from = sample_text(b, SAMPLE_ONE(seed, envelopes));
	for (size_t n = sample_below(seed, 3); n > 0; n--)
		sample_auth(b, &row->dkim_auth, SAMPLE_ONE(seed, signers), SAMPLE_ONE(seed, selectors),
			    SAMPLE_ONE(seed, raw));
	for (size_t n = sample_below(seed, 3); n > 0; n--)
		sample_auth(b, &row->spf_auth, SAMPLE_ONE(seed, signers), NULL, SAMPLE_ONE(seed, raw));
	for (size_t n = sample_below(seed, 4); n > 2; n--)
		sample_reason(b, row, SAMPLE_ONE(seed, types), SAMPLE_ONE(seed, comments));
}

/* Report number `n`; which ones exist depends on nothing else. */
static inline struct report *sample_random(struct bench *b, size_t n)
{
	static const int pcts[] = { REPORT_NO_PCT, REPORT_NO_PCT, 0, 50, 100 };
	uint64_t seed = UINT64_C(0x9e3779b97f4a7c15) * (n + 1);
	struct report *r = sample_report(b, arena_printf(&b->arena, "id-%zu", n), 0);
	int64_t day = SAMPLE_DAY + (int64_t)sample_below(&seed, SAMPLE_DAYS);

	sample_content(r, INT64_C(1) << 40 | (int64_t)n);
	sample_draw(&seed);
	r->org_name = sample_text(b, SAMPLE_ONE(&seed, sample_reporters));
	r->begin = day * DAY_SECONDS + (int64_t)sample_below(&seed, DAY_SECONDS);
	r->end = r->begin + (sample_below(&seed, 10) == 0 ? 3 * DAY_SECONDS : DAY_SECONDS - 1);
	if (sample_below(&seed, 4) == 0)
		r->domain = SLICE("chem.univ.example");
	r->p = sample_text(b, SAMPLE_ONE(&seed, sample_policy_words));
	r->sp = sample_text(b, SAMPLE_ONE(&seed, sample_policy_words));
	r->pct = SAMPLE_ONE(&seed, pcts);
	r->testing = sample_below(&seed, 4) == 0 ? SLICE("y") : (struct slice){ 0 };
	for (size_t rows = sample_below(&seed, 12); rows > 0; rows--)
		sample_fill_row(b, &seed,
				sample_row(b, r, SAMPLE_ONE(&seed, sample_ips), (int64_t)sample_below(&seed, 30)));
	return r;
}

/* --- the store --- */

static inline struct store *sample_open(struct bench *b, struct source_rules rules)
{
	struct store *s = NULL;

	assert_done(b, store_open(b->db, b->list, rules, &s, &b->err));
	return s;
}

static inline enum stored sample_put(struct bench *b, struct store *s, const struct report *r)
{
	enum stored how = STORED_NEW;

	assert_done(b, store_report(s, r, (struct slice){ 0 }, SAMPLE_RECEIVED, &how, &b->err));
	return how;
}

static inline enum stored sample_put_with(struct bench *b, struct store *s, const struct report *r, struct slice bytes)
{
	enum stored how = STORED_NEW;

	assert_done(b, store_report(s, r, bytes, SAMPLE_RECEIVED, &how, &b->err));
	return how;
}

/* A database with the rules above and `n` random reports, in groups of 50. */
static inline void sample_fill(struct bench *b, size_t n)
{
	struct store *s = sample_open(b, sample_rules(b));

	for (size_t i = 0; i < n; i++) {
		assert_int_equal(sample_put(b, s, sample_random(b, i)), STORED_NEW);
		if (i % 50 == 49)
			assert_done(b, store_commit(s, &b->err));
	}
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
}

static inline struct reader *sample_reader(struct bench *b)
{
	struct reader *r = NULL;

	assert_done(b, reader_open(b->db, b->list, &r, &b->err));
	return r;
}

/* --- the second look --- */

/* The raw file beside a database, where there is one, as the schema `kept`. */
static inline void table_attach(struct bench *b, sqlite3 *db, const char *path)
{
	const char *raw = arena_printf(&b->arena, "%s.raw", path);

	if (access(raw, F_OK) == 0)
		assert_int_equal(sqlite3_exec(db, arena_printf(&b->arena, "ATTACH '%s' AS kept", raw), NULL, NULL, NULL),
				 SQLITE_OK);
}

/* The bytes of a row of reject or report as text, where they were too few to be packed. */
#define TABLE_BYTES "(SELECT CAST(k.bytes AS TEXT) FROM kept.raw k WHERE k.key = raw)"

/* All rows of a query as text, columns by '|', rows by newline; NULL prints as "-". */
static inline const char *table_text(struct bench *b, const char *path, const char *sql)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	const char *text = "";
	int rc;

	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	sqlite3_busy_timeout(db, 10000);
	table_attach(b, db, path);
	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		for (int i = 0; i < sqlite3_column_count(stmt); i++)
			text = arena_printf(&b->arena, "%s%s%s", text, i > 0 ? "|" : "",
					    sqlite3_column_type(stmt, i) == SQLITE_NULL
						    ? "-"
						    : (const char *)sqlite3_column_text(stmt, i));
		text = arena_printf(&b->arena, "%s\n", text);
	}
	assert_int_equal(rc, SQLITE_DONE);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return text;
}

static inline int64_t table_int(struct bench *b, const char *sql)
{
	return strtoll(table_text(b, b->db, sql), NULL, 10);
}

static inline void table_run(struct bench *b, const char *path, const char *sql)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	sqlite3_close(db);
}

/* Sums as the pages get them, and as the facts say. */
#define SAMPLE_SUMS                                                                                                    \
	" sum((c.split = 0) * f.messages), sum((c.split = 1) * f.messages), sum((c.split = 2) * f.messages),"          \
	" sum((c.split = 3) * f.messages), sum((c.split = 4) * f.messages), sum((c.split = 5) * f.messages),"          \
	" sum((c.flags & 1) * f.messages), count(*)"                                                                   \
	" FROM fact f JOIN report r ON r.id = f.report JOIN profile p ON p.id = f.profile"                             \
	" JOIN profile_class c ON c.profile = p.id"
static const char sample_fact_domains[] =
	"SELECT n.name," SAMPLE_SUMS " JOIN domain n ON n.id = p.domain GROUP BY 1 ORDER BY 1";
static const char sample_fact_reporters[] =
	"SELECT n.name," SAMPLE_SUMS " JOIN reporter n ON n.id = r.reporter GROUP BY 1 ORDER BY 1";
static const char sample_fact_days[] = "SELECT date(r.day * 86400, 'unixepoch')," SAMPLE_SUMS " GROUP BY 1 ORDER BY 1";

static inline int sample_by_key(const void *a, const void *b)
{
	const struct group *x = a, *y = b;

	return strcmp(x->key.ptr, y->key.ptr);
}

static inline const char *sample_sums(struct bench *b, enum group_by by)
{
	const struct filter all = { .first_day = 0, .last_day = SAMPLE_DAY + 1000 };
	struct reader *r = sample_reader(b);
	struct groups g;
	const char *text = "";

	assert_done(b, query_groups(r, &b->arena, &all, by, 0, &g, &b->err));
	if (g.n > 0)
		qsort(g.item, g.n, sizeof *g.item, sample_by_key);
	for (size_t i = 0; i < g.n; i++) {
		const struct counts *c = &g.item[i].counts;

		text = arena_printf(&b->arena, "%s%.*s", text, (int)g.item[i].key.len, g.item[i].key.ptr);
		for (int k = 0; k < SPLITS; k++)
			text = arena_printf(&b->arena, "%s|%lld", text, (long long)c->split[k]);
		text = arena_printf(&b->arena, "%s|%lld|%lld\n", text, (long long)c->arc_rescued, (long long)c->rows);
	}
	reader_close(r);
	return text;
}

static inline void assert_sums_equal_facts(struct bench *b)
{
	assert_string_equal(sample_sums(b, BY_DOMAIN), table_text(b, b->db, sample_fact_domains));
	assert_string_equal(sample_sums(b, BY_REPORTER), table_text(b, b->db, sample_fact_reporters));
	assert_string_equal(sample_sums(b, BY_DAY), table_text(b, b->db, sample_fact_days));
}

/* All that is derived is, bit for bit, what the facts come to. */
static inline void assert_derived(struct bench *b, struct source_rules rules)
{
	struct verified v;

	assert_done(b, verify_database(b->db, b->list, &rules, NULL, NULL, &v, &b->err));
	if (v.different != 0 || !v.sound)
		fail_msg("%lld differences: %s", (long long)v.different, v.first);
}
#endif
