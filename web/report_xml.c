/* report_xml: see report_xml.h. Elements in the order of RFC 7489 app. C; those of RFC 9990 where a report has them. */
#include "web/report_xml.h"

#include "base/text.h"
#include "schema/limits.h"
#include "web/xml_out.h"

static void put_metadata(struct xml_out *x, const struct report_whole *w)
{
	xml_out_begin(x, "report_metadata");
	xml_out_text(x, "org_name", w->line.reporter);
	xml_out_text(x, "email", w->email);
	xml_out_text(x, "extra_contact_info", w->extra_contact_info);
	xml_out_text(x, "report_id", w->line.report_id);
	xml_out_begin(x, "date_range");
	if (w->line.begin != REPORT_NO_TIME)
		xml_out_int(x, "begin", w->line.begin);
	if (w->line.end != REPORT_NO_TIME)
		xml_out_int(x, "end", w->line.end);
	xml_out_end(x);
	for (size_t i = 0; i < w->notes; i++)
		if (w->note[i].kind == NOTE_ERROR)
			xml_out_text(x, "error", w->note[i].text);
	xml_out_text(x, "generator", w->line.generator);
	xml_out_end(x);
}

static void put_policy(struct xml_out *x, const struct report_whole *w)
{
	xml_out_begin(x, "policy_published");
	xml_out_text(x, "domain", w->line.domain);
	xml_out_text(x, "adkim", w->adkim);
	xml_out_text(x, "aspf", w->aspf);
	xml_out_text(x, "p", w->p);
	xml_out_text(x, "sp", w->sp);
	xml_out_text(x, "np", w->np);
	if (w->pct >= 0)
		xml_out_int(x, "pct", w->pct);
	xml_out_text(x, "testing", w->testing);
	xml_out_text(x, "discovery_method", w->discovery_method);
	xml_out_text(x, "fo", w->fo);
	xml_out_end(x);
}

static void put_evaluated(struct xml_out *x, const struct record *r)
{
	xml_out_begin(x, "policy_evaluated");
	xml_out_text(x, "disposition", r->disposition_raw);
	xml_out_text(x, "dkim", r->dkim_raw);
	xml_out_text(x, "spf", r->spf_raw);
	for (const struct reason *why = r->reasons; why != NULL; why = why->next) {
		xml_out_begin(x, "reason");
		xml_out_text(x, "type", why->type);
		xml_out_text(x, "comment", why->comment);
		xml_out_end(x);
	}
	xml_out_end(x);
}

static void put_results(struct xml_out *x, const char *name, const struct auth *list)
{
	for (const struct auth *r = list; r != NULL; r = r->next) {
		xml_out_begin(x, name);
		xml_out_text(x, "domain", r->domain);
		xml_out_text(x, "selector", r->selector);
		xml_out_text(x, "scope", r->scope);
		xml_out_text(x, "result", r->result);
		xml_out_text(x, "human_result", r->human_result);
		xml_out_end(x);
	}
}

static void put_record(struct xml_out *x, const struct record *r)
{
	xml_out_begin(x, "record");
	xml_out_begin(x, "row");
	xml_out_text(x, "source_ip", r->ip);
	xml_out_int(x, "count", r->messages);
	put_evaluated(x, r);
	xml_out_end(x);
	xml_out_begin(x, "identifiers");
	xml_out_text(x, "envelope_to", r->envelope_to);
	xml_out_text(x, "envelope_from", r->envelope_from);
	xml_out_text(x, "header_from", r->header_from);
	xml_out_end(x);
	xml_out_begin(x, "auth_results");
	put_results(x, "dkim", r->dkim_auth);
	put_results(x, "spf", r->spf_auth);
	xml_out_end(x);
	xml_out_end(x);
}

static int put_records(struct page *p, struct reader *r, struct xml_out *x, const struct report_whole *w, struct err *err)
{
	const struct slice number = slice_of(arena_printf(p->a, "%lld", (long long)w->line.id));
	struct filter f = p->filter;
	struct records rows = { 0 };
	int n = 0;

	f.first_day = f.last_day = w->line.day;
	f.report = (struct names){ &number, 1, false };
	do {
		arena_clear(&p->portion);
		if (query_records(r, &p->portion, &f, rows.after, LIMIT_PAGE_ROWS, &rows, err) != 0)
			return -1;
		for (size_t i = 0; i < rows.n && n < REPORT_XML_ROWS; i++, n++)
			put_record(x, &rows.item[i]);
		rows.after = text_copy(p->a, rows.after);
	} while (rows.more && n < REPORT_XML_ROWS);
	arena_release(&p->portion);
	return 0;
}

static const char *comment_of(struct page *p, const struct report_whole *w)
{
	const char *what = p->filter.scope.n > 0 ? "Extract: only records of the domains that you may see, written anew from what is stored" :
						   "Written anew from what is stored: this is not the document that was sent";

	if (w->line.counts.rows <= REPORT_XML_ROWS)
		return what;
	return arena_printf(p->a, "%s; the first %d of %lld records", what, REPORT_XML_ROWS, (long long)w->line.counts.rows);
}

int report_xml(struct page *p, int64_t id, struct buf *out, struct err *err)
{
	struct report_whole w;
	struct reader *reader;
	struct xml_out x;
	int rc;

	if (readers_take(p->readers, &reader, err) != 0)
		return -1;
	if ((rc = query_report(reader, p->a, &p->filter, id, &w, err)) == 1) {
		xml_out_init(&x, out, comment_of(p, &w));
		xml_out_begin(&x, "feedback");
		xml_out_text(&x, "version", w.version);
		put_metadata(&x, &w);
		put_policy(&x, &w);
		rc = put_records(p, reader, &x, &w, err) == 0 ? 1 : -1;
		xml_out_end(&x);
	}
	readers_give(p->readers, reader, rc >= 0);
	return rc;
}
