/* source: how senders are called in addresses of pages, and the columns that every list of senders has. Neighbours:
 * page_sources.c, page_source.c and whoever links to a sender. */
#ifndef WEB_SOURCE_H
#define WEB_SOURCE_H
#include "web/page.h"

/* "careers-portal" for "Careers portal": lower-case letters and digits, runs of anything else as one hyphen. NULL ptr where
 * nothing of the name is left. */
struct slice source_slug(struct arena *a, struct slice name);
/* The page of a sender; name NULL ptr: of mail that no rule names. Where another rule has the same slug, by the name itself. */
struct slice source_href(struct page *p, const struct rule_lines *rules, struct slice name);
/* The rule that a slug or name of an address means; NULL where there is none. */
const struct rule_line *source_named(struct page *p, const struct rule_lines *rules, struct slice id);
#endif
