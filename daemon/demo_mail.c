/* demo_mail: see demo_mail.h. Names as in demo.c: RFC 2606 and RFC 5737 but for well-known reporters. */
#include "daemon/demo_mail.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>

enum { HOUR_S = 3600, DAY_S = 86400, TEXT_BYTES = 256 };

static const char place[] = "imap://dmarc@mail.univ.example:993/INBOX";

/* --- mails that gave no new report --- */

static const struct other {
	int days_back, hour; /* before the last day */
	const char *sender, *subject;
	enum mail_outcome outcome;
	enum reject_code code;
	const char *member, *detail;
	int64_t line;
	int64_t known, others;
} others[] = {
	{ 21, 5, "noreply@mx.example", "Report domain: univ.example", MAIL_REFUSED, REJECT_TOO_LARGE, "report.zip",
	  "the archive unpacks to more than 64 MB", 0, 0, 0 },
	{ 17, 8, "postmaster@college.example", "Out of office: Re: DMARC", MAIL_REFUSED, REJECT_NO_REPORT, NULL,
	  "the mail holds text alone", 0, 0, 0 },
	{ 12, 6, "dmarc@clinic.example", "Report Domain: univ.example Submitter: clinic.example", MAIL_REFUSED, REJECT_NOT_XML,
	  "part2(clinic.example!univ.example.xml.gz)", "the element <record> is closed by </row>", 214, 0, 0 },
	{ 9, 7, "dmarc-noreply@google.example", "Report domain: univ.example Submitter: google.com", MAIL_READ, REJECT_NONE, NULL, NULL, 0, 1, 0 },
	{ 6, 4, "reports@partner.example", "Report Domain: partner.example", MAIL_REFUSED, REJECT_FOREIGN, "partner.example.xml",
	  "the report is about partner.example, which is none of yours", 0, 0, 0 },
	{ 4, 9, "noreply-smtp-tls-reporting@google.example", "Report Domain: univ.example Submitter: google.com", MAIL_READ, REJECT_NONE, NULL, NULL, 0, 0, 1 },
	{ 2, 7, "noreply@mx.example", "Report domain: univ.example", MAIL_REFUSED, REJECT_DAMAGED, "report.zip", "the archive ends in its middle", 0, 0, 0 },
};

/* --- gathered, and put in order of their coming --- */

struct demo_mail_line {
	int64_t received_s;
	struct slice sender, subject;
	size_t bytes;            /* how many such a mail would have */
	int64_t report;
	const struct other *other; /* or NULL */
};

static struct demo_mail_line *add(struct demo_mail *m)
{
	struct demo_mail_line *more;

	if (m->n == m->room) {
		m->room = m->room * 2 + 256;
		more = arena_array(&m->arena, m->room, sizeof *more);
		if (m->n > 0)
			memcpy(more, m->line, m->n * sizeof *more);
		m->line = more;
	}
	return &m->line[m->n++];
}

int demo_mail_begin(struct demo_mail *m, struct store *s, int64_t now_s, struct err *err)
{
	struct mailbox_state state;

	*m = (struct demo_mail){ .store = s, .now_s = now_s };
	return store_mailbox(s, slice_of(place), &m->mailbox, &state, err);
}

int64_t demo_mail_received(const struct demo_mail *m, const struct report *r)
{
	int64_t hours = slice_is(r->org_name, "Mimecast") ? 20 : 2 + (int64_t)(r->org_name.len * 5 % 9);
	int64_t received_s = r->end + hours * HOUR_S + (int64_t)(r->content_hash[0] % 60) * 60;

	return received_s < m->now_s ? received_s : m->now_s;
}

void demo_mail_report(struct demo_mail *m, const struct report *r, int64_t received_s)
{
	const char *subject = arena_printf(&m->arena, "Report domain: %.*s Submitter: %.*s Report-ID: %.*s", (int)r->domain.len, r->domain.ptr,
					   (int)r->org_name.len, r->org_name.ptr, (int)r->report_id.len, r->report_id.ptr);

	*add(m) = (struct demo_mail_line){ .received_s = received_s, .sender = text_copy(&m->arena, r->email), .subject = slice_of(subject),
					   .bytes = 2200 + (size_t)r->row_count * 45, .report = store_met(m->store) };
}

/* --- into the tables --- */

static int in_order(const void *a, const void *b)
{
	const struct demo_mail_line *x = a, *y = b;

	return x->received_s != y->received_s ? (x->received_s < y->received_s ? -1 : 1) : (x->report > y->report) - (x->report < y->report);
}

static int put_mail(struct demo_mail *m, const struct demo_mail_line *l, enum mail_outcome outcome, const struct mail_gave *gave,
		    struct slice bytes, struct err *err)
{
	char uid[32];

	snprintf(uid, sizeof uid, "1:%lld", (long long)++m->uid);
	return store_mail(m->store, m->mailbox, slice_of(uid), bytes, l->received_s, outcome, gave, err);
}

static int put_other(struct demo_mail *m, const struct demo_mail_line *l, struct err *err)
{
	const struct other *o = l->other;
	const struct mail_gave gave = { l->sender, l->subject, o->known > 0 ? 1 : 0, 0, o->known, o->others };
	const struct reject reject = { .code = o->code, .file = l->subject, .member = slice_of(o->member), .line = o->line,
				       .detail = slice_of(o->detail) };
	char bytes[TEXT_BYTES];
	bool fresh;

	snprintf(bytes, sizeof bytes, "From: %s\r\nSubject: %s\r\n\r\nDemo data: there is no such mail (%d).\r\n", o->sender, o->subject, o->days_back);
	if (o->code != REJECT_NONE && store_reject(m->store, &reject, slice_of(bytes), l->received_s, &fresh, err) != 0)
		return -1;
	return put_mail(m, l, o->outcome, &gave, slice_of(bytes), err);
}

/* As long as such a mail would be; the bytes are nobody's, and not kept. */
static int put_read(struct demo_mail *m, const struct demo_mail_line *l, struct err *err)
{
	const struct mail_gave gave = { l->sender, l->subject, l->report, 1, 0, 0 };
	struct arena a = { 0 };
	char *bytes = arena_alloc(&a, l->bytes);
	int rc;

	memcpy(bytes, &l->report, sizeof l->report);
	rc = put_mail(m, l, MAIL_READ, &gave, (struct slice){ bytes, l->bytes }, err);
	arena_release(&a);
	return rc;
}

int demo_mail_end(struct demo_mail *m, int64_t last_day, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		*add(m) = (struct demo_mail_line){ .received_s = (last_day - others[i].days_back + 1) * DAY_S + others[i].hour * HOUR_S,
						   .sender = slice_of(others[i].sender), .subject = slice_of(others[i].subject), .other = &others[i] };
	qsort(m->line, m->n, sizeof *m->line, in_order);
	for (size_t i = 0; i < m->n && rc == 0; i++)
		rc = m->line[i].other != NULL ? put_other(m, &m->line[i], err) : put_read(m, &m->line[i], err);
	arena_release(&m->arena);
	return rc;
}
