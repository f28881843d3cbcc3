/* university: an invented university's aggregate reports of some years, in any number, the same for the same seed:
 * one organisational domain with 300 sub-domains, 15 of which publish a record of their own, and 50 reporters, all with
 * a few that have most and a long tail. Two rows in three come from about 200 addresses, the others from many
 * (200,000 at 10M rows), and those who forge the domain bring new ones every day. About 5,000 distinct profiles.
 * Addresses are private ones or of RFC 3849, names of RFC 2606. Neighbours: fill.c stores it. */
#ifndef TESTS_BENCH_UNIVERSITY_H
#define TESTS_BENCH_UNIVERSITY_H
#include "schema/classify.h"
#include "schema/report.h"
#include "schema/source_rule.h"

struct university;

struct university_plan {
	uint64_t seed;    /* another seed: other reports of the same university */
	int64_t rows;     /* in all reports together, exactly; 1 or more */
	int64_t last_day; /* since 1970 */
	int days;         /* 1 or more */
	bool shuffled;    /* reports in random order; else day by day */
};

struct university_totals { /* of the reports made so far */
	int64_t reports, rows, messages;
	int64_t split[SPLITS], arc_rescued; /* messages */
	int64_t profiles;                   /* distinct */
};

/* Free with university_free. */
struct university *university_new(const struct university_plan *plan);
void university_free(struct university *u);

/* The next report into `out`, in the arena's memory and the university's; false where there is none left. No two rows of
 * a report have address and profile in common. `received_s`: the morning after. */
bool university_next(struct university *u, struct arena *a, struct report *out, int64_t *received_s);
const struct university_totals *university_made(const struct university *u);

/* The rules that name its 20 sources: six of its own by network, eleven services by DKIM domain, two lists and a
 * forwarder by envelope; or the same with one rule changed: a network added to the first, whose many addresses change
 * hands, or the DKIM domain of a service replaced, so that its mail becomes unknown. Lives as long as the program. */
enum university_rules { RULES_BASE, RULES_NETWORK, RULES_SIGNER };
struct source_rules university_rules(enum university_rules which);
#endif
