/* command_import: `ruad import PATH...`: files and folders into the database, once each however often they are given. */
#include "base/clock.h"
#include "base/log.h"
#include "daemon/command.h"
#include "daemon/feed.h"
#include "daemon/sandbox.h"
#include "schema/limits.h"
#include "storage/ingest.h"
#include "web/format.h"
#include "web/json.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { PROGRESS_MS = 200, COMMIT_MS = 5000 };

struct importing {
	struct store *store;
	const struct config *config;
	const struct folder_list *files;
	bool progress;              /* standard error is a terminal */
	struct arena words; /* of what is said at once */
	int64_t received_s;
	int64_t started_ms, shown_ms, committed_ms;
	int64_t reports, duplicates, replaced, twins, rows, messages, refused, refused_before;
	int64_t tls_reports, failure_reports, failure_reports_kept;
	int sandbox; /* level the parsers reached */
	int64_t deaths; /* of parsers */
};

static void show_progress(void *ctx, size_t files_done)
{
	struct importing *im = ctx;
	int64_t now = clock_ms(), ms = now - im->started_ms;

	if (!im->progress || (now - im->shown_ms < PROGRESS_MS && files_done < im->files->n))
		return;
	im->shown_ms = now;
	arena_clear(&im->words);
	fprintf(stderr, "\r\033[K%s of %s files", format_count_text(&im->words, (int64_t)files_done),
		format_count_text(&im->words, (int64_t)im->files->n));
	if (ms > 0 && files_done > 0)
		fprintf(stderr, ", %s rows/s, %lld s left", format_count_text(&im->words, im->rows * 1000 / ms),
			(long long)(ms * (int64_t)(im->files->n - files_done) / (int64_t)files_done / 1000));
	if (files_done == im->files->n)
		fputs("\r\033[K", stderr);
	fflush(stderr);
}

static int commit_if_due(struct importing *im, struct err *err)
{
	int64_t now = clock_ms();

	if (store_open_rows(im->store) < LIMIT_COMMIT_ROWS && now - im->committed_ms < COMMIT_MS)
		return 0;
	im->committed_ms = now;
	return store_commit(im->store, err);
}

static int on_reject(void *ctx, const struct intake_item *item, const struct reject *r, struct err *err)
{
	struct importing *im = ctx;
	bool fresh;

	if (store_reject(im->store, r, item->bytes, im->received_s, &fresh, err) != 0)
		return -1;
	if (fresh)
		im->refused++;
	else
		im->refused_before++;
	return commit_if_due(im, err);
}

static int on_report(void *ctx, const struct intake_item *item, const struct report *r, struct err *err)
{
	struct importing *im = ctx;
	enum stored how;

	if (!command_wants(im->config, r)) {
		const struct reject foreign = command_foreign(r);

		return on_reject(ctx, item, &foreign, err);
	}
	if (store_report(im->store, r, item->bytes, im->received_s, &how, err) != 0)
		return -1;
	im->reports += how != STORED_DUPLICATE;
	im->duplicates += how == STORED_DUPLICATE;
	im->replaced += how == STORED_REPLACED;
	im->twins += how == STORED_TWIN;
	if (how != STORED_DUPLICATE) {
		im->rows += r->row_count;
		for (const struct row *row = r->rows; row != NULL; row = row->next)
			im->messages += row->count < LIMIT_COUNT ? row->count : LIMIT_COUNT;
	}
	return commit_if_due(im, err);
}

static int on_tls(void *ctx, const struct intake_item *item, const struct tls_report *r, struct err *err)
{
	struct importing *im = ctx;
	enum stored how;

	if (store_tls(im->store, r, im->received_s, &how, err) != 0)
		return -1;
	im->tls_reports += how == STORED_NEW;
	im->duplicates += how == STORED_DUPLICATE;
	return commit_if_due(im, err);
}

static int on_failure(void *ctx, const struct intake_item *item, const struct failure_report *r, struct err *err)
{
	struct importing *im = ctx;
	enum stored how;

	im->failure_reports++;
	if (!im->config->database.failure_reports)
		return 0;
	if (store_failure(im->store, r, im->received_s, &how, err) != 0)
		return -1;
	im->failure_reports_kept += how == STORED_NEW;
	return commit_if_due(im, err);
}

static int on_done(void *ctx, const struct intake_item *item, struct err *err)
{
	return 0;
}

static void say_json(struct json *j, const void *what)
{
	const struct importing *im = what;

	json_key_int(j, "files", (int64_t)im->files->n);
	json_key_int(j, "reports", im->reports);
	json_key_int(j, "duplicates", im->duplicates);
	json_key_int(j, "replaced", im->replaced);
	json_key_int(j, "twins", im->twins);
	json_key_int(j, "rows", im->rows);
	json_key_int(j, "messages", im->messages);
	json_key_int(j, "tls_reports", im->tls_reports);
	json_key_int(j, "failure_reports", im->failure_reports);
	json_key_int(j, "failure_reports_kept", im->failure_reports_kept);
	json_key_int(j, "refused", im->refused + im->refused_before);
	json_key_int(j, "refused_before", im->refused_before);
	json_key_int(j, "parser_deaths", im->deaths);
	json_key_text(j, "sandbox", slice_of(sandbox_name(im->sandbox < 0 ? 0 : (unsigned)im->sandbox)));
	json_key_int(j, "milliseconds", clock_ms() - im->started_ms);
}

static void say_text(struct importing *im)
{
	const char *files = format_count_text(&im->words, (int64_t)im->files->n);
	const char *known = format_count_text(&im->words, im->duplicates);
	int64_t refusals = im->refused + im->refused_before;

	if (im->sandbox >= 0 && sandbox_required != 0 && !(im->sandbox & SANDBOX_LANDLOCK))
		log_line("import: the parser ran with %s; this kernel has no Landlock", sandbox_name((unsigned)im->sandbox));
	if (im->deaths > 0)
		log_line("import: a parser had to be replaced %lld times; what it was reading was tried again",
			 (long long)im->deaths);
	if (im->tls_reports > 0)
		log_line("import: %s SMTP TLS reports, kept apart", format_count_text(&im->words, im->tls_reports));
	if (im->failure_reports > 0)
		log_line("import: %s failure reports seen, %s%s", format_count_text(&im->words, im->failure_reports),
			 im->config->database.failure_reports ? "new ones kept: " : "none kept (database.failure_reports)",
			 im->config->database.failure_reports ? format_count_text(&im->words, im->failure_reports_kept) : "");
	if (im->reports + im->tls_reports + im->failure_reports_kept == 0 && im->refused == 0)
		log_line("import: %s files, nothing new: all %s reports were here before%s", files, known,
			 refusals > 0 ? ", and so was what was refused" : "");
	else
		log_line("import: %s files: %s new reports with %s rows and %s messages; %s were here before; %s refused%s",
			 files, format_count_text(&im->words, im->reports), format_count_text(&im->words, im->rows),
			 format_count_text(&im->words, im->messages), known, format_count_text(&im->words, refusals),
			 refusals > 0 ? " and kept, with the reason" : "");
}

static int import(struct command *c, struct importing *im, struct err *err)
{
	const struct intake_sink sink = { on_report, on_tls, on_failure, on_reject, on_done, im };
	struct feed feed = { .files = im->files, .limits = command_limits(&c->config), .progress = show_progress, .ctx = im };
	struct intake *in;
	int rc;

	if (intake_start(&feed.limits, im->files->n < 2 ? 1 : intake_parsers(), &sink, &in, err) != 0)
		return -1;
	rc = command_open_store(c, &im->store, err);
	if (rc == 0)
		rc = feed_files(&feed, in, err);
	if (rc == 0)
		rc = store_commit(im->store, err);
	im->sandbox = intake_sandbox_level(in);
	im->deaths = intake_deaths(in);
	intake_free(in);
	store_close(im->store);
	im->refused += feed.unreadable;
	return rc;
}

static int import_and_say(struct command *c, struct importing *im, bool json)
{
	struct err err;

	if (import(c, im, &err) != 0)
		return command_fail(&err);
	if (json && command_say_json(say_json, im) != 0)
		return EXIT_SYSTEM;
	if (!json)
		say_text(im);
	return im->refused + im->refused_before > 0 ? EXIT_PARTLY : EXIT_DONE;
}

int command_import(struct command *c)
{
	static const struct option options[] = { { "format", required_argument, NULL, 'f' }, { 0 } };
	struct importing im = { .config = &c->config, .received_s = (int64_t)time(NULL) };
	struct folder_list files;
	bool json = false, demo;
	struct err err;
	int exit_code;

	if (command_read_format(c, options, &json) != 0)
		return EXIT_USE;
	if (optind == c->argc) {
		log_line("import: name a file or folder, or - for standard input");
		return EXIT_USE;
	}
	if (folder_list(c->arena, c->argv + optind, (size_t)(c->argc - optind), &files, &err) != 0)
		return command_fail(&err);
	if (reader_is_possible(c->config.database.path, &demo, &err) < 0)
		return command_fail(&err);
	if (demo) {
		log_line("import: %s: holds demo data: name another file with --db", c->config.database.path);
		return EXIT_USE;
	}
	im.files = &files;
	im.progress = isatty(STDERR_FILENO) == 1;
	im.started_ms = im.committed_ms = clock_ms();
	exit_code = import_and_say(c, &im, json);
	arena_release(&im.words);
	return exit_code;
}
