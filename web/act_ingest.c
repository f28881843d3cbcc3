/* act_ingest: taking in what is sent to the server: one file as a body, or several of a form; and what was refused,
 * read again or set aside. The store answers once it is durable. */
#include "web/act.h"

#include "base/text.h"
#include "schema/limits.h"
#include "schema/report.h"
#include "web/format.h"

enum { DAY_SECONDS = 86400, MOST_TOLD = 1000 /* documents of one file that are told one by one */ };

static const char *const kind_names[TAKEN_KINDS] = { "report", "tls_report", "failure_report", "refused" };

static void put_time(struct arena *a, struct json *j, const char *key, int64_t seconds)
{
	json_key_text(j, key, slice_of(seconds == REPORT_NO_TIME ? NULL : format_rfc3339(a, seconds)));
}

static void put_taken(struct arena *a, struct json *j, const struct taken *t)
{
	json_begin_object(j);
	json_key_text(j, "outcome", slice_of(kind_names[t->kind]));
	json_key_bool(j, "duplicate", t->known);
	json_key_text(j, "member", t->member);
	if (t->kind == TAKEN_REJECT) {
		json_key_text(j, "code", t->code);
		json_key_text(j, "detail", t->detail);
	} else {
		json_key_text(j, "reporter", t->reporter);
		json_key_text(j, "domain", t->domain);
		json_key_text(j, "report_id", t->report_id);
		put_time(a, j, "begin", t->begin_s);
		put_time(a, j, "end", t->end_s);
		json_key_int(j, "messages", t->messages);
	}
	json_end(j);
}

struct sum { /* of one file */
	int64_t fresh, known, refused;
	struct slice code, detail; /* of its first refusal */
};

/* False where the answer is garbled. */
static bool sum_up(struct slice reply, struct sum *out)
{
	struct taken t;
	int rc;

	*out = (struct sum){ 0 };
	while ((rc = taken_next(&reply, &t)) == 1) {
		if (t.kind == TAKEN_REJECT && out->refused++ == 0) {
			out->code = t.code;
			out->detail = t.detail;
		}
		out->fresh += t.kind != TAKEN_REJECT && !t.known;
		out->known += t.kind != TAKEN_REJECT && t.known;
	}
	return rc == 0;
}

/* UX 11: 202 where something is new, 200 where all of it was here before, 422 with the reason where nothing could be read. */
static void print_taken(struct act *act, const struct sum *sum)
{
	struct arena *a = act->a;
	struct slice rest = act->reply;
	struct taken t;
	struct json j;

	json_init(&j, &act->out->body);
	json_begin_object(&j);
	json_key_int(&j, "new", sum->fresh);
	json_key_int(&j, "duplicates", sum->known);
	json_key_int(&j, "refused", sum->refused);
	json_key(&j, "documents");
	json_begin_list(&j);
	for (int n = 0; n < MOST_TOLD && taken_next(&rest, &t) == 1; n++)
		put_taken(a, &j, &t);
	json_end(&j);
	json_end(&j);
	json_line(&j);
	act->out->status = sum->fresh > 0 ? 202 : 200;
	act->out->type = "application/json";
	if (sum->fresh > 0)
		act->out->location = SLICE("/api/v1/reports");
}

static void not_told(struct act *act)
{
	route_fail(act, 503, "store", "The store did not answer",
		   "Whether it was taken in is not known. Sending it again does no harm.");
}

static void answer_taken(struct act *act)
{
	struct sum sum;

	if (act->reply.ptr == NULL || !sum_up(act->reply, &sum))
		not_told(act);
	else if (sum.fresh + sum.known == 0)
		route_fail(act, 422, "not-a-report", "Not a report",
			   arena_printf(act->a, "%.*s: %.*s", (int)sum.code.len, sum.code.ptr, (int)sum.detail.len, sum.detail.ptr));
	else
		print_taken(act, &sum);
}

void act_ingest_api(struct act *act)
{
	struct slice body = act->request->body;

	if (act->step > 0) {
		answer_taken(act);
	} else if (body.len == 0) {
		route_fail(act, 422, "empty", "Nothing was sent", "The body is the bytes of one mail or file.");
	} else {
		ask_put_pair(act_ask(act, ASK_UPLOAD), SLICE("sent to /api/v1/ingest"), SLICE(""));
		act->out->question_rest = body;
	}
}

/* --- a form with files --- */

struct uploading { /* the act's state */
	struct view view;
	struct value *files; /* lines so far */
	size_t at;           /* the part whose answer is waited for */
	int64_t fresh, known, refused;
};

static const char *outcome_words(const struct taken *t)
{
	static const char *const words[TAKEN_KINDS][2] = {
		[TAKEN_REPORT] = { "read", "was here before" },
		[TAKEN_TLS] = { "read: a TLS report", "a TLS report that was here before" },
		[TAKEN_FAILURE] = { "read: a failure report", "a failure report that was here before" },
		[TAKEN_REJECT] = { "not read", "not read, as before" },
	};

	return words[t->kind][t->known];
}

static const char *period_words(struct arena *a, const struct taken *t)
{
	if (t->begin_s == REPORT_NO_TIME)
		return NULL;
	return format_range(a, text_floor_div(t->begin_s, DAY_SECONDS),
			    text_floor_div((t->end_s == REPORT_NO_TIME ? t->begin_s : t->end_s) - 1, DAY_SECONDS));
}

static void put_line(struct act *act, struct uploading *u, struct slice file, const struct taken *t)
{
	struct value *line = view_add_object(act->a, u->files);
	bool read = t->kind != TAKEN_REJECT;

	view_put_text(act->a, line, "file", t->member.len > 0 ? slice_of(arena_printf(act->a, "%.*s: %.*s", (int)file.len, file.ptr, (int)t->member.len, t->member.ptr)) : file);
	view_put_link(act->a, line, "outcome", slice_of(outcome_words(t)));
	view_put_text(act->a, line, "detail", read ? (struct slice){ 0 } : t->detail);
	view_put_text(act->a, line, "reporter", t->reporter);
	view_put_link(act->a, line, "period", slice_of(read ? period_words(act->a, t) : NULL));
	if (t->kind == TAKEN_REPORT)
		view_put_int(act->a, line, "messages", t->messages);
	u->fresh += read && !t->known;
	u->known += read && t->known;
	u->refused += !read;
}

static void put_answer(struct act *act, struct uploading *u, struct slice file)
{
	static const struct taken silence = { .kind = TAKEN_REJECT, .detail = WORD("the store did not answer: send it again") };
	struct slice rest = act->reply;
	struct taken t;
	int rc = 0;

	if (act->reply.ptr == NULL) {
		put_line(act, u, file, &silence);
		return;
	}
	for (int n = 0; n < MOST_TOLD && (rc = taken_next(&rest, &t)) == 1; n++)
		put_line(act, u, file, &t);
	if (rc < 0)
		put_line(act, u, file, &silence);
}

/* Asks for the next file from `at` on; false where there is none. */
static bool send_next(struct act *act, struct uploading *u)
{
	for (; u->at < act->form.n; u->at++) {
		const struct form_part *part = &act->form.part[u->at];

		if (part->file.ptr == NULL || part->value.len == 0)
			continue;
		ask_put_pair(act_ask(act, ASK_UPLOAD), text_cut(part->file, LIMIT_LABEL_BYTES), SLICE(""));
		act->out->question_rest = part->value;
		return true;
	}
	return false;
}

static void print_uploaded(struct act *act, struct uploading *u)
{
	const char *known = u->known > 0 ? arena_printf(act->a, ", %lld here before", (long long)u->known) : "";
	const char *refused = u->refused > 0 ? arena_printf(act->a, ", %lld not read", (long long)u->refused) : "";

	view_put_link(act->a, u->view.page, "headline",
		      slice_of(arena_printf(act->a, "%s taken in%s%s", page_plural(act->a, u->fresh, "report", "reports"), known, refused)));
	route_print(act->site, act->request, act->out, u->fresh + u->known > 0 ? 200 : 422, &u->view);
}

/* Steps: one a file. */
void act_ingest_form(struct act *act)
{
	struct uploading *u = act->state;

	if (act->step == 0) {
		act->state = u = arena_alloc(act->a, sizeof *u);
		act_page(act, &u->view, "taken", "Taken in");
		u->files = view_put_list(act->a, u->view.page, "files");
	} else {
		put_answer(act, u, act->form.part[u->at].file);
		u->at++;
	}
	if (send_next(act, u))
		return;
	if (act->step == 0)
		route_fail(act, 422, "empty", "Nothing was sent", "Choose at least one file with something in it.");
	else
		print_uploaded(act, u);
}

/* --- what was refused --- */

void act_retry(struct act *act)
{
	struct edit e = { .kind = EDIT_RETRY, .id = act->id, .what = SLICE("refusal read again"),
			  .detail = slice_of(arena_printf(act->a, "number %lld", (long long)act->id)) };
	struct uploading *u;

	if (act->step == 0) {
		act_edit(act, &e);
	} else if (act->api) {
		answer_taken(act);
	} else {
		act->state = u = arena_alloc(act->a, sizeof *u);
		act_page(act, &u->view, "taken", "Read again");
		u->files = view_put_list(act->a, u->view.page, "files");
		put_answer(act, u, SLICE("what was refused"));
		print_uploaded(act, u);
	}
}

void act_dismiss(struct act *act)
{
	struct edit e = { .kind = EDIT_DISMISS, .id = act->id, .what = SLICE("refusal marked as no report"),
			  .detail = slice_of(arena_printf(act->a, "number %lld", (long long)act->id)) };
	struct edited edited;

	if (act->step == 0) {
		act_edit(act, &e);
	} else if (act_done(act, &edited)) {
		route_go(act->out, SLICE("/ingest"));
		act->out->status = act->api ? 204 : 303;
	}
}
