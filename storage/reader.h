/* reader: one read-only connection with the dimensions in memory: names, profiles as written, and what all ids mean
 * (meaning.h). Packed rows and cells are scanned against them (scan.h); filters become sets of ids.
 * Internal to storage/: pages see query.h. Neighbours: scan.c, query.c. */
#ifndef STORAGE_READER_H
#define STORAGE_READER_H
#include "storage/meaning.h"
#include "storage/network.h"
#include "storage/query.h"

struct profile_dim {
	int64_t domain; /* header_from */
	struct slice header_from, envelope_from, envelope_to, disposition, dkim, spf; /* as written */
	struct slice envelope; /* normal: envelope_from, else the SPF domain */
	struct judgement verdict;
	struct reason *reasons;
	struct auth *dkim_auth, *spf_auth;
};

struct source_dim {
	struct slice name, owner; /* owner NULL ptr where nobody is named */
	enum source_kind kind;
	bool hint;
	enum list_software software;
};

struct once { /* once.h */
	uint64_t *bits;
	int64_t generation; /* that they are of */
};

struct reader {
	struct db *db;
	const struct suffixes *list;
	struct arena memory;      /* of everything below but `meaning` */
	struct meaning meaning;
	struct networks networks; /* as far as they were asked for */
	struct once once;         /* likewise */
	struct slice *domains, *reporters; /* by id; a hole has a NULL ptr */
	struct profile_dim **profiles;
	struct source_dim *sources; /* from 1 */
	size_t domain_count, reporter_count, profile_count, source_count;
	size_t domain_room, reporter_room, profile_room, source_room;
	int64_t generation; /* that the dimensions are of */
	struct slice rules; /* differs where old labels may have changed */
};

/* Begins one consistent reading and brings the dimensions up to it; state may be NULL. Ends it. */
int reader_begin(struct reader *r, struct store_state *state, struct err *err);
void reader_end(struct reader *r);
#endif
