/* domain_records: what DNS says of one domain, read and checked, as values of a view: the data of
 * /api/v1/domains/NAME/records and of `ruad lint --format json`. Neighbours: schema/lint_domain.h; page_domain.c and
 * daemon/command_lint.c print it. */
#ifndef WEB_DOMAIN_RECORDS_H
#define WEB_DOMAIN_RECORDS_H
#include "schema/lint_domain.h"
#include "web/sheet.h"

/* Members dmarc, spf, dkim, findings, errors, warnings, notes. The records outlive the object. */
void domain_records_put(struct arena *a, struct value *object, const struct domain_records *d);
/* Its lists as sheets of a view. */
extern const struct sheet domain_tag_sheet, domain_tree_sheet, domain_key_sheet, domain_finding_sheet;
void domain_records_add_sheets(struct view *out);
/* "8 of 10 look-ups", "at least 8 of 10 look-ups". The arena's. */
const char *domain_records_lookups(struct arena *a, const struct spf_tree *tree);
#endif
