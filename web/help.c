/* help: see help.h. */
#include "web/help.h"

#include "base/text.h"
#include "web/assets.h"

struct slice help_text(void)
{
	return (struct slice){ asset_help_txt, (size_t)(asset_help_txt_end - asset_help_txt) };
}

static bool starts(struct slice s, const char *with)
{
	size_t n = strlen(with);

	return s.len >= n && memcmp(s.ptr, with, n) == 0;
}

static struct slice behind(struct slice s, size_t n)
{
	return text_trim((struct slice){ s.ptr + n, s.len - n });
}

/* Up to the next line that begins with "=". */
static struct slice take_body(struct slice *text)
{
	const char *from = text->ptr;

	while (text->len > 0 && text->ptr[0] != '=')
		text_take_line(text);
	return text_trim((struct slice){ from, (size_t)(text->ptr - from) });
}

bool help_next(struct slice *text, struct slice *group, struct help_word *out)
{
	while (text->len > 0) {
		struct slice line = text_take_line(text);
		const char *colon = memchr(line.ptr, ':', line.len);

		if (starts(line, "== "))
			*group = behind(line, 3);
		else if (starts(line, "= ") && colon != NULL) {
			out->key = text_trim((struct slice){ line.ptr + 2, (size_t)(colon - line.ptr) - 2 });
			out->title = behind(line, (size_t)(colon - line.ptr) + 1);
			out->text = take_body(text);
			out->group = *group;
			return true;
		}
	}
	return false;
}

bool help_find(struct slice key, struct help_word *out)
{
	struct slice text = help_text(), group = { 0 };

	while (help_next(&text, &group, out))
		if (slice_eq(out->key, key))
			return true;
	return false;
}

struct slice help_href(struct arena *a, struct slice key)
{
	return slice_of(arena_printf(a, "/help/%.*s", (int)key.len, key.ptr));
}

bool help_paragraph(struct slice *text, struct slice *out)
{
	const char *from, *end;

	*text = text_trim(*text);
	if (text->len == 0)
		return false;
	from = text->ptr;
	end = memmem(from, text->len, "\n\n", 2);
	end = end != NULL ? end : from + text->len;
	*out = (struct slice){ from, (size_t)(end - from) };
	*text = (struct slice){ end, text->len - (size_t)(end - from) };
	return true;
}
