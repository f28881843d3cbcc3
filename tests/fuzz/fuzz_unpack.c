/* fuzz_unpack: containers in each other, as bytes in memory and as a stream that comes in small pieces (the way an
 * attachment and a member of an archive come). Checks: no document gives more than its ceiling, all together no more
 * than the mail's, what is peeked at is what is read, a refusal has a code and a sentence, and the same bytes unpack to
 * the same documents again. */
#include "tests/fuzz/fuzz.h"

#include "parsers/unpack.h"

#include <assert.h>

enum { PART_BYTES = 256 * 1024, ALL_BYTES = 512 * 1024 };

struct seen {
	int64_t bytes;
	int calls;
	struct buf said; /* members, codes and contents */
};

struct pieces { /* a stream with no memory behind it */
	struct stream stream;
	struct slice left;
	size_t n;
};

static ptrdiff_t pieces_read(struct stream *s, unsigned char *to, size_t room)
{
	struct pieces *p = (struct pieces *)s;
	size_t n = 1 + p->n++ % 97;

	n = n > room ? room : n;
	n = n > p->left.len ? p->left.len : n;
	memcpy(to, p->left.ptr, n);
	p->left.ptr += n;
	p->left.len -= n;
	return (ptrdiff_t)n;
}

static void on_document(void *ctx, struct stream *s, struct slice member)
{
	struct seen *seen = ctx;
	struct slice head = stream_peek(s, 64);
	char peeked[64];
	unsigned char piece[1000];
	int64_t bytes = 0;
	ptrdiff_t n;

	assert(head.len <= sizeof peeked);
	memcpy(peeked, head.ptr, head.len);
	while ((n = stream_read(s, piece, sizeof piece)) > 0) {
		for (int64_t i = 0; i < n && bytes + i < (int64_t)head.len; i++)
			assert((char)piece[i] == peeked[bytes + i]);
		bytes += n;
		buf_add(&seen->said, piece, (size_t)n);
	}
	assert(n == 0 || (s->code > REJECT_NONE && s->code < REJECT_CODES && s->detail != NULL));
	assert(member.ptr == NULL || bytes <= PART_BYTES); /* at the top nothing was unpacked */
	assert(n < 0 || bytes >= (int64_t)head.len);
	seen->bytes += member.ptr != NULL ? bytes : 0;
	assert(seen->bytes <= ALL_BYTES);
	seen->calls++;
	buf_add_slice(&seen->said, member);
}

static void on_refused(void *ctx, enum reject_code code, const char *detail, struct slice member)
{
	struct seen *seen = ctx;

	assert(code > REJECT_NONE && code < REJECT_CODES && detail != NULL);
	seen->calls++;
	buf_add_int(&seen->said, code);
	buf_add_text(&seen->said, detail);
	buf_add_slice(&seen->said, member);
}

static void walk(struct slice bytes, bool in_pieces, struct seen *seen)
{
	struct arena a = { 0 };
	struct unpack u = { &a, PART_BYTES, ALL_BYTES, on_document, on_refused, seen };
	struct pieces pieces = { .left = bytes };
	struct stream whole;

	*seen = (struct seen){ 0 };
	buf_init(&seen->said, ALL_BYTES * 4);
	pieces.stream.read = pieces_read;
	stream_of(&whole, bytes);
	unpack_walk(&u, in_pieces ? &pieces.stream : &whole, (struct slice){ 0 });
	arena_release(&a);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice bytes = fuzz_slice(data, size);
	bool in_pieces = fuzz_is_one_in(2, data, size);
	struct seen first, second;

	walk(bytes, in_pieces, &first);
	assert(unpack_is_container(bytes) || first.calls == 1);
	if (fuzz_is_one_in(8, data, size)) {
		walk(bytes, in_pieces, &second);
		assert(first.calls == second.calls && slice_eq(buf_slice(&first.said), buf_slice(&second.said)));
		buf_release(&second.said);
	}
	buf_release(&first.said);
	return 0;
}
