/* test_trait: the words that lines of a breakdown by signature, envelope or reason have, which filters take as well. */
#include "store_sample.h"

#include "storage/trait.h"

static void assert_word(struct slice word, const char *expected)
{
	if (!slice_is(word, expected))
		fail_msg("%.*s, not %s", (int)word.len, word.ptr, expected);
}

static void test_words_say_what_is_absent(void **state)
{
	struct bench *b = *state;
	const struct auth whole = { .domain = SLICE("Univ.Example."), .selector = SLICE("S1"), .result = SLICE("pass") }, empty = { 0 };
	const struct profile_dim with = { .envelope = SLICE("lists.example") }, without = { 0 };
	const struct reason typed = { .type = SLICE("forwarded") }, untyped = { .comment = SLICE("who knows") };

	assert_word(trait_signature(&b->arena, &whole), "univ.example/S1/pass");
	assert_word(trait_signature(&b->arena, &empty), "//");
	assert_word(trait_envelope(&with), "lists.example");
	assert_word(trait_envelope(&without), "none");
	assert_word(trait_reason(&typed), "forwarded");
	assert_word(trait_reason(&untyped), "other");
}

static void test_a_profile_has_each_trait_once_and_at_least_one(void **state)
{
	struct auth third = { .domain = SLICE("a.example"), .result = SLICE("pass") };
	struct auth second = { .domain = SLICE("b.example"), .result = SLICE("fail"), .next = &third };
	struct auth first = { .domain = SLICE("A.example"), .result = SLICE("pass"), .next = &second };
	struct profile_dim signed_ = { .dkim_auth = &first }, plain = { 0 };
	struct profile_dim *profiles[] = { NULL, &signed_, &plain, &plain };
	const struct reader r = { .profiles = profiles, .profile_count = 4 };
	const struct trait_list *list;
	struct traits t;

	traits_init(&t, &r, BY_SIGNATURE);
	list = traits_of(&t, 1);
	assert_int_equal(list->n, 2);
	assert_word(t.item[list->id[0]].key, "a.example//pass");
	assert_word(t.item[list->id[1]].key, "b.example//fail");
	assert_ptr_equal(t.item[list->id[1]].signature, &second);
	list = traits_of(&t, 2);
	assert_int_equal(list->n, 1);
	assert_word(t.item[list->id[0]].key, "none");
	assert_null(t.item[list->id[0]].signature);
	assert_int_equal(traits_of(&t, 3)->id[0], list->id[0]);
	traits_release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_words_say_what_is_absent),
		bench_test(test_a_profile_has_each_trait_once_and_at_least_one),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("trait", tests, NULL, NULL);
}
