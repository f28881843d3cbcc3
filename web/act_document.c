/* act_document: bytes as they were sent: the XML of one report, or the mail or file it came in. The store has them
 * (ASK_DOCUMENT); they are never shown as what they are, but as plain text or a download. */
#include "web/act.h"

#include "base/text.h"

#include <stdio.h>

enum { NAME_BYTES = 120 };

static void ask_for(struct act *act, enum wanted_kind kind)
{
	const struct wanted wanted = { kind, act->id };

	wanted_encode(act_ask(act, ASK_DOCUMENT), &wanted);
}

/* Letters that no header and no file system minds. */
static void name_download(struct act *act, struct slice label)
{
	static const char kept[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._!@+";
	char *to = act->out->download;
	size_t n = 0;

	for (size_t i = label.len; i > 0; i--)
		if (label.ptr[i - 1] == '/') {
			label = (struct slice){ label.ptr + i, label.len - i };
			break;
		}
	for (size_t i = 0; i < label.len && n < NAME_BYTES; i++)
		to[n++] = strchr(kept, label.ptr[i]) != NULL && label.ptr[i] != '\0' ? label.ptr[i] : '_';
	to[n] = '\0';
	if (n == 0 || to[0] == '.')
		snprintf(to, NAME_BYTES, "report-%lld", (long long)act->id);
}

static void say_why(struct act *act, enum document_state state)
{
	static const struct {
		int status;
		const char *slug, *title, *detail;
	} why[DOCUMENT_STATES] = {
		[DOCUMENT_UNKNOWN] = { 404, "not-found", "Nothing here", "No page has this address." },
		[DOCUMENT_GONE] = { 410, "no-longer-kept", "No longer kept", "Its bytes were removed, as the configured retention says, or never kept." },
		[DOCUMENT_UNREAD] = { 409, "not-found-again", "Not found again", "The mail or file is kept, but the parsers of today find another report in it. ruad reparse tells more." },
		[DOCUMENT_TOO_LARGE] = { 413, "too-large", "Too large", "It is larger than what is sent to a browser." },
	};

	route_fail(act, why[state].status, why[state].slug, why[state].title, why[state].detail);
}

/* The reply as a body; false where it is none, answered then. */
static bool take(struct act *act, struct document *out)
{
	if (act->reply.ptr == NULL || !document_decode(act->reply, out)) {
		act_no_word(act);
		return false;
	}
	if (out->state != DOCUMENT_HERE) {
		say_why(act, out->state);
		return false;
	}
	buf_add_slice(&act->out->body, out->bytes);
	act->out->status = 200;
	return true;
}

static bool is_here(struct slice reply)
{
	struct document d;

	return reply.ptr != NULL && document_decode(reply, &d) && d.state == DOCUMENT_HERE;
}

/* Plain text: nothing in it is ever run, or taken for a page (UX 3). A person gets it written anew where the bytes are not at hand,
 * and a program the reason why not. */
void act_report_xml(struct act *act)
{
	struct document d;

	if (act->out->visitor.scope.n > 0 || (act->step > 0 && !act->api && !is_here(act->reply)))
		act_report_extract(act);
	else if (act->step == 0)
		ask_for(act, WANTED_REPORT);
	else if (take(act, &d))
		act->out->type = "text/plain; charset=utf-8";
}

static void download(struct act *act, enum wanted_kind kind)
{
	struct document d;

	if (act->step == 0) {
		ask_for(act, kind);
	} else if (take(act, &d)) {
		act->out->type = "application/octet-stream";
		name_download(act, d.label);
	}
}

void act_report_file(struct act *act)
{
	download(act, WANTED_FILE);
}

void act_reject_file(struct act *act)
{
	download(act, WANTED_REJECT);
}

void act_mail_file(struct act *act)
{
	download(act, WANTED_MAIL);
}
