/* failure: see failure.h. */
#include "parsers/failure.h"

#include "base/text.h"
#include "schema/limits.h"

/* One field with its folded lines: from the start of its line to the end of the last that begins with a blank. */
static struct slice take_field(struct slice *s)
{
	struct slice field = text_take_line(s);

	while (s->len > 0 && (*s->ptr == ' ' || *s->ptr == '\t')) {
		struct slice more = text_take_line(s);

		field.len = (size_t)(more.ptr + more.len - field.ptr);
	}
	return field;
}

static bool keep(struct arena *a, struct slice field, struct failure_report *out)
{
	const char *colon = memchr(field.ptr, ':', field.len);
	struct slice name, value;

	if (colon == NULL)
		return false;
	name = text_trim((struct slice){ field.ptr, (size_t)(colon - field.ptr) });
	value = (struct slice){ colon + 1, field.len - (size_t)(colon + 1 - field.ptr) };
	for (int f = 0; f < FAILURE_FIELDS; f++)
		if (text_eq_nocase(name, slice_of(failure_field_name((enum failure_field)f)))) {
			if (out->field[f].ptr == NULL)
				out->field[f] = text_squeeze(a, text_cut(text_utf8_clean(a, value), LIMIT_XML_TEXT_BYTES));
			return true;
		}
	return false;
}

bool failure_read(struct arena *a, struct slice body, struct failure_report *out)
{
	bool any = false;

	*out = (struct failure_report){ 0 };
	while (body.len > 0)
		any |= keep(a, take_field(&body), out);
	return any;
}
