/* meaning: see meaning.h. */
#include "storage/meaning.h"

#include <stdlib.h>

void *array_room(void *array, size_t *room, size_t *count, size_t each, size_t id)
{
	size_t need = id + 1;

	if (need > *room) {
		size_t more = *room > 0 ? *room : 64;

		while (more < need)
			more *= 2;
		if ((array = realloc(array, more * each)) == NULL)
			abort();
		memset((char *)array + *room * each, 0, (more - *room) * each);
		*room = more;
	}
	if (need > *count)
		*count = need;
	return array;
}

static struct statement *above(struct db *db, enum sql name, size_t count)
{
	struct statement *s = db_statement(db, name);

	bind_int(s, 1, count > 0 ? (int64_t)count - 1 : 0);
	return s;
}

static int load_profiles(struct meaning *m, struct db *db, struct err *err)
{
	struct statement *s = above(db, SQL_PROFILE_MEANINGS, m->profile_count);
	int rc;

	while ((rc = statement_step(s, err)) == 1) {
		size_t id = (size_t)column_int(s, 0);

		m->profiles = array_room(m->profiles, &m->profile_room, &m->profile_count, sizeof *m->profiles, id);
		m->profiles[id] = (struct profile_meaning){ (uint32_t)column_int(s, 1), (uint32_t)column_int(s, 2),
							    (uint8_t)column_int(s, 3), (uint8_t)column_int(s, 4),
							    (uint16_t)column_int(s, 5) };
	}
	return rc;
}

static int load_addresses(struct meaning *m, struct db *db, struct err *err)
{
	struct statement *s = above(db, SQL_ADDRESS_SOURCES, m->address_count);
	int rc;

	while ((rc = statement_step(s, err)) == 1) {
		size_t id = (size_t)column_int(s, 0);

		m->address_sources =
			array_room(m->address_sources, &m->address_room, &m->address_count, sizeof *m->address_sources, id);
		m->address_sources[id] = (uint32_t)column_int(s, 1);
	}
	return rc;
}

static int load_policies(struct meaning *m, struct db *db, struct err *err)
{
	struct statement *s = above(db, SQL_POLICIES, m->policy_count);
	int rc;

	while ((rc = statement_step(s, err)) == 1) {
		size_t id = (size_t)column_int(s, 0);

		m->policies = array_room(m->policies, &m->policy_room, &m->policy_count, sizeof *m->policies, id);
		m->policies[id] = (struct policy_seen){
			.p = classify_policy_word(column_text(s, 1)),
			.sp = classify_policy_word(column_text(s, 2)),
			.np = classify_policy_word(column_text(s, 3)),
			.pct = column_is_null(s, 4) ? -1 : (int)column_int(s, 4),
			.testing = slice_is(column_text(s, 5), "y"),
			.strict_dkim = slice_is(column_text(s, 6), "s"),
			.strict_spf = slice_is(column_text(s, 7), "s"),
		};
	}
	return rc;
}

static int load_sources(struct meaning *m, struct db *db, struct err *err)
{
	struct statement *s = above(db, SQL_SOURCES, m->source_count);
	int rc;

	m->source_kinds = array_room(m->source_kinds, &m->source_room, &m->source_count, 1, 0);
	m->source_kinds[0] = KIND_UNKNOWN;
	while ((rc = statement_step(s, err)) == 1) {
		size_t id = (size_t)column_int(s, 0);

		m->source_kinds = array_room(m->source_kinds, &m->source_room, &m->source_count, 1, id);
		m->source_kinds[id] = (uint8_t)column_int(s, 2);
	}
	return rc;
}

int meaning_load(struct meaning *m, struct db *db, struct err *err)
{
	int64_t last = 0;

	if (statement_run(db_statement(db, SQL_ADDRESS_LAST), &last, err) != 0)
		return -1;
	m->last_address = (uint32_t)last;
	return load_profiles(m, db, err) == 0 && load_addresses(m, db, err) == 0 && load_policies(m, db, err) == 0 ?
		       load_sources(m, db, err) :
		       -1;
}

void meaning_release(struct meaning *m)
{
	free(m->profiles);
	free(m->address_sources);
	free(m->policies);
	free(m->source_kinds);
	*m = (struct meaning){ 0 };
}

uint32_t meaning_source(const struct meaning *m, uint64_t address, const struct profile_meaning *p)
{
	return source_earlier(address < m->address_count ? m->address_sources[address] : 0, p->source);
}

uint32_t kind_of(const struct profile_meaning *p, const struct policy_seen *seen, bool inherited)
{
	enum policy_word effective = classify_effective_of(seen, !inherited);
	enum split split = (enum split)p->split;
	enum stated stated = (enum stated)p->stated;
	enum delivered_why why = split == SPLIT_UNTRUSTED ? classify_why(seen, effective, p->flags, stated) : WHYS;

	return (uint32_t)split | (uint32_t)effective << 3 | (uint32_t)why << 5 |
	       (uint32_t)((p->flags & FLAG_ARC_RESCUED) != 0) << 8 |
	       (uint32_t)classify_spared(seen, effective, split, p->flags, stated) << 9 |
	       (uint32_t)classify_overridden(effective, split, stated) << 10 |
	       (uint32_t)((p->flags & FLAG_ACTED_DESPITE_PASS) != 0) << 11 | (uint32_t)inherited << 12;
}
