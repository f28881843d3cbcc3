/* test_endpoint: what goes out unencrypted goes to this machine only, however an address is spelled. */
#include "daemon/endpoint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void test_loopback_is_this_machine_only(void **state)
{
	static const char *const here[] = { "localhost", "LocalHost", "127.0.0.1",       "127.255.0.9",
					    "::1",       "[::1]",     "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1" };
	static const char *const elsewhere[] = { "",
						 "localhost.",
						 "localhost.univ.example",
						 "128.0.0.1",
						 "126.255.255.255",
						 "127.0.0.1.univ.example",
						 "127.1",
						 "0.0.0.0",
						 "::",
						 "::2",
						 "::1%eth0",
						 "fe80::1",
						 "::ffff:192.0.2.1",
						 "::127.0.0.1" };

	(void)state;
	for (size_t i = 0; i < sizeof here / sizeof *here; i++)
		if (!endpoint_is_loopback(slice_of(here[i])))
			fail_msg("\"%s\" is this machine", here[i]);
	for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
		if (endpoint_is_loopback(slice_of(elsewhere[i])))
			fail_msg("\"%s\" may be another machine", elsewhere[i]);
	assert_false(endpoint_is_loopback((struct slice){ 0 }));
	assert_false(endpoint_is_loopback((struct slice){ "127.0.0.1\0.univ.example", 23 }));
}

static void assert_url(const char *text, const char *scheme, const char *host, int port, const char *path)
{
	struct endpoint_url url;

	if (!endpoint_url(slice_of(text), &url))
		fail_msg("\"%s\" was refused", text);
	assert_true(slice_is(url.scheme, scheme));
	assert_true(slice_is(url.host, host));
	assert_true(slice_is(url.path, path));
	assert_int_equal(url.port, port);
}

static void test_the_host_of_a_url_is_where_it_leads(void **state)
{
	static const char *const junk[] = {
		"",
		"https",
		"https:",
		"https://",
		"https:///x",
		"://host",
		"host:443",
		"https://a b",
		"https://user@host/",
		"https://127.0.0.1@univ.example/",
		"https://host:/",
		"https://host:0/",
		"https://host:65536/",
		"https://host:-1/",
		"https://[::1",
		"https://[::1]443",
		"https://::1/",
		"https://[host]/",
		"https://ho\\st/",
		"https://host/\x01",
		"https://host/\xc3\xa9",
		"https://[]/",
		"https://[::1]]/",
		"https://a..b/",
	};
	struct endpoint_url url = { .port = 7 };

	(void)state;
	assert_url("https://login.example/token?a=b", "https", "login.example", 0, "/token?a=b");
	assert_url("https://login.example:8443", "https", "login.example", 8443, "");
	assert_url("http://[::1]:80/x", "http", "::1", 80, "/x");
	assert_url("http://[::1]/x", "http", "::1", 0, "/x");
	assert_url("https://univ.example#127.0.0.1", "https", "univ.example", 0, "#127.0.0.1");
	assert_url("https://univ.example?http://localhost", "https", "univ.example", 0, "?http://localhost");
	assert_url("smtp://127.0.0.1:2525", "smtp", "127.0.0.1", 2525, "");
	for (size_t i = 0; i < sizeof junk / sizeof *junk; i++)
		if (endpoint_url(slice_of(junk[i]), &url))
			fail_msg("\"%s\" was taken", junk[i]);
	assert_int_equal(url.port, 7);
	assert_false(endpoint_url((struct slice){ 0 }, &url));
}

static void test_hosts_are_names_or_whole_addresses(void **state)
{
	static const char *const good[] = { "imap.univ.example", "IMAP",        "xn--bcher-kva.example",
					    "192.0.2.1",         "2001:db8::1", "a_b" };
	static const char *const bad[] = { "",
					   ".",
					   "a.",
					   ".a",
					   "a b",
					   "a/b",
					   "a:b",
					   "[::1]",
					   "2001:db8::1::2",
					   "host:993",
					   "-\n",
					   "b\xc3\xbc"
					   "cher.example" };

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		if (!endpoint_is_host(slice_of(good[i])))
			fail_msg("\"%s\" was refused", good[i]);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (endpoint_is_host(slice_of(bad[i])))
			fail_msg("\"%s\" was taken", bad[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loopback_is_this_machine_only),
		cmocka_unit_test(test_the_host_of_a_url_is_where_it_leads),
		cmocka_unit_test(test_hosts_are_names_or_whole_addresses),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("endpoint", tests, NULL, NULL);
}
