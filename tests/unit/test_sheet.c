/* test_sheet: a list is sorted as asked, its printings have the same rows, and an address of a sender leads back to it. */
#include "sample.h"

#include "web/print.h"
#include "web/sheet.h"
#include "web/source.h"

static const struct column columns[] = {
	{ "label", "Name", LOOK_NAME, true },
	{ "messages", "Messages", LOOK_NUMBER, true },
	{ "share", "Share", LOOK_NUMBER },
	{ "bar", "Trust", LOOK_BAR },
};
static const struct sheet sheet = { "things", "Things", columns, 4, .sorts = true };

static struct value *add(struct page *p, struct value *list, const char *label, int64_t n, int64_t of)
{
	struct value *row = view_add_object(p->a, list);

	view_put_text(p->a, row, "label", slice_of(label));
	view_put_int(p->a, row, "messages", n);
	view_put_share(p->a, row, "share", n, of);
	return row;
}

static struct value *sample_list(struct page *p, struct value *data)
{
	struct value *list = view_put_list(p->a, data, "things");

	add(p, list, "b", 2, 10);
	add(p, list, NULL, 7, 0);
	add(p, list, "a", 2, 4);
	add(p, list, "c", 30, 1000);
	return list;
}

static const char *order(struct page *p, const struct value *list)
{
	const char *text = "";

	for (const struct value *row = list->first; row != NULL; row = row->next)
		text = arena_printf(p->a, "%s%s", text, view_text(row, "label").ptr != NULL ? view_text(row, "label").ptr : "-");
	return text;
}

static const char *sorted(const char *by, bool *good)
{
	static struct arena a; /* one for all: the text outlives the call */
	struct page p = { .a = &a };
	struct param_errors errors = { 0 };
	struct value *list = sample_list(&p, view_object(&a));

	if (by != NULL)
		p.params = param_with(&a, &p.params, PARAM_SORT, slice_of(by));
	*good = sheet_sort(&p, &sheet, list, &errors);
	assert_int_equal(errors.n, !*good);
	return order(&p, list);
}

static void test_rows_are_sorted_as_asked(void **state)
{
	static const char *const cases[][2] = {
		{ NULL, "b-ac" }, { "label", "abc-" }, { "-label", "cba-" }, { "messages", "ba-c" },
		{ "-messages", "c-ba" }, { "-share", "abc-" },
	};
	bool good;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_string_equal(sorted(cases[i][0], &good), cases[i][1]);
		assert_true(good);
	}
	sorted("bar", &good);
	assert_false(good);
	sorted("-nothing", &good);
	assert_false(good);
}

static const char *csv_of(struct arena *a, struct view *view)
{
	struct print print;
	struct buf out;
	const char *text;

	buf_init(&out, 1 << 20);
	print_init(&print, PRINT_CSV, view);
	assert_int_equal(print_more(&print, &out, 1 << 19, NULL), 0);
	text = arena_copy(a, buf_slice(&out).ptr, out.len);
	print_release(&print);
	buf_release(&out);
	return text;
}

static void test_lists_stand_one_behind_the_other(void **state)
{
	struct arena a = { 0 };
	struct page p = { .a = &a };
	struct view view = { .envelope = view_object(&a), .data = view_object(&a) };

	view_put_int(&a, view_put_object(&a, view.envelope, "total"), "messages", 41);
	sample_list(&p, view.data);
	view_add_sheet(&view, &sheet);
	sheets_are_table(&p, &view);
	assert_string_equal(csv_of(&a, &view), "list,label,messages,share\r\ntotal,,41,\r\nthings,b,2,0.200000\r\n"
					       "things,,7,\r\nthings,a,2,0.500000\r\nthings,c,30,0.030000\r\n");
	arena_release(&a);
}

static void test_one_list_is_the_table(void **state)
{
	struct arena a = { 0 };
	struct page p = { .a = &a };
	struct view view = { .envelope = view_object(&a) };

	sheet_is_table(&p, &view, &sheet, sample_list(&p, view_object(&a)));
	assert_string_equal(csv_of(&a, &view), "label,messages,share\r\nb,2,0.200000\r\n,7,\r\na,2,0.500000\r\nc,30,0.030000\r\n");
	arena_release(&a);
}

static void test_every_sender_has_an_address_of_its_own(void **state)
{
	static struct rule_line line[] = { { .name = WORD("Careers portal") }, { .name = WORD("careers-portal!") }, { .name = WORD("Unknown") },
					   { .name = WORD("Ünï") }, { .name = WORD("Lists") } };
	const struct rule_lines rules = { line, 5 };
	struct arena a = { 0 };
	struct page p = { .a = &a };
	struct slice href, id;

	assert_slice(source_href(&p, &rules, SLICE("Lists")), "/sources/lists");
	assert_slice(source_href(&p, &rules, (struct slice){ 0 }), "/sources/unknown");
	for (size_t i = 0; i < rules.n; i++) {
		href = source_href(&p, &rules, line[i].name);
		href.ptr += strlen("/sources/");
		href.len -= strlen("/sources/");
		assert_true(param_segment(&a, href, &id));
		assert_ptr_equal(source_named(&p, &rules, id), &line[i]);
	}
	assert_null(source_named(&p, &rules, SLICE("nobody")));
	assert_null(source_named(&p, &rules, SLICE("unknown")));
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_are_sorted_as_asked),
		cmocka_unit_test(test_lists_stand_one_behind_the_other),
		cmocka_unit_test(test_one_list_is_the_table),
		cmocka_unit_test(test_every_sender_has_an_address_of_its_own),
	};

	return cmocka_run_group_tests_name("sheet", tests, NULL, NULL);
}
