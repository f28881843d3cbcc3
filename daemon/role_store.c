/* role_store: the one writer. Mails come from fetch roles, go through the parsers (intake.h) and into the database; once a
 * commit has made them durable their fetch role hears FRAME_SETTLED of each, and of none before. Mail bytes pass through
 * unread: they are kept beside the reports (storage/raw.h), and parsing is the parsers'.
 * Neighbours: parent.c hands it a channel for every role it starts; ledger.c does the storing; desk_*.c have the other roles' work. */
#include "base/clock.h"
#include "base/log.h"
#include "daemon/control.h"
#include "daemon/desk_lookup.h"
#include "daemon/desk_tell.h"
#include "daemon/desk_web.h"
#include "daemon/fetch.h"
#include "daemon/intake.h"
#include "daemon/ledger.h"
#include "daemon/sandbox.h"
#include "schema/limits.h"
#include "schema/wire.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
	TURN_MS = 1000,      /* what is due by the clock is looked for this often */
	SETTLE_MS = 1000,    /* a mail waits for its commit at most so long, */
	QUIET_MS = 30,       /* and no longer than this once nothing else comes */
};

struct customer { /* a role that is connected */
	struct channel channel;
	enum role role;
	int slot;
	struct mailbox mailbox; /* of a fetch role */
};

struct store_role {
	const struct heritage *heritage;
	struct ledger *ledger;
	struct intake *intake;
	struct customer *customer[BOARD_SLOTS];
	int customers;
	struct desk_lookup *lookup; /* NULL: nothing is looked up; likewise: */
	struct desk_tell *tell;
	struct desk_web *web;
	int64_t busy_ms;    /* when something last came */
	int64_t turned_ms;
	int64_t deaths;
};

/* --- settling --- */

/* Tells each customer what of its is durable now. */
static void tell_settled(struct store_role *d)
{
	struct settled s;

	while (ledger_next_settled(d->ledger, &s))
		for (int i = 0; i < d->customers; i++)
			if (&d->customer[i]->mailbox == s.mailbox) {
				char outcome = (char)s.outcome;

				channel_put(&d->customer[i]->channel, FRAME_SETTLED, s.number, (struct slice){ &outcome, 1 },
					    (struct slice){ 0 });
			}
}

static int commit(struct store_role *d, struct err *err)
{
	if (ledger_commit(d->ledger, err) != 0)
		return -1;
	tell_settled(d);
	desk_web_committed(d->web);
	return 0;
}

/* --- what a fetch role says --- */

static int answer_mailbox(struct store_role *d, struct customer *c, const struct frame *f, struct err *err)
{
	struct arena scratch = { 0 };
	struct wire w = wire_of(&scratch, f->body);
	struct slice place;
	struct buf answer;

	if (!wire_get_slice(&w, &place) || place.len == 0 || w.at != w.end)
		return 1;
	/* durable before it is told: the owner names a folder that mails are claimed into */
	if (ledger_open_mailbox(d->ledger, place, &c->mailbox, err) != 0 || commit(d, err) != 0)
		return -1;
	buf_init(&answer, LIMIT_PLACE_BYTES);
	wire_put_int(&answer, c->mailbox.state.validity);
	wire_put_int(&answer, c->mailbox.state.done);
	wire_put_int(&answer, c->mailbox.state.settled);
	wire_put_int(&answer, c->mailbox.state.owner);
	channel_put(&c->channel, FRAME_MAILBOX, f->message, buf_slice(&answer), (struct slice){ 0 });
	buf_release(&answer);
	return 0;
}

static int take_position(struct store_role *d, struct customer *c, const struct frame *f, struct err *err)
{
	struct arena none = { 0 };
	struct wire w = wire_of(&none, f->body);
	int64_t validity, settled;

	if (!wire_get_int(&w, &validity) || !wire_get_int(&w, &settled) || w.at != w.end || c->mailbox.id == 0)
		return 1;
	return ledger_position(d->ledger, &c->mailbox, validity, settled, err);
}

static int take_mail(struct store_role *d, struct customer *c, const struct frame *f, struct err *err)
{
	struct arena scratch = { 0 };
	struct wire w = wire_of(&scratch, f->body);
	struct slice place, label, bytes;
	struct delivery *delivery;
	int64_t uid;
	char *copy;

	if (!wire_get_int(&w, &uid) || !wire_get_slice(&w, &place) || !wire_get_slice(&w, &label) || c->mailbox.id == 0 ||
	    place.len > LIMIT_PLACE_BYTES)
		return 1;
	bytes = (struct slice){ (const char *)w.at, (size_t)(w.end - w.at) };
	if ((copy = malloc(bytes.len + 1)) == NULL)
		return err_errno(err, "a mail of %zu bytes", bytes.len);
	memcpy(copy, bytes.ptr, bytes.len);
	delivery = ledger_expect(d->ledger, &c->mailbox, f->message, uid, place);
	return intake_add(d->intake, label, copy, bytes.len, delivery, err);
}

static int answer_ask(struct store_role *d, struct customer *c, const struct frame *f, struct err *err)
{
	struct arena none = { 0 };
	struct wire w = wire_of(&none, f->body);
	struct slice place;
	bool known;
	char answer;

	if (!wire_get_slice(&w, &place) || w.at != w.end || c->mailbox.id == 0)
		return 1;
	if (ledger_knows(d->ledger, &c->mailbox, place, &known, err) != 0)
		return -1;
	answer = known;
	channel_put(&c->channel, FRAME_KNOWN, f->message, (struct slice){ &answer, 1 }, (struct slice){ 0 });
	return 0;
}

static int take_fetch_frame(struct store_role *d, struct customer *c, const struct frame *f, struct err *err)
{
	switch (f->kind) {
	case FRAME_MAILBOX:
		return answer_mailbox(d, c, f, err);
	case FRAME_POSITION:
		return take_position(d, c, f, err);
	case FRAME_MAIL:
		return take_mail(d, c, f, err);
	case FRAME_ASK:
		return answer_ask(d, c, f, err);
	default:
		return 1;
	}
}

/* 0, 1 it said what nobody should, -1 a fault. */
static int take_frame(struct store_role *d, struct customer *c, const struct frame *f, struct err *err)
{
	const int64_t now_s = (int64_t)time(NULL);

	if (c->role == ROLE_FETCH)
		return take_fetch_frame(d, c, f, err);
	if (c->role == ROLE_WEB) /* it says itself what has to become durable */
		return desk_web_take(d->web, d->intake, f, err);
	ledger_touch(d->ledger);
	if (c->role == ROLE_LOOKUP && d->lookup != NULL)
		return desk_lookup_take(d->lookup, f, now_s, err);
	return c->role == ROLE_TELL && d->tell != NULL ? desk_tell_take(d->tell, f, now_s, err) : 1;
}

/* --- who is connected --- */

static void disconnect(struct store_role *d, int i)
{
	struct customer *c = d->customer[i];

	ledger_close_mailbox(d->ledger, &c->mailbox);
	if (c->role == ROLE_WEB)
		desk_web_connect(d->web, NULL);
	channel_release(&c->channel);
	free(c);
	d->customer[i] = d->customer[--d->customers];
}

static void connect_role(struct store_role *d, enum role role, int slot, int fd)
{
	struct customer *c;

	for (int i = d->customers - 1; i >= 0; i--)
		if (d->customer[i]->slot == slot)
			disconnect(d, i);
	if (d->customers == BOARD_SLOTS || (c = calloc(1, sizeof *c)) == NULL) {
		close(fd);
		return;
	}
	c->role = role;
	c->slot = slot;
	channel_init(&c->channel, fd);
	d->customer[d->customers++] = c;
	if (role == ROLE_LOOKUP && d->lookup != NULL)
		desk_lookup_connected(d->lookup);
	if (role == ROLE_TELL && d->tell != NULL)
		desk_tell_connected(d->tell);
	if (role == ROLE_WEB)
		desk_web_connect(d->web, &c->channel);
}

/* -1: the parent is gone. */
static int hear_parent(struct store_role *d)
{
	struct control m;
	int fds[CONTROL_FDS], rc;

	while ((rc = control_receive(d->heritage->control, &m, fds)) == 1) {
		if (m.kind == CONTROL_CONNECT && fds[0] >= 0)
			connect_role(d, (enum role)m.a, m.b, fds[0]);
		else
			close(fds[0]);
	}
	return rc;
}

/* All that it has said, as long as there is room for mails: 0, 1 it has to go, -1 a fault. */
static int hear(struct store_role *d, struct customer *c, struct err *err)
{
	struct frame f;
	int got = 0, rc = 0;

	while (rc == 0 && intake_has_room(d->intake) && (got = channel_next(&c->channel, &f)) == 1)
		rc = take_frame(d, c, &f, err);
	if (got >= 0 && rc <= 0)
		return rc;
	log_line("store: %s sent a frame that nobody understands: it is started again", role_name(c->role));
	return 1;
}

/* --- when to commit --- */

static bool commit_is_due(const struct store_role *d, int64_t now_ms)
{
	int64_t since_ms = ledger_waiting_since(d->ledger);

	if (since_ms < 0)
		return false;
	return ledger_is_full(d->ledger) || now_ms - since_ms >= SETTLE_MS ||
	       (intake_is_idle(d->intake) && now_ms - d->busy_ms >= QUIET_MS);
}

static int commit_if_due(struct store_role *d, struct err *err)
{
	return commit_is_due(d, clock_ms()) ? commit(d, err) : 0;
}

/* What look-ups and alerts have to ask and say. */
static int turn_desks(struct store_role *d, struct err *err)
{
	const int64_t now_s = (int64_t)time(NULL);
	int rc = 0;

	for (int i = 0; i < d->customers && rc == 0; i++) {
		struct customer *c = d->customer[i];

		if (c->role == ROLE_LOOKUP && d->lookup != NULL)
			rc = desk_lookup_turn(d->lookup, &c->channel, now_s, err);
		if (c->role == ROLE_TELL && d->tell != NULL)
			rc = desk_tell_turn(d->tell, &c->channel, now_s, err);
	}
	if (store_is_open(ledger_store(d->ledger)))
		ledger_touch(d->ledger);
	return rc;
}

static int turn_by_clock(struct store_role *d, struct err *err)
{
	struct board *b = d->heritage->board;
	int64_t now = clock_ms(), deaths = intake_deaths(d->intake);

	if (now - d->turned_ms < TURN_MS)
		return 0;
	d->turned_ms = now;
	board_add(b, d->heritage->slot, BOARD_PARSER_DEATHS, deaths - d->deaths);
	d->deaths = deaths;
	if (intake_sandbox_level(d->intake) >= 0) /* of its parsers: they are what it is for */
		board_set(b, d->heritage->slot, BOARD_SANDBOX, intake_sandbox_level(d->intake));
	return turn_desks(d, err);
}

/* --- turning --- */

enum { PARENT, STOP, FIRST_CUSTOMER };

static int timeout_of(const struct store_role *d)
{
	int64_t now = clock_ms(), since = ledger_waiting_since(d->ledger), quiet;

	if (since < 0)
		return TURN_MS;
	quiet = intake_is_idle(d->intake) ? d->busy_ms + QUIET_MS - now : SETTLE_MS;
	since = since + SETTLE_MS - now;
	since = quiet < since ? quiet : since;
	return since < 0 ? 0 : (int)since;
}

static int prepare(struct store_role *d, struct pollfd *fds, int *n, int *timeout_ms, struct err *err)
{
	bool room = intake_has_room(d->intake);
	int parsers;

	*timeout_ms = timeout_of(d);
	fds[PARENT] = (struct pollfd){ d->heritage->control, POLLIN, 0 };
	fds[STOP] = (struct pollfd){ role_stop_fd(), POLLIN, 0 };
	for (int i = 0; i < d->customers; i++) {
		struct channel *c = &d->customer[i]->channel;

		fds[FIRST_CUSTOMER + i] = (struct pollfd){
			c->fd, (short)((room ? POLLIN : 0) | (channel_unsent(c) > 0 ? POLLOUT : 0)), 0 };
		if (room && channel_waits(c))
			*timeout_ms = 0;
	}
	*n = FIRST_CUSTOMER + d->customers;
	if ((parsers = intake_prepare(d->intake, fds + *n, timeout_ms, err)) < 0)
		return -1;
	*n += parsers;
	return 0;
}

/* What came from the roles; one that is gone or talks nonsense is let go. */
static int attend_customers(struct store_role *d, const struct pollfd *fds, struct err *err)
{
	for (int i = d->customers - 1; i >= 0; i--) { /* from the end: letting one go moves the last to its place */
		struct customer *c = d->customer[i];
		const short came = fds[FIRST_CUSTOMER + i].revents;
		int rc = 0;

		if (came & (POLLIN | POLLHUP | POLLERR))
			rc = channel_fill(&c->channel) < 0 ? 1 : 0;
		if (came != 0)
			d->busy_ms = clock_ms();
		if (rc == 0)
			rc = hear(d, c, err);
		if (rc == 0 && channel_flush(&c->channel, false) != 0)
			rc = 1;
		if (rc < 0)
			return -1;
		if (rc == 1)
			disconnect(d, i);
	}
	return 0;
}

/* 1 it goes on, 0 it was told to end, -1 a fault. */
static int turn(struct store_role *d, struct err *err)
{
	struct pollfd fds[FIRST_CUSTOMER + BOARD_SLOTS + LIMIT_PARSERS] = { 0 };
	int n, timeout_ms, parsers_at;
	int64_t before;

	if (prepare(d, fds, &n, &timeout_ms, err) != 0)
		return -1;
	parsers_at = FIRST_CUSTOMER + d->customers;
	before = clock_ms();
	if (poll(fds, (nfds_t)n, timeout_ms) < 0)
		for (int i = 0; i < n; i++)
			fds[i].revents = 0;
	if (intake_attend(d->intake, fds + parsers_at, clock_ms() - before, err) != 0 || attend_customers(d, fds, err) != 0 ||
	    commit_if_due(d, err) != 0 || turn_by_clock(d, err) != 0)
		return -1;
	if (fds[STOP].revents != 0)
		return 0;
	return fds[PARENT].revents == 0 || hear_parent(d) >= 0 ? 1 : 0;
}

static int open_all(struct store_role *d, struct err *err)
{
	const struct command *c = d->heritage->command;
	const struct message_limits limits = command_limits(&c->config);
	struct intake_sink sink;

	if (ledger_open(d->heritage, &d->ledger, err) != 0)
		return -1;
	sink = ledger_sink(d->ledger);
	if (desk_web_open(d->heritage, d->ledger, &d->web, err) != 0)
		return -1;
	if (desk_lookup_is_wanted(&c->config) &&
	    desk_lookup_open(&c->config, ledger_store(d->ledger), &d->lookup, err) != 0)
		return -1;
	if (alerts_has_outlets(&c->config.alerts) && desk_tell_open(c, ledger_store(d->ledger), &d->tell, err) != 0)
		return -1;
	return intake_start(&limits, intake_parsers(), &sink, &d->intake, err);
}

static int run(struct store_role *d, struct err *err)
{
	int rc;

	if (open_all(d, err) != 0)
		return -1;
	board_say(d->heritage->board, d->heritage->slot, BOARD_WELL, "");
	while ((rc = turn(d, err)) == 1)
		;
	if (rc == 0)
		rc = commit(d, err); /* what was answered so far; the rest is fetched again */
	for (int i = 0; rc == 0 && i < d->customers; i++)
		channel_flush(&d->customer[i]->channel, false);
	return rc;
}

int role_store(const struct heritage *h)
{
	struct store_role d = { .heritage = h };
	struct err err = { 0 };
	int rc;

	board_say(h->board, h->slot, BOARD_STARTING, "");
	rc = run(&d, &err);
	if (rc != 0) {
		log_line("store: %s", err.text);
		board_say(h->board, h->slot, err.kind == ERR_USE ? BOARD_FAILED : BOARD_WAITING, err.text);
	}
	while (d.customers > 0)
		disconnect(&d, d.customers - 1);
	intake_free(d.intake);
	desk_lookup_close(d.lookup);
	desk_tell_close(d.tell);
	desk_web_close(d.web);
	ledger_close(d.ledger);
	return rc == 0 ? EXIT_DONE : err.kind == ERR_USE ? EXIT_USE : EXIT_SYSTEM;
}
