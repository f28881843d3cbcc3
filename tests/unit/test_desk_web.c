/* test_desk_web: the store's end of what the pages want done, with the test as the web role: nothing is answered before it is durable,
 * each question once and to whoever asked it, a document is found again byte for byte, and what nobody may say is refused. */
#include "store_sample.h"

#include "daemon/desk_web.h"
#include "daemon/role_parse.h"
#include "sample.h"
#include "schema/ask.h"
#include "schema/limits.h"

#include <sys/socket.h>

static const char xml[] =
	"<feedback><report_metadata><org_name>google.com</org_name><report_id>one</report_id><date_range><begin>1709251200</begin>"
	"<end>1709337599</end></date_range></report_metadata><policy_published><domain>univ.example</domain><p>none</p></policy_published>"
	"<record><row><source_ip>192.0.2.1</source_ip><count>7</count><policy_evaluated><disposition>none</disposition><dkim>pass</dkim>"
	"<spf>pass</spf></policy_evaluated></row><identifiers><header_from>univ.example</header_from></identifiers></record></feedback>";

struct office {
	struct bench *b;
	struct command command;
	struct heritage heritage;
	struct ledger *l;
	struct desk_web *desk;
	struct intake *in;
	struct intake_sink sink;
	struct channel ours, theirs;
};

static void connect_web(struct office *o)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	channel_init(&o->ours, pair[0]);
	channel_init(&o->theirs, pair[1]);
	desk_web_connect(o->desk, &o->ours);
}

static int setup(void **state)
{
	struct office *o = calloc(1, sizeof *o);
	struct message_limits limits;
	void *b;

	assert_non_null(o);
	assert_int_equal(bench_setup(&b), 0);
	o->b = b;
	config_defaults(&o->command.config);
	o->command.arena = &o->b->arena;
	o->command.config.database.path = o->b->db;
	o->command.suffixes = o->b->list;
	o->heritage = (struct heritage){ .command = &o->command, .board = board_make(&o->b->err) };
	assert_done(o->b, ledger_open(&o->heritage, &o->l, &o->b->err));
	assert_done(o->b, desk_web_open(&o->heritage, o->l, &o->desk, &o->b->err));
	o->sink = ledger_sink(o->l);
	limits = command_limits(&o->command.config);
	assert_done(o->b, intake_start(&limits, 1, &o->sink, &o->in, &o->b->err));
	connect_web(o);
	*state = o;
	return 0;
}

static int teardown(void **state)
{
	struct office *o = *state;
	void *b = o->b;

	intake_free(o->in);
	desk_web_close(o->desk);
	channel_release(&o->ours);
	channel_release(&o->theirs);
	ledger_close(o->l);
	board_free(o->heritage.board);
	free(o);
	return bench_teardown(&b);
}

static int take(struct office *o, enum frame_kind kind, uint32_t number, struct slice body)
{
	const struct frame f = { kind, number, body };
	int rc = desk_web_take(o->desk, o->in, &f, &o->b->err);

	if (rc == 0)
		assert_done(o->b, intake_finish(o->in, &o->b->err));
	return rc;
}

static void commit(struct office *o)
{
	assert_done(o->b, ledger_commit(o->l, &o->b->err));
	desk_web_committed(o->desk);
}

/* The next answer that came: 1, 0 where there is none. */
static int hear(struct office *o, struct frame *f)
{
	int rc;

	assert_int_equal(channel_flush(&o->ours, true), 0);
	while ((rc = channel_next(&o->theirs, f)) == 0) {
		struct pollfd one = { o->theirs.fd, POLLIN, 0 };

		if (poll(&one, 1, 0) != 1)
			return 0;
		assert_int_equal(channel_fill(&o->theirs), 1);
	}
	assert_int_equal(f->kind, FRAME_ANSWER);
	return rc;
}

static void put_edit(struct office *o, uint32_t number, const struct edit *e)
{
	struct buf wire;

	buf_init(&wire, 10000);
	edit_encode(&wire, e);
	assert_int_equal(take(o, FRAME_COMMAND, number, buf_slice(&wire)), 0);
	buf_release(&wire);
}

static void upload(struct office *o, uint32_t number, struct slice bytes)
{
	struct buf wire;

	buf_init(&wire, 100000);
	ask_put_pair(&wire, SLICE("a.xml"), bytes);
	assert_int_equal(take(o, FRAME_UPLOAD, number, buf_slice(&wire)), 0);
	buf_release(&wire);
}

static struct document want(struct office *o, uint32_t number, enum wanted_kind kind, int64_t id)
{
	const struct wanted w = { kind, id };
	struct document d;
	struct frame f;
	struct buf wire;

	buf_init(&wire, 100);
	wanted_encode(&wire, &w);
	assert_int_equal(take(o, FRAME_WANT_DOCUMENT, number, buf_slice(&wire)), 0);
	buf_release(&wire);
	assert_int_equal(hear(o, &f), 1);
	assert_int_equal(f.message, number);
	assert_true(document_decode(f.body, &d));
	return d;
}

static int64_t seen(struct office *o, const char *sql)
{
	return table_int(o->b, sql);
}

static void test_nothing_is_answered_before_it_is_durable(void **state)
{
	struct office *o = *state;
	struct slice rest;
	struct taken t;
	struct frame f;

	upload(o, 7, slice_of(xml));
	assert_int_equal(hear(o, &f), 0);
	commit(o);
	assert_int_equal(hear(o, &f), 1);
	assert_int_equal(f.message, 7);
	rest = f.body;
	assert_int_equal(taken_next(&rest, &t), 1);
	assert_true(t.kind == TAKEN_REPORT && !t.known && t.messages == 7);
	assert_slice(t.reporter, "google.com");
	assert_int_equal(taken_next(&rest, &t), 0);
	assert_int_equal(hear(o, &f), 0);
	assert_int_equal(seen(o, "SELECT count(*) FROM mail WHERE outcome = 0"), 1);

	upload(o, 8, slice_of(xml));
	commit(o);
	assert_int_equal(hear(o, &f), 1);
	rest = f.body;
	assert_int_equal(taken_next(&rest, &t), 1);
	assert_true(t.known);
	assert_int_equal(seen(o, "SELECT count(*) FROM report"), 1);
	assert_int_equal(seen(o, "SELECT count(*) FROM mail"), 1);
}

static void test_a_document_is_found_again_byte_for_byte(void **state)
{
	struct office *o = *state;
	struct document d;
	struct slice two = sample_join(&o->b->arena, SLICE("\xef\xbb\xbf\n"), slice_of(xml));
	struct frame f;

	upload(o, 1, two);
	upload(o, 2, SLICE("<walrus/>"));
	commit(o);
	assert_int_equal(hear(o, &f), 1);
	assert_int_equal(hear(o, &f), 1);
	d = want(o, 3, WANTED_REPORT, 1);
	assert_int_equal(d.state, DOCUMENT_HERE);
	assert_true(slice_eq(d.bytes, two));
	d = want(o, 4, WANTED_FILE, 1);
	assert_true(d.state == DOCUMENT_HERE && slice_eq(d.bytes, two));
	assert_slice(d.label, "a.xml");
	d = want(o, 5, WANTED_REJECT, 1);
	assert_true(d.state == DOCUMENT_HERE && slice_is(d.bytes, "<walrus/>"));
	assert_int_equal(want(o, 6, WANTED_REPORT, 2).state, DOCUMENT_UNKNOWN);
	assert_int_equal(want(o, 7, WANTED_MAIL, 1).state, DOCUMENT_HERE);
	table_run(o->b, o->b->db, "UPDATE report SET content = x'00'");
	assert_int_equal(want(o, 8, WANTED_REPORT, 1).state, DOCUMENT_UNREAD);
	table_run(o->b, o->b->db, "UPDATE report SET raw = NULL");
	assert_int_equal(want(o, 9, WANTED_REPORT, 1).state, DOCUMENT_GONE);
}

static void test_an_answer_is_for_who_asked(void **state)
{
	struct office *o = *state;
	struct frame f;

	upload(o, 1, slice_of(xml));
	channel_release(&o->ours);
	channel_release(&o->theirs);
	desk_web_connect(o->desk, NULL);
	connect_web(o);
	commit(o);
	assert_int_equal(hear(o, &f), 0);
	assert_int_equal(seen(o, "SELECT count(*) FROM report"), 1);
}

static void test_edits_are_written_down_where_they_are_done(void **state)
{
	struct office *o = *state;
	struct edit e = { .kind = EDIT_GRANT_ADD, .who = SLICE("ann"), .what = SLICE("link made"),
			  .grant = { .kind = GRANT_LINK, .name = SLICE("x"), .made_s = 1, .expires_s = INT64_C(1) << 40 } };
	struct edited done;
	struct frame f;

	put_edit(o, 1, &e);
	commit(o);
	assert_int_equal(hear(o, &f), 1);
	assert_true(edited_decode(f.body, &done) && done.done && done.id == 1);
	e = (struct edit){ .kind = EDIT_GRANT_REVOKE, .id = 9, .who = SLICE("ann"), .what = SLICE("revoked"), .grant = { .kind = GRANT_LINK } };
	put_edit(o, 2, &e);
	commit(o);
	assert_int_equal(hear(o, &f), 1);
	assert_true(edited_decode(f.body, &done) && !done.done && done.why.len > 0);
	e.id = 1;
	put_edit(o, 3, &e);
	e = (struct edit){ .kind = EDIT_AUDIT, .who = SLICE("bob"), .what = SLICE("sign-in refused") };
	put_edit(o, 0, &e);
	commit(o);
	assert_int_equal(hear(o, &f), 1);
	assert_int_equal(f.message, 3);
	assert_int_equal(hear(o, &f), 0);
	e = (struct edit){ .kind = EDIT_GRANT_ADD, .who = SLICE("cem"), .what = SLICE("link opened"),
			   .grant = { .kind = GRANT_SESSION, .name = SLICE("x"), .link = 1, .made_s = 1, .expires_s = INT64_C(1) << 40 } };
	put_edit(o, 4, &e);
	commit(o);
	assert_int_equal(hear(o, &f), 1);
	assert_true(edited_decode(f.body, &done) && !done.done && done.why.len > 0); /* the link is no more */
	assert_string_equal(table_text(o->b, o->b->db, "SELECT who, what FROM audit ORDER BY id"), "ann|link made\nann|revoked\nbob|sign-in refused\n");
	assert_int_equal(seen(o, "SELECT count(*) FROM access_grant"), 0);
}

/* The next answer to an edit. */
static struct edited told(struct office *o, const struct edit *e)
{
	struct edited done;
	struct frame f;

	put_edit(o, 9, e);
	commit(o);
	assert_int_equal(hear(o, &f), 1);
	assert_true(edited_decode(f.body, &done));
	return done;
}

static void test_what_people_write_is_kept_with_who_and_what_was(void **state)
{
	struct office *o = *state;
	struct edit e = { .kind = EDIT_NOTE, .who = SLICE("ann"), .what = SLICE("note made"), .note = { .day = 5, .end_day = 5, .text = SLICE("one") } };
	struct edited done = told(o, &e);

	assert_true(done.done && done.id == 1);
	e.note = (struct journal_note){ .id = 1, .version = 7, .day = 5, .end_day = 5, .text = SLICE("two") };
	done = told(o, &e);
	assert_true(!done.done && done.stale && done.why.len > 0);
	e.note.version = 1;
	e.what = SLICE("note changed");
	done = told(o, &e);
	assert_true(done.done && done.id == 1);
	e = (struct edit){ .kind = EDIT_CONFIRM, .what = SLICE("confirmed"), .confirmation = { .domain = SLICE("d.example"), .step = STEP_REHEARSE } };
	done = told(o, &e);
	assert_true(done.done && done.id == 1);
	e = (struct edit){ .kind = EDIT_BLOCKER, .what = SLICE("blocker made"), .blocker = { .domain = SLICE("d.example"), .text = SLICE("b") } };
	done = told(o, &e);
	assert_true(done.done && done.id == 1);
	e = (struct edit){ .kind = EDIT_BLOCKER_REMOVE, .id = 1, .what = SLICE("blocker removed") };
	assert_true(told(o, &e).done);
	done = told(o, &e);
	assert_true(!done.done && !done.stale && done.why.len > 0);
	e = (struct edit){ .kind = EDIT_WITHDRAW, .id = 1, .what = SLICE("withdrawn") };
	assert_true(told(o, &e).done);
	e = (struct edit){ .kind = EDIT_NOTE_REMOVE, .id = 1, .what = SLICE("note removed"), .note = { .version = 2 } };
	assert_true(told(o, &e).done);
	assert_string_equal(table_text(o->b, o->b->db, "SELECT what FROM audit ORDER BY id"),
			    "note made\nnote changed\nconfirmed\nblocker made\nblocker removed\nwithdrawn\nnote removed\n");
	assert_int_equal(seen(o, "SELECT (SELECT count(*) FROM note) + (SELECT count(*) FROM confirmation) + (SELECT count(*) FROM blocker)"), 0);
}

static void test_a_refusal_is_read_again_or_set_aside(void **state)
{
	struct office *o = *state;
	struct edit e = { .kind = EDIT_RETRY, .id = 1, .who = SLICE("ann"), .what = SLICE("again") };
	struct edited done;
	struct taken t;
	struct slice rest;
	struct frame f;

	upload(o, 1, SLICE("<walrus/>"));
	commit(o);
	assert_int_equal(hear(o, &f), 1);
	put_edit(o, 2, &e);
	commit(o);
	assert_int_equal(hear(o, &f), 1);
	rest = f.body;
	assert_true(taken_next(&rest, &t) == 1 && t.kind == TAKEN_REJECT);
	assert_slice(t.code, "not-dmarc");
	assert_int_equal(seen(o, "SELECT count(*) FROM reject"), 1);
	e.id = 5;
	put_edit(o, 3, &e);
	commit(o);
	assert_int_equal(hear(o, &f), 1);
	rest = f.body;
	assert_true(taken_next(&rest, &t) == 1 && t.kind == TAKEN_REJECT);
	e = (struct edit){ .kind = EDIT_DISMISS, .id = 1, .who = SLICE("ann"), .what = SLICE("no report") };
	put_edit(o, 4, &e);
	commit(o);
	assert_int_equal(hear(o, &f), 1);
	assert_true(edited_decode(f.body, &done) && done.done);
	assert_int_equal(seen(o, "SELECT count(*) FROM reject"), 0);
}

static void test_what_nobody_says_is_refused(void **state)
{
	struct office *o = *state;

	assert_int_equal(take(o, FRAME_UPLOAD, 1, SLICE("")), 1);
	assert_int_equal(take(o, FRAME_COMMAND, 1, SLICE("nonsense")), 1);
	assert_int_equal(take(o, FRAME_WANT_DOCUMENT, 1, SLICE("\xff")), 1);
	assert_int_equal(take(o, FRAME_MAIL, 1, SLICE("")), 1);
}

#define desk_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		desk_test(test_nothing_is_answered_before_it_is_durable),
		desk_test(test_a_document_is_found_again_byte_for_byte),
		desk_test(test_an_answer_is_for_who_asked),
		desk_test(test_edits_are_written_down_where_they_are_done),
		desk_test(test_what_people_write_is_kept_with_who_and_what_was),
		desk_test(test_a_refusal_is_read_again_or_set_aside),
		desk_test(test_what_nobody_says_is_refused),
	};

	if (role_parse_is_asked(argc, argv))
		return role_parse_run(argv);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("desk_web", tests, NULL, NULL);
}
