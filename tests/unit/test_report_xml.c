/* test_report_xml: a report written anew reads as the same, hostile text stays text, and an extract has nothing of others. */
#include "store_sample.h"

#include "web/report_xml.h"
#include "web/xml_out.h"

#include <string.h>

static void put(struct bench *b)
{
	struct store *s = sample_open(b, sample_rules(b));
	struct report *r = sample_report(b, "a&b<c>", SAMPLE_DAY);

	note_add(&b->arena, &r->errors, SLICE("of maths.univ.example"));
	sample_row(b, r, "192.0.2.1", 5);
	sample_row(b, r, "192.0.2.2", 7)->header_from = SLICE("chem.univ.example");
	sample_reason(b, r->rows, "local_policy", "</comment><script>");
	sample_put(b, s, r);
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
}

static const char *written(struct bench *b, struct names scope, int64_t id, int *rc)
{
	struct readers *readers = readers_new(b->db, b->list);
	struct page p = { .a = &b->arena, .readers = readers, .filter = { .scope = scope } };
	struct buf out;
	const char *text;

	buf_init(&out, 1 << 20);
	*rc = report_xml(&p, id, &out, &b->err);
	text = arena_printf(&b->arena, "%.*s", (int)out.len, out.data);
	buf_release(&out);
	arena_release(&p.portion);
	readers_free(readers);
	return text;
}

static void test_hostile_text_stays_text(void **state)
{
	struct bench *b = *state;
	const char *text;
	int rc;

	put(b);
	text = written(b, (struct names){ 0 }, 1, &rc);
	assert_int_equal(rc, 1);
	assert_non_null(strstr(text, "<report_id>a&amp;b&lt;c&gt;</report_id>"));
	assert_non_null(strstr(text, "<comment>&lt;/comment&gt;&lt;script&gt;</comment>"));
	assert_non_null(strstr(text, "<header_from>chem.univ.example</header_from>"));
	assert_non_null(strstr(text, "this is not the document that was sent"));
	written(b, (struct names){ 0 }, 2, &rc);
	assert_int_equal(rc, 0);
}

static void test_an_extract_has_nothing_of_others(void **state)
{
	static const struct slice chem = { "chem.univ.example", 17 }, maths = { "maths.univ.example", 18 };
	struct bench *b = *state;
	const char *text;
	int rc;

	put(b);
	text = written(b, (struct names){ &chem, 1, false }, 1, &rc);
	assert_int_equal(rc, 1);
	assert_non_null(strstr(text, "<!-- Extract:"));
	assert_non_null(strstr(text, "<count>7</count>"));
	assert_null(strstr(text, "192.0.2.1<"));
	assert_null(strstr(text, "maths"));
	assert_null(strstr(text, "script"));
	written(b, (struct names){ &maths, 1, false }, 1, &rc);
	assert_int_equal(rc, 0);
}

static void test_what_xml_cannot_hold_is_replaced(void **state)
{
	struct xml_out x;
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	xml_out_init(&x, &out, NULL);
	xml_out_begin(&x, "a");
	xml_out_text(&x, "b", SLICE("\x01\xff\xef\xbf\xbf\r\"'"));
	xml_out_text(&x, "c", (struct slice){ 0 });
	xml_out_end(&x);
	buf_add_char(&out, '\0');
	assert_string_equal(out.data, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a>\n  <b>\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd&#13;\"'</b>\n</a>\n");
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_hostile_text_stays_text),
		bench_test(test_an_extract_has_nothing_of_others),
		bench_test(test_what_xml_cannot_hold_is_replaced),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("report_xml", tests, NULL, NULL);
}
