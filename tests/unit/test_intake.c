/* test_intake: whatever the parser does, each message is answered once, and only a guilty one is refused.
 * The parser is this program started anew: as the real role, or, where RUAD_TEST_PARSER says so, as one that
 * misbehaves. */
#include "base/text.h"
#include "daemon/channel.h"
#include "daemon/intake.h"
#include "daemon/role_parse.h"
#include "schema/limits.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { MOST = 1024, ROLE_FD = 3 };

#define PARSER "RUAD_TEST_PARSER"

static const struct message_limits limits = { LIMIT_MAIL_BYTES, LIMIT_PART_BYTES, LIMIT_EXPANDED_BYTES, LIMIT_ROWS };

struct seen {
	struct arena arena;
	struct err err;
	struct intake *in;
	int reports[MOST], rejects[MOST], done[MOST];
	enum reject_code code[MOST];
	int order[MOST], answered; /* numbers as they were done */
	int kill_at; /* when this one is done, the parser is killed; 0 never */
	int fail_at; /* when this one is done, the sink fails */
};

/* --- the test's end --- */

static int number_of(const struct intake_item *item)
{
	int64_t n = 0;

	assert_true(text_int(item->label, &n));
	assert_in_range(n, 1, MOST - 1);
	return (int)n;
}

/* The parsers: children of this process. */
static size_t parsers(pid_t *pid, size_t room)
{
	FILE *f = fopen("/proc/thread-self/children", "r");
	size_t n = 0;
	int one;

	assert_non_null(f);
	while (n < room && fscanf(f, "%d", &one) == 1)
		pid[n++] = one;
	fclose(f);
	return n;
}

static void kill_parser(void)
{
	pid_t pid;

	assert_int_equal(parsers(&pid, 1), 1);
	assert_int_equal(kill(pid, SIGKILL), 0);
}

static int on_report(void *ctx, const struct intake_item *item, const struct report *r, struct err *err)
{
	struct seen *s = ctx;
	int n = number_of(item);

	s->reports[n]++;
	assert_int_equal(s->done[n], 0);
	assert_true(slice_is(r->domain, "univ.example") && slice_eq(r->report_id, item->label));
	return 0;
}

static int on_tls(void *ctx, const struct intake_item *item, const struct tls_report *r, struct err *err)
{
	fail_msg("a TLS report nobody sent");
	return -1;
}

static int on_failure(void *ctx, const struct intake_item *item, const struct failure_report *r, struct err *err)
{
	fail_msg("a failure report nobody sent");
	return -1;
}

static int on_reject(void *ctx, const struct intake_item *item, const struct reject *r, struct err *err)
{
	struct seen *s = ctx;

	s->rejects[number_of(item)]++;
	s->code[number_of(item)] = r->code;
	return 0;
}

static int on_done(void *ctx, const struct intake_item *item, struct err *err)
{
	struct seen *s = ctx;
	int n = number_of(item);

	s->done[n]++;
	s->order[s->answered++] = n;
	if (n == s->kill_at)
		kill_parser();
	return n == s->fail_at ? err_set(err, ERR_SYSTEM, "sink: full") : 0;
}

static int ended(void **state)
{
	struct seen *s = *state;
	pid_t pid;

	*state = NULL;
	if (s == NULL)
		return 0;
	intake_free(s->in);
	arena_release(&s->arena);
	free(s);
	assert_int_equal(parsers(&pid, 1), 0);
	return 0;
}

static int teardown(void **state)
{
	unsetenv(PARSER);
	return ended(state);
}

static struct seen *started(void **state, int how_many)
{
	struct seen *s = calloc(1, sizeof *s);
	const struct intake_sink sink = { on_report, on_tls, on_failure, on_reject, on_done, s };

	assert_non_null(s);
	*state = s;
	if (intake_start(&limits, how_many, &sink, &s->in, &s->err) != 0)
		fail_msg("%s", s->err.text);
	return s;
}

static int put_text(struct seen *s, int number, const char *text)
{
	char label[16];

	snprintf(label, sizeof label, "%d", number);
	return intake_put(s->in, slice_of(label), strdup(text), strlen(text), true, &s->err);
}

static void put(struct seen *s, int number, const char *text)
{
	if (put_text(s, number, text) != 0)
		fail_msg("%s", s->err.text);
}

static void put_report(struct seen *s, int number)
{
	put(s, number,
	    arena_printf(&s->arena,
			 "<feedback><report_metadata><org_name>Receiver</org_name><report_id>%d"
			 "</report_id><date_range><begin>1709251200</begin><end>1709337599</end></date_range>"
			 "</report_metadata><policy_published><domain>univ.example</domain><p>none</p>"
			 "</policy_published><record><row><source_ip>192.0.2.1</source_ip><count>1</count>"
			 "</row><identifiers><header_from>univ.example</header_from></identifiers></record>"
			 "</feedback>",
			 number));
}

static void finish(struct seen *s)
{
	if (intake_finish(s->in, &s->err) != 0)
		fail_msg("%s", s->err.text);
}

/* Every message from `first` to `last` was answered once, but for the one refused. */
static void assert_answered(const struct seen *s, int first, int last, int refused)
{
	for (int n = first; n <= last; n++) {
		assert_int_equal(s->done[n], 1);
		assert_int_equal(s->rejects[n], n == refused);
	}
	if (refused > 0)
		assert_int_equal(s->code[refused], REJECT_DIED);
	assert_int_equal(s->answered, last - first + 1);
}

/* --- the parser's end, misbehaving --- */

static void misbehave(struct channel *c, const char *how, uint32_t message)
{
	static const uint32_t nonsense[3] = { 4, FRAME_KINDS, 1 };

	if (strcmp(how, "dies") == 0)
		raise(SIGABRT);
	else if (strcmp(how, "garbles") == 0)
		buf_add(&c->out, nonsense, sizeof nonsense);
	else if (strcmp(how, "undecodable") == 0)
		channel_put(c, FRAME_REPORT, message, SLICE("no report"), SLICE(""));
	else if (strcmp(how, "answers-another") == 0)
		channel_put(c, FRAME_DONE, message + 1, SLICE(""), SLICE(""));
	else if (strcmp(how, "asks") == 0)
		channel_put(c, FRAME_MESSAGE, message, SLICE(""), SLICE(""));
	else if (strcmp(how, "leaves") == 0)
		exit(0);
}

/* Refuses each message, as a parser may, and misbehaves at the one that says so. */
static int bad_parser(const char *how)
{
	const struct reject empty = { .code = REJECT_EMPTY };
	struct channel c;
	struct frame f;
	struct buf wire;

	channel_init(&c, ROLE_FD);
	buf_init(&wire, 4096);
	reject_encode(&wire, &empty);
	if (strcmp(how, "never-starts") == 0)
		return 1;
	channel_put(&c, FRAME_HELLO, 0, SLICE("\x07"), SLICE("")); /* every level there is */
	for (;;) {
		while (channel_next(&c, &f) == 1) {
			if (memmem(f.body.ptr, f.body.len, "MISBEHAVE", 9) != NULL)
				misbehave(&c, how, f.message);
			channel_put(&c, FRAME_REJECT, f.message, buf_slice(&wire), SLICE(""));
			channel_put(&c, FRAME_DONE, f.message, SLICE(""), SLICE(""));
		}
		if (channel_flush(&c, true) != 0 || channel_fill(&c) < 0)
			return 0;
	}
}

/* --- tests --- */

static void test_answers_come_in_the_order_of_questions(void **state)
{
	struct seen *s = started(state, 1);

	assert_int_equal(intake_sandbox_level(s->in), -1);
	for (int n = 1; n <= 700; n++) /* more than may be under way at once */
		put_report(s, n);
	finish(s);
	assert_answered(s, 1, 700, 0);
	for (int n = 1; n <= 700; n++) {
		assert_int_equal(s->order[n - 1], n);
		assert_int_equal(s->reports[n], 1);
	}
	assert_true(intake_sandbox_level(s->in) >= 0);
	assert_int_equal(intake_deaths(s->in), 0);
	ended(state);
}

static void test_several_parsers_answer_each_question_once(void **state)
{
	struct seen *s = started(state, 3);
	pid_t pid[8];

	assert_int_equal(parsers(pid, 8), 3);
	for (int n = 1; n <= 500; n++)
		put_report(s, n);
	finish(s);
	assert_answered(s, 1, 500, 0);
	ended(state);
}

static void test_what_holds_no_report_is_answered_too(void **state)
{
	struct seen *s = started(state, 1);

	put(s, 1, "");
	put(s, 2, "just text");
	put_report(s, 3);
	finish(s);
	assert_int_equal(s->answered, 3);
	assert_true(s->rejects[1] == 1 && s->rejects[2] == 1 && s->rejects[3] == 0 && s->reports[3] == 1);
	assert_int_equal(s->code[1], REJECT_EMPTY);
	finish(s); /* nothing waits */
	ended(state);
}

static void test_a_killed_parser_loses_nothing(void **state)
{
	struct seen *s = started(state, 1);
	int twice = 0;

	s->kill_at = 3;
	for (int n = 1; n <= 200; n++)
		put_report(s, n);
	finish(s);
	assert_answered(s, 1, 200, 0);
	for (int n = 1; n <= 200; n++) {
		assert_in_range(s->reports[n], 1, 2);
		twice += s->reports[n] == 2;
	}
	assert_in_range(twice, 0, 1); /* the one that was half answered */
	ended(state);
}

static void test_a_parser_killed_while_idle_is_replaced(void **state)
{
	struct seen *s = started(state, 1);

	put_report(s, 1);
	finish(s);
	kill_parser();
	for (int n = 2; n <= 20; n++)
		put_report(s, n);
	finish(s);
	assert_answered(s, 1, 20, 0);
	ended(state);
}

static void assert_only_the_guilty_is_refused(void **state, const char *how, int guilty)
{
	struct seen *s;

	setenv(PARSER, how, 1);
	s = started(state, 1);
	for (int n = 1; n <= 300; n++)
		put(s, n, n == guilty ? "MISBEHAVE" : "harmless");
	finish(s);
	for (int n = 1; n <= 300; n++) {
		assert_int_equal(s->done[n], 1);
		assert_in_range(s->rejects[n], 1, n == guilty ? 3 : 1);
		assert_int_equal(s->code[n], n == guilty ? REJECT_DIED : REJECT_EMPTY);
	}
	assert_int_equal(intake_deaths(s->in), 2);
	put(s, 301, "harmless"); /* and the next is asked as ever */
	finish(s);
	assert_int_equal(s->code[301], REJECT_EMPTY);
	ended(state);
}

static void test_a_message_that_kills_twice_is_refused_alone(void **state)
{
	assert_only_the_guilty_is_refused(state, "dies", 1);
	assert_only_the_guilty_is_refused(state, "dies", 150);
	assert_only_the_guilty_is_refused(state, "dies", 300);
	assert_only_the_guilty_is_refused(state, "leaves", 150);
}

static void test_a_garbled_answer_ends_its_sender(void **state)
{
	assert_only_the_guilty_is_refused(state, "garbles", 150);
	assert_only_the_guilty_is_refused(state, "undecodable", 150);
}

static void test_an_answer_to_another_question_is_not_believed(void **state)
{
	assert_only_the_guilty_is_refused(state, "answers-another", 150);
	assert_only_the_guilty_is_refused(state, "asks", 150);
}

static void test_two_guilty_ones_are_both_found(void **state)
{
	struct seen *s;

	setenv(PARSER, "dies", 1);
	s = started(state, 1);
	for (int n = 1; n <= 50; n++)
		put(s, n, n == 20 || n == 21 ? "MISBEHAVE" : "harmless");
	finish(s);
	for (int n = 1; n <= 50; n++) {
		assert_int_equal(s->done[n], 1);
		assert_int_equal(s->code[n], n == 20 || n == 21 ? REJECT_DIED : REJECT_EMPTY);
	}
	ended(state);
}

static void test_a_parser_that_never_starts_is_said_and_not_tried_for_ever(void **state)
{
	struct seen *s;

	setenv(PARSER, "never-starts", 1);
	s = started(state, 1);
	put(s, 1, "harmless");
	assert_int_equal(intake_finish(s->in, &s->err), -1);
	assert_int_equal(s->err.kind, ERR_SYSTEM);
	assert_int_equal(s->answered, 0); /* nothing was refused for it */
	ended(state);
}

static void test_a_failing_sink_ends_everything(void **state)
{
	struct seen *s = started(state, 1);
	int n = 1, rc = 0;

	s->fail_at = 5;
	for (; n <= 600 && rc == 0; n++)
		rc = put_text(s, n, "");
	if (rc == 0)
		rc = intake_finish(s->in, &s->err);
	assert_int_equal(rc, -1);
	assert_string_equal(s->err.text, "sink: full");
	assert_int_equal(s->answered, 5);
	ended(state);
}

static void test_large_messages_go_through(void **state)
{
	struct seen *s = started(state, 1);
	size_t n = 12 * 1000 * 1000;
	char label[16];

	for (int i = 1; i <= 4; i++) {
		char *bytes = malloc(n);

		assert_non_null(bytes);
		memset(bytes, 'x', n);
		snprintf(label, sizeof label, "%d", i);
		if (intake_put(s->in, slice_of(label), bytes, n, true, &s->err) != 0)
			fail_msg("%s", s->err.text);
	}
	finish(s);
	for (int i = 1; i <= 4; i++)
		assert_true(s->done[i] == 1 && s->rejects[i] == 1 && s->code[i] != REJECT_DIED);
	ended(state);
}

/* Some supervisors start programs with SIGCHLD ignored, and exec keeps that: wait() then has no child to give. */
static void test_ignored_children_do_not_hang_the_end(void **state)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		const struct intake_sink sink = { on_report, on_tls, on_failure, on_reject, on_done, NULL };
		struct intake *in;

		alarm(5); /* ends what hangs */
		signal(SIGCHLD, SIG_IGN);
		if (intake_start(&limits, 1, &sink, &in, NULL) != 0)
			_exit(1);
		intake_free(in);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void test_freeing_in_the_middle_leaves_no_process(void **state)
{
	struct seen *s = started(state, 2);

	for (int n = 1; n <= 100; n++)
		put_report(s, n);
	ended(state); /* and looks for children */
	intake_free(NULL);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_answers_come_in_the_order_of_questions, teardown),
		cmocka_unit_test_teardown(test_several_parsers_answer_each_question_once, teardown),
		cmocka_unit_test_teardown(test_what_holds_no_report_is_answered_too, teardown),
		cmocka_unit_test_teardown(test_a_killed_parser_loses_nothing, teardown),
		cmocka_unit_test_teardown(test_a_parser_killed_while_idle_is_replaced, teardown),
		cmocka_unit_test_teardown(test_a_message_that_kills_twice_is_refused_alone, teardown),
		cmocka_unit_test_teardown(test_a_garbled_answer_ends_its_sender, teardown),
		cmocka_unit_test_teardown(test_an_answer_to_another_question_is_not_believed, teardown),
		cmocka_unit_test_teardown(test_two_guilty_ones_are_both_found, teardown),
		cmocka_unit_test_teardown(test_a_parser_that_never_starts_is_said_and_not_tried_for_ever, teardown),
		cmocka_unit_test_teardown(test_a_failing_sink_ends_everything, teardown),
		cmocka_unit_test_teardown(test_large_messages_go_through, teardown),
		cmocka_unit_test_teardown(test_ignored_children_do_not_hang_the_end, teardown),
		cmocka_unit_test_teardown(test_freeing_in_the_middle_leaves_no_process, teardown),
	};

	if (role_parse_is_asked(argc, argv))
		return getenv(PARSER) != NULL ? bad_parser(getenv(PARSER)) : role_parse_run(argv);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("intake", tests, NULL, NULL);
}
