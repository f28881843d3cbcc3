/* db: see db.h. Settings as LIBRARIES 2.12 and STORAGE 4 measured them. */
#include "storage/db.h"

#include "base/clock.h"
#include "schema/limits.h"
#include "schema/report.h"
#include "storage/migrate.h"
#include "storage/query.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUSY_MS = 10 * 1000, RETRY_MS = 5 };

/* The kinds of file: what marks one as ours, what makes its tables, and how much of it a writer holds in memory. */
static const struct kind {
	enum sql_home home;
	int64_t version, application;
	enum sql scripts[2];
	int script_count, cache_kib;
} main_kind = { SQL_HOME_MAIN, 7, 0x72756164 /* "ruad" */, { SQL_FACTS_SCRIPT, SQL_DERIVED_SCRIPT }, 2, 24 * 1024 },
  raw_kind = { SQL_HOME_RAW, 1, 0x72756172 /* "ruar" */, { SQL_RAW_SCRIPT }, 1, 2 * 1024 };

struct statement {
	sqlite3_stmt *stmt;
	struct db *db;
};

struct db {
	sqlite3 *sqlite;
	const struct kind *kind;
	char path[1024];
	enum db_mode mode;
	int64_t waiting_ms; /* since when, for a lock, without a sign of work */
	struct timespec worked; /* when the one that holds it last wrote */
	struct statement statements[SQL_STATEMENTS];
};

static const char may_not_write[] = "may not be written: nothing was lost, let this user write it and its folder, or name another "
				    "file with --db";

static const char is_of_another_ruad[] = "was written by another version of ruad: `ruad rebuild` brings it up to date";

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

int db_prepare(struct db *db, enum sql name, struct err *err)
{
	struct statement *s = &db->statements[name];

	s->db = db;
	if (sqlite3_prepare_v3(db->sqlite, sql_texts[name].text, -1, SQLITE_PREPARE_PERSISTENT, &s->stmt, NULL) != SQLITE_OK)
		return fail(db, err, sql_texts[name].name);
	return 0;
}

int db_script(struct db *db, enum sql name, struct err *err)
{
	return run_script(db, sql_texts[name].text, err);
}

static int prepare_all(struct db *db, struct err *err)
{
	for (int i = 0; i < SQL_STATEMENTS; i++)
		if (sql_texts[i].home == db->kind->home && db_prepare(db, (enum sql)i, err) != 0)
			return -1;
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

/* Its statements are bound to the old tables until SQLite prepares them again, which it does by itself. */
int db_make_derived(struct db *db, struct err *err)
{
	return db_script(db, SQL_DERIVED_SCRIPT, err);
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

static int make_tables(struct db *db, struct err *err)
{
	char derived[64];

	for (int i = 0; i < db->kind->script_count; i++)
		if (db_script(db, db->kind->scripts[i], err) != 0)
			return -1;
	snprintf(derived, sizeof derived, "INSERT INTO meta VALUES ('derived', %d)", DB_DERIVED_VERSION);
	return db->kind == &main_kind ? run_script(db, derived, err) : 0;
}

/* Makes the tables (`from` 0), or takes one step from the version `from`, in one transaction with the version's number.
 * Nothing where another process was quicker. */
static int make_version(struct db *db, int64_t from, struct err *err)
{
	int64_t to = from == 0 ? db->kind->version : from + 1, version;
	char last[128];

	snprintf(last, sizeof last, "PRAGMA application_id=%lld; PRAGMA user_version=%lld; COMMIT",
		 (long long)db->kind->application, (long long)to);
	if (run_script(db, "BEGIN IMMEDIATE", err) != 0)
		return -1;
	if (pragma(db, "PRAGMA user_version", &version, err) == 0) {
		if (version != from)
			return run_script(db, "COMMIT", err);
		if ((from == 0 ? make_tables(db, err) : migrate_to(db, to, err)) == 0 && run_script(db, last, err) == 0)
			return 0;
	}
	sqlite3_exec(db->sqlite, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

static int bring_up_to_date(struct db *db, int64_t version, struct err *err)
{
	for (; version < db->kind->version; version++)
		if (make_version(db, version, err) != 0)
			return -1;
	return 0;
}

static int refuse_file(struct db *db, int64_t version, int64_t application, struct err *err)
{
	if (application == db->kind->application && version > db->kind->version)
		return err_set(err, ERR_USE, "%s: was written by a newer ruad (schema %lld, this one knows %lld): upgrade ruad",
			       db->path, (long long)version, (long long)db->kind->version);
	if (application == raw_kind.application)
		return err_set(err, ERR_USE, "%s: holds the raw bytes of a ruad database: name the database itself", db->path);
	return version == 0 && application == 0 ?
		       err_set(err, ERR_USE, "%s: is no ruad database", db->path) :
		       err_set(err, ERR_USE, "%s: is the database of another program", db->path);
}

/* Whose file is it? Nothing is written before that is known. `*found` is its version, 0 for one without any table. */
static int check_version(struct db *db, int64_t *found, struct err *err)
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
	*found = version;
	if ((version == 0 && application == 0 && tables == 0) ||
	    (application == db->kind->application && version >= 1 && version <= db->kind->version))
		return 0;
	return refuse_file(db, version, application, err);
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
	static const char derived_version[] = "SELECT coalesce((SELECT value FROM meta WHERE key = 'derived'), 1)";
	int64_t version;

	if (pragma(db, derived_version, &version, err) != 0)
		return -1;
	if (version == DB_DERIVED_VERSION)
		return 0;
	if (db->mode == DB_READ)
		return err_set(err, ERR_USE, "%s: %s", db->path, is_of_another_ruad);
	if (version == 0)
		return 0;
	if (run_script(db, "BEGIN IMMEDIATE", err) != 0)
		return -1;
	if (pragma(db, derived_version, &version, err) == 0 && version == DB_DERIVED_VERSION) /* another process was quicker */
		return run_script(db, "COMMIT", err);
	if (db_make_derived(db, err) != 0 ||
	    run_script(db, "INSERT OR REPLACE INTO meta VALUES ('derived', 0); COMMIT", err) != 0) {
		sqlite3_exec(db->sqlite, "ROLLBACK", NULL, NULL, NULL);
		return -1;
	}
	return 0;
}

static int prepare_file(struct db *db, int64_t version, struct err *err)
{
	char cache[64];

	if (db->mode == DB_READ && version == 0)
		return err_set(err, ERR_USE, "%s: holds nothing yet: take reports in first (ruad import PATH)", db->path);
	if (db->mode == DB_READ && version < db->kind->version)
		return err_set(err, ERR_USE, "%s: %s", db->path, is_of_another_ruad);
	if (db->mode == DB_READ)
		return run_script(db, "PRAGMA query_only=ON; PRAGMA trusted_schema=OFF; PRAGMA mmap_size=0;"
				      "PRAGMA cache_size=-8192; PRAGMA temp_store=MEMORY", err);
	/* Setting it takes the write lock, even where it is set; it counts for an empty file alone. */
	if (version == 0 && run_patiently(db, "PRAGMA auto_vacuum=INCREMENTAL", err) != 0)
		return -1;
	if (run_patiently(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
			   "PRAGMA wal_autocheckpoint=16000; PRAGMA journal_size_limit=67108864;"
			   "PRAGMA secure_delete=OFF; PRAGMA trusted_schema=OFF; PRAGMA mmap_size=0;"
			   "PRAGMA temp_store=MEMORY", err) != 0)
		return -1;
	snprintf(cache, sizeof cache, "PRAGMA cache_size=-%d", db->kind->cache_kib);
	if (run_script(db, cache, err) != 0)
		return -1;
	return version == 0 ? make_version(db, 0, err) : bring_up_to_date(db, version, err);
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

/* Opened, and known to be ours, of the version `*found`: 0 for one without any table. */
static int open_ours(const char *path, const struct kind *kind, enum db_mode mode, struct db **out, int64_t *found,
		     struct err *err)
{
	struct db *db = calloc(1, sizeof *db);

	if (db == NULL)
		return err_errno(err, "%s", path);
	if (strlen(path) >= sizeof db->path) {
		free(db);
		return err_set(err, ERR_USE, "%.200s...: the path is too long", path);
	}
	db->kind = kind;
	snprintf(db->path, sizeof db->path, "%s", path);
	db->mode = mode;
	if (open_sqlite(db, err) != 0 || check_version(db, found, err) != 0) {
		db_close(db);
		return -1;
	}
	*out = db;
	return 0;
}

static int open_kind(const char *path, const struct kind *kind, enum db_mode mode, struct db **out, struct err *err)
{
	struct db *db;
	int64_t version;

	if (open_ours(path, kind, mode, &db, &version, err) != 0)
		return -1;
	if (prepare_file(db, version, err) != 0 || (kind == &main_kind && settle_derived(db, err) != 0) ||
	    prepare_all(db, err) != 0) {
		db_close(db);
		return -1;
	}
	*out = db;
	return 0;
}

int db_open(const char *path, enum db_mode mode, struct db **out, struct err *err)
{
	return open_kind(path, &main_kind, mode, out, err);
}

int db_open_raw(const char *path, enum db_mode mode, struct db **out, struct err *err)
{
	return open_kind(path, &raw_kind, mode, out, err);
}

const char *db_path(const struct db *db)
{
	return db->path;
}

int db_is_made(const char *path, bool *demo, struct err *err)
{
	struct db *db;
	int64_t version, marked = 0;
	int rc = 0;

	*demo = false;
	if (access(path, F_OK) != 0)
		return 0;
	if (open_ours(path, &main_kind, DB_READ, &db, &version, err) != 0)
		return -1;
	if (version != 0)
		rc = pragma(db, "SELECT coalesce((SELECT value FROM meta WHERE key = 'demo'), 0)", &marked, err) == 0 ? 1 : -1;
	db_close(db);
	*demo = marked != 0;
	return rc;
}

const char *storage_version(void)
{
	return sqlite3_libversion();
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

static int copy_into(struct db *db, sqlite3 *to, const char *path, struct err *err)
{
	sqlite3_backup *backup;
	int rc;

	/* Whoever asked syncs the file once it is whole. */
	if (sqlite3_exec(to, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF", NULL, NULL, NULL) == SQLITE_OK &&
	    (backup = sqlite3_backup_init(to, "main", db->sqlite, "main")) != NULL) {
		while (((rc = sqlite3_backup_step(backup, -1)) & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_LOCKED)
			sqlite3_sleep(RETRY_MS);
		if (sqlite3_backup_finish(backup) == SQLITE_OK)
			return 0;
	}
	return err_set(err, ERR_SYSTEM, "%s: copy of %s: %s", path, db->path, sqlite3_errmsg(to));
}

int db_copy(struct db *db, const char *to, struct err *err)
{
	sqlite3 *copy = NULL;
	int rc;

	if (sqlite3_open_v2(to, &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		rc = err_set(err, ERR_SYSTEM, "%s: %s", to, copy != NULL ? sqlite3_errmsg(copy) : "no memory");
	else
		rc = copy_into(db, copy, to, err);
	sqlite3_close(copy);
	return rc;
}

int db_shrink(struct db *db, struct err *err)
{
	int64_t free_pages, before = INT64_MAX;

	while (pragma(db, "PRAGMA freelist_count", &free_pages, err) == 0) {
		if (free_pages == 0 || free_pages >= before) /* a file of an older SQLite may not be able to */
			return 0;
		before = free_pages;
		if (run_script(db, "PRAGMA incremental_vacuum(4000)", err) != 0)
			return -1;
	}
	return -1;
}

int db_parameters(struct db *db, enum sql name)
{
	return sqlite3_bind_parameter_count(db->statements[name].stmt);
}
