/* form: see form.h. */
#include "web/form.h"

#include "base/text.h"

#include <jansson.h>

enum { BOUNDARY_BYTES = 70 /* RFC 2046 5.1.1 */ };

static int hex(char c)
{
	c = text_lower_char(c);
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool form_decode(struct arena *a, struct slice text, struct slice *out)
{
	char *p = arena_alloc(a, text.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (c == '%') {
			if (i + 2 >= text.len || hex(text.ptr[i + 1]) < 0 || hex(text.ptr[i + 2]) < 0)
				return false;
			c = (char)(hex(text.ptr[i + 1]) * 16 + hex(text.ptr[i + 2]));
			i += 2;
		} else if (c == '+')
			c = ' ';
		if (c == '\0')
			return false;
		p[n++] = c;
	}
	*out = (struct slice){ p, n };
	return text_utf8_valid(*out);
}

static struct slice media_of(struct slice type)
{
	const char *semicolon = type.ptr != NULL ? memchr(type.ptr, ';', type.len) : NULL;

	return text_trim((struct slice){ type.ptr, semicolon != NULL ? (size_t)(semicolon - type.ptr) : type.len });
}

enum form_kind form_kind(struct slice type)
{
	struct slice media = media_of(type);

	if (media.ptr == NULL)
		return FORM_NONE;
	return text_eq_nocase(media, SLICE("application/x-www-form-urlencoded")) ? FORM_ENCODED :
	       text_eq_nocase(media, SLICE("multipart/form-data"))               ? FORM_MULTIPART :
	       text_eq_nocase(media, SLICE("application/json"))                  ? FORM_JSON :
										   FORM_NONE;
}

static struct form_part *add_part(struct form *f)
{
	return f->n < FORM_PARTS ? &f->part[f->n++] : NULL;
}

static bool is_plain(struct slice s)
{
	return memchr(s.ptr, '\0', s.len) == NULL && text_utf8_valid(s);
}

/* --- urlencoded --- */

static int read_pair(struct arena *a, struct slice pair, struct form *out)
{
	const char *equals = memchr(pair.ptr, '=', pair.len), *end = pair.ptr + pair.len;
	const char *name_end = equals != NULL ? equals : end, *value = equals != NULL ? equals + 1 : end;
	struct form_part *part = add_part(out);

	if (part == NULL || !form_decode(a, (struct slice){ pair.ptr, (size_t)(name_end - pair.ptr) }, &part->name) ||
	    !form_decode(a, (struct slice){ value, (size_t)(end - value) }, &part->value))
		return -1;
	return 0;
}

static int read_encoded(struct arena *a, struct slice body, struct form *out)
{
	const char *from = body.ptr, *end = body.ptr + body.len;

	while (from < end) {
		const char *amp = memchr(from, '&', (size_t)(end - from)), *stop = amp != NULL ? amp : end;

		if (stop > from && read_pair(a, (struct slice){ from, (size_t)(stop - from) }, out) != 0)
			return -1;
		from = stop + 1;
	}
	return 0;
}

/* --- multipart --- */

/* The value of a parameter of a header, quoted or not: filename="a b.xml". A backslash stands for itself but before a quote:
 * browsers write %22 for one, and some paths have backslashes. */
static bool parameter(struct arena *a, struct slice header, const char *name, struct slice *out)
{
	struct slice rest = header;
	const char *found;

	while ((found = text_find_nocase(rest, slice_of(name))) != NULL) {
		const char *p = found + strlen(name), *end = header.ptr + header.len;
		bool starts = found == header.ptr || found[-1] == ';' || text_is_blank(found[-1]);
		char *to;
		size_t n = 0;

		rest = (struct slice){ p, (size_t)(end - p) };
		if (!starts || p == end || *p != '=')
			continue;
		to = arena_alloc(a, rest.len + 1);
		if (++p < end && *p == '"') {
			for (p++; p < end && *p != '"'; p++) {
				if (*p == '\\' && p + 1 < end && p[1] == '"')
					p++;
				to[n++] = *p;
			}
			if (p == end)
				return false;
		} else {
			while (p < end && *p != ';' && !text_is_blank(*p))
				to[n++] = *p++;
		}
		*out = (struct slice){ to, n };
		return true;
	}
	return false;
}

static struct slice base_name(struct slice path)
{
	for (size_t i = path.len; i > 0; i--)
		if (path.ptr[i - 1] == '/' || path.ptr[i - 1] == '\\')
			return (struct slice){ path.ptr + i, path.len - i };
	return path;
}

/* Takes the part's headers off `rest`, up to the empty line; Content-Disposition alone says something. */
static int read_headers(struct arena *a, struct slice *rest, struct form_part *part)
{
	static const struct slice disposition = { "content-disposition:", 20 };
	bool named = false;

	while (rest->len > 0) {
		struct slice line = text_take_line(rest), name;

		if (line.len > 0 && line.ptr[line.len - 1] == '\r')
			line.len--;
		if (line.len == 0)
			return named ? 0 : -1;
		if (!text_starts_nocase(line, disposition) || !parameter(a, line, "name", &part->name) || !is_plain(part->name))
			continue;
		named = true;
		if (parameter(a, line, "filename", &name))
			part->file = text_utf8_clean(a, base_name(name));
	}
	return -1;
}

/* Behind the next "\r\n--BOUNDARY"; NULL where there is none. `before` becomes what stands before it. */
static const char *next_boundary(struct slice body, struct slice mark, struct slice *before)
{
	const char *found = memmem(body.ptr, body.len, mark.ptr, mark.len);

	if (found == NULL)
		return NULL;
	*before = (struct slice){ body.ptr, (size_t)(found - body.ptr) };
	return found + mark.len;
}

static int read_parts(struct arena *a, struct slice body, struct slice mark, struct form *out)
{
	const char *end = body.ptr + body.len, *at;
	struct slice opening = { mark.ptr + 2, mark.len - 2 }, before;

	at = next_boundary(body, opening, &before);
	while (at != NULL) {
		struct form_part *part;
		struct slice rest = { at, (size_t)(end - at) };

		if (rest.len >= 2 && memcmp(at, "--", 2) == 0)
			return 0;
		text_take_line(&rest);
		if ((part = add_part(out)) == NULL || read_headers(a, &rest, part) != 0)
			return -1;
		/* the line end of an empty part's headers is also the boundary's */
		rest = (struct slice){ rest.ptr - 2, rest.len + 2 };
		if ((at = next_boundary(rest, mark, &before)) == NULL)
			return -1;
		part->value = before.len >= 2 ? (struct slice){ before.ptr + 2, before.len - 2 } : SLICE("");
		if (part->file.ptr == NULL && !is_plain(part->value))
			return -1;
	}
	return -1;
}

static int read_multipart(struct arena *a, struct slice type, struct slice body, struct form *out)
{
	struct slice boundary;
	char *mark;

	if (!parameter(a, type, "boundary", &boundary) || boundary.len == 0 || boundary.len > BOUNDARY_BYTES)
		return -1;
	mark = arena_printf(a, "\r\n--%.*s", (int)boundary.len, boundary.ptr);
	return read_parts(a, body, slice_of(mark), out);
}

/* --- JSON --- */

/* A null is an empty field. */
static int read_member(struct arena *a, const char *name, json_t *value, struct form *out)
{
	struct form_part *part = add_part(out);

	if (part == NULL)
		return -1;
	part->name = text_copy(a, slice_of(name));
	part->value = SLICE("");
	if (json_is_string(value))
		part->value = text_copy(a, (struct slice){ json_string_value(value), json_string_length(value) });
	else if (json_is_integer(value))
		part->value = slice_of(arena_printf(a, "%lld", (long long)json_integer_value(value)));
	else if (!json_is_null(value))
		return -1;
	return 0;
}

/* Jansson takes no NUL in a string, and nothing that is not UTF-8. */
static int read_json(struct arena *a, struct slice body, struct form *out)
{
	json_t *object = json_loadb(body.ptr, body.len, JSON_REJECT_DUPLICATES, NULL), *value;
	int rc = json_is_object(object) ? 0 : -1;
	const char *name;

	json_object_foreach(object, name, value)
		if (rc == 0)
			rc = read_member(a, name, value, out);
	json_decref(object);
	return rc;
}

int form_read(struct arena *a, struct slice type, struct slice body, struct form *out)
{
	enum form_kind kind = form_kind(type);

	*out = (struct form){ .part = arena_array(a, FORM_PARTS, sizeof *out->part) };
	if (kind == FORM_JSON)
		return read_json(a, body, out);
	return kind == FORM_ENCODED ? read_encoded(a, body, out) : kind == FORM_MULTIPART ? read_multipart(a, type, body, out) : -1;
}

struct slice form_field(const struct form *f, const char *name)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->part[i].file.ptr == NULL && slice_is(f->part[i].name, name))
			return f->part[i].value;
	return (struct slice){ 0 };
}
