/* oauth_advice: what an administrator has to do, for what token servers and mail servers are known to refuse with. All
 * of it is static text, short enough to stand in an error. Neighbours: oauth.c. */
#ifndef DAEMON_OAUTH_ADVICE_H
#define DAEMON_OAUTH_ADVICE_H
#include "daemon/config.h"

/* For a token server's "error" and "error_description" (RFC 6749 5.2). NULL where nothing is known. */
const char *oauth_advice_token(enum oauth_flow flow, struct slice error, struct slice description);

struct oauth_claims { /* what a token says of itself; unverified */
	bool readable; /* else nothing is known */
	bool for_mail; /* meant for Exchange Online */
	bool may_app; /* roles: IMAP.AccessAsApp */
	bool may_user; /* scp: IMAP.AccessAsUser.All */
};
/* For a mail server's refusal of a token. NULL where nothing is known. */
const char *oauth_advice_mailbox(const struct oauth_config *c, const struct oauth_claims *claims, struct slice answer);
#endif
