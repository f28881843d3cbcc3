/* test_http: a reload or a start by systemd never refuses a connection, since the socket that listens is not the server's. */
#include "web/web.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { ANSWER_BYTES = 16 * 1024 };

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

/* --- a field that comes twice --- */

static const struct web_user ann = { { "ann", 3 }, ACCESS_ADMIN, { "", 0 } };

/* One that believes the proxy that we are. */
static struct web *start_behind_us(int *port)
{
	static const struct network us = { .addr = { [10] = 0xff, [11] = 0xff, 127 }, .bits = 104 };
	const struct web_config config = { .address = "127.0.0.1", .database = "/nowhere/ruad.db", .listening = -1,
					   .access = { .on = true, .user = &ann, .users = 1, .proxy_header = "X-Remote-User",
						       .proxy = &us, .proxies = 1 } };
	struct web *web = NULL;
	struct err err;

	assert_int_equal(web_start(&config, &web, port, &err), 0);
	return web;
}

/* Its answer to a request with these fields. */
static int say(int port, const char *target, const char *fields, char answer[ANSWER_BYTES])
{
	char request[1024];
	int length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\n%sConnection: close\r\n\r\n", target, fields), fd = to_port(port);
	ssize_t n, at = 0;

	assert_int_equal(write(fd, request, (size_t)length), length);
	while ((n = read(fd, answer + at, (size_t)(ANSWER_BYTES - 1 - at))) > 0)
		at += n;
	answer[at] = '\0';
	close(fd);
	return atoi(answer + strlen("HTTP/1.1 "));
}

static void test_what_names_somebody_comes_once(void **state)
{
	static const char *const twice[] = {
		"Host: localhost\r\nX-Remote-User: ann\r\nX-Remote-User: nobody\r\n",
		"Host: localhost\r\nX-Remote-User: nobody\r\nx-remote-user: ann\r\n",
		"Host: localhost\r\nHost: evil.example\r\nX-Remote-User: ann\r\n",
		"Host: localhost\r\nX-Remote-User: ann\r\nContent-Length: 0\r\nContent-Length: 0\r\n",
		"Host: localhost\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n",
	};

	char answer[ANSWER_BYTES];
	int port;
	struct web *web = start_behind_us(&port);

	(void)state;
	assert_int_equal(say(port, "/settings", "Host: localhost\r\nX-Remote-User: ann\r\n", answer), 303);
	assert_int_equal(say(port, "/settings", "Host: localhost\r\nX-Remote-User: nobody\r\n", answer), 403);
	for (size_t i = 0; i < sizeof twice / sizeof *twice; i++)
		assert_int_equal(say(port, "/settings", twice[i], answer), 400);
	web_stop(web);
}

/* A form's token is of the address, where it is of nobody. */
static void read_token(int port, const char *forwarded, char token[33])
{
	static const char field[] = "name=\"form\" value=\"";
	char fields[256], answer[ANSWER_BYTES];
	const char *found;

	snprintf(fields, sizeof fields, "Host: localhost\r\n%s", forwarded);
	assert_int_equal(say(port, "/sign-in", fields, answer), 200);
	assert_non_null(found = strstr(answer, field));
	snprintf(token, 33, "%s", found + strlen(field));
}

static void test_a_proxy_s_own_line_is_the_last(void **state)
{
	char plain[33], listed[33], lines[33], other[33];
	int port;
	struct web *web = start_behind_us(&port);

	(void)state;
	read_token(port, "X-Forwarded-For: 203.0.113.1\r\n", plain);
	read_token(port, "X-Forwarded-For: 198.51.100.1, 203.0.113.1\r\n", listed);
	read_token(port, "X-Forwarded-For: 198.51.100.1\r\nx-forwarded-for: 203.0.113.1\r\n", lines);
	read_token(port, "X-Forwarded-For: 198.51.100.1\r\n", other);
	assert_string_equal(listed, plain);
	assert_string_equal(lines, plain);
	assert_string_not_equal(other, plain);
	web_stop(web);
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
		cmocka_unit_test(test_what_names_somebody_comes_once),
		cmocka_unit_test(test_a_proxy_s_own_line_is_the_last),
	};

	return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
