/* csv: cells and lines of RFC 4180, and the only CSV escape. Appends to a `struct buf`, so the buffer may be written
 * out and cleared between any two calls. A cell of text that a spreadsheet would run as a formula (starting with = + -
 * @, a tab or a carriage return) gets a leading quote (UX 5, Export). Neighbours: print.c. */
#ifndef WEB_CSV_H
#define WEB_CSV_H
#include "base/buf.h"

struct csv {
	struct buf *out;
	bool comma; /* the next cell stands behind another */
};

void csv_init(struct csv *c, struct buf *out);
/* Text from anywhere; an absent one (NULL ptr) is an empty cell. */
void csv_text(struct csv *c, struct slice s);
/* A number of ours: as it is, also where it is negative. */
void csv_int(struct csv *c, int64_t n);
/* A share as a number from 0 to 1; empty where `whole` is 0. */
void csv_share(struct csv *c, int64_t part, int64_t whole);
void csv_end_line(struct csv *c);
#endif
