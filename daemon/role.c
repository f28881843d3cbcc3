/* role: see role.h. */
#include "daemon/role.h"

#include "base/log.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

static int stop_fd = -1;

const char *role_name(enum role r)
{
	static const char *const names[] = { "store", "fetch", "lookup", "tell", "web" };

	return names[r];
}

int role_stop_fd(void)
{
	return stop_fd;
}

bool role_should_stop(void)
{
	struct pollfd one = { stop_fd, POLLIN, 0 };

	return stop_fd >= 0 && poll(&one, 1, 0) == 1;
}

/* A stop is waited for like everything else; the terminal's own reaches the parent, who passes it on. */
static int hear_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	if (sigprocmask(SIG_SETMASK, &set, NULL) != 0)
		return -1;
	stop_fd = signalfd(-1, &set, SFD_CLOEXEC);
	return stop_fd < 0 ? -1 : 0;
}

static void close_between(int low, int high)
{
	if (low <= high)
		close_range((unsigned)low, (unsigned)high, 0);
}

/* All but standard error and what the heritage names. */
static void close_others(const struct heritage *h)
{
	int keep[] = { h->control, h->channel, h->listening, stop_fd };
	const int n = sizeof keep / sizeof *keep;
	int low = STDERR_FILENO + 1;

	for (int i = 1; i < n; i++) /* ascending */
		for (int j = i; j > 0 && keep[j] < keep[j - 1]; j--) {
			int swap = keep[j];

			keep[j] = keep[j - 1];
			keep[j - 1] = swap;
		}
	for (int i = 0; i < n; i++)
		if (keep[i] >= low) {
			close_between(low, keep[i] - 1);
			low = keep[i] + 1;
		}
	close_range((unsigned)low, ~0U, 0);
}

static int become(enum role role, const struct heritage *h, pid_t parent)
{
	static int (*const run[])(const struct heritage *) = { role_store, role_fetch, role_lookup, role_tell, role_web };
	char title[16];
	int null;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || hear_signals() != 0)
		return EXIT_SYSTEM;
	close_others(h);
	snprintf(title, sizeof title, "ruad: %s", role_name(role));
	prctl(PR_SET_NAME, title);
	if ((null = open("/dev/null", O_RDWR | O_CLOEXEC)) < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0) {
		log_line("%s: /dev/null: cannot be opened", role_name(role));
		return EXIT_SYSTEM;
	}
	close(null);
	return run[role](h);
}

pid_t role_start(enum role role, const struct heritage *h)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0)
		_exit(become(role, h, parent));
	return pid;
}
