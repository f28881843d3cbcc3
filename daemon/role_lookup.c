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
	struct dns *dns;
	struct geo *geo;
	struct buf wire; /* of one answer */
	int64_t refreshed_s;
	char said[BOARD_TEXT_BYTES]; /* on the board and in the log */
};

/* --- answers --- */

static void send(struct looking *l, enum frame_kind kind, uint32_t number, enum lookup_result result)
{
	board_add(l->h->board, l->h->slot, lookup_is_answer(result) ? BOARD_LOOKUPS : BOARD_LOOKUPS_FAILED, 1);
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

static int take(struct looking *l, const struct frame *f)
{
	unsigned char addr[16];
	struct slice name;

	if (f->kind == FRAME_WANT_ADDRESS && address_wanted_decode(f->body, addr))
		return dns_want_address(l->dns, f->message, addr);
	if (f->kind == FRAME_WANT_NAME && name_wanted_decode(f->body, &name))
		return dns_want_name(l->dns, f->message, name);
	return -1;
}

/* 0; -1 where the store is gone, or said what it should not. */
static int receive(struct looking *l)
{
	struct frame f;
	int rc = channel_fill(&l->channel);

	while (rc >= 0 && (rc = channel_next(&l->channel, &f)) == 1)
		rc = take(l, &f);
	return rc;
}

/* --- what people are told --- */

static void describe(const struct looking *l, char out[BOARD_TEXT_BYTES])
{
	const struct command *c = l->h->command;
	struct dns_trouble trouble;
	struct tm since;
	char when[32];

	out[0] = '\0';
	if (dns_is_troubled(l->dns, &trouble)) {
		gmtime_r(&(time_t){ trouble.since_s }, &since);
		strftime(when, sizeof when, "%Y-%m-%d %H:%M", &since);
		snprintf(out, BOARD_TEXT_BYTES, "DNS does not answer since %s UTC: %s; names are shown as last known: look at %s%s", when,
			 lookup_sentence(trouble.result), c->config.dns.servers != NULL ? "dns.servers = " : "/etc/resolv.conf",
			 c->config.dns.servers != NULL ? c->config.dns.servers : "");
	} else if (geo_trouble(l->geo)[0] != '\0') {
		snprintf(out, BOARD_TEXT_BYTES, "%s", geo_trouble(l->geo));
	}
}

static void tell(struct looking *l, bool first)
{
	struct dns_trouble trouble;
	char text[BOARD_TEXT_BYTES];

	board_set(l->h->board, l->h->slot, BOARD_BACKLOG, (int64_t)dns_waiting(l->dns));
	describe(l, text);
	if (!first && strcmp(text, l->said) == 0)
		return;
	board_say(l->h->board, l->h->slot,
		  text[0] == '\0' ? BOARD_WELL : dns_is_troubled(l->dns, &trouble) ? BOARD_WAITING : BOARD_FAILED, text);
	if (text[0] != '\0' || !first)
		log_line("look-up: %s", text[0] != '\0' ? text : "all is well again");
	snprintf(l->said, sizeof l->said, "%s", text);
}

/* --- the loop --- */

/* 1 where it goes on, 0 a stop was asked for, -1 the store is gone. */
static int turn(struct looking *l)
{
	struct pollfd fds[OWN_FDS + DNS_FDS] = { { role_stop_fd(), POLLIN, 0 },
						 { l->channel.fd, POLLIN | (channel_unsent(&l->channel) > 0 ? POLLOUT : 0), 0 } };
	int timeout_ms = TURN_MS, n = dns_poll(l->dns, fds + OWN_FDS, &timeout_ms);

	if (poll(fds, (nfds_t)(OWN_FDS + n), timeout_ms) < 0)
		n = 0; /* a signal: what it asks for shows below */
	if (role_should_stop())
		return 0;
	if (fds[1].revents & (POLLIN | POLLHUP | POLLERR) && receive(l) != 0)
		return -1;
	if (time(NULL) - l->refreshed_s >= REFRESH_S) {
		geo_refresh(l->geo);
		l->refreshed_s = time(NULL);
	}
	dns_turn(l->dns, fds + OWN_FDS, n);
	tell(l, false);
	return channel_flush(&l->channel, false) == 0 ? 1 : -1;
}

static int fail(const struct heritage *h, const struct err *err)
{
	board_say(h->board, h->slot, BOARD_FAILED, err->text);
	log_line("look-up: %s", err->text);
	return err->kind == ERR_USE ? EXIT_USE : EXIT_SYSTEM;
}

static int open_all(struct looking *l, struct err *err)
{
	const struct config *c = &l->h->command->config;
	const struct dns_sink sink = { on_address, on_name, l };

	if ((l->geo = geo_open(c->dns.asn_file, c->dns.country_file)) == NULL)
		return err_errno(err, "look-up");
	return dns_open(c->dns.servers, c->dns.per_second, &sink, &l->dns, err);
}

int role_lookup(const struct heritage *h)
{
	struct looking l = { .h = h };
	struct err err;
	int rc;

	channel_init(&l.channel, h->channel);
	buf_init(&l.wire, ANSWER_BYTES);
	if (open_all(&l, &err) == 0) {
		/* From here on nothing is needed but the network, the network files and /etc/resolv.conf: sandbox_role(). */
		tell(&l, true);
		while ((rc = turn(&l)) == 1)
			;
		rc = rc == 0 ? EXIT_DONE : EXIT_SYSTEM;
	} else {
		rc = fail(h, &err);
	}
	dns_close(l.dns);
	geo_close(l.geo);
	buf_release(&l.wire);
	channel_release(&l.channel);
	return rc;
}
