/* source: what pages that name senders share: how one is called in addresses, the rule behind a line, and where its numbers
 * lead. Neighbours: page_sources.c, page_source.c and whoever links to a sender. */
#ifndef WEB_SOURCE_H
#define WEB_SOURCE_H
#include "web/sheet.h"

/* The page of a sender; name NULL ptr: of mail that no rule names. Where another rule has the same slug, by the name itself. */
struct slice source_href(struct page *p, const struct rule_lines *rules, struct slice name);
/* The rule that a slug or name of an address means; NULL where there is none. */
const struct rule_line *source_named(struct page *p, const struct rule_lines *rules, struct slice id);
/* The rule behind a line of BY_SOURCE; NULL for mail that no rule names. */
const struct rule_line *source_rule(const struct rule_lines *rules, const struct group *g);
/* How many addresses no rule names in the mail of the page, perhaps of one class (TRUST_CLASSES: of all); -1 where its days have too
 * many rows to tell addresses apart. */
int source_ask_unnamed(struct page *p, struct reader *r, enum trust t, int64_t *out, struct err *err);
/* How many messages of the page's mail, perhaps of one class, are likely spoofing; -1 likewise. */
int source_ask_spoofing(struct page *p, struct reader *r, enum trust t, int64_t *out, struct err *err);
/* " 7 of them are likely spoofing: ...": with the reasons, and where the rows are; `of` is "them". Nothing where there are none. */
void source_say_spoofing(struct page *p, struct value *list, enum trust t, int64_t messages, const char *of);
/* The cells spf_aligned and dkim_aligned of a line of BY_SOURCE lead to their rows. */
void source_link_aligned(struct page *p, struct value *row, struct slice key);
#endif
