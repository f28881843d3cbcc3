/* notice: see notice.h. */
#include "schema/notice.h"

#include "schema/wire.h"

#include <assert.h>

const char *notice_kind_name(enum notice_kind k)
{
	static const char *const names[NOTICE_KINDS] = { "alert", "cleared", "digest" };

	assert(k < NOTICE_KINDS);
	return names[k];
}

void notice_encode(struct buf *out, const struct notice *n)
{
	const struct slice texts[] = { n->rule, n->subject, n->title, n->text, n->path };

	wire_put_int(out, n->id);
	wire_put_uint(out, n->kind);
	wire_put_uint(out, n->outlets);
	wire_put_int(out, n->since_s);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		wire_put_slice(out, texts[i]);
}

static bool has_line_end(struct slice s)
{
	return memchr(s.ptr, '\n', s.len) != NULL || memchr(s.ptr, '\r', s.len) != NULL;
}

bool notice_decode(struct slice wire, struct notice *out)
{
	struct wire w = wire_of(NULL, wire);
	struct notice n = { 0 };
	struct slice *const texts[] = { &n.rule, &n.subject, &n.title, &n.text, &n.path };
	uint64_t kind, outlets;

	if (!wire_get_int(&w, &n.id) || n.id < 1 || !wire_get_uint(&w, &kind) || kind >= NOTICE_KINDS ||
	    !wire_get_uint(&w, &outlets) || outlets > OUTLETS_ALL || !wire_get_int(&w, &n.since_s))
		return false;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (!wire_get_slice(&w, texts[i]) || texts[i]->ptr == NULL)
			return false;
	if (w.at != w.end || has_line_end(n.title))
		return false;
	n.kind = (enum notice_kind)kind;
	n.outlets = (unsigned)outlets;
	*out = n;
	return true;
}

void told_encode(struct buf *out, const struct told *t)
{
	wire_put_uint(out, t->outlets);
	wire_put_uint(out, t->done);
}

bool told_decode(struct slice wire, struct told *out)
{
	struct wire w = wire_of(NULL, wire);
	struct told t = { 0 };
	uint64_t outlets;

	if (!wire_get_uint(&w, &outlets) || outlets > OUTLETS_ALL || !wire_get_flag(&w, &t.done) || w.at != w.end)
		return false;
	t.outlets = (unsigned)outlets;
	*out = t;
	return true;
}
