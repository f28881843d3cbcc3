/* access: see access.h. */
#include "schema/access.h"

static const char *const names[ACCESS_ROLES] = { "nobody", "viewer", "team", "admin" };

const char *access_role_name(enum access_role r)
{
	return names[r < ACCESS_ROLES ? r : ACCESS_NOBODY];
}

enum access_role access_role_of(struct slice word)
{
	int r = 0;

	while (r < ACCESS_ROLES && !slice_is(word, names[r]))
		r++;
	return (enum access_role)r;
}
