/* test_ingest_journal: what people wrote down is found again by its days, domain and step; two people cannot overwrite each other; whoever
 * sees a part of the domains sees what is about that part alone; and every page knows that something changed. */
#include "store_sample.h"

#include "sample.h"
#include "schema/limits.h"

static const struct journal_note first = { .day = 100, .end_day = 102, .text = { "moved", 5 }, .domain = { "chem.univ.example", 17 },
					   .source = { "Relays", 6 }, .who = { "ann", 3 }, .made_s = 1000 };

static int64_t put_note(struct bench *b, struct store *s, int64_t day, const char *domain, const char *source)
{
	struct journal_note n = { .day = day, .end_day = day, .text = SLICE("x"), .domain = slice_of(domain), .source = slice_of(source),
				  .who = SLICE("ann"), .made_s = 1 };
	enum journaled became;
	int64_t id;

	assert_done(b, store_note(s, &n, &id, &became, &b->err));
	assert_int_equal(became, JOURNAL_DONE);
	return id;
}

static void close_store(struct bench *b, struct store *s)
{
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
}

static void test_a_note_is_found_as_it_was_written(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, sample_rules(b));
	struct journal_note n;
	enum journaled became;
	struct reader *r;
	int64_t id;

	assert_done(b, store_note(s, &first, &id, &became, &b->err));
	assert_true(became == JOURNAL_DONE && id == 1);
	close_store(b, s);
	r = sample_reader(b);
	assert_int_equal(query_note(r, &b->arena, &(struct filter){ 0 }, 2, &n, &b->err), 0);
	assert_int_equal(query_note(r, &b->arena, &(struct filter){ 0 }, 1, &n, &b->err), 1);
	assert_true(n.id == 1 && n.version == 1 && n.day == 100 && n.end_day == 102 && n.made_s == 1000);
	assert_slice(n.text, "moved");
	assert_slice(n.domain, "chem.univ.example");
	assert_slice(n.source, "Relays");
	assert_slice(n.who, "ann");
	reader_close(r);
}

static void test_two_people_do_not_overwrite_each_other(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, sample_rules(b));
	struct journal_note n = first;
	enum journaled became;
	int64_t id;

	assert_done(b, store_note(s, &first, &id, &became, &b->err));
	n.id = id;
	n.version = 1;
	n.text = SLICE("by ann");
	assert_done(b, store_note(s, &n, &id, &became, &b->err));
	assert_true(became == JOURNAL_DONE && id == 1);
	n.text = SLICE("by bob");
	assert_done(b, store_note(s, &n, &id, &became, &b->err));
	assert_int_equal(became, JOURNAL_STALE);
	assert_done(b, store_note_remove(s, 1, 1, &became, &b->err));
	assert_int_equal(became, JOURNAL_STALE);
	n.version = 0;
	n.text = SLICE("by cem");
	assert_done(b, store_note(s, &n, &id, &became, &b->err));
	assert_int_equal(became, JOURNAL_DONE);
	assert_done(b, store_commit(s, &b->err));
	assert_string_equal(table_text(b, b->db, "SELECT version, text FROM note"), "3|by cem\n");
	assert_done(b, store_note_remove(s, 1, 3, &became, &b->err));
	assert_int_equal(became, JOURNAL_DONE);
	assert_done(b, store_note_remove(s, 1, 0, &became, &b->err));
	assert_int_equal(became, JOURNAL_GONE);
	n.id = 9;
	assert_done(b, store_note(s, &n, &id, &became, &b->err));
	assert_int_equal(became, JOURNAL_GONE);
	close_store(b, s);
}

static const char *notes_of(struct bench *b, const struct filter *f)
{
	struct reader *r = sample_reader(b);
	struct journal_notes notes;
	const char *text = "";

	assert_done(b, query_notes(r, &b->arena, f, 100, &notes, &b->err));
	for (size_t i = 0; i < notes.n; i++)
		text = arena_printf(&b->arena, "%s%lld ", text, (long long)notes.item[i].id);
	assert_int_equal(notes.n, notes.total);
	reader_close(r);
	return text;
}

static void test_notes_are_of_days_domains_and_sources(void **state)
{
	static const struct slice chem = { "chem.univ.example", 17 }, lab = { "lab.chem.univ.example", 21 }, relays = { "Relays", 6 };
	struct bench *b = *state;
	struct store *s = sample_open(b, sample_rules(b));
	struct filter f = { .first_day = 0, .last_day = 1000 };
	enum journaled became;
	int64_t id;

	assert_done(b, store_note(s, &first, &id, &became, &b->err)); /* 1: chem, days 100 to 102, Relays */
	put_note(b, s, 103, "", "");
	put_note(b, s, 101, "physics.univ.example", "");
	put_note(b, s, 99, "univ.example", "Lists");
	close_store(b, s);
	assert_string_equal(notes_of(b, &f), "2 3 1 4 ");
	f.first_day = f.last_day = 102;
	assert_string_equal(notes_of(b, &f), "1 ");
	f = (struct filter){ .first_day = 0, .last_day = 1000, .under = { &chem, 1, false } };
	assert_string_equal(notes_of(b, &f), "2 1 4 ");
	f.under = (struct names){ &lab, 1, false };
	assert_string_equal(notes_of(b, &f), "2 1 4 ");
	f.under = (struct names){ &chem, 1, true };
	assert_string_equal(notes_of(b, &f), "2 3 4 ");
	f = (struct filter){ .first_day = 0, .last_day = 1000, .source = { &relays, 1, false } };
	assert_string_equal(notes_of(b, &f), "2 3 1 ");
	f = (struct filter){ .first_day = 0, .last_day = 1000, .scope = { &chem, 1, false } };
	assert_string_equal(notes_of(b, &f), "1 "); /* neither those about all, nor those above */
}

static void test_a_scope_opens_no_note_of_others(void **state)
{
	static const struct slice chem = { "chem.univ.example", 17 };
	const struct filter f = { .scope = { &chem, 1, false } };
	struct bench *b = *state;
	struct store *s = sample_open(b, sample_rules(b));
	int64_t all = put_note(b, s, 1, "", ""), above = put_note(b, s, 1, "univ.example", ""), own = put_note(b, s, 1, "lab.chem.univ.example", "");
	struct journal_note n;
	struct reader *r;

	close_store(b, s);
	r = sample_reader(b);
	assert_int_equal(query_note(r, &b->arena, &f, all, &n, &b->err), 0);
	assert_int_equal(query_note(r, &b->arena, &f, above, &n, &b->err), 0);
	assert_int_equal(query_note(r, &b->arena, &f, own, &n, &b->err), 1);
	reader_close(r);
}

static void test_a_long_list_is_cut_and_says_so(void **state)
{
	const struct filter f = { .first_day = 0, .last_day = 1000 };
	struct bench *b = *state;
	struct store *s = sample_open(b, sample_rules(b));
	struct journal_notes notes;
	struct reader *r;

	for (int i = 0; i < 5; i++)
		put_note(b, s, 10 + i, "", "");
	close_store(b, s);
	r = sample_reader(b);
	assert_done(b, query_notes(r, &b->arena, &f, 3, &notes, &b->err));
	assert_true(notes.n == 3 && notes.total == 5 && notes.item[0].day == 14 && notes.item[2].day == 12);
	reader_close(r);
}

static void test_confirmations_are_of_a_domain_and_a_step(void **state)
{
	static const struct slice chem = { "chem.univ.example", 17 };
	struct confirmation c = { .domain = SLICE("univ.example"), .step = STEP_REHEARSE, .check = SLICE("lists"), .text = SLICE("so"),
				  .who = SLICE("ann"), .made_s = 5, .expires_s = 9 };
	struct bench *b = *state;
	struct store *s = sample_open(b, sample_rules(b));
	struct confirmations found;
	enum journaled became;
	struct filter f = { 0 };
	struct reader *r;
	int64_t id;

	assert_done(b, store_confirm(s, &c, &id, &became, &b->err));
	c.step = STEP_ENFORCE;
	assert_done(b, store_confirm(s, &c, &id, &became, &b->err));
	c.domain = SLICE("chem.univ.example");
	assert_done(b, store_confirm(s, &c, &id, &became, &b->err));
	assert_done(b, store_commit(s, &b->err));
	r = sample_reader(b);
	assert_done(b, query_confirmations(r, &b->arena, &f, SLICE("univ.example"), STEP_REHEARSE, &found, &b->err));
	assert_true(found.n == 1 && found.item[0].id == 1 && found.item[0].made_s == 5 && found.item[0].expires_s == 9);
	assert_slice(found.item[0].check, "lists");
	assert_slice(found.item[0].who, "ann");
	assert_done(b, query_confirmations(r, &b->arena, &f, (struct slice){ 0 }, STEPS, &found, &b->err));
	assert_true(found.n == 3 && found.item[0].id == 3);
	f.scope = (struct names){ &chem, 1, false };
	assert_done(b, query_confirmations(r, &b->arena, &f, (struct slice){ 0 }, STEPS, &found, &b->err));
	assert_int_equal(found.n, 1);
	assert_done(b, store_withdraw(s, 3, &became, &b->err));
	assert_int_equal(became, JOURNAL_DONE);
	assert_done(b, store_withdraw(s, 3, &became, &b->err));
	assert_int_equal(became, JOURNAL_GONE);
	close_store(b, s);
	assert_done(b, query_confirmations(r, &b->arena, &f, (struct slice){ 0 }, STEPS, &found, &b->err));
	assert_int_equal(found.n, 0);
	reader_close(r);
}

static void test_a_found_blocker_is_taken_up_once(void **state)
{
	static const struct slice physics = { "physics.univ.example", 20 };
	struct blocker k = { .key = SLICE("source:Relays"), .domain = SLICE("chem.univ.example"), .text = SLICE("unsigned"), .owner = SLICE("bob"),
			     .state = BLOCKER_ACCEPTED, .state_day = 7, .reason = SLICE("small"), .until_day = 8, .note = SLICE("n"),
			     .source = SLICE("Relays"), .who = SLICE("ann"), .made_s = 9 };
	struct bench *b = *state;
	struct store *s = sample_open(b, sample_rules(b));
	struct filter f = { 0 };
	struct blockers found;
	enum journaled became;
	struct reader *r;
	int64_t id;

	assert_done(b, store_blocker(s, &k, &id, &became, &b->err));
	assert_true(became == JOURNAL_DONE && id == 1);
	assert_done(b, store_blocker(s, &k, &id, &became, &b->err));
	assert_int_equal(became, JOURNAL_STALE);
	k.key = SLICE("");
	for (int i = 0; i < 2; i++) { /* those made by hand may be alike */
		assert_done(b, store_blocker(s, &k, &id, &became, &b->err));
		assert_int_equal(became, JOURNAL_DONE);
	}
	k.id = 1;
	k.version = 1;
	k.state = BLOCKER_DONE;
	assert_done(b, store_blocker(s, &k, &id, &became, &b->err));
	assert_int_equal(became, JOURNAL_DONE);
	assert_done(b, store_blocker_remove(s, 1, 1, &became, &b->err));
	assert_int_equal(became, JOURNAL_STALE);
	close_store(b, s);
	r = sample_reader(b);
	assert_done(b, query_blockers(r, &b->arena, &f, SLICE("univ.example"), &found, &b->err));
	assert_int_equal(found.n, 3);
	assert_true(found.item[2].id == 1 && found.item[2].version == 2 && found.item[2].state == BLOCKER_DONE && found.item[2].until_day == 8);
	assert_slice(found.item[2].key, "source:Relays"); /* stays what it was found as */
	assert_slice(found.item[2].owner, "bob");
	assert_slice(found.item[2].reason, "small");
	assert_slice(found.item[2].source, "Relays");
	assert_done(b, query_blockers(r, &b->arena, &f, SLICE("physics.univ.example"), &found, &b->err));
	assert_int_equal(found.n, 0);
	f.scope = (struct names){ &physics, 1, false };
	assert_done(b, query_blockers(r, &b->arena, &f, (struct slice){ 0 }, &found, &b->err));
	assert_int_equal(found.n, 0);
	reader_close(r);
}

static void test_there_is_an_end_to_it(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, sample_rules(b));
	enum journaled became;
	int64_t id;

	put_note(b, s, 1, "", "");
	assert_done(b, store_commit(s, &b->err));
	table_run(b, b->db, "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) "
			    "INSERT INTO note SELECT i, 1, 1, 1, 'x', '', '', '', 1 FROM n");
	assert_done(b, store_note(s, &first, &id, &became, &b->err));
	assert_int_equal(became, JOURNAL_FULL);
	assert_done(b, store_note_remove(s, 7, 0, &became, &b->err));
	assert_done(b, store_note(s, &first, &id, &became, &b->err));
	assert_int_equal(became, JOURNAL_DONE);
	close_store(b, s);
}

static void test_pages_know_that_something_changed(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, sample_rules(b));
	enum journaled became;
	int64_t before;

	assert_done(b, store_commit(s, &b->err));
	before = table_int(b, "SELECT value FROM meta WHERE key = 'generation'");
	put_note(b, s, 1, "", "");
	assert_done(b, store_commit(s, &b->err));
	assert_int_equal(table_int(b, "SELECT value FROM meta WHERE key = 'generation'"), before + 1);
	assert_done(b, store_note_remove(s, 9, 0, &became, &b->err)); /* nothing was */
	assert_done(b, store_commit(s, &b->err));
	assert_int_equal(table_int(b, "SELECT value FROM meta WHERE key = 'generation'"), before + 1);
	store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_a_note_is_found_as_it_was_written),
		bench_test(test_two_people_do_not_overwrite_each_other),
		bench_test(test_notes_are_of_days_domains_and_sources),
		bench_test(test_a_scope_opens_no_note_of_others),
		bench_test(test_a_long_list_is_cut_and_says_so),
		bench_test(test_confirmations_are_of_a_domain_and_a_step),
		bench_test(test_a_found_blocker_is_taken_up_once),
		bench_test(test_there_is_an_end_to_it),
		bench_test(test_pages_know_that_something_changed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("ingest_journal", tests, NULL, NULL);
}
