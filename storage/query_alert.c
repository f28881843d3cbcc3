/* query_alert: what alert rules found, and the mailboxes that they watch; see query.h. */
#include "base/text.h"
#include "schema/mail.h"
#include "storage/query.h"
#include "storage/reader.h"

#include <stdlib.h>

static void read_alert(struct arena *a, struct statement *s, struct alert_line *out)
{
	*out = (struct alert_line){
		.id = column_int(s, 0),
		.rule = text_copy(a, column_text(s, 1)),
		.subject = text_copy(a, column_text(s, 2)),
		.seen = text_copy(a, column_text(s, 3)),
		.firing = column_int(s, 4) != 0,
		.since_s = column_int(s, 5),
		.change = column_int(s, 6),
		.heard = (unsigned)column_int(s, 7),
		.title = text_copy(a, column_text(s, 8)),
		.text = text_copy(a, column_text(s, 9)),
		.path = text_copy(a, column_text(s, 10)),
	};
}

int query_alert(struct reader *r, struct arena *a, struct slice rule, struct slice subject, struct alert_line *out,
		struct err *err)
{
	struct statement *s = db_statement(r->db, SQL_ALERT_FIND);
	int rc;

	bind_text(s, 1, rule);
	bind_text(s, 2, subject);
	if ((rc = statement_step(s, err)) == 1)
		read_alert(a, s, out);
	statement_reset(s);
	return rc;
}

int query_alerts(struct reader *r, struct arena *a, struct alert_lines *out, struct err *err)
{
	struct statement *s = db_statement(r->db, SQL_ALERTS_LIVE);
	struct alert_line *item = NULL;
	size_t n = 0, room = 0;
	int rc;

	bind_int(s, 1, 0);
	while ((rc = statement_step(s, err)) == 1) {
		item = array_room(item, &room, &n, sizeof *item, n);
		read_alert(a, s, &item[n - 1]);
	}
	if (rc == 0) {
		*out = (struct alert_lines){ arena_array(a, n + 1, sizeof *item), n };
		if (n > 0)
			memcpy(out->item, item, n * sizeof *item);
	}
	free(item);
	return rc;
}

/* --- mailboxes --- */

static int read_mailbox(struct reader *r, int64_t id, int64_t from_s, struct mailbox_line *out, struct err *err)
{
	struct statement *s = db_statement(r->db, SQL_MAILBOX_LAST);

	bind_int(s, 1, id);
	bind_int(s, 2, MAIL_REFUSED);
	if (statement_run(s, &out->last_s, err) != 0)
		return -1;
	s = db_statement(r->db, SQL_MAILBOX_MAILS);
	bind_int(s, 1, id);
	bind_int(s, 2, MAIL_REFUSED);
	bind_int(s, 3, from_s);
	if (statement_step(s, err) != 1)
		return -1;
	out->mails = column_int(s, 0);
	out->refused = column_int(s, 1);
	statement_reset(s);
	return 0;
}

static int read_mailboxes(struct reader *r, struct arena *a, int64_t from_s, struct mailbox_line **item, size_t *n,
			  struct err *err)
{
	struct statement *s = db_statement(r->db, SQL_MAILBOXES);
	size_t room = 0;
	int rc;

	while ((rc = statement_step(s, err)) == 1) {
		*item = array_room(*item, &room, n, sizeof **item, *n);
		(*item)[*n - 1] = (struct mailbox_line){ .place = text_copy(a, column_text(s, 1)) };
		if (read_mailbox(r, column_int(s, 0), from_s, &(*item)[*n - 1], err) != 0) {
			statement_reset(s);
			return -1;
		}
	}
	return rc;
}

int query_mailboxes(struct reader *r, struct arena *a, int64_t from_s, struct mailbox_lines *out, struct err *err)
{
	struct mailbox_line *item = NULL;
	size_t n = 0;
	int rc;

	if (reader_begin(r, NULL, err) != 0)
		return -1;
	rc = read_mailboxes(r, a, from_s, &item, &n, err);
	if (rc == 0) {
		*out = (struct mailbox_lines){ arena_array(a, n + 1, sizeof *item), n };
		if (n > 0)
			memcpy(out->item, item, n * sizeof *item);
	}
	free(item);
	reader_end(r);
	return rc;
}
