/* meaning: what the ids of a fact stand for, as small arrays: whose From, which source, which verdict, and how the policy
 * that was seen bears on it. What the packed tables are derived with (derive.h) and what a scan judges rows by (scan.h).
 * Internal to storage/. */
#ifndef STORAGE_MEANING_H
#define STORAGE_MEANING_H
#include "schema/evidence.h"
#include "schema/step.h"
#include "storage/db.h"

struct profile_meaning {
	uint32_t domain;  /* header_from; 0 where no profile has this id */
	uint32_t source;  /* rule number, 0 none */
	uint8_t split, stated;
	uint16_t flags;
	uint32_t facts;   /* of enum fact: what the row shows by itself */
};

struct meaning { /* arrays by id; a hole is zeros */
	struct profile_meaning *profiles;
	uint32_t *address_sources; /* of matched addresses; shorter than there are addresses */
	struct policy_seen *policies;
	uint8_t *source_kinds; /* by rule number; [0] is KIND_UNKNOWN */
	uint8_t *source_classes; /* likewise, with the software of lists: source_class_of */
	size_t profile_count, address_count, policy_count, source_count;
	uint32_t last_address; /* the highest id there is: `address_sources` ends with the last one that is named */
	size_t profile_room, address_room, policy_room, source_room,
		class_room, class_count;
};

/* All that a verdict asks of a source, as one small number. */
enum { SOURCE_CLASSES = KINDS * SOFTWARES };
static inline unsigned source_class_of(enum source_kind kind, enum list_software software)
{
	return (unsigned)kind * SOFTWARES + (kind == KIND_LIST ? (unsigned)software : 0);
}
static inline enum source_kind source_class_kind(unsigned class_)
{
	return (enum source_kind)(class_ / SOFTWARES);
}

/* Of a row of `source`: what no ruad wrote, as in a damaged table, is unknown. */
static inline enum source_kind source_kind_in(struct statement *s, int column)
{
	int64_t kind = column_int(s, column);

	return kind >= 0 && kind < KINDS ? (enum source_kind)kind : KIND_UNKNOWN;
}
static inline enum list_software list_software_in(struct statement *s, int column)
{
	int64_t software = column_int(s, column);

	return software >= 0 && software < SOFTWARES ? (enum list_software)software : SOFTWARE_UNKNOWN;
}

/* Brings the arrays up to what the database holds: dimensions only grow. Changed rules want meaning_release first. */
int meaning_load(struct meaning *m, struct db *db, struct err *err);
void meaning_release(struct meaning *m);

/* A row's source: the earlier matching rule of address and profile, 0 where neither is named. */
static inline uint32_t source_earlier(uint32_t by_address, uint32_t by_profile)
{
	if (by_address == 0 || by_profile == 0)
		return by_address + by_profile;
	return by_address < by_profile ? by_address : by_profile;
}
uint32_t meaning_source(const struct meaning *m, uint64_t address, const struct profile_meaning *p);

/* All that counters tell apart in a row, in KIND_BITS bits: the last key of a cell (cells.h). */
enum { KIND_BITS = 16 };
enum counted { /* the sums beside those by split that a row counts in (struct counts) */
	COUNTED_ARC = 1 << 0,
	COUNTED_VOUCHED = 1 << 1,
	COUNTED_SPARED = 1 << 2,
	COUNTED_STRICT_DKIM = 1 << 3,
	COUNTED_STRICT_SPF = 1 << 4,
	COUNTED_STRICT_BOTH = 1 << 5,
};
enum { COUNTED_BITS = 6 };
struct kind {
	enum split split : 8;      /* small, for each hit has a copy */
	enum step step : 8;        /* of the policy that applied, as the receiver saw it */
	enum policy_word effective : 8;
	enum stated stated : 8;
	enum delivered_why why : 8; /* of untrusted mail; WHYS otherwise */
	enum survival survival : 8;
	uint8_t counted; /* of enum counted */
	bool arc_rescued : 1, spared : 1, overridden : 1, vouched : 1, acted_despite_pass : 1;
	bool inherited : 1; /* the policy is another domain's than the From domain */
	unsigned facts; /* of enum fact: as far as they are asked for (verdict_facts_asked), with those of the policy */
};
uint32_t kind_of(const struct profile_meaning *p, const struct policy_seen *seen, bool inherited);
/* False for what no row has, as a damaged table may hold. */
bool kind_parts(uint32_t kind, struct kind *out);

/* Room for index `id` in a growing, zeroed array; `*count` becomes at least id + 1. Returns the array. */
void *array_room(void *array, size_t *room, size_t *count, size_t each, size_t id);
#endif
