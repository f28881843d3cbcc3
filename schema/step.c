/* step: see step.h. */
#include "schema/step.h"

#include <assert.h>

static const struct {
	const char *name, *label;
	enum policy_word policy;
} steps[STEPS] = {
	[STEP_UNKNOWN] = { "unknown", "Unknown", POLICY_ABSENT },
	[STEP_MONITOR] = { "monitor", "Monitor", POLICY_NONE },
	[STEP_REHEARSE] = { "rehearse", "Rehearse", POLICY_QUARANTINE },
	[STEP_PART] = { "part", "Part", POLICY_QUARANTINE },
	[STEP_ENFORCE] = { "enforce", "Enforce", POLICY_QUARANTINE },
	[STEP_REHEARSE_REJECT] = { "rehearse-reject", "Rehearse reject", POLICY_REJECT },
	[STEP_PART_REJECT] = { "part-reject", "Part reject", POLICY_REJECT },
	[STEP_REJECT] = { "reject", "Reject", POLICY_REJECT },
};

const char *step_name(enum step s)
{
	assert(s < STEPS);
	return steps[s].name;
}

enum step step_of_name(struct slice word)
{
	for (int s = 0; s < STEPS; s++)
		if (slice_is(word, steps[s].name))
			return (enum step)s;
	return STEPS;
}

const char *step_label(enum step s)
{
	assert(s < STEPS);
	return steps[s].label;
}

enum policy_word step_policy(enum step s)
{
	assert(s < STEPS);
	return steps[s].policy;
}

bool step_is_rehearsal(enum step s)
{
	return s == STEP_REHEARSE || s == STEP_REHEARSE_REJECT;
}

bool step_is_part(enum step s)
{
	return s == STEP_PART || s == STEP_PART_REJECT;
}

bool step_holds_back(enum step s)
{
	return step_is_rehearsal(s) || step_is_part(s);
}

static bool is_rehearsal(const struct policy_seen *seen)
{
	return seen->testing || seen->pct == 0;
}

static bool is_part(const struct policy_seen *seen)
{
	return seen->pct > 0 && seen->pct < 100;
}

enum step step_of(const struct policy_seen *seen, bool own_record)
{
	switch (classify_effective_of(seen, own_record)) {
	case POLICY_NONE:
		return STEP_MONITOR;
	case POLICY_QUARANTINE:
		return is_rehearsal(seen) ? STEP_REHEARSE : is_part(seen) ? STEP_PART : STEP_ENFORCE;
	case POLICY_REJECT:
		return is_rehearsal(seen) ? STEP_REHEARSE_REJECT : is_part(seen) ? STEP_PART_REJECT : STEP_REJECT;
	default:
		return STEP_UNKNOWN;
	}
}

/* The share of failing mail that the whole policy is asked of. */
static double share_of(enum step s, int pct, enum generation g)
{
	if (step_is_rehearsal(s))
		return 0;
	return step_is_part(s) && g == RFC_7489 ? pct / 100.0 : 1;
}

struct demand step_asks(enum step s, int pct, enum generation g)
{
	enum policy_word whole = step_policy(s) == POLICY_ABSENT ? POLICY_NONE : step_policy(s);

	return (struct demand){ whole, whole == POLICY_REJECT ? POLICY_QUARANTINE : POLICY_NONE, share_of(s, pct, g) };
}
