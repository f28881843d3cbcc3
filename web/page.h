/* page: what every page shares: the request as pages see it, and the pieces they are made of: numbers that link to
 * their rows, bars, the shell with its filter bar. Links always carry the present days and filters (UX 2.2).
 * Neighbours: page_*.c, one function a page; route.c calls them. */
#ifndef WEB_PAGE_H
#define WEB_PAGE_H
#include "storage/query.h"
#include "web/access.h"
#include "web/param.h"
#include "web/readers.h"
#include "web/view.h"

/* A slice of a literal, for static tables. */
#define WORD(literal)                                                                                                  \
	{                                                                                                              \
		"" literal, sizeof(literal) - 1                                                                        \
	}

/* Which earlier days the numbers of a page stand beside (UX 5, Compare); compare.h settles it. */
struct compare {
	bool on;
	bool nothing;                /* asked for, and no receiver reported in both periods */
	int64_t first_day, last_day; /* of the earlier period */
	struct params then_params;
	struct filter now, then;     /* of the receivers that reported in both: what can be compared */
	size_t receivers;            /* so many */
	struct slice *only_now, *only_then; /* left out */
	size_t only_now_count, only_then_count;
};

/* What keeps reports from coming in: the part of ruad, and what it says. */
struct page_trouble {
	const char *name, *text;
};

struct page {
	struct arena *a;
	struct arena portion; /* rows read and not yet printed; with the request it goes */
	struct readers *readers;
	const struct domain_owners *owners; /* of domains, as the configuration names them */
	const struct readiness_limits *rollout; /* what a step is held to; NULL: the defaults */
	const struct source_rules *rules; /* in force, as the configuration has them; n == 0 where it is not at hand */
	struct store_state state;
	struct params params;
	struct filter filter;
	struct compare compare;
	const char *path, *api; /* "/records" and "/api/v1/records": links of this page lead there */
	struct slice id; /* the part of the path that names one thing, decoded; NULL ptr where the page has none */
	unsigned kind; /* enum page_kind */
	bool for_api; /* asked for as API: its default limit */
	bool html; /* a page is wanted: fill hints, too */
	int64_t now; /* Unix seconds */
	const struct visitor *visitor; /* who asks; NULL: the terminal, who may see all */
	struct slice form_token; /* to be carried by every form that changes something, as its field "form" */
	const char *contact; /* of the team; NULL: none */
	const struct site *site; /* NULL on the terminal */
	const struct page_trouble *broken; /* of Overview; NULL: all is well, or whoever asks is not to know */
};

/* Whether whoever asks sees a part of the domains alone: other departments' numbers and names are kept from them. */
bool page_is_scoped(const struct page *p);

/* Whether whoever asks may change what the team may. */
bool page_may_write(const struct page *p);

/* Whether all of a list is wanted, as CSV or JSON lines, rather than the first of it. */
bool page_exports(const struct page *p);

/* The pages (UX 7). 0; PAGE_GONE where `id` names nothing that whoever asks may see; -1 err. `errors` gets what only the page
 * can find wrong. */
enum { PAGE_GONE = 1 };
typedef int page_fill(struct page *p, struct view *out, struct param_errors *errors, struct err *err);
page_fill page_overview; /* UX 7.1 */
page_fill page_records, page_record;  /* 7.9 */
page_fill page_sources, page_source, page_rules; /* 7.3 */
page_fill page_find; /* UX 5 */
page_fill page_help, page_help_word; /* UX 2.4 */
page_fill page_bulk; /* 7.6 */
page_fill page_tls;
page_fill page_rollout, page_rollout_steps; /* 7.2 */
page_fill page_lists, page_forwarders, page_arc; /* 7.4; the two others are parts of it */
page_fill page_reports, page_reporters, page_report; /* 7.7 */
page_fill page_ingest, page_mail; /* 7.8 */
page_fill page_phases, page_measured; /* 7.2 */
page_fill page_verdicts, page_explain;
page_fill page_domains, page_domain, page_domain_records, page_domain_timeline; /* 7.5 */

page_fill page_notes, page_note, page_confirmations, page_blockers, page_blocker; /* 7.2 */

/* Whether any report was ever taken in. */
bool page_has_data(const struct page *p);

/* Asks with a reader that is taken for it: what `ask` returns, which is -1 where it failed. `ctx` is what it fills. */
typedef int page_asks(struct page *p, struct reader *r, void *ctx, struct err *err);
int page_ask(struct page *p, page_asks *ask, void *ctx, struct err *err);

/* The envelope without data: query, generated_at, generation, total; without the last where `total` is NULL. */
struct value *page_envelope(struct page *p, const struct counts *total);
/* The shell's hints: navigation, filter bar, footer. Returns the page object. `reporters` 0: not said. */
struct value *page_shell(struct page *p, const char *title, size_t reporters);
/* The shell, and the template that prints the page: the one of that name, or what stands in its place where nothing was found
 * (then with the filters to drop) or nothing ever came in. 0, or -1 err. */
int page_begin(struct page *p, struct view *out, const char *title, size_t reporters, const char *template_name, struct err *err);
/* The days and filters as hidden fields of a form: list `hidden`. */
void page_put_hidden(struct page *p, struct value *form);
/* For an empty answer: the filters in force and a link dropping each, with its count. */
int page_drops(struct page *p, struct value *page, struct err *err);

/* messages, then the five classes by their JSON names. */
void page_put_counts(struct arena *a, struct value *object, const struct counts *c);
/* RFC 3339 from Unix seconds; a null for REPORT_NO_TIME. */
void page_put_time(struct arena *a, struct value *object, const char *key, int64_t seconds);
/* How much of it passed each check, aligned. */
void page_put_aligned(struct arena *a, struct value *object, const struct counts *c);

/* The address of `path` with the present days and filters, narrowed by one more; NULL ptr where nothing can match or
 * the value does not fit into an address. */
struct slice page_link(struct page *p, const char *path, enum param which, struct slice value);
/* The same for a class besides. */
struct slice page_link_class(struct page *p, const char *path, enum param which, struct slice value, enum trust t);
/* Of ready parameters, as far as the page of that path takes them. */
struct slice page_link_to(struct page *p, const char *path, const struct params *params);

/* A hint `key` for a number on the page: what it says, its value, where it leads. A zero leads nowhere. `says` NULL:
 * the number itself; `title` may be NULL. */
void page_number(struct page *p, struct value *hints, const char *key, int64_t n, const char *says, struct slice href,
		 const char *title);

/* Hints `bar` and `bar_label`: segments of the classes in percent of `longest`. */
void page_bar(struct page *p, struct value *hints, const struct counts *c, int64_t longest);
const char *page_counts_words(struct arena *a, const struct counts *c);
char *page_percent(struct arena *a, int64_t part, int64_t whole);

/* A piece of a sentence; a number that links to its rows (`says` NULL: the number itself); words set off. */
void page_say(struct page *p, struct value *list, const char *text);
void page_say_number(struct page *p, struct value *list, int64_t n, const char *says, struct slice href);
void page_say_strong(struct page *p, struct value *list, const char *text);
/* Text of ours of any length, which is not cut; and words that lead somewhere without being a number. */
void page_say_slice(struct page *p, struct value *list, struct slice text);
void page_say_link(struct page *p, struct value *list, struct slice text, struct slice href);

/* The filters in force in words: "class untrusted, source Careers portal"; empty where there are none. Not escaped. */
const char *page_filter_words(const struct page *p);

/* The narrowed filter of a page about one thing: its params and filter take `which` besides. False where nothing can match. */
bool page_narrow(struct page *p, enum param which, struct slice value);

/* "1 message", "2 messages". */
char *page_plural(struct arena *a, int64_t n, const char *one, const char *many);
const char *page_kind_label(enum source_kind k);
/* "full", "untrusted" ... of class= into the enum; TRUST_CLASSES for another word. */
enum trust page_trust_of(struct slice word);
#endif
