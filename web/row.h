/* row: one row of a report as pages show it: its columns, and how it is called in addresses. Neighbours: page_records.c lists
 * rows, page_record.c has one, page_report.c those of its report; sheet.h prints them. */
#ifndef WEB_ROW_H
#define WEB_ROW_H
#include "web/sheet.h"

enum row_column { /* in the order of row_columns[] */
       COL_DAY,
       COL_REPORTER,
       COL_SOURCE,
       COL_IP,
       COL_FROM,
       COL_SPF,
       COL_SPF_ALIGNED,
       COL_DKIM,
       COL_DKIM_ALIGNED,
       COL_DISPOSITION,
       COL_REASONS,
       COL_CLASS,
       COL_MESSAGES,
       COL_REPORT,
       COL_SCREEN, /* those above are on screen unless cols= says otherwise */
       COL_KIND = COL_SCREEN,
       COL_CAUSE,
       COL_VERDICT,
       COL_RULE,
       COL_STATE,
       COL_PHASE,
       COL_ENVELOPE_FROM,
       COL_ENVELOPE_TO,
       COL_POLICY_DOMAIN,
       COL_POLICY,
       COL_PCT,
       COL_TESTING,
       COL_FLAGS,
       COL_BEGIN,
       COL_END,
       COL_REPORT_ID,
       COL_ID,
       COLS
};
extern const struct column row_columns[COLS];

/* An object with a member for each of the columns, which are of row_columns. */
struct value *row_make(struct page *p, struct arena *a, const struct column *const *column, size_t n, const struct record *r);

/* "724-31-12": report, address and profile. False for what is no such id. */
struct slice row_id(struct arena *a, const struct record *r);
struct slice row_href(struct page *p, const struct record *r);
bool row_id_parse(struct slice text, int64_t *report, int64_t *address, int64_t *profile);
#endif
