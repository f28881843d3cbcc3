/* test_guard: one client cannot take all connections, however many addresses of its network it has, and nobody is shut out by what has
 * gone again. (Slow clients are cut in tests/http, where they are real.) */
#include "web/guard.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

enum { ALL = 8, EACH = 3, MOST = ALL + GUARD_EXCESS };

union from {
	struct sockaddr any;
	struct sockaddr_in four;
	struct sockaddr_in6 six;
	struct sockaddr_un local;
};

static struct connection_traffic counts;
static struct guard *guard;
static struct peer *peers[2 * MOST];
static int n;

static union from address(const char *text)
{
	union from from = { 0 };

	from.any.sa_family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
	assert_int_equal(inet_pton(from.any.sa_family, text,
				   from.any.sa_family == AF_INET ? (void *)&from.four.sin_addr : (void *)&from.six.sin6_addr),
			 1);
	return from;
}

/* Whether it is let in and, in `excess`, whether only to be refused. */
static bool connects(union from from, bool *excess)
{
	if (!guard_admits(guard, &from.any))
		return false;
	peers[n] = guard_add(guard, -1, &from.any);
	*excess = peer_is_excess(peers[n++]);
	return true;
}

static void assert_served(const char *text, bool served)
{
	bool excess = false;

	assert_true(connects(address(text), &excess));
	if (excess == served)
		fail_msg("%s: %s", text, served ? "refused" : "served");
}

static int setup(void **state)
{
	(void)state;
	memset(&counts, 0, sizeof counts);
	n = 0;
	guard = guard_start(ALL, EACH, &counts, NULL, NULL);
	return guard != NULL ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	while (n > 0)
		guard_drop(guard, peers[--n]);
	assert_int_equal(atomic_load(&counts.open), 0);
	guard_stop(guard);
	return 0;
}

static void test_an_address_has_its_share(void **state)
{
	(void)state;
	for (int i = 0; i < EACH; i++)
		assert_served("192.0.2.1", true);
	assert_served("192.0.2.1", false);
	assert_served("192.0.2.2", true);
	assert_int_equal(atomic_load(&counts.open), EACH + 2);
}

static void test_all_together_have_theirs(void **state)
{
	char text[16];

	(void)state;
	for (int i = 0; i < ALL; i++) {
		snprintf(text, sizeof text, "192.0.2.%d", i);
		assert_served(text, true);
	}
	assert_served("192.0.2.200", false);
	guard_drop(guard, peers[--n]);
	guard_drop(guard, peers[--n]);
	assert_served("192.0.2.201", true);
}

static void test_a_network_of_64_bits_is_one_client(void **state)
{
	(void)state;
	assert_served("2001:db8::1", true);
	assert_served("2001:db8::2:1", true);
	assert_served("2001:db8:0:0:ffff::", true);
	assert_served("2001:db8::4", false);
	assert_served("2001:db8:0:1::1", true);
}

static void test_ipv4_within_ipv6_is_told_apart(void **state)
{
	(void)state;
	for (int i = 0; i < EACH; i++)
		assert_served("::ffff:192.0.2.1", true);
	assert_served("::ffff:192.0.2.1", false);
	assert_served("192.0.2.1", false);
	assert_served("::ffff:192.0.2.2", true);
}

static void test_a_local_socket_has_no_address_to_share(void **state)
{
	union from local = { .local = { .sun_family = AF_UNIX } };
	bool excess;

	(void)state;
	for (int i = 0; i < ALL; i++) {
		assert_true(connects(local, &excess));
		assert_false(excess);
	}
	assert_true(connects(local, &excess));
	assert_true(excess);
}

static void test_far_too_many_find_the_door_closed(void **state)
{
	bool excess;

	(void)state;
	for (int i = 0; i < EACH + GUARD_EXCESS; i++)
		assert_true(connects(address("192.0.2.1"), &excess));
	assert_false(connects(address("192.0.2.1"), &excess));
	assert_true(connects(address("192.0.2.2"), &excess));
	assert_int_equal(atomic_load(&counts.turned_away), 1);
	guard_drop(guard, peers[--n]);
	guard_drop(guard, peers[--n]);
	assert_true(connects(address("192.0.2.1"), &excess));
}

static void test_who_has_just_come_is_waited_for(void **state)
{
	(void)state;
	assert_false(guard_expects(guard));
	assert_served("192.0.2.1", true);
	assert_true(guard_expects(guard));
	peer_at(peers[0], PEER_HEAD);
	assert_false(guard_expects(guard));
}

int main(void)
{
#define EACH_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		EACH_TEST(test_an_address_has_its_share),
		EACH_TEST(test_all_together_have_theirs),
		EACH_TEST(test_a_network_of_64_bits_is_one_client),
		EACH_TEST(test_ipv4_within_ipv6_is_told_apart),
		EACH_TEST(test_a_local_socket_has_no_address_to_share),
		EACH_TEST(test_far_too_many_find_the_door_closed),
		EACH_TEST(test_who_has_just_come_is_waited_for),
	};

	return cmocka_run_group_tests_name("guard", tests, NULL, NULL);
}
