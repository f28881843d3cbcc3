/* test_host: a page elsewhere whose name leads to this machine is not answered as if it were ours. */
#include "web/host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static const struct slice own[] = { { "ruad.univ.example", 17 }, { "ruad", 4 } };

static void test_addresses_and_localhost_are_ours(void **state)
{
	static const char *const good[] = { "127.0.0.1", "127.0.0.1:8080", "192.0.2.7", "[::1]", "[::1]:8080", "[2001:db8::7]:",
					    "localhost", "LocalHost:8080", "localhost." };

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		if (!host_is_ours(slice_of(good[i]), NULL, 0))
			fail_msg("\"%s\" was refused", good[i]);
}

static void test_names_are_ours_where_they_are_named(void **state)
{
	static const char *const good[] = { "ruad.univ.example", "RUAD.univ.EXAMPLE", "ruad.univ.example:8443", "ruad.univ.example.", "ruad:1" };

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		if (!host_is_ours(slice_of(good[i]), own, 2))
			fail_msg("\"%s\" was refused", good[i]);
		assert_false(host_is_ours(slice_of(good[i]), NULL, 0));
	}
}

static void test_all_else_is_not(void **state)
{
	static const char *const bad[] = { "", ":", ".", ":8080", "evil.example", "ruad.univ.example.evil.example", "xruad", "ruad.univ",
					   "127.0.0.1.evil.example", "127.0.0.1 evil", "127.0.0.1:80x", "127.1", "2130706433", "0x7f.1", "::1",
					   "[::1", "[::1]x", "[::1]:x", "[]", "[localhost]", "[127.0.0.1]", "localhost:80:80", "localhost/",
					   "user@localhost", "1234567890123456789012345678901234567890123456789012345678901234567890" };

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (host_is_ours(slice_of(bad[i]), own, 2))
			fail_msg("\"%s\" was taken", bad[i]);
	assert_false(host_is_ours((struct slice){ 0 }, own, 2));
	assert_false(host_is_ours((struct slice){ "localhost\0.evil", 15 }, own, 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses_and_localhost_are_ours),
		cmocka_unit_test(test_names_are_ours_where_they_are_named),
		cmocka_unit_test(test_all_else_is_not),
	};

	return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
