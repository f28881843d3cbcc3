/* act: see act.h. */
#include "web/act.h"

#include "base/text.h"
#include "schema/limits.h"

static const struct entry {
	const char *path; /* "#" is a number, "*" at its end a word */
	int methods;
	size_t body_most;
	enum access_role needs;
	bool raw; /* the body is no form */
	void (*run)(struct act *act);
} entries[] = {
	{ "/sign-in", METHOD_READS, 0, ACCESS_NOBODY, false, act_sign_in_page },
	{ "/sign-in", METHOD_POST, LIMIT_FORM_BYTES, ACCESS_NOBODY, false, act_sign_in },
	{ "/sign-out", METHOD_POST, LIMIT_FORM_BYTES, ACCESS_VIEWER, false, act_sign_out },
	{ "/s/*", METHOD_READS, 0, ACCESS_NOBODY, false, act_link_page },
	{ "/s/*", METHOD_POST, LIMIT_FORM_BYTES, ACCESS_NOBODY, false, act_link_open },
	{ "/settings", METHOD_READS, 0, ACCESS_TEAM, false, act_settings },
	{ "/settings/access", METHOD_READS, 0, ACCESS_TEAM, false, act_access_page },
	{ "/settings/access/links", METHOD_POST, LIMIT_FORM_BYTES, ACCESS_TEAM, false, act_link_make },
	{ "/settings/access/tokens", METHOD_POST, LIMIT_FORM_BYTES, ACCESS_ADMIN, false, act_token_make },
	{ "/settings/access/revoke", METHOD_POST, LIMIT_FORM_BYTES, ACCESS_TEAM, false, act_revoke },
	{ "/settings/audit", METHOD_READS, 0, ACCESS_TEAM, false, act_audit_page },
	{ "/ingest", METHOD_POST, LIMIT_UPLOAD_BYTES, ACCESS_TEAM, false, act_ingest_form },
	{ "/ingest/#/retry", METHOD_POST, LIMIT_FORM_BYTES, ACCESS_TEAM, false, act_retry },
	{ "/ingest/#/dismiss", METHOD_POST, LIMIT_FORM_BYTES, ACCESS_TEAM, false, act_dismiss },
	{ "/ingest/#/refused", METHOD_READS, 0, ACCESS_TEAM, false, act_reject_file },
	{ "/ingest/#/mail", METHOD_READS, 0, ACCESS_TEAM, false, act_mail_file },
	{ "/reports/#/file", METHOD_READS, 0, ACCESS_TEAM, false, act_report_file },
	{ "/reports/#.xml", METHOD_READS, 0, ACCESS_VIEWER, false, act_report_xml },
	{ "/reports/#/raw", METHOD_READS, 0, ACCESS_VIEWER, false, act_report_lines },
	{ "/api/v1/reports/#/raw", METHOD_READS, 0, ACCESS_VIEWER, false, act_report_xml },
	{ "/api/v1/ingest", METHOD_POST, LIMIT_MAIL_BYTES, ACCESS_TEAM, true, act_ingest_api },
	{ "/api/v1/ingest/#/retry", METHOD_POST, LIMIT_FORM_BYTES, ACCESS_TEAM, true, act_retry },
	{ "/api/v1/ingest/#/dismiss", METHOD_POST, LIMIT_FORM_BYTES, ACCESS_TEAM, true, act_dismiss },
};
enum { ENTRIES = sizeof entries / sizeof *entries };

bool act_at(int i, struct act_info *out)
{
	if (i < 0 || i >= ENTRIES)
		return false;
	*out = (struct act_info){ entries[i].path, entries[i].methods, entries[i].body_most };
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

/* Fields of a form, which says by its token that a page of ours sent it. False where it is not, answered then. */
static bool read_form(struct act *act)
{
	const struct request *r = act->request;
	struct slice token = access_form_token(act->site, act->a, r, &act->out->visitor);

	if (r->body.len > 0 && form_kind(r->content_type) == FORM_NONE) {
		route_fail(act, 415, "media-type", "Not a form", "This takes application/x-www-form-urlencoded or multipart/form-data.");
		return false;
	}
	if (r->body.len > 0 && form_read(act->a, r->content_type, r->body, &act->form) != 0) {
		route_fail(act, 400, "form", "A broken form", "The body is not what its type says. Nothing was changed.");
		return false;
	}
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
	if ((request->method & METHOD_READS) || e->raw || read_form(act))
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
		route_fail(act, 409, "not-done", "Not done", arena_printf(act->a, "%.*s", (int)out->why.len, out->why.ptr));
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

void act_page(struct act *act, struct view *view, const char *template_name, const char *title)
{
	view->template_name = template_name;
	view->page = route_shell(act->site, act->request, act->out, title);
}
