/* outgoing: HTTPS requests and mail by libcurl, the only curl.h user (LIBRARIES 2.2: which options, and why).
 * Certificates are verified, no redirect is followed, no proxy of the environment is asked, nothing is logged.
 * Neighbours: oauth.c posts for tokens, tell.c posts to a webhook and sends mail. */
#ifndef DAEMON_OUTGOING_H
#define DAEMON_OUTGOING_H
#include "base/buf.h"
#include "base/err.h"

struct outgoing_post {
	const char *url; /* https only; http to a loopback address */
	const char *ca_file; /* NULL: the system's */
	const char *content_type;
	const char *bearer; /* NULL: no Authorization */
	struct slice body;
	int timeout_ms; /* of the whole */
	bool (*should_stop)(void); /* asked about once a second; NULL: never */
};
/* Posts and gathers the answer's body in `out`, which has a ceiling; what is over it is an error. 0 with the HTTP
 * status in
 * `*status` whatever it is; -1 with err where there was no whole answer. Blocks; ends early once a stop is asked for.
 * Errors name the host and never the rest of the address, which may be a secret. */
int outgoing_post(const struct outgoing_post *p, int *status, struct buf *out, struct err *err);

/* Adds "name=value" to a form (application/x-www-form-urlencoded), behind a "&" where it is not the first. What of it
 * libcurl held is wiped. Where there is no room, `form` is full. */
void outgoing_form(struct buf *form, const char *name, struct slice value);

struct outgoing_mail {
	const char *url; /* "smtp://host:587", "smtps://host:465" */
	const char *ca_file, *user, *password;
	bool starttls; /* required; else smtp:// to a loopback address only */
	const char *from;
	const char *const *to; /* NULL at the end */
	struct slice message; /* header and body, CRLF lines */
	int timeout_ms;
	bool (*should_stop)(void); /* as above */
};
/* Gives the mail to the server for all of `to`. 0, or -1 with err, the server's words in it. */
int outgoing_mail(const struct outgoing_mail *m, struct err *err);

const char *outgoing_version(void); /* of libcurl, that runs */
#endif
