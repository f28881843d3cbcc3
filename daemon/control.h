/* control: what the parent and a role say to each other, over a socket that keeps messages apart and can carry descriptors.
 * Neighbours: parent.c and errand.c have the parent's end; role_store.c and whoever has errands have the other. */
#ifndef DAEMON_CONTROL_H
#define DAEMON_CONTROL_H
#include <stdint.h>

enum control_kind {
	CONTROL_CONNECT = 1, /* to store: a = enum role, b = slot on the board; a descriptor: its channel. To web: to the next store */
	CONTROL_RUN,         /* to the parent: a = enum errand, b = index; descriptors: standard input, output and error */
	CONTROL_ENDED,       /* from the parent: a = status as waitpid says, -1 where it was not started, CONTROL_LATE */
};
enum { CONTROL_FDS = 3, CONTROL_LATE = -2 /* a deadline passed, and it was ended */ };

struct control {
	int32_t kind, number, a, b; /* number: of the request, so that an answer finds it */
};

/* Both ends; -1 with errno. */
int control_pair(int out[2]);
/* 0, or -1 with errno: EAGAIN where the other end does not read. The descriptors stay the caller's. */
int control_send(int fd, const struct control *m, const int *fds, int n);
/* 1 a message (its descriptors are now the caller's, -1 where there is none), 0 none now, -1 the other end is gone. */
int control_receive(int fd, struct control *m, int fds[CONTROL_FDS]);
#endif
