/* feed: see feed.h. */
#include "daemon/feed.h"

#include "base/log.h"

struct putting {
	struct intake *intake;
	bool failed; /* the intake, not the file */
};

static int put(void *ctx, struct slice label, char *bytes, size_t n, bool last, struct err *err)
{
	struct putting *p = ctx;

	p->failed = intake_put(p->intake, label, bytes, n, last, err) != 0;
	return p->failed ? -1 : 0;
}

int feed_files(struct feed *f, struct intake *in, struct err *err)
{
	struct putting p = { in, false };

	f->unreadable = f->files->unreadable;
	for (size_t i = 0; i < f->files->n; i++) {
		struct err why;

		if (f->progress != NULL)
			f->progress(f->ctx, i);
		if (folder_read(f->files->path[i], f->limits.part_bytes, f->limits.mail_bytes, put, &p, &why) == 0)
			continue;
		if (p.failed) {
			*err = why;
			return -1;
		}
		log_line("%s", why.text);
		f->unreadable++;
	}
	if (intake_finish(in, err) != 0)
		return -1;
	if (f->progress != NULL)
		f->progress(f->ctx, f->files->n);
	return 0;
}
