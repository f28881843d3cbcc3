/* mail_place: see mail_place.h. */
#include "daemon/mail_place.h"

#include "base/log.h"
#include "schema/limits.h"

const char *mail_source_place(struct arena *a, const struct mail_source *s, struct err *err)
{
	struct slice path = slice_of(s->path);
	const char *text = NULL;
	struct buf place;

	buf_init(&place, LIMIT_PLACE_BYTES);
	while (path.len > 1 && path.ptr[path.len - 1] == '/')
		path.len--;
	if (s->type == SOURCE_IMAP) {
		buf_addf(&place, "imap://%s@%s:%d/%s", s->user, s->host, s->port, s->folder);
	} else {
		buf_add_text(&place, s->type == SOURCE_MAILDIR ? "maildir:" : "folder:");
		log_quote_whole(&place, path);
	}
	if (place.full)
		err_set(err, ERR_USE, "mail source %s: its name in the database would be longer than %d bytes", s->name, LIMIT_PLACE_BYTES);
	else
		text = arena_copy(a, place.data, place.len);
	buf_release(&place);
	return text;
}
