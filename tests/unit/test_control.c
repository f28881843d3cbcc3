/* test_control: messages between the parent and a role stay apart, descriptors arrive once, and nonsense leaks none.
 */
#include "daemon/control.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

struct ends {
	int pair[2];
};

static struct ends ends;

static int setup(void **state)
{
	*state = &ends;
	return control_pair(ends.pair);
}

static int teardown(void **state)
{
	for (int i = 0; i < 2; i++)
		if (ends.pair[i] >= 0)
			close(ends.pair[i]);
	return 0;
}

/* The next descriptor that would be given out: as long as it stays the same, none was lost. */
static int lowest_free(void)
{
	int fd = dup(STDERR_FILENO);

	close(fd);
	return fd;
}

static void test_messages_stay_apart(void **state)
{
	const struct control first = { CONTROL_RUN, 1, 2, 3 }, second = { CONTROL_ENDED, 4, -1, 0 };
	struct control m;
	int fds[CONTROL_FDS];

	assert_int_equal(control_send(ends.pair[0], &first, NULL, 0), 0);
	assert_int_equal(control_send(ends.pair[0], &second, NULL, 0), 0);
	assert_int_equal(control_receive(ends.pair[1], &m, fds), 1);
	assert_memory_equal(&m, &first, sizeof m);
	assert_int_equal(control_receive(ends.pair[1], &m, fds), 1);
	assert_memory_equal(&m, &second, sizeof m);
	assert_true(fds[0] == -1 && fds[1] == -1 && fds[2] == -1);
	assert_int_equal(control_receive(ends.pair[1], &m, fds), 0);
}

static void test_descriptors_arrive_and_stay_the_senders_too(void **state)
{
	const struct control sent = { CONTROL_RUN, 1, 0, 0 };
	struct control m;
	int pipes[2], fds[CONTROL_FDS], three[CONTROL_FDS];
	char byte = 0;

	assert_int_equal(pipe(pipes), 0);
	three[0] = pipes[0];
	three[1] = three[2] = pipes[1];
	assert_int_equal(control_send(ends.pair[0], &sent, three, CONTROL_FDS), 0);
	assert_int_equal(control_receive(ends.pair[1], &m, fds), 1);
	for (int i = 0; i < CONTROL_FDS; i++) {
		assert_true(fds[i] > STDERR_FILENO);
		assert_true(fcntl(fds[i], F_GETFD) & FD_CLOEXEC);
	}
	assert_int_equal(write(fds[1], "x", 1), 1);
	assert_int_equal(read(pipes[0], &byte, 1), 1);
	assert_int_equal(byte, 'x');
	for (int i = 0; i < CONTROL_FDS; i++)
		close(fds[i]);
	assert_int_equal(write(pipes[1], "y", 1), 1);
	close(pipes[0]);
	close(pipes[1]);
}

static void test_one_descriptor_leaves_the_others_absent(void **state)
{
	const struct control sent = { CONTROL_CONNECT, 0, 1, 2 };
	struct control m;
	int fds[CONTROL_FDS];

	assert_int_equal(control_send(ends.pair[0], &sent, &ends.pair[0], 1), 0);
	assert_int_equal(control_receive(ends.pair[1], &m, fds), 1);
	assert_true(fds[0] >= 0 && fds[1] == -1 && fds[2] == -1);
	close(fds[0]);
}

/* A message of another length, with descriptors. */
static void send_odd(int fd, size_t bytes, int n)
{
	char body[256] = { 0 };
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int) * 8)];
	} room = { 0 };
	struct iovec part = { body, bytes };
	struct msghdr head = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = room.bytes,
			       .msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)n) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&head);
	int *fds = (int *)(void *)CMSG_DATA(c);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)n);
	for (int i = 0; i < n; i++)
		fds[i] = STDERR_FILENO;
	assert_int_equal(sendmsg(fd, &head, 0), bytes);
}

static void test_nonsense_is_refused_and_leaks_no_descriptor(void **state)
{
	static const struct {
		size_t bytes;
		int fds;
	} odd[] = { { 1, 1 }, { sizeof(struct control) - 1, 3 }, { sizeof(struct control) + 1, 3 }, { 256, 2 },
		    { sizeof(struct control), 4 }, { sizeof(struct control), 8 } };
	struct control m;
	int fds[CONTROL_FDS], before = lowest_free();

	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		send_odd(ends.pair[0], odd[i].bytes, odd[i].fds);
		assert_int_equal(control_receive(ends.pair[1], &m, fds), -1);
		assert_int_equal(lowest_free(), before);
	}
}

static void test_an_end_that_is_gone_is_told_and_kills_nobody(void **state)
{
	const struct control sent = { CONTROL_ENDED, 1, 0, 0 };
	struct control m;
	int fds[CONTROL_FDS];

	close(ends.pair[1]);
	ends.pair[1] = -1;
	assert_int_equal(control_send(ends.pair[0], &sent, NULL, 0), -1);
	assert_int_equal(control_receive(ends.pair[0], &m, fds), -1);
}

static void test_who_does_not_read_is_not_waited_for(void **state)
{
	const struct control sent = { CONTROL_ENDED, 1, 0, 0 };
	int n = 0;

	while (n < 1000 * 1000 && control_send(ends.pair[0], &sent, NULL, 0) == 0)
		n++;
	assert_in_range(n, 1, 1000 * 1000 - 1);
	assert_int_equal(errno, EAGAIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_messages_stay_apart, setup, teardown),
		cmocka_unit_test_setup_teardown(test_descriptors_arrive_and_stay_the_senders_too, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_descriptor_leaves_the_others_absent, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nonsense_is_refused_and_leaks_no_descriptor, setup, teardown),
		cmocka_unit_test_setup_teardown(test_an_end_that_is_gone_is_told_and_kills_nobody, setup, teardown),
		cmocka_unit_test_setup_teardown(test_who_does_not_read_is_not_waited_for, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
