/* control: see control.h. */
#include "daemon/control.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union room { /* aligned as the system wants it */
	struct cmsghdr head;
	char bytes[CMSG_SPACE(sizeof(int) * CONTROL_FDS)];
};

int control_pair(int out[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, out);
}

int control_send(int fd, const struct control *m, const int *fds, int n)
{
	struct iovec part = { .iov_base = (void *)(uintptr_t)m, .iov_len = sizeof *m };
	struct msghdr head = { .msg_iov = &part, .msg_iovlen = 1 };
	union room room = { 0 };
	struct cmsghdr *c;

	if (n > 0) {
		head.msg_control = room.bytes;
		head.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)n);
		c = CMSG_FIRSTHDR(&head);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)n);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * (size_t)n);
	}
	return sendmsg(fd, &head, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)sizeof *m ? 0 : -1;
}

static void take_fds(struct msghdr *head, int fds[CONTROL_FDS])
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(head); c != NULL; c = CMSG_NXTHDR(head, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
		    c->cmsg_len <= CMSG_LEN(sizeof(int) * CONTROL_FDS))
			memcpy(fds, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
}

int control_receive(int fd, struct control *m, int fds[CONTROL_FDS])
{
	struct iovec part = { .iov_base = m, .iov_len = sizeof *m };
	union room room = { 0 };
	struct msghdr head = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = room.bytes,
			       .msg_controllen = CMSG_LEN(sizeof(int) * CONTROL_FDS) }; /* its padding would hold one more */
	ssize_t n;

	for (int i = 0; i < CONTROL_FDS; i++)
		fds[i] = -1;
	do {
		n = recvmsg(fd, &head, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	if (n > 0)
		take_fds(&head, fds);
	if (n == (ssize_t)sizeof *m && !(head.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
		return 1;
	for (int i = 0; i < CONTROL_FDS; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	return -1;
}
