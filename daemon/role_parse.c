/* role_parse: see role_parse.h. Answers are gathered and written when no more messages wait, so a batch costs one write. */
#include "daemon/role_parse.h"

#include "daemon/channel.h"
#include "schema/limits.h"

enum { GATHER_BYTES = 256 * 1024 };

struct answering {
	struct channel channel;
	struct buf wire; /* scratch */
	uint32_t message;
	struct arena arena; /* of one message */
};

static void answer_reject(void *ctx, const struct reject *r)
{
	struct answering *a = ctx;

	buf_clear(&a->wire);
	reject_encode(&a->wire, r);
	channel_put(&a->channel, FRAME_REJECT, a->message, buf_slice(&a->wire), (struct slice){ 0 });
}

static void answer_report(void *ctx, const struct report *r)
{
	const struct reject too_large = { .code = REJECT_TOO_LARGE, .file = r->file, .member = r->member,
					  .detail = SLICE("what it says is larger than the limit") };
	struct answering *a = ctx;

	buf_clear(&a->wire);
	if (report_encode(&a->wire, r) != 0 ||
	    channel_put(&a->channel, FRAME_REPORT, a->message, buf_slice(&a->wire), (struct slice){ 0 }) != 0)
		answer_reject(a, &too_large);
}

static void answer_tls(void *ctx, const struct tls_report *r)
{
	struct answering *a = ctx;

	buf_clear(&a->wire);
	tls_report_encode(&a->wire, r);
	channel_put(&a->channel, FRAME_TLS, a->message, buf_slice(&a->wire), (struct slice){ 0 });
}

static void answer_failure(void *ctx, const struct failure_report *r)
{
	struct answering *a = ctx;

	buf_clear(&a->wire);
	failure_report_encode(&a->wire, r);
	channel_put(&a->channel, FRAME_FAILURE, a->message, buf_slice(&a->wire), (struct slice){ 0 });
}

static int answer(struct answering *a, const struct frame *f, const struct message_limits *limits)
{
	const struct message_sink sink = { answer_report, answer_tls, answer_failure, answer_reject, a };
	uint32_t label;

	if (f->kind != FRAME_MESSAGE || f->body.len < sizeof label)
		return -1;
	memcpy(&label, f->body.ptr, sizeof label);
	if (label > f->body.len - sizeof label)
		return -1;
	a->message = f->message;
	message_read(&a->arena, (struct slice){ f->body.ptr + sizeof label, label },
		     (struct slice){ f->body.ptr + sizeof label + label, f->body.len - sizeof label - label }, limits,
		     &sink);
	arena_clear(&a->arena);
	channel_put(&a->channel, FRAME_DONE, f->message, (struct slice){ 0 }, (struct slice){ 0 });
	return channel_unsent(&a->channel) > GATHER_BYTES ? channel_flush(&a->channel, true) : 0;
}

int role_parse(int fd, const struct message_limits *limits)
{
	struct answering a = { 0 };
	struct frame f;
	int rc = 0;

	message_init();
	channel_init(&a.channel, fd);
	buf_init(&a.wire, LIMIT_FRAME_BYTES);
	while (rc == 0) {
		while ((rc = channel_next(&a.channel, &f)) == 1 && (rc = answer(&a, &f, limits)) == 0)
			;
		if (rc < 0 || channel_flush(&a.channel, true) != 0 || channel_fill(&a.channel) < 0)
			break;
		rc = 0;
	}
	channel_release(&a.channel);
	buf_release(&a.wire);
	arena_release(&a.arena);
	return rc < 0;
}
