/* test_rejudge: whatever changes, the table of rules, what facts mean or the rules that name senders: what is said to move is, message by
 * message, what taking every row by hand under the old and the new says. */
#include "store_sample.h"

#include "storage/once.h"
#include "storage/rejudge.h"
#include "storage/scan.h"

/* --- by hand --- */

struct by_hand { /* one row under what is stored */
	char verdict[24], rule[24];
	int64_t messages;
};

/* All rows in the order of scans, decided by these rules. */
static size_t judge_all(struct bench *b, const struct verdict_rule *rules, size_t n, struct by_hand **out)
{
	const struct filter all = { .first_day = 0, .last_day = 100000 };
	struct reader *r = sample_reader(b);
	struct scan s;
	struct hit h;
	size_t count = 0;

	*out = arena_array(&b->arena, 20000, sizeof **out);
	assert_done(b, reader_begin(r, NULL, &b->err));
	assert_done(b, scan_compile(&s, r, &b->arena, &all, &b->err));
	assert_done(b, scan_tell_once(&s, &b->err));
	scan_start(&s, SCAN_FACTS, OF_NOTHING);
	while (scan_next(&s, &h, &b->err) == 1) {
		const struct verdict_rule *rule = &rules[verdict_decide(rules, n, scan_facts(&s, &h))];
		struct by_hand *j = &(*out)[count++];

		snprintf(j->verdict, sizeof j->verdict, "%s", verdict_name(rule->verdict));
		snprintf(j->rule, sizeof j->rule, "%s", rule->id);
		j->messages = h.messages;
	}
	scan_stop(&s);
	reader_end(r);
	reader_close(r);
	return count;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "unknown>sound unknown>sound 12 3" a line, in order of the text. */
static const char *joined(struct bench *b, char **line, size_t n)
{
	const char *text = "";

	if (n > 0)
		qsort(line, n, sizeof *line, by_text);
	for (size_t i = 0; i < n; i++)
		text = arena_printf(&b->arena, "%s%s\n", text, line[i]);
	return text;
}

static const char *moves_by_hand(struct bench *b, const struct by_hand *old, const struct by_hand *new, size_t n)
{
	struct map_of_moves {
		char key[100];
		int64_t messages, rows;
	} *move = arena_array(&b->arena, 400, sizeof *move);
	char **line = arena_array(&b->arena, 400, sizeof *line);
	size_t moves = 0, at;

	for (size_t i = 0; i < n; i++) {
		char key[100];

		assert_int_equal(old[i].messages, new[i].messages);
		if (strcmp(old[i].verdict, new[i].verdict) == 0)
			continue;
		snprintf(key, sizeof key, "%s>%s %s>%s", old[i].verdict, new[i].verdict, old[i].rule, new[i].rule);
		for (at = 0; at < moves && strcmp(move[at].key, key) != 0;)
			at++;
		if (at == moves)
			memcpy(move[moves++].key, key, sizeof key);
		move[at].messages += old[i].messages;
		move[at].rows++;
	}
	for (at = 0; at < moves; at++)
		line[at] = arena_printf(&b->arena, "%s %lld %lld", move[at].key, (long long)move[at].messages, (long long)move[at].rows);
	return joined(b, line, moves);
}

static const char *moves_told(struct bench *b, const struct verdict_moves *m)
{
	char **line = arena_array(&b->arena, m->n + 1, sizeof *line);
	int64_t messages = 0, rows = 0;

	assert_true(m->known);
	for (size_t i = 0; i < m->n; i++) {
		const struct verdict_move *v = &m->item[i];

		assert_true(i == 0 || m->item[i - 1].messages >= v->messages);
		messages += v->messages;
		rows += v->rows;
		line[i] = arena_printf(&b->arena, "%s>%s %.*s>%.*s %lld %lld", verdict_name(v->from), verdict_name(v->to), (int)v->from_rule.len,
				       v->from_rule.ptr, (int)v->to_rule.len, v->to_rule.ptr, (long long)v->messages, (long long)v->rows);
	}
	assert_int_equal(m->messages, messages);
	assert_int_equal(m->rows, rows);
	return joined(b, line, m->n);
}

/* Two months of everything, and strangers of one day each. */
static void fill(struct bench *b)
{
	struct store *s;

	sample_fill(b, 200);
	s = sample_open(b, sample_rules(b));
	for (int i = 0; i < 20; i++) {
		struct report *r = sample_report(b, arena_printf(&b->arena, "stranger-%d", i), SAMPLE_DAY + 2 * i);

		sample_row(b, r, arena_printf(&b->arena, "203.0.113.%d", 100 + i), 1 + i % 4)->envelope_from = SLICE("stranger.example");
		sample_put(b, s, r);
	}
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
}

/* --- senders --- */

static void test_another_rule_for_a_sender_moves_its_mail_and_no_other(void **state)
{
	struct bench *b = *state;
	struct source_rules was = sample_rules(b);
	struct source_rule now[SAMPLE_RULES];
	struct by_hand *old, *new;
	struct store *s;
	size_t n, rules;
	const struct verdict_rule *table = verdict_rules(&rules);

	fill(b);
	n = judge_all(b, table, rules, &old);
	memcpy(now, was.rule, sizeof now);
	now[0].kind = KIND_FORWARDER;
	now[1].software = SOFTWARE_LISTSERV;
	s = sample_open(b, (struct source_rules){ now, SAMPLE_RULES });
	assert_int_equal(judge_all(b, table, rules, &new), n);
	assert_string_equal(moves_told(b, store_verdict_moves(s)), moves_by_hand(b, old, new, n));
	assert_non_null(strstr(moves_told(b, store_verdict_moves(s)), "ours-unfixed>forward-breaks ours-unfixed>forwarder-breaks "));
	assert_non_null(strstr(moves_told(b, store_verdict_moves(s)), "list-open>list-rewrites list-open>list-rewrites "));
	store_close(s);
	s = sample_open(b, (struct source_rules){ now, SAMPLE_RULES });
	assert_false(store_verdict_moves(s)->known); /* they are applied: there is nothing to say */
	store_close(s);
}

static void test_a_sender_by_another_name_moves_nothing(void **state)
{
	struct bench *b = *state;
	struct source_rules was = sample_rules(b);
	struct source_rule now[SAMPLE_RULES];
	struct store *s;

	fill(b);
	memcpy(now, was.rule, sizeof now);
	now[0].name = SLICE("Mail relays");
	s = sample_open(b, (struct source_rules){ now, SAMPLE_RULES });
	assert_string_equal(moves_told(b, store_verdict_moves(s)), "");
	store_close(s);
}

/* --- the table --- */

/* What an earlier version may have said: forwarders that break were unknown, lists came before nothing, strangers were not told. */
static const struct verdict_rule earlier[] = {
	{ "passes", 0, FACT_FAILS, VERDICT_SOUND, "." },
	{ "ours-unfixed", FACT_FAILS | FACT_OURS, 0, VERDICT_OURS_UNFIXED, "." },
	{ "lists", FACT_FAILS | FACT_LIST, 0, VERDICT_LIST_OPEN, "." },
	{ "unknown", 0, 0, VERDICT_UNKNOWN, "." },
};
enum { EARLIER = sizeof earlier / sizeof *earlier };

/* As that version left it. */
static void pretend_earlier(struct bench *b)
{
	table_run(b, b->db, "DELETE FROM verdict_rule");
	for (int i = 0; i < EARLIER; i++)
		table_run(b, b->db, arena_printf(&b->arena, "INSERT INTO verdict_rule VALUES (%d, '%s', %u, %u, '%s')", i + 1, earlier[i].id,
						 earlier[i].needs, earlier[i].lacks, verdict_name(earlier[i].verdict)));
}

static const char *stored_table(struct bench *b)
{
	return table_text(b, b->db, "SELECT * FROM verdict_rule ORDER BY place");
}

static void test_another_table_moves_what_it_takes_for_something_else(void **state)
{
	struct bench *b = *state;
	struct by_hand *old, *new;
	const char *table_now;
	struct store *s;
	size_t n, rules;
	const struct verdict_rule *table = verdict_rules(&rules);

	fill(b);
	table_now = stored_table(b);
	n = judge_all(b, earlier, EARLIER, &old);
	judge_all(b, table, rules, &new);
	pretend_earlier(b);
	s = sample_open(b, sample_rules(b)); /* whoever writes next */
	assert_string_equal(moves_told(b, store_verdict_moves(s)), moves_by_hand(b, old, new, n));
	assert_true(store_verdict_moves(s)->n > 8);
	store_close(s);
	assert_string_equal(stored_table(b), table_now);
	assert_derived(b, sample_rules(b));
}

/* With both at once, the old table meets the old labels, and the new one the new. */
static void test_table_and_senders_may_change_together(void **state)
{
	struct bench *b = *state;
	const struct source_rules none = { 0 };
	struct by_hand *old, *new;
	struct store *s;
	size_t n, rules;
	const struct verdict_rule *table = verdict_rules(&rules);

	fill(b);
	n = judge_all(b, earlier, EARLIER, &old);
	pretend_earlier(b);
	s = sample_open(b, none);
	judge_all(b, table, rules, &new);
	assert_string_equal(moves_told(b, store_verdict_moves(s)), moves_by_hand(b, old, new, n));
	store_close(s);
}

/* Facts that an earlier version did not see: what is stored of a row says what it said then. */
static void test_facts_of_another_meaning_are_the_old_ones(void **state)
{
	struct bench *b = *state;
	struct store *s;
	const char *told;

	fill(b);
	table_run(b, b->db, arena_printf(&b->arena, "UPDATE profile_class SET facts = facts & ~%d; UPDATE meta SET value = 0 WHERE key = 'verdicts'",
					 FACT_OWN_BROKEN));
	s = sample_open(b, sample_rules(b));
	told = moves_told(b, store_verdict_moves(s));
	assert_non_null(strstr(told, "unknown>forward-breaks unknown>signature-broken "));
	assert_null(strstr(told, "sound>"));
	store_close(s);
	assert_derived(b, sample_rules(b));
}

static void test_a_rebuild_that_changes_nothing_says_so(void **state)
{
	struct bench *b = *state;
	struct store *s;

	fill(b);
	s = sample_open(b, sample_rules(b));
	assert_false(store_verdict_moves(s)->known);
	assert_done(b, store_rebuild(s, NULL, NULL, &b->err));
	assert_string_equal(moves_told(b, store_verdict_moves(s)), "");
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
}

/* The tables are gone with the version that made them: nothing is said to have moved, nor that nothing has. */
static void test_what_another_version_made_of_it_is_lost(void **state)
{
	struct bench *b = *state;
	struct store *s;

	s = sample_open(b, sample_rules(b)); /* of nothing there is nothing to say */
	assert_false(store_verdict_moves(s)->known || store_verdict_moves(s)->lost);
	store_close(s);
	fill(b);
	table_run(b, b->db, "UPDATE meta SET value = 1 WHERE key = 'derived'");
	s = sample_open(b, sample_rules(b));
	assert_false(store_verdict_moves(s)->known);
	assert_true(store_verdict_moves(s)->lost);
	store_close(s);
}

static void test_nothing_is_known_of_a_word_that_is_none_any_more(void **state)
{
	struct bench *b = *state;
	struct store *s;

	fill(b);
	table_run(b, b->db, "UPDATE verdict_rule SET verdict = 'forged' WHERE id = 'seen-once'");
	s = sample_open(b, sample_rules(b));
	assert_int_equal(store_verdict_moves(s)->n, 1);
	assert_int_equal(store_verdict_moves(s)->item[0].from, VERDICTS);
	assert_int_equal(store_verdict_moves(s)->item[0].to, VERDICT_SPOOFING);
	store_close(s);
}

/* A table handed in, over a connection of one's own. */
static void test_any_table_can_be_applied(void **state)
{
	struct bench *b = *state;
	struct by_hand *old, *new;
	struct verdict_moves moves;
	struct rejudge j;
	struct db *db;
	size_t n, rules;
	enum applied applied;
	const struct verdict_rule *table = verdict_rules(&rules);

	fill(b);
	n = judge_all(b, table, rules, &old);
	judge_all(b, earlier, EARLIER, &new);
	assert_done(b, db_open(b->db, DB_WRITE, &db, &b->err));
	assert_done(b, rejudge_applied(db, earlier, EARLIER, &applied, &b->err));
	assert_int_equal(applied, APPLIED_ANOTHER);
	assert_done(b, rejudge_begin(&j, db, &b->err));
	assert_done(b, rejudge_finish(&j, db, earlier, EARLIER, &b->arena, &moves, &b->err));
	rejudge_release(&j);
	assert_done(b, rejudge_applied(db, earlier, EARLIER, &applied, &b->err));
	assert_int_equal(applied, APPLIED_THIS);
	assert_done(b, rejudge_applied(db, earlier, EARLIER - 1, &applied, &b->err));
	assert_int_equal(applied, APPLIED_ANOTHER);
	db_close(db);
	assert_string_equal(moves_told(b, &moves), moves_by_hand(b, old, new, n));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_another_rule_for_a_sender_moves_its_mail_and_no_other),
		bench_test(test_a_sender_by_another_name_moves_nothing),
		bench_test(test_another_table_moves_what_it_takes_for_something_else),
		bench_test(test_table_and_senders_may_change_together),
		bench_test(test_facts_of_another_meaning_are_the_old_ones),
		bench_test(test_a_rebuild_that_changes_nothing_says_so),
		bench_test(test_what_another_version_made_of_it_is_lost),
		bench_test(test_nothing_is_known_of_a_word_that_is_none_any_more),
		bench_test(test_any_table_can_be_applied),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("rejudge", tests, NULL, NULL);
}
