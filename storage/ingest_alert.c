/* ingest_alert: what the alert rules found, and who was told of it; see ingest.h. */
#include "schema/notice.h"
#include "storage/store.h"

struct kept_alert {
	int64_t id, since_s, change;
	bool firing, same_words;
	unsigned heard;
	bool same_seen;
};

/* 1 where the rule has said something of the subject before, 0 where not, -1 err. */
static int find(struct store *s, const struct alert_state *a, struct kept_alert *out, struct err *err)
{
	struct statement *st = db_statement(store_db(s), SQL_ALERT_FIND);
	int rc;

	bind_text(st, 1, a->rule);
	bind_text(st, 2, a->subject);
	if ((rc = statement_step(st, err)) != 1)
		return rc;
	*out = (struct kept_alert){
		.id = column_int(st, 0),
		.same_seen = slice_eq(column_text(st, 3), a->seen),
		.firing = column_int(st, 4) != 0,
		.since_s = column_int(st, 5),
		.change = column_int(st, 6),
		.heard = (unsigned)column_int(st, 7),
		.same_words = slice_eq(column_text(st, 8), a->title) && slice_eq(column_text(st, 9), a->text) &&
			      slice_eq(column_text(st, 10), a->path),
	};
	statement_reset(st);
	return 1;
}

static int write(struct store *s, enum sql how, const struct alert_state *a, const struct kept_alert *k, struct err *err)
{
	struct statement *st = db_statement(store_db(s), how);

	bind_text(st, 1, a->rule);
	bind_text(st, 2, a->subject);
	bind_text(st, 3, a->seen);
	bind_int(st, 4, a->firing);
	bind_int(st, 5, k->since_s);
	bind_int(st, 6, k->change);
	bind_int(st, 7, k->heard);
	bind_text(st, 8, a->title);
	bind_text(st, 9, a->text);
	bind_text(st, 10, a->path);
	return statement_run(st, NULL, err);
}

/* Who has heard that it fires, once it is as `a` says: what is the same for an outlet is not told to it again. */
static unsigned heard_then(const struct kept_alert *k, const struct alert_state *a, unsigned excused)
{
	unsigned heard = k->same_seen ? k->heard : 0;

	return a->firing ? heard | excused : k->heard & ~excused;
}

static int put(struct store *s, const struct alert_state *a, unsigned excused, struct err *err)
{
	struct kept_alert kept = { 0 };
	int rc = find(s, a, &kept, err);

	if (rc < 0)
		return -1;
	if (rc == 1 && kept.same_seen && kept.firing == a->firing)
		return kept.same_words ? 0 : write(s, SQL_ALERT_SET, a, &kept, err);
	if (statement_run(db_statement(store_db(s), SQL_ALERT_LAST_CHANGE), &kept.change, err) != 0)
		return -1;
	kept.change++;
	kept.since_s = a->since_s;
	kept.heard = heard_then(&kept, a, excused);
	return write(s, rc == 1 ? SQL_ALERT_SET : SQL_ALERT_ADD, a, &kept, err);
}

int store_alert(struct store *s, const struct alert_state *a, unsigned excused, struct err *err)
{
	return store_begin(s, err) == 0 && put(s, a, excused, err) == 0 ? 0 : store_roll_back(s);
}

int store_alert_told(struct store *s, int64_t id, int64_t change, bool fires, unsigned outlets, struct err *err)
{
	struct statement *st;

	if (store_begin(s, err) != 0)
		return store_roll_back(s);
	st = db_statement(store_db(s), fires ? SQL_ALERT_HEARD : SQL_ALERT_HEARD_OVER);
	bind_int(st, 1, id);
	bind_int(st, 2, outlets);
	if (fires)
		bind_int(st, 3, change);
	return statement_run(st, NULL, err) == 0 ? 0 : store_roll_back(s);
}

int store_alerts_since(struct store *s, int64_t now_s, int64_t *since_s, struct err *err)
{
	struct statement *st;

	*since_s = 0;
	if (store_begin(s, err) != 0)
		return store_roll_back(s);
	st = db_statement(store_db(s), SQL_META_GET);
	bind_text(st, 1, SLICE("alerts"));
	if (statement_run(st, since_s, err) != 0)
		return store_roll_back(s);
	if (*since_s != 0)
		return 0;
	*since_s = now_s;
	st = db_statement(store_db(s), SQL_META_SET);
	bind_text(st, 1, SLICE("alerts"));
	bind_int(st, 2, now_s);
	return statement_run(st, NULL, err) == 0 ? 0 : store_roll_back(s);
}
