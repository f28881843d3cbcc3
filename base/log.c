/* log: see log.h. */
#include "base/log.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

enum { LINE_BYTES = 4096, QUOTED_BYTES = 200 };

void log_quote(struct buf *b, struct slice s)
{
	size_t i = 0, n, end = text_cut(s, QUOTED_BYTES).len;

	while (i < end) {
		unsigned char c = (unsigned char)s.ptr[i];

		n = text_utf8_length((struct slice){ s.ptr + i, s.len - i });
		if (n == 0 || c < 0x20 || c == 0x7f || text_is_control(s.ptr + i, n)) {
			buf_addf(b, "\\x%02x", c);
			i++;
		} else if (c == '\\') {
			buf_add_text(b, "\\\\");
			i++;
		} else {
			buf_add(b, s.ptr + i, n);
			i += n;
		}
	}
	if (end < s.len)
		buf_add_text(b, "...");
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
	for (const char *p = text; *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;

		if (c < 0x20 || c == 0x7f)
			buf_addf(&line, "\\x%02x", c);
		else
			buf_add_char(&line, *p);
	}
	buf_add_char(&line, '\n');
	if (write(STDERR_FILENO, line.data, line.len) < 0) {
		/* nowhere is left to say it */
	}
	buf_release(&line);
}
