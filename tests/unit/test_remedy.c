/* test_step: what is to be done about a sender follows from its kind and its mail alone, and never contradicts the numbers. */
#include "sample.h"

#include "web/remedy.h"

static struct counts mail(int64_t full, int64_t dkim, int64_t spf, int64_t failing)
{
	struct counts c = { 0 };

	c.split[SPLIT_FULL] = full;
	c.split[SPLIT_DKIM_ONLY] = dkim;
	c.split[SPLIT_SPF_ONLY] = spf;
	c.split[SPLIT_UNTRUSTED] = failing;
	return c;
}

static void test_each_kind_gets_the_step_that_helps(void **state)
{
	static const struct {
		enum source_kind kind;
		int64_t full, dkim, spf, failing;
		const char *key;
		int64_t gain;
	} cases[] = {
		{ KIND_LIST, 0, 0, 0, 158, "list_rewrites", 158 },
		{ KIND_LIST, 5, 0, 0, 0, "nothing", 0 },
		{ KIND_FORWARDER, 0, 17, 0, 35, "forwarder_breaks", 35 },
		{ KIND_OURS, 0, 0, 0, 12, "cover_ours", 12 },
		{ KIND_SERVICE, 0, 0, 0, 22, "ask_supplier", 22 },
		{ KIND_OURS, 164, 0, 121, 0, "sign_with_dkim", 121 },
		{ KIND_OURS, 702, 88, 0, 0, "nothing", 0 }, /* forwarded */
		{ KIND_OURS, 10, 90, 0, 0, "extend_spf", 90 },
		{ KIND_SERVICE, 36, 61, 0, 0, "set_bounce_domain", 61 },
		{ KIND_UNKNOWN, 0, 0, 0, 27, "name_senders", 27 },
		{ KIND_OURS, 100, 0, 0, 0, "nothing", 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct counts c = mail(cases[i].full, cases[i].dkim, cases[i].spf, cases[i].failing);

		assert_string_equal(remedy_of(cases[i].kind, &c)->key, cases[i].key);
		assert_int_equal(remedy_gain(cases[i].kind, &c), cases[i].gain);
		assert_int_equal(remedy_of(cases[i].kind, &c)->is_work, cases[i].gain > 0);
	}
}

static struct group sender(int64_t id, enum source_kind kind, int64_t full, int64_t spf, int64_t failing)
{
	return (struct group){ .id = id, .kind = kind, .counts = mail(full, 0, spf, failing) };
}

static void test_what_helps_most_messages_comes_first(void **state)
{
	struct arena a = { 0 };
	struct group senders[] = {
		sender(1, KIND_OURS, 700, 0, 0),       /* nothing to do */
		sender(2, KIND_OURS, 164, 121, 0),     /* 121, certain */
		sender(3, KIND_LIST, 0, 0, 158),
		sender(4, KIND_FORWARDER, 17, 0, 200), /* more, but hardly in our hands */
		sender(0, KIND_UNKNOWN, 0, 0, 50),
		sender(6, KIND_SERVICE, 0, 0, 22),
	};
	static const int64_t order[] = { 3, 2, 4, 0, 6 };
	struct ranked_remedy *ranked;

	assert_int_equal(remedies_ranked(&a, &(struct groups){ senders, 6, 6 }, &ranked), 5);
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(ranked[i].source->id, order[i]);
		assert_int_equal(ranked[i].gain > 0, 1);
		assert_non_null(ranked[i].remedy->task[0]);
		assert_in_range(ranked[i].remedy->certainty, 1, 100);
	}
	assert_int_equal(remedies_ranked(&a, &(struct groups){ NULL, 0, 0 }, &ranked), 0);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_each_kind_gets_the_step_that_helps),
					    cmocka_unit_test(test_what_helps_most_messages_comes_first) };

	return cmocka_run_group_tests_name("step", tests, NULL, NULL);
}
