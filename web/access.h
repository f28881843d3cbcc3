/* access: who asks, and what they may see and do (UX 9). Found out anew with each request: from a token of the API, the header of
 * a trusted proxy, or the cookie of a session; where no sign-in is configured everybody is an admin. Of every secret only the
 * hash is compared. Neighbours: route.c asks; schema/access.h has the roles; storage/query.h finds grants. */
#ifndef WEB_ACCESS_H
#define WEB_ACCESS_H
#include "base/arena.h"
#include "base/err.h"
#include "schema/access.h"
#include "storage/query.h"

struct site;
struct request;

enum visitor_by {
	BY_NOTHING, /* nobody in particular */
	BY_ADDRESS, /* no sign-in is configured: whoever can connect */
	BY_TOKEN,
	BY_PROXY,
	BY_SESSION,
};

struct visitor {
	enum access_role role;
	enum visitor_by by;
	struct slice name;    /* "" where nobody knows */
	bool writes;          /* may change what the role may */
	struct names scope;   /* of a viewer: the trees that may be seen, at least one; n == 0: all */
	int64_t grant, link;  /* numbers of the grant and of the link that it came by; 0 none */
	bool refused;         /* a token or a name was given, and is none that comes in */
};

/* Fills `out`; its text is the arena's or the request's. 0, or -1 with err where the store could not be asked. */
int access_visitor(const struct site *site, struct arena *a, const struct request *r, struct visitor *out, struct err *err);
/* Whether anybody has to sign in at all. */
bool access_is_on(const struct site *site);

/* --- secrets --- */

enum { ACCESS_SECRET_BYTES = 16, ACCESS_SECRET_TEXT = 2 * ACCESS_SECRET_BYTES + 1, ACCESS_KEY_BYTES = 32 };
/* 128 random bits in hex. */
void access_secret(char out[ACCESS_SECRET_TEXT]);
void access_hash(struct slice secret, unsigned char out[ACCESS_HASH_BYTES]);
/* HMAC-SHA-256 of the text with the site's key, which no restart keeps, in hex and cut to 32 letters. The arena's. */
struct slice access_seal(const struct site *site, struct arena *a, const char *use, struct slice text);

/* What a form carries so that no other site can send it: of the session, or of the name and address where there is none. */
struct slice access_form_token(const struct site *site, struct arena *a, const struct request *r, const struct visitor *v);
/* Whether the request may change something as far as where it comes from says: not sent by another site's page. `strictly`: nor by
 * one that does not say, as where no form's token will be looked at. */
bool access_is_own_site(const struct request *r, bool strictly);
/* Where the client is, as far as it can be known: behind a trusted proxy what that says. */
void access_peer(const struct site *site, const struct request *r, unsigned char out[16]);
/* Whether the client speaks to us, or to a trusted proxy before us, over TLS. */
bool access_is_secure(const struct site *site, const struct request *r);
#endif
