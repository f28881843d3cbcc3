/* parent: see parent.h. One loop: signals, what roles ask for, and the clock. A role that ends is started again, at once where
 * it had run for a while, else after a pause that doubles; one that says that a person must do something first, after the
 * longest pause. */
#include "daemon/parent.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "daemon/control.h"
#include "daemon/desk_lookup.h"
#include "daemon/errand.h"
#include "daemon/role.h"
#include "daemon/systemd.h"
#include "daemon/users.h"
#include "schema/limits.h"
#include "web/certificate.h"
#include "web/web.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	PAUSE_FIRST_MS = 250,
	PAUSE_MOST_MS = 60 * 1000,
	PAUSE_HELPLESS_MS = 5 * 60 * 1000, /* a person must do something first */
	LIVED_MS = 30 * 1000,              /* then it starts at once when it ends */
	READY_LOOK_MS = 20,
	STOP_OTHERS_MS = 2500,             /* of the five seconds that SIGTERM may take */
	STOP_MS = 4500,
};

struct child {
	enum role role;
	const struct mail_source *source;
	char name[BOARD_NAME_BYTES];
	pid_t pid; /* 0: not running */
	int control;
	int64_t started_ms, due_ms, pause_ms;
};

struct parent {
	struct command *command;
	const struct parent_options *options;
	struct board *board;
	struct child child[BOARD_SLOTS]; /* by slot */
	int children;
	struct errand_desk errands;
	struct arena arena[2]; /* of this configuration and the next */
	int turn;
	struct suffixes *suffixes; /* of this configuration; NULL: the command's own */
	int listening, signals;
	bool handed;   /* the socket was, by the service manager */
	bool ready;    /* it serves, with this configuration; */
	bool begun;    /* or it did with an earlier one */
	bool hung_up;  /* the configuration is to be read again */
	bool ending;   /* all roles are: nobody is started again */
	bool stopping; /* and so does the daemon */
	int exit_code;
	int watchdog_ms;
	int64_t watchdog_due_ms;
};

/* --- one role's life --- */

static struct child *store_of(struct parent *p)
{
	return &p->child[0];
}

/* What a role asks for is not heard any more. */
static void stop_hearing(struct parent *p, struct child *c)
{
	if (c->control >= 0)
		errand_forget(&p->errands, c->control);
	fd_close(&c->control);
}

/* The store's end of a new channel; the role's own stays in the heritage until it is started. */
static int connect_to_store(struct parent *p, int slot, struct heritage *h)
{
	const struct control m = { CONTROL_CONNECT, 0, (int32_t)p->child[slot].role, slot };
	int pair[2], rc;

	if (p->child[slot].role == ROLE_STORE)
		return 0;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return -1;
	rc = control_send(store_of(p)->control, &m, &pair[1], 1);
	close(pair[1]);
	h->channel = pair[0];
	return rc;
}

/* Pages are served while the store is away: the web role is given the way to the next one. Where that fails, what it asks is
 * answered by nobody, until it or the store is started anew. */
static void reconnect_web(struct parent *p)
{
	struct heritage h = { .channel = -1 };
	const struct control m = { CONTROL_CONNECT, 0, ROLE_STORE, 0 };

	for (int i = 0; i < p->children; i++) {
		struct child *c = &p->child[i];

		if (c->role != ROLE_WEB || c->pid == 0)
			continue;
		if (connect_to_store(p, i, &h) != 0 || control_send(c->control, &m, &h.channel, 1) != 0)
			log_line("web: it cannot be given the way to the store: %s", strerror(errno));
		fd_close(&h.channel);
	}
}

static int start(struct parent *p, int slot)
{
	struct child *c = &p->child[slot];
	struct heritage h = { .command = p->command, .board = p->board, .slot = slot, .channel = -1, .listening = -1,
			      .source = c->source };
	int control[2] = { -1, -1 };

	if (c->role == ROLE_WEB)
		h.listening = p->listening;
	if (connect_to_store(p, slot, &h) == 0 && control_pair(control) == 0) {
		h.control = control[1];
		c->pid = role_start(c->role, &h);
	}
	fd_close(&control[1]);
	fd_close(&h.channel);
	if (c->pid <= 0) {
		c->pid = 0;
		fd_close(&control[0]);
		return -1;
	}
	c->control = control[0];
	c->started_ms = clock_ms();
	board_started(p->board, slot, c->pid);
	if (c->role == ROLE_STORE)
		reconnect_web(p);
	return 0;
}

/* A role that lost its store is not to blame. */
static bool lost_its_store(struct parent *p, const struct child *c)
{
	return c->role != ROLE_STORE && (store_of(p)->pid == 0 || store_of(p)->started_ms > c->started_ms);
}

static void plan_next_start(struct parent *p, struct child *c, bool helpless)
{
	int64_t now = clock_ms();

	if (lost_its_store(p, c))
		c->pause_ms = 0;
	else if (helpless)
		c->pause_ms = PAUSE_HELPLESS_MS;
	else if (now - c->started_ms >= LIVED_MS)
		c->pause_ms = 0;
	else
		c->pause_ms = c->pause_ms == 0 ? PAUSE_FIRST_MS :
			      c->pause_ms * 2 < PAUSE_MOST_MS ? c->pause_ms * 2 : PAUSE_MOST_MS;
	c->due_ms = now + c->pause_ms;
}

static void say_end(struct parent *p, int slot, int status)
{
	struct child *c = &p->child[slot];
	char text[BOARD_TEXT_BYTES];

	if (WIFEXITED(status)) { /* it said why */
		board_ended(p->board, slot, WEXITSTATUS(status) == EXIT_USE ? BOARD_FAILED : BOARD_WAITING, NULL);
		return;
	}
	snprintf(text, sizeof text, "ended by signal %d; it is started again", WTERMSIG(status));
	board_ended(p->board, slot, BOARD_WAITING, text);
	log_line("%s: %s", c->name, text);
}

static void note_end(struct parent *p, int slot, int status)
{
	struct child *c = &p->child[slot];
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_SYSTEM;

	stop_hearing(p, c);
	c->pid = 0;
	if (p->stopping || p->ending)
		return;
	say_end(p, slot, status);
	plan_next_start(p, c, code == EXIT_USE);
	if (!p->begun && (c->role == ROLE_STORE || c->role == ROLE_WEB) && WIFEXITED(status)) {
		p->stopping = true;
		p->exit_code = code != EXIT_DONE ? code : EXIT_SYSTEM;
	}
}

static void reap(struct parent *p)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (errand_ended(&p->errands, pid, status))
			continue;
		for (int i = 0; i < p->children; i++)
			if (p->child[i].pid == pid)
				note_end(p, i, status);
	}
}

/* --- which roles there are --- */

static void add_child(struct parent *p, enum role role, const struct mail_source *source)
{
	struct child *c = &p->child[p->children];

	*c = (struct child){ .role = role, .source = source, .control = -1 };
	if (source != NULL)
		snprintf(c->name, sizeof c->name, "mail %s", source->name);
	else
		snprintf(c->name, sizeof c->name, "%s", role_name(role));
	board_forget(p->board, p->children);
	board_name(p->board, p->children, c->name);
	board_say(p->board, p->children, BOARD_STARTING, "");
	p->children++;
}

static void list_children(struct parent *p)
{
	const struct config *c = &p->command->config;

	for (int i = 0; i < p->children; i++)
		board_forget(p->board, i);
	p->children = 0;
	add_child(p, ROLE_STORE, NULL);
	add_child(p, ROLE_WEB, NULL);
	for (size_t i = 0; i < c->mail_count; i++)
		add_child(p, ROLE_FETCH, &c->mail[i]);
	if (desk_lookup_is_wanted(c))
		add_child(p, ROLE_LOOKUP, NULL);
	if (alerts_has_outlets(&c->alerts))
		add_child(p, ROLE_TELL, NULL);
	p->errands.config = c;
}

static bool is_well(struct parent *p, int slot)
{
	struct board_line line;

	return p->child[slot].pid != 0 && board_read(p->board, slot, &line) && line.state == BOARD_WELL;
}

/* Starts whoever is due: the store first, the others once it is open. */
static void start_due(struct parent *p)
{
	int64_t now = clock_ms();

	if (p->stopping)
		return;
	for (int i = 0; i < p->children; i++) {
		struct child *c = &p->child[i];

		if (c->pid != 0 || c->due_ms > now || (i > 0 && !is_well(p, 0)))
			continue;
		if (start(p, i) != 0) {
			log_line("%s: cannot be started: %s", c->name, strerror(errno));
			c->started_ms = now;
			plan_next_start(p, c, false);
		}
	}
}

/* --- signals --- */

/* Notes what they ask for; whoever waits does it. */
static void read_signals(struct parent *p)
{
	struct signalfd_siginfo info;

	while (read(p->signals, &info, sizeof info) == (ssize_t)sizeof info) {
		if (info.ssi_signo == SIGHUP)
			p->hung_up = true;
		if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT) {
			log_line("%s: ending", info.ssi_signo == SIGINT ? "interrupted" : "told to stop");
			p->stopping = true;
		}
	}
	reap(p);
}

/* --- ending --- */

static void tell_to_stop(struct parent *p, bool store, int signal)
{
	for (int i = 0; i < p->children; i++)
		if (p->child[i].pid != 0 && store == (p->child[i].role == ROLE_STORE))
			kill(p->child[i].pid, signal);
}

static int running(const struct parent *p, bool store)
{
	int n = 0;

	for (int i = 0; i < p->children; i++)
		n += p->child[i].pid != 0 && store == (p->child[i].role == ROLE_STORE);
	return n;
}

static void wait_for_end(struct parent *p, bool store, int64_t until_ms)
{
	while (running(p, store) > 0) {
		struct pollfd one = { p->signals, POLLIN, 0 };
		int64_t left = until_ms - clock_ms();

		if (left <= 0) {
			tell_to_stop(p, store, SIGKILL);
			left = STOP_MS;
		}
		poll(&one, 1, (int)left);
		read_signals(p);
	}
}

/* The others first, so that the store hears of no more, and commits what it has. */
static void stop_all(struct parent *p)
{
	int64_t now = clock_ms();

	p->ending = true;
	tell_to_stop(p, false, SIGTERM);
	wait_for_end(p, false, now + STOP_OTHERS_MS);
	tell_to_stop(p, true, SIGTERM);
	wait_for_end(p, true, now + STOP_MS);
	p->ending = false;
}

/* --- reading the configuration again --- */

static void complain(const char *line)
{
	log_line("%s", line);
}

/* Where pages are to be served over TLS: whether they can. What is wrong is better known before the old ones end. */
static int certificate_is_well(const struct config *c, struct err *err)
{
	struct certificate_about about;

	return c->web.tls_certificate == NULL ? 0 : certificate_look(c->web.tls_certificate, c->web.tls_key, &about, err);
}

/* What is wrong is told, each error of the file on its line. */
static int load_anew(struct parent *p, struct arena *a, struct command *next, struct suffixes **suffixes)
{
	struct err err;

	*next = *p->command;
	next->arena = a;
	config_defaults(&next->config);
	if (p->options->config_path != NULL && config_load(a, p->options->config_path, &next->config, complain, &err) != 0)
		return -1;
	if (p->options->database != NULL)
		next->config.database.path = p->options->database;
	if (p->options->listen != NULL)
		config_listen(a, slice_of(p->options->listen), &next->config.web.address, &next->config.web.port);
	if (certificate_is_well(&next->config, &err) == 0 && users_are_readable(next->config.web.users_file, &err) == 0 &&
	    suffixes_open(next->config.domains.suffix_list, suffixes, &err) == 0)
		return 0;
	complain(err.text);
	return -1;
}

/* The socket stays where its address stays; a new one is bound before the old one goes. */
static int listen_anew(struct parent *p, const struct config *next)
{
	const struct config *now = &p->command->config;
	struct err err;
	int fd, port;

	if (p->handed || (now->web.port == next->web.port && strcmp(now->web.address, next->web.address) == 0)) {
		if (config_may_listen(next, p->listening, &err) == 0)
			return 0;
		complain(err.text);
		return -1;
	}
	if (web_bind(next->web.address, next->web.port, &fd, &port, &err) != 0) {
		complain(err.text);
		return -1;
	}
	if (config_may_listen(next, fd, &err) != 0) {
		close(fd);
		complain(err.text);
		return -1;
	}
	close(p->listening);
	p->listening = fd;
	return 0;
}

static void reload(struct parent *p)
{
	struct arena *a = &p->arena[1 - p->turn];
	struct suffixes *suffixes = NULL;
	struct command next;

	systemd_notify("RELOADING=1");
	if (load_anew(p, a, &next, &suffixes) != 0 || listen_anew(p, &next.config) != 0) {
		log_line("the configuration stays as it was");
		suffixes_free(suffixes);
		arena_release(a);
		systemd_notify("READY=1");
		return;
	}
	log_line("the configuration is read again");
	stop_all(p);
	suffixes_free(p->suffixes);
	next.suffixes = p->suffixes = suffixes;
	*p->command = next;
	arena_release(&p->arena[p->turn]);
	p->turn = 1 - p->turn;
	p->ready = false;
	list_children(p);
}

/* --- the loop --- */

static void take_signals(struct parent *p)
{
	read_signals(p);
	while (p->hung_up && !p->stopping) {
		p->hung_up = false;
		reload(p);
	}
}

/* The others have no use for a command, whatever has become of them. */
static bool may_run(const struct child *c, const struct control *m)
{
	if (c->role == ROLE_FETCH)
		return m->a == ERRAND_TOKEN && m->b == c->source->oauth;
	return c->role == ROLE_TELL && m->a == ERRAND_ALERT;
}

static void take_requests(struct parent *p, struct child *c)
{
	struct control m;
	int fds[CONTROL_FDS], rc;

	while ((rc = control_receive(c->control, &m, fds)) == 1) {
		if (m.kind == CONTROL_RUN && may_run(c, &m)) {
			errand_start(&p->errands, c->control, &m, fds);
			continue;
		}
		for (int i = 0; i < CONTROL_FDS; i++)
			fd_close(&fds[i]);
	}
	if (rc < 0) /* it is gone, which is heard by signal, or talks nonsense */
		stop_hearing(p, c);
}

/* As the socket has it: the port may be any free one, and the manager's socket is where the manager put it. */
static void say_address(int fd, bool tls)
{
	struct sockaddr_storage at = { 0 };
	socklen_t n = sizeof at;
	char host[NI_MAXHOST], port[NI_MAXSERV];
	bool six;

	if (getsockname(fd, (struct sockaddr *)&at, &n) != 0 ||
	    getnameinfo((struct sockaddr *)&at, n, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0 ||
	    at.ss_family == AF_UNIX) {
		log_line("serving on the socket of the service manager");
		return;
	}
	six = at.ss_family == AF_INET6;
	log_line("serving on http%s://%s%s%s:%s", tls ? "s" : "", six ? "[" : "", host, six ? "]" : "", port);
}

static void say_ready(struct parent *p)
{
	if (p->ready || p->stopping || !is_well(p, 0) || !is_well(p, 1))
		return;
	p->ready = p->begun = true;
	say_address(p->listening, p->command->config.web.tls_certificate != NULL);
	systemd_notify("READY=1");
}

static void feed_watchdog(struct parent *p)
{
	if (p->watchdog_ms == 0 || clock_ms() < p->watchdog_due_ms)
		return;
	p->watchdog_due_ms = clock_ms() + p->watchdog_ms;
	systemd_notify("WATCHDOG=1");
}

static void lower(int64_t *least, int64_t ms)
{
	if (ms >= 0 && (*least < 0 || ms < *least))
		*least = ms;
}

static int timeout_of(struct parent *p)
{
	int64_t now = clock_ms(), least = p->ready ? -1 : READY_LOOK_MS;
	bool open = is_well(p, 0);

	for (int i = 0; i < p->children; i++)
		if (p->child[i].pid == 0 && (i == 0 || open))
			lower(&least, p->child[i].due_ms > now ? p->child[i].due_ms - now : 0);
	if (!open && store_of(p)->pid != 0) /* it is opening the database: the others wait for it */
		lower(&least, READY_LOOK_MS);
	lower(&least, errand_deadline(&p->errands));
	if (p->watchdog_ms > 0)
		lower(&least, p->watchdog_due_ms > now ? p->watchdog_due_ms - now : 0);
	return (int)least;
}

static void turn(struct parent *p)
{
	struct pollfd fds[BOARD_SLOTS + 1];
	int n = p->children;

	start_due(p);
	for (int i = 0; i < n; i++)
		fds[i] = (struct pollfd){ p->child[i].control, POLLIN, 0 };
	fds[n] = (struct pollfd){ p->signals, POLLIN, 0 };
	poll(fds, (nfds_t)n + 1, timeout_of(p));
	for (int i = 0; i < n; i++)
		if (fds[i].revents != 0)
			take_requests(p, &p->child[i]);
	take_signals(p);
	say_ready(p);
	feed_watchdog(p);
}

static int hear_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_DFL); /* whoever started us may have it ignored, and then nobody would be told who ended */
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_SETMASK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int open_all(struct parent *p, struct err *err)
{
	const struct config *c = &p->command->config;
	int port;

	p->listening = systemd_listening();
	p->handed = p->listening >= 0;
	p->watchdog_ms = systemd_watchdog_ms();
	if ((p->signals = hear_signals()) < 0)
		return err_errno(err, "signals");
	if (certificate_is_well(c, err) != 0)
		return -1;
	if (!p->handed && web_bind(c->web.address, c->web.port, &p->listening, &port, err) != 0)
		return -1;
	if (config_may_listen(c, p->listening, err) != 0 || users_are_readable(c->web.users_file, err) != 0)
		return -1;
	return (p->board = board_make(err)) != NULL ? 0 : -1;
}

int parent_run(struct command *c, const struct parent_options *options)
{
	struct parent *p = calloc(1, sizeof *p);
	struct err err;
	int rc;

	if (p == NULL)
		return EXIT_SYSTEM;
	p->command = c;
	p->options = options;
	p->listening = p->signals = -1;
	if (open_all(p, &err) != 0) {
		rc = command_fail(&err);
	} else {
		list_children(p);
		while (!p->stopping)
			turn(p);
		systemd_notify("STOPPING=1");
		fd_close(&p->listening); /* whoever cannot be served any more is refused, and does not wait in vain */
		stop_all(p);
		rc = p->exit_code;
	}
	fd_close(&p->listening);
	fd_close(&p->signals);
	board_free(p->board);
	suffixes_free(p->suffixes);
	arena_release(&p->arena[0]);
	arena_release(&p->arena[1]);
	free(p);
	return rc;
}
