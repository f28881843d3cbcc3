/* role_web: serves pages, JSON and how ruad itself is on the socket that the parent has bound. Neighbours: web/web.h; health.c. */
#include "base/log.h"
#include "daemon/health.h"
#include "daemon/heritage.h"
#include "daemon/version.h"
#include "web/web.h"

#include <malloc.h>
#include <poll.h>
#include <unistd.h>

static void tell_health(void *ctx, struct arena *a, struct health *out)
{
	const struct heritage *h = ctx;

	health_of_board(h->board, a, out);
}

/* Each request takes and gives back some hundred kilobytes: where the kernel has to give them anew each time, that is a fifth of a page. */
enum { KEPT_BYTES = 4 * 1024 * 1024 };

int role_web(const struct heritage *h)
{
	const struct config *c = &h->command->config;
	struct web_config config = { .address = c->web.address, .port = c->web.port, .database = c->database.path,
				     .suffixes = h->command->suffixes, .listening = h->listening, .version = RUAD_VERSION,
				     .hosts = c->web.hosts, .host_count = c->web.host_count,
				     .tls_certificate = c->web.tls_certificate, .tls_key = c->web.tls_key,
				     .connections = (int)c->web.connections,
				     .connections_per_address = (int)c->web.connections_per_address,
				     .rules = command_rules_of_database(h->command),
				     .owners = command_owners_of_database(h->command),
				     .own = c->domains.own, .own_count = c->domains.own_count,
				     .health = tell_health, .health_ctx = (void *)(uintptr_t)h };
	struct pollfd stop = { role_stop_fd(), POLLIN, 0 };
	struct web *web;
	struct err err;
	int port;

	mallopt(M_MMAP_THRESHOLD, KEPT_BYTES);
	mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
	if (web_start(&config, &web, &port, &err) != 0) {
		log_line("web: %s", err.text);
		board_say(h->board, h->slot, BOARD_WAITING, err.text);
		return EXIT_SYSTEM;
	}
	board_say(h->board, h->slot, BOARD_WELL, "");
	while (poll(&stop, 1, -1) != 1)
		;
	web_quiesce(web);
	close(h->listening); /* where ruad ends, and not only this process, nobody can connect any more */
	web_stop(web);
	return EXIT_DONE;
}
