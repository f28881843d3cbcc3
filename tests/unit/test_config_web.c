/* test_config_web: who may come in is read as documented, and nothing but a loopback address is listened on where nobody signs in. */
#include "tests/unit/config_sample.h"

#include "web/web.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void test_every_key_lands_where_it_belongs(void **state)
{
	struct config c = good("web = { users_file = \"/etc/ruad/users\"; proxy_header = \"X-Remote-User\";\n"
			       " proxy_peers = [ \"127.0.0.1\", \"2001:db8::/32\" ]; proxy_role = \"team\"; scope_links = false;\n"
			       " session_hours = 8760; contact = \"Mail team\"; };");

	(void)state;
	assert_string_equal(c.web.users_file, "/etc/ruad/users");
	assert_string_equal(c.web.proxy_header, "X-Remote-User");
	assert_int_equal(c.web.proxies, 2);
	assert_int_equal(c.web.proxy[1].bits, 32);
	assert_int_equal(c.web.proxy_role, ACCESS_TEAM);
	assert_false(c.web.scope_links);
	assert_int_equal(c.web.session_hours, 8760);
	assert_string_equal(c.web.contact, "Mail team");
	assert_true(config_signs_in(&c));
}

static void test_mistakes_are_named(void **state)
{
	(void)state;
	BAD("web = { proxy_header = \"X Remote\"; };", ":1: web.proxy_header \"X Remote\" is no name of a header, such as \"X-Remote-User\"");
	BAD("web = { proxy_header = \"X-Remote-User\"; };",
		     ": web.proxy_header needs web.proxy_peers: the addresses of the proxy, for anybody else could send that header too");
	BAD("web = {\n proxy_header = \"X-Remote-User\"; proxy_peers = [ \"127.0.0.1\", \"proxy\" ]; };",
		     ":2: web.proxy_peers \"proxy\" is no address or network, such as \"127.0.0.1\" or \"192.0.2.0/28\"");
	BAD("web = { proxy_peers = \"127.0.0.1\"; };",
		     ": web.proxy_peers has no meaning without web.proxy_header or web.users_file");
}

static int listening(const char *address)
{
	int fd, port;

	assert_int_equal(web_bind(address, 0, &fd, &port, &err), 0);
	return fd;
}

static void test_without_sign_in_only_loopback_is_listened_on(void **state)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct config c;
	int loopback = listening("127.0.0.1"), all = listening("0.0.0.0"), un = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	config_defaults(&c);
	assert_int_equal(bind(un, (struct sockaddr *)&at, sizeof(sa_family_t)), 0);
	assert_int_equal(config_may_listen(&c, loopback, &err), 0);
	assert_int_equal(config_may_listen(&c, un, &err), 0);
	assert_int_equal(config_may_listen(&c, all, &err), -1);
	assert_int_equal(err.kind, ERR_USE);
	assert_non_null(strstr(err.text, "web.users_file"));
	c.web.users_file = "/etc/ruad/users";
	assert_int_equal(config_may_listen(&c, all, &err), 0);
	c.web.users_file = NULL;
	c.web.proxy_header = "X-Remote-User";
	assert_int_equal(config_may_listen(&c, all, &err), 0);
	close(loopback);
	close(all);
	close(un);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_key_lands_where_it_belongs),
		cmocka_unit_test(test_mistakes_are_named),
		cmocka_unit_test(test_without_sign_in_only_loopback_is_listened_on),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("config_web", tests, setup, teardown);
}
