/* rollout: what a change of one domain's policy would do, and whether it is ready (UX 7.2): everything that the page, its API and
 * `ruad rollout` say, asked once. The arithmetic is in schema (forecast.h, publish.h, readiness.h); here it is fed from the store.
 * Neighbours: rollout_ask.c asks, rollout_data.c puts it into the view's data, rollout_page.c into cards; page_rollout.c is the door. */
#ifndef WEB_ROLLOUT_H
#define WEB_ROLLOUT_H
#include "schema/forecast.h"
#include "schema/publish.h"
#include "schema/readiness.h"
#include "web/coverage.h"
#include "web/journal.h"
#include "web/measured.h"
#include "web/sheet.h"
#include "web/want.h"

enum { ROLLOUT_STEPS = 6 }; /* monitor, rehearse, part, enforce, rehearse reject, reject */
extern const enum step rollout_ladder[ROLLOUT_STEPS];

struct rollout_source { /* by number; a hole has a NULL ptr as key */
	struct slice key, label, owner;
	enum source_kind kind;
	enum list_software software;
	bool hint;
	struct counts counts;
};

struct rollout_step {
	enum step step;
	enum step *of_domain; /* what would hold for mail From each */
	struct publish publish;
	struct forecast forecast;
	const struct readiness_confirmation *confirmed;
	size_t confirmations;
	struct readiness readiness;
	struct readiness_way way;
};

struct rollout {
	bool of_flows;            /* set by whoever asks: what steps would do is all that is wanted, not whether they are ready */
	struct slice domain;      /* whose policy it is about; NULL ptr: no report tells of any */
	struct want want;         /* the page's days, under that domain */
	struct filter filter;     /* of it */
	int64_t days;             /* of the period, as far as there is data */
	struct names domains;     /* organisational domains in reports, most messages first: what else it could be about */
	struct policy_lines seen; /* of the domain and all below it */
	enum step now;            /* of mail From the domain itself, as most receivers last saw it */
	int64_t reports, agree;   /* about the domain; of those, with the policy that most saw last */
	struct dns_line dns;      /* of its record */
	struct slice record;      /* its DMARC record; NULL ptr: none, or not known */
	bool is_guess;            /* nobody looked it up yet: `record` has what reports state, without rua and the like */
	struct slice above, above_at; /* where it has none: the record that it follows, and the domain that has it; NULL ptr: none is known */
	struct counts all;        /* of the period */
	struct rollout_source *source; /* by number */
	size_t sources;
	struct slice *from, *receiver; /* names by number; a hole has a NULL ptr */
	size_t froms, receivers;
	bool *own;                /* by From domain: publishes a record of its own */
	enum step *own_step;      /* what that asks for */
	size_t inherit, own_records, failing_names; /* names below it with mail: without and with a record of their own; of those without, with failing mail */
	struct forecast_flow *flow;
	size_t flows;
	bool too_many;            /* names and receivers: the flows do not tell receivers apart */
	const struct forecast_flow *said; /* flows that do: the same, or by receiver alone */
	size_t saids;
	struct forecast_habit *habit;
	struct forecast_certified certified; /* of the rehearsal of quarantine */
	struct reporter_lines reporters;     /* from COVERAGE_DAYS before the days that are counted */
	struct coverage coverage;            /* of those days */
	int64_t measured_first;   /* from that day on */
	struct measured measured; /* the rehearsal, or what else first asked for something; at == changes: nothing yet */
	struct confirmations confirmations;
	struct journal_blockers blockers;
	int64_t unknown_messages; /* of failing mail that nobody named and that is not likely spoofing */
	struct readiness_facts facts;
	const struct readiness_limits *limits;
	struct readiness_fix *fix;
	size_t fixes;
	struct publish_ask ask;   /* as chosen on the page */
	struct rollout_step step[ROLLOUT_STEPS];
	size_t next, chosen;      /* places in step: recommended; on the page */
};

/* All of it, in one reader's time: 0, or -1 err. `p` has the page's parameters. */
int rollout_ask(struct page *p, struct reader *r, void *rollout, struct err *err);

/* The question that a step's forecast answers; what the chosen strict modes, and the chosen np, come to at the step on the page. */
struct forecast_ask rollout_what_if(const struct rollout *v, const struct rollout_step *s);
struct forecast_strict rollout_strict(const struct rollout *v);
struct forecast_np rollout_np(struct page *p, const struct rollout *v);

/* What people wrote down. */
int rollout_ask_people(struct page *p, struct reader *r, struct rollout *v, struct err *err);
extern const struct sheet rollout_blocker_sheet;
void rollout_put_blockers(struct page *p, struct value *data, const struct rollout *v);
void rollout_people_cards(struct page *p, struct view *out, const struct rollout *v);

/* Rows behind a group of failing mail; all that fails where `g` is NULL. */
struct want rollout_want(struct page *p, const struct rollout *v, const struct forecast_group *g);
/* "LISTSERV", "Forwarded, ARC vouched", ...: what stands above a group. */
struct slice rollout_group_label(const struct rollout *v, const struct forecast_group *g);

/* The data and its sheets; the words, cards and charts of the page. */
/* The numbers of a sum as members of a row. */
void rollout_put_sum(struct page *p, struct value *row, const struct forecast_sum *s);
void rollout_put(struct page *p, struct view *out, const struct rollout *v);
void rollout_say(struct page *p, struct view *out, const struct rollout *v);
int rollout_cards(struct page *p, struct view *out, const struct rollout *v, struct err *err);
/* "(254 - 158) / (1,443 - 158) = 96 / 1,285 = 7.5%", with the signs of people. */
const char *rollout_arithmetic(struct arena *a, const struct forecast_share *s);
/* What a check comes to: "3 of 28 days", "34 of 1,443 = 2.4%, limit 0.5%". */
const char *rollout_check_says(struct arena *a, const struct rollout *v, const struct readiness_check *c);
const char *rollout_missing_says(struct arena *a, const struct rollout *v, const struct readiness_check *c);
/* Days that no report came for lie behind: then nobody knows when a step can be ready. */
bool rollout_is_ahead(const struct page *p, int64_t day);
#endif
