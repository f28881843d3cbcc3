/* derive: see derive.h. */
#include "storage/derive.h"

#include "base/text.h"
#include "schema/limits.h"
#include "schema/report.h"
#include "storage/by_address.h"
#include "storage/varint.h"

#include <stdio.h>
#include <stdlib.h>

enum { OPEN_BYTES = LIMIT_FRAME_BYTES, DAY_BYTES = 1 << 30 };

int64_t derive_month_of(int64_t day)
{
	struct civil c = text_civil(day);

	return FIRST_MONTH_PERIOD + (c.year - 1970) * 12 + c.month - 1;
}

int derive_last_closed(struct db *db, int64_t *month, struct err *err)
{
	struct statement *s = db_statement(db, SQL_REPORT_DAY_LAST);
	int rc;

	if ((rc = statement_step(s, err)) < 0)
		return -1;
	*month = rc == 1 && !column_is_null(s, 0) ? derive_month_of(column_int(s, 0) + 1) - 1 : INT64_MIN;
	statement_reset(s);
	return 0;
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
struct days_of_ids { /* a bit per day, by id */
	uint32_t *days;
	size_t n, room;
	uint8_t *messages; /* of addresses: no more than LIMIT_ONCE_MESSAGES are counted */
	size_t message_n, message_room;
};
struct day { /* one day or month in memory, and what is made of it */
	const struct meaning *meaning;
	bool sources_only; /* only sources changed: tables that do not know them, and ids, stay as they are */
	bool of_month, is_closed; /* a month, and one that no more days come to */
	int64_t last_closed;
	struct buf bytes; /* of all segments */
	struct segment *segment;
	size_t n, room;
	struct buf packed[CELL_TABLES];
	struct buf profiles, addresses; /* ids of a month */
	struct cell_sums sums;
	struct cells cells[CELL_TABLES]; /* but those with addresses */
	struct address_sums by_address;
	struct days_of_ids seen_profiles, seen_addresses;
	struct packed_row *fact; /* of one report */
	size_t fact_n, fact_room;
};

static int day_init(struct day *d, struct db *db, const struct meaning *m, struct err *err)
{
	*d = (struct day){ .meaning = m };
	buf_init(&d->bytes, DAY_BYTES);
	buf_init(&d->profiles, DAY_BYTES);
	buf_init(&d->addresses, DAY_BYTES);
	for (int t = 0; t < CELL_TABLES; t++)
		buf_init(&d->packed[t], DAY_BYTES);
	return derive_last_closed(db, &d->last_closed, err);
}

static void day_release(struct day *d)
{
	buf_release(&d->bytes);
	buf_release(&d->profiles);
	buf_release(&d->addresses);
	for (int t = 0; t < CELL_TABLES; t++) {
		buf_release(&d->packed[t]);
		cells_release(&d->cells[t]);
	}
	free(d->segment);
	cell_sums_release(&d->sums);
	address_sums_release(&d->by_address);
	free(d->seen_profiles.days);
	free(d->seen_addresses.days);
	free(d->seen_addresses.messages);
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
		struct segment *seg = day_segment(d, derive_segment_first(column_int(s, 0)));

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

/* --- ids --- */

#define FEW ((uint32_t)1 << 31)

static uint32_t four_bytes(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void add_four_bytes(struct buf *out, uint32_t n)
{
	const unsigned char bytes[4] = { (unsigned char)n, (unsigned char)(n >> 8), (unsigned char)(n >> 16),
					 (unsigned char)(n >> 24) };

	buf_add(out, bytes, sizeof bytes);
}

uint32_t ids_at(struct slice ids, size_t i, uint32_t *days)
{
	const unsigned char *p = (const unsigned char *)ids.ptr + i * ID_BYTES;

	*days = four_bytes(p + 4) & ~FEW;
	return four_bytes(p);
}

bool ids_at_few(struct slice ids, size_t i)
{
	return (four_bytes((const unsigned char *)ids.ptr + i * ID_BYTES + 4) & FEW) != 0;
}

uint32_t ids_days(struct slice ids, uint32_t id)
{
	size_t low = 0, high = ids.len / ID_BYTES;
	uint32_t days;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		uint32_t at = ids_at(ids, middle, &days);

		if (at == id)
			return days;
		if (at < id)
			low = middle + 1;
		else
			high = middle;
	}
	return 0;
}

static void seen_on(struct days_of_ids *s, uint32_t id, uint32_t day)
{
	if (id >= s->n)
		s->days = array_room(s->days, &s->room, &s->n, sizeof *s->days, id);
	s->days[id] |= day;
}

static void count_messages(struct days_of_ids *s, uint32_t id, int64_t messages)
{
	int64_t sum;

	if (id >= s->message_n)
		s->messages = array_room(s->messages, &s->message_room, &s->message_n, 1, id);
	sum = s->messages[id] + messages;
	s->messages[id] = (uint8_t)(sum < LIMIT_ONCE_MESSAGES ? sum : LIMIT_ONCE_MESSAGES);
}

/* The days of an id, with the highest bit where it had few messages; forgets both. */
static uint32_t take_days(struct days_of_ids *s, size_t id)
{
	uint32_t days = s->days[id];

	s->days[id] = 0;
	if (id >= s->message_n)
		return days;
	days |= s->messages[id] < LIMIT_ONCE_MESSAGES ? FEW : 0;
	s->messages[id] = 0;
	return days;
}

/* Empties them into a list of ids. */
static void take_ids(struct days_of_ids *s, struct buf *out)
{
	buf_clear(out);
	for (size_t id = 0; id < s->n; id++) {
		if (s->days[id] == 0)
			continue;
		add_four_bytes(out, (uint32_t)id);
		add_four_bytes(out, take_days(s, id));
	}
}

/* --- sums of a day --- */

int64_t derive_cell_id(enum cell_table table, int64_t period)
{
	return (int64_t)table << 32 | period;
}

static int damaged(struct err *err, int64_t day)
{
	char text[TEXT_DAY_BYTES];

	return err_set(err, ERR_SYSTEM, "the packed rows of %s are damaged: ruad rebuild makes them anew from the facts",
		       text_day(text, day));
}

static int sum_report(struct day *d, struct pack_reader *in, const struct packed_report *r, int64_t *messages)
{
	const struct meaning *m = d->meaning;
	struct packed_row row;
	int rc;

	while ((rc = pack_next_row(in, &row)) == 1) {
		const struct profile_meaning *p = &m->profiles[row.profile];
		struct cell cell = { .days = 1, .messages = row.messages, .count = 1 };

		if (row.profile >= m->profile_count || row.address > m->last_address || r->policy >= m->policy_count)
			return -1;
		cell.key[ROW_DOMAIN] = p->domain;
		cell.key[ROW_SOURCE] = meaning_source(m, row.address, p);
		cell.key[ROW_REPORTER] = r->reporter;
		cell.key[ROW_KIND] = kind_of(p, &m->policies[r->policy], p->domain != r->domain);
		cell_sums_add(&d->sums, &cell);
		*messages += row.messages;
	}
	return rc;
}

static int each_report(struct day *d, struct cell_sums *reports)
{
	struct packed_report r;
	struct pack_reader in;
	int rc = 0;

	for (size_t i = 0; i < d->n && rc == 0; i++) {
		const struct segment *s = &d->segment[i];

		pack_reader_init(&in, (struct slice){ d->bytes.data + s->at, s->len }, s->first);
		while ((rc = pack_next_report(&in, &r)) == 1) {
			struct cell cell = { .key = { r.domain, r.reporter, r.policy, r.is_long }, .days = 1, .count = 1 };

			if (sum_report(d, &in, &r, &cell.messages) != 0)
				return -1;
			cell_sums_add(reports, &cell);
		}
	}
	return rc;
}

static bool is_made(const struct day *d, enum cell_table t)
{
	bool at_all = cell_table_has_days(t) || d->is_closed;

	return at_all && (!d->sources_only || (t <= OF_ALL && (t & OF_SOURCE) != 0) || !cell_table_has_days(t));
}

/* The other tables of rows from that of all keys, each from the smallest that has its keys. */
static void sum_fewer_keys(struct day *d)
{
	static const struct {
		enum cell_table from, to;
	} steps[] = {
		{ OF_ALL, OF_DOMAIN | OF_SOURCE },  { OF_ALL, OF_DOMAIN | OF_REPORTER }, { OF_ALL, OF_SOURCE | OF_REPORTER },
		{ OF_DOMAIN | OF_SOURCE, OF_DOMAIN }, { OF_SOURCE | OF_REPORTER, OF_SOURCE },
		{ OF_SOURCE | OF_REPORTER, OF_REPORTER }, { OF_SOURCE, OF_NOTHING },
	};

	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		const struct cells *from = &d->cells[steps[i].from];
		struct cells *to = &d->cells[steps[i].to];

		if (!is_made(d, steps[i].to))
			continue;
		for (size_t k = 0; k < from->n; k++) {
			struct cell cell = from->item[k];

			for (int key = 0; key < ROW_KIND; key++)
				if (!(steps[i].to >> key & 1))
					cell.key[key] = 0;
			cell_sums_add(&d->sums, &cell);
		}
		to->n = 0;
		cell_sums_take(&d->sums, to);
	}
}

static void sum_reporter_first(struct day *d)
{
	const struct cells *from = &d->cells[OF_DOMAIN | OF_REPORTER];

	for (size_t i = 0; i < from->n; i++) {
		struct cell cell = from->item[i];

		cell.key[ROW_DOMAIN] = from->item[i].key[ROW_REPORTER];
		cell.key[ROW_REPORTER] = from->item[i].key[ROW_DOMAIN];
		cell_sums_add(&d->sums, &cell);
	}
	d->cells[OF_REPORTER_FIRST].n = 0;
	cell_sums_take(&d->sums, &d->cells[OF_REPORTER_FIRST]);
}

/* Without the reporter. */
static void sum_profiles(struct day *d)
{
	const struct cells *from = &d->cells[OF_REPORTER_PROFILES];

	for (size_t i = 0; i < from->n; i++) {
		struct cell cell = from->item[i];

		memcpy(cell.key, from->item[i].key + 1, PROFILE_KEYS * sizeof *cell.key);
		cell.key[PROFILE_KEYS] = 0;
		cell_sums_add(&d->sums, &cell);
	}
	d->cells[OF_PROFILES].n = 0;
	cell_sums_take(&d->sums, &d->cells[OF_PROFILES]);
}

static const struct cells *cells_of(const struct day *d, enum cell_table t)
{
	return t == OF_ADDRESSES          ? &d->by_address.by_address :
	       t == OF_DOMAIN_ADDRESSES   ? &d->by_address.by_domain :
	       t == OF_REPORTER_ADDRESSES ? &d->by_address.by_reporter :
					    &d->cells[t];
}

static void pack_tables(struct day *d)
{
	sum_fewer_keys(d);
	if (is_made(d, OF_REPORTER_FIRST))
		sum_reporter_first(d);
	if (is_made(d, OF_PROFILES))
		sum_profiles(d);
	for (int t = 0; t < CELL_TABLES; t++) {
		if (!is_made(d, (enum cell_table)t))
			continue;
		buf_clear(&d->packed[t]);
		cells_pack(&d->packed[t], cells_of(d, (enum cell_table)t), cell_table_keys((enum cell_table)t), d->of_month);
	}
}

static int day_sum(struct day *d, int64_t day, struct err *err)
{
	struct cell_sums reports = { 0 };
	int rc;

	d->of_month = d->is_closed = false;
	rc = each_report(d, &reports);

	d->cells[OF_ALL].n = d->cells[OF_REPORTS].n = 0;
	cell_sums_take(&d->sums, &d->cells[OF_ALL]);
	cell_sums_take(&reports, &d->cells[OF_REPORTS]);
	cell_sums_release(&reports);
	pack_tables(d);
	return rc == 0 ? 0 : damaged(err, day);
}

/* --- writing --- */

/* All tables' cells of a day or month; an empty blob is none. */
static int save_cells(struct day *d, struct db *db, int64_t period, struct err *err)
{
	for (int t = 0; t < CELL_TABLES; t++) {
		const struct buf *packed = &d->packed[t];
		struct statement *s;

		if (!is_made(d, (enum cell_table)t))
			continue;
		s = db_statement(db, packed->len > 0 ? SQL_CELL_SET : SQL_CELL_DELETE);

		bind_int(s, 1, derive_cell_id((enum cell_table)t, period));
		if (packed->len > 0)
			bind_blob(s, 2, packed->data, packed->len);
		if (statement_run(s, NULL, err) != 0)
			return -1;
	}
	return 0;
}

static int save_ids(struct day *d, struct db *db, int64_t month, struct err *err)
{
	struct statement *s = db_statement(db, d->profiles.len > 0 ? SQL_MONTH_IDS_SET : SQL_MONTH_IDS_DELETE);

	bind_int(s, 1, month);
	if (d->profiles.len > 0) {
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

static int save_sums(struct day *d, struct db *db, int64_t day, struct err *err)
{
	return day_sum(d, day, err) == 0 ? save_cells(d, db, day, err) : -1;
}

/* --- months --- */

static int read_cells(struct slice packed, enum cell_table table, int day_of_month, struct cells *out)
{
	const struct cell *read;
	struct cell_reader in;
	int rc;

	cell_reader_init(&in, packed, cell_table_keys(table), false);
	while ((rc = cell_reader_next(&in, &read)) == 1) {
		struct cell cell = *read;

		cell.days = (uint32_t)1 << day_of_month;
		cells_append(out, &cell);
	}
	return rc;
}

/* A table's cells of the month's days from number `from` to before `to`, united by halves: each is touched five times. */
static int unite_days(struct db *db, enum cell_table table, int64_t first, int from, int to, struct cells *out,
		      struct err *err)
{
	struct cells half[2] = { 0 };
	int middle = (from + to) / 2, rc;
	struct statement *s;

	if (to - from == 1) {
		s = db_statement(db, SQL_CELL_GET);
		bind_int(s, 1, derive_cell_id(table, first + from));
		if ((rc = statement_step(s, err)) != 1)
			return rc;
		rc = read_cells(column_blob(s, 0), table, from, out);
		statement_reset(s);
		return rc == 0 ? 0 : damaged(err, first + from);
	}
	rc = unite_days(db, table, first, from, middle, &half[0], err) == 0 ?
		     unite_days(db, table, first, middle, to, &half[1], err) :
		     -1;
	cells_unite(out, &half[0], &half[1]);
	cells_release(&half[0]);
	cells_release(&half[1]);
	return rc;
}

/* One row of the month: who occurs on that day, and its sum by profile. */
static void see_row(struct day *d, const struct packed_report *r, const struct packed_row *row, uint32_t day)
{
	const struct profile_meaning *p = &d->meaning->profiles[row->profile];
	const struct cell cell = { .key = { r->reporter, row->profile, meaning_source(d->meaning, row->address, p), r->domain,
					    r->policy },
				   .days = day, .messages = row->messages, .count = 1 };

	if (d->is_closed) {
		cell_sums_add(&d->sums, &cell);
		address_sums_add(&d->by_address,
				 &(struct address_row){ row->address, p->domain, r->reporter, cell.key[1 + PROFILE_SOURCE],
							(uint16_t)kind_of(p, &d->meaning->policies[r->policy], p->domain != r->domain),
							(uint8_t)__builtin_ctz(day), row->messages });
	}
	if (d->sources_only)
		return;
	seen_on(&d->seen_profiles, row->profile, day);
	seen_on(&d->seen_addresses, row->address, day);
	count_messages(&d->seen_addresses, row->address, row->messages);
}

static int see_rows(struct day *d, struct slice segment, uint32_t day)
{
	struct packed_report r;
	struct packed_row row;
	struct pack_reader in;
	int rc;

	pack_reader_init(&in, segment, 0); /* which reports they are does not matter */
	while ((rc = pack_next_report(&in, &r)) == 1) {
		while ((rc = pack_next_row(&in, &row)) == 1) {
			if (row.profile >= d->meaning->profile_count || row.address > d->meaning->last_address ||
			    r.policy >= d->meaning->policy_count)
				return -1;
			see_row(d, &r, &row, day);
		}
		if (rc != 0)
			return -1;
	}
	return rc;
}

/* What the month's rows come to of themselves: ids, and sums by profile. */
static int month_rows(struct day *d, struct db *db, int64_t first, int64_t end, struct err *err)
{
	struct statement *s = db_statement(db, SQL_SEGMENTS);
	int rc;

	bind_int(s, 1, first << SEGMENT_DAY_BITS);
	bind_int(s, 2, end << SEGMENT_DAY_BITS);
	while ((rc = statement_step(s, err)) == 1) {
		int64_t day = column_int(s, 0) >> SEGMENT_DAY_BITS;

		if (see_rows(d, column_blob(s, 2), (uint32_t)1 << (day - first)) != 0) {
			statement_reset(s);
			return damaged(err, day);
		}
	}
	d->cells[OF_REPORTER_PROFILES].n = 0;
	cell_sums_take(&d->sums, &d->cells[OF_REPORTER_PROFILES]);
	address_sums_finish(&d->by_address);
	if (d->sources_only)
		return rc;
	take_ids(&d->seen_profiles, &d->profiles);
	take_ids(&d->seen_addresses, &d->addresses);
	return rc;
}

static int month_sum(struct day *d, struct db *db, int64_t month, struct err *err)
{
	int64_t first = derive_month_first(month), end = derive_month_first(month + 1);
	int days = (int)(end - first);

	d->of_month = true;
	d->is_closed = month <= d->last_closed;
	address_sums_clear(&d->by_address);
	d->cells[OF_ALL].n = d->cells[OF_REPORTS].n = 0;
	if (month_rows(d, db, first, end, err) != 0 || unite_days(db, OF_ALL, first, 0, days, &d->cells[OF_ALL], err) != 0 ||
	    (is_made(d, OF_REPORTS) && unite_days(db, OF_REPORTS, first, 0, days, &d->cells[OF_REPORTS], err) != 0))
		return -1;
	pack_tables(d);
	return 0;
}

static int month_save(struct day *d, struct db *db, int64_t month, struct err *err)
{
	return month_sum(d, db, month, err) == 0 && (d->sources_only || save_ids(d, db, month, err) == 0) ?
		       save_cells(d, db, month, err) :
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
static int flush_day(struct open_days *o, size_t i, struct day *d, struct db *db, struct err *err)
{
	int64_t day = o->report[i].day;
	size_t from, n = i;

	if (day_load(d, db, day, err) != 0)
		return -1;
	from = d->n > 0 ? d->n - 1 : 0;
	for (; n < o->n && o->report[n].day == day; n++)
		day_append(d, o->report[n].id, (struct slice){ o->bytes.data + o->report[n].at, o->report[n].len });
	if (save_segments(d, db, day, from, err) != 0 || save_sums(d, db, day, err) != 0)
		return -1;
	return (int)(n - i);
}

static int redo_day(struct day *d, struct db *db, int64_t day, struct err *err)
{
	if (day_read(d, db, day, err) < 0 || statement_run(segments_of(db, SQL_SEGMENTS_DELETE, day), NULL, err) != 0 ||
	    save_segments(d, db, day, 0, err) != 0)
		return -1;
	return save_sums(d, db, day, err);
}

static int flush_redone(struct open_days *o, struct day *d, struct db *db, struct err *err)
{
	for (size_t i = 0; i < o->redo_n; i++)
		if ((i == 0 || o->redo[i] != o->redo[i - 1]) && redo_day(d, db, o->redo[i], err) != 0)
			return -1;
	return 0;
}

static int flush_added(struct open_days *o, struct day *d, struct db *db, struct err *err)
{
	int n;

	for (size_t i = 0; i < o->n; i += (size_t)n) {
		n = 1;
		if (!is_redone(o, o->report[i].day) && (n = flush_day(o, i, d, db, err)) < 0)
			return -1;
	}
	return 0;
}

/* Each month of a touched day once, when all its days are written; both lists are sorted. */
static int flush_months(struct open_days *o, struct day *d, struct db *db, struct err *err)
{
	int64_t saved = 0;

	for (size_t i = 0, k = 0; i < o->n || k < o->redo_n;) {
		bool added = k == o->redo_n || (i < o->n && o->report[i].day <= o->redo[k]);
		int64_t month = derive_month_of(added ? o->report[i++].day : o->redo[k++]);

		if (month != saved && month_save(d, db, month, err) != 0)
			return -1;
		saved = month;
	}
	return 0;
}

/* The first month above `*month` in which a relabelled address occurs, and on which days: 1, or 0 at the end. */
static int next_relabelled(struct open_days *o, struct db *db, int64_t *month, uint32_t *days, struct err *err)
{
	struct statement *s = db_statement(db, SQL_MONTHS);
	int rc;

	*days = 0;
	bind_int(s, 1, *month + 1);
	bind_int(s, 2, INT64_MAX);
	while (*days == 0 && (rc = statement_step(s, err)) == 1) {
		*month = column_int(s, 0);
		for (size_t i = 0; i < o->relabelled_n; i++)
			*days |= ids_days(column_blob(s, 2), (uint32_t)o->relabelled[i]);
	}
	statement_reset(s);
	return *days != 0 ? 1 : rc;
}

/* Sums by profile and address of the months that were closed by this group, and none of such as it opened again. */
static int flush_closed(struct day *d, struct db *db, struct err *err)
{
	int64_t first_open = d->last_closed >= FIRST_MONTH_PERIOD ? d->last_closed + 1 : FIRST_MONTH_PERIOD, month;
	struct statement *s;

	for (enum cell_table t = OF_PROFILES; t <= OF_REPORTER_ADDRESSES; t++) {
		s = db_statement(db, SQL_CELLS_DELETE);
		bind_int(s, 1, derive_cell_id(t, first_open));
		bind_int(s, 2, derive_cell_id(t, UINT32_MAX));
		if (statement_run(s, NULL, err) != 0)
			return -1;
	}
	for (;;) {
		s = db_statement(db, SQL_MONTH_WITHOUT_CELLS);
		bind_int(s, 1, d->last_closed);
		bind_int(s, 2, derive_cell_id(OF_ADDRESSES, 0));
		month = 0;
		if (statement_run(s, &month, err) != 0)
			return -1;
		if (month < FIRST_MONTH_PERIOD)
			return 0;
		if (month_save(d, db, month, err) != 0)
			return -1;
	}
}

static int flush_relabelled(struct open_days *o, struct day *d, struct db *db, struct err *err)
{
	int64_t month = 0;
	uint32_t days;
	int rc = 0;

	while (o->relabelled_n > 0 && (rc = next_relabelled(o, db, &month, &days, err)) == 1) {
		for (; days != 0; days &= days - 1) {
			int64_t day = derive_month_first(month) + __builtin_ctz(days);

			if (day_load(d, db, day, err) != 0 || save_sums(d, db, day, err) != 0)
				return -1;
		}
		if (month_save(d, db, month, err) != 0)
			return -1;
	}
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
	rc = day_init(&d, db, m, err) == 0 && flush_redone(o, &d, db, err) == 0 && flush_added(o, &d, db, err) == 0 &&
			     flush_months(o, &d, db, err) == 0 && flush_closed(&d, db, err) == 0 ?
		     flush_relabelled(o, &d, db, err) :
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

/* The next day above `day` that has cells: 1, or 0. */
static int next_cell_day(struct db *db, int64_t *day, struct err *err)
{
	int64_t id = derive_cell_id(OF_ALL, *day > 0 ? *day : 0);
	int rc = next_of(db, SQL_CELL_NEXT, id, &id, err);

	*day = id - derive_cell_id(OF_ALL, 0);
	return rc == 1 && *day >= FIRST_MONTH_PERIOD ? 0 : rc;
}

int derive_sources(struct db *db, const struct meaning *m, struct err *err)
{
	int64_t day = -1, before = -1;
	struct day d;
	int rc;

	if (day_init(&d, db, m, err) != 0)
		return -1;
	d.sources_only = true;
	while ((rc = next_cell_day(db, &day, err)) == 1) {
		if (turn_month(&d, db, before, day, err) != 0 || day_load(&d, db, day, err) != 0 ||
		    save_sums(&d, db, day, err) != 0) {
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

	if (day_init(&d, db, m, err) != 0)
		return -1;
	while ((rc = next_of(db, SQL_REPORT_DAY_NEXT, day, &day, err)) == 1) {
		if (turn_month(&d, db, before, day, err) != 0 || (n = day_read(&d, db, day, err)) < 0 ||
		    save_segments(&d, db, day, 0, err) != 0 || save_sums(&d, db, day, err) != 0) {
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

/* A row of `n` blobs, as it should be. */
static int compare_blobs(struct comparing *c, enum sql name, int64_t key, const struct slice *blob, int n, int64_t period,
			 const char *what, struct err *err)
{
	struct statement *s = db_statement(c->db, name);
	bool same;
	int rc;

	bind_int(s, 1, key);
	if ((rc = statement_step(s, err)) < 0)
		return -1;
	same = rc == 1 || blob[0].len == 0;
	for (int i = 0; rc == 1 && i < n; i++)
		same = same && slice_same(column_blob(s, i), blob[i]);
	if (!same)
		note_difference(c, period, what);
	statement_reset(s);
	return 0;
}

static int compare_cells(struct comparing *c, const struct day *d, int64_t period, struct err *err)
{
	for (int t = 0; t < CELL_TABLES; t++) {
		const struct slice packed = buf_slice(&d->packed[t]);

		if (!is_made(d, (enum cell_table)t))
			continue;
		if (compare_blobs(c, SQL_CELL_GET, derive_cell_id((enum cell_table)t, period), &packed, 1, period, "sums", err) != 0)
			return -1;
	}
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

static int compare_day(struct comparing *c, struct day *d, int64_t day, struct err *err)
{
	return compare_segments(c, d, day, err) == 0 && day_sum(d, day, err) == 0 ? compare_cells(c, d, day, err) : -1;
}

/* Days whose stored cells can not be read were counted as different by now; their month can not be made from them. */
static int compare_month(struct comparing *c, struct day *d, int64_t month, struct err *err)
{
	struct slice ids[2];

	if (month_sum(d, c->db, month, err) != 0)
		return c->different > 0 ? 0 : -1;
	ids[0] = buf_slice(&d->profiles);
	ids[1] = buf_slice(&d->addresses);
	return compare_blobs(c, SQL_MONTH_IDS_GET, month, ids, 2, month, "ids", err) == 0 ? compare_cells(c, d, month, err) :
											   -1;
}

/* Sums of a day or month that has no report. */
static int compare_rest(struct comparing *c, int64_t expected, struct err *err)
{
	int64_t id = derive_cell_id(OF_REPORTS, 0), n = 0;
	int rc;

	while ((rc = next_of(c->db, SQL_CELL_NEXT, id, &id, err)) == 1)
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

	if (day_init(&d, c->db, m, err) != 0)
		return -1;
	while ((rc = next_of(c->db, SQL_REPORT_DAY_NEXT, day, &day, err)) == 1) {
		bool turned = before >= 0 && derive_month_of(before) != derive_month_of(day);

		if ((turned && compare_month(c, &d, derive_month_of(before), err) != 0) ||
		    (n = day_read(&d, c->db, day, err)) < 0 || compare_day(c, &d, day, err) != 0) {
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
