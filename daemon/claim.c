/* claim: see claim.h. */
#include "daemon/claim.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MIDDLE_BYTES = 24, NAMES_TRIED = 1000 };

#define WORK "ruad-work-"

/* 0 with the folder in c->work, or without one where there is none and none is to be made. */
static int open_work(struct claim *c, bool make, struct err *err)
{
	if (make && mkdirat(c->top, c->work_name, 0700) != 0 && errno != EEXIST)
		return err_errno(err, "%s/%s: cannot make the folder to work in", c->path, c->work_name);
	c->work = openat(c->top, c->work_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (c->work < 0)
		return !make && errno == ENOENT ? 0 : err_errno(err, "%s/%s", c->path, c->work_name);
	/* a filesystem without such locks goes without */
	if (flock(c->work, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
		return err_set(err, ERR_SYSTEM, "%s/%s: another process of this database, or of a copy of it, works there", c->path,
			       c->work_name);
	return make && fsync(c->top) != 0 ? err_errno(err, "%s", c->path) : 0;
}

static void close_both(struct claim *c)
{
	if (c->work >= 0)
		close(c->work);
	if (c->top >= 0)
		close(c->top);
	c->work = c->top = -1;
}

int claim_open(struct claim *c, const char *path, int64_t owner, bool make, struct err *err)
{
	*c = (struct claim){ .path = path, .top = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), .work = -1 };
	snprintf(c->work_name, sizeof c->work_name, WORK "%016" PRIx64, (uint64_t)owner);
	if (c->top < 0)
		return err_errno(err, "%s", path);
	if (open_work(c, make, err) == 0)
		return 0;
	close_both(c);
	return -1;
}

void claim_close(struct claim *c)
{
	if (c->work >= 0)
		unlinkat(c->top, c->work_name, AT_REMOVEDIR); /* fails where something lies in it, as it should */
	close_both(c);
}

bool claim_stands(const struct claim *c)
{
	struct stat now, opened;

	return c->top >= 0 && stat(c->path, &now) == 0 && fstat(c->top, &opened) == 0 && now.st_dev == opened.st_dev &&
	       now.st_ino == opened.st_ino;
}

/* NFS and some others cannot promise that nothing is written over; there a look beforehand has to do. */
static int rename_new(int from, const char *name, int to, const char *as)
{
	struct stat st;

	if (renameat2(from, name, to, as, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP)
		return -1;
	if (fstatat(to, as, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? renameat(from, name, to, as) : -1;
	errno = EEXIST;
	return -1;
}

int claim_take(const struct claim *c, int folder, const char *name)
{
	return rename_new(folder, name, c->work, name);
}

bool claim_is_work(const char *name)
{
	return strncmp(name, WORK, sizeof WORK - 1) == 0;
}

/* Stem, middle and tail; a stem that is too long for it is cut. */
static void make_name(char out[NAME_MAX + 1], const char *stem, const char *middle, const char *tail)
{
	size_t rest = strlen(middle) + strlen(tail);

	snprintf(out, NAME_MAX + 1, "%.*s%s%s", rest < NAME_MAX ? (int)(NAME_MAX - rest) : 0, stem, middle, tail);
}

int claim_give(int from, const char *name, int to, const char *stem, const char *tail)
{
	char as[NAME_MAX + 1], middle[MIDDLE_BYTES];
	int64_t now_s = time(NULL);
	int rc;

	make_name(as, stem, "", tail);
	rc = rename_new(from, name, to, as);
	for (int i = 0; rc != 0 && errno == EEXIST && i < NAMES_TRIED; i++) {
		snprintf(middle, sizeof middle, ".%" PRId64, now_s + i);
		make_name(as, stem, middle, tail);
		rc = rename_new(from, name, to, as);
	}
	return rc;
}
