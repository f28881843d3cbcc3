/* domain: host names in one spelling, and the organisational domain of a name by the public suffix list.
 * The only user of libpsl and libidn2. Neighbours: classify.c (alignment), storage (scopes). */
#ifndef SCHEMA_DOMAIN_H
#define SCHEMA_DOMAIN_H
#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"

#include <stdint.h>

struct suffixes; /* a loaded public suffix list; read-only after opening, so threads may share it */

/* Loads the list from `path`, or, where it is NULL, the newest that the system has. Free with suffixes_free. */
int suffixes_open(const char *path, struct suffixes **out, struct err *err);
void suffixes_free(struct suffixes *list);

/* Unix seconds: how new the list is, by its file's time; 0 not known. */
int64_t suffixes_made_s(const struct suffixes *list);
/* "libpsl 0.21.2 ...". */
const char *suffixes_version(void);

/* Trimmed, lower-case, without a final dot, U-labels as A-labels; of an address or several names what follows the last @
 * (FORMATS 3.4). Absent stays absent. What is no host name comes back lower-cased as it was. */
struct slice domain_normal(struct arena *a, struct slice written);

/* Whether a normal name is one that DNS can be asked for: labels of 1 to 63 letters, digits, hyphens and underscores, at least
 * two of them, 253 bytes in all (RFC 1035 2.3.4, RFC 8552). */
bool domain_is_name(struct slice normal);

/* The organisational domain of a normal name (RFC 7489 3.2): the public suffix and one label more; the name itself
 * where it has no more. Points into `name`. */
struct slice domain_organisational(const struct suffixes *list, struct slice name);

/* Whether `name` is `tree` or lies below it. */
bool domain_is_under(struct slice name, struct slice tree);

struct domain_owner { /* who looks after a domain and all below it, in words */
	struct slice domain, owner;
};
struct domain_owners {
	const struct domain_owner *item;
	size_t n;
};
/* Of the nearest domain that holds the name; NULL ptr where nobody is named. */
struct slice domain_owner_of(const struct domain_owners *owners, struct slice name);
#endif
