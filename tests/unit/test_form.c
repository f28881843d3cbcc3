/* test_form: fields and files arrive as they were sent, and a body that is not what it says gives none. */
#include "web/form.h"

#include "sample.h"

static struct arena arena;
static struct form form;

static int teardown(void **state)
{
	arena_release(&arena);
	return 0;
}

static int encoded(const char *body)
{
	return form_read(&arena, SLICE("application/x-www-form-urlencoded; charset=utf-8"), slice_of(body), &form);
}

static int multipart(struct slice body)
{
	return form_read(&arena, SLICE("Multipart/Form-Data; boundary=\"b b\""), body, &form);
}

static void test_fields_are_decoded(void **state)
{
	assert_int_equal(encoded("name=Mail+team%2C%C3%BC&empty=&bare&name=second"), 0);
	assert_int_equal(form.n, 4);
	assert_slice(form_field(&form, "name"), "Mail team,\xc3\xbc");
	assert_slice(form_field(&form, "empty"), "");
	assert_slice(form_field(&form, "bare"), "");
	assert_slice(form_field(&form, "none"), NULL);
	assert_int_equal(encoded(""), 0);
	assert_int_equal(form.n, 0);
}

static void test_broken_fields_are_refused(void **state)
{
	static const char *const bodies[] = { "a=%", "a=%4", "a=%zz", "a=%00", "%00=1", "a=%ff", "a=%ed%a0%80" };

	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
		assert_int_equal(encoded(bodies[i]), -1);
}

static void test_more_fields_than_a_form_has_are_refused(void **state)
{
	assert_int_equal(form_read(&arena, SLICE("application/x-www-form-urlencoded"), sample_repeat(&arena, "a=1&", FORM_PARTS), &form), 0);
	assert_int_equal(form_read(&arena, SLICE("application/x-www-form-urlencoded"), sample_repeat(&arena, "a=1&", FORM_PARTS + 1), &form), -1);
}

static void test_files_keep_their_bytes(void **state)
{
	static const char body[] = "preamble\r\n--b b\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\nabc\r\n"
				   "--b b\r\ncontent-disposition: form-data; filename=\"C:\\mail\\a \\\"b\\\".xml\"; name=file\r\n"
				   "Content-Type: text/xml\r\n\r\n\0\r\n--b \xff\r\n\r\n--b b\r\n"
				   "Content-Disposition: form-data; name=\"file\"; filename=\"\"\r\n\r\n\r\n--b b--\r\nepilogue";

	assert_int_equal(multipart((struct slice){ body, sizeof body - 1 }), 0);
	assert_int_equal(form.n, 3);
	assert_slice(form_field(&form, "token"), "abc");
	assert_slice(form_field(&form, "file"), NULL);
	assert_slice(form.part[1].name, "file");
	assert_slice(form.part[1].file, "a \"b\".xml");
	assert_int_equal(form.part[1].value.len, 10);
	assert_memory_equal(form.part[1].value.ptr, "\0\r\n--b \xff\r\n", 10);
	assert_slice(form.part[2].file, "");
	assert_slice(form.part[2].value, "");
}

static void test_cut_multiparts_are_refused(void **state)
{
	static const char whole[] = "--b b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nvalue\r\n--b b--";

	assert_int_equal(multipart(slice_of(whole)), 0);
	assert_slice(form_field(&form, "a"), "value");
	for (size_t n = 0; n < sizeof whole - 1; n++)
		assert_int_equal(multipart((struct slice){ whole, n }), -1);
	assert_int_equal(multipart(SLICE("--b b\r\nX: y\r\n\r\nvalue\r\n--b b--")), -1);
	assert_int_equal(multipart(SLICE("--b b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\xff\r\n--b b--")), -1);
	assert_int_equal(form_read(&arena, SLICE("multipart/form-data"), slice_of(whole), &form), -1);
}

static int json(const char *body)
{
	return form_read(&arena, SLICE("application/json"), slice_of(body), &form);
}

static void test_members_of_an_object_are_fields(void **state)
{
	static const char *const bodies[] = { "", "[]", "\"a\"", "{", "{\"a\":1.5}", "{\"a\":{}}", "{\"a\":[]}", "{\"a\":\"x\",\"a\":\"y\"}",
					      "{\"a\":\"\\u0000\"}", "{\"a\":\"\xff\"}", "{\"a\":true}", "{}{}" };

	assert_int_equal(json("{\"text\":\"it's \\u00fc\\\"\",\"days\":30,\"end_day\":null}"), 0);
	assert_int_equal(form.n, 3);
	assert_slice(form_field(&form, "text"), "it's \xc3\xbc\"");
	assert_slice(form_field(&form, "days"), "30");
	assert_slice(form_field(&form, "end_day"), "");
	assert_slice(form_field(&form, "day"), NULL);
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
		if (json(bodies[i]) != -1)
			fail_msg("taken: %s", bodies[i]);
}

static void test_the_type_says_what_it_is(void **state)
{
	assert_int_equal(form_kind(SLICE("application/json; charset=utf-8")), FORM_JSON);
	assert_int_equal(form_kind(SLICE("application/xml")), FORM_NONE);
	assert_int_equal(form_kind((struct slice){ 0 }), FORM_NONE);
	assert_int_equal(form_kind(SLICE("multipart/form-data ; boundary=x")), FORM_MULTIPART);
	assert_int_equal(form_kind(SLICE("APPLICATION/x-www-form-urlencoded")), FORM_ENCODED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields_are_decoded),
		cmocka_unit_test(test_broken_fields_are_refused),
		cmocka_unit_test(test_more_fields_than_a_form_has_are_refused),
		cmocka_unit_test(test_files_keep_their_bytes),
		cmocka_unit_test(test_cut_multiparts_are_refused),
		cmocka_unit_test(test_members_of_an_object_are_fields),
		cmocka_unit_test(test_the_type_says_what_it_is),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("form", tests, NULL, teardown);
}
