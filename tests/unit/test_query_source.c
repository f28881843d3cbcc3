/* test_query_source: which rule named what, and what would move under other rules: the same as if they had been applied. */
#include "store_sample.h"

#include "schema/source_hint.h"
#include "storage/db.h"

static struct filter all_days(void)
{
	return (struct filter){ .first_day = 0, .last_day = SAMPLE_DAY + SAMPLE_DAYS };
}

static struct rule_lines rules_of(struct bench *b)
{
	struct reader *r = sample_reader(b);
	struct rule_lines out;

	assert_done(b, query_source_rules(r, &b->arena, &out, &b->err));
	reader_close(r);
	return out;
}

static struct moves moves_under(struct bench *b, const struct filter *f, struct source_rules rules)
{
	struct reader *r = sample_reader(b);
	struct moves out;

	assert_done(b, query_relabel(r, &b->arena, f, &rules, &out, &b->err));
	reader_close(r);
	return out;
}

/* --- which rule named it --- */

static void test_each_rule_says_what_it_named(void **state)
{
	struct bench *b = *state;
	struct rule_lines rules;

	sample_fill(b, 120);
	rules = rules_of(b);
	assert_int_equal(rules.n, SAMPLE_RULES);
	assert_true(slice_is(rules.item[0].name, "Relays"));
	assert_true(slice_is(rules.item[0].owner, "postmaster"));
	assert_null(rules.item[1].owner.ptr);
	assert_int_equal(rules.item[3].kind, KIND_FORWARDER);
	for (size_t i = 0; i < rules.n; i++) {
		const struct rule_line *line = &rules.item[i];

		assert_int_equal(line->number, i + 1);
		assert_false(line->hint);
		assert_int_equal(line->addresses,
				 table_int(b, arena_printf(&b->arena,
							   "SELECT count(*) FROM address_source WHERE source = %zu",
							   i + 1)));
		assert_int_equal(line->profiles,
				 table_int(b, arena_printf(&b->arena,
							   "SELECT count(*) FROM profile_class WHERE source = %zu",
							   i + 1)));
	}
	assert_int_equal(rules.item[0].addresses, 1);
	assert_true(rules.item[1].profiles > 0);
}

static void test_without_rules_the_list_is_empty(void **state)
{
	struct bench *b = *state;

	store_close(sample_open(b, (struct source_rules){ 0 }));
	assert_int_equal(rules_of(b).n, 0);
}

/* --- hints in answers --- */

static void test_answers_say_whose_source_is_only_a_hint(void **state)
{
	struct bench *b = *state;
	struct filter f = all_days();
	struct store *s = sample_open(b, source_hints_behind(&b->arena, sample_rules(b)));
	struct report *r = sample_report(b, "a", SAMPLE_DAY);
	struct reader *reader;
	struct records records;
	struct groups groups;
	struct rule_lines rules;
	struct row *list;

	list = sample_row(b, r, "203.0.113.1", 9);
	list->envelope_from = SLICE("lists.univ.example");
	sample_auth(b, &list->spf_auth, "lists.univ.example", NULL, "pass");
	sample_row(b, r, "192.0.2.1", 5)->envelope_from = SLICE("lists.univ.example");
	sample_row(b, r, "203.0.113.2", 1);
	sample_put(b, s, r);
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
	reader = sample_reader(b);
	assert_done(b, query_groups(reader, &b->arena, &f, BY_SOURCE, 0, &groups, &b->err));
	assert_int_equal(groups.n, 3);
	assert_true(groups.item[0].hint);
	assert_int_equal(groups.item[0].kind, KIND_LIST);
	assert_true(slice_is(groups.item[1].key, "Relays"));
	assert_false(groups.item[1].hint);
	assert_false(groups.item[2].hint);
	assert_done(b, query_records(reader, &b->arena, &f, (struct slice){ 0 }, 9, &records, &b->err));
	for (size_t i = 0; i < records.n; i++)
		assert_int_equal(records.item[i].hint, records.item[i].messages == 9);
	reader_close(reader);
	rules = rules_of(b);
	assert_true(rules.n > SAMPLE_RULES);
	assert_false(rules.item[SAMPLE_RULES - 1].hint);
	assert_true(rules.item[SAMPLE_RULES].hint);
}

/* --- what would move --- */

static void test_the_same_rules_move_nothing(void **state)
{
	struct bench *b = *state;
	struct filter f = all_days();
	struct moves moves;

	sample_fill(b, 120);
	moves = moves_under(b, &f, sample_rules(b));
	assert_int_equal(moves.n, 0);
	assert_int_equal(moves.messages, 0);
	assert_int_equal(moves.rows, 0);
}

/* Numbers shift when a rule is put before others: that alone moves no mail. */
static void test_another_number_of_the_same_source_is_no_move(void **state)
{
	struct bench *b = *state;
	struct filter f = all_days();
	struct source_rules old = sample_rules(b);
	struct source_rule *rule = arena_array(&b->arena, old.n + 1, sizeof *rule);

	sample_fill(b, 120);
	rule[0] = (struct source_rule){ .name = SLICE("Nobody"), .kind = KIND_OURS };
	memcpy(rule + 1, old.rule, old.n * sizeof *rule);
	assert_int_equal(moves_under(b, &f, (struct source_rules){ rule, old.n + 1 }).n, 0);
}

static void test_another_kind_is_a_move(void **state)
{
	struct bench *b = *state;
	struct filter f = all_days();
	struct source_rules old = sample_rules(b);
	struct source_rule rule[SAMPLE_RULES];
	struct moves moves;

	sample_fill(b, 120);
	memcpy(rule, old.rule, sizeof rule);
	rule[3].kind = KIND_SERVICE;
	moves = moves_under(b, &f, (struct source_rules){ rule, SAMPLE_RULES });
	assert_int_equal(moves.n, 1);
	assert_true(slice_is(moves.item[0].from, "Alumni"));
	assert_true(slice_is(moves.item[0].to, "Alumni"));
	assert_int_equal(moves.item[0].from_kind, KIND_FORWARDER);
	assert_int_equal(moves.item[0].to_kind, KIND_SERVICE);
	assert_int_equal(moves.messages, moves.item[0].messages);
}

/* Three of the five, in another order, one changed, and a new one by what look-ups found. */
static struct source_rules other_rules(struct bench *b)
{
	static const struct slice hosts[] = { { "out.example.net", 15 } }, envelopes[] = { { "other.example", 13 } };
	struct source_rules old = sample_rules(b);
	struct source_rule *rule = arena_array(&b->arena, 5, sizeof *rule);

	rule[0] = old.rule[4];
	rule[1] = old.rule[2];
	rule[2] = (struct source_rule){ .name = SLICE("Cloud"), .kind = KIND_SERVICE, .rdns = hosts, .rdns_count = 1 };
	rule[3] = old.rule[1];
	rule[3].dkim_domain_count = 0;
	rule[4] = (struct source_rule){
		.name = SLICE("Other"), .kind = KIND_LIST, .envelopes = envelopes, .envelope_count = 1
	};
	return (struct source_rules){ rule, 5 };
}

static void look_up(struct bench *b, struct source_rules rules)
{
	struct store *s = sample_open(b, rules);
	struct address_found found = { .result = LOOKUP_FOUND, .name = SLICE("a.out.example.net") };

	assert_true(address_parse(SLICE("203.0.113.9"), found.addr));
	assert_done(b, store_address_found(s, &found, SAMPLE_RECEIVED, &b->err));
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
}

/* (report, address, profile) to the name and kind of its source, as the tables have it now. */
static const char source_of_fact[] =
	"SELECT f.report, f.address, f.profile, f.messages, coalesce(s.name, 'no rule') AS name, coalesce(s.kind, 4) AS kind"
	" FROM fact f JOIN profile_class c ON c.profile = f.profile LEFT JOIN address_source a ON a.address = f.address"
	" LEFT JOIN source s ON s.id = CASE WHEN c.source = 0 OR a.source < c.source THEN a.source ELSE c.source END";

/* The moves in SQL: the facts' sources of two moments, side by side. */
static const char moved[] = "SELECT b.name, n.name, b.kind, n.kind, sum(b.messages), count(*) FROM before b"
			    " JOIN after n USING (report, address, profile) WHERE b.name <> n.name OR b.kind <> n.kind"
			    " GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC, 1, 2";

static const char *moves_text(struct bench *b, const struct moves *moves)
{
	const char *text = "";

	for (size_t i = 0; i < moves->n; i++) {
		const struct move *m = &moves->item[i];

		text = arena_printf(&b->arena, "%s%s|%s|%d|%d|%lld|%lld\n", text,
				    m->from.ptr != NULL ? m->from.ptr : "no rule",
				    m->to.ptr != NULL ? m->to.ptr : "no rule", m->from_kind, m->to_kind,
				    (long long)m->messages, (long long)m->rows);
	}
	return text;
}

static void test_a_dry_run_says_what_applying_does(void **state)
{
	struct bench *b = *state;
	struct filter f = all_days();
	const char *said;
	struct moves moves;

	sample_fill(b, 200);
	look_up(b, sample_rules(b));
	table_run(b, b->db, arena_printf(&b->arena, "CREATE TABLE before AS %s", source_of_fact));
	moves = moves_under(b, &f, other_rules(b));
	said = moves_text(b, &moves);
	store_close(sample_open(b, other_rules(b)));
	table_run(b, b->db, arena_printf(&b->arena, "CREATE TABLE after AS %s", source_of_fact));
	assert_true(moves.n > 5);
	assert_non_null(strstr(said, "no rule|Cloud|4|1|"));
	assert_string_equal(said, table_text(b, b->db, moved));
	assert_int_equal(moves.messages,
			 table_int(b, arena_printf(&b->arena, "SELECT sum(\"sum(b.messages)\") FROM (%s)", moved)));
	assert_int_equal(moves.rows, table_int(b, arena_printf(&b->arena, "SELECT sum(\"count(*)\") FROM (%s)", moved)));
}

static void test_a_dry_run_changes_nothing(void **state)
{
	static const char tables[] = "SELECT * FROM source UNION ALL SELECT address, source, '', '', '', '' FROM address_source"
				     " UNION ALL SELECT profile, source, '', '', '', '' FROM profile_class"
				     " UNION ALL SELECT key, value, '', '', '', '' FROM meta";
	struct bench *b = *state;
	struct filter f = all_days();
	const char *before;

	sample_fill(b, 60);
	before = table_text(b, b->db, tables);
	assert_true(moves_under(b, &f, other_rules(b)).n > 0);
	assert_string_equal(table_text(b, b->db, tables), before);
}

static void test_a_dry_run_keeps_to_its_filter(void **state)
{
	static const struct slice untrusted[] = { { "untrusted", 9 } };
	struct bench *b = *state;
	struct filter f = all_days();
	struct moves all, some;
	struct counts counts;
	struct reader *r;

	sample_fill(b, 120);
	all = moves_under(b, &f, (struct source_rules){ 0 });
	f.class_ = (struct names){ untrusted, 1, false };
	f.first_day = SAMPLE_DAY + 10;
	some = moves_under(b, &f, (struct source_rules){ 0 });
	assert_true(some.messages > 0 && some.messages < all.messages);
	f.source = (struct names){ (const struct slice[]){ SLICE("none") }, 1, true };
	r = sample_reader(b);
	assert_done(b, query_counts(r, &f, &counts, &b->err));
	reader_close(r);
	assert_int_equal(some.messages, counts_total(&counts));
	assert_int_equal(some.rows, counts.rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_each_rule_says_what_it_named),
		bench_test(test_without_rules_the_list_is_empty),
		bench_test(test_answers_say_whose_source_is_only_a_hint),
		bench_test(test_the_same_rules_move_nothing),
		bench_test(test_another_number_of_the_same_source_is_no_move),
		bench_test(test_another_kind_is_a_move),
		bench_test(test_a_dry_run_says_what_applying_does),
		bench_test(test_a_dry_run_changes_nothing),
		bench_test(test_a_dry_run_keeps_to_its_filter),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("query_source", tests, NULL, NULL);
}
