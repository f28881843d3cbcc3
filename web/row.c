/* row: see row.h. */
#include "web/row.h"

#include "base/text.h"
#include "web/reports.h"

const struct column row_columns[COLS] = {
	{ "day", "Day", LOOK_DAY, true },
	{ "reporter", "Receiver", LOOK_TEXT, true },
	{ "source", "Source", LOOK_TEXT },
	{ "ip", "Address", LOOK_MONO, true, .beneath = true },
	{ "header_from", "From domain", LOOK_TEXT, true },
	{ "spf", "SPF", LOOK_TEXT },
	{ "spf_aligned", "SPF aligned", LOOK_ALIGNED, .beneath = true },
	{ "dkim", "DKIM", LOOK_TEXT },
	{ "dkim_aligned", "DKIM aligned", LOOK_ALIGNED, .beneath = true },
	{ "disposition", "Disposition", LOOK_TEXT },
	{ "reasons", "Reason given", LOOK_TEXT, .beneath = true },
	{ "class", "Class", LOOK_CLASS, true },
	{ "messages", "Messages", LOOK_NUMBER, true },
	{ "report", "Report", LOOK_TEXT },
	{ "kind", "Kind", LOOK_TEXT },
	{ "cause", "Came from", LOOK_TEXT },
	{ "verdict", "Verdict", LOOK_TEXT },
	{ "rule", "Rule", LOOK_TEXT },
	{ "state", "Carried by", LOOK_TEXT },
	{ "phase", "Phase", LOOK_TEXT },
	{ "envelope_from", "Envelope from", LOOK_TEXT },
	{ "envelope_to", "Envelope to", LOOK_TEXT },
	{ "policy_domain", "Policy of", LOOK_TEXT },
	{ "policy", "Policy seen", LOOK_TEXT },
	{ "pct", "pct", LOOK_NUMBER },
	{ "testing", "t=y", LOOK_TEXT },
	{ "flags", "Flags", LOOK_TEXT },
	{ "begin", "Report begins", LOOK_TIME },
	{ "end", "Report ends", LOOK_TIME },
	{ "report_id", "Report ID", LOOK_TEXT },
	{ "id", "Row", LOOK_TEXT },
};

struct slice row_id(struct arena *a, const struct record *r)
{
	return slice_of(arena_printf(a, "%lld-%lld-%lld", (long long)r->report, (long long)r->address, (long long)r->profile));
}

bool row_id_parse(struct slice text, int64_t *report, int64_t *address, int64_t *profile)
{
	int64_t *const part[] = { report, address, profile };

	for (int i = 0; i < 3; i++) {
		const char *dash = i < 2 && text.len > 0 ? memchr(text.ptr, '-', text.len) : text.ptr + text.len;
		size_t n = dash != NULL ? (size_t)(dash - text.ptr) : 0;

		if (n == 0 || text.ptr[0] < '0' || text.ptr[0] > '9' || !text_int((struct slice){ text.ptr, n }, part[i]))
			return false;
		text = (struct slice){ text.ptr + n + (i < 2), text.len - n - (i < 2) };
	}
	return true;
}

struct slice row_href(struct page *p, const struct record *r)
{
	const struct slice id = row_id(p->a, r);

	return slice_of(arena_printf(p->a, "/records/%.*s", (int)id.len, id.ptr));
}

static void put_auth(struct arena *a, struct value *row, const char *key, const struct auth *results, bool dkim)
{
	struct value *list = view_put_list(a, row, key), *item;

	for (const struct auth *r = results; r != NULL; r = r->next) {
		item = view_add_object(a, list);
		view_put_text(a, item, "result", r->result);
		view_put_text(a, item, "domain", r->domain);
		if (dkim)
			view_put_text(a, item, "selector", r->selector);
		else
			view_put_text(a, item, "scope", r->scope);
	}
}

static void put_reasons(struct arena *a, struct value *row, const struct reason *reasons)
{
	struct value *list = view_put_list(a, row, "reasons"), *item;

	for (const struct reason *r = reasons; r != NULL; r = r->next) {
		item = view_add_object(a, list);
		view_put_text(a, item, "type", r->type);
		view_put_text(a, item, "comment", r->comment);
	}
}

static void put_flags(struct arena *a, struct value *row, unsigned flags)
{
	struct value *list = view_put_list(a, row, "flags");

	for (int bit = 0; bit < FLAGS; bit++)
		if (flags & (1u << bit))
			view_add_text(a, list, slice_of(flag_name(bit)));
}

/* The half of a row that says who and where. */
static bool put_who(struct arena *a, struct value *row, const struct record *r, int col)
{
	const char *key = row_columns[col].name;

	if (col == COL_DAY)
		view_put_day(a, row, key, r->day);
	else if (col == COL_REPORTER)
		view_put_text(a, row, key, r->reporter);
	else if (col == COL_SOURCE)
		view_put_text(a, row, key, r->source);
	else if (col == COL_IP)
		view_put_text(a, row, key, r->ip);
	else if (col == COL_FROM)
		view_put_text(a, row, key, r->header_from);
	else if (col == COL_KIND)
		view_put_text(a, row, key, slice_of(source_kind_name(r->kind)));
	else if (col == COL_CAUSE)
		view_put_text(a, row, key, slice_of(r->cause < CAUSES ? cause_name(r->cause) : NULL));
	else if (col == COL_ENVELOPE_FROM)
		view_put_text(a, row, key, r->envelope_from);
	else if (col == COL_ENVELOPE_TO)
		view_put_text(a, row, key, r->envelope_to);
	else if (col == COL_REPORT)
		view_put_int(a, row, key, r->report);
	else if (col == COL_REPORT_ID)
		view_put_text(a, row, key, r->report_id);
	else if (col == COL_ID)
		view_put_text(a, row, key, row_id(a, r));
	else
		return false;
	return true;
}

/* What it most likely is, and which rule says so. */
static bool put_verdict(struct arena *a, struct value *row, const struct record *r, int col)
{
	const char *key = row_columns[col].name;
	const struct verdict_rule *rule = verdict_rule_at(r->rule);

	if (col == COL_VERDICT)
		view_put_text(a, row, key, slice_of(verdict_name(rule->verdict)));
	else if (col == COL_RULE)
		view_put_text(a, row, key, slice_of(rule->id));
	else if (col == COL_STATE)
		view_put_text(a, row, key, slice_of(survival_name(r->survival)));
	else if (col == COL_PHASE)
		view_put_text(a, row, key, slice_of(step_name(r->step)));
	else
		return false;
	return true;
}

static bool put_policy(struct arena *a, struct value *row, const struct record *r, int col)
{
	const char *key = row_columns[col].name;

	if (col == COL_POLICY_DOMAIN)
		view_put_text(a, row, key, r->policy_domain);
	else if (col == COL_POLICY)
		view_put_text(a, row, key, r->policy);
	else if (col == COL_PCT)
		view_put_known(a, row, key, r->pct);
	else if (col == COL_TESTING)
		view_put_bool(a, row, key, r->testing);
	else if (col == COL_BEGIN || col == COL_END)
		page_put_time(a, row, key, col == COL_BEGIN ? r->begin : r->end);
	else
		return false;
	return true;
}

static void put_result(struct arena *a, struct value *row, const struct record *r, int col)
{
	const char *key = row_columns[col].name;

	if (col == COL_SPF)
		put_auth(a, row, key, r->spf_auth, false);
	else if (col == COL_DKIM)
		put_auth(a, row, key, r->dkim_auth, true);
	else if (col == COL_SPF_ALIGNED)
		view_put_bool(a, row, key, r->verdict.spf_pass);
	else if (col == COL_DKIM_ALIGNED)
		view_put_bool(a, row, key, r->verdict.dkim_pass);
	else if (col == COL_DISPOSITION)
		view_put_text(a, row, key, slice_of(disposition_name(r->verdict.disposition)));
	else if (col == COL_REASONS)
		put_reasons(a, row, r->reasons);
	else if (col == COL_CLASS)
		view_put_text(a, row, key, slice_of(trust_json(r->verdict.trust)));
	else if (col == COL_MESSAGES)
		view_put_int(a, row, key, r->messages);
	else
		put_flags(a, row, r->verdict.flags);
}

struct value *row_make(struct page *p, struct arena *a, const struct column *const *column, size_t n, const struct record *r)
{
	struct value *row = view_object(a);

	for (size_t i = 0; i < n; i++) {
		int col = (int)(column[i] - row_columns);

		if (!put_who(a, row, r, col) && !put_verdict(a, row, r, col) && !put_policy(a, row, r, col))
			put_result(a, row, r, col);
	}
	sheet_link(p, row, "day", row_href(p, r));
	sheet_link(p, row, "report", reports_href(p, r->report));
	return row;
}
