/* command_prune: `ruad prune`: removes what the configuration's retention no longer asks for. */
#include "base/log.h"
#include "daemon/command.h"
#include "storage/prune.h"
#include "web/format.h"
#include "web/json.h"

#include <time.h>

enum { SAID_BYTES = 4096 };

struct said {
	const struct pruned *counts;
	bool dry_run;
};

static void say_json(struct json *j, const void *what)
{
	const struct said *said = what;
	const struct pruned *p = said->counts;

	json_key_bool(j, "dry_run", said->dry_run);
	json_key_int(j, "reports", p->reports);
	json_key_int(j, "refusals", p->rejects);
	json_key_int(j, "tls_reports", p->tls_reports);
	json_key_int(j, "failure_reports", p->failure_reports);
	json_key_int(j, "raw_of_reports", p->raw);
	json_key_int(j, "raw_unnamed", p->orphans);
}

static void add_line(struct arena *a, struct buf *out, int64_t n, const char *what, int64_t days)
{
	buf_addf(out, "%10s  %s, ", format_count_text(a, n), what);
	if (days > 0)
		buf_addf(out, "older than %lld days\n", (long long)days);
	else
		buf_add_text(out, "kept for ever\n");
}

static int say_text(struct arena *a, const struct retention *keep, const struct pruned *p, bool dry_run)
{
	struct buf out;
	int rc;

	buf_init(&out, SAID_BYTES);
	buf_add_text(&out, dry_run ? "would remove:\n" : "removed:\n");
	add_line(a, &out, p->reports, "reports with their rows", keep->report_days);
	add_line(a, &out, p->rejects, "refusals", keep->reject_days);
	add_line(a, &out, p->tls_reports, "SMTP TLS reports", keep->tls_days);
	add_line(a, &out, p->failure_reports, "failure reports", keep->failure_days);
	add_line(a, &out, p->raw, "raw bytes of reports that stay", keep->raw_days);
	buf_addf(&out, "%10s  raw bytes that nothing names any more\n", format_count_text(a, p->orphans));
	rc = command_print(buf_slice(&out));
	buf_release(&out);
	return rc;
}

static int prune(struct command *c, bool dry_run, struct pruned *out, struct err *err)
{
	struct store *s;
	int rc;

	if (command_open_store(c, &s, err) != 0)
		return -1;
	rc = store_prune(s, &c->config.retention, (int64_t)time(NULL), dry_run, out, err);
	store_close(s);
	return rc;
}

static int read_options(struct command *c, bool *json, bool *dry_run)
{
	static const struct option options[] = { { "format", required_argument, NULL, 'f' },
						 { "dry-run", no_argument, NULL, 'n' },
						 { 0 } };

	return command_read_dry_run(c, options, json, dry_run) != 0 || command_has_arguments(c) ? -1 : 0;
}

int command_prune(struct command *c)
{
	bool json = false, dry_run = false;
	struct pruned pruned;
	struct err err;
	int exit_code;

	if (read_options(c, &json, &dry_run) != 0)
		return EXIT_USE;
	if ((exit_code = command_need_data(c)) != EXIT_DONE)
		return exit_code;
	if (prune(c, dry_run, &pruned, &err) != 0)
		return command_fail(&err);
	return (json ? command_say_json(say_json, &(struct said){ &pruned, dry_run }) :
		       say_text(c->arena, &c->config.retention, &pruned, dry_run)) == 0 ?
		       EXIT_DONE :
		       EXIT_SYSTEM;
}
