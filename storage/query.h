/* query: what the pages ask and the shapes of the answers. The only header of storage that web/ includes.
 * All counts are messages (the sum of each row's count), all days whole UTC days since 1970, counted on the day a report
 * begins (FORMATS 2.3). Text in answers belongs to the arena given. Every function: 0, or -1 with err.
 * A `struct reader` is one read-only connection with its dimensions in memory; one thread uses it at a time. */
#ifndef STORAGE_QUERY_H
#define STORAGE_QUERY_H
#include "base/arena.h"
#include "base/err.h"
#include "schema/access.h"
#include "schema/classify.h"
#include "schema/journal.h"
#include "schema/step.h"
#include "schema/verdict.h"
#include "schema/mail.h"
#include "schema/lint.h"
#include "schema/source_rule.h"

#include <stdint.h>

/* --- the filter: the parameters of UX 4 as values. Zero means unset. --- */

/* A list parameter: `name=a,b` is any of them, `name!=a,b` none of them. n == 0 is unset. */
struct names {
	const struct slice *item;
	size_t n;
	bool exclude;
};

enum cause { CAUSE_LIST, CAUSE_ARC, CAUSE_OURS, CAUSE_SERVICE, CAUSE_FORWARDER, CAUSE_UNKNOWN, CAUSES };
const char *cause_name(enum cause c); /* "list", ... and "none" for CAUSES: URLs and JSON */

struct filter {
	int64_t first_day, last_day; /* inclusive; set by query_period */
	struct names class_, under, domain, policy_domain, reporter, cause, source, kind, ip, disp, reason, flag;
	struct names verdict, phase, state; /* by the words of enum verdict, enum step (what applied, as the receiver saw it) and enum survival */
	struct names decided_by; /* by the id of the verdict rule that decided */
	struct names spf, spf_aligned, dkim, dkim_aligned, dkim_domain, selector, envelope, policy, pct, t, arc;
	struct names signature; /* "univ.example/s1/pass": one DKIM signature has that domain, selector and result; "none": there is none */
	struct names report; /* by storage's own number: "17" */
	struct names scope; /* trees of From domains that whoever asks may see; narrows all the rest, never excludes (UX 9) */
	struct slice q; /* part of a domain, reporter or selector, or the beginning of an address or report id */
};

/* --- answers --- */

struct counts { /* by split; the five classes and their sum are read off it */
	int64_t split[SPLITS];
	int64_t rows;        /* beside split: the two that every row counts in */
	int64_t arc_rescued; /* among split[SPLIT_UNTRUSTED] */
	int64_t vouched;     /* of those that fail: the receiver's own words let them pass (classify_vouched) */
	int64_t spared;      /* of those that fail: held back by pct or t (classify_spared) */
	int64_t strict_dkim, strict_spf, strict_both; /* of those that pass: would fail were adkim=s, aspf=s, both */
};
int64_t counts_total(const struct counts *c);
int64_t counts_class(const struct counts *c, enum trust t);
int64_t counts_failing(const struct counts *c);
void counts_add(struct counts *to, const struct counts *c);

struct store_state {
	int64_t generation;        /* changes with every commit that changed anything: the ETag */
	int64_t reports, rejects;
	int64_t first_day, last_day; /* with data; last_day never after tomorrow. first > last: no data */
	int64_t last_taken_in;     /* Unix seconds, 0 for never */
	bool demo;                 /* made by `ruad demo` */
};

struct group { /* one line of a breakdown */
	int64_t id;          /* storage's own number of it */
	struct slice key;    /* what a filter of that name takes: a domain, a reporter, an address, "2026-09-15", a cause */
	struct slice label;  /* for people; the same as key where there is nothing better */
	struct counts counts;
	struct slice domain, selector, result; /* by signature: its parts; NULL ptr of what is absent */
	struct slice source; /* by address and cause: the named source on the last day seen, NULL ptr for none */
	enum source_kind kind;
	bool hint;           /* the source is a built-in hint, to be confirmed by a person */
	int64_t first_seen, last_seen; /* days within the period */
	struct slice policy; /* by domain: "none", "quarantine", "reject": effective, as last seen; NULL ptr unknown */
	bool policy_inherited; /* by domain: from the organisational domain, not published by the name itself */
};
struct groups {
	struct group *item;
	size_t n;
	size_t total; /* how many there are in all; n is cut at the limit asked for */
};

enum group_by {
	BY_DAY,
	BY_DOMAIN,
	BY_POLICY_DOMAIN,
	BY_REPORTER,
	BY_IP,
	BY_SOURCE,
	BY_CAUSE,
	BY_MONTH,
	BY_SIGNATURE, /* a message counts in the line of each of its DKIM signatures, and of each reason given */
	BY_ENVELOPE,
	BY_REASON,
	BY_NETWORK, /* /24, or /48 of IPv6 */
	BY_VERDICT, /* and the three below in the order of their enums, or of their table */
	BY_PHASE,
	BY_STATE,
	BY_RULE, /* of verdict_rules, the one that decided */
	GROUP_BYS
};
/* "day", "domain", ...: the values of `by=`; -1 for another word. */
int group_by_of(struct slice word);
const char *group_by_name(enum group_by by);

/* One reporter's day, for the grid of Overview: how much arrived. */
struct reporter_days {
	struct slice reporter;
	int64_t messages;
	bool *arrived; /* one a day from first_day on */
};

struct overview {
	struct counts all;          /* what the filter keeps */
	struct counts period;       /* the same filter without its class: what shares are of */
	struct groups by_day;       /* every day of the period, in order, empty ones too */
	bool by_month;              /* by_day holds months, as their first days: longer than LIMIT_CHART_DAYS */
	struct groups by_cause;     /* of the untrusted, in the order of enum cause, without empty ones */
	struct groups by_reporter, by_source, by_domain; /* most messages first, cut at the limit given (0: all); sources never are */
	struct reporter_days *reporter_days;         /* one per by_reporter.item */
	int64_t list_and_arc;       /* untrusted messages that are both: the overlap of two causes */
	int64_t why[WHYS];          /* of the untrusted */
	int64_t reports;            /* for these days, from these reporters, whatever their rows; -1 not told, under a scope */
	int64_t long_reports;       /* of these, longer than 26 h */
	bool *long_days;            /* one a day from the first: one of them begins on it */
	int64_t acted_despite_pass; /* messages; so are the two below (classify.h) */
	int64_t spared, overridden;
	struct slice policy;        /* effective policy most messages of the period fell under; NULL ptr for none */
	size_t domains, reporters;  /* distinct, in the filter */
};

struct record { /* one row behind a number */
	int64_t report, day, address, profile; /* its key, for paging */
	struct slice reporter, report_id, ip, header_from, envelope_from, envelope_to, policy_domain;
	struct slice source; /* NULL ptr for none */
	enum source_kind kind;
	bool hint;           /* as in struct group */
	enum cause cause;    /* of an untrusted row; CAUSES otherwise */
	size_t rule;         /* of verdict_rules: the one that decides */
	unsigned facts;      /* of enum fact: what it decides by */
	enum step step;      /* of the policy that applied */
	enum survival survival;
	struct slice disposition_raw, dkim_raw, spf_raw; /* as written; NULL ptr absent */
	struct judgement verdict;
	const struct reason *reasons;
	const struct auth *dkim_auth, *spf_auth;
	struct slice policy; /* effective, as the reporter saw it; NULL ptr unknown */
	int pct;             /* -1 absent */
	bool testing;
	int64_t begin, end, messages;
};
struct records {
	struct record *item;
	size_t n;
	bool more;      /* there are rows behind the last */
	struct slice after; /* the cursor of the next page; NULL ptr where there is none */
};

struct rule_line { /* one source rule, and what it alone named: the first that matched */
	int64_t number; /* its place, from 1: what earlier ones match it never sees */
	struct slice name, owner; /* owner NULL ptr where nobody is named */
	enum source_kind kind;
	bool hint;
	enum list_software software; /* of a list */
	int64_t addresses, profiles; /* of all that ever were reported; a row is named by the earlier rule of the two */
};
struct rule_lines {
	struct rule_line *item;
	size_t n;
};

struct move { /* messages that other rules would name otherwise */
	struct slice from, to; /* names of sources; NULL ptr: no rule */
	enum source_kind from_kind, to_kind;
	int64_t messages, rows;
};
struct moves {
	struct move *item; /* most messages first */
	size_t n;
	int64_t messages, rows; /* of all lines */
};

/* --- asking --- */

struct reader;

/* Of SQLite, that runs: "3.40.1". */
const char *storage_version(void);

/* 1 where there is a database, of whatever version of ruad, and whether it holds demo data; 0 where nothing is there, or another
 * process is only making it; -1 err. */
int reader_is_possible(const char *path, bool *demo, struct err *err);
/* Opens the database at `path` for reading. `list` outlives the reader. The source rules are those the writer stored. */
int reader_open(const char *path, const struct suffixes *list, struct reader **out, struct err *err);
void reader_close(struct reader *r);
const struct suffixes *query_suffixes(const struct reader *r);

int query_state(struct reader *r, struct store_state *out, struct err *err);

/* Settles the days of a filter: `period` is "3d", "28d", "12m", "all", ... counted back from the last day with data;
 * NULL ptr means the default "28d". False for a word that is no period. */
bool query_period(const struct store_state *s, struct slice period, int64_t *first_day, int64_t *last_day);

/* All of Overview in one consistent reading. `limit` cuts the two long lists. */
int query_overview(struct reader *r, struct arena *a, const struct filter *f, size_t limit, struct overview *out,
		   struct err *err);

/* --- scopes: From domains and all above them, up to the organisational domain --- */

struct scope {
	struct slice name;
	size_t parent;       /* its place in the list; its own for an organisational domain */
	size_t depth;        /* below the organisational domain */
	struct counts own;   /* of mail From exactly this name */
	struct counts tree;  /* and all below it */
	int64_t first_seen, last_seen; /* of the tree, within the period */
	struct slice policy;           /* of mail From exactly this name: effective, as last seen; NULL ptr unknown */
};
struct scopes { /* a tree as a list: a scope's own follow it, in order of their names read from the right */
	struct scope *item;
	size_t n;
};
/* Every name with mail in the filter, and its ancestors as the public suffix list says (RFC 7489 3.2). What is no host name
 * stands alone. */
int query_scopes(struct reader *r, struct arena *a, const struct filter *f, struct scopes *out, struct err *err);

/* --- who reports, and what policy they saw: of the filter days, reporters, policy domains and From domains count --- */

struct reporter_line {
	int64_t id;
	struct slice name;
	int64_t reports, long_reports; /* -1 where the filter narrows From domains: that is not counted */
	int64_t messages;
	int64_t first_day, last_day; /* that its reports of the period cover */
	int64_t days;                /* on which it reported */
	bool *arrived;               /* one a day of the period */
	int64_t usual_delay_s;       /* median of arrival behind the end of what a report covers; -1 not known */
	struct policy_seen policy;   /* as it last saw it */
	struct slice generator;      /* of its last report, as written; NULL ptr: not stated, or none in the last days */
	bool is_9990;                /* that report is of RFC 9990 */
};
struct reporter_lines { /* most messages first */
	struct reporter_line *item;
	size_t n;
};
/* Where the filter narrows From domains, all of it is about their mail alone, and nothing but that mail is looked at. */
int query_reporters(struct reader *r, struct arena *a, const struct filter *f, struct reporter_lines *out, struct err *err);
/* The same from sums alone, without the usual delays. */
int query_reporting(struct reader *r, struct arena *a, const struct filter *f, struct reporter_lines *out, struct err *err);

struct report_line {
	int64_t id, day, begin, end, received_s; /* times Unix seconds; begin and end may be REPORT_NO_TIME */
	struct slice reporter, domain, report_id, file, generator;
	struct policy_seen policy;
	bool complete, twin, is_long, is_9990, kept; /* kept: its bytes were, and may still be */
	int64_t bytes; /* of the mail or file that it was read from; -1 not known */
	int64_t rows, messages; /* of the document */
	struct counts counts;   /* of the rows that the filter keeps: what pages show */
};
struct report_page { /* newest day first, then what was taken in last */
	struct report_line *item;
	size_t n;
	struct slice after; /* the cursor of the next page; NULL ptr where there is none */
};
/* At most `limit` (1 or more) behind the cursor `after` (NULL ptr: from the start). Where the filter narrows From domains, only
 * reports with a row that it keeps. Wrong cursor: -1 with ERR_USE. */
int query_reports(struct reader *r, struct arena *a, const struct filter *f, struct slice after, size_t limit,
		  struct report_page *out, struct err *err);

enum note_kind { NOTE_ERROR, NOTE_REPAIR, NOTE_WARNING, NOTE_ELEMENT, NOTE_KINDS }; /* table report_note */
struct note_line {
	enum note_kind kind;
	struct slice text;
};
struct report_whole { /* one report, text as written; NULL ptr absent */
	struct report_line line;
	struct slice email, extra_contact_info, version, namespace_uri, member;
	struct slice p, sp, np, testing, adkim, aspf, fo, discovery_method;
	int64_t pct; /* -1 absent */
	const struct note_line *note;
	size_t notes;
	const struct report_line *twin; /* others of the same key, and those of the same reporter and domain whose time overlaps: */
	size_t twins;                   /* their id, day, begin, end, report_id and twin (the same key) alone */
};
/* The report of that number: 1, 0 where there is none, or none of its rows is kept where the filter narrows From domains; -1 err.
 * Of the filter only these domains count; where it narrows them, notes and other reports stay unknown. */
int query_report(struct reader *r, struct arena *a, const struct filter *f, int64_t id, struct report_whole *out,
		 struct err *err);

struct reject_line { /* text as kept */
	int64_t id, received_s, line;
	struct slice file, member, code, detail;
	bool kept;
};
struct reject_page { /* the last first */
	struct reject_line *item;
	size_t n;
	int64_t after; /* the id to go on behind; 0 where there are no more */
};
/* At most `limit` (1 or more) with an id below `after` (0: from the last). */
int query_rejects(struct reader *r, struct arena *a, int64_t after, size_t limit, struct reject_page *out, struct err *err);

/* --- what came in: mails and files of mailboxes, and what was imported or sent; all of it is the team's alone --- */

struct incoming {
	enum incoming_kind { INCOMING_MAIL, INCOMING_REJECT, INCOMING_REPORT } kind; /* the latter two came in no mail */
	int64_t id, received_s;
	int64_t bytes; /* -1 not known */
	struct slice mailbox, place; /* of a mail; else NULL ptr, and the file's label */
	struct slice sender, subject; /* NULL ptr: not known */
	enum mail_outcome outcome; /* as it was taken in; what is below is as it is today */
	int64_t fresh, known, others; /* of a mail: struct mail_gave; -1: nobody counted */
	int64_t report, reports;      /* the first report it gave or repeated, 0 none; how many are stored of it */
	struct reject_line reject;    /* the first that is kept of it; id 0: none */
	int64_t rejects;              /* how many are */
	bool kept;                    /* its bytes were, and may still be */
};
struct incomings {
	struct incoming *item;
	size_t n;
	struct slice after; /* the cursor of the next page; NULL ptr where there is none */
};
/* The last first, at most `limit` (1 or more; fewer where a page would have to look at too much) behind the cursor `after` (NULL ptr: from the start); of one outcome, or all
 * (MAIL_OUTCOMES). Wrong cursor: -1 with ERR_USE. */
int query_incomings(struct reader *r, struct arena *a, enum mail_outcome outcome, struct slice after, size_t limit,
		   struct incomings *out, struct err *err);

enum { INCOMING_PARTS = 50 };
struct incoming_whole {
	struct incoming line;
	struct reject_line *reject; /* at most INCOMING_PARTS of either */
	size_t rejects;
	struct incoming_report {
		int64_t id, day, repairs;
		struct slice reporter, report_id;
	} *report;
	size_t reports;
};
/* One mail (INCOMING_MAIL) or refusal: 1, 0 where there is none, -1 err. */
int query_incoming(struct reader *r, struct arena *a, enum incoming_kind kind, int64_t id, struct incoming_whole *out,
		  struct err *err);

struct ingest_state { /* Unix seconds; 0 never */
	int64_t last_mail_s, oldest_reject_s;
};
int query_ingest_state(struct reader *r, struct ingest_state *out, struct err *err);

struct policy_line { /* one policy as one reporter saw it */
	struct slice domain, reporter;
	struct policy_seen policy;
	int64_t first_day, last_day, days, reports, messages;
};
struct policy_lines { /* by domain, then reporter, then first day */
	struct policy_line *item;
	size_t n;
};
int query_policies(struct reader *r, struct arena *a, const struct filter *f, struct policy_lines *out, struct err *err);

/* Where lines of `size` bytes that are in the order of their domains, which they begin with, tell of one: of policies, or of phases;
 * `n` or another's line where none do. */
size_t query_first_about(const void *lines, size_t n, size_t size, struct slice domain);

struct phase_line { /* days on which one receiver saw one policy of a domain */
	struct slice domain, reporter;
	enum step step;            /* of mail From the domain itself */
	struct policy_seen policy; /* each of its tags as the phase's reports last state it */
	int64_t old_last_day;      /* on which the phase before was seen; INT64_MIN: this is the first */
	int64_t first_day, last_day; /* on which it was seen; the first is the day of the change */
	int64_t days;              /* on which most of the receiver's reports about the domain state it */
	int64_t blips;             /* single days between them on which most state another */
	int64_t reports, messages; /* of all reports about the domain from the first to the last day, whatever they state */
	int64_t long_reports, stray_reports; /* of these: over 26 hours, which decide a day only of a receiver that sends no others;
	                                        the others that state another policy */
};
struct phase_lines { /* by domain, then reporter, then first day */
	struct phase_line *item;
	size_t n;
};
/* What each receiver saw of each policy domain, cut wherever one of p, sp, np, pct, t, adkim, aspf changed; a tag that a receiver
 * leaves out has not changed, as long as the step is the same. Of the filter days, reporters and policy domains count. */
int query_phases(struct reader *r, struct arena *a, const struct filter *f, struct phase_lines *out, struct err *err);

/* Named sources that were seen for the first time ever in the filter's days; of the filter nothing else counts. */
int query_new_sources(struct reader *r, struct arena *a, const struct filter *f, struct groups *out, struct err *err);

/* --- alerts (storage/ingest.h keeps them), and what they look at --- */

struct alert_line { /* the columns of the table of that name in facts.sql */
	int64_t id, since_s, change;
	struct slice rule, subject, seen, title, text, path;
	bool firing;
	unsigned heard; /* bits of enum outlet */
};
struct alert_lines { /* in order of their changes */
	struct alert_line *item;
	size_t n;
};
/* What is known of the subject under a rule: 1, 0 where nothing, -1 err. */
int query_alert(struct reader *r, struct arena *a, struct slice rule, struct slice subject, struct alert_line *out,
		struct err *err);
/* All that fire, and those that are over and somebody was not told so. */
int query_alerts(struct reader *r, struct arena *a, struct alert_lines *out, struct err *err);

struct mailbox_line {
	struct slice place;
	int64_t last_s;         /* Unix seconds: when a mail last came with a report in it; 0 never */
	int64_t mails, refused; /* since the time asked for */
};
struct mailbox_lines { /* by place */
	struct mailbox_line *item;
	size_t n;
};
int query_mailboxes(struct reader *r, struct arena *a, int64_t from_s, struct mailbox_lines *out, struct err *err);

/* The first and last day with mail that the filter keeps, whatever its class: 1, 0 where there is none, -1 err. */
int query_days(struct reader *r, const struct filter *f, int64_t *first_day, int64_t *last_day, struct err *err);

/* Totals alone: messages by class and rows. */
int query_counts(struct reader *r, const struct filter *f, struct counts *out, struct err *err);

/* How many rows the filter's days hold, kept or not: what telling their addresses apart would cost. */
int query_rows_of_days(struct reader *r, const struct filter *f, int64_t *rows, struct err *err);

/* One breakdown, most messages first (days in order), cut at `limit` (0: all). */
int query_groups(struct reader *r, struct arena *a, const struct filter *f, enum group_by by, size_t limit,
		 struct groups *out, struct err *err);

/* Several of one filter, filled by one reading: where one of them takes facts, all do. `out` has
 * room for `n`. */
int query_breakdowns(struct reader *r, struct arena *a, const struct filter *f, const enum group_by *by, size_t n, size_t limit,
		     struct groups *out, struct err *err);

enum {
	CROSS_MOST = 6,
	CROSS_WIDE = 4, /* of these, all but verdicts, phases and states, which are few each */
	/* Beside the breakdowns by one: what a row's SPF and DKIM came to, aligned or not. The id is 1 where some SPF result passed,
	 * and 2 more where some signature did; the key is absent. Told apart by profile, which takes longer than sums. */
	CROSS_RESULTS = GROUP_BYS,
};
struct cross_line { /* one line of a breakdown by several properties at once */
	int64_t id[CROSS_MOST];
	struct slice key[CROSS_MOST]; /* as a group's */
	struct counts counts;
};
struct cross { /* by the first id, then the next, those of verdicts, phases and states last: days in order */
	struct cross_line *item;
	size_t n;
};
/* A breakdown by up to CROSS_MOST, CROSS_WIDE of them wide, of what sums know: day, From domain, reporter, source, verdict, phase, state; or CROSS_RESULTS.
 * Sums know no addresses: by verdict, what is likely spoofing is among the unknown. */
int query_cross(struct reader *r, struct arena *a, const struct filter *f, const enum group_by *by, size_t n, struct cross *out,
		struct err *err);

/* Rows, newest first, at most `limit` (1 or more) behind the cursor `after` (NULL ptr: from the start). A cursor stays right while
 * data arrives. Wrong cursor: -1 with ERR_USE. */
int query_records(struct reader *r, struct arena *a, const struct filter *f, struct slice after, size_t limit,
		  struct records *out, struct err *err);

/* One row: 1, 0 where there is none that the filter's scope keeps, -1 err. Of the filter nothing else counts. */
int query_record(struct reader *r, struct arena *a, const struct filter *f, int64_t report, int64_t address, int64_t profile,
		 struct record *out, struct err *err);

/* --- everything ever, for counters that are read often --- */

enum { TOTAL_DAYS = 64 };

struct domain_total {
	struct counts counts;
	int64_t cause[CAUSES];     /* of untrusted messages */
	struct policy_seen policy; /* of exactly this name, as most reports of policy_day saw it */
	int64_t policy_day, policy_reports; /* INT64_MIN: no report was about exactly this name */
};
struct reporter_total {
	int64_t id;
	struct slice name;
	int64_t reports, last_day; /* the last day that a report is about */
	uint64_t days;             /* that its reports are about: bit 0 is today, bit 1 yesterday, ... */
};
struct totals {
	struct store_state state;
	struct domain_total *domain; /* one for each name given, and behind them all other mail */
	struct reporter_total *reporter; /* in the order they were first heard of */
	size_t reporters;
};
/* By From domain under each of the `n` names of `own` (normal form); where one lies under another, the longer name has it. */
int query_totals(struct reader *r, struct arena *a, const struct slice *own, size_t n, int64_t today, struct totals *out,
		 struct err *err);

/* The rules in force, in their order, hints behind the operator's. */
int query_source_rules(struct reader *r, struct arena *a, struct rule_lines *out, struct err *err);

/* --- who may see and do what; none of these is part of a consistent reading --- */

/* The grant of that hash (ACCESS_HASH_BYTES), over or not: 1, 0 where there is none, -1 err. */
int query_grant(struct reader *r, struct arena *a, const unsigned char *hash, struct grant *out, struct err *err);

struct grants { /* the last made first */
	struct grant *item;
	size_t n;
};
/* Of one kind, at most `limit`. */
int query_grants(struct reader *r, struct arena *a, enum grant_kind kind, size_t limit, struct grants *out, struct err *err);

struct audit_line {
	int64_t id, at_s;
	struct slice who, what, detail;
};
struct audit_page { /* the last first */
	struct audit_line *item;
	size_t n;
	int64_t after; /* the id to go on behind; 0 where there are no more */
};
/* At most `limit` (1 or more) with an id below `after` (0: from the last). */
int query_audit(struct reader *r, struct arena *a, int64_t after, size_t limit, struct audit_page *out, struct err *err);

/* --- what people wrote down (schema/journal.h). Of the filter its scope counts, and the trees of `under`: under a scope only what is
 * about domains in it is seen, for the rest may name others --- */

struct journal_notes { /* the last day first */
	struct journal_note *item;
	size_t n;
	size_t total; /* how many there are in all; n is cut at the limit asked for */
};
/* Notes about any of the filter's days, at most `limit` (1 or more). Its sources count, too. What is about all domains, or all sources,
 * or about a tree that holds one of those asked for, concerns them all. */
int query_notes(struct reader *r, struct arena *a, const struct filter *f, size_t limit, struct journal_notes *out, struct err *err);
/* The note of that number: 1, 0 where there is none, or it is not in the filter's scope, -1 err. */
int query_note(struct reader *r, struct arena *a, const struct filter *f, int64_t id, struct journal_note *out, struct err *err);

struct confirmations { /* the last given first, those that are over, too */
	struct confirmation *item;
	size_t n;
};
/* Of one domain (NULL ptr: of any) and one step (STEPS: of any). */
int query_confirmations(struct reader *r, struct arena *a, const struct filter *f, struct slice domain, enum step step,
			struct confirmations *out, struct err *err);

struct blockers { /* the last made first */
	struct blocker *item;
	size_t n;
};
/* Of a domain and all below it (NULL ptr: of any). */
int query_blockers(struct reader *r, struct arena *a, const struct filter *f, struct slice domain, struct blockers *out, struct err *err);

/* --- what DNS says; times are Unix seconds --- */

struct dns_value { /* of TXT records */
	struct slice text;      /* the records in order of their bytes, a line each; "" where there are none. Of a domain itself
	                           only those that begin with v=spf */
	int64_t first_s, last_s; /* seen so first, and last */
};
struct dns_line {
	struct dns_value value; /* the last known; NULL ptr where no question was ever answered */
	int64_t looked_up_s;    /* last answer; 0 never */
	struct slice trouble;   /* why the last question had no answer, in words; NULL ptr: it had one */
};
/* Of a name in normal form, such as "_dmarc.univ.example" or "s1._domainkey.univ.example". Nothing but a NULL value where it is
 * none that is looked up. */
int query_dns_record(struct reader *r, struct arena *a, struct slice name, struct dns_line *out, struct err *err);

struct dns_values { /* the last first */
	struct dns_value *item;
	size_t n;
};
/* At most `limit` (1 or more) of its values. */
int query_dns_history(struct reader *r, struct arena *a, struct slice name, size_t limit, struct dns_values *out,
		      struct err *err);

struct domain_names { /* in the order of their bytes */
	struct slice *item;
	size_t n;
};
/* Domains whose records matter (watch.h): configured, or in reports of the last 90 days. */
int query_dns_domains(struct reader *r, struct arena *a, struct domain_names *out, struct err *err);

/* Many names, each asked for once: query_dns_text is one for struct lint_dns, whose ctx the look-ups are. Where the last question
 * had no answer, what was known before is the answer. */
struct dns_lookups;
int query_dns_open(struct reader *r, struct arena *a, struct dns_lookups **out, struct err *err);
void query_dns_text(void *ctx, struct arena *a, struct slice name, struct lint_answer *out);
/* -1 where one of them failed. */
int query_dns_close(struct dns_lookups *l, struct err *err);

/* --- by name --- */

enum find_kind { FIND_DOMAIN, FIND_SOURCE, FIND_REPORTER, FIND_SELECTOR, FIND_ADDRESS, FIND_REPORT, FIND_KINDS };
struct find {
	enum find_kind kind;
	int64_t id, day; /* of a report */
	struct slice text;
};
struct finds { /* kind by kind, in each the nearest first */
	struct find *item;
	size_t n;
	bool more; /* some kind has more than the limit */
};
/* What has the filter's q in its name: any part of a domain, source, reporter or selector, the beginning of an address or report
 * id (at least 4 characters), the addresses of a network. At most `limit` of each kind. Under a scope only its domains. */
int query_find(struct reader *r, struct arena *a, const struct filter *f, size_t limit, struct finds *out, struct err *err);

struct reverse { /* what look-ups found of an address */
	bool looked_up;
	struct slice name; /* that leads back to it; NULL ptr: none does, or nobody looked yet */
};
/* Of `n` addresses, as a breakdown by address gives them. */
int query_reverse(struct reader *r, struct arena *a, const struct group *address, size_t n, struct reverse *out, struct err *err);

/* --- SMTP TLS reports (RFC 8460): about mail to you. Of the filter days, reporters, policy domains and trees count --- */

struct tls_line { /* what one reporter says of one policy of one domain. A session may count under several policies: lines are
                     never added together */
	struct slice domain, reporter, type; /* domain in normal form; type as written: "sts", "tlsa", "no-policy-found" */
	struct slice hosts;                  /* of the policy as last reported, a line each; NULL ptr: none named */
	int64_t reports, successful, failed; /* sessions; -1 where no report states them */
	int64_t first_day, last_day;         /* that its reports begin on */
};
struct tls_detail { /* one way in which sessions of a line failed; text as written */
	size_t line;
	struct slice result, mx, receiving_ip, sending_ip;
	struct slice reason, more; /* of the last that says so; NULL ptr: none does */
	int64_t failed;            /* -1 where no report states it */
	int64_t first_day, last_day;
};
struct tls_lines { /* most failed sessions first, both */
	struct tls_line *item;
	size_t n;
	struct tls_detail *detail;
	size_t details;
	bool cut; /* more policies were reported in these days than are read: the oldest are left out */
};
/* By when a report begins. */
int query_tls(struct reader *r, struct arena *a, const struct filter *f, struct tls_lines *out, struct err *err);
/* Whether there is any. */
int query_has_tls(struct reader *r, bool *has, struct err *err);

/* --- other rules --- */

/* What would move if `rules` were in force: of the filter's rows those whose source would have another name or kind.
 * Changes nothing; `rules` outlive the answer. */
int query_relabel(struct reader *r, struct arena *a, const struct filter *f, const struct source_rules *rules,
		  struct moves *out, struct err *err);
#endif
