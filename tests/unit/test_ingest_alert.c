/* test_ingest_alert: each outlet is told of each change once, of nothing that was undone before it heard, and of the newest
 * state; over a store that is closed and opened again. */
#include "store_sample.h"

#include "sample.h"
#include "schema/mail.h"
#include "schema/notice.h"

enum { BOTH = OUTLET_MAIL | OUTLET_WEBHOOK };

static struct alert_state alert_of(bool firing, int64_t since_s, const char *title)
{
	return (struct alert_state){ SLICE("source-quiet"), SLICE("reports"), SLICE(""), firing, since_s,
				     slice_of(title),	    SLICE("why"),     SLICE("/") };
}

/* The store is opened anew each time: nothing may hang on its memory. */
static void set(struct bench *b, struct alert_state a, unsigned excused)
{
	struct store *s = sample_open(b, sample_rules(b));

	assert_done(b, store_alert(s, &a, excused, &b->err));
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
}

static void told(struct bench *b, const struct alert_line *l, bool fires, unsigned outlets)
{
	struct store *s = sample_open(b, sample_rules(b));

	assert_done(b, store_alert_told(s, l->id, l->change, fires, outlets, &b->err));
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
}

/* The one alert that is alive, and who of BOTH has still to be told; NULL where none is. */
static struct alert_line *live(struct bench *b, unsigned *untold)
{
	struct reader *r = sample_reader(b);
	struct alert_lines lines;

	assert_done(b, query_alerts(r, &b->arena, &lines, &b->err));
	reader_close(r);
	*untold = 0;
	if (lines.n == 0)
		return NULL;
	assert_int_equal(lines.n, 1);
	*untold = lines.item->firing ? BOTH & ~lines.item->heard : BOTH & lines.item->heard;
	return lines.item;
}

static void test_each_outlet_is_told_of_a_change_once(void **state)
{
	struct bench *b = *state;
	struct alert_line *l;
	unsigned untold;

	set(b, alert_of(true, 100, "quiet"), 0);
	l = live(b, &untold);
	assert_int_equal(untold, BOTH);
	assert_slice(l->title, "quiet");
	told(b, l, true, OUTLET_WEBHOOK);
	set(b, alert_of(true, 999, "still quiet"), 0); /* no change: only its words */
	l = live(b, &untold);
	assert_int_equal(untold, OUTLET_MAIL);
	assert_true(l->since_s == 100);
	assert_slice(l->title, "still quiet");
	told(b, l, true, OUTLET_MAIL);
	live(b, &untold);
	assert_int_equal(untold, 0);
	set(b, alert_of(false, 200, "over"), 0);
	l = live(b, &untold);
	assert_int_equal(untold, BOTH);
	assert_true(!l->firing && l->since_s == 200);
	told(b, l, false, BOTH);
	assert_null(live(b, &untold));
	set(b, alert_of(true, 300, "quiet again"), 0);
	live(b, &untold);
	assert_int_equal(untold, BOTH);
}

static void test_what_is_undone_before_an_outlet_heard_is_never_told_to_it(void **state)
{
	struct bench *b = *state;
	struct alert_line *l;
	unsigned untold;

	set(b, alert_of(true, 100, "quiet"), 0);
	l = live(b, &untold);
	told(b, l, true, OUTLET_MAIL);
	set(b, alert_of(false, 200, "over"), 0);
	l = live(b, &untold);
	assert_int_equal(untold, OUTLET_MAIL); /* the webhook never heard that it fired */
	set(b, alert_of(true, 300, "quiet again"), 0);
	live(b, &untold);
	assert_int_equal(untold, OUTLET_WEBHOOK); /* and mail not that it was over */
	set(b, alert_of(false, 400, "over"), OUTLETS_ALL);
	assert_null(live(b, &untold));
}

static void test_late_word_of_an_older_change_counts_for_what_is_now(void **state)
{
	struct bench *b = *state;
	struct alert_line *fired, *over;
	unsigned untold;

	set(b, alert_of(true, 100, "quiet"), 0);
	fired = live(b, &untold);
	set(b, alert_of(false, 200, "over"), 0);
	told(b, fired, true, OUTLET_MAIL); /* it went out while the change was stored */
	over = live(b, &untold);
	assert_int_equal(untold, OUTLET_MAIL);
	set(b, alert_of(true, 300, "quiet again"), 0);
	told(b, over, false, OUTLET_MAIL);
	live(b, &untold);
	assert_int_equal(untold, BOTH);
	told(b, fired, true, OUTLET_MAIL); /* of the first time that it fired: says nothing of this one */
	live(b, &untold);
	assert_int_equal(untold, BOTH);
}

static void test_another_thing_seen_is_told_although_it_fires(void **state)
{
	struct bench *b = *state;
	struct alert_state a = alert_of(false, 100, "");
	struct alert_line *l, *old;
	unsigned untold;

	a.seen = SLICE("p=none");
	set(b, a, OUTLETS_ALL); /* known, told to nobody */
	assert_null(live(b, &untold));
	a = alert_of(true, 200, "quarantine");
	a.seen = SLICE("p=quarantine");
	set(b, a, 0);
	old = live(b, &untold);
	told(b, old, true, BOTH);
	a = alert_of(true, 300, "reject");
	a.seen = SLICE("p=reject");
	set(b, a, 0);
	l = live(b, &untold);
	assert_int_equal(untold, BOTH);
	assert_true(l->change > old->change && l->since_s == 300);
	told(b, old, true, BOTH); /* late word of the other policy */
	live(b, &untold);
	assert_int_equal(untold, BOTH);
}

static void test_who_is_excused_is_not_told(void **state)
{
	struct bench *b = *state;
	unsigned untold;

	set(b, alert_of(true, 100, "digest"), OUTLET_WEBHOOK);
	live(b, &untold);
	assert_int_equal(untold, OUTLET_MAIL);
}

static void test_what_is_not_committed_is_not_known(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, sample_rules(b));
	const struct alert_state a = alert_of(true, 100, "quiet");
	struct alert_line l;
	struct reader *r;
	int64_t since_s;

	assert_done(b, store_alert(s, &a, 0, &b->err));
	assert_done(b, store_alerts_since(s, 50, &since_s, &b->err));
	store_close(s);
	r = sample_reader(b);
	assert_int_equal(query_alert(r, &b->arena, a.rule, a.subject, &l, &b->err), 0);
	reader_close(r);
	s = sample_open(b, sample_rules(b));
	assert_done(b, store_alerts_since(s, 60, &since_s, &b->err));
	assert_int_equal(since_s, 60);
	assert_done(b, store_commit(s, &b->err));
	assert_done(b, store_alerts_since(s, 70, &since_s, &b->err));
	assert_int_equal(since_s, 60);
	store_close(s);
}

static void test_changes_alter_no_page(void **state)
{
	struct bench *b = *state;
	const char *before;
	unsigned untold;

	sample_fill(b, 5);
	before = table_text(b, b->db, "SELECT value FROM meta WHERE key = 'generation'");
	set(b, alert_of(true, 100, "quiet"), 0);
	told(b, live(b, &untold), true, BOTH);
	assert_string_equal(table_text(b, b->db, "SELECT value FROM meta WHERE key = 'generation'"), before);
}

static void put_mail(struct bench *b, struct store *s, int64_t mailbox, const char *place, int64_t received_s,
		     enum mail_outcome outcome)
{
	assert_done(b, store_mail(s, mailbox, slice_of(place), SLICE("mail"), received_s, outcome, NULL, &b->err));
}

static void test_a_refused_mail_is_no_sign_of_life(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, sample_rules(b));
	struct mailbox_state none;
	struct mailbox_lines m;
	struct reader *r;
	int64_t full, empty;

	assert_done(b, store_mailbox(s, SLICE("maildir:/b"), &full, &none, &b->err));
	assert_done(b, store_mailbox(s, SLICE("maildir:/a"), &empty, &none, &b->err));
	put_mail(b, s, full, "1", 1000, MAIL_READ);
	put_mail(b, s, full, "2", 3000, MAIL_PARTLY);
	put_mail(b, s, full, "3", 2000, MAIL_READ);
	put_mail(b, s, full, "4", 4000, MAIL_REFUSED);
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
	r = sample_reader(b);
	assert_done(b, query_mailboxes(r, &b->arena, 2000, &m, &b->err));
	reader_close(r);
	assert_int_equal(m.n, 2);
	assert_slice(m.item[0].place, "maildir:/a");
	assert_true(m.item[0].last_s == 0 && m.item[0].mails == 0 && m.item[0].refused == 0);
	assert_true(m.item[1].last_s == 3000 && m.item[1].mails == 3 && m.item[1].refused == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_each_outlet_is_told_of_a_change_once),
		bench_test(test_what_is_undone_before_an_outlet_heard_is_never_told_to_it),
		bench_test(test_late_word_of_an_older_change_counts_for_what_is_now),
		bench_test(test_another_thing_seen_is_told_although_it_fires),
		bench_test(test_who_is_excused_is_not_told),
		bench_test(test_what_is_not_committed_is_not_known),
		bench_test(test_changes_alter_no_page),
		bench_test(test_a_refused_mail_is_no_sign_of_life),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("ingest_alert", tests, NULL, NULL);
}
