/* secret: see secret.h. */
#include "daemon/secret.h"

#include "base/text.h"
#include "base/buf.h"
#include "schema/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <nettle/base64.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LEAST_HIDDEN_BYTES = 4 };

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

int secret_write(const char *path, struct slice text, struct err *err)
{
	struct arena a = { 0 };
	const char *new = arena_printf(&a, "%s.new", path);
	const char *folder = text_folder(&a, path);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;

	if (fd >= 0)
		flock(fd, LOCK_EX); /* several mailboxes may share a token; a filesystem without locks goes without */
	if (fd < 0 || write_new(path, new, folder, text) != 0 || rename(new, path) != 0 || fsync(fd) != 0) {
		rc = err_errno(err, "%s: cannot be written (ruad's user must be able to write into its folder)", path);
		unlink(new);
	}
	if (fd >= 0)
		close(fd);
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

/* --- hiding --- */

/* How many bytes at the end of `words` begin `form`. */
static size_t begun_at_end(struct slice words, struct slice form)
{
	size_t n = form.len < words.len ? form.len : words.len;

	while (n >= LEAST_HIDDEN_BYTES && memcmp(words.ptr + words.len - n, form.ptr, n) != 0)
		n--;
	return n >= LEAST_HIDDEN_BYTES ? n : 0;
}

/* In one go: a peer that says it a million times costs no more, and a secret may stand in "(secret)" itself. */
static struct slice without(struct arena *a, struct slice words, struct slice form)
{
	const char *at, *from = words.ptr, *end = words.ptr + words.len;
	size_t begun;
	struct buf out;

	if (form.len < LEAST_HIDDEN_BYTES || words.len == 0)
		return words;
	buf_init(&out, 2 * words.len + 8);
	while ((at = memmem(from, (size_t)(end - from), form.ptr, form.len)) != NULL) {
		buf_add(&out, from, (size_t)(at - from));
		buf_add_text(&out, "(secret)");
		from = at + form.len;
	}
	begun = begun_at_end((struct slice){ from, (size_t)(end - from) }, form);
	if (from != words.ptr || begun > 0) {
		buf_add(&out, from, (size_t)(end - from) - begun);
		buf_add_text(&out, begun > 0 ? "(secret)" : "");
		words = (struct slice){ arena_copy(a, buf_slice(&out).ptr, out.len), out.len };
	}
	buf_release(&out);
	return words;
}

static void percent(struct buf *out, struct slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || strchr("-._~", c) != NULL)
			buf_add_char(out, (char)c);
		else
			buf_addf(out, "%%%02X", c);
	}
}

/* What base64 of `before` bytes, the secret, and others behind it, has of the secret alone. */
static struct slice coded(struct buf *plain, struct buf *out, struct slice secret, size_t before)
{
	size_t first = (before * 8 + 5) / 6, end = (before + secret.len) * 8 / 6;

	buf_clear(plain);
	buf_clear(out);
	buf_add(plain, "\0\0", before);
	buf_add_slice(plain, secret);
	base64_encode_raw(buf_reserve(out, BASE64_ENCODE_RAW_LENGTH(plain->len)), plain->len, (const uint8_t *)plain->data);
	return (struct slice){ out->data + first, end - first };
}

/* The same for URLs (RFC 4648 5). */
static void url_safe(char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		text[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i];
}

struct slice secret_hidden(struct arena *a, struct slice words, struct slice secret)
{
	struct buf plain, form;
	struct slice part;

	if (secret.len < LEAST_HIDDEN_BYTES || secret.len > LIMIT_SECRET_BYTES || words.len == 0 || words.len > INT_MAX)
		return words;
	buf_init(&plain, LIMIT_SECRET_BYTES + 2);
	buf_init(&form, 3 * LIMIT_SECRET_BYTES + 8);
	buf_reserve(&plain, secret.len + 2); /* so that no copy of it is left behind */
	buf_reserve(&form, 3 * secret.len + 8);
	words = without(a, words, secret);
	percent(&form, secret);
	if (form.len > secret.len)
		words = without(a, words, buf_slice(&form));
	for (size_t before = 0; before < 3; before++) {
		part = coded(&plain, &form, secret, before);
		words = without(a, words, part);
		url_safe((char *)(uintptr_t)part.ptr, part.len);
		words = without(a, words, part);
	}
	explicit_bzero(plain.data, secret.len + 2);
	explicit_bzero(form.data, 3 * secret.len + 8);
	buf_release(&plain);
	buf_release(&form);
	return words;
}
