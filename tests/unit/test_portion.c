/* test_portion: rows behind a cursor come once each, as many as are asked for, and what is behind them has an address. */
#include "store_sample.h"

#include "web/portion.h"

enum { ROWS = 5 };

/* The rows are the numbers from 1 to 5, and the cursor is the last that was read. */
static int read_numbers(struct portions *s, struct reader *r, size_t limit, struct err *err)
{
	int *first = s->rows;
	int behind = s->after.ptr != NULL ? atoi(s->after.ptr) : 0;

	*first = behind + 1;
	s->n = s->kind->once ? 1 : limit < (size_t)(ROWS - behind) ? limit : (size_t)(ROWS - behind);
	behind += (int)s->n;
	s->after = behind < ROWS ? slice_of(arena_printf(&s->p->portion, "%d", behind)) : (struct slice){ 0 };
	return 0;
}

static struct value *make_number(struct portions *s, struct arena *a, size_t i)
{
	struct value *row = view_object(a);

	view_put_int(a, row, "n", *(int *)s->rows + (int)i);
	return row;
}

static const struct portion_kind kind = { read_numbers, make_number, .rows = 2, .on_screen = 3, .to_programs = 4 };
static const struct portion_kind kind_once = { read_numbers, make_number, .rows = 2, .on_screen = 3, .to_programs = 4, .once = true };

/* Reads the list as asked for: "123", and in `next` the address behind it. */
static const char *read_all(struct bench *b, const struct portion_kind *k, const char *format, struct slice *next)
{
	struct arena *a = &b->arena;
	struct page p = { .a = a, .readers = readers_new(b->db, b->list), .api = "/api/v1/reports" };
	struct view view = { 0 };
	struct portions s;
	struct value *list = view_put_list(a, view_object(a), "rows");
	const char *text = "";
	int first;

	p.for_api = strcmp(format, "json") == 0;
	p.params = param_with(a, &p.params, PARAM_FORMAT, slice_of(format));
	portions_init(&s, &p, &view, k, &first);
	assert_int_equal(portions_list(&s, list, &b->err), 0);
	for (const struct value *row = list->first; row != NULL; row = row->next)
		text = arena_printf(a, "%s%d", text, (int)view_int(row, "n"));
	*next = view.next;
	arena_release(&p.portion);
	readers_free(p.readers);
	return text;
}

static void test_as_many_as_asked_for(void **state)
{
	struct bench *b = *state;
	struct slice next;

	sample_fill(b, 1);
	assert_string_equal(read_all(b, &kind, "html", &next), "123");
	assert_non_null(strstr(next.ptr, "after=3"));
	assert_string_equal(read_all(b, &kind, "json", &next), "1234");
	assert_non_null(strstr(next.ptr, "after=4"));
}

static void test_an_export_has_all(void **state)
{
	struct bench *b = *state;
	struct slice next;

	sample_fill(b, 1);
	assert_string_equal(read_all(b, &kind, "csv", &next), "12345");
	assert_null(next.ptr);
	assert_string_equal(read_all(b, &kind_once, "ndjson", &next), "12345");
	assert_null(next.ptr);
}

static void test_a_short_portion_is_all_that_a_page_waits_for(void **state)
{
	struct bench *b = *state;
	struct slice next;

	sample_fill(b, 1);
	assert_string_equal(read_all(b, &kind_once, "html", &next), "1");
	assert_non_null(strstr(next.ptr, "after=1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_as_many_as_asked_for),
		bench_test(test_an_export_has_all),
		bench_test(test_a_short_portion_is_all_that_a_page_waits_for),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("portion", tests, NULL, NULL);
}
