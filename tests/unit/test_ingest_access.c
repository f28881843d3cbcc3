/* test_ingest_access: a grant is found by its hash alone and gone once it is revoked, with all that came by it; the audit log
 * keeps its last lines; and none of it makes a page look changed. */
#include "store_sample.h"

#include "sample.h"
#include "schema/limits.h"

static int64_t add(struct bench *b, struct store *s, enum grant_kind kind, int hash, int64_t link, int64_t expires_s)
{
	const struct grant g = { .kind = kind, .hash = { (unsigned char)hash }, .name = SLICE("Chemistry"), .role = ACCESS_VIEWER,
				 .trees = SLICE("chem.univ.example\n"), .sources = SLICE(""), .maker = SLICE("ann"), .link = link,
				 .made_s = 1000, .expires_s = expires_s };
	int64_t id = 0;

	assert_done(b, store_grant_add(s, &g, &id, &b->err));
	assert_true(id > 0);
	return id;
}

static int find(struct bench *b, struct reader *r, int hash, struct grant *out)
{
	const unsigned char key[ACCESS_HASH_BYTES] = { (unsigned char)hash };

	return query_grant(r, &b->arena, key, out, &b->err);
}

static void test_a_grant_is_found_by_its_hash(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, sample_rules(b));
	struct reader *r;
	struct grant g;

	add(b, s, GRANT_LINK, 7, 0, 5000);
	assert_done(b, store_grant_used(s, 1, 1234, &b->err));
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
	r = sample_reader(b);
	assert_int_equal(find(b, r, 8, &g), 0);
	assert_int_equal(find(b, r, 7, &g), 1);
	assert_slice(g.name, "Chemistry");
	assert_slice(g.trees, "chem.univ.example\n");
	assert_slice(g.maker, "ann");
	assert_true(g.kind == GRANT_LINK && g.role == ACCESS_VIEWER && !g.writes);
	assert_true(g.made_s == 1000 && g.expires_s == 5000 && g.used_s == 1234);
	reader_close(r);
}

static void test_what_came_by_a_link_goes_with_it(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, sample_rules(b));
	int64_t link = add(b, s, GRANT_LINK, 1, 0, 5000), other = add(b, s, GRANT_LINK, 2, 0, 5000);
	struct reader *r;
	struct grant g;
	bool found;

	add(b, s, GRANT_SESSION, 3, link, 5000);
	add(b, s, GRANT_SESSION, 4, other, 5000);
	add(b, s, GRANT_SESSION, 5, 0, 5000);
	assert_done(b, store_grant_revoke(s, GRANT_TOKEN, link, &found, &b->err));
	assert_false(found);
	assert_done(b, store_grant_revoke(s, GRANT_LINK, link, &found, &b->err));
	assert_true(found);
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
	r = sample_reader(b);
	for (int hash = 1; hash <= 5; hash++)
		assert_int_equal(find(b, r, hash, &g), hash != 1 && hash != 3);
	reader_close(r);
}

static void test_sessions_that_are_over_go(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, sample_rules(b));
	struct reader *r;
	struct grants list;

	add(b, s, GRANT_SESSION, 1, 0, 999);
	add(b, s, GRANT_LINK, 2, 0, 999);
	add(b, s, GRANT_SESSION, 3, 0, 5000);
	add(b, s, GRANT_LINK, 4, 0, 5000);
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
	r = sample_reader(b);
	assert_done(b, query_grants(r, &b->arena, GRANT_SESSION, 10, &list, &b->err));
	assert_int_equal(list.n, 1);
	assert_int_equal(list.item[0].hash[0], 3);
	assert_done(b, query_grants(r, &b->arena, GRANT_LINK, 10, &list, &b->err));
	assert_int_equal(list.n, 2);
	assert_int_equal(list.item[0].hash[0], 4);
	assert_done(b, query_grants(r, &b->arena, GRANT_LINK, 1, &list, &b->err));
	assert_int_equal(list.n, 1);
	reader_close(r);
}

/* Whoever opened it just now saw it still there. */
static void test_a_link_that_is_revoked_is_not_opened_any_more(void **state)
{
	const struct grant g = { .kind = GRANT_SESSION, .hash = { 2 }, .name = SLICE("Chemistry"), .role = ACCESS_VIEWER,
				 .trees = SLICE("chem.univ.example\n"), .sources = SLICE(""), .maker = SLICE(""), .link = 1,
				 .made_s = 1000, .expires_s = 5000 };
	struct bench *b = *state;
	struct store *s = sample_open(b, sample_rules(b));
	int64_t link = add(b, s, GRANT_LINK, 1, 0, 5000), id = -1;
	struct reader *r;
	struct grant found;
	bool gone;

	assert_int_equal(link, g.link);
	assert_done(b, store_grant_revoke(s, GRANT_LINK, link, &gone, &b->err));
	assert_done(b, store_grant_add(s, &g, &id, &b->err));
	assert_int_equal(id, 0);
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
	r = sample_reader(b);
	assert_int_equal(find(b, r, 2, &found), 0);
	reader_close(r);
}

static void assert_sessions(struct bench *b, int64_t link, size_t n)
{
	struct reader *r = sample_reader(b);
	struct grants list;
	size_t of_link = 0;

	assert_done(b, query_grants(r, &b->arena, GRANT_SESSION, 2 * LIMIT_GRANTS, &list, &b->err));
	for (size_t i = 0; i < list.n; i++)
		of_link += list.item[i].link == link;
	assert_int_equal(of_link, n);
	reader_close(r);
}

/* Whoever holds a link can open it as often as a program can ask. */
static void test_one_s_oldest_sessions_give_way(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, sample_rules(b));
	int64_t link = add(b, s, GRANT_LINK, 1, 0, 5000);
	struct reader *r;
	struct grant g;

	add(b, s, GRANT_SESSION, 2, 0, 5000);
	add(b, s, GRANT_SESSION, 3, link, 5000);
	assert_done(b, store_commit(s, &b->err));
	table_run(b, b->db, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1100) INSERT INTO access_grant "
			    "SELECT NULL, kind, randomblob(32), name, role, writes, trees, sources, maker, link, made_s, expires_s, 0 "
			    "FROM n, access_grant WHERE id = 3");
	add(b, s, GRANT_SESSION, 4, link, 5000);
	assert_done(b, store_commit(s, &b->err));
	assert_sessions(b, link, LIMIT_SESSIONS_OF_ONE);
	assert_sessions(b, 0, 1);
	r = sample_reader(b);
	for (int hash = 1; hash <= 4; hash++)
		assert_int_equal(find(b, r, hash, &g), hash != 3);
	reader_close(r);
	table_run(b, b->db, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) INSERT INTO access_grant "
			    "SELECT NULL, kind, randomblob(32), i, role, writes, trees, sources, maker, 0, made_s, expires_s, 0 "
			    "FROM n, access_grant WHERE id = 2");
	add(b, s, GRANT_SESSION, 5, 0, 5000);
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
	assert_sessions(b, link, 0);
	assert_sessions(b, 0, LIMIT_GRANTS);
}

static void test_the_audit_log_is_read_backwards_and_keeps_its_last_lines(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, sample_rules(b));
	struct audit_page page;
	struct reader *r;

	assert_done(b, store_audit(s, 1, SLICE("ann"), SLICE("first"), SLICE(""), &b->err));
	assert_done(b, store_audit(s, 2, SLICE(""), SLICE("second"), SLICE("why"), &b->err));
	assert_done(b, store_commit(s, &b->err));
	table_run(b, b->db, "UPDATE sqlite_sequence SET seq = 100001 WHERE name = 'audit'");
	assert_done(b, store_audit(s, 3, SLICE("ann"), SLICE("third"), SLICE(""), &b->err));
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
	r = sample_reader(b);
	assert_done(b, query_audit(r, &b->arena, 0, 2, &page, &b->err));
	assert_int_equal(page.n, 1);
	assert_slice(page.item[0].what, "third");
	assert_int_equal(page.after, 0);
	reader_close(r);
}

static void test_pages_of_the_audit_log_join(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, sample_rules(b));
	struct audit_page page = { 0 };
	struct reader *r;
	int64_t after = 0, last = 6;

	for (int i = 1; i <= 5; i++)
		assert_done(b, store_audit(s, i, SLICE("ann"), SLICE("x"), SLICE(""), &b->err));
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
	r = sample_reader(b);
	do {
		assert_done(b, query_audit(r, &b->arena, after, 2, &page, &b->err));
		for (size_t i = 0; i < page.n; i++)
			assert_int_equal(page.item[i].at_s, --last);
		after = page.after;
	} while (after != 0);
	assert_int_equal(last, 1);
	reader_close(r);
}

static void test_no_page_looks_changed(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, sample_rules(b));
	struct store_state before, after;
	struct reader *r = NULL;

	assert_done(b, store_commit(s, &b->err));
	r = sample_reader(b);
	assert_done(b, query_state(r, &before, &b->err));
	add(b, s, GRANT_TOKEN, 1, 0, 5000);
	assert_done(b, store_audit(s, 1, SLICE("ann"), SLICE("made"), SLICE(""), &b->err));
	assert_done(b, store_commit(s, &b->err));
	assert_done(b, query_state(r, &after, &b->err));
	assert_int_equal(before.generation, after.generation);
	reader_close(r);
	store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_a_grant_is_found_by_its_hash),
		bench_test(test_what_came_by_a_link_goes_with_it),
		bench_test(test_sessions_that_are_over_go),
		bench_test(test_a_link_that_is_revoked_is_not_opened_any_more),
		bench_test(test_one_s_oldest_sessions_give_way),
		bench_test(test_the_audit_log_is_read_backwards_and_keeps_its_last_lines),
		bench_test(test_pages_of_the_audit_log_join),
		bench_test(test_no_page_looks_changed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("ingest_access", tests, NULL, NULL);
}
