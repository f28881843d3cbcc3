/* chart: how much came in on each day of a period, or in each month of a longer one, by class (UX 3): up to a week a row a
 * day, else columns; behind them the outline of an earlier period; what the policy became, as a line; what people noted, as
 * numbers told beneath; days that may still grow, hatched. Drawn by the server, in percent of its width; every part leads to its messages.
 * Neighbours: card.h sets it into a page, templates/chart.html prints it. */
#ifndef WEB_CHART_H
#define WEB_CHART_H
#include "web/page.h"

enum { CHART_MARKS = 6, CHART_NOTES = 9 };

struct chart {
	struct chart_bar { /* a day, or as much of a month as lies in the period */
		int64_t first_day, last_day;
		struct counts counts, then; /* then: in its place of the earlier period */
		bool open;    /* reports of it are still missing */
		bool faded;   /* of no interest beside the others */
		bool is_long; /* a report begins on it that covers more than a day: hatched like one that is open */
	} *bar;
	size_t n;
	bool by_month, has_then;
	struct chart_mark {
		int64_t day; /* the first on which anybody saw it */
		const char *label; /* "p=quarantine pct=0" */
	} mark[CHART_MARKS];
	size_t marks;
	struct journal_notes notes; /* about these days, at most CHART_NOTES */
};

/* Empty bars for the days of the page's filter. */
void chart_init(struct page *p, struct chart *c);
/* What to ask for: BY_DAY or BY_MONTH, each in full. */
enum group_by chart_by(const struct chart *c);
void chart_fill(struct chart *c, const struct groups *lines);
/* The same of an earlier period that begins on `first_day`. */
void chart_fill_then(struct chart *c, const struct groups *lines, int64_t first_day);
/* Days on which the policy that most mail fell under became another, as lines say that saw `f`'s days. */
void chart_mark_policies(struct arena *a, struct chart *c, const struct policy_lines *seen);
/* What people noted of the page's days and filters, for `notes`. */
int chart_ask_notes(struct page *p, struct reader *r, struct journal_notes *out, struct err *err);
/* All of the above in one, the earlier period where p->compare is settled: 0, or -1 err. */
int chart_ask(struct page *p, struct reader *r, struct chart *c, struct err *err);

/* Hints for the template, as a member `chart` of `to`. */
void chart_put(struct page *p, const struct chart *c, struct value *to);
/* "By day", "By month". */
const char *chart_title(const struct chart *c);
/* Small words beside the title: what the length of a bar says. */
const char *chart_scale(struct page *p, const struct chart *c);
#endif
