/* secret: see secret.h. */
#include "daemon/secret.h"

#include "base/arena.h"
#include "schema/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- reading --- */

static int check_file(int fd, const char *path, struct stat *st, struct err *err)
{
	if (fstat(fd, st) != 0)
		return err_errno(err, "%s", path);
	if (!S_ISREG(st->st_mode))
		return err_set(err, ERR_USE, "%s: is not a file", path);
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return err_set(err, ERR_USE,
			       "%s: holds a secret, but belongs to another user (%d) than ruad's (%d): chown it", path,
			       (int)st->st_uid, (int)geteuid());
	if ((st->st_mode & (S_IRWXO | S_IWGRP)) != 0 || ((st->st_mode & S_IRGRP) != 0 && st->st_gid != 0 && st->st_gid != getegid()))
		return err_set(err, ERR_USE,
			       "%s: holds a secret, but others than its owner may read or write it: chmod 600 %s", path,
			       path);
	if (st->st_size > LIMIT_SECRET_BYTES)
		return err_set(err, ERR_USE, "%s: is larger than the %d bytes that a secret may have", path,
			       LIMIT_SECRET_BYTES);
	return 0;
}

/* Reads at most `room`: how many bytes came, or -1. */
static ssize_t read_all(int fd, char *to, size_t room)
{
	size_t len = 0;
	ssize_t n = 1;

	while (len < room && n > 0) {
		do {
			n = read(fd, to + len, room - len);
		} while (n < 0 && errno == EINTR);
		len += n > 0 ? (size_t)n : 0;
	}
	return n < 0 ? -1 : (ssize_t)len;
}

static int read_text(int fd, const char *path, size_t room, struct secret *out, struct err *err)
{
	struct secret s = { .text = calloc(1, room + 1) };
	ssize_t n;

	if (s.text == NULL)
		return err_errno(err, "%s", path);
	s.len = room; /* of which all is to be wiped */
	if ((n = read_all(fd, s.text, room)) < 0) {
		err_errno(err, "%s", path);
		secret_wipe(&s);
		return -1;
	}
	s.len = (size_t)n;
	if (s.len > 0 && s.text[s.len - 1] == '\n')
		s.text[--s.len] = '\0';
	if (s.len > 0 && s.text[s.len - 1] == '\r')
		s.text[--s.len] = '\0';
	if (s.len == 0 || memchr(s.text, '\0', s.len) != NULL) {
		secret_wipe(&s);
		return err_set(err, ERR_USE, "%s: %s", path, n == 0 ? "is empty" : "holds no text");
	}
	*out = s;
	return 0;
}

int secret_read(const char *path, struct secret *out, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), rc;
	struct stat st;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == EACCES))
		return err_set(err, ERR_USE, "%s: %s: it must hold the secret, and ruad's user be able to read it",
			       path, strerror(errno));
	if (fd < 0)
		return err_errno(err, "%s", path);
	rc = check_file(fd, path, &st, err);
	if (rc == 0)
		rc = read_text(fd, path, (size_t)st.st_size, out, err);
	close(fd);
	return rc;
}

/* --- writing --- */

static int write_all(int fd, struct slice text)
{
	while (text.len > 0) {
		ssize_t n = write(fd, text.ptr, text.len);

		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0)
			text = (struct slice){ text.ptr + n, text.len - (size_t)n };
	}
	return 0;
}

/* Root who signs in for the daemon must leave it a file that it can read. */
static int give_away(int fd, const char *path, const char *folder)
{
	struct stat st;

	if (geteuid() != 0)
		return 0;
	if (lstat(path, &st) != 0 && stat(folder, &st) != 0)
		return -1;
	return fchown(fd, st.st_uid, st.st_gid);
}

static int write_new(const char *path, const char *new, const char *folder, struct slice text)
{
	int fd, rc, saved;

	unlink(new); /* of a process that was stopped on the way */
	if ((fd = open(new, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)) < 0)
		return -1;
	rc = give_away(fd, path, folder) != 0 || write_all(fd, text) != 0 || write_all(fd, SLICE("\n")) != 0 ||
			     fsync(fd) != 0
		     ? -1
		     : 0;
	saved = errno;
	close(fd);
	errno = saved;
	return rc;
}

static int sync_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;

	if (fd < 0)
		return -1;
	rc = fsync(fd);
	close(fd);
	return rc;
}

int secret_write(const char *path, struct slice text, struct err *err)
{
	struct arena a = { 0 };
	const char *new = arena_printf(&a, "%s.new", path);
	const char *slash = strrchr(path, '/');
	const char *folder = slash == NULL ? "." : slash == path ? "/" : arena_copy(&a, path, (size_t)(slash - path));
	int rc = 0;

	if (write_new(path, new, folder, text) != 0 || rename(new, path) != 0 || sync_folder(folder) != 0) {
		rc = err_errno(err, "%s: cannot be written (ruad's user must be able to write into its folder)", path);
		unlink(new);
	}
	arena_release(&a);
	return rc;
}

/* --- in memory --- */

int secret_set(struct secret *s, struct slice from, struct err *err)
{
	char *copy = malloc(from.len + 1);

	if (copy == NULL)
		return err_set(err, ERR_SYSTEM, "no memory for a secret");
	if (from.len > 0)
		memcpy(copy, from.ptr, from.len);
	copy[from.len] = '\0';
	secret_wipe(s);
	*s = (struct secret){ copy, from.len };
	return 0;
}

void secret_wipe(struct secret *s)
{
	if (s->text != NULL)
		explicit_bzero(s->text, s->len);
	free(s->text);
	*s = (struct secret){ 0 };
}
