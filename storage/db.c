/* db: see db.h. Settings as LIBRARIES 2.12 and STORAGE 4 measured them. */
#include "storage/db.h"

#include "base/clock.h"
#include "schema/limits.h"
#include "schema/report.h"
#include "storage/query.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUSY_MS = 10 * 1000, RETRY_MS = 5 };
enum { SCHEMA_VERSION = 1, APPLICATION_ID = 0x72756164 /* "ruad" */ };

struct statement {
	sqlite3_stmt *stmt;
	struct db *db;
};

struct db {
	sqlite3 *sqlite;
	char path[1024];
	enum db_mode mode;
	int64_t waiting_ms; /* since when, for a lock, without a sign of work */
	struct timespec worked; /* when the one that holds it last wrote */
	struct statement statements[SQL_STATEMENTS];
};

static const char may_not_write[] = "may not be written: nothing was lost, let this user write it and its folder, or name another "
				    "file with --db";

/* What happened and what to do, where that is known; else NULL. */
static const char *sentence_of(const struct db *db)
{
	int code = sqlite3_errcode(db->sqlite) & 0xff;

	if (code == SQLITE_IOERR && sqlite3_system_errno(db->sqlite) == ENOSPC)
		code = SQLITE_FULL;
	switch (code) {
	case SQLITE_BUSY:
		return "another process keeps it locked: nothing was lost, run this again when that one has ended";
	case SQLITE_FULL:
		return "the disk is full: nothing was lost, make room and run this again";
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
		return db->mode == DB_WRITE ?
			       may_not_write :
			       "cannot be read yet: its -wal file holds what was last taken in, and wants write permission once: "
			       "run this as the user who takes reports in";
	default:
		return NULL;
	}
}

static int fail(struct db *db, struct err *err, const char *doing)
{
	const char *sentence = sentence_of(db);
	int code = sqlite3_errcode(db->sqlite) & 0xff;

	if (code == SQLITE_NOTADB)
		return err_set(err, ERR_USE, "%s: is not a database", db->path);
	if (sentence != NULL)
		return err_set(err, ERR_SYSTEM, "%s: %s", db->path, sentence);
	if (code == SQLITE_IOERR)
		return err_set(err, ERR_SYSTEM, "%s: %s: nothing was lost, look at the disk and its quota and run this again",
			       db->path, sqlite3_errmsg(db->sqlite));
	return err_set(err, ERR_SYSTEM, "%s: %s: %s", db->path, doing, sqlite3_errmsg(db->sqlite));
}

static int run_script(struct db *db, const char *sql, struct err *err)
{
	return sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : fail(db, err, "set up");
}

static int prepare_all(struct db *db, struct err *err)
{
	for (int i = 0; i < SQL_STATEMENTS; i++) {
		struct statement *s = &db->statements[i];

		s->db = db;
		if (i == SQL_FACTS_SCRIPT || i == SQL_DERIVED_SCRIPT)
			continue;
		if (sqlite3_prepare_v3(db->sqlite, sql_texts[i].text, -1, SQLITE_PREPARE_PERSISTENT, &s->stmt, NULL) !=
		    SQLITE_OK)
			return fail(db, err, sql_texts[i].name);
	}
	return 0;
}

static int pragma(struct db *db, const char *sql, int64_t *out, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc = -1;

	if (sqlite3_prepare_v2(db->sqlite, sql, -1, &stmt, NULL) == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW) {
		*out = sqlite3_column_int64(stmt, 0);
		rc = 0;
	} else {
		fail(db, err, "read");
	}
	sqlite3_finalize(stmt);
	return rc;
}

static int create_tables(struct db *db, struct err *err)
{
	char last[160];
	int64_t version;

	snprintf(last, sizeof last,
		 "INSERT INTO meta VALUES ('derived', %d); PRAGMA application_id=%d; PRAGMA user_version=%d; COMMIT",
		 DB_DERIVED_VERSION, APPLICATION_ID, SCHEMA_VERSION);
	if (run_script(db, "BEGIN IMMEDIATE", err) != 0)
		return -1;
	if (pragma(db, "PRAGMA user_version", &version, err) != 0)
		return -1;
	if (version == SCHEMA_VERSION) /* another process was quicker */
		return run_script(db, "COMMIT", err);
	if (run_script(db, sql_texts[SQL_FACTS_SCRIPT].text, err) != 0 ||
	    run_script(db, sql_texts[SQL_DERIVED_SCRIPT].text, err) != 0 || run_script(db, last, err) != 0) {
		sqlite3_exec(db->sqlite, "ROLLBACK", NULL, NULL, NULL);
		return -1;
	}
	return 0;
}

/* Its statements are bound to the old tables until SQLite prepares them again, which it does by itself. */
int db_make_derived(struct db *db, struct err *err)
{
	return run_script(db, sql_texts[SQL_DERIVED_SCRIPT].text, err);
}

int db_check(struct db *db, bool *sound, char *what, size_t room, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	const char *said;

	if (sqlite3_prepare_v2(db->sqlite, "PRAGMA quick_check(1)", -1, &stmt, NULL) != SQLITE_OK ||
	    sqlite3_step(stmt) != SQLITE_ROW) {
		sqlite3_finalize(stmt);
		return fail(db, err, "check");
	}
	said = (const char *)sqlite3_column_text(stmt, 0);
	*sound = said != NULL && strcmp(said, "ok") == 0;
	if (!*sound && what != NULL)
		snprintf(what, room, "%s", said);
	sqlite3_finalize(stmt);
	return 0;
}

/* Whose file is it? Nothing is written before that is known. `*empty` is true for one without any table. */
static int check_version(struct db *db, bool *empty, struct err *err)
{
	int64_t version, application, tables;
	int rc;

	/* One reading: another process may be making the tables just now. */
	if (run_script(db, "BEGIN", err) != 0)
		return -1;
	rc = pragma(db, "SELECT count(*) FROM sqlite_schema", &tables, err) == 0 &&
			     pragma(db, "PRAGMA user_version", &version, err) == 0 ?
		     pragma(db, "PRAGMA application_id", &application, err) :
		     -1;
	sqlite3_exec(db->sqlite, "COMMIT", NULL, NULL, NULL);
	if (rc != 0)
		return -1;
	*empty = version == 0 && application == 0 && tables == 0;
	if (*empty || (application == APPLICATION_ID && version == SCHEMA_VERSION))
		return 0;
	if (application == APPLICATION_ID && version > SCHEMA_VERSION)
		return err_set(err, ERR_USE, "%s: was written by a newer ruad (schema %lld, this one knows %d): upgrade ruad",
			       db->path, (long long)version, SCHEMA_VERSION);
	return version == 0 && application == 0 ?
		       err_set(err, ERR_USE, "%s: is no ruad database", db->path) :
		       err_set(err, ERR_USE, "%s: is the database of another program", db->path);
}

/* One that takes much in lets go of the lock and takes it again at once; others would give up long before it ends. While it
 * works on it is waited for. */
static int wait_for_lock(void *ctx, int tries)
{
	struct db *db = ctx;
	char journal[sizeof db->path + 8];
	struct stat st = { 0 };

	snprintf(journal, sizeof journal, "%s-wal", db->path);
	stat(journal, &st);
	if (tries == 0 || memcmp(&st.st_mtim, &db->worked, sizeof db->worked) != 0) {
		db->worked = st.st_mtim;
		db->waiting_ms = clock_ms();
	}
	if (clock_ms() - db->waiting_ms >= BUSY_MS)
		return 0;
	sqlite3_sleep(RETRY_MS);
	return 1;
}

/* What concerns this connection alone. */
static void configure(struct db *db)
{
	sqlite3_busy_handler(db->sqlite, wait_for_lock, db);
	sqlite3_extended_result_codes(db->sqlite, 1);
	sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_limit(db->sqlite, SQLITE_LIMIT_LENGTH, LIMIT_FRAME_BYTES);
}

/* Of several that make a file's journal at once SQLite sends some away at once, busy timeout or not (they hold what another
 * waits for): they ask again. */
static int run_patiently(struct db *db, const char *sql, struct err *err)
{
	int64_t began_ms = clock_ms();

	while (clock_ms() - began_ms < BUSY_MS) { /* a try may have waited itself */
		int rc = sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL);

		if ((rc & 0xff) != SQLITE_BUSY)
			return rc == SQLITE_OK ? 0 : fail(db, err, "set up");
		sqlite3_sleep(RETRY_MS);
	}
	return fail(db, err, "set up");
}

/* Derived tables of another version give way to empty ones of this, which store_open fills: their statements could not even
 * be prepared. Whoever only reads waits for that. */
static int settle_derived(struct db *db, struct err *err)
{
	int64_t version;

	if (pragma(db, "SELECT coalesce((SELECT value FROM meta WHERE key = 'derived'), 1)", &version, err) != 0)
		return -1;
	if (version == DB_DERIVED_VERSION)
		return 0;
	if (db->mode == DB_READ)
		return err_set(err, ERR_USE, "%s: was written by another version of ruad: `ruad rebuild` brings it up to date",
			       db->path);
	if (version == 0)
		return 0;
	if (run_script(db, "BEGIN IMMEDIATE", err) != 0)
		return -1;
	if (db_make_derived(db, err) != 0 ||
	    run_script(db, "INSERT OR REPLACE INTO meta VALUES ('derived', 0); COMMIT", err) != 0) {
		sqlite3_exec(db->sqlite, "ROLLBACK", NULL, NULL, NULL);
		return -1;
	}
	return 0;
}

static int prepare_file(struct db *db, bool empty, struct err *err)
{
	if (db->mode == DB_READ && empty)
		return err_set(err, ERR_USE, "%s: holds nothing yet: take reports in first (ruad import PATH)", db->path);
	if (db->mode == DB_READ)
		return run_script(db, "PRAGMA query_only=ON; PRAGMA trusted_schema=OFF; PRAGMA mmap_size=0;"
				      "PRAGMA cache_size=-8192; PRAGMA temp_store=MEMORY", err);
	/* Setting it takes the write lock, even where it is set; it counts for an empty file alone. */
	if (empty && run_patiently(db, "PRAGMA auto_vacuum=INCREMENTAL", err) != 0)
		return -1;
	if (run_patiently(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
			   "PRAGMA wal_autocheckpoint=16000; PRAGMA journal_size_limit=67108864;"
			   "PRAGMA secure_delete=OFF; PRAGMA trusted_schema=OFF; PRAGMA mmap_size=0;"
			   "PRAGMA cache_size=-49152; PRAGMA temp_store=MEMORY", err) != 0)
		return -1;
	return empty ? create_tables(db, err) : 0;
}

/* A file that this user can not change, with no journal beside it: no one writes it just now, and to read it as SQLite
 * reads others it would have to make a journal, where it may not or where it would stand in the owner's way. */
static bool is_still(const struct db *db)
{
	char path[sizeof db->path + 8], *slash;
	bool has_journal;

	snprintf(path, sizeof path, "%s-wal", db->path);
	has_journal = access(path, F_OK) == 0;
	slash = strrchr(path, '/');
	snprintf(slash != NULL ? slash + 1 : path, 2, ".");
	return !has_journal && (access(db->path, W_OK) != 0 || access(path, W_OK) != 0);
}

/* The path as a URI that says so; the caller's to sqlite3_free. */
static char *still_uri(const struct db *db)
{
	sqlite3_str *uri = sqlite3_str_new(NULL);

	sqlite3_str_appendall(uri, db->path[0] == '/' ? "file://" : "file:");
	for (const char *p = db->path; *p != '\0'; p++) {
		if (strchr("%?#", *p) != NULL)
			sqlite3_str_appendf(uri, "%%%02X", *p);
		else
			sqlite3_str_appendchar(uri, 1, *p);
	}
	sqlite3_str_appendall(uri, "?immutable=1");
	return sqlite3_str_finish(uri);
}

static int open_still(struct db *db)
{
	char *uri = still_uri(db);
	int rc = uri == NULL ? SQLITE_NOMEM :
			       sqlite3_open_v2(uri, &db->sqlite, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, NULL);

	sqlite3_free(uri);
	return rc;
}

static int open_sqlite(struct db *db, struct err *err)
{
	/* A reader opens read-write too: a WAL file left by a killed writer needs recovery; query_only forbids changes. */
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (db->mode == DB_WRITE ? SQLITE_OPEN_CREATE : 0);
	int rc;

	if (db->mode == DB_READ && access(db->path, F_OK) != 0)
		return err_set(err, ERR_USE, "%s: no such database: take reports in first (ruad import PATH)", db->path);
	rc = db->mode == DB_READ && is_still(db) ? open_still(db) : sqlite3_open_v2(db->path, &db->sqlite, flags, NULL);
	if (rc != SQLITE_OK)
		return db->sqlite == NULL ?
			       err_errno(err, "%s", db->path) :
			       err_set(err, ERR_SYSTEM,
				       "%s: %s: is its folder there, and may this user write both? --db names another file",
				       db->path, sqlite3_errmsg(db->sqlite));
	/* SQLite opens it all the same, and leaves a journal there that its owner could not write. */
	if (db->mode == DB_WRITE && sqlite3_db_readonly(db->sqlite, "main") == 1)
		return err_set(err, ERR_SYSTEM, "%s: %s", db->path, may_not_write);
	configure(db);
	return 0;
}

/* Opened, and known to be ours or `*empty`. */
static int open_ours(const char *path, enum db_mode mode, struct db **out, bool *empty, struct err *err)
{
	struct db *db = calloc(1, sizeof *db);

	if (db == NULL)
		return err_errno(err, "%s", path);
	if (strlen(path) >= sizeof db->path) {
		free(db);
		return err_set(err, ERR_USE, "%.200s...: the path is too long", path);
	}
	snprintf(db->path, sizeof db->path, "%s", path);
	db->mode = mode;
	if (open_sqlite(db, err) != 0 || check_version(db, empty, err) != 0) {
		db_close(db);
		return -1;
	}
	*out = db;
	return 0;
}

int db_open(const char *path, enum db_mode mode, struct db **out, struct err *err)
{
	struct db *db;
	bool empty;

	if (open_ours(path, mode, &db, &empty, err) != 0)
		return -1;
	if (prepare_file(db, empty, err) != 0 || settle_derived(db, err) != 0 || prepare_all(db, err) != 0) {
		db_close(db);
		return -1;
	}
	*out = db;
	return 0;
}

int db_is_made(const char *path, struct err *err)
{
	struct db *db;
	bool empty;

	if (access(path, F_OK) != 0)
		return 0;
	if (open_ours(path, DB_READ, &db, &empty, err) != 0)
		return -1;
	db_close(db);
	return !empty;
}

const char *storage_version(void)
{
	return "SQLite " SQLITE_VERSION;
}

void db_close(struct db *db)
{
	if (db == NULL)
		return;
	for (int i = 0; i < SQL_STATEMENTS; i++)
		sqlite3_finalize(db->statements[i].stmt);
	sqlite3_close(db->sqlite);
	free(db);
}

struct statement *db_statement(struct db *db, enum sql name)
{
	struct statement *s = &db->statements[name];

	sqlite3_reset(s->stmt);
	sqlite3_clear_bindings(s->stmt);
	return s;
}

/* Binding fails only for a position that is not there: a bug that the plan test would find. */
void bind_int(struct statement *s, int position, int64_t n)
{
	sqlite3_bind_int64(s->stmt, position, n);
}

void bind_text(struct statement *s, int position, struct slice text)
{
	if (text.ptr == NULL)
		sqlite3_bind_null(s->stmt, position);
	else
		sqlite3_bind_text64(s->stmt, position, text.ptr, text.len, SQLITE_STATIC, SQLITE_UTF8);
}

void bind_blob(struct statement *s, int position, const void *bytes, size_t n)
{
	sqlite3_bind_blob64(s->stmt, position, n > 0 ? bytes : "", n, SQLITE_STATIC);
}

int statement_step(struct statement *s, struct err *err)
{
	int rc = sqlite3_step(s->stmt);

	if (rc == SQLITE_ROW)
		return 1;
	if (rc != SQLITE_DONE) {
		fail(s->db, err, "database");
		sqlite3_reset(s->stmt);
		return -1;
	}
	sqlite3_reset(s->stmt);
	return 0;
}

int statement_run(struct statement *s, int64_t *first, struct err *err)
{
	int rc = statement_step(s, err);

	if (rc < 0)
		return -1;
	if (rc == 1) {
		if (first != NULL)
			*first = column_int(s, 0);
		while ((rc = statement_step(s, err)) == 1)
			;
	}
	return rc < 0 ? -1 : 0;
}

void statement_reset(struct statement *s)
{
	sqlite3_reset(s->stmt);
}

int64_t column_int(struct statement *s, int column)
{
	return sqlite3_column_int64(s->stmt, column);
}

struct slice column_text(struct statement *s, int column)
{
	const char *text = (const char *)sqlite3_column_text(s->stmt, column);

	return (struct slice){ text, text != NULL ? (size_t)sqlite3_column_bytes(s->stmt, column) : 0 };
}

struct slice column_blob(struct statement *s, int column)
{
	const void *bytes = sqlite3_column_blob(s->stmt, column);
	size_t n = (size_t)sqlite3_column_bytes(s->stmt, column);

	return (struct slice){ n > 0 ? bytes : "", n };
}

int column_is_null(struct statement *s, int column)
{
	return sqlite3_column_type(s->stmt, column) == SQLITE_NULL;
}

int64_t column_time(struct statement *s, int column)
{
	return column_is_null(s, column) ? REPORT_NO_TIME : column_int(s, column);
}

int db_plan(struct db *db, enum sql name, char *out, size_t room, struct err *err)
{
	char *sql = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql_texts[name].text);
	sqlite3_stmt *stmt = NULL;
	size_t used = 0;
	int rc;

	if (sql == NULL || sqlite3_prepare_v2(db->sqlite, sql, -1, &stmt, NULL) != SQLITE_OK) {
		sqlite3_free(sql);
		return fail(db, err, sql_texts[name].name);
	}
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW && used < room)
		used += (size_t)snprintf(out + used, room - used, "%s\n", (const char *)sqlite3_column_text(stmt, 3));
	sqlite3_finalize(stmt);
	sqlite3_free(sql);
	return rc == SQLITE_DONE ? (int)used : fail(db, err, sql_texts[name].name);
}

int db_parameters(struct db *db, enum sql name)
{
	return sqlite3_bind_parameter_count(db->statements[name].stmt);
}
