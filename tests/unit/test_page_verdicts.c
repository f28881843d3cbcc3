/* test_page_verdicts: every row's verdict is explained: the table of rules adds up, each number leads to its rows, and page, API and
 * terminal say of one row the same rule and the same facts. */
#include "page_sample.h"

#include "web/row.h"
#include "web/web.h"

/* Two weeks of mail: sound, ours unfixed, a list, broken on the way, vouched for, and strangers seen once and often. */
static void put_day(struct bench *b, struct store *s, int i)
{
	struct report *r = sample_report(b, arena_printf(&b->arena, "%d", i), SAMPLE_DAY + i);
	struct row *row = sample_row(b, r, "192.0.2.1", 100);

	sample_results(b, row, "none", "pass", "pass");
	sample_auth(b, &row->dkim_auth, "univ.example", "s1", "pass");
	sample_row(b, r, "192.0.2.2", 3);
	sample_row(b, r, "203.0.113.5", 7)->envelope_from = SLICE("lists.example");
	row = sample_row(b, r, "203.0.113.9", 5);
	sample_auth(b, &row->dkim_auth, "univ.example", "s1", "fail");
	row = sample_row(b, r, "203.0.113.10", 2);
	sample_reason(b, row, "local_policy", "arc=pass");
	sample_row(b, r, "203.0.113.11", 6);
	if (i == 4)
		sample_row(b, r, "203.0.113.200", 4);
	sample_put(b, s, r);
}

static void put(struct bench *b)
{
	struct store *s = sample_open(b, sample_rules(b));

	for (int i = 0; i < 14; i++)
		put_day(b, s, i);
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
}

static void test_what_each_rule_decided_adds_up(void **state)
{
	static const char *const decided[] = { "sound", "1400", "ours-unfixed", "42", "list-open", "98", "signature-broken", "70", "arc", "28",
					       "unknown", "84", "seen-once", "4", "forwarder-breaks", "0" };
	struct bench *b = *state;
	const char *json, *page;

	put(b);
	json = page_get(b, "/api/v1/verdicts?period=all", NULL);
	for (size_t i = 0; i < sizeof decided / sizeof *decided; i += 2) {
		const char *at = strstr(json, arena_printf(&b->arena, "\"rule\":\"%s\"", decided[i]));

		assert_non_null(at);
		assert_says(arena_printf(&b->arena, "%.*s", (int)strcspn(at, "}"), at),
			    arena_printf(&b->arena, "\"messages\":%s,", decided[i + 1]));
	}
	assert_says(json, "\"needs_facts\":\"fails,list\"");
	assert_says(json, "\"key\":\"none\",\"label\":\"Unknown\"");
	assert_says(json, "\"survives\":1400,\"goodwill\":0,\"breaks\":42"); /* Relays */
	page = page_get(b, "/verdicts?period=all&format=html", NULL);
	assert_says(page, "<h1><b><a href=\"/records?period=all&amp;state=survives\" data-n=\"1400\">1,400</a></b> of ");
	assert_true(assert_numbers_lead_to_rows(b, "/verdicts?period=all&format=html") > 15);
	assert_true(assert_numbers_lead_to_rows(b, "/verdicts?period=all&class=untrusted&format=html") > 10);
}

static const char *member(struct bench *b, const char *text, const char *name)
{
	const char *at = strstr(text, arena_printf(&b->arena, "\"%s\":\"", name));

	assert_non_null(at);
	at += strlen(name) + 4;
	return arena_printf(&b->arena, "%.*s", (int)strcspn(at, "\""), at);
}

static int add_text(void *ctx, const char *bytes, size_t len)
{
	buf_add(ctx, bytes, len);
	return 0;
}

static const char *on_terminal(struct bench *b, const char *path, const struct web_param *params, size_t n)
{
	const struct web_config config = { .database = b->db, .suffixes = b->list };
	struct buf out;
	const char *text;

	buf_init(&out, 1 << 20);
	assert_int_equal(web_print(&config, path, params, n, false, add_text, &out, &b->err), WEB_FOUND);
	text = arena_printf(&b->arena, "%.*s", (int)out.len, out.data);
	buf_release(&out);
	return text;
}

static void test_a_row_is_explained_everywhere_alike(void **state)
{
	static const char why[] = "It was signed in our name and changed on the way: what forwarders and lists do.";
	const struct web_param params[] = { { SLICE("period"), SLICE("all"), false }, { SLICE("ip"), SLICE("203.0.113.9"), false },
					    { SLICE("limit"), SLICE("1"), false } };
	struct bench *b = *state;
	const char *json, *id, *text;

	put(b);
	json = page_get(b, "/api/v1/explain?period=all&ip=203.0.113.9&limit=1", NULL);
	assert_int_equal(page_count(json, "\"why\":"), 1);
	assert_says(json, arena_printf(&b->arena, "\"why\":\"%s\"", why));
	assert_says(json, "\"verdict\":\"forward-breaks\",\"state\":\"breaks\",\"phase\":\"monitor\",\"facts\":\"fails,delivered,own_signature_broken\"");
	id = member(b, json, "id");
	assert_says(page_get(b, arena_printf(&b->arena, "/api/v1/explain/%s", id), NULL), why);
	json = page_get(b, arena_printf(&b->arena, "/api/v1/records/%s", id), NULL);
	assert_says(json, "\"verdict\":\"forward-breaks\",\"rule\":\"signature-broken\",");
	assert_says(json, "{\"part\":\"needed\",\"fact\":\"own_signature_broken\",\"words\":\"a signature in our name was there and no longer held\"}");
	assert_says(json, "{\"part\":\"known\",\"fact\":\"delivered\",\"words\":\"the receiver delivered it\"}");
	assert_says(page_get(b, arena_printf(&b->arena, "/records/%s?format=html", id), NULL), why);
	text = on_terminal(b, "/verdicts/explain", params, 3);
	assert_says(text, "It was signed in our name and changed on the way: what forwarders\n               and lists do.");
	assert_says(text, "\nRule           signature-broken\n");
	text = on_terminal(b, arena_printf(&b->arena, "/api/v1/explain/%s", id), NULL, 0);
	assert_says(text, "\nKnown besides  the receiver delivered it\n");
}

static void test_what_is_no_row_is_not_explained(void **state)
{
	struct bench *b = *state;
	int status;

	put(b);
	page_get(b, "/api/v1/explain/99-1-1", &status);
	assert_int_equal(status, 404);
	page_get(b, "/api/v1/explain/x", &status);
	assert_int_equal(status, 404);
}

static void test_likely_spoofing_is_told_with_its_reasons(void **state)
{
	struct bench *b = *state;
	const char *page;

	put(b);
	page = page_get(b, "/?period=all&format=html", NULL);
	assert_says(page, "verdict=spoofing\" data-n=\"4\">4</a></b> of the unknown are likely spoofing: both checks fail,");
	page = page_get(b, "/sources?period=all&format=html", NULL);
	assert_says(page, "verdict=spoofing\" data-n=\"4\">4</a></b> of them are likely spoofing: both checks fail,");
	assert_says(page_get(b, "/api/v1/summary?period=all", NULL), "\"likely_spoofing\":4");
	assert_says(page_get(b, "/api/v1/records?period=all&verdict=spoofing", NULL), "\"ip\":\"203.0.113.200\"");
}

static void test_a_sender_shows_its_verdicts_and_what_carries_it(void **state)
{
	struct bench *b = *state;
	const char *json;

	put(b);
	json = page_get(b, "/api/v1/sources/relays?period=all", NULL);
	assert_says(strstr(json, "\"states\":"), "\"key\":\"breaks\",\"label\":\"Nothing: it breaks\",\"messages\":42");
	assert_says(strstr(json, "\"verdicts\":"), "\"key\":\"ours-unfixed\",\"label\":\"Ours, unfixed\",\"messages\":42");
	assert_true(assert_numbers_lead_to_rows(b, "/sources/relays?period=all&format=html") > 8);
	json = page_get(b, "/api/v1/sources/unknown?period=all", NULL);
	assert_says(strstr(json, "\"verdicts\":"), "\"key\":\"spoofing\",\"label\":\"Likely spoofing\",\"messages\":4");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_what_each_rule_decided_adds_up),
		bench_test(test_a_row_is_explained_everywhere_alike),
		bench_test(test_what_is_no_row_is_not_explained),
		bench_test(test_likely_spoofing_is_told_with_its_reasons),
		bench_test(test_a_sender_shows_its_verdicts_and_what_carries_it),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("page_verdicts", tests, NULL, NULL);
}
