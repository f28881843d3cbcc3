/* test_systemd: what the service manager hands over is taken only where it is meant for this process, and what it is told
 * arrives, or is lost without harm. */
#include "daemon/systemd.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

enum { HANDED = 3 };

static void set_number(const char *name, long n)
{
	char text[32];

	snprintf(text, sizeof text, "%ld", n);
	setenv(name, text, 1);
}

static int teardown(void **state)
{
	unsetenv("NOTIFY_SOCKET");
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("WATCHDOG_PID");
	unsetenv("WATCHDOG_USEC");
	return 0;
}

/* --- notices --- */

/* A socket of that name, where '@' stands for a NUL: abstract. */
static int manager(const char *name)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	size_t n = strlen(name);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0 && n < sizeof at.sun_path);
	memcpy(at.sun_path, name, n);
	if (name[0] == '@')
		at.sun_path[0] = '\0';
	assert_int_equal(bind(fd, (struct sockaddr *)&at, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)), 0);
	return fd;
}

static void assert_hears(int fd, const char *expected)
{
	char text[64] = { 0 };

	assert_int_equal(recv(fd, text, sizeof text - 1, 0), strlen(expected));
	assert_string_equal(text, expected);
}

static void test_a_notice_reaches_a_named_socket(void **state)
{
	char folder[] = "/tmp/ruad-test-XXXXXX", name[64];
	int fd;

	assert_non_null(mkdtemp(folder));
	snprintf(name, sizeof name, "%s/notify", folder);
	fd = manager(name);
	setenv("NOTIFY_SOCKET", name, 1);
	systemd_notify("READY=1");
	systemd_notify("STOPPING=1");
	assert_hears(fd, "READY=1");
	assert_hears(fd, "STOPPING=1");
	close(fd);
	systemd_notify("READY=1"); /* nobody listens */
	unlink(name);
	systemd_notify("READY=1");
	rmdir(folder);
}

static void test_a_notice_reaches_an_abstract_socket(void **state)
{
	char name[64];
	int fd;

	snprintf(name, sizeof name, "@ruad-test-%d", (int)getpid());
	fd = manager(name);
	setenv("NOTIFY_SOCKET", name, 1);
	systemd_notify("RELOADING=1");
	assert_hears(fd, "RELOADING=1");
	close(fd);
}

static void test_a_name_that_cannot_be_is_passed_over(void **state)
{
	char longer[300];

	memset(longer, 'a', sizeof longer - 1);
	longer[0] = '/';
	longer[sizeof longer - 1] = '\0';
	setenv("NOTIFY_SOCKET", longer, 1);
	systemd_notify("READY=1");
	setenv("NOTIFY_SOCKET", "relative", 1);
	systemd_notify("READY=1");
	setenv("NOTIFY_SOCKET", "", 1);
	systemd_notify("READY=1");
	unsetenv("NOTIFY_SOCKET");
	systemd_notify("READY=1");
}

/* --- a socket that is handed over --- */

static void test_a_socket_for_another_process_is_not_taken(void **state)
{
	assert_int_equal(systemd_listening(), -1);
	set_number("LISTEN_FDS", 1);
	assert_int_equal(systemd_listening(), -1); /* whose it is, nobody said */
	set_number("LISTEN_FDS", 1);
	set_number("LISTEN_PID", (long)getpid() + 1);
	assert_int_equal(systemd_listening(), -1);
	assert_null(getenv("LISTEN_FDS"));
	assert_null(getenv("LISTEN_PID"));
}

static void test_a_socket_for_this_process_is_taken_once(void **state)
{
	int kept = fcntl(HANDED, F_DUPFD_CLOEXEC, HANDED + 10);

	assert_int_equal(dup2(STDERR_FILENO, HANDED), HANDED);
	set_number("LISTEN_FDS", 1);
	set_number("LISTEN_PID", getpid());
	assert_int_equal(systemd_listening(), HANDED);
	assert_true(fcntl(HANDED, F_GETFD) & FD_CLOEXEC);
	assert_null(getenv("LISTEN_FDS"));
	assert_int_equal(systemd_listening(), -1);
	if (kept >= 0) {
		dup2(kept, HANDED);
		close(kept);
	} else {
		close(HANDED);
	}
}

static void test_a_count_of_none_or_of_nonsense_is_none(void **state)
{
	static const char *const counts[] = { "0", "-1", "", "one", "1x", "99999999999999999999" };

	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		set_number("LISTEN_PID", getpid());
		setenv("LISTEN_FDS", counts[i], 1);
		assert_int_equal(systemd_listening(), -1);
	}
}

/* --- the watchdog --- */

static void test_the_watchdog_is_fed_twice_as_often_as_asked(void **state)
{
	assert_int_equal(systemd_watchdog_ms(), 0);
	set_number("WATCHDOG_USEC", 30 * 1000 * 1000);
	assert_int_equal(systemd_watchdog_ms(), 15 * 1000);
	set_number("WATCHDOG_PID", getpid());
	assert_int_equal(systemd_watchdog_ms(), 15 * 1000);
	set_number("WATCHDOG_PID", (long)getpid() + 1);
	assert_int_equal(systemd_watchdog_ms(), 0);
}

static void test_a_watchdog_of_nonsense_is_none(void **state)
{
	static const char *const times[] = { "0", "-5000000", "", "soon", "9223372036854775807" };

	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		setenv("WATCHDOG_USEC", times[i], 1);
		assert_int_equal(systemd_watchdog_ms(), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_a_notice_reaches_a_named_socket, teardown),
		cmocka_unit_test_teardown(test_a_notice_reaches_an_abstract_socket, teardown),
		cmocka_unit_test_teardown(test_a_name_that_cannot_be_is_passed_over, teardown),
		cmocka_unit_test_teardown(test_a_socket_for_another_process_is_not_taken, teardown),
		cmocka_unit_test_teardown(test_a_socket_for_this_process_is_taken_once, teardown),
		cmocka_unit_test_teardown(test_a_count_of_none_or_of_nonsense_is_none, teardown),
		cmocka_unit_test_teardown(test_the_watchdog_is_fed_twice_as_often_as_asked, teardown),
		cmocka_unit_test_teardown(test_a_watchdog_of_nonsense_is_none, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
