/* lint_domain: all that DNS says of one domain's mail, read and checked: its DMARC record or the one that it inherits, the tree
 * of its SPF record, and the DKIM keys asked for, which cannot be listed. Neighbours: daemon/command_lint.c and web/ print it. */
#ifndef SCHEMA_LINT_DOMAIN_H
#define SCHEMA_LINT_DOMAIN_H
#include "schema/record_dkim.h"
#include "schema/record_dmarc.h"
#include "schema/record_spf.h"

struct domain_key {
	struct slice name; /* "s1._domainkey.univ.example" */
	struct dkim_key key;
};
struct domain_records {
	struct slice domain;
	struct lint_answer dmarc_answer, spf_answer; /* of "_dmarc.DOMAIN" and DOMAIN */
	struct dmarc_policy old, new; /* what receivers on RFC 7489 and RFC 9989 find */
	struct dmarc_record dmarc;    /* its own record, or the inherited one; text NULL ptr for none */
	struct slice dmarc_at;        /* where that stands: the domain, or one above it */
	struct spf_tree spf;          /* n 0 where the answer is not known */
	struct domain_key *key;
	size_t keys;
	struct lint lint;             /* of all of them, in that order */
};
struct domain_brief { /* what a list of domains says of one */
	bool is_known;             /* both its names were looked up */
	bool has_dmarc, has_spf;   /* records of its own */
	struct dmarc_policy policy; /* what receivers on RFC 7489 find; of the record only what it asks for */
	size_t errors, warnings;   /* of its own records */
};
/* The same in short: what is said of an inherited record is not counted here. What `scratch` holds is not needed behind it. */
void lint_domain_brief(struct arena *scratch, const struct lint_dns *dns, const struct suffixes *list, struct slice domain,
		       struct domain_brief *out);

/* Of a name in normal form; `keys` are names of keys. */
void lint_domain(struct arena *a, const struct lint_dns *dns, const struct suffixes *list, struct slice domain, const struct slice *keys,
		 size_t n, struct domain_records *out);
#endif
