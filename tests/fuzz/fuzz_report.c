/* fuzz_report: what the store does with a report frame that it does not believe: decoding, judging every row, and the
 * JSON line of `ruad parse`. Checks: a decoded report encodes and decodes to the same; a row has one class and the
 * flags that fit it; the line is one line. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/given.h"

#include "base/text.h"
#include "daemon/parse_line.h"

#include <assert.h>

static struct suffixes *list;

static void check_row(struct arena *a, const struct report *r, const struct row *row)
{
	struct judgement v = classify_row(a, list, r->adkim, r->aspf, row);

	assert(v.trust < TRUST_CLASSES && v.split < SPLITS && v.disposition <= DISP_REJECT && v.flags < 1u << FLAGS);
	assert((v.trust == TRUST_FULL) == (v.dkim_pass && v.spf_pass));
	assert((v.trust == TRUST_PARTIAL) == (v.dkim_pass != v.spf_pass));
	assert(!(v.flags & FLAG_ARC_RESCUED) || v.trust == TRUST_UNTRUSTED);
}

static void check_line(const struct report *r)
{
	struct buf line;

	buf_init(&line, 64 * 1024 * 1024);
	parse_line_report(&line, r, list);
	assert(!line.full && line.len > 0 && line.data[line.len - 1] == '\n');
	assert(memchr(line.data, '\n', line.len) == line.data + line.len - 1);
	assert(memchr(line.data, '\0', line.len) == NULL && text_utf8_valid(buf_slice(&line)));
	buf_release(&line);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct err err;

	assert(suffixes_open(NULL, &list, &err) == 0);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { 0 };
	struct report r;

	if (report_decode(&a, fuzz_slice(data, size), &r) == 0) {
		given_check_report(&r);
		for (const struct row *row = r.rows; row != NULL; row = row->next)
			check_row(&a, &r, row);
		check_line(&r);
	}
	arena_release(&a);
	return 0;
}
