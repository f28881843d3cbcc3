/* ask: see ask.h. */
#include "schema/ask.h"

#include "schema/limits.h"
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

enum { TAKEN_TEXTS = 6, GRANT_TEXTS = 4, NOTE_TEXTS = 4, CONFIRMATION_TEXTS = 4, BLOCKER_TEXTS = 8, EDIT_TEXTS = 3 };

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

/* What people write is never longer. */
static bool get_short(struct wire *w, struct slice *const *texts, size_t n)
{
	if (!get_texts(w, texts, n, false))
		return false;
	for (size_t i = 0; i < n; i++)
		if (texts[i]->len > LIMIT_JOURNAL_TEXT_BYTES)
			return false;
	return true;
}

static void put_note(struct buf *out, const struct journal_note *n)
{
	const struct slice *const texts[NOTE_TEXTS] = { &n->text, &n->domain, &n->source, &n->who };
	const int64_t numbers[] = { n->id, n->version, n->day, n->end_day, n->made_s };

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		wire_put_int(out, numbers[i]);
	put_texts(out, texts, NOTE_TEXTS, false);
}

static bool get_note(struct wire *w, struct journal_note *n)
{
	struct slice *const texts[NOTE_TEXTS] = { &n->text, &n->domain, &n->source, &n->who };
	int64_t *const numbers[] = { &n->id, &n->version, &n->day, &n->end_day, &n->made_s };

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (!wire_get_int(w, numbers[i]))
			return false;
	return get_short(w, texts, NOTE_TEXTS) && n->day <= n->end_day;
}

static void put_confirmation(struct buf *out, const struct confirmation *c)
{
	const struct slice *const texts[CONFIRMATION_TEXTS] = { &c->domain, &c->check, &c->text, &c->who };

	wire_put_uint(out, c->step);
	wire_put_int(out, c->made_s);
	wire_put_int(out, c->expires_s);
	put_texts(out, texts, CONFIRMATION_TEXTS, false);
}

static bool get_confirmation(struct wire *w, struct confirmation *c)
{
	struct slice *const texts[CONFIRMATION_TEXTS] = { &c->domain, &c->check, &c->text, &c->who };
	uint64_t step;

	if (!get_word(w, STEPS, &step) || !wire_get_int(w, &c->made_s) || !wire_get_int(w, &c->expires_s))
		return false;
	c->step = (enum step)step;
	return get_short(w, texts, CONFIRMATION_TEXTS);
}

static void put_blocker(struct buf *out, const struct blocker *b)
{
	const struct slice *const texts[BLOCKER_TEXTS] = { &b->key, &b->domain, &b->text, &b->owner, &b->reason, &b->note, &b->source, &b->who };
	const int64_t numbers[] = { b->id, b->version, b->state_day, b->until_day, b->made_s };

	wire_put_uint(out, b->state);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		wire_put_int(out, numbers[i]);
	put_texts(out, texts, BLOCKER_TEXTS, false);
}

static bool get_blocker(struct wire *w, struct blocker *b)
{
	struct slice *const texts[BLOCKER_TEXTS] = { &b->key, &b->domain, &b->text, &b->owner, &b->reason, &b->note, &b->source, &b->who };
	int64_t *const numbers[] = { &b->id, &b->version, &b->state_day, &b->until_day, &b->made_s };
	uint64_t state;

	if (!get_word(w, BLOCKER_STATES, &state))
		return false;
	b->state = (enum blocker_state)state;
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (!wire_get_int(w, numbers[i]))
			return false;
	return get_short(w, texts, BLOCKER_TEXTS);
}

/* What an edit carries beside its head. */
static void put_subject(struct buf *out, const struct edit *e)
{
	if (e->kind == EDIT_GRANT_ADD || e->kind == EDIT_GRANT_REVOKE)
		put_grant(out, &e->grant);
	else if (e->kind == EDIT_NOTE || e->kind == EDIT_NOTE_REMOVE)
		put_note(out, &e->note);
	else if (e->kind == EDIT_CONFIRM)
		put_confirmation(out, &e->confirmation);
	else if (e->kind == EDIT_BLOCKER || e->kind == EDIT_BLOCKER_REMOVE)
		put_blocker(out, &e->blocker);
}

static bool get_subject(struct wire *w, struct edit *e)
{
	if (e->kind == EDIT_GRANT_ADD || e->kind == EDIT_GRANT_REVOKE)
		return get_grant(w, &e->grant);
	if (e->kind == EDIT_NOTE || e->kind == EDIT_NOTE_REMOVE)
		return get_note(w, &e->note);
	if (e->kind == EDIT_CONFIRM)
		return get_confirmation(w, &e->confirmation);
	return (e->kind != EDIT_BLOCKER && e->kind != EDIT_BLOCKER_REMOVE) || get_blocker(w, &e->blocker);
}

void edit_encode(struct buf *out, const struct edit *e)
{
	const struct slice *const texts[EDIT_TEXTS] = { &e->who, &e->what, &e->detail };

	wire_put_uint(out, e->kind);
	wire_put_int(out, e->id);
	put_texts(out, texts, EDIT_TEXTS, false);
	put_subject(out, e);
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
	if (!get_subject(&w, &e) || w.at != w.end)
		return false;
	*out = e;
	return true;
}

void edited_encode(struct buf *out, const struct edited *e)
{
	wire_put_uint(out, e->done);
	wire_put_uint(out, e->stale);
	wire_put_int(out, e->id);
	wire_put_slice(out, e->why.ptr != NULL ? e->why : SLICE(""));
}

bool edited_decode(struct slice bytes, struct edited *out)
{
	struct wire w = wire_of(NULL, bytes);
	struct edited e = { 0 };

	if (!wire_get_flag(&w, &e.done) || !wire_get_flag(&w, &e.stale) || !wire_get_int(&w, &e.id) || !wire_get_slice(&w, &e.why) || e.why.ptr == NULL ||
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
