/* act: see act.h. */
#include "web/act.h"

#include "base/text.h"
#include "schema/limits.h"

static const struct entry {
	const char *path; /* "#" is a number */
	int methods;
	size_t body_most;
	void (*run)(struct act *act);
} entries[] = {
	{ "/api/v1/ingest", METHOD_POST, LIMIT_MAIL_BYTES, act_ingest_api },
};
enum { ENTRIES = sizeof entries / sizeof *entries };

/* Whether the path is of that form; the number in it. */
static bool fits(const char *form, struct slice path, int64_t *id)
{
	const char *mark = strchr(form, '#');
	size_t before = mark != NULL ? (size_t)(mark - form) : 0, behind = mark != NULL ? strlen(mark + 1) : 0;

	if (mark == NULL)
		return slice_is(path, form);
	if (path.len <= before + behind || memcmp(path.ptr, form, before) != 0 ||
	    memcmp(path.ptr + path.len - behind, mark + 1, behind) != 0 || path.ptr[before] < '0' || path.ptr[before] > '9')
		return false;
	return text_int((struct slice){ path.ptr + before, path.len - before - behind }, id);
}

static const struct entry *entry_of(struct slice path, int method, int64_t *id)
{
	for (int i = 0; i < ENTRIES; i++)
		if ((entries[i].methods & method) && fits(entries[i].path, path, id))
			return &entries[i];
	return NULL;
}

int act_methods(struct slice path)
{
	int64_t id;
	int methods = 0;

	for (int i = 0; i < ENTRIES; i++)
		if (fits(entries[i].path, path, &id))
			methods |= entries[i].methods;
	return methods;
}

size_t act_body_most(const struct request *request, struct slice path)
{
	int64_t id;
	const struct entry *e = entry_of(path, request->method, &id);

	return e != NULL ? e->body_most : 0;
}

bool act_answer(const struct site *site, const struct request *request, struct slice path, struct slice query,
		struct answer *out)
{
	int64_t id = 0;
	const struct entry *e = entry_of(path, request->method, &id);
	struct act *act;

	if (e == NULL)
		return false;
	act = out->act = arena_alloc(&out->arena, sizeof *act);
	*act = (struct act){ .site = site, .request = request, .out = out, .path = path, .query = query, .id = id,
			     .api = route_is_api(path), .run = e->run };
	out->route = ROUTE_ACTS;
	out->fleeting = true;
	act->run(act);
	return true;
}

void act_continue(struct act *act, const struct request *request, struct slice reply)
{
	act->request = request;
	act->reply = reply;
	act->step++;
	act->run(act);
}

struct buf *act_ask(struct act *act, enum ask_kind kind)
{
	buf_release(&act->out->question);
	buf_init(&act->out->question, LIMIT_FORM_BYTES);
	act->out->question_rest = (struct slice){ 0 };
	act->out->ask = kind;
	act->out->asks = true;
	return &act->out->question;
}
