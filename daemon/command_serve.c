/* command_serve: `ruad serve`: the daemon, in the foreground, until a signal ends it. */
#include "daemon/command_serve.h"

#include "base/log.h"
#include "daemon/parent.h"

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
	struct parent_options parent = { .config_path = c->config_path, .database = c->database };
	int option;

	while ((option = command_option(c, options)) == 'l') {
		parent.listen = optarg;
		if (serve_listen(c, optarg) != 0)
			return EXIT_USE;
	}
	if (option != -1 || command_has_arguments(c))
		return EXIT_USE;
	return parent_run(c, &parent);
}
