/* act_sign_in: coming in with a password or through a scope link, and leaving again (UX 9). A password is looked at elsewhere
 * (ASK_PASSWORD); what is kept of a session is the hash of its cookie. */
#include "web/act.h"

#include "base/text.h"
#include "schema/limits.h"
#include "schema/source_rule.h"
#include "web/throttle.h"

#include <stdio.h>
#include <time.h>

enum {
	TRIES_OF_NAME = 10, /* within the window of throttle.h */
	TRIES_OF_ADDRESS = 30,
	ENTRIES = 300, /* that go well, of a user or through a link: each is a line of the audit log, which holds so many */
	NAME_BYTES = 100,
	PASSWORD_BYTES = 1024,
	ADDRESS_KEY_BYTES = 8, /* of IPv6: whoever has one address has its network */
};

static int64_t now_s(void)
{
	return (int64_t)time(NULL);
}

/* --- cookies --- */

static void set_cookie(struct act *act, const char *secret, int64_t seconds)
{
	snprintf(act->out->cookie, sizeof act->out->cookie, ROUTE_COOKIE "=%s; Path=/; Max-Age=%lld; HttpOnly; SameSite=Lax%s", secret,
		 (long long)seconds, access_is_secure(act->site, act->request) ? "; Secure" : "");
}

/* Asks for a session to be kept; its secret is the act's state. */
static void make_session(struct act *act, struct grant *g, const char *what)
{
	char *secret = arena_alloc(act->a, ACCESS_SECRET_TEXT);
	struct edit e = { .kind = EDIT_GRANT_ADD, .who = g->name, .what = slice_of(what) };

	access_secret(secret);
	access_hash(slice_of(secret), g->hash);
	g->kind = GRANT_SESSION;
	g->made_s = now_s();
	e.grant = *g;
	act->state = secret;
	act_edit(act, &e);
}

/* --- the page --- */

static void print_sign_in(struct act *act, int status, const char *wrong, struct slice name, struct slice next)
{
	struct view view = { 0 };

	act_page(act, &view, "sign_in", "Sign in");
	view_put_link(act->a, view.page, "wrong", slice_of(wrong));
	view_put_text(act->a, view.page, "name", name);
	view_put_link(act->a, view.page, "next", next);
	view_put_bool(act->a, view.page, "passwords", act->site->config.access.users > 0);
	route_print(act->site, act->request, act->out, status, &view);
}

void act_sign_in_page(struct act *act)
{
	struct slice next = act_param(act, "next");

	print_sign_in(act, 200, NULL, SLICE(""), act_own_address(next.ptr != NULL ? next : SLICE("/")));
}

/* --- with a password --- */

/* Keys are sealed: nobody can choose names that share a place in the table with another, and so have it forgotten. */
static struct slice key_of_name(struct act *act, struct slice name)
{
	return access_seal(act->site, act->a, "tries of a name", name);
}

static struct slice key_of_address(struct act *act)
{
	static const unsigned char four[12] = { [10] = 0xff, [11] = 0xff };
	unsigned char peer[16];

	access_peer(act->site, act->request, peer);
	return access_seal(act->site, act->a, "tries of an address",
			   (struct slice){ (const char *)peer, memcmp(peer, four, sizeof four) == 0 ? sizeof peer : ADDRESS_KEY_BYTES });
}

static struct slice key_of_entries(struct act *act, struct slice whose)
{
	return access_seal(act->site, act->a, "entries", whose);
}

static int wait_of(struct act *act, struct slice name)
{
	int by_entries = throttle_wait(act->site->throttle, key_of_entries(act, name), ENTRIES, now_s());
	int by_name = throttle_wait(act->site->throttle, key_of_name(act, name), TRIES_OF_NAME, now_s());
	int by_address = throttle_wait(act->site->throttle, key_of_address(act), TRIES_OF_ADDRESS, now_s());

	by_name = by_name > by_entries ? by_name : by_entries;
	return by_name > by_address ? by_name : by_address;
}

static void have_wait(struct act *act, int seconds, const char *why)
{
	route_fail(act, 429, "too-often", "Tried too often", arena_printf(act->a, "%s Try again in %d minutes.", why, (seconds + 59) / 60));
	act->out->retry = true;
	act->out->retry_s = seconds;
}

static void ask_password(struct act *act, struct slice name, struct slice password)
{
	int wait = wait_of(act, name);

	if (wait > 0) {
		have_wait(act, wait, "Too many sign-ins failed, or came one upon another.");
		return;
	}
	/* counted as failed until it is known not to be: many at once are no way around it */
	throttle_failed(act->site->throttle, key_of_name(act, name), now_s());
	throttle_failed(act->site->throttle, key_of_address(act), now_s());
	ask_put_pair(act_ask(act, ASK_PASSWORD), name, password);
}

static const struct web_user *find_user(const struct web_access *access, struct slice name)
{
	for (size_t i = 0; i < access->users; i++)
		if (slice_eq(access->user[i].name, name))
			return &access->user[i];
	return NULL;
}

static bool is_right(struct slice reply)
{
	return reply.len == 1 && reply.ptr[0] == 1;
}

static void welcome(struct act *act, struct slice name)
{
	const struct web_user *user = find_user(&act->site->config.access, name);
	struct grant g = { .name = name, .role = user->role, .writes = user->role >= ACCESS_TEAM, .trees = user->trees,
			   .expires_s = now_s() + act->site->config.access.session_s };

	throttle_undo(act->site->throttle, key_of_name(act, name));
	throttle_undo(act->site->throttle, key_of_address(act));
	throttle_failed(act->site->throttle, key_of_entries(act, name), now_s());
	make_session(act, &g, "signed in");
}

/* The reply to the note of the audit log is not waited for with anything else to say. */
static void refuse(struct act *act, struct slice name)
{
	unsigned char peer[16];
	char text[ADDRESS_TEXT_BYTES];
	struct edit e = { .kind = EDIT_AUDIT, .who = name, .what = SLICE("sign-in refused") };

	access_peer(act->site, act->request, peer);
	e.detail = slice_of(arena_printf(act->a, "from %s", address_text(text, peer)));
	act_edit(act, &e);
}

/* Steps: the password; the session, or the note that it was refused. */
void act_sign_in(struct act *act)
{
	struct slice name = act_field(act, "name"), password = form_field(&act->form, "password");
	struct slice next = act_own_address(act_field(act, "next"));
	struct edited edited;

	if (act->step == 0) {
		if (name.len == 0 || name.len > NAME_BYTES || password.len == 0 || password.len > PASSWORD_BYTES)
			print_sign_in(act, 401, "Name and password, please.", name, next);
		else
			ask_password(act, name, password);
	} else if (act->step == 1 && act->reply.ptr == NULL) {
		route_fail(act, 503, "busy", "Not just now", "Too many people sign in at once. Try again in a moment.");
	} else if (act->step == 1 && is_right(act->reply) && find_user(&act->site->config.access, name) != NULL) {
		welcome(act, name);
	} else if (act->step == 1) {
		refuse(act, name);
	} else if (act->state == NULL) {
		print_sign_in(act, 401, "That name and password do not go together.", name, next);
	} else if (act_done(act, &edited)) {
		set_cookie(act, act->state, act->site->config.access.session_s);
		route_go(act->out, next);
	}
}

void act_sign_out(struct act *act)
{
	const struct visitor *v = &act->out->visitor;
	struct edit e = { .kind = EDIT_GRANT_REVOKE, .id = v->grant, .grant = { .kind = GRANT_SESSION }, .what = SLICE("signed out") };

	if (act->step == 0 && v->by == BY_SESSION) {
		act_edit(act, &e);
		return;
	}
	if (act->step == 1 && act->reply.ptr == NULL) {
		act_no_word(act);
		return;
	}
	set_cookie(act, "", 0);
	route_go(act->out, act->site->config.access.users > 0 ? SLICE("/sign-in") : SLICE("/"));
}

/* --- through a link --- */

/* The link of that secret, not over: 1, 0 none, -1 err. */
static int find_link(struct act *act, struct grant *out)
{
	unsigned char hash[ACCESS_HASH_BYTES];
	struct reader *reader;
	struct err err;
	int rc;

	if (!act->site->config.access.links || act->word.len != ACCESS_SECRET_TEXT - 1)
		return 0;
	access_hash(act->word, hash);
	if (readers_take(act->site->readers, &reader, &err) != 0)
		return -1;
	rc = query_grant(reader, act->a, hash, out, &err);
	readers_give(act->site->readers, reader, rc >= 0);
	return rc == 1 && (out->kind != GRANT_LINK || out->expires_s <= now_s()) ? 0 : rc;
}

/* False where it is none that opens anything, answered then. */
static bool has_link(struct act *act, struct grant *out)
{
	int rc = find_link(act, out);

	if (rc < 0)
		route_fail(act, 503, "store", "The store did not answer", "The link cannot be looked up just now. Try again.");
	else if (rc == 0)
		route_fail(act, 404, "no-link", "No such link", "This link is unknown, revoked or over. Ask whoever gave it to you for a new one.");
	return rc == 1;
}

static void put_trees(struct act *act, struct value *page, struct slice trees)
{
	struct value *list = view_put_list(act->a, page, "trees");

	while (trees.len > 0)
		view_put_text(act->a, view_add_object(act->a, list), "tree", text_take_line(&trees));
}

/* Mail scanners follow links: nothing happens before the button is pressed. */
void act_link_page(struct act *act)
{
	struct view view = { 0 };
	struct grant g;

	if (!has_link(act, &g))
		return;
	act_page(act, &view, "open_link", "Open");
	view_put_text(act->a, view.page, "name", g.name);
	view_put_text(act->a, view.page, "action", slice_of(arena_printf(act->a, "/s/%.*s", (int)act->word.len, act->word.ptr)));
	put_trees(act, view.page, g.trees);
	route_print(act->site, act->request, act->out, 200, &view);
}

/* Steps: the session; then the link is marked as used, which nobody waits for. */
void act_link_open(struct act *act)
{
	int64_t most = now_s() + act->site->config.access.session_s;
	struct edited edited;
	struct grant g;
	int wait;

	if (act->step == 0) {
		if (!has_link(act, &g))
			return;
		if ((wait = throttle_wait(act->site->throttle, key_of_entries(act, act->word), ENTRIES, now_s())) > 0) {
			have_wait(act, wait, "This link was opened too often just now.");
			return;
		}
		throttle_failed(act->site->throttle, key_of_entries(act, act->word), now_s());
		g.link = g.id;
		g.role = ACCESS_VIEWER;
		g.writes = false;
		g.expires_s = g.expires_s < most ? g.expires_s : most;
		make_session(act, &g, "link opened");
	} else if (act_done(act, &edited)) {
		set_cookie(act, act->state, act->site->config.access.session_s);
		route_go(act->out, SLICE("/"));
	}
}
