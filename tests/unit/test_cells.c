/* test_cells: sums keep every message through gathering, uniting and packing, and damaged bytes are told from good ones. */
#include "storage/cells.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PACKED_BYTES = 1 << 20 };

static uint64_t draw(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed >> 11;
}

/* Sums of `n` random rows over few keys, so that most meet again. */
static struct cells gathered(uint64_t seed, int n, int64_t *messages)
{
	struct cell_sums sums = { 0 };
	struct cells out = { 0 };

	*messages = 0;
	for (int i = 0; i < n; i++) {
		const struct cell one = { .key = { (uint32_t)draw(&seed) % 9, (uint32_t)draw(&seed) % 4,
						   (uint32_t)draw(&seed) % 30 * 1000, (uint32_t)draw(&seed) % 7,
						   (uint32_t)draw(&seed) % 2 },
					  .days = 1, .messages = (int64_t)(draw(&seed) % 1000), .count = 1 };

		cell_sums_add(&sums, &one);
		*messages += one.messages;
	}
	cell_sums_take(&sums, &out);
	cell_sums_release(&sums);
	return out;
}

static void assert_sorted(const struct cells *c)
{
	for (size_t i = 1; i < c->n; i++) {
		int k = 0;

		while (k < CELL_KEYS && c->item[i - 1].key[k] == c->item[i].key[k])
			k++;
		assert_true(k < CELL_KEYS && c->item[i - 1].key[k] < c->item[i].key[k]);
	}
}

static int64_t messages_of(const struct cells *c, int64_t *count)
{
	int64_t sum = 0;

	*count = 0;
	for (size_t i = 0; i < c->n; i++) {
		sum += c->item[i].messages;
		*count += c->item[i].count;
	}
	return sum;
}

static void test_gathering_loses_no_row(void **state)
{
	int64_t messages, count;
	struct cells c = gathered(7, 20000, &messages);

	assert_sorted(&c);
	assert_true(c.n > 1000 && c.n <= 9 * 4 * 30 * 7 * 2);
	assert_int_equal(messages_of(&c, &count), messages);
	assert_int_equal(count, 20000);
	cells_release(&c);
}

static void test_united_days_are_both_and_each_day_is_known(void **state)
{
	int64_t first, second, count;
	struct cells a = gathered(3, 500, &first), b = gathered(4, 700, &second), both = { 0 };
	uint32_t days = 0;

	for (size_t i = 0; i < b.n; i++)
		b.item[i].days = 1u << 30;
	cells_unite(&both, &a, &b);
	assert_sorted(&both);
	assert_int_equal(messages_of(&both, &count), first + second);
	assert_int_equal(count, 1200);
	for (size_t i = 0; i < both.n; i++)
		days |= both.item[i].days;
	assert_int_equal(days, 1u << 30 | 1);
	assert_true(both.n < a.n + b.n);
	cells_release(&a);
	cells_release(&b);
	cells_release(&both);
}

static void check_round(const struct cells *c, bool of_month)
{
	struct buf packed;
	struct cell_reader in;
	const struct cell *cell;
	size_t n = 0;
	int rc;

	buf_init(&packed, PACKED_BYTES);
	cells_pack(&packed, c, CELL_KEYS, of_month);
	cell_reader_init(&in, buf_slice(&packed), CELL_KEYS, of_month);
	while ((rc = cell_reader_next(&in, &cell)) == 1) {
		struct cell want = c->item[n++];

		want.days = of_month ? want.days : 1;
		assert_memory_equal(cell->key, want.key, sizeof want.key);
		assert_true(cell->days == want.days && cell->messages == want.messages && cell->count == want.count);
	}
	assert_int_equal(rc, 0);
	assert_int_equal(n, c->n);
	for (size_t cut = 0; cut < packed.len && cut < 400; cut++) { /* a cut one ends early or is damaged, and never more */
		size_t whole = 0;

		cell_reader_init(&in, (struct slice){ packed.data, cut }, CELL_KEYS, of_month);
		while ((rc = cell_reader_next(&in, &cell)) == 1)
			whole++;
		assert_true(whole < c->n && (rc == 0 || rc == -1));
	}
	buf_release(&packed);
}

static void test_packed_cells_read_back_as_they_were(void **state)
{
	static struct cell extreme[] = {
		{ { 0, 0, 0, 0, 0 }, 1, 0, 1 },
		{ { 0, 0, 0, 0, 7 }, 3, 2, 2 },
		{ { 0, 0, 0, UINT32_MAX, UINT32_MAX }, 1u << 30, INT64_MAX, INT64_MAX },
		{ { 0, UINT32_MAX, 0, 0 }, 0x7fffffff, 5, 31 },
		{ { UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX }, 1, 1, 1 },
	};
	int64_t messages;
	struct cells c = gathered(11, 3000, &messages);
	const struct cells odd = { extreme, 5, 5 };

	check_round(&c, false);
	check_round(&c, true);
	check_round(&odd, false);
	check_round(&odd, true);
	cells_release(&c);
}

static bool is_even(void *ctx, uint32_t key)
{
	return key % 2 == 0;
}

static void test_groups_that_nobody_wants_are_passed_over(void **state)
{
	int64_t messages, wanted = 0, found = 0;
	struct cells c = gathered(5, 4000, &messages);
	struct cell_reader in;
	const struct cell *cell;
	struct buf packed;
	int rc;

	for (size_t i = 0; i < c.n; i++)
		wanted += c.item[i].key[0] % 2 == 0 ? c.item[i].messages : 0;
	buf_init(&packed, PACKED_BYTES);
	cells_pack(&packed, &c, ROW_KEYS, true);
	cell_reader_init(&in, buf_slice(&packed), ROW_KEYS, true);
	in.wanted = is_even;
	while ((rc = cell_reader_next(&in, &cell)) == 1) {
		assert_true(cell->key[0] % 2 == 0);
		found += cell->messages;
	}
	assert_int_equal(rc, 0);
	assert_true(found == wanted && wanted > 0 && wanted < messages);
	buf_release(&packed);
	cells_release(&c);
}

static void test_damaged_cells_are_refused(void **state)
{
	const struct slice bad[] = {
		SLICE("\0\7\x04\1\1\1\1\1\1"),                       /* there is no fifth key */
		SLICE("\0\7\0\1\1\1\1\1\1"),                         /* the first is the group's */
		SLICE("\0"),                                            /* the group's bytes are missing */
		SLICE("\0\0"),                                          /* a group of nothing */
		SLICE("\0\7\3\1\1"),                                   /* it ends behind the end */
		SLICE("\0\3\3\1\1\1"),                                 /* a cell ends behind its group */
		SLICE("\xff\xff\xff\xff\x7f\4\3\1\1\1"),                /* a first key above 32 bits */
		SLICE("\0\x08\3\xff\xff\xff\xff\x7f\1\1"),              /* another above 32 bits */
		SLICE("\0\x0d\3\1\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f\1"), /* a number above 64 bits */
		SLICE("\0\x0d\3\1\xff\xff\xff\xff\xff\xff\xff\xff\xff\1\1"),   /* messages above 63 bits */
	};
	const struct cell *cell;
	struct cell_reader in;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		cell_reader_init(&in, bad[i], ROW_KEYS, false);
		assert_int_equal(cell_reader_next(&in, &cell), -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gathering_loses_no_row),
		cmocka_unit_test(test_united_days_are_both_and_each_day_is_known),
		cmocka_unit_test(test_packed_cells_read_back_as_they_were),
		cmocka_unit_test(test_groups_that_nobody_wants_are_passed_over),
		cmocka_unit_test(test_damaged_cells_are_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("cells", tests, NULL, NULL);
}
