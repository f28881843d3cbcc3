/* report: see report.h. The wire form is varints and counted strings in the order of the struct; a string's count is one
 * more than its length, 0 is absent. Encode and decode stand side by side: whoever changes one changes the other. */
#include "schema/report.h"

#include "base/text.h"
#include "schema/limits.h"

#include <stdarg.h>
#include <stdio.h>

enum { WIRE_VERSION = 1, NOTE_BYTES = 512 };

/* --- writing --- */

static void put_uint(struct buf *out, uint64_t n)
{
	unsigned char bytes[10];
	size_t len = 0;

	do {
		bytes[len++] = (unsigned char)((n & 0x7f) | (n > 0x7f ? 0x80 : 0));
	} while ((n >>= 7) != 0);
	buf_add(out, bytes, len);
}

static void put_int(struct buf *out, int64_t n) /* small negatives stay small */
{
	put_uint(out, ((uint64_t)n << 1) ^ (uint64_t)(n >> 63));
}

static void put_slice(struct buf *out, struct slice s)
{
	put_uint(out, s.ptr == NULL ? 0 : (uint64_t)s.len + 1);
	buf_add_slice(out, s);
}

static void put_notes(struct buf *out, const struct note *n)
{
	for (; n != NULL; n = n->next)
		put_slice(out, n->text);
	put_uint(out, 0);
}

static void put_auths(struct buf *out, const struct auth *r)
{
	for (; r != NULL; r = r->next) {
		put_uint(out, 1);
		put_slice(out, r->domain);
		put_slice(out, r->selector);
		put_slice(out, r->scope);
		put_slice(out, r->result);
		put_slice(out, r->human_result);
	}
	put_uint(out, 0);
}

void report_row_profile(struct buf *out, const struct row *row)
{
	put_slice(out, row->disposition);
	put_slice(out, row->dkim);
	put_slice(out, row->spf);
	for (const struct reason *r = row->reasons; r != NULL; r = r->next) {
		put_uint(out, 1);
		put_slice(out, r->type);
		put_slice(out, r->comment);
	}
	put_uint(out, 0);
	put_slice(out, row->header_from);
	put_slice(out, row->envelope_from);
	put_slice(out, row->envelope_to);
	put_auths(out, row->dkim_auth);
	put_auths(out, row->spf_auth);
}

static void put_head(struct buf *out, const struct report *r)
{
	const struct slice texts[] = { r->file,	  r->member, r->version, r->namespace_uri, r->org_name, r->email,
				       r->extra_contact_info, r->report_id, r->generator, r->domain, r->p, r->sp, r->np,
				       r->testing, r->adkim, r->aspf, r->fo, r->discovery_method };

	put_uint(out, WIRE_VERSION);
	put_uint(out, r->complete);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		put_slice(out, texts[i]);
	put_notes(out, r->repairs);
	put_notes(out, r->warnings);
	put_notes(out, r->errors);
	put_notes(out, r->extensions);
	put_int(out, r->begin);
	put_int(out, r->end);
	put_int(out, r->pct);
	buf_add(out, r->content_hash, sizeof r->content_hash);
}

int report_encode(struct buf *out, const struct report *r)
{
	put_head(out, r);
	for (const struct row *row = r->rows; row != NULL; row = row->next) {
		put_uint(out, 1);
		put_slice(out, row->source_ip);
		put_int(out, row->count);
		report_row_profile(out, row);
	}
	put_uint(out, 0);
	return out->full ? -1 : 0;
}

/* --- reading: every get_ returns false at the first thing that is not right, and the cursor stays inside the wire --- */

struct cursor {
	const unsigned char *at, *end;
	struct arena *arena;
};

static bool get_uint(struct cursor *c, uint64_t *out)
{
	uint64_t n = 0;

	for (int shift = 0; shift < 64 && c->at < c->end; shift += 7) {
		unsigned char b = *c->at++;

		if (shift == 63 && b > 1)
			return false;
		n |= (uint64_t)(b & 0x7f) << shift;
		if (b < 0x80) {
			*out = n;
			return true;
		}
	}
	return false;
}

static bool get_int(struct cursor *c, int64_t *out)
{
	uint64_t n;

	if (!get_uint(c, &n))
		return false;
	*out = (int64_t)(n >> 1) ^ -(int64_t)(n & 1);
	return true;
}

static bool get_flag(struct cursor *c, bool *out)
{
	uint64_t n;

	if (!get_uint(c, &n) || n > 1)
		return false;
	*out = n == 1;
	return true;
}

static bool is_clean(struct slice s)
{
	return memchr(s.ptr, '\0', s.len) == NULL && text_utf8_valid(s);
}

static bool get_slice(struct cursor *c, struct slice *out)
{
	uint64_t n;

	if (!get_uint(c, &n) || n > (uint64_t)(c->end - c->at) + 1)
		return false;
	*out = (struct slice){ 0 };
	if (n == 0)
		return true;
	*out = (struct slice){ (const char *)c->at, (size_t)n - 1 };
	c->at += n - 1;
	return out->len <= LIMIT_XML_TEXT_BYTES && is_clean(*out);
}

static bool get_notes(struct cursor *c, struct note **list)
{
	struct slice text;
	int n = 0;

	for (*list = NULL; get_slice(c, &text); list = &(*list)->next) {
		if (text.ptr == NULL)
			return true;
		if (++n > LIMIT_NOTES)
			return false;
		*list = arena_alloc(c->arena, sizeof **list);
		(*list)->text = text;
	}
	return false;
}

static bool get_auths(struct cursor *c, struct auth **list)
{
	bool more;

	*list = NULL;
	for (int n = 0; get_flag(c, &more); list = &(*list)->next) {
		struct auth *r;

		if (!more)
			return true;
		if (++n > LIMIT_AUTH_PER_ROW)
			return false;
		r = *list = arena_alloc(c->arena, sizeof *r);
		if (!get_slice(c, &r->domain) || !get_slice(c, &r->selector) || !get_slice(c, &r->scope) ||
		    !get_slice(c, &r->result) || !get_slice(c, &r->human_result))
			return false;
	}
	return false;
}

static bool get_reasons(struct cursor *c, struct reason **list)
{
	bool more;

	*list = NULL;
	for (int n = 0; get_flag(c, &more); list = &(*list)->next) {
		struct reason *r;

		if (!more)
			return true;
		if (++n > LIMIT_REASONS_PER_ROW)
			return false;
		r = *list = arena_alloc(c->arena, sizeof *r);
		if (!get_slice(c, &r->type) || !get_slice(c, &r->comment) ||
		    (r->type.ptr == NULL && r->comment.ptr == NULL))
			return false;
	}
	return false;
}

static bool get_row(struct cursor *c, struct row *row)
{
	return get_slice(c, &row->source_ip) && get_int(c, &row->count) && row->count >= 0 &&
	       get_slice(c, &row->disposition) && get_slice(c, &row->dkim) && get_slice(c, &row->spf) &&
	       get_reasons(c, &row->reasons) && get_slice(c, &row->header_from) && get_slice(c, &row->envelope_from) &&
	       get_slice(c, &row->envelope_to) && get_auths(c, &row->dkim_auth) && get_auths(c, &row->spf_auth);
}

static bool get_rows(struct cursor *c, struct report *r)
{
	struct row **list = &r->rows;
	bool more;

	while (get_flag(c, &more)) {
		if (!more)
			return true;
		if (++r->row_count > LIMIT_ROWS)
			return false;
		*list = arena_alloc(c->arena, sizeof **list);
		if (!get_row(c, *list))
			return false;
		list = &(*list)->next;
	}
	return false;
}

static bool get_head(struct cursor *c, struct report *r)
{
	struct slice *const texts[] = { &r->file,   &r->member, &r->version, &r->namespace_uri, &r->org_name, &r->email,
					&r->extra_contact_info, &r->report_id, &r->generator, &r->domain, &r->p, &r->sp,
					&r->np, &r->testing, &r->adkim, &r->aspf, &r->fo, &r->discovery_method };
	uint64_t version;

	if (!get_uint(c, &version) || version != WIRE_VERSION || !get_flag(c, &r->complete))
		return false;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (!get_slice(c, texts[i]))
			return false;
	if (!get_notes(c, &r->repairs) || !get_notes(c, &r->warnings) || !get_notes(c, &r->errors) ||
	    !get_notes(c, &r->extensions) || !get_int(c, &r->begin) || !get_int(c, &r->end) || !get_int(c, &r->pct) ||
	    c->end - c->at < REPORT_HASH_BYTES)
		return false;
	memcpy(r->content_hash, c->at, REPORT_HASH_BYTES);
	c->at += REPORT_HASH_BYTES;
	return true;
}

int report_decode(struct arena *a, struct slice wire, struct report *out)
{
	struct cursor c = { .at = (const unsigned char *)wire.ptr, .arena = a };
	struct report r = { 0 };

	c.end = c.at + wire.len;
	if (!get_head(&c, &r) || !get_rows(&c, &r) || c.at != c.end)
		return -1;
	*out = r;
	return 0;
}

/* --- notes --- */

void note_add(struct arena *a, struct note **list, struct slice text)
{
	int n = 0;

	for (; *list != NULL; list = &(*list)->next)
		if (++n >= LIMIT_NOTES || slice_eq((*list)->text, text))
			return;
	*list = arena_alloc(a, sizeof **list);
	(*list)->text = (struct slice){ arena_copy(a, text.ptr, text.len), text.len };
}

void note_addf(struct arena *a, struct note **list, const char *format, ...)
{
	char text[NOTE_BYTES];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	note_add(a, list, text_utf8_clean(a, slice_of(text))); /* a precision may have cut a sequence */
}
