/* print: a view as data: the JSON envelope of UX 11, CSV, or JSON lines. Works in portions, so that an export of any
 * length is never in memory at once. Neighbours: view.h, json.h, csv.h; route.c and http.c ask for the portions. */
#ifndef WEB_PRINT_H
#define WEB_PRINT_H
#include "web/csv.h"
#include "web/json.h"
#include "web/view.h"

enum print_format { PRINT_JSON, PRINT_CSV, PRINT_NDJSON };

struct print {
	enum print_format format;
	struct view *view;
	struct arena row; /* one row's memory */
	struct json json;
	struct csv csv;
	enum { PRINT_HEAD, PRINT_ROWS, PRINT_TAIL, PRINT_DONE } step;
};

/* The view outlives it. */
void print_init(struct print *p, enum print_format format, struct view *view);
void print_release(struct print *p);

/* Appends the next portion, about `want` bytes and at least something: 1 there is more, 0 that was all, -1 err. The
 * buffer may be another, or emptied, each time. */
int print_more(struct print *p, struct buf *out, size_t want, struct err *err);

/* One value as plain text for a cell: lists joined with "; ", members with blanks; never NULL. */
struct slice print_cell_text(struct arena *a, const struct value *v);
#endif
