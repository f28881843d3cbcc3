/* role_web: serves pages, JSON and how ruad itself is on the socket that the parent has bound. It writes nothing: what the pages
 * want done goes to the store as frames, and comes back to whoever waits for it (schema/ask.h). Passwords are looked at here, in
 * threads of their own, for that takes a tenth of a second each. Neighbours: web/web.h; health.c; users.c; desk_web.c. */
#include "base/log.h"
#include "daemon/channel.h"
#include "daemon/control.h"
#include "daemon/health.h"
#include "daemon/heritage.h"
#include "daemon/users.h"
#include "daemon/version.h"
#include "schema/limits.h"
#include "web/web.h"

#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Each request takes and gives back some hundred kilobytes: where the kernel has to give them anew each time, that is a fifth of a page. */
enum { KEPT_BYTES = 4 * 1024 * 1024 };

enum { CHECKERS = 2 /* LIBRARIES 2.9: no more at once */, CHECKS_MOST = 32 /* that wait */ };

struct check { /* of a password */
	uint32_t number;
	char *bytes; /* as ask_put_pair has it */
	size_t len;
	struct check *next;
};

struct role_web {
	const struct heritage *heritage;
	struct web *web;
	struct arena arena; /* of the users */
	struct users users;
	struct web_user *listed;
	pthread_mutex_t lock; /* of all below */
	struct channel channel;
	uint32_t last; /* number that went to the store */
	int wake;      /* something waits to be sent */
	pthread_cond_t asked;
	struct check *first, **end;
	int checks;
	bool ending;
	pthread_t checker[CHECKERS];
	int checkers;
};

static void tell_health(void *ctx, struct arena *a, struct health *out)
{
	const struct role_web *w = ctx;

	health_of_board(w->heritage->board, a, out);
}

/* --- passwords --- */

static void check(struct role_web *w, const struct check *c)
{
	struct slice name, password;
	char right = 0;

	if (ask_get_pair((struct slice){ c->bytes, c->len }, &name, &password))
		right = (char)users_check(users_find(&w->users, name), password);
	web_told(w->web, c->number, (struct slice){ &right, 1 });
}

static void *check_all(void *ctx)
{
	struct role_web *w = ctx;
	struct check *c;

	pthread_mutex_lock(&w->lock);
	while (!w->ending) {
		if ((c = w->first) == NULL) {
			pthread_cond_wait(&w->asked, &w->lock);
			continue;
		}
		if ((w->first = c->next) == NULL)
			w->end = &w->first;
		w->checks--;
		pthread_mutex_unlock(&w->lock);
		check(w, c);
		explicit_bzero(c->bytes, c->len);
		free(c->bytes);
		free(c);
		pthread_mutex_lock(&w->lock);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* Under the lock. */
static int add_check(struct role_web *w, uint32_t number, struct slice bytes)
{
	struct check *c = w->checks < CHECKS_MOST ? calloc(1, sizeof *c) : NULL;

	if (c == NULL || (c->bytes = malloc(bytes.len + 1)) == NULL) {
		free(c);
		return -1;
	}
	c->number = number;
	memcpy(c->bytes, bytes.ptr, bytes.len);
	c->len = bytes.len;
	*w->end = c;
	w->end = &c->next;
	w->checks++;
	pthread_cond_signal(&w->asked);
	return 0;
}

/* --- the store --- */

/* Under the lock. */
static int send_frame(struct role_web *w, uint32_t number, enum ask_kind kind, struct slice head, struct slice rest)
{
	static const enum frame_kind kinds[ASKS] = { [ASK_UPLOAD] = FRAME_UPLOAD, [ASK_EDIT] = FRAME_COMMAND,
						     [ASK_DOCUMENT] = FRAME_WANT_DOCUMENT };
	const uint64_t one = 1;

	if (w->channel.fd < 0 || channel_unsent(&w->channel) > LIMIT_BODIES_BYTES ||
	    channel_put(&w->channel, kinds[kind], number, head, rest) != 0)
		return -1;
	if (number != 0)
		w->last = number;
	return write(w->wake, &one, sizeof one) == sizeof one ? 0 : -1;
}

static int ask(void *ctx, uint32_t number, enum ask_kind kind, struct slice head, struct slice rest)
{
	struct role_web *w = ctx;
	int rc;

	pthread_mutex_lock(&w->lock);
	rc = kind == ASK_PASSWORD ? add_check(w, number, head) : send_frame(w, number, kind, head, rest);
	pthread_mutex_unlock(&w->lock);
	return rc;
}

/* Whoever was waiting for the store is told that nothing will come; what they asked may have been done or not. */
static void lose_store(struct role_web *w)
{
	uint32_t last;

	pthread_mutex_lock(&w->lock);
	channel_release(&w->channel);
	last = w->last;
	pthread_mutex_unlock(&w->lock);
	web_untold(w->web, last);
}

static void hear_store(struct role_web *w)
{
	struct frame f;
	int rc;

	while ((rc = channel_next(&w->channel, &f)) == 1) {
		if (f.kind != FRAME_ANSWER) {
			log_line("web: the store sent a frame that nobody understands");
			lose_store(w);
			return;
		}
		web_told(w->web, f.message, f.body);
	}
	if (rc < 0)
		lose_store(w);
}

static void attend_store(struct role_web *w, short came)
{
	bool gone = false;

	if (came & (POLLIN | POLLHUP | POLLERR))
		gone = channel_fill(&w->channel) < 0;
	if (!gone) {
		pthread_mutex_lock(&w->lock);
		gone = channel_flush(&w->channel, false) != 0;
		pthread_mutex_unlock(&w->lock);
	}
	if (gone)
		lose_store(w);
	else
		hear_store(w);
}

/* A new way to the store, after the old one ended. -1: the parent is gone. */
static int hear_parent(struct role_web *w)
{
	struct control m;
	int fds[CONTROL_FDS], rc;

	while ((rc = control_receive(w->heritage->control, &m, fds)) == 1) {
		if (m.kind != CONTROL_CONNECT || fds[0] < 0)
			continue;
		if (w->channel.fd >= 0)
			lose_store(w);
		pthread_mutex_lock(&w->lock);
		channel_init(&w->channel, fds[0]);
		pthread_mutex_unlock(&w->lock);
	}
	return rc;
}

enum { STOP, PARENT, WAKE, STORE, WAITS };

/* Until a stop is asked for. */
static void serve(struct role_web *w)
{
	struct pollfd fds[WAITS] = { { role_stop_fd(), POLLIN, 0 }, { w->heritage->control, POLLIN, 0 }, { w->wake, POLLIN, 0 } };
	uint64_t woken;

	while (fds[STOP].revents == 0) {
		pthread_mutex_lock(&w->lock);
		fds[STORE] = (struct pollfd){ w->channel.fd, (short)(POLLIN | (channel_unsent(&w->channel) > 0 ? POLLOUT : 0)), 0 };
		pthread_mutex_unlock(&w->lock);
		if (poll(fds, WAITS, -1) < 0)
			continue;
		if (fds[WAKE].revents != 0 && read(w->wake, &woken, sizeof woken) != sizeof woken)
			log_line("web: the wake-up cannot be read");
		if (fds[STORE].fd >= 0 && (fds[STORE].revents != 0 || fds[WAKE].revents != 0))
			attend_store(w, fds[STORE].revents);
		if (fds[PARENT].revents != 0 && hear_parent(w) < 0)
			return;
	}
}

/* --- beginning and ending --- */

static int read_users(struct role_web *w, const char *path, struct err *err)
{
	if (path == NULL)
		return 0;
	if (users_read(&w->arena, path, &w->users, err) != 0)
		return -1;
	w->listed = arena_array(&w->arena, w->users.n + 1, sizeof *w->listed);
	for (size_t i = 0; i < w->users.n; i++)
		w->listed[i] = (struct web_user){ w->users.item[i].name, w->users.item[i].role, w->users.item[i].trees };
	return 0;
}

static struct web_access access_of(const struct role_web *w)
{
	const struct config *c = &w->heritage->command->config;

	return (struct web_access){ .on = config_signs_in(c), .user = w->listed, .users = w->users.n, .proxy_header = c->web.proxy_header,
				    .proxy = c->web.proxy, .proxies = c->web.proxies, .proxy_role = c->web.proxy_role,
				    .links = c->web.scope_links, .session_s = c->web.session_hours * 3600, .contact = c->web.contact };
}

static int begin(struct role_web *w, struct err *err)
{
	const struct heritage *h = w->heritage;
	const struct config *c = &h->command->config;
	struct web_config config = { .address = c->web.address, .port = c->web.port, .database = c->database.path,
				     .suffixes = h->command->suffixes, .listening = h->listening, .version = RUAD_VERSION,
				     .hosts = c->web.hosts, .host_count = c->web.host_count,
				     .tls_certificate = c->web.tls_certificate, .tls_key = c->web.tls_key,
				     .connections = (int)c->web.connections,
				     .connections_per_address = (int)c->web.connections_per_address,
				     .rules = command_rules_of_database(h->command), .demo = command_is_demo(h->command),
				     .owners = command_owners_of_database(h->command),
				     .retention = c->retention, .rollout = &c->rollout,
				     .own = c->domains.own, .own_count = c->domains.own_count,
				     .health = tell_health, .health_ctx = w, .ask = ask, .ask_ctx = w };
	int port;

	mallopt(M_MMAP_THRESHOLD, KEPT_BYTES);
	mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
	if (read_users(w, c->web.users_file, err) != 0)
		return -1;
	config.access = access_of(w);
	if ((w->wake = eventfd(0, EFD_CLOEXEC)) < 0)
		return err_errno(err, "web: to be woken");
	if (web_start(&config, &w->web, &port, err) != 0)
		return -1;
	for (; w->checkers < CHECKERS; w->checkers++)
		if (pthread_create(&w->checker[w->checkers], NULL, check_all, w) != 0)
			return err_errno(err, "web: a thread");
	return 0;
}

static void end(struct role_web *w)
{
	web_quiesce(w->web);
	close(w->heritage->listening); /* where ruad ends, and not only this process, nobody can connect any more */
	pthread_mutex_lock(&w->lock);
	w->ending = true;
	pthread_cond_broadcast(&w->asked);
	pthread_mutex_unlock(&w->lock);
	for (int i = 0; i < w->checkers; i++)
		pthread_join(w->checker[i], NULL);
	web_stop(w->web);
}

int role_web(const struct heritage *h)
{
	static struct role_web w; /* threads may look at it to the end */
	struct err err;

	w.heritage = h;
	w.end = &w.first;
	pthread_mutex_init(&w.lock, NULL);
	pthread_cond_init(&w.asked, NULL);
	channel_init(&w.channel, h->channel);
	if (begin(&w, &err) != 0) {
		log_line("web: %s", err.text);
		board_say(h->board, h->slot, err.kind == ERR_USE ? BOARD_FAILED : BOARD_WAITING, err.text);
		return err.kind == ERR_USE ? EXIT_USE : EXIT_SYSTEM;
	}
	board_say(h->board, h->slot, BOARD_WELL, "");
	serve(&w);
	end(&w);
	return EXIT_DONE;
}
