/* recent: see recent.h. */
#include "daemon/recent.h"

void recent_init(struct recent *r)
{
	map_init(&r->now);
	map_init(&r->before);
}

void recent_release(struct recent *r)
{
	map_release(&r->now);
	map_release(&r->before);
}

bool recent_has(struct recent *r, struct slice name)
{
	bool fresh;

	if (map_has(&r->now, name))
		return true;
	if (!map_has(&r->before, name))
		return false;
	map_put(&r->now, name, &fresh);
	return true;
}

bool recent_add(struct recent *r, struct slice name)
{
	bool had = recent_has(r, name), fresh;

	if (!had)
		map_put(&r->now, name, &fresh);
	return !had;
}

void recent_turn(struct recent *r)
{
	struct map empty = r->before;

	map_clear(&empty);
	r->before = r->now;
	r->now = empty;
}

size_t recent_count(const struct recent *r)
{
	return r->before.used;
}
