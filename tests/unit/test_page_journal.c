/* test_page_journal: what people wrote down stands on its pages, inert; a note sets whole weeks beside each other and each number leads to
 * its rows; a blocker that was accepted for a time is open again, and one whose source is clean is over by itself. */
#include "page_sample.h"

#include "sample.h"
#include "schema/limits.h"

#include <time.h>

enum { DAYS = 40, CHANGE = SAMPLE_DAY + 20 };

/* Ten messages a day from the relays, of which `fails` fail up to the change; the last day is SAMPLE_DAY + DAYS - 1. */
static void put_mail(struct bench *b, struct store *s)
{
	for (int i = 0; i < DAYS; i++) {
		struct report *r = sample_report(b, arena_printf(&b->arena, "day-%d", i), SAMPLE_DAY + i);
		struct row *fails;

		sample_content(r, i);
		sample_results(b, sample_row(b, r, "192.0.2.1", 6), "none", "pass", "fail");
		fails = sample_row(b, r, "192.0.2.2", 4);
		sample_results(b, fails, "none", SAMPLE_DAY + i <= CHANGE ? "fail" : "pass", "fail");
		assert_int_equal(sample_put(b, s, r), STORED_NEW);
	}
}

static void put_note(struct bench *b, struct store *s, int64_t day, int64_t end_day, const char *text)
{
	const struct journal_note n = { .day = day, .end_day = end_day, .text = slice_of(text), .domain = SLICE("univ.example"), .source = SLICE("Relays"),
					.who = SLICE("ann"), .made_s = 5 };
	enum journaled became;
	int64_t id;

	assert_done(b, store_note(s, &n, &id, &became, &b->err));
}

static void put_blocker(struct bench *b, struct store *s, enum blocker_state state, int64_t until_day, const char *source, int64_t made_day)
{
	const struct blocker k = { .key = SLICE(""), .domain = SLICE("univ.example"), .text = SLICE("<b>unsigned"), .owner = SLICE("bob"), .state = state,
				   .state_day = made_day, .reason = SLICE("small"), .until_day = until_day, .note = SLICE(""), .source = slice_of(source),
				   .who = SLICE("ann"), .made_s = made_day * 86400 };
	enum journaled became;
	int64_t id;

	assert_done(b, store_blocker(s, &k, &id, &became, &b->err));
}

static void fill(struct bench *b)
{
	const struct confirmation c = { .domain = SLICE("univ.example"), .step = STEP_REHEARSE, .check = SLICE("lists"), .text = SLICE("<i>so"), .who = SLICE("ann"),
					.made_s = 5, .expires_s = INT64_C(1) << 34 };
	struct store *s = sample_open(b, sample_rules(b));
	enum journaled became;
	int64_t id;

	put_mail(b, s);
	put_note(b, s, CHANGE, CHANGE, "keys <script>published");
	put_note(b, s, SAMPLE_DAY + DAYS - 3, SAMPLE_DAY + DAYS - 3, "too late");
	put_note(b, s, SAMPLE_DAY + 2, SAMPLE_DAY + 3, "too early");
	put_blocker(b, s, BLOCKER_ACCEPTED, SAMPLE_DAY, "", SAMPLE_DAY);                   /* over */
	put_blocker(b, s, BLOCKER_ASKED, 0, "Relays", SAMPLE_DAY);                         /* no failing mail for 19 days */
	put_blocker(b, s, BLOCKER_OPEN, 0, "Relays", SAMPLE_DAY + DAYS - 5);               /* likewise, but it is new */
	assert_done(b, store_confirm(s, &c, &id, &became, &b->err));
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
}

static void test_the_lists_show_what_was_written_inert(void **state)
{
	struct bench *b = *state;
	const char *page;

	fill(b);
	page = page_get(b, "/rollout/notes?format=html", NULL);
	assert_says(page, "<h1>3 notes say what changed</h1>");
	assert_says(page, "keys &lt;script&gt;published");
	assert_says(page, "href=\"/rollout/notes/1\"");
	assert_says(page, "action=\"/rollout/notes\"");
	page = page_get(b, "/rollout/confirmations?format=html", NULL);
	assert_says(page, "&lt;i&gt;so");
	assert_says(page, "action=\"/rollout/confirmations/1/withdraw\"");
	assert_says(page_get(b, "/api/v1/confirmations", NULL), "\"step\":\"rehearse\"");
	assert_int_equal(page_count(page_get(b, "/rollout/notes?format=csv", NULL), "\r\n"), 4);
	assert_int_equal(page_count(page_get(b, "/api/v1/notes?limit=2", NULL), "\"id\":"), 2);
	assert_int_equal(page_count(page_get(b, "/api/v1/notes?under=other.example", NULL), "\"id\":"), 0);
	assert_says(page_get(b, "/api/v1/notes?sort=day", NULL), "\"data\":[{\"day\":\"2024-03-03\"");
}

static void test_a_note_sets_whole_weeks_beside_each_other(void **state)
{
	struct bench *b = *state;
	const char *data, *page;

	fill(b);
	data = page_get(b, "/api/v1/notes/1", NULL);
	assert_says(data, "\"weeks\":2");
	/* 14 days with 6 that pass and 4 that fail, then 14 with 10 that pass; the day itself in neither */
	assert_says(data, "\"when\":\"Before\",\"first_day\":\"2024-03-07\",\"last_day\":\"2024-03-20\",\"days\":14,\"messages\":140");
	assert_says(data, "\"when\":\"After\",\"first_day\":\"2024-03-22\",\"last_day\":\"2024-04-04\",\"days\":14,\"messages\":140");
	assert_says(data, "\"failing\":56");
	assert_says(data, "\"failing\":0");
	page = page_get(b, "/rollout/notes/1?format=html", NULL);
	assert_says(page, "Failing mail went from 40.0% to 0% after 21 Mar");
	assert_says(page, " ÷ 14 days = 4.0 a day before, ");
	assert_in_range(assert_numbers_lead_to_rows(b, "/rollout/notes/1?format=html"), 10, 100);
}

static void test_too_little_is_not_compared(void **state)
{
	struct bench *b = *state;
	const char *page;
	int status;

	fill(b);
	page = page_get(b, "/rollout/notes/2?format=html", NULL);
	assert_says(page, "It is too early to say what this changed");
	assert_says(page, "2 of 7 days are in");
	assert_says(page_get(b, "/api/v1/notes/2", NULL), "\"weeks\":0,\"before_after\":[]");
	assert_says(page_get(b, "/rollout/notes/3?format=html", NULL), "reports begin 2 days before");
	page_get(b, "/rollout/notes/9", &status);
	assert_int_equal(status, 404);
	page_get(b, "/rollout/notes/x", &status);
	assert_int_equal(status, 404);
}

static void test_blockers_stand_as_they_are_today(void **state)
{
	struct bench *b = *state;
	const char *data, *page;

	fill(b);
	data = page_get(b, "/api/v1/blockers", NULL);
	assert_says(data, "\"state\":\"open\",\"state_says\":\"open again: it was accepted until");
	assert_says(data, "\"lapsed\":true");
	assert_says(data, "\"state\":\"closed\",\"state_says\":\"no failing mail for 14 days\"");
	assert_int_equal(page_count(data, "\"state\":\"open\""), 2);
	page = page_get(b, "/rollout/blockers?format=html", NULL);
	assert_says(page, "<h1>2 of 3 blockers still hold a domain back</h1>");
	assert_says(page, "&lt;b&gt;unsigned");
	page = page_get(b, "/rollout/blockers/1?format=html", NULL);
	assert_says(page, "<h1>This blocker is open again</h1>");
	assert_says(page, "name=\"version\" value=\"1\"");
	assert_says(page, "<option value=\"accepted\" selected>");
}

static void test_nobody_wrote_anything_yet(void **state)
{
	struct bench *b = *state;

	store_close(sample_open(b, sample_rules(b)));
	assert_says(page_get(b, "/rollout/notes?format=html", NULL), "No note says yet what changed");
	assert_says(page_get(b, "/rollout/blockers?format=html", NULL), "No blocker is written down");
	assert_says(page_get(b, "/rollout/confirmations?format=html", NULL), "Nothing is confirmed yet");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_the_lists_show_what_was_written_inert),
		bench_test(test_a_note_sets_whole_weeks_beside_each_other),
		bench_test(test_too_little_is_not_compared),
		bench_test(test_blockers_stand_as_they_are_today),
		bench_test(test_nobody_wrote_anything_yet),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("page_journal", tests, NULL, NULL);
}
