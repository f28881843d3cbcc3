/* source_folder: see source_folder.h. */
#include "daemon/source_folder.h"

#include "base/buf.h"
#include "base/log.h"
#include "parsers/message.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE_BYTES = 64 * 1024, SNIFF_BYTES = 16 * 1024, FOLDER_DEPTH = 32, FROM_LINE_BYTES = 1024 };

/* --- which files --- */

static int list_path(struct arena *a, const char *path, int depth, struct folder_list *out, struct err *err);

static void list_add(struct arena *a, struct folder_list *l, const char *path)
{
	if (l->n == l->room) {
		struct slice *more = arena_array(a, l->room > 0 ? l->room * 2 : 256, sizeof *more);

		if (l->n > 0)
			memcpy(more, l->path, l->n * sizeof *more);
		l->room = l->room > 0 ? l->room * 2 : 256;
		l->path = more;
	}
	l->path[l->n++] = slice_of(arena_copy(a, path, strlen(path)));
}

static int is_wanted(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static bool is_maildir(const char *path)
{
	struct stat st;
	struct arena scratch = { 0 };
	bool all = true;

	for (int i = 0; i < 3 && all; i++) {
		static const char *const parts[] = { "new", "cur", "tmp" };

		all = stat(arena_printf(&scratch, "%s/%s", path, parts[i]), &st) == 0 && S_ISDIR(st.st_mode);
	}
	arena_release(&scratch);
	return all;
}

static int list_folder(struct arena *a, const char *path, int depth, struct folder_list *out, struct err *err)
{
	bool maildir = is_maildir(path);
	struct dirent **entries;
	int n = scandir(path, &entries, is_wanted, alphasort), rc = 0;

	if (n < 0 && depth > 0) { /* one that may not be read costs only itself */
		out->unreadable++;
		log_line("%s: %s", path, strerror(errno));
		return 0;
	}
	if (n < 0)
		return err_errno(err, "%s", path);
	for (int i = 0; i < n; i++) {
		/* tmp/ of a Maildir holds mails that are still being written */
		if (rc == 0 && !(maildir && strcmp(entries[i]->d_name, "tmp") == 0))
			rc = list_path(a, arena_printf(a, "%s/%s", path, entries[i]->d_name), depth + 1, out, err);
		free(entries[i]);
	}
	free(entries);
	return rc;
}

static int list_path(struct arena *a, const char *path, int depth, struct folder_list *out, struct err *err)
{
	struct stat st;

	if (strcmp(path, "-") == 0) {
		list_add(a, out, path);
		return 0;
	}
	if ((depth > 0 ? lstat(path, &st) : stat(path, &st)) != 0)
		return depth > 0 ? 0 : /* gone since it was listed: somebody else's */
		       errno == ENOENT || errno == ENOTDIR ? err_set(err, ERR_USE, "%s: %s", path, strerror(errno)) :
							     err_errno(err, "%s", path);
	if (S_ISDIR(st.st_mode))
		return depth < FOLDER_DEPTH ? list_folder(a, path, depth, out, err) :
					      err_set(err, ERR_USE, "%s: folders nested deeper than %d", path, FOLDER_DEPTH);
	if (S_ISLNK(st.st_mode) && (stat(path, &st) != 0 || S_ISDIR(st.st_mode)))
		return 0; /* a folder elsewhere may be a folder above */
	if (S_ISREG(st.st_mode))
		list_add(a, out, path);
	else if (depth == 0)
		return err_set(err, ERR_USE, "%s: is neither a file nor a folder", path);
	return 0;
}

int folder_list(struct arena *a, char *const *paths, size_t n, struct folder_list *out, struct err *err)
{
	struct folder_list list = { 0 };

	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(paths[i]);
		char *path = arena_copy(a, paths[i], len);

		while (len > 1 && path[len - 1] == '/')
			path[--len] = '\0';
		if (list_path(a, path, 0, &list, err) != 0)
			return -1;
	}
	*out = list;
	return 0;
}

/* --- one file --- */

typedef int put_function(void *ctx, struct slice label, char *bytes, size_t n, bool last, struct err *err);

struct reading {
	int fd;
	struct slice path;
	struct buf held;    /* read, not yet given */
	size_t most;        /* bytes of a file or mail; `held` has room for a piece more, so that nothing read is lost */
	bool at_end;
	put_function *put;
	void *ctx;
};

static int read_more(struct reading *r, struct err *err)
{
	char piece[PIECE_BYTES];
	ssize_t n;

	do {
		n = read(r->fd, piece, sizeof piece);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_errno(err, "%.*s", (int)r->path.len, r->path.ptr);
	r->at_end = n == 0;
	if (buf_add(&r->held, piece, (size_t)n) != 0)
		return err_set(err, ERR_SYSTEM, "%.*s: no memory to read it", (int)r->path.len, r->path.ptr);
	return 0;
}

/* Copies a mail as it was before ">From " was written for "From " (mboxrd). Returns its length. */
static size_t copy_unquoted(char *to, struct slice bytes)
{
	size_t n = 0;

	for (size_t i = 0; i < bytes.len; i++) {
		if (bytes.ptr[i] == '>' && (i == 0 || bytes.ptr[i - 1] == '\n')) {
			size_t k = i;

			while (k < bytes.len && bytes.ptr[k] == '>')
				k++;
			if (bytes.len - k >= 5 && memcmp(bytes.ptr + k, "From ", 5) == 0)
				i++;
		}
		to[n++] = bytes.ptr[i];
	}
	return n;
}

static int give(struct reading *r, struct slice bytes, bool unquote, bool last, struct err *err)
{
	char *copy = malloc(bytes.len + 1);

	if (copy == NULL)
		return err_errno(err, "%.*s", (int)r->path.len, r->path.ptr);
	if (unquote)
		bytes.len = copy_unquoted(copy, bytes);
	else if (bytes.len > 0)
		memcpy(copy, bytes.ptr, bytes.len);
	return r->put(r->ctx, r->path, copy, bytes.len, last, err);
}

static bool is_too_large(const struct reading *r)
{
	return r->held.len > r->most;
}

static int read_whole(struct reading *r, struct err *err)
{
	while (!r->at_end && !is_too_large(r))
		if (read_more(r, err) != 0)
			return -1;
	return give(r, buf_slice(&r->held), false, true, err);
}

/* Where the next mail's "From " line begins: after a blank line. NULL where it is not held yet. */
static const char *next_from(const struct reading *r, size_t searched)
{
	const char *p = r->held.data + (searched > 8 ? searched - 8 : 0), *end = r->held.data + r->held.len;

	while ((p = memmem(p, (size_t)(end - p), "\nFrom ", 6)) != NULL) {
		if (p > r->held.data && (p[-1] == '\n' || (p[-1] == '\r' && p - 1 > r->held.data && p[-2] == '\n')))
			return p + 1;
		p++;
	}
	return NULL;
}

static struct slice without_from_line(struct slice mail)
{
	const char *lf = memchr(mail.ptr, '\n', mail.len);

	if (mail.len < 5 || memcmp(mail.ptr, "From ", 5) != 0 || lf == NULL)
		return mail;
	return (struct slice){ lf + 1, mail.len - (size_t)(lf + 1 - mail.ptr) };
}

/* The rest of a mail that is too large is passed over, to the next or the end. */
static int skip_to_from(struct reading *r, struct err *err)
{
	const char *from;

	while (!r->at_end) {
		buf_drop(&r->held, r->held.len - (r->held.len < 8 ? r->held.len : 8));
		if (read_more(r, err) != 0)
			return -1;
		if ((from = next_from(r, 0)) != NULL) {
			buf_drop(&r->held, (size_t)(from - r->held.data));
			return 0;
		}
	}
	buf_clear(&r->held);
	return 0;
}

/* It is given as far as it was held, which is more than is allowed: it will be refused for that. */
static int give_too_large(struct reading *r, struct err *err)
{
	struct slice mail = without_from_line(buf_slice(&r->held));
	struct buf copy;
	int rc = -1;

	buf_init(&copy, mail.len);
	if (buf_add_slice(&copy, mail) != 0)
		err_errno(err, "%.*s", (int)r->path.len, r->path.ptr);
	else if (skip_to_from(r, err) == 0)
		rc = give(r, buf_slice(&copy), false, r->held.len == 0, err);
	buf_release(&copy);
	return rc;
}

static int read_mbox(struct reading *r, struct err *err)
{
	size_t searched = 0;
	const char *from;
	int rc;

	while (r->held.len > 0) {
		from = next_from(r, searched);
		searched = r->held.len;
		if (from != NULL) {
			size_t n = (size_t)(from - r->held.data);

			if ((rc = give(r, without_from_line((struct slice){ r->held.data, n }), true, false, err)) != 0)
				return rc;
			buf_drop(&r->held, n);
			searched = 0;
		} else if (is_too_large(r)) {
			if ((rc = give_too_large(r, err)) != 0)
				return rc;
			searched = 0;
		} else if (r->at_end) {
			return give(r, without_from_line(buf_slice(&r->held)), true, true, err);
		} else if (read_more(r, err) != 0) {
			return -1;
		}
	}
	return 0;
}

static int read_file(struct reading *r, int64_t mail_bytes, struct err *err)
{
	while (!r->at_end && r->held.len < SNIFF_BYTES)
		if (read_more(r, err) != 0)
			return -1;
	if (!message_is_mbox(buf_slice(&r->held)))
		return read_whole(r, err);
	r->most = (size_t)mail_bytes + FROM_LINE_BYTES;
	return read_mbox(r, err);
}

int folder_read_open(int fd, struct slice label, int64_t file_bytes, int64_t mail_bytes, put_function *put, void *ctx,
		     struct err *err)
{
	struct reading r = { .fd = fd, .path = label, .put = put, .ctx = ctx, .most = (size_t)file_bytes };
	int rc;

	buf_init(&r.held, (size_t)(file_bytes > mail_bytes ? file_bytes : mail_bytes) + FROM_LINE_BYTES + PIECE_BYTES);
	rc = read_file(&r, mail_bytes, err);
	buf_release(&r.held);
	return rc;
}

int folder_read(struct slice path, int64_t file_bytes, int64_t mail_bytes, put_function *put, void *ctx,
		struct err *err)
{
	bool is_stdin = slice_is(path, "-");
	int fd = is_stdin ? STDIN_FILENO : open(path.ptr, O_RDONLY | O_CLOEXEC), rc;

	if (fd < 0)
		return err_errno(err, "%.*s", (int)path.len, path.ptr);
	rc = folder_read_open(fd, path, file_bytes, mail_bytes, put, ctx, err);
	if (!is_stdin)
		close(fd);
	return rc;
}
