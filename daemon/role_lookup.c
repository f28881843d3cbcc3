/* role_lookup: the process that asks DNS, and looks into the network files, for what the store wants to know of addresses and
 * names. It holds no mail and no database: questions and answers are frames (channel.h, schema/lookup.h).
 * Neighbours: dns.c, geo.c; desk_lookup.c is the other end. */
#include "daemon/channel.h"
#include "daemon/dns.h"
#include "daemon/geo.h"
#include "daemon/heritage.h"

#include "base/log.h"

#include <stdio.h>
#include <time.h>

enum {
	ANSWER_BYTES = LIMIT_DNS_RECORDS * (LIMIT_DNS_RECORD_BYTES + 16) + 1024,
	REFRESH_S = 1, /* how often files are looked after */
	TURN_MS = 1000,
	OWN_FDS = 2,
};

struct looking {
	const struct heritage *h;
	struct channel channel;
	struct dns *dns; /* NULL where only files are asked */
	struct geo *geo;
	struct buf wire; /* of one answer */
	int64_t refreshed_s;
	char said[BOARD_TEXT_BYTES]; /* on the board and in the log */
};

/* --- answers --- */

static void send(struct looking *l, enum frame_kind kind, uint32_t number, enum lookup_result result)
{
	bool failed = !lookup_is_answer(result) && result != LOOKUP_OFF;

	board_add(l->h->board, l->h->slot, failed ? BOARD_LOOKUPS_FAILED : BOARD_LOOKUPS, 1);
	if (lookup_is_answer(result))
		board_set(l->h->board, l->h->slot, BOARD_CONTACT_S, time(NULL));
	channel_put(&l->channel, kind, number, buf_slice(&l->wire), (struct slice){ 0 });
}

static void on_address(void *ctx, uint32_t number, const struct address_found *found)
{
	struct address_found with_place = *found;
	struct looking *l = ctx;
	char country[2];

	geo_find(l->geo, found->addr, &with_place.asn, country, &with_place.country);
	buf_clear(&l->wire);
	address_found_encode(&l->wire, &with_place);
	send(l, FRAME_ADDRESS, number, found->result);
}

static void on_name(void *ctx, uint32_t number, const struct name_found *found)
{
	struct looking *l = ctx;

	buf_clear(&l->wire);
	name_found_encode(&l->wire, found);
	send(l, FRAME_NAME, number, found->result);
}

/* --- questions --- */

static int take_address(struct looking *l, uint32_t number, struct slice body)
{
	struct address_found off = { .result = LOOKUP_OFF };

	if (!address_wanted_decode(body, off.addr))
		return -1;
	if (l->dns != NULL)
		return dns_want_address(l->dns, number, off.addr);
	on_address(l, number, &off);
	return 0;
}

static int take_name(struct looking *l, uint32_t number, struct slice body)
{
	struct slice name;

	return l->dns != NULL && name_wanted_decode(body, &name) ? dns_want_name(l->dns, number, name) : -1;
}

/* 0; -1 where the store is gone, or said what it should not. */
static int receive(struct looking *l)
{
	struct frame f;
	int rc = channel_fill(&l->channel);

	while (rc >= 0 && (rc = channel_next(&l->channel, &f)) == 1)
		rc = f.kind == FRAME_WANT_ADDRESS ? take_address(l, f.message, f.body) :
		     f.kind == FRAME_WANT_NAME	  ? take_name(l, f.message, f.body) :
						    -1;
	return rc;
}

/* --- what people are told --- */

static void describe_dns(const struct looking *l, const struct dns_trouble *trouble, char out[BOARD_TEXT_BYTES])
{
	const char *servers = l->h->command->config.dns.servers;
	struct tm since;
	char when[32];

	gmtime_r(&(time_t){ trouble->since_s }, &since);
	strftime(when, sizeof when, "%Y-%m-%d %H:%M", &since);
	snprintf(out, BOARD_TEXT_BYTES, "DNS does not answer since %s UTC: %s; names stay as last known: look at %s%s", when,
		 lookup_sentence(trouble->result), servers != NULL ? "dns.servers = " : "/etc/resolv.conf",
		 servers != NULL ? servers : "");
}

/* Says how it goes where that is not what was said before; the first time in any case. */
static void tell(struct looking *l, bool first)
{
	struct dns_trouble trouble;
	bool troubled = l->dns != NULL && dns_is_troubled(l->dns, &trouble);
	char text[BOARD_TEXT_BYTES];

	board_set(l->h->board, l->h->slot, BOARD_BACKLOG, l->dns != NULL ? (int64_t)dns_waiting(l->dns) : 0);
	if (troubled)
		describe_dns(l, &trouble, text);
	else
		snprintf(text, sizeof text, "%s", geo_trouble(l->geo));
	if (!first && strcmp(text, l->said) == 0)
		return;
	board_say(l->h->board, l->h->slot, text[0] == '\0' ? BOARD_WELL : troubled ? BOARD_WAITING : BOARD_FAILED, text);
	if (text[0] != '\0' || !first)
		log_line("look-up: %s", text[0] != '\0' ? text : "all is well again");
	snprintf(l->said, sizeof l->said, "%s", text);
}

/* --- the loop --- */

static void refresh_files(struct looking *l)
{
	if (time(NULL) - l->refreshed_s < REFRESH_S)
		return;
	geo_refresh(l->geo);
	l->refreshed_s = time(NULL);
}

/* 1 where it goes on, 0 a stop was asked for, -1 with err. */
static int turn(struct looking *l, struct err *err)
{
	struct pollfd fds[OWN_FDS + DNS_FDS] = { { role_stop_fd(), POLLIN, 0 },
						 { l->channel.fd, POLLIN | (channel_unsent(&l->channel) > 0 ? POLLOUT : 0), 0 } };
	int timeout_ms = TURN_MS, n = l->dns != NULL ? dns_poll(l->dns, fds + OWN_FDS, &timeout_ms) : 0;

	poll(fds, (nfds_t)(OWN_FDS + n), timeout_ms); /* where it fails nothing came */
	if (role_should_stop())
		return 0;
	refresh_files(l);
	if (fds[1].revents & (POLLIN | POLLHUP | POLLERR) && receive(l) != 0)
		return err_set(err, ERR_SYSTEM, "the store is gone");
	if (l->dns != NULL)
		dns_turn(l->dns, fds + OWN_FDS, n);
	tell(l, false);
	return channel_flush(&l->channel, false) == 0 ? 1 : err_set(err, ERR_SYSTEM, "the store is gone");
}

static int run(struct looking *l, struct err *err)
{
	const struct config *c = &l->h->command->config;
	const struct dns_sink sink = { on_address, on_name, l };
	int rc;

	if ((l->geo = geo_open(c->dns.asn_file, c->dns.country_file)) == NULL)
		return err_errno(err, "dns");
	if (c->dns.lookups && dns_open(c->dns.servers, c->dns.per_second, &sink, &l->dns, err) != 0)
		return -1;
	tell(l, true);
	while ((rc = turn(l, err)) == 1)
		;
	return rc;
}

int role_lookup(const struct heritage *h)
{
	struct looking l = { .h = h };
	struct err err = { 0 };
	int rc;

	channel_init(&l.channel, h->channel);
	buf_init(&l.wire, ANSWER_BYTES);
	rc = run(&l, &err);
	dns_close(l.dns);
	geo_close(l.geo);
	buf_release(&l.wire);
	channel_release(&l.channel);
	if (rc == 0)
		return EXIT_DONE;
	log_line("look-up: %s", err.text);
	board_say(h->board, h->slot, err.kind == ERR_USE ? BOARD_FAILED : BOARD_WAITING, err.text);
	return err.kind == ERR_USE ? EXIT_USE : EXIT_SYSTEM;
}
