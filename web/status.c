/* status: see status.h. */
#include "web/status.h"

#include "base/text.h"
#include "schema/limits.h"
#include "web/format.h"

#include <dirent.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

enum { DAY_SECONDS = 86400 };

struct status_cache {
	pthread_mutex_t lock; /* held while it is made anew: many scrapes at once cost one reading */
	int64_t generation, day;
	struct buf totals;
};

struct status_cache *status_cache_new(void)
{
	struct status_cache *c = calloc(1, sizeof *c);

	if (c == NULL)
		abort();
	pthread_mutex_init(&c->lock, NULL);
	c->generation = -1;
	buf_init(&c->totals, LIMIT_RESPONSE_BYTES);
	return c;
}

void status_cache_free(struct status_cache *c)
{
	if (c == NULL)
		return;
	pthread_mutex_destroy(&c->lock);
	buf_release(&c->totals);
	free(c);
}

const char *health_state_name(enum health_state s)
{
	static const char *const names[HEALTH_STATES] = { "ok", "starting", "waiting", "failed" };

	return s < HEALTH_STATES ? names[s] : "failed";
}

static bool wants_attention(const struct health_part *p)
{
	return p->state == HEALTH_WAITING || p->state == HEALTH_FAILED;
}

bool health_is_well(const struct health *h)
{
	for (size_t i = 0; i < h->n; i++)
		if (wants_attention(&h->part[i]))
			return false;
	return true;
}

static bool stops_reports(const struct health_part *p, int64_t now_s)
{
	enum { HALF_A_DAY_S = 12 * 3600 };

	if (p->role != HEALTH_STORE && p->role != HEALTH_MAILBOX)
		return false;
	return p->state == HEALTH_FAILED || (p->state == HEALTH_WAITING && p->since_s > 0 && now_s - p->since_s > HALF_A_DAY_S);
}

const struct page_trouble *status_trouble(const struct site *site, struct arena *a, int64_t now_s)
{
	struct page_trouble *trouble;
	struct health h = { 0 };

	if (site->config.health != NULL)
		site->config.health(site->config.health_ctx, a, &h);
	for (size_t i = 0; i < h.n; i++) {
		if (!stops_reports(&h.part[i], now_s))
			continue;
		trouble = arena_alloc(a, sizeof *trouble);
		trouble->name = arena_printf(a, "%.*s", (int)h.part[i].name.len, h.part[i].name.ptr);
		trouble->text = arena_printf(a, "%.*s%s", (int)h.part[i].text.len, h.part[i].text.ptr,
					     text_ends(h.part[i].text, SLICE(".")) || h.part[i].text.len == 0 ? "" : ".");
		return trouble;
	}
	return NULL;
}

/* --- the database and its disk --- */

static int64_t bytes_of(struct arena *a, const char *path, const char *suffix)
{
	struct stat st;

	return stat(arena_printf(a, "%s%s", path, suffix), &st) == 0 ? (int64_t)st.st_size : -1;
}

/* A file and its write-ahead log; -1 where there is none. */
static int64_t bytes_with_log(struct arena *a, const char *path, const char *suffix)
{
	int64_t file = bytes_of(a, path, suffix), log = bytes_of(a, path, arena_printf(a, "%s-wal", suffix));

	return file < 0 ? -1 : file + (log > 0 ? log : 0);
}

int64_t status_database_bytes(const struct site *site, struct arena *a)
{
	int64_t database = bytes_with_log(a, site->config.database, ""), raw = bytes_with_log(a, site->config.database, ".raw");

	return database < 0 ? -1 : database + (raw > 0 ? raw : 0);
}

static int64_t free_bytes_at(struct arena *a, const char *path)
{
	struct statvfs v;

	if (statvfs(text_folder(a, path), &v) != 0)
		return -1;
	return (int64_t)v.f_bavail * (int64_t)v.f_frsize;
}

static struct health_part *new_part(struct health *h, struct slice name)
{
	struct health_part *part = &h->part[h->n < HEALTH_PARTS ? h->n++ : HEALTH_PARTS - 1];

	*part = (struct health_part){ .role = HEALTH_OTHER, .name = name, .own = name };
	return part;
}

static int read_state(const struct site *site, struct store_state *out, struct err *err)
{
	struct reader *r;
	int rc;

	if (readers_take(site->readers, &r, err) != 0)
		return -1;
	rc = query_state(r, out, err);
	readers_give(site->readers, r, rc == 0);
	return rc;
}

static void add_database(const struct site *site, struct arena *a, struct health *h)
{
	struct health_part *part = new_part(h, SLICE("database"));
	struct store_state state;
	struct err err;

	if (read_state(site, &state, &err) != 0) {
		part->state = HEALTH_FAILED;
		part->text = slice_of(arena_printf(a, "%s: nothing can be shown until it can be read: look at its folder's rights "
						      "and disk, and at what ruad has logged", err.text));
		return;
	}
	part->text = slice_of(arena_printf(a, "%s reports%s%s", format_count_text(a, state.reports),
					   state.last_taken_in > 0 ? ", the last taken in " : "",
					   state.last_taken_in > 0 ? format_time(a, state.last_taken_in) : ""));
}

static void add_disk(const struct site *site, struct arena *a, struct health *h)
{
	struct health_part *part = new_part(h, SLICE("disk"));
	int64_t bytes = free_bytes_at(a, site->config.database);

	if (bytes < 0) {
		part->state = HEALTH_FAILED;
		part->text = slice_of(arena_printf(a, "%s: its folder cannot be reached", site->config.database));
	} else if (bytes < LIMIT_FREE_BYTES) {
		part->state = HEALTH_FAILED;
		part->text = slice_of(arena_printf(a, "only %s free where %s lies: make room, or nothing more can be taken in",
						   format_bytes(a, bytes), site->config.database));
	} else {
		part->text = slice_of(arena_printf(a, "%s free", format_bytes(a, bytes)));
	}
}

void status_health(const struct site *site, struct arena *a, struct health *out)
{
	out->n = 0;
	if (site->config.health != NULL)
		site->config.health(site->config.health_ctx, a, out);
	add_database(site, a, out);
	add_disk(site, a, out);
}

/* --- in words --- */

void status_text(struct buf *out, const struct health *h)
{
	for (size_t i = 0; i < h->n; i++) {
		const struct health_part *p = &h->part[i];

		buf_addf(out, "%-8s  %.*s", health_state_name(p->state), (int)p->name.len, p->name.ptr);
		if (p->text.len > 0)
			buf_addf(out, ": %.*s", (int)p->text.len, p->text.ptr);
		buf_add_char(out, '\n');
	}
}

static void print_part(struct json *j, struct arena *a, const struct health_part *p)
{
	json_begin_object(j);
	json_key_text(j, "part", p->name);
	json_key_text(j, "state", slice_of(health_state_name(p->state)));
	json_key_text(j, "text", p->text.ptr != NULL ? p->text : SLICE(""));
	json_key_text(j, "since", slice_of(p->since_s > 0 ? format_rfc3339(a, p->since_s) : NULL));
	if (p->is_process) {
		json_key_bool(j, "running", p->is_up);
		json_key_int(j, "restarts", p->starts > 0 ? p->starts - 1 : 0);
	}
	json_end(j);
}

void status_json(struct buf *out, struct arena *a, const struct health *h)
{
	struct json j;

	json_init(&j, out);
	json_begin_object(&j);
	json_key_bool(&j, "ok", health_is_well(h));
	json_key_text(&j, "generated_at", slice_of(format_rfc3339(a, time(NULL))));
	json_key(&j, "parts");
	json_begin_list(&j);
	for (size_t i = 0; i < h->n; i++)
		print_part(&j, a, &h->part[i]);
	json_end(&j);
	json_end(&j);
	json_line(&j);
}

/* The answer as a sentence. */
static const char *headline(struct arena *a, const struct health *h)
{
	const struct health_part *first = NULL;
	size_t n = 0;

	for (size_t i = h->n; i > 0; i--)
		if (wants_attention(&h->part[i - 1])) {
			first = &h->part[i - 1];
			n++;
		}
	if (n == 0)
		return arena_printf(a, "All %zu parts are well", h->n);
	if (n > 1)
		return arena_printf(a, "%zu of %zu parts want attention", n, h->n);
	return arena_printf(a, "One part wants attention: %.*s", (int)first->name.len, first->name.ptr);
}

void status_put(struct page *p, struct value *page, const struct health *h)
{
	struct value *list = view_put_list(p->a, page, "parts"), *item;

	view_put_text(p->a, page, "headline", slice_of(headline(p->a, h)));
	for (size_t i = 0; i < h->n; i++) {
		item = view_add_object(p->a, list);
		view_put_link(p->a, item, "state", slice_of(health_state_name(h->part[i].state)));
		view_put_text(p->a, item, "name", h->part[i].name);
		view_put_link(p->a, item, "text", h->part[i].text);
		if (h->part[i].since_s > 0)
			view_put_link(p->a, item, "since", slice_of(format_time(p->a, h->part[i].since_s)));
	}
}

/* --- numbers --- */

/* Under the lock. */
static int refresh(const struct site *site, struct reader *r, int64_t today, struct err *err)
{
	struct status_cache *c = site->cache;
	struct store_state state;
	struct arena a = { 0 };
	struct totals t;
	int rc;

	if (query_state(r, &state, err) != 0)
		return -1;
	if (state.generation == c->generation && today == c->day)
		return 0;
	rc = query_totals(r, &a, site->config.own, site->config.own_count, today, &t, err);
	if (rc == 0) {
		buf_clear(&c->totals);
		metrics_totals(&c->totals, &t, site->config.own, site->config.own_count, today);
		c->generation = t.state.generation;
		c->day = today;
	}
	arena_release(&a);
	return rc;
}

static bool put_data(const struct site *site, struct arena *a, struct buf *out)
{
	struct status_cache *c = site->cache;
	struct alert_lines alerts;
	struct reader *r;
	int rc;

	if (readers_take(site->readers, &r, NULL) != 0)
		return false;
	pthread_mutex_lock(&c->lock);
	rc = refresh(site, r, text_floor_div(time(NULL), DAY_SECONDS), NULL);
	if (rc == 0)
		buf_add_slice(out, buf_slice(&c->totals));
	pthread_mutex_unlock(&c->lock);
	if (rc == 0 && (rc = query_alerts(r, a, &alerts, NULL)) == 0)
		metrics_alerts(out, &alerts, site->config.own, site->config.own_count);
	readers_give(site->readers, r, rc == 0);
	return rc == 0;
}

static int64_t open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int64_t n = -3; /* `.`, `..` and this one */

	if (d == NULL)
		return -1;
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static int64_t us_of(struct timeval t)
{
	return (int64_t)t.tv_sec * 1000000 + t.tv_usec;
}

/* What of it cannot be known, as within a sandbox, is left out. */
static void put_process(const struct site *site, struct buf *out)
{
	struct metrics_process p = { site->config.version, 0, -1, -1, open_fds(), -1, site->start_s };
	int64_t page = sysconf(_SC_PAGESIZE), whole, resident;
	FILE *f = fopen("/proc/self/statm", "r");
	struct rlimit most;
	struct rusage used;

	if (f != NULL && fscanf(f, "%" SCNd64 " %" SCNd64, &whole, &resident) == 2) {
		p.virtual_bytes = whole * page;
		p.resident_bytes = resident * page;
	}
	if (f != NULL)
		fclose(f);
	if (getrusage(RUSAGE_SELF, &used) == 0)
		p.cpu_us = us_of(used.ru_utime) + us_of(used.ru_stime);
	if (getrlimit(RLIMIT_NOFILE, &most) == 0 && most.rlim_cur != RLIM_INFINITY)
		p.most_fds = (int64_t)most.rlim_cur;
	metrics_process(out, &p);
}

void status_metrics(const struct site *site, struct arena *a, struct buf *out)
{
	const char *path = site->config.database;
	struct metrics_place place = { bytes_with_log(a, path, ""), bytes_with_log(a, path, ".raw"), free_bytes_at(a, path),
				       put_data(site, a, out) };
	struct health h;

	status_health(site, a, &h);
	metrics_health(out, &h);
	metrics_traffic(out, &site->traffic, route_label);
	metrics_place(out, &place);
	put_process(site, out);
}
