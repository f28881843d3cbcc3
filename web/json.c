/* json: see json.h. */
#include "web/json.h"

#include "base/text.h"
#include "web/format.h"

#include <assert.h>
#include <stdio.h>

void json_init(struct json *j, struct buf *out)
{
	*j = (struct json){ .out = out };
}

/* What stands before a value or a key. */
static void separate(struct json *j)
{
	if (j->comma)
		buf_add_char(j->out, ',');
	j->comma = true;
}

static void begin(struct json *j, char bracket, bool list)
{
	assert(j->depth < JSON_DEPTH);
	separate(j);
	buf_add_char(j->out, bracket);
	j->lists = j->lists << 1 | list;
	j->depth++;
	j->comma = false;
}

void json_begin_object(struct json *j)
{
	begin(j, '{', false);
}

void json_begin_list(struct json *j)
{
	begin(j, '[', true);
}

void json_end(struct json *j)
{
	assert(j->depth > 0);
	buf_add_char(j->out, j->lists & 1 ? ']' : '}');
	j->lists >>= 1;
	j->depth--;
	j->comma = true;
}

/* The characters that must not stand as they are: one sequence of `n` bytes, 0 for a byte that is not UTF-8. Controls
 * and direction marks all lie below U+10000, so one escape is enough. */
static void escape(struct buf *out, const char *p, size_t n)
{
	static const char short_forms[] = "\"\"\\\\\bb\ff\nn\rr\tt";

	for (const char *s = short_forms; n == 1 && *s != '\0'; s += 2) {
		if (*s == *p) {
			buf_add_char(out, '\\');
			buf_add_char(out, s[1]);
			return;
		}
	}
	buf_addf(out, "\\u%04x", n == 0 ? 0xfffdu : format_code_point(p, n));
}

static bool is_plain(const char *p, size_t n)
{
	return n > 0 && *p != '"' && *p != '\\' && *p != '<' && !text_is_control(p, n);
}

static void quoted(struct buf *out, struct slice s)
{
	size_t run = 0, i = 0;

	buf_add_char(out, '"');
	while (i < s.len) {
		size_t n = text_utf8_length((struct slice){ s.ptr + i, s.len - i });

		if (!is_plain(s.ptr + i, n)) {
			buf_add(out, s.ptr + run, i - run);
			escape(out, s.ptr + i, n);
			run = i + (n > 0 ? n : 1);
		}
		i += n > 0 ? n : 1;
	}
	buf_add(out, s.ptr + run, i - run);
	buf_add_char(out, '"');
}

void json_key(struct json *j, const char *name)
{
	assert(j->depth > 0 && !(j->lists & 1));
	separate(j);
	quoted(j->out, slice_of(name));
	buf_add_char(j->out, ':');
	j->comma = false;
}

void json_text(struct json *j, struct slice s)
{
	if (s.ptr == NULL) {
		json_null(j);
		return;
	}
	separate(j);
	quoted(j->out, s);
}

void json_int(struct json *j, int64_t n)
{
	separate(j);
	buf_add_int(j->out, n);
}

void json_bool(struct json *j, bool b)
{
	separate(j);
	buf_add_text(j->out, b ? "true" : "false");
}

void json_null(struct json *j)
{
	separate(j);
	buf_add_text(j->out, "null");
}

void json_share(struct json *j, int64_t part, int64_t whole)
{
	char digits[32];
	int n;

	if (whole == 0) {
		json_null(j);
		return;
	}
	separate(j);
	n = snprintf(digits, sizeof digits, "%.6f", (double)part / (double)whole);
	while (digits[n - 1] == '0')
		n--;
	buf_add(j->out, digits, (size_t)(digits[n - 1] == '.' ? n - 1 : n));
}

void json_key_text(struct json *j, const char *name, struct slice s)
{
	json_key(j, name);
	json_text(j, s);
}

void json_key_int(struct json *j, const char *name, int64_t n)
{
	json_key(j, name);
	json_int(j, n);
}

void json_key_bool(struct json *j, const char *name, bool b)
{
	json_key(j, name);
	json_bool(j, b);
}

void json_line(struct json *j)
{
	assert(j->depth == 0);
	buf_add_char(j->out, '\n');
	j->comma = false;
}
