/* demo_mail: see demo_mail.h. Names as in demo.c: RFC 2606 and RFC 5737 but for well-known reporters. */
#include "daemon/demo_mail.h"

#include "base/arena.h"

#include <stdio.h>

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
	int64_t fresh, known, others;
} others[] = {
	{ 21, 5, "noreply@mx.example", "Report domain: univ.example", MAIL_REFUSED, REJECT_TOO_LARGE, "report.zip",
	  "the archive unpacks to more than 64 MB", 0, 0, 0, 0 },
	{ 17, 8, "postmaster@college.example", "Out of office: Re: DMARC", MAIL_REFUSED, REJECT_NO_REPORT, NULL,
	  "the mail holds text alone", 0, 0, 0, 0 },
	{ 12, 6, "dmarc@clinic.example", "Report Domain: univ.example Submitter: clinic.example", MAIL_REFUSED, REJECT_NOT_XML,
	  "part2(clinic.example!univ.example.xml.gz)", "the element <record> is closed by </row>", 214, 0, 0, 0 },
	{ 9, 7, "dmarc-noreply@google.example", "Report domain: univ.example Submitter: google.com", MAIL_READ, REJECT_NONE, NULL, NULL, 0, 0, 1, 0 },
	{ 6, 4, "reports@partner.example", "Report Domain: partner.example", MAIL_REFUSED, REJECT_FOREIGN, "partner.example.xml",
	  "the report is about partner.example, which is none of yours", 0, 0, 0, 0 },
	{ 4, 9, "noreply-smtp-tls-reporting@google.example", "Report Domain: univ.example Submitter: google.com", MAIL_READ, REJECT_NONE, NULL, NULL, 0, 0, 0, 1 },
	{ 2, 7, "noreply@mx.example", "Report domain: univ.example", MAIL_REFUSED, REJECT_DAMAGED, "report.zip", "the archive ends in its middle", 0, 0, 0, 0 },
};

static int put_mail(struct demo_mail *m, int64_t received_s, enum mail_outcome outcome, const struct mail_gave *gave, struct slice bytes, struct err *err)
{
	char uid[32];

	snprintf(uid, sizeof uid, "1:%lld", (long long)++m->uid);
	return store_mail(m->store, m->mailbox, slice_of(uid), bytes, received_s, outcome, gave, err);
}

static int put_other(struct demo_mail *m, const struct other *o, int64_t last_day, struct err *err)
{
	const struct mail_gave gave = { slice_of(o->sender), slice_of(o->subject), o->known > 0 ? store_met(m->store) : 0, o->fresh, o->known, o->others };
	const struct reject reject = { .code = o->code, .file = slice_of(o->subject), .member = slice_of(o->member), .line = o->line,
				       .detail = slice_of(o->detail) };
	int64_t received_s = (last_day - o->days_back + 1) * DAY_S + o->hour * HOUR_S;
	char bytes[TEXT_BYTES];
	bool fresh;

	snprintf(bytes, sizeof bytes, "From: %s\r\nSubject: %s\r\n\r\nDemo data: there is no such mail (%d).\r\n", o->sender, o->subject, o->days_back);
	if (o->code != REJECT_NONE && store_reject(m->store, &reject, slice_of(bytes), received_s, &fresh, err) != 0)
		return -1;
	return put_mail(m, received_s, o->outcome, &gave, slice_of(bytes), err);
}

int demo_mail_others(struct demo_mail *m, int64_t last_day, struct err *err)
{
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (put_other(m, &others[i], last_day, err) != 0)
			return -1;
	return 0;
}

/* --- mails with a report --- */

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

/* As long as such a mail would be; the bytes are nobody's. */
int demo_mail_report(struct demo_mail *m, const struct report *r, int64_t received_s, struct err *err)
{
	struct arena a = { 0 };
	size_t n = 2200 + (size_t)r->row_count * 45;
	char *bytes = arena_alloc(&a, n);
	const struct mail_gave gave = {
		r->email,
		slice_of(arena_printf(&a, "Report domain: %.*s Submitter: %.*s Report-ID: %.*s", (int)r->domain.len, r->domain.ptr,
				      (int)r->org_name.len, r->org_name.ptr, (int)r->report_id.len, r->report_id.ptr)),
		store_met(m->store), 1, 0, 0
	};
	int rc;

	memcpy(bytes, r->content_hash, sizeof r->content_hash);
	rc = put_mail(m, received_s, MAIL_READ, &gave, (struct slice){ bytes, n }, err);
	arena_release(&a);
	return rc;
}
