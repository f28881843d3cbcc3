/* backup: see backup.h. */
#include "storage/backup.h"

#include "storage/raw.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct target {
	char path[RAW_PATH_BYTES], making[RAW_PATH_BYTES + 8]; /* `making` is empty while there is no such file */
};

static int is_free(const char *path, struct err *err)
{
	if (access(path, F_OK) == 0)
		return err_set(err, ERR_USE, "%s: is there already: a backup overwrites nothing", path);
	return 0;
}

/* Syncs a file, or the folder that it stands in. */
static int sync_path(const char *path, int flags, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | flags), rc;

	if (fd < 0)
		return err_errno(err, "%s", path);
	rc = fsync(fd) == 0 ? 0 : err_errno(err, "%s", path);
	close(fd);
	return rc;
}

static int sync_folder_of(const char *path, struct err *err)
{
	char folder[RAW_PATH_BYTES];
	const char *slash = strrchr(path, '/');

	/* "a" stands in ".", "/a" in "/" */
	snprintf(folder, sizeof folder, "%.*s", slash == NULL ? 1 : (int)(slash - path) + 1, slash == NULL ? "." : path);
	return sync_path(folder, O_DIRECTORY, err);
}

static int copy(struct db *db, struct target *t, struct err *err)
{
	int fd;

	snprintf(t->making, sizeof t->making, "%s.XXXXXX", t->path);
	if ((fd = mkstemp(t->making)) < 0) {
		t->making[0] = '\0';
		return err_errno(err, "%s", t->path);
	}
	close(fd);
	return db_copy(db, t->making, err) == 0 ? sync_path(t->making, 0, err) : -1;
}

static int put_in_place(struct target *t, struct err *err)
{
	/* Some file systems know no other rename than one that overwrites: it was free a moment ago. */
	if (renameat2(AT_FDCWD, t->making, AT_FDCWD, t->path, RENAME_NOREPLACE) != 0 &&
	    (errno != EINVAL || rename(t->making, t->path) != 0))
		return err_errno(err, "%s", t->path);
	t->making[0] = '\0';
	return 0;
}

static int copy_both(const char *path, struct target *main, struct target *raw, struct err *err)
{
	struct db *db;
	struct raw *r;
	int rc;

	if (db_open(path, DB_READ, &db, err) != 0)
		return -1;
	rc = copy(db, main, err);
	db_close(db);
	if (rc != 0 || raw_open(path, DB_WRITE, &r, err) != 0) /* made where it is not there: a copy is always a pair */
		return -1;
	rc = copy(raw_db(r), raw, err);
	raw_close(r);
	return rc;
}

int backup_make(const char *path, const char *to, struct err *err)
{
	struct target main = { 0 }, raw = { 0 };
	int rc = -1;

	if (raw_path(to, raw.path, err) != 0)
		return -1;
	snprintf(main.path, sizeof main.path, "%s", to);
	/* The database last: where it stands, its bytes stand beside it. */
	if (is_free(main.path, err) == 0 && is_free(raw.path, err) == 0 && copy_both(path, &main, &raw, err) == 0 &&
	    put_in_place(&raw, err) == 0 && put_in_place(&main, err) == 0)
		rc = sync_folder_of(to, err);
	if (main.making[0] != '\0')
		unlink(main.making);
	if (raw.making[0] != '\0')
		unlink(raw.making);
	return rc;
}
