/* imap_write: see imap_write.h. */
#include "daemon/imap_write.h"

#include "base/text.h"

#include <nettle/base64.h>

bool imap_is_quotable(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] < ' ' || s.ptr[i] > '~')
			return false;
	return true;
}

void imap_write_quoted(struct buf *out, struct slice s)
{
	buf_add_char(out, '"');
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '"' || s.ptr[i] == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, s.ptr[i]);
	}
	buf_add_char(out, '"');
}

/* --- names of folders --- */

static bool has_control(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] < ' ' || s.ptr[i] == 0x7f)
			return true;
	return false;
}

static uint32_t character(const char *p, size_t n)
{
	static const unsigned char first[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t c = (unsigned char)p[0] & first[n];

	for (size_t i = 1; i < n; i++)
		c = c << 6 | ((unsigned char)p[i] & 0x3f);
	return c;
}

static void add_utf16(struct buf *out, uint32_t unit)
{
	buf_add_char(out, (char)(unit >> 8));
	buf_add_char(out, (char)unit);
}

/* Takes the characters beyond ASCII off the front of `name`: "&", their UTF-16 in base64 with a comma for the slash,
 * "-". */
static void write_shifted(struct buf *out, struct slice *name)
{
	char base64[BASE64_ENCODE_RAW_LENGTH(1024) + 1];
	struct buf wide;
	size_t n;

	buf_init(&wide, 1024);
	while (name->len > 0 && (unsigned char)name->ptr[0] > '~' && wide.len <= 1020) {
		uint32_t c = character(name->ptr, n = text_utf8_length(*name));

		if (c > 0xffff)
			add_utf16(&wide, 0xd800 + ((c - 0x10000) >> 10));
		add_utf16(&wide, c > 0xffff ? 0xdc00 + (c & 0x3ff) : c);
		*name = (struct slice){ name->ptr + n, name->len - n };
	}
	n = (wide.len * 8 + 5) / 6; /* without padding */
	base64_encode_raw(base64, wide.len, (const uint8_t *)wide.data);
	buf_add_char(out, '&');
	for (size_t i = 0; i < n; i++)
		buf_add_char(out, base64[i] == '/' ? ',' : base64[i]);
	buf_add_char(out, '-');
	buf_release(&wide);
}

static void write_utf7(struct buf *out, struct slice name)
{
	while (name.len > 0) {
		if ((unsigned char)name.ptr[0] > '~') {
			write_shifted(out, &name);
			continue;
		}
		buf_add_char(out, name.ptr[0]);
		if (name.ptr[0] == '&')
			buf_add_char(out, '-');
		name = (struct slice){ name.ptr + 1, name.len - 1 };
	}
}

int imap_write_folder(struct buf *out, struct slice name, bool plain)
{
	struct buf utf7;

	if (!text_utf8_valid(name) || has_control(name))
		return -1;
	if (plain) {
		imap_write_quoted(out, name);
		return 0;
	}
	buf_init(&utf7, name.len * 4 + 16);
	write_utf7(&utf7, name);
	imap_write_quoted(out, buf_slice(&utf7));
	buf_release(&utf7);
	return 0;
}

void imap_write_day(struct buf *out, int64_t day)
{
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct civil c = text_civil(day);

	buf_addf(out, "%d-%s-%04d", c.day, months[c.month - 1], c.year);
}
