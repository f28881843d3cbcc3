/* test_network: every address has the first known of its network standing for it, also of those that came later. */
#include "store_sample.h"

#include "storage/network.h"

static const struct source_rules no_rules = { 0 };

static void put(struct bench *b, const char *id, const char *const *ips, size_t n)
{
	struct store *s = sample_open(b, no_rules);
	struct report *r = sample_report(b, id, SAMPLE_DAY);

	for (size_t i = 0; i < n; i++)
		sample_row(b, r, ips[i], 1);
	sample_put(b, s, r);
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
}

static uint32_t network_of_text(struct bench *b, const struct networks *n, const char *hex, const char *written)
{
	int64_t id = table_int(b, arena_printf(&b->arena, "SELECT id FROM address WHERE bytes = x'%s' AND written = '%s'", hex, written));

	assert_true(id > 0 && (size_t)id < n->count);
	return n->first[id];
}

#define MAPPED "00000000000000000000FFFF"

static void test_addresses_of_a_network_share_its_first(void **state)
{
	static const char *const early[] = { "192.0.2.1", "192.0.3.1", "2001:db8::1", "mail.example.org" };
	static const char *const late[] = { "192.0.2.200", "2001:db8:0:9::1", "2001:db8:1::1", "other.example.org" };
	struct bench *b = *state;
	struct networks n = { 0 };
	struct db *db = NULL;

	put(b, "1", early, 4);
	assert_done(b, db_open(b->db, DB_READ, &db, &b->err));
	assert_done(b, networks_load(&n, db, &b->err));
	put(b, "2", late, 4);
	assert_done(b, networks_load(&n, db, &b->err));
	assert_int_equal(network_of_text(b, &n, MAPPED "C00002C8", ""), network_of_text(b, &n, MAPPED "C0000201", ""));
	assert_int_not_equal(network_of_text(b, &n, MAPPED "C0000301", ""), network_of_text(b, &n, MAPPED "C0000201", ""));
	assert_int_equal(network_of_text(b, &n, "20010DB8000000090000000000000001", ""),
			 network_of_text(b, &n, "20010DB8000000000000000000000001", ""));
	assert_int_not_equal(network_of_text(b, &n, "20010DB8000100000000000000000001", ""),
			     network_of_text(b, &n, "20010DB8000000000000000000000001", ""));
	assert_int_not_equal(network_of_text(b, &n, "", "mail.example.org"), network_of_text(b, &n, "", "other.example.org"));
	networks_release(&n);
	db_close(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = { bench_test(test_addresses_of_a_network_share_its_first) };

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("network", tests, NULL, NULL);
}
