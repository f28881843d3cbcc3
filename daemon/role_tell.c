/* role_tell: brings notices out: by mail, to a webhook, to a command. What an outlet took is said to the store at once, and not
 * sent to it again; what it refused waits, longer each time, while the other outlets go on. Secrets are read when they are
 * needed and wiped behind it.
 * Neighbours: desk_tell.c is the store's end; notice_form.c has the forms; outgoing.h, errand.h and secret.h the ways. */
#include "base/clock.h"
#include "base/log.h"
#include "daemon/channel.h"
#include "daemon/errand.h"
#include "daemon/heritage.h"
#include "daemon/notice_form.h"
#include "daemon/outgoing.h"
#include "daemon/secret.h"
#include "schema/limits.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
	TRY_MS = 30 * 1000,
	PAUSE_FIRST_MS = 5 * 1000,
	PAUSE_MOST_MS = 15 * 60 * 1000,
	ANSWER_BYTES = 1024 * 1024,  /* of a webhook: nobody reads it, but an answer that is cut is no answer */
	FORM_BYTES = 4 * 64 * 1024,  /* of a notice, whose text is at most 64 kB */
};

struct telling;

static const struct way {
	enum outlet outlet;
	const char *name;
	int (*send)(struct telling *t, const struct notice *n, struct err *err);
} ways[OUTLETS];

struct queued {
	uint32_t number;
	struct notice notice; /* in `bytes` */
	char *bytes;
	unsigned left; /* outlets that have not taken it */
};

struct trial { /* of one outlet */
	int64_t due_ms, pause_ms; /* pause 0: it works */
	uint32_t number;          /* the notice it was last tried with: another one's turn comes next */
	enum err_kind kind;
	char text[256];           /* why it failed */
};

struct telling {
	const struct heritage *heritage;
	const struct alerts *alerts;
	struct channel channel;
	struct queued queue[LIMIT_NOTICES]; /* in the order they came */
	size_t n;
	struct trial trial[OUTLETS];
	struct buf form, answer;
};

/* --- the ways --- */

static int read_secret(const char *path, struct secret *out, struct err *err)
{
	return path == NULL ? 0 : secret_read(path, out, err);
}

static int send_mail(struct telling *t, const struct notice *n, struct err *err)
{
	const struct alert_mail *m = &t->alerts->mail;
	struct secret password = { 0 };
	struct outgoing_mail mail = { .url = m->url, .ca_file = m->ca_file, .user = m->user, .starttls = m->starttls, .from = m->from,
				      .to = m->to, .timeout_ms = TRY_MS, .should_stop = role_should_stop };
	int rc;

	if (read_secret(m->password_file, &password, err) != 0)
		return -1;
	notice_mail(&t->form, n, m, (int64_t)time(NULL));
	mail.password = password.text;
	mail.message = buf_slice(&t->form);
	rc = outgoing_mail(&mail, err);
	secret_wipe(&password);
	return rc;
}

static int send_webhook(struct telling *t, const struct notice *n, struct err *err)
{
	struct outgoing_post post = { .url = t->alerts->webhook_url, .ca_file = t->alerts->webhook_ca_file,
				      .content_type = "application/json", .timeout_ms = TRY_MS, .should_stop = role_should_stop };
	struct secret secret = { 0 };
	int rc, status = 0;

	if (read_secret(t->alerts->webhook_secret_file, &secret, err) != 0)
		return -1;
	notice_json(&t->form, n);
	post.bearer = secret.text;
	post.body = buf_slice(&t->form);
	rc = outgoing_post(&post, &status, &t->answer, err);
	secret_wipe(&secret);
	if (rc == 0 && (status < 200 || status > 299))
		return err_set(err, ERR_SYSTEM, "it answered with HTTP status %d", status);
	return rc;
}

static int run_command(struct telling *t, const struct notice *n, struct err *err)
{
	struct buf output;
	int rc;

	buf_init(&output, LIMIT_ERRAND_BYTES);
	notice_json(&t->form, n);
	rc = errand_run(t->heritage->control, ERRAND_ALERT, 0, buf_slice(&t->form), &output, err);
	buf_release(&output);
	return rc;
}

static const struct way ways[OUTLETS] = {
	{ OUTLET_MAIL, "mail", send_mail },
	{ OUTLET_WEBHOOK, "webhook", send_webhook },
	{ OUTLET_COMMAND, "command", run_command },
};

/* --- what is said of it --- */

static void say(struct telling *t)
{
	enum board_state state = BOARD_WELL;
	char text[BOARD_TEXT_BYTES] = "";
	size_t used = 0;

	for (int i = 0; i < OUTLETS; i++) {
		const struct trial *trial = &t->trial[i];

		if (trial->pause_ms == 0)
			continue;
		state = trial->kind == ERR_USE || state == BOARD_FAILED ? BOARD_FAILED : BOARD_WAITING;
		if (used < sizeof text)
			used += (size_t)snprintf(text + used, sizeof text - used, "%s%s: %s", used > 0 ? "; " : "", ways[i].name,
						 trial->text);
	}
	board_say(t->heritage->board, t->heritage->slot, state, text);
	board_set(t->heritage->board, t->heritage->slot, BOARD_BACKLOG, (int64_t)t->n);
}

/* 0, or -1: the store is gone. */
static int say_told(struct telling *t, uint32_t number, unsigned outlets, bool done)
{
	const struct told told = { outlets, done };
	struct buf wire;
	int rc;

	buf_init(&wire, 64);
	told_encode(&wire, &told);
	rc = channel_put(&t->channel, FRAME_TOLD, number, buf_slice(&wire), (struct slice){ 0 });
	buf_release(&wire);
	return rc == 0 ? channel_flush(&t->channel, true) : -1;
}

/* --- what the store says --- */

static void drop(struct telling *t, size_t i)
{
	free(t->queue[i].bytes);
	t->n--;
	memmove(&t->queue[i], &t->queue[i + 1], (t->n - i) * sizeof *t->queue);
}

/* What an outlet took meanwhile was said already. One that is not here any more was done. A store that is gone is met by the
 * next reading. */
static void take_back(struct telling *t, uint32_t number)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->queue[i].number == number) {
			drop(t, i);
			say_told(t, number, 0, true);
			return;
		}
}

static int take_notice(struct telling *t, const struct frame *f)
{
	struct queued *q = &t->queue[t->n];
	struct notice n;

	if (f->kind != FRAME_NOTICE || !notice_decode(f->body, &n))
		return -1;
	if (n.outlets == 0) {
		take_back(t, f->message);
		return 0;
	}
	if (t->n == LIMIT_NOTICES || (q->bytes = malloc(f->body.len)) == NULL)
		return -1;
	memcpy(q->bytes, f->body.ptr, f->body.len);
	notice_decode((struct slice){ q->bytes, f->body.len }, &q->notice);
	q->number = f->message;
	q->left = n.outlets;
	t->n++;
	return 0;
}

/* --- trying --- */

/* The next notice behind the one last tried that the outlet has not taken; NULL where there is none. */
static struct queued *next_for(struct telling *t, int way)
{
	struct queued *first = NULL;

	for (size_t i = 0; i < t->n; i++) {
		struct queued *q = &t->queue[i];

		if (!(q->left & ways[way].outlet))
			continue;
		if (q->number > t->trial[way].number)
			return q;
		first = first != NULL ? first : q;
	}
	return first;
}

static int succeed(struct telling *t, int way, struct queued *q)
{
	struct trial *trial = &t->trial[way];
	uint32_t number = q->number;
	bool done;

	if (trial->pause_ms != 0)
		log_line("alerts: %s: works again", ways[way].name);
	trial->due_ms = trial->pause_ms = 0;
	q->left &= ~(unsigned)ways[way].outlet;
	done = q->left == 0;
	if (done)
		drop(t, (size_t)(q - t->queue));
	board_add(t->heritage->board, t->heritage->slot, BOARD_TOLD, 1);
	board_set(t->heritage->board, t->heritage->slot, BOARD_LAST_S, (int64_t)time(NULL));
	return say_told(t, number, ways[way].outlet, done);
}

/* The same reason is logged once. */
static void fail(struct telling *t, int way, const struct err *err)
{
	struct trial *trial = &t->trial[way];

	if (trial->pause_ms == 0 || strcmp(trial->text, err->text) != 0)
		log_line("alerts: %s: %s; it is tried again", ways[way].name, err->text);
	snprintf(trial->text, sizeof trial->text, "%.*s", (int)sizeof trial->text - 1, err->text);
	trial->kind = err->kind;
	trial->pause_ms = trial->pause_ms == 0			    ? PAUSE_FIRST_MS :
			  trial->pause_ms * 2 < PAUSE_MOST_MS ? trial->pause_ms * 2 :
								PAUSE_MOST_MS;
	trial->due_ms = clock_ms() + trial->pause_ms;
	board_add(t->heritage->board, t->heritage->slot, BOARD_TELLS_FAILED, 1);
}

/* One try of one outlet that is due: 1, 0 where none is, -1 the store is gone. */
static int try_one(struct telling *t)
{
	struct err err = { 0 };

	for (int i = 0; i < OUTLETS; i++) {
		struct queued *q = next_for(t, i);
		int rc = 0;

		if (q == NULL || t->trial[i].due_ms > clock_ms())
			continue;
		buf_clear(&t->form);
		buf_clear(&t->answer);
		t->trial[i].number = q->number;
		if (ways[i].send(t, &q->notice, &err) == 0)
			rc = succeed(t, i, q);
		else if (!role_should_stop())
			fail(t, i, &err);
		say(t);
		return rc == 0 ? 1 : -1;
	}
	return 0;
}

/* --- turning --- */

static int timeout_of(struct telling *t)
{
	int64_t now = clock_ms(), least = -1;

	for (int i = 0; i < OUTLETS; i++) {
		int64_t wait = t->trial[i].due_ms > now ? t->trial[i].due_ms - now : 0;

		if (next_for(t, i) != NULL && (least < 0 || wait < least))
			least = wait;
	}
	return (int)least;
}

/* All frames there are: 0, -1 the store is gone or garbled. */
static int hear(struct telling *t)
{
	struct frame f;
	int rc;

	if (channel_fill(&t->channel) < 0)
		return -1;
	while ((rc = channel_next(&t->channel, &f)) == 1 && (rc = take_notice(t, &f)) == 0)
		;
	if (rc < 0)
		log_line("alerts: the store sent a frame that nobody understands");
	say(t);
	return rc;
}

static int run(struct telling *t)
{
	struct pollfd fds[] = { { t->channel.fd, POLLIN, 0 }, { role_stop_fd(), POLLIN, 0 } };
	int rc = 0;

	while (rc >= 0 && !role_should_stop()) {
		if (poll(fds, 2, timeout_of(t)) > 0 && fds[0].revents != 0 && hear(t) != 0)
			return -1;
		rc = try_one(t);
	}
	return rc < 0 ? -1 : 0;
}

int role_tell(const struct heritage *h)
{
	struct telling t = { .heritage = h, .alerts = &h->command->config.alerts };
	int rc;

	channel_init(&t.channel, h->channel);
	buf_init(&t.form, FORM_BYTES);
	buf_init(&t.answer, ANSWER_BYTES);
	say(&t);
	rc = run(&t);
	while (t.n > 0)
		drop(&t, t.n - 1);
	channel_release(&t.channel);
	buf_release(&t.form);
	buf_release(&t.answer);
	return rc == 0 || role_should_stop() ? EXIT_DONE : EXIT_SYSTEM;
}
