/* fuzz_tls: the JSON of an SMTP TLS report. Checks: what is read survives its wire form, and the same bytes give the
 * same report again. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/given.h"

#include "parsers/tlsrpt.h"

#include <assert.h>

enum { FRAME_BYTES = 64 * 1024 * 1024 };

/* 0 with the report as a frame, -1 with the reject as one. */
static int read_once(struct slice bytes, struct buf *frame)
{
	struct arena a = { 0 };
	struct tls_report r;
	struct reject why = { 0 };
	struct stream s;
	int rc;

	buf_init(frame, FRAME_BYTES);
	stream_of(&s, bytes);
	if ((rc = tlsrpt_read(&a, &s, &r, &why)) == 0) {
		given_check_tls(&r);
		tls_report_encode(frame, &r);
	} else {
		assert(rc == -1 && why.code != REJECT_NONE);
		reject_encode(frame, &why);
	}
	arena_release(&a);
	return rc;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf first, second;
	int rc = read_once(fuzz_slice(data, size), &first);

	assert(read_once(fuzz_slice(data, size), &second) == rc);
	assert(slice_eq(buf_slice(&first), buf_slice(&second)));
	buf_release(&first);
	buf_release(&second);
	return 0;
}
