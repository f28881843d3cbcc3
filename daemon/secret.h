/* secret: files that hold a password, a token or a key: read and kept so that nobody else gets at them.
 * Neighbours: oauth.c, imap.c and tell.c read passwords and keys; oauth.c keeps refresh tokens. */
#ifndef DAEMON_SECRET_H
#define DAEMON_SECRET_H
#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"

struct secret { /* all zeros: none */
	char *text; /* NUL behind it */
	size_t len;
};

static inline struct slice secret_slice(const struct secret *s)
{
	return (struct slice){ s->text, s->len };
}

/* Reads a file of at most LIMIT_SECRET_BYTES without the newline at its end. It must be a regular file of root's or of
 * this process's user, and nobody else may read it (the group only where it is root's, as systemd hands over
 * credentials). ERR_USE with what to do for one that is not there, is empty or is open to others. `*out` must be none
 * before. */
int secret_read(const char *path, struct secret *out, struct err *err);

/* Replaces what the file holds, or makes it: wholly or not at all, on disk when it returns, mode 0600. Root leaves it
 * to the user who had the file, or has the folder. Writes PATH.new on the way, one process at a time. */
int secret_write(const char *path, struct slice text, struct err *err);

/* Makes `s` a copy of `from`; what it held is wiped. ERR_SYSTEM where there is no memory. */
int secret_set(struct secret *s, struct slice from, struct err *err);
/* What another side said, without the secret, which it may have heard from us: for a message that quotes it. Taken out is the secret
 * as it is, as a URL has it, and in base64 of whatever stands around it; also where `words` end within it. Those of under four bytes
 * are not looked for. `words` itself where nothing was found, else the arena's. */
struct slice secret_hidden(struct arena *a, struct slice words, struct slice secret);

/* Overwrites and frees; none is left. */
void secret_wipe(struct secret *s);
#endif
