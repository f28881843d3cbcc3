/* forecast: what each step would do to the mail that was seen: messages asked for, moved, and spared by goodwill, by traffic
 * group, as ranges where receivers or lists differ; and what receivers say themselves that they held back (UX 7.2; FORMATS 4.2,
 * 5.1, 5.2). Pure arithmetic over flows: messages that agree in verdict, source, receiver, From domain and step.
 * All counts are messages of the whole period; `forecast_a_day` makes a day's. Sums that would overflow stay at INT64_MAX.
 * Neighbours: verdict.h, step.h; readiness.h takes some of the numbers; web/page_rollout.c shows them. */
#ifndef SCHEMA_FORECAST_H
#define SCHEMA_FORECAST_H
#include "base/arena.h"
#include "schema/step.h"
#include "schema/verdict.h"

#define FORECAST_NONE SIZE_MAX /* an index that is not told */

struct forecast_flow {
	enum verdict verdict;
	size_t source, receiver, domain; /* places in tables of the caller's, the receiver's below `receivers`, the domain's below
					    `domains`; FORECAST_NONE: not told */
	enum step seen;       /* what the receiver saw published */
	int64_t failing;      /* neither SPF nor DKIM aligned; of these: */
	int64_t vouched;      /* the receiver's own words say that it lets them pass (goodwill); no more than failing */
	int64_t arc;          /* of the vouched, those whose receiver names a trusted ARC chain */
	int64_t spared;       /* held back by pct or t; none of them vouched */
	int64_t quarantined, rejected;
	int64_t passing;      /* of these, would fail under: */
	int64_t strict_dkim, strict_spf, strict_both; /* adkim=s, aspf=s, both */
};

/* --- what receivers read --- */

enum forecast_reads { READS_NOT_KNOWN, READS_YES, READS_NO };
struct forecast_habit { /* of a receiver; zero: not known */
	enum forecast_reads pct, testing;
};
/* Judges receivers by flows they reported under a rehearsal whose record had these tags, and under a part: in a rehearsal, one that
 * acted on more than half of what it spared or acted on reads none of its tags; one that acted on a tenth or less reads the tag where
 * there was one alone (which of two it reads cannot be told). Under a part, one that spared any reads pct; one that spared none of 20
 * does not. `out` has a habit for each receiver; those without evidence stay as they are. */
void forecast_judge(struct arena *scratch, const struct forecast_flow *flow, size_t n, bool had_pct, bool had_testing,
		    struct forecast_habit *out, size_t receivers);

/* --- what would happen --- */

struct forecast_ask {
	const struct forecast_flow *flow;
	size_t flows;
	const struct forecast_habit *habit; /* NULL: none known */
	size_t receivers;
	enum step step;                 /* to be taken */
	int pct;                        /* of a part, 1 to 99 */
	const enum step *step_of_domain; /* each From domain's own: its own record, sp; NULL: `step` for all. It also is for FORECAST_NONE */
	size_t domains;
};

/* Low: what is sure, and where it is open as few as may be; high: as many. Fractions come from pct. */
struct forecast_range {
	double low, high;
};

enum forecast_group_kind { /* by verdict */
	GROUP_LIST,     /* one for each source */
	GROUP_ARC,      /* fails, and the receiver names a trusted ARC chain */
	GROUP_OVERRIDE, /* fails, and the receiver lets it pass for another reason */
	GROUP_OURS,
	GROUP_SERVICE,
	GROUP_FORWARD,  /* our signature broke on the way */
	GROUP_UNKNOWN,  /* unnamed, and likely spoofing: all that is not wanted */
	GROUP_KINDS
};
/* "list", "arc", "override", "ours", "service", "forward", "unknown": JSON. Words for people: verdict.h and the source's name. */
const char *forecast_group_name(enum forecast_group_kind k);
/* The group of a verdict that fails; GROUP_KINDS where it passes. */
enum forecast_group_kind forecast_group_of(enum verdict v);

enum forecast_what { /* what becomes of a group, or of most of it */
	WHAT_NOTHING,       /* it has no failing mail */
	WHAT_DELIVERED,     /* fails, delivered: nothing is asked of receivers */
	WHAT_LEAVES,        /* From is rewritten: it leaves our numbers */
	WHAT_GOODWILL,      /* asked to be moved; likely delivered, for receivers vouch for all of it */
	WHAT_SPAM,
	WHAT_REFUSED,
	WHAT_NO_PREDICTION, /* a list whose habit depends on its settings, or is not known: none to all */
	WHATS
};
/* "nothing", "delivered", "leaves", "goodwill", "spam", "refused", "no-prediction": JSON. */
const char *forecast_what_name(enum forecast_what w);

struct forecast_sum {
	int64_t messages;             /* passing and failing */
	int64_t failing;
	int64_t leaves;               /* of these: From rewritten; the rest is what receivers see fail, or may */
	int64_t vouched;              /* of the failing that do not leave */
	struct forecast_range asked;  /* receivers are asked to move or refuse so many */
	struct forecast_range moved;  /* and would: asked, without those they vouch for */
	struct forecast_range refused; /* of the moved */
	struct forecast_range wanted; /* of the moved: all but unknown senders' */
	int64_t worst;                /* moved if nobody vouches, no receiver reads pct or t, and no list of which it is open rewrites */
	int64_t open;                 /* failing through lists that may or may not rewrite */
};
struct forecast_group {
	enum forecast_group_kind kind;
	size_t source;       /* of a list, else FORECAST_NONE */
	bool wanted;         /* not GROUP_UNKNOWN */
	enum forecast_what what;
	struct forecast_sum sum;
};
struct forecast {
	const struct forecast_group *group; /* lists by failing messages, most first; then one of each other kind, also where it has none */
	size_t groups;
	struct forecast_sum total;   /* of all groups; `messages` of all flows */
	int64_t list_failing, arc;   /* failing list messages; failing ones whose receiver names ARC */
	int64_t list_arc;            /* in both */
};
void forecast_step(struct arena *a, const struct forecast_ask *ask, struct forecast *out);

/* The same, by source, receiver, department, ...: `key` puts each flow below `keys`, or leaves it out with FORECAST_NONE. The array
 * is the arena's, `keys` long. */
typedef size_t forecast_key(const void *ctx, const struct forecast_flow *flow);
const struct forecast_sum *forecast_by(struct arena *a, const struct forecast_ask *ask, forecast_key *key, const void *ctx, size_t keys);

/* What happens to a sum as a whole, as of a group. */
enum forecast_what forecast_what_of(const struct forecast_sum *s);
/* The share of failing messages that receivers act on, 0 to 1, the middle of the range: what is held against the outcome. 0 where
 * nothing fails. */
double forecast_share_acted(const struct forecast_sum *s);
/* Messages a day; 0 where there are no days. */
double forecast_a_day(double messages, int64_t days);

/* --- after rewriting: (U - L) / (T - L) --- */

struct forecast_share {
	int64_t failing, leaves, messages; /* U, L, T */
	int64_t left, of;                  /* U - L, T - L */
	double before, after;              /* U / T, left / of; 0 where nothing is left */
};
struct forecast_share forecast_share_of(const struct forecast_sum *s);

/* --- single choices --- */

struct forecast_strict { /* adkim=s, aspf=s */
	int64_t fails;               /* messages that pass now and would not */
	struct forecast_range moved; /* of these, at the step; wanted, and nobody vouches for what passes now */
};
struct forecast_strict forecast_strict_of(const struct forecast_ask *ask, bool dkim, bool spf);

/* np is for names that do not exist. Which do is not known, so `candidate` marks names that never had passing mail; receivers on RFC
 * 7489 do not know np. Both make it an upper bound. `np` is the step at which such names would be (step_of of a policy with np as p). */
struct forecast_np {
	size_t names;      /* candidates with failing mail */
	int64_t failing;   /* theirs */
	double more, less; /* at most so many messages more, or fewer, would be moved than without np */
};
struct forecast_np forecast_np_of(struct arena *scratch, const struct forecast_ask *ask, const bool *candidate, enum step np);

/* --- certified: what receivers said during rehearsals --- */

struct forecast_said {
	size_t receiver;   /* FORECAST_NONE: of all together */
	int64_t failing;   /* seen under a rehearsal; of these: */
	int64_t spared;    /* held back by pct or t, as the receiver says or shows */
	int64_t vouched;
	int64_t acted;     /* more done than a rehearsal asks for: quarantined, or refused where reject is rehearsed */
	int64_t unstated;  /* delivered without a word */
	bool ignores;      /* acted on more than half of what it spared or acted on */
};
struct forecast_certified {
	struct forecast_said all;
	const struct forecast_said *receiver; /* that saw any; most acted on first, then most failing */
	size_t receivers, acting; /* `acting`: how many acted on any: the first of them */
};
void forecast_certified(struct arena *a, const struct forecast_flow *flow, size_t n, size_t receivers, struct forecast_certified *out);
#endif
