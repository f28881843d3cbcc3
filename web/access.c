/* access: see access.h. */
#include "web/access.h"

#include "base/text.h"
#include "schema/domain.h"
#include "schema/limits.h"
#include "web/route.h"

#include <nettle/hmac.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

enum { SEAL_BYTES = 16 };

/* --- secrets --- */

static void put_hex(char *out, const unsigned char *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 15];
	}
	*out = '\0';
}

void access_secret(char out[ACCESS_SECRET_TEXT])
{
	unsigned char bytes[ACCESS_SECRET_BYTES];

	if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
		abort();
	put_hex(out, bytes, sizeof bytes);
}

void access_hash(struct slice secret, unsigned char out[ACCESS_HASH_BYTES])
{
	struct sha256_ctx sha;

	sha256_init(&sha);
	sha256_update(&sha, secret.len, (const unsigned char *)secret.ptr);
	sha256_digest(&sha, ACCESS_HASH_BYTES, out);
}

struct slice access_seal(const struct site *site, struct arena *a, const char *use, struct slice text)
{
	unsigned char mac[SHA256_DIGEST_SIZE];
	char *out = arena_alloc(a, 2 * SEAL_BYTES + 1);
	struct hmac_sha256_ctx hmac;

	hmac_sha256_set_key(&hmac, sizeof site->key, site->key);
	hmac_sha256_update(&hmac, strlen(use) + 1, (const unsigned char *)use);
	hmac_sha256_update(&hmac, text.len, (const unsigned char *)text.ptr);
	hmac_sha256_digest(&hmac, sizeof mac, mac);
	put_hex(out, mac, SEAL_BYTES);
	return (struct slice){ out, 2 * SEAL_BYTES };
}

/* --- where a request comes from --- */

static bool is_proxy(const struct web_access *access, const unsigned char peer[16])
{
	for (size_t i = 0; i < access->proxies; i++)
		if (network_holds(&access->proxy[i], peer))
			return true;
	return false;
}

/* The last of a list of addresses is what the proxy itself saw; all before it anybody may have written. */
void access_peer(const struct site *site, const struct request *r, unsigned char out[16])
{
	struct slice list = r->forwarded_for;
	const char *comma = list.ptr != NULL ? memrchr(list.ptr, ',', list.len) : NULL;
	unsigned char addr[16];

	memcpy(out, r->peer, 16);
	if (list.ptr == NULL || !is_proxy(&site->config.access, r->peer))
		return;
	if (comma != NULL)
		list = (struct slice){ comma + 1, list.len - (size_t)(comma + 1 - list.ptr) };
	if (address_parse(text_trim(list), addr))
		memcpy(out, addr, 16);
}

bool access_is_secure(const struct site *site, const struct request *r)
{
	return r->tls || (r->forwarded_proto.ptr != NULL && slice_is(r->forwarded_proto, "https") &&
			  is_proxy(&site->config.access, r->peer));
}

/* "https://ruad.univ.example:8443" against "ruad.univ.example:8443". */
static bool is_origin_of(struct slice origin, struct slice host)
{
	static const struct slice schemes[] = { { "http://", 7 }, { "https://", 8 } };

	for (int i = 0; i < 2; i++)
		if (text_starts_nocase(origin, schemes[i]))
			return text_eq_nocase((struct slice){ origin.ptr + schemes[i].len, origin.len - schemes[i].len }, host);
	return false;
}

/* With "Referrer-Policy: no-referrer" a page's own form has the origin "null"; then Sec-Fetch-Site says it, where there is one. */
bool access_is_own_site(const struct request *r, bool strictly)
{
	if (r->fetch_site.ptr != NULL)
		return slice_is(r->fetch_site, "same-origin") || slice_is(r->fetch_site, "none");
	return r->origin.ptr == NULL || (!strictly && slice_is(r->origin, "null")) || (r->host.ptr != NULL && is_origin_of(r->origin, r->host));
}

struct slice access_form_token(const struct site *site, struct arena *a, const struct request *r, const struct visitor *v)
{
	unsigned char peer[16];
	char text[ADDRESS_TEXT_BYTES];
	struct slice whose = r->session;

	if (v->by != BY_SESSION) {
		access_peer(site, r, peer);
		whose = slice_of(arena_printf(a, "%d %s %.*s", (int)v->by, address_text(text, peer), (int)v->name.len,
					      v->name.ptr != NULL ? v->name.ptr : ""));
	}
	return access_seal(site, a, "form", whose);
}

/* --- who it is --- */

bool access_is_on(const struct site *site)
{
	return site->config.access.on;
}

static struct names lines_of(struct arena *a, struct slice text)
{
	struct slice *item = arena_array(a, text.len / 2 + 1, sizeof *item);
	struct names out = { .item = item };

	while (text.len > 0) {
		struct slice line = text_take_line(&text);

		if (line.len > 0)
			item[out.n++] = line;
	}
	return out;
}

/* A viewer without a tree would see all: it sees nothing, and is nobody. */
static void set_role(struct arena *a, struct visitor *v, enum access_role role, struct slice trees)
{
	v->role = role;
	if (role == ACCESS_VIEWER)
		v->scope = lines_of(a, trees);
	if (role == ACCESS_VIEWER && v->scope.n == 0)
		v->role = ACCESS_NOBODY;
}

static const struct web_user *user_of(const struct web_access *access, struct slice name)
{
	for (size_t i = 0; i < access->users; i++)
		if (slice_eq(access->user[i].name, name))
			return &access->user[i];
	return NULL;
}

/* What a name stands for today, whatever it stood for when it signed in. */
static void set_user(const struct site *site, struct arena *a, struct visitor *v, struct slice name, enum access_role otherwise)
{
	const struct web_user *user = user_of(&site->config.access, name);

	v->name = name;
	set_role(a, v, user != NULL ? user->role : otherwise, user != NULL ? user->trees : SLICE(""));
	v->writes = v->role >= ACCESS_TEAM;
	v->refused = v->role == ACCESS_NOBODY;
}

/* 1 a grant of that kind that is not over, 0 none, -1 err. */
static int find_grant(const struct site *site, struct arena *a, struct slice secret, enum grant_kind kind, struct grant *out,
		      struct err *err)
{
	unsigned char hash[ACCESS_HASH_BYTES];
	struct reader *reader;
	int rc;

	access_hash(secret, hash);
	if (readers_take(site->readers, &reader, err) != 0)
		return -1;
	rc = query_grant(reader, a, hash, out, err);
	readers_give(site->readers, reader, rc >= 0);
	if (rc == 1 && (out->kind != kind || out->expires_s <= (int64_t)time(NULL)))
		rc = 0;
	return rc;
}

static int by_token(const struct site *site, struct arena *a, struct slice secret, struct visitor *v, struct err *err)
{
	struct grant g;
	int rc = find_grant(site, a, secret, GRANT_TOKEN, &g, err);

	if (rc < 0)
		return -1;
	v->by = BY_TOKEN;
	v->refused = rc == 0;
	if (rc == 0)
		return 0;
	v->name = slice_of(arena_printf(a, "token %.*s", (int)g.name.len, g.name.ptr));
	v->grant = g.id;
	v->writes = g.writes;
	set_role(a, v, g.role, g.trees);
	return 0;
}

/* One that came by a link sees what the link gives; any other is somebody who signed in. */
static int by_session(const struct site *site, struct arena *a, struct slice secret, struct visitor *v, struct err *err)
{
	struct grant g;
	int rc = find_grant(site, a, secret, GRANT_SESSION, &g, err);

	if (rc != 1)
		return rc;
	if (g.link == 0 && user_of(&site->config.access, g.name) == NULL)
		return 0;
	if (g.link != 0 && !site->config.access.links)
		return 0;
	v->by = BY_SESSION;
	v->grant = g.id;
	v->link = g.link;
	if (g.link == 0) {
		set_user(site, a, v, g.name, ACCESS_NOBODY);
	} else {
		v->name = slice_of(arena_printf(a, "link %.*s", (int)g.name.len, g.name.ptr));
		set_role(a, v, ACCESS_VIEWER, g.trees);
	}
	return 0;
}

/* "Bearer SECRET"; NULL ptr for anything else. */
static struct slice bearer_of(struct slice authorization)
{
	static const struct slice scheme = { "Bearer ", 7 };

	if (authorization.ptr == NULL || !text_starts_nocase(authorization, scheme))
		return (struct slice){ 0 };
	return text_trim((struct slice){ authorization.ptr + scheme.len, authorization.len - scheme.len });
}

int access_visitor(const struct site *site, struct arena *a, const struct request *r, struct visitor *out, struct err *err)
{
	const struct web_access *access = &site->config.access;
	struct slice bearer = bearer_of(r->authorization);

	*out = (struct visitor){ .name = SLICE("") };
	if (bearer.ptr != NULL)
		return by_token(site, a, bearer, out, err);
	if (access->proxy_header != NULL && r->user.len > 0 && r->user.len <= LIMIT_GRANT_NAME_BYTES && is_proxy(access, r->peer) &&
	    text_utf8_valid(r->user)) {
		out->by = BY_PROXY;
		set_user(site, a, out, r->user, access->proxy_role);
		return 0;
	}
	if (r->session.len > 0 && by_session(site, a, r->session, out, err) != 0)
		return -1;
	if (out->by == BY_NOTHING && !access_is_on(site))
		*out = (struct visitor){ .role = ACCESS_ADMIN, .by = BY_ADDRESS, .name = SLICE(""), .writes = true };
	return 0;
}
