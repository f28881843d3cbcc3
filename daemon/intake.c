/* intake: see intake.h. */
#include "daemon/intake.h"

#include "daemon/channel.h"
#include "daemon/role_parse.h"
#include "schema/limits.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PARSER_FD = 3 };

struct waiting { /* sent or to be sent, not yet answered; a queue */
	struct intake_item item;
	uint32_t number;
	bool sent;
	struct waiting *next;
};

struct intake {
	struct message_limits limits;
	struct intake_sink sink;
	struct channel channel;
	pid_t pid;
	struct waiting *first, **end;
	size_t count, bytes;
	uint32_t number;
	uint32_t alone_until; /* after a death: up to this number one at a time */
	struct arena arena;   /* of one answer */
};

static int start_parser(struct intake *in, struct err *err)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return err_errno(err, "parse: socketpair");
	if ((in->pid = fork()) < 0) {
		close(pair[0]);
		close(pair[1]);
		return err_errno(err, "parse: fork");
	}
	if (in->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGINT, SIG_IGN);
		dup2(pair[1], PARSER_FD);
		close_range(PARSER_FD + 1, ~0U, 0);
		_exit(role_parse(PARSER_FD, &in->limits));
	}
	close(pair[1]);
	channel_init(&in->channel, pair[0]);
	return 0;
}

static void stop_parser(struct intake *in)
{
	channel_release(&in->channel);
	if (in->pid > 0) {
		kill(in->pid, SIGKILL);
		while (waitpid(in->pid, NULL, 0) < 0)
			;
	}
	in->pid = 0;
}

int intake_start(const struct message_limits *limits, const struct intake_sink *sink, struct intake **out,
		 struct err *err)
{
	struct intake *in = calloc(1, sizeof *in);

	if (in == NULL)
		return err_errno(err, "parse");
	in->limits = *limits;
	in->sink = *sink;
	in->end = &in->first;
	in->channel.fd = -1;
	if (start_parser(in, err) != 0) {
		free(in);
		return -1;
	}
	*out = in;
	return 0;
}

static void forget_first(struct intake *in)
{
	struct waiting *w = in->first;

	in->first = w->next;
	if (in->first == NULL)
		in->end = &in->first;
	in->count--;
	in->bytes -= w->item.bytes.len;
	free((char *)w->item.bytes.ptr);
	free((char *)w->item.label.ptr);
	free(w);
}

static int refuse_first(struct intake *in, const char *detail, struct err *err)
{
	struct reject r = { .code = REJECT_BROKEN_FRAME, .file = in->first->item.label, .detail = slice_of(detail) };

	if (in->sink.reject(in->sink.ctx, &in->first->item, &r, err) != 0 ||
	    in->sink.done(in->sink.ctx, &in->first->item, err) != 0)
		return -1;
	forget_first(in);
	return 0;
}

static int send_item(struct intake *in, struct waiting *w)
{
	struct buf head;
	uint32_t label = (uint32_t)w->item.label.len;
	int rc;

	buf_init(&head, LIMIT_PARAM_BYTES * 4);
	buf_add(&head, &label, sizeof label);
	buf_add_slice(&head, w->item.label);
	rc = channel_put(&in->channel, FRAME_MESSAGE, w->number, buf_slice(&head), w->item.bytes);
	buf_release(&head);
	w->sent = true;
	return rc;
}

/* What may be sent now: everything, or, while the guilty one is looked for, only the first. */
static void send_waiting(struct intake *in)
{
	for (struct waiting *w = in->first; w != NULL; w = w->next) {
		if (!w->sent)
			send_item(in, w);
		if (w->number <= in->alone_until)
			return;
	}
}

/* The parser is gone. The first in the queue is what it was working on, or one it had answered in part. */
static int recover(struct intake *in, struct err *err)
{
	bool was_alone = in->first != NULL && in->first->number <= in->alone_until;

	stop_parser(in);
	if (in->first == NULL)
		return start_parser(in, err);
	in->alone_until = in->number;
	if (was_alone && refuse_first(in, "the parser died over it, twice", err) != 0)
		return -1;
	for (struct waiting *w = in->first; w != NULL; w = w->next)
		w->sent = false;
	return start_parser(in, err);
}

static int hand_out(struct intake *in, const struct frame *f, struct err *err)
{
	struct report report;
	struct tls_report tls;
	struct failure_report failure;
	struct reject reject;

	if (in->first == NULL || f->message != in->first->number)
		return 1;
	switch (f->kind) {
	case FRAME_REPORT:
		arena_clear(&in->arena);
		if (report_decode(&in->arena, f->body, &report) != 0)
			return 1;
		return in->sink.report(in->sink.ctx, &in->first->item, &report, err);
	case FRAME_TLS:
		arena_clear(&in->arena);
		if (tls_report_decode(&in->arena, f->body, &tls) != 0)
			return 1;
		return in->sink.tls(in->sink.ctx, &in->first->item, &tls, err);
	case FRAME_FAILURE:
		if (failure_report_decode(f->body, &failure) != 0)
			return 1;
		return in->sink.failure(in->sink.ctx, &in->first->item, &failure, err);
	case FRAME_REJECT:
		if (!reject_decode(f->body, &reject))
			return 1;
		return in->sink.reject(in->sink.ctx, &in->first->item, &reject, err);
	case FRAME_DONE:
		if (in->sink.done(in->sink.ctx, &in->first->item, err) != 0)
			return -1;
		forget_first(in);
		return 0;
	default:
		return 1;
	}
}

/* All whole frames that have arrived. 1: the parser sent what nobody should. */
static int hand_out_all(struct intake *in, struct err *err)
{
	struct frame f;
	int rc;

	while ((rc = channel_next(&in->channel, &f)) == 1)
		if ((rc = hand_out(in, &f, err)) != 0)
			return rc;
	return rc < 0 ? 1 : 0;
}

/* One round: write what can be written, wait for what comes, hand it out. */
static int turn(struct intake *in, struct err *err)
{
	struct pollfd p = { .fd = in->channel.fd, .events = POLLIN };
	int rc = 0;

	send_waiting(in);
	if (channel_flush(&in->channel, false) != 0)
		return recover(in, err);
	if (channel_unsent(&in->channel) > 0)
		p.events |= POLLOUT;
	if (poll(&p, 1, -1) < 0)
		return 0;
	if ((p.revents & (POLLIN | POLLHUP | POLLERR)) == 0)
		return 0;
	rc = channel_fill(&in->channel);
	if (rc < 0 || (rc = hand_out_all(in, err)) == 1)
		return recover(in, err);
	return rc;
}

static bool is_full(const struct intake *in)
{
	return in->count >= LIMIT_IN_FLIGHT_MESSAGES || (in->count > 0 && in->bytes > LIMIT_IN_FLIGHT_BYTES);
}

static bool is_half_full(const struct intake *in)
{
	return in->count >= LIMIT_IN_FLIGHT_MESSAGES / 2 || in->bytes > LIMIT_IN_FLIGHT_BYTES / 2;
}

int intake_put(struct intake *in, struct slice label, char *bytes, size_t n, bool last, struct err *err)
{
	struct waiting *w = calloc(1, sizeof *w);

	if (w == NULL || (w->item.label.ptr = strndup(label.ptr, label.len)) == NULL) {
		free(w);
		free(bytes);
		return err_errno(err, "parse");
	}
	w->item.label.len = strlen(w->item.label.ptr);
	w->item.bytes = (struct slice){ bytes, n };
	w->item.last = last;
	w->number = ++in->number;
	*in->end = w;
	in->end = &w->next;
	in->count++;
	in->bytes += n;
	if (!is_full(in))
		return 0;
	while (is_half_full(in)) /* in batches: one turn for many mails */
		if (turn(in, err) != 0)
			return -1;
	return 0;
}

int intake_finish(struct intake *in, struct err *err)
{
	while (in->first != NULL)
		if (turn(in, err) != 0)
			return -1;
	return 0;
}

void intake_free(struct intake *in)
{
	if (in == NULL)
		return;
	stop_parser(in);
	while (in->first != NULL)
		forget_first(in);
	arena_release(&in->arena);
	free(in);
}
