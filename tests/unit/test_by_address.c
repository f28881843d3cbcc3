/* test_by_address: sorting rows gives the sums that gathering them one by one gives, however many there are. */
#include "storage/by_address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t draw(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static struct address_row drawn(uint64_t *seed)
{
	uint32_t address = draw(seed) % 3 == 0 ? (uint32_t)draw(seed) : (uint32_t)(draw(seed) % 50);

	return (struct address_row){ .address = address, .domain = (uint32_t)(draw(seed) % 5) * 40000,
				     .reporter = (uint32_t)(draw(seed) % 7), .source = (uint32_t)(draw(seed) % 3),
				     .kind = (uint16_t)(draw(seed) % 4 * 2000), .day = (uint8_t)(draw(seed) % 31),
				     .messages = (int64_t)(draw(seed) % 100) };
}

static void add(struct cell_sums *sums, const struct address_row *r, const uint32_t *before)
{
	struct cell cell = { .days = (uint32_t)1 << r->day, .messages = r->messages, .count = 1 };
	uint32_t *key = cell.key;

	if (before != NULL)
		*key++ = *before;
	*key++ = r->address;
	*key++ = r->source;
	*key = r->kind;
	cell_sums_add(sums, &cell);
}

static void assert_same(struct cell_sums *expected, const struct cells *found)
{
	struct cells want = { 0 };

	cell_sums_take(expected, &want);
	assert_int_equal(found->n, want.n);
	for (size_t i = 0; i < want.n; i++) {
		assert_memory_equal(found->item[i].key, want.item[i].key, sizeof want.item[i].key);
		assert_true(found->item[i].days == want.item[i].days && found->item[i].messages == want.item[i].messages &&
			    found->item[i].count == want.item[i].count);
	}
	cells_release(&want);
	cell_sums_release(expected);
}

static void check(struct address_sums *s, uint64_t seed, size_t rows)
{
	struct cell_sums alone = { 0 }, domains = { 0 }, reporters = { 0 };

	address_sums_clear(s);
	for (size_t i = 0; i < rows; i++) {
		struct address_row r = drawn(&seed);

		address_sums_add(s, &r);
		add(&alone, &r, NULL);
		add(&domains, &r, &r.domain);
		add(&reporters, &r, &r.reporter);
	}
	address_sums_finish(s);
	assert_same(&alone, &s->by_address);
	assert_same(&domains, &s->by_domain);
	assert_same(&reporters, &s->by_reporter);
}

static void test_sorted_rows_come_to_what_gathered_ones_do(void **state)
{
	static const size_t rows[] = { 0, 1, 1000, 512 * 1024, 800 * 1000 }; /* more than are sorted at a time */
	struct address_sums s = { 0 };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		check(&s, 77 + i, rows[i]);
	address_sums_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_sorted_rows_come_to_what_gathered_ones_do) };

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("by_address", tests, NULL, NULL);
}
