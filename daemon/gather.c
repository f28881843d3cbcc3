/* gather: see gather.h. */
#include "daemon/gather.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "daemon/arrival.h"
#include "daemon/mail_place.h"
#include "schema/limits.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { SOON_MS = 2100, STANDS_MS = 2000, OPEN_AGAIN_MS = 100, ENTRIES_A_TURN = 2000 };

struct gather {
	struct carry carry;
	struct arrivals watch;
	char path[PATH_MAX];
	bool open;
	bool again;         /* look through all once there is room: events got lost, or there was no room for what they named */
	DIR *pass;          /* looking through a folder */
	int pass_at;        /* its place in `order` */
	bool pass_full;     /* all folders; else without the second, which may hold years */
	bool soon_full;
	int64_t pass_ms, soon_ms, stands_ms; /* when next: a full pass, a short one (0: none), look_after */
	int64_t open_again_ms; /* after how long, where it cannot be opened */
	bool was_stuck;
	struct err said;    /* why it is not open, as last logged */
};

static const int order[] = { CARRY_WORK, CARRY_FIRST, CARRY_SECOND };
enum { ORDERED = sizeof order / sizeof *order };

/* --- opening --- */

static bool is_same_folder(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static void close_pass(struct gather *g)
{
	if (g->pass != NULL)
		closedir(g->pass);
	g->pass = NULL;
}

static void close_all(struct gather *g)
{
	struct carry *c = &g->carry;

	close_pass(g);
	arrival_close(&g->watch);
	fd_close(&c->archive.fd);
	fd_close(&c->invalid.fd);
	fd_close(&c->folder[CARRY_FIRST]);
	fd_close(&c->folder[CARRY_SECOND]);
	claim_close(&c->claim);
	c->folder[CARRY_WORK] = -1;
	g->open = false;
}

static int open_folders(struct gather *g, struct err *err)
{
	struct carry *c = &g->carry;

	for (int i = 0; i < CARRY_WORK && c->kind->folder[i] != NULL; i++) {
		c->folder[i] = openat(c->claim.top, c->kind->folder[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (c->folder[i] < 0)
			return err_errno(err, "%s/%s: cannot be opened, and is needed of a %s", g->path, c->kind->folder[i],
					 c->kind->word);
	}
	c->folder[CARRY_WORK] = c->claim.work;
	return 0;
}

/* Where watching is not to be had, looking every poll_s has to do. */
static void open_watch(struct gather *g)
{
	const struct carry *c = &g->carry;
	char path[PATH_MAX + 8];
	struct err err;
	int rc = arrival_open(&g->watch, &err);

	for (int i = 0; rc == 0 && i < CARRY_WORK && c->kind->folder[i] != NULL; i++) {
		snprintf(path, sizeof path, "%s/%s", g->path, c->kind->folder[i]);
		rc = arrival_folder(&g->watch, path, &err);
	}
	if (rc == 0)
		return;
	log_line("%s; looked into every %lld s instead", err.text, (long long)c->fetch->source->poll_s);
	arrival_close(&g->watch);
}

static bool is_maildir_folder(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL && slash[1] == '.';
}

/* 0, or -1 with errno. */
static int make_maildir(const char *path)
{
	static const char *const parts[] = { "tmp", "new", "cur" };
	int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), mark, rc = folder >= 0 ? 0 : -1;

	for (int i = 0; i < 3 && rc == 0; i++)
		rc = mkdirat(folder, parts[i], 0700);
	if (rc == 0 && is_maildir_folder(path)) { /* mail readers know a folder of a maildir by this (Maildir++) */
		mark = openat(folder, "maildirfolder", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		fd_close(&mark);
	}
	fd_close(&folder);
	return rc;
}

/* The same; what is there already stays as it is. */
static int make_target(const char *path, bool maildir)
{
	if (mkdir(path, 0700) != 0)
		return errno == EEXIST ? 0 : -1;
	return maildir ? make_maildir(path) : 0;
}

/* It must be on the filesystem of what is moved there, and be none of the folders that are read. */
static int check_target(const struct gather *g, const char *name, const struct carry_target *t, struct err *err)
{
	const struct carry *c = &g->carry;
	struct stat st, other;

	if (fstat(t->fd, &st) != 0)
		return err_errno(err, "%s", name);
	for (int i = 0; i < CARRY_FOLDERS; i++) {
		if (c->folder[i] < 0 || fstat(c->folder[i], &other) != 0)
			continue;
		if (is_same_folder(&st, &other))
			return err_set(err, ERR_USE, "%s: it is read from, so nothing can be archived there; name another folder", name);
		if (st.st_dev != other.st_dev)
			return err_set(err, ERR_USE, "%s: is on another filesystem than %s; name an archive on the same", name, g->path);
	}
	return 0;
}

static int open_target(struct gather *g, const char *path, struct carry_target *t, struct err *err)
{
	const struct carry *c = &g->carry;
	int cur;

	if (make_target(path, c->kind->maildir) != 0)
		return err_errno(err, "%s: cannot make this folder to archive %s", path, g->path);
	t->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (t->fd < 0)
		return err_errno(err, "%s: cannot be opened to archive %s", path, g->path);
	cur = c->kind->maildir ? openat(t->fd, "cur", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	t->maildir = cur >= 0;
	if (t->maildir) {
		close(t->fd);
		t->fd = cur;
	}
	return check_target(g, path, t, err);
}

static int open_targets(struct gather *g, struct err *err)
{
	const struct mail_source *m = g->carry.fetch->source;

	if (m->after != AFTER_MOVE)
		return 0;
	return open_target(g, m->archive, &g->carry.archive, err) == 0 ? open_target(g, m->invalid, &g->carry.invalid, err) : -1;
}

static int open_all(struct gather *g, struct err *err)
{
	struct carry *c = &g->carry;

	if (claim_open(&c->claim, g->path, c->fetch->remembered.owner, carry_claims(c), err) == 0 && open_folders(g, err) == 0 &&
	    open_targets(g, err) == 0) {
		open_watch(g);
		g->open = true;
		g->pass_ms = 0;
		g->stands_ms = clock_ms() + STANDS_MS;
		g->open_again_ms = OPEN_AGAIN_MS;
		g->said.text[0] = '\0';
		return 0;
	}
	close_all(g);
	return -1;
}

static bool is_stuck(const struct gather *g)
{
	return g->carry.stuck_why[0] != '\0';
}

static void say(struct gather *g)
{
	const struct carry *c = &g->carry;
	size_t unreadable = recent_count(&c->unreadable);

	g->was_stuck = is_stuck(g);
	if (g->was_stuck)
		fetch_say(c->fetch, BOARD_FAILED, "%s; it is stored; put that right, and it goes by itself", c->stuck_why);
	else if (unreadable > 0)
		fetch_say(c->fetch, BOARD_WAITING, "%zu file%s passed over, the rest goes on; the first: %s", unreadable,
			  unreadable == 1 ? " is" : "s are", c->unreadable_first);
	else {
		fetch_recover(c->fetch);
		fetch_say(c->fetch, BOARD_WELL, "%s", "");
	}
}

/* Opens it, or says once why that cannot be, and tries again in a while. */
static void try_open(struct gather *g)
{
	struct err err;

	if (open_all(g, &err) == 0) {
		say(g);
		return;
	}
	if (strcmp(err.text, g->said.text) != 0)
		log_line("%s; tried again until that is put right", err.text);
	g->said = err;
	fetch_say(g->carry.fetch, err.kind == ERR_USE ? BOARD_FAILED : BOARD_WAITING, "%s; tried again until that is put right", err.text);
	g->stands_ms = clock_ms() + g->open_again_ms;
	g->open_again_ms = g->open_again_ms * 2 < STANDS_MS ? g->open_again_ms * 2 : STANDS_MS;
}

/* Whether what is open still is what the path leads to. Of a folder that somebody removed no event comes, as it is open. */
static bool stands(const struct gather *g)
{
	const struct carry *c = &g->carry;
	const char *const name[CARRY_FOLDERS] = { c->kind->folder[0], c->kind->folder[1], c->claim.work_name };
	struct stat opened, now;
	bool all = claim_stands(&c->claim);

	for (int i = 0; all && i < CARRY_FOLDERS; i++)
		all = c->folder[i] < 0 || (fstat(c->folder[i], &opened) == 0 && fstatat(c->claim.top, name[i], &now, 0) == 0 &&
					   is_same_folder(&opened, &now));
	return all;
}

/* --- looking through the folders --- */

static void end_pass(struct gather *g)
{
	if (!g->pass_full)
		return;
	carry_turn(&g->carry);
	say(g);
}

/* The next folder that is open, from `at` on; after the last one the pass ends. */
static void open_pass(struct gather *g, int at)
{
	close_pass(g);
	for (; at < ORDERED && g->pass == NULL; at++) {
		int fd = g->carry.folder[order[at]] < 0 || (order[at] == CARRY_SECOND && !g->pass_full) ?
				 -1 :
				 openat(g->carry.folder[order[at]], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		g->pass = fd >= 0 ? fdopendir(fd) : NULL;
		g->pass_at = at;
	}
	if (g->pass == NULL)
		end_pass(g);
}

static bool is_roomy(const struct gather *g)
{
	return g->carry.files < LIMIT_UNSETTLED_MESSAGES / 2 && carry_has_room(&g->carry);
}

static void begin_pass(struct gather *g)
{
	int64_t now = clock_ms();
	bool soon = g->soon_ms != 0 && now >= g->soon_ms;

	if (now >= g->pass_ms || (g->again && is_roomy(g)) || (soon && g->soon_full)) {
		g->pass_full = true;
		g->again = false;
		g->pass_ms = now + g->carry.fetch->source->poll_s * 1000;
	} else if (soon) {
		g->pass_full = false;
	} else {
		return;
	}
	g->soon_ms = 0;
	g->soon_full = false;
	open_pass(g, 0);
}

/* Some of a pass, as far as there is room. As carry_consider. */
static int go_on(struct gather *g, struct err *err)
{
	int rc = carry_due(&g->carry, err);

	for (int n = 0; rc == 0 && g->pass != NULL && n < ENTRIES_A_TURN && carry_has_room(&g->carry); n++) {
		const struct dirent *e = readdir(g->pass);

		if (e == NULL)
			open_pass(g, g->pass_at + 1);
		else
			rc = carry_consider(&g->carry, order[g->pass_at], e->d_name, false, err);
	}
	return rc;
}

/* --- running --- */

static int hear_event(struct gather *g, const struct arrival_event *e, struct err *err)
{
	if (e->kind == ARRIVAL_GONE)
		g->stands_ms = 0;
	else if (e->kind == ARRIVAL_LOST || !carry_has_room(&g->carry))
		g->again = true;
	else
		return carry_consider(&g->carry, e->folder, e->name, e->whole, err);
	return 0;
}

static int hear_events(struct gather *g, struct err *err)
{
	struct arrival_event e;
	int rc = 0;

	while (rc == 0 && arrival_next(&g->watch, &e) == 1)
		rc = hear_event(g, &e, err);
	return rc;
}

/* The archive may have been made anew. */
static void retry_stuck(struct gather *g)
{
	struct err err;

	fd_close(&g->carry.archive.fd);
	fd_close(&g->carry.invalid.fd);
	if (open_targets(g, &err) == 0)
		carry_retry(&g->carry);
}

static void look_after(struct gather *g)
{
	const struct heritage *h = g->carry.fetch->heritage;

	g->stands_ms = clock_ms() + STANDS_MS;
	if (g->open && !stands(g))
		close_all(g);
	if (!g->open)
		try_open(g);
	if (g->open)
		board_set(h->board, h->slot, BOARD_CONTACT_S, time(NULL));
	if (g->open && g->carry.stuck != NULL)
		retry_stuck(g);
}

/* What the clock asks for. */
static void keep_time(struct gather *g)
{
	if (clock_ms() >= g->stands_ms)
		look_after(g);
	if (g->carry.soon != SOON_NOT && g->soon_ms == 0)
		g->soon_ms = clock_ms() + SOON_MS;
	g->soon_full |= g->carry.soon == SOON_FULL;
	g->carry.soon = SOON_NOT;
	if (g->open && g->pass == NULL)
		begin_pass(g);
}

static int timeout_ms(const struct gather *g)
{
	int64_t until = g->stands_ms, left;

	if (g->carry.soon) /* of a pass just now: when, is not set yet */
		return 0;
	if (g->open && ((g->pass != NULL && carry_has_room(&g->carry)) || (g->again && g->pass == NULL && is_roomy(g)) ||
			(g->carry.due != NULL && fetch_may_put(g->carry.fetch))))
		return 0;
	if (g->open && g->pass == NULL && g->pass_ms < until)
		until = g->pass_ms;
	if (g->open && g->pass == NULL && g->soon_ms != 0 && g->soon_ms < until)
		until = g->soon_ms;
	left = until - clock_ms();
	return left > 0 ? (int)left : 0;
}

/* 0 go on, 1 a stop was asked for, -1 with err. */
static int turn(struct gather *g, struct err *err)
{
	struct fetch *f = g->carry.fetch;
	int rc;

	keep_time(g);
	if (g->open && (rc = go_on(g, err)) != 0)
		return rc;
	rc = fetch_wait(f, g->watch.fd, POLLIN, timeout_ms(g), err);
	if (rc < 0 || rc & FETCH_STOP)
		return rc < 0 ? -1 : 1;
	if (carry_hear(&g->carry, err) != 0)
		return -1;
	carry_sync(&g->carry);
	if (is_stuck(g) != g->was_stuck)
		say(g);
	board_set(f->heritage->board, f->heritage->slot, BOARD_BACKLOG, g->carry.files);
	return hear_events(g, err);
}

static int open_mailbox(struct gather *g, struct err *err)
{
	struct arena scratch = { 0 };
	const char *place = mail_source_place(&scratch, g->carry.fetch->source, err);
	int rc = place != NULL ? fetch_open(g->carry.fetch, place, err) : -1;

	arena_release(&scratch);
	return rc;
}

static void copy_path(char out[PATH_MAX], const char *path)
{
	size_t n;

	snprintf(out, PATH_MAX, "%s", path);
	for (n = strlen(out); n > 1 && out[n - 1] == '/'; n--)
		out[n - 1] = '\0';
}

int gather_run(struct fetch *f, const struct carry_kind *kind, struct err *err)
{
	struct gather g = { .watch = { .fd = -1 }, .open_again_ms = OPEN_AGAIN_MS };
	int rc;

	copy_path(g.path, f->source->path);
	carry_init(&g.carry, f, kind, g.path);
	if ((rc = open_mailbox(&g, err)) == 0)
		do {
			rc = turn(&g, err);
		} while (rc == 0);
	close_all(&g);
	carry_release(&g.carry);
	return rc == 1 ? 0 : rc;
}

/* --- ruad check --- */

static int check_access(const struct mail_source *m, const char *path, int mode, struct err *err)
{
	if (faccessat(AT_FDCWD, path, mode, AT_EACCESS) == 0)
		return 0;
	return err_errno(err, "%s: must be there, and ruad's user be able to %s it (`after` of mail source %s)", path,
			 mode & W_OK ? "read and write" : "read", m->name);
}

/* Where it is there already; else it is made when it is needed. */
static int check_archive(const struct mail_source *m, const char *path, struct err *err)
{
	struct stat top, st;

	if (stat(path, &st) != 0)
		return errno == ENOENT ? 0 : err_errno(err, "%s", path);
	if (stat(m->path, &top) == 0 && top.st_dev != st.st_dev)
		return err_set(err, ERR_USE, "%s: is on another filesystem than %s; name an archive on the same", path, m->path);
	return check_access(m, path, R_OK | W_OK | X_OK, err);
}

/* Files that will be taken, of the folder at `path`. */
static int64_t count_waiting(const struct carry_kind *kind, const char *path)
{
	DIR *folder = opendir(path);
	const struct dirent *e;
	int64_t n = 0;

	if (folder == NULL)
		return 0;
	while ((e = readdir(folder)) != NULL)
		n += kind->wants(e->d_name) && (e->d_type == DT_REG || e->d_type == DT_UNKNOWN);
	closedir(folder);
	return n;
}

/* What a daemon has claimed; where it runs no more, or has another database now, nobody else will come for it. */
static void say_claimed(const struct carry_kind *kind, const struct mail_source *m, struct buf *out)
{
	DIR *top = opendir(m->path);
	const struct dirent *e;
	char path[PATH_MAX + NAME_MAX + 2];

	while (top != NULL && (e = readdir(top)) != NULL) {
		int64_t n;

		snprintf(path, sizeof path, "%s/%s", m->path, e->d_name);
		if (claim_is_work(e->d_name) && (n = count_waiting(kind, path)) > 0)
			buf_addf(out, "; %lld more in %s are being taken in, by this daemon or another", (long long)n, e->d_name);
	}
	if (top != NULL)
		closedir(top);
}

int gather_check(const struct carry_kind *kind, const struct mail_source *m, struct buf *out, struct err *err)
{
	bool claims = m->after == AFTER_MOVE || m->after == AFTER_DELETE;
	int mode = claims || kind->maildir ? R_OK | W_OK | X_OK : R_OK | X_OK;
	char path[PATH_MAX + 8];
	int64_t waiting = 0;

	if (check_access(m, m->path, claims ? mode : R_OK | X_OK, err) != 0)
		return -1;
	for (int i = 0; i < CARRY_WORK && kind->folder[i] != NULL; i++) {
		snprintf(path, sizeof path, "%s/%s", m->path, kind->folder[i]);
		if (check_access(m, path, mode, err) != 0)
			return -1;
		if (claims || i < kind->asks_from)
			waiting += count_waiting(kind, path);
	}
	if (m->after == AFTER_MOVE && (check_archive(m, m->archive, err) != 0 || check_archive(m, m->invalid, err) != 0))
		return -1;
	buf_addf(out, "%s %s: %lld file%s wait%s", kind->word, m->path, (long long)waiting, waiting == 1 ? "" : "s",
		 waiting == 1 ? "s" : "");
	say_claimed(kind, m, out);
	return 0;
}
