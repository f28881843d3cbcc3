/* query_dns: what look-ups in the background found of a name; see query.h. Neighbours: ingest_lookup.c writes it. */
#include "base/text.h"
#include "storage/map.h"
#include "storage/query.h"
#include "storage/reader.h"

#include <stdlib.h>

static struct dns_value value_of(struct arena *a, struct statement *s)
{
	return (struct dns_value){ text_copy(a, column_text(s, 2)), column_int(s, 0), column_int(s, 1) };
}

static int read_name(struct reader *r, struct arena *a, struct slice name, struct dns_line *out, struct err *err)
{
	struct statement *s = db_statement(r->db, SQL_DNS_NAME_STATE);
	int rc;

	bind_text(s, 1, name);
	if ((rc = statement_step(s, err)) != 1)
		return rc;
	out->looked_up_s = column_int(s, 0);
	out->trouble = text_copy(a, column_text(s, 1));
	statement_reset(s);
	return 0;
}

static int read_values(struct reader *r, struct arena *a, struct slice name, size_t limit, struct dns_values *out,
		       struct err *err)
{
	struct statement *s = db_statement(r->db, SQL_DNS_VALUES);
	int rc;

	*out = (struct dns_values){ .item = arena_array(a, limit, sizeof *out->item) };
	bind_text(s, 1, name);
	bind_int(s, 2, (int64_t)limit);
	while ((rc = statement_step(s, err)) == 1)
		out->item[out->n++] = value_of(a, s);
	return rc;
}

int query_dns_record(struct reader *r, struct arena *a, struct slice name, struct dns_line *out, struct err *err)
{
	struct dns_line line = { 0 };
	struct dns_values last;
	int rc;

	if (reader_begin(r, NULL, err) != 0)
		return -1;
	rc = read_name(r, a, name, &line, err) == 0 ? read_values(r, a, name, 1, &last, err) : -1;
	reader_end(r);
	if (rc != 0)
		return -1;
	if (last.n > 0)
		line.value = last.item[0];
	*out = line;
	return 0;
}

int query_dns_history(struct reader *r, struct arena *a, struct slice name, size_t limit, struct dns_values *out,
		      struct err *err)
{
	int rc;

	if (reader_begin(r, NULL, err) != 0)
		return -1;
	rc = read_values(r, a, name, limit, out, err);
	reader_end(r);
	return rc;
}

/* --- domains --- */

const struct suffixes *query_suffixes(const struct reader *r)
{
	return r->list;
}

int query_dns_domains(struct reader *r, struct arena *a, struct domain_names *out, struct err *err)
{
	struct domain_names names = { 0 };
	struct statement *s;
	size_t room = 0;
	int rc;

	if (reader_begin(r, NULL, err) != 0)
		return -1;
	s = db_statement(r->db, SQL_DNS_DOMAINS);
	while ((rc = statement_step(s, err)) == 1) {
		names.item = array_room(names.item, &room, &names.n, sizeof *names.item, names.n);
		names.item[names.n - 1] = text_copy(a, column_text(s, 0));
	}
	reader_end(r);
	if (rc == 0) {
		*out = (struct domain_names){ arena_array(a, names.n + 1, sizeof *out->item), names.n };
		if (names.n > 0)
			memcpy(out->item, names.item, names.n * sizeof *names.item);
	}
	free(names.item);
	return rc;
}

/* --- many names --- */

struct dns_lookups {
	struct reader *reader;
	struct arena *a;
	struct map places; /* name to place + 1 of `known` */
	struct lint_answer *known;
	size_t n, room;
	struct err err;    /* the first that failed */
};

int query_dns_open(struct reader *r, struct arena *a, struct dns_lookups **out, struct err *err)
{
	struct dns_lookups *l = arena_alloc(a, sizeof *l);

	if (reader_begin(r, NULL, err) != 0)
		return -1;
	l->reader = r;
	l->a = a;
	map_init(&l->places);
	*out = l;
	return 0;
}

static int look_up(struct dns_lookups *l, struct slice name, struct lint_answer *out)
{
	struct dns_line line = { 0 };
	struct dns_values last;

	if (read_name(l->reader, l->a, name, &line, &l->err) != 0 || read_values(l->reader, l->a, name, 1, &last, &l->err) != 0)
		return -1;
	if (last.n > 0)
		*out = (struct lint_answer){ .state = LINT_KNOWN, .lines = last.item[0].text };
	else if (line.trouble.ptr != NULL)
		*out = (struct lint_answer){ .state = LINT_NO_ANSWER, .trouble = line.trouble };
	return 0;
}

void query_dns_text(void *ctx, struct arena *a, struct slice name, struct lint_answer *out)
{
	struct dns_lookups *l = ctx;
	struct map_entry *e;
	bool fresh;

	e = map_put(&l->places, name, &fresh);
	if (fresh) {
		l->known = array_room(l->known, &l->room, &l->n, sizeof *l->known, l->n);
		e->value = (int64_t)l->n - 1;
		l->known[e->value] = (struct lint_answer){ .state = LINT_NOT_ASKED };
		if (l->err.kind == ERR_NONE)
			look_up(l, name, &l->known[e->value]);
	}
	*out = l->known[e->value];
}

int query_dns_close(struct dns_lookups *l, struct err *err)
{
	reader_end(l->reader);
	map_release(&l->places);
	free(l->known);
	if (l->err.kind != ERR_NONE && err != NULL)
		*err = l->err;
	return l->err.kind == ERR_NONE ? 0 : -1;
}

static int read_reverse(struct reader *r, struct arena *a, int64_t address, struct reverse *out, struct err *err)
{
	struct statement *s = db_statement(r->db, SQL_ADDRESS_NAME_GET);
	int rc;

	*out = (struct reverse){ 0 };
	bind_int(s, 1, address);
	if ((rc = statement_step(s, err)) != 1)
		return rc;
	*out = (struct reverse){ column_int(s, 3) > 0, text_copy(a, column_text(s, 0)) };
	statement_reset(s);
	return 0;
}

int query_reverse(struct reader *r, struct arena *a, const struct group *address, size_t n, struct reverse *out, struct err *err)
{
	int rc = 0;

	if (reader_begin(r, NULL, err) != 0)
		return -1;
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = read_reverse(r, a, address[i].id, &out[i], err);
	reader_end(r);
	return rc;
}
