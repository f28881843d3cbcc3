/* recheck: see recheck.h. One parser, so that what comes back is in the order of what was sent; several mails are under way
 * at once. A mail is known by its bytes alone. */
#include "daemon/recheck.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "daemon/intake.h"
#include "schema/limits.h"

#include <stdlib.h>

enum { SETTLE_MS = 1000, LINE_BYTES = 4096 };

int recheck_settle(struct store *s, bool dry_run, struct err *err)
{
	if (!dry_run)
		return store_commit(s, err);
	store_forget(s);
	return 0;
}

/* --- lines --- */

static void add_sums(struct buf *line, const struct reread_sums *sums)
{
	buf_addf(line, "%lld rows", (long long)sums->rows);
	for (int t = 0; t < TRUST_CLASSES; t++)
		buf_addf(line, ", %s %lld", trust_param((enum trust)t), (long long)sums->messages[t]);
}

static void add_name(struct buf *line, const struct reread_report *of)
{
	char day[TEXT_DAY_BYTES];

	log_quote(line, of->reporter);
	buf_add_char(line, ' ');
	if (of->report_id.ptr != NULL)
		log_quote(line, of->report_id);
	else
		buf_add_char(line, '-');
	buf_addf(line, " %s: ", text_day(day, of->day));
}

static int say_changed(const struct recheck *r, const struct reread_report *of, const struct reread_sums *before,
		       const struct reread_sums *after)
{
	struct buf line;
	int rc = 0;

	buf_init(&line, LINE_BYTES);
	add_name(&line, of);
	add_sums(&line, before);
	buf_add_text(&line, " -> ");
	add_sums(&line, after);
	buf_add_char(&line, '\n');
	if (!r->quiet)
		rc = command_print(buf_slice(&line));
	buf_release(&line);
	return rc;
}

static void say_unread(struct recheck *r, const struct reread_report *of, const char *why)
{
	struct buf line;

	r->unread++;
	buf_init(&line, LINE_BYTES);
	add_name(&line, of);
	log_line("reparse: %.*s%s; it stays as it was", (int)line.len, line.data, why);
	buf_release(&line);
}

/* --- what comes back --- */

/* What is stored of the mail that is at hand. */
static int know(struct recheck *r, const struct intake_item *item, struct err *err)
{
	if (r->is_known)
		return 0;
	raw_key(item->bytes, r->key);
	r->is_known = true;
	return reread_stored(r->store, &r->arena, r->key, &r->stored, err);
}

static int take_in(struct recheck *r, const struct intake_item *item, const struct report *report, struct err *err)
{
	enum stored how;

	if (store_report(r->store, report, item->bytes, r->received_s, &how, err) != 0)
		return -1;
	r->found += how != STORED_DUPLICATE;
	return 0;
}

static int on_report(void *ctx, const struct intake_item *item, const struct report *report, struct err *err)
{
	struct recheck *r = ctx;
	struct reread_sums before, after;
	struct reread_report *of;
	enum reread how;

	if (know(r, item, err) != 0)
		return -1;
	if (!command_wants(r->config, report))
		return 0;
	of = reread_match(r->store, r->stored, report);
	if (of == NULL)
		return take_in(r, item, report, err);
	if (of->met) /* the same document twice in one mail */
		return 0;
	of->met = true;
	if (reread_report(r->store, of, r->key, report, &before, &after, &how, err) != 0)
		return -1;
	r->reports++;
	if (how == REREAD_LESS)
		say_unread(r, of, "would be read only in part now");
	if (how != REREAD_CHANGED)
		return 0;
	r->changed++;
	return say_changed(r, of, &before, &after) == 0 ? 0 : err_set(err, ERR_SYSTEM, "reparse: ended for want of output");
}

/* Of these, and of refusals, nothing that was kept as a report depends. */
static int on_tls(void *ctx, const struct intake_item *item, const struct tls_report *t, struct err *err)
{
	return 0;
}

static int on_failure(void *ctx, const struct intake_item *item, const struct failure_report *f, struct err *err)
{
	return 0;
}

static int on_reject(void *ctx, const struct intake_item *item, const struct reject *reject, struct err *err)
{
	return 0;
}

static int on_done(void *ctx, const struct intake_item *item, struct err *err)
{
	struct recheck *r = ctx;
	int64_t now = clock_ms();

	if (know(r, item, err) != 0)
		return -1;
	for (const struct reread_report *of = r->stored; of != NULL; of = of->next)
		if (!of->met)
			say_unread(r, of, "can no longer be read");
	r->is_known = false;
	r->stored = NULL;
	arena_clear(&r->arena);
	if (store_open_rows(r->store) < LIMIT_COMMIT_ROWS && now - r->settled_ms < SETTLE_MS)
		return 0;
	r->settled_ms = now;
	return recheck_settle(r->store, r->dry_run, err);
}

/* --- what is sent --- */

static int send_one(struct intake *in, struct slice file, struct slice kept, struct err *err)
{
	char *bytes = malloc(kept.len + 1);

	if (bytes == NULL)
		return err_errno(err, "reparse");
	memcpy(bytes, kept.ptr, kept.len);
	return intake_put(in, file, bytes, kept.len, true, err);
}

static int send_all(struct recheck *r, struct intake *in, struct err *err)
{
	unsigned char key[RAW_KEY_BYTES] = { 0 };
	struct slice file, bytes;
	struct arena arena = { 0 };
	int rc;

	while ((rc = reread_next(r->store, &arena, key, &file, &bytes, err)) == 1) {
		r->not_kept += bytes.ptr == NULL;
		if (bytes.ptr != NULL && (rc = send_one(in, file, bytes, err)) != 0)
			break;
		arena_clear(&arena);
	}
	arena_release(&arena);
	return rc == 0 ? intake_finish(in, err) : -1;
}

int recheck_reports(struct command *c, struct recheck *r, struct err *err)
{
	const struct intake_sink sink = { on_report, on_tls, on_failure, on_reject, on_done, r };
	const struct message_limits limits = command_limits(&c->config);
	struct intake *in;
	int rc;

	if (intake_start(&limits, 1, &sink, &in, err) != 0)
		return -1;
	r->settled_ms = clock_ms();
	rc = send_all(r, in, err);
	if (rc == 0)
		rc = recheck_settle(r->store, r->dry_run, err);
	intake_free(in);
	arena_release(&r->arena);
	return rc;
}
