/* overview: what the parts of Overview share: page_overview.c (asking, and the numbers), overview_lists.c (its lists of receivers,
 * senders and domains) and overview_page.c (what HTML adds: headline, chart, cards). */
#ifndef WEB_OVERVIEW_H
#define WEB_OVERVIEW_H
#include "web/chart.h"
#include "web/compare.h"
#include "web/coverage.h"
#include "web/remedy.h"

enum { OVERVIEW_STEPS = 4 /* that are told (UX 7.1) */ };

struct overview_view { /* all that was asked */
	struct overview o;
	struct groups receivers, senders, domains; /* of o, as many as the page lists */
	struct overview now, then; /* where p->compare is on */
	struct reporter_lines usual; /* of the days from usual_first on: who reports when; n == 0 where that is not told */
	int64_t usual_first;
	struct coverage coverage;
	int64_t usual_delay_s;     /* of whom the last days miss: the longest; -1 not known */
	struct rule_lines rules;
	struct ranked_remedy *step;  /* none where a class is chosen: they need all of a sender's mail */
	size_t steps;
	int64_t unnamed;           /* untrusted addresses that no rule names; -1: too many to tell apart */
	int64_t spoofing;          /* untrusted messages that are likely spoofing; -1 likewise */
	struct journal_notes notes; /* of the period's days, on a page */
	struct policy_lines seen;
	int64_t policy_reports;    /* so many of the reports saw o.policy */
	struct slice policy_in_dns; /* that the domain most reports are about publishes by now; NULL ptr not known */
	struct slice tags_in_dns;   /* the same with all tags that decide: "p=quarantine; pct=0; t=y" */
	int64_t wanted;            /* messages of named senders, failing, quarantined or rejected */
	struct slice wanted_href;
};

/* Lists of the data, with their rows' links and `compare` where a page is wanted. */
void overview_put_receivers(struct page *p, const struct overview_view *v, struct value *data);
void overview_put_senders(struct page *p, const struct overview_view *v, struct value *data);
void overview_put_domains(struct page *p, const struct overview_view *v, struct value *data);
/* The same as tables of the page: objects `receivers_grid`, `senders_grid`, `domains_grid`. */
void overview_put_grids(struct page *p, const struct overview_view *v, const struct value *data, struct value *page);

/* Fills the view's page and the hints of its data. 0, or -1 err. */
int overview_page(struct page *p, const struct overview_view *v, struct view *out, struct err *err);

/* "no_policy", ...: why untrusted mail was delivered, in JSON. */
const char *overview_why_name(enum delivered_why why);
/* The cause of that name, or CAUSES. */
enum cause overview_cause_of(struct slice name);
/* What a step comes to: "Sign the mail of Relays with DKIM"; "+121 fully trusted". */
const char *overview_task(struct arena *a, const struct ranked_remedy *step);
const char *overview_gain(struct arena *a, const struct ranked_remedy *step);
#endif
