/* transition: what a change of policy did: failing mail before and after it, at the same receivers, on the same days of the week, and
 * what there would have been without the change. Pure arithmetic: days are UTC days, and all that is counted is messages.
 *
 * A change of policy is not seen by all receivers at once, and not all of them report as much before as after. So each
 * receiver's own sound mail (it passes, and came through no list) is the measure: where it saw twice as much of it afterwards,
 * twice as much failing mail is expected, too. The ratio of what failed to what was expected tells what moved; how far single days
 * lie from what their sound mail has one expect tells how much that ratio can be trusted. UX 7.2, FORMATS 5.2.
 * Neighbours: step.h; storage/query_phase.c finds who saw what when, web/measured.c gathers the messages. */
#ifndef SCHEMA_TRANSITION_H
#define SCHEMA_TRANSITION_H
#include "base/arena.h"
#include "base/slice.h"

#include <stdint.h>

enum transition_left { /* why a receiver is not compared */
	TRANSITION_COMPARED,
	TRANSITION_ONLY_BEFORE, /* it never saw the new policy */
	TRANSITION_ONLY_AFTER,  /* it never saw the old one */
	TRANSITION_MIXED,       /* it saw another policy on some of the days that are compared */
	TRANSITION_THIN,        /* too little sound mail before or after to tell how much it reports */
	TRANSITION_LEFTS
};
/* "compared", "only-before", ...: JSON. In words for people: "never saw the new policy". */
const char *transition_left_name(enum transition_left l);
const char *transition_left_words(enum transition_left l);

struct transition_receiver {
	bool saw_old, saw_new;
	int64_t before_last;          /* the last day of what it saw before the old policy; INT64_MIN: nothing else */
	int64_t old_first, old_last;
	int64_t new_first, new_last;
	int64_t then_first;           /* the first day of what it saw after the new one; INT64_MAX: nothing else */
	int64_t messages;             /* of both: how much it counts where receivers do not agree on a day; 0: it did not see the one
	                                 follow the other */
	int64_t sound_before, sound_after; /* of the days below, all of it, */
	const int64_t *sound_a_day[2];     /* and on each day of the two spans; NULL: none */
	enum transition_left left;    /* filled in by the functions below */
};

struct transition_span {
	int64_t first, days;
};
struct transition_days {
	struct transition_span before, after; /* days 0, both: there are none to compare */
	int64_t change_first, change_last; /* some receivers saw the old policy and some the new one: in neither */
};
/* The longest two spans of the same days of the week that most receivers saw one policy on each, between the first and the last
 * day given: as many days in both, whole weeks apart. Where there are two weeks or more of each, one may be longer by whole weeks,
 * so that all there is counts. Fills `left` of each receiver, but for TRANSITION_THIN. */
struct transition_days transition_choose(struct transition_receiver *r, size_t n, int64_t first_day, int64_t last_day);
/* Fills TRANSITION_THIN, once sound mail is counted. Returns how many receivers are compared. */
size_t transition_settle(struct transition_receiver *r, size_t n);

struct transition_group { /* one line in the making */
	int64_t failing_before, failing_after; /* of receivers compared */
	double expected;      /* what of the mail before the change would have come after it */
	size_t receivers;     /* with failing mail of it */
	bool *has;            /* by receiver */
	double *off[2];       /* for each day of the two spans: how much more failed than receivers' sound mail of that day has one expect */
	double pending[2];    /* of the receiver that was added last, not yet spread over its days */
	size_t last[2];
};
struct transition_group transition_group_make(struct arena *a, const struct transition_days *days, size_t receivers);
/* Messages of a receiver that failed, on day `day` (from 0) of one of the two spans. One receiver after the other. */
void transition_add(struct transition_group *g, const struct transition_days *days, const struct transition_receiver *all,
		    size_t receiver, int64_t day, bool is_after, int64_t messages);

enum transition_outcome {
	TRANSITION_TOO_LITTLE, /* data */
	TRANSITION_REWRITES,   /* a list: nearly all of it is gone */
	TRANSITION_BREAKS,     /* it fails as before, or more; which of the two can only be told of the others below */
	TRANSITION_FELL,
	TRANSITION_ROSE,
	TRANSITION_UNCHANGED,
	TRANSITION_OUTCOMES
};
/* "too-little-data", "now-rewrites", "still-breaks", "fell", "rose", "unchanged": JSON. In words for people: "now rewrites". */
const char *transition_outcome_name(enum transition_outcome o);
const char *transition_outcome_words(enum transition_outcome o);

struct transition_result {
	double expected;     /* messages, had nothing changed */
	double ratio;        /* failed of expected; 0 where nothing was expected */
	double low, high;    /* between these it lies most likely (19 in 20) */
	enum transition_outcome outcome;
	const char *missing; /* of too little data: what is missing, in words; else NULL */
};
enum transition_kind { TRANSITION_OF_OTHERS, TRANSITION_OF_LIST, TRANSITION_OF_FORWARDER };
/* Once all is added; `compared` receivers in all. */
struct transition_result transition_judge(struct transition_group *g, const struct transition_days *days, const struct transition_receiver *all,
					  size_t compared, enum transition_kind kind);
#endif
