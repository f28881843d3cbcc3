/* test_reread: reading again changes what reads otherwise and nothing else, keeps sums right, and never gives up a whole
 * report for a part of it. */
#include "store_sample.h"

#include "storage/reread.h"

static const struct source_rules no_rules;
static const struct slice mail = { "a mail", 6 };

static struct report *first(struct bench *b)
{
	struct report *r = sample_report(b, "1", SAMPLE_DAY);

	sample_row(b, r, "192.0.2.1", 5);
	sample_row(b, r, "192.0.2.2", 7);
	note_add(&b->arena, &r->warnings, SLICE("a warning"));
	note_add(&b->arena, &r->extensions, SLICE("{x}y"));
	return r;
}

/* Puts `first`, then reads `again` as what the same bytes say today. */
static enum reread read_again(struct bench *b, struct store *s, const struct report *again, struct reread_sums *before,
			      struct reread_sums *after)
{
	struct reread_report *list, *of;
	unsigned char key[RAW_KEY_BYTES];
	enum reread how;

	raw_key(mail, key);
	assert_done(b, reread_stored(s, &b->arena, key, &list, &b->err));
	of = reread_match(s, list, again);
	assert_non_null(of);
	assert_done(b, reread_report(s, of, key, again, before, after, &how, &b->err));
	assert_done(b, store_commit(s, &b->err));
	return how;
}

static const char *stored(struct bench *b)
{
	return table_text(b, b->db, "SELECT r.id, r.report_id, r.messages, r.row_count, r.complete, r.received_s, f.address,"
				    " f.messages, (SELECT group_concat(text) FROM report_note n WHERE n.report = r.id),"
				    " (SELECT value FROM meta WHERE key = 'generation'), hex(r.raw) FROM report r JOIN fact f"
				    " ON f.report = r.id ORDER BY 1, 7");
}

static void assert_changes(struct bench *b, struct store *s, const struct report *again, bool changes)
{
	struct reread_sums before, after;
	const char *was = stored(b);

	assert_int_equal(read_again(b, s, again, &before, &after), changes ? REREAD_CHANGED : REREAD_SAME);
	if (changes)
		assert_string_not_equal(stored(b), was);
	else
		assert_string_equal(stored(b), was);
	assert_sums_equal_facts(b);
}

static void test_the_same_again_changes_nothing(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct report *r = first(b);

	sample_put_with(b, s, r, mail);
	assert_done(b, store_commit(s, &b->err));
	assert_changes(b, s, r, false);
	store_close(s);
	s = sample_open(b, no_rules); /* nothing interned in memory */
	assert_changes(b, s, r, false);
	store_close(s);
}

static void test_every_difference_is_noticed(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct report *r = first(b);

	sample_put_with(b, s, r, mail);
	assert_done(b, store_commit(s, &b->err));
	r->rows->count = 6;
	assert_changes(b, s, r, true);
	r->rows->dkim = SLICE("pass");
	assert_changes(b, s, r, true);
	sample_row(b, r, "192.0.2.3", 0);
	assert_changes(b, s, r, true);
	note_add(&b->arena, &r->warnings, SLICE("another"));
	assert_changes(b, s, r, true);
	r->extensions = NULL;
	assert_changes(b, s, r, true);
	r->email = (struct slice){ 0 };
	assert_changes(b, s, r, true);
	r->report_id = SLICE("one");
	assert_changes(b, s, r, true);
	assert_changes(b, s, r, false);
	store_close(s);
	assert_string_equal(table_text(b, b->db, "SELECT id, report_id, row_count, messages, length(raw) FROM report"), "1|one|3|13|16\n");
}

static void test_sums_of_before_and_after_are_told(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct report *r = first(b);
	struct reread_sums before, after;

	sample_put_with(b, s, r, mail);
	assert_done(b, store_commit(s, &b->err));
	sample_row(b, r, "192.0.2.3", 9);
	sample_results(b, r->rows, "none", "pass", "pass");
	assert_int_equal(read_again(b, s, r, &before, &after), REREAD_CHANGED);
	assert_true(before.rows == 2 && before.messages[TRUST_UNTRUSTED] == 12 && before.messages[TRUST_FULL] == 0);
	assert_true(after.rows == 3 && after.messages[TRUST_UNTRUSTED] == 16 && after.messages[TRUST_FULL] == 5);
	store_close(s);
}

static void test_a_whole_report_is_not_given_up_for_a_part(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct report *r = first(b);
	struct reread_sums before, after;
	const char *was;

	sample_put_with(b, s, r, mail);
	assert_done(b, store_commit(s, &b->err));
	was = stored(b);
	r->complete = false;
	r->rows = r->rows->next;
	r->row_count = 1;
	assert_int_equal(read_again(b, s, r, &before, &after), REREAD_LESS);
	assert_string_equal(stored(b), was);
	assert_sums_equal_facts(b);
	store_close(s);
}

/* Two reports of one mail, the second read with another identity now. */
static void test_each_report_of_a_mail_is_found_again(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct report *one = first(b), *two = sample_report(b, "2", SAMPLE_DAY), *other = sample_report(b, "9", SAMPLE_DAY);
	struct reread_report *list;
	unsigned char key[RAW_KEY_BYTES];

	two->member = SLICE("part2");
	other->member = SLICE("part9");
	sample_put_with(b, s, one, mail);
	sample_put_with(b, s, two, mail);
	assert_done(b, store_commit(s, &b->err));
	raw_key(mail, key);
	assert_done(b, reread_stored(s, &b->arena, key, &list, &b->err));
	assert_true(list->id == 1 && list->next->id == 2 && list->next->next == NULL);
	assert_ptr_equal(reread_match(s, list, two), list->next);
	two->report_id = SLICE("3");
	assert_ptr_equal(reread_match(s, list, two), list->next); /* its content */
	sample_content(two, 999);
	assert_null(reread_match(s, list, two)); /* another one in the same place */
	two->report_id = SLICE("2");
	two->begin += 60;
	assert_ptr_equal(reread_match(s, list, two), list->next); /* its place, its sender and its id */
	sample_content(one, 998);
	one->member = SLICE("elsewhere");
	assert_ptr_equal(reread_match(s, list, one), list); /* its identity */
	assert_null(reread_match(s, list, other));
	list->met = true;
	assert_null(reread_match(s, list, one));
	store_close(s);
}

/* Read with another identity now, it is what came in another mail: it counts once. */
static void test_a_report_that_turns_out_to_be_another_counts_once(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	struct report *r = first(b), *same = first(b);

	same->report_id = SLICE("2");
	memcpy(same->content_hash, r->content_hash, sizeof r->content_hash);
	sample_put_with(b, s, r, mail);
	sample_put_with(b, s, same, SLICE("another mail"));
	assert_done(b, store_commit(s, &b->err));
	r->report_id = SLICE("2");
	assert_changes(b, s, r, true);
	store_close(s);
	assert_string_equal(table_text(b, b->db, "SELECT id, report_id FROM report"), "2|2\n");
}

static void test_keys_come_once_each_with_their_bytes(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, no_rules);
	unsigned char key[RAW_KEY_BYTES] = { 0 };
	struct slice file, bytes;
	int n = 0, gone = 0;

	for (int i = 0; i < 6; i++) {
		const char *name = arena_printf(&b->arena, "%d", i / 2);

		sample_put_with(b, s, sample_report(b, arena_printf(&b->arena, "id-%d", i), SAMPLE_DAY), slice_of(name));
	}
	sample_put(b, s, sample_report(b, "without", SAMPLE_DAY));
	assert_done(b, store_commit(s, &b->err));
	table_run(b, arena_printf(&b->arena, "%s.raw", b->db), "DELETE FROM raw WHERE bytes = CAST('1' AS BLOB)");
	while (reread_next(s, &b->arena, key, &file, &bytes, &b->err) == 1) {
		assert_true(slice_is(file, "a.xml"));
		gone += bytes.ptr == NULL;
		n++;
	}
	assert_int_equal(n, 3);
	assert_int_equal(gone, 1);
	store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_the_same_again_changes_nothing),
		bench_test(test_every_difference_is_noticed),
		bench_test(test_sums_of_before_and_after_are_told),
		bench_test(test_a_whole_report_is_not_given_up_for_a_part),
		bench_test(test_each_report_of_a_mail_is_found_again),
		bench_test(test_a_report_that_turns_out_to_be_another_counts_once),
		bench_test(test_keys_come_once_each_with_their_bytes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("reread", tests, NULL, NULL);
}
