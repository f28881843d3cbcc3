/* desk_web: see desk_web.h. */
#include "daemon/desk_web.h"

#include "base/text.h"
#include "schema/ask.h"
#include "schema/limits.h"
#include "storage/raw.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const struct slice uploads_place = { "web:uploads", 11 };
static const struct slice uploads_label = { "a file sent to the pages", 24 };

struct job { /* something that was asked and is not yet answered */
	struct desk_web *desk;
	uint32_t number;
	uint64_t connection; /* who asked: another process would take the number for one of its own */
	struct buf answer;
	struct arena arena;
	/* of a refusal that is read again */
	struct kept_reject kept;
	struct reject again;
	struct mail_gave gave;
	bool is_refused, is_read;
	/* of a document that is looked for */
	struct slice label;
	unsigned char content[REPORT_HASH_BYTES];
	bool is_found;
	int64_t count[BOARD_COUNTS];
	struct job *next;
};

struct desk_web {
	const struct heritage *heritage;
	struct ledger *ledger;
	struct channel *channel; /* NULL: nobody is connected */
	uint64_t connection;     /* how often somebody was */
	struct job *done, **done_end; /* to be answered with the next commit */
	int64_t count[BOARD_COUNTS];
	int64_t uploads;         /* number of their mailbox; 0 not yet known */
	struct intake_sink upload, retry, find;
};

static int64_t now_s(void)
{
	return (int64_t)time(NULL);
}

static struct store *store_of(const struct desk_web *d)
{
	return ledger_store(d->ledger);
}

/* --- answering --- */

static struct job *job_new(struct desk_web *d, uint32_t number)
{
	struct job *j = calloc(1, sizeof *j);

	if (j == NULL)
		abort(); /* no memory: the parent starts it again */
	j->desk = d;
	j->number = number;
	j->connection = d->connection;
	buf_init(&j->answer, LIMIT_UPLOAD_BYTES);
	return j;
}

static void job_free(struct job *j)
{
	buf_release(&j->answer);
	arena_release(&j->arena);
	free(j);
}

static void answer(struct desk_web *d, uint64_t connection, uint32_t number, struct slice head, struct slice rest)
{
	if (number != 0 && d->channel != NULL && connection == d->connection)
		channel_put(d->channel, FRAME_ANSWER, number, head, rest);
}

/* What it changed is not durable yet. */
static void answer_later(struct job *j)
{
	struct desk_web *d = j->desk;

	*d->done_end = j;
	d->done_end = &j->next;
	ledger_touch(d->ledger);
}

void desk_web_committed(struct desk_web *d)
{
	for (struct job *j = d->done, *next; j != NULL; j = next) {
		next = j->next;
		for (int i = 0; i < BOARD_COUNTS; i++)
			d->count[i] += j->count[i];
		answer(d, j->connection, j->number, buf_slice(&j->answer), (struct slice){ 0 });
		job_free(j);
	}
	d->done = NULL;
	d->done_end = &d->done;
	for (int i = 0; i < BOARD_COUNTS; i++)
		if (d->count[i] != 0)
			board_add(d->heritage->board, d->heritage->slot, (enum board_count)i, d->count[i]);
	if (d->count[BOARD_REPORTS] != 0)
		board_set(d->heritage->board, d->heritage->slot, BOARD_LAST_S, now_s());
	memset(d->count, 0, sizeof d->count);
}

/* --- files --- */

static int take_reject(struct job *j, struct slice member, enum reject_code code, struct slice detail)
{
	const struct taken t = { .kind = TAKEN_REJECT, .member = member, .code = slice_of(reject_name(code)), .detail = detail,
				 .begin_s = REPORT_NO_TIME, .end_s = REPORT_NO_TIME };

	taken_encode(&j->answer, &t);
	return 0;
}

static int on_reject(void *ctx, const struct intake_item *item, const struct reject *r, struct err *err)
{
	struct desk_web *d = ctx;
	struct job *j = item->tag;
	bool fresh;

	j->is_refused = true;
	take_reject(j, r->member, r->code, r->detail);
	return store_reject(store_of(d), r, item->bytes, now_s(), &fresh, err);
}

/* Bytes of a refusal are given up only for the part that they were kept for: it, or what lies in it. */
static void note_read(struct job *j, struct slice member)
{
	const struct slice kept = j->kept.member;

	j->is_read = j->is_read || kept.ptr == NULL || (member.len >= kept.len && memcmp(member.ptr, kept.ptr, kept.len) == 0);
}

static int take_report(struct job *j, const struct report *r, struct slice bytes, struct err *err)
{
	struct taken t = { .kind = TAKEN_REPORT, .member = r->member, .reporter = r->org_name, .domain = r->domain,
			   .report_id = r->report_id, .begin_s = r->begin, .end_s = r->end };
	enum stored how;

	if (store_report(store_of(j->desk), r, bytes, now_s(), &how, err) != 0)
		return -1;
	for (const struct row *row = r->rows; row != NULL; row = row->next)
		t.messages += row->count;
	t.known = how == STORED_DUPLICATE;
	taken_encode(&j->answer, &t);
	j->count[t.known ? BOARD_DUPLICATES : BOARD_REPORTS]++;
	*(t.known ? &j->gave.known : &j->gave.fresh) += 1;
	if (j->gave.report == 0)
		j->gave.report = store_met(store_of(j->desk));
	note_read(j, r->member);
	return 0;
}

static int on_report(void *ctx, const struct intake_item *item, const struct report *r, struct err *err)
{
	struct desk_web *d = ctx;
	const struct reject foreign = command_foreign(r);

	if (!command_wants(&d->heritage->command->config, r))
		return item->sink->reject(ctx, item, &foreign, err);
	return take_report(item->tag, r, item->bytes, err);
}

static int on_tls(void *ctx, const struct intake_item *item, const struct tls_report *r, struct err *err)
{
	struct desk_web *d = ctx;
	struct job *j = item->tag;
	struct taken t = { .kind = TAKEN_TLS, .member = r->member, .reporter = r->organization_name, .report_id = r->report_id,
			   .begin_s = REPORT_NO_TIME, .end_s = REPORT_NO_TIME };
	enum stored how;

	if (store_tls(store_of(d), r, now_s(), &how, err) != 0)
		return -1;
	t.known = how == STORED_DUPLICATE;
	taken_encode(&j->answer, &t);
	j->count[BOARD_TLS]++;
	j->gave.others++;
	note_read(j, r->member);
	return 0;
}

static int on_failure(void *ctx, const struct intake_item *item, const struct failure_report *r, struct err *err)
{
	struct desk_web *d = ctx;
	struct job *j = item->tag;
	const struct taken t = { .kind = TAKEN_FAILURE, .member = r->member, .begin_s = REPORT_NO_TIME,
				 .end_s = REPORT_NO_TIME };
	enum stored how;

	taken_encode(&j->answer, &t);
	j->count[BOARD_FAILURES]++;
	j->gave.others++;
	note_read(j, r->member);
	return d->heritage->command->config.database.failure_reports ? store_failure(store_of(d), r, now_s(), &how, err) : 0;
}

static void on_head(void *ctx, const struct intake_item *item, struct slice sender, struct slice subject)
{
	struct job *j = item->tag;

	j->gave.sender = text_copy(&j->arena, sender);
	j->gave.subject = text_copy(&j->arena, subject);
}

/* A file is a mail of a mailbox of its own kind; the same bytes are one. */
static int keep_mail(struct desk_web *d, struct job *j, const struct intake_item *item, struct err *err)
{
	unsigned char key[RAW_KEY_BYTES];
	struct mailbox_state state;
	struct buf place;
	int rc;

	if (d->uploads == 0 && store_mailbox(store_of(d), uploads_place, &d->uploads, &state, err) != 0)
		return -1;
	buf_init(&place, LIMIT_PLACE_BYTES);
	raw_key(item->bytes, key);
	for (size_t i = 0; i < sizeof key; i++)
		buf_addf(&place, "%02x", key[i]);
	buf_add_char(&place, ' ');
	buf_add_slice(&place, text_cut(item->label, LIMIT_PLACE_BYTES - place.len));
	rc = store_mail(store_of(d), d->uploads, buf_slice(&place), item->bytes, now_s(),
			!j->is_refused ? MAIL_READ : j->is_read ? MAIL_PARTLY : MAIL_REFUSED, &j->gave, err);
	buf_release(&place);
	return rc;
}

static int on_uploaded(void *ctx, const struct intake_item *item, struct err *err)
{
	struct desk_web *d = ctx;
	struct job *j = item->tag;

	j->count[BOARD_MAILS]++;
	j->count[BOARD_REFUSED] += j->is_refused && !j->is_read;
	if (keep_mail(d, j, item, err) != 0)
		return -1;
	answer_later(j);
	return 0;
}

static char *copy_of(struct slice bytes)
{
	char *copy = malloc(bytes.len + 1);

	if (copy != NULL)
		memcpy(copy, bytes.ptr, bytes.len);
	return copy;
}

static int take_upload(struct desk_web *d, struct intake *in, const struct frame *f, struct err *err)
{
	struct slice label, bytes;
	struct job *j;
	char *copy;

	if (!ask_get_pair(f->body, &label, &bytes) || bytes.len > LIMIT_UPLOAD_BYTES)
		return 1;
	if ((copy = copy_of(bytes)) == NULL)
		return err_errno(err, "a file of %zu bytes", bytes.len);
	j = job_new(d, f->message);
	return intake_add_to(in, &d->upload, NULL, label.len > 0 ? label : uploads_label, copy, bytes.len, j, err);
}

/* --- refusals read again --- */

static int on_refused_again(void *ctx, const struct intake_item *item, const struct reject *r, struct err *err)
{
	struct job *j = item->tag;

	take_reject(j, r->member, r->code, r->detail);
	if (j->is_refused && !slice_eq(r->member, j->kept.member))
		return 0;
	j->is_refused = true;
	j->again = *r;
	j->again.detail = text_copy(&j->arena, r->detail);
	return 0;
}

static int on_retried(void *ctx, const struct intake_item *item, struct err *err)
{
	struct desk_web *d = ctx;
	struct job *j = item->tag;

	if ((j->is_read || j->is_refused) &&
	    store_retried(store_of(d), j->kept.id, j->is_read ? NULL : &j->again, err) != 0)
		return -1;
	answer_later(j);
	return 0;
}

/* --- documents --- */

static void answer_document(struct desk_web *d, uint64_t connection, uint32_t number, enum document_state state, struct slice label,
			    struct slice bytes)
{
	const struct document said = { state, label, { "", 0 } };
	struct buf head;

	buf_init(&head, LIMIT_XML_TEXT_BYTES);
	document_encode(&head, &said);
	answer(d, connection, number, buf_slice(&head), bytes);
	buf_release(&head);
}

static int on_document(void *ctx, const struct intake_item *item, struct slice document, struct err *err)
{
	struct job *j = item->tag;

	if (j->is_found)
		return 0;
	j->is_found = true;
	answer_document(j->desk, j->connection, j->number, DOCUMENT_HERE, j->label, document);
	return 0;
}

/* Nothing but the document is wanted, whatever a parser says. */
static int pass_over_report(void *ctx, const struct intake_item *item, const struct report *r, struct err *err)
{
	return 0;
}

static int pass_over_tls(void *ctx, const struct intake_item *item, const struct tls_report *r, struct err *err)
{
	return 0;
}

static int pass_over_failure(void *ctx, const struct intake_item *item, const struct failure_report *r, struct err *err)
{
	return 0;
}

static int pass_over_reject(void *ctx, const struct intake_item *item, const struct reject *r, struct err *err)
{
	return 0;
}

static int on_searched(void *ctx, const struct intake_item *item, struct err *err)
{
	struct job *j = item->tag;

	if (!j->is_found)
		answer_document(j->desk, j->connection, j->number, DOCUMENT_UNREAD, j->label, SLICE(""));
	job_free(j);
	return 0;
}

static int find_document(struct desk_web *d, struct intake *in, uint32_t number, const struct kept_document *kept, struct err *err)
{
	struct job *j = job_new(d, number);
	char *copy = copy_of(kept->bytes);

	if (copy == NULL) {
		job_free(j);
		return err_errno(err, "a file of %zu bytes", kept->bytes.len);
	}
	j->label = text_copy(&j->arena, kept->label);
	memcpy(j->content, kept->content, sizeof j->content);
	return intake_add_to(in, &d->find, j->content, kept->label, copy, kept->bytes.len, j, err);
}

static int take_wanted(struct desk_web *d, struct intake *in, const struct frame *f, struct err *err)
{
	struct arena scratch = { 0 };
	struct kept_document kept;
	struct wanted w;
	int rc;

	if (!wanted_decode(f->body, &w))
		return 1;
	rc = store_document(store_of(d), &scratch, &w, &kept, err);
	if (rc == 0)
		answer_document(d, d->connection, f->message, DOCUMENT_UNKNOWN, SLICE(""), SLICE(""));
	else if (rc == 1 && kept.bytes.ptr == NULL)
		answer_document(d, d->connection, f->message, DOCUMENT_GONE, kept.label, SLICE(""));
	else if (rc == 1 && w.kind == WANTED_REPORT)
		rc = find_document(d, in, f->message, &kept, err);
	else if (rc == 1)
		answer_document(d, d->connection, f->message, kept.bytes.len <= LIMIT_DOCUMENT_BYTES ? DOCUMENT_HERE : DOCUMENT_TOO_LARGE, kept.label,
				kept.bytes.len <= LIMIT_DOCUMENT_BYTES ? kept.bytes : SLICE(""));
	arena_release(&scratch);
	return rc < 0 ? -1 : 0;
}

/* --- edits --- */

static int revoke(struct desk_web *d, const struct edit *e, struct edited *out, struct err *err)
{
	if (store_grant_revoke(store_of(d), e->grant.kind, e->id, &out->done, err) != 0)
		return -1;
	if (!out->done)
		out->why = SLICE("There is none of that number any more.");
	return 0;
}

/* A session that came by a link is a use of the link. */
static int add_grant(struct desk_web *d, const struct edit *e, struct edited *out, struct err *err)
{
	if (store_grant_add(store_of(d), &e->grant, &out->id, err) != 0)
		return -1;
	out->done = out->id != 0;
	if (!out->done)
		out->why = SLICE("This link was revoked.");
	return out->done && e->grant.link != 0 ? store_grant_used(store_of(d), e->grant.link, now_s(), err) : 0;
}

static int dismiss(struct desk_web *d, const struct edit *e, struct edited *out, struct err *err)
{
	struct arena scratch = { 0 };
	struct kept_reject kept;
	int rc = store_find_reject(store_of(d), &scratch, e->id, &kept, err);

	out->done = rc == 1;
	if (rc == 0)
		out->why = SLICE("There is no such refusal any more.");
	if (rc == 1)
		rc = store_retried(store_of(d), e->id, NULL, err);
	arena_release(&scratch);
	return rc < 0 ? -1 : 0;
}

/* What people write down (schema/journal.h). */
static int keep_journal(struct desk_web *d, const struct edit *e, int64_t *id, enum journaled *became, struct err *err)
{
	*id = e->id;
	switch (e->kind) {
	case EDIT_NOTE:
		return store_note(store_of(d), &e->note, id, became, err);
	case EDIT_NOTE_REMOVE:
		return store_note_remove(store_of(d), e->id, e->note.version, became, err);
	case EDIT_CONFIRM:
		return store_confirm(store_of(d), &e->confirmation, id, became, err);
	case EDIT_WITHDRAW:
		return store_withdraw(store_of(d), e->id, became, err);
	case EDIT_BLOCKER:
		return store_blocker(store_of(d), &e->blocker, id, became, err);
	default:
		return store_blocker_remove(store_of(d), e->id, e->blocker.version, became, err);
	}
}

static int write_journal(struct desk_web *d, const struct edit *e, struct edited *out, struct err *err)
{
	static const struct slice why[] = { [JOURNAL_DONE] = { "", 0 },
					    [JOURNAL_GONE] = { "There is none of that number any more.", 38 },
					    [JOURNAL_STALE] = { "Somebody else changed it meanwhile: look at it again first.", 59 },
					    [JOURNAL_FULL] = { "There are too many: remove some that are over first.", 52 } };
	enum journaled became;

	if (keep_journal(d, e, &out->id, &became, err) != 0)
		return -1;
	out->done = became == JOURNAL_DONE;
	out->stale = became == JOURNAL_STALE;
	out->why = why[became];
	return 0;
}

static int do_edit(struct desk_web *d, const struct edit *e, struct edited *out, struct err *err)
{
	switch (e->kind) {
	case EDIT_GRANT_ADD:
		return add_grant(d, e, out, err);
	case EDIT_GRANT_REVOKE:
		return revoke(d, e, out, err);
	case EDIT_GRANT_USED:
		out->done = true;
		return store_grant_used(store_of(d), e->id, now_s(), err);
	case EDIT_DISMISS:
		return dismiss(d, e, out, err);
	case EDIT_NOTE:
	case EDIT_NOTE_REMOVE:
	case EDIT_CONFIRM:
	case EDIT_WITHDRAW:
	case EDIT_BLOCKER:
	case EDIT_BLOCKER_REMOVE:
		return write_journal(d, e, out, err);
	default:
		out->done = true;
		return 0;
	}
}

static int write_down(struct desk_web *d, const struct edit *e, struct err *err)
{
	return e->what.len > 0 ? store_audit(store_of(d), now_s(), e->who, e->what, e->detail, err) : 0;
}

static int edit(struct desk_web *d, const struct frame *f, const struct edit *e, struct err *err)
{
	struct edited done = { .why = SLICE("") };
	struct job *j;

	if (do_edit(d, e, &done, err) != 0 || (done.done && write_down(d, e, err) != 0))
		return -1;
	j = job_new(d, f->message);
	edited_encode(&j->answer, &done);
	answer_later(j);
	return 0;
}

/* What is not kept any more is refused as it was. */
static int retry(struct desk_web *d, struct intake *in, const struct frame *f, const struct edit *e, struct err *err)
{
	struct job *j = job_new(d, f->message);
	int rc = store_find_reject(store_of(d), &j->arena, e->id, &j->kept, err);
	char *copy;

	if (rc < 0 || (rc == 1 && write_down(d, e, err) != 0)) {
		job_free(j);
		return -1;
	}
	if (rc == 0 || j->kept.bytes.ptr == NULL) {
		take_reject(j, j->kept.member, REJECT_NO_REPORT, rc == 0 ? SLICE("there is no such refusal any more") : SLICE("its bytes are no longer kept"));
		answer_later(j);
		return 0;
	}
	if ((copy = copy_of(j->kept.bytes)) == NULL) {
		job_free(j);
		return err_errno(err, "a refusal read again");
	}
	return intake_add_to(in, &d->retry, NULL, j->kept.file, copy, j->kept.bytes.len, j, err);
}

static int take_edit(struct desk_web *d, struct intake *in, const struct frame *f, struct err *err)
{
	struct edit e;

	if (!edit_decode(f->body, &e))
		return 1;
	return e.kind == EDIT_RETRY ? retry(d, in, f, &e, err) : edit(d, f, &e, err);
}

/* --- the door --- */

int desk_web_take(struct desk_web *d, struct intake *in, const struct frame *f, struct err *err)
{
	switch (f->kind) {
	case FRAME_UPLOAD:
		return take_upload(d, in, f, err);
	case FRAME_COMMAND:
		return take_edit(d, in, f, err);
	case FRAME_WANT_DOCUMENT:
		return take_wanted(d, in, f, err);
	default:
		return 1;
	}
}

void desk_web_connect(struct desk_web *d, struct channel *c)
{
	d->channel = c;
	d->connection++;
}

int desk_web_open(const struct heritage *h, struct ledger *l, struct desk_web **out, struct err *err)
{
	struct desk_web *d = calloc(1, sizeof *d);

	if (d == NULL)
		return err_errno(err, "store");
	d->heritage = h;
	d->ledger = l;
	d->done_end = &d->done;
	d->upload = (struct intake_sink){ on_report, on_tls, on_failure, on_reject, on_uploaded, d, NULL, on_head };
	d->retry = (struct intake_sink){ on_report, on_tls, on_failure, on_refused_again, on_retried, d, NULL };
	d->find = (struct intake_sink){ pass_over_report, pass_over_tls, pass_over_failure, pass_over_reject, on_searched, d, on_document };
	*out = d;
	return 0;
}

void desk_web_close(struct desk_web *d)
{
	if (d == NULL)
		return;
	for (struct job *j = d->done, *next; j != NULL; j = next) {
		next = j->next;
		job_free(j);
	}
	free(d);
}
