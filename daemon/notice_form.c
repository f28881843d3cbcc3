/* notice_form: see notice_form.h. */
#include "daemon/notice_form.h"

#include "base/text.h"
#include "web/format.h"
#include "web/json.h"

#include <nettle/base64.h>

enum {
	WORD_BYTES = 42,  /* of text in an encoded word, which may have 75 characters (RFC 2047 2) */
	LINE_BYTES = 57,  /* of text in a line of 76 characters (RFC 2045 6.8) */
	TITLE_BYTES = 300,
	DAY_S = 86400,
};

/* --- mail --- */

static void add_base64(struct buf *out, const void *bytes, size_t n)
{
	char *to = buf_reserve(out, BASE64_ENCODE_RAW_LENGTH(n));

	if (to == NULL)
		return;
	base64_encode_raw(to, n, bytes);
	out->len += BASE64_ENCODE_RAW_LENGTH(n);
}

static void add_subject(struct buf *out, const struct notice *n)
{
	static const char *const heads[NOTICE_KINDS] = { "ruad: ", "ruad, over: ", "ruad: " };
	struct arena a = { 0 };
	struct slice text = text_cut(n->title, TITLE_BYTES);

	text = slice_of(arena_printf(&a, "%s%.*s", heads[n->kind], (int)text.len, text.ptr));
	buf_add_text(out, "Subject:");
	while (text.len > 0) {
		struct slice word = text_cut(text, WORD_BYTES);

		buf_add_text(out, " =?UTF-8?B?");
		add_base64(out, word.ptr, word.len);
		text.ptr += word.len;
		text.len -= word.len;
		buf_add_text(out, text.len > 0 ? "?=\r\n" : "?=");
	}
	buf_add_text(out, "\r\n");
	arena_release(&a);
}

static void add_date(struct buf *out, int64_t now_s)
{
	static const char days[] = "SunMonTueWedThuFriSat", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int64_t day = text_floor_div(now_s, DAY_S), second = now_s - day * DAY_S;
	struct civil c = text_civil(day);

	buf_addf(out, "Date: %.3s, %d %.3s %d %02d:%02d:%02d +0000\r\n", days + 3 * c.weekday, c.day, months + 3 * (c.month - 1),
		 c.year, (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60));
}

static void add_body(struct buf *out, const struct notice *n)
{
	struct slice text = n->text;
	struct buf body;

	buf_init(&body, SIZE_MAX / 2);
	while (text.len > 0) {
		buf_add_slice(&body, text_take_line(&text));
		buf_add_text(&body, "\r\n");
	}
	if (n->path.len > 0)
		buf_addf(&body, "\r\nWhere to look: %.*s\r\n", (int)n->path.len, n->path.ptr);
	for (size_t at = 0; at < body.len; at += LINE_BYTES) {
		add_base64(out, body.data + at, body.len - at < LINE_BYTES ? body.len - at : LINE_BYTES);
		buf_add_text(out, "\r\n");
	}
	buf_release(&body);
}

void notice_mail(struct buf *out, const struct notice *n, const struct alert_mail *mail, int64_t now_s)
{
	const char *at = strrchr(mail->from, '@');

	buf_addf(out, "From: ruad <%s>\r\nTo:", mail->from);
	for (size_t i = 0; mail->to[i] != NULL; i++)
		buf_addf(out, "%s <%s>", i > 0 ? ",\r\n" : "", mail->to[i]);
	buf_add_text(out, "\r\n");
	add_subject(out, n);
	add_date(out, now_s);
	buf_addf(out, "Message-ID: <ruad.%lld.%lld%s>\r\n", (long long)n->id, (long long)n->since_s, at != NULL ? at : "@localhost");
	buf_add_text(out, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
			  "Content-Transfer-Encoding: base64\r\n\r\n");
	add_body(out, n);
}

/* --- JSON --- */

void notice_json(struct buf *out, const struct notice *n)
{
	struct arena a = { 0 };
	struct json j;

	json_init(&j, out);
	json_begin_object(&j);
	json_key_int(&j, "id", n->id);
	json_key_text(&j, "kind", slice_of(notice_kind_name(n->kind)));
	json_key_text(&j, "rule", n->rule);
	json_key_text(&j, "subject", n->subject);
	json_key_text(&j, "since", slice_of(format_rfc3339(&a, n->since_s)));
	json_key_text(&j, "title", n->title);
	json_key_text(&j, "text", n->text);
	json_key_text(&j, "path", n->path.len > 0 ? n->path : (struct slice){ 0 });
	json_end(&j);
	json_line(&j);
	arena_release(&a);
}
