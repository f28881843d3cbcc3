/* test_page_ingest: every mail is listed with what became of it and what can be done, its text is inert, and only the team sees it. */
#include "page_sample.h"

#include "web/incoming.h"

static void fill(struct bench *b)
{
	struct store *s = sample_open(b, sample_rules(b));
	struct report *r = sample_report(b, "first", SAMPLE_DAY);
	const struct reject reject = { .code = REJECT_NOT_XML, .file = SLICE("a"), .member = SLICE("part2(x.xml)"), .line = 214,
				       .detail = SLICE("<record> is closed by </row>") };
	struct mail_gave read = { .sender = SLICE("dmarc@example.org"), .subject = SLICE("Report <script>") , .fresh = 1 };
	const struct mail_gave refused = { .subject = SLICE("=cmd()") }, known = { .subject = SLICE("again"), .known = 1, .report = 1 };
	struct mailbox_state state;
	enum stored how;
	int64_t box;
	bool fresh;

	sample_row(b, r, "192.0.2.1", 5);
	assert_done(b, store_mailbox(s, SLICE("maildir:/m"), &box, &state, &b->err));
	assert_done(b, store_report(s, r, SLICE("one"), SAMPLE_RECEIVED, &how, &b->err));
	read.report = store_met(s);
	assert_done(b, store_mail(s, box, SLICE("1:1"), SLICE("one"), SAMPLE_RECEIVED, MAIL_READ, &read, &b->err));
	assert_done(b, store_reject(s, &reject, SLICE("two"), SAMPLE_RECEIVED + 60, &fresh, &b->err));
	assert_done(b, store_mail(s, box, SLICE("1:2"), SLICE("two"), SAMPLE_RECEIVED + 60, MAIL_REFUSED, &refused, &b->err));
	assert_done(b, store_mail(s, box, SLICE("1:3"), SLICE("three"), SAMPLE_RECEIVED + 120, MAIL_READ, &known, &b->err));
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
}

static void test_each_mail_says_what_became_of_it(void **state)
{
	struct bench *b = *state;
	const char *page, *csv;

	fill(b);
	page = page_get(b, "/ingest?format=html", NULL);
	assert_says(page, "<h1>1 report taken in. 1 document could not be read.</h1>");
	assert_says(page, "Report &lt;script&gt;");
	assert_says(page, "Duplicate: was here before");
	assert_says(page, "href=\"/help/not-xml\"");
	assert_says(page, "part2(x.xml), line 214");
	assert_says(page, "action=\"/ingest/1/retry\"");
	assert_says(page, "action=\"/ingest/1/dismiss\"");
	csv = page_get(b, "/ingest?format=csv", NULL);
	assert_int_equal(page_count(csv, "\r\n"), 4);
	assert_says(csv, "'=cmd()");
	assert_says(page_get(b, "/api/v1/ingest", NULL), "\"unread\":1");
}

static void test_lists_by_outcome(void **state)
{
	struct bench *b = *state;

	fill(b);
	assert_int_equal(page_count(page_get(b, "/api/v1/ingest?outcome=refused", NULL), "\"outcome\":\""), 1);
	assert_int_equal(page_count(page_get(b, "/api/v1/ingest?outcome=read", NULL), "\"outcome\":\""), 2);
	assert_int_equal(page_count(page_get(b, "/api/v1/ingest?outcome=partly", NULL), "\"outcome\":\""), 0);
	assert_int_equal(page_count(page_get(b, "/api/v1/ingest?limit=1", NULL), "\"next\":\"/api/v1/ingest?limit=1&after="), 1);
}

static void test_one_mail(void **state)
{
	static const char *const ids[] = { "m0", "m99", "r7", "x1", "1", "m", "m1x", "m-1" };
	struct bench *b = *state;
	int status;

	fill(b);
	assert_says(page_get(b, "/ingest/m2?format=html", NULL), "&lt;record&gt; is closed by &lt;/row&gt;");
	assert_says(page_get(b, "/ingest/m3?format=html", NULL), "report 1, which was here before");
	assert_says(page_get(b, "/api/v1/ingest/m1", NULL), "\"reports\":[{\"day\":\"2024-03-01\"");
	assert_says(page_get(b, "/api/v1/ingest/r1", NULL), "\"code\":\"not-xml\"");
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
		page_get(b, arena_printf(&b->arena, "/api/v1/ingest/%s", ids[i]), &status);
		assert_int_equal(status, 404);
	}
}

static void test_outcomes_follow_what_is_stored_now(void **state)
{
	static const struct {
		struct incoming m;
		const char *outcome;
	} cases[] = {
		{ { .outcome = MAIL_READ, .fresh = 1, .reports = 1 }, "read" },
		{ { .outcome = MAIL_READ, .fresh = -1, .known = -1, .others = -1, .reports = 1 }, "read" },
		{ { .outcome = MAIL_READ, .known = 1 }, "duplicate" },
		{ { .outcome = MAIL_READ, .others = 2 }, "tls_report" },
		{ { .outcome = MAIL_PARTLY, .rejects = 1, .reports = 1 }, "partly_read" },
		{ { .outcome = MAIL_REFUSED, .rejects = 1 }, "not_read" },
		{ { .outcome = MAIL_REFUSED, .reports = 1 }, "read_later" },
		{ { .outcome = MAIL_REFUSED }, "set_aside" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_string_equal(incoming_outcome(&cases[i].m), cases[i].outcome);
}

static void test_files_are_called_by_their_names(void **state)
{
	static const struct {
		struct slice mailbox, place;
		const char *name;
	} cases[] = {
		{ WORD("folder:/in"), WORD("a/bad.xml/17/1795948044.461748727"), "a/bad.xml" },
		{ WORD("folder:/in"), WORD("bad.xml/17/x"), "bad.xml/17/x" },
		{ WORD("folder:/in"), WORD("bad.xml"), "bad.xml" },
		{ WORD("folder:/in"), WORD("/1/2"), "/1/2" },
		{ WORD("web:uploads"), WORD("0123456789abcdef0123456789abcdef two words.zip"), "two words.zip" },
		{ WORD("web:uploads"), WORD("0123456789abcdef0123456789abcdef"), "0123456789abcdef0123456789abcdef" },
		{ WORD("imap://x"), WORD("1:42"), "1:42" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct incoming m = { .mailbox = cases[i].mailbox, .place = cases[i].place };
		struct slice name = incoming_name(&m);

		assert_int_equal(name.len, strlen(cases[i].name));
		assert_memory_equal(name.ptr, cases[i].name, name.len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_each_mail_says_what_became_of_it),
		bench_test(test_lists_by_outcome),
		bench_test(test_one_mail),
		cmocka_unit_test(test_files_are_called_by_their_names),
		cmocka_unit_test(test_outcomes_follow_what_is_stored_now),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("page_ingest", tests, NULL, NULL);
}
