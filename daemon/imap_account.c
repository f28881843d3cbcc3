/* imap_account: see imap_account.h. */
#include "daemon/imap_account.h"

#include "daemon/oauth.h"
#include "daemon/secret.h"

#include <stdio.h>

/* What an administrator has to do about it, behind what the server said. */
static void add_advice(const struct oauth_config *c, const char *token, struct err *err)
{
	const char *advice = oauth_advice(c, slice_of(err->text), token);
	size_t n = strlen(err->text);

	if (advice != NULL)
		snprintf(err->text + n, sizeof err->text - n, ": %s", advice);
}

static int sign_in_password(const struct imap_account *a, struct imap *m, struct err *err)
{
	struct secret password = { 0 };
	int rc;

	if (secret_read(a->source->password_file, &password, err) != 0)
		return -1;
	rc = imap_sign_in(m, a->source->user, secret_slice(&password), err);
	secret_wipe(&password);
	return rc;
}

static int open_folder(const struct imap_account *a, struct imap *m, struct imap_folder *folder, struct err *err)
{
	const struct mail_source *s = a->source;

	if (imap_select(m, s->folder, s->after == AFTER_KEEP, folder, err) != 0)
		return -1;
	return s->after == AFTER_KEEP || !folder->read_only ? 0
							    : err_set(err, ERR_USE,
								      "%s:%d: %s may only be read by %s: give the "
								      "right to change it, or set after = \"keep\"",
								      s->host, s->port, s->folder, s->user);
}

/* With a token; after a no, once more with a new one. (A server may hang up over it, so each try has its own session.)
 */
static int try_token(const struct imap_account *a, struct imap *m, bool anew, struct imap_folder *folder,
		     struct err *err)
{
	const char *token = NULL;
	int rc;

	if (oauth_token(a->tokens, anew, &token, err) != 0)
		return -1;
	rc = imap_sign_in_token(m, a->source->user, token, err);
	if (rc == 0)
		rc = open_folder(a, m, folder, err);
	if (rc != 0 && err->kind == ERR_USE)
		add_advice(&a->oauth[a->source->oauth], token, err);
	return rc;
}

static struct imap_server server_of(const struct imap_account *a)
{
	const struct mail_source *s = a->source;

	return (struct imap_server){ .host = s->host,
				     .port = s->port,
				     .tls = s->tls,
				     .ca_file = s->ca_file,
				     .stop_fd = a->stop_fd,
				     .mail_bytes = a->mail_bytes };
}

static int open_tokens(struct imap_account *a, struct err *err)
{
	if (a->tokens == NULL &&
	    oauth_open(&a->oauth[a->source->oauth], a->source->oauth, a->control, &a->tokens, err) != 0)
		return -1;
	oauth_stop_by(a->tokens, a->should_stop);
	return 0;
}

static int open_by_token(struct imap_account *a, struct imap **m, struct imap_folder *folder, struct err *err)
{
	const struct imap_server server = server_of(a);
	int rc = 1;

	if (open_tokens(a, err) != 0)
		return -1;
	for (int anew = 0; anew <= 1 && rc == 1; anew++) {
		imap_close(*m);
		*m = NULL;
		rc = imap_open(&server, m, err) == 0 ? try_token(a, *m, anew, folder, err) : -1;
	}
	return rc == 0 ? 0 : -1;
}

static int open_by_password(const struct imap_account *a, struct imap **m, struct imap_folder *folder, struct err *err)
{
	const struct imap_server server = server_of(a);

	if (imap_open(&server, m, err) != 0 || sign_in_password(a, *m, err) != 0)
		return -1;
	return open_folder(a, *m, folder, err);
}

int imap_account_open(struct imap_account *a, struct imap **out, struct imap_folder *folder, struct err *err)
{
	struct imap *m = NULL;
	int rc = a->source->oauth >= 0 ? open_by_token(a, &m, folder, err) : open_by_password(a, &m, folder, err);

	if (rc != 0)
		imap_close(m);
	else
		*out = m;
	return rc;
}

void imap_account_release(struct imap_account *a)
{
	if (a->tokens != NULL)
		oauth_close(a->tokens);
	a->tokens = NULL;
}
