/* test_query_scope: each department's tree adds up to its own mail and all below it, up to the organisational domain. */
#include "store_sample.h"

#define EVER .first_day = SAMPLE_DAY - 10, .last_day = SAMPLE_DAY + 130

static void put(struct bench *b, struct report *r, const char *from, int64_t messages)
{
	sample_row(b, r, "203.0.113.1", messages)->header_from = sample_text(b, from);
}

static const char *scopes_text(struct bench *b, const struct scopes *s)
{
	const char *text = "";

	for (size_t i = 0; i < s->n; i++)
		text = arena_printf(&b->arena, "%s%zu %.*s<%zu %lld/%lld\n", text, s->item[i].depth, (int)s->item[i].name.len,
				    s->item[i].name.ptr, s->item[i].parent, (long long)counts_total(&s->item[i].own),
				    (long long)counts_total(&s->item[i].tree));
	return text;
}

static void test_ancestors_without_mail_of_their_own_are_scopes(void **state)
{
	struct bench *b = *state;
	const struct filter f = { EVER };
	struct report *r = sample_report(b, "1", SAMPLE_DAY);
	struct store *s = sample_open(b, sample_rules(b));
	struct scopes scopes;
	struct reader *reader;

	put(b, r, "a.chem.univ.example", 1);
	put(b, r, "b.chem.univ.example", 2);
	put(b, r, "chemistry.univ.example", 4); /* no neighbour's tree */
	put(b, r, "univ.example", 8);
	put(b, r, "mail.physics.ac.uk", 16); /* ac.uk is a public suffix */
	put(b, r, "not a name", 32);
	put(b, r, "", 64);
	sample_put(b, s, r);
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
	reader = sample_reader(b);
	assert_done(b, query_scopes(reader, &b->arena, &f, &scopes, &b->err));
	assert_string_equal(scopes_text(b, &scopes), "0 <0 64/64\n"
						     "0 univ.example<1 8/15\n"
						     "1 chem.univ.example<1 0/3\n"
						     "2 a.chem.univ.example<2 1/1\n"
						     "2 b.chem.univ.example<2 2/2\n"
						     "1 chemistry.univ.example<1 4/4\n"
						     "0 not a name<6 32/32\n"
						     "0 physics.ac.uk<7 0/16\n"
						     "1 mail.physics.ac.uk<7 16/16\n");
	reader_close(reader);
}

/* A scope's number is what `under=` its name gives. */
static void test_a_tree_is_what_under_gives(void **state)
{
	struct bench *b = *state;
	struct filter f = { EVER, .class_ = { .n = 0 } };
	struct scopes scopes;
	struct reader *r;

	sample_fill(b, 150);
	r = sample_reader(b);
	assert_done(b, query_scopes(r, &b->arena, &f, &scopes, &b->err));
	assert_true(scopes.n >= 6);
	for (size_t i = 0; i < scopes.n; i++) {
		struct filter under = f;
		struct counts c;

		if (scopes.item[i].name.len == 0)
			continue;
		under.under = (struct names){ &scopes.item[i].name, 1, false };
		assert_done(b, query_counts(r, &under, &c, &b->err));
		assert_memory_equal(&c, &scopes.item[i].tree, sizeof c);
		assert_true(scopes.item[i].parent <= i);
	}
	reader_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_ancestors_without_mail_of_their_own_are_scopes),
		bench_test(test_a_tree_is_what_under_gives),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("query_scope", tests, NULL, NULL);
}
