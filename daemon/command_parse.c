/* command_parse: `ruad parse PATH...`: what each file holds, as JSON lines. No database. */
#include "base/log.h"
#include "base/text.h"
#include "daemon/command.h"
#include "daemon/feed.h"
#include "daemon/parse_line.h"

#include <stdio.h>

enum { FLUSH_BYTES = 64 * 1024, LINE_BYTES = 1024 * 1024 * 1024 };

struct parsing {
	const struct suffixes *suffixes;
	struct buf out;
	struct arena arena;    /* of the file at hand */
	struct reject refused; /* the first of it */
	bool has_report, has_refused;
	int64_t refusals;
};

static int flush(struct buf *out, struct err *err)
{
	if (out->full)
		return err_set(err, ERR_SYSTEM, "parse: one line is larger than %d bytes", LINE_BYTES);
	if (fwrite(out->data, 1, out->len, stdout) != out->len || fflush(stdout) != 0)
		return err_errno(err, "standard output");
	buf_clear(out);
	return 0;
}

static int flush_if_due(struct buf *out, struct err *err)
{
	return out->len > FLUSH_BYTES || out->full ? flush(out, err) : 0;
}

static int on_report(void *ctx, const struct intake_item *item, const struct report *r, struct err *err)
{
	struct parsing *p = ctx;

	p->has_report = true;
	parse_line_report(&p->out, r, p->suffixes);
	return flush_if_due(&p->out, err);
}

static int on_tls(void *ctx, const struct intake_item *item, const struct tls_report *r, struct err *err)
{
	struct parsing *p = ctx;

	p->has_report = true;
	parse_line_tls(&p->out, r);
	return 0;
}

static int on_failure(void *ctx, const struct intake_item *item, const struct failure_report *r, struct err *err)
{
	struct parsing *p = ctx;

	p->has_report = true;
	parse_line_failure(&p->out, r);
	return 0;
}

static int on_reject(void *ctx, const struct intake_item *item, const struct reject *r, struct err *err)
{
	struct parsing *p = ctx;

	p->refusals++;
	if (!p->has_refused) {
		p->has_refused = true;
		p->refused = *r;
		p->refused.file = text_copy(&p->arena, r->file);
		p->refused.member = text_copy(&p->arena, r->member);
		p->refused.detail = text_copy(&p->arena, r->detail);
	}
	return 0;
}

/* A file's "unparseable" line comes once, where it held no report; a part that failed beside a report is only said. */
static int on_done(void *ctx, const struct intake_item *item, struct err *err)
{
	struct parsing *p = ctx;

	if (!item->last)
		return 0;
	if (p->has_refused && !p->has_report)
		parse_line_reject(&p->out, &p->refused);
	else if (p->has_refused)
		log_line("%.*s: %.*s: %.*s", (int)p->refused.file.len, p->refused.file.ptr, (int)p->refused.member.len,
			 p->refused.member.ptr != NULL ? p->refused.member.ptr : "", (int)p->refused.detail.len,
			 p->refused.detail.ptr);
	p->has_report = p->has_refused = false;
	arena_clear(&p->arena);
	return flush_if_due(&p->out, err);
}

static int parse(struct command *c, const struct folder_list *files, struct parsing *p, struct err *err)
{
	const struct intake_sink sink = { on_report, on_tls, on_failure, on_reject, on_done, p };
	struct feed feed = { .files = files, .limits = command_limits(&c->config) };
	struct intake *in;
	int rc;

	if (intake_start(&feed.limits, 1, &sink, &in, err) != 0)
		return -1;
	rc = feed_files(&feed, in, err);
	intake_free(in);
	p->refusals += feed.unreadable;
	return rc == 0 ? flush(&p->out, err) : -1;
}

int command_parse(struct command *c)
{
	static const struct option options[] = { { 0 } };
	struct parsing p = { .suffixes = c->suffixes };
	struct folder_list files;
	struct err err;
	int rc;

	if (command_option(c, options) != -1)
		return EXIT_USE;
	if (optind == c->argc) {
		log_line("parse: name a file or folder, or - for standard input");
		return EXIT_USE;
	}
	if (folder_list(c->arena, c->argv + optind, (size_t)(c->argc - optind), &files, &err) != 0)
		return command_fail(&err);
	buf_init(&p.out, LINE_BYTES);
	rc = parse(c, &files, &p, &err);
	buf_release(&p.out);
	arena_release(&p.arena);
	return rc != 0 ? command_fail(&err) : p.refusals > 0 ? EXIT_PARTLY : EXIT_DONE;
}
