/* xml_lines: see xml_lines.h. */
#include "web/xml_lines.h"

#include "base/text.h"
#include "schema/domain.h"
#include "schema/source_rule.h"

/* --- lines --- */

/* Where a line that is too long is broken: behind the last tag that fits, else where it is full, but within no character. */
static size_t break_of(struct slice line)
{
	size_t n = XML_LINE_CHARS;

	for (size_t i = XML_LINE_CHARS; i > 1; i--)
		if (line.ptr[i - 1] == '>')
			return i;
	while (n > 1 && ((unsigned char)line.ptr[n] & 0xc0) == 0x80 && n > XML_LINE_CHARS - 4)
		n--;
	return n;
}

bool xml_next_line(struct slice *rest, int64_t *number, bool *goes_on, struct xml_line *out)
{
	size_t n = rest->len <= XML_LINE_CHARS ? rest->len : XML_LINE_CHARS + 1; /* no further than it is shown: a document may be one line */
	const char *end;

	if (rest->len == 0)
		return false;
	if ((end = memchr(rest->ptr, '\n', n)) != NULL)
		n = (size_t)(end - rest->ptr);
	*out = (struct xml_line){ { rest->ptr, n }, *goes_on ? 0 : ++*number };
	*goes_on = n > XML_LINE_CHARS;
	if (*goes_on) {
		out->text.len = break_of(out->text);
		*rest = (struct slice){ rest->ptr + out->text.len, rest->len - out->text.len };
		return true;
	}
	*rest = (struct slice){ rest->ptr + n + (end != NULL), rest->len - n - (end != NULL) };
	if (out->text.len > 0 && out->text.ptr[out->text.len - 1] == '\r')
		out->text.len--;
	return true;
}

/* --- tags --- */

struct tag {
	size_t at, end; /* of "<" and behind ">" */
	bool closes;
};

/* Whether the name of a tag, which begins at `name`, is that without its prefix. It ends before another "<": a comment may be full of them. */
static bool is_named(struct slice name, const char *wanted)
{
	const char *colon;
	size_t n = 0;

	while (n < name.len && name.ptr[n] != '<' && name.ptr[n] != '>' && name.ptr[n] != '/' && !text_is_blank(name.ptr[n]))
		n++;
	if (n < name.len && name.ptr[n] == '<')
		return false;
	colon = n > 0 ? memchr(name.ptr, ':', n) : NULL;
	name = colon == NULL ? (struct slice){ name.ptr, n } : (struct slice){ colon + 1, n - (size_t)(colon + 1 - name.ptr) };
	return text_eq_nocase(name, slice_of(wanted));
}

/* The next tag of that name from `at` on. */
static bool next_tag(struct slice s, size_t at, const char *name, struct tag *out)
{
	const char *open, *end;

	while (at < s.len && (open = memchr(s.ptr + at, '<', s.len - at)) != NULL) {
		out->at = (size_t)(open - s.ptr);
		out->closes = out->at + 1 < s.len && open[1] == '/';
		at = out->at + 1 + out->closes;
		if (!is_named((struct slice){ s.ptr + at, s.len - at }, name))
			continue;
		if ((end = memchr(s.ptr + at, '>', s.len - at)) == NULL)
			return false;
		out->end = (size_t)(end - s.ptr) + 1;
		return true;
	}
	return false;
}

static int64_t count_lines(struct slice s, size_t from, size_t to)
{
	int64_t n = 0;

	for (const char *p = s.ptr + from; (p = memchr(p, '\n', (size_t)(s.ptr + to - p))) != NULL; p++)
		n++;
	return n;
}

bool xml_next_record(struct slice document, size_t *at, int64_t *line, struct xml_record *out)
{
	struct tag open, close;

	if (!next_tag(document, *at, "record", &open) || open.closes || !next_tag(document, open.end, "record", &close))
		return false;
	out->first = *line + count_lines(document, *at, open.at);
	out->last = out->first + count_lines(document, open.at, close.at);
	out->text = (struct slice){ document.ptr + open.at, close.end - open.at };
	*line = out->last + count_lines(document, close.at, close.end);
	*at = close.end;
	return true;
}

struct slice xml_field(struct slice text, const char *name)
{
	struct tag open = { .end = 0 };

	while (next_tag(text, open.end, name, &open)) {
		const char *next = memchr(text.ptr + open.end, '<', text.len - open.end);

		if (!open.closes && next != NULL && next + 1 < text.ptr + text.len && next[1] == '/')
			return text_trim((struct slice){ text.ptr + open.end, (size_t)(next - text.ptr) - open.end });
	}
	return (struct slice){ 0 };
}

/* --- which row it is --- */

static bool is_same(struct slice written, struct slice stored)
{
	return stored.len == 0 ? written.len == 0 : text_eq_nocase(written, stored);
}

static bool is_same_address(struct slice written, struct slice stored)
{
	unsigned char a[16], b[16];

	if (address_parse(written, a) && address_parse(stored, b))
		return memcmp(a, b, sizeof a) == 0;
	return is_same(written, stored);
}

bool xml_is_row(struct arena *scratch, const struct xml_record *x, const struct record *r)
{
	return is_same_address(xml_field(x->text, "source_ip"), r->ip) &&
	       slice_eq(domain_normal(scratch, xml_field(x->text, "header_from")), domain_normal(scratch, r->header_from)) &&
	       is_same(xml_field(x->text, "disposition"), r->disposition_raw) && is_same(xml_field(x->text, "dkim"), r->dkim_raw) &&
	       is_same(xml_field(x->text, "spf"), r->spf_raw);
}
