/* given: see given.h. */
#include "tests/fuzz/given.h"

#include "schema/limits.h"

#include <assert.h>

enum { MOST_BYTES = 64 * 1024 * 1024, REPORTS_KEPT = 256 };

const struct message_limits given_limits = { 256 * 1024, 1024 * 1024, 2 * 1024 * 1024, 1000 };

struct given {
	struct buf all;                      /* every frame, in order */
	const struct row *seen[REPORTS_KEPT]; /* the rows of each report: memory that two share was given twice */
	size_t n;
};

static void add_frame(struct buf *all, char kind, const struct buf *frame)
{
	assert(!frame->full);
	buf_add_char(all, kind);
	buf_add_slice(all, buf_slice(frame));
	assert(!all->full);
}

/* --- one thing given --- */

static int64_t count_rows(const struct report *r)
{
	int64_t n = 0;

	for (const struct row *row = r->rows; row != NULL; row = row->next) {
		assert(row->count >= 0);
		n++;
	}
	return n;
}

static void check_report(const struct report *r, struct buf *first)
{
	struct arena a = { 0 };
	struct report back;
	struct buf second;

	buf_init(&second, MOST_BYTES);
	assert(report_encode(first, r) == 0);
	assert(report_decode(&a, buf_slice(first), &back) == 0);
	assert(back.row_count == count_rows(&back));
	assert(report_encode(&second, &back) == 0);
	assert(slice_eq(buf_slice(first), buf_slice(&second)));
	buf_release(&second);
	arena_release(&a);
}

static void check_tls(const struct tls_report *r, struct buf *first)
{
	struct arena a = { 0 };
	struct tls_report back;
	struct buf second;

	buf_init(&second, MOST_BYTES);
	assert(tls_report_encode(first, r) == 0);
	assert(tls_report_decode(&a, buf_slice(first), &back) == 0);
	assert(tls_report_encode(&second, &back) == 0);
	assert(slice_eq(buf_slice(first), buf_slice(&second)));
	buf_release(&second);
	arena_release(&a);
}

static void check_failure(const struct failure_report *r, struct buf *first)
{
	struct failure_report back;
	struct buf second;

	buf_init(&second, MOST_BYTES);
	assert(failure_report_encode(first, r) == 0);
	assert(failure_report_decode(buf_slice(first), &back) == 0);
	assert(failure_report_encode(&second, &back) == 0);
	assert(slice_eq(buf_slice(first), buf_slice(&second)));
	buf_release(&second);
}

static void check_reject(const struct reject *r, struct buf *first)
{
	struct reject back;
	struct buf second;

	buf_init(&second, MOST_BYTES);
	reject_encode(first, r);
	assert(reject_decode(buf_slice(first), &back));
	reject_encode(&second, &back);
	assert(slice_eq(buf_slice(first), buf_slice(&second)));
	buf_release(&second);
}

void given_check_report(const struct report *r)
{
	struct buf frame;

	buf_init(&frame, MOST_BYTES);
	check_report(r, &frame);
	buf_release(&frame);
}

void given_check_tls(const struct tls_report *r)
{
	struct buf frame;

	buf_init(&frame, MOST_BYTES);
	check_tls(r, &frame);
	buf_release(&frame);
}

void given_check_failure(const struct failure_report *r)
{
	struct buf frame;

	buf_init(&frame, MOST_BYTES);
	check_failure(r, &frame);
	buf_release(&frame);
}

void given_check_reject(const struct reject *r)
{
	struct buf frame;

	buf_init(&frame, MOST_BYTES);
	check_reject(r, &frame);
	buf_release(&frame);
}

/* --- all that one message gives --- */

static void on_report(void *ctx, const struct report *r)
{
	struct given *g = ctx;
	struct buf frame;

	buf_init(&frame, MOST_BYTES);
	check_report(r, &frame);
	assert(r->row_count == count_rows(r) && r->row_count <= given_limits.rows);
	for (size_t i = 0; i < g->n; i++)
		assert(r->rows == NULL || r->rows != g->seen[i]);
	if (g->n < REPORTS_KEPT)
		g->seen[g->n++] = r->rows;
	add_frame(&g->all, 'r', &frame);
	buf_release(&frame);
}

static void on_tls(void *ctx, const struct tls_report *r)
{
	struct given *g = ctx;
	struct buf frame;

	buf_init(&frame, MOST_BYTES);
	check_tls(r, &frame);
	add_frame(&g->all, 't', &frame);
	buf_release(&frame);
}

static void on_failure(void *ctx, const struct failure_report *r)
{
	struct given *g = ctx;
	struct buf frame;

	buf_init(&frame, MOST_BYTES);
	check_failure(r, &frame);
	add_frame(&g->all, 'f', &frame);
	buf_release(&frame);
}

static void on_reject(void *ctx, const struct reject *r)
{
	struct given *g = ctx;
	struct buf frame;

	buf_init(&frame, MOST_BYTES);
	assert(r->detail.len > 0);
	check_reject(r, &frame);
	add_frame(&g->all, 'x', &frame);
	buf_release(&frame);
}

static void run(struct slice bytes, struct given *g)
{
	const struct message_sink sink = { on_report, on_tls, on_failure, on_reject, g };
	struct arena a = { 0 };

	*g = (struct given){ 0 };
	buf_init(&g->all, MOST_BYTES);
	message_read(&a, SLICE("file"), bytes, &given_limits, &sink);
	assert(g->all.len > 0); /* the sink is called at least once */
	arena_release(&a);
}

void given_check(struct slice bytes, bool again)
{
	struct given first, second;

	run(bytes, &first);
	if (again) {
		run(bytes, &second);
		assert(slice_eq(buf_slice(&first.all), buf_slice(&second.all)));
		buf_release(&second.all);
	}
	buf_release(&first.all);
}
