/* derive: the packed tables (derived.sql) out of the facts, and out of each other: segments from facts, cells of a day, ids and
 * profiles of a month from segments, the other cells of a month from its days. All of it depends on the facts alone and not on how they came, so
 * what was kept can be compared with what is made anew, bit for bit. Internal to storage/. Neighbours: ingest.c appends
 * with every commit; rebuild.c makes all anew or compares; scan.c reads. */
#ifndef STORAGE_DERIVE_H
#define STORAGE_DERIVE_H
#include "storage/cells.h"
#include "storage/meaning.h"
#include "storage/pack.h"

enum { SEGMENT_DAY_BITS = 40, FIRST_MONTH_PERIOD = 1000000 };

/* The id of a segment's first report, of the segment's key. */
static inline int64_t derive_segment_first(int64_t segment)
{
	return segment & (((int64_t)1 << SEGMENT_DAY_BITS) - 1);
}

/* The period of the month that a day lies in, and a month's first day. */
int64_t derive_month_of(int64_t day);
int64_t derive_month_first(int64_t month);

/* The last month that no more days come to: there is a report of its last day, or of a later one. INT64_MIN: there is none. */
int derive_last_closed(struct db *db, int64_t *month, struct err *err);

/* The key of a table's cells of a day or month. */
int64_t derive_cell_id(enum cell_table table, int64_t period);

/* --- ids of a month (table month_ids): eight bytes each, the lowest first: an id, and a bit for each day that has it; of an
 * address the highest bit says that it had fewer than LIMIT_ONCE_MESSAGES messages in that month --- */

enum { ID_BYTES = 8 };
/* The id of number `i`, with its days. */
uint32_t ids_at(struct slice ids, size_t i, uint32_t *days);
bool ids_at_few(struct slice ids, size_t i);
/* The days that have an id: 0 where the month has none. */
uint32_t ids_days(struct slice ids, uint32_t id);

/* --- what is not yet in the tables --- */

struct open_report {
	int64_t day, id;
	size_t at, len; /* of its packed form */
};
struct open_days { /* all zeros is empty, after open_days_init */
	struct buf bytes;
	struct open_report *report;
	size_t n, room;
	int64_t *redo; /* days that lost a report: packed anew from the facts */
	size_t redo_n, redo_room;
	int64_t *relabelled; /* addresses whose source changed */
	size_t relabelled_n, relabelled_room;
};
void open_days_init(struct open_days *o);
void open_days_release(struct open_days *o);
void open_days_clear(struct open_days *o);
/* Rows sorted by address, then profile. */
void open_days_add(struct open_days *o, int64_t day, const struct packed_report *r, const struct packed_row *rows);
void open_days_redo(struct open_days *o, int64_t day);
void open_days_relabel(struct open_days *o, int64_t address);

/* Writes all of it, with the cells of the days and months it touches, inside the caller's transaction; empties it. */
int derive_flush(struct open_days *o, struct db *db, const struct meaning *m, struct err *err);

/* --- all of it --- */

/* All cells that know sources once more, from the segments: what a changed rule wants. */
int derive_sources(struct db *db, const struct meaning *m, struct err *err);

/* Called after each day with how many of all reports are done. */
typedef void derive_progress(void *ctx, int64_t reports);

/* Everything from the facts, in the caller's transaction; the tables are empty. */
int derive_all(struct db *db, const struct meaning *m, derive_progress *progress, void *ctx, struct err *err);

/* The same, compared with what is stored, in the caller's reading. `*different` counts days and months that are not what
 * the facts come to; the first is named in `where` (of `room` bytes). */
int derive_compare(struct db *db, const struct meaning *m, derive_progress *progress, void *ctx, int64_t *different,
		   char *where, size_t room, struct err *err);
#endif
