/* act_ingest: taking in what is sent to the server: one file as a body. The store answers once it is durable. */
#include "web/act.h"

#include "base/text.h"
#include "schema/limits.h"
#include "schema/report.h"
#include "web/format.h"

enum { MOST_TOLD = 1000 /* documents of one file that are told one by one */ };

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
	struct arena *a = &act->out->arena;
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

void act_ingest_api(struct act *act)
{
	struct arena *a = &act->out->arena;
	struct slice body = act->request->body;
	struct sum sum;

	if (act->step == 0) {
		if (body.len == 0) {
			route_fail(act, 422, "empty", "Nothing was sent", "The body is the bytes of one mail or file.");
			return;
		}
		ask_put_pair(act_ask(act, ASK_UPLOAD), SLICE("sent to /api/v1/ingest"), SLICE(""));
		act->out->question_rest = body;
		return;
	}
	if (act->reply.ptr == NULL || !sum_up(act->reply, &sum))
		route_fail(act, 503, "store", "The store did not answer", "Whether it was taken in is not known. Sending it again does no harm.");
	else if (sum.fresh + sum.known == 0)
		route_fail(act, 422, "not-a-report", "Not a report", arena_printf(a, "%.*s: %.*s", (int)sum.code.len, sum.code.ptr, (int)sum.detail.len, sum.detail.ptr));
	else
		print_taken(act, &sum);
}
