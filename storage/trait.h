/* trait: what a breakdown tells rows apart by where that stands in their profiles and a profile may have several: DKIM
 * signatures, reasons given; and the envelope domain, which is one. Each is a text, numbered from 1 as it turns up, and the
 * same text that a filter of that name takes. Internal to storage/. Neighbours: query.c (breakdowns), sets.c (filters). */
#ifndef STORAGE_TRAIT_H
#define STORAGE_TRAIT_H
#include "storage/map.h"
#include "storage/reader.h"

/* "univ.example/s1/pass": domain in normal form, selector and result of one signature; a part that is absent is empty. */
struct slice trait_signature(struct arena *a, const struct auth *dkim);
/* "none" where there is none. */
struct slice trait_envelope(const struct profile_dim *p);
/* "other" where a reason has no type. */
struct slice trait_reason(const struct reason *r);

struct trait {
	struct slice key;
	const struct auth *signature; /* of BY_SIGNATURE; NULL for "none" */
};
struct trait_list { /* of one profile, each once; n is 0 where it was not asked for yet */
	const uint32_t *id;
	size_t n;
};
struct traits {
	const struct reader *reader;
	enum group_by by;
	struct arena memory;
	struct map ids;
	struct trait *item; /* by number */
	size_t n, room;
	struct trait_list *of_profile;
};

bool trait_is(enum group_by by);
/* For a breakdown of which trait_is is true, inside reader_begin; traits_release in the end. All zeros is nothing to release. */
void traits_init(struct traits *t, const struct reader *r, enum group_by by);
void traits_release(struct traits *t);
const struct trait_list *traits_of(struct traits *t, uint32_t profile);
#endif
