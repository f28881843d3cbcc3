/* by_address: see by_address.h. */
#include "storage/by_address.h"

#include "storage/meaning.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS = 512 * 1024, DIGIT_BITS = 16, DIGITS = 1 << DIGIT_BITS };

void address_sums_clear(struct address_sums *s)
{
	s->n = s->by_address.n = s->by_domain.n = s->by_reporter.n = 0;
}

void address_sums_release(struct address_sums *s)
{
	free(s->row);
	free(s->other);
	free(s->kept);
	cells_release(&s->by_address);
	cells_release(&s->by_domain);
	cells_release(&s->by_reporter);
	*s = (struct address_sums){ 0 };
}

static struct address_row *rows_new(void)
{
	struct address_row *rows = malloc(ROWS * sizeof *rows);

	if (rows == NULL)
		abort();
	return rows;
}

/* --- sorting: digit by digit, the last first, which keeps what was sorted before in order --- */

enum field { BY_KIND, BY_SOURCE_NUMBER, BY_ADDRESS, BY_FROM, BY_WHO_REPORTS };

static uint32_t field_of(const struct address_row *r, enum field f)
{
	return f == BY_KIND          ? r->kind :
	       f == BY_SOURCE_NUMBER ? r->source :
	       f == BY_ADDRESS       ? r->address :
	       f == BY_FROM          ? r->domain :
				       r->reporter;
}

static void sort_digit(struct address_sums *s, enum field f, int shift)
{
	static const uint32_t mask = DIGITS - 1;
	uint32_t *upto = calloc(DIGITS, sizeof *upto), sum = 0;
	struct address_row *sorted = s->other;

	if (upto == NULL)
		abort();
	for (size_t i = 0; i < s->n; i++)
		upto[field_of(&s->row[i], f) >> shift & mask]++;
	for (size_t d = 0; d < DIGITS; d++) {
		uint32_t count = upto[d];

		upto[d] = sum;
		sum += count;
	}
	for (size_t i = 0; i < s->n; i++)
		sorted[upto[field_of(&s->row[i], f) >> shift & mask]++] = s->row[i];
	s->other = s->row;
	s->row = sorted;
	free(upto);
}

static void sort_rows(struct address_sums *s, enum field f)
{
	uint32_t any = 0;

	for (size_t i = 0; i < s->n; i++)
		any |= field_of(&s->row[i], f);
	if (any == 0)
		return;
	sort_digit(s, f, 0);
	if (any >> DIGIT_BITS != 0)
		sort_digit(s, f, DIGIT_BITS);
}

/* --- adding up --- */

/* The sorted rows into `out`; their key is address, source and kind, perhaps behind another. */
static void add_up(const struct address_sums *s, const enum field *before, struct cells *out)
{
	struct cells fresh = { 0 }, both = { 0 };

	for (size_t i = 0; i < s->n; i++) {
		const struct address_row *r = &s->row[i];
		struct cell cell = { .days = (uint32_t)1 << r->day, .messages = r->messages, .count = 1 };
		uint32_t *key = cell.key;

		if (before != NULL)
			*key++ = field_of(r, *before);
		*key++ = r->address;
		*key++ = r->source;
		*key = r->kind;
		cells_append(&fresh, &cell);
	}
	if (out->n > 0) {
		cells_unite(&both, out, &fresh);
		cells_release(out);
		cells_release(&fresh);
		*out = both;
	} else {
		cells_release(out);
		*out = fresh;
	}
}

static void add_all(struct address_sums *s)
{
	static const enum field from = BY_FROM, reporter = BY_WHO_REPORTS;

	sort_rows(s, BY_KIND);
	sort_rows(s, BY_SOURCE_NUMBER);
	sort_rows(s, BY_ADDRESS);
	add_up(s, NULL, &s->by_address);
	memcpy(s->kept, s->row, s->n * sizeof *s->row);
	sort_rows(s, BY_FROM);
	add_up(s, &from, &s->by_domain);
	memcpy(s->row, s->kept, s->n * sizeof *s->row);
	sort_rows(s, BY_WHO_REPORTS);
	add_up(s, &reporter, &s->by_reporter);
	s->n = 0;
}

void address_sums_add(struct address_sums *s, const struct address_row *row)
{
	if (s->row == NULL) {
		s->row = rows_new();
		s->other = rows_new();
		s->kept = rows_new();
	}
	s->row[s->n++] = *row;
	if (s->n == ROWS)
		add_all(s);
}

void address_sums_finish(struct address_sums *s)
{
	if (s->n > 0)
		add_all(s);
}
