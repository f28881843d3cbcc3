/* lint: see lint.h. */
#include "schema/lint.h"

#include "base/text.h"
#include "schema/domain.h"

#include <stdarg.h>
#include <stdio.h>

enum { WHY_BYTES = 1024 };

const char *lint_severity_name(enum lint_severity s)
{
	return s == LINT_ERROR ? "error" : s == LINT_WARNING ? "warning" : "note";
}

void lint_about(struct lint *l, struct slice name, struct slice record)
{
	l->name = name;
	l->record = record;
}

void lint_add(struct lint *l, enum lint_severity severity, const char *id, struct slice piece, const char *fix, const char *why,
	      ...)
{
	bool within = piece.len > 0 && piece.ptr >= l->record.ptr && piece.ptr + piece.len <= l->record.ptr + l->record.len;
	char said[WHY_BYTES];
	struct slice text;
	va_list ap;

	l->count[severity]++;
	if (l->n == LIMIT_LINT_FINDINGS) {
		l->left_out++;
		return;
	}
	if (l->item == NULL)
		l->item = arena_array(l->a, LIMIT_LINT_FINDINGS, sizeof *l->item);
	va_start(ap, why);
	vsnprintf(said, sizeof said, why, ap);
	va_end(ap);
	text = text_cut(text_utf8_clean(l->a, slice_of(said)), sizeof said);
	l->item[l->n++] = (struct lint_finding){ .severity = severity, .id = id, .name = l->name, .record = l->record,
						 .at = within ? (size_t)(piece.ptr - l->record.ptr) : 0,
						 .len = within ? piece.len : 0,
						 .why = arena_copy(l->a, text.ptr, text.len), .fix = fix };
}

struct lint_answer lint_ask(const struct lint_dns *dns, struct arena *a, struct slice name)
{
	struct lint_answer answer = { .state = LINT_KNOWN, .lines = SLICE("") };

	if (domain_is_name(name))
		dns->text(dns->ctx, a, name, &answer);
	return answer;
}

struct slice lint_below(struct arena *a, struct slice label, struct slice name)
{
	char *out = arena_alloc(a, label.len + 1 + name.len + 1);

	memcpy(out, label.ptr, label.len);
	out[label.len] = '.';
	if (name.len > 0)
		memcpy(out + label.len + 1, name.ptr, name.len);
	return (struct slice){ out, label.len + 1 + name.len };
}

bool lint_piece(struct slice *rest, char separator, struct slice *piece)
{
	const char *end = rest->len > 0 ? memchr(rest->ptr, separator, rest->len) : NULL;
	size_t used;

	if (rest->len == 0)
		return false;
	piece->ptr = rest->ptr;
	piece->len = end != NULL ? (size_t)(end - rest->ptr) : rest->len;
	used = piece->len + (end != NULL);
	rest->ptr += used;
	rest->len -= used;
	return true;
}

bool lint_tag(struct slice piece, struct slice *tag, struct slice *value)
{
	const char *equals = piece.len > 0 ? memchr(piece.ptr, '=', piece.len) : NULL;

	*tag = text_trim(piece);
	*value = (struct slice){ 0 };
	if (equals == NULL)
		return false;
	*tag = text_trim((struct slice){ piece.ptr, (size_t)(equals - piece.ptr) });
	*value = text_trim((struct slice){ equals + 1, piece.len - (size_t)(equals + 1 - piece.ptr) });
	return true;
}
