/* fuzz_aggregate: the XML of an aggregate report: read strictly, mended by the pre-pass (parsers/repair.h), and through
 * the front door that does one after the other. Checks: given.h, and that what mending makes is well-formed XML,
 * whatever it was made of. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/given.h"

#include "parsers/dmarc.h"
#include "parsers/repair.h"
#include "schema/limits.h"

#include <assert.h>

/* The mended document is read, or refused for what it says, but never for its form; nothing may be left of it. */
static void check_mended(struct arena *a, const struct buf *mended)
{
	struct report r;
	struct reject why = { 0 };
	struct stream s;

	if (mended->len == 0)
		return;
	stream_of(&s, buf_slice(mended));
	if (dmarc_read(a, &s, given_limits.rows, NULL, &r, &why) == 0) {
		assert(r.complete);
		given_check_report(&r);
	} else {
		assert(why.code != REJECT_NOT_XML && why.code != REJECT_DOCTYPE);
	}
}

static void check_repair(struct slice bytes)
{
	struct arena a = { 0 };
	struct repair text;
	struct repaired document;
	struct reject why = { 0 };
	struct buf mended;
	bool complete;

	if (repair_open(&a, bytes, &text, &why) != 0) {
		assert(why.code != REJECT_NONE);
		arena_release(&a);
		return;
	}
	for (size_t before = text.at; repair_next(&text, &document); before = text.at) {
		buf_init(&mended, LIMIT_REPAIRED_BYTES);
		repair_rewrite(&text, &document, &mended, &complete);
		assert(text.at > before && text.at <= text.text.len);
		check_mended(&a, &mended);
		buf_release(&mended);
	}
	arena_release(&a);
}

static void check_strict(struct slice bytes)
{
	struct arena a = { 0 };
	struct report r;
	struct reject why = { 0 };
	struct stream s;

	stream_of(&s, bytes);
	if (dmarc_read(&a, &s, given_limits.rows, NULL, &r, &why) == 0)
		given_check_report(&r);
	else
		assert(why.code != REJECT_NONE);
	arena_release(&a);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	message_init();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice bytes = fuzz_slice(data, size);

	check_strict(bytes);
	if (size > 0)
		check_repair(bytes);
	given_check(bytes, fuzz_is_one_in(8, data, size));
	return 0;
}
