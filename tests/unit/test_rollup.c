/* test_rollup: the daily sums lose nothing between memory and table, and take away what they once added. */
#include "store_sample.h"

#include "storage/db.h"
#include "storage/rollup.h"

static const char sums[] =
	"SELECT domain, day, full, dkim_only, spf_only, untrusted, quarantined, rejected, arc_rescued,"
	" rows FROM daily_domain ORDER BY 1, 2";

static struct db *opened(struct bench *b)
{
	struct db *db = NULL;

	assert_done(b, db_open(b->db, DB_WRITE, &db, &b->err));
	return db;
}

static void flush(struct bench *b, struct rollup *r, struct db *db)
{
	assert_done(b, rollup_flush(r, db, &b->err));
}

static void test_each_class_lands_in_its_own_column(void **state)
{
	struct bench *b = *state;
	struct db *db = opened(b);
	struct rollup r;

	rollup_init(&r, SQL_DAILY_DOMAIN_ADD);
	for (int split = 0; split < SPLITS; split++)
		rollup_add(&r, 3, SAMPLE_DAY, (enum split)split, 0, split + 1, 1);
	rollup_add(&r, 3, SAMPLE_DAY, SPLIT_UNTRUSTED, FLAG_ARC_RESCUED | FLAG_DERIVED, 100, 1);
	flush(b, &r, db);
	assert_string_equal(table_text(b, b->db, sums), "3|19783|1|2|3|104|5|6|100|7\n");
	rollup_release(&r);
	db_close(db);
}

static void test_a_second_group_adds_to_the_first(void **state)
{
	struct bench *b = *state;
	struct db *db = opened(b);
	struct rollup r;

	rollup_init(&r, SQL_DAILY_DOMAIN_ADD);
	for (int i = 0; i < 3; i++) {
		rollup_add(&r, 1, SAMPLE_DAY, SPLIT_FULL, 0, 10, 1);
		rollup_add(&r, 1, SAMPLE_DAY + 1, SPLIT_FULL, 0, 1, 1);
		rollup_add(&r, 2, SAMPLE_DAY, SPLIT_FULL, 0, 5, 1);
		flush(b, &r, db);
	}
	flush(b, &r, db); /* nothing twice */
	assert_string_equal(table_text(b, b->db, sums), "1|19783|30|0|0|0|0|0|0|3\n1|19784|3|0|0|0|0|0|0|3\n"
							"2|19783|15|0|0|0|0|0|0|3\n");
	rollup_release(&r);
	db_close(db);
}

static void test_what_is_taken_away_later_leaves_nothing(void **state)
{
	struct bench *b = *state;
	struct db *db = opened(b);
	struct rollup r;

	rollup_init(&r, SQL_DAILY_DOMAIN_ADD);
	rollup_add(&r, 1, SAMPLE_DAY, SPLIT_UNTRUSTED, FLAG_ARC_RESCUED, 12, 2);
	flush(b, &r, db);
	rollup_add(&r, 1, SAMPLE_DAY, SPLIT_UNTRUSTED, FLAG_ARC_RESCUED, -12, -2);
	rollup_add(&r, 1, SAMPLE_DAY, SPLIT_FULL, 0, 4, 1);
	flush(b, &r, db);
	assert_string_equal(table_text(b, b->db, sums), "1|19783|4|0|0|0|0|0|0|1\n");
	rollup_release(&r);
	db_close(db);
}

static void test_a_rolled_back_group_is_not_written_later(void **state)
{
	struct bench *b = *state;
	struct db *db = opened(b);
	struct rollup r;

	rollup_init(&r, SQL_DAILY_DOMAIN_ADD);
	rollup_add(&r, 1, SAMPLE_DAY, SPLIT_FULL, 0, 4, 1);
	rollup_clear(&r);
	flush(b, &r, db);
	assert_string_equal(table_text(b, b->db, sums), "");
	rollup_release(&r);
	db_close(db);
}

static void test_many_lines_are_all_written(void **state)
{
	struct bench *b = *state;
	struct db *db = opened(b);
	struct rollup r;

	rollup_init(&r, SQL_DAILY_REPORTER_ADD);
	for (int64_t id = 1; id <= 50; id++)
		for (int64_t day = 0; day < 40; day++)
			rollup_add(&r, id, SAMPLE_DAY + day, SPLIT_SPF_ONLY, 0, id * day, 1);
	assert_done(b, statement_run(db_statement(db, SQL_BEGIN), NULL, &b->err));
	flush(b, &r, db);
	assert_done(b, statement_run(db_statement(db, SQL_COMMIT), NULL, &b->err));
	assert_int_equal(table_int(b, "SELECT count(*) FROM daily_reporter"), 2000);
	assert_int_equal(table_int(b, "SELECT sum(spf_only <> reporter * (day - 19783)) FROM daily_reporter"), 0);
	assert_int_equal(table_int(b, "SELECT count(*) FROM daily_domain"), 0);
	rollup_release(&r);
	db_close(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_each_class_lands_in_its_own_column),
		bench_test(test_a_second_group_adds_to_the_first),
		bench_test(test_what_is_taken_away_later_leaves_nothing),
		bench_test(test_a_rolled_back_group_is_not_written_later),
		bench_test(test_many_lines_are_all_written),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("rollup", tests, NULL, NULL);
}
