/* ingest_journal: what people write down: notes, confirmations, blockers; see ingest.h. Neighbours: query_journal.c reads it. */
#include "schema/limits.h"
#include "storage/store.h"

/* Runs what makes, changes or removes a line and returns its id; `*id` is 0 where nothing was. */
static int run(struct store *s, struct statement *st, int64_t *id, struct err *err)
{
	*id = 0;
	if (statement_run(st, id, err) != 0)
		return store_roll_back(s);
	if (*id != 0)
		store_changed(s, 1);
	return 0;
}

/* What asks for one number; 0 where it gives none. */
static int ask(struct store *s, enum sql sql, int64_t id, int64_t *out, struct err *err)
{
	struct statement *st = db_statement(store_db(s), sql);

	*out = 0;
	if (id != 0)
		bind_int(st, 1, id);
	return statement_run(st, out, err) == 0 ? 0 : store_roll_back(s);
}

/* `*full` where there is no room for another. */
static int begin_add(struct store *s, enum sql count, bool *full, struct err *err)
{
	int64_t n;

	if (store_begin(s, err) != 0)
		return store_roll_back(s);
	if (ask(s, count, 0, &n, err) != 0)
		return -1;
	*full = n >= LIMIT_JOURNAL_LINES;
	return 0;
}

/* What became of a change or removal that found `found`. */
static int settle(struct store *s, enum sql is_there, int64_t id, int64_t found, enum journaled *out, struct err *err)
{
	int64_t there = 0;

	if (found == 0 && ask(s, is_there, id, &there, err) != 0)
		return -1;
	*out = found != 0 ? JOURNAL_DONE : there != 0 ? JOURNAL_STALE : JOURNAL_GONE;
	return 0;
}

static int delete_line(struct store *s, enum sql remove, enum sql is_there, int64_t id, int64_t version, enum journaled *out, struct err *err)
{
	struct statement *st = db_statement(store_db(s), remove);
	int64_t found;

	if (store_begin(s, err) != 0)
		return store_roll_back(s);
	bind_int(st, 1, id);
	bind_int(st, 2, version);
	return run(s, st, &found, err) == 0 ? settle(s, is_there, id, found, out, err) : -1;
}

/* --- notes --- */

/* From parameter `at` on. */
static void bind_note(struct statement *st, int at, const struct journal_note *n)
{
	const struct slice texts[] = { n->text, n->domain, n->source, n->who };

	bind_int(st, at, n->day);
	bind_int(st, at + 1, n->end_day);
	for (int i = 0; i < 4; i++)
		bind_text(st, at + 2 + i, texts[i]);
}

static int add_note(struct store *s, const struct journal_note *n, int64_t *id, enum journaled *out, struct err *err)
{
	struct statement *st = db_statement(store_db(s), SQL_NOTE_ADD);
	bool full;

	if (begin_add(s, SQL_NOTE_COUNT, &full, err) != 0)
		return -1;
	*out = full ? JOURNAL_FULL : JOURNAL_DONE;
	if (full)
		return 0;
	bind_int(st, 1, 1);
	bind_note(st, 2, n);
	bind_int(st, 8, n->made_s);
	return run(s, st, id, err);
}

int store_note(struct store *s, const struct journal_note *n, int64_t *id, enum journaled *out, struct err *err)
{
	struct statement *st = db_statement(store_db(s), SQL_NOTE_CHANGE);

	*id = 0;
	if (n->id == 0)
		return add_note(s, n, id, out, err);
	if (store_begin(s, err) != 0)
		return store_roll_back(s);
	bind_int(st, 1, n->id);
	bind_int(st, 2, n->version);
	bind_note(st, 3, n);
	return run(s, st, id, err) == 0 ? settle(s, SQL_NOTE_IS_THERE, n->id, *id, out, err) : -1;
}

int store_note_remove(struct store *s, int64_t id, int64_t version, enum journaled *out, struct err *err)
{
	return delete_line(s, SQL_NOTE_DELETE, SQL_NOTE_IS_THERE, id, version, out, err);
}

/* --- confirmations --- */

int store_confirm(struct store *s, const struct confirmation *c, int64_t *id, enum journaled *out, struct err *err)
{
	struct statement *st = db_statement(store_db(s), SQL_CONFIRMATION_ADD);
	bool full;

	*id = 0;
	if (begin_add(s, SQL_CONFIRMATION_COUNT, &full, err) != 0)
		return -1;
	*out = full ? JOURNAL_FULL : JOURNAL_DONE;
	if (full)
		return 0;
	bind_text(st, 1, c->domain);
	bind_int(st, 2, c->step);
	bind_text(st, 3, c->check);
	bind_text(st, 4, c->text);
	bind_text(st, 5, c->who);
	bind_int(st, 6, c->made_s);
	bind_int(st, 7, c->expires_s);
	return run(s, st, id, err);
}

int store_withdraw(struct store *s, int64_t id, enum journaled *out, struct err *err)
{
	struct statement *st = db_statement(store_db(s), SQL_CONFIRMATION_DELETE);
	int64_t found;

	if (store_begin(s, err) != 0)
		return store_roll_back(s);
	bind_int(st, 1, id);
	if (run(s, st, &found, err) != 0)
		return -1;
	*out = found != 0 ? JOURNAL_DONE : JOURNAL_GONE;
	return 0;
}

/* --- blockers --- */

static void bind_blocker(struct statement *st, int at, const struct blocker *b)
{
	bind_text(st, at, b->domain);
	bind_text(st, at + 1, b->text);
	bind_text(st, at + 2, b->owner);
	bind_int(st, at + 3, b->state);
	bind_int(st, at + 4, b->state_day);
	bind_text(st, at + 5, b->reason);
	bind_int(st, at + 6, b->until_day);
	bind_text(st, at + 7, b->note);
	bind_text(st, at + 8, b->source);
	bind_text(st, at + 9, b->who);
}

static int add_blocker(struct store *s, const struct blocker *b, int64_t *id, enum journaled *out, struct err *err)
{
	struct statement *st = db_statement(store_db(s), SQL_BLOCKER_ADD);
	bool full;

	if (begin_add(s, SQL_BLOCKER_COUNT, &full, err) != 0)
		return -1;
	*out = JOURNAL_FULL;
	if (full)
		return 0;
	bind_int(st, 1, 1);
	bind_text(st, 2, b->key);
	bind_blocker(st, 3, b);
	bind_int(st, 13, b->made_s);
	if (run(s, st, id, err) != 0)
		return -1;
	*out = *id != 0 ? JOURNAL_DONE : JOURNAL_STALE;
	return 0;
}

int store_blocker(struct store *s, const struct blocker *b, int64_t *id, enum journaled *out, struct err *err)
{
	struct statement *st = db_statement(store_db(s), SQL_BLOCKER_CHANGE);

	*id = 0;
	if (b->id == 0)
		return add_blocker(s, b, id, out, err);
	if (store_begin(s, err) != 0)
		return store_roll_back(s);
	bind_int(st, 1, b->id);
	bind_int(st, 2, b->version);
	bind_blocker(st, 3, b);
	return run(s, st, id, err) == 0 ? settle(s, SQL_BLOCKER_IS_THERE, b->id, *id, out, err) : -1;
}

int store_blocker_remove(struct store *s, int64_t id, int64_t version, enum journaled *out, struct err *err)
{
	return delete_line(s, SQL_BLOCKER_DELETE, SQL_BLOCKER_IS_THERE, id, version, out, err);
}
