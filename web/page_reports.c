/* page_reports: what was reported, the newest first: whom a report is of, what policy it saw, what became of its rows (UX 7.7).
 * Reports come in portions behind a cursor, so an export of any length streams. Neighbours: reports.h, portion.h; page_report.c is one
 * of them. */
#include "web/portion.h"
#include "web/reports.h"

#include "schema/limits.h"

static const struct column columns[] = {
	{ "day", "Covers", LOOK_DAY, true },
	{ "reporter", "Receiver", LOOK_NAME, true },
	{ "format", "Format", LOOK_TEXT, .beneath = true },
	{ "remarks", "Remarks", LOOK_TEXT, .beneath = true },
	{ "domain", "Policy of", LOOK_TEXT, true },
	{ "policy", "Policy seen", LOOK_TEXT, true, .beneath = true },
	{ "rows", "Rows", LOOK_NUMBER, true },
	{ "messages", "Messages", LOOK_NUMBER, true },
	{ "bar", "Trust, bar length = messages", LOOK_BAR },
	{ "fully_trusted", "Fully trusted", LOOK_NUMBER, .off_page = true },
	{ "partially_trusted", "Partially trusted", LOOK_NUMBER, .off_page = true },
	{ "untrusted", "Untrusted", LOOK_NUMBER, true, .off_page = true },
	{ "quarantined", "Quarantined", LOOK_NUMBER, .off_page = true },
	{ "rejected", "Rejected", LOOK_NUMBER, .off_page = true },
	{ "received", "Received", LOOK_TIME, true },
	{ "bytes", "Size", LOOK_BYTES },
	{ "begin", "Begins", LOOK_TIME, .off_page = true },
	{ "end", "Ends", LOOK_TIME, .off_page = true },
	{ "report_id", "Report", LOOK_TEXT, .off_page = true },
	{ "complete", "Complete", LOOK_TEXT, .off_page = true },
	{ "twin", "Twin", LOOK_TEXT, .off_page = true },
	{ "id", "Id", LOOK_TEXT, .off_page = true },
};
static const struct sheet sheet = { "reports", "Reports", columns, sizeof columns / sizeof *columns };

struct reports { /* what the page is built from */
	struct report_page portion;
	struct portions portions; /* of reports, the newest first */
	struct reporting late;
	struct reporter_lines receivers; /* of the period */
	struct counts all;
};

/* --- rows --- */

/* Of the mail or file, in which others may lie: those who may see only some domains are not told. */
static void put_bytes(struct page *p, struct arena *a, struct value *row, int64_t bytes)
{
	view_put_known(a, row, "bytes", page_is_scoped(p) ? -1 : bytes);
}

static void put_remarks(struct arena *a, struct value *row, const struct report_line *r)
{
	struct value *list = view_put_list(a, row, "remarks");

	if (!r->complete)
		view_add_text(a, list, SLICE("stops early"));
	if (r->twin)
		view_add_text(a, list, SLICE("came twice, and differs"));
	if (r->is_long)
		view_add_text(a, list, SLICE("longer than 26 h"));
}

static void put_links(struct page *p, struct value *row, const struct report_line *r)
{
	sheet_link(p, row, "day", reports_href(p, r->id));
	sheet_link(p, row, "reporter", page_link(p, "/reports", PARAM_REPORTER, r->reporter));
	sheet_link(p, row, "messages", reports_rows_href(p, r->id, r->day, TRUST_CLASSES));
}

static struct value *make_report(struct portions *s, struct arena *a, size_t i)
{
	const struct report_line *r = &((const struct report_page *)s->rows)->item[i];
	struct page *p = s->p;
	struct value *row = view_object(a);

	view_put_day(a, row, "day", r->day);
	view_put_text(a, row, "reporter", r->reporter);
	view_put_text(a, row, "format", slice_of(reports_format(r->is_9990)));
	put_remarks(a, row, r);
	view_put_text(a, row, "domain", r->domain);
	view_put_text(a, row, "policy", reports_policy(a, &r->policy));
	view_put_int(a, row, "rows", r->counts.rows);
	page_put_counts(a, row, &r->counts);
	page_put_time(a, row, "received", r->received_s);
	put_bytes(p, a, row, r->bytes);
	page_put_time(a, row, "begin", r->begin);
	page_put_time(a, row, "end", r->end);
	view_put_text(a, row, "report_id", r->report_id);
	view_put_bool(a, row, "complete", r->complete);
	view_put_bool(a, row, "twin", r->twin);
	view_put_int(a, row, "id", r->id);
	if (p->html)
		put_links(p, row, r);
	return row;
}

static int read_reports(struct portions *s, struct reader *r, size_t limit, struct err *err)
{
	struct report_page *out = s->rows;

	if (query_reports(r, &s->p->portion, &s->p->filter, s->after, limit, out, err) != 0)
		return -1;
	s->n = out->n;
	s->after = out->after;
	return 0;
}

static const struct portion_kind kind = { read_reports, make_report, .rows = LIMIT_PAGE_ROWS, .on_screen = 50, .to_programs = 100 };

/* --- the page --- */

static int ask(struct page *p, struct reader *r, void *ctx, struct err *err)
{
	struct reports *w = ctx;

	if (query_counts(r, &p->filter, &w->all, err) != 0 || query_reporters(r, p->a, &p->filter, &w->receivers, err) != 0)
		return -1;
	return reports_ask_late(p, r, &w->late, err);
}

/* How many; -1 where only some rows of each are looked at. */
static int64_t report_count(const struct reports *w)
{
	int64_t n = 0;

	for (size_t i = 0; i < w->receivers.n; i++) {
		if (w->receivers.item[i].reports < 0)
			return -1;
		n += w->receivers.item[i].reports;
	}
	return n;
}

static void put_words(struct page *p, struct view *out, const struct reports *w)
{
	struct value *h = page_headline(p, out), *lede = page_lede(p, out);
	int64_t receivers = (int64_t)w->receivers.n, reports = report_count(w);
	const char *late = reports_late_words(p, &w->late);

	page_say(p, h, page_plural(p->a, receivers, "receiver", "receivers"));
	page_say(p, h, reports < 0 ? " reported" : arena_printf(p->a, " sent %s", page_plural(p->a, reports, "report", "reports")));
	page_say(p, h, late[0] != '\0' ? arena_printf(p->a, ". %s", late) : ".");
	page_say(p, lede, "Their rows come to ");
	page_say_number(p, lede, counts_total(&w->all), page_plural(p->a, counts_total(&w->all), "message", "messages"),
			page_link_to(p, "/records", &p->params));
	page_say(p, lede, ". A report counts on the day it begins, whenever it arrives.");
}

static int put_rows(struct page *p, struct view *out, struct reports *w, struct value *page, struct err *err)
{
	struct value *list = view_put_list(p->a, view_object(p->a), "reports"), *card;

	if (portions_list(&w->portions, list, err) != 0)
		return -1;
	card = card_add(p, page, "h-rep", "What was reported", CARD_WHOLE);
	card_table(p, card, &sheet, list, "No report.");
	card_pages(p, card, p->params.value[PARAM_AFTER].n > 0 ? page_link_to(p, "/reports", &p->params) : (struct slice){ 0 },
		   portions_href(&w->portions, "/reports"));
	return 0;
}

static int put_page(struct page *p, struct view *out, struct reports *w, struct err *err)
{
	if (page_begin(p, out, "Reports", 0, "cards", err) != 0)
		return -1;
	if (out->empty)
		return 0;
	reports_tabs(p, out->page, "/reports");
	return put_rows(p, out, w, out->page, err);
}

int page_reports(struct page *p, struct view *out, struct param_errors *errors, struct err *err)
{
	struct reports *w = arena_alloc(p->a, sizeof *w);

	portions_init(&w->portions, p, out, &kind, &w->portion);
	if (page_has_data(p) && page_ask(p, ask, w, err) != 0)
		return -1;
	out->empty = w->receivers.n == 0;
	if (out->empty)
		w->portions.left = 0;
	out->envelope = page_envelope(p, &w->all);
	sheet_is_stream(p, out, &sheet, portions_next, &w->portions);
	put_words(p, out, w);
	return p->html ? put_page(p, out, w, err) : 0;
}
