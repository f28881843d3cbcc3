/* intake: see intake.h. */
#include "daemon/intake.h"

#include "base/clock.h"
#include "base/text.h"
#include "daemon/channel.h"
#include "daemon/role_parse.h"
#include "daemon/sandbox.h"
#include "schema/ask.h"
#include "schema/limits.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { END_MS = 1000 };

/* How often a mail is tried alone where somebody else kills its parser: it is not to blame, unless it makes the system short
 * of memory, which kills too. And how often one behind the other a parser may fail to start. */
enum { KILLED_MOST = 16, STARTS_FAILED_MOST = 5 };

struct waiting { /* to be sent, or sent and not yet answered in full; a queue */
	struct intake_item item;
	uint32_t number;
	int killed; /* while its parser had it alone, by somebody else */
	bool sent;
	struct waiting *next;
};

struct parser {
	struct channel channel;
	pid_t pid;
	struct waiting *first, **end;
	size_t count, bytes;
	uint32_t alone_until; /* after a death: up to this number one at a time */
	int64_t waited_ms;    /* for a word about the first in the queue, the time spent elsewhere left out */
	int64_t answered;     /* messages, of this process */
	int starts_failed;    /* one behind the other */
	bool greeted;         /* it has said how far its sandbox came */
};

struct intake {
	struct message_limits limits;
	struct intake_sink sink;
	struct parser parser[LIMIT_PARSERS];
	int parsers;
	int level; /* of the sandbox */
	uint32_t number;
	int64_t deaths;
	struct arena arena; /* of one answer */
};

/* --- one parser's life --- */

static int start(struct intake *in, struct parser *p, struct err *err)
{
	int fd;

	if ((p->pid = role_parse_start(&in->limits, &fd)) < 0) {
		p->pid = 0;
		return err_errno(err, "parse: cannot start the parser");
	}
	channel_init(&p->channel, fd);
	p->answered = 0;
	p->greeted = false;
	p->waited_ms = 0;
	return 0;
}

/* Nothing more is asked of it: without its socket it ends by itself, or is ended after a second. */
static void let_end(struct parser *p)
{
	struct pollfd ended = { .fd = p->pid > 0 ? (int)syscall(SYS_pidfd_open, p->pid, 0) : -1, .events = POLLIN };

	channel_release(&p->channel);
	if (ended.fd < 0)
		return;
	poll(&ended, 1, END_MS);
	close(ended.fd);
}

/* How it ended: as waitpid says. One that is gone already keeps the signal that it died of. */
static int stop(struct parser *p)
{
	int status = 0;

	channel_release(&p->channel);
	if (p->pid > 0) {
		kill(p->pid, SIGKILL);
		while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	p->pid = 0;
	return status;
}

static void forget_first(struct parser *p)
{
	struct waiting *w = p->first;

	p->first = w->next;
	if (p->first == NULL)
		p->end = &p->first;
	p->count--;
	p->bytes -= w->item.bytes.len;
	p->waited_ms = 0;
	free((char *)w->item.bytes.ptr);
	free((char *)w->item.label.ptr);
	free(w);
}

static const struct intake_sink *sink_of(const struct intake *in, const struct parser *p)
{
	return p->first->item.sink != NULL ? p->first->item.sink : &in->sink;
}

static int refuse_first(struct intake *in, struct parser *p, enum reject_code code, struct err *err)
{
	struct reject r = { .code = code, .file = p->first->item.label, .detail = slice_of(reject_sentence(code)) };

	if (sink_of(in, p)->reject(sink_of(in, p)->ctx, &p->first->item, &r, err) != 0 ||
	    sink_of(in, p)->done(sink_of(in, p)->ctx, &p->first->item, err) != 0)
		return -1;
	forget_first(p);
	return 0;
}

static int restart(struct intake *in, struct parser *p, struct err *err)
{
	stop(p);
	for (struct waiting *w = p->first; w != NULL; w = w->next)
		w->sent = false;
	return start(in, p, err);
}

/* Whether the first in the queue is what the parser ended over: it had that one alone, and nobody else killed it. */
static bool is_guilty(struct parser *p, bool killed)
{
	return p->first != NULL && p->greeted && p->first->number <= p->alone_until &&
	       (!killed || ++p->first->killed >= KILLED_MOST);
}

/* The parser is `gone`, or has to be ended. If it had the first in its queue alone, that one is guilty; else all that wait
 * are now tried one at a time. */
static int recover(struct intake *in, struct parser *p, enum reject_code code, bool gone, struct err *err)
{
	int status = stop(p);
	bool guilty = is_guilty(p, gone && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);

	in->deaths++;
	p->starts_failed = p->greeted ? 0 : p->starts_failed + 1;
	if (p->starts_failed >= STARTS_FAILED_MOST)
		return err_set(err, ERR_SYSTEM, "parse: the parser does not start; its sandbox must reach at least: %s",
			       sandbox_name(sandbox_required));
	if (p->first != NULL)
		p->alone_until = in->number;
	if (guilty && refuse_first(in, p, code, err) != 0)
		return -1;
	return restart(in, p, err);
}

/* --- sending --- */

static void send_item(struct parser *p, struct waiting *w)
{
	uint32_t label = (uint32_t)w->item.label.len;
	struct buf head;

	buf_init(&head, REPORT_HASH_BYTES + LIMIT_XML_TEXT_BYTES + sizeof label);
	if (w->item.wanted != NULL)
		buf_add(&head, w->item.wanted, REPORT_HASH_BYTES);
	buf_add(&head, &label, sizeof label);
	buf_add_slice(&head, w->item.label);
	channel_put(&p->channel, w->item.wanted != NULL ? FRAME_FIND : FRAME_MESSAGE, w->number, buf_slice(&head), w->item.bytes);
	buf_release(&head);
	w->sent = true;
}

static bool is_due_for_replacement(const struct parser *p)
{
	return p->answered >= LIMIT_PARSER_MESSAGES;
}

/* What may be sent now: everything; while a guilty one is looked for, only the first; before a replacement, nothing new. */
static void send_waiting(struct parser *p)
{
	if (is_due_for_replacement(p))
		return;
	for (struct waiting *w = p->first; w != NULL; w = w->next) {
		if (!w->sent)
			send_item(p, w);
		if (w->number <= p->alone_until)
			return;
	}
}

/* --- receiving --- */

static int hear_hello(struct intake *in, struct parser *p, const struct frame *f)
{
	unsigned level = f->body.len == 1 ? (unsigned char)f->body.ptr[0] : 0;

	if (p->greeted || f->body.len != 1 || (level & sandbox_required) != sandbox_required)
		return 1;
	p->greeted = true;
	if (in->level < 0 || (int)level < in->level)
		in->level = (int)level;
	return 0;
}

static int hand_out_report(struct intake *in, struct parser *p, const struct frame *f, struct err *err)
{
	struct report r;

	if (report_decode(&in->arena, f->body, &r) != 0)
		return 1;
	return sink_of(in, p)->report(sink_of(in, p)->ctx, &p->first->item, &r, err);
}

static int hand_out_tls(struct intake *in, struct parser *p, const struct frame *f, struct err *err)
{
	struct tls_report r;

	if (tls_report_decode(&in->arena, f->body, &r) != 0)
		return 1;
	return sink_of(in, p)->tls(sink_of(in, p)->ctx, &p->first->item, &r, err);
}

static int hand_out_failure(struct intake *in, struct parser *p, const struct frame *f, struct err *err)
{
	struct failure_report r;

	if (failure_report_decode(f->body, &r) != 0)
		return 1;
	return sink_of(in, p)->failure(sink_of(in, p)->ctx, &p->first->item, &r, err);
}

static int hand_out_reject(struct intake *in, struct parser *p, const struct frame *f, struct err *err)
{
	struct reject r;

	if (!reject_decode(f->body, &r))
		return 1;
	return sink_of(in, p)->reject(sink_of(in, p)->ctx, &p->first->item, &r, err);
}

static int hand_out_document(struct intake *in, struct parser *p, const struct frame *f, struct err *err)
{
	if (p->first->item.wanted == NULL)
		return 1;
	return sink_of(in, p)->found(sink_of(in, p)->ctx, &p->first->item, f->body, err);
}

static struct slice or_absent(struct slice s)
{
	return s.len > 0 ? s : (struct slice){ 0 };
}

static int hand_out_head(struct intake *in, struct parser *p, const struct frame *f)
{
	struct slice sender, subject;

	if (!ask_get_pair(f->body, &sender, &subject) || sender.len > LIMIT_LABEL_BYTES || subject.len > LIMIT_LABEL_BYTES ||
	    !text_utf8_valid(sender) || !text_utf8_valid(subject))
		return 1;
	if (sink_of(in, p)->head != NULL)
		sink_of(in, p)->head(sink_of(in, p)->ctx, &p->first->item, or_absent(sender), or_absent(subject));
	return 0;
}

/* 0 went well, 1 the parser sent what nobody should, -1 the sink failed. */
static int hand_out(struct intake *in, struct parser *p, const struct frame *f, struct err *err)
{
	if (f->kind == FRAME_HELLO)
		return hear_hello(in, p, f);
	if (!p->greeted || p->first == NULL || !p->first->sent || f->message != p->first->number)
		return 1;
	arena_clear(&in->arena);
	switch (f->kind) {
	case FRAME_REPORT:
		return hand_out_report(in, p, f, err);
	case FRAME_TLS:
		return hand_out_tls(in, p, f, err);
	case FRAME_FAILURE:
		return hand_out_failure(in, p, f, err);
	case FRAME_REJECT:
		return hand_out_reject(in, p, f, err);
	case FRAME_HEAD:
		return hand_out_head(in, p, f);
	case FRAME_FOUND:
		return hand_out_document(in, p, f, err);
	case FRAME_DONE:
		p->answered++;
		if (sink_of(in, p)->done(sink_of(in, p)->ctx, &p->first->item, err) != 0)
			return -1;
		forget_first(p);
		return 0;
	default:
		return 1;
	}
}

static int hand_out_all(struct intake *in, struct parser *p, struct err *err)
{
	struct frame f;
	int rc;

	while ((rc = channel_next(&p->channel, &f)) == 1)
		if ((rc = hand_out(in, p, &f, err)) != 0)
			return rc;
	return rc < 0 ? 1 : 0;
}

static int receive(struct intake *in, struct parser *p, struct err *err)
{
	int rc = channel_fill(&p->channel);

	if (rc == 0)
		return 0;
	p->waited_ms = 0;
	if (rc < 0)
		return recover(in, p, REJECT_DIED, true, err);
	if ((rc = hand_out_all(in, p, err)) == 1)
		return recover(in, p, REJECT_DIED, false, err);
	if (rc == 0 && is_due_for_replacement(p) && (p->first == NULL || !p->first->sent))
		return restart(in, p, err);
	return rc;
}

/* --- turning --- */

static bool is_working(const struct parser *p)
{
	return p->first != NULL && p->first->sent;
}

static int poll_timeout(const struct intake *in)
{
	int64_t least = LIMIT_PARSE_MS;

	for (int i = 0; i < in->parsers; i++) {
		int64_t left = LIMIT_PARSE_MS - in->parser[i].waited_ms;

		if (is_working(&in->parser[i]) && left < least)
			least = left > 0 ? left : 0;
	}
	return (int)least;
}

static void count_waiting(struct intake *in, int64_t ms)
{
	for (int i = 0; i < in->parsers; i++)
		if (is_working(&in->parser[i]))
			in->parser[i].waited_ms += ms;
}

int intake_prepare(struct intake *in, struct pollfd *fds, int *timeout_ms, struct err *err)
{
	int timeout = poll_timeout(in);

	for (int i = 0; i < in->parsers; i++) {
		struct parser *p = &in->parser[i];

		send_waiting(p);
		if (channel_flush(&p->channel, false) != 0 && recover(in, p, REJECT_DIED, true, err) != 0)
			return -1;
		fds[i] = (struct pollfd){ p->channel.fd, POLLIN | (channel_unsent(&p->channel) > 0 ? POLLOUT : 0), 0 };
	}
	if (timeout < *timeout_ms)
		*timeout_ms = timeout;
	return in->parsers;
}

int intake_attend(struct intake *in, const struct pollfd *fds, int64_t waited_ms, struct err *err)
{
	int rc = 0;

	count_waiting(in, waited_ms);
	for (int i = 0; i < in->parsers && rc == 0; i++) {
		if (fds[i].revents & (POLLIN | POLLHUP | POLLERR))
			rc = receive(in, &in->parser[i], err);
		if (rc == 0 && is_working(&in->parser[i]) && in->parser[i].waited_ms >= LIMIT_PARSE_MS)
			rc = recover(in, &in->parser[i], REJECT_SLOW, false, err);
	}
	return rc;
}

/* One round: write what can be written, wait for what comes, hand it out, end who is late. */
static int turn(struct intake *in, struct err *err)
{
	struct pollfd fds[LIMIT_PARSERS] = { 0 };
	int timeout_ms = LIMIT_PARSE_MS, n = intake_prepare(in, fds, &timeout_ms, err);
	int64_t before = clock_ms();

	if (n < 0)
		return -1;
	if (poll(fds, (nfds_t)n, timeout_ms) <= 0)
		for (int i = 0; i < n; i++)
			fds[i].revents = 0;
	return intake_attend(in, fds, clock_ms() - before, err);
}

/* --- the door --- */

static bool holds(const struct parser *p, size_t share)
{
	return p->count >= LIMIT_IN_FLIGHT_MESSAGES / share || (p->count > 0 && p->bytes > LIMIT_IN_FLIGHT_BYTES / share);
}

static struct parser *least_busy(struct intake *in)
{
	struct parser *least = &in->parser[0];

	for (int i = 1; i < in->parsers; i++)
		if (in->parser[i].bytes < least->bytes)
			least = &in->parser[i];
	return least;
}

static struct waiting *waiting_new(struct slice label, const struct intake_item *item)
{
	struct arena scratch = { 0 };
	struct slice clean = text_utf8_clean(&scratch, label);
	struct waiting *w = calloc(1, sizeof *w);

	if (clean.len > LIMIT_XML_TEXT_BYTES)
		clean.len = 0;
	if (w != NULL) {
		w->item = *item;
		w->item.label = (struct slice){ strndup(clean.ptr, clean.len), clean.len };
		if (w->item.label.ptr == NULL) {
			free(w);
			w = NULL;
		}
	}
	arena_release(&scratch);
	return w;
}

static int add(struct intake *in, struct parser *p, struct slice label, const struct intake_item *item, struct err *err)
{
	struct waiting *w = waiting_new(label, item);

	if (w == NULL) {
		free((char *)(uintptr_t)item->bytes.ptr);
		return err_errno(err, "parse");
	}
	w->number = ++in->number;
	*p->end = w;
	p->end = &w->next;
	p->count++;
	p->bytes += item->bytes.len;
	return 0;
}

int intake_put(struct intake *in, struct slice label, char *bytes, size_t n, bool last, struct err *err)
{
	const struct intake_item item = { .bytes = { bytes, n }, .last = last };
	struct parser *p = least_busy(in);

	if (add(in, p, label, &item, err) != 0)
		return -1;
	if (!holds(p, 1))
		return 0;
	while (holds(p, 2)) /* in batches: one turn for many mails */
		if (turn(in, err) != 0)
			return -1;
	return 0;
}

int intake_add(struct intake *in, struct slice label, char *bytes, size_t n, void *tag, struct err *err)
{
	const struct intake_item item = { .bytes = { bytes, n }, .last = true, .tag = tag };

	return add(in, least_busy(in), label, &item, err);
}

int intake_add_to(struct intake *in, const struct intake_sink *sink, const unsigned char *wanted, struct slice label, char *bytes,
		  size_t n, void *tag, struct err *err)
{
	const struct intake_item item = { .bytes = { bytes, n }, .last = true, .tag = tag, .sink = sink, .wanted = wanted };

	return add(in, least_busy(in), label, &item, err);
}

bool intake_has_room(const struct intake *in)
{
	for (int i = 0; i < in->parsers; i++)
		if (!holds(&in->parser[i], 1))
			return true;
	return false;
}

bool intake_is_idle(const struct intake *in)
{
	for (int i = 0; i < in->parsers; i++)
		if (in->parser[i].first != NULL)
			return false;
	return true;
}

int intake_finish(struct intake *in, struct err *err)
{
	while (!intake_is_idle(in))
		if (turn(in, err) != 0)
			return -1;
	return 0;
}

int intake_sandbox_level(const struct intake *in)
{
	return in->level;
}

int64_t intake_deaths(const struct intake *in)
{
	return in->deaths;
}

int intake_parsers(void)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	return cores < 2 ? 1 : cores < LIMIT_PARSERS ? (int)cores : LIMIT_PARSERS;
}

int intake_start(const struct message_limits *limits, int parsers, const struct intake_sink *sink, struct intake **out,
		 struct err *err)
{
	struct intake *in = calloc(1, sizeof *in);

	if (in == NULL)
		return err_errno(err, "parse");
	in->limits = *limits;
	in->sink = *sink;
	in->level = -1;
	for (; in->parsers < parsers && in->parsers < LIMIT_PARSERS; in->parsers++) {
		struct parser *p = &in->parser[in->parsers];

		p->end = &p->first;
		p->channel.fd = -1;
		if (start(in, p, err) != 0) {
			intake_free(in);
			return -1;
		}
	}
	*out = in;
	return 0;
}

void intake_free(struct intake *in)
{
	if (in == NULL)
		return;
	for (int i = 0; i < in->parsers; i++) {
		if (in->parser[i].first == NULL)
			let_end(&in->parser[i]);
		stop(&in->parser[i]);
		while (in->parser[i].first != NULL)
			forget_first(&in->parser[i]);
	}
	arena_release(&in->arena);
	free(in);
}
