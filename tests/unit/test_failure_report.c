/* test_failure_report: a failure report arrives as it was sent, or not at all; the names of its fields stay. */
#include "schema/failure_report.h"

#include "base/text.h"
#include "same.h"
#include "sample.h"
#include "schema/limits.h"
#include "schema/wire.h"

static struct arena arena;
static struct buf wire;

static int setup(void **state)
{
	buf_init(&wire, 4 << 20);
	return 0;
}

static int clear(void **state)
{
	buf_clear(&wire);
	arena_release(&arena);
	return 0;
}

static int teardown(void **state)
{
	buf_release(&wire);
	return 0;
}

/* Every field with a value of its own. */
static struct failure_report full_report(void)
{
	struct failure_report r = { .file = SLICE("mail.eml"), .member = SLICE("part2") };

	for (int f = 0; f < FAILURE_FIELDS; f++)
		r.field[f] = slice_of(arena_printf(&arena, "value \xc3\xa9 %d", f));
	return r;
}

static void assert_same(const struct failure_report *a, const struct failure_report *b)
{
	assert_true(slice_eq(a->file, b->file));
	assert_true(slice_eq(a->member, b->member));
	for (int f = 0; f < FAILURE_FIELDS; f++)
		same_text(failure_field_name((enum failure_field)f), a->field[f], b->field[f]);
}

static void assert_arrives(const struct failure_report *r)
{
	struct failure_report back;

	buf_clear(&wire);
	memset(&back, 0x5a, sizeof back);
	assert_int_equal(failure_report_encode(&wire, r), 0);
	assert_int_equal(failure_report_decode(buf_slice(&wire), &back), 0);
	assert_same(r, &back);
}

static void test_every_field_arrives(void **state)
{
	struct failure_report r = full_report();

	assert_arrives(&r);
}

static void test_a_report_of_nothing_arrives(void **state)
{
	assert_arrives(&(struct failure_report){ 0 });
}

static void test_each_field_alone_arrives_in_its_own_place(void **state)
{
	for (int f = 0; f < FAILURE_FIELDS; f++) {
		struct failure_report r = { 0 };

		r.field[f] = SLICE("x");
		assert_arrives(&r);
		r.field[f] = SLICE(""); /* which is not absent */
		assert_arrives(&r);
		r.field[f] = sample_noise(&arena, LIMIT_XML_TEXT_BYTES);
		assert_arrives(&r);
	}
}

/* `out` untouched on failure (HOUSE). */
static void assert_refused(struct slice bytes)
{
	char *exact = malloc(bytes.len > 0 ? bytes.len : 1);
	struct failure_report r, untouched;

	assert_non_null(exact);
	if (bytes.len > 0)
		memcpy(exact, bytes.ptr, bytes.len);
	memset(&r, 0x5a, sizeof r);
	memset(&untouched, 0x5a, sizeof untouched);
	assert_int_equal(failure_report_decode((struct slice){ exact, bytes.len }, &r), -1);
	assert_memory_equal(&r, &untouched, sizeof r);
	free(exact);
}

static void test_no_cut_or_longer_wire_is_a_report(void **state)
{
	struct failure_report r = full_report();

	assert_int_equal(failure_report_encode(&wire, &r), 0);
	for (size_t n = 0; n < wire.len; n++)
		assert_refused((struct slice){ wire.data, n });
	buf_add_char(&wire, '\0');
	assert_refused(buf_slice(&wire));
	assert_int_equal(failure_report_decode((struct slice){ 0 }, &r), -1);
}

static void test_a_flipped_byte_is_refused_or_harmless(void **state)
{
	struct failure_report r = full_report(), back, same;
	struct buf again;

	assert_int_equal(failure_report_encode(&wire, &r), 0);
	buf_init(&again, 4 << 20);
	for (size_t i = 0; i < wire.len; i++)
		for (int bit = 0; bit < 8; bit++) {
			char *exact = malloc(wire.len);

			assert_non_null(exact);
			memcpy(exact, wire.data, wire.len);
			exact[i] = (char)(exact[i] ^ (1 << bit));
			if (failure_report_decode((struct slice){ exact, wire.len }, &back) == 0) {
				buf_clear(&again);
				assert_int_equal(failure_report_encode(&again, &back), 0);
				assert_int_equal(failure_report_decode(buf_slice(&again), &same), 0);
				assert_same(&back, &same);
			}
			free(exact);
		}
	buf_release(&again);
}

static void test_text_that_is_no_text_or_too_long_is_refused(void **state)
{
	const struct slice bad[] = { SLICE("a\0b"), SLICE("\xff"), SLICE("\xc3"), sample_noise(&arena, LIMIT_XML_TEXT_BYTES + 1) };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		for (int f = -2; f < FAILURE_FIELDS; f++) {
			struct failure_report r = full_report();

			*(f == -2 ? &r.file : f == -1 ? &r.member : &r.field[f]) = bad[i];
			buf_clear(&wire);
			assert_int_equal(failure_report_encode(&wire, &r), 0);
			assert_refused(buf_slice(&wire));
		}
}

static void test_a_full_buffer_is_said(void **state)
{
	struct failure_report r = full_report();
	struct buf small;
	size_t whole;

	assert_int_equal(failure_report_encode(&wire, &r), 0);
	whole = wire.len;
	for (size_t ceiling = 0; ceiling <= whole; ceiling++) {
		buf_init(&small, ceiling);
		assert_int_equal(failure_report_encode(&small, &r), ceiling < whole ? -1 : 0);
		buf_release(&small);
	}
}

/* Keys of JSON lines, and of the report: who reads them must not find them renamed (INTERFACE, RFC 6591, 5965). */
static void test_the_names_of_fields_stay(void **state)
{
	static const char *const names[FAILURE_FIELDS][2] = {
		{ "feedback_type", "Feedback-Type" },
		{ "auth_failure", "Auth-Failure" },
		{ "reported_domain", "Reported-Domain" },
		{ "source_ip", "Source-IP" },
		{ "delivery_result", "Delivery-Result" },
		{ "identity_alignment", "Identity-Alignment" },
		{ "authentication_results", "Authentication-Results" },
		{ "dkim_domain", "DKIM-Domain" },
		{ "dkim_selector", "DKIM-Selector" },
		{ "spf_dns", "SPF-DNS" },
		{ "original_mail_from", "Original-Mail-From" },
		{ "arrival_date", "Arrival-Date" },
		{ "incidents", "Incidents" },
	};

	for (int f = 0; f < FAILURE_FIELDS; f++) {
		assert_string_equal(failure_field_key((enum failure_field)f), names[f][0]);
		assert_string_equal(failure_field_name((enum failure_field)f), names[f][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, clear)
		TEST(test_every_field_arrives),
		TEST(test_a_report_of_nothing_arrives),
		TEST(test_each_field_alone_arrives_in_its_own_place),
		TEST(test_no_cut_or_longer_wire_is_a_report),
		TEST(test_a_flipped_byte_is_refused_or_harmless),
		TEST(test_text_that_is_no_text_or_too_long_is_refused),
		TEST(test_a_full_buffer_is_said),
		TEST(test_the_names_of_fields_stay),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("failure_report", tests, setup, teardown);
}
