/* prescan: see prescan.h. */
#include "parsers/prescan.h"

#include "base/text.h"
#include "schema/limits.h"

struct counting {
	struct slice boundary[LIMIT_MIME_DEPTH + 1]; /* open, the innermost last */
	int depth;
	int attached; /* mails in mails, without a part between */
	bool in_headers, is_message; /* of a block that says message/rfc822 */
	int headers, parts, stray;
	size_t header_bytes; /* of the header at hand */
	enum reject_code code;
	const char *detail;
};

static void refuse(struct counting *c, enum reject_code code, const char *detail)
{
	c->code = code;
	c->detail = detail;
}

/* The value of `boundary=` in a header line; NULL ptr where there is none. */
static struct slice boundary_in(struct slice line)
{
	const char *at = text_find_nocase(line, SLICE("boundary")), *end = line.ptr + line.len, *from;
	char quote;

	if (at == NULL || (at = memchr(at, '=', (size_t)(end - at))) == NULL)
		return (struct slice){ 0 };
	for (at++; at < end && text_is_blank(*at);)
		at++;
	quote = at < end && *at == '"' ? *at++ : ';';
	for (from = at; at < end && *at != quote;)
		at++;
	return text_trim((struct slice){ from, (size_t)(at - from) });
}

static void read_header(struct counting *c, struct slice line)
{
	struct slice boundary = boundary_in(line);

	bool is_folded = *line.ptr == ' ' || *line.ptr == '\t';

	c->header_bytes = line.len + (is_folded ? c->header_bytes : 0);
	if (c->header_bytes > LIMIT_HEADER_BYTES)
		refuse(c, REJECT_TOO_LARGE, "one header is longer than the limit");
	else if (!is_folded && ++c->headers > LIMIT_HEADERS)
		refuse(c, REJECT_TOO_MANY, "more headers in the mail than the limit");
	else if (boundary.len > 0 && c->depth > LIMIT_MIME_DEPTH)
		refuse(c, REJECT_TOO_DEEP, "parts nested deeper than the limit");
	else if (boundary.len > 0)
		c->boundary[c->depth++] = boundary;
	if (text_find_nocase(line, SLICE("message/rfc822")) != NULL || text_find_nocase(line, SLICE("message/global")) != NULL)
		c->is_message = true;
}

/* The empty line: a body follows, or, in an attached mail, headers again. */
static void end_headers(struct counting *c)
{
	c->in_headers = c->is_message;
	c->attached = c->is_message ? c->attached + 1 : 0;
	c->is_message = false;
	if (c->attached > LIMIT_MIME_DEPTH)
		refuse(c, REJECT_TOO_DEEP, "mails in each other deeper than the limit");
}

/* "--boundary" of an open multipart, or "--boundary--". */
static bool read_delimiter(struct counting *c, struct slice line)
{
	for (int i = c->depth; i > 0; i--) {
		struct slice b = c->boundary[i - 1];
		bool closing;

		if (line.len < b.len + 2 || memcmp(line.ptr + 2, b.ptr, b.len) != 0)
			continue;
		closing = line.len >= b.len + 4 && memcmp(line.ptr + 2 + b.len, "--", 2) == 0;
		c->depth = closing ? i - 1 : i;
		c->in_headers = !closing;
		c->is_message = false;
		c->attached = 0;
		if (!closing && ++c->parts > LIMIT_MIME_PARTS)
			refuse(c, REJECT_TOO_MANY, "more parts in the mail than the limit");
		return true;
	}
	return false;
}

/* A line that would be a header or a delimiter to a reader who stands elsewhere. */
static bool is_stray(struct slice line)
{
	size_t i = 0;

	if (line.ptr[0] == '-' && line.len > 1 && line.ptr[1] == '-')
		return true;
	while (i < line.len && (line.ptr[i] == '-' || (text_lower_char(line.ptr[i]) >= 'a' && text_lower_char(line.ptr[i]) <= 'z')))
		i++;
	return i > 0 && i < line.len && line.ptr[i] == ':';
}

static void read_line(struct counting *c, struct slice line)
{
	bool dashes = line.len > 2 && line.ptr[0] == '-' && line.ptr[1] == '-';

	if (dashes && read_delimiter(c, line))
		return;
	if (!c->in_headers) {
		if (line.len > 0 && is_stray(line) && ++c->stray > LIMIT_STRAY_LINES)
			refuse(c, REJECT_TOO_MANY, "more lines like headers and boundaries than the limit");
	} else if (line.len == 0) {
		end_headers(c);
	} else {
		read_header(c, line);
	}
}

static struct slice without_cr(struct slice line)
{
	if (line.len > 0 && line.ptr[line.len - 1] == '\r')
		line.len--;
	return line;
}

enum reject_code prescan_mail(struct slice mail, const char **detail)
{
	struct counting c = { .in_headers = true };

	while (mail.len > 0 && c.code == REJECT_NONE)
		read_line(&c, without_cr(text_take_line(&mail)));
	*detail = c.detail;
	return c.code;
}
