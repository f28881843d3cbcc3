/* test_relabel: a dry run reads as what would happen, and a mistake in ruad.conf can be seen before it is in force. */
#include "daemon/relabel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static struct buf out;

static int setup(void **state)
{
	(void)state;
	buf_init(&out, 4096);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	buf_release(&out);
	return 0;
}

static void assert_text(struct moves moves, const char *expected)
{
	buf_clear(&out);
	relabel_text(&out, &moves);
	buf_add_char(&out, '\0');
	assert_string_equal(out.data, expected);
}

static void test_each_move_is_a_line_and_the_last_their_sum(void **state)
{
	struct move lines[] = {
		{ .to = SLICE("Mail relays"), .from_kind = KIND_UNKNOWN, .to_kind = KIND_OURS, .messages = 1234, .rows = 12 },
		{ .from = SLICE("SendGrid"), .from_kind = KIND_SERVICE, .to_kind = KIND_UNKNOWN, .messages = 5, .rows = 2 },
		{ .from = SLICE("A"), .to = SLICE("A"), .from_kind = KIND_LIST, .to_kind = KIND_FORWARDER, .messages = 1,
		  .rows = 1 },
	};

	(void)state;
	assert_text((struct moves){ lines, 3, 1240, 15 },
		    "        1234  no rule -> Mail relays (ours)\n"
		    "           5  SendGrid (service) -> no rule\n"
		    "           1  A (list) -> A (forwarder)\n"
		    "1240 messages in 15 rows would move.\n");
}

static void test_no_move_is_said(void **state)
{
	(void)state;
	assert_text((struct moves){ 0 }, "Nothing would move.\n");
}

static int put_report(struct store *s, int64_t received_s, struct err *err)
{
	struct row listed = { .source_ip = SLICE("203.0.113.1"), .count = 3, .header_from = SLICE("univ.example"),
			      .envelope_from = SLICE("lists.other.example"), .dkim = SLICE("fail"), .spf = SLICE("fail") };
	struct row row = { .source_ip = SLICE("192.0.2.1"), .count = 7, .header_from = SLICE("univ.example"),
			   .dkim = SLICE("fail"), .spf = SLICE("fail"), .next = &listed };
	struct report r = { .complete = true, .org_name = SLICE("A"), .report_id = SLICE("1"), .begin = 19783 * 86400LL,
			    .end = 19784 * 86400LL, .domain = SLICE("univ.example"), .pct = REPORT_NO_PCT, .rows = &row,
			    .row_count = 2 };
	enum stored how;

	return store_report(s, &r, (struct slice){ 0 }, received_s, &how, err) == 0 ? store_commit(s, err) : -1;
}

/* What relabel_print writes to standard output. */
static const char *printed(const struct command *c, int *code)
{
	static char text[1024];
	int pipes[2], saved = dup(STDOUT_FILENO);
	ssize_t n;

	fflush(stdout);
	assert_int_equal(pipe(pipes), 0);
	dup2(pipes[1], STDOUT_FILENO);
	*code = relabel_print(c);
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	close(pipes[1]);
	n = read(pipes[0], text, sizeof text - 1);
	close(pipes[0]);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void test_the_rules_of_the_configuration_are_tried_and_not_applied(void **state)
{
	char folder[] = "/tmp/ruad-relabel-XXXXXX", path[64], command[96];
	struct network net;
	struct source_rule rule = { .name = SLICE("Relays"), .kind = KIND_OURS, .networks = &net, .network_count = 1 };
	struct arena arena = { 0 };
	struct command c = { .arena = &arena };
	struct suffixes *list = NULL;
	struct store *s = NULL;
	struct err err;
	int code;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/ruad.db", folder);
	config_defaults(&c.config);
	c.config.database.path = path;
	assert_int_equal(suffixes_open(NULL, &list, &err), 0);
	c.suffixes = list;
	assert_int_equal(command_open_store(&c, &s, &err), 0);
	assert_int_equal(put_report(s, 19785 * 86400LL, &err), 0);
	store_close(s);
	assert_string_equal(printed(&c, &code), "Nothing would move.\n");
	assert_true(network_parse(SLICE("192.0.2.0/24"), &net));
	c.config.sources = (struct source_rules){ &rule, 1 };
	for (int twice = 0; twice < 2; twice++) {
		assert_string_equal(printed(&c, &code), "           7  no rule -> Relays (ours)\n"
							"7 messages in 1 row would move.\n");
		assert_int_equal(code, EXIT_DONE);
	}
	assert_int_equal(command_open_store(&c, &s, &err), 0);
	store_close(s);
	assert_string_equal(printed(&c, &code), "Nothing would move.\n");
	suffixes_free(list);
	arena_release(&arena);
	snprintf(command, sizeof command, "rm -r %s", folder);
	assert_int_equal(system(command), 0);
}

static void test_verdicts_that_changed_are_told_by_rule(void **state)
{
	struct verdict_move lines[] = {
		{ .from = VERDICT_UNKNOWN, .to = VERDICT_FORWARD_BREAKS, .from_rule = SLICE("unknown"), .to_rule = SLICE("signature-broken"),
		  .messages = 7, .rows = 2 },
		{ .from = VERDICTS, .to = VERDICT_SOUND, .from_rule = SLICE("old"), .to_rule = SLICE("sound"), .messages = 1, .rows = 1 },
	};

	(void)state;
	buf_clear(&out);
	relabel_verdicts_text(&out, &(struct verdict_moves){ .known = true, .item = lines, .n = 2 });
	buf_add_char(&out, '\0');
	assert_string_equal(out.data, "7 messages in 2 rows: Unknown -> Forwarded, DKIM breaks (rule unknown -> signature-broken)\n"
				      "1 message in 1 row: a verdict of another version -> Sound (rule old -> sound)\n");
	buf_clear(&out);
	relabel_verdicts_text(&out, &(struct verdict_moves){ .known = true });
	assert_int_equal(out.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verdicts_that_changed_are_told_by_rule),
		cmocka_unit_test(test_each_move_is_a_line_and_the_last_their_sum),
		cmocka_unit_test(test_no_move_is_said),
		cmocka_unit_test(test_the_rules_of_the_configuration_are_tried_and_not_applied),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("relabel", tests, setup, teardown);
}
