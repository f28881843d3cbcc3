/* scan: the facts that a filter keeps, one after the other, with what they mean. A filter is compiled into sets of ids over
 * the dimensions, so SQLite drops most rows before they are seen; what depends on a pair (source, cause, effective policy)
 * is decided here. Internal to storage/. Neighbours: reader.h, query.c. */
#ifndef STORAGE_SCAN_H
#define STORAGE_SCAN_H
#include "storage/reader.h"

struct hit { /* one fact; begin and end may be REPORT_NO_TIME */
	int64_t report, day, begin, end, reporter, domain, address, profile_id, messages;
	struct slice report_id; /* until the next step */
	const struct policy_seen *policy;
	const struct profile_dim *profile;
	enum policy_word effective;
	int64_t source;   /* rule number, 0 none */
	enum cause cause; /* of untrusted mail; CAUSES otherwise */
	bool in_class;    /* the filter's class keeps it */
};

struct scan {
	struct reader *reader;
	const struct filter *filter;
	struct id_set *reporters, *domains, *policies, *profiles, *addresses; /* NULL: all */
	unsigned classes, causes, kinds, effectives; /* bits kept */
	struct id_set *sources;
	struct slice q; /* lower case */
	struct id_set *q_profiles, *q_reporters, *q_addresses;
	struct statement *statement;
};

/* Compiles the filter; sets belong to the arena. Inside reader_begin. */
int scan_compile(struct scan *s, struct reader *r, struct arena *a, const struct filter *f, struct err *err);
/* Starts over all facts of the filter's days. */
void scan_start(struct scan *s);
/* Starts newest first, at most up to row (day, report) and taken in no later than report `newest`. */
void scan_start_newest(struct scan *s, int64_t day, int64_t report, int64_t newest);
/* 1 a hit that everything but perhaps the class keeps, 0 the end, -1 err. */
int scan_next(struct scan *s, struct hit *out, struct err *err);
void scan_stop(struct scan *s);
#endif
