/* tlsrpt: see tlsrpt.h. */
#include "parsers/tlsrpt.h"

#include "base/text.h"
#include "schema/limits.h"

#include <jansson.h>

/* Text of a member, trimmed and squeezed; a number as it would be written; anything else is absent. */
static struct slice text_value(struct arena *a, const json_t *v)
{
	struct slice s = { 0 };

	if (json_is_string(v))
		s = (struct slice){ json_string_value(v), json_string_length(v) };
	else if (json_is_integer(v))
		s = slice_of(arena_printf(a, "%lld", (long long)json_integer_value(v)));
	return text_squeeze(a, text_cut(text_utf8_clean(a, s), LIMIT_XML_TEXT_BYTES));
}

static struct slice text_of(struct arena *a, const json_t *object, const char *key)
{
	return text_value(a, json_object_get(object, key));
}

static int64_t count_of(const json_t *object, const char *key)
{
	const json_t *v = json_object_get(object, key);

	return json_is_integer(v) && json_integer_value(v) >= 0 ? json_integer_value(v) : TLS_NO_COUNT;
}

/* A string or a list of strings (mx-host is written both ways). */
static struct note *texts_of(struct arena *a, const json_t *object, const char *key)
{
	const json_t *v = json_object_get(object, key), *item;
	struct note *list = NULL;
	struct slice s;
	size_t i;

	if (!json_is_array(v)) {
		if ((s = text_value(a, v)).ptr != NULL)
			note_add(a, &list, s);
		return list;
	}
	json_array_foreach(v, i, item)
		if ((s = text_value(a, item)).ptr != NULL)
			note_add(a, &list, s);
	return list;
}

static void read_failure(struct arena *a, const json_t *v, struct tls_failure *f)
{
	f->result_type = text_lower(a, text_of(a, v, "result-type"));
	f->sending_mta_ip = text_of(a, v, "sending-mta-ip");
	f->receiving_mx_hostname = text_of(a, v, "receiving-mx-hostname");
	f->receiving_mx_helo = text_of(a, v, "receiving-mx-helo");
	f->receiving_ip = text_of(a, v, "receiving-ip");
	f->additional_information = text_of(a, v, "additional-information");
	f->failure_reason_code = text_of(a, v, "failure-reason-code");
	f->failed = count_of(v, "failed-session-count");
}

static void read_policy(struct arena *a, const json_t *v, struct tls_policy *p)
{
	const json_t *policy = json_object_get(v, "policy"), *summary = json_object_get(v, "summary");
	const json_t *details = json_object_get(v, "failure-details"), *item;
	struct tls_failure **end = &p->failures;
	size_t i;

	p->policy_type = text_lower(a, text_of(a, policy, "policy-type"));
	p->policy_domain = text_of(a, policy, "policy-domain");
	p->mx_host = texts_of(a, policy, "mx-host");
	p->policy_string = texts_of(a, policy, "policy-string");
	p->successful = count_of(summary, "total-successful-session-count");
	p->failed = count_of(summary, "total-failure-session-count");
	json_array_foreach(details, i, item) {
		if (!json_is_object(item) || i >= LIMIT_TLS_ITEMS)
			continue;
		*end = arena_alloc(a, sizeof **end);
		read_failure(a, item, *end);
		end = &(*end)->next;
	}
}

static void read_policies(struct arena *a, const json_t *list, struct tls_report *out)
{
	struct tls_policy **end = &out->policies;
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item) {
		if (!json_is_object(item) || i >= LIMIT_TLS_ITEMS)
			continue;
		*end = arena_alloc(a, sizeof **end);
		read_policy(a, item, *end);
		end = &(*end)->next;
	}
}

static int refuse(struct reject *why, enum reject_code code, int64_t line, struct slice detail)
{
	*why = (struct reject){ .code = code, .line = line, .detail = detail };
	return -1;
}

static int read_document(struct arena *a, struct slice text, struct tls_report *out, struct reject *why)
{
	json_error_t error;
	json_t *root;
	const json_t *range;

	if (text.len >= 3 && memcmp(text.ptr, "\xef\xbb\xbf", 3) == 0)
		text = (struct slice){ text.ptr + 3, text.len - 3 };
	if ((root = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, &error)) == NULL)
		return refuse(why, REJECT_NOT_JSON, error.line > 0 ? error.line : 0,
			      slice_of(arena_printf(a, "%s", error.text)));
	if (!json_is_object(root) ||
	    (json_object_get(root, "policies") == NULL && json_object_get(root, "organization-name") == NULL)) {
		json_decref(root);
		return refuse(why, REJECT_NO_REPORT, 0, SLICE("JSON, but no SMTP TLS report"));
	}
	range = json_object_get(root, "date-range");
	*out = (struct tls_report){ .organization_name = text_of(a, root, "organization-name"),
				    .contact_info = text_of(a, root, "contact-info"),
				    .report_id = text_of(a, root, "report-id"),
				    .start = text_of(a, range, "start-datetime"),
				    .end = text_of(a, range, "end-datetime") };
	read_policies(a, json_object_get(root, "policies"), out);
	json_decref(root);
	return 0;
}

int tlsrpt_read(struct arena *a, struct stream *s, struct tls_report *out, struct reject *why)
{
	unsigned char piece[LIMIT_XML_CHUNK_BYTES];
	struct buf text;
	ptrdiff_t n;
	int rc;

	buf_init(&text, LIMIT_JSON_BYTES);
	while ((n = stream_read(s, piece, sizeof piece)) > 0 && buf_add(&text, piece, (size_t)n) == 0)
		;
	if (n < 0)
		rc = refuse(why, s->code, 0, slice_of(s->detail));
	else if (text.full)
		rc = refuse(why, REJECT_TOO_LARGE, 0, SLICE("the JSON is larger than the limit"));
	else
		rc = read_document(a, buf_slice(&text), out, why);
	buf_release(&text);
	return rc;
}
