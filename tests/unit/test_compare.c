/* test_compare: an earlier period has the days that were asked for, only receivers of both periods are compared, and every
 * printing of a list says the same of it. */
#include "page_sample.h"
#include "sample.h"

#include "web/compare.h"
#include "web/format.h"
#include "web/print.h"
#include "web/sheet.h"

static void put_report(struct bench *b, struct store *s, const char *who, int64_t day, int64_t relays, int64_t others)
{
	struct report *r = sample_report(b, arena_printf(&b->arena, "%s-%d", who, (int)day), day);

	r->org_name = sample_text(b, who);
	if (relays > 0)
		sample_results(b, sample_row(b, r, "192.0.2.1", relays), "none", "pass", "pass");
	if (others > 0)
		sample_row(b, r, "203.0.113.9", others);
	sample_put(b, s, r);
}

static struct reader *filled(struct bench *b)
{
	struct store *s = sample_open(b, sample_rules(b));
	struct reader *r;

	put_report(b, s, "Both", SAMPLE_DAY, 40, 10);
	put_report(b, s, "Both", SAMPLE_DAY + 7, 60, 6);
	put_report(b, s, "Gone", SAMPLE_DAY, 500, 0);
	put_report(b, s, "Newcomer", SAMPLE_DAY + 7, 7, 70);
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
	assert_done(b, reader_open(b->db, b->list, &r, &b->err));
	return r;
}

static struct page page_of(struct bench *b, struct reader *r, const char *how, int64_t first, int64_t last)
{
	struct page p = { .a = &b->arena, .path = "/sources", .kind = PAGE_SOURCES, .html = true };
	struct param_errors errors = { 0 };

	assert_done(b, query_state(r, &p.state, &b->err));
	p.params = param_days(p.a, &p.params, first, last);
	if (how != NULL)
		p.params = param_with(p.a, &p.params, PARAM_COMPARE, slice_of(how));
	assert_int_equal(param_filter(p.a, &p.params, &p.state, &p.filter, &errors), 0);
	return p;
}

static void test_the_earlier_days_are_those_asked_for(void **state)
{
	static const struct {
		const char *how;
		int days, back;
	} cases[] = { { "prev", 3, 3 }, { "prev", 28, 28 }, { "weekdays", 1, 7 }, { "weekdays", 7, 7 }, { "weekdays", 8, 14 },
		      { "weekdays", 28, 28 }, { "weekdays", 30, 35 }, { "year", 3, 366 /* over a 29 February */ } };
	struct bench *b = *state;
	struct reader *r = filled(b);

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct page p = page_of(b, r, cases[i].how, SAMPLE_DAY, SAMPLE_DAY + cases[i].days - 1);

		assert_done(b, compare_ask(&p, r, &b->err));
		assert_int_equal(p.compare.first_day, SAMPLE_DAY - cases[i].back);
		assert_int_equal(p.compare.last_day - p.compare.first_day, cases[i].days - 1);
	}
	reader_close(r);
}

static void test_a_leap_day_has_a_day_a_year_before(void **state)
{
	struct bench *b = *state;
	struct reader *r = filled(b);
	int64_t day = text_day_of(2024, 2, 29);
	struct page p = page_of(b, r, "year", day, day);

	assert_done(b, compare_ask(&p, r, &b->err));
	assert_int_equal(p.compare.first_day, text_day_of(2023, 2, 28));
	reader_close(r);
}

static void test_only_receivers_of_both_are_compared(void **state)
{
	struct bench *b = *state;
	struct reader *r = filled(b);
	struct page p = page_of(b, r, "weekdays", SAMPLE_DAY + 7, SAMPLE_DAY + 7);
	struct compared c;

	assert_done(b, compare_groups(&p, r, BY_SOURCE, &c, &b->err));
	assert_true(p.compare.on);
	assert_int_equal(p.compare.receivers, 1);
	assert_int_equal(p.compare.only_now_count, 1);
	assert_slice(p.compare.only_now[0], "Newcomer");
	assert_slice(p.compare.only_then[0], "Gone");
	assert_int_equal(counts_total(&c.now_all), 66);
	assert_int_equal(counts_total(&c.then_all), 50);
	assert_int_equal(counts_total(compare_counts(&c.then, SLICE("Relays"))), 40);
	assert_int_equal(counts_total(compare_counts(&c.then, SLICE("Nobody"))), 0);
	reader_close(r);
}

static void test_nothing_to_compare_with_is_said(void **state)
{
	struct bench *b = *state;
	struct reader *r = filled(b);
	struct page p = page_of(b, r, "year", SAMPLE_DAY, SAMPLE_DAY), off = page_of(b, r, NULL, SAMPLE_DAY, SAMPLE_DAY);
	struct value *says = view_put_list(p.a, view_object(p.a), "says");
	struct compared c;

	assert_done(b, compare_groups(&p, r, BY_SOURCE, &c, &b->err));
	assert_false(p.compare.on);
	compare_say(&p, says);
	assert_slice(view_text(says->first, "plain"),
		     "Nothing to compare with: no receiver that reported now also did for Wed 1 Mar 2023.");
	assert_done(b, compare_groups(&off, r, BY_SOURCE, &c, &b->err));
	assert_false(off.compare.on || off.compare.nothing);
	reader_close(r);
}

/* A scope that holds for a page holds for what it is compared with. */
static void test_a_scope_holds_for_both_periods(void **state)
{
	static const struct slice tree = WORD("elsewhere.example");
	struct bench *b = *state;
	struct reader *r = filled(b);
	struct page p = page_of(b, r, "weekdays", SAMPLE_DAY + 7, SAMPLE_DAY + 7);
	struct param_errors errors = { 0 };
	struct compared c;

	p.params.scope = (struct names){ &tree, 1, false };
	assert_int_equal(param_filter(p.a, &p.params, &p.state, &p.filter, &errors), 0);
	assert_done(b, compare_groups(&p, r, BY_SOURCE, &c, &b->err));
	assert_int_equal(counts_total(&c.now_all) + counts_total(&c.then_all), 0);
	reader_close(r);
}

static const struct column columns[] = {
	{ "label", "Name", LOOK_NAME },
	{ "messages", "Messages", LOOK_NUMBER },
	{ "bar", "Trust", LOOK_BAR },
	{ "untrusted", "Untrusted", LOOK_NUMBER },
};
static const struct sheet sheet = { "things", "Things", columns, 4, .sorts = true };

static const char *csv_of(struct page *p, struct view *view)
{
	struct print print;
	struct buf out;
	char *text;

	buf_init(&out, 1 << 16);
	print_init(&print, PRINT_CSV, view);
	assert_int_equal(print_more(&print, &out, 1 << 15, NULL), 0);
	text = arena_copy(p->a, out.data, out.len);
	print_release(&print);
	buf_release(&out);
	return text;
}

static void test_a_list_shows_what_was_before(void **state)
{
	struct bench *b = *state;
	struct reader *r = filled(b);
	struct page p = page_of(b, r, "weekdays", SAMPLE_DAY + 7, SAMPLE_DAY + 7);
	struct view view = { .envelope = view_object(p.a) };
	struct value *list = view_put_list(p.a, view_object(p.a), "things"), *row, *grid = view_object(p.a);
	struct counts all;
	struct compared c;

	assert_done(b, compare_groups(&p, r, BY_SOURCE, &c, &b->err));
	assert_done(b, query_counts(r, &p.filter, &all, &b->err));
	row = view_add_object(p.a, list);
	view_put_text(p.a, row, "label", SLICE("All"));
	page_put_counts(p.a, row, &all);
	compare_put(&p, row, &c.now_all, &c.then_all, SLICE("/records"));
	sheet_is_table(&p, &view, &sheet, list);
	assert_string_equal(csv_of(&p, &view), "label,messages,messages_before,messages_now,untrusted,untrusted_before,untrusted_now\r\n"
					       "All,143,50,66,76,10,6\r\n");
	sheet_grid(&p, grid, &sheet, list);
	row = view_at(grid, "rows")->first->first; /* cells */
	assert_slice(view_text(row->first->next, "c_label"), "Messages");
	assert_slice(view_text(view_at(row->first->next, "c_subs")->first, "c_sub"), "+16 (+32.0%)");
	assert_slice(view_text(row->first->next->next, "c_label"), "Before");
	assert_slice(view_text(row->first->next->next, "c_href"), "/records");
	assert_slice(view_text(view_at(row->last, "c_subs")->first, "c_sub"), "−4 (−40.0%)");
	reader_close(r);
}

static void test_changes_look_as_people_read_them(void **state)
{
	struct arena a = { 0 };

	assert_string_equal(format_change_text(&a, 157, 145), "+12 (+8.3%)");
	assert_string_equal(format_change_text(&a, 0, 5), "−5 (−100.0%)");
	assert_string_equal(format_change_text(&a, 1234, 0), "+1,234");
	assert_string_equal(format_change_text(&a, 7, 7), "±0");
	assert_string_equal(format_points_text(&a, 8, 100, 176, 1000), "−9.6 pts");
	assert_string_equal(format_points_text(&a, 1, 2, 1, 2), "±0 pts");
	assert_string_equal(format_points_text(&a, 1, 2, 0, 0), "–");
	arena_release(&a);
}

/* Each page that takes the parameter shows what was before, and every number of it leads to its rows. */
static void test_every_page_that_compares_shows_what_was_before(void **state)
{
	static const char *const pages[] = { "/", "/sources", "/sources/relays", "/records", "/records?by=source", "/records?by=reporter",
					     "/reports/reporters", "/domains", "/lists" };
	static const char *const lists[] = { "/sources", "/records?by=source", "/reports/reporters" };
	struct bench *b = *state;

	reader_close(filled(b));
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
		const char *more = arena_printf(&b->arena, "%s%sfrom=2024-03-08&to=2024-03-08&compare=weekdays&format=html", pages[i],
						strchr(pages[i], '?') != NULL ? "&" : "?");

		assert_says(page_get(b, more, NULL), "Compared with Fri 1 Mar 2024.");
		assert_says(page_get(b, more, NULL), "Changes count only the 1 receiver that reported in both periods");
		assert_numbers_lead_to_rows(b, more);
	}
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		assert_says(page_get(b, arena_printf(&b->arena, "%s%sfrom=2024-03-08&to=2024-03-08&compare=weekdays&format=csv", lists[i],
						     strchr(lists[i], '?') != NULL ? "&" : "?"), NULL),
			    "messages_before");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_every_page_that_compares_shows_what_was_before),
		bench_test(test_the_earlier_days_are_those_asked_for),
		bench_test(test_a_leap_day_has_a_day_a_year_before),
		bench_test(test_only_receivers_of_both_are_compared),
		bench_test(test_nothing_to_compare_with_is_said),
		bench_test(test_a_scope_holds_for_both_periods),
		bench_test(test_a_list_shows_what_was_before),
		cmocka_unit_test(test_changes_look_as_people_read_them),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("compare", tests, NULL, NULL);
}
