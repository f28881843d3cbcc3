/* test_outgoing: nothing goes where it may not, waits longer than it may, or ends a line of a protocol.
 * What servers answer is tested against some, in tests/oauth. */
#include "daemon/outgoing.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static bool always(void)
{
	return true;
}

/* A server that takes connections and never says a word. */
static int silent(int *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
	*port = ntohs(a.sin_port);
	return fd;
}

static int post(struct outgoing_post p, struct err *err)
{
	struct buf out;
	int status = 77, rc;

	p.content_type = p.content_type != NULL ? p.content_type : "application/json";
	p.body = SLICE("{}");
	buf_init(&out, 1024);
	rc = outgoing_post(&p, &status, &out, err);
	assert_int_equal(status, 77);
	buf_release(&out);
	return rc;
}

static void test_nothing_goes_where_it_may_not(void **state)
{
	static const char *const urls[] = { "http://192.0.2.1/",
					    "http://127.0.0.1.univ.example/",
					    "http://127.0.0.1@192.0.2.1/",
					    "ftp://127.0.0.1/",
					    "file:///etc/passwd",
					    "127.0.0.1",
					    "",
					    "https://",
					    "https://a:b@192.0.2.1/",
					    "http://[2001:db8::1]/",
					    "smtp://127.0.0.1",
					    "https://192.0.2.1:99999999/" };

	for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
		struct err err = { 0 };

		assert_int_equal(post((struct outgoing_post){ .url = urls[i], .timeout_ms = 1000 }, &err), -1);
		assert_int_equal(err.kind, ERR_USE);
	}
}

static void test_a_mail_goes_unencrypted_to_this_machine_only(void **state)
{
	const char *to[] = { "a@univ.example", NULL };
	struct outgoing_mail m = { .url = "smtp://192.0.2.1",
				   .from = "b@univ.example",
				   .to = to,
				   .message = SLICE("\r\n"),
				   .timeout_ms = 1000 };
	struct err err = { 0 };

	assert_int_equal(outgoing_mail(&m, &err), -1);
	assert_int_equal(err.kind, ERR_USE);
	m.url = "https://127.0.0.1/";
	assert_int_equal(outgoing_mail(&m, &err), -1);
	assert_int_equal(err.kind, ERR_USE);
}

static void test_nothing_ends_a_line_of_the_protocol(void **state)
{
	const char *to[] = { "a@univ.example", "b@univ.example>\r\nDATA", NULL }, *nobody[] = { NULL };
	struct outgoing_mail m = { .url = "smtps://127.0.0.1:1",
				   .from = "b@univ.example",
				   .to = to,
				   .message = SLICE("\r\n"),
				   .timeout_ms = 1000 };
	struct err err = { 0 };

	assert_int_equal(outgoing_mail(&m, &err), -1);
	assert_non_null(strstr(err.text, "recipients"));
	m.to = nobody;
	assert_int_equal(outgoing_mail(&m, &err), -1);
	m.to = &to[2] - 2;
	m.from = "b@univ.example\nX: y";
	assert_int_equal(outgoing_mail(&m, &err), -1);
	assert_non_null(strstr(err.text, "sender"));
	assert_int_equal(
		post((struct outgoing_post){ .url = "https://127.0.0.1:1/", .bearer = "a\r\nX: y", .timeout_ms = 1000 },
		     &err),
		-1);
	assert_non_null(strstr(err.text, "one line"));
	assert_null(strstr(err.text, "X: y"));
}

static void test_a_silent_server_is_not_waited_for_beyond_the_deadline(void **state)
{
	struct err err = { 0 };
	char url[64];
	int port, fd = silent(&port);

	snprintf(url, sizeof url, "http://127.0.0.1:%d/a-secret-path", port);
	assert_int_equal(post((struct outgoing_post){ .url = url, .timeout_ms = 100 }, &err), -1);
	assert_int_equal(err.kind, ERR_SYSTEM);
	assert_non_null(strstr(err.text, "127.0.0.1: no whole answer"));
	assert_null(strstr(err.text, "secret-path"));
	close(fd);
}

static void test_a_silent_server_is_not_waited_for_at_a_stop(void **state)
{
	struct err err = { 0 };
	char url[64];
	int port, fd = silent(&port);

	snprintf(url, sizeof url, "http://localhost:%d/", port);
	assert_int_equal(post((struct outgoing_post){ .url = url, .timeout_ms = 60000, .should_stop = always }, &err),
			 -1);
	assert_non_null(strstr(err.text, "to stop"));
	close(fd);
}

static void test_a_form_says_what_was_meant(void **state)
{
	struct buf form;

	buf_init(&form, 200);
	outgoing_form(&form, "a", SLICE("one & two=+%\r\n\xc3\xa4"));
	outgoing_form(&form, "b", SLICE(""));
	outgoing_form(&form, "c", SLICE("AZaz09-._~"));
	assert_true(slice_is(buf_slice(&form), "a=one%20%26%20two%3D%2B%25%0D%0A%C3%A4&b=&c=AZaz09-._~"));
	outgoing_form(&form, "d", (struct slice){ "\0", 1 });
	assert_true(slice_is((struct slice){ form.data + form.len - 5, 5 }, "d=%00"));
	buf_release(&form);
	buf_init(&form, 4);
	outgoing_form(&form, "a", SLICE("too long"));
	assert_true(form.full);
	buf_release(&form);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_goes_where_it_may_not),
		cmocka_unit_test(test_a_mail_goes_unencrypted_to_this_machine_only),
		cmocka_unit_test(test_nothing_ends_a_line_of_the_protocol),
		cmocka_unit_test(test_a_silent_server_is_not_waited_for_beyond_the_deadline),
		cmocka_unit_test(test_a_silent_server_is_not_waited_for_at_a_stop),
		cmocka_unit_test(test_a_form_says_what_was_meant),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("outgoing", tests, NULL, NULL);
}
