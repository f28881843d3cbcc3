/* view: what a page has to say, before it is printed. A tree of values that the page fills once from storage; HTML,
 * JSON, CSV and text are printings of the same tree, so that a page and its API cannot disagree (HOUSE, A page is a
 * view). Rows that may be many do not sit in the tree but come one at a time from a table. Neighbours: page_*.c fill
 * views; template.c, print.c and text.c print them. All memory is the arena's. */
#ifndef WEB_VIEW_H
#define WEB_VIEW_H
#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"

#include <stdint.h>

enum value_kind {
	VALUE_NULL, /* not known */
	VALUE_TEXT, /* from outside or ours; cut on screen when long */
	VALUE_LINK, /* text of our own making that is never cut: addresses of pages, positions in charts */
	VALUE_INT,
	VALUE_SHARE, /* n of `of` */
	VALUE_BOOL,
	VALUE_OBJECT,
	VALUE_LIST,
};

struct value {
	enum value_kind kind;
	const char *key; /* within an object */
	struct slice text;
	int64_t n, of;
	struct value *first, *last; /* of an object or list, in order */
	struct value *hints; /* of an object: an object that only the HTML printing sees */
	struct value *next;
};

struct value *view_object(struct arena *a);

/* Members of an object, in order. Keys are literals. A text with a NULL ptr is a null. */
void view_put_text(struct arena *a, struct value *object, const char *key, struct slice text);
void view_put_link(struct arena *a, struct value *object, const char *key, struct slice text);
void view_put_int(struct arena *a, struct value *object, const char *key, int64_t n);
/* A number that may be unknown: a null where it is less than 0. */
void view_put_known(struct arena *a, struct value *object, const char *key, int64_t n);
void view_put_share(struct arena *a, struct value *object, const char *key, int64_t part, int64_t whole);
void view_put_bool(struct arena *a, struct value *object, const char *key, bool b);
/* "2026-09-15". */
void view_put_day(struct arena *a, struct value *object, const char *key, int64_t day);
struct value *view_put_object(struct arena *a, struct value *object, const char *key);
struct value *view_put_list(struct arena *a, struct value *object, const char *key);

/* Items of a list. */
struct value *view_add_object(struct arena *a, struct value *list);
void view_add_text(struct arena *a, struct value *list, struct slice text);
/* One that was made apart, and is in no list. */
void view_add(struct value *list, struct value *item);

/* The hints of an object: filled with the same functions, seen by templates like members, printed by nothing else. */
struct value *view_hints(struct arena *a, struct value *object);

/* The member, else the hint, of that name; NULL where there is none, or `object` is none or NULL. */
const struct value *view_get(const struct value *object, const char *key, size_t key_len);
/* The same by dotted path: "total.messages". */
const struct value *view_at(const struct value *object, const char *path);
/* The number at a path; 0 where there is none. */
int64_t view_int(const struct value *object, const char *path);
struct slice view_text(const struct value *object, const char *path);

/* --- rows --- */

struct column {
	const char *name; /* in JSON, CSV and cols= */
	const char *label; /* for people */
	enum column_look {
		LOOK_TEXT,
		LOOK_NUMBER,
		LOOK_MONO,
		LOOK_CLASS,   /* the JSON name of a class */
		LOOK_DAY,     /* "2026-09-15" */
		LOOK_TIME,    /* RFC 3339 */
		LOOK_NAME,    /* what the row is about */
		LOOK_TAG,     /* one word of a few */
		LOOK_ALIGNED, /* a bool */
		LOOK_BYTES,   /* a number of bytes */
		LOOK_ACTIONS, /* no member: what can be done about the row, on a page alone (sheet_action) */
		LOOK_DAYS,    /* a character a day, a square each: 1 there, 0 missing; p in part, - nothing was to be expected */
		LOOK_BAR,     /* no member: the five classes of the row as a bar, on a page alone */
	} look;
	bool on_terminal; /* fits into 80 columns with the others that do */
	bool off_page;    /* for data alone */
	bool beneath;     /* on a page it stands under the column before it */
	const char *at;   /* the member's path within the row, where that is not its name */
};

/* What a row has in that column, or NULL. */
const struct value *column_value(const struct value *row, const struct column *c);

struct table {
	const struct column *const *column; /* those chosen, in order */
	size_t columns;
	/* The next row as an object with one member a column, in the arena given, which may be cleared before the next
	 * call: 1 a row, 0 the end, -1 err. */
	int (*next)(void *ctx, struct arena *a, struct value **row, struct err *err);
	void *ctx;
};

struct sheet { /* one list of a view's data as people read it: a table with a heading */
	const char *key; /* of the list in the data; where the list is all of the data, of the page */
	const char *title;
	const struct column *column;
	size_t columns;
	bool sorts;    /* by sort= */
	bool dense;    /* many columns: smaller on a page */
	bool overlaps; /* a message may stand in several rows: they add up to more than there is */
	bool told;     /* long sentences: on a terminal each row is told column by column */
	bool partial;  /* of some of the mail: they add up to less */
};
enum { VIEW_SHEETS = 12 };

struct view {
	struct value *envelope; /* UX 11: query, generated_at, generation, total */
	struct value *data; /* NULL: the rows of the table are the data */
	struct table table; /* what CSV and NDJSON print */
	const struct sheet *sheet[VIEW_SHEETS]; /* of the data, in order: what a terminal shows */
	size_t sheets;
	struct value *words; /* lists `headline` and `lede`: the answer in words, for pages and terminals; or NULL */
	struct slice next; /* address of the next page in the API; NULL ptr at the last */
	struct value *page; /* HTML only: shell, headline, charts; NULL where no page is wanted */
	const char *template_name;
	bool empty; /* no message was found */
	bool not_ready; /* what was asked for is not ready: the exit code of a terminal */
};
#endif
