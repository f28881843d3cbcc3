/* query_find: what in the database has a text in its name; see query.h. Names are looked for in memory, addresses and report
 * ids by their beginning in an index: nothing reads rows. */
#include "base/text.h"
#include "storage/query.h"
#include "storage/reader.h"

#include <stdlib.h>
#include <string.h>

enum { LEAST_ID_PART = 4 /* characters of a report id that are looked for: fewer name thousands */ };

struct finding {
	struct reader *reader;
	struct arena *a;
	const struct filter *filter;
	struct slice q;
	size_t limit;
	struct finds *out;
	size_t of_kind; /* found of the kind at hand */
};

static void add(struct finding *f, enum find_kind kind, int64_t id, int64_t day, struct slice text)
{
	if (f->of_kind++ < f->limit)
		f->out->item[f->out->n++] = (struct find){ kind, id, day, text_copy(f->a, text) };
	else
		f->out->more = true;
}

/* The whole name first, then those that begin so, then the others. */
static int nearness(struct slice name, struct slice q)
{
	return text_eq_nocase(name, q) ? 0 : text_starts_nocase(name, q) ? 1 : text_find_nocase(name, q) != NULL ? 2 : 3;
}

/* Hands the ids of the names that hold the text to `add`, the nearest first. */
static void find_names(struct finding *f, enum find_kind kind, const struct slice *name, size_t count, bool (*may_see)(const struct filter *, struct slice))
{
	f->of_kind = 0;
	for (int near = 0; near < 3; near++)
		for (size_t id = 1; id < count; id++)
			if (name[id].len > 0 && nearness(name[id], f->q) == near && may_see(f->filter, name[id]))
				add(f, kind, (int64_t)id, 0, name[id]);
}

static bool in_scope(const struct filter *f, struct slice name)
{
	for (size_t i = 0; i < f->scope.n; i++)
		if (domain_is_under(name, f->scope.item[i]))
			return true;
	return f->scope.n == 0;
}

static bool anybody(const struct filter *f, struct slice name)
{
	return true;
}

static void find_sources(struct finding *f)
{
	struct slice *name = arena_array(f->a, f->reader->source_count + 1, sizeof *name);

	for (size_t id = 1; id < f->reader->source_count; id++)
		name[id] = f->reader->sources[id].name;
	find_names(f, FIND_SOURCE, name, f->reader->source_count, anybody);
}

static bool is_found(const struct finding *f, enum find_kind kind, struct slice text)
{
	for (size_t i = 0; i < f->out->n; i++)
		if (f->out->item[i].kind == kind && slice_eq(f->out->item[i].text, text))
			return true;
	return false;
}

static void find_selectors(struct finding *f)
{
	f->of_kind = 0;
	for (size_t id = 1; id < f->reader->profile_count; id++) {
		const struct profile_dim *p = f->reader->profiles[id];

		for (const struct auth *d = p != NULL ? p->dkim_auth : NULL; d != NULL; d = d->next)
			if (d->selector.len > 0 && nearness(d->selector, f->q) < 3 && !is_found(f, FIND_SELECTOR, d->selector))
				add(f, FIND_SELECTOR, 0, 0, d->selector);
	}
}

/* --- what an index knows --- */

static int add_address(struct finding *f, int64_t id, struct err *err)
{
	struct statement *s = db_statement(f->reader->db, SQL_ADDRESS_GET);
	char text[ADDRESS_TEXT_BYTES];
	int rc;

	bind_int(s, 1, id);
	if ((rc = statement_step(s, err)) == 1 && column_blob(s, 0).len == 16)
		add(f, FIND_ADDRESS, id, 0, slice_of(address_text(text, (const unsigned char *)column_blob(s, 0).ptr)));
	statement_reset(s);
	return rc < 0 ? -1 : 0;
}

static int add_between(struct finding *f, const struct address_range *range, struct err *err)
{
	struct statement *s = db_statement(f->reader->db, SQL_ADDRESSES_BETWEEN);
	int64_t *id = arena_array(f->a, f->limit + 1, sizeof *id);
	size_t n = 0;
	int rc;

	bind_blob(s, 1, range->first, 16);
	bind_blob(s, 2, range->last, 16);
	while ((rc = statement_step(s, err)) == 1 && n <= f->limit)
		id[n++] = column_int(s, 0);
	statement_reset(s);
	for (size_t i = 0; i < n && rc >= 0; i++)
		rc = add_address(f, id[i], err);
	return rc < 0 ? -1 : 0;
}

static int find_addresses(struct finding *f, struct err *err)
{
	struct address_range range[ADDRESS_RANGES];
	struct network net;
	int n = 0;

	f->of_kind = 0;
	if (network_parse(f->q, &net)) {
		memcpy(range[0].first, net.addr, 16);
		memcpy(range[0].last, net.addr, 16);
		for (int i = net.bits; i < 128; i++)
			range[0].last[i / 8] |= (unsigned char)(0x80 >> i % 8);
		n = 1;
	} else {
		n = address_prefix(f->q, range);
	}
	for (int i = 0; i < n; i++)
		if (add_between(f, &range[i], err) != 0)
			return -1;
	return 0;
}

static int find_reports(struct finding *f, struct err *err)
{
	struct statement *s = db_statement(f->reader->db, SQL_REPORTS_NAMED_FIRST);
	struct slice least = text_lower(f->a, f->q);
	char *behind = arena_copy(f->a, least.ptr, least.len);
	int rc;

	f->of_kind = 0;
	if (f->q.len < LEAST_ID_PART || (unsigned char)behind[f->q.len - 1] == 0xff)
		return 0;
	behind[f->q.len - 1] = (char)(behind[f->q.len - 1] == '@' ? '[' : behind[f->q.len - 1] + 1); /* as NOCASE compares: no letter comes between */
	bind_text(s, 1, least);
	bind_text(s, 2, (struct slice){ behind, f->q.len });
	bind_int(s, 3, (int64_t)f->limit + 1);
	while ((rc = statement_step(s, err)) == 1)
		add(f, FIND_REPORT, column_int(s, 0), column_int(s, 1), column_text(s, 2));
	return rc;
}

int query_find(struct reader *r, struct arena *a, const struct filter *f, size_t limit, struct finds *out, struct err *err)
{
	struct finds found = { .item = arena_array(a, (limit + 1) * FIND_KINDS, sizeof *found.item) };
	struct finding finding = { r, a, f, text_trim(f->q), limit, &found, 0 };
	int rc = 0;

	if (finding.q.len == 0) {
		*out = found;
		return 0;
	}
	if (reader_begin(r, NULL, err) != 0)
		return -1;
	find_names(&finding, FIND_DOMAIN, r->domains, r->domain_count, in_scope);
	if (f->scope.n == 0) { /* what else there is would tell of others' mail */
		find_sources(&finding);
		find_names(&finding, FIND_REPORTER, r->reporters, r->reporter_count, anybody);
		find_selectors(&finding);
		rc = find_addresses(&finding, err) == 0 ? find_reports(&finding, err) : -1;
	}
	reader_end(r);
	if (rc == 0)
		*out = found;
	return rc;
}
