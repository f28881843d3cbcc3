/* test_xml_lines: lines and records of a document are found where they lie, whatever the document looks like. */
#include "sample.h"

#include "web/xml_lines.h"

static const char document[] =
	"<?xml version=\"1.0\"?>\r\n<feedback>\n <record>\n  <row><source_ip> 192.0.2.1 </source_ip><count>2</count>\n"
	"<policy_evaluated><disposition>none</disposition><dkim>Fail</dkim><spf>pass</spf></policy_evaluated></row>\n"
	"<identifiers><header_from>Univ.example.</header_from></identifiers>\n"
	"<auth_results><dkim><domain>a</domain></dkim></auth_results></record><x:record>\n"
	"<x:source_ip>2001:DB8::1</x:source_ip></x:record>\n</feedback>";

static void test_lines_have_their_numbers(void **state)
{
	struct slice rest = slice_of(document);
	struct xml_line line;
	bool goes_on = false;
	int64_t number = 0, n = 0;

	while (xml_next_line(&rest, &number, &goes_on, &line))
		assert_int_equal(line.number, ++n);
	assert_int_equal(n, 9);
	assert_slice(line.text, "</feedback>");
	rest = SLICE("");
	assert_false(xml_next_line(&rest, &number, &goes_on, &line));
}

static void test_a_long_line_is_broken_and_nothing_is_lost(void **state)
{
	struct arena a = { 0 };
	char *text = arena_alloc(&a, 2001);
	struct slice rest = { text, 1000 };
	struct xml_line line;
	bool goes_on = false;
	int64_t number = 0;
	size_t sum = 0;

	for (int i = 0; i < 1000; i++)
		text[i] = i % 150 == 149 ? '>' : "\xc3\xa9"[i % 2];
	while (xml_next_line(&rest, &number, &goes_on, &line)) {
		assert_true(line.text.len <= XML_LINE_CHARS && line.text.len > 0);
		assert_int_equal(line.number, sum == 0 ? 1 : 0);
		assert_ptr_equal(line.text.ptr, text + sum);
		sum += line.text.len;
	}
	assert_int_equal(sum, 1000);
	assert_int_equal(number, 1);
	arena_release(&a);
}

static void test_records_are_found_with_their_lines(void **state)
{
	struct xml_record x;
	int64_t line = 1;
	size_t at = 0;

	assert_true(xml_next_record(slice_of(document), &at, &line, &x));
	assert_true(x.first == 3 && x.last == 7);
	assert_slice(xml_field(x.text, "source_ip"), "192.0.2.1");
	assert_slice(xml_field(x.text, "dkim"), "Fail");
	assert_null(xml_field(x.text, "envelope_from").ptr);
	assert_true(xml_next_record(slice_of(document), &at, &line, &x));
	assert_true(x.first == 7 && x.last == 8);
	assert_slice(xml_field(x.text, "source_ip"), "2001:DB8::1");
	assert_false(xml_next_record(slice_of(document), &at, &line, &x));
}

static void test_a_row_is_told_from_its_neighbours(void **state)
{
	const struct record row = { .ip = SLICE("192.0.2.1"), .header_from = SLICE("univ.example"), .disposition_raw = SLICE("none"),
				    .dkim_raw = SLICE("fail"), .spf_raw = SLICE("pass") };
	const struct record other = { .ip = SLICE("192.0.2.1"), .header_from = SLICE("chem.univ.example"), .disposition_raw = SLICE("none"),
				      .dkim_raw = SLICE("fail"), .spf_raw = SLICE("pass") };
	struct arena a = { 0 };
	struct xml_record x;
	int64_t line = 1;
	size_t at = 0;

	assert_true(xml_next_record(slice_of(document), &at, &line, &x));
	assert_true(xml_is_row(&a, &x, &row));
	assert_false(xml_is_row(&a, &x, &other));
	arena_release(&a);
}

static void test_what_is_broken_ends_it(void **state)
{
	static const char *const broken[] = { "", "<", "<record", "<record>", "<record></x>", "</record>", "< record></record>", "<:>", "<record><record", "x" };
	struct xml_record x;

	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
		int64_t line = 1;
		size_t at = 0;

		assert_false(xml_next_record(slice_of(broken[i]), &at, &line, &x));
		assert_null(xml_field(slice_of(broken[i]), "row").ptr);
	}
}

/* What a stranger can send: none of it may take longer than its length. */
static void test_a_document_is_read_once(void **state)
{
	static const char record[] = "--><record></record>";
	enum { CHARS = 8 * 1024 * 1024, END = CHARS - (int)(sizeof record - 1) };
	char *text = malloc(CHARS);
	struct slice all = { text, CHARS }, rest = all;
	struct xml_record x;
	struct xml_line one;
	bool goes_on = false;
	int64_t line = 1, number = 0;
	size_t at = 0;

	assert_non_null(text);
	memset(text, '<', CHARS);
	memcpy(text, "<!-- ", 5);
	memcpy(text + END, record, CHARS - END);
	assert_true(xml_next_record(all, &at, &line, &x));
	assert_ptr_equal(x.text.ptr, text + END + 3);
	assert_null(xml_field(all, "row").ptr);
	memset(text, 'x', CHARS);
	while (xml_next_line(&rest, &number, &goes_on, &one))
		;
	assert_int_equal(number, 1);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_have_their_numbers),
		cmocka_unit_test(test_a_long_line_is_broken_and_nothing_is_lost),
		cmocka_unit_test(test_records_are_found_with_their_lines),
		cmocka_unit_test(test_a_row_is_told_from_its_neighbours),
		cmocka_unit_test(test_what_is_broken_ends_it),
		cmocka_unit_test(test_a_document_is_read_once),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("xml_lines", tests, NULL, NULL);
}
