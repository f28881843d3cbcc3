/* query_tls: SMTP TLS reports by policy domain, reporter and kind of policy; see query.h. They are few beside the others, so
 * they are read as they lie. Neighbours: ingest_tls.c writes them. */
#include "storage/query.h"

#include "base/text.h"
#include "schema/limits.h"
#include "storage/map.h"
#include "storage/reader.h"

#include <stdlib.h>
#include <string.h>

enum { DAY_SECONDS = 86400 };

struct reading {
	struct reader *r;
	struct arena *a;
	const struct filter *f;
	struct tls_lines *out;
	struct map lines, details; /* key to place + 1 */
	size_t line_room, detail_room;
};

/* --- when --- */

static bool two_digits(const char *s, int64_t *n)
{
	if (s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9')
		return false;
	*n = (s[0] - '0') * 10 + s[1] - '0';
	return true;
}

/* Seconds that a zone is ahead, as in "+02:00"; 0 for "Z", and where there is none (Microsoft's reports, FORMATS 7). */
static int64_t zone_of(struct slice s)
{
	int64_t hours, minutes;

	for (size_t i = 10; i + 5 < s.len; i++)
		if ((s.ptr[i] == '+' || s.ptr[i] == '-') && s.len - i >= 6 && two_digits(s.ptr + i + 1, &hours) &&
		    s.ptr[i + 3] == ':' && two_digits(s.ptr + i + 4, &minutes))
			return (hours * 3600 + minutes * 60) * (s.ptr[i] == '-' ? -1 : 1);
	return 0;
}

/* The UTC day of a time as RFC 3339 writes it; false where it begins with no day. */
static bool day_of(struct slice s, int64_t *day)
{
	int64_t hours = 0, minutes = 0;

	if (s.len < 10 || !text_parse_day((struct slice){ s.ptr, 10 }, day))
		return false;
	if (s.len >= 16 && two_digits(s.ptr + 11, &hours))
		two_digits(s.ptr + 14, &minutes);
	*day = text_floor_div(*day * DAY_SECONDS + hours * 3600 + minutes * 60 - zone_of(s), DAY_SECONDS);
	return true;
}

/* --- what is asked for --- */

static bool has_word(const struct names *n, struct slice word)
{
	for (size_t i = 0; i < n->n; i++)
		if (slice_eq(n->item[i], word))
			return true;
	return false;
}

static bool keeps_word(const struct names *n, struct slice word)
{
	return n->n == 0 || has_word(n, word) != n->exclude;
}

static bool keeps_tree(const struct names *n, struct slice domain)
{
	bool within = false;

	for (size_t i = 0; i < n->n && !within; i++)
		within = domain_is_under(domain, n->item[i]);
	return n->n == 0 || within != n->exclude;
}

static bool keeps(const struct filter *f, struct slice domain, struct slice reporter)
{
	return keeps_tree(&f->scope, domain) && keeps_tree(&f->under, domain) && keeps_word(&f->policy_domain, domain) &&
	       keeps_word(&f->reporter, reporter);
}

/* --- lines --- */

static void add_count(int64_t *sum, struct statement *s, int column)
{
	if (!column_is_null(s, column))
		*sum = (*sum < 0 ? 0 : *sum) + column_int(s, column);
}

static void span(int64_t day, int64_t *first, int64_t *last)
{
	*first = day < *first ? day : *first;
	*last = day > *last ? day : *last;
}

/* Parts that no text can run into one another in. */
static struct slice key_of(struct arena *scratch, const struct slice *part, size_t n)
{
	const char *key = "";

	for (size_t i = 0; i < n; i++)
		key = arena_printf(scratch, "%s%zu:%.*s", key, part[i].len, (int)part[i].len, part[i].ptr != NULL ? part[i].ptr : "");
	return slice_of(key);
}

static size_t line_of(struct reading *g, struct arena *scratch, struct slice domain, struct slice reporter, struct slice type)
{
	const struct slice part[] = { domain, reporter, type };
	bool fresh;
	struct map_entry *e = map_put(&g->lines, key_of(scratch, part, 3), &fresh);

	if (!fresh)
		return (size_t)e->value;
	e->value = (int64_t)g->out->n;
	g->out->item = array_room(g->out->item, &g->line_room, &g->out->n, sizeof *g->out->item, g->out->n);
	g->out->item[e->value] = (struct tls_line){ text_copy(g->a, domain), text_copy(g->a, reporter), text_copy(g->a, type),
						    .successful = -1, .failed = -1, .first_day = INT64_MAX, .last_day = INT64_MIN };
	return (size_t)e->value;
}

static size_t detail_of(struct reading *g, struct arena *scratch, size_t line, struct statement *s)
{
	const struct slice part[] = { slice_of(arena_printf(scratch, "%zu", line)), column_text(s, 0), column_text(s, 1), column_text(s, 2),
				      column_text(s, 3) };
	bool fresh;
	struct map_entry *e = map_put(&g->details, key_of(scratch, part, 5), &fresh);

	if (!fresh)
		return (size_t)e->value;
	e->value = (int64_t)g->out->details;
	g->out->detail = array_room(g->out->detail, &g->detail_room, &g->out->details, sizeof *g->out->detail, g->out->details);
	g->out->detail[e->value] = (struct tls_detail){ line, text_copy(g->a, part[1]), text_copy(g->a, part[2]), text_copy(g->a, part[3]),
							text_copy(g->a, part[4]), .failed = -1, .first_day = INT64_MAX,
							.last_day = INT64_MIN };
	return (size_t)e->value;
}

/* The newest report comes first, so what is there already is newer. */
static void keep_newest(struct arena *a, struct slice *to, struct slice text)
{
	if (to->ptr == NULL)
		*to = text_copy(a, text);
}

static int read_details(struct reading *g, struct arena *scratch, int64_t report, int64_t policy, size_t line, int64_t day, struct err *err)
{
	struct statement *s = db_statement(g->r->db, SQL_TLS_FAILURES);
	int rc;

	bind_int(s, 1, report);
	bind_int(s, 2, policy);
	while ((rc = statement_step(s, err)) == 1) {
		size_t place = detail_of(g, scratch, line, s);
		struct tls_detail *d = &g->out->detail[place];

		add_count(&d->failed, s, 6);
		keep_newest(g->a, &d->reason, column_text(s, 4));
		keep_newest(g->a, &d->more, column_text(s, 5));
		span(day, &d->first_day, &d->last_day);
	}
	return rc;
}

static int take_policy(struct reading *g, struct arena *scratch, struct statement *s, struct err *err)
{
	struct slice domain = domain_normal(scratch, column_text(s, 5)), reporter = column_text(s, 1);
	struct tls_line *line;
	size_t place;
	int64_t day;

	if (!day_of(column_text(s, 2), &day) || day < g->f->first_day || day > g->f->last_day || !keeps(g->f, domain, reporter))
		return 0;
	place = line_of(g, scratch, domain, reporter, column_text(s, 4));
	line = &g->out->item[place];
	line->reports++;
	add_count(&line->successful, s, 7);
	add_count(&line->failed, s, 8);
	keep_newest(g->a, &line->hosts, column_text(s, 6));
	span(day, &line->first_day, &line->last_day);
	return read_details(g, scratch, column_int(s, 0), column_int(s, 3), place, day, err);
}

/* --- the whole --- */

/* Days as written begin up to a day before or behind the UTC day. */
static int read_policies(struct reading *g, struct err *err)
{
	struct statement *s = db_statement(g->r->db, SQL_TLS_POLICIES);
	char from[TEXT_DAY_BYTES], to[TEXT_DAY_BYTES];
	struct arena scratch = { 0 };
	int64_t n = 0;
	int rc;

	bind_text(s, 1, slice_of(text_day(from, g->f->first_day - 1)));
	bind_text(s, 2, slice_of(text_day(to, g->f->last_day + 2)));
	bind_int(s, 3, LIMIT_TLS_READ + 1);
	while ((rc = statement_step(s, err)) == 1) {
		if (++n > LIMIT_TLS_READ) {
			g->out->cut = true;
			statement_reset(s);
			rc = 0;
			break;
		}
		if ((rc = take_policy(g, &scratch, s, err)) != 0) {
			statement_reset(s);
			break;
		}
		arena_clear(&scratch);
	}
	arena_release(&scratch);
	return rc;
}

static int compare_text(struct slice a, struct slice b)
{
	return strcmp(a.ptr != NULL ? a.ptr : "", b.ptr != NULL ? b.ptr : "");
}

struct ranked {
	struct tls_line line;
	size_t was; /* its place before */
};

static int most_failed_first(const void *a, const void *b)
{
	const struct tls_line *x = &((const struct ranked *)a)->line, *y = &((const struct ranked *)b)->line;
	int r;

	if (x->failed != y->failed)
		return x->failed > y->failed ? -1 : 1;
	if ((r = compare_text(x->domain, y->domain)) != 0)
		return r;
	return (r = compare_text(x->reporter, y->reporter)) != 0 ? r : compare_text(x->type, y->type);
}

static int most_failed_detail_first(const void *a, const void *b)
{
	const struct tls_detail *x = a, *y = b;

	if (x->failed != y->failed)
		return x->failed > y->failed ? -1 : 1;
	return x->line != y->line ? (x->line < y->line ? -1 : 1) : compare_text(x->result, y->result);
}

/* Into the arena, in order; details are told where their lines went. */
static void finish(struct reading *g, struct tls_lines *out)
{
	struct tls_lines *in = g->out;
	struct ranked *rank = arena_array(g->a, in->n + 1, sizeof *rank);
	size_t *place = arena_array(g->a, in->n + 1, sizeof *place);

	*out = (struct tls_lines){ arena_array(g->a, in->n + 1, sizeof *out->item), in->n,
				   arena_array(g->a, in->details + 1, sizeof *out->detail), in->details, in->cut };
	for (size_t i = 0; i < in->n; i++)
		rank[i] = (struct ranked){ in->item[i], i };
	if (in->n > 0)
		qsort(rank, in->n, sizeof *rank, most_failed_first);
	for (size_t i = 0; i < in->n; i++) {
		out->item[i] = rank[i].line;
		place[rank[i].was] = i;
	}
	for (size_t i = 0; i < in->details; i++) {
		out->detail[i] = in->detail[i];
		out->detail[i].line = place[in->detail[i].line];
	}
	if (in->details > 0)
		qsort(out->detail, in->details, sizeof *out->detail, most_failed_detail_first);
}

int query_tls(struct reader *r, struct arena *a, const struct filter *f, struct tls_lines *out, struct err *err)
{
	struct tls_lines lines = { 0 };
	struct reading g = { .r = r, .a = a, .f = f, .out = &lines };
	int rc;

	if (reader_begin(r, NULL, err) != 0)
		return -1;
	map_init(&g.lines);
	map_init(&g.details);
	rc = read_policies(&g, err);
	if (rc == 0)
		finish(&g, out);
	free(lines.item);
	free(lines.detail);
	map_release(&g.lines);
	map_release(&g.details);
	reader_end(r);
	return rc;
}

int query_has_tls(struct reader *r, bool *has, struct err *err)
{
	int64_t id = 0;

	if (reader_begin(r, NULL, err) != 0)
		return -1;
	if (statement_run(db_statement(r->db, SQL_TLS_ANY), &id, err) != 0) {
		reader_end(r);
		return -1;
	}
	*has = id != 0;
	reader_end(r);
	return 0;
}
