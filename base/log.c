/* log: see log.h. */
#include "base/log.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

enum { LINE_BYTES = 4096, QUOTED_BYTES = 200 };

/* The one escape of diagnostics: what could steer a terminal or begin a line comes out as \\xNN. */
static size_t add_inert(struct buf *b, struct slice s)
{
	size_t n = text_utf8_length(s);

	if (n == 0 || text_is_control(s.ptr, n)) {
		for (size_t i = 0; i < (n > 0 ? n : 1); i++)
			buf_addf(b, "\\x%02x", (unsigned char)s.ptr[i]);
		return n > 0 ? n : 1;
	}
	buf_add(b, s.ptr, n);
	return n;
}

void log_quote_whole(struct buf *b, struct slice s)
{
	for (size_t i = 0; i < s.len;) {
		if (s.ptr[i] == '\\')
			buf_add_char(b, '\\');
		i += add_inert(b, (struct slice){ s.ptr + i, s.len - i });
	}
}

void log_quote(struct buf *b, struct slice s)
{
	struct slice kept = text_cut(s, QUOTED_BYTES);

	log_quote_whole(b, kept);
	if (kept.len < s.len)
		buf_add_text(b, "...");
}

void log_inert(struct buf *b, struct slice s)
{
	for (size_t i = 0; i < s.len;)
		i += add_inert(b, (struct slice){ s.ptr + i, s.len - i });
}

void log_line(const char *format, ...)
{
	char text[LINE_BYTES];
	struct buf line;
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	buf_init(&line, LINE_BYTES * 4 + sizeof "ruad: \n");
	buf_add_text(&line, "ruad: ");
	log_inert(&line, slice_of(text));
	buf_add_char(&line, '\n');
	if (write(STDERR_FILENO, line.data, line.len) < 0) {
		/* nowhere is left to say it */
	}
	buf_release(&line);
}
