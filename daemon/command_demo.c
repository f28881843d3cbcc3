/* command_demo: `ruad demo`: an invented university of 8 weeks in a database of its own, then serve. */
#include "base/log.h"
#include "base/text.h"
#include "daemon/command_serve.h"
#include "daemon/demo.h"
#include "daemon/demo_mail.h"
#include "daemon/demo_dns.h"
#include "daemon/demo_journal.h"
#include "daemon/parent.h"
#include "storage/ingest.h"

#include <time.h>

struct filling {
	struct store *store;
	struct demo_mail mail;
	struct err err;
};

static int put(void *ctx, const struct report *r)
{
	struct filling *f = ctx;
	int64_t received_s = demo_mail_received(&f->mail, r);
	enum stored how;

	if (store_report(f->store, r, (struct slice){ 0 }, received_s, &how, &f->err) != 0)
		return -1;
	demo_mail_report(&f->mail, r, received_s);
	return 0;
}

static int put_tls(void *ctx, const struct tls_report *r)
{
	struct filling *f = ctx;
	enum stored how;

	return store_tls(f->store, r, f->mail.now_s, &how, &f->err);
}

static int fill(struct command *c, int64_t last_day, struct err *err)
{
	struct filling f = { 0 };
	int rc;

	if (store_open(c->config.database.path, c->suffixes, command_rules(c, true), &f.store, err) != 0)
		return -1;
	rc = store_mark_demo(f.store, err);
	if (rc == 0)
		rc = demo_mail_begin(&f.mail, f.store, (int64_t)time(NULL), err);
	if (rc == 0 && ((rc = demo_reports(DEMO_SEED, last_day, put, &f)) != 0 ||
			(rc = demo_tls_reports(DEMO_SEED, last_day, put_tls, &f)) != 0))
		*err = f.err;
	if (rc == 0)
		rc = demo_mail_end(&f.mail, last_day, err);
	if (rc == 0)
		rc = demo_journal_fill(f.store, last_day, err);
	if (rc == 0)
		rc = store_commit(f.store, err);
	if (rc == 0 && (rc = demo_dns_fill(f.store, last_day, err)) == 0)
		rc = store_commit(f.store, err);
	store_close(f.store);
	return rc;
}

static int read_options(struct command *c, bool *serve, int64_t *last_day)
{
	static const struct option options[] = { { "listen", required_argument, NULL, 'l' },
						 { "no-serve", no_argument, NULL, 'n' },
						 { "last-day", required_argument, NULL, 'd' },
						 { 0 } };
	int option;

	while ((option = command_option(c, options)) != -1) {
		if (option == 'n') {
			*serve = false;
		} else if (option == 'd' && !text_parse_day(slice_of(optarg), last_day)) {
			log_line("demo: --last-day %s: wants a day, as in 2026-09-17", optarg);
			return -1;
		} else if (option == '?' || (option == 'l' && serve_listen(c, optarg) != 0)) {
			return -1;
		}
	}
	return command_has_arguments(c) ? -1 : 0;
}

/* Pages alone: an invented university has no mailbox, and nobody is told of it. */
static int serve_alone(struct command *c)
{
	const struct parent_options parent = { 0 };

	c->config.mail_count = 0;
	c->config.dns.lookups = false;
	c->config.dns.asn_file = c->config.dns.country_file = NULL;
	c->config.alerts = (struct alerts){ 0 };
	return parent_run(c, &parent);
}

/* A demo that another version of ruad wrote is brought up to date first: nobody should have to know how. */
static int open_once(struct command *c, struct err *err)
{
	struct store *s;

	if (!command_is_demo(c))
		return 0;
	if (command_open_store_silently(c, &s, err) != 0)
		return -1;
	store_close(s);
	return 0;
}

int command_demo(struct command *c)
{
	int64_t last_day = (int64_t)time(NULL) / 86400 - 1;
	bool serve = true;
	struct err err;
	struct store_state state;

	if (read_options(c, &serve, &last_day) != 0)
		return EXIT_USE;
	if (c->database == NULL)
		c->config.database.path = "ruad-demo.db";
	if (open_once(c, &err) != 0 || command_state(c, &state, &err) != 0)
		return command_fail(&err);
	if (!state.demo && state.reports + state.rejects > 0) {
		log_line("demo: %s: holds real reports: name another file with --db", c->config.database.path);
		return EXIT_USE;
	}
	if (!state.demo && fill(c, last_day, &err) != 0)
		return command_fail(&err);
	log_line("demo: %s holds the invented university %s", c->config.database.path, "univ.example");
	return serve ? serve_alone(c) : EXIT_DONE;
}
