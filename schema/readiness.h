/* readiness: whether a step may be taken: checks with value, limit and what is missing, a verdict, and the shortest way to it
 * (UX 7.2). No step is ready on thin data: 3 days, or without the large receivers' reports, are never enough, whatever the limits
 * are set to. Pure: what is counted comes from whoever calls.
 * Neighbours: forecast.h, record_dmarc.h (where numbers come from), receiver.h (the large receivers), daemon/config.c (limits). */
#ifndef SCHEMA_READINESS_H
#define SCHEMA_READINESS_H
#include "base/arena.h"
#include "schema/receiver.h"
#include "schema/step.h"

enum { READINESS_WHOLE = 10000 }; /* shares are counted in hundredths of a percent */

struct readiness_limits { /* block `rollout` of ruad.conf */
	int64_t days;            /* complete days of reports before a policy is enforced, and at quarantine before reject: 28 */
	int64_t first_days;      /* complete days of reports before a rehearsal: 7 */
	int64_t rehearsal_days;  /* of rehearsal before list mail counts as measured: 14 */
	int64_t incomplete;      /* days that may lack reports, in hundredths of a percent of all: 1000 */
	int64_t large_receivers; /* of Gmail, Yahoo and Outlook that report: 3 */
	int64_t failing_own;     /* failing mail of ours, of all messages at most: 50, which is 0.5 % */
	int64_t unnamed_senders; /* that fail on two days or more, at most: 0 */
	int64_t lists_rewritten; /* of list mail, at least: 9500 */
	int64_t signed_own;      /* own mail with an aligned signature, at least: 9800 */
};
extern const struct readiness_limits readiness_defaults;
enum { READINESS_LEAST_DAYS = 4, READINESS_LEAST_LARGE = 2 }; /* what days and large_receivers cannot be set below */

enum readiness_check_id {
	CHECK_REPORTS,         /* reports arrive, the large receivers' among them; value: receivers */
	CHECK_FIRST_DAYS,      /* days of reports */
	CHECK_RECORD,          /* the new record has no errors, for old and new receivers */
	CHECK_ASKED,           /* receivers are asked to move nothing, and none is known to do so all the same */
	CHECK_LISTS_KNOWN,     /* failing list mail comes from lists that are named, with their software */
	CHECK_LISTS_ACCEPT,    /* a person confirms that no list refuses posts */
	CHECK_DAYS,            /* four weeks of reports at this policy */
	CHECK_LARGE,           /* the large receivers report */
	CHECK_OWN_FAILING,     /* failing mail that is ours */
	CHECK_UNNAMED,         /* failing senders seen on two days that nobody has named */
	CHECK_REWRITTEN,       /* list mail rewritten in the rehearsal */
	CHECK_SIGNED,          /* own mail signed with aligned DKIM */
	CHECK_RECORDS,         /* DMARC, SPF and DKIM records valid */
	CHECK_QUARANTINE_DAYS, /* four weeks at quarantine */
	CHECK_SPF_ALONE,       /* no own source relies on SPF alone */
	CHECK_POSTERS,         /* a person confirms the warning that reject harms those who post to lists */
	CHECK_BLOCKERS,        /* blockers that people entered; only there while one is open */
	CHECKS
};
/* "days", ...: JSON, confirmations, URLs. */
const char *readiness_check_name(enum readiness_check_id id);
enum readiness_check_id readiness_check_of_name(struct slice word); /* CHECKS for another word */
/* "Four weeks of reports at this policy" is said with the limit, so: "Complete days of reports at this policy"; for people. */
const char *readiness_check_label(enum readiness_check_id id);
/* A sentence on what it is for. */
const char *readiness_check_why(enum readiness_check_id id);

struct readiness_confirmation {
	enum readiness_check_id check;
	struct slice who; /* as typed */
	int64_t at;       /* seconds */
};

struct readiness_facts { /* of the period, of the domains under which the step would hold; counts are messages where nothing else is said */
	/* coverage */
	int64_t receivers, reports;
	int64_t complete_days;         /* all that are known, not only of the period; so are the days below */
	int64_t incomplete_days;       /* from the first with reports on */
	int64_t policy_days;           /* complete days since what receivers are asked for last changed: a rehearsal of quarantine asks
					  for nothing, as p=none does */
	int64_t rehearsal_days;        /* complete days on which p was quarantine or reject, held back or not: lists could see it */
	int64_t quarantine_days;       /* complete days on which receivers were asked for quarantine, or for more */
	int64_t last_day;              /* last complete one (days since 1970); earliest dates count from it */
	bool large[RECEIVERS];         /* whether it reports */
	int64_t largest_missing;       /* of the two that used to report most, how many do not now */
	/* records; known: looked up */
	bool record_known, records_known;
	int64_t record_errors;         /* of the record to publish */
	int64_t records_errors;        /* of the domain's DMARC, SPF and DKIM records */
	/* mail */
	int64_t messages, failing, failing_own;
	double asked;                  /* moved by the step at most (forecast_sum.moved.high) */
	int64_t list_failing, list_known;
	int64_t list_usual, list_rewritten; /* failing before the rehearsal; of these gone since. 0 usual: not measured yet */
	int64_t list_open;             /* lists whose software may refuse posts: hosts to ask */
	int64_t unnamed_senders;       /* fail on two days or more */
	int64_t own, own_signed;       /* mail of ours and services'; with an aligned signature that holds */
	int64_t spf_alone;             /* own sources whose mail passes by SPF alone */
	int64_t acting;                /* receivers that act in a rehearsal */
	/* people */
	const struct readiness_confirmation *confirmed;
	size_t confirmations;
	int64_t blockers;              /* open ones that people entered: those made of failing sources are counted by checks */
};

enum readiness_state { STATE_PASS, STATE_FAIL, STATE_CONFIRM, STATE_NOT_KNOWN };
/* "pass", "fail", "confirm", "unknown": JSON. */
const char *readiness_state_name(enum readiness_state s);

enum readiness_missing { /* why a check does not pass; `missing_n` counts */
	MISSING_NOTHING,
	MISSING_REPORTS,      /* there are none */
	MISSING_DAYS,         /* so many complete days */
	MISSING_HOLES,        /* so many days lack reports */
	MISSING_LARGE,        /* so many of the large receivers: see `large` */
	MISSING_LARGEST,      /* so many of the two that used to report most */
	MISSING_ERRORS,       /* so many errors to correct */
	MISSING_LOOKUP,       /* the records were not looked up yet */
	MISSING_MOVED,        /* receivers would move so many messages */
	MISSING_HEED,         /* so many receivers act in a rehearsal */
	MISSING_NAMES,        /* so many messages, or senders, without a name */
	MISSING_CONFIRMATION, /* so many lists to ask; 1 for a warning */
	MISSING_REHEARSAL,    /* so many days of rehearsal */
	MISSING_MESSAGES,     /* so many messages to fix, sign or have rewritten until the limit is met */
	MISSING_MAIL,         /* there is no mail to judge by */
	MISSING_SOURCES,      /* so many sources to sign */
	MISSING_BLOCKERS,     /* so many to close */
	MISSINGS
};
/* "nothing", "reports", ...: JSON. */
const char *readiness_missing_name(enum readiness_missing m);

struct readiness_check {
	enum readiness_check_id id;
	enum readiness_state state;
	int64_t value, of; /* value of so many; of: 0 where it is a plain count */
	int64_t limit;     /* what value, or its share, is held to; -1: none */
	enum { AT_LEAST, AT_MOST } sense;
	bool share;        /* the limit is in hundredths of a percent of `of` */
	enum readiness_missing missing;
	int64_t missing_n;
	const struct readiness_confirmation *confirmed; /* the last one; NULL: none */
};
struct readiness {
	enum step step;
	struct readiness_check check[CHECKS]; /* in the order to show */
	size_t n, passed, confirm; /* `confirm`: wait for a person */
	enum { READINESS_READY, READINESS_ONCE, READINESS_NOT_YET } verdict; /* ready; once `confirm` are; not yet: `passed` of `n` */
};
/* "ready", "ready-once-confirmed", "not-yet": JSON. */
const char *readiness_verdict_name(const struct readiness *r);

/* What holds for `step`, which is not STEP_UNKNOWN. Monitor has no checks, so that it is ready; a part is held to what the whole
 * policy is. */
void readiness_of(const struct readiness_facts *f, const struct readiness_limits *l, enum step step, struct readiness *out);
/* The check of that id; NULL where it is none of the step's. */
const struct readiness_check *readiness_find(const struct readiness *r, enum readiness_check_id id);

/* --- the shortest way there --- */

struct readiness_fix { /* something that could be done about one source */
	size_t source;       /* a place in a table of the caller's */
	enum { FIX_SIGN, FIX_MOVE } how; /* sign with DKIM; fix it, or send it through what is sound */
	int64_t signs;       /* messages that would have an aligned signature and have none */
	int64_t mends;       /* failing messages of ours that would pass */
	bool spf_alone;      /* it relies on SPF alone, and no longer would */
};
enum readiness_act {
	ACT_RECORD,   /* correct the records, or have them looked up */
	ACT_REPORTS,  /* see why the large receivers' reports do not come */
	ACT_REHEARSE, /* publish the rehearsal, and hold it */
	ACT_LISTS,    /* ask lists to rewrite From */
	ACT_SOURCE,   /* one source's fix */
	ACT_NAME,     /* name lists or senders */
	ACT_BLOCKERS, /* close what people entered */
	ACT_STEP,     /* enforce quarantine first */
	ACT_CONFIRM,
	ACT_WAIT,     /* for days of reports */
	ACTS
};
/* "record", "reports", "rehearse", "lists", "source", "name", "blockers", "step", "confirm", "wait": JSON. */
const char *readiness_act_name(enum readiness_act act);

struct readiness_todo {
	enum readiness_act act;
	enum readiness_check_id check;   /* that it is for; of ACT_SOURCE the first it helps */
	const struct readiness_fix *fix; /* of ACT_SOURCE, else NULL */
	int64_t before, after, of;       /* the check's value; of ACT_SOURCE of what is signed */
	int64_t failing_before, failing_after, failing_of; /* of ACT_SOURCE: failing mail of ours */
	int64_t day;                     /* the last day it takes, were it begun today (days since 1970); 0: whenever somebody does it */
};
struct readiness_way {
	const struct readiness_todo *todo; /* in the order to do them */
	size_t n;
	bool enough;          /* false: some check stays unmet even so */
	int64_t earliest_day; /* when the step can be ready if all else is done by then; 0: today */
};
/* The smallest set of fixes that makes the checks pass which depend on them, among the largest LIMIT_FIXES of those that remain, and
 * what else each other failed check needs. */
void readiness_shortest(struct arena *a, const struct readiness_facts *f, const struct readiness_limits *l, const struct readiness *r,
			const struct readiness_fix *fix, size_t n, struct readiness_way *out);
#endif
