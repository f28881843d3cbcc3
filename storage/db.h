/* db: the only sqlite3.h user. Named statements (schema/queries, embedded), bound by position, stepped one row at a time;
 * no SQLite type above this line, so that another database could stand behind it (STORAGE 8).
 * One connection belongs to one thread at a time. Neighbours: ingest.c, reader.c. */
#ifndef STORAGE_DB_H
#define STORAGE_DB_H
#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/* From schema/embed.py. */
#include "schema/sql.h"

struct db;
struct statement;

enum db_mode {
	DB_WRITE, /* makes the file and its tables where there are none */
	DB_READ,  /* refuses a file that is not there */
};

/* Of derived.sql and of all that fills it: meta's `derived` is this where the derived tables are up to date. */
enum { DB_DERIVED_VERSION = 9 };

/* The database of reports. A file made by a newer ruad, or by something else, is refused with a sentence; one of an older
 * ruad is brought up to date first (migrate.h) by whoever writes. */
int db_open(const char *path, enum db_mode mode, struct db **out, struct err *err);
/* The other kind of file, with statements of its own (schema/raw.sql, queries/raw.sql): raw.c alone asks for it. */
int db_open_raw(const char *path, enum db_mode mode, struct db **out, struct err *err);
void db_close(struct db *db);
/* Forgets all derived tables and makes them anew, empty, inside the caller's transaction. */
int db_make_derived(struct db *db, struct err *err);
/* SQLite's own check of the file; what is wrong goes into `what` (of `room` bytes, unless NULL). */
int db_check(struct db *db, bool *sound, char *what, size_t room, struct err *err);
/* 1 where the file has its tables, of whatever version of ruad, and whether it holds demo data; 0 where there is no file, or
 * another process has only begun to make it; -1 err. */
int db_is_made(const char *path, bool *demo, struct err *err);
const char *db_path(const struct db *db);

/* The statement of that name, reset, nothing bound. Never NULL after a good db_open: all of the file's kind are prepared
 * there. */
struct statement *db_statement(struct db *db, enum sql name);

/* For migrations, whose statements fit no other version: prepares one, and runs several that give no rows. */
int db_prepare(struct db *db, enum sql name, struct err *err);
int db_script(struct db *db, enum sql name, struct err *err);

/* Copies all of it, as of this moment, into the file `to`, which is there and empty. Others may write meanwhile. */
int db_copy(struct db *db, const char *to, struct err *err);
/* Gives free pages back to the file system, some at a time, outside of any transaction. */
int db_shrink(struct db *db, struct err *err);

void bind_int(struct statement *s, int position, int64_t n);
/* NULL for a NULL ptr. The bytes must stay until the statement is stepped to its end or reset. */
void bind_text(struct statement *s, int position, struct slice text);
void bind_blob(struct statement *s, int position, const void *bytes, size_t n);

/* 1 a row, 0 the end, -1 err. At the end and on failure the statement is reset. */
int statement_step(struct statement *s, struct err *err);
/* Steps once and resets: 0 also where a row came back (its first column, an integer, in `first` unless NULL). */
int statement_run(struct statement *s, int64_t *first, struct err *err);
void statement_reset(struct statement *s);

/* Columns of the present row, from 0. Text and blobs live until the next step; NULL is a NULL ptr, or 0. */
int64_t column_int(struct statement *s, int column);
struct slice column_text(struct statement *s, int column);
struct slice column_blob(struct statement *s, int column);
int column_is_null(struct statement *s, int column);
/* REPORT_NO_TIME for NULL. */
int64_t column_time(struct statement *s, int column);

/* The plan of a named statement as text, a line a step, for the plan test. Returns how many bytes were written. */
int db_plan(struct db *db, enum sql name, char *out, size_t room, struct err *err);
int db_parameters(struct db *db, enum sql name);
#endif
