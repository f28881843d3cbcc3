/* fuzz_imap: what a mail server may say: any bytes, cut anywhere. The first byte says where they are cut, the rest is
 * what it says. Checks: the responses are the same however the bytes come; nothing is longer than its ceiling; nothing
 * points out of what was sent; a mail is read as it was counted; what a search finds stays in order; broken stays
 * broken. */
#include "tests/fuzz/fuzz.h"

#include "daemon/imap_read.h"
#include "daemon/sasl.h"
#include "schema/limits.h"

#include <assert.h>

enum { MOST_BYTES = 64 * 1024, LITERAL_BYTES = 2000, LINE_BYTES = 3000, TAKEN = 100 };

static void check_within(const struct imap_reader *r, struct slice s)
{
	assert(s.ptr == NULL || (s.ptr >= r->in.data && s.ptr + s.len <= r->in.data + r->taken));
}

static void check_tokens(const struct imap_reader *r, struct slice data)
{
	struct imap_token t;
	size_t before = data.len;

	while (imap_token_next(&data, &t) == 1) {
		assert(data.len < before);
		before = data.len;
		check_within(r, t.text);
	}
}

static void check_search(const struct imap_response *said)
{
	struct uid_set s = { 0 };
	uint32_t uid[TAKEN];
	uint64_t count;
	size_t n;

	if (imap_read_search(said, &s) == 0) {
		uid_set_sort(&s, 5);
		count = uid_set_count(&s);
		n = uid_set_take(&s, uid, TAKEN);
		assert(n == (count < TAKEN ? count : TAKEN) && uid_set_count(&s) == count - n);
		for (size_t i = 0; i < n; i++)
			assert(uid[i] >= 5 && (i == 0 || uid[i] > uid[i - 1]));
	}
	uid_set_release(&s);
}

static void check_challenge(struct slice text)
{
	struct buf words;

	buf_init(&words, 2000);
	assert(sasl_explain(text, &words) == (words.len > 0));
	buf_release(&words);
}

static void check_response(const struct imap_reader *r, const struct imap_response *said)
{
	const struct slice all[] = { said->tag, said->code, said->text, said->name, said->data };
	struct imap_mail mail;

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		check_within(r, all[i]);
	check_tokens(r, said->data);
	if (imap_read_fetch(said->data, &mail) == 0) {
		check_within(r, mail.body);
		assert(mail.has_body == (mail.body.ptr != NULL) && mail.body.len <= LITERAL_BYTES + LINE_BYTES);
	}
	check_search(said);
	check_challenge(said->text);
}

static void note(struct buf *seen, const struct imap_response *said)
{
	const struct slice all[] = { said->tag, said->code, said->text, said->name, said->data };

	buf_addf(seen, "%d %d %u", (int)said->kind, (int)said->status, (unsigned)said->number);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		buf_addf(seen, " %zu:", all[i].len);
		buf_add_slice(seen, all[i]);
	}
}

static int take(struct imap_reader *r, struct buf *seen, bool check)
{
	struct imap_response said;
	struct err err = { 0 };
	int rc;

	while ((rc = imap_reader_next(r, &said, &err)) == 1) {
		note(seen, &said);
		if (check)
			check_response(r, &said);
	}
	if (rc < 0)
		assert(err.text[0] != '\0' && imap_reader_next(r, &said, &err) == -1);
	return rc;
}

/* Gives the bytes in pieces of at most `piece` and gathers what comes out. */
static int receive(struct slice bytes, size_t piece, struct buf *seen, bool check)
{
	struct imap_reader r;
	int rc = 0;

	imap_reader_init(&r, LITERAL_BYTES);
	r.line_bytes = LINE_BYTES;
	r.in.ceiling_bytes = LITERAL_BYTES + LINE_BYTES + MOST_BYTES;
	buf_init(seen, (size_t)MOST_BYTES * 40);
	while (bytes.len > 0 && rc == 0) {
		size_t n = bytes.len < piece ? bytes.len : piece;

		assert(imap_reader_add(&r, (struct slice){ bytes.ptr, n }) == 0);
		bytes = (struct slice){ bytes.ptr + n, bytes.len - n };
		rc = take(&r, seen, check);
	}
	imap_reader_release(&r);
	return rc;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole, pieces;
	struct slice bytes;
	int rc;

	if (size < 1 || size > MOST_BYTES)
		return 0;
	bytes = fuzz_slice(data + 1, size - 1);
	rc = receive(bytes, MOST_BYTES, &whole, true);
	assert(receive(bytes, 1 + data[0], &pieces, false) == rc);
	assert(!whole.full && slice_eq(buf_slice(&whole), buf_slice(&pieces)));
	buf_release(&whole);
	buf_release(&pieces);
	return 0;
}
