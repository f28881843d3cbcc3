/* csv: see csv.h. */
#include "web/csv.h"

#include "base/text.h"

#include <string.h>

void csv_init(struct csv *c, struct buf *out)
{
	*c = (struct csv){ .out = out };
}

static void separate(struct csv *c)
{
	if (c->comma)
		buf_add_char(c->out, ',');
	c->comma = true;
}

/* Formulas may hide behind blanks, which spreadsheets trim. */
static bool is_formula(struct slice s)
{
	size_t i = 0;

	while (i < s.len && s.ptr[i] == ' ')
		i++;
	return i < s.len && strchr("=+-@\t\r", s.ptr[i]) != NULL && s.ptr[i] != '\0';
}

static bool needs_quotes(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == ',' || s.ptr[i] == '"' || s.ptr[i] == '\n' || s.ptr[i] == '\r')
			return true;
	return s.len > 0 && (s.ptr[0] == ' ' || s.ptr[s.len - 1] == ' ');
}

void csv_text(struct csv *c, struct slice s)
{
	bool quotes = needs_quotes(s);

	separate(c);
	if (quotes)
		buf_add_char(c->out, '"');
	if (is_formula(s))
		buf_add_char(c->out, '\'');
	for (size_t i = 0, n; i < s.len; i += n) {
		size_t len = text_utf8_length((struct slice){ s.ptr + i, s.len - i });

		n = len > 0 ? len : 1;
		if (s.ptr[i] == '"')
			buf_add_char(c->out, '"');
		if (len == 0 || (text_is_control(s.ptr + i, n) && s.ptr[i] != '\n' && s.ptr[i] != '\t'))
			buf_add_text(c->out, "\xef\xbf\xbd"); /* a file opened in a terminal must not steer it */
		else
			buf_add(c->out, s.ptr + i, n);
	}
	if (quotes)
		buf_add_char(c->out, '"');
}

void csv_int(struct csv *c, int64_t n)
{
	separate(c);
	buf_add_int(c->out, n);
}

void csv_share(struct csv *c, int64_t part, int64_t whole)
{
	separate(c);
	if (whole != 0)
		buf_addf(c->out, "%.6f", (double)part / (double)whole);
}

void csv_end_line(struct csv *c)
{
	buf_add_text(c->out, "\r\n");
	c->comma = false;
}
