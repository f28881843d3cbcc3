/* role: see role.h. */
#include "daemon/role.h"

#include "base/log.h"
#include "base/text.h"
#include "daemon/sandbox.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
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

/* --- what each role keeps --- */

static void add(const char **list, const char *path)
{
	int n = 0;

	while (list[n] != NULL)
		n++;
	if (path != NULL && n < SANDBOX_PATHS - 1)
		list[n] = path;
}

/* The folder that a path stands in: another may take its place there. Never the whole of the file system for that. */
static const char *folder_of(struct arena *a, const char *path)
{
	return path == NULL || strrchr(path, '/') == path ? path : text_folder(a, path);
}

/* Of a file that is replaced: where it stands, and where it is where that is a link, as certbot's are. */
static void keep_followed(struct arena *a, const char *path, const char **list)
{
	char *real = path != NULL ? realpath(path, NULL) : NULL;

	add(list, folder_of(a, path));
	if (real != NULL)
		add(list, folder_of(a, arena_copy(a, real, strlen(real))));
	free(real);
}

static void keep_for_source(struct arena *a, const struct heritage *h, struct sandbox_role *keep)
{
	const struct mail_source *m = h->source;
	const struct oauth_config *o = m->oauth >= 0 ? &h->command->config.oauth[m->oauth] : NULL;

	add(keep->read, folder_of(a, m->ca_file));
	add(keep->read, folder_of(a, m->password_file));
	if (m->type != SOURCE_IMAP) {
		add(keep->write, folder_of(a, m->path));
		add(keep->write, m->archive != NULL && m->archive[0] == '/' ? folder_of(a, m->archive) : NULL);
		add(keep->write, m->invalid != NULL && m->invalid[0] == '/' ? folder_of(a, m->invalid) : NULL);
	}
	if (o == NULL)
		return;
	add(keep->read, folder_of(a, o->client_secret_file));
	add(keep->read, folder_of(a, o->certificate_file));
	add(keep->read, folder_of(a, o->key_file));
	add(keep->read, folder_of(a, o->ca_file));
	add(keep->write, folder_of(a, o->token_file));
}

static void keep_for(enum role role, struct arena *a, const struct heritage *h, struct sandbox_role *keep)
{
	const struct config *c = &h->command->config;

	keep->network = role == ROLE_FETCH || role == ROLE_LOOKUP || role == ROLE_TELL;
	keep->starts_parsers = role == ROLE_STORE;
	switch (role) {
	case ROLE_STORE:
		add(keep->write, folder_of(a, c->database.path));
		break;
	case ROLE_WEB: /* the log's index beside the database is shared memory, which a reader must be able to lock */
		add(keep->write, folder_of(a, c->database.path));
		keep_followed(a, c->web.tls_certificate, keep->read);
		keep_followed(a, c->web.tls_key, keep->read);
		add(keep->read, folder_of(a, c->web.users_file));
		break;
	case ROLE_FETCH:
		keep_for_source(a, h, keep);
		break;
	case ROLE_LOOKUP:
		add(keep->read, folder_of(a, c->dns.asn_file));
		add(keep->read, folder_of(a, c->dns.country_file));
		break;
	default:
		add(keep->read, folder_of(a, c->alerts.mail.password_file));
		add(keep->read, folder_of(a, c->alerts.mail.ca_file));
		add(keep->read, folder_of(a, c->alerts.webhook_secret_file));
		add(keep->read, folder_of(a, c->alerts.webhook_ca_file));
		add(keep->read, folder_of(a, c->database.path));
		break;
	}
}

static int lock_down(enum role role, const struct heritage *h)
{
	struct sandbox_role keep = { 0 };
	struct arena scratch = { 0 };
	struct err err = { 0 };
	int level;

	keep_for(role, &scratch, h, &keep);
	level = sandbox_role(&keep, &err);
	arena_release(&scratch);
	if (level >= 0 && ((unsigned)level & sandbox_required) == sandbox_required) {
		board_set(h->board, h->slot, BOARD_SANDBOX, level);
		return 0;
	}
	log_line("%s: %s", role_name(role), level < 0 ? err.text : "the sandbox is not what it has to be");
	board_say(h->board, h->slot, BOARD_FAILED, level < 0 ? err.text : "the sandbox is not what it has to be");
	return -1;
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
	return lock_down(role, h) == 0 ? run[role](h) : EXIT_SYSTEM;
}

pid_t role_start(enum role role, const struct heritage *h)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0)
		_exit(become(role, h, parent));
	return pid;
}
