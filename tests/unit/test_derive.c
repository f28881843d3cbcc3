/* test_derive: what is derived with every commit is what the facts come to, bit for bit, however they came; verify sees
 * every kind of difference, and rebuild mends it. */
#include "store_sample.h"

static struct verified verified(struct bench *b, struct source_rules rules)
{
	struct verified v;

	assert_done(b, verify_database(b->db, b->list, &rules, NULL, NULL, &v, &b->err));
	return v;
}

static void rebuilt(struct bench *b)
{
	struct store *s = sample_open(b, sample_rules(b));

	assert_done(b, store_rebuild(s, NULL, NULL, &b->err));
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
}

/* Each table whole, as one text. */
static const char *dump(struct bench *b)
{
	static const char *const queries[] = {
		"SELECT segment, last_report, hex(bytes) FROM day_rows ORDER BY 1",
		"SELECT month, hex(profiles), hex(addresses) FROM month_ids ORDER BY 1",
		"SELECT id, hex(cells) FROM cell ORDER BY 1",
		"SELECT * FROM profile_class ORDER BY 1",
		"SELECT * FROM address_source ORDER BY 1",
		"SELECT * FROM source ORDER BY 1",
	};
	const char *text = "";

	for (size_t i = 0; i < sizeof queries / sizeof *queries; i++)
		text = arena_printf(&b->arena, "%s%s", text, table_text(b, b->db, queries[i]));
	return text;
}

static void test_kept_is_what_a_rebuild_makes(void **state)
{
	struct bench *b = *state;
	const char *kept;

	sample_fill(b, 260);
	assert_derived(b, sample_rules(b));
	assert_sums_equal_facts(b);
	kept = dump(b);
	rebuilt(b);
	assert_string_equal(dump(b), kept);
}

static void put_and_commit(struct bench *b, struct store *s, const struct report *r, enum stored want)
{
	assert_int_equal(sample_put(b, s, r), want);
	assert_done(b, store_commit(s, &b->err));
}

/* FORMATS 2.3: a whole report takes a cut one's place, perhaps with fewer rows on its day than were there. */
static void test_a_replaced_report_leaves_no_trace(void **state)
{
	struct bench *b = *state;
	struct report *cut = sample_report(b, "cut", SAMPLE_DAY), *whole = sample_report(b, "cut", SAMPLE_DAY);
	struct report *last = sample_report(b, "last", SAMPLE_DAY + 40), *instead = sample_report(b, "last", SAMPLE_DAY + 40);
	struct store *s = sample_open(b, sample_rules(b));

	cut->complete = last->complete = false;
	sample_row(b, cut, "203.0.113.1", 5);
	sample_row(b, cut, "203.0.113.2", 7);
	sample_row(b, whole, "203.0.113.2", 70);
	sample_row(b, last, "203.0.113.3", 1);
	put_and_commit(b, s, cut, STORED_NEW);
	put_and_commit(b, s, sample_random(b, 3), STORED_NEW);
	put_and_commit(b, s, whole, STORED_REPLACED);
	assert_int_equal(sample_put(b, s, last), STORED_NEW); /* and in one commit group */
	put_and_commit(b, s, instead, STORED_REPLACED);
	store_close(s);
	assert_derived(b, sample_rules(b));
	assert_sums_equal_facts(b);
	assert_int_equal(table_int(b, "SELECT value FROM meta WHERE key = 'reports'"), 3);
}

static void test_the_order_of_arrival_changes_no_sum(void **state)
{
	struct bench *b = *state;
	const char *forward, *backward;
	struct store *s;

	sample_fill(b, 120);
	forward = sample_sums(b, BY_DOMAIN);
	snprintf(b->db, sizeof b->db, "%s/other.db", b->folder);
	s = sample_open(b, sample_rules(b));
	for (size_t i = 120; i-- > 0;)
		put_and_commit(b, s, sample_random(b, i), STORED_NEW);
	store_close(s);
	backward = sample_sums(b, BY_DOMAIN);
	assert_string_equal(backward, forward);
	assert_derived(b, sample_rules(b));
}

static void test_changed_rules_leave_what_a_rebuild_makes(void **state)
{
	struct bench *b = *state;
	struct source_rules rules = sample_rules(b), fewer = { rules.rule + 1, rules.n - 1 };
	const char *before, *after;

	sample_fill(b, 150);
	before = sample_sums(b, BY_SOURCE);
	store_close(sample_open(b, fewer));
	after = sample_sums(b, BY_SOURCE);
	assert_string_not_equal(before, after);
	assert_derived(b, fewer);
	store_close(sample_open(b, rules));
	assert_string_equal(sample_sums(b, BY_SOURCE), before);
	assert_derived(b, rules);
}

static void test_what_was_rolled_back_is_in_no_sum(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, sample_rules(b));

	put_and_commit(b, s, sample_random(b, 1), STORED_NEW);
	sample_put(b, s, sample_random(b, 2));
	store_close(s); /* not committed */
	s = sample_open(b, sample_rules(b));
	put_and_commit(b, s, sample_random(b, 4), STORED_NEW);
	store_close(s);
	assert_derived(b, sample_rules(b));
	assert_sums_equal_facts(b);
}

static void test_verify_sees_each_difference_and_rebuild_mends_it(void **state)
{
	static const char *const damages[] = {
		"DELETE FROM cell WHERE id = (SELECT min(id) FROM cell)",
		"DELETE FROM cell WHERE id = (SELECT max(id) FROM cell)",
		"UPDATE cell SET cells = cells || x'0001' WHERE id = (SELECT min(id) FROM cell WHERE id >= 7 << 32)",
		"UPDATE cell SET cells = x'00' WHERE id = (SELECT max(id) FROM cell)",
		"INSERT INTO cell VALUES ((14 << 32) + 5, x'00')",
		"DELETE FROM day_rows WHERE segment = (SELECT max(segment) FROM day_rows)",
		"UPDATE day_rows SET bytes = substr(bytes, 1, length(bytes) - 1) WHERE segment = (SELECT min(segment) FROM day_rows)",
		"UPDATE day_rows SET last_report = 1 WHERE segment = (SELECT max(segment) FROM day_rows)",
		"UPDATE month_ids SET profiles = x'' WHERE month = (SELECT min(month) FROM month_ids)",
		"UPDATE profile_class SET split = (split + 1) % 6 WHERE profile = 2",
		"UPDATE profile_class SET source = 4 WHERE profile = (SELECT min(profile) FROM profile_class WHERE source <> 4)",
		"DELETE FROM address_source WHERE address = (SELECT min(address) FROM address_source)",
		"UPDATE fact SET messages = messages + 1 WHERE report = 1",
	};
	struct bench *b = *state;

	sample_fill(b, 80);
	for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
		struct verified v;

		table_run(b, b->db, damages[i]);
		v = verified(b, sample_rules(b));
		if (v.different == 0 || v.first[0] == '\0')
			fail_msg("not seen: %s", damages[i]);
		rebuilt(b);
		v = verified(b, sample_rules(b));
		if (v.different != 0)
			fail_msg("%s: not mended: %s", damages[i], v.first);
	}
}

static void test_rules_that_were_not_applied_are_no_damage(void **state)
{
	struct bench *b = *state;
	struct source_rules rules = sample_rules(b), fewer = { rules.rule + 1, rules.n - 1 };
	struct verified v;

	sample_fill(b, 20);
	v = verified(b, fewer);
	assert_int_equal(v.different, 1);
	assert_non_null(strstr(v.first, "rules of the configuration"));
	assert_int_equal(verified(b, rules).different, 0);
}

/* A writer that was open before would name new rows by rules that are no more. */
static void test_a_writer_whose_rules_were_changed_stops(void **state)
{
	struct bench *b = *state;
	struct source_rules rules = sample_rules(b), fewer = { rules.rule + 1, rules.n - 1 };
	struct store *old = sample_open(b, rules);
	enum stored how;

	assert_int_equal(sample_put(b, old, sample_random(b, 1)), STORED_NEW);
	assert_done(b, store_commit(old, &b->err));
	store_close(sample_open(b, fewer));
	assert_int_equal(store_report(old, sample_random(b, 3), (struct slice){ 0 }, SAMPLE_RECEIVED, &how, &b->err), -1);
	assert_non_null(strstr(b->err.text, "rules"));
	store_close(old);
	assert_derived(b, fewer);
}

static void test_two_writers_in_turn_keep_all_derived_right(void **state)
{
	struct bench *b = *state;
	struct store *s[2] = { sample_open(b, sample_rules(b)), sample_open(b, sample_rules(b)) };

	for (size_t i = 0; i < 40; i++)
		put_and_commit(b, s[i % 2], sample_random(b, i), STORED_NEW);
	store_close(s[0]);
	store_close(s[1]);
	assert_derived(b, sample_rules(b));
	assert_sums_equal_facts(b);
}

static void count_days(void *ctx, int64_t reports)
{
	int64_t *last = ctx;

	assert_true(reports > *last);
	*last = reports;
}

static void test_progress_ends_at_all_reports(void **state)
{
	struct bench *b = *state;
	struct source_rules rules = sample_rules(b);
	int64_t done = 0;
	struct verified v;
	struct store *s;

	sample_fill(b, 70);
	s = sample_open(b, rules);
	assert_done(b, store_rebuild(s, count_days, &done, &b->err));
	assert_int_equal(done, 70);
	assert_done(b, store_commit(s, &b->err));
	done = 0;
	assert_done(b, verify_database(b->db, b->list, &rules, count_days, &done, &v, &b->err));
	assert_int_equal(done, 70);
	assert_int_equal(v.reports, 70);
	store_close(s);
}

/* Another version's tables are of no use to this one; the facts are. */
static void test_derived_tables_of_another_version_are_made_anew(void **state)
{
	struct bench *b = *state;
	const char *kept;
	struct reader *r;

	sample_fill(b, 60);
	kept = dump(b);
	table_run(b, b->db, "DELETE FROM meta WHERE key = 'derived'; DROP TABLE cell; CREATE TABLE daily_domain (x); DROP TABLE month_ids");
	assert_int_equal(reader_open(b->db, b->list, &r, &b->err), -1);
	assert_non_null(strstr(b->err.text, "ruad rebuild"));
	store_close(sample_open(b, sample_rules(b)));
	assert_string_equal(dump(b), kept);
	assert_derived(b, sample_rules(b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_kept_is_what_a_rebuild_makes),
		bench_test(test_a_replaced_report_leaves_no_trace),
		bench_test(test_the_order_of_arrival_changes_no_sum),
		bench_test(test_changed_rules_leave_what_a_rebuild_makes),
		bench_test(test_what_was_rolled_back_is_in_no_sum),
		bench_test(test_verify_sees_each_difference_and_rebuild_mends_it),
		bench_test(test_rules_that_were_not_applied_are_no_damage),
		bench_test(test_a_writer_whose_rules_were_changed_stops),
		bench_test(test_two_writers_in_turn_keep_all_derived_right),
		bench_test(test_progress_ends_at_all_reports),
		bench_test(test_derived_tables_of_another_version_are_made_anew),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("derive", tests, NULL, NULL);
}
