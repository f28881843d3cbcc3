/* template: see template.h. */
#include "web/template.h"

#include "base/text.h"
#include "web/format.h"

#include <stdlib.h>

enum { DEPTH = 24 }; /* sections and parts within each other */

struct scope {
	struct buf *out;
	const struct templates *set;
	const struct value *stack[DEPTH];
	int depth, parts;
};

struct template_tag {
	char kind; /* # ^ / > ! or 0 for a value */
	struct slice name;
	const char *start, *end; /* with braces, and with the line where it stands alone */
	size_t close;            /* of # and ^: the place of the tag that ends the section */
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
static void widen(struct template_tag *t, struct slice text)
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
static int next_tag(struct slice text, const char *from, struct template_tag *t)
{
	const char *end = text.ptr + text.len, *open = find_braces(from, end, '{'), *close;

	if (open == NULL)
		return 0;
	close = find_braces(open, end, '}');
	if (close == NULL || close - open < 3)
		return -1;
	*t = (struct template_tag){ .start = open };
	t->end = close + 2;
	t->kind = strchr("#^/>!", open[2]) != NULL ? open[2] : 0;
	open += t->kind != 0 ? 3 : 2;
	t->name = text_trim((struct slice){ open, (size_t)(close - open) });
	widen(t, text);
	return t->name.len > 0 || t->kind == '!' ? 1 : -1;
}

/* The end of the section that tag `open` begins: sections of the same name may nest. */
static int find_close(struct template *t, size_t open)
{
	int depth = 1;

	for (size_t i = open + 1; i < t->n; i++) {
		const struct template_tag *tag = &t->tag[i];

		if (!slice_eq(tag->name, t->tag[open].name))
			continue;
		if (tag->kind == '#' || tag->kind == '^')
			depth++;
		else if (tag->kind == '/' && --depth == 0) {
			t->tag[open].close = i;
			return 0;
		}
	}
	return -1;
}

/* Sections lie within each other, and each `/` belongs to one. */
static bool holds_together(struct template *t)
{
	size_t open[DEPTH], depth = 0;

	for (size_t i = 0; i < t->n; i++) {
		char kind = t->tag[i].kind;

		if (kind == '/' && (depth == 0 || t->tag[open[--depth]].close != i))
			return false;
		if (kind != '#' && kind != '^')
			continue;
		if (depth == DEPTH || find_close(t, i) != 0)
			return false;
		open[depth++] = i;
	}
	return depth == 0;
}

void template_init(struct template *t, const char *name, struct slice text)
{
	const char *from = text.ptr;
	size_t room = 0;
	struct template_tag tag;
	int r;

	*t = (struct template){ .name = name, .text = text };
	while ((r = next_tag(text, from, &tag)) == 1) {
		if (t->n == room) {
			room = room > 0 ? 2 * room : 64;
			if ((t->tag = reallocarray(t->tag, room, sizeof *t->tag)) == NULL)
				abort();
		}
		t->tag[t->n++] = tag;
		from = tag.end;
	}
	t->broken = r < 0 || !holds_together(t);
}

void template_release(struct template *t)
{
	free(t->tag);
	*t = (struct template){ 0 };
}

/* A stretch of a template: what stands between two of its tags, and those within. */
struct stretch {
	const struct template *of;
	const char *from, *end;
	size_t first, last; /* tags from first up to, and not with, last */
};

static int render(struct scope *s, const struct stretch *text);

static int render_with(struct scope *s, const struct stretch *text, const struct value *v)
{
	int r;

	if (s->depth == DEPTH)
		return -1;
	s->stack[s->depth++] = v;
	r = render(s, text);
	s->depth--;
	return r;
}

static int render_section(struct scope *s, const struct stretch *text, char kind, const struct value *v)
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
	for (size_t i = 0; i < s->set->n; i++) {
		const struct template *t = &s->set->item[i];

		if (!t->broken && slice_is(name, t->name))
			r = render(s, &(struct stretch){ t, t->text.ptr, t->text.ptr + t->text.len, 0, t->n });
	}
	s->parts--;
	return r;
}

static int render(struct scope *s, const struct stretch *text)
{
	const char *from = text->from;

	for (size_t i = text->first; i < text->last; i++) {
		const struct template_tag *tag = &text->of->tag[i], *close = &text->of->tag[tag->close];
		int r = 0;

		buf_add(s->out, from, (size_t)(tag->start - from));
		from = tag->end;
		if (tag->kind == 0) {
			print(s->out, look_up(s, tag->name));
		} else if (tag->kind == '>') {
			r = render_part(s, tag->name);
		} else if (tag->kind != '!') {
			r = render_section(s, &(struct stretch){ text->of, tag->end, close->start, i + 1, tag->close }, tag->kind,
					   look_up(s, tag->name));
			from = close->end;
			i = tag->close;
		}
		if (r != 0)
			return -1;
	}
	buf_add(s->out, from, (size_t)(text->end - from));
	return 0;
}

int template_render(struct buf *out, const struct templates *set, const char *name, const struct value *const *root,
		    size_t n)
{
	struct scope s = { .out = out, .set = set };

	for (size_t i = 0; i < n; i++)
		s.stack[s.depth++] = root[i];
	return render_part(&s, slice_of(name));
}
