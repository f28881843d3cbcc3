/* query_journal: what people wrote down: notes, confirmations, blockers; see query.h. Neighbours: ingest_journal.c writes it. There are
 * few of them (LIMIT_JOURNAL_LINES): what is wanted is picked out of all. */
#include "base/text.h"
#include "schema/domain.h"
#include "schema/limits.h"
#include "storage/query.h"
#include "storage/reader.h"

static bool holds(const struct names *trees, struct slice domain)
{
	for (size_t i = 0; i < trees->n; i++)
		if (domain_is_under(domain, trees->item[i]))
			return true;
	return false;
}

/* A scope is kept strictly: what is about more than it may name what lies beside it. */
static bool is_in_scope(const struct filter *f, struct slice domain)
{
	return f->scope.n == 0 || (domain.len > 0 && holds(&f->scope, domain));
}

static bool is_wanted(const struct filter *f, struct slice domain)
{
	return is_in_scope(f, domain) && (f->under.n == 0 || holds(&f->under, domain) != f->under.exclude);
}

/* Whether what is about a tree concerns one of the names: it lies in the other, whichever is the larger. */
static bool concerns(const struct names *names, struct slice domain)
{
	if (names->n == 0 || domain.len == 0)
		return true;
	for (size_t i = 0; i < names->n && !names->exclude; i++)
		if (domain_is_under(domain, names->item[i]) || domain_is_under(names->item[i], domain))
			return true;
	return names->exclude && !holds(names, domain);
}

static bool is_among(const struct names *names, struct slice name)
{
	for (size_t i = 0; i < names->n; i++)
		if (slice_eq(names->item[i], name))
			return !names->exclude;
	return names->n == 0 || names->exclude;
}

/* Takes lines of `size` bytes one by one; grows by doubling. */
static void *add(struct arena *a, void *items, size_t n, size_t size)
{
	void *more;

	if (n != 0 && (n & (n - 1)) != 0)
		return items;
	more = arena_array(a, n == 0 ? 1 : 2 * n, size);
	if (n > 0)
		memcpy(more, items, n * size);
	return more;
}

/* --- notes --- */

static struct journal_note read_note(struct arena *a, struct statement *s)
{
	return (struct journal_note){ .id = column_int(s, 0), .version = column_int(s, 1), .day = column_int(s, 2), .end_day = column_int(s, 3),
				      .text = text_copy(a, column_text(s, 4)), .domain = text_copy(a, column_text(s, 5)),
				      .source = text_copy(a, column_text(s, 6)), .who = text_copy(a, column_text(s, 7)),
				      .made_s = column_int(s, 8) };
}

static bool note_is_wanted(const struct filter *f, struct slice domain, struct slice source)
{
	return is_in_scope(f, domain) && concerns(&f->under, domain) && concerns(&f->domain, domain) &&
	       (source.len == 0 || is_among(&f->source, source));
}

int query_notes(struct reader *r, struct arena *a, const struct filter *f, size_t limit, struct journal_notes *out, struct err *err)
{
	struct statement *s = db_statement(r->db, SQL_NOTES_OF_DAYS);
	struct journal_notes found = { 0 };
	int rc;

	bind_int(s, 1, f->first_day);
	bind_int(s, 2, f->last_day);
	while ((rc = statement_step(s, err)) == 1) {
		if (!note_is_wanted(f, column_text(s, 5), column_text(s, 6)) || found.total++ >= limit)
			continue;
		found.item = add(a, found.item, found.n, sizeof *found.item);
		found.item[found.n++] = read_note(a, s);
	}
	statement_reset(s);
	if (rc < 0)
		return -1;
	*out = found;
	return 0;
}

int query_note(struct reader *r, struct arena *a, const struct filter *f, int64_t id, struct journal_note *out, struct err *err)
{
	struct statement *s = db_statement(r->db, SQL_NOTE_FIND);
	int rc;

	bind_int(s, 1, id);
	rc = statement_step(s, err);
	if (rc == 1 && !is_in_scope(f, column_text(s, 5)))
		rc = 0;
	else if (rc == 1)
		*out = read_note(a, s);
	statement_reset(s);
	return rc;
}

/* --- confirmations --- */

static struct confirmation read_confirmation(struct arena *a, struct statement *s)
{
	int64_t step = column_int(s, 2);

	return (struct confirmation){ .id = column_int(s, 0), .domain = text_copy(a, column_text(s, 1)),
				      .step = step >= 0 && step < STEPS ? (enum step)step : STEP_UNKNOWN,
				      .check = text_copy(a, column_text(s, 3)), .text = text_copy(a, column_text(s, 4)),
				      .who = text_copy(a, column_text(s, 5)), .made_s = column_int(s, 6), .expires_s = column_int(s, 7) };
}

int query_confirmations(struct reader *r, struct arena *a, const struct filter *f, struct slice domain, enum step step,
			struct confirmations *out, struct err *err)
{
	struct statement *s = db_statement(r->db, SQL_CONFIRMATIONS_NEWEST);
	struct confirmations found = { 0 };
	int rc;

	bind_int(s, 1, INT64_MAX);
	while ((rc = statement_step(s, err)) == 1) {
		struct slice of = column_text(s, 1);

		if (!is_wanted(f, of) || (domain.ptr != NULL && !slice_eq(domain, of)) || (step != STEPS && column_int(s, 2) != (int64_t)step))
			continue;
		found.item = add(a, found.item, found.n, sizeof *found.item);
		found.item[found.n++] = read_confirmation(a, s);
	}
	statement_reset(s);
	if (rc < 0)
		return -1;
	*out = found;
	return 0;
}

/* --- blockers --- */

static struct blocker read_blocker(struct arena *a, struct statement *s)
{
	int64_t state = column_int(s, 6);

	return (struct blocker){ .id = column_int(s, 0), .version = column_int(s, 1), .key = text_copy(a, column_text(s, 2)),
				 .domain = text_copy(a, column_text(s, 3)), .text = text_copy(a, column_text(s, 4)),
				 .owner = text_copy(a, column_text(s, 5)),
				 .state = state >= 0 && state < BLOCKER_STATES ? (enum blocker_state)state : BLOCKER_OPEN,
				 .state_day = column_int(s, 7), .reason = text_copy(a, column_text(s, 8)), .until_day = column_int(s, 9),
				 .note = text_copy(a, column_text(s, 10)), .source = text_copy(a, column_text(s, 11)),
				 .who = text_copy(a, column_text(s, 12)), .made_s = column_int(s, 13) };
}

int query_blockers(struct reader *r, struct arena *a, const struct filter *f, struct slice domain, struct blockers *out, struct err *err)
{
	struct statement *s = db_statement(r->db, SQL_BLOCKERS_NEWEST);
	struct blockers found = { 0 };
	int rc;

	bind_int(s, 1, INT64_MAX);
	while ((rc = statement_step(s, err)) == 1) {
		struct slice of = column_text(s, 3);

		if (!is_wanted(f, of) || (domain.ptr != NULL && !domain_is_under(of, domain)))
			continue;
		found.item = add(a, found.item, found.n, sizeof *found.item);
		found.item[found.n++] = read_blocker(a, s);
	}
	statement_reset(s);
	if (rc < 0)
		return -1;
	*out = found;
	return 0;
}
