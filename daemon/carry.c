/* carry: see carry.h. */
#include "daemon/carry.h"

#include "base/log.h"
#include "daemon/source_folder.h"
#include "schema/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { QUIET_S = 2, CLOCK_WRONG_S = 60, PART_BYTES = 24, COMPLAINTS = 20, TAIL_BYTES = 256 };

struct carried { /* a file */
	char *place, *name;
	int folder;
	struct stat read;     /* as it was when it was read */
	int64_t waiting;      /* words yet to come */
	bool given;           /* all of it was put */
	bool broken;          /* not all of it could be read: it stays */
	bool good;            /* some of it is a report */
	struct carried *next; /* of the due, of the stuck */
};

struct ticket { /* a word to come */
	uint32_t number;
	struct carried *file;
};

/* --- what is on its way --- */

static int compare_places(const void *a, const void *b)
{
	return strcmp(((const struct carried *)a)->place, ((const struct carried *)b)->place);
}

static int compare_numbers(const void *a, const void *b)
{
	uint32_t left = ((const struct ticket *)a)->number, right = ((const struct ticket *)b)->number;

	return left < right ? -1 : left > right;
}

static void free_file(void *file)
{
	struct carried *f = file;

	free(f->place);
	free(f->name);
	free(f);
}

void carry_init(struct carry *c, struct fetch *f, const struct carry_kind *kind, const char *path)
{
	*c = (struct carry){ .fetch = f, .kind = kind, .path = path, .limits = command_limits(&f->heritage->command->config),
			     .claim = { .top = -1, .work = -1 }, .folder = { -1, -1, -1 }, .archive = { .fd = -1 },
			     .invalid = { .fd = -1 } };
	c->due_end = &c->due;
	recent_init(&c->known);
	recent_init(&c->unreadable);
	buf_init(&c->place, LIMIT_PLACE_BYTES - PART_BYTES);
	buf_init(&c->label, LIMIT_LABEL_BYTES);
}

void carry_release(struct carry *c)
{
	tdestroy(c->by_number, free);
	tdestroy(c->by_place, free_file);
	recent_release(&c->known);
	recent_release(&c->unreadable);
	buf_release(&c->place);
	buf_release(&c->label);
}

static bool is_under_way(const struct carry *c, const char *place)
{
	struct carried key = { .place = (char *)place };

	return tfind(&key, &c->by_place, compare_places) != NULL;
}

static struct carried *add_file(struct carry *c, int folder, const char *name, const struct stat *st, struct err *err)
{
	struct carried *f = calloc(1, sizeof *f);

	if (f != NULL) {
		*f = (struct carried){ .place = strdup(c->place.data), .name = strdup(name), .folder = folder, .read = *st };
		if (f->place != NULL && f->name != NULL && tsearch(f, &c->by_place, compare_places) != NULL) {
			c->files++;
			return f;
		}
		free_file(f);
	}
	err_errno(err, "%s", c->path);
	return NULL;
}

static void forget(struct carry *c, struct carried *f)
{
	tdelete(f, &c->by_place, compare_places);
	free_file(f);
	c->files--;
}

static int expect(struct carry *c, struct carried *f, uint32_t number, struct err *err)
{
	struct ticket *t = malloc(sizeof *t);

	if (t != NULL) {
		*t = (struct ticket){ number, f };
		f->waiting++;
		if (tsearch(t, &c->by_number, compare_numbers) != NULL)
			return 0;
		free(t);
	}
	return err_errno(err, "%s", c->path);
}

/* Whose word this is; NULL: nobody's. */
static struct carried *redeem(struct carry *c, uint32_t number)
{
	struct ticket key = { .number = number }, **found = tfind(&key, &c->by_number, compare_numbers), *t;
	struct carried *f;

	if (found == NULL)
		return NULL;
	t = *found;
	f = t->file;
	tdelete(t, &c->by_number, compare_numbers);
	free(t);
	f->waiting--;
	return f;
}

bool carry_claims(const struct carry *c)
{
	enum after after = c->fetch->source->after;

	return after == AFTER_MOVE || after == AFTER_DELETE;
}

bool carry_has_room(const struct carry *c)
{
	return c->files < LIMIT_UNSETTLED_MESSAGES && fetch_may_put(c->fetch);
}

static void look_soon(struct carry *c, int folder)
{
	enum carry_soon soon = folder == CARRY_SECOND ? SOON_FULL : SOON_SHORT;

	if (soon > c->soon)
		c->soon = soon;
}

/* --- what is wrong with a file --- */

/* "PATH/new/NAME: why", with `why` in the words of the system. */
static void describe(const struct carry *c, int folder, const char *name, const char *why, char *out, size_t room)
{
	const char *below = folder == CARRY_WORK ? c->claim.work_name : c->kind->folder[folder];
	struct buf text;

	buf_init(&text, LIMIT_LABEL_BYTES);
	log_quote(&text, slice_of(name));
	snprintf(out, room, "%s/%s%s%.*s: %s", c->path, strcmp(below, ".") == 0 ? "" : below, strcmp(below, ".") == 0 ? "" : "/",
		 (int)text.len, text.data != NULL ? text.data : "", why);
	buf_release(&text);
}

static void complain(struct carry *c, int folder, const char *name, const char *why)
{
	bool fresh = recent_add(&c->unreadable, slice_of(name));
	char text[sizeof c->unreadable_first];

	describe(c, folder, name, why, text, sizeof text);
	if (c->complaints++ == 0)
		memcpy(c->unreadable_first, text, sizeof text);
	if (fresh && c->complaints <= COMPLAINTS)
		log_line("%s; it is passed over", text);
}

/* --- dealing with a file that is durable --- */

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static int move(const struct carry *c, const struct carried *f, const struct carry_target *to)
{
	size_t stem = c->kind->stem(f->name);
	char start[NAME_MAX + 1], tail[TAIL_BYTES];

	snprintf(start, sizeof start, "%.*s", (int)stem, f->name);
	c->kind->tail(f->name, to->maildir, tail, sizeof tail);
	return claim_give(c->folder[f->folder], f->name, to->fd, start, tail);
}

/* 0, or -1 with errno. */
static int deal_with(const struct carry *c, const struct carried *f)
{
	switch (c->fetch->source->after) {
	case AFTER_MOVE:
		return move(c, f, f->good ? &c->archive : &c->invalid);
	case AFTER_DELETE:
		return unlinkat(c->folder[f->folder], f->name, 0);
	default:
		return c->kind->keep(c, f->folder, f->name);
	}
}

static bool is_gone(const struct carry *c, const struct carried *f)
{
	struct stat now;

	return fstatat(c->folder[f->folder], f->name, &now, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT;
}

/* Said once, until none is left. */
static void say_stuck(struct carry *c, const struct carried *f)
{
	const struct mail_source *m = c->fetch->source;
	char why[sizeof c->stuck_why];

	if (m->after == AFTER_MOVE)
		snprintf(why, sizeof why, "cannot be moved to %s: %s", f->good ? m->archive : m->invalid, strerror(errno));
	else
		snprintf(why, sizeof why, "cannot be %s: %s", m->after == AFTER_DELETE ? "removed" : "moved to cur/", strerror(errno));
	describe(c, f->folder, f->name, why, c->stuck_why, sizeof c->stuck_why);
	log_line("%s; it is stored, and tried again until it goes", c->stuck_why);
}

static void get_stuck(struct carry *c, struct carried *f)
{
	if (c->stuck_why[0] == '\0' && c->claim.top >= 0)
		say_stuck(c, f);
	f->next = c->stuck;
	c->stuck = f;
}

/* It is durable, which stays true while the folder is away. One that is no longer what was read is read again; one that is
 * gone is somebody else's. */
static void settle(struct carry *c, struct carried *f)
{
	struct stat now;

	if (c->claim.top < 0) {
		get_stuck(c, f);
	} else if (f->broken || (fstatat(c->folder[f->folder], f->name, &now, AT_SYMLINK_NOFOLLOW) == 0 && !is_same(&now, &f->read))) {
		if (!f->broken)
			look_soon(c, f->folder);
		forget(c, f);
	} else if (deal_with(c, f) != 0 && !(errno == ENOENT && is_gone(c, f))) {
		get_stuck(c, f);
	} else {
		c->unsynced = true;
		if (!carry_claims(c))
			recent_add(&c->known, slice_of(f->place));
		forget(c, f);
	}
}

void carry_retry(struct carry *c)
{
	struct carried *f = c->stuck, *next;

	for (c->stuck = NULL; f != NULL; f = next) {
		next = f->next;
		settle(c, f);
	}
	if (c->stuck == NULL)
		c->stuck_why[0] = '\0';
}

void carry_sync(struct carry *c)
{
	const int folder[] = { c->claim.work, c->archive.fd, c->invalid.fd };

	for (size_t i = 0; c->unsynced && carry_claims(c) && i < sizeof folder / sizeof *folder; i++)
		if (folder[i] >= 0)
			fsync(folder[i]); /* where it fails the file is read once more, which changes nothing */
	c->unsynced = false;
}

void carry_turn(struct carry *c)
{
	recent_turn(&c->known);
	recent_turn(&c->unreadable);
	c->complaints = 0;
}

/* --- words of the store --- */

static void be_due(struct carry *c, struct carried *f)
{
	f->next = NULL;
	*c->due_end = f;
	c->due_end = &f->next;
}

static void hear(struct carry *c, const struct word *w)
{
	struct carried *f = redeem(c, w->number);

	if (f == NULL)
		return;
	if (w->kind == FRAME_SETTLED) {
		f->good |= w->value != MAIL_REFUSED;
		if (f->given && f->waiting == 0)
			settle(c, f);
	} else if (w->value != 0) {
		recent_add(&c->known, slice_of(f->place));
		forget(c, f);
	} else {
		be_due(c, f);
	}
}

int carry_hear(struct carry *c, struct err *err)
{
	struct word w;
	int rc;

	while ((rc = fetch_word(c->fetch, &w, err)) == 1)
		hear(c, &w);
	return rc;
}

/* --- reading --- */

struct giving {
	struct carry *carry;
	struct carried *file;
	int part;
	int failed; /* 1 a stop was asked for, -1 the store is gone */
};

/* Until another mail may be put, or, with `alone`, all that was put of that file is durable. 0, 1, -1. */
static int wait_for_room(struct carry *c, const struct carried *alone, struct err *err)
{
	while (!fetch_may_put(c->fetch) || (alone != NULL && alone->waiting > 0)) {
		int rc = fetch_wait(c->fetch, -1, 0, -1, err);

		if (rc < 0 || carry_hear(c, err) != 0)
			return -1;
		if (rc & FETCH_STOP)
			return 1;
	}
	return 0;
}

static int put(struct giving *g, struct slice bytes, bool last, struct err *err)
{
	struct carry *c = g->carry;
	char place[LIMIT_PLACE_BYTES];
	uint32_t number;

	if (last)
		snprintf(place, sizeof place, "%s", g->file->place);
	else
		snprintf(place, sizeof place, "%s/%d", g->file->place, ++g->part);
	if (fetch_put(c->fetch, 0, slice_of(place), buf_slice(&c->label), bytes, &number, err) != 0)
		return -1;
	return expect(c, g->file, number, err);
}

/* Takes one mail of a file. The last of several goes under the place of the whole, and only when the others are durable:
 * whoever knows that place has all of it. */
static int give(void *ctx, struct slice label, char *bytes, size_t n, bool last, struct err *err)
{
	struct giving *g = ctx;

	g->failed = wait_for_room(g->carry, last ? g->file : NULL, err);
	if (g->failed == 0)
		g->failed = put(g, (struct slice){ bytes, n }, last, err);
	free(bytes);
	return g->failed;
}

static void write_label(struct carry *c, const char *name)
{
	buf_clear(&c->label);
	log_quote_whole(&c->label, slice_of(c->path));
	buf_add_char(&c->label, '/');
	log_quote_whole(&c->label, (struct slice){ name, c->kind->stem(name) });
}

/* All of it was put, or could not be read. */
static void end_reading(struct carry *c, struct carried *f, bool broken)
{
	f->given = true;
	f->broken = broken;
	if (f->waiting == 0)
		settle(c, f);
}

static int read_open(struct carry *c, struct carried *f, int fd, struct err *err)
{
	struct giving g = { .carry = c, .file = f };
	struct err why = { 0 };
	int rc;

	f->given = f->good = false;
	write_label(c, f->name);
	rc = folder_read_open(fd, buf_slice(&c->label), c->limits.part_bytes, c->limits.mail_bytes, give, &g, &why);
	if (g.failed != 0) {
		*err = why;
		return g.failed;
	}
	if (rc != 0)
		complain(c, f->folder, f->name, why.text);
	end_reading(c, f, rc != 0);
	return 0;
}

/* As carry_consider. */
static int read_file(struct carry *c, struct carried *f, struct err *err)
{
	int fd = openat(c->folder[f->folder], f->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC), rc;
	struct stat now;

	if (fd < 0 || fstat(fd, &now) != 0 || !is_same(&now, &f->read)) { /* or another one since it was seen */
		if (fd < 0 && errno != ENOENT)
			complain(c, f->folder, f->name, strerror(errno));
		else
			look_soon(c, f->folder);
		forget(c, f);
		rc = 0;
	} else {
		rc = read_open(c, f, fd, err);
	}
	if (fd >= 0)
		close(fd);
	return rc;
}

int carry_due(struct carry *c, struct err *err)
{
	int rc = 0;

	while (rc == 0 && c->due != NULL && fetch_may_put(c->fetch)) {
		struct carried *f = c->due;

		c->due = f->next;
		if (c->due == NULL)
			c->due_end = &c->due;
		rc = read_file(c, f, err);
	}
	return rc;
}

/* --- finding --- */

/* Whether it may still be in the making. A clock that is far behind the file's says nothing about it. */
static bool is_young(const struct stat *st)
{
	struct timespec now;
	int64_t age_s;

	clock_gettime(CLOCK_REALTIME, &now);
	age_s = now.tv_sec - st->st_ctim.tv_sec - (now.tv_nsec < st->st_ctim.tv_nsec);
	return age_s < QUIET_S && age_s > -CLOCK_WRONG_S;
}

/* Into c->place; false where it finds no room. */
static bool write_place(struct carry *c, const char *name, const struct stat *st)
{
	buf_clear(&c->place);
	log_quote_whole(&c->place, (struct slice){ name, c->kind->stem(name) });
	if (c->kind->dated)
		buf_addf(&c->place, "/%" PRId64 "/%" PRId64 ".%09ld", (int64_t)st->st_size, (int64_t)st->st_mtim.tv_sec,
			 st->st_mtim.tv_nsec);
	buf_add_char(&c->place, '\0');
	return !c->place.full;
}

static bool is_to_be_asked(const struct carry *c, int folder)
{
	return !carry_claims(c) && folder != CARRY_WORK && folder >= c->kind->asks_from;
}

/* Asks for it, or claims and reads it. */
static int take(struct carry *c, int folder, const char *name, const struct stat *st, struct err *err)
{
	bool asks = is_to_be_asked(c, folder);
	struct carried *f;
	uint32_t number;

	if (carry_claims(c) && folder != CARRY_WORK) {
		if (claim_take(&c->claim, c->folder[folder], name) != 0) {
			if (errno == EEXIST)
				look_soon(c, folder);
			else if (errno != ENOENT)
				complain(c, folder, name, strerror(errno));
			return 0;
		}
		folder = CARRY_WORK;
	}
	if ((f = add_file(c, folder, name, st, err)) == NULL)
		return -1;
	if (!asks)
		return read_file(c, f, err);
	if (fetch_ask(c->fetch, slice_of(f->place), &number, err) != 0)
		return -1;
	return expect(c, f, number, err);
}

int carry_consider(struct carry *c, int folder, const char *name, bool whole, struct err *err)
{
	struct stat st;

	if (!c->kind->wants(name) || fstatat(c->folder[folder], name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
		return 0;
	if (!write_place(c, name, &st)) {
		complain(c, folder, name, "its name is too long");
		return 0;
	}
	if (is_under_way(c, c->place.data)) { /* claimed, and yet here: a second one of that name */
		if (carry_claims(c) && folder != CARRY_WORK)
			look_soon(c, folder);
		return 0;
	}
	if (is_to_be_asked(c, folder) && recent_has(&c->known, slice_of(c->place.data)))
		return 0;
	if (!whole && folder == CARRY_FIRST && is_young(&st)) {
		look_soon(c, folder);
		return 0;
	}
	if (faccessat(c->folder[folder], name, R_OK, AT_EACCESS) != 0) {
		complain(c, folder, name, strerror(errno));
		return 0;
	}
	return take(c, folder, name, &st, err);
}
