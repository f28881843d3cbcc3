/* step: how far a policy goes, as rungs of one ladder: what a receiver saw published, for mail From one name. History falls
 * into phases by it (UX 7.2), and each rung but the first may be the next one to take. The rung of a record with `pct=0` or
 * `t=y` is a rehearsal, even where it has only one of the two: receivers that read the other one act all the same
 * (FORMATS 5.1), which `step_asks` tells.
 * Neighbours: classify.h (policies as they were seen), verdict.h (what a row says about itself under one). */
#ifndef SCHEMA_STEP_H
#define SCHEMA_STEP_H
#include "schema/classify.h"

enum step {
	STEP_UNKNOWN,         /* no policy that could be read */
	STEP_MONITOR,         /* p=none */
	STEP_REHEARSE,        /* p=quarantine with pct=0 or t=y */
	STEP_PART,            /* p=quarantine, pct between 1 and 99 */
	STEP_ENFORCE,         /* p=quarantine */
	STEP_REHEARSE_REJECT, /* p=reject with pct=0 or t=y */
	STEP_PART_REJECT,     /* p=reject, pct between 1 and 99 */
	STEP_REJECT,          /* p=reject */
	STEPS
};
/* "unknown", "monitor", "rehearse", "part", "enforce", "rehearse-reject", "part-reject", "reject": URLs and JSON. */
const char *step_name(enum step s);
/* The step of that name, or STEPS. */
enum step step_of_name(struct slice word);
/* "Monitor", "Rehearse", ...: for people. */
const char *step_label(enum step s);

/* The step of mail under a policy: p for the domain that published it (`own_record`), else sp, p where sp is absent. */
enum step step_of(const struct policy_seen *seen, bool own_record);
/* The policy a step publishes. */
enum policy_word step_policy(enum step s);
/* Whether pct or t holds all of it back, or (pct alone) a share of it. */
bool step_is_rehearsal(enum step s);
bool step_is_part(enum step s);
/* Either of the two. */
bool step_holds_back(enum step s);

/* What a receiver of one generation does with failing mail at a step, with both tags where the step has them: RFC 7489 reads pct
 * and does not know t; RFC 9989 reads t and does not know pct (FORMATS 5.1, UX 7.2). */
enum generation { RFC_7489, RFC_9989, GENERATIONS };
struct demand {
	enum policy_word of_most; /* POLICY_NONE, POLICY_QUARANTINE, POLICY_REJECT: of `share` of failing mail */
	enum policy_word of_rest; /* one level lower, of the rest */
	double share;             /* 0 to 1 */
};
/* `pct` counts for steps that are a part: 1 to 99. */
struct demand step_asks(enum step s, int pct, enum generation g);
#endif
