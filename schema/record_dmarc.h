/* record_dmarc: DMARC records (RFC 7489 6.3, RFC 9989 4.7): read, explained tag by tag, checked, and what policy receivers
 * of either RFC find for a name (7489 6.6.3, 9989 4.10). Neighbours: lint.h; daemon/alert_dns.c compares them with reports. */
#ifndef SCHEMA_RECORD_DMARC_H
#define SCHEMA_RECORD_DMARC_H
#include "schema/classify.h"
#include "schema/lint.h"

struct dmarc_tag {
	struct slice text, name, value; /* in the record; name and value trimmed */
	bool known, good;               /* good: it means what `says` says; else receivers pass over it */
	const char *says;               /* in plain words */
};
struct dmarc_record {
	struct slice text;        /* NULL ptr: none */
	struct dmarc_tag *tag;
	size_t tags;
	struct policy_seen seen;  /* absent and invalid words are POLICY_ABSENT */
	bool has_p, bad_p, bad_sp, bad_np, bad_pct; /* written; written, and no word for it */
	char psd;                 /* 'y', 'n', 'u' */
	bool has_rua, has_ruf;    /* at least one valid address */
	bool twice;               /* a tag is there more than once */
};

/* Whether it begins with v=DMARC1, exactly so. */
bool dmarc_is_record(struct slice text);
/* Reads a record that dmarc_is_record takes. */
struct dmarc_record dmarc_record_read(struct arena *a, struct slice text);
/* Of a name's TXT records, a line each, how many are DMARC records; the first is read into `out`, which else stays. Two are as
 * good as none. */
int dmarc_records_read(struct arena *a, struct slice lines, struct dmarc_record *out);

/* A report address: what follows "mailto:" up to a size. */
struct dmarc_uri {
	struct slice text, address, size; /* size: "10m", NULL ptr for none */
	struct slice domain;              /* of the address, in normal form */
	bool valid;
};
/* Takes the next off a list separated by commas; false at the end. */
bool dmarc_next_uri(struct arena *a, struct slice *list, struct dmarc_uri *out);
/* The name whose record lets `domain`'s reports go to `target` (RFC 7489 7.1, RFC 9990 4). */
struct slice dmarc_report_name(struct arena *a, struct slice domain, struct slice target);

/* Whether what a report states of a policy is what the record states, too. */
bool dmarc_agrees(const struct policy_seen *seen, const struct policy_seen *record);

struct dmarc_policy { /* what receivers of one RFC find for mail From a name */
	enum dmarc_found {
		DMARC_FOUND,
		DMARC_NONE,    /* no record: nobody is asked for anything */
		DMARC_BROKEN,  /* a record that is as good as none: several, or without a valid p and rua */
		DMARC_UNKNOWN, /* depends on a name that is not known */
	} found;
	struct slice domain;     /* where the record stands; of DMARC_UNKNOWN the domain that is not known */
	bool inherited;          /* from a domain above */
	struct dmarc_record record;
	enum policy_word asked;  /* p, sp: for this name, which exists */
	enum policy_word applied; /* what is left of it after pct or t: of 0 < pct < 100 the asked one */
	int share;               /* percent of failing mail that `asked` is applied to, the rest one level less */
};
/* The domains whose records RFC 9989 4.10 looks at, from `domain` upwards: at most eight. They point into it. */
enum { DMARC_WALK_MOST = 8 };
size_t dmarc_walk(struct slice domain, struct slice out[DMARC_WALK_MOST]);
/* By the organisational domain of the public suffix list. */
struct dmarc_policy dmarc_policy_7489(struct arena *a, const struct lint_dns *dns, const struct suffixes *list, struct slice domain);
/* By the tree walk. */
struct dmarc_policy dmarc_policy_9989(struct arena *a, const struct lint_dns *dns, struct slice domain);

/* "no policy", "quarantine", "reject for 25 of 100", ...: what failing mail meets. The arena's, or static. */
const char *dmarc_policy_words(struct arena *a, const struct dmarc_policy *p);

/* Checks the records at "_dmarc.DOMAIN", a line each; where there is none that is no fault (what is found above may do). */
void dmarc_lint(struct lint *l, const struct lint_dns *dns, const struct suffixes *list, struct slice domain, struct slice lines);
/* Checks that receivers of both RFCs do the same, and that there is a policy at all. */
void dmarc_lint_policies(struct lint *l, struct slice domain, const struct dmarc_policy *old, const struct dmarc_policy *new);
#endif
