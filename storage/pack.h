/* pack: the facts of a day once more, packed: what a scan reads. A report is its id, reporter, policy domain, policy and
 * rows; a row is an address, a profile and its messages. About five bytes a row instead of the 23 of table `fact`, which stays
 * the truth; reading one costs some nanoseconds instead of some hundred (STORAGE 1 and 6).
 * A day is a chain of segments, reports in order of id; a report goes behind the last of its segment until that has reached
 * SEGMENT_BYTES. Form, in LEB128 (cells.h): id minus the one before (in a segment's first: minus `first`), reporter, policy
 * domain, policy * 2 + 1 for one over 26 hours, rows, bytes of the rows; a row: address minus the one before, profile,
 * messages. Internal to storage/. */
#ifndef STORAGE_PACK_H
#define STORAGE_PACK_H
#include "base/buf.h"

#include <stdbool.h>

enum { SEGMENT_BYTES = 32 * 1024 };

struct packed_report {
	int64_t id;
	uint32_t reporter, domain, policy; /* domain: policy_published's */
	bool is_long;
	uint64_t rows;
};
struct packed_row {
	uint32_t address, profile;
	int64_t messages;
};

/* Appends all of a report but its id, which depends on where it will stand. `r->rows` rows, sorted by address, then
 * profile. */
void pack_report(struct buf *out, const struct packed_report *r, const struct packed_row *rows);

/* Begin to end in seconds is over 26 hours; absent times (REPORT_NO_TIME) are not. */
bool pack_is_long(int64_t begin_s, int64_t end_s);

struct pack_reader {
	const unsigned char *at, *end, *rows_end; /* of the segment; of the report's rows */
	int64_t id;
	uint64_t rows_left;
	uint32_t address;
};
void pack_reader_init(struct pack_reader *r, struct slice segment, int64_t first);
/* 1 the next report, its predecessor's unread rows passed over; 0 the end; -1 for what pack_report never writes. */
int pack_next_report(struct pack_reader *r, struct packed_report *out);
/* 1 a row of that report, 0 no more, -1 damaged. */
int pack_next_row(struct pack_reader *r, struct packed_row *out);
#endif
