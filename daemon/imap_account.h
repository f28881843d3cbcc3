/* imap_account: a configured mailbox, signed in to and opened: with a password from its file, or with a token, which is
 * asked for anew once where the server refuses it. Neighbours: source_imap.c; imap.h, oauth.h and secret.h below. */
#ifndef DAEMON_IMAP_ACCOUNT_H
#define DAEMON_IMAP_ACCOUNT_H
#include "daemon/imap.h"

struct oauth;

struct imap_account {
	const struct mail_source *source;
	const struct oauth_config *oauth; /* config.oauth */
	int control; /* see errand.h */
	int stop_fd; /* see net.h */
	bool (*should_stop)(void); /* see oauth.h; NULL: never */
	int64_t mail_bytes;
	struct oauth *tokens; /* NULL at first; then what has them, from session to session */
};

/* The session, with the folder selected (for reading only where after = "keep"). 0; -1 with err, which names what is
 * missing and what to do. */
int imap_account_open(struct imap_account *a, struct imap **out, struct imap_folder *folder, struct err *err);
void imap_account_release(struct imap_account *a);
#endif
