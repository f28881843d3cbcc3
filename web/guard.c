/* guard: see guard.h. What a client has taken is what the kernel knows to be acknowledged (TCP_INFO): the library sees only what fits
 * into the socket's buffer, and its own limit is idle time, which one byte now and then never reaches. */
#include "web/guard.h"

#include "base/clock.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	EXCESS_SECONDS = 2, /* for whoever is only to be told that there are too many */
	MOMENT_MS = 1000,      /* who has just connected is about to ask, */
	MOMENT_IDLE_MS = 500, /* and who has just had an answer may be */
	SEND_BYTES = 200 * 1024, /* that the kernel keeps for one connection: as much for the slow ones as for the fast */
};

struct place { /* whose connections are counted together */
	unsigned char family; /* 0: not counted */
	unsigned char bytes[8];
};

struct pace { /* how far something had come when the present stretch of time began; the guard's own */
	int64_t since;
	uint64_t bytes;
};

struct peer {
	int fd;
	struct place place;
	bool excess;
	atomic_int stage;
	atomic_llong since_ms;    /* at this stage */
	struct pace taken, given; /* by the client: of answers, of bodies */
	int64_t drained;          /* seconds: when it had taken all, last */
	bool cut;
	struct peer *next, **link;
};

struct guard {
	int connections, per_address;
	struct connection_traffic *counts;
	void (*look)(void *ctx);
	void *ctx;
	pthread_mutex_t lock; /* of all below, and of what a peer has for the guard alone */
	pthread_cond_t wake;
	struct peer *peers;
	bool stopping;
	pthread_t thread;
};

/* --- whose --- */

/* A host has as many addresses of its IPv6 network as it likes. */
static struct place place_of(const struct sockaddr *from)
{
	const struct sockaddr_in *four = (const void *)from;
	const struct sockaddr_in6 *six = (const void *)from;
	struct place p = { 0 };

	if (from != NULL && from->sa_family == AF_INET) {
		p.family = 4;
		memcpy(p.bytes, &four->sin_addr, 4);
	} else if (from != NULL && from->sa_family == AF_INET6) {
		bool mapped = IN6_IS_ADDR_V4MAPPED(&six->sin6_addr);

		p.family = mapped ? 4 : 6;
		memcpy(p.bytes, six->sin6_addr.s6_addr + (mapped ? 12 : 0), mapped ? 4 : 8);
	}
	return p;
}

/* Whether one more at this place is over a ceiling that is `more` higher than the ones set. */
static bool is_full(struct guard *g, struct place place, int more)
{
	int all = 0, same = 0;

	for (const struct peer *p = g->peers; p != NULL; p = p->next) {
		all++;
		same += place.family != 0 && memcmp(&p->place, &place, sizeof place) == 0;
	}
	return all >= g->connections + more || same >= g->per_address + more;
}

bool guard_admits(struct guard *g, const struct sockaddr *from)
{
	struct place place = place_of(from);
	bool full;

	pthread_mutex_lock(&g->lock);
	full = is_full(g, place, GUARD_EXCESS);
	pthread_mutex_unlock(&g->lock);
	if (full)
		atomic_fetch_add(&g->counts->turned_away, 1);
	return !full;
}

/* --- coming and going --- */

struct peer *guard_add(struct guard *g, int fd, const struct sockaddr *from)
{
	const int send_bytes = SEND_BYTES;
	struct peer *p = calloc(1, sizeof *p);

	if (p == NULL)
		abort();
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send_bytes, sizeof send_bytes);
	p->fd = fd;
	p->place = place_of(from);
	atomic_init(&p->stage, PEER_NEW);
	atomic_init(&p->since_ms, clock_ms());
	pthread_mutex_lock(&g->lock);
	p->excess = is_full(g, p->place, 0);
	p->next = g->peers;
	p->link = &g->peers;
	if (g->peers != NULL)
		g->peers->link = &p->next;
	g->peers = p;
	pthread_mutex_unlock(&g->lock);
	atomic_fetch_add(&g->counts->open, 1);
	return p;
}

void guard_drop(struct guard *g, struct peer *p)
{
	if (p == NULL)
		return;
	pthread_mutex_lock(&g->lock);
	*p->link = p->next;
	if (p->next != NULL)
		p->next->link = p->link;
	pthread_mutex_unlock(&g->lock);
	atomic_fetch_sub(&g->counts->open, 1);
	free(p);
}

bool peer_is_excess(const struct peer *p)
{
	return p != NULL && p->excess;
}

void peer_at(struct peer *p, enum peer_stage stage)
{
	if (p == NULL)
		return;
	atomic_store(&p->since_ms, clock_ms());
	atomic_store(&p->stage, (int)stage);
}

static bool may_ask(const struct peer *p, int64_t now_ms)
{
	int stage = atomic_load(&p->stage);
	int64_t for_ms = now_ms - atomic_load(&p->since_ms);

	return (stage == PEER_NEW && for_ms <= MOMENT_MS) || (stage == PEER_IDLE && for_ms <= MOMENT_IDLE_MS);
}

bool guard_expects(struct guard *g)
{
	int64_t now_ms = clock_ms();
	bool expects = false;

	pthread_mutex_lock(&g->lock);
	for (const struct peer *p = g->peers; p != NULL && !expects; p = p->next)
		expects = may_ask(p, now_ms);
	pthread_mutex_unlock(&g->lock);
	return expects;
}

/* --- the slow --- */

/* Whether it moves on; a new stretch begins where the last one was used well. */
static bool keeps_pace(struct pace *pace, uint64_t bytes, int64_t now)
{
	if (bytes - pace->bytes >= GUARD_PROGRESS_BYTES || pace->since == 0)
		*pace = (struct pace){ now, bytes };
	return now - pace->since <= GUARD_PROGRESS_SECONDS;
}

static int64_t most_seconds(const struct peer *p, int stage)
{
	return p->excess             ? EXCESS_SECONDS
	       : stage == PEER_IDLE ? GUARD_IDLE_SECONDS
	       : stage == PEER_BODY ? GUARD_BODY_SECONDS
				    : GUARD_REQUEST_SECONDS;
}

/* The counter of what is wrong with it; NULL: nothing is. */
static atomic_llong *fault_of(struct guard *g, struct peer *p, int64_t now)
{
	int64_t since = atomic_load(&p->since_ms) / 1000;
	int stage = atomic_load(&p->stage);
	struct tcp_info info = { 0 };
	socklen_t length = sizeof info;
	bool known = getsockopt(p->fd, IPPROTO_TCP, TCP_INFO, &info, &length) == 0;

	if (known && info.tcpi_unacked + info.tcpi_notsent_bytes > 0) { /* there is something for it to take */
		p->drained = now;
		return keeps_pace(&p->taken, info.tcpi_bytes_acked, now) ? NULL : &g->counts->slow_readers;
	}
	p->taken = (struct pace){ 0 };
	if (stage != PEER_BODY)
		p->given = (struct pace){ 0 };
	if (stage == PEER_ANSWER)
		return NULL;
	if (stage == PEER_BODY && known && !keeps_pace(&p->given, info.tcpi_bytes_received, now))
		return &g->counts->slow_requests;
	if (since < p->drained)
		since = p->drained;
	return now - since <= most_seconds(p, stage) ? NULL : stage == PEER_IDLE ? &g->counts->idle : &g->counts->slow_requests;
}

/* Where an answer is not taken, the kernel would keep it for minutes behind a closed socket: it is thrown away. */
static void cut(struct peer *p, bool unread)
{
	const struct linger at_once = { 1, 0 };

	p->cut = true;
	if (unread)
		setsockopt(p->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
	shutdown(p->fd, SHUT_RDWR);
}

/* The lock keeps a descriptor from being closed, and used anew, meanwhile. */
static void look_at_all(struct guard *g)
{
	int64_t now = clock_ms() / 1000;

	for (struct peer *p = g->peers; p != NULL; p = p->next) {
		atomic_llong *fault = p->cut ? NULL : fault_of(g, p, now);

		if (fault == NULL)
			continue;
		atomic_fetch_add(fault, 1);
		cut(p, fault == &g->counts->slow_readers);
	}
}

static void *run(void *ctx)
{
	struct guard *g = ctx;
	struct timespec next;

	pthread_mutex_lock(&g->lock);
	while (!g->stopping) {
		look_at_all(g);
		if (g->look != NULL) {
			pthread_mutex_unlock(&g->lock);
			g->look(g->ctx);
			pthread_mutex_lock(&g->lock);
			if (g->stopping)
				break;
		}
		clock_gettime(CLOCK_REALTIME, &next);
		next.tv_sec++;
		pthread_cond_timedwait(&g->wake, &g->lock, &next);
	}
	pthread_mutex_unlock(&g->lock);
	return NULL;
}

/* --- its own life --- */

static void guard_free(struct guard *g)
{
	pthread_mutex_destroy(&g->lock);
	pthread_cond_destroy(&g->wake);
	free(g);
}

struct guard *guard_start(int connections, int per_address, struct connection_traffic *counts, void (*look)(void *ctx), void *ctx)
{
	struct guard *g = calloc(1, sizeof *g);
	int rc;

	if (g == NULL)
		return NULL;
	g->connections = connections;
	g->per_address = per_address;
	g->counts = counts;
	g->look = look;
	g->ctx = ctx;
	pthread_mutex_init(&g->lock, NULL);
	pthread_cond_init(&g->wake, NULL);
	if ((rc = pthread_create(&g->thread, NULL, run, g)) == 0)
		return g;
	guard_free(g);
	errno = rc;
	return NULL;
}

void guard_stop(struct guard *g)
{
	if (g == NULL)
		return;
	pthread_mutex_lock(&g->lock);
	g->stopping = true;
	pthread_cond_signal(&g->wake);
	pthread_mutex_unlock(&g->lock);
	pthread_join(g->thread, NULL);
	guard_free(g);
}
