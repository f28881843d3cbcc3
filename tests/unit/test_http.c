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

/* --- what others are asked --- */

static struct web *asking;
static uint32_t asked;
static int asked_count;
static char asked_rest[64];
static int ask_answers = 1; /* 1 at once, 0 later, -1 not at all */

static int be_asked(void *ctx, uint32_t number, enum ask_kind kind, struct slice head, struct slice rest)
{
	(void)ctx;
	(void)head;
	assert_int_equal(kind, ASK_UPLOAD);
	asked = number;
	snprintf(asked_rest, sizeof asked_rest, "%.*s", (int)rest.len, rest.ptr);
	__atomic_add_fetch(&asked_count, 1, __ATOMIC_SEQ_CST);
	if (ask_answers == 1)
		web_told(asking, number, SLICE(""));
	return ask_answers < 0 ? -1 : 0;
}

static void start_asking(int *port)
{
	struct web_config config = { .address = "127.0.0.1", .database = "/nowhere/ruad.db", .listening = -1, .ask = be_asked };
	struct err err;

	asked_count = 0;
	assert_int_equal(web_start(&config, &asking, port, &err), 0);
}

static int send_text(int port, const char *text)
{
	int fd = to_port(port);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	return fd;
}

static void assert_status(int fd, const char *status)
{
	char answer[2048] = "";
	size_t n = 0;
	ssize_t got;

	while (n < 12 && (got = read(fd, answer + n, sizeof answer - 1 - n)) > 0)
		n += (size_t)got;
	if (memcmp(answer, "HTTP/1.1 ", 9) != 0 || memcmp(answer + 9, status, 3) != 0)
		fail_msg("%s expected, not %s", status, answer);
	close(fd);
}

static const char upload[] = "POST /api/v1/ingest HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nsome mail";

static void test_a_body_waits_for_another_s_word(void **state)
{
	int port, fd;

	start_asking(&port);
	for (ask_answers = -1; ask_answers <= 1; ask_answers++) {
		asked_rest[0] = '\0';
		fd = send_text(port, upload);
		if (ask_answers == 0) {
			while (__atomic_load_n(&asked_count, __ATOMIC_SEQ_CST) < 2)
				usleep(1000);
			web_told(asking, asked + 1, SLICE("for nobody"));
			web_told(asking, asked, SLICE(""));
		}
		assert_status(fd, ask_answers < 0 ? "503" : "422");
		assert_string_equal(asked_rest, "some mail");
	}
	web_stop(asking);
}

static void test_whoever_waits_is_told_at_the_end(void **state)
{
	int port, fd;

	start_asking(&port);
	ask_answers = 0;
	fd = send_text(port, upload);
	while (__atomic_load_n(&asked_count, __ATOMIC_SEQ_CST) < 1)
		usleep(1000);
	web_stop(asking);
	assert_status(fd, "503");
}

static void test_bodies_that_are_not_taken_are_refused(void **state)
{
	static const struct {
		const char *status, *request;
	} cases[] = {
		{ "405", "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx" },
		{ "405", "GET /api/v1/ingest/1/retry HTTP/1.1\r\nHost: localhost\r\n\r\n" },
		{ "404", "PUT /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n" },
		{ "501", "BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n" },
		{ "400", "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx" },
		{ "400", "POST /api/v1/ingest HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" },
		{ "413", "POST /api/v1/ingest HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\nx" },
		{ "422", "POST /api/v1/ingest HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n" },
		{ "422", "POST /api/v1/ingest HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n" },
	};
	int port;

	start_asking(&port);
	ask_answers = 1;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_status(send_text(port, cases[i].request), cases[i].status);
	web_stop(asking);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_connection_between_two_servers_waits_and_is_answered),
		cmocka_unit_test(test_a_socket_of_its_own_is_closed_with_the_server),
		cmocka_unit_test(test_a_socket_that_waits_does_not_hold_up_the_server),
		cmocka_unit_test(test_what_cannot_listen_is_said),
		cmocka_unit_test(test_a_body_waits_for_another_s_word),
		cmocka_unit_test(test_whoever_waits_is_told_at_the_end),
		cmocka_unit_test(test_bodies_that_are_not_taken_are_refused),
	};

	return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
