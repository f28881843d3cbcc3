/* act_grant: the settings of who may see what: scope links and API tokens made, listed and revoked, who is signed in, and the
 * audit log (UX 9). A secret is shown once, in the answer that makes it. */
#include "web/act.h"

#include "base/text.h"
#include "schema/domain.h"
#include "schema/limits.h"
#include "web/format.h"

#include <time.h>

enum { DAY_SECONDS = 86400, DAYS_DEFAULT = 90, DAYS_MOST = 3650, LISTED = 500, AUDIT_ROWS = 100 };

static int64_t now_s(void)
{
	return (int64_t)time(NULL);
}

void act_settings(struct act *act)
{
	route_go(act->out, SLICE("/settings/access"));
}

/* --- the page --- */

/* Sessions are told apart by the minute. */
static const char *when_of(struct arena *a, const struct grant *g, int64_t seconds)
{
	return g->kind == GRANT_SESSION ? format_time(a, seconds) : format_day(a, text_floor_div(seconds, DAY_SECONDS));
}

static struct slice lines_as_words(struct arena *a, struct slice lines)
{
	const char *words = "";

	while (lines.len > 0) {
		struct slice line = text_take_line(&lines);

		words = arena_printf(a, "%s%s%.*s", words, *words != '\0' ? ", " : "", (int)line.len, line.ptr);
	}
	return slice_of(words);
}

static const char *role_words(const struct grant *g)
{
	if (g->role == ACCESS_VIEWER)
		return "sees";
	if (g->role == ACCESS_TEAM)
		return g->writes ? "team: reads all, takes in reports" : "reads all";
	return g->writes ? "admin" : "reads all";
}

static void put_grant(struct act *act, struct value *list, const struct grant *g)
{
	struct value *item = view_add_object(act->a, list);
	bool mine = act->out->visitor.grant == g->id, all = act->out->visitor.role == ACCESS_ADMIN;

	view_put_text(act->a, item, "name", g->name);
	view_put_link(act->a, item, "id", slice_of(arena_printf(act->a, "%lld", (long long)g->id)));
	view_put_link(act->a, item, "kind", slice_of(arena_printf(act->a, "%d", (int)g->kind)));
	view_put_link(act->a, item, "role", slice_of(role_words(g)));
	view_put_text(act->a, item, "trees", lines_as_words(act->a, g->trees));
	view_put_text(act->a, item, "maker", g->maker);
	view_put_link(act->a, item, "made", slice_of(when_of(act->a, g, g->made_s)));
	view_put_link(act->a, item, "expires", slice_of(when_of(act->a, g, g->expires_s)));
	view_put_bool(act->a, item, "over", g->expires_s <= now_s());
	view_put_link(act->a, item, "used", slice_of(g->used_s > 0 ? format_time(act->a, g->used_s) : NULL));
	view_put_bool(act->a, item, "mine", mine);
	view_put_bool(act->a, item, "by_link", g->link != 0);
	view_put_bool(act->a, item, "may_revoke", act->out->visitor.writes && (all || g->kind == GRANT_LINK));
}

static int put_grants(struct act *act, struct reader *r, struct value *page, enum grant_kind kind, struct err *err)
{
	static const char *const keys[GRANT_KINDS][2] = { { "sessions", "any_session" }, { "links", "any_link" }, { "tokens", "any_token" } };
	struct value *list = view_put_list(act->a, page, keys[kind][0]);
	struct grants grants;

	if (query_grants(r, act->a, kind, LISTED, &grants, err) != 0)
		return -1;
	for (size_t i = 0; i < grants.n; i++)
		put_grant(act, list, &grants.item[i]);
	view_put_bool(act->a, page, keys[kind][1], grants.n > 0);
	return 0;
}

static void put_users(struct act *act, struct value *page)
{
	const struct web_access *access = &act->site->config.access;
	struct value *list = view_put_list(act->a, page, "users"), *item;

	for (size_t i = 0; i < access->users; i++) {
		item = view_add_object(act->a, list);
		view_put_text(act->a, item, "name", access->user[i].name);
		view_put_link(act->a, item, "role", slice_of(access_role_name(access->user[i].role)));
		view_put_text(act->a, item, "trees", lines_as_words(act->a, access->user[i].trees));
	}
	view_put_bool(act->a, page, "any_user", access->users > 0);
	view_put_bool(act->a, page, "open", !access_is_on(act->site));
	view_put_link(act->a, page, "proxy_header", slice_of(access->proxy_header));
	view_put_bool(act->a, page, "links_on", access->links);
	view_put_bool(act->a, page, "admin", act->out->visitor.role == ACCESS_ADMIN);
	view_put_bool(act->a, page, "may_share", access->links && act->out->visitor.writes);
	view_put_bool(act->a, page, "may_token", act->out->visitor.role == ACCESS_ADMIN && act->out->visitor.writes);
}

static int fill_access(struct act *act, struct value *page, struct err *err)
{
	struct reader *r;
	int rc = 0;

	put_users(act, page);
	if (readers_take(act->site->readers, &r, err) != 0)
		return -1;
	for (int kind = 0; kind < GRANT_KINDS && rc == 0; kind++)
		rc = put_grants(act, r, page, (enum grant_kind)kind, err);
	readers_give(act->site->readers, r, rc == 0);
	return rc;
}

static void not_read(struct act *act)
{
	route_fail(act, 503, "store", "The store did not answer", "This cannot be read just now. Nothing was lost; try again.");
}

void act_access_page(struct act *act)
{
	struct slice under = act_param(act, "under");
	struct view view = { 0 };
	struct err err;

	act_page(act, &view, "access", "Access");
	view_put_text(act->a, view.page, "under", under.ptr != NULL ? domain_normal(act->a, under) : SLICE(""));
	if (fill_access(act, view.page, &err) != 0)
		not_read(act);
	else
		route_print(act->site, act->request, act->out, 200, &view);
}

/* --- making --- */

/* Names of domains in a field, between blanks or commas, a line each. False where one is none, or there is none. */
static bool read_trees(struct act *act, struct slice text, struct slice *out)
{
	struct buf lines;
	bool good = true;
	size_t at = 0;

	buf_init(&lines, LIMIT_GRANT_SCOPE_BYTES);
	while (at < text.len) {
		size_t from = at;
		struct slice name;

		while (at < text.len && !text_is_blank(text.ptr[at]) && text.ptr[at] != ',')
			at++;
		name = domain_normal(act->a, (struct slice){ text.ptr + from, at - from });
		good = good && (at == from || domain_is_name(name));
		if (at > from) {
			buf_add_slice(&lines, name);
			buf_add_char(&lines, '\n');
		}
		at++;
	}
	good = good && lines.len > 0 && !lines.full;
	*out = (struct slice){ arena_copy(act->a, buf_slice(&lines).ptr, lines.len), lines.len };
	buf_release(&lines);
	return good;
}

/* What both kinds have; false where something is wrong, answered then. */
static bool read_common(struct act *act, struct grant *g)
{
	struct slice days_text = act_field(act, "days");
	int64_t days = DAYS_DEFAULT;

	g->name = act_field(act, "name");
	if (g->name.len == 0 || g->name.len > LIMIT_GRANT_NAME_BYTES) {
		route_fail(act, 422, "name", "A name, please", "Say in a few words who or what it is for: it stands in the list by that.");
		return false;
	}
	if (days_text.len > 0 && (!text_int(days_text, &days) || days < 1 || days > DAYS_MOST)) {
		route_fail(act, 422, "days", "How many days?", "It may be valid for 1 to 3650 days.");
		return false;
	}
	g->made_s = now_s();
	g->expires_s = g->made_s + days * DAY_SECONDS;
	g->maker = act->out->visitor.name;
	return true;
}

static bool read_scope(struct act *act, struct grant *g)
{
	if (read_trees(act, act_field(act, "trees"), &g->trees))
		return true;
	route_fail(act, 422, "trees", "Which domains?", "Name at least one domain, such as chem.univ.example: what lies below it is seen too.");
	return false;
}

static void ask_for(struct act *act, struct grant *g, const char *what)
{
	char *secret = arena_alloc(act->a, ACCESS_SECRET_TEXT);
	struct edit e = { .kind = EDIT_GRANT_ADD, .what = slice_of(what) };

	access_secret(secret);
	access_hash(slice_of(secret), g->hash);
	e.grant = *g;
	e.detail = slice_of(arena_printf(act->a, "%.*s: %s %.*s", (int)g->name.len, g->name.ptr, role_words(g),
					 (int)lines_as_words(act->a, g->trees).len, lines_as_words(act->a, g->trees).ptr));
	act->state = secret;
	act_edit(act, &e);
}

/* Where this server was reached, for addresses that are handed on. */
static const char *own_origin(struct act *act)
{
	struct slice host = act->request->host;

	for (size_t i = 0; i < host.len; i++)
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._:[]", host.ptr[i]) == NULL)
			host.len = 0;
	if (host.len == 0)
		return "";
	return arena_printf(act->a, "%s://%.*s", access_is_secure(act->site, act->request) ? "https" : "http", (int)host.len, host.ptr);
}

static void print_made(struct act *act, const char *title, struct slice secret, bool is_link)
{
	struct view view = { 0 };

	act_page(act, &view, "made", title);
	view_put_link(act->a, view.page, "secret", secret);
	view_put_bool(act->a, view.page, "is_link", is_link);
	view_put_text(act->a, view.page, "name", act_field(act, "name"));
	route_print(act->site, act->request, act->out, 201, &view);
}

void act_link_make(struct act *act)
{
	struct grant g = { .kind = GRANT_LINK, .role = ACCESS_VIEWER };
	struct edited edited;

	if (act->step > 0) {
		if (act_done(act, &edited))
			print_made(act, "The link, shown once",
				   slice_of(arena_printf(act->a, "%s/s/%s", own_origin(act), (const char *)act->state)), true);
		return;
	}
	if (!act->site->config.access.links)
		route_fail(act, 409, "links-off", "Scope links are off", "They are switched off in ruad.conf: web.scope_links.");
	else if (read_common(act, &g) && read_scope(act, &g))
		ask_for(act, &g, "scope link made");
}

void act_token_make(struct act *act)
{
	struct slice may = act_field(act, "may");
	struct grant g = { .kind = GRANT_TOKEN, .role = ACCESS_TEAM };
	struct edited edited;

	if (act->step > 0) {
		if (act_done(act, &edited))
			print_made(act, "The token, shown once", slice_of(act->state), false);
		return;
	}
	g.writes = slice_is(may, "ingest") || slice_is(may, "admin");
	g.role = slice_is(may, "admin") ? ACCESS_ADMIN : slice_is(may, "scope") ? ACCESS_VIEWER : ACCESS_TEAM;
	if (read_common(act, &g) && (g.role != ACCESS_VIEWER || read_scope(act, &g)))
		ask_for(act, &g, "API token made");
}

/* --- revoking --- */

static const char *const revoked[GRANT_KINDS] = { "session ended", "scope link revoked", "API token revoked" };

void act_revoke(struct act *act)
{
	struct edit e = { .kind = EDIT_GRANT_REVOKE };
	struct edited edited;
	int64_t kind;

	if (act->step > 0) {
		if (act_done(act, &edited))
			route_go(act->out, SLICE("/settings/access"));
		return;
	}
	if (!text_int(act_field(act, "id"), &e.id) || !text_int(act_field(act, "kind"), &kind) || kind < 0 || kind >= GRANT_KINDS) {
		route_fail(act, 422, "grant", "Which one?", "The form names nothing that could be revoked.");
		return;
	}
	if (kind != GRANT_LINK && act->out->visitor.role < ACCESS_ADMIN) {
		route_fail(act, 403, "admin", "For admins", "Only an admin may end sessions and revoke tokens.");
		return;
	}
	e.grant.kind = (enum grant_kind)kind;
	e.what = slice_of(revoked[kind]);
	e.detail = slice_of(arena_printf(act->a, "number %lld", (long long)e.id));
	act_edit(act, &e);
}

/* --- the audit log --- */

static void put_audit(struct act *act, struct value *page, const struct audit_page *lines)
{
	struct value *list = view_put_list(act->a, page, "lines"), *item;

	for (size_t i = 0; i < lines->n; i++) {
		item = view_add_object(act->a, list);
		view_put_link(act->a, item, "at", slice_of(format_rfc3339(act->a, lines->item[i].at_s)));
		view_put_text(act->a, item, "who", lines->item[i].who);
		view_put_text(act->a, item, "what", lines->item[i].what);
		view_put_text(act->a, item, "detail", lines->item[i].detail);
	}
	if (lines->after != 0)
		view_put_link(act->a, page, "next_page",
			      slice_of(arena_printf(act->a, "/settings/audit?after=%lld", (long long)lines->after)));
}

void act_audit_page(struct act *act)
{
	struct slice after_text = act_param(act, "after");
	struct audit_page lines;
	struct view view = { 0 };
	struct reader *r;
	struct err err;
	int64_t after = 0;
	int rc;

	if (after_text.len > 0 && (!text_int(after_text, &after) || after < 1)) {
		route_fail(act, 400, "bad-parameter", "Bad parameter", "after: Is no cursor of this list.");
		return;
	}
	if (readers_take(act->site->readers, &r, &err) != 0) {
		not_read(act);
		return;
	}
	rc = query_audit(r, act->a, after, AUDIT_ROWS, &lines, &err);
	readers_give(act->site->readers, r, rc == 0);
	if (rc != 0) {
		not_read(act);
		return;
	}
	act_page(act, &view, "audit", "Audit log");
	put_audit(act, view.page, &lines);
	route_print(act->site, act->request, act->out, 200, &view);
}
