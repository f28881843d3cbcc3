/* query_dns: what look-ups in the background found of a name; see query.h. Neighbours: ingest_lookup.c writes it. */
#include "base/text.h"
#include "storage/query.h"
#include "storage/reader.h"

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
