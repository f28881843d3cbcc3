/* cells: sums by four keys, sorted and packed. A day's facts come to a few thousand cells, so pages add up cells and not
 * facts; a month's cells are those of its days added together. Two kinds share the form: of rows (From domain, source,
 * reporter, kind) and of reports (policy domain, reporter, policy, 1 for one over 26 hours).
 *
 * Why packed, and not rows of a table: with a row a cell and the indexes that every filter needs, filling falls under
 * 200,000 rows a CPU second and a stored row takes over 60 bytes (STORAGE 2 measured both); reading a packed cell costs a
 * twentieth of reading a row. The form: cells with one first key are a group: that key minus the group's before, the group's
 * bytes, and its cells, so that a group nobody asks about is passed over. A cell: one byte `first`, the number of the first key
 * that differs from the cell before (0s at a group's start); that key minus the former one's; the keys behind it whole;
 * messages; count; and in months four bytes with a bit per day, the lowest first. All other numbers are LEB128.
 * Internal to storage/; `ruad verify` checks what is stored against the facts. */
#ifndef STORAGE_CELLS_H
#define STORAGE_CELLS_H
#include "base/buf.h"

#include <stdbool.h>

enum { CELL_KEYS = 4 };
enum row_key { ROW_DOMAIN, ROW_SOURCE, ROW_REPORTER, ROW_KIND };
/* Rows are summed by every set of the first three keys; a key that is left out is 0. The number of a table is its set. */
enum cell_table {
	OF_NOTHING,
	OF_DOMAIN = 1 << ROW_DOMAIN,
	OF_SOURCE = 1 << ROW_SOURCE,
	OF_REPORTER = 1 << ROW_REPORTER,
	OF_ALL = OF_DOMAIN | OF_SOURCE | OF_REPORTER,
	OF_REPORTER_FIRST, /* of From domain and reporter, in each other's place: one reporter's are a group */
	OF_REPORTS, /* not of rows */
	CELL_TABLES
};
enum report_key { REPORT_DOMAIN, REPORT_REPORTER, REPORT_POLICY, REPORT_LONG };

struct cell {
	uint32_t key[CELL_KEYS];
	uint32_t days;    /* of a month's cell: bit n is set where day n (from 0) of the month has it; 1 for a day's */
	int64_t messages;
	int64_t count;    /* facts, or reports */
};
struct cells { /* sorted by key, each key once */
	struct cell *item;
	size_t n, room;
};

void cells_release(struct cells *c);
/* Adds a cell that sorts behind all that are there, or has the last one's key. */
void cells_append(struct cells *c, const struct cell *cell);
/* The sum of two; `days` are united. */
void cells_unite(struct cells *out, const struct cells *a, const struct cells *b);

/* The place of a key; `n` where it is not there. */
size_t cells_find(const struct cells *c, const uint32_t key[CELL_KEYS]);

/* --- gathering in any order --- */

struct cell_sums { /* open addressing: a cell a slot, count 0 is empty */
	struct cell *slot;
	size_t slots, used;
};
void cell_sums_release(struct cell_sums *s);
void cell_sums_add(struct cell_sums *s, const struct cell *cell);
/* Empties it into `out`, sorted. */
void cell_sums_take(struct cell_sums *s, struct cells *out);

/* --- packed --- */

void cells_pack(struct buf *out, const struct cells *c, bool of_month);

/* Whether the groups of a first key are wanted. */
typedef bool cell_wanted(void *ctx, uint32_t key);

struct cell_reader {
	const unsigned char *at, *group_end, *end;
	struct cell cell; /* the one last read */
	bool of_month;
	cell_wanted *wanted; /* NULL: all are */
	void *ctx;
};
void cell_reader_init(struct cell_reader *r, struct slice packed, bool of_month);
/* 1 a cell, which lives until the next call; 0 the end; -1 for what cells_pack never writes. */
int cell_reader_next(struct cell_reader *r, const struct cell **out);
#endif
