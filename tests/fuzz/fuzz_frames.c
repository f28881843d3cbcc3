/* fuzz_frames: what a process that has been taken over may send to the store: any bytes on the channel, cut anywhere.
 * The first byte says where they are cut, the rest is the stream. Checks: the frames are the same however the bytes
 * come; none is longer than what was sent; every body goes through every decoder, and what one takes survives its own
 * form. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/given.h"

#include "daemon/channel.h"
#include "schema/limits.h"
#include "schema/lookup.h"
#include "schema/notice.h"

#include <assert.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST_BYTES = 64 * 1024 };

static void check_notice(const struct notice *n)
{
	struct notice back;
	struct buf first, second;

	buf_init(&first, MOST_BYTES * 2);
	buf_init(&second, MOST_BYTES * 2);
	notice_encode(&first, n);
	assert(notice_decode(buf_slice(&first), &back));
	notice_encode(&second, &back);
	assert(slice_eq(buf_slice(&first), buf_slice(&second)));
	assert(memchr(back.title.ptr, '\n', back.title.len) == NULL);
	buf_release(&first);
	buf_release(&second);
}

/* What both decoders take is checked the same way: through its own form and back. */
static void check_lookups(struct slice body)
{
	struct address_found address, address_back;
	struct name_found name, name_back;
	struct buf first, second;

	buf_init(&first, MOST_BYTES * 2);
	buf_init(&second, MOST_BYTES * 2);
	if (address_found_decode(body, &address)) {
		assert(address_found_encode(&first, &address) == 0 && address_found_decode(buf_slice(&first), &address_back));
		assert(address_found_encode(&second, &address_back) == 0);
	}
	if (name_found_decode(body, &name)) {
		assert(name_found_encode(&first, &name) == 0 && name_found_decode(buf_slice(&first), &name_back));
		assert(name_found_encode(&second, &name_back) == 0);
	}
	assert(slice_eq(buf_slice(&first), buf_slice(&second)));
	buf_release(&first);
	buf_release(&second);
}

static void decode_all(struct slice body)
{
	struct arena a = { 0 };
	struct report report;
	struct tls_report tls;
	struct failure_report failure;
	struct reject reject;
	struct notice notice;
	struct told told;

	if (report_decode(&a, body, &report) == 0)
		given_check_report(&report);
	if (tls_report_decode(&a, body, &tls) == 0)
		given_check_tls(&tls);
	if (failure_report_decode(body, &failure) == 0)
		given_check_failure(&failure);
	if (reject_decode(body, &reject))
		given_check_reject(&reject);
	check_lookups(body);
	if (notice_decode(body, &notice))
		check_notice(&notice);
	if (told_decode(body, &told))
		assert(told.outlets <= OUTLETS_ALL);
	arena_release(&a);
}

/* Takes the whole frames there are; -1 once the stream is garbled. */
static int take_frames(struct channel *c, struct buf *seen, bool decode)
{
	struct frame f;
	int rc;

	while ((rc = channel_next(c, &f)) == 1) {
		assert(f.kind >= FRAME_HELLO && f.kind < FRAME_KINDS && f.body.len <= MOST_BYTES);
		buf_addf(seen, "%d %u %zu ", (int)f.kind, (unsigned)f.message, f.body.len);
		buf_add_slice(seen, f.body);
		if (decode)
			decode_all(f.body);
	}
	assert(rc == 0 || channel_next(c, &f) == -1); /* garbled stays garbled */
	return rc;
}

/* Sends the stream in pieces of at most `piece` bytes and gathers the frames that come out. */
static int receive(struct slice stream, size_t piece, struct buf *seen, bool decode)
{
	struct channel c;
	int pair[2], rc = 0;

	assert(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	channel_init(&c, pair[1]);
	buf_init(seen, MOST_BYTES * 8);
	while (stream.len > 0 && rc == 0) {
		size_t n = stream.len < piece ? stream.len : piece;

		assert(write(pair[0], stream.ptr, n) == (ssize_t)n && channel_fill(&c) == 1);
		stream.ptr += n;
		stream.len -= n;
		rc = take_frames(&c, seen, decode);
	}
	close(pair[0]);
	assert(rc < 0 || channel_fill(&c) == -1);
	channel_release(&c);
	return rc;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole, pieces;
	struct slice stream;
	int rc;

	if (size < 1 || size > MOST_BYTES)
		return 0;
	stream = fuzz_slice(data + 1, size - 1);
	rc = receive(stream, MOST_BYTES, &whole, true);
	assert(receive(stream, 1 + data[0], &pieces, false) == rc);
	assert(!whole.full && slice_eq(buf_slice(&whole), buf_slice(&pieces)));
	buf_release(&whole);
	buf_release(&pieces);
	return 0;
}
