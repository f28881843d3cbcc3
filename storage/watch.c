/* watch: see watch.h. Profiles say which domains and signers there are, and the ids of months on which days they were seen. */
#include "storage/watch.h"

#include "base/text.h"
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

static int want(struct watch *w, struct store *s, struct slice name, struct err *err)
{
	struct statement *st;
	bool fresh;

	if (!domain_is_name(name) || map_has(&w->named, name) || w->named.used >= LIMIT_DNS_NAMES)
		return 0;
	map_put(&w->named, name, &fresh);
	if (store_begin(s, err) != 0)
		return -1;
	st = db_statement(store_db(s), SQL_DNS_NAME_WANT);
	bind_text(st, 1, name);
	bind_int(st, 2, w->began_s);
	return statement_run(st, NULL, err);
}

static struct slice below(struct watch *w, struct slice label, struct slice domain)
{
	char *name = arena_alloc(&w->scratch, label.len + 1 + domain.len);

	memcpy(name, label.ptr, label.len);
	name[label.len] = '.';
	memcpy(name + label.len + 1, domain.ptr, domain.len);
	return (struct slice){ name, label.len + 1 + domain.len };
}

static int want_domain(struct watch *w, struct store *s, struct slice domain, struct err *err)
{
	if (domain.len == 0 || !is_under_own(w, domain))
		return 0;
	return want(w, s, below(w, SLICE("_dmarc"), domain), err) == 0 ? want(w, s, domain, err) : -1;
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

/* The organisational domain of its From, and its signers. */
static int look_at_profile(struct watch *w, struct store *s, int64_t profile, struct slice from, struct err *err)
{
	struct slice organisation = domain_organisational(store_suffixes(s), from);

	return want_domain(w, s, organisation, err) == 0 ? want_signers(w, s, profile, organisation, err) : -1;
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
