/* template: see template.h. */
#include "web/template.h"

#include "base/text.h"
#include "web/format.h"

enum { DEPTH = 24 }; /* sections and parts within each other */

struct scope {
	struct buf *out;
	const struct templates *set;
	const struct value *stack[DEPTH];
	int depth, parts;
};

struct tag {
	char kind; /* # ^ / > ! or 0 for a value */
	struct slice name;
	const char *start, *end; /* with braces, and with the line where it stands alone */
};

static void escape(struct buf *out, const char *p, size_t n)
{
	if (n == 0)
		buf_add_text(out, "\xef\xbf\xbd");
	else if (*p == '&')
		buf_add_text(out, "&amp;");
	else if (*p == '<')
		buf_add_text(out, "&lt;");
	else if (*p == '>')
		buf_add_text(out, "&gt;");
	else if (*p == '"')
		buf_add_text(out, "&quot;");
	else if (*p == '\'')
		buf_add_text(out, "&#39;");
	else if (text_is_control(p, n))
		buf_addf(out, "[U+%04X]", format_code_point(p, n));
	else
		buf_add(out, p, n);
}

/* How much of it comes out as it is: most of most texts. */
static size_t plain(struct slice s)
{
	size_t n = 0;

	while (n < s.len && s.ptr[n] >= ' ' && s.ptr[n] < 0x7f && s.ptr[n] != '&' && s.ptr[n] != '<' && s.ptr[n] != '>' &&
	       s.ptr[n] != '"' && s.ptr[n] != '\'')
		n++;
	return n;
}

static void escaped(struct buf *out, struct slice s, size_t chars)
{
	size_t end = format_cut(s, chars), n;

	for (size_t i = 0; i < end;) {
		n = plain((struct slice){ s.ptr + i, end - i });
		buf_add(out, s.ptr + i, n);
		if ((i += n) == end)
			break;
		n = text_utf8_length((struct slice){ s.ptr + i, s.len - i });
		escape(out, s.ptr + i, n);
		i += n > 0 ? n : 1;
	}
	if (end < s.len)
		buf_add_text(out, "…");
}

static void print(struct buf *out, const struct value *v)
{
	if (v == NULL)
		return;
	if (v->kind == VALUE_TEXT)
		escaped(out, v->text, FORMAT_SCREEN_CHARS);
	else if (v->kind == VALUE_LINK)
		escaped(out, v->text, SIZE_MAX);
	else if (v->kind == VALUE_INT)
		format_count(out, v->n);
	else if (v->kind == VALUE_SHARE) {
		char digits[64];
		struct buf share = { .data = digits, .room = sizeof digits, .ceiling_bytes = sizeof digits - 1 };

		format_share(&share, v->n, v->of);
		escaped(out, buf_slice(&share), SIZE_MAX);
	} else if (v->kind == VALUE_BOOL)
		buf_add_text(out, v->n ? "yes" : "no");
}

static bool is_true(const struct value *v)
{
	if (v == NULL || v->kind == VALUE_NULL)
		return false;
	if (v->kind == VALUE_TEXT || v->kind == VALUE_LINK)
		return v->text.len > 0;
	if (v->kind == VALUE_INT || v->kind == VALUE_BOOL)
		return v->n != 0;
	if (v->kind == VALUE_SHARE)
		return v->of != 0;
	return v->kind == VALUE_OBJECT || v->first != NULL;
}

static const struct value *look_up(const struct scope *s, struct slice name)
{
	const char *dot = memchr(name.ptr, '.', name.len);
	size_t n = dot != NULL ? (size_t)(dot - name.ptr) : name.len;
	const struct value *v = NULL;

	if (slice_is(name, "."))
		return s->stack[s->depth - 1];
	for (int i = s->depth; i-- > 0 && v == NULL;)
		v = view_get(s->stack[i], name.ptr, n);
	while (v != NULL && n < name.len) {
		name.ptr += n + 1;
		name.len -= n + 1;
		dot = memchr(name.ptr, '.', name.len);
		n = dot != NULL ? (size_t)(dot - name.ptr) : name.len;
		v = view_get(v, name.ptr, n);
	}
	return v;
}

/* A tag other than a value that has its line to itself takes the newline along. */
static void widen(struct tag *t, struct slice text)
{
	if (t->kind != 0 && (t->start == text.ptr || t->start[-1] == '\n') && t->end < text.ptr + text.len &&
	    *t->end == '\n')
		t->end++;
}

/* Two of a brace; NULL for none. (memmem is slow with so short a needle, and a page has thousands of tags.) */
static const char *find_braces(const char *from, const char *end, char brace)
{
	while ((from = memchr(from, brace, (size_t)(end - from))) != NULL) {
		if (end - from > 1 && from[1] == brace)
			return from;
		from++;
	}
	return NULL;
}

/* The first tag at or behind `from`: 1, 0 for none, -1 for one that does not end. `text` is the whole template. */
static int next_tag(struct slice text, const char *from, struct tag *t)
{
	const char *end = text.ptr + text.len, *open = find_braces(from, end, '{'), *close;

	if (open == NULL)
		return 0;
	close = find_braces(open, end, '}');
	if (close == NULL || close - open < 3)
		return -1;
	t->start = open;
	t->end = close + 2;
	t->kind = strchr("#^/>!", open[2]) != NULL ? open[2] : 0;
	open += t->kind != 0 ? 3 : 2;
	t->name = text_trim((struct slice){ open, (size_t)(close - open) });
	widen(t, text);
	return t->name.len > 0 || t->kind == '!' ? 1 : -1;
}

/* The end of the section that `open` begins: sections of the same name may nest. */
static int find_close(struct slice text, const struct tag *open, struct tag *close)
{
	const char *from = open->end;
	int depth = 1;

	while (next_tag(text, from, close) == 1) {
		if (slice_eq(close->name, open->name) && (close->kind == '#' || close->kind == '^'))
			depth++;
		else if (slice_eq(close->name, open->name) && close->kind == '/' && --depth == 0)
			return 0;
		from = close->end;
	}
	return -1;
}

static int render(struct scope *s, struct slice text);

static int render_with(struct scope *s, struct slice text, const struct value *v)
{
	int r;

	if (s->depth == DEPTH)
		return -1;
	s->stack[s->depth++] = v;
	r = render(s, text);
	s->depth--;
	return r;
}

static int render_section(struct scope *s, struct slice text, char kind, const struct value *v)
{
	if (kind == '^')
		return is_true(v) ? 0 : render(s, text);
	if (!is_true(v))
		return 0;
	if (v->kind != VALUE_LIST)
		return render_with(s, text, v);
	for (const struct value *item = v->first; item != NULL; item = item->next)
		if (render_with(s, text, item) != 0)
			return -1;
	return 0;
}

static int render_part(struct scope *s, struct slice name)
{
	int r = -1;

	if (s->parts == DEPTH)
		return -1;
	s->parts++;
	for (size_t i = 0; i < s->set->n; i++)
		if (slice_is(name, s->set->item[i].name))
			r = render(s, s->set->item[i].text);
	s->parts--;
	return r;
}

static int render_tag(struct scope *s, struct slice text, const struct tag *t, const char **from)
{
	struct tag close;

	*from = t->end;
	if (t->kind == 0)
		print(s->out, look_up(s, t->name));
	else if (t->kind == '>')
		return render_part(s, t->name);
	else if (t->kind == '/' || (t->kind != '!' && find_close(text, t, &close) != 0))
		return -1;
	else if (t->kind != '!') {
		*from = close.end;
		return render_section(s, (struct slice){ t->end, (size_t)(close.start - t->end) }, t->kind,
				      look_up(s, t->name));
	}
	return 0;
}

static int render(struct scope *s, struct slice text)
{
	const char *from = text.ptr, *end = text.ptr + text.len;
	struct tag t;
	int r;

	while ((r = next_tag(text, from, &t)) == 1) {
		buf_add(s->out, from, (size_t)(t.start - from));
		if (render_tag(s, text, &t, &from) != 0)
			return -1;
	}
	buf_add(s->out, from, (size_t)(end - from));
	return r;
}

int template_render(struct buf *out, const struct templates *set, const char *name, const struct value *const *root,
		    size_t n)
{
	struct scope s = { .out = out, .set = set };

	for (size_t i = 0; i < n; i++)
		s.stack[s.depth++] = root[i];
	return render_part(&s, slice_of(name));
}
