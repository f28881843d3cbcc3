/* gate: see gate.h. */
#include "web/gate.h"

#include "base/text.h"
#include "web/act.h"

/* Where somebody signs in must not need it. */
static bool is_open(struct slice path)
{
	return slice_is(path, "/sign-in") || (path.len > 3 && memcmp(path.ptr, "/s/", 3) == 0);
}

/* Who alone may do what is asked; whoever may look at a page need not be one who may change what is on it. */
static enum access_role needs_of(const struct request *request, struct slice path)
{
	return (request->method & METHOD_READS) && route_is_page(path) ? ACCESS_NOBODY : act_needs(path);
}

static bool is_of_team(const struct request *request, struct slice path)
{
	return slice_is(path, "/health") || slice_is(path, "/metrics") || route_is_of_team(path) || needs_of(request, path) >= ACCESS_TEAM;
}

/* Percent-encodes an address of ours as the value of a parameter. */
static struct slice as_value(struct arena *a, struct slice target)
{
	static const char kept[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
	char *out = arena_alloc(a, 3 * target.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < target.len; i++) {
		unsigned char c = (unsigned char)target.ptr[i];

		if (c != '\0' && strchr(kept, c) != NULL) {
			out[n++] = (char)c;
		} else {
			out[n++] = '%';
			out[n++] = "0123456789ABCDEF"[c >> 4];
			out[n++] = "0123456789ABCDEF"[c & 15];
		}
	}
	return (struct slice){ out, n };
}

enum { NEXT_BYTES = 1500 /* a longer address is not come back to */ };

static void send_to_sign_in(const struct request *request, struct answer *out)
{
	struct slice next = request->target.len <= NEXT_BYTES ? as_value(&out->arena, request->target) : SLICE("/");

	if (slice_is(next, "/"))
		route_go(out, SLICE("/sign-in"));
	else
		route_go(out, slice_of(arena_printf(&out->arena, "/sign-in?next=%.*s", (int)next.len, next.ptr)));
}

static void refuse_nobody(const struct site *site, const struct request *request, struct slice path, struct answer *out)
{
	const struct visitor *v = &out->visitor;
	bool people = !route_is_api(path) && request->wants_html && (request->method & METHOD_READS);

	if (people && v->by != BY_TOKEN && !v->refused && site->config.access.users > 0) {
		send_to_sign_in(request, out);
		return;
	}
	if (v->by == BY_PROXY) {
		route_problem(site, request, out, 403, "no-access", "No access", "You are signed in, but this name has no access to ruad. Ask whoever runs it.");
		return;
	}
	route_problem(site, request, out, 401, "sign-in", "Sign in first",
		      v->by == BY_TOKEN ? "This token is unknown, revoked or over." : "This needs a sign-in, or a token as \"Authorization: Bearer\".");
	out->challenge = true;
	out->fleeting = true;
}

static void refuse_nowhere(const struct site *site, const struct request *request, struct answer *out)
{
	route_problem(site, request, out, 404, "not-found", "Nothing here", "No page has this address.");
}

/* A change: by whoever may, and from a page of ours, or with a token, which no other site's page has. */
static bool may_change(const struct site *site, const struct request *request, struct slice path, struct answer *out)
{
	const struct visitor *v = &out->visitor;

	if (!is_open(path) && !v->writes && act_methods(path) != 0 && !slice_is(path, "/sign-out")) {
		route_problem(site, request, out, 403, "read-only", "May not change anything",
			      "This token may read, and change nothing.");
		return false;
	}
	if (v->by == BY_TOKEN || access_is_own_site(request, route_is_api(path)))
		return true;
	route_problem(site, request, out, 403, "other-site", "Came from another site",
		      "A change must be sent by a page of ruad itself, or with a token. Nothing was changed.");
	return false;
}

bool gate_passes(const struct site *site, const struct request *request, struct slice path, struct answer *out)
{
	struct err err = { 0 };

	if (access_visitor(site, &out->arena, request, &out->visitor, &err) != 0) {
		route_problem(site, request, out, 503, "store", "The store did not answer",
			      "Who you are cannot be looked up just now. Try again.");
		return false;
	}
	if (out->visitor.role == ACCESS_NOBODY && !is_open(path)) {
		refuse_nobody(site, request, path, out);
		return false;
	}
	if (!is_open(path) && out->visitor.role < ACCESS_TEAM && is_of_team(request, path)) {
		refuse_nowhere(site, request, out);
		return false;
	}
	if (!is_open(path) && out->visitor.role < needs_of(request, path)) {
		route_problem(site, request, out, 403, "admin", "For admins", "Only an admin may do this.");
		return false;
	}
	return (request->method & METHOD_READS) || may_change(site, request, path, out);
}
