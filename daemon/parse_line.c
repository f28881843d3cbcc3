/* parse_line: see parse_line.h. */
#include "daemon/parse_line.h"

#include "web/json.h"

static void put_time(struct json *j, const char *key, int64_t t)
{
	json_key(j, key);
	if (t == REPORT_NO_TIME)
		json_null(j);
	else
		json_int(j, t);
}

static void put_notes(struct json *j, const char *key, const struct note *n)
{
	json_key(j, key);
	json_begin_list(j);
	for (; n != NULL; n = n->next)
		json_text(j, n->text);
	json_end(j);
}

static void put_head(struct json *j, const struct report *r)
{
	json_key_text(j, "kind", SLICE("aggregate"));
	json_key_text(j, "file", r->file);
	json_key_text(j, "member", r->member);
	json_key_bool(j, "complete", r->complete);
	put_notes(j, "repairs", r->repairs);
	put_notes(j, "warnings", r->warnings);
	json_key_text(j, "org_name", r->org_name);
	json_key_text(j, "email", r->email);
	json_key_text(j, "extra_contact_info", r->extra_contact_info);
	json_key_text(j, "report_id", r->report_id);
	put_time(j, "begin", r->begin);
	put_time(j, "end", r->end);
	put_notes(j, "errors", r->errors);
	json_key_text(j, "generator", r->generator);
	json_key_text(j, "version", r->version);
	json_key_text(j, "namespace", r->namespace_uri);
	put_notes(j, "extensions", r->extensions);
}

static void put_policy(struct json *j, const struct report *r)
{
	json_key_text(j, "domain", r->domain);
	json_key_text(j, "p", r->p);
	json_key_text(j, "sp", r->sp);
	json_key_text(j, "np", r->np);
	json_key(j, "pct");
	if (r->pct == REPORT_NO_PCT)
		json_null(j);
	else
		json_int(j, r->pct);
	json_key_text(j, "testing", r->testing);
	json_key_text(j, "adkim", r->adkim);
	json_key_text(j, "aspf", r->aspf);
	json_key_text(j, "fo", r->fo);
	json_key_text(j, "discovery_method", r->discovery_method);
}

static void put_reasons(struct json *j, const struct reason *r)
{
	json_key(j, "reasons");
	json_begin_list(j);
	for (; r != NULL; r = r->next) {
		json_begin_object(j);
		json_key_text(j, "type", r->type);
		json_key_text(j, "comment", r->comment);
		json_end(j);
	}
	json_end(j);
}

static void put_auths(struct json *j, const char *key, const struct auth *r, bool is_dkim)
{
	json_key(j, key);
	json_begin_list(j);
	for (; r != NULL; r = r->next) {
		json_begin_object(j);
		json_key_text(j, "domain", r->domain);
		json_key_text(j, is_dkim ? "selector" : "scope", is_dkim ? r->selector : r->scope);
		json_key_text(j, "result", r->result);
		json_key_text(j, "human_result", r->human_result);
		json_end(j);
	}
	json_end(j);
}

static void put_verdict(struct json *j, const struct judgement *v)
{
	json_key_text(j, "trust", slice_of(trust_json(v->trust)));
	json_key_text(j, "trust_basis", v->flags & FLAG_DERIVED ? SLICE("derived") : SLICE("reported"));
	json_key(j, "flags");
	json_begin_list(j);
	for (int bit = 0; bit < FLAGS; bit++)
		if (v->flags >> bit & 1)
			json_text(j, slice_of(flag_name(bit)));
	json_end(j);
}

static void put_row(struct json *j, const struct row *row, const struct judgement *v)
{
	json_begin_object(j);
	json_key_text(j, "source_ip", row->source_ip);
	json_key_int(j, "count", row->count);
	json_key_text(j, "disposition", row->disposition);
	json_key_text(j, "dkim", row->dkim);
	json_key_text(j, "spf", row->spf);
	put_reasons(j, row->reasons);
	json_key_text(j, "header_from", row->header_from);
	json_key_text(j, "envelope_from", row->envelope_from);
	json_key_text(j, "envelope_to", row->envelope_to);
	put_auths(j, "dkim_auth", row->dkim_auth, true);
	put_auths(j, "spf_auth", row->spf_auth, false);
	put_verdict(j, v);
	json_end(j);
}

static void put_totals(struct json *j, int64_t row_count, int64_t messages, const int64_t *totals)
{
	json_key_int(j, "row_count", row_count);
	json_key_int(j, "messages", messages);
	json_key(j, "totals");
	json_begin_object(j);
	for (int t = 0; t < TRUST_CLASSES; t++)
		json_key_int(j, trust_json((enum trust)t), totals[t]);
	json_end(j);
}

/* Counts have up to 18 digits and there may be 200,000 of them: a sum that would overflow stays at the largest number. */
static void add(int64_t *sum, int64_t n)
{
	if (__builtin_add_overflow(*sum, n, sum))
		*sum = INT64_MAX;
}

void parse_line_report(struct buf *out, const struct report *r, const struct suffixes *list)
{
	int64_t totals[TRUST_CLASSES] = { 0 }, messages = 0;
	struct arena scratch = { 0 };
	struct json j;

	json_init(&j, out);
	json_begin_object(&j);
	put_head(&j, r);
	put_policy(&j, r);
	json_key(&j, "rows");
	json_begin_list(&j);
	for (const struct row *row = r->rows; row != NULL; row = row->next) {
		struct judgement v = classify_row(&scratch, list, r->adkim, r->aspf, row);

		put_row(&j, row, &v);
		add(&totals[v.trust], row->count);
		add(&messages, row->count);
		arena_clear(&scratch);
	}
	json_end(&j);
	put_totals(&j, r->row_count, messages, totals);
	json_end(&j);
	json_line(&j);
	arena_release(&scratch);
}

static void put_sessions(struct json *j, const char *key, int64_t n)
{
	json_key(j, key);
	if (n == TLS_NO_COUNT)
		json_null(j);
	else
		json_int(j, n);
}

static void put_failures(struct json *j, const struct tls_failure *f)
{
	json_key(j, "failure_details");
	json_begin_list(j);
	for (; f != NULL; f = f->next) {
		json_begin_object(j);
		json_key_text(j, "result_type", f->result_type);
		json_key_text(j, "sending_mta_ip", f->sending_mta_ip);
		json_key_text(j, "receiving_mx_hostname", f->receiving_mx_hostname);
		json_key_text(j, "receiving_mx_helo", f->receiving_mx_helo);
		json_key_text(j, "receiving_ip", f->receiving_ip);
		put_sessions(j, "failed", f->failed);
		json_key_text(j, "additional_information", f->additional_information);
		json_key_text(j, "failure_reason_code", f->failure_reason_code);
		json_end(j);
	}
	json_end(j);
}

static void put_policies(struct json *j, const struct tls_policy *p)
{
	json_key(j, "policies");
	json_begin_list(j);
	for (; p != NULL; p = p->next) {
		json_begin_object(j);
		json_key_text(j, "policy_type", p->policy_type);
		json_key_text(j, "policy_domain", p->policy_domain);
		put_notes(j, "mx_host", p->mx_host);
		put_notes(j, "policy_string", p->policy_string);
		put_sessions(j, "successful", p->successful);
		put_sessions(j, "failed", p->failed);
		put_failures(j, p->failures);
		json_end(j);
	}
	json_end(j);
}

void parse_line_tls(struct buf *out, const struct tls_report *r)
{
	struct json j;

	json_init(&j, out);
	json_begin_object(&j);
	json_key_text(&j, "kind", SLICE("tlsrpt"));
	json_key_text(&j, "file", r->file);
	json_key_text(&j, "member", r->member);
	json_key_text(&j, "organization_name", r->organization_name);
	json_key_text(&j, "contact_info", r->contact_info);
	json_key_text(&j, "report_id", r->report_id);
	json_key_text(&j, "start", r->start);
	json_key_text(&j, "end", r->end);
	put_policies(&j, r->policies);
	json_end(&j);
	json_line(&j);
}

void parse_line_failure(struct buf *out, const struct failure_report *r)
{
	struct json j;

	json_init(&j, out);
	json_begin_object(&j);
	json_key_text(&j, "kind", SLICE("arf"));
	json_key_text(&j, "file", r->file);
	json_key_text(&j, "member", r->member);
	for (int f = 0; f < FAILURE_FIELDS; f++)
		json_key_text(&j, failure_field_key((enum failure_field)f), r->field[f]);
	json_end(&j);
	json_line(&j);
}

void parse_line_reject(struct buf *out, const struct reject *r)
{
	struct json j;

	json_init(&j, out);
	json_begin_object(&j);
	json_key_text(&j, "kind", SLICE("unparseable"));
	json_key_text(&j, "file", r->file);
	json_key_text(&j, "member", r->member);
	json_key_text(&j, "reason", r->detail);
	json_key_text(&j, "code", slice_of(reject_name(r->code)));
	json_key(&j, "line");
	if (r->line > 0)
		json_int(&j, r->line);
	else
		json_null(&j);
	json_end(&j);
	json_line(&j);
}
