/* command: the verbs. Each is thin: options in, libraries called, an exit code out (INTERFACE).
 * Neighbours: main.c finds the verb; command_*.c hold them. */
#ifndef DAEMON_COMMAND_H
#define DAEMON_COMMAND_H
#include "daemon/config.h"
#include "parsers/message.h"
#include "schema/domain.h"
#include "storage/ingest.h"
#include "storage/query.h"

#include <getopt.h>

enum exit_code {
	EXIT_DONE = 0,    /* done */
	EXIT_PARTLY = 1,  /* done, but some input was refused, or nothing was found */
	EXIT_USE = 2,     /* wrong use or configuration */
	EXIT_SYSTEM = 3,  /* disk, database, network: nothing was lost, try again */
};

struct command { /* what every verb is given */
	struct arena *arena;
	struct config config;
	const struct suffixes *suffixes;
	const char *config_path; /* that was read; NULL: none */
	const char *database;    /* --db; NULL where the configuration names it */
	int argc;          /* the verb and what stands behind it */
	char **argv;
};

int command_parse(struct command *c);
int command_import(struct command *c);
int command_query(struct command *c); /* summary and records: the verb is argv[0] */
int command_reparse(struct command *c);
int command_prune(struct command *c);
int command_rebuild(struct command *c);
int command_verify(struct command *c);
int command_lint(struct command *c);
int command_digest(struct command *c);
int command_backup(struct command *c);
int command_check(struct command *c);
int command_serve(struct command *c);
int command_user(struct command *c);
int command_demo(struct command *c);

/* --- shared by verbs --- */

/* The next option of a verb, anywhere among its arguments (getopt_long): the option's `val`, its value in optarg; -1 when
 * none is left and the arguments stand from argv[optind] on; '?' for a wrong one, already said on standard error. */
int command_option(const struct command *c, const struct option *options);
/* Whether `word` is an option of ruad itself, which stands before the verb; says so. */
bool command_option_is_early(const struct command *c, const char *word);
/* Takes the value of --format text|json: 0, or -1 where it is neither, already said. */
int command_format(const struct command *c, const char *word, bool *json);
/* For verbs whose one option is --format text|json (its `val` is 'f'): 0, or -1 where it is wrong, already said. */
int command_read_format(const struct command *c, const struct option *options, bool *json);
/* The same for verbs that also have --dry-run (its `val` is 'n'). */
int command_read_dry_run(const struct command *c, const struct option *options, bool *json, bool *dry_run);
/* Whether arguments stand where none belong; said on standard error. */
bool command_has_arguments(const struct command *c);

/* Says the error as a line and gives the exit code of its kind. */
int command_fail(const struct err *err);

/* The state of the configured database; all zero where there is no file yet. 0, or -1 with err. */
int command_state(const struct command *c, struct store_state *out, struct err *err);
/* For verbs that work on what is there: EXIT_DONE, or the code to end with where there is no database or nothing in it;
 * already said. */
int command_need_data(const struct command *c);

/* The source rules in force: the configuration's, or a demo's own, and behind them the hints. The arena's. */
struct source_rules command_rules(const struct command *c, bool demo);
/* Whether the configured database holds a demo. */
bool command_is_demo(const struct command *c);
/* The same, as the configured database is a demo's or not. */
struct source_rules command_rules_of_database(const struct command *c);
/* Who looks after which domain: the configuration's words, or a demo's own. */
struct domain_owners command_owners_of_database(const struct command *c);
/* Opens the configured database for writing: makes it where there is none, applies changed rules, and logs which verdicts
 * are others by them. */
int command_open_store(const struct command *c, struct store **out, struct err *err);
/* The same, which says nothing of verdicts that changed by it (store_verdict_moves): the caller does. */
int command_open_store_silently(const struct command *c, struct store **out, struct err *err);
struct json;
/* One JSON object on standard output, filled by `say` between its braces: 0, or -1 with the reason on standard error. */
int command_say_json(void (*say)(struct json *j, const void *what), const void *what);
/* Writes to standard output and flushes: 0, or -1, already said. */
int command_print(struct slice text);
/* Whether the configuration wants reports for this one's domain: all, where it names none of its own. */
bool command_wants(const struct config *config, const struct report *r);
/* The refusal of one that is not wanted. Its text is the report's, or static. */
struct reject command_foreign(const struct report *r);

struct message_limits command_limits(const struct config *config);
#endif
