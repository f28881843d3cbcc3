/* mail_place: see mail_place.h. */
#include "daemon/mail_place.h"

const char *mail_source_place(struct arena *a, const struct mail_source *s)
{
	if (s->type == SOURCE_IMAP)
		return arena_printf(a, "imap://%s@%s:%d/%s", s->user, s->host, s->port, s->folder);
	return arena_printf(a, "%s:%s", s->type == SOURCE_MAILDIR ? "maildir" : "folder", s->path);
}
