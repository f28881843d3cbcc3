/* sets: a filter as sets of ids over the dimensions, so that a scan tests bits and no text. Internal to storage/.
 * Neighbours: scan.c. */
#ifndef STORAGE_SETS_H
#define STORAGE_SETS_H
#include "storage/reader.h"

struct id_set { /* bit `id` is set where the id is in it */
	uint64_t *words;
	size_t word_count;
	bool exclude; /* keep what is not in it */
	struct id_list *first; /* the ids */
	size_t n;              /* of them */
};

static inline bool set_has(const struct id_set *set, uint64_t id)
{
	return set == NULL ||
	       (id / 64 < set->word_count && (set->words[id / 64] >> (id % 64) & 1) != 0) != set->exclude;
}

struct id_list {
	uint32_t id;
	struct id_list *next;
};

struct sets { /* NULL keeps every id */
	struct id_set *reporters, *policy_domains, *policies, *domains, *profiles, *addresses, *sources;
	struct id_set *reports, *report_days; /* of the filter's report=; excluded ones leave their days */
	struct id_set *q_profiles, *q_reporters, *q_addresses, *q_reports; /* of the filter's q: one of them */
	struct id_set *q_days; /* of those reports */
};

/* Inside reader_begin; the sets belong to the arena. */
int sets_compile(struct sets *s, struct reader *r, struct arena *a, const struct filter *f, struct err *err);

/* Those of `profiles` (NULL: all) whose class is one of `classes` (a bit each). */
struct id_set *sets_of_class(struct reader *r, struct arena *a, const struct id_set *profiles, unsigned classes);
/* Whether a list parameter keeps a word. */
bool names_keep(const struct names *n, struct slice word);
/* "1" or "0": the words of `spf_aligned=` and the like. */
struct slice yes_no(bool yes);
#endif
