/* source_maildir: see source_maildir.h. */
#include "daemon/source_maildir.h"

#include "daemon/gather.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CUR = CARRY_SECOND, FLAGS_BYTES = 64 };

static bool is_mail(const char *name)
{
	return name[0] != '.';
}

static size_t base_length(const char *name)
{
	return strcspn(name, ":");
}

/* "FS" of "base:2,FS"; "" where there are none. */
static const char *flags_of(const char *name)
{
	const char *info = name + base_length(name);

	return strncmp(info, ":2,", 3) == 0 ? info + 3 : "";
}

static void archived_tail(const char *name, bool maildir, char *out, size_t room)
{
	if (maildir)
		snprintf(out, room, ":2,%s", flags_of(name));
	else
		snprintf(out, room, "%s", name + base_length(name));
}

/* With S among the flags, which stand in the order of their letters. */
static void add_seen(const char *flags, char out[FLAGS_BYTES])
{
	size_t before = 0;

	while (flags[before] != '\0' && flags[before] < 'S')
		before++;
	snprintf(out, FLAGS_BYTES, ":2,%.*s%s%s", (int)before, flags, flags[before] == 'S' ? "" : "S", flags + before);
}

/* Into cur/, where what people have read or may read lies. */
static int put_in_cur(const struct carry *c, int folder, const char *name)
{
	bool seen = c->fetch->source->after == AFTER_SEEN;
	char base[NAME_MAX + 1], tail[FLAGS_BYTES];

	if (folder == CUR && (!seen || strchr(flags_of(name), 'S') != NULL))
		return 0;
	snprintf(base, sizeof base, "%.*s", (int)base_length(name), name);
	if (seen)
		add_seen(flags_of(name), tail);
	else
		snprintf(tail, sizeof tail, ":2,%s", flags_of(name));
	return claim_give(c->folder[folder], name, c->folder[CUR], base, tail);
}

/* A mail reader gave it other flags, or moved it to cur/, since it was read: what it is called there now. 1, 0 it is gone. */
static int find_in_cur(const struct carry *c, const char *name, char out[NAME_MAX + 1])
{
	int fd = openat(c->folder[CUR], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), found = 0;
	DIR *cur = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *e;
	size_t n = base_length(name);

	while (cur != NULL && found == 0 && (e = readdir(cur)) != NULL) {
		found = base_length(e->d_name) == n && memcmp(e->d_name, name, n) == 0;
		if (found)
			snprintf(out, NAME_MAX + 1, "%s", e->d_name);
	}
	if (cur != NULL)
		closedir(cur);
	return found;
}

static int keep(const struct carry *c, int folder, const char *name)
{
	char now[NAME_MAX + 1];

	if (put_in_cur(c, folder, name) == 0)
		return 0;
	if (errno != ENOENT || folder == CARRY_WORK)
		return -1;
	if (find_in_cur(c, name, now))
		return put_in_cur(c, CUR, now);
	errno = ENOENT;
	return -1;
}

static const struct carry_kind maildir = {
	.word = "maildir",
	.maildir = true,
	.folder = { "new", "cur" },
	.asks_from = CUR,
	.wants = is_mail,
	.stem = base_length,
	.tail = archived_tail,
	.keep = keep,
};

int source_maildir_run(struct fetch *f, struct err *err)
{
	return gather_run(f, &maildir, err);
}

int source_maildir_check(const struct mail_source *m, struct buf *out, struct err *err)
{
	return gather_check(&maildir, m, out, err);
}
