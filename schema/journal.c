/* journal: see journal.h. */
#include "schema/journal.h"

static const char *const states[BLOCKER_STATES] = {
	[BLOCKER_OPEN] = "open", [BLOCKER_ASKED] = "asked", [BLOCKER_DONE] = "done", [BLOCKER_ACCEPTED] = "accepted"
};

const char *blocker_state_name(enum blocker_state s)
{
	return states[s];
}

enum blocker_state blocker_state_of(struct slice word)
{
	int s = 0;

	while (s < BLOCKER_STATES && !slice_is(word, states[s]))
		s++;
	return (enum blocker_state)s;
}

bool confirmation_holds(const struct confirmation *c, int64_t now_s)
{
	return now_s < c->expires_s;
}

bool blocker_has_lapsed(const struct blocker *b, int64_t today)
{
	return b->state == BLOCKER_ACCEPTED && b->until_day != 0 && b->until_day < today;
}

enum blocker_state blocker_state_on(const struct blocker *b, int64_t today)
{
	return blocker_has_lapsed(b, today) ? BLOCKER_OPEN : b->state;
}
