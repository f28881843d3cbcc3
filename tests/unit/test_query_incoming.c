/* test_query_incoming: every mail, and whatever came in none, stands in the list once, however long a page is, with what became of
 * it by now. */
#include "store_sample.h"

enum { MAILS = 40 };

/* Of every four mails: one read, one refused, one a duplicate, one partly read; and now and then what came in no mail. */
static void fill(struct bench *b)
{
	struct store *s = sample_open(b, sample_rules(b));
	struct mailbox_state state;
	int64_t box, now = SAMPLE_RECEIVED;
	enum stored how;
	bool fresh;

	assert_done(b, store_mailbox(s, SLICE("maildir:/m"), &box, &state, &b->err));
	for (int i = 0; i < MAILS; i++, now += 60) {
		struct slice bytes = slice_of(arena_printf(&b->arena, "bytes of %d", i)), place = slice_of(arena_printf(&b->arena, "1:%d", i));
		struct mail_gave gave = { .sender = SLICE("a@example.org"), .subject = place };
		struct reject reject = { .code = REJECT_NOT_XML, .file = place, .line = i + 1, .detail = SLICE("no end") };
		struct report *r = sample_report(b, arena_printf(&b->arena, "%d", i % 4 == 2 ? 0 : i), SAMPLE_DAY);
		enum mail_outcome outcome = i % 4 == 1 ? MAIL_REFUSED : i % 4 == 3 ? MAIL_PARTLY : MAIL_READ;

		sample_row(b, r, "192.0.2.1", 1);
		if (i % 4 == 2)
			sample_content(r, 1);
		if (i % 4 != 1) {
			assert_done(b, store_report(s, r, bytes, now, &how, &b->err));
			*(how == STORED_DUPLICATE ? &gave.known : &gave.fresh) += 1;
			gave.report = store_met(s);
		}
		if (outcome != MAIL_READ)
			assert_done(b, store_reject(s, &reject, bytes, now, &fresh, &b->err));
		assert_done(b, store_mail(s, box, place, bytes, now, outcome, &gave, &b->err));
		if (i % 8 == 5) { /* imported */
			r = sample_report(b, arena_printf(&b->arena, "i%d", i), SAMPLE_DAY + 1);
			sample_row(b, r, "192.0.2.2", 1);
			assert_done(b, store_report(s, r, slice_of(arena_printf(&b->arena, "file %d", i)), now + 1, &how, &b->err));
			reject.file = SLICE("alone.zip");
			assert_done(b, store_reject(s, &reject, slice_of(arena_printf(&b->arena, "alone %d", i)), now + 2, &fresh, &b->err));
		}
	}
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
}

static const char *list_text(struct bench *b, struct reader *r, enum mail_outcome outcome, size_t limit)
{
	struct incomings page = { 0 };
	const char *text = "";
	int64_t last = INT64_MAX;

	do {
		assert_done(b, query_incomings(r, &b->arena, outcome, page.after, limit, &page, &b->err));
		assert_true(page.n <= limit && (page.after.ptr == NULL || page.n == limit));
		for (size_t i = 0; i < page.n; i++) {
			const struct incoming *m = &page.item[i];

			assert_true(m->received_s <= last);
			last = m->received_s;
			text = arena_printf(&b->arena, "%s%d:%lld ", text, (int)m->kind, (long long)m->id);
		}
	} while (page.after.ptr != NULL);
	return text;
}

static int count(const char *text, const char *what)
{
	int n = 0;

	for (; (text = strstr(text, what)) != NULL; text++)
		n++;
	return n;
}

static void test_each_stands_there_once(void **state)
{
	static const size_t limits[] = { 1, 3, 7, 1000 };
	struct bench *b = *state;
	struct reader *r;
	const char *all;

	fill(b);
	r = sample_reader(b);
	all = list_text(b, r, MAIL_OUTCOMES, 1000);
	assert_int_equal(count(all, "0:"), MAILS);
	assert_int_equal(count(all, "1:"), MAILS / 8);
	assert_int_equal(count(all, "2:"), MAILS / 8);
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
		assert_string_equal(list_text(b, r, MAIL_OUTCOMES, limits[i]), all);
	assert_int_equal(count(list_text(b, r, MAIL_READ, 3), ":"), MAILS / 2 + MAILS / 8);
	assert_int_equal(count(list_text(b, r, MAIL_REFUSED, 3), ":"), MAILS / 4 + MAILS / 8);
	assert_int_equal(count(list_text(b, r, MAIL_PARTLY, 3), ":"), MAILS / 4);
	reader_close(r);
}

/* Reports that came in mails, and behind them one that did not: no page looks at all of them, and none loses it. */
static void test_much_that_is_passed_over_is_no_long_wait(void **state)
{
	enum { MANY = 4500 };
	struct bench *b = *state;
	struct store *s = sample_open(b, sample_rules(b));
	struct incomings page = { 0 };
	enum stored how;
	struct reader *r;
	int pages = 0, seen = 0;

	for (int i = 0; i <= MANY; i++) {
		struct slice bytes = i == 0 ? SLICE("alone") : (struct slice){ 0 };

		assert_done(b, store_report(s, sample_report(b, arena_printf(&b->arena, "%d", i), SAMPLE_DAY), bytes, SAMPLE_RECEIVED + i, &how, &b->err));
	}
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
	r = sample_reader(b);
	do {
		assert_done(b, query_incomings(r, &b->arena, MAIL_OUTCOMES, page.after, 10, &page, &b->err));
		seen += (int)page.n;
		assert_true(++pages < 5);
	} while (page.after.ptr != NULL);
	assert_int_equal(pages, 3);
	assert_int_equal(seen, 1);
	reader_close(r);
}

static void test_a_mail_says_what_became_of_it(void **state)
{
	struct bench *b = *state;
	struct incoming_whole w;
	struct reader *r;
	int64_t first;

	fill(b);
	r = sample_reader(b);
	first = table_int(b, "SELECT id FROM mail ORDER BY id LIMIT 1");
	assert_int_equal(query_incoming(r, &b->arena, INCOMING_MAIL, first, &w, &b->err), 1);
	assert_true(w.line.reports == 1 && w.line.rejects == 0 && w.line.fresh == 1 && w.report[0].id == w.line.report);
	assert_string_equal(w.line.mailbox.ptr, "maildir:/m");
	assert_string_equal(w.line.sender.ptr, "a@example.org");
	assert_int_equal(query_incoming(r, &b->arena, INCOMING_MAIL, first + 1, &w, &b->err), 1);
	assert_true(w.line.reports == 0 && w.line.rejects == 1 && w.reject[0].line == 2);
	assert_int_equal(query_incoming(r, &b->arena, INCOMING_MAIL, first + 2, &w, &b->err), 1);
	assert_true(w.line.reports == 0 && w.line.rejects == 0 && w.line.known == 1 && w.line.report == 1);
	assert_int_equal(query_incoming(r, &b->arena, INCOMING_MAIL, first + 3, &w, &b->err), 1);
	assert_true(w.line.reports == 1 && w.line.rejects == 1);
	assert_int_equal(query_incoming(r, &b->arena, INCOMING_MAIL, 9999, &w, &b->err), 0);
	assert_int_equal(query_incoming(r, &b->arena, INCOMING_REJECT, 1, &w, &b->err), 1);
	assert_string_equal(w.line.reject.code.ptr, "not-xml");
	assert_int_equal(query_incoming(r, &b->arena, INCOMING_REJECT, 9999, &w, &b->err), 0);
	reader_close(r);
}

static void test_a_wrong_cursor_is_the_asker_s_mistake(void **state)
{
	static const char *const wrong[] = { "", "1", "1.2", "1.2.", "1..3", "x.1.2", "1.2.3.4" };
	struct bench *b = *state;
	struct incomings page;
	struct reader *r;

	fill(b);
	r = sample_reader(b);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		b->err = (struct err){ 0 };
		assert_int_equal(query_incomings(r, &b->arena, MAIL_OUTCOMES, slice_of(wrong[i]), 5, &page, &b->err), -1);
		assert_int_equal(b->err.kind, ERR_USE);
	}
	reader_close(r);
}

static void test_the_last_mail_and_the_oldest_refusal(void **state)
{
	struct bench *b = *state;
	struct ingest_state s;
	struct reader *r;

	fill(b);
	r = sample_reader(b);
	assert_done(b, query_ingest_state(r, &s, &b->err));
	assert_true(s.last_mail_s == SAMPLE_RECEIVED + (MAILS - 1) * 60 && s.oldest_reject_s == SAMPLE_RECEIVED + 60);
	reader_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_each_stands_there_once),
		bench_test(test_much_that_is_passed_over_is_no_long_wait),
		bench_test(test_a_mail_says_what_became_of_it),
		bench_test(test_a_wrong_cursor_is_the_asker_s_mistake),
		bench_test(test_the_last_mail_and_the_oldest_refusal),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("query_incoming", tests, NULL, NULL);
}
