/* role_fetch: one mail source's process: runs it, and says how it ended. Neighbours: fetch.h, source_*.c. */
#include "daemon/fetch.h"
#include "daemon/sandbox.h"

static int (*const kinds[])(struct fetch *f, struct err *err) = { source_imap_run, source_maildir_run, source_drop_run };

int role_fetch(const struct heritage *h)
{
	struct fetch f = { .heritage = h, .source = h->source };
	struct err err = { 0 };
	int rc;

	fetch_recall(&f);
	board_say(h->board, h->slot, BOARD_STARTING, "");
	channel_init(&f.channel, h->channel);
	rc = kinds[h->source->type](&f, &err);
	channel_release(&f.channel);
	if (rc == 0 || role_should_stop())
		return EXIT_DONE;
	fetch_complain(&f, &err);
	return err.kind == ERR_USE ? EXIT_USE : EXIT_SYSTEM;
}
