/* reader: one read-only connection with the dimensions in memory: names, policies, profiles with what they mean, and which
 * addresses belong to a named source. Facts are scanned against them (scan.h); filters become sets of ids.
 * Internal to storage/: pages see query.h. Neighbours: scan.c, query.c. */
#ifndef STORAGE_READER_H
#define STORAGE_READER_H
#include "storage/db.h"
#include "storage/query.h"

struct profile_dim {
	int64_t domain; /* header_from */
	struct slice header_from, envelope_from, envelope_to, disposition, dkim, spf; /* as written */
	struct slice envelope; /* normal: envelope_from, else the SPF domain */
	struct verdict verdict;
	int64_t source; /* rule number, 0 none */
	struct reason *reasons;
	struct auth *dkim_auth, *spf_auth;
};

struct source_dim {
	struct slice name;
	enum source_kind kind;
};

struct reader {
	struct db *db;
	const struct suffixes *list;
	struct arena memory;      /* of everything below */
	struct slice *domains, *reporters; /* by id; a hole has a NULL ptr */
	struct policy_seen *policies;
	struct profile_dim **profiles;
	int32_t *address_sources; /* by address id; 0 none */
	struct source_dim *sources; /* from 1 */
	size_t domain_count, reporter_count, policy_count, profile_count, address_count, source_count;
	size_t domain_room, reporter_room, policy_room, profile_room, address_room, source_room;
	int64_t generation; /* that the dimensions are of */
	struct slice rules;
};

/* Begins one consistent reading and brings the dimensions up to it; state may be NULL. Ends it. */
int reader_begin(struct reader *r, struct store_state *state, struct err *err);
void reader_end(struct reader *r);

/* The smaller rule number of the two, 0 where neither matches. */
int64_t reader_source(const struct reader *r, int64_t address, const struct profile_dim *p);
#endif
