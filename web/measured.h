/* measured: what the last change of a policy did, gathered: which receivers saw it when, which days are compared, and the failing mail
 * of each group before and after (schema/transition.h). Neighbours: page_measured.c shows it; page_phases.c has the phases. */
#ifndef WEB_MEASURED_H
#define WEB_MEASURED_H
#include "schema/transition.h"
#include "web/want.h"

struct measured_change { /* from one step to another, as some receivers saw it */
	enum step from, to;
	int64_t messages;  /* of both phases of these receivers */
	double day;        /* the mean of their first days, by their messages */
	int64_t first_day; /* on which any of them saw it */
};
struct measured_receiver {
	struct slice name;
	struct transition_receiver seen;
};
struct measured_line { /* one source, verdict, From domain or receiver */
	struct slice key, label;
	enum source_kind kind;       /* of a source; else KIND_UNKNOWN */
	enum list_software software; /* of a list */
	enum transition_kind judged_as;
	struct transition_group group;
	struct transition_result result;
	double leaves;               /* of the expected, what lists are predicted to rewrite */
};
struct measured {
	struct slice domain;             /* whose policy; a NULL ptr: no report states one */
	struct measured_change *change;  /* of that domain, in order of their days */
	size_t changes, at;              /* at == changes: there is none to be measured */
	struct policy_seen policy;       /* the new one, as most mail's receivers saw it */
	bool is_brief;                   /* set by whoever asks: lines alone, without reasons and the chart */
	bool own_only;                   /* names below the domain kept their sp: only mail From the domain itself is compared */
	struct transition_days days;
	struct measured_receiver *receiver;
	struct transition_receiver *seen; /* of each receiver, in the same order */
	size_t receivers, compared;
	enum group_by by;
	struct want before, after;       /* the mail that is compared */
	struct counts before_all, after_all;
	int64_t leaves;                  /* failing messages before through lists that are predicted to rewrite */
	struct measured_line *line;      /* most failing messages before first */
	size_t lines;
	struct measured_line total;
	int64_t sampled, testing, arc;   /* failing messages after, by the reason receivers give */
	struct groups acted;             /* by receiver: what was moved while the new policy asked nobody to */
	struct want acted_rows;
	struct groups chart;             /* by day */
};
/* Gathers it all; the page's filter and parameters are what it stays. */
int measured_ask(struct page *p, struct reader *r, void *measured, struct err *err);
#endif
