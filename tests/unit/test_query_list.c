/* test_query_list: every report and every refusal stands in its list once, however long a page is. */
#include "store_sample.h"

#define EVER .first_day = SAMPLE_DAY - 10, .last_day = SAMPLE_DAY + 130

static const char *reports_text(struct bench *b, struct reader *r, const struct filter *f, size_t limit)
{
	struct report_page page = { 0 };
	const char *text = "";

	do {
		assert_done(b, query_reports(r, &b->arena, f, page.after, limit, &page, &b->err));
		assert_true(page.n <= limit && (page.after.ptr == NULL || page.n == limit));
		for (size_t i = 0; i < page.n; i++) {
			const struct report_line *l = &page.item[i];

			text = arena_printf(&b->arena, "%s%lld|%lld|%s|%s|%s|%d|%lld|%lld\n", text, (long long)l->id,
					    (long long)l->day, l->reporter.ptr, l->domain.ptr, l->report_id.ptr, l->is_long,
					    (long long)l->rows, (long long)l->messages);
		}
	} while (page.after.ptr != NULL);
	return text;
}

static const char *expected(struct bench *b, const char *where)
{
	return table_text(b, b->db,
			  arena_printf(&b->arena,
				       "SELECT r.id, day, n.name, d.name, report_id, end_s - begin_s > 93600, row_count, messages"
				       " FROM report r JOIN reporter n ON n.id = r.reporter JOIN domain d ON d.id = r.domain %s"
				       " ORDER BY day DESC, r.id DESC",
				       where));
}

static void test_each_report_stands_there_once(void **state)
{
	static const size_t limits[] = { 1, 7, 40, 1000 };
	static const struct slice yahoo = { "Yahoo", 5 };
	struct bench *b = *state;
	const struct filter all = { EVER }, some = { .first_day = SAMPLE_DAY + 5, .last_day = SAMPLE_DAY + 30,
						     .reporter = { &yahoo, 1, true } };
	struct reader *r;

	sample_fill(b, 120);
	r = sample_reader(b);
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
		assert_string_equal(reports_text(b, r, &all, limits[i]), expected(b, ""));
		assert_string_equal(reports_text(b, r, &some, limits[i]),
				    expected(b, arena_printf(&b->arena, "WHERE n.name <> 'Yahoo' AND day BETWEEN %d AND %d",
							     SAMPLE_DAY + 5, SAMPLE_DAY + 30)));
	}
	reader_close(r);
}

/* Number, messages and rows of each report in the list. */
static const char *counts_text(struct bench *b, struct reader *r, const struct filter *f, size_t limit)
{
	struct report_page page = { 0 };
	const char *text = "";

	do {
		assert_done(b, query_reports(r, &b->arena, f, page.after, limit, &page, &b->err));
		for (size_t i = 0; i < page.n; i++) {
			const struct report_line *l = &page.item[i];

			assert_non_null(l->reporter.ptr);
			text = arena_printf(&b->arena, "%s%lld|%lld|%lld|%lld\n", text, (long long)l->id,
					    (long long)counts_total(&l->counts), (long long)counts_class(&l->counts, TRUST_FULL),
					    (long long)l->counts.rows);
		}
	} while (page.after.ptr != NULL);
	return text;
}

static const char *expected_counts(struct bench *b, const char *join, const char *where)
{
	return table_text(b, b->db,
			  arena_printf(&b->arena,
				       "SELECT r.id, coalesce(sum(f.messages), 0), coalesce(sum((c.split = 0) * f.messages), 0), count(f.report)"
				       " FROM report r %s JOIN fact f ON f.report = r.id %s JOIN profile p ON p.id = f.profile"
				       " %s JOIN profile_class c ON c.profile = p.id %s JOIN domain n ON n.id = p.domain %s"
				       " GROUP BY r.id ORDER BY r.day DESC, r.id DESC", join, join, join, join, where));
}

static void test_rows_of_a_report_are_counted_with_it(void **state)
{
	struct bench *b = *state;
	const struct filter all = { EVER };
	struct reader *r;

	sample_fill(b, 120);
	r = sample_reader(b);
	assert_string_equal(counts_text(b, r, &all, 1000), expected_counts(b, "LEFT", ""));
	assert_string_equal(counts_text(b, r, &all, 7), expected_counts(b, "LEFT", ""));
	reader_close(r);
}

static void test_a_department_sees_reports_with_its_rows_alone(void **state)
{
	static const char under[] = "WHERE n.name = 'chem.univ.example' OR n.name LIKE '%.chem.univ.example'";
	static const struct slice chem = { "chem.univ.example", 17 }, maths = { "maths.univ.example", 18 };
	struct bench *b = *state;
	const struct filter asked = { EVER, .under = { &chem, 1, false } }, scope = { EVER, .scope = { &chem, 1, false } };
	const struct filter neither = { EVER, .scope = { &chem, 1, false }, .under = { &maths, 1, false } };
	struct reader *r;

	sample_fill(b, 120);
	r = sample_reader(b);
	assert_string_equal(counts_text(b, r, &asked, 1000), expected_counts(b, "", under));
	assert_string_equal(counts_text(b, r, &scope, 3), expected_counts(b, "", under));
	assert_string_equal(counts_text(b, r, &neither, 3), "");
	reader_close(r);
}

static void test_a_wrong_cursor_is_the_asker_s_mistake(void **state)
{
	static const char *const wrong[] = { "", ".", "1", "1.", "x.1", "1.x", "1.2.3" };
	struct bench *b = *state;
	const struct filter all = { EVER };
	struct report_page page;
	struct reader *r;

	sample_fill(b, 3);
	r = sample_reader(b);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		b->err = (struct err){ 0 };
		assert_int_equal(query_reports(r, &b->arena, &all, slice_of(wrong[i]), 5, &page, &b->err), -1);
		assert_int_equal(b->err.kind, ERR_USE);
	}
	reader_close(r);
}

static void test_refusals_come_the_last_first(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, sample_rules(b));
	struct reject_page page = { 0 };
	struct reader *r;
	int64_t want = 12;

	for (int i = 1; i <= 12; i++) {
		struct reject reject = { .code = REJECT_NOT_XML, .file = slice_of(arena_printf(&b->arena, "%d.eml", i)),
					 .line = i, .detail = SLICE("no end") };
		bool fresh;

		assert_done(b, store_reject(s, &reject, slice_of(arena_printf(&b->arena, "bytes %d", i)), SAMPLE_RECEIVED + i, &fresh,
					    &b->err));
	}
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
	r = sample_reader(b);
	do {
		assert_done(b, query_rejects(r, &b->arena, page.after, 5, &page, &b->err));
		for (size_t i = 0; i < page.n; i++, want--) {
			assert_string_equal(page.item[i].file.ptr, arena_printf(&b->arena, "%lld.eml", (long long)want));
			assert_string_equal(page.item[i].code.ptr, "not-xml");
			assert_true(page.item[i].line == want && page.item[i].received_s == SAMPLE_RECEIVED + want && page.item[i].kept);
			assert_null(page.item[i].member.ptr);
		}
	} while (page.after != 0);
	assert_int_equal(want, 0);
	reader_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_each_report_stands_there_once),
		bench_test(test_rows_of_a_report_are_counted_with_it),
		bench_test(test_a_department_sees_reports_with_its_rows_alone),
		bench_test(test_a_wrong_cursor_is_the_asker_s_mistake),
		bench_test(test_refusals_come_the_last_first),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("query_list", tests, NULL, NULL);
}
