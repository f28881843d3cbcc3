/* certificate: what the pages are served with over TLS: read from two PEM files, held against each other, handed to each handshake, and
 * read anew when the files change, while connections stay open. One for the process: the library asks without saying for whom.
 * The only GnuTLS user of this room. Neighbours: http.c serves with it, the daemon's check looks at it. */
#ifndef WEB_CERTIFICATE_H
#define WEB_CERTIFICATE_H
#include "base/err.h"

#include <stdint.h>

/* TLS 1.2 at least. For the library. */
#define CERTIFICATE_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%PROFILE_MEDIUM:%SERVER_PRECEDENCE"

struct certificate_about {
	char name[256]; /* the first DNS name it is for, as it stands there; empty: none */
	int64_t begins_s, ends_s; /* Unix seconds */
};

/* Reads both files: whether there is a certificate, with its chain, and the key that belongs to it. ERR_USE with what to do. Says nothing
 * about the time. */
int certificate_look(const char *certificate, const char *key, struct certificate_about *out, struct err *err);

struct certificate_files { /* to be followed; the paths outlive it */
	const char *certificate, *key;
	uint64_t stamp; /* of the files as they are, */
	uint64_t tried; /* and as they were when they were read last */
	int64_t changed_ms;
};

/* Hands it out from now on, also where its time is over. */
int certificate_start(struct certificate_files *f, const char *certificate, const char *key, struct certificate_about *out,
		      struct err *err);
/* To be called now and then: once both files have been left alone for some seconds after a change, they are read. 1: taken; 0: nothing
 * has changed; -1 err: the old one stays, and this is said once. One that is not valid yet, or not any more, is not taken. */
int certificate_follow(struct certificate_files *f, struct certificate_about *out, struct err *err);
/* Nothing is handed out any more. */
void certificate_end(void);
/* For MHD_OPTION_HTTPS_CERT_CALLBACK2: a gnutls_certificate_retrieve_function3. */
void *certificate_callback(void);
#endif
