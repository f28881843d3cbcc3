/* command_query: `ruad summary`, `ruad records` and the other query verbs: the pages' views on a terminal. Options are the URL parameters; the
 * web room knows them and says which one is wrong. */
#include "base/log.h"
#include "daemon/command.h"
#include "web/web.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { STALE_DAYS = 7 };

static int write_out(void *ctx, const char *bytes, size_t len)
{
	return fwrite(bytes, 1, len, stdout) == len ? 0 : -1;
}

/* "--class untrusted", "--class=untrusted", "--class!=untrusted". */
static bool read_param(const struct command *c, int *at, struct web_param *out)
{
	char *arg = c->argv[(*at)++], *equals = strchr(arg, '=');
	size_t len = equals != NULL ? (size_t)(equals - arg) : strlen(arg);

	if (strncmp(arg, "--", 2) != 0 || len == 2) {
		log_line("%s: %s: options are --NAME VALUE: see ruad %s --help", c->argv[0], arg, c->argv[0]);
		return false;
	}
	if (command_option_is_early(c, arg))
		return false;
	if (equals == NULL && *at >= c->argc) {
		log_line("%s: %s wants a value", c->argv[0], arg);
		return false;
	}
	*out = (struct web_param){ { arg + 2, len - 2 }, slice_of(equals != NULL ? equals + 1 : c->argv[(*at)++]), false };
	if (out->name.len > 1 && out->name.ptr[out->name.len - 1] == '!') {
		out->name.len--;
		out->exclude = true;
	}
	return true;
}

/* Nothing came in for so long that the numbers may be about a world gone by: said, and worth an exit code (INTERFACE). */
static bool is_stale(const struct command *c)
{
	struct store_state state;
	struct err err;
	int64_t days;

	if (strcmp(c->argv[0], "summary") != 0 || command_state(c, &state, &err) != 0 || state.demo)
		return false;
	days = ((int64_t)time(NULL) - state.last_taken_in) / 86400;
	if (days <= STALE_DAYS)
		return false;
	log_line("summary: no report was taken in for %lld days", (long long)days);
	return true;
}

/* `ruad explain 724-31-12` tells of that row: its id, taken off the arguments; NULL where there is none. */
static const char *take_row(const struct command *c, int *at)
{
	if (strcmp(c->argv[0], "explain") != 0 || c->argc < 2 || c->argv[1][0] == '-')
		return NULL;
	*at = 2;
	return c->argv[1];
}

/* The page whose view the verb prints. */
static const char *path_of(const char *verb)
{
	static const char *const paths[][2] = { { "summary", "/" },	   { "records", "/records" }, { "sources", "/sources" },
						{ "lists", "/lists" },
						{ "domains", "/domains" },
						{ "bulk", "/bulk" },
						{ "tls", "/tls" },
						{ "rollout", "/rollout" },
						{ "verdicts", "/verdicts" },
						{ "explain", "/verdicts/explain" },
						{ "phases", "/rollout/phases" },
						{ "measured", "/rollout/measured" },
						{ "notes", "/rollout/notes" },
						{ "blockers", "/rollout/blockers" },
						{ "reports", "/reports" }, { "reporters", "/reports/reporters" } };
	size_t i = 0;

	while (strcmp(paths[i][0], verb) != 0)
		i++;
	return paths[i][1];
}

int command_query(struct command *c)
{
	const char *path = path_of(c->argv[0]);
	struct web_param *params = arena_array(c->arena, (size_t)c->argc, sizeof *params);
	struct web_config config = { .database = c->config.database.path, .suffixes = c->suffixes, .owners = command_owners_of_database(c),
				     .rules = command_rules_of_database(c), .rollout = &c->config.rollout };
	bool colour = isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == NULL;
	enum web_status status;
	struct err err = { 0 };
	size_t n = 0;
	int at = 1;
	const char *row = take_row(c, &at);

	if (row != NULL)
		path = arena_printf(c->arena, "/api/v1/explain/%s", row);
	while (at < c->argc)
		if (!read_param(c, &at, &params[n++]))
			return EXIT_USE;
	status = web_print(&config, path, params, n, colour, write_out, NULL, &err);
	if (fflush(stdout) != 0 && status <= WEB_NOT_READY) {
		log_line("standard output: cannot be written");
		return EXIT_SYSTEM;
	}
	if (status == WEB_BAD_PARAM)
		log_line("%s: %s", c->argv[0], err.text);
	else if (status == WEB_FAILED)
		return command_fail(&err);
	if (status == WEB_FOUND)
		return is_stale(c) ? EXIT_PARTLY : EXIT_DONE;
	return status == WEB_EMPTY || status == WEB_NOT_READY ? EXIT_PARTLY : EXIT_USE;
}
