/* systemd: see systemd.h. */
#include "daemon/systemd.h"

#include "base/text.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { FIRST_FD = 3 };

void systemd_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t n = path != NULL ? strlen(path) : 0;
	int fd;

	if (n == 0 || n >= sizeof to.sun_path || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(to.sun_path, path, n);
	if (path[0] == '@') /* an abstract name */
		to.sun_path[0] = '\0';
	if ((fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) < 0)
		return;
	if (sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&to,
		   (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) < 0) {
		/* a manager that does not listen misses it */
	}
	close(fd);
}

static int64_t number_of(const char *name)
{
	const char *text = getenv(name);
	int64_t n;

	return text != NULL && text_int(slice_of(text), &n) ? n : 0;
}

int systemd_listening(void)
{
	bool ours = number_of("LISTEN_PID") == getpid() && number_of("LISTEN_FDS") > 0;

	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	if (!ours || fcntl(FIRST_FD, F_SETFD, FD_CLOEXEC) != 0)
		return -1;
	return FIRST_FD;
}

int systemd_watchdog_ms(void)
{
	int64_t pid = number_of("WATCHDOG_PID"), us = number_of("WATCHDOG_USEC");

	return us > 0 && us / 2000 < 1000 * 1000 && (pid == 0 || pid == getpid()) ? (int)(us / 2000) : 0;
}
