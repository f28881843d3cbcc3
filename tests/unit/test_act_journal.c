/* test_act_journal: what a form or a program sends becomes one edit with all its fields, or is refused with what is wrong; a change keeps
 * what it does not name; and what the store answers is told as it was meant. */
#include "page_sample.h"

#include "sample.h"
#include "schema/limits.h"

#include <time.h>

struct asking {
	struct site site;
	struct request request;
	struct answer *answer;
};

/* The request as a program sends it, with JSON. */
static struct asking *ask(struct bench *b, enum method method, const char *target, const char *body)
{
	const struct web_config config = { .database = b->db, .suffixes = b->list };
	struct asking *q = arena_alloc(&b->arena, sizeof *q);

	q->answer = arena_alloc(&b->arena, sizeof *q->answer);
	*q->answer = (struct answer){ 0 };
	q->request = (struct request){ .target = slice_of(target), .method = method, .content_type = SLICE("application/json"),
				       .body = slice_of(body), .fetch_site = SLICE("same-origin") };
	site_init(&q->site, &config);
	route_answer(&q->site, &q->request, q->answer);
	return q;
}

static void done(struct asking *q)
{
	answer_release(q->answer);
	site_release(&q->site);
}

/* What it asks the store for. */
static struct edit edit_of(struct asking *q)
{
	struct edit e;

	if (!q->answer->asks)
		fail_msg("%d: %.*s", q->answer->status, (int)q->answer->body.len, q->answer->body.data);
	assert_int_equal(q->answer->ask, ASK_EDIT);
	assert_true(edit_decode(buf_slice(&q->answer->question), &e));
	return e;
}

static void tell(struct bench *b, struct asking *q, const struct edited *e)
{
	struct buf wire;

	buf_init(&wire, 1000);
	edited_encode(&wire, e);
	q->answer->asks = false;
	route_continue(&q->site, &q->request, buf_slice(&wire), q->answer);
	buf_release(&wire);
}

static void assert_refused(struct bench *b, enum method method, const char *target, const char *body, int status)
{
	struct asking *q = ask(b, method, target, body);

	if (q->answer->asks || q->answer->status != status)
		fail_msg("%s %s: %d, not %d", target, body, q->answer->status, status);
	done(q);
}

static void fill(struct bench *b)
{
	const struct journal_note n = { .day = 20000, .end_day = 20003, .text = SLICE("as it was"), .domain = SLICE("chem.univ.example"),
					.source = SLICE("Relays"), .who = SLICE("ann"), .made_s = 5 };
	const struct blocker k = { .domain = SLICE("univ.example"), .text = SLICE("unsigned"), .owner = SLICE("bob"), .state = BLOCKER_ASKED,
				   .state_day = 20000, .who = SLICE("ann"), .key = SLICE(""), .reason = SLICE(""), .note = SLICE("n"), .source = SLICE("") };
	struct store *s = sample_open(b, sample_rules(b));
	enum journaled became;
	int64_t id;

	assert_done(b, store_note(s, &n, &id, &became, &b->err));
	assert_done(b, store_blocker(s, &k, &id, &became, &b->err));
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
}

static void test_a_note_is_sent_with_all_its_fields(void **state)
{
	struct bench *b = *state;
	struct asking *q;
	struct edit e;

	fill(b);
	q = ask(b, METHOD_POST, "/api/v1/notes",
		"{\"day\":\"2026-09-15\",\"end_day\":\"2026-09-16\",\"text\":\" it\\r\\n moved \",\"domain\":\"CHEM.univ.example.\",\"source\":\"Relays\",\"name\":\"ann\"}");
	e = edit_of(q);
	assert_true(e.kind == EDIT_NOTE && e.note.id == 0 && e.note.day == text_day_of(2026, 9, 15) && e.note.end_day == e.note.day + 1);
	assert_slice(e.note.text, "it moved");
	assert_slice(e.note.domain, "chem.univ.example");
	assert_slice(e.note.source, "Relays");
	assert_slice(e.note.who, "ann");
	assert_slice(e.what, "note made");
	assert_slice(e.detail, "2026-09-15 to 2026-09-16, chem.univ.example: it moved");
	tell(b, q, &(struct edited){ .done = true, .id = 12 });
	assert_int_equal(q->answer->status, 201);
	assert_slice(q->answer->location, "/api/v1/notes/12");
	done(q);
	q = ask(b, METHOD_POST, "/api/v1/notes", "{\"text\":\"x\"}");
	e = edit_of(q);
	assert_true(e.note.day == (int64_t)time(NULL) / 86400 && e.note.end_day == e.note.day);
	done(q);
}

static void test_what_is_wrong_is_said(void **state)
{
	static const char *const notes[] = { "{}", "{\"text\":\" \"}", "{\"text\":\"x\",\"day\":\"tomorrow\"}", "{\"text\":\"x\",\"domain\":\"no name\"}",
					     "{\"text\":\"x\",\"domain\":\".\"}", /* would be about all */
					     "{\"text\":\"x\",\"day\":\"2026-09-15\",\"end_day\":\"2026-09-14\"}" };
	static const char *const confirmations[] = {
		"{\"step\":\"rehearse\",\"domain\":\"univ.example\",\"check\":\"c\",\"text\":\"t\"}",
		"{\"step\":\"unknown\",\"domain\":\"univ.example\",\"check\":\"c\",\"text\":\"t\",\"name\":\"ann\"}",
		"{\"step\":\"leap\",\"domain\":\"univ.example\",\"check\":\"c\",\"text\":\"t\",\"name\":\"ann\"}",
		"{\"step\":\"reject\",\"check\":\"c\",\"text\":\"t\",\"name\":\"ann\"}",
		"{\"step\":\"reject\",\"domain\":\"univ.example\",\"check\":\"c\",\"text\":\"t\",\"name\":\"ann\",\"days\":0}"
	};
	static const char *const blockers[] = { "{\"text\":\"x\"}", "{\"domain\":\"univ.example\"}",
						"{\"domain\":\"univ.example\",\"text\":\"x\",\"state\":\"closed\"}",
						"{\"domain\":\"univ.example\",\"text\":\"x\",\"state\":\"accepted\",\"until\":\"2999-01-01\"}",
						"{\"domain\":\"univ.example\",\"text\":\"x\",\"state\":\"accepted\",\"reason\":\"r\"}",
						"{\"domain\":\"univ.example\",\"text\":\"x\",\"state\":\"accepted\",\"reason\":\"r\",\"until\":\"2020-01-01\"}" };
	struct bench *b = *state;
	char much[LIMIT_JOURNAL_TEXT_BYTES + 100];

	fill(b);
	for (size_t i = 0; i < sizeof notes / sizeof *notes; i++)
		assert_refused(b, METHOD_POST, "/api/v1/notes", notes[i], 422);
	for (size_t i = 0; i < sizeof confirmations / sizeof *confirmations; i++)
		assert_refused(b, METHOD_POST, "/api/v1/confirmations", confirmations[i], 422);
	for (size_t i = 0; i < sizeof blockers / sizeof *blockers; i++)
		assert_refused(b, METHOD_POST, "/api/v1/blockers", blockers[i], 422);
	snprintf(much, sizeof much, "{\"text\":\"%0*d\"}", LIMIT_JOURNAL_TEXT_BYTES + 1, 7);
	assert_refused(b, METHOD_POST, "/api/v1/notes", much, 422);
	assert_refused(b, METHOD_POST, "/api/v1/notes", "[", 400);
	assert_refused(b, METHOD_PATCH, "/api/v1/notes/9", "{\"text\":\"x\"}", 404);
	assert_refused(b, METHOD_DELETE, "/api/v1/blockers/9", "{}", 404);
	assert_refused(b, METHOD_POST, "/rollout/notes", "{\"text\":\"x\"}", 403); /* a page's form says so by its token */
}

static void test_a_change_keeps_what_it_does_not_name(void **state)
{
	struct bench *b = *state;
	struct asking *q;
	struct edit e;

	fill(b);
	q = ask(b, METHOD_PATCH, "/api/v1/notes/1", "{\"text\":\"as it is\",\"version\":\"4\"}");
	e = edit_of(q);
	assert_true(e.note.id == 1 && e.note.version == 4 && e.note.day == 20000 && e.note.end_day == 20003);
	assert_slice(e.note.text, "as it is");
	assert_slice(e.note.source, "Relays");
	assert_slice(e.note.who, "ann");
	assert_non_null(strstr(arena_printf(&b->arena, "%.*s", (int)e.detail.len, e.detail.ptr), "was 2024-10-04 to 2024-10-07, chem.univ.example: as it was"));
	tell(b, q, &(struct edited){ .stale = true, .why = SLICE("Somebody else did.") });
	assert_int_equal(q->answer->status, 412);
	done(q);
	q = ask(b, METHOD_DELETE, "/api/v1/notes/1", "");
	e = edit_of(q);
	assert_true(e.kind == EDIT_NOTE_REMOVE && e.id == 1 && e.note.version == 0);
	tell(b, q, &(struct edited){ .done = true });
	assert_int_equal(q->answer->status, 204);
	done(q);
}

static void test_a_state_that_changes_begins_today(void **state)
{
	struct bench *b = *state;
	struct asking *q;
	struct edit e;

	fill(b);
	q = ask(b, METHOD_PATCH, "/api/v1/blockers/1", "{\"note\":\"m\"}");
	e = edit_of(q);
	assert_true(e.blocker.id == 1 && e.blocker.state == BLOCKER_ASKED && e.blocker.state_day == 20000);
	assert_slice(e.blocker.note, "m");
	assert_slice(e.blocker.owner, "bob");
	done(q);
	q = ask(b, METHOD_PATCH, "/api/v1/blockers/1", "{\"state\":\"accepted\",\"reason\":\"small\",\"until\":\"2999-01-01\"}");
	e = edit_of(q);
	assert_true(e.blocker.state == BLOCKER_ACCEPTED && e.blocker.state_day == (int64_t)time(NULL) / 86400);
	assert_true(e.blocker.until_day == text_day_of(2999, 1, 1));
	done(q);
}

static void test_only_the_version_that_was_seen_is_changed(void **state)
{
	struct bench *b = *state;
	struct asking *q;

	fill(b);
	q = ask(b, METHOD_GET, "/api/v1/notes", "");
	done(q);
	q = ask(b, METHOD_PATCH, "/api/v1/notes/1", "{\"text\":\"x\",\"version\":\"old\"}");
	assert_true(!q->answer->asks && q->answer->status == 412);
	done(q);
	q = ask(b, METHOD_PATCH, "/api/v1/notes/1", "{\"text\":\"x\"}"); /* what it keeps was read from version 1 */
	assert_int_equal(edit_of(q).note.version, 1);
	done(q);
	q = ask(b, METHOD_PATCH, "/api/v1/blockers/1", "{\"owner\":\"x\"}");
	assert_int_equal(edit_of(q).blocker.version, 1);
	done(q);
	q = ask(b, METHOD_PATCH, "/api/v1/notes/1", "{}");
	q->request.if_match = SLICE("\"1\"");
	q->request.body = SLICE("{\"text\":\"x\"}");
	answer_release(q->answer);
	*q->answer = (struct answer){ 0 };
	route_answer(&q->site, &q->request, q->answer);
	assert_int_equal(edit_of(q).note.version, 1);
	done(q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_a_note_is_sent_with_all_its_fields),
		bench_test(test_what_is_wrong_is_said),
		bench_test(test_a_change_keeps_what_it_does_not_name),
		bench_test(test_a_state_that_changes_begins_today),
		bench_test(test_only_the_version_that_was_seen_is_changed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("act_journal", tests, NULL, NULL);
}
