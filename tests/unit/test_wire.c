/* test_wire: what was written is what is read; of anything else the reader says so, and never leaves the wire. */
#include "schema/wire.h"

#include "base/text.h"
#include "sample.h"
#include "schema/limits.h"

static struct arena arena;
static struct buf out;

static int setup(void **state)
{
	buf_init(&out, 1 << 20);
	return 0;
}

static int clear(void **state)
{
	buf_clear(&out);
	arena_release(&arena);
	return 0;
}

static int teardown(void **state)
{
	buf_release(&out);
	return 0;
}

/* Bytes with nothing behind them, so that a sanitizer sees who reads on. */
static struct wire exact(const void *bytes, size_t n)
{
	static char *last;

	free(last);
	last = NULL;
	if (n > 0) {
		assert_non_null(last = malloc(n));
		memcpy(last, bytes, n);
	}
	return wire_of(&arena, (struct slice){ last != NULL ? last : "", n });
}

static const uint64_t edges[] = { 0,
				  1,
				  0x7f,
				  0x80,
				  0x3fff,
				  0x4000,
				  0x1fffff,
				  0x200000,
				  UINT32_MAX,
				  (uint64_t)UINT32_MAX + 1,
				  (UINT64_C(1) << 62) - 1,
				  INT64_MAX,
				  (uint64_t)INT64_MAX + 1,
				  UINT64_MAX - 1,
				  UINT64_MAX };

static void test_every_number_arrives_at_the_edges_of_its_length(void **state)
{
	for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
		struct wire w;
		uint64_t n = ~edges[i];

		buf_clear(&out);
		wire_put_uint(&out, edges[i]);
		w = exact(out.data, out.len);
		assert_true(wire_get_uint(&w, &n));
		assert_true(n == edges[i]);
		assert_ptr_equal(w.at, w.end);
	}
	for (int shift = 0; shift < 64; shift++)
		for (int off = -1; off <= 1; off++) {
			uint64_t n = (UINT64_C(1) << shift) + (uint64_t)off, back;
			struct wire w;

			buf_clear(&out);
			wire_put_uint(&out, n);
			w = exact(out.data, out.len);
			assert_true(wire_get_uint(&w, &back) && back == n && w.at == w.end);
		}
}

static void test_a_number_is_as_short_as_it_can_be(void **state)
{
	static const size_t lengths[] = { 1, 1, 1, 2, 2, 3, 3, 4, 5, 5, 9, 9, 10, 10, 10 };

	for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
		buf_clear(&out);
		wire_put_uint(&out, edges[i]);
		assert_int_equal(out.len, lengths[i]);
	}
}

static void test_negative_numbers_arrive_and_small_ones_stay_small(void **state)
{
	static const int64_t numbers[] = { 0, -1, 1, -64, 63, 64, -65, INT32_MIN, INT32_MAX, INT64_MIN, INT64_MIN + 1,
					   INT64_MAX, INT64_MAX - 1 };

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		struct wire w;
		int64_t n = ~numbers[i];

		buf_clear(&out);
		wire_put_int(&out, numbers[i]);
		assert_true(out.len <= 10);
		if (numbers[i] >= -64 && numbers[i] <= 63)
			assert_int_equal(out.len, 1);
		w = exact(out.data, out.len);
		assert_true(wire_get_int(&w, &n));
		assert_true(n == numbers[i]);
		assert_ptr_equal(w.at, w.end);
	}
}

static void test_a_cut_number_is_none(void **state)
{
	for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
		buf_clear(&out);
		wire_put_uint(&out, edges[i]);
		for (size_t n = 0; n < out.len; n++) {
			struct wire w = exact(out.data, n);
			uint64_t back;
			int64_t signed_back;
			bool flag;

			assert_false(wire_get_uint(&w, &back));
			w = exact(out.data, n);
			assert_false(wire_get_int(&w, &signed_back));
			w = exact(out.data, n);
			assert_false(wire_get_flag(&w, &flag));
			assert_true(w.at <= w.end);
		}
	}
}

static void test_a_number_over_64_bits_is_none(void **state)
{
	static const struct slice wires[] = {
		{ "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10 }, /* 2^65 - ... */
		{ "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 10 },
		{ "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 11 }, /* goes on and on */
		{ "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x81\x00", 11 },
		{ "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 14 },
	};

	for (size_t i = 0; i < sizeof wires / sizeof *wires; i++) {
		struct wire w = exact(wires[i].ptr, wires[i].len);
		uint64_t n;
		int64_t s;

		assert_false(wire_get_uint(&w, &n));
		assert_true(w.at <= w.end);
		w = exact(wires[i].ptr, wires[i].len);
		assert_false(wire_get_int(&w, &s));
	}
}

static void test_only_0_and_1_are_flags(void **state)
{
	for (uint64_t i = 0; i < 300; i++) {
		struct wire w;
		bool flag = i != 1;

		buf_clear(&out);
		wire_put_uint(&out, i);
		w = exact(out.data, out.len);
		assert_int_equal(wire_get_flag(&w, &flag), i < 2);
		if (i < 2)
			assert_int_equal(flag, i == 1);
	}
}

static void test_absent_and_empty_stay_apart(void **state)
{
	struct slice back = SLICE("x");
	struct wire w;

	wire_put_slice(&out, (struct slice){ 0 });
	wire_put_slice(&out, SLICE(""));
	wire_put_slice(&out, SLICE("a"));
	assert_int_equal(out.len, 4);
	w = exact(out.data, out.len);
	assert_true(wire_get_slice(&w, &back));
	assert_null(back.ptr);
	assert_int_equal(back.len, 0);
	assert_true(wire_get_slice(&w, &back));
	assert_slice(back, "");
	assert_true(wire_get_slice(&w, &back));
	assert_slice(back, "a");
	assert_ptr_equal(w.at, w.end);
	assert_false(wire_get_slice(&w, &back));
}

static void test_text_arrives_at_the_edges_of_its_length(void **state)
{
	static const size_t lengths[] = { 1, 0x7e, 0x7f, 0x80, 0x3ffe, 0x3fff, 0x4000, LIMIT_XML_TEXT_BYTES - 1, LIMIT_XML_TEXT_BYTES };

	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		struct slice text = sample_noise(&arena, lengths[i]), back;
		struct wire w;

		buf_clear(&out);
		wire_put_slice(&out, text);
		w = exact(out.data, out.len);
		assert_true(wire_get_slice(&w, &back));
		assert_true(slice_eq(back, text));
		assert_true(w.at == w.end && back.ptr + back.len == (const char *)w.end); /* in the wire, no copy */
	}
}

static void test_text_that_is_no_text_is_refused(void **state)
{
	static const struct slice texts[] = { { "\0", 1 }, { "a\0b", 3 },	 { "\xff", 1 },		{ "\xc0\x80", 2 },
					      { "\xc3", 1 }, { "\xed\xa0\x80", 3 }, { "\xf4\x90\x80\x80", 4 }, { "a\x80", 2 } };

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct slice back;
		struct wire w;

		buf_clear(&out);
		wire_put_slice(&out, texts[i]);
		w = exact(out.data, out.len);
		assert_false(wire_get_slice(&w, &back));
		assert_true(w.at <= w.end);
	}
	buf_clear(&out);
	wire_put_slice(&out, sample_noise(&arena, LIMIT_XML_TEXT_BYTES + 1));
	assert_false(wire_get_slice(&(struct wire){ (unsigned char *)out.data, (unsigned char *)out.data + out.len, &arena },
				    &(struct slice){ 0 }));
}

static void test_a_cut_or_lying_count_is_refused(void **state)
{
	static const uint64_t lies[] = { 7, 8, 100, 0x80, UINT32_MAX, INT64_MAX, UINT64_MAX - 1, UINT64_MAX };
	struct slice back;

	wire_put_slice(&out, SLICE("hello"));
	for (size_t n = 0; n < out.len; n++) {
		struct wire w = exact(out.data, n);

		assert_false(wire_get_slice(&w, &back));
		assert_true(w.at <= w.end);
	}
	for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
		struct wire w;

		buf_clear(&out);
		wire_put_uint(&out, lies[i]);
		buf_add_text(&out, "hello");
		w = exact(out.data, out.len);
		assert_false(wire_get_slice(&w, &back));
		assert_true(w.at <= w.end);
	}
}

static void test_bytes_are_taken_whole_or_not_at_all(void **state)
{
	unsigned char to[8] = "unused";
	struct wire w = exact("abcdef", 6);

	assert_false(wire_get_bytes(&w, to, 7));
	assert_string_equal((char *)to, "unused");
	assert_true(wire_get_bytes(&w, to, 0));
	assert_true(wire_get_bytes(&w, to, 4));
	assert_memory_equal(to, "abcd", 4);
	assert_false(wire_get_bytes(&w, to, 3));
	assert_false(wire_get_bytes(&w, to, SIZE_MAX));
	assert_true(wire_get_bytes(&w, to, 2));
	assert_memory_equal(to, "efcd", 4);
	assert_ptr_equal(w.at, w.end);
}

static void test_nothing_can_be_read_from_nothing(void **state)
{
	struct wire w = wire_of(&arena, (struct slice){ 0 });
	uint64_t n;
	int64_t s;
	bool flag;
	struct slice text;

	assert_false(wire_get_uint(&w, &n) || wire_get_int(&w, &s) || wire_get_flag(&w, &flag) || wire_get_slice(&w, &text));
	assert_false(wire_get_bytes(&w, &n, 1));
}

static void test_a_full_buffer_is_said_and_stays_within_its_ceiling(void **state)
{
	struct buf small;

	for (size_t ceiling = 0; ceiling < 8; ceiling++) {
		buf_init(&small, ceiling);
		wire_put_slice(&small, SLICE("hello"));
		assert_int_equal(small.full, ceiling < 6);
		assert_int_equal(small.len, ceiling < 6 ? 0 : 6);
		wire_put_uint(&small, UINT64_MAX);
		wire_put_int(&small, INT64_MIN);
		assert_true(small.full && small.len <= ceiling);
		buf_release(&small);
	}
}

static void test_no_noise_leads_out_of_the_wire(void **state)
{
	uint32_t x = 2463534242u;

	for (int i = 0; i < 20000; i++) {
		char noise[24];
		struct wire w;
		struct slice text;
		uint64_t n;
		bool flag, going = true;

		for (size_t k = 0; k < sizeof noise; k++) {
			x ^= x << 13;
			x ^= x >> 17;
			x ^= x << 5;
			noise[k] = (char)(x % 3 == 0 ? x >> 8 & 7 : x >> 8);
		}
		w = exact(noise, (size_t)(i % 25));
		for (int kind = i; going; kind++) {
			const unsigned char *before = w.at;

			going = kind % 3 == 0 ? wire_get_slice(&w, &text) : kind % 3 == 1 ? wire_get_uint(&w, &n) :
											     wire_get_flag(&w, &flag);
			assert_true(w.at <= w.end && w.at >= before);
			if (going && kind % 3 == 0 && text.ptr != NULL)
				assert_true(text.ptr + text.len <= (const char *)w.end && text_utf8_valid(text));
		}
	}
	exact(NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, clear)
		TEST(test_every_number_arrives_at_the_edges_of_its_length),
		TEST(test_a_number_is_as_short_as_it_can_be),
		TEST(test_negative_numbers_arrive_and_small_ones_stay_small),
		TEST(test_a_cut_number_is_none),
		TEST(test_a_number_over_64_bits_is_none),
		TEST(test_only_0_and_1_are_flags),
		TEST(test_absent_and_empty_stay_apart),
		TEST(test_text_arrives_at_the_edges_of_its_length),
		TEST(test_text_that_is_no_text_is_refused),
		TEST(test_a_cut_or_lying_count_is_refused),
		TEST(test_bytes_are_taken_whole_or_not_at_all),
		TEST(test_nothing_can_be_read_from_nothing),
		TEST(test_a_full_buffer_is_said_and_stays_within_its_ceiling),
		TEST(test_no_noise_leads_out_of_the_wire),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("wire", tests, setup, teardown);
}
