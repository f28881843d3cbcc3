/* portion: rows of a list of any length, read portion by portion behind a cursor: a page has the first of them and an export
 * streams. Neighbours: page_records.c, page_reports.c and page_ingest.c say what a row is; view.h has the table. */
#ifndef WEB_PORTION_H
#define WEB_PORTION_H
#include "web/page.h"

struct portions;

struct portion_kind {
	/* Reads at most `limit` rows behind s->after (NULL ptr: from the start) into the page's portion, and sets s->n and s->after,
	 * whose ptr is NULL where nothing is behind them. 0, or -1 err. */
	int (*read)(struct portions *s, struct reader *r, size_t limit, struct err *err);
	/* Row `i` of the portion read last. */
	struct value *(*make)(struct portions *s, struct arena *a, size_t i);
	size_t rows;                    /* of a portion, at most */
	int64_t on_screen, to_programs; /* rows where limit= says nothing */
	bool once; /* a portion may be short of its limit, or even empty: all but exports have the first alone */
};

struct portions {
	struct page *p;
	struct view *view;
	const struct portion_kind *kind;
	void *rows;         /* where the kind keeps the portion */
	struct slice after; /* the cursor, in the page's arena */
	size_t n, at;
	int64_t left; /* of the limit; INT64_MAX: all */
	bool started;
};

/* From where after= says, as many as limit= says; all for an export. */
void portions_init(struct portions *s, struct page *p, struct view *out, const struct portion_kind *kind, void *rows);
/* A table's `next` with the portions as its ctx. At the end the view's `next` leads to what is behind. */
int portions_next(void *portions, struct arena *a, struct value **row, struct err *err);
/* All rows that are left, at the end of the list. */
int portions_list(struct portions *s, struct value *list, struct err *err);
/* The same list of `path` behind the rows read; a NULL ptr where nothing is. */
struct slice portions_href(const struct portions *s, const char *path);
#endif
