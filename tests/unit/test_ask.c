/* test_ask: what the web server asks of others arrives as it was sent, or not at all. */
#include "schema/ask.h"

#include "sample.h"
#include "schema/limits.h"

static struct buf wire;

static int teardown(void **state)
{
	buf_release(&wire);
	return 0;
}

static struct buf *fresh(void)
{
	buf_release(&wire);
	buf_init(&wire, 10000);
	return &wire;
}

static const struct edit whole = {
	.kind = EDIT_GRANT_ADD, .id = 7, .who = { "ann", 3 }, .what = { "link made", 9 }, .detail = { "chem", 4 },
	.grant = { .kind = GRANT_LINK, .hash = { 1, 2, 3, 0, 255 }, .name = { "Chemistry", 9 }, .role = ACCESS_VIEWER, .writes = true,
		   .trees = { "chem.univ.example\n", 18 }, .sources = { "", 0 }, .maker = { "ann", 3 }, .link = 4, .made_s = 5,
		   .expires_s = 6 },
};

static void test_an_edit_arrives_whole_or_not_at_all(void **state)
{
	struct edit back;
	struct slice bytes;

	edit_encode(fresh(), &whole);
	bytes = buf_slice(&wire);
	assert_true(edit_decode(bytes, &back));
	assert_int_equal(back.kind, whole.kind);
	assert_int_equal(back.id, 7);
	assert_slice(back.who, "ann");
	assert_slice(back.what, "link made");
	assert_slice(back.detail, "chem");
	assert_slice(back.grant.name, "Chemistry");
	assert_slice(back.grant.trees, "chem.univ.example\n");
	assert_slice(back.grant.sources, "");
	assert_true(back.grant.writes && back.grant.role == ACCESS_VIEWER && back.grant.kind == GRANT_LINK);
	assert_true(back.grant.link == 4 && back.grant.made_s == 5 && back.grant.expires_s == 6);
	assert_memory_equal(back.grant.hash, whole.grant.hash, ACCESS_HASH_BYTES);
	for (size_t n = 0; n < bytes.len; n++)
		assert_false(edit_decode((struct slice){ bytes.ptr, n }, &back));
	buf_add_char(&wire, 0);
	assert_false(edit_decode(buf_slice(&wire), &back));
}

static void test_what_people_wrote_arrives_whole_or_not_at_all(void **state)
{
	const struct edit sent[] = {
		{ .kind = EDIT_NOTE, .note = { 3, 2, -5, 9, SLICE("what"), SLICE("chem.univ.example"), SLICE("Relay"), SLICE("ann"), 77 } },
		{ .kind = EDIT_CONFIRM, .confirmation = { 0, SLICE("univ.example"), STEP_ENFORCE, SLICE("lists"), SLICE("so it is"), SLICE("ann"), 5, 6 } },
		{ .kind = EDIT_BLOCKER, .blocker = { 4, 1, SLICE("source:Relay"), SLICE("univ.example"), SLICE("what"), SLICE("bob"), BLOCKER_ACCEPTED, 8,
						     SLICE("why"), 9, SLICE("note"), SLICE("Relay"), SLICE("ann"), 10 } },
	};
	struct edit back;

	for (size_t i = 0; i < 3; i++) {
		edit_encode(fresh(), &sent[i]);
		for (size_t n = 0; n < wire.len; n++)
			assert_false(edit_decode((struct slice){ wire.data, n }, &back));
		assert_true(edit_decode(buf_slice(&wire), &back));
		assert_int_equal(back.kind, sent[i].kind);
		if (i == 0) {
			assert_true(back.note.id == 3 && back.note.version == 2 && back.note.day == -5 && back.note.end_day == 9 && back.note.made_s == 77);
			assert_slice(back.note.text, "what");
			assert_slice(back.note.source, "Relay");
		} else if (i == 1) {
			assert_true(back.confirmation.step == STEP_ENFORCE && back.confirmation.made_s == 5 && back.confirmation.expires_s == 6);
			assert_slice(back.confirmation.check, "lists");
			assert_slice(back.confirmation.who, "ann");
		} else {
			assert_true(back.blocker.state == BLOCKER_ACCEPTED && back.blocker.until_day == 9 && back.blocker.version == 1);
			assert_slice(back.blocker.key, "source:Relay");
			assert_slice(back.blocker.who, "ann");
		}
	}
}

/* Whoever speaks for the web server cannot fill the database with one edit, nor write what is no state. */
static void test_what_nobody_can_have_written_is_refused(void **state)
{
	static char much[LIMIT_JOURNAL_TEXT_BYTES + 1];
	struct edit e = { .kind = EDIT_NOTE, .note = { .day = 2, .end_day = 1 } }, back;

	edit_encode(fresh(), &e);
	assert_false(edit_decode(buf_slice(&wire), &back));
	e.note.end_day = 2;
	edit_encode(fresh(), &e);
	assert_true(edit_decode(buf_slice(&wire), &back));
	memset(much, 'x', sizeof much);
	e.note.text = (struct slice){ much, sizeof much };
	edit_encode(fresh(), &e);
	assert_false(edit_decode(buf_slice(&wire), &back));
	e = (struct edit){ .kind = EDIT_BLOCKER, .blocker = { .state = BLOCKER_STATES } };
	edit_encode(fresh(), &e);
	assert_false(edit_decode(buf_slice(&wire), &back));
	e = (struct edit){ .kind = EDIT_CONFIRM, .confirmation = { .step = STEPS } };
	edit_encode(fresh(), &e);
	assert_false(edit_decode(buf_slice(&wire), &back));
}

static void test_an_edit_without_a_grant_carries_none(void **state)
{
	const struct edit note = { .kind = EDIT_AUDIT, .who = { "ann", 3 } };
	struct edit back;

	edit_encode(fresh(), &note);
	assert_true(edit_decode(buf_slice(&wire), &back));
	assert_slice(back.what, "");
	wire.data[0] = EDITS;
	assert_false(edit_decode(buf_slice(&wire), &back));
}

static void test_what_became_of_a_file_is_a_list(void **state)
{
	const struct taken one = { .kind = TAKEN_REPORT, .known = true, .reporter = SLICE("google.com"), .begin_s = -1, .end_s = 9,
				   .messages = 12 };
	const struct taken two = { .kind = TAKEN_REJECT, .code = SLICE("not-xml"), .detail = SLICE("line 3") };
	struct taken back;
	struct slice rest;

	taken_encode(fresh(), &one);
	taken_encode(&wire, &two);
	rest = buf_slice(&wire);
	assert_int_equal(taken_next(&rest, &back), 1);
	assert_true(back.known && back.begin_s == -1 && back.end_s == 9 && back.messages == 12);
	assert_slice(back.reporter, "google.com");
	assert_slice(back.member, NULL);
	assert_int_equal(taken_next(&rest, &back), 1);
	assert_int_equal(back.kind, TAKEN_REJECT);
	assert_slice(back.code, "not-xml");
	assert_int_equal(taken_next(&rest, &back), 0);
	rest = (struct slice){ wire.data, wire.len - 1 };
	assert_int_equal(taken_next(&rest, &back), 1);
	assert_int_equal(taken_next(&rest, &back), -1);
}

static void test_documents_and_pairs_keep_their_bytes(void **state)
{
	const struct document sent = { DOCUMENT_HERE, SLICE("a.eml"), { "\0\xff<", 3 } };
	const struct wanted wanted = { WANTED_MAIL, 1 << 20 };
	struct document got;
	struct wanted asked;
	struct slice name, rest;

	document_encode(fresh(), &sent);
	assert_true(document_decode(buf_slice(&wire), &got));
	assert_int_equal(got.bytes.len, 3);
	assert_memory_equal(got.bytes.ptr, "\0\xff<", 3);
	assert_slice(got.label, "a.eml");
	wire.data[0] = DOCUMENT_STATES;
	assert_false(document_decode(buf_slice(&wire), &got));
	wanted_encode(fresh(), &wanted);
	assert_true(wanted_decode(buf_slice(&wire), &asked));
	assert_true(asked.kind == WANTED_MAIL && asked.id == 1 << 20);
	buf_add_char(&wire, 1);
	assert_false(wanted_decode(buf_slice(&wire), &asked));
	ask_put_pair(fresh(), SLICE("ann"), SLICE("pa\0ss"));
	assert_true(ask_get_pair(buf_slice(&wire), &name, &rest));
	assert_slice(name, "ann");
	assert_int_equal(rest.len, 5);
	assert_false(ask_get_pair((struct slice){ wire.data, 2 }, &name, &rest));
}

static void test_an_answer_to_an_edit_says_why(void **state)
{
	const struct edited sent = { false, true, 3, SLICE("No such link.") };
	struct edited got;

	edited_encode(fresh(), &sent);
	assert_true(edited_decode(buf_slice(&wire), &got));
	assert_true(!got.done && got.stale && got.id == 3);
	assert_slice(got.why, "No such link.");
	assert_false(edited_decode((struct slice){ wire.data, wire.len - 1 }, &got));
}

static void test_roles_have_words(void **state)
{
	for (int r = 0; r < ACCESS_ROLES; r++)
		assert_int_equal(access_role_of(slice_of(access_role_name((enum access_role)r))), r);
	assert_int_equal(access_role_of(SLICE("root")), ACCESS_ROLES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_edit_arrives_whole_or_not_at_all),
		cmocka_unit_test(test_what_people_wrote_arrives_whole_or_not_at_all),
		cmocka_unit_test(test_what_nobody_can_have_written_is_refused),
		cmocka_unit_test(test_an_edit_without_a_grant_carries_none),
		cmocka_unit_test(test_what_became_of_a_file_is_a_list),
		cmocka_unit_test(test_documents_and_pairs_keep_their_bytes),
		cmocka_unit_test(test_an_answer_to_an_edit_says_why),
		cmocka_unit_test(test_roles_have_words),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("ask", tests, NULL, teardown);
}
