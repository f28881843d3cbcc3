/* record_spf: SPF records (RFC 7208): read term by term, and the tree of look-ups that a receiver may have to do, from a record
 * and the ones that it includes. Only TXT records are known here: what a, mx, ptr and exists find is not asked.
 * Neighbours: lint_spf.c checks the tree; storage/watch.c has the names looked up that records mention. */
#ifndef SCHEMA_RECORD_SPF_H
#define SCHEMA_RECORD_SPF_H
#include "schema/lint.h"
#include "schema/source_rule.h"

enum spf_kind {
	SPF_ALL,
	SPF_INCLUDE,
	SPF_A,
	SPF_MX,
	SPF_PTR,
	SPF_IP4,
	SPF_IP6,
	SPF_EXISTS,
	SPF_REDIRECT, /* from here on modifiers */
	SPF_EXP,
	SPF_OTHER,    /* a modifier that SPF does not know: passed over */
	SPF_WRONG,    /* no term at all: the record is in error (RFC 7208 4.6) */
	SPF_KINDS
};
/* "include", ...; "" of the last two. */
const char *spf_kind_name(enum spf_kind k);

struct spf_term {
	struct slice text;      /* in the record */
	enum spf_kind kind;
	char qualifier;         /* '+', '-', '~', '?'; '+' where none is written */
	struct slice domain;    /* behind the colon or equals sign, as written; NULL ptr for none */
	bool macro;             /* it holds one, so that which name it is depends on the mail */
	struct network network; /* ip4, ip6 */
	int bits4, bits6;       /* of a and mx; -1 none written */
	const char *trouble;    /* what is wrong with it; NULL: nothing. The record is in error then */
	struct slice next;      /* include, redirect: the name in normal form where it is known; NULL ptr otherwise */
};

struct spf_record { /* one in the tree */
	struct slice name;
	size_t parent, depth;   /* its place in the tree, and of which term; of the first both are 0 */
	size_t term;
	enum spf_found {
		SPF_FOUND,
		SPF_NONE,       /* no SPF record: an include of it is an error */
		SPF_SEVERAL,    /* which is an error */
		SPF_NOT_ASKED,  /* not looked up yet */
		SPF_NO_ANSWER,
		SPF_LOOP,       /* it is among those that include it */
		SPF_TOO_DEEP,   /* not followed: beyond what receivers follow */
	} found;
	struct slice text;      /* SPF_FOUND */
	struct slice trouble;   /* SPF_NO_ANSWER: why, in words */
	struct spf_term *terms;
	size_t n;
	size_t all;             /* its place among the terms; n where there is none */
	size_t own, lookups;    /* that this record costs alone, and with all below it: at most, for what matches first ends it */
};
struct spf_tree { /* in the order that they are followed in; the first is the domain's own */
	struct spf_record *record;
	size_t n;
	size_t lookups, voids;  /* against 10 and 2 (RFC 7208 4.6.4); voids: names known to have no TXT record */
	bool at_least;          /* something is not known, or was not followed: there may be more */
};

/* Whether it begins with v=spf1 and a blank, or is nothing else. */
bool spf_is_record(struct slice text);
/* Reads the terms of a record into `r`: text, terms, n, all, own. */
void spf_read(struct arena *a, struct slice text, struct spf_record *r);
/* `lines`: the TXT records of `domain`, a line each. */
void spf_follow(struct arena *a, const struct lint_dns *dns, struct slice domain, struct slice lines, struct spf_tree *out);
/* Names that a record's include and redirect lead to, as far as they are the same for all mail: at most `most`. */
size_t spf_mentions(struct arena *a, struct slice text, struct slice *out, size_t most);
/* In words: "found", "no SPF record", "not looked up yet", ... */
const char *spf_found_words(enum spf_found found);

/* Checks the whole tree. `below`: the domain is part of an organisation's, and may well send nothing. */
void spf_lint(struct lint *l, const struct spf_tree *tree, struct slice lines, bool below);
#endif
