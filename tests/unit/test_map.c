/* test_map: interning never mixes two keys up, however many there are. */
#include "storage/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { MANY = 20000 };

static int64_t value_of(struct map *m, struct slice key)
{
	bool fresh;
	struct map_entry *e = map_put(m, key, &fresh);

	assert_false(fresh);
	return e->value;
}

static void put(struct map *m, struct slice key, int64_t value)
{
	bool fresh;
	struct map_entry *e = map_put(m, key, &fresh);

	assert_true(fresh);
	assert_int_equal(e->value, 0);
	e->value = value;
}

static void test_growing_loses_no_key(void **state)
{
	struct map m;
	char text[32];

	map_init(&m);
	for (int i = 0; i < MANY; i++) {
		snprintf(text, sizeof text, "key-%d", i);
		put(&m, slice_of(text), i + 1);
	}
	assert_int_equal(m.used, MANY);
	for (int i = 0; i < MANY; i++) {
		snprintf(text, sizeof text, "key-%d", i);
		assert_int_equal(value_of(&m, slice_of(text)), i + 1);
	}
	snprintf(text, sizeof text, "key-%d", MANY);
	assert_false(map_has(&m, slice_of(text)));
	assert_int_equal(m.used, MANY);
	map_release(&m);
}

static void test_keys_that_begin_alike_stay_apart(void **state)
{
	static const char bytes[] = "a\0b\0c";
	struct map m;

	map_init(&m);
	for (size_t n = 0; n < sizeof bytes; n++)
		put(&m, (struct slice){ bytes, n }, (int64_t)n + 1);
	for (size_t n = 0; n < sizeof bytes; n++)
		assert_int_equal(value_of(&m, (struct slice){ bytes, n }), n + 1);
	map_release(&m);
}

static void test_a_key_outlives_the_bytes_it_was_given_in(void **state)
{
	char text[] = "univ.example";
	struct map m;

	map_init(&m);
	put(&m, slice_of(text), 7);
	memset(text, 'x', sizeof text - 1);
	assert_int_equal(value_of(&m, SLICE("univ.example")), 7);
	assert_false(map_has(&m, slice_of(text)));
	map_release(&m);
}

static void test_nothing_is_found_after_clearing(void **state)
{
	struct map m;

	map_init(&m);
	assert_false(map_has(&m, SLICE("a")));
	put(&m, SLICE("a"), 1);
	assert_true(map_has(&m, SLICE("a")));
	map_clear(&m);
	assert_false(map_has(&m, SLICE("a")));
	assert_int_equal(m.used, 0);
	put(&m, SLICE("a"), 2);
	assert_int_equal(value_of(&m, SLICE("a")), 2);
	map_release(&m);
	map_release(&m);
}

static void test_reporters_can_not_know_the_seed(void **state)
{
	struct map a, b;

	map_init(&a);
	map_init(&b);
	assert_int_not_equal(a.seed, b.seed);
	map_release(&a);
	map_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_growing_loses_no_key),
		cmocka_unit_test(test_keys_that_begin_alike_stay_apart),
		cmocka_unit_test(test_a_key_outlives_the_bytes_it_was_given_in),
		cmocka_unit_test(test_nothing_is_found_after_clearing),
		cmocka_unit_test(test_reporters_can_not_know_the_seed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
