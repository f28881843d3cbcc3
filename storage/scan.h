/* scan: what a filter keeps, one after the other, with what it means: facts, or sums of many where the filter asks for
 * nothing that sums do not know. A filter is compiled into sets of ids and a table over kinds; days on which nothing can match
 * are passed over. Internal to storage/. Neighbours: derive.h (what is read), reader.h, query.c. */
#ifndef STORAGE_SCAN_H
#define STORAGE_SCAN_H
#include "storage/derive.h"
#include "storage/sets.h"

enum { SCAN_KINDS = 1 << KIND_BITS };

struct hit { /* one fact, or many that sums do not tell apart */
	int64_t first_day, last_day; /* the same for a fact */
	uint32_t domain, source, reporter; /* From; rule number, 0 none */
	struct kind kind;
	enum cause cause; /* of untrusted mail; CAUSES otherwise */
	bool in_class;    /* the filter's class keeps it */
	uint8_t rule;     /* of verdict_rules; where addresses are not told apart, as if each were seen often */
	int64_t messages, rows;
	uint32_t policy_domain, policy, profile; /* of SCAN_PROFILES and SCAN_FACTS; 0 else */
	uint32_t address; /* of SCAN_ADDRESSES and SCAN_FACTS; 0 else */
	int64_t report;   /* of SCAN_FACTS; 0 else */
};

enum scan_grain {
	SCAN_SUMS, /* sums of days and whole months, or facts where the filter asks for more */
	SCAN_DAYS, /* no sums over more than a day */
	SCAN_PROFILES, /* profiles, policies and policy domains apart: sums of whole months, and the facts of the other days */
	SCAN_ADDRESSES, /* addresses apart: likewise, where either From domains or reporters or neither are */
	SCAN_FACTS,
};

struct kind_verdict { /* what follows from a row's kind and its source's class */
	struct kind kind;
	enum cause cause : 8;
	struct { /* of an address seen often, and of one seen once (once.h) */
		uint8_t rule;
		bool is_kept;
	} of[2];
	bool in_class;
};
struct judged {
	uint32_t key, place; /* source's class and kind + 1, 0 where nothing is; in `verdict` */
};
enum { SCAN_PAIRS = 32 };
struct pair_kinds { /* of a policy domain's policy: the kind of each profile's rows + 1; 0 not yet known */
	uint32_t domain, policy;
	uint16_t *kind;
};

struct scan {
	struct reader *reader;
	struct arena *arena;
	const struct filter *filter;
	struct sets sets;
	struct id_set *any_profiles; /* a day without one of them has nothing that is kept */
	struct pair_kinds pair[SCAN_PAIRS]; /* each in a place of its own; a pair whose place is taken is worked out every time */
	uint16_t *report_kinds;      /* of the report at hand; NULL: as said */
	struct judged *judged;       /* the kinds met so far, of each class of source: a hash table of `judged_room` places */
	size_t judged_room;
	uint32_t last_key, last_place; /* of the row before: most are alike */
	const uint64_t *once;        /* a bit for each address seen once; NULL: it does not matter */
	struct kind_verdict *verdict;
	size_t verdicts, verdict_room;
	enum cell_table keys;        /* that the filter asks about */
	uint32_t last_address;       /* none above is kept */
	bool has_sums;               /* sums know all that the filter asks for */
	bool has_profile_sums;       /* those with profiles do */
	bool has_address_sums;       /* those with addresses do */
	int64_t last_closed;         /* of both there are months up to this one */
	bool facts, newest;
	struct scan_range { int64_t from, to; bool months, facts; } range[3]; /* days, months, days */
	int ranges, at;
	enum cell_table table;       /* of sums: read at the moment */
	int64_t period, below;       /* the day, or a month's first; rows up to this segment, going backwards */
	int64_t first_day, last_day; /* of facts: the range at hand */
	int64_t month_first;         /* the month at hand, and its days still to be read */
	uint32_t days_left;
	struct statement *months, *blobs;
	struct cell_reader cells;
	struct pack_reader pack;
	struct packed_report report;
	bool in_cells, in_segment, in_report;
	struct hit *page; /* a segment's hits, to be given out backwards */
	size_t page_n, page_room;
};

/* Compiles the filter; sets belong to the arena. Inside reader_begin. scan_stop in the end, also after a failure. */
int scan_compile(struct scan *s, struct reader *r, struct arena *a, const struct filter *f, struct err *err);
/* Starts over the filter's days, the oldest first. `apart` are the keys that the caller tells apart: of sums, the others are 0
 * in a hit (but where the filter asks about them). */
void scan_start(struct scan *s, enum scan_grain grain, enum cell_table apart);
/* Starts over single facts of the filter's class, newest first, from (day, report) on down. */
void scan_start_newest(struct scan *s, int64_t day, int64_t report);
/* 1 a hit that everything but perhaps the class keeps, 0 the end, -1 err. */
int scan_next(struct scan *s, struct hit *out, struct err *err);
void scan_stop(struct scan *s);

/* Tells addresses that were seen once from the others: what a rule by address wants. Behind scan_compile. */
int scan_tell_once(struct scan *s, struct err *err);
/* All that is known of the hit, a fact: what its rule decided by, and what the row shows besides. */
unsigned scan_facts(const struct scan *s, const struct hit *h);
enum verdict hit_verdict(const struct hit *h);
/* Adds the hit to the sums: once for each of them, so what most have nothing of is apart. */
void hit_count_more(struct counts *c, unsigned counted, int64_t messages);
static inline void hit_count(struct counts *c, const struct hit *h)
{
	c->split[h->kind.split] += h->messages;
	c->rows += h->rows;
	if (h->kind.counted != 0)
		hit_count_more(c, h->kind.counted, h->messages);
}

/* How many facts the filter's days have, kept or not: what reading them all would cost. */
int scan_rows_of_period(struct scan *s, int64_t *rows, struct err *err);

/* Sums of reports (enum report_key) over the filter's days, reporters and policy domains; hands each to `take`. */
typedef void scan_take(void *ctx, const struct cell *cell, int64_t first_day);
int scan_reports(struct scan *s, scan_take *take, void *ctx, struct err *err);
/* The same, each cell of one day. */
int scan_reports_of_days(struct scan *s, scan_take *take, void *ctx, struct err *err);
/* Whether the filter's scope may know what reports about a domain come to: a policy that covers more than what may be seen tells
 * of the rest, too. */
bool scan_may_see(const struct scan *s, uint32_t policy_domain);
#endif
