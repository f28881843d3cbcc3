/* test_notice_form: whatever stands in a notice, the mail has the headers it is meant to have and a body that says the same, and
 * the JSON is one object. */
#include "daemon/notice_form.h"

#include "sample.h"

#include <ctype.h>
#include <jansson.h>
#include <nettle/base64.h>

static struct arena arena;
static struct buf out;

static const char *const to[] = { "postmaster@univ.example", "dmarc-team@univ.example", NULL };
static const struct alert_mail config = { .from = "ruad@univ.example", .to = to };
enum { NOW = 1790000000 }; /* Mon 21 Sep 2026 14:13:20 */

static int teardown(void **state)
{
	buf_release(&out);
	arena_release(&arena);
	return 0;
}

static struct notice notice_of(const char *title, const char *text)
{
	return (struct notice){ .id = 7, .kind = NOTICE_ALERT, .outlets = OUTLETS_ALL, .since_s = NOW - 60, .rule = SLICE("source-quiet"),
				.subject = SLICE("reports"), .title = slice_of(title), .text = slice_of(text), .path = SLICE("/records?class=untrusted") };
}

static const char *mail_of(const struct notice *n)
{
	buf_release(&out);
	buf_init(&out, 1 << 20);
	notice_mail(&out, n, &config, NOW);
	assert_false(out.full);
	buf_add_char(&out, '\0');
	return out.data;
}

/* Every line of the header: "Name: value" or folded; no bare CR or LF, nothing but ASCII, 76 characters of a line. */
static void assert_header_is_sound(const char *mail)
{
	const char *end = strstr(mail, "\r\n\r\n");

	assert_non_null(end);
	for (const char *p = mail; p < end + 2;) {
		const char *line_end = strstr(p, "\r\n");
		size_t len = (size_t)(line_end - p);

		assert_true(len > 0 && len <= 998);
		for (size_t i = 0; i < len; i++)
			assert_true(p[i] >= ' ' && p[i] <= '~');
		assert_true(*p == ' ' || (isalpha(*p) && memchr(p, ':', len) != NULL));
		p = line_end + 2;
	}
}

static const char *decoded(const char *text, size_t n)
{
	struct base64_decode_ctx ctx;
	char *to_ = arena_alloc(&arena, n + 4);
	size_t got = n;

	base64_decode_init(&ctx);
	assert_true(base64_decode_update(&ctx, &got, (uint8_t *)to_, n, text));
	assert_true(base64_decode_final(&ctx));
	to_[got] = '\0';
	return to_;
}

static const char *body_of(const char *mail)
{
	const char *body = strstr(mail, "\r\n\r\n") + 4;

	for (const char *p = body; *p != '\0'; p = strstr(p, "\r\n") + 2)
		assert_true(strstr(p, "\r\n") - p <= 76);
	return decoded(body, strlen(body));
}

/* Its encoded words put together (RFC 2047). */
static const char *subject_of(const char *mail)
{
	const char *p = strstr(mail, "\r\nSubject:") + 10, *text = "";

	do {
		const char *word = p + 1 + strlen("=?UTF-8?B?"), *end = strstr(word, "?=");

		assert_true(*p == ' ' && strncmp(p + 1, "=?UTF-8?B?", 10) == 0 && end + 2 - (p + 1) <= 75);
		text = arena_printf(&arena, "%s%s", text, decoded(word, (size_t)(end - word)));
		p = end + 4;
	} while (*p == ' ');
	return text;
}

static const char *json_of(const struct notice *n)
{
	buf_release(&out);
	buf_init(&out, 1 << 20);
	notice_json(&out, n);
	assert_false(out.full);
	buf_add_char(&out, '\0');
	return out.data;
}

static void test_a_mail_says_what_the_notice_says(void **state)
{
	const struct notice n = notice_of("No report from reports for 36 hours", "First line.\nZweite Zeile: \xc3\xbc\n");
	const char *mail = mail_of(&n);

	assert_header_is_sound(mail);
	assert_non_null(strstr(mail, "From: ruad <ruad@univ.example>\r\nTo: <postmaster@univ.example>,\r\n <dmarc-team@univ.example>\r\n"));
	assert_non_null(strstr(mail, "\r\nDate: Mon, 21 Sep 2026 14:13:20 +0000\r\n"));
	assert_non_null(strstr(mail, "\r\nMessage-ID: <ruad.7.1789999940@univ.example>\r\n"));
	assert_non_null(strstr(mail, "\r\nAuto-Submitted: auto-generated\r\n"));
	assert_string_equal(subject_of(mail), "ruad: No report from reports for 36 hours");
	assert_string_equal(body_of(mail),
			    "First line.\r\nZweite Zeile: \xc3\xbc\r\n\r\nWhere to look: /records?class=untrusted\r\n");
}

static void test_what_is_over_says_so_in_its_subject(void **state)
{
	struct notice n = notice_of("No report", "x\n");

	n.kind = NOTICE_CLEARED;
	n.path = SLICE("");
	assert_string_equal(subject_of(mail_of(&n)), "ruad, over: No report");
	assert_string_equal(body_of(out.data), "x\r\n");
}

static void test_a_title_cannot_become_a_header(void **state)
{
	static const char *const titles[] = {
		"x\r\nBcc: victim@example.org\r\n\r\nbody", "?=\r\nBcc: a@example.org", "=?UTF-8?Q?=0D=0ABcc:_a@example.org?=", "", "\x01\x7f",
	};

	for (size_t i = 0; i < sizeof titles / sizeof *titles; i++) {
		const struct notice n = notice_of(titles[i], "\r\n.\r\nMAIL FROM:<a@example.org>\r\n");
		const char *mail = mail_of(&n);

		assert_header_is_sound(mail);
		assert_null(strstr(mail, "Bcc"));
		assert_null(strstr(mail, "MAIL FROM"));
		assert_string_equal(subject_of(mail), arena_printf(&arena, "ruad: %s", titles[i]));
	}
}

static void test_a_long_title_is_cut_between_characters(void **state)
{
	char title[1000];
	const char *subject;

	for (size_t i = 0; i + 3 < sizeof title; i += 3)
		memcpy(title + i, "\xe2\x82\xac", 4);
	const struct notice n = notice_of(title, "");

	subject = subject_of(mail_of(&n));
	assert_header_is_sound(out.data);
	assert_int_equal(strlen(subject), 6 + 300);
	assert_true(strncmp(subject + 6, title, 300) == 0);
}

static void test_json_is_one_object_whatever_is_in_it(void **state)
{
	struct notice n = notice_of("\"}\n{\"kind\":\"digest\"}", "</script>\x1b\xe2\x80\xae\n");
	const char *text = json_of(&n);
	json_error_t error;
	json_t *root = json_loads(text, 0, &error);

	assert_non_null(root);
	assert_int_equal(strcspn(text, "\n"), strlen(text) - 1);
	assert_int_equal(json_integer_value(json_object_get(root, "id")), 7);
	assert_string_equal(json_string_value(json_object_get(root, "kind")), "alert");
	assert_string_equal(json_string_value(json_object_get(root, "rule")), "source-quiet");
	assert_string_equal(json_string_value(json_object_get(root, "since")), "2026-09-21T14:12:20Z");
	assert_string_equal(json_string_value(json_object_get(root, "title")), n.title.ptr);
	assert_string_equal(json_string_value(json_object_get(root, "text")), n.text.ptr);
	assert_string_equal(json_string_value(json_object_get(root, "path")), n.path.ptr);
	json_decref(root);
	n.path = SLICE("");
	assert_non_null(strstr(json_of(&n), "\"path\":null"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_a_mail_says_what_the_notice_says, teardown),
		cmocka_unit_test_teardown(test_what_is_over_says_so_in_its_subject, teardown),
		cmocka_unit_test_teardown(test_a_title_cannot_become_a_header, teardown),
		cmocka_unit_test_teardown(test_a_long_title_is_cut_between_characters, teardown),
		cmocka_unit_test_teardown(test_json_is_one_object_whatever_is_in_it, teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("notice_form", tests, NULL, NULL);
}
