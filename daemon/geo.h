/* geo: the number of an address's network (AS) and its country, from files that the operator supplies (MaxMind DB format).
 * The only maxminddb.h user. Neighbours: role_lookup.c. */
#ifndef DAEMON_GEO_H
#define DAEMON_GEO_H
#include "base/slice.h"

#include <stdint.h>

struct geo;

/* Each path may be NULL. Never fails for a file: see geo_trouble. NULL where there is no memory. The paths outlive it. */
struct geo *geo_open(const char *asn_file, const char *country_file);
void geo_close(struct geo *g); /* NULL is fine */

/* Opens files again that were replaced, or could not be read before. To be called now and then. */
void geo_refresh(struct geo *g);

/* What the files say of an address (16 bytes, IPv4 as ::ffff:a.b.c.d): the number (0: not known), and the country as two
 * lower-case letters in the caller's `country`, a NULL ptr where it is not known. */
void geo_find(struct geo *g, const unsigned char addr[16], int64_t *asn, char country[2], struct slice *found);

/* What is wrong with a file and what to do, in words; "" where nothing is. It is used no more until it is replaced. */
const char *geo_trouble(const struct geo *g);
#endif
