/* main: finds the verb, reads the configuration, and hands over. */
#include "base/log.h"
#include "daemon/command.h"
#include "daemon/dns.h"
#include "daemon/net.h"
#include "daemon/outgoing.h"
#include "daemon/role_parse.h"
#include "daemon/version.h"
#include "parsers/mime.h"
#include "parsers/unpack.h"
#include "parsers/xml.h"
#include "web/web.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LARGE_PIECE_BYTES = 128 * 1024, VERB_NAMES_BYTES = 512 };

static const struct verb {
	const char *name;
	int (*run)(struct command *c);
	const char *arguments, *does;
} verbs[] = {
	{ "parse", command_parse, "PATH...", "prints what each file holds as JSON lines; needs no database" },
	{ "import", command_import, "[--format text|json] PATH...",
	  "takes files and folders in: mail, mbox, Maildir, xml, gz, zip; - is standard input" },
	{ "summary", command_query, "[--period 28d] [--under DOMAIN] [--format text|json|csv|ndjson] ...",
	  "how much mail is trusted, and where the rest came from" },
	{ "records", command_query,
	  "[--period 28d] [--class untrusted] [--by day|month|domain|policy_domain|reporter|ip|network|source|cause|signature|envelope|reason|verdict|state|phase|decided_by] [--limit 50] [--format text|json|csv|ndjson] ...",
	  "the rows behind any number, or their sums" },
	{ "sources", command_query, "[--period 28d] [--kind ours|service|list|forwarder|unknown] [--sort -messages] [--format text|json|csv|ndjson] ...",
	  "who sends as us, and what is to be done about each" },
	{ "lists", command_query, "[--period 28d] [--under DOMAIN] [--format text|json|csv|ndjson] ...",
	  "what lists and forwarders break, and whom ARC rescues" },
	{ "domains", command_query, "[--period 28d] [--under DOMAIN] [--show tree|silent|unpublished] [--sort -messages] [--format text|json|csv|ndjson] ...",
	  "each domain: its mail, its policy, and whether its records are right" },
	{ "lint", command_lint, "[--selector NAME] [--fresh] [--format text|json] DOMAIN",
	  "a domain's DMARC, SPF and DKIM records, checked; --fresh asks DNS for all of them" },
	{ "bulk", command_query, "[--period 28d] [--under DOMAIN] [--bounce TEXT] [--format text|json|csv|ndjson] ...",
	  "whether mail meets the rules of Gmail, Yahoo and Outlook for bulk senders, and who breaks them" },
	{ "reports", command_query, "[--period 28d] [--reporter NAME] [--under DOMAIN] [--limit 50] [--format text|json|csv|ndjson] ...",
	  "what was reported, the newest first" },
	{ "reporters", command_query, "[--period 28d] [--under DOMAIN] [--sort -messages] [--format text|json|csv|ndjson] ...",
	  "who reports, how late, and who went quiet" },
	{ "rollout", command_query, "[--step rehearse] [--under DOMAIN] [--period 28d] [--format text|json|csv|ndjson] ...",
	  "what the next step of the policy would do, and whether it is ready: exit code 1 where the step asked about is not" },
	{ "notes", command_query, "[--under DOMAIN] [--sort COLUMN] [--limit N] [--format text|json|csv|ndjson]",
	  "what people wrote down: what changed, when and by whom" },
	{ "blockers", command_query, "[--under DOMAIN] [--sort COLUMN] [--limit N] [--format text|json|csv|ndjson]",
	  "what keeps domains from their next step, with owner and state" },
	{ "tls", command_query, "[--period 28d] [--policy_domain DOMAIN] [--reporter NAME] [--format text|json|csv|ndjson] ...",
	  "sessions that brought mail to you and failed, from SMTP TLS reports" },
	{ "phases", command_query, "[--period all] [--policy_domain DOMAIN] [--reporter NAME] [--format text|json|csv|ndjson] ...",
	  "what policy each receiver saw since when, and whether DNS agrees" },
	{ "measured", command_query, "[--step rehearse] [--under DOMAIN] [--by source|verdict|domain|reporter] [--format text|json|csv|ndjson] ...",
	  "what the last change of the policy did: failing mail before and after, and what was predicted" },
	{ "verdicts", command_query, "[--period 28d] [--under DOMAIN] [--format text|json|csv|ndjson] ...",
	  "the rules that say what each row most likely is, with what each decided" },
	{ "explain", command_query, "[ROW | --ip ADDRESS ...] [--period 28d] [--limit 10] [--format text|json|csv|ndjson]",
	  "why a row, or the newest rows of a filter, are taken for what they are" },
	{ "digest", command_digest, "", "what the weekly digest would say now; see the block alerts of ruad.conf" },
	{ "reparse", command_reparse, "[--dry-run] [--format text|json]",
	  "reads again what was kept of reports and refusals, as after an upgrade, and says what changed" },
	{ "rebuild", command_rebuild, "[--dry-run]",
	  "makes all that is derived anew from the reports; --dry-run: which mail the rules of today would name otherwise" },
	{ "verify", command_verify, "[--format text|json]", "compares all that is derived with the reports, and checks the files" },
	{ "prune", command_prune, "[--dry-run] [--format text|json]", "removes what the configured retention no longer keeps" },
	{ "backup", command_backup, "FILE", "a copy of the database and its raw bytes (FILE, FILE.raw), also while it is in use" },
	{ "check", command_check, "[--format text|json] [--sign-in NAME]",
	  "what ruad needs, a line each: ok, or what is wrong and what to do; --sign-in: a person, for a device code" },
	{ "user", command_user, "[--role admin|team|viewer] [--under DOMAIN]... [--remove] [--file FILE] NAME",
	  "adds somebody who may sign in to the pages, with a password from the terminal or standard input; or removes them" },
	{ "serve", command_serve, "[--listen ADDRESS:PORT]",
	  "the daemon: fetches reports from the mailboxes of ruad.conf, tells of alerts, and serves pages and JSON" },
	{ "demo", command_demo, "[--no-serve] [--listen ADDRESS:PORT] [--last-day YYYY-MM-DD]",
	  "an invented university of 8 weeks, in a database of its own (ruad-demo.db, or --db)" },
};

static void print_usage(FILE *to)
{
	fputs("usage: ruad [--config FILE] [--db FILE] VERB ...\n\n", to);
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		fprintf(to, "  %-9s %s\n", verbs[i].name, verbs[i].does);
	fputs("\n  --config FILE  the configuration (default /etc/ruad/ruad.conf where it is there)\n"
	      "  --db FILE      the database, before what the configuration says\n"
	      "  --version      of ruad and its libraries\n"
	      "  VERB --help    how to use a verb\n\n"
	      "Exit: 0 done, 1 some input refused, nothing found or a fault found, 2 wrong use or configuration, 3 the system failed.\n",
	      to);
}

static void print_version(void)
{
	char mime[MIME_VERSION_BYTES];

	printf("ruad %s\n%s\n%s\n%s\n%s\nSQLite %s\nlibmicrohttpd %s\n", RUAD_VERSION, xml_version(), mime_version(mime),
	       unpack_version(), suffixes_version(), storage_version(), web_version());
	printf("c-ares %s\nGnuTLS %s\nlibcurl %s\n", dns_version(), net_version(), outgoing_version());
}

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (strcmp(name, verbs[i].name) == 0)
			return &verbs[i];
	return NULL;
}

static void complain(const char *line)
{
	log_line("%s", line);
}

static int read_config(struct command *c, const char *config_path, const char *database, struct err *err)
{
	static const char standard[] = "/etc/ruad/ruad.conf";

	config_defaults(&c->config);
	if (config_path == NULL && access(standard, F_OK) == 0)
		config_path = standard;
	if (config_path != NULL && config_load(c->arena, config_path, &c->config, complain, err) != 0)
		return -1;
	c->config_path = config_path;
	c->database = database;
	if (database != NULL)
		c->config.database.path = database;
	return 0;
}

static bool wants_help(int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		if (strcmp(argv[i], "--help") == 0)
			return true;
	return false;
}

static int run(const struct verb *verb, int argc, char **argv, const char *config_path, const char *database)
{
	struct arena arena = { 0 };
	struct command c = { .arena = &arena, .argc = argc, .argv = argv };
	struct suffixes *suffixes = NULL;
	struct err err;
	int rc;

	if (wants_help(argc, argv)) {
		printf("usage: ruad [--config FILE] [--db FILE] %s%s%s\n%s\n", verb->name,
		       verb->arguments[0] != '\0' ? " " : "", verb->arguments, verb->does);
		return EXIT_DONE;
	}
	if (read_config(&c, config_path, database, &err) != 0) {
		rc = err.kind == ERR_USE ? EXIT_USE : EXIT_SYSTEM; /* said line by line */
	} else if (suffixes_open(c.config.domains.suffix_list, &suffixes, &err) != 0) {
		rc = command_fail(&err);
	} else {
		c.suffixes = suffixes;
		rc = verb->run(&c);
	}
	suffixes_free(suffixes);
	arena_release(&arena);
	return rc;
}

static int wrong_option(const char *word)
{
	log_line("unknown option, or one without its value: %s: see ruad --help", word);
	return EXIT_USE;
}

/* The names alone: behind a page of usage nobody would see what was wrong. */
static int wrong_verb(const char *word)
{
	char names[VERB_NAMES_BYTES] = "";
	size_t len = 0;

	for (size_t i = 0; i < sizeof verbs / sizeof *verbs && len < sizeof names; i++)
		len += (size_t)snprintf(names + len, sizeof names - len, "%s%s", i > 0 ? ", " : "", verbs[i].name);
	log_line("no such verb: %s: there are %s", word, names);
	return EXIT_USE;
}

int main(int argc, char **argv)
{
	const char *config_path = NULL, *database = NULL;
	const struct verb *verb;
	int at = 1, null;

	/* A socket must never take the place of a standard stream that is closed. */
	while ((null = open("/dev/null", O_RDWR)) >= 0 && null <= STDERR_FILENO)
		;
	close(null);
	/* Else glibc, once it has seen a large piece, keeps the next ones for ever: one large report would stay in memory. */
	mallopt(M_MMAP_THRESHOLD, LARGE_PIECE_BYTES);
	if (role_parse_is_asked(argc, argv))
		return role_parse_run(argv);
	for (; at < argc && strncmp(argv[at], "--", 2) == 0; at++) {
		if (strcmp(argv[at], "--help") == 0) {
			print_usage(stdout);
			return EXIT_DONE;
		}
		if (strcmp(argv[at], "--version") == 0) {
			print_version();
			return EXIT_DONE;
		}
		if (at + 1 == argc || (strcmp(argv[at], "--config") != 0 && strcmp(argv[at], "--db") != 0))
			return wrong_option(argv[at]);
		*(strcmp(argv[at], "--db") == 0 ? &database : &config_path) = argv[at + 1];
		at++;
	}
	if (at == argc) {
		log_line("name a verb");
		print_usage(stderr);
		return EXIT_USE;
	}
	if (strcmp(argv[at], "-h") == 0 || strcmp(argv[at], "help") == 0) {
		print_usage(stdout);
		return EXIT_DONE;
	}
	if ((verb = find_verb(argv[at])) == NULL)
		return wrong_verb(argv[at]);
	return run(verb, argc - at, argv + at, config_path, database);
}
