/* command_rebuild: `ruad rebuild` and `ruad verify`: all that is derived made anew from the facts, or compared with them. */
#include "base/clock.h"
#include "base/log.h"
#include "daemon/command.h"
#include "daemon/relabel.h"
#include "schema/limits.h"
#include "storage/verify.h"
#include "web/format.h"
#include "web/json.h"

#include <stdio.h>
#include <unistd.h>

enum { PROGRESS_MS = 200 };

struct working { /* what is said while it lasts */
	struct arena words;
	int64_t reports; /* in all */
	int64_t shown_ms;
	bool on_terminal;
};

static void show_progress(void *ctx, int64_t done)
{
	struct working *w = ctx;
	int64_t now = clock_ms();

	if (!w->on_terminal || (now - w->shown_ms < PROGRESS_MS && done < w->reports))
		return;
	w->shown_ms = now;
	arena_clear(&w->words);
	fprintf(stderr, "\r\033[K%s of %s reports", format_count_text(&w->words, done),
		format_count_text(&w->words, w->reports));
	if (done >= w->reports)
		fputs("\r\033[K", stderr);
	fflush(stderr);
}

/* --- rebuild --- */

/* `moved` gets the verdicts that are others: by rules that the opening applies, and by what is made anew. */
static int rebuild(struct command *c, struct working *w, struct buf *moved, struct err *err)
{
	struct store *s;
	int rc;

	if (command_open_store_silently(c, &s, err) != 0)
		return -1;
	relabel_verdicts_text(moved, store_verdict_moves(s));
	rc = store_rebuild(s, show_progress, w, err);
	relabel_verdicts_text(moved, store_verdict_moves(s));
	if (rc == 0)
		rc = store_commit(s, err);
	store_close(s);
	return rc;
}

static int rebuild_and_say(struct command *c, struct working *w, struct err *err)
{
	struct buf moved;
	int rc;

	buf_init(&moved, LIMIT_RESPONSE_BYTES);
	rc = rebuild(c, w, &moved, err);
	if (rc == 0 && moved.len == 0)
		buf_add_text(&moved, "No verdict changed.\n");
	if (rc == 0 && command_print(buf_slice(&moved)) != 0)
		rc = err_set(err, ERR_SYSTEM, "standard output: cannot be written");
	buf_release(&moved);
	return rc;
}

static int read_dry_run(struct command *c, bool *dry_run)
{
	static const struct option options[] = { { "dry-run", no_argument, NULL, 'n' }, { 0 } };
	int option;

	while ((option = command_option(c, options)) == 'n')
		*dry_run = true;
	return option == -1 && !command_has_arguments(c) ? 0 : -1;
}

int command_rebuild(struct command *c)
{
	struct working w = { .on_terminal = isatty(STDERR_FILENO) == 1 };
	struct store_state state;
	bool dry_run = false;
	struct err err;
	int64_t began_ms = clock_ms();

	if (read_dry_run(c, &dry_run) != 0)
		return EXIT_USE;
	if (access(c->config.database.path, F_OK) != 0) {
		log_line("rebuild: %s: no such database", c->config.database.path);
		return EXIT_USE;
	}
	if (dry_run)
		return relabel_print(c);
	if (command_state(c, &state, &err) == 0) /* else another version made it, and how much is not known yet */
		w.reports = state.reports;
	if (rebuild_and_say(c, &w, &err) != 0 || command_state(c, &state, &err) != 0)
		return command_fail(&err);
	log_line("rebuild: all that is derived of %s reports was made anew in %.1f s", format_count_text(c->arena, state.reports),
		 (double)(clock_ms() - began_ms) / 1000);
	return EXIT_DONE;
}

/* --- verify --- */

static bool is_clean(const struct verified *v)
{
	return v->sound && v->different + v->damaged == 0;
}

static void say_json(struct json *j, const void *what)
{
	const struct verified *v = what;

	json_key_bool(j, "clean", is_clean(v));
	json_key_bool(j, "file_sound", v->sound);
	json_key_int(j, "reports", v->reports);
	json_key_int(j, "different", v->different);
	json_key_int(j, "kept", v->kept);
	json_key_int(j, "damaged", v->damaged);
	json_key_text(j, "first", slice_of(v->first[0] != '\0' ? v->first : NULL));
}

static void say_text(const struct command *c, const struct verified *v)
{
	const char *path = c->config.database.path;

	if (is_clean(v))
		log_line("verify: %s: sound; what is derived is what its %s reports come to; %s kept mails and files are whole", path,
			 format_count_text(c->arena, v->reports), format_count_text(c->arena, v->kept));
	if (!v->sound)
		log_line("verify: %s: SQLite finds it damaged: %s: take the last backup, and import what came since", path, v->first);
	if (v->different > 0)
		log_line("verify: %s: %s: %s in all differ from what the reports come to: `ruad rebuild` makes them anew", path,
			 v->first, format_count_text(c->arena, v->different));
	if (v->damaged > 0)
		log_line("verify: %s.raw: %s of %s kept mails and files are damaged: what was read from them is not", path,
			 format_count_text(c->arena, v->damaged), format_count_text(c->arena, v->kept));
}

int command_verify(struct command *c)
{
	static const struct option options[] = { { "format", required_argument, NULL, 'f' }, { 0 } };
	struct working w = { .on_terminal = isatty(STDERR_FILENO) == 1 };
	struct source_rules rules;
	struct store_state state;
	struct verified v;
	bool json = false;
	struct err err;

	if (command_read_format(c, options, &json) != 0 || command_has_arguments(c))
		return EXIT_USE;
	if (command_state(c, &state, &err) != 0)
		return command_fail(&err);
	w.reports = state.reports;
	rules = command_rules(c, state.demo);
	if (verify_database(c->config.database.path, c->suffixes, &rules, show_progress, &w, &v, &err) != 0)
		return command_fail(&err);
	arena_release(&w.words);
	if (json && command_say_json(say_json, &v) != 0)
		return EXIT_SYSTEM;
	if (!json)
		say_text(c, &v);
	return is_clean(&v) ? EXIT_DONE : EXIT_PARTLY;
}
