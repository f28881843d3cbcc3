/* sheet: lists of a view as tables: sorted as asked, as rows for CSV, JSON lines and terminals, as cells of a page. The
 * same columns say it each time, so that the printings cannot disagree. A row is an object with a member for each column;
 * where a cell leads, is a hint of the row.
 * Neighbours: view.h has the shapes; page_*.c fill the lists, card.h sets tables into pages; print.c and text.c print. */
#ifndef WEB_SHEET_H
#define WEB_SHEET_H
#include "web/page.h"

/* Sorts the rows as the parameter sort= asks: "-messages" is the largest first. False, with an error, where no column of
 * that name can be sorted by. Without sort= the order stays. */
bool sheet_sort(struct page *p, const struct sheet *s, struct value *list, struct param_errors *errors);

/* What the lines of a list that was cut leave over of `all`, as a row "6 others" that leads to what none of the lines is, so that
 * the list adds up. Nothing where it was not cut. */
void sheet_add_rest(struct page *p, struct value *list, const struct groups *groups, const struct counts *all, enum param which);
/* The rows of "N others", perhaps of one class (TRUST_CLASSES: of all): what `of` narrows to and none of the lines is. */
struct slice sheet_rest_href(struct page *p, const struct params *of, const struct groups *listed, enum param which, enum trust t);

/* Where the cell of that column leads; a NULL ptr leads nowhere. */
void sheet_link(struct page *p, struct value *row, const char *column, struct slice href);

/* Something that can be done about the row, in its cell of LOOK_ACTIONS: a link, or with `posts` a form. */
void sheet_action(struct page *p, struct value *row, const char *label, struct slice href, bool posts);

/* The list is all of the view's data: its rows are the table. Adds the sheet to the view. */
void sheet_is_table(struct page *p, struct view *out, const struct sheet *s, const struct value *list);
/* Likewise for rows that come one at a time: the view has no data then but these. */
void sheet_is_stream(struct page *p, struct view *out, const struct sheet *s,
		     int (*next)(void *ctx, struct arena *a, struct value **row, struct err *err), void *ctx);
/* The view's table from the data's lists, one behind the other: the envelope's total first, then the rows of each sheet
 * that was added to the view; a column `list` says which, and every other column stands once. */
void sheets_are_table(struct page *p, struct view *out);
/* Adds a sheet to those of the view. */
void view_add_sheet(struct view *out, const struct sheet *s);

/* As a table of a page, in `to`: `heads` and `rows`, for the template `grid`. */
void sheet_grid(struct page *p, struct value *to, const struct sheet *s, const struct value *list);

/* Its two halves, for rows that come one at a time: heads of the columns, and the cells of a row. Text of the row is
 * copied. */
void sheet_heads(struct page *p, struct value *heads, const struct sheet *s, const struct column *const *column, size_t n);
void sheet_cells(struct page *p, struct value *cells, const struct column *const *column, size_t n, const struct value *row,
		 int64_t longest);
#endif
