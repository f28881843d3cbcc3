/* test_chart: every day of a period has its bar, each part its share of the height and its own messages behind it, and a
 * policy that became another is marked on the day somebody first saw it. */
#include "sample.h"

#include "base/text.h"
#include "web/chart.h"

enum { FIRST = 20711 }; /* 2026-09-15, a Tuesday */

static struct page page_of(struct arena *a, int64_t days)
{
	struct page p = { .a = a, .path = "/", .kind = PAGE_OVERVIEW, .html = true };

	p.filter.first_day = FIRST;
	p.filter.last_day = FIRST + days - 1;
	return p;
}

static struct group line(int64_t day, int64_t full, int64_t untrusted)
{
	struct group g = { .id = day };

	g.counts.split[SPLIT_FULL] = full;
	g.counts.split[SPLIT_UNTRUSTED] = untrusted;
	return g;
}

static void test_days_are_rows_columns_or_months(void **state)
{
	static const struct {
		int64_t days;
		size_t bars;
		bool rows;
		enum group_by by;
	} cases[] = { { 1, 1, true, BY_DAY }, { 7, 7, true, BY_DAY }, { 8, 8, false, BY_DAY }, { 92, 92, false, BY_DAY },
		      { 93, 4, false, BY_MONTH }, { 366, 13, false, BY_MONTH } };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena a = { 0 };
		struct page p = page_of(&a, cases[i].days);
		struct value *to = view_object(&a);
		struct chart c;

		chart_init(&p, &c);
		chart_put(&p, &c, to);
		assert_int_equal(c.n, cases[i].bars);
		assert_int_equal(chart_by(&c), cases[i].by);
		assert_int_equal(view_int(to, "chart.ch_rows"), cases[i].rows);
		assert_int_equal(c.bar[0].first_day, FIRST);
		assert_int_equal(c.bar[c.n - 1].last_day, p.filter.last_day);
		arena_release(&a);
	}
}

/* The month's line is that of its first day, which may lie before the period. */
static void test_lines_find_their_bars(void **state)
{
	struct arena a = { 0 };
	struct page p = page_of(&a, 93);
	struct group months[] = { line(text_day_of(2026, 9, 1), 10, 0), line(text_day_of(2026, 12, 1), 3, 1) };
	struct group then[] = { line(text_day_of(2026, 6, 1), 7, 0), line(text_day_of(2027, 6, 1), 9, 0) };
	struct chart c;

	chart_init(&p, &c);
	chart_fill(&c, &(struct groups){ months, 2, 2 });
	chart_fill_then(&c, &(struct groups){ then, 2, 2 }, text_day_of(2026, 6, 14));
	assert_int_equal(counts_total(&c.bar[0].counts), 10);
	assert_int_equal(counts_total(&c.bar[1].counts), 0);
	assert_int_equal(counts_total(&c.bar[3].counts), 4);
	assert_int_equal(counts_total(&c.bar[0].then), 7);
	assert_int_equal(counts_total(&c.bar[1].then), 0);
	arena_release(&a);
}

static const struct value *child(const struct value *list, int i)
{
	const struct value *v = list->first;

	for (; i > 0; i--)
		v = v->next;
	return v;
}

static void test_parts_stand_on_each_other_and_lead_to_their_messages(void **state)
{
	struct arena a = { 0 };
	struct page p = page_of(&a, 8);
	struct group days[] = { line(FIRST, 30, 10), line(FIRST + 2, 80, 0) };
	struct value *to = view_object(&a);
	const struct value *bar, *part;
	struct chart c;

	chart_init(&p, &c);
	chart_fill(&c, &(struct groups){ days, 2, 2 });
	c.bar[2].open = true;
	chart_put(&p, &c, to);
	bar = child(view_at(to, "chart.ch_bars"), 0);
	assert_slice(view_text(bar, "b_label"), "Tue 15 Sep: 30 fully trusted, 0 partially trusted, 10 untrusted");
	assert_slice(view_text(bar, "b_href"), "/?from=2026-09-15&to=2026-09-15");
	assert_slice(view_text(bar, "b_number.href"), "/records?from=2026-09-15&to=2026-09-15");
	part = child(view_at(bar, "b_parts"), 1);
	assert_slice(view_text(part, "b_href"), "/?from=2026-09-15&to=2026-09-15&class=untrusted");
	assert_slice(view_text(part, "b_n"), "10");
	assert_slice(view_text(part, "b_x"), "37.500%");
	assert_slice(view_text(part, "b_y"), "70.0"); /* 40 of 80 high, this part on top */
	assert_slice(view_text(part, "b_h"), "17.5");
	assert_slice(view_text(child(view_at(to, "chart.ch_bars"), 1), "b_href"), NULL); /* an empty day leads nowhere */
	assert_int_equal(view_int(child(view_at(to, "chart.ch_bars"), 2), "b_open"), 1);
	arena_release(&a);
}

/* Where a page has no classes to choose, its parts lead nowhere. */
static void test_parts_lead_nowhere_without_classes(void **state)
{
	struct arena a = { 0 };
	struct page p = page_of(&a, 3);
	struct group day = line(FIRST, 30, 10);
	struct value *to = view_object(&a);
	struct chart c;

	p.kind = PAGE_REPORTERS;
	chart_init(&p, &c);
	chart_fill(&c, &(struct groups){ &day, 1, 1 });
	chart_put(&p, &c, to);
	assert_slice(view_text(child(view_at(child(view_at(to, "chart.ch_bars"), 0), "b_parts"), 0), "b_href"), NULL);
	arena_release(&a);
}

static struct policy_line seen(const char *domain, enum policy_word word, int pct, int64_t first, int64_t reports)
{
	return (struct policy_line){ .domain = slice_of(domain), .reporter = SLICE("r"), .policy = { .p = word, .pct = pct },
				     .first_day = first, .last_day = first + 1, .reports = reports, .messages = reports };
}

static void test_a_policy_is_marked_where_it_changed(void **state)
{
	struct arena a = { 0 };
	struct page p = page_of(&a, 28);
	struct policy_line lines[] = {
		seen("a.example", POLICY_REJECT, -1, FIRST, 20),
		seen("univ.example", POLICY_NONE, -1, FIRST, 500),
		seen("univ.example", POLICY_QUARANTINE, 0, FIRST + 9, 200),
		seen("univ.example", POLICY_QUARANTINE, 0, FIRST + 7, 100),
		seen("univ.example", POLICY_REJECT, 50, FIRST + 3, 2), /* too few: a mistake of one receiver */
		seen("univ.example", POLICY_QUARANTINE, -1, FIRST + 20, 90),
	};
	struct chart c;

	chart_init(&p, &c);
	chart_mark_policies(&a, &c, &(struct policy_lines){ lines, 6 });
	assert_int_equal(c.marks, 2);
	assert_int_equal(c.mark[0].day, FIRST + 7);
	assert_string_equal(c.mark[0].label, "p=quarantine, held back");
	assert_int_equal(c.mark[1].day, FIRST + 20);
	assert_string_equal(c.mark[1].label, "p=quarantine");
	arena_release(&a);
}

static struct journal_note noted(int64_t id, int64_t day, int64_t end_day)
{
	return (struct journal_note){ .id = id, .day = day, .end_day = end_day, .text = SLICE("what") };
}

/* The earliest is 1; what is about one bar stands above it together, once; what began before the period, at its beginning. */
static void test_notes_are_numbered_and_told_beneath(void **state)
{
	struct arena a = { 0 };
	struct page p = page_of(&a, 20);
	struct journal_note notes[] = { noted(7, FIRST + 12, FIRST + 12), noted(6, FIRST + 5, FIRST + 6), noted(5, FIRST + 5, FIRST + 5),
					noted(4, FIRST - 9, FIRST + 1) };
	struct value *to = view_object(&a);
	const struct value *list;
	struct chart c;

	chart_init(&p, &c);
	c.notes = (struct journal_notes){ notes, 4, 6 };
	chart_put(&p, &c, to);
	list = view_at(to, "chart.ch_notes");
	assert_slice(view_text(child(list, 0), "n_number"), "1");
	assert_slice(view_text(child(list, 0), "n_numbers"), "1");
	assert_slice(view_text(child(list, 0), "n_x"), "2.500%");
	assert_slice(view_text(child(list, 0), "n_href"), "/rollout/notes/4");
	assert_slice(view_text(child(list, 1), "n_numbers"), "2, 3");
	assert_slice(view_text(child(list, 2), "n_numbers"), NULL);
	assert_slice(view_text(child(list, 2), "n_number"), "3");
	assert_slice(view_text(child(list, 3), "n_numbers"), "4");
	assert_slice(view_text(to, "chart.ch_more_notes"), "2 earlier notes");
	assert_slice(view_text(to, "chart.ch_top"), "20");
	arena_release(&a);
}

static void test_no_report_is_no_mark(void **state)
{
	struct arena a = { 0 };
	struct page p = page_of(&a, 28);
	struct chart c;

	chart_init(&p, &c);
	chart_mark_policies(&a, &c, &(struct policy_lines){ NULL, 0 });
	assert_int_equal(c.marks, 0);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_days_are_rows_columns_or_months),
		cmocka_unit_test(test_lines_find_their_bars),
		cmocka_unit_test(test_parts_stand_on_each_other_and_lead_to_their_messages),
		cmocka_unit_test(test_parts_lead_nowhere_without_classes),
		cmocka_unit_test(test_a_policy_is_marked_where_it_changed),
		cmocka_unit_test(test_notes_are_numbered_and_told_beneath),
		cmocka_unit_test(test_no_report_is_no_mark),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("chart", tests, NULL, NULL);
}
