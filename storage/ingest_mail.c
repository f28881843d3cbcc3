/* ingest_mail: where mails come from, how far each mailbox is read, and every mail that was taken in; see ingest.h. */
#include "storage/store.h"

#include <sys/random.h>

/* The number that names the database: made when it is first asked for. */
static int owner_of(struct store *s, int64_t *owner, struct err *err)
{
	struct statement *st = db_statement(store_db(s), SQL_META_GET);
	uint64_t made;

	*owner = 0;
	bind_text(st, 1, SLICE("owner"));
	if (statement_run(st, owner, err) != 0 || *owner != 0)
		return *owner != 0 ? 0 : -1;
	if (getrandom(&made, sizeof made, 0) != sizeof made)
		return err_errno(err, "%s: no random number", db_path(store_db(s)));
	*owner = (int64_t)(made >> 2) + 1;
	st = db_statement(store_db(s), SQL_META_SET);
	bind_text(st, 1, SLICE("owner"));
	bind_int(st, 2, *owner);
	return statement_run(st, NULL, err);
}

static int find_mailbox(struct store *s, struct slice place, int64_t *id, struct mailbox_state *out, struct err *err)
{
	struct statement *st = db_statement(store_db(s), SQL_MAILBOX_FIND);
	int rc;

	bind_text(st, 1, place);
	if ((rc = statement_step(st, err)) != 1)
		return rc;
	*id = column_int(st, 0);
	*out = (struct mailbox_state){ .validity = column_int(st, 1), .done = column_int(st, 2), .settled = column_int(st, 3) };
	statement_reset(st);
	return 1;
}

int store_mailbox(struct store *s, struct slice place, int64_t *id, struct mailbox_state *out, struct err *err)
{
	struct mailbox_state state = { 0 };
	struct statement *st;
	int rc;

	if (store_begin(s, err) != 0 || (rc = find_mailbox(s, place, id, &state, err)) < 0)
		return store_roll_back(s);
	if (rc == 0) {
		st = db_statement(store_db(s), SQL_MAILBOX_ADD);
		bind_text(st, 1, place);
		if (statement_run(st, id, err) != 0)
			return store_roll_back(s);
	}
	if (owner_of(s, &state.owner, err) != 0)
		return store_roll_back(s);
	*out = state;
	return 0;
}

int store_mailbox_set(struct store *s, int64_t id, const struct mailbox_state *state, struct err *err)
{
	struct statement *st = db_statement(store_db(s), SQL_MAILBOX_SET);

	if (store_begin(s, err) != 0)
		return store_roll_back(s);
	bind_int(st, 1, id);
	bind_int(st, 2, state->validity);
	bind_int(st, 3, state->done);
	bind_int(st, 4, state->settled);
	return statement_run(st, NULL, err) == 0 ? 0 : store_roll_back(s);
}

int store_mail(struct store *s, int64_t mailbox, struct slice place, struct slice bytes, int64_t received_s,
	       enum mail_outcome outcome, const struct mail_gave *gave, struct err *err)
{
	struct statement *st = db_statement(store_db(s), SQL_MAIL_ADD);
	unsigned char raw[RAW_KEY_BYTES];

	if (store_begin(s, err) != 0)
		return store_roll_back(s);
	raw_key(bytes, raw);
	bind_int(st, 1, mailbox);
	bind_text(st, 2, place);
	bind_int(st, 3, received_s);
	bind_int(st, 4, (int64_t)bytes.len);
	bind_int(st, 5, outcome);
	bind_blob(st, 6, raw, sizeof raw);
	if (gave != NULL) {
		bind_text(st, 7, gave->sender);
		bind_text(st, 8, gave->subject);
		if (gave->report != 0)
			bind_int(st, 9, gave->report);
		bind_int(st, 10, gave->fresh);
		bind_int(st, 11, gave->known);
		bind_int(st, 12, gave->others);
	}
	return statement_run(st, NULL, err) == 0 ? 0 : store_roll_back(s);
}

int store_knows_mail(struct store *s, int64_t mailbox, struct slice place, bool *known, struct err *err)
{
	struct statement *st = db_statement(store_db(s), SQL_MAIL_FIND);
	int64_t id = 0;

	bind_int(st, 1, mailbox);
	bind_text(st, 2, place);
	if (statement_run(st, &id, err) != 0)
		return -1;
	*known = id != 0;
	return 0;
}
