/* test_page_record: every row has a page of its own that says what the list says, and no made-up id has one. */
#include "page_sample.h"

#include "web/row.h"

static void put(struct bench *b)
{
	struct store *s = sample_open(b, sample_rules(b));
	struct report *r = sample_report(b, "first", SAMPLE_DAY);
	struct row *row = sample_row(b, r, "192.0.2.33", 61);

	sample_auth(b, &row->spf_auth, "lists.univ.example", NULL, "pass");
	sample_auth(b, &row->dkim_auth, "univ.example", "s1", "fail");
	row->dkim_auth->human_result = SLICE("fail <b>body</b>");
	sample_row(b, r, "192.0.2.33", 3)->header_from = SLICE("chem.univ.example");
	sample_row(b, r, "203.0.113.9", 2);
	sample_put(b, s, r);
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
}

static const char *member(struct bench *b, const char *text, const char *name)
{
	const char *at = strstr(text, arena_printf(&b->arena, "\"%s\":\"", name));

	assert_non_null(at);
	at += strlen(name) + 4;
	return arena_printf(&b->arena, "%.*s", (int)strcspn(at, "\""), at);
}

static void test_a_row_is_told_in_words(void **state)
{
	struct bench *b = *state;
	const char *list, *page, *json;

	put(b);
	list = page_get(b, "/api/v1/records?period=all&ip=192.0.2.33&domain=univ.example", NULL);
	assert_says(list, "\"messages\":61");
	page = page_get(b, arena_printf(&b->arena, "/records/%s?format=html", member(b, list, "id")), NULL);
	assert_says(page, "<h1>Receiver Ltd saw 61 messages From univ.example through 192.0.2.33</h1>");
	assert_says(page, "data-total=\"61\"");
	assert_says(page, "SPF passed for lists.univ.example, which does not align. DKIM failed for univ.example because the body or a signed "
			  "header changed. Delivered: policy none.");
	assert_says(page, "fail &lt;b&gt;body&lt;/b&gt;");
	json = page_get(b, arena_printf(&b->arena, "/api/v1/records/%s", member(b, list, "id")), NULL);
	assert_says(json, "\"same_address\":[{");
	assert_int_equal(page_count(strstr(json, "\"same_address\""), "\"header_from\":\"chem.univ.example\""), 2);
}

static void test_what_is_no_row_has_no_page(void **state)
{
	static const char *const ids[] = { "1", "1-1", "1-1-1-1", "-1-1", "1--1", "1-1-", "x-1-1", "1-1-99", "99-1-1", "1-+1-1",
					   "99999999999999999999-1-1", "1-1-4294967297" };
	struct bench *b = *state;
	int status;

	put(b);
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
		page_get(b, arena_printf(&b->arena, "/api/v1/records/%s", ids[i]), &status);
		assert_int_equal(status, 404);
	}
	for (int i = 0; i < 4; i++) {
		page_get(b, arena_printf(&b->arena, "/api/v1/reports/%s", ((const char *const[]){ "0", "2", "-1", "1x" })[i]), &status);
		assert_int_equal(status, 404);
	}
}

static void test_columns_are_chosen_and_kept(void **state)
{
	struct bench *b = *state;
	const char *page, *csv;

	put(b);
	page = page_get(b, "/records?period=all&cols=day,report_id,messages&limit=1&format=html", NULL);
	assert_int_equal(page_count(page, "<th "), 3);
	assert_says(page, "value=\"report_id\" checked");
	assert_int_equal(page_count(page, "name=\"cols\""), COLS);
	assert_says(page, "cols=day,report_id,messages&amp;limit=1&amp;after=");
	csv = page_get(b, "/api/v1/records?period=all&fields=messages,id&format=csv", NULL);
	assert_says(csv, "messages,id\r\n");
	assert_says(page_get(b, "/api/v1/records?period=all&fields=messages&limit=1", NULL), "\"data\":[{\"messages\":2}]");
}

static void test_ids_come_back(void **state)
{
	struct bench *b = *state;
	const struct record r = { .report = 724, .address = 31, .profile = 12 };
	int64_t report, address, profile;

	assert_true(row_id_parse(row_id(&b->arena, &r), &report, &address, &profile));
	assert_true(report == 724 && address == 31 && profile == 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_a_row_is_told_in_words),
		bench_test(test_what_is_no_row_has_no_page),
		bench_test(test_columns_are_chosen_and_kept),
		bench_test(test_ids_come_back),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("page_record", tests, NULL, NULL);
}
