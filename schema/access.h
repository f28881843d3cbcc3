/* access: who may see and do what (UX 9): roles, and the grants that let somebody in: sessions, scope links, API tokens.
 * Neighbours: ask.h carries grants to the store; storage/ingest_access.c keeps them, query.h finds them; web/access.h asks. */
#ifndef SCHEMA_ACCESS_H
#define SCHEMA_ACCESS_H
#include "base/slice.h"

#include <stdint.h>

enum access_role { /* each may do all that the ones before may */
	ACCESS_NOBODY,
	ACCESS_VIEWER, /* sees a scope, changes nothing */
	ACCESS_TEAM,   /* sees all, takes in reports, shares scopes */
	ACCESS_ADMIN,  /* also decides who gets in */
	ACCESS_ROLES
};
/* "nobody", "viewer", "team", "admin". */
const char *access_role_name(enum access_role r);
/* ACCESS_ROLES for another word. */
enum access_role access_role_of(struct slice word);

/* What is kept of a secret: SHA-256 of it. */
enum { ACCESS_HASH_BYTES = 32 };

enum grant_kind {
	GRANT_SESSION, /* a browser that signed in, or opened a link */
	GRANT_LINK,    /* a scope link */
	GRANT_TOKEN,   /* of the API */
	GRANT_KINDS
};

struct grant { /* see the table of that name in facts.sql */
	int64_t id;
	enum grant_kind kind;
	unsigned char hash[ACCESS_HASH_BYTES];
	struct slice name;    /* of a session: who; else what it is for */
	enum access_role role;
	bool writes;          /* may change what its role may */
	struct slice trees;   /* of a viewer: domains, a line each */
	struct slice sources; /* of a viewer: names of sources, a line each; "": all */
	struct slice maker;   /* who made it */
	int64_t link;         /* of a session: the link that it came by; 0 none */
	int64_t made_s, expires_s, used_s; /* Unix seconds; used_s 0: never */
};
#endif
