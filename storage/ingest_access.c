/* ingest_access: who may see and do what, and the audit log; see ingest.h. Neighbours: query_access.c reads it. */
#include "schema/limits.h"
#include "storage/store.h"

enum { KEPT_OVER_S = 30 * 86400 /* a link or token that is over is still listed for so long */ };

static int delete_expired(struct store *s, enum grant_kind kind, int64_t before_s, struct err *err)
{
	struct statement *st = db_statement(store_db(s), SQL_GRANTS_DELETE_EXPIRED);

	bind_int(st, 1, kind);
	bind_int(st, 2, before_s);
	return statement_run(st, NULL, err);
}

/* A program may sign in all day. */
static int delete_older_sessions(struct store *s, const struct grant *g, struct err *err)
{
	struct statement *st = db_statement(store_db(s), SQL_GRANTS_DELETE_OLDER_OF_ONE);

	bind_int(st, 1, GRANT_SESSION);
	bind_text(st, 2, g->name);
	bind_int(st, 3, g->link);
	bind_int(st, 4, LIMIT_SESSIONS_OF_ONE);
	if (statement_run(st, NULL, err) != 0)
		return -1;
	st = db_statement(store_db(s), SQL_GRANTS_DELETE_OLDER);
	bind_int(st, 1, GRANT_SESSION);
	bind_int(st, 2, LIMIT_GRANTS);
	return statement_run(st, NULL, err);
}

/* Readers see a link until what revokes it is committed. */
static int link_is_there(struct store *s, int64_t link, bool *there, struct err *err)
{
	struct statement *st = db_statement(store_db(s), SQL_GRANT_IS_THERE);
	int64_t id = 0;

	bind_int(st, 1, link);
	bind_int(st, 2, GRANT_LINK);
	if (statement_run(st, &id, err) != 0)
		return -1;
	*there = id != 0;
	return 0;
}

int store_grant_add(struct store *s, const struct grant *g, int64_t *id, struct err *err)
{
	const struct slice texts[] = { g->trees, g->sources, g->maker };
	struct statement *st;
	bool there = true;

	*id = 0;
	if (store_begin(s, err) != 0 ||
	    delete_expired(s, g->kind, g->kind == GRANT_SESSION ? g->made_s : g->made_s - KEPT_OVER_S, err) != 0 ||
	    (g->link != 0 && link_is_there(s, g->link, &there, err) != 0))
		return store_roll_back(s);
	if (!there)
		return 0;
	st = db_statement(store_db(s), SQL_GRANT_ADD);
	bind_int(st, 1, g->kind);
	bind_blob(st, 2, g->hash, sizeof g->hash);
	bind_text(st, 3, g->name);
	bind_int(st, 4, g->role);
	bind_int(st, 5, g->writes);
	for (int i = 0; i < 3; i++)
		bind_text(st, 6 + i, texts[i]);
	bind_int(st, 9, g->link);
	bind_int(st, 10, g->made_s);
	bind_int(st, 11, g->expires_s);
	if (statement_run(st, id, err) != 0 || (g->kind == GRANT_SESSION && delete_older_sessions(s, g, err) != 0))
		return store_roll_back(s);
	return 0;
}

int store_grant_revoke(struct store *s, enum grant_kind kind, int64_t id, bool *found, struct err *err)
{
	struct statement *st;
	int64_t gone = 0;

	if (store_begin(s, err) != 0)
		return store_roll_back(s);
	st = db_statement(store_db(s), SQL_GRANT_DELETE);
	bind_int(st, 1, id);
	bind_int(st, 2, kind);
	if (statement_run(st, &gone, err) != 0)
		return store_roll_back(s);
	*found = gone != 0;
	if (!*found || kind != GRANT_LINK)
		return 0;
	st = db_statement(store_db(s), SQL_GRANTS_DELETE_OF_LINK);
	bind_int(st, 1, id);
	return statement_run(st, NULL, err) == 0 ? 0 : store_roll_back(s);
}

int store_grant_used(struct store *s, int64_t id, int64_t now_s, struct err *err)
{
	struct statement *st = db_statement(store_db(s), SQL_GRANT_USED);

	if (store_begin(s, err) != 0)
		return store_roll_back(s);
	bind_int(st, 1, id);
	bind_int(st, 2, now_s);
	return statement_run(st, NULL, err) == 0 ? 0 : store_roll_back(s);
}

int store_audit(struct store *s, int64_t now_s, struct slice who, struct slice what, struct slice detail, struct err *err)
{
	struct statement *st = db_statement(store_db(s), SQL_AUDIT_ADD);
	int64_t id = 0;

	if (store_begin(s, err) != 0)
		return store_roll_back(s);
	bind_int(st, 1, now_s);
	bind_text(st, 2, who);
	bind_text(st, 3, what);
	bind_text(st, 4, detail);
	if (statement_run(st, &id, err) != 0)
		return store_roll_back(s);
	st = db_statement(store_db(s), SQL_AUDIT_DELETE);
	bind_int(st, 1, id - LIMIT_AUDIT_LINES);
	return statement_run(st, NULL, err) == 0 ? 0 : store_roll_back(s);
}
