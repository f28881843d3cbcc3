/* demo_mail: the mails that the invented university's reports came in, and some that could not be read, so that Ingest has
 * something to show. Neighbours: command_demo.c; demo.h has the reports. */
#ifndef DAEMON_DEMO_MAIL_H
#define DAEMON_DEMO_MAIL_H
#include "storage/ingest.h"

struct demo_mail {
	struct store *store;
	int64_t mailbox, uid;
	int64_t now_s; /* nothing came later */
};
/* In the open transaction, as all below; 0, or -1 with err. */
int demo_mail_begin(struct demo_mail *m, struct store *s, int64_t now_s, struct err *err);
/* When a report came: behind its end by what is usual for its receiver. */
int64_t demo_mail_received(const struct demo_mail *m, const struct report *r);
/* The mail of a report that was stored last. */
int demo_mail_report(struct demo_mail *m, const struct report *r, int64_t received_s, struct err *err);
/* Those that could not be read, and others that gave nothing new, in the days up to `last_day`. */
int demo_mail_others(struct demo_mail *m, int64_t last_day, struct err *err);
#endif
