/* domain: what pages of domains share: which ones there are, how they are called in addresses, and what is known of their
 * records in a few words. Neighbours: page_domains.c, page_domain.c; schema/lint_domain.h reads the records. */
#ifndef WEB_DOMAIN_H
#define WEB_DOMAIN_H
#include "schema/lint_domain.h"
#include "web/page.h"

/* Whether whoever asks may see it. */
bool domain_may_see(const struct page *p, struct slice name);
/* Whether it lies within the page's filter by tree and From domain. */
bool domain_is_asked_for(const struct page *p, struct slice name);
/* The page of a domain; a NULL ptr for what does not fit into an address. */
struct slice domain_href(struct page *p, struct slice name);
/* "p=quarantine; pct=0; t=y": a policy as a report tells of it. The arena's. */
const char *domain_policy_words(struct arena *a, const struct policy_seen *seen);
#endif
