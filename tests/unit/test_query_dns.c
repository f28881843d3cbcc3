/* test_query_dns: which domains there are to look at, and what is known of many names at once. */
#include "store_sample.h"

#include "storage/watch.h"

#define NOW ((int64_t)SAMPLE_DAY * DAY_SECONDS + DAY_SECONDS / 2)

static const struct source_rules no_rules = { 0 };

/* A report From chem.univ.example about univ.example, whose names are watched; returns the store. */
static struct store *watched(struct bench *b)
{
	struct store *s = sample_open(b, no_rules);
	struct report *r = sample_report(b, "one", SAMPLE_DAY);
	struct watch *w = watch_new(NULL, 0);

	sample_row(b, r, "203.0.113.1", 1)->header_from = SLICE("chem.univ.example");
	sample_put(b, s, r);
	assert_done(b, store_commit(s, &b->err));
	assert_done(b, watch_turn(w, s, NOW, &b->err));
	assert_done(b, store_commit(s, &b->err));
	watch_free(w);
	return s;
}

static void found(struct bench *b, struct store *s, const char *name, enum lookup_result result, const char *text, int64_t now)
{
	struct name_found f = { .name = slice_of(name), .result = result, .n = text != NULL, .text = { slice_of(text) } };

	assert_done(b, store_name_found(s, &f, now, &b->err));
	assert_done(b, store_commit(s, &b->err));
}

static const char *domains(struct bench *b, struct reader *r)
{
	struct domain_names names;
	const char *all = "";

	assert_done(b, query_dns_domains(r, &b->arena, &names, &b->err));
	for (size_t i = 0; i < names.n; i++)
		all = arena_printf(&b->arena, "%s%.*s ", all, (int)names.item[i].len, names.item[i].ptr);
	return all;
}

static void test_domains_are_those_whose_records_matter(void **state)
{
	struct bench *b = *state;
	struct store *s = watched(b);
	struct reader *r = sample_reader(b);

	assert_string_equal(domains(b, r), "chem.univ.example univ.example ");
	table_run(b, b->db, "UPDATE dns_name SET due_s = NULL WHERE name = '_dmarc.chem.univ.example'");
	assert_string_equal(domains(b, r), "univ.example ");
	reader_close(r);
	store_close(s);
}

static const char *asked(struct bench *b, struct dns_lookups *l, const char *name)
{
	struct lint_answer answer = { 0 };

	query_dns_text(l, &b->arena, slice_of(name), &answer);
	return answer.state == LINT_KNOWN     ? arena_copy(&b->arena, answer.lines.ptr, answer.lines.len) :
	       answer.state == LINT_NOT_ASKED ? "not asked" :
						arena_printf(&b->arena, "trouble: %.*s", (int)answer.trouble.len, answer.trouble.ptr);
}

static void test_many_names_are_known_as_they_were_last(void **state)
{
	struct bench *b = *state;
	struct store *s = watched(b);
	struct dns_lookups *l;
	struct reader *r;

	found(b, s, "_dmarc.univ.example", LOOKUP_FOUND, "v=DMARC1; p=none", NOW);
	found(b, s, "_dmarc.univ.example", LOOKUP_FOUND, "v=DMARC1; p=reject", NOW + 1);
	found(b, s, "_dmarc.univ.example", LOOKUP_TIMEOUT, NULL, NOW + 2);
	found(b, s, "univ.example", LOOKUP_NONE, NULL, NOW);
	found(b, s, "chem.univ.example", LOOKUP_SERVFAIL, NULL, NOW);
	r = sample_reader(b);
	assert_done(b, query_dns_open(r, &b->arena, &l, &b->err));
	for (int i = 0; i < 2; i++) {
		assert_string_equal(asked(b, l, "_dmarc.univ.example"), "v=DMARC1; p=reject");
		assert_string_equal(asked(b, l, "univ.example"), "");
		assert_string_equal(asked(b, l, "chem.univ.example"), "trouble: the server says that it failed");
		assert_string_equal(asked(b, l, "_dmarc.chem.univ.example"), "not asked");
		assert_string_equal(asked(b, l, "no.such.name.example"), "not asked");
	}
	assert_done(b, query_dns_close(l, &b->err));
	reader_close(r);
	store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_domains_are_those_whose_records_matter),
		bench_test(test_many_names_are_known_as_they_were_last),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("query_dns", tests, NULL, NULL);
}
