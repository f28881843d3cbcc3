/* test_errand: a configured command runs as it stands in the configuration and no other, what it says comes back, and one that
 * fails, talks too much or never ends costs its errand and nothing else. */
#include "base/clock.h"
#include "daemon/control.h"
#include "daemon/errand.h"
#include "schema/limits.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { ROOM_BYTES = 4096 };

static struct {
	struct config config;
	struct oauth_config oauth;
	struct err err;
	struct buf out;
	int control;
} t;

static int setup(void **state)
{
	memset(&t, 0, sizeof t);
	signal(SIGPIPE, SIG_IGN);
	config_defaults(&t.config);
	buf_init(&t.out, ROOM_BYTES);
	t.control = -1;
	return 0;
}

static int teardown(void **state)
{
	if (t.control >= 0)
		close(t.control);
	buf_release(&t.out);
	while (waitpid(-1, NULL, 0) > 0) /* the helper ends with its socket */
		;
	return 0;
}

static void start(const char *const *token, const char *const *alert)
{
	t.oauth = (struct oauth_config){ .name = "one", .flow = OAUTH_COMMAND, .command = token };
	t.config.oauth = &t.oauth;
	t.config.oauth_count = 1;
	t.config.alerts.command = alert;
	if ((t.control = errand_helper(&t.config, &t.err)) < 0)
		fail_msg("%s", t.err.text);
}

#define SHELL(script) ((const char *const[]){ "/bin/sh", "-c", script, NULL })

static int run(enum errand what, int index, const char *input)
{
	return errand_run(t.control, what, index, slice_of(input), &t.out, &t.err);
}

static void assert_said(const char *expected)
{
	struct slice said = buf_slice(&t.out);

	if (!slice_is(said, expected))
		fail_msg("\"%.*s\" is not \"%s\"", (int)said.len, said.ptr, expected);
}

static void assert_fails(int rc, const char *words)
{
	assert_int_equal(rc, -1);
	if (strstr(t.err.text, words) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", t.err.text, words);
}

static void test_what_a_command_prints_comes_back(void **state)
{
	start(SHELL("printf token; echo noise >&2"), NULL);
	assert_int_equal(run(ERRAND_TOKEN, 0, ""), 0);
	assert_said("token");
}

static void test_a_command_is_given_its_input_whole(void **state)
{
	static char input[300 * 1000 + 1];

	memset(input, 'a', sizeof input - 1);
	start(NULL, SHELL("wc -c"));
	assert_int_equal(run(ERRAND_ALERT, 0, input), 0);
	assert_said("300000\n");
}

static void test_a_command_that_reads_nothing_is_well(void **state)
{
	static char input[300 * 1000 + 1];

	memset(input, 'a', sizeof input - 1);
	start(NULL, SHELL("exec <&-; echo done"));
	assert_int_equal(run(ERRAND_ALERT, 0, input), 0);
	assert_said("done\n");
}

static void test_a_command_inherits_next_to_nothing(void **state)
{
	setenv("RUAD_TEST_SECRET", "s3cret", 1);
	start(SHELL("env | grep -c -v -E '^(PATH|LANG|PWD|_|SHLVL|OLDPWD)='; ls /proc/self/fd | wc -l"), NULL);
	assert_int_equal(run(ERRAND_TOKEN, 0, ""), 0);
	assert_said("0\n4\n"); /* its three streams, and what ls opened */
	unsetenv("RUAD_TEST_SECRET");
}

static void test_an_exit_code_is_told_with_the_last_line(void **state)
{
	start(SHELL("echo first >&2; printf 'no such\\033 account\\n\\n' >&2; exit 7"), NULL);
	assert_fails(run(ERRAND_TOKEN, 0, ""), "exit code 7");
	assert_non_null(strstr(t.err.text, "no such"));
	assert_null(strstr(t.err.text, "first"));
	assert_null(strchr(t.err.text, '\033'));
}

static void test_words_without_end_are_cut(void **state)
{
	start(SHELL("head -c 1000000 /dev/zero | tr '\\0' x >&2; echo >&2; echo last words >&2; exit 1"), NULL);
	assert_fails(run(ERRAND_TOKEN, 0, ""), "last words");
}

static void test_a_signal_is_told(void **state)
{
	start(SHELL("kill -TERM $$"), NULL);
	assert_fails(run(ERRAND_TOKEN, 0, ""), "signal 15");
}

static void test_output_over_the_ceiling_is_an_error(void **state)
{
	start(SHELL("head -c 100000 /dev/zero"), NULL);
	assert_fails(run(ERRAND_TOKEN, 0, ""), "more than 4096 bytes");
}

static void test_a_command_that_is_not_there_is_told(void **state)
{
	start((const char *const[]){ "/nonexistent/command", NULL }, NULL);
	assert_fails(run(ERRAND_TOKEN, 0, ""), "/nonexistent/command: No such file or directory");
}

static void test_what_the_configuration_does_not_name_is_not_run(void **state)
{
	static const struct {
		int what, index;
	} none[] = { { ERRAND_TOKEN, 1 }, { ERRAND_TOKEN, -1 }, { ERRAND_TOKEN, 1 << 30 }, { ERRAND_ALERT, 0 },
		     { ERRAND_ALERT, 1 }, { 77, 0 } };

	start(SHELL("echo ran"), NULL);
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		assert_fails(run((enum errand)none[i].what, none[i].index, ""), "could not be started");
	assert_int_equal(run(ERRAND_TOKEN, 0, ""), 0); /* the helper lives on */
	assert_said("ran\n");
}

static void test_a_message_without_its_descriptors_runs_nothing(void **state)
{
	const struct control ask = { CONTROL_RUN, 99, ERRAND_TOKEN, 0 };
	struct control m = { 0 };
	int fds[CONTROL_FDS], rc;

	start(SHELL("echo ran"), NULL);
	assert_int_equal(control_send(t.control, &ask, NULL, 0), 0);
	while ((rc = control_receive(t.control, &m, fds)) == 0)
		usleep(1000);
	assert_int_equal(rc, 1);
	assert_true(m.kind == CONTROL_ENDED && m.number == 99 && m.a == -1);
}

static int wait_for_number(const char *path)
{
	int64_t until_ms = clock_ms() + 10 * 1000;
	int pid = 0;

	while (clock_ms() < until_ms) {
		FILE *f = fopen(path, "r");
		int n = f != NULL ? fscanf(f, "%d", &pid) : 0;

		if (f != NULL)
			fclose(f);
		if (n == 1)
			return pid;
		usleep(1000);
	}
	return 0;
}

static bool wait_until_gone(pid_t pid)
{
	int64_t until_ms = clock_ms() + 10 * 1000;
	char path[64], state = 'Z';
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	while (clock_ms() < until_ms && (f = fopen(path, "r")) != NULL) {
		if (fscanf(f, "%*d %*s %c", &state) == 1 && state == 'Z') { /* nobody of ours has to reap it */
			fclose(f);
			return true;
		}
		fclose(f);
		usleep(1000);
	}
	return clock_ms() < until_ms;
}

/* It leaves a child behind in its group, which holds its streams open, and writes down who that is. */
static void test_a_command_without_end_is_ended_with_all_it_started(void **state)
{
	char path[] = "/tmp/ruad-test-XXXXXX", script[128];
	pid_t child;

	close(mkstemp(path));
	snprintf(script, sizeof script, "sleep 600 & echo $! >%s; wait", path);
	start(SHELL(script), NULL);
	assert_fails(run(ERRAND_TOKEN, 0, ""), "10 s");
	child = wait_for_number(path);
	assert_true(child > 0 && wait_until_gone(child));
	unlink(path);
}

static void test_commands_end_with_whoever_asked(void **state)
{
	const struct control ask = { CONTROL_RUN, 1, ERRAND_TOKEN, 0 };
	char path[] = "/tmp/ruad-test-XXXXXX", script[128];
	int null[] = { 0, 1, 2 };
	pid_t child;

	close(mkstemp(path));
	snprintf(script, sizeof script, "echo $$ >%s; exec sleep 600", path);
	start(SHELL(script), NULL);
	assert_int_equal(control_send(t.control, &ask, null, 3), 0);
	assert_true((child = wait_for_number(path)) > 0);
	close(t.control);
	t.control = -1;
	assert_true(wait_until_gone(child));
	unlink(path);
}

static void test_more_commands_than_there_is_room_for_are_refused(void **state)
{
	struct control ask = { CONTROL_RUN, 0, ERRAND_TOKEN, 0 }, m = { 0 };
	int null[] = { 0, 1, 2 }, fds[CONTROL_FDS], rc;

	start(SHELL("exec sleep 600"), NULL);
	for (ask.number = 1; ask.number <= ERRANDS + 1; ask.number++)
		assert_int_equal(control_send(t.control, &ask, null, 3), 0);
	while ((rc = control_receive(t.control, &m, fds)) == 0)
		usleep(1000);
	assert_int_equal(rc, 1);
	assert_true(m.kind == CONTROL_ENDED && m.number == ERRANDS + 1 && m.a == -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_a_command_prints_comes_back, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_command_is_given_its_input_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_command_that_reads_nothing_is_well, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_command_inherits_next_to_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_an_exit_code_is_told_with_the_last_line, setup, teardown),
		cmocka_unit_test_setup_teardown(test_words_without_end_are_cut, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_signal_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(test_output_over_the_ceiling_is_an_error, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_command_that_is_not_there_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_the_configuration_does_not_name_is_not_run, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_message_without_its_descriptors_runs_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_command_without_end_is_ended_with_all_it_started, setup, teardown),
		cmocka_unit_test_setup_teardown(test_commands_end_with_whoever_asked, setup, teardown),
		cmocka_unit_test_setup_teardown(test_more_commands_than_there_is_room_for_are_refused, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
