/* dns: see dns.h. What is wanted waits in a queue; each takes one question or several, and steps that follow the first go to the
 * front, so that what was begun ends. */
#include "daemon/dns.h"

#include "base/clock.h"
#include "base/text.h"
#include "schema/domain.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <assert.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
	TIMEOUT_MS = 2000, /* of the first try; c-ares doubles it for the second */
	TRIES = 2,
	UDP_BYTES = 1232,  /* what no path cuts; the rest comes by TCP */
	NAME_BYTES = 256,
	FAILURES_MOST = 16, /* one behind the other: then the root is asked for, so that it is known whether the names are to blame */
	PROBE_FIRST_MS = 1000,
	PROBE_LAST_MS = 30 * 1000,
	ONE = 1000, /* a question, in thousandths */
};

struct question {
	struct dns *dns;
	uint32_t number;
	enum step { REVERSE, FORWARD, TEXT } step;
	unsigned char addr[16];
	char name[LIMIT_REVERSE_NAMES][NAME_BYTES]; /* TEXT: the one; FORWARD: those to confirm */
	size_t names, at;
	enum lookup_result failed; /* FORWARD: a name that could not be asked for; LOOKUP_NONE: all could */
	struct question *next;
};

struct dns {
	struct dns_sink sink;
	const char *servers;
	ares_channel channel;
	struct question *first, **end; /* to be sent */
	size_t waiting, in_flight;     /* `waiting` includes those in flight */
	int64_t per_second, allowance, allowed_ms; /* thousandths of questions that may be sent, as of then */
	int failures;                  /* one behind the other */
	bool root_is_asked, root_is_silent; /* NS of the root, once there are many failures */
	struct dns_trouble trouble;
	int64_t probe_ms, probe_wait_ms; /* in trouble: when the next question may be sent; the wait behind it */
	struct arena arena;            /* of one answer */
};

/* --- questions --- */

static bool is_ipv4(const unsigned char addr[16])
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

	return memcmp(addr, mapped, sizeof mapped) == 0;
}

/* RFC 1035 3.5, RFC 3596 2.5. */
static void reverse_name(char out[NAME_BYTES], const unsigned char addr[16])
{
	int n = 0;

	if (is_ipv4(addr)) {
		snprintf(out, NAME_BYTES, "%d.%d.%d.%d.in-addr.arpa", addr[15], addr[14], addr[13], addr[12]);
		return;
	}
	for (int i = 15; i >= 0; i--)
		n += snprintf(out + n, (size_t)(NAME_BYTES - n), "%x.%x.", addr[i] & 15, addr[i] >> 4);
	snprintf(out + n, (size_t)(NAME_BYTES - n), "ip6.arpa");
}

static struct question *question_new(struct dns *d, uint32_t number, enum step step)
{
	struct question *q = d->waiting < LIMIT_LOOKUPS ? calloc(1, sizeof *q) : NULL;

	if (q == NULL)
		return NULL;
	q->dns = d;
	q->number = number;
	q->step = step;
	q->failed = LOOKUP_NONE;
	*d->end = q;
	d->end = &q->next;
	d->waiting++;
	return q;
}

int dns_want_address(struct dns *d, uint32_t number, const unsigned char addr[16])
{
	struct question *q = question_new(d, number, REVERSE);

	if (q == NULL)
		return -1;
	memcpy(q->addr, addr, sizeof q->addr);
	return 0;
}

int dns_want_name(struct dns *d, uint32_t number, struct slice name)
{
	struct question *q = question_new(d, number, TEXT);

	if (q == NULL)
		return -1;
	assert(name.len < NAME_BYTES);
	memcpy(q->name[0], name.ptr, name.len);
	return 0;
}

size_t dns_waiting(const struct dns *d)
{
	return d->waiting;
}

static void ask_next_name(struct dns *d, struct question *q)
{
	q->step = FORWARD;
	q->next = d->first;
	if (d->first == NULL)
		d->end = &q->next;
	d->first = q;
}

static void forget(struct question *q)
{
	q->dns->waiting--;
	free(q);
}

static void give_address(struct dns *d, struct question *q, enum lookup_result result)
{
	struct address_found found = { .result = result };

	memcpy(found.addr, q->addr, sizeof found.addr);
	if (result == LOOKUP_FOUND)
		found.name = slice_of(q->name[q->at]);
	d->sink.address(d->sink.ctx, q->number, &found);
	forget(q);
}

/* --- answers --- */

static enum lookup_result result_of(int status)
{
	switch (status) {
	case ARES_SUCCESS:
		return LOOKUP_FOUND;
	case ARES_ENODATA:
	case ARES_ENOTFOUND:
		return LOOKUP_NONE;
	case ARES_ETIMEOUT:
		return LOOKUP_TIMEOUT;
	case ARES_EREFUSED:
	case ARES_ENOTIMP:
		return LOOKUP_REFUSED;
	case ARES_ESERVFAIL:
		return LOOKUP_SERVFAIL;
	case ARES_EBADRESP:
	case ARES_EFORMERR:
		return LOOKUP_GARBLED;
	default:
		return LOOKUP_UNREACHABLE;
	}
}

static bool has_name(const struct question *q, struct slice name)
{
	for (size_t i = 0; i < q->names; i++)
		if (slice_is(name, q->name[i]))
			return true;
	return false;
}

static void take_names(struct question *q, struct arena *scratch, char *const *names)
{
	for (; *names != NULL && q->names < LIMIT_REVERSE_NAMES; names++) {
		struct slice name = domain_normal(scratch, slice_of(*names));

		if (!domain_is_name(name) || has_name(q, name))
			continue;
		memcpy(q->name[q->names], name.ptr, name.len);
		q->name[q->names++][name.len] = '\0';
	}
}

static void take_reverse(struct dns *d, struct question *q, enum lookup_result result, const unsigned char *bytes, int n)
{
	struct hostent *host = NULL;
	bool v4 = is_ipv4(q->addr);

	if (result == LOOKUP_FOUND) {
		if (ares_parse_ptr_reply(bytes, n, v4 ? q->addr + 12 : q->addr, v4 ? 4 : 16, v4 ? AF_INET : AF_INET6,
					 &host) == ARES_SUCCESS) {
			take_names(q, &d->arena, host->h_aliases);
			ares_free_hostent(host);
		}
		result = q->names > 0 ? LOOKUP_FOUND : LOOKUP_NONE; /* a name that no host can have is none */
	}
	if (result == LOOKUP_FOUND)
		ask_next_name(d, q);
	else
		give_address(d, q, result);
}

static bool holds(const struct hostent *host, const unsigned char addr[16])
{
	size_t n = is_ipv4(addr) ? 4 : 16;

	for (char **a = host->h_addr_list; *a != NULL; a++)
		if (memcmp(*a, addr + 16 - n, n) == 0)
			return true;
	return false;
}

/* A reverse name is its owner's word for any address he likes: it counts where the name's owner says the same. */
static void take_forward(struct dns *d, struct question *q, enum lookup_result result, const unsigned char *bytes, int n)
{
	struct hostent *host = NULL;
	bool confirmed = false;

	if (result == LOOKUP_FOUND)
		result = result_of(is_ipv4(q->addr) ? ares_parse_a_reply(bytes, n, &host, NULL, NULL) :
						      ares_parse_aaaa_reply(bytes, n, &host, NULL, NULL));
	if (host != NULL) {
		confirmed = holds(host, q->addr);
		ares_free_hostent(host);
	}
	if (confirmed) {
		give_address(d, q, LOOKUP_FOUND);
		return;
	}
	if (!lookup_is_answer(result))
		q->failed = result;
	if (++q->at < q->names)
		ask_next_name(d, q);
	else
		give_address(d, q, q->failed);
}

/* UTF-8 in one line: what is no such thing becomes U+FFFD. */
static struct slice clean(struct arena *a, struct buf *record)
{
	for (size_t i = 0; i < record->len; i++)
		if (((unsigned char)record->data[i] < ' ' && record->data[i] != '\t') || record->data[i] == 0x7f)
			record->data[i] = (char)0xff;
	return text_cut(text_utf8_clean(a, text_copy(a, buf_slice(record))), LIMIT_DNS_RECORD_BYTES);
}

static void take_records(struct arena *a, const struct ares_txt_ext *s, struct name_found *out)
{
	struct buf record;

	buf_init(&record, UINT16_MAX);
	while (s != NULL && out->n < LIMIT_DNS_RECORDS) {
		buf_clear(&record);
		do {
			buf_add(&record, s->txt, s->length);
			s = s->next;
		} while (s != NULL && !s->record_start);
		out->text[out->n++] = clean(a, &record);
	}
	buf_release(&record);
}

static void take_text(struct dns *d, struct question *q, enum lookup_result result, const unsigned char *bytes, int n)
{
	struct name_found found = { .name = slice_of(q->name[0]) };
	struct ares_txt_ext *strings = NULL;

	if (result == LOOKUP_FOUND)
		result = result_of(ares_parse_txt_reply_ext(bytes, n, &strings));
	if (strings != NULL) {
		take_records(&d->arena, strings, &found);
		ares_free_data(strings);
	}
	found.result = result == LOOKUP_FOUND && found.n == 0 ? LOOKUP_NONE : result;
	d->sink.name(d->sink.ctx, q->number, &found);
	forget(q);
}

/* --- trouble --- */

bool dns_is_troubled(const struct dns *d, struct dns_trouble *out)
{
	if (d->failures < FAILURES_MOST || !d->root_is_silent)
		return false;
	*out = d->trouble;
	return true;
}

static void count_answer(struct dns *d)
{
	d->failures = 0;
	d->root_is_silent = false;
}

static void take_root(void *arg, int status, int timeouts, unsigned char *bytes, int n)
{
	struct dns *d = arg;

	d->root_is_asked = false;
	if (status == ARES_EDESTRUCTION)
		return;
	if (lookup_is_answer(result_of(status)))
		count_answer(d);
	else
		d->root_is_silent = true;
}

/* Who answers for the root is well: a report may name thousands of addresses of a zone that nobody serves. */
static void ask_root(struct dns *d)
{
	if (d->root_is_asked)
		return;
	d->root_is_asked = true;
	d->allowance -= ONE;
	ares_query(d->channel, ".", ns_c_in, ns_t_ns, take_root, d);
}

static void count(struct dns *d, enum lookup_result result)
{
	if (lookup_is_answer(result)) {
		count_answer(d);
		return;
	}
	if (d->failures == 0)
		d->trouble.since_s = time(NULL);
	d->trouble.result = result;
	if (++d->failures == FAILURES_MOST)
		d->probe_wait_ms = PROBE_FIRST_MS;
	d->probe_ms = clock_ms() + d->probe_wait_ms;
	if (d->failures >= FAILURES_MOST)
		ask_root(d);
}

static void take_answer(void *arg, int status, int timeouts, unsigned char *bytes, int n)
{
	static void (*const take[])(struct dns *, struct question *, enum lookup_result, const unsigned char *, int) = {
		[REVERSE] = take_reverse, [FORWARD] = take_forward, [TEXT] = take_text,
	};
	struct question *q = arg;
	struct dns *d = q->dns;

	d->in_flight--;
	if (status == ARES_EDESTRUCTION) {
		forget(q);
		return;
	}
	count(d, result_of(status));
	take[q->step](d, q, result_of(status), bytes, n);
	arena_clear(&d->arena);
}

/* --- sending --- */

static void close_channel(struct dns *d)
{
	if (d->channel != NULL)
		ares_destroy(d->channel);
	d->channel = NULL;
}

static int start_channel(struct dns *d, int flags, struct err *err)
{
	static char by_dns[] = "b"; /* no hosts file */
	struct ares_options o = { .flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_EDNS | flags,
				  .timeout = TIMEOUT_MS, .tries = TRIES, .ednspsz = UDP_BYTES, .lookups = by_dns };
	int rc = ares_init_options(&d->channel, &o,
				   ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_EDNSPSZ | ARES_OPT_LOOKUPS);

	if (rc != ARES_SUCCESS) {
		d->channel = NULL;
		return err_set(err, ERR_SYSTEM, "dns: %s", ares_strerror(rc));
	}
	if (d->servers != NULL && (rc = ares_set_servers_ports_csv(d->channel, d->servers)) != ARES_SUCCESS)
		return err_set(err, ERR_USE, "dns.servers: \"%s\": %s", d->servers, ares_strerror(rc));
	return 0;
}

static bool has_several_servers(struct dns *d)
{
	struct ares_addr_port_node *first = NULL;
	bool several = ares_get_servers_ports(d->channel, &first) == ARES_SUCCESS && first != NULL && first->next != NULL;

	ares_free_data(first);
	return several;
}

/* Of several servers the next is asked where one refuses or fails. c-ares then no longer tells why there was no answer: with one
 * server it does. */
static int open_channel(struct dns *d, struct err *err)
{
	if (start_channel(d, ARES_FLAG_NOCHECKRESP, err) != 0)
		return -1;
	if (!has_several_servers(d))
		return 0;
	close_channel(d);
	return start_channel(d, 0, err);
}

static void allow(struct dns *d, int64_t now_ms)
{
	int64_t most = d->per_second * ONE / 10; /* a tenth of a second at once */

	d->allowance += (now_ms - d->allowed_ms) * d->per_second;
	d->allowed_ms = now_ms;
	if (d->allowance > (most > ONE ? most : ONE))
		d->allowance = most > ONE ? most : ONE;
}

/* In how many milliseconds the next question may be sent; -1 where that depends on an answer. */
static int64_t next_ms(const struct dns *d, int64_t now_ms)
{
	int64_t lacking = ONE - d->allowance - (now_ms - d->allowed_ms) * d->per_second, ms = 0;
	bool troubled = d->failures >= FAILURES_MOST;

	if (d->first == NULL || d->in_flight >= (troubled ? 1 : LIMIT_DNS_IN_FLIGHT) || (troubled && d->root_is_asked))
		return -1;
	if (lacking > 0)
		ms = (lacking + d->per_second - 1) / d->per_second;
	return troubled && d->probe_ms - now_ms > ms ? d->probe_ms - now_ms : ms;
}

static void send_one(struct dns *d)
{
	static const int types[] = { [REVERSE] = ns_t_ptr, [TEXT] = ns_t_txt };
	struct question *q = d->first;
	char reverse[NAME_BYTES];

	d->first = q->next;
	if (d->first == NULL)
		d->end = &d->first;
	q->next = NULL;
	d->allowance -= ONE;
	d->in_flight++;
	if (d->failures >= FAILURES_MOST)
		d->probe_wait_ms = d->probe_wait_ms * 2 < PROBE_LAST_MS ? d->probe_wait_ms * 2 : PROBE_LAST_MS;
	reverse_name(reverse, q->addr);
	ares_query(d->channel, q->step == REVERSE ? reverse : q->name[q->at], ns_c_in,
		   q->step != FORWARD ? types[q->step] : is_ipv4(q->addr) ? ns_t_a : ns_t_aaaa, take_answer, q);
}

/* The system may have been given other servers. */
static bool renew_channel(struct dns *d)
{
	if (d->servers != NULL || d->failures < FAILURES_MOST)
		return true;
	close_channel(d);
	if (open_channel(d, NULL) == 0)
		return true;
	d->probe_ms = clock_ms() + PROBE_LAST_MS;
	return false;
}

static void send_what_may_be(struct dns *d)
{
	int64_t now_ms = clock_ms();

	allow(d, now_ms);
	while (next_ms(d, now_ms) == 0 && renew_channel(d))
		send_one(d);
}

/* --- turning --- */

static int earlier(int timeout_ms, int64_t ms)
{
	return ms >= 0 && (timeout_ms < 0 || ms < timeout_ms) ? (int)ms : timeout_ms;
}

int dns_poll(struct dns *d, struct pollfd fds[DNS_FDS], int *timeout_ms)
{
	ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
	struct timeval left, *t = d->channel != NULL ? ares_timeout(d->channel, NULL, &left) : NULL;
	int bits = d->channel != NULL ? ares_getsock(d->channel, sockets, ARES_GETSOCK_MAXNUM) : 0, n = 0;

	for (int i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
		short events = (ARES_GETSOCK_READABLE(bits, i) ? POLLIN : 0) | (ARES_GETSOCK_WRITABLE(bits, i) ? POLLOUT : 0);

		if (events == 0)
			break;
		fds[n++] = (struct pollfd){ sockets[i], events, 0 };
	}
	if (t != NULL)
		*timeout_ms = earlier(*timeout_ms, (int64_t)t->tv_sec * 1000 + (t->tv_usec + 999) / 1000);
	*timeout_ms = earlier(*timeout_ms, next_ms(d, clock_ms()));
	return n;
}

void dns_turn(struct dns *d, const struct pollfd *fds, int n)
{
	for (int i = 0; i < n && d->channel != NULL; i++)
		if (fds[i].revents != 0)
			ares_process_fd(d->channel, fds[i].revents & (POLLIN | POLLHUP | POLLERR) ? fds[i].fd : ARES_SOCKET_BAD,
					fds[i].revents & POLLOUT ? fds[i].fd : ARES_SOCKET_BAD);
	if (d->channel != NULL)
		ares_process_fd(d->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	send_what_may_be(d);
}

int dns_open(const char *servers, int64_t per_second, const struct dns_sink *sink, struct dns **out, struct err *err)
{
	struct dns *d = calloc(1, sizeof *d);

	if (d == NULL || ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS) {
		free(d);
		return err_set(err, ERR_SYSTEM, "dns: no memory");
	}
	d->sink = *sink;
	d->servers = servers;
	d->per_second = per_second;
	d->allowed_ms = clock_ms();
	d->end = &d->first;
	if (open_channel(d, err) != 0) {
		dns_close(d);
		return -1;
	}
	*out = d;
	return 0;
}

void dns_close(struct dns *d)
{
	if (d == NULL)
		return;
	close_channel(d);
	while (d->first != NULL) {
		struct question *q = d->first;

		d->first = q->next;
		free(q);
	}
	arena_release(&d->arena);
	ares_library_cleanup();
	free(d);
}

const char *dns_version(void)
{
	return ares_version(NULL);
}
