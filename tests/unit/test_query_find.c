/* test_query_find: a part of a name finds it, the nearest first, and a department finds nothing of another. */
#include "store_sample.h"

static const char *found_text(struct bench *b, struct reader *r, const char *q, const struct filter *base, size_t limit, bool *more)
{
	struct filter f = *base;
	struct finds found;
	const char *text = "";

	f.q = slice_of(q);
	assert_done(b, query_find(r, &b->arena, &f, limit, &found, &b->err));
	for (size_t i = 0; i < found.n; i++)
		text = arena_printf(&b->arena, "%s%d %.*s\n", text, (int)found.item[i].kind, (int)found.item[i].text.len, found.item[i].text.ptr);
	*more = found.more;
	return text;
}

static struct reader *filled(struct bench *b)
{
	struct report *r = sample_report(b, "id-4711", SAMPLE_DAY);
	struct store *s = sample_open(b, sample_rules(b));

	sample_row(b, r, "192.0.2.1", 1)->header_from = SLICE("chem.univ.example");
	sample_row(b, r, "192.0.2.9", 1)->header_from = SLICE("biochem.univ.example");
	sample_row(b, r, "198.51.100.1", 1)->header_from = SLICE("maths.univ.example");
	sample_put(b, s, r);
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
	return sample_reader(b);
}

static void test_parts_of_names_are_found(void **state)
{
	struct bench *b = *state;
	const struct filter all = { .last_day = 0 };
	struct reader *r = filled(b);
	bool more;

	assert_string_equal(found_text(b, r, "CHEM", &all, 9, &more), "0 chem.univ.example\n0 biochem.univ.example\n");
	assert_false(more);
	assert_string_equal(found_text(b, r, "192.0.2", &all, 9, &more), "4 192.0.2.1\n4 192.0.2.9\n");
	assert_string_equal(found_text(b, r, "192.0.2.0/29", &all, 9, &more), "4 192.0.2.1\n");
	assert_string_equal(found_text(b, r, "ID-47", &all, 9, &more), "5 id-4711\n");
	assert_string_equal(found_text(b, r, "id-", &all, 9, &more), ""); /* too short a part of a report id */
	assert_string_equal(found_text(b, r, "  ", &all, 9, &more), "");
	assert_string_equal(found_text(b, r, "nobody", &all, 9, &more), "");
	reader_close(r);
}

static void test_a_limit_is_told(void **state)
{
	struct bench *b = *state;
	const struct filter all = { .last_day = 0 };
	struct reader *r = filled(b);
	bool more;

	assert_string_equal(found_text(b, r, "univ.example", &all, 2, &more), "0 univ.example\n0 chem.univ.example\n");
	assert_true(more);
	reader_close(r);
}

static void test_a_department_finds_only_its_own(void **state)
{
	static const struct slice chem = { "chem.univ.example", 17 };
	struct bench *b = *state;
	const struct filter scoped = { .scope = { .item = &chem, .n = 1 } };
	struct reader *r = filled(b);
	bool more;

	assert_string_equal(found_text(b, r, "univ", &scoped, 1, &more), "0 chem.univ.example\n");
	assert_false(more); /* that there is more elsewhere is not told */
	assert_string_equal(found_text(b, r, "maths", &scoped, 9, &more), "");
	assert_string_equal(found_text(b, r, "198.51.100.1", &scoped, 9, &more), "");
	assert_string_equal(found_text(b, r, "id-4711", &scoped, 9, &more), "");
	reader_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_parts_of_names_are_found),
		bench_test(test_a_limit_is_told),
		bench_test(test_a_department_finds_only_its_own),
	};

	return cmocka_run_group_tests_name("query_find", tests, NULL, NULL);
}
