/* test_query_total: counters agree with the pages: nothing counts twice, and what is nobody's counts among the rest. */
#include "store_sample.h"

static const struct slice own[] = { { "univ.example", 12 }, { "chem.univ.example", 17 }, { "silent.example", 14 } };
enum { OWN = sizeof own / sizeof *own };

static struct totals totals_of(struct bench *b, int64_t today)
{
	struct reader *r = sample_reader(b);
	struct totals t;

	assert_done(b, query_totals(r, &b->arena, own, OWN, today, &t, &b->err));
	reader_close(r);
	return t;
}

static struct counts counts_of(struct bench *b, const struct slice *under, struct groups *causes)
{
	struct reader *r = sample_reader(b);
	struct filter f = { .under = { under, under != NULL, false } };
	struct store_state state;
	struct counts c;

	assert_done(b, query_state(r, &state, &b->err));
	f.first_day = state.first_day;
	f.last_day = state.last_day;
	assert_done(b, query_counts(r, &f, &c, &b->err));
	assert_done(b, query_groups(r, &b->arena, &f, BY_CAUSE, 0, causes, &b->err));
	reader_close(r);
	return c;
}

static void add(struct domain_total *sum, const struct domain_total *d)
{
	counts_add(&sum->counts, &d->counts);
	for (int i = 0; i < CAUSES; i++)
		sum->cause[i] += d->cause[i];
}

static void assert_same(struct bench *b, const struct domain_total *got, const struct slice *under)
{
	struct groups causes;
	struct counts want = counts_of(b, under, &causes);
	int64_t by_cause[CAUSES + 1] = { 0 }; /* and what has none */

	assert_memory_equal(&got->counts, &want, sizeof want);
	for (size_t i = 0; i < causes.n; i++)
		by_cause[causes.item[i].id] = counts_total(&causes.item[i].counts);
	assert_memory_equal(got->cause, by_cause, sizeof got->cause);
}

static void test_a_name_below_another_counts_once(void **state)
{
	struct bench *b = *state;
	struct domain_total sum = { 0 };
	struct totals t;

	sample_fill(b, 200);
	t = totals_of(b, SAMPLE_DAY);
	assert_true(counts_total(&t.domain[0].counts) > 0);
	assert_same(b, &t.domain[1], &own[1]);
	assert_int_equal(counts_total(&t.domain[2].counts), 0);
	assert_true(counts_total(&t.domain[OWN].counts) > 0);
	add(&sum, &t.domain[1]);
	add(&sum, &t.domain[0]);
	assert_same(b, &sum, &own[0]);
	add(&sum, &t.domain[2]);
	add(&sum, &t.domain[OWN]);
	assert_same(b, &sum, NULL);
}

static void test_reporters_stand_in_the_order_of_their_first_report(void **state)
{
	struct bench *b = *state;
	const char *text = "";
	struct totals t;

	sample_fill(b, 200);
	t = totals_of(b, SAMPLE_DAY);
	for (size_t i = 0; i < t.reporters; i++)
		text = arena_printf(&b->arena, "%s%lld|%s|%lld|%lld\n", text, (long long)t.reporter[i].id, t.reporter[i].name.ptr,
				    (long long)t.reporter[i].reports, (long long)t.reporter[i].last_day);
	assert_string_equal(text, table_text(b, b->db,
					     "SELECT n.id, n.name, count(*), max(day) FROM report r"
					     " JOIN reporter n ON n.id = r.reporter GROUP BY 1 ORDER BY 1"));
}

static void put(struct bench *b, struct store *s, const char *org, const char *domain, const char *policy, int64_t day)
{
	struct report *r = sample_report(b, arena_printf(&b->arena, "%s-%s-%lld", org, policy, (long long)day), day);
	enum stored how;

	r->org_name = sample_text(b, org);
	r->domain = sample_text(b, domain);
	r->p = sample_text(b, policy);
	sample_row(b, r, "192.0.2.1", 1);
	assert_done(b, store_report(s, r, (struct slice){ 0 }, r->end, &how, &b->err));
}

static void test_days_are_seen_from_today(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, sample_rules(b));
	struct totals t;

	put(b, s, "Daily", "univ.example", "none", SAMPLE_DAY);
	put(b, s, "Daily", "univ.example", "none", SAMPLE_DAY - 1);
	put(b, s, "Daily", "univ.example", "none", SAMPLE_DAY - 63);
	put(b, s, "Daily", "univ.example", "none", SAMPLE_DAY - 64);
	put(b, s, "Ahead", "univ.example", "none", SAMPLE_DAY + 1);
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
	t = totals_of(b, SAMPLE_DAY);
	assert_int_equal(t.reporters, 2);
	assert_true(t.reporter[0].days == ((uint64_t)3 | (uint64_t)1 << 63));
	assert_int_equal(t.reporter[0].last_day, SAMPLE_DAY);
	assert_int_equal(t.reporter[0].reports, 4);
	assert_true(t.reporter[1].days == 0);
}

static void test_the_policy_is_that_of_the_last_day_and_of_the_name_itself(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, sample_rules(b));
	struct totals t;

	put(b, s, "One", "univ.example", "none", SAMPLE_DAY - 40);
	put(b, s, "One", "univ.example", "quarantine", SAMPLE_DAY);
	put(b, s, "Two", "univ.example", "quarantine", SAMPLE_DAY);
	put(b, s, "Stale", "univ.example", "none", SAMPLE_DAY);
	put(b, s, "One", "maths.univ.example", "reject", SAMPLE_DAY + 1);
	put(b, s, "One", "other.example", "reject", SAMPLE_DAY + 1);
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
	t = totals_of(b, SAMPLE_DAY);
	assert_int_equal(t.domain[0].policy.p, POLICY_QUARANTINE);
	assert_int_equal(t.domain[0].policy_day, SAMPLE_DAY);
	assert_true(t.domain[1].policy_day == INT64_MIN);
	assert_true(t.domain[OWN].policy_day == INT64_MIN);
}

static void test_an_empty_store_has_no_totals(void **state)
{
	struct bench *b = *state;
	struct totals t;

	store_close(sample_open(b, sample_rules(b)));
	t = totals_of(b, SAMPLE_DAY);
	assert_int_equal(t.reporters, 0);
	assert_int_equal(counts_total(&t.domain[OWN].counts), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_a_name_below_another_counts_once),
		bench_test(test_reporters_stand_in_the_order_of_their_first_report),
		bench_test(test_days_are_seen_from_today),
		bench_test(test_the_policy_is_that_of_the_last_day_and_of_the_name_itself),
		bench_test(test_an_empty_store_has_no_totals),
	};

	return cmocka_run_group_tests_name("query_total", tests, NULL, NULL);
}
