/* command_serve: `ruad serve`: pages and JSON until a signal ends it. */
#include "daemon/command_serve.h"

#include "base/log.h"
#include "web/web.h"

#include <signal.h>

/* Blocked in every thread that the server starts, and waited for here. */
static void block_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	pthread_sigmask(SIG_BLOCK, set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

int serve_until_signal(struct command *c)
{
	struct web_config config = { c->config.web.address, c->config.web.port, c->config.database.path, c->suffixes, -1 };
	bool six = strchr(config.address, ':') != NULL;
	sigset_t set;
	struct web *web;
	struct err err;
	int port, sig;

	block_signals(&set);
	if (web_start(&config, &web, &port, &err) != 0)
		return command_fail(&err);
	log_line("serving on http://%s%s%s:%d", six ? "[" : "", config.address, six ? "]" : "", port);
	sigwait(&set, &sig);
	log_line("%s: ending", sig == SIGINT ? "interrupted" : "told to stop");
	web_stop(web);
	return EXIT_DONE;
}

int serve_listen(struct command *c, const char *text)
{
	if (config_listen(c->arena, slice_of(text), &c->config.web.address, &c->config.web.port))
		return 0;
	log_line("%s: --listen %s: wants ADDRESS:PORT, as in 127.0.0.1:8080", c->argv[0], text);
	return -1;
}

int command_serve(struct command *c)
{
	static const struct option options[] = { { "listen", required_argument, NULL, 'l' }, { 0 } };
	struct store *store;
	struct err err;
	int option;

	while ((option = command_option(c, options)) == 'l')
		if (serve_listen(c, optarg) != 0)
			return EXIT_USE;
	if (option != -1 || command_has_arguments(c))
		return EXIT_USE;
	if (command_open_store(c, &store, &err) != 0) /* makes it, applies changed rules */
		return command_fail(&err);
	store_close(store);
	return serve_until_signal(c);
}
