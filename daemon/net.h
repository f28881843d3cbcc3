/* net: a TCP connection to a mail server, with TLS from the start or later. Nothing waits longer than it was told, and
 * a stop ends every wait. Certificates and host names are verified (LIBRARIES 2.1 has the options and why). With jwt.c
 * the only gnutls user. Neighbour: imap.c. */
#ifndef DAEMON_NET_H
#define DAEMON_NET_H
#include "base/err.h"
#include "base/slice.h"

#include <stdint.h>

struct net_peer {
	const char *host; /* a name or an address */
	int port;
	const char *ca_file; /* NULL: who the system trusts */
	int stop_fd; /* becomes readable once a stop is asked for; -1: none */
	bool unverified; /* whoever answers will do: for what holds no secret and is not believed */
};
struct net;

/* Connects to the first address of the host that answers, each within LIMIT_CONNECT_MS. The peer's strings must outlive
 * the connection. 0, or -1 with err. */
int net_open(const struct net_peer *p, struct net **out, struct err *err);
/* Begins TLS, 1.2 or 1.3. -1 with err, where the certificate is refused ERR_USE, with what is wrong with it and what to
 * do. */
int net_start_tls(struct net *n, struct err *err);
/* Whether nobody else can listen: TLS has begun, or the other end is on this machine. */
bool net_is_private(const struct net *n);

/* Reads what has come, at most `room` bytes, without waiting: 1 with how many, 0 nothing now, -1 with err: closed,
 * failed. */
int net_read(struct net *n, char *to, size_t room, size_t *got, struct err *err);
/* Whether something was received and decrypted already: poll does not tell of it. */
bool net_has_pending(const struct net *n);
int net_fd(const struct net *n);
/* Waits until something can be read: 0, or -1 with err where the time is over or a stop was asked for. */
int net_wait(struct net *n, int timeout_ms, struct err *err);
/* Writes all of it within `timeout_ms`: 0, or -1 with err. */
int net_write(struct net *n, struct slice bytes, int timeout_ms, struct err *err);
void net_close(struct net *n);
const char *net_version(void); /* of GnuTLS, that runs */
#endif
