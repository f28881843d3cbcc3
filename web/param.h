/* param: the parameters of UX 4, in one table: names, kinds, allowed words and canonical order. What a URL, a form or a
 * command line says becomes `struct params`; these become a storage filter, and links. An unknown parameter or a bad
 * value is an error that names it, never ignored. Neighbours: route.c and web_print parse, pages make links. */
#ifndef WEB_PARAM_H
#define WEB_PARAM_H
#include "base/arena.h"
#include "base/slice.h"
#include "storage/query.h"

enum param { /* in canonical order */
	     PARAM_PERIOD,
	     PARAM_FROM,
	     PARAM_TO,
	     PARAM_COMPARE,
	     PARAM_CLASS,
	     PARAM_UNDER,
	     PARAM_DOMAIN,
	     PARAM_POLICY_DOMAIN,
	     PARAM_CAUSE,
	     PARAM_VERDICT,
	     PARAM_DECIDED_BY,
	     PARAM_STATE,
	     PARAM_PHASE,
	     PARAM_FLAG,
	     PARAM_SOURCE,
	     PARAM_KIND,
	     PARAM_IP,
	     PARAM_REPORTER,
	     PARAM_REPORT,
	     PARAM_DISP,
	     PARAM_REASON,
	     PARAM_ARC,
	     PARAM_SPF,
	     PARAM_SPF_ALIGNED,
	     PARAM_DKIM,
	     PARAM_DKIM_ALIGNED,
	     PARAM_DKIM_DOMAIN,
	     PARAM_SELECTOR,
	     PARAM_SIGNATURE,
	     PARAM_ENVELOPE,
	     PARAM_POLICY,
	     PARAM_PCT,
	     PARAM_T,
	     PARAM_Q,
	     PARAM_SHOW,
	     PARAM_OUTCOME,
	     PARAM_STEP, /* these five: a policy to be published */
	     PARAM_SP,
	     PARAM_NP,
	     PARAM_ADKIM,
	     PARAM_ASPF,
	     PARAM_BY,
	     PARAM_BY_FEW, /* by= of a page that knows fewer words: no page takes both */
	     PARAM_SORT,
	     PARAM_RULE, /* these five: a source rule to be tried */
	     PARAM_AS,
	     PARAM_MATCH,
	     PARAM_VALUE,
	     PARAM_AT,
	     PARAM_COLS,
	     PARAM_LIMIT,
	     PARAM_AFTER,
	     PARAM_BOUNCE,
	     PARAM_FORMAT,
	     PARAMS
};

enum page_kind {
	PAGE_OVERVIEW = 1 << 0,
	PAGE_RECORDS = 1 << 1,
	PAGE_RECORD = 1 << 2,
	PAGE_SOURCES = 1 << 3,
	PAGE_SOURCE = 1 << 4,
	PAGE_RULES = 1 << 5,
	PAGE_LISTS = 1 << 6,
	PAGE_DOMAINS = 1 << 7,
	PAGE_DOMAIN = 1 << 8,
	PAGE_BULK = 1 << 9,
	PAGE_REPORTS = 1 << 10,
	PAGE_REPORT = 1 << 11,
	PAGE_REPORTERS = 1 << 12,
	PAGE_TLS = 1 << 13,
	PAGE_INGEST = 1 << 14,
	PAGE_MAIL = 1 << 15,
	PAGE_FIND = 1 << 16,
	PAGE_HELP = 1 << 17,
	PAGE_SETTINGS = 1 << 18,
	PAGE_ROLLOUT = 1 << 19,  /* and what each step would do */
	PAGE_PHASES = 1 << 20,
	PAGE_MEASURED = 1 << 21,
	PAGE_JOURNAL = 1 << 22,  /* notes, blockers and confirmations: lists of what people wrote down */
	PAGE_VERDICTS = 1 << 23,
	PAGE_WRITTEN = 1 << 24,  /* one of them */
};
/* Pages about messages: days and all filters apply. */
enum { PAGES_OF_MESSAGES = PAGE_OVERVIEW | PAGE_RECORDS | PAGE_SOURCES | PAGE_SOURCE | PAGE_RULES | PAGE_LISTS | PAGE_DOMAINS | PAGE_DOMAIN | PAGE_BULK |
			   PAGE_VERDICTS };
/* Pages about reports: days, receivers and policy domains apply. */
enum { PAGES_OF_REPORTS = PAGE_REPORTS | PAGE_REPORTERS | PAGE_TLS | PAGE_PHASES | PAGE_MEASURED };

struct params {
	struct names value[PARAMS]; /* items sorted and each once, so that equal sets are equal */
	struct names scope; /* trees of domains that whoever asks may see; not from the address: n == 0 is all. Every copy keeps it */
};

enum { PARAM_ERRORS = 8 };
struct param_errors {
	struct {
		struct slice parameter;
		const char *detail; /* a sentence: "Unknown. Did you mean class?" */
		bool unknown;
	} item[PARAM_ERRORS];
	size_t n;
};

/* The name in URLs; the label for people. */
const char *param_name(enum param p);
const char *param_label(enum param p);
/* Whether it narrows what is counted (and so is shown as a chip): all but the days and how the answer looks. */
bool param_is_filter(enum param p);
/* Whether it takes one value alone. */
bool param_is_single(enum param p);
/* Of a whole number: from where to where. False for what takes none. */
bool param_range(enum param p, int64_t *least, int64_t *most);
/* Whether a page of that kind takes it. */
bool param_is_of(enum param p, unsigned page);
/* The i-th allowed word of a parameter that has a list of them; NULL ptr behind the last. */
struct slice param_word(enum param p, int i);

/* Reads the query part of a URL: percent-encoding undone, NUL, broken UTF-8 and overlong values refused. A comma
 * separates values; %2C is a comma within one, where the values are free text (source, reporter, reason, selector). The
 * same name twice adds up, so a form's checkboxes work; empty values are unset, so its empty fields do too. `page` is
 * one of enum page_kind. `out` is all zero at first. 0, or -1 with at least one error; more are gathered in the same run. */
int param_parse(struct arena *a, struct slice query, unsigned page, struct params *out, struct param_errors *errors);

/* Adds one parameter given decoded, as on a command line: commas separate, `\,` is one within a value. */
int param_add(struct arena *a, unsigned page, struct slice name, struct slice value, bool exclude, struct params *out,
	      struct param_errors *errors);

/* The filter that the parameters describe, its days settled by what the store holds. */
int param_filter(struct arena *a, const struct params *p, const struct store_state *state, struct filter *out,
		 struct param_errors *errors);

/* The only value of a parameter that takes one; NULL ptr where unset. */
struct slice param_one(const struct params *p, enum param which);
/* The number of a parameter of that kind, or `otherwise`. */
int64_t param_number(const struct params *p, enum param which, int64_t otherwise);

/* Copies with one parameter changed: set to one value, unset, or without one of its values. */
struct params param_with(struct arena *a, const struct params *p, enum param which, struct slice value);
struct params param_without(const struct params *p, enum param which);
struct params param_less(struct arena *a, const struct params *p, enum param which, struct slice value);
/* With days made absolute. */
struct params param_days(struct arena *a, const struct params *p, int64_t first_day, int64_t last_day);
/* Only the days and filters: what stays when the page changes. */
struct params param_kept(const struct params *p);
/* Of these only what a page of that kind takes. */
struct params param_fit(const struct params *p, unsigned page);
/* Narrowed to mail that also has one of `values`: what both the present setting and these allow. False where nothing
 * can match. */
bool param_narrow(struct arena *a, struct params *p, enum param which, const struct slice *values, size_t n);
/* To one class; TRUST_CLASSES leaves all of them. */
bool param_narrow_class(struct arena *a, struct params *p, enum trust t);
/* To mail that failed both checks, whatever became of it. */
bool param_narrow_failing(struct arena *a, struct params *p);

/* Narrowed to mail that has none of `values`. False where the present setting names what it wants. */
bool param_exclude(struct arena *a, struct params *p, enum param which, const struct slice *values, size_t n);

/* One segment of an address: undone percent-encoding, and done. False, or a NULL ptr, for what could not come back. */
bool param_segment(struct arena *a, struct slice text, struct slice *out);
struct slice param_as_segment(struct arena *a, struct slice text);

/* The canonical address: `path`, then the parameters in order, percent-encoded. NULL ptr where a value is longer than
 * what param_parse takes back. */
struct slice param_link(struct arena *a, const char *path, const struct params *p);
#endif
