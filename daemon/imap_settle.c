/* imap_settle: see imap_settle.h. */
#include "daemon/imap_settle.h"

#include "base/clock.h"
#include "schema/limits.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* Many at once: a server may look through the whole folder for each command. A line stays under 8 kB (RFC 9051 4, RFC
 * 7162 4). */
enum { BATCH = 1000, RANGES = 300, RANGE_BYTES = sizeof "4294967294:4294967295", MOST = 4 * LIMIT_UNSETTLED_MESSAGES };

enum { LATEST_MS = 2000 }; /* a server that hangs up again and again must not be read from the start each time */

enum state { WAITING, DURABLE, CLEARING, CLEARED };

struct mail {
	uint32_t number, uid, upto;
	enum state state;
	enum mail_outcome outcome;
};

struct imap_settle {
	struct fetch *f;
	struct imap *imap;
	int64_t validity;
	struct mail mail[MOST]; /* a ring, in the order they were put */
	size_t first, n, durable;
	int64_t since_ms; /* clock: since when some are durable, or a batch was begun */
	/* the batch under way */
	bool busy, created;
	enum imap_command command;
	uint32_t tag;
	const char *folder;
	struct buf uids;
};

struct imap_settle *imap_settle_new(struct fetch *f, struct imap *m, int64_t validity, struct err *err)
{
	struct imap_settle *s = calloc(1, sizeof *s);

	if (s == NULL) {
		err_errno(err, "mail %s", f->source->name);
		return NULL;
	}
	s->f = f;
	s->imap = m;
	s->validity = validity;
	buf_init(&s->uids, RANGES * RANGE_BYTES);
	return s;
}

void imap_settle_free(struct imap_settle *s)
{
	if (s == NULL)
		return;
	buf_release(&s->uids);
	free(s);
}

static struct mail *at(struct imap_settle *s, size_t i)
{
	return &s->mail[(s->first + i) % MOST];
}

size_t imap_settle_room(const struct imap_settle *s)
{
	return MOST - s->n;
}

size_t imap_settle_count(const struct imap_settle *s)
{
	return s->n;
}

bool imap_settle_is_busy(const struct imap_settle *s)
{
	return s->busy;
}

static void add(struct imap_settle *s, struct mail mail)
{
	assert(s->n < MOST);
	*at(s, s->n++) = mail;
}

void imap_settle_add(struct imap_settle *s, uint32_t number, uint32_t uid, uint32_t upto)
{
	add(s, (struct mail){ .number = number, .uid = uid, .upto = upto, .state = WAITING });
}

void imap_settle_add_durable(struct imap_settle *s, uint32_t uid)
{
	add(s, (struct mail){ .uid = uid, .upto = uid, .state = DURABLE });
	s->durable++;
}

/* Takes out all in a row from the first that are cleared away: up to which UID all are now, 0 where that did not
 * change. */
static uint32_t drop_cleared(struct imap_settle *s)
{
	uint32_t upto = 0;

	for (; s->n > 0 && at(s, 0)->state == CLEARED; s->n--) {
		if (at(s, 0)->upto > upto)
			upto = at(s, 0)->upto;
		s->first = (s->first + 1) % MOST;
	}
	return upto;
}

/* The mail of that number: numbers ascend, and those that were durable before have none. */
static struct mail *find(struct imap_settle *s, uint32_t number)
{
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (at(s, middle)->number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low < s->n && at(s, low)->number == number ? at(s, low) : NULL;
}

void imap_settle_word(struct imap_settle *s, const struct word *w)
{
	bool keep = s->f->source->after == AFTER_KEEP;
	struct mail *m = find(s, w->number);

	if (m == NULL || m->state != WAITING)
		return;
	m->state = keep ? CLEARED : DURABLE;
	m->outcome = w->value;
	if (s->durable == 0)
		s->since_ms = clock_ms();
	s->durable += !keep;
	if (keep)
		drop_cleared(s);
}

/* --- the commands --- */

static const char *folder_for(const struct imap_settle *s, const struct mail *m)
{
	const struct mail_source *source = s->f->source;

	if (source->after != AFTER_MOVE)
		return NULL;
	return m->outcome == MAIL_REFUSED ? source->invalid : source->archive;
}

static enum imap_command first_command(const struct imap_settle *s)
{
	switch (s->f->source->after) {
	case AFTER_SEEN:
		return IMAP_SEEN;
	case AFTER_DELETE:
		return IMAP_DELETED;
	default:
		return imap_can(s->imap, IMAP_CAN_MOVE) ? IMAP_MOVE : IMAP_COPY;
	}
}

static int send(struct imap_settle *s, enum imap_command c, struct err *err)
{
	bool to_folder = c == IMAP_MOVE || c == IMAP_COPY || c == IMAP_CREATE;

	s->command = c;
	s->busy = true;
	return imap_send(s->imap, c, c == IMAP_CREATE ? SLICE("") : buf_slice(&s->uids), to_folder ? s->folder : NULL,
			 &s->tag, err);
}

static int ascending(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Marks up to BATCH of the durable mails that go to the same folder as the first. */
static void choose(struct imap_settle *s)
{
	uint32_t uid[BATCH];
	size_t chosen = 0, ranges = 0;

	for (size_t i = 0; i < s->n && chosen < BATCH && ranges < RANGES; i++) {
		struct mail *m = at(s, i);

		if (m->state != DURABLE || (chosen > 0 && folder_for(s, m) != s->folder))
			continue;
		s->folder = folder_for(s, m);
		m->state = CLEARING;
		ranges += chosen == 0 || m->uid != uid[chosen - 1] + 1; /* at most: they are put in order yet */
		uid[chosen++] = m->uid;
	}
	s->durable -= chosen;
	qsort(uid, chosen, sizeof *uid, ascending);
	buf_clear(&s->uids);
	uid_set_print(&s->uids, uid, chosen);
}

int imap_settle_turn(struct imap_settle *s, bool nothing_else, struct err *err)
{
	bool due = nothing_else || s->n + BATCH > MOST || clock_ms() - s->since_ms >= LATEST_MS;

	if (s->busy || s->durable == 0 || !due)
		return 0;
	s->since_ms = clock_ms();
	choose(s);
	return send(s, first_command(s), err);
}

static int finish(struct imap_settle *s, struct err *err)
{
	uint32_t settled;

	s->busy = s->created = false;
	for (size_t i = 0; i < s->n; i++)
		if (at(s, i)->state == CLEARING)
			at(s, i)->state = CLEARED;
	settled = drop_cleared(s);
	return settled != 0 && s->f->source->after == AFTER_SEEN ? fetch_position(s->f, s->validity, settled, err) : 0;
}

/* What follows a command that went well. Without UIDPLUS mails stay, marked: a plain EXPUNGE would take others' too. */
static int go_on(struct imap_settle *s, struct err *err)
{
	switch (s->command) {
	case IMAP_CREATE:
		return send(s, first_command(s), err);
	case IMAP_COPY:
		return send(s, IMAP_DELETED, err);
	case IMAP_DELETED:
		return imap_can(s->imap, IMAP_CAN_UIDPLUS) ? send(s, IMAP_EXPUNGE, err) : finish(s, err);
	default:
		return finish(s, err);
	}
}

static int refuse(const struct imap_settle *s, const struct imap_event *answer, struct err *err)
{
	char what[256];

	switch (s->command) {
	case IMAP_CREATE:
		snprintf(what, sizeof what, "the folder %s cannot be made", s->folder);
		break;
	case IMAP_MOVE:
	case IMAP_COPY:
		snprintf(what, sizeof what, "mails cannot be moved to %s", s->folder);
		break;
	case IMAP_SEEN:
		snprintf(what, sizeof what, "mails cannot be marked as seen");
		break;
	default:
		snprintf(what, sizeof what, "mails cannot be deleted");
	}
	return imap_refused(s->imap, answer, ERR_USE, what, err);
}

int imap_settle_answer(struct imap_settle *s, const struct imap_event *answer, struct err *err)
{
	int rc;

	if (!s->busy || answer->tag != s->tag)
		return 0;
	if (answer->status == IMAP_NO && imap_code_is(answer->code, "TRYCREATE") && !s->created && s->folder != NULL) {
		s->created = true;
		rc = send(s, IMAP_CREATE, err);
	} else if (answer->status == IMAP_OK || (s->command == IMAP_CREATE && imap_code_is(answer->code, "ALREADYEXISTS"))) {
		rc = go_on(s, err);
	} else {
		rc = refuse(s, answer, err);
	}
	return rc == 0 ? 1 : -1;
}

const char *imap_settle_weakness(const struct imap *m, enum after after)
{
	if (imap_can(m, IMAP_CAN_UIDPLUS) || after == AFTER_KEEP || after == AFTER_SEEN)
		return NULL;
	if (after == AFTER_MOVE)
		return imap_can(m, IMAP_CAN_MOVE) ? NULL
						  : "the server offers neither MOVE nor UIDPLUS: mails are copied, and "
						    "stay behind marked as deleted";
	return "the server does not offer UIDPLUS: mails stay behind, marked as deleted";
}
