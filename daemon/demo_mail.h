/* demo_mail: the mails that the invented university's reports came in, and some that could not be read, so that Ingest has
 * something to show. Neighbours: command_demo.c; demo.h has the reports. */
#ifndef DAEMON_DEMO_MAIL_H
#define DAEMON_DEMO_MAIL_H
#include "base/arena.h"
#include "storage/ingest.h"

struct demo_mail_line;
struct demo_mail {
	struct store *store;
	int64_t mailbox, uid;
	int64_t now_s; /* nothing came later */
	struct arena arena;
	struct demo_mail_line *line;
	size_t n, room;
};
/* In the open transaction, as all below; 0, or -1 with err. */
int demo_mail_begin(struct demo_mail *m, struct store *s, int64_t now_s, struct err *err);
/* When a report came: behind its end by what is usual for its receiver. */
int64_t demo_mail_received(const struct demo_mail *m, const struct report *r);
/* The mail of the report that was stored last. */
void demo_mail_report(struct demo_mail *m, const struct report *r, int64_t received_s);
/* All of these, and others that gave nothing new or could not be read in the weeks up to `last_day`, in order of their coming. */
int demo_mail_end(struct demo_mail *m, int64_t last_day, struct err *err);
#endif
