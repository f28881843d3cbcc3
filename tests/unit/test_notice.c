/* test_notice: a notice arrives as it was sent, or not at all; so does the word of who took it. */
#include "schema/notice.h"

#include "sample.h"
#include "schema/wire.h"

static struct buf wire;

static int teardown(void **state)
{
	buf_release(&wire);
	return 0;
}

static struct slice encode(const struct notice *n)
{
	buf_release(&wire);
	buf_init(&wire, 10000);
	notice_encode(&wire, n);
	assert_false(wire.full);
	return buf_slice(&wire);
}

static const struct notice whole = { .id = 7,
				     .kind = NOTICE_CLEARED,
				     .outlets = OUTLET_MAIL | OUTLET_COMMAND,
				     .since_s = 1726650720,
				     .rule = { "source-quiet", 12 },
				     .subject = { "reports", 7 },
				     .title = { "No report from \xc3\xbc", 17 },
				     .text = { "one\ntwo\n", 8 },
				     .path = { "/records", 8 } };

static void assert_same(const struct notice *a, const struct notice *b)
{
	assert_true(a->id == b->id && a->since_s == b->since_s);
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->outlets, b->outlets);
	assert_true(slice_eq(a->rule, b->rule));
	assert_true(slice_eq(a->subject, b->subject));
	assert_true(slice_eq(a->title, b->title));
	assert_true(slice_eq(a->text, b->text));
	assert_true(slice_eq(a->path, b->path));
}

static void test_every_field_arrives(void **state)
{
	const struct slice none = SLICE("");
	const struct notice cases[] = {
		whole,
		{ .id = 1, .rule = none, .subject = none, .title = none, .text = none, .path = none },
		{ INT64_MAX, NOTICE_DIGEST, OUTLETS_ALL, INT64_MIN, none, none, none, SLICE("\r\n"), none },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct notice back = { 0 };

		assert_true(notice_decode(encode(&cases[i]), &back));
		assert_same(&back, &cases[i]);
	}
}

static void test_a_cut_or_longer_wire_is_refused_and_nothing_is_touched(void **state)
{
	struct slice good = encode(&whole);
	struct notice back = { .id = 99 };

	for (size_t n = 0; n < good.len; n++)
		assert_false(notice_decode((struct slice){ good.ptr, n }, &back));
	buf_add_char(&wire, '\0');
	assert_false(notice_decode(buf_slice(&wire), &back));
	assert_true(back.id == 99 && back.title.ptr == NULL);
}

static void refuse(struct notice wrong)
{
	struct notice back;

	assert_false(notice_decode(encode(&wrong), &back));
}

static void test_what_no_store_says_is_refused(void **state)
{
	struct notice n = whole;

	n.id = 0;
	refuse(n);
	n = whole, n.kind = NOTICE_KINDS;
	refuse(n);
	n = whole, n.outlets = OUTLETS_ALL + 1;
	refuse(n);
	n = whole, n.path = (struct slice){ 0 };
	refuse(n);
	n = whole, n.title = SLICE("one\r\nBcc: other@example.org"); /* would be a header of a mail */
	refuse(n);
	n = whole, n.text = SLICE("\xff");
	refuse(n);
	n = whole, n.text = SLICE("a\0b");
	refuse(n);
}

static void test_word_of_who_took_it_arrives_or_is_refused(void **state)
{
	for (unsigned outlets = 0; outlets <= OUTLETS_ALL + 1; outlets++) {
		const struct told t = { outlets, outlets % 2 == 0 };
		struct told back = { 99, false };

		buf_release(&wire);
		buf_init(&wire, 100);
		told_encode(&wire, &t);
		assert_int_equal(told_decode(buf_slice(&wire), &back), outlets <= OUTLETS_ALL);
		assert_int_equal(back.outlets, outlets <= OUTLETS_ALL ? outlets : 99);
		assert_false(told_decode((struct slice){ wire.data, wire.len - 1 }, &back));
		buf_add_char(&wire, '\0');
		assert_false(told_decode(buf_slice(&wire), &back));
	}
}

static void test_kinds_keep_their_names(void **state)
{
	assert_string_equal(notice_kind_name(NOTICE_ALERT), "alert");
	assert_string_equal(notice_kind_name(NOTICE_CLEARED), "cleared");
	assert_string_equal(notice_kind_name(NOTICE_DIGEST), "digest");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_every_field_arrives, teardown),
		cmocka_unit_test_teardown(test_a_cut_or_longer_wire_is_refused_and_nothing_is_touched, teardown),
		cmocka_unit_test_teardown(test_what_no_store_says_is_refused, teardown),
		cmocka_unit_test_teardown(test_word_of_who_took_it_arrives_or_is_refused, teardown),
		cmocka_unit_test(test_kinds_keep_their_names),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("notice", tests, NULL, NULL);
}
