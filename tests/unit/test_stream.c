/* test_stream: looking at bytes takes none of them, and none is lost or given twice, however it is read. */
#include "parsers/stream.h"

#include "sample.h"

static struct arena arena;

static int teardown(void **state)
{
	arena_release(&arena);
	return 0;
}

/* A stream that is not in memory and gives at most `piece` bytes at a time. */
struct drip {
	struct stream stream;
	struct slice left;
	size_t piece;
	bool fails; /* at the end */
};

static ptrdiff_t drip_read(struct stream *s, unsigned char *to, size_t room)
{
	struct drip *d = (struct drip *)s;
	size_t n = d->left.len < room ? d->left.len : room;

	n = n < d->piece ? n : d->piece;
	if (n == 0 && d->fails) {
		s->code = REJECT_DAMAGED;
		return -1;
	}
	memcpy(to, d->left.ptr, n);
	d->left = (struct slice){ d->left.ptr + n, d->left.len - n };
	return (ptrdiff_t)n;
}

static struct stream *drip(struct drip *d, struct slice bytes, size_t piece)
{
	*d = (struct drip){ .stream.read = drip_read, .left = bytes, .piece = piece };
	return &d->stream;
}

/* All that is left, read `room` bytes at a time. */
static struct slice drain(struct stream *s, size_t room)
{
	unsigned char *out = arena_alloc(&arena, 100000);
	size_t used = 0;
	ptrdiff_t n;

	while ((n = stream_read(s, out + used, room)) > 0)
		used += (size_t)n;
	assert_int_equal(n, 0);
	return (struct slice){ (char *)out, used };
}

static void test_memory_is_given_once_and_in_order(void **state)
{
	static const size_t rooms[] = { 1, 7, 1024, 50000 };
	struct slice bytes = sample_noise(&arena, 10000);

	for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
		struct stream s;

		stream_of(&s, bytes);
		assert_true(slice_eq(drain(&s, rooms[i]), bytes));
		assert_int_equal(stream_read(&s, (unsigned char[1]){ 0 }, 1), 0); /* the end stays the end */
	}
}

static void test_nothing_is_a_stream_too(void **state)
{
	struct stream s;
	unsigned char byte;

	stream_of(&s, (struct slice){ 0 });
	assert_int_equal(stream_peek(&s, 10).len, 0);
	assert_int_equal(stream_read(&s, &byte, 1), 0);
	assert_int_equal(s.code, REJECT_NONE);
}

static void test_looking_takes_nothing(void **state)
{
	struct slice bytes = sample_noise(&arena, 5000);
	struct stream m;
	struct drip d;

	stream_of(&m, bytes);
	drip(&d, bytes, 100);
	for (size_t n = 0; n <= STREAM_HEAD_BYTES; n += 64) {
		assert_true(slice_eq(stream_peek(&m, n), (struct slice){ bytes.ptr, n }));
		assert_true(slice_eq(stream_peek(&d.stream, n), (struct slice){ bytes.ptr, n }));
	}
	assert_true(slice_eq(drain(&m, 999), bytes));
	assert_true(slice_eq(drain(&d.stream, 999), bytes));
}

static void test_looking_sees_less_only_at_the_end(void **state)
{
	struct slice bytes = sample_noise(&arena, 300);
	struct drip d;

	assert_true(slice_eq(stream_peek(drip(&d, bytes, 1), 512), bytes));
	assert_int_equal(drain(&d.stream, 50).len, 300);
	assert_int_equal(stream_peek(&d.stream, 1).len, 0);
}

/* After the first bytes were looked at and read: the next look must not take the room used up for the end. */
static void test_looking_again_after_reading_sees_what_comes(void **state)
{
	struct slice bytes = sample_noise(&arena, 5000);

	for (size_t taken = 1; taken <= STREAM_HEAD_BYTES; taken += 93) {
		unsigned char out[STREAM_HEAD_BYTES];
		struct drip d;

		stream_peek(drip(&d, bytes, 5000), STREAM_HEAD_BYTES);
		assert_int_equal(stream_read(&d.stream, out, taken), taken);
		assert_true(slice_eq(stream_peek(&d.stream, 512), (struct slice){ bytes.ptr + taken, 512 }));
		assert_true(slice_eq(drain(&d.stream, 777), (struct slice){ bytes.ptr + taken, 5000 - taken }));
	}
}

static void test_every_mixture_of_looking_and_reading_gives_all(void **state)
{
	struct slice bytes = sample_noise(&arena, 3000);
	uint32_t x = 99;

	for (int round = 0; round < 300; round++) {
		unsigned char out[3000];
		size_t used = 0;
		struct drip d;
		ptrdiff_t n;

		drip(&d, bytes, 1 + (x >> 20) % 2000);
		do {
			size_t look = ((x = x * 1664525 + 1013904223) >> 8) % STREAM_HEAD_BYTES, room;
			struct slice seen = stream_peek(&d.stream, look);

			assert_true(seen.len <= look && used + seen.len <= bytes.len);
			assert_true(memcmp(seen.ptr, bytes.ptr + used, seen.len) == 0);
			room = 1 + ((x = x * 1664525 + 1013904223) >> 8) % 700;
			room = room < sizeof out - used ? room : sizeof out - used;
			n = room > 0 ? stream_read(&d.stream, out + used, room) : 0;
			assert_true(n >= 0);
			used += (size_t)n;
		} while (n > 0);
		assert_int_equal(used, bytes.len);
		assert_memory_equal(out, bytes.ptr, used);
	}
}

static void test_a_failure_is_not_taken_for_the_end(void **state)
{
	struct drip d;
	unsigned char out[100];

	drip(&d, SLICE("abc"), 2);
	d.fails = true;
	assert_slice(stream_peek(&d.stream, 10), "abc");
	assert_int_equal(stream_read(&d.stream, out, sizeof out), 3);
	assert_int_equal(stream_read(&d.stream, out, sizeof out), -1);
	assert_int_equal(d.stream.code, REJECT_DAMAGED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_is_given_once_and_in_order),
		cmocka_unit_test(test_nothing_is_a_stream_too),
		cmocka_unit_test(test_looking_takes_nothing),
		cmocka_unit_test(test_looking_sees_less_only_at_the_end),
		cmocka_unit_test(test_looking_again_after_reading_sees_what_comes),
		cmocka_unit_test(test_every_mixture_of_looking_and_reading_gives_all),
		cmocka_unit_test(test_a_failure_is_not_taken_for_the_end),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("stream", tests, NULL, teardown);
}
