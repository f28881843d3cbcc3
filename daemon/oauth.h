/* oauth: access tokens for a mailbox (RFC 6749, 7523, 8628; LIBRARIES 2.2), got from a token server or a command,
 * cached in memory and never logged. Neighbours: imap.c logs in with them, outgoing.c posts, jwt.c signs, secret.c
 * reads and keeps, errand.c runs the command, oauth_advice.c knows what an administrator has to do. */
#ifndef DAEMON_OAUTH_H
#define DAEMON_OAUTH_H
#include "base/err.h"
#include "base/slice.h"
#include "daemon/config.h"

struct oauth;

/* For one mailbox; asks for nothing yet. `c`, as config_load gave it, must outlive it. `index` and `control` are for
 * errand_run, of the flow "command" only. ERR_SYSTEM where there is no memory. */
int oauth_open(const struct oauth_config *c, int index, int control, struct oauth **out, struct err *err);
/* What is asked about once a second while a token server is waited for; NULL, which holds at first: nothing. */
void oauth_stop_by(struct oauth *o, bool (*should_stop)(void));
void oauth_close(struct oauth *o);

/* A token that is valid now: the one there is, or a new one once 80 % of its time has passed. With `anew` the one there
 * is was refused and is forgotten. `*token` is printable ASCII and holds until the next call. Blocks. -1 with err:
 * ERR_USE where a person must do something, which is said; ERR_SYSTEM where it may pass. Secrets and certificates are
 * read from their files each time, so that one replaced there is used from then on. */
int oauth_token(struct oauth *o, bool anew, const char **token, struct err *err);

/* Signs a person in (flow "device_code"): `show` is told the address to open and the code to enter there; then waits
 * until that was done, and keeps the refresh token in token_file. */
int oauth_sign_in(const struct oauth_config *c, void (*show)(void *ctx, const char *url, const char *code), void *ctx,
		  struct err *err);

/* What an administrator has to do about a mail server that refused `token` (or NULL) with `answer`: its NO text, or its
 * decoded challenge. Static text, or NULL where there is nothing to be told. */
const char *oauth_advice(const struct oauth_config *c, struct slice answer, const char *token);
#endif
