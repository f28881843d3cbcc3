/* act_journal: what people write down (schema/journal.h): notes, confirmations and blockers made, changed and taken back, by a form of a
 * page or by a program. A change keeps the fields that it does not name. Who did it, and what stood there before, is in the audit log.
 * Neighbours: page_journal.c, page_note.c and page_blockers.c show them; write.h has the forms. */
#include "web/act.h"

#include "base/text.h"
#include "schema/domain.h"
#include "schema/limits.h"

#include <time.h>

enum { DAY_SECONDS = 86400, CONFIRM_DAYS = 90, DAYS_MOST = 3650, TOLD_BYTES = 300 /* of a text, in the audit log */ };

static int64_t now_s(void)
{
	return (int64_t)time(NULL);
}

static int64_t today(void)
{
	return text_floor_div(now_s(), DAY_SECONDS);
}

static bool fail(struct act *act, const char *slug, const char *title, const char *detail)
{
	route_fail(act, 422, slug, title, detail);
	return false;
}

/* --- fields: each keeps what it is where the request does not name it, and answers where it is wrong --- */

static bool has_field(const struct act *act, const char *name)
{
	return form_field(&act->form, name).ptr != NULL;
}

/* On one line: ends of lines are blanks. */
static bool take_text(struct act *act, const char *name, size_t most, struct slice *to)
{
	struct slice text = act_field(act, name);

	if (!has_field(act, name))
		return true;
	if (text.len > most)
		return fail(act, name, "Too long", arena_printf(act->a, "%s: At most %zu bytes.", name, most));
	text = text_squeeze(act->a, text);
	*to = text.ptr != NULL ? text : SLICE("");
	return true;
}

static bool take_domain(struct act *act, struct slice *to)
{
	struct slice name = act_field(act, "domain");

	if (!has_field(act, "domain"))
		return true;
	*to = name.len > 0 ? domain_normal(act->a, name) : SLICE("");
	return name.len == 0 || domain_is_name(*to) || fail(act, "domain", "Which domain?", "A domain is a name such as chem.univ.example.");
}

static bool take_day(struct act *act, const char *name, int64_t empty, int64_t *to)
{
	struct slice text = act_field(act, name);

	if (!has_field(act, name))
		return true;
	*to = empty;
	return text.len == 0 || text_parse_day(text, to) || fail(act, name, "Which day?", arena_printf(act->a, "%s: A day is written as 2026-09-15.", name));
}

/* The name that was typed; else who is signed in. */
static bool take_name(struct act *act, struct slice *to)
{
	if (!take_text(act, "name", LIMIT_GRANT_NAME_BYTES, to))
		return false;
	if (to->len == 0)
		*to = act->out->visitor.name.ptr != NULL ? act->out->visitor.name : SLICE("");
	return true;
}

/* Which version is to be changed, as a form or If-Match says: 0 any. */
static bool take_version(struct act *act, int64_t *to)
{
	struct slice text = act_field(act, "version");

	if (text.len == 0 && act->request->if_match.ptr != NULL)
		text = text_trim(act->request->if_match);
	if (text.len >= 2 && text.ptr[0] == '"' && text.ptr[text.len - 1] == '"')
		text = (struct slice){ text.ptr + 1, text.len - 2 };
	*to = 0;
	if (text.len == 0 || slice_is(text, "*") || (text_int(text, to) && *to > 0))
		return true;
	route_fail(act, 412, "changed", "Not that version", "If-Match takes the version that the line has, such as \"3\".");
	return false;
}

/* That of a change, which keeps fields of the one that was read: where none is named, no other may have come in between. */
static bool take_version_of(struct act *act, int64_t was, int64_t *to)
{
	if (!take_version(act, to))
		return false;
	*to = *to > 0 ? *to : was;
	return true;
}

/* --- what all have in common --- */

static int told(struct slice text)
{
	return (int)text_cut(text, TOLD_BYTES).len;
}

static void send(struct act *act, struct edit *e, const char *what, const char *detail)
{
	e->what = slice_of(what);
	e->detail = slice_of(detail);
	act_edit(act, e);
}

static void print_number(struct act *act, const char *api, int64_t id, int status)
{
	struct json j;

	json_init(&j, &act->out->body);
	json_begin_object(&j);
	json_key_int(&j, "id", id);
	json_end(&j);
	json_line(&j);
	act->out->status = status;
	act->out->type = "application/json";
	act->out->location = slice_of(arena_printf(act->a, "%s/%lld", api, (long long)id));
}

/* Once it is done: where the form says, else `page`; a program gets the number. */
static void answer(struct act *act, const char *page, const char *api, int status)
{
	struct slice back = act_field(act, "back");
	struct edited edited;

	if (!act_done(act, &edited))
		return;
	if (!act->api)
		route_go(act->out, back.len > 0 ? act_own_address(back) : slice_of(page));
	else if (status == 204)
		act->out->status = 204;
	else
		print_number(act, api, edited.id, status);
}

typedef int finds(struct act *act, struct reader *r, void *out, struct err *err);

/* Of the act's number; false where there is none, answered then. */
static bool find(struct act *act, finds *ask, void *out)
{
	struct reader *r;
	struct err err;
	int rc;

	if (readers_take(act->site->readers, &r, &err) != 0) {
		act_no_word(act);
		return false;
	}
	rc = ask(act, r, out, &err);
	readers_give(act->site->readers, r, rc >= 0);
	if (rc == 0)
		route_fail(act, 404, "not-found", "Nothing here", "There is none of that number any more.");
	else if (rc < 0)
		act_no_word(act);
	return rc == 1;
}

/* --- notes --- */

static int ask_note(struct act *act, struct reader *r, void *out, struct err *err)
{
	return query_note(r, act->a, &(struct filter){ 0 }, act->id, out, err);
}

static const char *note_words(struct act *act, const struct journal_note *n)
{
	char day[TEXT_DAY_BYTES], end[TEXT_DAY_BYTES];

	return arena_printf(act->a, "%s%s%s%s%.*s: %.*s", text_day(day, n->day), n->end_day != n->day ? " to " : "",
			    n->end_day != n->day ? text_day(end, n->end_day) : "", n->domain.len > 0 ? ", " : "", (int)n->domain.len, n->domain.ptr,
			    told(n->text), n->text.ptr);
}

static bool read_note(struct act *act, struct journal_note *n)
{
	bool one_day = n->end_day == n->day;

	if (!take_day(act, "day", today(), &n->day))
		return false;
	if (one_day || n->end_day < n->day)
		n->end_day = n->day;
	if (!take_day(act, "end_day", n->day, &n->end_day) || !take_text(act, "text", LIMIT_JOURNAL_TEXT_BYTES, &n->text) ||
	    !take_domain(act, &n->domain) || !take_text(act, "source", LIMIT_GRANT_NAME_BYTES, &n->source) || !take_name(act, &n->who))
		return false;
	if (n->end_day < n->day)
		return fail(act, "end_day", "Which day?", "The last day lies before the first.");
	return n->text.len > 0 || fail(act, "text", "What changed?", "Say in a sentence what changed: the note stands on the timelines by that.");
}

void act_note_add(struct act *act)
{
	struct edit e = { .kind = EDIT_NOTE };

	if (act->step > 0) {
		answer(act, "/rollout/notes", "/api/v1/notes", 201);
		return;
	}
	e.note = (struct journal_note){ .day = today(), .end_day = today(), .text = SLICE(""), .domain = SLICE(""), .source = SLICE(""),
					.who = SLICE(""), .made_s = now_s() };
	if (read_note(act, &e.note))
		send(act, &e, "note made", note_words(act, &e.note));
}

void act_note_change(struct act *act)
{
	struct edit e = { .kind = EDIT_NOTE };
	struct journal_note was;

	if (act->step > 0) {
		answer(act, arena_printf(act->a, "/rollout/notes/%lld", (long long)act->id), "/api/v1/notes", 200);
		return;
	}
	if (!find(act, ask_note, &was))
		return;
	e.note = was;
	if (read_note(act, &e.note) && take_version_of(act, was.version, &e.note.version))
		send(act, &e, "note changed",
		     arena_printf(act->a, "number %lld: %s; was %s", (long long)act->id, note_words(act, &e.note), note_words(act, &was)));
}

void act_note_remove(struct act *act)
{
	struct edit e = { .kind = EDIT_NOTE_REMOVE, .id = act->id };

	if (act->step > 0) {
		answer(act, "/rollout/notes", "/api/v1/notes", 204);
		return;
	}
	if (find(act, ask_note, &e.note) && take_version(act, &e.note.version))
		send(act, &e, "note removed", arena_printf(act->a, "number %lld: %s", (long long)act->id, note_words(act, &e.note)));
}

/* --- confirmations --- */

static bool read_step(struct act *act, enum step *to)
{
	*to = step_of_name(act_field(act, "step"));
	return (*to != STEPS && *to != STEP_UNKNOWN) || fail(act, "step", "Which step?", "It names no step that a policy can take.");
}

static bool read_confirmation(struct act *act, struct confirmation *c)
{
	struct slice days_text = act_field(act, "days");
	int64_t days = CONFIRM_DAYS;

	if (!take_domain(act, &c->domain) || !read_step(act, &c->step) || !take_text(act, "check", LIMIT_GRANT_NAME_BYTES, &c->check) ||
	    !take_text(act, "text", LIMIT_JOURNAL_TEXT_BYTES, &c->text) || !take_text(act, "name", LIMIT_GRANT_NAME_BYTES, &c->who))
		return false;
	if (days_text.len > 0 && (!text_int(days_text, &days) || days < 1 || days > DAYS_MOST))
		return fail(act, "days", "How many days?", "It may hold for 1 to 3650 days.");
	c->expires_s = c->made_s + days * DAY_SECONDS;
	if (c->domain.len == 0 || c->check.len == 0 || c->text.len == 0)
		return fail(act, "text", "What is confirmed?", "It wants a domain, the check, and the sentence that is confirmed.");
	return c->who.len > 0 || fail(act, "name", "Your name, please", "Type your name: it is kept beside what you confirm.");
}

void act_confirm(struct act *act)
{
	struct edit e = { .kind = EDIT_CONFIRM };
	struct confirmation *c = &e.confirmation;

	if (act->step > 0) {
		answer(act, "/rollout/confirmations", "/api/v1/confirmations", 201);
		return;
	}
	*c = (struct confirmation){ .domain = SLICE(""), .check = SLICE(""), .text = SLICE(""), .who = SLICE(""), .made_s = now_s() };
	if (read_confirmation(act, c))
		send(act, &e, "confirmed",
		     arena_printf(act->a, "%.*s, %s, %.*s, by %.*s: %.*s", (int)c->domain.len, c->domain.ptr, step_name(c->step), (int)c->check.len,
				  c->check.ptr, (int)c->who.len, c->who.ptr, told(c->text), c->text.ptr));
}

void act_withdraw(struct act *act)
{
	struct edit e = { .kind = EDIT_WITHDRAW, .id = act->id };

	if (act->step > 0)
		answer(act, "/rollout/confirmations", "/api/v1/confirmations", 204);
	else
		send(act, &e, "confirmation withdrawn", arena_printf(act->a, "number %lld", (long long)act->id));
}

/* --- blockers --- */

static int ask_blocker(struct act *act, struct reader *r, void *out, struct err *err)
{
	struct blockers all;

	if (query_blockers(r, act->a, &(struct filter){ 0 }, (struct slice){ 0 }, &all, err) != 0)
		return -1;
	for (size_t i = 0; i < all.n; i++)
		if (all.item[i].id == act->id) {
			*(struct blocker *)out = all.item[i];
			return 1;
		}
	return 0;
}

static const char *blocker_words(struct act *act, const struct blocker *b)
{
	char day[TEXT_DAY_BYTES];

	return arena_printf(act->a, "%.*s: %.*s; %s since %s%s%.*s", (int)b->domain.len, b->domain.ptr, told(b->text), b->text.ptr,
			    blocker_state_name(b->state), text_day(day, b->state_day), b->owner.len > 0 ? ", owner " : "", (int)b->owner.len,
			    b->owner.ptr);
}

/* A state that changes begins today. Only what is accepted has a reason, and a day up to which. */
static bool read_state(struct act *act, struct blocker *b)
{
	enum blocker_state was = b->state, state = has_field(act, "state") ? blocker_state_of(act_field(act, "state")) : was;

	if (state == BLOCKER_STATES)
		return fail(act, "state", "Which state?", "A blocker is open, asked, done or accepted.");
	if (!take_text(act, "reason", LIMIT_JOURNAL_TEXT_BYTES, &b->reason) || !take_day(act, "until", 0, &b->until_day))
		return false;
	if (state == BLOCKER_ACCEPTED && b->reason.len == 0)
		return fail(act, "reason", "Why is it accepted?", "What is accepted needs a reason.");
	if (state == BLOCKER_ACCEPTED && b->until_day < today())
		return fail(act, "until", "Until when is it accepted?", "Name the last day that it is accepted for, today or later: then it is open again.");
	if (state != BLOCKER_ACCEPTED) {
		b->reason = SLICE("");
		b->until_day = 0;
	}
	b->state = state;
	if (state != was)
		b->state_day = today();
	return true;
}

static bool read_blocker(struct act *act, struct blocker *b)
{
	if (!take_domain(act, &b->domain) || !take_text(act, "text", LIMIT_JOURNAL_TEXT_BYTES, &b->text) ||
	    !take_text(act, "owner", LIMIT_GRANT_NAME_BYTES, &b->owner) || !take_text(act, "note", LIMIT_JOURNAL_TEXT_BYTES, &b->note) ||
	    !take_text(act, "source", LIMIT_GRANT_NAME_BYTES, &b->source) || !take_name(act, &b->who) || !read_state(act, b))
		return false;
	if (b->domain.len == 0)
		return fail(act, "domain", "Which domain?", "Say which domain it keeps from its next step.");
	return b->text.len > 0 || fail(act, "text", "What is it?", "Say in a sentence what keeps the domain from its next step.");
}

void act_blocker_add(struct act *act)
{
	struct edit e = { .kind = EDIT_BLOCKER };

	if (act->step > 0) {
		answer(act, "/rollout/blockers", "/api/v1/blockers", 201);
		return;
	}
	e.blocker = (struct blocker){ .key = SLICE(""), .domain = SLICE(""), .text = SLICE(""), .owner = SLICE(""), .state_day = today(),
				      .reason = SLICE(""), .note = SLICE(""), .source = SLICE(""), .who = SLICE(""), .made_s = now_s() };
	if (take_text(act, "key", LIMIT_JOURNAL_TEXT_BYTES, &e.blocker.key) && read_blocker(act, &e.blocker))
		send(act, &e, "blocker made", blocker_words(act, &e.blocker));
}

void act_blocker_change(struct act *act)
{
	struct edit e = { .kind = EDIT_BLOCKER };
	struct blocker was;

	if (act->step > 0) {
		answer(act, arena_printf(act->a, "/rollout/blockers/%lld", (long long)act->id), "/api/v1/blockers", 200);
		return;
	}
	if (!find(act, ask_blocker, &was))
		return;
	e.blocker = was;
	if (read_blocker(act, &e.blocker) && take_version_of(act, was.version, &e.blocker.version))
		send(act, &e, "blocker changed",
		     arena_printf(act->a, "number %lld: %s; was %s", (long long)act->id, blocker_words(act, &e.blocker), blocker_words(act, &was)));
}

void act_blocker_remove(struct act *act)
{
	struct edit e = { .kind = EDIT_BLOCKER_REMOVE, .id = act->id };

	if (act->step > 0) {
		answer(act, "/rollout/blockers", "/api/v1/blockers", 204);
		return;
	}
	if (find(act, ask_blocker, &e.blocker) && take_version(act, &e.blocker.version))
		send(act, &e, "blocker removed", arena_printf(act->a, "number %lld: %s", (long long)act->id, blocker_words(act, &e.blocker)));
}
