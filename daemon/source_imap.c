/* source_imap: a mailbox on a mail server (INTERFACE, `mail`): what is new there is asked for 200 mails a command and
 * four commands ahead, put to the store as it comes, and cleared away once it is durable; then the server is listened
 * to (IDLE) or asked now and then. A server may answer several commands at once, in turns (Dovecot does), but "all up
 * to this UID are taken in" is what a restart relies on: a mail that comes before a lower one is put without a UID, and
 * the mail that closes the gap speaks for all. Neighbours: fetch.c, imap_account.c, imap_settle.c, imap.c. */
#include "daemon/source_imap.h"

#include "base/clock.h"
#include "base/log.h"
#include "daemon/imap_account.h"
#include "daemon/imap_settle.h"
#include "daemon/mail_place.h"
#include "schema/limits.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
	BATCH = 200,
	AHEAD = 4,
	REFUSED_MOST = 3,
	IDLE_MOST_MS = 28 * 60 * 1000, /* RFC 9051 6.3.13: under 29 minutes */
	PAUSE_FIRST_MS = 250,          /* after a fault: doubled before each */
	PAUSE_MOST_MS = 60 * 1000,
};

struct flight { /* a FETCH that is not answered */
	uint32_t tag;
	size_t n; /* mails asked for */
	bool ended; /* before an earlier one */
	bool alone; /* it was refused: its mails are asked for one at a time, */
	size_t at;  /* now this one */
};

struct run {
	struct fetch *f;
	const struct mail_source *source;
	struct imap *imap;
	struct imap_settle *settle;
	struct imap_folder folder;
	uint32_t known; /* up to this UID the store has them, and only clearing away is owed */
	uint32_t reached; /* up to this UID was searched */
	struct uid_set plan; /* to be asked for */
	uint64_t planned;
	uint32_t asked[BATCH * AHEAD]; /* the mails of the flights, ascending */
	bool over[BATCH * AHEAD]; /* it was put, or it is gone */
	size_t asked_n, next; /* `next`: the first of them that is not over */
	size_t open; /* how many are not */
	struct flight flight[AHEAD];
	int flights;
	int refused;         /* mails, one behind the other */
	uint32_t read;       /* the highest UID that was put */
	uint32_t doubted;    /* the lowest that was refused behind it, 0: none */
	uint32_t told;       /* the one that was last said to be refused */
	bool cannot_idle;
	int64_t heard_ms; /* clock: when the server was last heard, or given time */
};

static int fail(const struct run *r, const char *what, struct err *err)
{
	return err_set(err, ERR_SYSTEM, "%s:%d: %s", r->source->host, r->source->port, what);
}

static void set_board(const struct run *r, enum board_count what, int64_t n)
{
	board_set(r->f->heritage->board, r->f->heritage->slot, what, n);
}

static void mark_contact(const struct run *r)
{
	set_board(r, BOARD_CONTACT_S, (int64_t)time(NULL));
}

/* --- fetching --- */

/* Those that the store has already are only to be cleared away. */
static void pass_known(struct run *r)
{
	uint32_t uid;

	while (r->planned > 0 && r->plan.range[r->plan.taken].first <= r->known && imap_settle_room(r->settle) > 0) {
		uid_set_take(&r->plan, &uid, 1);
		r->planned--;
		imap_settle_add_durable(r->settle, uid);
	}
}

static int send_fetch(struct run *r, struct err *err)
{
	struct flight *f = &r->flight[r->flights++];
	struct buf uids;
	int rc;

	buf_init(&uids, BATCH * 12);
	*f = (struct flight){ .n = uid_set_take(&r->plan, r->asked + r->asked_n, BATCH) };
	r->planned -= f->n;
	uid_set_print(&uids, r->asked + r->asked_n, f->n);
	memset(r->over + r->asked_n, 0, f->n * sizeof *r->over);
	r->asked_n += f->n;
	r->open += f->n;
	if (r->flights == 1)
		r->heard_ms = clock_ms();
	rc = imap_send(r->imap, IMAP_FETCH, buf_slice(&uids), NULL, &f->tag, err);
	buf_release(&uids);
	return rc;
}

/* Asks ahead, but only for what finds room even if no word comes: the answer to a MOVE stands behind the mails. */
static int send_fetches(struct run *r, struct err *err)
{
	pass_known(r);
	while (r->flights < AHEAD && r->planned > 0 && r->plan.range[r->plan.taken].first > r->known &&
	       imap_settle_room(r->settle) >= r->open + BATCH)
		if (send_fetch(r, err) != 0)
			return -1;
	return 0;
}

/* `upto`: all up to this UID were put, this mail with them; 0 where it came too early to say so. */
static int put(struct run *r, const struct imap_mail *mail, uint32_t upto, struct err *err)
{
	char place[32], label[LIMIT_LABEL_BYTES];
	uint32_t number;

	snprintf(place, sizeof place, "%u:%u", (unsigned)r->folder.validity, (unsigned)mail->uid);
	snprintf(label, sizeof label, "%s/%u", r->source->name, (unsigned)mail->uid);
	if (fetch_put(r->f, upto, slice_of(place), slice_of(label), mail->body, &number, err) != 0)
		return -1;
	imap_settle_add(r->settle, number, mail->uid, upto);
	return 0;
}

static void pass_over(struct run *r)
{
	while (r->next < r->asked_n && r->over[r->next])
		r->next++;
}

/* A mail that nobody asked for, or that came before, is passed over. */
static int take_mail(struct run *r, const struct imap_mail *mail, struct err *err)
{
	size_t i = r->next, before = i;

	while (i < r->asked_n && r->asked[i] != mail->uid)
		i++;
	if (i == r->asked_n || r->over[i])
		return 0;
	r->over[i] = true;
	r->open--;
	r->refused = 0;
	r->read = mail->uid > r->read ? mail->uid : r->read;
	r->doubted = r->doubted > r->read ? r->doubted : 0;
	pass_over(r);
	return put(r, mail, r->next > before ? r->asked[r->next - 1] : 0, err);
}

/* What did not come of a flight that has ended is gone from the mailbox. */
static void give_up(struct run *r, size_t from, size_t n)
{
	for (size_t i = from; i < from + n; i++) {
		r->open -= !r->over[i];
		r->over[i] = true;
	}
	pass_over(r);
}

static void drop_first_flight(struct run *r)
{
	size_t n = r->flight[0].n;

	memmove(r->flight, r->flight + 1, (size_t)--r->flights * sizeof *r->flight);
	memmove(r->asked, r->asked + n, (r->asked_n - n) * sizeof *r->asked);
	memmove(r->over, r->over + n, (r->asked_n - n) * sizeof *r->over);
	r->asked_n -= n;
	r->next -= n;
}

/* RFC 5530: somebody else removed the mail meanwhile. */
static bool is_over(const struct imap_event *answer)
{
	return answer->status == IMAP_OK || (answer->status == IMAP_NO && imap_code_is(answer->code, "EXPUNGEISSUED"));
}

/* For what says that it passes, or by a BAD, which Exchange Online gives while it throttles: that is no word about the mail. */
static bool may_be_given_later(const struct imap_event *answer)
{
	return answer->status == IMAP_BAD || imap_code_is(answer->code, "UNAVAILABLE") || imap_code_is(answer->code, "INUSE") ||
	       imap_code_is(answer->code, "LIMIT") || imap_code_is(answer->code, "OVERQUOTA");
}

/* One mail that the server does not give is not worth all behind it. Several one behind the other are the server's trouble. */
static int refuse_mail(struct run *r, uint32_t uid, const struct imap_event *answer, struct err *err)
{
	bool later = may_be_given_later(answer), many = ++r->refused > REFUSED_MOST;
	char what[256];

	snprintf(what, sizeof what, "mail %u of %s cannot be read%s", (unsigned)uid, r->source->folder,
		 later ? ": it is asked for again" : many ? ", nor those before it" : ": it is passed over, look at it there");
	imap_refused(r->imap, answer, ERR_SYSTEM, what, err);
	if (later || many)
		return -1;
	if (uid > r->read && (r->doubted == 0 || uid < r->doubted))
		r->doubted = uid;
	if (uid != r->told)
		log_line("mail %s: %s", r->source->name, err->text);
	r->told = uid;
	return 0;
}

/* The next mail of a flight that was refused; where none is left the flight has ended. */
static int ask_alone(struct run *r, struct flight *f, size_t from, struct err *err)
{
	char uid[16];

	for (f->at = 0; f->at < f->n && r->over[from + f->at]; f->at++)
		;
	f->ended = f->at == f->n;
	if (f->ended)
		return 0;
	snprintf(uid, sizeof uid, "%u", (unsigned)r->asked[from + f->at]);
	return imap_send(r->imap, IMAP_FETCH, slice_of(uid), NULL, &f->tag, err);
}

/* One that was refused as a whole is asked for mail by mail: some of it may be there still. */
static int judge_flight(struct run *r, struct flight *f, size_t from, const struct imap_event *answer, struct err *err)
{
	if ((f->alone || f->n == 1) && !is_over(answer) && refuse_mail(r, r->asked[from + f->at], answer, err) != 0)
		return -1;
	if (f->alone) {
		give_up(r, from + f->at, 1);
		return ask_alone(r, f, from, err);
	}
	if (f->n > 1 && answer->status != IMAP_OK) {
		f->alone = true;
		return ask_alone(r, f, from, err);
	}
	give_up(r, from, f->n);
	f->ended = true;
	return 0;
}

static int end_flight(struct run *r, const struct imap_event *answer, struct err *err)
{
	size_t from = 0;
	int i = 0;

	for (; i < r->flights && (r->flight[i].tag != answer->tag || r->flight[i].ended); i++)
		from += r->flight[i].n;
	if (i == r->flights)
		return fail(r, "the server answers a command twice", err);
	if (judge_flight(r, &r->flight[i], from, answer, err) != 0)
		return -1;
	while (r->flights > 0 && r->flight[0].ended)
		drop_first_flight(r);
	return 0;
}

/* --- turning --- */

static int take_event(struct run *r, const struct imap_event *e, struct err *err)
{
	int rc;

	if (e->kind == IMAP_MAIL)
		return take_mail(r, &e->mail, err);
	if (e->kind == IMAP_READY)
		return fail(r, "the server asks for more where nothing follows", err);
	rc = imap_settle_answer(r->settle, e, err);
	return rc == 0 ? end_flight(r, e, err) : rc < 0 ? -1 : 0;
}

static int take_events(struct run *r, struct err *err)
{
	struct imap_event e;
	int rc = 0;

	while (fetch_may_put(r->f) && (rc = imap_next(r->imap, &e, err)) == 1)
		if (take_event(r, &e, err) != 0)
			return -1;
	return rc < 0 ? -1 : 0;
}

static int take_words(struct run *r, struct err *err)
{
	struct word w;
	int rc;

	while ((rc = fetch_word(r->f, &w, err)) == 1)
		if (w.kind == FRAME_SETTLED)
			imap_settle_word(r->settle, &w);
	return rc;
}

static bool is_nothing_to_fetch(const struct run *r)
{
	return r->planned == 0 && r->flights == 0;
}

static int fill(struct run *r, struct err *err)
{
	r->heard_ms = clock_ms();
	return imap_fill(r->imap, err) < 0 ? -1 : 0;
}

/* Waits for the server, the store or the end: 0, 1 a stop is asked for, -1. While the store takes its time nothing is
 * read, and the server's time stands still. */
static int wait_for_more(struct run *r, struct err *err)
{
	bool paused = !fetch_may_put(r->f), pending = !paused && imap_has_pending(r->imap);
	bool expecting = !paused && (r->flights > 0 || imap_settle_is_busy(r->settle));
	int64_t now_ms = clock_ms(), left_ms;
	int got;

	if (!expecting)
		r->heard_ms = now_ms;
	if ((left_ms = r->heard_ms + LIMIT_ANSWER_MS - now_ms) <= 0)
		return fail(r, "the server fell silent", err);
	got = fetch_wait(r->f, paused ? -1 : imap_fd(r->imap), POLLIN,
			 pending     ? 0
			 : expecting ? (int)left_ms
				     : -1,
			 err);
	if (got < 0)
		return -1;
	if (got & FETCH_STOP)
		return 1;
	if (got & FETCH_WORD && take_words(r, err) < 0)
		return -1;
	return pending || got & FETCH_READY ? fill(r, err) : 0;
}

/* Until all that was found is stored and cleared away: 0, 1 a stop is asked for, -1. */
static int work(struct run *r, struct err *err)
{
	int rc = 0;

	while (rc == 0) {
		if (take_events(r, err) != 0 || send_fetches(r, err) != 0 ||
		    imap_settle_turn(r->settle, is_nothing_to_fetch(r) && r->f->unsettled == 0, err) != 0)
			return -1;
		set_board(r, BOARD_BACKLOG, (int64_t)(r->planned + r->open + imap_settle_count(r->settle)));
		if (is_nothing_to_fetch(r) && imap_settle_count(r->settle) == 0)
			return 0;
		rc = wait_for_more(r, err);
	}
	return rc;
}

/* --- what is new --- */

/* As long as none behind a refused mail was read it may be the server that cannot, not the mail: it is asked for again. */
static void reach_back(struct run *r)
{
	if (r->doubted == 0)
		return;
	r->reached = r->doubted - 1;
	r->doubted = 0;
	r->refused = 0;
}

/* What another session marked as deleted is left alone where clearing away is ours: it may be our own, left for want of
 * UIDPLUS. */
static int search(struct run *r, struct err *err)
{
	bool ours = r->source->after == AFTER_MOVE || r->source->after == AFTER_DELETE;

	uid_set_release(&r->plan);
	r->planned = 0;
	reach_back(r);
	if (r->reached == UINT32_MAX)
		return 0;
	if (imap_search(r->imap, r->reached + 1, r->source->since_day, ours, &r->plan, err) != 0)
		return -1;
	if ((r->planned = uid_set_count(&r->plan)) > 0)
		r->reached = r->plan.range[r->plan.n - 1].last;
	mark_contact(r);
	return 0;
}

/* A server that offers IDLE and then refuses it is asked now and then instead. */
static int take_idle_events(struct run *r, uint32_t tag, bool *idle, struct err *err)
{
	struct imap_event e;
	int rc;

	while ((rc = imap_next(r->imap, &e, err)) == 1)
		if (e.kind == IMAP_ANSWER && *idle && e.tag == tag) {
			*idle = false;
			r->cannot_idle = true;
		}
	return rc;
}

/* Listens until the server tells of mails or the time is over: 0, 1 a stop is asked for, -1. */
static int listen_until(struct run *r, int64_t end_ms, uint32_t tag, bool *idle, struct err *err)
{
	for (;;) {
		bool pending = imap_has_pending(r->imap);
		int64_t left_ms = end_ms - clock_ms();
		int got;

		if (take_idle_events(r, tag, idle, err) < 0)
			return -1;
		if (imap_has_news(r->imap) || left_ms <= 0)
			return 0;
		if ((got = fetch_wait(r->f, imap_fd(r->imap), POLLIN, pending ? 0 : (int)left_ms, err)) < 0)
			return -1;
		if (got & FETCH_STOP)
			return 1;
		if (got & FETCH_WORD && take_words(r, err) < 0)
			return -1;
		if ((pending || got & FETCH_READY) && fill(r, err) != 0)
			return -1;
	}
}

/* 0 it is time to look again, 1 a stop is asked for, -1. */
static int wait_for_news(struct run *r, struct err *err)
{
	int64_t poll_ms = r->source->poll_s * 1000;
	bool idle = r->source->idle && !r->cannot_idle && imap_can(r->imap, IMAP_CAN_IDLE);
	uint32_t tag = 0;
	int rc;

	if (idle && poll_ms > IDLE_MOST_MS)
		poll_ms = IDLE_MOST_MS;
	if (idle && imap_send(r->imap, IMAP_IDLE, SLICE(""), NULL, &tag, err) != 0)
		return -1;
	if ((rc = listen_until(r, clock_ms() + poll_ms, tag, &idle, err)) != 0)
		return rc;
	rc = idle ? imap_done(r->imap, err) : imap_noop(r->imap, err);
	if (rc == 0)
		mark_contact(r);
	return rc;
}

/* --- the whole --- */

/* What is remembered of the mailbox; it holds for this UIDVALIDITY only. */
static int open_mailbox(struct run *r, struct err *err)
{
	struct mailbox_state *known = &r->f->remembered;
	struct arena scratch = { 0 };
	const char *place = mail_source_place(&scratch, r->source, err);
	int rc = place != NULL ? fetch_open(r->f, place, err) : -1;

	arena_release(&scratch);
	if (rc != 0)
		return -1;
	if (known->validity != r->folder.validity) {
		*known = (struct mailbox_state){ .validity = r->folder.validity };
		if (fetch_position(r->f, r->folder.validity, 0, err) != 0)
			return -1;
	}
	if (r->source->after == AFTER_KEEP || r->source->after == AFTER_SEEN)
		r->known = (uint32_t)known->done;
	r->reached = r->source->after == AFTER_SEEN ? (uint32_t)known->settled : r->known;
	return (r->settle = imap_settle_new(r->f, r->imap, r->folder.validity, err)) != NULL ? 0 : -1;
}

static void say_well(struct run *r)
{
	const char *weakness = imap_settle_weakness(r->imap, r->source->after);

	fetch_recover(r->f);
	if (weakness != NULL)
		log_line("mail %s: %s", r->source->name, weakness);
	fetch_say(r->f, BOARD_WELL, "%s", weakness != NULL ? weakness : "");
	mark_contact(r);
}

static int run(struct run *r, struct imap_account *account, struct err *err)
{
	int rc;

	if (imap_account_open(account, &r->imap, &r->folder, err) != 0 || open_mailbox(r, err) != 0)
		return -1;
	say_well(r);
	do {
		if (search(r, err) != 0)
			return -1;
		rc = work(r, err);
		if (rc == 0 && !imap_has_news(r->imap))
			rc = wait_for_news(r, err);
	} while (rc == 0);
	return rc < 0 ? -1 : 0;
}

/* From signing in until a stop (0) or a fault (-1). */
static int session(struct fetch *f, struct imap_account *account, struct err *err)
{
	struct run *r = calloc(1, sizeof *r);
	int rc;

	if (r == NULL)
		return err_errno(err, "mail %s", f->source->name);
	r->f = f;
	r->source = f->source;
	rc = run(r, account, err);
	imap_settle_free(r->settle);
	imap_close(r->imap);
	uid_set_release(&r->plan);
	free(r);
	return rc == 0 || role_should_stop() ? 0 : -1;
}

/* What passes by itself is tried again in this process, which has a token that still holds. 0 go on, 1 a stop, -1 it is
 * of no use. */
static int rest(struct fetch *f, int64_t *pause_ms, struct err *err)
{
	if (err->kind == ERR_USE || f->gone)
		return -1;
	fetch_complain(f, err);
	*pause_ms = *pause_ms * 2 < PAUSE_MOST_MS ? *pause_ms * 2 : PAUSE_MOST_MS;
	return fetch_rest(f, *pause_ms, err);
}

int source_imap_run(struct fetch *f, struct err *err)
{
	const struct heritage *h = f->heritage;
	struct imap_account account = { .source = f->source,
					.oauth = h->command->config.oauth,
					.control = h->control,
					.stop_fd = role_stop_fd(),
					.should_stop = role_should_stop,
					.mail_bytes = h->command->config.limits.mail_bytes };
	int64_t pause_ms = PAUSE_FIRST_MS, began_ms;
	int rc, rested = 0;

	do {
		began_ms = clock_ms();
		rc = session(f, &account, err);
		if (clock_ms() - began_ms > PAUSE_MOST_MS)
			pause_ms = PAUSE_FIRST_MS;
	} while (rc != 0 && (rested = rest(f, &pause_ms, err)) == 0);
	imap_account_release(&account);
	return rested == 1 ? 0 : rc;
}

/* --- ruad check --- */

static int check_folder(struct imap *m, const char *folder, struct buf *out, struct err *err)
{
	int there = imap_has_folder(m, folder, err);

	if (there >= 0)
		buf_addf(out, ", %s %s", folder, there ? "is there" : "will be made");
	return there < 0 ? -1 : 0;
}

static int check_all(const struct mail_source *s, struct imap *m, const struct imap_folder *folder, struct buf *out,
		     struct err *err)
{
	const char *weakness = imap_settle_weakness(m, s->after);

	buf_addf(out, "signed in as %s, %s holds %u mails", s->user, s->folder, (unsigned)folder->exists);
	if (s->after == AFTER_MOVE &&
	    (check_folder(m, s->archive, out, err) != 0 || check_folder(m, s->invalid, out, err) != 0))
		return -1;
	if (s->idle && !imap_can(m, IMAP_CAN_IDLE))
		buf_addf(out, "; the server offers no IDLE: it is asked every %lld s", (long long)s->poll_s);
	if (weakness != NULL)
		buf_addf(out, "; %s", weakness);
	return 0;
}

int source_imap_check(const struct mail_source *s, const struct oauth_config *oauth, int control, struct buf *out_text,
		      struct err *err)
{
	struct imap_account account = {
		.source = s, .oauth = oauth, .control = control, .stop_fd = -1, .mail_bytes = LIMIT_MAIL_BYTES
	};
	struct imap_folder folder;
	struct imap *m;
	int rc;

	rc = imap_account_open(&account, &m, &folder, err);
	if (rc == 0) {
		rc = check_all(s, m, &folder, out_text, err);
		imap_close(m);
	}
	imap_account_release(&account);
	return rc;
}
