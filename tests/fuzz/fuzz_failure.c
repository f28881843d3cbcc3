/* fuzz_failure: the feedback part of a failure report. Checks: what is read survives its wire form; its fields are read
 * again from the values as they were given out; what has no field is refused. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/given.h"

#include "parsers/failure.h"

#include <assert.h>

/* The report written out as a feedback part; values are one line each by now. */
static void write_part(struct buf *to, const struct failure_report *r)
{
	for (int f = 0; f < FAILURE_FIELDS; f++)
		if (r->field[f].ptr != NULL) {
			buf_addf(to, "%s: ", failure_field_name((enum failure_field)f));
			buf_add_slice(to, r->field[f]);
			buf_add_text(to, "\r\n");
		}
}

static void check_again(const struct failure_report *r)
{
	struct arena a = { 0 };
	struct failure_report back;
	struct buf part;

	buf_init(&part, 16 * 1024 * 1024);
	write_part(&part, r);
	assert(part.len == 0 || failure_read(&a, buf_slice(&part), &back));
	for (int f = 0; part.len > 0 && f < FAILURE_FIELDS; f++)
		assert(slice_eq(r->field[f], back.field[f]));
	buf_release(&part);
	arena_release(&a);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { 0 };
	struct failure_report r;

	if (failure_read(&a, fuzz_slice(data, size), &r)) {
		given_check_failure(&r);
		check_again(&r);
	} else {
		for (int f = 0; f < FAILURE_FIELDS; f++)
			assert(r.field[f].ptr == NULL);
	}
	arena_release(&a);
	return 0;
}
