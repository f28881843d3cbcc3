/* test_ingest_lookup: what DNS said of a name is kept value by value, an answer that did not come changes nothing but when it is
 * asked again, and no address or name is asked for too often or never. */
#include "store_sample.h"

#include "storage/db.h"

enum { HOUR = 3600, NOW = 1700000000 };

static const struct source_rules no_rules = { 0 };
static const char dmarc[] = "_dmarc.univ.example";

static void commit(struct bench *b, struct store *s)
{
	assert_done(b, store_commit(s, &b->err));
}

/* A name as watch.c would have it watched. */
static struct store *watching(struct bench *b, const char *name)
{
	store_close(sample_open(b, no_rules));
	table_run(b, b->db, arena_printf(&b->arena, "INSERT INTO dns_name VALUES ('%s', 1, 0, 1, 0, NULL)", name));
	return sample_open(b, no_rules);
}

static struct name_found found(const char *name, const char *first, const char *second)
{
	struct name_found f = { .name = slice_of(name), .result = first != NULL ? LOOKUP_FOUND : LOOKUP_NONE };

	if (first != NULL)
		f.text[f.n++] = slice_of(first);
	if (second != NULL)
		f.text[f.n++] = slice_of(second);
	return f;
}

static void put(struct bench *b, struct store *s, struct name_found f, int64_t now)
{
	assert_done(b, store_name_found(s, &f, now, &b->err));
	commit(b, s);
}

static const char *values(struct bench *b)
{
	return table_text(b, b->db, arena_printf(&b->arena, "SELECT first_s - %d, last_s - %d, replace(text, char(10), '/')"
							     " FROM dns_record ORDER BY 1", NOW, NOW));
}

static const char *state_of_name(struct bench *b)
{
	return table_text(b, b->db, arena_printf(&b->arena, "SELECT looked_up_s - %d, due_s - %d, failures, trouble FROM dns_name",
						 NOW, NOW));
}

static void test_each_value_of_a_name_is_kept_with_its_time(void **state)
{
	struct bench *b = *state;
	struct store *s = watching(b, dmarc);

	put(b, s, found(dmarc, "v=DMARC1; p=none", NULL), NOW);
	put(b, s, found(dmarc, "v=DMARC1; p=none", NULL), NOW + 100);
	put(b, s, found(dmarc, NULL, NULL), NOW + 200);
	put(b, s, found(dmarc, "v=DMARC1; p=reject", NULL), NOW + 300);
	put(b, s, found(dmarc, "v=DMARC1; p=none", NULL), NOW + 400);
	assert_string_equal(values(b), "0|100|v=DMARC1; p=none\n200|200|\n300|300|v=DMARC1; p=reject\n400|400|v=DMARC1; p=none\n");
	store_close(s);
}

/* Whoever answers each question with something new must not fill the disk. */
static void test_only_the_last_values_of_a_name_are_kept(void **state)
{
	struct bench *b = *state;
	struct store *s = watching(b, dmarc);

	for (int i = 0; i < LIMIT_DNS_VALUES + 5; i++) {
		const struct name_found f = found(dmarc, arena_printf(&b->arena, "v=DMARC1; p=none; fo=%d", i), NULL);

		assert_done(b, store_name_found(s, &f, NOW + i, &b->err));
	}
	commit(b, s);
	assert_int_equal(table_int(b, "SELECT count(*) FROM dns_record"), LIMIT_DNS_VALUES);
	assert_int_equal(table_int(b, "SELECT min(first_s) FROM dns_record"), NOW + 5);
	store_close(s);
}

/* Servers turn their records about: that is no change. */
static void test_the_order_of_records_does_not_matter(void **state)
{
	struct bench *b = *state;
	struct store *s = watching(b, dmarc);

	put(b, s, found(dmarc, "v=DMARC1; p=none", "a"), NOW);
	put(b, s, found(dmarc, "a", "v=DMARC1; p=none"), NOW + 100);
	assert_string_equal(values(b), "0|100|a/v=DMARC1; p=none\n");
	store_close(s);
}

static void test_of_a_domain_only_its_spf_record_is_kept(void **state)
{
	struct bench *b = *state;
	struct store *s = watching(b, "univ.example");

	put(b, s, found("univ.example", "site-verification=1", "V=SPF1 -all"), NOW);
	put(b, s, found("univ.example", "V=SPF1 -all", "site-verification=2"), NOW + 100);
	put(b, s, found("univ.example", "site-verification=3", NULL), NOW + 200);
	assert_string_equal(values(b), "0|100|V=SPF1 -all\n200|200|\n");
	store_close(s);
}

static void test_a_question_without_an_answer_changes_no_value(void **state)
{
	struct bench *b = *state;
	struct store *s = watching(b, dmarc);
	struct name_found none = { .name = slice_of(dmarc), .result = LOOKUP_TIMEOUT };

	put(b, s, found(dmarc, "v=DMARC1; p=none", NULL), NOW);
	assert_string_equal(state_of_name(b), "0|86400|0|-\n");
	put(b, s, none, NOW + 1000);
	assert_string_equal(state_of_name(b), "0|4600|1|no server answered in time\n");
	put(b, s, found(dmarc, "v=DMARC1; p=none", NULL), NOW + 2000);
	assert_string_equal(state_of_name(b), "2000|88400|0|-\n");
	assert_string_equal(values(b), "0|2000|v=DMARC1; p=none\n");
	store_close(s);
}

static void test_failures_are_tried_again_ever_later_but_each_day(void **state)
{
	static const int64_t hours[] = { 1, 2, 4, 8, 16, 24, 24, 24 };
	struct bench *b = *state;
	struct store *s = watching(b, dmarc);

	for (size_t i = 0; i < sizeof hours / sizeof *hours; i++) {
		put(b, s, (struct name_found){ .name = slice_of(dmarc), .result = LOOKUP_SERVFAIL }, NOW);
		assert_int_equal(table_int(b, "SELECT due_s FROM dns_name"), NOW + hours[i] * HOUR);
	}
	store_close(s);
}

/* A clock that was ahead once must not make an old value the last one for ever. */
static void test_the_newest_answer_is_the_last_value_whatever_the_clock_said(void **state)
{
	struct bench *b = *state;
	struct store *s = watching(b, dmarc);

	put(b, s, found(dmarc, "old", NULL), NOW + 1000);
	put(b, s, found(dmarc, "new", NULL), NOW);
	assert_string_equal(values(b), "1000|1000|new\n");
	store_close(s);
}

static void test_a_name_that_is_not_watched_is_passed_over(void **state)
{
	struct bench *b = *state;
	struct store *s = watching(b, dmarc);

	put(b, s, found("elsewhere.example", "v=spf1 -all", NULL), NOW);
	assert_string_equal(values(b), "");
	store_close(s);
}

static const char *names_due(struct bench *b, struct store *s, int64_t now, size_t room)
{
	struct slice names[8];
	const char *text = "";
	size_t n;

	assert_done(b, store_names_due(s, &b->arena, now, names, room, &n, &b->err));
	for (size_t i = 0; i < n; i++)
		text = arena_printf(&b->arena, "%s%.*s ", text, (int)names[i].len, names[i].ptr);
	return text;
}

static void test_an_answer_that_cannot_be_written_is_a_fault(void **state)
{
	struct bench *b = *state;
	struct store *s = watching(b, dmarc);
	struct name_found f = found(dmarc, NULL, NULL);

	table_run(b, b->db, "CREATE TRIGGER full BEFORE UPDATE ON dns_name BEGIN SELECT RAISE(ABORT, 'full'); END");
	for (int result = LOOKUP_NONE; result <= LOOKUP_TIMEOUT; result++) {
		f.result = (enum lookup_result)result;
		assert_int_equal(store_name_found(s, &f, NOW, &b->err), -1);
		assert_non_null(strstr(b->err.text, "full"));
		assert_false(store_is_open(s));
	}
	store_close(s);
}

static void test_names_are_due_in_their_turn(void **state)
{
	struct bench *b = *state;
	struct store *s = watching(b, "c.example");

	table_run(b, b->db, "INSERT INTO dns_name VALUES ('a.example', 1, 0, 3, 0, NULL), ('b.example', 1, 0, 2, 0, NULL),"
			    " ('let-go.example', 1, 0, NULL, 0, NULL)");
	assert_string_equal(names_due(b, s, 0, 8), "");
	assert_string_equal(names_due(b, s, 2, 8), "c.example b.example ");
	assert_string_equal(names_due(b, s, NOW, 8), "c.example b.example a.example ");
	assert_string_equal(names_due(b, s, NOW, 1), "c.example ");
	put(b, s, found("b.example", NULL, NULL), NOW);
	assert_string_equal(names_due(b, s, NOW + 24 * HOUR - 1, 8), "c.example a.example ");
	store_close(s);
}

/* --- addresses --- */

static struct store *with_addresses(struct bench *b, int n)
{
	struct store *s = sample_open(b, no_rules);
	struct report *r = sample_report(b, "a", SAMPLE_DAY);

	sample_row(b, r, "not an address", 1);
	for (int i = 1; i <= n; i++)
		sample_row(b, r, arena_printf(&b->arena, "203.0.113.%d", i), 1);
	sample_put(b, s, r);
	commit(b, s);
	return s;
}

static struct address_found address_of(int last)
{
	return (struct address_found){ .addr = { [10] = 0xff, [11] = 0xff, [12] = 203, [14] = 113, [15] = (unsigned char)last } };
}

static void put_address(struct bench *b, struct store *s, struct address_found f, int64_t now)
{
	assert_done(b, store_address_found(s, &f, now, &b->err));
	commit(b, s);
}

static const char *last_bytes(struct bench *b, const struct address_due *due, size_t n)
{
	const char *text = "";

	for (size_t i = 0; i < n; i++)
		text = arena_printf(&b->arena, "%s%d ", text, due[i].addr[15]);
	return text;
}

static void test_new_addresses_come_newest_first_and_each_once(void **state)
{
	struct bench *b = *state;
	struct store *s = with_addresses(b, 5);
	struct address_due due[8];
	int64_t to;
	size_t n;

	put_address(b, s, address_of(3), NOW);
	assert_done(b, store_address_last(s, &to, &b->err));
	assert_done(b, store_addresses_new(s, 0, &to, due, 2, &n, &b->err));
	assert_string_equal(last_bytes(b, due, n), "5 4 ");
	assert_done(b, store_addresses_new(s, 0, &to, due, 8, &n, &b->err));
	assert_string_equal(last_bytes(b, due, n), "2 1 ");
	assert_int_equal(to, 0);
	store_close(s);
}

static void test_an_address_is_due_a_month_after_its_answer(void **state)
{
	struct bench *b = *state;
	struct store *s = with_addresses(b, 3);
	struct address_found none = address_of(1), failed = address_of(2);
	struct address_due due[8];
	size_t n;

	none.result = LOOKUP_NONE;
	failed.result = LOOKUP_TIMEOUT;
	put_address(b, s, none, NOW);
	put_address(b, s, failed, NOW);
	assert_done(b, store_addresses_due(s, NOW + HOUR - 1, due, 8, &n, &b->err));
	assert_string_equal(last_bytes(b, due, n), "");
	assert_done(b, store_addresses_due(s, NOW + HOUR, due, 8, &n, &b->err));
	assert_string_equal(last_bytes(b, due, n), "2 ");
	put_address(b, s, failed, NOW + HOUR);
	assert_done(b, store_addresses_due(s, NOW + 3 * HOUR - 1, due, 8, &n, &b->err));
	assert_string_equal(last_bytes(b, due, n), "");
	assert_done(b, store_addresses_due(s, NOW + 30 * 24 * HOUR, due, 8, &n, &b->err));
	assert_string_equal(last_bytes(b, due, n), "2 1 ");
	assert_done(b, store_addresses_due(s, NOW + 30 * 24 * HOUR, due, 1, &n, &b->err));
	assert_string_equal(last_bytes(b, due, n), "2 ");
	store_close(s);
}

/* DNS down for an hour must not take the names off the pages; what files say of an address needs no DNS. */
static void test_a_name_outlives_a_question_without_an_answer(void **state)
{
	static const char named[] = "SELECT name, asn, country, looked_up_s, failures FROM address_name";
	struct bench *b = *state;
	struct store *s = with_addresses(b, 1);
	struct address_found f = address_of(1);

	f.name = SLICE("mail.univ.example");
	f.asn = 64500;
	put_address(b, s, f, NOW);
	f = address_of(1);
	f.result = LOOKUP_SERVFAIL;
	f.asn = 64501;
	f.country = SLICE("gb");
	put_address(b, s, f, NOW + 1);
	assert_string_equal(table_text(b, b->db, named), "mail.univ.example|64501|gb|1700000000|1\n");
	f = address_of(1);
	f.result = LOOKUP_NONE;
	put_address(b, s, f, NOW + 2);
	assert_string_equal(table_text(b, b->db, named), "-|-|-|1700000002|0\n");
	store_close(s);
}

/* Each change of the generation has every page made anew: thousands of look-ups that find what was known must not. */
static void test_an_answer_that_is_known_already_is_no_change(void **state)
{
	static const char generation[] = "SELECT value FROM meta WHERE key = 'generation'";
	struct bench *b = *state;
	struct store *s = with_addresses(b, 1);
	struct address_found f = address_of(1);
	int64_t was;

	f.name = SLICE("mail.univ.example");
	put_address(b, s, f, NOW);
	was = table_int(b, generation);
	put_address(b, s, f, NOW + 1);
	assert_int_equal(table_int(b, "SELECT looked_up_s FROM address_name"), NOW + 1);
	assert_int_equal(table_int(b, generation), was);
	f.name = SLICE("other.univ.example");
	put_address(b, s, f, NOW + 2);
	assert_int_equal(table_int(b, generation), was + 1);
	store_close(s);
}

/* --- as pages read it --- */

static void test_a_page_gets_the_last_value_and_the_trouble(void **state)
{
	struct bench *b = *state;
	struct store *s = watching(b, dmarc);
	struct reader *r = sample_reader(b);
	struct dns_line line;
	struct dns_values all;

	assert_done(b, query_dns_record(r, &b->arena, slice_of(dmarc), &line, &b->err));
	assert_true(line.value.text.ptr == NULL && line.looked_up_s == 0 && line.trouble.ptr == NULL);
	put(b, s, found(dmarc, "old", NULL), NOW);
	put(b, s, found(dmarc, "new", "more"), NOW + 100);
	put(b, s, (struct name_found){ .name = slice_of(dmarc), .result = LOOKUP_REFUSED }, NOW + 200);
	assert_done(b, query_dns_record(r, &b->arena, slice_of(dmarc), &line, &b->err));
	assert_true(slice_is(line.value.text, "more\nnew"));
	assert_true(line.value.first_s == NOW + 100 && line.looked_up_s == NOW + 100);
	assert_true(slice_is(line.trouble, "the server refuses to answer"));
	assert_done(b, query_dns_history(r, &b->arena, slice_of(dmarc), 10, &all, &b->err));
	assert_int_equal(all.n, 2);
	assert_true(slice_is(all.item[0].text, "more\nnew") && slice_is(all.item[1].text, "old"));
	assert_true(all.item[1].first_s == NOW && all.item[1].last_s == NOW);
	assert_done(b, query_dns_history(r, &b->arena, slice_of(dmarc), 1, &all, &b->err));
	assert_int_equal(all.n, 1);
	assert_done(b, query_dns_record(r, &b->arena, SLICE("elsewhere.example"), &line, &b->err));
	assert_true(line.value.text.ptr == NULL && line.looked_up_s == 0);
	reader_close(r);
	store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_each_value_of_a_name_is_kept_with_its_time),
		bench_test(test_only_the_last_values_of_a_name_are_kept),
		bench_test(test_the_order_of_records_does_not_matter),
		bench_test(test_of_a_domain_only_its_spf_record_is_kept),
		bench_test(test_a_question_without_an_answer_changes_no_value),
		bench_test(test_failures_are_tried_again_ever_later_but_each_day),
		bench_test(test_the_newest_answer_is_the_last_value_whatever_the_clock_said),
		bench_test(test_a_name_that_is_not_watched_is_passed_over),
		bench_test(test_an_answer_that_cannot_be_written_is_a_fault),
		bench_test(test_names_are_due_in_their_turn),
		bench_test(test_new_addresses_come_newest_first_and_each_once),
		bench_test(test_an_address_is_due_a_month_after_its_answer),
		bench_test(test_a_name_outlives_a_question_without_an_answer),
		bench_test(test_an_answer_that_is_known_already_is_no_change),
		bench_test(test_a_page_gets_the_last_value_and_the_trouble),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("ingest_lookup", tests, NULL, NULL);
}
