/* fetch: see fetch.h. */
#include "daemon/fetch.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "schema/limits.h"
#include "schema/wire.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

enum { HEAD_BYTES = LIMIT_PLACE_BYTES + LIMIT_LABEL_BYTES + 64, OUT_MOST_BYTES = 1024 * 1024 };

static int garbled(struct fetch *f, const char *what, struct err *err)
{
	f->gone = true;
	return err_set(err, ERR_SYSTEM, "%s", what);
}

static int store_is_gone(struct fetch *f, struct err *err)
{
	return garbled(f, "the store ended", err);
}

/* Waits until the store's socket can be read or (`write`) written, or a stop is asked for. */
static int wait_for_store(struct fetch *f, bool write, struct err *err)
{
	struct pollfd fds[] = { { f->channel.fd, POLLIN | (write ? POLLOUT : 0), 0 }, { role_stop_fd(), POLLIN, 0 } };
	int n = poll(fds, 2, -1);

	if (n < 0 && errno != EINTR)
		return err_errno(err, "poll");
	if (fds[1].revents != 0)
		return err_set(err, ERR_SYSTEM, "told to stop");
	if (fds[0].revents & (POLLIN | POLLHUP | POLLERR))
		return channel_fill(&f->channel) >= 0 ? 0 : store_is_gone(f, err);
	return 0;
}

/* Sends what is queued until little of it is left. Words that come meanwhile wait in the channel. */
static int drain(struct fetch *f, size_t most, struct err *err)
{
	do {
		if (channel_flush(&f->channel, false) != 0)
			return store_is_gone(f, err);
		if (channel_unsent(&f->channel) > most && wait_for_store(f, true, err) != 0)
			return -1;
	} while (channel_unsent(&f->channel) > most);
	return 0;
}

static int put(struct fetch *f, enum frame_kind kind, uint32_t number, struct slice head, struct slice rest, struct err *err)
{
	if (channel_put(&f->channel, kind, number, head, rest) != 0)
		return err_set(err, ERR_SYSTEM, "no memory for %zu bytes", rest.len);
	return drain(f, OUT_MOST_BYTES, err);
}

static bool read_state(struct slice body, struct mailbox_state *out)
{
	struct arena none = { 0 };
	struct wire w = wire_of(&none, body);

	return wire_get_int(&w, &out->validity) && wire_get_int(&w, &out->done) && wire_get_int(&w, &out->settled) &&
	       wire_get_int(&w, &out->owner) && w.at == w.end;
}

int fetch_open(struct fetch *f, const char *place, struct err *err)
{
	struct frame answer;
	struct buf head;
	int rc;

	buf_init(&head, HEAD_BYTES);
	wire_put_slice(&head, slice_of(place));
	rc = head.full ? err_set(err, ERR_USE, "its name is longer than %d bytes", HEAD_BYTES) :
			 put(f, FRAME_MAILBOX, 0, buf_slice(&head), (struct slice){ 0 }, err);
	buf_release(&head);
	if (rc != 0 || drain(f, 0, err) != 0)
		return -1;
	while ((rc = channel_next(&f->channel, &answer)) == 0)
		if (wait_for_store(f, false, err) != 0)
			return -1;
	if (rc < 0 || answer.kind != FRAME_MAILBOX || !read_state(answer.body, &f->remembered))
		return garbled(f, "the store answered what nobody asked", err);
	return 0;
}

int fetch_position(struct fetch *f, int64_t validity, int64_t settled, struct err *err)
{
	struct buf head;
	int rc;

	buf_init(&head, HEAD_BYTES);
	wire_put_int(&head, validity);
	wire_put_int(&head, settled);
	rc = put(f, FRAME_POSITION, 0, buf_slice(&head), (struct slice){ 0 }, err);
	buf_release(&head);
	return rc;
}

bool fetch_may_put(const struct fetch *f)
{
	return f->unsettled < LIMIT_UNSETTLED_MESSAGES;
}

int fetch_put(struct fetch *f, int64_t uid, struct slice place, struct slice label, struct slice bytes, uint32_t *number,
	      struct err *err)
{
	struct arena scratch = { 0 };
	struct buf head;
	int rc;

	buf_init(&head, HEAD_BYTES);
	wire_put_int(&head, uid);
	wire_put_slice(&head, text_utf8_clean(&scratch, place));
	wire_put_slice(&head, text_cut(text_utf8_clean(&scratch, label), LIMIT_LABEL_BYTES));
	rc = head.full ? err_set(err, ERR_SYSTEM, "a name of more than %d bytes", LIMIT_PLACE_BYTES) :
			 put(f, FRAME_MAIL, f->number + 1, buf_slice(&head), bytes, err);
	buf_release(&head);
	arena_release(&scratch);
	if (rc != 0)
		return -1;
	*number = ++f->number;
	f->unsettled++;
	return 0;
}

int fetch_ask(struct fetch *f, struct slice place, uint32_t *number, struct err *err)
{
	struct arena scratch = { 0 };
	struct buf head;
	int rc;

	buf_init(&head, HEAD_BYTES);
	wire_put_slice(&head, text_utf8_clean(&scratch, place));
	rc = head.full ? err_set(err, ERR_SYSTEM, "a name of more than %d bytes", LIMIT_PLACE_BYTES) :
			 put(f, FRAME_ASK, f->number + 1, buf_slice(&head), (struct slice){ 0 }, err);
	buf_release(&head);
	arena_release(&scratch);
	if (rc == 0)
		*number = ++f->number;
	return rc;
}

int fetch_word(struct fetch *f, struct word *out, struct err *err)
{
	struct frame frame;
	int rc = channel_next(&f->channel, &frame);

	if (rc == 0)
		return 0;
	if (rc < 0 || (frame.kind != FRAME_SETTLED && frame.kind != FRAME_KNOWN) || frame.body.len != 1)
		return garbled(f, "the store said what nobody understands", err);
	*out = (struct word){ frame.kind, frame.message, frame.body.ptr[0] };
	if (frame.kind == FRAME_SETTLED) {
		f->unsettled--;
		board_add(f->heritage->board, f->heritage->slot, BOARD_MAILS, 1);
		board_set(f->heritage->board, f->heritage->slot, BOARD_LAST_S, (int64_t)time(NULL));
	}
	return 1;
}

int fetch_wait(struct fetch *f, int fd, short events, int timeout_ms, struct err *err)
{
	struct pollfd fds[] = { { f->channel.fd, POLLIN, 0 }, { role_stop_fd(), POLLIN, 0 }, { fd, events, 0 } };
	bool waiting = channel_waits(&f->channel);
	int n;

	if (drain(f, OUT_MOST_BYTES, err) != 0)
		return -1;
	if (channel_unsent(&f->channel) > 0)
		fds[0].events |= POLLOUT;
	n = poll(fds, 3, waiting ? 0 : timeout_ms);
	if (n < 0 && errno != EINTR)
		return err_errno(err, "poll");
	if (n < 0)
		return 0;
	if (fds[0].revents & (POLLIN | POLLHUP | POLLERR) && channel_fill(&f->channel) < 0)
		return store_is_gone(f, err);
	return (waiting || channel_waits(&f->channel) ? FETCH_WORD : 0) | (fds[1].revents != 0 ? FETCH_STOP : 0) |
	       (fds[2].revents != 0 ? FETCH_READY : 0);
}

int fetch_rest(struct fetch *f, int64_t pause_ms, struct err *err)
{
	const int64_t until_ms = clock_ms() + pause_ms;
	int64_t left_ms;
	struct word w;
	int rc, got = 0;

	do {
		while ((rc = fetch_word(f, &w, err)) == 1)
			;
		left_ms = until_ms > clock_ms() ? until_ms - clock_ms() : 0;
		if (rc < 0 || (got = fetch_wait(f, -1, 0, f->unsettled > 0 ? -1 : (int)left_ms, err)) < 0)
			return -1;
		if (got & FETCH_STOP)
			return 1;
	} while (f->unsettled > 0 || left_ms > 0);
	return 0;
}

void fetch_recall(struct fetch *f)
{
	struct board_line last;

	if (board_read(f->heritage->board, f->heritage->slot, &last) && (last.state == BOARD_WAITING || last.state == BOARD_FAILED))
		memcpy(f->said, last.text, sizeof f->said);
}

void fetch_complain(struct fetch *f, const struct err *err)
{
	struct board_line now;
	bool known;

	fetch_say(f, err->kind == ERR_USE ? BOARD_FAILED : BOARD_WAITING, "%s", err->text);
	known = board_read(f->heritage->board, f->heritage->slot, &now) && strcmp(now.text, f->said) == 0;
	if (known)
		return;
	log_line("mail %s: %s", f->source->name, err->text);
	snprintf(f->said, sizeof f->said, "%s", now.text);
}

void fetch_recover(struct fetch *f)
{
	if (f->said[0] != '\0')
		log_line("mail %s: works again", f->source->name);
	f->said[0] = '\0';
}

void fetch_say(struct fetch *f, enum board_state state, const char *format, ...)
{
	char text[BOARD_TEXT_BYTES];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	board_say(f->heritage->board, f->heritage->slot, state, text);
}
