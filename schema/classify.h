/* classify: what a row means. The five classes, their flags and the policy that applied, as FORMATS 1.3, 3.4 and 4.2 and
 * UX 5 say. Pure: the same row always gives the same answer, so all of it can be derived again from the facts. */
#ifndef SCHEMA_CLASSIFY_H
#define SCHEMA_CLASSIFY_H
#include "schema/domain.h"
#include "schema/report.h"

enum trust {
	TRUST_FULL,        /* SPF and DKIM both pass, aligned */
	TRUST_PARTIAL,     /* exactly one does */
	TRUST_UNTRUSTED,   /* neither, and it was delivered */
	TRUST_QUARANTINED, /* neither, and the receiver put it in spam */
	TRUST_REJECTED,    /* neither, and the receiver refused it */
	TRUST_CLASSES
};

/* The class with partial trust told apart by what passed: what rollups count by. */
enum split { SPLIT_FULL, SPLIT_DKIM_ONLY, SPLIT_SPF_ONLY, SPLIT_UNTRUSTED, SPLIT_QUARANTINED, SPLIT_REJECTED, SPLITS };

enum row_flag {
	FLAG_ARC_RESCUED = 1 << 0,         /* failed, delivered, and the receiver names a trusted ARC chain (4.2 rule 1) */
	FLAG_ACTED_DESPITE_PASS = 1 << 1,  /* a passing row that was quarantined or rejected */
	FLAG_NO_DISPOSITION = 1 << 2,      /* missing or not a known word: counted as delivered */
	FLAG_DERIVED = 1 << 3,             /* a result was absent and derived from auth_results */
	FLAG_INCONSISTENT = 1 << 4,        /* DKIM said to pass with no passing signature in the row */
	FLAG_NO_FROM = 1 << 5,             /* header_from absent, or not a plain host name */
};
enum { FLAGS = 6 };

enum disposition { DISP_NONE, DISP_QUARANTINE, DISP_REJECT };

struct judgement {
	enum trust trust;
	enum split split;
	enum disposition disposition; /* `pass`, missing and unknown words are DISP_NONE */
	bool dkim_pass, spf_pass;     /* aligned; as reported, or derived */
	unsigned flags;               /* of enum row_flag */
};

/* Judges one row. `adkim` and `aspf` are the policy's ("s" is strict, all else relaxed); they and `list` matter only
 * where a result is absent. */
struct judgement classify_row(struct arena *scratch, const struct suffixes *list, struct slice adkim, struct slice aspf,
			    const struct row *row);

/* Why untrusted mail was delivered (UX 7.1). */
enum delivered_why {
	WHY_NO_POLICY,  /* the policy that applied asked for nothing */
	WHY_ARC,        /* a policy asked; the receiver let it pass for ARC */
	WHY_OVERRIDE,   /* a policy asked; the receiver states another reason */
	WHY_HELD_BACK,  /* a policy asked; pct below 100 or t=y held it back (4.2 rule 4) */
	WHY_UNSTATED,   /* a policy asked; delivered without a reason */
	WHYS
};

struct policy_seen { /* policy_published, normalised (3.4): absent is POLICY_ABSENT, and -1 for pct */
	enum policy_word { POLICY_ABSENT, POLICY_NONE, POLICY_QUARANTINE, POLICY_REJECT } p, sp, np;
	int pct;
	bool testing;
	bool strict_dkim, strict_spf; /* adkim and aspf say s; absent is relaxed, too */
};

/* Whether an authenticated domain aligns with From: the same name where it is to be strict, else one organisational domain
 * (RFC 7489 3.1). */
bool classify_is_aligned(struct arena *scratch, const struct suffixes *list, bool strict, struct slice authenticated,
			 struct slice header_from);

enum policy_word classify_policy_word(struct slice written);

/* The policy that applied to mail From `header_from` where `domain` published (FORMATS 1.3): p for the domain itself,
 * sp below it, p where sp is absent. */
enum policy_word classify_effective(const struct policy_seen *seen, struct slice domain, struct slice header_from);
/* The same where it is known whether the two are one name. */
enum policy_word classify_effective_of(const struct policy_seen *seen, bool own_record);

/* What a row's reasons come to: the first of these that is among them (FORMATS 4.1). */
enum stated {
	STATED_NOTHING, /* there are none, or only `arc=fail` and `arc=none`, which prove nothing (4.2 rule 2) */
	STATED_ARC,     /* a trusted ARC chain */
	STATED_SAMPLED, /* sampled_out or policy_test_mode: held back by pct or t=y */
	STATED_SENT_ON, /* mailing_list, trusted_forwarder or forwarded */
	STATED_OTHER,
	STATEDS
};
enum stated classify_stated(const struct reason *reasons);

/* Whether a policy asks to do less than it says, by pct or t. */
bool classify_asks_to_hold_back(const struct policy_seen *seen);

/* Why a row judged untrusted was delivered under a policy that was, or was not, to be held back. */
enum delivered_why classify_why(enum policy_word effective, bool held_back, enum stated stated);

/* Whether a row that failed was let off by pct or t: the receiver did exactly one level less than the policy asks, and
 * says so or was told to (FORMATS 4.2 rule 4). */
bool classify_spared(enum policy_word effective, bool held_back, enum split split, enum stated stated);
/* Whether a row that failed met less than the policy asks, for a reason of the receiver's own. */
bool classify_overridden(enum policy_word effective, enum split split, enum stated stated);
/* Whether the receiver's own words say that it let a failing row pass, or would: a trusted ARC chain, a list or a forward; under a
 * policy that asks for something also a rule of its own. */
bool classify_vouched(enum policy_word effective, enum split split, enum stated stated);

enum trust split_trust(enum split s);

/* "full", "partial", ... of URLs; "fully_trusted", ... of JSON; "Fully trusted", ... for people. */
const char *trust_param(enum trust t);
const char *trust_json(enum trust t);
const char *trust_label(enum trust t);
/* "none", "quarantine", "reject". */
const char *disposition_name(enum disposition d);
/* "absent", "none", "quarantine", "reject". */
const char *policy_name(enum policy_word p);
/* "arc_rescued", ...: one flag's name in JSON and URLs; `bit` below FLAGS. */
const char *flag_name(int bit);
#endif
