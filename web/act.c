/* act: see act.h. */
#include "web/act.h"

#include "base/text.h"
#include "schema/limits.h"

#define NOTE_FIELDS "day end_day text domain source name"
#define BLOCKER_FIELDS "domain text owner state reason until note source name"

static const struct entry {
	const char *path; /* "#" is a number, "*" at its end a word */
	int methods;
	size_t body_most;
	enum access_role needs;
	enum { FORM, BYTES, FIELDS } body; /* of a page of ours; bytes of a file; what a program says, in JSON or as a form */
	void (*run)(struct act *act);
	const char *fields; /* of FIELDS: their names */
} entries[] = {
	{ "/sign-in", METHOD_READS, 0, ACCESS_NOBODY, FORM, act_sign_in_page },
	{ "/sign-in", METHOD_POST, LIMIT_FORM_BYTES, ACCESS_NOBODY, FORM, act_sign_in },
	{ "/sign-out", METHOD_POST, LIMIT_FORM_BYTES, ACCESS_VIEWER, FORM, act_sign_out },
	{ "/s/*", METHOD_READS, 0, ACCESS_NOBODY, FORM, act_link_page },
	{ "/s/*", METHOD_POST, LIMIT_FORM_BYTES, ACCESS_NOBODY, FORM, act_link_open },
	{ "/settings", METHOD_READS, 0, ACCESS_TEAM, FORM, act_settings },
	{ "/settings/access", METHOD_READS, 0, ACCESS_TEAM, FORM, act_access_page },
	{ "/settings/access/links", METHOD_POST, LIMIT_FORM_BYTES, ACCESS_TEAM, FORM, act_link_make },
	{ "/settings/access/tokens", METHOD_POST, LIMIT_FORM_BYTES, ACCESS_ADMIN, FORM, act_token_make },
	{ "/settings/access/revoke", METHOD_POST, LIMIT_FORM_BYTES, ACCESS_TEAM, FORM, act_revoke },
	{ "/settings/audit", METHOD_READS, 0, ACCESS_TEAM, FORM, act_audit_page },
	{ "/ingest", METHOD_POST, LIMIT_UPLOAD_BYTES, ACCESS_TEAM, FORM, act_ingest_form },
	{ "/ingest/#/retry", METHOD_POST, LIMIT_FORM_BYTES, ACCESS_TEAM, FORM, act_retry },
	{ "/ingest/#/dismiss", METHOD_POST, LIMIT_FORM_BYTES, ACCESS_TEAM, FORM, act_dismiss },
	{ "/ingest/#/refused", METHOD_READS, 0, ACCESS_TEAM, FORM, act_reject_file },
	{ "/ingest/#/mail", METHOD_READS, 0, ACCESS_TEAM, FORM, act_mail_file },
	{ "/reports/#/file", METHOD_READS, 0, ACCESS_TEAM, FORM, act_report_file },
	{ "/reports/#.xml", METHOD_READS, 0, ACCESS_VIEWER, FORM, act_report_xml },
	{ "/reports/#/raw", METHOD_READS, 0, ACCESS_VIEWER, FORM, act_report_lines },
	{ "/api/v1/reports/#/raw", METHOD_READS, 0, ACCESS_VIEWER, FORM, act_report_xml },
	{ "/api/v1/ingest", METHOD_POST, LIMIT_MAIL_BYTES, ACCESS_TEAM, BYTES, act_ingest_api },
	{ "/api/v1/ingest/#/retry", METHOD_POST, LIMIT_FORM_BYTES, ACCESS_TEAM, BYTES, act_retry },
	{ "/api/v1/ingest/#/dismiss", METHOD_POST, LIMIT_FORM_BYTES, ACCESS_TEAM, BYTES, act_dismiss },
	{ "/rollout/notes", METHOD_POST, LIMIT_FORM_BYTES, ACCESS_TEAM, FORM, act_note_add },
	{ "/rollout/notes/#", METHOD_POST, LIMIT_FORM_BYTES, ACCESS_TEAM, FORM, act_note_change },
	{ "/rollout/notes/#/remove", METHOD_POST, LIMIT_FORM_BYTES, ACCESS_TEAM, FORM, act_note_remove },
	{ "/rollout/confirmations", METHOD_POST, LIMIT_FORM_BYTES, ACCESS_TEAM, FORM, act_confirm },
	{ "/rollout/confirmations/#/withdraw", METHOD_POST, LIMIT_FORM_BYTES, ACCESS_TEAM, FORM, act_withdraw },
	{ "/rollout/blockers", METHOD_POST, LIMIT_FORM_BYTES, ACCESS_TEAM, FORM, act_blocker_add },
	{ "/rollout/blockers/#", METHOD_POST, LIMIT_FORM_BYTES, ACCESS_TEAM, FORM, act_blocker_change },
	{ "/rollout/blockers/#/remove", METHOD_POST, LIMIT_FORM_BYTES, ACCESS_TEAM, FORM, act_blocker_remove },
	{ "/api/v1/notes", METHOD_POST, LIMIT_FORM_BYTES, ACCESS_TEAM, FIELDS, act_note_add, NOTE_FIELDS },
	{ "/api/v1/notes/#", METHOD_PATCH, LIMIT_FORM_BYTES, ACCESS_TEAM, FIELDS, act_note_change, NOTE_FIELDS },
	{ "/api/v1/notes/#", METHOD_DELETE, LIMIT_FORM_BYTES, ACCESS_TEAM, FIELDS, act_note_remove, "" },
	{ "/api/v1/confirmations", METHOD_POST, LIMIT_FORM_BYTES, ACCESS_TEAM, FIELDS, act_confirm, "domain step check text name days" },
	{ "/api/v1/confirmations/#", METHOD_DELETE, LIMIT_FORM_BYTES, ACCESS_TEAM, FIELDS, act_withdraw, "" },
	{ "/api/v1/blockers", METHOD_POST, LIMIT_FORM_BYTES, ACCESS_TEAM, FIELDS, act_blocker_add, BLOCKER_FIELDS " key" },
	{ "/api/v1/blockers/#", METHOD_PATCH, LIMIT_FORM_BYTES, ACCESS_TEAM, FIELDS, act_blocker_change, BLOCKER_FIELDS },
	{ "/api/v1/blockers/#", METHOD_DELETE, LIMIT_FORM_BYTES, ACCESS_TEAM, FIELDS, act_blocker_remove, "" },
};
enum { ENTRIES = sizeof entries / sizeof *entries };

bool act_at(int i, struct act_info *out)
{
	if (i < 0 || i >= ENTRIES)
		return false;
	*out = (struct act_info){ entries[i].path, entries[i].methods, entries[i].body_most, entries[i].fields };
	return true;
}

/* --- which act it is --- */

static bool fits_number(const char *form, const char *mark, struct slice path, int64_t *id)
{
	size_t before = (size_t)(mark - form), behind = strlen(mark + 1);

	if (path.len <= before + behind || memcmp(path.ptr, form, before) != 0 ||
	    memcmp(path.ptr + path.len - behind, mark + 1, behind) != 0 || path.ptr[before] < '0' || path.ptr[before] > '9')
		return false;
	return text_int((struct slice){ path.ptr + before, path.len - before - behind }, id);
}

static bool fits_word(const char *form, const char *mark, struct slice path, struct slice *word)
{
	size_t before = (size_t)(mark - form);

	if (path.len <= before || memcmp(path.ptr, form, before) != 0)
		return false;
	*word = (struct slice){ path.ptr + before, path.len - before };
	return memchr(word->ptr, '/', word->len) == NULL;
}

struct named { /* in a path */
	int64_t id;
	struct slice word;
};

static bool fits(const char *form, struct slice path, struct named *out)
{
	const char *number = strchr(form, '#'), *word = strchr(form, '*');

	return number != NULL ? fits_number(form, number, path, &out->id) :
	       word != NULL   ? fits_word(form, word, path, &out->word) :
				slice_is(path, form);
}

static const struct entry *entry_of(struct slice path, int method, struct named *out)
{
	for (int i = 0; i < ENTRIES; i++)
		if ((entries[i].methods & method) && fits(entries[i].path, path, out))
			return &entries[i];
	return NULL;
}

int act_methods(struct slice path)
{
	struct named named;
	int methods = 0;

	for (int i = 0; i < ENTRIES; i++)
		if (fits(entries[i].path, path, &named))
			methods |= entries[i].methods;
	return methods;
}

enum access_role act_needs(struct slice path)
{
	enum access_role needs = ACCESS_NOBODY;
	struct named named;

	for (int i = 0; i < ENTRIES; i++)
		if (entries[i].needs > needs && fits(entries[i].path, path, &named))
			needs = entries[i].needs;
	return needs;
}

size_t act_body_most(const struct request *request, struct slice path)
{
	struct named named;
	const struct entry *e = entry_of(path, (int)request->method, &named);

	return e != NULL ? e->body_most : 0;
}

/* --- running one --- */

static bool is_same_text(struct slice a, struct slice b)
{
	unsigned char differs = a.len != b.len;

	for (size_t i = 0; i < a.len && i < b.len; i++)
		differs |= (unsigned char)(a.ptr[i] ^ b.ptr[i]);
	return differs == 0;
}

/* Fields of the body. False where they cannot be read, answered then. */
static bool read_fields(struct act *act)
{
	const struct request *r = act->request;

	if (r->body.len > 0 && form_kind(r->content_type) == FORM_NONE) {
		route_fail(act, 415, "media-type", "Not a form", "This takes application/x-www-form-urlencoded, multipart/form-data or a JSON object.");
		return false;
	}
	if (r->body.len > 0 && form_read(act->a, r->content_type, r->body, &act->form) != 0) {
		route_fail(act, 400, "form", "A broken form", "The body is not what its type says. Nothing was changed.");
		return false;
	}
	return true;
}

/* Those of a form, which says by its token that a page of ours sent it. */
static bool read_form(struct act *act)
{
	struct slice token = access_form_token(act->site, act->a, act->request, &act->out->visitor);

	if (!read_fields(act))
		return false;
	if (act->out->visitor.by == BY_TOKEN || is_same_text(form_field(&act->form, "form"), token))
		return true;
	route_fail(act, 403, "form-token", "Out of date",
		   "This form is from another sign-in, or from before ruad was started anew. Go back, load the page again, and send it once more.");
	return false;
}

bool act_answer(const struct site *site, const struct request *request, struct slice path, struct slice query,
		struct answer *out)
{
	struct named named = { 0 };
	const struct entry *e = entry_of(path, (int)request->method, &named);
	struct act *act;

	if (e == NULL)
		return false;
	act = out->act = arena_alloc(&out->arena, sizeof *act);
	*act = (struct act){ .site = site, .request = request, .out = out, .a = &out->arena, .path = path, .query = query,
			     .id = named.id, .word = named.word, .api = route_is_api(path), .run = e->run };
	out->route = ROUTE_ACTS;
	out->fleeting = true;
	if ((request->method & METHOD_READS) || e->body == BYTES || (e->body == FIELDS ? read_fields(act) : read_form(act)))
		act->run(act);
	return true;
}

void act_continue(struct act *act, const struct request *request, struct slice reply)
{
	act->request = request;
	act->reply = reply.ptr != NULL ? (struct slice){ arena_copy(act->a, reply.ptr, reply.len), reply.len } : reply;
	act->step++;
	act->run(act);
}

/* --- for acts --- */

struct buf *act_ask(struct act *act, enum ask_kind kind)
{
	buf_release(&act->out->question);
	buf_init(&act->out->question, LIMIT_FORM_BYTES);
	act->out->question_rest = (struct slice){ 0 };
	act->out->ask = kind;
	act->out->asks = true;
	return &act->out->question;
}

void act_edit(struct act *act, struct edit *e)
{
	unsigned char peer[16];
	char text[ADDRESS_TEXT_BYTES];

	access_peer(act->site, act->request, peer);
	if (e->who.ptr == NULL)
		e->who = act->out->visitor.name.len > 0 ? act->out->visitor.name : slice_of(arena_printf(act->a, "%s", address_text(text, peer)));
	edit_encode(act_ask(act, ASK_EDIT), e);
}

void act_no_word(struct act *act)
{
	route_fail(act, 503, "store", "The store did not answer", "Whether it was done is not known. Look, and try again.");
}

bool act_done(struct act *act, struct edited *out)
{
	if (act->reply.ptr == NULL || !edited_decode(act->reply, out)) {
		act_no_word(act);
		return false;
	}
	if (!out->done)
		route_fail(act, out->stale ? 412 : 409, out->stale ? "changed" : "not-done", "Not done", arena_printf(act->a, "%.*s", (int)out->why.len, out->why.ptr));
	return out->done;
}

struct slice act_field(const struct act *act, const char *name)
{
	struct slice field = form_field(&act->form, name);

	return field.ptr != NULL ? text_trim(field) : SLICE("");
}

struct slice act_param(struct act *act, const char *name)
{
	struct form form;

	if (act->query.len == 0 ||
	    form_read(act->a, SLICE("application/x-www-form-urlencoded"), act->query, &form) != 0)
		return (struct slice){ 0 };
	return form_field(&form, name);
}

struct slice act_own_address(struct slice next)
{
	if (next.len == 0 || next.ptr[0] != '/' || (next.len > 1 && (next.ptr[1] == '/' || next.ptr[1] == '\\')))
		return SLICE("/");
	for (size_t i = 0; i < next.len; i++)
		if ((unsigned char)next.ptr[i] <= ' ' || (unsigned char)next.ptr[i] >= 0x7f || next.ptr[i] == '\\')
			return SLICE("/");
	return next;
}

void act_page(struct act *act, struct view *view, const char *template_name, const char *title)
{
	view->template_name = template_name;
	view->page = route_shell(act->site, act->request, act->out, title);
}
