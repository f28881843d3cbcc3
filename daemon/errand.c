/* errand: see errand.h. */
#include "daemon/errand.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "daemon/control.h"
#include "daemon/secret.h"
#include "schema/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { READ_BYTES = 4096, WORDS_BYTES = 1024, LOOK_MS = 100 };

/* --- the role that asks --- */

struct asking {
	int in, out, err;  /* its own ends of the command's three streams; -1 once closed */
	struct slice input;
	struct buf *output;
	struct buf words;  /* of its standard error, the end of them */
	bool too_much, answered;
	int status;
};

static void feed_input(struct asking *a)
{
	ssize_t n = write(a->in, a->input.ptr, a->input.len);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		a->input = (struct slice){ a->input.ptr + n, a->input.len - (size_t)n };
	if (n < 0 || a->input.len == 0) /* a command need not read what it is given */
		fd_close(&a->in);
}

static void take_output(struct asking *a)
{
	char bytes[READ_BYTES];
	ssize_t n = read(a->out, bytes, sizeof bytes);

	if (n > 0)
		a->too_much = buf_add(a->output, bytes, (size_t)n) != 0 || a->too_much;
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		fd_close(&a->out);
	explicit_bzero(bytes, sizeof bytes); /* it may be a token */
}

static void take_words(struct asking *a)
{
	char bytes[READ_BYTES];
	ssize_t n = read(a->err, bytes, sizeof bytes);

	if (n > 0) {
		size_t keep = (size_t)n < WORDS_BYTES ? (size_t)n : WORDS_BYTES;

		if (a->words.len + keep > WORDS_BYTES)
			buf_drop(&a->words, a->words.len + keep - WORDS_BYTES);
		buf_add(&a->words, bytes + (size_t)n - keep, keep);
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		fd_close(&a->err);
	}
}

static int take_answer(struct asking *a, int control, int number)
{
	struct control m;
	int fds[CONTROL_FDS], rc = control_receive(control, &m, fds);

	if (rc == 1 && m.kind == CONTROL_ENDED && m.number == number) {
		a->answered = true;
		a->status = m.a;
	}
	return rc;
}

/* Until the parent says how it ended and its output is read, or the time is over. */
static int attend(struct asking *a, int control, int number, struct err *err)
{
	int64_t until = clock_ms() + LIMIT_ERRAND_MS + 2 * LOOK_MS, left;

	while (!a->answered || a->out >= 0) {
		struct pollfd fds[] = { { a->in, POLLOUT, 0 }, { a->out, POLLIN, 0 }, { a->err, POLLIN, 0 },
					{ a->answered ? -1 : control, POLLIN, 0 } };

		if ((left = until - clock_ms()) <= 0)
			return err_set(err, ERR_SYSTEM, "it did not end within %d s", LIMIT_ERRAND_MS / 1000);
		if (poll(fds, 4, (int)left) < 0 && errno != EINTR)
			return err_errno(err, "poll");
		if (fds[0].revents != 0)
			feed_input(a);
		if (fds[1].revents != 0)
			take_output(a);
		if (fds[2].revents != 0)
			take_words(a);
		if (fds[3].revents != 0 && take_answer(a, control, number) < 0)
			return err_set(err, ERR_SYSTEM, "the parent is gone");
	}
	if (a->err >= 0)
		take_words(a);
	return 0;
}

static struct slice last_line(struct slice words)
{
	struct slice line, last = { "", 0 };

	while (words.len > 0)
		if ((line = text_trim(text_take_line(&words))).len > 0)
			last = line;
	return last;
}

static int judge(struct asking *a, struct err *err)
{
	struct slice words = last_line(buf_slice(&a->words)), printed = buf_slice(a->output);
	struct arena scratch = { 0 };
	struct buf said;
	int rc;

	if (a->status == 0 && a->too_much)
		return err_set(err, ERR_SYSTEM, "it printed more than %d bytes", (int)a->output->ceiling_bytes);
	if (a->status == 0)
		return 0;
	if (a->status == CONTROL_LATE)
		return err_set(err, ERR_SYSTEM, "it took longer than %d s and was ended", LIMIT_ERRAND_MS / 1000);
	if (a->status < 0)
		return err_set(err, ERR_SYSTEM, "it could not be started");
	buf_init(&said, WORDS_BYTES);
	while (printed.len > 0) /* it may be a token */
		words = secret_hidden(&scratch, words, text_trim(text_take_line(&printed)));
	log_quote(&said, words);
	rc = WIFSIGNALED(a->status) ?
		     err_set(err, ERR_SYSTEM, "signal %d ended it: %.*s", WTERMSIG(a->status), (int)said.len, buf_slice(&said).ptr) :
		     err_set(err, ERR_SYSTEM, "exit code %d: %.*s", WEXITSTATUS(a->status), (int)said.len, buf_slice(&said).ptr);
	buf_release(&said);
	arena_release(&scratch);
	return rc;
}

static int make_streams(int ours[3], int theirs[3])
{
	for (int i = 0; i < 3; i++) {
		int ends[2];

		if (pipe2(ends, O_CLOEXEC) != 0)
			return -1;
		ours[i] = ends[i == 0];
		theirs[i] = ends[i != 0];
		fcntl(ours[i], F_SETFL, O_NONBLOCK);
	}
	return 0;
}

int errand_run(int control, enum errand what, int index, struct slice input, struct buf *out, struct err *err)
{
	static int32_t numbers;
	const struct control ask = { CONTROL_RUN, ++numbers, (int32_t)what, index };
	int ours[3] = { -1, -1, -1 }, theirs[3] = { -1, -1, -1 }, rc;
	struct asking a = { .input = input, .output = out };

	rc = make_streams(ours, theirs) == 0 && control_send(control, &ask, theirs, 3) == 0 ? 0 : err_errno(err, "cannot be asked for");
	for (int i = 0; i < 3; i++)
		fd_close(&theirs[i]);
	a.in = ours[0];
	a.out = ours[1];
	a.err = ours[2];
	buf_init(&a.words, WORDS_BYTES);
	if (rc == 0)
		rc = attend(&a, control, ask.number, err) == 0 ? judge(&a, err) : -1;
	fd_close(&a.in);
	fd_close(&a.out);
	fd_close(&a.err);
	buf_release(&a.words);
	return rc;
}

/* --- the parent --- */

static const char *const *argv_of(const struct config *c, int32_t what, int32_t index)
{
	if (what == ERRAND_TOKEN && index >= 0 && (size_t)index < c->oauth_count)
		return c->oauth[index].command;
	return what == ERRAND_ALERT && index == 0 ? c->alerts.command : NULL;
}

/* In the child: its own group, so that all of it can be ended. */
static void become_command(const char *const *argv, const int *fds)
{
	static char path[] = "PATH=/usr/local/bin:/usr/bin:/bin", language[] = "LANG=C.UTF-8";
	char *const environment[] = { path, language, NULL };
	sigset_t none;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int i = 0; i < 3; i++)
		if (dup2(fds[i], i) < 0)
			_exit(127);
	close_range(3, ~0U, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	execve(argv[0], (char *const *)(uintptr_t)argv, environment);
	dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

static void tell(int control, int number, int status)
{
	const struct control m = { CONTROL_ENDED, number, status, 0 };

	control_send(control, &m, NULL, 0); /* a role that is gone needs no word */
}

static struct errand_running *free_place(struct errand_desk *d)
{
	for (int i = 0; i < ERRANDS; i++)
		if (d->running[i].pid == 0)
			return &d->running[i];
	return NULL;
}

void errand_start(struct errand_desk *d, int control, const struct control *m, const int *fds)
{
	const char *const *argv = argv_of(d->config, m->a, m->b);
	struct errand_running *r = free_place(d);
	bool whole = fds[0] >= 0 && fds[1] >= 0 && fds[2] >= 0;
	pid_t pid = -1;

	if (argv != NULL && r != NULL && whole && (pid = fork()) == 0)
		become_command(argv, fds);
	if (pid > 0)
		*r = (struct errand_running){ pid, control, m->number, clock_ms() + LIMIT_ERRAND_MS, false };
	else
		tell(control, m->number, -1);
	for (int i = 0; i < CONTROL_FDS; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

bool errand_ended(struct errand_desk *d, pid_t pid, int status)
{
	for (int i = 0; i < ERRANDS; i++) {
		struct errand_running *r = &d->running[i];

		if (r->pid != pid)
			continue;
		if (r->control >= 0)
			tell(r->control, r->number, r->late ? CONTROL_LATE : status);
		r->pid = 0;
		return true;
	}
	return false;
}

static void end_group(pid_t pid)
{
	if (kill(-pid, SIGKILL) != 0) /* not yet its own group */
		kill(pid, SIGKILL);
}

void errand_forget(struct errand_desk *d, int control)
{
	for (int i = 0; i < ERRANDS; i++)
		if (d->running[i].pid != 0 && d->running[i].control == control) {
			d->running[i].control = -1;
			end_group(d->running[i].pid);
		}
}

int errand_deadline(struct errand_desk *d)
{
	int64_t now = clock_ms(), least = -1;

	for (int i = 0; i < ERRANDS; i++) {
		struct errand_running *r = &d->running[i];

		if (r->pid == 0 || r->late)
			continue;
		if (r->until_ms <= now) {
			r->late = true;
			end_group(r->pid);
		} else if (least < 0 || r->until_ms - now < least) {
			least = r->until_ms - now;
		}
	}
	return (int)least;
}

/* --- a verb's helper --- */

static void serve_errands(const struct config *config, int control)
{
	struct errand_desk desk = { .config = config };
	int fds[CONTROL_FDS], status, left, rc = 0;
	struct control m;
	pid_t pid;

	while (rc >= 0) {
		struct pollfd one = { control, POLLIN, 0 };

		left = errand_deadline(&desk);
		poll(&one, 1, left >= 0 && left < LOOK_MS ? left : LOOK_MS);
		while ((rc = control_receive(control, &m, fds)) == 1)
			errand_start(&desk, control, &m, fds);
		while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
			errand_ended(&desk, pid, status);
	}
	errand_forget(&desk, control);
}

int errand_helper(const struct config *config, struct err *err)
{
	int pair[2];
	pid_t pid;

	if (control_pair(pair) != 0)
		return err_errno(err, "commands");
	if ((pid = fork()) == 0) {
		close(pair[0]);
		serve_errands(config, pair[1]);
		_exit(0);
	}
	close(pair[1]);
	if (pid > 0)
		return pair[0];
	close(pair[0]);
	return err_errno(err, "commands");
}
