/* ledger: see ledger.h. */
#include "daemon/ledger.h"

#include "base/clock.h"
#include "base/text.h"
#include "schema/limits.h"

#include <assert.h>
#include <stdlib.h>
#include <time.h>

struct delivery {
	struct mailbox *mailbox; /* NULL once closed */
	int64_t mailbox_id, uid;
	uint32_t number;
	int64_t came_ms;
	int read, refused; /* reports, and refusals, that it gave */
	struct mail_gave gave;
	bool done;
	bool queued, told; /* in its mailbox's queue; given out as settled: neither, and nobody needs it */
	enum mail_outcome outcome;
	char *place;
	struct arena arena; /* of what it gave */
	struct delivery *next;         /* of its mailbox */
	struct delivery *next_waiting; /* done, for the next commit; then durable, to be told of */
};

struct ledger {
	const struct heritage *heritage;
	struct store *store;
	struct delivery *waiting, **waiting_end; /* done */
	struct delivery *settled;                /* durable, not yet told */
	struct mailbox *mailbox[BOARD_SLOTS];    /* open */
	int mailboxes;
	int64_t waiting_count, since_ms;
	int64_t count[BOARD_COUNTS];             /* of this transaction */
};

int ledger_open(const struct heritage *h, struct ledger **out, struct err *err)
{
	struct ledger *l = calloc(1, sizeof *l);

	if (l == NULL)
		return err_errno(err, "store");
	l->heritage = h;
	l->since_ms = -1;
	l->waiting_end = &l->waiting;
	if (command_open_store(h->command, &l->store, err) != 0) {
		free(l);
		return -1;
	}
	*out = l;
	return 0;
}

static void delivery_free(struct delivery *d)
{
	arena_release(&d->arena);
	free(d->place);
	free(d);
}

static void free_waiting(struct delivery *d)
{
	for (struct delivery *next; d != NULL; d = next) {
		next = d->next_waiting;
		delivery_free(d);
	}
}

void ledger_close(struct ledger *l)
{
	if (l == NULL)
		return;
	while (l->mailboxes > 0)
		ledger_close_mailbox(l, l->mailbox[l->mailboxes - 1]);
	free_waiting(l->waiting);
	free_waiting(l->settled);
	store_close(l->store);
	free(l);
}

struct store *ledger_store(struct ledger *l)
{
	return l->store;
}

void ledger_touch(struct ledger *l)
{
	if (l->since_ms < 0)
		l->since_ms = clock_ms();
}

/* --- mailboxes --- */

int ledger_open_mailbox(struct ledger *l, struct slice place, struct mailbox *m, struct err *err)
{
	ledger_close_mailbox(l, m);
	if (l->mailboxes == BOARD_SLOTS)
		return err_set(err, ERR_SYSTEM, "more than %d mailboxes", BOARD_SLOTS);
	*m = (struct mailbox){ 0 };
	m->end = &m->first;
	if (store_mailbox(l->store, place, &m->id, &m->state, err) != 0)
		return -1;
	l->mailbox[l->mailboxes++] = m;
	ledger_touch(l);
	return 0;
}

static void unqueue(struct delivery *d)
{
	d->queued = false;
	d->next = NULL;
	if (d->told)
		delivery_free(d);
}

void ledger_close_mailbox(struct ledger *l, struct mailbox *m)
{
	for (struct delivery *d = m->first, *next; d != NULL; d = next) {
		next = d->next;
		d->mailbox = NULL;
		unqueue(d);
	}
	for (int i = 0; i < l->mailboxes; i++)
		if (l->mailbox[i] == m)
			l->mailbox[i--] = l->mailbox[--l->mailboxes];
	*m = (struct mailbox){ 0 };
}

int ledger_position(struct ledger *l, struct mailbox *m, int64_t validity, int64_t settled, struct err *err)
{
	if (m->state.validity != validity) {
		m->state = (struct mailbox_state){ .validity = validity, .owner = m->state.owner };
		for (struct delivery *d = m->first; d != NULL; d = d->next)
			d->uid = 0; /* of the numbering before */
	}
	if (settled > m->state.settled)
		m->state.settled = settled;
	m->moved = true;
	ledger_touch(l);
	return store_mailbox_set(l->store, m->id, &m->state, err);
}

int ledger_knows(struct ledger *l, const struct mailbox *m, struct slice place, bool *known, struct err *err)
{
	return store_knows_mail(l->store, m->id, place, known, err);
}

/* --- deliveries --- */

struct delivery *ledger_expect(struct ledger *l, struct mailbox *m, uint32_t number, int64_t uid, struct slice place)
{
	struct delivery *d = calloc(1, sizeof *d);

	(void)l;
	if (d == NULL || (d->place = strndup(place.ptr, place.len)) == NULL)
		abort(); /* no memory: the parent starts it again */
	d->mailbox = m;
	d->mailbox_id = m->id;
	d->uid = uid;
	d->number = number;
	d->came_ms = clock_ms();
	d->queued = true;
	*m->end = d;
	m->end = &d->next;
	return d;
}

static int64_t now_s(void)
{
	return (int64_t)time(NULL);
}

static int on_reject(void *ctx, const struct intake_item *item, const struct reject *r, struct err *err)
{
	struct ledger *l = ctx;
	struct delivery *d = item->tag;
	bool fresh;

	d->refused++;
	return store_reject(l->store, r, item->bytes, now_s(), &fresh, err);
}

static int on_report(void *ctx, const struct intake_item *item, const struct report *r, struct err *err)
{
	struct ledger *l = ctx;
	struct delivery *d = item->tag;
	enum stored how;

	if (!command_wants(&l->heritage->command->config, r)) {
		const struct reject foreign = command_foreign(r);

		return on_reject(ctx, item, &foreign, err);
	}
	d->read++;
	if (store_report(l->store, r, item->bytes, now_s(), &how, err) != 0)
		return -1;
	l->count[how == STORED_DUPLICATE ? BOARD_DUPLICATES : BOARD_REPORTS]++;
	*(how == STORED_DUPLICATE ? &d->gave.known : &d->gave.fresh) += 1;
	if (d->gave.report == 0)
		d->gave.report = store_met(l->store);
	return 0;
}

static int on_tls(void *ctx, const struct intake_item *item, const struct tls_report *r, struct err *err)
{
	struct ledger *l = ctx;
	struct delivery *d = item->tag;
	enum stored how;

	d->read++;
	d->gave.others++;
	l->count[BOARD_TLS]++;
	return store_tls(l->store, r, now_s(), &how, err);
}

static int on_failure(void *ctx, const struct intake_item *item, const struct failure_report *r, struct err *err)
{
	struct ledger *l = ctx;
	struct delivery *d = item->tag;
	enum stored how;

	d->read++;
	d->gave.others++;
	l->count[BOARD_FAILURES]++;
	return l->heritage->command->config.database.failure_reports ? store_failure(l->store, r, now_s(), &how, err) : 0;
}

static void on_head(void *ctx, const struct intake_item *item, struct slice sender, struct slice subject)
{
	struct delivery *d = item->tag;

	d->gave.sender = text_copy(&d->arena, sender);
	d->gave.subject = text_copy(&d->arena, subject);
}

static int on_done(void *ctx, const struct intake_item *item, struct err *err)
{
	struct ledger *l = ctx;
	struct delivery *d = item->tag;

	d->done = true;
	d->outcome = d->refused == 0 ? MAIL_READ : d->read > 0 ? MAIL_PARTLY : MAIL_REFUSED;
	*l->waiting_end = d;
	l->waiting_end = &d->next_waiting;
	l->waiting_count++;
	l->count[BOARD_MAILS]++;
	l->count[BOARD_REFUSED] += d->outcome == MAIL_REFUSED;
	ledger_touch(l);
	return store_mail(l->store, d->mailbox_id, slice_of(d->place), item->bytes, now_s(), d->outcome, &d->gave, err);
}

struct intake_sink ledger_sink(struct ledger *l)
{
	return (struct intake_sink){ on_report, on_tls, on_failure, on_reject, on_done, l, NULL, on_head };
}

/* --- settling --- */

int64_t ledger_waiting_since(const struct ledger *l)
{
	return l->since_ms;
}

bool ledger_is_full(const struct ledger *l)
{
	return store_open_rows(l->store) >= LIMIT_COMMIT_ROWS || l->waiting_count >= LIMIT_UNSETTLED_MESSAGES / 2;
}

/* All in a row from the first that are done: how far the mailbox is read. They leave its queue. */
static void advance(struct mailbox *m)
{
	while (m->first != NULL && m->first->done) {
		struct delivery *d = m->first;

		if (d->uid > m->state.done) {
			m->state.done = d->uid;
			m->moved = true;
		}
		m->first = d->next;
		if (m->first == NULL)
			m->end = &m->first;
		unqueue(d);
	}
}

/* How long each took of those that are durable now. */
static void count_time(struct ledger *l)
{
	const int64_t now = clock_ms();

	for (const struct delivery *d = l->waiting; d != NULL; d = d->next_waiting) {
		int i = 0;

		while (i < MAIL_TOOK_BOUNDS && now - d->came_ms > mail_took_ms[i])
			i++;
		if (i < MAIL_TOOK_BOUNDS)
			l->count[BOARD_TOOK + i]++;
		l->count[BOARD_TOOK_MS] += now - d->came_ms;
	}
}

static void count_on_board(struct ledger *l)
{
	struct board *b = l->heritage->board;

	for (int i = 0; i < BOARD_COUNTS; i++)
		if (l->count[i] != 0)
			board_add(b, l->heritage->slot, (enum board_count)i, l->count[i]);
	if (l->count[BOARD_REPORTS] != 0)
		board_set(b, l->heritage->slot, BOARD_LAST_S, now_s());
	board_add(b, l->heritage->slot, BOARD_COMMITS, 1);
	memset(l->count, 0, sizeof l->count);
}

int ledger_commit(struct ledger *l, struct err *err)
{
	assert(l->settled == NULL);
	for (int i = 0; i < l->mailboxes; i++) {
		struct mailbox *m = l->mailbox[i];

		advance(m);
		if (m->moved && store_mailbox_set(l->store, m->id, &m->state, err) != 0)
			return -1;
		m->moved = false;
	}
	if (store_commit(l->store, err) != 0)
		return -1;
	count_time(l);
	count_on_board(l);
	l->settled = l->waiting;
	l->waiting = NULL;
	l->waiting_end = &l->waiting;
	l->waiting_count = 0;
	l->since_ms = -1;
	return 0;
}

bool ledger_next_settled(struct ledger *l, struct settled *out)
{
	struct delivery *d;

	while ((d = l->settled) != NULL) {
		l->settled = d->next_waiting;
		*out = (struct settled){ d->mailbox, d->number, d->outcome };
		d->told = true;
		if (!d->queued)
			delivery_free(d);
		if (out->mailbox != NULL)
			return true;
	}
	return false;
}
