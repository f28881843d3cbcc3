/* test_reject: a refusal arrives as it was sent, or not at all; its codes keep their names. */
#include "schema/reject.h"

#include "sample.h"

static struct buf wire;

static int teardown(void **state)
{
	buf_release(&wire);
	return 0;
}

static struct slice encode(const struct reject *r)
{
	buf_release(&wire);
	buf_init(&wire, 10000);
	reject_encode(&wire, r);
	assert_false(wire.full);
	return buf_slice(&wire);
}

static const struct reject whole = { .code = REJECT_NOT_XML,
				     .file = { "a.xml", 5 },
				     .member = { "part1(\xc3\xbc)", 9 },
				     .line = 7,
				     .detail = { "not well-formed", 15 } };

static void assert_same(const struct reject *a, const struct reject *b)
{
	assert_int_equal(a->code, b->code);
	assert_true(slice_eq(a->file, b->file));
	assert_true(slice_eq(a->member, b->member));
	assert_true(slice_eq(a->detail, b->detail));
	assert_true(a->line == b->line);
}

static void test_every_field_arrives(void **state)
{
	const struct reject cases[] = {
		whole,
		{ .code = REJECT_EMPTY },
		{ .code = REJECT_CODES - 1, .file = SLICE(""), .member = SLICE(""), .detail = SLICE("") },
		{ .code = REJECT_TOO_DEEP, .member = SLICE("x"), .line = INT64_MAX },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct reject back = { 0 };

		assert_true(reject_decode(encode(&cases[i]), &back));
		assert_same(&back, &cases[i]);
	}
}

static void test_a_cut_or_longer_wire_is_refused_and_nothing_is_touched(void **state)
{
	struct slice good = encode(&whole);
	struct reject back = { .code = REJECT_FOREIGN, .line = 99 };

	for (size_t n = 0; n < good.len; n++) {
		char *exact = malloc(n + 1);

		assert_non_null(exact);
		memcpy(exact, good.ptr, n);
		assert_false(reject_decode((struct slice){ exact, n }, &back));
		free(exact);
	}
	buf_add_char(&wire, 'x');
	assert_false(reject_decode(buf_slice(&wire), &back));
	assert_int_equal(back.code, REJECT_FOREIGN);
	assert_true(back.line == 99 && back.file.ptr == NULL);
}

static void assert_inside(struct slice s, const char *bytes, size_t n)
{
	assert_true(s.ptr == NULL || (s.ptr >= bytes && s.ptr + s.len <= bytes + n));
	assert_true(s.ptr == NULL || memchr(s.ptr, '\0', s.len) == NULL);
}

static void test_no_flipped_byte_gets_past_the_checks(void **state)
{
	struct slice good = encode(&whole);
	char *copy = malloc(good.len);

	assert_non_null(copy);
	for (size_t i = 0; i < good.len; i++)
		for (int v = 0; v < 256; v++) {
			struct reject back;

			memcpy(copy, good.ptr, good.len);
			copy[i] = (char)v;
			if (!reject_decode((struct slice){ copy, good.len }, &back))
				continue;
			assert_true(back.code > REJECT_NONE && back.code < REJECT_CODES && back.line >= 0);
			assert_inside(back.file, copy, good.len);
			assert_inside(back.member, copy, good.len);
			assert_inside(back.detail, copy, good.len);
		}
	free(copy);
}

static void test_text_that_is_no_text_is_refused(void **state)
{
	struct reject r = whole, back;

	r.detail = (struct slice){ "a\0b", 3 };
	assert_false(reject_decode(encode(&r), &back));
	r.detail = SLICE("\xff");
	assert_false(reject_decode(encode(&r), &back));
	r.detail = SLICE("ok");
	r.code = REJECT_NONE;
	assert_false(reject_decode(encode(&r), &back));
	r.code = REJECT_CODES;
	assert_false(reject_decode(encode(&r), &back));
	r.code = REJECT_EMPTY;
	r.line = -1;
	assert_false(reject_decode(encode(&r), &back));
}

/* They are stored and filtered by: a new code may come, an old one may not change. */
static void test_the_names_of_codes_stay(void **state)
{
	static const char *const names[] = { "none",           "empty",          "no-report",   "too-large",
					     "too-many",       "too-deep",       "damaged",     "encrypted",
					     "doctype",        "not-xml",        "not-dmarc",   "not-json",
					     "failure-report", "foreign-domain", "parser-died", "too-slow" };

	assert_int_equal(sizeof names / sizeof *names, REJECT_CODES);
	for (int i = 0; i < REJECT_CODES; i++) {
		assert_string_equal(reject_name((enum reject_code)i), names[i]);
		assert_true(strlen(reject_sentence((enum reject_code)i)) > 5);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_field_arrives),
		cmocka_unit_test(test_a_cut_or_longer_wire_is_refused_and_nothing_is_touched),
		cmocka_unit_test(test_no_flipped_byte_gets_past_the_checks),
		cmocka_unit_test(test_text_that_is_no_text_is_refused),
		cmocka_unit_test(test_the_names_of_codes_stay),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("reject", tests, NULL, teardown);
}
