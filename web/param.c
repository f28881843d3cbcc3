/* param: see param.h. */
#include "web/param.h"

#include "base/buf.h"
#include "base/text.h"
#include "schema/domain.h"
#include "schema/limits.h"
#include "schema/source_rule.h"
#include "web/form.h"

#include <assert.h>
#include <stdlib.h>

enum takes {
	TAKES_WORD, /* one of a list */
	TAKES_DOMAIN, /* a host name, in its normal form */
	TAKES_NETWORK, /* an address or network */
	TAKES_FREE, /* free text that may hold commas */
	TAKES_LOWER, /* free words, lower-cased */
	TAKES_NUMBER, /* from 0 to `most` */
	TAKES_DAY,
};

enum {
	ONE = 1 << 0,
	FILTERS = 1 << 1,
	FILTERED = PAGES_OF_MESSAGES,
	DATED = PAGES_OF_MESSAGES | PAGES_OF_REPORTS | PAGE_ROLLOUT,
	LISTS = PAGE_SOURCES | PAGE_SOURCE | PAGE_LISTS | PAGE_DOMAINS | PAGE_DOMAIN | PAGE_BULK | PAGES_OF_REPORTS | PAGE_INGEST | PAGE_JOURNAL,
	COMPARED = PAGE_OVERVIEW | PAGE_RECORDS | PAGE_SOURCES | PAGE_SOURCE | PAGE_LISTS | PAGE_DOMAINS | PAGE_DOMAIN | PAGE_REPORTERS,
	ALL = (1 << 25) - 1,
	LINK_BYTES = 128 * 1024,
	FAR = 3,
	DAYS_MOST = 10000,
	VALUES_MOST = 1000 /* of one parameter: more than a link of ours ever has */
};

#define RESULTS "pass|fail|none|neutral|policy|softfail|temperror|permerror"

static const struct spec {
	const char *name, *label;
	enum takes takes;
	int flags;
	unsigned pages;
	const char *words; /* of TAKES_WORD */
	size_t field; /* of struct filter, where FILTERS */
	int64_t least, most;
} specs[PARAMS] = {
#define FIELD(name) FILTERS, FILTERED, NULL, offsetof(struct filter, name)
#define WORDS(words, name) FILTERS, FILTERED, words, offsetof(struct filter, name)
	[PARAM_PERIOD] = { "period", "Period", TAKES_LOWER, ONE, DATED },
	[PARAM_FROM] = { "from", "From day", TAKES_DAY, ONE, DATED },
	[PARAM_TO] = { "to", "To day", TAKES_DAY, ONE, DATED },
	[PARAM_COMPARE] = { "compare", "Compared with", TAKES_WORD, ONE, COMPARED, "prev|weekdays|year" },
	[PARAM_CLASS] = { "class", "Class", TAKES_WORD, WORDS("full|partial|untrusted|quarantined|rejected", class_) },
	[PARAM_UNDER] = { "under", "Domain tree", TAKES_DOMAIN, FILTERS, (FILTERED & ~PAGE_DOMAIN) | PAGES_OF_REPORTS | PAGE_JOURNAL | PAGE_ROLLOUT, NULL,
			  offsetof(struct filter, under) },
	[PARAM_DOMAIN] = { "domain", "From domain", TAKES_DOMAIN, FILTERS, FILTERED | PAGE_MEASURED, NULL, offsetof(struct filter, domain) },
	[PARAM_POLICY_DOMAIN] = { "policy_domain", "Policy of", TAKES_DOMAIN, FILTERS, FILTERED | PAGES_OF_REPORTS, NULL,
				  offsetof(struct filter, policy_domain) },
	[PARAM_CAUSE] = { "cause", "Came from", TAKES_WORD, WORDS("list|arc|ours|service|forwarder|unknown|none", cause) },
	[PARAM_VERDICT] = { "verdict", "Verdict", TAKES_WORD,
			    WORDS("sound|forward-survives|list-rewrites|list-keeps|list-open|forward-breaks|arc|override|ours-unfixed|"
				  "service-unfixed|spoofing|unknown", verdict) },
	[PARAM_DECIDED_BY] = { "decided_by", "Decided by", TAKES_WORD,
			       WORDS("forwarder-survives|signature-survives|said-sent-on|sound|arc|list-kept-from|list-rewrites|list-keeps|"
				     "list-open|ours-unfixed|service-unfixed|forwarder-breaks|signature-broken|sent-on|key-missing|seen-once|unknown",
				     decided_by) },
	[PARAM_STATE] = { "state", "Carried by", TAKES_WORD, WORDS("survives|goodwill|breaks", state) },
	[PARAM_PHASE] = { "phase", "Phase", TAKES_WORD, FILTERS, FILTERED | PAGE_ROLLOUT,
			  "unknown|monitor|rehearse|part|enforce|rehearse-reject|part-reject|reject", offsetof(struct filter, phase) },
	[PARAM_FLAG] = { "flag", "Flag", TAKES_WORD,
			 WORDS("arc_rescued|acted_despite_pass|no_disposition|derived|inconsistent|no_from", flag) },
	[PARAM_SOURCE] = { "source", "Source", TAKES_FREE, FILTERS, FILTERED & ~PAGE_SOURCE, NULL, offsetof(struct filter, source) },
	[PARAM_KIND] = { "kind", "Kind of source", TAKES_WORD, WORDS("ours|service|list|forwarder|unknown", kind) },
	[PARAM_IP] = { "ip", "Address", TAKES_NETWORK, FIELD(ip) },
	[PARAM_REPORTER] = { "reporter", "Receiver", TAKES_FREE, FILTERS, FILTERED | PAGES_OF_REPORTS, NULL,
			     offsetof(struct filter, reporter) },
	[PARAM_REPORT] = { "report", "Report", TAKES_NUMBER, FILTERS, FILTERED, NULL, offsetof(struct filter, report), 1, INT32_MAX },
	[PARAM_DISP] = { "disp", "Disposition", TAKES_WORD, WORDS("none|quarantine|reject", disp) },
	[PARAM_REASON] = { "reason", "Reason", TAKES_LOWER, FIELD(reason) },
	[PARAM_ARC] = { "arc", "ARC", TAKES_WORD, WORDS("pass", arc) },
	[PARAM_SPF] = { "spf", "SPF", TAKES_WORD, WORDS(RESULTS, spf) },
	[PARAM_SPF_ALIGNED] = { "spf_aligned", "SPF aligned", TAKES_WORD, WORDS("1|0", spf_aligned) },
	[PARAM_DKIM] = { "dkim", "DKIM", TAKES_WORD, WORDS(RESULTS, dkim) },
	[PARAM_DKIM_ALIGNED] = { "dkim_aligned", "DKIM aligned", TAKES_WORD, WORDS("1|0", dkim_aligned) },
	[PARAM_DKIM_DOMAIN] = { "dkim_domain", "DKIM domain", TAKES_DOMAIN, FIELD(dkim_domain) },
	[PARAM_SELECTOR] = { "selector", "DKIM selector", TAKES_FREE, FIELD(selector) },
	[PARAM_SIGNATURE] = { "signature", "DKIM signature", TAKES_FREE, FIELD(signature) },
	[PARAM_ENVELOPE] = { "envelope", "Envelope domain", TAKES_DOMAIN, FIELD(envelope) },
	[PARAM_POLICY] = { "policy", "Policy seen", TAKES_WORD, WORDS("none|quarantine|reject|absent", policy) },
	[PARAM_PCT] = { "pct", "pct", TAKES_NUMBER, FILTERS, FILTERED, NULL, offsetof(struct filter, pct), 0, 100 },
	[PARAM_T] = { "t", "t", TAKES_WORD, WORDS("y|n", t) },
	[PARAM_Q] = { "q", "Find", TAKES_FREE, ONE | FILTERS, FILTERED | PAGE_FIND },
	[PARAM_SHOW] = { "show", "Shown", TAKES_WORD, ONE, PAGE_DOMAINS, "tree|silent|unpublished" },
	[PARAM_OUTCOME] = { "outcome", "What became of it", TAKES_WORD, ONE, PAGE_INGEST, "read|partly|refused" },
	[PARAM_STEP] = { "step", "Step", TAKES_WORD, ONE, PAGE_ROLLOUT | PAGE_MEASURED, "monitor|rehearse|part|enforce|rehearse-reject|reject" },
	[PARAM_SP] = { "sp", "Sub-domains", TAKES_WORD, ONE, PAGE_ROLLOUT, "none|quarantine|reject" },
	[PARAM_NP] = { "np", "Names that do not exist", TAKES_WORD, ONE, PAGE_ROLLOUT, "none|quarantine|reject" },
	[PARAM_ADKIM] = { "adkim", "DKIM alignment", TAKES_WORD, ONE, PAGE_ROLLOUT, "r|s" },
	[PARAM_ASPF] = { "aspf", "SPF alignment", TAKES_WORD, ONE, PAGE_ROLLOUT, "r|s" },
	[PARAM_BY] = { "by", "Grouped by", TAKES_WORD, ONE, PAGE_RECORDS,
		       "day|month|domain|policy_domain|reporter|ip|network|source|cause|signature|envelope|reason|verdict|state|phase|decided_by" },
	[PARAM_BY_FEW] = { "by", "Told apart by", TAKES_WORD, ONE, PAGE_MEASURED, "source|verdict|domain|reporter" },
	[PARAM_SORT] = { "sort", "Sorted by", TAKES_LOWER, ONE, LISTS & ~PAGE_REPORTS & ~PAGE_INGEST & ~PAGE_PHASES & ~PAGE_MEASURED }, /* these come by time, in portions */
	[PARAM_RULE] = { "rule", "Name of the source", TAKES_FREE, ONE, PAGE_RULES },
	[PARAM_AS] = { "as", "Kind", TAKES_WORD, ONE, PAGE_RULES, "ours|service|list|forwarder" },
	[PARAM_MATCH] = { "match", "Matches by", TAKES_WORD, ONE, PAGE_RULES, "ip|dkim_domain|envelope|rdns|asn" },
	[PARAM_VALUE] = { "value", "Value", TAKES_FREE, ONE, PAGE_RULES },
	[PARAM_AT] = { "at", "Place", TAKES_NUMBER, ONE, PAGE_RULES, NULL, 0, 1, 1000 },
	[PARAM_COLS] = { "cols", "Columns", TAKES_LOWER, 0, PAGE_RECORDS },
	[PARAM_LIMIT] = { "limit", "Limit", TAKES_NUMBER, ONE, FILTERED | LISTS | PAGE_FIND, NULL, 0, 1, LIMIT_PAGE_ROWS },
	[PARAM_AFTER] = { "after", "After", TAKES_FREE, ONE, PAGE_RECORDS | PAGE_DOMAINS | PAGE_REPORTS | PAGE_INGEST },
	[PARAM_BOUNCE] = { "bounce", "Bounce", TAKES_FREE, ONE, PAGE_BULK },
	[PARAM_FORMAT] = { "format", "Format", TAKES_WORD, ONE, ALL, "html|csv|json|ndjson|text" },
#undef FIELD
#undef WORDS
};

const char *param_name(enum param p)
{
	return specs[p].name;
}

const char *param_label(enum param p)
{
	return specs[p].label;
}

bool param_is_filter(enum param p)
{
	return specs[p].flags & FILTERS;
}

bool param_is_single(enum param p)
{
	return (specs[p].flags & ONE) != 0;
}

bool param_range(enum param p, int64_t *least, int64_t *most)
{
	*least = specs[p].least;
	*most = specs[p].most;
	return specs[p].takes == TAKES_NUMBER;
}

bool param_is_of(enum param p, unsigned page)
{
	return (specs[p].pages & page) != 0;
}

struct slice param_word(enum param p, int i)
{
	const char *s = specs[p].words;

	if (s == NULL)
		return (struct slice){ 0 };
	for (; i > 0 && *s != '\0'; i--)
		s += strcspn(s, "|") + (s[strcspn(s, "|")] == '|');
	return *s != '\0' ? (struct slice){ s, strcspn(s, "|") } : (struct slice){ 0 };
}

/* --- errors --- */

static int complain(struct param_errors *errors, struct slice parameter, const char *detail, bool unknown)
{
	if (errors->n < PARAM_ERRORS) {
		errors->item[errors->n].parameter = parameter;
		errors->item[errors->n].detail = detail;
		errors->item[errors->n++].unknown = unknown;
	}
	return -1;
}

/* How many letters must be put in, taken out or replaced (Levenshtein); words longer than WORD are never near. */
static int distance(struct slice a, struct slice b)
{
	enum { WORD = 32 };
	int row[WORD + 1];

	if (a.len > WORD || b.len > WORD)
		return WORD;
	for (size_t j = 0; j <= b.len; j++)
		row[j] = (int)j;
	for (size_t i = 1; i <= a.len; i++) {
		int diagonal = row[0];

		row[0] = (int)i;
		for (size_t j = 1; j <= b.len; j++) {
			int put = row[j] + 1, take = row[j - 1] + 1, swap = diagonal + (a.ptr[i - 1] != b.ptr[j - 1]);

			diagonal = row[j];
			row[j] = put < take ? put : take;
			row[j] = swap < row[j] ? swap : row[j];
		}
	}
	return row[b.len];
}

static void nearest(struct slice word, struct slice candidate, struct slice *best, int *how_far)
{
	int d = distance(word, candidate);

	if (d < *how_far && d < (int)candidate.len) {
		*how_far = d;
		*best = candidate;
	}
}

static const char *say_did_you_mean(struct arena *a, const char *what, struct slice best)
{
	return best.ptr == NULL ? what : arena_printf(a, "%s Did you mean %.*s?", what, (int)best.len, best.ptr);
}

static int complain_unknown(struct arena *a, struct param_errors *errors, struct slice name)
{
	struct slice best = { 0 };
	int far = FAR;

	for (int p = 0; p < PARAMS; p++)
		nearest(text_lower(a, name), slice_of(specs[p].name), &best, &far);
	return complain(errors, name, say_did_you_mean(a, "Unknown.", best), true);
}

static int complain_word(struct arena *a, struct param_errors *errors, enum param p, struct slice word)
{
	struct slice best = { 0 }, candidate;
	struct buf all;
	const char *what;
	int far = FAR;

	buf_init(&all, LIMIT_PARAM_BYTES);
	for (int i = 0; (candidate = param_word(p, i)).ptr != NULL; i++) {
		nearest(word, candidate, &best, &far);
		buf_add_text(&all, i > 0 ? ", " : "");
		buf_add_slice(&all, candidate);
	}
	what = arena_printf(a, "Takes %.*s.", (int)all.len, all.data);
	buf_release(&all);
	return complain(errors, slice_of(specs[p].name), say_did_you_mean(a, what, best), false);
}

/* --- values --- */

static int check_word(struct arena *a, enum param p, struct slice *word, struct param_errors *errors)
{
	struct slice candidate;

	*word = text_lower(a, *word);
	for (int i = 0; (candidate = param_word(p, i)).ptr != NULL; i++)
		if (slice_eq(candidate, *word))
			return 0;
	return complain_word(a, errors, p, *word);
}

static int check_number(struct arena *a, enum param p, struct slice *text, struct param_errors *errors)
{
	int64_t n;

	if (!text_int(*text, &n) || n < specs[p].least || n > specs[p].most)
		return complain(
			errors, slice_of(specs[p].name),
			arena_printf(a, "Takes a whole number from %d to %d.", (int)specs[p].least, (int)specs[p].most),
			false);
	*text = slice_of(arena_printf(a, "%d", (int)n));
	return 0;
}

static int check_network(struct arena *a, enum param p, struct slice *text, struct param_errors *errors)
{
	unsigned char addr[16];
	char usual[ADDRESS_TEXT_BYTES];
	struct network net;

	if (!network_parse(*text, &net))
		return complain(errors, slice_of(specs[p].name),
				"Takes an address or a network, such as 192.0.2.7 or 192.0.2.0/24.", false);
	*text = address_parse(*text, addr) ? slice_of(arena_printf(a, "%s", address_text(usual, addr)))
					   : text_lower(a, *text);
	return 0;
}

/* Brings one value into the form it is compared in, or says what is wrong with it. */
static int check(struct arena *a, enum param p, struct slice *value, struct param_errors *errors)
{
	int64_t day;

	switch (specs[p].takes) {
	case TAKES_WORD:
		return check_word(a, p, value, errors);
	case TAKES_NUMBER:
		return check_number(a, p, value, errors);
	case TAKES_NETWORK:
		return check_network(a, p, value, errors);
	case TAKES_DOMAIN:
		*value = domain_normal(a, *value);
		return 0;
	case TAKES_LOWER:
		*value = text_lower(a, *value);
		return 0;
	case TAKES_DAY:
		if (!text_parse_day(*value, &day))
			return complain(errors, slice_of(specs[p].name), "Takes a day such as 2026-09-15.", false);
		return 0;
	case TAKES_FREE:
		break;
	}
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct slice *x = a, *y = b;
	size_t n = x->len < y->len ? x->len : y->len;
	int r = memcmp(x->ptr, y->ptr, n);

	return r != 0 ? r : (x->len > y->len) - (x->len < y->len);
}

/* Whether `names` hold `value`. */
static bool holds(const struct names *names, struct slice value)
{
	for (size_t i = 0; i < names->n; i++)
		if (slice_eq(names->item[i], value))
			return true;
	return false;
}

/* To a list that nobody else has a copy of: it grows where it lies, into twice the room at each power of two. */
static void add_item(struct arena *a, struct names *names, struct slice value)
{
	struct slice *item = (struct slice *)(uintptr_t)names->item;

	if (holds(names, value))
		return;
	if ((names->n & (names->n - 1)) == 0) {
		item = arena_array(a, 2 * names->n + 1, sizeof *item);
		for (size_t i = 0; i < names->n; i++)
			item[i] = names->item[i];
		names->item = item;
	}
	item[names->n++] = value;
}

/* In the order of the words where there are any (class=full,untrusted reads as the page does), else of the bytes.
 * Column names keep the order they came in: it is the order of the columns. */
static void sort(struct names *names, enum param p)
{
	struct slice word;
	size_t at = 0;
	struct slice *item = (struct slice *)(uintptr_t)names->item;

	if (p == PARAM_COLS || names->n < 2)
		return;
	if (specs[p].words == NULL) {
		qsort(item, names->n, sizeof *item, compare);
		return;
	}
	for (int i = 0; (word = param_word(p, i)).ptr != NULL; i++)
		if (holds(names, word)) {
			for (size_t k = at; k < names->n; k++)
				if (slice_eq(item[k], word)) {
					item[k] = item[at];
					item[at++] = word;
					break;
				}
		}
}

/* All but the last are in order. */
static void sort_last(struct names *names, enum param p)
{
	struct slice *item = (struct slice *)(uintptr_t)names->item, last;

	if (p == PARAM_COLS || specs[p].words != NULL) {
		sort(names, p);
		return;
	}
	last = item[names->n - 1];
	for (size_t i = names->n - 1; i > 0 && compare(&item[i - 1], &last) > 0; i--) {
		item[i] = item[i - 1];
		item[i - 1] = last;
	}
}

static int add_value(struct arena *a, enum param p, struct slice value, bool exclude, struct params *out,
		     struct param_errors *errors)
{
	struct names *names = &out->value[p];

	value = specs[p].takes == TAKES_FREE ? value : text_trim(value);
	if (value.len == 0)
		return 0;
	if (check(a, p, &value, errors) != 0)
		return -1;
	if (names->n > 0 && names->exclude != exclude)
		return complain(errors, slice_of(specs[p].name), "Given both with = and with !=.", false);
	if (names->n > 0 && (specs[p].flags & ONE) && !holds(names, value))
		return complain(errors, slice_of(specs[p].name), "Takes one value.", false);
	if (names->n == VALUES_MOST && !holds(names, value))
		return complain(errors, slice_of(specs[p].name), arena_printf(a, "Takes at most %d values.", VALUES_MOST), false);
	names->exclude = exclude;
	add_item(a, names, value);
	sort_last(names, p);
	return 0;
}

static int find(struct arena *a, unsigned page, struct slice name, bool exclude, enum param *out,
		struct param_errors *errors)
{
	int p = PARAMS;

	if (slice_is(name, "fields")) /* as programs call it (UX 11) */
		name = SLICE("cols");
	for (int i = 0; i < PARAMS; i++) /* of several of one name that of the page */
		if (slice_is(name, specs[i].name) && (p == PARAMS || param_is_of((enum param)i, page)))
			p = i;
	if (p == PARAMS)
		return complain_unknown(a, errors, name);
	if (!param_is_of((enum param)p, page))
		return complain(errors, name, "Not used on this page.", true);
	if (exclude && (!(specs[p].flags & FILTERS) || p == PARAM_Q))
		return complain(errors, name, "Cannot be excluded with !=.", false);
	*out = (enum param)p;
	return 0;
}

/* Splits at commas; `escape` before a comma keeps it (0: none does). Free text of one value is never split. */
static int add_list(struct arena *a, enum param p, struct slice text, char escape, bool exclude, struct params *out,
		    struct param_errors *errors)
{
	char *piece = arena_alloc(a, text.len + 1);
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; i <= text.len; i++) {
		bool kept = escape != 0 && i + 1 < text.len && text.ptr[i] == escape && text.ptr[i + 1] == ',';

		if (i < text.len && (text.ptr[i] != ',' || (specs[p].flags & ONE))) {
			piece[n++] = text.ptr[kept ? ++i : i];
			continue;
		}
		r |= add_value(a, p, (struct slice){ arena_copy(a, piece, n), n }, exclude, out, errors);
		n = 0;
	}
	return r;
}

int param_add(struct arena *a, unsigned page, struct slice name, struct slice value, bool exclude, struct params *out,
	      struct param_errors *errors)
{
	enum param p;

	if (find(a, page, name, exclude, &p, errors) != 0)
		return -1;
	if (value.len > LIMIT_PARAM_BYTES || !text_utf8_valid(value))
		return complain(errors, slice_of(specs[p].name), "Too long, or not UTF-8.", false);
	return add_list(a, p, value, '\\', exclude, out, errors);
}

/* --- from a URL --- */

/* One value between commas as they stood in the URL. Where values cannot hold commas, a form's %2C separates too. */
static int add_encoded(struct arena *a, enum param p, struct slice text, bool exclude, struct params *out,
		       struct param_errors *errors)
{
	struct slice value;

	if (!form_decode(a, text, &value))
		return complain(errors, slice_of(specs[p].name), "Not UTF-8 in percent-encoding.", false);
	if (specs[p].takes == TAKES_FREE)
		return add_value(a, p, value, exclude, out, errors);
	return add_list(a, p, value, 0, exclude, out, errors);
}

static int parse_pair(struct arena *a, struct slice pair, unsigned page, struct params *out,
		      struct param_errors *errors)
{
	const char *equals = memchr(pair.ptr, '=', pair.len), *end = pair.ptr + pair.len;
	struct slice name = { pair.ptr, (size_t)((equals != NULL ? equals : end) - pair.ptr) };
	const char *from = equals != NULL ? equals + 1 : end;
	bool exclude;
	enum param p;
	int r = 0;

	if (!form_decode(a, name, &name))
		return complain(errors, SLICE("?"), "A name that is not UTF-8 in percent-encoding.", true);
	exclude = text_ends(name, SLICE("!"));
	name.len -= exclude;
	if (find(a, page, name, exclude, &p, errors) != 0)
		return -1;
	if (end - from > 3 * LIMIT_PARAM_BYTES)
		return complain(errors, slice_of(specs[p].name), "Too long.", false);
	do {
		const char *comma = specs[p].flags & ONE ? NULL : memchr(from, ',', (size_t)(end - from));
		const char *stop = comma != NULL ? comma : end;

		r |= add_encoded(a, p, (struct slice){ from, (size_t)(stop - from) }, exclude, out, errors);
		from = comma != NULL ? comma + 1 : NULL;
	} while (from != NULL);
	return r;
}

int param_parse(struct arena *a, struct slice query, unsigned page, struct params *out, struct param_errors *errors)
{
	const char *from = query.ptr, *end = query.len > 0 ? query.ptr + query.len : from;
	int r = 0;

	while (from != NULL && from < end) {
		const char *amp = memchr(from, '&', (size_t)(end - from)), *stop = amp != NULL ? amp : end;

		if (stop > from)
			r |= parse_pair(a, (struct slice){ from, (size_t)(stop - from) }, page, out, errors);
		from = stop + 1;
	}
	return r;
}

/* --- to a filter --- */

static int settle_days(const struct params *p, const struct store_state *state, struct filter *out,
		       struct param_errors *errors)
{
	struct slice from = param_one(p, PARAM_FROM), to = param_one(p, PARAM_TO);

	if (param_one(p, PARAM_PERIOD).ptr != NULL && (from.ptr != NULL || to.ptr != NULL))
		return complain(errors, SLICE("period"), "Give either period or from and to.", false);
	if (!query_period(state, param_one(p, PARAM_PERIOD), &out->first_day, &out->last_day))
		return complain(errors, SLICE("period"), "Takes 1d, 3d, 7d, 28d, 90d, 12m or all.", false);
	if (from.ptr != NULL || to.ptr != NULL) {
		out->first_day = state->first_day;
		out->last_day = state->last_day;
	}
	if (from.ptr != NULL)
		text_parse_day(from, &out->first_day);
	if (to.ptr != NULL)
		text_parse_day(to, &out->last_day);
	if (from.ptr == NULL && to.ptr != NULL && out->first_day > out->last_day)
		out->first_day = out->last_day; /* all of it lies before the data */
	if (from.ptr != NULL && out->first_day > out->last_day)
		return complain(errors, SLICE("from"), "Lies behind the last day.", false);
	if (out->last_day - out->first_day >= DAYS_MOST && !slice_is(param_one(p, PARAM_PERIOD), "all"))
		return complain(errors, from.ptr != NULL ? SLICE("from") : SLICE("period"),
				"Covers more than 27 years.", false);
	return 0;
}

int param_filter(struct arena *a, const struct params *p, const struct store_state *state, struct filter *out,
		 struct param_errors *errors)
{
	struct filter f = { 0 };

	if (settle_days(p, state, &f, errors) != 0)
		return -1;
	for (int i = 0; i < PARAMS; i++)
		if (param_is_filter((enum param)i) && i != PARAM_Q)
			*(struct names *)((char *)&f + specs[i].field) = p->value[i];
	f.q = param_one(p, PARAM_Q);
	f.scope = p->scope;
	*out = f;
	return 0;
}

struct slice param_one(const struct params *p, enum param which)
{
	return p->value[which].n > 0 ? p->value[which].item[0] : (struct slice){ 0 };
}

int64_t param_number(const struct params *p, enum param which, int64_t otherwise)
{
	int64_t n;

	return p->value[which].n > 0 && text_int(p->value[which].item[0], &n) ? n : otherwise;
}

/* --- changed copies --- */

struct params param_with(struct arena *a, const struct params *p, enum param which, struct slice value)
{
	struct params out = *p;

	out.value[which] = (struct names){ 0 };
	add_item(a, &out.value[which], value);
	return out;
}

struct params param_without(const struct params *p, enum param which)
{
	struct params out = *p;

	out.value[which] = (struct names){ 0 };
	return out;
}

struct params param_less(struct arena *a, const struct params *p, enum param which, struct slice value)
{
	struct params out = param_without(p, which);

	for (size_t i = 0; i < p->value[which].n; i++)
		if (!slice_eq(p->value[which].item[i], value))
			add_item(a, &out.value[which], p->value[which].item[i]);
	out.value[which].exclude = p->value[which].exclude && out.value[which].n > 0;
	return out;
}

struct params param_days(struct arena *a, const struct params *p, int64_t first_day, int64_t last_day)
{
	struct params out = param_without(p, PARAM_PERIOD);
	char text[TEXT_DAY_BYTES];

	out = param_with(a, &out, PARAM_FROM, slice_of(arena_printf(a, "%s", text_day(text, first_day))));
	return param_with(a, &out, PARAM_TO, slice_of(arena_printf(a, "%s", text_day(text, last_day))));
}

struct params param_kept(const struct params *p)
{
	struct params out = *p;

	for (int i = PARAM_BY; i < PARAMS; i++)
		out.value[i] = (struct names){ 0 };
	return out;
}

struct params param_fit(const struct params *p, unsigned page)
{
	struct params out = *p;

	for (int i = 0; i < PARAMS; i++)
		if (!param_is_of((enum param)i, page))
			out.value[i] = (struct names){ 0 };
	return out;
}

bool param_narrow(struct arena *a, struct params *p, enum param which, const struct slice *values, size_t n)
{
	struct names *now = &p->value[which], both = { 0 };

	for (size_t i = 0; i < n; i++)
		if (now->n == 0 || holds(now, values[i]) != now->exclude)
			add_item(a, &both, values[i]);
	sort(&both, which);
	*now = both;
	return both.n > 0;
}

bool param_narrow_class(struct arena *a, struct params *p, enum trust t)
{
	struct slice word = slice_of(t < TRUST_CLASSES ? trust_param(t) : NULL);

	return word.ptr == NULL || param_narrow(a, p, PARAM_CLASS, &word, 1);
}

bool param_narrow_failing(struct arena *a, struct params *p)
{
	static const enum trust failing[] = { TRUST_UNTRUSTED, TRUST_QUARANTINED, TRUST_REJECTED };
	enum { FAILING = sizeof failing / sizeof *failing };
	struct slice word[FAILING];

	for (size_t i = 0; i < FAILING; i++)
		word[i] = slice_of(trust_param(failing[i]));
	return param_narrow(a, p, PARAM_CLASS, word, FAILING);
}

bool param_exclude(struct arena *a, struct params *p, enum param which, const struct slice *values, size_t n)
{
	struct names *now = &p->value[which], all = { 0 };

	if (now->n > 0 && !now->exclude)
		return false;
	for (size_t i = 0; i < now->n; i++)
		add_item(a, &all, now->item[i]);
	for (size_t i = 0; i < n; i++)
		add_item(a, &all, values[i]);
	sort(&all, which);
	all.exclude = all.n > 0;
	*now = all;
	return true;
}

/* --- links --- */

static void encode(struct buf *out, struct slice s, const char *marks)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];
		bool plain = (c >= '0' && c <= '9') ||
			     (text_lower_char((char)c) >= 'a' && text_lower_char((char)c) <= 'z') ||
			     (c != '\0' && strchr(marks, c) != NULL);

		if (plain)
			buf_add_char(out, (char)c);
		else
			buf_addf(out, "%%%02X", c);
	}
}

bool param_segment(struct arena *a, struct slice text, struct slice *out)
{
	if (memchr(text.ptr, '+', text.len) != NULL) /* a blank in a query, itself in a path */
		return false;
	return form_decode(a, text, out) && out->len > 0 && out->len <= LIMIT_PARAM_BYTES;
}

struct slice param_as_segment(struct arena *a, struct slice text)
{
	struct slice segment = { 0 };
	struct buf out;

	buf_init(&out, LINK_BYTES);
	encode(&out, text, "-._~");
	if (text.len > 0 && text.len <= LIMIT_PARAM_BYTES && !out.full)
		segment = (struct slice){ arena_copy(a, out.data, out.len), out.len };
	buf_release(&out);
	return segment;
}

/* What is left out of links, so that equal views have one address. */
static bool is_default(enum param p, const struct names *names)
{
	return names->n == 0 || (p == PARAM_PERIOD && slice_is(names->item[0], "28d")) ||
	       (p == PARAM_FORMAT && slice_is(names->item[0], "html"));
}

/* Whether the parser reads a value back as the same one: names from reports may be anything. */
static bool reads_back(struct arena *a, enum param p, struct slice value)
{
	struct network net;

	if (value.len == 0 || (specs[p].takes != TAKES_FREE && memchr(value.ptr, ',', value.len) != NULL))
		return false;
	if (specs[p].takes == TAKES_NETWORK)
		return network_parse(value, &net);
	return specs[p].takes != TAKES_DOMAIN || slice_eq(domain_normal(a, value), value);
}

/* False where the parser would refuse it. */
static bool link_one(struct arena *a, struct buf *out, enum param p, const struct names *names, bool first)
{
	size_t start;

	buf_add_char(out, first ? '?' : '&');
	buf_add_text(out, specs[p].name);
	buf_add_text(out, names->exclude ? "!=" : "=");
	start = out->len;
	for (size_t i = 0; i < names->n; i++) {
		if (i > 0)
			buf_add_char(out, ',');
		encode(out, names->item[i], "-._~:/");
		if (!reads_back(a, p, names->item[i]))
			return false;
	}
	return out->len - start <= 3 * LIMIT_PARAM_BYTES;
}

struct slice param_link(struct arena *a, const char *path, const struct params *p)
{
	struct slice link = { 0 };
	bool first = true, fits = true;
	struct buf out;

	buf_init(&out, LINK_BYTES);
	buf_add_text(&out, path);
	for (int i = 0; i < PARAMS && fits; i++) {
		if (is_default((enum param)i, &p->value[i]))
			continue;
		fits = link_one(a, &out, (enum param)i, &p->value[i], first);
		first = false;
	}
	if (fits && !out.full)
		link = (struct slice){ arena_copy(a, out.data, out.len), out.len };
	buf_release(&out);
	return link;
}
