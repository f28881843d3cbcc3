/* report: see report.h. The wire form is the struct in its order (wire.h). Encode and decode stand side by side: whoever
 * changes one changes the other. */
#include "schema/report.h"

#include "base/text.h"
#include "schema/limits.h"
#include "schema/wire.h"

#include <stdarg.h>
#include <stdio.h>

enum { WIRE_VERSION = 1, NOTE_BYTES = 512 };

/* --- writing --- */

void notes_encode(struct buf *out, const struct note *n)
{
	for (; n != NULL; n = n->next)
		wire_put_slice(out, n->text);
	wire_put_uint(out, 0);
}

static void put_auths(struct buf *out, const struct auth *r)
{
	for (; r != NULL; r = r->next) {
		wire_put_uint(out, 1);
		wire_put_slice(out, r->domain);
		wire_put_slice(out, r->selector);
		wire_put_slice(out, r->scope);
		wire_put_slice(out, r->result);
		wire_put_slice(out, r->human_result);
	}
	wire_put_uint(out, 0);
}

void report_row_profile(struct buf *out, const struct row *row)
{
	wire_put_slice(out, row->disposition);
	wire_put_slice(out, row->dkim);
	wire_put_slice(out, row->spf);
	for (const struct reason *r = row->reasons; r != NULL; r = r->next) {
		wire_put_uint(out, 1);
		wire_put_slice(out, r->type);
		wire_put_slice(out, r->comment);
	}
	wire_put_uint(out, 0);
	wire_put_slice(out, row->header_from);
	wire_put_slice(out, row->envelope_from);
	wire_put_slice(out, row->envelope_to);
	put_auths(out, row->dkim_auth);
	put_auths(out, row->spf_auth);
}

static void put_head(struct buf *out, const struct report *r)
{
	const struct slice texts[] = { r->file,	  r->member, r->version, r->namespace_uri, r->org_name, r->email,
				       r->extra_contact_info, r->report_id, r->generator, r->domain, r->p, r->sp, r->np,
				       r->testing, r->adkim, r->aspf, r->fo, r->discovery_method };

	wire_put_uint(out, WIRE_VERSION);
	wire_put_uint(out, r->complete);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		wire_put_slice(out, texts[i]);
	notes_encode(out, r->repairs);
	notes_encode(out, r->warnings);
	notes_encode(out, r->errors);
	notes_encode(out, r->extensions);
	wire_put_int(out, r->begin);
	wire_put_int(out, r->end);
	wire_put_int(out, r->pct);
	buf_add(out, r->content_hash, sizeof r->content_hash);
}

bool report_is_9990(struct slice namespace_uri)
{
	return namespace_uri.ptr != NULL && text_find_nocase(namespace_uri, SLICE("dmarc-2.0")) != NULL;
}

int report_encode(struct buf *out, const struct report *r)
{
	put_head(out, r);
	for (const struct row *row = r->rows; row != NULL; row = row->next) {
		wire_put_uint(out, 1);
		wire_put_slice(out, row->source_ip);
		wire_put_int(out, row->count);
		report_row_profile(out, row);
	}
	wire_put_uint(out, 0);
	return out->full ? -1 : 0;
}

/* --- reading --- */

bool notes_decode(struct wire *c, struct note **list)
{
	struct slice text;
	int n = 0;

	for (*list = NULL; wire_get_slice(c, &text); list = &(*list)->next) {
		if (text.ptr == NULL)
			return true;
		if (++n > LIMIT_NOTES)
			return false;
		*list = arena_alloc(c->arena, sizeof **list);
		(*list)->text = text;
	}
	return false;
}

static bool get_auths(struct wire *c, struct auth **list)
{
	bool more;

	*list = NULL;
	for (int n = 0; wire_get_flag(c, &more); list = &(*list)->next) {
		struct auth *r;

		if (!more)
			return true;
		if (++n > LIMIT_AUTH_PER_ROW)
			return false;
		r = *list = arena_alloc(c->arena, sizeof *r);
		if (!wire_get_slice(c, &r->domain) || !wire_get_slice(c, &r->selector) || !wire_get_slice(c, &r->scope) ||
		    !wire_get_slice(c, &r->result) || !wire_get_slice(c, &r->human_result))
			return false;
	}
	return false;
}

static bool get_reasons(struct wire *c, struct reason **list)
{
	bool more;

	*list = NULL;
	for (int n = 0; wire_get_flag(c, &more); list = &(*list)->next) {
		struct reason *r;

		if (!more)
			return true;
		if (++n > LIMIT_REASONS_PER_ROW)
			return false;
		r = *list = arena_alloc(c->arena, sizeof *r);
		if (!wire_get_slice(c, &r->type) || !wire_get_slice(c, &r->comment) ||
		    (r->type.ptr == NULL && r->comment.ptr == NULL))
			return false;
	}
	return false;
}

static bool get_row(struct wire *c, struct row *row)
{
	return wire_get_slice(c, &row->source_ip) && wire_get_int(c, &row->count) && row->count >= 0 &&
	       wire_get_slice(c, &row->disposition) && wire_get_slice(c, &row->dkim) && wire_get_slice(c, &row->spf) &&
	       get_reasons(c, &row->reasons) && wire_get_slice(c, &row->header_from) && wire_get_slice(c, &row->envelope_from) &&
	       wire_get_slice(c, &row->envelope_to) && get_auths(c, &row->dkim_auth) && get_auths(c, &row->spf_auth);
}

static bool get_rows(struct wire *c, struct report *r)
{
	struct row **list = &r->rows;
	bool more;

	while (wire_get_flag(c, &more)) {
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

static bool get_head(struct wire *c, struct report *r)
{
	struct slice *const texts[] = { &r->file,   &r->member, &r->version, &r->namespace_uri, &r->org_name, &r->email,
					&r->extra_contact_info, &r->report_id, &r->generator, &r->domain, &r->p, &r->sp,
					&r->np, &r->testing, &r->adkim, &r->aspf, &r->fo, &r->discovery_method };
	uint64_t version;

	if (!wire_get_uint(c, &version) || version != WIRE_VERSION || !wire_get_flag(c, &r->complete))
		return false;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (!wire_get_slice(c, texts[i]))
			return false;
	if (!notes_decode(c, &r->repairs) || !notes_decode(c, &r->warnings) || !notes_decode(c, &r->errors) ||
	    !notes_decode(c, &r->extensions) || !wire_get_int(c, &r->begin) || !wire_get_int(c, &r->end) || !wire_get_int(c, &r->pct) ||
	    !wire_get_bytes(c, r->content_hash, sizeof r->content_hash))
		return false;
	return true;
}

int report_decode(struct arena *a, struct slice wire, struct report *out)
{
	struct wire c = wire_of(a, wire);
	struct report r = { 0 };

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
