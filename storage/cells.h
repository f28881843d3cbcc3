/* cells: sums by up to five keys, sorted and packed. A day's facts come to a few thousand cells, so pages add up cells and not
 * facts; a month's cells are those of its days added together. Three kinds share the form: of rows (From domain, source,
 * reporter, kind), of reports (policy domain, reporter, policy, 1 for one over 26 hours), and, of months alone, of rows with
 * their profile (profile, source, policy domain, policy), which tells all of a row but its address and report; or with their address
 * (address, source, kind).
 *
 * Why packed, and not rows of a table: with a row a cell and the indexes that every filter needs, filling falls under
 * 200,000 rows a CPU second and a stored row takes over 60 bytes (STORAGE 2 measured both); reading a packed cell costs a
 * twentieth of reading a row. The form: cells with one first key are a group: that key minus the group's before, the group's
 * bytes, and its cells, so that a group nobody asks about is passed over. A cell: one byte `first`, the number of the first key
 * that differs from the cell before (0s at a group's start); that key minus the former one's; the keys behind it whole;
 * messages; count; and in months the days: of a count of 1 a byte with the number of
 * the day, else four bytes with a bit per day, the lowest first. All other numbers are LEB128.
 * Internal to storage/; `ruad verify` checks what is stored against the facts. */
#ifndef STORAGE_CELLS_H
#define STORAGE_CELLS_H
#include "base/buf.h"

#include <stdbool.h>

enum { CELL_KEYS = 5 };
enum row_key { ROW_DOMAIN, ROW_SOURCE, ROW_REPORTER, ROW_KIND, ROW_KEYS };
/* Rows are summed by every set of the first three keys; a key that is left out is 0. The number of a table is its set. */
enum cell_table {
	OF_NOTHING,
	OF_DOMAIN = 1 << ROW_DOMAIN,
	OF_SOURCE = 1 << ROW_SOURCE,
	OF_REPORTER = 1 << ROW_REPORTER,
	OF_ALL = OF_DOMAIN | OF_SOURCE | OF_REPORTER,
	OF_REPORTER_FIRST, /* of From domain and reporter, in each other's place: one reporter's are a group */
	OF_PROFILES, /* rows with their profile, of months alone that no more days come to (derive.h) */
	OF_REPORTER_PROFILES, /* the same, behind the reporter as first key */
	OF_ADDRESSES, /* rows with their address, likewise */
	OF_DOMAIN_ADDRESSES, /* the same, behind the From domain, and the reporter, as first key */
	OF_REPORTER_ADDRESSES,
	OF_REPORTS, /* not of rows */
	CELL_TABLES
};
enum report_key { REPORT_DOMAIN, REPORT_REPORTER, REPORT_POLICY, REPORT_LONG, REPORT_KEYS };
enum address_key { ADDRESS_ID, ADDRESS_SOURCE, ADDRESS_KIND, ADDRESS_KEYS };
enum profile_key { PROFILE_ID, PROFILE_SOURCE, PROFILE_DOMAIN, PROFILE_POLICY, PROFILE_KEYS };

/* How many keys a table's cells have; the others are 0 and not written. */
static inline int cell_table_keys(enum cell_table t)
{
	return t == OF_REPORTER_PROFILES ? 1 + PROFILE_KEYS : t == OF_ADDRESSES ? ADDRESS_KEYS : ROW_KEYS;
}

static inline bool cell_table_has_addresses(enum cell_table t)
{
	return t >= OF_ADDRESSES && t <= OF_REPORTER_ADDRESSES;
}

static inline bool cell_table_has_days(enum cell_table t)
{
	return t != OF_PROFILES && t != OF_REPORTER_PROFILES && !cell_table_has_addresses(t);
}

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

void cells_pack(struct buf *out, const struct cells *c, int keys, bool of_month);

/* Whether the groups of a first key are wanted. */
typedef bool cell_wanted(void *ctx, uint32_t key);

struct cell_reader {
	const unsigned char *at, *group_end, *end;
	struct cell cell; /* the one last read */
	int keys;
	bool of_month;
	cell_wanted *wanted; /* NULL: all are */
	void *ctx;
};
void cell_reader_init(struct cell_reader *r, struct slice packed, int keys, bool of_month);
/* 1 a cell, which lives until the next call; 0 the end; -1 for what cells_pack never writes. */
int cell_reader_next(struct cell_reader *r, const struct cell **out);
#endif
