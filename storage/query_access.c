/* query_access: who may see and do what, and the audit log; see query.h. Neighbours: ingest_access.c writes it. */
#include "base/text.h"
#include "storage/query.h"
#include "storage/reader.h"

static void read_grant(struct arena *a, struct statement *s, struct grant *out)
{
	*out = (struct grant){
		.id = column_int(s, 0), .kind = (enum grant_kind)column_int(s, 1), .name = text_copy(a, column_text(s, 3)),
		.role = (enum access_role)column_int(s, 4), .writes = column_int(s, 5) != 0,
		.trees = text_copy(a, column_text(s, 6)), .sources = text_copy(a, column_text(s, 7)),
		.maker = text_copy(a, column_text(s, 8)), .link = column_int(s, 9), .made_s = column_int(s, 10),
		.expires_s = column_int(s, 11), .used_s = column_int(s, 12),
	};
	if (column_blob(s, 2).len == sizeof out->hash)
		memcpy(out->hash, column_blob(s, 2).ptr, sizeof out->hash);
	if (out->role >= ACCESS_ROLES) /* of another ruad: it lets nobody in */
		out->role = ACCESS_NOBODY;
}

int query_grant(struct reader *r, struct arena *a, const unsigned char *hash, struct grant *out, struct err *err)
{
	struct statement *s = db_statement(r->db, SQL_GRANT_FIND);
	int rc;

	bind_blob(s, 1, hash, ACCESS_HASH_BYTES);
	if ((rc = statement_step(s, err)) == 1)
		read_grant(a, s, out);
	statement_reset(s);
	return rc;
}

int query_grants(struct reader *r, struct arena *a, enum grant_kind kind, size_t limit, struct grants *out, struct err *err)
{
	struct statement *s = db_statement(r->db, SQL_GRANTS_NEWEST);
	struct grants found = { .item = arena_array(a, limit + 1, sizeof *found.item) };
	int rc = 0;

	bind_int(s, 1, kind);
	bind_int(s, 2, INT64_MAX);
	while (found.n < limit && (rc = statement_step(s, err)) == 1)
		read_grant(a, s, &found.item[found.n++]);
	statement_reset(s);
	if (rc < 0)
		return -1;
	*out = found;
	return 0;
}

static void read_line(struct arena *a, struct statement *s, struct audit_line *out)
{
	*out = (struct audit_line){ column_int(s, 0), column_int(s, 1), text_copy(a, column_text(s, 2)),
				    text_copy(a, column_text(s, 3)), text_copy(a, column_text(s, 4)) };
}

int query_audit(struct reader *r, struct arena *a, int64_t after, size_t limit, struct audit_page *out, struct err *err)
{
	struct audit_page page = { .item = arena_array(a, limit + 1, sizeof *page.item) };
	struct statement *s = db_statement(r->db, SQL_AUDIT_NEWEST);
	int rc;

	bind_int(s, 1, after > 0 ? after : INT64_MAX);
	while ((rc = statement_step(s, err)) == 1) {
		if (page.n == limit) {
			page.after = page.item[limit - 1].id;
			break;
		}
		read_line(a, s, &page.item[page.n++]);
	}
	statement_reset(s);
	if (rc < 0)
		return -1;
	*out = page;
	return 0;
}
