/* test_query_cross: a breakdown by several properties holds what the facts say of each pair, and adds up to those by one. */
#include "store_sample.h"

#define EVER .first_day = SAMPLE_DAY - 10, .last_day = SAMPLE_DAY + 130

static const struct {
	enum group_by by;
	const char *sql; /* of a row */
} properties[] = {
	{ BY_DAY, "date(r.day * 86400, 'unixepoch')" },
	{ BY_DOMAIN, "(SELECT name FROM domain WHERE id = p.domain)" },
	{ BY_REPORTER, "(SELECT name FROM reporter WHERE id = r.reporter)" },
};
enum { PROPERTIES = sizeof properties / sizeof *properties };

static int by_keys(const void *a, const void *b)
{
	const struct cross_line *x = a, *y = b;
	int r = strcmp(x->key[0].ptr, y->key[0].ptr);

	return r != 0 ? r : strcmp(x->key[1].ptr, y->key[1].ptr);
}

static struct cross pairs_of(struct bench *b, const struct filter *f, enum group_by x, enum group_by y)
{
	const enum group_by by[] = { x, y };
	struct reader *r = sample_reader(b);
	struct cross out;

	assert_done(b, query_cross(r, &b->arena, f, by, 2, &out, &b->err));
	reader_close(r);
	return out;
}

static const char *pairs_text(struct bench *b, const struct filter *f, enum group_by x, enum group_by y)
{
	struct cross pairs = pairs_of(b, f, x, y);
	const char *text = "";

	if (pairs.n > 0)
		qsort(pairs.item, pairs.n, sizeof *pairs.item, by_keys);
	for (size_t i = 0; i < pairs.n; i++) {
		const struct counts *c = &pairs.item[i].counts;

		text = arena_printf(&b->arena, "%s%s|%s", text, pairs.item[i].key[0].ptr, pairs.item[i].key[1].ptr);
		for (int k = 0; k < SPLITS; k++)
			text = arena_printf(&b->arena, "%s|%lld", text, (long long)c->split[k]);
		text = arena_printf(&b->arena, "%s|%lld|%lld\n", text, (long long)c->arc_rescued, (long long)c->rows);
	}
	return text;
}

static void test_each_pair_is_what_the_facts_say(void **state)
{
	struct bench *b = *state;
	const struct filter all = { EVER };

	sample_fill(b, 150);
	for (int x = 0; x < PROPERTIES; x++)
		for (int y = 0; y < PROPERTIES; y++)
			if (x != y)
				assert_string_equal(
					pairs_text(b, &all, properties[x].by, properties[y].by),
					table_text(b, b->db,
						   arena_printf(&b->arena, "SELECT %s, %s,%s GROUP BY 1, 2 ORDER BY 1, 2",
								properties[x].sql, properties[y].sql, SAMPLE_SUMS)));
}

/* Of a filter that only facts know, and of one that sums know. */
static void test_pairs_add_up_to_their_groups(void **state)
{
	static const struct slice failed[] = { { "fail", 4 } }, untrusted[] = { { "untrusted", 9 } };
	struct bench *b = *state;
	const struct filter filters[] = { { EVER }, { EVER, .spf = { failed, 1 } }, { EVER, .class_ = { untrusted, 1 } } };
	struct reader *r;
	struct groups groups;

	sample_fill(b, 150);
	for (size_t f = 0; f < 3; f++) {
		struct cross pairs = pairs_of(b, &filters[f], BY_SOURCE, BY_DAY);

		assert_true(pairs.n > 0);
		r = sample_reader(b);
		assert_done(b, query_groups(r, &b->arena, &filters[f], BY_SOURCE, 0, &groups, &b->err));
		reader_close(r);
		for (size_t i = 0; i < groups.n; i++) {
			int64_t messages = 0;

			for (size_t k = 0; k < pairs.n; k++)
				if (slice_eq(pairs.item[k].key[0], groups.item[i].key))
					messages += counts_total(&pairs.item[k].counts);
			assert_int_equal(messages, counts_total(&groups.item[i].counts));
		}
	}
}

static void test_days_come_in_order(void **state)
{
	struct bench *b = *state;
	const struct filter all = { EVER };
	struct cross pairs;

	sample_fill(b, 60);
	pairs = pairs_of(b, &all, BY_DAY, BY_REPORTER);
	for (size_t i = 1; i < pairs.n; i++)
		assert_true(pairs.item[i].id[0] > pairs.item[i - 1].id[0] ||
			    (pairs.item[i].id[0] == pairs.item[i - 1].id[0] && pairs.item[i].id[1] > pairs.item[i - 1].id[1]));
}

static void test_three_at_once_add_up_to_two(void **state)
{
	static const enum group_by three[] = { BY_SOURCE, BY_DOMAIN, BY_REPORTER };
	struct bench *b = *state;
	const struct filter all = { EVER };
	struct reader *r;
	struct cross lines, two;

	sample_fill(b, 150);
	r = sample_reader(b);
	assert_done(b, query_cross(r, &b->arena, &all, three, 3, &lines, &b->err));
	assert_done(b, query_cross(r, &b->arena, &all, three, 2, &two, &b->err));
	reader_close(r);
	assert_true(lines.n > two.n && two.n > 5);
	for (size_t i = 0; i < two.n; i++) {
		int64_t messages = 0;

		for (size_t k = 0; k < lines.n; k++)
			if (lines.item[k].id[0] == two.item[i].id[0] && lines.item[k].id[1] == two.item[i].id[1])
				messages += counts_total(&lines.item[k].counts);
		assert_int_equal(messages, counts_total(&two.item[i].counts));
	}
}

static int64_t counted(struct bench *b, struct reader *r, const struct filter *f)
{
	struct counts c;

	assert_done(b, query_counts(r, f, &c, &b->err));
	return counts_total(&c);
}

/* Over days that are no whole months, and over all of them. */
static void test_results_are_what_their_filters_keep(void **state)
{
	static const enum group_by by[] = { BY_SOURCE, BY_DOMAIN, BY_REPORTER, (enum group_by)CROSS_RESULTS };
	static const struct slice fail[] = { { "fail", 4 } };
	static const int64_t last[] = { SAMPLE_DAY + 20, SAMPLE_DAY + 130 };
	struct bench *b = *state;
	struct reader *r;

	sample_fill(b, 200);
	r = sample_reader(b);
	for (int k = 0; k < 2; k++) {
		const struct filter all = { .first_day = SAMPLE_DAY - 10, .last_day = last[k] };
		struct filter spf = all, dkim = all;
		int64_t no_spf = 0, no_dkim = 0, messages = 0;
		struct cross lines;

		spf.spf = dkim.dkim = (struct names){ fail, 1, false };
		assert_done(b, query_cross(r, &b->arena, &all, by, 4, &lines, &b->err));
		for (size_t i = 0; i < lines.n; i++) {
			int64_t n = counts_total(&lines.item[i].counts);

			messages += n;
			no_spf += lines.item[i].id[3] & 1 ? 0 : n;
			no_dkim += lines.item[i].id[3] & 2 ? 0 : n;
		}
		assert_int_equal(messages, counted(b, r, &all));
		assert_int_equal(no_spf, counted(b, r, &spf));
		assert_int_equal(no_dkim, counted(b, r, &dkim));
		assert_true(no_spf > 0 && no_dkim > 0 && no_spf < messages);
	}
	reader_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_each_pair_is_what_the_facts_say),
		bench_test(test_pairs_add_up_to_their_groups),
		bench_test(test_days_come_in_order),
		bench_test(test_three_at_once_add_up_to_two),
		bench_test(test_results_are_what_their_filters_keep),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("query_cross", tests, NULL, NULL);
}
