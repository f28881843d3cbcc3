/* dns: many questions to DNS at a time, none of which anybody waits for: the reverse name of an address, which counts only
 * where it leads back to that address, and the TXT records of a name. Bounded three ways: questions under way
 * (LIMIT_DNS_IN_FLIGHT), questions a second, and, while nothing is answered, not even for the root, one question at a time,
 * ever later.
 * The only ares.h user. Neighbours: role_lookup.c polls it; schema/lookup.h has what comes back. */
#ifndef DAEMON_DNS_H
#define DAEMON_DNS_H
#include "base/err.h"
#include "schema/lookup.h"

#include <poll.h>

struct dns;

struct dns_sink { /* each is called once for what was wanted, from dns_turn; text lives until it returns */
	void (*address)(void *ctx, uint32_t number, const struct address_found *found); /* without network and country */
	void (*name)(void *ctx, uint32_t number, const struct name_found *found);
	void *ctx;
};

/* `servers` are "address:port,..."; NULL: the system's, read again while they do not answer. Each question may take a server
 * 2 s, and is sent again once. `per_second` (at least 1) counts questions: an address takes two or more. */
int dns_open(const char *servers, int64_t per_second, const struct dns_sink *sink, struct dns **out, struct err *err);
void dns_close(struct dns *d); /* NULL is fine; what is under way is forgotten */

/* Queues what is wanted; -1 where LIMIT_LOOKUPS are queued or under way, or there is no memory. */
int dns_want_address(struct dns *d, uint32_t number, const unsigned char addr[16]);
/* Of a name as domain_is_name has it. */
int dns_want_name(struct dns *d, uint32_t number, struct slice name);
/* How many are queued or under way. */
size_t dns_waiting(const struct dns *d);

/* What to poll for: fills up to DNS_FDS and returns how many; lowers `*timeout_ms` (-1: for ever) to when dns_turn has something
 * to do even though nothing came. */
enum { DNS_FDS = 16 };
int dns_poll(struct dns *d, struct pollfd fds[DNS_FDS], int *timeout_ms);
/* Takes what came, gives up what is late, sends what may be sent. */
void dns_turn(struct dns *d, const struct pollfd *fds, int n);

struct dns_trouble {
	int64_t since_s; /* Unix seconds: the first of many questions, one behind the other, that had no answer */
	enum lookup_result result; /* of the last */
};
/* Whether DNS as a whole does not answer. */
bool dns_is_troubled(const struct dns *d, struct dns_trouble *out);
const char *dns_version(void); /* of c-ares, that runs */
#endif
