/* derive: see derive.h. */
#include "storage/derive.h"

#include "base/text.h"
#include "schema/limits.h"
#include "schema/report.h"
#include "storage/varint.h"

#include <stdio.h>
#include <stdlib.h>

enum { OPEN_BYTES = LIMIT_FRAME_BYTES, DAY_BYTES = 1 << 30 };

int64_t derive_month_of(int64_t day)
{
	struct civil c = text_civil(day);

	return FIRST_MONTH_PERIOD + (c.year - 1970) * 12 + c.month - 1;
}

int64_t derive_month_first(int64_t month)
{
	int64_t n = month - FIRST_MONTH_PERIOD + 1970 * 12; /* since the year 0 */

	return text_day_of((int)(n / 12), (int)(n % 12) + 1, 1);
}

/* --- what is not yet in the tables --- */

void open_days_init(struct open_days *o)
{
	*o = (struct open_days){ 0 };
	buf_init(&o->bytes, DAY_BYTES);
}

void open_days_release(struct open_days *o)
{
	buf_release(&o->bytes);
	free(o->report);
	free(o->redo);
	free(o->relabelled);
	*o = (struct open_days){ 0 };
}

void open_days_clear(struct open_days *o)
{
	buf_clear(&o->bytes);
	o->n = o->redo_n = o->relabelled_n = 0;
}

void open_days_add(struct open_days *o, int64_t day, const struct packed_report *r, const struct packed_row *rows)
{
	size_t at = o->bytes.len;

	pack_report(&o->bytes, r, rows);
	o->report = array_room(o->report, &o->room, &o->n, sizeof *o->report, o->n);
	o->report[o->n - 1] = (struct open_report){ day, r->id, at, o->bytes.len - at };
}

void open_days_redo(struct open_days *o, int64_t day)
{
	o->redo = array_room(o->redo, &o->redo_room, &o->redo_n, sizeof *o->redo, o->redo_n);
	o->redo[o->redo_n - 1] = day;
}

void open_days_relabel(struct open_days *o, int64_t address)
{
	o->relabelled = array_room(o->relabelled, &o->relabelled_room, &o->relabelled_n, sizeof *o->relabelled, o->relabelled_n);
	o->relabelled[o->relabelled_n - 1] = address;
}

/* --- one day --- */

struct segment {
	int64_t first, last;
	size_t at, len;
};
struct bits {
	uint64_t *word;
	size_t n, room;
};
struct day { /* one day in memory, and what is made of it */
	struct buf bytes; /* of all segments */
	struct segment *segment;
	size_t n, room;
	struct buf reports, rows, profiles, addresses; /* packed */
	struct cell_sums sums;
	struct cells cells;
	struct bits seen_profiles, seen_addresses;
	struct packed_row *fact; /* of one report */
	size_t fact_n, fact_room;
};

static void day_init(struct day *d)
{
	*d = (struct day){ 0 };
	buf_init(&d->bytes, DAY_BYTES);
	buf_init(&d->reports, DAY_BYTES);
	buf_init(&d->rows, DAY_BYTES);
	buf_init(&d->profiles, DAY_BYTES);
	buf_init(&d->addresses, DAY_BYTES);
}

static void day_release(struct day *d)
{
	struct buf *const bufs[] = { &d->bytes, &d->reports, &d->rows, &d->profiles, &d->addresses };

	for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++)
		buf_release(bufs[i]);
	free(d->segment);
	cell_sums_release(&d->sums);
	cells_release(&d->cells);
	free(d->seen_profiles.word);
	free(d->seen_addresses.word);
	free(d->fact);
}

static void day_clear(struct day *d)
{
	buf_clear(&d->bytes);
	d->n = 0;
}

static struct segment *day_segment(struct day *d, int64_t first)
{
	d->segment = array_room(d->segment, &d->room, &d->n, sizeof *d->segment, d->n);
	d->segment[d->n - 1] = (struct segment){ first, first, d->bytes.len, 0 };
	return &d->segment[d->n - 1];
}

/* Behind the last report; `body` is what pack_report wrote. */
static void day_append(struct day *d, int64_t id, struct slice body)
{
	struct segment *s = d->n > 0 ? &d->segment[d->n - 1] : NULL;

	if (s == NULL || s->len >= SEGMENT_BYTES)
		s = day_segment(d, id);
	varint_add(&d->bytes, (uint64_t)(id - s->last));
	buf_add_slice(&d->bytes, body);
	s->last = id;
	s->len = d->bytes.len - s->at;
}

static struct statement *segments_of(struct db *db, enum sql name, int64_t day)
{
	struct statement *s = db_statement(db, name);

	bind_int(s, 1, day << SEGMENT_DAY_BITS);
	bind_int(s, 2, (day + 1) << SEGMENT_DAY_BITS);
	return s;
}

static int day_load(struct day *d, struct db *db, int64_t day, struct err *err)
{
	struct statement *s = segments_of(db, SQL_SEGMENTS, day);
	int rc;

	day_clear(d);
	while ((rc = statement_step(s, err)) == 1) {
		struct segment *seg = day_segment(d, column_int(s, 0) & (((int64_t)1 << SEGMENT_DAY_BITS) - 1));

		seg->last = column_int(s, 1);
		buf_add_slice(&d->bytes, column_blob(s, 2));
		seg->len = d->bytes.len - seg->at;
	}
	return rc;
}

static int read_facts(struct day *d, struct db *db, int64_t report, struct err *err)
{
	struct statement *s = db_statement(db, SQL_FACTS_OF_REPORT);
	int rc;

	d->fact_n = 0;
	bind_int(s, 1, report);
	while ((rc = statement_step(s, err)) == 1) {
		d->fact = array_room(d->fact, &d->fact_room, &d->fact_n, sizeof *d->fact, d->fact_n);
		d->fact[d->fact_n - 1] =
			(struct packed_row){ (uint32_t)column_int(s, 0), (uint32_t)column_int(s, 1), column_int(s, 2) };
	}
	return rc;
}

/* The day from the facts; returns how many reports it has, or -1. */
static int64_t day_read(struct day *d, struct db *db, int64_t day, struct err *err)
{
	struct statement *s = db_statement(db, SQL_REPORTS_OF_DAY);
	struct buf body;
	int64_t n = 0;
	int rc;

	day_clear(d);
	buf_init(&body, OPEN_BYTES);
	bind_int(s, 1, day);
	while ((rc = statement_step(s, err)) == 1) {
		struct packed_report r = { column_int(s, 0), (uint32_t)column_int(s, 1), (uint32_t)column_int(s, 2),
					   (uint32_t)column_int(s, 3), .is_long = pack_is_long(column_time(s, 4), column_time(s, 5)) };

		if (read_facts(d, db, r.id, err) != 0)
			break;
		r.rows = d->fact_n;
		buf_clear(&body);
		pack_report(&body, &r, d->fact);
		day_append(d, r.id, buf_slice(&body));
		n++;
	}
	statement_reset(s);
	buf_release(&body);
	return rc == 0 ? n : -1;
}

/* --- sums of a day --- */

uint32_t id_at(struct slice ids, size_t i)
{
	const unsigned char *p = (const unsigned char *)ids.ptr + i * ID_BYTES;

	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

bool ids_have(struct slice ids, uint32_t id)
{
	size_t low = 0, high = ids.len / ID_BYTES;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (id_at(ids, middle) == id)
			return true;
		if (id_at(ids, middle) < id)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

static void bits_set(struct bits *b, uint32_t id)
{
	if (id / 64 >= b->n)
		b->word = array_room(b->word, &b->room, &b->n, sizeof *b->word, id / 64);
	b->word[id / 64] |= (uint64_t)1 << (id % 64);
}

/* Empties them into a list of ids. */
static void bits_take(struct bits *b, struct buf *out)
{
	buf_clear(out);
	for (size_t i = 0; i < b->n; i++)
		for (; b->word[i] != 0; b->word[i] &= b->word[i] - 1) {
			uint32_t id = (uint32_t)(i * 64) + (uint32_t)__builtin_ctzll(b->word[i]);
			const unsigned char bytes[ID_BYTES] = { (unsigned char)id, (unsigned char)(id >> 8),
								(unsigned char)(id >> 16), (unsigned char)(id >> 24) };

			buf_add(out, bytes, sizeof bytes);
		}
}

static int damaged(struct err *err, int64_t day)
{
	char text[TEXT_DAY_BYTES];

	return err_set(err, ERR_SYSTEM, "the packed rows of %s are damaged: ruad rebuild makes them anew from the facts",
		       text_day(text, day));
}

static int sum_report(struct day *d, const struct meaning *m, struct pack_reader *in, const struct packed_report *r,
		      int64_t *messages)
{
	struct packed_row row;
	int rc;

	while ((rc = pack_next_row(in, &row)) == 1) {
		const struct profile_meaning *p = &m->profiles[row.profile];
		uint32_t key[CELL_KEYS];

		if (row.profile >= m->profile_count || r->policy >= m->policy_count)
			return -1;
		key[ROW_DOMAIN] = p->domain;
		key[ROW_SOURCE] = meaning_source(m, row.address, p);
		key[ROW_REPORTER] = r->reporter;
		key[ROW_KIND] = kind_of(p, &m->policies[r->policy], p->domain != r->domain);
		cell_sums_add(&d->sums, key, row.messages);
		bits_set(&d->seen_profiles, row.profile);
		bits_set(&d->seen_addresses, row.address);
		*messages += row.messages;
	}
	return rc;
}

static int each_report(struct day *d, const struct meaning *m, struct cell_sums *reports)
{
	struct packed_report r;
	struct pack_reader in;
	int rc = 0;

	for (size_t i = 0; i < d->n && rc == 0; i++) {
		const struct segment *s = &d->segment[i];

		pack_reader_init(&in, (struct slice){ d->bytes.data + s->at, s->len }, s->first);
		while ((rc = pack_next_report(&in, &r)) == 1) {
			const uint32_t key[CELL_KEYS] = { r.domain, r.reporter, r.policy, r.is_long };
			int64_t messages = 0;

			if (sum_report(d, m, &in, &r, &messages) != 0)
				return -1;
			cell_sums_add(reports, key, messages);
		}
	}
	return rc;
}

static void take_cells(struct day *d, struct cell_sums *sums, struct buf *out)
{
	d->cells.n = 0;
	cell_sums_take(sums, &d->cells);
	buf_clear(out);
	cells_pack(out, &d->cells, false);
}

static int day_sum(struct day *d, const struct meaning *m, int64_t day, struct err *err)
{
	struct cell_sums reports = { 0 };
	int rc = each_report(d, m, &reports);

	take_cells(d, &reports, &d->reports);
	take_cells(d, &d->sums, &d->rows);
	bits_take(&d->seen_profiles, &d->profiles);
	bits_take(&d->seen_addresses, &d->addresses);
	cell_sums_release(&reports);
	return rc == 0 ? 0 : damaged(err, day);
}

/* --- writing --- */

static int save_cells(struct db *db, int64_t period, struct slice reports, struct slice rows, struct err *err)
{
	struct statement *s = db_statement(db, reports.len > 0 ? SQL_CELL_SET : SQL_CELL_DELETE);

	bind_int(s, 1, period);
	if (reports.len > 0) {
		bind_blob(s, 2, reports.ptr, reports.len);
		bind_blob(s, 3, rows.ptr, rows.len);
	}
	return statement_run(s, NULL, err);
}

static int save_ids(struct day *d, struct db *db, int64_t day, struct err *err)
{
	struct statement *s = db_statement(db, d->n > 0 ? SQL_DAY_IDS_SET : SQL_DAY_IDS_DELETE);

	bind_int(s, 1, day);
	if (d->n > 0) {
		bind_blob(s, 2, d->profiles.data, d->profiles.len);
		bind_blob(s, 3, d->addresses.data, d->addresses.len);
	}
	return statement_run(s, NULL, err);
}

/* Segments from number `from` on. */
static int save_segments(struct day *d, struct db *db, int64_t day, size_t from, struct err *err)
{
	for (size_t i = from; i < d->n; i++) {
		struct statement *s = db_statement(db, SQL_SEGMENT_SET);

		bind_int(s, 1, day << SEGMENT_DAY_BITS | d->segment[i].first);
		bind_int(s, 2, d->segment[i].last);
		bind_blob(s, 3, d->bytes.data + d->segment[i].at, d->segment[i].len);
		if (statement_run(s, NULL, err) != 0)
			return -1;
	}
	return 0;
}

static int save_sums(struct day *d, struct db *db, const struct meaning *m, int64_t day, struct err *err)
{
	return day_sum(d, m, day, err) == 0 && save_ids(d, db, day, err) == 0 ?
		       save_cells(db, day, buf_slice(&d->reports), buf_slice(&d->rows), err) :
		       -1;
}

/* --- months --- */

static int read_cells(struct slice packed, int day_of_month, struct cells *out)
{
	struct cell_reader in;
	struct cell cell;
	int rc;

	cell_reader_init(&in, packed, false);
	while ((rc = cell_reader_next(&in, &cell)) == 1) {
		cell.days = (uint32_t)1 << day_of_month;
		cells_append(out, &cell);
	}
	return rc;
}

/* The cells of the month's days from number `from` to before `to`, united by halves: each cell is touched five times. */
static int unite_days(struct db *db, int64_t first, int from, int to, struct cells *reports, struct cells *rows,
		      struct err *err)
{
	struct cells part[4] = { 0 };
	int middle = (from + to) / 2, rc;
	struct statement *s;

	if (to - from == 1) {
		s = db_statement(db, SQL_CELL_GET);
		bind_int(s, 1, first + from);
		if ((rc = statement_step(s, err)) != 1)
			return rc;
		rc = read_cells(column_blob(s, 0), from, reports) == 0 ? read_cells(column_blob(s, 1), from, rows) : -1;
		statement_reset(s);
		return rc == 0 ? 0 : damaged(err, first + from);
	}
	rc = unite_days(db, first, from, middle, &part[0], &part[1], err) == 0 ?
		     unite_days(db, first, middle, to, &part[2], &part[3], err) :
		     -1;
	cells_unite(reports, &part[0], &part[2]);
	cells_unite(rows, &part[1], &part[3]);
	for (int i = 0; i < 4; i++)
		cells_release(&part[i]);
	return rc;
}

static int month_sum(struct db *db, int64_t month, struct buf *reports, struct buf *rows, struct err *err)
{
	int64_t first = derive_month_first(month);
	struct cells all[2] = { 0 };
	int rc = unite_days(db, first, 0, (int)(derive_month_first(month + 1) - first), &all[0], &all[1], err);

	buf_clear(reports);
	buf_clear(rows);
	cells_pack(reports, &all[0], true);
	cells_pack(rows, &all[1], true);
	cells_release(&all[0]);
	cells_release(&all[1]);
	return rc;
}

static int month_save(struct day *scratch, struct db *db, int64_t month, struct err *err)
{
	return month_sum(db, month, &scratch->reports, &scratch->rows, err) == 0 ?
		       save_cells(db, month, buf_slice(&scratch->reports), buf_slice(&scratch->rows), err) :
		       -1;
}

/* --- a commit group --- */

static int by_day_and_id(const void *a, const void *b)
{
	const struct open_report *x = a, *y = b;

	if (x->day != y->day)
		return x->day < y->day ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static int by_number(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static bool is_redone(const struct open_days *o, int64_t day)
{
	return o->redo_n > 0 && bsearch(&day, o->redo, o->redo_n, sizeof day, by_number) != NULL;
}

/* The reports of one day, behind what is stored; returns how many. */
static int flush_day(struct open_days *o, size_t i, struct day *d, struct db *db, const struct meaning *m, struct err *err)
{
	int64_t day = o->report[i].day;
	size_t from, n = i;

	if (day_load(d, db, day, err) != 0)
		return -1;
	from = d->n > 0 ? d->n - 1 : 0;
	for (; n < o->n && o->report[n].day == day; n++)
		day_append(d, o->report[n].id, (struct slice){ o->bytes.data + o->report[n].at, o->report[n].len });
	if (save_segments(d, db, day, from, err) != 0 || save_sums(d, db, m, day, err) != 0)
		return -1;
	return (int)(n - i);
}

static int redo_day(struct day *d, struct db *db, const struct meaning *m, int64_t day, struct err *err)
{
	if (day_read(d, db, day, err) < 0 || statement_run(segments_of(db, SQL_SEGMENTS_DELETE, day), NULL, err) != 0 ||
	    save_segments(d, db, day, 0, err) != 0)
		return -1;
	return save_sums(d, db, m, day, err);
}

static int flush_redone(struct open_days *o, struct day *d, struct db *db, const struct meaning *m, struct err *err)
{
	for (size_t i = 0; i < o->redo_n; i++)
		if ((i == 0 || o->redo[i] != o->redo[i - 1]) &&
		    (redo_day(d, db, m, o->redo[i], err) != 0 || month_save(d, db, derive_month_of(o->redo[i]), err) != 0))
			return -1;
	return 0;
}

static int flush_added(struct open_days *o, struct day *d, struct db *db, const struct meaning *m, struct err *err)
{
	int64_t month = 0;

	for (size_t i = 0; i < o->n;) {
		int64_t day = o->report[i].day;
		int n = 1;

		if (month != 0 && month != derive_month_of(day) && month_save(d, db, month, err) != 0)
			return -1;
		month = derive_month_of(day);
		if (!is_redone(o, day) && (n = flush_day(o, i, d, db, m, err)) < 0)
			return -1;
		i += (size_t)n;
	}
	return month != 0 ? month_save(d, db, month, err) : 0;
}

/* The first day above `*day` on which one of the relabelled addresses occurs: 1, or 0 at the end. */
static int next_relabelled(struct open_days *o, struct db *db, int64_t *day, struct err *err)
{
	struct statement *s = db_statement(db, SQL_DAYS);
	bool found = false;
	int rc;

	bind_int(s, 1, *day + 1);
	bind_int(s, 2, FIRST_MONTH_PERIOD);
	while (!found && (rc = statement_step(s, err)) == 1) {
		struct slice addresses = column_blob(s, 2);

		*day = column_int(s, 0);
		for (size_t i = 0; i < o->relabelled_n && !found; i++)
			found = ids_have(addresses, (uint32_t)o->relabelled[i]);
	}
	statement_reset(s);
	return found ? 1 : rc;
}

static int flush_relabelled(struct open_days *o, struct day *d, struct db *db, const struct meaning *m, struct err *err)
{
	int64_t day = -1;
	int rc = 0;

	while (o->relabelled_n > 0 && (rc = next_relabelled(o, db, &day, err)) == 1)
		if (day_load(d, db, day, err) != 0 || save_sums(d, db, m, day, err) != 0 ||
		    month_save(d, db, derive_month_of(day), err) != 0)
			return -1;
	return rc;
}

int derive_flush(struct open_days *o, struct db *db, const struct meaning *m, struct err *err)
{
	struct day d;
	int rc;

	if (o->n > 0)
		qsort(o->report, o->n, sizeof *o->report, by_day_and_id);
	if (o->redo_n > 0)
		qsort(o->redo, o->redo_n, sizeof *o->redo, by_number);
	day_init(&d);
	rc = flush_redone(o, &d, db, m, err) == 0 && flush_added(o, &d, db, m, err) == 0 ?
		     flush_relabelled(o, &d, db, m, err) :
		     -1;
	day_release(&d);
	open_days_clear(o);
	return rc;
}

/* --- all of it --- */

static int next_of(struct db *db, enum sql name, int64_t after, int64_t *out, struct err *err)
{
	struct statement *s = db_statement(db, name);
	int rc;

	bind_int(s, 1, after);
	if ((rc = statement_step(s, err)) != 1)
		return rc;
	rc = !column_is_null(s, 0);
	*out = column_int(s, 0);
	statement_reset(s);
	return rc;
}

/* Calls `month_save` where the day begins another month than the one before. */
static int turn_month(struct day *d, struct db *db, int64_t before, int64_t day, struct err *err)
{
	return before >= 0 && derive_month_of(before) != derive_month_of(day) ?
		       month_save(d, db, derive_month_of(before), err) :
		       0;
}

int derive_cells(struct db *db, const struct meaning *m, struct err *err)
{
	int64_t day = -1, before = -1;
	struct day d;
	int rc;

	day_init(&d);
	while ((rc = next_of(db, SQL_CELL_NEXT, day, &day, err)) == 1 && day < FIRST_MONTH_PERIOD) {
		if (turn_month(&d, db, before, day, err) != 0 || day_load(&d, db, day, err) != 0 ||
		    save_sums(&d, db, m, day, err) != 0) {
			rc = -1;
			break;
		}
		before = day;
	}
	if (rc >= 0 && before >= 0)
		rc = month_save(&d, db, derive_month_of(before), err);
	day_release(&d);
	return rc < 0 ? -1 : 0;
}

int derive_all(struct db *db, const struct meaning *m, derive_progress *progress, void *ctx, struct err *err)
{
	int64_t day = -1, before = -1, n, reports = 0;
	struct day d;
	int rc;

	day_init(&d);
	while ((rc = next_of(db, SQL_REPORT_DAY_NEXT, day, &day, err)) == 1) {
		if (turn_month(&d, db, before, day, err) != 0 || (n = day_read(&d, db, day, err)) < 0 ||
		    save_segments(&d, db, day, 0, err) != 0 || save_sums(&d, db, m, day, err) != 0) {
			rc = -1;
			break;
		}
		before = day;
		if (progress != NULL)
			progress(ctx, reports += n);
	}
	if (rc == 0 && before >= 0)
		rc = month_save(&d, db, derive_month_of(before), err);
	day_release(&d);
	return rc;
}

/* --- comparing --- */

struct comparing {
	struct db *db;
	int64_t different;
	char *where;
	size_t room;
};

static void note_difference(struct comparing *c, int64_t period, const char *what)
{
	char day[TEXT_DAY_BYTES];

	if (c->different++ == 0)
		snprintf(c->where, c->room, "%s of %s%s", what, period >= FIRST_MONTH_PERIOD ? "the month of " : "",
			 text_day(day, period >= FIRST_MONTH_PERIOD ? derive_month_first(period) : period));
}

static bool slice_same(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* One row of two blobs, as it should be. */
static int compare_pair(struct comparing *c, enum sql name, int64_t period, struct slice first, struct slice second,
			const char *what, struct err *err)
{
	struct statement *s = db_statement(c->db, name);
	int rc;

	bind_int(s, 1, period);
	if ((rc = statement_step(s, err)) < 0)
		return -1;
	if (rc == 0 || !slice_same(column_blob(s, 0), first) || !slice_same(column_blob(s, 1), second))
		note_difference(c, period, what);
	statement_reset(s);
	return 0;
}

static int compare_segments(struct comparing *c, const struct day *d, int64_t day, struct err *err)
{
	struct statement *s = segments_of(c->db, SQL_SEGMENTS, day);
	bool same = true;
	size_t i = 0;
	int rc;

	while ((rc = statement_step(s, err)) == 1) {
		same = same && i < d->n && column_int(s, 0) == (day << SEGMENT_DAY_BITS | d->segment[i].first) &&
		       column_int(s, 1) == d->segment[i].last &&
		       slice_same(column_blob(s, 2), (struct slice){ d->bytes.data + d->segment[i].at, d->segment[i].len });
		i++;
	}
	if (!same || i != d->n)
		note_difference(c, day, "packed rows");
	return rc;
}

static int compare_day(struct comparing *c, struct day *d, const struct meaning *m, int64_t day, struct err *err)
{
	if (compare_segments(c, d, day, err) != 0 || day_sum(d, m, day, err) != 0 ||
	    compare_pair(c, SQL_DAY_IDS_GET, day, buf_slice(&d->profiles), buf_slice(&d->addresses), "ids", err) != 0)
		return -1;
	return compare_pair(c, SQL_CELL_GET, day, buf_slice(&d->reports), buf_slice(&d->rows), "sums", err);
}

/* Days whose stored cells can not be read were counted as different by now; their month can not be made from them. */
static int compare_month(struct comparing *c, struct day *d, int64_t month, struct err *err)
{
	if (month_sum(c->db, month, &d->reports, &d->rows, err) != 0)
		return c->different > 0 ? 0 : -1;
	return compare_pair(c, SQL_CELL_GET, month, buf_slice(&d->reports), buf_slice(&d->rows), "sums", err);
}

/* Sums of a day or month that has no report. */
static int compare_rest(struct comparing *c, int64_t expected, struct err *err)
{
	int64_t period = -1, n = 0;
	int rc;

	while ((rc = next_of(c->db, SQL_CELL_NEXT, period, &period, err)) == 1)
		n++;
	if (rc == 0 && n != expected && c->different++ == 0)
		snprintf(c->where, c->room, "sums of %lld days and months instead of %lld", (long long)n, (long long)expected);
	return rc;
}

static int compare_all(struct comparing *c, const struct meaning *m, derive_progress *progress, void *ctx, struct err *err)
{
	int64_t day = -1, before = -1, n, reports = 0, periods = 0;
	struct day d;
	int rc;

	day_init(&d);
	while ((rc = next_of(c->db, SQL_REPORT_DAY_NEXT, day, &day, err)) == 1) {
		bool turned = before >= 0 && derive_month_of(before) != derive_month_of(day);

		if ((turned && compare_month(c, &d, derive_month_of(before), err) != 0) ||
		    (n = day_read(&d, c->db, day, err)) < 0 || compare_day(c, &d, m, day, err) != 0) {
			rc = -1;
			break;
		}
		periods += 1 + (before < 0 || turned);
		before = day;
		if (progress != NULL)
			progress(ctx, reports += n);
	}
	if (rc == 0 && before >= 0)
		rc = compare_month(c, &d, derive_month_of(before), err);
	day_release(&d);
	return rc == 0 ? compare_rest(c, periods, err) : -1;
}

int derive_compare(struct db *db, const struct meaning *m, derive_progress *progress, void *ctx, int64_t *different,
		   char *where, size_t room, struct err *err)
{
	struct comparing c = { .db = db, .where = where, .room = room };

	if (compare_all(&c, m, progress, ctx, err) != 0)
		return -1;
	*different = c.different;
	return 0;
}
