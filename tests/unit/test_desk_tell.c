/* test_desk_tell: the store's end of telling, with the test as the tell role: every change goes out once, over a tell role and a
 * store that are killed at any moment; what is over before it is told is taken back; many at once are one notice; a digest is sent
 * when it is due, once, also where the hour was missed and where there is nothing to say. */
#include "store_sample.h"

#include "daemon/desk_tell.h"
#include "schema/limits.h"
#include "schema/notice.h"

#include <sys/socket.h>

enum { DAY = SAMPLE_DAY, HOUR_S = 3600, STEP_S = 301 /* after which the rules look again */ };

static struct mail_source sources[20] = { { .name = "a", .type = SOURCE_FOLDER, .path = "/a" } };
static const char *const to[] = { "postmaster@univ.example", NULL };

struct office {
	struct bench *b;
	struct command command;
	struct store *store;
	struct desk_tell *desk;
	struct channel ours, theirs; /* the store's end, the tell role's */
	int64_t now_s;
};

/* Fires where a source gave nothing for an hour; mail and webhook are configured. */
static struct office *office_of(struct bench *b, size_t mail_sources)
{
	struct office *o = arena_alloc(&b->arena, sizeof *o);
	struct config *c = &o->command.config;

	for (size_t i = 0; i < mail_sources; i++)
		sources[i] = (struct mail_source){ .name = arena_printf(&b->arena, "s%zu", i), .type = SOURCE_FOLDER,
						   .path = arena_printf(&b->arena, "/s%zu", i) };
	o->b = b;
	o->command.arena = &b->arena;
	o->command.suffixes = b->list;
	config_defaults(c);
	c->database.path = b->db;
	c->mail = sources;
	c->mail_count = mail_sources;
	c->alerts = (struct alerts){ .mail = { .url = "smtp://mail.univ.example", .from = "ruad@univ.example", .to = to },
				     .webhook_url = "https://hook.univ.example/", .source_quiet_h = 1, .digest_weekday = -1 };
	o->now_s = (int64_t)DAY * DAY_SECONDS;
	return o;
}

static void connect_role(struct office *o)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	channel_init(&o->ours, pair[0]);
	channel_init(&o->theirs, pair[1]);
	desk_tell_connected(o->desk);
}

static void disconnect_role(struct office *o)
{
	channel_release(&o->ours);
	channel_release(&o->theirs);
}

static void open_office(struct office *o)
{
	o->store = sample_open(o->b, sample_rules(o->b));
	assert_done(o->b, desk_tell_open(&o->command, o->store, &o->desk, &o->b->err));
	connect_role(o);
}

/* As kill -9 does: nothing is said, nothing is committed. */
static void close_office(struct office *o)
{
	disconnect_role(o);
	desk_tell_close(o->desk);
	store_close(o->store);
}

static void turn(struct office *o, int64_t seconds)
{
	o->now_s += seconds;
	assert_done(o->b, desk_tell_turn(o->desk, &o->ours, o->now_s, &o->b->err));
	assert_int_equal(channel_flush(&o->ours, true), 0);
}

/* Past the first look. */
static void start(struct office *o)
{
	open_office(o);
	turn(o, 0);
	turn(o, 20);
}

/* What the tell role hears next: false where nothing. */
static bool next(struct office *o, struct notice *n, uint32_t *number)
{
	struct frame f;
	int flags = MSG_PEEK | MSG_DONTWAIT;
	char one;

	while (recv(o->theirs.fd, &one, 1, flags) == 1)
		assert_int_equal(channel_fill(&o->theirs), 1);
	if (channel_next(&o->theirs, &f) != 1)
		return false;
	assert_int_equal(f.kind, FRAME_NOTICE);
	assert_true(notice_decode(f.body, n));
	for (size_t i = 0; i < 5; i++) { /* with a NUL behind each */
		struct slice *const texts[] = { &n->rule, &n->subject, &n->title, &n->text, &n->path };

		texts[i]->ptr = arena_copy(&o->b->arena, texts[i]->ptr, texts[i]->len);
	}
	*number = f.message;
	return true;
}

static int say(struct office *o, uint32_t number, unsigned outlets, bool done)
{
	const struct told t = { outlets, done };
	struct frame f = { FRAME_TOLD, number, { 0 } };
	struct buf wire;
	int rc;

	buf_init(&wire, 100);
	told_encode(&wire, &t);
	f.body = buf_slice(&wire);
	rc = desk_tell_take(o->desk, &f, o->now_s, &o->b->err);
	buf_release(&wire);
	return rc;
}

/* Everything there is to hear, taken by all outlets; "kind rule subject outlets" of each. */
static const char *take_all(struct office *o)
{
	const char *text = "";
	struct notice n;
	uint32_t number;

	while (next(o, &n, &number)) {
		text = arena_printf(&o->b->arena, "%s%s %s %s %u\n", text, notice_kind_name(n.kind), n.rule.ptr, n.subject.ptr, n.outlets);
		if (n.outlets != 0)
			assert_int_equal(say(o, number, n.outlets, true), 0);
	}
	return text;
}

static void give_mail(struct office *o, size_t source)
{
	struct mailbox_state state;
	int64_t id;

	assert_done(o->b, store_mailbox(o->store, slice_of(arena_printf(&o->b->arena, "folder:/s%zu", source)), &id, &state, &o->b->err));
	assert_done(o->b, store_mail(o->store, id, slice_of(arena_printf(&o->b->arena, "%lld", (long long)o->now_s)), SLICE("mail"),
				     o->now_s, MAIL_READ, NULL, &o->b->err));
	assert_done(o->b, store_commit(o->store, &o->b->err));
}

static void test_each_change_is_told_once(void **state)
{
	struct office *o = office_of(*state, 1);

	start(o);
	assert_string_equal(take_all(o), ""); /* it is watched since now */
	turn(o, HOUR_S);
	assert_string_equal(take_all(o), "alert source-quiet s0 3\n");
	for (int i = 0; i < 5; i++)
		turn(o, STEP_S);
	assert_string_equal(take_all(o), "");
	give_mail(o, 0);
	turn(o, STEP_S);
	assert_string_equal(take_all(o), "cleared source-quiet s0 3\n");
	turn(o, STEP_S);
	assert_string_equal(take_all(o), "");
	turn(o, HOUR_S);
	assert_string_equal(take_all(o), "alert source-quiet s0 3\n");
	close_office(o);
}

static void test_restarts_tell_nothing_twice_and_lose_nothing(void **state)
{
	struct office *o = office_of(*state, 1);
	struct notice first, again;
	uint32_t number;

	start(o);
	turn(o, HOUR_S);
	assert_true(next(o, &first, &number)); /* it went out, and everything is killed before anybody took it */
	close_office(o);
	start(o);
	assert_true(next(o, &again, &number));
	assert_true(again.id == first.id && again.since_s == first.since_s && again.outlets == 3);
	assert_int_equal(say(o, number, OUTLET_WEBHOOK, false), 0);
	close_office(o);
	start(o);
	assert_true(next(o, &again, &number));
	assert_true(again.id == first.id && again.outlets == OUTLET_MAIL);
	disconnect_role(o); /* the tell role alone */
	connect_role(o);
	turn(o, 1);
	assert_true(next(o, &again, &number));
	assert_true(again.outlets == OUTLET_MAIL);
	assert_int_equal(say(o, number, OUTLET_MAIL, true), 0);
	close_office(o);
	start(o);
	turn(o, STEP_S);
	assert_string_equal(take_all(o), "");
	close_office(o);
}

static void test_what_is_over_before_it_was_told_is_taken_back(void **state)
{
	struct office *o = office_of(*state, 1);
	struct notice n;
	uint32_t number, back;

	start(o);
	turn(o, HOUR_S);
	assert_true(next(o, &n, &number));
	assert_int_equal(say(o, number, OUTLET_WEBHOOK, false), 0); /* mail waits */
	give_mail(o, 0);
	turn(o, STEP_S);
	assert_true(next(o, &n, &back));
	assert_true(back == number && n.outlets == 0);
	turn(o, STEP_S);
	assert_false(next(o, &n, &back)); /* nothing before the tell role has let it go */
	assert_int_equal(say(o, number, 0, true), 0);
	turn(o, 1);
	assert_string_equal(take_all(o), "cleared source-quiet s0 2\n"); /* the webhook alone had heard of it */
	turn(o, STEP_S);
	assert_string_equal(take_all(o), "");
	close_office(o);
}

static void test_mail_that_went_out_while_it_was_taken_back_counts(void **state)
{
	struct office *o = office_of(*state, 1);
	struct notice n;
	uint32_t number, back;

	start(o);
	turn(o, HOUR_S);
	assert_true(next(o, &n, &number));
	give_mail(o, 0);
	turn(o, STEP_S);
	assert_true(next(o, &n, &back));
	assert_int_equal(say(o, number, 3, true), 0); /* crosses it */
	turn(o, 1);
	assert_string_equal(take_all(o), "cleared source-quiet s0 3\n");
	close_office(o);
}

static void test_what_is_so_when_alerts_begin_is_one_notice(void **state)
{
	struct office *o = office_of(*state, 2);

	o->store = sample_open(o->b, sample_rules(o->b));
	o->now_s -= 3 * HOUR_S;
	give_mail(o, 0);
	give_mail(o, 1);
	store_close(o->store);
	o->now_s += 3 * HOUR_S;
	start(o);
	assert_string_equal(take_all(o), "alert several 2 alerts 3\n");
	turn(o, STEP_S);
	assert_string_equal(take_all(o), "");
	give_mail(o, 1);
	turn(o, STEP_S);
	assert_string_equal(take_all(o), "cleared source-quiet s1 3\n"); /* each on its own from then on */
	close_office(o);
}

static void test_many_at_once_are_one_notice_and_few_are_not(void **state)
{
	struct office *o = office_of(*state, 8);
	struct notice n;
	uint32_t number;

	start(o);
	for (size_t i = 0; i < 3; i++)
		give_mail(o, i);
	turn(o, HOUR_S - 30);
	give_mail(o, 0);
	give_mail(o, 1);
	give_mail(o, 2);
	turn(o, STEP_S);
	assert_true(next(o, &n, &number));
	assert_string_equal(n.rule.ptr, "several");
	assert_string_equal(n.subject.ptr, "5 alerts");
	for (int i = 3; i < 8; i++)
		assert_non_null(strstr(n.text.ptr, arena_printf(&o->b->arena, "* No report from s%d ", i)));
	assert_int_equal(say(o, number, 3, true), 0);
	turn(o, HOUR_S);
	assert_string_equal(take_all(o), "alert source-quiet s0 3\nalert source-quiet s1 3\nalert source-quiet s2 3\n");
	close_office(o);
}

/* What mail has to hear goes to it, what the webhook has to hear does not come back; how many that were for mail. */
static int take_by_mail(struct office *o)
{
	struct notice n;
	uint32_t number;
	int taken = 0;

	while (next(o, &n, &number)) {
		if (!(n.outlets & OUTLET_MAIL))
			continue;
		assert_int_equal(say(o, number, OUTLET_MAIL, n.outlets == OUTLET_MAIL), 0);
		taken++;
	}
	return taken;
}

static void test_an_outlet_that_takes_nothing_does_not_keep_the_others_from_hearing(void **state)
{
	enum { SOURCES = sizeof sources / sizeof *sources, APART_S = 170 };
	struct office *o = office_of(*state, SOURCES);
	int taken = 0;

	start(o);
	for (size_t i = 0; i < SOURCES; i++) {
		give_mail(o, i);
		turn(o, APART_S);
	}
	for (size_t i = 0; i < SOURCES; i++) { /* they fall silent one after the other */
		turn(o, STEP_S);
		taken += take_by_mail(o);
	}
	assert_int_equal(taken, SOURCES);
	o->command.config.alerts.mail.url = NULL; /* a webhook that works again hears of all of them */
	close_office(o);
	start(o);
	assert_string_equal(take_all(o), "alert several 20 alerts 2\n");
	close_office(o);
}

static void test_a_rule_that_is_switched_off_ends_in_silence(void **state)
{
	struct office *o = office_of(*state, 1);

	start(o);
	turn(o, HOUR_S);
	assert_string_equal(take_all(o), "alert source-quiet s0 3\n");
	o->command.config.alerts.source_quiet_h = 0;
	turn(o, STEP_S);
	assert_string_equal(take_all(o), "");
	assert_int_equal(table_int(o->b, "SELECT count(*) FROM alert WHERE firing OR heard"), 0);
	close_office(o);
}

static void test_an_outlet_that_is_new_hears_what_fires(void **state)
{
	struct office *o = office_of(*state, 1);
	static const char *const command[] = { "/bin/true", NULL };

	start(o);
	turn(o, HOUR_S);
	assert_string_equal(take_all(o), "alert source-quiet s0 3\n");
	close_office(o);
	o->command.config.alerts.command = command;
	o->command.config.alerts.mail.url = NULL;
	start(o);
	assert_string_equal(take_all(o), "alert source-quiet s0 4\n");
	close_office(o);
}

static void test_nonsense_is_garbled(void **state)
{
	struct office *o = office_of(*state, 1);
	struct frame f = { FRAME_TOLD, 1, SLICE("\x09\x01") };
	struct notice n;
	uint32_t number;

	start(o);
	turn(o, HOUR_S);
	assert_true(next(o, &n, &number));
	assert_int_equal(desk_tell_take(o->desk, &f, o->now_s, &o->b->err), 1);
	f.kind = FRAME_NAME;
	assert_int_equal(desk_tell_take(o->desk, &f, o->now_s, &o->b->err), 1);
	assert_int_equal(say(o, number + 1, 1, false), 1);      /* of no notice */
	assert_int_equal(say(o, number, OUTLET_COMMAND, false), 1); /* was not asked to */
	assert_int_equal(say(o, number, OUTLET_MAIL, true), 1);    /* one is missing */
	assert_int_equal(say(o, number, OUTLET_MAIL, false), 0);
	assert_int_equal(say(o, number, OUTLET_MAIL, false), 1);   /* twice */
	assert_int_equal(say(o, number, OUTLET_WEBHOOK, true), 0);
	assert_int_equal(say(o, number, 0, true), 1);              /* it is gone */
	close_office(o);
}

/* --- the digest: Mondays at 7 --- */

/* 2024-03-04, a Monday. */
enum { MONDAY_S = (DAY + 3) * DAY_SECONDS + 7 * HOUR_S, WEEK_S = 7 * DAY_SECONDS };

static struct office *weekly(struct bench *b, int64_t now_s)
{
	struct office *o = office_of(b, 0);

	o->command.config.alerts.digest_weekday = 1;
	o->command.config.alerts.digest_hour = 7;
	o->now_s = now_s;
	return o;
}

static void test_a_digest_is_sent_when_it_is_due_though_nothing_happened(void **state)
{
	struct office *o = weekly(*state, MONDAY_S - 100);
	struct notice n;
	uint32_t number;

	start(o);
	turn(o, 79);
	assert_false(next(o, &n, &number));
	turn(o, 1);
	assert_true(next(o, &n, &number));
	assert_true(n.kind == NOTICE_DIGEST && n.outlets == 3 && n.since_s == MONDAY_S);
	assert_non_null(strstr(n.title.ptr, "Mon 26 Feb \xe2\x80\x93 Sun 3 Mar 2024: 0 messages"));
	assert_non_null(strstr(n.text.ptr, "No report was ever taken in."));
	assert_non_null(strstr(n.text.ptr, "This comes every Monday at 07:00 UTC"));
	assert_int_equal(say(o, number, 3, true), 0);
	turn(o, STEP_S);
	close_office(o);
	start(o);
	turn(o, STEP_S);
	assert_string_equal(take_all(o), "");
	close_office(o);
}

static void test_a_missed_digest_is_made_up_for_once(void **state)
{
	struct office *o = weekly(*state, MONDAY_S + 50);
	struct notice n;
	uint32_t number;

	start(o);
	turn(o, STEP_S);
	assert_string_equal(take_all(o), ""); /* a new database waits for its first Monday */
	close_office(o);
	o->now_s = MONDAY_S + 3 * WEEK_S + 5 * HOUR_S;
	start(o);
	assert_true(next(o, &n, &number));
	assert_true(n.kind == NOTICE_DIGEST && n.since_s == MONDAY_S + 3 * WEEK_S);
	close_office(o); /* killed before it was taken */
	start(o);
	assert_string_equal(take_all(o), "digest digest weekly 3\n");
	turn(o, STEP_S);
	assert_string_equal(take_all(o), "");
	o->now_s = MONDAY_S + 4 * WEEK_S;
	turn(o, 1);
	assert_string_equal(take_all(o), "digest digest weekly 3\n");
	close_office(o);
}

static void test_a_digest_names_what_fires_and_compares_weeks(void **state)
{
	struct office *o = weekly(*state, MONDAY_S - 2 * HOUR_S);
	struct report *r;
	struct notice n;
	uint32_t number;

	sources[0] = (struct mail_source){ .name = "s0", .type = SOURCE_FOLDER, .path = "/s0" };
	o->command.config.mail_count = 1;
	start(o);
	for (int week = 0; week < 2; week++) {
		r = sample_report(o->b, arena_printf(&o->b->arena, "%d", week), DAY - 7 * week);
		sample_row(o->b, r, "203.0.113.1", 3 + week);
		sample_put(o->b, o->store, r);
	}
	assert_done(o->b, store_commit(o->store, &o->b->err));
	turn(o, HOUR_S);
	assert_string_equal(take_all(o), "alert source-quiet s0 3\n");
	turn(o, HOUR_S);
	assert_true(next(o, &n, &number));
	assert_non_null(strstr(n.title.ptr, "3 messages, 100% untrusted, 1 alert"));
	assert_non_null(strstr(n.text.ptr, "since Mon 4 Mar: No report from s0 for "));
	assert_non_null(strstr(n.text.ptr, "This week        3 of 3 messages untrusted (100%)\nThe week before  4 of 4 messages"));
	close_office(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_each_change_is_told_once),
		bench_test(test_restarts_tell_nothing_twice_and_lose_nothing),
		bench_test(test_what_is_over_before_it_was_told_is_taken_back),
		bench_test(test_mail_that_went_out_while_it_was_taken_back_counts),
		bench_test(test_what_is_so_when_alerts_begin_is_one_notice),
		bench_test(test_many_at_once_are_one_notice_and_few_are_not),
		bench_test(test_an_outlet_that_takes_nothing_does_not_keep_the_others_from_hearing),
		bench_test(test_a_rule_that_is_switched_off_ends_in_silence),
		bench_test(test_an_outlet_that_is_new_hears_what_fires),
		bench_test(test_nonsense_is_garbled),
		bench_test(test_a_digest_is_sent_when_it_is_due_though_nothing_happened),
		bench_test(test_a_missed_digest_is_made_up_for_once),
		bench_test(test_a_digest_names_what_fires_and_compares_weeks),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("desk_tell", tests, NULL, NULL);
}
