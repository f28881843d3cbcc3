/* domain_view: what the page of one domain is built from. Neighbours: page_domain.c asks for it and puts most of it into data,
 * domain_time.c the timeline; domain_page.c sets the page. */
#ifndef WEB_DOMAIN_VIEW_H
#define WEB_DOMAIN_VIEW_H
#include "web/breakdown.h"
#include "web/chart.h"
#include "web/compare.h"
#include "web/domain.h"
#include "web/domain_records.h"

enum domain_what { DOMAIN_ALL, DOMAIN_RECORDS, DOMAIN_TIMELINE };
enum { DOMAIN_PARTS = 4, DOMAIN_EVENTS = 60 };

extern const struct breakdown domain_parts[DOMAIN_PARTS];

struct domain_selector { /* of a signature in reports */
	struct slice selector, domain;
	int64_t passes, others; /* messages */
	struct slice pass_key;  /* what signature= takes for those that pass */
	int64_t last_seen;
};
struct domain_event {
	int64_t day;
	const char *what; /* "record", "sender", "policy", "note" */
	const char *text;
	struct slice before, after; /* NULL ptr: none; so is what follows */
	struct slice href;
};
struct domain_view {
	enum domain_what what;
	struct slice name;
	struct counts all;
	struct groups groups[DOMAIN_PARTS];
	struct compared compared;        /* by source */
	struct chart chart;              /* on a page, in place of the days as a list */
	struct rule_lines rules;
	struct groups ever;              /* senders of all days */
	struct domain_selector *selector;
	size_t selectors;
	int64_t selectors_from;          /* the days that they were looked for in: as many of the last as have not too many rows */
	struct domain_records records;
	struct dns_line dmarc_line;      /* of the DMARC record in force */
	struct policy_lines seen;
	size_t differ;                   /* reporters that see another policy than DNS has, for longer than a record is kept */
	struct domain_event *event;      /* the last first */
	size_t events;
};

extern const struct sheet domain_seen_sheet, domain_time_sheet;

/* Whether what a reporter saw there can be compared with the record in DNS. */
bool domain_is_settled(const struct page *p, const struct domain_view *d, const struct policy_line *line);

/* What changed in the days of the filter: records, senders seen for the first time, the policy that reports tell of; and what
 * people noted. */
int domain_time_ask(struct page *p, struct reader *r, struct domain_view *d, struct err *err);
void domain_time_put(struct page *p, struct view *out, struct value *data, const struct domain_view *d);

void domain_page_put(struct page *p, struct view *out, const struct domain_view *d);
#endif
