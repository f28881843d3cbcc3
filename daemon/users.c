/* users: see users.h. LIBRARIES 2.9 has what a hash costs. */
#include "daemon/users.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/text.h"
#include "schema/domain.h"
#include "schema/limits.h"

#include <crypt.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { COST = 7, PASSWORD_BYTES = 512 /* CRYPT_MAX_PASSPHRASE_SIZE */, FILE_BYTES = 1024 * 1024 };

/* Of no password that anybody has: whoever is not there costs what others cost. */
static const char nobodys[] = "$y$jAT$OSFpvpaAtwqp8zPZPo5LK.$PVdSKcgYpjNBqRAmZ2xEXJQyz/mVpLmTDuHxlYZY.T/";

/* --- passwords --- */

int users_hash(struct arena *a, struct slice password, struct slice *out, struct err *err)
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE], text[PASSWORD_BYTES];
	struct crypt_data *data;
	const char *hash;

	if (password.len == 0 || password.len >= sizeof text || memchr(password.ptr, '\0', password.len) != NULL)
		return err_set(err, ERR_USE, "a password has 1 to %d bytes", PASSWORD_BYTES - 1);
	if (crypt_gensalt_rn("$y$", COST, NULL, 0, setting, sizeof setting) == NULL)
		return err_errno(err, "a salt for the password");
	data = arena_alloc(a, sizeof *data);
	memcpy(text, password.ptr, password.len);
	text[password.len] = '\0';
	hash = crypt_rn(text, setting, data, sizeof *data);
	explicit_bzero(text, sizeof text);
	if (hash == NULL || hash[0] == '*')
		return err_errno(err, "a hash of the password");
	*out = slice_of(hash);
	return 0;
}

static bool is_same(const char *a, const char *b)
{
	unsigned char differs = strlen(a) != strlen(b);

	for (size_t i = 0; a[i] != '\0' && b[i] != '\0'; i++)
		differs |= (unsigned char)(a[i] ^ b[i]);
	return differs == 0;
}

bool users_check(const struct user *u, struct slice password)
{
	struct crypt_data *data = calloc(1, sizeof *data);
	char hash[USERS_HASH_BYTES + 1], text[PASSWORD_BYTES];
	const char *found = NULL;
	bool good;

	if (data == NULL || password.len >= sizeof text || memchr(password.ptr, '\0', password.len) != NULL) {
		free(data);
		return false;
	}
	snprintf(hash, sizeof hash, "%.*s", u != NULL ? (int)u->hash.len : (int)sizeof nobodys - 1, u != NULL ? u->hash.ptr : nobodys);
	memcpy(text, password.ptr, password.len);
	text[password.len] = '\0';
	found = crypt_rn(text, hash, data, sizeof *data);
	good = u != NULL && found != NULL && found[0] != '*' && is_same(found, hash);
	explicit_bzero(text, sizeof text);
	explicit_bzero(data, sizeof *data);
	free(data);
	return good;
}

/* --- the file --- */

bool users_is_name(struct slice name)
{
	if (name.len == 0 || name.len > USERS_NAME_BYTES || !text_utf8_valid(name) || name.ptr[0] == '#')
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (name.ptr[i] == ':' || (unsigned char)name.ptr[i] <= ' ' || name.ptr[i] == 0x7f)
			return false;
	return true;
}

static bool read_trees(struct arena *a, struct slice list, struct slice *out)
{
	struct buf lines;
	bool good = true;

	buf_init(&lines, LIMIT_GRANT_SCOPE_BYTES);
	while (good && list.len > 0) {
		const char *comma = memchr(list.ptr, ',', list.len);
		size_t n = comma != NULL ? (size_t)(comma - list.ptr) : list.len, used = comma != NULL ? n + 1 : n;
		struct slice tree = domain_normal(a, (struct slice){ list.ptr, n });

		good = domain_is_name(tree);
		buf_add_slice(&lines, tree);
		buf_add_char(&lines, '\n');
		list = (struct slice){ list.ptr + used, list.len - used };
	}
	good = good && lines.len > 0 && !lines.full;
	*out = (struct slice){ arena_copy(a, buf_slice(&lines).ptr, lines.len), lines.len };
	buf_release(&lines);
	return good;
}

bool users_role(struct arena *a, struct slice text, enum access_role *role, struct slice *trees)
{
	static const struct slice viewer = { "viewer(", 7 };

	*trees = SLICE("");
	if (text.len > viewer.len && memcmp(text.ptr, viewer.ptr, viewer.len) == 0 && text.ptr[text.len - 1] == ')') {
		*role = ACCESS_VIEWER;
		return read_trees(a, (struct slice){ text.ptr + viewer.len, text.len - viewer.len - 1 }, trees);
	}
	*role = access_role_of(text);
	return *role == ACCESS_TEAM || *role == ACCESS_ADMIN;
}

/* NULL, or what is wrong with the line. */
static const char *read_line(struct arena *a, struct slice line, struct user *out)
{
	const char *first = memchr(line.ptr, ':', line.len), *end = line.ptr + line.len, *second;

	second = first != NULL ? memchr(first + 1, ':', (size_t)(end - first - 1)) : NULL;
	if (second == NULL)
		return "is no \"name:role:hash\"";
	*out = (struct user){ .name = { line.ptr, (size_t)(first - line.ptr) }, .hash = { second + 1, (size_t)(end - second - 1) } };
	if (!users_is_name(out->name))
		return "has a name with blanks, or none";
	if (!users_role(a, (struct slice){ first + 1, (size_t)(second - first - 1) }, &out->role, &out->trees))
		return "has no role: team, admin, or viewer(DOMAIN,...)";
	if (out->hash.len < 20 || out->hash.len > USERS_HASH_BYTES || out->hash.ptr[0] != '$')
		return "has no hash of a password: make it with \"ruad user NAME\"";
	return NULL;
}

/* A hash that everybody can read is as good as its password is bad, and a line that everybody can write is anybody's. */
static int is_ours_alone(int fd, const char *path, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return err_errno(err, "%s", path);
	if ((st.st_mode & (S_IRWXO | S_IWGRP)) == 0)
		return 0;
	return err_set(err, ERR_USE, "%s: says who may sign in, but others than its owner may read or write it: chmod 640 it, and give it "
		       "to root and the group that ruad runs as", path);
}

static int read_text(struct arena *a, const char *path, struct slice *out, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = arena_alloc(a, FILE_BYTES + 1);
	size_t len = 0;
	ssize_t got = 0;

	if (fd < 0)
		return err_set(err, ERR_USE, "%s: %s", path, strerror(errno));
	if (is_ours_alone(fd, path, err) != 0) {
		close(fd);
		return -1;
	}
	while (len <= FILE_BYTES && (got = read(fd, text + len, FILE_BYTES + 1 - len)) > 0)
		len += (size_t)got;
	close(fd);
	if (got < 0 || len > FILE_BYTES)
		return err_set(err, ERR_USE, "%s: %s", path, got < 0 ? strerror(errno) : "larger than a mebibyte");
	*out = (struct slice){ text, len };
	return 0;
}

int users_read(struct arena *a, const char *path, struct users *out, struct err *err)
{
	struct users u = { .item = arena_array(a, USERS_MOST, sizeof *u.item) };
	const char *wrong;
	struct slice text;

	if (access(path, F_OK) != 0 && errno == ENOENT)
		return err_set(err, ERR_USE, "%s: there is no such file: ruad user NAME makes it", path);
	if (read_text(a, path, &text, err) != 0)
		return -1;
	for (int number = 1; text.len > 0; number++) {
		struct slice line = text_trim(text_take_line(&text));

		if (line.len == 0 || line.ptr[0] == '#')
			continue;
		if (u.n == USERS_MOST)
			return err_set(err, ERR_USE, "%s:%d: more than %d users", path, number, USERS_MOST);
		if ((wrong = read_line(a, line, &u.item[u.n])) != NULL)
			return err_set(err, ERR_USE, "%s:%d: %s", path, number, wrong);
		if (users_find(&u, u.item[u.n].name) != NULL)
			return err_set(err, ERR_USE, "%s:%d: names somebody who stands above already", path, number);
		u.n++;
	}
	*out = u;
	return 0;
}

int users_are_readable(const char *path, struct err *err)
{
	struct err said = { 0 };
	int pair[2], status = -1;
	pid_t pid;

	if (path == NULL)
		return 0;
	if (pipe2(pair, O_CLOEXEC) != 0 || (pid = fork()) < 0)
		return err_errno(err, "%s", path);
	if (pid == 0) {
		struct arena a = { 0 };
		struct users u;
		bool good = users_read(&a, path, &u, &said) == 0;

		_exit(!good && write(pair[1], &said, sizeof said) == sizeof said ? 1 : good ? 0 : 2);
	}
	close(pair[1]);
	if (read(pair[0], &said, sizeof said) != sizeof said)
		said.text[0] = '\0';
	close(pair[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (status == 0)
		return 0;
	said.text[sizeof said.text - 1] = '\0';
	return err_set(err, ERR_USE, "%s", said.text[0] != '\0' ? said.text : "the users file cannot be read");
}

struct user *users_find(const struct users *u, struct slice name)
{
	for (size_t i = 0; i < u->n; i++)
		if (slice_eq(u->item[i].name, name))
			return &u->item[i];
	return NULL;
}

static void add_user(struct buf *out, const struct user *u)
{
	struct slice trees = u->trees;

	buf_add_slice(out, u->name);
	buf_addf(out, ":%s", access_role_name(u->role));
	for (int i = 0; trees.len > 0; i++) {
		buf_add_char(out, i == 0 ? '(' : ',');
		buf_add_slice(out, text_take_line(&trees));
	}
	buf_addf(out, "%s:", u->trees.len > 0 ? ")" : "");
	buf_add_slice(out, u->hash);
	buf_add_char(out, '\n');
}

static int write_all(int fd, struct slice text)
{
	for (size_t at = 0; at < text.len;) {
		ssize_t n = write(fd, text.ptr + at, text.len - at);

		if (n < 0 && errno != EINTR)
			return -1;
		at += n > 0 ? (size_t)n : 0;
	}
	return fsync(fd);
}

/* An owner and a mode that somebody gave the old one stay; a new one made by root may be read by the group of its folder, which is
 * the daemon's. */
static int make_file(const char *path, const char *making)
{
	struct arena scratch = { 0 };
	struct stat old, folder;
	int fd = open(making, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd >= 0 && stat(path, &old) == 0 && (fchown(fd, old.st_uid, old.st_gid) == 0 || errno == EPERM))
		fchmod(fd, old.st_mode & 0640);
	else if (fd >= 0 && geteuid() == 0 && stat(text_folder(&scratch, path), &folder) == 0 && fchown(fd, 0, folder.st_gid) == 0)
		fchmod(fd, 0640);
	arena_release(&scratch);
	return fd;
}

int users_write(const char *path, const struct users *u, struct err *err)
{
	struct arena scratch = { 0 };
	const char *making = arena_printf(&scratch, "%s.new-%d", path, (int)getpid());
	struct buf text;
	int fd, rc;

	buf_init(&text, FILE_BYTES);
	buf_add_text(&text, "# Who may sign in to ruad: name:role:hash. Made by `ruad user`.\n");
	for (size_t i = 0; i < u->n; i++)
		add_user(&text, &u->item[i]);
	fd = make_file(path, making);
	rc = fd >= 0 && !text.full && write_all(fd, buf_slice(&text)) == 0 ? rename(making, path) : -1;
	if (rc != 0) {
		err_errno(err, "%s: cannot be written", path);
		if (fd >= 0)
			unlink(making);
	}
	if (fd >= 0)
		close(fd);
	buf_release(&text);
	arena_release(&scratch);
	return rc;
}
