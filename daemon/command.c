/* command: what the verbs share; see command.h. */
#include "daemon/command.h"

#include "base/log.h"
#include "daemon/demo.h"
#include "daemon/relabel.h"
#include "schema/source_hint.h"

#include "web/json.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

enum { SAID_BYTES = 4096 };

static bool is_named(const char *word, const char *option)
{
	size_t len = strlen(option);

	return strncmp(word, option, len) == 0 && (word[len] == '\0' || word[len] == '=');
}

bool command_option_is_early(const struct command *c, const char *word)
{
	const char *option = is_named(word, "--db") ? "--db" : is_named(word, "--config") ? "--config" : NULL;

	if (option != NULL)
		log_line("%s: %s stands before the verb: ruad %s FILE %s ...", c->argv[0], option, option, c->argv[0]);
	return option != NULL;
}

int command_option(const struct command *c, const struct option *options)
{
	int option;

	opterr = 0;
	option = getopt_long(c->argc, c->argv, ":", options, NULL);
	if (option == ':')
		log_line("%s: %s wants a value", c->argv[0], c->argv[optind - 1]);
	else if (option == '?' && !command_option_is_early(c, c->argv[optind - 1]))
		log_line("%s: %s: unknown option: see ruad %s --help", c->argv[0], c->argv[optind - 1], c->argv[0]);
	return option == ':' ? '?' : option;
}

int command_format(const struct command *c, const char *word, bool *json)
{
	*json = strcmp(word, "json") == 0;
	if (*json || strcmp(word, "text") == 0)
		return 0;
	log_line("%s: --format is text or json", c->argv[0]);
	return -1;
}

int command_read_format(const struct command *c, const struct option *options, bool *json)
{
	return command_read_dry_run(c, options, json, NULL);
}

int command_read_dry_run(const struct command *c, const struct option *options, bool *json, bool *dry_run)
{
	int option;

	while ((option = command_option(c, options)) == 'f' || option == 'n') {
		if (option == 'n') {
			*dry_run = true;
			continue;
		}
		if (command_format(c, optarg, json) != 0)
			return -1;
	}
	return option == -1 ? 0 : -1;
}

bool command_has_arguments(const struct command *c)
{
	if (optind < c->argc)
		log_line("%s: %s: takes no argument", c->argv[0], c->argv[optind]);
	return optind < c->argc;
}

int command_fail(const struct err *err)
{
	log_line("%s", err->text);
	return err->kind == ERR_USE ? EXIT_USE : EXIT_SYSTEM;
}

int command_state(const struct command *c, struct store_state *out, struct err *err)
{
	struct reader *r;
	bool demo;
	int rc;

	*out = (struct store_state){ 0 };
	if ((rc = reader_is_possible(c->config.database.path, &demo, err)) != 1)
		return rc;
	if (reader_open(c->config.database.path, c->suffixes, &r, err) != 0)
		return -1;
	rc = query_state(r, out, err);
	reader_close(r);
	return rc;
}

struct source_rules command_rules(const struct command *c, bool demo)
{
	return source_hints_behind(c->arena, demo ? demo_source_rules() : c->config.sources);
}

bool command_is_demo(const struct command *c)
{
	bool demo = false;
	struct err err;

	return reader_is_possible(c->config.database.path, &demo, &err) == 1 && demo;
}

struct source_rules command_rules_of_database(const struct command *c)
{
	return command_rules(c, command_is_demo(c));
}

struct domain_owners command_owners_of_database(const struct command *c)
{
	return command_is_demo(c) ? demo_domain_owners() : c->config.domains.owners;
}

int command_need_data(const struct command *c)
{
	struct store_state state;
	struct err err;

	if (command_state(c, &state, &err) != 0)
		return command_fail(&err);
	if (state.generation == 0) {
		log_line("%s: %s: no such database, or nothing in it", c->argv[0], c->config.database.path);
		return EXIT_USE;
	}
	return EXIT_DONE;
}

int command_open_store(const struct command *c, struct store **out, struct err *err)
{
	if (command_open_store_silently(c, out, err) != 0)
		return -1;
	relabel_log_verdicts(store_verdict_moves(*out));
	return 0;
}

int command_open_store_silently(const struct command *c, struct store **out, struct err *err)
{
	bool demo;

	/* Not by a reader, who would refuse what another version of ruad wrote: it is brought up to date here. */
	if (reader_is_possible(c->config.database.path, &demo, err) < 0)
		return -1;
	return store_open(c->config.database.path, c->suffixes, command_rules(c, demo), out, err);
}

int command_print(struct slice text)
{
	if (fwrite(text.ptr, 1, text.len, stdout) == text.len && fflush(stdout) == 0)
		return 0;
	log_line("standard output: %s", strerror(errno));
	return -1;
}

int command_say_json(void (*say)(struct json *j, const void *what), const void *what)
{
	struct buf out;
	struct json j;
	int rc;

	buf_init(&out, SAID_BYTES);
	json_init(&j, &out);
	json_begin_object(&j);
	say(&j, what);
	json_end(&j);
	json_line(&j);
	rc = command_print(buf_slice(&out));
	buf_release(&out);
	return rc;
}

bool command_wants(const struct config *config, const struct report *r)
{
	struct arena scratch = { 0 };
	struct slice domain = domain_normal(&scratch, r->domain);
	bool wanted = config->domains.own_count == 0;

	for (size_t i = 0; i < config->domains.own_count; i++)
		wanted = wanted || (domain.ptr != NULL && domain_is_under(domain, config->domains.own[i]));
	arena_release(&scratch);
	return wanted;
}

struct reject command_foreign(const struct report *r)
{
	return (struct reject){ .code = REJECT_FOREIGN, .file = r->file, .member = r->member,
				.detail = slice_of(reject_sentence(REJECT_FOREIGN)) };
}

struct message_limits command_limits(const struct config *config)
{
	return (struct message_limits){ config->limits.mail_bytes, config->limits.part_bytes,
					config->limits.expanded_bytes, config->limits.rows };
}
