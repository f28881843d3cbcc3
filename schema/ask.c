/* ask: see ask.h. */
#include "schema/ask.h"

#include "schema/wire.h"

/* --- a text and what follows it --- */

void ask_put_pair(struct buf *out, struct slice name, struct slice rest)
{
	wire_put_slice(out, name);
	buf_add_slice(out, rest);
}

bool ask_get_pair(struct slice bytes, struct slice *name, struct slice *rest)
{
	struct wire w = wire_of(NULL, bytes);

	if (!wire_get_slice(&w, name) || name->ptr == NULL)
		return false;
	*rest = (struct slice){ (const char *)w.at, (size_t)(w.end - w.at) };
	return true;
}

/* Absent ones are sent as such, or as empty. */
static void put_texts(struct buf *out, const struct slice *const *texts, size_t n, bool may_be_absent)
{
	for (size_t i = 0; i < n; i++)
		wire_put_slice(out, texts[i]->ptr != NULL || may_be_absent ? *texts[i] : SLICE(""));
}

static bool get_texts(struct wire *w, struct slice *const *texts, size_t n, bool may_be_absent)
{
	for (size_t i = 0; i < n; i++)
		if (!wire_get_slice(w, texts[i]) || (texts[i]->ptr == NULL && !may_be_absent))
			return false;
	return true;
}

/* A number below `below`. */
static bool get_word(struct wire *w, uint64_t below, uint64_t *out)
{
	return wire_get_uint(w, out) && *out < below;
}

enum { TAKEN_TEXTS = 6, GRANT_TEXTS = 4, EDIT_TEXTS = 3 };

/* --- what became of a file --- */

void taken_encode(struct buf *out, const struct taken *t)
{
	const struct slice *const texts[TAKEN_TEXTS] = { &t->member, &t->reporter, &t->domain,
							 &t->report_id, &t->code,  &t->detail };

	wire_put_uint(out, t->kind);
	wire_put_uint(out, t->known);
	wire_put_int(out, t->begin_s);
	wire_put_int(out, t->end_s);
	wire_put_int(out, t->messages);
	put_texts(out, texts, TAKEN_TEXTS, true);
}

int taken_next(struct slice *bytes, struct taken *out)
{
	struct wire w = wire_of(NULL, *bytes);
	struct taken t = { 0 };
	struct slice *const texts[TAKEN_TEXTS] = { &t.member, &t.reporter, &t.domain, &t.report_id, &t.code, &t.detail };
	uint64_t kind;

	if (bytes->len == 0)
		return 0;
	if (!get_word(&w, TAKEN_KINDS, &kind) || !wire_get_flag(&w, &t.known) || !wire_get_int(&w, &t.begin_s) ||
	    !wire_get_int(&w, &t.end_s) || !wire_get_int(&w, &t.messages) || !get_texts(&w, texts, TAKEN_TEXTS, true))
		return -1;
	t.kind = (enum taken_kind)kind;
	*bytes = (struct slice){ (const char *)w.at, (size_t)(w.end - w.at) };
	*out = t;
	return 1;
}

/* --- edits --- */

static void put_grant(struct buf *out, const struct grant *g)
{
	const struct slice *const texts[GRANT_TEXTS] = { &g->name, &g->trees, &g->sources, &g->maker };

	wire_put_uint(out, g->kind);
	wire_put_uint(out, g->role);
	wire_put_uint(out, g->writes);
	wire_put_int(out, g->link);
	wire_put_int(out, g->made_s);
	wire_put_int(out, g->expires_s);
	put_texts(out, texts, GRANT_TEXTS, false);
	buf_add(out, g->hash, sizeof g->hash);
}

static bool get_grant(struct wire *w, struct grant *g)
{
	struct slice *const texts[GRANT_TEXTS] = { &g->name, &g->trees, &g->sources, &g->maker };
	uint64_t kind, role;

	if (!get_word(w, GRANT_KINDS, &kind) || !get_word(w, ACCESS_ROLES, &role) || !wire_get_flag(w, &g->writes) ||
	    !wire_get_int(w, &g->link) || !wire_get_int(w, &g->made_s) || !wire_get_int(w, &g->expires_s) ||
	    !get_texts(w, texts, GRANT_TEXTS, false))
		return false;
	g->kind = (enum grant_kind)kind;
	g->role = (enum access_role)role;
	return wire_get_bytes(w, g->hash, sizeof g->hash);
}

static bool carries_grant(enum edit_kind k)
{
	return k == EDIT_GRANT_ADD || k == EDIT_GRANT_REVOKE;
}

void edit_encode(struct buf *out, const struct edit *e)
{
	const struct slice *const texts[EDIT_TEXTS] = { &e->who, &e->what, &e->detail };

	wire_put_uint(out, e->kind);
	wire_put_int(out, e->id);
	put_texts(out, texts, EDIT_TEXTS, false);
	if (carries_grant(e->kind))
		put_grant(out, &e->grant);
}

bool edit_decode(struct slice bytes, struct edit *out)
{
	struct wire w = wire_of(NULL, bytes);
	struct edit e = { 0 };
	struct slice *const texts[EDIT_TEXTS] = { &e.who, &e.what, &e.detail };
	uint64_t kind;

	if (!get_word(&w, EDITS, &kind) || !wire_get_int(&w, &e.id) || !get_texts(&w, texts, EDIT_TEXTS, false))
		return false;
	e.kind = (enum edit_kind)kind;
	if ((carries_grant(e.kind) && !get_grant(&w, &e.grant)) || w.at != w.end)
		return false;
	*out = e;
	return true;
}

void edited_encode(struct buf *out, const struct edited *e)
{
	wire_put_uint(out, e->done);
	wire_put_int(out, e->id);
	wire_put_slice(out, e->why.ptr != NULL ? e->why : SLICE(""));
}

bool edited_decode(struct slice bytes, struct edited *out)
{
	struct wire w = wire_of(NULL, bytes);
	struct edited e = { 0 };

	if (!wire_get_flag(&w, &e.done) || !wire_get_int(&w, &e.id) || !wire_get_slice(&w, &e.why) || e.why.ptr == NULL ||
	    w.at != w.end)
		return false;
	*out = e;
	return true;
}

/* --- documents --- */

void wanted_encode(struct buf *out, const struct wanted *w)
{
	wire_put_uint(out, w->kind);
	wire_put_int(out, w->id);
}

bool wanted_decode(struct slice bytes, struct wanted *out)
{
	struct wire w = wire_of(NULL, bytes);
	uint64_t kind;
	int64_t id;

	if (!get_word(&w, WANTED_KINDS, &kind) || !wire_get_int(&w, &id) || w.at != w.end)
		return false;
	*out = (struct wanted){ (enum wanted_kind)kind, id };
	return true;
}

void document_encode(struct buf *out, const struct document *d)
{
	wire_put_uint(out, d->state);
	wire_put_slice(out, d->label.ptr != NULL ? d->label : SLICE(""));
	buf_add_slice(out, d->bytes);
}

bool document_decode(struct slice bytes, struct document *out)
{
	struct wire w = wire_of(NULL, bytes);
	struct document d = { 0 };
	uint64_t state;

	if (!get_word(&w, DOCUMENT_STATES, &state) || !wire_get_slice(&w, &d.label) || d.label.ptr == NULL)
		return false;
	d.state = (enum document_state)state;
	d.bytes = (struct slice){ (const char *)w.at, (size_t)(w.end - w.at) };
	*out = d;
	return true;
}
