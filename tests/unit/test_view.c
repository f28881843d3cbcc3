/* test_view: JSON, CSV and JSON lines say the same as the view, and no text of a report breaks out of any of them. */
#include "sample.h"

#include "web/print.h"

static const struct column name_column = { "name", "Name", LOOK_TEXT };
static const struct column count_column = { "count", "Count", LOOK_NUMBER };
static const struct column list_column = { "list", "List", LOOK_TEXT };
static const struct column *const chosen[] = { &name_column, &count_column, &list_column };

struct feed { /* rows of a table */
	int left;
	struct slice name;
	int64_t fails_at; /* -1: never */
};

static int next_row(void *ctx, struct arena *a, struct value **row, struct err *err)
{
	struct feed *f = ctx;
	struct value *list;

	if (f->left == f->fails_at)
		return err_set(err, ERR_SYSTEM, "test: no more");
	if (f->left == 0)
		return 0;
	*row = view_object(a);
	view_put_text(a, *row, "name", f->name);
	view_put_int(a, *row, "count", f->left--);
	list = view_put_list(a, *row, "list");
	view_add_text(a, list, SLICE("x"));
	view_put_int(a, view_add_object(a, list), "y", 2);
	view_put_text(a, view_hints(a, *row), "href", SLICE("only for pages"));
	return 1;
}

static struct view make_view(struct arena *a, struct feed *feed)
{
	struct view v = { .envelope = view_object(a) };

	view_put_int(a, view_put_object(a, v.envelope, "total"), "messages", 254);
	view_put_text(a, view_hints(a, v.envelope), "hidden", SLICE("only for pages"));
	v.table = (struct table){ chosen, 3, next_row, feed };
	return v;
}

/* All of a printing; `portion` 1 empties the buffer as often as it can. */
static struct slice printed(struct arena *a, enum print_format format, struct view *view, size_t portion)
{
	struct buf out, all;
	struct print p;
	struct slice s;
	int r;

	buf_init(&out, 1 << 20);
	buf_init(&all, 8 << 20);
	print_init(&p, format, view);
	do {
		buf_clear(&out);
		r = print_more(&p, &out, portion, NULL);
		assert_true(r >= 0);
		buf_add_slice(&all, buf_slice(&out));
	} while (r == 1);
	s = (struct slice){ arena_copy(a, buf_slice(&all).ptr, all.len), all.len };
	print_release(&p);
	buf_release(&out);
	buf_release(&all);
	return s;
}

static void test_three_printings_of_one_view(void **state)
{
	struct arena a = { 0 };
	struct feed feed = { 2, SLICE("a"), -1 };
	struct view v = make_view(&a, &feed);

	v.next = SLICE("/api/v1/records?after=1");
	assert_slice(
		printed(&a, PRINT_JSON, &v, 1 << 16),
		"{\"total\":{\"messages\":254},\"data\":[{\"name\":\"a\",\"count\":2,\"list\":[\"x\",{\"y\":2}]},"
		"{\"name\":\"a\",\"count\":1,\"list\":[\"x\",{\"y\":2}]}],\"next\":\"/api/v1/records?after=1\"}\n");
	feed.left = 1;
	assert_slice(printed(&a, PRINT_CSV, &v, 1 << 16), "name,count,list\r\na,1,x; 2\r\n");
	feed.left = 1;
	assert_slice(printed(&a, PRINT_NDJSON, &v, 1 << 16),
		     "{\"name\":\"a\",\"count\":1,\"list\":[\"x\",{\"y\":2}]}\n");
	arena_release(&a);
}

static void test_portions_add_up_to_the_whole(void **state)
{
	struct arena a = { 0 };
	struct feed feed = { 0, SLICE("a,\"b\""), -1 };
	struct view v = make_view(&a, &feed);

	for (int format = PRINT_JSON; format <= PRINT_NDJSON; format++) {
		struct slice whole, pieces;

		feed.left = 50;
		whole = printed(&a, (enum print_format)format, &v, 1 << 16);
		feed.left = 50;
		pieces = printed(&a, (enum print_format)format, &v, 1);
		assert_true(slice_eq(whole, pieces));
	}
	arena_release(&a);
}

static void test_a_long_export_stays_small_in_memory(void **state)
{
	struct arena a = { 0 };
	struct feed feed = { 100000, SLICE("some.domain.univ.example"), -1 };
	struct view v = make_view(&a, &feed);
	struct print p;
	struct buf out;
	int r;

	buf_init(&out, 1 << 17);
	print_init(&p, PRINT_CSV, &v);
	do {
		buf_clear(&out);
		r = print_more(&p, &out, 1 << 16, NULL);
		assert_true(p.row.total_bytes < 1 << 17);
	} while (r == 1);
	assert_int_equal(r, 0);
	print_release(&p);
	buf_release(&out);
	arena_release(&a);
}

static void test_a_failing_store_is_not_an_end(void **state)
{
	struct arena a = { 0 };
	struct feed feed = { 3, SLICE("a"), 1 };
	struct view v = make_view(&a, &feed);
	struct err err = { 0 };
	struct print p;
	struct buf out;

	buf_init(&out, 1 << 16);
	print_init(&p, PRINT_CSV, &v);
	assert_int_equal(print_more(&p, &out, 1 << 15, &err), -1);
	assert_int_equal(err.kind, ERR_SYSTEM);
	print_release(&p);
	buf_release(&out);
	arena_release(&a);
}

static void test_hints_are_seen_by_templates_alone(void **state)
{
	struct arena a = { 0 };
	struct feed feed = { 3, SLICE("a"), -1 };
	struct view v = make_view(&a, &feed);

	for (int format = PRINT_JSON; format <= PRINT_NDJSON; format++) {
		struct slice out;

		feed.left = 3;
		out = printed(&a, (enum print_format)format, &v, 1 << 16);
		assert_null(memmem(out.ptr, out.len, "only for pages", 14));
	}
	assert_slice(view_text(v.envelope, "hidden"), "only for pages");
	arena_release(&a);
}

static void test_a_share_has_its_parts_beside_it(void **state)
{
	struct arena a = { 0 };
	struct view v = { .envelope = view_object(&a), .data = view_object(&a) };

	view_put_share(&a, v.data, "share", 1, 3);
	view_put_share(&a, v.data, "none", 0, 0);
	view_put_share(&a, v.data, "all", 7, 7);
	assert_slice(printed(&a, PRINT_JSON, &v, 1 << 16),
		     "{\"data\":{\"share\":0.333333,\"share_numerator\":1,\"share_denominator\":3,\"none\":null,"
		     "\"none_numerator\":0,\"none_denominator\":0,\"all\":1,\"all_numerator\":7,\"all_denominator\":7},"
		     "\"next\":null}\n");
	arena_release(&a);
}

/* --- JSON --- */

static struct slice json_of(struct arena *a, struct slice text)
{
	struct json j;
	struct slice s;
	struct buf b;

	buf_init(&b, 1 << 20);
	json_init(&j, &b);
	json_text(&j, text);
	s = (struct slice){ arena_copy(a, b.data, b.len), b.len };
	buf_release(&b);
	return s;
}

static void test_json_text_is_inert_everywhere(void **state)
{
	struct arena a = { 0 };

	assert_slice(json_of(&a, (struct slice){ 0 }), "null");
	assert_slice(json_of(&a, SLICE("")), "\"\"");
	assert_slice(json_of(&a, SLICE("a\"\\/\b\f\n\r\t")), "\"a\\\"\\\\/\\b\\f\\n\\r\\t\"");
	assert_slice(json_of(&a, SLICE("\x01\x1b\x7f")), "\"\\u0001\\u001b\\u007f\"");
	assert_slice(json_of(&a, SLICE("</script>")), "\"\\u003c/script>\"");
	assert_slice(json_of(&a, SLICE("x\xe2\x80\xae"
				       "y\xc2\x85\xe2\x80\xa8")),
		     "\"x\\u202ey\\u0085\\u2028\"");
	assert_slice(json_of(&a, SLICE("\xc3\xa4\xf0\x9f\x98\x80")), "\"\xc3\xa4\xf0\x9f\x98\x80\"");
	assert_slice(json_of(&a, SLICE("a\xff\xe2\x80")), "\"a\\ufffd\\ufffd\\ufffd\"");
	assert_slice(json_of(&a, (struct slice){ "a\0b", 3 }), "\"a\\u0000b\"");
	arena_release(&a);
}

static void test_json_nests_and_separates(void **state)
{
	struct json j;
	struct buf b;

	buf_init(&b, 1 << 16);
	json_init(&j, &b);
	json_begin_object(&j);
	json_key(&j, "a");
	json_begin_list(&j);
	json_begin_list(&j);
	json_end(&j);
	json_begin_object(&j);
	json_end(&j);
	json_int(&j, INT64_MIN);
	json_bool(&j, true);
	json_null(&j);
	json_end(&j);
	json_key_int(&j, "b", 1);
	json_key_text(&j, "c", SLICE("d"));
	json_key_bool(&j, "e", false);
	json_end(&j);
	json_line(&j);
	json_int(&j, 7);
	assert_slice(buf_slice(&b),
		     "{\"a\":[[],{},-9223372036854775808,true,null],\"b\":1,\"c\":\"d\",\"e\":false}\n7");
	buf_release(&b);
}

/* --- CSV --- */

static struct slice csv_of(struct arena *a, struct slice text)
{
	struct csv c;
	struct slice s;
	struct buf b;

	buf_init(&b, 1 << 20);
	csv_init(&c, &b);
	csv_text(&c, text);
	s = (struct slice){ arena_copy(a, buf_slice(&b).ptr, b.len), b.len };
	buf_release(&b);
	return s;
}

static void test_no_cell_is_a_formula(void **state)
{
	struct arena a = { 0 };

	assert_slice(csv_of(&a, SLICE("=1+1")), "'=1+1");
	assert_slice(csv_of(&a, SLICE("+1")), "'+1");
	assert_slice(csv_of(&a, SLICE("-1")), "'-1");
	assert_slice(csv_of(&a, SLICE("@SUM(A1)")), "'@SUM(A1)");
	assert_slice(csv_of(&a, SLICE("\t=1")), "'\t=1");
	assert_slice(csv_of(&a, SLICE("\r=1")), "\"'\xef\xbf\xbd=1\"");
	assert_slice(csv_of(&a, SLICE("a\xc2\x9b" "2J\xe2\x80\xae\x7f")), "a\xef\xbf\xbd" "2J\xef\xbf\xbd\xef\xbf\xbd");
	assert_slice(csv_of(&a, SLICE("  =1")), "\"'  =1\"");
	assert_slice(csv_of(&a, SLICE("=\"a\",b")), "\"'=\"\"a\"\",b\"");
	arena_release(&a);
}

static void test_csv_quotes_what_would_break_a_line(void **state)
{
	struct arena a = { 0 };

	assert_slice(csv_of(&a, SLICE("plain")), "plain");
	assert_slice(csv_of(&a, (struct slice){ 0 }), "");
	assert_slice(csv_of(&a, SLICE("a,b")), "\"a,b\"");
	assert_slice(csv_of(&a, SLICE("a\nb")), "\"a\nb\"");
	assert_slice(csv_of(&a, SLICE("a\"b")), "\"a\"\"b\"");
	arena_release(&a);
}

static void test_our_own_numbers_stay_numbers(void **state)
{
	struct csv c;
	struct buf b;

	buf_init(&b, 1 << 10);
	csv_init(&c, &b);
	csv_int(&c, -5);
	csv_share(&c, 1, 4);
	csv_share(&c, 0, 0);
	csv_int(&c, 0);
	csv_end_line(&c);
	csv_text(&c, SLICE("x"));
	assert_slice(buf_slice(&b), "-5,0.250000,,0\r\nx");
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_three_printings_of_one_view),
		cmocka_unit_test(test_portions_add_up_to_the_whole),
		cmocka_unit_test(test_a_long_export_stays_small_in_memory),
		cmocka_unit_test(test_a_failing_store_is_not_an_end),
		cmocka_unit_test(test_hints_are_seen_by_templates_alone),
		cmocka_unit_test(test_a_share_has_its_parts_beside_it),
		cmocka_unit_test(test_json_text_is_inert_everywhere),
		cmocka_unit_test(test_json_nests_and_separates),
		cmocka_unit_test(test_no_cell_is_a_formula),
		cmocka_unit_test(test_csv_quotes_what_would_break_a_line),
		cmocka_unit_test(test_our_own_numbers_stay_numbers),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("view", tests, NULL, NULL);
}
