/* watch: see watch.h. Profiles say which domains and signers there are, and the ids of months on which days they were seen. */
#include "storage/watch.h"

#include "base/text.h"
#include "schema/record_dmarc.h"
#include "schema/record_spf.h"
#include "storage/derive.h"
#include "storage/map.h"
#include "storage/store.h"

#include <stdlib.h>

enum {
	DAY_S = 24 * 3600,
	ROUND_S = DAY_S,
	SEEN_DAYS = 90,
	MONTHS = 6,      /* that 90 days, and the two that a report may be ahead, can touch */
	AT_ONCE = 2000,  /* profiles, and reports: 10 ms */
};

struct watch {
	const struct slice *own;
	size_t own_count;
	int64_t began_s;         /* of this round; 0: none was begun */
	bool is_whole;           /* it came to the end: since then only what is new is looked at */
	int64_t profile, report; /* the last looked at */
	struct map named;        /* in this round */
	size_t mentioned;        /* of them those that only records mention */
	struct arena scratch;    /* of one step */
};

struct seen { /* the ids of the months, for one step */
	struct slice profiles[MONTHS];
	uint32_t days[MONTHS]; /* a bit for each that counts */
	size_t n;
};

struct watch *watch_new(const struct slice *own, size_t own_count)
{
	struct watch *w = calloc(1, sizeof *w);

	if (w == NULL)
		return NULL;
	w->own = own;
	w->own_count = own_count;
	map_init(&w->named);
	return w;
}

void watch_free(struct watch *w)
{
	if (w == NULL)
		return;
	map_release(&w->named);
	arena_release(&w->scratch);
	free(w);
}

/* --- names --- */

static bool is_under_own(const struct watch *w, struct slice domain)
{
	for (size_t i = 0; i < w->own_count; i++)
		if (domain_is_under(domain, w->own[i]))
			return true;
	return w->own_count == 0;
}

static int follow(struct watch *w, struct store *s, struct slice name, int depth, struct err *err);

/* `depth`: through how many records it was come by. */
static int want_at(struct watch *w, struct store *s, struct slice name, int depth, struct err *err)
{
	struct statement *st;
	bool fresh;

	if (!domain_is_name(name) || map_has(&w->named, name) || w->named.used >= LIMIT_DNS_NAMES ||
	    (depth > 0 && w->mentioned >= LIMIT_DNS_MENTIONED))
		return 0;
	map_put(&w->named, name, &fresh);
	w->mentioned += depth > 0;
	if (store_begin(s, err) != 0)
		return -1;
	st = db_statement(store_db(s), SQL_DNS_NAME_WANT);
	bind_text(st, 1, name);
	bind_int(st, 2, w->began_s);
	return statement_run(st, NULL, err) == 0 ? follow(w, s, name, depth, err) : -1;
}

static int want(struct watch *w, struct store *s, struct slice name, struct err *err)
{
	return want_at(w, s, name, 0, err);
}

static struct slice below(struct watch *w, struct slice label, struct slice domain)
{
	return lint_below(&w->scratch, label, domain);
}

static int want_domain(struct watch *w, struct store *s, struct slice domain, struct err *err)
{
	struct slice at[DMARC_WALK_MOST];
	size_t n = dmarc_walk(domain, at);

	if (domain.len == 0 || !is_under_own(w, domain) ||
	    (map_has(&w->named, domain) && map_has(&w->named, below(w, SLICE("_dmarc"), domain))))
		return 0;
	for (size_t i = 0; i < n; i++)
		if (want(w, s, below(w, SLICE("_dmarc"), at[i]), err) != 0)
			return -1;
	return want(w, s, domain, err);
}

/* --- what records mention --- */

static int want_of_spf(struct watch *w, struct store *s, struct arena *a, struct slice record, int depth, struct err *err)
{
	struct slice name[LIMIT_DNS_MENTIONS];
	size_t n = spf_mentions(a, record, name, LIMIT_DNS_MENTIONS);

	for (size_t i = 0; i < n; i++)
		if (want_at(w, s, name[i], depth + 1, err) != 0)
			return -1;
	return 0;
}

static int want_of_addresses(struct watch *w, struct store *s, struct arena *a, struct slice list, struct slice domain, struct err *err)
{
	const struct suffixes *suffixes = store_suffixes(s);
	struct dmarc_uri uri;

	for (int n = 0; n < LIMIT_DNS_MENTIONS && dmarc_next_uri(a, &list, &uri); n++)
		if (uri.valid && !slice_eq(domain_organisational(suffixes, uri.domain), domain_organisational(suffixes, domain)) &&
		    want_at(w, s, dmarc_report_name(a, domain, uri.domain), 1, err) != 0)
			return -1;
	return 0;
}

static int want_of_dmarc(struct watch *w, struct store *s, struct arena *a, struct slice record, struct slice domain, struct err *err)
{
	struct dmarc_record r;

	if (!dmarc_is_record(record))
		return 0;
	r = dmarc_record_read(a, record);
	for (size_t i = 0; i < r.tags; i++)
		if ((slice_is(r.tag[i].name, "rua") || slice_is(r.tag[i].name, "ruf")) &&
		    want_of_addresses(w, s, a, r.tag[i].value, domain, err) != 0)
			return -1;
	return 0;
}

static int want_of_lines(struct watch *w, struct store *s, struct arena *a, struct slice name, struct slice lines, int depth, struct err *err)
{
	const struct slice dmarc = SLICE("_dmarc.");
	bool is_dmarc = text_starts_nocase(name, dmarc);

	while (lines.len > 0) {
		struct slice line = text_take_line(&lines);

		if (want_of_spf(w, s, a, line, depth, err) != 0 ||
		    (is_dmarc && want_of_dmarc(w, s, a, line, (struct slice){ name.ptr + dmarc.len, name.len - dmarc.len }, err) != 0))
			return -1;
	}
	return 0;
}

/* What the record mentions that is known of the name. */
static int follow(struct watch *w, struct store *s, struct slice name, int depth, struct err *err)
{
	struct statement *st = db_statement(store_db(s), SQL_DNS_RECORD_LAST);
	struct slice lines = { 0 };
	struct arena a = { 0 };
	int rc;

	if (depth >= LIMIT_SPF_DEPTH)
		return 0;
	bind_text(st, 1, name);
	if ((rc = statement_step(st, err)) == 1)
		lines = text_copy(&a, column_text(st, 1));
	statement_reset(st);
	rc = rc < 0 ? -1 : want_of_lines(w, s, &a, name, lines, depth, err);
	arena_release(&a);
	return rc;
}

int watch_found(struct watch *w, struct store *s, struct slice name, struct err *err)
{
	int rc = map_has(&w->named, name) ? follow(w, s, name, 0, err) : 0;

	arena_clear(&w->scratch);
	if (rc == 0)
		return 0;
	w->began_s = 0; /* what it found is forgotten as well */
	return store_roll_back(s);
}

/* --- profiles --- */

static int read_months(struct watch *w, struct db *db, int64_t now_s, struct seen *seen, struct err *err)
{
	struct statement *s = db_statement(db, SQL_MONTHS);
	int64_t today = now_s / DAY_S, from = today - SEEN_DAYS;
	int rc = 0;

	bind_int(s, 1, derive_month_of(from));
	bind_int(s, 2, derive_month_of(today + 2));
	while (seen->n < MONTHS && (rc = statement_step(s, err)) == 1) {
		int64_t first = derive_month_first(column_int(s, 0));

		seen->days[seen->n] = first >= from ? UINT32_MAX : UINT32_MAX << (from - first);
		seen->profiles[seen->n++] = text_copy(&w->scratch, column_blob(s, 1));
	}
	statement_reset(s);
	return rc < 0 ? -1 : 0;
}

static bool is_seen(const struct seen *seen, int64_t profile)
{
	for (size_t i = 0; i < seen->n; i++)
		if ((ids_days(seen->profiles[i], (uint32_t)profile) & seen->days[i]) != 0)
			return true;
	return false;
}

static int want_signers(struct watch *w, struct store *s, int64_t profile, struct slice organisation, struct err *err)
{
	struct statement *st = db_statement(store_db(s), SQL_PROFILE_SIGNERS);
	int rc;

	bind_int(st, 1, profile);
	while ((rc = statement_step(st, err)) == 1) {
		struct slice domain = domain_normal(&w->scratch, column_text(st, 0));
		struct slice selector = domain_normal(&w->scratch, column_text(st, 1));

		if (domain.len == 0 || selector.len == 0 || !is_under_own(w, domain) ||
		    (w->own_count == 0 && !slice_eq(domain_organisational(store_suffixes(s), domain), organisation)))
			continue;
		if (want(w, s, below(w, below(w, selector, SLICE("_domainkey")), domain), err) != 0)
			break;
	}
	statement_reset(st);
	return rc == 0 ? 0 : -1;
}

/* Its From domain and the organisation's, and its signers. */
static int look_at_profile(struct watch *w, struct store *s, int64_t profile, struct slice from, struct err *err)
{
	struct slice organisation = domain_organisational(store_suffixes(s), from);

	if (want_domain(w, s, organisation, err) != 0 || want_domain(w, s, from, err) != 0)
		return -1;
	return want_signers(w, s, profile, organisation, err);
}

static int look_at_profiles(struct watch *w, struct store *s, int64_t now_s, int *n, struct err *err)
{
	struct statement *st = db_statement(store_db(s), SQL_PROFILES_AFTER);
	struct seen seen = { 0 };
	int rc;

	bind_int(st, 1, w->profile);
	bind_int(st, 2, AT_ONCE);
	for (*n = 0; (rc = statement_step(st, err)) == 1; ++*n) {
		int64_t profile = column_int(st, 0);

		if ((*n == 0 && read_months(w, store_db(s), now_s, &seen, err) != 0) ||
		    (is_seen(&seen, profile) && look_at_profile(w, s, profile, column_text(st, 1), err) != 0))
			break;
		w->profile = profile;
	}
	statement_reset(st);
	return rc == 0 ? 0 : -1;
}

/* --- reports --- */

static int look_at_reports(struct watch *w, struct store *s, int64_t now_s, int *n, struct err *err)
{
	struct statement *st = db_statement(store_db(s), SQL_REPORTS_AFTER);
	int rc;

	bind_int(st, 1, w->report);
	bind_int(st, 2, AT_ONCE);
	for (*n = 0; (rc = statement_step(st, err)) == 1; ++*n) {
		if (column_int(st, 1) >= now_s / DAY_S - SEEN_DAYS && want_domain(w, s, column_text(st, 2), err) != 0)
			break;
		w->report = column_int(st, 0);
	}
	statement_reset(st);
	return rc == 0 ? 0 : -1;
}

/* --- a round --- */

static int begin(struct watch *w, struct store *s, int64_t now_s, struct err *err)
{
	struct statement *st = db_statement(store_db(s), SQL_REPORT_FIRST);
	int64_t first = 0;

	bind_int(st, 1, now_s / DAY_S - SEEN_DAYS);
	if (statement_run(st, &first, err) != 0)
		return -1;
	if (first == 0 && statement_run(db_statement(store_db(s), SQL_LAST_REPORT), &first, err) != 0)
		return -1;
	map_clear(&w->named);
	w->mentioned = 0;
	w->began_s = now_s;
	w->is_whole = false;
	w->profile = 0;
	w->report = first > 0 ? first - 1 : 0;
	for (size_t i = 0; i < w->own_count; i++)
		if (want_domain(w, s, w->own[i], err) != 0)
			return -1;
	return 0;
}

static int end(struct watch *w, struct store *s, struct err *err)
{
	struct statement *st;

	if (store_begin(s, err) != 0)
		return -1;
	st = db_statement(store_db(s), SQL_DNS_NAMES_LET_GO);
	bind_int(st, 1, w->began_s);
	w->is_whole = true;
	return statement_run(st, NULL, err);
}

static int go_on(struct watch *w, struct store *s, int64_t now_s, struct err *err)
{
	int profiles, reports;

	if ((w->began_s == 0 || (w->is_whole && now_s - w->began_s >= ROUND_S)) && begin(w, s, now_s, err) != 0)
		return -1;
	if (look_at_reports(w, s, now_s, &reports, err) != 0 || look_at_profiles(w, s, now_s, &profiles, err) != 0)
		return -1;
	return !w->is_whole && profiles < AT_ONCE && reports < AT_ONCE ? end(w, s, err) : 0;
}

int watch_turn(struct watch *w, struct store *s, int64_t now_s, struct err *err)
{
	int rc;

	if (store_open_rows(s) > 0) /* of these no month knows yet on which days they were seen */
		return 0;
	rc = go_on(w, s, now_s, err);
	arena_clear(&w->scratch);
	if (rc == 0)
		return 0;
	w->began_s = 0; /* what it found is forgotten as well */
	return store_roll_back(s);
}
