/* test_watch: DNS is asked for the names that reports make matter, for those of others never, and not for ever. */
#include "store_sample.h"

#include "schema/limits.h"
#include "storage/watch.h"

/* Seconds: the middle of the sample's first day. */
#define NOW ((int64_t)SAMPLE_DAY * DAY_SECONDS + DAY_SECONDS / 2)

static const struct source_rules no_rules = { 0 };
static const struct slice own[] = { { "univ.example", 12 }, { "college.example", 15 } };

/* A report of a day about univ.example, with mail From `from` signed by `signer` with `selector`. */
static void put(struct bench *b, struct store *s, int64_t day, const char *from, const char *signer, const char *selector)
{
	struct report *r = sample_report(b, arena_printf(&b->arena, "id-%lld", (long long)b->contents), day);
	struct row *row = sample_row(b, r, "203.0.113.1", 1);

	row->header_from = sample_text(b, from);
	if (signer != NULL)
		sample_auth(b, &row->dkim_auth, signer, selector, "pass");
	sample_put(b, s, r);
	assert_done(b, store_commit(s, &b->err));
}

static void turn(struct bench *b, struct watch *w, struct store *s, int64_t now)
{
	assert_done(b, watch_turn(w, s, now, &b->err));
	assert_done(b, store_commit(s, &b->err));
}

static const char *names(struct bench *b)
{
	return table_text(b, b->db, "SELECT name FROM dns_name WHERE due_s IS NOT NULL ORDER BY name");
}

static void test_names_of_reports_and_their_signers_are_watched(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct watch *w = watch_new(NULL, 0);

	put(b, s, SAMPLE_DAY, "Chem.Univ.Example", "chem.univ.example.", "S1");
	put(b, s, SAMPLE_DAY, "other.example", "mailer.example", "k1");
	turn(b, w, s, NOW);
	assert_string_equal(names(b), "_dmarc.chem.univ.example\n_dmarc.example\n_dmarc.other.example\n_dmarc.univ.example\n"
				      "chem.univ.example\nother.example\ns1._domainkey.chem.univ.example\nuniv.example\n");
	assert_int_equal(table_int(b, "SELECT count(*) FROM dns_name WHERE due_s > 0 AND looked_up_s = 0"), 8);
	watch_free(w);
	store_close(s);
}

static void test_with_own_domains_only_their_names_are_watched(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct watch *w = watch_new(own, 2);

	put(b, s, SAMPLE_DAY, "chem.univ.example", "mailer.example", "k1");
	put(b, s, SAMPLE_DAY, "other.example", "univ.example", "k2");
	put(b, s, SAMPLE_DAY, "other.example", "other.example", "k3");
	turn(b, w, s, NOW);
	assert_string_equal(names(b), "_dmarc.chem.univ.example\n_dmarc.college.example\n_dmarc.example\n_dmarc.univ.example\n"
				      "chem.univ.example\ncollege.example\nk2._domainkey.univ.example\nuniv.example\n");
	watch_free(w);
	store_close(s);
}

static void test_what_comes_later_is_watched_at_once(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct watch *w = watch_new(NULL, 0);

	turn(b, w, s, NOW);
	assert_string_equal(names(b), "");
	put(b, s, SAMPLE_DAY, "univ.example", "univ.example", "s1");
	turn(b, w, s, NOW + 1);
	assert_string_equal(names(b), "_dmarc.example\n_dmarc.univ.example\ns1._domainkey.univ.example\nuniv.example\n");
	put(b, s, SAMPLE_DAY, "univ.example", "univ.example", "s2");
	turn(b, w, s, NOW + 2);
	assert_string_equal(names(b), "_dmarc.example\n_dmarc.univ.example\ns1._domainkey.univ.example\ns2._domainkey.univ.example\nuniv.example\n");
	watch_free(w);
	store_close(s);
}

/* A backlog of years names selectors that are long gone. */
static void test_reports_of_long_ago_make_nothing_matter(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct watch *w = watch_new(NULL, 0);

	put(b, s, SAMPLE_DAY - 91, "univ.example", "univ.example", "old");
	turn(b, w, s, NOW);
	assert_string_equal(names(b), "");
	put(b, s, SAMPLE_DAY - 92, "univ.example", "univ.example", "older");
	turn(b, w, s, NOW + 1);
	assert_string_equal(names(b), "");
	put(b, s, SAMPLE_DAY - 90, "univ.example", "univ.example", "young");
	turn(b, w, s, NOW + 2);
	assert_string_equal(names(b), "_dmarc.example\n_dmarc.univ.example\nuniv.example\nyoung._domainkey.univ.example\n");
	watch_free(w);
	store_close(s);
}

static void test_a_name_that_no_longer_matters_is_let_go_and_comes_back(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct watch *w = watch_new(NULL, 0);
	int64_t later = NOW + (int64_t)91 * DAY_SECONDS;

	put(b, s, SAMPLE_DAY, "univ.example", "univ.example", "s1");
	turn(b, w, s, NOW);
	put(b, s, SAMPLE_DAY + 91, "univ.example", "univ.example", "s2");
	turn(b, w, s, later);
	assert_string_equal(names(b), "_dmarc.example\n_dmarc.univ.example\ns2._domainkey.univ.example\nuniv.example\n");
	assert_int_equal(table_int(b, "SELECT count(*) FROM dns_name WHERE due_s IS NULL"), 1);
	put(b, s, SAMPLE_DAY + 92, "univ.example", "univ.example", "s1");
	turn(b, w, s, later + DAY_SECONDS);
	assert_string_equal(names(b), "_dmarc.example\n_dmarc.univ.example\ns1._domainkey.univ.example\ns2._domainkey.univ.example\nuniv.example\n");
	watch_free(w);
	store_close(s);
}

static void test_what_is_no_name_is_not_asked_for(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct watch *w = watch_new(NULL, 0);

	put(b, s, SAMPLE_DAY, "", "univ.example", "a b");
	put(b, s, SAMPLE_DAY, "univ example", "", "k1");
	put(b, s, SAMPLE_DAY, "univ.example", "univ.example", "../x");
	put(b, s, SAMPLE_DAY, "univ.example", "univ.example", "");
	turn(b, w, s, NOW);
	assert_string_equal(names(b), "_dmarc.example\n_dmarc.univ.example\nuniv.example\n");
	watch_free(w);
	store_close(s);
}

/* More profiles and reports than one step takes. */
static void test_a_round_over_many_ends_and_looks_at_each(void **state)
{
	enum { MANY = 4500 };
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct watch *w = watch_new(NULL, 0);
	struct report *r = sample_report(b, "many", SAMPLE_DAY);

	for (int i = 0; i < MANY; i++)
		sample_auth(b, &sample_row(b, r, "203.0.113.1", 1)->dkim_auth, "univ.example",
			    arena_printf(&b->arena, "s%d", i), "pass");
	sample_put(b, s, r);
	assert_done(b, store_commit(s, &b->err));
	table_run(b, b->db, "INSERT INTO dns_name VALUES ('gone.example', 1, 0, 1, 0, NULL)");
	turn(b, w, s, NOW);
	assert_true(table_int(b, "SELECT count(*) FROM dns_name") < MANY);
	assert_int_equal(table_int(b, "SELECT due_s FROM dns_name WHERE name = 'gone.example'"), 1);
	turn(b, w, s, NOW);
	turn(b, w, s, NOW);
	assert_int_equal(table_int(b, "SELECT count(*) FROM dns_name"), MANY + 4);
	assert_string_equal(table_text(b, b->db, "SELECT name FROM dns_name WHERE due_s IS NULL"), "gone.example\n");
	watch_free(w);
	store_close(s);
}

/* Reports choose names: a flood of them must not become a flood of questions. */
static void test_no_more_names_than_the_limit_are_watched(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct watch *w = watch_new(NULL, 0);
	struct report *r = sample_report(b, "flood", SAMPLE_DAY);
	struct row *row = sample_row(b, r, "203.0.113.1", 1);

	for (int i = 0; i <= LIMIT_DNS_NAMES / LIMIT_AUTH_PER_ROW; i++, row = sample_row(b, r, "203.0.113.1", 1))
		for (int k = 0; k < LIMIT_AUTH_PER_ROW; k++)
			sample_auth(b, &row->dkim_auth, "univ.example", arena_printf(&b->arena, "s%d-%d", i, k), "pass");
	sample_put(b, s, r);
	assert_done(b, store_commit(s, &b->err));
	turn(b, w, s, NOW);
	assert_int_equal(table_int(b, "SELECT count(*) FROM dns_name"), LIMIT_DNS_NAMES);
	watch_free(w);
	store_close(s);
}

/* --- what records mention --- */

/* An answer, as the desk takes it. */
static void found(struct bench *b, struct watch *w, struct store *s, const char *name, const char *text, int64_t now)
{
	struct name_found f = { .name = slice_of(name), .result = LOOKUP_FOUND, .n = 1, .text = { slice_of(text) } };

	assert_done(b, store_name_found(s, &f, now, &b->err));
	assert_done(b, watch_found(w, s, f.name, &b->err));
	assert_done(b, store_commit(s, &b->err));
}

static void test_what_records_mention_is_watched(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct watch *w = watch_new(own, 1);
	const char *all = "_a.univ.example\n_b.other.example\n_dmarc.example\n_dmarc.univ.example\nuniv.example\n"
			  "univ.example._report._dmarc.other.example\n";

	turn(b, w, s, NOW);
	found(b, w, s, "univ.example", "v=spf1 include:_a.univ.example include:%{i}.univ.example a:mail.univ.example -all", NOW + 1);
	found(b, w, s, "_a.univ.example", "v=spf1 redirect=_b.other.example", NOW + 2);
	found(b, w, s, "_dmarc.univ.example", "v=DMARC1; p=none; rua=mailto:a@other.example,mailto:b@chem.univ.example", NOW + 3);
	assert_string_equal(names(b), all);
	turn(b, w, s, NOW + DAY_SECONDS); /* a round of its own finds the same, from what is known */
	assert_string_equal(names(b), all);
	watch_free(w);
	w = watch_new(own, 1); /* and so does one after a restart */
	turn(b, w, s, NOW + DAY_SECONDS + 1);
	assert_string_equal(names(b), all);
	found(b, w, s, "univ.example", "v=spf1 -all", NOW + DAY_SECONDS + 2);
	turn(b, w, s, NOW + 2 * DAY_SECONDS + 2);
	assert_string_equal(names(b), "_dmarc.example\n_dmarc.univ.example\nuniv.example\nuniv.example._report._dmarc.other.example\n");
	watch_free(w);
	store_close(s);
}

/* Who writes a record that is included chooses what is asked for. */
static void test_mentions_have_a_limit(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct watch *w = watch_new(own, 1);
	const char *text = "v=spf1";

	for (int i = 0; i < 100; i++)
		text = arena_printf(&b->arena, "%s include:n%d.univ.example", text, i);
	turn(b, w, s, NOW);
	found(b, w, s, "univ.example", text, NOW + 1);
	assert_int_equal(table_int(b, "SELECT count(*) FROM dns_name"), 3 + LIMIT_DNS_MENTIONS);
	found(b, w, s, "n1.univ.example", "v=spf1 include:n1.univ.example include:n0.univ.example", NOW + 2);
	assert_int_equal(table_int(b, "SELECT count(*) FROM dns_name"), 3 + LIMIT_DNS_MENTIONS);
	for (int i = 0; i < LIMIT_DNS_MENTIONED / LIMIT_DNS_MENTIONS; i++) {
		text = "v=spf1";
		for (int k = 0; k < LIMIT_DNS_MENTIONS; k++)
			text = arena_printf(&b->arena, "%s include:m%d-%d.univ.example", text, i, k);
		found(b, w, s, "n2.univ.example", text, NOW + 3 + i);
	}
	assert_int_equal(table_int(b, "SELECT count(*) FROM dns_name"), 3 + LIMIT_DNS_MENTIONED);
	watch_free(w);
	store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_names_of_reports_and_their_signers_are_watched),
		bench_test(test_with_own_domains_only_their_names_are_watched),
		bench_test(test_what_comes_later_is_watched_at_once),
		bench_test(test_reports_of_long_ago_make_nothing_matter),
		bench_test(test_a_name_that_no_longer_matters_is_let_go_and_comes_back),
		bench_test(test_what_is_no_name_is_not_asked_for),
		bench_test(test_a_round_over_many_ends_and_looks_at_each),
		bench_test(test_no_more_names_than_the_limit_are_watched),
		bench_test(test_what_records_mention_is_watched),
		bench_test(test_mentions_have_a_limit),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}
