/* source_drop: see source_drop.h. */
#include "daemon/source_drop.h"

#include "base/text.h"
#include "daemon/gather.h"

#include <string.h>

/* Not what programs call a file that they still write, or a copy that an editor leaves. */
static bool is_finished_name(const char *name)
{
	static const char *const unfinished[] = { ".tmp", ".part", ".filepart", "~" };
	bool finished = name[0] != '.';

	for (size_t i = 0; finished && i < sizeof unfinished / sizeof *unfinished; i++)
		finished = !text_ends(slice_of(name), slice_of(unfinished[i]));
	return finished;
}

static void no_tail(const char *name, bool in_maildir, char *out, size_t room)
{
	out[0] = '\0';
}

/* It stays where it is; one that was claimed once, when the configuration was another, goes back. */
static int keep(const struct carry *c, int folder, const char *name)
{
	return folder == CARRY_WORK ? claim_give(c->folder[folder], name, c->folder[CARRY_FIRST], name, "") : 0;
}

static const struct carry_kind drop = {
	.word = "folder",
	.folder = { "." },
	.asks_from = CARRY_FIRST,
	.dated = true,
	.wants = is_finished_name,
	.stem = strlen,
	.tail = no_tail,
	.keep = keep,
};

int source_drop_run(struct fetch *f, struct err *err)
{
	return gather_run(f, &drop, err);
}

int source_drop_check(const struct mail_source *m, struct buf *out, struct err *err)
{
	return gather_check(&drop, m, out, err);
}
