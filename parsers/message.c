/* message: see message.h. Where something stands decides nothing: only first bytes do (FORMATS 2.2, the MIME walk). */
#include "parsers/message.h"

#include "base/text.h"
#include "parsers/dmarc.h"
#include "parsers/failure.h"
#include "parsers/mime.h"
#include "parsers/prescan.h"
#include "parsers/repair.h"
#include "parsers/tlsrpt.h"
#include "parsers/unpack.h"
#include "parsers/xml.h"
#include "schema/limits.h"

#include <stdlib.h>

enum { MAIL_SNIFF_BYTES = 16 * 1024 };

struct door {
	struct arena *arena;
	struct slice file;
	const struct message_limits *limits;
	const struct message_sink *sink;
	struct unpack unpack;
	int mails;  /* open in each other */
	size_t inner_bytes; /* of mails inside of mails */
	int opened; /* mails read so far, those in mails too */
	int found;  /* reports and rejects given out */
};

/* --- what do bytes look like? --- */

static struct slice skip_blanks(struct slice s)
{
	if (s.len >= 3 && memcmp(s.ptr, "\xef\xbb\xbf", 3) == 0)
		s = (struct slice){ s.ptr + 3, s.len - 3 };
	while (s.len > 0 && text_is_blank(*s.ptr)) {
		s.ptr++;
		s.len--;
	}
	return s;
}

static bool is_xml(struct slice s)
{
	static const char wide[][4] = { { '\xff', '\xfe', '<', 0 }, { '\xfe', '\xff', 0, '<' }, { '<', 0, '?', 0 },
					{ 0, '<', 0, '?' } };

	for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
		if (s.len >= 4 && memcmp(s.ptr, wide[i], 4) == 0)
			return true;
	s = skip_blanks(s);
	return s.len > 1 && s.ptr[0] == '<';
}

/* A text part is a report only where it says so itself: HTML is XML-like too. */
static bool is_report_text(struct slice s)
{
	s = skip_blanks(s);
	return text_starts_nocase(s, SLICE("<?xml")) || text_starts_nocase(s, SLICE("<feedback"));
}

static bool is_json(struct slice s)
{
	s = skip_blanks(s);
	return s.len > 0 && s.ptr[0] == '{';
}

static bool is_header_line(struct slice s)
{
	size_t i = 0;

	while (i < s.len && i < 62 && (s.ptr[i] == '-' || (s.ptr[i] >= '0' && s.ptr[i] <= '9') ||
				       (text_lower_char(s.ptr[i]) >= 'a' && text_lower_char(s.ptr[i]) <= 'z')))
		i++;
	while (i < s.len && (s.ptr[i] == ' ' || s.ptr[i] == '\t'))
		i++;
	return i > 1 && i < s.len && s.ptr[i] == ':';
}

static bool is_mail_header(struct slice line)
{
	static const char *const names[] = { "return-path:", "received:", "from:", "to:", "subject:", "date:",
					     "mime-version:", "content-type:", "message-id:", "delivered-to:",
					     "dkim-signature:", "x-" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (text_starts_nocase(line, slice_of(names[i])))
			return true;
	return false;
}

bool message_is_mail(struct slice bytes)
{
	struct slice s = skip_blanks((struct slice){ bytes.ptr, bytes.len < MAIL_SNIFF_BYTES ? bytes.len : MAIL_SNIFF_BYTES });
	int headers = 0;

	if (!is_header_line(s))
		return false;
	while (s.len > 0 && headers < 2)
		headers += is_mail_header(text_take_line(&s));
	return headers >= 2;
}

bool message_is_mbox(struct slice bytes)
{
	if (bytes.len < 5 || memcmp(bytes.ptr, "From ", 5) != 0)
		return false;
	text_take_line(&bytes);
	return message_is_mail(bytes);
}

/* --- giving out --- */

/* Names come out of mails and archives: they are shown, and go through frames. */
static struct slice label(struct door *d, struct slice s)
{
	return text_cut(text_utf8_clean(d->arena, s), LIMIT_LABEL_BYTES);
}

static void give_reject(struct door *d, struct reject *r, struct slice member)
{
	r->file = d->file;
	r->member = label(d, member);
	r->detail = label(d, r->detail);
	d->found++;
	d->sink->reject(d->sink->ctx, r);
}

static void refuse(struct door *d, enum reject_code code, const char *detail, struct slice member)
{
	struct reject r = { .code = code, .detail = slice_of(detail) };

	give_reject(d, &r, member);
}

static void on_refused(void *ctx, enum reject_code code, const char *detail, struct slice member)
{
	refuse(ctx, code, detail, member);
}

/* `document`: what it was read from; NULL ptr where that was not held. */
static void give_report(struct door *d, struct report *r, struct stream *s, struct slice member, struct slice document)
{
	r->file = d->file;
	r->member = label(d, member);
	if (s->cut)
		note_add(d->arena, &r->repairs, SLICE("the compressed stream ends early"));
	d->found++;
	if (d->sink->document != NULL && document.ptr != NULL)
		d->sink->document(d->sink->ctx, r, document);
	d->sink->report(d->sink->ctx, r);
}

/* One document out of a damaged text: as it stands, or rewritten. False where nothing is left of it. */
static bool mend(struct door *d, struct repair *text, struct repaired *document, struct report *out)
{
	struct stream s;
	struct reject why;
	struct buf mended;
	bool complete = true, read;

	stream_of(&s, document->whole);
	read = document->whole.ptr != NULL && dmarc_read(d->arena, &s, d->limits->rows, NULL, out, &why) == 0 &&
	       out->complete;
	if (!read) {
		buf_init(&mended, LIMIT_REPAIRED_BYTES);
		repair_rewrite(text, document, &mended, &complete);
		stream_of(&s, buf_slice(&mended));
		read = dmarc_read(d->arena, &s, d->limits->rows, NULL, out, &why) == 0;
		out->complete = out->complete && complete;
		buf_release(&mended);
	}
	if (!read || (out->org_name.ptr == NULL && out->report_id.ptr == NULL && out->domain.ptr == NULL && out->rows == NULL))
		return false;
	dmarc_hash((struct slice){ text->text.ptr + document->begins, text->at - document->begins }, out->content_hash);
	for (const struct note *n = text->notes; n != NULL; n = n->next)
		note_add(d->arena, &out->repairs, n->text);
	for (const struct note *n = document->notes; n != NULL; n = n->next)
		note_add(d->arena, &out->repairs, n->text);
	return true;
}

/* Gives out every report that a damaged document can be mended to; how many. `why` may become a better reason. */
static int read_damaged(struct door *d, struct slice raw, struct stream *s, struct slice member, struct reject *why)
{
	struct repair text;
	struct repaired document;
	struct report r = { 0 };
	int given = 0;

	if (repair_open(d->arena, raw, &text, why) != 0)
		return 0;
	for (int n = 0; repair_next(&text, &document); n++) {
		if (n == LIMIT_DOCUMENTS) {
			refuse(d, REJECT_TOO_MANY, "more documents one behind the other than the limit", member);
			break;
		}
		if (mend(d, &text, &document, &r)) {
			give_report(d, &r, s, member,
				    (struct slice){ text.text.ptr + document.begins, text.at - document.begins });
			given++;
		}
	}
	return given;
}

static void read_report(struct door *d, struct stream *s, struct slice member)
{
	struct report r;
	struct reject why = { 0 };
	struct slice raw = s->memory;
	struct buf held; /* the document, where it does not lie in memory already */
	bool damaged;
	int rc;

	buf_init(&held, d->sink->document != NULL ? LIMIT_DOCUMENT_BYTES : LIMIT_REPAIR_BYTES);
	rc = dmarc_read(d->arena, s, d->limits->rows, raw.ptr != NULL ? NULL : &held, &r, &why);
	damaged = rc == 0 ? !r.complete : why.code == REJECT_NOT_XML;
	if (raw.ptr == NULL)
		raw = buf_slice(&held);
	if (!damaged || held.full || raw.len > LIMIT_REPAIR_BYTES || read_damaged(d, raw, s, member, &why) == 0) {
		if (rc == 0)
			give_report(d, &r, s, member, held.full ? (struct slice){ 0 } : raw);
		else
			give_reject(d, &why, member);
	}
	buf_release(&held);
}

static void read_tls(struct door *d, struct stream *s, struct slice member)
{
	struct tls_report r;
	struct reject why = { 0 };

	if (tlsrpt_read(d->arena, s, &r, &why) != 0) {
		give_reject(d, &why, member);
		return;
	}
	r.file = d->file;
	r.member = label(d, member);
	d->found++;
	d->sink->tls(d->sink->ctx, &r);
}

/* --- mails --- */

static void read_mail(struct door *d, struct slice mail, struct slice member);

static void read_failure(struct door *d, const struct mime_leaf *leaf)
{
	struct failure_report r;

	if (!failure_read(d->arena, leaf->body, &r) && !failure_read(d->arena, leaf->headers, &r)) {
		refuse(d, REJECT_FAILURE_REPORT, reject_sentence(REJECT_FAILURE_REPORT), leaf->member);
		return;
	}
	r.file = d->file;
	r.member = label(d, leaf->member);
	d->found++;
	d->sink->failure(d->sink->ctx, &r);
}

static bool is_text(struct slice type)
{
	return slice_is(type, "text/plain") || slice_is(type, "text/html");
}

static void on_leaf(void *ctx, const struct mime_leaf *leaf)
{
	struct door *d = ctx;
	struct stream s;

	if (slice_is(leaf->type, "message/feedback-report")) {
		read_failure(d, leaf);
		return;
	}
	if (is_text(leaf->type) && !is_report_text(leaf->body) && !unpack_is_container(leaf->body))
		return;
	stream_of(&s, leaf->body);
	unpack_walk(&d->unpack, &s, leaf->member);
}

/* The mail with lines of nothing but blanks made empty: some gateways write " " where headers end, which hides the parts. */
static struct slice without_blank_tails(struct arena *a, struct slice mail)
{
	char *out = arena_alloc(a, mail.len + 1);
	size_t n = 0;

	while (mail.len > 0) {
		const char *start = mail.ptr;
		struct slice line = text_take_line(&mail);
		size_t with_end = (size_t)(mail.ptr - start);

		if (line.len > 0 && (*line.ptr == ' ' || *line.ptr == '\t') && text_trim(line).len == 0 && with_end > line.len) {
			out[n++] = '\n';
		} else {
			memcpy(out + n, start, with_end);
			n += with_end;
		}
	}
	return (struct slice){ out, n };
}

static void on_head(void *ctx, struct slice sender, struct slice subject)
{
	struct door *d = ctx;

	d->sink->head(d->sink->ctx, label(d, sender), label(d, subject));
}

static void read_mail(struct door *d, struct slice mail, struct slice member)
{
	const struct mime_visitor again = { on_leaf, on_refused, d };
	const struct mime_visitor visitor = { on_leaf, on_refused, d, d->mails == 0 && d->sink->head != NULL ? on_head : NULL };
	const char *detail = "mails in each other deeper than the limit";
	enum reject_code code;
	struct slice mended;
	int found = d->found, opened = ++d->opened;

	if (d->mails > 0 && (d->inner_bytes += mail.len) > LIMIT_INNER_MAIL_BYTES) {
		refuse(d, REJECT_TOO_LARGE, "the mails inside of the mail are larger than the limit", member);
		return;
	}
	code = d->mails < LIMIT_MIME_DEPTH ? prescan_mail(mail, &detail) : REJECT_TOO_DEEP;
	if (code != REJECT_NONE) {
		refuse(d, code, detail, member);
		return;
	}
	d->mails++;
	mime_walk(d->arena, mail, member, &visitor);
	/* Not where a mail in it was read: that has had its own second time, and times would double with each level. */
	if (d->found == found && d->opened == opened &&
	    (mended = without_blank_tails(d->arena, mail)).len < mail.len)
		mime_walk(d->arena, mended, member, &again);
	d->mails--;
}

/* A mail that lies in an archive: mails are read whole, so it is taken into memory up to the ceiling of a mail. */
static void read_mail_stream(struct door *d, struct stream *s, struct slice member)
{
	unsigned char piece[LIMIT_XML_CHUNK_BYTES];
	struct buf mail;
	ptrdiff_t n = 0;

	if (s->memory.ptr != NULL) {
		read_mail(d, s->memory, member);
		return;
	}
	buf_init(&mail, (size_t)d->limits->mail_bytes);
	while ((n = stream_read(s, piece, sizeof piece)) > 0 && buf_add(&mail, piece, (size_t)n) == 0)
		;
	if (n < 0)
		refuse(d, s->code, s->detail, member);
	else if (mail.full)
		refuse(d, REJECT_TOO_LARGE, "the mail is larger than the limit", member);
	else
		read_mail(d, buf_slice(&mail), member);
	buf_release(&mail);
}

static void on_document(void *ctx, struct stream *s, struct slice member)
{
	struct door *d = ctx;
	struct slice head = s->memory.ptr != NULL ? s->memory : stream_peek(s, STREAM_HEAD_BYTES);

	if (is_xml(head))
		read_report(d, s, member);
	else if (is_json(head))
		read_tls(d, s, member);
	else if (message_is_mail(head))
		read_mail_stream(d, s, member);
}

/* --- the door --- */

void message_init(void)
{
	xml_init();
	mime_init();
}

void message_read(struct arena *a, struct slice file, struct slice bytes, const struct message_limits *limits,
		  const struct message_sink *sink)
{
	struct door d = { .arena = a, .file = text_cut(text_utf8_clean(a, file), LIMIT_LABEL_BYTES), .limits = limits, .sink = sink };
	struct stream s;

	d.unpack = (struct unpack){ .arena = a,
				    .part_bytes = limits->part_bytes,
				    .left_bytes = limits->expanded_bytes,
				    .document = on_document,
				    .refused = on_refused,
				    .ctx = &d };
	if (skip_blanks(bytes).len == 0) {
		refuse(&d, REJECT_EMPTY, "the file is empty", (struct slice){ 0 });
	} else if (bytes.len > (size_t)limits->mail_bytes && message_is_mail(bytes)) {
		refuse(&d, REJECT_TOO_LARGE, "the mail is larger than the limit", (struct slice){ 0 });
	} else if (bytes.len > (size_t)limits->part_bytes) {
		refuse(&d, REJECT_TOO_LARGE, "the file is larger than the limit", (struct slice){ 0 });
	} else {
		stream_of(&s, bytes);
		unpack_walk(&d.unpack, &s, (struct slice){ 0 });
		if (d.found == 0)
			refuse(&d, REJECT_NO_REPORT, reject_sentence(REJECT_NO_REPORT), (struct slice){ 0 });
	}
}
