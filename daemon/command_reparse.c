/* command_reparse: `ruad reparse`: everything that was kept is read again, as after an upgrade. A report that reads otherwise
 * now takes the place of what is stored (recheck.c); of what was refused, what is read now is taken in and its refusal goes,
 * and what is still refused stays, with the reason of today. */
#include "base/log.h"
#include "base/text.h"
#include "daemon/command.h"
#include "daemon/intake.h"
#include "daemon/recheck.h"
#include "schema/limits.h"
#include "storage/ingest.h"
#include "web/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct retrying {
	struct store *store;
	const struct config *config;
	const struct kept_reject *kept; /* at hand */
	struct arena arena;             /* of the one at hand */
	struct reject again;            /* why the same part was refused again */
	bool is_refused, is_read; /* something was refused; the part that had been is read now */
	int64_t received_s;
	bool dry_run;
	int64_t tried, read, reports;
};

static int on_reject(void *ctx, const struct intake_item *item, const struct reject *r, struct err *err)
{
	struct retrying *t = ctx;

	if (t->is_refused && !slice_eq(r->member, t->kept->member))
		return 0;
	t->is_refused = true;
	t->again = *r;
	t->again.detail = text_copy(&t->arena, r->detail);
	return 0;
}

/* Bytes are given up only for the part that they were kept for: it, or what lies in it. */
static void note_read(struct retrying *t, struct slice member)
{
	const struct slice kept = t->kept->member;

	if (kept.ptr == NULL || (member.len >= kept.len && memcmp(member.ptr, kept.ptr, kept.len) == 0))
		t->is_read = true;
}

static int on_report(void *ctx, const struct intake_item *item, const struct report *r, struct err *err)
{
	const struct reject foreign = command_foreign(r);
	struct retrying *t = ctx;
	enum stored how;

	if (!command_wants(t->config, r))
		return on_reject(t, item, &foreign, err);
	if (store_report(t->store, r, item->bytes, t->received_s, &how, err) != 0)
		return -1;
	t->reports += how != STORED_DUPLICATE;
	note_read(t, r->member);
	return 0;
}

static int on_tls(void *ctx, const struct intake_item *item, const struct tls_report *r, struct err *err)
{
	struct retrying *t = ctx;
	enum stored how;

	if (store_tls(t->store, r, t->received_s, &how, err) != 0)
		return -1;
	t->reports += how == STORED_NEW;
	note_read(t, r->member);
	return 0;
}

static int on_failure(void *ctx, const struct intake_item *item, const struct failure_report *r, struct err *err)
{
	struct retrying *t = ctx;
	enum stored how;

	note_read(t, r->member);
	return t->config->database.failure_reports ? store_failure(t->store, r, t->received_s, &how, err) : 0;
}

static int on_done(void *ctx, const struct intake_item *item, struct err *err)
{
	struct retrying *t = ctx;

	t->tried++;
	t->read += t->is_read;
	if (!t->is_read && !t->is_refused) /* other parts were read, this one was not even met: it stays as it is */
		return 0;
	return store_retried(t->store, t->kept->id, t->is_read ? NULL : &t->again, err);
}

static int retry_one(struct retrying *t, struct intake *in, struct err *err)
{
	char *bytes = malloc(t->kept->bytes.len + 1);

	if (bytes == NULL)
		return err_errno(err, "reparse");
	memcpy(bytes, t->kept->bytes.ptr, t->kept->bytes.len);
	t->is_refused = t->is_read = false;
	return intake_put(in, t->kept->file, bytes, t->kept->bytes.len, true, err) == 0 ? intake_finish(in, err) : -1;
}

static int retry_all(struct retrying *t, struct intake *in, struct err *err)
{
	struct kept_reject kept = { 0 };
	int rc;

	t->kept = &kept;
	while ((rc = store_next_reject(t->store, &t->arena, kept.id, &kept, err)) == 1) {
		if (kept.bytes.ptr == NULL) /* no longer kept: it stays refused */
			t->tried++;
		else if (retry_one(t, in, err) != 0)
			return -1;
		arena_clear(&t->arena);
		if (store_open_rows(t->store) >= LIMIT_COMMIT_ROWS && recheck_settle(t->store, t->dry_run, err) != 0)
			return -1;
	}
	return rc == 0 ? recheck_settle(t->store, t->dry_run, err) : -1;
}

static int retry_refused(struct command *c, struct retrying *t, struct err *err)
{
	const struct intake_sink sink = { on_report, on_tls, on_failure, on_reject, on_done, t };
	const struct message_limits limits = command_limits(&c->config);
	struct intake *in;
	int rc;

	if (intake_start(&limits, 1, &sink, &in, err) != 0)
		return -1;
	rc = retry_all(t, in, err);
	intake_free(in);
	arena_release(&t->arena);
	return rc;
}

static int reparse(struct command *c, struct retrying *t, struct recheck *reports, struct err *err)
{
	int rc;

	if (command_open_store(c, &t->store, err) != 0)
		return -1;
	reports->store = t->store;
	rc = recheck_reports(c, reports, err);
	if (rc == 0)
		rc = retry_refused(c, t, err);
	store_close(t->store);
	return rc;
}

struct said {
	const struct retrying *refused;
	const struct recheck *reports;
};

static void say_json(struct json *j, const void *what)
{
	const struct said *said = what;
	const struct retrying *t = said->refused;
	const struct recheck *r = said->reports;

	json_key_bool(j, "dry_run", t->dry_run);
	json_key_int(j, "reports", r->reports);
	json_key_int(j, "changed", r->changed);
	json_key_int(j, "unread", r->unread);
	json_key_int(j, "not_kept", r->not_kept);
	json_key_int(j, "tried", t->tried);
	json_key_int(j, "read", t->read);
	json_key_int(j, "still_refused", t->tried - t->read);
	json_key_int(j, "new_reports", t->reports + r->found);
}

static void say_text(const struct retrying *t, const struct recheck *r)
{
	log_line("reparse: %lld reports read again: %lld %s, %lld can no longer be read and stay as they were, %lld were missed before;"
		 " bytes of %lld mails are no longer kept",
		 (long long)r->reports, (long long)r->changed, t->dry_run ? "would change" : "changed", (long long)r->unread,
		 (long long)r->found, (long long)r->not_kept);
	log_line("reparse: %lld refusals tried again: %lld are read now, with %lld new reports; %lld are still refused%s",
		 (long long)t->tried, (long long)t->read, (long long)t->reports, (long long)(t->tried - t->read),
		 t->dry_run ? "; nothing was changed" : "");
}

int command_reparse(struct command *c)
{
	static const struct option options[] = { { "format", required_argument, NULL, 'f' },
						 { "dry-run", no_argument, NULL, 'n' },
						 { 0 } };
	struct retrying t = { .config = &c->config, .received_s = (int64_t)time(NULL) };
	struct recheck reports = { .config = &c->config, .received_s = t.received_s };
	bool json = false;
	struct err err;
	int exit_code;

	if (command_read_dry_run(c, options, &json, &t.dry_run) != 0 || command_has_arguments(c))
		return EXIT_USE;
	if ((exit_code = command_need_data(c)) != EXIT_DONE)
		return exit_code;
	reports.dry_run = t.dry_run;
	reports.quiet = json;
	if (reparse(c, &t, &reports, &err) != 0)
		return command_fail(&err);
	if (json && command_say_json(say_json, &(struct said){ &t, &reports }) != 0)
		return EXIT_SYSTEM;
	if (!json)
		say_text(&t, &reports);
	return t.tried > t.read || reports.unread > 0 ? EXIT_PARTLY : EXIT_DONE;
}
