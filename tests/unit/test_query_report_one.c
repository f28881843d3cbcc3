/* test_query_report_one: one report is what the tables say, a department sees it by its own rows alone, and so with a row. */
#include "store_sample.h"

static const struct slice chem = { "chem.univ.example", 17 };

static struct report *put_first(struct bench *b, struct store *s)
{
	struct report *r = sample_report(b, "first", SAMPLE_DAY), *again;

	r->generator = SLICE("writer 1");
	note_add(&b->arena, &r->errors, SLICE("DNS was down"));
	note_add(&b->arena, &r->repairs, SLICE("an unescaped &"));
	sample_row(b, r, "192.0.2.1", 5);
	sample_row(b, r, "192.0.2.2", 7)->header_from = SLICE("lab.chem.univ.example");
	sample_put(b, s, r);
	again = sample_report(b, "first", SAMPLE_DAY);
	sample_row(b, again, "192.0.2.1", 6);
	assert_int_equal(sample_put(b, s, again), STORED_TWIN);
	r = sample_report(b, "half", SAMPLE_DAY);
	r->begin += 3600;
	r->end += 3600;
	sample_row(b, r, "192.0.2.1", 1);
	sample_put(b, s, r);
	r = sample_report(b, "next", SAMPLE_DAY + 1);
	sample_row(b, r, "192.0.2.1", 1);
	sample_put(b, s, r);
	return r;
}

static struct reader *filled(struct bench *b)
{
	struct store *s = sample_open(b, sample_rules(b));

	put_first(b, s);
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
	return sample_reader(b);
}

static void test_a_report_with_its_notes_and_those_beside_it(void **state)
{
	struct bench *b = *state;
	const struct filter all = { 0 };
	struct reader *r = filled(b);
	struct report_whole w;

	assert_int_equal(query_report(r, &b->arena, &all, 1, &w, &b->err), 1);
	assert_int_equal(counts_total(&w.line.counts), 12);
	assert_int_equal(w.notes, 2);
	assert_true(w.note[0].kind == NOTE_ERROR && w.note[1].kind == NOTE_REPAIR);
	assert_string_equal(w.note[0].text.ptr, "DNS was down");
	assert_string_equal(w.email.ptr, "dmarc@example.org");
	assert_string_equal(w.p.ptr, "none");
	assert_int_equal(w.pct, -1);
	assert_int_equal(w.twins, 2);
	assert_true(w.twin[0].id == 2 && w.twin[0].twin && w.twin[1].id == 3 && !w.twin[1].twin);
	assert_int_equal(query_report(r, &b->arena, &all, 99, &w, &b->err), 0);
	assert_int_equal(query_report(r, &b->arena, &all, INT64_MAX, &w, &b->err), 0);
	reader_close(r);
}

static void test_a_department_sees_its_rows_of_it_alone(void **state)
{
	struct bench *b = *state;
	const struct filter scope = { .scope = { &chem, 1, false } };
	struct reader *r = filled(b);
	struct report_whole w;

	assert_int_equal(query_report(r, &b->arena, &scope, 1, &w, &b->err), 1);
	assert_int_equal(counts_total(&w.line.counts), 7);
	assert_int_equal(w.line.counts.rows, 1);
	assert_true(w.notes == 0 && w.twins == 0);
	assert_int_equal(query_report(r, &b->arena, &scope, 2, &w, &b->err), 0);
	reader_close(r);
}

static void test_a_row_out_of_scope_is_none(void **state)
{
	struct bench *b = *state;
	const struct filter all = { 0 }, scope = { .scope = { &chem, 1, false } };
	struct reader *r = filled(b);
	struct record record;
	int64_t address[2], profile[2];

	for (int i = 0; i < 2; i++) {
		address[i] = table_int(b, arena_printf(&b->arena, "SELECT address FROM fact WHERE report = 1 ORDER BY messages LIMIT 1 OFFSET %d", i));
		profile[i] = table_int(b, arena_printf(&b->arena, "SELECT profile FROM fact WHERE report = 1 ORDER BY messages LIMIT 1 OFFSET %d", i));
		assert_int_equal(query_record(r, &b->arena, &all, 1, address[i], profile[i], &record, &b->err), 1);
		assert_int_equal(record.messages, 5 + 2 * i);
		assert_string_equal(record.report_id.ptr, "first");
	}
	assert_int_equal(query_record(r, &b->arena, &scope, 1, address[0], profile[0], &record, &b->err), 0);
	assert_int_equal(query_record(r, &b->arena, &scope, 1, address[1], profile[1], &record, &b->err), 1);
	assert_int_equal(query_record(r, &b->arena, &all, 1, address[0], profile[1], &record, &b->err), 0);
	assert_int_equal(query_record(r, &b->arena, &all, 77, address[0], profile[0], &record, &b->err), 0);
	reader_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_a_report_with_its_notes_and_those_beside_it),
		bench_test(test_a_department_sees_its_rows_of_it_alone),
		bench_test(test_a_row_out_of_scope_is_none),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("query_report_one", tests, NULL, NULL);
}
