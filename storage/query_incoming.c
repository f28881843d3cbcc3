/* query_incoming: what came in, the last first: mails of mailboxes, and beside them what was imported or sent, which has no mail;
 * see query.h. Three tables are read backwards side by side, each no further than the page reaches. */
#include "base/text.h"
#include "storage/query.h"
#include "storage/raw.h"
#include "storage/reader.h"

#include <string.h>

enum { KINDS_OF = INCOMING_REPORT + 1, LOOKED_AT_MOST = 2000 /* lines of a table for one page: of many that came in mails none is wanted */ };

/* One of the tables, at its next line that is wanted. */
struct source {
	struct statement *s;
	enum incoming_kind kind;
	int64_t below;      /* ids: where to go on after what was given out */
	bool more;          /* the statement stands at a line */
	bool wanted;        /* and that line is to be given out */
	int looked_at;
};

struct merging {
	struct reader *r;
	struct arena *a;
	struct source source[KINDS_OF];
	enum mail_outcome outcome;
	struct incomings out;
};

/* --- cursors: "mail.reject.report", ids below which each goes on --- */

static bool read_cursor(struct slice text, struct merging *m)
{
	for (int i = 0; i < KINDS_OF; i++) {
		const char *dot = i + 1 < KINDS_OF ? memchr(text.ptr, '.', text.len) : text.ptr + text.len;
		size_t n = dot != NULL ? (size_t)(dot - text.ptr) : 0;

		if (n == 0 || !text_int((struct slice){ text.ptr, n }, &m->source[i].below))
			return false;
		n += i + 1 < KINDS_OF;
		text = (struct slice){ text.ptr + n, text.len - n };
	}
	return true;
}

static struct slice cursor_of(const struct merging *m)
{
	return slice_of(arena_printf(m->a, "%lld.%lld.%lld", (long long)m->source[0].below, (long long)m->source[1].below,
				     (long long)m->source[2].below));
}

/* --- one line --- */

static void fill_reject(struct arena *a, struct statement *s, struct reject_line *out)
{
	*out = (struct reject_line){ column_int(s, 0),		      column_int(s, 1),
				     column_int(s, 2),		      text_copy(a, column_text(s, 3)),
				     text_copy(a, column_text(s, 4)), text_copy(a, column_text(s, 5)),
				     text_copy(a, column_text(s, 6)), column_int(s, 7) != 0 };
}

static struct slice blob_copy(struct arena *a, struct slice blob)
{
	return blob.len == 0 ? (struct slice){ 0 } : (struct slice){ arena_copy(a, blob.ptr, blob.len), blob.len };
}

static struct slice fill_mail(struct arena *a, struct statement *s, struct incoming *out)
{
	*out = (struct incoming){ .kind = INCOMING_MAIL, .id = column_int(s, 0), .received_s = column_int(s, 1), .bytes = column_int(s, 2),
				  .mailbox = text_copy(a, column_text(s, 3)), .place = text_copy(a, column_text(s, 4)),
				  .sender = text_copy(a, column_text(s, 5)), .subject = text_copy(a, column_text(s, 6)),
				  .report = column_int(s, 9), .fresh = column_int(s, 10), .known = column_int(s, 11), .others = column_int(s, 12),
				  .outcome = column_int(s, 7) >= 0 && column_int(s, 7) < MAIL_OUTCOMES ? (enum mail_outcome)column_int(s, 7) : MAIL_REFUSED };
	return blob_copy(a, column_blob(s, 8));
}

static struct slice fill_other(struct arena *a, struct statement *s, enum incoming_kind kind, struct incoming *out)
{
	bool read = kind == INCOMING_REPORT;

	*out = (struct incoming){ .kind = kind, .id = column_int(s, 0), .received_s = column_int(s, 1), .bytes = read ? column_int(s, 4) : -1,
				  .place = text_copy(a, column_text(s, 2)), .outcome = read ? MAIL_READ : MAIL_REFUSED, .fresh = -1, .known = -1,
				  .others = -1, .report = read ? column_int(s, 0) : 0, .reports = read };
	return blob_copy(a, column_blob(s, 3));
}

/* What is stored of these bytes today. */
static int add_parts(struct reader *r, struct arena *a, struct slice raw, struct incoming_whole *out, struct err *err)
{
	struct statement *s = db_statement(r->db, SQL_REJECTS_OF_RAW);
	int rc;

	bind_blob(s, 1, raw.ptr, raw.len);
	for (out->rejects = 0; (rc = statement_step(s, err)) == 1; out->line.rejects++)
		if (out->rejects < INCOMING_PARTS)
			fill_reject(a, s, &out->reject[out->rejects++]);
	if (rc < 0)
		return -1;
	s = db_statement(r->db, SQL_REPORTS_READ_FROM);
	bind_blob(s, 1, raw.ptr, raw.len);
	for (out->reports = 0; (rc = statement_step(s, err)) == 1; out->line.reports++)
		if (out->reports < INCOMING_PARTS)
			out->report[out->reports++] = (struct incoming_report){ column_int(s, 0), column_int(s, 1), column_int(s, 4),
									       text_copy(a, r->reporters[column_int(s, 3)]),
									       text_copy(a, column_text(s, 2)) };
	return rc;
}

/* A mail's or refusal's line from its own columns; then all that its bytes gave. */
static int complete(struct reader *r, struct arena *a, struct slice raw, struct incoming_whole *w, struct err *err)
{
	struct statement *s;
	int rc = 0;

	w->reject = arena_array(a, INCOMING_PARTS, sizeof *w->reject);
	w->report = arena_array(a, INCOMING_PARTS, sizeof *w->report);
	w->line.kept = raw.ptr != NULL;
	if (raw.ptr != NULL && w->line.kind != INCOMING_REPORT) {
		w->line.reports = 0;
		rc = add_parts(r, a, raw, w, err);
	} else if (w->line.kind == INCOMING_REJECT) {
		s = db_statement(r->db, SQL_REJECT_LINE);
		bind_int(s, 1, w->line.id);
		if ((rc = statement_step(s, err)) == 1) {
			fill_reject(a, s, &w->reject[w->rejects++]);
			w->line.rejects = 1;
			rc = 0;
		}
		statement_reset(s);
	}
	if (w->rejects > 0)
		w->line.reject = w->reject[0];
	if (w->line.report == 0 && w->reports > 0)
		w->line.report = w->report[0].id;
	return rc;
}

/* A refusal's line is about itself, whatever else its bytes gave. */
static void put_first(struct incoming_whole *w)
{
	for (size_t i = 0; w->line.kind == INCOMING_REJECT && i < w->rejects; i++)
		if (w->reject[i].id == w->line.id)
			w->line.reject = w->reject[i];
}

/* --- merging --- */

static int64_t received_of(const struct source *src)
{
	return column_int(src->s, 1);
}

static bool is_in_no_mail(const struct source *src)
{
	return column_int(src->s, src->kind == INCOMING_REJECT ? 4 : 5) == 0;
}

/* Steps to the next line that is wanted, or that came before `bound_s`: no further than the page may need. */
static int advance(struct source *src, int64_t bound_s, struct err *err)
{
	int rc;

	while (src->s != NULL && !src->wanted) {
		if (src->more && received_of(src) < bound_s)
			return 0;
		if (src->more && src->looked_at >= LOOKED_AT_MOST)
			return 0;
		src->looked_at++;
		if (src->more)
			src->below = column_int(src->s, 0);
		if ((rc = statement_step(src->s, err)) != 1) {
			src->more = false;
			src->s = NULL;
			return rc;
		}
		src->more = true;
		src->wanted = src->kind == INCOMING_MAIL || is_in_no_mail(src);
	}
	return 0;
}

static int next_line(struct merging *m, struct source **out, struct err *err)
{
	int64_t latest = INT64_MIN;

	*out = NULL;
	for (int i = 0; i < KINDS_OF; i++) {
		struct source *src = &m->source[i];

		if (advance(src, latest, err) != 0)
			return -1;
		if (src->wanted && received_of(src) > latest) {
			latest = received_of(src);
			*out = src;
		}
	}
	return 0;
}

/* Whether a table was left in its middle, and what it would go on with may be newer than `next` (NULL: all else is given out). */
static bool is_cut(const struct merging *m, const struct source *next)
{
	for (int i = 0; i < KINDS_OF; i++) {
		const struct source *src = &m->source[i];

		if (src->s != NULL && src->more && !src->wanted && (next == NULL || received_of(src) > received_of(next)))
			return true;
	}
	return false;
}

/* Below its cursor; the sources that the outcome asks for. */
static void start(struct merging *m)
{
	static const enum sql statements[KINDS_OF] = { SQL_MAILS_NEWEST, SQL_REJECTS_NEWEST_AND_MAILS, SQL_REPORTS_NEWEST_AND_MAILS };

	for (int i = 0; i < KINDS_OF; i++) {
		struct source *src = &m->source[i];

		src->kind = (enum incoming_kind)i;
		if ((i == INCOMING_REJECT && m->outcome != MAIL_REFUSED && m->outcome != MAIL_OUTCOMES) ||
		    (i == INCOMING_REPORT && m->outcome != MAIL_READ && m->outcome != MAIL_OUTCOMES))
			continue;
		src->s = db_statement(m->r->db, i == INCOMING_MAIL && m->outcome != MAIL_OUTCOMES ? SQL_MAILS_OF_OUTCOME : statements[i]);
		bind_int(src->s, 1, src->below);
		if (i == INCOMING_MAIL && m->outcome != MAIL_OUTCOMES)
			bind_int(src->s, 2, m->outcome);
	}
}

static int take(struct merging *m, struct source *src, struct err *err)
{
	struct incoming_whole w = { 0 };
	struct slice raw = src->kind == INCOMING_MAIL ? fill_mail(m->a, src->s, &w.line) : fill_other(m->a, src->s, src->kind, &w.line);

	src->below = w.line.id;
	src->wanted = false;
	if (complete(m->r, m->a, raw, &w, err) != 0)
		return -1;
	put_first(&w);
	m->out.item[m->out.n++] = w.line;
	return 0;
}

static int merge(struct merging *m, size_t limit, struct err *err)
{
	struct source *src;

	m->out.item = arena_array(m->a, limit + 1, sizeof *m->out.item);
	start(m);
	for (;;) {
		if (next_line(m, &src, err) != 0)
			return -1;
		if (src == NULL && !is_cut(m, NULL))
			return 0;
		if (m->out.n == limit || is_cut(m, src)) {
			m->out.after = cursor_of(m);
			return 0;
		}
		if (take(m, src, err) != 0)
			return -1;
	}
}

int query_incomings(struct reader *r, struct arena *a, enum mail_outcome outcome, struct slice after, size_t limit,
		    struct incomings *out, struct err *err)
{
	struct merging m = { .r = r, .a = a, .outcome = outcome };
	int rc;

	for (int i = 0; i < KINDS_OF; i++)
		m.source[i].below = INT64_MAX;
	if (after.ptr != NULL && !read_cursor(after, &m))
		return err_set(err, ERR_USE, "after: is no cursor of this list");
	if (reader_begin(r, NULL, err) != 0)
		return -1;
	rc = merge(&m, limit, err);
	for (int i = 0; i < KINDS_OF; i++)
		if (m.source[i].s != NULL)
			statement_reset(m.source[i].s);
	reader_end(r);
	if (rc == 0)
		*out = m.out;
	return rc;
}

/* --- one of them --- */

/* 1 with its line and the key of its bytes; 0 where there is none. */
static int find_line(struct reader *r, struct arena *a, enum incoming_kind kind, int64_t id, struct incoming_whole *w, struct slice *raw,
		     struct err *err)
{
	struct statement *s = db_statement(r->db, kind == INCOMING_MAIL ? SQL_MAIL_LINE : SQL_REJECT_LINE);
	int rc;

	bind_int(s, 1, id);
	if ((rc = statement_step(s, err)) != 1)
		return rc;
	if (kind == INCOMING_MAIL)
		*raw = fill_mail(a, s, &w->line);
	else
		w->line = (struct incoming){ .kind = kind, .id = id, .received_s = column_int(s, 1), .bytes = -1, .place = text_copy(a, column_text(s, 3)),
					     .outcome = MAIL_REFUSED, .fresh = -1, .known = -1, .others = -1 };
	statement_reset(s);
	if (kind == INCOMING_MAIL)
		return 1;
	s = db_statement(r->db, SQL_REJECT_RAW_OF);
	bind_int(s, 1, id);
	if ((rc = statement_step(s, err)) == 1)
		*raw = blob_copy(a, column_blob(s, 0));
	statement_reset(s);
	return rc;
}

int query_incoming(struct reader *r, struct arena *a, enum incoming_kind kind, int64_t id, struct incoming_whole *out, struct err *err)
{
	struct incoming_whole w = { 0 };
	struct slice raw = { 0 };
	int rc;

	if (reader_begin(r, NULL, err) != 0)
		return -1;
	if ((rc = find_line(r, a, kind, id, &w, &raw, err)) == 1 && complete(r, a, raw, &w, err) != 0)
		rc = -1;
	put_first(&w);
	reader_end(r);
	if (rc == 1)
		*out = w;
	return rc;
}

int query_ingest_state(struct reader *r, struct ingest_state *out, struct err *err)
{
	struct ingest_state state = { 0 };
	struct statement *s;
	int rc;

	if (reader_begin(r, NULL, err) != 0)
		return -1;
	s = db_statement(r->db, SQL_MAIL_LAST);
	bind_int(s, 1, INT64_MAX);
	rc = statement_run(s, &state.last_mail_s, err);
	s = db_statement(r->db, SQL_REJECT_OLDEST);
	bind_int(s, 1, 0);
	if (rc == 0)
		rc = statement_run(s, &state.oldest_reject_s, err);
	reader_end(r);
	if (rc == 0)
		*out = state;
	return rc;
}
