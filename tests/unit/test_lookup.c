/* test_lookup: what a look-up found arrives as it was sent, or not at all; the sender is not believed. */
#include "schema/lookup.h"

#include "sample.h"
#include "schema/domain.h"
#include "schema/wire.h"

static struct buf wire;
static struct arena arena;

static int setup(void **state)
{
	buf_init(&wire, 1 << 20);
	return 0;
}

static int teardown(void **state)
{
	buf_release(&wire);
	arena_release(&arena);
	return 0;
}

static const struct address_found whole_address = { .addr = { [10] = 0xff, [11] = 0xff, [12] = 192, [14] = 2, [15] = 1 },
						    .result = LOOKUP_FOUND,
						    .name = { "mail.univ.example", 17 },
						    .asn = 4200000000,
						    .country = { "gb", 2 } };
static const struct name_found whole_name = { .name = { "_dmarc.univ.example", 19 },
					      .result = LOOKUP_FOUND,
					      .n = 3,
					      .text = { { "v=DMARC1; p=none", 16 }, { "", 0 }, { "a\tb\xc3\xbc", 5 } } };

static struct slice address_wire(const struct address_found *f)
{
	buf_clear(&wire);
	assert_int_equal(address_found_encode(&wire, f), 0);
	return buf_slice(&wire);
}

static struct slice name_wire(const struct name_found *f)
{
	buf_clear(&wire);
	assert_int_equal(name_found_encode(&wire, f), 0);
	return buf_slice(&wire);
}

static void test_every_field_of_an_address_arrives(void **state)
{
	const struct address_found cases[] = { whole_address, { .result = LOOKUP_NONE, .asn = 1 }, { .result = LOOKUP_RESULTS - 1 } };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct address_found back;

		assert_true(address_found_decode(address_wire(&cases[i]), &back));
		assert_memory_equal(back.addr, cases[i].addr, sizeof back.addr);
		assert_int_equal(back.result, cases[i].result);
		assert_true(back.asn == cases[i].asn);
		assert_true(slice_eq(back.name, cases[i].name) && slice_eq(back.country, cases[i].country));
	}
}

static void test_every_record_of_a_name_arrives(void **state)
{
	struct name_found cases[] = { whole_name, { .name = SLICE("a.b"), .result = LOOKUP_NONE },
				      { .name = SLICE("s1._domainkey.univ.example"), .result = LOOKUP_TIMEOUT },
				      { .name = SLICE("a.b"), .result = LOOKUP_FOUND, .n = LIMIT_DNS_RECORDS } };

	for (size_t k = 0; k < LIMIT_DNS_RECORDS; k++)
		cases[3].text[k] = sample_repeat(&arena, "x", k == 0 ? LIMIT_DNS_RECORD_BYTES : k);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct name_found back;

		assert_true(name_found_decode(name_wire(&cases[i]), &back));
		assert_true(slice_eq(back.name, cases[i].name));
		assert_int_equal(back.result, cases[i].result);
		assert_int_equal(back.n, cases[i].n);
		for (size_t k = 0; k < back.n; k++)
			assert_true(slice_eq(back.text[k], cases[i].text[k]));
	}
}

static void test_a_cut_or_longer_wire_is_refused_and_nothing_is_touched(void **state)
{
	struct address_found a = { .asn = 99 };
	struct name_found n = { .n = 99 };
	struct slice good = address_wire(&whole_address);

	for (size_t cut = 0; cut < good.len; cut++)
		assert_false(address_found_decode((struct slice){ good.ptr, cut }, &a));
	buf_add_char(&wire, '\0');
	assert_false(address_found_decode(buf_slice(&wire), &a));
	good = name_wire(&whole_name);
	for (size_t cut = 0; cut < good.len; cut++)
		assert_false(name_found_decode((struct slice){ good.ptr, cut }, &n));
	buf_add_char(&wire, '\0');
	assert_false(name_found_decode(buf_slice(&wire), &n));
	assert_true(a.asn == 99 && n.n == 99);
}

/* A look-up process that was taken over may send any of these. */
static void test_an_address_that_nobody_could_have_found_is_refused(void **state)
{
	struct address_found bad[8], back;

	for (size_t i = 0; i < 8; i++)
		bad[i] = whole_address;
	bad[0].result = LOOKUP_RESULTS;
	bad[1].result = LOOKUP_NONE; /* with a name */
	bad[2].name = (struct slice){ 0 };
	bad[3].name = SLICE("Mail.univ.example");
	bad[4].name = SLICE("mail..example");
	bad[5].asn = (int64_t)UINT32_MAX + 1;
	bad[6].country = SLICE("GB");
	bad[7].country = SLICE("gbr");
	for (size_t i = 0; i < 8; i++)
		assert_false(address_found_decode(address_wire(&bad[i]), &back));
}

static void test_a_record_that_is_no_line_is_refused(void **state)
{
	struct name_found bad[8], back;

	for (size_t i = 0; i < 8; i++)
		bad[i] = whole_name;
	bad[0].result = LOOKUP_NONE; /* with records */
	bad[1].n = 0;
	bad[2].name = SLICE("univ example.org");
	bad[3].text[1] = SLICE("two\nlines");
	bad[4].text[1] = SLICE("\x1b[31m");
	bad[5].text[1] = SLICE("\xff");
	bad[6].text[1] = (struct slice){ 0 };
	bad[7].text[1] = sample_repeat(&arena, "x", LIMIT_DNS_RECORD_BYTES + 1);
	for (size_t i = 0; i < 8; i++)
		assert_false(name_found_decode(name_wire(&bad[i]), &back));
}

static void test_more_records_than_the_limit_are_refused(void **state)
{
	struct name_found back;

	buf_clear(&wire);
	wire_put_slice(&wire, SLICE("a.b"));
	wire_put_uint(&wire, LOOKUP_FOUND);
	for (int i = 0; i <= LIMIT_DNS_RECORDS; i++) {
		wire_put_uint(&wire, 1);
		wire_put_slice(&wire, SLICE("x"));
	}
	wire_put_uint(&wire, 0);
	assert_false(name_found_decode(buf_slice(&wire), &back));
}

static void test_only_an_address_or_a_name_can_be_asked_for(void **state)
{
	unsigned char addr[16];
	struct slice name;

	assert_true(address_wanted_decode(SLICE("0123456789abcdef"), addr));
	assert_memory_equal(addr, "0123456789abcdef", 16);
	assert_false(address_wanted_decode(SLICE("0123456789abcde"), addr));
	assert_false(address_wanted_decode(SLICE(""), addr));
	assert_true(name_wanted_decode(SLICE("_dmarc.univ.example"), &name));
	assert_slice(name, "_dmarc.univ.example");
	assert_false(name_wanted_decode(SLICE("localhost"), &name));
	assert_false(name_wanted_decode(SLICE(""), &name));
}

static void test_every_result_has_words(void **state)
{
	for (int i = 0; i < LOOKUP_RESULTS; i++)
		assert_true(strlen(lookup_sentence((enum lookup_result)i)) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_field_of_an_address_arrives),
		cmocka_unit_test(test_every_record_of_a_name_arrives),
		cmocka_unit_test(test_a_cut_or_longer_wire_is_refused_and_nothing_is_touched),
		cmocka_unit_test(test_an_address_that_nobody_could_have_found_is_refused),
		cmocka_unit_test(test_a_record_that_is_no_line_is_refused),
		cmocka_unit_test(test_more_records_than_the_limit_are_refused),
		cmocka_unit_test(test_only_an_address_or_a_name_can_be_asked_for),
		cmocka_unit_test(test_every_result_has_words),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("lookup", tests, setup, teardown);
}
