/* test_once: an address is seen once where all history has it on one day with few messages, and no longer than that is so. */
#include "store_sample.h"

#include "storage/once.h"
#include "storage/prune.h"

static const struct source_rules no_rules;

enum { NOW_DAY = SAMPLE_DAY + 401 };

static struct store *open(struct bench *b)
{
	return sample_open(b, no_rules);
}

static void close_all(struct bench *b, struct store *s)
{
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
}

static void put(struct bench *b, struct store *s, int64_t day, const char *ip, int64_t messages)
{
	struct report *r = sample_report(b, arena_printf(&b->arena, "%s of %lld", ip, (long long)day), day);

	sample_row(b, r, ip, messages);
	sample_put(b, s, r);
}

/* As many days with a sender of every day. */
static void put_days(struct bench *b, struct store *s, int64_t from, int days)
{
	for (int i = 0; i < days; i++)
		put(b, s, from + i, "198.51.100.1", 1);
}

static bool is_set(struct bench *b, struct reader *r, int64_t id)
{
	const uint64_t *bits;
	bool set;

	assert_done(b, reader_begin(r, NULL, &b->err));
	assert_done(b, once_addresses(r, &bits, &b->err));
	set = (bits[id / 64] >> (id % 64) & 1) != 0;
	reader_end(r);
	return set;
}

static int64_t id_of(struct bench *b, const char *ip)
{
	unsigned char bytes[16];
	char hex[33];

	assert_true(address_parse(slice_of(ip), bytes));
	for (int i = 0; i < 16; i++)
		snprintf(hex + 2 * i, 3, "%02X", bytes[i]);
	return table_int(b, arena_printf(&b->arena, "SELECT id FROM address WHERE hex(bytes) = '%s'", hex));
}

static bool is_once(struct bench *b, const char *ip)
{
	struct reader *r = sample_reader(b);
	bool once = is_set(b, r, id_of(b, ip));

	reader_close(r);
	return once;
}

static void test_one_day_with_few_messages_is_once(void **state)
{
	struct bench *b = *state;
	struct store *s = open(b);

	put_days(b, s, SAMPLE_DAY, LIMIT_ONCE_DAYS);
	put(b, s, SAMPLE_DAY + 3, "203.0.113.1", LIMIT_ONCE_MESSAGES - 1);
	put(b, s, SAMPLE_DAY + 3, "203.0.113.2", LIMIT_ONCE_MESSAGES);
	put(b, s, SAMPLE_DAY + 3, "203.0.113.3", INT64_C(1) << 40);
	close_all(b, s);
	assert_true(is_once(b, "203.0.113.1"));
	assert_false(is_once(b, "203.0.113.2"));
	assert_false(is_once(b, "203.0.113.3"));
	assert_false(is_once(b, "198.51.100.1"));
}

/* Several receivers each saw some of them. */
static void test_messages_of_a_day_are_counted_together(void **state)
{
	struct bench *b = *state;
	struct store *s = open(b);
	struct report *r;

	put_days(b, s, SAMPLE_DAY, LIMIT_ONCE_DAYS);
	for (int i = 0; i < 3; i++) {
		r = sample_report(b, arena_printf(&b->arena, "%d", i), SAMPLE_DAY + 1);
		sample_row(b, r, "203.0.113.1", 1);
		sample_row(b, r, "203.0.113.2", 2);
		sample_put(b, s, r);
	}
	close_all(b, s);
	assert_true(is_once(b, "203.0.113.1"));
	assert_false(is_once(b, "203.0.113.2"));
}

static void test_two_days_of_one_month_are_not_once(void **state)
{
	struct bench *b = *state;
	struct store *s = open(b);

	put_days(b, s, SAMPLE_DAY, LIMIT_ONCE_DAYS);
	put(b, s, SAMPLE_DAY, "203.0.113.1", 1);
	put(b, s, SAMPLE_DAY + 1, "203.0.113.1", 1);
	close_all(b, s);
	assert_false(is_once(b, "203.0.113.1"));
}

static void test_days_of_two_months_are_not_once(void **state)
{
	struct bench *b = *state;
	struct store *s = open(b);

	put_days(b, s, SAMPLE_DAY, 40);
	put(b, s, SAMPLE_DAY, "203.0.113.1", 1);
	put(b, s, SAMPLE_DAY + 35, "203.0.113.1", 1);
	put(b, s, SAMPLE_DAY + 35, "203.0.113.2", 1);
	close_all(b, s);
	assert_false(is_once(b, "203.0.113.1"));
	assert_true(is_once(b, "203.0.113.2"));
}

static void test_before_there_is_history_nobody_is_a_stranger(void **state)
{
	struct bench *b = *state;
	struct store *s = open(b);

	put_days(b, s, SAMPLE_DAY, LIMIT_ONCE_DAYS - 1);
	put(b, s, SAMPLE_DAY, "203.0.113.1", 1);
	close_all(b, s);
	assert_false(is_once(b, "203.0.113.1"));
	s = open(b);
	put_days(b, s, SAMPLE_DAY + 60, 1); /* a day of another month is a day */
	close_all(b, s);
	assert_true(is_once(b, "203.0.113.1"));
}

/* A reader that asked before sees what came since. */
static void test_what_arrives_later_changes_it(void **state)
{
	struct bench *b = *state;
	struct store *s = open(b);
	struct reader *r;
	int64_t id;

	put_days(b, s, SAMPLE_DAY, LIMIT_ONCE_DAYS);
	put(b, s, SAMPLE_DAY, "203.0.113.1", 1);
	assert_done(b, store_commit(s, &b->err));
	id = id_of(b, "203.0.113.1");
	r = sample_reader(b);
	assert_true(is_set(b, r, id));
	put(b, s, SAMPLE_DAY + 2, "203.0.113.1", 1);
	put(b, s, SAMPLE_DAY + 2, "203.0.113.2", 1); /* one more than there were */
	close_all(b, s);
	assert_false(is_set(b, r, id));
	assert_true(is_set(b, r, id_of(b, "203.0.113.2")));
	reader_close(r);
}

static void test_a_day_that_is_pruned_is_forgotten(void **state)
{
	const struct retention keep = { .report_days = NOW_DAY - SAMPLE_DAY - 10 };
	struct bench *b = *state;
	struct store *s = open(b);
	struct pruned p;

	put_days(b, s, SAMPLE_DAY + 10, LIMIT_ONCE_DAYS);
	put(b, s, SAMPLE_DAY + 1, "203.0.113.1", 1);
	put(b, s, SAMPLE_DAY + 11, "203.0.113.1", 1);
	assert_done(b, store_commit(s, &b->err));
	assert_false(is_once(b, "203.0.113.1"));
	assert_done(b, store_prune(s, &keep, (int64_t)NOW_DAY * DAY_SECONDS, false, &p, &b->err));
	assert_int_equal(p.reports, 1);
	close_all(b, s);
	assert_true(is_once(b, "203.0.113.1"));
}

/* A whole report takes the place of a cut one: its day is made anew. */
static void test_a_day_that_is_made_anew_is_counted_anew(void **state)
{
	struct bench *b = *state;
	struct store *s = open(b);
	struct report *r = sample_report(b, "cut", SAMPLE_DAY + 2);

	put_days(b, s, SAMPLE_DAY, LIMIT_ONCE_DAYS);
	r->complete = false;
	sample_row(b, r, "203.0.113.1", LIMIT_ONCE_MESSAGES);
	sample_put(b, s, r);
	assert_done(b, store_commit(s, &b->err));
	assert_false(is_once(b, "203.0.113.1"));
	r = sample_report(b, "cut", SAMPLE_DAY + 2);
	sample_row(b, r, "203.0.113.1", 1);
	assert_int_equal(sample_put(b, s, r), STORED_REPLACED);
	close_all(b, s);
	assert_true(is_once(b, "203.0.113.1"));
}

static void test_an_empty_database_has_none(void **state)
{
	struct bench *b = *state;
	struct reader *r;

	close_all(b, open(b));
	r = sample_reader(b);
	assert_false(is_set(b, r, 0));
	reader_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_one_day_with_few_messages_is_once),
		bench_test(test_messages_of_a_day_are_counted_together),
		bench_test(test_two_days_of_one_month_are_not_once),
		bench_test(test_days_of_two_months_are_not_once),
		bench_test(test_before_there_is_history_nobody_is_a_stranger),
		bench_test(test_what_arrives_later_changes_it),
		bench_test(test_a_day_that_is_pruned_is_forgotten),
		bench_test(test_a_day_that_is_made_anew_is_counted_anew),
		bench_test(test_an_empty_database_has_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
