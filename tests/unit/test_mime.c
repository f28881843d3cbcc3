/* test_mime: every leaf of a mail is found and decoded, whatever the sender wrote around it, and none is found twice.
 */
#include "parsers/mime.h"

#include "sample.h"
#include "schema/limits.h"

static struct arena arena;

static int setup(void **state)
{
	mime_init();
	return 0;
}

static int clear(void **state)
{
	arena_release(&arena);
	return 0;
}

static struct {
	struct buf log; /* "member type [body];" of each leaf, "!code;" of each refusal */
	int leaves, refusals;
	enum reject_code code;
} seen;

static void on_leaf(void *ctx, const struct mime_leaf *leaf)
{
	seen.leaves++;
	buf_add_slice(&seen.log, leaf->member);
	buf_addf(&seen.log, " %.*s [", (int)leaf->type.len, leaf->type.ptr);
	buf_add(&seen.log, leaf->body.ptr, leaf->body.len < 60 ? leaf->body.len : 60);
	buf_add_text(&seen.log, "];");
}

static void on_refused(void *ctx, enum reject_code code, const char *detail, struct slice member)
{
	seen.refusals++;
	seen.code = code;
	assert_true(strlen(detail) > 0);
	buf_addf(&seen.log, "!%s;", reject_name(code));
}

static void walk_in(struct slice mail, struct slice member)
{
	const struct mime_visitor visitor = { on_leaf, on_refused, NULL };

	buf_release(&seen.log);
	memset(&seen, 0, sizeof seen);
	buf_init(&seen.log, 1 << 20);
	mime_walk(&arena, mail, member, &visitor);
}

static void walk(struct slice mail)
{
	walk_in(mail, (struct slice){ 0 });
}

#define assert_seen(expected) assert_slice(buf_slice(&seen.log), expected)
#define PLAIN "Content-Type: text/plain\n"

static void test_a_body_without_parts_is_a_leaf(void **state)
{
	walk(sample_mail_of(&arena,
			    (struct sample_part){ "Content-Type: Application/ZIP; name=a.zip\n", SLICE("PK") }));
	assert_seen("part1(a.zip) application/zip [PK];");
	walk(SLICE("From: a@b.example\nTo: c@d.example\n\nbody"));
	assert_seen("part1 text/plain [body];");
}

static void test_encodings_are_taken_off(void **state)
{
	struct slice binary = { "\0\1\2\xff<a=\n", 8 };
	struct sample_part parts[] = {
		{ PLAIN "Content-Transfer-Encoding: base64\n", sample_base64(&arena, SLICE("in base64")) },
		{ PLAIN "Content-Transfer-Encoding: quoted-printable\n", sample_quoted(&arena, SLICE("a=b \xc3\xbc")) },
		{ PLAIN "Content-Transfer-Encoding: 8bit\n", SLICE("as it is") },
		{ PLAIN "Content-Transfer-Encoding: X-unheard-of\n", SLICE("as it is") },
		{ "Content-Type: application/gzip\nContent-Transfer-Encoding: BASE64\n",
		  sample_base64(&arena, binary) },
	};

	walk(sample_mail(&arena, parts, 4));
	assert_seen("part1 text/plain [in base64];part2 text/plain [a=b \xc3\xbc];part3 text/plain [as it is];"
		    "part4 text/plain [as it is];");
	walk(sample_mail_of(&arena, parts[4]));
	assert_int_equal(seen.leaves, 1);
	assert_true(memmem(seen.log.data, seen.log.len, binary.ptr, binary.len) != NULL);
}

static void test_long_base64_arrives_to_the_byte(void **state)
{
	for (size_t n = 1; n < 400; n += 13) {
		struct slice body = sample_noise(&arena, n);
		struct sample_part part = sample_attached(&arena, "text/xml", "a", body);

		walk(sample_crlf(&arena, sample_mail(&arena, &part, 1)));
		assert_int_equal(seen.leaves, 1);
		assert_true(memmem(seen.log.data, seen.log.len, body.ptr, n < 60 ? n : 60) != NULL);
	}
}

static void test_parts_are_numbered_in_order_through_all_nesting(void **state)
{
	struct sample_part inner[] = { { PLAIN, SLICE("one") }, { "Content-Type: text/html\n", SLICE("two") } };
	struct sample_part outer[] = { sample_multipart(&arena, "inner", inner, 2), { PLAIN, SLICE("three") } };

	walk(sample_mail(&arena, outer, 2));
	assert_seen("part1 text/plain [one];part2 text/html [two];part3 text/plain [three];");
}

static void test_attached_mails_are_walked_into(void **state)
{
	struct sample_part inner = { PLAIN, SLICE("inner") };
	struct sample_part outer[] = { { PLAIN, SLICE("outer") },
				       { "Content-Type: message/rfc822\n", sample_mail(&arena, &inner, 1) } };

	walk(sample_mail(&arena, outer, 2));
	assert_seen("part1 text/plain [outer];part2 text/plain [inner];");
}

/* RFC 2231: Amazon SES splits its names (FORMATS 2.2). */
static void test_split_and_encoded_names_become_one(void **state)
{
	static const char *const headers[][2] = {
		{ "Content-Type: application/octet-stream\nContent-Disposition: attachment;\n"
		" filename*0=\"a!b.example!1\";\n"
		  " filename*1=\"!2.xml.gz\"\n",
		  "part1(a!b.example!1!2.xml.gz) " },
		{ "Content-Type: application/octet-stream;\n name*0=\"a!b\"; name*1=\".xml\"\n", "part1(a!b.xml) " },
		{ "Content-Type: text/xml\nContent-Disposition: attachment; filename*=utf-8''b%C3%BCcher.xml\n",
		  "part1(b\xc3\xbc"
		  "cher.xml) " },
		{ "Content-Type: text/xml\nContent-Disposition: attachment;"
		" filename=\"=?utf-8?Q?b=C3=BCcher=2Exml?=\"\n",
		  "part1(b\xc3\xbc"
		  "cher.xml) " },
	};

	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
		walk(sample_mail_of(&arena, (struct sample_part){ headers[i][0], SLICE("x") }));
		if (strncmp(seen.log.data, headers[i][1], strlen(headers[i][1])) != 0)
			fail_msg("%.*s", (int)seen.log.len, seen.log.data);
	}
}

static void test_the_outer_member_stands_before_the_names(void **state)
{
	struct sample_part part = { PLAIN, SLICE("x") };

	walk_in(sample_mail(&arena, &part, 1), SLICE("mails.zip!a.eml"));
	assert_seen("mails.zip!a.eml!part1 text/plain [x];");
}

static void test_parts_over_the_ceiling_are_refused_once(void **state)
{
	struct sample_part parts[LIMIT_MIME_PARTS + 20];

	for (int i = 0; i < LIMIT_MIME_PARTS + 20; i++)
		parts[i] = (struct sample_part){ PLAIN, SLICE("x") };
	walk(sample_mail(&arena, parts, LIMIT_MIME_PARTS));
	assert_true(seen.leaves == LIMIT_MIME_PARTS && seen.refusals == 0);
	walk(sample_mail(&arena, parts, LIMIT_MIME_PARTS + 20));
	assert_true(seen.leaves == LIMIT_MIME_PARTS && seen.refusals == 1);
	assert_int_equal(seen.code, REJECT_TOO_MANY);
}

static struct slice nested(int depth)
{
	struct sample_part part = { PLAIN, SLICE("deep") };

	for (int i = 0; i < depth; i++)
		part = sample_multipart(&arena, arena_printf(&arena, "b%d", i), &part, 1);
	return sample_mail_of(&arena, part);
}

static void test_nesting_over_the_ceiling_is_refused(void **state)
{
	walk(nested(LIMIT_MIME_DEPTH));
	assert_seen("part1 text/plain [deep];");
	walk(nested(LIMIT_MIME_DEPTH + 1));
	assert_seen("!too-deep;");
}

static void test_nesting_without_end_does_not_exhaust_the_stack(void **state)
{
	struct buf mail;

	walk(nested(300));
	assert_seen("!too-deep;");
	buf_init(&mail, 64 << 20);
	for (int i = 0; i < 100000; i++)
		buf_addf(&mail, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i);
	walk(buf_slice(&mail));
	assert_true(seen.leaves + seen.refusals <= 1);
	buf_clear(&mail);
	for (int i = 0; i < 100000; i++)
		buf_add_text(&mail, "Content-Type: message/rfc822\n\n");
	walk(buf_slice(&mail));
	assert_true(seen.leaves + seen.refusals <= 1);
	buf_release(&mail);
}

static void test_what_is_no_mail_has_no_leaf_of_nothing(void **state)
{
	walk(SLICE(""));
	assert_int_equal(seen.refusals, 0);
	walk(SLICE("\0\0\0"));
	walk(SLICE("\n\n\n"));
	walk(SLICE("no header at all"));
	walk((struct slice){ sample_repeat(&arena, "\xff", 5000).ptr, 5000 });
	assert_int_equal(seen.refusals, 0);
}

static void test_a_multipart_that_is_cut_gives_the_parts_that_were_there(void **state)
{
	struct sample_part parts[] = { { PLAIN, SLICE("one") }, { PLAIN, SLICE("two") } };
	struct slice mail = sample_mail(&arena, parts, 2);

	mail.len = sample_at(mail, "two") + 1;
	walk(mail);
	assert_seen("part1 text/plain [one];part2 text/plain [t];");
}

static void test_no_cut_or_flipped_mail_crashes(void **state)
{
	struct sample_part inner =
		sample_attached(&arena, "application/gzip", "b\xc3\xbc.gz", sample_noise(&arena, 100));
	struct sample_part parts[] = { { PLAIN, SLICE("one") },
				       { "Content-Type: message/rfc822\n", sample_mail(&arena, &inner, 1) } };
	struct slice mail = sample_mail(&arena, parts, 2);
	char *copy = arena_copy(&arena, mail.ptr, mail.len);

	for (size_t n = 0; n < mail.len; n += 3) {
		char *exact = malloc(n + 1);

		assert_non_null(exact);
		memcpy(exact, mail.ptr, n);
		walk((struct slice){ exact, n });
		free(exact);
		copy[n] = (char)(copy[n] ^ (1 << n % 8));
		walk((struct slice){ copy, mail.len });
		copy[n] = mail.ptr[n];
	}
}

static void test_fields_of_a_feedback_report_are_kept_where_its_blank_line_is_missing(void **state)
{
	struct sample_part part = { "Content-Type: message/feedback-report\nFeedback-Type: auth-failure\n", SLICE("") };

	walk(sample_mail(&arena, &part, 1));
	assert_int_equal(seen.leaves, 1);
	assert_true(memmem(seen.log.data, seen.log.len, "message/feedback-report", 23) != NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, clear)
		TEST(test_a_body_without_parts_is_a_leaf),
		TEST(test_encodings_are_taken_off),
		TEST(test_long_base64_arrives_to_the_byte),
		TEST(test_parts_are_numbered_in_order_through_all_nesting),
		TEST(test_attached_mails_are_walked_into),
		TEST(test_split_and_encoded_names_become_one),
		TEST(test_the_outer_member_stands_before_the_names),
		TEST(test_parts_over_the_ceiling_are_refused_once),
		TEST(test_nesting_over_the_ceiling_is_refused),
		TEST(test_nesting_without_end_does_not_exhaust_the_stack),
		TEST(test_what_is_no_mail_has_no_leaf_of_nothing),
		TEST(test_a_multipart_that_is_cut_gives_the_parts_that_were_there),
		TEST(test_no_cut_or_flipped_mail_crashes),
		TEST(test_fields_of_a_feedback_report_are_kept_where_its_blank_line_is_missing),
	};
	int failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = cmocka_run_group_tests_name("mime", tests, setup, NULL);
	buf_release(&seen.log);
	return failed;
}
