/* text: a view on a terminal: Overview as UX 10 lays it out, rows and groups as a table of 80 columns. Reads the same
 * view that JSON prints. Text from outside is stripped of control and direction marks. Neighbours: web.c. */
#ifndef WEB_TEXT_H
#define WEB_TEXT_H
#include "base/buf.h"
#include "web/page.h"

/* `colour`: terminal colours, block characters and marks; else plain ASCII. */
void text_overview(struct buf *out, struct page *p, const struct view *view, bool colour);
/* The headline of a page in words, then each of its lists under its heading. */
void text_sheets(struct buf *out, struct page *p, const struct view *view);
/* The rows of the view's table, read to their end, under the headline or the total. 0, or -1 err. */
int text_table(struct buf *out, struct page *p, const struct view *view, struct err *err);
#endif
