/* test_ledger: a mail is settled once, only after a commit has made it durable, and "done up to" never passes over one that
 * is still under way. */
#include "store_sample.h"

#include "daemon/ledger.h"
#include "daemon/role_parse.h"
#include "schema/limits.h"

#include <signal.h>
#include <sys/resource.h>

#define PLACE "imap://reports@mail.univ.example:993/INBOX"

struct book {
	struct bench *b;
	struct command command;
	struct heritage heritage;
	struct ledger *l;
	struct mailbox m;
	struct intake_sink sink;
};

static void open_book(struct book *k)
{
	struct bench *b = k->b;

	assert_done(b, ledger_open(&k->heritage, &k->l, &b->err));
	k->sink = ledger_sink(k->l);
	k->m = (struct mailbox){ 0 };
	assert_done(b, ledger_open_mailbox(k->l, SLICE(PLACE), &k->m, &b->err));
}

static int setup(void **state)
{
	struct book *k = calloc(1, sizeof *k);
	void *b;

	assert_non_null(k);
	assert_int_equal(bench_setup(&b), 0);
	k->b = b;
	config_defaults(&k->command.config);
	k->command.arena = &k->b->arena;
	k->command.config.database.path = k->b->db;
	k->command.suffixes = k->b->list;
	k->heritage = (struct heritage){ .command = &k->command, .board = board_make(&k->b->err) };
	assert_non_null(k->heritage.board);
	board_name(k->heritage.board, 0, "store");
	board_started(k->heritage.board, 0, 1);
	board_say(k->heritage.board, 0, BOARD_WELL, "");
	open_book(k);
	*state = k;
	return 0;
}

static int teardown(void **state)
{
	struct book *k = *state;
	void *b = k->b;

	ledger_close(k->l);
	board_free(k->heritage.board);
	free(k);
	return bench_teardown(&b);
}

static void reopen(struct book *k)
{
	ledger_close(k->l);
	open_book(k);
}

/* --- mails, as the intake would hand them out --- */

static struct slice place_of(struct book *k, int64_t validity, int64_t uid)
{
	return slice_of(arena_printf(&k->b->arena, "%lld:%lld", (long long)validity, (long long)uid));
}

static struct delivery *expect(struct book *k, uint32_t number, int64_t uid)
{
	return ledger_expect(k->l, &k->m, number, uid, place_of(k, k->m.state.validity, uid));
}

static struct intake_item item_of(struct delivery *d)
{
	return (struct intake_item){ .label = SLICE("a mail"), .bytes = SLICE("its bytes"), .last = true, .tag = d };
}

static void answer_report(struct book *k, struct delivery *d, const char *id)
{
	struct report *r = sample_report(k->b, id, SAMPLE_DAY);
	const struct intake_item item = item_of(d);

	sample_row(k->b, r, "192.0.2.1", 3);
	memset(r->content_hash, 0, sizeof r->content_hash);
	snprintf((char *)r->content_hash, sizeof r->content_hash, "%s", id);
	assert_done(k->b, k->sink.report(k->sink.ctx, &item, r, &k->b->err));
}

static void answer_reject(struct book *k, struct delivery *d)
{
	const struct reject r = { .code = REJECT_DIED, .file = SLICE("a mail"), .detail = SLICE("its parser died") };
	const struct intake_item item = item_of(d);

	assert_done(k->b, k->sink.reject(k->sink.ctx, &item, &r, &k->b->err));
}

static void answer_done(struct book *k, struct delivery *d)
{
	const struct intake_item item = item_of(d);

	assert_done(k->b, k->sink.done(k->sink.ctx, &item, &k->b->err));
}

static void answer(struct book *k, struct delivery *d, const char *id)
{
	answer_report(k, d, id);
	answer_done(k, d);
}

static void commit(struct book *k)
{
	assert_done(k->b, ledger_commit(k->l, &k->b->err));
}

static void assert_settled(struct book *k, uint32_t number, enum mail_outcome outcome)
{
	struct settled s = { 0 };

	assert_true(ledger_next_settled(k->l, &s));
	assert_ptr_equal(s.mailbox, &k->m);
	assert_int_equal(s.number, number);
	assert_int_equal(s.outcome, outcome);
}

static void assert_no_more_settled(struct book *k)
{
	struct settled s;

	assert_false(ledger_next_settled(k->l, &s));
}

/* What another reader of the database sees: nothing that was not committed. */
static int64_t seen(struct book *k, const char *sql)
{
	return table_int(k->b, sql);
}

static int64_t done_up_to(struct book *k)
{
	return seen(k, "SELECT done FROM mailbox");
}

/* --- settling --- */

static void test_nothing_is_settled_before_a_commit(void **state)
{
	struct book *k = *state;

	commit(k);
	answer(k, expect(k, 1, 7), "a");
	assert_no_more_settled(k);
	assert_int_equal(seen(k, "SELECT count(*) FROM mail"), 0);
	assert_true(ledger_waiting_since(k->l) >= 0);
	commit(k);
	assert_int_equal(seen(k, "SELECT count(*) FROM mail"), 1);
	assert_int_equal(seen(k, "SELECT count(*) FROM report"), 1);
	assert_int_equal(ledger_waiting_since(k->l), -1);
	assert_settled(k, 1, MAIL_READ);
	assert_no_more_settled(k);
	commit(k);
	assert_no_more_settled(k);
}

static void test_a_mail_that_is_not_done_is_not_settled(void **state)
{
	struct book *k = *state;
	struct delivery *d = expect(k, 1, 7);

	answer_report(k, d, "a");
	commit(k);
	assert_no_more_settled(k);
	assert_int_equal(done_up_to(k), 0);
	answer_done(k, d);
	commit(k);
	assert_settled(k, 1, MAIL_READ);
	assert_int_equal(done_up_to(k), 7);
}

static void test_outcomes_say_what_was_read_and_what_refused(void **state)
{
	struct book *k = *state;
	struct delivery *read = expect(k, 1, 1), *partly = expect(k, 2, 2), *refused = expect(k, 3, 3), *empty = expect(k, 4, 4);

	answer(k, read, "a");
	answer_report(k, partly, "b");
	answer_reject(k, partly);
	answer_done(k, partly);
	answer_reject(k, refused);
	answer_done(k, refused);
	answer_done(k, empty);
	commit(k);
	assert_settled(k, 1, MAIL_READ);
	assert_settled(k, 2, MAIL_PARTLY);
	assert_settled(k, 3, MAIL_REFUSED);
	assert_settled(k, 4, MAIL_READ);
	assert_no_more_settled(k);
}

static void test_done_out_of_order_never_passes_over_one(void **state)
{
	struct book *k = *state;
	struct delivery *d[6];

	for (uint32_t n = 1; n <= 5; n++)
		d[n] = expect(k, n, 10 * n);
	answer(k, d[3], "c");
	answer(k, d[5], "e");
	commit(k);
	assert_int_equal(done_up_to(k), 0);
	assert_settled(k, 3, MAIL_READ);
	assert_settled(k, 5, MAIL_READ);
	answer(k, d[1], "a");
	commit(k);
	assert_int_equal(done_up_to(k), 10);
	assert_settled(k, 1, MAIL_READ);
	answer(k, d[2], "b");
	commit(k);
	assert_int_equal(done_up_to(k), 30);
	assert_settled(k, 2, MAIL_READ);
	answer(k, d[4], "d");
	commit(k);
	assert_int_equal(done_up_to(k), 50);
	assert_settled(k, 4, MAIL_READ);
	assert_no_more_settled(k);
}

static void test_files_have_no_order(void **state)
{
	struct book *k = *state;

	answer(k, ledger_expect(k->l, &k->m, 1, 0, SLICE("a.eml")), "a");
	commit(k);
	assert_settled(k, 1, MAIL_READ);
	assert_int_equal(done_up_to(k), 0);
}

/* --- faults --- */

static void set_file_limit(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void test_a_commit_that_fails_settles_nothing(void **state)
{
	struct book *k = *state;
	bool known = true;
	int rc;

	signal(SIGXFSZ, SIG_IGN);
	commit(k);
	answer(k, expect(k, 1, 7), "a");
	set_file_limit(1);
	rc = ledger_commit(k->l, &k->b->err);
	set_file_limit(RLIM_INFINITY);
	assert_int_equal(rc, -1);
	assert_no_more_settled(k);
	reopen(k);
	assert_int_equal(k->m.state.done, 0);
	assert_done(k->b, ledger_knows(k->l, &k->m, place_of(k, 0, 7), &known, &k->b->err));
	assert_false(known);
	assert_int_equal(seen(k, "SELECT count(*) FROM report"), 0);
	answer(k, expect(k, 1, 7), "a"); /* and again it goes well */
	commit(k);
	assert_settled(k, 1, MAIL_READ);
	assert_int_equal(done_up_to(k), 7);
}

static void test_what_was_not_committed_is_forgotten(void **state)
{
	struct book *k = *state;

	answer(k, expect(k, 1, 7), "a");
	reopen(k);
	assert_int_equal(seen(k, "SELECT count(*) FROM report"), 0);
	assert_int_equal(k->m.state.done, 0);
	assert_no_more_settled(k);
}

static void test_a_mail_that_comes_twice_is_one(void **state)
{
	struct book *k = *state;
	bool known = false;

	answer(k, expect(k, 1, 7), "a");
	commit(k);
	reopen(k);
	answer(k, expect(k, 1, 7), "a");
	answer(k, expect(k, 2, 7), "a");
	commit(k);
	assert_settled(k, 1, MAIL_READ);
	assert_settled(k, 2, MAIL_READ);
	assert_int_equal(seen(k, "SELECT count(*) FROM mail"), 1);
	assert_int_equal(seen(k, "SELECT count(*) FROM report"), 1);
	assert_done(k->b, ledger_knows(k->l, &k->m, place_of(k, 0, 7), &known, &k->b->err));
	assert_true(known);
}

static void test_a_role_that_ends_loses_no_mail_and_hears_of_none(void **state)
{
	struct book *k = *state;
	struct delivery *done = expect(k, 1, 1), *under_way = expect(k, 2, 2);

	answer(k, done, "a");
	ledger_close_mailbox(k->l, &k->m);
	answer(k, under_way, "b");
	commit(k);
	assert_no_more_settled(k);
	assert_int_equal(seen(k, "SELECT count(*) FROM report"), 2);
	assert_int_equal(seen(k, "SELECT count(*) FROM mail"), 2);
	assert_int_equal(done_up_to(k), 0); /* the next one reads them again, and knows them */
	assert_done(k->b, ledger_open_mailbox(k->l, SLICE(PLACE), &k->m, &k->b->err));
	answer(k, expect(k, 1, 1), "a");
	commit(k);
	assert_settled(k, 1, MAIL_READ);
	assert_int_equal(done_up_to(k), 1);
	assert_int_equal(seen(k, "SELECT count(*) FROM mail"), 2);
}

/* --- positions --- */

static void test_a_position_is_kept_with_the_next_commit(void **state)
{
	struct book *k = *state;

	assert_done(k->b, ledger_position(k->l, &k->m, 17, 3, &k->b->err));
	commit(k);
	reopen(k);
	assert_int_equal(k->m.state.validity, 17);
	assert_int_equal(k->m.state.settled, 3);
	assert_done(k->b, ledger_position(k->l, &k->m, 17, 2, &k->b->err));
	assert_int_equal(k->m.state.settled, 3); /* it never goes back */
	assert_true(k->m.state.owner > 0);
}

static void test_another_numbering_forgets_how_far_it_came(void **state)
{
	struct book *k = *state;
	struct delivery *old;

	assert_done(k->b, ledger_position(k->l, &k->m, 17, 0, &k->b->err));
	answer(k, expect(k, 1, 500), "a");
	old = expect(k, 2, 501);
	commit(k);
	assert_settled(k, 1, MAIL_READ);
	assert_int_equal(done_up_to(k), 500);
	assert_done(k->b, ledger_position(k->l, &k->m, 18, 0, &k->b->err));
	answer(k, old, "b");
	commit(k);
	assert_settled(k, 2, MAIL_READ);
	assert_int_equal(done_up_to(k), 0); /* 501 was of the numbering before */
	answer(k, expect(k, 3, 1), "a");
	commit(k);
	assert_settled(k, 3, MAIL_READ);
	assert_int_equal(done_up_to(k), 1);
	assert_int_equal(seen(k, "SELECT validity FROM mailbox"), 18);
	assert_int_equal(seen(k, "SELECT count(*) FROM report"), 2);
	assert_int_equal(seen(k, "SELECT count(*) FROM mail"), 3);
}

static void test_two_mailboxes_go_on_apart(void **state)
{
	struct book *k = *state;
	struct mailbox other = { 0 };
	struct delivery *one = expect(k, 1, 10), *two;
	struct settled s;

	assert_done(k->b, ledger_open_mailbox(k->l, SLICE("maildir:/var/mail/reports"), &other, &k->b->err));
	assert_true(other.id != k->m.id && other.state.owner == k->m.state.owner);
	two = ledger_expect(k->l, &other, 1, 20, SLICE("20"));
	answer(k, two, "b");
	commit(k);
	assert_true(ledger_next_settled(k->l, &s));
	assert_ptr_equal(s.mailbox, &other);
	assert_int_equal(seen(k, "SELECT sum(done) FROM mailbox"), 20);
	ledger_close_mailbox(k->l, &other);
	answer(k, one, "a");
	commit(k);
	assert_settled(k, 1, MAIL_READ);
	assert_int_equal(seen(k, "SELECT sum(done) FROM mailbox"), 30);
}

/* --- counting --- */

static void test_the_board_counts_what_is_durable(void **state)
{
	struct book *k = *state;
	struct delivery *refused = expect(k, 2, 2);
	struct board_line line;

	answer(k, expect(k, 1, 1), "a");
	answer(k, expect(k, 3, 3), "a");
	answer_reject(k, refused);
	answer_done(k, refused);
	assert_true(board_read(k->heritage.board, 0, &line));
	assert_int_equal(line.count[BOARD_MAILS], 0);
	commit(k);
	assert_true(board_read(k->heritage.board, 0, &line));
	assert_int_equal(line.count[BOARD_MAILS], 3);
	assert_int_equal(line.count[BOARD_REFUSED], 1);
	assert_int_equal(line.count[BOARD_REPORTS], 1);
	assert_int_equal(line.count[BOARD_DUPLICATES], 1);
	assert_int_equal(line.count[BOARD_COMMITS], 1);
	assert_true(line.count[BOARD_LAST_S] > 0);
}

/* --- with real parsers, more than one, which answer as they please --- */

enum { MANY = 400 };

static void put_mail(struct book *k, struct intake *in, int n)
{
	struct delivery *d = expect(k, (uint32_t)n, n);
	const char *text = arena_printf(
		&k->b->arena,
		"<feedback><report_metadata><org_name>Receiver</org_name><report_id>%d</report_id><date_range>"
		"<begin>1709251200</begin><end>1709337599</end></date_range></report_metadata><policy_published>"
		"<domain>univ.example</domain><p>none</p></policy_published><record><row><source_ip>192.0.2.1</source_ip>"
		"<count>1</count></row><identifiers><header_from>univ.example</header_from></identifiers></record></feedback>", n);

	assert_done(k->b, intake_add(in, SLICE("one"), strdup(text), strlen(text), d, &k->b->err));
}

static void test_whatever_the_order_all_are_settled_once(void **state)
{
	static const struct message_limits limits = { LIMIT_MAIL_BYTES, LIMIT_PART_BYTES, LIMIT_EXPANDED_BYTES, LIMIT_ROWS };
	struct book *k = *state;
	bool told[MANY + 1] = { 0 };
	struct settled s;
	struct intake *in;
	int64_t before = 0;

	assert_done(k->b, intake_start(&limits, 3, &k->sink, &in, &k->b->err));
	for (int n = 1; n <= MANY; n++) {
		put_mail(k, in, n);
		if (n % 50 != 0)
			continue;
		assert_done(k->b, intake_finish(in, &k->b->err));
		commit(k);
		assert_int_equal(done_up_to(k), n);
		assert_true(done_up_to(k) > before);
		before = done_up_to(k);
		while (ledger_next_settled(k->l, &s)) {
			assert_in_range(s.number, 1, n);
			assert_false(told[s.number]);
			told[s.number] = true;
		}
	}
	intake_free(in);
	for (int n = 1; n <= MANY; n++)
		assert_true(told[n]);
	assert_int_equal(seen(k, "SELECT count(*) FROM report"), MANY);
}

#define ledger_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		ledger_test(test_nothing_is_settled_before_a_commit),
		ledger_test(test_a_mail_that_is_not_done_is_not_settled),
		ledger_test(test_outcomes_say_what_was_read_and_what_refused),
		ledger_test(test_done_out_of_order_never_passes_over_one),
		ledger_test(test_files_have_no_order),
		ledger_test(test_a_commit_that_fails_settles_nothing),
		ledger_test(test_what_was_not_committed_is_forgotten),
		ledger_test(test_a_mail_that_comes_twice_is_one),
		ledger_test(test_a_role_that_ends_loses_no_mail_and_hears_of_none),
		ledger_test(test_a_position_is_kept_with_the_next_commit),
		ledger_test(test_another_numbering_forgets_how_far_it_came),
		ledger_test(test_two_mailboxes_go_on_apart),
		ledger_test(test_the_board_counts_what_is_durable),
		ledger_test(test_whatever_the_order_all_are_settled_once),
	};

	if (role_parse_is_asked(argc, argv))
		return role_parse_run(argv);
	return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
