/* test_source_rule: addresses and networks as reports and ruad.conf write them. */
#include "schema/source_rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static const char *spelled(const char *text, char out[ADDRESS_TEXT_BYTES])
{
	unsigned char addr[16];

	return address_parse(slice_of(text), addr) ? address_text(out, addr) : "none";
}

static void assert_spelled(const char *text, const char *expected)
{
	char out[ADDRESS_TEXT_BYTES];

	assert_string_equal(spelled(text, out), expected);
}

static void test_one_address_has_one_spelling(void **state)
{
	(void)state;
	assert_spelled("192.0.2.1", "192.0.2.1");
	assert_spelled(" 192.0.2.1 ", "192.0.2.1");
	assert_spelled("\t192.0.2.1\r\n", "192.0.2.1");
	assert_spelled("::ffff:192.0.2.1", "192.0.2.1");
	assert_spelled("::FFFF:192.0.2.1", "192.0.2.1");
	assert_spelled("::ffff:c000:0201", "192.0.2.1");
	assert_spelled("0:0:0:0:0:ffff:192.0.2.1", "192.0.2.1");
	assert_spelled("[192.0.2.1]", "192.0.2.1");
	assert_spelled("2001:DB8::0:1", "2001:db8::1");
	assert_spelled("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1");
	assert_spelled(" [2001:db8::1] ", "2001:db8::1");
	assert_spelled("fe80::1%eth0", "fe80::1");
	assert_spelled("[fe80::1%25eth0]", "fe80::1");
	assert_spelled("::", "::");
	assert_spelled("0.0.0.0", "0.0.0.0");
	assert_spelled("255.255.255.255", "255.255.255.255");
	assert_spelled("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

static void test_junk_is_no_address(void **state)
{
	static const char *const junk[] = {
		"", " ", "[]", "[", "%", "%eth0", "mail.univ.example", "192.0.2", "192.0.2.256", "192.0.2.1.1",
		"192.0.2.-1",
		"192.0.2.1:25", "0x7f.1", "192.0.2.01", "3221225985", "192.0.2.1/32", "2001:db8::1::2", "2001:db8:",
		":1",
		"1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::", "[192.0.2.1", "192.0.2.1]", "[[192.0.2.1]]",
		"192.0. 2.1",
		"::ffff:192.0.2.256", "<script>",
		"0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000",
	};
	unsigned char addr[16] = { 1, 2, 3 };

	(void)state;
	for (size_t i = 0; i < sizeof junk / sizeof *junk; i++)
		if (address_parse(slice_of(junk[i]), addr))
			fail_msg("\"%s\" was taken for an address", junk[i]);
	assert_false(address_parse((struct slice){ 0 }, addr));
	assert_false(address_parse((struct slice){ "192.0.2.1\0", 10 }, addr));
	assert_false(address_parse((struct slice){ "192.0.2.1\0.evil", 15 }, addr));
}

static void test_a_slice_ends_at_its_length(void **state)
{
	char out[ADDRESS_TEXT_BYTES];
	unsigned char addr[16];
	struct network net;

	(void)state;
	assert_true(address_parse((struct slice){ "192.0.2.123", 9 }, addr));
	assert_string_equal(address_text(out, addr), "192.0.2.1");
	assert_true(network_parse((struct slice){ "192.0.2.0/24", 11 }, &net));
	assert_int_equal(net.bits, 96 + 2);
}

static void assert_network(const char *text, const char *first, int bits)
{
	char out[ADDRESS_TEXT_BYTES];
	struct network net;

	assert_true(network_parse(slice_of(text), &net));
	assert_string_equal(address_text(out, net.addr), first);
	assert_int_equal(net.bits, bits);
}

static void test_networks_are_read(void **state)
{
	(void)state;
	assert_network("192.0.2.0/24", "192.0.2.0", 120);
	assert_network("192.0.2.0/27", "192.0.2.0", 123);
	assert_network("192.0.2.7", "192.0.2.7", 128);
	assert_network("192.0.2.7/32", "192.0.2.7", 128);
	assert_network("2001:db8::/32", "2001:db8::", 32);
	assert_network("2001:db8::1", "2001:db8::1", 128);
	assert_network("2001:db8::1/128", "2001:db8::1", 128);
}

static void test_host_bits_do_not_matter(void **state)
{
	(void)state;
	assert_network("192.0.2.255/24", "192.0.2.0", 120);
	assert_network("192.0.2.77/27", "192.0.2.64", 123);
	assert_network("192.0.2.255/31", "192.0.2.254", 127);
	assert_network("2001:db8:ffff::1/33", "2001:db8:8000::", 33);
	assert_network("2001:db8:7fff::1/33", "2001:db8::", 33);
	assert_network("255.255.255.255/0", "0.0.0.0", 96);
	assert_network("ffff::/0", "::", 0);
	assert_network("::ffff:192.0.2.77/123", "192.0.2.64", 123);
}

static void test_junk_is_no_network(void **state)
{
	static const char *const junk[] = {
		"", "/", "/24", "192.0.2.0/", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/24/24", "192.0.2.0/x",
		"192.0.2.0/2x",
		"192.0.2.0/24 x", "192.0.2.0/255.255.255.0", "2001:db8::/129", "2001:db8::/-1",
		"192.0.2.0/99999999999999999999", "univ.example/24", "192.0.2/24", "192.0.2.0-192.0.2.9", "192.0.2.*",
	};
	struct network net;

	(void)state;
	for (size_t i = 0; i < sizeof junk / sizeof *junk; i++)
		if (network_parse(slice_of(junk[i]), &net))
			fail_msg("\"%s\" was taken for a network", junk[i]);
	assert_false(network_parse((struct slice){ 0 }, &net));
}

static void test_a_failed_reading_leaves_the_network_alone(void **state)
{
	struct network net = { .bits = 17 };

	(void)state;
	assert_false(network_parse(SLICE("192.0.2.0/33"), &net));
	assert_int_equal(net.bits, 17);
	assert_int_equal(net.addr[15], 0);
}

static bool holds(const char *network, const char *address)
{
	struct network net;
	unsigned char addr[16];

	assert_true(network_parse(slice_of(network), &net));
	assert_true(address_parse(slice_of(address), addr));
	return network_holds(&net, addr);
}

static void test_networks_end_where_they_should(void **state)
{
	(void)state;
	assert_true(holds("192.0.2.0/27", "192.0.2.0"));
	assert_true(holds("192.0.2.0/27", "192.0.2.31"));
	assert_false(holds("192.0.2.0/27", "192.0.2.32"));
	assert_false(holds("192.0.2.0/27", "192.0.1.31"));
	assert_true(holds("192.0.2.40/30", "192.0.2.43"));
	assert_false(holds("192.0.2.40/30", "192.0.2.44"));
	assert_false(holds("192.0.2.40/30", "192.0.2.39"));
	assert_true(holds("192.0.2.7", "192.0.2.7"));
	assert_false(holds("192.0.2.7", "192.0.2.6"));
	assert_true(holds("192.0.2.6/31", "192.0.2.7"));
	assert_true(holds("2001:db8::/33", "2001:db8:7fff::1"));
	assert_false(holds("2001:db8::/33", "2001:db8:8000::1"));
	assert_true(holds("2001:db8::/32", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"));
	assert_false(holds("2001:db8::/32", "2001:db9::"));
	assert_true(holds("2001:db8::1/128", "[2001:db8::1]"));
	assert_false(holds("2001:db8::1/128", "2001:db8::2"));
}

static void test_families_do_not_mix(void **state)
{
	(void)state;
	assert_true(holds("0.0.0.0/0", "203.0.113.9"));
	assert_true(holds("0.0.0.0/0", "::ffff:203.0.113.9"));
	assert_false(holds("0.0.0.0/0", "2001:db8::1"));
	assert_false(holds("0.0.0.0/0", "::1"));
	assert_true(holds("::/0", "2001:db8::1"));
	assert_true(holds("::/0", "203.0.113.9")); /* IPv4 lives in ::ffff:0:0/96, as in the store */
	assert_true(holds("192.0.2.0/24", "::ffff:192.0.2.9"));
	assert_true(holds("::ffff:192.0.2.0/120", "192.0.2.9"));
	assert_false(holds("2001:db8::/32", "192.0.2.9"));
}

static void assert_network_of(const char *address, const char *expected)
{
	char text[NETWORK_TEXT_BYTES];
	unsigned char addr[16];
	struct network net;

	assert_true(address_parse(slice_of(address), addr));
	network_of(addr, &net);
	assert_string_equal(network_text(text, &net), expected);
	assert_true(network_holds(&net, addr));
}

static void test_an_address_has_the_network_that_views_name(void **state)
{
	(void)state;
	assert_network_of("192.0.2.77", "192.0.2.0/24");
	assert_network_of("::ffff:198.51.100.255", "198.51.100.0/24");
	assert_network_of("0.0.0.1", "0.0.0.0/24");
	assert_network_of("2001:db8:25:ffff::1", "2001:db8:25::/48");
	assert_network_of("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff::/48");
	assert_network_of("::1", "::/48");
}

static void test_a_network_is_written_as_it_is_read(void **state)
{
	static const char *const texts[] = { "192.0.2.0/24", "192.0.2.7/32", "0.0.0.0/0",      "255.255.255.254/31",
					     "::/0",	     "::/95",	     "2001:db8::/32", "2001:db8::1/128",
					     "::1/128",	     "fe80::/10" };
	char text[NETWORK_TEXT_BYTES];
	struct network net;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		assert_true(network_parse(slice_of(texts[i]), &net));
		assert_string_equal(network_text(text, &net), texts[i]);
	}
	assert_true(network_parse(SLICE("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127"), &net));
	assert_string_equal(network_text(text, &net), "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127");
}

static void test_as_numbers_are_read(void **state)
{
	static const char *const junk[] = { "",	   "AS",      "AS0",	    "0",     "-1",   "+1",  "AS-1", "AS 64500",
					    "ASN1", "64500 x", "4294967296", "1.10", "0x10", "AS1AS", "AS64500,64501" };
	uint32_t n = 7;

	(void)state;
	for (size_t i = 0; i < sizeof junk / sizeof *junk; i++)
		if (asn_parse(slice_of(junk[i]), &n))
			fail_msg("\"%s\" was taken for an AS number", junk[i]);
	assert_false(asn_parse((struct slice){ 0 }, &n));
	assert_int_equal(n, 7);
	assert_true(asn_parse(SLICE("AS64500"), &n));
	assert_int_equal(n, 64500);
	assert_true(asn_parse(SLICE("as1"), &n));
	assert_int_equal(n, 1);
	assert_true(asn_parse(SLICE("4294967295"), &n));
	assert_int_equal(n, 4294967295);
}

static void test_kinds_keep_their_names(void **state)
{
	static const char *const names[KINDS] = { "ours", "service", "list", "forwarder", "unknown" };

	(void)state;
	for (int k = 0; k < KINDS; k++) {
		assert_string_equal(source_kind_name((enum source_kind)k), names[k]);
		assert_int_equal(source_kind_of(slice_of(names[k])), k);
	}
	assert_int_equal(source_kind_of(SLICE("Ours")), KINDS);
	assert_int_equal(source_kind_of(SLICE("our")), KINDS);
	assert_int_equal(source_kind_of(SLICE("")), KINDS);
	assert_int_equal(source_kind_of((struct slice){ 0 }), KINDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_address_has_one_spelling),
		cmocka_unit_test(test_junk_is_no_address),
		cmocka_unit_test(test_a_slice_ends_at_its_length),
		cmocka_unit_test(test_networks_are_read),
		cmocka_unit_test(test_host_bits_do_not_matter),
		cmocka_unit_test(test_junk_is_no_network),
		cmocka_unit_test(test_a_failed_reading_leaves_the_network_alone),
		cmocka_unit_test(test_networks_end_where_they_should),
		cmocka_unit_test(test_families_do_not_mix),
		cmocka_unit_test(test_an_address_has_the_network_that_views_name),
		cmocka_unit_test(test_a_network_is_written_as_it_is_read),
		cmocka_unit_test(test_as_numbers_are_read),
		cmocka_unit_test(test_kinds_keep_their_names),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("source_rule", tests, NULL, NULL);
}
