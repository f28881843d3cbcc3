/* http: the server of web.h, and the only user of libmicrohttpd (0.9.75). It reads what a client said into a request,
 * has route.c answer it, and sends the answer, compressed and in portions where that helps. LIBRARIES 2.9 has the
 * reasons of the settings. Threads: two of the library, each with one request at a time, and a guard against slow
 * clients. */
#include "web/web.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "schema/limits.h"
#include "web/certificate.h"
#include "web/guard.h"
#include "web/host.h"
#include "web/route.h"

#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netdb.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

enum {
	THREADS = 2,
	CONNECTIONS = 512,
	CONNECTIONS_PER_ADDRESS = 128, /* a reverse proxy is one address */
	IDLE_SECONDS = 2 * GUARD_IDLE_SECONDS, /* the guard comes first, but where it cannot look */
	HEADER_BYTES = 32 * 1024,
	STOP_MS = 2000, /* of the 2.5 s that the parent gives */
	BACKLOG = 128,
	COMPRESS_FROM_BYTES = 1024,
	LEVEL_PAGE = 1, /* a made page: at 6 packing takes as long as making it, for a fifth less */
	LEVEL_ASSET = 6,
	LEVEL_EXPORT = 1,
	PORTION_BYTES = 64 * 1024,
	GZIP_WINDOW = 15 + 16,
};

struct web {
	struct MHD_Daemon *daemon;
	struct site site;
	atomic_int running; /* requests not yet completed */
	atomic_llong last_log;
	pthread_mutex_t lock; /* of what is asked */
	struct exchange *asked; /* suspended: each waits for an answer */
	int asked_count;
	uint32_t number; /* of the last that was asked */
	atomic_llong body_bytes; /* of all requests at hand */
	atomic_bool ending; /* nothing is asked any more, and each connection ends with its next answer */
	struct guard *guard;
	struct certificate_files certificate; /* followed by the guard's thread */
	bool tls, any_host;
	int socket; /* listening */
	bool owns_socket;
};

struct exchange { /* one request and its answer */
	struct web *web;
	char *target;
	struct request request; /* its text is the library's, as long as the request */
	struct buf body;
	struct answer *answer; /* NULL once a stream has it */
	bool begun, too_large;
	struct timespec began;
	/* while the answer needs another's word; under the web's lock */
	struct MHD_Connection *connection;
	struct exchange *next, **link; /* of those asked; link NULL: it is none of them */
	uint32_t number;
	int64_t until_ms;
	char *reply; /* NULL: nobody could say */
	size_t reply_len;
	bool waits; /* it was asked, and what was said is not yet looked at */
};

static int64_t us_since(const struct timespec *began)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)(now.tv_sec - began->tv_sec) * 1000000 + (now.tv_nsec - began->tv_nsec) / 1000;
}

/* Clients can cause these at will, so one line a second is enough. */
static void log_sparsely(struct web *w, const char *text)
{
	long long now = clock_ms() / 1000, last = atomic_load(&w->last_log);

	if (last != now && atomic_compare_exchange_strong(&w->last_log, &last, now))
		log_line("web: %s", text);
}

static void log_library(void *ctx, const char *format, va_list ap)
{
	char text[512];
	size_t n;

	vsnprintf(text, sizeof text, format, ap);
	n = strcspn(text, "\n");
	text[n] = '\0';
	log_sparsely(ctx, text);
}

/* --- compressing --- */

static void compressed(struct slice from, int level, struct buf *out)
{
	z_stream z = { 0 };
	unsigned char portion[16 * 1024];
	int r;

	if (deflateInit2(&z, level, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	z.next_in = (unsigned char *)(uintptr_t)from.ptr;
	z.avail_in = (unsigned)from.len;
	do {
		z.next_out = portion;
		z.avail_out = sizeof portion;
		r = deflate(&z, Z_FINISH);
		buf_add(out, portion, sizeof portion - z.avail_out);
	} while (r == Z_OK);
	deflateEnd(&z);
}

static bool accepts_gzip(struct MHD_Connection *c)
{
	const char *accept = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Accept-Encoding");
	const char *gzip = accept != NULL ? text_find_nocase(slice_of(accept), SLICE("gzip")) : NULL;

	return gzip != NULL && strncmp(gzip + 4, ";q=0", 4) != 0;
}

/* --- exports: portion after portion --- */

struct stream {
	struct web *web;
	struct answer *answer;
	struct buf plain, packed;
	struct buf *ready; /* of the two, the one to send */
	size_t sent;
	z_stream z;
	bool gzip, first, last;
};

static int read_plain(struct stream *s)
{
	struct err err = { 0 };
	int r = 1;

	buf_clear(&s->plain);
	if (s->first) {
		buf_add_slice(&s->plain, buf_slice(&s->answer->body));
		buf_release(&s->answer->body);
	} else {
		r = route_more(s->answer, &s->plain, &err);
	}
	s->first = false;
	s->last = r == 0;
	if (r < 0)
		log_sparsely(s->web, err.text);
	return r < 0 ? -1 : 0;
}

static void pack(struct stream *s)
{
	unsigned char portion[16 * 1024];

	buf_clear(&s->packed);
	s->z.next_in = (unsigned char *)s->plain.data;
	s->z.avail_in = (unsigned)s->plain.len;
	do {
		s->z.next_out = portion;
		s->z.avail_out = sizeof portion;
		deflate(&s->z, s->last ? Z_FINISH : Z_NO_FLUSH);
		buf_add(&s->packed, portion, sizeof portion - s->z.avail_out);
	} while (s->z.avail_out == 0);
}

static ssize_t stream_read(void *ctx, uint64_t position, char *to, size_t room)
{
	struct stream *s = ctx;
	size_t n;

	while (s->sent == s->ready->len) {
		if (s->last)
			return MHD_CONTENT_READER_END_OF_STREAM;
		if (read_plain(s) != 0)
			return MHD_CONTENT_READER_END_WITH_ERROR;
		if (s->gzip)
			pack(s);
		s->sent = 0;
	}
	n = s->ready->len - s->sent < room ? s->ready->len - s->sent : room;
	memcpy(to, s->ready->data + s->sent, n);
	s->sent += n;
	return (ssize_t)n;
}

static void answer_free(struct answer *a)
{
	if (a == NULL)
		return;
	answer_release(a);
	free(a);
}

static void stream_free(void *ctx)
{
	struct stream *s = ctx;

	if (s->gzip)
		deflateEnd(&s->z);
	buf_release(&s->plain);
	buf_release(&s->packed);
	answer_free(s->answer);
	free(s);
}

/* Takes the answer over. */
static struct MHD_Response *stream_response(struct exchange *e, bool gzip)
{
	struct stream *s = calloc(1, sizeof *s);
	struct MHD_Response *r;

	if (s == NULL)
		abort();
	s->web = e->web;
	s->answer = e->answer;
	e->answer = NULL;
	s->gzip = gzip;
	s->first = true;
	buf_init(&s->plain, LIMIT_RESPONSE_BYTES);
	buf_init(&s->packed, 2 * (size_t)LIMIT_RESPONSE_BYTES);
	s->ready = gzip ? &s->packed : &s->plain;
	if (gzip && deflateInit2(&s->z, LEVEL_EXPORT, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	r = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, PORTION_BYTES, stream_read, s, stream_free);
	if (r == NULL)
		stream_free(s);
	return r;
}

/* --- answers --- */

static struct MHD_Response *whole_response(struct answer *a, bool gzip)
{
	struct slice body = a->fixed.ptr != NULL ? a->fixed : buf_slice(&a->body);
	struct MHD_Response *response;
	struct buf packed;

	if (!gzip && a->fixed.ptr != NULL)
		return MHD_create_response_from_buffer(body.len, (void *)(uintptr_t)body.ptr, MHD_RESPMEM_PERSISTENT);
	if (gzip) {
		buf_init(&packed, 2 * (size_t)LIMIT_RESPONSE_BYTES);
		compressed(body, a->fixed.ptr != NULL ? LEVEL_ASSET : LEVEL_PAGE, &packed);
	} else {
		packed = a->body;
		a->body = (struct buf){ 0 };
	}
	response = MHD_create_response_from_buffer(packed.len, packed.data, MHD_RESPMEM_MUST_FREE);
	if (response == NULL)
		buf_release(&packed);
	return response;
}

static void add_header(struct MHD_Response *r, const char *name, const char *value)
{
	if (value != NULL && value[0] != '\0')
		MHD_add_response_header(r, name, value);
}

static void add_fixed_headers(struct MHD_Response *r, const struct web *w)
{
	static const char *const headers[][2] = {
		{ "Content-Security-Policy", ROUTE_CSP },
		{ "X-Content-Type-Options", "nosniff" },
		{ "Referrer-Policy", "no-referrer" },
		{ "X-Frame-Options", "DENY" },
		{ "Cross-Origin-Opener-Policy", "same-origin" },
		{ "Cross-Origin-Resource-Policy", "same-origin" },
	};

	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
		add_header(r, headers[i][0], headers[i][1]);
	add_header(r, "Strict-Transport-Security", w->tls ? "max-age=31536000" : NULL);
}

static void add_headers(struct MHD_Response *r, struct exchange *e, struct answer *a, bool gzip)
{
	add_fixed_headers(r, e->web);
	add_header(r, "Content-Type", a->type);
	add_header(r, "ETag", a->etag);
	add_header(r, "Cache-Control",
		   a->immutable  ? "public, max-age=31536000, immutable"
		   : a->fleeting ? "no-store"
				 : "private, no-cache");
	add_header(r, "Vary", a->is_page ? "Accept, Accept-Encoding, Cookie" : "Accept, Accept-Encoding");
	add_header(r, "Retry-After", a->retry ? arena_printf(&a->arena, "%d", a->retry_s > 0 ? a->retry_s : 5) : NULL);
	add_header(r, "Set-Cookie", a->cookie);
	add_header(r, "Location", a->location.ptr);
	add_header(r, "Allow", a->allow.ptr);
	add_header(r, "WWW-Authenticate", a->challenge ? "Bearer realm=\"ruad\"" : NULL);
	add_header(r, "Content-Encoding", gzip ? "gzip" : NULL);
	if (a->download[0] != '\0')
		add_header(r, "Content-Disposition",
			   arena_printf(&a->arena, "attachment; filename=\"%s\"", a->download));
	if (a->link.ptr != NULL)
		add_header(r, "Link", arena_printf(&a->arena, "<%.*s>; rel=\"next\"", (int)a->link.len, a->link.ptr));
}

static enum MHD_Result send_answer(struct MHD_Connection *c, struct exchange *e)
{
	struct answer *a = e->answer;
	size_t length = a->fixed.ptr != NULL ? a->fixed.len : a->body.len;
	bool streams = a->more, gzip = (streams || length > COMPRESS_FROM_BYTES) && accepts_gzip(c);
	struct MHD_Response *r = streams ? stream_response(e, gzip) : whole_response(a, gzip);
	enum MHD_Result result;

	if (r == NULL)
		return MHD_NO;
	add_headers(r, e, a, gzip);
	/* The library ends even no body with a chunk that nobody reads. */
	if ((streams && e->request.method == METHOD_HEAD) || atomic_load(&e->web->ending))
		add_header(r, "Connection", "close");
	result = MHD_queue_response(c, (unsigned)a->status, r);
	MHD_destroy_response(r);
	return result;
}

/* A refusal before any page is asked: one line, and the connection ends. */
static enum MHD_Result refuse(struct MHD_Connection *c, struct web *w, unsigned status, const char *text)
{
	struct MHD_Response *r =
		MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_PERSISTENT);
	enum MHD_Result result;

	if (r == NULL)
		return MHD_NO;
	traffic_count(&w->site.traffic, ROUTE_NONE, (int)status, 0);
	add_fixed_headers(r, w);
	add_header(r, "Content-Type", "text/plain; charset=utf-8");
	add_header(r, "Connection", "close");
	add_header(r, "Retry-After", status == MHD_HTTP_SERVICE_UNAVAILABLE ? "5" : NULL);
	result = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return result;
}

/* --- requests --- */

static const char *header(struct MHD_Connection *c, const char *name)
{
	return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

struct field { /* of a request's head */
	const char *name, *last; /* the last of its values */
	int n;
};

static enum MHD_Result note_field(void *ctx, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct field *f = ctx;

	if (text_eq_nocase(slice_of(name), slice_of(f->name))) {
		f->last = value;
		f->n++;
	}
	return MHD_YES;
}

static struct field field(struct MHD_Connection *c, const char *name)
{
	struct field f = { .name = name };

	MHD_get_connection_values(c, MHD_HEADER_KIND, note_field, &f);
	return f;
}

/* Some proxies put their own line behind those that came: what stands before it anybody may have written. */
static struct slice last_line(struct MHD_Connection *c, const char *name)
{
	return slice_of(field(c, name).last);
}

/* Of two lines that name the client, the server or the length somebody in between may have seen the other one. */
static bool contradicts_itself(struct MHD_Connection *c, const struct web_config *config)
{
	const char *const once[] = { "Host", "Content-Length", "Transfer-Encoding", "Authorization", config->access.proxy_header };

	for (size_t i = 0; i < sizeof once / sizeof *once; i++)
		if (once[i] != NULL && field(c, once[i]).n > 1)
			return true;
	return header(c, "Content-Length") != NULL && header(c, "Transfer-Encoding") != NULL;
}

static enum theme theme_of(struct MHD_Connection *c)
{
	const char *theme = MHD_lookup_connection_value(c, MHD_COOKIE_KIND, "theme");

	if (theme == NULL)
		return THEME_SYSTEM;
	return strcmp(theme, "dark") == 0 ? THEME_DARK : strcmp(theme, "light") == 0 ? THEME_LIGHT : THEME_SYSTEM;
}

static struct peer *peer_of(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info != NULL ? info->socket_context : NULL;
}

static void read_address(struct MHD_Connection *c, unsigned char out[16])
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *from = info != NULL ? info->client_addr : NULL;

	memset(out, 0, 16);
	if (from != NULL && from->sa_family == AF_INET6) {
		memcpy(out, &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr, 16);
	} else if (from != NULL && from->sa_family == AF_INET) {
		out[10] = out[11] = 0xff;
		memcpy(out + 12, &((const struct sockaddr_in *)(const void *)from)->sin_addr, 4);
	}
}

/* 0 for one that nobody here knows. */
static int method_of(const char *word)
{
	static const char *const words[] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(word, words[i]) == 0)
			return 1 << i;
	return 0;
}

static void read_request(struct MHD_Connection *c, struct exchange *e, int method)
{
	const struct web_config *config = &e->web->site.config;
	struct request *r = &e->request;
	const char *accept = header(c, "Accept");

	*r = (struct request){ .target = slice_of(e->target), .method = (enum method)method, .theme = theme_of(c), .tls = e->web->tls,
			       .wants_html = accept != NULL && strstr(accept, "text/html") != NULL,
			       .if_none_match = slice_of(header(c, "If-None-Match")), .if_match = slice_of(header(c, "If-Match")),
			       .host = slice_of(header(c, "Host")), .content_type = slice_of(header(c, "Content-Type")),
			       .authorization = slice_of(header(c, "Authorization")), .origin = slice_of(header(c, "Origin")),
			       .fetch_site = slice_of(header(c, "Sec-Fetch-Site")),
			       .forwarded_for = last_line(c, "X-Forwarded-For"),
			       .forwarded_proto = last_line(c, "X-Forwarded-Proto"),
			       .session = slice_of(MHD_lookup_connection_value(c, MHD_COOKIE_KIND, ROUTE_COOKIE)) };
	if (config->access.proxy_header != NULL)
		r->user = slice_of(header(c, config->access.proxy_header));
	read_address(c, r->peer);
}

/* -1: none is said, as with chunks, or none that is a number. */
static int64_t length_of(struct MHD_Connection *c)
{
	const char *length = header(c, "Content-Length");
	int64_t n;

	return length != NULL && text_int(slice_of(length), &n) && n >= 0 ? n : -1;
}

/* A body is taken in where the request may have one; what it is for is looked at once it is there. */
static enum MHD_Result begin_body(struct MHD_Connection *c, struct exchange *e, int64_t length)
{
	size_t most = route_body_most(&e->web->site, &e->request);

	if (most == 0 && (e->request.method & METHOD_READS))
		return refuse(c, e->web, MHD_HTTP_BAD_REQUEST, "A request for a page has no body.\n");
	if (length > (int64_t)most && most > 0)
		return refuse(c, e->web, MHD_HTTP_CONTENT_TOO_LARGE, "The body is larger than what is taken here.\n");
	if (atomic_load(&e->web->body_bytes) + (length > 0 ? length : 0) > LIMIT_BODIES_BYTES)
		return refuse(c, e->web, MHD_HTTP_SERVICE_UNAVAILABLE, "Others are sending much just now. Try again.\n");
	if (!route_admit(&e->web->site, &e->request, e->answer)) {
		traffic_count(&e->web->site.traffic, e->answer->route, e->answer->status, us_since(&e->began));
		return send_answer(c, e);
	}
	buf_init(&e->body, most);
	peer_at(peer_of(c), PEER_BODY);
	return MHD_YES;
}

/* No browser leaves the field out, so one who does is not led here by somebody else. */
static bool is_for_us(struct MHD_Connection *c, const struct web *w)
{
	const char *host = header(c, "Host");

	return w->any_host || host == NULL || host_is_ours(slice_of(host), w->site.config.hosts, w->site.config.host_count);
}

/* What is refused at sight. A request that is answered so early costs its connection. */
static enum MHD_Result begin(struct MHD_Connection *c, struct exchange *e, const char *word)
{
	int64_t length = length_of(c);
	int method = method_of(word);

	e->begun = true;
	clock_gettime(CLOCK_MONOTONIC, &e->began);
	if (peer_is_excess(peer_of(c))) {
		atomic_fetch_add(&e->web->site.traffic.connections.refused, 1);
		return refuse(c, e->web, MHD_HTTP_SERVICE_UNAVAILABLE, "There are too many connections; try again in a moment.\n");
	}
	if (!is_for_us(c, e->web))
		return refuse(c, e->web, MHD_HTTP_MISDIRECTED_REQUEST,
			      "These pages do not go by the name that was asked for: web.hosts in ruad.conf lists their names.\n");
	if (contradicts_itself(c, &e->web->site.config))
		return refuse(c, e->web, MHD_HTTP_BAD_REQUEST, "The request says twice who or where it is for, who it is from, or how long it is.\n");
	if (method == 0)
		return refuse(c, e->web, MHD_HTTP_NOT_IMPLEMENTED, "No request of that kind is answered here.\n");
	read_request(c, e, method);
	if (length > 0 || header(c, "Transfer-Encoding") != NULL || !(method & METHOD_READS))
		return begin_body(c, e, length);
	return MHD_YES;
}

static enum MHD_Result take_body(struct exchange *e, const char *bytes, size_t *size)
{
	size_t room = e->body.room;

	if (e->too_large) {
		*size = 0;
		return MHD_YES;
	}
	if (buf_add(&e->body, bytes, *size) != 0 || atomic_load(&e->web->body_bytes) > LIMIT_BODIES_BYTES) {
		e->too_large = true; /* the rest is read and dropped: only then can it be answered */
		atomic_fetch_sub(&e->web->body_bytes, (long long)room);
		buf_release(&e->body);
		*size = 0;
		return MHD_YES;
	}
	atomic_fetch_add(&e->web->body_bytes, (long long)e->body.room - (long long)room);
	*size = 0;
	return MHD_YES;
}

/* --- asking others --- */

/* Under the lock. */
static void let_go(struct exchange *e, struct slice reply)
{
	struct web *w = e->web;

	*e->link = e->next;
	if (e->next != NULL)
		e->next->link = e->link;
	e->link = NULL;
	w->asked_count--;
	if (reply.ptr != NULL && (e->reply = malloc(reply.len + 1)) != NULL) {
		memcpy(e->reply, reply.ptr, reply.len);
		e->reply_len = reply.len;
	}
	MHD_resume_connection(e->connection);
}

void web_told(struct web *w, uint32_t number, struct slice answer)
{
	struct exchange *e;

	pthread_mutex_lock(&w->lock);
	for (e = w->asked; e != NULL && e->number != number;)
		e = e->next;
	if (e != NULL)
		let_go(e, answer);
	pthread_mutex_unlock(&w->lock);
}

void web_untold(struct web *w, uint32_t number)
{
	pthread_mutex_lock(&w->lock);
	for (struct exchange *e = w->asked, *next; e != NULL; e = next) {
		next = e->next;
		if ((int32_t)(e->number - number) <= 0) /* they may wrap */
			let_go(e, (struct slice){ 0 });
	}
	pthread_mutex_unlock(&w->lock);
}

/* Nobody can say: whoever waits is told so. With `all`, not only who has waited long. */
static void give_up(struct web *w, bool all)
{
	int64_t now = clock_ms();

	pthread_mutex_lock(&w->lock);
	for (struct exchange *e = w->asked, *next; e != NULL; e = next) {
		next = e->next;
		if (all || now >= e->until_ms)
			let_go(e, (struct slice){ 0 });
	}
	pthread_mutex_unlock(&w->lock);
}

static void follow_certificate(struct web *w)
{
	struct certificate_about about;
	struct err err;
	int rc = certificate_follow(&w->certificate, &about, &err);

	if (rc > 0) {
		atomic_store(&w->site.traffic.connections.certificate_ends_s, about.ends_s);
		log_line("web: the certificate has changed, and is used from now on");
	} else if (rc < 0) {
		log_line("web: %s; the old certificate stays in use", err.text);
	}
}

/* Each second, from the guard. */
static void look(void *ctx)
{
	struct web *w = ctx;

	give_up(w, false);
	if (w->tls)
		follow_certificate(w);
}

/* The connection is left alone until web_told, or until that takes too long: then handle() is called once more. False where
 * nobody can be asked. */
static bool ask(struct MHD_Connection *c, struct exchange *e)
{
	const struct web_config *config = &e->web->site.config;
	struct web *w = e->web;
	uint32_t number = 0;
	bool can;

	e->answer->asks = false;
	e->waits = true;
	e->connection = c;
	pthread_mutex_lock(&w->lock);
	can = config->ask != NULL && !atomic_load(&w->ending) && w->asked_count < LIMIT_ASKED;
	if (can) {
		e->number = number = ++w->number;
		e->until_ms = clock_ms() + LIMIT_ASKED_MS;
		e->next = w->asked;
		e->link = &w->asked;
		if (w->asked != NULL)
			w->asked->link = &e->next;
		w->asked = e;
		w->asked_count++;
		MHD_suspend_connection(c); /* it goes on in this thread: not before we return */
	}
	pthread_mutex_unlock(&w->lock);
	if (can && config->ask(config->ask_ctx, number, e->answer->ask, buf_slice(&e->answer->question), e->answer->question_rest) != 0)
		web_told(w, number, (struct slice){ 0 });
	return can;
}

/* Goes on with an answer that asked something, once there is word. */
static void go_on(struct exchange *e)
{
	const struct slice reply = { e->reply, e->reply_len };

	e->waits = false;
	route_continue(&e->web->site, &e->request, reply, e->answer);
	free(e->reply);
	e->reply = NULL;
}

static void answer(struct exchange *e)
{
	if (e->body.ceiling_bytes > 0)
		e->request.body = buf_slice(&e->body);
	clock_gettime(CLOCK_MONOTONIC, &e->began);
	route_answer(&e->web->site, &e->request, e->answer);
}

static enum MHD_Result handle(void *ctx, struct MHD_Connection *c, const char *url, const char *method,
			      const char *version, const char *upload, size_t *upload_size, void **request_ctx)
{
	struct exchange *e = *request_ctx;

	if (*upload_size > 0)
		return take_body(e, upload, upload_size);
	peer_at(peer_of(c), PEER_ANSWER);
	if (!e->begun)
		return begin(c, e, method);
	if (e->too_large)
		return refuse(c, e->web, MHD_HTTP_CONTENT_TOO_LARGE, "The body is larger than what is taken here.\n");
	if (e->waits)
		go_on(e);
	else
		answer(e);
	while (e->answer->asks) {
		if (ask(c, e))
			return MHD_YES;
		go_on(e);
	}
	traffic_count(&e->web->site.traffic, e->answer->route, e->answer->status, us_since(&e->began));
	if (e->answer->trouble[0] != '\0')
		log_sparsely(e->web, e->answer->trouble);
	return send_answer(c, e);
}

/* The library's own splitting would undo percent-encoding before commas are looked at: the address is kept as it was. */
static void *begin_request(void *ctx, const char *uri, struct MHD_Connection *c)
{
	struct exchange *e = calloc(1, sizeof *e);

	if (e == NULL || (e->target = strdup(uri)) == NULL || (e->answer = calloc(1, sizeof *e->answer)) == NULL)
		abort();
	e->web = ctx;
	atomic_fetch_add(&e->web->running, 1);
	peer_at(peer_of(c), PEER_HEAD);
	return e;
}

static void end_request(void *ctx, struct MHD_Connection *c, void **request_ctx, enum MHD_RequestTerminationCode how)
{
	struct exchange *e = *request_ctx;
	struct web *w = ctx;

	peer_at(peer_of(c), PEER_IDLE);
	if (e == NULL)
		return;
	answer_free(e->answer);
	atomic_fetch_sub(&w->body_bytes, (long long)e->body.room);
	buf_release(&e->body);
	free(e->reply);
	free(e->target);
	free(e);
	*request_ctx = NULL;
	atomic_fetch_sub(&w->running, 1);
}

/* --- connections --- */

static enum MHD_Result admit(void *ctx, const struct sockaddr *from, socklen_t length)
{
	const struct web *w = ctx;

	return guard_admits(w->guard, from) ? MHD_YES : MHD_NO;
}

static void note_connection(void *ctx, struct MHD_Connection *c, void **socket_ctx,
			    enum MHD_ConnectionNotificationCode what)
{
	struct web *w = ctx;
	int fd;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		fd = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
		*socket_ctx = guard_add(w->guard, fd, MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr);
	} else {
		guard_drop(w->guard, *socket_ctx);
		*socket_ctx = NULL;
	}
}

/* --- starting and stopping --- */

/* Of a socket that is bound; -1 with errno. */
static int port_of(int fd)
{
	struct sockaddr_storage bound;
	socklen_t length = sizeof bound;
	char port[16];

	if (getsockname(fd, (struct sockaddr *)&bound, &length) != 0 ||
	    getnameinfo((struct sockaddr *)&bound, length, NULL, 0, port, sizeof port, NI_NUMERICSERV) != 0)
		return -1;
	return atoi(port);
}

/* -1 with errno. */
static int bound_socket(const struct addrinfo *ai, int *port_out)
{
	int yes = 1, port, wrong, fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	if (ai->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0 || (port = port_of(fd)) < 0) {
		wrong = errno;
		close(fd);
		errno = wrong;
		return -1;
	}
	*port_out = port;
	return fd;
}

int web_bind(const char *address, int port, int *fd, int *port_out, struct err *err)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
				  .ai_socktype = SOCK_STREAM };
	struct addrinfo *ai = NULL;
	char number[16];
	int bound;

	snprintf(number, sizeof number, "%d", port);
	if (getaddrinfo(address, number, &hints, &ai) != 0)
		return err_set(err, ERR_USE, "%s: is no address to listen on", address);
	if ((bound = bound_socket(ai, port_out)) < 0)
		err_errno(err, "%s, port %d: cannot be listened on", address, port);
	freeaddrinfo(ai);
	if (bound < 0)
		return -1;
	*fd = bound;
	return 0;
}

/* A socket of somebody else may be one that waits; the threads share it, so none of them may. */
static int listen_on(const struct web_config *config, int *fd, int *port_out, struct err *err)
{
	int flags = fcntl(config->listening, F_GETFL), port;

	if (config->listening < 0)
		return web_bind(config->address, config->port, fd, port_out, err);
	if (flags < 0 || fcntl(config->listening, F_SETFL, flags | O_NONBLOCK) != 0 || (port = port_of(config->listening)) < 0)
		return err_errno(err, "web: the socket given");
	*fd = config->listening;
	*port_out = port;
	return 0;
}

/* Nobody but the machine's own users reaches a loopback address, unless led there by a page in one of their browsers. */
static bool is_loopback(int fd)
{
	struct sockaddr_storage at = { 0 };
	socklen_t length = sizeof at;

	if (getsockname(fd, (struct sockaddr *)&at, &length) != 0)
		return false;
	if (at.ss_family == AF_INET)
		return ntohl(((struct sockaddr_in *)&at)->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	return at.ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&((struct sockaddr_in6 *)&at)->sin6_addr);
}

/* The ceilings are the guard's. The library divides its own among its threads, and one of them may have to serve all. */
static struct MHD_Daemon *start_daemon(struct web *w)
{
	const int most = THREADS * (w->site.config.connections + GUARD_EXCESS);
	const unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_USE_ERROR_LOG | MHD_ALLOW_SUSPEND_RESUME;
	struct MHD_OptionItem options[] = {
		{ MHD_OPTION_EXTERNAL_LOGGER, (intptr_t)log_library, w },
		{ MHD_OPTION_LISTEN_SOCKET, w->socket, NULL },
		{ MHD_OPTION_THREAD_POOL_SIZE, THREADS, NULL },
		{ MHD_OPTION_CONNECTION_LIMIT, most, NULL },
		{ MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS, NULL },
		{ MHD_OPTION_CONNECTION_MEMORY_LIMIT, HEADER_BYTES, NULL },
		{ MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL },
		{ MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)begin_request, w },
		{ MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)end_request, w },
		{ MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)note_connection, w },
		{ w->tls ? MHD_OPTION_HTTPS_CERT_CALLBACK2 : MHD_OPTION_END, 0, certificate_callback() },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)CERTIFICATE_PRIORITIES },
		{ MHD_OPTION_END, 0, NULL },
	};

	return MHD_start_daemon(flags | (w->tls ? MHD_USE_TLS : 0), 0, admit, w, handle, w, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
}

static void web_free(struct web *w)
{
	guard_stop(w->guard);
	certificate_end();
	site_release(&w->site);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

const char *web_version(void)
{
	return MHD_get_version();
}

/* One whose time is over is served, too: a warning in the browser is better than no pages, and says what is wrong. */
static int start_tls(struct web *w, struct err *err)
{
	const struct web_config *c = &w->site.config;
	struct certificate_about about;

	w->tls = c->tls_certificate != NULL;
	if (!w->tls)
		return 0;
	if (certificate_start(&w->certificate, c->tls_certificate, c->tls_key, &about, err) != 0)
		return -1;
	atomic_store(&w->site.traffic.connections.certificate_ends_s, about.ends_s);
	if (about.ends_s <= time(NULL))
		log_line("web: %s: the certificate's time is over, browsers will warn of it: put a newer one there", c->tls_certificate);
	return 0;
}

static int start_serving(struct web *w, struct err *err)
{
	const struct web_config *c = &w->site.config;

	if (start_tls(w, err) != 0)
		return -1;
	w->guard = guard_start(c->connections, c->connections_per_address, &w->site.traffic.connections, look, w);
	if (w->guard == NULL || (w->daemon = start_daemon(w)) == NULL)
		return err_errno(err, "web: the server did not start");
	return 0;
}

int web_start(const struct web_config *config, struct web **out, int *port_out, struct err *err)
{
	struct web *w = calloc(1, sizeof *w);

	if (w == NULL)
		return err_errno(err, "web: memory");
	if (listen_on(config, &w->socket, port_out, err) != 0) {
		free(w);
		return -1;
	}
	w->owns_socket = config->listening < 0;
	w->any_host = config->host_count == 0 && !is_loopback(w->socket);
	pthread_mutex_init(&w->lock, NULL);
	site_init(&w->site, config);
	if (w->site.config.connections == 0)
		w->site.config.connections = CONNECTIONS;
	if (w->site.config.connections_per_address == 0)
		w->site.config.connections_per_address = CONNECTIONS_PER_ADDRESS;
	if (start_serving(w, err) == 0) {
		*out = w;
		return 0;
	}
	if (w->owns_socket)
		close(w->socket);
	web_free(w);
	return -1;
}

/* The kernel has let some in whom the threads had no time for yet. */
void web_quiesce(struct web *w)
{
	struct sockaddr_storage from;
	socklen_t length = sizeof from;
	int fd;

	if (atomic_exchange(&w->ending, true))
		return;
	give_up(w, true);
	MHD_quiesce_daemon(w->daemon); /* or the library would close the socket, which may be another's */
	for (int i = 0; i < BACKLOG; i++, length = sizeof from) {
		fd = accept4(w->socket, (struct sockaddr *)&from, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0)
			break;
		MHD_add_connection(w->daemon, fd, (struct sockaddr *)&from, length);
	}
	if (w->owns_socket)
		close(w->socket);
}

void web_stop(struct web *w)
{
	const struct timespec moment = { .tv_nsec = 20 * 1000 * 1000 };
	int64_t end_ms = clock_ms() + STOP_MS;

	if (w == NULL)
		return;
	web_quiesce(w);
	do { /* once at least: a thread may be taking a connection right now */
		nanosleep(&moment, NULL);
	} while ((guard_expects(w->guard) || atomic_load(&w->running) > 0) && clock_ms() < end_ms);
	MHD_stop_daemon(w->daemon);
	web_free(w);
}
