/* page_tls: which sessions that bring mail to us failed, as others tell it in SMTP TLS reports (RFC 8460; FORMATS 7): a line for
 * each receiving domain, reporter and kind of policy. Nothing is added up across lines: a session may count under several
 * policies. Neighbours: card.h, reports.h for the tabs. */
#include "web/reports.h"

#include "web/format.h"

enum { DETAILS_SHOWN = 50 };

static const struct column line_columns[] = {
	{ "domain", "Receiving domain", LOOK_NAME, true },
	{ "reporter", "Reporter", LOOK_TEXT, true },
	{ "policy", "Policy", LOOK_TEXT, true },
	{ "policy_type", "Policy type", LOOK_TEXT, .off_page = true },
	{ "hosts", "MX hosts of the policy", LOOK_MONO, .beneath = true },
	{ "successful", "Sessions ok", LOOK_NUMBER, true },
	{ "failed", "Failed", LOOK_NUMBER, true },
	{ "failed_share", "Share failed", LOOK_NUMBER, true },
	{ "reports", "Reports", LOOK_NUMBER },
	{ "first_seen", "First day", LOOK_DAY },
	{ "last_seen", "Last day", LOOK_DAY, .beneath = true },
};
static const struct column detail_columns[] = {
	{ "what", "What went wrong", LOOK_NAME, true },
	{ "result_type", "Result type", LOOK_MONO, .beneath = true },
	{ "reason", "Reason code", LOOK_TEXT, .beneath = true },
	{ "more", "More", LOOK_TEXT, .beneath = true },
	{ "domain", "Receiving domain", LOOK_TEXT, true },
	{ "reporter", "Reporter", LOOK_TEXT, true },
	{ "policy", "Policy", LOOK_TEXT, .beneath = true },
	{ "policy_type", "Policy type", LOOK_TEXT, .off_page = true },
	{ "mx", "Our MX host", LOOK_MONO },
	{ "receiving_ip", "Its address", LOOK_MONO, .beneath = true },
	{ "sending_ip", "From address", LOOK_MONO },
	{ "failed", "Failed", LOOK_NUMBER, true },
	{ "first_seen", "First day", LOOK_DAY },
	{ "last_seen", "Last day", LOOK_DAY, .beneath = true },
};
#define SHEET(key, title, columns) { key, title, columns, sizeof columns / sizeof *columns }
static const struct sheet line_sheet = SHEET("policies", "Sessions by receiving domain, reporter and policy", line_columns);
static const struct sheet detail_sheet = SHEET("failures", "How they failed", detail_columns);
#undef SHEET

/* RFC 8460 4.3. */
static const struct {
	const char *result, *words;
} results[] = {
	{ "starttls-not-supported", "Our server did not offer STARTTLS" },
	{ "certificate-host-mismatch", "The certificate is for another host name" },
	{ "certificate-expired", "The certificate has expired" },
	{ "certificate-not-trusted", "The certificate is of no authority that the sender trusts" },
	{ "validation-failure", "TLS failed for a reason not told apart" },
	{ "tlsa-invalid", "The TLSA record is wrong, or fits no certificate" },
	{ "dnssec-invalid", "DNSSEC did not hold for our records" },
	{ "dane-required", "The sender asks for DANE, and found no TLSA record it could use" },
	{ "sts-policy-fetch-error", "Our MTA-STS policy could not be fetched" },
	{ "sts-policy-invalid", "Our MTA-STS policy could not be read" },
	{ "sts-webpki-invalid", "The certificate of the host that gives our MTA-STS policy did not hold" },
};

static struct slice result_words(struct slice result)
{
	for (size_t i = 0; i < sizeof results / sizeof *results; i++)
		if (slice_is(result, results[i].result))
			return slice_of(results[i].words);
	return result.ptr != NULL ? result : SLICE("Not said");
}

/* RFC 8460 4.2. */
static struct slice policy_words(struct slice type)
{
	return slice_is(type, "tlsa")            ? SLICE("DANE") :
	       slice_is(type, "sts")             ? SLICE("MTA-STS") :
	       slice_is(type, "no-policy-found") ? SLICE("No policy found") :
	       type.ptr != NULL                  ? type :
						   SLICE("Not said");
}

/* --- data --- */

static struct slice narrower(struct page *p, enum param which, struct slice value)
{
	return value.len > 0 ? page_link(p, "/tls", which, value) : (struct slice){ 0 };
}

static void put_whose(struct page *p, struct value *row, const struct tls_line *line)
{
	view_put_text(p->a, row, "domain", line->domain.len > 0 ? line->domain : SLICE("(none)"));
	view_put_text(p->a, row, "reporter", line->reporter);
	view_put_text(p->a, row, "policy", policy_words(line->type));
	view_put_text(p->a, row, "policy_type", line->type);
	sheet_link(p, row, "domain", narrower(p, PARAM_POLICY_DOMAIN, line->domain));
	sheet_link(p, row, "reporter", narrower(p, PARAM_REPORTER, line->reporter));
}

static void put_hosts(struct page *p, struct value *row, struct slice hosts)
{
	struct value *list = view_put_list(p->a, row, "hosts");

	while (hosts.len > 0) {
		const char *end = memchr(hosts.ptr, '\n', hosts.len);
		size_t n = end != NULL ? (size_t)(end - hosts.ptr) : hosts.len;

		view_add_text(p->a, list, (struct slice){ hosts.ptr, n });
		hosts = end != NULL ? (struct slice){ end + 1, hosts.len - n - 1 } : (struct slice){ 0 };
	}
}

static void put_line(struct page *p, struct value *list, const struct tls_line *line)
{
	struct value *row = view_add_object(p->a, list);

	put_whose(p, row, line);
	put_hosts(p, row, line->hosts);
	view_put_known(p->a, row, "successful", line->successful);
	view_put_known(p->a, row, "failed", line->failed);
	if (line->successful >= 0 && line->failed >= 0)
		view_put_share(p->a, row, "failed_share", line->failed, line->successful + line->failed);
	else
		view_put_text(p->a, row, "failed_share", (struct slice){ 0 });
	view_put_int(p->a, row, "reports", line->reports);
	view_put_day(p->a, row, "first_seen", line->first_day);
	view_put_day(p->a, row, "last_seen", line->last_day);
}

static void put_detail(struct page *p, struct value *list, const struct tls_lines *lines, const struct tls_detail *d)
{
	struct value *row = view_add_object(p->a, list);

	view_put_text(p->a, row, "what", result_words(d->result));
	view_put_text(p->a, row, "result_type", d->result);
	view_put_text(p->a, row, "reason", d->reason);
	view_put_text(p->a, row, "more", d->more);
	put_whose(p, row, &lines->item[d->line]);
	view_put_text(p->a, row, "mx", d->mx);
	view_put_text(p->a, row, "receiving_ip", d->receiving_ip);
	view_put_text(p->a, row, "sending_ip", d->sending_ip);
	view_put_known(p->a, row, "failed", d->failed);
	view_put_day(p->a, row, "first_seen", d->first_day);
	view_put_day(p->a, row, "last_seen", d->last_day);
}

static struct value *make_data(struct page *p, const struct tls_lines *lines)
{
	struct value *data = view_object(p->a), *list = view_put_list(p->a, data, line_sheet.key);
	size_t n = p->html && lines->details > DETAILS_SHOWN ? DETAILS_SHOWN : lines->details;

	for (size_t i = 0; i < lines->n; i++)
		put_line(p, list, &lines->item[i]);
	list = view_put_list(p->a, data, detail_sheet.key);
	for (size_t i = 0; i < n; i++)
		put_detail(p, list, lines, &lines->detail[i]);
	return data;
}

/* --- words --- */

static const char *cut(struct page *p, struct slice text)
{
	return arena_printf(p->a, "%.*s", (int)format_cut(text, FORMAT_SCREEN_CHARS), text.ptr != NULL ? text.ptr : "");
}

static void say_worst(struct page *p, struct value *h, const struct tls_line *l)
{
	const char *of = l->successful >= 0 ? arena_printf(p->a, " of %s", format_count_text(p->a, l->successful + l->failed)) : "";

	page_say(p, h, arena_printf(p->a, "%s%s sessions from %s to %s failed%s%s", format_count_text(p->a, l->failed), of,
				    l->reporter.len > 0 ? cut(p, l->reporter) : "a reporter without a name", cut(p, l->domain),
				    slice_is(l->type, "no-policy-found") ? "" : " under ",
				    slice_is(l->type, "no-policy-found") ? "" : cut(p, policy_words(l->type))));
}

static void put_words(struct page *p, struct view *out, const struct tls_lines *lines)
{
	struct value *h = page_headline(p, out), *lede = page_lede(p, out);
	size_t failing = 0;

	while (failing < lines->n && lines->item[failing].failed > 0)
		failing++;
	if (lines->n == 0)
		page_say(p, h, "No TLS report in these days");
	else if (failing == 0)
		page_say(p, h, "No session failed, as far as TLS reports tell");
	else
		say_worst(p, h, &lines->item[0]);
	if (failing > 1)
		page_say(p, lede, arena_printf(p->a, "%s of %s lines below have failed sessions. ", format_count_text(p->a, (int64_t)failing),
					       format_count_text(p->a, (int64_t)lines->n)));
	page_say(p, lede, "TLS reports are about mail to you: whether others could encrypt it on the way. They say nothing of mail you send.");
}

/* --- the page --- */

static void put_nothing(struct page *p, struct value *page)
{
	struct value *card = card_add(p, page, "h-none", "How reports come", CARD_WHOLE), *says = card_says(p, card);

	page_say(p, says, "Senders such as Google and Microsoft send one a day to the address that a domain names for it:");
	card_text(p, card, SLICE("_smtp._tls.univ.example. TXT \"v=TLSRPTv1; rua=mailto:tls-reports@univ.example\""));
	page_say(p, card_note(p, card), "Deliver that address into a mailbox that ruad reads. If reports do come, choose other days or fewer filters.");
}

static void put_cards(struct page *p, struct view *out, const struct tls_lines *lines)
{
	struct value *card = card_add(p, out->page, "h-tls", line_sheet.title, CARD_WHOLE);

	card_table(p, card, &line_sheet, view_at(out->data, line_sheet.key), "None.");
	page_say(p, card_note(p, card),
		 lines->cut ? "Lines are never added together: one session may count under several policies. More was reported in these days "
			      "than is read at once, so the oldest is left out: choose fewer days." :
			      "Lines are never added together: one session may count under several policies, and some reporters list the "
			      "same sessions under MTA-STS and DANE.");
	card = card_add(p, out->page, "h-how", detail_sheet.title, CARD_WHOLE);
	card_table(p, card, &detail_sheet, view_at(out->data, detail_sheet.key), "No failure is described.");
	card_first(p, card, DETAILS_SHOWN, (int64_t)lines->details);
	page_say(p, card_note(p, card), "What a reporter describes here need not add up to the failed sessions it counts above.");
}

static void put_page(struct page *p, struct view *out, const struct tls_lines *lines)
{
	out->page = page_shell(p, "TLS", 0);
	out->template_name = page_has_data(p) ? "cards" : "first_run";
	if (!page_has_data(p))
		return;
	reports_tabs(p, out->page, "/tls");
	if (lines->n == 0)
		put_nothing(p, out->page);
	else
		put_cards(p, out, lines);
}

static int ask(struct page *p, struct reader *r, void *lines, struct err *err)
{
	return query_tls(r, p->a, &p->filter, lines, err);
}

int page_tls(struct page *p, struct view *out, struct param_errors *errors, struct err *err)
{
	struct tls_lines lines = { 0 };

	if (page_has_data(p) && page_ask(p, ask, &lines, err) != 0)
		return -1;
	out->envelope = page_envelope(p, NULL);
	out->empty = lines.n == 0;
	out->data = make_data(p, &lines);
	view_add_sheet(out, &line_sheet);
	view_add_sheet(out, &detail_sheet);
	sheets_are_table(p, out);
	put_words(p, out, &lines);
	if (p->html)
		put_page(p, out, &lines);
	return 0;
}
