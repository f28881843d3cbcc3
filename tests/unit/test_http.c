/* test_http: a reload or a start by systemd never refuses a connection, since the socket that listens is not the server's. */
#include "web/web.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static int to_port(int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
		return fd;
	close(fd);
	return -1;
}

/* The asset needs no database: a server answers it as soon as it runs. */
static void ask(int fd)
{
	static const char request[] = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

	assert_int_equal(write(fd, request, sizeof request - 1), sizeof request - 1);
}

static void assert_answered(int fd)
{
	char answer[64] = "";

	assert_true(read(fd, answer, sizeof answer - 1) > 0);
	assert_memory_equal(answer, "HTTP/1.1 200 ", 13);
	close(fd);
}

static struct web *start(int listening, int port, int *port_out)
{
	struct web_config config = { .address = "127.0.0.1", .port = port, .database = "/nowhere/ruad.db", .listening = listening };
	struct web *web = NULL;
	struct err err;

	assert_int_equal(web_start(&config, &web, port_out, &err), 0);
	return web;
}

static void test_a_connection_between_two_servers_waits_and_is_answered(void **state)
{
	int listening, port, same, client;
	struct err err;
	struct web *web;

	(void)state;
	assert_int_equal(web_bind("127.0.0.1", 0, &listening, &port, &err), 0);
	web = start(listening, 0, &same);
	assert_int_equal(same, port);
	client = to_port(port);
	ask(client);
	assert_answered(client);
	web_stop(web);

	client = to_port(port);
	assert_true(client >= 0);
	ask(client);
	web = start(listening, 0, &same);
	assert_answered(client);
	web_stop(web);
	assert_int_equal(close(listening), 0);
	assert_int_equal(to_port(port), -1);
}

static void test_a_socket_of_its_own_is_closed_with_the_server(void **state)
{
	int port;
	struct web *web = start(-1, 0, &port);
	int client = to_port(port);

	(void)state;
	ask(client);
	assert_answered(client);
	web_stop(web);
	assert_int_equal(to_port(port), -1);
}

static void test_a_socket_that_waits_does_not_hold_up_the_server(void **state)
{
	int listening, port, same, client;
	struct err err;
	struct web *web;

	(void)state;
	assert_int_equal(web_bind("127.0.0.1", 0, &listening, &port, &err), 0);
	assert_int_equal(fcntl(listening, F_SETFL, 0), 0);
	web = start(listening, 0, &same);
	for (int i = 0; i < 10; i++) {
		client = to_port(port);
		ask(client);
		assert_answered(client);
	}
	web_stop(web);
	close(listening);
}

static void test_what_cannot_listen_is_said(void **state)
{
	struct web_config config = { .database = "/nowhere/ruad.db" };
	struct web *web;
	int fd, taken, port, other;
	struct err err;

	(void)state;
	assert_int_equal(web_bind("mail.univ.example", 0, &fd, &port, &err), -1);
	assert_int_equal(err.kind, ERR_USE);
	assert_int_equal(web_bind("127.0.0.1", 0, &taken, &port, &err), 0);
	assert_int_equal(web_bind("127.0.0.1", port, &fd, &other, &err), -1);
	assert_non_null(strstr(err.text, "in use"));
	close(taken);
	config.listening = taken;
	assert_int_equal(web_start(&config, &web, &other, &err), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_connection_between_two_servers_waits_and_is_answered),
		cmocka_unit_test(test_a_socket_of_its_own_is_closed_with_the_server),
		cmocka_unit_test(test_a_socket_that_waits_does_not_hold_up_the_server),
		cmocka_unit_test(test_what_cannot_listen_is_said),
	};

	return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
