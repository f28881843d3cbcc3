/* rejudge: see rejudge.h. */
#include "storage/rejudge.h"

#include "base/text.h"
#include "storage/derive.h"
#include "storage/once.h"

#include <assert.h>
#include <stdlib.h>

enum { RULES_MOST = UINT8_MAX - 1 };

/* --- the table as it is stored --- */

static struct verdict_rule read_rule(struct arena *a, struct statement *s)
{
	struct slice id = text_copy(a, column_text(s, 0));

	return (struct verdict_rule){ .id = arena_printf(a, "%.*s", (int)id.len, id.ptr), .needs = (unsigned)column_int(s, 1),
				      .lacks = (unsigned)column_int(s, 2), .verdict = verdict_of_name(column_text(s, 3)) };
}

static int read_rules(struct rejudge *j, struct db *db, struct err *err)
{
	struct statement *s = db_statement(db, SQL_VERDICT_RULES);
	int rc;

	j->rule = arena_array(&j->memory, RULES_MOST, sizeof *j->rule);
	while ((rc = statement_step(s, err)) == 1)
		if (j->n < RULES_MOST)
			j->rule[j->n++] = read_rule(&j->memory, s);
	return rc;
}

static int write_rules(struct db *db, const struct verdict_rule *rules, size_t n, struct err *err)
{
	struct statement *s;

	if (statement_run(db_statement(db, SQL_VERDICT_RULE_CLEAR), NULL, err) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		s = db_statement(db, SQL_VERDICT_RULE_ADD);
		bind_int(s, 1, (int64_t)i + 1);
		bind_text(s, 2, slice_of(rules[i].id));
		bind_int(s, 3, rules[i].needs);
		bind_int(s, 4, rules[i].lacks);
		bind_text(s, 5, slice_of(verdict_name(rules[i].verdict)));
		if (statement_run(s, NULL, err) != 0)
			return -1;
	}
	s = db_statement(db, SQL_META_SET);
	bind_text(s, 1, SLICE("verdicts"));
	bind_int(s, 2, VERDICT_VERSION);
	return statement_run(s, NULL, err);
}

static bool is_same(struct statement *s, const struct verdict_rule *rule)
{
	return slice_is(column_text(s, 0), rule->id) && column_int(s, 1) == rule->needs && column_int(s, 2) == rule->lacks &&
	       slice_is(column_text(s, 3), verdict_name(rule->verdict));
}

int rejudge_applied(struct db *db, const struct verdict_rule *rules, size_t n, enum applied *out, struct err *err)
{
	struct statement *s = db_statement(db, SQL_META_GET);
	int64_t version = -1;
	bool same;
	size_t i = 0;
	int rc;

	bind_text(s, 1, SLICE("verdicts"));
	if (statement_run(s, &version, err) != 0)
		return -1;
	same = version == VERDICT_VERSION;
	s = db_statement(db, SQL_VERDICT_RULES);
	for (; (rc = statement_step(s, err)) == 1; i++)
		same = same && i < n && is_same(s, &rules[i]);
	*out = version < 0 && i == 0 ? APPLIED_NONE : same && i == n ? APPLIED_THIS : APPLIED_ANOTHER;
	return rc;
}

/* --- one of the two: rules, and what they look at --- */

struct side {
	const struct verdict_rule *rule;
	size_t n;
	const struct meaning *meaning;
	uint8_t *decided[SOURCE_CLASSES][2]; /* by the source's class and whether the address was seen once, then by kind: the place of the
	                                        rule + 1; 0 not yet known */
};

static void side_release(struct side *x)
{
	for (int of = 0; of < SOURCE_CLASSES; of++)
		for (int once = 0; once < 2; once++)
			free(x->decided[of][once]);
}

static size_t decide(const struct side *x, uint32_t kind, unsigned of, bool once)
{
	struct kind k;

	if (!kind_parts(kind, &k))
		return x->n;
	return verdict_decide(x->rule, x->n, k.facts | (once ? (unsigned)FACT_ONCE : 0u) |
						     verdict_facts_of_source(source_class_kind(of), (enum list_software)(of % SOFTWARES)));
}

/* The place of the rule that decides; x->n where none does, as of a damaged table. */
static size_t side_decides(struct side *x, const struct packed_report *r, const struct packed_row *row, bool once)
{
	const struct meaning *m = x->meaning;
	const struct profile_meaning *p = row->profile < m->profile_count ? &m->profiles[row->profile] : NULL;
	uint32_t kind, source;
	uint8_t **decided;
	unsigned of;

	if (p == NULL || p->domain == 0 || r->policy >= m->policy_count || (source = meaning_source(m, row->address, p)) >= m->source_count)
		return x->n;
	kind = kind_of(p, &m->policies[r->policy], p->domain != r->domain);
	of = m->source_classes[source];
	decided = &x->decided[of][once];
	if (*decided == NULL && (*decided = calloc((size_t)1 << KIND_BITS, 1)) == NULL)
		abort();
	if ((*decided)[kind] == 0)
		(*decided)[kind] = (uint8_t)(decide(x, kind, of, once) + 1);
	return (*decided)[kind] - 1u;
}

/* --- all history --- */

struct history {
	struct side old, new;
	const uint64_t *once;
	uint32_t last_address;
	struct verdict_move *move; /* by the old rule's place, then the new one's */
};

static struct verdict_move *move_at(const struct history *h, size_t old, size_t new)
{
	return &h->move[old * h->new.n + new];
}

static void count_row(struct history *h, const struct packed_report *r, const struct packed_row *row)
{
	bool once = row->address <= h->last_address && (h->once[row->address / 64] >> (row->address % 64) & 1) != 0;
	size_t old = side_decides(&h->old, r, row, once), new = side_decides(&h->new, r, row, once);
	struct verdict_move *m;

	if (old == h->old.n || new == h->new.n)
		return;
	m = move_at(h, old, new);
	m->messages += row->messages;
	m->rows++;
}

static int count_segment(struct history *h, struct slice segment, int64_t first)
{
	struct packed_report report;
	struct pack_reader pack;
	struct packed_row row;
	int rc, more;

	pack_reader_init(&pack, segment, first);
	while ((rc = pack_next_report(&pack, &report)) == 1) {
		while ((more = pack_next_row(&pack, &row)) == 1)
			count_row(h, &report, &row);
		if (more < 0)
			return -1;
	}
	return rc;
}

static int count_all(struct history *h, struct db *db, struct err *err)
{
	struct statement *s = db_statement(db, SQL_SEGMENTS);
	int rc;

	bind_int(s, 1, INT64_MIN);
	bind_int(s, 2, INT64_MAX);
	while ((rc = statement_step(s, err)) == 1)
		if (count_segment(h, column_blob(s, 2), derive_segment_first(column_int(s, 0))) != 0) {
			statement_reset(s);
			return err_set(err, ERR_SYSTEM, "%s: packed rows are damaged: `ruad rebuild` makes them anew", db_path(db));
		}
	return rc;
}

static int most_first(const void *a, const void *b)
{
	const struct verdict_move *x = a, *y = b;
	int order;

	if (x->messages != y->messages)
		return x->messages > y->messages ? -1 : 1;
	if (x->rows != y->rows)
		return x->rows > y->rows ? -1 : 1;
	order = strcmp(x->from_rule.ptr, y->from_rule.ptr);
	return order != 0 ? order : strcmp(x->to_rule.ptr, y->to_rule.ptr);
}

/* A rule that is called otherwise and says the same moves nothing. */
static void collect(const struct history *h, struct arena *a, struct verdict_moves *out)
{
	*out = (struct verdict_moves){ .known = true, .item = arena_array(a, h->old.n * h->new.n + 1, sizeof *out->item) };
	for (size_t old = 0; old < h->old.n; old++)
		for (size_t new = 0; new < h->new.n; new++) {
			const struct verdict_rule *from = &h->old.rule[old], *to = &h->new.rule[new];
			struct verdict_move *m = &out->item[out->n];

			*m = *move_at(h, old, new);
			if (m->rows == 0 || from->verdict == to->verdict)
				continue;
			m->from = from->verdict;
			m->to = to->verdict;
			m->from_rule = text_copy(a, slice_of(from->id));
			m->to_rule = text_copy(a, slice_of(to->id));
			out->messages += m->messages;
			out->rows += m->rows;
			out->n++;
		}
	if (out->n > 0)
		qsort(out->item, out->n, sizeof *out->item, most_first);
}

static int compare(struct history *h, struct db *db, struct arena *a, struct verdict_moves *out, struct err *err)
{
	uint64_t *once;
	int rc = once_read(db, h->last_address, &once, err);

	if (rc == 0) {
		h->once = once;
		h->move = calloc(h->old.n * h->new.n + 1, sizeof *h->move);
		if (h->move == NULL)
			abort();
		rc = count_all(h, db, err);
	}
	if (rc == 0)
		collect(h, a, out);
	free(h->move);
	free(once);
	side_release(&h->old);
	side_release(&h->new);
	return rc;
}

int rejudge_begin(struct rejudge *j, struct db *db, struct err *err)
{
	*j = (struct rejudge){ 0 };
	return read_rules(j, db, err) == 0 ? meaning_load(&j->meaning, db, err) : -1;
}

/* Whether there are reports, which somebody must have judged. */
static int has_reports(struct db *db, bool *has, struct err *err)
{
	struct statement *s = db_statement(db, SQL_META_GET);
	int64_t reports = 0;

	bind_text(s, 1, SLICE("reports"));
	if (statement_run(s, &reports, err) != 0)
		return -1;
	*has = reports > 0;
	return 0;
}

int rejudge_finish(struct rejudge *j, struct db *db, const struct verdict_rule *rules, size_t n, struct arena *a, struct verdict_moves *out,
		   struct err *err)
{
	struct meaning now = { 0 };
	struct history h = { .old = { j->rule, j->n, &j->meaning }, .new = { rules, n, &now } };
	int rc = 0;

	assert(n <= RULES_MOST);
	*out = (struct verdict_moves){ 0 };
	if (j->n == 0)
		rc = has_reports(db, &out->lost, err);
	else {
		rc = meaning_load(&now, db, err);
		h.last_address = now.last_address;
		if (rc == 0)
			rc = compare(&h, db, a, out, err);
		meaning_release(&now);
	}
	return rc == 0 ? write_rules(db, rules, n, err) : -1;
}

void rejudge_release(struct rejudge *j)
{
	meaning_release(&j->meaning);
	arena_release(&j->memory);
	*j = (struct rejudge){ 0 };
}
