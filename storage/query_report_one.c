/* query_report_one: all that is known of one report; see query.h. */
#include "base/text.h"
#include "schema/limits.h"
#include "storage/query.h"
#include "storage/report_line.h"
#include "storage/scan.h"

#include <stdlib.h>

enum { BESIDE_DAYS = 8, BESIDE_MOST = 20 /* reports beside it that are told */ };

struct looking {
	struct reader *r;
	struct arena *a, scratch;
	struct scan scan;
	struct report_whole *out;
};

/* 1, 0 where there is no such report. */
static int read_line(struct looking *l, int64_t id, struct err *err)
{
	struct statement *s = db_statement(l->r->db, SQL_REPORT_LINE);
	int rc;

	bind_int(s, 1, id);
	if ((rc = statement_step(s, err)) == 1)
		report_line_fill(l->r, l->a, s, &l->out->line);
	statement_reset(s);
	return rc;
}

/* What its rows come to: those in the scope. */
static int count_rows(struct looking *l, const struct filter *f, struct err *err)
{
	const struct slice number = slice_of(arena_printf(&l->scratch, "%lld", (long long)l->out->line.id));
	const struct filter rows = { .first_day = l->out->line.day, .last_day = l->out->line.day, .report = { &number, 1, false },
				     .scope = f->scope, .under = f->under, .domain = f->domain };
	struct hit h;
	int rc = scan_compile(&l->scan, l->r, &l->scratch, &rows, err);

	if (rc != 0)
		return rc;
	scan_start(&l->scan, SCAN_FACTS, OF_NOTHING);
	while ((rc = scan_next(&l->scan, &h, err)) == 1)
		report_line_count(&l->out->line, &h);
	return rc;
}

static int read_rest(struct looking *l, struct err *err)
{
	struct statement *s = db_statement(l->r->db, SQL_REPORT_REST);
	struct report_whole *o = l->out;
	struct slice *const text[] = { &o->email, &o->extra_contact_info, &o->version, &o->namespace_uri, &o->member, &o->p, &o->sp,
				       &o->np,	  &o->testing,		  &o->adkim,   &o->aspf,	  &o->fo,     &o->discovery_method };
	int rc;

	bind_int(s, 1, o->line.id);
	if ((rc = statement_step(s, err)) == 1) {
		for (int i = 0; i < (int)(sizeof text / sizeof *text); i++)
			*text[i] = text_copy(l->a, column_text(s, i));
		o->pct = column_int(s, sizeof text / sizeof *text);
	}
	statement_reset(s);
	return rc < 0 ? -1 : 0;
}

static int read_notes(struct looking *l, struct err *err)
{
	struct statement *s = db_statement(l->r->db, SQL_REPORT_NOTES);
	struct note_line *note = arena_array(l->a, NOTE_KINDS * LIMIT_NOTES + 1, sizeof *note);
	size_t n = 0;
	int rc;

	bind_int(s, 1, l->out->line.id);
	while ((rc = statement_step(s, err)) == 1 && n < NOTE_KINDS * LIMIT_NOTES)
		if (column_int(s, 0) >= 0 && column_int(s, 0) < NOTE_KINDS)
			note[n++] = (struct note_line){ (enum note_kind)column_int(s, 0), text_copy(l->a, column_text(s, 1)) };
	statement_reset(s);
	l->out->note = note;
	l->out->notes = n;
	return rc < 0 ? -1 : 0;
}

static int read_beside(struct looking *l, struct err *err)
{
	struct statement *s = db_statement(l->r->db, SQL_REPORTS_BESIDE);
	struct report_line *twin = arena_array(l->a, BESIDE_MOST, sizeof *twin);
	size_t n = 0;
	int rc;

	bind_int(s, 1, l->out->line.id);
	bind_int(s, 2, l->out->line.day - BESIDE_DAYS);
	bind_int(s, 3, l->out->line.day + BESIDE_DAYS);
	while ((rc = statement_step(s, err)) == 1 && n < BESIDE_MOST)
		twin[n++] = (struct report_line){ .id = column_int(s, 0), .day = column_int(s, 1), .begin = column_time(s, 2),
						  .end = column_time(s, 3), .report_id = text_copy(l->a, column_text(s, 4)),
						  .twin = column_int(s, 5) != 0 };
	statement_reset(s);
	l->out->twin = twin;
	l->out->twins = n;
	return rc < 0 ? -1 : 0;
}

static int look(struct looking *l, const struct filter *f, int64_t id, struct err *err)
{
	int rc;

	if ((rc = read_line(l, id, err)) != 1)
		return rc;
	if (count_rows(l, f, err) != 0 || read_rest(l, err) != 0)
		return -1;
	if (l->scan.sets.domains != NULL)
		return l->out->line.counts.rows > 0;
	return read_notes(l, err) == 0 && read_beside(l, err) == 0 ? 1 : -1;
}

int query_report(struct reader *r, struct arena *a, const struct filter *f, int64_t id, struct report_whole *out,
		 struct err *err)
{
	struct report_whole whole = { 0 };
	struct looking l = { .r = r, .a = a, .out = &whole };
	int rc;

	if (reader_begin(r, NULL, err) != 0)
		return -1;
	rc = look(&l, f, id, err);
	scan_stop(&l.scan);
	arena_release(&l.scratch);
	reader_end(r);
	if (rc == 1)
		*out = whole;
	return rc;
}
