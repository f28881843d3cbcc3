/* endpoint: where something is reached: host names, addresses with a port, URLs, as ruad.conf spells them. Pure.
 * Neighbours: config.c and its parts hold the file to it; who sends anything unencrypted asks what is a loopback
 * address. */
#ifndef DAEMON_ENDPOINT_H
#define DAEMON_ENDPOINT_H
#include "base/slice.h"

/* Whether it may be the name of a host: labels of letters, digits, - and _, of 63 bytes at most, 253 bytes together. */
bool endpoint_is_name(struct slice name);
/* The same, or a numeric address; IPv6 without brackets. */
bool endpoint_is_host(struct slice host);
/* "localhost", ::1 and 127.0.0.0/8, spelled in full: what never leaves this machine. */
bool endpoint_is_loopback(struct slice host);

/* "HOST:PORT" or "[IPv6]:PORT", the host without its brackets; it may be empty. False for anything else; the host is
 * not looked at beyond its colons. */
bool endpoint_split(struct slice text, struct slice *host, int *port);

struct endpoint_url {
	struct slice scheme, host; /* the host without brackets */
	struct slice path; /* all that follows, query included; may be empty */
	int port; /* 0: the scheme's own */
};
/* "SCHEME://HOST[:PORT][PATH]" in printable ASCII, with nothing before an @ (RFC 3986 3). False for anything else. */
bool endpoint_url(struct slice text, struct endpoint_url *out);
#endif
